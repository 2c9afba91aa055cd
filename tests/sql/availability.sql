-- The calendar's and the booking's reports: what lies where, what is free, what else there is; for each role.
\ir fixtures/start.sql
\ir fixtures/report.sql
select * from no_plan();

create function t.free(p_login text, p_rest text, p_company int default null) returns text language sql as $$
  select string_agg(x ->> 'code' || case when (x ->> 'free')::boolean then '' else ' (' || (x ->> 'reason') || ')' end, ', ' order by x ->> 'code')
    from jsonb_array_elements(t.rows(p_login, 'select * from report.availability(' || p_rest || ')', p_company)) x
$$;
create function t.spans(p_login text, p_rest text) returns text language sql as $$
  select string_agg(concat_ws(' ', (select u.code from domovoi.unit u where u.id = (x ->> 'unit')::uuid), x ->> 'kind', coalesce(x ->> 'no', '-'),
      x ->> 'status', coalesce(x ->> 'label', '-'), x ->> 'check_in', x ->> 'check_out'), E'\n' order by (select u.code from domovoi.unit u where u.id = (x ->> 'unit')::uuid), x ->> 'check_in')
    from jsonb_array_elements(t.rows(p_login, 'select * from report.spans(' || p_rest || ')')) x
$$;
create function t.other(p_login text, p_rest text) returns text language sql as $$
  select string_agg(concat_ws(' ', x ->> 'kind', (select u.code from domovoi.unit u where u.id = (x ->> 'unit')::uuid), x ->> 'check_in', x ->> 'check_out',
      coalesce(x ->> 'reservation_no', '-'), x ->> 'note'), E'\n')
    from jsonb_array_elements(t.rows(p_login, 'select * from report.alternatives(' || p_rest || ')')) x
$$;
select t.mutate('t_head', format('{"resource": "reservation", "kind": "create", "set": {"unit": "%s", "check_in": "%s", "check_out": "%s", "party": "%s"}}', u, a, b, p)::jsonb)
  from (values ('H-1a', '2026-07-01', '2026-07-04', ''), ('U1', '2026-07-02', '2026-07-05', '1'), ('U2', '2026-07-01', '2026-07-03', '2')) v (u, a, b, p) \g /dev/null
select no as bed from domovoi.reservation r join domovoi.unit u on u.id = r.unit_id where u.code = 'H-1a' \gset
select no as flat from domovoi.reservation r join domovoi.unit u on u.id = r.unit_id where u.code = 'U1' and r.check_in = '2026-07-02' \gset

