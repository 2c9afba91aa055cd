-- One engine for kinds of records that are still to come: what it must know of a kind is a row, what the kind does is
-- functions with fixed names. The engine, undo, preview and the list of actions have no branch for a kind any more.
--
--   domovoi.<kind>_create(company int, id uuid, fields jsonb)                   fields as the client sent them
--   domovoi.<kind>_patch(company int, id uuid, base int, fields jsonb)
--   domovoi.<kind>_act(company int, id uuid, action text, args jsonb, was jsonb) rights, version, state, reason: passed
--   domovoi.<kind>_guard(guard text, r jsonb, out reason, out detail, out remedy) null reason: nothing against it
--   domovoi.<kind>_refusal(r jsonb, action text, out code, …)  if the general one below does not say enough
--   domovoi.<kind>_restore(company int, id uuid, now jsonb, old jsonb)           if it can be taken back
--   domovoi.<kind>_label(r jsonb)                                                if it has no no, name, title or code
--
-- A kind that is "virtual" has no table of its name with company_id and id; then also, in place of looking there:
--   domovoi.<kind>_locate(company int, key text) returns uuid
--   domovoi.<kind>_row(company int, id uuid) returns jsonb      with id, company_id and version; null if there is none

set local role domovoi_owner;

create table domovoi.record_kind (
  resource   text primary key check (resource ~ '^[a-z_]+$'), -- the table's name, too
  plural     text not null unique,                            -- the view's
  reads      text not null,                                   -- permissions; null: not in this way
  creates    text,
  patches    text,
  machine    text,                                            -- of its status
  keys       text[] not null default '{}',                    -- columns that name a record beside its id
  by_unit    boolean not null default false,                  -- a writer locks its unit first
  virtual    boolean not null default false,                  -- no table: <kind>_locate and <kind>_row know it
  of_platform boolean not null default false                  -- a platform session without a company has its own
);
-- What can be done besides the transitions of the machine.
create table domovoi.record_action (
  resource      text not null references domovoi.record_kind,
  action        text not null,
  permission    text not null,
  needs_reason  boolean not null default false,
  states        text[],                                       -- null: in any
  guard         text,
  sort          smallint not null default 9,
  primary key (resource, action)
);
insert into domovoi.record_kind (resource, plural, reads, creates, patches, machine, keys, by_unit) values
  ('unit',        'units',        'unit.view',        'unit.create',        'unit.edit',        null, '{code,external_id}', true),
  ('building',    'buildings',    'unit.view',        'unit.create',        'unit.edit',        null, '{code}', false),
  ('offering',    'offerings',    'price.view',       'price.edit',         'price.edit',       null, '{}', false),
  ('party',       'parties',      'party.view',       'party.edit',         'party.edit',       null, '{no,external_id}', false),
  ('reservation', 'reservations', 'reservation.view', 'reservation.create', 'reservation.edit', 'reservation.stay',
    '{no,external_id}', true),
  ('block',       'blocks',       'calendar.view',    'block.manage',       'block.manage',     null, '{}', true);
insert into domovoi.record_action (resource, action, permission, needs_reason, states) values
  ('reservation', 'extend_hold', 'reservation.edit', false, '{hold}'),
  ('unit', 'archive', 'unit.archive', false, null), ('unit', 'restore', 'unit.archive', false, null),
  ('block', 'delete', 'block.manage', false, null);

-- ---- how a table is closed and opened -----------------------------------------------------------------------

-- Row security of a new table, the same for all: the rules see everything, each scope role one equality (DESIGN §3).
-- p_reach: 'unit' rows carry agent_id, building_id and owner_id; 'party' rows agent_id, and an assigned scope sees its
-- company's, an owner of property none; 'company' only the company's and the platform's people; 'closed' nobody.
create function domovoi.protect(p_table regclass, p_reach text, p_permission text default null) returns void
  language plpgsql set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  s text;
  own constant text := ' and agent_id = (select domovoi.my_user())';
