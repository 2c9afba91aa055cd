-- Agreements: who rents a unit for months, on which terms (domain.md §1.1 S0.12–S0.14, §3.5). An agreement in force
-- uses its unit like a stay or a block does: in the same table, under the same constraint (I1).

set local role domovoi_owner;

create table domovoi.late_fee_policy (
  company_id   int not null references domovoi.company,
  id           uuid not null default gen_random_uuid(),
  name         text not null check (length(name) between 1 and 100),
  grace_days   smallint not null default 0 check (grace_days between 0 and 365),
  kind         text not null check (kind in ('fixed', 'bp_per_day')),
  amount       bigint not null default 0 check (amount >= 0),       -- fixed: once, in minor units
  bp           int not null default 0 check (bp between 0 and 10000), -- of what is open, a day
  cap_bp       int not null default 10000 check (cap_bp between 0 and 10000), -- of what was charged
  from_kinds   text[] not null default '{rent}',                    -- kinds of charges that grow a fee
  version      int not null default 1,
  created_at   timestamptz not null default now(),
  created_by   uuid,
  updated_at   timestamptz not null default now(),
  updated_by   uuid,
  primary key (company_id, id),
  unique (company_id, name),
  check (case kind when 'fixed' then amount > 0 else bp > 0 end)
);
create index on domovoi.late_fee_policy (company_id, name, id);

create table domovoi.agreement (
  company_id     int not null references domovoi.company,
  id             uuid not null default gen_random_uuid(),
  no             bigint not null,
  kind           text not null default 'lease' check (kind in ('lease', 'office', 'membership', 'management')),
  unit_id        uuid not null,
  party_id       uuid not null,                         -- the tenant
  payer_id       uuid,                                  -- who pays, if somebody else
  agent_id       uuid references domovoi.app_user,
  building_id    uuid,
  owner_id       uuid,
  starts_on      date not null,
  ends_on        date not null,                         -- the first day after it, half-open
  status         text not null default 'draft',
  status_reason  text,
  signed_at      timestamptz,
  notice_on      date,                                  -- when notice was given
  terminated_on  date,                                  -- the first day that it no longer runs, if ended early
  due_day        smallint not null default 1 check (due_day between 1 and 31), -- clamped to the month's end
  currency       char(3) not null references domovoi.currency,
  rent           bigint not null check (rent > 0),      -- a month, as signed; lines hold what changes later
  deposit        bigint not null default 0 check (deposit >= 0), -- required
  index_bp       int not null default 0 check (index_bp between 0 and 10000), -- yearly indexation
  index_month    smallint check (index_month between 1 and 12),
  notice_days    smallint not null default 30 check (notice_days between 0 and 365),
  late_fee_id    uuid,
  terms          text,
  replaces_id    uuid,
  external_id    text,
  version        int not null default 1,
  created_at     timestamptz not null default now(),
  created_by     uuid,
  updated_at     timestamptz not null default now(),
  updated_by     uuid,
  primary key (company_id, id),
  unique (company_id, no),
  unique (company_id, external_id),
  foreign key (company_id, unit_id) references domovoi.unit (company_id, id),
  foreign key (company_id, party_id) references domovoi.party (company_id, id),
  foreign key (company_id, payer_id) references domovoi.party (company_id, id),
  foreign key (company_id, late_fee_id) references domovoi.late_fee_policy (company_id, id),
  foreign key (company_id, replaces_id) references domovoi.agreement (company_id, id),
  check (ends_on - starts_on between 1 and 18263),      -- fifty years
  check (terminated_on between starts_on and ends_on)
);
create index on domovoi.agreement (company_id, no, id);
create index on domovoi.agreement (company_id, starts_on, id);
create index on domovoi.agreement (company_id, ends_on, id);
create index on domovoi.agreement (company_id, agent_id, no, id);
create index on domovoi.agreement (company_id, owner_id, no, id);
create index on domovoi.agreement (company_id, building_id, no, id);
create index on domovoi.agreement (company_id, unit_id, starts_on);
create index on domovoi.agreement (company_id, party_id, starts_on);
create index on domovoi.agreement (company_id, status, ends_on, id);

-- What is charged every month, and since when: the rent itself, and what comes with it.
create table domovoi.agreement_line (
  company_id    int not null,
  id            uuid not null default gen_random_uuid(),
  agreement_id  uuid not null,
  unit_id       uuid not null,                          -- the agreement's, under whose lock a line is written
  kind          text not null check (kind in ('rent', 'utilities', 'parking', 'service')),
  amount        bigint not null check (amount > 0),     -- a month, in the agreement's currency
  from_on       date not null,
  to_on         date not null,                          -- half-open
  note          text,
  agent_id      uuid,
  building_id   uuid,
  owner_id      uuid,
  version       int not null default 1,
  created_at    timestamptz not null default now(),
  created_by    uuid,
  updated_at    timestamptz not null default now(),
  updated_by    uuid,
  primary key (company_id, id),
  foreign key (company_id, agreement_id) references domovoi.agreement (company_id, id),
  check (from_on < to_on),
  -- I23: one rent at a time
  exclude using gist (company_id with =, agreement_id with =, kind with =, daterange(from_on, to_on) with &&)
    where (kind = 'rent')
);
create index on domovoi.agreement_line (company_id, agreement_id, from_on);
create index on domovoi.agreement_line (company_id, from_on, id);
create index on domovoi.agreement_line (company_id, unit_id);

-- Who else is bound by it.
create table domovoi.agreement_party (
  company_id    int not null,
  agreement_id  uuid not null,
  party_id      uuid not null,
  role          text not null check (role in ('co_tenant', 'guarantor')),
  since         date not null,
  until         date,
  agent_id      uuid,
  building_id   uuid,
  owner_id      uuid,
  primary key (company_id, agreement_id, party_id, role),
  foreign key (company_id, agreement_id) references domovoi.agreement (company_id, id),
  foreign key (company_id, party_id) references domovoi.party (company_id, id)
);

-- Extended, indexed, moved, lines changed: what it was before and after.
create table domovoi.agreement_event (
  company_id    int not null,
  id            bigint generated always as identity,
  agreement_id  uuid not null,
  kind          text not null check (kind in ('extended', 'indexed', 'line_changed', 'renewed')),
  before        jsonb,
  after         jsonb,
  by_user       uuid,
  at            timestamptz not null,
  primary key (company_id, id),
  foreign key (company_id, agreement_id) references domovoi.agreement (company_id, id)
);
create index on domovoi.agreement_event (company_id, agreement_id, id);

-- A use may be laid out in several spans: an agreement by the year (no span is longer than 366 nights, which bounds
-- every scan), a stay by the price of its nights.
alter table domovoi.occupancy drop constraint occupancy_pkey,
  add primary key (company_id, source_id, unit_id, check_in);
alter table domovoi.occupancy drop constraint occupancy_source_check;
alter table domovoi.occupancy add constraint occupancy_source_check
  check (source in ('reservation', 'block', 'agreement'));

reset role;
set local role domovoi_rules;

-- Rows (kinds, actions, fields) that the engine and the catalogue know these by. A late fee policy and an agreement are
-- named by text and looked up here.
insert into domovoi.record_kind (resource, plural, reads, creates, patches, machine, keys, by_unit) values
  ('agreement', 'agreements', 'agreement.view', 'agreement.edit', 'agreement.edit', 'agreement',
    '{no,external_id}', true),
  ('agreement_line', 'agreement_lines', 'agreement.view', 'agreement.edit', 'agreement.edit', null, '{}', true),
  ('late_fee_policy', 'late_fee_policies', 'agreement.view', 'charge.edit', 'charge.edit', null, '{name}', false);
insert into domovoi.record_action (resource, action, permission, needs_reason, states, guard, sort) values
  ('agreement', 'extend',       'agreement.sign', false, '{active}', null, 11),
  ('agreement', 'index',        'agreement.sign', false, '{active,notice}', null, 12),
  ('agreement', 'change_line',  'agreement.sign', false, '{active,notice}', null, 13),
  ('agreement', 'add_party',    'agreement.edit', false, '{draft,active,notice}', null, 14),
  ('agreement', 'remove_party', 'agreement.edit', false, '{draft,active,notice}', null, 15),
  ('agreement_line', 'delete',  'agreement.edit', false, null, 'draft', 9);
