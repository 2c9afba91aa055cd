-- Buildings, flats, hostels with rooms and beds, their prices and the time they are on offer.

create or replace function domovoi.demo_buildings(seed int) returns void
language plpgsql as $$
declare s bigint := seed * 1000 + 200;
begin
  create temp table demo_building on commit drop as
  select f.*, case when hostel then 'Хостел «' || x || '»' || case when name_no > 48 then ' ' || b else '' end
              else 'ЖК «' || x || '»' || case when name_no > 48 then ' ' || (name_no - 1) / 24 else '' end
                   || ', блок ' || 2 - block end as name
    from (select co.c, b, co.c * 100000 + b as n, domovoi.demo_uuid('building', co.c * 100000 + b, seed) as id,
         b > flats_in as hostel, d.district, d.streets, d.letter || lpad(b::text, greatest(2, length(b::text)), '0') as code, co.city, co.today,
         domovoi.demo_uuid('complex', co.c * 100000 + (b + 1) / 2, seed) as complex_id,
         1 + floor(domovoi.demo_rnd(co.c, s) * 24)::int + (b - 1) / 2 as name_no, b % 2 as block
    from (select demo_co.*, greatest(4, ceil(flats / 45.0))::int as flats_in,
                 greatest(case when rooms > 0 then 1 else 0 end, ceil(rooms / 14.0)::int) as hostels from demo_co) co
    cross join lateral generate_series(1, co.flats_in + co.hostels) b
    join (values
      ('Астана', 0, 'Есиль', 'astana_esil', 'E'), ('Астана', 1, 'Сарыарка', 'astana_saryarka', 'S'),
      ('Астана', 2, 'Алматы', 'astana_almaty', 'A'), ('Астана', 3, 'Байконур', 'astana_baikonur', 'B'),
      ('Toshkent', 0, 'Yunusobod', 'tashkent', 'Y'), ('Toshkent', 1, 'Chilonzor', 'tashkent', 'C'),
      ('Toshkent', 2, 'Mirzo Ulugʻbek', 'tashkent', 'M'), ('Toshkent', 3, 'Yakkasaroy', 'tashkent', 'K'),
      ('Санкт-Петербург', 0, 'Центральный', 'piter', 'C'), ('Санкт-Петербург', 1, 'Адмиралтейский', 'piter', 'A'),
      ('Санкт-Петербург', 2, 'Петроградский', 'piter', 'P'), ('Санкт-Петербург', 3, 'Василеостровский', 'piter', 'V')
    ) d (city, i, district, streets, letter) on d.city = co.city and d.i = b % 4) f,
   lateral (select (domovoi.demo_phrases('astana_complex'))[1 + (name_no - 1) % 24] as x) w;

  insert into domovoi.complex (company_id, id, name, district, city)
  select distinct on (c, complex_id) c, complex_id, split_part(name, ', ', 1), district, city
    from demo_building where not hostel order by c, complex_id, b;
  insert into domovoi.building (company_id, id, complex_id, code, name, address, district, city, floors, year_built)
  select c, id, case when not hostel then complex_id end, code, name,
         domovoi.demo_pick(domovoi.demo_phrases(streets), domovoi.demo_rnd(n, s + 1)) || ', '
           || 1 + floor(domovoi.demo_rnd(n, s + 2) * 90)::int,
         district, city, case when hostel then 5 else 18 + floor(domovoi.demo_rnd(n, s + 3) * 8) end,
         2001 + floor(domovoi.demo_rnd(n, s + 4) * 24)
    from demo_building;
  insert into domovoi.membership_building (company_id, user_id, building_id)
  select b.c, u.id, b.id from demo_building b join demo_user u on u.c = b.c
   where u.role = 'dispatcher' and b.b % 2 = 1 or u.role = 'executor' and b.b % 4 = 1;
end $$;

