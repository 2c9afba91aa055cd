-- Rule A0 over made-up data: whatever a report is grouped by, its rows add up to its header; every number opens the rows
-- it was counted from; whoever sees less gets exactly the sum of what he sees.
\ir fixtures/start.sql
\ir fixtures/report.sql
\set seed `echo "${TEST_SEED:-1}"`
\o /dev/null
select setseed((:seed % 100000) / 100000.0);
insert into domovoi.building (company_id, id, code, name)
  select 901, md5('b' || i)::uuid, 'R' || i, 'Random ' || i from generate_series(1, 3) i;
-- units with odd stocks: none, late, ended, with a hole
select t.unit('R' || i, case i % 5 when 0 then 'empty' when 1 then '[2025-03-01,)' when 2 then '[2024-01-01,2025-11-01)' else '(,)' end::daterange,
  case i % 3 when 0 then 't_realtor' when 1 then 't_realtor2' end) from generate_series(1, 24) i;
insert into domovoi.unit_stock (company_id, unit_id, mode, in_stock)
  select 901, id, 'short_stay', '[2025-12-01,)' from domovoi.unit where company_id = 901 and code in ('R2', 'R7');
update domovoi.unit set building_id = md5('b' || 1 + substr(code, 2)::int % 4)::uuid, class = (array['comfort', 'business', ''])[1 + substr(code, 2)::int % 3]
  where company_id = 901 and code ~ '^R\d' and substr(code, 2)::int % 4 < 3;
insert into domovoi.party (company_id, id, name, agent_id) select 901, md5('p' || i)::uuid, 'Guest ' || i, t.id('t_realtor') from generate_series(1, 20) i;
do $$
declare which text; d date;
begin
  for i in 1..900 loop
    which := case when random() < 0.15 then (array['H-1', 'H-1a', 'H-1b', 'H-1c', 'H'])[1 + floor(random() * 5)] else 'R' || 1 + floor(random() * 24) end;
    d := '2025-01-01'::date + floor(random() * 500)::int;
    begin
      if random() < 0.06 then
        insert into domovoi.block (company_id, unit_id, check_in, check_out, reason)
          select 901, u.id, d, d + 1 + floor(random() * 9)::int, 'repair' from domovoi.unit u where u.company_id = 901 and u.code = which;
      else
        perform t.stay(which, d, d + 1 + floor(random() ^ 3 * 40)::int, floor(random() * 5000000)::bigint, case when random() < 0.2 then 'EUR' else 'KZT' end,
          (array['completed', 'completed', 'completed', 'confirmed', 'cancelled', 'no_show', 'hold', 'expired'])[1 + floor(random() * 8)],
          (array['other', 'terms', null])[1 + floor(random() * 3)], (array['guest', 'agent', null])[1 + floor(random() * 3)],
          d - floor(random() * 60)::int, case when random() < 0.1 then 't_realtor2' end,
          case when random() < 0.9 then md5('p' || 1 + floor(random() * 20))::uuid end);
      end if;
    exception when others then
      if sqlstate not in ('DM004', '23P01') then raise; end if;
    end;
  end loop;
end $$;
create table t.period (n int, a date, b date);
insert into t.period select i, '2025-01-10'::date + floor(random() * 200)::int, '2025-09-01'::date + floor(random() * 250)::int from generate_series(1, 3) i;
insert into t.period values (4, '2025-06-15', '2025-06-16');
\o
create table t.head as select p.*, x.* from t.period p, jsonb_to_recordset(t.rows('t_head', format(
  'select * from report.occupancy("from" => %L, "to" => %L)', a, b))) as x(stock_nights bigint, blocked_nights bigint, available_nights bigint, sold_nights bigint, revenue_minor bigint, currency text);

select plan(4 * (4 + 5 + 9 + 11 + 9 + 9) + 5 + 5 + 5 + 1 + 2 + 8 + 4);

