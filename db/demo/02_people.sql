-- Companies, staff and guests of the demo.

-- How much there is of each size, and how much memory a step of filling it may take.
create or replace function domovoi.demo_plan(size text)
returns table (companies int, reservations int, back int, ahead int, lets int, agents int, memory text)
language sql immutable as $$
  select p.companies, p.reservations, p.back, p.ahead, p.lets, p.agents, p.memory
    from (values ('empty', 1, 0, 0, 0, 0, 2, '64MB'), ('tiny', 2, 500, 120, 45, 12, 2, '64MB'),
                 ('small', 3, 20000, 600, 90, 150, 5, '64MB'), ('medium', 5, 1000000, 600, 90, 3000, 25, '64MB'),
                 ('large', 5, 10000000, 1330, 90, 15000, 60, '512MB')) p (size, companies, reservations, back,
                 ahead, lets, agents, memory)
   where p.size = demo_plan.size
$$;

-- The parts of names by culture and sex, split once; the name as its bearer writes it.
create or replace function domovoi.demo_names() returns void
language sql as $$
  create temp table if not exists demo_name on commit drop as
  select culture, man, domovoi.demo_words(culture || '_last') as last, case when man then '' when culture = 'uz' then 'a' else 'а' end as ending,
         domovoi.demo_words(culture || case when man then '_first_m' else '_first_f' end) as first,
         domovoi.demo_words(culture || '_middle') as middle, case when man then son else daughter end as middle_ending, often
    from (values ('ru', 'ич', 'на', 0.6), ('kk', 'ұлы', 'қызы', 0.4), ('uz', '', '', 0)) c (culture, son, daughter, often),
         (values (true), (false)) g (man)
$$;

create or replace function domovoi.demo_person(last text[], ending text, first text[], middle text[], middle_ending text, often float8,
    k bigint, salt bigint) returns text
language sql immutable as $$
  select domovoi.demo_pick(last, domovoi.demo_rnd(k, salt + 1)) || ending || ' ' || domovoi.demo_pick(first, domovoi.demo_rnd(k, salt + 2))
      || case when domovoi.demo_rnd(k, salt + 4) < often
           then ' ' || domovoi.demo_pick(middle, domovoi.demo_rnd(k, salt + 3)) || middle_ending else '' end
$$;

create or replace function domovoi.demo_companies(n int, seed int) returns void
language plpgsql as $$
begin
  insert into domovoi.company (id, kind, name, slug, country, tz, currency, locale)
  select id, kind, name, slug, country, tz, currency, locale
    from (values
      (1, 'agency',     'Астана Апарт',          'astana-apart', 'KZ', 'Asia/Almaty',   'KZT', 'ru'),
      (2, 'management', 'Есіл Қонақүй',          'esil-stay',    'KZ', 'Asia/Almaty',   'KZT', 'kk'),
      (3, 'agency',     'Toshkent Kvartiralari', 'toshkent',     'UZ', 'Asia/Tashkent', 'UZS', 'ru'),
      (4, 'agency',     'Сарыарка Рент',         'saryarka',     'KZ', 'Asia/Almaty',   'KZT', 'ru'),
      (5, 'landlord',   'Невский берег',         'nevsky',       'RU', 'Europe/Moscow', 'RUB', 'ru')
    ) v (id, kind, name, slug, country, tz, currency, locale)
   where id <= n;
  perform setval(pg_get_serial_sequence('domovoi.company', 'id'), n);

  -- what the generator knows of each company: its part of the reservations, how much of it is hostels, price level
  create temp table demo_co on commit drop as
  select c.id as c, c.tz, c.currency, domovoi.today(c.tz) as today,
         p.share::numeric / sum(p.share) over () as share, p.beds, p.night, p.step, p.city
    from domovoi.company c
    join (values
      (1, 35, 0.12, 1800000, 50000,   'Астана'),
      (2, 25, 0.45, 1600000, 50000,   'Астана'),
      (3, 15, 0.10, 35000000, 1000000, 'Toshkent'),
      (4, 15, 0.05, 1900000, 50000,   'Астана'),
      (5, 10, 0.08, 350000, 5000,     'Санкт-Петербург')
    ) p (c, share, beds, night, step, city) on p.c = c.id;
end $$;

