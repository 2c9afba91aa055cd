-- API keys and sessions as records, and what a key cuts: a request with a key may do what its scopes say and its person
-- may, wherever a permission decides.
\ir fixtures/start.sql
\ir fixtures/api.sql
select no_plan();

-- ---- making them ---------------------------------------------------------------------------------------------------
create function t.make(p_user text, p_scopes text, p_more jsonb default '{}', p_company int default null) returns jsonb language sql as $$
  select t.val(p_user, format('select act.apply_mutation(%L)', jsonb_build_object('id', gen_random_uuid(), 'resource', 'api_keys',
    'kind', 'create', 'record', gen_random_uuid(), 'set', jsonb_build_object('name', 'Key', 'scopes', p_scopes,
      'secret_hash', encode(sha256(convert_to(gen_random_uuid()::text, 'UTF8')), 'hex')) || p_more)), p_company)::jsonb $$;
create function t.key(p_user text, p_scopes text, p_company int default null) returns text language sql as $$
  select t.make(p_user, p_scopes, '{}', p_company) ->> 'record' $$;
create function t.why(p jsonb) returns text language sql as $$ select concat_ws(' ', p ->> 'code', p ->> 'field', p ->> 'message') $$;

select is(t.make('t_head', 'unit.view unit.*')#>>'{row,scopes}', 'unit.* unit.view', 'the head makes a key');
select is((select count(*)::int from domovoi.audit_log a where a.resource = 'api_key' and a.what = 'create'), 1, 'the trail says so');
select is(t.make(l, 'unit.view') ->> 'code', 'DM005', l || ' makes none') from unnest(array['t_manager', 't_realtor', 't_auditor', 't_owner']) l;
select is(t.why(t.make('t_head', s)), w, 'a key for ' || coalesce(s, 'nothing')) from (values
  ('', 'DM007 scopes A value is required.'), ('no.such', 'DM007 scopes This value is not known.'), ('%', 'DM007 scopes This value is not known.'),
  ('unit.view; drop', 'DM007 scopes This value is not known.'), ('company.manage', 'DM005 scopes Nobody gives what he does not have.'),
  ('secret.*', null)) v (s, w) where w is not null;
select is(t.why(t.make('t_head', 'unit.view', m)), w, m::text) from (values
  ('{"secret_hash": "secret"}'::jsonb, 'DM007 secret_hash The value is not valid.'), ('{"name": ""}', 'DM007 name A value is required.'),
  ('{"expires_at": "2026-06-01 00:00"}', 'DM007 expires_at The day has gone by.'), ('{"user": "t_super"}', 'DM007 user There is no such field.')) v (m, w);
create function t.rights(p_key text) returns text[] language sql as $$ select k.permissions from domovoi.access_key k where k.id = p_key::uuid $$;
select t.key('t_head', '*') as star, t.key('t_head', '*.view payment.confirm') as views, t.key('t_head', 'analytics.*') as figures \gset
select is(t.rights(:'star') && (select array_agg(code) from domovoi.permission where dangerous), false, 'a star is nothing dangerous');
select is(t.rights(:'star') @> (select array_agg(g.permission) from domovoi.role_permission g join domovoi.permission p on p.code = g.permission
  where g.role = 'head' and not p.dangerous), true, 'and all else that he may do');
select is(t.rights(:'views') @> '{unit.view,session.view,payment.confirm}' and not t.rights(:'views') @> '{secret.view}', true, 'what is dangerous is named');
select is(t.rights(:'figures'), '{analytics.company,analytics.own}', 'and only what he has is given');
select is(t.val('t_head', 'select string_agg(distinct secret_hash, '''') from api.api_keys'), null, 'no hash is ever shown');

-- ---- coming in with them -----------------------------------------------------------------------------------------------
select t.make('t_head', 'unit.view', jsonb_build_object('secret_hash', encode(sha256('s1'), 'hex'), 'expires_at', '2026-07-01 00:00')) ->> 'record' as key \gset
create function t.user(p_key text, p_secret text, p_address text default null) returns text language sql as $$
  select t.api(format('select user_id || '' '' || array_to_string(scopes, '','') from auth.key_user(%L, sha256(%L), %L)', p_key, p_secret, p_address)) $$;
select is(t.user(:'key', 's1', '10.0.0.9'), t.id('t_head') || ' unit.view', 'a key with its secret');
select is(t.user(:'key', 's2'), null, 'not with another');
select is(t.user(gen_random_uuid()::text, 's1'), null, 'nor another with this');
select is((select last_address || ' ' || (last_used_at = domovoi.now()) from domovoi.access_key where id = :'key'), '10.0.0.9/32 true', 'when and whence it was used');
select is(t.ask('t_head', null, :'key', 'select user_name || '' '' || permission from api.whoami()'), 'Name of t_head unit.view', 'a request with it');
select is(t.ask('t_manager', null, :'key', 'select 1'), 'DM015', 'is its person''s');
select is(t.ask('t_head', null, :'key', 'select 1', 902), 'DM009', 'and its company''s');
select t.later('15 days');
select is(coalesce(t.user(:'key', 's1'), 'no') || t.ask('t_head', null, :'key', 'select 1'), 'noDM015', 'until it ends');
select t.make('t_head', '*.view session.view unit.edit', jsonb_build_object('secret_hash', encode(sha256('s3'), 'hex'))) ->> 'record' as key \gset
update domovoi.app_user set status = 'blocked' where login = 't_head';
select is(coalesce(t.user(:'key', 's3'), 'no') || t.ask('t_head', null, :'key', 'select 1'), 'noDM015', 'or its person may not come in');
update domovoi.app_user set status = 'active' where login = 't_head';
select is(t.ask('t_head', null, :'key', 'select 1'), '1', 'as long as he may');
select t.key('t_super', 'unit.view') as other \gset
select is(t.ask('t_super', null, :'other', 'select string_agg(distinct company::text, '','') from api.units'), '901,902', 'one of the platform''s people for all companies');
select is(t.ask('t_super', null, :'other', 'select company::text from api.whoami() limit 1', 902), '902', 'or the one that is asked for');
select is(t.make('t_super', 'unit.view', '{}', 902)#>>'{row,company}', '902', 'wherever it was made');

-- ---- what a key cuts: every kind, every verb ---------------------------------------------------------------------------
-- a key of the head that may do everything but what is asked about must be told no, one that may do only that, not so
create function t.bare(p_user text, p_rights text[]) returns text language sql as $$
  insert into domovoi.access_key (id, user_id, company_id, name, scopes, permissions, secret_hash, created_at) values (gen_random_uuid(), t.id(p_user),
    case when p_user = 't_head' then 901 end, 'bare', '{}', p_rights, sha256(convert_to(gen_random_uuid()::text, 'UTF8')), domovoi.now()) returning id::text $$;
select t.bare('t_head', '{}') as none \gset
select t.bare('t_super', '{}') as nothing \gset
select is(t.ask('t_head', null, :'none', 'select count(permission) from api.whoami()'), '0', 'a key without rights has none');
create table t.views as select k.resource, k.plural, k.reads from domovoi.record_kind k where to_regclass('api.' || k.plural) is not null;
select is((select string_agg(v.plural, ', ') from t.views v where v.resource not in ('word', 'user', 'cancel_policy') -- shipped rows are everybody's
 
  and t.ask('t_head', null, :'none', format('select count(*) from api.%I', v.plural)) <> '0'), null, 'it sees nothing of any kind');
select is((select string_agg(v.plural, ', ') from t.views v where v.resource not in ('word', 'user', 'cancel_policy', 'late_fee_policy', 'commission_rule')
  and t.ask('t_super', null, :'nothing', format('select count(*) from api.%I', v.plural)) <> '0'), null, 'nor of any company');
select is((select string_agg(v, ', ') from unnest(array['nights', 'audit', 'party_tokens', 'unit_tokens', 'code_views', 'pii_log', 'roles',
  'permissions']) v where t.ask('t_head', null, :'none', format('select count(*) from api.%I', v)) <> '0'), null, 'nor beside them');
select is((select string_agg(v.plural || ' ' || a, ', ') from t.views v cross join lateral (select t.ask('t_head', null, t.bare('t_head',
    (select array_agg(p.code) from domovoi.permission p where p.code <> v.reads)), format('select count(*) from api.%I', v.plural)) as a) x
  where v.resource not in ('word', 'user', 'cancel_policy') -- shipped rows are everybody's
  and a <> '0' and v.reads is not null), null, 'each kind wants its own permission');
select is((select string_agg(v.plural, ', ') from t.views v where v.resource <> 'api_key' and t.val('t_head', format('select count(*) from api.%I', v.plural))
  <> t.ask('t_head', null, t.bare('t_head', (select array_agg(code) from domovoi.permission)), format('select count(*) from api.%I', v.plural))), null,
  'with all of them a key sees what its person sees');
create table t.tries as
  select k.resource || ' create' as what, k.creates as permission, jsonb_build_object('resource', k.resource, 'kind', 'create', 'set', '{}'::jsonb) as m
    from domovoi.record_kind k where k.creates is not null
  union all select 'a stay that is taken', 'reservation.create', '{"resource": "reservation", "kind": "create",
    "set": {"unit": "U1", "party": "1", "check_in": "2027-01-11", "check_out": "2027-01-13"}}'
  union all select 'unit patch', 'unit.edit', '{"resource": "unit", "kind": "patch", "record": "U1", "set": {"floor": 4}}'
  union all select k || ' patch', p, jsonb_build_object('resource', k, 'kind', 'patch', 'record', r, 'set', '{}'::jsonb) from (values
    ('party', 'party.edit', '1'), ('reservation', 'reservation.edit', '1'), ('building', 'unit.edit', 'B1'), ('user', 'user.manage', 't_realtor'),
    ('setting', 'settings.company', 'agent_limit')) v (k, p, r)
  union all select k || ' ' || a.action, a.permission, jsonb_build_object('resource', k, 'kind', 'action', 'action', a.action, 'record', r,
      'args', '{"reason": "other", "permission": "unit.view", "role": "manager"}'::jsonb)
    from (values ('unit', 'U1'), ('party', '1'), ('reservation', '1'), ('user', 't_realtor'), ('setting', 'agent_limit')) v (k, r)
    join (select resource, action, permission from domovoi.record_action union select k.resource, x.action, x.permission from domovoi.fsm_transition x
      join domovoi.record_kind k on k.machine = x.machine where x.permission is not null) a on a.resource = k;
select cmp_ok((select count(*) from t.tries), '>', 60::bigint, 'what is tried');
create function t.code(p_key text, m jsonb) returns text language sql as $$
  select t.ask('t_head', null, p_key, format('select coalesce(code, outcome) from act.preview(%L)', jsonb_build_array(m))) $$;
select is((select string_agg(x.what || ' ' || c, ', ') from t.tries x cross join lateral (select t.code(:'none', m) as c) y where c <> 'DM005'), null,
  'a key without rights does nothing');
select is((select string_agg(x.what || ' ' || c, ', ') from t.tries x cross join lateral (select t.code(t.bare('t_head', (select array_agg(p.code)
  from domovoi.permission p where p.code <> x.permission)), m) as c) y where c <> 'DM005'), null, 'what its scopes do not name it does not do');
select is((select string_agg(x.what, ', ') from t.tries x cross join lateral (select t.code(t.bare('t_head', (select array_agg(p.code)
  from domovoi.permission p)), m) as c, (t.val('t_head', format('select coalesce(code, outcome) from act.preview(%L)', jsonb_build_array(m)))) as d) y
  where c <> d and x.what not in ('api_key create', 'user reset_password', 'user end_sessions')), null, 'with all of them it does what its person does');
select is(t.ask('t_head', null, t.bare('t_head', '{unit.view}'), 'select count(*) filter (where allowed) || '' '' || (count(*) > 1) from api.actions(''unit'', ''U1'')'),
  '0 true', 'it is told so of every action');

-- ---- what a key may not read it is not told of otherwise ----------------------------------------------------------------
-- every record that the head sees: its actions for a key without the permission to read it, as its row
create table t.seen as select v.resource, v.plural, x.id, t.bare('t_head', (select array_agg(p.code) from domovoi.permission p where p.code <> v.reads)) as key
  from t.views v cross join lateral jsonb_array_elements_text(t.val('t_head', format('select coalesce(jsonb_agg(id), ''[]'') from (select id from api.%I order by id limit 3) y',
    v.plural))::jsonb) x (id) where v.resource not in ('session', 'api_key');
select cmp_ok((select count(distinct resource) from t.seen), '>', 10::bigint, 'of many kinds');
create function t.doors(p_key text, p_resource text, p_plural text, p_id text) returns text language sql as $$
  select concat_ws(' ', case t.ask('t_head', null, p_key, format('select count(*) from api.%I where id = %L', p_plural, p_id)) when '0' then 'hidden' else 'shown' end,
    case when t.ask('t_head', null, p_key, format('select count(*) from api.actions(%L, %L)', p_resource, p_id)) = 'DM006' then 'hidden' else 'shown' end) $$;
select is((select string_agg(s.resource || ' ' || s.id || ' ' || d, ', ') from t.seen s cross join lateral t.doors(s.key, s.resource, s.plural, s.id) d
  where s.resource <> 'cancel_policy' and d not in ('hidden hidden', 'shown shown')), null, 'what can be done to a record is told to who sees it');
select is((select string_agg(distinct d, ', ' order by d) from t.seen s cross join lateral t.doors(s.key, s.resource, s.plural, s.id) d where s.resource <> 'cancel_policy'),
  'hidden hidden, shown shown', 'both are there');
create function t.label(p_key text, m jsonb) returns text language sql as $$
  select t.ask('t_head', null, p_key, format('select outcome || '' '' || label from act.preview(%L)', jsonb_build_array(m))) $$;
select is(t.label(t.bare('t_head', r), m), w, w || ' for ' || r::text) from (values
  ('{unit.edit}'::text[], '{"resource": "unit", "kind": "patch", "record": "U1", "set": {"floor": 9}}'::jsonb, 'change U1'),
  ('{unit.edit,unit.view}', '{"resource": "unit", "kind": "patch", "record": "U1", "set": {"floor": 9}}', 'change Flat one'),
  ('{unit.archive}', '{"resource": "unit", "kind": "patch", "record": "U1", "set": {"floor": 9}}', 'refused U1'),
  ('{unit.view}', '{"resource": "unit", "kind": "patch", "record": "U1", "set": {"floor": 9}}', 'refused Flat one'),
  ('{block.manage,block.view}', '{"resource": "block", "kind": "create", "record": "01900000-0000-7000-8000-00000000bbbb",
     "set": {"unit": "U2", "check_in": "2027-06-02", "check_out": "2027-06-09", "reason": "repair"}}', 'change 01900000-0000-7000-8000-00000000bbbb')) v (r, m, w);

-- a change that is sent again by another key
create function t.again(p_key text, m jsonb, p_user text default 't_head') returns text language sql as $$
  select coalesce(case when x like 'DM%' then x end, concat_ws(' ', x::jsonb ->> 'status', x::jsonb ->> 'replayed', (x::jsonb ? 'record')::text, (x::jsonb ? 'row')::text))
    from t.ask(p_user, null, p_key, format('select act.apply_mutation(%L)', m)) x $$;
select '{"id": "01900000-0000-7000-8000-00000000cccc", "resource": "party", "kind": "create", "set": {"name": "Made by a key"}}' as made,
  t.bare('t_head', '{party.edit}') as maker, t.bare('t_head', '{unit.view}') as weaker, t.bare('t_head', '{party.view}') as reader \gset
select is(t.again(:'maker', :'made'), 'applied false true false', 'a key makes what it does not read');
select is(t.again(:'maker', :'made'), 'applied true true false', 'and hears so again');
select is(t.again(:'weaker', :'made'), 'DM008', 'another key hears that the id is taken');
select is(t.again(:'reader', :'made'), 'applied true true true', 'unless it reads the record');
select is(t.mutate('t_head', :'made') ->> 'replayed', 'true', 'as its person does');
select is(t.again(t.bare('t_super', '{party.view}'), :'made', 't_super'), 'DM008', 'nobody else');
select t.mutate('t_head', '{"id": "01900000-0000-7000-8000-00000000dddd", "resource": "party", "kind": "create", "set": {"name": "Made by hand"}}') \g /dev/null
select is(t.again(k, '{"id": "01900000-0000-7000-8000-00000000dddd", "resource": "party", "kind": "create", "set": {"name": "Made by hand"}}'), w, w) from (values
  (:'weaker', 'DM008'), (:'reader', 'applied true true true')) v (k, w);
select is(t.ask('t_head', null, :'none', c), 'DM005', c) from unnest(array['select act.import_rows(''unit'', ''[]'')', 'select act.audit_seal()',
  'select count(*) from report.audit_verify()', 'select count(*) from report.history(''units'', ''U1'')', 'select count(*) from api.see_as(''t_realtor'')']) c;

select is(t.ask('t_super', null, t.bare('t_super', '{user.see_as,unit.view,unit.archive}'), 'select scope || '' '' || string_agg(permission, '' '') from api.whoami() group by scope', null,
  'select api.see_as(''t_owner'')'), 'landlord unit.view', 'who looks through a key may no more than it does');

-- ---- where a stay comes from ---------------------------------------------------------------------------------------------
select t.open('t_head') as program, t.open('t_head') as console, t.bare('t_head', '{reservation.create,reservation.view,unit.view}') as channel \gset
update domovoi.login_session set agent = 'domovoi/0.9' where id = :'console';
create function t.stay(p_session text, p_key text, p_day int, p_more jsonb default '{}') returns text language sql as $$
  select concat_ws(' ', x #>> '{row,channel}', x #>> '{row,payment_plan}', x ->> 'message') from t.ask('t_head', p_session, p_key, format('select act.apply_mutation(%L)', jsonb_build_object('id', gen_random_uuid(),
    'resource', 'reservation', 'kind', 'create', 'set', jsonb_build_object('unit', 'U3', 'check_in', date '2026-10-01' + p_day, 'check_out', date '2026-10-02' + p_day) || p_more))) s, jsonb(s) x $$;
select is(t.stay(null, :'channel', 1), 'api prepaid', 'a key''s is the API''s, and paid before');
select is(t.stay(null, :'channel', 2, '{"channel": "phone"}'), 'phone on_arrival', 'unless it says another');
select is(t.stay(:'program', null, 3), 'api prepaid', 'a program''s that signs in');
select is(t.stay(:'console', null, 4), 'console on_arrival', 'not the console''s');
select is(t.mutate('t_head', '{"resource": "reservation", "kind": "create", "set": {"unit": "U3", "check_in": "2026-10-08", "check_out": "2026-10-09"}}') #>> '{row,channel}', 'console', 'nor that of a login of the database');
delete from domovoi.refresh_token; delete from domovoi.login_session;

-- ---- for people only ------------------------------------------------------------------------------------------------------
select t.bare('t_head', (select array_agg(code) from domovoi.permission)) as all \gset
select t.open('t_realtor', 'r0') as realtor \gset
select t.open('t_head', 'h0') as head \gset
select is(t.ask('t_head', null, :'all', c), 'DM005', 'no key does this: ' || left(c, 40)) from unnest(array[
  'select act.user_end_sessions(''t_realtor'')', format('select act.user_reset_password(''t_realtor'', null, %L)', t.hash()),
  format('select act.session_revoke(%L)', :'head'), format('select act.api_key_revoke(%L)', :'all')]) c;
select is((select string_agg(x ->> 'code', '') from unnest(array[t.ask('t_head', null, :'all', $$select act.apply_mutation('{"id": "01900000-0000-7000-8000-00000000aaaa",
  "resource": "api_key", "kind": "create", "set": {"name": "x", "scopes": "*", "secret_hash": "x"}}')$$)::jsonb]) x), 'DM005', 'nor makes another');

-- ---- sessions ---------------------------------------------------------------------------------------------------------------
select t.open('t_super') as super \gset
select is(t.val(l, 'select string_agg(user_label, '', '' order by user_label) from api.sessions'), s, l || ' sees sessions') from (values
  ('t_realtor', 'Name of t_realtor'), ('t_head', 'Name of t_head, Name of t_realtor'), ('t_manager', null), ('t_head_beta', null),
  ('t_super', 'Name of t_head, Name of t_realtor, Name of t_super'), ('t_support', null)) v (l, s);
select is(t.ask('t_realtor', :'realtor', null, 'select status || '' '' || this from api.sessions'), 'open true', 'and his own as this one');
select is(t.err(l, format('select act.session_revoke(%L)', :'head')), c, l || ' ends the head''s') from (values ('t_realtor', 'DM006'), ('t_manager', 'DM006'),
  ('t_head_beta', 'DM006')) v (l, c);
select is(t.err('t_head', format('select act.session_revoke(%L)', :'super')), 'DM006', 'nor the head the platform''s');
select is(t.val('t_realtor', format('select act.session_revoke(%L) ->> ''status''', :'realtor')), 'closed', 'his own anybody ends');
select is(t.ask('t_realtor', :'realtor', null, 'select 1'), 'DM015', 'at once');
select is(t.err('t_realtor', format('select act.session_revoke(%L)', :'realtor')), 'DM001', 'once');
select t.open('t_realtor', 'r1') as realtor \gset
select is(t.val('t_head', format('select act.session_revoke(%L) ->> ''closed_why''', :'realtor')), 'revoked', 'the head ends his people''s');
select t.open('t_realtor') as one \gset
select t.open('t_realtor') as two \gset
select is(t.val('t_head', 'select act.user_end_sessions(''t_realtor'') ->> ''login'''), 't_realtor', 'all of a person');
select is(t.ask('t_realtor', :'one', null, 'select 1') || t.ask('t_realtor', :'two', null, 'select 1'), 'DM015DM015', 'are over');
select is(t.err('t_manager', 'select act.user_end_sessions(''t_realtor'')'), 'DM005', 'not by who may not');
select t.open('t_realtor') as one \gset
select is(t.mutate('t_head', '{"resource": "user", "kind": "action", "action": "block", "record": "t_realtor", "args": {"reason": "x"}}') ->> 'status', 'applied', 'who is blocked');
select is(t.mutate('t_head', '{"resource": "user", "kind": "action", "action": "unblock", "record": "t_realtor"}') ->> 'status', 'applied', 'and not any more');
select is(t.ask('t_realtor', :'one', null, 'select 1'), 'DM015', 'logs in anew');

