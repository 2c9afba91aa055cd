-- The demo's books are honest: every posting sums to zero, every account agrees with what is open on it (A17), and what the
-- generator wrote in sets is what the rules make of the same charges and payments one by one.
\set ON_ERROR_STOP 1
set client_min_messages = warning;
create extension if not exists pgtap;
create schema t;
set domovoi.now = '2026-06-16T09:00:00+05';
\o /dev/null
select domovoi.demo_fill('tiny', 7);
\o
select plan(25);

select ok((select count(*) from domovoi.agreement) > 15, 'flats are let by the month');
select is((select count(distinct status) from domovoi.agreement where status in ('active', 'expired')), 2::bigint, 'now and before');
select is((select count(*) from domovoi.agreement a join domovoi.agreement b using (company_id, unit_id) where a.id < b.id
  and a.status <> 'draft' and b.status <> 'draft' and a.starts_on < coalesce(b.terminated_on, b.ends_on)
  and b.starts_on < coalesce(a.terminated_on, a.ends_on)), 0::bigint, 'no flat twice');
select is((select count(*) from domovoi.agreement g where status <> 'draft' and coalesce(terminated_on, ends_on) - starts_on
  <> (select sum(check_out - check_in) from domovoi.occupancy o where o.company_id = g.company_id and o.source_id = g.id)),
  0::bigint, 'each is laid out from its first to its last night');
select is((select count(*) from domovoi.agreement g where case status when 'active' then ends_on <= domovoi.company_today(company_id)
  or starts_on > domovoi.company_today(company_id) when 'expired' then ends_on > domovoi.company_today(company_id)
  when 'draft' then starts_on <= domovoi.company_today(company_id) else false end), 0::bigint, 'no state contradicts the day');

-- rent: the months of a lease add up to what was agreed, day by day
select is((select count(*) from domovoi.charge c where c.kind = 'rent' and c.period_from = date_trunc('month', c.period_from)
  and c.period_to = (c.period_from + interval '1 month')::date and c.amount <> (select l.amount from domovoi.agreement_line l
    where l.company_id = c.company_id and l.agreement_id = c.agreement_id and l.kind = 'rent')), 0::bigint, 'a whole month is the whole rent');
select is((select count(*) from (select company_id, agreement_id, max(period_to) as till from domovoi.charge where kind = 'rent' group by 1, 2) x
  join domovoi.agreement g on g.company_id = x.company_id and g.id = x.agreement_id
  where till <> least(coalesce(g.terminated_on, g.ends_on), (date_trunc('month', domovoi.company_today(g.company_id)) + interval '1 month')::date)),
  0::bigint, 'charged to the end, or to the end of this month');
select is((select count(*) from domovoi.charge a join domovoi.charge b using (company_id, agreement_id, kind) where a.id < b.id
  and a.period_from < b.period_to and b.period_from < a.period_to and split_part(a.source_key, ':', 4) = split_part(b.source_key, ':', 4)),
  0::bigint, 'no day twice');

-- the books
select is((select count(*) from (select company_id, tx_id from domovoi.ledger_entry group by 1, 2 having sum(amount) <> 0 or count(*) < 2) x), 0::bigint, 'every posting sums to zero');
select is((select count(*) from domovoi.ledger_tx t where not exists (select from domovoi.ledger_entry e where e.company_id = t.company_id and e.tx_id = t.id)), 0::bigint, 'and has lines');
select is((select count(*) from domovoi.account a where a.kind = 'receivable' and domovoi.open_of(a.company_id, a.id) <>
  coalesce((select sum(e.amount) from domovoi.ledger_entry e where e.company_id = a.company_id and e.account_id = a.id), 0)), 0::bigint, 'accounts owe what is open on them');
select is((select count(*) from domovoi.charge c where c.allocated <> coalesce((select sum(a.amount) from domovoi.allocation a where a.company_id = c.company_id and a.charge_id = c.id), 0)), 0::bigint, 'covered is what covers');
select is((select count(*) from domovoi.payment p where p.allocated <> coalesce((select sum(a.amount) from domovoi.allocation a where a.company_id = p.company_id and a.payment_id = p.id), 0)
  or p.refunded <> coalesce((select sum(r.amount) from domovoi.refund r where r.company_id = p.company_id and r.payment_id = p.id and r.status = 'done'), 0)), 0::bigint, 'of payments, too');
