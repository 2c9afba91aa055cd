-- Money: what is owed (charge), what came (payment), what covers what (allocation), over an append-only ledger that sums
-- to zero (domain.md §3.3 G6, I9–I13, I24). bigint minor units and a currency; nothing here touches floating point.
--
-- Who writes money takes the lock of his company's money first (lock_money), after the locks of units: numbers would
-- make writers queue anyway, and so nobody meets another the wrong way round.
--
-- Signs: a debit is positive. A charge: receivable +, revenue (or deposit held) −. A payment: cash or bank +,
-- receivable −. So the balance of receivable accounts is what people owe us (+) or have paid in advance (−), and equals
-- the open charges less what is not allocated yet (A17).

set local role domovoi_owner;

create table domovoi.account (
  company_id    int not null references domovoi.company,
  id            uuid not null default gen_random_uuid(),
  no            bigint not null,
  kind          text not null check (kind in ('receivable', 'deposit', 'revenue', 'cash', 'bank', 'clearing',
    'platform_fee', 'provider_fee', 'agent_fee', 'owner_payable', 'expense', 'writeoff')),
  code          text not null,                          -- 'revenue:rent'; of a receivable its number
  party_id      uuid,                                   -- receivable, deposit: whose
  unit_id       uuid,                                   -- … and of which unit, for agreements
  agreement_id  uuid,
  currency      char(3) not null references domovoi.currency,
  agent_id      uuid references domovoi.app_user,
  building_id   uuid,
  owner_id      uuid,
  closed_on     date,
  version       int not null default 1,
  created_at    timestamptz not null default now(),
  created_by    uuid,
  updated_at    timestamptz not null default now(),
  updated_by    uuid,
  primary key (company_id, id),
  unique (company_id, no),
  unique (company_id, code, currency),
  foreign key (company_id, party_id) references domovoi.party (company_id, id),
  foreign key (company_id, unit_id) references domovoi.unit (company_id, id),
  foreign key (company_id, agreement_id) references domovoi.agreement (company_id, id)
);
-- one of a kind for an agreement, one for a person's stays
create unique index account_agreement on domovoi.account (company_id, agreement_id, kind, currency)
  where agreement_id is not null;
create unique index account_party on domovoi.account (company_id, party_id, kind, currency)
  where agreement_id is null and party_id is not null;
create index on domovoi.account (company_id, no, id);
create index on domovoi.account (company_id, party_id) where party_id is not null;
create index on domovoi.account (company_id, agreement_id) where agreement_id is not null;
create index on domovoi.account (company_id, agent_id, no, id);

create table domovoi.ledger_tx (
  company_id  int not null references domovoi.company,
  id          uuid not null default gen_random_uuid(),
  kind        text not null check (kind in ('charge', 'void', 'payment', 'refund', 'deposit', 'fee', 'commission',
    'expense', 'writeoff', 'reversal')),
  ref_kind    text,                                     -- 'charge', 'payment', …: the record behind it
  ref_id      uuid,
  booked_on   date not null,
  reverses    uuid,
  memo        text,
  by_user     uuid,
  at          timestamptz not null,
  primary key (company_id, id),
  unique (company_id, reverses),
  foreign key (company_id, reverses) references domovoi.ledger_tx (company_id, id)
);
create index on domovoi.ledger_tx (company_id, booked_on, id);
create index on domovoi.ledger_tx (company_id, ref_id);

create table domovoi.ledger_entry (
  company_id  int not null,
  id          bigint generated always as identity,
  tx_id       uuid not null,
  line        smallint not null,
  account_id  uuid not null,
  amount      bigint not null check (amount <> 0),      -- debit +, credit −
  currency    char(3) not null,
  booked_on   date not null,                            -- the transaction's
  primary key (company_id, tx_id, line),
  foreign key (company_id, tx_id) references domovoi.ledger_tx (company_id, id),
  foreign key (company_id, account_id) references domovoi.account (company_id, id)
);
create index on domovoi.ledger_entry (company_id, account_id, booked_on) include (amount, currency);
create index on domovoi.ledger_entry (company_id, booked_on, id);
create unique index on domovoi.ledger_entry (company_id, id);

create table domovoi.charge (
  company_id      int not null,
  id              uuid not null default gen_random_uuid(),
  no              bigint not null,
  account_id      uuid not null,
  party_id        uuid not null,
  unit_id         uuid,
  agreement_id    uuid,
  reservation_id  uuid,
  kind            text not null check (kind in ('rent', 'utilities', 'parking', 'service', 'deposit', 'penalty', 'stay',
    'cleaning', 'no_show', 'adjustment')),
  period_from     date,                                 -- what it is for, half-open
  period_to       date,
  source_key      text,                                 -- who made it: 'agreement:<id>:2026-02:rent', once (I11)
  issued_on       date not null,
  due_on          date not null,
  amount          bigint not null check (amount > 0),
  currency        char(3) not null references domovoi.currency,
  allocated       bigint not null default 0,
  voided_on       date,
  void_reason     text,
  note            text,
  agent_id        uuid references domovoi.app_user,
  building_id     uuid,
  owner_id        uuid,
  version         int not null default 1,
  created_at      timestamptz not null default now(),
  created_by      uuid,
  updated_at      timestamptz not null default now(),
  updated_by      uuid,
  primary key (company_id, id),
  unique (company_id, no),
  unique (company_id, source_key),
  foreign key (company_id, account_id) references domovoi.account (company_id, id),
  foreign key (company_id, party_id) references domovoi.party (company_id, id),
  foreign key (company_id, unit_id) references domovoi.unit (company_id, id),
  foreign key (company_id, agreement_id) references domovoi.agreement (company_id, id),
  foreign key (company_id, reservation_id) references domovoi.reservation (company_id, id),
  check (allocated between 0 and amount),               -- I13
  check (voided_on is null or allocated = 0),
  check (period_from < period_to)
);
create index on domovoi.charge (company_id, due_on, id);
create index on domovoi.charge (company_id, no, id);
create index on domovoi.charge (company_id, agent_id, due_on, id);
create index on domovoi.charge (company_id, building_id, due_on, id);
create index on domovoi.charge (company_id, owner_id, due_on, id);
create index on domovoi.charge (company_id, party_id, due_on);
create index on domovoi.charge (company_id, agreement_id, due_on) where agreement_id is not null;
create index on domovoi.charge (company_id, reservation_id) where reservation_id is not null;
-- what is still open, oldest first: FIFO, arrears, the call list
create index on domovoi.charge (company_id, account_id, due_on, no) where voided_on is null and allocated < amount;
create index charge_open on domovoi.charge (company_id, due_on, id) include (amount, allocated, currency, party_id, unit_id)
  where voided_on is null and allocated < amount;