-- demo_unit: one row a unit. leaf: what is occupied; sold whole or by the bed is decided by the month (demo_stays).
create or replace function domovoi.demo_units(agents int, seed int) returns void
language plpgsql as $$
declare s bigint := seed * 1000 + 300;
begin
  create temp table demo_unit on commit drop as
  with flat as (
    select b.c, b.id as building_id, b.name as bname, b.code as bcode, i, null::int as bed,
           'flat' as shape, i * 3 + 1 + floor(domovoi.demo_rnd(b.n * 10000::bigint + i, s) * 3)::int as door,
           b.n * 10000::bigint + i * 10 as n
      from demo_co co
      join (select demo_building.*, count(*) filter (where not hostel) over (partition by c) as many from demo_building) b
        on b.c = co.c and not b.hostel
      cross join lateral generate_series(0, ((co.flats - b.b) / b.many)::int) i where b.b <= co.flats
  ), room as (
    select b.c, b.id, b.name, b.code, i, bed, case when bed = 0 then 'room' else 'bed' end,
           (1 + i / 7) * 100 + 1 + i % 7, b.n * 10000::bigint + i * 10 + bed
      from demo_co co
      join (select demo_building.*, row_number() over (partition by c order by b) - 1 as hno from demo_building where hostel) b
        on b.c = co.c
      cross join lateral generate_series(0, least(14, co.rooms - b.hno * 14)::int - 1) i
      cross join generate_series(0, 4) bed
  )
  select u.*, domovoi.demo_uuid('unit', n, seed) as id, co.currency, co.today, co.step,
         case when shape = 'bed' then domovoi.demo_uuid('unit', n - bed, seed) end as parent_id,
         domovoi.demo_uuid('unit', n - coalesce(bed, 0), seed) as lock_id,
         bcode || '-' || door || case when bed > 0 then '-' || chr(64 + bed) else '' end as code,
         1 + floor(domovoi.demo_rnd(n - coalesce(bed, 0), s + 1) ^ 1.6 * 3)::int as rooms,
         1 + floor(domovoi.demo_rnd(n - coalesce(bed, 0), s + 2) * 3)::int as class,
         0.78 + 0.27 * domovoi.demo_rnd(n, s + 3) as pop,
         case when domovoi.demo_rnd(n - coalesce(bed, 0), s + 4) < 0.12 and shape = 'flat'
           then domovoi.demo_rnd(n - coalesce(bed, 0), s + 5) end as opened_at,
         case when domovoi.demo_rnd(n, s + 6) < 0.02 and shape = 'flat' and i > 2 then 0.5 + 0.4 * domovoi.demo_rnd(n, s + 7) end as closed_at,
         1 + floor(domovoi.demo_rnd(n - coalesce(bed, 0), s + 8) ^ 1.4 * agents)::int as agent_k,
         domovoi.demo_rnd(n - coalesce(bed, 0), s + 9) < 0.3 as owned, co.night
    from (select * from flat union all select * from room) u
    join demo_co co using (c);

  alter table demo_unit add column price bigint, add column agent_id uuid, add column owner_id uuid,
    add column offering_id uuid, add column opened date, add column closed date;
  update demo_unit u
     set price = round(u.night * case shape when 'bed' then 0.28 when 'room' then 0.95
                                 else (0.7 + 0.4 * rooms) * (0.7 + 0.35 * class) end / step) * step,
         agent_id = a.id, owner_id = case when owned then o.id end,
         offering_id = domovoi.demo_uuid('offering', u.n, seed)
    from demo_user a, demo_user o
   where a.c = u.c and a.role = 'realtor' and a.k = u.agent_k and o.c = u.c and o.role = 'owner';
end $$;

create or replace function domovoi.demo_portfolio(back int, seed int) returns void
language plpgsql as $$
declare s bigint := seed * 1000 + 300;
begin
  update demo_unit
     set opened = today - (back * (1 - opened_at * 0.9))::int,
         closed = today - (back * (1 - closed_at))::int;
  update demo_unit set closed = null where closed <= opened;

  insert into domovoi.unit (company_id, id, code, title, kind, class, building_id, parent_id, lock_id, agent_id, owner_id,
                            floor, rooms, capacity, area_total, archived_at)
  select c, id, code,
         case shape when 'flat' then rooms || '-комн., ' || bname || ', кв. ' || door
                    when 'room' then bname || ', комната ' || door
                    else bname || ', комната ' || door || ', место ' || chr(64 + bed) end,
         case shape when 'flat' then 'apartment' else shape end, (array['comfort', 'business', 'premium'])[class],
         building_id, parent_id, lock_id, agent_id, owner_id,
         case shape when 'flat' then 1 + (door - 1) / 8 else door / 100 end,
         case shape when 'flat' then rooms when 'room' then 1 end,
         case shape when 'flat' then rooms * 2 when 'room' then 4 else 1 end,
         case shape when 'flat' then round((26 + rooms * 18 + domovoi.demo_rnd(n, s + 20) * 15)::numeric, 1) when 'room' then 24 end,
         case when closed is not null then closed::timestamptz end
    from demo_unit order by shape = 'bed', c, n;
  insert into domovoi.offering (company_id, id, unit_id, mode, status, price, currency, price_per, min_stay, max_stay,
                                building_id, agent_id, owner_id)
  select c, offering_id, id, 'short_stay', case when closed is null then 'active' else 'archived' end, price, currency,
         'night', 1, 60, building_id, agent_id, owner_id
    from demo_unit;
  insert into domovoi.unit_stock (company_id, id, unit_id, mode, in_stock, building_id, agent_id, owner_id)
  select c, domovoi.demo_uuid('stock', n, seed), id, 'short_stay', daterange(opened, closed), building_id, agent_id, owner_id
    from demo_unit where shape <> 'room';        -- a room is in stock through its beds
end $$;
