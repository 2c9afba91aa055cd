-- The portfolio: what a unit tells, what stays as it was published, listings and their states, stock, blocks,
-- amenities,
-- attachments, prices. Each move allowed and refused.
\ir fixtures/start.sql
select plan(156);

create function t.do(p_login text, p_resource text, p_kind text, p_record text, p_what jsonb,
  p_action text default null,
  p_version int default null) returns jsonb language sql as $$
  select t.mutate(p_login, jsonb_build_object('resource', p_resource, 'kind', p_kind, 'record', p_record,
    'base_version',
    p_version, 'action', p_action, case p_kind when 'action' then 'args' else 'set' end, p_what))
$$;
create function t.told(x jsonb) returns text language sql as $$
  select concat_ws(' ', coalesce(x ->> 'code', x ->> 'status'), x ->> 'field') $$;
create function t.edit(p_login text, p_resource text, p_record text, p_set jsonb) returns text language sql as $$
  select t.told(t.do(p_login, p_resource, 'patch', p_record, p_set)) $$;
create function t.make(p_login text, p_resource text, p_set jsonb) returns text language sql as $$
  select case x ->> 'status' when 'applied' then x ->> 'record' else t.told(x) end
    from t.do(p_login, p_resource, 'create', null, p_set) x $$;
create function t.go(p_login text, p_resource text, p_record text, p_action text,
  p_args jsonb default '{}') returns text
  language sql as $$ select t.told(t.do(p_login, p_resource, 'action', p_record, p_args, p_action)) $$;
create function t.offer(p_code text, p_mode text default 'short_stay') returns text language sql as $$
  select o.id::text from domovoi.offering o join domovoi.unit u on u.company_id = o.company_id and u.id = o.unit_id
   where u.company_id = 901 and u.code = p_code and o.mode = p_mode $$;
create function t.state(p text) returns text language sql as $$ select status
  from domovoi.offering where id = p::uuid $$;
-- A setting of the company; where settings have versions, the next one.
create function t.set_to(p_key text, p_value jsonb) returns void language plpgsql as $$
begin
  if exists (select from pg_attribute where attrelid = 'domovoi.setting'::regclass and attname = 'version') then
    execute 'insert into domovoi.setting (company_id, key, value, version) select 901, $1, $2,
      coalesce(max(version), 0) + 1 from domovoi.setting where company_id = 901 and key = $1' using p_key, p_value;
  else
    delete from domovoi.setting where company_id = 901 and key = p_key;
    insert into domovoi.setting (company_id, key, value) values (901, p_key, p_value);
  end if;
end $$;
\set both '{"data_correct": "true", "right_to_let": "true"}'

-- ---- units ----
select is(t.edit('t_head', 'unit', 'U3',
  '{"address": "Abay 1", "entrance": "2", "floors_total": 9, "beds": 2, "area": "54,5",
  "year_built": 1980, "lat": "51.123456", "lon": "-71.5", "physical_status": "dirty", "owner": "t_owner"}'), 'applied',
  'a unit tells where and what it is');
select is(t.val('t_head', $$select (address, entrance, floors_total, beds, area, year_built, lat, lon, physical_status,
  owner_label)::text from api.units where code = 'U3'$$),
  '("Abay 1",2,9,2,54.50,1980,51.123456,-71.500000,dirty,"Name of t_owner")', 'and is read as it was written');
select is(t.edit('t_head', 'unit', 'U3', s::jsonb), want, s) from (values
  ('{"lat": "91"}', 'DM007 lat'), ('{"lat": "north"}', 'DM007 lat'), ('{"lon": "180.5"}', 'DM007 lon'),
  ('{"area": "-1"}', 'DM007 area'), ('{"area": "1.234"}', 'DM007 area'), ('{"year_built": 1200}', 'DM007 year_built'),
  ('{"floors_total": 0}', 'DM007 floors_total'), ('{"physical_status": "shiny"}', 'DM007 physical_status'),
  ('{"beds": -1}', 'DM007 beds'), ('{"published_at": "2026-01-01"}', 'DM007 published_at'),
  ('{"edit_reason": "x"}', 'DM007 edit_reason'), ('{"owner": "t_head_beta"}', 'DM007 owner')) v (s, want);
