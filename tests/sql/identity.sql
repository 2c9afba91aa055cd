-- Who a session is: by its login and nothing else; which membership it acts under; what the clock says.
\ir fixtures/start.sql
select plan(33);

select is(t.val('t_head', 'select user_name from api.whoami() limit 1'), 'Name of t_head', 'a login is its person');
select is(t.val('t_head', 'select role || scope || company || company_name || currency || tz from api.whoami() limit 1'),
  'headcompany901AlphaKZTAsia/Almaty', 'whoami tells role, scope and company');
select is(t.val('t_head', 'select today from api.whoami() limit 1'), '2026-06-16', 'today is the company''s');
select is(t.val('t_head', 'select count(*) = count(distinct permission) and bool_or(permission = ''unit.view'') from api.whoami()'), 'true', 'one row a permission');
select is(t.val('t_super', 'select company is null and company_name is null and currency = ''KZT'' from api.whoami() limit 1'), 'true',
  'a platform session is over all companies until it chooses');
select is(t.val('t_super', 'select company_name from api.whoami() limit 1', 902), 'Beta', 'and may choose any');
select is(t.err('t_head', 'select 1', 902), 'DM009', 'a head cannot enter another company');
select is(t.err('t_head', 'select 1', null, 'realtor'), 'DM009', 'nor a role he does not have');
select is(t.err('t_stranger', 'select 1'), 'DM009', 'a stranger has no membership');

-- settings that a client can make change nothing
select is(t.val('t_realtor', format('select set_config(''domovoi.user'', %L, false)', t.id('t_head'))),
  t.id('t_head')::text, 'the setting can be made');
select is(t.val('t_realtor', 'select user_name from api.whoami() limit 1'), 'Name of t_realtor',
  'a direct login ignores it');
select set_config('domovoi.user', '', false);
select is(t.val('t_realtor', format('select set_config(''domovoi.membership'', %L, false)',
  (select m.id from domovoi.membership m where m.user_id = t.id('t_head')))) is not null, true,
    'somebody else''s membership can be set');
select is(t.val('t_realtor', format('with x as (select set_config(''domovoi.membership'', %L, false) s) select (select count(*) from api.units) from x offset 0',
  (select m.id from domovoi.membership m where m.user_id = t.id('t_head')))), '1', 'and is not honoured');
select is(t.val('t_head', 'with x as (select set_config(''domovoi.company'', ''902'', false)) select company from x, api.whoami() limit 1'), '901',
  'nor is a company, outside of the platform scope');
select is(t.val('t_head', 'with x as (select set_config(''domovoi.membership'', ''x; drop'', false)) select company from x, api.whoami() limit 1'), '901',
  'nonsense in a setting is no membership');

-- several memberships
insert into domovoi.membership (company_id, user_id, role) values (902, t.id('t_head'), 'realtor');
do $$ begin if not pg_has_role('t_head', 'domovoi_own', 'member') then grant domovoi_own to t_head; end if; end $$;
select is(t.val('t_head', 'select company || role from api.whoami() limit 1'), '901head', 'the default comes first');
select is(t.val('t_head', 'select company || role from api.whoami() limit 1', 902), '902realtor',
  'the other can be chosen');
select is(t.val('t_head', 'select count(*) from api.units', 902), '0', 'and its scope holds there');
update domovoi.membership set active = false where company_id = 902 and user_id = t.id('t_head');
select is(t.err('t_head', 'select 1', 902), 'DM009', 'an ended membership cannot be entered');

-- what is switched off is off at once, also in an open session
update domovoi.db_login set enabled = false where rolname = 't_manager';
select is(t.err('t_manager', 'select 1'), 'DM009', 'a disabled login');
update domovoi.app_user set status = 'blocked' where id = t.id('t_auditor');
select is(t.err('t_auditor', 'select 1'), 'DM009', 'a blocked person');
update domovoi.company set status = 'suspended' where id = 902;
select is(t.err('t_head_beta', 'select 1'), 'DM009', 'a suspended company');
select is(t.count('t_super', 'api.units', 902), 9, 'which the platform still sees');
update domovoi.company set status = 'active' where id = 902;

-- a trusted login of the API speaks for others, until the end of the transaction (the server's needs their session:
-- auth.sql)
create function t.api(p_user text, p_sql text, p_company int default null) returns text language plpgsql as $$
declare r text;
begin
  set session authorization t_worker;
  perform act.begin_request(t.id_of(p_user), p_company, null, null, null);
  execute p_sql into r;
  reset session authorization;
  return r;
end $$;
grant usage on schema t to t_worker, domovoi_staff;
create function t.id_of(p text) returns uuid language sql security definer as $$ select id from t.staff
  where login = p $$;
select is(t.api('t_realtor', 'select current_user || (select count(*) from api.units)'), 'domovoi_own1',
  'begin_request enters scope and identity');
select is(t.api('t_super', 'select count(*) from api.units', 902), '9', 'and the platform''s too');
select is(current_setting('domovoi.user'), '', 'and nothing is left of it afterwards');
select is(t.err('t_head', format('select act.begin_request(%L, null, null, null, null)', t.id('t_super'))), '42501', 'nobody else may');
select is(t.err('t_head', format('select act.assume(%L, null, null, null, null, null)', t.id('t_super'))), '42501',
  'nor by its inner half');
select throws_ok($$ do $x$ begin set session authorization t_api; perform api.enter(); end $x$ $$, 'DM009', null,
  'the API''s login is nobody itself');

-- the clock
select is(t.val('t_head', 'select (select today from api.whoami() limit 1) from (select set_config(''domovoi.now'', ''2030-01-01T00:00:00Z'', true)) x'), '2030-01-01',
  'a test database may be told the time');
update domovoi.server set kind = 'live';
select is(t.val('t_head', 'select today = (pg_catalog.now() at time zone ''Asia/Almaty'')::date from api.whoami() limit 1'), 'true', 'a live one may not');
select is(domovoi.now(), pg_catalog.now(), 'and follows the server');
update domovoi.server set kind = 'test';
select is((select count(*)::int from api.users u where u.company = 901 and u.role = 'head'), 1,
  'a person is listed once a company');
select * from finish();
