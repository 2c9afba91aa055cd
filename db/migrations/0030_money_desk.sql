-- The accountant's desk: what was said to debtors and promised by them, charge runs over a part of the company, what was
-- open on a past day charge by charge, the statement of an account, and what waits to be done.

-- ---- what debtors say --------------------------------------------------------------------------------------------

set local role domovoi_owner;

-- One row each time somebody was spoken to; only the newest of a person says how things stand.
create table domovoi.contact_note (
  company_id  int not null references domovoi.company,
  id          uuid not null default gen_random_uuid(),
  no          bigint not null,
  party_id    uuid not null,
  means       text not null default 'call' check (means in ('call', 'message', 'visit', 'letter')),
  outcome     text not null check (outcome in ('promised', 'refused', 'disputed', 'no_answer', 'wrong_number', 'other')),
  promised_on date,
  amount      bigint check (amount > 0),                -- what was promised; null: all of it
  currency    char(3) references domovoi.currency,
  next_on     date,                                     -- not to be called before
  note        text,
  agent_id    uuid references domovoi.app_user,         -- whose person it is
  version     int not null default 1,
  created_at  timestamptz not null default now(),
  created_by  uuid,
  updated_at  timestamptz not null default now(),
  updated_by  uuid,
  primary key (company_id, id),
  unique (company_id, no),
  foreign key (company_id, party_id) references domovoi.party (company_id, id),
  check ((outcome = 'promised') = (promised_on is not null)),
  check ((amount is null) = (currency is null))
);
create index on domovoi.contact_note (company_id, no, id);
create index on domovoi.contact_note (company_id, agent_id, no, id);
create index on domovoi.contact_note (company_id, party_id, no desc);
create index contact_note_promise on domovoi.contact_note (company_id, promised_on) where promised_on is not null;
create index contact_note_next on domovoi.contact_note (company_id, next_on) where next_on is not null;

do $$ begin perform domovoi.protect('domovoi.contact_note', 'party', 'charge.view'); end $$;

-- What part of the company a run is over; null: all of it.
alter table domovoi.charge_run
  add column building_id uuid,
  add column agreement_id uuid,
  add foreign key (company_id, building_id) references domovoi.building (company_id, id),
  add foreign key (company_id, agreement_id) references domovoi.agreement (company_id, id);

reset role;
set local role domovoi_rules;

insert into domovoi.record_kind (resource, plural, reads, creates, patches, machine, keys) values
  ('contact_note', 'contact_notes', 'charge.view', 'payment.record', null, null, '{no}');
insert into domovoi.writable (resource, ord, name, col, type, on_create, on_patch, on_import) values
  ('contact_note', 1, 'party', 'party_id', 'party', true, false, false),
  ('contact_note', 2, 'means', 'means', 'text', true, false, false),
  ('contact_note', 3, 'outcome', 'outcome', 'text', true, false, false),
  ('contact_note', 4, 'promised_on', 'promised_on', 'date', true, false, false),
  ('contact_note', 5, 'currency', 'currency', 'currency', true, false, false),
  ('contact_note', 6, 'amount', 'amount', 'major', true, false, false),
  ('contact_note', 6, 'amount_minor', 'amount', 'minor', true, false, false),
  ('contact_note', 7, 'next_on', 'next_on', 'date', true, false, false),
  ('contact_note', 8, 'note', 'note', 'note', true, false, false),
  ('charge_run', 5, 'building', 'building_id', 'building', true, false, false),
  ('charge_run', 6, 'agreement', 'agreement', 'text', true, false, false);

create function domovoi.check_contact(n domovoi.contact_note) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare today date := domovoi.company_today(n.company_id);
begin
  if n.means not in ('call', 'message', 'visit', 'letter') then
    perform domovoi.fail('DM007', 'This value is not known.', 'means', n.means, 'One of: call, message, visit, letter');
  elsif n.outcome not in ('promised', 'refused', 'disputed', 'no_answer', 'wrong_number', 'other') then
    perform domovoi.fail('DM007', 'This value is not known.', 'outcome', n.outcome,
      'One of: promised, refused, disputed, no_answer, wrong_number, other');
  elsif n.outcome = 'promised' and n.promised_on is null then
    perform domovoi.fail('DM007', 'A value is required.', 'promised_on', null, 'Give the day that was promised.');
  elsif n.outcome <> 'promised' and num_nonnulls(n.promised_on, n.amount) > 0 then
    perform domovoi.fail('DM007', 'Only a promise has a day and an amount.', 'promised_on', n.outcome,
      'Give outcome=promised.');
  elsif n.promised_on < today then
    perform domovoi.fail('DM007', 'The day has gone by.', 'promised_on', n.promised_on::text, 'Give today or a later day.');
  elsif n.next_on < today then
    perform domovoi.fail('DM007', 'The day has gone by.', 'next_on', n.next_on::text, 'Give today or a later day.');
  end if;