select is(t.val('t_head', $$select act.import_rows('unit', '[{"line": 1, "set": {"code": "U3", "area": "54.50",
  "lat": "51.1234560", "lon": "-71.5", "physical_status": "dirty", "owner": "t_owner"}}]') -> 0 ->> 'status'$$),
  'unchanged', 'an import knows the same numbers again');
select is(t.val('t_head', $$select act.import_rows('unit', '[{"line": 1, "set": {"code": "U3", "area": "55"}}]')
  -> 0 ->> 'field'$$), 'area', 'and another one');
select is(t.make('t_head', 'unit',
  '{"code": "N1", "title": "New", "beds": 3, "amenities": "wifi", "area": "30"}') ~ '^[0-9a-f-]{36}$',
  true, 'a new unit has them, too');
select is((select status from domovoi.offering where id = t.offer('N1')::uuid), 'active',
  'and is on offer by the night');
select is(t.val('t_owner', $$select count(*) from api.units where code = 'U3'$$), '1',
  'the owner sees what became his');

-- ---- amenities ----
select is((select count(*)::int from domovoi.dict_item where kind = 'amenity' and names ? 'ru' and names ? 'kk'), 16,
  'sixteen');
select is((select count(*)::int from domovoi.dict_item a, domovoi.dict_item b where a.kind = 'amenity'
  and b.kind = 'amenity'
  and a.code <> b.code and position(a.code in b.code) > 0), 0, 'no code is a part of another: a filter contains');
select is(t.edit('t_head', 'unit', 'U3', '{"amenities": "Wi-Fi,  Кухня; лифт, wifi"}'), 'applied', 'by code or name');
select is(t.val('t_head', $$select amenities from api.units where code = 'U3'$$), 'elevator,kitchen,wifi',
  'each once, in order');
select is(t.val('t_head', $$select string_agg(m.code, ' ' order by m.code) from api.unit_amenities m join api.units u
  on u.id = m.unit where u.code = 'U3'$$), 'elevator kitchen wifi', 'and by the row');
select is(t.edit('t_head', 'unit', 'U3', '{"amenities": "wifi,jacuzzi"}'), 'DM007 amenities',
  'none that nobody knows');
select is(t.edit('t_head', 'unit', 'U3', '{"amenities": ""}'), 'applied', 'none at all');
select is(t.count('t_head', $$api.unit_amenities m join api.units u on u.id = m.unit where u.code = 'U3'$$), 0,
  'takes the rows away');
select is(t.edit('t_head', 'unit', 'U2', '{"amenities": "pets"}'), 'applied', 'a colleague''s');
select is(t.count('t_realtor', 'api.unit_amenities'), 0, 'are not seen by an agent');
select is(t.count('t_realtor2', 'api.unit_amenities'), 1, 'but by hers');
update domovoi.unit set agent_id = t.id('t_realtor') where company_id = 901 and code = 'U2';
select is(t.count('t_realtor', 'api.unit_amenities'), 1, 'and go with the unit');
update domovoi.unit set agent_id = t.id('t_realtor2') where company_id = 901 and code = 'U2';

-- ---- a listing: what it needs, who says so ----
select t.make('t_head', 'offering', '{"unit": "U3", "mode": "long_rent"}') as o \gset
select is(t.state(:'o'), 'draft', 'a new offering is a draft');
select is((select price_per from domovoi.offering where id = :'o'), 'month', 'by the month');
select is(t.make('t_head', 'offering', '{"unit": "U3", "mode": "long_rent"}'), 'DM007 mode', 'one of a mode');
select is(t.make('t_head', 'offering', '{"unit": "U3", "mode": "gift"}'), 'DM007 mode', 'of the modes');
select is(t.make('t_head', 'offering', '{"unit": "U3", "mode": "sale", "status": "active"}'), 'DM007 status',
  'in no state of one''s own');
