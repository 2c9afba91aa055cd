-- Filling the demo. The triggers that keep derived columns are off meanwhile (a million of them would take the
-- better part of an hour); what they would have made is made here in sets, and tests/sql/demo.sql compares.

-- What slows a bulk write down is taken off and put back: the commands to do so.
create or replace function domovoi.demo_index_commands(tables regclass[])
returns table (off text, back text, ord int)
language sql stable as $$
  select format('alter table %s drop constraint %I', conrelid::regclass, conname),
         format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)),
         case contype when 'f' then 2 else 1 end
    from pg_constraint
   where conrelid = any (tables) and contype in ('f', 'x', 'u')
  union all
  select format('drop index %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid), 0
    from pg_index i
   where i.indrelid = any (tables) and not i.indisprimary
     and not exists (select from pg_constraint c where c.conindid = i.indexrelid)
$$;

create or replace function domovoi.demo_execute(commands text[]) returns void
language plpgsql as $$
declare c text;
begin
  foreach c in array commands loop execute c; end loop;
end $$;

create or replace function domovoi.demo_triggers(state text) returns void
language plpgsql as $$
declare t text;
begin
  for t in select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = 'domovoi' and c.relkind = 'r'
              and exists (select from pg_trigger g where g.tgrelid = c.oid and not g.tgisinternal)
            order by 1 loop
    execute format('alter table domovoi.%I %s trigger user', t, state);
  end loop;
end $$;

-- Flats and hostel rooms that carry the wanted number of reservations at a believable occupancy.
create or replace function domovoi.demo_scale(reservations int, days int) returns void
language plpgsql as $$
begin
  alter table demo_co add column flats int, add column rooms int;
  update demo_co
     set flats = ceil((1 - beds) * share * reservations * 5.3 / greatest(days, 1)),
         rooms = ceil(beds * share * reservations * 5.3 / greatest(days, 1) / 4);
end $$;

create or replace function domovoi.demo_portfolio_and_stays(back int, ahead int, reservations int, lets int, agents int,
    seed int) returns void
language plpgsql as $$
begin
  raise info 'units';
  perform domovoi.demo_scale(reservations, back + ahead);
  perform domovoi.demo_buildings(seed);
  perform domovoi.demo_units(agents, seed);
  perform domovoi.demo_portfolio(back, seed);
  perform domovoi.demo_lets(lets, agents, seed);
  raise info 'people';
  perform domovoi.demo_parties(greatest(reservations * 0.15, 150), agents, seed);
  analyze demo_unit, demo_party;
  raise info 'stays';
  perform domovoi.demo_candidates(back, ahead, seed);
  perform domovoi.demo_fates(reservations, seed);
  perform domovoi.demo_reservations(seed);
  raise info 'reservations';
  perform domovoi.demo_store(agents, seed);
  perform domovoi.demo_leases(back, seed);
end $$;

-- What the triggers of unit, party, reservation and block would have made.
create or replace function domovoi.demo_derive() returns void
language plpgsql as $$
begin
  insert into domovoi.unit_token (company_id, token, unit_id, building_id, agent_id, owner_id)
  select u.company_id, w, u.id, u.building_id, u.agent_id, u.owner_id
    from domovoi.unit u, domovoi.words(concat_ws(' ', u.title, u.code, u.external_id)) w;

  -- the words of a text are those of its parts, and the parts of a million names are few
  create temp table demo_word on commit drop as
  select part, w from (select distinct string_to_table(name, ' ') as part from domovoi.party) p, domovoi.words(part) w;
  analyze demo_word;
  insert into domovoi.party_token (company_id, token, party_id, agent_id, contact)
  select company_id, w, id, agent_id, bool_and(contact)
    from (select p.company_id, p.id, p.agent_id, k.w, false
            from domovoi.party p cross join string_to_table(p.name, ' ') part join demo_word k using (part)
          union all
          select company_id, id, agent_id, no::text, false from domovoi.party
          union all
          select p.company_id, p.id, p.agent_id, w, true from domovoi.party p cross join domovoi.phone_tails(p.phone) w
          union all
          select company_id, id, agent_id, domovoi.fold(email), true from domovoi.party where email is not null
         ) t (company_id, id, agent_id, w, contact)
   group by company_id, w, id, agent_id;

  create temp table demo_leaf on commit drop as
  select u.company_id, u.id as unit_id, l.id as leaf_id, l.building_id, l.agent_id, l.owner_id, c.tz,
         count(*) over w as n, row_number() over (w order by l.code) = 1 as first
    from domovoi.unit u
    join domovoi.company c on c.id = u.company_id
    join domovoi.unit l on l.company_id = u.company_id
     and (l.parent_id = u.id or l.id = u.id and not exists (select from domovoi.unit k where k.company_id = u.company_id and k.parent_id = u.id))
  window w as (partition by u.company_id, u.id);
  analyze demo_leaf;

  insert into domovoi.occupancy (company_id, unit_id, source, source_id, check_in, check_out, period, sold, price, currency,
                                 building_id, agent_id, owner_id)
  select x.company_id, l.leaf_id, x.source, x.id, x.check_in, x.check_out,
         tstzrange((x.check_in + time '12:00') at time zone l.tz, (x.check_out + time '12:00') at time zone l.tz),
         x.sold, x.price / l.n + case when l.first then x.price % l.n else 0 end, x.currency,
         l.building_id, coalesce(x.agent_id, l.agent_id), l.owner_id
    from (select company_id, unit_id, 'reservation' as source, id, check_in, check_out, status <> 'hold' as sold,
                 price_per_night as price, currency, agent_id
            from domovoi.reservation where status in ('hold', 'confirmed', 'checked_in', 'completed')
          union all
          select company_id, unit_id, 'block', id, check_in, check_out, false, 0, null, null from domovoi.block) x
    join demo_leaf l using (company_id, unit_id)
   order by x.company_id, x.check_in;

  insert into domovoi.status_event (company_id, machine, record_id, to_state, reason, by_user, at)
  select company_id, machine, id, status, status_reason, agent_id, updated_at from domovoi.reservation order by updated_at;

  insert into domovoi.company_counter (company_id, kind, last)
  select company_id, 'reservation', max(no) from domovoi.reservation group by 1
  union all
  select company_id, 'party', max(no) from domovoi.party group by 1;
end $$;

-- The whole demo of a size, the same for the same seed and day. Whatever the database held before is gone, so it
-- refuses one that was not made for demo or test.
create or replace function domovoi.demo_fill(size text, seed int) returns void
language plpgsql set client_min_messages = warning set jit = off as $$
declare
  p record;
  off text[] := '{}';
  back text[] := '{}';
begin
  select * into p from domovoi.demo_plan(demo_fill.size);
  if not found then
    raise exception using errcode = 'DM007', message = 'There is no demo of this size.', column = 'size', detail = demo_fill.size,
      hint = 'One of: empty, tiny, small, medium, large';
  elsif exists (select from domovoi.server s where s.kind = 'live') and exists (select from domovoi.company) then
    raise exception using errcode = 'DM011', message = 'This database holds real data.', hint = 'Use a database of its own for the demo.';
  end if;

  perform set_config('work_mem', p.memory, true), set_config('maintenance_work_mem',
    case p.memory when '64MB' then '256MB' else '1GB' end, true);
  perform domovoi.demo_triggers('disable');
  -- what the platform has set stays, though its table goes with the companies
  create temp table demo_setting on commit drop as select * from domovoi.setting where company_id is null;
  create temp table demo_rule on commit drop as select * from domovoi.commission_rule where company_id is null;
  truncate domovoi.company, domovoi.app_user, domovoi.status_event, domovoi.mutation, domovoi.change_log cascade;
  insert into domovoi.setting (company_id, unit_id, key, value, valid_from, comment, version, by_user, at)
  select company_id, unit_id, key, value, valid_from, comment, version, by_user, at from demo_setting;
  insert into domovoi.commission_rule select * from demo_rule;
  insert into domovoi.server (kind, demo_size) values ('demo', demo_fill.size)
  on conflict (one) do update
    set kind = case server.kind when 'test' then 'test' else 'demo' end, demo_size = excluded.demo_size, incarnation = gen_random_uuid();
  if p.reservations > 5000 then
    select array_agg(c.off order by c.ord desc, c.off), array_agg(c.back order by c.ord, c.back) into off, back
      from domovoi.demo_index_commands(array['domovoi.reservation', 'domovoi.occupancy', 'domovoi.party', 'domovoi.party_token',
        'domovoi.status_event', 'domovoi.charge', 'domovoi.payment', 'domovoi.allocation', 'domovoi.ledger_tx',
        'domovoi.ledger_entry']::regclass[]) c;
    perform domovoi.demo_execute(off);
  end if;

  perform domovoi.demo_companies(p.companies, seed);
  perform domovoi.demo_staff(p.agents, seed);
  if p.reservations > 0 then
    perform domovoi.demo_portfolio_and_stays(p.back, p.ahead, p.reservations, p.lets, p.agents, seed);
    raise info 'search words and nights';
    perform domovoi.demo_derive();
    perform domovoi.demo_store_leases(p.agents, seed);
    raise info 'money';
    perform domovoi.demo_money_of(seed);
    perform domovoi.fill_guests();
  end if;
  raise info 'indexes';
  perform domovoi.demo_execute(back);
  perform domovoi.demo_triggers('enable');
  raise info 'rollup';
  perform domovoi.rollup_build();
  analyze domovoi.unit, domovoi.unit_stock, domovoi.unit_token, domovoi.offering, domovoi.building, domovoi.party, domovoi.party_token,
    domovoi.reservation, domovoi.occupancy, domovoi.block;
end $$;

-- The PostgreSQL logins that the demo's people need, with the scope role that each of them enters.
create or replace function domovoi.demo_logins() returns table (rolname name, scope text)
language sql stable as $$
  select l.rolname, r.scope
    from domovoi.db_login l
    join lateral (select m.role from domovoi.membership m where m.user_id = l.user_id order by m.is_default desc limit 1) m on true
    join domovoi.role r on r.code = m.role
   order by 1
$$;

do $$
declare f regprocedure;
begin
  for f in select p.oid from pg_proc p where p.pronamespace = 'domovoi'::regnamespace and p.proname like 'demo\_%' loop
    execute format('revoke execute on function %s from public', f);
  end loop;
end $$;
