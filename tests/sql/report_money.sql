-- Reports of money against numbers got by other means: a random history is kept as a plain list of what each event did to
-- which charge and payment; what a report must say of a day is the sum of that list until then. Then the numbers of
-- domain.md §6, leases, results, comparison and forecast, over rows made by hand.
\ir fixtures/start.sql
\ir fixtures/report.sql
\set seed `echo "${TEST_SEED:-1}"`
\o /dev/null
select setseed((:seed % 100000) / 100000.0);
-- rows as they would stand after the rules: those have tests of their own
do $$ declare x text; begin
  foreach x in array array['agreement', 'agreement_line', 'charge', 'payment', 'allocation', 'refund', 'expense', 'account'] loop
    execute format('alter table domovoi.%I disable trigger user', x);
  end loop; end $$;
insert into domovoi.party (company_id, id, no, name, agent_id) select 901, md5('d' || i)::uuid, 900 + i, 'Debtor ' || i,
  t.id(case i % 3 when 0 then 't_realtor' when 1 then 't_realtor2' end) from generate_series(1, 6) i;
insert into domovoi.account (company_id, id, no, kind, code, party_id, currency)
  select 901, md5('acc' || i || c)::uuid, 900 + i * 10 + length(c) + case c when 'EUR' then 1 else 0 end, 'receivable', i || c,
    md5('d' || i)::uuid, c from generate_series(1, 6) i, unnest(array['KZT', 'EUR']) c;
insert into domovoi.agreement (company_id, id, no, unit_id, party_id, agent_id, building_id, owner_id, starts_on, ends_on, status,
    currency, rent)
  select 901, md5('g' || i)::uuid, 900 + i, u.id, md5('d' || i)::uuid, u.agent_id, u.building_id, u.owner_id, '2025-01-01',
    case when i < 3 then '2025-09-01' else '2026-12-01' end::date, case when i < 3 then 'expired' else 'active' end, 'KZT', 100
    from generate_series(1, 6) i join domovoi.unit u on u.company_id = 901 and u.code = 'U' || 1 + i % 3;

create table t.ch (id uuid, i int, currency text, kind text, issued date, counted date, due date, amount bigint, open bigint,
  voided date);
create table t.pay (id uuid, i int, currency text, method text, booked date, amount bigint, free bigint, refunded bigint default 0,
  gone date);
create table t.ev (day date, charge uuid, payment uuid, open bigint default 0, free bigint default 0, covers bigint default 0,
  back bigint default 0);
create function t.cover(d date, c uuid, p uuid, n bigint) returns void language plpgsql as $$
begin
  if n = 0 then return; end if;
  update t.ch set open = open - n where id = c;
  update t.pay set free = free - n where id = p;
  insert into t.ev values (d, c, p, -n, -n, n);
end $$;
create function t.uncover(d date, c uuid, p uuid) returns void language plpgsql as $$
declare x record;
begin
  for x in select charge, payment, sum(covers)::bigint as n from t.ev where (charge = c or payment = p) and covers <> 0
      group by 1, 2 having sum(covers) <> 0 loop
    perform t.cover(d, x.charge, x.payment, -x.n);
  end loop;
end $$;
do $$
declare d date := '2025-01-05'; c t.ch; p t.pay; n bigint; id uuid; pid uuid; who int; money text;
begin
  for step in 1..500 loop
    d := d + floor(random() * 3)::int;
    exit when d > '2026-06-16';
    who := 1 + floor(random() * 6); money := case when random() < 0.25 then 'EUR' else 'KZT' end;
    id := gen_random_uuid(); pid := id;
    case
      when step % 10 < 5 then
        n := 1 + floor(random() * 100000)::int;
        insert into t.ch values (id, who, money, (array['rent', 'stay', 'deposit', 'utilities'])[1 + floor(random() * 4)], d,
          d - 20 + floor(random() * 60)::int, d - 5 + floor(random() * 40)::int, n, n);
        insert into t.ev (day, charge, open) values (d, id, n);
      when step % 10 < 8 then
        n := 1 + floor(random() * 150000)::int;
        insert into t.pay (id, i, currency, method, booked, amount, free) values (id, who, money,
          (array['cash', 'card', 'kaspi'])[1 + floor(random() * 3)], d, n, n);
        insert into t.ev (day, payment, free) values (d, id, n);
        for c in select * from t.ch x where x.i = who and x.currency = money and x.open > 0 order by x.due loop
          perform t.cover(d, c.id, id, least(c.open, (select x.free from t.pay x where x.id = pid)));
        end loop;
      when step % 10 = 8 then
        select * into c from t.ch x where x.voided is null order by random() limit 1;
        if random() < 0.3 and c.id is not null then
          perform t.uncover(d, c.id, null);
          insert into t.ev (day, charge, open) values (d, c.id, -c.amount);
          update t.ch x set open = 0, voided = d where x.id = c.id;
        end if;
      else
        select * into p from t.pay x where x.gone is null and x.amount > x.refunded order by random() limit 1;
        if p.id is null then continue; end if;
        perform t.uncover(d, null, p.id);
        n := (select free from t.pay x where x.id = p.id);
        if random() < 0.3 and p.refunded = 0 then
          insert into t.ev (day, payment, free) values (d, p.id, -n);
          update t.pay x set free = 0, gone = d where x.id = p.id;
        else
          n := 1 + floor(random() * n)::bigint;
          insert into t.ev (day, payment, free, back) values (d, p.id, -n, n);
          update t.pay x set free = free - n, refunded = refunded + n where x.id = p.id;
        end if;
    end case;
  end loop;