end $$;

create function domovoi.contact_note_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare n domovoi.contact_note; s jsonb; money text := coalesce(nullif(p_set ->> 'currency', ''),
  (select c.currency from domovoi.company c where c.id = p_company));
begin
  s := domovoi.read_set('contact_note', p_company, p_set, 'create', money);
  perform domovoi.must_have(s, 'party_id', 'outcome');
  n := jsonb_populate_record(null::domovoi.contact_note, s);
  n.company_id := p_company; n.id := p_id; n.means := coalesce(n.means, 'call');
  n.party_id := domovoi.survivor(p_company, n.party_id);
  n.currency := case when n.amount is not null then money end;
  perform domovoi.check_contact(n);
  insert into domovoi.contact_note (company_id, id, party_id, means, outcome, promised_on, amount, currency, next_on, note,
      agent_id)
    select p_company, p_id, n.party_id, n.means, n.outcome, n.promised_on, n.amount, n.currency, n.next_on, n.note,
        p.agent_id
      from domovoi.party p where p.company_id = p_company and p.id = n.party_id;
end $$;

create function domovoi.contact_note_label(r jsonb) returns text
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$ begin return concat_ws(' ', r ->> 'no', r ->> 'outcome'); end $$;

-- ---- a run over a part of the company ---------------------------------------------------------------------------

-- As in 0021, but the run keeps what it is over.
create or replace function domovoi.run_charges(r domovoi.charge_run, p_agreements uuid[] default null)
  returns domovoi.charge_run
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare lines domovoi.charge_run_line[];
begin
  if r.kind = 'indexation' then
    lines := domovoi.run_indexation(r, p_agreements);
  else
    perform domovoi.lock_money(r.company_id);
    perform domovoi.must_be_open(r.company_id, domovoi.company_today(r.company_id));
    lines := domovoi.run_billing(r, p_agreements);
  end if;
  select count(*) filter (where l.outcome = 'created'), count(*) filter (where l.outcome = 'skipped'),
      count(*) filter (where l.outcome = 'error') into r.created, r.skipped, r.failed from unnest(lines) l;
  insert into domovoi.charge_run (company_id, id, kind, month, as_of, dry_run, status, created, skipped, failed,
      building_id, agreement_id)
    values (r.company_id, r.id, r.kind, r.month, r.as_of, r.dry_run, case when r.failed > 0 then 'errors'
      else 'done' end,
      r.created, r.skipped, r.failed, r.building_id, r.agreement_id) returning * into r;
  insert into domovoi.charge_run_line (company_id, run_id, outcome, agreement_id, charge_id, kind, period_from,
    period_to,
      due_on, amount, currency, code, message, detail)
    select l.company_id, l.run_id, l.outcome, l.agreement_id, l.charge_id, l.kind, l.period_from, l.period_to, l.due_on,
      l.amount, l.currency, l.code, l.message, l.detail from unnest(lines) with ordinality l
     where r.dry_run or l.outcome <> 'skipped' order by l.ordinality;
  return r;
end $$;

-- As in 0021, but a run may be over one building or one agreement.
create or replace function domovoi.charge_run_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  s jsonb := domovoi.read_set('charge_run', p_company, p_set, 'create', null);
  today date := domovoi.company_today(p_company); r domovoi.charge_run; part uuid[];
