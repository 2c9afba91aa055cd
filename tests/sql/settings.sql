-- Settings: versions that are only added, a scope within a scope, types and bounds; what the rules read.
\set ON_ERROR_STOP 1
\ir fixtures/start.sql
select no_plan();
insert into domovoi.setting_def (key, type, fallback, least, most, scopes, title) values
  ('t_minutes', 'int', '5', 1, 60, '{platform,company,unit}', 'Of the test'), ('t_platform', 'bool', 'true', null, null, '{platform}', 'Of the platform');
create function t.set(p_login text, p_key text, p_value text, p_more jsonb default '{}', p_company int default null) returns text language sql as $$
  select concat_ws(' ', coalesce(x ->> 'code', x ->> 'status'), x ->> 'field') from (select t.val(p_login, format('select act.apply_mutation(%L)',
    jsonb_build_object('id', gen_random_uuid(), 'resource', 'settings', 'kind', 'patch', 'record', p_key,
      'set', jsonb_build_object('value', p_value) || p_more)), p_company)::jsonb) y (x) $$;
create function t.got(p_login text, p_key text, p_company int default null) returns text language sql as $$
  select t.val(p_login, format('select value || '' '' || origin from api.settings where key = %L and unit is null', p_key), p_company) $$;

select is(t.got('t_head', 'hold_minutes'), '15 default', 'as shipped (K4)');
select is(domovoi.setting_of(901, 'hold_minutes'), '15', 'the rules read the same');
select is(t.set('t_head', 'hold_minutes', '20'), 'applied', 'a head sets it');
select is(t.got('t_head', 'hold_minutes'), '20 company', 'for his company');
select is(t.got('t_head_beta', 'hold_minutes'), '15 default', 'and no other');
select is(domovoi.setting_of(901, 'hold_minutes'), '20', 'the rules follow');
select is(t.set('t_super', 'hold_minutes', '30'), 'applied', 'the platform sets its own');
select is(t.got('t_super', 'hold_minutes'), '30 platform', 'which is where nobody set another');
select is(t.got('t_head_beta', 'hold_minutes'), '30 platform', 'so for Beta');
select is(t.got('t_head', 'hold_minutes'), '20 company', 'not for Alpha');
select is(t.set('t_super', 'hold_minutes', '40', '{}', 902), 'applied', 'the platform sets a company''s');
select is(t.got('t_head_beta', 'hold_minutes'), '40 company', 'and it is that company''s');
select is(t.val('t_head', $$select act.setting_reset('hold_minutes') ->> 'value'$$), '30', 'back to what holds above');
select is((select count(*)::int from domovoi.setting where key = 'hold_minutes' and company_id = 901), 2, 'which is a version more, not one less');
select is(t.val('t_head', $$select string_agg(what || coalesce(' ' || changes, ''), '; ' order by n) from (select row_number() over () n, h.* from report.history('settings', 'hold_minutes') h) x$$),
  'patch origin: default → company; valid_from:  → 2026-06-16T04:00:00+00:00; value: 15 → 20; reset origin: company → platform; value: 20 → 30', 'its history: old, new, who');

-- versions
select is(t.set('t_head', 'undo_minutes', '20', '{"valid_from": "2026-07-01T00:00:00+05:00", "comment": "from July"}'), 'applied', 'from a day to come');
select is(t.got('t_head', 'undo_minutes'), '10 default', 'is not yet');
select is(domovoi.setting_of(901, 'undo_minutes', null, '2026-07-01T00:00:00+05'), '20', 'but then');
set domovoi.now = '2026-07-01T00:00:00+05';
select is(t.got('t_head', 'undo_minutes'), '20 company', 'when it has come');
select is(domovoi.setting_of(901, 'undo_minutes', null, '2026-06-30T00:00:00+05'), '10', 'and yesterday''s stays yesterday''s');
set domovoi.now = '2026-06-16T09:00:00+05';
select is(t.set('t_head', 'undo_minutes', '20', '{"valid_from": "2026-06-01T00:00:00+05:00"}'), 'DM007 valid_from', 'the past is not changed');
select is((select x ->> 'code' from t.mutate('t_head', '{"resource": "setting", "kind": "patch", "record": "hold_minutes", "base_version": 1, "set": {"value": "9"}}') x),
  'DM003', 'by the version that was read');
select throws_ok('update domovoi.setting set value = ''1''', '55000', null, 'nothing is overwritten');
select throws_ok('delete from domovoi.setting', '55000', null, 'or taken away');
select lives_ok($$insert into domovoi.setting (company_id, key, value) values (null, 'hold_minutes', '15') on conflict do nothing$$, 'a seed that runs again');
select is(domovoi.setting_of(902, 'hold_minutes'), '40', 'changes nothing');

