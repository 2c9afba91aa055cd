-- People and their memberships: invitations, roles, single permissions, leaving with everything handed over.
\set ON_ERROR_STOP 1
\ir fixtures/start.sql
select no_plan();
create function t.do(p_login text, p_kind text, p_record text, p_more jsonb, p_company int default null) returns text
  language sql as $$
  select concat_ws(' ', coalesce(x ->> 'code', x ->> 'status'), x ->> 'field') from t.val(p_login, format('select act.apply_mutation(%L)',
    jsonb_build_object('id', gen_random_uuid(), 'resource', 'user', 'kind', p_kind, 'record', p_record) || p_more), p_company) y,
    lateral (select y::jsonb) z (x)
$$;
create function t.user(p_login text, p_who text, p_action text, p_args jsonb default '{}') returns text language sql as $$
  select t.do(p_login, 'action', p_who, jsonb_build_object('action', p_action, 'args', p_args)) $$;
create function t.invite(p_login text, p_set jsonb) returns text language sql as $$
  select t.do(p_login, 'create', null, jsonb_build_object('set', p_set)) $$;

-- who may
select is(t.invite(l, '{"login": "new.one", "name": "New", "role": "realtor"}'), 'DM005', l || ' invites nobody')
  from unnest(array['t_manager', 't_accountant', 't_auditor', 't_dispatcher', 't_executor', 't_realtor', 't_owner',
    't_support', 't_moderator']) l where l not in ('t_support', 't_moderator');
select is(t.invite('t_head', '{"login": "new.one", "name": "New One", "role": "realtor", "email": "new@example.com", "commission_bp": "1500"}'),
  'applied', 'a head invites');
select is(t.val('t_head', $$select concat_ws(' ', role, status, email, commission_bp) from api.users where login = 'new.one'$$),
  'realtor invited new@example.com 1500', 'and sees the invited');
select is(t.val('t_realtor', $$select concat_ws(' ', name, role, email, commission_bp) from api.users where login = 'new.one'$$),
  'New One realtor', 'a colleague his name');
select is((select count(*)::int from domovoi.db_login l join domovoi.app_user u on u.id = l.user_id where u.login = 'new.one'), 0,
  'a login is not made');
select is(t.invite('t_head', '{"login": "new.one", "name": "x", "role": "realtor"}'), 'DM004 login', 'a login is taken once');
select is(t.invite('t_head', '{"login": "t_head_beta", "name": "x", "role": "realtor"}'), 'DM004 login', 'by whomever');
select is(t.invite('t_head', '{"login": "X!", "name": "x", "role": "realtor"}'), 'DM007 login', 'a login has a form');
select is(t.invite('t_head', '{"login": "new.two", "name": "x", "role": "boss"}'), 'DM007 role', 'a role is known');
select is(t.invite('t_head', ('{"login": "new.two", "name": "x", "role": "' || r || '"}')::jsonb), 'DM005 role', 'a head makes no ' || r)
  from unnest(array['superuser', 'moderator', 'support']) r;
select is(t.invite('t_head', '{"login": "new.two", "name": "x"}'), 'DM007 role', 'a role is needed');
select is(t.invite('t_head', '{"login": "new.two", "name": "x", "role": "realtor", "commission_bp": "10001"}'), 'DM007 commission_bp',
  'a commission is at most all of it');
select is(t.do('t_head', 'patch', 'new.one', '{"set": {"commission_bp": "900", "name": "Newer"}}'), 'applied', 'he is edited');
select is(t.do('t_head', 'patch', 'new.one', '{"set": {"role": "head"}}'), 'DM007 role', 'his role is not');
select is(t.do('t_head', 'patch', 'new.one', '{"set": {"name": "Newest"}, "base_version": 1}'), 'DM003', 'by the version');
select is(t.do('t_head', 'patch', 't_head_beta', '{"set": {"name": "x"}}'), 'DM006', 'nobody of another company');
select is(t.do('t_realtor', 'patch', 't_realtor', '{"set": {"commission_bp": "9000"}}'), 'DM006', 'nor an agent his commission');

