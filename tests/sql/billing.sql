-- Billing: proration, due days, late fees, ageing; charge runs, deposits, indexation, the last account.
\ir fixtures/start.sql
select * from no_plan();

-- ---- arithmetic: domain.md §6 items 5, 6, 11 and their edges
select is(domovoi.prorate(2800000, '2026-02-10', '2026-03-01'), 1900000::bigint, '28 000 from 10 February is 19 000');
select is(domovoi.prorate(28000, '2026-02-10', '2026-03-01'), 19000::bigint, 'in a currency without digits, too');
select is(domovoi.prorate(2900000, '2028-02-10', '2028-03-01'), 2000000::bigint, 'a leap year has a day more');
select is(domovoi.prorate(100, '2100-02-15', '2100-03-01'), 50::bigint, '2100 is none');
select is(domovoi.prorate(123456789, m, domovoi.next_month(m)), 123456789::bigint, 'a whole month is the amount: ' || m)
  from unnest('{2026-01-01,2026-02-01,2028-02-01,2026-04-01,2026-12-01}'::date[]) m;
select is(domovoi.prorate(100, '2026-04-01', '2026-04-01'), 0::bigint, 'no days cost nothing');
select is(domovoi.prorate(100, '2026-04-20', '2026-04-01'), 0::bigint, 'and less than none, too');
select is(domovoi.prorate(31, '2026-01-01', '2026-01-02'), 1::bigint, 'a day of 31');
select is(domovoi.prorate(15, '2026-04-01', '2026-04-02'), 1::bigint, 'half a unit goes up');
select is(domovoi.prorate(14, '2026-04-01', '2026-04-02'), 0::bigint, 'less than half goes');
select is(domovoi.prorate(9000000000000000000, '2026-04-01', '2026-04-16'), 4500000000000000000::bigint,
  'the largest amounts do not overflow');
select throws_ok($$select domovoi.prorate(100, '2026-04-20', '2026-05-02')$$, 'DM007', null, 'days of one month only');
select is((select count(*) from generate_series(0, 27) a, generate_series(a + 1, 28) b
  where domovoi.prorate(28, date '2026-02-01' + a, date '2026-02-01' + b) <> b - a), 0::bigint,
  'a unit a day is a unit a day');

select is(domovoi.due_day('2026-02-01', 31), date '2026-02-28', 'the 31st of February is the 28th');
select is(domovoi.due_day('2028-02-11', 31), date '2028-02-29', 'or the 29th');
select is(domovoi.due_day('2026-04-01', 31), date '2026-04-30', 'of April the 30th');
select is(domovoi.due_day('2026-12-01', 31), date '2026-12-31', 'of December the 31st');
select is(domovoi.due_day('2026-04-01', 1), date '2026-04-01', 'the first is the first');

create function pg_temp.policy(p_kind text, p_amount bigint, p_bp int, p_cap int) returns domovoi.late_fee_policy
  language sql as $$ select jsonb_populate_record(null::domovoi.late_fee_policy, jsonb_build_object('kind', p_kind,
    'amount', p_amount, 'bp', p_bp, 'cap_bp', p_cap)) $$;
select is(domovoi.late_fee(pg_temp.policy('bp_per_day', 0, 10, 10000), 100000, 100000 * 7), 700::bigint,
  'ten basis points a day of what is open, seven days');
select is(domovoi.late_fee(pg_temp.policy('bp_per_day', 0, 10, 50), 100000, 100000 * 7), 500::bigint,
  'at most the cap');
select is(domovoi.late_fee(pg_temp.policy('bp_per_day', 0, 10, 10000), 100000, 0), 0::bigint, 'nothing open, no fee');
select is(domovoi.late_fee(pg_temp.policy('bp_per_day', 0, 10, 10000), 100000, -5), 0::bigint, 'never negative');
select is(domovoi.late_fee(pg_temp.policy('bp_per_day', 0, 1, 10000), 5000, 5000), 1::bigint, 'half up');
select is(domovoi.late_fee(pg_temp.policy('bp_per_day', 0, 1, 10000), 4999, 4999), 0::bigint, 'once');
select is(domovoi.late_fee(pg_temp.policy('fixed', 1500, 0, 10000), 100000, 100000 * 9), 1500::bigint,
  'a fixed fee is paid once');
select is(domovoi.late_fee(pg_temp.policy('fixed', 1500, 0, 100), 100000, 100000 * 9), 1000::bigint,
  'under the same cap');
select is(domovoi.late_fee(pg_temp.policy('fixed', 1500, 0, 0), 100000, 100000), 0::bigint, 'no cap, no fee');

select is(report.age(due, '2026-04-15'), says, 'due ' || due) from (values (date '2026-04-20', 'not_due'),
  ('2026-04-15', 'not_due'), ('2026-04-14', 'd1_30'), ('2026-04-01', 'd1_30'), ('2026-03-16', 'd1_30'), ('2026-03-15',
    'd31_60'),
  ('2026-03-10', 'd31_60'), ('2026-02-14', 'd31_60'), ('2026-02-13', 'd61_90'), ('2026-02-10', 'd61_90'),
  ('2026-01-15', 'd61_90'), ('2026-01-14', 'd90_plus'), ('2026-01-10', 'd90_plus')) v (due, says);

-- ---- a company's agreements ---------------------------------------------------------------------------------------

insert into domovoi.unit (company_id, id, code, title, kind, agent_id, building_id, lock_id)
  select 901, g, 'L' || n, 'Let ' || n, 'apartment', t.id('t_realtor'), '00000000-0000-7000-8000-0000000000b1', g
    from (select n, gen_random_uuid() as g from generate_series(1, 20) n) x;
create function t.agreement(p_unit text, p_from date, p_to date, p_rent bigint, p_due int default 1,
  p_currency text default 'KZT',
    p_set jsonb default '{}') returns uuid language plpgsql as $$
