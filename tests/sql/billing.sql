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
select is(domovoi.late_fee(pg_temp.policy('bp_per_day', 0, 10, 50), 100000, 100000 * 7), 500::bigint, 'at most the cap');
select is(domovoi.late_fee(pg_temp.policy('bp_per_day', 0, 10, 10000), 100000, 0), 0::bigint, 'nothing open, no fee');
select is(domovoi.late_fee(pg_temp.policy('bp_per_day', 0, 10, 10000), 100000, -5), 0::bigint, 'never negative');
select is(domovoi.late_fee(pg_temp.policy('bp_per_day', 0, 1, 10000), 5000, 5000), 1::bigint, 'half up');
select is(domovoi.late_fee(pg_temp.policy('bp_per_day', 0, 1, 10000), 4999, 4999), 0::bigint, 'once');
select is(domovoi.late_fee(pg_temp.policy('fixed', 1500, 0, 10000), 100000, 100000 * 9), 1500::bigint, 'a fixed fee is paid once');
select is(domovoi.late_fee(pg_temp.policy('fixed', 1500, 0, 100), 100000, 100000 * 9), 1000::bigint, 'under the same cap');
select is(domovoi.late_fee(pg_temp.policy('fixed', 1500, 0, 0), 100000, 100000), 0::bigint, 'no cap, no fee');

select is(report.age(due, '2026-04-15'), says, 'due ' || due) from (values (date '2026-04-20', 'not_due'),
  ('2026-04-15', 'not_due'), ('2026-04-14', 'd1_30'), ('2026-04-01', 'd1_30'), ('2026-03-16', 'd1_30'), ('2026-03-15', 'd31_60'),
  ('2026-03-10', 'd31_60'), ('2026-02-14', 'd31_60'), ('2026-02-13', 'd61_90'), ('2026-02-10', 'd61_90'),
  ('2026-01-15', 'd61_90'), ('2026-01-14', 'd90_plus'), ('2026-01-10', 'd90_plus')) v (due, says);

-- ---- a company's agreements ---------------------------------------------------------------------------------------

insert into domovoi.unit (company_id, id, code, title, kind, agent_id, building_id, lock_id)
  select 901, g, 'L' || n, 'Let ' || n, 'apartment', t.id('t_realtor'), '00000000-0000-7000-8000-0000000000b1', g
    from (select n, gen_random_uuid() as g from generate_series(1, 20) n) x;
create function t.agreement(p_unit text, p_from date, p_to date, p_rent bigint, p_due int default 1, p_currency text default 'KZT',
    p_set jsonb default '{}') returns uuid language plpgsql as $$
declare g uuid := gen_random_uuid(); was text := current_setting('domovoi.now');
begin
  insert into domovoi.agreement (company_id, id, no, unit_id, party_id, starts_on, ends_on, rent, currency, due_day, deposit,
      index_bp, index_month, late_fee_id)
    select 901, g, null, u.id, '00000000-0000-7000-8000-000000000201', p_from, p_to, p_rent, p_currency, p_due,
      coalesce((p_set ->> 'deposit')::bigint, 0), coalesce((p_set ->> 'index_bp')::int, 0), (p_set ->> 'index_month')::int,
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
  select coalesce(x -> 'row', to_jsonb(x ->> 'code')) from t.mutate(p_login, jsonb_build_object('resource', 'charge_run', 'kind', 'create',
    'company', 901, 'set', p_set)) x $$;
create function t.did(r jsonb) returns text language sql as $$
  select concat_ws(' ', r ->> 'status', r ->> 'created', r ->> 'skipped', r ->> 'failed') $$;
-- What an agreement was charged, as text.
create function t.bill(p uuid, p_kind text default 'rent') returns text language sql as $$
  select string_agg(concat_ws(' ', period_from, period_to, amount, due_on), ', ' order by period_from, no)
    from domovoi.charge where company_id = 901 and agreement_id = p and kind = p_kind and voided_on is null $$;
create function t.pay(p uuid, p_amount bigint, p_day date default null, p_currency text default 'KZT') returns uuid language plpgsql as $$
declare p_ domovoi.payment;
begin
  p_.company_id := 901; p_.agreement_id := p; p_.amount := p_amount; p_.currency := p_currency; p_.method := 'cash'; p_.booked_on := p_day;
  return domovoi.record_payment(p_, true);
end $$;
create function t.close(p_upto date) returns void language sql as $$ insert into domovoi.period_lock (company_id, no, upto, at)
  values (901, domovoi.next_no(901, 'period_lock'), p_upto, domovoi.now()) $$;
