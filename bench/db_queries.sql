-- The questions that screens ask the most, with their plans, as the login that runs this: its role and policies, one
-- company. Run by bench/run; on its own: psql "$(domovoi demo --print-dsn)" -f bench/db_queries.sql
\set QUIET 1
\pset footer off
select scope, 'domovoi_' || scope as scope_role, coalesce(company, 1) as company from api.enter() \gset
set role :"scope_role";
set jit = off;
set max_parallel_workers_per_gather = 0;
select today, today - 15 as "from", today + 16 as "to", today - 365 as year_ago from api.whoami() limit 1 \gset
select count(*) as n from api.reservations where company = :company \gset
\echo '##' :scope ', company' :company ': ' :n ' reservations seen'

\echo '## list page: 50 reservations by arrival'
explain (analyze, buffers, costs off)
select * from api.reservations where company = :company and check_in >= :'today' order by check_in, id limit 50;
\echo '## a page from the middle, by keyset'
select check_in as deep, id as deep_id from api.reservations where company = :company and check_in >= :'year_ago'::date + 100 order by check_in, id limit 1 \gset
explain (analyze, buffers, costs off)
select * from api.reservations where company = :company and (check_in, id) > (:'deep', :'deep_id') order by check_in, id limit 50;
\echo '## the page before it'
explain (analyze, buffers, costs off)
select * from api.reservations where company = :company and (check_in, id) < (:'deep', :'deep_id') order by check_in desc, id desc limit 50;
\echo '## people by name, one page'
explain (analyze, buffers, costs off)
select * from api.parties where company = :company and (name, id) > ('М', '00000000-0000-0000-0000-000000000000') order by name, id limit 50;
\echo '## type-ahead: three letters, then four digits of a telephone'
explain (analyze, buffers, costs off)
select p.id, p.no, p.name from api.parties p where p.company = :company and p.id in (
  select t.id from api.party_tokens t where t.company = :company and t.token >= 'ахм' and t.token < 'ахм' || chr(1114111) order by t.token, t.id limit 20);
explain (analyze, buffers, costs off)
select p.id, p.no, p.name from api.parties p where p.company = :company and p.id in (
  select t.id from api.party_tokens t where t.company = :company and t.token >= '4567' and t.token < '4567' || chr(1114111) order by t.token, t.id limit 20);

\echo '## heat map 200 units x 31 days: the spans under it, then the report'
select string_agg(id::text, ',') as units, count(*) as n from (select id from api.units where company = :company and kind = 'apartment' order by title, id limit 200) x \gset
select report.longest(:company) as longest \gset
explain (analyze, buffers, costs off)
select n.unit, n.check_in, n.check_out, n.sold from api.nights n
 where n.company = :company and n.check_in > :'from'::date - :longest and n.check_in < :'to' and n.check_out > :'from' and n.unit = any (string_to_array(:'units', ',')::uuid[]);
\timing on
\echo '## ' :n ' units, cells, twice'
select count(*) as cells from report.heatmap("from" => :'from', "to" => :'to', company => :company, unit => :'units');
select count(*) as cells from report.heatmap("from" => :'from', "to" => :'to', company => :company, unit => :'units');
\echo '## one screen of it: 23 units x 31 days'
select string_agg(u, ',') as page from (select u from string_to_table(:'units', ',') u limit 23) x \gset
select count(*) as cells from report.heatmap("from" => :'from', "to" => :'to', company => :company, unit => :'page');
\echo '## occupancy of the month, of the year by month'
select sold_nights, available_nights, occupancy_bp, currency from report.occupancy("from" => :'from', "to" => :'to', company => :company);
select count(*) as months from report.occupancy("from" => :'year_ago', "to" => :'today', "group" => 'month', company => :company);
\echo '## top 5 units and clients of the month'
select rank, left(name, 30) as name, value, share_bp from report.top("of" => 'unit', "by" => 'revenue', "from" => :'from', "to" => :'to', company => :company);
select rank, left(name, 30) as name, value, share_bp from report.top("of" => 'client', "by" => 'spend', "from" => :'from', "to" => :'to', company => :company);
\echo '## cancellations of the year; the home screen'
select total, cancelled, share_bp from report.cancellations("from" => :'year_ago', "to" => :'today', company => :company);
select key, done, total from report.today(company => :company);
select key, count from report.attention(company => :company);
\echo '## calendar: what lies on 40 units in 30 days, twice'
select string_agg(id::text, ',') as calendar, count(*) as n from (select id from api.units where company = :company order by code, id limit 40) x \gset
select count(*) as spans from report.spans("from" => :'from', "to" => :'from'::date + 30, units => :'calendar', company => :company);
select count(*) as spans from report.spans("from" => :'from', "to" => :'from'::date + 30, units => :'calendar', company => :company);
\echo '## what is free in a week of next month, in the whole company, twice'
select count(*) as units from report.availability("from" => :'to', "to" => :'to'::date + 7, company => :company);
select count(*) as units from report.availability("from" => :'to', "to" => :'to'::date + 7, company => :company);
\echo '## what else could be booked instead of a unit that is taken, twice'
select unit as taken, check_in as taken_from, check_out as taken_to from api.reservations
 where company = :company and status = 'confirmed' and check_in >= :'today' order by check_in, id limit 1 \gset
