-- The ledger and what stands on it: accounts, postings, allocation first in first out, voids, refunds, period locks,
-- and what nobody gets past.
\ir fixtures/start.sql
\ir fixtures/money.sql
select * from no_plan();

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
select is((select sum(amount) from domovoi.allocation where company_id = 901 and payment_id = :'p2'), 1000000::numeric,
  'the newest charge is open again, as far as the money was needed');

-- a refund takes first what covers nothing, then the newest charge
select t.charge(1000, '2026-06-01', p_party => 2) as f, t.charge(1000, '2026-06-05', p_party => 2) as g \gset
select t.pay(2500, p_party => 2) as p3 \gset
select domovoi.ask_refund(901, :'p3', 1200, 'too much', null, null) as r3 \gset
update domovoi.refund set status = 'approved' where id = :'r3';
select domovoi.pay_refund(901, :'r3');
select is(array[t.open(:'f'), t.open(:'g')], array[0, 700]::bigint[], 'five hundred were free, seven hundred come off the newest');
select is(t.sound(), 'sound', 'the books hold');

-- §6 item 2: 40 000 by Kaspi, ten per cent, the provider's fee on the platform; then half back; then all
select t.charge(4000000, p_party => 1, p_key => 'stay') as s \gset
create function t.fees() returns bigint[] language sql as $$
  select array[-domovoi.balance_of(901, domovoi.system_account(901, 'platform_fee', 'platform_fee', 'KZT'), 'platform_fee'),
    domovoi.balance_of(901, domovoi.system_account(901, 'expense', 'expense:commission', 'KZT'), 'expense'),
    -domovoi.balance_of(901, domovoi.system_account(901, 'provider_fee', 'provider_fee', 'KZT'), 'provider_fee')] $$;
select t.pay(4000000, p_method => 'kaspi') as k \gset
select domovoi.set_commission(901, 'platform', null, 'charge', :'s', domovoi.commission_of(4000000, 1000), 'KZT', '2026-06-16');
select is(t.fees(), array[300000, 400000, 100000]::bigint[], 'platform net 3 000, commission 4 000, Kaspi 1 000');
select domovoi.set_commission(901, 'platform', null, 'charge', :'s', 400000, 'KZT', '2026-06-16');
select is(t.fees(), array[300000, 400000, 100000]::bigint[], 'posted once however often');
select domovoi.set_commission(901, 'platform', null, 'charge', :'s', domovoi.commission_of(2000000, 1000), 'KZT', '2026-06-16');
select is(t.fees(), array[100000, 200000, 100000]::bigint[], 'half back: net 1 000, the fee stays');
select domovoi.set_commission(901, 'platform', null, 'charge', :'s', 0, 'KZT', '2026-06-16');
select is(t.fees(), array[-100000, 0, 100000]::bigint[], 'all back: net −1 000');
select is(array[n.commission, n.provider_fee, n.host, n.platform], w, 'and so the arithmetic, refunded ' || r)
  from (values (0, array[400000, 100000, 3600000, 300000]::bigint[]), (2000000, array[200000, 100000, 1800000, 100000]),
    (4000000, array[0, 100000, 0, -100000])) v (r, w), domovoi.platform_net(4000000, r, 1000, 250) n;
select is(domovoi.share_bp(a, b), w, a || ' × ' || b || ' bp') from (values (1::bigint, 5000, 1::bigint), (1, 4999, 0), (3, 5000, 2),
  (9007199254740993, 10000, 9007199254740993), (0, 1000, 0), (-1, 5000, 0), (-3, 5000, -1), (19, 250, 0), (20, 250, 1)) v (a, b, w);
select domovoi.set_commission(901, 'agent', t.id('t_realtor'), 'charge', :'s', 360000, 'KZT', '2026-06-16');
select is(t.val('t_realtor', $$select -balance_minor from api.accounts where kind = 'agent_fee'$$)::bigint, 360000::bigint, 'an agent sees what he has earned');
select is(t.count('t_realtor2', $$api.accounts where kind = 'agent_fee'$$), 0, 'another does not');
select is(domovoi.commission_bp(901, 'platform', null, '2026-06-16'), 1000, 'the platform''s ten per cent');

