-- The cashier's desk: the calendar's numbers against numbers got another way, a preview against what then happens, and a
-- payment spread over its charges in one change.
\ir fixtures/start.sql
\ir fixtures/money.sql
\ir fixtures/report.sql
\set seed `echo "${TEST_SEED:-1}"`
select no_plan();
\o /dev/null
select setseed((:seed % 100000) / 100000.0);

insert into domovoi.party (company_id, id, no, name, agent_id) select 901, ('00000000-0000-7000-8000-00000000020' || i)::uuid, 40 + i,
  'Payer ' || i, t.id('t_realtor') from generate_series(4, 9) i;

-- ---- the calendar
select t.charge(100 + floor(random() * 5000)::int, '2026-04-25'::date + i, p_party => 4 + i % 3, p_unit => 'U' || 1 + i % 3,
  p_key => 'cal' || i) from generate_series(1, 90) i;
select t.charge(700, '2026-06-03', p_party => 6, p_currency => 'EUR', p_key => 'cal-eur');
select domovoi.void_charge(901, id, 'test') from domovoi.charge where company_id = 901 and source_key in ('cal40', 'cal41');
select t.pay(floor(random() * 4000)::int + 1, p_party => 4 + i % 3) from generate_series(1, 12) i;
\o
create function t.calendar(p_login text, p_more text default '') returns jsonb language sql as $$
  select t.rows(p_login, 'select * from report.payment_calendar("from" => ''2026-06-01'', "to" => ''2026-07-01''' || p_more || ')') $$;
create function t.due(p_from date, p_to date, p_currency text, p_where text default 'true') returns jsonb language plpgsql as $$
declare r jsonb;
begin
  execute format('select jsonb_build_object(''due'', count(*), ''paid'', count(*) filter (where open_minor = 0),
      ''late'', count(*) filter (where open_minor > 0 and due_on < ''2026-06-16''), ''due_minor'', coalesce(sum(amount_minor), 0),
      ''paid_minor'', coalesce(sum(allocated_minor), 0), ''late_minor'', coalesce(sum(open_minor) filter (where due_on < ''2026-06-16''), 0))
    from api.charges where company = 901 and status <> ''voided'' and due_on >= %L and due_on < %L and currency = %L and %s',
    p_from, p_to, p_currency, p_where) into r;
  return r;
end $$;
select is((select count(*) from jsonb_array_elements(t.calendar('t_head')) x where x - '{level,day,until,currency,filter}'::text[]
    is distinct from t.due((x ->> 'day')::date, (x ->> 'until')::date, x ->> 'currency')), 0::bigint, 'each row counts its charges');
select is((select count(*) from jsonb_array_elements(t.calendar('t_head')) x where (x ->> 'due')::bigint
    <> t.opens('t_head', 'charges', x ->> 'filter')), 0::bigint, 'and its filter opens them');
select is((select array_agg(distinct x ->> 'level' order by x ->> 'level') from jsonb_array_elements(t.calendar('t_head')) x),
  '{day,total,week}', 'the whole, its weeks and its days');
select is((select sum((x ->> k)::bigint) from jsonb_array_elements(t.calendar('t_head')) x where x ->> 'level' = l and x ->> 'currency' = c),
  (select (x ->> k)::numeric from jsonb_array_elements(t.calendar('t_head')) x where x ->> 'level' = 'total' and x ->> 'currency' = c),
  l || 's add up: ' || k || ' ' || c)
  from unnest(array['day', 'week']) l, unnest(array['due', 'paid', 'late', 'due_minor', 'paid_minor', 'late_minor']) k,
    unnest(array['KZT', 'EUR']) c;
select is((select string_agg(x ->> 'day' || '/' || (x ->> 'until'), ' ' order by x ->> 'day') from jsonb_array_elements(t.calendar('t_head')) x
    where x ->> 'level' = 'week' and x ->> 'currency' = 'KZT'),
  '2026-06-01/2026-06-08 2026-06-08/2026-06-15 2026-06-15/2026-06-22 2026-06-22/2026-06-29 2026-06-29/2026-07-01',
  'weeks begin on Monday and end with the period');
select is((select count(*) from jsonb_array_elements(t.calendar('t_head', m)) x where x - '{level,day,until,currency,filter}'::text[]
    is distinct from t.due((x ->> 'day')::date, (x ->> 'until')::date, x ->> 'currency', w)), 0::bigint, 'narrowed by ' || m)
  from (values (', unit => ''U2''', 'unit_label = (select title from api.units where company = 901 and code = ''U2'')'),
    (', party => ''44''', 'party = (select id from api.parties where company = 901 and no = 44)'),
    (', agent => ''t_realtor''', 'agent = (select id from api.users where login = ''t_realtor'')')) v (m, w);
