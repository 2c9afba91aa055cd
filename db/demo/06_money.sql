-- What the tenants and guests of the demo owe and have paid: the rents of every lease since it began, and the stays of the
-- last year, since when the companies keep their books here. Most pay in time, some late, some in part, a few not at all;
-- cancelled stays that were paid are given back. Written in sets: charges first, then what was paid for them, then the
-- ledger of both, as the rules would have posted it.

create or replace function domovoi.demo_half_up(amount bigint, part int, whole int) returns bigint
language sql immutable parallel safe as $$ select (2 * amount * part + whole) / (2 * whole) $$;

-- demo_charge: one row a charge, with the day and the share (0 … 1) of what was paid for it; null day: nothing yet.
create or replace function domovoi.demo_charges(seed int) returns void
language plpgsql as $$
declare s bigint := seed * 1000 + 600;
begin
  create temp table demo_charge on commit drop as
  with month as (
    select l.*, m::date as month, (m + interval '1 month')::date as after, m.no as m_no
      from demo_lease l
     cross join lateral generate_series(date_trunc('month', l.starts_on::timestamp),
        date_trunc('month', least(l.until - 1, l.today)::timestamp), interval '1 month') with ordinality m (m, no)
     where l.status <> 'draft' and m::date <= l.today
  ), line as (
    select m.*, g.due_day, k.kind, k.id as line_id, k.amount as monthly, greatest(month, m.starts_on) as a,
           least(after, until) as b
      from month m
      join domovoi.agreement g on g.company_id = m.c and g.id = m.lease_id
      join domovoi.agreement_line k on k.company_id = m.c and k.agreement_id = m.lease_id
  ), rent as (
    select c, key * 1000 + m_no * 2 + case kind when 'rent' then 0 else 1 end as key, kind, lease_id, null::uuid as stay_id,
           id as unit_id, agent_id, building_id, owner_id, currency, today, pays, a, b,
           domovoi.demo_half_up(monthly, b - a, after - month) as amount, greatest(month, starts_on) as issued_on,
           greatest(starts_on, least(month + due_day - 1, after - 1)) as due_on, line_id,
           until <= today + 100 and until - b < 100 or b > today - 100 as last_months
      from line
    union all
    select c, key * 1000 + 999, 'deposit', lease_id, null, id, agent_id, building_id, owner_id, currency, today, 0, null, null,
           rent_then, starts_on, starts_on, null, false
      from demo_lease where status <> 'draft' and starts_on <= today
  )
  select r.c, r.key, r.kind, r.lease_id, r.stay_id, p.party_id, r.unit_id, r.agent_id, r.building_id, r.owner_id, r.currency,
         r.a as period_from, r.b as period_to, 'agreement:' || r.lease_id || ':' ||
           case r.kind when 'deposit' then 'deposit' else to_char(r.a, 'YYYY-MM') || ':' || r.line_id end as source_key,
         r.issued_on, r.due_on, r.amount, null::date as voided_on,
         case when pays > 0.93 and last_months then null
              when pays > 0.76 then due_on + 4 + floor(domovoi.demo_rnd(r.key, s) * 24)::int
              else greatest(issued_on, due_on - 3 + floor(domovoi.demo_rnd(r.key, s + 1) * 5)::int) end as paid_on,
         case when pays between 0.88 and 0.93 and last_months then (array[0.25, 0.5, 0.75])[1 + floor(domovoi.demo_rnd(r.key, s + 2) * 3)::int] else 1 end as share,
         r.today, false as given_back
    from rent r join (select company_id, id, party_id from domovoi.agreement) p on p.company_id = r.c and p.id = r.lease_id;

  insert into demo_charge
  select v.company_id, ('x' || substr(md5(v.id::text), 1, 15))::bit(60)::bigint, 'stay', null, v.id, v.party_id, v.unit_id,
         v.agent_id, v.building_id, v.owner_id, v.currency, v.check_in, v.check_out, 'stay:' || v.id || ':stay:1', v.booked_on,
         v.check_in, v.total, case when v.status = 'cancelled' then v.status_on end,
         case when f.r < 0.97 and v.status in ('completed', 'checked_in') then least(v.check_in, d.today)
              when f.r < 0.55 and v.status = 'confirmed' then least(v.booked_on + 1, d.today)
              when v.status = 'cancelled' then least(v.booked_on + 1, v.status_on) end,
         case when f.r between 0.95 and 0.97 then 0.5 else 1 end, d.today, v.status = 'cancelled'
    from domovoi.reservation v
    join demo_co d on d.c = v.company_id
   cross join lateral (select domovoi.demo_rnd(v.no * 10 + v.company_id, s + 3)) f (r)
   where v.party_id is not null and v.total > 0 and v.booked_on > d.today - 365
     and (v.status in ('confirmed', 'checked_in', 'completed') or v.status = 'cancelled' and f.r < 0.1);
  update demo_charge set paid_on = null where paid_on > today;
  analyze demo_charge;
