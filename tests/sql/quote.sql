-- What a stay costs: rules of prices, the quote, and that a new stay, its nights in the calendar and its reports say the
-- same (K18); what was agreed stays.
\ir fixtures/start.sql
select * from no_plan();

create function t.new(p_resource text, p_set jsonb, p_login text default 't_head') returns text language sql as $$
  select coalesce(x ->> 'code', x ->> 'record') || coalesce(' ' || (x ->> 'field'), '') from t.mutate(p_login,
    jsonb_build_object('resource', p_resource, 'kind', 'create', 'set', p_set)) x
$$;
create function t.patch(p_resource text, p_id text, p_set jsonb, p_login text default 't_head') returns text language sql as $$
  select coalesce(x ->> 'code', x ->> 'status') || coalesce(' ' || (x ->> 'field'), '') from t.mutate(p_login,
    jsonb_build_object('resource', p_resource, 'kind', 'patch', 'record', p_id, 'set', p_set)) x
$$;
create function t.book(p_in date, p_out date, p_unit text default 'U3', p_more jsonb default '{}') returns text language sql as $$
  select t.new('reservation', jsonb_build_object('unit', p_unit, 'check_in', p_in, 'check_out', p_out) || p_more)
$$;
create function t.quote(p_in date, p_out date, p_unit text default 'U3', p_login text default 't_head') returns text language sql as $$
  select t.val(p_login, format($q$select string_agg(kind || coalesce(' ' || nights, '') || coalesce(' x ' || price_minor, '')
    || coalesce(' = ' || amount_minor, ''), ', ') from report.quote(%L, %L, %L) where kind not in ('deposit', 'policy')$q$,
    p_unit, p_in, p_out))
$$;
-- rows of the calendar: span x nights x price, all leaves
create function t.laid(p_id text) returns text language sql as $$
  select string_agg(check_in || '+' || (check_out - check_in) || '=' || price, ' ' order by check_in, unit_id)
    from domovoi.occupancy where source_id = p_id::uuid
$$;
create function t.money(p_id text) returns text language sql as $$
  select r.price_per_night || ' ' || r.total || ' ' || (select sum(o.price * (o.check_out - o.check_in)) from domovoi.occupancy o
    where o.source_id = r.id) from domovoi.reservation r where r.id = p_id::uuid
$$;

select is(t.quote('2026-07-03', '2026-07-06'),
  'night 3 x 1000000 = 3000000, cleaning = 0, service_fee = 0, total 3 x 1000000 = 3000000, prepayment = 3000000',
  'without rules the offering''s price; the service fee is a line although it is nothing');
select t.book('2026-07-03', '2026-07-06') as plain \gset
select is(t.money(:'plain'), '1000000 3000000 3000000', 'and so is the stay');
select is(t.laid(:'plain'), '2026-07-03+3=1000000', 'in one row of the calendar');

-- rules. 2026-08-07 is a Friday
select t.new('price_rule', '{"kind": "weekday", "name": "Weekend", "weekdays": "5,6", "change_bp": 1250, "priority": 1}') as we \gset
select is(length(:'we'), 36, 'a weekend costs more');
select t.new('price_rule', '{"kind": "season", "name": "August", "from_on": "2026-08-10", "to_on": "2026-09-01", "price": "15000.01", "priority": 5}') as season \gset
select is(length(:'season'), 36, 'a season has a price');
select is(t.quote('2026-08-06', '2026-08-12'), 'night 1 x 1000000 = 1000000, night 2 x 1125000 = 2250000, '
  || 'night 1 x 1000000 = 1000000, night 2 x 1500001 = 3000002, cleaning = 0, service_fee = 0, '
  || 'total 6 x 1208334 = 7250002, prepayment = 7250002', 'night by night, the higher priority alone; the mean is rounded half up');