create index charge_voided on domovoi.charge (company_id, due_on, id) where voided_on is not null;

create table domovoi.payment (
  company_id      int not null,
  id              uuid not null default gen_random_uuid(),
  no              bigint not null,
  account_id      uuid not null,
  party_id        uuid not null,
  unit_id         uuid,
  agreement_id    uuid,
  reservation_id  uuid,                                 -- made for this stay, if for one
  charge_id       uuid,                                 -- … or for this one charge
  method          text not null check (method in ('cash', 'transfer', 'card', 'kaspi', 'other')),
  provider        text,
  provider_ref    text,                                 -- counted once (I12)
  amount          bigint not null check (amount > 0),
  currency        char(3) not null references domovoi.currency,
  allocated       bigint not null default 0,
  refunded        bigint not null default 0,
  status          text not null default 'recorded',
  status_reason   text,
  received_at     timestamptz not null,
  booked_on       date not null,
  receipt         text,                                 -- its number, or where it is filed
  confirmed_by    uuid,
  confirmed_at    timestamptz,
  comment         text,
  agent_id        uuid references domovoi.app_user,
  building_id     uuid,
  owner_id        uuid,
  version         int not null default 1,
  created_at      timestamptz not null default now(),
  created_by      uuid,                                 -- who recorded it
  updated_at      timestamptz not null default now(),
  updated_by      uuid,
  primary key (company_id, id),
  unique (company_id, no),
  unique (company_id, provider, provider_ref),
  foreign key (company_id, account_id) references domovoi.account (company_id, id),
  foreign key (company_id, party_id) references domovoi.party (company_id, id),
  foreign key (company_id, unit_id) references domovoi.unit (company_id, id),
  foreign key (company_id, agreement_id) references domovoi.agreement (company_id, id),
  foreign key (company_id, reservation_id) references domovoi.reservation (company_id, id),
  foreign key (company_id, charge_id) references domovoi.charge (company_id, id),
  check (allocated >= 0 and refunded >= 0 and allocated + refunded <= amount) -- I13
);
create index on domovoi.payment (company_id, booked_on, id);
create index on domovoi.payment (company_id, no, id);
create index on domovoi.payment (company_id, agent_id, booked_on, id);
create index on domovoi.payment (company_id, building_id, booked_on, id);
create index on domovoi.payment (company_id, owner_id, booked_on, id);
create index on domovoi.payment (company_id, party_id, booked_on);
create index on domovoi.payment (company_id, reservation_id) where reservation_id is not null;
create index on domovoi.payment (company_id, account_id) where status = 'succeeded' and allocated + refunded < amount;
create index payment_waiting on domovoi.payment (company_id, booked_on, id) where status = 'recorded';
create index payment_refunded on domovoi.payment (company_id, booked_on, id) where refunded > 0;

-- What covers what. A correction is another row with a negative amount.
create table domovoi.allocation (
  company_id  int not null,
  id          bigint generated always as identity,
  payment_id  uuid not null,
  charge_id   uuid not null,
  amount      bigint not null check (amount <> 0),
  booked_on   date not null,
  by_user     uuid,
  at          timestamptz not null,
  agent_id    uuid,
  building_id uuid,
  owner_id    uuid,
  primary key (company_id, id),
  foreign key (company_id, payment_id) references domovoi.payment (company_id, id),
  foreign key (company_id, charge_id) references domovoi.charge (company_id, id)
);
create index on domovoi.allocation (company_id, charge_id, booked_on) include (amount);
create index on domovoi.allocation (company_id, payment_id);

create table domovoi.refund (
  company_id      int not null,
  id              uuid not null default gen_random_uuid(),
  no              bigint not null,
  payment_id      uuid not null,
  unit_id         uuid,
  reservation_id  uuid,
  amount          bigint not null check (amount > 0),
  currency        char(3) not null references domovoi.currency,
  reason          text not null,
  tier_bp         int check (tier_bp between 0 and 10000), -- what the policy gives back
  status          text not null default 'requested',
  status_reason   text,
  requested_by    uuid,
  approved_by     uuid,
  booked_on       date,                                 -- when it was paid out
  agent_id        uuid references domovoi.app_user,
  building_id     uuid,
  owner_id        uuid,
  version         int not null default 1,
  created_at      timestamptz not null default now(),
  created_by      uuid,
  updated_at      timestamptz not null default now(),
  updated_by      uuid,
  primary key (company_id, id),
  unique (company_id, no),
  foreign key (company_id, payment_id) references domovoi.payment (company_id, id),
  foreign key (company_id, reservation_id) references domovoi.reservation (company_id, id)
);
create index on domovoi.refund (company_id, no, id);
create index on domovoi.refund (company_id, agent_id, no, id);
create index on domovoi.refund (company_id, payment_id);
create index on domovoi.refund (company_id, status, no);
create index on domovoi.refund (company_id, booked_on, id) where booked_on is not null;

