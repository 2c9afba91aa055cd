-- The demo is a believable house and an honest one: what it derives in sets is what the triggers make row by row.
-- demo_fill runs here at its smallest size; the rows are then made again through the triggers and compared.
\set ON_ERROR_STOP 1
set client_min_messages = warning;
create extension if not exists pgtap;
create schema t;
set domovoi.now = '2026-06-16T09:00:00+05';
\o /dev/null
select domovoi.demo_fill('tiny', 7);
create table t.first as select (select md5(string_agg(r::text, '|' order by r.id)) from domovoi.reservation r) || (select md5(string_agg(p::text, '|' order by p.id)) from
  (select company_id, id, no, name, phone, email, agent_id from domovoi.party) p) as sum;
select domovoi.demo_fill('tiny', 7);
\o
select plan(42);

select is((select kind || ' ' || demo_size from domovoi.server), 'test tiny', 'the server says what it holds');
select is((select count(*) from domovoi.company), 2::bigint, 'two companies');
select is((select count(*) from domovoi.reservation), 500::bigint, 'exactly 500 reservations');
select is((select array_agg(distinct r.code order by r.code) from domovoi.role r where not exists (select from domovoi.db_login l where l.rolname = r.code || case when r.scope = 'platform' then '' else '_1' end)),
  null, 'every role has its login');
select is((select array_agg(distinct scope order by scope) from domovoi.demo_logins()), '{assigned,company,landlord,own,platform}', 'in every scope');
select is((select count(distinct district) from domovoi.building where city = 'Астана'), 4::bigint, 'Astana''s four districts');
select ok((select bool_or(name ~ '[әғқңөұүһі]') and bool_or(name ~ 'ов|ев') and bool_or(name ~ 'ova|ov ') from domovoi.party), 'Kazakh, Russian and Uzbek names');
select is((select count(*) from domovoi.party where phone !~ '^\+(7[79]\d{9}|9989\d{8})$'), 0::bigint, 'telephones of the place');
select is((select count(distinct status) from domovoi.reservation), 7::bigint, 'every state occurs');
select ok((select count(*) filter (where status = 'cancelled') between 50 and 130 from domovoi.reservation), 'some are cancelled');
select ok((select count(*) > 0 from domovoi.unit where kind = 'bed') and (select count(*) > 0 from domovoi.reservation r join domovoi.unit u on u.company_id = r.company_id and u.id = r.unit_id where u.kind = 'room'),
  'beds, and rooms sold whole');

-- states agree with the day
select is((select count(*) from domovoi.reservation r where case status
    when 'completed' then check_out > domovoi.company_today(company_id) when 'checked_in' then check_in > domovoi.company_today(company_id) or check_out < domovoi.company_today(company_id)
    when 'confirmed' then check_out <= domovoi.company_today(company_id) when 'hold' then check_in <= domovoi.company_today(company_id) or hold_until <= domovoi.now()
    when 'no_show' then check_in >= domovoi.company_today(company_id) else false end), 0::bigint, 'no state contradicts the day');
select is((select count(*) from domovoi.reservation where booked_on > domovoi.company_today(company_id) or status_on > domovoi.company_today(company_id) or status_on < booked_on), 0::bigint, 'nothing happens in the future or backwards');
select is((select count(*) from domovoi.reservation where status = 'cancelled' and (cancelled_by is null or status_reason is null)), 0::bigint, 'a cancellation has a reason and somebody');
select is((select count(*) from domovoi.reservation r where status_reason is not null and not exists (select from domovoi.dict_item d where d.kind = 'cancel_reason' and d.code = r.status_reason)), 0::bigint, 'of the dictionary');
select is((select count(*) from (select count(*) n, max(no) m from domovoi.reservation group by company_id) x where n <> m), 0::bigint, 'numbers without holes');
select is((select count(*) from domovoi.unit u where (kind in ('bed', 'apartment')) is distinct from exists (select from domovoi.unit_stock s where s.company_id = u.company_id and s.unit_id = u.id)), 0::bigint, 'what is undivided is in stock');
select is((select count(*) from domovoi.reservation r join domovoi.unit_stock s using (company_id, unit_id) where r.status in ('completed', 'checked_in', 'confirmed', 'hold')
  and not s.in_stock @> daterange(r.check_in, r.check_out)), 0::bigint, 'nobody stays where nothing is on offer');

-- everything a constraint says, though the bulk load went past the triggers
select is((select count(*) from pg_constraint where not convalidated), 0::bigint, 'every constraint is in force');
select is((select count(*) from pg_trigger where tgenabled <> 'O'), 0::bigint, 'so is every trigger');
select is((select count(*) from domovoi.occupancy a join domovoi.occupancy b using (company_id, unit_id)
  where a.source_id < b.source_id and a.check_in < b.check_out and b.check_in < a.check_out), 0::bigint, 'no double use');

-- the same seed and day, the same house
select is((select md5(string_agg(r::text, '|' order by r.id)) from domovoi.reservation r) || (select md5(string_agg(p::text, '|' order by p.id)) from
  (select company_id, id, no, name, phone, email, agent_id from domovoi.party) p), (select sum from t.first), 'the same seed gives the same house') ;

