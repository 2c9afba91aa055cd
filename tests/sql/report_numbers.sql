-- Reports against numbers worked out by hand: the acceptance numbers 3 and 14 of the domain, money in two currencies,
-- rooms and beds, nothing at all, rounding, what is refused.
\ir fixtures/start.sql
\ir fixtures/report.sql
select plan(55);

-- 3: a stay over New Year, a unit in stock all January with two nights out of order
select t.unit('N3', '[2026-01-01,2026-02-01)') \g /dev/null
select t.stay('N3', '2025-12-30', '2026-01-04', 1000000) \g /dev/null
insert into domovoi.block (company_id, unit_id, check_in, check_out, reason)
  select 901, id, '2026-01-10', '2026-01-12', 'repair' from domovoi.unit where company_id = 901 and code = 'N3';
create table t.r as select * from jsonb_to_recordset(t.rows('t_head',
  $$select * from report.occupancy("from" => '2025-12-01', "to" => '2026-02-01', "group" => 'month', unit => 'N3')$$))
  as x(key text, stock_nights int, blocked_nights int, available_nights int, sold_nights int, occupancy_bp int, revenue_minor bigint, adr_minor bigint, revpar_minor bigint, currency text);
select results_eq('select key, stock_nights, blocked_nights, available_nights, sold_nights, occupancy_bp, revenue_minor from t.r order by key',
  $$values ('2025-12', 0, 0, 2, 2, 10000, 2000000::bigint), ('2026-01', 31, 2, 29, 3, 1034, 3000000)$$, 'December 2, January 3 of 29: 10.3 %');
select is((select revpar_minor from t.r where key = '2026-01'), 103448::bigint, 'RevPAR is revenue over available nights, half up');
select is((select adr_minor from t.r where key = '2026-01'), 1000000::bigint, 'ADR is revenue over sold nights');
select is(t.rows('t_head', $$select sold_nights s, available_nights a from report.occupancy("from" => '2025-12-01', "to" => '2026-02-01', unit => 'N3')$$),
  '[{"a": 31, "s": 5}]', 'the whole is the sum of the months');
select is(t.rows('t_head', $$select cell, occupancy_bp from report.heatmap("from" => '2025-12-29', "to" => '2026-01-05', unit => 'N3')$$),
  '[{"cell": "2025-12-30", "occupancy_bp": 10000}, {"cell": "2025-12-31", "occupancy_bp": 10000}, {"cell": "2026-01-01", "occupancy_bp": 10000}, {"cell": "2026-01-02", "occupancy_bp": 10000}, {"cell": "2026-01-03", "occupancy_bp": 10000}, {"cell": "2026-01-04", "occupancy_bp": 0}]',
  'its days');
select is(t.rows('t_head', $$select occupancy_bp, available_nights from report.heatmap("from" => '2026-01-09', "to" => '2026-01-12', unit => 'N3')$$),
  '[{"occupancy_bp": 0, "available_nights": 1}, {"occupancy_bp": null, "available_nights": 0}, {"occupancy_bp": null, "available_nights": 0}]',
  'a blocked night is not 0 %, it is nothing');
select is(t.rows('t_head', $$select cell, cell_end, sold_nights from report.heatmap("from" => '2026-01-01', "to" => '2026-01-08', unit => 'N3', cell => 'week')$$),
  '[{"cell": "2026-01-01", "cell_end": "2026-01-05", "sold_nights": 3}, {"cell": "2026-01-05", "cell_end": "2026-01-08", "sold_nights": 0}]', 'weeks cut to the period');
select is(t.rows('t_head', $$select "row", sold_nights from report.heatmap("from" => '2026-01-01', "to" => '2026-01-08', unit => 'N3', rows => 'weekday', cell => 'month') where sold_nights > 0$$),
  '[{"row": "4", "sold_nights": 1}, {"row": "5", "sold_nights": 1}, {"row": "6", "sold_nights": 1}]', 'Thursday to Saturday');
-- holds, no-shows and cancellations sell nothing
select t.stay('N3', '2026-01-20', '2026-01-22', 1000000, p_status => s) from unnest(array['no_show', 'cancelled', 'expired', 'hold']) s \g /dev/null
select is(t.rows('t_head', $$select sold_nights s from report.occupancy("from" => '2026-01-01', "to" => '2026-02-01', unit => 'N3')$$), '[{"s": 3}]', 'nor do holds and no-shows');