create table domovoi.expense (
  company_id   int not null references domovoi.company,
  id           uuid not null default gen_random_uuid(),
  no           bigint not null,
  unit_id      uuid,
  building_id  uuid,
  kind         text not null,                           -- dictionary expense_kind
  amount       bigint not null check (amount > 0),
  currency     char(3) not null references domovoi.currency,
  incurred_on  date not null,
  vendor_id    uuid,
  capital      boolean not null default false,          -- part of what the unit cost, not of what it costs to run (A21)
  note         text,
  voided_on    date,
  void_reason  text,
  agent_id     uuid references domovoi.app_user,
  owner_id     uuid,
  version      int not null default 1,
  created_at   timestamptz not null default now(),
  created_by   uuid,
  updated_at   timestamptz not null default now(),
  updated_by   uuid,
  primary key (company_id, id),
  unique (company_id, no),
  foreign key (company_id, unit_id) references domovoi.unit (company_id, id),
  foreign key (company_id, building_id) references domovoi.building (company_id, id),
  foreign key (company_id, vendor_id) references domovoi.party (company_id, id)
);
create index on domovoi.expense (company_id, incurred_on, id);
create index on domovoi.expense (company_id, unit_id, incurred_on);
create index on domovoi.expense (company_id, owner_id, incurred_on, id);

-- Nothing is posted on or before this day (I24); the last row counts.
create table domovoi.period_lock (
  company_id  int not null references domovoi.company,
  id          uuid not null default gen_random_uuid(),
  no          bigint not null,
  upto        date not null,
  reason      text,
  by_user     uuid,
  at          timestamptz not null,
  version     int not null default 1,
  primary key (company_id, id),
  unique (company_id, no)
);
create index on domovoi.period_lock (company_id, no, id);

-- Whose share of a stay or a rent is whose (K1): null company is the platform's, null agent everybody's.
create table domovoi.commission_rule (
  id          uuid not null default gen_random_uuid() primary key,
  company_id  int references domovoi.company,
  kind        text not null check (kind in ('platform', 'agent')),
  agent_id    uuid references domovoi.app_user,
  bp          int not null check (bp between 0 and 10000),
  valid       daterange not null check (not isempty(valid)),
  version     int not null default 1,
  created_by  uuid,
  created_at  timestamptz not null default now(),
  -- I23
  exclude using gist (coalesce(company_id, 0) with =, kind with =,
    coalesce(agent_id, '00000000-0000-0000-0000-000000000000') with =, valid with &&)
);

do $$ begin
  perform domovoi.protect('domovoi.account', 'unit', 'charge.view');
  perform domovoi.protect('domovoi.ledger_tx', 'company', 'ledger.view');
  perform domovoi.protect('domovoi.ledger_entry', 'company', 'ledger.view');
  perform domovoi.protect('domovoi.charge', 'unit', 'charge.view');
  perform domovoi.protect('domovoi.payment', 'unit', 'payment.view');
  perform domovoi.protect('domovoi.allocation', 'unit', 'payment.view');
  perform domovoi.protect('domovoi.refund', 'unit', 'payment.view');
  perform domovoi.protect('domovoi.expense', 'unit', 'expense.view');
  perform domovoi.protect('domovoi.period_lock', 'company', 'ledger.view');
  perform domovoi.protect('domovoi.commission_rule', 'closed');
end $$;

reset role;
-- History is only added to (I10).
revoke update, delete, truncate on domovoi.ledger_tx, domovoi.ledger_entry, domovoi.allocation, domovoi.period_lock
  from domovoi_rules;

set local role domovoi_rules;

-- ---- arithmetic and settings ----------------------------------------------------------------------------------

-- Shares are rounded once, half up, away from floating point (A9, A23).
create function domovoi.share_bp(amount bigint, bp int) returns bigint
  language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp
  as $$ begin return floor((amount::numeric * bp + 5000) / 10000)::bigint; end $$;
create function domovoi.commission_of(base bigint, bp int) returns bigint
  language plpgsql immutable parallel safe set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return domovoi.share_bp(base, bp); end $$;

-- What is whose of a stay that was paid and partly given back (A9, §6 item 2): the commission is of what was kept, the
-- provider keeps his fee of all that was paid.
create function domovoi.platform_net(p_paid bigint, p_refunded bigint, p_commission_bp int, p_fee_bp int,
    out commission bigint, out provider_fee bigint, out host bigint, out platform bigint)
  language plpgsql immutable parallel safe set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  commission := domovoi.commission_of(p_paid - p_refunded, p_commission_bp);
  provider_fee := domovoi.share_bp(p_paid, p_fee_bp);
  host := p_paid - p_refunded - commission;
  platform := commission - provider_fee;
end $$;

