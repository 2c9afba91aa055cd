-- Import: act.import_rows takes up to 500 rows, each good or bad for itself. Any state, the file's own dates, no booking
-- policy, but never a double use. A record that is there already is unchanged or, if the file says otherwise, refused:
-- an import never overwrites.

set local role domovoi_owner;
-- A table that was empty when a session planned its foreign keys and look-ups keeps plans that read a whole
-- company a row, until autovacuum comes by. Bulk writers look at the table themselves after their first batches.
-- The owner's, not the rules': ANALYZE is for owners; it takes names of tables only, from the rules only.
create function domovoi.analyze_young(p_tables regclass[]) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare t regclass;
begin
  for t in select c.oid from pg_class c where c.oid = any (p_tables) and c.relnamespace = 'domovoi'::regnamespace
    and c.reltuples < 1000 loop
    execute format('analyze %s', t);
  end loop;
end $$;
grant execute on function domovoi.analyze_young to domovoi_rules;
reset role;
set local role domovoi_rules;

-- The first field, in the order of `writable`, that a file gives another value than the record has.
create function domovoi.first_difference(p_resource text, p_told jsonb, p_has jsonb) returns text
  language sql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
    select w.name from domovoi.writable w
     where w.resource = p_resource and w.on_import and p_told -> w.col is distinct from p_has -> w.col
       and p_told -> w.col is not null
     order by w.ord, w.name limit 1
  $$;

create function domovoi.refuse_difference(p_resource text, p_told jsonb, p_has jsonb) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare f text := domovoi.first_difference(p_resource, p_told, p_has);
begin
  if f is not null then
    perform domovoi.fail('DM003', 'The record exists with another value.', f, null,
      'An import adds, it does not overwrite: edit the record.');
  end if;
end $$;

create function domovoi.import_unit(p_company int, s jsonb) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare has jsonb; id uuid := gen_random_uuid();
begin
  perform domovoi.must_have(s, 'code');
  select to_jsonb(u) || jsonb_build_object('price', o.price, 'currency', o.currency) into has
    from domovoi.unit u left join domovoi.offering o on o.company_id = u.company_id and o.unit_id = u.id
      and o.mode = 'short_stay'
   where u.company_id = p_company and u.code = s ->> 'code';
  if found then
    perform domovoi.refuse_difference('unit', s, has);
    return jsonb_build_object('status', 'unchanged', 'record', has -> 'id');
  end if;
  perform domovoi.create_unit(p_company, id, jsonb_build_object('title', s -> 'code') || s);
  return jsonb_build_object('status', 'created', 'record', id);
end $$;

create function domovoi.import_party(p_company int, s jsonb, p_no bigint) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.party; id uuid := gen_random_uuid();
begin
  perform domovoi.must_have(s, 'name');
  select * into r from domovoi.party p where p.company_id = p_company and p.external_id = s ->> 'external_id';
  if not found then
    select * into r from domovoi.party p where p.company_id = p_company and p.name = s ->> 'name'
       and (s ->> 'external_id' is null or p.external_id is null) order by p.no limit 1;
  end if;
  if found then
    perform domovoi.refuse_difference('party', s, to_jsonb(r));
    return jsonb_build_object('status', 'unchanged', 'record', r.id);
  end if;
  perform domovoi.create_party(p_company, id, s || jsonb_build_object('no', p_no));
  return jsonb_build_object('status', 'created', 'record', id, 'guests', 1);
end $$;

-- What the file says of a stay against what follows from it.
create function domovoi.check_sums(s jsonb, r domovoi.reservation) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare n int := r.check_out - r.check_in;
begin
  if (s ->> 'nights')::int <> n then
    perform domovoi.fail('DM007', 'The nights do not follow from the dates.', 'nights',
      (s ->> 'nights') || ' given, ' || n || ' by the dates');
  elsif (s ->> 'total')::bigint <> r.price_per_night * n then
    perform domovoi.fail('DM007', 'The total is not the price times the nights.', 'total',
      (s ->> 'total') || ' given, ' || r.price_per_night * n || ' by the price');
  elsif n not between 1 and 366 then
    perform domovoi.fail('DM007', 'A stay is of 1 to 366 nights.', 'check_out', r.check_in || ' - ' || r.check_out);
  elsif not exists (select from domovoi.fsm_state f where f.machine = 'reservation.stay' and f.state = r.status) then
    perform domovoi.fail('DM007', 'There is no such state.', 'status', r.status);
  end if;
