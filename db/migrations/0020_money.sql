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
  -- the company's rules and the platform's, for those who see settings
  create policy platform on domovoi.commission_rule for select to domovoi_platform
    using ((select domovoi.is_platform('settings.view')));
  create policy company on domovoi.commission_rule for select to domovoi_company
    using (coalesce(company_id, (select domovoi.my_company('company', 'settings.view')))
      = (select domovoi.my_company('company', 'settings.view')));
  grant select on domovoi.commission_rule to domovoi_staff;
  create policy owner on domovoi.commission_rule to domovoi_owner using (true) with check (true); -- the seed's
end $$;

reset role;
-- History is only added to (I10).
revoke update, delete, truncate on domovoi.ledger_tx, domovoi.ledger_entry, domovoi.allocation, domovoi.period_lock
  from domovoi_rules;

set local role domovoi_rules;

insert into domovoi.record_kind (resource, plural, reads, creates, patches, machine, keys) values
  ('account', 'accounts', 'charge.view', null, null, null, '{no,code}'),
  ('charge', 'charges', 'charge.view', 'charge.edit', 'charge.edit', null, '{no}'),
  ('payment', 'payments', 'payment.view', 'payment.record', 'payment.record', 'payment', '{no}'),
  ('refund', 'refunds', 'payment.view', null, null, 'refund', '{no}'),
  ('expense', 'expenses', 'expense.view', 'expense.edit', 'expense.edit', null, '{no}'),
  ('period_lock', 'period_locks', 'ledger.view', 'period.close', null, null, '{no}'),
  ('commission_rule', 'commission_rules', 'settings.view', 'commission.edit', null, null, '{}');
insert into domovoi.record_action (resource, action, permission, needs_reason, states, guard, sort) values
  ('charge', 'void', 'charge.edit', true, null, 'in_force', 9),
  ('expense', 'void', 'expense.edit', true, null, 'in_force', 9),
  ('payment', 'allocate', 'allocation.edit', false, '{succeeded}', null, 5),
  ('payment', 'unallocate', 'allocation.edit', false, '{succeeded}', null, 6),
  ('payment', 'refund', 'refund.request', true, '{succeeded}', null, 7);

insert into domovoi.writable (resource, ord, name, col, type, on_create, on_patch, on_import)
select r, o, n, c, t, k like '%c%', k like '%p%', false from (values
  ('charge', 1, 'party', 'party_id', 'party', 'c'),
  ('charge', 2, 'unit', 'unit_id', 'unit', 'c'),
  ('charge', 3, 'agreement', 'agreement', 'text', 'c'),
  ('charge', 4, 'reservation', 'reservation', 'text', 'c'),
  ('charge', 5, 'kind', 'kind', 'text', 'c'),
  ('charge', 6, 'currency', 'currency', 'currency', 'c'),
  ('charge', 7, 'amount', 'amount', 'major', 'c'),
  ('charge', 7, 'amount_minor', 'amount', 'minor', 'c'),
  ('charge', 8, 'due_on', 'due_on', 'date', 'cp'),
  ('charge', 9, 'period_from', 'period_from', 'date', 'c'),
  ('charge', 10, 'period_to', 'period_to', 'date', 'c'),
  ('charge', 11, 'note', 'note', 'note', 'cp'),
  ('payment', 1, 'party', 'party_id', 'party', 'c'),
  ('payment', 2, 'agreement', 'agreement', 'text', 'c'),
  ('payment', 3, 'reservation', 'reservation', 'text', 'c'),
  ('payment', 4, 'charge', 'charge', 'text', 'c'),
  ('payment', 5, 'method', 'method', 'text', 'c'),
  ('payment', 6, 'currency', 'currency', 'currency', 'c'),
  ('payment', 7, 'amount', 'amount', 'major', 'c'),
  ('payment', 7, 'amount_minor', 'amount', 'minor', 'c'),
  ('payment', 8, 'booked_on', 'booked_on', 'date', 'c'),
  ('payment', 9, 'receipt', 'receipt', 'text', 'cp'),
  ('payment', 10, 'provider', 'provider', 'text', 'c'),
  ('payment', 11, 'provider_ref', 'provider_ref', 'text', 'c'),
  ('payment', 12, 'comment', 'comment', 'note', 'cp'),
  ('expense', 1, 'unit', 'unit_id', 'unit', 'cp'),
  ('expense', 2, 'building', 'building_id', 'building', 'cp'),
  ('expense', 3, 'kind', 'kind', 'text', 'cp'),
  ('expense', 4, 'currency', 'currency', 'currency', 'c'),
  ('expense', 5, 'amount', 'amount', 'major', 'cp'),
  ('expense', 5, 'amount_minor', 'amount', 'minor', 'cp'),
  ('expense', 6, 'incurred_on', 'incurred_on', 'date', 'cp'),
  ('expense', 7, 'vendor', 'vendor_id', 'party', 'cp'),
  ('expense', 8, 'capital', 'capital', 'text', 'cp'),
  ('expense', 9, 'note', 'note', 'note', 'cp'),
  ('period_lock', 1, 'upto', 'upto', 'date', 'c'),
  ('period_lock', 2, 'reason', 'reason', 'text', 'c'),
  ('commission_rule', 1, 'level', 'level', 'text', 'c'),
  ('commission_rule', 2, 'kind', 'kind', 'text', 'c'),
  ('commission_rule', 3, 'agent', 'agent_id', 'user', 'c'),
  ('commission_rule', 4, 'share_bp', 'bp', 'int', 'c'),
  ('commission_rule', 5, 'from_on', 'from_on', 'date', 'c'),
  ('commission_rule', 6, 'until_on', 'until_on', 'date', 'c')
) v (r, o, n, c, t, k);

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
declare ok boolean; tx uuid := coalesce(to_jsonb(new) ->> 'tx_id', to_jsonb(new) ->> 'id');
begin
  if tg_table_name = 'ledger_tx' then
    ok := exists (select from domovoi.ledger_entry e where e.company_id = new.company_id and e.tx_id = tx);
  else
    select sum(x.n) > 1 and bool_and(x.good and x.sum = 0) into ok
      from (select count(*) as n, sum(e.amount) as sum,
          bool_and(a.currency = e.currency and t.booked_on = e.booked_on) as good
        from domovoi.ledger_entry e
        join domovoi.account a on a.company_id = e.company_id and a.id = e.account_id
        join domovoi.ledger_tx t on t.company_id = e.company_id and t.id = e.tx_id
       where e.company_id = new.company_id and e.tx_id = tx group by e.currency) x;
  end if;
  if not ok then
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
  if p.id is null or c.id is null then
    perform domovoi.no_record(coalesce(p_charge, p_payment)::text);
  elsif p_amount < 0 then
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
  c.party_id := domovoi.survivor(c.company_id, c.party_id);
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
declare c domovoi.charge; day date;
begin
  perform domovoi.lock_money(p_company);
  select * into c from domovoi.charge x where x.company_id = p_company and x.id = p_id for no key update;
  if c.id is null then perform domovoi.no_record(p_id::text); end if;
  if c.voided_on is not null then
    perform domovoi.fail('DM001', 'It is void already.', 'status', c.voided_on::text);
  elsif coalesce(trim(p_reason), '') = '' then
    perform domovoi.fail('DM002', 'A reason is required.', 'reason', 'void', 'Give reason=…');
  end if;
  perform domovoi.free_charge(p_company, p_id);
  day := greatest(domovoi.company_today(p_company), c.issued_on);
  perform domovoi.reverse_postings(p_company, 'charge', p_id, day, p_reason);
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
    where x.company_id = p_company and x.id = p_id and x.status = 'recorded' returning * into p;
  if p.id is null then
    perform domovoi.fail('DM001', 'This is not possible in the present state.', 'status', 'confirm');
  end if;
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
  -- whom it names may have been merged into somebody while it waited (0018)
  p.party_id := domovoi.survivor(p.company_id, p.party_id);
  select * into s from domovoi.reservation x where x.company_id = p.company_id and x.id = p.reservation_id;
  if c.id is not null then
    select x.account_id into p.account_id from domovoi.charge x where x.company_id = p.company_id and x.id = c.id;
  end if;
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
  if p.status is distinct from 'succeeded' then
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
  if r.status is distinct from 'approved' then
    perform domovoi.fail('DM001', 'This is not possible in the present state.', 'status', r.status);
  end if;
  perform domovoi.free_payment(p_company, p.id, r.amount - (p.amount - p.allocated - p.refunded));
  update domovoi.refund x set status = 'done', booked_on = today where x.company_id = p_company and x.id = p_id;
  perform domovoi.post(p_company, 'refund', 'refund', p_id, today, array[p.account_id, domovoi.till_of(p)],
    array[r.amount, -r.amount], r.currency, r.reason);