insert into domovoi.writable (resource, ord, name, col, type, on_create, on_patch, on_import)
select r, o, n, c, t, k like '%c%', k like '%p%', false from (values
  ('agreement', 1, 'unit', 'unit_id', 'unit', 'cp'),
  ('agreement', 2, 'party', 'party_id', 'party', 'cp'),
  ('agreement', 3, 'payer', 'payer_id', 'party', 'cp'),
  ('agreement', 4, 'kind', 'kind', 'text', 'c'),
  ('agreement', 5, 'starts_on', 'starts_on', 'date', 'cp'),
  ('agreement', 6, 'ends_on', 'ends_on', 'date', 'cp'),
  ('agreement', 7, 'currency', 'currency', 'currency', 'c'),
  ('agreement', 8, 'rent', 'rent', 'major', 'cp'),
  ('agreement', 8, 'rent_minor', 'rent', 'minor', 'cp'),
  ('agreement', 9, 'deposit', 'deposit', 'major', 'cp'),
  ('agreement', 9, 'deposit_minor', 'deposit', 'minor', 'cp'),
  ('agreement', 10, 'due_day', 'due_day', 'int', 'cp'),
  ('agreement', 11, 'index_bp', 'index_bp', 'int', 'cp'),
  ('agreement', 12, 'index_month', 'index_month', 'int', 'cp'),
  ('agreement', 13, 'notice_days', 'notice_days', 'int', 'cp'),
  ('agreement', 14, 'late_fee', 'late_fee', 'text', 'cp'),
  ('agreement', 15, 'agent', 'agent_id', 'user', 'cp'),
  ('agreement', 16, 'terms', 'terms', 'note', 'cp'),
  ('agreement', 17, 'external_id', 'external_id', 'text', 'c'),
  ('agreement_line', 1, 'agreement', 'agreement', 'text', 'c'),
  ('agreement_line', 2, 'kind', 'kind', 'text', 'c'),
  ('agreement_line', 3, 'amount', 'amount', 'major', 'cp'),
  ('agreement_line', 3, 'amount_minor', 'amount', 'minor', 'cp'),
  ('agreement_line', 4, 'from_on', 'from_on', 'date', 'cp'),
  ('agreement_line', 5, 'to_on', 'to_on', 'date', 'cp'),
  ('agreement_line', 6, 'note', 'note', 'note', 'cp'),
  ('late_fee_policy', 1, 'name', 'name', 'text', 'cp'),
  ('late_fee_policy', 2, 'grace_days', 'grace_days', 'int', 'cp'),
  ('late_fee_policy', 3, 'kind', 'kind', 'text', 'cp'),
  ('late_fee_policy', 4, 'amount', 'amount', 'major', 'cp'),
  ('late_fee_policy', 4, 'amount_minor', 'amount', 'minor', 'cp'),
  ('late_fee_policy', 5, 'rate_bp', 'bp', 'int', 'cp'),
  ('late_fee_policy', 6, 'cap_bp', 'cap_bp', 'int', 'cp'),
  ('late_fee_policy', 7, 'from_kinds', 'from_kinds_text', 'text', 'cp')
) v (r, o, n, c, t, k);

reset role;
set local role domovoi_owner;

do $$ begin
  perform domovoi.protect('domovoi.late_fee_policy', 'company', 'agreement.view');
  perform domovoi.protect('domovoi.agreement', 'unit', 'agreement.view');
  perform domovoi.protect('domovoi.agreement_line', 'unit', 'agreement.view');
  perform domovoi.protect('domovoi.agreement_party', 'unit', 'agreement.view');
  perform domovoi.protect('domovoi.agreement_event', 'closed');
end $$;

reset role;
set local role domovoi_rules;

-- ---- the nights of an agreement --------------------------------------------------------------------------------

-- States in which it uses, or has used, its unit: what was spent stays spent.
create function domovoi.agreement_used(p_status text) returns boolean
  language sql immutable set search_path = pg_catalog, pg_temp
  as $$ select p_status in ('active', 'notice', 'terminated', 'expired') $$;

-- The first use of a unit, or of a part of it, on these nights; none: all null. A hold that has run out is none.
create function domovoi.in_the_way(p_company int, p_unit uuid, p_from date, p_to date, out source text,
    out check_in date, out check_out date)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare leaf uuid[] := domovoi.leaves(p_company, p_unit);
begin
  select o.source, coalesce(a.starts_on, o.check_in), coalesce(a.terminated_on, a.ends_on, o.check_out)
    into source, check_in, check_out
    from domovoi.occupancy o
    left join domovoi.reservation r on r.company_id = o.company_id and r.id = o.source_id
    left join domovoi.agreement a on a.company_id = o.company_id and a.id = o.source_id
   where o.company_id = p_company and o.unit_id = any (leaf) and o.check_in < p_to and o.check_in > p_from - 367
     and o.check_out > p_from and (r.id is null or r.status <> 'hold' or r.hold_until > domovoi.now())
   order by o.check_in, o.unit_id limit 1;
end $$;

-- As in 0003, but it says of a let unit that it is let, and from when to when.
create or replace function domovoi.say_taken(p_company int, p_unit uuid, p_in date, p_out date) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  there record := domovoi.in_the_way(p_company, p_unit, p_in, p_out);
  code text := (select u.code from domovoi.unit u where u.company_id = p_company and u.id = p_unit);
begin
  if there.source = 'agreement' then
    perform domovoi.fail('DM004', 'The unit is let on these dates.', 'unit',
      code || ' ' || there.check_in || ' - ' || there.check_out, 'Choose other dates or another unit.');
  end if;
  perform domovoi.fail('DM004', 'The unit is taken on these dates.', 'unit', code || ' ' || p_in || ' - ' || p_out,
    'Choose other dates or another unit.');
end $$;

-- By the year, for all scans of uses look back 366 nights. The caller holds the lock of the unit.
create function domovoi.occupy(a domovoi.agreement, p_from date, p_to date) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare d date := p_from; leaf uuid[] := domovoi.leaves(a.company_id, a.unit_id);
begin
  if p_from >= p_to then return; end if;
  if domovoi.taken(a.company_id, leaf, p_from, p_to) then
    perform domovoi.expire_holds(a.company_id, leaf, p_from, p_to);
    if domovoi.taken(a.company_id, leaf, p_from, p_to) then
      perform domovoi.say_taken(a.company_id, a.unit_id, p_from, p_to);
    end if;
  end if;
  while d < p_to loop
    perform domovoi.occupy(a.company_id, 'agreement', a.id, a.unit_id, d, least(d + 366, p_to), false, 0, null,
      a.agent_id);
    d := d + 366;
  end loop;
end $$;

-- Free its nights from that day on.
create function domovoi.vacate(a domovoi.agreement, p_from date) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare zone text := (select c.tz from domovoi.company c where c.id = a.company_id);
begin
  delete from domovoi.occupancy o where o.company_id = a.company_id and o.source_id = a.id and o.check_in >= p_from;
  update domovoi.occupancy o set check_out = p_from,
      period = tstzrange(lower(o.period), (p_from + time '12:00') at time zone zone)
    where o.company_id = a.company_id and o.source_id = a.id and o.check_out > p_from;
end $$;

-- As in 0003, and agreements: from today on; the nights behind stay where they were spent (I31).
create or replace function domovoi.lay_out_again(p_company int, p_units uuid[]) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare today date := domovoi.company_today(p_company); a domovoi.agreement; let domovoi.agreement[];
begin
  let := array(select x from domovoi.agreement x where x.company_id = p_company and x.unit_id = any (p_units)
    and domovoi.agreement_used(x.status) and coalesce(x.terminated_on, x.ends_on) > today);
  delete from domovoi.occupancy o where o.company_id = p_company and o.check_out > today and o.source_id in (
    select r.id from domovoi.reservation r where r.company_id = p_company and r.unit_id = any (p_units)
      and r.check_out > today
    union all
    select b.id from domovoi.block b where b.company_id = p_company and b.unit_id = any (p_units)
      and b.check_out > today);
  foreach a in array let loop
    perform domovoi.vacate(a, today);
  end loop;
  perform domovoi.occupy(r) from domovoi.reservation r where r.company_id = p_company and r.unit_id = any (p_units)
    and r.check_out > today and r.status in ('hold', 'confirmed', 'checked_in', 'completed');
  perform domovoi.occupy(b) from domovoi.block b where b.company_id = p_company and b.unit_id = any (p_units)
    and b.check_out > today;
  foreach a in array let loop
    perform domovoi.occupy(a, greatest(a.starts_on, today), coalesce(a.terminated_on, a.ends_on));
  end loop;
end $$;

-- As in 0012, with the days of the agreement and not of one of its years.
create or replace function domovoi.unit_used_by(p_company int, p_unit uuid) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return coalesce((select coalesce(a.starts_on, o.check_in) || ' - ' || coalesce(a.terminated_on, a.ends_on, o.check_out)
      from domovoi.occupancy o left join domovoi.agreement a on a.company_id = o.company_id and a.id = o.source_id
      where o.company_id = p_company and o.unit_id = p_unit and o.check_out > domovoi.company_today(p_company)
      order by o.check_in limit 1),
    (select k.code from domovoi.unit k where k.company_id = p_company and k.parent_id = p_unit
      and k.archived_at is null order by k.code limit 1));
end $$;

-- As in 0009; a let unit is occupied, and so is a whole of which a part is let while another is blocked.
create or replace function domovoi.unit_status(p_company int, p_unit uuid, p_archived timestamptz, p_day date)
  returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare s text; kept boolean;
begin
  if p_archived is not null then return 'archived'; end if;
  -- uses do not overlap: only the one that began last can reach this day
  select o.source, o.sold or o.source <> 'reservation' into s, kept
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
     order by o.source = 'block' limit 1;
  end if;
  return case when s = 'block' then 'blocked' when s is not null then 'occupied' else 'free' end;
end $$;