select is((select count(*) from jsonb_array_elements(t.calendar('t_head', m)) x where (x ->> 'due')::bigint
    <> t.opens('t_head', 'charges', x ->> 'filter')), 0::bigint, 'and opened: ' || m)
  from unnest(array[', unit => ''U2,U3''', ', party => ''44''', ', agent => ''t_realtor''']) m;
select is(t.calendar('t_realtor') - 'filter', t.calendar('t_realtor'), 'an agent asks');
select is((select sum((x ->> 'due')::int) from jsonb_array_elements(t.calendar('t_realtor')) x where x ->> 'level' = 'total'),
  (select sum((x ->> 'due')::int) from jsonb_array_elements(t.calendar('t_head', ', agent => ''t_realtor''')) x where x ->> 'level' = 'total'),
  'and sees his own');
select is((select jsonb_agg(x - '{filter}'::text[]) from jsonb_array_elements(t.calendar('t_head_beta')) x),
  '[{"due": 0, "day": "2026-06-01", "late": 0, "paid": 0, "level": "total", "until": "2026-07-01", "currency": "EUR", "due_minor": 0, "late_minor": 0, "paid_minor": 0}]',
  'where nothing is due there is one row of zeros');
select is(t.err('t_head', format('select * from report.payment_calendar("from" => %L, "to" => %L)', a, b)), w, 'a period: ' || a || ' ' || b)
  from (values ('2026-06-01', '2026-06-01', 'DM007'), ('2026-06-02', '2026-06-01', 'DM007'), ('2026-01-01', '2027-12-01', 'DM007'),
    ('2026-06-01', '2026-06-02', 'ok')) v (a, b, w);
select is(t.err('t_head', 'select * from report.payment_calendar("from" => ''2026-06-01'', "to" => ''2026-07-01'', ' || m || ')'), w, m)
  from (values ('unit => ''NONE''', 'DM006'), ('building => ''NONE''', 'DM006'), ('party => ''Nobody''', 'DM006'), ('agent => ''nobody''', 'DM006')) v (m, w);

-- the plan of its question: a range of an index, whatever else there is
set session_replication_role = replica;
insert into domovoi.charge (company_id, no, account_id, party_id, kind, issued_on, due_on, amount, currency)
  select 901, 100000 + g, t.acct(1), '00000000-0000-7000-8000-000000000201', 'rent', '2020-01-01', '2015-01-01'::date + g % 3000, 100, 'KZT'
    from generate_series(1, 30000) g;
set session_replication_role = origin;
analyze domovoi.charge;
create function t.plan(p_login text, p_sql text) returns text language plpgsql as $$
declare r text := ''; l text;
begin
  execute format('set session authorization %I', p_login);
  execute format('set role domovoi_%s', (api.enter()).scope);
  for l in execute 'explain (costs off) ' || p_sql loop r := r || l || E'\n'; end loop;
  reset session authorization;
  return r;
end $$;
\set month 'select due_on, currency, count(*), sum(amount_minor) from api.charge_facts where company = 901 and due_on >= ''2026-06-01'' and due_on < ''2026-07-01'' and voided_on is null group by 1, 2'
select matches(t.plan('t_head', :'month'), 'charge_company_id_due_on_id_idx', 'a month is a range of the index of days');
select matches(t.plan('t_realtor', :'month'), 'charge_company_id_agent_id_due_on_id_idx', 'an agent''s of his');
delete from domovoi.charge where company_id = 901 and no > 100000;

-- ---- a preview is what then happens
create function t.told(p_login text, p_about text) returns jsonb language sql as $$
  select t.rows(p_login, 'select * from report.payment_preview(' || p_about || ')') $$;
create function t.happens(p_set jsonb) returns jsonb language plpgsql as $$ -- what the payment covers once it is confirmed
declare p uuid := t.new('t_accountant', 'payment', p_set || '{"method": "cash"}')::uuid;
begin
  perform t.do('t_head', 'payment', p::text, 'confirm');
  return (select coalesce(jsonb_object_agg(a.charge_id, a.amount), '{}') from domovoi.allocation a where a.company_id = 901 and a.payment_id = p);
