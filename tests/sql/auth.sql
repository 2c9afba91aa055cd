-- The doors of the API: passwords, attempts, sessions and their tokens, second factors; and what stands before a request.
\ir fixtures/start.sql
\ir fixtures/api.sql
select no_plan();

-- ---- who may ask at all --------------------------------------------------------------------------------------------
create table t.doors as select p.oid::regprocedure::text as door,
    format('select %s(%s)', p.oid::regproc, (select string_agg('null::' || format_type(a, null), ', ' order by n)
      from unnest(p.proargtypes) with ordinality x (a, n))) as call
  from pg_proc p where p.pronamespace in ('auth'::regnamespace, 'ops'::regnamespace);
select cmp_ok((select count(*) from t.doors), '>=', 22::bigint, 'the doors of the API');
select is((select string_agg(d.door || ' ' || l, ', ') from t.doors d, unnest(array['t_head', 't_super', 't_realtor']) l
  where t.err(l, d.call) <> '42501'), null, 'are closed to people, whatever they may do');
create function t.group_only(p_sql text) returns text language plpgsql as $$
begin
  set session authorization t_stranger;
  set role domovoi_api;
  execute p_sql;
  reset session authorization;
  return 'ok';
exception when others then
  reset session authorization;
  return sqlstate;
end $$;
grant domovoi_api to t_stranger;
select is((select string_agg(door, ', ') from t.doors where door not like 'ops.trusted%' and t.group_only(call) not in ('42501', 'DM005')), null,
  'and to a login that is in the group and not in the list');
select is(t.group_only('select act.begin_request(null, null, null, null, null)'), '42501', 'nor does it speak for others');
revoke domovoi_api from t_stranger;
select is(t.api('select ops.trusted()'), 'false', 'the server''s login is not trusted');
select is(t.api('select ops.trusted()', 't_worker'), 'true', 'what runs by the clock is');

-- ---- passwords -------------------------------------------------------------------------------------------------------
select is(t.api('select c::text from auth.credential(''t_head'') c'), format('(%s,,active,f,,,f)', t.id('t_head')), 'somebody without a password');
select is(t.api('select c::text from auth.credential(''nobody'') c'), '(,,,f,,,f)', 'nobody has one row, too');
select is(t.api(format('select auth.set_password(%L, ''secret'', false, null)', t.id('t_head'))), '23514', 'a password itself is not kept');
select is(t.api(format('select auth.set_password(%L, %L, false, %1$L)', t.id('t_head'), t.hash())), '', 'its hash is');
select is(t.api('select hash from auth.credential(''t_head'')'), t.hash(), 'and told to the server');
select is(t.trail('t_head', 'password'), 1, 'the trail says that he chose one');
select is((select count(*)::int from domovoi.audit_log a where a::text like '%aaaaaaaa%'), 0, 'not which');
update domovoi.app_user set status = 'blocked' where login = 't_head';
select is(t.api('select hash is null and status = ''blocked'' from auth.credential(''t_head'')'), 'true', 'who is blocked has no hash to compare with');
select is(t.open('t_head'), null, 'and no session is opened for him');
update domovoi.app_user set status = 'active' where login = 't_head';

-- ---- sessions and requests ---------------------------------------------------------------------------------------------
select t.open('t_head', 'h0') as head \gset
select is(t.ask('t_head', :'head', null, 'select current_user || '' '' || user_name || '' '' || current_setting(''TimeZone'') from api.whoami() limit 1'),
  'domovoi_company Name of t_head Asia/Almaty', 'a request is the person''s, by the clock of his company');
select is(t.ask('t_realtor', :'head', null, 'select 1'), 'DM015', 'a session is nobody else''s');
select is(t.ask('t_head', null, null, 'select 1'), 'DM015', 'without one nobody is spoken for');
select is(t.ask('t_head', gen_random_uuid()::text, null, 'select 1'), 'DM015', 'nor with one that is not there');
select is(t.ask('t_head', :'head', null, 'select 1', 902), 'DM009', 'nor where he does not belong');
select is(t.trail('t_head', 'login'), 1, 'the trail has the login');
select t.open('t_super') as super \gset
select is(t.ask('t_super', :'super', null, 'select current_setting(''TimeZone'') || (company is null) from api.whoami() limit 1'),
  'Asia/Almatytrue', 'the platform''s people are by the clock of their own company');