-- the header against the tables themselves, night by night
select is((select sum(sold_nights) from t.head h where h.n = p.n),
  (select count(*)::numeric from domovoi.occupancy o, generate_series(o.check_in, o.check_out - 1, '1 day') d where o.company_id = 901 and o.sold and d >= p.a and d < p.b), p.n || ': sold nights')
  from t.period p;
select is((select sum(revenue_minor) from t.head h where h.n = p.n),
  (select coalesce(sum(r.price_per_night * (least(r.check_out, p.b) - greatest(r.check_in, p.a))), 0) from domovoi.reservation r
    where r.company_id = 901 and r.status in ('completed', 'confirmed', 'checked_in') and r.check_in < p.b and r.check_out > p.a), p.n || ': revenue is that of the reservations')
  from t.period p;
select is((select sum(available_nights) from t.head h where h.n = p.n),
  (select count(*)::numeric from domovoi.unit u, generate_series(p.a, p.b - 1, '1 day') d where u.company_id = 901
    and (exists (select from domovoi.occupancy o where o.company_id = 901 and o.unit_id = u.id and o.sold and d >= o.check_in and d < o.check_out)
      or exists (select from domovoi.unit_stock s where s.company_id = 901 and s.unit_id = u.id and s.in_stock @> d::date)
         and not exists (select from domovoi.occupancy o where o.company_id = 901 and o.unit_id = u.id and o.source = 'block' and d >= o.check_in and d < o.check_out))),
  p.n || ': available, night by night') from t.period p;
select is((select sum(stock_nights) from t.head h where h.n = p.n),
  (select count(*)::numeric from domovoi.unit_stock s, generate_series(p.a, p.b - 1, '1 day') d where s.company_id = 901 and s.in_stock @> d::date), p.n || ': stock') from t.period p;