create function domovoi.money_setting(p_company int, p_key text, p_default bigint) returns bigint
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return coalesce((domovoi.setting_of(p_company, p_key) #>> '{}')::bigint, p_default); end $$;

-- One writer of a company's money at a time.
create function domovoi.lock_money(p_company int) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform pg_advisory_xact_lock(7244, p_company); end $$;

-- ---- accounts -------------------------------------------------------------------------------------------------

-- What people owe or have deposited: of an agreement, whoever pays; else of a person.
create function domovoi.party_account(p_company int, p_kind text, p_party uuid, p_agreement uuid, p_currency text)
  returns uuid
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r uuid; n bigint;
begin
  for look in 1 .. 2 loop
    if p_agreement is not null then
      select a.id into r from domovoi.account a where a.company_id = p_company and a.agreement_id = p_agreement
        and a.kind = p_kind and a.currency = p_currency;
    else
      select a.id into r from domovoi.account a where a.company_id = p_company and a.party_id = p_party
        and a.agreement_id is null and a.kind = p_kind and a.currency = p_currency;
    end if;
    if r is not null then return r; end if;
    perform domovoi.lock_money(p_company);
  end loop;
  n := domovoi.next_no(p_company, 'account');
  insert into domovoi.account (company_id, no, kind, code, party_id, unit_id, agreement_id, currency, agent_id)
  select p_company, n, p_kind, n::text, coalesce(g.party_id, p_party), g.unit_id, p_agreement, p_currency,
    coalesce(g.agent_id, (select p.agent_id from domovoi.party p where p.company_id = p_company
      and p.id = p_party))
    from (select 1) one
    left join domovoi.agreement g on g.company_id = p_company and g.id = p_agreement
  returning id into r;
  return r;
end $$;

create function domovoi.account_for(p_company int, p_party uuid, p_agreement uuid, p_currency text) returns uuid
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return domovoi.party_account(p_company, 'receivable', p_party, p_agreement, p_currency); end $$;

-- The company's own: revenue by kind, cash, bank, what is owed to the platform and to others.
create function domovoi.system_account(p_company int, p_kind text, p_code text, p_currency text) returns uuid
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r uuid;
begin
  for look in 1 .. 2 loop
    select a.id into r from domovoi.account a where a.company_id = p_company and a.code = p_code
      and a.currency = p_currency;
    if r is not null then return r; end if;
    perform domovoi.lock_money(p_company);
  end loop;
  insert into domovoi.account (company_id, kind, code, currency) values (p_company, p_kind, p_code, p_currency)
    returning id into r;
  return r;
end $$;

-- ---- the ledger -----------------------------------------------------------------------------------------------

-- The last day that is closed (I24); null if none is. Volatile, like others below: they look at what this very
-- statement has done.
create function domovoi.closed_upto(p_company int) returns date
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (select l.upto from domovoi.period_lock l where l.company_id = p_company
    order by l.no desc limit 1); end $$;

create function domovoi.must_be_open(p_company int, p_day date) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare upto date := domovoi.closed_upto(p_company);
begin
  if p_day <= upto then
    perform domovoi.fail('DM012', 'The period is closed.', 'booked_on', p_day || ' <= ' || upto,
      'Choose a later day, or have the period reopened.');
  end if;
end $$;

create function domovoi.ledger_tx_before() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.must_be_open(new.company_id, new.booked_on);
  new.by_user := coalesce(new.by_user, domovoi.my_user());
  return new;
end $$;

-- At the end of the transaction: every posting has lines, of accounts in their currency, that sum to zero (I9).
create function domovoi.ledger_balanced() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare tx uuid := case tg_table_name when 'ledger_tx' then to_jsonb(new) ->> 'id' else to_jsonb(new) ->> 'tx_id' end;
begin
  if (select count(*) from domovoi.ledger_entry e where e.company_id = new.company_id and e.tx_id = tx) < 2
     or exists (select from domovoi.ledger_entry e where e.company_id = new.company_id and e.tx_id = tx
       group by e.currency having sum(e.amount) <> 0)
     or exists (select from domovoi.ledger_entry e
       join domovoi.account a on a.company_id = e.company_id and a.id = e.account_id
       join domovoi.ledger_tx t on t.company_id = e.company_id and t.id = e.tx_id
       where e.company_id = new.company_id and e.tx_id = tx
         and (a.currency <> e.currency or t.booked_on <> e.booked_on)) then
    raise exception using errcode = '23514', message = 'A posting does not sum to zero.', detail = tx::text;
  end if;
  return null;
end $$;

-- One balanced transaction: amounts by account, debits positive; what is zero is left out.
create function domovoi.post(p_company int, p_kind text, p_ref_kind text, p_ref uuid, p_booked_on date,
    p_accounts uuid[], p_amounts bigint[], p_currency text, p_memo text default null, p_reverses uuid default null)
  returns uuid
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare tx uuid;
begin
  insert into domovoi.ledger_tx (company_id, kind, ref_kind, ref_id, booked_on, reverses, memo, at)
    values (p_company, p_kind, p_ref_kind, p_ref, p_booked_on, p_reverses, p_memo, domovoi.now()) returning id into tx;
  insert into domovoi.ledger_entry (company_id, tx_id, line, account_id, amount, currency, booked_on)
    select p_company, tx, l.n, l.account, l.amount, p_currency, p_booked_on
      from unnest(p_accounts, p_amounts) with ordinality l (account, amount, n) where l.amount <> 0;
  return tx;
end $$;

-- The same with the signs turned, once (UNIQUE(reverses)).
create function domovoi.reverse_tx(p_company int, p_tx uuid, p_kind text, p_booked_on date, p_memo text) returns uuid
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare t domovoi.ledger_tx; l record;
begin
  select * into t from domovoi.ledger_tx x where x.company_id = p_company and x.id = p_tx;
  select array_agg(e.account_id order by e.line) as accounts, array_agg(-e.amount order by e.line) as amounts,
      min(e.currency) as currency into l
    from domovoi.ledger_entry e where e.company_id = p_company and e.tx_id = p_tx;
  return domovoi.post(p_company, p_kind, t.ref_kind, t.ref_id, p_booked_on, l.accounts, l.amounts, l.currency, p_memo,
    p_tx);
end $$;

-- What was posted for a record and not taken back.
create function domovoi.postings_of(p_company int, p_ref_kind text, p_ref uuid) returns setof domovoi.ledger_tx
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return query select t.* from domovoi.ledger_tx t where t.company_id = p_company and t.ref_id = p_ref
    and t.ref_kind = p_ref_kind and t.reverses is null and not exists (select from domovoi.ledger_tx r
      where r.company_id = p_company and r.reverses = t.id) order by t.at, t.id; end $$;

-- ---- what covers what -------------------------------------------------------------------------------------------

create function domovoi.allocation_before() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare c domovoi.charge; p domovoi.payment;
begin
  select * into p from domovoi.payment x where x.company_id = new.company_id and x.id = new.payment_id for no key update;
  select * into c from domovoi.charge x where x.company_id = new.company_id and x.id = new.charge_id for no key update;
  if p.account_id <> c.account_id then
    perform domovoi.fail('DM007', 'The charge is on another account than the payment.', 'charge', c.no::text,
      'Choose a charge of the same agreement or person.');
  elsif new.amount > 0 and (p.status <> 'succeeded' or c.voided_on is not null) then
    perform domovoi.fail('DM001', 'Only a confirmed payment covers charges, and only charges in force.', 'status',
      p.status);
  end if;
  perform domovoi.must_be_open(new.company_id, new.booked_on);
  new.by_user := coalesce(new.by_user, domovoi.my_user());
  new.agent_id := c.agent_id; new.building_id := c.building_id; new.owner_id := c.owner_id;
  return new;
end $$;

-- The sums of both sides (I13: CHECKs on the tables refuse what is too much).
create function domovoi.allocation_after() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  update domovoi.payment p set allocated = p.allocated + new.amount where p.company_id = new.company_id
    and p.id = new.payment_id;
  update domovoi.charge c set allocated = c.allocated + new.amount where c.company_id = new.company_id
    and c.id = new.charge_id;
  return null;
end $$;

-- The day of an allocation: that of the later of its two sides, but never before what was allocated of either until
-- now, so that what was open on a day (A16) does not change afterwards; what is taken back is so today.
create function domovoi.allocation_day(p_company int, p_payment uuid, p_charge uuid, p_back boolean) returns date
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare today date := domovoi.company_today(p_company); d date;
begin
  d := greatest(
    (select p.booked_on from domovoi.payment p where p.company_id = p_company and p.id = p_payment),
    (select c.issued_on from domovoi.charge c where c.company_id = p_company and c.id = p_charge),
    (select max(a.booked_on) from domovoi.allocation a where a.company_id = p_company and a.payment_id = p_payment),
    (select max(a.booked_on) from domovoi.allocation a where a.company_id = p_company and a.charge_id = p_charge),
    case when p_back then today end);
  return case when d <= domovoi.closed_upto(p_company) then today else d end;
end $$;

create function domovoi.cover(p_company int, p_payment uuid, p_charge uuid, p_amount bigint) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin insert into domovoi.allocation (company_id, payment_id, charge_id, amount, booked_on, at)
    values (p_company, p_payment, p_charge, p_amount,
      domovoi.allocation_day(p_company, p_payment, p_charge, p_amount < 0), domovoi.now()); end $$;

-- What of a payment can still cover something: not what somebody has asked back.
create function domovoi.free_of(p domovoi.payment) returns bigint
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if p.status <> 'succeeded' then return 0; end if;
  return greatest(0, p.amount - p.allocated - p.refunded - coalesce((select sum(r.amount) from domovoi.refund r
    where r.company_id = p.company_id and r.payment_id = p.id and r.status in ('requested', 'approved', 'failed')), 0));
end $$;

-- A payment covers the charges of its account, oldest first; first of all those that it was made for.
create function domovoi.allocate_fifo(p_company int, p_payment uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare p domovoi.payment; c record; free bigint; part bigint;
begin
  perform domovoi.lock_money(p_company);
  select * into p from domovoi.payment x where x.company_id = p_company and x.id = p_payment for no key update;
  free := domovoi.free_of(p);
  if free = 0 then return; end if;
  for c in select x.id, x.amount - x.allocated as open from domovoi.charge x
      where x.company_id = p_company and x.account_id = p.account_id and x.voided_on is null and x.allocated < x.amount
      order by coalesce(x.id = p.charge_id, false) desc, coalesce(x.reservation_id = p.reservation_id, false) desc,
        x.due_on, x.no loop
    part := least(free, c.open);
    perform domovoi.cover(p_company, p_payment, c.id, part);
    free := free - part;
    exit when free = 0;
  end loop;
end $$;

-- Whatever was paid in advance on an account covers what is open there now.
create function domovoi.use_advances(p_company int, p_account uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare p uuid;
begin
  for p in select x.id from domovoi.payment x where x.company_id = p_company and x.account_id = p_account
      and x.status = 'succeeded' and x.allocated + x.refunded < x.amount order by x.booked_on, x.no loop
    perform domovoi.allocate_fifo(p_company, p);
  end loop;
end $$;

-- By hand; a negative amount takes back.
create function domovoi.allocate(p_company int, p_payment uuid, p_charge uuid, p_amount bigint) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare p domovoi.payment; c domovoi.charge; held bigint; room bigint;
begin
  perform domovoi.lock_money(p_company);
  select * into p from domovoi.payment x where x.company_id = p_company and x.id = p_payment for no key update;
  select * into c from domovoi.charge x where x.company_id = p_company and x.id = p_charge for no key update;
  if p_amount < 0 then
    select coalesce(sum(a.amount), 0) into held from domovoi.allocation a where a.company_id = p_company
      and a.payment_id = p_payment and a.charge_id = p_charge;
    if held < -p_amount then
      perform domovoi.fail('DM007', 'The payment does not cover so much of this charge.', 'amount', held::text);
    end if;
  else
    room := least(domovoi.free_of(p), c.amount - c.allocated);
    if coalesce(p_amount, 0) = 0 or (p_amount > room and p.status = 'succeeded' and c.voided_on is null
        and p.account_id = c.account_id) then
      perform domovoi.fail('DM007', 'More than is left of the payment, or open of the charge.', 'amount', room::text);
    end if;
  end if;
  perform domovoi.cover(p_company, p_payment, p_charge, p_amount);
end $$;

-- Take back what covers: of a charge all, of a payment so much, the newest charge first.
create function domovoi.free_charge(p_company int, p_charge uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare a record;
begin
  for a in select x.payment_id, sum(x.amount)::bigint as held from domovoi.allocation x where x.company_id = p_company
      and x.charge_id = p_charge group by 1 having sum(x.amount) > 0 order by max(x.id) desc loop
    perform domovoi.cover(p_company, a.payment_id, p_charge, -a.held);
  end loop;
end $$;

create function domovoi.free_payment(p_company int, p_payment uuid, p_amount bigint) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare a record; left_over bigint := p_amount;
begin
  for a in select x.charge_id, sum(x.amount)::bigint as held from domovoi.allocation x
      join domovoi.charge c on c.company_id = x.company_id and c.id = x.charge_id
      where x.company_id = p_company and x.payment_id = p_payment
      group by x.charge_id, c.due_on, c.no having sum(x.amount) > 0 order by c.due_on desc, c.no desc loop
    exit when left_over <= 0;
    perform domovoi.cover(p_company, p_payment, a.charge_id, -least(a.held, left_over));
    left_over := left_over - least(a.held, left_over);
  end loop;
end $$;

-- ---- charges ----------------------------------------------------------------------------------------------------

-- A new charge: on its account, in the ledger, and paid from what is there in advance. Null if its source has made it
-- already (I11). A deposit is not earned: it is held.
create function domovoi.add_charge(c domovoi.charge) returns uuid
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare against uuid;
begin
  perform domovoi.lock_money(c.company_id);
  if exists (select from domovoi.charge x where x.company_id = c.company_id and x.source_key = c.source_key) then
    return null;
  end if;
  c.id := coalesce(c.id, gen_random_uuid());
  c.account_id := coalesce(c.account_id, domovoi.account_for(c.company_id, c.party_id, c.agreement_id, c.currency));
  c.issued_on := coalesce(c.issued_on, domovoi.company_today(c.company_id));
  c.due_on := coalesce(c.due_on, c.issued_on);
  insert into domovoi.charge (company_id, id, account_id, party_id, unit_id, agreement_id, reservation_id, kind,
      period_from, period_to, source_key, issued_on, due_on, amount, currency, note, agent_id)
    select c.company_id, c.id, c.account_id, coalesce(c.party_id, a.party_id), coalesce(c.unit_id, a.unit_id),
        coalesce(c.agreement_id, a.agreement_id), c.reservation_id, c.kind, c.period_from, c.period_to, c.source_key,
        c.issued_on, c.due_on, c.amount, c.currency, c.note, coalesce(c.agent_id, a.agent_id)
      from domovoi.account a where a.company_id = c.company_id and a.id = c.account_id;
  against := case c.kind
    when 'deposit' then domovoi.party_account(c.company_id, 'deposit', c.party_id, c.agreement_id, c.currency)
    else domovoi.system_account(c.company_id, 'revenue', 'revenue:' || c.kind, c.currency) end;
  perform domovoi.post(c.company_id, 'charge', 'charge', c.id, c.issued_on, array[c.account_id, against],
    array[c.amount, -c.amount], c.currency);
  perform domovoi.use_advances(c.company_id, c.account_id);
  return c.id;
end $$;

-- A charge that should not be: its money is free again, its posting reversed today.
create function domovoi.void_charge(p_company int, p_id uuid, p_reason text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare c domovoi.charge; day date; tx uuid;
begin
  perform domovoi.lock_money(p_company);
  select * into c from domovoi.charge x where x.company_id = p_company and x.id = p_id for no key update;
  if c.id is null then perform domovoi.no_record(p_id::text); end if;
  if c.voided_on is not null then
    perform domovoi.fail('DM001', 'The charge is void already.', 'status', c.voided_on::text);
  elsif coalesce(trim(p_reason), '') = '' then
    perform domovoi.fail('DM002', 'A reason is required.', 'reason', 'void', 'Give reason=…');
  end if;
  perform domovoi.free_charge(p_company, p_id);
  day := greatest(domovoi.company_today(p_company), c.issued_on);
  for tx in select t.id from domovoi.postings_of(p_company, 'charge', p_id) t loop
    perform domovoi.reverse_tx(p_company, tx, 'void', day, p_reason);
  end loop;
  update domovoi.charge x set voided_on = day, void_reason = trim(p_reason) where x.company_id = p_company
    and x.id = p_id;
end $$;

-- ---- payments -----------------------------------------------------------------------------------------------------

-- Where money of this kind arrives, and whether somebody keeps a share of it on the way.
create function domovoi.till_of(p domovoi.payment) returns uuid
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return domovoi.system_account(p.company_id, case p.method when 'cash' then 'cash' else 'bank' end,
    case p.method when 'cash' then 'cash' else 'bank' end, p.currency); end $$;

-- The provider's share of a card or Kaspi payment, borne by the platform out of its commission, or by the company.
create function domovoi.post_fee(p domovoi.payment) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare fee bigint; bearer uuid;
begin
  if p.method not in ('card', 'kaspi') then return; end if;
  fee := domovoi.share_bp(p.amount, domovoi.money_setting(p.company_id, 'provider_fee_bp', 250)::int);
  if fee = 0 then return; end if;
  bearer := case domovoi.setting_of(p.company_id, 'fee_bearer') #>> '{}' when 'company'
    then domovoi.system_account(p.company_id, 'expense', 'expense:provider_fee', p.currency)
    else domovoi.system_account(p.company_id, 'platform_fee', 'platform_fee', p.currency) end;
  perform domovoi.post(p.company_id, 'fee', 'payment', p.id, p.booked_on, array[bearer,
    domovoi.system_account(p.company_id, 'provider_fee', 'provider_fee', p.currency)], array[fee, -fee], p.currency);
end $$;

create function domovoi.confirm_payment(p_company int, p_id uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare p domovoi.payment;
begin
  perform domovoi.lock_money(p_company);
  -- what was received in a period that has been closed since is booked today
  update domovoi.payment x set status = 'succeeded', confirmed_by = domovoi.my_user(), confirmed_at = domovoi.now(),
      booked_on = case when x.booked_on <= domovoi.closed_upto(p_company) then domovoi.company_today(p_company)
        else x.booked_on end
    where x.company_id = p_company and x.id = p_id returning * into p;
  perform domovoi.post(p_company, 'payment', 'payment', p_id, p.booked_on, array[domovoi.till_of(p), p.account_id],
    array[p.amount, -p.amount], p.currency);
  perform domovoi.post_fee(p);
  perform domovoi.allocate_fifo(p_company, p_id);
end $$;

-- A payment, on the account of what it is for: a charge, a stay, an agreement, else the person.
create function domovoi.record_payment(p domovoi.payment, p_confirmed boolean) returns uuid
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare c domovoi.charge; s domovoi.reservation; g domovoi.agreement; other bigint;
begin
  if p.charge_id is not null then
    select * into c from domovoi.charge x where x.company_id = p.company_id and x.id = p.charge_id;
    p.account_id := c.account_id; p.currency := coalesce(p.currency, c.currency);
    p.party_id := coalesce(p.party_id, c.party_id); p.agreement_id := c.agreement_id;
    p.reservation_id := c.reservation_id;
  end if;
  select * into s from domovoi.reservation x where x.company_id = p.company_id and x.id = p.reservation_id;
  if s.id is not null then perform domovoi.lock_units(p.company_id, array[s.unit_id]); end if;
  perform domovoi.lock_money(p.company_id);
  select * into g from domovoi.agreement x where x.company_id = p.company_id and x.id = p.agreement_id;
  p.currency := coalesce(p.currency, g.currency, s.currency, (select x.currency from domovoi.company x
    where x.id = p.company_id));
  if p.currency <> c.currency then
    perform domovoi.fail('DM007', 'The payment and the charge are in different currencies.', 'currency', c.currency);
  end if;
  p.party_id := coalesce(p.party_id, g.party_id, s.party_id);
  p.account_id := coalesce(p.account_id, domovoi.account_for(p.company_id, coalesce(s.party_id, p.party_id),
    p.agreement_id, p.currency));
  p.id := coalesce(p.id, gen_random_uuid());
  p.booked_on := coalesce(p.booked_on, domovoi.company_today(p.company_id));
  p.provider := coalesce(p.provider, case when p.provider_ref is not null then p.method end);
  select x.no into other from domovoi.payment x where x.company_id = p.company_id and x.provider = p.provider
    and x.provider_ref = p.provider_ref;
  if other is not null then -- I12
    perform domovoi.fail('DM004', 'This payment of the provider is recorded already.', 'provider_ref',
      p.provider || ' ' || p.provider_ref || ': ' || other, 'Look at that payment.');
  end if;
  p.unit_id := coalesce(p.unit_id, c.unit_id, g.unit_id, s.unit_id);
  p.agent_id := coalesce(p.agent_id, c.agent_id, g.agent_id, s.agent_id, case when p.unit_id is null then
    (select x.agent_id from domovoi.party x where x.company_id = p.company_id and x.id = p.party_id) end);
  insert into domovoi.payment (company_id, id, account_id, party_id, unit_id, agreement_id, reservation_id, charge_id,
      method, provider, provider_ref, amount, currency, received_at, booked_on, receipt, comment, agent_id)
    values (p.company_id, p.id, p.account_id, p.party_id, p.unit_id, p.agreement_id, p.reservation_id, p.charge_id,
      p.method, p.provider, p.provider_ref, p.amount, p.currency, coalesce(p.received_at, domovoi.now()), p.booked_on,
      p.receipt, p.comment, p.agent_id);
  if p_confirmed then perform domovoi.confirm_payment(p.company_id, p.id); end if;
  return p.id;
end $$;

-- ---- refunds --------------------------------------------------------------------------------------------------------

-- Somebody asks money back: not more than is left of the payment and nobody has asked for yet.
create function domovoi.ask_refund(p_company int, p_payment uuid, p_amount bigint, p_reason text, p_tier_bp int,
    p_reservation uuid) returns uuid
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare p domovoi.payment; room bigint; r uuid;
begin
  perform domovoi.lock_money(p_company);
  select * into p from domovoi.payment x where x.company_id = p_company and x.id = p_payment for no key update;
  if p.status <> 'succeeded' then
    perform domovoi.fail('DM001', 'Only a confirmed payment can be given back.', 'status', p.status);
  elsif coalesce(trim(p_reason), '') = '' then
    perform domovoi.fail('DM002', 'A reason is required.', 'reason', 'refund', 'Give reason=…');
  end if;
  room := p.amount - p.refunded - coalesce((select sum(x.amount) from domovoi.refund x where x.company_id = p_company
    and x.payment_id = p_payment and x.status in ('requested', 'approved', 'failed')), 0);
  if not coalesce(p_amount between 1 and room, false) then
    perform domovoi.fail('DM007', 'There is not so much left of the payment.', 'amount', room::text);
  end if;
  insert into domovoi.refund (company_id, payment_id, unit_id, reservation_id, amount, currency, reason, tier_bp,
      requested_by, agent_id)
    values (p_company, p_payment, p.unit_id, coalesce(p_reservation, p.reservation_id), p_amount, p.currency,
      trim(p_reason), p_tier_bp, domovoi.my_user(), p.agent_id) returning id into r;
  return r;
end $$;

create function domovoi.refund_sums() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if new.status = 'done' and old.status <> 'done' then
    update domovoi.payment p set refunded = p.refunded + new.amount where p.company_id = new.company_id
      and p.id = new.payment_id;
  end if;
  return null;
end $$;

-- The money goes back, today whatever is closed: what it covered is open again, the newest charge first, as far as
-- the payment has not enough that covers nothing.
create function domovoi.pay_refund(p_company int, p_id uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.refund; p domovoi.payment; today date := domovoi.company_today(p_company);
begin
  perform domovoi.lock_money(p_company);
  select * into r from domovoi.refund x where x.company_id = p_company and x.id = p_id for no key update;
  select * into p from domovoi.payment x where x.company_id = p_company and x.id = r.payment_id for no key update;
  perform domovoi.free_payment(p_company, p.id, r.amount - (p.amount - p.allocated - p.refunded));
  update domovoi.refund x set status = 'done', booked_on = today where x.company_id = p_company and x.id = p_id;
  perform domovoi.post(p_company, 'refund', 'refund', p_id, today, array[p.account_id, domovoi.till_of(p)],
    array[r.amount, -r.amount], r.currency, r.reason);
end $$;

-- ---- balances ---------------------------------------------------------------------------------------------------

-- What an account owes: open charges less what was paid in advance; equals its balance in the ledger (A17).
create function domovoi.open_of(p_company int, p_account uuid) returns bigint
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return
    coalesce((select sum(c.amount - c.allocated) from domovoi.charge c where c.company_id = p_company
      and c.account_id = p_account and c.voided_on is null and c.allocated < c.amount), 0)
    - coalesce((select sum(p.amount - p.allocated - p.refunded) from domovoi.payment p where p.company_id = p_company
      and p.account_id = p_account and p.status = 'succeeded' and p.allocated + p.refunded < p.amount), 0); end $$;

reset role;

-- ---- triggers -----------------------------------------------------------------------------------------------------

create trigger append_only before update or delete or truncate on domovoi.ledger_tx execute function
  domovoi.append_only();
create trigger append_only before update or delete or truncate on domovoi.ledger_entry execute function
  domovoi.append_only();
create trigger append_only before update or delete or truncate on domovoi.allocation execute function
  domovoi.append_only();
create trigger append_only before update or delete or truncate on domovoi.period_lock execute function
  domovoi.append_only();
create trigger rules before insert on domovoi.ledger_tx for each row execute function domovoi.ledger_tx_before();
create constraint trigger balanced after insert on domovoi.ledger_tx deferrable initially deferred for each row
  execute function domovoi.ledger_balanced();
create constraint trigger balanced after insert on domovoi.ledger_entry deferrable initially deferred for each row
  execute function domovoi.ledger_balanced();
create trigger rules before insert on domovoi.allocation for each row execute function domovoi.allocation_before();
create trigger effects after insert on domovoi.allocation for each row execute function domovoi.allocation_after();
create trigger rules before insert or update on domovoi.account for each row execute function
  domovoi.record_before('account', 'unit', '');
create trigger effects after insert or update on domovoi.account for each row execute function
  domovoi.record_after('account', '');
create trigger rules before insert or update on domovoi.charge for each row execute function
  domovoi.record_before('charge', 'unit', '');
create trigger effects after insert or update on domovoi.charge for each row execute function
  domovoi.record_after('charge', '');
create trigger rules before insert or update on domovoi.payment for each row execute function
  domovoi.record_before('payment', 'unit', 'payment');
create trigger effects after insert or update on domovoi.payment for each row execute function
  domovoi.record_after('payment', 'payment');
create trigger rules before insert or update on domovoi.refund for each row execute function
  domovoi.record_before('refund', 'unit', 'refund');
create trigger effects after insert or update on domovoi.refund for each row execute function
  domovoi.record_after('refund', 'refund');
create trigger sums after update on domovoi.refund for each row execute function domovoi.refund_sums();
create trigger rules before insert or update on domovoi.expense for each row execute function
  domovoi.record_before('expense', 'unit', '');
create trigger effects after insert or update on domovoi.expense for each row execute function
  domovoi.record_after('expense', '');
