-- Stays in full: what a night costs and what a whole stay does (one quote for every channel, K18), how long a hold waits,
-- what becomes of its money, what comes back when it is called off (domain.md §1.2, §3.5 reservation.stay, §6).
--
-- What was agreed stays agreed (K1, K5, K6): prices of the nights, commissions, fees and the refund policy are copied onto
-- the reservation when it is made, and a later change of a price or a rule rewrites nothing.

set local role domovoi_owner;

-- Of an offer for stays; another file may have them already.
alter table domovoi.offering
  add column if not exists cleaning_fee bigint not null default 0 check (cleaning_fee >= 0),
  add column if not exists deposit bigint not null default 0 check (deposit >= 0),
  add column if not exists checkin_from text,            -- '14:00', which it is if nothing is said
  add column if not exists house_rules text,
  add column if not exists cancel_policy text;          -- its code; null: the company's setting

-- Prices that are not the offer's: by season, by day of the week, by length of the stay (S1.73). Of the rules that fit a
-- night the one of the highest priority decides, alone; equal priorities never meet (price_rule_before).
create table domovoi.price_rule (
  company_id   int not null references domovoi.company,
  id           uuid not null default gen_random_uuid(),
  unit_id      uuid,                                    -- null: every unit of the company
  kind         text not null check (kind in ('season', 'weekday', 'length')),
  name         text not null check (length(name) between 1 and 100),
  from_on      date,                                    -- nights from_on <= d < to_on; of a length: the arrival
  to_on        date,
  weekdays     text check (weekdays ~ '^[1-7](,[1-7])*$'), -- 1 is Monday; the night that begins on that day
  min_nights   smallint check (min_nights between 2 and 366),
  priority     smallint not null default 0 check (priority between -1000 and 1000),
  price        bigint check (price >= 0),               -- one of three: this price,
  surcharge    bigint check (surcharge >= 0),           -- so much more,
  bp           int check (bp between -10000 and 100000), -- or so much more or less, of ten thousand
  currency     char(3) not null references domovoi.currency,
  agent_id     uuid references domovoi.app_user,
  building_id  uuid,
  owner_id     uuid,
  version      int not null default 1,
  created_at   timestamptz not null default now(),
  created_by   uuid,
  updated_at   timestamptz not null default now(),
  updated_by   uuid,
  primary key (company_id, id),
  foreign key (company_id, unit_id) references domovoi.unit (company_id, id),
  check (from_on < to_on),
  check (num_nonnulls(price, surcharge, bp) = 1),
  check (kind <> 'season' or from_on is not null and to_on is not null),
  check (kind <> 'weekday' or weekdays is not null),
  check (kind = 'length' and min_nights is not null and bp <= 0 or kind <> 'length' and min_nights is null)
);
create index on domovoi.price_rule (company_id, priority, id);
create index on domovoi.price_rule (company_id, agent_id, priority, id);
create index on domovoi.price_rule (company_id, owner_id, priority, id);
create index on domovoi.price_rule (company_id, unit_id);

-- What comes back when a guest calls off: so many basis points of what was paid, from so many hours before the arrival on
-- (S1.32). The four that are shipped have no company; a company's own policy of the same code goes before them.
create table domovoi.cancel_policy (
  company_id      int,                                  -- no foreign key: emptying the companies must not take the shipped ones
  id              uuid not null default gen_random_uuid() primary key,
  code            text not null check (code ~ '^[a-z0-9_]{1,40}$'),
  name            text not null check (length(name) between 1 and 100),
  tiers           text not null check (tiers ~ '^\d{1,4}:\d{1,3}(,\d{1,4}:\d{1,3})*$'), -- hours:percent, '24:100,12:50'
  host_cancel_bp  int not null default 10000 check (host_cancel_bp between 0 and 10000),
  no_show_bp      int not null default 10000 check (no_show_bp between 0 and 10000), -- of the stay's price
  version         int not null default 1,
  created_at      timestamptz not null default now(),
  created_by      uuid,
  updated_at      timestamptz not null default now(),
  updated_by      uuid,
  unique nulls not distinct (company_id, code),
  unique (company_id, id)
);
create index on domovoi.cancel_policy (company_id, code, id);

-- A stay's own terms. night_prices: one price a night from the arrival on where they differ, else null.
alter table domovoi.reservation alter column total drop expression;
alter table domovoi.reservation
  alter column total set default 0,
  alter column total set not null,
  add column night_prices bigint[],
  add column price_fixed boolean not null default false,  -- agreed by hand: no rule changes it, nor prices added nights
  add column cleaning_fee bigint not null default 0 check (cleaning_fee >= 0),
  add column service_fee bigint not null default 0 check (service_fee >= 0),
  add column payment_plan text not null default 'on_arrival' check (payment_plan in ('prepaid', 'on_arrival')),
  add column prepayment_bp int check (prepayment_bp between 0 and 10000),
  add column commission_bp int check (commission_bp between 0 and 10000),
  add column agent_commission_bp int check (agent_commission_bp between 0 and 10000),
  add column provider_fee_bp int check (provider_fee_bp between 0 and 10000),
  add column policy jsonb,
  add column checkin_from time,
  add column no_show_fee bigint not null default 0 check (no_show_fee >= 0),
  add column unused_fee bigint not null default 0 check (unused_fee >= 0), -- for nights that a guest left before
  add column kept bigint not null default 0 check (kept >= 0),             -- of the money of a stay that was called off
  add column refund_bp int check (refund_bp between 0 and 10000),          -- … and the share that went back
  add column replaces_id uuid,
  add column rules_accepted_at timestamptz,
  add column rules_hash text,
  add column rules_accepted_by uuid,
  add constraint reservation_replaces_id_fkey foreign key (company_id, replaces_id)
    references domovoi.reservation (company_id, id),
  add constraint reservation_night_prices_check check (cardinality(night_prices) = check_out - check_in
    and 0 <= all (night_prices));
-- a hold is bought back once (SYS or staff, whoever is first)
create unique index reservation_replaces on domovoi.reservation (company_id, replaces_id) where replaces_id is not null;
-- the sweep of holds, every minute
create index reservation_holds on domovoi.reservation (hold_until) where status = 'hold';

-- Is the unit ready for a guest (S1.33): a day before, two hours before, or whenever somebody looks.
create table domovoi.readiness_check (
  company_id      int not null references domovoi.company,
  id              uuid not null default gen_random_uuid(),
  reservation_id  uuid not null,
  unit_id         uuid not null,
  kind            text not null default 'custom' check (kind in ('t24', 't2', 'custom')),
  cleaned         boolean not null default false,
  linen           boolean not null default false,
  codes           boolean not null default false,
  amenities       boolean not null default false,
  problem         text check (problem in ('breakdown', 'not_cleaned', 'access', 'other')),
  note            text,
  agent_id        uuid references domovoi.app_user,
  building_id     uuid,
  owner_id        uuid,
  version         int not null default 1,
  created_at      timestamptz not null default now(),
  created_by      uuid,
  updated_at      timestamptz not null default now(),
  updated_by      uuid,
  primary key (company_id, id),
  foreign key (company_id, reservation_id) references domovoi.reservation (company_id, id),
  foreign key (company_id, unit_id) references domovoi.unit (company_id, id)
);
create unique index on domovoi.readiness_check (company_id, reservation_id, kind) where kind <> 'custom';
create index on domovoi.readiness_check (company_id, reservation_id);
create index on domovoi.readiness_check (company_id, created_at, id);
create index on domovoi.readiness_check (company_id, agent_id, created_at, id);

do $$ begin
  perform domovoi.protect('domovoi.readiness_check', 'unit', 'reservation.view');
  perform domovoi.protect('domovoi.price_rule', 'unit', 'price.view');
  perform domovoi.protect('domovoi.cancel_policy', 'company', 'price.view');
end $$;
create policy own on domovoi.cancel_policy for select to domovoi_own
  using (company_id = (select domovoi.my_company('own', 'price.view')));
create policy landlord on domovoi.cancel_policy for select to domovoi_landlord
  using (company_id = (select domovoi.my_company('landlord', 'price.view')));
create policy staff on domovoi.cancel_policy for select to domovoi_staff using (company_id is null);
create policy owner on domovoi.cancel_policy to domovoi_owner using (true) with check (true); -- the seed

reset role;
set local role domovoi_rules;

-- ---- settings ---------------------------------------------------------------------------------------------------