select is(t.ask('t_super', :'super', null, 'select current_setting(''TimeZone'') || company from api.whoami() limit 1', 902),
  'Europe/Berlin902', 'or of the one they look at');
update domovoi.app_user set status = 'blocked' where login = 't_head';
select is(t.ask('t_head', :'head', null, 'select 1'), 'DM015', 'who is blocked is out at once');
update domovoi.app_user set status = 'active' where login = 't_head';
select is(t.ask('t_head', :'head', null, 'select 1'), '1', 'and back when he is not');
select is(t.rotate('h0', 'h1'), 'ok', 'a token for a new one');
select t.later('6 days 23 hours');
select is(t.ask('t_head', :'head', null, 'select 1'), '1', 'a session lives for seven days without use');
select t.later('2 hours');
select is(t.ask('t_head', :'head', null, 'select 1'), 'DM015', 'not longer');
select is(t.rotate('h1', 'h2'), 'over', 'and its token is worth nothing');
select t.open('t_head', 'g0') as head \gset
create function t.weeks() returns text language plpgsql as $$
declare said text := '';
begin
  for i in 1 .. 6 loop
    perform t.later('6 days');
    said := said || left(t.rotate('g' || i - 1, 'g' || i), 1);
  end loop;
  return said;
end $$;
select is(left(t.weeks(), 4), 'oooo', 'it is used every six days');
select is(t.ask('t_head', :'head', null, 'select 1'), 'DM015', 'and after thirty it is over all the same');

-- ---- tokens: lost answers, theft -----------------------------------------------------------------------------------------
select t.open('t_manager', 'a') as manager \gset
select is(t.rotate('none', 'x'), 'unknown', 'a token that never was');
select is(t.rotate('a', 'b1'), 'ok', 'the first');
select is(t.rotate('a', 'b' || i), 'again', 'its answer is lost, time ' || i) from generate_series(2, 10) i;
select is((select count(*)::int from domovoi.refresh_token r where r.login_id = :'manager' and r.state = 'active'), 1, 'one is good');
select t.later('30 seconds');
select is(t.rotate('b10', 'c'), 'ok', 'the one that arrived');
select is(t.ask('t_manager', :'manager', null, 'select 1'), '1', 'the honest one was never put out');
select is(t.rotate('a', 'd'), 'stolen', 'the first one again, after its successor was used');
select is(t.ask('t_manager', :'manager', null, 'select 1'), 'DM015', 'and the whole session is over');
select is(t.rotate('c', 'd'), 'over', 'for the one who has the last token, too');
select is((select array[t.trail('t_manager', 'token_stolen'), t.trail('t_manager', 'sessions_ended')]), '{1,1}', 'the trail says so');
select t.open('t_manager', 'm0') as manager \gset
select is(t.rotate('m0', 'm1'), 'ok', 'a token');
select t.later('59 seconds');
select is(t.rotate('m0', 'm2'), 'again', 'good for a minute after');
select t.later('1 second');
select is(t.rotate('m0', 'm3'), 'stolen', 'not longer, even if the answer before was lost again');
select t.open('t_manager', 'k0') as manager \gset
select is(t.rotate('k0', 'k1') || t.rotate('k0', 'k2') || t.rotate('k1', 'k3'), 'okagainstolen', 'what was thought lost and turns up is theft');
select is(t.api(format('select auth_time from auth.rotate(sha256(''q0''), sha256(''q1''), null)')), null, 'nothing of an unknown one');