-- types and bounds
select is(t.set('t_head', k, v), w, k || '=' || v) from (values
  ('hold_minutes', '0', 'DM007 value'), ('hold_minutes', '1', 'applied'), ('hold_minutes', '10080', 'applied'), ('hold_minutes', '10081', 'DM007 value'),
  ('hold_minutes', 'soon', 'DM007 value'), ('hold_minutes', '1.5', 'DM007 value'), ('hold_minutes', '', 'DM007 value'), ('moderation', 'on', 'applied'), ('moderation', 'FALSE', 'applied'),
  ('moderation', '2', 'DM007 value'), ('prepayment_bp', '-1', 'DM007 value'), ('prepayment_bp', '10001', 'DM007 value'), ('fee_bearer', 'company', 'applied'),
  ('fee_bearer', 'guest', 'DM007 value'), ('four_eyes_minor', '{"KZT": 5000000, "EUR":1}', 'applied'), ('four_eyes_minor', '{}', 'applied'),
  ('four_eyes_minor', '{"XXX": 1}', 'DM007 value'), ('four_eyes_minor', '{"KZT": -1}', 'DM007 value'), ('four_eyes_minor', '[1]', 'DM007 value'),
  ('cancel_policy', 'strict_7', 'applied'), ('cancel_policy', 'No Such', 'DM007 value'), ('photo_max_bytes', '9999999999999999', 'DM007 value')) v (k, v, w);
select is(t.set('t_head', 'no_such', '1'), 'DM006', 'only settings that there are');
select is(t.set('t_head', 't_platform', 'false'), 'DM007 key', 'nor the platform''s in a company');
select is(t.set('t_super', 't_platform', 'false'), 'applied', 'the platform may');

-- units
select is(t.val('t_head', $$select act.setting_set('t_minutes', value => '7', unit => 'U1') ->> 'value'$$), '5', 'a unit gets its own');
select is(array[domovoi.setting_of(901, 't_minutes'), domovoi.setting_of(901, 't_minutes', '00000000-0000-7000-8000-000000000101'),
  domovoi.setting_of(901, 't_minutes', '00000000-0000-7000-8000-000000000102')]::text[], '{5,7,5}', 'that one alone');
select is(t.val('t_head', $$select unit_label || ' ' || value from api.settings where key = 't_minutes' and origin = 'unit'$$), 'Flat one 7', 'and is listed');
select is(t.err('t_head', $$select act.setting_set('t_minutes', value => '7', unit => 'X1')$$), 'DM007', 'not a unit of others');
select is(t.err('t_head', $$select act.setting_set('hold_minutes', value => '7', unit => 'U1')$$), 'DM007', 'nor what no unit has');
select is((select x ->> 'status' from t.mutate('t_head', '{"resource": "setting", "kind": "create", "set": {"key": "t_minutes", "unit": "U2", "value": "8"}}') x), 'applied', 'or as a new record');
select is(t.val('t_head', $$select act.setting_reset('t_minutes', unit => 'U1') is not null$$), 'true', 'and back');
select is(domovoi.setting_of(901, 't_minutes', '00000000-0000-7000-8000-000000000101'), '5', 'to the company''s');

-- rights
select matches(t.set(l, 'hold_minutes', '5'), '^DM00[56]$', l || ' sets nothing') from unnest(array['t_manager', 't_accountant', 't_auditor', 't_dispatcher', 't_executor', 't_realtor', 't_owner']) l;
select is(t.count(l, 'api.settings'), (select count(*)::int from domovoi.setting_def) + 1, l || ' sees them') from unnest(array['t_head', 't_manager', 't_accountant', 't_auditor']) l;
select is(t.count(l, 'api.settings'), 0, l || ' sees none') from unnest(array['t_dispatcher', 't_executor', 't_realtor', 't_owner', 't_moderator']) l;
select is(t.set('t_support', 'hold_minutes', '5'), 'DM005', 'support sees and sets none');
select is((select count(*)::int from domovoi.audit_log where resource = 'setting' and company_id = 901 and what = 'patch'
  and after ->> 'origin' = 'platform'), 2, 'the platform''s own are in the trail of its home');

-- every key that the rules ask for is described, with the default that they would take
create temp view asks as select distinct m[1] as key from pg_proc p, regexp_matches(p.prosrc,
  '(?:setting_of|stay_number|money_setting)\([a-z_.]+, ''([a-z_]+)''', 'g') m where p.pronamespace = 'domovoi'::regnamespace and p.proname !~ '^demo_';
select is((select string_agg(key, ' ') from asks where key not in (select key from domovoi.setting_def)), null, 'every setting that is read is described');
select is((select string_agg(distinct s.key, ' ') from domovoi.setting s where s.key not in (select key from domovoi.setting_def)), null, 'and every one that is stored');
select is((select string_agg(d.key, ' ') from domovoi.setting_def d where domovoi.setting_value(d, d.fallback #>> '{}') is distinct from d.fallback), null, 'and keeps its own rules');
select * from finish();