end $$;

-- The company's accounts, and one for each lease and each guest who was ever charged.
create or replace function domovoi.demo_accounts(seed int) returns void
language plpgsql as $$
begin
  create temp table demo_account on commit drop as
  select c, currency, kind, code, null::uuid as party_id, null::uuid as lease_id, null::uuid as unit_id, null::uuid as agent_id,
         null::uuid as building_id, null::uuid as owner_id, 0 as sort
    from (select distinct c, currency from demo_charge) x
   cross join (values ('revenue', 'revenue:rent'), ('revenue', 'revenue:utilities'), ('revenue', 'revenue:stay'), ('bank', 'bank'),
     ('cash', 'cash'), ('platform_fee', 'platform_fee'), ('provider_fee', 'provider_fee')) k (kind, code);
  insert into demo_account
  select distinct on (c, kind, lease_id) c, currency, k.kind, null, party_id, lease_id, unit_id, agent_id, building_id, owner_id, 1
    from demo_charge cross join (values ('receivable'), ('deposit')) k (kind)
   where lease_id is not null order by c, kind, lease_id, key;
  insert into demo_account
  select distinct on (h.c, h.currency, h.party_id) h.c, h.currency, 'receivable', null, h.party_id, null, null, p.agent_id, null, null, 2
    from demo_charge h join domovoi.party p on p.company_id = h.c and p.id = h.party_id
   where h.lease_id is null order by h.c, h.currency, h.party_id;
  alter table demo_account add column no bigint, add column id uuid;
  update demo_account a set no = n.no, id = domovoi.demo_uuid('account', a.c * 100000000::bigint + n.no, seed)
    from (select ctid as at, row_number() over (partition by c order by sort, kind, code, lease_id, party_id, currency) as no
            from demo_account) n where n.at = a.ctid;
  insert into domovoi.account (company_id, id, no, kind, code, party_id, unit_id, agreement_id, currency, agent_id, building_id,
                               owner_id)
  select c, id, no, kind, coalesce(code, no::text), party_id, unit_id, lease_id, currency, agent_id, building_id, owner_id
    from demo_account order by c, no;
  analyze demo_account;
end $$;