select t.book('2026-08-06', '2026-08-12') as mixed \gset
select is(t.laid(:'mixed'), '2026-08-06+1=1000000 2026-08-07+2=1125000 2026-08-09+1=1000000 2026-08-10+2=1500001',
  'a row of the calendar for each run of a price');
select is(t.money(:'mixed'), '1208334 7250002 7250002', 'which sum to the stay''s total');
select is((select night_prices from domovoi.reservation where id = :'mixed'),
  '{1000000,1125000,1125000,1000000,1500001,1500001}', 'each night has its price');
select is(t.val('t_head', format('select count(*) || '' '' || sum(price_minor * (to_on - from_on)) from api.reservation_nights where reservation = %L', :'mixed')),
  '4 7250002', 'staff see the runs');
select is(t.quote('2026-08-29', '2026-09-02'), 'night 3 x 1500001 = 4500003, night 1 x 1000000 = 1000000, cleaning = 0, '
  || 'service_fee = 0, total 4 x 1375001 = 5500003, prepayment = 5500003', 'the last night of a season is the one before its end');

-- the calendar shows a stay once, however many rows it lies in
select is(t.val('t_head', $$select string_agg(check_in || '..' || check_out, ' ') from report.spans('2026-08-01', '2026-08-20', (select id::text from api.units where code = 'U3'))$$),
  '2026-08-06..2026-08-12', 'one span');
select is(t.val('t_head', $$select string_agg(check_in || '..' || check_out, ' ') from report.spans('2026-08-08', '2026-08-10', (select id::text from api.units where code = 'U3'))$$),
  '2026-08-06..2026-08-12', 'with all its days in the middle of it');
select is(t.val('t_head', $$select string_agg(check_in || '..' || check_out, ' ') from report.spans('2026-08-10', '2026-08-20', (select id::text from api.units where code = 'U3'))$$),
  '2026-08-06..2026-08-12', 'and at its end');
select is(t.val('t_head', $$select total_minor || ' ' || price_per_night_minor from report.availability('2026-08-06', '2026-08-12', unit => 'U1')$$),
  '7250002 1208334', 'what is free is listed at the quote''s price');
select is(t.val('t_head', format($$select sum(revenue_minor) from report.occupancy('2026-08-01', '2026-09-01', unit => 'U3')$$)), '0', 'a hold earns nothing');
select is(t.act('t_head', :'mixed', 'confirm'), 'applied', 'confirmed');
select is(t.val('t_head', format($$select sum(revenue_minor) from report.occupancy('2026-08-01', '2026-09-01', unit => 'U3')$$)), '7250002', 'a confirmed stay all of it');
select is(t.val('t_head', format($$select sum(revenue_minor) from report.occupancy('2026-08-01', '2026-08-10', unit => 'U3')$$)), '4250000', 'in its own nights');

-- length of stay
select is(length(t.new('price_rule', '{"kind": "length", "name": "Week", "min_nights": "7", "change_bp": -1000}')), 36, 'a week costs less');
select is(length(t.new('price_rule', '{"kind": "length", "name": "Month", "min_nights": "28", "change_bp": -2000}')), 36, 'a month still less, at the same priority');
select is(t.quote('2026-10-05', '2026-10-12', 'U2'), 'night 4 x 1000000 = 4000000, night 2 x 1125000 = 2250000, night 1 x 1000000 = 1000000, '
  || 'discount 7 = -725000, cleaning = 0, service_fee = 0, total 7 x 932143 = 6525000, prepayment = 6525000', 'the discount is a line');
select t.book('2026-10-05', '2026-10-12', 'U2') as week \gset
select is(t.money(:'week'), '932143 6525000 6525000', 'and the nights are those after it');
select is(t.val('t_head', $$select note from report.quote('U2', '2026-10-05', '2026-11-05') where kind = 'discount'$$), '-20 %', 'the longest that is reached');