end $$;

-- The stay that a row of the file means, with its id if it is there already and says the same.
create function domovoi.prepare_stay(p_company int, s jsonb, p_guest text) returns domovoi.reservation
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.reservation; old domovoi.reservation; o domovoi.offering; u domovoi.unit;
begin
  perform domovoi.must_have(s, 'external_id', 'unit_id', 'check_in', 'check_out');
  select * into old from domovoi.reservation x where x.company_id = p_company and x.external_id = s ->> 'external_id';
  if old.id is not null then
    perform domovoi.refuse_difference('reservation', s, to_jsonb(old));
    if p_guest is not null and not exists (select from domovoi.party p where p.company_id = p_company
      and p.id = old.party_id
        and p_guest in (p.name, p.no::text, p.external_id, p.id::text)) then
      perform domovoi.fail('DM003', 'The record exists with another value.', 'party', null,
        'An import adds, it does not overwrite: edit the record.');
    end if;
    return old;
  end if;
  r := jsonb_populate_record(null::domovoi.reservation, s);
  select * into o from domovoi.offering x where x.company_id = p_company and x.unit_id = r.unit_id
    and x.mode = 'short_stay';
  select * into u from domovoi.unit x where x.company_id = p_company and x.id = r.unit_id;
  r.company_id := p_company; r.offering_id := o.id;
  r.agent_id := coalesce(r.agent_id, u.agent_id);
  r.currency := coalesce(r.currency, o.currency, (select c.currency from domovoi.company c where c.id = p_company));
  r.price_per_night := coalesce(r.price_per_night, case when r.currency = o.currency then o.price end, 0);
  r.status := coalesce(r.status, 'hold');
  perform domovoi.check_sums(s, r);
  return r;
end $$;

-- Add stays (id already given) and the guests that are named but not there yet; returns how many guests were added.
-- A guest is meant by id, number or else exact name.
create function domovoi.insert_stays(p_company int, p_stays domovoi.reservation[], p_guests text[], p_no bigint,
  p_party_no bigint) returns bigint
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare who uuid := domovoi.my_user(); ids uuid[]; fresh text[];
begin
  ids := array(select coalesce((select p.id from domovoi.party p where p.company_id = p_company and p.name = g
    order by p.no limit 1),
      case when g ~ '^[0-9a-f-]{36}$|^\d+$' then (domovoi.locate('party', p_company, g)).id end)
    from unnest(p_guests) with ordinality x (g, n) order by n);
  fresh := array(select g from unnest(p_guests, ids) with ordinality x (g, id, n) where id is null
    and g is not null group by g order by min(n));
  insert into domovoi.party (company_id, no, name, updated_by)
    select p_company, p_party_no + n - 1, s.told ->> 'name', who
      from domovoi.read_sets('party', p_company, array(select jsonb_build_object('name', g) from unnest(fresh) g),
        'import', null) s;
  insert into domovoi.reservation (company_id, id, no, unit_id, offering_id, party_id, agent_id, check_in,
    check_out, status, status_reason,
      cancelled_by, hold_until, booked_on, status_on, price_per_night, currency, adults, children, channel,
        country, comment, external_id,
      imported, updated_by)
    select p_company, r.id, p_no + n - 1, r.unit_id, r.offering_id, coalesce(ids[n], (select p.id from domovoi.party p
        where p.company_id = p_company and p.name = p_guests[n] order by p.no limit 1)), r.agent_id, r.check_in,
          r.check_out,
      r.status, r.status_reason, r.cancelled_by, r.hold_until, r.booked_on, r.status_on, r.price_per_night,
        r.currency,
      coalesce(r.adults, 1), coalesce(r.children, 0), coalesce(r.channel, 'import'), r.country, r.comment,
        r.external_id, true, who
    from unnest(p_stays) with ordinality r
      (company_id, id, no, machine, unit_id, offering_id, party_id, agent_id, building_id, owner_id, check_in,
        check_out, nights, status,
       status_reason, cancelled_by, hold_until, booked_on, status_on, price_per_night, total, currency, adults,
         children, channel, country,
       comment, external_id, imported, version, created_at, created_by, updated_at, updated_by, n);
  return cardinality(fresh);
