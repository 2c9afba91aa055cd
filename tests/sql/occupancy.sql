-- No double use, leaves and shares of the price, trees of units that change, blocks, stock.
\ir fixtures/start.sql
select plan(64);

create function t.book(p_unit text, p_in date, p_out date, p_price text default '100') returns text language sql as $$
  select coalesce(x ->> 'code', x ->> 'record') from t.mutate('t_head', jsonb_build_object('resource',
    'reservation', 'kind', 'create',
    'set', jsonb_build_object('unit', p_unit, 'check_in', p_in, 'check_out', p_out, 'price_per_night', p_price))) x
$$;
create function t.patch(p_resource text, p_record text, p_set jsonb) returns text language sql as $$
  select coalesce(x ->> 'code', x ->> 'status') from t.mutate('t_head', jsonb_build_object('resource', p_resource,
    'kind', 'patch', 'record', p_record, 'set', p_set)) x
$$;
create function t.new(p_resource text, p_set jsonb) returns text language sql as $$
  select coalesce(x ->> 'code', x ->> 'record') from t.mutate('t_head', jsonb_build_object('resource', p_resource,
    'kind', 'create', 'set', p_set)) x
$$;
create function t.does(p_resource text, p_record text, p_action text) returns text language sql as $$
  select coalesce(x ->> 'code', x ->> 'status') from t.mutate('t_head', jsonb_build_object('resource', p_resource,
    'kind', 'action', 'record', p_record, 'action', p_action)) x
$$;
create function t.leaves(p_source text) returns text language sql as $$
  select string_agg(u.code || '=' || o.price, ' ' order by u.code) from domovoi.occupancy o
    join domovoi.unit u on u.company_id = o.company_id and u.id = o.unit_id
   where o.source_id = p_source::uuid
$$;

-- one unit
select t.book('U3', '2026-07-01', '2026-07-05') as a \gset
select is(t.book('U3', '2026-07-04', '2026-07-06'), 'DM004', 'the last night is taken');
select is(t.book('U3', '2026-06-28', '2026-07-02'), 'DM004', 'the first one is');
select is(t.book('U3', '2026-07-02', '2026-07-03'), 'DM004', 'one in the middle is');
select is(t.book('U3', '2026-06-20', '2026-07-20'), 'DM004', 'and what covers all is refused');
select is(length(t.book('U3', '2026-07-05', '2026-07-06')), 36, 'out in the morning, in in the afternoon');
select is(length(t.book('U3', '2026-06-30', '2026-07-01')), 36, 'on both sides');
select is((select period from domovoi.occupancy where source_id = :'a'), tstzrange('2026-07-01T12:00:00+05',
  '2026-07-05T12:00:00+05'), 'noon to noon in the company''s zone');
select throws_ok($$insert into domovoi.occupancy select company_id, unit_id, source, gen_random_uuid(), check_in,
  check_out, period, sold, price, currency
  from domovoi.occupancy$$, '23P01', null, 'and the table itself refuses double use');
select is(t.new('block', '{"unit": "U3", "check_in": "2026-07-03", "check_out": "2026-07-08", "reason": "repair"}'), 'DM004', 'a block does not cover a stay');
select t.new('block', '{"unit": "U3", "check_in": "2026-07-10", "check_out": "2026-07-12", "reason": "repair"}') as k \gset
select is(t.book('U3', '2026-07-11', '2026-07-13'), 'DM004', 'nor a stay a block');
select is(t.patch('block', :'k', '{"check_out": "2026-07-11"}'), 'applied', 'a block gets shorter');
select is(length(t.book('U3', '2026-07-11', '2026-07-13')), 36, 'and frees its night');
select is(t.patch('block', :'k', '{"check_out": "2026-07-12"}'), 'DM004', 'which is then not to be had back');
select is(t.does('block', :'k', 'delete'), 'applied', 'a block is removed');
select is((select count(*)::int from domovoi.occupancy where source_id = :'k'), 0, 'with its nights');
select is(t.does('block', :'k', 'delete'), 'DM006', 'once');
select is(t.book('U3', '2026-07-20', '2026-07-20'), 'DM007', 'no night, no stay');
select is(t.book('U3', '2027-07-20', '2028-07-25'), 'DM007', 'more than 366 nights neither');

