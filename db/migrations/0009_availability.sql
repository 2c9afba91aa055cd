-- What the calendar and a new booking ask: which uses lie on a unit (spans), which units are free (availability), and
-- what else could be booked (alternatives). A unit of the caller's is never shown free because a colleague's stay on
-- it is not his to see: api.uses answers for the units that the session reaches, whoever uses them. A hold that has run
-- out stands in nobody's way, although nobody has swept it up yet.
set local role domovoi_rules;

-- Every use that touches [from, to), on the unit itself or on a part of it, one row a unit and use. Rows of the session's
-- units only; `record` is for joining with the views of reservations and blocks, where the policies decide.
create function api.uses("from" date, "to" date, units uuid[] default null, within int default null)
  returns table (company int, unit uuid, source text, record uuid, check_in date, check_out date, lapsed boolean)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  set plan_cache_mode = force_custom_plan set jit = off
  as $$
#variable_conflict use_column
declare
  m record := domovoi.me();
  wide boolean := m.scope in ('platform', 'company');
  houses uuid[] := case when m.scope = 'assigned' then domovoi.my_buildings() end;
  wanted int := uses.within; asked uuid[] := uses.units;
  a date := uses."from"; b date := uses."to"; moment timestamptz := domovoi.now();
  c int; longest int; roots uuid[]; wholes uuid[]; parts uuid[]; late uuid[];
begin
  if not domovoi.has_permission('unit.view') or not coalesce(b > a, false) then return; end if;
  for c in select x.id from domovoi.company x where (x.id = m.company_id or m.scope = 'platform' and m.company_id is null)
      and (wanted is null or x.id = wanted) loop
    longest := (select max(o.check_out - o.check_in) from domovoi.occupancy o where o.company_id = c);
    late := array(select r.id from domovoi.reservation r where r.company_id = c and r.status = 'hold'
      and r.check_in > a - longest and r.check_in < b and r.check_out > a and r.hold_until <= moment);
    -- the arrays are constants to the planner: it sees how many units are asked for, and which index that wants
    roots := case when asked is not null or not wide then array(select u.id from domovoi.unit u
       where u.company_id = c and (asked is null or u.id = any (asked))
         and (wide or m.scope = 'own' and u.agent_id = m.user_id or m.scope = 'assigned' and u.building_id = any (houses)
           or m.scope = 'landlord' and u.owner_id = m.user_id)) end; -- null: all of them
    with recursive below (root, node) as (
      select k.parent_id, k.id from domovoi.unit k
       where k.company_id = c and k.parent_id is not null and (roots is null or k.parent_id = any (roots))
      union all
      select p.root, k.id from below p join domovoi.unit k on k.company_id = c and k.parent_id = p.node
    )
    select coalesce(array_agg(p.root), '{}'), coalesce(array_agg(p.node), '{}') into wholes, parts from below p;
    return query
      with used as materialized (
        select o.unit_id, o.source, o.source_id, o.check_in, o.check_out from domovoi.occupancy o
         where o.company_id = c and o.check_in > a - longest and o.check_in < b and o.check_out > a
           and (roots is null or o.unit_id = any (roots || parts))
      ), lies as (
        select s.* from used s where roots is null or s.unit_id = any (roots)
        union
        select p.root, s.source, s.source_id, s.check_in, s.check_out
          from unnest(wholes, parts) p (root, node) join used s on s.unit_id = p.node
      )
      select c, s.unit_id, s.source, s.source_id, s.check_in, s.check_out, s.source_id = any (late) from lies s;
  end loop;
end $$;
revoke execute on function api.uses from public;
grant execute on function api.uses to domovoi_staff, domovoi_owner;

