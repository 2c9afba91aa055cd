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
  from unnest(array['select * from report.arrears(as_of => ''2026-06-16'')',
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
select is(t.rows('t_head', 'select filter from report.arrears(as_of => ''2026-01-31'', "group" => ''none'') limit 1'), '[{"filter": null}]',
  'the past has no list');

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