declare g uuid := gen_random_uuid(); was text := current_setting('domovoi.now');
begin
  insert into domovoi.agreement (company_id, id, no, unit_id, party_id, starts_on, ends_on, rent, currency, due_day,
    deposit,
      index_bp, index_month, late_fee_id)
    select 901, g, null, u.id, '00000000-0000-7000-8000-000000000201', p_from, p_to, p_rent, p_currency, p_due,
      coalesce((p_set ->> 'deposit')::bigint, 0), coalesce((p_set ->> 'index_bp')::int, 0),
        (p_set ->> 'index_month')::int,
      (select l.id from domovoi.late_fee_policy l where l.company_id = 901 and l.name = p_set ->> 'late_fee')
      from domovoi.unit u where u.company_id = 901 and u.code = p_unit;
  insert into domovoi.agreement_line (company_id, agreement_id, unit_id, kind, amount, from_on, to_on)
    select 901, g, u.id, 'rent', p_rent, p_from, p_to from domovoi.unit u where u.company_id = 901 and u.code = p_unit;
  -- long before it begins, unless told: then signing charges no rent
  perform set_config('domovoi.now', coalesce(p_set ->> 'signed', '2024-01-01') || 'T09:00:00+05', true);
  update domovoi.agreement set status = 'active', signed_at = domovoi.now() where company_id = 901 and id = g;
  perform set_config('domovoi.now', was, true);
  return g;
end $$;
-- A run by somebody: its record as JSON, or the refusal's code.
create function t.run(p_set jsonb, p_login text default 't_accountant') returns jsonb language sql as $$
  select coalesce(x -> 'row', to_jsonb(x ->> 'code')) from t.mutate(p_login, jsonb_build_object('resource',
    'charge_run', 'kind', 'create',
    'company', 901, 'set', p_set)) x $$;
create function t.did(r jsonb) returns text language sql as $$
  select concat_ws(' ', r ->> 'status', r ->> 'created', r ->> 'skipped', r ->> 'failed') $$;
-- What an agreement was charged, as text.
create function t.bill(p uuid, p_kind text default 'rent') returns text language sql as $$
  select string_agg(concat_ws(' ', period_from, period_to, amount, due_on), ', ' order by period_from, no)
    from domovoi.charge where company_id = 901 and agreement_id = p and kind = p_kind and voided_on is null $$;
create function t.pay(p uuid, p_amount bigint, p_day date default null, p_currency text default 'KZT')
  returns uuid language plpgsql as $$
declare p_ domovoi.payment;
begin
  p_.company_id := 901; p_.agreement_id := p; p_.amount := p_amount; p_.currency := p_currency; p_.method := 'cash';
    p_.booked_on := p_day;
  return domovoi.record_payment(p_, true);
end $$;
create function t.close(p_upto date) returns void language sql as $$ insert into domovoi.period_lock (company_id, no,
  upto, at)
  values (901, domovoi.next_no(901, 'period_lock'), p_upto, domovoi.now()) $$;
-- A17 and I9 hold, whatever was done.
create function t.sound() returns text language sql as $$
  select coalesce(string_agg(x, '; '), 'sound') from (
    select 'sum ' || currency as x from domovoi.ledger_entry group by company_id, currency having sum(amount) <> 0
    union all
    select 'account ' || a.no from domovoi.account a where a.kind = 'receivable' and domovoi.open_of(a.company_id,
      a.id) <>
      (select coalesce(sum(e.amount), 0) from domovoi.ledger_entry e where e.company_id = a.company_id
        and e.account_id = a.id)) y $$;

select t.agreement('L1', '2026-02-10', '2027-02-10', 2800000, 31) as a1 \gset
select t.agreement('L2', '2026-03-01', '2026-04-11', 3000000, 5) as a2 \gset
select t.agreement('L3', '2026-04-01', '2027-04-01', 310001, 10, 'JPY') as a3 \gset

select is(t.did(t.run('{"month": "2026-02", "dry_run": "true"}')), 'done 1 0 0', 'a dry run says what it would do');
select is(t.bill(:'a1'), null, 'and does nothing');
select is((select count(*) from domovoi.ledger_tx where company_id = 901 and ref_id in (select id from domovoi.charge
  where agreement_id = :'a1')), 0::bigint, 'nor posts');
select is((select concat_ws(' ', outcome, kind, period_from, due_on, amount, charge_id) from domovoi.charge_run_line
  where agreement_id = :'a1'), 'created rent 2026-02-10 2026-02-28 1900000', 'row by row');
select is(t.did(t.run('{"month": "2026-02"}')), 'done 1 0 0', 'the run does it');
select is(t.bill(:'a1'), '2026-02-10 2026-03-01 1900000 2026-02-28', 'the first month by its days, due on the last');
select is((select source_key from domovoi.charge where agreement_id = :'a1'), (select format('agreement:%s:2026-02:%s',
  :'a1', id) from domovoi.agreement_line where agreement_id = :'a1'), 'under a key that makes it one (I11)');
select is(t.did(t.run('{"month": "2026-02"}')), 'done 0 1 0', 'run twice, nothing twice');
select is(t.did(t.run('{"month": "2026-03"}')), 'done 2 0 0', 'two agreements in March');
select is(t.did(t.run('{"month": "2026-04"}')), 'done 3 0 0', 'three in April');
select is(t.bill(:'a2'), '2026-03-01 2026-04-01 3000000 2026-03-05, 2026-04-01 2026-04-11 1000000 2026-04-05',
  'the last month by its days');
select is(t.bill(:'a3'), '2026-04-01 2026-05-01 310001 2026-04-10', 'yen are whole');
select is((select due_on from domovoi.charge where agreement_id = :'a1' and period_from = '2026-04-01'),
  date '2026-04-30',
  'the 31st of April is the 30th');
select is(t.did(t.run('{"month": "2026-05"}')), 'done 2 0 0', 'who has left is not charged');
select is((t.run('{}')) ->> 'month', '2026-06', 'the month is this one unless told');
select is(t.did(t.run('{"month": "2025-12"}')), 'done 0 0 0', 'before everybody, nobody');

