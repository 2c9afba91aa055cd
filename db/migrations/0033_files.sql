-- Taking an import back. A batch of rows may come under an id of the client's; what it made is kept under that id for a
-- week, and a mutation of kind "undo" with that id takes it away again: records that are as the import left them and
-- that nothing refers to are deleted, as if they had never been imported, so that a mended file can be imported in
-- their place; the others stay and are named.

set local role domovoi_owner;

create table domovoi.import_made (
  id           uuid primary key,
  company_id   int not null references domovoi.company,
  user_id      uuid not null,
  resource     text not null,
  ids          uuid[] not null,                           -- in the order of the file
  versions     int[] not null,
  guests       uuid[] not null default '{}',              -- made on the way, for stays
  stock        jsonb,                                     -- of wholes that parts were added to: when they were on offer
  at           timestamptz not null,
  taken_at     timestamptz
);
create index on domovoi.import_made (at);
do $$ begin perform domovoi.protect('domovoi.import_made', 'closed'); end $$;
reset role;

set local role domovoi_rules;

create function domovoi.import_window() returns interval
  language sql immutable as $$ select interval '7 days' $$;

-- ---- taking one record away ---------------------------------------------------------------------------------------

-- The record, locked, if it still is what the import made; null if it is gone already.
create function domovoi.import_untouched(p_resource text, p_company int, p_id uuid, p_version int) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r jsonb := domovoi.lock_record(p_resource, p_company, p_id);
begin
  if (r ->> 'version')::int <> p_version then perform domovoi.say_changed(r); end if;
  return r;
end $$;

