-- Billing: what an agreement costs a month, late fees, deposits, the last account (domain.md §2.6, §3.5, A16, A23, A24;
-- I11, I24). Every amount is one division of whole numbers, rounded once, half up.

set local role domovoi_rules;

-- ---- arithmetic ---------------------------------------------------------------------------------------------------

-- p_part / p_whole to a whole number, half up; exact, since no fraction is ever written down. Never negative.
create function domovoi.half_up(p_part numeric, p_whole numeric) returns bigint language sql immutable
  return greatest(div(2 * p_part + p_whole, 2 * p_whole), 0)::bigint;

create function domovoi.month_of(p_day date) returns date language sql immutable
  return date_trunc('month', p_day::timestamp)::date;
create function domovoi.next_month(p_day date) returns date language sql immutable
  return (date_trunc('month', p_day::timestamp) + interval '1 month')::date;
create function domovoi.days_in_month(p_day date) returns int language sql immutable
  return domovoi.next_month(p_day) - domovoi.month_of(p_day);

-- A23: a month's amount for the days from p_first to before p_last, both of one month. 28 000 from
-- 10 February is 19 000.
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

-- What a charge comes from, where it was not written by hand: told by the key that makes it one.
alter table domovoi.charge
  add column line_id uuid generated always as (case
    when source_key ~ '^agreement:[0-9a-f-]{36}:\d{4}-\d\d:[0-9a-f-]{36}'
    then split_part(source_key, ':', 4)::uuid end) stored,
  add column of_charge_id uuid generated always as (case when source_key ~ '^late:[0-9a-f-]{36}:'
    then split_part(source_key, ':', 2)::uuid end) stored,   -- a late fee: of which charge
  add column recut boolean not null default false;      -- void because the month was reckoned anew, not as a favour
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
reset role;
create trigger rules before insert or update on domovoi.charge_run for each row
  execute function domovoi.record_before('charge_run', '', '');
create trigger effects after insert or update on domovoi.charge_run for each row
  execute function domovoi.record_after('charge_run', '');
create trigger append_only before update or delete or truncate on domovoi.charge_run_line
  execute function domovoi.append_only();


set local role domovoi_rules;

insert into domovoi.record_kind (resource, plural, reads, creates, patches, machine, keys, by_unit) values
  ('charge_run', 'charge_runs', 'charge.view', 'charge.run', null, null, '{no}', false),
  ('charge_run_line', 'charge_run_lines', 'charge.view', null, null, null, '{no}', false);
insert into domovoi.writable (resource, ord, name, col, type, on_create, on_patch, on_import) values
  ('charge_run', 1, 'kind', 'kind', 'text', true, false, false),
  ('charge_run', 2, 'month', 'month', 'text', true, false, false),
  ('charge_run', 3, 'as_of', 'as_of', 'date', true, false, false),
  ('charge_run', 4, 'dry_run', 'dry_run', 'text', true, false, false);

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
    select a.id, a.no, a.party_id, a.unit_id, l.id as line, l.kind, l.amount, l.note, a.starts_on, a.due_day,
      a.currency,
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

-- The charge for a part of a month; the key makes it one (I11), its ending tells a part that was reckoned anew.
create function domovoi.charge_of(p_company int, b domovoi.bill_part, p_amount bigint, p_due date,
  p_key text default null)
  returns domovoi.charge
  language plpgsql set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare c domovoi.charge;
begin
  c.company_id := p_company; c.id := gen_random_uuid(); c.party_id := b.party_id; c.unit_id := b.unit_id;
  c.agreement_id := b.agreement_id; c.kind := b.kind; c.due_on := p_due; c.amount := p_amount; c.currency := b.currency;
  if b.period_from < b.period_to then c.period_from := b.period_from; c.period_to := b.period_to; end if;
  c.source_key := coalesce(p_key, format('agreement:%s:%s:%s%s', b.agreement_id, to_char(b.period_from, 'YYYY-MM'),
    b.line_id, ':' || nullif(b.times + 1, 1)));
  return c;
end $$;

-- As domovoi.add_charge, for many charges of agreements at once (not deposits): ten times as fast. Those that were new.
create function domovoi.add_charges(p_company int, p_charges domovoi.charge[]) returns uuid[]
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare today date := domovoi.company_today(p_company); made uuid[]; n bigint; k record; account uuid;
begin
  perform domovoi.lock_money(p_company);
  if cardinality(p_charges) = 0 then return '{}'; end if;
  for k in select distinct c.party_id, c.agreement_id, c.currency from unnest(p_charges) c where not exists (
      select from domovoi.account a where a.company_id = p_company and a.agreement_id = c.agreement_id
        and a.kind = 'receivable' and a.currency = c.currency) loop
    perform domovoi.account_for(p_company, k.party_id, k.agreement_id, k.currency);
  end loop;
  for k in select distinct c.kind, c.currency from unnest(p_charges) c loop
    perform domovoi.system_account(p_company, 'revenue', 'revenue:' || k.kind, k.currency);
  end loop;
  insert into domovoi.company_counter as c (company_id, kind, last) values (p_company, 'charge', cardinality(p_charges))
    on conflict (company_id, kind) do update set last = c.last + excluded.last returning last into n;
  n := n - cardinality(p_charges);
  with new as (
    insert into domovoi.charge (company_id, id, no, account_id, party_id, unit_id, agreement_id, kind, period_from,
        period_to, source_key, issued_on, due_on, amount, currency, agent_id)
      select p_company, c.id, n + c.ordinality, a.id, c.party_id, c.unit_id, c.agreement_id, c.kind, c.period_from,
          c.period_to, c.source_key, today, c.due_on, c.amount, c.currency, a.agent_id
        from unnest(p_charges) with ordinality c
        join domovoi.account a on a.company_id = p_company and a.agreement_id = c.agreement_id and a.kind = 'receivable'
          and a.currency = c.currency
       where not exists (select from domovoi.charge x where x.company_id = p_company and x.source_key = c.source_key)
      returning id, account_id, kind, amount, currency
  ), tx as (
    insert into domovoi.ledger_tx (company_id, kind, ref_kind, ref_id, booked_on, at)
      select p_company, 'charge', 'charge', new.id, today, domovoi.now() from new returning id, ref_id
  ), entry as (
    insert into domovoi.ledger_entry (company_id, tx_id, line, account_id, amount, currency, booked_on)
      select p_company, tx.id, l.line, l.account, l.amount, new.currency, today from tx join new on new.id = tx.ref_id
        join domovoi.account r on r.company_id = p_company and r.code = 'revenue:' || new.kind
          and r.currency = new.currency
        cross join lateral (values (1, new.account_id, new.amount), (2, r.id, -new.amount)) l (line, account, amount)
  )
  select array_agg(new.id) into made from new;
  for account in select distinct p.account_id from domovoi.payment p where p.company_id = p_company
      and p.status = 'succeeded' and p.allocated + p.refunded < p.amount
      and p.account_id in (select c.account_id from domovoi.charge c where c.company_id = p_company
        and c.id = any (made)) loop
    perform domovoi.use_advances(p_company, account);
  end loop;
  return coalesce(made, '{}');