begin
  execute format('alter table %s enable row level security', p_table);
  execute format('alter table %s force row level security', p_table);
  execute format('create policy rules on %s to domovoi_rules using (true) with check (true)', p_table);
  if p_reach = 'closed' then return; end if;
  execute format('create policy platform on %s for select to domovoi_platform using ((select domovoi.is_platform(%L)))',
    p_table, p_permission);
  foreach s in array case p_reach when 'company' then '{company}' when 'party' then '{company,own,assigned}'
      else '{company,own,assigned,landlord}' end::text[] loop
    execute format('create policy %1$I on %2$s for select to domovoi_%1$s using (company_id = (select domovoi.my_company(%1$L, %3$L))%4$s)',
      s, p_table, p_permission, case when s = 'own' then own when p_reach = 'party' then ''
        when s = 'assigned' then ' and building_id = any ((select domovoi.my_buildings())::uuid[])'
        when s = 'landlord' then ' and owner_id = (select domovoi.my_user())' else '' end);
  end loop;
  execute format('grant select on %s to domovoi_staff', p_table);
end $$;

do $$ begin
  perform domovoi.protect('domovoi.record_kind', 'closed');
  perform domovoi.protect('domovoi.record_action', 'closed');
end $$;
reset role;

set local role domovoi_rules;

-- ---- triggers that fit every record ---------------------------------------------------------------------------

-- Before: version, who and when; the number, for tables that have one (first argument: its counter); where it belongs,
-- for rows of a unit (second argument 'unit').
create function domovoi.record_before() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m text := case when tg_nargs > 2 then tg_argv[2] else '' end;
begin
  new.updated_at := domovoi.now();
  if tg_op = 'UPDATE' or new.updated_by is null then new.updated_by := domovoi.my_user(); end if;
  if tg_op = 'UPDATE' then
    new.version := old.version + 1; new.created_at := old.created_at; new.created_by := old.created_by;
    if tg_argv[0] <> '' then new.no := old.no; end if;
  else
    new.version := 1; new.created_at := new.updated_at; new.created_by := new.updated_by;
    if tg_argv[0] <> '' then -- apart, for a table without a number has no such column to look at
      if new.no is null then new.no := domovoi.next_no(new.company_id, tg_argv[0]); end if;
    end if;
  end if;
  if tg_argv[1] = 'unit' and new.unit_id is not null then
    select u.building_id, u.owner_id, coalesce(new.agent_id, u.agent_id) into new.building_id, new.owner_id, new.agent_id
      from domovoi.unit u where u.company_id = new.company_id and u.id = new.unit_id;
  end if;
  if m <> '' then
    if tg_op = 'INSERT' then perform domovoi.fsm_check(m, null, new.status, null);
    elsif new.status <> old.status then perform domovoi.fsm_check(m, old.status, new.status, new.status_reason); end if;
  end if;
  return new;
end $$;

-- After: the change feed (first argument: the resource) and, for a machine (second), the history of states.
create function domovoi.record_after() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  n jsonb := to_jsonb(new); o jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  r jsonb := coalesce(n, o);
begin
  if tg_op = 'DELETE' then r := o; n := null; end if;
  if tg_nargs > 1 and tg_argv[1] <> '' and tg_op <> 'DELETE' and n ->> 'status' is distinct from o ->> 'status' then
    insert into domovoi.status_event (company_id, machine, record_id, from_state, to_state, reason, by_user, at)
    values ((n ->> 'company_id')::int, tg_argv[1], (n ->> 'id')::uuid, o ->> 'status', n ->> 'status',
      n ->> 'status_reason', (n ->> 'updated_by')::uuid, domovoi.now());
  end if;
  perform domovoi.log_change((r ->> 'company_id')::int, tg_argv[0], (r ->> 'id')::uuid, tg_op, (r ->> 'version')::int,
    domovoi.keys_of(o), domovoi.keys_of(n));
  return null;