-- As in 0009, with the same order.
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
         where r.company_id = c and r.status = 'hold' and r.hold_until <= domovoi.now() and r.check_in <= day
           and r.check_out > day
      ), used as materialized (
        select o.unit_id, o.source from domovoi.occupancy o
         where o.company_id = c and o.check_in <= day and o.check_out > day
           and o.check_in > day - (select max(x.check_out - x.check_in) from domovoi.occupancy x where x.company_id = c)
           and o.unit_id not in (select l.unit_id from lapsed l)
      ), up as (
        select u.parent_id, s.source from used s join domovoi.unit u on u.company_id = c and u.id = s.unit_id
         where u.parent_id is not null
        union
        select u.parent_id, p.source from up p join domovoi.unit u on u.company_id = c and u.id = p.parent_id
         where u.parent_id is not null
      )
      select c, s.unit_id, s.source from used s
      union all
      select c, p.parent_id, coalesce(max(p.source) filter (where p.source <> 'block'), 'block') from up p
       where not exists (select from used s where s.unit_id = p.parent_id) group by p.parent_id;
  end loop;
end $$;

-- ---- what stands against it ------------------------------------------------------------------------------------

create function domovoi.agreement_guard(p_guard text, r jsonb, out reason text, out detail text, out remedy text,
    out code text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  a domovoi.agreement := jsonb_populate_record(null::domovoi.agreement, r);
  u domovoi.unit; there record;
begin
  if p_guard is null then return; end if;
  code := 'DM011';
  if p_guard = 'ended' then
    if domovoi.company_today(a.company_id) < a.ends_on then
      reason := 'The agreement still runs.'; detail := a.ends_on::text;
    end if;
    return;
  elsif p_guard not in ('may_sign', 'may_renew') then
    reason := format('The guard %s is not known.', p_guard);
    return;
  end if;
  select * into u from domovoi.unit x where x.company_id = a.company_id and x.id = a.unit_id;
  if u.archived_at is not null then
    code := 'DM001'; reason := 'The unit is archived.'; detail := u.code; remedy := 'Restore the unit first.';
    return;
  elsif exists (select from domovoi.party p where p.company_id = a.company_id and p.id = a.party_id
      and p.status = 'blacklisted') then
    reason := 'The tenant is on the black list.'; remedy := 'Choose another tenant.';
    return;
  elsif not coalesce(domovoi.is_adult(a.company_id, a.party_id, domovoi.company_today(a.company_id)), true) then
    -- S0.10; without the day that would tell the birth date
    reason := 'The tenant is not of age.'; remedy := 'Let a parent or guardian be the tenant.';
    return;
  end if;
  there := case p_guard when 'may_sign' then domovoi.in_the_way(a.company_id, a.unit_id, a.starts_on, a.ends_on)
    else domovoi.in_the_way(a.company_id, a.unit_id, a.ends_on, a.ends_on + 1) end;
  if there.source is null then return; end if;
  code := 'DM004'; detail := u.code || ' ' || there.check_in || ' - ' || there.check_out;
  remedy := 'Choose other dates or another unit.';
  if there.source = 'agreement' then reason := 'The unit is let on these dates.';
  elsif there.source = 'block' then reason := 'The unit is blocked on these dates.';
  else reason := 'The unit is taken on these dates.'; end if;
end $$;

-- No transition leads from this state by this action: what is the case instead, and what would lead there.
create function domovoi.agreement_state_says(a domovoi.agreement, p_action text, out reason text, out detail text,
    out remedy text)
  language plpgsql stable set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  detail := a.status;
  if a.status = 'draft' then
    reason := 'The agreement is a draft.'; remedy := 'Sign it first.'; detail := null;
  elsif a.status = 'void' then
    reason := 'The agreement is void.'; remedy := 'Draw up a new one.'; detail := null;
  elsif a.status = 'terminated' then
    reason := 'The agreement has ended.'; remedy := 'Draw up a new one.'; detail := a.terminated_on::text;
  elsif a.status = 'expired' then
    reason := 'The agreement has run out.'; remedy := 'Renew it, or draw up a new one.'; detail := a.ends_on::text;
  elsif p_action = 'renew' then
    reason := 'The agreement still runs.'; remedy := 'Extend it instead.'; detail := a.ends_on::text;
  elsif p_action in ('sign', 'void') then
    reason := 'The agreement is signed already.'; remedy := 'Terminate it instead.';
  elsif p_action = 'withdraw_notice' then
    reason := 'No notice has been given.';
  elsif a.status = 'notice' then
    reason := 'Notice has been given.'; remedy := 'Withdraw the notice first.'; detail := a.notice_on::text;
  else
    reason := 'This is not possible in the present state.';
  end if;
end $$;

-- As the general one (0015), in this kind's own words and codes.
create function domovoi.agreement_refusal(r jsonb, p_action text, out code text, out reason text, out detail text,
    out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare a domovoi.record_action; t domovoi.fsm_transition; may text; g record;
begin
  select * into a from domovoi.record_action x where x.resource = 'agreement' and x.action = p_action;
  select * into t from domovoi.fsm_transition x where x.machine = 'agreement' and x.action = p_action
    and x.from_state = r ->> 'status' and x.permission is not null;
  may := coalesce(a.permission, (select min(x.permission) from domovoi.fsm_transition x where x.machine = 'agreement'
    and x.action = p_action));
  if may is null and not exists (select from domovoi.fsm_transition x where x.machine = 'agreement'
      and x.action = p_action) then
    code := 'DM007'; reason := 'There is no such action.'; detail := p_action;
  elsif may is null or not domovoi.has_permission(may) then
    code := 'DM005'; reason := 'You may not do this.'; detail := may;
    remedy := 'Ask the head of your company for the permission.';
  elsif a.action is null and t.machine is null or not coalesce(r ->> 'status' = any (a.states), true) then
    code := 'DM001';
    select s.reason, s.detail, s.remedy into reason, detail, remedy
      from domovoi.agreement_state_says(jsonb_populate_record(null::domovoi.agreement, r), p_action) s;
  else
    g := domovoi.agreement_guard(coalesce(t.guard, a.guard), r);
    if g.reason is not null then
      code := g.code; reason := g.reason; detail := g.detail; remedy := g.remedy;
    end if;
  end if;
end $$;

create function domovoi.agreement_line_guard(p_guard text, r jsonb, out reason text, out detail text, out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if p_guard <> 'draft' then
    reason := format('The guard %s is not known.', p_guard);
  elsif not exists (select from domovoi.agreement a where a.company_id = (r ->> 'company_id')::int
      and a.id = (r ->> 'agreement_id')::uuid and a.status = 'draft') then
    reason := 'What was signed changes only by an action.'; remedy := 'See what is possible: domovoi actions.';
  end if;
end $$;

-- ---- triggers --------------------------------------------------------------------------------------------------

create function domovoi.agreement_before() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare t domovoi.fsm_transition; no record;
begin
  new.updated_at := domovoi.now();
  if tg_op = 'UPDATE' or new.updated_by is null then new.updated_by := domovoi.my_user(); end if;
  if tg_op = 'INSERT' then
    perform domovoi.lock_units(new.company_id, array[new.unit_id]);
    perform domovoi.fsm_check('agreement', null, new.status, null);
    new.no := coalesce(new.no, domovoi.next_no(new.company_id, 'agreement'));
    new.version := 1; new.created_at := new.updated_at; new.created_by := new.updated_by;
  else
    perform domovoi.lock_units(new.company_id, array[old.unit_id, new.unit_id]);
    new.version := old.version + 1; new.no := old.no; new.currency := old.currency;
    new.created_at := old.created_at; new.created_by := old.created_by;
    -- the party may change: when two records of one human are merged
    if old.status <> 'draft' and (new.unit_id, new.starts_on) is distinct from (old.unit_id, old.starts_on) then
      perform domovoi.fail('DM001', 'What was signed changes only by an action.', 'status', old.status,
        'See what is possible: domovoi actions.');
    end if;
    if new.status <> old.status then
      t := domovoi.fsm_check('agreement', old.status, new.status, new.status_reason);
      no := domovoi.agreement_guard(t.guard, to_jsonb(old));
      if no.reason is not null then perform domovoi.fail(no.code, no.reason, null, no.detail, no.remedy); end if;
    end if;
  end if;
  -- a merge of these people, if one is on its way, comes first (0018); then the survivor is the party
  perform from domovoi.party p where p.company_id = new.company_id and p.id in (new.party_id, new.payer_id) for key share;
  new.party_id := domovoi.survivor(new.company_id, new.party_id);
  new.payer_id := domovoi.survivor(new.company_id, new.payer_id);
  select u.building_id, u.owner_id, coalesce(new.agent_id, u.agent_id) into new.building_id, new.owner_id, new.agent_id
    from domovoi.unit u where u.company_id = new.company_id and u.id = new.unit_id;
  return new;
end $$;

create function domovoi.agreement_after() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if tg_op = 'INSERT' or new.status <> old.status then
    insert into domovoi.status_event (company_id, machine, record_id, from_state, to_state, reason, by_user, at)
    values (new.company_id, 'agreement', new.id, case when tg_op = 'UPDATE' then old.status end, new.status,
      new.status_reason, new.updated_by, domovoi.now());
  end if;
  if tg_op = 'UPDATE' then perform domovoi.reoccupy(old, new); end if;
  perform domovoi.log_change(new.company_id, 'agreement', new.id, tg_op, new.version,
    case when tg_op = 'UPDATE' then domovoi.keys_of(to_jsonb(old)) end, domovoi.keys_of(to_jsonb(new)));
  return null;
end $$;

-- A line belongs where its agreement does.
create function domovoi.agreement_line_before() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  new.updated_at := domovoi.now(); new.updated_by := domovoi.my_user();
  if tg_op = 'UPDATE' then
    new.version := old.version + 1; new.created_at := old.created_at; new.created_by := old.created_by;
  else
    new.version := 1; new.created_at := new.updated_at; new.created_by := new.updated_by;
  end if;
  select a.unit_id, a.agent_id, a.building_id, a.owner_id into new.unit_id, new.agent_id, new.building_id, new.owner_id
    from domovoi.agreement a where a.company_id = new.company_id and a.id = new.agreement_id;
  return new;
end $$;

create function domovoi.late_fee_policy_before() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  new.updated_at := domovoi.now(); new.updated_by := domovoi.my_user();
  if tg_op = 'UPDATE' then
    new.version := old.version + 1; new.created_at := old.created_at; new.created_by := old.created_by;
  else
    new.version := 1; new.created_at := new.updated_at; new.created_by := new.updated_by;
  end if;
  return new;
end $$;

-- Its nights, its lines and its people follow the agreement.
create function domovoi.reoccupy(old domovoi.agreement, new domovoi.agreement) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare was date := coalesce(old.terminated_on, old.ends_on); till date := coalesce(new.terminated_on, new.ends_on);
begin
  if not domovoi.agreement_used(new.status) then
    delete from domovoi.occupancy o where o.company_id = new.company_id and o.source_id = new.id;
  elsif not domovoi.agreement_used(old.status) then
    perform domovoi.occupy(new, new.starts_on, till);
  elsif till > was then
    perform domovoi.occupy(new, was, till);
  elsif till < was then
    perform domovoi.vacate(new, till);
  end if;
  if (new.unit_id, new.agent_id, new.building_id, new.owner_id) is distinct from
      (old.unit_id, old.agent_id, old.building_id, old.owner_id) then
    update domovoi.agreement_line l set unit_id = new.unit_id
      where l.company_id = new.company_id and l.agreement_id = new.id;
    update domovoi.agreement_party p set agent_id = new.agent_id, building_id = new.building_id, owner_id = new.owner_id
      where p.company_id = new.company_id and p.agreement_id = new.id;
    update domovoi.occupancy o set agent_id = new.agent_id
      where o.company_id = new.company_id and o.source_id = new.id and new.agent_id is not null;
  end if;
end $$;

-- Where an agreement belongs is where its unit does. A trigger of its own on unit: after that of 0003, which gives the
-- nights of a unit to the unit's agent.
create function domovoi.unit_agreements() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  update domovoi.agreement a set unit_id = a.unit_id where a.company_id = new.company_id and a.unit_id = new.id
    and (a.building_id, a.owner_id) is distinct from (new.building_id, new.owner_id);
  update domovoi.occupancy o set agent_id = a.agent_id from domovoi.agreement a
    where o.company_id = new.company_id and o.unit_id = new.id and o.source = 'agreement' and a.agent_id is not null
      and a.company_id = o.company_id and a.id = o.source_id and o.agent_id is distinct from a.agent_id;
  return null;
end $$;

-- ---- drawing it up ---------------------------------------------------------------------------------------------

create function domovoi.agreement_late_fee(p_company int, p_key text) returns uuid
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare id uuid := (domovoi.locate('late_fee_policy', p_company, p_key)).id;
begin
  if p_key is not null and id is null then
    perform domovoi.fail('DM007', 'There is no such record.', 'late_fee', p_key);
  end if;
  return id;
end $$;

create function domovoi.agreement_check(a domovoi.agreement) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.must_have(to_jsonb(a), 'unit_id', 'party_id', 'starts_on', 'ends_on', 'rent');
  if a.ends_on <= a.starts_on then
    perform domovoi.fail('DM007', 'The agreement must end after it begins.', 'ends_on', a.ends_on::text);
  elsif a.ends_on - a.starts_on > 18263 then
    perform domovoi.fail('DM007', 'The value is not valid.', 'ends_on', a.ends_on::text);
  end if;
end $$;

-- Rent and currency are those of the unit's offer for long rent where none are told.
create function domovoi.agreement_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.agreement; o domovoi.offering; u domovoi.unit; s jsonb; m record := domovoi.me();
begin
  select x.* into o from domovoi.offering x where x.company_id = p_company and x.mode = 'long_rent'
    and x.price_per = 'month' and x.price > 0 and x.unit_id = (domovoi.locate('unit', p_company, p_set ->> 'unit')).id;
  s := domovoi.read_set('agreement', p_company, p_set, 'create', coalesce(nullif(p_set ->> 'currency', ''), o.currency,
    (select c.currency from domovoi.company c where c.id = p_company)));
  r := jsonb_populate_record(null::domovoi.agreement, s);
  r.company_id := p_company; r.id := p_id; r.status := 'draft';
  r.currency := coalesce(r.currency, o.currency, (select c.currency from domovoi.company c where c.id = p_company));
  r.rent := coalesce(r.rent, case when o.currency = r.currency then o.price end);
  perform domovoi.agreement_check(r);
  perform domovoi.lock_units(p_company, array[r.unit_id]);
  perform domovoi.unit_must_live(p_company, r.unit_id);
  select * into u from domovoi.unit x where x.company_id = p_company and x.id = r.unit_id;
  r.agent_id := coalesce(r.agent_id, case m.scope when 'own' then m.user_id else u.agent_id end);
  perform domovoi.must_reach(p_company, r.agent_id, u.building_id, u.owner_id);
  insert into domovoi.agreement (company_id, id, kind, unit_id, party_id, payer_id, agent_id, starts_on, ends_on,
      due_day, currency, rent, deposit, index_bp, index_month, notice_days, late_fee_id, terms, external_id)
    values (p_company, p_id, coalesce(r.kind, 'lease'), r.unit_id, r.party_id, r.payer_id, r.agent_id, r.starts_on,
      r.ends_on, coalesce(r.due_day, 1), r.currency, r.rent, coalesce(r.deposit, 0), coalesce(r.index_bp, 0),
      r.index_month, coalesce(r.notice_days, 30), domovoi.agreement_late_fee(p_company, s ->> 'late_fee'), r.terms,
      r.external_id);
  insert into domovoi.agreement_line (company_id, agreement_id, unit_id, kind, amount, from_on, to_on)
    values (p_company, p_id, r.unit_id, 'rent', r.rent, r.starts_on, r.ends_on);
end $$;

-- The row as it shall be; of a draft, what runs from its first or to its last day moves with them, and the first rent
-- is the agreement's.
create function domovoi.put_agreement(was domovoi.agreement, n domovoi.agreement) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if n.status = 'draft' and (was.starts_on, was.ends_on) is distinct from (n.starts_on, n.ends_on) then
    if exists (select from domovoi.agreement_line l where l.company_id = n.company_id and l.agreement_id = n.id
        and not (n.starts_on <= case when l.from_on = was.starts_on then n.starts_on else l.from_on end
          and case when l.from_on = was.starts_on then n.starts_on else l.from_on end
            < case when l.to_on = was.ends_on then n.ends_on else l.to_on end
          and case when l.to_on = was.ends_on then n.ends_on else l.to_on end <= n.ends_on)) then
      perform domovoi.fail('DM011', 'A line of the agreement lies outside these dates.', 'ends_on', null,
        'Change its lines first.');
    end if;
  end if;
  if n.status = 'draft' and (was.starts_on, was.ends_on, was.rent) is distinct from (n.starts_on, n.ends_on, n.rent)
  then
    update domovoi.agreement_line l set
        from_on = case when l.from_on = was.starts_on then n.starts_on else l.from_on end,
        to_on = case when l.to_on = was.ends_on then n.ends_on else l.to_on end,
        amount = case when l.kind = 'rent' and l.from_on = was.starts_on then n.rent else l.amount end
      where l.company_id = n.company_id and l.agreement_id = n.id;
  end if;
  update domovoi.agreement a set unit_id = n.unit_id, party_id = n.party_id, payer_id = n.payer_id,
      agent_id = n.agent_id, starts_on = n.starts_on, ends_on = n.ends_on, status = n.status,
      status_reason = n.status_reason, notice_on = n.notice_on, due_day = n.due_day, rent = n.rent, deposit = n.deposit,
      index_bp = n.index_bp, index_month = n.index_month, notice_days = n.notice_days, late_fee_id = n.late_fee_id,
      terms = n.terms
    where a.company_id = n.company_id and a.id = n.id;
end $$;

-- What of an agreement in force may be edited: how it is handled, not what was agreed.
create function domovoi.agreement_soft() returns text[]
  language sql immutable set search_path = pg_catalog, pg_temp
  as $$ select '{payer_id,agent_id,due_day,late_fee_id,terms}'::text[] $$;

create function domovoi.agreement_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.agreement; n domovoi.agreement; s jsonb; fixed text;
begin
  select * into r from domovoi.agreement x where x.company_id = p_company and x.id = p_id;
  perform domovoi.check_version(p_base, r.version);
  s := domovoi.read_set('agreement', p_company, p_set, 'patch', r.currency);
  if s = '{}' then return; end if;
  n := jsonb_populate_record(r, s);
  if s ? 'late_fee' then n.late_fee_id := domovoi.agreement_late_fee(p_company, s ->> 'late_fee'); end if;
  perform domovoi.agreement_check(n);
  fixed := (select min(x.key) from jsonb_each(to_jsonb(n)) x where to_jsonb(r) -> x.key is distinct from x.value
    and (r.status = 'void' or r.status <> 'draft' and x.key <> all (domovoi.agreement_soft())));
  if fixed is not null then
    perform domovoi.fail('DM001', 'What was signed changes only by an action.', regexp_replace(fixed, '_id$', ''),
      r.status, 'See what is possible: domovoi actions.');
  end if;
  perform domovoi.must_reach(p_company, coalesce(n.agent_id, u.agent_id), u.building_id, u.owner_id) from domovoi.unit u
    where u.company_id = p_company and u.id = n.unit_id;
  perform domovoi.put_agreement(r, n);
end $$;

-- Taken back: a draft and its changes, notice and its withdrawal, and what may be edited later. What was signed is not:
-- others rely on it.
create function domovoi.agreement_restore(p_company int, p_id uuid, p_now jsonb, p_old jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  was domovoi.agreement := jsonb_populate_record(null::domovoi.agreement, p_now);
  n domovoi.agreement; moved text[]; ok boolean;
begin
  moved := array(select x.key from jsonb_each(p_now) x where p_old is not null
    and p_old -> x.key is distinct from x.value and x.key not in ('version', 'updated_at', 'updated_by'));
  if p_old is null then
    n := was; n.status := 'void'; n.status_reason := 'undone'; ok := was.status = 'draft';
  else
    n := jsonb_populate_record(null::domovoi.agreement, p_old);
    ok := cardinality(moved) > 0 and case
      when was.status in ('draft', 'void') and n.status in ('draft', 'void') then true
      when was.status in ('active', 'notice') and n.status in ('active', 'notice') and was.status <> n.status then true
      else moved <@ domovoi.agreement_soft() end;
  end if;
  if not ok and was.status = 'draft' then
    perform domovoi.fail('DM001', 'This cannot be taken back any more.', 'undo', null, 'Change it by hand.');
  elsif not ok then
    perform domovoi.fail('DM001', 'What was signed is not taken back.', null, null, 'Change it by an action.');
  end if;
  perform domovoi.put_agreement(was, n);
end $$;

reset role;

create trigger rules before insert or update on domovoi.agreement for each row execute function
  domovoi.agreement_before();
create trigger effects after insert or update on domovoi.agreement for each row execute function
  domovoi.agreement_after();
create trigger rules before insert or update on domovoi.agreement_line for each row execute function
  domovoi.agreement_line_before();
create trigger effects after insert or update or delete on domovoi.agreement_line for each row execute function
  domovoi.record_after('agreement_line');
create trigger rules before insert or update on domovoi.late_fee_policy for each row execute function
  domovoi.late_fee_policy_before();
create trigger effects after insert or update on domovoi.late_fee_policy for each row execute function
  domovoi.record_after('late_fee_policy');
create trigger tenancies after update on domovoi.unit for each row
  when ((new.building_id, new.agent_id, new.owner_id) is distinct from (old.building_id, old.agent_id, old.owner_id))
  execute function domovoi.unit_agreements();
create trigger append_only before update or delete or truncate on domovoi.agreement_event execute function
  domovoi.append_only();

set local role domovoi_rules;

-- ---- actions: one function each, domovoi.agreement_do_<action>(company, id, args, row as it was) ---------------

create function domovoi.agreement_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin execute format('select domovoi.%I($1, $2, $3, $4)', 'agreement_do_' || p_action)
    using p_company, p_id, p_args, p_was; end $$;

-- A day among the arguments; p_default if it is not given, an error if it is none or there is no default.
create function domovoi.agreement_day(p_args jsonb, p_name text, p_default date) returns date
  language plpgsql immutable set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare v text := nullif(trim(p_args ->> p_name), '');
begin
  if v is null and p_default is null then
    perform domovoi.fail('DM007', 'A value is required.', p_name);
  elsif v is not null and not domovoi.is_date(v) then
    perform domovoi.fail('DM007', 'The value is not valid.', p_name, left(v, 100), 'Write dates as YYYY-MM-DD.');
  end if;
  return coalesce(v::date, p_default);
end $$;

-- A whole number among the arguments, or null.
create function domovoi.agreement_number(p_args jsonb, p_name text, p_least bigint, p_most bigint) returns bigint
  language plpgsql immutable set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare v text := nullif(trim(p_args ->> p_name), '');
begin
  if v is not null and not coalesce(v ~ '^\d{1,16}$' and v::bigint between p_least and p_most, false) then
    perform domovoi.fail('DM007', 'The value is not valid.', p_name, left(v, 100), case when v !~ '^\d+$'
      then 'Give a whole number.' when p_name = 'bp' then 'At most 100 %: bp=10 is ten percent.' end);
  end if;
  return v::bigint;
end $$;

create function domovoi.agreement_told(p_company int, p_id uuid, p_kind text, p_before jsonb, p_after jsonb)
  returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  insert into domovoi.agreement_event (company_id, agreement_id, kind, before, after, by_user, at)
    values (p_company, p_id, p_kind, p_before, p_after, domovoi.my_user(), domovoi.now());
end $$;

create function domovoi.agreement_do_sign(p_company int, p_id uuid, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin update domovoi.agreement a set status = 'active', signed_at = domovoi.now(), status_reason = null
    where a.company_id = p_company and a.id = p_id; end $$;

create function domovoi.agreement_do_void(p_company int, p_id uuid, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin update domovoi.agreement a set status = 'void', status_reason = nullif(trim(p_args ->> 'reason'), '')
    where a.company_id = p_company and a.id = p_id; end $$;

create function domovoi.agreement_do_give_notice(p_company int, p_id uuid, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare today date := domovoi.company_today(p_company); day date := domovoi.agreement_day(p_args, 'on', today);
begin
  if day > today then
    perform domovoi.fail('DM007', 'The day has not come yet.', 'on', day::text);
  end if;
  update domovoi.agreement a set status = 'notice', notice_on = day, status_reason = trim(p_args ->> 'reason')
    where a.company_id = p_company and a.id = p_id;
end $$;

create function domovoi.agreement_do_withdraw_notice(p_company int, p_id uuid, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin update domovoi.agreement a set status = 'active', notice_on = null, status_reason = null
    where a.company_id = p_company and a.id = p_id; end $$;

-- Its nights from that day on are free at once, its lines end; what was spent and owed stays.
create function domovoi.agreement_do_terminate(p_company int, p_id uuid, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  a domovoi.agreement := jsonb_populate_record(null::domovoi.agreement, p_was);
  day date := domovoi.agreement_day(p_args, 'on', domovoi.company_today(p_company));
begin
  if day < a.starts_on then
    perform domovoi.fail('DM011', 'An agreement does not end before it begins.', 'on', a.starts_on::text,
      'Give on=DAY, its first day or later.');
  elsif day > a.ends_on then
    perform domovoi.fail('DM011', 'The agreement ends before that day.', 'on', a.ends_on::text,
      'Extend it, or let it run out.');
  end if;
  delete from domovoi.agreement_line l where l.company_id = p_company and l.agreement_id = p_id and l.from_on >= day;
  update domovoi.agreement_line l set to_on = day where l.company_id = p_company and l.agreement_id = p_id
    and l.to_on > day;
  update domovoi.agreement x set status = 'terminated', terminated_on = day, status_reason = trim(p_args ->> 'reason')
    where x.company_id = p_company and x.id = p_id;
end $$;

-- To a later end, and the lines that ran to the old one with it; occupying the nights (I1) is the trigger's.
create function domovoi.agreement_prolong(a domovoi.agreement, p_args jsonb, p_kind text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare till date := domovoi.agreement_day(p_args, 'until', null);
begin
  if till <= a.ends_on then
    perform domovoi.fail('DM007', 'The new end is not after the old one.', 'until', a.ends_on::text,
      'To end it earlier, terminate it.');
  elsif till - a.starts_on > 18263 then
    perform domovoi.fail('DM007', 'The value is not valid.', 'until', till::text);
  end if;
  update domovoi.agreement x set ends_on = till, status = 'active', notice_on = null, status_reason = null
    where x.company_id = a.company_id and x.id = a.id;
  update domovoi.agreement_line l set to_on = till where l.company_id = a.company_id and l.agreement_id = a.id
    and l.to_on = a.ends_on;
  perform domovoi.agreement_told(a.company_id, a.id, p_kind, jsonb_build_object('ends_on', a.ends_on),
    jsonb_build_object('ends_on', till));
end $$;

create function domovoi.agreement_do_extend(p_company int, p_id uuid, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.agreement_prolong(jsonb_populate_record(null::domovoi.agreement, p_was), p_args,
    'extended'); end $$;

create function domovoi.agreement_do_renew(p_company int, p_id uuid, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.agreement_prolong(jsonb_populate_record(null::domovoi.agreement, p_was), p_args,
    'renewed'); end $$;

-- One line gives way to another from that day on; amount 0: to none. p_line null: there was none.
create function domovoi.agreement_turn(a domovoi.agreement, p_event text, p_line domovoi.agreement_line, p_kind text,
    p_amount bigint, p_from date) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  till date := coalesce(p_line.to_on, (select min(l.from_on) from domovoi.agreement_line l
    where l.company_id = a.company_id and l.agreement_id = a.id and l.kind = p_kind and l.from_on > p_from), a.ends_on);
begin
  if p_line.from_on = p_from and p_amount > 0 then
    update domovoi.agreement_line l set amount = p_amount where l.company_id = a.company_id and l.id = p_line.id;
  elsif p_line.from_on = p_from then
    delete from domovoi.agreement_line l where l.company_id = a.company_id and l.id = p_line.id;
  else
    update domovoi.agreement_line l set to_on = p_from where l.company_id = a.company_id and l.id = p_line.id;
  end if;
  if p_amount > 0 and p_line.from_on is distinct from p_from then
    insert into domovoi.agreement_line (company_id, agreement_id, unit_id, kind, amount, from_on, to_on, note)
      values (a.company_id, a.id, a.unit_id, p_kind, p_amount, p_from, till, p_line.note);
  end if;
  perform domovoi.agreement_told(a.company_id, a.id, p_event, jsonb_strip_nulls(jsonb_build_object('kind', p_kind,
    'amount', p_line.amount)), jsonb_build_object('kind', p_kind, 'amount', p_amount, 'from_on', p_from));
  update domovoi.agreement x set terms = x.terms where x.company_id = a.company_id and x.id = a.id; -- a new version
end $$;

-- The line of a kind that runs on that day; null if none does.
create function domovoi.agreement_running(a domovoi.agreement, p_kind text, p_on date) returns domovoi.agreement_line
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.agreement_line; n int;
begin
  select count(*) into n from domovoi.agreement_line l where l.company_id = a.company_id and l.agreement_id = a.id
    and l.kind = p_kind and l.from_on <= p_on and l.to_on > p_on;
  if n > 1 then
    perform domovoi.fail('DM011', 'Several lines of this kind run on that day.', 'line', p_kind,
      'Name one of them: line=ID.');
  end if;
  select * into r from domovoi.agreement_line l where l.company_id = a.company_id and l.agreement_id = a.id
    and l.kind = p_kind and l.from_on <= p_on and l.to_on > p_on;
  return r;
end $$;

create function domovoi.agreement_must_run(a domovoi.agreement, p_on date) returns void
  language plpgsql immutable set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if p_on < a.starts_on or p_on >= a.ends_on then
    perform domovoi.fail('DM011', 'The agreement does not run on that day.', 'from', a.starts_on || ' - ' || a.ends_on);
  end if;
end $$;

-- domain.md §2.6: yearly indexation. Half-up, once, of the rent that runs; later rents stand in the way.
create function domovoi.agreement_do_index(p_company int, p_id uuid, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  a domovoi.agreement := jsonb_populate_record(null::domovoi.agreement, p_was);
  today date := domovoi.company_today(p_company);
  bp bigint := coalesce(domovoi.agreement_number(p_args, 'bp', 1, 10000), nullif(a.index_bp, 0));
  day date := domovoi.agreement_day(p_args, 'from', (select min(m)::date from generate_series(0, 12) i
    cross join lateral (select date_trunc('month', today::timestamp) + make_interval(months => i) as m) x
    where extract(month from m) = a.index_month and m::date >= today));
  l domovoi.agreement_line;
begin
  if bp is null then perform domovoi.fail('DM007', 'A value is required.', 'bp'); end if;
  perform domovoi.agreement_must_run(a, day);
  l := domovoi.agreement_running(a, 'rent', day);
  if l.from_on = day or exists (select from domovoi.agreement_line x where x.company_id = p_company
      and x.agreement_id = p_id and x.kind = 'rent' and x.from_on > day) then
    perform domovoi.fail('DM011', 'A rent from that day or a later one is set already.', 'from', (select
      max(x.from_on)::text from domovoi.agreement_line x where x.company_id = p_company and x.agreement_id = p_id
      and x.kind = 'rent'), 'Change the line instead.');
  end if;
  perform domovoi.agreement_turn(a, 'indexed', l, 'rent', round(l.amount::numeric * (10000 + bp) / 10000)::bigint, day);
end $$;

create function domovoi.agreement_do_change_line(p_company int, p_id uuid, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  a domovoi.agreement := jsonb_populate_record(null::domovoi.agreement, p_was);
  amount bigint := coalesce(domovoi.agreement_number(p_args, 'amount_minor', 0, 9007199254740991),
    domovoi.agreement_number(p_args, 'amount', 0, 9007199254740991));
  day date := domovoi.agreement_day(p_args, 'from', greatest(domovoi.company_today(p_company), a.starts_on));
  what text := p_args ->> 'kind';
  l domovoi.agreement_line;
begin
  if p_args ->> 'line' is not null then
    select * into l from domovoi.agreement_line x where x.company_id = p_company and x.agreement_id = p_id
      and x.id = (domovoi.locate('agreement_line', p_company, p_args ->> 'line')).id and x.from_on <= day
      and x.to_on > day;
    if not found then
      perform domovoi.fail('DM007', 'There is no such record.', 'line', left(p_args ->> 'line', 100));
    end if;
    what := l.kind;
  end if;
  if what is null or amount is null then
    perform domovoi.fail('DM007', 'A value is required.', case when what is null then 'kind' else 'amount' end);
  elsif what not in ('rent', 'utilities', 'parking', 'service') then
    perform domovoi.fail('DM007', 'The value is not valid.', 'kind', left(what, 100));
  end if;
  perform domovoi.agreement_must_run(a, day);
  if l.id is null then l := domovoi.agreement_running(a, what, day); end if;
  if amount = 0 and (what = 'rent' or l.id is null) then
    perform domovoi.fail('DM007', 'The value is not valid.', 'amount', '0');
  end if;
  perform domovoi.agreement_turn(a, 'line_changed', l, what, amount, day);
end $$;

-- Who else is bound by it, since when; the same human once in a role.
create function domovoi.agreement_do_add_party(p_company int, p_id uuid, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  a domovoi.agreement := jsonb_populate_record(null::domovoi.agreement, p_was);
  who uuid := domovoi.reference('party', p_company, p_args ->> 'party');
  what text := coalesce(nullif(p_args ->> 'role', ''), 'co_tenant');
  day date := domovoi.agreement_day(p_args, 'since', a.starts_on);
begin
  if who is null then
    perform domovoi.fail('DM007', 'There is no such record.', 'party', left(p_args ->> 'party', 100));
  elsif what not in ('co_tenant', 'guarantor') then
    perform domovoi.fail('DM007', 'The value is not valid.', 'role', left(what, 100));
  elsif who = a.party_id or exists (select from domovoi.agreement_party x where x.company_id = p_company
      and x.agreement_id = p_id and x.party_id = who and x.role = what and x.until is null) then
    perform domovoi.fail('DM011', 'That party is bound by the agreement already.', 'party');
  end if;
  insert into domovoi.agreement_party as x (company_id, agreement_id, party_id, role, since, agent_id, building_id,
      owner_id)
    values (p_company, p_id, who, what, day, a.agent_id, a.building_id, a.owner_id)
    on conflict (company_id, agreement_id, party_id, role) do update set since = excluded.since, until = null;
  update domovoi.agreement x set terms = x.terms where x.company_id = p_company and x.id = p_id;
end $$;

create function domovoi.agreement_do_remove_party(p_company int, p_id uuid, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  who uuid := domovoi.reference('party', p_company, p_args ->> 'party');
  what text := nullif(p_args ->> 'role', '');
  day date := domovoi.agreement_day(p_args, 'on', domovoi.company_today(p_company));
begin
  update domovoi.agreement_party x set until = greatest(day, x.since) where x.company_id = p_company
    and x.agreement_id = p_id and x.party_id = who and x.until is null and (what is null or x.role = what);
  if not found then
    perform domovoi.fail('DM007', 'There is no such record.', 'party', left(p_args ->> 'party', 100));
  end if;
  update domovoi.agreement x set terms = x.terms where x.company_id = p_company and x.id = p_id;
end $$;

-- The system's: what ran out. The worker calls it; charges and arrears stay on the account.
create function domovoi.expire_agreements(p_company int) returns int
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare today date := domovoi.company_today(p_company); n int;
begin
  perform domovoi.lock_units(p_company, array(select a.unit_id from domovoi.agreement a where a.company_id = p_company
    and a.status in ('active', 'notice') and a.ends_on <= today));
  update domovoi.agreement a set status = 'expired' where a.company_id = p_company and a.status in ('active', 'notice')
    and a.ends_on <= today;
  get diagnostics n = row_count;
  return n;
end $$;

-- ---- lines -----------------------------------------------------------------------------------------------------

-- Within the agreement's days, one rent at a time (I23; said before the constraint says it of the unit).
create function domovoi.agreement_line_check(a domovoi.agreement, l domovoi.agreement_line) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if l.from_on < a.starts_on or l.to_on > a.ends_on or l.from_on >= l.to_on then
    perform domovoi.fail('DM011', 'A line lies within the days of its agreement.', 'from_on',
      a.starts_on || ' - ' || a.ends_on);
  elsif l.kind = 'rent' and exists (select from domovoi.agreement_line x where x.company_id = a.company_id
      and x.agreement_id = a.id and x.kind = 'rent' and x.id <> l.id and x.from_on < l.to_on
      and x.to_on > l.from_on) then
    perform domovoi.fail('DM011', 'There is one rent at a time.', 'from_on', null, 'End the other line first.');
  end if;
end $$;

create function domovoi.agreement_line_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  a domovoi.agreement; l domovoi.agreement_line; s jsonb;
  at uuid := (domovoi.locate('agreement', p_company, p_set ->> 'agreement')).id;
begin
  if at is not null then
    perform domovoi.check_reach('agreement', p_company, at);
    perform domovoi.lock_record('agreement', p_company, at);
  elsif coalesce(p_set ->> 'agreement', '') <> '' then
    perform domovoi.fail('DM007', 'There is no such record.', 'agreement', left(p_set ->> 'agreement', 100));
  end if;
  select * into a from domovoi.agreement x where x.company_id = p_company and x.id = at;
  s := domovoi.read_set('agreement_line', p_company, p_set, 'create', a.currency);
  perform domovoi.must_have(s, 'agreement', 'kind', 'amount');
  if a.status not in ('draft', 'active', 'notice') then
    perform domovoi.fail('DM001', 'The agreement has ended.', 'agreement', a.status);
  elsif a.status <> 'draft' then
    perform domovoi.require('agreement.sign');
  end if;
  l := jsonb_populate_record(null::domovoi.agreement_line, s);
  l.id := p_id;
  l.from_on := coalesce(l.from_on, case a.status when 'draft' then a.starts_on
    else greatest(a.starts_on, domovoi.company_today(p_company)) end);
  l.to_on := coalesce(l.to_on, a.ends_on);
  perform domovoi.agreement_line_check(a, l);
  insert into domovoi.agreement_line (company_id, id, agreement_id, unit_id, kind, amount, from_on, to_on, note)
    values (p_company, p_id, at, a.unit_id, l.kind, l.amount, l.from_on, l.to_on, l.note);
  if a.status <> 'draft' then
    perform domovoi.agreement_told(p_company, at, 'line_changed', '{}',
      jsonb_build_object('kind', l.kind, 'amount', l.amount, 'from_on', l.from_on));
  end if;
end $$;

create function domovoi.agreement_of(l domovoi.agreement_line) returns domovoi.agreement
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare a domovoi.agreement;
begin
  select * into a from domovoi.agreement x where x.company_id = l.company_id and x.id = l.agreement_id;
  return a;
end $$;

-- Of a draft's: the first rent is the agreement's.
create function domovoi.put_agreement_line(a domovoi.agreement, l domovoi.agreement_line) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.agreement_line_check(a, l);
  update domovoi.agreement_line x set amount = l.amount, from_on = l.from_on, to_on = l.to_on, note = l.note
    where x.company_id = l.company_id and x.id = l.id;
  if l.kind = 'rent' and l.from_on = a.starts_on and l.amount <> a.rent then
    update domovoi.agreement x set rent = l.amount where x.company_id = a.company_id and x.id = a.id;
  end if;
end $$;

create function domovoi.agreement_line_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare l domovoi.agreement_line; n domovoi.agreement_line; a domovoi.agreement; s jsonb;
begin
  select * into l from domovoi.agreement_line x where x.company_id = p_company and x.id = p_id;
  a := domovoi.agreement_of(l);
  perform domovoi.check_version(p_base, l.version);
  s := domovoi.read_set('agreement_line', p_company, p_set, 'patch', a.currency);
  if s = '{}' then return; end if;
  n := jsonb_populate_record(l, s);
  perform domovoi.must_have(to_jsonb(n), 'amount', 'from_on', 'to_on');
  if a.status <> 'draft' and (n.amount, n.from_on, n.to_on) is distinct from (l.amount, l.from_on, l.to_on) then
    perform domovoi.fail('DM001', 'What was signed changes only by an action.', 'amount', a.status,
      'See what is possible: domovoi actions.');
  end if;
  perform domovoi.put_agreement_line(a, n);
end $$;

create function domovoi.agreement_line_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb)
  returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin delete from domovoi.agreement_line l where l.company_id = p_company and l.id = p_id; end $$;

create function domovoi.agreement_line_restore(p_company int, p_id uuid, p_now jsonb, p_old jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare l domovoi.agreement_line := jsonb_populate_record(null::domovoi.agreement_line, coalesce(p_old, p_now));
  a domovoi.agreement := domovoi.agreement_of(l);
begin
  if a.status <> 'draft' then
    perform domovoi.fail('DM001', 'What was signed is not taken back.', null, null, 'Change it by an action.');
  elsif p_old is null then
    delete from domovoi.agreement_line x where x.company_id = p_company and x.id = p_id;
  elsif p_now is null then
    perform domovoi.check_reach('agreement', p_company, a.id);
    perform domovoi.agreement_line_check(a, l);
    insert into domovoi.agreement_line (company_id, id, agreement_id, unit_id, kind, amount, from_on, to_on, note)
      values (p_company, p_id, a.id, a.unit_id, l.kind, l.amount, l.from_on, l.to_on, l.note);
  else
    perform domovoi.put_agreement_line(a, l);
  end if;
end $$;

create function domovoi.agreement_line_label(r jsonb) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (select a.no from domovoi.agreement a where a.company_id = (r ->> 'company_id')::int
    and a.id = (r ->> 'agreement_id')::uuid) || ' ' || (r ->> 'kind') || ' ' || (r ->> 'from_on'); end $$;

-- ---- late fee policies -----------------------------------------------------------------------------------------

create function domovoi.put_late_fee_policy(p_company int, p_id uuid, p_base int, p_set jsonb, p_new boolean)
  returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  r domovoi.late_fee_policy;
  s jsonb := domovoi.read_set('late_fee_policy', p_company, p_set, case when p_new then 'create' else 'patch' end,
    (select c.currency from domovoi.company c where c.id = p_company));
begin
  select * into r from domovoi.late_fee_policy x where x.company_id = p_company and x.id = p_id;
  perform domovoi.check_version(p_base, r.version);
  r := jsonb_populate_record(r, s);
  if s ? 'from_kinds_text' then
    r.from_kinds := string_to_array(replace(s ->> 'from_kinds_text', ' ', ''), ',');
  end if;
  r.from_kinds := coalesce(r.from_kinds, '{rent}');
  perform domovoi.must_have(to_jsonb(r), 'name', 'kind');
  if not r.from_kinds <@ array['rent', 'utilities', 'service', 'stay', 'deposit', 'adjustment', 'parking'] then
    perform domovoi.fail('DM007', 'The value is not valid.', 'from_kinds', left(s ->> 'from_kinds_text', 100));
  elsif r.kind = 'fixed' and coalesce(r.amount, 0) = 0 or r.kind = 'bp_per_day' and coalesce(r.bp, 0) = 0 then
    perform domovoi.fail('DM007', 'A value is required.', case r.kind when 'fixed' then 'amount' else 'rate' end);
  end if;
  insert into domovoi.late_fee_policy as x (company_id, id, name, grace_days, kind, amount, bp, cap_bp, from_kinds)
    values (p_company, p_id, r.name, coalesce(r.grace_days, 0), r.kind, coalesce(r.amount, 0), coalesce(r.bp, 0),
      coalesce(r.cap_bp, 10000), r.from_kinds)
    on conflict (company_id, id) do update set name = excluded.name, grace_days = excluded.grace_days,
      kind = excluded.kind, amount = excluded.amount, bp = excluded.bp, cap_bp = excluded.cap_bp,
      from_kinds = excluded.from_kinds;
end $$;
create function domovoi.late_fee_policy_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.put_late_fee_policy(p_company, p_id, null, p_set, true); end $$;
create function domovoi.late_fee_policy_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.put_late_fee_policy(p_company, p_id, p_base, p_set, false); end $$;

-- As in 0004: it answers for stays and blocks; of a let unit the full way says more.
create or replace function domovoi.too_late(p_company int, p_scope text, p_role text, p_user uuid, p_set jsonb)
  returns jsonb
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
         where o.company_id = u.company_id and o.unit_id = u.id and o.source <> 'agreement' and o.check_in < b
           and o.check_in > a - 367
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

-- ---- doors -----------------------------------------------------------------------------------------------------

create function act.agreement_sign(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('agreement', id, version, 'sign', jsonb_build_object()) $$;
create function act.agreement_void(id text, version int default null, reason text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('agreement', id, version, 'void', jsonb_build_object('reason', reason)) $$;
create function act.agreement_give_notice(id text, version int default null,
    reason text default null, "on" date default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('agreement', id, version, 'give_notice', jsonb_build_object('reason', reason, 'on', "on")) $$;
create function act.agreement_withdraw_notice(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('agreement', id, version, 'withdraw_notice', jsonb_build_object()) $$;
create function act.agreement_terminate(id text, version int default null,
    reason text default null, "on" date default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('agreement', id, version, 'terminate', jsonb_build_object('reason', reason, 'on', "on")) $$;
create function act.agreement_renew(id text, version int default null, until date default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('agreement', id, version, 'renew', jsonb_build_object('until', until)) $$;
create function act.agreement_extend(id text, version int default null, until date default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('agreement', id, version, 'extend', jsonb_build_object('until', until)) $$;
create function act.agreement_index(id text, version int default null, bp int default null, "from" date default null)
  returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('agreement', id, version, 'index', jsonb_build_object('bp', bp, 'from', "from")) $$;
create function act.agreement_change_line(id text, version int default null,
    kind text default null, amount_minor bigint default null, "from" date default null,
    line text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('agreement', id, version, 'change_line', jsonb_build_object('kind', kind,
    'amount_minor', amount_minor, 'from', "from", 'line', line)) $$;
create function act.agreement_add_party(id text, version int default null,
    party text default null, role text default null, since date default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('agreement', id, version, 'add_party', jsonb_build_object('party', party,
    'role', role, 'since', since)) $$;
create function act.agreement_remove_party(id text, version int default null,
    party text default null, role text default null, "on" date default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('agreement', id, version, 'remove_party', jsonb_build_object('party', party,
    'role', role, 'on', "on")) $$;
create function act.agreement_line_delete(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('agreement_line', id, version, 'delete', '{}') $$;
do $$
declare f regprocedure;
begin
  for f in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'act'::regnamespace
      and p.proname ~ '^agreement_' loop
    execute format('grant execute on function %s to domovoi_staff', f);
  end loop;
end $$;

reset role;
set local role domovoi_owner;

-- ---- views -----------------------------------------------------------------------------------------------------

create view api.agreements with (security_invoker) as
  select a.id, a.company_id as company, a.no, a.external_id, a.kind, a.unit_id as unit, u.title as unit_label,
    a.party_id as party, p.name as party_label, a.payer_id as payer, y.name as payer_label, a.agent_id as agent,
    g.display_name as agent_label, a.building_id as building, b.name as building_label, a.starts_on, a.ends_on,
    case when a.status in ('active', 'notice') then a.ends_on - (select domovoi.my_today()) end as days_left,
    a.status, a.status_reason, a.signed_at, a.notice_on, a.terminated_on, a.rent as rent_minor,
    (select l.amount from domovoi.agreement_line l where l.company_id = a.company_id and l.agreement_id = a.id
      and l.kind = 'rent' and l.from_on <= (select domovoi.my_today()) and l.to_on > (select domovoi.my_today()))
      as rent_now_minor,
    a.deposit as deposit_minor, a.currency, a.due_day, a.index_bp, a.index_month, a.notice_days,
    a.late_fee_id as late_fee, f.name as late_fee_label,
    (select string_agg(x.name, ', ' order by x.name) from domovoi.agreement_party c join domovoi.party x
      on x.company_id = c.company_id and x.id = c.party_id where c.company_id = a.company_id and c.agreement_id = a.id
      and c.role = 'co_tenant' and c.until is null) as co_tenants,
    (select string_agg(x.name, ', ' order by x.name) from domovoi.agreement_party c join domovoi.party x
      on x.company_id = c.company_id and x.id = c.party_id where c.company_id = a.company_id and c.agreement_id = a.id
      and c.role = 'guarantor' and c.until is null) as guarantors,
    a.terms, a.version, a.updated_at
  from domovoi.agreement a
  left join domovoi.unit u on u.company_id = a.company_id and u.id = a.unit_id
  left join domovoi.party p on p.company_id = a.company_id and p.id = a.party_id
  left join domovoi.party y on y.company_id = a.company_id and y.id = a.payer_id
  left join domovoi.app_user g on g.id = a.agent_id
  left join domovoi.building b on b.company_id = a.company_id and b.id = a.building_id
  left join domovoi.late_fee_policy f on f.company_id = a.company_id and f.id = a.late_fee_id;

create view api.agreement_lines with (security_invoker) as
  select l.id, l.company_id as company, l.agreement_id as agreement, a.no::text as agreement_label, l.unit_id as unit,
    u.title as unit_label, l.kind, l.amount as amount_minor, a.currency, l.from_on, l.to_on, l.note, l.version,
    l.updated_at
  from domovoi.agreement_line l
  left join domovoi.agreement a on a.company_id = l.company_id and a.id = l.agreement_id
  left join domovoi.unit u on u.company_id = l.company_id and u.id = l.unit_id;

create view api.late_fee_policies with (security_invoker) as
  select f.id, f.company_id as company, f.name, f.grace_days, f.kind, f.amount as amount_minor, c.currency,
    f.bp as rate_bp, f.cap_bp, array_to_string(f.from_kinds, ',') as from_kinds, f.version, f.updated_at
  from domovoi.late_fee_policy f left join domovoi.company c on c.id = f.company_id;

-- What is told of an agreement on a calendar, as of a stay (0009).
create view api.span_agreements with (security_invoker) as
  select a.company_id as company, a.id, a.no, a.status, p.name as party_label, a.starts_on,
    coalesce(a.terminated_on, a.ends_on) as ends_on, a.version
  from domovoi.agreement a left join domovoi.party p on p.company_id = a.company_id and p.id = a.party_id;
grant select on api.agreements, api.agreement_lines, api.late_fee_policies, api.span_agreements to domovoi_staff;

-- As in 0009; the years of an agreement, and the prices of a stay, are one span. Of what the caller may not see, the
-- dates are those of the nights.
create or replace function report.spans("from" date, "to" date, units text default null, company int default null)
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
      select s.company, s.unit, s.source, s.record, min(s.check_in) as check_in, max(s.check_out) as check_out,
             bool_or(s.lapsed) as lapsed
        from api.uses(spans."from", spans."to", asked, f.company) s group by s.company, s.unit, s.source, s.record
    )
    select s.unit, case s.source when 'reservation' then 'stay' else s.source end, coalesce(r.id, b.id, a.id),
           coalesce(r.no, a.no), case when s.source = 'block' then 'blocked' when s.lapsed then 'expired'
             else coalesce(r.status, a.status) end,
           coalesce(r.party_label, a.party_label, b.reason), coalesce(a.starts_on, s.check_in),
           coalesce(a.ends_on, s.check_out), r.hold_until, coalesce(r.version, b.version, a.version)
      from used s
      left join lateral (select x.id, x.no, x.status, x.party_label, x.hold_until, x.version from api.span_stays x
        where s.source = 'reservation' and x.company = s.company and x.id = s.record offset 0) r on true
      left join lateral (select x.id, x.reason, x.version from api.blocks x
        where s.source = 'block' and x.company = s.company and x.id = s.record offset 0) b on true
      left join lateral (select x.id, x.no, x.status, x.party_label, x.starts_on, x.ends_on, x.version
        from api.span_agreements x
        where s.source = 'agreement' and x.company = s.company and x.id = s.record offset 0) a on true
     order by s.unit, 7, 8;
end $$;

-- As in 0009, with the word for a let unit.
create or replace function report.availability("from" date, "to" date, class text default null,
    building text default null, unit text default null, company int default null)
  returns setof report.available_unit
  language plpgsql stable set plan_cache_mode = force_custom_plan set jit = off as $$
#variable_conflict use_column
declare
  f record := report.frame(availability.company);
  a date := availability."from"; b date := availability."to"; kind text := availability.class;
  house text := availability.building;
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
            case s.source when 'block' then 'The unit is blocked on these dates: ' || s.check_in || ' - ' || s.check_out
              when 'agreement' then 'The unit is let on these dates: ' || s.check_in || ' - ' || s.check_out
              when 'reservation' then 'The unit is taken on these dates: ' || s.check_in || ' - ' || s.check_out
            end) end as against
        from api.stay_offers o left join used s on s.unit = o.unit
       where (f.company is null or o.company = f.company) and (asked is null or o.unit = any (asked))
         and (kind is null or o.class = kind)
         and (house is null or o.building in (select h.id from api.buildings h where h.id::text = lower(house)
           or h.code = house or h.name = house))
    )
    select t.unit, t.code, t.title, t.class, t.building_label, t.price_minor, t.price_minor * (b - a), t.currency,
           t.against is null, t.against
      from told t where t.against is null or asked is not null
     order by t.building_label nulls last, t.code, t.unit;
end $$;

reset role;