-- ---- one-time passwords -------------------------------------------------------------------------------------------------------
select is(t.why(t.mutate('t_head', '{"resource": "user", "kind": "action", "action": "reset_password", "record": "t_realtor"}')), 'DM007 password_hash A value is required.', 'no hash');
select is(t.why(t.mutate('t_head', '{"resource": "user", "kind": "action", "action": "reset_password", "record": "t_realtor", "args": {"password_hash": "x"}}')),
  'DM007 password_hash The value is not valid.', 'no such hash');
create function t.reset(p_by text, p_whom text) returns text language sql as $$ select coalesce(x ->> 'code', x ->> 'status') from t.mutate(p_by, jsonb_build_object('resource', 'user',
  'kind', 'action', 'action', 'reset_password', 'record', p_whom, 'args', jsonb_build_object('password_hash', t.hash('z')))) x $$;
select is(t.reset('t_head', 't_realtor'), 'applied', 'the head gives one');
select is(t.reset(l, w), c, l || ' for ' || w) from (values ('t_manager', 't_realtor', 'DM005'), ('t_head', 't_super', 'DM011'), ('t_head', 't_head', 'DM011'),
  ('t_head', 't_head_beta', 'DM006')) v (l, w, c);
select is(t.api('select must_change from auth.credential(''t_realtor'')'), 'true', 'it must be changed');
select is((select count(*)::int from domovoi.audit_log a where a::text like '%zzzzzzzz%') + (select count(*)::int from domovoi.mutation m where m.result::text like '%zzzzzzzz%'), 0,
  'and is kept nowhere else');