end $$;

create function domovoi.keys_of(r jsonb) returns text[] language plpgsql immutable
  set search_path = pg_catalog, domovoi, pg_temp as $$ begin return case when r is not null then
    domovoi.keys((r ->> 'company_id')::int, (r ->> 'agent_id')::uuid, (r ->> 'building_id')::uuid,
      (r ->> 'owner_id')::uuid) end; end $$;

-- ---- finding records ------------------------------------------------------------------------------------------

create or replace function domovoi.singular(p text) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return coalesce((select k.resource from domovoi.record_kind k where p in (k.resource, k.plural)), p); end $$;

create function domovoi.kind_of(p_resource text) returns domovoi.record_kind
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare k domovoi.record_kind;
begin
  select * into k from domovoi.record_kind x where x.resource = p_resource;
  if not found then
    perform domovoi.fail('DM007', 'This kind of record cannot be written.', 'resource', p_resource);
  end if;
  return k;
end $$;

-- Has this kind a function of that name and arguments?
create function domovoi.kind_has(p_resource text, p_what text, p_args text) returns boolean
  language plpgsql stable set search_path = pg_catalog, pg_temp
  as $$ begin return to_regprocedure(format('domovoi.%I(%s)', p_resource || '_' || p_what, p_args)) is not null; end $$;

create or replace function domovoi.row_of(p_resource text, p_company int, p_id uuid) returns jsonb
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r jsonb; made_up boolean := (select k.virtual from domovoi.record_kind k where k.resource = p_resource);
begin
  execute format(case when made_up then 'select domovoi.%I($1, $2)'
      else 'select to_jsonb(x) from domovoi.%I x where x.company_id = $1 and x.id = $2' end,
    p_resource || case when made_up then '_row' else '' end) into r using p_company, p_id;
  return r;
end $$;

-- As in 0004, for every kind: by id, else by the columns that name it, in their order.
create or replace function domovoi.locate(p_resource text, p_company int, p_key text, out company_id int, out id uuid)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  c int := p_company;
  k uuid := case when p_key ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then p_key::uuid end;
  names text[]; name text; found_in int[]; made_up boolean;
begin
  if p_key is null then return; end if;
  if c is null and exists (select from domovoi.record_kind x where x.resource = p_resource and x.of_platform) then
    execute format('select domovoi.%I(null, $1)', p_resource || '_locate') into id using p_key;
    return;
  end if;
  if c is null then
    found_in := array(select x.id from domovoi.company x where (domovoi.locate(p_resource, x.id,
      p_key)).id is not null limit 2);
    if cardinality(found_in) <> 1 then return; end if;
    c := found_in[1];
  end if;
  select x.keys, x.virtual into names, made_up from domovoi.record_kind x where x.resource = p_resource;
  if not found then return; end if;
  if made_up then
    execute format('select domovoi.%I($1, $2)', p_resource || '_locate') into id using c, p_key;
  else
    if k is not null then
      execute format('select x.id from domovoi.%I x where x.company_id = $1 and x.id = $2', p_resource) into id using c, k;
    end if;
    foreach name in array names loop
      exit when id is not null;
      continue when name = 'no' and p_key !~ '^\d{1,18}$';
      execute format('select x.id from domovoi.%I x where x.company_id = $1 and x.%I = $2%s', p_resource, name,
        case name when 'no' then '::bigint' else '' end) into id using c, p_key;
    end loop;
  end if;
  if id is not null then company_id := c; end if;
end $$;