select is(t.make('t_realtor', 'offering', '{"unit": "U3", "mode": "sale"}'), 'DM007 unit',
  'of a unit that one reaches');
select is(t.go('t_head', 'offering', :'o', 'publish', :'both'), 'DM011', 'without a description it is not published');
select is(t.edit('t_head', 'unit', 'U3', jsonb_build_object('description', repeat('x', 99))), 'applied', '99 letters');
select is(t.go('t_head', 'offering', :'o', 'publish', :'both'), 'DM011', 'are too few');
select is(t.edit('t_head', 'unit', 'U3', jsonb_build_object('description', repeat('ж', 100))), 'applied', '100');
select is(t.do('t_head', 'offering', 'action', :'o', :'both', 'publish') ->> 'message', 'There is no price yet.',
  'a price');
select is(t.edit('t_head', 'offering', :'o', '{"price": "300000"}'), 'applied', 'is given');
select is(t.go('t_head', 'offering', :'o', 'publish'), 'DM007 data_correct', 'the data are right');
select is(t.go('t_head', 'offering', :'o', 'publish', '{"data_correct": "yes"}'), 'DM007 right_to_let',
  'and may be let');
select is(t.go('t_head', 'offering', :'o', 'publish', '{"data_correct": "yes", "right_to_let": "no"}'),
  'DM007 right_to_let', 'or not');
select t.set_to('photos_required', 'true');
select is(t.do('t_head', 'offering', 'action', :'o', :'both', 'publish') ->> 'detail', '0 / 3',
  'photos, where they are asked for');
select t.set_to('photos_required', 'false');
select is(t.go('t_auditor', 'offering', :'o', 'publish', :'both'), 'DM005', 'an auditor publishes nothing');
select is(t.go('t_realtor', 'offering', :'o', 'publish', :'both'), 'DM006', 'nor an agent what is not his');
select is(t.go('t_head', 'offering', :'o', 'approve'), 'DM001 status', 'a draft is not approved');
select is(t.go('t_head', 'offering', :'o', 'submit', :'both'), 'DM011', 'nor submitted where nobody moderates');
select is(t.go('t_head', 'offering', :'o', 'publish', :'both'), 'applied', 'published');
select is((select (status, listed_at, confirmed_by, confirmed_at) from domovoi.offering where id = :'o'),
  ('active'::text, timestamptz '2026-06-16T09:00:00+05', t.id('t_head'), timestamptz '2026-06-16T09:00:00+05'),
    'by whom and when');
select is((select published_at from domovoi.unit where company_id = 901 and code = 'U3'),
  timestamptz '2026-06-16T09:00:00+05', 'the unit is');
select is((select in_stock from domovoi.unit_stock s where unit_id = '00000000-0000-7000-8000-000000000103'
  and mode = 'long_rent'),
  daterange('2026-06-16', null), 'and in stock from today');
select is((select string_agg(from_state || '>' || to_state, ' ') from domovoi.status_event where record_id = :'o'),
  'draft>active', 'its history');

-- what stays as it was published
select is(t.edit('t_manager', 'unit', 'U3', s::jsonb), want, s) from (values
  ('{"address": "Abay 2"}', 'DM013 address'), ('{"building": "B2"}', 'DM013 building'), ('{"kind": "house"}',
    'DM013 kind'),
  ('{"rooms": 7}', 'DM013 rooms'), ('{"address": "Abay 1", "floor": 3}', 'applied'), ('{"title": "Other"}',
    'applied')) v (s, want);
select is(t.edit('t_head', 'unit', 'U3', '{"rooms": 7}'), 'DM013 rooms', 'not by an edit, whoever edits');
select throws_ok($$update domovoi.unit set kind = 'house' where company_id = 901 and code = 'U3'$$, 'DM013', null,
  'nor by hand');
