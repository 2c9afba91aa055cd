-- To see as somebody else: whose rights count, that nothing is written, that it is in the trail; who gives a permission.
\ir fixtures/start.sql
set client_min_messages = warning;
select no_plan();

-- as t.val, with the eyes of somebody
create function t.seen(p_login text, p_who text, p_sql text, p_company int default null) returns text language plpgsql as $$
declare r text; scope text;
begin
  execute format('set session authorization %I', p_login);
  scope := (api.enter(p_company, null)).scope;
  execute format('set role domovoi_%s', scope);
  execute format('set role domovoi_%s', (api.see_as(p_who)).scope);
  execute p_sql into r;
  reset session authorization;
  perform set_config('domovoi.look', '', false);
  return r;
exception when others then
  reset session authorization;
  perform set_config('domovoi.look', '', false);
  return sqlstate;
end $$;

-- the platform's logins are in the groups of all scopes, as `db user add` makes them
do $$ declare l text; g text; begin
  foreach l in array array['t_super', 't_support', 't_moderator'] loop
    for g in select * from domovoi.groups_of(l) loop execute format('grant %I to %I', g, l); end loop;
  end loop;
end $$;
select is((select array_agg(g) from domovoi.groups_of('t_support') g),
  '{domovoi_assigned,domovoi_company,domovoi_landlord,domovoi_own,domovoi_platform}', 'support is in the groups of all scopes');
select is((select array_agg(g) from domovoi.groups_of('t_head') g), '{domovoi_company}', 'the head of a company in his own');

-- whose rights
select is(t.seen('t_support', x.login, 'select user_name from api.whoami() limit 1'), 'Name of ' || x.login, 'support is ' || x.login)
  from t.staff x join domovoi.role r on r.code = x.role where r.scope <> 'platform';
select is(t.seen('t_support', x.login, $$select string_agg(permission, ' ' order by permission) from api.whoami()$$),
    t.val(x.login, $$select string_agg(permission, ' ' order by permission) from api.whoami()$$), 'with the permissions of ' || x.login)
  from t.staff x join domovoi.role r on r.code = x.role where r.scope <> 'platform';
select is(t.seen('t_super', x.login, format('select count(*) from api.%s', v)), t.val(x.login, format('select count(*) from api.%s', v)),
    x.login || ' and who sees as him count the same ' || v)
  from t.staff x join domovoi.role r on r.code = x.role, unnest(array['units', 'parties', 'reservations', 'users', 'audit']) v
 where r.scope <> 'platform' and x.login <> 't_head_beta';
select is(t.seen('t_super', (select id::text from t.staff where login = 't_realtor'), 'select scope from api.whoami() limit 1'), 'own', 'by id, too');

-- who may, and whom
select is(t.seen(l, 't_realtor', 'select 1'), 'DM005', l || ' may not see as somebody else')
  from unnest(array['t_moderator', 't_head', 't_manager', 't_accountant', 't_auditor', 't_dispatcher', 't_realtor', 't_owner']) l;
select is(t.seen('t_support', l, 'select 1'), 'DM006', l || ' is nobody to see as') from unnest(array['t_super', 't_moderator', 't_support', 'nobody', '']) l;
update domovoi.membership set active = false where user_id = (select id from t.staff where login = 't_realtor2');
select is(t.seen('t_support', 't_realtor2', 'select 1'), 'DM006', 'nor is who left');

-- nothing is written, whatever the door
create function t.nothing(p_sql text, p_name text) returns text language sql as $$
  select is(t.seen('t_super', 't_head', p_sql), 'DM005', p_name)
$$;
select t.nothing(format($$select act.apply_mutation('{"id": "%s", "kind": "create", "resource": "party", "set": {"name": "New"}}')$$, gen_random_uuid()), 'no record is made');
select is(t.seen('t_super', 't_head', $$select act.import_rows('parties', '[{"line": 1, "set": {"name": "Canary", "external_id": "c1"}}]') @> '[{"status": "created"}]'$$) is distinct from 'true',
  true, 'nothing is imported');
select is_empty($$select from domovoi.party p where p.name = 'Canary'$$, 'not a row');
select is_empty($$select c.relname from pg_class c where c.relnamespace = 'domovoi'::regnamespace and c.relkind in ('r', 'p')
  and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'only_look')$$, 'every table has the guard');