-- The same holds of what a unit is today (0006) …
create or replace function domovoi.unit_status(p_company int, p_unit uuid, p_archived timestamptz, p_day date) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare s text; kept boolean;
begin
  if p_archived is not null then return 'archived'; end if;
  -- uses do not overlap: only the one that began last can reach this day
  select o.source, o.sold or o.source = 'block' into s, kept
    from (select u.source, u.sold, u.check_out from domovoi.occupancy u where u.company_id = p_company
      and u.unit_id = p_unit and u.check_in <= p_day order by u.check_in desc limit 1) o where o.check_out > p_day;
  if found and not kept and exists (select from domovoi.occupancy o join domovoi.reservation r
      on r.company_id = o.company_id and r.id = o.source_id where o.company_id = p_company and o.unit_id = p_unit
      and o.check_in <= p_day and o.check_out > p_day and r.status = 'hold' and r.hold_until <= domovoi.now()) then
    return 'free';
  end if;
  if s is null and exists (select from domovoi.unit k where k.company_id = p_company and k.parent_id = p_unit) then
    select o.source into s from domovoi.occupancy o where o.company_id = p_company
      and o.unit_id = any (domovoi.leaves(p_company, p_unit))
       and o.check_in <= p_day and o.check_in > p_day - 367 and o.check_out > p_day
       and not exists (select from domovoi.reservation r where r.company_id = p_company and r.id = o.source_id
         and r.status = 'hold' and r.hold_until <= domovoi.now())
     order by o.source desc limit 1;
  end if;
  return case s when 'block' then 'blocked' when 'reservation' then 'occupied' else 'free' end;
end $$;