-- roles
select is(t.user('t_head', 't_head', 'change_role', '{"role": "accountant"}'), 'DM011', 'nobody changes his own role');
select is(t.user('t_head', 't_super', 'change_role', '{"role": "realtor"}'), 'DM011', 'nor of somebody who may do more');
select is(t.user('t_head', 't_manager', 'change_role', '{"role": "moderator"}'), 'DM005 role', 'nor gives what he lacks');
select is(t.user('t_manager', 't_auditor', 'change_role', '{"role": "manager"}'), 'DM005', 'a manager gives none');
select is(t.user('t_head', 't_auditor', 'change_role', '{"role": "manager"}'), 'applied', 'a head does');
select is(t.val('t_auditor', 'select role from api.whoami() limit 1'), 'manager', 'and it counts at once');
select is(t.user('t_head', 't_auditor', 'change_role', '{"role": "auditor"}'), 'applied', 'and back');
select is(t.user('t_head', 't_auditor', 'change_role', '{"role": "manager", "from": "head"}'), 'DM007 from', 'from a role that he has');
select is(t.user('t_head', 't_realtor', 'change_role', '{"role": "manager"}'), 'DM010 hand_over_to', 'an agent hands over first');
select is((select count(*)::int from domovoi.audit_log a where a.resource = 'user' and a.what = 'change_role'), 2, 'it is in the trail');

-- single permissions
select is(t.user('t_head', 't_manager', 'grant', '{"permission": "charge.run"}'), 'DM002 reason', 'a dangerous one needs a reason');
select is(t.user('t_head', 't_manager', 'grant', '{"permission": "charge.run", "reason": "holidays"}'), 'applied', 'with one it is granted');
select is(t.val('t_manager', $$select count(*) from api.whoami() where permission = 'charge.run'$$), '1', 'and shown');
select is(t.user('t_head', 't_manager', 'grant', '{"permission": "company.manage", "reason": "x"}'), 'DM005 permission', 'nobody gives what he lacks');
select is(t.user('t_head', 't_head', 'grant', '{"permission": "unit.view"}'), 'DM011', 'nor himself');
select is(t.user('t_manager', 't_realtor', 'grant', '{"permission": "unit.view"}'), 'DM005', 'a manager gives none');
select is(t.user('t_head', 't_manager', 'grant', '{"permission": "no.such"}'), 'DM007 permission', 'an unknown one');
select is(t.user('t_head', 't_manager', 'deny', '{"permission": "reservation.view"}'), 'applied', 'one is taken away');
select is(t.count('t_manager', 'api.reservations'), 0, 'he sees none');
select is(t.count('t_manager', 'api.nights'), 0, 'nor their nights');
select is(t.count('t_manager', $$api.changes where resource = 'reservation'$$), 0, 'nor hears of them');
select is(t.err('t_manager', $$select report.history('reservation', '1')$$), 'DM005', 'nor of their history');
select is(t.count('t_manager', 'api.units'), 8, 'but the units');
select is(t.user('t_head', 't_manager', 'deny', '{"permission": "reservation.create"}'), 'applied', 'nor may he make any');
select is((select x ->> 'code' from t.mutate('t_manager', '{"resource": "reservation", "kind": "create", "set": {"unit": "U1", "check_in": "2027-01-11", "check_out": "2027-01-12"}}') x),
  'DM005', 'and learns nothing by trying');
select is(t.user('t_head', 't_manager', 'inherit', jsonb_build_object('permission', p)), 'applied', p || ' as the role has it')
  from unnest(array['reservation.view', 'reservation.create', 'charge.run']) p;
select is(t.count('t_manager', 'api.reservations'), 2, 'all is as it was');
select is(t.user('t_super', 't_support', 'deny', '{"permission": "unit.view"}'), 'applied', 'of the platform''s people, too');
select is(t.count('t_support', 'api.units'), 0, 'at once');
select is(t.val('t_head', $$select permissions from api.users where login = 't_manager'$$), null, 'none of his own are left');

-- buildings
select is(t.user('t_head', 't_dispatcher', 'assign', '{"buildings": "B1, B2"}'), 'applied', 'buildings are assigned');
select is(t.count('t_dispatcher', 'api.units'), 2, 'and their units seen');
select is(t.user('t_head', 't_dispatcher', 'assign', '{"buildings": "B9"}'), 'DM007 buildings', 'only those that there are');
select is(t.user('t_head', 't_dispatcher', 'assign', '{}'), 'applied', 'or none');
select is(t.count('t_dispatcher', 'api.units'), 0, 'then none are seen');