-- As in 0004; rows of other kinds are reached by their own columns.
create or replace function domovoi.check_reach(p_resource text, p_company int, p_id uuid) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare ok boolean; m record := domovoi.me(); r jsonb;
begin
  case p_resource
    when 'building' then select case m.scope when 'own' then x.company_id = m.company_id
        when 'landlord' then x.company_id = m.company_id and x.id = any (domovoi.my_buildings())
        else domovoi.reaches(x.company_id, null, x.id, null) end
      into ok from domovoi.building x where x.company_id = p_company and x.id = p_id;
    when 'party' then select case m.scope when 'assigned' then x.company_id = m.company_id
        else domovoi.reaches(x.company_id, x.agent_id, null, null) end
      into ok from domovoi.party x where x.company_id = p_company and x.id = p_id;
    else
      r := domovoi.row_of(p_resource, p_company, p_id);
      ok := r is not null and p_company is null and m.scope = 'platform' or domovoi.reaches((r ->> 'company_id')::int, (r ->> 'agent_id')::uuid, (r ->> 'building_id')::uuid,
        (r ->> 'owner_id')::uuid);
  end case;
  if not coalesce(ok, false) then perform domovoi.no_record(p_id::text); end if;
end $$;

-- A record as it is, locked in the order in which every writer locks: its units first. `p_unit`: where it may go.
create or replace function domovoi.lock_record(p_resource text, p_company int, p_id uuid, p_unit uuid default null)
  returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r jsonb; k domovoi.record_kind := domovoi.kind_of(p_resource); at_unit uuid;
begin
  if p_resource = 'unit' then
    perform domovoi.lock_units(p_company, array_remove(array[p_id, p_unit], null));
  elsif k.by_unit then
    execute format('select x.unit_id from domovoi.%I x where x.company_id = $1 and x.id = $2', p_resource)
      into at_unit using p_company, p_id;
    perform domovoi.lock_units(p_company, array_remove(array[at_unit, p_unit], null));
  end if;
  execute format('select to_jsonb(x) from domovoi.%I x where x.company_id = $1 and x.id = $2 for %s', p_resource,
    case p_resource when 'block' then 'update' else 'no key update' end) into r using p_company, p_id;
  return r;
end $$;

create or replace function domovoi.my_resources() returns text[]
  language sql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
    select coalesce(array_agg(k.resource), '{}') from domovoi.record_kind k
      join domovoi.role_permission g on g.permission = k.reads and g.role = (domovoi.me()).role
  $$;

create or replace function domovoi.label_of(p_resource text, p_row jsonb) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare t text;
begin
  if domovoi.kind_has(p_resource, 'label', 'jsonb') then
    execute format('select domovoi.%I($1)', p_resource || '_label') into t using p_row;
    return t;
  end if;
  return coalesce(p_row ->> 'no', p_row ->> 'name', p_row ->> 'title', p_row ->> 'code');
end $$;
create function domovoi.block_label(r jsonb) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (select u.title from domovoi.unit u where u.company_id = (r ->> 'company_id')::int
    and u.id = (r ->> 'unit_id')::uuid) || ' ' || (r ->> 'check_in'); end $$;
create function domovoi.offering_label(r jsonb) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (select u.title from domovoi.unit u where u.company_id = (r ->> 'company_id')::int
    and u.id = (r ->> 'unit_id')::uuid) || ' ' || (r ->> 'mode'); end $$;
create function domovoi.unit_label(r jsonb) returns text
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$ begin return r ->> 'title'; end $$;
create function domovoi.party_label(r jsonb) returns text
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$ begin return r ->> 'name'; end $$;
create function domovoi.building_label(r jsonb) returns text
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$ begin return r ->> 'name'; end $$;

create or replace function domovoi.label_for(p_resource text, p_key text) returns text
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare at record;
begin
  if p_resource is null or not exists (select from domovoi.record_kind k where k.resource = p_resource) then
    return p_key;
  end if;
  at := domovoi.locate(p_resource, (domovoi.me()).company_id, p_key);
  if at.id is null then return p_key; end if;
  perform domovoi.check_reach(p_resource, at.company_id, at.id);
  return domovoi.label_of(p_resource, domovoi.row_of(p_resource, at.company_id, at.id));
exception when sqlstate 'DM006' then
  return p_key;
end $$;