-- Every role once a company as <role>_<company>, more agents as realtor_<company>_<n>; the platform's people once.
create or replace function domovoi.demo_staff(agents int, seed int) returns void
language plpgsql as $$
begin
  create temp table demo_user on commit drop as
  select row_number() over (order by c, r.sort, k) as n, c, r.code as role, r.scope, k,
         case when r.scope = 'platform' then r.code else r.code || '_' || c end || case when k > 1 then '_' || k else '' end as login,
         domovoi.demo_uuid('user', c * 100000 + r.sort * 1000 + k, seed) as id
    from domovoi.role r
    cross join demo_co
    cross join lateral generate_series(1, case r.code when 'realtor' then agents else 1 end) k
   where r.scope <> 'platform' or c = 1;

  perform domovoi.demo_names();
  insert into domovoi.app_user (id, login, display_name, email, phone, locale)
  select u.id, login, domovoi.demo_person(last, ending, first, middle, middle_ending, often, n, seed * 1000 + 700),
         login || '@example.com', '+7700555' || lpad(n::text, 4, '0'), case when c = 2 then 'kk' else 'ru' end
    from demo_user u
    join demo_name w on w.man = (domovoi.demo_rnd(n, seed * 1000 + 700) < 0.5)
     and w.culture = case when c = 3 then 'uz' when c = 5 then 'ru' when domovoi.demo_rnd(n, seed * 1000 + 710) < 0.6 then 'kk' else 'ru' end;
  insert into domovoi.db_login (rolname, user_id) select login, id from demo_user;
  insert into domovoi.membership (id, company_id, user_id, role, is_default)
  select domovoi.demo_uuid('membership', u.n * 100 + co.c, seed), co.c, u.id, u.role, co.c = u.c
    from demo_user u join demo_co co on co.c = u.c or u.scope = 'platform';
end $$;

-- Guests. k is the number within the company, 1 … parties; the frequent ones come first, the agents take turns.
create or replace function domovoi.demo_parties(parties float8, agents int, seed int) returns void
language plpgsql as $$
declare s bigint := seed * 1000 + 100;
begin
  create temp table demo_party on commit drop as
  select co.c, k, co.c * 10000000::bigint + k as n, domovoi.demo_uuid('party', co.c * 10000000::bigint + k, seed) as id,
         case when k % 33 = 17 then 'org' else 'person' end as kind,
         case when co.c = 3 and r < 0.7 or r < 0.12 then 'uz' when co.c = 5 and r < 0.9 or r < 0.55 then 'ru' else 'kk' end as culture
    from demo_co co
    cross join lateral generate_series(1, greatest(agents * 6, (co.share * parties)::int)) k
    cross join lateral (select domovoi.demo_rnd(co.c * 10000000::bigint + k, s)) f (r);

  insert into domovoi.party (company_id, id, no, kind, name, phone, email, language, country, status, note, agent_id)
  select p.c, p.id, p.k, p.kind,
         case when p.kind = 'org'
           then 'ТОО «' || domovoi.demo_pick(domovoi.demo_phrases('org'), domovoi.demo_rnd(p.n, s + 20)) || '»'
                || case when p.k > 500 then ' ' || p.k else '' end
           else domovoi.demo_person(last, ending, first, middle, middle_ending, often, p.n, s + 30) end,
         case p.culture
           when 'uz' then '+9989' || domovoi.demo_pick('{0,1,3,4,5,7,8,9}', domovoi.demo_rnd(p.n, s + 1))
           else case when p.c = 5 then '+79' || domovoi.demo_pick('{11,21,31,52,05,65}', domovoi.demo_rnd(p.n, s + 1))
                     else '+77' || domovoi.demo_pick('{01,02,05,07,08,47,71,75,76,77,78}', domovoi.demo_rnd(p.n, s + 1)) end
         end || lpad(floor(domovoi.demo_rnd(p.n, s + 2) * 1e7)::bigint::text, 7, '0'),
         case when domovoi.demo_rnd(p.n, s + 3) < 0.35 then 'guest' || p.c || '.' || p.k || '@example.com' end,
         p.culture, case p.culture when 'uz' then 'UZ' when 'ru' then case when p.c = 5 then 'RU' else 'KZ' end else 'KZ' end,
         case when domovoi.demo_rnd(p.n, s + 4) < 0.006 then 'blacklisted' else 'active' end,
         case when domovoi.demo_rnd(p.n, s + 5) < 0.03 then domovoi.demo_pick(domovoi.demo_phrases('comment'), domovoi.demo_rnd(p.n, s + 6)) end,
         a.id
    from demo_party p
    join demo_user a on a.c = p.c and a.role = 'realtor' and a.k = 1 + (p.k - 1) % agents
    join demo_name w on w.culture = p.culture and w.man = (domovoi.demo_rnd(p.n, s + 30) < 0.5)
   order by p.c, p.k;
end $$;
