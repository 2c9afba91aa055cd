-- The ledger and what stands on it: accounts, postings, allocation first in first out, voids, refunds, period locks,
-- and what nobody gets past.
\ir fixtures/start.sql
select * from no_plan();

create function t.charge(p_amount bigint, p_due date default '2026-06-20', p_kind text default 'stay',
    p_currency text default 'KZT', p_party int default 1, p_key text default null, p_unit text default null)
  returns uuid language plpgsql as $$
declare c domovoi.charge;
begin
  c.company_id := 901; c.kind := p_kind; c.amount := p_amount; c.due_on := p_due; c.currency := p_currency;
  c.party_id := ('00000000-0000-7000-8000-00000000020' || p_party)::uuid; c.source_key := p_key;
  c.unit_id := (select id from domovoi.unit where company_id = 901 and code = p_unit);
  return domovoi.add_charge(c);
end $$;
create function t.pay(p_amount bigint, p_confirmed boolean default true, p_currency text default 'KZT',
    p_party int default 1, p_method text default 'cash', p_ref text default null, p_day date default null)
  returns uuid language plpgsql as $$
declare p domovoi.payment;
begin
  p.company_id := 901; p.amount := p_amount; p.currency := p_currency; p.method := p_method;
  p.party_id := ('00000000-0000-7000-8000-00000000020' || p_party)::uuid; p.provider_ref := p_ref;
  p.booked_on := p_day;
  return domovoi.record_payment(p, p_confirmed);
end $$;
create function t.open(p uuid) returns bigint language sql as
  $$ select amount - allocated from domovoi.charge where company_id = 901 and id = p $$;
create function t.acct(p_party int default 1, p_currency text default 'KZT') returns uuid language sql as
  $$ select domovoi.account_for(901, ('00000000-0000-7000-8000-00000000020' || p_party)::uuid, null, p_currency) $$;
-- A17 and I9, for everything that there is
create function t.sound() returns text language sql as $$
  select coalesce(string_agg(x, '; '), 'sound') from (
    select 'sum ' || currency from domovoi.ledger_entry group by company_id, currency having sum(amount) <> 0
    union all
    select 'account ' || a.no || ' ' || l.sum || ' ' || domovoi.open_of(a.company_id, a.id) from domovoi.account a
      cross join lateral (select coalesce(sum(e.amount), 0) as sum from domovoi.ledger_entry e
        where e.company_id = a.company_id and e.account_id = a.id) l
      where a.kind = 'receivable' and l.sum <> domovoi.open_of(a.company_id, a.id)
    union all
    select 'charge ' || c.no from domovoi.charge c where c.allocated <> coalesce((select sum(x.amount)
      from domovoi.allocation x where x.company_id = c.company_id and x.charge_id = c.id), 0)
    union all
    select 'payment ' || p.no from domovoi.payment p where p.allocated <> coalesce((select sum(x.amount)
      from domovoi.allocation x where x.company_id = p.company_id and x.payment_id = p.id), 0)
      or p.refunded <> coalesce((select sum(r.amount) from domovoi.refund r where r.company_id = p.company_id
        and r.payment_id = p.id and r.status = 'done'), 0)) v (x)
$$;

-- §6 item 4: 10 000 three times, 15 000 comes, then 20 000
select t.charge(1000000, '2026-06-01') as a, t.charge(1000000, '2026-06-02') as b, t.charge(1000000, '2026-06-03') as c \gset
select t.pay(1500000) as p1 \gset
select is(array[t.open(:'a'), t.open(:'b'), t.open(:'c')], array[0, 500000, 1000000]::bigint[], 'the oldest first');
select is(domovoi.open_of(901, t.acct()), 1500000::bigint, 'the rest is owed');
select t.pay(2000000) as p2 \gset
select is(array[t.open(:'a'), t.open(:'b'), t.open(:'c')], array[0, 0, 0]::bigint[], 'then all are paid');
select is(domovoi.open_of(901, t.acct()), -500000::bigint, 'and 5 000 are an advance');
select t.charge(300000) as d \gset
select is(t.open(:'d'), 0::bigint, 'which the next charge uses');
select is(domovoi.open_of(901, t.acct()), -200000::bigint, 'as far as it goes');
select is(t.sound(), 'sound', 'A17, I9, I13');
select is(t.charge(100, p_key => 'once') is not null, true, 'a source charges');
select is(t.charge(100, p_key => 'once'), null, 'once (I11)');
select lives_ok(format('select domovoi.void_charge(901, %L, ''mistake'')', :'b'), 'a charge is voided');
select is(domovoi.open_of(901, t.acct()), -1199900::bigint, 'what it was paid with is free');
select is(t.sound(), 'sound', 'the books hold');
select throws_ok(format('select domovoi.void_charge(901, %L, ''again'')', :'b'), 'DM001', null, 'once');
select is(domovoi.ask_refund(901, :'p2', 1000000, 'left early', 5000, null) is not null, true, 'a refund is asked for');
select throws_ok(format('select domovoi.ask_refund(901, %L, 1000001, ''more'', null, null)', :'p2'), 'DM007', null,
  'the same money is not asked for twice');
select t.charge(9000000) as e \gset
select is(t.sound(), 'sound', 'the books hold');
update domovoi.refund set status = 'approved' where company_id = 901;
select lives_ok($$select domovoi.pay_refund(901, id) from domovoi.refund where company_id = 901$$, 'it is paid out');
select is(t.sound(), 'sound', 'the books hold');
select * from finish();
