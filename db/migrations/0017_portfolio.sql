-- Portfolio (domain.md §1.1 S0.01–S0.09, §1.2 S1.04–S1.21, §3.5): what a unit is, on which terms and when it is on
-- offer,
-- what it has, and the codes of its doors, which the database keeps sealed and never sees in the clear.

set local role domovoi_owner;

-- ---- tables ---------------------------------------------------------------------------------------------------

alter table domovoi.unit
  add column address text check (length(address) <= 300),     -- of a unit without a building
  add column entrance text check (length(entrance) <= 20),
  add column floors_total smallint check (floors_total between 1 and 200),
  add column beds smallint check (beds between 0 and 1000),
  add column year_built smallint check (year_built between 1500 and 2200),
  add column lat numeric(9,6) check (lat between -90 and 90),
  add column lon numeric(9,6) check (lon between -180 and 180),
  add column physical_status text not null default 'ready'
    check (physical_status in ('ready', 'dirty', 'maintenance', 'out_of_service')),
  add column amenities text not null default '',              -- codes in order, with commas; rows in unit_amenity
  add column published_at timestamptz,                        -- first put on offer by publishing: I25 holds since
  add column overrides smallint not null default 0,           -- of I25; a change that counts one up may do it
  add column edit_reason text;                                -- of the last of them

-- offering.listing (domain.md §3.5)
alter table domovoi.offering drop constraint offering_status_check;
alter table domovoi.offering
  add constraint offering_status_check check (status in ('draft', 'moderation', 'active', 'rejected', 'inactive',
    'blocked', 'archived')),
  add column status_reason text,
  add column listed_at timestamptz,                           -- first published
  add column confirmed_by uuid,                              -- who said: right, and may be let (S1.10)
  add column confirmed_at timestamptz,
  add column planned_return date,                             -- of an inactive one (S1.13)
  add column cleaning_fee bigint not null default 0 check (cleaning_fee >= 0),
  add column deposit bigint not null default 0 check (deposit >= 0),
  add column advance_notice_h smallint not null default 0 check (advance_notice_h between 0 and 8760),
  add column checkin_from text check (checkin_from ~ '^([01]\d|2[0-3]):[0-5]\d$'),
  add column checkin_to text check (checkin_to ~ '^([01]\d|2[0-3]):[0-5]\d$'),
  add column checkout_from text check (checkout_from ~ '^([01]\d|2[0-3]):[0-5]\d$'),
  add column checkout_to text check (checkout_to ~ '^([01]\d|2[0-3]):[0-5]\d$'),
  add column cta_weekdays text 
    check (cta_weekdays ~ '^(mon|tue|wed|thu|fri|sat|sun)(,(mon|tue|wed|thu|fri|sat|sun))*$'),
  add column house_rules text check (length(house_rules) <= 2000),
  add column price_reason text;                               -- of the last change of the price

alter table domovoi.unit_stock
  add column note text constraint stock_note_check check (length(note) <= 200),
  add column version int not null default 1,
  add column created_at timestamptz not null default now(),
  add column created_by uuid,
  add column updated_at timestamptz not null default now(),
  add column updated_by uuid;

-- Made by taking this offering off offer; lifted when it comes back.
alter table domovoi.block add column offering_id uuid,
  add foreign key (company_id, offering_id) references domovoi.offering (company_id, id);
create index on domovoi.block (company_id, unit_id) where offering_id is not null;

-- unit.amenities by the row, for questions that begin with the amenity; written with it.
create table domovoi.unit_amenity (
  company_id   int not null,
  unit_id      uuid not null,
  code         text not null,
  building_id  uuid,
  agent_id     uuid,
  owner_id     uuid,
  primary key (company_id, unit_id, code),
  foreign key (company_id, unit_id) references domovoi.unit (company_id, id) on delete cascade
);
create index on domovoi.unit_amenity (company_id, code, unit_id);

-- Photos and papers of a unit (S1.08, K3): what is known of a file; the bytes are kept elsewhere. A refused value's
-- field is told by the constraint's name after its first word.
create table domovoi.unit_attachment (
  company_id   int not null,
  id           uuid not null default gen_random_uuid(),
  unit_id      uuid not null,
  file_name    text not null constraint file_file_name_check check (length(file_name) between 1 and 200
    and file_name !~ '[/\\]'),
  mime         text not null constraint file_mime_check
    check (mime in ('image/jpeg', 'image/png', 'application/pdf')),
  bytes        bigint not null constraint file_bytes_check check (bytes > 0),
  sha256       text constraint file_sha256_check check (sha256 ~ '^[0-9a-f]{64}$'),
  caption      text constraint file_caption_check check (length(caption) <= 200),
  sort         smallint not null,                             -- 1 … n in a unit
  is_main      boolean not null default false,                -- one of a unit's photos, if it has any
  building_id  uuid,
  agent_id     uuid,
  owner_id     uuid,
  version      int not null default 1,
  created_at   timestamptz not null default now(),
  created_by   uuid,
  updated_at   timestamptz not null default now(),
  updated_by   uuid,
  primary key (company_id, id),
  foreign key (company_id, unit_id) references domovoi.unit (company_id, id),
  check (not is_main or mime <> 'application/pdf')
);
create index on domovoi.unit_attachment (company_id, sort, id);
create unique index on domovoi.unit_attachment (company_id, unit_id) where is_main;

-- What a price was (S1.11, S1.12). A reservation has a price of its own: a change here touches new bookings only.
create table domovoi.price_change (
  company_id   int not null,
  id           uuid not null default gen_random_uuid(),
  offering_id  uuid not null,
  unit_id      uuid not null,
  old_price    bigint not null,
  new_price    bigint not null,
  currency     char(3) not null references domovoi.currency,
  price_per    text not null,
  reason       text,
  by_user      uuid,
  at           timestamptz not null,
  building_id  uuid,
  agent_id     uuid,
  owner_id     uuid,
  version      int not null default 1,
  primary key (company_id, id),
  foreign key (company_id, offering_id) references domovoi.offering (company_id, id)
);
create index on domovoi.price_change (company_id, at, id);
create index on domovoi.price_change (company_id, agent_id, at, id);
create index on domovoi.price_change (company_id, unit_id, at);

-- Codes (S1.04): the value is sealed by the client (client/secret.h) with a key that the database never has.
create table domovoi.unit_secret (
  company_id   int not null,
  unit_id      uuid not null,
  kind         text not null check (kind in ('intercom', 'door', 'safe', 'wifi', 'instructions')),
  sealed       bytea not null check (get_byte(sealed, 0) = 1 and octet_length(sealed) between 30 and 4125),
  key_version  int not null check (key_version > 0),
  updated_at   timestamptz not null,
  updated_by   uuid,
  primary key (company_id, unit_id, kind),
  foreign key (company_id, unit_id) references domovoi.unit (company_id, id)
);

-- Who looked, or tried to. `xid`: a code is given out only to who was logged by an earlier, committed transaction.
create table domovoi.secret_access (
  company_id     int not null,
  id             uuid not null default gen_random_uuid(),
  unit_id        uuid not null,
  user_id        uuid not null,
  kind           text,
  action         text not null check (action in ('reveal', 'set', 'clear')),
  reason         text,
  reservation_id uuid,
  allowed        boolean not null,
  at             timestamptz not null,
  xid            xid8 not null default pg_current_xact_id(),
  building_id    uuid,
  agent_id       uuid,
  owner_id       uuid,
  version        int not null default 1,
  primary key (company_id, id),
  foreign key (company_id, unit_id) references domovoi.unit (company_id, id)
);
create index on domovoi.secret_access (company_id, at, id);
create index on domovoi.secret_access (company_id, agent_id, at, id);
create index on domovoi.secret_access (id);

do $$ begin
  perform domovoi.protect('domovoi.unit_amenity', 'unit', 'unit.view');
  perform domovoi.protect('domovoi.unit_attachment', 'unit', 'unit.view');
  perform domovoi.protect('domovoi.price_change', 'unit', 'price.view');
  perform domovoi.protect('domovoi.unit_secret', 'closed');
  perform domovoi.protect('domovoi.secret_access', 'unit', 'secret.log');
end $$;

-- ---- what can be written, and done ----------------------------------------------------------------------------

delete from domovoi.writable where resource = 'offering' and name = 'status'; -- the machine's
insert into domovoi.writable (resource, ord, name, col, type, on_create, on_patch, on_import)
select r, o, n, c, t, k like '%c%', k like '%p%', k like '%i%' from (values
  ('unit', 20, 'owner', 'owner_id', 'user', 'cpi'),
  ('unit', 21, 'address', 'address', 'text', 'cpi'),
  ('unit', 22, 'entrance', 'entrance', 'text', 'cpi'),
  ('unit', 23, 'floors_total', 'floors_total', 'int', 'cpi'),
  ('unit', 24, 'beds', 'beds', 'int', 'cpi'),
  ('unit', 25, 'area', 'area_total', 'text', 'cpi'),
  ('unit', 26, 'year_built', 'year_built', 'int', 'cpi'),
  ('unit', 27, 'lat', 'lat', 'text', 'cpi'),
  ('unit', 28, 'lon', 'lon', 'text', 'cpi'),
  ('unit', 29, 'physical_status', 'physical_status', 'text', 'cpi'),
  ('unit', 30, 'amenities', 'amenities', 'text', 'cpi'),
  ('unit', 31, 'description', 'description', 'note', 'cpi'),
  ('offering', 10, 'price_reason', 'price_reason', 'text', 'cp'),
  ('offering', 11, 'cleaning_fee', 'cleaning_fee', 'major', 'cp'),
  ('offering', 11, 'cleaning_fee_minor', 'cleaning_fee', 'minor', 'cp'),
  ('offering', 12, 'deposit', 'deposit', 'major', 'cp'),
  ('offering', 12, 'deposit_minor', 'deposit', 'minor', 'cp'),
  ('offering', 13, 'advance_notice_h', 'advance_notice_h', 'int', 'cp'),
  ('offering', 14, 'booking_window_d', 'booking_window_d', 'int', 'cp'),
  ('offering', 15, 'checkin_from', 'checkin_from', 'text', 'cp'),
  ('offering', 16, 'checkin_to', 'checkin_to', 'text', 'cp'),
  ('offering', 17, 'checkout_from', 'checkout_from', 'text', 'cp'),
  ('offering', 18, 'checkout_to', 'checkout_to', 'text', 'cp'),
  ('offering', 19, 'cta_weekdays', 'cta_weekdays', 'text', 'cp'),
  ('offering', 20, 'house_rules', 'house_rules', 'note', 'cp'),
  ('unit_stock', 1, 'unit', 'unit_id', 'unit', 'c'),
  ('unit_stock', 2, 'mode', 'mode', 'text', 'c'),
  ('unit_stock', 3, 'from_on', 'from_on', 'date', 'cp'),
  ('unit_stock', 4, 'to_on', 'to_on', 'date', 'cp'),
  ('unit_stock', 5, 'note', 'note', 'text', 'cp'),
  ('unit_attachment', 1, 'unit', 'unit_id', 'unit', 'c'),
  ('unit_attachment', 2, 'file_name', 'file_name', 'text', 'cp'),
  ('unit_attachment', 3, 'mime', 'mime', 'text', 'c'),
  ('unit_attachment', 4, 'bytes', 'bytes', 'minor', 'c'), -- a whole number that may pass an int's end
  ('unit_attachment', 5, 'sha256', 'sha256', 'text', 'c'),
  ('unit_attachment', 6, 'caption', 'caption', 'text', 'cp')
) v (r, o, n, c, t, k);

