-- The change feed: who is told of a change is who can see the row, before or after it. Policy, rule and keys agree.
\ir fixtures/start.sql
select plan(26);

create function t.feed(p_login text, p_where text default 'true') returns text language sql as $$
  select t.val(p_login, format($q$select string_agg(resource || ' ' || op || ' ' || version, ', ' order by xid,
    seq) from api.changes where %s$q$, p_where))
$$;
select (xid::text || '.' || seq) as tip, xid, seq from domovoi.change_log order by xid desc, seq desc limit 1 \gset
select is(t.val('t_head', 'select tip from api.feed()'), :'tip', 'the tip of the feed');
select is(t.val('t_head', 'select live from api.feed()'), 'false', 'nobody leads');
select pg_advisory_lock(7241, 1) \gset lock_
select is(t.val('t_head', 'select live from api.feed()'), 'true', 'somebody leads');
select pg_advisory_unlock(7241, 1) \gset lock_

\set since '(xid, seq) > (' :xid '::text::xid8, ' :seq ')'
update domovoi.unit set floor = 4 where company_id = 901 and code = 'U1';
select is(t.feed('t_head', :'since'), 'unit update 2', 'a head is told');
select is(t.feed('t_realtor', :'since'), 'unit update 2', 'its agent too');
select is(t.feed('t_dispatcher', :'since'), 'unit update 2', 'and who keeps the house');
select is(t.feed('t_realtor2', :'since'), null, 'another agent is not');
select is(t.feed('t_owner', :'since'), null, 'nor another owner');
select is(t.feed('t_head_beta', :'since'), null, 'nor another company');
update domovoi.unit set agent_id = t.id('t_realtor2') where company_id = 901 and code = 'U1';
select is(t.feed('t_realtor', :'since' || ' and version = 3 and resource = ''unit'''), 'unit update 3',
  'who loses it is told');
select is(t.feed('t_realtor2', :'since' || ' and version = 3 and resource = ''unit'''), 'unit update 3',
  'and who gets it');
update domovoi.unit set floor = 5 where company_id = 901 and code = 'U1';
select is(t.feed('t_realtor', :'since' || ' and version = 4'), null, 'and then no more');
update domovoi.party set note = 'x' where company_id = 901 and no = 1;
select is(t.feed('t_executor', :'since' || ' and resource = ''party'''), null,
  'who may not see people is not told of them');
select is(t.feed('t_dispatcher', :'since' || ' and resource = ''party'''), 'party update 2', 'who may is');
delete from domovoi.block where company_id = 901;
select is(t.feed('t_owner', :'since'), 'block delete 1', 'of a removed record too');
begin;
update domovoi.party set note = 'y' where company_id = 901 and no = 1;
select is(t.feed('t_head', :'since' || ' and resource = ''party'''), 'party update 2',
  'nothing is told before it is committed, above the horizon');
commit;
select is(t.feed('t_head', :'since' || ' and resource = ''party'''), 'party update 2, party update 3',
  'everything after');

-- random rows: for every role and record the policy shows it if and only if the rule reaches it and a key of
-- the session's meets its keys
insert into domovoi.membership_building (company_id, user_id, building_id) values (901, t.id('t_dispatcher'),
  '00000000-0000-7000-8000-0000000000b2');
do $$
declare
  a uuid[] := array[t.id('t_realtor'), t.id('t_realtor2'), null]; o uuid[] := array[t.id('t_owner'), null];
  b uuid[] := array['00000000-0000-7000-8000-0000000000b1', '00000000-0000-7000-8000-0000000000b2', null]::uuid[];