select is(t.go('t_manager', 'unit', 'U3', 'edit_immutable', '{"rooms": "7", "reason": "x"}'), 'DM005',
  'a manager may not');
select is(t.go('t_head', 'unit', 'U3', 'edit_immutable', '{"rooms": "7"}'), 'DM002 reason', 'a head says why');
select is(t.go('t_head', 'unit', 'U3', 'edit_immutable', '{"title": "x", "reason": "x"}'), 'DM007 title',
  'only of these');
select is(t.go('t_head', 'unit', 'U3', 'edit_immutable', '{"reason": "x"}'), 'DM007', 'and of one at least');
select is(t.go('t_head', 'unit', 'U3', 'edit_immutable', '{"rooms": "7", "address": "Abay 3", "reason": "mistyped"}'),
  'applied', 'and does');
select is(t.val('t_head', $$select (rooms, address, edit_reason)::text from api.units where code = 'U3'$$),
  '(7,"Abay 3",mistyped)', 'with it');
select is(t.edit('t_head', 'unit', 'U3', '{"rooms": 1}'), 'DM013 rooms', 'it opens nothing for later');
select is(t.go('t_head', 'unit', 'U1', 'edit_immutable', '{"rooms": "7", "reason": "x"}'), 'DM001 status',
  'what is not published is edited');
select t.mutate('t_head',
  '{"id": "01900000-0000-7000-8000-00000000ee01", "resource": "unit", "kind": "action", "record": "U3", "action": "edit_immutable", "args": {"rooms": "3", "reason": "again"}}') as x \gset
select is(t.mutate('t_head', '{"kind": "undo", "undo": "01900000-0000-7000-8000-00000000ee01"}') ->> 'status',
  'applied', 'a correction is taken back');
select is((select rooms::int from domovoi.unit where company_id = 901 and code = 'U3'), 7, 'as it was');

-- ---- off offer and back (the flat is also on offer by the night) ----
select t.offer('U3') as s \gset
insert into domovoi.reservation (company_id, unit_id, check_in, check_out, status, price_per_night, currency, imported)
  values (901, '00000000-0000-7000-8000-000000000103', '2026-06-20', '2026-06-25', 'confirmed', 100, 'KZT', true);
select is(t.go('t_head', 'offering', :'o', 'deactivate'), 'DM002 reason', 'a reason');
select is(t.go('t_head', 'offering', :'o', 'deactivate', '{"reason": "whim"}'), 'DM007 reason', 'of the dictionary');
select is(t.go('t_head', 'offering', :'o', 'deactivate', '{"reason": "repair", "until": "2026-06-16"}'),
  'DM007 until', 'a later day');
select is(t.go('t_accountant', 'offering', :'o', 'deactivate', '{"reason": "repair"}'), 'DM005',
  'an accountant does not');
select is(t.go('t_head', 'offering', :'o', 'deactivate', '{"reason": "other", "comment": "why not"}'), 'applied',
  'off offer');
select is((select status_reason from domovoi.offering where id = :'o'), 'other: why not', 'with its reason');
select is((select count(*)::int from domovoi.block where offering_id is not null), 0,
  'its dates stay open: it is let by the night');
select is(t.go('t_head', 'offering', :'s', 'deactivate', '{"reason": "repair", "until": "2026-07-10"}'), 'applied',
  'both');
select is((select string_agg(check_in || '/' || check_out, ' ' order by check_in)
  from domovoi.block where offering_id = :'s'),
  '2026-06-16/2026-06-20 2026-06-25/2026-07-10', 'closes what is free until the return');
select is((select status from domovoi.reservation where company_id = 901 and check_in = '2026-06-20'), 'confirmed',
  'who has booked stays');
select is(t.told(t.do('t_head', 'reservation', 'create', null,
  '{"unit": "U3", "check_in": "2026-07-01", "check_out": "2026-07-03"}')),
  'DM004 unit', 'nobody new comes');