-- 14: 245 made, 12 cancelled; what was made by mistake and taken back at once is none of them
select t.unit('N14', '[2024-01-01,)') \g /dev/null
select t.stay('N14', '2025-04-10', '2025-04-11', 0, p_status => 'no_show', p_booked => '2025-03-01'::date + i % 31) from generate_series(1, 233) i \g /dev/null
select t.stay('N14', '2025-04-10', '2025-04-11', 0, p_status => 'expired', p_booked => '2025-03-05') from generate_series(1, 9) i \g /dev/null
select t.stay('N14', '2025-04-10', '2025-04-11', 0, p_status => 'cancelled', p_booked => '2025-03-10', p_reason => reason, p_by => by)
  from (values ('guest', 'plans_changed', 3), ('guest', 'found_cheaper', 2), ('guest', 'terms', 2), ('guest', 'other', 1),
               ('company', 'technical', 4)) v (by, reason, n), generate_series(1, n) \g /dev/null
select t.stay('N14', '2025-04-10', '2025-04-11', 0, p_status => 'cancelled', p_booked => '2025-03-10', p_reason => 'undone', p_by => 'company')
  from generate_series(1, 7) i \g /dev/null
select is(t.rows('t_head', $$select total, cancelled, share_bp from report.cancellations("from" => '2025-03-01', "to" => '2025-04-01')$$),
  '[{"total": 245, "share_bp": 490, "cancelled": 12}]', '12 of 245 is 4.9 %');
select is(t.rows('t_head', $$select key, cancelled, share_bp from report.cancellations("from" => '2025-03-01', "to" => '2025-04-01', "group" => 'initiator')$$),
  '[{"key": "guest", "share_bp": 6667, "cancelled": 8}, {"key": "company", "share_bp": 3333, "cancelled": 4}]', 'guests 66.7 %, the company 33.3 %');
select is(t.rows('t_head', $$select key, share_bp from report.cancellations("from" => '2025-03-01', "to" => '2025-04-01', "group" => 'reason') where initiator = 'guest'$$),
  '[{"key": "plans_changed", "share_bp": 3750}, {"key": "found_cheaper", "share_bp": 2500}, {"key": "terms", "share_bp": 2500}, {"key": "other", "share_bp": 1250}]',
  'reasons of guests 37.5, 25, 25, 12.5 %');
select is(t.rows('t_head', $$select name from report.cancellations("from" => '2025-03-01', "to" => '2025-04-01', "group" => 'reason') where key = 'technical'$$),
  '[{"name": "Technical problems"}]', 'a reason has its name');
select is(t.rows('t_head', $$select total, cancelled from report.cancellations("from" => '2025-04-10', "to" => '2025-04-11', cohort => 'check_in')$$),
  '[{"total": 245, "cancelled": 12}]', 'the cohort by check-in');
select is(t.rows('t_head', $$select total, cancelled from report.cancellations("from" => '2025-04-10', "to" => '2025-04-11', cohort => 'event')$$),
  '[{"total": 245, "cancelled": 12}]', 'the cohort by event');
select is((select array_agg(t.opens('t_head', 'reservations', x ->> 'filter') = (x ->> 'cancelled')::int) from jsonb_array_elements(
  t.rows('t_head', $$select * from report.cancellations("from" => '2025-03-01', "to" => '2025-04-01', "group" => 'reason')$$)) x),
  array[true, true, true, true, true], 'each number opens its rows');
