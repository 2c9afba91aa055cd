-- Money: what is owed (charge), what came (payment), what covers what (allocation), over an append-only ledger that sums
-- to zero (domain.md §3.3 G6, I9–I13, I24). bigint minor units and a currency; nothing here touches floating point.
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
  unique nulls not distinct (company_id, kind, party_id, agreement_id, code, currency),
  foreign key (company_id, party_id) references domovoi.party (company_id, id),
  foreign key (company_id, unit_id) references domovoi.unit (company_id, id),
  foreign key (company_id, agreement_id) references domovoi.agreement (company_id, id)
);
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
create index charge_open on domovoi.charge (company_id, due_on) include (amount, allocated, currency, party_id, unit_id)
  where voided_on is null and allocated < amount;

create table domovoi.payment (
  company_id      int not null,
  id              uuid not null default gen_random_uuid(),
  no              bigint not null,
  account_id      uuid not null,
  party_id        uuid not null,
  agreement_id    uuid,
  reservation_id  uuid,                                 -- made for this stay, if for one
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
  foreign key (company_id, agreement_id) references domovoi.agreement (company_id, id),
  foreign key (company_id, reservation_id) references domovoi.reservation (company_id, id),
  check (allocated >= 0 and refunded >= 0 and allocated + refunded <= amount) -- I13
);
create index on domovoi.payment (company_id, booked_on, id);
create index on domovoi.payment (company_id, no, id);
create index on domovoi.payment (company_id, agent_id, booked_on, id);
create index on domovoi.payment (company_id, building_id, booked_on, id);
create index on domovoi.payment (company_id, owner_id, booked_on, id);
create index on domovoi.payment (company_id, party_id, booked_on);
create index on domovoi.payment (company_id, reservation_id) where reservation_id is not null;
create index on domovoi.payment (company_id, account_id) where allocated + refunded < amount;

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
  id          bigint generated always as identity,
  upto        date not null,
  reason      text,
  by_user     uuid,
  at          timestamptz not null,
  primary key (company_id, id)
);

-- Whose share of a stay or a rent is whose (K1): null company is the platform's, null agent everybody's.
create table domovoi.commission_rule (
  id          uuid not null default gen_random_uuid() primary key,
  company_id  int references domovoi.company,
  kind        text not null check (kind in ('platform', 'agent')),
  agent_id    uuid references domovoi.app_user,
  bp          int not null check (bp between 0 and 10000),
  valid       daterange not null check (not isempty(valid)),
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