select is(t.told(t.do('t_head', 'reservation', 'create', null,
  '{"unit": "U3", "check_in": "2026-07-12", "check_out": "2026-07-13"}')),
  'DM007 unit', 'nor after the return, until it is back');
select is(t.go('t_head', 'offering', :'s', 'archive'), 'DM010', 'nor is it archived before the stay');
select is(t.do('t_head', 'offering', 'action', :'s', '{}', 'archive') ->> 'detail',
  'reservation ' || (select no from domovoi.reservation where company_id = 901
    and check_in = '2026-06-20') || ' 2026-06-20 - 2026-06-25', 'which is named');
set domovoi.now = '2026-06-17T09:00:00+05';
select is(t.go('t_head', 'offering', :'s', 'activate'), 'applied', 'back');
select is((select string_agg(check_in || '/' || check_out, ' ') from domovoi.block where offering_id = :'s'),
  '2026-06-16/2026-06-17',
  'what is to come is open, what was stays');
set domovoi.now = '2026-06-16T09:00:00+05';
delete from domovoi.block where offering_id = :'s';
select t.mutate('t_head', jsonb_build_object('id', '01900000-0000-7000-8000-00000000ee02', 'resource', 'offering',
  'kind', 'action',
  'record', :'s', 'action', 'deactivate', 'args', '{"reason": "season"}'::jsonb)) as x \gset
select is((select max(check_out) from domovoi.block where offering_id = :'s'), date '2027-06-16',
  'a year, if no return is planned');
select is(t.mutate('t_head', '{"kind": "undo", "undo": "01900000-0000-7000-8000-00000000ee02"}') ->> 'status',
  'applied', 'taken back');
select is((select count(*)::int from domovoi.block where offering_id = :'s'), 0, 'with its blocks');
select is(t.state(:'s'), 'active', 'and on offer');
select is(t.go('t_head', 'offering', t.offer('H'), 'deactivate', '{"reason": "repair"}'), 'applied', 'a divided unit');
select is((select count(*)::int from domovoi.block where offering_id is not null), 0, 'closes nothing of its beds');
-- archived, and the unit after it
select is(t.go('t_head', 'offering', :'o', 'archive'), 'applied', 'nobody rents by the month: archived');
select is((select count(*)::int from domovoi.unit_stock where unit_id = '00000000-0000-7000-8000-000000000103'
  and mode = 'long_rent'), 0, 'out of stock');
select is(t.go('t_head', 'offering', :'o', 'activate'), 'DM001 status', 'for good');
select is(t.go('t_head', 'unit', 'U3', 'archive'), 'DM010', 'I26: a unit with a stay to come is not archived');
select is(t.go('t_head', 'offering', t.offer('N1'), 'deactivate', '{"reason": "sale"}'), 'applied',
  'one that is only off offer');
select is(t.go('t_head', 'unit', 'N1', 'archive'), 'applied', 'is');
select is((select count(*)::int from domovoi.block b join domovoi.unit u on u.id = b.unit_id where u.code = 'N1'), 0,
  'and its dates are no longer closed');
select is(t.go('t_head', 'offering', t.offer('N1'), 'activate'), 'DM011', 'an archived unit is not offered');

-- ---- moderation ----
select t.set_to('moderation', 'true');
select t.make('t_realtor', 'offering', '{"unit": "U1", "mode": "long_rent", "price": "200000"}') as m \gset
select t.edit('t_realtor', 'unit', 'U1', jsonb_build_object('description', repeat('y', 150))) as x \gset
select is(t.go('t_realtor', 'offering', :'m', 'publish', :'both'), 'DM011',
  'where listings are moderated nobody publishes');
select is(t.go('t_realtor', 'offering', :'m', 'submit'), 'DM007 data_correct', 'who submits says the same');
select is(t.go('t_realtor', 'offering', :'m', 'submit', :'both'), 'applied', 'an agent submits');
select is(t.go('t_realtor', 'offering', :'m', 'approve'), 'DM005', 'and does not approve it himself');
select is(t.go('t_manager', 'offering', :'m', 'approve'), 'DM005', 'nor does a manager');
select is(t.go('t_head', 'offering', :'m', 'reject'), 'DM002 reason', 'no for a reason');
select is(t.go('t_moderator', 'offering', :'m', 'reject', '{"reason": "blurred photos"}'), 'applied',
  'a moderator rejects');