-- what cannot be
select is(t.new('price_rule', '{"kind": "season", "name": "Clash", "from_on": "2026-08-31", "to_on": "2026-09-05", "price": "1", "priority": 5}'), 'DM007 priority', 'equal priority on a common night');
select is(t.new('price_rule', '{"kind": "season", "name": "Clash", "unit": "U3", "from_on": "2026-08-31", "to_on": "2026-09-05", "price": "1", "priority": 5}'), 'DM007 priority', 'also of one unit against all');
select is(length(t.new('price_rule', '{"kind": "season", "name": "Next", "from_on": "2026-09-01", "to_on": "2026-09-05", "price": "1", "priority": 5}')), 36, 'the day after it may');
select is(t.new('price_rule', '{"kind": "weekday", "name": "Clash", "weekdays": "6,7", "change_bp": 1, "priority": 1}'), 'DM007 priority', 'one common weekday is enough');
select is(length(t.new('price_rule', '{"kind": "weekday", "name": "Sunday", "weekdays": "7", "surcharge": "5", "priority": 1}')), 36, 'another weekday is none');
select is(t.new('price_rule', '{"kind": "length", "name": "Clash", "min_nights": "7", "change_bp": -1}'), 'DM007 priority', 'the same length twice');
select is(t.patch('price_rule', :'season', '{"priority": 1}'), 'DM007 priority', 'a change meets the same rule');
select is(t.new('price_rule', '{"kind": "season", "name": "Two", "from_on": "2027-01-01", "to_on": "2027-01-05", "price": "1", "change_bp": 5}'), 'DM007 price', 'a price or a share, not both');
select is(t.new('price_rule', '{"kind": "season", "name": "None", "from_on": "2027-01-01", "to_on": "2027-01-05"}'), 'DM007 price', 'and not neither');
select is(left(t.new('price_rule', '{"kind": "season", "name": "Open", "price": "1"}'), 5), 'DM007', 'a season has days');
select is(left(t.new('price_rule', '{"kind": "length", "name": "Dear", "min_nights": "60", "change_bp": 100}'), 5), 'DM007', 'a long stay is not dearer');

-- who may
select is(t.new('price_rule', '{"kind": "weekday", "name": "Mine", "weekdays": "1", "unit": "U1", "change_bp": 1, "priority": 9}', 't_accountant'), 'DM005', 'an accountant makes no prices');
select is(t.new('price_rule', '{"kind": "weekday", "name": "All", "weekdays": "1", "change_bp": 1, "priority": 9}', 't_realtor'), 'DM005', 'an agent none for everybody');
select t.new('price_rule', '{"kind": "weekday", "name": "Mine", "weekdays": "1", "unit": "U1", "change_bp": 100, "priority": 9}', 't_realtor') as mine \gset
select is(length(:'mine'), 36, 'but for his units');
select is(t.new('price_rule', '{"kind": "weekday", "name": "His", "weekdays": "1", "unit": "U2", "change_bp": 1, "priority": 9}', 't_realtor'), 'DM007 unit', 'not for a colleague''s');
select is(t.patch('price_rule', :'season', '{"price": "1"}', 't_realtor'), 'DM006', 'nor can he touch the company''s');
select is(t.count('t_realtor', 'api.price_rules'), 1, 'he sees his');
select is(t.count('t_head', 'api.price_rules'), 7, 'the head all');
select is(t.count('t_head_beta', 'api.price_rules'), 0, 'another company none');
select is(t.quote('2026-08-10', '2026-08-12', 'U1', 't_realtor'), 'night 1 x 1010000 = 1010000, night 1 x 1500001 = 1500001, cleaning = 0, service_fee = 0, total 2 x 1255001 = 2510001, prepayment = 2510001',
  'his quote knows the rules that he does not see');
select is(t.err('t_realtor', $$select * from report.quote('U2', '2026-08-10', '2026-08-12')$$), 'DM006', 'of a colleague''s unit he gets none');
select is(t.err('t_executor', $$select * from report.quote('U1', '2026-08-10', '2026-08-12')$$), 'DM005', 'an executor sees no prices');
select is(t.err('t_head', $$select * from report.quote('U1', '2026-08-12', '2026-08-12')$$), 'DM007', 'no nights, no quote');

