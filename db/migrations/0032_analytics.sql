-- Analytics: every cell of the map of weekdays opens the stays of its night.

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

reset role;

revoke execute on all functions in schema report from public;
grant execute on all functions in schema report to domovoi_staff;