end $$;

-- A24 for every charge of a company that is open past its grace: a row for what the fee has grown to and was not levied
-- yet. What was open each day follows from the allocations, and nobody is late before he was asked; a fee that somebody
-- voided was forgiven and is not levied again; nothing grows on fees.
create function domovoi.late_fees(p_company int, p_as_of date, p_agreements uuid[] default null)
  returns table (of_charge uuid, part domovoi.bill_part)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return query
  with late as (
    select c.id, c.amount, a.id as agreement, a.no, c.party_id, c.unit_id, c.currency, c.due_on, p as policy,
      greatest(c.due_on, c.issued_on) + p.grace_days + 1 as first
      from domovoi.charge c
      join domovoi.agreement a on a.company_id = c.company_id and a.id = c.agreement_id
      join domovoi.late_fee_policy p on p.company_id = a.company_id and p.id = a.late_fee_id
     where c.company_id = p_company and c.voided_on is null and c.allocated < c.amount and c.kind <> 'penalty'
       and c.kind = any (p.from_kinds) and greatest(c.due_on, c.issued_on) + p.grace_days < p_as_of
       and (p_agreements is null or a.id = any (p_agreements))
  ), grown as (
    select l.*, k.open, domovoi.late_fee(l.policy, l.amount,
        l.amount::numeric * (p_as_of - l.first + 1) - k.paid_days) as fee, f.levied, f.upto
      from late l
      cross join lateral (select l.amount - coalesce(sum(x.amount), 0) as open,
          coalesce(sum(x.amount::numeric * (p_as_of - greatest(x.booked_on, l.first) + 1)), 0) as paid_days
        from domovoi.allocation x where x.company_id = p_company and x.charge_id = l.id and x.booked_on <= p_as_of) k
      cross join lateral (select coalesce(sum(x.amount), 0)::bigint as levied, max(x.period_to) as upto
        from domovoi.charge x where x.company_id = p_company and x.of_charge_id = l.id) f
  )
  select g.id, row(g.agreement, null, g.party_id, g.unit_id, 'penalty', least(coalesce(g.upto, g.first), p_as_of),
      p_as_of + 1,
      p_as_of, g.fee - g.levied, g.currency, g.levied, 0)::domovoi.bill_part
    from grown g where g.open > 0 and g.fee > g.levied order by g.no, g.due_on, g.id;
end $$;

-- ---- doing it -------------------------------------------------------------------------------------------------------