-- the fee on the company
insert into domovoi.setting (company_id, key, value) values (901, 'fee_bearer', '"company"');
select t.pay(1000000, p_method => 'card') as k2 \gset
select is(domovoi.balance_of(901, domovoi.system_account(901, 'expense', 'expense:provider_fee', 'KZT'), 'expense'), 25000::bigint,
  'a company may bear the fee itself');
select is((t.fees())[1], -100000::bigint, 'then the platform does not');
select t.pay(1000000, p_method => 'transfer') as k3 \gset
select is((t.fees())[3], 125000::bigint, 'a transfer has no fee');

-- reversed by the provider: nothing is left of it
select domovoi.reverse_payment(901, :'k2', 'chargeback');
select is(domovoi.balance_of(901, domovoi.system_account(901, 'expense', 'expense:provider_fee', 'KZT'), 'expense'), 0::bigint, 'nor of its fee');
select is((select sum(amount) from domovoi.ledger_entry e join domovoi.ledger_tx x using (company_id) where e.tx_id = x.id and x.ref_id = :'k2'
  and e.account_id = t.acct()), 0::numeric, 'on the account neither');
select is(t.sound(), 'sound', 'the books hold');

-- minor units of currencies with two and no digits
select is(domovoi.money_arg(jsonb_build_object('amount', a), c), w, a || ' ' || c) from (values ('1234.5', 'KZT', 123450::bigint),
  ('1 234,56', 'RUB', 123456), ('0.01', 'UZS', 1), ('10', 'EUR', 1000), ('1234', 'JPY', 1234), ('92233720368547758.07', 'EUR', null)) v (a, c, w)
  where w is not null;
select throws_ok(format('select domovoi.money_arg(%L, %L)', jsonb_build_object('amount', a), c), 'DM007', null, a || ' ' || c || ' is no amount')
  from (values ('12.5', 'JPY'), ('1.234', 'EUR'), ('-5', 'KZT'), ('0', 'KZT'), ('ten', 'RUB')) v (a, c);
select is(domovoi.money_text(a, c), w, w) from (values (123450::bigint, 'KZT', '1234.50 KZT'), (1234, 'JPY', '1234 JPY'), (5, 'UZS', '0.05 UZS')) v (a, c, w);
select lives_ok(format('select t.charge(1001, p_currency => %L), t.pay(1000, p_currency => %L)', c, c), c || ' has accounts of its own')
  from unnest(array['RUB', 'UZS', 'EUR', 'JPY']) c;
select is(domovoi.open_of(901, t.acct(1, c)), 1::bigint, 'one minor unit of ' || c || ' is left') from unnest(array['RUB', 'UZS', 'EUR', 'JPY']) c;
select is(t.sound(), 'sound', 'the books hold in every currency');
select throws_ok($$select t.charge(0)$$, '23514', null, 'nothing is no charge');
select throws_ok($$select t.charge(-5)$$, '23514', null, 'less neither');
select throws_ok($$select t.charge(5, p_currency => 'XXX')$$, '23503', null, 'nor of no currency');

-- a deposit is held, not earned
select t.charge(500000, p_kind => 'deposit', p_party => 2) as dep \gset
select is((select a.kind from domovoi.ledger_entry e join domovoi.ledger_tx x on x.id = e.tx_id join domovoi.account a on a.id = e.account_id
  where x.ref_id = :'dep' and e.amount < 0), 'deposit', 'a deposit is owed back');

-- an agreement has an account of its own, whoever pays; a stay's payment covers the stay's charges first
insert into domovoi.agreement (company_id, id, no, unit_id, party_id, starts_on, ends_on, currency, rent) values (901, '00000000-0000-7000-8000-000000000801', 801,
  '00000000-0000-7000-8000-000000000101', '00000000-0000-7000-8000-000000000201', '2028-01-01', '2029-01-01', 'KZT', 10000000);
