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
select * from finish();
