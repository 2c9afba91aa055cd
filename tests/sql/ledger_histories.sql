-- Random histories of charges, payments, allocations, refunds, voids, reversals and closed periods. After each step: the
-- ledger sums to zero in every currency; what an account owes in the ledger is its open charges less what was paid in
-- advance (A17), and what a plain count of its charges, payments and refunds says; no sum leaves its bounds, on no day.
-- 120 histories, eight times as many in the long check (all are in one database, and each step looks at it), from TEST_SEED.
\ir fixtures/start.sql
\ir fixtures/money.sql
\set seed `echo "${TEST_SEED:-1}"`
\set histories `n=${TEST_COUNT:-1}; echo $((120 * (n > 8 ? 8 : n)))`
\o /dev/null
select setseed((:seed % 100000) / 100000.0);
create table t.h (n int, step int, what text, outcome text, wrong text);
create function t.any(variadic p text[]) returns text language sql as $$ select p[1 + floor(random() * cardinality(p))::int] $$;
create function t.upto(p int) returns int language sql as $$ select floor(random() * (p + 1))::int $$;

-- One step in the life of an account; what was tried.
create function t.step(p_party uuid, p_currency text) returns text language plpgsql as $$
declare
  a uuid := domovoi.account_for(901, p_party, null, p_currency);
  what text := t.any('charge', 'charge', 'charge', 'pay', 'pay', 'pay', 'record', 'confirm', 'reject', 'void', 'allocate', 'unallocate',
    'fifo', 'spread', 'spread', 'ask', 'ask', 'approve', 'approve', 'refuse', 'payout', 'payout', 'fail', 'retry', 'reverse', 'close', 'reopen', 'day');
  c domovoi.charge; p domovoi.payment; r uuid;
