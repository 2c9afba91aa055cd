-- Agreements: who rents a unit for months, on which terms (domain.md §1.1 S0.12–S0.14, §3.5). An agreement in force uses
-- its unit like a stay or a block does: in the same table, under the same constraint (I1).

set local role domovoi_owner;

create table domovoi.late_fee_policy (
  company_id   int not null references domovoi.company,
  id           uuid not null default gen_random_uuid(),
  name         text not null check (length(name) between 1 and 100),
  grace_days   smallint not null default 0 check (grace_days between 0 and 365),
  kind         text not null check (kind in ('fixed', 'bp_per_day')),
  amount       bigint not null default 0 check (amount >= 0),       -- fixed: once, in minor units
  bp           int not null default 0 check (bp between 0 and 10000), -- of what is open, a day
  cap_bp       int not null default 10000 check (cap_bp between 0 and 10000), -- of what was charged
  from_kinds   text[] not null default '{rent}',                    -- kinds of charges that grow a fee
  version      int not null default 1,
  created_at   timestamptz not null default now(),
  created_by   uuid,
  updated_at   timestamptz not null default now(),
  updated_by   uuid,
  primary key (company_id, id),
  unique (company_id, name)
);

create table domovoi.agreement (
  company_id     int not null references domovoi.company,
  id             uuid not null default gen_random_uuid(),
  no             bigint not null,
  kind           text not null default 'lease' check (kind in ('lease', 'office', 'membership', 'management')),
  unit_id        uuid not null,
  party_id       uuid not null,                         -- the tenant
  payer_id       uuid,                                  -- who pays, if somebody else
  agent_id       uuid references domovoi.app_user,
  building_id    uuid,
  owner_id       uuid,
  starts_on      date not null,
  ends_on        date not null,                         -- the first day after it, half-open
  status         text not null default 'draft',
  status_reason  text,
  signed_at      timestamptz,
  notice_on      date,                                  -- when notice was given
  terminated_on  date,                                  -- the first day that it no longer runs, if ended early
  due_day        smallint not null default 1 check (due_day between 1 and 31), -- clamped to the month's end
  currency       char(3) not null references domovoi.currency,
  rent           bigint not null check (rent > 0),      -- a month, as signed; lines hold what changes later
  deposit        bigint not null default 0 check (deposit >= 0), -- required
  index_bp       int not null default 0 check (index_bp between 0 and 10000), -- yearly indexation
  index_month    smallint check (index_month between 1 and 12),
  notice_days    smallint not null default 30 check (notice_days between 0 and 365),
  late_fee_id    uuid,
  terms          text,
  replaces_id    uuid,
  external_id    text,
  version        int not null default 1,
  created_at     timestamptz not null default now(),
  created_by     uuid,
  updated_at     timestamptz not null default now(),
  updated_by     uuid,
  primary key (company_id, id),
  unique (company_id, no),
  unique (company_id, external_id),
  foreign key (company_id, unit_id) references domovoi.unit (company_id, id),
  foreign key (company_id, party_id) references domovoi.party (company_id, id),
  foreign key (company_id, payer_id) references domovoi.party (company_id, id),
  foreign key (company_id, late_fee_id) references domovoi.late_fee_policy (company_id, id),
  foreign key (company_id, replaces_id) references domovoi.agreement (company_id, id),
  check (ends_on - starts_on between 1 and 18263),      -- fifty years
  check (terminated_on between starts_on and ends_on)
);
create index on domovoi.agreement (company_id, no, id);
create index on domovoi.agreement (company_id, starts_on, id);
create index on domovoi.agreement (company_id, ends_on, id);
create index on domovoi.agreement (company_id, agent_id, no, id);
create index on domovoi.agreement (company_id, owner_id, no, id);
create index on domovoi.agreement (company_id, building_id, no, id);
create index on domovoi.agreement (company_id, unit_id, starts_on);
create index on domovoi.agreement (company_id, party_id, starts_on);
create index on domovoi.agreement (company_id, status, ends_on, id);

-- What is charged every month, and since when: the rent itself, and what comes with it.
create table domovoi.agreement_line (
  company_id    int not null,
  id            uuid not null default gen_random_uuid(),
  agreement_id  uuid not null,
  kind          text not null check (kind in ('rent', 'utilities', 'parking', 'service')),
  amount        bigint not null check (amount > 0),     -- a month, in the agreement's currency
  from_on       date not null,
  to_on         date not null,                          -- half-open
  note          text,
  agent_id      uuid,
  building_id   uuid,
  owner_id      uuid,
  version       int not null default 1,
  created_at    timestamptz not null default now(),
  created_by    uuid,
  updated_at    timestamptz not null default now(),
  updated_by    uuid,
  primary key (company_id, id),
  foreign key (company_id, agreement_id) references domovoi.agreement (company_id, id),
  check (from_on < to_on),
  -- I23: one rent at a time
  exclude using gist (company_id with =, agreement_id with =, kind with =, daterange(from_on, to_on) with &&)
    where (kind = 'rent')
);
create index on domovoi.agreement_line (company_id, agreement_id, from_on);

-- Who else is bound by it.
create table domovoi.agreement_party (
  company_id    int not null,
  agreement_id  uuid not null,
  party_id      uuid not null,
  role          text not null check (role in ('co_tenant', 'guarantor')),
  since         date not null,
  until         date,
  agent_id      uuid,
  building_id   uuid,
  owner_id      uuid,
  primary key (company_id, agreement_id, party_id, role),
  foreign key (company_id, agreement_id) references domovoi.agreement (company_id, id),
  foreign key (company_id, party_id) references domovoi.party (company_id, id)
);

-- Extended, indexed, moved, lines changed: what it was before and after.
create table domovoi.agreement_event (
  company_id    int not null,
  id            bigint generated always as identity,
  agreement_id  uuid not null,
  kind          text not null check (kind in ('extended', 'indexed', 'line_changed', 'renewed')),
  before        jsonb,
  after         jsonb,
  by_user       uuid,
  at            timestamptz not null,
  primary key (company_id, id),
  foreign key (company_id, agreement_id) references domovoi.agreement (company_id, id)
);
create index on domovoi.agreement_event (company_id, agreement_id, id);

-- A use may be laid out in several spans: an agreement by the year (no span is longer than 366 nights, which bounds every
-- scan), a stay by the price of its nights.
alter table domovoi.occupancy drop constraint occupancy_pkey, add primary key (company_id, source_id, unit_id, check_in);
alter table domovoi.occupancy drop constraint occupancy_source_check;
alter table domovoi.occupancy add constraint occupancy_source_check check (source in ('reservation', 'block', 'agreement'));

do $$ begin
  perform domovoi.protect('domovoi.late_fee_policy', 'company', 'agreement.view');
  perform domovoi.protect('domovoi.agreement', 'unit', 'agreement.view');
  perform domovoi.protect('domovoi.agreement_line', 'unit', 'agreement.view');
  perform domovoi.protect('domovoi.agreement_party', 'unit', 'agreement.view');
  perform domovoi.protect('domovoi.agreement_event', 'closed');
end $$;

reset role;