insert into domovoi.app_user (login, display_name, status) values ('t_new', 'New', 'invited');
insert into domovoi.membership (company_id, user_id, role, is_default) select 901, id, 'realtor', true from domovoi.app_user where login = 't_new';
select is(t.reset('t_head', 't_new'), 'applied', 'who was invited may come in with it');
select is((select status from domovoi.app_user where login = 't_new'), 'active', 'and is no guest any more');

-- ---- keys of others, and their end ------------------------------------------------------------------------------------------------
select is(t.val('t_head', format('select act.api_key_revoke(%L) ->> ''status''', :'key')), 'revoked', 'a key is revoked');
select is(coalesce(t.user(:'key', 's3'), 'no') || t.ask('t_head', null, :'key', 'select 1'), 'noDM015', 'and opens nothing');
select is(t.err('t_head', format('select act.api_key_revoke(%L)', :'key')), 'DM001', 'once');
select is(t.err('t_head', format('select act.api_key_revoke(%L)', :'other')), 'DM006', 'the platform''s are not the head''s');
select is(t.err('t_head_beta', format('select act.api_key_revoke(%L)', :'all')), 'DM006', 'nor those of another company');

-- ---- settings that a login of the database makes are worth nothing ------------------------------------------------------------------
create function t.forged(p_setting text, p_value text, p_sql text) returns text language plpgsql as $$
declare r text;
begin
  perform set_config(p_setting, p_value, false);
  r := coalesce(t.val('t_realtor', p_sql), 'null');
  perform set_config(p_setting, '', false);
  return r;