select domovoi.account_for(901, '00000000-0000-7000-8000-000000000201', '00000000-0000-7000-8000-000000000801', 'KZT') as ga \gset
select is(domovoi.account_for(901, '00000000-0000-7000-8000-000000000202', '00000000-0000-7000-8000-000000000801', 'KZT'), :'ga', 'one account an agreement');
select isnt(t.acct(), :'ga', 'not the one of the tenant''s stays');
select isnt(domovoi.account_for(901, null, '00000000-0000-7000-8000-000000000801', 'EUR'), :'ga', 'one a currency');
select is((select array[party_id, unit_id, agent_id] from domovoi.account where id = :'ga'), array['00000000-0000-7000-8000-000000000201',
  '00000000-0000-7000-8000-000000000101', t.id('t_realtor')]::uuid[], 'it knows tenant, unit and agent');
create function t.of(p_agreement uuid, p_stay uuid, p_amount bigint, p_due date default null, p_party int default null) returns uuid language plpgsql as $$
declare c domovoi.charge; p domovoi.payment;
begin
  c.company_id := 901; c.agreement_id := p_agreement; c.reservation_id := p_stay; c.amount := p_amount; c.due_on := p_due; c.currency := 'KZT';
  c.kind := case when p_stay is null then 'rent' else 'stay' end; c.party_id := ('00000000-0000-7000-8000-00000000020' || coalesce(p_party, 1))::uuid;
  if p_due is not null then return domovoi.add_charge(c); end if;
  p.company_id := 901; p.agreement_id := p_agreement; p.reservation_id := p_stay; p.amount := p_amount; p.method := 'cash'; p.party_id := case when p_party is not null then c.party_id end;
  return domovoi.record_payment(p, true);
end $$;
select t.of('00000000-0000-7000-8000-000000000801', null, 1000, '2026-06-20') as rent \gset
select t.of('00000000-0000-7000-8000-000000000801', null, 400, null, 2) as by_another \gset
select is(t.open(:'rent'), 600::bigint, 'another person pays the rent');
select is((select account_id from domovoi.payment where id = :'by_another'), :'ga', 'on the account of the agreement');
select is((select unit_id from domovoi.payment where id = :'by_another'), '00000000-0000-7000-8000-000000000101'::uuid, 'and of its unit');
select is(domovoi.open_of(901, :'ga'), 600::bigint, 'which owes the rest');
select t.pay(100000000) as all_else \gset
select t.charge(5000, '2026-06-01', p_party => 1), domovoi.free_payment(901, :'all_else', 100000000);
select domovoi.ask_refund(901, :'all_else', 100000000, 'keep it aside', null, null);
select t.charge(700, '2026-06-02') as older, t.of(null, '00000000-0000-7000-8000-000000000301', 300, '2026-06-30') as night \gset
select domovoi.free_charge(901, :'night');
select t.of(null, '00000000-0000-7000-8000-000000000301', 500) as for_stay \gset
select is(t.open(:'night'), 0::bigint, 'a stay''s payment covers the stay first, though other charges are older');
select is((select sum(a.amount) from domovoi.allocation a where a.payment_id = :'for_stay'), 500::numeric, 'and then the others');
select is(t.sound(), 'sound', 'the books hold');

-- nobody gets past
create function t.raw(p_amounts bigint[], p_currency text[] default null, p_day date default null) returns void language plpgsql as $$
declare x uuid := gen_random_uuid(); a uuid := t.acct(); b uuid := domovoi.system_account(901, 'cash', 'cash', 'KZT');
begin
  insert into domovoi.ledger_tx (company_id, id, kind, booked_on, at) values (901, x, 'charge', coalesce(p_day, '2026-06-16'), now());
  insert into domovoi.ledger_entry (company_id, tx_id, line, account_id, amount, currency, booked_on)
    select 901, x, n, case n when 1 then a else b end, v, coalesce(p_currency[n], 'KZT'), coalesce(p_day, '2026-06-16')
      from unnest(p_amounts) with ordinality u (v, n);
  set constraints all immediate;
  set constraints all deferred;