end $$;
insert into domovoi.charge (company_id, id, no, account_id, party_id, unit_id, agreement_id, kind, period_from, period_to, issued_on,
    due_on, amount, currency, allocated, voided_on, agent_id, building_id, owner_id)
  select 901, c.id, 10000 + row_number() over (order by c.issued, c.id), md5('acc' || c.i || c.currency)::uuid, md5('d' || c.i)::uuid,
    g.unit_id, g.id, c.kind, case when c.counted <> c.issued then c.counted end, case when c.counted <> c.issued
    then c.counted + 30 end, c.issued, c.due, c.amount, c.currency, case when c.voided is null then c.amount - c.open else 0 end,
    c.voided, g.agent_id, g.building_id, g.owner_id
    from t.ch c join domovoi.agreement g on g.company_id = 901 and g.id = md5('g' || c.i)::uuid;
insert into domovoi.payment (company_id, id, no, account_id, party_id, unit_id, agreement_id, method, amount, currency, allocated,
    refunded, status, received_at, booked_on, agent_id, building_id, owner_id, updated_at)
  select 901, p.id, 10000 + row_number() over (order by p.booked, p.id), md5('acc' || p.i || p.currency)::uuid,
    md5('d' || p.i)::uuid, g.unit_id, g.id, p.method, p.amount, p.currency,
    case when p.gone is null then p.amount - p.free - p.refunded else 0 end, p.refunded,
    case when p.gone is null then 'succeeded' else 'reversed' end, p.booked, p.booked, g.agent_id, g.building_id, g.owner_id,
    coalesce(p.gone, p.booked) + time '12:00'
    from t.pay p join domovoi.agreement g on g.company_id = 901 and g.id = md5('g' || p.i)::uuid;
insert into domovoi.allocation (company_id, payment_id, charge_id, amount, booked_on, at, agent_id, building_id, owner_id)
  select 901, e.payment, e.charge, e.covers, e.day, e.day, c.agent_id, c.building_id, c.owner_id
    from t.ev e join domovoi.charge c on c.company_id = 901 and c.id = e.charge where e.covers <> 0;
insert into domovoi.refund (company_id, no, payment_id, unit_id, amount, currency, reason, status, booked_on, agent_id, building_id,
    owner_id)
  select 901, 10000 + row_number() over (order by e.day, e.payment), e.payment, p.unit_id, e.back, p.currency, 'test', 'done', e.day,
    p.agent_id, p.building_id, p.owner_id from t.ev e join domovoi.payment p on p.company_id = 901 and p.id = e.payment
   where e.back <> 0;
create table t.day (d date);
insert into t.day values ('2025-01-01'), ('2025-03-31'), ('2025-08-15'), ('2026-01-31'), ('2026-06-16');
insert into t.day select '2025-01-10'::date + floor(random() * 480)::int from generate_series(1, 5);

create table t.sums (i int, currency text, d0 bigint default 0, d30 bigint default 0, d60 bigint default 0, d90 bigint default 0,
  older bigint default 0, ahead bigint default 0, oldest date, n bigint default 0, primary key (i, currency));
-- what must be open on a day, by whom it is owed: (who, currency) → sums
create function t.owed(d date) returns table (i int, currency text, d0 bigint, d30 bigint, d60 bigint, d90 bigint, older bigint,
    ahead bigint, oldest date, n bigint) language plpgsql as $$
declare c record; p record; age int; o bigint;
begin
  delete from t.sums;
  for c in select * from t.ch x where x.issued <= d loop
    o := (select sum(e.open) from t.ev e where e.charge = c.id and e.day <= d);
    continue when o = 0;
    insert into t.sums as s (i, currency) values (c.i, c.currency) on conflict do nothing;
    age := d - c.due;
    if age <= 0 then update t.sums s set d0 = s.d0 + o where (s.i, s.currency) = (c.i, c.currency);
    elsif age <= 30 then update t.sums s set d30 = s.d30 + o where (s.i, s.currency) = (c.i, c.currency);
    elsif age <= 60 then update t.sums s set d60 = s.d60 + o where (s.i, s.currency) = (c.i, c.currency);
    elsif age <= 90 then update t.sums s set d90 = s.d90 + o where (s.i, s.currency) = (c.i, c.currency);
    else update t.sums s set older = s.older + o where (s.i, s.currency) = (c.i, c.currency); end if;
    if age > 0 then update t.sums s set oldest = least(s.oldest, c.due), n = s.n + 1
      where (s.i, s.currency) = (c.i, c.currency); end if;
  end loop;
  for p in select x.i, x.currency, sum(e.free)::bigint as free from t.pay x join t.ev e on e.payment = x.id where e.day <= d
      group by 1, 2 having sum(e.free) <> 0 loop
    insert into t.sums (i, currency) values (p.i, p.currency) on conflict do nothing;
    update t.sums s set ahead = p.free where (s.i, s.currency) = (p.i, p.currency);
  end loop;
  return query select * from t.sums;