create function domovoi.stay_number(p_company int, p_key text, p_default int) returns int
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return coalesce((domovoi.setting_of(p_company, p_key) #>> '{}')::int, p_default); end $$;

-- ---- rules of prices --------------------------------------------------------------------------------------------

-- I23: of equal priority no two rules can meet. Night rules meet in a night, rules of length in the shortest length.
create function domovoi.price_rule_before() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare rival text;
begin
  new.updated_at := domovoi.now();
  if tg_op = 'UPDATE' or new.updated_by is null then new.updated_by := domovoi.my_user(); end if;
  if tg_op = 'UPDATE' then
    new.version := old.version + 1; new.created_at := old.created_at; new.created_by := old.created_by;
  else
    new.version := 1; new.created_at := new.updated_at; new.created_by := new.updated_by;
  end if;
  new.agent_id := null; new.building_id := null; new.owner_id := null;
  if new.unit_id is not null then
    select u.building_id, u.owner_id, u.agent_id into new.building_id, new.owner_id, new.agent_id
      from domovoi.unit u where u.company_id = new.company_id and u.id = new.unit_id;
  end if;
  perform pg_advisory_xact_lock(7245, new.company_id); -- the next statement sees what a rival has committed meanwhile
  select r.name into rival from domovoi.price_rule r
   where r.company_id = new.company_id and r.id <> new.id and r.priority = new.priority
     and (r.kind = 'length') = (new.kind = 'length') and r.min_nights is not distinct from new.min_nights
     and (r.unit_id is null or new.unit_id is null or r.unit_id = new.unit_id)
     and daterange(r.from_on, r.to_on) && daterange(new.from_on, new.to_on)
     and (r.weekdays is null or new.weekdays is null
       or string_to_array(r.weekdays, ',') && string_to_array(new.weekdays, ',')) limit 1;
  if rival is not null then
    perform domovoi.fail('DM007', 'Another rule of the same priority meets this one.', 'priority', rival,
      'Give one of them a higher priority.');
  end if;
  return new;
end $$;

create function domovoi.price_rule_after() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.log_change(coalesce(new.company_id, old.company_id), 'price_rule', coalesce(new.id, old.id), tg_op,
    coalesce(new.version, old.version), domovoi.keys_of(case when tg_op <> 'INSERT' then to_jsonb(old) end),
    domovoi.keys_of(case when tg_op <> 'DELETE' then to_jsonb(new) end));
  return null;
end $$;

-- A rule without a unit is everybody's: whoever works on some of the company's units only may not make one.
create function domovoi.put_price_rule(p_company int, p_id uuid, s jsonb, p_was domovoi.price_rule) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.price_rule := jsonb_populate_record(p_was, s); u domovoi.unit;
begin
  select * into u from domovoi.unit x where x.company_id = p_company and x.id = r.unit_id;
  perform domovoi.must_reach(p_company, u.agent_id, u.building_id, u.owner_id);
  insert into domovoi.price_rule as x (company_id, id, unit_id, kind, name, from_on, to_on, weekdays, min_nights, priority,
      price, surcharge, bp, currency)
    values (p_company, p_id, r.unit_id, r.kind, r.name, r.from_on, r.to_on, r.weekdays, r.min_nights,
      coalesce(r.priority, 0), r.price, r.surcharge, r.bp, r.currency);
end $$;

create function domovoi.price_rule_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  own text := (select c.currency from domovoi.company c where c.id = p_company);
  money text := coalesce(nullif(p_set ->> 'currency', ''), (select o.currency from domovoi.offering o
    where o.company_id = p_company and o.unit_id = (domovoi.locate('unit', p_company, p_set ->> 'unit')).id
      and o.mode = 'short_stay'), own);
  s jsonb := domovoi.read_set('price_rule', p_company, p_set, 'create', money);
begin
  perform domovoi.must_have(s, 'kind', 'name');
  if num_nonnulls(s ->> 'price', s ->> 'surcharge', s ->> 'bp') <> 1 then
    perform domovoi.fail('DM007', 'A rule sets a price, a surcharge or a share, one of them.', 'price');
  end if;
  perform domovoi.put_price_rule(p_company, p_id, jsonb_build_object('currency', money) || jsonb_strip_nulls(s), null);
end $$;

create function domovoi.price_rule_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.price_rule; s jsonb;
begin
  select * into r from domovoi.price_rule x where x.company_id = p_company and x.id = p_id for no key update;
  perform domovoi.check_version(p_base, r.version);
  s := domovoi.read_set('price_rule', p_company, p_set, 'patch', r.currency);
  if s = '{}' then return; end if;
  r := jsonb_populate_record(r, s);
  update domovoi.price_rule x set name = r.name, from_on = r.from_on, to_on = r.to_on, weekdays = r.weekdays,
      min_nights = r.min_nights, priority = coalesce(r.priority, 0), price = r.price, surcharge = r.surcharge, bp = r.bp
    where x.company_id = p_company and x.id = p_id;
end $$;

create function domovoi.price_rule_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin delete from domovoi.price_rule x where x.company_id = p_company and x.id = p_id; end $$;

create function domovoi.price_rule_restore(p_company int, p_id uuid, p_now jsonb, p_old jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if p_old is null then
    delete from domovoi.price_rule x where x.company_id = p_company and x.id = p_id;
  elsif p_now is null then
    perform domovoi.put_price_rule(p_company, p_id, p_old, null);
  else
    update domovoi.price_rule x set name = r.name, from_on = r.from_on, to_on = r.to_on, weekdays = r.weekdays,
        min_nights = r.min_nights, priority = r.priority, price = r.price, surcharge = r.surcharge, bp = r.bp
      from jsonb_populate_record(null::domovoi.price_rule, p_old) r where x.company_id = p_company and x.id = p_id;
  end if;
end $$;

-- ---- what the nights cost ---------------------------------------------------------------------------------------

-- Every night of an offer by its rules: gross, and net of the discount for the length of the stay. A night is rounded
-- once, half up, so that the nights always add up to the stay (A6).
create function domovoi.price_nights(o domovoi.offering, p_from date, p_to date, out gross bigint[], out net bigint[],
    out length_bp int)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  gross := array_fill(coalesce(o.price, 0), array[greatest(p_to - p_from, 0)]);
  net := gross; length_bp := 0;
  if not exists (select from domovoi.price_rule r where r.company_id = o.company_id) then return; end if;
  gross := array(
    select coalesce((select coalesce(r.price, o.price + r.surcharge, round(o.price::numeric * (10000 + r.bp) / 10000)::bigint)
        from domovoi.price_rule r
       where r.company_id = o.company_id and (r.unit_id is null or r.unit_id = o.unit_id) and r.kind <> 'length'
         and (r.bp is not null or r.currency = o.currency) and daterange(r.from_on, r.to_on) @> p_from + i
         and (r.weekdays is null or extract(isodow from p_from + i)::text = any (string_to_array(r.weekdays, ',')))
       order by r.priority desc, r.unit_id is null, r.id limit 1), o.price)
      from generate_series(0, p_to - p_from - 1) i order by i);
  length_bp := coalesce((select r.bp from domovoi.price_rule r
    where r.company_id = o.company_id and (r.unit_id is null or r.unit_id = o.unit_id) and r.kind = 'length'
      and r.min_nights <= p_to - p_from and daterange(r.from_on, r.to_on) @> p_from
    order by r.priority desc, r.min_nights desc, r.unit_id is null, r.id limit 1), 0);
  net := array(select round(g::numeric * (10000 + length_bp) / 10000)::bigint
    from unnest(gross) with ordinality x (g, n) order by n);
end $$;

-- Prices of nights onto a stay: one price if they are all equal, else each, and their mean for whoever wants one.
create function domovoi.with_prices(r domovoi.reservation, p_prices bigint[]) returns domovoi.reservation
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$
declare low bigint; high bigint; mean bigint;
begin
  select min(p), max(p), round(avg(p))::bigint into low, high, mean from unnest(p_prices) p;
  r.price_per_night := coalesce(mean, r.price_per_night);
  r.night_prices := case when low < high then p_prices end;
  return r;
end $$;

-- The prices of the nights in..out of a stay whose nights began on p_was_in; a night that it had not costs p_else.
create function domovoi.kept_prices(p_prices bigint[], p_was_in date, p_in date, p_out date, p_else bigint[])
  returns bigint[]
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$
begin
  return array(select coalesce(p_prices[p_in - p_was_in + i + 1], p_else[i + 1])
    from generate_series(0, p_out - p_in - 1) i order by i);
end $$;

create function domovoi.prices_of(r domovoi.reservation) returns bigint[]
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$ begin return coalesce(r.night_prices, array_fill(r.price_per_night, array[r.check_out - r.check_in])); end $$;

-- Runs of nights of one price.
create function api.price_runs(p_from date, p_prices bigint[]) returns table (from_on date, to_on date, price bigint)
  language sql immutable set search_path = pg_catalog, pg_temp
  as $$
    select p_from + min(n)::int - 1, p_from + max(n)::int, p
      from (select p, n, n - row_number() over (partition by p order by n) as run
              from unnest(p_prices) with ordinality x (p, n)) s
     group by p, run order by 1
  $$;

-- ---- the quote ----------------------------------------------------------------------------------------------------

create function domovoi.service_fee(p_company int, p_amount bigint) returns bigint
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return round(p_amount::numeric * domovoi.stay_number(p_company, 'service_fee_bp', 0) / 10000)::bigint; end $$;

-- The policy that a new stay of an offer would have: the offer's, else the company's setting, else default_24_12.
create function domovoi.policy_for(o domovoi.offering) returns jsonb
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare wanted text := coalesce(o.cancel_policy, domovoi.setting_of(o.company_id, 'cancel_policy') #>> '{}', 'default_24_12');
begin
  return coalesce((select jsonb_build_object('code', p.code, 'name', p.name, 'tiers', p.tiers, 'host_cancel_bp', p.host_cancel_bp,
      'no_show_bp', p.no_show_bp) from domovoi.cancel_policy p
    where p.code = wanted and (p.company_id = o.company_id or p.company_id is null) order by p.company_id is null limit 1),
    '{"code": "default_24_12", "name": "24 hours, 12 hours", "tiers": "24:100,12:50", "host_cancel_bp": 10000,
      "no_show_bp": 10000}');
end $$;

reset role;
set local role domovoi_owner;
create type api.quote_line as (kind text, from_on date, to_on date, nights int, price_minor bigint, amount_minor bigint,
  currency char(3), note text, unit uuid);
reset role;
set local role domovoi_rules;

-- A stay's price in lines, for every channel the same, and the function that a new reservation takes its prices from.
-- kind: night (runs of one price), discount, cleaning, service_fee (there even if 0, K12), total; then deposit,
-- prepayment (what must be paid before the stay is confirmed, if it is prepaid) and policy, which are no part of it.
create function domovoi.quote_lines(o domovoi.offering, p_from date, p_to date) returns setof api.quote_line
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  q record := domovoi.price_nights(o, p_from, p_to);
  gross bigint := (select sum(p) from unnest(q.gross) p); net bigint := (select sum(p) from unnest(q.net) p);
  fee bigint := domovoi.service_fee(o.company_id, net);
  whole bigint := net + o.cleaning_fee + fee; n int := p_to - p_from;
  policy jsonb := domovoi.policy_for(o);
  first_bp int := domovoi.stay_number(o.company_id, 'prepayment_bp', 10000);
begin
  return query select 'night'::text, r.from_on, r.to_on, r.to_on - r.from_on, r.price, r.price * (r.to_on - r.from_on),
    o.currency, null::text, o.unit_id from api.price_runs(p_from, q.gross) r;
  if gross <> net then
    return query select 'discount'::text, p_from, p_to, n, null::bigint, net - gross, o.currency,
      trim(trailing '.' from to_char(q.length_bp / 100.0, 'FM990.99')) || ' %', o.unit_id;
  end if;
  return query values
    ('cleaning'::text, null::date, null::date, null::int, null::bigint, o.cleaning_fee, o.currency, null::text, o.unit_id),
    ('service_fee', null, null, null, null, fee, o.currency, null, o.unit_id),
    ('total', p_from, p_to, n, round(net::numeric / n)::bigint, whole, o.currency, null, o.unit_id),
    ('deposit', null, null, null, null, o.deposit, o.currency, null, o.unit_id),
    ('prepayment', null, null, null, null, round(whole::numeric * first_bp / 10000)::bigint, o.currency, null, o.unit_id),
    ('policy', null, null, null, null, null, o.currency, (policy ->> 'code') || ' ' || (policy ->> 'tiers'), o.unit_id);
end $$;

-- The same for whoever may see the unit and prices.
create function api.quote(unit uuid, "from" date, "to" date, guests int default 1, company int default null)
  returns setof api.quote_line
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare o domovoi.offering; u domovoi.unit; c int := coalesce(company, (domovoi.me()).company_id);
begin
  perform domovoi.require('price.view');
  select * into u from domovoi.unit x where x.id = quote.unit and (c is null or x.company_id = c);
  if u.id is null or not domovoi.reaches(u.company_id, u.agent_id, u.building_id, u.owner_id) then
    perform domovoi.no_record(quote.unit::text);
  end if;
  select * into o from domovoi.offering x where x.company_id = u.company_id and x.unit_id = u.id and x.mode = 'short_stay';
  if o.id is null then
    perform domovoi.fail('DM007', 'The unit is not on offer for stays.', 'unit', u.code,
      'Choose another unit, or activate its offering.');
  end if;
  perform domovoi.check_guests(u, guests);
  return query select * from domovoi.quote_lines(o, quote."from", quote."to");
end $$;

create function domovoi.check_guests(u domovoi.unit, p_guests int) returns void
  language plpgsql immutable set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if p_guests > u.capacity then
    perform domovoi.fail('DM007', 'The unit is for fewer guests.', 'adults', u.code || ': ' || u.capacity);
  end if;
end $$;

-- What a stay of these nights would cost, for lists of many units: mean price of a night and the accommodation's total.
create function api.stay_price(company int, unit uuid, "from" date, "to" date, out per_night bigint, out total bigint)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare o domovoi.offering; nights bigint[];
begin
  if not domovoi.has_permission('price.view') then return; end if;
  select * into o from domovoi.offering x where x.company_id = company and x.unit_id = stay_price.unit and x.mode = 'short_stay'
    and domovoi.reaches(x.company_id, x.agent_id, x.building_id, x.owner_id);
  if o.id is null then return; end if;
  nights := (domovoi.price_nights(o, stay_price."from", stay_price."to")).net;
  select round(avg(p))::bigint, sum(p)::bigint into per_night, total from unnest(nights) p;
end $$;

-- ---- occupancy by price -----------------------------------------------------------------------------------------

-- Lay a stay on these leaves, one row a leaf and run of one price, so that the night reports sum to the stay's total
-- (A6). A run's price is shared out equally, its rest on the first leaf.
create function domovoi.lay(r domovoi.reservation, p_leaves uuid[]) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  n int := cardinality(p_leaves); zone text := (select c.tz from domovoi.company c where c.id = r.company_id);
begin
  insert into domovoi.occupancy (company_id, unit_id, source, source_id, check_in, check_out, period, sold, price,
      currency, building_id, agent_id, owner_id)
    select r.company_id, u.id, 'reservation', r.id, s.from_on, s.to_on,
      tstzrange((s.from_on + time '12:00') at time zone zone, (s.to_on + time '12:00') at time zone zone),
      r.status not in ('hold'), s.price / n + case when u.id = p_leaves[1] then s.price % n else 0 end, r.currency,
      u.building_id, coalesce(r.agent_id, u.agent_id), u.owner_id
    from api.price_runs(r.check_in, domovoi.sold_prices(r)) s, domovoi.unit u
   where u.company_id = r.company_id and u.id = any (p_leaves);
end $$;

-- What its nights count for: their prices; of a no-show what was charged for it, spread over the nights.
create function domovoi.sold_prices(r domovoi.reservation) returns bigint[]
  language plpgsql immutable set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare n int := r.check_out - r.check_in;
begin
  if r.status <> 'no_show' then return domovoi.prices_of(r); end if;
  return array(select r.no_show_fee / n + case when i <= r.no_show_fee % n then 1 else 0 end from generate_series(1, n) i);
end $$;

-- Does it use its unit? A no-show does if somebody pays for the nights (DESIGN §3).
create function domovoi.uses_unit(r domovoi.reservation) returns boolean
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$ begin return r.status in ('hold', 'confirmed', 'checked_in', 'completed')
    or r.status = 'no_show' and r.no_show_fee > 0; end $$;

-- As in 0003, in runs of one price.
create or replace function domovoi.occupy(r domovoi.reservation) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare leaf uuid[] := domovoi.leaves(r.company_id, r.unit_id);
begin
  if domovoi.taken(r.company_id, leaf, r.check_in, r.check_out) then
    perform domovoi.expire_holds(r.company_id, leaf, r.check_in, r.check_out);
    if domovoi.taken(r.company_id, leaf, r.check_in, r.check_out) then
      perform domovoi.say_taken(r.company_id, r.unit_id, r.check_in, r.check_out);
    end if;
  end if;
  perform domovoi.lay(r, leaf);
end $$;

-- As in 0003: the same nights of the same unit keep their leaves, whatever became of the tree since.
create or replace function domovoi.reoccupy(old domovoi.reservation, new domovoi.reservation) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare leaf uuid[];
begin
  if (new.unit_id, new.check_in, new.check_out) is distinct from (old.unit_id, old.check_in, old.check_out)
     or not exists (select from domovoi.occupancy o where o.company_id = new.company_id and o.source_id = new.id) then
    delete from domovoi.occupancy o where o.company_id = new.company_id and o.source_id = new.id;
    perform domovoi.occupy(new);
  elsif (domovoi.sold_prices(new), new.currency) is distinct from (domovoi.sold_prices(old), old.currency) then
    leaf := array(select u.id from domovoi.unit u where u.company_id = new.company_id and u.id in (select o.unit_id
      from domovoi.occupancy o where o.company_id = new.company_id and o.source_id = new.id) order by u.code);
    delete from domovoi.occupancy o where o.company_id = new.company_id and o.source_id = new.id;
    perform domovoi.lay(new, leaf);
  else
    update domovoi.occupancy o set sold = new.status <> 'hold', agent_id = coalesce(new.agent_id, u.agent_id)
      from domovoi.unit u where o.company_id = new.company_id and o.source_id = new.id and u.company_id = o.company_id
       and u.id = o.unit_id;
  end if;
end $$;

-- ---- the rules of a reservation -----------------------------------------------------------------------------------

-- A hold waits for the payment of a guest at a screen, or for a transfer and a call back (K4).
create function domovoi.hold_minutes(p_company int, p_channel text) returns int
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return case when p_channel in ('web', 'telegram', 'api') then domovoi.stay_number(p_company, 'hold_minutes', 15)
    else domovoi.stay_number(p_company, 'hold_minutes_manual', 1440) end; end $$;

-- The terms of a new stay, copied so that nothing rewrites them (K1, K2, K5).
create function domovoi.with_terms(r domovoi.reservation) returns domovoi.reservation
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare o domovoi.offering;
begin
  select * into o from domovoi.offering x where x.company_id = r.company_id and x.unit_id = r.unit_id
    and x.mode = 'short_stay';
  r.commission_bp := coalesce(r.commission_bp, domovoi.commission_bp(r.company_id, 'platform', null, r.booked_on));
  r.agent_commission_bp := coalesce(r.agent_commission_bp, case when r.agent_id is null then 0
    else domovoi.commission_bp(r.company_id, 'agent', r.agent_id, r.booked_on) end);
  r.provider_fee_bp := coalesce(r.provider_fee_bp, domovoi.stay_number(r.company_id, 'provider_fee_bp', 250));
  r.prepayment_bp := coalesce(r.prepayment_bp, domovoi.stay_number(r.company_id, 'prepayment_bp', 10000));
  o.company_id := r.company_id;
  r.policy := coalesce(r.policy, domovoi.policy_for(o));
  r.checkin_from := coalesce(r.checkin_from, o.checkin_from::time, time '14:00');
  return r;
end $$;

-- As in 0003, but: a hold's length is by channel, the terms are copied, the total follows from the nights, and nights
-- that a stay loses or keeps lose or keep their own prices.
create or replace function domovoi.reservation_before() returns trigger
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
        + make_interval(mins => domovoi.hold_minutes(new.company_id, new.channel)));
    end if;
    if new.imported then new.price_fixed := true; else new := domovoi.with_terms(new); end if;
  else
    perform domovoi.lock_units(new.company_id, array[old.unit_id, new.unit_id]);
    new.version := old.version + 1;
    new.no := old.no; new.imported := old.imported; new.created_at := old.created_at; new.created_by :=
      old.created_by;
    if new.night_prices is not distinct from old.night_prices and new.night_prices is not null then
      if new.price_per_night <> old.price_per_night then
        new.night_prices := null;
      elsif (new.check_in, new.check_out) is distinct from (old.check_in, old.check_out) then
        new := domovoi.with_prices(new, domovoi.kept_prices(old.night_prices, old.check_in, new.check_in, new.check_out,
          array_fill(old.price_per_night, array[new.check_out - new.check_in])));
      end if;
    end if;
    if new.status <> old.status then
      t := domovoi.fsm_check(new.machine, old.status, new.status, new.status_reason);
      why := domovoi.stay_guard(t.guard, old);
      if why is not null then
        perform domovoi.fail('DM011', why, null, t.action);
      end if;
      new.status_on := today;
    end if;
  end if;
  new.total := coalesce((select sum(p) from unnest(new.night_prices) p), new.price_per_night * (new.check_out - new.check_in));
  if tg_op = 'UPDATE' and new.status = 'completed' and old.status <> 'completed' and new.total < old.total then
    new.unused_fee := old.total - new.total - domovoi.share_bp(old.total - new.total,
      domovoi.stay_number(new.company_id, 'refund_unused_bp', 0));
  end if;
  select u.building_id, u.owner_id into new.building_id, new.owner_id
    from domovoi.unit u where u.company_id = new.company_id and u.id = new.unit_id;
  return new;
end $$;

-- As in 0010, with prices by night and charged no-shows.
create or replace function domovoi.reservation_after() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
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
    if domovoi.uses_unit(new) then perform domovoi.occupy(new); end if;
  elsif domovoi.uses_unit(old) and not domovoi.uses_unit(new) then
    delete from domovoi.occupancy o where o.company_id = old.company_id and o.source_id = old.id;
  elsif domovoi.uses_unit(new) and (new.unit_id, new.check_in, new.check_out, new.status, new.price_per_night,
      new.night_prices, new.no_show_fee, new.currency, new.agent_id) is distinct from (old.unit_id, old.check_in,
      old.check_out, old.status, old.price_per_night, old.night_prices, old.no_show_fee, old.currency, old.agent_id) then
    perform domovoi.reoccupy(old, new);
  end if;
  if tg_op = 'UPDATE' then perform domovoi.stay_changed(old, new); end if;
  perform domovoi.log_change(new.company_id, 'reservation', new.id, tg_op, new.version,
    case when tg_op = 'UPDATE' then domovoi.keys_of(old) end, domovoi.keys_of(new));
  return null;
end $$;

-- ---- making and changing a stay -----------------------------------------------------------------------------------

-- As in 0004; a price that is not given is the quote's, night by night.
create or replace function domovoi.create_reservation(p_company int, p_id uuid, p_set jsonb) returns void
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
  r.adults := coalesce(r.adults, 1); r.children := coalesce(r.children, 0);
  perform domovoi.check_booking(r, o);
  perform domovoi.check_guests(u, r.adults + r.children);
  r.price_fixed := r.price_per_night is not null or r.currency <> o.currency;
  r.price_per_night := coalesce(r.price_per_night, 0);
  if not r.price_fixed then
    r := domovoi.with_prices(r, (domovoi.price_nights(o, r.check_in, r.check_out)).net);
  end if;
  perform domovoi.insert_stay(r, o, u);
end $$;

create function domovoi.insert_stay(r domovoi.reservation, o domovoi.offering, u domovoi.unit) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  -- cleaning and service are in the offer's currency; a stay sold in another has the price that was agreed
  own boolean := r.currency = o.currency;
  total bigint := coalesce((select sum(p) from unnest(r.night_prices) p), r.price_per_night * (r.check_out - r.check_in));
begin
  perform domovoi.must_reach(r.company_id, r.agent_id, u.building_id, u.owner_id);
  insert into domovoi.reservation (company_id, id, unit_id, offering_id, party_id, agent_id, check_in, check_out,
      price_per_night, night_prices, price_fixed, cleaning_fee, service_fee, currency, adults, children, channel, country,
      comment, external_id, payment_plan, replaces_id)
    values (r.company_id, r.id, r.unit_id, o.id, r.party_id, r.agent_id, r.check_in, r.check_out,
      r.price_per_night, r.night_prices, r.price_fixed, case when own then o.cleaning_fee else 0 end,
      case when own then domovoi.service_fee(r.company_id, total) else 0 end, r.currency, r.adults, r.children,
      coalesce(r.channel, 'console'), r.country, r.comment, r.external_id,
      coalesce(r.payment_plan, case when r.channel in ('web', 'telegram', 'api') then 'prepaid' else 'on_arrival' end),
      r.replaces_id);
end $$;

-- As in 0004. Nights that stay keep their prices; added ones cost what they cost today, unless the price was agreed. A
-- guest who moves to another unit keeps his prices. A price given by hand is one price for all nights.
create or replace function domovoi.patch_reservation(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.reservation; n domovoi.reservation; s jsonb; o domovoi.offering;
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
  select * into o from domovoi.offering x where x.company_id = p_company and x.unit_id = n.unit_id and x.mode = 'short_stay';
  if n.price_per_night is distinct from r.price_per_night then
    perform domovoi.require('reservation.price_override');
    n.night_prices := null; n.price_fixed := true;
  elsif (n.check_in, n.check_out) is distinct from (r.check_in, r.check_out) and n.check_out > n.check_in then
    n := domovoi.with_prices(n, domovoi.kept_prices(domovoi.prices_of(r), r.check_in, n.check_in, n.check_out,
      case when r.price_fixed or o.currency is distinct from r.currency
        then array_fill(r.price_per_night, array[n.check_out - n.check_in])
        else (domovoi.price_nights(o, n.check_in, n.check_out)).net end));
  end if;
  perform domovoi.must_reach(p_company, n.agent_id, u.building_id, u.owner_id) from domovoi.unit u
    where u.company_id = p_company and u.id = n.unit_id;
  update domovoi.reservation x set unit_id = n.unit_id, party_id = n.party_id, agent_id = n.agent_id,
      check_in = n.check_in, check_out = n.check_out, price_per_night = n.price_per_night, night_prices = n.night_prices,
      price_fixed = n.price_fixed, adults = coalesce(n.adults, 1), children = coalesce(n.children, 0),
      channel = coalesce(n.channel, 'console'), country = n.country, comment = n.comment,
      payment_plan = coalesce(n.payment_plan, 'on_arrival'),
      offering_id = case when n.unit_id = r.unit_id then r.offering_id else o.id end
    where x.company_id = p_company and x.id = p_id;
end $$;

-- As in 0010, with what 0022 added to a stay.
create or replace function domovoi.restore_reservation(p_company int, p_id uuid, p_now jsonb, p_old jsonb) returns void
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
      night_prices = r.night_prices, price_fixed = r.price_fixed, payment_plan = r.payment_plan,
      no_show_fee = r.no_show_fee, unused_fee = r.unused_fee, kept = r.kept, refund_bp = r.refund_bp, rules_accepted_at = r.rules_accepted_at, rules_hash = r.rules_hash,
      rules_accepted_by = r.rules_accepted_by,
      adults = r.adults, children = r.children, channel = r.channel, country = r.country, comment = r.comment,
      status = r.status, status_reason = r.status_reason, cancelled_by = r.cancelled_by, hold_until = r.hold_until
    where x.company_id = p_company and x.id = p_id;
end $$;

-- As in 0005, whatever columns a reservation has.
create or replace function domovoi.insert_stays(p_company int, p_stays domovoi.reservation[], p_guests text[], p_no bigint,
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
    select p_company, r.id, p_no + r.ordinality - 1, r.unit_id, r.offering_id,
      coalesce(ids[r.ordinality], (select p.id from domovoi.party p
        where p.company_id = p_company and p.name = p_guests[r.ordinality] order by p.no limit 1)), r.agent_id, r.check_in,
          r.check_out,
      r.status, r.status_reason, r.cancelled_by, r.hold_until, r.booked_on, r.status_on, r.price_per_night,
        r.currency,
      coalesce(r.adults, 1), coalesce(r.children, 0), coalesce(r.channel, 'import'), r.country, r.comment,
        r.external_id, true, who
    from unnest(p_stays) with ordinality r;
  return cardinality(fresh);
end $$;

-- As in 0019; a stay that has begun may lie in several rows, of which some are past: all of it is laid out again.
create or replace function domovoi.lay_out_again(p_company int, p_units uuid[]) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare today date := domovoi.company_today(p_company); a domovoi.agreement; let domovoi.agreement[];
begin
  let := array(select x from domovoi.agreement x where x.company_id = p_company and x.unit_id = any (p_units)
    and domovoi.agreement_used(x.status) and coalesce(x.terminated_on, x.ends_on) > today);
  delete from domovoi.occupancy o where o.company_id = p_company and o.source_id in (
    select r.id from domovoi.reservation r where r.company_id = p_company and r.unit_id = any (p_units)
      and r.check_out > today
    union all
    select b.id from domovoi.block b where b.company_id = p_company and b.unit_id = any (p_units)
      and b.check_out > today);
  foreach a in array let loop
    perform domovoi.vacate(a, today);
  end loop;
  perform domovoi.occupy(r) from domovoi.reservation r where r.company_id = p_company and r.unit_id = any (p_units)
    and r.check_out > today and domovoi.uses_unit(r);
  perform domovoi.occupy(b) from domovoi.block b where b.company_id = p_company and b.unit_id = any (p_units)
    and b.check_out > today;
  foreach a in array let loop
    perform domovoi.occupy(a, greatest(a.starts_on, today), coalesce(a.terminated_on, a.ends_on));
  end loop;
end $$;

-- As in 0009, one row a use however many rows it lies in, with all its days.
create or replace function api.uses("from" date, "to" date, units uuid[] default null, within int default null)
  returns table (company int, unit uuid, source text, record uuid, check_in date, check_out date, lapsed boolean)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  set plan_cache_mode = force_custom_plan set jit = off
  as $$
#variable_conflict use_column
declare
  m record := domovoi.me();
  wide boolean := m.scope in ('platform', 'company');
  houses uuid[] := case when m.scope = 'assigned' then domovoi.my_buildings() end;
  wanted int := uses.within; asked uuid[] := uses.units;
  a date := uses."from"; b date := uses."to"; moment timestamptz := domovoi.now();
  c int; longest int; roots uuid[]; wholes uuid[]; parts uuid[]; late uuid[];
begin
  if not domovoi.has_permission('unit.view') or not coalesce(b > a, false) then return; end if;
  for c in select x.id from domovoi.company x where (x.id = m.company_id or m.scope = 'platform' and m.company_id is null)
      and (wanted is null or x.id = wanted) loop
    longest := (select max(o.check_out - o.check_in) from domovoi.occupancy o where o.company_id = c);
    late := array(select r.id from domovoi.reservation r where r.company_id = c and r.status = 'hold'
      and r.check_in > a - 367 and r.check_in < b and r.check_out > a and r.hold_until <= moment);
    -- the arrays are constants to the planner: it sees how many units are asked for, and which index that wants
    roots := case when asked is not null or not wide then array(select u.id from domovoi.unit u
       where u.company_id = c and (asked is null or u.id = any (asked))
         and (wide or m.scope = 'own' and u.agent_id = m.user_id or m.scope = 'assigned' and u.building_id = any (houses)
           or m.scope = 'landlord' and u.owner_id = m.user_id)) end; -- null: all of them
    with recursive below (root, node) as (
      select k.parent_id, k.id from domovoi.unit k
       where k.company_id = c and k.parent_id is not null and (roots is null or k.parent_id = any (roots))
      union all
      select p.root, k.id from below p join domovoi.unit k on k.company_id = c and k.parent_id = p.node
    )
    select coalesce(array_agg(p.root), '{}'), coalesce(array_agg(p.node), '{}') into wholes, parts from below p;
    return query
      with used as materialized (
        select o.unit_id, o.source, o.source_id, min(o.check_in) as check_in, max(o.check_out) as check_out
          from domovoi.occupancy o
         where o.company_id = c and o.check_in > a - longest and o.check_in < b and o.check_out > a
           and (roots is null or o.unit_id = any (roots || parts))
         group by o.unit_id, o.source, o.source_id
      ), whole as ( -- a row outside the period may be missing only where a use reaches its edge
        select u.unit_id, u.source, u.source_id, least(u.check_in, x.i) as check_in, greatest(u.check_out, x.o) as check_out
          from used u left join lateral (select min(o.check_in) as i, max(o.check_out) as o from domovoi.occupancy o
            where o.company_id = c and o.source_id = u.source_id and o.unit_id = u.unit_id offset 0) x
              on u.check_in <= a or u.check_out >= b
      ), lies as (
        select s.* from whole s where roots is null or s.unit_id = any (roots)
        union
        select p.root, s.source, s.source_id, s.check_in, s.check_out
          from unnest(wholes, parts) p (root, node) join whole s on s.unit_id = p.node
      )
      select c, s.unit_id, s.source, s.source_id, s.check_in, s.check_out, s.source_id = any (late) from lies s;
  end loop;
end $$;

create function api.has_price_rules(company int) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return exists (select from domovoi.price_rule r where r.company_id = company); end $$;

-- ---- refund policies ------------------------------------------------------------------------------------------------

-- '24:100,12:50' from the longest on; the same hours once, a share never over the whole.
create function domovoi.check_tiers(p text) returns void
  language plpgsql immutable set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare t text; hours int; share int; last_hours int := 10000; last_share int := 101;
begin
  foreach t in array string_to_array(p, ',') loop
    hours := split_part(t, ':', 1)::int; share := split_part(t, ':', 2)::int;
    if hours >= last_hours or share >= last_share or share > 100 then
      perform domovoi.fail('DM007', 'Tiers go from many hours to few, and from much to little.', 'tiers', t,
        'For example 24:100,12:50.');
    end if;
    last_hours := hours; last_share := share;
  end loop;
exception when invalid_text_representation or numeric_value_out_of_range then
  perform domovoi.fail('DM007', 'The value is not valid.', 'tiers', t, 'For example 24:100,12:50.');
end $$;

create function domovoi.cancel_policy_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.cancel_policy := jsonb_populate_record(null::domovoi.cancel_policy,
  domovoi.read_set('cancel_policy', p_company, p_set, 'create', null));
begin
  perform domovoi.must_have(to_jsonb(r), 'code', 'name', 'tiers');
  perform domovoi.must_reach(p_company, null, null, null);
  perform domovoi.check_tiers(r.tiers);
  insert into domovoi.cancel_policy (company_id, id, code, name, tiers, host_cancel_bp, no_show_bp, created_at, created_by)
    values (p_company, p_id, r.code, r.name, r.tiers, coalesce(r.host_cancel_bp, 10000), coalesce(r.no_show_bp, 10000),
      domovoi.now(), domovoi.my_user());
end $$;

create function domovoi.cancel_policy_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.cancel_policy; s jsonb := domovoi.read_set('cancel_policy', p_company, p_set, 'patch', null);
begin
  select * into r from domovoi.cancel_policy x where x.company_id = p_company and x.id = p_id for no key update;
  perform domovoi.check_version(p_base, r.version);
  if s = '{}' then return; end if;
  r := jsonb_populate_record(r, s);
  perform domovoi.check_tiers(r.tiers);
  update domovoi.cancel_policy x set name = r.name, tiers = r.tiers, host_cancel_bp = r.host_cancel_bp,
      no_show_bp = r.no_show_bp, updated_by = domovoi.my_user() where x.company_id = p_company and x.id = p_id;
end $$;

-- The platform's own rows are in nobody's feed.
create function domovoi.cancel_policy_after() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if new.company_id is not null then
    perform domovoi.log_change(new.company_id, 'cancel_policy', new.id, tg_op, new.version, domovoi.keys_of(
      case when tg_op = 'UPDATE' then to_jsonb(old) end), domovoi.keys_of(to_jsonb(new)));
  end if;
  return null;
end $$;

-- Which policy an offering has: by its code, of the company or shipped; empty is the company's setting.
create function domovoi.set_policy(p_company int, p_offering uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare wanted text := nullif(trim(p_set ->> 'cancel_policy'), '');
begin
  if not p_set ? 'cancel_policy' then return; end if;
  if wanted is not null and not exists (select from domovoi.cancel_policy p where p.code = wanted
      and (p.company_id = p_company or p.company_id is null)) then
    perform domovoi.fail('DM007', 'There is no such record.', 'cancel_policy', left(wanted, 100));
  end if;
  update domovoi.offering o set cancel_policy = wanted where o.company_id = p_company and o.id = p_offering
    and o.cancel_policy is distinct from wanted;
end $$;

-- As in 0015, and the refund policy.
create or replace function domovoi.offering_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.put_offering(p_company, p_id, null, p_set - 'cancel_policy', true);
  perform domovoi.set_policy(p_company, p_id, p_set);
end $$;
create or replace function domovoi.offering_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.put_offering(p_company, p_id, p_base, p_set - 'cancel_policy', false);
  perform domovoi.set_policy(p_company, p_id, p_set);
end $$;
create or replace function domovoi.offering_restore(p_company int, p_id uuid, p_now jsonb, p_old jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.restore_offering(p_company, p_id, p_now, p_old);
  if p_old is not null then
    update domovoi.offering o set cancel_policy = p_old ->> 'cancel_policy' where o.company_id = p_company and o.id = p_id
      and o.cancel_policy is distinct from p_old ->> 'cancel_policy';
  end if;
end $$;

-- ---- readiness --------------------------------------------------------------------------------------------------------

create function domovoi.readiness_check_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  s jsonb := domovoi.read_set('readiness_check', p_company, p_set, 'create', null);
  stay uuid; c domovoi.readiness_check;
begin
  perform domovoi.must_have(s, 'reservation');
  stay := domovoi.money_ref('reservation', p_company, s ->> 'reservation', 'reservation');
  c := jsonb_populate_record(null::domovoi.readiness_check, s);
  insert into domovoi.readiness_check (company_id, id, reservation_id, unit_id, kind, cleaned, linen, codes, amenities,
      problem, note, agent_id)
    select p_company, p_id, r.id, r.unit_id, coalesce(c.kind, 'custom'), coalesce(c.cleaned, false),
        coalesce(c.linen, false), coalesce(c.codes, false), coalesce(c.amenities, false), c.problem, c.note, r.agent_id
      from domovoi.reservation r where r.company_id = p_company and r.id = stay;
end $$;

create function domovoi.readiness_check_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare c domovoi.readiness_check; s jsonb := domovoi.read_set('readiness_check', p_company, p_set, 'patch', null);
begin
  select * into c from domovoi.readiness_check x where x.company_id = p_company and x.id = p_id for no key update;
  perform domovoi.check_version(p_base, c.version);
  if s = '{}' then return; end if;
  c := jsonb_populate_record(c, s);
  update domovoi.readiness_check x set cleaned = coalesce(c.cleaned, false), linen = coalesce(c.linen, false),
      codes = coalesce(c.codes, false), amenities = coalesce(c.amenities, false), problem = c.problem, note = c.note
    where x.company_id = p_company and x.id = p_id;
end $$;

create function domovoi.readiness_check_label(r jsonb) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (select x.no::text from domovoi.reservation x where x.company_id = (r ->> 'company_id')::int
    and x.id = (r ->> 'reservation_id')::uuid) || ' ' || (r ->> 'kind'); end $$;

-- ---- the money of a stay --------------------------------------------------------------------------------------------
--
-- A stay's charges exist from its confirmation on, or from the first payment for its hold: what a hold would cost is
-- nobody's debt yet. They are kept in step with the stay by voiding and charging anew (I10), and belong to the guest: a
-- stay without one, and an imported one, whose money is not ours to invent, has none.

create function domovoi.whole_price(r domovoi.reservation) returns bigint
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$ begin return r.total + r.cleaning_fee + r.service_fee; end $$;

-- What must be paid before a prepaid stay is confirmed.
create function domovoi.prepayment_of(r domovoi.reservation) returns bigint
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return domovoi.share_bp(domovoi.whole_price(r), coalesce(r.prepayment_bp, 10000)); end $$;

-- The money that came for a stay and has not gone back: what covers its charges, and what else is left of payments made
-- for it; what somebody has asked back is not there any more. The newest payment first.
create function domovoi.stay_money(p_company int, p_id uuid) returns table (payment uuid, amount bigint)
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return query
    select p.id, (coalesce(c.held, 0) + case when p.reservation_id = p_id then domovoi.free_of(p) else 0 end)::bigint
      from domovoi.payment p
      left join (select a.payment_id, sum(a.amount) as held from domovoi.charge x
          join domovoi.allocation a on a.company_id = x.company_id and a.charge_id = x.id
         where x.company_id = p_company and x.reservation_id = p_id group by 1) c on c.payment_id = p.id
     where p.company_id = p_company and p.status = 'succeeded' and (p.reservation_id = p_id or c.held > 0)
       and (coalesce(c.held, 0) > 0 or domovoi.free_of(p) > 0)
     order by p.booked_on desc, p.no desc;
end $$;

create function domovoi.stay_paid(p_company int, p_id uuid) returns bigint
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return coalesce((select sum(m.amount) from domovoi.stay_money(p_company, p_id) m), 0)::bigint; end $$;

create function domovoi.stay_dues(r domovoi.reservation) returns table (part text, kind text, amount bigint, due_on date)
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  today date := domovoi.company_today(r.company_id);
  due date := case r.payment_plan when 'prepaid' then today else greatest(today, r.check_in) end;
begin
  if r.imported or r.party_id is null then return; end if;
  return query select d.* from (values
      ('stay', 'stay', case when r.status in ('hold', 'confirmed', 'checked_in', 'completed') then r.total end, due),
      ('cleaning', 'cleaning', case when r.status in ('hold', 'confirmed', 'checked_in', 'completed') then r.cleaning_fee end, due),
      ('service', 'service', case when r.status in ('hold', 'confirmed', 'checked_in', 'completed') then r.service_fee end, due),
      ('unused', 'adjustment', case when r.status = 'completed' then r.unused_fee end, due),
      ('no_show', 'no_show', case when r.status = 'no_show' then r.no_show_fee end, today),
      ('kept', 'penalty', case when r.status = 'cancelled' then r.kept end, today)
    ) d (part, kind, amount, due_on)
    where d.amount > 0 and (r.status <> 'hold' or exists (select from domovoi.payment p where p.company_id = r.company_id
      and p.reservation_id = r.id and p.status = 'succeeded'));
end $$;

-- Bring a stay's charges in step with it; p_back: ask back what was paid above them, for the guest should not have to.
-- First what is owed now, then what is no more, then the requests, and only then may the money that is free again cover
-- something: else it would go to whatever other debt of the guest is older.
create function domovoi.sync_stay(r domovoi.reservation, p_back text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  d record; m record; over bigint; part bigint; stem text := 'stay:' || r.id || ':';
  sources jsonb := coalesce((select jsonb_agg(to_jsonb(x)) from domovoi.stay_money(r.company_id, r.id) x), '[]');
  stale uuid[] := array(select x.id from domovoi.charge x where x.company_id = r.company_id and x.reservation_id = r.id
    and x.voided_on is null and x.source_key like stem || '%' and not exists (select from domovoi.stay_dues(r) y
      where y.part = split_part(x.source_key, ':', 3) and (y.amount, r.currency, r.party_id) = (x.amount, x.currency, x.party_id))
    order by x.no);
  one uuid;
begin
  for d in select * from domovoi.stay_dues(r) x where not exists (select from domovoi.charge c where c.company_id = r.company_id
      and c.reservation_id = r.id and c.voided_on is null and c.source_key like stem || x.part || ':%' and c.id <> all (stale)) loop
    perform domovoi.charge_stay(r, stem || d.part || ':', d.kind, d.amount, d.due_on);
  end loop;
  foreach one in array stale loop
    perform domovoi.void_charge(r.company_id, one, coalesce(p_back, 'changed'));
  end loop;
  over := coalesce((select sum((x ->> 'amount')::bigint) from jsonb_array_elements(sources) x), 0)
    - coalesce((select sum(x.amount) from domovoi.stay_dues(r) x), 0);
  for m in select (x ->> 'payment')::uuid as id, (x ->> 'amount')::bigint as amount
      from jsonb_array_elements(sources) with ordinality y (x, n) order by y.n loop
    part := least(over, m.amount, (select domovoi.free_of(p) from domovoi.payment p where p.company_id = r.company_id
      and p.id = m.id)); -- a newer payment may cover what is owed now, then an older one goes back
    if p_back is not null and part > 0 then
      perform domovoi.ask_refund(r.company_id, m.id, part, p_back, r.refund_bp, r.id);
      over := over - part;
    end if;
  end loop;
  perform domovoi.allocate_fifo(r.company_id, (x ->> 'payment')::uuid) from jsonb_array_elements(sources) x;
end $$;

create function domovoi.charge_stay(r domovoi.reservation, p_stem text, p_kind text, p_amount bigint, p_due date) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  c domovoi.charge;
  n int := (select count(*) from domovoi.charge x where x.company_id = r.company_id and x.reservation_id = r.id
    and x.source_key like p_stem || '%');
begin
  c.company_id := r.company_id; c.party_id := r.party_id; c.unit_id := r.unit_id; c.reservation_id := r.id;
  c.kind := p_kind; c.period_from := r.check_in; c.period_to := r.check_out; c.source_key := p_stem || n + 1;
  c.due_on := p_due; c.amount := p_amount; c.currency := r.currency; c.agent_id := r.agent_id;
  perform domovoi.add_charge(c);
end $$;

-- Commissions are earned when the stay is over (completed, or called off with money kept) and follow later refunds in
-- proportion: what should be booked less what is (A9, §6 item 2). The base is the accommodation, after discounts.
create function domovoi.settle_commission(r domovoi.reservation) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  base bigint := case r.status when 'completed' then r.total + r.unused_fee when 'no_show' then r.no_show_fee
    when 'cancelled' then r.kept else 0 end;
  back bigint := 0; paid bigint := 0; share record; want bigint;
begin
  if r.imported or r.party_id is null then return; end if;
  if r.status = 'completed' then
    back := coalesce((select sum(x.amount) from domovoi.refund x where x.company_id = r.company_id
      and x.reservation_id = r.id and x.status = 'done' and x.reason <> 'left_early'), 0);
    paid := domovoi.stay_paid(r.company_id, r.id) + back;
  end if;
  for share in select * from (values ('platform', coalesce(r.commission_bp, 0)), ('agent', coalesce(r.agent_commission_bp, 0)))
      v (kind, bp) where v.kind = 'platform' or r.agent_id is not null loop
    want := case when back > 0 then round(base::numeric * share.bp * (paid - back) / paid / 10000)::bigint
      else domovoi.share_bp(base, share.bp) end;
    perform domovoi.set_commission(r.company_id, share.kind, r.agent_id, 'reservation', r.id, want, r.currency,
      domovoi.company_today(r.company_id));
  end loop;
end $$;

-- What a change of a stay means for its money.
create function domovoi.stay_changed(was domovoi.reservation, r domovoi.reservation) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  back text := case when r.status is not distinct from was.status then null
    when r.status = 'cancelled' then 'stay_cancelled' when r.status = 'expired' then 'hold_expired'
    when r.status = 'no_show' then 'no_show' when r.status = 'completed' and r.check_out < was.check_out then 'left_early' end;
begin
  if r.imported or r.party_id is null and was.party_id is null then return; end if;
  if (r.status, r.total, r.cleaning_fee, r.service_fee, r.party_id, r.currency) is not distinct from
     (was.status, was.total, was.cleaning_fee, was.service_fee, was.party_id, was.currency) then
    return;
  end if;
  if was.status = 'hold' and r.status in ('hold', 'cancelled', 'expired') and not exists (select from domovoi.payment p
      where p.company_id = r.company_id and p.reservation_id = r.id) then
    return; -- the usual end of a hold: there was no money in it
  end if;
  if was.status in ('cancelled', 'expired', 'no_show', 'completed') and r.status in ('hold', 'confirmed', 'checked_in') then
    update domovoi.refund x set status = 'rejected', status_reason = 'undone' where x.company_id = r.company_id
      and x.reservation_id = r.id and x.status = 'requested'
      and x.reason in ('stay_cancelled', 'hold_expired', 'no_show', 'left_early');
  end if;
  perform domovoi.sync_stay(r, back);
  if r.status in ('completed', 'no_show', 'cancelled') or was.status in ('completed', 'no_show', 'cancelled') then
    perform domovoi.settle_commission(r);
  end if;
end $$;

-- ---- calling off ----------------------------------------------------------------------------------------------------

create function domovoi.arrival_at(r domovoi.reservation) returns timestamptz
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (r.check_in + coalesce(r.checkin_from, time '14:00')) at time zone (select c.tz from domovoi.company c
    where c.id = r.company_id); end $$;

-- How much of the money comes back if it is called off at that moment by that side, and until when that holds. Tiers count
-- real hours before the arrival by the company's clock, whatever the clocks do that night (§6 item 1).
create function domovoi.refund_share(r domovoi.reservation, p_by text, p_at timestamptz, out bp int, out until timestamptz)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  policy jsonb := coalesce(r.policy, '{"tiers": "24:100,12:50"}'); hours int; arrival timestamptz := domovoi.arrival_at(r); t text;
begin
  if r.status = 'hold' then bp := 10000; return; end if;
  if p_by <> 'guest' then bp := coalesce((policy ->> 'host_cancel_bp')::int, 10000); return; end if;
  foreach t in array string_to_array(policy ->> 'tiers', ',') loop
    hours := split_part(t, ':', 1)::int;
    if extract(epoch from arrival - p_at) >= hours * 3600 then
      bp := split_part(t, ':', 2)::int * 100; until := arrival - make_interval(secs => hours * 3600);
      return;
    end if;
  end loop;
  bp := 0;
end $$;

-- What would come back now: for the guest on the telephone.
create function api.refund_preview(stay text, by text default 'guest', company int default null)
  returns table (no bigint, paid_minor bigint, refund_bp int, refund_minor bigint, kept_minor bigint, currency char(3),
    until timestamptz, policy text, reservation uuid)
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
#variable_conflict use_column
declare at record; r domovoi.reservation; s record; paid bigint;
begin
  perform domovoi.require('reservation.view');
  perform domovoi.require('payment.view');
  at := domovoi.locate('reservation', coalesce(refund_preview.company, (domovoi.me()).company_id), refund_preview.stay);
  if at.id is null then perform domovoi.no_record(refund_preview.stay); end if;
  perform domovoi.check_reach('reservation', at.company_id, at.id);
  select * into r from domovoi.reservation x where x.company_id = at.company_id and x.id = at.id;
  if refund_preview.by not in ('guest', 'agent', 'company', 'platform') then
    perform domovoi.fail('DM007', 'This value is not known.', 'by', refund_preview.by);
  end if;
  s := domovoi.refund_share(r, refund_preview.by, domovoi.now());
  paid := domovoi.stay_paid(r.company_id, r.id);
  return query select r.no, paid, s.bp, domovoi.share_bp(paid, s.bp), paid - domovoi.share_bp(paid, s.bp), r.currency, s.until,
    r.policy ->> 'code', r.id;
end $$;

-- Who calls off, if nobody says: whoever alone can have this reason, else the side of the desk.
create function domovoi.initiator(p_reason text) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare who jsonb := (select d.meta -> 'initiator' from domovoi.dict_item d where d.kind = 'cancel_reason'
  and d.code = p_reason limit 1);
begin
  return case when jsonb_array_length(who) = 1 then who ->> 0 else case (domovoi.me()).scope when 'own' then 'agent'
    when 'platform' then 'platform' else 'company' end end;
end $$;

create function domovoi.check_initiator(p_reason text, p_by text) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if exists (select from domovoi.dict_item d where d.kind = 'cancel_reason' and d.code = p_reason
      and not d.meta -> 'initiator' @> to_jsonb(p_by)) then
    perform domovoi.fail('DM007', 'This is not a reason of whoever cancels.', 'reason', p_reason || ': ' || p_by,
      'Choose another reason, or say who cancels.');
  end if;
end $$;

-- ---- holds --------------------------------------------------------------------------------------------------------

-- All holds of a company that have run out, without waiting for somebody who wants their nights (S1.24). Units are locked
-- first and in order, like by everybody; at most so many at a time. Returns how many.
create function domovoi.expire_holds(p_company int, p_most int default 200) returns int
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare due uuid[]; one uuid; n int := 0;
begin
  due := array(select r.id from domovoi.reservation r where r.status = 'hold' and r.hold_until <= domovoi.now()
    and r.company_id = p_company order by r.hold_until limit p_most);
  if cardinality(due) = 0 then return 0; end if;
  perform domovoi.lock_units(p_company, array(select r.unit_id from domovoi.reservation r where r.company_id = p_company
    and r.id = any (due)));
  foreach one in array due loop
    update domovoi.reservation r set status = 'expired', status_reason = 'hold ran out', cancelled_by = 'system'
     where r.company_id = p_company and r.id = one and r.status = 'hold' and r.hold_until <= domovoi.now();
    n := n + found::int;
  end loop;
  return n;
end $$;

-- Arrivals and departures that nobody recorded, where the company wants it: `<=`, so that a day without the worker is made
-- up for (K10). A guest leaves at noon of the last day, unless the setting says another hour.
create function domovoi.sweep_stays(p_company int) returns int
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  today date := domovoi.company_today(p_company); r record; n int := 0;
  gone date := (domovoi.now() at time zone (select c.tz from domovoi.company c where c.id = p_company)
    - make_interval(mins => domovoi.stay_number(p_company, 'auto_check_out_minute', 720)))::date;
begin
  for r in select x.id, x.unit_id, case x.status when 'confirmed' then 'checked_in' else 'completed' end as becomes
      from domovoi.reservation x
     where x.company_id = p_company and (
        x.status = 'confirmed' and x.check_in <= today and x.check_out > today
          and domovoi.setting_of(p_company, 'auto_check_in') = 'true'
        or x.status = 'checked_in' and x.check_out <= gone and domovoi.setting_of(p_company, 'auto_check_out') = 'true')
     order by (select u.lock_id from domovoi.unit u where u.company_id = p_company and u.id = x.unit_id) limit 200 loop
    perform domovoi.lock_units(p_company, array[r.unit_id]);
    update domovoi.reservation x set status = r.becomes where x.company_id = p_company and x.id = r.id
      and x.status = case r.becomes when 'checked_in' then 'confirmed' else 'checked_in' end;
    n := n + found::int;
  end loop;
  return n;
end $$;

-- What time does by itself; called about once a minute by whoever leads (the notifier, later the worker). A demo in which
-- nobody has booked for days was made for another day than today and is looked at with that day's clock: today's must not
-- run ahead of it.
create function domovoi.tick() returns int
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  c int; n int := 0;
  toy boolean := coalesce(current_setting('domovoi.now', true), '') = ''
    and exists (select from domovoi.server s where s.kind <> 'live');
begin
  for c in select x.id from domovoi.company x where x.status <> 'closed' order by x.id loop
    continue when toy and (select max(r.booked_on) from domovoi.reservation r where r.company_id = c)
      < domovoi.company_today(c) - 2;
    if exists (select from domovoi.reservation r where r.company_id = c and r.status = 'hold'
        and r.hold_until <= domovoi.now()) then
      n := n + domovoi.expire_holds(c);
    end if;
    if domovoi.setting_of(c, 'auto_check_in') = 'true' or domovoi.setting_of(c, 'auto_check_out') = 'true' then
      n := n + domovoi.sweep_stays(c);
    end if;
  end loop;
  return n;
end $$;

-- ---- once more ------------------------------------------------------------------------------------------------------

-- A stay that was called off, ran out or did not come about, as a new one on the terms that were agreed (pms #400).
create function domovoi.rebook(r domovoi.reservation, p_id uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare o domovoi.offering;
begin
  select * into o from domovoi.offering x where x.company_id = r.company_id and x.unit_id = r.unit_id
    and x.mode = 'short_stay';
  perform domovoi.check_booking(r, o);
  insert into domovoi.reservation (company_id, id, unit_id, offering_id, party_id, agent_id, check_in, check_out,
      price_per_night, night_prices, price_fixed, cleaning_fee, service_fee, currency, adults, children, channel, country,
      comment, payment_plan, prepayment_bp, commission_bp, agent_commission_bp, provider_fee_bp, policy, checkin_from,
      replaces_id)
    values (r.company_id, p_id, r.unit_id, o.id, r.party_id, r.agent_id, r.check_in, r.check_out,
      r.price_per_night, r.night_prices, r.price_fixed, r.cleaning_fee, r.service_fee, r.currency, r.adults, r.children,
      r.channel, r.country, r.comment, r.payment_plan, r.prepayment_bp, r.commission_bp, r.agent_commission_bp,
      r.provider_fee_bp, r.policy, r.checkin_from, r.id);
end $$;

-- Money for a stay has arrived. A hold that it pays for is confirmed; one that ran out meanwhile is booked once more if its
-- nights are free; else the money is kept for the guest and asked back for him: never a second booking (§6 item 13). The
-- unit is locked already: whoever writes a payment locks its unit first.
create function domovoi.payment_for_stay() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.reservation; again uuid := gen_random_uuid(); left_over bigint;
begin
  if new.reservation_id is null or new.status <> 'succeeded' or new.status = old.status then return null; end if;
  perform domovoi.lock_units(new.company_id, array[x.unit_id]) from domovoi.reservation x
    where x.company_id = new.company_id and x.id = new.reservation_id;
  select * into r from domovoi.reservation x where x.company_id = new.company_id and x.id = new.reservation_id
    for no key update;
  if r.status = 'expired' and not r.imported then
    begin
      perform domovoi.rebook(r, again);
      update domovoi.payment p set reservation_id = again where p.company_id = new.company_id and p.id = new.id;
      select * into r from domovoi.reservation x where x.company_id = new.company_id and x.id = again;
    exception when others then
      if sqlstate not like 'DM%' and sqlstate not like '23%' then raise; end if; -- taken, off offer, over
    end;
  end if;
  if r.status = 'hold' then
    perform domovoi.sync_stay(r, null);
    if domovoi.stay_paid(r.company_id, r.id) >= domovoi.prepayment_of(r) then
      if r.hold_until <= domovoi.now() then -- nobody has taken its nights: it is in time
        update domovoi.reservation x set hold_until = domovoi.now() + interval '1 minute' where x.company_id = r.company_id
          and x.id = r.id;
      end if;
      update domovoi.reservation x set status = 'confirmed' where x.company_id = r.company_id and x.id = r.id;
    end if;
  elsif r.status in ('expired', 'cancelled', 'no_show') and not r.imported then
    select domovoi.free_of(p) into left_over from domovoi.payment p where p.company_id = new.company_id and p.id = new.id;
    if left_over > 0 then
      perform domovoi.ask_refund(new.company_id, new.id, left_over, case r.status when 'expired' then 'dates_taken'
        else 'stay_cancelled' end, 10000, r.id);
    end if;
  end if;
  return null;
end $$;

create function domovoi.refund_of_stay() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.reservation;
begin
  if new.reservation_id is null or new.status = old.status or new.status <> 'done' then return null; end if;
  select * into r from domovoi.reservation x where x.company_id = new.company_id and x.id = new.reservation_id;
  if r.status = 'completed' then perform domovoi.settle_commission(r); end if;
  return null;
end $$;

-- ---- actions --------------------------------------------------------------------------------------------------------

create function domovoi.rules_of(r domovoi.reservation) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (select nullif(trim(o.house_rules), '') from domovoi.offering o where o.company_id = r.company_id
    and o.unit_id = r.unit_id and o.mode = 'short_stay'); end $$;

-- As in 0003; a prepaid stay is confirmed when its prepayment is there.
create or replace function domovoi.stay_guard(p_guard text, r domovoi.reservation) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return case
    when p_guard is null then null
    when p_guard = 'hold_valid' and r.hold_until <= domovoi.now() then 'The hold has run out.'
    when p_guard = 'hold_valid' and r.payment_plan = 'prepaid' and not r.imported
      and domovoi.stay_paid(r.company_id, r.id) < domovoi.prepayment_of(r) then 'The prepayment has not arrived.'
    when p_guard = 'hold_lapsed' and r.hold_until > domovoi.now() then 'The hold still runs.'
    when p_guard = 'arrival_day' and domovoi.company_today(r.company_id) < r.check_in
      then 'The arrival day has not come yet.'
    when p_guard = 'after_arrival_day' and domovoi.company_today(r.company_id) <= r.check_in
      then 'The arrival day is not over.'
    when p_guard = 'not_replaced' and exists (select from domovoi.reservation x where x.company_id = r.company_id
      and x.replaces_id = r.id) then 'The stay is booked once more already.'
    when p_guard = 'has_rules' and domovoi.rules_of(r) is null then 'The unit has no house rules.'
    when p_guard in ('hold_valid', 'hold_lapsed', 'arrival_day', 'after_arrival_day', 'not_replaced', 'has_rules') then null
    else 'The guard ' || p_guard || ' is not known.' end;
end $$;

-- As in 0012, and what can be done besides the moves of the machine.
create or replace function domovoi.stay_refusal(r domovoi.reservation, p_action text, out code text, out reason text,
    out detail text, out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare t domovoi.fsm_transition; a domovoi.record_action; may text;
begin
  select * into t from domovoi.fsm_transition x where x.machine = r.machine and x.action = p_action
    and x.from_state = r.status;
  select * into a from domovoi.record_action x where x.resource = 'reservation' and x.action = p_action;
  may := coalesce(a.permission, t.permission,
    (select min(x.permission) from domovoi.fsm_transition x where x.machine = r.machine and x.action = p_action));
  if may is null or not domovoi.has_permission(may) then
    code := 'DM005'; reason := 'You may not do this.'; detail := may;
    remedy := 'Ask the head of your company for the permission.';
  elsif p_action = 'extend_hold' and r.status <> 'hold' then
    code := 'DM001'; reason := 'Only a hold has an end that can be moved.'; detail := r.status;
  elsif p_action = 'rebook' and r.status <> all (a.states) then
    code := 'DM001'; reason := 'The stay is not called off.'; detail := r.status;
  elsif a.action is null and t.machine is null or a.action is not null and not coalesce(r.status = any (a.states), true) then
    code := 'DM001';
    select s.reason, s.detail, s.remedy into reason, detail, remedy from domovoi.stay_state_says(r, p_action) s;
  else
    reason := domovoi.stay_guard(coalesce(t.guard, a.guard), r);
    if reason is null then return; end if;
    -- a unit without rules has nothing that stands in the way: the question does not arise
    code := case a.guard when 'has_rules' then 'DM001' else 'DM011' end;
    select s.detail, s.remedy into detail, remedy from domovoi.stay_guard_says(coalesce(t.guard, a.guard), reason, r) s;
  end if;
end $$;

create function domovoi.stay_guard_says(p_guard text, p_reason text, r domovoi.reservation, out detail text, out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if p_reason = 'The prepayment has not arrived.' then
    detail := domovoi.money_text(domovoi.prepayment_of(r) - domovoi.stay_paid(r.company_id, r.id), r.currency);
    remedy := 'Record the payment, or let the guest pay on arrival.';
  elsif p_guard = 'hold_valid' then
    detail := domovoi.local_minute(r.company_id, r.hold_until); remedy := 'Extend the hold first.';
  elsif p_guard = 'arrival_day' then
    detail := r.check_in::text; remedy := 'Wait for the day, or change the dates first.';
  elsif p_guard = 'after_arrival_day' then
    detail := r.check_in::text; remedy := 'Wait until tomorrow, or cancel the stay.';
  elsif p_guard = 'not_replaced' then
    detail := (select x.no::text from domovoi.reservation x where x.company_id = r.company_id and x.replaces_id = r.id);
  end if;
end $$;

-- As in 0012. A cancellation says who wants it, and with that what comes back; a no-show is charged by the policy if it was
-- to be prepaid, else as far as it was paid: a guest who was to pay at the desk owes nothing for not standing there.
create or replace function domovoi.act_on_reservation(p_company int, p_id uuid, p_base int, p_action text, p_args jsonb)
  returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  r domovoi.reservation := domovoi.hold_reservation(p_company, p_id, p_base);
  no record := domovoi.stay_refusal(r, p_action);
  reason text := nullif(trim(p_args ->> 'reason'), '');
  initiator text; today date := domovoi.company_today(p_company); goes text; paid bigint; fee bigint := r.no_show_fee;
  held bigint := r.kept; share int := r.refund_bp;
begin
  if no.code is not null then
    perform domovoi.fail(no.code, no.reason, case no.code when 'DM001' then 'status' end, no.detail, no.remedy);
  end if;
  if lower(reason) = 'undone' then -- that is what taking back says, and it counts as no cancellation
    perform domovoi.fail('DM007', 'The value is not valid.', 'reason', 'undone');
  end if;
  if domovoi.stay_does(r, p_action, p_args) then return; end if;
  goes := domovoi.next_state('reservation', to_jsonb(r), p_action);
  if goes in ('cancelled', 'no_show') then
    paid := domovoi.stay_paid(p_company, p_id);
    if goes = 'cancelled' then
      initiator := coalesce(nullif(p_args ->> 'by', ''), domovoi.initiator(reason));
      perform domovoi.check_initiator(reason, initiator);
      share := (domovoi.refund_share(r, initiator, domovoi.now())).bp;
      held := paid - domovoi.share_bp(paid, share);
    elsif not r.imported and r.party_id is not null then
      fee := domovoi.share_bp(r.total, coalesce((r.policy ->> 'no_show_bp')::int, 10000));
      fee := case r.payment_plan when 'prepaid' then fee else least(fee, paid) end;
    end if;
  end if;
  update domovoi.reservation x set status = goes, status_reason = reason,
      check_out = case when goes = 'completed' then least(r.check_out, greatest(today, r.check_in + 1))
        else r.check_out end,
      cancelled_by = initiator, kept = held, refund_bp = share, no_show_fee = fee
    where x.company_id = p_company and x.id = p_id;
end $$;

-- The actions that are no moves; false if it is none of them.
create function domovoi.stay_does(r domovoi.reservation, p_action text, p_args jsonb) returns boolean
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  till timestamptz := case when p_args ->> 'until' ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d'
    then (p_args ->> 'until')::timestamptz end;
begin
  case p_action
    when 'extend_hold' then
      if p_args ->> 'until' is not null and (till is null or till <= domovoi.now()) then
        perform domovoi.fail('DM007', 'The hold must end in the future.', 'until', p_args ->> 'until',
          'Give a day and a time.');
      end if;
      update domovoi.reservation x set hold_until = coalesce(till, greatest(r.hold_until,
        domovoi.now()) + interval '1 day')
        where x.company_id = r.company_id and x.id = r.id;
    when 'extend' then
      if not domovoi.is_date(coalesce(p_args ->> 'check_out', '')) or (p_args ->> 'check_out')::date <= r.check_out then
        perform domovoi.fail('DM007', 'The new departure is not after the old one.', 'check_out', p_args ->> 'check_out',
          'Write dates as YYYY-MM-DD.');
      end if;
      perform domovoi.patch_reservation(r.company_id, r.id, null, jsonb_build_object('check_out', p_args ->> 'check_out'));
    when 'rebook' then
      perform domovoi.rebook(r, gen_random_uuid());
    when 'accept_rules' then
      update domovoi.reservation x set rules_accepted_at = domovoi.now(), rules_accepted_by = domovoi.my_user(),
          rules_hash = encode(sha256(convert_to(domovoi.rules_of(r), 'UTF8')), 'hex')
        where x.company_id = r.company_id and x.id = r.id;
    else return false;
  end case;
  return true;
end $$;

reset role;

-- ---- triggers, kinds, fields --------------------------------------------------------------------------------------

create trigger rules before insert or update on domovoi.price_rule for each row execute function
  domovoi.price_rule_before();
create trigger effects after insert or update or delete on domovoi.price_rule for each row execute function
  domovoi.price_rule_after();
create trigger rules before update on domovoi.cancel_policy for each row execute function domovoi.version_time_guard();
create trigger effects after insert or update on domovoi.cancel_policy for each row execute function
  domovoi.cancel_policy_after();

create trigger rules before insert or update on domovoi.readiness_check for each row execute function
  domovoi.record_before('', 'unit', '');
create trigger effects after insert or update on domovoi.readiness_check for each row execute function
  domovoi.record_after('readiness_check', '');
-- Beside the money's own triggers, after them: what a payment does to a stay is no concern of the money.
create trigger then_stays after update of status on domovoi.payment for each row execute function domovoi.payment_for_stay();
create trigger then_stays after update of status on domovoi.refund for each row execute function domovoi.refund_of_stay();

set local role domovoi_rules;
insert into domovoi.record_kind (resource, plural, reads, creates, patches, machine, keys, by_unit) values
  ('price_rule', 'price_rules', 'price.view', 'price.edit', 'price.edit', null, '{}', true),
  ('cancel_policy', 'cancel_policies', 'price.view', 'commission.edit', 'commission.edit', null, '{code}', false),
  ('readiness_check', 'readiness_checks', 'reservation.view', 'reservation.edit', 'reservation.edit', null, '{}', false);
insert into domovoi.record_action (resource, action, permission, needs_reason, states) values
  ('price_rule', 'delete', 'price.edit', false, null);
insert into domovoi.record_action (resource, action, permission, needs_reason, states, guard, sort) values
  ('reservation', 'extend', 'reservation.edit', false, '{hold,confirmed,checked_in}', null, 10),
  ('reservation', 'accept_rules', 'reservation.edit', false, '{hold,confirmed,checked_in}', 'has_rules', 11),
  ('reservation', 'rebook', 'reservation.create', false, '{cancelled,expired,no_show}', 'not_replaced', 12);
reset role;
set local role domovoi_owner;
insert into domovoi.writable (resource, ord, name, col, type, on_create, on_patch, on_import)
select r, o, n, c, t, k like '%c%', k like '%p%', false from (values
  ('reservation', 22, 'payment_plan', 'payment_plan', 'text', 'cp'),
  ('offering', 30, 'cancel_policy', 'cancel_policy', 'text', 'cp'),
  ('readiness_check', 1, 'reservation', 'reservation', 'text', 'c'),
  ('readiness_check', 2, 'kind', 'kind', 'text', 'c'),
  ('readiness_check', 3, 'cleaned', 'cleaned', 'text', 'cp'),
  ('readiness_check', 4, 'linen', 'linen', 'text', 'cp'),
  ('readiness_check', 5, 'codes', 'codes', 'text', 'cp'),
  ('readiness_check', 6, 'amenities', 'amenities', 'text', 'cp'),
  ('readiness_check', 7, 'problem', 'problem', 'text', 'cp'),
  ('readiness_check', 8, 'note', 'note', 'note', 'cp'),
  ('price_rule', 1, 'unit', 'unit_id', 'unit', 'c'),
  ('price_rule', 2, 'kind', 'kind', 'text', 'c'),
  ('price_rule', 3, 'name', 'name', 'text', 'cp'),
  ('price_rule', 4, 'from_on', 'from_on', 'date', 'cp'),
  ('price_rule', 5, 'to_on', 'to_on', 'date', 'cp'),
  ('price_rule', 6, 'weekdays', 'weekdays', 'text', 'cp'),
  ('price_rule', 7, 'min_nights', 'min_nights', 'int', 'cp'),
  ('price_rule', 8, 'priority', 'priority', 'int', 'cp'),
  ('price_rule', 9, 'currency', 'currency', 'currency', 'c'),
  ('price_rule', 10, 'price', 'price', 'major', 'cp'),
  ('price_rule', 10, 'price_minor', 'price', 'minor', 'cp'),
  ('price_rule', 11, 'surcharge', 'surcharge', 'major', 'cp'),
  ('price_rule', 11, 'surcharge_minor', 'surcharge', 'minor', 'cp'),
  ('price_rule', 12, 'change_bp', 'bp', 'int', 'cp'),
  ('cancel_policy', 1, 'code', 'code', 'text', 'c'),
  ('cancel_policy', 2, 'name', 'name', 'text', 'cp'),
  ('cancel_policy', 3, 'tiers', 'tiers', 'text', 'cp'),
  ('cancel_policy', 4, 'host_cancel_bp', 'host_cancel_bp', 'int', 'cp'),
  ('cancel_policy', 5, 'no_show_bp', 'no_show_bp', 'int', 'cp')
) v (r, o, n, c, t, k);

-- ---- what staff see -------------------------------------------------------------------------------------------------

create view api.price_rules with (security_invoker) as
  select r.id, r.company_id as company, r.unit_id as unit, u.title as unit_label, r.kind, r.name, r.from_on, r.to_on,
    r.weekdays, r.min_nights, r.priority, r.price as price_minor, r.surcharge as surcharge_minor, r.bp as change_bp, r.currency,
    r.version, r.updated_at
  from domovoi.price_rule r left join domovoi.unit u on u.company_id = r.company_id and u.id = r.unit_id;

-- the shipped policies stand among the company's own
create view api.cancel_policies with (security_invoker) as
  select p.id, coalesce(p.company_id, (select w.company from api.whoami() w limit 1)) as company, p.code, p.name, p.tiers,
    p.host_cancel_bp, p.no_show_bp, p.company_id is null as shipped, p.version, p.updated_at
  from domovoi.cancel_policy p;

create view api.readiness_checks with (security_invoker) as
  select k.id, k.company_id as company, k.reservation_id as reservation, r.no::text as reservation_label, k.unit_id as unit,
    u.title as unit_label, r.check_in, k.kind, k.cleaned, k.linen, k.codes, k.amenities, k.problem, k.note,
    k.cleaned and k.linen and k.codes and k.amenities and k.problem is null as ready, k.version, k.created_at, k.updated_at
  from domovoi.readiness_check k
  left join domovoi.reservation r on r.company_id = k.company_id and r.id = k.reservation_id
  left join domovoi.unit u on u.company_id = k.company_id and u.id = k.unit_id;

-- As in 0017, and the refund policy.
create or replace view api.offerings with (security_invoker) as
  select o.id, o.company_id as company, o.unit_id as unit, u.title as unit_label, o.mode, o.status,
    o.price as price_minor, o.currency,
    o.price_per, o.min_stay, o.max_stay, o.version, o.updated_at,
    o.status_reason, o.planned_return, o.listed_at, o.price_reason, o.cleaning_fee as cleaning_fee_minor,
    o.deposit as deposit_minor, o.advance_notice_h, o.booking_window_d, o.checkin_from, o.checkin_to, o.checkout_from,
    o.checkout_to, o.cta_weekdays, o.house_rules, o.agent_id as agent, a.display_name as agent_label,
    o.confirmed_by, k.display_name as confirmed_by_label, o.confirmed_at, o.cancel_policy
  from domovoi.offering o
  left join domovoi.unit u on u.company_id = o.company_id and u.id = o.unit_id
  left join domovoi.app_user a on a.id = o.agent_id
  left join domovoi.app_user k on k.id = o.confirmed_by;

create or replace view api.reservations with (security_invoker) as
  select r.id, r.company_id as company, r.no, r.external_id, r.unit_id as unit, u.title as unit_label,
    r.party_id as party,
    p.name as party_label, r.agent_id as agent, a.display_name as agent_label, r.building_id as building,
      b.name as building_label,
    r.check_in, r.check_out, r.nights, r.status, r.status_reason, r.cancelled_by, r.hold_until, r.booked_on,
      r.status_on,
    r.price_per_night as price_per_night_minor, r.total as total_minor, r.currency, r.adults, r.children,
      r.channel, r.country,
    r.comment, r.version, r.updated_at,
    r.payment_plan, r.cleaning_fee as cleaning_fee_minor, r.service_fee as service_fee_minor,
    r.policy ->> 'code' as cancel_policy, r.rules_accepted_at, r.replaces_id as replaces, x.no::text as replaces_label
  from domovoi.reservation r
  left join domovoi.unit u on u.company_id = r.company_id and u.id = r.unit_id
  left join domovoi.party p on p.company_id = r.company_id and p.id = r.party_id
  left join domovoi.app_user a on a.id = r.agent_id
  left join domovoi.building b on b.company_id = r.company_id and b.id = r.building_id
  left join domovoi.reservation x on x.company_id = r.company_id and x.id = r.replaces_id;

-- A stay's nights where their prices differ, or all of them as one line.
create view api.reservation_nights with (security_invoker) as
  select r.company_id as company, r.id as reservation, r.no, r.unit_id as unit, r.agent_id as agent, s.from_on, s.to_on,
    s.price as price_minor, r.currency
  from domovoi.reservation r cross join lateral api.price_runs(r.check_in,
    coalesce(r.night_prices, array_fill(r.price_per_night, array[r.check_out - r.check_in]))) s;

grant select on api.price_rules, api.cancel_policies, api.readiness_checks, api.reservation_nights to domovoi_staff;

create function act.price_rule_delete(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('price_rule', id, version, 'delete', '{}') $$;

create function act.reservation_extend(id text, version int default null, check_out date default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('reservation', id, version, 'extend', jsonb_build_object('check_out', check_out)) $$;
create function act.reservation_rebook(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('reservation', id, version, 'rebook', '{}') $$;
create function act.reservation_accept_rules(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('reservation', id, version, 'accept_rules', '{}') $$;

-- ---- reports ----------------------------------------------------------------------------------------------------------

-- A stay's price in lines (K18): what a new reservation without a price of its own will cost.
create function report.quote(unit text, "from" date, "to" date, guests int default 1, company int default null)
  returns setof api.quote_line
  language plpgsql stable set jit = off as $$
declare f record := report.frame(quote.company); asked uuid[] := report.units_named(f.company, quote.unit);
begin
  perform report.check_period(quote."from", quote."to");
  if asked is null then
    raise exception using errcode = 'DM007', message = 'A value is required.', column = 'unit';
  end if;
  return query select * from api.quote(asked[1], quote."from", quote."to", quote.guests, f.company);
end $$;

-- As in 0019; prices are the quote's.
create or replace function report.availability("from" date, "to" date, class text default null, building text default null,
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
                 when s.source = 'agreement' then 'The unit is let on these dates: ' || s.check_in || ' - ' || s.check_out
                 when s.source is not null then 'The unit is taken on these dates: ' || s.check_in || ' - ' || s.check_out
            end) end as against
        from api.stay_offers o left join used s on s.unit = o.unit
       where (f.company is null or o.company = f.company) and (asked is null or o.unit = any (asked))
         and (kind is null or o.class = kind)
         and (house is null or o.building in (select h.id from api.buildings h where h.id::text = lower(house) or h.code = house
           or h.name = house))
    )
    select t.unit, t.code, t.title, t.class, t.building_label, coalesce(q.per_night, t.price_minor),
           coalesce(q.total, t.price_minor * (b - a)), t.currency, t.against is null, t.against
      from told t left join lateral api.stay_price(t.company, t.unit, a, b) q on api.has_price_rules(t.company)
     where t.against is null or asked is not null
     order by t.building_label nulls last, t.code, t.unit;
end $$;

-- What comes back if a stay is called off now, and until when that holds.
create function report.refund_preview(stay text, by text default 'guest', company int default null)
  returns table (no bigint, paid_minor bigint, refund_bp int, refund_minor bigint, kept_minor bigint, currency char(3),
    until timestamptz, policy text, reservation uuid)
  language plpgsql volatile as $$
declare f record := report.frame(refund_preview.company);
begin
  return query select * from api.refund_preview(refund_preview.stay, refund_preview.by, f.company);
end $$;

reset role;

do $$
declare f regprocedure;
begin
  for f in select p.oid from pg_proc p where p.pronamespace in ('act'::regnamespace, 'report'::regnamespace, 'api'::regnamespace)
      and p.proname in ('price_rule_delete', 'quote', 'stay_price', 'has_price_rules', 'availability', 'uses', 'price_runs', 'refund_preview',
        'reservation_extend', 'reservation_rebook', 'reservation_accept_rules') loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to domovoi_staff, domovoi_owner', f);
  end loop;
end $$;
revoke execute on function domovoi.tick from public;
grant execute on function domovoi.tick to domovoi_owner;
