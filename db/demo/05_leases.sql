-- Flats that are let by the month, in houses of their own, and who has rented them: one tenancy after another with a gap,
-- most a year long; some ended early, a few are about to end, a few are only drafted.

create or replace function domovoi.demo_lets(wanted int, agents int, seed int) returns void
language plpgsql as $$
declare s bigint := seed * 1000 + 500;
begin
  create temp table demo_let on commit drop as
  select co.c, i, 1 + (i - 1) / 60 as house, co.c * 1000000::bigint + i as n, domovoi.demo_uuid('let', co.c * 1000000::bigint + i, seed) as id,
         domovoi.demo_uuid('let house', co.c * 1000::bigint + (i - 1) / 60, seed) as building_id, co.today, co.currency, co.city,
         1 + floor(domovoi.demo_rnd(co.c * 1000000::bigint + i, s) ^ 1.3 * 3)::int as rooms,
         1 + floor(domovoi.demo_rnd(co.c * 1000000::bigint + i, s + 1) ^ 1.4 * agents)::int as agent_k,
         domovoi.demo_rnd(co.c * 1000000::bigint + i, s + 2) < 0.4 as owned,
         co.night / (co.step * 20) * (co.step * 20) as night, co.step * 20 as rent_step
    from demo_co co cross join lateral generate_series(1, greatest(4, ceil(co.share * wanted))::int) i;
  alter table demo_let add column agent_id uuid, add column owner_id uuid, add column rent bigint;
  update demo_let l
     set agent_id = a.id, owner_id = case when owned then o.id end,
         rent = greatest(1, round(night * (7 + 4 * rooms) * (0.9 + 0.3 * domovoi.demo_rnd(l.n, s + 3)) / rent_step)) * rent_step
    from demo_user a, demo_user o
   where a.c = l.c and a.role = 'realtor' and a.k = l.agent_k and o.c = l.c and o.role = 'owner';

  insert into domovoi.building (company_id, id, code, name, address, district, city, floors, year_built)
  select distinct on (c, house) c, building_id, 'R' || lpad(house::text, greatest(2, length(house::text)), '0'),
         'Доходный дом ' || house,
         case city when 'Toshkent' then 'Amir Temur shoh koʻchasi' when 'Санкт-Петербург' then 'Литейный проспект'
           else 'проспект Кабанбай батыра' end || ', ' || house * 2,
         case city when 'Toshkent' then 'Yunusobod' when 'Санкт-Петербург' then 'Центральный' else 'Есиль' end,
         city, 9, 2012
    from demo_let order by c, house, i;
  insert into domovoi.unit (company_id, id, code, title, kind, class, building_id, lock_id, agent_id, owner_id, floor, rooms,
                            capacity, area_total)
  select c, id, 'R' || lpad(house::text, greatest(2, length(house::text)), '0') || '-' || 1 + (i - 1) % 60,
         rooms || '-комн., Доходный дом ' || house || ', кв. ' || 1 + (i - 1) % 60, 'apartment', 'comfort', building_id, id,
         agent_id, owner_id, 1 + (i - 1) % 60 / 7, rooms, rooms * 2, 28 + rooms * 17
    from demo_let order by c, i;
  insert into domovoi.offering (company_id, id, unit_id, mode, status, price, currency, price_per, building_id, agent_id, owner_id)
  select c, domovoi.demo_uuid('let offer', n, seed), id, 'long_rent', 'active', rent, currency, 'month', building_id, agent_id, owner_id
    from demo_let;
  insert into domovoi.unit_stock (company_id, id, unit_id, mode, in_stock, building_id, agent_id, owner_id)
  select c, domovoi.demo_uuid('let stock', n, seed), id, 'long_rent', daterange(null, null), building_id, agent_id, owner_id
    from demo_let;
end $$;

-- demo_lease: one row an agreement, with what became of it and how well its tenant pays (0 always in time … 1 hardly).
create or replace function domovoi.demo_leases(back int, seed int) returns void
language plpgsql as $$
declare s bigint := seed * 1000 + 520;
begin
  create temp table demo_lease on commit drop as
  with line as (
    select l.*, k, l.n * 100 + k as key, today - greatest(back, 500) - floor(domovoi.demo_rnd(l.n, s + 2) * 200)::int as zero,
           4 + floor(domovoi.demo_rnd(l.n * 100 + k, s) ^ 2 * 70)::int as gap, -- never less: months differ in length
           (array[6,11,11,12,12,12,12,12,18,24])[1 + floor(domovoi.demo_rnd(l.n * 100 + k, s + 1) * 10)::int] as months
      from demo_let l cross join generate_series(1, greatest(back, 500) / 200 + 4) k
  ), summed as (
    select *, sum(gap) over w as gaps, sum(months) over w - months as before from line window w as (partition by n order by k)
  ), dated as (
    select *, (zero + make_interval(months => before::int))::date + gaps::int as starts_on from summed
  ), spanned as (
    select *, (starts_on + make_interval(months => months))::date as ends_on, domovoi.demo_rnd(key, s + 3) as r,
           domovoi.demo_rnd(key, s + 4) as pays from dated
     where starts_on <= today + 30
  ), ended as (
    select *, case when r < 0.08 and starts_on + months * 15 <= today then starts_on + months * 15 end as terminated_on from spanned
  )
  select *, case when starts_on > today then 'draft' when terminated_on is not null then 'terminated'
                 when ends_on <= today then 'expired' when ends_on <= today + 45 and r < 0.5 then 'notice'
                 else 'active' end as status,
         coalesce(terminated_on, ends_on) as until,
         round(rent * (1 - 0.05 * greatest(extract(year from age(today, starts_on))::int, 0)) / rent_step) * rent_step as rent_then,
         domovoi.demo_uuid('lease', key, seed) as lease_id
    from ended;