-- Void what is not right any more; its money is free for what takes its place.
create function domovoi.recut_charge(p_company int, p_charge uuid, p_reason text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare fee uuid;
begin
  perform domovoi.void_charge(p_company, p_charge, p_reason);
  update domovoi.charge c set recut = true where c.company_id = p_company and c.id = p_charge;
  for fee in select c.id from domovoi.charge c where c.company_id = p_company and c.of_charge_id = p_charge
      and c.voided_on is null loop
    perform domovoi.void_charge(p_company, fee, p_reason);
  end loop;
end $$;

-- One month of an agreement, reckoned anew: what is too much is voided and written again, what is too little is added,
-- due now at the earliest.
create function domovoi.rebill_month(p_company int, p_agreement uuid, p_month date, p_reason text) returns int
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  today date := domovoi.company_today(p_company); n int := 0; b domovoi.bill_part; old record; bill domovoi.bill_part[];
begin
  bill := array(select x from domovoi.month_bill(p_company, p_month, array[p_agreement]) x);
  for old in select c.id from domovoi.charge c where c.company_id = p_company and c.agreement_id = p_agreement
      and c.line_id is not null and c.voided_on is null and c.period_from >= domovoi.month_of(p_month)
      and c.period_from < domovoi.next_month(p_month) and not exists (select from unnest(bill) x
        where x.line_id = c.line_id and x.amount >= x.stands) order by c.no loop
    perform domovoi.recut_charge(p_company, old.id, p_reason);
    n := n + 1;
  end loop;
  for b in select * from domovoi.month_bill(p_company, p_month, array[p_agreement]) loop
    continue when b.amount <= coalesce(b.stands, 0);
    perform domovoi.add_charge(domovoi.charge_of(p_company, b, b.amount - coalesce(b.stands, 0),
      case when coalesce(b.stands, 0) = 0 then b.due_on else greatest(b.due_on, today) end));
    n := n + 1;
  end loop;
  return n;
end $$;

-- From a day on: every month that has been charged, and with p_all the month of that day, too. The advances that
-- come free cover what is open.
create function domovoi.rebill(p_company int, p_agreement uuid, p_from date, p_all boolean, p_reason text) returns int
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare n int := 0; m date; account uuid;
begin
  perform domovoi.lock_money(p_company);
  for m in select distinct domovoi.month_of(c.period_from) from domovoi.charge c where c.company_id = p_company
      and c.agreement_id = p_agreement and c.line_id is not null and c.period_from >= domovoi.month_of(p_from)
      union select domovoi.month_of(p_from) where p_all order by 1 loop
    n := n + domovoi.rebill_month(p_company, p_agreement, m, p_reason);
  end loop;
  for account in select a.id from domovoi.account a where n > 0 and a.company_id = p_company
      and a.agreement_id = p_agreement and a.kind = 'receivable' loop
    perform domovoi.use_advances(p_company, account);
  end loop;
  return n;
end $$;

-- What a run meets, a row each: an agreement's part of the month, or a fee, that is to be charged, stands already, or
-- was
-- charged otherwise.
create function domovoi.run_lines(r domovoi.charge_run, p_agreements uuid[], out line domovoi.charge_run_line,
    out charge domovoi.charge) returns setof record
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare part record; b domovoi.bill_part;
begin
  for part in
      select null::uuid as of_charge, x as bill, bool_or(x.stands <> x.amount) over (partition by x.agreement_id) as odd
        from domovoi.month_bill(r.company_id, (r.month || '-01')::date, p_agreements) x
       where r.kind = 'rent' and x.amount > 0
      union all
      select f.of_charge, f.part, false from domovoi.late_fees(r.company_id, r.as_of, p_agreements) f
       where r.kind = 'late_fee' loop
    b := part.bill; line := null; charge := null;
    line.company_id := r.company_id; line.run_id := r.id; line.agreement_id := b.agreement_id; line.kind := b.kind;
    line.period_from := b.period_from; line.period_to := b.period_to; line.due_on := b.due_on; line.amount := b.amount;
    line.currency := b.currency; line.outcome := 'created';
    if part.odd then
      line.outcome := 'error'; line.code := 'DM011'; line.message := 'The month has been charged otherwise.';
      line.detail := coalesce(b.stands, 0) || ' <> ' || b.amount;
    elsif part.of_charge is null and b.stands is not null then
      line.outcome := 'skipped';
    else
      charge := domovoi.charge_of(r.company_id, b, b.amount, b.due_on, 'late:' || part.of_charge || ':' || r.as_of);
    end if;
    return next;
  end loop;
end $$;

-- The charges of a run one by one, because one of them cannot be made: that is listed with its reason and keeps nobody
-- else from his.
create function domovoi.run_singly(inout p_lines domovoi.charge_run_line[], p_charges domovoi.charge[])
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare l domovoi.charge_run_line;
begin
  for i in 1 .. cardinality(p_lines) loop
    continue when (p_charges[i]).id is null;
    l := p_lines[i];
    begin
      l.charge_id := domovoi.add_charge(p_charges[i]);
      if l.charge_id is null then l.outcome := 'skipped'; end if;
    exception when others then
      if left(sqlstate, 2) not in ('DM', '22', '23') then raise; end if;
      get stacked diagnostics l.message = message_text, l.detail = pg_exception_detail;
      l.outcome := 'error'; l.code := sqlstate; l.charge_id := null;
    end;
    p_lines[i] := l;
  end loop;
end $$;

-- The yearly indexation that agreements ask for in this month: from its first day, once a year, not before a year of
-- calendar months has gone by. A row for each, done unless the run is dry; a rent that is set from that day stays as
-- it is.
create function domovoi.run_indexation(r domovoi.charge_run, p_agreements uuid[]) returns domovoi.charge_run_line[]
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  day date := (r.month || '-01')::date; a domovoi.agreement; due domovoi.agreement[]; l domovoi.charge_run_line;
  lines domovoi.charge_run_line[] := '{}';
begin
  due := array(select x from domovoi.agreement x where x.company_id = r.company_id and x.status in ('active', 'notice')
    and x.index_bp > 0 and x.index_month = extract(month from day) and x.ends_on > day
    and domovoi.month_of(x.starts_on) + interval '1 year' <= day and (p_agreements is null or x.id = any (p_agreements))
    order by x.no);
  perform domovoi.lock_units(r.company_id, array(select d.unit_id from unnest(due) d)); -- units before money
  foreach a in array due loop
    l := null; l.company_id := r.company_id; l.run_id := r.id; l.agreement_id := a.id; l.kind := 'rent';
    l.period_from := day; l.currency := a.currency; l.outcome := 'created';
    l.amount := (select domovoi.half_up(x.amount::numeric * (10000 + a.index_bp), 10000) from domovoi.agreement_line x
      where x.company_id = a.company_id and x.agreement_id = a.id and x.kind = 'rent' and x.from_on < day
        and x.to_on > day);
    begin
      if exists (select from domovoi.agreement_event e where e.company_id = a.company_id and e.agreement_id = a.id
          and e.kind = 'indexed' and (e.after ->> 'from_on')::date = day) then
        l.outcome := 'skipped';
      elsif l.amount is null then
        perform domovoi.fail('DM011', 'A rent from that day or a later one is set already.', 'from', day::text);
      elsif not r.dry_run then
        perform domovoi.agreement_do_index(a.company_id, a.id, jsonb_build_object('from', day), to_jsonb(a));
      end if;
    exception when others then
      if left(sqlstate, 2) not in ('DM', '22', '23') then raise; end if;
      get stacked diagnostics l.message = message_text, l.detail = pg_exception_detail;
      l.outcome := 'error'; l.code := sqlstate;
    end;
    lines := lines || l;
  end loop;
  return lines;
end $$;

-- Charges are made together; one by one if one of them cannot be made.
create function domovoi.run_billing(r domovoi.charge_run, p_agreements uuid[]) returns domovoi.charge_run_line[]
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare lines domovoi.charge_run_line[]; charges domovoi.charge[]; made uuid[];
begin
  select coalesce(array_agg(x.line), '{}'), coalesce(array_agg(x.charge), '{}') into lines, charges
    from domovoi.run_lines(r, p_agreements) x;
  if r.dry_run then return lines; end if;
  made := domovoi.add_charges(r.company_id, array(select c from unnest(charges) c where c.id is not null));
  return array(select jsonb_populate_record(lines[i], jsonb_build_object('charge_id', m.id, 'outcome',
      case when (charges[i]).id is not null and m.id is null then 'skipped' else (lines[i]).outcome end))
    from generate_subscripts(lines, 1) i left join unnest(made) m (id) on m.id = (charges[i]).id order by i);
exception when others then
  if left(sqlstate, 2) not in ('DM', '22', '23') then raise; end if;
  return domovoi.run_singly(lines, charges);
end $$;

-- A run over a company, or over some agreements of it: what it would do if it is dry, else it does so.
create function domovoi.run_charges(r domovoi.charge_run, p_agreements uuid[] default null) returns domovoi.charge_run
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
  insert into domovoi.charge_run (company_id, id, kind, month, as_of, dry_run, status, created, skipped, failed)
    values (r.company_id, r.id, r.kind, r.month, r.as_of, r.dry_run, case when r.failed > 0 then 'errors'
      else 'done' end,
      r.created, r.skipped, r.failed) returning * into r;
  insert into domovoi.charge_run_line (company_id, run_id, outcome, agreement_id, charge_id, kind, period_from,
    period_to,
      due_on, amount, currency, code, message, detail)
    select l.company_id, l.run_id, l.outcome, l.agreement_id, l.charge_id, l.kind, l.period_from, l.period_to, l.due_on,
      l.amount, l.currency, l.code, l.message, l.detail from unnest(lines) with ordinality l
     where r.dry_run or l.outcome <> 'skipped' order by l.ordinality;
  return r;
end $$;

create function domovoi.charge_run_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  s jsonb := domovoi.read_set('charge_run', p_company, p_set, 'create', null);
  today date := domovoi.company_today(p_company); r domovoi.charge_run;
begin
  r.company_id := p_company; r.id := p_id; r.kind := coalesce(s ->> 'kind', 'rent');
  r.as_of := coalesce((s ->> 'as_of')::date, today);
  r.month := coalesce(s ->> 'month', to_char(r.as_of, 'YYYY-MM'));
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
  perform domovoi.run_charges(r);
end $$;
create function domovoi.charge_run_label(r jsonb) returns text
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$ begin return concat_ws(' ', r ->> 'no', r ->> 'kind', r ->> 'month'); end $$;

reset role;
set local role domovoi_owner;

create view api.charge_runs with (security_invoker) as
  select r.id, r.company_id as company, r.no, r.kind, r.month, r.as_of, r.dry_run, r.status, r.created, r.skipped,
    r.failed,
    r.created_by as made_by, u.display_name as made_by_label, r.version, r.updated_at
  from domovoi.charge_run r left join domovoi.app_user u on u.id = r.created_by;

create view api.charge_run_lines with (security_invoker) as
  select l.id, l.company_id as company, l.no, l.run_id as run, r.no || ' ' || r.kind || ' ' || r.month as run_label,
    l.outcome,
    l.agreement_id as agreement, a.no::text as agreement_label, a.unit_id as unit, u.title as unit_label,
    a.party_id as party, p.name as party_label, l.charge_id as charge, c.no::text as charge_label, l.kind,
      l.period_from,
    l.period_to, l.due_on, l.amount as amount_minor, l.currency, l.code, l.message, l.detail, 1 as version
  from domovoi.charge_run_line l
  left join domovoi.charge_run r on r.company_id = l.company_id and r.id = l.run_id
  left join domovoi.agreement a on a.company_id = l.company_id and a.id = l.agreement_id
  left join domovoi.unit u on u.company_id = a.company_id and u.id = a.unit_id
  left join domovoi.party p on p.company_id = a.company_id and p.id = a.party_id
  left join domovoi.charge c on c.company_id = l.company_id and c.id = l.charge_id;
grant select on api.charge_runs, api.charge_run_lines to domovoi_staff;
reset role;

-- ---- deposits -------------------------------------------------------------------------------------------------------

set local role domovoi_owner;

alter table domovoi.payment drop constraint payment_method_check,
  add constraint payment_method_check check (method in ('cash', 'transfer', 'card', 'kaspi', 'deposit', 'other'));

-- The deposit of an agreement: what its charges of kind deposit ask for, and what became of what came in.
create table domovoi.deposit (
  company_id     int not null,
  id             uuid not null default gen_random_uuid(),
  no             bigint not null,
  agreement_id   uuid not null,
  party_id       uuid not null,
  unit_id        uuid,
  currency       char(3) not null references domovoi.currency,
  required       bigint not null default 0 check (required >= 0),
  received       bigint not null default 0 check (received >= 0),
  deducted       bigint not null default 0 check (deducted >= 0),
  returned       bigint not null default 0 check (returned >= 0),
  held           bigint not null generated always as (received - deducted - returned) stored check (held >= 0),
  status         text not null default 'required',
  status_reason  text,
  agent_id       uuid references domovoi.app_user,
  building_id    uuid,
  owner_id       uuid,
  version        int not null default 1,
  created_at     timestamptz not null default now(),
  created_by     uuid,
  updated_at     timestamptz not null default now(),
  updated_by     uuid,
  primary key (company_id, id),
  unique (company_id, no),
  unique (company_id, agreement_id, currency),
  foreign key (company_id, agreement_id) references domovoi.agreement (company_id, id),
  foreign key (company_id, party_id) references domovoi.party (company_id, id),
  foreign key (company_id, unit_id) references domovoi.unit (company_id, id)
);
create index on domovoi.deposit (company_id, no, id);
create index on domovoi.deposit (company_id, agent_id, no, id);
create index on domovoi.deposit (company_id, building_id, no, id);
create index on domovoi.deposit (company_id, owner_id, no, id);

-- Only added to; a negative amount takes back.
create table domovoi.deposit_move (
  company_id   int not null,
  id           uuid not null default gen_random_uuid(),
  no           bigint generated always as identity,
  deposit_id   uuid not null,
  kind         text not null check (kind in ('received', 'deducted', 'forfeited', 'returned')),
  amount       bigint not null check (amount <> 0),
  currency     char(3) not null,
  reason       text,
  payment_id   uuid,                                    -- that paid a charge out of the deposit
  tx_id        uuid,                                    -- what was paid out
  booked_on    date not null,
  agent_id     uuid,
  building_id  uuid,
  owner_id     uuid,
  by_user      uuid,
  at           timestamptz not null,
  primary key (company_id, id),
  foreign key (company_id, deposit_id) references domovoi.deposit (company_id, id),
  foreign key (company_id, payment_id) references domovoi.payment (company_id, id),
  foreign key (company_id, tx_id) references domovoi.ledger_tx (company_id, id)
);
create index on domovoi.deposit_move (company_id, no, id);
create index on domovoi.deposit_move (company_id, deposit_id, no);

do $$ begin
  perform domovoi.protect('domovoi.deposit', 'unit', 'charge.view');
  perform domovoi.protect('domovoi.deposit_move', 'unit', 'charge.view');
end $$;
reset role;
revoke update, delete, truncate on domovoi.deposit_move, domovoi.charge_run_line from domovoi_rules;

set local role domovoi_rules;
insert into domovoi.record_kind (resource, plural, reads, creates, patches, machine, keys, by_unit) values
  ('deposit', 'deposits', 'charge.view', null, null, 'deposit', '{no}', false),
  ('deposit_move', 'deposit_moves', 'charge.view', null, null, null, '{no}', false);
insert into domovoi.record_action (resource, action, permission, needs_reason, states, guard, sort) values
  ('deposit', 'deduct',  'deposit.manage', true,  '{held}', null,    1),
  ('deposit', 'return',  'deposit.manage', false, '{held}', 'ended', 2),
  ('deposit', 'forfeit', 'deposit.manage', true,  '{held}', 'ended', 3),
  ('agreement', 'settle_deposit', 'deposit.manage', false, '{terminated,expired}', null, 21);

create function domovoi.deposit_guard(p_guard text, r jsonb, out reason text, out detail text, out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if p_guard <> 'ended' then
    reason := 'The rules refuse this now.'; detail := p_guard;
  elsif exists (select from domovoi.agreement a where a.company_id = (r ->> 'company_id')::int
      and a.id = (r ->> 'agreement_id')::uuid and a.status in ('active', 'notice')) then
    reason := 'The agreement still runs.'; remedy := 'Terminate it first.';
  end if;
end $$;
create function domovoi.deposit_label(r jsonb) returns text
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$ begin return r ->> 'no'; end $$;

-- What has become of it, for the state that its sums say; p_reason for what was kept.
create function domovoi.put_deposit(d domovoi.deposit, p_reason text default null) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  rest bigint := d.received - d.deducted - d.returned; over boolean := exists (select from domovoi.agreement a
    where a.company_id = d.company_id and a.id = d.agreement_id and a.status in ('terminated', 'expired'));
begin
  if rest < 0 then
    perform domovoi.fail('DM011', 'The deposit has been used already.', 'amount',
      d.no || ': ' || (d.deducted + d.returned),
      'Take back what was deducted from it first.');
  end if;
  update domovoi.deposit x set required = d.required, received = d.received, deducted = d.deducted,
    returned = d.returned,
      status_reason = coalesce(p_reason, x.status_reason),
      status = case when d.required = 0 and d.received = 0 then 'void' when d.received < d.required then 'required'
        when rest > 0 or not over then 'held' when d.deducted = 0 then 'returned' when d.returned = 0 then 'forfeited'
        else 'part_returned' end
    where x.company_id = d.company_id and x.id = d.id;
end $$;

create function domovoi.move_deposit(d domovoi.deposit, p_kind text, p_amount bigint, p_reason text,
    p_payment uuid default null, p_tx uuid default null) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  insert into domovoi.deposit_move (company_id, deposit_id, kind, amount, currency, reason, payment_id, tx_id,
    booked_on,
      agent_id, building_id, owner_id, by_user, at)
    values (d.company_id, d.id, p_kind, p_amount, d.currency, p_reason, p_payment, p_tx,
      domovoi.company_today(d.company_id), d.agent_id, d.building_id, d.owner_id, domovoi.my_user(), domovoi.now());
end $$;

-- What was asked for and what has come in follow the charges of kind deposit: they are written on signing, and paid
-- like any other.
create function domovoi.deposit_follow() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare d domovoi.deposit; came bigint;
begin
  select * into d from domovoi.deposit x where x.company_id = new.company_id and x.agreement_id = new.agreement_id
    and x.currency = new.currency;
  if d.id is null then
    insert into domovoi.deposit (company_id, agreement_id, party_id, unit_id, currency, agent_id)
      values (new.company_id, new.agreement_id, new.party_id, new.unit_id, new.currency,
        new.agent_id) returning * into d;
  end if;
  came := d.received;
  select coalesce(sum(c.amount), 0), coalesce(sum(c.allocated), 0) into d.required, d.received from domovoi.charge c
   where c.company_id = new.company_id and c.agreement_id = new.agreement_id and c.kind = 'deposit'
     and c.currency = new.currency and c.voided_on is null;
  perform domovoi.put_deposit(d);
  if d.received <> came then perform domovoi.move_deposit(d, 'received', d.received - came, null); end if;
  return null;
end $$;

-- The same for charges that were written while the triggers were off (the demo), and have no deposit yet.
create function domovoi.fill_deposits() returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  insert into domovoi.deposit (company_id, id, no, agreement_id, party_id, unit_id, currency, required, received, status,
      agent_id, building_id, owner_id)
    select c.company_id, md5('deposit:' || c.agreement_id || c.currency)::uuid, row_number() over (partition by c.company_id order by min(c.no)) + coalesce((select k.last
        from domovoi.company_counter k where k.company_id = c.company_id and k.kind = 'deposit'), 0), c.agreement_id,
        min(c.party_id::text)::uuid, min(c.unit_id::text)::uuid, c.currency, sum(c.amount), sum(c.allocated),
        case when sum(c.allocated) < sum(c.amount) then 'required' else 'held' end, min(c.agent_id::text)::uuid,
        min(c.building_id::text)::uuid, min(c.owner_id::text)::uuid
      from domovoi.charge c
     where c.kind = 'deposit' and c.voided_on is null and c.agreement_id is not null and not exists (select
       from domovoi.deposit d where d.company_id = c.company_id and d.agreement_id = c.agreement_id
         and d.currency = c.currency)
     group by c.company_id, c.agreement_id, c.currency;
  insert into domovoi.company_counter as k (company_id, kind, last)
    select d.company_id, 'deposit', max(d.no) from domovoi.deposit d group by 1
    on conflict (company_id, kind) do update set last = greatest(k.last, excluded.last);
  insert into domovoi.deposit_move (company_id, deposit_id, kind, amount, currency, booked_on, agent_id, building_id,
      owner_id, at)
    select d.company_id, d.id, 'received', sum(x.amount), d.currency, max(x.booked_on), d.agent_id, d.building_id,
      d.owner_id,
        max(x.at)
      from domovoi.deposit d
      join domovoi.charge c on c.company_id = d.company_id and c.agreement_id = d.agreement_id and c.kind = 'deposit'
        and c.currency = d.currency and c.voided_on is null
      join domovoi.allocation x on x.company_id = c.company_id and x.charge_id = c.id
     where not exists (select from domovoi.deposit_move m where m.company_id = d.company_id and m.deposit_id = d.id)
     group by d.company_id, d.id having sum(x.amount) <> 0;
end $$;

-- As in 0020, and the deposit: what is paid out of it comes from what we hold.
create or replace function domovoi.till_of(p domovoi.payment) returns uuid
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if p.method = 'deposit' then
    return domovoi.party_account(p.company_id, 'deposit', p.party_id, p.agreement_id, p.currency);
  end if;
  return domovoi.system_account(p.company_id, case p.method when 'cash' then 'cash' else 'bank' end,
    case p.method when 'cash' then 'cash' else 'bank' end, p.currency);
end $$;

-- A payment out of a deposit was confirmed, reversed or given back.
create function domovoi.deposit_pays() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  d domovoi.deposit;
  paid bigint := case new.status when 'succeeded' then new.amount - new.refunded else 0 end
    - case old.status when 'succeeded' then old.amount - old.refunded else 0 end;
begin
  if paid = 0 then return null; end if;
  if domovoi.my_user() is not null then perform domovoi.require('deposit.manage'); end if;
  select * into d from domovoi.deposit x where x.company_id = new.company_id and x.agreement_id = new.agreement_id
    and x.currency = new.currency for no key update;
  if paid > 0 and (d.status is distinct from 'held' or d.held < paid) then
    perform domovoi.fail('DM011', 'There is not so much in the deposit.', 'amount', coalesce(d.held, 0)::text);
  end if;
  d.deducted := d.deducted + paid;
  perform domovoi.put_deposit(d, new.comment);
  perform domovoi.move_deposit(d, case new.provider when 'forfeit' then 'forfeited' else 'deducted' end, paid,
    new.comment,
    new.id);
  return null;
end $$;

reset role;
create trigger rules before insert or update on domovoi.deposit for each row execute function
  domovoi.record_before('deposit', 'unit', 'deposit');
create trigger effects after insert or update on domovoi.deposit for each row execute function
  domovoi.record_after('deposit', 'deposit');
create trigger append_only before update or delete or truncate on domovoi.deposit_move execute function
  domovoi.append_only();
-- triggers of their own: 0020 knows nothing of deposits
create trigger held after insert or update on domovoi.charge for each row
  when (new.kind = 'deposit' and new.agreement_id is not null) execute function domovoi.deposit_follow();
create trigger held after update on domovoi.payment for each row when (new.method = 'deposit')
  execute function domovoi.deposit_pays();
set local role domovoi_rules;

-- So much of it pays charges of the agreement: that one first if one is named, else the oldest.
create function domovoi.pay_from_deposit(d domovoi.deposit, p_amount bigint, p_charge uuid, p_reason text,
    p_how text default 'deposit') returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare p domovoi.payment;
begin
  p.company_id := d.company_id; p.id := gen_random_uuid(); p.agreement_id := d.agreement_id; p.party_id := d.party_id;
  p.charge_id := p_charge; p.method := 'deposit'; p.provider := p_how; p.provider_ref := p.id::text; p.amount :=
    p_amount;
  p.currency := d.currency; p.comment := p_reason;
  perform domovoi.record_payment(p, true);
end $$;

-- A deduction pays a charge that is open; if none is named, one is written for its reason.
create function domovoi.deduct(d domovoi.deposit, p_amount bigint, p_charge uuid, p_reason text, p_how text)
  returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare c domovoi.charge; what uuid := p_charge;
begin
  if p_amount > d.held then
    perform domovoi.fail('DM011', 'There is not so much in the deposit.', 'amount', d.held::text);
  end if;
  if p_charge is null then
    -- an advance on the account must not pay it: it is the deposit that does
    c.company_id := d.company_id; c.party_id := d.party_id; c.unit_id := d.unit_id; c.agreement_id := d.agreement_id;
    c.kind := 'adjustment'; c.amount := p_amount; c.currency := d.currency; c.note := p_reason;
    what := domovoi.add_charge(c);
    perform domovoi.free_charge(d.company_id, what);
  end if;
  perform domovoi.pay_from_deposit(d, p_amount, what, p_reason, p_how);
end $$;

create function domovoi.deposit_do_deduct(d domovoi.deposit, p_args jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare amount bigint := domovoi.money_arg(p_args, d.currency); c domovoi.charge;
begin
  if nullif(p_args ->> 'charge', '') is not null then
    select * into c from domovoi.charge x where x.company_id = d.company_id
      and x.id = (domovoi.locate('charge', d.company_id, p_args ->> 'charge')).id and x.agreement_id = d.agreement_id
      and x.kind <> 'deposit' and x.voided_on is null;
    if c.id is null then
      perform domovoi.fail('DM007', 'There is no such record.', 'charge', left(p_args ->> 'charge', 100));
    end if;
    amount := coalesce(amount, least(c.amount - c.allocated, d.held));
    if amount > c.amount - c.allocated then
      perform domovoi.fail('DM007', 'More than is left of the payment, or open of the charge.', 'amount',
        (c.amount - c.allocated)::text);
    end if;
  end if;
  if coalesce(amount, 0) <= 0 then perform domovoi.fail('DM007', 'A value is required.', 'amount'); end if;
  perform domovoi.deduct(d, amount, c.id, trim(p_args ->> 'reason'), 'deposit');
end $$;

-- Back to the tenant, all that is held unless told: out of the till or the bank.
create function domovoi.deposit_do_return(d domovoi.deposit, p_args jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  amount bigint := coalesce(domovoi.money_arg(p_args, d.currency), d.held); tx uuid;
  how text := coalesce(nullif(p_args ->> 'method', ''), 'transfer');
begin
  if how not in ('cash', 'transfer') then
    perform domovoi.fail('DM007', 'This value is not known.', 'method', how, 'One of: cash, transfer');
  elsif amount > d.held then
    perform domovoi.fail('DM011', 'There is not so much in the deposit.', 'amount', d.held::text);
  elsif amount <= 0 then
    perform domovoi.fail('DM007', 'A value is required.', 'amount');
  end if;
  how := case how when 'cash' then 'cash' else 'bank' end;
  tx := domovoi.post(d.company_id, 'deposit', 'deposit', d.id, domovoi.company_today(d.company_id),
    array[domovoi.party_account(d.company_id, 'deposit', d.party_id, d.agreement_id, d.currency),
      domovoi.system_account(d.company_id, how, how, d.currency)], array[amount, -amount], d.currency,
        p_args ->> 'reason');
  d.returned := d.returned + amount;
  perform domovoi.put_deposit(d);
  perform domovoi.move_deposit(d, 'returned', amount, nullif(trim(p_args ->> 'reason'), ''), null, tx);
end $$;

create function domovoi.deposit_lock(p_company int, p_id uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.lock_money(p_company); end $$;
create function domovoi.deposit_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare d domovoi.deposit;
begin
  perform domovoi.lock_money(p_company);
  select * into d from domovoi.deposit x where x.company_id = p_company and x.id = p_id for no key update;
  case p_action
    when 'deduct' then perform domovoi.deposit_do_deduct(d, p_args);
    when 'return' then perform domovoi.deposit_do_return(d, p_args);
    else perform domovoi.deduct(d, d.held, null, trim(p_args ->> 'reason'), 'forfeit'); end case;
end $$;

-- ---- from signing to the last account -------------------------------------------------------------------------------

-- On signing: the deposit, and the rent of the first month, or of this one if it began earlier; a month that is still
-- far away is for a run.
create function domovoi.first_charges(a domovoi.agreement) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare today date := domovoi.company_today(a.company_id); b domovoi.bill_part; c domovoi.charge;
begin
  if a.deposit > 0 then
    c.company_id := a.company_id; c.party_id := a.party_id; c.unit_id := a.unit_id; c.agreement_id := a.id;
    c.kind := 'deposit'; c.due_on := greatest(a.starts_on, today); c.amount := a.deposit; c.currency := a.currency;
    c.source_key := format('agreement:%s:deposit', a.id);
    perform domovoi.add_charge(c);
  end if;
  if a.starts_on >= domovoi.next_month(domovoi.next_month(today)) then return; end if;
  for b in select * from domovoi.month_bill(a.company_id, greatest(a.starts_on, today), array[a.id]) x
      where x.stands is null and x.amount > 0 loop
    perform domovoi.add_charge(domovoi.charge_of(a.company_id, b, b.amount, b.due_on));
  end loop;
end $$;

-- When it is over: its last month by its days, nothing after it, and no deposit that never came. What is owed is owed.
create function domovoi.last_charges(a domovoi.agreement) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare c uuid; ends date := coalesce(a.terminated_on, a.ends_on);
begin
  perform domovoi.rebill(a.company_id, a.id, greatest(ends - 1, a.starts_on), ends > a.starts_on,
    'The agreement has ended.');
  if exists (select from domovoi.deposit d where d.company_id = a.company_id and d.agreement_id = a.id
      and d.received = 0) then
    for c in select x.id from domovoi.charge x where x.company_id = a.company_id and x.agreement_id = a.id
        and x.kind = 'deposit' and x.voided_on is null loop
      perform domovoi.void_charge(a.company_id, c, 'The agreement has ended.');
    end loop;
  end if;
end $$;

create function domovoi.agreement_bill() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if new.status = 'active' and old.status = 'draft' then
    perform domovoi.first_charges(new);
  elsif new.status in ('terminated', 'expired') then
    perform domovoi.last_charges(new);
  end if;
  return null;
end $$;

-- Prolonged, indexed, a line changed: the months that have been charged from then on are reckoned anew.
create function domovoi.agreement_event_bill() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.rebill(new.company_id, new.agreement_id, case when new.kind in ('extended', 'renewed')
    then (new.before ->> 'ends_on')::date - 1 else (new.after ->> 'from_on')::date end, false,
      'The agreement has changed.');
  return null;
end $$;

-- After the end, when asked: what is open is paid out of the deposit, as far as it goes; the rest is held until it is
-- returned. A deposit of which only a part came in is none: that part pays like any other money.
create function domovoi.agreement_do_settle_deposit(p_company int, p_id uuid, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare d domovoi.deposit; owed bigint; c uuid; account uuid;
begin
  perform domovoi.lock_money(p_company);
  for d in select * from domovoi.deposit x where x.company_id = p_company and x.agreement_id = p_id
      and x.status in ('required', 'held') for no key update loop
    account := domovoi.account_for(p_company, d.party_id, p_id, d.currency);
    if d.status = 'required' then
      for c in select x.id from domovoi.charge x where x.company_id = p_company and x.agreement_id = p_id
          and x.kind = 'deposit' and x.currency = d.currency and x.voided_on is null loop
        perform domovoi.void_charge(p_company, c, 'The agreement has ended.');
      end loop;
    end if;
    perform domovoi.use_advances(p_company, account);
    select coalesce(sum(x.amount - x.allocated), 0) into owed from domovoi.charge x where x.company_id = p_company
      and x.account_id = account and x.voided_on is null;
    if d.status = 'held' and least(owed, d.held) > 0 then
      perform domovoi.pay_from_deposit(d, least(owed, d.held), null, 'Set off against what is owed.');
    elsif d.status = 'held' then
      perform domovoi.put_deposit(d);
    end if;
  end loop;
  if d.id is null and not exists (select from domovoi.deposit x where x.company_id = p_company
    and x.agreement_id = p_id) then
    perform domovoi.fail('DM011', 'The agreement has no deposit.');
  end if;
end $$;

reset role;
create trigger money after update on domovoi.agreement for each row when (old.status <> new.status)
  execute function domovoi.agreement_bill();
create trigger money after insert on domovoi.agreement_event for each row execute function
  domovoi.agreement_event_bill();

set local role domovoi_rules;

-- ---- doors ----------------------------------------------------------------------------------------------------------

create function act.deposit_deduct(id text, version int default null, reason text default null,
  amount text default null,
    charge text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('deposit', id, version, 'deduct', jsonb_build_object('reason', reason, 'amount', amount,
    'charge', charge)) $$;
create function act.deposit_return(id text, version int default null, amount text default null,
  method text default null,
    reason text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('deposit', id, version, 'return', jsonb_build_object('amount', amount, 'method', method,
    'reason', reason)) $$;
create function act.deposit_forfeit(id text, version int default null, reason text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('deposit', id, version, 'forfeit', jsonb_build_object('reason', reason)) $$;
create function act.agreement_settle_deposit(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('agreement', id, version, 'settle_deposit', '{}') $$;
grant execute on function act.deposit_deduct, act.deposit_return, act.deposit_forfeit, act.agreement_settle_deposit
  to domovoi_staff;
reset role;

set local role domovoi_owner;

create view api.deposits with (security_invoker) as
  select d.id, d.company_id as company, d.no, d.agreement_id as agreement, a.no::text as agreement_label,
    d.party_id as party, p.name as party_label, d.unit_id as unit, u.title as unit_label, d.agent_id as agent,
    g.display_name as agent_label, d.status, d.status_reason, d.required as required_minor,
      d.received as received_minor,
    d.deducted as deducted_minor, d.returned as returned_minor, d.held as held_minor, d.currency, d.version,
      d.updated_at
  from domovoi.deposit d
  left join domovoi.agreement a on a.company_id = d.company_id and a.id = d.agreement_id
  left join domovoi.party p on p.company_id = d.company_id and p.id = d.party_id
  left join domovoi.unit u on u.company_id = d.company_id and u.id = d.unit_id
  left join domovoi.app_user g on g.id = d.agent_id;

create view api.deposit_moves with (security_invoker) as
  select m.id, m.company_id as company, m.no, m.deposit_id as deposit, d.no::text as deposit_label,
    d.agreement_id as agreement,
    a.no::text as agreement_label, m.kind, m.amount as amount_minor, m.currency, m.reason, m.payment_id as payment,
    y.no::text as payment_label, m.booked_on, m.by_user as made_by, g.display_name as made_by_label, m.at, 1 as version
  from domovoi.deposit_move m
  left join domovoi.deposit d on d.company_id = m.company_id and d.id = m.deposit_id
  left join domovoi.agreement a on a.company_id = d.company_id and a.id = d.agreement_id
  left join domovoi.payment y on y.company_id = m.company_id and y.id = m.payment_id
  left join domovoi.app_user g on g.id = m.by_user;
grant select on api.deposits, api.deposit_moves to domovoi_staff;
reset role;
