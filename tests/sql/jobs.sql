-- Work by the clock: slots (zones, clocks that are put forward and back, ends of months, standstills), the life of a job,
-- who may see and steer one, and what each kind of work does. The session holds the worker's lock, as a leader does.
\ir fixtures/start.sql
\ir fixtures/money.sql
select no_plan();
insert into domovoi.api_role values (session_user); -- as the API's login
select pg_advisory_lock(7241, 2) \g /dev/null

create function t.set(p_key text, p_value jsonb) returns void language sql as $$ insert into domovoi.setting (company_id, key, value, version)
  select 901, p_key, p_value, coalesce(max(x.version), 0) + 1 from domovoi.setting x where x.company_id = 901 and x.key = p_key $$;
-- A signed agreement's number.
create function t.agreement(p_set jsonb) returns text language plpgsql as $$
declare made text := t.new('t_head', 'agreement', '{"party": "00000000-0000-7000-8000-000000000201"}' || p_set); no text;
begin
  no := (select a.no::text from domovoi.agreement a where a.id::text = made);
  if t.do('t_head', 'agreement', no, 'sign') <> 'applied' then raise 'not signed: %', p_set; end if;
  return no;
end $$;

-- ---- slots ------------------------------------------------------------------------------------------------------
create function t.kind(p text) returns domovoi.job_kind language sql as $$ select k from domovoi.job_kind k where code = p $$;
-- as "slot due" in UTC; the day of months by a made up kind
create function t.slots(p_kind text, p_after text, p_at timestamptz, p_company int default 901, p_time time default null) returns text language plpgsql as $$
declare k domovoi.job_kind := t.kind(p_kind);
begin
  k.at_time := coalesce(p_time, k.at_time);
  return (select string_agg(s.slot || ' ' || to_char(s.due_at at time zone 'UTC', 'MM-DD HH24:MI'), ', ' order by s.due_at)
    from domovoi.job_slots(k, p_company, p_after, p_at) s);
end $$;
select is(t.slots('holds', null, '2026-06-16T04:05:59Z'), '2026-06-16T04:05Z 06-16 04:05', 'minutes are whole ones of UTC');
select is(t.slots('holds', '2026-06-16T04:05Z', '2026-06-16T04:05:59Z'), null, 'each once');
select is(t.slots('holds', '2026-06-01T00:00Z', '2026-06-16T04:05:59Z'), '2026-06-16T04:05Z 06-16 04:05', 'missed minutes are one');
select is(t.slots('agreements', '2026-06-15', '2026-06-15T19:09:59Z'), null, 'a day begins where the company is: Almaty not yet');
select is(t.slots('agreements', '2026-06-15', '2026-06-15T19:10:00Z'), '2026-06-16 06-15 19:10', 'at ten past midnight');
select is(t.slots('agreements', '2026-06-15', '2026-06-15T22:10:00Z', 902), '2026-06-16 06-15 22:10', 'Berlin three hours later');
select is(t.slots('agreements', '2026-06-12', '2026-06-15T19:10:00Z'),
  '2026-06-13 06-12 19:10, 2026-06-14 06-13 19:10, 2026-06-15 06-14 19:10, 2026-06-16 06-15 19:10', 'days that were missed are known');
-- Berlin: 02:30 is not there on 2026-03-29, and there twice on 2026-10-25
select is(t.slots('agreements', '2026-03-27', '2026-03-30T12:00Z', 902, '02:30'),
  '2026-03-28 03-28 01:30, 2026-03-29 03-29 01:30, 2026-03-30 03-30 00:30', 'a missing hour: once, when it would have been');
select is(t.slots('agreements', '2026-10-23', '2026-10-26T12:00Z', 902, '02:30'),
  '2026-10-24 10-24 00:30, 2026-10-25 10-25 01:30, 2026-10-26 10-26 01:30', 'an hour that comes twice: once');
select t.set('charge_day', '31') \g /dev/null
select is(t.slots('charge_run', '2027-12', '2028-04-30T12:00Z', 901),
  '2028-01 01-31 00:00, 2028-02 02-29 00:00, 2028-03 03-31 00:00, 2028-04 04-30 00:00', 'the 31st is the last of each month, leap years, too');
select is(t.slots('charge_run', '2027-01', '2027-02-27T23:59Z', 901), null, 'not before');
select is(t.slots('charge_run', null, '2027-03-30T12:00Z', 901), '2027-02 02-28 00:00', 'the newest that is due');

