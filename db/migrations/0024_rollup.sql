-- Nights by unit and month, kept as they change (research/probes.md §4): a year of a platform is read from some ten
-- thousand rows instead of millions. What the rows say is worked out anew from `occupancy` for each unit and month
-- that a
-- statement touched, never added to, so that they cannot drift; whoever writes a unit's uses holds the unit's lock
-- (I1), so
-- that the rows of one unit have one writer at a time and nobody else waits for them.

set local role domovoi_owner;

create table domovoi.rollup_month (
  company_id   int not null references domovoi.company,
  unit_id      uuid not null,
  month        date not null check (extract(day from month) = 1),
  agent_id     uuid,
  building_id  uuid,
  owner_id     uuid,
  currency     char(3),                                 -- null: not sold
  sold         int not null,                            -- nights of stays (A4); inside: those of them in stock
  inside       int not null,
  blocked      int not null,                            -- nights in stock that blocks and agreements take
  let          int not null,                            -- nights of agreements, of blocks, in stock or not
  closed       int not null,
  revenue      bigint not null,
  -- Stays that touch a period are those that begin in it and those that were there on its first day. A stay on several
  -- beds is one of each bed, but one head; mixed: its beds have different agents or buildings.
  stays        int not null,
  carried      int not null,
  heads        int not null,
  heads_carried int not null,
  mixed        int not null,
  unique nulls not distinct (company_id, unit_id, month, agent_id, currency)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
create index on domovoi.rollup_month (company_id, month);
create index on domovoi.rollup_month (company_id, agent_id, month);
create index on domovoi.rollup_month (company_id, month) where mixed > 0;

do $$ begin perform domovoi.protect('domovoi.rollup_month', 'unit', 'reservation.view'); end $$;

create view api.unit_months with (security_invoker) as
  select r.company_id as company, r.unit_id as unit, r.month, r.agent_id as agent, r.building_id as building,
    r.owner_id as owner, r.currency, r.sold, r.inside, r.blocked, r.let, r.closed, r.revenue as revenue_minor,
    r.stays, r.carried, r.heads, r.heads_carried, r.mixed
  from domovoi.rollup_month r;
grant select on api.unit_months to domovoi_staff;

reset role;
set local role domovoi_rules;

-- ---- keeping it ----------------------------------------------------------------------------------------------

-- What these units are used for in these months, now (the arrays belong together). Planned once: a plan for the arrays
-- at
-- hand would take longer than all the rest of a booking.
create function domovoi.rollup_of(p_companies int[], p_units uuid[], p_months date[])
  returns setof domovoi.rollup_month
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  set plan_cache_mode = force_generic_plan
  as $$
#variable_conflict use_column
begin
  return query
    with piece as (
      select t.company_id, t.unit_id, t.month, o.source, o.source_id, o.source = 'reservation' as sold, o.agent_id,
             o.building_id, o.owner_id, case when o.source = 'reservation' then o.currency end::char(3) as currency,
               o.price,
             o.check_in, greatest(o.check_in, t.month) as a, least(o.check_out, t.next) as b
        from (select c as company_id, u as unit_id, m as month, (m + interval '1 month')::date as next
                from unnest(p_companies, p_units, p_months) x (c, u, m)) t
        join domovoi.occupancy o on o.company_id = t.company_id and o.unit_id = t.unit_id
         and o.check_in > t.month - 366 and o.check_in < t.next and o.check_out > t.month
       where o.sold or o.source <> 'reservation'
    ), seen as (
      select p.*, p.b - p.a as nights, coalesce((select sum(least(p.b, upper(s.in_stock))
               - greatest(p.a, lower(s.in_stock))) from domovoi.unit_stock s
             where s.company_id = p.company_id and s.unit_id = p.unit_id and s.mode = 'short_stay'
               and coalesce(lower(s.in_stock) < p.b, true) and coalesce(upper(s.in_stock) > p.a, true)), 0) as within,
             p.sold and k.again is not true as counts, p.check_in >= p.month and k.before is not true as begins,
             k.lower is not true as head, k.mixed is true as mixed
        from piece p
        -- the other rows of the same stay: most have none
        left join lateral (select bool_or(x.unit_id = p.unit_id and x.check_in < p.check_in and x.check_out > p.month)
               as again, bool_or(x.unit_id = p.unit_id and x.check_in < p.month) as before,
             bool_or(x.unit_id < p.unit_id and not y.differs) as lower, bool_or(y.differs) as mixed
            from domovoi.occupancy x cross join lateral (select (x.agent_id, x.building_id, x.owner_id)
              is distinct from (p.agent_id, p.building_id, p.owner_id) as differs) y
           where x.company_id = p.company_id and x.source_id = p.source_id and p.sold
             and (x.unit_id <> p.unit_id or x.check_in <> p.check_in)) k on true
    )
    select company_id, unit_id, month, agent_id, (array_agg(building_id))[1], (array_agg(owner_id))[1], currency,
           coalesce(sum(nights) filter (where sold), 0)::int, coalesce(sum(within) filter (where sold), 0)::int,
           coalesce(sum(within) filter (where not sold), 0)::int,
           coalesce(sum(nights) filter (where source = 'agreement'), 0)::int,
           coalesce(sum(nights) filter (where source = 'block'), 0)::int,
           coalesce(sum(nights * price) filter (where sold), 0)::bigint,
           (count(*) filter (where counts and begins))::int, (count(*) filter (where counts and not begins))::int,
           (count(*) filter (where counts and head and begins))::int,
           (count(*) filter (where counts and head and not begins))::int, (count(*) filter (where mixed))::int
      from seen group by company_id, unit_id, month, agent_id, currency;
end $$;

create function domovoi.rollup_put(p_companies int[], p_units uuid[], p_months date[]) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  set plan_cache_mode = force_generic_plan
  as $$
begin
  with fresh as materialized (
    select * from domovoi.rollup_of(p_companies, p_units, p_months)
  ), gone as (
    delete from domovoi.rollup_month r using unnest(p_companies, p_units, p_months) t (c, u, m)
     where r.company_id = t.c and r.unit_id = t.u and r.month = t.m
       and not exists (select from fresh f where f.unit_id = r.unit_id and f.month = r.month
         and f.company_id = r.company_id and f.agent_id is not distinct from r.agent_id
         and f.currency is not distinct from r.currency)
  )
  insert into domovoi.rollup_month as r select * from fresh order by company_id, unit_id, month
  on conflict (company_id, unit_id, month, agent_id, currency) do update
    set building_id = excluded.building_id, owner_id = excluded.owner_id, sold = excluded.sold, inside =
      excluded.inside,
      blocked = excluded.blocked, let = excluded.let, closed = excluded.closed, revenue = excluded.revenue,
      stays = excluded.stays, carried = excluded.carried, heads = excluded.heads,
      heads_carried = excluded.heads_carried, mixed = excluded.mixed
    where r is distinct from excluded;
end $$;

-- The first days of the months that [p_in, p_out) touches.
create function domovoi.months(p_in date, p_out date) returns setof date
  language plpgsql immutable set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare d date := p_in - extract(day from p_in)::int + 1;
begin
  while d < p_out loop
    return next d;
    d := d + interval '1 month';
  end loop;
end $$;

-- Holds count nowhere, so they cost nothing here. The other rows of a stay say whether this one is counted.
create function domovoi.rollup_after() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  set plan_cache_mode = force_generic_plan
  as $$
declare c int[]; u uuid[]; m date[];
begin
  if tg_op <> 'UPDATE' then
    if not exists (select from changed t where t.sold or t.source <> 'reservation') then return null; end if;
    select array_agg(x.company_id), array_agg(x.unit_id), array_agg(x.month) into c, u, m from (
      select t.company_id, t.unit_id, domovoi.months(t.check_in, t.check_out) as month
        from changed t where t.sold or t.source <> 'reservation'
      union
      select o.company_id, o.unit_id, domovoi.months(o.check_in, o.check_out)
        from changed t join domovoi.occupancy o on o.company_id = t.company_id and o.source_id = t.source_id
       where t.sold) x;
  else
    select array_agg(x.company_id), array_agg(x.unit_id), array_agg(x.month) into c, u, m from (
      select t.company_id, t.unit_id, domovoi.months(t.check_in, t.check_out) as month
        from (select * from was union all select * from changed) t where t.sold or t.source <> 'reservation'
      union
      select o.company_id, o.unit_id, domovoi.months(o.check_in, o.check_out)
        from (select * from was union all select * from changed) t
        join domovoi.occupancy o on o.company_id = t.company_id and o.source_id = t.source_id
       where t.sold) x;
  end if;
  if c is not null then perform domovoi.rollup_put(c, u, m); end if;
  return null;
end $$;

-- What is in stock decides which nights are inside and which blocks count: all months of the unit. A stay may be on
-- its way
-- in while this runs: its lock comes first.
create function domovoi.rollup_stock_after() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r record;
begin
  for r in select t.company_id, array_agg(distinct t.unit_id) as units from changed t group by 1 order by 1 loop
    perform domovoi.lock_units(r.company_id, r.units);
    perform domovoi.rollup_units(r.company_id, r.units);
  end loop;
  return null;
end $$;

create function domovoi.rollup_units(p_company int, p_units uuid[]) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare u uuid[]; m date[];
begin
  delete from domovoi.rollup_month r where r.company_id = p_company and r.unit_id = any (p_units);
  select array_agg(x.unit_id), array_agg(x.month) into u, m from (
    select distinct o.unit_id, domovoi.months(o.check_in, o.check_out) as month
      from domovoi.occupancy o where o.company_id = p_company and o.unit_id = any (p_units)
       and (o.sold or o.source <> 'reservation')) x;
  if u is not null then
    insert into domovoi.rollup_month
      select * from domovoi.rollup_of(array_fill(p_company, array[cardinality(u)]), u, m) f order by f.month, f.unit_id;
  end if;
end $$;

-- Everything anew, for whoever wrote with the triggers off: one company, or all. A few hundred units at a time.
create function domovoi.rollup_build(p_company int default null) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare c int; units uuid[];
begin
  for c in select x.id from domovoi.company x where p_company is null or x.id = p_company order by 1 loop
    units := array(select x.id from domovoi.unit x where x.company_id = c order by 1);
    for i in 0 .. (cardinality(units) - 1) / 200 loop
      perform domovoi.rollup_units(c, units[i * 200 + 1 : (i + 1) * 200]);
    end loop;
  end loop;
end $$;

-- Units whose rows are not what they ought to be: for the doctor and the tests; none is right.
create function domovoi.rollup_faults(p_company int default null) returns table (company_id int, unit_id uuid)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
#variable_conflict use_column
declare k int; u uuid[]; m date[];
begin
  for k in select x.id from domovoi.company x where p_company is null or x.id = p_company order by 1 loop
    select coalesce(array_agg(x.unit_id), '{}'), coalesce(array_agg(x.month), '{}') into u, m from (
      select o.unit_id, domovoi.months(o.check_in, o.check_out) as month
        from domovoi.occupancy o where o.company_id = k and (o.sold or o.source <> 'reservation')
      union
      select s.unit_id, s.month from domovoi.rollup_month s where s.company_id = k) x;
    return query
      select distinct k, x.unit_id from (
        (select f.* from domovoi.rollup_of(array_fill(k, array[cardinality(u)]), u, m) f
         except all select s.* from domovoi.rollup_month s where s.company_id = k)
        union all
        (select s.* from domovoi.rollup_month s where s.company_id = k
         except all select f.* from domovoi.rollup_of(array_fill(k, array[cardinality(u)]), u, m) f)) x;
  end loop;
end $$;

reset role;

create trigger rollup_insert after insert on domovoi.occupancy
  referencing new table as changed for each statement execute function domovoi.rollup_after();
create trigger rollup_delete after delete on domovoi.occupancy
  referencing old table as changed for each statement execute function domovoi.rollup_after();
create trigger rollup_update after update on domovoi.occupancy
  referencing old table as was new table as changed for each statement execute function domovoi.rollup_after();
create trigger rollup_insert after insert on domovoi.unit_stock
  referencing new table as changed for each statement execute function domovoi.rollup_stock_after();
create trigger rollup_delete after delete on domovoi.unit_stock
  referencing old table as changed for each statement execute function domovoi.rollup_stock_after();
create trigger rollup_update after update on domovoi.unit_stock
  referencing new table as changed for each statement execute function domovoi.rollup_stock_after();

-- A database that has lived without it.
do $$ begin perform domovoi.rollup_build(); end $$;

set local role domovoi_owner;

-- ---- reading it ----------------------------------------------------------------------------------------------

-- Whole months are read from the rollup, anything else from the nights; domovoi.rollup = off reads nights always.
create function report.rolled(p_kind text, p_from date, p_to date) returns boolean
  language sql stable as $$
  select p_kind in ('none', 'month', 'year') and extract(day from p_from) = 1 and extract(day from p_to) = 1
    and coalesce(current_setting('domovoi.rollup', true), 'on') <> 'off'
$$;

-- The same answers as report.scan's, from whole months: `stock`, `rolled`, `offered`, `sold`. What lies in the stock
-- is only
-- told of units whose stock is seen.
create function report.month_scan(p_kind text) returns text
  language sql immutable as $$
  select format($q$
  with bucket as materialized (
    select b0, report.next_bucket(%1$L, b0) as b1
      from (select distinct report.bucket(%1$L, $1 + i) as b0
              from generate_series(0, case when %1$L = 'none' then -1 else $2 - $1 - 1 end) i) x
  ), stock as materialized (
    select s.company, s.unit, s.building, s.agent, greatest(lower(s.in_stock), $1) as a,
           least(upper(s.in_stock), $2) as b
      from api.stock s
     where ($3::int is null or s.company = $3) and s.mode = 'short_stay' and not isempty(s.in_stock * daterange($1, $2))
       and ($4::uuid[] is null or s.unit = any ($4)) and ($5::uuid is null or s.agent = $5)
  ), seen as materialized (
    select company, unit from stock group by company, unit
  ), rolled as materialized (
    select r.company, r.unit, r.building, r.agent, r.currency, r.bucket, r.sold,
           case when s.unit is not null then r.inside else 0 end as inside,
           case when s.unit is not null then r.blocked else 0 end as blocked, r.revenue, r.stays, r.heads
      from (select r.company, r.unit, r.building, r.agent, r.currency, %2$s as bucket, sum(r.sold)::int as sold,
                   sum(r.inside)::int as inside, sum(r.blocked)::int as blocked, sum(r.revenue_minor) as revenue,
                   sum(r.stays + case when r.month = $1 then r.carried else 0 end)::int as stays,
                   sum(r.heads + case when r.month = $1 then r.heads_carried else 0 end)::int as heads
              from api.unit_months r
             where ($3::int is null or r.company = $3) and r.month >= $1 and r.month < $2
               and ($4::uuid[] is null or r.unit = any ($4)) and ($5::uuid is null or r.agent = $5)
             group by 1, 2, 3, 4, 5, 6) r
      left join seen s on s.company = r.company and s.unit = r.unit
  ), offered as (
    select company, unit, bucket, sum(stock)::int as stock, sum(blocked)::int as blocked
      from (select s.company, s.unit, p.bucket, p.nights as stock, 0 as blocked
              from stock s cross join lateral %3$s
            union all
            select r.company, r.unit, r.bucket, 0, r.blocked from rolled r where r.blocked > 0) x
     group by company, unit, bucket
  ), sold as (
    select r.company, r.unit, r.building, r.agent, r.currency, r.bucket, r.sold, r.inside, r.revenue
      from rolled r where r.sold > 0
  )
  $q$, p_kind, case p_kind when 'none' then '$1' when 'month' then 'r.month' else format('report.bucket(%L, r.month)',
    p_kind)
    end, report.pieces(p_kind, 's.a', 's.b'))
$$;

-- As in 0007, but from whichever of the two: `sold` by unit, currency and bucket.
create function report.sold_nights(p_kind text, p_from date, p_to date, p_longest int) returns text
  language plpgsql stable as $$
begin
  if report.rolled(p_kind, p_from, p_to) then return report.month_scan(p_kind); end if;
  return report.scan(p_kind, p_longest) || $q$
  , sold as (
    select company, unit, building, agent, currency, bucket, sum(sold)::int as sold, sum(inside)::int as inside,
           sum(sold * price) as revenue
      from piece group by company, unit, building, agent, currency, bucket
  )$q$;
end $$;

drop function report.cells(text, int);
create function report.cells(p_kind text, p_from date, p_to date, p_longest int) returns text
  language sql stable as $$
  select report.sold_nights(p_kind, p_from, p_to, p_longest) || $q$
  , main as (        -- the currency of a unit, of a company
    select company, unit, currency, sum(sold) as nights from sold group by company, unit, currency
  ), money as (
    select distinct on (company, unit) company, unit, currency from main order by company, unit, nights desc, currency
  ), usual as (
    select distinct on (company) company, currency from main group by company, currency
     order by company, sum(nights) desc, currency
  ), home as materialized (
    select s.company, s.unit, s.building, s.agent, coalesce(m.currency, u.currency, c.currency, $6) as currency
      from (select distinct on (company, unit) * from stock order by company, unit, a desc) s
      left join money m on m.company = s.company and m.unit = s.unit
      left join usual u on u.company = s.company
      left join api.companies c on c.id = s.company
  ), cell as materialized (
    select company, unit, building, agent, currency, bucket, sum(stock)::int as stock, sum(blocked)::int as blocked,
           sum(available)::int as available, sum(sold)::int as sold, sum(revenue) as revenue
      from (select o.company, o.unit, h.building, h.agent, h.currency, o.bucket, o.stock, o.blocked,
                   o.stock - o.blocked as available, 0 as sold, 0::numeric as revenue
              from offered o join home h on h.company = o.company and h.unit = o.unit
            union all
            select company, unit, building, agent, currency, bucket, inside, 0, sold, sold, revenue from sold
            union all        -- what was sold inside the stock was in it already
            select s.company, s.unit, h.building, h.agent, h.currency, s.bucket, -s.inside, 0, -s.inside, 0, 0
              from sold s join home h on h.company = s.company and h.unit = s.unit) x
     group by company, unit, building, agent, currency, bucket
  )
  $q$
$$;

-- ---- occupancy -----------------------------------------------------------------------------------------------

create or replace function report.occupancy("from" date, "to" date, "group" text default 'none',
    company int default null, unit text default null, agent text default null)
  returns table (key text, name text, stock_nights bigint, blocked_nights bigint, available_nights bigint,
    sold_nights bigint, occupancy_bp int, revenue_minor bigint, adr_minor bigint, revpar_minor bigint, currency char(3),
    filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off set enable_nestloop = off as $$
#variable_conflict use_column
declare
  g record := report.gate(occupancy.company, occupancy."from", occupancy."to");
  d record;
  units uuid[] := report.units_of(g.company, occupancy.unit);
  agent_id uuid := report.agent_of(g.company, occupancy.agent);
begin
  perform report.one_of('group', occupancy."group", '{none,month,unit,class,building,district,agent,company}');
  d := report.dimension(occupancy."group");
  return query execute report.cells(d.kind, occupancy."from", occupancy."to", report.longest(g.company)) || format($q$
    select g.key::text, %1$s, g.stock, g.blocked, g.available, g.sold, report.bp(g.sold, g.available),
      g.revenue::bigint,
           report.per(g.revenue, g.sold), report.per(g.revenue, g.available), g.currency::char(3),
           report.stays_filter(%2$s, $7, greatest($1, g.bucket),
             least($2, coalesce(report.next_bucket(%3$L, g.bucket), $2)))
      from (select %4$s as key, %5$s as company, c.currency, min(c.bucket) as bucket, sum(c.stock) as stock,
                   sum(c.blocked) as blocked, sum(c.available) as available, sum(c.sold) as sold, sum(c.revenue) as
                     revenue
              from cell c group by 1, 2, 3
            having sum(c.available) + sum(c.sold) + sum(c.blocked) > 0
            union all
            select null, $3, $6, $1, 0, 0, 0, 0, 0
             where not exists (select from cell c where c.available + c.sold + c.blocked > 0)) g
      %6$s
     order by 2, 1, g.sold desc, g.currency $q$,
    d.name, d.filter, d.kind, d.id, report.company_of(occupancy."group"), d.labels)
    using occupancy."from", occupancy."to", g.company, units, agent_id, g.currency,
      report.narrowed(g.company, case when occupancy."group" <> 'unit' then units end, agent_id);
end $$;

-- ---- revenue -------------------------------------------------------------------------------------------------

-- As report.revenue in 0007: what the nights of the period were sold for (A6).
create function report.revenue_of_nights("from" date, "to" date, "group" text, company int, units uuid[], agent_id uuid,
    fallback char(3))
  returns setof report.revenue_row
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off set enable_nestloop = off as $$
#variable_conflict use_column
declare d record := report.dimension(revenue_of_nights."group");
begin
  return query execute report.sold_nights(d.kind, revenue_of_nights."from", revenue_of_nights."to",
      report.longest(revenue_of_nights.company)) || format($q$
    , fact as (
      select c.company, c.unit, c.building, c.agent, c.bucket, c.currency, c.revenue as amount from sold c
      union all
      select null, null, null, null, b.bucket, k.currency, 0
        from (select distinct report.bucket(%3$L, $1 + i) as bucket
                from generate_series(0, case when %3$L = 'none' then -1 else $2 - $1 - 1 end) i) b
       cross join (select distinct currency from sold where sold > 0) k
    )
    select g.key::text, %1$s, g.amount::bigint, g.currency::char(3), 0::bigint, 'reservations',
           report.stays_filter(%2$s, $7, greatest($1, g.bucket),
             least($2, coalesce(report.next_bucket(%3$L, g.bucket), $2)))
      from (select %4$s as key, %5$s as company, c.currency, min(c.bucket) as bucket, sum(c.amount) as amount
              from fact c group by 1, 2, 3
            union all
            select null, $3, $6, $1, 0 where not exists (select from fact)) g
      %6$s
     order by %7$s, 2, 1, g.currency $q$,
    d.name, d.filter, d.kind, d.id, report.company_of(revenue_of_nights."group"), d.labels,
    case when d.kind = 'none' then 'g.amount desc' else 'g.bucket' end)
    using revenue_of_nights."from", revenue_of_nights."to", revenue_of_nights.company, revenue_of_nights.units,
      revenue_of_nights.agent_id, revenue_of_nights.fallback, report.narrowed(revenue_of_nights.company,
        case when revenue_of_nights."group" <> 'unit' then revenue_of_nights.units end, revenue_of_nights.agent_id);
end $$;

-- ---- heat map ------------------------------------------------------------------------------------------------

-- Text: what was on offer and what was sold, by place (row) and bucket, from the nights (0007) or from whole months.
create function report.heat_marks(p_kind text, p_none text, p_key text, p_weekday boolean, p_rolled boolean) returns
  text
  language plpgsql stable as $$
declare
  place text := case when p_weekday then '0' else 'h.place' end;
  joins text := case when p_weekday then '' else
    format('join head h on h.company = c.company and h.key = coalesce(%s, %L)',
    p_key, p_none) end;
  spot text := case when p_weekday then 'extract(isodow from p.bucket)::int' else 'c.place' end;
begin
  return format($q$
    , offer as materialized (
      select c.company, c.unit, c.a, c.b, %1$s as place from stock c %2$s
    )$q$, place, joins) || case when p_rolled then format($q$
    , mark as (
      select c.place, p.bucket, p.nights as available, 0 as sold from offer c cross join lateral %1$s
      union all
      select h.place, c.bucket, c.sold - c.inside - c.blocked, c.sold from rolled c %2$s where c.sold + c.blocked > 0
    )$q$, report.pieces(p_kind, 'c.a', 'c.b'), joins) else format($q$
    , spent as materialized (
      select c.company, c.unit, c.a, c.b, c.sold, c.within, %1$s as place from span c %2$s
    ), mark as (
      select %3$s as place, p.bucket, p.nights as available, 0 as sold from offer c cross join lateral %4$s
      union all
      select %3$s, p.bucket, case when c.within then 0 else p.nights end, p.nights
        from spent c cross join lateral %4$s where c.sold
      union all      -- blocks, and what was sold inside the stock though not wholly: both were counted with the stock
      select %3$s, p.bucket, -p.nights, 0
        from spent c join stock s on s.company = c.company and s.unit = c.unit and s.a < c.b and s.b > c.a
       cross join lateral %5$s
       where not c.sold or not c.within
    )$q$, place, joins, spot, report.pieces(p_kind, 'c.a', 'c.b'),
      report.pieces(p_kind, 'greatest(c.a, s.a)', 'least(c.b, s.b)')) end;
end $$;

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
           case when g.available > 0 then round(g.sold * 10000.0 / g.available)::int end, h.filter
      from grid g join head h on h.place = g.no / 100000
     cross join lateral (select $1 + g.no %% 100000 - 400 as bucket) x
     order by g.no $q$,
    case when weekday then format('report.bucket(%L, bucket)', heatmap.cell) else 'bucket' end, heatmap.cell)
    using heatmap."from", heatmap."to", g.company, units, agent_id, g.currency,
      report.narrowed(g.company, case when heatmap.rows <> 'unit' then units end, agent_id);
end $$;

-- ---- top -----------------------------------------------------------------------------------------------------

-- A stay on several beds of one agent or building is one head of it; beds of different ones are counted from the
-- nights.
create function report.mixed(p_company int, p_from date, p_to date) returns boolean
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return exists (select from api.unit_months r where (p_company is null or r.company = p_company) and r.mixed > 0
    and r.month >= p_from and r.month < p_to);
end $$;

-- Text: `fact`, what a top ranks: (company, key, currency, value, second, stays).
create function report.top_facts(p_of text, p_id text, p_money boolean, p_stays boolean, p_rolled boolean) returns text
  language plpgsql immutable as $$
declare
  booked boolean := p_of = 'client' or p_of = 'unit' and p_stays;
  currency text := case when p_money then 'c.currency' else 'null::char(3)' end;
  company text := case when p_of in ('agent', 'company') then 'null::int' else 'c.company' end;
begin
  if p_rolled then
    return format($q$
    , fact as (
      select company, key, currency, %1$s as value, %2$s as second, sum(stays) as stays
        from (select %3$s as company, %4$s as key, %5$s as currency, c.sold as nights, c.revenue, c.%6$I as stays
                from rolled c where c.sold > 0) c group by 1, 2, 3
    )$q$, case when p_money then 'sum(revenue)' when p_stays then 'sum(stays)' else 'sum(nights)' end,
      case when p_money then 'sum(stays)' else 'sum(revenue)' end, company, p_id, currency,
      case when p_of = 'unit' then 'stays' else 'heads' end);
  end if;
  return format($q$
    , stay as (
      select c.company, %1$s as key, %2$s as currency, sum(c.sold) as nights, sum(c.sold * c.price) as revenue
        from piece c %3$s where c.sold > 0 group by c.company, 2, 3, c.record
    ), fact as (
      select %4$s as company, key, currency, %5$s as value, %6$s as second, count(*) as stays from stay c group by 1,
        2, 3
    )$q$, case when p_of = 'unit' and booked then 'r.unit' else p_id end, currency,
    case when booked then 'left join api.reservations r on r.company = c.company and r.id = c.record' else '' end,
      company,
    case when p_money then 'sum(revenue)' when p_stays then 'count(*)' else 'sum(nights)' end,
    case when p_money then 'count(*)' else 'sum(revenue)' end);
end $$;

-- Text: the first rows of `fact` and, always, `others`: what is left of the same sum. Shares are dealt out by largest
-- remainder, so they add up to 10000. $6 currency of last resort $8 how many.
create function report.ranked(p_dimension record, p_money boolean, p_filter text) returns text
  language plpgsql immutable as $$
begin
  return format($q$
    , close as (
      select f.*, rank() over (partition by currency order by value desc, second desc) as place
        from fact f where key is not null
    ), best as (
      select * from (
        select g.company, g.key, g.currency, g.value, g.second, g.stays, %1$s as name, trim(%2$s) as filter,
               row_number() over (partition by g.currency order by g.value desc, g.second desc, %3$s, g.key) as place
          from close g %4$s
         where g.place <= $8) x
       where place <= $8
    ), line as (
      select place::int as place, key::text as key, name, value, stays, currency, filter from best
      union all
      select null, null, 'others', coalesce(sum(f.value), 0) - coalesce((select sum(b.value) from best b
               where b.currency is not distinct from k.currency), 0),
             coalesce(sum(f.stays), 0) - coalesce((select sum(b.stays) from best b
               where b.currency is not distinct from k.currency), 0),
             k.currency, null
        from (select currency from fact
              union select case when %5$L then $6 end::char(3) where not exists (select from fact)) k
        left join fact f on f.currency is not distinct from k.currency
       group by k.currency
    ), part as (
      select l.*, sum(value) over w as total,
             case when sum(value) over w > 0 then floor(value * 10000 / sum(value) over w) else 0 end as base,
             case when sum(value) over w > 0 then (value * 10000) %% sum(value) over w else 0 end as rest
        from line l window w as (partition by currency)
    )
    select place, key, name, value::bigint, stays::bigint,
           (base + case when total > 0 and row_number() over (partition by currency order by rest desc, place)
                          <= 10000 - sum(base) over (partition by currency) then 1 else 0 end)::int,
           currency::char(3), %6$s
      from part order by total desc, currency, place $q$,
    p_dimension.name, p_dimension.filter, p_dimension.code, p_dimension.labels, p_money, p_filter);
end $$;

-- As in 0007, but debtors are ranked by what is overdue on the last day of the period, or by how many charges are.
drop function report.top(date, date, text, text, int, int, text, text);
create function report.top("from" date, "to" date, "of" text default 'unit', "by" text default 'revenue',
    "limit" int default 5, company int default null, unit text default null, agent text default null)
  returns table (rank int, key text, name text, value bigint, stays bigint, share_bp int, currency char(3), resource
    text,
    filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off set enable_nestloop = off as $$
#variable_conflict use_column
declare
  g record := report.gate(top.company, top."from", top."to");
  d record;
  units uuid[] := report.units_of(g.company, top.unit);
  agent_id uuid := report.agent_of(g.company, top.agent);
  owing boolean := top."of" = 'debtor';
  money boolean := top."by" in ('revenue', 'spend', 'debt');
  stays boolean := top."by" in ('stays', 'count');
  rolled boolean := top."of" in ('agent', 'company', 'building') and units is null
      and not report.mixed(g.company, top."from", top."to") or top."of" = 'unit' and not stays;
begin
  perform report.one_of('of', top."of", '{unit,client,agent,company,building,debtor}', '{category,executor}');
  perform report.one_of('by', top."by", case when owing then '{revenue,spend,debt,count}'::text[]
    else '{revenue,stays,nights,spend,count}' end);
  if coalesce(top."limit", 0) not between 1 and 1000 then
    raise exception using errcode = 'DM007', message = 'The number of rows must be 1 to 1000.', column = 'limit',
      detail = coalesce(top."limit"::text, '');
  end if;
  d := report.dimension(top."of");
  if owing then
    return query select x.rank, x.key, x.name, x.value, x.stays, x.share_bp, x.currency, 'charges', x.filter
      from report.top_debtors(top."to" - 1, money, top."limit", g.company, units, agent_id, g.currency) x;
    return;
  end if;
  if top."of" = 'unit' and stays then d.filter := $f$'unit=' || g.key$f$; end if;
  rolled := rolled and report.rolled('none', top."from", top."to");
  return query execute 'select place, key, name, v, s, share, currency, ''reservations'', filter from ('
    || case when rolled then report.month_scan('none') else report.scan('none', report.longest(g.company)) end
    || report.top_facts(top."of", d.id, money, stays, rolled)
    || report.ranked(d, money, 'report.stays_filter(filter, $7, $1, $2)')
    || ') x (place, key, name, v, s, share, currency, filter)'
    using top."from", top."to", g.company, units, agent_id, g.currency,
      report.narrowed(g.company, case when top."of" <> 'unit' then units end, agent_id), top."limit";
end $$;

-- $1 is the day that arrears are told of, $2 the day after it, as everywhere.
create function report.top_debtors(as_of date, money boolean, "limit" int, company int, units uuid[], agent_id uuid,
    fallback char(3))
  returns table (rank int, key text, name text, value bigint, stays bigint, share_bp int, currency char(3), filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare
  d record := report.dimension('debtor');
  today date := (report.frame(top_debtors.company)).today;
begin
  return query execute replace(replace(replace(report.open_facts(), '$4', '$5'), '$3', '$4'), '$2', '$3') || format($q$
    , fact as (
      select company, key, currency, %1$s as value, %2$s as second, sum(n) as stays
        from (select c.company, c.party as key, %3$s as currency, c.open, 1 as n from open c where c.due_on < $1) c
       group by 1, 2, 3
    )$q$, case when top_debtors.money then 'sum(open)' else 'sum(n)' end,
      case when top_debtors.money then 'sum(n)' else 'sum(open)' end,
      case when top_debtors.money then 'c.currency' else 'null::char(3)' end)
    || report.ranked(d, top_debtors.money, $q$case when $1 = $2 then report.filters(filter, $7,
         'open>0 due_on<' || $1) end$q$)
    using top_debtors.as_of, today, top_debtors.company, top_debtors.units, top_debtors.agent_id, top_debtors.fallback,
      report.money_narrowed(top_debtors.units, top_debtors.agent_id), top_debtors."limit";
end $$;

reset role;

revoke execute on all functions in schema report from public;
grant usage on schema report to domovoi_staff;
grant execute on all functions in schema report to domovoi_staff;