begin
  select x.id into r from domovoi.refund x join domovoi.payment y on y.id = x.payment_id and y.company_id = x.company_id
    where x.company_id = 901 and y.company_id = 901 and y.account_id = a and x.status = case what when 'approve' then 'requested' when 'refuse' then 'requested'
      when 'retry' then 'failed' else 'approved' end order by random() limit 1;
  select * into c from domovoi.charge x where x.company_id = 901 and x.account_id = a order by random() limit 1;
  select * into p from domovoi.payment x where x.company_id = 901 and x.account_id = a order by random() limit 1;
  case what
    when 'charge' then
      c := null; c.company_id := 901; c.party_id := p_party; c.currency := p_currency; c.amount := 1 + t.upto(1000);
      c.kind := t.any('stay', 'rent', 'deposit', 'penalty'); c.issued_on := domovoi.company_today(901) - t.upto(10) + 3;
      c.due_on := c.issued_on + t.upto(40) - 10; c.source_key := p_party || t.any('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
      if domovoi.add_charge(c) is null then what := 'charge again'; end if;
    when 'pay', 'record' then
      p := null; p.company_id := 901; p.party_id := p_party; p.currency := p_currency; p.amount := 1 + t.upto(1500);
      p.method := t.any('cash', 'card', 'kaspi', 'transfer'); p.booked_on := domovoi.company_today(901) - t.upto(20);
      p.charge_id := case when random() < 0.2 then c.id end;
      perform domovoi.record_payment(p, what = 'pay');
    when 'confirm' then perform domovoi.confirm_payment(901, x.id) from (select x.id from domovoi.payment x where x.company_id = 901 and x.account_id = a
      and x.status = 'recorded' limit 1) x;
    when 'reject' then update domovoi.payment x set status = 'rejected', status_reason = 'test' where x.id = (select y.id from domovoi.payment y
      where y.company_id = 901 and y.account_id = a and y.status = 'recorded' limit 1);
    when 'void' then perform domovoi.void_charge(901, c.id, 'test');
    when 'allocate' then perform domovoi.allocate(901, p.id, c.id, 1 + t.upto(400));
    when 'unallocate' then perform domovoi.allocate(901, p.id, c.id, -1 - t.upto(400));
    when 'fifo' then perform domovoi.allocate_fifo(901, p.id);
    when 'spread' then perform domovoi.distribute(901, p.id, (select string_agg(x.no || '=' || t.upto(300)::numeric
        / power(10, (select y.digits from domovoi.currency y where y.code = p_currency))::int, ' ') from domovoi.charge x
      where x.company_id = 901 and x.account_id = a and random() < 0.5));
    when 'ask' then perform domovoi.ask_refund(901, p.id, 1 + t.upto(600), 'test', null, null);
    when 'approve', 'retry' then update domovoi.refund x set status = 'approved' where x.id = r;
    when 'refuse' then update domovoi.refund x set status = 'rejected', status_reason = 'test' where x.id = r;
    when 'fail' then update domovoi.refund x set status = 'failed', status_reason = 'test' where x.id = r;
    when 'payout' then if r is not null then perform domovoi.pay_refund(901, r); end if;
    when 'reverse' then perform domovoi.reverse_payment(901, p.id, 'test');
    when 'close' then perform domovoi.period_lock_create(901, gen_random_uuid(), jsonb_build_object('reason', 'test', 'upto', domovoi.company_today(901) - 1 - t.upto(30)));
    when 'reopen' then perform domovoi.period_lock_create(901, gen_random_uuid(), '{"reason": "test", "upto": "2025-12-31"}');
    when 'day' then perform set_config('domovoi.now', (domovoi.now() + make_interval(days => t.upto(20)))::text, false);
  end case;
  set constraints all immediate;
  set constraints all deferred;
  return what;
end $$;

-- What is wrong with an account; null if nothing.
create function t.wrong(p_party uuid, p_currency text, p_what text) returns text language plpgsql as $$
declare a uuid := domovoi.account_for(901, p_party, null, p_currency); ledger bigint; plain bigint;
begin
  select coalesce(sum(e.amount), 0) into ledger from domovoi.ledger_entry e where e.company_id = 901 and e.account_id = a;
  select coalesce((select sum(x.amount) from domovoi.charge x where x.company_id = 901 and x.account_id = a and x.voided_on is null), 0)
    - coalesce((select sum(x.amount) from domovoi.payment x where x.company_id = 901 and x.account_id = a and x.status = 'succeeded'), 0)
    + coalesce((select sum(x.amount) from domovoi.refund x join domovoi.payment y on y.id = x.payment_id where y.company_id = 901 and y.account_id = a and x.status = 'done'), 0) into plain;
  return case
    when ledger <> plain then 'ledger ' || ledger || ', counted ' || plain
    when ledger <> domovoi.open_of(901, a) then 'ledger ' || ledger || ', open ' || domovoi.open_of(901, a)
    when exists (select from domovoi.charge x where x.company_id = 901 and x.account_id = a and (x.allocated not between 0 and x.amount or x.voided_on is not null and x.allocated > 0
      or x.allocated <> coalesce((select sum(y.amount) from domovoi.allocation y where y.company_id = 901 and y.charge_id = x.id), 0))) then 'a charge'
    when exists (select from domovoi.payment x where x.company_id = 901 and x.account_id = a and (least(x.allocated, x.refunded) < 0 or x.allocated + x.refunded > x.amount
      or x.status <> 'succeeded' and x.allocated + x.refunded > 0
      or x.allocated <> coalesce((select sum(y.amount) from domovoi.allocation y where y.company_id = 901 and y.payment_id = x.id), 0))) then 'a payment'
    when exists (select from (select sum(y.amount) over (partition by y.charge_id order by y.booked_on, y.id) as s, x.amount from domovoi.allocation y
      join domovoi.charge x on x.company_id = y.company_id and x.id = y.charge_id where x.company_id = 901 and x.account_id = a) z where z.s not between 0 and z.amount) then 'a charge on some day'
    when exists (select from (select sum(y.amount) over (partition by y.payment_id order by y.booked_on, y.id) as s, x.amount from domovoi.allocation y
      join domovoi.payment x on x.company_id = y.company_id and x.id = y.payment_id where x.company_id = 901 and x.account_id = a) z where z.s not between 0 and z.amount) then 'a payment on some day'
    when p_what in ('charge', 'pay')
      and exists (select from domovoi.charge x where x.company_id = 901 and x.account_id = a and x.voided_on is null and x.allocated < x.amount)
      and exists (select from domovoi.payment x where x.company_id = 901 and x.account_id = a and domovoi.free_of(x) > 0
        and (p_what = 'charge' or x.no = (select max(z.no) from domovoi.payment z where z.company_id = 901))) then 'an advance beside a debt'
  end;
end $$;

create procedure t.live(p_n int) language plpgsql as $$
declare party uuid; cur text; what text; outcome text; posted bigint; seen bigint := 0;
begin
  for n in 1 .. p_n loop
    perform set_config('domovoi.now', '2026-01-10T09:00:00+05', false);
    insert into domovoi.party (company_id, name) values (901, 'History ' || n) returning id into party;
    insert into domovoi.period_lock (company_id, no, upto, reason, at) values (901, domovoi.next_no(901, 'period_lock'), '2025-12-31', 'test', now());
    cur := t.any('KZT', 'JPY', 'EUR');
    commit;
    for step in 1 .. 20 loop
      what := null;
      begin
        what := t.step(party, cur);
        outcome := 'done';
      exception when sqlstate 'DM001' or sqlstate 'DM006' or sqlstate 'DM007' or sqlstate 'DM011' or sqlstate 'DM012' then
        outcome := sqlstate;
      end;
      insert into t.h values (n, step, what, outcome, t.wrong(party, cur, what));
    end loop;
    commit;
  end loop;
end $$;
call t.live(:histories);
\o
select plan(7);
select is((select string_agg(n || '/' || step || ' ' || coalesce(what, '?') || ': ' || wrong, '; ') from (select * from t.h where wrong is not null order by n, step limit 5) x), null,
  'after every step the books hold (seed ' || :'seed' || ')');
select is((select count(*) from t.h), 20 * :histories::bigint, 'all histories ran');
select is(t.sound(), 'sound', 'and at the end those of all');
select is((select string_agg(currency::text, ' ') from (select currency from domovoi.ledger_entry group by company_id, currency having sum(amount) <> 0) x), null, 'the ledger sums to zero in every currency');
select is((select count(*) from domovoi.ledger_tx t join domovoi.ledger_tx r on r.company_id = t.company_id and r.id = t.reverses
  where t.booked_on < r.booked_on), 0::bigint, 'nothing is reversed before it was');
select is((select count(distinct what) from t.h where outcome = 'done') >= 15, true, 'every kind of step was taken');
select cmp_ok((select count(*) from t.h where outcome = 'done'), '>', 8 * :histories::bigint, 'most of them are possible');
select * from finish();
