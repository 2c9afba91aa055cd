-- The trail of what was done, its chain, and the history of one record.
\set ON_ERROR_STOP 1
\ir fixtures/start.sql
select no_plan();

create function t.do(p_login text, p_resource text, p_kind text, p_record text, p_more jsonb default '{}') returns text
  language sql as $$
  select coalesce(x ->> 'code', x ->> 'status') from t.mutate(p_login, jsonb_build_object('resource', p_resource,
    'kind', p_kind, 'record', p_record) || p_more) x
$$;
create function t.last() returns domovoi.audit_log language sql as $$
  select a from domovoi.audit_log a order by id desc limit 1 $$;

-- what is written down
select is(t.do('t_head', 'unit', 'patch', 'U1', '{"set": {"floor": 7, "title": "Flat 1"}}'), 'applied', 'a change');
select is((t.last()).before, '{"floor": null, "title": "Flat one"}'::jsonb, 'its columns before');
select is((t.last()).after, '{"floor": 7, "title": "Flat 1"}'::jsonb, 'and after, no others');
select is(((t.last()).resource, (t.last()).what, (t.last()).role, (t.last()).user_id, (t.last()).company_id)::text,
  format('(unit,patch,head,%s,901)', t.id('t_head')), 'who and what');
select is(t.do('t_realtor', 'reservation', 'action', '1', '{"action": "cancel", "args": {"reason": "plans_changed"}}'),
  'applied', 'an action');
select is(((t.last()).what, (t.last()).reason, (t.last()).after ->> 'status')::text, '(cancel,plans_changed,cancelled)',
  'by its name, with its reason');
select is(t.do('t_auditor', 'unit', 'patch', 'U1', '{"set": {"floor": 8}}'), 'DM005', 'what was refused');
select is((t.last()).what, 'cancel', 'is no part of it');
select is(t.do('t_head', 'block', 'create', null, '{"set": {"unit": "U3", "check_in": "2027-05-01", "check_out": "2027-05-02", "reason": "repair"}}'),
  'applied', 'a new record');
select is((t.last()).before, null, 'was nothing before');
select is((t.last()).after ->> 'reason', 'repair', 'and is what it is');
select is(t.do('t_head', 'block', 'action', (t.last()).record_id::text, '{"action": "delete"}'), 'applied', 'it goes');
select is((t.last()).after, null, 'and is nothing afterwards');

-- people: that something changed, never what
select is(t.do('t_head', 'party', 'patch', '1', '{"set": {"phone": "+77770001122", "email": "secret@example.com", "name": "Secret Name", "country": "KZ"}}'),
  'applied', 'a person changes');
select is((t.last()).after, '{"phone": "•", "email": "•", "name": "•", "country": "KZ"}'::jsonb, 'personal data are left out');
select unalike((select string_agg(a::text, ' ') from domovoi.audit_log a), '%' || x || '%', 'nowhere: ' || x)
  from unnest(array['77770001122', 'secret@example', 'Secret Name', 'aigerim']) x;
select is((select d.after from domovoi.audit_diff('access_code', '{"sealed": "aa", "label": "door"}', '{"sealed": "bb", "label": "door"}') d),
  '{"sealed": "•"}'::jsonb, 'nor what is sealed');
select is((select d.after from domovoi.audit_diff('party_pii', null, '{"passport_no": "N123", "birth_date": "1990-01-01"}') d),
  '{"passport_no": "•", "birth_date": "•"}'::jsonb, 'nor anything of a kind that is personal data');