end $$;
-- report rows as (debtor's number, currency) → the same sums
create function t.told(p_login text, d date) returns jsonb language sql as $$
  select jsonb_agg(jsonb_build_object('i', (right(x ->> 'name', 1))::int, 'currency', x -> 'currency', 'd0', x -> 'not_due_minor',
    'd30', x -> 'd1_30_minor', 'd60', x -> 'd31_60_minor', 'd90', x -> 'd61_90_minor', 'older', x -> 'd90_plus_minor',
    'ahead', -(x ->> 'advance_minor')::bigint, 'oldest', x -> 'oldest_due', 'n', x -> 'charges')
    order by x ->> 'name', x ->> 'currency')
    from jsonb_array_elements(t.rows(p_login, format('select * from report.arrears(as_of => %L)', d))) x where x ->> 'key' is not null
$$;
\o
select no_plan();
select cmp_ok((select count(*) from t.ev), '>', 300::bigint, 'there is a history');
select is(t.told('t_head', d), (select jsonb_agg(to_jsonb(o) order by o.i, o.currency) from t.owed(d) o),
  'arrears as of ' || d || ', seed ' || :seed) from t.day;
-- A0: whatever they are grouped by, and for whoever sees less
select is((select jsonb_agg(x order by x ->> 'currency') from jsonb_array_elements(t.rows('t_head', format('select currency,
    sum(not_due_minor) a, sum(arrears_minor) l, sum(d1_30_minor + d31_60_minor + d61_90_minor + d90_plus_minor) s, sum(balance_minor) b,
    sum(charges) n from report.arrears(as_of => %L, "group" => %L) group by 1', d, g))) x),
  (select jsonb_agg(jsonb_build_object('currency', currency, 'a', a, 'l', s, 's', s, 'b', a + s - h, 'n', n) order by currency)
    from (select currency, sum(d0) a, sum(d30 + d60 + d90 + older) s, sum(ahead) h, sum(n) n from t.owed(d) group by 1) x),
  'arrears by ' || g || ' as of ' || d)
  from unnest(array['none', 'agreement', 'unit', 'building', 'district', 'agent', 'company']) g, t.day where d > '2026-01-01';
select is(t.rows('t_realtor', q), t.rows('t_head', replace(q, ')', ', agent => ''t_realtor'')')), 'an agent''s are the head''s of him: '
  || left(q, 40))
  from unnest(array['select name, currency, arrears_minor, d31_60_minor, advance_minor, balance_minor, charges from report.arrears(as_of => ''2026-06-16'')',
    'select name, amount_minor, refunded_minor from report.revenue("from" => ''2025-01-01'', "to" => ''2026-07-01'', basis => ''payments'')',
    'select key, amount_minor from report.revenue("from" => ''2025-01-01'', "to" => ''2026-07-01'', basis => ''charges'')',
    'select charged_minor, collected_minor, collected_bp from report.collection("from" => ''2025-01-01'', "to" => ''2026-07-01'')']) q;
select is(t.rows('t_owner', 'select sum(arrears_minor) s from report.arrears("group" => ''none'')'), t.rows('t_head',
  'select sum(arrears_minor) s from report.arrears(unit => ''U2'', "group" => ''none'')'), 'an owner''s are those of his units');
select is(t.err('t_executor', 'select * from report.arrears()'), 'ok', 'an executor may ask');
select is(t.rows('t_executor', 'select sum(balance_minor) s, count(*) n from report.arrears()'), '[{"n": 1, "s": 0}]', 'and sees nothing');
select is(t.err('t_moderator', 'select * from report.arrears()'), 'DM005', 'a moderator may not');
select is(t.err('t_support', 'select * from report.rent_roll()'), 'DM005', 'nor support');
select is(t.rows('t_head_beta', 'select currency, balance_minor from report.arrears()'), '[{"currency": "EUR", "balance_minor": 0}]',
  'another company has none: one row of zeros');

-- drill-down: today's rows open what they are the sum of
select is((select count(*) from jsonb_array_elements(t.rows('t_head', 'select * from report.arrears(as_of => ''2026-06-16'')')) x
    where x ->> 'key' is not null and (x ->> 'arrears_minor')::bigint is distinct from t.val('t_head', format(
      'select coalesce(sum(open_minor), 0) from api.charges where company = 901 and currency = %L and %s', x ->> 'currency',
      t.where_of(replace(x ->> 'filter', 'open>', 'open_minor>'))))::bigint), 0::bigint, 'every debtor opens his overdue charges');
select is(t.rows('t_head', 'select resource, filter from report.arrears(as_of => ''2026-01-31'', "group" => ''none'') limit 1'),
  '[{"filter": "as_of=2026-01-31 money=KZT", "resource": "arrears_rows"}]', 'the rows of a past day are a report');

-- revenue by payments and by charges
select is(t.rows('t_head', format('select key, currency, amount_minor a, refunded_minor r from report.revenue("from" => ''2025-02-10'',
    "to" => ''2026-05-20'', basis => ''payments'', "group" => %L) where amount_minor <> 0 or refunded_minor <> 0 order by 1, 2', g)),
  (select jsonb_agg(jsonb_build_object('key', k, 'currency', currency, 'a', a, 'r', r) order by k, currency) from (
    select case g when 'month' then to_char(day, 'YYYY-MM') when 'method' then method when 'year' then to_char(day, 'YYYY') end as k,
        currency, sum(a) a, sum(r) r
      from (select booked as day, method, currency, amount as a, 0 as r from t.pay where gone is null
            union all select e.day, p.method, p.currency, -e.back, e.back from t.ev e join t.pay p on p.id = e.payment where back > 0) x
     where day >= '2025-02-10' and day < '2026-05-20' group by 1, 2 having sum(a) <> 0 or sum(r) <> 0) y), 'paid, by ' || g)
  from unnest(array['none', 'month', 'year', 'method']) g;
select is(t.rows('t_head', format('select currency, sum(amount_minor) a from report.revenue("from" => ''2025-02-10'',
    "to" => ''2026-05-20'', basis => %L, "group" => %L) group by 1 order by 1', b, g)),
  t.rows('t_head', format('select currency, sum(amount_minor) a from report.revenue("from" => ''2025-02-10'',
    "to" => ''2026-05-20'', basis => %L, "group" => ''none'') group by 1 order by 1', b)), b || ' by ' || g || ' add up')
  from unnest(array['payments', 'charges']) b, unnest(array['day', 'week', 'month', 'year', 'unit', 'building', 'district', 'agent',
    'company']) g;
select is(t.rows('t_head', 'select key, currency, amount_minor a from report.revenue("from" => ''2025-02-10'', "to" => ''2026-05-20'',
    basis => ''charges'') where amount_minor <> 0 order by 1, 2'),
  (select jsonb_agg(jsonb_build_object('key', k, 'currency', currency, 'a', a) order by k, currency) from (
    select to_char(counted, 'YYYY-MM') as k, currency, sum(amount) as a from t.ch where voided is null and kind <> 'deposit'
       and counted >= '2025-02-10' and counted < '2026-05-20' group by 1, 2) y), 'charged, by the month it is for');
select is((select count(*) from jsonb_array_elements(t.rows('t_head', format('select * from report.revenue("from" => ''2025-02-10'',
    "to" => ''2026-05-20'', basis => ''payments'', "group" => %L)', g))) x
    where x ->> 'filter' is not null and (x ->> 'amount_minor')::bigint + (x ->> 'refunded_minor')::bigint is distinct from t.val('t_head',
      format('select coalesce(sum(amount_minor), 0) from api.payments where company = 901 and currency = %L and %s', x ->> 'currency',
        t.where_of(x ->> 'filter')))::bigint), 0::bigint, 'payments by ' || g || ' open')
  from unnest(array['none', 'month', 'unit', 'agent', 'method', 'company']) g;
select is((select count(*) from jsonb_array_elements(t.rows('t_head', format('select * from report.revenue("from" => ''2025-02-10'',
    "to" => ''2026-05-20'', basis => ''charges'', "group" => %L)', g))) x
    where x ->> 'filter' is not null and (x ->> 'amount_minor')::bigint is distinct from t.val('t_head',
      format('select coalesce(sum(amount_minor), 0) from api.charges where company = 901 and currency = %L and %s', x ->> 'currency',
        t.where_of(x ->> 'filter')))::bigint), 0::bigint, 'charges by ' || g || ' open')
  from unnest(array['none', 'month', 'unit', 'agent', 'company']) g;
select is(t.err('t_head', 'select * from report.revenue("from" => ''2025-01-01'', "to" => ''2025-02-01'', "group" => ''method'')'), 'DM007',
  'nights have no method');
select is(t.rows('t_head_beta', 'select amount_minor, currency from report.revenue("from" => ''2025-01-01'', "to" => ''2025-02-01'',
  basis => ''payments'')'), '[{"currency": "EUR", "amount_minor": 0}]', 'of nothing one row of zeros');

-- A18
select is(t.rows('t_head', format('select currency, charged_minor c, collected_minor p from report.collection("from" => ''2025-03-01'',
    "to" => ''2026-02-01'', as_of => %L) order by 1', d)),
  (select jsonb_agg(jsonb_build_object('currency', currency, 'c', c, 'p', p) order by currency) from (
    select currency, sum(amount) as c, sum((select coalesce(sum(e.covers), 0) from t.ev e where e.charge = x.id and e.day <= d)) as p
      from t.ch x where due >= '2025-03-01' and due < '2026-02-01' and issued <= d and (voided is null or voided > d)
     group by 1) y), 'collected by ' || d) from t.day where d > '2025-06-01';

-- the greatest debtors: arrears of the last day of the period, A0 with others
select is((select jsonb_agg(jsonb_build_array(x -> 'name', x -> 'value', x -> 'stays') order by (x ->> 'rank')::int) from jsonb_array_elements(
    t.rows('t_head', 'select * from report.top("of" => ''debtor'', "from" => ''2026-01-01'', "to" => ''2026-06-17'', "limit" => 2)')) x
    where x ->> 'currency' = 'KZT' and x ->> 'rank' is not null),
  (select jsonb_agg(jsonb_build_array('Debtor ' || i, late, n) order by late desc) from (select i, d30 + d60 + d90 + older as late, n
    from t.owed('2026-06-16') where currency = 'KZT' and n > 0 order by 2 desc limit 2) y), 'the two who owe most');
select is(t.rows('t_head', 'select currency, sum(value) v, sum(share_bp) s from report.top("of" => ''debtor'', "from" => ''2026-01-01'',
    "to" => ''2026-06-17'', "limit" => 2) group by 1 order by 1'),
  (select jsonb_agg(jsonb_build_object('currency', currency, 'v', late, 's', 10000) order by currency) from (select currency,
    sum(d30 + d60 + d90 + older) as late from t.owed('2026-06-16') group by 1 having sum(n) > 0) y), 'and the others are the rest');
select is(t.err('t_head', 'select * from report.top("of" => ''debtor'', "by" => ''nights'', "from" => ''2026-01-01'', "to" => ''2026-06-17'')'),
  'DM007', 'a debtor has no nights');

-- ---- rows made by hand: another company, euros ----
\o /dev/null
select t.unit('X' || i, '(,)', null, null, 902) from generate_series(2, 8) i;
update domovoi.unit set area_total = 40 where company_id = 902 and code = 'X2';
insert into domovoi.party (company_id, id, no, name) select 902, md5('e' || i)::uuid, 900 + i, 'Payer ' || i from generate_series(1, 9) i;
insert into domovoi.account (company_id, id, no, kind, code, party_id, currency)
  select 902, md5('b' || i)::uuid, 900 + i, 'receivable', 'b' || i, md5('e' || i)::uuid, 'EUR' from generate_series(1, 9) i;
create function t.lease(p_code text, p_who int, a date, b date, p_rent bigint, p_more jsonb default '{}') returns uuid language plpgsql as $$
declare g domovoi.agreement;
begin
  g := jsonb_populate_record(g, jsonb_build_object('company_id', 902, 'id', gen_random_uuid(), 'no', (random() * 1e9)::int, 'kind', 'lease',
    'party_id', md5('e' || p_who)::uuid, 'starts_on', a, 'ends_on', b, 'status', 'active', 'currency', 'EUR', 'rent', p_rent, 'due_day', 1,
    'deposit', 0, 'index_bp', 0, 'notice_days', 30, 'version', 1, 'created_at', now(), 'updated_at', now(),
    'unit_id', (select u.id from domovoi.unit u where u.company_id = 902 and u.code = p_code)) || p_more);
  insert into domovoi.agreement select g.*;
  return g.id;
end $$;
create function t.charge(p_who int, p_kind text, p_due date, p_amount bigint, p_lease uuid default null, p_code text default null,
    p_issued date default null) returns uuid language plpgsql as $$
declare c uuid := gen_random_uuid();
begin
  insert into domovoi.charge (company_id, id, no, account_id, party_id, agreement_id, unit_id, kind, issued_on, due_on, amount, currency)
    values (902, c, (random() * 1e9)::int, md5('b' || p_who)::uuid, md5('e' || p_who)::uuid, p_lease, coalesce((select u.id
      from domovoi.unit u where u.company_id = 902 and u.code = p_code), (select g.unit_id from domovoi.agreement g
      where g.company_id = 902 and g.id = p_lease)), p_kind, coalesce(p_issued, p_due - 20), p_due, p_amount, 'EUR');
  return c;
end $$;
create function t.pays(p_who int, p_on date, p_amount bigint, p_charge uuid default null, p_lease uuid default null,
    p_method text default 'cash', p_stay uuid default null, p_refunded bigint default 0) returns uuid language plpgsql as $$
declare p uuid := gen_random_uuid();
begin
  insert into domovoi.payment (company_id, id, no, account_id, party_id, agreement_id, reservation_id, unit_id, method, amount, currency,
      allocated, refunded, status, received_at, booked_on)
    values (902, p, (random() * 1e9)::int, md5('b' || p_who)::uuid, md5('e' || p_who)::uuid, p_lease, p_stay, (select g.unit_id
      from domovoi.agreement g where g.company_id = 902 and g.id = p_lease), p_method, p_amount, 'EUR',
      case when p_charge is null then 0 else p_amount end, p_refunded, 'succeeded', p_on, p_on);
  if p_charge is not null then
    insert into domovoi.allocation (company_id, payment_id, charge_id, amount, booked_on, at) values (902, p, p_charge, p_amount, p_on, p_on);
    update domovoi.charge set allocated = allocated + p_amount where company_id = 902 and id = p_charge;
  end if;
  return p;
end $$;

-- domain.md §6 item 6, of a lease that is long over; and the edges of the buckets
select t.lease('X5', 1, '2025-01-01', '2025-12-01', 100, '{"status": "expired"}') as over \gset
select t.charge(1, 'rent', d::date, 100, :'over') from unnest('{2026-04-20,2026-04-01,2026-03-10,2026-02-10,2026-01-10}'::date[]) d;
select t.charge(2, 'stay', '2026-04-15'::date - n, n + 1, null, 'X5', '2025-12-01') from unnest('{0,1,30,31,60,61,90,91}'::int[]) n;
select t.pays(3, '2026-04-15', 777);
\o
select is(t.rows('t_head_beta', 'select name, not_due_minor n, d1_30_minor a, d31_60_minor b, d61_90_minor c, d90_plus_minor d,
    arrears_minor o, advance_minor v, balance_minor s, oldest_due, days_overdue, currency from report.arrears(as_of => ''2026-04-15'') order by 1'),
  '[{"name": "Payer 1", "n": 100, "a": 100, "b": 100, "c": 100, "d": 100, "o": 400, "v": 0, "s": 500, "oldest_due": "2026-01-10", "days_overdue": 95, "currency": "EUR"},
    {"name": "Payer 2", "n": 1, "a": 33, "b": 93, "c": 153, "d": 92, "o": 371, "v": 0, "s": 372, "oldest_due": "2026-01-14", "days_overdue": 91, "currency": "EUR"},
    {"name": "Payer 3", "n": 0, "a": 0, "b": 0, "c": 0, "d": 0, "o": 0, "v": -777, "s": -777, "oldest_due": null, "days_overdue": null, "currency": "EUR"}]',
  'ageing of §6.6 and its edges: 0, 1, 30, 31, 60, 61, 90, 91 days');
select is(t.rows('t_head_beta', 'select balance_minor from report.arrears(as_of => ''2026-04-14'', "group" => ''none'')'), '[{"balance_minor": 872}]',
  'the advance of the day after is not there yet');

-- a rent roll
\o /dev/null
select t.lease('X2', 4, '2026-01-01', '2027-06-01', 50000, '{"deposit": 100000, "index_bp": 500, "index_month": 1}') as now_let \gset
insert into domovoi.agreement_line (company_id, agreement_id, unit_id, kind, amount, from_on, to_on)
  select 902, :'now_let', u.id, k, n, a::date, b::date from (values ('rent', 50000, '2026-01-01', '2026-05-01'), ('rent', 55000,
    '2026-05-01', '2027-06-01'), ('utilities', 9000, '2026-01-01', '2027-06-01')) v (k, n, a, b), domovoi.unit u
   where u.company_id = 902 and u.code = 'X2';
select t.pays(4, '2026-03-01', 60000, t.charge(4, 'deposit', '2026-01-01', 100000, :'now_let'), :'now_let');
select t.pays(4, '2026-05-20', 700, null, :'now_let');
select t.charge(4, 'rent', '2026-06-01', 55000, :'now_let');
insert into domovoi.offering (company_id, unit_id, mode, price, currency, price_per, status)
  select 902, u.id, 'long_rent', 40000, 'EUR', 'month', 'active' from domovoi.unit u where u.company_id = 902 and u.code = 'X3';
select t.lease('X3', 5, '2025-05-01', '2026-05-17', 38000, '{"status": "expired"}');
select t.lease('X4', 6, '2026-01-01', '2026-12-01', 1, '{"status": "draft"}');
\o
select is(t.rows('t_head_beta', 'select unit_label, tenant_label, starts_on, ends_on, days_left, rent_minor, rent_m2_minor, deposit_minor,
    deposit_held_minor, next_index, balance_minor, days_overdue, asking_minor, vacant_days from report.rent_roll() order by 1'),
  '[{"unit_label": "Unit X2", "tenant_label": "Payer 4", "starts_on": "2026-01-01", "ends_on": "2027-06-01", "days_left": 350, "rent_minor": 55000,
     "rent_m2_minor": 1375, "deposit_minor": 100000, "deposit_held_minor": 60000, "next_index": "2027-01-01", "balance_minor": 94300,
     "days_overdue": 166, "asking_minor": null, "vacant_days": null},
    {"unit_label": "Unit X3", "tenant_label": null, "starts_on": null, "ends_on": null, "days_left": null, "rent_minor": null,
     "rent_m2_minor": null, "deposit_minor": null, "deposit_held_minor": null, "next_index": null, "balance_minor": null, "days_overdue": null,
     "asking_minor": 40000, "vacant_days": 30}]', 'who rents what today, and what is empty');
select is(t.rows('t_head_beta', 'select unit_label, rent_minor, deposit_held_minor, balance_minor, asking_minor from report.rent_roll(as_of => ''2026-02-28'') order by 1'),
  '[{"unit_label": "Unit X2", "rent_minor": 50000, "deposit_held_minor": 0, "balance_minor": 100000, "asking_minor": null},
    {"unit_label": "Unit X3", "rent_minor": 38000, "deposit_held_minor": 0, "balance_minor": 0, "asking_minor": null}]', 'and in February');
select is(t.rows('t_head_beta', 'select unit_label from report.rent_roll(as_of => ''2026-05-16'') where vacant_days is not null'), '[]', 'let on the last day');
select is(t.rows('t_head_beta', 'select vacant_days from report.rent_roll(as_of => ''2026-05-17'') where agreement is null'), '[{"vacant_days": 0}]', 'empty on the next');
select is((select count(*) from jsonb_array_elements(t.rows('t_head_beta', 'select * from report.rent_roll()')) x
  where t.opens('t_head_beta', x ->> 'resource', x ->> 'filter') <> 1), 0::bigint, 'every row opens its record');

-- §6 item 2: a stay of 400, kept, half given back, all given back
\o /dev/null
create function t.sale(p_code text, a date, p_refunded bigint) returns uuid language plpgsql as $$
declare r uuid := t.stay(p_code, a, a + 4, 10000, 'EUR', 'completed', p_company => 902);
begin
  perform t.pays(7, a, 40000, null, null, 'kaspi', r, p_refunded);
  return r;
end $$;
select t.sale('X6', '2025-01-10', 0), t.sale('X6', '2025-02-10', 20000), t.sale('X6', '2025-03-10', 40000);
alter table domovoi.reservation disable trigger user;
update domovoi.reservation r set total = 40000, commission_bp = 1000, provider_fee_bp = 250, agent_commission_bp = 500
  from domovoi.unit u where r.company_id = 902 and u.company_id = 902 and u.id = r.unit_id and u.code = 'X6';
\o
select is(t.rows('t_head_beta', 'select key, paid_minor p, refunded_minor r, commission_minor c, provider_fee_minor f, host_minor h, platform_minor n,
    agent_minor a from report.commission("from" => ''2025-01-01'', "to" => ''2025-04-01'', "group" => ''month'')'),
  '[{"key": "2025-01", "p": 40000, "r": 0, "c": 4000, "f": 1000, "h": 36000, "n": 3000, "a": 2000},
    {"key": "2025-02", "p": 40000, "r": 20000, "c": 2000, "f": 1000, "h": 18000, "n": 1000, "a": 1000},
    {"key": "2025-03", "p": 40000, "r": 40000, "c": 0, "f": 1000, "h": 0, "n": -1000, "a": 0}]', 'the commissions of §6.2');
\o /dev/null
update domovoi.reservation set cleaning_fee = 3333, service_fee = 0 where company_id = 902 and check_in = '2025-01-10';
alter table domovoi.reservation enable trigger user;
\o
select is(t.rows('t_head_beta', 'select base_minor b, commission_minor c, stays from report.commission("from" => ''2025-01-01'', "to" => ''2025-02-01'')'),
  '[{"b": 36667, "c": 3667, "stays": 1}]', 'no commission of the cleaning, half up');

-- A21
\o /dev/null
select t.charge(8, 'rent', ('2026-0' || i || '-05')::date, 10000, null, 'X7', ('2026-0' || i || '-01')::date) from generate_series(1, 6) i;
select t.charge(8, 'deposit', '2026-01-05', 99999, null, 'X7');
insert into domovoi.expense (company_id, no, unit_id, kind, amount, currency, incurred_on, capital, voided_on) select 902, n, u.id, 'repair', a, 'EUR', d::date, k, v::date
  from (values (1, 15000, '2026-06-30', false, null), (2, 100000, '2025-05-05', true, null), (3, 5, '2026-07-01', false, null), (4, 7, '2026-02-01', false, '2026-02-02'),
    (5, 9, '2025-12-31', false, null)) v (n, a, d, k, v), domovoi.unit u where u.company_id = 902 and u.code = 'X7';
\o
select is(t.mutate('t_head_beta', '{"resource": "unit_finance", "kind": "create", "set": {"unit": "X7", "acquisition_cost": "10000.00",
    "acquired_on": "2024-01-01", "market_value": "20000", "valued_on": "2026-01-01"}}') ->> 'status', 'applied', 'what a unit cost and is worth');
select is(t.rows('t_head_beta', 'select name, income_minor i, expense_minor e, noi_minor n, invested_minor v, roi_bp, cap_rate_bp, payback_months
    from report.noi("from" => ''2026-01-01'', "to" => ''2026-07-01'') where name = ''Unit X7'''),
  '[{"name": "Unit X7", "i": 60000, "e": 15000, "n": 45000, "v": 1100000, "roi_bp": 825, "cap_rate_bp": 454, "payback_months": 145}]',
  'NOI 450.00 in 181 days: 907.46 a year of 11000.00 is 8.25 %');
select is(t.rows('t_head_beta', 'select sum(noi_minor) n, sum(invested_minor) v from report.noi("from" => ''2026-01-01'', "to" => ''2026-07-01'')'),
  t.rows('t_head_beta', 'select noi_minor n, invested_minor v from report.noi("from" => ''2026-01-01'', "to" => ''2026-07-01'', "group" => ''none'')'), 'units add up to the whole');
select is(t.err('t_realtor', 'select * from report.noi("from" => ''2026-01-01'', "to" => ''2026-07-01'')'), 'DM005', 'who sees no expenses sees no result');
select is(t.mutate('t_realtor', '{"resource": "unit_finance", "kind": "create", "set": {"unit": "U1", "market_value": "1"}}') ->> 'code', 'DM005', 'nor says what units are worth');
select is(t.count('t_realtor', 'api.unit_finances'), 0, 'or sees it');
select is(t.count('t_head', 'api.unit_finances'), 0, 'nor does another company');

-- A7, A12 and the comparison with the period before
\o /dev/null
select t.stay('X8', '2025-10-20', '2025-10-23', 100, 'EUR', 'completed', p_party => md5('e8')::uuid, p_company => 902, p_booked => '2025-10-10');
select t.stay('X8', '2026-01-05', '2026-01-10', 100, 'EUR', 'completed', p_party => md5('e8')::uuid, p_company => 902, p_booked => '2026-01-03');
select t.stay('X8', '2026-01-12', '2026-01-17', 200, 'EUR', 'completed', p_party => md5('e9')::uuid, p_company => 902, p_booked => '2026-01-05');
select t.stay('X8', '2026-02-01', '2026-02-16', 100, 'EUR', 'completed', p_party => md5('e9')::uuid, p_company => 902, p_booked => '2026-02-01');
select t.stay('X8', '2026-02-20', '2026-02-21', 100, 'EUR', 'cancelled', p_party => md5('e9')::uuid, p_company => 902, p_booked => '2026-01-31');
\o
select is(t.rows('t_head_beta', 'select departures, nights, mean_nights, bookings, lead_days, mean_lead, guests, returning_guests, returning_bp
    from report.stays("from" => ''2026-01-01'', "to" => ''2026-02-01'')'),
  '[{"departures": 2, "nights": 10, "mean_nights": "5.00", "bookings": 3, "lead_days": 29, "mean_lead": "9.67", "guests": 2, "returning_guests": 1, "returning_bp": 5000}]',
  'lengths by departure, lead by booking, one of two had been here');
select is(t.rows('t_head_beta', 'select key, departures, guests, returning_guests from report.stays("from" => ''2025-10-01'', "to" => ''2026-03-01'', "group" => ''month'') order by 1'),
  '[{"key": "2025-10", "departures": 1, "guests": 1, "returning_guests": 0}, {"key": "2026-01", "departures": 2, "guests": 2, "returning_guests": 1},
    {"key": "2026-02", "departures": 1, "guests": 1, "returning_guests": 1}]', 'by month');
select is(t.rows('t_head_beta', 'select departures, mean_nights, guests, returning_bp from report.stays("from" => ''2030-01-01'', "to" => ''2030-02-01'')'),
  '[{"departures": 0, "mean_nights": null, "guests": 0, "returning_bp": 0}]', 'of nothing there is no mean');
select is(t.rows('t_head_beta', 'select revenue_minor r, revenue_before_minor b, revenue_change_bp c, sold_nights n, sold_before o, sold_change_bp d, occupancy_bp p,
    occupancy_before_bp q, adr_minor a, adr_change_bp e from report.compare("from" => ''2026-02-01'', "to" => ''2026-03-01'', "of" => ''unit'') where name = ''Unit X8'''),
  '[{"r": 1500, "b": 1500, "c": 0, "n": 15, "o": 10, "d": 5000, "p": 5357, "q": 3226, "a": 100, "e": -3333}]', 'February against January');
select is(t.rows('t_head_beta', 'select revenue_minor r, revenue_before_minor b, revenue_change_bp c from report.compare("from" => ''2026-01-01'',
    "to" => ''2026-02-01'', "of" => ''unit'') where name = ''Unit X8'''), '[{"r": 1500, "b": 0, "c": null}]', 'against nothing there is no change');
select is(t.rows('t_head_beta', 'select sold_nights n, sold_before b from report.compare("from" => ''2026-01-10'', "to" => ''2026-01-15'', "of" => ''unit'') where name = ''Unit X8'''),
  '[{"n": 3, "b": 5}]', 'five days against the five before');
select is(report.before('2026-03-01', '2026-05-01')::text, '(2026-01-01,2026-03-01)', 'two months against two');
select is(report.before('2024-03-01', '2024-03-31')::text, '(2024-01-31,2024-03-01)', 'thirty days are no month');
select is(t.rows('t_head', 'select sum(revenue_minor) r, sum(sold_nights) n from report.compare("from" => ''2027-01-01'', "to" => ''2027-02-01'', "of" => ''agent'')'),
  t.rows('t_head', 'select sum(revenue_minor) r, sum(sold_nights) n from report.occupancy("from" => ''2027-01-01'', "to" => ''2027-02-01'')'), 'agents side by side are the company');

-- A20, A22: ten months of a unit, the line by the textbook
\o /dev/null
select t.unit('F1', '[2025-08-01,)', null, null, 902), t.unit('F2', '[2026-01-01,)', null, null, 902);
create table t.month (t int, m date, used int, y numeric);
insert into t.month select i, m, used, 1 - used::numeric / ((m + interval '1 month')::date - m)
  from (select i, ('2025-07-01'::date + make_interval(months => i))::date as m, (array[5, 9, 8, 13, 12, 17, 16, 15, 22, 20])[i] as used
    from generate_series(1, 10) i) x;
select t.stay('F1', m, m + used, 100, 'EUR', 'completed', p_company => 902) from t.month;
select t.stay('F1', '2026-07-01', '2026-07-11', 100, 'EUR', 'confirmed', p_company => 902);
create function t.line(a int, b int, at numeric) returns numeric language plpgsql as $$
declare mt numeric; my numeric; up numeric := 0; down numeric := 0; r t.month;
begin
  select avg(x.t), avg(x.y) into mt, my from t.month x where x.t between a and b;
  for r in select * from t.month x where x.t between a and b loop
    up := up + (r.t - mt) * (r.y - my); down := down + (r.t - mt) ^ 2;
  end loop;
  return least(1, greatest(0, my + up / down * (at - mt)));
end $$;
\o
select is(t.rows('t_head_beta', 'select month, used_days u, vacant_days v, vacancy_bp b from report.vacancy("from" => ''2025-08-01'', "to" => ''2026-06-01'', unit => ''F1'') order by 1'),
  (select jsonb_agg(jsonb_build_object('month', m, 'u', used, 'v', (m + interval '1 month')::date - m - used, 'b', round(y * 10000)::int) order by m) from t.month), 'vacancy by month');
select is(t.rows('t_head_beta', 'select month, vacancy_bp v, points, note from report.forecast(horizon => 3, unit => ''F1'')'),
  (select jsonb_agg(jsonb_build_object('month', ('2026-05-01'::date + make_interval(months => h))::date, 'v', round(t.line(1, 10, 10 + h) * 10000)::int,
    'points', 10, 'note', null) order by h) from generate_series(1, 3) h), 'the line goes on');
select is((t.rows('t_head_beta', 'select past_error_bp from report.forecast(unit => ''F1'', horizon => 1)') -> 0 ->> 'past_error_bp')::int,
  (select round(avg(abs(t.line(1, t - 1, t) - y) / y) * 10000)::int from t.month where t > 6), 'how far it was off in the months that it could foretell');
select is(t.rows('t_head_beta', 'select booked_bp from report.forecast(unit => ''F1'', horizon => 2)') -> 1, '{"booked_bp": 3226}', 'ten nights of July are on the books');
select is(t.rows('t_head_beta', 'select vacancy_bp, low_bp, past_error_bp, points, note from report.forecast(unit => ''F2'', horizon => 1)'),
  '[{"vacancy_bp": null, "low_bp": null, "past_error_bp": null, "points": 5, "note": "not enough data"}]', 'five months are not enough');
select ok((select bool_and((x ->> 'low_bp')::int <= (x ->> 'vacancy_bp')::int and (x ->> 'vacancy_bp')::int <= (x ->> 'high_bp')::int and (x ->> 'high_bp')::int <= 10000)
  from jsonb_array_elements(t.rows('t_head_beta', 'select * from report.forecast(unit => ''F1'', horizon => 24)')) x), 'clipped to what can be');
\o /dev/null
select t.lease('F2', 9, '2026-01-01', '2026-08-15', 100);
\o
select is(t.rows('t_head_beta', 'select leases_bp from report.forecast(unit => ''F2'', horizon => 4)'),
  '[{"leases_bp": 0}, {"leases_bp": 0}, {"leases_bp": 10000}, {"leases_bp": 0}]', 'the lease that ends in August and nobody ever renewed');
select is(t.err('t_head', 'select * from report.forecast(horizon => 0)'), 'DM007', 'no horizon');
select is(t.err('t_head', 'select * from report.forecast(horizon => 25)'), 'DM007', 'too far');
select is(t.err('t_moderator', 'select * from report.forecast()'), 'DM005', 'not for moderators');
select * from finish();