-- by generated values: slots that are asked for hour by hour are those that are asked for once, each in its order, in its day
create table t.zone (tz text);
insert into t.zone values ('Asia/Almaty'), ('Europe/Berlin'), ('America/New_York'), ('Australia/Lord_Howe'), ('Pacific/Apia'), ('Asia/Tehran'), ('UTC');
create function t.walk(p_tz text, p_from timestamptz, p_time time) returns text language plpgsql as $$
declare
  k domovoi.job_kind := t.kind('agreements'); seen text[] := '{}'; last text := to_char(p_from at time zone p_tz, 'YYYY-MM-DD');
  first text := last; s record; at timestamptz := p_from; upto timestamptz := p_from + interval '40 days'; whole text[];
begin
  k.at_time := p_time;
  update domovoi.company set tz = p_tz where id = 902;
  while at < upto loop
    for s in select * from domovoi.job_slots(k, 902, last, at) loop
      if s.due_at > at or s.due_at <= at - interval '61 minutes' then return 'late ' || s.slot; end if;
      if abs(extract(epoch from (s.due_at at time zone p_tz) - (s.as_of + p_time))) > 7200 then return 'elsewhere ' || s.slot; end if;
      seen := seen || s.slot; last := s.slot;
    end loop;
    at := at + interval '1 hour';
  end loop;
  whole := array(select x.slot from domovoi.job_slots(k, 902, first, at - interval '1 hour') x);
  if whole <> seen then return 'not the same'; end if;
  -- Apia had no 2011-12-30; else every day has one
  return case when cardinality(seen) between 38 and 41 and cardinality(seen) = (select count(distinct x) from unnest(seen) x) then 'ok'
    else seen::text end;
end $$;
select is(string_agg(distinct t.walk(z.tz, '2011-12-01T00:00Z'::timestamptz + random() * interval '15 years', make_time((random() * 23)::int, (random() * 59)::int, 0)), ', '),
  'ok', 'days of seven zones, at whatever hour') from t.zone z, generate_series(1, 12);
update domovoi.company set tz = 'Europe/Berlin' where id = 902;
select ok(bool_and(domovoi.job_look(k, c, at) > at and domovoi.job_look(k, c, at) <= at + interval '1 hour'), 'the clock is looked at again within an hour')
  from domovoi.job_kind k, unnest(array[901, 902]) c, lateral (select '2026-01-01T00:00Z'::timestamptz + random() * interval '1 year' as at from generate_series(1, 50)) x
  where k.every <> 'minutes';

-- ---- from slots to jobs -------------------------------------------------------------------------------------------
-- Everything that is due at that instant, to its end: "kind slot status" of what came to one.
create table t.told (id uuid primary key);
create function t.work(p_now text default null) returns text language plpgsql as $$
declare b record; n int := 0; said text;
begin
  if p_now is not null then perform set_config('domovoi.now', p_now, false); end if;
  while ops.jobs_due() >= 200 loop end loop;
  loop
    b := ops.job_begin('me');
    exit when b.id is null or n > 500;
    perform ops.job_step(b.company, b.id);
    n := n + 1;
  end loop;
  with new as (insert into t.told select id from domovoi.job where company_id = 901 and finished_at is not null on conflict do nothing returning id)
    select string_agg(j.kind || ' ' || j.slot || ' ' || j.status || coalesce(' ' || j.error, ''), ', ' order by j.slot, j.kind) into said
      from domovoi.job j join new using (id);
  return said;
end $$;
select is(t.work('2026-06-16T09:00:00+05'), 'agreements 2026-06-16 done, books 2026-06-16 done, prune 2026-06-16 done',
  'the first time: what is always done; of the platform''s work one, in the oldest company');
select is((select count(*) from domovoi.job where company_id = 902), 1::bigint, 'and in Berlin its own');
select is(t.work(), null, 'nothing twice');
select is(t.work('2026-06-17T00:09:59+05'), null, 'not before its time');
select is(t.work('2026-06-17T00:10:00+05'), 'agreements 2026-06-17 done', 'at its time');
select is(t.work('2026-06-21T12:00:00+05'), 'agreements 2026-06-21 done, books 2026-06-21 done, prune 2026-06-21 done', 'a standstill of days is made up for once');
select is((select count(*) from (select 1 from domovoi.job group by company_id, kind, slot having count(*) > 1) x), 0::bigint, 'a slot is one');
select throws_ok($$insert into domovoi.job (company_id, kind, slot, due_at, month, as_of) values (901, 'agreements', '2026-06-21', now(), '2026-06', '2026-06-21')$$, '23505', null, 'and can be no more');

