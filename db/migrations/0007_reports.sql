-- Reports (domain.md §3.7). Rule A0 above all: every number is a sum of the same cells, one a (unit, bucket,
-- agent, currency), so that the header, the rows and the groups cannot disagree, and every row says with which
-- filter of the list of reservations it opens.   sold       nights of confirmed, checked-in and completed stays
-- (A4)   stock      nights on offer; blocked: those of them that are out of order (A1, A2)   available  nights of
-- the stock that are not blocked, or are sold all the same: night by night A3's              max(stock - blocks,
-- sold), so it adds up over any buckets A unit's stock belongs to its own agent and to the currency that most of
-- its nights were sold in. Nights that went through another agent, or in another currency, are available there and
-- taken off here (counted once). Reports run under the caller's policies (SECURITY INVOKER) and read views of api;
-- staff have no USAGE on schema domovoi. Texts are planned for the values at hand: a generic plan would give up
-- the index on dates. Joins are hash joins: the planner cannot know how many rows a period has, and a nested loop
-- over two such sets takes seconds; labels are looked up one by one (lateral).

-- The gate asks who the caller is; that is for the rules to say.
grant execute on function domovoi.me(), domovoi.has_permission(text), domovoi.company_today(int), domovoi.now(),
  domovoi.fail(text, text, text, text, text) to domovoi_owner;

set local role domovoi_owner;

-- The dictionaries, for names.
create view api.dictionary with (security_invoker) as
  select d.kind, d.code, d.names, d.meta, d.sort, d.active from domovoi.dict_item d;
grant select on api.dictionary to domovoi_staff;

-- The longest use of a company is one look into this index, and bounds every scan of a period on its left: without it
-- a month would read a year of arrivals, for a stay may last 366 nights.
create index occupancy_length on domovoi.occupancy (company_id, (check_out - check_in));

create function report.longest(p_company int) returns int
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  c int;
  found_nights int := 1;
begin
  for c in select x.id from api.companies x where p_company is null or x.id = p_company loop
    found_nights := greatest(found_nights, (select max(n.check_out - n.check_in) from api.nights n where n.company = c));
  end loop;
  return found_nights;
end $$;

-- ---- frame ---------------------------------------------------------------------------------------------------

-- Whose figures: the company asked for, the session's own, or null: all companies of a platform session.
-- currency is what an empty answer is given in.
create function report.frame(p_company int, out company int, out currency char(3), out today date, out at timestamptz)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp as $$
declare m record := domovoi.me();
begin
  if m.user_id is null then
    perform domovoi.fail('DM009', 'This login has no active membership.');
  end if;
  company := case when m.scope = 'platform' then coalesce(p_company, m.company_id) else m.company_id end;
  if p_company is not null and (p_company <> company
      or not exists (select from domovoi.company c where c.id = p_company)) then
    perform domovoi.fail('DM006', 'There is no such company.', 'company', p_company::text);
  end if;
  select c.currency into currency from domovoi.company c where c.id = coalesce(frame.company, m.home);
  today := domovoi.company_today(coalesce(company, m.home));
  at := date_trunc('second', domovoi.now());
end $$;

-- The same, for whoever may see figures at the scope of the session.
create function report.gate(p_company int, p_from date, p_to date, out company int, out currency char(3))
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp as $$
declare
  m record := domovoi.me();
  f record := report.frame(p_company);
  need text := 'analytics.' || case m.scope when 'platform' then 'platform' when 'company' then 'company' else 'own' end;
begin
  if not domovoi.has_permission(need) then
    perform domovoi.fail('DM005', 'You may not see these figures.', null, need);
  elsif p_from is null or p_to is null or p_from >= p_to then
    perform domovoi.fail('DM007', 'The period must end after it begins.', case when p_from is null then 'from' else 'to' end,
      coalesce(p_from::text, '?') || ' - ' || coalesce(p_to::text, '?'), 'Give from=DAY and to=DAY; the day in to is not counted.');
  end if;
  company := f.company;
  currency := f.currency;
end $$;