end $$;

-- ---- balances ---------------------------------------------------------------------------------------------------

-- What the doctor asks: currencies of a company whose postings do not sum to zero (I9), accounts that owe something else
-- than what is open on them (A17). Reads all books.
create function domovoi.ledger_faults() returns setof text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return query
    select e.company_id || ' ' || e.currency from domovoi.ledger_entry e group by e.company_id, e.currency
     having sum(e.amount) <> 0;
  return query
    select a.company_id || ' ' || a.no from domovoi.account a
      left join (select x.company_id, x.account_id, sum(x.amount) as n from domovoi.ledger_entry x group by 1, 2) e
        on e.company_id = a.company_id and e.account_id = a.id
      left join (select x.company_id, x.account_id, sum(x.amount - x.allocated) as n from domovoi.charge x
        where x.voided_on is null and x.allocated < x.amount group by 1, 2) c
        on c.company_id = a.company_id and c.account_id = a.id
      left join (select x.company_id, x.account_id, sum(x.amount - x.allocated - x.refunded) as n from domovoi.payment x
        where x.status = 'succeeded' and x.allocated + x.refunded < x.amount group by 1, 2) p
        on p.company_id = a.company_id and p.account_id = a.id
     where a.kind = 'receivable' and coalesce(e.n, 0) <> coalesce(c.n, 0) - coalesce(p.n, 0);
end $$;

-- What an account owes: open charges less what was paid in advance; equals its balance in the ledger (A17).
create function domovoi.open_of(p_company int, p_account uuid) returns bigint
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return
    coalesce((select sum(c.amount - c.allocated) from domovoi.charge c where c.company_id = p_company
      and c.account_id = p_account and c.voided_on is null and c.allocated < c.amount), 0)
    - coalesce((select sum(p.amount - p.allocated - p.refunded) from domovoi.payment p where p.company_id = p_company
      and p.account_id = p_account and p.status = 'succeeded' and p.allocated + p.refunded < p.amount), 0); end $$;


-- The balance of any account in the ledger; of what people owe by the short way.
create function domovoi.balance_of(p_company int, p_account uuid, p_kind text) returns bigint
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if p_kind = 'receivable' then return domovoi.open_of(p_company, p_account); end if;
  return coalesce((select sum(e.amount) from domovoi.ledger_entry e where e.company_id = p_company
    and e.account_id = p_account), 0);
end $$;

-- ---- commission -------------------------------------------------------------------------------------------------

-- The share that holds on a day: the agent's own of this company, the company's, the platform's (K1).
create function domovoi.commission_bp(p_company int, p_kind text, p_agent uuid, p_on date) returns int
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return coalesce((select r.bp from domovoi.commission_rule r where r.kind = p_kind
    and coalesce(r.company_id, p_company) = p_company and (r.agent_id is null or r.agent_id = p_agent)
    and r.valid @> p_on order by r.company_id is null, r.agent_id is null limit 1), 0); end $$;

create function domovoi.agent_account(p_company int, p_agent uuid, p_currency text) returns uuid
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare a uuid := domovoi.system_account(p_company, 'agent_fee', 'agent_fee:' || p_agent, p_currency);
begin
  update domovoi.account x set agent_id = p_agent where x.company_id = p_company and x.id = a and x.agent_id is null;
  return a;
end $$;