-- a change of prices rewrites nothing; nights that are added cost what they cost now (K6)
select is(t.patch('price_rule', :'season', '{"price": "20000"}'), 'applied', 'the season becomes dearer');
select is(t.money(:'mixed'), '1208334 7250002 7250002', 'the stay does not');
select is(t.patch('reservation', :'mixed', '{"check_out": "2026-08-13"}'), 'applied', 'a night more');
select is(t.laid(:'mixed'), '2026-08-06+1=1000000 2026-08-07+2=1125000 2026-08-09+1=1000000 2026-08-10+2=1500001 2026-08-12+1=1800000', 'at today''s price for a stay of a week');
select is(t.patch('reservation', :'mixed', '{"check_in": "2026-08-08", "check_out": "2026-08-11"}'), 'applied', 'fewer nights at both ends');
select is(t.laid(:'mixed'), '2026-08-08+1=1125000 2026-08-09+1=1000000 2026-08-10+1=1500001', 'keep their prices');
select is(t.money(:'mixed'), '1208334 3625001 3625001', 'and the sums');
select is(t.patch('reservation', :'mixed', '{"unit": "H-1"}'), 'applied', 'a move to a room of three beds');
select is((select sum(price * (check_out - check_in))::bigint from domovoi.occupancy where source_id = :'mixed'), 3625001::bigint, 'which share the same money');
select is(t.patch('reservation', :'mixed', '{"price_per_night": "100"}'), 'applied', 'a price by hand');
select is(t.money(:'mixed') || ' ' || (select night_prices is null and price_fixed from domovoi.reservation where id = :'mixed'), '10000 30000 30000 true', 'is one price for all nights');
select is(t.patch('reservation', :'mixed', '{"check_out": "2026-08-12"}'), 'applied', 'and for a night more');
select is(t.money(:'mixed'), '10000 40000 40000', 'whatever the season');
select t.book('2026-08-20', '2026-08-22', 'U2', '{"price_per_night": "70"}') as hand \gset
select is(t.money(:'hand'), '7000 14000 14000', 'a stay may have its price from the beginning');
select is(t.patch('reservation', :'hand', '{"check_out": "2026-08-23"}'), 'applied', 'made longer');
select is(t.money(:'hand'), '7000 21000 21000', 'it keeps it');
select is(t.patch('price_rule', :'season', '{"name": "Again"}'), 'applied', 'a rule has another name');
select is(t.err('t_head', format($$select act.price_rule_delete(%L)$$, :'season')), 'ok', 'a rule is removed');
select is(t.quote('2026-08-11', '2026-08-12'), 'night 1 x 1000000 = 1000000, cleaning = 0, service_fee = 0, total 1 x 1000000 = 1000000, prepayment = 1000000', 'and counts no more');

-- fees
update domovoi.offering set cleaning_fee = 500000, deposit = 900000 where company_id = 901 and unit_id = (select id from domovoi.unit where code = 'U3' and company_id = 901);
insert into domovoi.setting (company_id, key, value) values (901, 'service_fee_bp', '500'), (901, 'prepayment_bp', '3000');
select is(t.quote('2026-11-02', '2026-11-05'), 'night 3 x 1000000 = 3000000, cleaning = 500000, service_fee = 150000, total 3 x 1000000 = 3650000, prepayment = 1095000',
  'cleaning once, the service fee of the nights');
select t.book('2026-11-02', '2026-11-05') as fees \gset
select is((select (total, cleaning_fee, service_fee, prepayment_bp)::text from domovoi.reservation where id = :'fees'), '(3000000,500000,150000,3000)', 'and the stay has them');
select is(t.val('t_head', $$select note from report.quote('U3', '2026-11-02', '2026-11-05') where kind = 'policy'$$), 'default_24_12 24:100,12:50', 'and the policy');
update domovoi.unit set capacity = 2 where company_id = 901 and code = 'U3';
select is(t.err('t_head', $$select * from report.quote('U3', '2026-11-12', '2026-11-15', 3)$$), 'DM007', 'too many guests');
select is(t.book('2026-11-12', '2026-11-15', 'U3', '{"adults": 2, "children": 1}'), 'DM007 adults', 'are refused by both');