end $$;

-- All stays of a batch in one go; raises at the first that cannot be taken. The usual case, five times as fast
-- as row by row.
create function domovoi.import_stays(p_company int, p_rows jsonb[], p_no bigint, p_party_no bigint) returns jsonb[]
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare one jsonb; r domovoi.reservation; stays domovoi.reservation[] := '{}'; guests text[] := '{}'; res jsonb[]
  := '{}'; added bigint;
begin
  foreach one in array p_rows loop
    r := domovoi.prepare_stay(p_company, one -> 'told', one ->> 'guest');
    if r.id is null then
      r.id := gen_random_uuid();
      stays := stays || r; guests := guests || (one ->> 'guest');
      res := res || jsonb_build_object('status', 'created', 'record', r.id, 'line', one -> 'line');
    else
      res := res || jsonb_build_object('status', 'unchanged', 'record', r.id, 'line', one -> 'line');
    end if;
  end loop;
  added := domovoi.insert_stays(p_company, stays, guests, p_no, p_party_no);
  return res || jsonb_build_object('guests', added);
end $$;

-- One row in its own savepoint.
create function domovoi.import_row(p_resource text, p_company int, p_row jsonb, p_no bigint, p_party_no bigint)
  returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare res jsonb; st text; msg text; col text; det text; hint text; con text;
begin
  begin
    if p_row ->> 'bad' is not null then
      perform domovoi.fail('DM007', p_row ->> 'message', p_row ->> 'bad', left(p_row #>> array['set',
        p_row ->> 'bad'], 100), p_row ->> 'remedy');
    end if;
    case p_resource
      when 'unit' then res := domovoi.import_unit(p_company, p_row -> 'told');
      when 'party' then res := domovoi.import_party(p_company, p_row -> 'told', p_party_no);
      when 'reservation' then
        declare all_of jsonb[] := domovoi.import_stays(p_company, array[p_row], p_no, p_party_no);
        begin
          res := all_of[1] || all_of[2];
        end;
    end case;
  exception when others then
    get stacked diagnostics st = returned_sqlstate, msg = message_text, col = column_name, det = pg_exception_detail,
      hint = pg_exception_hint, con = constraint_name;
    res := domovoi.verdict(st, msg, col, det, hint, con) || '{"status": "rejected"}';
    if res is null then raise; end if;
  end;
  return res || jsonb_build_object('line', p_row -> 'line');
end $$;

-- The last number given out, its row locked until the batch has drawn from it: one update a batch, not one a row.
create function domovoi.hold_counter(p_company int, p_kind text) returns bigint
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare n bigint;
begin
  insert into domovoi.company_counter as c (company_id, kind, last) values (p_company, p_kind, 0)
    on conflict (company_id, kind) do update set last = c.last returning last into n;
  return n;
end $$;