-- A17 and I9 hold, whatever was done.
create function t.sound() returns text language sql as $$
  select coalesce(string_agg(x, '; '), 'sound') from (
    select 'sum ' || currency as x from domovoi.ledger_entry group by company_id, currency having sum(amount) <> 0
    union all
    select 'account ' || a.no from domovoi.account a where a.kind = 'receivable' and domovoi.open_of(a.company_id, a.id) <>
      (select coalesce(sum(e.amount), 0) from domovoi.ledger_entry e where e.company_id = a.company_id and e.account_id = a.id)) y $$;

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
select is((select due_on from domovoi.charge where agreement_id = :'a1' and period_from = '2026-04-01'), date '2026-04-30',
  'the 31st of April is the 30th');
select is(t.did(t.run('{"month": "2026-05"}')), 'done 2 0 0', 'who has left is not charged');
select is((t.run('{}')) ->> 'month', '2026-06', 'the month is this one unless told');
select is(t.did(t.run('{"month": "2025-12"}')), 'done 0 0 0', 'before everybody, nobody');

-- who may, and what is no run
select is(t.run('{"month": "2026-02"}', l) #>> '{}', 'DM005', l || ' may not run charges')
  from unnest('{t_manager,t_realtor,t_dispatcher,t_executor,t_auditor,t_owner,t_support,t_moderator}'::text[]) l;
select is(t.did(t.run('{"month": "2026-02"}', l)), 'done 0 1 0', l || ' may') from unnest('{t_super,t_head,t_accountant}'::text[]) l;
select is(t.run(s) #>> '{}', 'DM007', s::text) from unnest(array['{"month": "2026-13"}', '{"month": "June"}', '{"kind": "tax"}',
  '{"dry_run": "perhaps"}', '{"month": "2062-06"}', '{"kind": "late_fee", "as_of": "2026-06-17"}', '{"amount": "1"}']::jsonb[]) s;
select is(t.count('t_auditor', 'api.charge_runs where not dry_run and created > 0') > 0, true, 'an auditor sees the runs');
select is(t.count(l, 'api.charge_runs'), 0, l || ' does not') from unnest('{t_realtor,t_dispatcher,t_owner,t_executor}'::text[]) l;
select is(t.count('t_head_beta', 'api.charge_run_lines'), 0, 'nor does another company');

-- a line that takes over in mid-month: the parts add up
update domovoi.agreement_line set to_on = '2026-08-16' where agreement_id = :'a3';
insert into domovoi.agreement_line (company_id, agreement_id, unit_id, kind, amount, from_on, to_on)
  select 901, :'a3', a.unit_id, 'rent', v.* from domovoi.agreement a, (values (310001, date '2026-08-16', date '2026-09-11'),
    (341001, '2026-09-11', '2027-04-01')) v where a.id = :'a3';
select is((select sum(amount) from domovoi.month_bill(901, '2026-08-01', array[:'a3'::uuid])), 310001::numeric,
  'the same rent in two parts is the same rent');
select is((select sum(amount) from domovoi.month_bill(901, '2026-09-01', array[:'a3'::uuid])),
  round((310001 * 10 + 341001 * 20) / 30.0), 'another rent from the eleventh: one rounding of the whole');
select is(t.did(t.run('{"month": "2026-08"}')), 'done 3 0 0', 'both are charged');
select is((select count(*) from (select d from generate_series(date '2026-08-02', '2026-08-31', interval '1 day') d,
  generate_series(1, 40) a where domovoi.half_up(a * (d::date - date '2026-08-01'), 31)
    + (domovoi.half_up(a * 31, 31) - domovoi.half_up(a * (d::date - date '2026-08-01'), 31)) <> a) x), 0::bigint, 'on any day');
-- one that changed after it was charged is told, and the others are charged all the same
update domovoi.agreement_line set to_on = '2026-09-01', amount = 310002 where agreement_id = :'a3' and from_on = '2026-08-16';
update domovoi.agreement_line set from_on = '2026-09-01' where agreement_id = :'a3' and from_on = '2026-09-11';
select is(t.did(t.run('{"month": "2026-08"}')), 'errors 0 1 2', 'a month that was charged otherwise');
select is((select count(*) from domovoi.charge_run_line where outcome = 'error' and code = 'DM011' and agreement_id = :'a3'), 2::bigint,
  'is listed with why');