select is(t.go('t_realtor', 'offering', :'m', 'submit', :'both'), 'DM001 status', 'then it is worked over');
select is(t.go('t_realtor', 'offering', :'m', 'rework'), 'applied', 'first');
select is(t.go('t_realtor', 'offering', :'m', 'submit', :'both'), 'applied', 'and submitted again');
select is(t.go('t_head', 'offering', :'m', 'approve'), 'applied', 'K7: the head of the company approves');
select is((select published_at is not null from domovoi.unit where company_id = 901 and code = 'U1'), true,
  'and so it is published');
select is(t.go('t_realtor', 'offering', :'m', 'block', '{"reason": "x"}'), 'DM005', 'an agent blocks no listing');
select is(t.go('t_head', 'offering', :'m', 'block', '{"reason": "complaint"}'), 'applied', 'who moderates does');
select is(t.go('t_realtor', 'offering', :'m', 'activate'), 'DM001 status', 'and only he');
select is(t.go('t_head', 'offering', :'m', 'unblock'), 'applied', 'lifts it');
select t.make('t_realtor', 'unit', '{"code": "N2", "title": "Moderated"}') as x \gset
select is(t.state(t.offer('N2')), 'draft', 'a new unit is looked at, too');
select t.set_to('moderation', 'false');
select throws_ok(format('update domovoi.offering set status = ''rejected'' where id = %L', :'s'), 'DM001', null,
  'the machine holds by hand, too');

