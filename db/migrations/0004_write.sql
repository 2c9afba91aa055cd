-- One engine for every write (DESIGN §3): act.apply_mutation dedupes by the client's id, checks rights, version and
-- state, applies, and records the outcome; act.<record>_<action> are its named doors, act.import_rows its bulk form.

-- Which fields a write may name, and what they mean. `col` is the table's column; price and currency of a unit are
-- those of its short_stay offering.
set local role domovoi_owner;
create table domovoi.writable (
  resource   text not null,
  -- errors name the first field in this order: a currency before its amounts
  ord        smallint not null,
  name       text not null,                               -- as in the api view; money also in major units
  col        text not null,
  type       text not null check (type in ('text', 'note', 'phone', 'int', 'date', 'time', 'currency', 'minor',
    'major', 'unit', 'party', 'building', 'user')),
  on_create  boolean not null,
  on_patch   boolean not null,
  on_import  boolean not null,
  primary key (resource, name)
);
alter table domovoi.writable enable row level security;
alter table domovoi.writable force row level security;
create policy rules on domovoi.writable to domovoi_rules using (true) with check (true);
create policy owner on domovoi.writable to domovoi_owner using (true) with check (true);
-- c: new records, p: changes, i: import
insert into domovoi.writable (resource, ord, name, col, type, on_create, on_patch, on_import)
select r, o, n, c, t, k like '%c%', k like '%p%', k like '%i%' from (values
  ('unit', 1, 'code', 'code', 'text', 'cpi'),
  ('unit', 2, 'title', 'title', 'text', 'cpi'),
  ('unit', 3, 'kind', 'kind', 'text', 'cpi'),
  ('unit', 4, 'class', 'class', 'text', 'cpi'),
  ('unit', 5, 'parent', 'parent_id', 'unit', 'cpi'),
  ('unit', 6, 'building', 'building_id', 'building', 'cpi'),
  ('unit', 7, 'agent', 'agent_id', 'user', 'cpi'),
  ('unit', 8, 'floor', 'floor', 'int', 'cpi'),
  ('unit', 9, 'rooms', 'rooms', 'int', 'cpi'),
  ('unit', 10, 'capacity', 'capacity', 'int', 'cpi'),
  ('unit', 11, 'currency', 'currency', 'currency', 'ci'),
  ('unit', 12, 'price', 'price', 'major', 'ci'),
  ('unit', 12, 'price_minor', 'price', 'minor', 'ci'),
  ('unit', 13, 'external_id', 'external_id', 'text', 'ci'),
  ('building', 1, 'code', 'code', 'text', 'cp'),
  ('building', 2, 'name', 'name', 'text', 'cp'),
  ('building', 3, 'address', 'address', 'text', 'cp'),
  ('building', 4, 'district', 'district', 'text', 'cp'),
  ('building', 5, 'city', 'city', 'text', 'cp'),
  ('building', 6, 'floors', 'floors', 'int', 'cp'),
  ('building', 7, 'year_built', 'year_built', 'int', 'cp'),
  ('offering', 1, 'unit', 'unit_id', 'unit', 'c'),
  ('offering', 2, 'mode', 'mode', 'text', 'c'),
  ('offering', 3, 'status', 'status', 'text', 'cp'),
  ('offering', 4, 'currency', 'currency', 'currency', 'c'),
  ('offering', 5, 'price', 'price', 'major', 'cp'),
  ('offering', 5, 'price_minor', 'price', 'minor', 'cp'),
  ('offering', 6, 'price_per', 'price_per', 'text', 'cp'),
  ('offering', 7, 'min_stay', 'min_stay', 'int', 'cp'),
  ('offering', 8, 'max_stay', 'max_stay', 'int', 'cp'),
  ('party', 1, 'name', 'name', 'text', 'cpi'),
  ('party', 2, 'kind', 'kind', 'text', 'cpi'),
  ('party', 3, 'phone', 'phone', 'phone', 'cpi'),
  ('party', 4, 'email', 'email', 'text', 'cpi'),
  ('party', 5, 'language', 'language', 'text', 'cpi'),
  ('party', 6, 'country', 'country', 'text', 'cpi'),
  ('party', 7, 'status', 'status', 'text', 'cpi'),
  ('party', 8, 'note', 'note', 'note', 'cpi'),
  ('party', 9, 'agent', 'agent_id', 'user', 'cpi'),
  ('party', 10, 'external_id', 'external_id', 'text', 'ci'),
  ('reservation', 1, 'external_id', 'external_id', 'text', 'ci'),
  ('reservation', 2, 'unit', 'unit_id', 'unit', 'cpi'),
  ('reservation', 3, 'party', 'party_id', 'party', 'cp'),
  ('reservation', 4, 'check_in', 'check_in', 'date', 'cpi'),
  ('reservation', 5, 'check_out', 'check_out', 'date', 'cpi'),
  ('reservation', 6, 'nights', 'nights', 'int', 'i'),
  ('reservation', 7, 'status', 'status', 'text', 'i'),
  ('reservation', 8, 'status_reason', 'status_reason', 'text', 'i'),
  ('reservation', 9, 'cancelled_by', 'cancelled_by', 'text', 'i'),
  ('reservation', 10, 'hold_until', 'hold_until', 'time', 'i'),
  ('reservation', 11, 'booked_on', 'booked_on', 'date', 'i'),
  ('reservation', 12, 'status_on', 'status_on', 'date', 'i'),
  ('reservation', 13, 'currency', 'currency', 'currency', 'ci'),
  ('reservation', 14, 'price_per_night', 'price_per_night', 'major', 'cpi'),
  ('reservation', 14, 'price_per_night_minor', 'price_per_night', 'minor', 'cpi'),
  ('reservation', 15, 'total', 'total', 'major', 'i'),
  ('reservation', 15, 'total_minor', 'total', 'minor', 'i'),
  ('reservation', 16, 'adults', 'adults', 'int', 'cpi'),
  ('reservation', 17, 'children', 'children', 'int', 'cpi'),
  ('reservation', 18, 'channel', 'channel', 'text', 'cpi'),
  ('reservation', 19, 'country', 'country', 'text', 'cpi'),
  ('reservation', 20, 'agent', 'agent_id', 'user', 'cpi'),
  ('reservation', 21, 'comment', 'comment', 'note', 'cpi'),
  ('block', 1, 'unit', 'unit_id', 'unit', 'c'),
  ('block', 2, 'check_in', 'check_in', 'date', 'cp'),
  ('block', 3, 'check_out', 'check_out', 'date', 'cp'),
  ('block', 4, 'reason', 'reason', 'text', 'cp'),
  ('block', 5, 'comment', 'comment', 'note', 'cp')
) v (r, o, n, c, t, k);
reset role;
set local role domovoi_rules;