-- Post what is missing so that the commission of a record is p_amount, however often it is asked: first when it is
-- earned, again when a part is given back. p_kind: platform or agent.
create function domovoi.set_commission(p_company int, p_kind text, p_agent uuid, p_ref_kind text, p_ref uuid,
    p_amount bigint, p_currency text, p_booked_on date) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare payable uuid; cost uuid; missing bigint;
begin
  perform domovoi.lock_money(p_company);
  cost := domovoi.system_account(p_company, 'expense', case p_kind when 'agent' then 'expense:agent'
    else 'expense:commission' end, p_currency);
  payable := case p_kind when 'agent' then domovoi.agent_account(p_company, p_agent, p_currency)
    else domovoi.system_account(p_company, 'platform_fee', 'platform_fee', p_currency) end;
  missing := p_amount + coalesce((select sum(e.amount) from domovoi.ledger_tx t join domovoi.ledger_entry e
    on e.company_id = t.company_id and e.tx_id = t.id where t.company_id = p_company and t.ref_id = p_ref
      and t.kind = 'commission' and e.account_id = payable), 0);
  if missing <> 0 then
    perform domovoi.post(p_company, 'commission', p_ref_kind, p_ref, p_booked_on, array[cost, payable],
      array[missing, -missing], p_currency);
  end if;
end $$;

-- ---- expenses -----------------------------------------------------------------------------------------------------

create function domovoi.post_expense(e domovoi.expense) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.post(e.company_id, 'expense', 'expense', e.id, e.incurred_on, array[
    domovoi.system_account(e.company_id, 'expense', case when e.capital then 'capital:' else 'expense:' end || e.kind,
      e.currency), domovoi.system_account(e.company_id, 'bank', 'bank', e.currency)],
    array[e.amount, -e.amount], e.currency, e.note); end $$;

create function domovoi.reverse_postings(p_company int, p_ref_kind text, p_ref uuid, p_day date, p_memo text)
  returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare t domovoi.ledger_tx;
begin
  for t in select * from domovoi.postings_of(p_company, p_ref_kind, p_ref) loop
    perform domovoi.reverse_tx(p_company, t.id, case p_ref_kind when 'charge' then 'void' else 'reversal' end,
      greatest(p_day, t.booked_on), p_memo);
  end loop;
end $$;