-- rooms and beds
select t.book('H-1', '2026-07-01', '2026-07-03', '100') as room \gset
select is(t.leaves(:'room'), 'H-1a=3334 H-1b=3333 H-1c=3333',
  'a room takes its beds, the rest of the price is the first one''s');
select is(t.book('H-1b', '2026-07-02', '2026-07-04'), 'DM004', 'a bed of a taken room');
select is(t.book('H', '2026-07-02', '2026-07-04'), 'DM004', 'the house above it');
select is(length(t.book('H-1c', '2026-07-03', '2026-07-05')), 36, 'a bed after it');
select is(t.book('H-1', '2026-07-04', '2026-07-06'), 'DM004', 'one taken bed refuses the room');
select is(length(t.book('H-1a', '2026-07-04', '2026-07-06')), 36, 'but not its neighbour');
select is((select count(distinct lock_id)::int from domovoi.unit where code like 'H%' and company_id = 901), 1,
  'house, room and beds meet at one lock');
select is(t.act('t_head', :'room', 'confirm'), 'applied', 'confirmed');
select is((select bool_and(sold) from domovoi.occupancy where source_id = :'room'), true, 'all its beds are sold');
select is(t.patch('reservation', :'room', '{"price_per_night": "50.01"}'), 'applied', 'another price');
select is(t.leaves(:'room'), 'H-1a=1667 H-1b=1667 H-1c=1667', 'is shared out again');
select is(t.patch('reservation', :'room', '{"price_per_night_minor": 5000}'), 'applied', 'in minor units');
select is(t.leaves(:'room'), 'H-1a=1668 H-1b=1666 H-1c=1666', 'with its rest');

-- moves
select is(t.patch('reservation', :'room', '{"check_out": "2026-07-04"}'), 'DM004',
  'a longer stay meets the neighbour');
select is(t.patch('reservation', :'room', '{"check_in": "2026-06-30"}'), 'applied', 'on the other side it is free');
select is(t.patch('reservation', :'a', '{"unit": "H-1b"}'), 'DM004', 'a move to a taken bed');
select is(t.patch('reservation', :'a', '{"unit": "U1"}'), 'applied', 'a move to a free flat');
select is(t.leaves(:'a'), 'U1=10000', 'takes the nights along');
select is((select (building_id, owner_id is null) from domovoi.reservation where id = :'a'),
  ('00000000-0000-7000-8000-0000000000b1'::uuid, true), 'and its building');
select is(length(t.book('U3', '2026-07-01', '2026-07-05')), 36, 'and frees the old one');

-- a flat that is divided later (I31)
select t.new('unit', '{"code": "F", "title": "Flat to divide", "kind": "apartment", "price": "10.5", "currency": "EUR"}') as f \gset
select is((select (price, currency, status, min_stay)::text from domovoi.offering where unit_id = :'f'),
  '(1050,EUR,active,1)', 'a new unit is on offer');
select is((select in_stock from domovoi.unit_stock where unit_id = :'f'), daterange(null, null),
  'and in stock from the beginning of time');
insert into domovoi.reservation (company_id, unit_id, check_in, check_out, status, price_per_night, currency,
  imported) values
  (901, :'f', '2026-05-01', '2026-05-03', 'completed', 500, 'EUR', true);