-- holds: only where there is something to do
insert into domovoi.reservation (company_id, id, unit_id, offering_id, party_id, check_in, check_out, price_per_night, currency, hold_until)
  select 901, '00000000-0000-7000-8000-0000000000e1', u.id, o.id, '00000000-0000-7000-8000-000000000201', '2026-08-01', '2026-08-03', 1000000, 'KZT', '2026-06-21T12:30:00+05'
    from domovoi.unit u join domovoi.offering o on o.company_id = 901 and o.unit_id = u.id and o.mode = 'short_stay' where u.company_id = 901 and u.code = 'U3';
select is(t.work('2026-06-21T12:29:00+05'), null, 'a hold that runs is left alone');
select is(t.work('2026-06-21T12:31:20+05'), 'holds 2026-06-21T07:31Z done', 'one that has run out is not');
select is((select status || ' ' || cancelled_by from domovoi.reservation where id = '00000000-0000-7000-8000-0000000000e1'), 'expired system', 'the system did it');
select is((select count(*) from domovoi.status_event where record_id = '00000000-0000-7000-8000-0000000000e1' and to_state = 'expired' and by_user is null), 1::bigint, 'as its history says');
select is(t.work('2026-06-21T12:32:20+05'), null, 'the next minute passes in silence');

-- ---- a month by itself ----------------------------------------------------------------------------------------------
select t.agreement('{"unit": "U1", "starts_on": "2026-06-01", "ends_on": "2027-01-01", "rent": "310000", "due_day": "5"}') as a \gset
select t.agreement('{"unit": "U2", "starts_on": "2026-05-10", "ends_on": "2026-07-11", "rent": "310000"}') as b \gset
create function t.rents(p_month text) returns text language sql as $$
  select string_agg(u.code || ' ' || c.amount / 100, ', ' order by u.code) from domovoi.charge c join domovoi.unit u on u.company_id = c.company_id and u.id = c.unit_id
   where c.company_id = 901 and c.kind = 'rent' and c.voided_on is null and to_char(c.period_from, 'YYYY-MM') = p_month $$;
select t.set('charge_day', '1'), t.set('auto_charges', 'false') \g /dev/null
select is(t.rents('2026-07'), null, 'July is not charged yet');
select unalike(t.work('2026-07-02T12:00:00+05'), '%charge_run%', 'nor by itself, unless the company wants it');
select t.set('auto_charges', 'true') \g /dev/null
select unalike(t.work('2026-07-03T12:00:00+05'), '%charge_run%', 'switched on it begins with the next month');
select is(t.new('t_head', 'job', '{"kind": "charge_run"}') ~ '^[0-9a-f-]{36}$', true, 'but may be asked for');
select matches(t.work(), '^charge_run hand:[0-9a-f-]{36} done$', 'and is done');
select is(t.rents('2026-07'), 'U1 310000, U2 100000', 'July is charged; the last days in part');
select is((select kind || ' ' || month || ' ' || created || ' ' || skipped || ' ' || failed || ' ' || status from domovoi.charge_run where company_id = 901 and job_id is not null),
  'rent 2026-07 2 0 0 done', 'as a run that knows its job');
select is(t.val('t_head', 'select made_by_label is null and job is not null from api.charge_runs where job is not null'), 'true', 'made by nobody');
select is(t.val('t_head', 'select who || '' '' || what from api.history(''charge_run'', (select id::text from api.charge_runs where job is not null)) where what = ''create'''), 'system create', 'that is the system');
select is(t.val('t_head', 'select made_by_label from api.jobs where kind = ''charge_run'''), 'Name of t_head', 'the job was the head''s');
select is((select result ->> 'created' from domovoi.job where kind = 'charge_run'), '2', 'and says what it did');
select matches(t.work('2026-08-01T05:00:00+05'), 'charge_run 2026-08 done', 'on the first of the month, at five');
select is(t.rents('2026-08'), 'U1 310000', 'who is gone pays nothing');
select is((select status from domovoi.agreement where external_id is null and no = :'b'::int and company_id = 901), 'expired', 'he went by himself');
select is((select count(*) from domovoi.status_event e join domovoi.agreement a on a.id = e.record_id where a.company_id = 901 and a.no = :'b'::int
  and e.to_state = 'expired' and e.by_user is null), 1::bigint, 'by the system''s hand');
select is(t.new('t_accountant', 'job', '{"kind": "charge_run", "month": "2026-08"}') ~ '^[0-9a-f-]{36}$', true, 'once more by hand');
select matches(t.work(), 'done', 'is done');
select is(t.rents('2026-08'), 'U1 310000', 'and charges nothing twice');
select matches(t.work('2026-11-10T12:00:00+05'), 'charge_run 2026-09 done, charge_run 2026-10 done, charge_run 2026-11 done', 'a standstill of months: each of them');
select is(t.rents('2026-09') || ', ' || t.rents('2026-10') || ', ' || t.rents('2026-11'), 'U1 310000, U1 310000, U1 310000', 'is charged');
select is(t.sound(), 'sound', 'the books agree');