-- … and of all units at once (0008): what a lapsed hold lies on has no other use on that day.
create or replace function domovoi.uses_now() returns table (company_id int, unit_id uuid, source text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
#variable_conflict use_column
declare
  m record := domovoi.me();
  day date := domovoi.my_today();
  c int;
begin
  for c in select x.id from domovoi.company x where m.company_id is null or x.id = m.company_id loop
    return query
      with recursive lapsed as materialized (
        select o.unit_id from domovoi.reservation r join domovoi.occupancy o on o.company_id = c and o.source_id = r.id
         where r.company_id = c and r.status = 'hold' and r.hold_until <= domovoi.now() and r.check_in <= day and r.check_out > day
      ), used as materialized (
        select o.unit_id, o.source from domovoi.occupancy o
         where o.company_id = c and o.check_in <= day and o.check_out > day
           and o.check_in > day - (select max(x.check_out - x.check_in) from domovoi.occupancy x where x.company_id = c)
           and o.unit_id not in (select l.unit_id from lapsed l)
      ), up as (
        select u.parent_id, s.source from used s join domovoi.unit u on u.company_id = c and u.id = s.unit_id where u.parent_id is not null
        union
        select u.parent_id, p.source from up p join domovoi.unit u on u.company_id = c and u.id = p.parent_id where u.parent_id is not null
      )
      select c, s.unit_id, s.source from used s
      union all
      select c, p.parent_id, max(p.source) from up p where not exists (select from used s where s.unit_id = p.parent_id) group by p.parent_id;
  end loop;
end $$;

reset role;
set local role domovoi_owner;

-- Units by id, several with commas; they need not be seen (api.uses leaves out what is not).
create function report.ids(p_text text) returns uuid[]
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare w text;
begin
  foreach w in array coalesce(string_to_array(p_text, ','), '{}') loop
    if w !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
      raise exception using errcode = 'DM006', message = 'There is no such unit.', column = 'units', detail = left(w, 60);
    end if;
  end loop;
  return string_to_array(p_text, ',')::uuid[];
end $$;

create function report.check_period(p_from date, p_to date) returns void
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  if p_from is null or p_to is null or p_from >= p_to then
    raise exception using errcode = 'DM007', message = 'The period must end after it begins.',
      column = case when p_from is null then 'from' else 'to' end,
      detail = coalesce(p_from::text, '?') || ' - ' || coalesce(p_to::text, '?'),
      hint = 'Give from=DAY and to=DAY; the day in to is not counted.';
  elsif p_to - p_from > 366 then
    raise exception using errcode = 'DM007', message = 'A stay is of 1 to 366 nights.', column = 'to',
      detail = p_from || ' - ' || p_to;
  end if;
end $$;

-- ---- spans ---------------------------------------------------------------------------------------------------

-- What is told of a stay on a calendar, and no more: dozens of units have hundreds of them.
create view api.span_stays with (security_invoker) as
  select r.company_id as company, r.id, r.no, r.status, p.name as party_label, r.hold_until, r.version
  from domovoi.reservation r left join domovoi.party p on p.company_id = r.company_id and p.id = r.party_id;
grant select on api.span_stays to domovoi_staff;

-- What a calendar draws: one row a unit and use. Of a stay or block that the caller may not see only kind and dates
-- are there. A hold that has run out is `expired`: it is kept until somebody needs its nights.
create function report.spans("from" date, "to" date, units text default null, company int default null)
  returns table (unit uuid, kind text, id uuid, no bigint, status text, label text, check_in date, check_out date,
    hold_until timestamptz, version int)
  language plpgsql stable set plan_cache_mode = force_custom_plan set jit = off as $$
#variable_conflict use_column
declare
  f record := report.frame(spans.company);
  asked uuid[] := report.ids(spans.units);
begin
  if spans."from" is null or spans."to" is null or spans."from" >= spans."to" then
    perform report.check_period(spans."from", spans."to");
  end if;
  return query
    with used as materialized (
      select * from api.uses(spans."from", spans."to", asked, f.company)
    )
    select s.unit, case s.source when 'block' then 'block' else 'stay' end, coalesce(r.id, b.id), r.no,
           case when s.source = 'block' then 'blocked' when s.lapsed then 'expired' else r.status end,
           coalesce(r.party_label, b.reason), s.check_in, s.check_out, r.hold_until, coalesce(r.version, b.version)
      from used s
      left join lateral (select x.id, x.no, x.status, x.party_label, x.hold_until, x.version from api.span_stays x
        where s.source = 'reservation' and x.company = s.company and x.id = s.record offset 0) r on true
      left join lateral (select x.id, x.reason, x.version from api.blocks x
        where s.source = 'block' and x.company = s.company and x.id = s.record offset 0) b on true
     order by s.unit, s.check_in, s.check_out;
end $$;

-- ---- availability --------------------------------------------------------------------------------------------

-- What the rules of an offer say against a stay, as booking it would; null if nothing does.
create function report.offer_refusal(p_status text, p_min int, p_max int, p_window int, p_today date,
    p_from date, p_to date) returns text
  language sql stable as $$ -- as stable as its texts: else it would be called for every unit instead of inlined
  select case
    when p_status is distinct from 'active' then 'The unit is not on offer for stays'
    when p_to - p_from < p_min or p_to - p_from > coalesce(p_max, 366)
      then 'The stay is shorter or longer than the unit is offered for: ' || p_min || ' - ' || coalesce(p_max, 366)
    when p_from > p_today + p_window then 'The arrival is too far ahead: ' || (p_today + p_window) end
$$;

create view api.stay_offers with (security_invoker) as
  select u.company_id as company, u.id as unit, u.code, u.title, u.class, u.building_id as building, b.name as building_label,
    u.parent_id as parent, u.archived_at is not null as archived,
    case when (select domovoi.has_permission('price.view')) then o.status else 'active' end as status, -- else nothing is known of it
    o.price as price_minor, o.currency, coalesce(o.min_stay, 1) as min_stay, o.max_stay, o.booking_window_d as window
  from domovoi.unit u
  left join domovoi.building b on b.company_id = u.company_id and b.id = u.building_id
  left join domovoi.offering o on o.company_id = u.company_id and o.unit_id = u.id and o.mode = 'short_stay';
grant select on api.stay_offers to domovoi_staff;

-- Units on offer for stays whose nights from..to are all free, by place; a unit that was asked for is told in any case,
-- with what stands against it. Prices are those of the offer.
create type report.available_unit as (
  unit uuid, code text, title text, class text, building_label text, price_per_night_minor bigint, total_minor bigint,
  currency char(3), free boolean, reason text
);

create function report.availability("from" date, "to" date, class text default null, building text default null,
    unit text default null, company int default null)
  returns setof report.available_unit
  language plpgsql stable set plan_cache_mode = force_custom_plan set jit = off as $$
#variable_conflict use_column
declare
  f record := report.frame(availability.company);
  a date := availability."from"; b date := availability."to"; kind text := availability.class; house text := availability.building;
  asked uuid[] := report.units_named(f.company, availability.unit);
begin
  perform report.check_period(a, b);
  return query
    with used as materialized (
      select distinct on (s.unit) s.unit, s.source, s.check_in, s.check_out
        from api.uses(a, b, asked, f.company) s where not s.lapsed order by s.unit, s.check_in
    ), told as (
      select o.*, case when o.archived then 'The unit is archived'
          when a < f.today - 1 and not exists (select from api.whoami() w where w.permission = 'reservation.override')
            then 'The arrival is in the past: ' || a
          else coalesce(report.offer_refusal(o.status, o.min_stay, o.max_stay, o.window, f.today, a, b),
            case when s.source = 'block' then 'The unit is blocked on these dates: ' || s.check_in || ' - ' || s.check_out
                 when s.source is not null then 'The unit is taken on these dates: ' || s.check_in || ' - ' || s.check_out
            end) end as against
        from api.stay_offers o left join used s on s.unit = o.unit
       where (f.company is null or o.company = f.company) and (asked is null or o.unit = any (asked))
         and (kind is null or o.class = kind)
         and (house is null or o.building in (select h.id from api.buildings h where h.id::text = lower(house) or h.code = house
           or h.name = house))
    )
    select t.unit, t.code, t.title, t.class, t.building_label, t.price_minor, t.price_minor * (b - a), t.currency,
           t.against is null, t.against
      from told t where t.against is null or asked is not null
     order by t.building_label nulls last, t.code, t.unit;
end $$;

-- Units by id or code, several with commas, themselves only; null if none is named.
create function report.units_named(p_company int, p_text text) returns uuid[]
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  words text[] := string_to_array(p_text, ',');
  ids uuid[] := array(select w::uuid from unnest(words) w where w ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$');
  found_ids uuid[];
begin
  if p_text is null then return null; end if;
  found_ids := array(select u.id from api.units u where (p_company is null or u.company = p_company) and u.id = any (ids)
                     union select u.id from api.units u where (p_company is null or u.company = p_company) and u.code = any (words));
  if cardinality(found_ids) < cardinality(words) then
    raise exception using errcode = 'DM006', message = 'There is no such unit.', column = 'unit', detail = p_text;
  end if;
  return found_ids;
end $$;

-- ---- alternatives --------------------------------------------------------------------------------------------

-- Where a stay of these nights could go instead: free units of a class, the nearest price first, none of `without`.
-- `besides`: a stay whose own nights do not count, because it is the one that moves. Looked at in helpings: the first
-- few dozen nearly always have enough, and a company may have thousands.
create function report.free_units(p_company int, p_today date, p_from date, p_to date, p_class text, p_price bigint,
    p_currency text, p_without uuid[], p_besides uuid, p_limit int)
  returns table (unit uuid, title text, building_label text, price_minor bigint, currency char(3))
  language plpgsql stable set plan_cache_mode = force_custom_plan set jit = off as $$
#variable_conflict use_column
declare
  helping constant int := 40;
  candidates uuid[] := array(select o.unit from api.stay_offers o
    where o.company = p_company and o.class = p_class and not o.archived and o.unit <> all (p_without)
      and report.offer_refusal(o.status, o.min_stay, o.max_stay, o.window, p_today, p_from, p_to) is null
    order by o.currency is distinct from p_currency::char(3), abs(o.price_minor - p_price), o.code, o.unit);
  few uuid[]; free_ones uuid[] := '{}';
begin
  for i in 0 .. (cardinality(candidates) - 1) / helping loop
    few := candidates[i * helping + 1 : (i + 1) * helping];
    free_ones := free_ones || array(select c.unit from unnest(few) with ordinality c(unit, n) where c.unit not in (
      select s.unit from api.uses(p_from, p_to, few, p_company) s where not s.lapsed and s.record is distinct from p_besides)
      order by c.n);
    exit when cardinality(free_ones) >= p_limit;
  end loop;
  return query
    select o.unit, o.title::text, o.building_label::text, o.price_minor, o.currency
      from unnest(free_ones) with ordinality f(unit, n) join api.stay_offers o on o.company = p_company and o.unit = f.unit
     order by f.n limit p_limit;
end $$;

-- A unit with its wholes and its parts: none of them is an alternative to the others.
create function report.kin(p_company int, p_unit uuid) returns uuid[]
  language sql stable set search_path = pg_catalog, pg_temp as $$
  with recursive up as (
    select u.id, u.parent from api.units u where u.company = p_company and u.id = p_unit
    union select u.id, u.parent from up join api.units u on u.company = p_company and u.id = up.parent
  ), down as (
    select p_unit as id union select u.id from down join api.units u on u.company = p_company and u.parent = down.id
  )
  select array(select id from up union select id from down)
$$;

-- Three ways out of dates that are taken. kind dates: the same unit and number of nights at the nearest other times
-- (one of each gap, not in the past; note: by how many days); unit: other units on the same dates (note: where); move:
-- for each stay that is in the way, a unit that it could be moved to, for whoever may do that (note: its guest).
-- reservation: the stay that wants these nights, if it exists already: its own nights are no obstacle.
create type report.alternative as (
  kind text, unit uuid, unit_label text, check_in date, check_out date, price_per_night_minor bigint, total_minor bigint,
  currency char(3), reservation uuid, reservation_no bigint, version int, note text
);

create function report.alternatives(unit text, "from" date, "to" date, reservation text default null, company int default null)
  returns setof report.alternative
  language plpgsql stable set plan_cache_mode = force_custom_plan set jit = off as $$
#variable_conflict use_column
declare
  f record := report.frame(alternatives.company);
  a date := alternatives."from"; b date := alternatives."to"; n int := b - a; wanting text := alternatives.reservation;
  asked uuid := (report.units_named(f.company, alternatives.unit))[1];
  reach constant int := 90; -- days looked at on either side
  o record; s record; t record; moving uuid; kin uuid[]; given uuid[];
begin
  perform report.check_period(a, b);
  if asked is null then
    raise exception using errcode = 'DM007', message = 'A value is required.', column = 'unit';
  end if;
  select x.* into o from api.stay_offers x where x.unit = asked and (f.company is null or x.company = f.company);
  kin := report.kin(o.company, asked);
  given := kin;
  if wanting is not null then
    moving := (select r.id from api.reservations r where r.company = o.company and (r.id::text = lower(wanting)
      or r.no = case when wanting ~ '^\d{1,18}$' then wanting::bigint end));
  end if;
  if o.status = 'active' and not o.archived and n between o.min_stay and coalesce(o.max_stay, 366) then
    return query
      with used as materialized (
        select u.check_in, u.check_out from api.uses(a - reach, b + reach, array[asked], o.company) u
         where not u.lapsed and u.record is distinct from moving
      ), start as (
        select a + i as day, i from generate_series(-reach, reach) i
         where a + i >= f.today and (o.window is null or a + i <= f.today + o.window)
           and not exists (select from used u where u.check_in < a + i + n and u.check_out > a + i)
      ), gap as (
        select st.*, i - row_number() over (order by i) as gap from start st
      ), nearest as (
        select distinct on (gap) day, i from gap where i <> 0 order by gap, abs(i)
      )
      select 'dates'::text, asked, o.title::text, g.day, g.day + n, o.price_minor, o.price_minor * n, o.currency::char(3), null::uuid, null::bigint,
             null::int, to_char(g.i, 'FMSG999')
        from (select * from nearest order by abs(i), i desc limit 3) g order by g.day;
  end if;
  return query
    select 'unit'::text, u.unit, u.title, a, b, u.price_minor, u.price_minor * n, u.currency::char(3), null::uuid, null::bigint, null::int,
           u.building_label
      from report.free_units(o.company, f.today, a, b, o.class, coalesce(o.price_minor, 0), o.currency::char(3), kin, moving, 5) u;
  if not exists (select from api.whoami() w where w.permission = 'reservation.override') then return; end if;
  for s in select distinct r.* from api.uses(a, b, array[asked], o.company) u
      join api.reservations r on r.company = o.company and r.id = u.record
     where u.source = 'reservation' and not u.lapsed and u.record is distinct from moving
       and r.status in ('hold', 'confirmed', 'checked_in') order by r.check_in loop
    select x.* into t from api.stay_offers y cross join lateral report.free_units(o.company, f.today, s.check_in, s.check_out,
        y.class, s.price_per_night_minor, s.currency::char(3), given, s.id, 1) x
      where y.company = o.company and y.unit = s.unit;
    if t.unit is not null then
      given := given || t.unit;
      return query select 'move'::text, t.unit, t.title::text, s.check_in, s.check_out, s.price_per_night_minor, s.total_minor, s.currency::char(3),
        s.id, s.no, s.version, s.party_label::text;
    end if;
  end loop;
end $$;

reset role;

revoke execute on all functions in schema report from public;
grant usage on schema report to domovoi_staff;
grant execute on all functions in schema report to domovoi_staff;