select t.book('F', '2026-06-15', '2026-06-18') as now \gset
select t.book('F', '2026-08-01', '2026-08-03') as later \gset
select t.new('unit', '{"code": "F1", "title": "Room one", "kind": "room", "parent": "F"}') as f1 \gset
select is(t.leaves(:'later'), 'F1=10000', 'what is booked moves to the part');
select is(t.leaves(:'now'), 'F1=10000', 'also what has begun');
select is((select count(*)::int from domovoi.occupancy where unit_id = :'f'), 1, 'the past stays where it was');
select is((select string_agg(u.code || s.in_stock, ' ' order by u.code) from domovoi.unit_stock s
  join domovoi.unit u on u.id = s.unit_id where u.code in ('F', 'F1')),
  'F(,2026-06-16) F1[2026-06-16,)', 'and so does its stock');
select t.new('unit', '{"code": "F2", "title": "Room two", "kind": "room", "parent": "F"}') as f2 \gset
select is(t.leaves(:'later'), 'F1=5000 F2=5000', 'a second part is taken too');
select is(t.book('F2', '2026-08-02', '2026-08-04'), 'DM004', 'so it cannot be sold over the flat''s guest');
select is(t.patch('unit', 'F', '{"parent": "F2"}'), 'DM007', 'a unit is no part of its part');
select is(t.patch('unit', 'U3', '{"parent": "F"}'), 'applied', 'another flat becomes a part, its stays stay');
select is((select lock_id from domovoi.unit where code = 'U3' and company_id = 901), :'f'::uuid,
  'under the lock of the whole');
select is(t.patch('unit', 'U3', '{"parent": null}'), 'applied', 'and leaves again');
select is(t.leaves(:'later'), 'F1=5000 F2=5000', 'the flat''s stays lie on what it has');
select is((select lock_id from domovoi.unit where code = 'U3' and company_id = 901), (select id from domovoi.unit
  where code = 'U3' and company_id = 901), 'its lock its own');

-- archive
select is(t.does('unit', 'F2', 'archive'), 'DM010', 'a unit in use is not archived');
select is(t.does('unit', 'F', 'archive'), 'DM010', 'nor one with parts');
select is(t.does('unit', 'U2', 'archive'), 'DM010', 'nor one with stays next year');
select t.new('unit', '{"code": "G", "title": "Gone", "kind": "apartment"}') as g \gset
select is(t.does('unit', 'G', 'archive') || t.does('unit', 'G', 'archive'), 'appliedDM001',
  'one that is free is, once');
select is(t.book('G', '2026-08-01', '2026-08-02'), 'DM007', 'and is not booked then');
select is((select in_stock from domovoi.unit_stock where unit_id = :'g'), daterange(null, '2026-06-16'),
  'nor in stock');
select is(t.does('unit', 'G', 'restore'), 'applied', 'it comes back');
select is((select string_agg(in_stock::text, ' ' order by in_stock) from domovoi.unit_stock where unit_id = :'g'),
  '(,2026-06-16) [2026-06-16,)', 'with its stock');
select is(t.does('unit', 'U3', 'dance'), 'DM007', 'what is no action of a unit');

-- who sees what follows the unit
select is(t.patch('unit', 'U1', '{"agent": "t_realtor2", "building": "B2"}'), 'applied',
  'another agent, another house');
select is((select count(*)::int from (select agent_id, building_id from domovoi.offering
  where unit_id = '00000000-0000-7000-8000-000000000101'
    union all select agent_id, building_id from domovoi.unit_stock
      where unit_id = '00000000-0000-7000-8000-000000000101'
    union all select agent_id, building_id from domovoi.unit_token
      where unit_id = '00000000-0000-7000-8000-000000000101') x
  where agent_id = t.id('t_realtor2') and building_id = '00000000-0000-7000-8000-0000000000b2'), 5,
    'offering, stock and words go along');
select is((select count(*)::int from domovoi.reservation r join domovoi.occupancy o on o.company_id = r.company_id
  and o.source_id = r.id
  where r.unit_id = '00000000-0000-7000-8000-000000000101'
    and (r.building_id <> '00000000-0000-7000-8000-0000000000b2' or o.building_id <> r.building_id
    or o.agent_id <> r.agent_id)), 0, 'stays go along by house and keep their agent');
select * from finish();