begin
  r.company_id := p_company; r.id := p_id; r.kind := coalesce(s ->> 'kind', 'rent');
  r.as_of := coalesce((s ->> 'as_of')::date, today);
  r.month := coalesce(s ->> 'month', to_char(r.as_of, 'YYYY-MM'));
  r.building_id := (s ->> 'building_id')::uuid;
  r.agreement_id := domovoi.money_ref('agreement', p_company, s ->> 'agreement', 'agreement');
  if r.kind not in ('rent', 'late_fee', 'indexation') then
    perform domovoi.fail('DM007', 'This value is not known.', 'kind', r.kind, 'One of: rent, late_fee, indexation');
  elsif coalesce(s ->> 'dry_run', 'false') not in ('true', 'false', 'yes', 'no') then
    perform domovoi.fail('DM007', 'The value is not valid.', 'dry_run', s ->> 'dry_run', 'One of: true, false');
  elsif r.month !~ '^[12]\d{3}-(0[1-9]|1[0-2])$' then
    perform domovoi.fail('DM007', 'The value is not valid.', 'month', r.month, 'Write months as YYYY-MM.');
  elsif r.month > to_char(today + interval '1 year', 'YYYY-MM') then
    perform domovoi.fail('DM007', 'The month is too far ahead.', 'month', r.month, 'Choose an earlier month.');
  elsif r.as_of > today then
    perform domovoi.fail('DM007', 'The day has not come yet.', 'as_of', r.as_of::text, 'Give today or an earlier day.');
  end if;
  if r.kind = 'indexation' then perform domovoi.require('agreement.sign'); end if;
  r.dry_run := coalesce(s ->> 'dry_run', 'false') in ('true', 'yes');
  if num_nonnulls(r.building_id, r.agreement_id) > 0 then
    part := array(select g.id from domovoi.agreement g where g.company_id = p_company
      and (r.building_id is null or g.building_id = r.building_id)
      and (r.agreement_id is null or g.id = r.agreement_id));
  end if;
  perform domovoi.run_charges(r, part);
end $$;

reset role;

create trigger rules before insert or update on domovoi.contact_note for each row execute function
  domovoi.record_before('contact_note', '', '');
create trigger effects after insert or update on domovoi.contact_note for each row execute function
  domovoi.record_after('contact_note', '');

set local role domovoi_owner;

-- As in 0021, and what part of the company it was over.
create or replace view api.charge_runs with (security_invoker) as
  select r.id, r.company_id as company, r.no, r.kind, r.month, r.as_of, r.dry_run, r.status, r.created, r.skipped,
    r.failed,
    r.created_by as made_by, u.display_name as made_by_label, r.version, r.updated_at,
    r.building_id as building, b.name as building_label, r.agreement_id as agreement, g.no::text as agreement_label
  from domovoi.charge_run r left join domovoi.app_user u on u.id = r.created_by
  left join domovoi.building b on b.company_id = r.company_id and b.id = r.building_id
  left join domovoi.agreement g on g.company_id = r.company_id and g.id = r.agreement_id;

-- is_last: nothing was said to this person later. owes: something is overdue.
create view api.contact_notes with (security_invoker) as
  select n.id, n.company_id as company, n.no, n.party_id as party, p.name as party_label, n.means, n.outcome,
    n.promised_on, n.amount as amount_minor, n.currency, n.next_on, n.note, n.created_at as at,
    n.created_by as made_by, u.display_name as made_by_label,
    not exists (select from domovoi.contact_note l where l.company_id = n.company_id and l.party_id = n.party_id
      and l.no > n.no) as is_last,
    exists (select from domovoi.charge c where c.company_id = n.company_id and c.party_id = n.party_id
      and c.voided_on is null and c.allocated < c.amount and c.due_on < (select domovoi.my_today())) as owes,
    n.version, n.updated_at
  from domovoi.contact_note n
  left join domovoi.party p on p.company_id = n.company_id and p.id = n.party_id
  left join domovoi.app_user u on u.id = n.created_by;
-- As in 0020, and whether it is the reader who asked: he does not approve it.
create or replace view api.refunds with (security_invoker) as
  select x.id, x.company_id as company, x.no, x.payment_id as payment, p.no::text as payment_label,
    p.party_id as party, t.name as party_label, x.reservation_id as reservation, r.no::text as reservation_label,
    x.agent_id as agent, s.display_name as agent_label, x.amount as amount_minor, x.currency, x.reason, x.tier_bp,
    x.status, x.status_reason, x.requested_by, q.display_name as requested_by_label, x.approved_by,
    v.display_name as approved_by_label, x.booked_on, x.version, x.created_at, x.updated_at,
    coalesce(x.requested_by = (select domovoi.my_user()), false) as mine
  from domovoi.refund x
  left join domovoi.payment p on p.company_id = x.company_id and p.id = x.payment_id
  left join domovoi.party t on t.company_id = p.company_id and t.id = p.party_id
  left join domovoi.reservation r on r.company_id = x.company_id and r.id = x.reservation_id
  left join domovoi.app_user s on s.id = x.agent_id
  left join domovoi.app_user q on q.id = x.requested_by
  left join domovoi.app_user v on v.id = x.approved_by;

grant select on api.contact_notes to domovoi_staff;

