-- Bulk import: good rows kept, bad ones named by line, field and reason, the same file twice changes nothing.
\ir fixtures/start.sql
select plan(56);

create function t.import(p_resource text, p_rows jsonb, p_dry boolean default false, p_login text default 't_head')
  returns text language sql as $$
  select string_agg(concat_ws(' ', x ->> 'line', x ->> 'status', x ->> 'code', x ->> 'field'), ', '
    order by (x ->> 'line')::int)
    from jsonb_array_elements(t.val(p_login, format('select act.import_rows(%L, %L, %L)', p_resource, p_rows,
      p_dry))::jsonb) x
$$;
create function t.stay(p_line int, p_set jsonb) returns jsonb language sql as $$
  select jsonb_build_array(jsonb_build_object('line', p_line, 'set',
    '{"unit": "I1", "check_in": "2020-01-01", "check_out": "2020-01-03", "status": "completed",
    "booked_on": "2019-12-01", "status_on": "2020-01-03", "price_per_night": "75.00", "currency": "EUR",
      "party": "Гость 1"}' || p_set))
$$;

-- units
\set units '[{"line": 2, "set": {"code": "I1", "title": "Import one", "kind": "hotel_room", "class": "A"}}, {"line": 3, "set": {"code": "I2", "title": "Import two", "price": "12.34", "currency": "EUR", "building": "B1"}}]'
select is(t.import('units', :'units', true), '2 created, 3 created', 'a dry run says what would be');
select is((select count(*)::int from domovoi.unit where code like 'I_'), 0, 'and keeps nothing');
select is(t.import('unit', :'units'), '2 created, 3 created', 'units are added');
select is(t.import('unit', :'units'), '2 unchanged, 3 unchanged', 'once');
select is((select string_agg(concat_ws(' ', o.mode, o.status, o.price, o.currency, o.min_stay, o.booking_window_d),
  ', ' order by u.code) from domovoi.offering o join domovoi.unit u on u.id = o.unit_id where u.code like 'I_'),
  'short_stay active 0 KZT 1, short_stay active 1234 EUR 1', 'bookable by the night');
select is((select count(*)::int from domovoi.unit_stock s join domovoi.unit u on u.id = s.unit_id
  where u.code like 'I_' and s.in_stock = daterange(null, null)), 2, 'in stock from the beginning of time');
select is(t.import('unit', '[{"line": 2, "set": {"code": "I1", "title": "Other"}}, {"line": 3, "set": {"code": "I2", "price": "12.35"}}, {"line": 4, "set": {"title": "x"}},
  {"line": 5, "set": {"code": "I5", "floor": "two"}}, {"line": 6, "set": {"code": "I6", "parent": "I7"}},
    {"line": 7, "set": {"code": "I7", "parent": "I1"}}, {"line": 8, "set": {"code": "I8", "colour": "red"}}]'),
  '2 rejected DM003 title, 3 rejected DM003 price, 4 rejected DM007 code, 5 rejected DM007 floor, 6 rejected DM007 parent, 7 created, 8 rejected DM007 colour',
  'what differs or is wrong is named, the good rows are kept');
select is((select title from domovoi.unit where code = 'I7'), 'I7', 'without a title the code');

-- parties
\set parties '[{"line": 2, "set": {"name": "Ahmet", "phone": "+7 701 111 22 33", "external_id": "P-1"}}, {"line": 3, "set": {"name": "Ahmet", "external_id": "P-2"}}, {"line": 4, "set": {"name": "Boris"}}]'
select is(t.import('parties', :'parties'), '2 created, 3 created, 4 created',
  'people are added, namesakes by their external id');
select is(t.import('party', :'parties'), '2 unchanged, 3 unchanged, 4 unchanged', 'once');
select is(t.import('party', '[{"line": 2, "set": {"name": "Ahmet", "phone": "+77011112244", "external_id": "P-1"}}, {"line": 3, "set": {"name": "Boris", "country": "KZ"}}, {"line": 4, "set": {"name": "Cem", "phone": "1"}}]'),
  '2 rejected DM003 phone, 3 rejected DM003 country, 4 rejected DM007 phone', 'what differs or is wrong is named');

-- stays
select is(t.import('reservations', t.stay(2, '{"external_id": "R-1", "nights": "2", "total": "150.00"}'), true),
  '2 created', 'a dry run');
select is((select count(*)::int from domovoi.party where name = 'Гость 1') + (select count(*)::int
  from domovoi.reservation where external_id = 'R-1'), 0, 'keeps neither stay nor guest');
select is(t.import('reservation', t.stay(2, '{"external_id": "R-1", "nights": "2", "total": "150.00"}')),
  '2 created', 'a stay');
select is((select (status, check_in, check_out, booked_on, status_on, price_per_night, total, currency, imported,
  hold_until is null)::text from domovoi.reservation where external_id = 'R-1'),
  '(completed,2020-01-01,2020-01-03,2019-12-01,2020-01-03,7500,15000,EUR,t,t)',
    'in the file''s state, on the file''s dates');
select is((select string_agg(coalesce(from_state, '-') || '>' || to_state || ' ' || reason, ',')
  from domovoi.status_event e join domovoi.reservation r on r.id = e.record_id where r.external_id = 'R-1'),
  '->completed imported', 'with one event');
select is((select p.name || ' ' || (p.no > 0) from domovoi.party p join domovoi.reservation r on r.party_id = p.id
  where r.external_id = 'R-1'), 'Гость 1 true', 'its guest was added');
select is((select (sold, price)::text from domovoi.occupancy o join domovoi.reservation r on r.id = o.source_id
  where r.external_id = 'R-1'), '(t,7500)', 'its nights are sold');
select is(t.import('reservation', t.stay(2, '{"external_id": "R-1", "nights": "2", "total": "150.00"}')),
  '2 unchanged', 'the same again changes nothing');
select is((select count(*)::int from domovoi.party where name = 'Гость 1'), 1, 'nor adds a guest');
select is(t.import('reservation', t.stay(2, s::jsonb || '{"external_id": "R-1"}')), '2 rejected DM003 ' || f,
  'another ' || f || ' is refused') from (values
  ('{"unit": "I2"}', 'unit'), ('{"check_in": "2020-01-02"}', 'check_in'), ('{"status": "cancelled"}', 'status'),
    ('{"price_per_night": "75.01"}', 'price_per_night'),
  ('{"party": "Гость 2"}', 'party'), ('{"currency": "KZT"}', 'currency'), ('{"booked_on": "2019-12-02"}',
    'booked_on'), ('{"adults": "3"}', 'adults')) v (s, f);
select is(t.import('reservation', t.stay(2,
  s::jsonb || '{"external_id": "R-2", "check_in": "2020-02-01", "check_out": "2020-02-03"}')), '2 rejected ' || f,
  s) from (values
  ('{"unit": "NOPE"}', 'DM007 unit'), ('{"nights": "3"}', 'DM007 nights'), ('{"total": "149.99"}', 'DM007 total'),
    ('{"status": "happy"}', 'DM007 status'),
  ('{"unit": ""}', 'DM007 unit'), ('{"price_per_night": "1e3"}', 'DM007 price_per_night'), ('{"currency": "EURO"}',
    'DM007 currency'), ('{"nose": "big"}', 'DM007 nose')) v (s, f);
select is(t.import('reservation', t.stay(2, '{}')), '2 rejected DM007 external_id',
  'the number is what an import goes by');
select is(t.import('reservation', t.stay(2, '{"external_id": "R-2", "check_in": "2020-01-02"}') || t.stay(3,
  '{"external_id": "R-3", "check_in": "2020-01-03", "check_out": "2020-01-04"}')
    || t.stay(4, '{"external_id": "R-4", "check_in": "2020-01-03", "check_out": "2020-01-05"}') || t.stay(5,
      '{"external_id": "R-4", "check_in": "2020-02-03", "check_out": "2020-02-05"}')),
  '2 rejected DM004 unit, 3 created, 4 rejected DM004 unit, 5 created', 'never a double use; the good rows are kept');
select is(t.import('reservation', t.stay(2, '{"external_id": "R-5", "status": "cancelled"}') || t.stay(3,
  '{"external_id": "R-6", "status": "no_show", "status_reason": "no_arrival"}')), '2 created, 3 created',
  'what was cancelled lies over what was not');
select is(t.import('reservation', t.stay(2,
  '{"external_id": "R-7", "status": "", "check_in": "2026-09-01", "check_out": "2026-09-03", "price_per_night": "", "currency": "", "unit": "I2"}')), '2 created', 'little is needed');
select is((select (status, price_per_night, currency, hold_until is not null, channel)::text
  from domovoi.reservation where external_id = 'R-7'), '(hold,1234,EUR,t,import)',
  'the rest is a hold at the offer''s price');
select is(t.import('reservation', t.stay(2,
  '{"external_id": "R-8", "check_in": "2021-01-01", "check_out": "2021-01-02", "unit": "I2", "price_per_night": "10.005"}')), '2 rejected DM007 price_per_night', 'more digits than the currency has');
select is(t.import('reservation', t.stay(2,
  '{"external_id": "R-8", "check_in": "2021-01-01", "check_out": "2022-01-03", "unit": "I2"}')),
  '2 rejected DM007 check_out', 'more than 366 nights');

-- numbers
select is((select count(*) = count(distinct no) and max(no) = (select last from domovoi.company_counter
  where company_id = 901 and kind = 'reservation') from domovoi.reservation where company_id = 901), true,
  'stays are numbered on');
select is((select count(*) = count(distinct no) and max(no) = (select last from domovoi.company_counter
  where company_id = 901 and kind = 'party') from domovoi.party where company_id = 901), true, 'and so are people');
select is((select max(no) - count(*) from domovoi.party where company_id = 901), 0::bigint,
  'without gaps by rows that were refused');

-- rights and limits
select is(t.err('t_head', format('select act.import_rows(%L, %L)', r, j)), 'DM007', r || ' ' || left(j, 20))
  from (values
  ('tickets', '[]'), ('unit', '{}'), ('unit', '[{"line": 1}]'), ('unit',
    (select jsonb_agg(jsonb_build_object('line', g, 'set', '{}'::jsonb))::text from generate_series(1,
    501) g))) v (r, j);
select is(t.err('t_auditor', 'select act.import_rows(''unit'', ''[]'')'), 'DM005', 'an auditor imports nothing');
select is(t.err('t_super', 'select act.import_rows(''unit'', ''[]'')'), 'DM007', 'the platform says where');
select is(t.val('t_super', 'select act.import_rows(''unit'', ''[{"line": 1, "set": {"code": "S1", "title": "x"}}]'') #>> ''{0,status}''', 902), 'created', 'so');

-- 500 at once and one by one are the same
create function t.batch(p_bad boolean) returns jsonb language sql as $$
  select jsonb_agg(jsonb_build_object('line', g, 'set', jsonb_build_object('external_id', 'B-' || p_bad || g,
    'unit', case p_bad when true then 'I1' else 'I2' end, 'party', 'Guest ' || g % 50,
    'check_in', date '2010-01-01' + g, 'check_out', date '2010-01-02' + g, 'status', 'completed',
      'price_per_night', case when p_bad and g = 77 then 'x' else '1' end))) from generate_series(1, 300) g
$$;
create function t.tally(p text) returns text language sql as $$ select string_agg(n || ' ' || s, ', ' order by s)
  from (select count(*) n, substr(x, strpos(x, ' ') + 1) s from unnest(string_to_array(p, ', ')) x group by 2) y $$;
select is(t.tally(t.import('reservation', t.batch(false))), '300 created', 'a clean batch');
select is(t.tally(t.import('reservation', t.batch(true))), '299 created, 1 rejected DM007 price_per_night',
  'one with a bad row');
select is((select count(distinct party_id)::int from domovoi.reservation where external_id like 'B-%'), 50,
  'by the same guests');
select * from finish();