end $$;

create or replace function domovoi.demo_store_leases(agents int, seed int) returns void
language plpgsql as $$
declare s bigint := seed * 1000 + 540; t timestamptz := domovoi.now();
begin
  insert into domovoi.agreement (company_id, id, no, kind, unit_id, party_id, agent_id, building_id, owner_id, starts_on, ends_on,
    status, status_reason, signed_at, notice_on, terminated_on, due_day, currency, rent, deposit, index_bp, index_month, created_at,
    created_by, updated_at)
  select l.c, l.lease_id, row_number() over (partition by l.c order by l.starts_on, l.key), 'lease', l.id, p.id, l.agent_id,
         l.building_id, l.owner_id, l.starts_on, l.ends_on, l.status,
         case l.status when 'terminated' then domovoi.demo_pick('{tenant_left,arrears,sale}', l.pays) when 'notice' then 'tenant_left' end,
         case when l.status <> 'draft' then l.starts_on - 3 + time '12:00' end,
         case when l.status = 'notice' then l.today - 10 when l.status = 'terminated' then l.terminated_on - 30 end,
         l.terminated_on, (array[1,1,1,5,5,10,15,20,25,31])[1 + floor(domovoi.demo_rnd(l.key, s) * 10)::int], l.currency, l.rent_then,
         l.rent_then, case when domovoi.demo_rnd(l.key, s + 1) < 0.5 then 700 else 0 end,
         case when domovoi.demo_rnd(l.key, s + 1) < 0.5 then 1 end, least(l.starts_on - 3 + time '11:00', t), l.agent_id,
         least(l.starts_on - 3 + time '12:00', t)
    from demo_lease l
    join (select c, count(*) / agents as turns from demo_party group by c) q using (c)
    join demo_party p on p.c = l.c and p.k = l.agent_k + agents * floor((q.turns - 1) * domovoi.demo_rnd(l.key, s + 2))::int
   order by l.c, l.starts_on, l.key;

  insert into domovoi.agreement_line (company_id, id, agreement_id, unit_id, kind, amount, from_on, to_on, agent_id, building_id,
    owner_id)
  select l.c, domovoi.demo_uuid('line ' || k.kind, l.key, seed), l.lease_id, l.id, k.kind, k.amount, l.starts_on, l.ends_on, l.agent_id,
         l.building_id, l.owner_id
    from demo_lease l
   cross join lateral (values ('rent', l.rent_then, true),
      ('utilities', l.rent_step * 2, domovoi.demo_rnd(l.key, s + 3) < 0.5)) k (kind, amount, wanted)
   where k.wanted;

  insert into domovoi.status_event (company_id, machine, record_id, to_state, reason, by_user, at)
  select company_id, 'agreement', id, status, status_reason, created_by, updated_at from domovoi.agreement order by updated_at;
  insert into domovoi.company_counter (company_id, kind, last)
  select company_id, 'agreement', max(no) from domovoi.agreement group by 1;

  insert into domovoi.party_role (company_id, party_id, role, since, agent_id)
  select g.company_id, g.party_id, 'tenant', min(g.starts_on), min(p.agent_id::text)::uuid
    from domovoi.agreement g join domovoi.party p on p.company_id = g.company_id and p.id = g.party_id
   where g.status <> 'draft' group by 1, 2;

  -- an agreement uses its unit in spans of at most 366 nights
  insert into domovoi.occupancy (company_id, unit_id, source, source_id, check_in, check_out, period, sold, price, building_id,
                                 agent_id, owner_id)
  select l.c, l.id, 'agreement', l.lease_id, x.a, x.b, tstzrange((x.a + time '12:00') at time zone co.tz,
         (x.b + time '12:00') at time zone co.tz), false, 0, l.building_id, l.agent_id, l.owner_id
    from demo_lease l
    join demo_co co using (c)
   cross join generate_series(0, (l.until - l.starts_on - 1) / 366) y
   cross join lateral (select l.starts_on + y * 366 as a, least(l.until, l.starts_on + (y + 1) * 366) as b) x
   where l.status <> 'draft';
end $$;
