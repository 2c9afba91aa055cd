-- Taking back: what a mutation changed is kept for a while (undo_minutes), and a mutation of kind "undo" puts it back
-- through the same rules: rights, versions, no double use. The reversal is a mutation like any other, so undoing it is
-- redo. Only who made a change takes it back, and only while nobody has touched the record since.

set local role domovoi_owner;

-- The row as it was before a mutation. Unlike domovoi.mutation it is not for ever: it holds what people wrote.
create table domovoi.undo_image (
  mutation_id  uuid primary key,
  company_id   int not null,
  user_id      uuid not null,
  resource     text not null,
  record_id    uuid not null,
  permission   text,                                     -- what the mutation needed; its reversal needs the same
  old          jsonb,                                    -- null: there was no such record
  gone         boolean not null,                         -- the mutation took the record away
  version      int,                                      -- what it left behind
  stock        jsonb,                                    -- of units: when they and their wholes were on offer
  undoes       uuid,
  at           timestamptz not null
);
create index on domovoi.undo_image (at);
create index on domovoi.undo_image (undoes) where undoes is not null;
alter table domovoi.undo_image enable row level security;
alter table domovoi.undo_image force row level security;
create policy rules on domovoi.undo_image to domovoi_rules using (true) with check (true);
reset role;

set local role domovoi_rules;

-- What a request needs, as create_record, patch_record and the actions ask for it.
create function domovoi.permission_for(p_resource text, p_kind text, p_action text, p_status text) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return case
    when p_kind = 'action' and p_resource = 'reservation' then case p_action when 'extend_hold' then 'reservation.edit'
      else (select t.permission from domovoi.fsm_transition t where t.machine = 'reservation.stay'
        and t.action = p_action and t.from_state = p_status) end
    when p_kind = 'action' and p_resource = 'unit' then 'unit.archive'
    when p_resource = 'unit' and p_kind = 'create' or p_resource = 'building' and p_kind = 'create' then 'unit.create'
    when p_resource = 'reservation' and p_kind = 'create' then 'reservation.create'
    when p_resource = 'reservation' then 'reservation.edit'
    when p_resource = 'party' then 'party.edit'
    when p_resource = 'block' then 'block.manage'
    when p_resource = 'offering' then 'price.edit'
    else 'unit.edit' end;
end $$;

-- A record as it is, locked in the order in which every writer locks: its units first. `p_unit`: where it may go.
create function domovoi.lock_record(p_resource text, p_company int, p_id uuid, p_unit uuid default null) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r jsonb;
begin
  case p_resource
    when 'reservation' then
      perform domovoi.lock_units(p_company, array_remove(array[x.unit_id, p_unit], null)) from domovoi.reservation x
        where x.company_id = p_company and x.id = p_id;
      select to_jsonb(x) into r from domovoi.reservation x where x.company_id = p_company and x.id = p_id
        for no key update;
    when 'unit' then
      perform domovoi.lock_units(p_company, array_remove(array[p_id, p_unit], null));
      select to_jsonb(x) into r from domovoi.unit x where x.company_id = p_company and x.id = p_id for no key update;
    when 'block' then
      perform domovoi.lock_units(p_company, array[x.unit_id]) from domovoi.block x
        where x.company_id = p_company and x.id = p_id;
      select to_jsonb(x) into r from domovoi.block x where x.company_id = p_company and x.id = p_id for update;
    when 'party' then
      select to_jsonb(x) into r from domovoi.party x where x.company_id = p_company and x.id = p_id for no key update;
    when 'building' then
      select to_jsonb(x) into r from domovoi.building x where x.company_id = p_company and x.id = p_id
        for no key update;
    when 'offering' then
      select to_jsonb(x) into r from domovoi.offering x where x.company_id = p_company and x.id = p_id
        for no key update;
  end case;
  return r;
end $$;