-- ---- the end of sessions ---------------------------------------------------------------------------------------------------
select t.open('t_manager', 'o1') as one \gset
select t.open('t_manager', 'o2') as two \gset
select t.open('t_manager', 'o3') as three \gset
select is(t.api(format('select auth.close(%L)', :'one')), 'true', 'a session is closed');
select is(t.api(format('select auth.close(%L)', :'one')), 'false', 'once');
select is(t.ask('t_manager', :'one', null, 'select 1'), 'DM015', 'and is over');
select is(t.api(format('select auth.set_password(%L, %L, false, %1$L)', t.id('t_manager'), t.hash())), '', 'a new password of his own');
select is(t.ask('t_manager', :'three', null, 'select 1'), '1', 'leaves the sessions');
select is(t.api(format('select auth.close_others(%L, %L)', t.id('t_manager'), :'two')), '1', 'the others are ended if he wants that');
select is(t.ask('t_manager', :'two', null, 'select 1') || t.ask('t_manager', :'three', null, 'select 1'), '1DM015', 'but this one');
select is(t.api(format('select auth.set_password(%L, %L, true, %L)', t.id('t_manager'), t.hash('b'), t.id('t_head'))), '', 'one that somebody else made');
select is(t.ask('t_manager', :'two', null, 'select 1'), 'DM015', 'ends all of them');
select t.open('t_manager') as four \gset
select is(t.ask('t_manager', :'four', null, 'select 1'), 'DM017', 'with it nothing is done');
select is(t.api(format('select auth.set_password(%L, %L, false, %1$L)', t.id('t_manager'), t.hash('c'))), '', 'but choosing another');
select is(t.ask('t_manager', :'four', null, 'select 1'), '1', 'then the session is like any');

-- ---- how often ---------------------------------------------------------------------------------------------------------------
create function t.wait(p_login text, p_address text) returns int language sql as $$
  select t.api(format('select auth.wait(%L, %L)', p_login, p_address))::int $$;
create function t.fails(p_login text, p_address text, p_times int) returns text language plpgsql as $$
declare n int := 0;
begin
  for i in 1 .. p_times loop
    exit when t.wait(p_login, p_address) > 0;
    perform t.api(format('select auth.failed(%L, %L, ''password'')', p_login, p_address));
    n := i;
  end loop;
  return n;
end $$;
select is(t.fails('t_auditor', '10.0.0.' || i, 1), '1', 'a wrong password from anywhere') from generate_series(1, 5) i;
select is(t.wait('t_auditor', '10.0.0.77'), 300, 'after five the account waits five minutes, from everywhere');
select is(t.wait('t_owner', '10.0.0.1'), 0, 'others do not');
select is(t.trail('t_auditor', 'login_failures'), 1, 'the trail says so once');
select t.later('4 minutes 59 seconds');
select is(t.wait('t_auditor', '10.0.0.77'), 1, 'to the second');
select t.later('1 second');
select is(t.fails('t_auditor', '10.0.1.' || i, 1), '1', 'then five more') from generate_series(1, 5) i;
select is(t.wait('t_auditor', null), 600, 'and ten minutes');
select t.later('10 minutes');
select t.fails('t_auditor', null, 5);
select is(t.wait('t_auditor', null), 900, 'and fifteen');
select t.later('15 minutes');
select t.fails('t_auditor', null, 5);
select is(t.wait('t_auditor', null), 900, 'and not more');
select t.later('2 hours');
select t.fails('t_auditor', null, 5);
select is(t.wait('t_auditor', null), 300, 'after a quiet hour it begins anew');
select is(t.fails('nobody' || i, '10.9.9.9', 1), '1', 'from one address, at any account') from generate_series(1, 5) i;
select is(t.wait('t_head', '10.9.9.9'), 300, 'the address waits');
select is(t.wait('t_head', '::ffff:10.9.9.9'), 300, 'however it is written');
select is(t.wait('t_head', '10.9.9.8'), 0, 'its neighbour does not');
select t.fails('nobody' || i, '2001:db8:1:2:' || i || '::1', 1) from generate_series(1, 5) i;
select is(t.wait('t_head', '2001:db8:1:2:ffff::9'), 300, 'of the new kind a network of 64 is one');
select is(t.wait('t_head', '2001:db8:1:3::1'), 0, 'not the one beside it');
select t.later('1 hour');
select is(t.fails('t_dispatcher', '10.5.5.5', 4), '4', 'four failures');
select is(t.wait('t_dispatcher', '10.5.5.5'), 0, 'and the right password');
select is(t.api('select auth.succeeded(''t_dispatcher'', ''10.5.5.5'')'), '', 'forget those of the account');
select is(t.fails('t_dispatcher', '10.5.5.6', 4), '4', 'which has all its attempts again');
select is(t.fails('t_owner', '10.5.5.5', 3), '1', 'the address has not');
select t.later('5 minutes');
select is(t.wait('t_executor', '10.6.6.6'), 0, 'attempt ' || i || ' that is not ended yet') from generate_series(1, 5) i;
select is(t.wait('t_executor', '10.6.6.7'), 1, 'counts as if it failed');
select t.later('20 seconds');
select is(t.wait('t_executor', '10.6.6.7'), 0, 'until nobody can be at it any more');
select is(t.api('select auth.wait(null, null)'), '0', 'without login and address nothing is counted');