-- ---- terms, prices ----
select is(t.edit('t_head', 'offering', :'s',
  '{"checkin_from": "9:30", "checkout_to": "12:00", "cta_weekdays": "Sun, sat", "advance_notice_h": 48,
  "cleaning_fee": "5000", "deposit_minor": 700, "booking_window_d": 100,
    "house_rules": "No\nsmoking"}'), 'applied', 'terms');
select is(t.val('t_head', format($$select (checkin_from, cta_weekdays, cleaning_fee_minor, deposit_minor,
  house_rules)::text from api.offerings where id = %L$$, :'s')),
  E'(09:30,"sat,sun",500000,700,"No\nsmoking")', 'as they were written');
select is(t.edit('t_head', 'offering', :'s', s::jsonb), want, s) from (values ('{"checkin_from": "25:00"}',
  'DM007 checkin_from'),
  ('{"cta_weekdays": "someday"}', 'DM007 cta_weekdays'), ('{"advance_notice_h": -1}', 'DM007 advance_notice_h')) v (s,
    want);
select is(t.told(t.do('t_manager', 'reservation', 'create', null,
  '{"unit": "U3", "check_in": "2026-06-17", "check_out": "2026-06-18"}')),
  'DM007 check_in', 'two days'' notice');
select is(t.told(t.do('t_manager', 'reservation', 'create', null,
  '{"unit": "U3", "check_in": "2026-06-27", "check_out": "2026-06-28"}')),
  'DM007 check_in', 'no arrivals on Saturdays');
select is(t.told(t.do('t_manager', 'reservation', 'create', null,
  '{"unit": "U3", "check_in": "2026-06-26", "check_out": "2026-06-28"}')), 'applied', 'Fridays');
select is(t.told(t.do('t_head', 'reservation', 'create', null,
  '{"unit": "U3", "check_in": "2026-07-04", "check_out": "2026-07-05"}')), 'applied', 'who may override may');
select is(t.edit('t_head', 'offering', :'s', '{"price": "11000", "price_reason": "season"}'), 'applied',
  'the price goes up');
select is(t.edit('t_manager', 'offering', :'s', '{"price": "12000"}'), 'applied', 'and up');
select is(t.edit('t_manager', 'offering', :'s', '{"min_stay": 1}'), 'applied', 'what is no price');
select is(t.val('t_head',
  format($$select string_agg(old_price_minor || '>' || new_price_minor || ' ' || coalesce(reason,
    '-') || ' ' || changed_by_label, ', ' order by new_price_minor)
  from api.price_changes where offering = %L$$, :'s')),
    '1000000>1100000 season Name of t_head, 1100000>1200000 - Name of t_manager', 'is kept: what, why, who');
select is((select price_per_night from domovoi.reservation where company_id = 901 and check_in = '2026-06-26'),
  1000000::bigint, 'who has booked keeps his price');
select throws_ok('update domovoi.price_change set new_price = 1', '55000', null, 'history is not edited');
select throws_ok('delete from domovoi.price_change', '55000', null, 'nor deleted');
select throws_ok('truncate domovoi.price_change', '55000', null, 'nor emptied');
select is(t.make('t_head', 'price_change', '{}'), 'DM007 resource', 'nor made by hand');
select is(t.count('t_dispatcher', 'api.price_changes'), 0, 'who sees no prices sees none of them');

-- ---- stock ----
select is(t.make('t_head', 'unit_stock', '{"unit": "U3", "mode": "short_stay", "from_on": "2027-01-01"}'),
  'DM004 from_on', 'periods lie side by side');
select t.make('t_head', 'unit_stock',
  '{"unit": "U3", "mode": "slot", "from_on": "2027-01-01", "to_on": "2027-03-01", "note": "winter"}') as k \gset
select is(t.val('t_head', format($$select (from_on, to_on, note, mode)::text from api.stock_periods where id = %L$$,
  :'k')), '(2027-01-01,2027-03-01,winter,slot)', 'half-open');
select is(t.make('t_head', 'unit_stock',
  '{"unit": "U3", "mode": "slot", "from_on": "2027-03-01", "to_on": "2027-04-01"}') ~ '-', true,
    'the next begins where it ends');
select is(t.edit('t_head', 'unit_stock', :'k', '{"to_on": "2027-03-02"}'), 'DM004 from_on', 'and keeps it there');
select is(t.edit('t_head', 'unit_stock', :'k', '{"to_on": "2027-01-01"}'), 'DM007 to_on', 'a day at least');
select is(t.edit('t_head', 'unit_stock', :'k', '{"from_on": "", "to_on": "2027-02-01"}'), 'applied',
  'open at one end');
select is((select in_stock from domovoi.unit_stock where id = :'k'), daterange(null, '2027-02-01'), 'so');
select is(t.make('t_head', 'unit_stock', '{"unit": "H-1", "mode": "slot"}'), 'DM007 unit',
  'what is divided is in stock by its parts');
select is(t.make('t_head', 'unit_stock', '{"unit": "U3", "mode": "gift"}'), 'DM007 mode', 'of the modes');
select is(t.make('t_auditor', 'unit_stock', '{"unit": "U3", "mode": "sale"}'), 'DM005', 'an auditor changes none');
select is(t.make('t_realtor', 'unit_stock', '{"unit": "U3", "mode": "sale"}'), 'DM007 unit',
  'nor an agent another''s');
select is(t.edit('t_head', 'unit_stock', (select id::text
  from domovoi.unit_stock where unit_id = '00000000-0000-7000-8000-000000000103' and mode = 'short_stay'),
  '{"to_on": "2026-06-24"}'), 'DM010 from_on', 'a night that was sold stays in stock');
select is(t.go('t_head', 'unit_stock', (select id::text
  from domovoi.unit_stock where unit_id = '00000000-0000-7000-8000-000000000103' and mode = 'short_stay'),
  'delete'), 'DM010 from_on', 'so the period is not deleted');
select is(t.go('t_head', 'unit_stock', :'k', 'delete'), 'applied', 'another one is');
select is((select count(*)::int from domovoi.change_log where resource = 'unit_stock' and record_id = :'k'), 3,
  'the feed says each');
select * from finish();