-- A parameter that takes one of these words.
create function report.one_of(p_field text, p_value text, p_known text[], p_later text[] default '{}') returns void
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  if p_value = any (p_known) then return; end if;
  raise exception using errcode = 'DM007', column = p_field, detail = coalesce(p_value, ''),
    message = case when p_value = any (p_later) then 'This report needs records that are not kept here yet.'
                   else 'This value is not known.' end,
    hint = 'One of: ' || array_to_string(p_known, ', ');
end $$;

-- Units by id or code, several with commas, as their smallest parts: a room's nights are those of its beds.
create function report.units_of(p_company int, p_text text) returns uuid[]
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  words text[] := string_to_array(p_text, ',');
  ids uuid[] := array(select w::uuid from unnest(words) w where w ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$');
  found_ids uuid[];
  below uuid[];
begin
  if p_text is null then return null; end if;
  if p_company is null then
    found_ids := array(select u.id from api.units u where u.id = any (ids) or u.code = any (words));
  else
    found_ids := array(select u.id from api.units u where u.company = p_company and u.id = any (ids)
                       union select u.id from api.units u where u.company = p_company and u.code = any (words));
  end if;
  if cardinality(found_ids) < cardinality(words) then
    raise exception using errcode = 'DM006', message = 'There is no such unit.', column = 'unit', detail = p_text;
  end if;
  below := found_ids;
  while cardinality(below) > 0 loop
    below := array(select u.id from api.units u where (p_company is null or u.company = p_company) and u.parent = any (below));
    found_ids := found_ids || below;
  end loop;
  return found_ids;
end $$;

create function report.agent_of(p_company int, p_text text) returns uuid
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare found_id uuid;
begin
  if p_text is null then return null; end if;
  select u.id into found_id from api.users u
   where u.id::text = lower(p_text) or u.login = p_text or u.name = p_text order by u.login = p_text desc limit 1;
  if not found then
    raise exception using errcode = 'DM006', message = 'There is no such agent.', column = 'agent', detail = p_text;
  end if;
  return found_id;
end $$;

-- Basis points, half up; 0 of 0 is 0.
create function report.bp(p_part numeric, p_whole numeric) returns int
  language sql immutable parallel safe as
$$ select case when p_whole = 0 then 0 else round(p_part * 10000 / p_whole)::int end $$;

create function report.per(p_amount numeric, p_count numeric) returns bigint
  language sql immutable parallel safe as
$$ select case when p_count = 0 then 0 else round(p_amount / p_count)::bigint end $$;

-- The first and the next bucket of a day.
create function report.bucket(p_kind text, p_day date) returns date
  language sql immutable parallel safe as $$
  select case p_kind
    when 'day' then p_day
    when 'week' then p_day - extract(isodow from p_day)::int + 1
    when 'month' then p_day - extract(day from p_day)::int + 1
    when 'year' then make_date(extract(year from p_day)::int, 1, 1) end
$$;
create function report.next_bucket(p_kind text, p_bucket date) returns date
  language sql immutable parallel safe as $$
  select case p_kind when 'day' then p_bucket + 1 when 'week' then p_bucket + 7
    when 'month' then (p_bucket + interval '1 month')::date when 'year' then (p_bucket + interval '1 year')::date end
$$;

-- ---- cells ---------------------------------------------------------------------------------------------------

-- The pieces of a span that fall into the buckets of a kind: (bucket, nights). Text for the query of a report.
create function report.pieces(p_kind text, p_a text, p_b text) returns text
  language sql immutable as $$
  select replace(replace(case p_kind
    when 'none' then '(select $1::date as bucket, B - A as nights) p'
    when 'day' then '(select A + i as bucket, 1 as nights from generate_series(0, B - A - 1) i) p'
    else '(select k.b0 as bucket, least(B, k.b1) - greatest(A, k.b0) as nights from bucket k where k.b0 < B and k.b1 > A) p'
    end, 'A', p_a), 'B', p_b)
$$;

-- What was used and what was on offer, cut to the period; $1 from $2 to $3 company $4 units $5 agent $6 currency
-- of last resort. within: the whole span lies in the stock, which is nearly always so.
create function report.scan(p_kind text, p_longest int) returns text
  language sql immutable as $$
  select format($q$
  with bucket as materialized (
    select b0, report.next_bucket(%1$L, b0) as b1
      from (select distinct report.bucket(%1$L, $1 + i) as b0
              from generate_series(0, case when %1$L in ('none', 'day') then -1 else $2 - $1 - 1 end) i) x
  ), stock as materialized (
    select s.company, s.unit, s.building, s.agent, greatest(lower(s.in_stock), $1) as a, least(upper(s.in_stock), $2) as b
      from api.stock s
     where ($3::int is null or s.company = $3) and s.mode = 'short_stay' and not isempty(s.in_stock * daterange($1, $2))
       and ($4::uuid[] is null or s.unit = any ($4)) and ($5::uuid is null or s.agent = $5)
  ), used as materialized (
    select n.company, n.unit, n.building, n.agent, n.currency, n.sold, n.record, n.price_minor as price,
           greatest(n.check_in, $1) as a, least(n.check_out, $2) as b
      from api.nights n
     where ($3::int is null or n.company = $3) and n.check_in > $1 - %5$s and n.check_in < $2 and n.check_out > $1
       and (n.sold or n.source = 'block') and ($4::uuid[] is null or n.unit = any ($4)) and ($5::uuid is null or n.agent = $5)
  ), span as materialized (
    select n.*, s.unit is not null as within
      from used n left join stock s on s.company = n.company and s.unit = n.unit and s.a <= n.a and s.b >= n.b
  ), offered as (    -- stock and blocks of a unit and bucket
    select company, unit, bucket, sum(stock)::int as stock, sum(blocked)::int as blocked
      from (select s.company, s.unit, p.bucket, p.nights as stock, 0 as blocked
              from stock s cross join lateral %2$s
            union all
            select n.company, n.unit, p.bucket, 0, p.nights
              from span n join stock s on s.company = n.company and s.unit = n.unit and s.a < n.b and s.b > n.a
             cross join lateral %3$s
             where not n.sold) x
     group by company, unit, bucket
  ), piece as (      -- sold nights; inside: those of them within the stock
    select n.company, n.unit, n.building, n.agent, n.currency, n.record, n.price, p.bucket, p.nights as sold,
           case when n.within then p.nights else 0 end as inside
      from span n cross join lateral %4$s where n.sold
    union all
    select n.company, n.unit, n.building, n.agent, n.currency, n.record, n.price, p.bucket, 0, p.nights
      from span n join stock s on s.company = n.company and s.unit = n.unit and s.a < n.b and s.b > n.a
     cross join lateral %3$s
     where n.sold and not n.within
  )
  $q$, p_kind, report.pieces(p_kind, 's.a', 's.b'), report.pieces(p_kind, 'greatest(n.a, s.a)', 'least(n.b, s.b)'),
     report.pieces(p_kind, 'n.a', 'n.b'), p_longest)
$$;

-- On top of it `cell`: what every sum is a sum of.
create function report.cells(p_kind text, p_longest int) returns text
  language sql immutable as $$
  select report.scan(p_kind, p_longest) || $q$
  , main as (        -- the currency of a unit, of a company
    select company, unit, currency, sum(b - a) as nights from span where sold group by company, unit, currency
  ), money as (
    select distinct on (company, unit) company, unit, currency from main order by company, unit, nights desc, currency
  ), usual as (
    select distinct on (company) company, currency from main group by company, currency order by company, sum(nights) desc, currency
  ), home as materialized (
    select s.company, s.unit, s.building, s.agent, coalesce(m.currency, u.currency, c.currency, $6) as currency
      from (select distinct on (company, unit) * from stock order by company, unit, a desc) s
      left join money m on m.company = s.company and m.unit = s.unit
      left join usual u on u.company = s.company
      left join api.companies c on c.id = s.company
  ), sold as (
    select company, unit, building, agent, currency, bucket, sum(sold)::int as sold, sum(inside)::int as inside,
           sum(sold * price) as revenue
      from piece group by company, unit, building, agent, currency, bucket
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

-- ---- what a row is about -------------------------------------------------------------------------------------

-- For a group: the bucket it needs, the expression that tells rows apart, where its name comes from, the name,
-- and the filter that opens its reservations (without the period, except where the bucket is one).
create function report.dimension(p_group text, out kind text, out id text, out labels text, out name text,
    out code text, out filter text)
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  kind := case when p_group in ('day', 'week', 'month', 'year') then p_group else 'none' end;
  labels := '';
  name := 'g.key::text';
  code := 'g.key';
  filter := $q$''$q$;
  case p_group
    when 'none' then id := 'null::text';
    when 'day', 'week' then id := 'c.bucket::text';
    when 'month' then id := $q$to_char(c.bucket, 'YYYY-MM')$q$;
    when 'year' then id := $q$to_char(c.bucket, 'YYYY')$q$;
    when 'unit' then
      id := 'c.unit';
      labels := 'left join lateral (select u.title, u.code, u.parent from api.units u where u.company = g.company and u.id = g.key offset 0) u on true';
      name := 'coalesce(u.title, g.key::text)';
      code := 'u.code';
      filter := $q$'unit=' || concat_ws(',', g.key, u.parent, case when u.parent is not null then
        (select up.parent from api.units up where up.company = g.company and up.id = u.parent) end)$q$;
    when 'class' then
      id := '(select u.class from api.units u where u.company = c.company and u.id = c.unit)';
      filter := 'null::text';
    when 'building' then
      id := 'c.building';
      labels := 'left join lateral (select u.name, u.code from api.buildings u where u.company = g.company and u.id = g.key offset 0) u on true';
      name := 'u.name';
      code := 'u.code';
      filter := $q$'building=' || g.key$q$;
    when 'client' then
      id := 'r.party';
      labels := 'left join lateral (select u.name, u.no from api.parties u where u.company = g.company and u.id = g.key offset 0) u on true';
      name := 'u.name';
      code := 'u.no';
      filter := $q$'party=' || g.key$q$;
    when 'agent' then
      id := 'c.agent';
      labels := 'left join lateral (select x.name from api.users x where x.id = g.key limit 1) u on true';
      name := 'u.name';
      filter := $q$'agent=' || g.key$q$;
    when 'company' then
      id := 'c.company';
      labels := 'left join api.companies u on u.id = g.key';
      name := 'u.name';
      code := 'g.key';
      filter := $q$'company=' || g.key$q$;
  end case;
end $$;

-- Units with what they are parts of: a bed is also sold with its room, so its stays are those of both.
create function report.with_parents(p_company int, p_units uuid[]) returns uuid[]
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare up uuid[] := p_units;
begin
  while cardinality(up) > 0 loop
    up := array(select distinct u.parent from api.units u where (p_company is null or u.company = p_company)
                and u.id = any (up) and u.parent is not null and u.parent <> all (p_units));
    p_units := p_units || up;
  end loop;
  return p_units;
end $$;

-- The part of a filter that the arguments make; empty if they narrow nothing.
create function report.narrowed(p_company int, p_units uuid[], p_agent uuid) returns text
  language sql stable set search_path = pg_catalog, report, pg_temp as
$$ select concat_ws(' ', 'unit=' || array_to_string(report.with_parents(p_company, p_units), ','), 'agent=' || p_agent) $$;

-- The nights of a period are those of the stays that touch it.
create function report.stays_filter(p_rest text, p_narrowed text, p_from date, p_to date) returns text
  language sql immutable as $$
  select case when p_rest is not null then trim(replace(
    concat_ws(' ', p_rest, p_narrowed, 'check_in<' || p_to, 'check_out>' || p_from, 'status=confirmed,checked_in,completed'), '  ', ' ')) end
$$;

-- ---- occupancy -----------------------------------------------------------------------------------------------

create function report.occupancy("from" date, "to" date, "group" text default 'none', company int default null,
    unit text default null, agent text default null)
  returns table (key text, name text, stock_nights bigint, blocked_nights bigint, available_nights bigint, sold_nights bigint,
    occupancy_bp int, revenue_minor bigint, adr_minor bigint, revpar_minor bigint, currency char(3), filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off set enable_nestloop = off as $$
#variable_conflict use_column
declare
  g record := report.gate(occupancy.company, occupancy."from", occupancy."to");
  d record;
  units uuid[] := report.units_of(g.company, occupancy.unit);
  agent_id uuid := report.agent_of(g.company, occupancy.agent);
begin
  perform report.one_of('group', occupancy."group", '{none,month,unit,class,building,agent}');
  d := report.dimension(occupancy."group");
  return query execute report.cells(d.kind, report.longest(g.company)) || format($q$
    select g.key::text, %1$s, g.stock, g.blocked, g.available, g.sold, report.bp(g.sold, g.available), g.revenue::bigint,
           report.per(g.revenue, g.sold), report.per(g.revenue, g.available), g.currency::char(3),
           report.stays_filter(%2$s, $7, greatest($1, g.bucket), least($2, coalesce(report.next_bucket(%3$L, g.bucket), $2)))
      from (select %4$s as key, %5$s as company, c.currency, min(c.bucket) as bucket, sum(c.stock) as stock, sum(c.blocked) as blocked,
                   sum(c.available) as available, sum(c.sold) as sold, sum(c.revenue) as revenue
              from cell c group by 1, 2, 3
            having sum(c.available) + sum(c.sold) + sum(c.blocked) > 0
            union all
            select null, $3, $6, $1, 0, 0, 0, 0, 0 where not exists (select from cell c where c.available + c.sold + c.blocked > 0)) g
      %6$s
     order by 2, 1, g.sold desc, g.currency $q$,
    d.name, d.filter, d.kind, d.id, case when occupancy."group" in ('unit', 'building') then 'c.company' else 'null::int' end, d.labels)
    using occupancy."from", occupancy."to", g.company, units, agent_id, g.currency,
      report.narrowed(g.company, case when occupancy."group" <> 'unit' then units end, agent_id);
end $$;

-- ---- heat map ------------------------------------------------------------------------------------------------

-- One row a cell, every cell of the rows that have stock or sales in the period. A weekday row has one cell a
-- bucket too: its nights of that weekday.
create type report.heatmap_cell as (
  "row" text, name text, cell date, cell_end date, sold_nights bigint, available_nights bigint, occupancy_bp int, filter text
);

create function report.heatmap("from" date, "to" date, rows text default 'unit', cell text default 'day', company int default null,
    unit text default null, agent text default null)
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
begin
  perform report.one_of('rows', heatmap.rows, '{unit,building,weekday}');
  perform report.one_of('cell', heatmap.cell, '{day,week,month}');
  d := report.dimension(case when weekday then 'none' else heatmap.rows end);
  -- rows get their place first, then a cell is one number, place * 100000 + days from $1 - 400: cheap to sum and sort
  return query execute report.scan(kind, report.longest(g.company)) || format($q$
    , head as materialized (
      select row_number() over (order by %1$s, %2$s, g.key)::int as place, g.company, g.key, nullif(g.key::text, %3$L) as label, %1$s as name,
             trim((%4$s) || ' ' || $7) as filter
        from (%5$s) g %6$s
    ), offer as materialized (
      select c.company, c.unit, c.a, c.b, %7$s as place from stock c %9$s
    ), spent as materialized (
      select c.company, c.unit, c.a, c.b, c.sold, c.within, %7$s as place from span c %9$s
    ), mark as (
      select %13$s as place, p.bucket, p.nights as available, 0 as sold from offer c cross join lateral %8$s
      union all
      select %13$s, p.bucket, case when c.within then 0 else p.nights end, p.nights from spent c cross join lateral %8$s where c.sold
      union all      -- blocks, and what was sold inside the stock though not wholly: both were counted with the stock
      select %13$s, p.bucket, -p.nights, 0
        from spent c join stock s on s.company = c.company and s.unit = c.unit and s.a < c.b and s.b > c.a cross join lateral %10$s
       where not c.sold or not c.within
    ), grid as (
      select place * 100000 + (%11$s - $1 + 400) as no, sum(available) as available, sum(sold) as sold from mark group by 1
    )
    select h.label, h.name, greatest(x.bucket, $1), least(report.next_bucket(%12$L, x.bucket), $2), g.sold, g.available,
           case when g.available > 0 then round(g.sold * 10000.0 / g.available)::int end, h.filter
      from grid g join head h on h.place = g.no / 100000
     cross join lateral (select $1 + g.no %% 100000 - 400 as bucket) x
     order by g.no $q$,
    d.name, d.code, none, case when weekday then 'null::text' else replace(d.filter, 'g.key', format('nullif(g.key::text, %L)', none)) end,
    case when weekday then 'select 0 as company, generate_series(1, 7) as key'
         else format('select c.company, coalesce(%1$s, %2$L) as key from stock c union select c.company, coalesce(%1$s, %2$L) from used c', d.id, none) end,
    d.labels, case when weekday then '0' else 'h.place' end, report.pieces(kind, 'c.a', 'c.b'),
    case when weekday then '' else format('join head h on h.company = c.company and h.key = coalesce(%s, %L)', d.id, none) end,
    report.pieces(kind, 'greatest(c.a, s.a)', 'least(c.b, s.b)'),
    case when weekday then format('report.bucket(%L, bucket)', heatmap.cell) else 'bucket' end, heatmap.cell,
    case when weekday then 'extract(isodow from p.bucket)::int' else 'c.place' end)
    using heatmap."from", heatmap."to", g.company, units, agent_id, g.currency,
      report.narrowed(g.company, case when heatmap.rows <> 'unit' then units end, agent_id);
end $$;

-- ---- top -----------------------------------------------------------------------------------------------------

-- The first rows by a measure and, always, `others`: what is left of the same sum. Shares are dealt out by largest
-- remainder, so they add up to 10000. Money is ranked apart in each currency.
create function report.top("from" date, "to" date, "of" text default 'unit', "by" text default 'revenue', "limit" int default 5, company int default null,
    unit text default null, agent text default null)
  returns table (rank int, key text, name text, value bigint, stays bigint, share_bp int, currency char(3), filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off set enable_nestloop = off as $$
#variable_conflict use_column
declare
  g record := report.gate(top.company, top."from", top."to");
  d record;
  units uuid[] := report.units_of(g.company, top.unit);
  agent_id uuid := report.agent_of(g.company, top.agent);
  money boolean := top."by" in ('revenue', 'spend');
  stays boolean := top."by" in ('stays', 'count');
  booked boolean;
begin
  perform report.one_of('of', top."of", '{unit,client,agent,company,building}', '{category,executor,debtor}');
  perform report.one_of('by', top."by", '{revenue,stays,nights,spend,count}');
  if coalesce(top."limit", 0) not between 1 and 1000 then
    raise exception using errcode = 'DM007', message = 'The number of rows must be 1 to 1000.', column = 'limit',
      detail = coalesce(top."limit"::text, '');
  end if;
  d := report.dimension(top."of");
  -- a stay is counted once, on the unit that was booked; nights and money lie where they were spent
  booked := top."of" = 'client' or top."of" = 'unit' and stays;
  return query execute report.scan('none', report.longest(g.company)) || format($q$
    , stay as (
      select c.company, %1$s as key, %2$s as currency, sum(c.sold) as nights, sum(c.sold * c.price) as revenue
        from piece c %3$s where c.sold > 0 group by c.company, 2, 3, c.record
    ), fact as (
      select %4$s as company, key, currency, %5$s as value, %6$s as second, count(*) as stays from stay group by 1, 2, 3
    ), close as (
      select f.*, rank() over (partition by currency order by value desc, second desc) as place from fact f where key is not null
    ), best as (
      select * from (
        select g.company, g.key, g.currency, g.value, g.second, g.stays, %7$s as name, trim(%8$s) as filter,
               row_number() over (partition by g.currency order by g.value desc, g.second desc, %9$s, g.key) as place
          from close g %10$s
         where g.place <= $8) x
       where place <= $8
    ), line as (
      select place::int as place, key::text as key, name, value, stays, currency, filter from best
      union all
      select null, null, 'others', coalesce(sum(f.value), 0) - coalesce((select sum(b.value) from best b where b.currency is not distinct from k.currency), 0),
             coalesce(sum(f.stays), 0) - coalesce((select sum(b.stays) from best b where b.currency is not distinct from k.currency), 0),
             k.currency, null
        from (select currency from fact union select case when %11$L then $6 end::char(3) where not exists (select from fact)) k
        left join fact f on f.currency is not distinct from k.currency
       group by k.currency
    ), part as (
      select l.*, sum(value) over w as total, case when sum(value) over w > 0 then floor(value * 10000 / sum(value) over w) else 0 end as base,
             case when sum(value) over w > 0 then (value * 10000) %% sum(value) over w else 0 end as rest
        from line l window w as (partition by currency)
    )
    select place, key, name, value::bigint, stays::bigint,
           (base + case when total > 0 and row_number() over (partition by currency order by rest desc, place)
                          <= 10000 - sum(base) over (partition by currency) then 1 else 0 end)::int,
           currency::char(3), report.stays_filter(filter, $7, $1, $2)
      from part order by total desc, currency, place $q$,
    case when top."of" = 'unit' and booked then 'r.unit' else d.id end,
    case when money then 'c.currency' else 'null::char(3)' end,
    case when booked then 'left join api.reservations r on r.company = c.company and r.id = c.record' else '' end,
    case when top."of" in ('agent', 'company') then 'null::int' else 'company' end,
    case when money then 'sum(revenue)' when stays then 'count(*)' else 'sum(nights)' end,
    case when money then 'count(*)' else 'sum(revenue)' end,
    d.name, case when top."of" = 'unit' and stays then $q$'unit=' || g.key$q$ else d.filter end, d.code, d.labels, money)
    using top."from", top."to", g.company, units, agent_id, g.currency,
      report.narrowed(g.company, case when top."of" <> 'unit' then units end, agent_id), top."limit";
end $$;

-- ---- revenue -------------------------------------------------------------------------------------------------

-- By nights (A6): what the nights of the period were sold for. Every bucket of the period is there, in every currency.
create function report.revenue("from" date, "to" date, basis text default 'nights', "group" text default 'month',
    company int default null, unit text default null, agent text default null)
  returns table (key text, name text, amount_minor bigint, currency char(3), filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off set enable_nestloop = off as $$
#variable_conflict use_column
declare
  g record := report.gate(revenue.company, revenue."from", revenue."to");
  d record;
  units uuid[] := report.units_of(g.company, revenue.unit);
  agent_id uuid := report.agent_of(g.company, revenue.agent);
begin
  perform report.one_of('basis', revenue.basis, '{nights}', '{payments,charges}');
  perform report.one_of('group', revenue."group", '{none,day,week,month,year,unit,agent,company,building}', '{district,method}');
  d := report.dimension(revenue."group");
  return query execute report.scan(d.kind, report.longest(g.company)) || format($q$
    , fact as (
      select c.company, c.unit, c.building, c.agent, c.bucket, c.currency, sum(c.sold * c.price) as amount
        from piece c group by c.company, c.unit, c.building, c.agent, c.bucket, c.currency
      union all
      select null, null, null, null, b.bucket, k.currency, 0
        from (select distinct report.bucket(%3$L, $1 + i) as bucket from generate_series(0, case when %3$L = 'none' then -1 else $2 - $1 - 1 end) i) b
       cross join (select distinct currency from used where sold) k
    )
    select g.key::text, %1$s, g.amount::bigint, g.currency::char(3),
           report.stays_filter(%2$s, $7, greatest($1, g.bucket), least($2, coalesce(report.next_bucket(%3$L, g.bucket), $2)))
      from (select %4$s as key, %5$s as company, c.currency, min(c.bucket) as bucket, sum(c.amount) as amount from fact c group by 1, 2, 3
            union all
            select null, $3, $6, $1, 0 where not exists (select from fact)) g
      %6$s
     order by %7$s, 2, 1, g.currency $q$,
    d.name, d.filter, d.kind, d.id, case when revenue."group" in ('unit', 'building') then 'c.company' else 'null::int' end, d.labels,
    case when d.kind = 'none' then 'g.amount desc' else 'g.bucket' end)
    using revenue."from", revenue."to", g.company, units, agent_id, g.currency,
      report.narrowed(g.company, case when revenue."group" <> 'unit' then units end, agent_id);
end $$;

-- ---- cancellations -------------------------------------------------------------------------------------------

-- A10: cancelled of all but the expired. share_bp is always cancelled / total: of everything (none), of the
-- cancelled (initiator), of what that initiator cancelled (reason).
create function report.cancellations("from" date, "to" date, cohort text default 'created', "group" text default 'none',
    company int default null, unit text default null, agent text default null)
  returns table (key text, name text, initiator text, total bigint, cancelled bigint, share_bp int, filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare
  g record := report.gate(cancellations.company, cancellations."from", cancellations."to");
  units uuid[] := report.with_parents(g.company, report.units_of(g.company, cancellations.unit));
  agent_id uuid := report.agent_of(g.company, cancellations.agent);
  field text := case cancellations.cohort when 'created' then 'booked_on' when 'check_in' then 'check_in' else 'status_on' end;
  opens text;
begin
  perform report.one_of('cohort', cancellations.cohort, '{created,check_in,event}');
  perform report.one_of('group', cancellations."group", '{none,reason,initiator}');
  opens := concat_ws(' ', 'unit=' || array_to_string(units, ','), 'agent=' || agent_id,
    field || '>=' || cancellations."from", field || '<' || cancellations."to", 'status=cancelled');
  return query execute format($q$
    with stay as (
      select r.status = 'cancelled' as gone, coalesce(r.cancelled_by, '') as who, coalesce(r.status_reason, '') as why, count(*) as n
        from api.reservations r
       where ($3::int is null or r.company = $3) and r.%1$I >= $1 and r.%1$I < $2 and r.status <> 'expired'
         and ($4::uuid[] is null or r.unit = any ($4)) and ($5::uuid is null or r.agent = $5)
       group by 1, 2, 3
    ), line as (
      select %2$s as key, %3$s as who, sum(n) filter (where gone) as cancelled, sum(n) as n from stay where gone or %4$L = 'none' group by 1, 2
    ), whole as (
      select l.*, case %4$L when 'none' then l.n when 'initiator' then sum(l.cancelled) over () else sum(l.cancelled) over (partition by l.who) end as total
        from line l
      union all
      select null, null, 0, 0, 0 where not exists (select from line)
    ), part as (
      select w.*, coalesce(cancelled, 0) as c, case when total > 0 then floor(coalesce(cancelled, 0) * 10000 / total) else 0 end as base,
             case when total > 0 then (coalesce(cancelled, 0) * 10000) %% total else 0 end as rest
        from whole w
    ), fair as (
      select p.*, case when %4$L = 'none' then report.bp(c, total)
                       else base::int + case when row_number() over (partition by %5$s order by rest desc, key) <= 10000 - sum(base) over (partition by %5$s)
                              and total > 0 then 1 else 0 end end as share
        from part p
    )
    select f.key, coalesce(k.names ->> 'en', nullif(f.key, ''), case when f.key = '' then 'not stated' end), f.who, f.total::bigint, f.c::bigint, f.share,
           case when f.key is null then $6
                when f.key = '' or f.who = '' then null
                else $6 || ' cancelled_by=' || f.who || case when %4$L = 'reason' then ' status_reason=' ||
                  case when f.key ~ '^[a-z0-9_]+$' then f.key else '"' || replace(f.key, '"', '') || '"' end else '' end end
      from fair f left join api.dictionary k on k.kind = %6$L and k.code = f.key
     order by f.total desc, case when %4$L = 'reason' then f.who end, f.c desc, f.key $q$,
    field,
    case cancellations."group" when 'none' then 'null::text' when 'initiator' then 'who' else 'why' end,
    case when cancellations."group" = 'none' then 'null::text' else 'who' end,
    cancellations."group",
    case when cancellations."group" = 'reason' then 'who' else '1' end,
    case cancellations."group" when 'initiator' then 'cancel_initiator' else 'cancel_reason' end)
    using cancellations."from", cancellations."to", g.company, units, agent_id, opens;
end $$;

reset role;

revoke execute on all functions in schema report from public;
grant usage on schema report to domovoi_staff;
grant execute on all functions in schema report to domovoi_staff;
