-- Analytics: every cell of the map of weekdays opens the stays of its night; the forecast reads last year's nights once
-- for all months, and looks up how long units stood empty instead of going through all gaps for every unit.

set local role domovoi_owner;

-- As in 0024, but a cell of rows => 'weekday' is one night where its columns are days or weeks, and says which.
create or replace function report.heatmap("from" date, "to" date, rows text default 'unit', cell text default 'day',
    company int default null, unit text default null, agent text default null)
  returns setof report.heatmap_cell
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off set enable_nestloop = off as $$
#variable_conflict use_column
declare
  g record := report.gate(heatmap.company, heatmap."from", heatmap."to");
  d record;
  units uuid[] := report.units_of(g.company, heatmap.unit);
  agent_id uuid := report.agent_of(g.company, heatmap.agent);
  weekday boolean := heatmap.rows = 'weekday';
  none constant text := '00000000-0000-0000-0000-000000000000';    -- units without a building
  kind text := case when weekday then 'day' else heatmap.cell end;
  rolled boolean := report.rolled(kind, heatmap."from", heatmap."to");
begin
  perform report.one_of('rows', heatmap.rows, '{unit,building,weekday}');
  perform report.one_of('cell', heatmap.cell, '{day,week,month}');
  d := report.dimension(case when weekday then 'none' else heatmap.rows end);
  -- rows get their place first, then a cell is one number, place * 100000 + days from $1 - 400: cheap to sum and sort
  return query execute case when rolled then report.month_scan(kind)
      else report.scan(kind, report.longest(g.company)) end || format($q$
    , head as materialized (
      select row_number() over (order by %1$s, %2$s, g.key)::int as place, g.company, g.key,
             nullif(g.key::text, %3$L) as label, %1$s as name, trim((%4$s) || ' ' || $7) as filter
        from (%5$s) g %6$s
    )$q$, d.name, d.code, none, case when weekday then 'null::text'
      else replace(d.filter, 'g.key', format('nullif(g.key::text, %L)', none)) end,
    case when weekday then 'select 0 as company, generate_series(1, 7) as key'
         else format('select c.company, coalesce(%1$s, %2$L) as key from stock c union
           select c.company, coalesce(%1$s, %2$L) from %3$s
             c', d.id, none, case when rolled then 'rolled' else 'used' end)
    end, d.labels) || report.heat_marks(kind, none, d.id, weekday, rolled) || format($q$
    , grid as (
      select place * 100000 + (%1$s - $1 + 400) as no, sum(available) as available, sum(sold) as sold from mark group
        by 1
    )
    select h.label, h.name, greatest(x.bucket, $1), least(report.next_bucket(%2$L, x.bucket), $2), g.sold, g.available,
           case when g.available > 0 then round(g.sold * 10000.0 / g.available)::int end, %3$s
      from grid g join head h on h.place = g.no / 100000
     cross join lateral (select $1 + g.no %% 100000 - 400 as bucket) x
     order by g.no $q$,
    case when weekday then format('report.bucket(%L, bucket)', heatmap.cell) else 'bucket' end, heatmap.cell,
    case when not weekday then 'h.filter'
         when heatmap.cell = 'month' then 'null::text'    -- several nights, and not all between the first and the last
         when heatmap.cell = 'day' then $q$concat_ws(' ', 'check_in<=' || x.bucket, $7)$q$
         else $q$concat_ws(' ', 'check_in<=' || x.bucket + h.place - 1, 'check_out>' || x.bucket + h.place - 1, $7)$q$
    end)
    using heatmap."from", heatmap."to", g.company, units, agent_id, g.currency,
      report.narrowed(g.company, case when heatmap.rows <> 'unit' then units end, agent_id);
end $$;

-- As in 0023, but in the time of the leases, not of leases times gaps.
create or replace function report.leases_ending(p_company int, p_units uuid[], p_agent uuid, p_day date, p_month date,
    out units int, out share numeric)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare p_next date := (p_month + interval '1 month')::date;
begin
  with lease as materialized (
    select l.company, l.unit, l.party, l.starts_on, l.over_on,
           lead(l.starts_on) over w as next_on, lead(l.party) over w as next_party
      from api.agreement_facts l
     where (p_company is null or l.company = p_company) and (p_units is null or l.unit = any (p_units))
       and (p_agent is null or l.agent = p_agent) and l.starts_on <= p_day and l.kind <> 'management'
    window w as (partition by l.company, l.unit order by l.starts_on, l.id)
  ), renewal as (
    select coalesce(avg(case when next_party = party and next_on <= over_on + 31 then 1.0 else 0 end), 0) as rate
      from lease where over_on <= p_day and over_on > p_day - 731
  ), gap as (
    select next_on - over_on as days from lease where next_on > over_on
  ), gaps as (      -- sorted: how many are as long as something is a search, not a scan for every unit
    select coalesce(array_agg(days order by days), '{}') as days, count(*) as n from gap
  ), last as (
    select distinct on (company, unit) company, unit, over_on from lease order by company, unit, starts_on desc
  ), chance as (
    select case when l.over_on >= p_month and l.over_on < p_next then 1 - r.rate
                when l.over_on <= p_day then coalesce((k.n - width_bucket(greatest(p_month, p_day) - l.over_on - 1,
                  k.days)) * 1.0 / nullif(k.n - width_bucket(p_day - l.over_on - 1, k.days), 0), 1)
                else 0 end as empty
      from last l cross join renewal r cross join gaps k
  )
  select count(*), avg(c.empty) into units, share from chance c;
end $$;

-- A14, of several months at once: nights of the same month a year ago that were booked after the day that was a year
-- ago.
create function report.pickups(p_company int, p_units uuid[], p_agent uuid, p_from date, p_until date, p_today date)
  returns table (month date, n bigint)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off set enable_nestloop = off as $$
#variable_conflict use_column
declare
  a date := (p_from - interval '1 year')::date;
  b date := (p_until - interval '1 year')::date;
begin
  return query
    with late as materialized (
      select greatest(n.check_in, a) as a, least(n.check_out, b) as b
        from api.nights n join api.reservations r on r.company = n.company and r.id = n.record
       where (p_company is null or n.company = p_company) and n.check_in > a - report.longest(p_company)
         and n.check_in < b and n.check_out > a and n.sold and (p_units is null or n.unit = any (p_units))
         and (p_agent is null or n.agent = p_agent)
         and (p_company is null or r.company = p_company) and r.check_in < b and r.check_in > a - 367
         and r.booked_on > (p_today - interval '1 year')::date
    )
    select (m + interval '1 year')::date,
           sum(least(l.b, (m + interval '1 month')::date) - greatest(l.a, m::date))::bigint
      from late l cross join lateral generate_series(date_trunc('month', l.a::timestamp),
        (l.b - 1)::timestamp, interval '1 month') m
     group by 1;
end $$;

-- As in 0023, but with last year's nights from one question.
create or replace function report.forecast(horizon int default 6, company int default null, unit text default null,
    agent text default null)
  returns table (month date, vacancy_bp int, low_bp int, high_bp int, past_error_bp int, leases_bp int,
    leases_error_bp int, booked_bp int, expected_bp int, points int, note text, filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare
  f record := report.frame(forecast.company);
  here date := report.bucket('month', f.today);
  until date;
  g record;
  asked uuid[];
  agent_id uuid;
begin
  if coalesce(forecast.horizon, 0) not between 1 and 24 then
    raise exception using errcode = 'DM007', message = 'The horizon must be 1 to 24 months.', column = 'horizon',
      detail = coalesce(forecast.horizon::text, '');
  end if;
  until := (here + make_interval(months => forecast.horizon))::date;
  g := report.gate(forecast.company, here, until);
  asked := report.units_of(g.company, forecast.unit);
  agent_id := report.agent_of(g.company, forecast.agent);
  return query
    with past as materialized (
      select row_number() over (order by v.month)::numeric as t, v.month, v.vacant_days * 1.0 / (v.used_days +
        v.vacant_days) as y
        from report.vacancy((here - interval '30 months')::date, here, forecast.company, forecast.unit,
          forecast.agent) v
       where v.used_days + v.vacant_days > 0
    ), model as (
      select count(*)::int as n, regr_slope(y, t) as slope, regr_intercept(y, t) as base, max(t) as last,
             sqrt(greatest(regr_syy(y, t) - regr_slope(y, t) * regr_sxy(y, t), 0) / nullif(count(*) - 2, 0)) as s
        from (select * from past order by t desc limit 24) p
    ), told as (
      select p.t, p.y, p.month, count(*) over w as n, least(1, greatest(0, regr_intercept(y, t) over w
             + regr_slope(y, t) over w * t)) as foretold
        from past p window w as (order by t rows between 24 preceding and 1 preceding)
    ), error as (
      select avg(abs(x.foretold - x.y) / x.y) as e
        from (select * from told where n >= 6 and y > 0 and foretold is not null order by t desc limit 6) x
    ), lease_error as (
      select avg(abs(l.share - x.y) / x.y) as e
        from (select * from past where y > 0 order by t desc limit 6) x
       cross join lateral report.leases_ending(g.company, asked, agent_id, x.month, x.month) l
    ), ahead as (
      select v.month, v.used_days as n, v.used_days + v.vacant_days as v, v.filter,
             extract(year from v.month) * 12 + extract(month from v.month)
               - extract(year from here) * 12 - extract(month from here) + 1 as h
        from report.vacancy(here, until, forecast.company, forecast.unit, forecast.agent) v
    ), pickups as materialized (
      select p.month, p.n from report.pickups(g.company, asked, agent_id, here, until, f.today) p
    ), line as (
      select a.*, m.n as points, m.n >= 6 as enough, m.base + m.slope * (m.last + a.h) as guess, 1.96 * m.s as off,
             coalesce(p.n, 0) as more, l.share, l.units
        from ahead a cross join model m left join pickups p on p.month = a.month
       cross join lateral report.leases_ending(g.company, asked, agent_id, f.today, a.month) l
    )
    select x.month, case when x.enough then report.clipped(x.guess::numeric) end,
           case when x.enough then report.clipped((x.guess - x.off)::numeric) end,
           case when x.enough then report.clipped((x.guess + x.off)::numeric) end,
           case when x.enough then round(e.e * 10000)::int end, case when x.units > 0 then report.clipped(x.share) end,
           case when x.units > 0 then round(k.e * 10000)::int end, report.bp(x.n, x.v),
           report.bp(least(x.n + x.more, x.v), x.v), x.points, case when not x.enough then 'not enough data' end,
             x.filter
      from line x cross join error e cross join lease_error k order by x.month;
end $$;

reset role;

revoke execute on all functions in schema report from public;
grant execute on all functions in schema report to domovoi_staff;
