-- People: age by the calendar, personal data and their log, roles, the black list, erasure; who may what.
\ir fixtures/start.sql
\ir fixtures/report.sql
select no_plan();

create function t.party(p_login text, p_no text, p_action text, p_args jsonb default '{}', p_version int default null)
  returns text language sql as $$
  select coalesce(x ->> 'code', x ->> 'status') from t.mutate(p_login, jsonb_build_object('resource', 'party',
    'kind', 'action', 'record', p_no, 'action', p_action, 'args', p_args, 'base_version', p_version)) x
$$;
create function t.edit(p_login text, p_no text, p_set jsonb) returns text language sql as $$
  select coalesce(x ->> 'code', x ->> 'status') || coalesce(' ' || (x ->> 'field'), '') from t.mutate(p_login,
    jsonb_build_object('resource', 'party', 'kind', case when p_no is null then 'create' else 'patch' end,
    'record', p_no, 'set', p_set)) x
$$;
-- everything that staff can read through views, and everything that is kept about requests
create function t.traces(p_login text) returns text language plpgsql as $$
declare r text := ''; v text;
begin
  for v in select c.relname from pg_class c where c.relnamespace = 'api'::regnamespace and c.relkind = 'v' loop
    r := r || coalesce(t.val(p_login, format('select string_agg(x::text, '' '') from api.%I x', v)), '');
  end loop;
  return r;