-- derived rows: kept aside, made again by the triggers, compared both ways
create table t.occupancy as select * from domovoi.occupancy;
create table t.unit_token as select * from domovoi.unit_token;
create table t.party_token as select * from domovoi.party_token;
create table t.unit as select company_id, id, building_id, agent_id, owner_id, lock_id, version from domovoi.unit;
create table t.stock as select company_id, unit_id, in_stock, building_id, agent_id, owner_id from domovoi.unit_stock;
create table t.offering as select company_id, unit_id, building_id, agent_id, owner_id from domovoi.offering;
create table t.reservation as select company_id, id, no, building_id, agent_id, owner_id, nights, total from domovoi.reservation;
create table t.counter as select * from domovoi.company_counter;
create table t.event as select company_id, record_id, to_state from domovoi.status_event where machine = 'reservation.stay';
create table t.u as select * from domovoi.unit;
create table t.o as select * from domovoi.offering;
create table t.s as select * from domovoi.unit_stock;
create table t.p as select * from domovoi.party;
create table t.r as select * from domovoi.reservation;
create table t.b as select * from domovoi.block;
\o /dev/null
select domovoi.demo_triggers('disable');
truncate domovoi.unit, domovoi.party, domovoi.reservation, domovoi.block, domovoi.occupancy, domovoi.company_counter, domovoi.status_event, domovoi.change_log cascade;
select domovoi.demo_triggers('enable');
insert into domovoi.unit (company_id, id, code, title, kind, class, building_id, parent_id, lock_id, agent_id, owner_id, archived_at)
  select company_id, id, code, title, kind, class, case when parent_id is null then building_id end, parent_id, id,
         case when parent_id is null then agent_id end, case when parent_id is null then owner_id end, archived_at from t.u order by parent_id nulls first;
insert into domovoi.offering (company_id, id, unit_id, mode, price, currency) select company_id, id, unit_id, mode, price, currency from t.o;
insert into domovoi.unit_stock (company_id, id, unit_id, mode, in_stock) select company_id, id, unit_id, mode, in_stock from t.s;
insert into domovoi.party (company_id, id, name, phone, email, agent_id) select company_id, id, name, phone, email, agent_id from t.p order by company_id, no;
insert into domovoi.reservation (company_id, id, unit_id, offering_id, party_id, agent_id, check_in, check_out, status, status_reason, hold_until, booked_on, status_on, price_per_night, currency, imported)
  select company_id, id, unit_id, offering_id, party_id, agent_id, check_in, check_out, status, status_reason, hold_until, booked_on, status_on, price_per_night, currency, true from t.r order by company_id, no;
insert into domovoi.block (company_id, id, unit_id, check_in, check_out, reason) select company_id, id, unit_id, check_in, check_out, reason from t.b;
\o
select set_eq('select * from domovoi.occupancy', 'select * from t.occupancy where source <> ''agreement''', 'occupancy is what the triggers make');
select set_eq('select * from domovoi.unit_token', 'select * from t.unit_token', 'so are the words of units');
select set_eq('select * from domovoi.party_token', 'select * from t.party_token', 'and those of people');
select set_eq('select company_id, id, building_id, agent_id, owner_id, lock_id, version from domovoi.unit', 'select * from t.unit', 'copies on units');
select set_eq('select company_id, unit_id, in_stock, building_id, agent_id, owner_id from domovoi.unit_stock', 'select * from t.stock', 'copies on stock');
select set_eq('select company_id, unit_id, building_id, agent_id, owner_id from domovoi.offering', 'select * from t.offering', 'copies on offerings');
select set_eq('select company_id, id, no, building_id, agent_id, owner_id, nights, total from domovoi.reservation', 'select * from t.reservation', 'numbers and copies on reservations');
select set_eq('select * from domovoi.company_counter', 'select * from t.counter where kind in (''reservation'', ''party'')', 'counters');
select set_eq('select company_id, record_id, to_state from domovoi.status_event', 'select * from t.event', 'a status event a reservation');

-- the other sizes
select is((select companies || ' ' || reservations from domovoi.demo_plan(s)), n, s)
  from (values ('empty', '1 0'), ('tiny', '2 500'), ('small', '3 20000'), ('medium', '5 1000000'), ('large', '5 10000000')) v (s, n);
select throws_ok($$select domovoi.demo_fill('huge', 1)$$, 'DM007', null, 'an unknown size');
select lives_ok($$select domovoi.demo_fill('empty', 1)$$, 'the empty demo');
select is((select count(*) from domovoi.company) || ' ' || (select count(*) from domovoi.unit) || ' ' || (select count(*) from domovoi.party) || ' ' || (select count(*) from domovoi.db_login), '1 0 0 12', 'one company, its staff and nothing else');
select is((select name || ' ' || currency || ' ' || tz from domovoi.company), 'Астана Апарт KZT Asia/Almaty', 'in Astana');
update domovoi.server set kind = 'live';
select throws_ok($$select domovoi.demo_fill('tiny', 1)$$, 'DM011', null, 'real data are never filled over');
select is((select has_function_privilege('public', p.oid, 'execute') from pg_proc p where p.proname = 'demo_fill'), false, 'nor by everybody');
select * from finish();
