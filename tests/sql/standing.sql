-- What a request has found out of its person once is what would be found out each time; nobody says it of himself.
\ir fixtures/start.sql
\ir fixtures/api.sql
select no_plan();

-- the same person by a login of his own, and through the API: who he is, what he may do, what each view shows him
select $$select concat_ws(' ', user_id, role, scope, company, tz, today, string_agg(permission, ',' order by permission)) from api.whoami()
   group by user_id, role, scope, company, tz, today$$ as facts \gset
select is(t.ask(x.login, t.open(x.login), null, :'facts', y.company), t.val(x.login, :'facts', y.company),
    x.login || coalesce(' in ' || y.company, ''))
  from t.staff x join domovoi.role r on r.code = x.role
  join lateral (select null::int as company union select c.id from domovoi.company c where r.scope = 'platform') y on true;
select is(t.ask(x.login, t.open(x.login), null, format('select count(*) from api.%s', v)),
    t.val(x.login, format('select count(*) from api.%s', v)), v || ' of ' || x.login)
  from t.staff x, unnest(array['units', 'reservations', 'parties', 'agreements', 'charges', 'users', 'settings', 'audit']) v;

-- the policies believe what the request has found, and look no further
select is(t.ask('t_head', t.open('t_head'), null, $$select current_setting('domovoi.standing')$$), 'company head 901 Asia/Almaty', 'it is said');
select is(t.ask('t_head', t.open('t_head'), null, 'select count(*) from api.units', null,
  $$select set_config('domovoi.granted', replace(current_setting('domovoi.granted'), ' unit.view ', ' '), true)$$), '0', 'and believed');

-- ---- it follows what changes ------------------------------------------------------------------------------------------
create function t.may(p_login text, p_permission text, p_key text default null) returns boolean language sql as $$
  select (t.ask(p_login, case when p_key is null then t.open(p_login) end, p_key,
    format('select count(*) from api.whoami() where permission = %L', p_permission)))::int > 0 $$;
select is(t.may('t_manager', 'unit.view') and not t.may('t_manager', 'user.manage'), true, 'what a manager may do');
insert into domovoi.user_permission (company_id, user_id, permission, granted, granted_at) values
  (901, t.id('t_manager'), 'user.manage', true, now()), (901, t.id('t_manager'), 'unit.view', false, now());
select is(t.may('t_manager', 'user.manage') and not t.may('t_manager', 'unit.view'), true, 'what he alone is given and denied');
select is(t.ask('t_manager', t.open('t_manager'), null, 'select count(*) from api.units'), '0', 'so that he sees no unit');
delete from domovoi.user_permission where user_id = t.id('t_manager');
delete from domovoi.role_permission where role = 'manager' and permission = 'unit.view';
select is(t.may('t_manager', 'unit.view'), false, 'what a role is no more given');
insert into domovoi.role_permission values ('manager', 'unit.view');
select is(t.may('t_manager', 'unit.view'), true, 'and is given again');
select is((select count(*)::int from domovoi.role r where r.held is distinct from
    (select coalesce(' ' || string_agg(g.permission, ' ' order by g.permission) || ' ', ' ') from domovoi.role_permission g where g.role = r.code)),
  0, 'a role holds what the table of permissions says');

-- ---- with the eyes of somebody else, and back ---------------------------------------------------------------------------
select is(t.ask('t_super', t.open('t_super'), null, 'select user_name from api.whoami() limit 1', 901,
  $$select api.see_as('t_realtor')$$), 'Name of t_realtor', 'a look is somebody else, whoever asked');

-- ---- nobody says it of himself --------------------------------------------------------------------------------------------
create function t.forged(p_login text, body text) returns text language plpgsql as $$
declare r text; head text := t.id('t_head');
begin
  execute format('set session authorization %I', p_login);
  execute format('set role domovoi_%s', (api.enter(null, null)).scope);
  perform set_config('domovoi.user', head, true), set_config('domovoi.standing', 'company head 901 UTC', true),
    set_config('domovoi.company', '901', true), set_config('domovoi.granted', ' unit.view party.view user.manage ', true);
  execute body into r;
  reset session authorization;
  perform set_config('domovoi.' || s, '', true) from unnest('{user,company,standing,granted}'::text[]) s;
  return r;
end $$;
select is(t.forged(x.login, :'facts'), t.val(x.login, :'facts'), x.login || ' is not believed')
  from t.staff x join domovoi.role r on r.code = x.role where r.scope <> 'platform';

select * from finish();
rollback;
