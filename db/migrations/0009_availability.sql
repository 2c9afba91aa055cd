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
  wanted int := uses.within;
  a date := uses."from"; b date := uses."to"; asked uuid[] := uses.units;
  c int; longest int;
begin
  if not domovoi.has_permission('unit.view') or not coalesce(b > a, false) then return; end if;
  for c in select x.id from domovoi.company x where (x.id = m.company_id or m.scope = 'platform' and m.company_id is null)
      and (wanted is null or x.id = wanted) loop
    longest := (select max(o.check_out - o.check_in) from domovoi.occupancy o where o.company_id = c);
    return query
      with recursive tree (root, node) as (
        select u.id, u.id from domovoi.unit u
         where u.company_id = c and (asked is null or u.id = any (asked))
           and (wide or m.scope = 'own' and u.agent_id = m.user_id or m.scope = 'assigned' and u.building_id = any (houses)
             or m.scope = 'landlord' and u.owner_id = m.user_id)
        union all
        select t.root, k.id from tree t join domovoi.unit k on k.company_id = c and k.parent_id = t.node
      )
      select distinct c, t.root, o.source, o.source_id, o.check_in, o.check_out,
             coalesce(r.status = 'hold' and r.hold_until <= domovoi.now(), false)
        from tree t
        join domovoi.occupancy o on o.company_id = c and o.unit_id = t.node
         and o.check_in > a - longest and o.check_in < b and o.check_out > a
        left join domovoi.reservation r on o.source = 'reservation' and r.company_id = c and r.id = o.source_id;
  end loop;
end $$;
revoke execute on function api.uses from public;
grant execute on function api.uses to domovoi_staff, domovoi_owner;

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
      left join lateral (select x.id, x.no, x.status, x.party_label, x.hold_until, x.version from api.reservations x
        where s.source = 'reservation' and x.company = s.company and x.id = s.record offset 0) r on true
      left join lateral (select x.id, x.reason, x.version from api.blocks x
        where s.source = 'block' and x.company = s.company and x.id = s.record offset 0) b on true
     order by s.unit, s.check_in, s.check_out;
end $$;

-- ---- availability --------------------------------------------------------------------------------------------

-- What the rules of an offer say against a stay, as booking it would; null if nothing does.
create function report.offer_refusal(p_status text, p_min int, p_max int, p_window int, p_today date,
    p_from date, p_to date) returns text
  language sql immutable as $$
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
-- `besides`: a stay whose own nights do not count, because it is the one that moves.
create function report.free_units(p_company int, p_today date, p_from date, p_to date, p_class text, p_price bigint,
    p_currency text, p_without uuid[], p_besides uuid, p_limit int)
  returns table (unit uuid, title text, building_label text, price_minor bigint, currency char(3))
  language plpgsql stable set plan_cache_mode = force_custom_plan set jit = off as $$
#variable_conflict use_column
begin
  return query
    with used as materialized (
      select s.unit from api.uses(p_from, p_to, null, p_company) s where not s.lapsed and s.record is distinct from p_besides
    )
    select o.unit, o.title::text, o.building_label::text, o.price_minor, o.currency
      from api.stay_offers o
     where o.company = p_company and o.class = p_class and not o.archived and o.unit <> all (p_without)
       and report.offer_refusal(o.status, o.min_stay, o.max_stay, o.window, p_today, p_from, p_to) is null
       and o.unit not in (select s.unit from used s)
     order by o.currency is distinct from p_currency::char(3), abs(o.price_minor - p_price), o.code, o.unit limit p_limit;
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