-- who may, and what is no run
select is(t.run('{"month": "2026-02"}', l) #>> '{}', 'DM005', l || ' may not run charges')
  from unnest('{t_manager,t_realtor,t_dispatcher,t_executor,t_auditor,t_owner,t_support,t_moderator}'::text[]) l;
select is(t.did(t.run('{"month": "2026-02"}', l)), 'done 0 1 0', l || ' may')
  from unnest('{t_super,t_head,t_accountant}'::text[]) l;
select is(t.run(s) #>> '{}', 'DM007', s::text) from unnest(array['{"month": "2026-13"}', '{"month": "June"}',
  '{"kind": "tax"}',
  '{"dry_run": "perhaps"}', '{"month": "2062-06"}', '{"kind": "late_fee", "as_of": "2026-06-17"}',
    '{"amount": "1"}']::jsonb[]) s;
select is(t.count('t_auditor', 'api.charge_runs where not dry_run and created > 0') > 0, true,
  'an auditor sees the runs');
select is(t.count(l, 'api.charge_runs'), 0, l || ' does not')
  from unnest('{t_realtor,t_dispatcher,t_owner,t_executor}'::text[]) l;
select is(t.count('t_head_beta', 'api.charge_run_lines'), 0, 'nor does another company');

-- a line that takes over in mid-month: the parts add up
update domovoi.agreement_line set to_on = '2026-08-16' where agreement_id = :'a3';
insert into domovoi.agreement_line (company_id, agreement_id, unit_id, kind, amount, from_on, to_on)
  select 901, :'a3', a.unit_id, 'rent', v.* from domovoi.agreement a, (values (310001, date '2026-08-16',
    date '2026-09-11'),
    (341001, '2026-09-11', '2027-04-01')) v where a.id = :'a3';
select is((select sum(amount) from domovoi.month_bill(901, '2026-08-01', array[:'a3'::uuid])), 310001::numeric,
  'the same rent in two parts is the same rent');
select is((select sum(amount) from domovoi.month_bill(901, '2026-09-01', array[:'a3'::uuid])),
  round((310001 * 10 + 341001 * 20) / 30.0), 'another rent from the eleventh: one rounding of the whole');
select is(t.did(t.run('{"month": "2026-08"}')), 'done 3 0 0', 'both are charged');
select is((select count(*) from (select d from generate_series(date '2026-08-02', '2026-08-31', interval '1 day') d,
  generate_series(1, 40) a where domovoi.half_up(a * (d::date - date '2026-08-01'), 31)
    + (domovoi.half_up(a * 31, 31) - domovoi.half_up(a * (d::date - date '2026-08-01'), 31)) <> a) x), 0::bigint,
      'on any day');
-- one that changed after it was charged is told, and the others are charged all the same
update domovoi.agreement_line set to_on = '2026-09-01', amount = 310002 where agreement_id = :'a3'
  and from_on = '2026-08-16';
update domovoi.agreement_line set from_on = '2026-09-01' where agreement_id = :'a3' and from_on = '2026-09-11';
select is(t.did(t.run('{"month": "2026-08"}')), 'errors 0 1 2', 'a month that was charged otherwise');
select is((select count(*) from domovoi.charge_run_line where outcome = 'error' and code = 'DM011'
  and agreement_id = :'a3'), 2::bigint,
  'is listed with why');
select ok(domovoi.rebill(901, :'a3', '2026-08-20', false, 'line changed') > 0, 'reckoned anew');
select is(t.did(t.run('{"month": "2026-08"}')), 'done 0 3 0', 'it agrees');
select is((select sum(amount) from domovoi.charge where agreement_id = :'a3' and period_from >= '2026-08-01'
  and voided_on is null),
  round((310001 * 15 + 310002 * 16) / 31.0), 'to the yen');
select is(domovoi.rebill(901, :'a3', '2026-08-20', false, 'line changed'), 0, 'again: nothing');

-- voided as a favour stays a favour
select domovoi.void_charge(901, id, 'repairs') from domovoi.charge where agreement_id = :'a1'
  and period_from = '2026-05-01';
select is(t.did(t.run('{"month": "2026-05"}')), 'done 0 2 0', 'a rent that was forgiven is not charged again');
select is(domovoi.rebill(901, :'a1', '2026-05-01', true, 'x'), 0, 'nor reckoned again');