end $$;
select lives_ok($$select t.raw('{5,-5}')$$, 'what sums to zero is taken');
select throws_ok(format('select t.raw(%L, %L)', a, c), '23514', 'A posting does not sum to zero.', w) from (values
  ('{5,-4}', null, 'one unit too little'), ('{5}', null, 'one side only'), ('{}', null, 'no line at all'),
  ('{5,-5}', '{KZT,EUR}', 'two currencies'), ('{5,-5}', '{EUR,EUR}', 'a currency that the accounts do not have')) v (a, c, w);
begin;
select t.raw('{7,-7}');
insert into domovoi.ledger_entry (company_id, tx_id, line, account_id, amount, currency, booked_on)
  select 901, id, 9, t.acct(), 1, 'KZT', booked_on from domovoi.ledger_tx where company_id = 901 limit 1;
\set ON_ERROR_STOP 0
commit;
\set ON_ERROR_STOP 1
select is((select count(*) from domovoi.ledger_entry where abs(amount) in (1, 7) and line = 9), 0::bigint, 'a commit that does not balance is none');
select throws_ok(format('set local role %I; %s', r, q), c, null, left(q, 40) || ' by ' || r) from (values
  ('domovoi_rules', '42501'), ('domovoi_owner', '55000'), ('postgres', '55000'), ('domovoi_company', '42501')) v (r, c),
  unnest(array['update domovoi.ledger_entry set amount = amount + 1', 'delete from domovoi.ledger_tx', 'update domovoi.allocation set amount = 1',
    'delete from domovoi.allocation', 'truncate domovoi.ledger_entry', 'update domovoi.period_lock set upto = upto - 1', 'delete from domovoi.period_lock']) q;
select throws_ok($$insert into domovoi.ledger_tx (company_id, kind, booked_on, reverses, at) select 901, 'reversal', '2026-06-16', t.reverses, now()
  from domovoi.ledger_tx t where t.reverses is not null limit 1$$, '23505', null, 'one reversal a posting (I10)');
select throws_ok(format($$update domovoi.charge set allocated = amount + 1 where id = %L$$, :'f'), '23514', null, 'no more allocated than charged (I13)');
select throws_ok(format($$update domovoi.payment set refunded = amount + 1 where id = %L$$, :'p3'), '23514', null, 'no more given back than paid (I13)');

-- a closed period (I24)
select t.pay(777, false, p_day => '2026-05-30') as late \gset
select domovoi.period_lock_create(901, gen_random_uuid(), '{"upto": "2026-05-31"}');
select throws_ok($$select t.raw('{5,-5}', p_day => '2026-05-31')$$, 'DM012', null, 'nothing is posted on its last day');
select lives_ok($$select t.raw('{5,-5}', p_day => '2026-06-01')$$, 'on the day after it is');
select lives_ok(format('select domovoi.confirm_payment(901, %L)', :'late'), 'what was received in it is confirmed after');
select is((select booked_on from domovoi.payment where id = :'late'), '2026-06-16'::date, 'and booked today');
select throws_ok($$select domovoi.period_lock_create(901, gen_random_uuid(), '{"upto": "2026-06-16"}')$$, 'DM007', null, 'today is not closed');
select throws_ok($$select domovoi.period_lock_create(901, gen_random_uuid(), '{"upto": "2026-05-31"}')$$, 'DM001', null, 'nor a day twice');
select throws_ok($$select domovoi.period_lock_create(901, gen_random_uuid(), '{"upto": "2026-04-30"}')$$, 'DM002', null, 'to reopen needs a reason');
select lives_ok($$select domovoi.period_lock_create(901, gen_random_uuid(), '{"upto": "2026-04-30", "reason": "a bill was forgotten"}')$$, 'with one it is done');
select lives_ok($$select t.raw('{5,-5}', p_day => '2026-05-31')$$, 'and May is open again');
select is((select count(*) from domovoi.period_lock where company_id = 901), 2::bigint, 'both are on record');
-- what was open on a day does not change afterwards (A16): a refund of a closed month is of today
select is((select min(booked_on) from domovoi.ledger_tx where kind = 'refund'), '2026-06-16'::date, 'refunds are booked when they are paid');
select * from finish();