create function domovoi.untake_unit(p_company int, p_id uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare o domovoi.offering;
begin
  for o in select * from domovoi.offering x where x.company_id = p_company and x.unit_id = p_id for update loop
    if o.version <> 1 then perform domovoi.say_changed(to_jsonb(o)); end if;
    delete from domovoi.price_change c where c.company_id = p_company and c.offering_id = o.id;
    delete from domovoi.offering x where x.company_id = p_company and x.id = o.id;
    perform domovoi.log_change(p_company, 'offering', o.id, 'DELETE', o.version, domovoi.keys_of(o), null);
  end loop;
  delete from domovoi.unit_stock s where s.company_id = p_company and s.unit_id = p_id;
  delete from domovoi.unit u where u.company_id = p_company and u.id = p_id;
end $$;

create function domovoi.untake_party(p_company int, p_id uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  delete from domovoi.party_role r where r.company_id = p_company and r.party_id = p_id;
  delete from domovoi.party_pii i where i.company_id = p_company and i.party_id = p_id;
  delete from domovoi.party p where p.company_id = p_company and p.id = p_id;
end $$;

create function domovoi.untake_reservation(p_company int, p_id uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  delete from domovoi.occupancy o where o.company_id = p_company and o.source_id = p_id;
  delete from domovoi.reservation r where r.company_id = p_company and r.id = p_id;
end $$;

-- True: it is away. Else p_left gets its number, never its name, because what is answered is kept for ever.
create function domovoi.untake(p_resource text, p_company int, p_id uuid, p_version int, inout p_left jsonb, out away boolean)
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r jsonb; st text; msg text; col text; det text; hint text; con text;
begin
  away := false;
  begin
    r := domovoi.import_untouched(p_resource, p_company, p_id, p_version);
    if r is null then return; end if;
    execute format('select domovoi.%I($1, $2)', 'untake_' || p_resource) using p_company, p_id;
    perform domovoi.log_change(p_company, p_resource, p_id, 'DELETE', p_version, case p_resource when 'party' then
      domovoi.keys_of(jsonb_populate_record(null::domovoi.party, r)) else domovoi.keys_of(r) end, null);
    away := true;
  exception when others then
    get stacked diagnostics st = returned_sqlstate, msg = message_text, col = column_name, det = pg_exception_detail,
      hint = pg_exception_hint, con = constraint_name;
    r := coalesce(domovoi.row_of(p_resource, p_company, p_id), '{}');
    if st = '23503' then
      p_left := p_left || (domovoi.verdict('DM010', 'The record is in use since.', null, null,
        'Take away first what refers to it.', null) || jsonb_build_object('label', coalesce(r ->> 'code', r ->> 'no')));
    elsif domovoi.verdict(st, msg, col, det, hint, con) is null then
      raise;
    else
      p_left := p_left || (domovoi.verdict(st, msg, col, null, hint, con)
        || jsonb_build_object('label', coalesce(r ->> 'code', r ->> 'no')));
    end if;
  end;
end $$;

-- ---- taking a batch back --------------------------------------------------------------------------------------------

create function domovoi.undo_import(i domovoi.import_made) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare here record := domovoi.me(); kept jsonb := '[]'; nobody jsonb := '[]'; done boolean; n int := 0; u uuid;
begin
  if i.user_id <> here.user_id then
    perform domovoi.fail('DM005', 'Only who made a change takes it back.', 'undo');
  elsif i.taken_at is not null then
    perform domovoi.fail('DM001', 'This is taken back already.', 'undo');
  elsif i.at + domovoi.import_window() < domovoi.now() or i.company_id is distinct from coalesce(here.company_id, i.company_id) then
    perform domovoi.fail('DM001', 'This cannot be taken back any more.', 'undo', null, 'Change it by hand.');
  end if;
  perform domovoi.require(i.resource || '.import');
  if here.scope not in ('platform', 'company') then
    perform domovoi.fail('DM005', 'You may not do this.', null, i.resource || '.import');
  end if;
  if i.resource = 'reservation' then -- all locks in order, as the import took them
    perform domovoi.lock_units(i.company_id, array(select distinct r.unit_id from domovoi.reservation r
      where r.company_id = i.company_id and r.id = any (i.ids)));
  elsif i.resource = 'unit' then
    perform domovoi.lock_units(i.company_id, i.ids || array(select k::uuid from jsonb_object_keys(coalesce(i.stock, '{}')) k));
  end if;
  for at in reverse cardinality(i.ids) .. 1 loop -- parts came after their wholes
    select x.p_left, x.away into kept, done
      from domovoi.untake(i.resource, i.company_id, i.ids[at], i.versions[at], kept) x;
    n := n + done::int;
  end loop;
  foreach u in array i.guests loop -- a guest who has come to be used otherwise simply stays
    perform domovoi.untake('party', i.company_id, u, 1, nobody);
  end loop;
  for u in select k::uuid from jsonb_object_keys(coalesce(i.stock, '{}')) k loop
    if not exists (select from domovoi.unit p where p.company_id = i.company_id and p.parent_id = u and p.archived_at is null)
       and exists (select from domovoi.unit p where p.company_id = i.company_id and p.id = u) then
      perform domovoi.put_stock(i.company_id, u, jsonb_build_object(u::text, i.stock -> u::text));
    end if;
  end loop;
  update domovoi.import_made x set taken_at = domovoi.now() where x.id = i.id;
  perform domovoi.audit(i.company_id, i.resource, null, 'undo', jsonb_build_object('rows', n), null);
  return jsonb_build_object('company', i.company_id, 'resource', i.resource, 'view', (domovoi.kind_of(i.resource)).plural,
    'removed', n, 'left', kept);
end $$;

-- An undo may mean a batch of an import; every other means a mutation, as before.
alter function domovoi.apply_undo(jsonb) rename to undo_mutation;
create function domovoi.apply_undo(m jsonb) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare i domovoi.import_made;
begin
  if m ->> 'undo' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    select * into i from domovoi.import_made x where x.id = (m ->> 'undo')::uuid for update;
  end if;
  if i.id is not null then return domovoi.undo_import(i); end if;
  return domovoi.undo_mutation(m);
end $$;

-- ---- keeping what a batch made ----------------------------------------------------------------------------------------

-- p_party_no: the last number of a party before the batch.
create function domovoi.keep_import(p_id uuid, p_company int, p_resource text, p_ids uuid[], p_stock jsonb, p_party_no bigint)
  returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare who uuid := domovoi.my_user(); versions int[]; guests uuid[] := '{}';
begin
  execute format('select array_agg(r.version order by x.n) from unnest($1) with ordinality x (id, n)
    join domovoi.%I r on r.company_id = $2 and r.id = x.id', p_resource) into versions using p_ids, p_company;
  if p_resource = 'reservation' then
    guests := array(select distinct p.id from domovoi.reservation r
      join domovoi.party p on p.company_id = r.company_id and p.id = r.party_id
      where r.company_id = p_company and r.id = any (p_ids) and p.no > p_party_no and p.created_by = who and p.version = 1);
  end if;
  insert into domovoi.import_made (id, company_id, user_id, resource, ids, versions, guests, stock, at)
    values (p_id, p_company, who, p_resource, p_ids, versions, guests, p_stock, domovoi.now());
  delete from domovoi.import_made x where x.id in (select o.id from domovoi.import_made o
    where o.at < domovoi.now() - domovoi.import_window() order by o.at limit 3 for update skip locked);
end $$;

drop function act.import_rows(text, jsonb, boolean);
-- As in 0016, but under an id the batch can be taken back, and sent again it says again what it did.
create function act.import_rows(resource text, rows jsonb, dry_run boolean default false, id uuid default null)
  returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
#variable_conflict use_column
declare
  here record := domovoi.me(); what text := domovoi.singular(import_rows.resource); res jsonb; ids uuid[];
  made domovoi.import_made; stock jsonb; wholes uuid[]; party_no bigint;
begin
  if here.user_id is null then perform domovoi.fail('DM009', 'This login has no active membership.'); end if;
  if what is null or what not in ('unit', 'party', 'reservation') then
    perform domovoi.fail('DM007', 'This kind of record cannot be imported.', 'resource', import_rows.resource);
  end if;
  perform domovoi.require(what || '.import');
  if here.scope not in ('platform', 'company') then perform domovoi.fail('DM005', 'You may not do this.', null,
    what || '.import'); end if;
  if here.company_id is null then perform domovoi.fail('DM007', 'The company is missing.', 'company', null,
    'Name the company.'); end if;
  if jsonb_typeof(import_rows.rows) is distinct from 'array' or jsonb_array_length(import_rows.rows) > 500
     or exists (select from jsonb_array_elements(import_rows.rows) x where jsonb_typeof(x -> 'set') is distinct from 'object')
       then
    perform domovoi.fail('DM007', 'At most 500 rows at a time, each {"line": n, "set": {...}}.', 'rows');
  end if;
  if import_rows.id is not null then
    perform pg_advisory_xact_lock(7246, hashtext(import_rows.id::text));
    select * into made from domovoi.import_made x where x.id = import_rows.id;
    if made.user_id <> here.user_id or exists (select from domovoi.mutation x where x.id = import_rows.id) then
      perform domovoi.fail('DM008', 'This mutation id was used for another request.', 'id', import_rows.id::text,
        'Make a new id.');
    elsif made.taken_at is not null and not import_rows.dry_run then -- it would come in again, for good
      perform domovoi.fail('DM001', 'This is taken back already.', 'id', import_rows.id::text, 'Make a new id.');
    end if;
    party_no := coalesce((select c.last from domovoi.company_counter c
      where c.company_id = here.company_id and c.kind = 'party'), 0);
  end if;
  begin
    if import_rows.id is not null and what = 'unit' then
      wholes := array(select distinct (domovoi.locate('unit', here.company_id, x #>> '{set,parent}')).id
        from jsonb_array_elements(import_rows.rows) x where x #>> '{set,parent}' is not null);
      perform domovoi.lock_units(here.company_id, array_remove(wholes, null));
      stock := domovoi.stock_of(here.company_id, wholes);
    end if;
    res := domovoi.import_batch(what, here.company_id, import_rows.rows);
    if import_rows.dry_run then raise exception using errcode = 'DM000'; end if;
    ids := array(select (x ->> 'record')::uuid from jsonb_array_elements(res) with ordinality a (x, n)
      where x ->> 'status' = 'created' order by n);
    if cardinality(ids) > 0 then
      perform domovoi.audit(here.company_id, what, null, 'import', null, jsonb_build_object('rows', cardinality(ids)));
      if import_rows.id is not null and made.id is null then
        perform domovoi.keep_import(import_rows.id, here.company_id, what, ids, stock, party_no);
      end if;
    end if;
  exception when sqlstate 'DM000' then null;
  end;
  if made.id is not null then
    res := (select jsonb_agg(case when (x ->> 'record')::uuid = any (made.ids) then x || '{"status": "created"}' else x end
      order by n) from jsonb_array_elements(res) with ordinality a (x, n));
  end if;
  return res;
end $$;
grant execute on function act.import_rows to domovoi_staff;

reset role;