-- ---- a job's life ---------------------------------------------------------------------------------------------------
insert into domovoi.job_kind (code, title, sort, every, minutes, step, permission, per_company) values ('t_work', 'Test', 90, 'minutes', 1, 'do_t_work', 'job.manage', false);
create table t.done (n int, at timestamptz default clock_timestamp());
grant insert, select, update on t.done to public; grant usage on schema t to public;
create table t.mood (m text); insert into t.mood values ('well'); grant select on t.mood to public;
create function domovoi.do_t_work(j domovoi.job) returns jsonb language plpgsql as $$
declare n int := coalesce((j.state ->> 'n')::int, 0); m text := (select x.m from t.mood x);
begin
  insert into t.done (n) values (n);
  if m = 'no' then perform domovoi.fail('DM011', 'The books do not agree.', null, 'x'); end if;
  if m = 'slow' then raise exception 'would not' using errcode = '40P01'; end if;
  return jsonb_build_object('more', n < 4, 'done', 1, 'total', 5, 'state', jsonb_build_object('n', n + 1), 'result', jsonb_build_object('last', n));
end $$;
create function t.job(p_no text default null) returns text language sql as $$
  select status || ' ' || attempts || ' ' || done || '/' || coalesce(total, 0) || coalesce(' ' || error, '') from domovoi.job where kind = 't_work' order by no desc limit 1 $$;
create function t.one() returns text language plpgsql as $$
declare b record := ops.job_begin('me');
begin
  if b.id is null then return 'nothing'; end if;
  return (select b.kind || ' ' || x.status || ' ' || x.done from ops.job_step(b.company, b.id) x);
end $$;
select ops.jobs_due() \g /dev/null
update domovoi.job_kind set enabled = false where code = 't_work';
select is(t.one(), 't_work running 1', 'a step');
select is(t.one(), 't_work running 2', 'another one');
select is(ops.job_lead('you'), 1, 'a new leader takes over what another one left');
select is(t.job(), 'queued 1 2/5', 'it waits');
select is((ops.job_begin('you')).kind, 't_work', 'and goes on');
select is(t.job(), 'running 2 2/5', 'at the second attempt');
select is(ops.job_lead('you'), 0, 'his own he leaves alone');
select is(t.do('t_head', 'job', (select no::text from domovoi.job where kind = 't_work'), 'cancel'), 'applied', 'it is called off');
select is(t.one(), 'nothing', 'and stops');
select is((select x.status || x.done from domovoi.job j, ops.job_step(j.company_id, j.id) x where j.kind = 't_work'), 'cancelled2', 'even where it was about to go on');
select is((select count(*) from t.done), 2::bigint, 'what is done is done');
select is(t.do('t_head', 'job', (select no::text from domovoi.job where kind = 't_work'), 'cancel'), 'DM001', 'not twice');
select is(t.do('t_head', 'job', (select no::text from domovoi.job where kind = 't_work'), 'run_again'), 'applied', 'run again');
select is(t.one() || t.one() || t.one(), 't_work running 3t_work running 4t_work done 5', 'it goes on from there, to its end');
select is((select string_agg(n::text, '' order by at) from t.done), '01234', 'each step once');
select is(t.do('t_head', 'job', (select no::text from domovoi.job where kind = 't_work'), 'run_again'), 'DM001', 'what is done is not run again');
-- trouble
update t.mood set m = 'slow';
select is(t.new('t_head', 'job', '{"kind": "t_work"}') ~ '-', true, 'another one');
select is(t.one(), 't_work queued 0', 'trouble that may pass');
select is(t.job(), 'queued 1 0/0 would not', 'it is tried again');
select is(t.one(), 'nothing', 'but not at once');
select is((select count(*) from t.done), 5::bigint, 'and nothing is left of the step');
select ok((select wait_until between clock_timestamp() + interval '25 s' and clock_timestamp() + interval '31 s' from domovoi.job where status = 'queued'), 'half a minute later');
update domovoi.job set wait_until = null where status = 'queued'; select t.one() \g /dev/null
select ok((select wait_until > clock_timestamp() + interval '55 s' from domovoi.job where status = 'queued'), 'then later');
update domovoi.job set wait_until = null, attempts = 4 where status = 'queued'; select t.one() \g /dev/null
select is(t.job(), 'failed 5 0/0 would not', 'and at last it has failed');
update t.mood set m = 'no';
select is(t.do('t_head', 'job', (select max(no)::text from domovoi.job where kind = 't_work'), 'run_again'), 'applied', 'again');
select is(t.one() || ' ' || t.job(), 't_work failed 0 failed 1 0/0 The books do not agree.: x', 'what the rules refuse is not tried again');
update t.mood set m = 'well';
insert into domovoi.job (company_id, kind, slot, due_at, month, as_of, status, attempts, leader) values (901, 't_work', 'x', now(), '2026-01', '2026-01-01', 'running', 20, 'him');
select is(ops.job_lead('me'), 1, 'what killed twenty workers');
select is(t.job(), 'failed 20 0/0 The worker died of it.', 'has failed');

