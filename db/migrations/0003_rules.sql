-- The rules that hold whoever writes: state machines, no double use, versions, the change log. A trigger does not
-- check rights: nobody but these functions and the migrator may write a table at all, and act.* checks before it
-- writes. One BEFORE and one AFTER trigger a table, so that the order of the rules is to be read in one place.

set local role domovoi_rules;

-- ---- numbers, history ----------------------------------------------------------------------------------------

-- The next human number. Its row stays locked until commit: take unit locks first, numbers after them.
create function domovoi.next_no(p_company int, p_kind text) returns bigint
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare n bigint;
begin
  insert into domovoi.company_counter as c (company_id, kind, last) values (p_company, p_kind, 1)
    on conflict (company_id, kind) do update set last = c.last + 1 returning last into n;
  return n;
end $$;

create function domovoi.append_only() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  raise exception using errcode = '55000', message = 'History is only added to.', detail = tg_table_name;
end $$;

-- For tables whose one rule is the version.
create function domovoi.version_guard() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  new.version := old.version + 1;
  return new;
end $$;

create function domovoi.version_time_guard() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  new.version := old.version + 1;
  new.updated_at := domovoi.now();
  return new;
end $$;

-- ---- state machines ------------------------------------------------------------------------------------------

create function domovoi.fsm_check(p_machine text, p_from text, p_to text, p_reason text)
  returns domovoi.fsm_transition
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare t domovoi.fsm_transition;
begin
  if p_from is null then
    if not exists (select from domovoi.fsm_state s where s.machine = p_machine and s.state = p_to and s.initial) then
      perform domovoi.fail('DM001', 'A new record cannot start in this state.', 'status', p_to);
    end if;
    return null;
  end if;
  select * into t from domovoi.fsm_transition x
   where x.machine = p_machine and x.from_state = p_from and x.to_state = p_to;
  if not found then
    perform domovoi.fail('DM001', 'This is not possible in the present state.', 'status', p_from || ' -> ' || p_to);
  elsif t.needs_reason and coalesce(trim(p_reason), '') = '' then
    perform domovoi.fail('DM002', 'A reason is required.', 'reason', t.action, 'Give reason=…');
  end if;
  return t;
end $$;

-- Guards of reservation.stay by name; null = passes, else what stands against it. Unknown names never pass.
create function domovoi.stay_guard(p_guard text, r domovoi.reservation) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return case
    when p_guard is null then null
    when p_guard = 'hold_valid' and r.hold_until <= domovoi.now() then 'The hold has run out.'
    when p_guard = 'hold_lapsed' and r.hold_until > domovoi.now() then 'The hold still runs.'
    when p_guard = 'arrival_day' and domovoi.company_today(r.company_id) < r.check_in
      then 'The arrival day has not come yet.'
    when p_guard = 'after_arrival_day' and domovoi.company_today(r.company_id) <= r.check_in
      then 'The arrival day is not over.'
    when p_guard in ('hold_valid', 'hold_lapsed', 'arrival_day', 'after_arrival_day') then null
    else 'The guard ' || p_guard || ' is not known.' end;
end $$;

-- ---- units: locks and leaves -----------------------------------------------------------------------------------

-- One advisory lock a tree of units, on its topmost unit, so that a room and its beds meet; in ascending order,
-- and before any row of occupancy is written: a bare EXCLUDE deadlocks between rivals (research/probes.md §3).
-- A unit may move to another tree while we wait, hence the second look.
create function domovoi.lock_units(p_company int, p_units uuid[]) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare held int[] := '{}'; wanted int[]; k int;
begin
  loop
    if cardinality(p_units) = 1 then
      wanted := array_remove(array[(select hashtext(p_company || ':' || u.lock_id) from domovoi.unit u
        where u.company_id = p_company and u.id = p_units[1])], null);
    else
      wanted := array(select distinct hashtext(p_company || ':' || u.lock_id) from domovoi.unit u
        where u.company_id = p_company and u.id = any (p_units) order by 1);
    end if;
    exit when wanted <@ held;
    foreach k in array wanted loop perform pg_advisory_xact_lock(7242, k); end loop;
    held := held || wanted;
  end loop;
end $$;