-- free
select is(t.free('t_head', $$"from" => '2026-07-01', "to" => '2026-07-02'$$), 'H-1b, H-1c, U1, U3', 'nights are free to the day of departure; a room or house of which a bed is taken is not');
select is(t.free('t_head', $$"from" => '2026-07-04', "to" => '2026-07-05'$$), 'H, H-1, H-1a, H-1b, H-1c, U2, U3', 'from the day of departure on');
select is(t.free('t_head', $$"from" => '2026-07-01', "to" => '2026-07-03', unit => 'U1'$$), 'U1 (The unit is taken on these dates: 2026-07-02 - 2026-07-05)', 'a unit that is asked for says when it is taken');
select is(t.free('t_head', $$"from" => '2027-01-31', "to" => '2027-02-02', unit => 'U2,U3'$$), 'U2 (The unit is blocked on these dates: 2027-02-01 - 2027-02-03), U3', 'or blocked, or that it is free');
select is(t.free('t_head', $$"from" => '2026-07-01', "to" => '2026-07-02', unit => 'H'$$), 'H (The unit is taken on these dates: 2026-07-01 - 2026-07-04)', 'a house by its beds');
select is(t.free('t_head', $$"from" => '2026-07-01', "to" => '2026-07-02', building => 'B1'$$), 'U1', 'of a house');
select is(t.free('t_head', $$"from" => '2026-07-01', "to" => '2026-07-02', class => 'comfort'$$), null, 'of a class');
select is(t.free('t_head', $$"from" => '2026-06-01', "to" => '2026-06-02', unit => 'U3'$$), 'U3', 'a head books into the past');
select is(t.free('t_manager', $$"from" => '2026-06-01', "to" => '2026-06-02', unit => 'U3'$$), 'U3 (The arrival is in the past: 2026-06-01)', 'a manager does not');
select is(t.rows('t_head', $$select price_per_night_minor p, total_minor t, currency c from report.availability('2026-07-10', '2026-07-13', unit => 'U1')$$), '[{"c": "KZT", "p": 1000000, "t": 3000000}]', 'with its price');
update domovoi.offering set min_stay = 3, booking_window_d = 40 where unit_id = '00000000-0000-7000-8000-000000000103';
select is(t.free('t_head', $$"from" => '2026-07-01', "to" => '2026-07-03', unit => 'U3'$$), 'U3 (The stay is shorter or longer than the unit is offered for: 3 - 366)', 'too short');
select is(t.free('t_head', $$"from" => '2026-09-01', "to" => '2026-09-05', unit => 'U3'$$), 'U3 (The arrival is too far ahead: 2026-07-26)', 'too far ahead');
update domovoi.offering set status = 'inactive', status_reason = 'repair', min_stay = 1, booking_window_d = null where unit_id = '00000000-0000-7000-8000-000000000103';
select is(t.free('t_head', $$"from" => '2026-07-01', "to" => '2026-07-03', unit => 'U3'$$), 'U3 (The unit is not on offer for stays)', 'not on offer');
update domovoi.offering set status = 'active' where unit_id = '00000000-0000-7000-8000-000000000103';
select is(t.free('t_realtor', $$"from" => '2026-07-05', "to" => '2026-07-06'$$), 'U1', 'an agent''s are his');
select is(t.free('t_dispatcher', $$"from" => '2026-07-05', "to" => '2026-07-06'$$), 'U1', 'a dispatcher''s those of his houses');
select is(t.free('t_owner', $$"from" => '2026-07-05', "to" => '2026-07-06'$$), 'U2', 'an owner''s his own');
select is(t.free('t_head_beta', $$"from" => '2026-07-05', "to" => '2026-07-06'$$), 'X1', 'another company''s its own');
select is(t.free('t_super', $$"from" => '2026-07-05', "to" => '2026-07-06', company => 902$$), 'X1', 'the platform looks at each');
select is(t.err('t_head', $$select report.availability('2026-07-05', '2026-07-06', company => 902)$$), 'DM006', 'a head at one');
select is(t.err('t_realtor', $$select report.availability('2026-07-05', '2026-07-06', unit => 'U2')$$), 'DM006', 'another agent''s unit is not there');
select is(t.err('t_head', $$select report.availability('2026-07-05', '2026-07-05')$$), 'DM007', 'no night');
select is(t.err('t_head', $$select report.availability('2026-07-05', '2028-07-05')$$), 'DM007', 'too many');

-- a colleague's stay on one's own unit: taken, and that is all
update domovoi.reservation set agent_id = t.id('t_realtor2') where no = :flat and company_id = 901;
select is(t.free('t_realtor', $$"from" => '2026-07-02', "to" => '2026-07-03'$$), null, 'what a colleague sold is not free');
select is(t.spans('t_realtor', $$"from" => '2026-07-01', "to" => '2026-07-08'$$), 'U1 stay - - 2026-07-02 2026-07-05', 'it is seen without its guest');
select is(t.rows('t_realtor', $$select id, version from report.spans('2026-07-01', '2026-07-08')$$), '[{"id": null, "version": null}]', 'and without its number');
select is(t.other('t_realtor', $$unit => 'U1', "from" => '2026-07-02', "to" => '2026-07-04'$$), E'dates U1 2026-06-30 2026-07-02 - -2\ndates U1 2026-07-05 2026-07-07 - +3', 'nor may it be moved');