end $$;
create function t.parts(p_told jsonb) returns jsonb language sql as $$
  select coalesce(jsonb_object_agg(x ->> 'id', x -> 'part_minor'), '{}') from jsonb_array_elements(p_told) x
    where x ->> 'what' = 'charge' and (x ->> 'part_minor')::bigint > 0 $$;
do $$
declare i int; c domovoi.charge; about text; amount text; told jsonb; got jsonb; wrong text := '';
begin
  for i in 1..25 loop
    select * into c from domovoi.charge where company_id = 901 and voided_on is null and allocated < domovoi.charge.amount and currency = 'KZT'
      order by md5(id::text || i) limit 1;
    amount := (array['1', '7.5', '40', '12', '90'])[1 + i % 5];
    if i % 2 = 0 then
      told := t.told('t_accountant', format('charge => %L, amount => %L', c.id, amount));
      got := t.happens(jsonb_build_object('charge', c.id, 'amount', amount));
    else
      told := t.told('t_accountant', format('party => %L, amount => %L', c.party_id, amount));
      got := t.happens(jsonb_build_object('party', told -> 0 ->> 'party', 'agreement', told -> 0 ->> 'agreement', 'amount', amount));
    end if;
    if t.parts(told) is distinct from got then wrong := wrong || i || ' ' || t.parts(told) || got; end if;
  end loop;
  create table t.wrong as select wrong as w;
end $$;
select is((select w from t.wrong), '', 'what a preview says is what the payment covers');
select is(t.sound(), 'sound', 'the books hold');
select t.charge(10000, '2026-06-10', p_party => 7, p_key => 'pv1') as a, t.charge(5000, '2026-06-25', p_party => 7, p_key => 'pv2') as b \gset
select is((select array[x ->> 'part_minor', x ->> 'open_minor', x ->> 'left_minor', x ->> 'code'] from jsonb_array_elements(t.told('t_head', format('charge => %L', :'b'))) x
  where x ->> 'what' = 'account'), '{5000,15000,0,NULL}', 'of a charge what is open of it is proposed');
select is((select x ->> 'part_minor' from jsonb_array_elements(t.told('t_head', 'party => ''47''')) x where x ->> 'what' = 'account'), '10000', 'of a person what is due by now');
select is((select string_agg(concat_ws('/', x ->> 'part_minor', x ->> 'left_minor'), ' ') from jsonb_array_elements(t.told('t_head', format('charge => %L, amount => ''120''', :'b'))) x
  where x ->> 'what' = 'charge'), '5000/0 7000/3000', 'the charge it is for, then the oldest');
select is((select x ->> 'left_minor' from jsonb_array_elements(t.told('t_head', 'party => ''47'', amount => ''200''')) x where x ->> 'what' = 'account'), '5000', 'the rest is an advance');
select is((select x ->> 'code' from jsonb_array_elements(t.told(l, format('charge => %L, amount => %L', :'b', a))) x where x ->> 'what' = 'account'), w, l || ' pays ' || a)
  from (values ('t_head', '50', null), ('t_head', '20', 'DM014'), ('t_head', '52.5', null), ('t_head', '53', 'DM014')) v (l, a, w);
select is(t.err(l, format('select * from report.payment_preview(charge => %L)', :'b')), w, l || ' asks') from (values ('t_head', 'ok'), ('t_accountant', 'ok'),
  ('t_support', 'DM005'), ('t_executor', 'DM005'), ('t_head_beta', 'DM007')) v (l, w);
select is(t.err('t_head', 'select * from report.payment_preview()'), 'DM007', 'of nobody');
select is(t.err('t_head', 'select * from report.payment_preview(party => ''7'', amount => ''-3'')'), 'DM007', 'an amount is positive');
select is(t.err('t_head', 'select * from report.payment_preview(unit => ''U3'')'), 'DM007', 'a unit that nobody lives in');

-- ---- spread by hand, in one change
select t.pay(12000, p_party => 7) as p \gset
select is(array[t.open(:'a'), t.open(:'b')], array[0, 3000]::bigint[], 'the oldest first');
select no as na from domovoi.charge where id = :'a' \gset
select no as nb from domovoi.charge where id = :'b' \gset
create function t.spread(p_login text, p uuid, p_parts text) returns text language sql as $$
  select t.do(p_login, 'payment', p::text, 'distribute', jsonb_build_object('parts', p_parts)) $$;