-- When these units are on offer, as it can be put back: {unit: [rows]}.
create function domovoi.stock_of(p_company int, p_units uuid[]) returns jsonb
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return (select jsonb_object_agg(u, coalesce((select jsonb_agg(to_jsonb(s)) from domovoi.unit_stock s
      where s.company_id = p_company and s.unit_id = u), '[]'))
    from (select distinct u from unnest(p_units) u where u is not null) x(u));
end $$;

-- A divided unit stays without stock of its own: its parts have it.
create function domovoi.put_stock(p_company int, p_unit uuid, p_stock jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare u uuid;
begin
  for u in select k::uuid from jsonb_object_keys(p_stock) k loop
    continue when u <> p_unit and u <> all (domovoi.leaves(p_company, u));
    delete from domovoi.unit_stock s where s.company_id = p_company and s.unit_id = u;
    insert into domovoi.unit_stock (company_id, id, unit_id, mode, in_stock)
      select p_company, s.id, u, s.mode, s.in_stock
        from jsonb_populate_recordset(null::domovoi.unit_stock, p_stock -> u::text) s;
  end loop;
end $$;

-- ---- putting back, by kind of record ----------------------------------------------------------------------

-- p_now is the row as it is, null if there is none; p_old what it shall be again, null if it was made.

create function domovoi.restore_unit(p_company int, p_id uuid, p_now jsonb, p_old jsonb, p_stock jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.unit := jsonb_populate_record(null::domovoi.unit,
  coalesce(p_old, p_now || jsonb_build_object('archived_at', domovoi.now())));
begin
  update domovoi.unit u set code = r.code, title = r.title, kind = r.kind, class = r.class, parent_id = r.parent_id,
      building_id = r.building_id, agent_id = r.agent_id, floor = r.floor, rooms = r.rooms, capacity = r.capacity,
      archived_at = r.archived_at
    where u.company_id = p_company and u.id = p_id;
  perform domovoi.put_stock(p_company, p_id, p_stock);
end $$;

create function domovoi.restore_party(p_company int, p_id uuid, p_now jsonb, p_old jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.party := jsonb_populate_record(null::domovoi.party,
  coalesce(p_old, p_now || '{"status": "inactive"}'));
begin
  update domovoi.party p set kind = r.kind, name = r.name, phone = r.phone, email = r.email, language = r.language,
      country = r.country, status = r.status, note = r.note, agent_id = r.agent_id
    where p.company_id = p_company and p.id = p_id;
end $$;

create function domovoi.restore_building(p_company int, p_id uuid, p_old jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.building := jsonb_populate_record(null::domovoi.building, p_old);
begin
  if p_old is null then
    perform domovoi.fail('DM001', 'A building stays once it is there.', null, null, 'Change it instead.');
  end if;
  update domovoi.building b set code = r.code, name = r.name, address = r.address, district = r.district,
      city = r.city, floors = r.floors, year_built = r.year_built where b.company_id = p_company and b.id = p_id;
end $$;

create function domovoi.restore_offering(p_company int, p_id uuid, p_now jsonb, p_old jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.offering := jsonb_populate_record(null::domovoi.offering,
  coalesce(p_old, p_now || '{"status": "archived"}'));
begin
  update domovoi.offering o set status = r.status, price = r.price, price_per = r.price_per, min_stay = r.min_stay,
      max_stay = r.max_stay where o.company_id = p_company and o.id = p_id;
end $$;

create function domovoi.unit_must_live(p_company int, p_unit uuid) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare c text := (select u.code from domovoi.unit u where u.company_id = p_company and u.id = p_unit
  and u.archived_at is not null);
begin
  if c is not null then
    perform domovoi.fail('DM001', 'The unit is archived.', 'unit', c, 'Restore the unit first.');
  end if;
end $$;

create function domovoi.restore_block(p_company int, p_id uuid, p_now jsonb, p_old jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.block := jsonb_populate_record(null::domovoi.block, p_old);
begin
  if p_old is null then
    delete from domovoi.block b where b.company_id = p_company and b.id = p_id;
  elsif p_now is null then
    perform domovoi.must_reach(p_company, u.agent_id, u.building_id, u.owner_id) from domovoi.unit u
      where u.company_id = p_company and u.id = r.unit_id;
    perform domovoi.unit_must_live(p_company, r.unit_id);
    insert into domovoi.block (company_id, id, unit_id, check_in, check_out, reason, comment)
      values (p_company, p_id, r.unit_id, r.check_in, r.check_out, r.reason, r.comment);
  else
    update domovoi.block b set check_in = r.check_in, check_out = r.check_out, reason = r.reason, comment = r.comment
      where b.company_id = p_company and b.id = p_id;
  end if;
end $$;

-- A stay that was made is cancelled ("undone"); else it is as it was, and takes its nights again if they are still
-- free. A hold that would have run out meanwhile gets as long as a change may be taken back.
create function domovoi.restore_reservation(p_company int, p_id uuid, p_now jsonb, p_old jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  r domovoi.reservation := jsonb_populate_record(null::domovoi.reservation, coalesce(p_old, p_now));
  final boolean;
begin
  if p_old is null then
    r.status := 'cancelled'; r.status_reason := 'undone';
    r.cancelled_by := case (domovoi.me()).scope when 'own' then 'agent' when 'platform' then 'platform' else 'company' end;
  elsif r.status = 'hold' and r.hold_until <= domovoi.now() then
    r.hold_until := domovoi.now() + domovoi.undo_window(p_company);
  end if;
  final := (select f.final from domovoi.fsm_state f where f.machine = r.machine and f.state = r.status);
  if not final and (r.unit_id <> (p_now ->> 'unit_id')::uuid or r.status <> p_now ->> 'status') then
    perform domovoi.unit_must_live(p_company, r.unit_id);
  end if;
  update domovoi.reservation x set unit_id = r.unit_id, offering_id = r.offering_id, party_id = r.party_id,
      agent_id = r.agent_id, check_in = r.check_in, check_out = r.check_out, price_per_night = r.price_per_night,
      adults = r.adults, children = r.children, channel = r.channel, country = r.country, comment = r.comment,
      status = r.status, status_reason = r.status_reason, cancelled_by = r.cancelled_by, hold_until = r.hold_until
    where x.company_id = p_company and x.id = p_id;
end $$;

-- ---- the reversal -----------------------------------------------------------------------------------------

create function domovoi.undo_window(p_company int) returns interval
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return make_interval(mins => coalesce((domovoi.setting_of(p_company, 'undo_minutes') #>> '{}')::int, 10));
  end $$;

-- Who changed it, if the session may know; else only that somebody did.
create function domovoi.say_changed(p_now jsonb) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare who text := (select a.display_name from domovoi.app_user a where a.id = (p_now ->> 'updated_by')::uuid
  and a.id = any (domovoi.my_colleagues()));
begin
  perform domovoi.fail('DM003', 'The record has been changed since.', null,
    coalesce(who, 'version ' || (p_now ->> 'version')), 'Look at it, and change it back by hand.');
end $$;

-- What is kept about a mutation, for the one who made it and while it may be taken back; else why not.
create function domovoi.undoable(p_mutation uuid) returns domovoi.undo_image
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare i domovoi.undo_image; m record := domovoi.me(); old domovoi.mutation;
begin
  select * into i from domovoi.undo_image x where x.mutation_id = p_mutation;
  select * into old from domovoi.mutation x where x.id = p_mutation;
  if old.id is null then
    perform domovoi.fail('DM006', 'There is no such change.', 'undo', p_mutation::text);
  elsif old.user_id <> m.user_id then
    perform domovoi.fail('DM005', 'Only who made a change takes it back.', 'undo');
  elsif old.status <> 'applied' then
    perform domovoi.fail('DM001', 'This was refused: there is nothing to take back.', 'undo');
  elsif i.mutation_id is null or i.at + domovoi.undo_window(i.company_id) < domovoi.now()
      or i.company_id is distinct from coalesce(m.company_id, i.company_id) then
    perform domovoi.fail('DM001', 'This cannot be taken back any more.', 'undo',
      extract(epoch from domovoi.undo_window(old.company_id))::int / 60 || ' min', 'Change it by hand.');
  elsif exists (select from domovoi.undo_image u where u.undoes = p_mutation
      and not exists (select from domovoi.undo_image x where x.undoes = u.mutation_id)) then
    perform domovoi.fail('DM001', 'This is taken back already.', 'undo');
  end if;
  return i;
end $$;

create function domovoi.apply_undo(m jsonb) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare i domovoi.undo_image; r jsonb; now_gone boolean; stock jsonb; v int;
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
  stock := case when i.resource = 'unit' then domovoi.stock_of(i.company_id,
    array(select k::uuid from jsonb_object_keys(i.stock) k)) end;
  case i.resource
    when 'unit' then perform domovoi.restore_unit(i.company_id, i.record_id, r, i.old, i.stock);
    when 'party' then perform domovoi.restore_party(i.company_id, i.record_id, r, i.old);
    when 'building' then perform domovoi.restore_building(i.company_id, i.record_id, i.old);
    when 'offering' then perform domovoi.restore_offering(i.company_id, i.record_id, r, i.old);
    when 'block' then perform domovoi.restore_block(i.company_id, i.record_id, r, i.old);
    when 'reservation' then perform domovoi.restore_reservation(i.company_id, i.record_id, r, i.old);
  end case;
  now_gone := i.resource = 'block' and i.old is null;
  v := domovoi.version_of(i.resource, i.company_id, i.record_id);
  return jsonb_build_object('company', i.company_id, 'record', i.record_id, 'version', v, 'resource', i.resource,
    'image', jsonb_build_object('resource', i.resource, 'permission', i.permission, 'old', r, 'gone', now_gone,
      'version', v, 'stock', stock, 'undoes', i.mutation_id));
end $$;

create function domovoi.version_of(p_resource text, p_company int, p_id uuid) returns int
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare v int;
begin
  execute format('select x.version from domovoi.%I x where x.company_id = $1 and x.id = $2', p_resource) into v
    using p_company, p_id;
  return v;
end $$;
alter function domovoi.version_of volatile; -- it looks at what this statement has just done

-- ---- the engine, which now keeps what was there -------------------------------------------------------------

-- As in 0004, but the record is locked and remembered before it is changed. Returns where, and the image.
create or replace function domovoi.apply(m jsonb) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  what text := domovoi.singular(m ->> 'resource');
  here record := domovoi.me();
  company int := coalesce(here.company_id, case when here.scope = 'platform' then (m ->> 'company')::int end);
  base int := (m ->> 'base_version')::int;
  at record; rec uuid; v int; old jsonb; other uuid; stock jsonb;
begin
  if m ->> 'kind' = 'undo' then return domovoi.apply_undo(m); end if;
  if what is null or what not in ('unit', 'building', 'offering', 'party', 'reservation', 'block') then
    perform domovoi.fail('DM007', 'This kind of record cannot be written.', 'resource', m ->> 'resource');
  end if;
  if m ->> 'kind' = 'create' then
    company := coalesce(company, (domovoi.locate('unit', null, m #>> '{set,unit}')).company_id);
    if not exists (select from domovoi.company c where c.id = company) then
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
    if m ->> 'kind' = 'patch' and what in ('unit', 'reservation') then
      other := (domovoi.locate('unit', company, m -> 'set' ->> case what when 'unit' then 'parent' else 'unit' end)).id;
    end if;
    old := domovoi.lock_record(what, company, rec, other);
    if what = 'unit' then
      stock := domovoi.stock_of(company, array[rec, other, (old ->> 'parent_id')::uuid]);
    end if;
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
  v := domovoi.version_of(what, company, rec);
  return jsonb_build_object('company', company, 'record', rec, 'version', v, 'image', jsonb_build_object(
    'resource', what, 'permission', domovoi.permission_for(what, m ->> 'kind', m ->> 'action', old ->> 'status'),
    'old', old, 'gone', v is null, 'version', v, 'stock', stock));
end $$;

-- Keep an image, and forget a few that nobody can ask for any more.
create function domovoi.keep_image(p_mutation uuid, p_company int, p_user uuid, p_record uuid, i jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  insert into domovoi.undo_image (mutation_id, company_id, user_id, resource, record_id, permission, old, gone, version,
      stock, undoes, at)
    values (p_mutation, p_company, p_user, i ->> 'resource', p_record, i ->> 'permission', nullif(i -> 'old', 'null'),
      (i ->> 'gone')::boolean, (i ->> 'version')::int, nullif(i -> 'stock', 'null'), (i ->> 'undoes')::uuid, domovoi.now());
  delete from domovoi.undo_image x where x.mutation_id in (select o.mutation_id from domovoi.undo_image o
    where o.at < domovoi.now() - interval '1 day' order by o.at limit 3 for update skip locked);
end $$;

-- As in 0004, and keeps the image of what was applied.
create or replace function act.mutate(m jsonb, p_strict boolean default false) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  here record := domovoi.me();
  mid uuid; h bytea; old domovoi.mutation; res jsonb; image jsonb;
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
      image := res -> 'image';
      res := res - 'image';
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
    coalesce(res ->> 'resource', m ->> 'resource', ''),
    (res ->> 'record')::uuid, coalesce(m ->> 'kind', ''), res ->> 'status', res,
      case when m ->> 'at' ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d' then (m ->> 'at')::timestamptz end);
  if image is not null then
    perform domovoi.keep_image(mid, (res ->> 'company')::int, here.user_id, (res ->> 'record')::uuid, image);
  end if;
  return res || '{"replayed": false}';
end $$;

-- History says of a reversal that it was one.
create or replace function domovoi.reservation_after() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare live constant text[] := array['hold', 'confirmed', 'checked_in', 'completed'];
begin
  if tg_op = 'INSERT' or new.status <> old.status then
    insert into domovoi.status_event (company_id, machine, record_id, from_state, to_state, reason, by_user, at)
    values (new.company_id, new.machine, new.id, case when tg_op = 'UPDATE' then old.status end, new.status,
      case when tg_op = 'INSERT' and new.imported then 'imported'
        when tg_op = 'UPDATE' and exists (select from domovoi.fsm_transition t where t.machine = new.machine
          and t.from_state = old.status and t.to_state = new.status and t.action = 'undo') then 'undo'
        else new.status_reason end, new.updated_by, domovoi.now());
  end if;
  if tg_op = 'INSERT' then
    if new.status = any (live) then perform domovoi.occupy(new); end if;
  elsif old.status = any (live) and new.status <> all (live) then
    delete from domovoi.occupancy o where o.company_id = old.company_id and o.source_id = old.id;
  elsif new.status = any (live) and (new.unit_id, new.check_in, new.check_out, new.status, new.price_per_night,
    new.currency, new.agent_id)
      is distinct from (old.unit_id, old.check_in, old.check_out, old.status, old.price_per_night, old.currency,
        old.agent_id) then
    perform domovoi.reoccupy(old, new);
  end if;
  perform domovoi.log_change(new.company_id, 'reservation', new.id, tg_op, new.version,
    case when tg_op = 'UPDATE' then domovoi.keys_of(old) end, domovoi.keys_of(new));
  return null;
end $$;

-- The row is read by what was written: an undo may not name the resource.
create or replace function act.apply_mutation(m jsonb) returns jsonb
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
declare o jsonb := act.mutate(m); what text := coalesce(o ->> 'resource', m ->> 'resource');
begin
  return act.with_row(case what when 'parties' then 'party' else rtrim(what, 's') end, o);
end $$;

reset role;