reset role;

set local role domovoi_rules;

update domovoi.record_kind set machine = 'offering.listing', by_unit = true where resource = 'offering';
insert into domovoi.record_kind (resource, plural, reads, creates, patches, machine, keys, by_unit) values
  ('unit_stock',      'stock_periods', 'unit.view',  'unit.publish', 'unit.publish', null, '{}', true),
  ('unit_attachment', 'attachments',   'unit.view',  'unit.edit',    'unit.edit',    null, '{}', true),
  ('price_change',    'price_changes', 'price.view', null,           null,           null, '{}', false),
  ('secret_access',   'code_views',    'secret.log', null,           null,           null, '{}', false);
insert into domovoi.record_action (resource, action, permission, needs_reason, states, sort) values
  ('unit', 'edit_immutable', 'unit.edit_immutable', true, null, 20),
  ('unit', 'reveal_code', 'secret.view', true, null, 21),
  ('unit', 'set_code', 'secret.edit', false, null, 22),
  ('unit', 'clear_code', 'secret.edit', false, null, 23),
  ('unit_stock', 'delete', 'unit.publish', false, null, 9),
  ('unit_attachment', 'make_main', 'unit.edit', false, null, 1),
  ('unit_attachment', 'move', 'unit.edit', false, null, 2),
  ('unit_attachment', 'delete', 'unit.edit', false, null, 9);

-- ---- units ------------------------------------------------------------------------------------------------------

-- "wifi, Кухня" as codes of the dictionary, in order, each once; its names are taken in every language (S1.07).
create function domovoi.read_amenities(p text) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare w text; c text; codes text[] := '{}';
begin
  foreach w in array regexp_split_to_array(trim(coalesce(p, '')), '\s*[,;]\s*') loop
    continue when w = '';
    select d.code into c from domovoi.dict_item d where d.kind = 'amenity' and d.active and (d.code = lower(w)
      or exists (select from jsonb_each_text(d.names) n where lower(n.value) = lower(w))) order by d.sort limit 1;
    if c is null then
      perform domovoi.fail('DM007', 'There is no such amenity.', 'amenities', left(w, 60),
        'Give codes or names of the dictionary, with commas.');
    end if;
    codes := codes || c;
  end loop;
  return array_to_string(array(select distinct x from unnest(codes) x order by 1), ',');
end $$;

-- What the types of `writable` do not say: decimal numbers, amenities.
create function domovoi.unit_set(s jsonb) returns jsonb
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare f record;
begin
  for f in select * from (values ('area_total', 'area', '^\d{1,8}([.,]\d{1,2})?$'),
      ('lat', 'lat', '^-?\d{1,2}([.,]\d{1,20})?$'), ('lon', 'lon', '^-?\d{1,3}([.,]\d{1,20})?$')) v (col, name,
        form) loop
    continue when s ->> f.col is null;
    if s ->> f.col !~ f.form or f.col <> 'area_total'
        and abs(replace(s ->> f.col, ',', '.')::numeric) > (case f.col when 'lat' then 90 else 180 end) then
      perform domovoi.fail('DM007', 'The value is not valid.', f.name, left(s ->> f.col, 40));
    end if;
    s := s || jsonb_build_object(f.col, replace(s ->> f.col, ',', '.'));
  end loop;
  if s ? 'amenities' then
    s := s || jsonb_build_object('amenities', domovoi.read_amenities(s ->> 'amenities'));
  end if;
  return s;
end $$;

-- As in 0004, but with the fields of S1.07; a company that moderates has its new units looked at first.
create or replace function domovoi.create_unit(p_company int, p_id uuid, s jsonb) returns uuid
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.unit; m record := domovoi.me(); since date;
begin
  perform domovoi.must_have(s, 'code', 'title');
  r := jsonb_populate_record(null::domovoi.unit, domovoi.unit_set(s));
  if m.scope = 'own' then r.agent_id := coalesce(r.agent_id, m.user_id); end if;
  if m.scope = 'landlord' then r.owner_id := m.user_id; end if;
  if r.parent_id is not null and exists (select from domovoi.occupancy o where o.company_id = p_company
    and o.unit_id = r.parent_id) then
    since := domovoi.company_today(p_company);
  end if;
  insert into domovoi.unit (company_id, id, code, title, kind, class, building_id, parent_id, lock_id, agent_id,
      owner_id, floor, rooms, capacity, external_id, updated_by, area_total, description, address, entrance,
      floors_total, beds, year_built, lat, lon, physical_status, amenities)
    values (p_company, p_id, r.code, r.title, coalesce(r.kind, 'apartment'), coalesce(r.class, ''), r.building_id,
      r.parent_id, p_id, r.agent_id, r.owner_id, r.floor, r.rooms, r.capacity, r.external_id, m.user_id, r.area_total,
      r.description, r.address, r.entrance, r.floors_total, r.beds, r.year_built, r.lat, r.lon,
      coalesce(r.physical_status, 'ready'), coalesce(r.amenities, ''))
    returning * into r;
  if m.scope not in ('platform', 'company') then
    perform domovoi.must_reach(p_company, r.agent_id, r.building_id, r.owner_id);
  end if;
  insert into domovoi.offering (company_id, unit_id, mode, status, price, currency, updated_by)
    values (p_company, p_id, 'short_stay', case when domovoi.moderated(p_company) then 'draft' else 'active' end,
      coalesce((s ->> 'price')::bigint, 0),
      coalesce(s ->> 'currency', (select c.currency from domovoi.company c where c.id = p_company)), m.user_id);
  insert into domovoi.unit_stock (company_id, unit_id, mode, in_stock, updated_by) values (p_company, p_id,
    'short_stay',
    daterange(since, null), m.user_id);
  return p_id;
end $$;

-- As in 0005, but compares what is kept as numbers as numbers: an export that is imported again changes nothing.
create or replace function domovoi.import_unit(p_company int, s jsonb) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare has jsonb; told jsonb := domovoi.unit_set(s); id uuid := gen_random_uuid();
begin
  perform domovoi.must_have(s, 'code');
  select to_jsonb(u) || jsonb_build_object('price', o.price, 'currency', o.currency) into has
    from domovoi.unit u left join domovoi.offering o on o.company_id = u.company_id and o.unit_id = u.id
      and o.mode = 'short_stay'
   where u.company_id = p_company and u.code = s ->> 'code';
  if found then
    perform domovoi.refuse_difference('unit', told || (select coalesce(jsonb_object_agg(x.key, x.value), '{}')
        from jsonb_each(to_jsonb(jsonb_populate_record(null::domovoi.unit, told))) x
       where x.key in ('area_total', 'lat', 'lon') and told ? x.key), has);
    return jsonb_build_object('status', 'unchanged', 'record', has -> 'id');
  end if;
  perform domovoi.create_unit(p_company, id, jsonb_build_object('title', s -> 'code') || s);
  return jsonb_build_object('status', 'created', 'record', id);
end $$;

-- All that a person may change of a unit, as the record has it.
create function domovoi.put_unit(r domovoi.unit) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  update domovoi.unit u set code = r.code, title = r.title, kind = r.kind, class = coalesce(r.class, ''),
      parent_id = r.parent_id, building_id = r.building_id, agent_id = r.agent_id, owner_id = r.owner_id,
      floor = r.floor, rooms = r.rooms, capacity = r.capacity, area_total = r.area_total, description = r.description,
      address = r.address, entrance = r.entrance, floors_total = r.floors_total, beds = r.beds,
      year_built = r.year_built, lat = r.lat, lon = r.lon, physical_status = coalesce(r.physical_status, 'ready'),
      amenities = coalesce(r.amenities, ''), archived_at = r.archived_at, overrides = r.overrides,
      edit_reason = r.edit_reason
    where u.company_id = r.company_id and u.id = r.id;
end $$;