select is(t.spread('t_accountant', :'p', :'na' || '=70 ' || :'nb' || '=50'), 'applied', 'moved from one to the other');
select is(array[t.open(:'a'), t.open(:'b')], array[3000, 0]::bigint[], 'exactly so');
select is(t.spread('t_accountant', :'p', :'nb' || '=50.00'), 'applied', 'what is not named is taken off');
select is(array[t.open(:'a'), t.open(:'b')], array[10000, 0]::bigint[], 'and open again');
select is(t.spread('t_accountant', :'p', s), 'DM007', 'refused: ' || s) from unnest(array[:'na' || '=121', :'na' || '=100 ' || :'nb' || '=50.01', :'na', :'na' || '=x',
  :'na' || '=1 ' || :'na' || '=2', '999999=1', :'na' || '=-1']) s;
select is(array[t.open(:'a'), t.open(:'b')], array[10000, 0]::bigint[], 'and nothing of it done');
select is((select count(*) from domovoi.allocation where payment_id = :'p' and amount < 0), 2::bigint, 'each step back is a row');
select is(t.spread('t_accountant', :'p', ''), 'applied', 'all of it off');
select is(array[t.open(:'a'), t.open(:'b')], array[10000, 5000]::bigint[], 'all open');
select is(t.spread(l, :'p', :'na' || '=1'), w, l) from (values ('t_realtor', 'DM005'), ('t_head_beta', 'DM006'), ('t_head', 'applied')) v (l, w);
select is(t.rows('t_head', format('select no, open_minor, held_minor from report.payment_cover(%L)', :'p')), jsonb_build_array(
  jsonb_build_object('no', :'na'::int, 'open_minor', 9900, 'held_minor', 100), jsonb_build_object('no', :'nb'::int, 'open_minor', 5000, 'held_minor', 0)),
  'what it covers and could');
select is(t.err('t_head_beta', format('select * from report.payment_cover(%L)', :'p')), 'DM006', 'another company''s');
select t.pay(100, false, p_party => 7) as w \gset
select is(t.spread('t_head', :'w', :'na' || '=1'), 'DM001', 'not before it is confirmed');
select is(t.sound(), 'sound', 'the books hold');

-- ---- a preview shows an agent nothing of another's
insert into domovoi.party (company_id, id, no, name, agent_id) values (901, '00000000-0000-7000-8000-000000000280', 80, 'CANARY tenant', t.id('t_realtor2'));
insert into domovoi.unit (company_id, id, code, title, kind, agent_id, lock_id)
  values (901, '00000000-0000-7000-8000-000000000180', 'PV', 'Of agent one', 'apartment', t.id('t_realtor'), gen_random_uuid());
insert into domovoi.agreement (company_id, id, unit_id, party_id, starts_on, ends_on, rent, currency, due_day, agent_id)
  values (901, '00000000-0000-7000-8000-000000000580', '00000000-0000-7000-8000-000000000180', '00000000-0000-7000-8000-000000000280',
    '2026-01-01', '2027-01-01', 1000, 'KZT', 1, t.id('t_realtor2'));
update domovoi.agreement set status = 'active', signed_at = domovoi.now() where company_id = 901 and id = '00000000-0000-7000-8000-000000000580';
select is(t.val('t_head', $$select party_label from report.payment_preview(unit => 'PV') where what = 'account'$$), 'CANARY tenant', 'the head sees who pays for a unit');
select is(t.err('t_realtor', $$select * from report.payment_preview(unit => 'PV')$$), 'DM007', 'the unit''s agent does not see a tenant of another''s');
select t.charge(600, '2026-05-01', p_party => 1, p_key => 'own'), t.charge(7700, '2026-04-01', p_party => 1, p_key => 'others') \g /dev/null
update domovoi.charge set agent_id = t.id('t_realtor2') where company_id = 901 and source_key = 'others';
select is(t.rows('t_realtor', $$select what, open_minor from report.payment_preview(party => '1', amount => '100') where what = 'account' or part_minor = 7700$$),
  (select jsonb_build_array(jsonb_build_object('what', 'account', 'open_minor', sum(amount - allocated))) from domovoi.charge
    where company_id = 901 and account_id = t.acct(1) and voided_on is null and agent_id = t.id('t_realtor')), 'nor charges of another''s, nor their sum');
select isnt(t.val('t_head', $$select count(*) from report.payment_preview(party => '1', amount => '100') where part_minor = 7700$$), '0', 'which are covered all the same');
select is(t.err('t_head_beta', $$select * from api.payment_preview(null, null, null, null, '1', null, 901)$$), 'DM007', 'another company is asked in vain');
select * from finish();