-- ---- the second factor -----------------------------------------------------------------------------------------------------------
create function t.totp(p_sql text) returns text language sql as $$ select t.api(format(p_sql, t.id('t_head'))) $$;
select is(t.totp('select auth.totp_set(%L, ''sealed'')'), 'true', 'a secret');
select is(t.api('select totp || '' '' || (totp_sealed = ''sealed'') from auth.credential(''t_head'')'), 'false true', 'waits to be confirmed');
select is(t.totp('select auth.totp_used(%L, 5)'), 'false', 'and opens nothing until then');
select is(t.totp('select auth.totp_set(%L, ''other'')'), 'true', 'another one may be shown meanwhile');
select is(t.totp('select auth.totp_confirm(%L, 100, array[sha256(''r1''), sha256(''r2'')])'), 'true', 'the first code');
select is(t.totp('select auth.totp_confirm(%L, 101, null)'), 'false', 'once');
select is(t.api('select totp || '' '' || last_step from auth.credential(''t_head'')'), 'true 100', 'from now on it is asked for');
select is(t.totp('select auth.totp_set(%L, ''mine'')'), 'false', 'nobody puts his own in its place');
select is(t.totp('select auth.totp_used(%L, 100)') || t.totp('select auth.totp_used(%L, 101)') || t.totp('select auth.totp_used(%L, 101)')
  || t.totp('select auth.totp_used(%L, 99)'), 'falsetruefalsefalse', 'a code is good once, and none before it');
select is(t.totp('select auth.recovery_use(%L, sha256(''r1''))') || t.totp('select auth.recovery_use(%L, sha256(''r1''))')
  || t.totp('select auth.recovery_use(%L, sha256(''r9''))'), 'truefalsefalse', 'a recovery code, too');
select is(t.totp('select auth.totp_drop(%L)'), '', 'without it again');
select is(t.api('select totp::text || (totp_sealed is null) from auth.credential(''t_head'')'), 'falsetrue', 'nothing is left');
select is(t.totp('select auth.recovery_use(%L, sha256(''r2''))'), 'false', 'nor of its codes');
select is((select array[t.trail('t_head', 'totp_on'), t.trail('t_head', 'recovery_code'), t.trail('t_head', 'totp_off')]), '{1,1,1}', 'all in the trail');
select is(t.api('select auth.revoke(''01900000-0000-7000-8000-000000000001'', now())') || t.api('select auth.revoke(''01900000-0000-7000-8000-000000000001'', now())')
  || t.api('select auth.revoked(''01900000-0000-7000-8000-000000000001'')') || t.api('select auth.revoked(''01900000-0000-7000-8000-000000000002'')'),
  'truefalsetruefalse', 'a token for one use');