begin
  perform setseed(0.7);
  insert into domovoi.unit (company_id, code, title, kind, lock_id, agent_id, building_id, owner_id)
    select 901, 'P' || g, 'Random ' || g, 'apartment', gen_random_uuid(), a[1 + (random() * 2.99)::int % 3],
      b[1 + (random() * 2.99)::int % 3], o[1 + (random() * 1.99)::int % 2] from generate_series(1, 60) g;
  insert into domovoi.offering (company_id, unit_id, mode, currency) select 901, u.id, 'short_stay', 'KZT'
    from domovoi.unit u where u.company_id = 901 and u.code like 'P%';
  insert into domovoi.party (company_id, name, no, agent_id) select 901, 'Random ' || g, null,
    a[1 + (random() * 2.99)::int % 3] from generate_series(1, 40) g;
  insert into domovoi.block (company_id, unit_id, check_in, check_out, reason) select 901, u.id, '2026-12-01',
    '2026-12-05', 'repair' from domovoi.unit u where u.company_id = 901 and u.code like 'P%';
  insert into domovoi.reservation (company_id, unit_id, check_in, check_out, currency, agent_id)
    select 901, u.id, '2026-11-01', '2026-11-05', 'KZT', a[1 + (random() * 2.99)::int % 3] from domovoi.unit u
      where u.company_id = 901 and u.code like 'P%';
end $$;
create function t.disagree(p_login text) returns text language plpgsql as $$
declare
  x record; r text := ''; keys text[]; resources text[]; seen uuid[]; reached uuid[]; told uuid[]; company int;
    logged uuid[];
begin
  for x in select * from (values ('unit', 'units'), ('offering', 'offerings'), ('party', 'parties'),
    ('reservation', 'reservations'), ('block', 'blocks'), ('building', 'buildings')) v (what, view) loop
    execute format('set session authorization %I', p_login);
    execute format('set role domovoi_%s', (api.enter()).scope);
    execute format('select coalesce(array_agg(id order by id), ''{}'') from api.%I', x.view) into seen;
    execute format('select coalesce(array_agg(record order by record), ''{}'') from (select distinct record from api.changes where resource = %L) y', x.what) into logged;
    reset role; -- the bare login: who it is does not change; definers of the test's call the rules for it
    keys := t.my_keys(); resources := t.my_resources(); company := t.my_company();
    execute format('select coalesce(array_agg(id order by id), ''{}'') from t.reach(%L)', x.what) into reached;
    reset session authorization;
    execute format('select coalesce(array_agg(r.id order by r.id), ''{}'') from domovoi.%I r where %L = any ($2) and (r.company_id = $3 and domovoi.keys_of(r) && $1)', x.what, x.what) into told using keys, resources, company;
    if seen <> told then r := r || x.what || ': policy ' || cardinality(seen) || ' keys ' || cardinality(told) ||
      '; '; end if;
    if seen <> reached then r := r || x.what || ': policy ' || cardinality(seen) || ' rule ' ||
      cardinality(reached) || '; '; end if;
    if not logged @> seen then r := r || x.what || ': not told of all that it sees; '; end if;
  end loop;
  return r;
end $$;
create function t.my_keys() returns text[] language sql security definer as $$ select domovoi.my_keys() $$;
create function t.my_resources() returns text[] language sql security definer as $$ select domovoi.my_resources() $$;
create function t.my_company() returns int language sql security definer as $$ select (domovoi.me()).company_id $$;
create function t.reach(p text) returns table (id uuid) language plpgsql security definer as $$
begin
  return query execute format($q$select r.id from domovoi.%I r where %L = any (domovoi.my_resources())
    and t.reaches(%L, r.company_id, r.id)$q$, p, p, p);
end $$;
create function t.reaches(p text, c int, i uuid) returns boolean language plpgsql security definer as $$
begin
  perform domovoi.check_reach(p, c, i);
  return true;
exception when sqlstate 'DM006' then return false;
end $$;
grant usage on schema t to public;
select is(t.disagree(l), '', l || ': policies, rules and keys agree on random rows')
  from unnest(array['t_head', 't_manager', 't_auditor', 't_dispatcher', 't_executor', 't_realtor', 't_realtor2',
    't_owner', 't_head_beta']) l;
select * from finish();