-- What is really used when a unit is: its undivided parts, itself if it has none.
create function domovoi.leaves(p_company int, p_unit uuid) returns uuid[]
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if not exists (select from domovoi.unit u where u.company_id = p_company and u.parent_id = p_unit
    and u.archived_at is null) then
    return array[p_unit];
  end if;
  return array(
    with recursive tree(id, code) as (
      select u.id, u.code from domovoi.unit u where u.company_id = p_company and u.id = p_unit
      union all
      select u.id, u.code from tree t join domovoi.unit u on u.company_id = p_company and u.parent_id = t.id
       where u.archived_at is null)
    select t.id from tree t where not exists (select from domovoi.unit k where k.company_id = p_company
      and k.parent_id = t.id and k.archived_at is null) order by t.code);
end $$;

create function domovoi.ancestors(p_company int, p_unit uuid) returns uuid[]
  language sql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
    with recursive up(id, parent_id) as (
      select u.id, u.parent_id from domovoi.unit u where u.company_id = p_company and u.id = p_unit
      union all
      select u.id, u.parent_id from up join domovoi.unit u on u.company_id = p_company and u.id = up.parent_id)
    select coalesce(array_agg(id), '{}') from up
  $$;

-- Parts, or stays and blocks that are not over, keep a unit from the archive (I26).
create function domovoi.unit_in_use(p_company int, p_unit uuid) returns boolean
  language sql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
    select exists (select from domovoi.occupancy o where o.company_id = p_company and o.unit_id = p_unit
        and o.check_out > domovoi.company_today(p_company))
      or exists (select from domovoi.unit k where k.company_id = p_company and k.parent_id = p_unit
        and k.archived_at is null)
  $$;

-- ---- occupancy -----------------------------------------------------------------------------------------------

create function domovoi.taken(p_company int, p_leaves uuid[], p_in date, p_out date) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare leaf uuid;
begin
  foreach leaf in array p_leaves loop
    if exists (select from domovoi.occupancy o where o.company_id = p_company and o.unit_id = leaf
        and o.check_in < p_out and o.check_in > p_in - 367 and o.check_out > p_in) then
      return true;
    end if;
  end loop;
  return false;
end $$;

-- Holds that have run out do not stand in anybody's way, even before the worker has come round to them.
create function domovoi.expire_holds(p_company int, p_leaves uuid[], p_in date, p_out date) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare stale uuid;
begin
  for stale in select r.id from domovoi.reservation r where r.company_id = p_company and r.status = 'hold'
      and r.hold_until <= domovoi.now() and r.id in (select o.source_id from domovoi.occupancy o
        where o.company_id = p_company and o.unit_id = any (p_leaves) and o.source = 'reservation'
          and o.check_in < p_out and o.check_in > p_in - 367 and o.check_out > p_in)
      for update of r skip locked loop
    update domovoi.reservation set status = 'expired', status_reason = 'hold ran out'
     where company_id = p_company and id = stale;
  end loop;
end $$;

create function domovoi.say_taken(p_company int, p_unit uuid, p_in date, p_out date) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.fail('DM004', 'The unit is taken on these dates.', 'unit', (select u.code from domovoi.unit u
    where u.company_id = p_company and u.id = p_unit) || ' ' || p_in || ' - ' || p_out,
      'Choose other dates or another unit.');
end $$;