select is(t.opens('t_head', 'reservations', t.rows('t_head', $$select filter from report.cancellations("from" => '2025-03-01', "to" => '2025-04-01')$$) #>> '{0,filter}'),
  12::bigint, 'and so does their sum');

-- two currencies: the stock of a unit lies where most of it was sold; the lesser currency takes its own nights off
select t.unit('C1', '[2026-03-01,2026-03-11)'), t.unit('C2', '[2026-03-01,2026-03-11)') \g /dev/null
select t.stay('C1', '2026-03-01', '2026-03-06', 1000000), t.stay('C1', '2026-03-06', '2026-03-08', 9000, 'EUR') \g /dev/null
select is(t.rows('t_head', $$select currency c, stock_nights s, available_nights a, sold_nights n, occupancy_bp o, revenue_minor r
    from report.occupancy("from" => '2026-03-01', "to" => '2026-03-11', unit => 'C1,C2')$$),
  '[{"a": 18, "c": "KZT", "n": 5, "o": 2778, "r": 5000000, "s": 18}, {"a": 2, "c": "EUR", "n": 2, "o": 10000, "r": 18000, "s": 2}]', 'a row a currency, and they add up');
select is(t.rows('t_head', $$select currency, amount_minor from report.revenue("from" => '2026-03-01', "to" => '2026-03-11', "group" => 'day', unit => 'C1') where key = '2026-03-06'$$),
  '[{"currency": "EUR", "amount_minor": 9000}, {"currency": "KZT", "amount_minor": 0}]', 'each day in each currency');
select is(t.rows('t_head', $$select rank, name, value, share_bp, currency from report.top("of" => 'unit', "by" => 'revenue', "from" => '2026-03-01', "to" => '2026-03-11', unit => 'C1')$$),
  '[{"name": "Unit C1", "rank": 1, "value": 5000000, "currency": "KZT", "share_bp": 10000}, {"name": "others", "rank": null, "value": 0, "currency": "KZT", "share_bp": 0}, {"name": "Unit C1", "rank": 1, "value": 18000, "currency": "EUR", "share_bp": 10000}, {"name": "others", "rank": null, "value": 0, "currency": "EUR", "share_bp": 0}]',
  'money is ranked apart in each currency, each with its others');
select is(t.rows('t_head', $$select rank, value, currency from report.top("of" => 'unit', "by" => 'nights', "from" => '2026-03-01', "to" => '2026-03-11', unit => 'C1')$$),
  '[{"rank": 1, "value": 7, "currency": null}, {"rank": null, "value": 0, "currency": null}]', 'nights are nights in any currency');

-- rooms and beds: the room is its beds
select t.stay('H-1', '2026-04-01', '2026-04-03', 100000), t.stay('H-1a', '2026-04-05', '2026-04-08', 5000) \g /dev/null
create table t.beds as select * from jsonb_to_recordset(t.rows('t_head', $$select * from report.occupancy("from" => '2026-04-01', "to" => '2026-04-11', "group" => 'unit', unit => 'H-1')$$))
  as x(key uuid, name text, stock_nights int, available_nights int, sold_nights int, revenue_minor bigint, filter text);
select results_eq('select name, stock_nights, available_nights, sold_nights, revenue_minor from t.beds order by name',
  $$values ('Bed a', 10, 10, 5, 81668::bigint), ('Bed b', 10, 10, 2, 66666), ('Bed c', 10, 10, 2, 66666)$$, 'a room''s nights and money are those of its beds');
select is(t.rows('t_head', $$select stock_nights s, sold_nights n, revenue_minor r from report.occupancy("from" => '2026-04-01', "to" => '2026-04-11', unit => 'H-1')$$),
  '[{"n": 9, "r": 215000, "s": 30}]', 'and the room''s stock is not counted beside theirs');
select is((select t.opens('t_head', 'reservations', filter) from t.beds where name = 'Bed a'), 2::bigint, 'a bed opens its own stays and its room''s');
select is((select t.opens('t_head', 'reservations', filter) from t.beds where name = 'Bed b'), 1::bigint, 'another bed only the room''s');
select is(t.rows('t_head', $$select name, value from report.top("of" => 'unit', "by" => 'stays', "from" => '2026-04-01', "to" => '2026-04-11', unit => 'H')$$),
  '[{"name": "Room of three beds", "value": 1}, {"name": "Bed a", "value": 1}, {"name": "others", "value": 0}]', 'stays are counted once, on what was booked; ties by money');
select is(t.rows('t_head', $$select count(*) n from report.heatmap("from" => '2026-04-01', "to" => '2026-04-02', unit => 'H') where sold_nights = 1$$), '[{"n": 3}]', 'on the heat map the beds of a sold room are taken');

-- nothing: one row of zeros in the company's currency
select is(t.rows('t_head', $$select * from report.occupancy("from" => '2019-01-01', "to" => '2019-02-01', unit => 'N3')$$),
  jsonb_build_array(jsonb_build_object('key', null, 'name', null, 'stock_nights', 0, 'blocked_nights', 0, 'available_nights', 0, 'sold_nights', 0, 'occupancy_bp', 0,
    'revenue_minor', 0, 'adr_minor', 0, 'revpar_minor', 0, 'currency', 'KZT', 'filter', format('unit=%s check_in<2019-02-01 check_out>2019-01-01 status=confirmed,checked_in,completed',
    (select id from domovoi.unit where company_id = 901 and code = 'N3')))), 'occupancy of nothing');
select is(t.rows('t_head', format($$select key, currency, sold_nights from report.occupancy("from" => '2019-01-01', "to" => '2019-02-01', "group" => %L, unit => 'N3')$$, g)),
  '[{"key": null, "currency": "KZT", "sold_nights": 0}]', 'nor by ' || g) from unnest(array['month', 'unit', 'class', 'building', 'agent']) g;
select is(t.rows('t_head', $$select key, name, amount_minor, currency from report.revenue("from" => '2019-01-01', "to" => '2019-02-01', unit => 'N3')$$),
  '[{"key": null, "name": null, "currency": "KZT", "amount_minor": 0}]', 'revenue of nothing');
select is(t.rows('t_head', $$select rank, key, name, value, stays, share_bp, currency from report.top("of" => 'client', "by" => 'spend', "from" => '2019-01-01', "to" => '2019-02-01')$$),
  '[{"key": null, "name": "others", "rank": null, "stays": 0, "value": 0, "currency": "KZT", "share_bp": 0}]', 'the first of nothing');
select is(t.rows('t_head', $$select total, cancelled, share_bp from report.cancellations("from" => '2019-01-01', "to" => '2019-02-01')$$),
  '[{"total": 0, "share_bp": 0, "cancelled": 0}]', 'cancellations of nothing');
select is(t.rows('t_head', $$select * from report.heatmap("from" => '2019-01-01', "to" => '2019-02-01', unit => 'N3')$$), '[]', 'a heat map of nothing has no cells');

-- shares by largest remainder
select t.unit('S' || i, '[2026-05-01,2026-05-08)') from generate_series(1, 7) i \g /dev/null
select t.stay('S' || i, '2026-05-01', '2026-05-02', 100) from generate_series(1, 7) i \g /dev/null
select is((select array_agg((x ->> 'share_bp')::int) from jsonb_array_elements(t.rows('t_head', $$select * from report.top("of" => 'unit', "by" => 'revenue', "from" => '2026-05-01', "to" => '2026-05-08', unit => 'S1,S2,S3,S4,S5,S6,S7')$$)) x),
  array[1429, 1429, 1429, 1428, 1428, 2857], 'sevenths add up to 10000');
select is((select array_agg(x ->> 'name') from jsonb_array_elements(t.rows('t_head', $$select * from report.top("from" => '2026-05-01', "to" => '2026-05-08', "limit" => 2, unit => 'S2,S1,S3')$$)) x),
  '{Unit S1,Unit S2,others}', 'equals stand by code; units by revenue is the default');

-- what is refused
select is(t.err('t_head', $$select * from report.occupancy("from" => '2026-02-01', "to" => '2026-02-01')$$), 'DM007', 'an empty period');
select is(t.err('t_head', $$select * from report.occupancy("from" => null, "to" => '2026-02-01')$$), 'DM007', 'no beginning');
select is(t.err('t_head', $$select * from report.occupancy("from" => '2026-01-01', "to" => '2026-02-01', "group" => 'colour')$$), 'DM007', 'an unknown group');
select is(t.err('t_head', $$select * from report.revenue("from" => '2026-01-01', "to" => '2026-02-01', basis => 'dreams')$$), 'DM007', 'a basis that is not known');
select is(t.err('t_head', $$select * from report.revenue("from" => '2026-01-01', "to" => '2026-02-01', "group" => 'method')$$), 'DM007', 'a group without records');
select is(t.err('t_head', $$select * from report.top("of" => 'executor', "from" => '2026-01-01', "to" => '2026-02-01')$$), 'DM007', 'executors are not kept yet');
select is(t.err('t_head', $$select * from report.top("limit" => 0, "from" => '2026-01-01', "to" => '2026-02-01')$$), 'DM007', 'no rows');
select is(t.err('t_head', $$select * from report.heatmap("from" => '2026-01-01', "to" => '2026-02-01', cell => 'hour')$$), 'DM007', 'an unknown cell');
select is(t.err('t_head', $$select * from report.cancellations("from" => '2026-01-01', "to" => '2026-02-01', cohort => 'moon')$$), 'DM007', 'an unknown cohort');
select is(t.err('t_head', $$select * from report.occupancy("from" => '2026-01-01', "to" => '2026-02-01', unit => 'X1')$$), 'DM006', 'another company''s unit');
select is(t.err('t_head', $$select * from report.occupancy("from" => '2026-01-01', "to" => '2026-02-01', agent => 'nobody')$$), 'DM006', 'an unknown agent');
select is(t.err('t_head', $$select * from report.occupancy("from" => '2026-01-01', "to" => '2026-02-01', company => 902)$$), 'DM006', 'another company');
select is(t.err(l, $$select * from report.occupancy("from" => '2026-01-01', "to" => '2026-02-01')$$), e, l || ' ' || e)
  from (values ('t_stranger', 'DM009'), ('t_support', 'DM005'), ('t_moderator', 'DM005'), ('t_auditor', 'ok')) v (l, e);
select * from finish();