select ok((select count(*) > 5 from domovoi.charge where voided_on is null and allocated < amount and due_on < domovoi.company_today(company_id)), 'some are in arrears');
select ok((select count(*) > 0 from domovoi.charge where voided_on is null and allocated between 1 and amount - 1), 'some in part');
select ok((select count(*) > 0 from domovoi.refund), 'some got their money back');
select is((select count(*) from domovoi.payment where booked_on > domovoi.company_today(company_id)), 0::bigint, 'nobody pays in the future');
select is((select array_agg(kind order by kind) from (select kind, max(last) as last, company_id from domovoi.company_counter group by 1, 3) c
  where kind in ('charge', 'payment', 'account', 'refund') and last <> case kind
    when 'charge' then (select count(*) from domovoi.charge x where x.company_id = c.company_id)
    when 'payment' then (select count(*) from domovoi.payment x where x.company_id = c.company_id)
    when 'refund' then (select count(*) from domovoi.refund x where x.company_id = c.company_id)
    else (select count(*) from domovoi.account x where x.company_id = c.company_id) end), null, 'numbers without holes');

select is((select count(*) from domovoi.ledger_faults()), 0::bigint, 'the doctor finds the books in order');
select is((select count(*) from domovoi.rollup_faults()), 0::bigint, 'and the months as the nights are');
select domovoi.demo_triggers('disable');
update domovoi.charge set allocated = allocated - 1 where (company_id, id) = (select company_id, id from domovoi.charge where allocated > 1 order by company_id, no limit 1);
select is((select count(*) from domovoi.ledger_faults()), 1::bigint, 'and notices one minor unit');
update domovoi.charge set allocated = allocated + 1 where (company_id, id) = (select company_id, id from domovoi.charge where allocated > 1 order by company_id, no limit 1);
select domovoi.demo_triggers('enable');

-- the same, by the rules
create table t.charge as select * from domovoi.charge;
create table t.payment as select * from domovoi.payment;
create table t.refund as select * from domovoi.refund;
create view t.balance as
  select a.company_id, a.kind, case when a.party_id is null then a.code end as code, a.party_id, a.agreement_id, a.currency, sum(e.amount) as amount, count(*) as lines
    from domovoi.account a join domovoi.ledger_entry e on e.company_id = a.company_id and e.account_id = a.id
   group by 1, 2, 3, 4, 5, 6;
create table t.balances as select * from t.balance;
create table t.covered as select company_id, source_key, allocated from domovoi.charge;
\o /dev/null
select domovoi.demo_triggers('disable');
truncate domovoi.account cascade;
delete from domovoi.company_counter where kind in ('account', 'charge', 'payment', 'refund');
select domovoi.demo_triggers('enable');
do $$
declare x record; c domovoi.charge; p domovoi.payment; r domovoi.refund;
begin
  for x in select h.company_id, h.issued_on as day, 1 as what, h.no, h.id from t.charge h
      union all select p2.company_id, p2.booked_on, 2, p2.no, p2.id from t.payment p2
      union all select h.company_id, h.voided_on, 3, h.no, h.id from t.charge h where h.voided_on is not null
      union all select f.company_id, f.booked_on, 4, f.no, f.id from t.refund f order by 1, 2, 3, 4 loop
    if x.what = 1 then
      select h.* into c from t.charge h where h.id = x.id;
      c.account_id := null; c.allocated := 0; c.voided_on := null; c.no := null;
      perform domovoi.add_charge(c);
    elsif x.what = 2 then
      select h.* into p from t.payment h where h.id = x.id;
      p.account_id := null; p.allocated := 0; p.refunded := 0; p.no := null; p.status := 'recorded';
      p.charge_id := (select h.id from t.charge h where h.company_id = p.company_id and case when p.reservation_id is not null
        then h.reservation_id = p.reservation_id else h.id = (select a.id from t.charge a join domovoi.charge b on b.company_id = a.company_id
          and b.id = a.id where a.company_id = p.company_id and a.agreement_id = p.agreement_id and a.allocated = p.amount and b.allocated = 0 order by a.due_on, a.no limit 1) end limit 1);
      perform domovoi.record_payment(p, true);
    elsif x.what = 3 then perform domovoi.void_charge(x.company_id, x.id, 'cancelled');
    else
      select h.* into r from t.refund h where h.id = x.id;
      -- money that comes for a stay which is over asks to go back by itself
      r.id := coalesce((select f.id from domovoi.refund f where f.company_id = r.company_id and f.payment_id = r.payment_id),
        domovoi.ask_refund(r.company_id, r.payment_id, r.amount, r.reason, r.tier_bp, r.reservation_id));
      update domovoi.refund f set status = 'approved' where f.company_id = r.company_id and f.id = r.id;
      perform domovoi.pay_refund(r.company_id, r.id);
    end if;
  end loop;
end $$;
\o
select set_eq('select * from t.balance', 'select * from t.balances', 'the rules post the same, account by account');
select set_eq('select company_id, source_key, allocated from domovoi.charge', 'select * from t.covered', 'and cover the same charges');
select is((select count(*) from domovoi.payment), (select count(*) from t.payment), 'with as many payments');
select is((select sum(refunded) from domovoi.payment), (select sum(refunded) from t.payment), 'and as much given back');
select * from finish();