-- Put a use on its leaves. The caller holds the lock of the unit. The price is shared out equally, the rest of the
-- division on the first leaf, so that the leaves always add up to the reservation.
create function domovoi.occupy(p_company int, p_source text, p_id uuid, p_unit uuid, p_in date, p_out date,
  p_sold boolean,
    p_price bigint, p_currency text, p_agent uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  leaf uuid[] := domovoi.leaves(p_company, p_unit);
  n int := cardinality(leaf);
  zone text := (select c.tz from domovoi.company c where c.id = p_company);
begin
  if domovoi.taken(p_company, leaf, p_in, p_out) then
    perform domovoi.expire_holds(p_company, leaf, p_in, p_out);
    if domovoi.taken(p_company, leaf, p_in, p_out) then
      perform domovoi.say_taken(p_company, p_unit, p_in, p_out);
      end if;
    end if;
  insert into domovoi.occupancy (company_id, unit_id, source, source_id, check_in, check_out, period, sold, price,
    currency,
    building_id, agent_id, owner_id)
  select p_company, u.id, p_source, p_id, p_in, p_out,
    tstzrange((p_in + time '12:00') at time zone zone, (p_out + time '12:00') at time zone zone),
    p_sold, p_price / n + case when u.id = leaf[1] then p_price % n else 0 end, p_currency,
    u.building_id, coalesce(p_agent, u.agent_id), u.owner_id
  from domovoi.unit u where u.company_id = p_company and u.id = any (leaf);
end $$;

create function domovoi.occupy(r domovoi.reservation) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.occupy(r.company_id, 'reservation', r.id, r.unit_id, r.check_in, r.check_out,
    r.status in ('confirmed', 'checked_in', 'completed'), r.price_per_night, r.currency, r.agent_id); end $$;

create function domovoi.occupy(b domovoi.block) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.occupy(b.company_id, 'block', b.id, b.unit_id, b.check_in, b.check_out, false, 0,
    null, null); end $$;

-- After a change of the tree of units: whatever uses any of these units now or later is laid out on the leaves
-- anew (I31). The past stays on the units where it was spent.
create function domovoi.lay_out_again(p_company int, p_units uuid[]) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare today date := domovoi.company_today(p_company);
begin
  delete from domovoi.occupancy o where o.company_id = p_company and o.check_out > today and o.source_id in (
    select r.id from domovoi.reservation r where r.company_id = p_company and r.unit_id = any (p_units)
      and r.check_out > today
    union all
    select b.id from domovoi.block b where b.company_id = p_company and b.unit_id = any (p_units)
      and b.check_out > today);
  perform domovoi.occupy(r) from domovoi.reservation r where r.company_id = p_company and r.unit_id = any (p_units)
    and r.check_out > today and r.status in ('hold', 'confirmed', 'checked_in', 'completed');
  perform domovoi.occupy(b) from domovoi.block b where b.company_id = p_company and b.unit_id = any (p_units)
    and b.check_out > today;
end $$;

-- A unit that is divided is no longer on offer itself, its parts are: its stock ends where its past ends.
create function domovoi.end_stock(p_company int, p_unit uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  used boolean := exists (select from domovoi.occupancy o where o.company_id = p_company and o.unit_id = p_unit);
  past daterange := daterange(null, domovoi.company_today(p_company));
begin
  delete from domovoi.unit_stock s where s.company_id = p_company and s.unit_id = p_unit and (not used
    or isempty(s.in_stock * past));
  update domovoi.unit_stock s set in_stock = s.in_stock * past where s.company_id = p_company and s.unit_id = p_unit
    and s.in_stock * past <> s.in_stock;
end $$;

-- ---- the triggers of each table --------------------------------------------------------------------------------

create function domovoi.building_after() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.log_change(new.company_id, 'building', new.id, tg_op, new.version,
    case when tg_op = 'UPDATE' then domovoi.keys_of(old) end, domovoi.keys_of(new));
  return null;
end $$;

-- A writer of new rows may say who he is (it is asked once a batch); only the rules write.
create function domovoi.unit_before() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare p domovoi.unit;
begin
  new.updated_at := domovoi.now();
  if tg_op = 'UPDATE' or new.updated_by is null then new.updated_by := domovoi.my_user(); end if;
  if tg_op = 'UPDATE' then
    new.version := old.version + 1;
    new.created_at := old.created_at; new.created_by := old.created_by;
    if new.parent_id is not distinct from old.parent_id and new.archived_at is not distinct from old.archived_at then
      if new.parent_id is not null then
        new.lock_id := (select u.lock_id from domovoi.unit u where u.company_id = new.company_id
          and u.id = new.parent_id);
      end if;
      return new;
    end if;
    perform domovoi.lock_units(new.company_id, array[new.id, new.parent_id]);
    if new.id = any (domovoi.ancestors(new.company_id, new.parent_id)) then
      perform domovoi.fail('DM007', 'A unit cannot be a part of itself.', 'parent', new.code);
    end if;
    if new.archived_at is not null and old.archived_at is null and domovoi.unit_in_use(new.company_id, new.id) then
      perform domovoi.fail('DM010', 'The unit is still in use.', null, new.code,
        'Move or end its stays, blocks and parts first.');
    end if;
  elsif new.parent_id is not null then
    perform domovoi.lock_units(new.company_id, array[new.parent_id]);
  end if;
  new.lock_id := new.id;
  if new.parent_id is not null then
    select * into p from domovoi.unit u where u.company_id = new.company_id and u.id = new.parent_id;
    new.lock_id := coalesce(p.lock_id, new.id);
    if tg_op = 'INSERT' then -- a part belongs where the whole does, unless told otherwise
      new.building_id := coalesce(new.building_id, p.building_id);
      new.agent_id := coalesce(new.agent_id, p.agent_id);
      new.owner_id := coalesce(new.owner_id, p.owner_id);
    end if;
  end if;
  if tg_op = 'INSERT' then
    new.version := 1; new.created_at := new.updated_at; new.created_by := new.updated_by;
  end if;
  return new;
end $$;

create function domovoi.unit_after() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare c int := new.company_id; touched uuid[];
begin
  if tg_op = 'INSERT' or (new.title, new.code, new.external_id) is distinct from (old.title, old.code,
    old.external_id) then
    if tg_op = 'UPDATE' then
      delete from domovoi.unit_token t where t.company_id = c and t.unit_id = new.id;
    end if;
    insert into domovoi.unit_token (company_id, token, unit_id, building_id, agent_id, owner_id)
      select c, w, new.id, new.building_id, new.agent_id, new.owner_id
        from domovoi.words(concat_ws(' ', new.title, new.code, new.external_id)) w;
  end if;
  if tg_op = 'UPDATE' and (new.building_id, new.agent_id, new.owner_id) is distinct from (old.building_id,
    old.agent_id, old.owner_id) then
    update domovoi.unit_token t set building_id = new.building_id, agent_id = new.agent_id, owner_id = new.owner_id
      where t.company_id = c and t.unit_id = new.id;
    update domovoi.offering t set unit_id = t.unit_id where t.company_id = c and t.unit_id = new.id;
    update domovoi.unit_stock t set unit_id = t.unit_id where t.company_id = c and t.unit_id = new.id;
    update domovoi.block t set unit_id = t.unit_id where t.company_id = c and t.unit_id = new.id;
    update domovoi.reservation t set building_id = new.building_id, owner_id = new.owner_id where t.company_id = c
      and t.unit_id = new.id and (t.building_id, t.owner_id) is distinct from (new.building_id, new.owner_id);
    update domovoi.occupancy o set building_id = new.building_id, owner_id = new.owner_id,
        agent_id = coalesce((select r.agent_id from domovoi.reservation r where r.company_id = c
          and r.id = o.source_id), new.agent_id)
      where o.company_id = c and o.unit_id = new.id;
  end if;
  if tg_op = 'UPDATE' and new.lock_id <> old.lock_id then
    update domovoi.unit k set lock_id = new.lock_id where k.company_id = c and k.parent_id = new.id;
  end if;
  if (tg_op = 'INSERT' and new.parent_id is not null)
     or (tg_op = 'UPDATE' and (new.parent_id, new.archived_at) is distinct from (old.parent_id, old.archived_at)) then
    touched := domovoi.ancestors(c, new.parent_id);
    if tg_op = 'UPDATE' then touched := touched || domovoi.ancestors(c, old.parent_id) || new.id; end if;
    perform domovoi.lay_out_again(c, touched);
    if new.parent_id is not null and new.archived_at is null then
      perform domovoi.end_stock(c, new.parent_id);
    end if;
    end if;
  perform domovoi.log_change(c, 'unit', new.id, tg_op, new.version,
    case when tg_op = 'UPDATE' then domovoi.keys_of(old) end, domovoi.keys_of(new));
  return null;
end $$;

-- offering, unit_stock, block: where they belong is where their unit does
create function domovoi.offering_before() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  new.updated_at := domovoi.now();
  if tg_op = 'UPDATE' or new.updated_by is null then new.updated_by := domovoi.my_user(); end if;
  if tg_op = 'UPDATE' then
    new.version := old.version + 1; new.created_at := old.created_at; new.created_by := old.created_by;
  else
    new.version := 1; new.created_at := new.updated_at; new.created_by := new.updated_by;
  end if;
  select u.building_id, u.agent_id, u.owner_id into new.building_id, new.agent_id, new.owner_id
    from domovoi.unit u where u.company_id = new.company_id and u.id = new.unit_id;
  return new;
end $$;

create function domovoi.offering_after() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.log_change(new.company_id, 'offering', new.id, tg_op, new.version,
    case when tg_op = 'UPDATE' then domovoi.keys_of(old) end, domovoi.keys_of(new));
  return null;
end $$;

create function domovoi.stock_before() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  select u.building_id, u.agent_id, u.owner_id into new.building_id, new.agent_id, new.owner_id
    from domovoi.unit u where u.company_id = new.company_id and u.id = new.unit_id;
  return new;
end $$;

create function domovoi.block_before() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if tg_op = 'DELETE' then
    perform domovoi.lock_units(old.company_id, array[old.unit_id]);
    return old;
  end if;
  new.updated_at := domovoi.now();
  if tg_op = 'UPDATE' or new.updated_by is null then new.updated_by := domovoi.my_user(); end if;
  if tg_op = 'UPDATE' then
    perform domovoi.lock_units(new.company_id, array[old.unit_id, new.unit_id]);
    new.version := old.version + 1; new.created_at := old.created_at; new.created_by := old.created_by;
  else
    perform domovoi.lock_units(new.company_id, array[new.unit_id]);
    new.version := 1; new.created_at := new.updated_at; new.created_by := new.updated_by;
  end if;
  select u.building_id, u.agent_id, u.owner_id into new.building_id, new.agent_id, new.owner_id
    from domovoi.unit u where u.company_id = new.company_id and u.id = new.unit_id;
  return new;
end $$;

create function domovoi.block_after() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if tg_op = 'DELETE' then
    delete from domovoi.occupancy o where o.company_id = old.company_id and o.source_id = old.id;
    perform domovoi.log_change(old.company_id, 'block', old.id, tg_op, old.version, domovoi.keys_of(old), null);
    return null;
  end if;
  if tg_op = 'INSERT' then
    perform domovoi.occupy(new);
  elsif (new.unit_id, new.check_in, new.check_out) is distinct from (old.unit_id, old.check_in, old.check_out) then
    delete from domovoi.occupancy o where o.company_id = old.company_id and o.source_id = old.id;
    perform domovoi.occupy(new);
  end if;
  perform domovoi.log_change(new.company_id, 'block', new.id, tg_op, new.version,
    case when tg_op = 'UPDATE' then domovoi.keys_of(old) end, domovoi.keys_of(new));
  return null;
end $$;

create function domovoi.party_before() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  new.updated_at := domovoi.now();
  if tg_op = 'UPDATE' or new.updated_by is null then new.updated_by := domovoi.my_user(); end if;
  if tg_op = 'UPDATE' then
    new.version := old.version + 1; new.no := old.no; new.created_at := old.created_at; new.created_by :=
      old.created_by;
  else
    new.no := coalesce(new.no, domovoi.next_no(new.company_id, 'party'));
    new.version := 1; new.created_at := new.updated_at; new.created_by := new.updated_by;
  end if;
  return new;
end $$;

create function domovoi.party_after() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if tg_op = 'INSERT' or (new.name, new.phone, new.email, new.external_id) is distinct from (old.name, old.phone,
    old.email, old.external_id) then
    if tg_op = 'UPDATE' then
      delete from domovoi.party_token t where t.company_id = new.company_id and t.party_id = new.id;
    end if;
    insert into domovoi.party_token (company_id, token, party_id, agent_id, contact)
      select new.company_id, w, new.id, new.agent_id, bool_and(contact) from (
        select w, false from domovoi.words(concat_ws(' ', new.name, new.no, new.external_id)) w
        union all select w, true from domovoi.phone_tails(new.phone) w
        union all select domovoi.fold(new.email), true where new.email is not null) t(w, contact)
      group by w;
  elsif new.agent_id is distinct from old.agent_id then
    update domovoi.party_token t set agent_id = new.agent_id where t.company_id = new.company_id
      and t.party_id = new.id;
  end if;
  perform domovoi.log_change(new.company_id, 'party', new.id, tg_op, new.version,
    case when tg_op = 'UPDATE' then domovoi.keys_of(old) end, domovoi.keys_of(new));
  return null;
end $$;

create function domovoi.reservation_before() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare today date := domovoi.company_today(new.company_id); t domovoi.fsm_transition; why text;
begin
  new.updated_at := domovoi.now();
  if tg_op = 'UPDATE' or new.updated_by is null then new.updated_by := domovoi.my_user(); end if;
  if tg_op = 'INSERT' then
    perform domovoi.lock_units(new.company_id, array[new.unit_id]);
    if not new.imported then perform domovoi.fsm_check(new.machine, null, new.status, null); end if;
    new.no := coalesce(new.no, domovoi.next_no(new.company_id, 'reservation'));
    new.version := 1; new.created_at := new.updated_at; new.created_by := new.updated_by;
    new.booked_on := coalesce(new.booked_on, today);
    new.status_on := coalesce(new.status_on, today);
    if new.status = 'hold' then
      new.hold_until := coalesce(new.hold_until, domovoi.now()
        + make_interval(mins => coalesce((domovoi.setting_of(new.company_id, 'hold_minutes') #>> '{}')::int, 1440)));
    end if;
  else
    perform domovoi.lock_units(new.company_id, array[old.unit_id, new.unit_id]);
    new.version := old.version + 1;
    new.no := old.no; new.imported := old.imported; new.created_at := old.created_at; new.created_by :=
      old.created_by;
    if new.status <> old.status then
      t := domovoi.fsm_check(new.machine, old.status, new.status, new.status_reason);
      why := domovoi.stay_guard(t.guard, old);
      if why is not null then
        perform domovoi.fail('DM011', why, null, t.action);
      end if;
      new.status_on := today;
      end if;
  end if;
  select u.building_id, u.owner_id into new.building_id, new.owner_id
    from domovoi.unit u where u.company_id = new.company_id and u.id = new.unit_id;
  return new;
end $$;

create function domovoi.reservation_after() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare live constant text[] := array['hold', 'confirmed', 'checked_in', 'completed'];
begin
  if tg_op = 'INSERT' or new.status <> old.status then
    insert into domovoi.status_event (company_id, machine, record_id, from_state, to_state, reason, by_user, at)
    values (new.company_id, new.machine, new.id, case when tg_op = 'UPDATE' then old.status end, new.status,
      case when tg_op = 'INSERT' and new.imported then 'imported' else new.status_reason end, new.updated_by,
        domovoi.now());
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

-- A changed stay that goes on using its unit. The same nights of the same unit keep their leaves, whatever became
-- of the tree since; otherwise it is laid out anew.
create function domovoi.reoccupy(old domovoi.reservation, new domovoi.reservation) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if (new.unit_id, new.check_in, new.check_out) is distinct from (old.unit_id, old.check_in, old.check_out)
     or not exists (select from domovoi.occupancy o where o.company_id = new.company_id and o.source_id = new.id) then
    delete from domovoi.occupancy o where o.company_id = new.company_id and o.source_id = new.id;
    perform domovoi.occupy(new);
    return;
  end if;
  update domovoi.occupancy o set sold = new.status in ('confirmed', 'checked_in', 'completed'),
    currency = new.currency,
      price = new.price_per_night / s.n + case when s.first then new.price_per_night % s.n else 0 end,
      agent_id = coalesce(new.agent_id, s.agent_id)
    from (select u.id, u.agent_id, count(*) over () as n, row_number() over (order by u.code) = 1 as first
            from domovoi.occupancy x join domovoi.unit u on u.company_id = x.company_id and u.id = x.unit_id
           where x.company_id = new.company_id and x.source_id = new.id) s
   where o.company_id = new.company_id and o.source_id = new.id and o.unit_id = s.id;
end $$;

reset role;

create trigger version before update on domovoi.company for each row execute function domovoi.version_time_guard();
create trigger version before update on domovoi.complex for each row execute function domovoi.version_guard();
create trigger rules before update on domovoi.building for each row execute function domovoi.version_time_guard();
create trigger effects after insert or update on domovoi.building for each row execute function
  domovoi.building_after();
create trigger rules before insert or update on domovoi.unit for each row execute function domovoi.unit_before();
create trigger effects after insert or update on domovoi.unit for each row execute function domovoi.unit_after();
create trigger rules before insert or update on domovoi.offering for each row execute function
  domovoi.offering_before();
create trigger effects after insert or update on domovoi.offering for each row execute function
  domovoi.offering_after();
create trigger rules before insert or update on domovoi.unit_stock for each row execute function
  domovoi.stock_before();
create trigger rules before insert or update or delete on domovoi.block for each row execute function
  domovoi.block_before();
create trigger effects after insert or update or delete on domovoi.block for each row execute function
  domovoi.block_after();
create trigger rules before insert or update on domovoi.party for each row execute function domovoi.party_before();
create trigger effects after insert or update on domovoi.party for each row execute function domovoi.party_after();
create trigger rules before insert or update on domovoi.reservation for each row execute function
  domovoi.reservation_before();
create trigger effects after insert or update on domovoi.reservation for each row execute function
  domovoi.reservation_after();

create trigger append_only before update or delete or truncate on domovoi.status_event execute function
  domovoi.append_only();
create trigger append_only before update or delete or truncate on domovoi.change_log execute function
  domovoi.append_only();
create trigger append_only before update or delete or truncate on domovoi.mutation execute function
  domovoi.append_only();