-- ---- arrears of any day, charge by charge -------------------------------------------------------------------------

-- What was open on a day, a row each, the oldest first; not due yet with late false only. As arrears groups it: `unit`
-- with its parts, `unit_id` the unit itself; `money` is a currency.
create function report.arrears_rows(as_of date default null, debtor text default null, agreement text default null,
    unit text default null, unit_id text default null, building text default null, district text default null,
    agent text default null, late boolean default true, company int default null, money text default null)
  returns table (no bigint, person text, unit_code text, kind text, due_on date, days int, amount_minor bigint,
    open_minor bigint, currency char(3), bucket text, charge uuid, filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare
  g record := report.gate_on(arrears_rows.company, arrears_rows.as_of);
  agent_id uuid := report.agent_of(g.company, arrears_rows.agent);
  units uuid[] := report.units_of(g.company, arrears_rows.unit);
begin
  return query execute report.open_facts() || $q$
    select f.no, p.name, u.code, c.kind, c.due_on, greatest($1 - c.due_on, 0), f.amount_minor, c.open::bigint,
        c.currency::char(3), case when c.due_on >= $1 then 'not_due' when $1 - c.due_on <= 30 then '1-30'
        when $1 - c.due_on <= 60 then '31-60' when $1 - c.due_on <= 90 then '61-90' else '90+' end, c.id,
        'no=' || f.no || coalesce(' company=' || c.company, '')
      from open c
      join api.charge_facts f on f.company = c.company and f.id = c.id
      left join api.unit_facts u on u.company = c.company and u.id = c.unit
      left join api.parties p on p.company = c.company and p.id = c.party
     where ($5 is null or c.party::text = $5) and ($6 is null or c.agreement::text = $6)
       and ($7 is null or c.building::text = any (string_to_array($7, ',')))
       and ($8 is null or c.building in (select b.id from api.buildings b where b.company = c.company
         and b.district = $8))
       and (c.due_on < $1 or not $9) and ($10 is null or c.unit::text = $10)
       and ($11 is null or c.currency = $11)
     order by c.due_on, f.no limit 5000 $q$
    using g.day, g.company, units, agent_id, nullif(arrears_rows.debtor, ''), nullif(arrears_rows.agreement, ''),
      nullif(arrears_rows.building, ''), nullif(arrears_rows.district, ''), coalesce(arrears_rows.late, true),
      nullif(arrears_rows.unit_id, ''), nullif(arrears_rows.money, '');
end $$;

-- As in 0023, but the rows of a past day can be opened, too: what was open then is a report of its own. The list that a
-- row of today opens is `charges`.
drop function report.arrears(date, text, int, text, text);
create function report.arrears(as_of date default null, "group" text default 'debtor', company int default null,
    unit text default null, agent text default null)
  returns table (key text, name text, not_due_minor bigint, d1_30_minor bigint, d31_60_minor bigint,
    d61_90_minor bigint, d90_plus_minor bigint, arrears_minor bigint, advance_minor bigint, balance_minor bigint,
    oldest_due date, days_overdue int, charges bigint, currency char(3), resource text, filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare
  g record := report.gate_on(arrears.company, arrears.as_of);
  d record;
  units uuid[] := report.units_of(g.company, arrears.unit);
  agent_id uuid := report.agent_of(g.company, arrears.agent);
  today date := (report.frame(g.company)).today;
begin
  perform report.one_of('group', arrears."group", '{none,debtor,agreement,unit,building,district,agent,company}');
  d := report.money_dimension(arrears."group");
  d.filter := replace(d.filter, '$3', '$2'); -- where the company is
  return query execute report.open_facts() || format($q$
    , line as (
      select c.company, c.party, c.agreement, c.unit, c.building, c.agent, c.currency, c.due_on, $1 - c.due_on as age,
        c.open,
             0 as ahead
        from open c
      union all
      select c.company, c.party, c.agreement, c.unit, c.building, c.agent, c.currency, null, null, 0, c.amount
        from ahead c where c.amount > 0
    ), total as (
      select %4$s as key, %5$s as company, c.currency,
             coalesce(sum(open) filter (where age <= 0), 0) as d0,
             coalesce(sum(open) filter (where age between 1 and 30), 0) as d30,
             coalesce(sum(open) filter (where age between 31 and 60), 0) as d60,
             coalesce(sum(open) filter (where age between 61 and 90), 0) as d90,
             coalesce(sum(open) filter (where age > 90), 0) as older,
             coalesce(sum(open) filter (where age > 0), 0) as late, sum(ahead) as ahead, sum(open) as open,
             min(due_on) filter (where age > 0) as oldest, count(*) filter (where age > 0) as charges
        from line c group by 1, 2, 3
      union all
      select null, $2, $5, 0, 0, 0, 0, 0, 0, 0, 0, null, 0 where not exists (select from line)
    )
    select g.key::text, %1$s, g.d0::bigint, g.d30::bigint, g.d60::bigint, g.d90::bigint, g.older::bigint,
      g.late::bigint,
           -g.ahead::bigint, (g.open - g.ahead)::bigint, g.oldest, $1 - g.oldest, g.charges, g.currency::char(3),
           case when $1 = $7 then 'charges' else 'arrears_rows' end,
           case when $1 = $7 then report.filters(%2$s, $6, 'open>0 due_on<' || $1, 'currency=' || g.currency)
             when $8 in ('none', 'company') then report.filters($9, 'as_of=' || $1, 'money=' || g.currency)
             else report.filters($9, $8 || case $8 when 'unit' then '_id=' else '=' end || g.key, 'as_of=' || $1,
               'money=' || g.currency) end
      from total g %3$s
     order by g.late desc, g.open desc, 2, 1, g.currency $q$,
    d.name, d.filter, d.labels, d.id, report.company_of(arrears."group"))
    using g.day, g.company, units, agent_id, g.currency,
      report.money_narrowed(case when arrears."group" <> 'unit' then units end, agent_id), today, arrears."group",
      concat_ws(' ', 'company=' || case when arrears.company is not null then g.company end,
        'unit=' || case when arrears."group" <> 'unit' then arrears.unit end,
        'agent=' || case when arrears."group" <> 'agent' then arrears.agent end);
end $$;

-- ---- the call list ------------------------------------------------------------------------------------------------

-- Whom to call about what is overdue: the oldest debts first, the greater among them; who has promised to pay, or asked
-- to be called later, waits below until that day.
create function report.calls(as_of date default null, company int default null, agent text default null,
    "limit" int default 200)
  returns table (key text, name text, phone text, units text, days_overdue int, arrears_minor bigint, d1_30_minor bigint,
    d31_60_minor bigint, d61_90_minor bigint, d90_plus_minor bigint, currency char(3), charges bigint, paid_on date,
    paid_minor bigint, said_on date, outcome text, promised_on date, promised_minor bigint, next_on date, note text,
    waits boolean, broken boolean, debtors bigint, resource text, filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare
  g record := report.gate_on(calls.company, calls.as_of);
  agent_id uuid := report.agent_of(g.company, calls.agent);
begin
  return query execute report.open_facts() || $q$
    , owed as (
      select c.company, c.party, c.currency, $1 - min(c.due_on) as age, sum(c.open) as late, count(*) as charges,
             coalesce(sum(open) filter (where $1 - c.due_on between 1 and 30), 0) as d30,
             coalesce(sum(open) filter (where $1 - c.due_on between 31 and 60), 0) as d60,
             coalesce(sum(open) filter (where $1 - c.due_on between 61 and 90), 0) as d90,
             coalesce(sum(open) filter (where $1 - c.due_on > 90), 0) as older, array_agg(distinct c.unit) as units
        from open c where c.due_on < $1 group by 1, 2, 3
    ), listed as (
      select o.*, t.said, t.outcome, t.promised_on, t.promised, t.next_on, t.note,
          coalesce(greatest(t.promised_on, t.next_on) > $1, false) as waits, count(*) over () as debtors,
          (o.age > 30)::int + (o.age > 60)::int + (o.age > 90)::int as bucket
        from owed o
        left join lateral (select (n.at at time zone z.tz)::date as said, n.outcome, n.promised_on,
            n.amount_minor as promised, n.next_on, n.note
          from api.contact_notes n join api.companies z on z.company = n.company
         where n.company = o.company and n.party = o.party and (n.at at time zone z.tz)::date <= $1
         order by n.no desc limit 1) t on true
       order by waits, bucket desc, o.late desc, o.party
       limit $5
    )
    select l.party::text, p.name, p.phone, (select string_agg(u.code, ', ' order by u.code) from (select x.code
          from api.unit_facts x where x.company = l.company and x.id = any (l.units) order by x.code limit 3) u),
        l.age, l.late::bigint, l.d30::bigint, l.d60::bigint, l.d90::bigint, l.older::bigint, l.currency::char(3),
        l.charges, y.booked_on, y.amount_minor, l.said, l.outcome, l.promised_on, l.promised,
        l.next_on, l.note, l.waits, coalesce(l.promised_on < $1, false), l.debtors,
        case when $1 = $6 then 'charges' else 'arrears_rows' end,
        case when $1 = $6 then concat_ws(' ', 'party=' || l.party, 'open>0 due_on<' || $1, 'currency=' || l.currency,
            'agent=' || $4)
          else concat_ws(' ', 'debtor=' || l.party, 'as_of=' || $1, 'money=' || l.currency, 'agent=' || $4) end
      from listed l
      left join api.parties p on p.company = l.company and p.id = l.party
      left join lateral (select f.booked_on, f.amount_minor from api.payment_facts f where f.company = l.company
        and f.party = l.party and f.currency = l.currency and f.booked_on <= $1
        and f.status = 'succeeded' order by f.booked_on desc limit 1) y on true
     order by l.waits, l.bucket desc, l.late desc, l.party $q$
    using g.day, g.company, null::uuid[], agent_id, least(greatest(coalesce(calls."limit", 200), 1), 1000),
      (report.frame(g.company)).today;
end $$;

-- ---- what a run does ------------------------------------------------------------------------------------------------

-- A run by kind of charge and currency, beside what the month before was charged for the same.
create function report.run_summary(run text, company int default null)
  returns table (key text, name text, currency char(3), charged bigint, charged_minor bigint, standing bigint,
    standing_minor bigint, errors bigint, total_minor bigint, before_minor bigint, change_minor bigint, filter text)
  language plpgsql stable set jit = off as $$
#variable_conflict use_column
declare
  f record := report.frame(run_summary.company);
  r record; since date; upto date;
begin
  select x.* into r from api.charge_runs x where (f.company is null or x.company = f.company)
    and (x.id::text = run_summary.run or x.no::text = run_summary.run) limit 1;
  since := (r.month || '-01')::date - interval '1 month';
  upto := since + interval '1 month';
  return query
    with line as (
      select l.kind, l.currency, count(*) filter (where l.outcome = 'created') as n,
          coalesce(sum(l.amount_minor) filter (where l.outcome = 'created'), 0) as made,
          count(*) filter (where l.outcome = 'skipped') as stood,
          coalesce(sum(l.amount_minor) filter (where l.outcome = 'skipped'), 0) as stands,
          count(*) filter (where l.outcome = 'error') as wrong
        from api.charge_run_lines l where l.company = r.company and l.run = r.id group by 1, 2
    ), past as (
      select c.kind, c.currency, sum(c.amount_minor) as amount
        from api.charge_facts c
       where r.kind <> 'indexation' and c.company = r.company and c.counted_on >= since and c.counted_on < upto
         and c.voided_on is null and c.agreement is not null and c.kind not in ('deposit', 'adjustment')
         and (c.kind = 'penalty') = (r.kind = 'late_fee')
         and (r.building is null or c.building = r.building) and (r.agreement is null or c.agreement = r.agreement)
       group by 1, 2
    )
    select coalesce(l.kind, p.kind), coalesce(l.kind, p.kind), coalesce(l.currency, p.currency)::char(3),
        coalesce(l.n, 0), coalesce(l.made, 0)::bigint, coalesce(l.stood, 0), coalesce(l.stands, 0)::bigint,
        coalesce(l.wrong, 0), coalesce(l.made + l.stands, 0)::bigint, coalesce(p.amount, 0)::bigint,
        (coalesce(l.made + l.stands, 0) - coalesce(p.amount, 0))::bigint,
        case when l.kind is not null then concat_ws(' ', 'run=' || r.id, 'kind=' || l.kind, 'currency=' || l.currency) end
      from line l full join past p on p.kind = l.kind and p.currency = l.currency
     order by 3, 9 desc, 1;
end $$;

-- ---- the statement of an account --------------------------------------------------------------------------------------

-- What an account, or all of a person's, stood at, what happened in the period, and what it stands at: the lines of the
-- ledger with the balance after each, one currency after another. A year unless told.
create function report.statement(account text default null, party text default null, "from" date default null,
    "to" date default null, company int default null)
  returns table (day date, kind text, name text, charged_minor bigint, paid_minor bigint, balance_minor bigint,
    currency char(3), account_no bigint, person text, posting bigint, resource text, filter text)
  language plpgsql stable set jit = off as $$
#variable_conflict use_column
declare
  f record := report.frame(statement.company);
  upto date := coalesce(statement."to", f.today + 1);
  since date := coalesce(statement."from", (date_trunc('month', upto - 1) - interval '11 months')::date);
begin
  return query
    with acc as materialized (
      select a.company, a.id, a.no, a.currency, a.party, a.party_label from api.accounts a
       where a.kind = 'receivable' and (f.company is null or a.company = f.company)
         and coalesce(statement.account, statement.party) is not null
         and (statement.account is null or a.id::text = statement.account or a.no::text = statement.account)
         and (statement.party is null or a.party in (select p.id from api.parties p
           where (f.company is null or p.company = f.company)
             and (p.id::text = statement.party or p.no::text = statement.party)))
    ), money as (
      select a.currency, min(a.party_label) as person, coalesce(sum((select sum(e.amount_minor) from api.postings e
          where e.company = a.company and e.account = a.id and e.booked_on < since)), 0)::bigint as opening
        from acc a group by 1
    ), line as (
      select a.currency, a.no, e.booked_on, e.id, e.kind, e.of, e.record, e.tx, e.memo, e.amount_minor as amount,
          e.company, a.party_label as person
        from acc a join api.postings e on e.company = a.company and e.account = a.id and e.booked_on >= since
          and e.booked_on < upto
    ), told as (
      select l.*, c.no as charge_no, p.no as payment_no, r.no as refund_no,
          case when c.no is not null then concat_ws(' ', initcap(replace(c.kind, '_', ' ')), 'charge', c.no,
              case when l.kind = 'void' then 'void' end, to_char(nullif(c.counted_on, c.issued_on), 'YYYY-MM'))
            when p.no is not null then concat_ws(' ', case when l.kind = 'reversal' then 'Reversed payment'
              else 'Payment' end, p.no, p.method)
            when r.no is not null then 'Refund ' || r.no
            else initcap(l.kind) end as what
        from line l
        left join api.charge_facts c on l.of = 'charge' and c.company = l.company and c.id = l.record
        left join api.payments p on l.of = 'payment' and p.company = l.company and p.id = l.record
        left join api.refunds r on l.of = 'refund' and r.company = l.company and r.id = l.record
    ), every as (
      select m.currency, 0 as place, since as day, 'opening' as kind, 'Opening balance' as what, null::bigint as charged,
          null::bigint as paid, m.opening as amount, null::bigint as no, m.person, null::bigint as id,
          null::text as resource, null::text as filter from money m
      union all
      select t.currency, 1, t.booked_on, t.kind, concat_ws(': ', t.what, t.memo),
          case when t.charge_no is not null then t.amount end, case when t.charge_no is null then -t.amount end,
          t.amount, t.no, t.person, t.id,
          case when t.charge_no is not null then 'charges' when t.payment_no is not null then 'payments'
            when t.refund_no is not null then 'refunds' else 'postings' end,
          case when coalesce(t.charge_no, t.payment_no, t.refund_no) is null then 'tx=' || t.tx
            else 'no=' || coalesce(t.charge_no, t.payment_no, t.refund_no) end || coalesce(' company=' || case
              when f.company is null then t.company end, '')
        from told t
      union all
      select m.currency, 2, upto - 1, 'closing', 'Closing balance', null, null, 0, null, m.person, null, null, null
        from money m
    )
    select e.day, e.kind, e.what, coalesce(e.charged, case when e.place = 2 then sum(e.charged) over whole end)::bigint,
        coalesce(e.paid, case when e.place = 2 then sum(e.paid) over whole end)::bigint,
        (sum(e.amount) over (partition by e.currency order by e.place, e.day, e.id))::bigint, e.currency::char(3), e.no,
        e.person, e.id, e.resource, e.filter
      from every e window whole as (partition by e.currency) order by e.currency, e.place, e.day, e.id;
end $$;

-- ---- the desk ---------------------------------------------------------------------------------------------------------

-- What waits for whoever keeps the money, a row a kind and currency; `screen` is where it is done, else the list is. Runs
-- are of the company: who sees only a part of it, and so not its income, is not told of them.
create function report.desk(company int default null, agent text default null)
  returns table (key text, name text, count bigint, amount_minor bigint, currency char(3), since date, screen text,
    resource text, filter text)
  language plpgsql stable set plan_cache_mode = force_custom_plan set jit = off as $$
#variable_conflict use_column
declare
  f record := report.frame(desk.company);
  agent_id uuid := report.agent_of(f.company, desk.agent);
  own text := case when agent_id is not null then ' agent=' || agent_id else '' end;
  this_month text := to_char(f.today, 'YYYY-MM');
begin
  return query
    with waiting as (
      select 10 as place, case when x.status = 'requested' then case when x.mine then 'refunds_asked'
            else 'refunds_approve' end when x.status = 'approved' then 'refunds_pay' else 'refunds_failed' end as key,
          count(*) as n, sum(x.amount_minor) as amount, x.currency, min(x.created_at)::date as since, 'refunds' as screen,
          'refunds' as resource, 'status=' || x.status || case when x.status = 'requested' then ' mine=' || case
            when x.mine then 'yes' else 'no' end else '' end as filter
        from api.refunds x where (f.company is null or x.company = f.company)
         and x.status in ('requested', 'approved', 'failed') and (agent_id is null or x.agent = agent_id)
        group by x.status, x.mine, x.currency
      union all
      select 20, 'payments_confirm', count(*), sum(p.amount_minor), p.currency, min(p.booked_on), null, 'payments',
          'status=recorded'
        from api.payment_facts p where (f.company is null or p.company = f.company) and p.status = 'recorded'
         and (agent_id is null or p.agent = agent_id) group by p.currency
      union all
      select 30, 'charges_overdue', count(*), sum(c.amount_minor - c.allocated_minor), c.currency, min(c.due_on), 'calls',
          'charges', 'open>0 due_on<' || f.today
        from api.charge_facts c where (f.company is null or c.company = f.company) and c.voided_on is null
         and c.allocated_minor < c.amount_minor and c.due_on < f.today and (agent_id is null or c.agent = agent_id)
        group by c.currency
      union all
      select 40, 'promises_due', count(*), -- one row, as its list is one: an amount if all are of one currency
          case when count(distinct n.currency) = 1 then sum(n.amount_minor) end,
          case when count(distinct n.currency) = 1 then min(n.currency) end, min(n.promised_on), 'calls', 'contact_notes',
          'outcome=promised is_last=yes owes=yes promised_on<=' || f.today
        from api.contact_notes n where (f.company is null or n.company = f.company) and n.outcome = 'promised'
         and n.promised_on <= f.today and n.is_last and n.owes and agent_id is null having count(*) > 0
      union all
      select 50, 'advances', count(*), sum(p.amount_minor - p.allocated_minor - p.refunded_minor), p.currency,
          min(p.booked_on), null, 'payments', 'unallocated>0'
        from api.payment_facts p where (f.company is null or p.company = f.company) and p.status = 'succeeded'
         and p.allocated_minor + p.refunded_minor < p.amount_minor and (agent_id is null or p.agent = agent_id)
        group by p.currency
      union all
      select 60, 'deposits_missing', count(*), sum(d.required_minor - d.received_minor), d.currency, null, null,
          'deposits', 'status=required'
        from api.deposits d where (f.company is null or d.company = f.company) and d.status = 'required'
         and (agent_id is null or d.agent = agent_id) group by d.currency
      union all
      select 70, 'run_' || k.kind, 1, null, null, (this_month || '-01')::date, 'chargerun', 'charge_runs', 'month='
          || this_month || ' kind=' || k.kind || ' dry_run=no'
        from unnest(array['rent', 'late_fee']) k (kind)
       where f.company is not null and agent_id is null and exists (select from api.accounts a
           where a.company = f.company and a.kind = 'revenue') and not exists (select from api.charge_runs r
           where r.company = f.company and r.month = this_month and r.kind = k.kind and not r.dry_run
             and r.building is null and r.agreement is null)
         and (k.kind = 'rent' or exists (select from api.late_fee_policies l where l.company = f.company))
      union all
      (select 80, 'closed_upto', 1, null, null, l.upto, null, 'period_locks', ''
        from api.period_locks l where l.company = f.company and agent_id is null order by l.no desc limit 1)
    )
    select w.key, initcap(left(w.key, 1)) || replace(substr(w.key, 2), '_', ' '), w.n, w.amount::bigint,
        w.currency::char(3), w.since, w.screen, w.resource,
        w.filter || case when w.place in (10, 20, 30, 50, 60) then ' currency=' || w.currency || own else '' end
      from waiting w order by w.place, w.key, w.currency;
end $$;

reset role;
grant execute on function report.arrears, report.arrears_rows, report.calls, report.run_summary, report.statement,
  report.desk to domovoi_staff;
revoke execute on function report.arrears, report.arrears_rows, report.calls, report.run_summary, report.statement,
  report.desk from public;