-- a closed period
select t.close('2026-06-30') \g /dev/null
select is(t.run('{"month": "2026-07"}') #>> '{}', 'DM012', 'nothing is charged into a closed period');
select is(t.run('{"month": "2026-07", "dry_run": "true"}') #>> '{}', 'DM012', 'and a dry run says so');
select t.close('2026-01-31') \g /dev/null
select is(t.did(t.run('{"month": "2026-07"}')), 'done 2 0 0', 'it is open again');

-- ---- late fees: 10 bp a day after five days, at most 2 % of the charge; a fixed fee in yen
insert into domovoi.late_fee_policy (company_id, name, kind, grace_days, amount, bp, cap_bp, from_kinds) values
  (901, 'daily', 'bp_per_day', 5, 0, 10, 200, '{rent,penalty}'), (901, 'once', 'fixed', 0, 500, 0, 10000, '{rent}');
create function t.fees(p uuid) returns text language sql as $$
  select coalesce(string_agg(c.as_of || ' ' || c.amount, ', ' order by c.no), 'none') from (select k.no,
    k.due_on as as_of,
    k.amount || case when k.voided_on is not null then ' void' else '' end as amount from domovoi.charge k
    where k.company_id = 901 and k.agreement_id = p and k.kind = 'penalty') c $$;
create function t.at(p_day date) returns void language sql as $$ select set_config('domovoi.now',
  p_day || 'T09:00:00+05', false) $$;
create function t.late(p_day date) returns text language sql as $$
  select t.at(p_day); select t.did(t.run('{"kind": "late_fee"}')) $$;
update domovoi.agreement set late_fee_id = null where company_id = 901;
select t.agreement('L4', '2026-05-01', '2027-05-01', 10000000, 1, 'KZT', '{"late_fee": "daily"}') as f1 \gset
select t.agreement('L5', '2026-05-01', '2027-05-01', 100000, 1, 'JPY', '{"late_fee": "once"}') as f2 \gset
select t.at('2026-05-01') \g /dev/null
select t.did(t.run('{"month": "2026-05"}')) \g /dev/null
select is(t.late('2026-05-02'), 'done 1 0 0', 'a day late: the fixed fee, while the other has grace');
select is(t.fees(:'f2'), '2026-05-02 500', 'once');
select is(t.late('2026-05-06'), 'done 0 0 0', 'the last day of grace costs nothing');
select is(t.late('2026-05-07'), 'done 1 0 0', 'the day after does');
select is(t.fees(:'f1'), '2026-05-07 10000', 'a day at 10 bp');
select is((select concat_ws(' ', kind, due_on, period_from, period_to, of_charge_id = (select id from domovoi.charge
  where agreement_id = :'f1'
  and kind = 'rent')) from domovoi.charge where agreement_id = :'f1' and kind = 'penalty'),
    'penalty 2026-05-07 2026-05-07 2026-05-08 t',
  'which says of which charge and which days');
select is(t.late('2026-05-07'), 'done 0 0 0', 'twice a day, nothing twice');
select is(t.late('2026-05-10'), 'done 1 0 0', 'three days later');
select is(t.fees(:'f1'), '2026-05-07 10000, 2026-05-10 30000', 'the difference');
select is(t.did(t.run('{"kind": "late_fee", "as_of": "2026-05-08"}')), 'done 0 0 0',
  'a day in between is levied already');
-- half is paid on the eleventh: FIFO, the rent first
select t.at('2026-05-11') \g /dev/null
select t.pay(:'f1', 5000000) \g /dev/null
select is(t.late('2026-05-12'), 'done 1 0 0', 'on what is open each day');
select is(t.fees(:'f1'), '2026-05-07 10000, 2026-05-10 30000, 2026-05-12 10000', 'two days of half');
select domovoi.void_charge(901, id, 'kindness') from domovoi.charge where agreement_id = :'f1' and kind = 'penalty'
  and due_on = '2026-05-10';
select is(t.late('2026-05-13'), 'done 1 0 0', 'a fee that was forgiven');
select is(t.fees(:'f1'), '2026-05-07 10000, 2026-05-10 30000 void, 2026-05-12 10000, 2026-05-13 5000',
  'does not come back');
select is(t.late('2026-06-16'), 'done 1 0 0', 'for a month');
select is((select sum(amount) from domovoi.charge where agreement_id = :'f1' and kind = 'penalty'), 200000::numeric,
  'no more than the cap');
select is(t.late('2026-06-16'), 'done 0 0 0', 'which holds');
select is((select count(*) from domovoi.charge p join domovoi.charge c on c.company_id = p.company_id
  and c.id = p.of_charge_id
  where c.kind = 'penalty'), 0::bigint, 'nothing grows on fees, though the policy says so');
-- the same amount however often it is asked for
select t.agreement('L6', '2026-05-01', '2027-05-01', 9999999, 1, 'KZT', '{"late_fee": "daily"}') as f3 \gset
select t.at('2026-05-01') \g /dev/null
select t.did(t.run('{"month": "2026-05"}')) \g /dev/null
select t.late(d::date) from generate_series(date '2026-05-07', '2026-05-23', interval '1 day') d \g /dev/null
select is((select sum(amount)::bigint from domovoi.charge where agreement_id = :'f3' and kind = 'penalty'),
  (select domovoi.late_fee(p, 9999999, 9999999 * 17::numeric) from domovoi.late_fee_policy p where name = 'daily'),
    'seventeen runs are one');
select t.pay(:'f2', 100500, '2026-05-20', 'JPY') \g /dev/null
select is(t.fees(:'f2'), '2026-05-02 500', 'a fixed fee stays one');
select domovoi.recut_charge(901, id, 'written anew') from domovoi.charge where agreement_id = :'f3' and kind = 'rent';
select is((select count(*) from domovoi.charge where agreement_id = :'f3' and kind = 'penalty' and voided_on is null),
  0::bigint,
  'fees go with the charge that they were for');
-- nobody is late before he was asked
select t.agreement('L4', '2027-05-01', '2027-07-01', 10000000, 1, 'KZT', '{"late_fee": "daily"}') as f4 \gset
select t.at('2027-05-20') \g /dev/null
select t.did(t.run('{"month": "2027-05"}')) \g /dev/null
select t.late('2027-05-25') \g /dev/null
select is(t.fees(:'f4'), 'none', 'a rent charged late has its grace from then');
select t.late('2027-05-26') \g /dev/null
select is(t.fees(:'f4'), '2027-05-26 10000', 'and no more');
select t.at('2026-06-16') \g /dev/null
select is(t.sound(), 'sound', 'the books agree');

-- ---- from signing to the end, by the doors that people use
create function t.do(p_login text, p_what text, p uuid, p_action text, p_args jsonb default '{}')
  returns text language sql as $$
  select coalesce(x ->> 'code', x ->> 'status') from t.mutate(p_login, jsonb_build_object('resource', p_what, 'kind',
    'action',
    'record', p, 'action', p_action, 'args', p_args, 'company', 901)) x $$;
create function t.lease(p_unit text, p_set jsonb, p_login text default 't_manager') returns uuid language plpgsql as $$
declare r jsonb := t.mutate(p_login, jsonb_build_object('resource', 'agreement', 'kind', 'create', 'set',
  jsonb_build_object('unit', p_unit,
  'party', '00000000-0000-7000-8000-000000000201') || p_set));
begin
  if r ->> 'record' is null then raise exception '%', r; end if;
  if t.do(p_login, 'agreement', (r ->> 'record')::uuid, 'sign') <> 'applied' then raise exception 'not signed'; end if;
  return (r ->> 'record')::uuid;
end $$;
create function t.dep(p uuid) returns text language sql as $$
  select concat_ws(' ', status, required, received, deducted, returned, held) from domovoi.deposit
    where company_id = 901 and agreement_id = p $$;
create function t.did_of(p uuid) returns uuid language sql as $$ select id from domovoi.deposit where company_id = 901
  and agreement_id = p $$;
create function t.owes(p uuid) returns bigint language sql as $$
  select domovoi.open_of(901, id) from domovoi.account where company_id = 901 and agreement_id = p
    and kind = 'receivable' $$;
-- what the ledger says of a kind of account of an agreement, debits positive
create function t.ledger(p uuid, p_kind text) returns bigint language sql as $$
  select coalesce(sum(e.amount), 0)::bigint from domovoi.ledger_entry e
    join domovoi.account a on a.company_id = e.company_id
    and a.id = e.account_id where a.company_id = 901 and a.agreement_id = p and a.kind = p_kind $$;

select t.lease('L7', '{"starts_on": "2026-06-20", "ends_on": "2027-06-20", "rent": "300", "deposit": "600", "due_day": 5}') as g \gset
select is(t.bill(:'g'), '2026-06-20 2026-07-01 11000 2026-06-20',
  'signing charges the first month, due when it begins');
select is(t.bill(:'g', 'deposit'), '60000 2026-06-20', 'and the deposit');
select is(t.dep(:'g'), 'required 60000 0 0 0 0', 'which is required');
select is(t.ledger(:'g', 'deposit'), -60000::bigint, 'it is no revenue');
select is(t.did(t.run('{"month": "2026-06"}')) ~ '^done', true, 'a run of that month');
select is(t.bill(:'g'), '2026-06-20 2026-07-01 11000 2026-06-20', 'does not charge it again');
select t.pay(:'g', 30000) \g /dev/null
select is(t.dep(:'g'), 'required 60000 30000 0 0 30000', 'the deposit was due first: a part of it');
select t.pay(:'g', 41000) as p2 \gset
select is(t.dep(:'g'), 'held 60000 60000 0 0 60000', 'and the rest');
select is((select string_agg(kind || ' ' || amount, ', ' order by no) from domovoi.deposit_move
  where deposit_id = t.did_of(:'g')),
  'received 30000, received 30000', 'move by move');
select is(t.do('t_head', 'payment', :'p2', 'reverse', '{"reason": "bounced"}'), 'applied', 'a payment that bounces');
select is(t.dep(:'g'), 'required 60000 30000 0 0 30000', 'takes its part of the deposit with it');
select t.pay(:'g', 41000) \g /dev/null
select is(t.owes(:'g'), 0::bigint, 'everything is paid');

-- what is not possible, and for whom
select is(t.do('t_head', 'deposit', t.did_of(:'g'), 'return'), 'DM011',
  'no deposit is returned while the agreement runs');
select is(t.do('t_head', 'deposit', t.did_of(:'g'), 'forfeit', '{"reason": "x"}'), 'DM011', 'nor kept');
select is(t.do('t_head', 'agreement', :'g', 'settle_deposit'), 'DM001', 'nor set off');
select is(t.do('t_head', 'deposit', t.did_of(:'g'), 'deduct', '{"amount": "10"}'), 'DM002', 'a deduction says why');
select is(t.do('t_head', 'deposit', t.did_of(:'g'), 'deduct', '{"reason": "x"}'), 'DM007', 'and how much');
select is(t.do('t_head', 'deposit', t.did_of(:'g'), 'deduct', '{"reason": "x", "amount": "600.01"}'), 'DM011',
  'not more than is held');
select is(t.do('t_head', 'deposit', t.did_of(:'g'), 'deduct', '{"reason": "x", "amount": "-1"}'), 'DM007',
  'nor less than nothing');
select is(t.do('t_head', 'deposit', t.did_of(:'g'), 'deduct', '{"reason": "x", "amount": "1.001"}'), 'DM007',
  'in the digits of the currency');
select is(t.do(l, 'deposit', t.did_of(:'g'), 'deduct', '{"reason": "x", "amount": "1"}') in ('DM005', 'DM006'), true,
  l || ' may not deduct')
  from unnest('{t_realtor,t_realtor2,t_dispatcher,t_executor,t_auditor,t_owner,t_support,t_moderator,t_head_beta}'::text[]) l;
select is((t.mutate('t_head', '{"resource": "deposit", "kind": "create", "set": {}}')) ->> 'code', 'DM007',
  'deposits are not made by hand');
select is(t.count('t_realtor', 'api.deposits'), 1, 'the agent sees that of his flat');
select is(t.count('t_realtor2', 'api.deposits'), 0, 'another one does not');
select is(t.count('t_dispatcher', 'api.deposits'), 1, 'a dispatcher those of his houses');
select is(t.count('t_head_beta', 'api.deposit_moves'), 0, 'another company none');
select throws_ok($$delete from domovoi.deposit_move$$, '55000', null, 'moves are only added to');
select throws_ok(format($$update domovoi.deposit set returned = 60001 where id = %L$$, t.did_of(:'g')), '23514', null,
  'what is held is never negative');

-- a deduction while it runs
select is(t.do('t_manager', 'deposit', t.did_of(:'g'), 'deduct', '{"reason": "broken door", "amount": "150"}'),
  'applied', 'a broken door');
select is(t.dep(:'g'), 'held 60000 60000 15000 0 45000', 'comes out of the deposit');
select is((select concat_ws(' ', kind, amount, allocated, note) from domovoi.charge where agreement_id = :'g'
  and kind = 'adjustment'),
  'adjustment 15000 15000 broken door', 'as a charge that it pays');
select is(t.ledger(:'g', 'deposit'), -45000::bigint, 'the ledger holds the rest');
select is(t.owes(:'g'), 0::bigint, 'and nothing is owed');
select id as dp from domovoi.payment where agreement_id = :'g' and method = 'deposit' \gset
select is(t.do('t_head', 'payment', :'dp', 'reverse', '{"reason": "it was the neighbour"}'), 'applied', 'taken back');
select is(t.dep(:'g'), 'held 60000 60000 0 0 60000', 'the deposit has it again');
select is((select string_agg(kind || ' ' || amount, ', ' order by no) from domovoi.deposit_move
  where deposit_id = t.did_of(:'g')
  and kind = 'deducted'), 'deducted 15000, deducted -15000', 'in the open');
select domovoi.void_charge(901, id, 'it was the neighbour') from domovoi.charge where agreement_id = :'g'
  and kind = 'adjustment' \g /dev/null
select is(t.sound(), 'sound', 'the books agree');

-- the end in mid-month: July is charged and paid, August too; it ends on 11 July
select t.did(t.run('{"month": "2026-07"}')), t.did(t.run('{"month": "2026-08"}')) \g /dev/null
select t.pay(:'g', 40000) \g /dev/null
select is(t.owes(:'g'), 20000::bigint, 'two months, one and a third paid');
select t.at('2026-07-10') \g /dev/null
select is(t.do('t_manager', 'agreement', :'g', 'terminate', '{"reason": "moves out", "on": "2026-07-11"}'), 'applied',
  'terminated');
select is(t.bill(:'g'), '2026-06-20 2026-07-01 11000 2026-06-20, 2026-07-01 2026-07-11 9677 2026-07-05',
  'ten days of July, no August');
select is(t.owes(:'g'), 9677::bigint - 40000, 'what was paid for the rest is an advance');
select is(t.dep(:'g'), 'held 60000 60000 0 0 60000', 'the deposit is held');
select is(domovoi.rebill(901, :'g', '2026-07-10', true, 'x'), 0, 'nothing is left to reckon');
select is(t.did(t.run('{"month": "2026-07", "dry_run": "1"}')), '', 'yes and no are said in words');
select is((select count(*) from domovoi.month_bill(901, '2026-08-01', array[:'g'::uuid])), 0::bigint,
  'August is not his');
select is(t.do('t_manager', 'agreement', :'g', 'settle_deposit'), 'applied', 'nothing to set off');
select is(t.dep(:'g'), 'held 60000 60000 0 0 60000', 'so nothing was');
select is(t.do('t_accountant', 'deposit', t.did_of(:'g'), 'return', '{"amount": "200", "method": "cash"}'), 'applied',
  'a part goes back');
select is(t.dep(:'g'), 'held 60000 60000 0 20000 40000', 'the rest is held');
select is(t.do('t_accountant', 'deposit', t.did_of(:'g'), 'return', '{"amount": "400.01"}'), 'DM011',
  'not more than that');
select is(t.do('t_accountant', 'deposit', t.did_of(:'g'), 'return', '{"method": "gold"}'), 'DM007',
  'by cash or transfer');
select is(t.do('t_accountant', 'deposit', t.did_of(:'g'), 'return'), 'applied', 'and the rest');
select is(t.dep(:'g'), 'returned 60000 60000 0 60000 0', 'it is returned');
select is(t.do('t_accountant', 'deposit', t.did_of(:'g'), 'return'), 'DM001', 'once');
select is(t.ledger(:'g', 'deposit'), 0::bigint, 'the ledger holds nothing');
select is(t.sound(), 'sound', 'the books agree');

-- debts: set off as far as it goes, the rest stays owed though he is gone (#246)
select t.at('2026-06-16') \g /dev/null
select t.lease('L8', '{"starts_on": "2026-06-01", "ends_on": "2027-06-01", "rent": "300", "deposit": "200"}') as h \gset
select t.pay(:'h', 50000) \g /dev/null
select is(t.dep(:'h'), 'held 20000 20000 0 0 20000', 'held');
select t.did(t.run('{"month": "2026-07"}')) \g /dev/null
select t.at('2026-07-31') \g /dev/null
select is(t.do('t_head', 'agreement', :'h', 'terminate', '{"reason": "does not pay", "on": "2026-08-01"}'), 'applied',
  'terminated at the month''s end');
select is(t.bill(:'h'), '2026-06-01 2026-07-01 30000 2026-06-01, 2026-07-01 2026-08-01 30000 2026-07-01',
  'two whole months');
select is(t.do(l, 'agreement', :'h', 'settle_deposit') in ('DM005', 'DM006'), true, l || ' may not set it off')
  from unnest('{t_realtor,t_dispatcher,t_executor,t_auditor,t_owner,t_support}'::text[]) l;
select is(t.do('t_manager', 'agreement', :'h', 'settle_deposit'), 'applied', 'set off');
select is(t.dep(:'h'), 'forfeited 20000 20000 20000 0 0', 'all of it');
select is(t.owes(:'h'), 10000::bigint, 'a third of July is still owed');
select is(t.do('t_manager', 'agreement', :'h', 'settle_deposit'), 'applied', 'again');
select is((select count(*) from domovoi.payment where agreement_id = :'h' and method = 'deposit'), 1::bigint,
  'nothing more');
select is(t.val('t_head', format('select status from api.charges where agreement = %L and period_from = %L', :'h',
  '2026-07-01')), 'overdue',
  'the arrears of who has left are arrears');
select t.pay(:'h', 10000) \g /dev/null
select is(t.owes(:'h'), 0::bigint, 'and can be paid');
select is(t.sound(), 'sound', 'the books agree');

-- kept whole; never paid; paid in part
select t.at('2026-06-16') \g /dev/null
select t.lease('L9', '{"starts_on": "2026-06-01", "ends_on": "2026-12-01", "rent": "300", "deposit": "200"}') as k1
  \gset
select t.lease('L10', '{"starts_on": "2026-06-01", "ends_on": "2026-12-01", "rent": "300", "deposit": "200"}') as k2
  \gset
select t.lease('L11', '{"starts_on": "2026-06-01", "ends_on": "2026-12-01", "rent": "300", "deposit": "200"}') as k3
  \gset
select t.pay(:'k1', 50000), t.pay(:'k3', 5000) \g /dev/null
select is(t.dep(:'k3'), 'required 20000 0 0 0 0', 'the rent was due first');
select t.pay(:'k3', 27000) \g /dev/null
select is(t.dep(:'k3'), 'required 20000 2000 0 0 2000', 'then a tenth of the deposit came in');
select is(t.do('t_head', 'deposit', t.did_of(:'k3'), 'deduct', '{"reason": "x", "amount": "1"}'), 'DM001',
  'of which nothing is deducted');
select t.do('t_head', 'agreement', k, 'terminate', '{"reason": "x", "on": "2026-06-16"}') from unnest(array[:'k1',
  :'k2', :'k3']::uuid[]) k \g /dev/null
select is(t.do('t_head', 'deposit', t.did_of(:'k1'), 'forfeit', '{"reason": "left the flat in ruins"}'), 'applied',
  'kept');
select is(t.dep(:'k1'), 'forfeited 20000 20000 20000 0 0', 'whole');
select is((select kind || ' ' || amount || ' ' || reason from domovoi.deposit_move
  where deposit_id = t.did_of(:'k1') order by no desc limit 1),
  'forfeited 20000 left the flat in ruins', 'with its reason');
select is(t.dep(:'k2'), 'void 0 0 0 0 0', 'a deposit that never came is asked no more');
select is(t.owes(:'k2'), 15000::bigint, 'the fortnight is');
select is(t.do('t_head', 'agreement', :'k3', 'settle_deposit'), 'applied', 'what came of one');
select is(t.dep(:'k3'), 'void 0 0 0 0 0', 'is no deposit');
select is(t.owes(:'k3'), 15000::bigint - 32000, 'but money');
select is(t.do('t_head', 'agreement', :'a1', 'terminate', '{"reason": "x", "on": "2026-06-16"}'), 'applied',
  'who has no deposit');
select is(t.do('t_head', 'agreement', :'a1', 'settle_deposit'), 'DM011', 'has none to set off');
select is(t.sound(), 'sound', 'the books agree');

-- before it began; run out; prolonged in mid-month
select t.lease('L12', '{"starts_on": "2026-07-01", "ends_on": "2026-08-16", "rent": "310"}') as m1 \gset
select t.lease('L13', '{"starts_on": "2026-07-01", "ends_on": "2026-08-16", "rent": "310"}') as m2 \gset
select is(t.do('t_head', 'agreement', :'m1', 'terminate', '{"reason": "x", "on": "2026-07-01"}'), 'applied',
  'ended on its first day');
select is(t.bill(:'m1'), null, 'nothing is owed');
select t.did(t.run('{"month": "2026-08"}')) \g /dev/null
select is(t.bill(:'m2'), '2026-07-01 2026-08-01 31000 2026-07-01, 2026-08-01 2026-08-16 15000 2026-08-01',
  'half of August');
select is(t.do('t_head', 'agreement', :'m2', 'extend', '{"until": "2026-09-01"}'), 'applied', 'prolonged');
select is(t.bill(:'m2'),
  '2026-07-01 2026-08-01 31000 2026-07-01, 2026-08-01 2026-08-16 15000 2026-08-01, 2026-08-01 2026-09-01 16000 2026-08-01',
  'the other half is charged, too');
select t.at('2026-09-01') \g /dev/null
select domovoi.expire_agreements(901) \g /dev/null
select is((select status from domovoi.agreement where id = :'m2'), 'expired', 'it ran out');
select is(t.owes(:'m2'), 62000::bigint, 'and owes what it owed');
select is(t.do('t_head', 'agreement', :'m2', 'renew', '{"until": "2026-09-16"}'), 'applied', 'renewed');
select t.did(t.run('{"month": "2026-09"}')) \g /dev/null
select is(t.owes(:'m2'), 77500::bigint, 'and half of September');
select t.at('2026-06-16') \g /dev/null

-- another amount from a day in a month that is charged
select t.lease('L14', '{"starts_on": "2026-06-01", "ends_on": "2027-06-01", "rent": "300"}') as n \gset
select is(t.do('t_head', 'agreement', :'n', 'change_line',
  '{"kind": "rent", "amount_minor": "33000", "from": "2026-06-16"}'), 'applied', 'a higher rent');
select is(t.bill(:'n'), '2026-06-01 2026-06-16 15000 2026-06-01, 2026-06-16 2026-07-01 16500 2026-06-01',
  'from the middle of the month');
select is(t.did(t.run('{"month": "2026-06"}')) ~ '^done 0', true, 'and a run agrees');
select is(t.do('t_head', 'agreement', :'n', 'change_line',
  '{"kind": "parking", "amount_minor": "3100", "from": "2026-07-31"}'), 'applied', 'a place to park');
select t.did(t.run('{"month": "2026-07"}')) \g /dev/null
select is(t.bill(:'n', 'parking'), '2026-07-31 2026-08-01 100 2026-07-01', 'for a day of July');

-- ---- indexation, once a year
select t.agreement('L15', '2025-07-15', '2028-07-15', 1000001, 1, 'KZT', '{"index_bp": 750, "index_month": 7}') as i1
  \gset
select t.agreement('L16', '2025-08-01', '2028-07-15', 1000000, 1, 'KZT', '{"index_bp": 750, "index_month": 7}') as i2
  \gset
select t.agreement('L17', '2025-01-01', '2028-07-15', 100001, 1, 'JPY', '{"index_bp": 500, "index_month": 7}') as i3
  \gset
select t.did(t.run('{"month": "2026-07"}')) \g /dev/null
select is(t.run('{"kind": "indexation", "month": "2026-07"}') #>> '{}', 'DM005', 'an accountant does not change rents');
select is(t.did(t.run('{"kind": "indexation", "month": "2026-07", "dry_run": "true"}', 't_head')), 'done 2 0 0',
  'who is due');
select is((select string_agg(amount || ' ' || currency, ', ' order by no) from domovoi.charge_run_line
  where run_id = (select id from domovoi.charge_run
  where kind = 'indexation' order by no desc limit 1)), '1075001 KZT, 105001 JPY', 'to what');
select is(t.did(t.run('{"kind": "indexation", "month": "2026-07"}', 't_head')), 'done 2 0 0', 'done');
select is(t.did(t.run('{"kind": "indexation", "month": "2026-07"}', 't_head')), 'done 0 2 0', 'once a year');
select is((select amount from domovoi.agreement_line where agreement_id = :'i1' and from_on = '2026-07-01'),
  1075001::bigint, 'half up, once');
select is(t.bill(:'i1'), '2026-07-01 2026-08-01 1075001 2026-07-01', 'July was charged already: reckoned anew');
select is((select count(*) from domovoi.agreement_line where agreement_id = :'i2'), 1::bigint, 'not in the first year');
select is(t.did(t.run('{"kind": "indexation", "month": "2027-06"}', 't_head')), 'done 0 0 0', 'in its month');
select is(t.did(t.run('{"kind": "indexation", "month": "2027-07"}', 't_head')), '', 'not more than a year ahead');
select t.do('t_head', 'agreement', :'i2', 'change_line',
  '{"kind": "rent", "amount_minor": "2000000", "from": "2027-01-01"}') \g /dev/null
select t.at('2026-08-01') \g /dev/null
select is(t.did(t.run('{"kind": "indexation", "month": "2027-07"}', 't_head')), 'done 3 0 0',
  'the second year grows on the first');
select is((select amount from domovoi.agreement_line where agreement_id = :'i1' and from_on = '2027-07-01'),
  1155626::bigint, 'half up');
select t.at('2026-06-16') \g /dev/null

-- one that cannot be charged keeps nobody else from it
create function t.bad() returns trigger language plpgsql as $$ begin
  perform domovoi.fail('DM011', 'The rules refuse this now.', null, 'on purpose'); end $$;
create trigger bad before insert on domovoi.charge for each row when (new.amount = 105001) execute function t.bad();
select is(split_part(t.did(t.run('{"month": "2026-11"}')), ' ', 1), 'errors', 'one cannot be charged');
select is((select concat_ws(' ', outcome, code, message, detail, amount) from domovoi.charge_run_line
  where agreement_id = :'i3' order by no desc limit 1),
  'error DM011 The rules refuse this now. on purpose 105001', 'with the reason');
select isnt(t.bill(:'i1'), null, 'the others are');
select is((select count(*) from domovoi.charge where period_from = '2026-11-01' and voided_on is null),
  (select created::bigint from domovoi.charge_run order by no desc limit 1), 'each once');
drop trigger bad on domovoi.charge;
select ok(t.did(t.run('{"month": "2026-11"}')) ~ '^done 1 \d+ 0$', 'and he when it is mended');
-- a closed day: nothing is signed, ended, deducted or returned on it
select t.lease('L18',
  '{"starts_on": "2026-06-01", "ends_on": "2026-12-01", "rent": "30000", "currency": "JPY", "deposit": "60001"}') as z
    \gset
select t.pay(:'z', 90001, null, 'JPY') \g /dev/null
select is(t.dep(:'z'), 'held 60001 60001 0 0 60001', 'yen have no digits');
select is(t.do('t_head', 'deposit', t.did_of(:'z'), 'deduct', '{"reason": "x", "amount": "1.5"}'), 'DM007',
  'nor has a deduction');
select t.close('2026-06-16') \g /dev/null
select is(t.do('t_head', 'agreement', :'z', 'terminate', '{"reason": "x"}'), 'DM012', 'an end with money in it waits');
select is((select status from domovoi.agreement where id = :'z'), 'active', 'whole');
select is(t.do('t_head', 'deposit', t.did_of(:'z'), 'deduct', '{"reason": "x", "amount": "1"}'), 'DM012',
  'a deduction, too');
select is(t.did(t.run('{"kind": "late_fee"}')), '', 'and late fees');
select t.close('2026-01-31') \g /dev/null
select is(t.do('t_head', 'agreement', :'z', 'terminate', '{"reason": "x"}'), 'applied', 'until it is opened');
select is(t.bill(:'z'), '2026-06-01 2026-06-16 15000 2026-06-01', 'half of June in yen');
select is(t.do('t_head', 'deposit', t.did_of(:'z'), 'return', '{"amount": "60001", "method": "cash"}'), 'applied',
  'all of it back');
select is(t.dep(:'z'), 'returned 60001 60001 0 60001 0', 'to the yen');

-- by the doors, and by those who have none
select is(t.err('t_head', format('select act.deposit_return(%L)', t.did_of(:'z'))), 'DM001',
  'a door refuses as the engine does');
select is(t.err('t_head', 'insert into domovoi.deposit_move (company_id) values (901)'), '42501',
  'nobody writes the tables');
select is(t.err('t_head', 'select domovoi.run_charges(null)'), '42501', 'or calls the rules');
select is((t.mutate('t_manager', jsonb_build_object('resource', 'payment', 'kind', 'create', 'set',
  jsonb_build_object('agreement', :'g',
  'method', 'deposit', 'amount', '1')))) ->> 'code', 'DM007', 'no payment out of a deposit is recorded by hand');
select is((select count(*) from domovoi.payment where agreement_id = :'g' and method = 'deposit' and status = 'recorded'),
  0::bigint, 'none waits');
-- written while the triggers were off
alter table domovoi.charge disable trigger held;
select t.lease('L19', '{"starts_on": "2026-06-01", "ends_on": "2026-12-01", "rent": "300", "deposit": "600"}') as y1
  \gset
select t.lease('L20', '{"starts_on": "2026-06-01", "ends_on": "2026-12-01", "rent": "300", "deposit": "600"}') as y2
  \gset
select t.pay(:'y1', 90000), t.pay(:'y2', 40000) \g /dev/null
alter table domovoi.charge enable trigger held;
alter table domovoi.deposit disable trigger rules;
select domovoi.fill_deposits(), domovoi.fill_deposits() \g /dev/null
alter table domovoi.deposit enable trigger rules;
select is(t.dep(:'y1'), 'held 60000 60000 0 0 60000', 'deposits are made up for');
select is(t.dep(:'y2'), 'required 60000 10000 0 0 10000', 'as far as they came in');
select is((select sum(amount) from domovoi.deposit_move m where m.deposit_id in (t.did_of(:'y1'), t.did_of(:'y2'))),
  70000::numeric, 'once');
select t.pay(:'y2', 50000) \g /dev/null
select is(t.dep(:'y2'), 'held 60000 60000 0 0 60000', 'and go on from there');
select is(t.sound(), 'sound', 'the books agree');
select * from finish();