-- undo and import
select is(t.mutate('t_head', jsonb_build_object('kind', 'undo', 'undo', (t.last()).mutation_id)) ->> 'status', 'applied', 'taken back');
select is(((t.last()).what, (t.last()).resource)::text, '(undo,party)', 'is a line, too');
select is(t.val('t_head', $$select act.import_rows('party', '[{"line": 1, "set": {"name": "New One"}}, {"line": 2, "set": {"name": "New Two"}}]') #>> '{0,status}'$$),
  'created', 'an import');
select is(((t.last()).what, (t.last()).after)::text, '(import,"{""rows"": 2}")', 'is one line a call');

-- who reads it
select is(t.count('t_head', 'api.audit'), 7, 'the head reads all of the company');
select is(t.count('t_auditor', 'api.audit'), 7, 'so does the auditor');
select is(t.count('t_super', 'api.audit'), 7, 'and the platform');
select is(t.count('t_realtor', 'api.audit'), 1, 'an agent what he did himself');
select alike(t.val('t_realtor', 'select changes from api.audit'), '%; status: confirmed → cancelled; status_reason:  → plans_changed', 'with what changed');
select is(t.count(l, 'api.audit'), 0, l || ' reads none of it') from unnest(array['t_realtor2', 't_manager', 't_accountant',
  't_dispatcher', 't_executor', 't_owner', 't_support', 't_moderator', 't_head_beta']) l;
select is(t.val('t_head', $$select changes from api.audit where what = 'patch' and resource = 'unit'$$),
  'floor:  → 7; title: Flat one → Flat 1', 'in words');

-- nobody writes it
select throws_ok('update domovoi.audit_log set what = ''x''', '55000', null, 'history is only added to');
select throws_ok('delete from domovoi.audit_log', '55000', null, 'history is only added to');
select throws_ok('truncate domovoi.audit_seal', '55000', null, 'nor is the chain changed');
select is(t.err('t_head', 'delete from api.audit'), '55000', 'nor through the view');

-- history of one record
select is(t.val('t_realtor', $$select string_agg(concat_ws(' ', who, what, was, became, reason), '; ' order by n) from
  (select row_number() over () n, * from report.history('reservations', '1')) h$$),
  'system status confirmed imported; Name of t_realtor status confirmed cancelled plans_changed; Name of t_realtor cancel plans_changed',
  'a stay: states and changes in order');
select is(t.err('t_realtor2', $$select report.history('reservation', '1')$$), 'DM006', 'not of what one cannot see');
select is(t.err('t_executor', $$select report.history('reservation', '00000000-0000-7000-8000-000000000301')$$), 'DM005', 'nor of what one may not');
select is(t.err('t_head', $$select report.history('unit', 'X1')$$), 'DM006', 'nor of another company');
select is(t.err('t_head', $$select report.history('domovoi', 'X1')$$), 'DM007', 'nor of what is no record');
select is(t.val('t_moderator', $$select string_agg(who, ',') from report.history('unit', '00000000-0000-7000-8000-000000000101')$$),
  'Name of t_head', 'the platform sees who');
select is(t.do('t_super', 'unit', 'patch', 'X1', '{"set": {"floor": 3}}'), 'applied', 'the platform helps Beta');
select is(t.val('t_head_beta', $$select who || ' ' || changes from report.history('unit', 'X1')$$), 'platform floor:  → 3',
  'Beta reads that it was the platform');

-- the chain
select is(t.val('t_head', 'select ok from report.audit_verify()'), 'true', 'the trail is whole');
select is(t.val('t_head', 'select checked || '' '' || waiting from report.audit_verify()'), '7 0', 'all of it sealed');
create table t.head as select t.val('t_head', 'select head_hash from report.audit_verify()') as h;
select matches((select h from t.head), '^7:[0-9a-f]{64}$', 'a head to keep elsewhere');
select is(t.val('t_head', format('select ok from report.audit_verify(head => %L)', (select h from t.head))), 'true', 'it fits');
select is(t.val('t_super', 'select count(*) filter (where ok) || '' of '' || count(*) from report.audit_verify()'),
  (select count(*) || ' of ' || count(*) from domovoi.company), 'the platform checks all companies');
select is(t.err('t_head', 'select report.audit_verify(902)'), 'DM005', 'a head his own only');
select is(t.err(l, 'select report.audit_verify()'), 'DM005', l || ' may not check') from unnest(array['t_realtor', 't_manager', 't_support']) l;
select is(t.err('t_head', 'select report.audit_verify(head => ''x'')'), 'DM007', 'a head has a form');

-- as the owner of the tables, past the triggers
create function t.broken(p_sql text, p_head text default null) returns text language plpgsql as $$
declare r text;
begin
  set local session_replication_role = replica;
  execute p_sql;
  set local session_replication_role = origin;
  select w.bad || ': ' || w.why into r from domovoi.audit_walk(901, p_head) w;
  raise exception using errcode = 'T0001', message = coalesce(r, 'whole');
exception when sqlstate 'T0001' then
  return sqlerrm;
end $$;
create table t.third as select audit_id as id from domovoi.audit_seal where company_id = 901 and no = 3;
select is(t.broken('select 1'), 'whole', 'nothing done, nothing found');
select is(t.broken(format('update domovoi.audit_log set %s where id = %s', s, (select id from t.third))),
  (select id from t.third) || ': the row or its link was changed', 'found: ' || s)
  from unnest(array['after = ''{}''', 'user_id = null', 'at = at + interval ''1 microsecond''', 'what = ''patch''',
    'reason = ''because''', 'record_id = gen_random_uuid()']) s;
select is(t.broken(format('delete from domovoi.audit_log where id = %s', (select id from t.third))),
  (select id from t.third) || ': the row is gone', 'found: a row taken out');
select is(t.broken(format('delete from domovoi.audit_log where id = %s; delete from domovoi.audit_seal where no = 3 and company_id = 901',
  (select id from t.third))), (select audit_id from domovoi.audit_seal where company_id = 901 and no = 4)
  || ': a link is gone before this one', 'found: with its link');
select is(t.broken($$delete from domovoi.audit_seal where no = 7 and company_id = 901$$),
  (select audit_id from domovoi.audit_seal where company_id = 901 and no = 6) || ': the end of the chain is gone', 'found: a cut end');
-- everything written anew from the third row on, heads included: only a head that was noted elsewhere tells
create function t.rewrite() returns void language plpgsql as $$
begin
  update domovoi.audit_log set after = '{}' where id = (select id from t.third);
  delete from domovoi.audit_seal where company_id = 901;
  delete from domovoi.audit_head where company_id = 901;
  perform domovoi.audit_seal(901);
end $$;
select is(t.broken('select t.rewrite()'), 'whole', 'a chain written anew is a chain');
select matches(t.broken('select t.rewrite()', (select h from t.head)), 'not the one that was noted', 'but not the one that was noted');
select is((select w.why from domovoi.audit_walk(901, '99:' || repeat('a', 64)) w), 'the chain is shorter than it was', 'nor is a shorter one');

-- what was not there when others were sealed is sealed later
select is(t.do('t_head', 'unit', 'patch', 'U1', '{"set": {"floor": 9}}'), 'applied', 'one more');
select is((select w.waiting from domovoi.audit_walk(901, null) w), 1::bigint, 'waits for its seal');
select is(domovoi.audit_seal(901), 1::bigint, 'gets it');
select is(domovoi.audit_seal(901), 0::bigint, 'once');
update domovoi.audit_head set seen = '18446744073709551610'; -- as after a restore on a younger server
select is(t.do('t_head', 'unit', 'patch', 'U1', '{"set": {"floor": 10}}'), 'applied', 'after a restore');
select is(domovoi.audit_seal(901), 1::bigint, 'new rows are found');
select * from finish();