select ok(domovoi.rebill(901, :'a3', '2026-08-20', false, 'line changed') > 0, 'reckoned anew');
select is(t.did(t.run('{"month": "2026-08"}')), 'done 0 3 0', 'it agrees');
select is((select sum(amount) from domovoi.charge where agreement_id = :'a3' and period_from >= '2026-08-01' and voided_on is null),
  round((310001 * 15 + 310002 * 16) / 31.0), 'to the yen');
select is(domovoi.rebill(901, :'a3', '2026-08-20', false, 'line changed'), 0, 'again: nothing');

-- voided as a favour stays a favour
select domovoi.void_charge(901, id, 'repairs') from domovoi.charge where agreement_id = :'a1' and period_from = '2026-05-01';
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
  select coalesce(string_agg(c.as_of || ' ' || c.amount, ', ' order by c.no), 'none') from (select k.no, k.due_on as as_of,
    k.amount || case when k.voided_on is not null then ' void' else '' end as amount from domovoi.charge k
    where k.company_id = 901 and k.agreement_id = p and k.kind = 'penalty') c $$;
create function t.at(p_day date) returns void language sql as $$ select set_config('domovoi.now', p_day || 'T09:00:00+05', false) $$;
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
select is((select concat_ws(' ', kind, due_on, period_from, period_to, of_charge_id = (select id from domovoi.charge where agreement_id = :'f1'
  and kind = 'rent')) from domovoi.charge where agreement_id = :'f1' and kind = 'penalty'), 'penalty 2026-05-07 2026-05-07 2026-05-08 t',
  'which says of which charge and which days');
select is(t.late('2026-05-07'), 'done 0 0 0', 'twice a day, nothing twice');
select is(t.late('2026-05-10'), 'done 1 0 0', 'three days later');
select is(t.fees(:'f1'), '2026-05-07 10000, 2026-05-10 30000', 'the difference');
select is(t.did(t.run('{"kind": "late_fee", "as_of": "2026-05-08"}')), 'done 0 0 0', 'a day in between is levied already');
-- half is paid on the eleventh: FIFO, the rent first
select t.at('2026-05-11') \g /dev/null
select t.pay(:'f1', 5000000) \g /dev/null
select is(t.late('2026-05-12'), 'done 1 0 0', 'on what is open each day');
select is(t.fees(:'f1'), '2026-05-07 10000, 2026-05-10 30000, 2026-05-12 10000', 'two days of half');
select domovoi.void_charge(901, id, 'kindness') from domovoi.charge where agreement_id = :'f1' and kind = 'penalty' and due_on = '2026-05-10';
select is(t.late('2026-05-13'), 'done 1 0 0', 'a fee that was forgiven');
select is(t.fees(:'f1'), '2026-05-07 10000, 2026-05-10 30000 void, 2026-05-12 10000, 2026-05-13 5000', 'does not come back');
select is(t.late('2026-06-16'), 'done 1 0 0', 'for a month');
select is((select sum(amount) from domovoi.charge where agreement_id = :'f1' and kind = 'penalty'), 200000::numeric, 'no more than the cap');
select is(t.late('2026-06-16'), 'done 0 0 0', 'which holds');
select is((select count(*) from domovoi.charge p join domovoi.charge c on c.company_id = p.company_id and c.id = p.of_charge_id
  where c.kind = 'penalty'), 0::bigint, 'nothing grows on fees, though the policy says so');
-- the same amount however often it is asked for
select t.agreement('L6', '2026-05-01', '2027-05-01', 9999999, 1, 'KZT', '{"late_fee": "daily"}') as f3 \gset
select t.at('2026-05-01') \g /dev/null
select t.did(t.run('{"month": "2026-05"}')) \g /dev/null
select t.late(d::date) from generate_series(date '2026-05-07', '2026-05-23', interval '1 day') d \g /dev/null
select is((select sum(amount)::bigint from domovoi.charge where agreement_id = :'f3' and kind = 'penalty'),
  (select domovoi.late_fee(p, 9999999, 9999999 * 17::numeric) from domovoi.late_fee_policy p where name = 'daily'), 'seventeen runs are one');
select t.pay(:'f2', 100500, '2026-05-20', 'JPY') \g /dev/null
select is(t.fees(:'f2'), '2026-05-02 500', 'a fixed fee stays one');
select domovoi.recut_charge(901, id, 'written anew') from domovoi.charge where agreement_id = :'f3' and kind = 'rent';
select is((select count(*) from domovoi.charge where agreement_id = :'f3' and kind = 'penalty' and voided_on is null), 0::bigint,
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
select * from finish();