end $$;
create function t.kept() returns text language plpgsql as $$
declare r text := ''; v text;
begin
  for v in select c.relname from pg_class c where c.relnamespace = 'domovoi'::regnamespace and c.relkind = 'r'
      and c.relname <> 'party_pii' loop
    execute format('select %L || coalesce(string_agg(x::text, '' ''), '''') from domovoi.%I x', r, v) into r;
  end loop;
  return r;
end $$;

-- ---- age (§6 item 10)
select is(domovoi.age_on('2008-03-01', '2026-02-28'), 17, 'the day before the birthday: 17');
select is(domovoi.age_on('2008-03-01', '2026-03-01'), 18, 'on the 18th birthday: 18');
select is(domovoi.age_on('2008-02-29', '2026-02-28'), 17, 'born on 29 February: not yet on the 28th of a common year');
select is(domovoi.age_on('2008-02-29', '2026-03-01'), 18, 'but on 1 March');
select is(domovoi.age_on('2008-02-29', '2028-02-29'), 20, 'and on the day itself in a leap year');
select is(domovoi.age_on('2008-02-29', '2028-02-28'), 19, 'not a day before it');
select is(domovoi.age_on('2000-12-31', '2018-01-01'), 17, 'the year alone is not enough');
select is((select count(*)::int from generate_series(date '2007-01-01', '2009-12-31', '1 day') b,
    generate_series(date '2025-01-01', '2028-12-31', '13 days') d
  where domovoi.age_on(b::date, d::date) <> extract(year from age(d::date, b::date))
    and to_char(b, 'MMDD') <> '0229'), 0, 'as PostgreSQL counts full years');

-- ---- contacts have a form
select is(t.edit('t_head', null, '{"name": "A", "email": "a@b"}'), 'DM007 email', 'an e-mail has a domain');
select is(t.edit('t_head', null, '{"name": "A", "email": "a b@c.kz"}'), 'DM007 email', 'and no blanks');
select is(t.edit('t_head', null, '{"name": "A", "phone": "+01234567890"}'), 'DM007 phone', 'no country begins with 0');
select is(t.edit('t_head', null, '{"name": "A", "phone": "+1234567890123456"}'), 'DM007 phone', 'sixteen digits');
select is(t.edit('t_head', null, '{"name": "Same as one", "phone": "8 701 234 56 78", "rating": "5", "referrer": "1",
  "contact_by": "whatsapp", "marketing": "no"}'), 'applied', 'the same phone as somebody else is no error');
select is(t.edit('t_head', null, '{"name": "A", "rating": "6"}'), 'DM007 rating', 'five is the best');
select is(t.edit('t_head', null, '{"name": "A", "contact_by": "pigeon"}'), 'DM007 contact_by', 'a known way');
select is(t.mutate('t_head', '{"resource": "party", "kind": "create", "set": {"name": "X Y", "phone": "+77012345678"}}')
  -> 'similar', (select to_jsonb(array_agg(id order by no)) from domovoi.party where company_id = 901
  and phone = '+77012345678' and name <> 'X Y'), 'the outcome of a new one names who has the same phone');
select is(t.mutate('t_head', '{"resource": "party", "kind": "create", "set": {"name": "Nobody like him"}}') -> 'similar',
  null, 'or nobody');
select is(jsonb_array_length(t.mutate('t_realtor2', '{"resource": "party", "kind": "create",
  "set": {"name": "Other", "phone": "+77012345678"}}') -> 'similar'), null, 'an agent hears nothing of others'' people');

-- ---- personal data: who writes
select is(t.party('t_realtor', '1', 'set_pii', '{"birth_date": "2008-03-01", "passport": "CANARYPASS 1"}'), 'applied',
  'an agent records the personal data of his own');
select is(t.party('t_realtor', '2', 'set_pii', '{"passport": "x"}'), 'DM006', 'of nobody else');
select is(t.party('t_manager', '2', 'set_pii', '{"employment": "CANARYJOB", "emergency": "CANARYMOM"}'), 'applied',
  'a manager of anybody');
select is(t.party(l, '2', 'set_pii', '{"passport": "x"}'), 'DM005', l || ' does not')
  from unnest(array['t_support', 't_moderator', 't_accountant', 't_auditor', 't_dispatcher']) l
  where l not in ('t_support', 't_moderator');
select is(t.party(l, (select id::text from domovoi.party where company_id = 901 and no = 2), 'set_pii',
  '{"passport": "x"}'), 'DM005', l || ' does not') from unnest(array['t_support', 't_moderator']) l;
select is(t.party('t_head', '1', 'set_pii', '{"birth_date": "2026-06-17"}'), 'DM007', 'nobody is born tomorrow');
select is(t.party('t_head', '1', 'set_pii', '{"birth_date": "17.06.2000"}'), 'DM007', 'a day is YYYY-MM-DD');
select is(t.party('t_head', '1', 'set_pii', '{"shoe": "44"}'), 'DM007', 'nothing else is kept');
select is(t.party('t_head', '1', 'set_pii', jsonb_build_object('passport', E'CANARYBAD\u0007')), 'DM007',
  'no control characters');
select is(domovoi.is_adult(901, '00000000-0000-7000-8000-000000000201', '2026-02-28'), false, 'a child');
select is(domovoi.is_adult(901, '00000000-0000-7000-8000-000000000201', '2026-03-01'), true, 'of age');
select is(domovoi.is_adult(901, '00000000-0000-7000-8000-000000000202', '2026-03-01'), null, 'nobody knows');
select is(t.party('t_head', '1', 'set_pii', '{"emergency": "Mother"}'), 'applied', 'one field');
select is((select passport from domovoi.party_pii where party_id = '00000000-0000-7000-8000-000000000201'),
  'CANARYPASS 1', 'leaves the others');
select is(t.party('t_head', '1', 'set_pii', '{"emergency": ""}'), 'applied', 'an empty one');
select is((select emergency from domovoi.party_pii where party_id = '00000000-0000-7000-8000-000000000201'), null,
  'is forgotten');

-- ---- who reads: only against a committed line of the log
create function t.reveal(p_login text, p_no text, p_reason text, p_id uuid default gen_random_uuid()) returns jsonb
  language sql as $$ select t.mutate(p_login, jsonb_build_object('id', p_id, 'resource', 'party', 'kind', 'action',
    'record', p_no, 'action', 'reveal_pii', 'args', jsonb_build_object('reason', p_reason))) $$;
select is(t.reveal('t_head', '1', null) ->> 'code', 'DM002', 'a reason is required');
select is(t.reveal('t_head', '1', ' ') ->> 'code', 'DM002', 'one that says something');
select is(t.reveal('t_head', '1', 'the contract', '00000000-0000-7000-8000-00000000e001') -> 'repeat', 'true',
  'the first answer says that it is logged');
select is(t.reveal('t_head', '1', 'the contract', '00000000-0000-7000-8000-00000000e001') #>> '{revealed,passport}',
  'CANARYPASS 1', 'the same request again has the values');
select is((select count(*)::int from domovoi.pii_access where what = 'reveal' and granted), 1, 'one line for both');
select is(t.val('t_head', $$select act.party_reveal_pii('2', null, 'peep') -> 'revealed'$$), null,
  'no values in the transaction that logs');
do $$
declare r text;
begin
  perform t.val('t_head', $q$select act.party_reveal_pii('2', null, 'rolled back')$q$);
  r := t.val('t_head', $q$select act.pii_of(901, '00000000-0000-7000-8000-000000000202')$q$);
  raise exception using errcode = 'T0001', message = coalesce(r, 'nothing');
exception when sqlstate 'T0001' then
  perform set_config('t.seen', sqlerrm, false);
end $$;
select alike(current_setting('t.seen'), '%CANARYJOB%', 'a committed line of this minute opens');
select is(t.err('t_realtor', $$select act.pii_of(901, '00000000-0000-7000-8000-000000000201')$$), 'DM005',
  'the function asks for the permission itself');
select is(t.err('t_head_beta', $$select act.pii_of(901, '00000000-0000-7000-8000-000000000201')$$), 'DM006',
  'and for the scope');
set domovoi.now = '2026-06-16T09:02:00+05';
do $$ begin update domovoi.server set kind = 'test'; end $$;
select is(t.val('t_head', $$select act.pii_of(901, '00000000-0000-7000-8000-000000000201')$$), null,
  'after a minute it takes a new reason');
select is(t.reveal(l, '1', 'curious') ->> 'code', 'DM005', l || ' is refused')
  from unnest(array['t_realtor', 't_manager', 't_accountant', 't_auditor', 't_dispatcher']) l;
select is(t.reveal('t_realtor2', '1', 'curious') ->> 'code', 'DM006', 'a colleague''s agent does not reach him');
select is((select count(*)::int from domovoi.pii_access where not granted and reason = 'curious'), 6,
  'every refusal is in the log');
select is(t.val('t_head', $$select act.party_reveal_pii('1', null, '') ->> 'code'$$), 'DM002',
  'the door returns its refusal');
select is(t.err('t_head', 'update api.pii_log set reason = null'), '55000', 'the log is for reading');
select throws_ok('update domovoi.pii_access set reason = null', '55000', null, 'and only added to');
select is(t.count('t_auditor', 'api.pii_log') > 5, true, 'an auditor reads the log');
select is(t.count(l, 'api.pii_log'), 0, l || ' does not') from unnest(array['t_manager', 't_dispatcher', 't_realtor2']) l;

-- canaries
select unalike(t.traces(l), '%CANARYPASS%', l || ' finds no passport in any view')
  from unnest(array['t_super', 't_head', 't_auditor', 't_realtor']) l;
select unalike(t.traces('t_super'), '%CANARYJOB%', 'nor anything else');
select unalike(t.traces('t_super'), '%2008-03-01%', 'nor a birth date');
select unalike(t.kept(), '%CANARYPASS%', 'nothing that is kept has it but its own table');
select unalike(t.kept(), '%CANARYBAD%', 'nor what was refused');
select unalike(t.kept(), '%CANARYJOB%', 'nor anything else');
select is(t.err('t_head', 'select * from domovoi.party_pii'), '42501', 'the table is not to be named');

-- nothing that it could take back is pretended
select is(t.mutate('t_head', jsonb_build_object('kind', 'undo', 'undo', m.id)) ->> 'code', 'DM001',
  'personal data are not taken back by undo') from (select id from domovoi.mutation where resource = 'party'
    and kind = 'action' and status = 'applied' order by recorded_at limit 1) m, lateral (select 1) x
  where (select user_id from domovoi.mutation y where y.id = m.id) = t.id('t_head');

-- ---- roles
select is(t.val('t_head', 'select roles from api.parties where no = 1'), 'guest', 'who has a stay is a guest');
select is(t.party('t_head', '1', 'add_role', '{"role": "owner"}'), 'applied', 'a role');
select is(t.party('t_head', '1', 'add_role', '{"role": "owner"}'), 'DM001', 'once');
select is(t.party('t_head', '1', 'add_role', '{"role": "king"}'), 'DM007', 'of those that there are');
select is(t.party('t_head', '1', 'add_role', '{"role": "vendor", "since": "2027-01-01"}'), 'DM007', 'not from tomorrow');
select is(t.party('t_head', '1', 'add_role', '{"role": "vendor", "since": "2026-01-01"}'), 'applied', 'since January');
select is(t.val('t_head', 'select roles from api.parties where no = 1'), 'guest owner vendor', 'all of them');
select is(t.count('t_head', $$api.parties p where exists (select from api.party_roles k where k.company = 901
  and k.id = p.id and k.value = 'owner')$$), 1, 'found by role');
select is(t.party('t_head', '1', 'remove_role', '{"role": "vendor", "until": "2026-05-01"}'), 'applied', 'ended');
select is(t.party('t_head', '1', 'remove_role', '{"role": "vendor"}'), 'DM001', 'it is over');
select is(domovoi.party_has_role(901, '00000000-0000-7000-8000-000000000201', 'vendor', '2026-04-30'), true, 'it was');
select is(domovoi.party_has_role(901, '00000000-0000-7000-8000-000000000201', 'vendor', '2026-05-01'), false,
  'half-open');
select is(t.party('t_head', '1', 'remove_role', '{"role": "owner", "until": "2025-01-01"}'), 'DM007',
  'not before it began');
select is(t.party('t_auditor', '1', 'add_role', '{"role": "buyer"}'), 'DM005', 'an auditor gives no roles');
select is(t.count('t_realtor2', 'api.party_roles'), 1, 'an agent sees the roles of his own people');
select is(t.count('t_owner', 'api.party_roles'), 0, 'an owner of property none');
insert into domovoi.party (company_id, id, no, name) values (901, '00000000-0000-7000-8000-000000000209', 900, 'Newcomer');
select is(t.val('t_head', 'select roles from api.parties where no = 900'), null, 'nobody yet');
select is((t.mutate('t_head', '{"resource": "reservation", "kind": "create", "set": {"unit": "U3", "party": "900",
  "check_in": "2026-09-01", "check_out": "2026-09-03"}}')) ->> 'status', 'applied', 'a stay');
select is(t.val('t_head', 'select roles from api.parties where no = 900'), 'guest', 'makes a guest');

-- ---- the black list
select is(t.edit('t_head', '900', '{"status": "blacklisted"}'), 'DM007 status', 'no field of an edit');
select is(t.edit('t_manager', '900', '{"status": "inactive"}'), 'applied', 'inactive is');
select is(t.edit('t_manager', '900', '{"status": "merged"}'), 'DM007 status', 'merged is not');
select is(t.party('t_head', '900', 'ban'), 'DM002', 'a ban has a reason');
select is(t.party(l, '900', 'ban', '{"reason": "x"}'), 'DM005', l || ' bans nobody')
  from unnest(array['t_accountant', 't_auditor', 't_dispatcher']) l;
select is(t.party('t_realtor', '1', 'ban', '{"reason": "x"}'), 'DM005', 'an agent not even his own');
select is(t.party('t_moderator', '00000000-0000-7000-8000-000000000209', 'ban', '{"reason": "Broke the rules"}'),
  'applied', 'a moderator may');
select is(t.val('t_moderator', 'select phone is null and email is null from api.parties where no = 1 and company = 901'),
  'true', 'though he sees no contacts');
select is(t.val('t_head', 'select status || '': '' || status_reason from api.parties where no = 900'),
  'blacklisted: Broke the rules', 'with the reason');
select is(t.party('t_head', '900', 'ban', '{"reason": "x"}'), 'DM001', 'once');
select is(t.edit('t_head', '900', '{"status": "active"}'), 'DM007 status', 'not off it by an edit either');
select is(t.mutate('t_head', '{"resource": "reservation", "kind": "create", "set": {"unit": "U3", "party": "900",
  "check_in": "2026-10-01", "check_out": "2026-10-03"}}') ->> 'code', 'DM007', 'no booking');
select is(t.edit('t_support', null, '{"name": "Z", "status": "blacklisted"}'), 'DM007 company', 'support names a company');
select is(t.edit('t_dispatcher', null, '{"name": "Z", "status": "blacklisted"}'), 'DM005', 'no new one on it');
select is(t.party('t_head', '900', 'unban', '{"reason": "A mistake"}'), 'applied', 'and off again');
select is((select string_agg(to_state, ' ' order by id) from domovoi.status_event where machine = 'party'
  and record_id = '00000000-0000-7000-8000-000000000209'), 'inactive blacklisted active', 'history has it');
select is(t.val('t_head', $$select string_agg(action, ' ') from api.actions('party', '900') where not allowed$$),
  'unban unmerge erase', 'what is not possible now');

-- ---- duplicates
insert into domovoi.party (company_id, no, name, phone, email) values
  (901, 801, 'Иванов Пётр', '+77021110001', 'ivanov@example.com'), (901, 802, 'иванов петр', '+79021110001', null),
  (901, 803, 'Somebody', '+77021110001', 'IVANOV@example.com'), (901, 804, 'Иванов Пётр', '+77029990009', null),
  (901, 805, 'Born alike', null, null), (901, 806, 'BORN ALIKE', null, null), (901, 807, 'Born alike', null, null);
insert into domovoi.party_pii (company_id, party_id, birth_date)
  select 901, id, case no when 807 then date '1980-01-02' else '1980-01-01' end from domovoi.party
   where company_id = 901 and no in (805, 806, 807);
select is(t.val('t_head', $$select string_agg(no || '-' || other_no || ' ' || score || ' ' || why, ', ' order by no, other_no)
  from report.duplicates() where no >= 800$$), '801-802 50 name, phone, 801-803 99 email; phone, 805-806 70 name, birth date',
  'pairs, with why; a name alone is none');
select is(t.opens('t_head', 'parties', (select t.val('t_head', 'select filter from report.duplicates() where no = 805'))),
  2::bigint, 'which open both');
select is(t.err(l, 'select * from report.duplicates()'), 'DM005', l || ' looks for none')
  from unnest(array['t_auditor', 't_realtor', 't_accountant', 't_moderator']) l where l <> 't_moderator';
select is(t.err('t_moderator', 'select * from report.duplicates(company => 901)'), 'DM005', 'nor does a moderator');
select is(t.count('t_auditor', 'api.party_keys'), 0, 'the keys are for who merges');
select is(t.val('t_support', 'select count(*) > 2 from report.duplicates(company => 901)'), 'true', 'support does');
select is(t.val('t_head_beta', 'select count(*) from report.duplicates()'), '0', 'another company has none of these');
delete from domovoi.party_pii where party_id in (select id from domovoi.party where no between 801 and 807);
delete from domovoi.party where no between 801 and 807;

-- ---- erasure
select is(t.party('t_head', '900', 'erase'), 'DM010', 'not before the stay');
select is(t.val('t_head', $$select code || ': ' || reason from api.actions('party', '900') where action = 'erase'$$),
  'DM010: There is a stay that is not over.', 'which the list of actions says');
update domovoi.reservation set status = 'cancelled', status_reason = 'other', cancelled_by = 'guest',
  comment = 'CANARYCOMMENT' where party_id = '00000000-0000-7000-8000-000000000209';
select is(t.edit('t_head', '900', '{"name": "CANARYNAME", "note": "CANARYNOTE", "phone": "+77770001122"}'), 'applied', 'a name');
select is(t.party('t_head', '900', 'set_pii', '{"passport": "CANARYGONE"}'), 'applied', 'a passport');
select is(t.party('t_head', '900', 'erase'), 'DM002', 'it has a reason');
select is(t.party(l, '900', 'erase', '{"reason": "asked"}'), 'DM005', l || ' erases nobody')
  from unnest(array['t_manager', 't_accountant', 't_auditor', 't_dispatcher']) l;
select is(t.party('t_head', '900', 'erase', '{"reason": "asked for it"}'), 'applied', 'erased');
select is(t.val('t_head', 'select name || '' '' || status || coalesce(phone, '''') || coalesce(note, '''') from api.parties
  where no = 900'), 'Erased 900 erased', 'the number stays');
select unalike(t.kept(), '%CANARYN%', 'the name and the note are nowhere');
select unalike(t.kept(), '%77770001122%', 'nor the phone');
select unalike(t.kept(), '%CANARYCOMMENT%', 'nor what was said of the stay');
select is((select count(*)::int from domovoi.party_pii where passport = 'CANARYGONE'), 0, 'nor the passport');
select is((select count(*)::int from domovoi.party_token where party_id = '00000000-0000-7000-8000-000000000209'), 0,
  'no word finds it');
select is((select count(*)::int from domovoi.reservation where party_id = '00000000-0000-7000-8000-000000000209'), 1,
  'the stay stays');
select is((select count(*)::int from domovoi.party_erasure), 1, 'it is recorded');
select is((select op from domovoi.change_log where resource = 'party' and record_id =
  '00000000-0000-7000-8000-000000000209' order by seq desc limit 1), 'delete', 'a replica drops it');
select is(t.edit('t_head', '900', '{"name": "Back"}'), 'DM001 status', 'nothing is written again');
select is(t.party('t_head', '900', a, '{"reason": "x", "role": "buyer", "passport": "x"}'), 'DM001', 'nor ' || a)
  from unnest(array['set_pii', 'add_role', 'ban', 'erase', 'reveal_pii']) a;
select is(t.mutate('t_head', '{"resource": "reservation", "kind": "create", "set": {"unit": "U3", "party": "900",
  "check_in": "2026-10-01", "check_out": "2026-10-03"}}') ->> 'code', 'DM007', 'nor booked');
select is((select count(*)::int from domovoi.mutation m where m.status = 'applied' and m.user_id = t.id('t_head')
  and m.record_id = '00000000-0000-7000-8000-000000000209' and m.kind in ('patch', 'action')
  and t.mutate('t_head', jsonb_build_object('kind', 'undo', 'undo', m.id)) ->> 'status' = 'applied'), 0,
  'nothing can be taken back');
select * from finish();
