-- The engine of writes: one effect for one id, versions, values, references, what an error tells.
\ir fixtures/start.sql
select plan(79);

create function t.try(p_login text, p_kind text, p_resource text, p_record text, p_set jsonb,
  p_version int default null) returns jsonb language sql as $$
  select t.mutate(p_login, jsonb_build_object('resource', p_resource, 'kind', p_kind, 'record', p_record, 'set',
    p_set, 'base_version', p_version))
$$;
create function t.code(p_login text, p_kind text, p_resource text, p_record text, p_set jsonb,
  p_version int default null) returns text language sql as $$
  select concat_ws(' ', coalesce(x ->> 'code', x ->> 'status'), x ->> 'field') from t.try(p_login, p_kind,
    p_resource, p_record, p_set, p_version) x
$$;

-- one id, one effect
\set m '{"id": "01900000-0000-7000-8000-000000000001", "resource": "party", "kind": "create", "record": "01900000-0000-7000-8000-0000000000aa", "set": {"name": "Once Only"}}'
select is((t.mutate('t_head', :'m')) - 'row',
  '{"status": "applied", "record": "01900000-0000-7000-8000-0000000000aa", "version": 1, "replayed": false}',
  'applied, under the id that the client made');
select is((t.mutate('t_head', :'m')) - 'row',
  '{"status": "applied", "record": "01900000-0000-7000-8000-0000000000aa", "version": 1, "replayed": true}',
  'again: the same outcome');
