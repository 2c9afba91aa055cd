-- Billing: what an agreement costs a month, late fees, deposits, the last account (domain.md §2.6, §3.5, A16, A23, A24).
-- Every amount is one division of whole numbers, rounded once, half up.

set local role domovoi_rules;

-- ---- arithmetic ---------------------------------------------------------------------------------------------------

-- p_part / p_whole to a whole number, half up; exact, since no fraction is ever written down. Nothing negative comes out.
create function domovoi.half_up(p_part numeric, p_whole numeric) returns bigint language sql immutable
  return greatest(div(2 * p_part + p_whole, 2 * p_whole), 0)::bigint;

create function domovoi.month_of(p_day date) returns date language sql immutable
  return date_trunc('month', p_day::timestamp)::date;
create function domovoi.next_month(p_day date) returns date language sql immutable
  return (date_trunc('month', p_day::timestamp) + interval '1 month')::date;
create function domovoi.days_in_month(p_day date) returns int language sql immutable
  return domovoi.next_month(p_day) - domovoi.month_of(p_day);

-- A23: a month's amount for the days from p_first to before p_last, both of one month. 28 000 from 10 February is 19 000.
create function domovoi.prorate(p_amount bigint, p_first date, p_last date) returns bigint
  language plpgsql immutable set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if p_last <= p_first then return 0; end if;
  if p_last > domovoi.next_month(p_first) then
    perform domovoi.fail('DM007', 'The days are of more than one month.', 'to', p_first || ' - ' || p_last);
  end if;
  return domovoi.half_up(p_amount::numeric * (p_last - p_first), domovoi.days_in_month(p_first));
end $$;

-- The day of a month on which something falls due: the 31st of February is its last (S0.12).
create function domovoi.due_day(p_month date, p_day int) returns date language sql immutable
  return domovoi.month_of(p_month) + least(p_day, domovoi.days_in_month(p_month)) - 1;

-- A24: what a charge has cost by being late. p_open_days: what was open, summed over the days since the grace ended, so
-- that the same amount comes out however often it is asked for and whatever was paid in between.
create function domovoi.late_fee(p domovoi.late_fee_policy, p_charge bigint, p_open_days numeric) returns bigint
  language plpgsql immutable set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if coalesce(p_open_days, 0) <= 0 then return 0; end if;
  return least(domovoi.half_up(p_charge::numeric * p.cap_bp, 10000),
    case p.kind when 'fixed' then p.amount else domovoi.half_up(p_open_days * p.bp, 10000) end);
end $$;

reset role;

set local role domovoi_owner;
-- A16: how old what is due on p_due is on p_day.
create function report.age(p_due date, p_day date) returns text language sql immutable parallel safe as
$$ select case when p_day - p_due <= 0 then 'not_due' when p_day - p_due <= 30 then 'd1_30'
  when p_day - p_due <= 60 then 'd31_60' when p_day - p_due <= 90 then 'd61_90' else 'd90_plus' end $$;
reset role;
revoke execute on function report.age from public;
grant execute on function report.age to domovoi_staff;

-- ---- runs -----------------------------------------------------------------------------------------------------------

set local role domovoi_owner;

-- What a charge comes from, where it was not written by hand.
alter table domovoi.charge
  add column line_id uuid,                              -- the agreement's line
  add column of_charge_id uuid,                         -- a late fee: of which charge
  add column recut boolean not null default false,      -- voided because the month was reckoned anew, not as a favour
  add foreign key (company_id, line_id) references domovoi.agreement_line (company_id, id),
  add foreign key (company_id, of_charge_id) references domovoi.charge (company_id, id);
create index on domovoi.charge (company_id, line_id, period_from) where line_id is not null;
create index on domovoi.charge (company_id, of_charge_id) where of_charge_id is not null;

-- A line of an agreement in one month: what it costs, what has been charged for it and how many times that was written.
create type domovoi.bill_part as (agreement_id uuid, line_id uuid, party_id uuid, unit_id uuid, kind text,
  period_from date, period_to date, due_on date, amount bigint, currency char(3), stands bigint, times int);

-- One run over a company, done or only tried out, and what it did with each agreement.
create table domovoi.charge_run (
  company_id  int not null references domovoi.company,
  id          uuid not null default gen_random_uuid(),
  no          bigint not null,
  kind        text not null check (kind in ('rent', 'late_fee', 'indexation')),
  month       text not null check (month ~ '^[12]\d{3}-(0[1-9]|1[0-2])$'),
  as_of       date not null,                            -- late fees up to this day
  dry_run     boolean not null,
  status      text not null check (status in ('done', 'errors')),
  created     int not null default 0,
  skipped     int not null default 0,                   -- were there already
  failed      int not null default 0,
  version     int not null default 1,
  created_at  timestamptz not null default now(),
  created_by  uuid,
  updated_at  timestamptz not null default now(),
  updated_by  uuid,
  primary key (company_id, id),
  unique (company_id, no)
);
create index on domovoi.charge_run (company_id, no, id);
create index on domovoi.charge_run (company_id, month, id);