-- ---- proving it again --------------------------------------------------------------------------------------------------------------
select t.open('t_head', 's0') as head \gset
create function t.do(p_session text, m jsonb) returns text language sql as $$
  select t.ask('t_head', p_session, null, format('select coalesce(x ->> ''code'', x ->> ''status'') from act.apply_mutation(%L) x',
    jsonb_build_object('id', gen_random_uuid()) || m)) $$;
create table t.dangerous (what text, m jsonb);
insert into t.dangerous values
  ('unit.archive', '{"resource": "unit", "kind": "action", "action": "archive", "record": "U3"}'),
  ('reservation.cancel', '{"resource": "reservation", "kind": "action", "action": "cancel", "record": "1", "args": {"reason": "plans_changed"}}'),
  ('party.view_pii', '{"resource": "party", "kind": "action", "action": "reveal_pii", "record": "1", "args": {"reason": "x"}}'),
  ('role.manage', '{"resource": "user", "kind": "action", "action": "deny", "record": "t_realtor", "args": {"permission": "unit.edit"}}'),
  ('user.manage', '{"resource": "user", "kind": "create", "set": {"login": "newone", "name": "New", "role": "realtor"}}'),
  ('settings.company', '{"resource": "setting", "kind": "patch", "record": "agent_limit", "set": {"value": "50"}}');
select t.later('5 minutes');
select is(t.do(:'head', m), 'applied', what || ' within five minutes') from t.dangerous where what = 'user.manage';
select t.later('1 second');
select is(t.do(:'head', m), 'DM016', what || ' wants a proof') from t.dangerous;
select is(t.do(:'head', '{"resource": "unit", "kind": "patch", "record": "U1", "set": {"floor": 3}}'), 'applied', 'an edit does not');
select is(t.ask('t_head', :'head', null, 'select act.import_rows(''unit'', ''[]'')'), 'DM016', 'an import does');
select is(t.ask('t_head', :'head', null, 'select act.unit_reveal_code(''U1'', null, ''door'', ''first'')->>''code'''), 'DM006', 'there is no code to reveal');
insert into domovoi.unit_secret (company_id, unit_id, kind, sealed, key_version, updated_at)
  select 901, u.id, 'door', '\x01'::bytea || sha256('x'), 1, domovoi.now() from domovoi.unit u where u.company_id = 901 and u.code = 'U1';
select is(t.ask('t_head', :'head', null, 'select act.unit_reveal_code(''U1'', null, ''door'', ''guest'')->>''status'''), 'DM016', 'a code is revealed after a proof');
select is((select count(*)::int from domovoi.secret_access a where a.reason = 'guest'), 0, 'and nothing is written before it');
select is(t.ask('t_head', :'head', null, format('select string_agg(outcome, '' '') from act.preview(%L)', (select jsonb_agg(m) from t.dangerous
  where what in ('unit.archive', 'role.manage')))), 'change change', 'what is only tried needs none');
select is(t.val('t_head', 'select act.unit_reveal_code(''U1'', null, ''door'', ''guest'')->>''status'''), 'applied', 'nor does a login of the database');
create table t.once as select gen_random_uuid() as id;
select is(t.do(:'head', m || jsonb_build_object('id', id)), 'DM016', 'a refusal for want of it') from t.dangerous, t.once where what = 'reservation.cancel';
select is(t.api(format('select auth.stepped_up(%L, ''{otp}'')', :'head')), '', 'a proof');
select is(t.do(:'head', m || jsonb_build_object('id', id)), 'applied', 'is no outcome: the same change is made after it') from t.dangerous, t.once where what = 'reservation.cancel';
select is(t.do(:'head', m), 'applied', what || ' after it') from t.dangerous where what in ('unit.archive', 'role.manage', 'settings.company');
select is(t.ask('t_head', :'head', null, 'select amr from api.sessions where this'), 'otp, pwd', 'the session knows how');
select is(t.ask('t_realtor', t.open('t_realtor'), null, 'select act.import_rows(''unit'', ''[]'')'), 'DM005', 'who may not is told that first');
select * from finish();