create or replace function domovoi.demo_store_money(seed int) returns void
language plpgsql as $$
declare s bigint := seed * 1000 + 650;
begin
  create temp table demo_money on commit drop as
  select h.c, h.key, h.kind, h.lease_id, h.stay_id, h.party_id, h.unit_id, h.agent_id, h.building_id, h.owner_id, h.currency,
         h.period_from, h.period_to, h.source_key, h.issued_on, h.due_on, h.amount, h.voided_on, h.paid_on, h.given_back,
         case when h.paid_on is not null then greatest(1, floor(h.amount * h.share)::bigint) end as paid,
         a.id as account_id, a.agent_id as account_agent,
         row_number() over (partition by h.c order by h.issued_on, h.key) as no,
         case when h.paid_on is not null then count(h.paid_on) over (partition by h.c order by h.paid_on, h.key) end as pay_no,
         (array['transfer','transfer','kaspi','kaspi','kaspi','cash'])[1 + floor(domovoi.demo_rnd(h.key, s) * 6)::int] as method
    from demo_charge h
    join demo_account a on a.c = h.c and a.currency = h.currency and a.kind = 'receivable'
     and coalesce(a.lease_id, a.party_id) = coalesce(h.lease_id, h.party_id);
  alter table demo_money add column id uuid, add column pay_id uuid;
  update demo_money set id = domovoi.demo_uuid('charge', c * 100000000::bigint + no, seed),
    pay_id = case when paid is not null then domovoi.demo_uuid('payment', c * 100000000::bigint + pay_no, seed) end;
  analyze demo_money;

  insert into domovoi.charge (company_id, id, no, account_id, party_id, unit_id, agreement_id, reservation_id, kind, period_from,
    period_to, source_key, issued_on, due_on, amount, currency, allocated, voided_on, void_reason, agent_id, building_id, owner_id,
    created_at, created_by, updated_at)
  select c, id, no, account_id, party_id, unit_id, lease_id, stay_id, kind, period_from, period_to, source_key, issued_on, due_on,
         amount, currency, case when given_back then 0 else coalesce(paid, 0) end, voided_on,
         case when voided_on is not null then 'cancelled' end, coalesce(agent_id, account_agent), building_id, owner_id,
         issued_on + time '08:00', agent_id, issued_on + time '08:00'
    from demo_money order by c, due_on, no;
  insert into domovoi.payment (company_id, id, no, account_id, party_id, unit_id, agreement_id, reservation_id, method, provider,
    provider_ref, amount, currency, allocated, refunded, status, received_at, booked_on, confirmed_by, confirmed_at, agent_id,
    building_id, owner_id, created_at, created_by, updated_at)
  select c, pay_id, pay_no, account_id, party_id, unit_id, lease_id, stay_id, method, case method when 'kaspi' then 'kaspi' end,
         case method when 'kaspi' then 'K' || lpad(pay_no::text, 9, '0') end, paid, currency, case when given_back then 0 else paid end,
         case when given_back then paid else 0 end, 'succeeded', paid_on + time '12:00', paid_on, agent_id, paid_on + time '12:30',
         coalesce(agent_id, account_agent), building_id, owner_id, paid_on + time '12:00', agent_id, paid_on + time '12:30'
    from demo_money where paid is not null order by c, paid_on, pay_no;
  insert into domovoi.allocation (company_id, payment_id, charge_id, amount, booked_on, by_user, at, agent_id, building_id, owner_id)
  select c, pay_id, id, v.amount, v.day, m.agent_id, v.day + time '12:30', coalesce(m.agent_id, account_agent), m.building_id,
         m.owner_id
    from demo_money m
   cross join lateral (select m.paid as amount, greatest(m.paid_on, m.issued_on) as day
     union all select -m.paid, m.voided_on where m.given_back) v
   where m.paid is not null order by c, v.day, no;
  insert into domovoi.refund (company_id, id, no, payment_id, unit_id, reservation_id, amount, currency, reason, tier_bp, status,
    booked_on, agent_id, building_id, owner_id, created_at, updated_at)
  select c, domovoi.demo_uuid('refund', c * 100000000::bigint + pay_no, seed), row_number() over (partition by c order by voided_on, key),
         pay_id, unit_id, stay_id, paid, currency, 'cancelled', 10000, 'done', voided_on, coalesce(agent_id, account_agent),
         building_id, owner_id, voided_on + time '13:00', voided_on + time '13:00'
    from demo_money where given_back and paid is not null;
  insert into domovoi.company_counter (company_id, kind, last)
  select company_id, 'account', max(no) from domovoi.account group by 1
  union all select company_id, 'charge', max(no) from domovoi.charge group by 1
  union all select company_id, 'payment', max(no) from domovoi.payment group by 1
  union all select company_id, 'refund', max(no) from domovoi.refund group by 1;
  insert into domovoi.status_event (company_id, machine, record_id, to_state, by_user, at)
  select company_id, 'payment', id, status, created_by, updated_at from domovoi.payment
  union all select company_id, 'refund', id, status, null, updated_at from domovoi.refund;