create table domovoi.charge_run_line (
  company_id    int not null,
  id            uuid not null default gen_random_uuid(),
  no            bigint generated always as identity,
  run_id        uuid not null,
  outcome       text not null check (outcome in ('created', 'skipped', 'error')),
  agreement_id  uuid not null,
  charge_id     uuid,                                   -- none in a dry run
  kind          text,
  period_from   date,
  period_to     date,
  due_on        date,
  amount        bigint,                                 -- of an indexation: the new rent
  currency      char(3),
  code          text,                                   -- why not
  message       text,
  detail        text,
  primary key (company_id, id),
  foreign key (company_id, run_id) references domovoi.charge_run (company_id, id),
  foreign key (company_id, agreement_id) references domovoi.agreement (company_id, id),
  foreign key (company_id, charge_id) references domovoi.charge (company_id, id)
);
create index on domovoi.charge_run_line (company_id, no, id);
create index on domovoi.charge_run_line (company_id, run_id, no);

do $$ begin
  perform domovoi.protect('domovoi.charge_run', 'company', 'charge.view');
  perform domovoi.protect('domovoi.charge_run_line', 'company', 'charge.view');
end $$;
create trigger rules before insert or update on domovoi.charge_run for each row
  execute function domovoi.record_before('charge_run', '', '');
create trigger effects after insert or update on domovoi.charge_run for each row
  execute function domovoi.record_after('charge_run', '');
create trigger append_only before update or delete or truncate on domovoi.charge_run_line
  execute function domovoi.append_only();
insert into domovoi.record_kind (resource, plural, reads, creates, patches, machine, keys, by_unit) values
  ('charge_run', 'charge_runs', 'charge.view', 'charge.run', null, null, '{no}', false),
  ('charge_run_line', 'charge_run_lines', 'charge.view', null, null, null, '{no}', false);
insert into domovoi.writable (resource, ord, name, col, type, on_create, on_patch, on_import) values
  ('charge_run', 1, 'kind', 'kind', 'text', true, false, false),
  ('charge_run', 2, 'month', 'month', 'text', true, false, false),
  ('charge_run', 3, 'as_of', 'as_of', 'date', true, false, false),
  ('charge_run', 4, 'dry_run', 'dry_run', 'text', true, false, false);
reset role;

set local role domovoi_rules;

-- What the agreements of a company cost in a month: a row for each line and the days of the month on which it stands,
-- whatever has been charged (`stands`: what has; what was voided as a favour stays a favour). A line that takes over in
-- mid-month gets the rest of a sum that was rounded once, so that the parts add up. Over by then or not: who had the
-- unit in that month owes for it (microrealestate #246).
create function domovoi.month_bill(p_company int, p_month date, p_agreements uuid[] default null)
  returns setof domovoi.bill_part
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m date := domovoi.month_of(p_month); upto date := domovoi.next_month(p_month);
begin
  return query
  with piece as (
    select a.id, a.no, a.party_id, a.unit_id, l.id as line, l.kind, l.amount, l.note, a.starts_on, a.due_day, a.currency,
      greatest(l.from_on, a.starts_on, m) as f, least(l.to_on, a.terminated_on, a.ends_on, upto) as t
      from domovoi.agreement a
      join domovoi.agreement_line l on l.company_id = a.company_id and l.agreement_id = a.id
     where a.company_id = p_company and a.status in ('active', 'notice', 'terminated', 'expired')
       and a.starts_on < upto and a.ends_on > m and (p_agreements is null or a.id = any (p_agreements))
  ), part as (
    select p.*, p.amount::numeric * (p.t - p.f) as own, sum(p.amount::numeric * (p.t - p.f))
        over (partition by p.id, p.kind, case when p.kind <> 'rent' then p.note end order by p.f, p.line) as cum
      from piece p where p.f < p.t
  )
  select p.id, p.line, p.party_id, p.unit_id, p.kind, p.f, p.t, greatest(domovoi.due_day(m, p.due_day), p.starts_on),
    domovoi.half_up(p.cum, upto - m) - domovoi.half_up(p.cum - p.own, upto - m), p.currency, s.amount, s.times
    from part p
    left join lateral (select sum(c.amount) filter (where not c.recut)::bigint as amount, count(*)::int as times
      from domovoi.charge c
      where c.company_id = p_company and c.line_id = p.line and c.period_from >= m and c.period_from < upto) s on true
   order by p.no, p.f, p.kind, p.line;
end $$;

-- A charge for a part of a month; the key makes it one (I11), its ending tells a part that was reckoned anew.
create function domovoi.charge_part(p_company int, b domovoi.bill_part, p_amount bigint, p_due date) returns uuid
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  c domovoi.charge; made uuid;
begin
  c.company_id := p_company; c.party_id := b.party_id; c.unit_id := b.unit_id; c.agreement_id := b.agreement_id;
  c.line_id := b.line_id; c.kind := b.kind; c.period_from := b.period_from; c.period_to := b.period_to;
  c.due_on := p_due; c.amount := p_amount; c.currency := b.currency; c.recut := false;
  c.source_key := format('agreement:%s:%s:%s%s', b.agreement_id, to_char(b.period_from, 'YYYY-MM'), b.line_id,
    ':' || nullif(b.times + 1, 1));
  return domovoi.add_charge(c);
end $$;