-- The rows of a request with their fields read: [{line, set, told, bad, message, remedy, guest}].
create function domovoi.import_read(p_resource text, p_company int, p_rows jsonb) returns jsonb[]
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare sets jsonb[]; own text := (select c.currency from domovoi.company c where c.id = p_company);
begin
  sets := array(select case p_resource when 'reservation' then -- an amount without a currency is in the offering's
        jsonb_strip_nulls(jsonb_build_object('currency', o.currency)) || (x -> 'set') - 'party' else x -> 'set' end
    from jsonb_array_elements(p_rows) with ordinality a (x, n)
    left join domovoi.unit u on p_resource = 'reservation' and u.company_id = p_company
      and u.code = x #>> '{set,unit}'
    left join domovoi.offering o on o.company_id = u.company_id and o.unit_id = u.id and o.mode = 'short_stay'
   order by n);
  return array(select jsonb_build_object('line', x -> 'line', 'set', x -> 'set', 'told',
    jsonb_strip_nulls(coalesce(s.told, '{}')), 'bad', s.bad,
      'message', s.message, 'remedy', s.remedy, 'guest', nullif(trim(x #>> '{set,party}'), ''))
    from jsonb_array_elements(p_rows) with ordinality a (x, n)
    left join domovoi.read_sets(p_resource, p_company, sets, 'import', own) s on s.n = a.n order by a.n);
end $$;

create function domovoi.import_batch(p_resource text, p_company int, p_rows jsonb) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare rows jsonb[] := domovoi.import_read(p_resource, p_company, p_rows); res jsonb[]; one jsonb; stays bigint;
  guests bigint;
begin
  if p_resource = 'reservation' then -- all locks in order, before the first row takes any; then the numbers
    perform domovoi.lock_units(p_company, array(select distinct (x #>> '{told,unit_id}')::uuid from unnest(rows) x));
    stays := domovoi.hold_counter(p_company, 'reservation');
  end if;
  if p_resource <> 'unit' then guests := domovoi.hold_counter(p_company, 'party'); end if;
  if p_resource = 'reservation' and not exists (select from unnest(rows) x where x ->> 'bad' is not null) then
    begin
      res := domovoi.import_stays(p_company, rows, stays + 1, guests + 1);
      guests := guests + (res[cardinality(res)] ->> 'guests')::int;
      res := trim_array(res, 1);
      stays := stays + (select count(*) from unnest(res) x where x ->> 'status' = 'created');
    exception when others then res := null; -- some row is at fault: find out which
    end;
  end if;
  if res is null then
    res := '{}';
    foreach one in array rows loop
      one := domovoi.import_row(p_resource, p_company, one, stays + 1, guests + 1);
      res := res || (one - 'guests');
      if one ->> 'status' = 'created' then stays := stays + 1; end if;
      guests := guests + coalesce((one ->> 'guests')::int, 0);
    end loop;
  end if;
  update domovoi.company_counter c set last = case c.kind when 'party' then guests else stays end
   where c.company_id = p_company and (c.kind = 'party' and c.last <> guests or c.kind = 'reservation'
     and c.last <> stays);
  if cardinality(res) >= 100 then
    perform domovoi.analyze_young(case p_resource
      when 'unit' then array['domovoi.unit', 'domovoi.unit_token', 'domovoi.offering',
        'domovoi.unit_stock']::regclass[]
      when 'party' then array['domovoi.party', 'domovoi.party_token']::regclass[]
      else array['domovoi.party', 'domovoi.party_token', 'domovoi.reservation', 'domovoi.occupancy',
        'domovoi.company_counter']::regclass[] end);
  end if;
  return to_jsonb(res);
end $$;

-- Up to 500 rows [{"line": n, "set": {field: value}}], the good ones kept; one call is one transaction, so that a
-- long file does not hold back the change feed. A dry run says the same and keeps nothing.
create function act.import_rows(resource text, rows jsonb, dry_run boolean default false) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare here record := domovoi.me(); what text := domovoi.singular(import_rows.resource); res jsonb;
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
  if jsonb_typeof(rows) is distinct from 'array' or jsonb_array_length(rows) > 500
     or exists (select from jsonb_array_elements(rows) x where jsonb_typeof(x -> 'set') is distinct from 'object')
       then
    perform domovoi.fail('DM007', 'At most 500 rows at a time, each {"line": n, "set": {...}}.', 'rows');
  end if;
  begin
    res := domovoi.import_batch(what, here.company_id, rows);
    if dry_run then raise exception using errcode = 'DM000'; end if;
  exception when sqlstate 'DM000' then null;
  end;
  return res;
end $$;

reset role;