-- ---- finding records, checking rights ----------------------------------------------------------------------------

create function domovoi.singular(p text) returns text
  language sql immutable set search_path = pg_catalog, pg_temp
  as $$ select case p when 'parties' then 'party' when 'companies' then 'company' else rtrim(p, 's') end $$;

-- Does the active membership's scope reach a row with these columns? The policies say the same (a test compares).
create function domovoi.reaches(p_company int, p_agent uuid, p_building uuid, p_owner uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  return coalesce(case m.scope
    when 'platform' then true
    when 'company' then p_company = m.company_id
    when 'own' then p_company = m.company_id and p_agent = m.user_id
    when 'assigned' then p_company = m.company_id and p_building = any (domovoi.my_buildings())
    when 'landlord' then p_company = m.company_id and p_owner = m.user_id
  end, false);
end $$;

-- A record by id, number, code or external id; null if there is none. Without a company (a platform session that
-- chose none) a number that several companies use finds nothing.
create function domovoi.locate(p_resource text, p_company int, p_key text, out company_id int, out id uuid)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  c int := p_company;
  k uuid := case when p_key ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then p_key::uuid end;
  n bigint := case when p_key ~ '^\d{1,18}$' then p_key::bigint end;
  found_in int[];
begin
  if c is null then
    found_in := array(select x.id from domovoi.company x where (domovoi.locate(p_resource, x.id,
      p_key)).id is not null limit 2);
    if cardinality(found_in) <> 1 then return; end if;
    c := found_in[1];
  end if;
  case p_resource
    when 'unit' then
      select r.id into id from domovoi.unit r where r.company_id = c and (r.id = k or (k is null and r.code = p_key));
      if id is null then
        select r.id into id from domovoi.unit r where r.company_id = c and r.external_id = p_key;
      end if;
    when 'party' then
      select r.id into id from domovoi.party r where r.company_id = c and (r.id = k or r.no = n);
      if id is null then
        select r.id into id from domovoi.party r where r.company_id = c and r.external_id = p_key;
      end if;
    when 'reservation' then
      select r.id into id from domovoi.reservation r where r.company_id = c and (r.id = k or r.no = n);
      if id is null then
        select r.id into id from domovoi.reservation r where r.company_id = c and r.external_id = p_key;
      end if;
    when 'building' then
      select r.id into id from domovoi.building r where r.company_id = c and (r.id = k or (k is null
        and r.code = p_key));
    when 'offering' then select r.id into id from domovoi.offering r where r.company_id = c and r.id = k;
    when 'block' then select r.id into id from domovoi.block r where r.company_id = c and r.id = k;
    when 'user' then
      select u.id into id from domovoi.membership m join domovoi.app_user u on u.id = m.user_id
       where m.company_id = c and m.active and (u.id = k or u.login = p_key) limit 1;
    else null;
  end case;
  if id is not null then company_id := c; end if;
end $$;

-- The unit, party, building or person that a field names, which the session must be able to see itself; or null.
create function domovoi.reference(p_type text, p_company int, p_key text) returns uuid
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r uuid := (domovoi.locate(p_type, p_company, p_key)).id; ok boolean := r is not null; scope text :=
  (domovoi.me()).scope;
begin
  if ok and p_type = 'unit' then
    select domovoi.reaches(u.company_id, u.agent_id, u.building_id, u.owner_id) into ok
      from domovoi.unit u where u.company_id = p_company and u.id = r;
  elsif ok and p_type = 'party' and scope in ('own', 'landlord') then
    select domovoi.reaches(p.company_id, p.agent_id, null, null) into ok
      from domovoi.party p where p.company_id = p_company and p.id = r;
  elsif ok and p_type = 'user' and scope in ('own', 'landlord') then
    ok := r = domovoi.my_user();
  end if;
  return case when ok then r end;
end $$;

-- ---- reading values ----------------------------------------------------------------------------------------------

create function domovoi.is_date(p text) returns boolean language sql immutable
  return p ~ '^[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$' and right(p, 2)::int <= case
    when substr(p, 6, 2) in ('04', '06', '09', '11') then 30
    when substr(p, 6, 2) <> '02' then 31
    when left(p, 4)::int % 4 = 0 and (left(p, 4)::int % 100 <> 0 or left(p, 4)::int % 400 = 0) then 29 else 28 end;

-- "75.00" of a currency with two digits is 7500; null if it is not an amount of that currency.
create function domovoi.minor_units(p text, p_digits int) returns bigint language sql immutable
  return case when p ~ '^\d{1,13}(\.\d+)?$' and length(rtrim(split_part(p, '.', 2), '0')) <= p_digits
    then trunc(p::numeric * (10 ^ p_digits)::numeric)::bigint end;

-- "8 (701) 234-56-78" and the like as +77012345678; what is no number stays as it is, for the CHECK to refuse.
create function domovoi.phone(p text) returns text
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$
declare d text := regexp_replace(p, '[\s().-]', '', 'g');
begin
  return case when d ~ '^8\d{10}$' then '+7' || right(d, 10) when d ~ '^00\d+$' then '+' || substr(d, 3)
    when d ~ '^\d{11,15}$' then '+' || d else d end;
end $$;

-- Requests' {field: value} objects as {column: typed value}, many at once. p_kind is create, patch or import;
-- empty text is null; p_currency decides the digits of amounts where a row names no currency. The first bad field
-- of a row is named.
create function domovoi.read_sets(p_resource text, p_company int, p_sets jsonb[], p_kind text, p_currency text)
  returns table (n int, told jsonb, bad text, message text, remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return query
  with typed as (
    select x.n, e.key, coalesce(w.ord, 0) as ord, w.col, coalesce(e.value, '') as v, w.type,
      w.name is null or not (case p_kind when 'create' then w.on_create when 'patch' then w.on_patch
        else w.on_import end) as refused,
      case when e.value <> '' then case w.type
        when 'text' then case when e.value !~
          '[\x01-\x1f\x7f\u0080-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]'
          and length(e.value) <= 2000 then to_jsonb(trim(e.value)) end
        when 'note' then case when e.value !~
          '[\x01-\x08\x0b-\x1f\x7f\u0080-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]'
          and length(e.value) <= 2000 then to_jsonb(trim(e.value)) end
        when 'phone' then to_jsonb(domovoi.phone(e.value))
        when 'int' then case when e.value ~ '^-?\d{1,9}$' then to_jsonb(e.value::int) end
        when 'date' then case when domovoi.is_date(e.value) then to_jsonb(e.value::date) end
        when 'time' then case when e.value ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d' then to_jsonb(e.value::timestamptz) end
        when 'currency' then (select to_jsonb(k.code) from domovoi.currency k where k.code = e.value)
        when 'minor' then case when e.value ~ '^\d{1,16}$' then to_jsonb(e.value::bigint) end
        when 'major' then to_jsonb(domovoi.minor_units(e.value, c.digits))
        -- the way of ten thousand rows; imports reach the whole company
        else to_jsonb(case when p_kind = 'import' and w.type = 'unit' then
            coalesce((select u.id from domovoi.unit u where u.company_id = p_company and u.code = e.value),
              domovoi.reference(w.type, p_company, e.value))
          else domovoi.reference(w.type, p_company, e.value) end) end
      end as value
    from unnest(p_sets) with ordinality x (s, n)
    cross join lateral jsonb_each_text(x.s) e
    left join domovoi.writable w on w.resource = p_resource and w.name = e.key
    left join domovoi.currency c on c.code = coalesce(nullif(x.s ->> 'currency', ''), p_currency)
  ), judged as materialized (
    select t.*, t.refused or (t.value is null and t.v <> '') as wrong from typed t
  ), rows as (
    select j.n, jsonb_object_agg(coalesce(j.col, j.key), j.value) as told,
      min(j.ord) filter (where j.wrong) as first from judged j group by j.n
  )
  select r.n::int, r.told, w.key, case when w.col is null then 'There is no such field.' when w.refused
    then 'This field cannot be set.'
      when w.type in ('unit', 'party', 'building', 'user') then 'There is no such record.'
      when w.type in ('text', 'note') then 'The text is too long or has control characters.'
      else 'The value is not valid.' end,
    case when w.refused then '' when w.type = 'date' then 'Write dates as YYYY-MM-DD.'
      when w.type in ('int', 'minor') then 'Give a whole number.' else '' end
  from rows r
  left join lateral (select * from judged j where r.first is not null and j.n = r.n and j.wrong and j.ord = r.first
    order by j.key limit 1) w on true;
end $$;

-- One of them, or the error.
create function domovoi.read_set(p_resource text, p_company int, p_set jsonb, p_kind text, p_currency text)
  returns jsonb
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r record;
begin
  if jsonb_typeof(p_set) is distinct from 'object' then
    perform domovoi.fail('DM007', 'The fields are missing.', 'set');
  end if;
  select * into r from domovoi.read_sets(p_resource, p_company, array[p_set], p_kind, p_currency);
  if r.bad is not null then
    perform domovoi.fail('DM007', r.message, r.bad, left(p_set ->> r.bad, 100), r.remedy);
  end if;
  return coalesce(r.told, '{}');
end $$;

create function domovoi.must_have(p_set jsonb, variadic p_fields text[]) returns void
  language plpgsql immutable set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare f text;
begin
  foreach f in array p_fields loop
    if p_set ->> f is null then
      perform domovoi.fail('DM007', 'A value is required.', regexp_replace(f, '(?<!external)_id$', ''));
    end if;
  end loop;
end $$;

create function domovoi.check_version(p_base int, p_now int) returns void
  language plpgsql immutable set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if p_base > 0 and p_base <> p_now then
    perform domovoi.fail('DM003', 'Somebody has changed the record since you read it.', null, 'version ' || p_now,
      'Read it again and repeat your change.');
  end if;
end $$;

create function domovoi.no_record(p_key text) returns void
  language plpgsql immutable set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.fail('DM006', 'There is no such record.', null, p_key); end $$;

-- What a session may not do to itself: write a row that its scope then does not reach.
create function domovoi.must_reach(p_company int, p_agent uuid, p_building uuid, p_owner uuid) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if not domovoi.reaches(p_company, p_agent, p_building, p_owner) then
    perform domovoi.fail('DM005', 'The record would leave what you may work on.', null, (domovoi.me()).scope);
  end if;
end $$;

-- ---- portfolio --------------------------------------------------------------------------------------------

-- A new unit is bookable by the night and in stock from the beginning of time; a part of a unit that was used
-- itself until now only from today on, or its past would count twice.
create function domovoi.create_unit(p_company int, p_id uuid, s jsonb) returns uuid
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.unit := jsonb_populate_record(null::domovoi.unit, s); m record := domovoi.me(); since date;
begin
  perform domovoi.must_have(s, 'code', 'title');
  if m.scope = 'own' then r.agent_id := coalesce(r.agent_id, m.user_id); end if;
  if m.scope = 'landlord' then r.owner_id := m.user_id; end if;
  if r.parent_id is not null and exists (select from domovoi.occupancy o where o.company_id = p_company
    and o.unit_id = r.parent_id) then
    since := domovoi.company_today(p_company);
  end if;
  insert into domovoi.unit (company_id, id, code, title, kind, class, building_id, parent_id, lock_id, agent_id,
    owner_id, floor,
      rooms, capacity, external_id, updated_by)
    values (p_company, p_id, r.code, r.title, coalesce(r.kind, 'apartment'), coalesce(r.class, ''), r.building_id,
      r.parent_id, p_id,
      r.agent_id, r.owner_id, r.floor, r.rooms, r.capacity, r.external_id, m.user_id)
    returning * into r;
  if m.scope not in ('platform', 'company') then
    perform domovoi.must_reach(p_company, r.agent_id, r.building_id, r.owner_id);
  end if;
  insert into domovoi.offering (company_id, unit_id, mode, price, currency, updated_by)
    values (p_company, p_id, 'short_stay', coalesce((s ->> 'price')::bigint, 0),
      coalesce(s ->> 'currency', (select c.currency from domovoi.company c where c.id = p_company)), m.user_id);
  insert into domovoi.unit_stock (company_id, unit_id, mode, in_stock) values (p_company, p_id, 'short_stay',
    daterange(since, null));
  return p_id;
end $$;

create function domovoi.patch_unit(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.unit; s jsonb := domovoi.read_set('unit', p_company, p_set, 'patch', null);
begin
  perform domovoi.lock_units(p_company, array[p_id, (s ->> 'parent_id')::uuid]); -- both trees of a move, in order
  select * into r from domovoi.unit u where u.company_id = p_company and u.id = p_id for no key update;
  perform domovoi.check_version(p_base, r.version);
  if s = '{}' then return; end if;
  r := jsonb_populate_record(r, s);
  perform domovoi.must_reach(p_company, r.agent_id, r.building_id, r.owner_id);
  update domovoi.unit u set code = r.code, title = r.title, kind = r.kind, class = coalesce(r.class, ''),
    parent_id = r.parent_id,
      building_id = r.building_id, agent_id = r.agent_id, floor = r.floor, rooms = r.rooms, capacity = r.capacity
    where u.company_id = p_company and u.id = p_id;
end $$;

-- Archiving takes the unit off stock from today on; restoring puts it back, from today on.
create function domovoi.act_on_unit(p_company int, p_id uuid, p_base int, p_action text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.unit; today date := domovoi.company_today(p_company);
begin
  perform domovoi.require('unit.archive');
  perform domovoi.lock_units(p_company, array[p_id]);
  select * into r from domovoi.unit u where u.company_id = p_company and u.id = p_id for no key update;
  perform domovoi.check_version(p_base, r.version);
  if (p_action = 'archive') = (r.archived_at is not null) then
    perform domovoi.fail('DM001', 'This is not possible in the present state.', 'status', p_action);
  end if;
  update domovoi.unit u set archived_at = case p_action when 'archive' then domovoi.now() end
    where u.company_id = p_company and u.id = p_id;
  delete from domovoi.unit_stock s where s.company_id = p_company and s.unit_id = p_id and lower(s.in_stock) >= today;
  update domovoi.unit_stock s set in_stock = s.in_stock * daterange(null, today)
    where s.company_id = p_company and s.unit_id = p_id and upper_inf(s.in_stock);
  if p_action = 'restore' then
    insert into domovoi.unit_stock (company_id, unit_id, mode, in_stock)
      select p_company, p_id, o.mode, daterange(today, null) from domovoi.offering o
       where o.company_id = p_company and o.unit_id = p_id and o.status <> 'archived'
         and p_id = any (domovoi.leaves(p_company, p_id));
  end if;
end $$;

create function domovoi.put_building(p_company int, p_id uuid, p_base int, p_set jsonb, p_new boolean) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.building; s jsonb := domovoi.read_set('building', p_company, p_set, case when p_new then 'create'
  else 'patch' end, null);
begin
  if (domovoi.me()).scope not in ('platform', 'company') then
    perform domovoi.fail('DM005', 'You may not do this.', null, 'unit.edit');
  end if;
  if p_new then
    perform domovoi.must_have(s, 'code', 'name');
    r := jsonb_populate_record(null::domovoi.building, s);
    insert into domovoi.building (company_id, id, code, name, address, district, city, floors, year_built)
      values (p_company, p_id, r.code, r.name, r.address, r.district, r.city, r.floors, r.year_built);
    return;
  end if;
  select * into r from domovoi.building b where b.company_id = p_company and b.id = p_id for no key update;
  perform domovoi.check_version(p_base, r.version);
  if s = '{}' then return; end if;
  r := jsonb_populate_record(r, s);
  update domovoi.building b set code = r.code, name = r.name, address = r.address, district = r.district,
    city = r.city,
      floors = r.floors, year_built = r.year_built where b.company_id = p_company and b.id = p_id;
end $$;

create function domovoi.put_offering(p_company int, p_id uuid, p_base int, p_set jsonb, p_new boolean) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.offering; s jsonb;
begin
  if p_new then
    s := domovoi.read_set('offering', p_company, p_set, 'create',
      coalesce(p_set ->> 'currency', (select c.currency from domovoi.company c where c.id = p_company)));
    perform domovoi.must_have(s, 'unit_id', 'mode');
    r := jsonb_populate_record(null::domovoi.offering, s);
    insert into domovoi.offering (company_id, id, unit_id, mode, status, price, currency, price_per, min_stay,
      max_stay)
      select p_company, p_id, r.unit_id, r.mode, coalesce(r.status, 'active'), coalesce(r.price, 0),
        coalesce(r.currency, c.currency),
          coalesce(r.price_per, 'night'), coalesce(r.min_stay, 1), r.max_stay from domovoi.company c
            where c.id = p_company;
    return;
  end if;
  select * into r from domovoi.offering o where o.company_id = p_company and o.id = p_id for no key update;
  perform domovoi.check_version(p_base, r.version);
  s := domovoi.read_set('offering', p_company, p_set, 'patch', r.currency);
  if s = '{}' then return; end if;
  r := jsonb_populate_record(r, s);
  update domovoi.offering o set status = r.status, price = r.price, price_per = r.price_per, min_stay = r.min_stay,
      max_stay = r.max_stay where o.company_id = p_company and o.id = p_id;
end $$;

-- ---- people, blocks ---------------------------------------------------------------------------------------

create function domovoi.create_party(p_company int, p_id uuid, s jsonb) returns uuid
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.party := jsonb_populate_record(null::domovoi.party, s); m record := domovoi.me();
begin
  perform domovoi.must_have(s, 'name');
  if m.scope = 'own' then r.agent_id := coalesce(r.agent_id, m.user_id); end if;
  insert into domovoi.party (company_id, id, no, kind, name, phone, email, language, country, status, note,
    agent_id, external_id, updated_by)
    values (p_company, p_id, r.no, coalesce(r.kind, 'person'), r.name, r.phone, r.email, r.language, r.country,
      coalesce(r.status, 'active'), r.note, r.agent_id, r.external_id, m.user_id);
  return p_id;
end $$;

create function domovoi.patch_party(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.party; s jsonb; m record := domovoi.me();
begin
  select * into r from domovoi.party p where p.company_id = p_company and p.id = p_id for no key update;
  perform domovoi.check_version(p_base, r.version);
  s := domovoi.read_set('party', p_company, p_set, 'patch', null);
  if s = '{}' then return; end if;
  r := jsonb_populate_record(r, s);
  if m.scope = 'own' then perform domovoi.must_reach(p_company, r.agent_id, null, null); end if;
  update domovoi.party p set kind = r.kind, name = r.name, phone = r.phone, email = r.email, language = r.language,
    country = r.country,
      status = r.status, note = r.note, agent_id = r.agent_id where p.company_id = p_company and p.id = p_id;
end $$;

create function domovoi.put_block(p_company int, p_id uuid, p_base int, p_set jsonb, p_new boolean) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.block; s jsonb := domovoi.read_set('block', p_company, p_set, case when p_new then 'create'
  else 'patch' end, null);
begin
  perform domovoi.require('block.manage');
  if p_new then
    perform domovoi.must_have(s, 'unit_id', 'check_in', 'check_out', 'reason');
    r := jsonb_populate_record(null::domovoi.block, s);
    insert into domovoi.block (company_id, id, unit_id, check_in, check_out, reason, comment)
      values (p_company, p_id, r.unit_id, r.check_in, r.check_out, r.reason, r.comment);
    return;
  end if;
  perform domovoi.lock_units(p_company, array[b.unit_id]) from domovoi.block b where b.company_id = p_company
    and b.id = p_id;
  select * into r from domovoi.block b where b.company_id = p_company and b.id = p_id for no key update;
  perform domovoi.check_version(p_base, r.version);
  r := jsonb_populate_record(r, s);
  update domovoi.block b set check_in = r.check_in, check_out = r.check_out, reason = r.reason, comment = r.comment
    where b.company_id = p_company and b.id = p_id and s <> '{}';
end $$;

create function domovoi.delete_block(p_company int, p_id uuid, p_base int) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.require('block.manage');
  perform domovoi.lock_units(p_company, array[b.unit_id]) from domovoi.block b where b.company_id = p_company
    and b.id = p_id;
  perform domovoi.check_version(p_base, b.version) from domovoi.block b where b.company_id = p_company
    and b.id = p_id for update;
  delete from domovoi.block b where b.company_id = p_company and b.id = p_id;
end $$;

-- ---- reservations -----------------------------------------------------------------------------------------

-- What only new bookings must meet: the unit is on offer, the stay fits the offer, the guest is welcome.
create function domovoi.check_booking(r domovoi.reservation, o domovoi.offering) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare today date := domovoi.company_today(r.company_id); n int := r.check_out - r.check_in;
begin
  if exists (select from domovoi.unit u where u.company_id = r.company_id and u.id = r.unit_id
    and u.archived_at is not null)
     or o.id is null or o.status <> 'active' then
    perform domovoi.fail('DM007', 'The unit is not on offer for stays.', 'unit', null,
      'Choose another unit, or activate its offering.');
  elsif n < 1 then
    perform domovoi.fail('DM007', 'The departure is not after the arrival.', 'check_out');
  elsif n < o.min_stay or n > coalesce(o.max_stay, 366) then
    perform domovoi.fail('DM007', 'The stay is shorter or longer than the unit is offered for.', 'check_out',
      n || ' nights', 'Offered: ' || o.min_stay || ' to ' || coalesce(o.max_stay, 366) || ' nights.');
  elsif r.check_in > today + o.booking_window_d then
    perform domovoi.fail('DM007', 'The arrival is too far ahead.', 'check_in', null,
      'Up to ' || (today + o.booking_window_d) || '.');
  elsif r.check_in < today - 1 and not domovoi.has_permission('reservation.override') then
    perform domovoi.fail('DM007', 'The arrival is in the past.', 'check_in', r.check_in::text);
  elsif exists (select from domovoi.party p where p.company_id = r.company_id and p.id = r.party_id
    and p.status = 'blacklisted') then
    perform domovoi.fail('DM007', 'The guest is on the black list.', 'party');
  end if;
end $$;

create function domovoi.create_reservation(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.reservation; o domovoi.offering; u domovoi.unit; s jsonb; m record := domovoi.me();
begin
  select x.* into o from domovoi.offering x where x.company_id = p_company and x.mode = 'short_stay'
    and x.unit_id = (domovoi.locate('unit', p_company, p_set ->> 'unit')).id;
  s := domovoi.read_set('reservation', p_company, p_set, 'create', coalesce(p_set ->> 'currency', o.currency));
  perform domovoi.must_have(s, 'unit_id', 'check_in', 'check_out');
  r := jsonb_populate_record(null::domovoi.reservation, s);
  r.company_id := p_company; r.id := p_id;
  perform domovoi.lock_units(p_company, array[r.unit_id]);
  select * into u from domovoi.unit x where x.company_id = p_company and x.id = r.unit_id;
  r.agent_id := coalesce(r.agent_id, case m.scope when 'own' then m.user_id else u.agent_id end);
  r.currency := coalesce(r.currency, o.currency);
  r.price_per_night := coalesce(r.price_per_night, case when r.currency = o.currency then o.price end, 0);
  perform domovoi.check_booking(r, o);
  perform domovoi.must_reach(p_company, r.agent_id, u.building_id, u.owner_id);
  insert into domovoi.reservation (company_id, id, unit_id, offering_id, party_id, agent_id, check_in, check_out,
    price_per_night,
      currency, adults, children, channel, country, comment, external_id)
    values (p_company, p_id, r.unit_id, o.id, r.party_id, r.agent_id, r.check_in, r.check_out, r.price_per_night,
      r.currency,
      coalesce(r.adults, 1), coalesce(r.children, 0), coalesce(r.channel, 'console'), r.country, r.comment,
        r.external_id);
end $$;

-- The row of a reservation, locked, and its units' locks before it: the order in which everybody takes them.
create function domovoi.hold_reservation(p_company int, p_id uuid, p_base int, p_unit uuid default null)
  returns domovoi.reservation
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.reservation;
begin
  perform domovoi.lock_units(p_company, array[x.unit_id, p_unit]) from domovoi.reservation x
    where x.company_id = p_company and x.id = p_id;
  select * into r from domovoi.reservation x where x.company_id = p_company and x.id = p_id for no key update;
  perform domovoi.check_version(p_base, r.version);
  return r;
end $$;

create function domovoi.patch_reservation(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.reservation; n domovoi.reservation; s jsonb;
begin
  select * into r from domovoi.reservation x where x.company_id = p_company and x.id = p_id;
  s := domovoi.read_set('reservation', p_company, p_set, 'patch', r.currency);
  r := domovoi.hold_reservation(p_company, p_id, p_base, (s ->> 'unit_id')::uuid);
  if s = '{}' then return; end if;
  n := jsonb_populate_record(r, s);
  if (n.unit_id, n.check_in, n.check_out, n.price_per_night) is distinct from (r.unit_id, r.check_in, r.check_out,
    r.price_per_night)
     and exists (select from domovoi.fsm_state f where f.machine = r.machine and f.state = r.status and f.final) then
    perform domovoi.fail('DM001', 'The stay is over: its unit, dates and price stay as they are.', 'status',
      r.status);
  end if;
  if n.unit_id is distinct from r.unit_id then perform domovoi.require('reservation.override'); end if;
  if n.price_per_night is distinct from r.price_per_night then
    perform domovoi.require('reservation.price_override');
  end if;
  perform domovoi.must_reach(p_company, n.agent_id, u.building_id, u.owner_id) from domovoi.unit u
    where u.company_id = p_company and u.id = n.unit_id;
  update domovoi.reservation x set unit_id = n.unit_id, party_id = n.party_id, agent_id = n.agent_id,
    check_in = n.check_in,
      check_out = n.check_out, price_per_night = n.price_per_night, adults = coalesce(n.adults, 1),
        children = coalesce(n.children, 0),
      channel = coalesce(n.channel, 'console'), country = n.country, comment = n.comment,
      offering_id = case when n.unit_id = r.unit_id then r.offering_id else (select o.id from domovoi.offering o
        where o.company_id = p_company and o.unit_id = n.unit_id and o.mode = 'short_stay') end
    where x.company_id = p_company and x.id = p_id;
end $$;

-- Why this action is not possible now, as the error it would raise; null if it is.
create function domovoi.stay_refusal(r domovoi.reservation, p_action text, out code text, out reason text,
  out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare t domovoi.fsm_transition; may text;
begin
  select * into t from domovoi.fsm_transition x where x.machine = r.machine and x.action = p_action
    and x.from_state = r.status;
  may := case p_action when 'extend_hold' then 'reservation.edit' else coalesce(t.permission,
    (select min(x.permission) from domovoi.fsm_transition x where x.machine = r.machine and x.action = p_action)) end;
  if may is null or not domovoi.has_permission(may) then
    code := 'DM005'; reason := 'You may not do this.'; remedy := 'Ask the head of your company for the permission.';
  elsif (p_action = 'extend_hold' and r.status <> 'hold') or (p_action <> 'extend_hold' and t.machine is null) then
    code := 'DM001'; reason := 'This is not possible in the present state.';
  else
    reason := domovoi.stay_guard(t.guard, r);
    if reason is not null then code := 'DM011'; end if;
  end if;
end $$;

-- Early departure frees the nights that are left; everything else about a change of state is the trigger's.
create function domovoi.act_on_reservation(p_company int, p_id uuid, p_base int, p_action text, p_args jsonb)
  returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  r domovoi.reservation := domovoi.hold_reservation(p_company, p_id, p_base);
  no record := domovoi.stay_refusal(r, p_action);
  today date := domovoi.company_today(p_company);
  till timestamptz := case when p_args ->> 'until' ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d'
    then (p_args ->> 'until')::timestamptz end;
begin
  if no.code is not null then
    perform domovoi.fail(no.code, no.reason, case no.code when 'DM001' then 'status'
      end, p_action || ' from ' || r.status, no.remedy);
  end if;
  if p_action = 'extend_hold' then
    if p_args ->> 'until' is not null and (till is null or till <= domovoi.now()) then
      perform domovoi.fail('DM007', 'The hold must end in the future.', 'until', p_args ->> 'until',
        'Give a day and a time.');
    end if;
    update domovoi.reservation x set hold_until = coalesce(till, greatest(r.hold_until,
      domovoi.now()) + interval '1 day')
      where x.company_id = p_company and x.id = p_id;
    return;
  end if;
  update domovoi.reservation x set status = t.to_state, status_reason = nullif(trim(p_args ->> 'reason'), ''),
      check_out = case when t.to_state = 'completed' then least(r.check_out, greatest(today, r.check_in + 1))
        else r.check_out end,
      cancelled_by = case when t.to_state = 'cancelled' then coalesce(p_args ->> 'by', case (domovoi.me()).scope
        when 'own' then 'agent'
        when 'platform' then 'platform' else 'company' end) end
    from domovoi.fsm_transition t
    where x.company_id = p_company and x.id = p_id and t.machine = r.machine and t.action = p_action
      and t.from_state = r.status;
end $$;

-- ---- the engine -------------------------------------------------------------------------------------------

-- What an error says about the request; null for errors that say nothing about it (deadlock, cancel, disk, a bug).
create function domovoi.verdict(p_state text, p_message text, p_column text, p_detail text, p_hint text,
  p_constraint text) returns jsonb
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$
declare col text := regexp_replace(coalesce(nullif(p_column, ''), substring(p_constraint
  from '^[a-z]+_(?:company_id_)?(.+)_(?:check|key|fkey)$'), ''), '(?<!external)_id$', '');
begin
  return case
    when p_state in ('DM008', 'DM009') then null
    when p_state like 'DM%' then jsonb_build_object('code', p_state, 'field', nullif(p_column, ''), 'message',
      p_message,
      'detail', nullif(p_detail, ''), 'remedy', nullif(p_hint, ''))
    when p_state = '23P01' then jsonb_build_object('code', 'DM004', 'field', 'unit', 'message',
      'The unit is taken on these dates.',
      'remedy', 'Choose other dates or another unit.')
    when p_state = '23505' then jsonb_build_object('code', p_state, 'field', nullif(col, ''), 'message',
      'A record like this exists already.')
    when p_state = '23503' then jsonb_build_object('code', 'DM007', 'field', nullif(col, ''), 'message',
      'There is no such record.')
    when p_state in ('23502', '23514') or p_state like '22%' then
      jsonb_build_object('code', 'DM007', 'field', nullif(col, ''), 'message', 'The value is not valid.') end;
end $$;

-- The rights on a record, by its own columns; no such record if the session cannot reach it.
create function domovoi.check_reach(p_resource text, p_company int, p_id uuid) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare ok boolean; m record := domovoi.me();
begin
  select case p_resource
    when 'unit' then (select domovoi.reaches(r.company_id, r.agent_id, r.building_id, r.owner_id)
      from domovoi.unit r where r.company_id = p_company and r.id = p_id)
    when 'offering' then (select domovoi.reaches(r.company_id, r.agent_id, r.building_id, r.owner_id)
      from domovoi.offering r where r.company_id = p_company and r.id = p_id)
    when 'block' then (select domovoi.reaches(r.company_id, r.agent_id, r.building_id, r.owner_id)
      from domovoi.block r where r.company_id = p_company and r.id = p_id)
    when 'reservation' then (select domovoi.reaches(r.company_id, r.agent_id, r.building_id, r.owner_id)
      from domovoi.reservation r where r.company_id = p_company and r.id = p_id)
    when 'building' then (select case m.scope when 'own' then r.company_id = m.company_id
      when 'landlord' then r.company_id = m.company_id and r.id = any (domovoi.my_buildings())
      else domovoi.reaches(r.company_id, null, r.id, null) end from domovoi.building r
        where r.company_id = p_company and r.id = p_id)
    when 'party' then (select case m.scope when 'assigned' then r.company_id = m.company_id
      else domovoi.reaches(r.company_id, r.agent_id, null, null) end from domovoi.party r
        where r.company_id = p_company and r.id = p_id)
    else false end into ok;
  if not coalesce(ok, false) then perform domovoi.no_record(p_id::text); end if;
end $$;

create function domovoi.create_record(p_resource text, p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.require(case p_resource when 'unit' then 'unit.create' when 'building' then 'unit.create'
    when 'offering' then 'price.edit'
    when 'party' then 'party.edit' when 'reservation' then 'reservation.create' when 'block' then 'block.manage' end);
  case p_resource
    when 'unit' then perform domovoi.create_unit(p_company, p_id, domovoi.read_set('unit', p_company, p_set, 'create',
      coalesce(p_set ->> 'currency', (select c.currency from domovoi.company c where c.id = p_company))));
    when 'party' then perform domovoi.create_party(p_company, p_id, domovoi.read_set('party', p_company, p_set,
      'create', null));
    when 'reservation' then perform domovoi.create_reservation(p_company, p_id, p_set);
    when 'building' then perform domovoi.put_building(p_company, p_id, null, p_set, true);
    when 'offering' then perform domovoi.put_offering(p_company, p_id, null, p_set, true);
    when 'block' then perform domovoi.put_block(p_company, p_id, null, p_set, true);
  end case;
end $$;

create function domovoi.patch_record(p_resource text, p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.require(case p_resource when 'party' then 'party.edit' when 'reservation' then 'reservation.edit'
    when 'block' then 'block.manage' when 'offering' then 'price.edit' else 'unit.edit' end);
  case p_resource
    when 'unit' then perform domovoi.patch_unit(p_company, p_id, p_base, p_set);
    when 'party' then perform domovoi.patch_party(p_company, p_id, p_base, p_set);
    when 'reservation' then perform domovoi.patch_reservation(p_company, p_id, p_base, p_set);
    when 'building' then perform domovoi.put_building(p_company, p_id, p_base, p_set, false);
    when 'offering' then perform domovoi.put_offering(p_company, p_id, p_base, p_set, false);
    when 'block' then perform domovoi.put_block(p_company, p_id, p_base, p_set, false);
  end case;
end $$;

-- Apply a request for real, or raise. Returns where: {"company", "record", "version"}.
create function domovoi.apply(m jsonb) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  what text := domovoi.singular(m ->> 'resource');
  here record := domovoi.me();
  company int := coalesce(here.company_id, case when here.scope = 'platform' then (m ->> 'company')::int end);
  base int := (m ->> 'base_version')::int;
  at record; rec uuid; v int;
begin
  if what is null or what not in ('unit', 'building', 'offering', 'party', 'reservation', 'block') then
    perform domovoi.fail('DM007', 'This kind of record cannot be written.', 'resource', m ->> 'resource');
  end if;
  if m ->> 'kind' = 'create' then
    company := coalesce(company, (domovoi.locate('unit', null, m #>> '{set,unit}')).company_id);
    if not exists (select from domovoi.company c where c.id = company) then
      perform domovoi.fail('DM007', 'The company is missing.', 'company', null, 'Name the company.');
    end if;
    rec := coalesce((m ->> 'record')::uuid, gen_random_uuid());
    perform domovoi.create_record(what, company, rec, m -> 'set');
  else
    at := domovoi.locate(what, company, m ->> 'record');
    if at.id is null then perform domovoi.no_record(m ->> 'record'); end if;
    company := at.company_id; rec := at.id;
    perform domovoi.check_reach(what, company, rec);
    if m ->> 'kind' = 'patch' then
      perform domovoi.patch_record(what, company, rec, base, m -> 'set');
    elsif m ->> 'kind' = 'action' and what = 'reservation' then
      perform domovoi.act_on_reservation(company, rec, base, m ->> 'action', coalesce(m -> 'args', '{}'));
    elsif m ->> 'kind' = 'action' and what = 'unit' and m ->> 'action' in ('archive', 'restore') then
      perform domovoi.act_on_unit(company, rec, base, m ->> 'action');
    elsif m ->> 'kind' = 'action' and what = 'block' and m ->> 'action' = 'delete' then
      perform domovoi.delete_block(company, rec, base);
    else
      perform domovoi.fail('DM007', 'There is no such action.', 'action', coalesce(m ->> 'action', m ->> 'kind'));
    end if;
  end if;
  execute format('select x.version from domovoi.%I x where x.company_id = $1 and x.id = $2', what) into v
    using company, rec;
  return jsonb_build_object('company', company, 'record', rec, 'version', v);
end $$;

-- Rivals for a night: all but one come too late, and hear it before anything dear is done, so that a hundred sessions
-- that have planned nothing yet are answered within a second. Says only what is certain (the unit itself is used on
-- these nights, by no hold that has run out, and the session may book it); everything else goes the full way.
create function domovoi.too_late(p_company int, p_scope text, p_role text, p_user uuid, p_set jsonb) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  set plan_cache_mode = force_generic_plan
  as $$
declare
  k text := p_set ->> 'unit';
  a date := case when domovoi.is_date(p_set ->> 'check_in') then p_set ->> 'check_in' end;
  b date := case when domovoi.is_date(p_set ->> 'check_out') then p_set ->> 'check_out' end;
  found record;
begin
  if not coalesce(b - a between 1 and 366, false) then return null; end if;
  for look in 1 .. 2 loop
    select u.id, u.code, exists (
        select from domovoi.occupancy o left join domovoi.reservation r on r.company_id = o.company_id
          and r.id = o.source_id
         where o.company_id = u.company_id and o.unit_id = u.id and o.check_in < b and o.check_in > a - 367
           and o.check_out > a
           and (r.id is null or r.status <> 'hold' or r.hold_until > domovoi.now())) as taken
      into found from domovoi.unit u
     where u.company_id = p_company
       and (u.code = k or u.id = case when k ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then k::uuid end)
       and (p_scope in ('platform', 'company') or p_scope = 'own' and u.agent_id = p_user)
       and exists (select from domovoi.role_permission g where g.role = p_role
         and g.permission = 'reservation.create');
    if found.id is null then return null; end if;
    if found.taken then
      return jsonb_build_object('status', 'rejected', 'code', 'DM004', 'field', 'unit', 'message',
        'The unit is taken on these dates.',
        'detail', found.code || ' ' || a || ' - ' || b, 'remedy', 'Choose other dates or another unit.');
    end if;
    exit when look = 2;
    perform domovoi.lock_units(p_company, array[found.id]);
  end loop;
  return null;
end $$;

-- The outcome without the row. The same id has one effect and one outcome, ever; p_strict raises what else would be
-- recorded as a rejection. Runs as the rules; who is asking follows from session_user (domovoi.me).
create function act.mutate(m jsonb, p_strict boolean default false) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  here record := domovoi.me();
  mid uuid; h bytea; old domovoi.mutation; res jsonb;
  st text; msg text; col text; det text; hint text; con text;
begin
  if here.user_id is null then
    perform domovoi.fail('DM009', 'This login has no active membership.');
  end if;
  if m ->> 'id' is null or m ->> 'id' !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    perform domovoi.fail('DM007', 'The mutation has no id.', 'id');
  end if;
  mid := (m ->> 'id')::uuid;
  h := sha256(convert_to((m - 'id')::text, 'UTF8'));
  perform pg_advisory_xact_lock(7243, hashtext(mid::text));
  select * into old from domovoi.mutation x where x.id = mid;
  if found then
    if old.request_hash <> h or old.user_id <> here.user_id then
      perform domovoi.fail('DM008', 'This mutation id was used for another request.', 'id', mid::text,
        'Make a new id.');
    end if;
    return old.result || '{"replayed": true}';
  end if;
  if m ->> 'kind' = 'create' and m ->> 'resource' = 'reservation' then
    res := domovoi.too_late(here.company_id, here.scope, here.role, here.user_id, m -> 'set');
  end if;
  if res is null then
    begin
      res := domovoi.apply(m) || '{"status": "applied"}';
    exception when others then
      if p_strict then raise; end if;
      get stacked diagnostics st = returned_sqlstate, msg = message_text, col = column_name,
        det = pg_exception_detail,
        hint = pg_exception_hint, con = constraint_name;
      res := domovoi.verdict(st, msg, col, det, hint, con) || '{"status": "rejected"}';
      if res is null then raise; end if;
    end;
  end if;
  insert into domovoi.mutation (id, company_id, user_id, request_hash, resource, record_id, kind, status, result,
    claimed_at)
  values (mid, coalesce((res ->> 'company')::int, here.company_id, here.home), here.user_id, h,
    coalesce(m ->> 'resource', ''),
    (res ->> 'record')::uuid, coalesce(m ->> 'kind', ''), res ->> 'status', res,
      case when m ->> 'at' ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d' then (m ->> 'at')::timestamptz end);
  return res || '{"replayed": false}';
end $$;

reset role;