-- occupancy: groups
select is((select jsonb_agg(x order by x ->> 'currency') from jsonb_array_elements(t.rows('t_head', format('select currency, sum(stock_nights) s, sum(blocked_nights) b, sum(available_nights) a, sum(sold_nights) n, sum(revenue_minor) r
    from report.occupancy("from" => %L, "to" => %L, "group" => %L) group by 1', p.a, p.b, g))) x),
  (select jsonb_agg(jsonb_build_object('currency', h.currency, 's', stock_nights, 'b', blocked_nights, 'a', available_nights, 'n', sold_nights, 'r', revenue_minor) order by h.currency) from t.head h where h.n = p.n),
  p.n || ': occupancy by ' || g) from t.period p, unnest(array['month', 'unit', 'class', 'building', 'agent']) g;

-- heat map
select is(t.rows('t_head', format('select sum(sold_nights) n, sum(available_nights) a from report.heatmap("from" => %L, "to" => %L, rows => %L, cell => %L)', p.a, p.b, r, c)),
  (select jsonb_build_array(jsonb_build_object('n', sum(sold_nights), 'a', sum(available_nights))) from t.head h where h.n = p.n), format('%s: heat map %s x %s', p.n, r, c))
  from t.period p, unnest(array['unit', 'building', 'weekday']) r, unnest(array['day', 'week', 'month']) c;

-- top: values against the header, shares against the whole
select is((select jsonb_agg(v order by c) from (select x ->> 'currency' as c, jsonb_build_array(sum((x ->> 'value')::numeric), sum((x ->> 'share_bp')::int)) as v from jsonb_array_elements(t.rows('t_head',
    format('select * from report.top("of" => %L, "by" => %L, "from" => %L, "to" => %L, "limit" => 3)', o, m, p.a, p.b))) x group by 1) y),
  (select jsonb_agg(jsonb_build_array(h.r, case when h.r > 0 then 10000 else 0 end) order by h.c) from (
    select h.currency as c, h.revenue_minor::numeric as r from t.head h where h.n = p.n and m = 'revenue' and h.sold_nights > 0
    union all select null, sum(sold_nights) from t.head h where h.n = p.n having m = 'nights') h), format('%s: top %s by %s', p.n, o, m))
  from t.period p, unnest(array['unit', 'client', 'agent', 'company', 'building']) o, unnest(array['revenue', 'nights']) m;
select is((select array_agg(distinct s) from (select t.rows('t_head', format('select sum(value) v, sum(stays) s from report.top("of" => %L, "by" => ''stays'', "from" => %L, "to" => %L)', o, p.a, p.b)) as s
    from unnest(array['unit', 'client', 'agent', 'company', 'building']) o) x),
  (select array[jsonb_build_array(jsonb_build_object('v', count(*), 's', count(*)))] from domovoi.reservation r where r.company_id = 901
    and r.status in ('completed', 'confirmed', 'checked_in') and r.check_in < p.b and r.check_out > p.a), p.n || ': stays are counted once, of whatever') from t.period p;

-- revenue
select is(t.rows('t_head', format('select currency, sum(amount_minor) r from report.revenue("from" => %L, "to" => %L, "group" => %L) group by 1 order by 1', p.a, p.b, g)),
  (select jsonb_agg(jsonb_build_object('currency', currency, 'r', revenue_minor) order by currency) from t.head h where h.n = p.n
    and (h.sold_nights > 0 or not exists (select from t.head k where k.n = p.n and k.sold_nights > 0))), format('%s: revenue by %s', p.n, g))
  from t.period p, unnest(array['none', 'day', 'week', 'month', 'year', 'unit', 'agent', 'company', 'building']) g;

-- cancellations
select is(t.rows('t_head', format('select sum(cancelled) c from report.cancellations("from" => %L, "to" => %L, cohort => %L, "group" => %L)', p.a, p.b, c, g)),
  (select jsonb_build_array(jsonb_build_object('c', count(*))) from domovoi.reservation r where r.company_id = 901 and r.status = 'cancelled'
    and case c when 'created' then r.booked_on when 'check_in' then r.check_in else r.status_on end between p.a and p.b - 1), format('%s: cancellations by %s and %s', p.n, c, g))
  from t.period p, unnest(array['created', 'check_in', 'event']) c, unnest(array['none', 'reason', 'initiator']) g;

-- every number opens its rows: the money of what the filter opens is the row's
create function t.money_of(p_filter text, p_currency text, a date, b date) returns bigint language sql as $$
  select t.val('t_head', format('select coalesce(sum(price_per_night_minor * (least(check_out, %L::date) - greatest(check_in, %L::date))), 0) from api.reservations where %s and currency = %L', b, a, t.where_of(p_filter), p_currency))::bigint
$$;
select is((select count(*) from jsonb_array_elements(t.rows('t_head', format('select * from report.occupancy("from" => ''2025-02-10'', "to" => ''2025-08-20'', "group" => %L)', g))) x
    where (x ->> 'filter') is not null and (g <> 'unit' or x ->> 'name' not like 'Bed %')
    and t.money_of(x ->> 'filter', x ->> 'currency', case g when 'month' then greatest('2025-02-10', ((x ->> 'key') || '-01')::date) else '2025-02-10' end,
          case g when 'month' then least('2025-08-20', (((x ->> 'key') || '-01')::date + interval '1 month')::date) else '2025-08-20' end) <> (x ->> 'revenue_minor')::bigint), 0::bigint, 'occupancy by ' || g || ' opens')
  from unnest(array['none', 'month', 'unit', 'building', 'agent']) g;
select is((select count(*) from jsonb_array_elements(t.rows('t_head', format('select * from report.top("of" => %L, "by" => ''revenue'', "from" => ''2025-02-10'', "to" => ''2025-08-20'')', o))) x
    where (x ->> 'filter') is not null and x ->> 'name' not like 'Bed %' and t.money_of(x ->> 'filter', x ->> 'currency', '2025-02-10', '2025-08-20') <> (x ->> 'value')::bigint), 0::bigint, 'top ' || o || ' opens')
  from unnest(array['unit', 'client', 'agent', 'building', 'company']) o;
select is((select count(*) from jsonb_array_elements(t.rows('t_head', format('select * from report.top("of" => %L, "by" => ''stays'', "from" => ''2025-02-10'', "to" => ''2025-08-20'')', o))) x
    where (x ->> 'filter') is not null and t.opens('t_head', 'reservations', x ->> 'filter') <> (x ->> 'value')::bigint), 0::bigint, 'top ' || o || ' by stays opens')
  from unnest(array['unit', 'client', 'agent', 'building', 'company']) o;
select is((select count(*) from jsonb_array_elements(t.rows('t_head', 'select * from report.heatmap("from" => ''2025-06-01'', "to" => ''2025-07-01'')')) x
    where t.opens('t_head', 'reservations', format('%s check_in<%s check_out>%s status=confirmed,checked_in,completed', x ->> 'filter', x ->> 'cell_end', x ->> 'cell')) <> (x ->> 'sold_nights')::bigint), 0::bigint, 'each day of the heat map opens');
select is((select count(*) from jsonb_array_elements(t.rows('t_head', format('select * from report.%I()', r))) x where t.opens('t_head', x ->> 'resource', x ->> 'filter') <> (x ->> n)::bigint), 0::bigint, r || ' opens')
  from (values ('today', 'total'), ('attention', 'count')) v (r, n);

-- who sees less gets the sum of what he sees: an agent's figures are the platform's, narrowed to him
select is(t.rows(l, q), t.rows('t_super', replace(q, ')', format(', company => 901, agent => %L)', l))), format('%s: own is the filter (%s)', l, left(q, 40)))
  from unnest(array['t_realtor', 't_realtor2']) l, unnest(array[
    'select stock_nights, blocked_nights, available_nights, sold_nights, occupancy_bp, revenue_minor, currency from report.occupancy("from" => ''2025-02-01'', "to" => ''2026-01-01'')',
    'select name, available_nights, sold_nights, revenue_minor, currency from report.occupancy("from" => ''2025-02-01'', "to" => ''2026-01-01'', "group" => ''month'')',
    'select "row", cell, sold_nights, available_nights from report.heatmap("from" => ''2025-05-01'', "to" => ''2025-06-01'', cell => ''week'') order by 1, 2',
    'select total, cancelled, share_bp from report.cancellations("from" => ''2025-02-01'', "to" => ''2026-01-01'')']) q;
select is(t.rows('t_head', 'select sold_nights, revenue_minor, currency from report.occupancy("from" => ''2025-02-01'', "to" => ''2026-01-01'')'),
  t.rows('t_super', 'select sold_nights, revenue_minor, currency from report.occupancy("from" => ''2025-02-01'', "to" => ''2026-01-01'', company => 901)'), 'the head''s figures are the platform''s for his company');
select is(t.rows('t_owner', 'select sum(sold_nights) n from report.occupancy("from" => ''2020-01-01'', "to" => ''2028-01-01'')'),
  (select jsonb_build_array(jsonb_build_object('n', sum(check_out - check_in))) from domovoi.occupancy where company_id = 901 and sold and owner_id = t.id('t_owner')), 'an owner''s are those of his units');
select is(t.rows('t_dispatcher', 'select sum(sold_nights) n from report.occupancy("from" => ''2020-01-01'', "to" => ''2028-01-01'')'),
  (select jsonb_build_array(jsonb_build_object('n', sum(check_out - check_in))) from domovoi.occupancy where company_id = 901 and sold
    and building_id = '00000000-0000-7000-8000-0000000000b1'), 'a dispatcher''s are those of his buildings');
select is(t.rows('t_super', 'select count(distinct currency) c, sum(sold_nights) n from report.occupancy("from" => ''2020-01-01'', "to" => ''2028-01-01'')'),
  (select jsonb_build_array(jsonb_build_object('c', 2, 'n', sum(check_out - check_in))) from domovoi.occupancy where sold), 'the platform''s are everybody''s');
select * from finish();