select kind, count(*) from report.alternatives(unit => :'taken', "from" => :'taken_from', "to" => :'taken_to', company => :company) group by 1 order by 1;
select kind, count(*) from report.alternatives(unit => :'taken', "from" => :'taken_from', "to" => :'taken_to', company => :company) group by 1 order by 1;

-- whole months come from the rollup; domovoi.rollup = off reads the nights
select date_trunc('month', :'today'::date)::date as month, (date_trunc('month', :'today'::date) - interval '12 months')::date as year0 \gset
\timing off
\echo '## the rollup under the year: one row a unit, month and currency'
explain (analyze, buffers, costs off)
select r.unit, r.month, sum(r.sold), sum(r.revenue_minor) from api.unit_months r
 where r.company = :company and r.month >= :'year0' and r.month < :'month' group by 1, 2;
\timing on
\echo '## the last 12 months: by month from the rollup, twice; from the nights'
select count(*) as months, sum(sold_nights) from report.occupancy("from" => :'year0', "to" => :'month', "group" => 'month', company => :company);
select count(*) as months, sum(sold_nights) from report.occupancy("from" => :'year0', "to" => :'month', "group" => 'month', company => :company);
set domovoi.rollup = off;
select count(*) as months, sum(sold_nights) from report.occupancy("from" => :'year0', "to" => :'month', "group" => 'month', company => :company);
\echo '## top 5 units of the year, from the nights; from the rollup, twice'
select count(*) from report.top("of" => 'unit', "by" => 'revenue', "from" => :'year0', "to" => :'month', company => :company);
reset domovoi.rollup;
select count(*) from report.top("of" => 'unit', "by" => 'revenue', "from" => :'year0', "to" => :'month', company => :company);
select count(*) from report.top("of" => 'unit', "by" => 'revenue', "from" => :'year0', "to" => :'month', company => :company);
\timing off
\echo '## charges by due day, one page; the overdue ones'
explain (analyze, buffers, costs off)
select * from api.charges where company = :company and due_on >= :'today' order by due_on, id limit 50;
explain (analyze, buffers, costs off)
select * from api.charges where company = :company and is_open and due_on < :'today' order by due_on, id limit 50;
\echo '## payments of a year ago on, one page'
explain (analyze, buffers, costs off)
select * from api.payments where company = :company and booked_on >= :'year_ago' order by booked_on, id limit 50;
\echo '## what is open: the index under the arrears'
explain (analyze, buffers, costs off)
select sum(c.amount_minor - c.allocated_minor) from api.charge_facts c
 where c.company = :company and c.voided_on is null and c.allocated_minor < c.amount_minor;
\timing on
\echo '## arrears today, a month ago; the rent roll; collection of the year'
select count(*), sum(arrears_minor) from report.arrears(company => :company);
select count(*), sum(arrears_minor) from report.arrears(company => :company);
select count(*), sum(arrears_minor) from report.arrears(as_of => :'today'::date - 30, company => :company);
select count(*) from report.rent_roll(company => :company);
select count(*) from report.collection("from" => :'year0', "to" => :'month', "group" => 'month', company => :company);
\echo '## the year by payments, by charges; commission; stays; comparison; forecast'
select count(*) from report.revenue("from" => :'year0', "to" => :'month', basis => 'payments', company => :company);
select count(*) from report.revenue("from" => :'year0', "to" => :'month', basis => 'charges', company => :company);
select count(*) from report.commission("from" => :'year0', "to" => :'month', company => :company);
select count(*) from report.stays("from" => :'year0', "to" => :'month', company => :company);
select count(*) from report.compare("from" => :'year0', "to" => :'month', company => :company);
select count(*) from report.forecast(company => :company);
\echo '## platform: unit x month of a year, 40 units of it, top 5 units and companies of the year (where the login may)'
select case when :'scope' = 'platform' then 'true' else 'false' end as wide \gset
\if :wide
\timing off
explain (analyze, buffers, costs off)
select r.company, r.unit, r.month, sum(r.sold), sum(r.revenue_minor) from api.unit_months r
 where r.month >= :'year0' and r.month < :'month' group by 1, 2, 3;
\timing on
select count(*) as months, sum(sold_nights) from report.occupancy("from" => :'year0', "to" => :'month', "group" => 'month');
select count(*) from report.top("of" => 'unit', "by" => 'revenue', "from" => :'year0', "to" => :'month');
select count(*) from report.top("of" => 'unit', "by" => 'revenue', "from" => :'year0', "to" => :'month');
select count(*) from report.top("of" => 'company', "by" => 'revenue', "from" => :'year0', "to" => :'month');
set domovoi.rollup = off;
select count(*) from report.top("of" => 'unit', "by" => 'revenue', "from" => :'year0', "to" => :'month');
select count(*) as months, sum(sold_nights) from report.occupancy("from" => :'year0', "to" => :'month', "group" => 'month');
reset domovoi.rollup;
\endif