-- ---- the kinds that there are -----------------------------------------------------------------------------------

create function domovoi.unit_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.create_unit(p_company, p_id, domovoi.read_set('unit', p_company, p_set, 'create',
    coalesce(p_set ->> 'currency', (select c.currency from domovoi.company c where c.id = p_company)))); end $$;
create function domovoi.party_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.create_party(p_company, p_id, domovoi.read_set('party', p_company, p_set, 'create', null));
  end $$;
create function domovoi.reservation_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.create_reservation(p_company, p_id, p_set); end $$;
create function domovoi.building_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.put_building(p_company, p_id, null, p_set, true); end $$;
create function domovoi.offering_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.put_offering(p_company, p_id, null, p_set, true); end $$;
create function domovoi.block_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.put_block(p_company, p_id, null, p_set, true); end $$;

create function domovoi.unit_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.patch_unit(p_company, p_id, p_base, p_set); end $$;
create function domovoi.party_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.patch_party(p_company, p_id, p_base, p_set); end $$;
create function domovoi.reservation_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.patch_reservation(p_company, p_id, p_base, p_set); end $$;
create function domovoi.building_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.put_building(p_company, p_id, p_base, p_set, false); end $$;
create function domovoi.offering_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.put_offering(p_company, p_id, p_base, p_set, false); end $$;
create function domovoi.block_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.put_block(p_company, p_id, p_base, p_set, false); end $$;