-- what lies where
select is(t.spans('t_head', $$"from" => '2026-07-01', "to" => '2026-07-08', units => '00000000-0000-7000-8000-000000000110,00000000-0000-7000-8000-000000000111,00000000-0000-7000-8000-000000000112,00000000-0000-7000-8000-000000000113'$$),
  replace('H stay N hold 2026-07-01 2026-07-04
H-1 stay N hold 2026-07-01 2026-07-04
H-1a stay N hold 2026-07-01 2026-07-04', 'N hold', :'bed' || ' hold -'), 'a bed''s stay lies on the bed, its room and its house, not on the next bed');
select is(t.spans('t_head', $$"from" => '2027-02-01', "to" => '2027-02-02'$$), 'U2 block - blocked repair 2027-02-01 2027-02-03', 'blocks');
select is(t.spans('t_head', $$"from" => '2027-02-03', "to" => '2027-02-05'$$), null, 'half-open');
select is(t.spans('t_owner', $$"from" => '2027-01-01', "to" => '2027-01-11'$$), 'U2 stay 2 confirmed - 2027-01-10 2027-01-15', 'an owner sees no guest');
select is(t.spans('t_executor', $$"from" => '2027-01-01', "to" => '2027-01-11'$$), 'U1 stay - - 2027-01-10 2027-01-15', 'who sees units but no stays');
select is(t.err('t_head', $$select report.spans('2027-01-01', '2027-01-11', units => 'U1')$$), 'DM006', 'units are ids');
select is(t.spans('t_head', $$"from" => '2027-01-01', "to" => '2027-01-11', units => '00000000-0000-7000-8000-000000000109'$$), null, 'of one''s own company');

-- a room that is booked lies on its beds, once on its house
select t.mutate('t_head', '{"resource": "reservation", "kind": "create", "set": {"unit": "H-1", "check_in": "2026-08-01", "check_out": "2026-08-02"}}') \g /dev/null
select is((select string_agg(x, ' ') from unnest(array['H', 'H-1', 'H-1a', 'H-1b', 'H-1c']) x), (select string_agg(split_part(x, ' ', 1), ' ') from regexp_split_to_table(t.spans('t_head', $$"from" => '2026-08-01', "to" => '2026-08-02'$$), E'\n') x), 'a room''s stay');

-- holds that ran out
set domovoi.now = '2026-06-18T09:00:00+05';
select is(t.free('t_head', $$"from" => '2026-07-01', "to" => '2026-07-02'$$), 'H, H-1, H-1a, H-1b, H-1c, U1, U2, U3', 'holds that ran out stand in nobody''s way');
select matches(t.spans('t_head', $$"from" => '2026-07-01', "to" => '2026-07-02', units => '00000000-0000-7000-8000-000000000102'$$), '^U2 stay \d+ expired ', 'and are shown as such');
set domovoi.now = '2026-06-16T09:00:00+05';
create function t.today() returns text language sql as $$
  select string_agg(u.code || ' ' || d.status || case when d.status <> u.status then ' <> ' || u.status else '' end, ', ' order by u.code)
    from jsonb_to_recordset(t.rows('t_head', 'select id, code, status from api.units')) u(id uuid, code text, status text)
    join jsonb_to_recordset(t.rows('t_head', 'select unit, status from api.unit_days')) d(unit uuid, status text) on d.unit = u.id
   where d.status <> 'free' or u.status <> 'free'
$$;
select t.mutate('t_head', format('{"resource": "reservation", "kind": "create", "set": {"unit": "%s", "check_in": "2026-06-16", "check_out": "2026-06-26"}}', u)::jsonb)
  from unnest(array['U3', 'H-1b']) u \g /dev/null
select is(t.today(), 'H occupied, H-1 occupied, H-1b occupied, U3 occupied', 'a unit that is held today is not free');
set domovoi.now = '2026-06-18T09:00:00+05';
select is(t.today(), null, 'with a hold that ran out it is, for the list and for the figures alike');
set domovoi.now = '2026-06-16T09:00:00+05';

-- what else
select is(t.other('t_head', $$unit => 'U1', "from" => '2026-07-02', "to" => '2026-07-04'$$), replace('dates U1 2026-06-30 2026-07-02 - -2
dates U1 2026-07-05 2026-07-07 - +3
unit H-1b 2026-07-02 2026-07-04 -
unit H-1c 2026-07-02 2026-07-04 -
unit U3 2026-07-02 2026-07-04 -
move H-1b 2026-07-02 2026-07-05 N Семёнова Айгерим', 'N', :'flat'), 'other dates, other units, and where who is in the way could go');
select is(t.other('t_manager', $$unit => 'U1', "from" => '2026-07-02', "to" => '2026-07-04'$$) ~ 'move', false, 'for whoever may move him');
select is(t.other('t_head', format($$unit => 'U1', "from" => '2026-07-03', "to" => '2026-07-06', reservation => '%s'$$, :'flat')) ~ 'move|dates U1 2026-07-0[1245]', true, 'its own nights are no obstacle to a stay that moves');
select is(t.other('t_head', $$unit => 'U1', "from" => '2026-06-16', "to" => '2026-06-18'$$) ~ 'dates U1 2026-06-1[0-5]', false, 'nothing in the past');
select is(t.err('t_head', $$select report.alternatives('X1', '2026-07-01', '2026-07-02')$$), 'DM006', 'of another company''s unit');
-- what is offered can be booked
select is((select count(*)::int from (select t.mutate('t_head', jsonb_build_object('resource', 'reservation', 'kind', 'create', 'set', jsonb_build_object('unit', x ->> 'unit', 'check_in', x ->> 'check_in', 'check_out', x ->> 'check_out'))) ->> 'status' as s
  from jsonb_array_elements(t.rows('t_head', $$select * from report.alternatives('U1', '2026-07-02', '2026-07-04')$$)) x where x ->> 'kind' in ('dates', 'unit')) y where s = 'applied'), 5, 'what is offered can be booked');
select * from finish();