-- ---- who ------------------------------------------------------------------------------------------------------------
select is(t.val('t_head', 'select count(*) > 0 and bool_and(company = 901) from api.jobs'), 'true', 'a head sees his company''s');
select is(t.val('t_accountant', 'select count(*) > 0 from api.jobs'), 'true', 'an accountant, too');
select is(t.val('t_super', 'select count(distinct company) from api.jobs'), '2', 'the platform all');
select is(t.val(l, 'select count(*) from api.jobs'), '0', l || ' none') from unnest(array['t_manager', 't_realtor', 't_dispatcher', 't_executor', 't_auditor', 't_owner', 't_moderator']) l;
select is(t.new('t_manager', 'job', '{"kind": "holds"}'), 'DM005', 'a manager starts none');
select is(t.new('t_accountant', 'job', '{"kind": "holds"}'), 'DM005', 'an accountant none but of money');
select is(t.new('t_head', 'job', '{"kind": "prune"}'), 'DM005', 'the platform''s is the platform''s');
select is(t.new('t_support', 'job', '{"kind": "charge_run"}'), 'DM005', 'support charges nobody');
select is(t.new('t_support', 'job', '{"kind": "holds"}') ~ '-', true, 'but may end holds');
select is(t.do('t_accountant', 'job', (select max(no)::text from domovoi.job where company_id = 901), 'cancel'), 'DM005', 'which an accountant does not stop');
select is(t.new('t_head', 'job', '{"kind": "nonsense"}'), 'DM007', 'what is not known is not done');
select is(t.new('t_head', 'job', '{"kind": "charge_run", "month": "2026-13"}'), 'DM007', 'nor a month that is none');
select is(t.new('t_head', 'job', '{"kind": "charge_run", "month": "2029-01"}'), 'DM007', 'nor one far ahead');
select is(t.edit('t_head', 'job', (select max(no)::text from domovoi.job where company_id = 901), '{"kind": "books"}'), 'DM007', 'nobody edits one');
select is(t.err('t_head', format('select * from ops.%s', f)), '42501', f || ' is the worker''s')
  from unnest(array['jobs_due()', 'job_lead(''x'')', 'job_begin(''x'')', 'job_step(901, null)', 'job_broke(901, null, null, null)']) f;
select is(t.err('t_head', 'select domovoi.do_books(null)'), '42501', 'and so is the work');
select t.id('t_head') as head \gset
set session authorization t_api;
select throws_ok('select ops.jobs_due()', '42501', null, 'the API''s login without the group');
reset session authorization;
set client_min_messages = warning; grant domovoi_api to t_api; reset client_min_messages;
set session authorization t_api; set role domovoi_api;
select lives_ok('select ops.jobs_due()', 'and with it');
select lives_ok('select tip from api.feed()', 'who may look at the feed');
select set_config('domovoi.user', :'head', false) \g /dev/null
select throws_ok('select ops.jobs_due()', 'DM005', null, 'but not in somebody''s name');
select set_config('domovoi.user', '', false) \g /dev/null
reset role; reset session authorization;
select pg_advisory_unlock(7241, 2) \g /dev/null
select throws_ok('select ops.jobs_due()', 'DM005', 'Only the worker that leads may do this.', 'who does not lead does nothing');
select throws_ok('select ops.job_step(901, null)', 'DM005', null, 'no step');

-- each kind of work has its functions, and is known to the catalogue's users by its title
select is((select string_agg(code, ', ') from domovoi.job_kind k where to_regprocedure(format('domovoi.%I(domovoi.job)', step)) is null
  or due is not null and to_regprocedure(format('domovoi.%I(int)', due)) is null), null, 'each kind of work has its functions');
select is((select string_agg(code, ', ') from domovoi.job_kind k, unnest(array[k.day, k.switch]) s where s is not null
  and not exists (select from domovoi.setting_def d where d.key = s)), null, 'and its settings');
select * from finish();