-- a setting alone opens nothing; a look that is over is nobody's
create function t.forged(p_login text, p_look text) returns text language plpgsql as $$
declare r text;
begin
  execute format('set session authorization %I', p_login);
  perform api.enter();
  set role domovoi_own;
  perform set_config('domovoi.look', p_look, false);
  begin
    select count(*) || '/' || (select count(*) from api.whoami()) into r from api.units;
  exception when others then r := sqlstate;
  end;
  reset session authorization;
  perform set_config('domovoi.look', '', false);
  return r;
end $$;
select is(t.forged('t_realtor', l.id::text), 'DM009', 'the look of somebody else opens nothing')
  from domovoi.look l join t.staff s on s.id = l.seer_id where s.login = 't_super' limit 1;
select is(t.forged('t_realtor', x), 'DM009', 'nor does ' || x) from unnest(array['x', gen_random_uuid()::text]) x;
update domovoi.look set until = since + interval '1 second';
create function t.late() returns text language plpgsql as $$
declare r text; l uuid;
begin
  select x.id into l from domovoi.look x join t.staff s on s.id = x.seer_id where s.login = 't_super' limit 1;
  set session authorization t_super;
  perform api.enter();
  set role domovoi_company;
  perform set_config('domovoi.look', l::text, false);
  begin
    select count(*)::text into r from api.whoami();
  exception when others then r := sqlstate;
  end;
  reset session authorization;
  perform set_config('domovoi.look', '', false);
  return r;
end $$;
select set_config('domovoi.now', '2026-06-16T18:00:00+05:00', false);
select is(t.late(), 'DM009', 'a look that is over is nobody''s');
select set_config('domovoi.now', '2026-06-16T09:00:00+05:00', false);


-- who may not look any more does not, with a look that is not over either
create function t.looks(p_login text, p_before text, p_after text) returns text language plpgsql as $$
declare r text; look uuid;
begin
  execute format('set session authorization %I', p_login);
  perform api.enter();
  set role domovoi_platform;
  look := (api.see_as('t_head')).look;
  perform set_config('domovoi.look', '', false);
  reset session authorization;
  execute p_before;
  execute format('set session authorization %I', p_login);
  set role domovoi_company;
  perform set_config('domovoi.look', look::text, false);
  begin
    select count(*)::text into r from api.units;
  exception when others then r := sqlstate;
  end;
  reset session authorization;
  perform set_config('domovoi.look', '', false);
  execute p_after;
  return r;
end $$;
select isnt(t.looks('t_support', 'select 1', 'select 1'), '0', 'a look shows rows');
select is(t.looks('t_support', $$delete from domovoi.role_permission where role = 'support' and permission = 'user.see_as'$$,
  $$insert into domovoi.role_permission (role, permission) values ('support', 'user.see_as')$$), '0',
  'until the permission is taken away');
select is(t.looks('t_support', $$update domovoi.membership set active = false where user_id = (select id from t.staff where login = 't_support')$$,
  $$update domovoi.membership set active = true where user_id = (select id from t.staff where login = 't_support')$$), '0',
  'or the work has ended');

-- previews write on the way: they refuse, and say why
select is(t.seen('t_super', 't_head', $$select code from report.stay_foresight('00000000-0000-7000-8000-000000000301', 'cancel', 'x')$$), 'DM005',
  'what a change of a stay would mean is not tried');
select is(t.seen('t_super', 't_head', $$select count(*) from report.payment_preview(party => '1')$$), '1', 'what only reads is told');

-- the trail
select is((select count(*)::int from domovoi.audit_log a join t.staff s on s.id = a.user_id where a.what = 'see_as' and s.login = 't_support'
  and a.record_id = (select id from t.staff where login = 't_head')), 1, 'one line a look, however often it is asked again');
select isnt_empty($$select from domovoi.audit_log a join t.staff s on s.id = a.record_id where a.what = 'see_as' and s.login = 't_realtor'
  and a.resource = 'user' and a.company_id = 901$$, 'in the company of who was looked through');

-- who could give it
select is(t.val('t_owner', $$select string_agg(name || ' ' || role, ', ') from report.givers('unit.publish')$$), 'Name of t_head head', 'the head gives what he has');
select is(t.val('t_head', $$select string_agg(role, ', ' order by role) from report.givers('user.see_as')$$), 'superuser', 'what nobody of the company has, the platform gives');
select is(t.val('t_owner', $$select count(name) from report.givers('no.such')$$), '0', 'nobody gives what there is not');
select * from finish();