end $$;

-- The postings of all that.
create or replace function domovoi.demo_ledger(seed int) returns void
language plpgsql as $$
begin
  create temp table demo_posting on commit drop as
  with the as (select c, currency, code, id from demo_account where code is not null),
  due as (select c, lease_id, id from demo_account where kind = 'deposit'),
  posting as (
    select m.c, m.currency, 'charge' as kind, 'charge' as ref_kind, m.id as ref_id, m.issued_on as day, m.account_id as debit,
           coalesce(d.id, r.id) as credit, m.amount, null::text as memo, null::text as reverses, m.agent_id as by_user
      from demo_money m
      left join the r on r.c = m.c and r.currency = m.currency and r.code = 'revenue:' || m.kind
      left join due d on m.kind = 'deposit' and d.c = m.c and d.lease_id = m.lease_id
    union all
    select m.c, m.currency, 'void', 'charge', m.id, m.voided_on, r.id, m.account_id, m.amount, 'cancelled', 'charge', m.agent_id
      from demo_money m join the r on r.c = m.c and r.currency = m.currency and r.code = 'revenue:' || m.kind
     where m.voided_on is not null
    union all
    select m.c, m.currency, 'payment', 'payment', m.pay_id, m.paid_on, t.id, m.account_id, m.paid, null, null, m.agent_id
      from demo_money m join the t on t.c = m.c and t.currency = m.currency
       and t.code = case m.method when 'cash' then 'cash' else 'bank' end
     where m.paid is not null
    union all
    select m.c, m.currency, 'fee', 'payment', m.pay_id, m.paid_on, b.id, f.id, domovoi.share_bp(m.paid, 250), null, null, m.agent_id
      from demo_money m
      join the b on b.c = m.c and b.currency = m.currency and b.code = 'platform_fee'
      join the f on f.c = m.c and f.currency = m.currency and f.code = 'provider_fee'
     where m.method = 'kaspi' and domovoi.share_bp(m.paid, 250) > 0
    union all
    select m.c, m.currency, 'refund', 'refund', domovoi.demo_uuid('refund', m.c * 100000000::bigint + m.pay_no, seed), m.voided_on,
           m.account_id, t.id, m.paid, 'cancelled', null, null
      from demo_money m join the t on t.c = m.c and t.currency = m.currency
       and t.code = case m.method when 'cash' then 'cash' else 'bank' end
     where m.given_back and m.paid is not null
  )
  select p.*, md5(p.kind || p.ref_id)::uuid as id, case when reverses is not null then md5(reverses || p.ref_id)::uuid end as undoes
    from posting p;
  insert into domovoi.ledger_tx (company_id, id, kind, ref_kind, ref_id, booked_on, reverses, memo, by_user, at)
  select c, id, kind, ref_kind, ref_id, day, undoes, memo, by_user, day + time '12:30' from demo_posting order by c, day, id;
  insert into domovoi.ledger_entry (company_id, tx_id, line, account_id, amount, currency, booked_on)
  select c, p.id, l.line, l.account, l.amount, p.currency, p.day
    from demo_posting p cross join lateral (values (1, p.debit, p.amount), (2, p.credit, -p.amount)) l (line, account, amount)
   order by c, p.day, p.id;
end $$;

create or replace function domovoi.demo_money_of(seed int) returns void
language plpgsql as $$
begin
  perform domovoi.demo_charges(seed);
  perform domovoi.demo_accounts(seed);
  perform domovoi.demo_store_money(seed);
  perform domovoi.demo_ledger(seed);
  perform domovoi.fill_deposits();
end $$;