create function domovoi.reservation_refusal(r jsonb, p_action text, out code text, out reason text, out detail text,
    out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin select s.code, s.reason, s.detail, s.remedy into code, reason, detail, remedy
    from domovoi.stay_refusal(jsonb_populate_record(null::domovoi.reservation, r), p_action) s; end $$;
create function domovoi.unit_refusal(r jsonb, p_action text, out code text, out reason text, out detail text,
    out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if not exists (select from domovoi.record_action a where a.resource = 'unit' and a.action = p_action) then
    code := 'DM007'; reason := 'There is no such action.'; detail := p_action;
    return;
  end if;
  select s.code, s.reason, s.detail, s.remedy into code, reason, detail, remedy
    from domovoi.unit_refusal((r ->> 'company_id')::int, (r ->> 'id')::uuid, p_action) s;
end $$;
create function domovoi.reservation_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.act_on_reservation(p_company, p_id, null, p_action, p_args); end $$;
create function domovoi.unit_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.act_on_unit(p_company, p_id, null, p_action); end $$;
create function domovoi.block_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.delete_block(p_company, p_id, null); end $$;

create function domovoi.party_restore(p_company int, p_id uuid, p_now jsonb, p_old jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.restore_party(p_company, p_id, p_now, p_old); end $$;
create function domovoi.building_restore(p_company int, p_id uuid, p_now jsonb, p_old jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.restore_building(p_company, p_id, p_old); end $$;
create function domovoi.offering_restore(p_company int, p_id uuid, p_now jsonb, p_old jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.restore_offering(p_company, p_id, p_now, p_old); end $$;
create function domovoi.block_restore(p_company int, p_id uuid, p_now jsonb, p_old jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.restore_block(p_company, p_id, p_now, p_old); end $$;
create function domovoi.reservation_restore(p_company int, p_id uuid, p_now jsonb, p_old jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.restore_reservation(p_company, p_id, p_now, p_old); end $$;

-- ---- actions ----------------------------------------------------------------------------------------------------

-- Why this action is not possible with this record now, as the error it would raise; code is null if it is.
create function domovoi.refusal(p_resource text, r jsonb, p_action text, out code text, out reason text, out detail text,
    out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  k domovoi.record_kind := domovoi.kind_of(p_resource);
  t domovoi.fsm_transition; a domovoi.record_action; may text; guard text;
begin
  if domovoi.kind_has(p_resource, 'refusal', 'jsonb,text') then
    execute format('select * from domovoi.%I($1, $2)', p_resource || '_refusal') into code, reason, detail, remedy
      using r, p_action;
    return;
  end if;
  select * into a from domovoi.record_action x where x.resource = p_resource and x.action = p_action;
  select * into t from domovoi.fsm_transition x where x.machine = k.machine and x.action = p_action
    and x.from_state = r ->> 'status' and x.permission is not null;
  may := coalesce(a.permission, t.permission, (select min(x.permission) from domovoi.fsm_transition x
    where x.machine = k.machine and x.action = p_action));
  if may is null and not exists (select from domovoi.fsm_transition x where x.machine = k.machine
      and x.action = p_action) then
    code := 'DM007'; reason := 'There is no such action.'; detail := p_action;
  elsif may is null or not domovoi.has_permission(may) then
    code := 'DM005'; reason := 'You may not do this.'; detail := may;
    remedy := 'Ask the head of your company for the permission.';
  elsif a.action is null and t.machine is null or not coalesce(r ->> 'status' = any (a.states), true) then
    code := 'DM001'; reason := 'This is not possible in the present state.'; detail := r ->> 'status';
  else
    guard := coalesce(t.guard, a.guard);
    if guard is null then return; end if;
    execute format('select g.reason, g.detail, g.remedy from domovoi.%I($1, $2) g', p_resource || '_guard')
      into reason, detail, remedy using guard, r;
    if reason is not null then code := 'DM011'; end if;
  end if;
end $$;

create function domovoi.act_on_record(p_resource text, p_company int, p_id uuid, p_base int, p_action text, p_args jsonb,
    p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare no record;
begin
  perform domovoi.check_version(p_base, (p_was ->> 'version')::int);
  no := domovoi.refusal(p_resource, p_was, p_action);
  if no.code is not null then
    perform domovoi.fail(no.code, no.reason, case no.code when 'DM001' then 'status' end, no.detail, no.remedy);
  end if;
  if coalesce(trim(p_args ->> 'reason'), '') = '' and (
      exists (select from domovoi.record_action a where a.resource = p_resource and a.action = p_action and a.needs_reason)
      or exists (select from domovoi.fsm_transition t join domovoi.record_kind k on k.machine = t.machine
        where k.resource = p_resource and t.action = p_action and t.from_state = p_was ->> 'status' and t.needs_reason)) then
    perform domovoi.fail('DM002', 'A reason is required.', 'reason', p_action, 'Give reason=…');
  end if;
  execute format('select domovoi.%I($1, $2, $3, $4, $5)', p_resource || '_act')
    using p_company, p_id, p_action, p_args, p_was;
end $$;

-- Where a transition of this record's machine leads from here; for the functions <kind>_act.
create function domovoi.next_state(p_resource text, r jsonb, p_action text) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (select t.to_state from domovoi.fsm_transition t join domovoi.record_kind k on k.machine = t.machine
    where k.resource = p_resource and t.action = p_action and t.from_state = r ->> 'status'); end $$;

create or replace function api.actions(resource text, key text)
  returns table (action text, allowed boolean, code text, reason text, detail text, remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare what text := domovoi.singular($1); at record; r jsonb;
begin
  at := domovoi.locate(what, (domovoi.me()).company_id, $2);
  if at.id is null then perform domovoi.no_record($2); end if;
  perform domovoi.check_reach(what, at.company_id, at.id);
  r := domovoi.row_of(what, at.company_id, at.id);
  return query
    select a.action, n.code is null, n.code, n.reason, n.detail, n.remedy
      from (select t.action, min(f.sort) as sort from domovoi.fsm_transition t
              join domovoi.record_kind k on k.machine = t.machine and k.resource = what
              join domovoi.fsm_state f on f.machine = t.machine and f.state = t.to_state
             where t.permission is not null group by t.action
            union all select x.action, x.sort from domovoi.record_action x where x.resource = what) a
      cross join lateral domovoi.refusal(what, r, a.action) n order by a.sort, a.action;
end $$;

-- ---- the engine ---------------------------------------------------------------------------------------------------

create or replace function domovoi.create_record(p_resource text, p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare k domovoi.record_kind := domovoi.kind_of(p_resource);
begin
  if k.creates is null then
    perform domovoi.fail('DM007', 'Records of this kind are not made by hand.', 'resource', p_resource);
  end if;
  perform domovoi.require(k.creates);
  execute format('select domovoi.%I($1, $2, $3)', p_resource || '_create') using p_company, p_id, p_set;
end $$;

create or replace function domovoi.patch_record(p_resource text, p_company int, p_id uuid, p_base int, p_set jsonb)
  returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare k domovoi.record_kind := domovoi.kind_of(p_resource);
begin
  if k.patches is null then
    perform domovoi.fail('DM007', 'Records of this kind are not changed by hand.', 'resource', p_resource);
  end if;
  perform domovoi.require(k.patches);
  execute format('select domovoi.%I($1, $2, $3, $4)', p_resource || '_patch') using p_company, p_id, p_base, p_set;
end $$;

create or replace function domovoi.permission_for(p_resource text, p_kind text, p_action text, p_status text) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare k domovoi.record_kind := domovoi.kind_of(p_resource);
begin
  return case p_kind when 'create' then k.creates when 'patch' then k.patches else coalesce(
    (select a.permission from domovoi.record_action a where a.resource = p_resource and a.action = p_action),
    (select t.permission from domovoi.fsm_transition t where t.machine = k.machine and t.action = p_action
      and t.from_state = p_status)) end;
end $$;

-- As in 0010, for every kind; an image is kept of what can be put back, and the trail (0016) hears what became of it.
create or replace function domovoi.apply(m jsonb) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  k domovoi.record_kind; what text := domovoi.singular(m ->> 'resource');
  here record := domovoi.me();
  company int := coalesce(here.company_id, case when here.scope = 'platform' then (m ->> 'company')::int end);
  base int := (m ->> 'base_version')::int;
  at record; rec uuid; old jsonb; new jsonb; other uuid; stock jsonb;
begin
  if m ->> 'kind' = 'undo' then return domovoi.apply_undo(m); end if;
  k := domovoi.kind_of(what);
  if m ->> 'kind' = 'create' then
    company := coalesce(company, (domovoi.locate('unit', null, m #>> '{set,unit}')).company_id);
    if not exists (select from domovoi.company c where c.id = company) and not (k.of_platform and here.scope = 'platform') then
      perform domovoi.fail('DM007', 'The company is missing.', 'company', null, 'Name the company.');
    end if;
    rec := coalesce((m ->> 'record')::uuid, gen_random_uuid());
    if what = 'unit' then
      stock := domovoi.stock_of(company, array[rec, (domovoi.locate('unit', company, m #>> '{set,parent}')).id]);
    end if;
    perform domovoi.create_record(what, company, rec, m -> 'set');
  else
    at := domovoi.locate(what, company, m ->> 'record');
    if at.id is null then perform domovoi.no_record(m ->> 'record'); end if;
    company := at.company_id; rec := at.id;
    perform domovoi.check_reach(what, company, rec);
    if m ->> 'kind' = 'patch' and k.by_unit then
      other := (domovoi.locate('unit', company, m -> 'set' ->> case what when 'unit' then 'parent' else 'unit' end)).id;
    end if;
    if k.virtual then
      perform pg_advisory_xact_lock(7244, hashtext(what || coalesce(company::text, '') || rec));
      old := domovoi.row_of(what, company, rec);
    else
      old := domovoi.lock_record(what, company, rec, other);
    end if;
    if what = 'unit' then
      stock := domovoi.stock_of(company, array[rec, other, (old ->> 'parent_id')::uuid]);
    end if;
    case m ->> 'kind'
      when 'patch' then perform domovoi.patch_record(what, company, rec, base, m -> 'set');
      when 'action' then
        perform domovoi.act_on_record(what, company, rec, base, m ->> 'action', coalesce(m -> 'args', '{}'), old);
      else perform domovoi.fail('DM007', 'There is no such action.', 'action', coalesce(m ->> 'action', m ->> 'kind'));
    end case;
  end if;
  new := domovoi.row_of(what, company, rec);
  return jsonb_build_object('company', company, 'record', rec, 'version', new -> 'version', 'view', k.plural,
      'trail', jsonb_build_object('resource', what, 'old', old, 'new', new))
    || case when what = 'unit' or domovoi.kind_has(what, 'restore', 'int,uuid,jsonb,jsonb') then
      jsonb_build_object('image', jsonb_build_object('resource', what,
        'permission', domovoi.permission_for(what, m ->> 'kind', m ->> 'action', old ->> 'status'),
        'old', old, 'gone', new is null, 'version', new -> 'version', 'stock', stock)) else '{}' end;
end $$;

create or replace function domovoi.apply_undo(m jsonb) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare i domovoi.undo_image; r jsonb; new jsonb; stock jsonb;
begin
  if m ->> 'undo' is null or m ->> 'undo' !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    perform domovoi.fail('DM007', 'A value is required.', 'undo');
  end if;
  i := domovoi.undoable((m ->> 'undo')::uuid);
  perform domovoi.require(i.permission);
  if not i.gone then perform domovoi.check_reach(i.resource, i.company_id, i.record_id); end if;
  if i.gone then perform domovoi.lock_units(i.company_id, array[(i.old ->> 'unit_id')::uuid]); end if;
  r := domovoi.lock_record(i.resource, i.company_id, i.record_id,
    (i.old ->> case i.resource when 'unit' then 'parent_id' else 'unit_id' end)::uuid);
  if i.gone <> (r is null) or (r ->> 'version')::int <> i.version then
    perform domovoi.say_changed(coalesce(r, i.old));
  end if;
  if i.resource = 'unit' then
    stock := domovoi.stock_of(i.company_id, array(select k::uuid from jsonb_object_keys(i.stock) k));
    perform domovoi.restore_unit(i.company_id, i.record_id, r, i.old, i.stock);
  else
    execute format('select domovoi.%I($1, $2, $3, $4)', i.resource || '_restore')
      using i.company_id, i.record_id, r, i.old;
  end if;
  new := domovoi.row_of(i.resource, i.company_id, i.record_id);
  return jsonb_build_object('company', i.company_id, 'record', i.record_id, 'version', new -> 'version',
    'resource', i.resource, 'view', (domovoi.kind_of(i.resource)).plural,
    'trail', jsonb_build_object('resource', i.resource, 'old', r, 'new', new),
    'image', jsonb_build_object('resource', i.resource, 'permission', i.permission, 'old', r, 'gone', new is null,
      'version', new -> 'version', 'stock', stock, 'undoes', i.mutation_id));
end $$;

-- The row of an outcome, read again under the caller's own rights: hence no definer. Volatile, to see what
-- mutate did.
create or replace function act.with_row(p_resource text, p_outcome jsonb) returns jsonb
  language plpgsql volatile set search_path = pg_catalog, pg_temp
  as $$
declare r jsonb; v text := coalesce(p_outcome ->> 'view', case p_resource when 'party' then 'parties' else p_resource || 's' end);
begin
  if p_outcome ->> 'status' = 'applied' and to_regclass(format('api.%I', v)) is not null then
    execute format('select to_jsonb(v) from api.%I v where v.company %s and v.id = $2', v,
        case when p_outcome ->> 'company' is null then 'is null' else '= $1' end)
      into r using (p_outcome ->> 'company')::int, (p_outcome ->> 'record')::uuid;
  end if;
  return p_outcome - 'company' - 'view' || case when r is null then '{}' else jsonb_build_object('row', r) end;
end $$;

reset role;