select is((select count(*)::int from domovoi.party where name = 'Once Only'), 1, 'and one effect');
select is(t.mutate('t_head', :'m') #>> '{row,name}', 'Once Only', 'with the row as the caller may see it');
update domovoi.party set name = 'Once Later' where name = 'Once Only';
select is(t.mutate('t_head', :'m') #>> '{row,name}', 'Once Later', 'and as it is now');
select is(t.err('t_head', format('select act.apply_mutation(%L)', jsonb_set(:'m', '{set,name}', '"Other"'))),
  'DM008', 'the id is not for another request');
select is(t.err('t_manager', format('select act.apply_mutation(%L)', :'m')), 'DM008', 'nor for another person');
\set r '{"id": "01900000-0000-7000-8000-000000000002", "resource": "reservation", "kind": "action", "record": "1", "action": "check_in"}'
select is(t.mutate('t_head', :'r') ->> 'code', 'DM011', 'a rejection');
set domovoi.now = '2027-01-10T15:00:00+05';
select is(t.mutate('t_head', :'r') - 'message',
  '{"status": "rejected", "code": "DM011", "field": null, "detail": "2027-01-10", "remedy": "Wait for the day, or change the dates first.", "replayed": true}',
  'is an outcome too, also when the time has come');
set domovoi.now = '2026-06-16T09:00:00+05';
select is((select status from domovoi.mutation where id = '01900000-0000-7000-8000-000000000002'), 'rejected',
  'and recorded');
select is(t.err('t_head', 'select act.apply_mutation(''{"resource": "party"}'')'), 'DM007', 'no id, no request');
select is(t.err('t_head', 'select act.apply_mutation(''{"id": "x"}'')'), 'DM007', 'a bad id neither');
\set gone '{"id": "01900000-0000-7000-8000-000000000003", "resource": "unit", "kind": "patch", "record": "U1", "set": {"floor": 3}}'
select is(t.mutate('t_realtor', :'gone') #>> '{row,floor}', '3', 'an agent edits his unit');
update domovoi.unit set agent_id = t.id('t_realtor2') where id = '00000000-0000-7000-8000-000000000101';
select is(t.mutate('t_realtor', :'gone') - 'record', '{"status": "applied", "version": 2, "replayed": true}',
  'a replay shows no row that he may not see any more');
update domovoi.unit set agent_id = t.id('t_realtor') where id = '00000000-0000-7000-8000-000000000101';

-- versions
select is(t.try('t_head', 'patch', 'party', '1', '{"note": "a"}', 1) ->> 'version', '2', 'one up');
select is(t.try('t_head', 'patch', 'party', '1', '{"note": "b"}', 1) - 'message' - 'remedy',
  '{"status": "rejected", "code": "DM003", "field": null, "detail": "version 2", "replayed": false}',
  'an old version is refused');
select is(t.try('t_head', 'patch', 'party', '1', '{"note": "b"}', 2) ->> 'version', '3', 'the present one is not');
select is(t.try('t_head', 'patch', 'party', '1', '{"note": "c"}', 0) ->> 'version', '4', '0 is whatever it is now');
select is(t.try('t_head', 'patch', 'party', '1', '{}') ->> 'version', '4', 'nothing changes nothing');
select is(t.act('t_head', '1', 'cancel', '{"reason": "other"}', 9), 'DM003', 'actions look at it too');
select is(t.err('t_head', 'select act.reservation_cancel(''1'', 9, ''other'')'), 'DM003', 'and the named doors');
select is(t.val('t_head', 'select act.reservation_cancel(''1'', 1, ''other'', ''guest'') ->> ''status'''),
  'cancelled', 'which return the row');
select is((select (cancelled_by, status_reason)::text from domovoi.reservation where company_id = 901 and no = 1),
  '(guest,other)', 'with reason and initiator');
select is((select count(*)::int from domovoi.mutation where resource = 'reservation' and status = 'applied'), 1,
  'and are recorded as well');

-- references by id, number, code, external id
select is(t.code('t_head', 'create', 'reservation', null,
  '{"unit": "00000000-0000-7000-8000-000000000103", "check_in": "2026-10-01", "check_out": "2026-10-02", "party": "00000000-0000-7000-8000-000000000201"}'), 'applied', 'by id');
select is(t.code('t_head', 'create', 'reservation', null,
  '{"unit": "U3", "check_in": "2026-10-02", "check_out": "2026-10-03", "party": "1", "agent": "t_realtor"}'),
  'applied', 'by code, number and login');
select is(t.code('t_head', 'create', 'reservation', null,
  '{"unit": "U9", "check_in": "2026-10-02", "check_out": "2026-10-03"}'), 'DM007 unit', 'no such unit');
select is(t.code('t_head', 'create', 'reservation', null,
  '{"unit": "U3", "check_in": "2026-10-03", "check_out": "2026-10-04", "party": "77"}'), 'DM007 party',
  'no such guest');
select is(t.code('t_head', 'create', 'reservation', null,
  '{"unit": "U3", "check_in": "2026-10-03", "check_out": "2026-10-04", "agent": "nobody"}'), 'DM007 agent',
  'no such person');
select is(t.code('t_head', 'create', 'reservation', null, '{"check_in": "2026-10-03", "check_out": "2026-10-04"}'),
  'DM007 unit', 'a unit is needed');
select is(t.code('t_head', 'create', 'reservation', null, '{"unit": "U3", "check_out": "2026-10-04"}'),
  'DM007 check_in', 'and an arrival');
select is(t.try('t_head', 'create', 'reservation', null,
  '{"unit": "U3", "check_in": "2026-10-03", "check_out": "2026-10-04", "external_id": "E-1"}') #>>
  '{row,price_per_night_minor}', '1000000', 'without a price the offering''s');
select is(t.val('t_head', 'select act.reservation_confirm(''E-1'') ->> ''status'''), 'confirmed',
  'an external id finds the record');
select is(t.code('t_head', 'create', 'reservation', null,
  '{"unit": "U3", "check_in": "2026-10-05", "check_out": "2026-10-06", "external_id": "E-1"}'),
  '23505 external_id', 'and is unique');
select is(t.code('t_super', 'create', 'party', null, '{"name": "x"}'), 'DM007 company',
  'the platform names the company');
select is(t.mutate('t_super', '{"resource": "party", "kind": "create", "company": 902, "set": {"name": "x"}}') #>>
  '{row,company}', '902', 'so');
select is(t.try('t_super', 'create', 'block', null,
  '{"unit": "X1", "check_in": "2026-10-02", "check_out": "2026-10-03", "reason": "repair"}') ->> 'status',
  'applied', 'or by the unit');

-- values
select is(t.code('t_head', 'create', 'reservation', null, s::jsonb || '{"unit": "U3"}'), want, s) from (values
  ('{"check_in": "2026-11-31", "check_out": "2026-12-02"}', 'DM007 check_in'),
    ('{"check_in": "2026-02-29", "check_out": "2026-03-02"}', 'DM007 check_in'),
  ('{"check_in": "01.11.2026", "check_out": "2026-12-02"}', 'DM007 check_in'),
    ('{"check_in": "2026-11-05", "check_out": "2026-11-04"}', 'DM007 check_out'),
  ('{"check_in": "2026-11-05", "check_out": "2026-11-06", "adults": "two"}', 'DM007 adults'),
    ('{"check_in": "2026-11-05", "check_out": "2026-11-06", "adults": -1}', 'DM007 adults'),
  ('{"check_in": "2026-11-05", "check_out": "2026-11-06", "price_per_night": "10.005"}', 'DM007 price_per_night'),
    ('{"check_in": "2026-11-05", "check_out": "2026-11-06", "price_per_night": "-1"}', 'DM007 price_per_night'),
  ('{"check_in": "2026-11-05", "check_out": "2026-11-06", "price_per_night_minor": 1.5}',
    'DM007 price_per_night_minor'), ('{"check_in": "2026-11-05", "check_out": "2026-11-06", "currency": "XXX"}',
    'DM007 currency'),
  ('{"check_in": "2026-11-05", "check_out": "2026-11-06", "status": "confirmed"}', 'DM007 status'),
    ('{"check_in": "2026-11-05", "check_out": "2026-11-06", "version": 3}', 'DM007 version'),
  ('{"check_in": "2026-11-05", "check_out": "2026-11-06", "imported": true}', 'DM007 imported'),
    ('{"check_in": "2026-11-05", "check_out": "2026-11-06", "channel": "a\u001b[31m"}', 'DM007 channel'),
  ('{"check_in": "2026-11-05", "check_out": "2026-11-06", "channel": "a\u202eb"}', 'DM007 channel'),
    ('{"check_in": "2026-11-05", "check_out": "2026-11-06", "comment": "two\nlines"}', 'applied'),
  ('{"check_in": "2026-11-06", "check_out": "2026-11-07", "price_per_night": "75.10", "currency": "EUR"}',
    'applied'), ('{"check_in": "2026-11-07", "check_out": "2026-11-08", "price_per_night": 75, "party": ""}',
    'applied')) v (s, want);
select is((select string_agg(price_per_night || ' ' || currency, ', ' order by check_in) from domovoi.reservation
  where check_in in ('2026-11-06', '2026-11-07')), '7510 EUR, 7500 KZT', 'amounts in major units');
select is(t.try('t_head', 'create', 'party', null, '{"name": "P", "phone": "8 (701) 765-43-21"}') #>>
  '{row,phone}', '+77017654321', 'telephones are written one way');
select is(t.code('t_head', 'create', 'party', null, '{"name": "P", "phone": "12"}'), 'DM007 phone', 'or not at all');
select is(t.code('t_head', 'create', 'party', null, '{"name": ""}'), 'DM007 name', 'a name is needed');
select is(t.code('t_head', 'create', 'party', null, '{"name": "P", "kind": "dog"}'), 'DM007 kind',
  'a kind is one of its choices');
select is(t.code('t_head', 'create', 'party', null, '{"name": "P", "nose": "big"}'), 'DM007 nose', 'no such field');
select is(t.code('t_head', 'create', 'unit', null, '{"code": "U1", "title": "x"}'), '23505 code', 'a code is taken');
select is(t.code('t_head', 'patch', 'unit', 'U1', '{"external_id": "x"}'), 'DM007 external_id',
  'some fields are set once');
select is(t.code('t_head', 'create', 'dragon', null, '{}'), 'DM007 resource', 'no such record type');
select is(t.code('t_head', 'explode', 'unit', 'U1', '{}'), 'DM007 action', 'no such kind of request');
select is(t.code('t_head', 'patch', 'reservation', '1', '{"price_per_night": "1"}'), 'DM001 status',
  'what is over keeps its price');
select is(t.code('t_head', 'patch', 'reservation', '1', '{"comment": "still"}'), 'applied', 'and may be commented');
select is(t.code('t_realtor', 'patch', 'reservation', 'E-1', '{"comment": "x"}'), 'DM006',
  'a stay of nobody''s is not the agent''s');
select is(t.code('t_manager', 'patch', 'reservation', 'E-1', '{"unit": "U1"}'), 'DM005',
  'a manager moves no guest to another unit');

-- offerings, what only new bookings must meet
select is(t.code('t_head', 'patch', 'offering', (select id::text from domovoi.offering
  where unit_id = '00000000-0000-7000-8000-000000000103'), '{"min_stay": 2, "max_stay": 30, "price": "99.99"}'),
  'applied', 'the offer changes');
select is(t.code('t_head', 'create', 'reservation', null,
  '{"unit": "U3", "check_in": "2026-12-01", "check_out": "2026-12-02"}'), 'DM007 check_out',
  'too short for the offer');
select is(t.code('t_head', 'create', 'reservation', null,
  '{"unit": "U3", "check_in": "2026-12-01", "check_out": "2027-01-05"}'), 'DM007 check_out', 'too long');
select is(t.code('t_head', 'patch', 'offering', (select id::text from domovoi.offering
  where unit_id = '00000000-0000-7000-8000-000000000103'), '{"status": "inactive"}'), 'DM007 status',
  'its state is no field');
select is(t.val('t_head', format('select act.offering_deactivate(%L, null, ''repair'') ->> ''status''',
  (select id::text from domovoi.offering where unit_id = '00000000-0000-7000-8000-000000000103'))), 'inactive',
  'it is withdrawn');
select is(t.code('t_head', 'create', 'reservation', null,
  '{"unit": "U3", "check_in": "2026-12-01", "check_out": "2026-12-05"}'), 'DM004 unit', 'its dates are closed');
update domovoi.party set status = 'blacklisted' where company_id = 901 and no = 1;
select is(t.code('t_head', 'create', 'reservation', null,
  '{"unit": "U2", "check_in": "2026-12-01", "check_out": "2026-12-05", "party": "1"}'), 'DM007 party',
  'nor by somebody on the black list');
select is(t.code('t_head', 'create', 'building', null, '{"code": "B9", "name": "Ninth", "floors": 9}'), 'applied',
  'a building');
select is(t.code('t_realtor', 'patch', 'building', 'B9', '{"name": "Mine"}'), 'DM005', 'which agents do not rename');
select is(t.err('t_head', $$select
  act.apply_mutation('{"id": "01900000-0000-7000-8000-0000000000f1", "resource": "party", "kind": "patch", "record": "1", "base_version": "x"}')$$), 'ok', 'a bad version is a bad value');
select * from finish();