-- block
select is(t.user('t_head', 't_realtor2', 'block'), 'DM002 reason', 'to block needs a reason');
select is(t.user('t_head', 't_realtor2', 'block', '{"reason": "lost laptop"}'), 'applied', 'with one it is done');
select is(t.err('t_realtor2', 'select 1'), 'DM009', 'he is nobody then');
select is(t.user('t_head', 't_realtor2', 'unblock'), 'applied', 'and back');
select is(t.count('t_realtor2', 'api.units'), 1, 'with what he had');
insert into domovoi.membership (company_id, user_id, role) values (902, t.id('t_realtor2'), 'realtor');
select is(t.user('t_head', 't_realtor2', 'block', '{"reason": "x"}'), 'DM011', 'who works elsewhere, too, is not blocked by one of them');
select is(t.user('t_moderator', t.id('t_realtor2')::text, 'block', '{"reason": "x"}'), 'DM006', 'which of the companies must be said');
select is(t.do('t_moderator', 'action', 't_realtor2', '{"action": "block", "args": {"reason": "x"}}', 901), 'applied', 'but by the platform');
select is(t.do('t_moderator', 'action', 't_realtor2', '{"action": "unblock"}', 901), 'applied', 'and back');
delete from domovoi.membership where company_id = 902 and user_id = t.id('t_realtor2');
select is(t.user('t_head', 't_head', 'block', '{"reason": "x"}'), 'DM011', 'nobody blocks himself');

-- leaving (K8, I26)
select is(t.user('t_head', 't_realtor2', 'deactivate'), 'DM002 reason', 'leaving has a reason');
select is(t.user('t_head', 't_realtor2', 'deactivate', '{"reason": "dismissed"}'), 'DM010 hand_over_to', 'and leaves nothing behind');
select is((select x ->> 'detail' from t.mutate('t_head', '{"resource": "user", "kind": "action", "record": "t_realtor2", "action": "deactivate", "args": {"reason": "dismissed"}}') x),
  '1 units, 1 stays', 'says what');
select is(t.user('t_head', 't_realtor2', 'deactivate', ('{"reason": "dismissed", "hand_over_to": "' || w || '"}')::jsonb), 'DM007 hand_over_to', 'not to ' || w)
  from unnest(array['t_realtor2', 't_head_beta', 't_dispatcher', 'nobody']) w;
select is(t.user('t_head', 't_realtor2', 'deactivate', '{"reason": "dismissed", "hand_over_to": "t_realtor", "comment": "x"}'), 'applied', 'to a colleague');
select is(t.err('t_realtor2', 'select 1'), 'DM009', 'he is gone');
select is(array[t.count('t_realtor', 'api.units'), t.count('t_realtor', 'api.reservations'), t.count('t_realtor', 'api.parties'),
  t.count('t_realtor', 'api.blocks'), t.count('t_realtor', 'api.offerings')], '{2,2,2,1,2}', 'the colleague has everything');
select is((select string_agg(distinct a.resource, ' ' order by a.resource) from domovoi.audit_log a where a.what = 'hand_over'), 'reservation unit', 'each in the trail');
select is(t.count('t_head', $$report.history('unit', 'U2') where what = 'hand_over'$$), 1, 'and in its history');
select is(t.val('t_head', $$select status from api.users where login = 't_realtor2'$$), 'inactive', 'the head still sees him');
select is(t.count('t_manager', $$api.users where login = 't_realtor2'$$), 0, 'others do not');
select is((select x ->> 'code' from t.mutate('t_head', '{"resource": "unit", "kind": "patch", "record": "U3", "set": {"agent": "t_realtor2"}}') x), 'DM007', 'he gets nothing more');
select is(t.user('t_head', 't_realtor2', 'deactivate', '{"reason": "x"}'), 'DM001 status', 'once');
select is(t.user('t_head', 't_realtor2', 'activate'), 'applied', 'he comes back');
select is(t.count('t_realtor2', 'api.units'), 0, 'to nothing');

-- I27
insert into domovoi.setting (company_id, key, value) values (901, 'agent_limit', '3');
select is(t.invite('t_head', '{"login": "new.four", "name": "x", "role": "realtor"}'), 'DM011 role', 'no more agents than the limit');
select is(t.user('t_head', 't_manager', 'change_role', '{"role": "realtor"}'), 'DM011 role', 'by no way');
select is(t.invite('t_head', '{"login": "new.four", "name": "x", "role": "manager"}'), 'applied', 'others as many as there are');
select is(t.user('t_head', 'new.one', 'deactivate', '{"reason": "other"}'), 'applied', 'one leaves');
select is(t.user('t_head', 't_manager', 'change_role', '{"role": "realtor"}'), 'applied', 'one comes');
select is(t.user('t_head', 'new.one', 'activate'), 'DM011 role', 'and the first not back');
select * from finish();