exception when others then
  perform set_config(p_setting, '', false);
  return sqlstate;
end $$;
select is(t.forged(s, v, 'select user_name || (select count(*) from api.units) from api.whoami() limit 1'), 'Name of t_realtor1', 'forged ' || s)
  from (values ('domovoi.login', :'head'), ('domovoi.key', :'all'), ('domovoi.doing', 'on'), ('domovoi.rights', '')) v (s, v);
select is(t.forged('domovoi.rights', (select array_agg(code)::text from domovoi.permission), 'select count(*) from api.api_keys'), '0', 'rights of one''s own making give none');
select is(t.forged('domovoi.rights', '{}', 'select count(*) from api.units'), '0', 'they take');

-- ---- roles and permissions, to be read ------------------------------------------------------------------------------------------------
select is(t.count('t_head', 'api.roles'), 11, 'the roles');
select is(t.val('t_head', 'select permissions like ''%unit.view%'' from api.roles where code = ''realtor'' and company = 901'), 'true', 'and what they may do');
select is(t.count('t_head', 'api.permissions'), (select count(*)::int from domovoi.permission), 'the permissions');
select is(t.val('t_head', 'select roles || '' '' || dangerous from api.permissions where code = ''key.manage'''), 'superuser head true', 'and who has them');
select is(t.count('t_realtor', 'api.roles') + t.count('t_owner', 'api.permissions'), 0, 'for who sees people');
select * from finish();