-- currencies without and with other minor units: half up, once
update domovoi.offering set price = 9999, currency = 'JPY' where company_id = 902;
select is(length(t.new('price_rule', '{"kind": "season", "name": "Half", "from_on": "2026-09-01", "to_on": "2026-10-01", "change_bp": 50, "unit": "X1"}', 't_head_beta')), 36, 'half a percent more');
select is(t.quote('2026-09-10', '2026-09-12', 'X1', 't_head_beta'), 'night 2 x 10049 = 20098, cleaning = 0, service_fee = 0, total 2 x 10049 = 20098, prepayment = 20098', 'of yen are whole yen');
select is(length(t.new('price_rule', '{"kind": "season", "name": "Euro", "from_on": "2026-09-01", "to_on": "2026-10-01", "price": "1.50", "currency": "EUR", "priority": 3, "unit": "X1"}', 't_head_beta')), 36, 'a price in another currency');
select is(t.quote('2026-09-10', '2026-09-12', 'X1', 't_head_beta'), 'night 2 x 10049 = 20098, cleaning = 0, service_fee = 0, total 2 x 10049 = 20098, prepayment = 20098', 'is no price here');

-- random rules, stays and changes: quote = stay = calendar
create function t.wander(p_seed float8, p_steps int) returns int language plpgsql as $$
declare bad int := 0; a date; n int; u text; made text; q text; r record;
begin
  perform setseed(p_seed);
  for i in 1 .. p_steps loop
    a := date '2027-02-01' + (random() * 300)::int; n := 1 + (random() * 20)::int; u := (array['U1', 'U2', 'U3', 'H-1', 'H-1a'])[1 + floor(random() * 5)::int];
    if random() < 0.3 then
      perform t.new('price_rule', jsonb_build_object('kind', 'season', 'name', 'r' || i, 'from_on', a, 'to_on', a + n, 'priority', (random() * 20)::int)
        || case when random() < 0.5 then jsonb_build_object('change_bp', (random() * 9000)::int - 4500) else jsonb_build_object('price_minor', (random() * 1e6)::int) end);
    elsif random() < 0.6 then
      q := t.val('t_head', format($q$select amount_minor from report.quote(%L, %L, %L) where kind = 'total'$q$, u, a, a + n));
      made := t.book(a, a + n, u);
      if length(made) = 36 and q::bigint <> (select total + cleaning_fee + service_fee from domovoi.reservation x where x.id::text = made) then bad := bad + 1; end if;
    else
      select x.id, x.check_in, x.check_out into r from domovoi.reservation x where x.company_id = 901 and not x.imported order by random() limit 1;
      perform t.patch('reservation', r.id::text, jsonb_build_object('check_in', r.check_in + (random() * 4)::int - 2, 'check_out', r.check_out + (random() * 6)::int - 3));
    end if;
  end loop;
  return bad;
end $$;
select is(t.wander(0.37, 250), 0, 'every stay costs what its quote says');
select is((select count(*)::int from domovoi.reservation r where r.company_id = 901 and r.total is distinct from
  (select sum(o.price * (o.check_out - o.check_in)) from domovoi.occupancy o where o.company_id = 901 and o.source_id = r.id)), 0,
  'and its nights in the calendar sum to it');
select is((select count(*)::int from domovoi.occupancy a join domovoi.occupancy b on a.company_id = b.company_id and a.unit_id = b.unit_id
  and a.period && b.period and (a.source_id, a.check_in) < (b.source_id, b.check_in)), 0, 'nothing is used twice');
select * from finish();