-- A provider may take a payment back: what it covered is open again, its postings are reversed, the fee with them.
create function domovoi.reverse_payment(p_company int, p_id uuid, p_reason text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare p domovoi.payment; g record;
begin
  perform domovoi.lock_money(p_company);
  select * into p from domovoi.payment x where x.company_id = p_company and x.id = p_id for no key update;
  g := domovoi.money_guard('not_refunded', to_jsonb(p));
  if p.status is distinct from 'succeeded' then
    perform domovoi.fail('DM001', 'This is not possible in the present state.', 'status', p.status);
  elsif g.code is not null then
    perform domovoi.fail(g.code, g.reason, null, null, g.remedy);
  end if;
  perform domovoi.free_payment(p_company, p_id, p.allocated);
  update domovoi.payment x set status = 'reversed', status_reason = p_reason where x.company_id = p_company
    and x.id = p_id;
  perform domovoi.reverse_postings(p_company, 'payment', p_id, domovoi.company_today(p_company), p_reason);
end $$;

-- ---- what the engine asks -------------------------------------------------------------------------------------------

-- Money is locked before its rows, and the unit of the stay behind a payment before money.
create function domovoi.charge_lock(p_company int, p_id uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.lock_money(p_company); end $$;
create function domovoi.expense_lock(p_company int, p_id uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.lock_money(p_company); end $$;
create function domovoi.payment_lock(p_company int, p_id uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.lock_units(p_company, array[s.unit_id]) from domovoi.payment x
    join domovoi.reservation s on s.company_id = x.company_id and s.id = x.reservation_id
    where x.company_id = p_company and x.id = p_id;
  perform domovoi.lock_money(p_company);
end $$;
create function domovoi.refund_lock(p_company int, p_id uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.lock_units(p_company, array[s.unit_id]) from domovoi.refund x
    join domovoi.reservation s on s.company_id = x.company_id and s.id = x.reservation_id
    where x.company_id = p_company and x.id = p_id;
  perform domovoi.lock_money(p_company);
end $$;

-- A record that a field names, which the session must reach itself.
create function domovoi.money_ref(p_resource text, p_company int, p_key text, p_field text) returns uuid
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare at record; r jsonb;
begin
  if coalesce(p_key, '') = '' then return null; end if;
  at := domovoi.locate(p_resource, p_company, p_key);
  if at.id is not null then r := domovoi.row_of(p_resource, at.company_id, at.id); end if;
  if r is null or not domovoi.reaches((r ->> 'company_id')::int, (r ->> 'agent_id')::uuid,
      (r ->> 'building_id')::uuid, (r ->> 'owner_id')::uuid) then
    perform domovoi.fail('DM007', 'There is no such record.', p_field, left(p_key, 100));
  end if;
  return at.id;
end $$;

-- An amount as people write it, in the digits of its currency; null if none was given.
create function domovoi.money_arg(p_args jsonb, p_currency text) returns bigint
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  typed text := translate(regexp_replace(p_args ->> 'amount', '\s|\u00a0|\u202f', '', 'g'), ',', '.');
  n bigint := domovoi.minor_units(typed, (select c.digits from domovoi.currency c where c.code = p_currency));
begin
  if coalesce(typed, '') <> '' and coalesce(n, 0) <= 0 then
    perform domovoi.fail('DM007', 'The value is not valid.', 'amount', left(p_args ->> 'amount', 40));
  end if;
  return n;
end $$;

-- Above which amount two people are needed; null: the company says nothing of this currency.
create function domovoi.four_eyes(p_company int, p_currency text) returns bigint
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (domovoi.setting_of(p_company, 'four_eyes_minor') ->> p_currency)::bigint; end $$;

-- What a payment was made for, as far as that is open.
create function domovoi.expected_of(p_company int, p_charge uuid, p_reservation uuid) returns bigint
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (select sum(c.amount - c.allocated) from domovoi.charge c where c.company_id = p_company
    and c.voided_on is null and (c.id = p_charge or p_charge is null and c.reservation_id = p_reservation)); end $$;

-- What stands against an action beside rights and state. Who recorded a payment does not confirm it when it is large,
-- or is not what is owed (S1.39); who asks for a refund does not approve it, above a limit (always, if there is none).
create function domovoi.money_guard(p_guard text, r jsonb, out code text, out reason text, out detail text,
    out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare c int := r ->> 'company_id'; amount bigint := r ->> 'amount'; most bigint; owed bigint; me uuid := domovoi.my_user();
begin
  most := domovoi.four_eyes(c, r ->> 'currency');
  case p_guard
    when 'in_force' then
      if r ->> 'voided_on' is not null then
        code := 'DM001'; reason := 'It is void already.'; detail := r ->> 'voided_on';
      end if;
    when 'other_confirms' then
      owed := domovoi.expected_of(c, (r ->> 'charge_id')::uuid, (r ->> 'reservation_id')::uuid);
      if (r ->> 'created_by')::uuid = me and (amount > most or owed > 0 and abs(amount - owed) * 10000::numeric
          > owed * domovoi.money_setting(c, 'payment_mismatch_bp', 500)) then
        code := 'DM014'; reason := 'Who recorded this payment does not confirm it.';
        detail := case when amount > most then null else domovoi.money_text(owed, r ->> 'currency') end;
        remedy := 'Ask a colleague to confirm it.';
      end if;
    when 'other_approves' then
      if (r ->> 'requested_by')::uuid = me and amount > coalesce(most, 0) then
        code := 'DM014'; reason := 'Who asked for the refund does not approve it.';
        remedy := 'Ask a colleague to approve it.';
      end if;
    when 'not_refunded' then
      if exists (select from domovoi.refund f where f.company_id = c and f.payment_id = (r ->> 'id')::uuid
          and f.status <> 'rejected') then
        code := 'DM011'; reason := 'Some of this payment was given back, or is asked back.';
        remedy := 'Reject the requests first; what was paid back stays.';
      end if;
    else
      code := 'DM011'; reason := 'This is not possible in the present state.'; detail := p_guard;
  end case;
end $$;

create function domovoi.money_text(p_amount bigint, p_currency text) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (select round(p_amount / (10 ^ c.digits)::numeric, c.digits) || ' ' || c.code
    from domovoi.currency c where c.code = p_currency); end $$;

-- As domovoi.refusal, with guards that have codes of their own.
create function domovoi.money_refusal(p_resource text, r jsonb, p_action text, out code text, out reason text,
    out detail text, out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  k domovoi.record_kind := domovoi.kind_of(p_resource);
  t domovoi.fsm_transition; a domovoi.record_action; may text; g record;
begin
  select * into a from domovoi.record_action x where x.resource = p_resource and x.action = p_action;
  select * into t from domovoi.fsm_transition x where x.machine = k.machine and x.action = p_action
    and x.from_state = r ->> 'status' and x.permission is not null;
  may := coalesce(a.permission, t.permission, (select min(x.permission) from domovoi.fsm_transition x
    where x.machine = k.machine and x.action = p_action));
  if may is null then
    code := 'DM007'; reason := 'There is no such action.'; detail := p_action;
  elsif not domovoi.has_permission(may) then
    code := 'DM005'; reason := 'You may not do this.'; detail := may;
    remedy := 'Ask the head of your company for the permission.';
  elsif a.action is null and t.machine is null or not coalesce(r ->> 'status' = any (a.states), true) then
    code := 'DM001'; reason := 'This is not possible in the present state.'; detail := r ->> 'status';
  elsif coalesce(t.guard, a.guard) is not null then
    g := domovoi.money_guard(coalesce(t.guard, a.guard), r);
    code := g.code; reason := g.reason; detail := g.detail; remedy := g.remedy;
  end if;
end $$;

create function domovoi.charge_refusal(r jsonb, p_action text, out code text, out reason text, out detail text,
    out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin select * into code, reason, detail, remedy from domovoi.money_refusal('charge', r, p_action); end $$;
create function domovoi.payment_refusal(r jsonb, p_action text, out code text, out reason text, out detail text,
    out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin select * into code, reason, detail, remedy from domovoi.money_refusal('payment', r, p_action); end $$;
create function domovoi.refund_refusal(r jsonb, p_action text, out code text, out reason text, out detail text,
    out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin select * into code, reason, detail, remedy from domovoi.money_refusal('refund', r, p_action); end $$;
create function domovoi.expense_refusal(r jsonb, p_action text, out code text, out reason text, out detail text,
    out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin select * into code, reason, detail, remedy from domovoi.money_refusal('expense', r, p_action); end $$;

-- ---- charges by hand ----------------------------------------------------------------------------------------------

create function domovoi.charge_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  c domovoi.charge; s jsonb; g domovoi.agreement; v domovoi.reservation;
  of_agreement uuid := domovoi.money_ref('agreement', p_company, p_set ->> 'agreement', 'agreement');
  of_stay uuid := domovoi.money_ref('reservation', p_company, p_set ->> 'reservation', 'reservation');
begin
  select * into g from domovoi.agreement x where x.company_id = p_company and x.id = of_agreement;
  select * into v from domovoi.reservation x where x.company_id = p_company and x.id = of_stay;
  c.currency := coalesce(nullif(p_set ->> 'currency', ''), g.currency, v.currency,
    (select x.currency from domovoi.company x where x.id = p_company));
  s := domovoi.read_set('charge', p_company, p_set, 'create', c.currency);
  perform domovoi.must_have(s, 'amount');
  c := jsonb_populate_record(c, s);
  c.company_id := p_company; c.id := p_id; c.kind := coalesce(c.kind, 'adjustment');
  c.agreement_id := g.id; c.reservation_id := v.id;
  c.party_id := coalesce(c.party_id, g.party_id, v.party_id);
  c.unit_id := coalesce(c.unit_id, g.unit_id, v.unit_id);
  c.agent_id := coalesce(g.agent_id, v.agent_id);
  if c.party_id is null then perform domovoi.must_have(s, 'party_id'); end if;
  perform domovoi.add_charge(c);
end $$;

create function domovoi.charge_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare c domovoi.charge; s jsonb := domovoi.read_set('charge', p_company, p_set, 'patch', null);
begin
  select * into c from domovoi.charge x where x.company_id = p_company and x.id = p_id for no key update;
  perform domovoi.check_version(p_base, c.version);
  if c.voided_on is not null then
    perform domovoi.fail('DM001', 'It is void already.', 'status', c.voided_on::text);
  elsif c.allocated > 0 then
    perform domovoi.fail('DM001', 'Something was paid on this charge already.', 'status', null,
      'Take the payment off it first.');
  end if;
  c := jsonb_populate_record(c, s);
  perform domovoi.must_have(to_jsonb(c), 'due_on');
  update domovoi.charge x set due_on = c.due_on, note = c.note where x.company_id = p_company and x.id = p_id
    and s <> '{}';
end $$;

create function domovoi.charge_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.void_charge(p_company, p_id, p_args ->> 'reason'); end $$;

-- ---- payments by hand -----------------------------------------------------------------------------------------------

-- Who failed too often in a row waits a little (S1.35).
create function domovoi.must_not_wait(p_company int, p_party uuid) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare n int := domovoi.money_setting(p_company, 'payment_failures', 5); last record; till timestamptz;
begin
  select count(*) filter (where x.status = 'rejected') as failed, max(x.updated_at) as at into last
    from (select p.status, p.updated_at from domovoi.payment p where p.company_id = p_company and p.party_id = p_party
      order by p.no desc limit n) x;
  till := last.at + make_interval(mins => domovoi.money_setting(p_company, 'payment_block_minutes', 15)::int);
  if n > 0 and last.failed >= n and till > domovoi.now() then
    perform domovoi.fail('DM011', 'Too many payments of this person failed in a row.', 'party', null,
      'Wait until ' || domovoi.local_minute(p_company, till) || '.');
  end if;
end $$;

create function domovoi.payment_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare p domovoi.payment; s jsonb; today date := domovoi.company_today(p_company);
begin
  p.charge_id := domovoi.money_ref('charge', p_company, p_set ->> 'charge', 'charge');
  p.agreement_id := domovoi.money_ref('agreement', p_company, p_set ->> 'agreement', 'agreement');
  p.reservation_id := domovoi.money_ref('reservation', p_company, p_set ->> 'reservation', 'reservation');
  p.currency := coalesce(nullif(p_set ->> 'currency', ''),
    (select x.currency from domovoi.charge x where x.company_id = p_company and x.id = p.charge_id),
    (select x.currency from domovoi.agreement x where x.company_id = p_company and x.id = p.agreement_id),
    (select x.currency from domovoi.reservation x where x.company_id = p_company and x.id = p.reservation_id),
    (select x.currency from domovoi.company x where x.id = p_company));
  s := domovoi.read_set('payment', p_company, p_set, 'create', p.currency);
  perform domovoi.must_have(s, 'amount', 'method');
  p := jsonb_populate_record(p, s);
  p.company_id := p_company; p.id := p_id;
  if num_nulls(p.party_id, p.charge_id, p.agreement_id, p.reservation_id) = 4 then
    perform domovoi.must_have(s, 'party_id');
  elsif p.booked_on > today then
    perform domovoi.fail('DM007', 'The day has not come yet.', 'booked_on', p.booked_on::text);
  end if;
  perform domovoi.must_be_open(p_company, p.booked_on);
  if (domovoi.me()).scope = 'own' then p.agent_id := domovoi.my_user(); end if;
  perform domovoi.must_not_wait(p_company, coalesce(p.party_id,
    (select x.party_id from domovoi.charge x where x.company_id = p_company and x.id = p.charge_id),
    (select x.party_id from domovoi.agreement x where x.company_id = p_company and x.id = p.agreement_id),
    (select x.party_id from domovoi.reservation x where x.company_id = p_company and x.id = p.reservation_id)));
  perform domovoi.record_payment(p, false);
end $$;

-- What it says of itself beside the money.
create function domovoi.payment_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare p domovoi.payment; s jsonb := domovoi.read_set('payment', p_company, p_set, 'patch', null);
begin
  select * into p from domovoi.payment x where x.company_id = p_company and x.id = p_id for no key update;
  perform domovoi.check_version(p_base, p.version);
  p := jsonb_populate_record(p, s);
  update domovoi.payment x set receipt = p.receipt, comment = p.comment where x.company_id = p_company and x.id = p_id
    and s <> '{}';
end $$;

create function domovoi.payment_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  why text := nullif(trim(p_args ->> 'reason'), '');
  amount bigint := domovoi.money_arg(p_args, p_was ->> 'currency');
  c domovoi.charge; p domovoi.payment := jsonb_populate_record(null::domovoi.payment, p_was); of_charge uuid;
begin
  if p_action in ('allocate', 'unallocate') then
    of_charge := domovoi.money_ref('charge', p_company, p_args ->> 'charge', 'charge');
    select * into c from domovoi.charge x where x.company_id = p_company and x.id = of_charge;
  end if;
  case p_action
    when 'confirm' then perform domovoi.confirm_payment(p_company, p_id);
    when 'reject' then update domovoi.payment x set status = 'rejected', status_reason = why
      where x.company_id = p_company and x.id = p_id;
    when 'reverse' then perform domovoi.reverse_payment(p_company, p_id, why);
    when 'refund' then perform domovoi.ask_refund(p_company, p_id, coalesce(amount, domovoi.free_of(p)), why, null, null);
    when 'allocate' then
      if c.id is null then
        perform domovoi.allocate_fifo(p_company, p_id);
      else
        perform domovoi.allocate(p_company, p_id, c.id, coalesce(amount, least(domovoi.free_of(p),
          c.amount - c.allocated)));
      end if;
    when 'unallocate' then
      if c.id is null then perform domovoi.must_have(p_args, 'charge'); end if;
      perform domovoi.allocate(p_company, p_id, c.id, -coalesce(amount, (select nullif(sum(a.amount), 0)
        from domovoi.allocation a where a.company_id = p_company and a.payment_id = p_id and a.charge_id = c.id),
        1)::bigint);
  end case;
end $$;

create function domovoi.refund_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if p_action = 'pay' then perform domovoi.pay_refund(p_company, p_id); return; end if;
  update domovoi.refund x set status = domovoi.next_state('refund', p_was, p_action),
      status_reason = nullif(trim(p_args ->> 'reason'), ''),
      approved_by = case p_action when 'approve' then domovoi.my_user() else x.approved_by end
    where x.company_id = p_company and x.id = p_id;
end $$;

-- ---- expenses by hand -------------------------------------------------------------------------------------------

create function domovoi.check_expense(e domovoi.expense) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if not exists (select from domovoi.dict_item d where d.kind = 'expense_kind' and d.code = e.kind) then
    perform domovoi.fail('DM007', 'This value is not known.', 'kind', e.kind);
  elsif e.incurred_on > domovoi.company_today(e.company_id) then
    perform domovoi.fail('DM007', 'The day has not come yet.', 'incurred_on', e.incurred_on::text);
  end if;
  perform domovoi.must_reach(e.company_id, e.agent_id, e.building_id, e.owner_id);
end $$;

create function domovoi.expense_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare e domovoi.expense; s jsonb; cur text := coalesce(nullif(p_set ->> 'currency', ''),
  (select c.currency from domovoi.company c where c.id = p_company));
begin
  s := domovoi.read_set('expense', p_company, p_set, 'create', cur);
  perform domovoi.must_have(s, 'kind', 'amount');
  e := jsonb_populate_record(null::domovoi.expense, s);
  perform domovoi.lock_money(p_company);
  insert into domovoi.expense (company_id, id, unit_id, building_id, kind, amount, currency, incurred_on, vendor_id,
      capital, note)
    values (p_company, p_id, e.unit_id, e.building_id, e.kind, e.amount, cur,
      coalesce(e.incurred_on, domovoi.company_today(p_company)), e.vendor_id, coalesce(e.capital, false), e.note)
    returning * into e;
  perform domovoi.check_expense(e);
  perform domovoi.post_expense(e);
end $$;

-- What is posted follows while its period is open; the note may always be changed.
create function domovoi.expense_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare e domovoi.expense; n domovoi.expense; s jsonb;
begin
  select * into e from domovoi.expense x where x.company_id = p_company and x.id = p_id for no key update;
  perform domovoi.check_version(p_base, e.version);
  if e.voided_on is not null then
    perform domovoi.fail('DM001', 'It is void already.', 'status', e.voided_on::text);
  end if;
  s := domovoi.read_set('expense', p_company, p_set, 'patch', e.currency);
  if s = '{}' then return; end if;
  n := jsonb_populate_record(e, s);
  perform domovoi.must_have(to_jsonb(n), 'kind', 'amount', 'incurred_on');
  update domovoi.expense x set unit_id = n.unit_id, building_id = n.building_id, kind = n.kind, amount = n.amount,
      incurred_on = n.incurred_on, vendor_id = n.vendor_id, capital = coalesce(n.capital, false), note = n.note
    where x.company_id = p_company and x.id = p_id returning * into n;
  perform domovoi.check_expense(n);
  if (n.kind, n.amount, n.incurred_on, n.capital) is distinct from (e.kind, e.amount, e.incurred_on, e.capital) then
    perform domovoi.reverse_postings(p_company, 'expense', p_id, e.incurred_on, 'changed');
    perform domovoi.post_expense(n);
  end if;
end $$;

create function domovoi.expense_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare today date := domovoi.company_today(p_company);
begin
  perform domovoi.reverse_postings(p_company, 'expense', p_id, today, p_args ->> 'reason');
  update domovoi.expense x set voided_on = today, void_reason = trim(p_args ->> 'reason')
    where x.company_id = p_company and x.id = p_id;
end $$;

-- ---- closing, commissions ---------------------------------------------------------------------------------------

-- A period is closed when it is over; to open it again is another row, and needs a reason.
create function domovoi.period_lock_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  s jsonb := domovoi.read_set('period_lock', p_company, p_set, 'create', null);
  l domovoi.period_lock := jsonb_populate_record(null::domovoi.period_lock, s); was date;
begin
  perform domovoi.must_have(s, 'upto');
  perform domovoi.lock_money(p_company);
  was := domovoi.closed_upto(p_company);
  if l.upto >= domovoi.company_today(p_company) then
    perform domovoi.fail('DM007', 'A period is closed when it is over.', 'upto', l.upto::text, 'Give an earlier day.');
  elsif l.upto = was then
    perform domovoi.fail('DM001', 'The period is closed already.', 'upto', was::text);
  elsif l.upto < was and coalesce(l.reason, '') = '' then
    perform domovoi.fail('DM002', 'A reason is required.', 'reason', 'reopen', 'Give reason=…');
  end if;
  insert into domovoi.period_lock (company_id, id, no, upto, reason, by_user, at)
    values (p_company, p_id, domovoi.next_no(p_company, 'period_lock'), l.upto, l.reason, domovoi.my_user(),
      domovoi.now());
end $$;

-- A share from a day on: the one before ends there. Others must not be in the way (I23).
create function domovoi.commission_rule_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  s jsonb := domovoi.read_set('commission_rule', p_company, p_set, 'create', null);
  whose int := case when coalesce(s ->> 'level', 'company') = 'company' then p_company end;
  agent uuid := s ->> 'agent_id'; since date; until date := s ->> 'until_on'; before int;
begin
  perform domovoi.must_have(s, 'kind', 'bp');
  since := coalesce((s ->> 'from_on')::date, domovoi.company_today(p_company));
  if s ->> 'level' not in ('company', 'platform') then
    perform domovoi.fail('DM007', 'This value is not known.', 'level', s ->> 'level');
  elsif whose is null and (domovoi.me()).scope <> 'platform' then
    perform domovoi.fail('DM005', 'You may not do this.', 'level', 'settings.platform',
      'Ask the head of your company for the permission.');
  elsif until <= since then
    perform domovoi.fail('DM007', 'The period must end after it begins.', 'until_on', until::text);
  end if;
  perform domovoi.lock_money(p_company);
  update domovoi.commission_rule r set valid = daterange(lower(r.valid), since), version = r.version + 1
    where r.company_id is not distinct from whose and r.kind = s ->> 'kind' and r.agent_id is not distinct from agent
      and upper_inf(r.valid) and (lower_inf(r.valid) or lower(r.valid) < since) returning r.bp into before;
  insert into domovoi.commission_rule (company_id, id, kind, agent_id, bp, valid, created_by, created_at)
    values (whose, p_id, s ->> 'kind', agent, (s ->> 'bp')::int, daterange(since, until), domovoi.my_user(),
      domovoi.now());
  if until is not null and before is not null then -- and goes on afterwards
    insert into domovoi.commission_rule (company_id, kind, agent_id, bp, valid, created_by, created_at)
      values (whose, s ->> 'kind', agent, before, daterange(until, null), domovoi.my_user(), domovoi.now());
  end if;
exception when exclusion_violation then
  perform domovoi.fail('DM007', 'Another rule covers some of these days.', 'from_on', since::text,
    'Choose a day after it, or give the day on which this one ends.');
end $$;

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

-- ---- views --------------------------------------------------------------------------------------------------------

set local role domovoi_rules;
grant execute on function domovoi.balance_of to domovoi_staff;
reset role;
set local role domovoi_owner;

create view api.accounts with (security_invoker) as
  select a.id, a.company_id as company, a.no, a.kind, a.code, a.party_id as party, p.name as party_label,
    a.unit_id as unit, u.title as unit_label, a.agreement_id as agreement, g.no::text as agreement_label,
    a.agent_id as agent, s.display_name as agent_label, a.currency,
    domovoi.balance_of(a.company_id, a.id, a.kind) as balance_minor, a.version, a.updated_at
  from domovoi.account a
  left join domovoi.party p on p.company_id = a.company_id and p.id = a.party_id
  left join domovoi.unit u on u.company_id = a.company_id and u.id = a.unit_id
  left join domovoi.agreement g on g.company_id = a.company_id and g.id = a.agreement_id
  left join domovoi.app_user s on s.id = a.agent_id;

-- The state of a charge follows from the day (S0.15). No index knows it: who filters by it asks for is_open as well
-- (the client does, see `narrow` in the catalogue), and the index of what is open answers.
create view api.charges with (security_invoker) as
  select c.id, c.company_id as company, c.no, c.account_id as account, a.code as account_label, c.party_id as party,
    p.name as party_label, c.unit_id as unit, u.title as unit_label, c.agreement_id as agreement,
    g.no::text as agreement_label, c.reservation_id as reservation, r.no::text as reservation_label,
    c.agent_id as agent, s.display_name as agent_label, c.kind, c.period_from, c.period_to, c.issued_on, c.due_on,
    c.amount as amount_minor, c.allocated as allocated_minor,
    case when c.voided_on is null then c.amount - c.allocated else 0 end as open_minor, c.currency,
    case when c.voided_on is not null then 'voided' when c.allocated = c.amount then 'paid'
      when c.due_on < (select domovoi.my_today()) then 'overdue' when c.allocated > 0 then 'partial' else 'pending' end
      as status,
    c.voided_on is null and c.allocated < c.amount as is_open, c.voided_on is not null as is_void, c.voided_on,
    c.void_reason, c.source_key, c.note, c.version, c.updated_at,
    coalesce(c.period_from, c.issued_on) as counted_on
  from domovoi.charge c
  left join domovoi.account a on a.company_id = c.company_id and a.id = c.account_id
  left join domovoi.party p on p.company_id = c.company_id and p.id = c.party_id
  left join domovoi.unit u on u.company_id = c.company_id and u.id = c.unit_id
  left join domovoi.agreement g on g.company_id = c.company_id and g.id = c.agreement_id
  left join domovoi.reservation r on r.company_id = c.company_id and r.id = c.reservation_id
  left join domovoi.app_user s on s.id = c.agent_id;

create view api.payments with (security_invoker) as
  select c.id, c.company_id as company, c.no, c.account_id as account, a.code as account_label, c.party_id as party,
    p.name as party_label, c.unit_id as unit, u.title as unit_label, c.agreement_id as agreement,
    g.no::text as agreement_label, c.reservation_id as reservation, r.no::text as reservation_label,
    c.charge_id as charge, h.no::text as charge_label, c.agent_id as agent, s.display_name as agent_label, c.method,
    c.provider, c.provider_ref, c.amount as amount_minor, c.allocated as allocated_minor,
    c.refunded as refunded_minor,
    case c.status when 'succeeded' then c.amount - c.allocated - c.refunded else 0 end as unallocated_minor, c.currency,
    case when c.refunded = 0 then c.status when c.refunded = c.amount then 'refunded' else 'part_refunded' end as status,
    c.status = 'recorded' as is_waiting, c.refunded > 0 as is_refunded, c.status_reason, c.booked_on, c.received_at,
    c.receipt, c.confirmed_by, f.display_name as confirmed_by_label, c.confirmed_at, c.comment, c.created_by,
    b.display_name as created_by_label, c.version, c.updated_at
  from domovoi.payment c
  left join domovoi.account a on a.company_id = c.company_id and a.id = c.account_id
  left join domovoi.party p on p.company_id = c.company_id and p.id = c.party_id
  left join domovoi.unit u on u.company_id = c.company_id and u.id = c.unit_id
  left join domovoi.agreement g on g.company_id = c.company_id and g.id = c.agreement_id
  left join domovoi.reservation r on r.company_id = c.company_id and r.id = c.reservation_id
  left join domovoi.charge h on h.company_id = c.company_id and h.id = c.charge_id
  left join domovoi.app_user s on s.id = c.agent_id
  left join domovoi.app_user f on f.id = c.confirmed_by
  left join domovoi.app_user b on b.id = c.created_by;

create view api.allocations with (security_invoker) as
  select x.id, x.company_id as company, x.payment_id as payment, p.no::text as payment_label, x.charge_id as charge,
    c.no::text as charge_label, c.party_id as party, t.name as party_label, x.amount as amount_minor, c.currency, x.booked_on, x.by_user as made_by,
    s.display_name as made_by_label, x.at, 1 as version
  from domovoi.allocation x
  left join domovoi.payment p on p.company_id = x.company_id and p.id = x.payment_id
  left join domovoi.charge c on c.company_id = x.company_id and c.id = x.charge_id
  left join domovoi.party t on t.company_id = c.company_id and t.id = c.party_id
  left join domovoi.app_user s on s.id = x.by_user;

create view api.refunds with (security_invoker) as
  select x.id, x.company_id as company, x.no, x.payment_id as payment, p.no::text as payment_label,
    p.party_id as party, t.name as party_label, x.reservation_id as reservation, r.no::text as reservation_label,
    x.agent_id as agent, s.display_name as agent_label, x.amount as amount_minor, x.currency, x.reason, x.tier_bp,
    x.status, x.status_reason, x.requested_by, q.display_name as requested_by_label, x.approved_by,
    v.display_name as approved_by_label, x.booked_on, x.version, x.created_at, x.updated_at
  from domovoi.refund x
  left join domovoi.payment p on p.company_id = x.company_id and p.id = x.payment_id
  left join domovoi.party t on t.company_id = p.company_id and t.id = p.party_id
  left join domovoi.reservation r on r.company_id = x.company_id and r.id = x.reservation_id
  left join domovoi.app_user s on s.id = x.agent_id
  left join domovoi.app_user q on q.id = x.requested_by
  left join domovoi.app_user v on v.id = x.approved_by;

create view api.expenses with (security_invoker) as
  select x.id, x.company_id as company, x.no, x.unit_id as unit, u.title as unit_label, x.building_id as building,
    b.name as building_label, x.kind, x.amount as amount_minor, x.currency, x.incurred_on, x.vendor_id as vendor,
    p.name as vendor_label, x.capital, case when x.voided_on is null then 'posted' else 'voided' end as status,
    x.voided_on, x.void_reason, x.note, x.created_by, s.display_name as created_by_label, x.version, x.updated_at
  from domovoi.expense x
  left join domovoi.unit u on u.company_id = x.company_id and u.id = x.unit_id
  left join domovoi.building b on b.company_id = x.company_id and b.id = x.building_id
  left join domovoi.party p on p.company_id = x.company_id and p.id = x.vendor_id
  left join domovoi.app_user s on s.id = x.created_by;

create view api.postings with (security_invoker) as
  select e.id, e.company_id as company, e.tx_id as tx, e.line, e.booked_on, t.kind, e.account_id as account,
    a.code as account_label, a.kind as account_kind, a.party_id as party, p.name as party_label,
    e.amount as amount_minor, e.currency, t.ref_kind as of, t.ref_id as record, t.reverses, t.memo, t.by_user as made_by,
    s.display_name as made_by_label, t.at, 1 as version
  from domovoi.ledger_entry e
  join domovoi.ledger_tx t on t.company_id = e.company_id and t.id = e.tx_id
  join domovoi.account a on a.company_id = e.company_id and a.id = e.account_id
  left join domovoi.party p on p.company_id = a.company_id and p.id = a.party_id
  left join domovoi.app_user s on s.id = t.by_user;

create view api.period_locks with (security_invoker) as
  select l.id, l.company_id as company, l.no, l.upto, l.reason, l.by_user as made_by, s.display_name as made_by_label,
    l.at, l.version
  from domovoi.period_lock l left join domovoi.app_user s on s.id = l.by_user;

create view api.commission_rules with (security_invoker) as
  select r.id, coalesce(r.company_id, (select domovoi.my_company('company')),
      (select domovoi.my_company('platform'))) as company,
    case when r.company_id is null then 'platform' else 'company' end as level,
    r.kind, r.agent_id as agent, s.display_name as agent_label, r.bp as share_bp, lower(r.valid) as from_on,
    upper(r.valid) as until_on, r.created_by as made_by, m.display_name as made_by_label, r.version, r.created_at
  from domovoi.commission_rule r
  left join domovoi.app_user s on s.id = r.agent_id
  left join domovoi.app_user m on m.id = r.created_by;

grant select on api.accounts, api.charges, api.payments, api.allocations, api.refunds, api.expenses, api.postings,
  api.period_locks, api.commission_rules to domovoi_staff;
reset role;
set local role domovoi_rules;

-- ---- doors --------------------------------------------------------------------------------------------------------

create function act.charge_void(id text, version int default null, reason text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('charge', id, version, 'void', jsonb_build_object('reason', reason)) $$;
create function act.expense_void(id text, version int default null, reason text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('expense', id, version, 'void', jsonb_build_object('reason', reason)) $$;
create function act.payment_confirm(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('payment', id, version, 'confirm', '{}') $$;
create function act.payment_reject(id text, version int default null, reason text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('payment', id, version, 'reject', jsonb_build_object('reason', reason)) $$;
create function act.payment_reverse(id text, version int default null, reason text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('payment', id, version, 'reverse', jsonb_build_object('reason', reason)) $$;
create function act.payment_allocate(id text, version int default null, charge text default null,
    amount text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('payment', id, version, 'allocate', jsonb_build_object('charge', charge, 'amount', amount)) $$;
create function act.payment_unallocate(id text, version int default null, charge text default null,
    amount text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('payment', id, version, 'unallocate', jsonb_build_object('charge', charge, 'amount', amount)) $$;
create function act.payment_refund(id text, version int default null, amount text default null,
    reason text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('payment', id, version, 'refund', jsonb_build_object('amount', amount, 'reason', reason)) $$;
create function act.refund_approve(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('refund', id, version, 'approve', '{}') $$;
create function act.refund_reject(id text, version int default null, reason text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('refund', id, version, 'reject', jsonb_build_object('reason', reason)) $$;
create function act.refund_pay(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('refund', id, version, 'pay', '{}') $$;
create function act.refund_fail(id text, version int default null, reason text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('refund', id, version, 'fail', jsonb_build_object('reason', reason)) $$;
create function act.refund_retry(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('refund', id, version, 'retry', '{}') $$;
grant execute on function act.charge_void, act.expense_void, act.payment_confirm, act.payment_reject,
  act.payment_reverse, act.payment_allocate, act.payment_unallocate, act.payment_refund, act.refund_approve,
  act.refund_reject, act.refund_pay, act.refund_fail, act.refund_retry to domovoi_staff;

reset role;