create or replace function domovoi.patch_unit(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.unit; s jsonb := domovoi.unit_set(domovoi.read_set('unit', p_company, p_set, 'patch', null));
begin
  perform domovoi.lock_units(p_company, array[p_id, (s ->> 'parent_id')::uuid]); -- both trees of a move, in order
  select * into r from domovoi.unit u where u.company_id = p_company and u.id = p_id for no key update;
  perform domovoi.check_version(p_base, r.version);
  if s = '{}' then return; end if;
  r := jsonb_populate_record(r, s);
  perform domovoi.must_reach(p_company, r.agent_id, r.building_id, r.owner_id);
  perform domovoi.put_unit(r);
end $$;

-- As in 0010, but with every field; what changed no row (a code that was set) is not taken back by it.
create or replace function domovoi.restore_unit(p_company int, p_id uuid, p_now jsonb, p_old jsonb, p_stock jsonb)
  returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.unit := jsonb_populate_record(null::domovoi.unit,
  coalesce(p_old, p_now || jsonb_build_object('archived_at', domovoi.now())));
begin
  if p_old ->> 'version' = p_now ->> 'version' then
    perform domovoi.fail('DM001', 'This cannot be taken back any more.', 'undo', null, 'Change it by hand.');
  end if;
  if (r.address, r.building_id, r.kind, r.rooms) is distinct from (p_now ->> 'address',
      (p_now ->> 'building_id')::uuid, p_now ->> 'kind', (p_now ->> 'rooms')::smallint) then
    r.overrides := (p_now ->> 'overrides')::smallint + 1;
  end if;
  perform domovoi.put_unit(r);
  perform domovoi.put_stock(p_company, p_id, p_stock);
end $$;

-- Before anything else is asked of a change: what stays as it was published (I25, S1.11), how many units there may be
-- (I27; counted under a lock, so that two at once do not both find the last place).
create function domovoi.unit_portfolio_before() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare most int; f text;
begin
  if tg_op = 'UPDATE' and old.published_at is not null and new.overrides <= old.overrides then
    f := case when new.address is distinct from old.address then 'address'
      when new.building_id is distinct from old.building_id then 'building'
      when new.kind is distinct from old.kind then 'kind' when new.rooms is distinct from old.rooms then 'rooms' end;
    if f is not null then
      perform domovoi.fail('DM013', 'The unit is published: its address, building, kind and rooms stay as they are.',
        f,
        new.code, 'Use the action edit_immutable, which asks for a reason.');
    end if;
  end if;
  if new.archived_at is null and (tg_op = 'INSERT' or old.archived_at is not null) then
    most := coalesce((domovoi.setting_of(new.company_id, 'unit_limit') #>> '{}')::int, 0);
    if most > 0 then
      perform pg_advisory_xact_lock(7246, new.company_id);
      if (select count(*) from domovoi.unit u where u.company_id = new.company_id
        and u.archived_at is null) >= most then
        perform domovoi.fail('DM011', 'The company has as many units as it may have.', null, most::text,
          'Archive a unit, or ask the platform for more.');
      end if;
    end if;
  end if;
  return new;
end $$;

-- After: the rows of its amenities, and where the rows that belong to it belong.
create function domovoi.unit_portfolio_after() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare c int := new.company_id;
begin
  if tg_op = 'UPDATE' and new.amenities <> old.amenities then
    delete from domovoi.unit_amenity a where a.company_id = c and a.unit_id = new.id;
  end if;
  if new.amenities <> '' and (tg_op = 'INSERT' or new.amenities <> old.amenities) then
    insert into domovoi.unit_amenity (company_id, unit_id, code, building_id, agent_id, owner_id)
      select c, new.id, x, new.building_id, new.agent_id, new.owner_id from regexp_split_to_table(new.amenities,
        ',') x;
  end if;
  if tg_op = 'UPDATE' and (new.building_id, new.agent_id, new.owner_id) is distinct from (old.building_id,
      old.agent_id, old.owner_id) then
    update domovoi.unit_amenity t set building_id = new.building_id, agent_id = new.agent_id, owner_id = new.owner_id
      where t.company_id = c and t.unit_id = new.id;
    update domovoi.unit_attachment t set unit_id = t.unit_id where t.company_id = c and t.unit_id = new.id;
    update domovoi.price_change t set building_id = new.building_id, agent_id = new.agent_id, owner_id = new.owner_id
      where t.company_id = c and t.unit_id = new.id;
    update domovoi.secret_access t set building_id = new.building_id, agent_id = new.agent_id, owner_id = new.owner_id
      where t.company_id = c and t.unit_id = new.id;
  end if;
  return null;
end $$;

-- A log's row goes with its unit to another agent, and changes in nothing else.
create function domovoi.append_only_row() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare place constant text[] := '{building_id,agent_id,owner_id}';
begin
  if tg_op = 'DELETE' or to_jsonb(new) - place <> to_jsonb(old) - place then
    raise exception using errcode = '55000', message = 'History is only added to.', detail = tg_table_name;
  end if;
  return new;
end $$;

-- As in 0003 and 0012, but the blocks of a unit that was taken off offer do not keep it from the archive.
create or replace function domovoi.unit_in_use(p_company int, p_unit uuid) returns boolean
  language sql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
    select exists (select from domovoi.occupancy o where o.company_id = p_company and o.unit_id = p_unit
        and o.check_out > domovoi.company_today(p_company)
        and not exists (select from domovoi.block b where b.company_id = p_company and b.id = o.source_id
          and b.offering_id is not null))
      or exists (select from domovoi.unit k where k.company_id = p_company and k.parent_id = p_unit
        and k.archived_at is null)
  $$;

create or replace function domovoi.act_on_unit(p_company int, p_id uuid, p_base int, p_action text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.unit; no record; today date := domovoi.company_today(p_company);
begin
  perform domovoi.require('unit.archive');
  perform domovoi.lock_units(p_company, array[p_id]);
  select * into r from domovoi.unit u where u.company_id = p_company and u.id = p_id for no key update;
  perform domovoi.check_version(p_base, r.version);
  no := domovoi.unit_refusal(p_company, p_id, p_action);
  if no.code is not null then
    perform domovoi.fail(no.code, no.reason, case no.code when 'DM001' then 'status' end, no.detail, no.remedy);
  end if;
  perform domovoi.open_dates(p_company, p_id);
  update domovoi.unit u set archived_at = case p_action when 'archive' then domovoi.now() end
    where u.company_id = p_company and u.id = p_id;
  delete from domovoi.unit_stock s where s.company_id = p_company and s.unit_id = p_id and lower(s.in_stock) >= today;
  update domovoi.unit_stock s set in_stock = s.in_stock * daterange(null, today)
    where s.company_id = p_company and s.unit_id = p_id and s.in_stock && daterange(today, null);
  if p_action = 'restore' then
    insert into domovoi.unit_stock (company_id, unit_id, mode, in_stock)
      select p_company, p_id, o.mode, daterange(today, null) from domovoi.offering o
       where o.company_id = p_company and o.unit_id = p_id and o.status <> 'archived'
         and p_id = any (domovoi.leaves(p_company, p_id));
  end if;
end $$;

create or replace function domovoi.unit_refusal(p_company int, p_unit uuid, p_action text, out code text,
    out reason text, out detail text, out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  u domovoi.unit; may text := (select a.permission from domovoi.record_action a where a.resource = 'unit'
    and a.action = p_action);
begin
  select * into u from domovoi.unit x where x.company_id = p_company and x.id = p_unit;
  if not domovoi.has_permission(may) then
    code := 'DM005'; reason := 'You may not do this.'; detail := may;
    remedy := 'Ask the head of your company for the permission.';
  elsif p_action = 'archive' and u.archived_at is not null then
    code := 'DM001'; reason := 'The unit is archived already.';
    detail := domovoi.local_minute(p_company, u.archived_at);
  elsif p_action = 'restore' and u.archived_at is null then
    code := 'DM001'; reason := 'The unit is not archived.';
  elsif p_action = 'archive' and domovoi.unit_in_use(p_company, p_unit) then
    code := 'DM010'; reason := 'The unit is still in use.'; detail := domovoi.unit_used_by(p_company, p_unit);
    remedy := 'Move or end its stays, blocks and parts first.';
  elsif p_action = 'edit_immutable' and u.published_at is null then
    code := 'DM001'; reason := 'The unit is not published yet.'; remedy := 'Edit it.';
  elsif p_action in ('reveal_code', 'clear_code') and not exists (select from domovoi.unit_secret s
      where s.company_id = p_company and s.unit_id = p_unit) then
    code := 'DM001'; reason := 'No code is kept for this unit.'; remedy := 'Set one first.';
  end if;
end $$;

create or replace function domovoi.unit_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb)
  returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  case p_action
    when 'edit_immutable' then perform domovoi.edit_immutable(p_company, p_id, p_args);
    when 'set_code' then perform domovoi.set_code(p_company, p_id, p_args);
    when 'clear_code' then perform domovoi.clear_code(p_company, p_id, p_args);
    when 'reveal_code' then -- its door writes the log before anything else can be rolled back
      perform domovoi.fail('DM007', 'Codes are revealed on the command line.', 'action', null,
        'domovoi do units CODE reveal_code kind=… reason=…');
    else perform domovoi.act_on_unit(p_company, p_id, null, p_action);
  end case;
end $$;

-- What was published is corrected by who may, with a reason (I25).
create function domovoi.edit_immutable(p_company int, p_id uuid, p_args jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  r domovoi.unit; f text;
  s jsonb := domovoi.read_set('unit', p_company, p_args - 'reason', 'patch', null);
begin
  select k into f from jsonb_object_keys(s) k where k not in ('address', 'building_id', 'kind', 'rooms') limit 1;
  if f is not null then
    perform domovoi.fail('DM007', 'This field cannot be set.', f, null, 'Edit it.');
  elsif s = '{}' then
    perform domovoi.fail('DM007', 'The fields are missing.', null, null, 'Give address, building, kind or rooms.');
  end if;
  select * into r from domovoi.unit u where u.company_id = p_company and u.id = p_id;
  r := jsonb_populate_record(r, s);
  r.overrides := r.overrides + 1; r.edit_reason := left(trim(p_args ->> 'reason'), 500);
  perform domovoi.must_reach(p_company, r.agent_id, r.building_id, r.owner_id);
  perform domovoi.put_unit(r);
end $$;
reset role;

create trigger portfolio before insert or update on domovoi.unit for each row
  execute function domovoi.unit_portfolio_before();
create trigger portfolio_after after insert or update on domovoi.unit for each row
  execute function domovoi.unit_portfolio_after();
create trigger append_only before update or delete on domovoi.price_change for each row
  execute function domovoi.append_only_row();
create trigger append_only_all before truncate on domovoi.price_change execute function domovoi.append_only();
create trigger effects after insert on domovoi.price_change for each row
  execute function domovoi.record_after('price_change', '');
create trigger append_only before update or delete on domovoi.secret_access for each row
  execute function domovoi.append_only_row();
create trigger append_only_all before truncate on domovoi.secret_access execute function domovoi.append_only();
create trigger effects after insert on domovoi.secret_access for each row
  execute function domovoi.record_after('secret_access', '');

set local role domovoi_rules;

-- ---- listings (offering.listing) --------------------------------------------------------------------------------

create function domovoi.moderated(p_company int) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return coalesce((domovoi.setting_of(p_company, 'moderation') #>> '{}')::boolean, false); end $$;

-- What must be there before people see it (S1.07, S1.08).
create function domovoi.listing_lacks(p_company int, p_unit uuid, p_price bigint, out reason text, out detail text,
    out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  u domovoi.unit; least int; n int;
begin
  select * into u from domovoi.unit x where x.company_id = p_company and x.id = p_unit;
  if u.archived_at is not null then
    reason := 'The unit is archived.'; detail := u.code; remedy := 'Restore the unit first.';
  elsif coalesce(length(trim(u.description)), 0) not between 100 and 2000 then
    reason := 'The unit needs a description of 100 to 2000 characters.';
    detail := coalesce(length(trim(u.description)), 0)::text; remedy := 'Describe the unit first.';
  elsif p_price = 0 then
    reason := 'There is no price yet.'; remedy := 'Set the price first.';
  elsif coalesce((domovoi.setting_of(p_company, 'photos_required') #>> '{}')::boolean, false) then
    least := coalesce((domovoi.setting_of(p_company, 'photos_min') #>> '{}')::int, 3);
    n := (select count(*) from domovoi.unit_attachment a where a.company_id = p_company and a.unit_id = p_unit
      and a.mime like 'image/%');
    if n < least then
      reason := 'The unit has too few photos.'; detail := n || ' / ' || least; remedy := 'Add photos first.';
    end if;
  end if;
end $$;

create function domovoi.offering_guard(p_guard text, r jsonb, out reason text, out detail text, out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare c int := (r ->> 'company_id')::int; u uuid := (r ->> 'unit_id')::uuid;
begin
  case p_guard
    when 'listing_direct', 'listing_review', 'listing_ready' then
      if p_guard = 'listing_direct' and domovoi.moderated(c) then
        reason := 'Listings are looked at here before they are published.'; remedy := 'Submit it instead.';
      elsif p_guard = 'listing_review' and not domovoi.moderated(c) then
        reason := 'Listings are not moderated here.'; remedy := 'Publish it instead.';
      else
        select l.reason, l.detail, l.remedy into reason, detail, remedy
          from domovoi.listing_lacks(c, u, (r ->> 'price')::bigint) l;
      end if;
    when 'unit_lives' then
      select 'The unit is archived.', x.code, 'Restore the unit first.' into reason, detail, remedy
        from domovoi.unit x where x.company_id = c and x.id = u and x.archived_at is not null;
    when 'listing_unused' then
      detail := domovoi.listing_uses(c, u, r ->> 'mode');
      if detail is not null then
        reason := 'There are stays or agreements to come.'; remedy := 'Move or end them first.';
      end if;
    else
      reason := 'The guard is not known.'; detail := p_guard;
  end case;
end $$;

-- What of this mode is still to come, on the unit or on its parts; null if nothing is (I26).
create function domovoi.listing_uses(p_company int, p_unit uuid, p_mode text) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare what text := case p_mode when 'short_stay' then 'reservation' when 'long_rent' then 'agreement' end;
begin
  return (select string_agg(distinct case o.source when 'reservation' then 'reservation ' || (select x.no::text
        from domovoi.reservation x where x.company_id = p_company and x.id = o.source_id) else o.source end
      || ' ' || o.check_in || ' - ' || o.check_out, ', ')
    from (select y.source, y.source_id, min(y.check_in) as check_in, max(y.check_out) as check_out
      from domovoi.occupancy y where y.company_id = p_company and y.unit_id = any (domovoi.leaves(p_company, p_unit))
        and y.check_out > domovoi.company_today(p_company) and y.source <> 'block' and y.source = coalesce(what,
          y.source)
      group by y.source, y.source_id order by 3 limit 5) o);
end $$;

-- As the general one, but what is still used is refused as such.
create function domovoi.offering_refusal(r jsonb, p_action text, out code text, out reason text, out detail text,
    out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  t domovoi.fsm_transition;
  may text := (select min(x.permission) from domovoi.fsm_transition x where x.machine = 'offering.listing'
    and x.action = p_action);
begin
  select * into t from domovoi.fsm_transition x where x.machine = 'offering.listing' and x.action = p_action
    and x.from_state = r ->> 'status' and x.permission is not null;
  if may is null then
    code := 'DM007'; reason := 'There is no such action.'; detail := p_action;
  elsif not domovoi.has_permission(may) then
    code := 'DM005'; reason := 'You may not do this.'; detail := may;
    remedy := 'Ask the head of your company for the permission.';
  elsif t.machine is null then
    code := 'DM001'; reason := 'This is not possible in the present state.'; detail := r ->> 'status';
  elsif t.guard is not null then
    select g.reason, g.detail, g.remedy into reason, detail, remedy from domovoi.offering_guard(t.guard, r) g;
    code := case when reason is not null then case t.guard when 'listing_unused' then 'DM010' else 'DM011' end end;
  end if;
end $$;

create function domovoi.must_confirm(p_args jsonb) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare f text;
begin
  foreach f in array '{data_correct,right_to_let}'::text[] loop
    if lower(coalesce(p_args ->> f, '')) not in ('true', 't', 'yes') then
      perform domovoi.fail('DM007', 'Say that the data are right, and that you may let the unit.', f, null,
        'data_correct=yes right_to_let=yes');
    end if;
  end loop;
end $$;

create function domovoi.offering_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  o domovoi.offering; asks boolean := p_action in ('publish', 'submit');
  why text := nullif(left(trim(p_args ->> 'reason'), 200), ''); until date;
begin
  if asks then perform domovoi.must_confirm(p_args); end if;
  if p_action = 'deactivate' then
    if not exists (select from domovoi.dict_item d where d.kind = 'deactivate_reason' and d.code = why
      and d.active) then
      perform domovoi.fail('DM007', 'This value is not known.', 'reason', why);
    end if;
    why := why || coalesce(': ' || nullif(left(trim(p_args ->> 'comment'), 500), ''), '');
    if p_args ->> 'until' is not null then
      until := case when domovoi.is_date(p_args ->> 'until') then (p_args ->> 'until')::date end;
      if not coalesce(until > domovoi.company_today(p_company), false) then
        perform domovoi.fail('DM007', 'The return must be planned for a later day.', 'until', left(p_args ->> 'until',
          40),
          'Choose a later day.');
      end if;
    end if;
  end if;
  update domovoi.offering x set status = domovoi.next_state('offering', p_was, p_action), status_reason = why,
      planned_return = until,
      confirmed_by = case when asks then domovoi.my_user() else x.confirmed_by end,
      confirmed_at = case when asks then domovoi.now() else x.confirmed_at end
    where x.company_id = p_company and x.id = p_id returning * into o;
  perform domovoi.follow_listing(o, p_was ->> 'status');
end $$;

-- What else a change of a listing's state brings, one way and back: the dates that nobody shall take, the stock.
create function domovoi.follow_listing(o domovoi.offering, p_was text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare today date := domovoi.company_today(o.company_id);
begin
  if o.status = 'inactive' and p_was = 'active' then
    perform domovoi.close_dates(o);
  elsif o.status = 'active' or p_was = 'inactive' then
    perform domovoi.open_dates(o.company_id, o.unit_id);
  end if;
  if o.status = 'active' and o.unit_id = any (domovoi.leaves(o.company_id, o.unit_id))
      and not exists (select from domovoi.unit_stock s where s.company_id = o.company_id and s.unit_id = o.unit_id
        and s.mode = o.mode and upper(s.in_stock) is null) then
    insert into domovoi.unit_stock (company_id, unit_id, mode, in_stock)
      select o.company_id, o.unit_id, o.mode, daterange(greatest(today, max(upper(s.in_stock))), null)
        from domovoi.unit_stock s where s.company_id = o.company_id and s.unit_id = o.unit_id and s.mode = o.mode;
  elsif o.status = 'archived' then
    perform domovoi.cut_stock(o.company_id, o.unit_id, o.mode, today);
  end if;
end $$;

create function domovoi.cut_stock(p_company int, p_unit uuid, p_mode text, p_from date) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  delete from domovoi.unit_stock s where s.company_id = p_company and s.unit_id = p_unit and s.mode = p_mode
    and lower(s.in_stock) >= p_from;
  update domovoi.unit_stock s set in_stock = s.in_stock * daterange(null, p_from) where s.company_id = p_company
    and s.unit_id = p_unit and s.mode = p_mode and s.in_stock && daterange(p_from, null);
end $$;

-- Off offer: what is still free from today until the planned return (a year if none is planned) is blocked, between
-- the
-- stays that remain (S1.13). Not while the unit is on offer in another way, nor if it is used by its parts.
create function domovoi.close_dates(o domovoi.offering) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  today date := domovoi.company_today(o.company_id); last date := coalesce(o.planned_return, today + 365);
  a date := today; used record;
begin
  perform domovoi.lock_units(o.company_id, array[o.unit_id]);
  if o.unit_id <> all (domovoi.leaves(o.company_id, o.unit_id)) or exists (select from domovoi.offering x
      where x.company_id = o.company_id and x.unit_id = o.unit_id and x.id <> o.id and x.status = 'active') then
    return;
  end if;
  perform domovoi.expire_holds(o.company_id, array[o.unit_id], today, last);
  for used in select y.check_in, y.check_out from domovoi.occupancy y where y.company_id = o.company_id
      and y.unit_id = o.unit_id and y.check_out > today and y.check_in < last
      union all select last, last order by 1, 2 loop
    while a < used.check_in loop
      insert into domovoi.block (company_id, unit_id, check_in, check_out, reason, offering_id)
        values (o.company_id, o.unit_id, a, least(used.check_in, a + 366), 'deactivated', o.id);
      a := least(used.check_in, a + 366);
    end loop;
    a := greatest(a, used.check_out);
  end loop;
end $$;

create function domovoi.open_dates(p_company int, p_unit uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare today date := domovoi.company_today(p_company);
begin
  if not exists (select from domovoi.block b where b.company_id = p_company and b.unit_id = p_unit
      and b.offering_id is not null and b.check_out > today) then
    return;
  end if;
  perform domovoi.lock_units(p_company, array[p_unit]);
  delete from domovoi.block b where b.company_id = p_company and b.unit_id = p_unit and b.offering_id is not null
    and b.check_in >= today;
  update domovoi.block b set check_out = today where b.company_id = p_company and b.unit_id = p_unit
    and b.offering_id is not null and b.check_out > today;
end $$;

-- "Sat, sun" as sat,sun; null if it is something else.
create function domovoi.weekdays(p text) returns text
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$
declare
  names constant text[] := '{mon,tue,wed,thu,fri,sat,sun}';
  given text[] := regexp_split_to_array(lower(trim(p)), '[\s,;]+');
begin
  return case when given <@ names then (select string_agg(d, ',' order by n) from unnest(names) with ordinality x (d,
    n)
    where d = any (given)) end;
end $$;

create function domovoi.offering_set(s jsonb) returns jsonb
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare f text;
begin
  foreach f in array '{checkin_from,checkin_to,checkout_from,checkout_to}'::text[] loop
    continue when s ->> f is null;
    if lpad(s ->> f, 5, '0') !~ '^([01]\d|2[0-3]):[0-5]\d$' then
      perform domovoi.fail('DM007', 'The value is not valid.', f, left(s ->> f, 40), 'Write times as HH:MM.');
    end if;
    s := s || jsonb_build_object(f, lpad(s ->> f, 5, '0'));
  end loop;
  if s ->> 'cta_weekdays' is not null then
    if domovoi.weekdays(s ->> 'cta_weekdays') is null then
      perform domovoi.fail('DM007', 'The value is not valid.', 'cta_weekdays', left(s ->> 'cta_weekdays', 40),
        'Write days as mon,tue,wed,thu,fri,sat,sun.');
    end if;
    s := s || jsonb_build_object('cta_weekdays', domovoi.weekdays(s ->> 'cta_weekdays'));
  end if;
  return s;
end $$;

create function domovoi.update_offering(r domovoi.offering) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  update domovoi.offering o set price = coalesce(r.price, 0), price_per = r.price_per, min_stay = coalesce(r.min_stay,
    1),
      max_stay = r.max_stay, cleaning_fee = coalesce(r.cleaning_fee, 0), deposit = coalesce(r.deposit, 0),
      advance_notice_h = coalesce(r.advance_notice_h, 0), booking_window_d = r.booking_window_d,
      checkin_from = r.checkin_from, checkin_to = r.checkin_to, checkout_from = r.checkout_from,
      checkout_to = r.checkout_to, cta_weekdays = r.cta_weekdays, house_rules = r.house_rules,
      price_reason = r.price_reason, status = r.status, status_reason = r.status_reason,
      planned_return = r.planned_return, listed_at = r.listed_at, confirmed_by = r.confirmed_by,
      confirmed_at = r.confirmed_at
    where o.company_id = r.company_id and o.id = r.id;
end $$;

-- As in 0004, but a new offering is a draft, and its state is the machine's.
create or replace function domovoi.put_offering(p_company int, p_id uuid, p_base int, p_set jsonb, p_new boolean)
  returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.offering; was bigint; s jsonb;
begin
  if p_new then
    s := domovoi.offering_set(domovoi.read_set('offering', p_company, p_set, 'create',
      coalesce(p_set ->> 'currency', (select c.currency from domovoi.company c where c.id = p_company))));
    perform domovoi.must_have(s, 'unit_id', 'mode');
    r := jsonb_populate_record(null::domovoi.offering, s);
    if exists (select from domovoi.offering o where o.company_id = p_company and o.unit_id = r.unit_id
        and o.mode = r.mode) then
      perform domovoi.fail('DM007', 'The unit has an offering of this mode already.', 'mode', r.mode,
        'Change that one.');
    end if;
    insert into domovoi.offering (company_id, id, unit_id, mode, status, price, currency, price_per, min_stay,
      max_stay,
        cleaning_fee, deposit, advance_notice_h, booking_window_d, checkin_from, checkin_to, checkout_from,
          checkout_to,
        cta_weekdays, house_rules, price_reason)
      select p_company, p_id, r.unit_id, r.mode, 'draft', coalesce(r.price, 0), coalesce(r.currency, c.currency),
        coalesce(r.price_per, case r.mode when 'long_rent' then 'month' when 'managed' then 'month'
          when 'slot' then 'hour' when 'sale' then 'total' else 'night' end), coalesce(r.min_stay, 1), r.max_stay,
            coalesce(r.cleaning_fee, 0),
        coalesce(r.deposit, 0), coalesce(r.advance_notice_h, 0), r.booking_window_d, r.checkin_from, r.checkin_to,
        r.checkout_from, r.checkout_to, r.cta_weekdays, r.house_rules, r.price_reason
      from domovoi.company c where c.id = p_company;
    return;
  end if;
  select * into r from domovoi.offering o where o.company_id = p_company and o.id = p_id for no key update;
  perform domovoi.check_version(p_base, r.version);
  s := domovoi.offering_set(domovoi.read_set('offering', p_company, p_set, 'patch', r.currency));
  if s = '{}' then return; end if;
  was := r.price;
  r := jsonb_populate_record(r, s);
  if r.price <> was and not s ? 'price_reason' then r.price_reason := null; end if; -- it was another change's
  perform domovoi.update_offering(r);
end $$;

-- As in 0010; a listing that is taken back is not published any more.
create or replace function domovoi.restore_offering(p_company int, p_id uuid, p_now jsonb, p_old jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.offering := jsonb_populate_record(null::domovoi.offering,
  coalesce(p_old, p_now || '{"status": "archived"}'));
begin
  perform domovoi.update_offering(r);
  select * into r from domovoi.offering o where o.company_id = p_company and o.id = p_id;
  if r.status <> p_now ->> 'status' then
    perform domovoi.follow_listing(r, p_now ->> 'status');
  end if;
  if p_now ->> 'listed_at' is not null and r.listed_at is null then
    update domovoi.unit u set published_at = null where u.company_id = p_company and u.id = r.unit_id
      and not exists (select from domovoi.offering x where x.company_id = p_company and x.unit_id = r.unit_id
        and x.listed_at is not null);
  end if;
end $$;

-- As in 0003, but along the machine.
create or replace function domovoi.offering_before() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  new.updated_at := domovoi.now();
  if tg_op = 'UPDATE' or new.updated_by is null then new.updated_by := domovoi.my_user(); end if;
  if tg_op = 'UPDATE' then
    new.version := old.version + 1; new.created_at := old.created_at; new.created_by := old.created_by;
    if new.status <> old.status then
      perform domovoi.fsm_check('offering.listing', old.status, new.status, new.status_reason);
      if new.status = 'active' and old.status in ('draft', 'moderation') then
        new.listed_at := coalesce(new.listed_at, domovoi.now());
      end if;
    end if;
  else
    perform domovoi.fsm_check('offering.listing', null, new.status, null);
    new.version := 1; new.created_at := new.updated_at; new.created_by := new.updated_by;
  end if;
  select u.building_id, u.agent_id, u.owner_id into new.building_id, new.agent_id, new.owner_id
    from domovoi.unit u where u.company_id = new.company_id and u.id = new.unit_id;
  return new;
end $$;

-- As in 0003, but keeps the history of states (a new one's is the row itself) and of prices, and publishes the unit.
create or replace function domovoi.offering_after() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if tg_op = 'UPDATE' and new.status <> old.status then
    insert into domovoi.status_event (company_id, machine, record_id, from_state, to_state, reason, by_user, at)
    values (new.company_id, 'offering.listing', new.id, old.status, new.status, new.status_reason, new.updated_by,
      domovoi.now());
    if new.listed_at is not null and old.listed_at is null then
      update domovoi.unit u set published_at = domovoi.now() where u.company_id = new.company_id and u.id = new.unit_id
        and u.published_at is null;
    end if;
  end if;
  if tg_op = 'UPDATE' and new.price <> old.price then
    insert into domovoi.price_change (company_id, offering_id, unit_id, old_price, new_price, currency, price_per,
      reason,
        by_user, at, building_id, agent_id, owner_id)
      values (new.company_id, new.id, new.unit_id, old.price, new.price, new.currency, new.price_per, new.price_reason,
        new.updated_by, domovoi.now(), new.building_id, new.agent_id, new.owner_id);
  end if;
  perform domovoi.log_change(new.company_id, 'offering', new.id, tg_op, new.version,
    case when tg_op = 'UPDATE' then domovoi.keys_of(old) end, domovoi.keys_of(new));
  return null;
end $$;

-- What an offering asks of a new stay beside its length (S1.21): notice, days without arrivals. Null: nothing
-- against it.
create function domovoi.offer_against(o domovoi.offering, p_in date, out reason text, out detail text, out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare zone text := (select c.tz from domovoi.company c where c.id = o.company_id);
begin
  if to_char(p_in, 'dy') = any (string_to_array(o.cta_weekdays, ',')) then
    reason := 'Nobody arrives on this day of the week.'; detail := p_in::text; remedy := 'Choose another day.';
  elsif o.advance_notice_h > 0 and (p_in + coalesce(o.checkin_from, '14:00')::time) at time zone zone
      < domovoi.now() + make_interval(hours => o.advance_notice_h) then
    reason := 'The arrival is too soon.'; detail := p_in || ', ' || o.advance_notice_h || ' h';
    remedy := 'Choose a later day.';
  end if;
end $$;

-- As in 0004, and asks for notice; who may override a stay may do without it.
create or replace function domovoi.check_booking(r domovoi.reservation, o domovoi.offering) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare today date := domovoi.company_today(r.company_id); n int := r.check_out - r.check_in; no record;
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
  no := domovoi.offer_against(o, r.check_in);
  if no.reason is not null and not domovoi.has_permission('reservation.override') then
    perform domovoi.fail('DM007', no.reason, 'check_in', no.detail, no.remedy);
  end if;
end $$;

-- ---- stock periods ----------------------------------------------------------------------------------------------

create or replace function domovoi.stock_before() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  new.updated_at := domovoi.now();
  if tg_op = 'UPDATE' or new.updated_by is null then new.updated_by := domovoi.my_user(); end if;
  if tg_op = 'UPDATE' then
    new.version := old.version + 1; new.created_at := old.created_at; new.created_by := old.created_by;
  else
    new.created_at := new.updated_at; new.created_by := new.updated_by; -- put back by an undo: its version goes on
  end if;
  select u.building_id, u.agent_id, u.owner_id into new.building_id, new.agent_id, new.owner_id
    from domovoi.unit u where u.company_id = new.company_id and u.id = new.unit_id;
  return new;
end $$;

-- As in 0010, but who wrote a period and when is not a part of what it says.
create or replace function domovoi.stock_of(p_company int, p_units uuid[]) returns jsonb
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return (select jsonb_object_agg(u, coalesce((select jsonb_agg(to_jsonb(s) - '{version,created_at,created_by}'::text[]
      - '{updated_at,updated_by}'::text[]) from domovoi.unit_stock s where s.company_id = p_company
      and s.unit_id = u), '[]'))
    from (select distinct u from unnest(p_units) u where u is not null) x(u));
end $$;

create or replace function domovoi.put_stock(p_company int, p_unit uuid, p_stock jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare u uuid;
begin
  for u in select k::uuid from jsonb_object_keys(p_stock) k loop
    continue when domovoi.stock_of(p_company, array[u]) -> u::text = p_stock -> u::text
      or u <> p_unit and u <> all (domovoi.leaves(p_company, u));
    delete from domovoi.unit_stock s where s.company_id = p_company and s.unit_id = u;
    insert into domovoi.unit_stock (company_id, id, unit_id, mode, in_stock, note)
      select p_company, s.id, u, s.mode, s.in_stock, s.note
        from jsonb_populate_recordset(null::domovoi.unit_stock, p_stock -> u::text) s;
  end loop;
end $$;

-- The period must be one, lie beside the others and on an undivided unit. The caller holds the unit's lock.
create function domovoi.check_stock(r domovoi.unit_stock, p_from date, p_to date) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare other daterange;
begin
  if p_to <= p_from then
    perform domovoi.fail('DM007', 'The period must end after it begins.', 'to_on', p_from || ' - ' || p_to,
      'Give from=DAY and to=DAY; the day in to is not counted.');
  elsif r.unit_id <> all (domovoi.leaves(r.company_id, r.unit_id)) then
    perform domovoi.fail('DM007', 'The unit is divided: its parts are on offer, not the unit itself.', 'unit');
  end if;
  select s.in_stock into other from domovoi.unit_stock s where s.company_id = r.company_id and s.unit_id = r.unit_id
    and s.mode = r.mode and s.id <> r.id and s.in_stock && daterange(p_from, p_to) order by s.in_stock limit 1;
  if found then
    perform domovoi.fail('DM004', 'The unit is in stock on some of these days already.', 'from_on',
      coalesce(lower(other)::text, '…') || ' - ' || coalesce(upper(other)::text, '…'), 'Change that period instead.');
  end if;
end $$;

-- Nights that were sold must stay in the stock that they are a share of (A1).
create function domovoi.must_not_strand(r domovoi.unit_stock, p_kept daterange) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare used record;
begin
  select o.check_in, o.check_out into used from domovoi.occupancy o where o.company_id = r.company_id
    and o.unit_id = r.unit_id and o.source = case r.mode when 'short_stay' then 'reservation' else 'agreement' end
    and o.sold and daterange(o.check_in, o.check_out) && r.in_stock
    and not daterange(o.check_in, o.check_out) * r.in_stock <@ p_kept order by o.check_in limit 1;
  if found then
    perform domovoi.fail('DM010', 'The unit is let on some of these days.', 'from_on',
      used.check_in || ' - ' || used.check_out, 'Move or end its stays first.');
  end if;
end $$;

create function domovoi.unit_stock_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.unit_stock; a date; b date; s jsonb := domovoi.read_set('unit_stock', p_company, p_set, 'create',
  null);
begin
  perform domovoi.must_have(s, 'unit_id', 'mode');
  r := jsonb_populate_record(null::domovoi.unit_stock, s);
  r.company_id := p_company; r.id := p_id; a := s ->> 'from_on'; b := s ->> 'to_on';
  if r.mode not in ('long_rent', 'short_stay', 'slot', 'sale', 'managed') then
    perform domovoi.fail('DM007', 'This value is not known.', 'mode', left(r.mode, 40));
  end if;
  perform domovoi.lock_units(p_company, array[r.unit_id]);
  perform domovoi.check_stock(r, a, b);
  insert into domovoi.unit_stock (company_id, id, unit_id, mode, in_stock, note)
    values (p_company, p_id, r.unit_id, r.mode, daterange(a, b), r.note);
end $$;

create function domovoi.unit_stock_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.unit_stock; a date; b date; s jsonb := domovoi.read_set('unit_stock', p_company, p_set, 'patch',
  null);
begin
  select * into r from domovoi.unit_stock x where x.company_id = p_company and x.id = p_id;
  perform domovoi.check_version(p_base, r.version);
  if s = '{}' then return; end if;
  a := case when s ? 'from_on' then s ->> 'from_on' else lower(r.in_stock)::text end;
  b := case when s ? 'to_on' then s ->> 'to_on' else upper(r.in_stock)::text end;
  perform domovoi.check_stock(r, a, b);
  perform domovoi.must_not_strand(r, daterange(a, b));
  update domovoi.unit_stock x set in_stock = daterange(a, b),
    note = case when s ? 'note' then s ->> 'note' else x.note end
    where x.company_id = p_company and x.id = p_id;
end $$;

create function domovoi.unit_stock_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.must_not_strand(jsonb_populate_record(null::domovoi.unit_stock, p_was), 'empty');
  delete from domovoi.unit_stock x where x.company_id = p_company and x.id = p_id;
end $$;

create function domovoi.unit_stock_restore(p_company int, p_id uuid, p_now jsonb, p_old jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  r domovoi.unit_stock := jsonb_populate_record(null::domovoi.unit_stock, p_old);
  n domovoi.unit_stock := jsonb_populate_record(null::domovoi.unit_stock, p_now);
begin
  if p_now is not null then perform domovoi.must_not_strand(n, coalesce(r.in_stock, 'empty')); end if;
  if p_old is null then
    delete from domovoi.unit_stock x where x.company_id = p_company and x.id = p_id;
    return;
  end if;
  perform domovoi.check_stock(r, lower(r.in_stock), upper(r.in_stock));
  if p_now is null then
    insert into domovoi.unit_stock (company_id, id, unit_id, mode, in_stock, note)
      values (p_company, p_id, r.unit_id, r.mode, r.in_stock, r.note);
  else
    update domovoi.unit_stock x set in_stock = r.in_stock, note = r.note where x.company_id = p_company
      and x.id = p_id;
  end if;
end $$;

create function domovoi.unit_stock_label(r jsonb) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (select u.title from domovoi.unit u where u.company_id = (r ->> 'company_id')::int
    and u.id = (r ->> 'unit_id')::uuid) || ' ' || (r ->> 'in_stock'); end $$;

-- ---- blocks -------------------------------------------------------------------------------------------------------

-- As in 0004, but the reason is a word of the dictionary, and the past is only rewritten by who may override (S1.17).
create or replace function domovoi.put_block(p_company int, p_id uuid, p_base int, p_set jsonb, p_new boolean)
  returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  r domovoi.block; was domovoi.block; today date := domovoi.company_today(p_company);
  s jsonb := domovoi.read_set('block', p_company, p_set, case when p_new then 'create' else 'patch' end, null);
begin
  perform domovoi.require('block.manage');
  if p_new then
    perform domovoi.must_have(s, 'unit_id', 'check_in', 'check_out', 'reason');
    r := jsonb_populate_record(null::domovoi.block, s);
  else
    perform domovoi.lock_units(p_company, array[b.unit_id]) from domovoi.block b where b.company_id = p_company
      and b.id = p_id;
    select * into was from domovoi.block b where b.company_id = p_company and b.id = p_id for no key update;
    perform domovoi.check_version(p_base, was.version);
    r := jsonb_populate_record(was, s);
  end if;
  if r.reason is distinct from was.reason and not exists (select from domovoi.dict_item d where d.kind = 'block_reason'
      and d.code = r.reason and d.active) then
    perform domovoi.fail('DM007', 'This value is not known.', 'reason', left(r.reason, 60),
      'Choose a reason of the dictionary; say more in the comment.');
  elsif (p_new or r.check_in <> was.check_in) and least(r.check_in, was.check_in) < today
      and not domovoi.has_permission('reservation.override') then
    perform domovoi.fail('DM007', 'The block is in the past.', 'check_in', r.check_in::text, 'Choose a later day.');
  elsif not p_new and r.check_out <> was.check_out and least(r.check_out, was.check_out) < today
      and not domovoi.has_permission('reservation.override') then
    perform domovoi.fail('DM007', 'The block is in the past.', 'check_out', r.check_out::text, 'Choose a later day.');
  end if;
  if p_new then
    insert into domovoi.block (company_id, id, unit_id, check_in, check_out, reason, comment)
      values (p_company, p_id, r.unit_id, r.check_in, r.check_out, r.reason, r.comment);
  else
    update domovoi.block b set check_in = r.check_in, check_out = r.check_out, reason = r.reason, comment = r.comment
      where b.company_id = p_company and b.id = p_id and s <> '{}';
  end if;
end $$;

-- ---- attachments --------------------------------------------------------------------------------------------

-- 1 … n without gaps, and a main photo if there is any photo. The caller holds the unit's lock.
create function domovoi.order_attachments(p_company int, p_unit uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  update domovoi.unit_attachment a set sort = s.n
    from (select x.id, row_number() over (order by x.sort, x.created_at, x.id) as n from domovoi.unit_attachment x
      where x.company_id = p_company and x.unit_id = p_unit) s
    where a.company_id = p_company and a.id = s.id and a.sort <> s.n;
  update domovoi.unit_attachment a set is_main = true
    where a.company_id = p_company and a.id = (select x.id
      from domovoi.unit_attachment x where x.company_id = p_company
        and x.unit_id = p_unit and x.mime like 'image/%' order by x.sort limit 1)
      and not exists (select from domovoi.unit_attachment x where x.company_id = p_company and x.unit_id = p_unit
        and x.is_main);
end $$;

create function domovoi.unit_attachment_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  r domovoi.unit_attachment; s jsonb := domovoi.read_set('unit_attachment', p_company, p_set, 'create', null);
  most bigint := coalesce((domovoi.setting_of(p_company, 'photo_max_bytes') #>> '{}')::bigint, 7340032);
  photos int := coalesce((domovoi.setting_of(p_company, 'photos_max') #>> '{}')::int, 6);
begin
  perform domovoi.must_have(s, 'unit_id', 'file_name', 'mime', 'bytes');
  r := jsonb_populate_record(null::domovoi.unit_attachment, s);
  perform domovoi.lock_units(p_company, array[r.unit_id]);
  if r.bytes > most then
    perform domovoi.fail('DM007', 'The file is too large.', 'bytes', r.bytes || ' / ' || most, 'Make it smaller.');
  elsif r.mime like 'image/%' and (select count(*) from domovoi.unit_attachment a where a.company_id = p_company
      and a.unit_id = r.unit_id and a.mime like 'image/%') >= photos then
    perform domovoi.fail('DM011', 'The unit has as many photos as it may have.', null, photos::text,
      'Delete one first.');
  end if;
  insert into domovoi.unit_attachment (company_id, id, unit_id, file_name, mime, bytes, sha256, caption, sort)
    values (p_company, p_id, r.unit_id, r.file_name, r.mime, r.bytes, lower(r.sha256), r.caption, 32767);
  perform domovoi.order_attachments(p_company, r.unit_id);
end $$;

create function domovoi.unit_attachment_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  r domovoi.unit_attachment; s jsonb := domovoi.read_set('unit_attachment', p_company, p_set, 'patch', null);
begin
  select * into r from domovoi.unit_attachment x where x.company_id = p_company and x.id = p_id;
  perform domovoi.check_version(p_base, r.version);
  r := jsonb_populate_record(r, s);
  update domovoi.unit_attachment x set file_name = r.file_name, caption = r.caption
    where x.company_id = p_company and x.id = p_id and s <> '{}';
end $$;

create function domovoi.move_attachment(p_company int, p_id uuid, p_unit uuid, p_to int) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  update domovoi.unit_attachment a set sort = s.n
    from (select x.id, row_number() over (order by case when x.id = p_id
          then p_to * 2 - case when p_to > x.sort then -1
          else 1 end else x.sort * 2 end, x.id) as n
      from domovoi.unit_attachment x where x.company_id = p_company and x.unit_id = p_unit) s
    where a.company_id = p_company and a.id = s.id and a.sort <> s.n;
end $$;

create function domovoi.make_main(p_company int, p_id uuid, p_unit uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  update domovoi.unit_attachment a set is_main = false where a.company_id = p_company and a.unit_id = p_unit
    and a.is_main
    and a.id <> p_id;
  update domovoi.unit_attachment a set is_main = true where a.company_id = p_company and a.id = p_id and not a.is_main;
end $$;

create function domovoi.unit_attachment_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb)
  returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare unit uuid := p_was ->> 'unit_id'; n int;
begin
  case p_action
    when 'delete' then
      delete from domovoi.unit_attachment a where a.company_id = p_company and a.id = p_id;
      perform domovoi.order_attachments(p_company, unit);
    when 'make_main' then
      if p_was ->> 'mime' not like 'image/%' then
        perform domovoi.fail('DM007', 'Only a photo is shown first.', null, p_was ->> 'file_name');
      end if;
      perform domovoi.make_main(p_company, p_id, unit);
    else
      n := (select count(*) from domovoi.unit_attachment a where a.company_id = p_company and a.unit_id = unit);
      if p_args ->> 'to' !~ '^\d{1,4}$' or not coalesce((p_args ->> 'to')::int between 1 and n, false) then
        perform domovoi.fail('DM007', 'There is no such place.', 'to', p_args ->> 'to',
          'Give a number from 1 to ' || n || '.');
      end if;
      perform domovoi.move_attachment(p_company, p_id, unit, (p_args ->> 'to')::int);
  end case;
end $$;

create function domovoi.unit_attachment_restore(p_company int, p_id uuid, p_now jsonb, p_old jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  r domovoi.unit_attachment := jsonb_populate_record(null::domovoi.unit_attachment, coalesce(p_old, p_now));
begin
  if p_old is null then
    delete from domovoi.unit_attachment a where a.company_id = p_company and a.id = p_id;
  elsif p_now is null then
    insert into domovoi.unit_attachment (company_id, id, unit_id, file_name, mime, bytes, sha256, caption, sort)
      values (p_company, p_id, r.unit_id, r.file_name, r.mime, r.bytes, r.sha256, r.caption, 32767);
  else
    update domovoi.unit_attachment a set file_name = r.file_name, caption = r.caption
      where a.company_id = p_company and a.id = p_id;
  end if;
  perform domovoi.order_attachments(p_company, r.unit_id);
  if p_old is not null then
    perform domovoi.move_attachment(p_company, p_id, r.unit_id, r.sort);
    if r.is_main then
      perform domovoi.make_main(p_company, p_id, r.unit_id);
    elsif (p_now ->> 'is_main')::boolean then -- it was another one: the first of the others
      perform domovoi.make_main(p_company, x.id, r.unit_id) from (select a.id from domovoi.unit_attachment a
        where a.company_id = p_company and a.unit_id = r.unit_id and a.id <> p_id and a.mime like 'image/%'
        order by a.sort limit 1) x;
    end if;
  end if;
end $$;

create function domovoi.unit_attachment_label(r jsonb) returns text
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$ begin return r ->> 'file_name'; end $$;

-- ---- codes --------------------------------------------------------------------------------------------------

create function domovoi.log_code(u domovoi.unit, p_id uuid, p_kind text, p_action text, p_reason text,
    p_reservation uuid, p_allowed boolean) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  insert into domovoi.secret_access (company_id, id, unit_id, user_id, kind, action, reason, reservation_id, allowed,
    at,
      building_id, agent_id, owner_id)
    values (u.company_id, p_id, u.id, domovoi.my_user(), left(p_kind, 40), p_action, nullif(left(trim(p_reason), 500),
      ''),
      p_reservation, p_allowed, domovoi.now(), u.building_id, u.agent_id, u.owner_id);
end $$;

create function domovoi.check_code_kind(p_kind text) returns void
  language plpgsql immutable set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if p_kind is null then perform domovoi.fail('DM007', 'A value is required.', 'kind'); end if;
  if p_kind not in ('intercom', 'door', 'safe', 'wifi', 'instructions') then
    perform domovoi.fail('DM007', 'This value is not known.', 'kind', left(p_kind, 40));
  end if;
end $$;

-- args: kind, sealed (base64), key_version. A code itself has no way in here.
create function domovoi.set_code(p_company int, p_id uuid, p_args jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare u domovoi.unit; raw bytea;
begin
  perform domovoi.check_code_kind(p_args ->> 'kind');
  if p_args ->> 'sealed' is null or coalesce(p_args ->> 'key_version', '') !~ '^[1-9]\d{0,8}$' then
    perform domovoi.fail('DM007', 'Codes are sealed before they are kept.', 'sealed', null,
      'domovoi do units CODE set_code kind=…');
  end if;
  raw := decode(p_args ->> 'sealed', 'base64');
  if octet_length(raw) not between 30 and 4125 or get_byte(raw, 0) <> 1 then
    perform domovoi.fail('DM007', 'The value is not valid.', 'sealed');
  end if;
  select * into u from domovoi.unit x where x.company_id = p_company and x.id = p_id;
  insert into domovoi.unit_secret (company_id, unit_id, kind, sealed, key_version, updated_at, updated_by)
    values (p_company, p_id, p_args ->> 'kind', raw, (p_args ->> 'key_version')::int, domovoi.now(), domovoi.my_user())
    on conflict (company_id, unit_id, kind) do update set sealed = excluded.sealed, key_version = excluded.key_version,
      updated_at = excluded.updated_at, updated_by = excluded.updated_by;
  perform domovoi.log_code(u, gen_random_uuid(), p_args ->> 'kind', 'set', p_args ->> 'reason', null, true);
end $$;

create function domovoi.clear_code(p_company int, p_id uuid, p_args jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare u domovoi.unit;
begin
  perform domovoi.check_code_kind(p_args ->> 'kind');
  delete from domovoi.unit_secret s where s.company_id = p_company and s.unit_id = p_id and s.kind = p_args ->> 'kind';
  if not found then
    perform domovoi.fail('DM006', 'There is no such code.', 'kind', p_args ->> 'kind');
  end if;
  select * into u from domovoi.unit x where x.company_id = p_company and x.id = p_id;
  perform domovoi.log_code(u, gen_random_uuid(), p_args ->> 'kind', 'clear', p_args ->> 'reason', null, true);
end $$;

-- What stands against showing this code; null: nothing. {"code", "field", "message", "detail", "remedy"}
create function domovoi.code_refusal(u domovoi.unit, p_kind text, p_reason text, p_reservation text) returns jsonb
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return case
    when not domovoi.reaches(u.company_id, u.agent_id, u.building_id, u.owner_id) then
      jsonb_build_object('code', 'DM006', 'message', 'There is no such record.', 'detail', u.code)
    when not domovoi.has_permission('secret.view') then jsonb_build_object('code', 'DM005', 'message',
      'You may not do this.', 'detail', 'secret.view', 'remedy', 'Ask the head of your company for the permission.')
    when coalesce(trim(p_reason), '') = '' then jsonb_build_object('code', 'DM002', 'field', 'reason', 'message',
      'A reason is required.', 'detail', 'reveal_code', 'remedy', 'Give reason=…')
    when p_reservation is not null and not exists (select from domovoi.reservation r where r.company_id = u.company_id
        and r.unit_id = u.id and r.id = (domovoi.locate('reservation', u.company_id, p_reservation)).id) then
      jsonb_build_object('code', 'DM007', 'field', 'reservation', 'message', 'There is no such record.', 'detail',
        left(p_reservation, 40))
    when not exists (select from domovoi.unit_secret s where s.company_id = u.company_id and s.unit_id = u.id
        and s.kind = p_kind) then
      jsonb_build_object('code', 'DM006', 'field', 'kind', 'message', 'There is no such code.', 'detail', left(p_kind,
        40))
  end;
end $$;

-- Ask to see a code (S1.04). The answer holds no code but the number of a line in the log, and a refusal is an answer,
-- not an error: an error would roll the line back. The code itself is given out by act.code_of, which wants that
-- line to
-- be committed: looking and then rolling back shows nothing.
create function act.unit_reveal_code(id text, version int default null, kind text default null,
    reason text default null, reservation text default null) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  m record := domovoi.me(); at record; u domovoi.unit; no jsonb; line uuid := gen_random_uuid();
begin
  if m.user_id is null then perform domovoi.fail('DM009', 'This login has no active membership.'); end if;
  at := domovoi.locate('unit', m.company_id, unit_reveal_code.id);
  if at.id is null then perform domovoi.no_record(unit_reveal_code.id); end if;
  select * into u from domovoi.unit x where x.company_id = at.company_id and x.id = at.id;
  no := domovoi.code_refusal(u, unit_reveal_code.kind, unit_reveal_code.reason, unit_reveal_code.reservation);
  perform domovoi.log_code(u, line, unit_reveal_code.kind, 'reveal', unit_reveal_code.reason,
    (domovoi.locate('reservation', u.company_id, unit_reveal_code.reservation)).id, no is null);
  return coalesce(no || '{"status": "rejected"}', jsonb_build_object('status', 'applied', 'view', line));
end $$;

-- The sealed code of a line of the log that this person has just been given: {sealed, key_version, company, unit,
-- kind}.
create function act.code_of(view uuid) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare l domovoi.secret_access; s domovoi.unit_secret; u domovoi.unit;
begin
  select * into l from domovoi.secret_access x where x.id = code_of.view and x.user_id = domovoi.my_user()
    and x.allowed
    and x.action = 'reveal' and x.at > domovoi.now() - interval '1 minute'
    and x.xid is distinct from pg_current_xact_id_if_assigned();
  if l.id is null then perform domovoi.no_record(code_of.view::text); end if;
  select * into u from domovoi.unit x where x.company_id = l.company_id and x.id = l.unit_id;
  select * into s from domovoi.unit_secret x where x.company_id = l.company_id and x.unit_id = l.unit_id
    and x.kind = l.kind;
  if s.kind is null or not domovoi.has_permission('secret.view')
      or not domovoi.reaches(u.company_id, u.agent_id, u.building_id, u.owner_id) then
    perform domovoi.no_record(code_of.view::text);
  end if;
  return jsonb_build_object('status', 'applied', 'sealed', replace(encode(s.sealed, 'base64'), E'\n', ''),
    'key_version', s.key_version, 'company', s.company_id, 'unit', s.unit_id, 'kind', s.kind);
end $$;
reset role;

create trigger effects after insert or update or delete on domovoi.unit_stock for each row
  execute function domovoi.record_after('unit_stock', '');
create trigger rules before insert or update on domovoi.unit_attachment for each row
  execute function domovoi.stock_before(); -- the same for both: who, when, and where its unit belongs
create trigger effects after insert or update or delete on domovoi.unit_attachment for each row
  execute function domovoi.record_after('unit_attachment', '');

-- ---- the surface --------------------------------------------------------------------------------------------

set local role domovoi_owner;

-- As in 0006, and what is new at the end.
create or replace view api.units with (security_invoker) as
  select u.id, u.company_id as company, u.code, u.title, u.kind, u.class, u.parent_id as parent,
    p.title as parent_label,
    u.building_id as building, b.name as building_label, u.agent_id as agent, a.display_name as agent_label,
      u.floor, u.rooms, u.capacity,
    domovoi.unit_status(u.company_id, u.id, u.archived_at, (select domovoi.my_today())) as status,
    o.price as price_minor, o.currency, u.external_id, u.version, u.updated_at,
    u.owner_id as owner, w.display_name as owner_label, u.address, u.entrance,
    u.floors_total, u.beds, u.area_total::text as area, u.year_built, u.lat::text as lat, u.lon::text as lon,
    u.physical_status, u.amenities, u.description, u.published_at, u.edit_reason
  from domovoi.unit u
  left join domovoi.unit p on p.company_id = u.company_id and p.id = u.parent_id
  left join domovoi.building b on b.company_id = u.company_id and b.id = u.building_id
  left join domovoi.app_user a on a.id = u.agent_id
  left join domovoi.app_user w on w.id = u.owner_id
  left join domovoi.offering o on o.company_id = u.company_id and o.unit_id = u.id and o.mode = 'short_stay';

create or replace view api.offerings with (security_invoker) as
  select o.id, o.company_id as company, o.unit_id as unit, u.title as unit_label, o.mode, o.status,
    o.price as price_minor, o.currency,
    o.price_per, o.min_stay, o.max_stay, o.version, o.updated_at,
    o.status_reason, o.planned_return, o.listed_at, o.price_reason, o.cleaning_fee as cleaning_fee_minor,
    o.deposit as deposit_minor, o.advance_notice_h, o.booking_window_d, o.checkin_from, o.checkin_to, o.checkout_from,
    o.checkout_to, o.cta_weekdays, o.house_rules, o.agent_id as agent, a.display_name as agent_label,
    o.confirmed_by, k.display_name as confirmed_by_label, o.confirmed_at
  from domovoi.offering o
  left join domovoi.unit u on u.company_id = o.company_id and u.id = o.unit_id
  left join domovoi.app_user a on a.id = o.agent_id
  left join domovoi.app_user k on k.id = o.confirmed_by;

create view api.stock_periods with (security_invoker) as
  select s.id, s.company_id as company, s.unit_id as unit, u.title as unit_label, s.mode, lower(s.in_stock) as from_on,
    upper(s.in_stock) as to_on, s.note, s.version, s.updated_at
  from domovoi.unit_stock s left join domovoi.unit u on u.company_id = s.company_id and u.id = s.unit_id;

create view api.unit_amenities with (security_invoker) as
  select m.company_id as company, m.unit_id as unit, m.code from domovoi.unit_amenity m;

create view api.attachments with (security_invoker) as
  select t.id, t.company_id as company, t.unit_id as unit, u.title as unit_label, t.sort, t.is_main, t.file_name,
    t.mime,
    t.bytes, t.caption, t.sha256, t.version, t.updated_at
  from domovoi.unit_attachment t left join domovoi.unit u on u.company_id = t.company_id and u.id = t.unit_id;

create view api.price_changes with (security_invoker) as
  select c.id, c.company_id as company, c.at, c.unit_id as unit, u.title as unit_label, c.offering_id as offering,
    o.mode as offering_label, c.old_price as old_price_minor, c.new_price as new_price_minor, c.currency, c.price_per,
    c.reason, c.by_user as changed_by, a.display_name as changed_by_label, c.version
  from domovoi.price_change c
  left join domovoi.unit u on u.company_id = c.company_id and u.id = c.unit_id
  left join domovoi.offering o on o.company_id = c.company_id and o.id = c.offering_id
  left join domovoi.app_user a on a.id = c.by_user;

create view api.code_views with (security_invoker) as
  select l.id, l.company_id as company, l.at, l.user_id as viewer, a.display_name as viewer_label, l.unit_id as unit,
    u.title as unit_label, l.kind, l.action, l.allowed, l.reason, l.reservation_id as reservation,
    r.no::text as reservation_label, l.version
  from domovoi.secret_access l
  left join domovoi.app_user a on a.id = l.user_id
  left join domovoi.unit u on u.company_id = l.company_id and u.id = l.unit_id
  left join domovoi.reservation r on r.company_id = l.company_id and r.id = l.reservation_id;

grant select on api.stock_periods, api.unit_amenities, api.attachments, api.price_changes, api.code_views
  to domovoi_staff;
reset role;
set local role domovoi_rules;

create function act.unit_edit_immutable(id text, version int default null, reason text default null,
    address text default null, building text default null, kind text default null,
      rooms int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('unit', id, version, 'edit_immutable', jsonb_build_object('reason', reason, 'address', address,
    'building', building, 'kind', kind, 'rooms', rooms)) $$;
create function act.unit_set_code(id text, version int default null, kind text default null, sealed text default null,
    key_version int default null, reason text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('unit', id, version, 'set_code', jsonb_build_object('kind', kind, 'sealed', sealed,
    'key_version', key_version, 'reason', reason)) $$;
create function act.unit_clear_code(id text, version int default null, kind text default null,
    reason text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('unit', id, version, 'clear_code', jsonb_build_object('kind', kind, 'reason', reason)) $$;

create function act.offering_publish(id text, version int default null, data_correct boolean default null,
    right_to_let boolean default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('offering', id, version, 'publish', jsonb_build_object('data_correct', data_correct,
    'right_to_let', right_to_let)) $$;
create function act.offering_submit(id text, version int default null, data_correct boolean default null,
    right_to_let boolean default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('offering', id, version, 'submit', jsonb_build_object('data_correct', data_correct,
    'right_to_let', right_to_let)) $$;
create function act.offering_approve(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('offering', id, version, 'approve',
    '{}') $$;
create function act.offering_reject(id text, version int default null, reason text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('offering', id, version, 'reject', jsonb_build_object('reason', reason)) $$;
create function act.offering_rework(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('offering', id, version, 'rework', '{}') $$;
create function act.offering_deactivate(id text, version int default null, reason text default null,
    until date default null, comment text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('offering', id, version, 'deactivate', jsonb_build_object('reason', reason, 'until', until,
    'comment', comment)) $$;
create function act.offering_activate(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('offering', id, version, 'activate',
    '{}') $$;
create function act.offering_block(id text, version int default null, reason text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('offering', id, version, 'block', jsonb_build_object('reason', reason)) $$;
create function act.offering_unblock(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('offering', id, version, 'unblock',
    '{}') $$;
create function act.offering_archive(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('offering', id, version, 'archive',
    '{}') $$;

create function act.unit_stock_delete(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('unit_stock', id, version, 'delete',
    '{}') $$;
create function act.unit_attachment_make_main(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('unit_attachment', id, version, 'make_main', '{}') $$;
create function act.unit_attachment_move(id text, version int default null, "to" int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('unit_attachment', id, version, 'move', jsonb_build_object('to', "to")) $$;
create function act.unit_attachment_delete(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('unit_attachment', id, version, 'delete', '{}') $$;

grant execute on function act.unit_edit_immutable, act.unit_set_code, act.unit_clear_code, act.unit_reveal_code,
  act.code_of, act.offering_publish, act.offering_submit, act.offering_approve, act.offering_reject,
    act.offering_rework,
  act.offering_deactivate, act.offering_activate, act.offering_block, act.offering_unblock, act.offering_archive,
  act.unit_stock_delete, act.unit_attachment_make_main, act.unit_attachment_move, act.unit_attachment_delete
  to domovoi_staff;
reset role;
