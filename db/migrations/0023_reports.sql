-- Reports of money and of leases (domain.md §3.7 A8-A10, A12, A14, A16-A22), over the same rule A0: what a row says is
-- the
-- sum of what its list opens, one row a currency, a row of zeros for nothing. Like those of 0007 they run under the
-- caller's policies and read views of api only.

-- Which day a charge belongs to: the first of what it is for, else the day of issue.
create index charge_counted on domovoi.charge (company_id, (coalesce(period_from, issued_on)));
-- What happened to the money after a day: the past is today's state less that.
create index allocation_booked on domovoi.allocation (company_id, booked_on) include (charge_id, payment_id, amount);
create index charge_voided_on on domovoi.charge (company_id, voided_on) where voided_on is not null;
create index payment_unused on domovoi.payment (company_id, booked_on) where allocated + refunded < amount;
create index payment_reversed on domovoi.payment (company_id, booked_on) where status = 'reversed';

set local role domovoi_owner;

-- ---- facts ---------------------------------------------------------------------------------------------------

create view api.charge_facts with (security_invoker) as
  select c.company_id as company, c.id, c.no, c.account_id as account, c.party_id as party, c.unit_id as unit,
    c.agreement_id as agreement, c.reservation_id as reservation, c.building_id as building, c.agent_id as agent,
    c.kind, c.issued_on, coalesce(c.period_from, c.issued_on) as counted_on, c.due_on, c.voided_on,
    c.amount as amount_minor, c.allocated as allocated_minor, c.currency
  from domovoi.charge c;
-- gone_on: when a payment that had arrived was taken back.
create view api.payment_facts with (security_invoker) as
  select p.company_id as company, p.id, p.account_id as account, p.party_id as party, p.unit_id as unit,
    p.agreement_id as agreement, p.reservation_id as reservation, p.building_id as building, p.agent_id as agent,
    p.method, p.status, p.booked_on, p.amount as amount_minor, p.allocated as allocated_minor,
    p.refunded as refunded_minor, p.currency,
    case when p.status = 'reversed' then (p.updated_at at time zone c.tz)::date end as gone_on
  from domovoi.payment p left join domovoi.company c on c.id = p.company_id;
create view api.refund_facts with (security_invoker) as
  select f.company_id as company, f.id, f.payment_id as payment, f.reservation_id as reservation, f.unit_id as unit,
    f.building_id as building, f.agent_id as agent, f.status, f.booked_on, f.amount as amount_minor, f.currency
  from domovoi.refund f;
create view api.allocation_facts with (security_invoker) as
  select l.company_id as company, l.payment_id as payment, l.charge_id as charge, l.booked_on, l.amount as amount_minor
  from domovoi.allocation l;
create view api.agreement_facts with (security_invoker) as
  select g.company_id as company, g.id, g.no, g.kind, g.unit_id as unit, g.party_id as party, g.agent_id as agent,
    g.building_id as building, g.starts_on, g.ends_on, g.terminated_on, coalesce(g.terminated_on, g.ends_on) as over_on,
    g.status, g.rent as rent_minor, g.deposit as deposit_minor, g.index_bp, g.index_month, g.replaces_id as replaces,
    g.currency
  from domovoi.agreement g where g.status not in ('draft', 'void');
create view api.rent_facts with (security_invoker) as
  select l.company_id as company, l.agreement_id as agreement, l.kind, l.amount as amount_minor, l.from_on, l.to_on
  from domovoi.agreement_line l;
create view api.deposit_facts with (security_invoker) as
  select m.company_id as company, d.agreement_id as agreement, m.kind, m.amount as amount_minor, m.currency, m.booked_on
  from domovoi.deposit_move m join domovoi.deposit d on d.company_id = m.company_id and d.id = m.deposit_id;
create view api.expense_facts with (security_invoker) as
  select e.company_id as company, e.id, e.unit_id as unit, e.building_id as building, e.agent_id as agent, e.kind,
    e.amount as amount_minor, e.currency, e.incurred_on, e.capital
  from domovoi.expense e where e.voided_on is null;
create view api.unit_facts with (security_invoker) as
  select u.company_id as company, u.id, u.code, u.title, u.building_id as building, u.agent_id as agent,
    u.area_total, u.archived_at is not null as archived
  from domovoi.unit u;
create view api.stay_terms with (security_invoker) as
  select r.company_id as company, r.id, r.unit_id as unit, r.building_id as building, r.agent_id as agent, r.check_in,
    r.status,
    r.total as total_minor, r.total - r.cleaning_fee - r.service_fee as lodging_minor, r.currency,
    coalesce(r.commission_bp, 0) as commission_bp, coalesce(r.agent_commission_bp, 0) as agent_commission_bp,
    coalesce(r.provider_fee_bp, 0) as provider_fee_bp
  from domovoi.reservation r;
grant select on api.stay_terms, api.charge_facts, api.payment_facts, api.refund_facts, api.allocation_facts,
  api.agreement_facts,
  api.rent_facts, api.deposit_facts, api.expense_facts, api.unit_facts to domovoi_staff;

-- ---- what a row is about -------------------------------------------------------------------------------------

-- As in 0007, but a district is something to group by, and money has a method, a debtor and an agreement.
alter function report.dimension(text) rename to dimension_of_stays;
create function report.dimension(p_group text, out kind text, out id text, out labels text, out name text,
    out code text, out filter text)
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  case p_group
    when 'district' then
      kind := 'none';
      labels := '';
      name := 'g.key::text';
      code := 'g.key';
      id := '(select b.district from api.buildings b where b.company = c.company and b.id = c.building)';
      filter := $q$'building=' || (select string_agg(b.id::text, ',' order by b.id) from api.buildings b
        where b.district = g.key and ($3::int is null or b.company = $3))$q$;
    when 'method' then
      kind := 'none';
      id := 'c.method';
      labels := $q$left join api.dictionary u on u.kind = 'payment_method' and u.code = g.key$q$;
      name := $q$coalesce(u.names ->> 'en', g.key)$q$;
      code := 'g.key';
      filter := $q$'method=' || g.key$q$;
    when 'debtor' then
      select d.kind, 'c.party', d.labels, d.name, d.code, d.filter into kind, id, labels, name, code, filter
        from report.dimension_of_stays('client') d;
    when 'agreement' then
      kind := 'none';
      id := 'c.agreement';
      labels := 'left join lateral (select u.no, u.party from api.agreement_facts u where u.company = g.company
        and u.id = g.key offset 0) u on true';
      name := 'u.no::text';
      code := 'u.no';
      filter := $q$'agreement=' || g.key$q$;
    else
      select d.kind, d.id, d.labels, d.name, d.code, d.filter into kind, id, labels, name, code, filter
        from report.dimension_of_stays(p_group) d;
  end case;
end $$;

-- A unit's money lies on the unit itself, not on its parts: its list needs no parents.
create function report.money_dimension(p_group text, out kind text, out id text, out labels text, out name text,
    out code text, out filter text)
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  select d.kind, d.id, d.labels, d.name, d.code, d.filter into kind, id, labels, name, code, filter
    from report.dimension(p_group) d;
  if p_group = 'unit' then filter := $q$'unit=' || g.key$q$; end if;
end $$;

-- The company that a group's names must be looked up in, as part of its key; null where the key is unique anywhere.
create function report.company_of(p_group text) returns text
  language sql immutable as $$
  select case when p_group in ('unit', 'building', 'client', 'debtor', 'agreement') then 'c.company' else 'null::int'
    end
$$;

create function report.money_narrowed(p_units uuid[], p_agent uuid) returns text
  language sql immutable set search_path = pg_catalog, pg_temp as
$$ select concat_ws(' ', 'unit=' || array_to_string(p_units, ','), 'agent=' || p_agent) $$;

-- Parts of one filter; null if one of them is null: then nothing can be opened.
create function report.filters(variadic p_parts text[]) returns text
  language sql immutable set search_path = pg_catalog, pg_temp as $$
  select case when array_position(p_parts, null) is null then
    trim(regexp_replace(array_to_string(p_parts, ' '), ' +', ' ', 'g')) end
$$;

-- ---- nights --------------------------------------------------------------------------------------------------

-- As in 0007, but nights of an agreement are not available for stays, just like blocked ones.
create or replace function report.scan(p_kind text, p_longest int) returns text
  language sql immutable as $$
  select format($q$
  with bucket as materialized (
    select b0, report.next_bucket(%1$L, b0) as b1
      from (select distinct report.bucket(%1$L, $1 + i) as b0
              from generate_series(0, case when %1$L in ('none', 'day') then -1 else $2 - $1 - 1 end) i) x
  ), stock as materialized (
    select s.company, s.unit, s.building, s.agent, greatest(lower(s.in_stock), $1) as a,
           least(upper(s.in_stock), $2) as b
      from api.stock s
     where ($3::int is null or s.company = $3) and s.mode = 'short_stay' and not isempty(s.in_stock * daterange($1, $2))
       and ($4::uuid[] is null or s.unit = any ($4)) and ($5::uuid is null or s.agent = $5)
  ), used as materialized (
    select n.company, n.unit, n.building, n.agent, n.currency, n.sold and n.source = 'reservation' as sold, n.record,
           n.price_minor as price, greatest(n.check_in, $1) as a, least(n.check_out, $2) as b
      from api.nights n
     where ($3::int is null or n.company = $3) and n.check_in > $1 - %5$s and n.check_in < $2 and n.check_out > $1
       -- what is not sold only takes off what is on offer: a flat let by the month is no row of a heat map
       and (n.sold or n.source in ('block', 'agreement')
         and (n.company, n.unit) in (select s.company, s.unit from stock s))
       and ($4::uuid[] is null or n.unit = any ($4)) and ($5::uuid is null or n.agent = $5)
  ), span as materialized (
    select n.*, s.unit is not null as within
      from used n left join stock s on s.company = n.company and s.unit = n.unit and s.a <= n.a and s.b >= n.b
  ), offered as (    -- stock and blocks of a unit and bucket
    select company, unit, bucket, sum(stock)::int as stock, sum(blocked)::int as blocked
      from (select s.company, s.unit, p.bucket, p.nights as stock, 0 as blocked
              from stock s cross join lateral %2$s
            union all
            select n.company, n.unit, p.bucket, 0, p.nights
              from span n join stock s on s.company = n.company and s.unit = n.unit and s.a < n.b and s.b > n.a
             cross join lateral %3$s
             where not n.sold) x
     group by company, unit, bucket
  ), piece as (      -- sold nights; inside: those of them within the stock
    select n.company, n.unit, n.building, n.agent, n.currency, n.record, n.price, p.bucket, p.nights as sold,
           case when n.within then p.nights else 0 end as inside
      from span n cross join lateral %4$s where n.sold
    union all
    select n.company, n.unit, n.building, n.agent, n.currency, n.record, n.price, p.bucket, 0, p.nights
      from span n join stock s on s.company = n.company and s.unit = n.unit and s.a < n.b and s.b > n.a
     cross join lateral %3$s
     where n.sold and not n.within
  )
  $q$, p_kind, report.pieces(p_kind, 's.a', 's.b'),
     report.pieces(p_kind, 'greatest(n.a, s.a)', 'least(n.b, s.b)'),
     report.pieces(p_kind, 'n.a', 'n.b'), p_longest)
$$;

-- ---- revenue -------------------------------------------------------------------------------------------------

-- What came and went by the day of booking (A8; out of a deposit nothing comes), or what was charged, by the day it is
-- for; deposits are nobody's revenue. $1 from $2 to $3 company $4 units $5 agent.
create function report.money_facts(p_basis text) returns text
  language sql immutable as $$
  select case p_basis when 'payments' then $q$
  with fact as materialized (
    select p.company, p.unit, p.building, p.agent, p.method, p.currency, p.booked_on as day, p.amount_minor as amount,
           0::bigint as refunded
      from api.payment_facts p
     where ($3::int is null or p.company = $3) and p.booked_on >= $1 and p.booked_on < $2 and p.status = 'succeeded'
       and p.method <> 'deposit'
       and ($4::uuid[] is null or p.unit = any ($4)) and ($5::uuid is null or p.agent = $5)
    union all
    select f.company, f.unit, f.building, f.agent, p.method, f.currency, f.booked_on, -f.amount_minor, f.amount_minor
      from api.refund_facts f left join api.payment_facts p on p.company = f.company and p.id = f.payment
     where ($3::int is null or f.company = $3) and f.booked_on >= $1 and f.booked_on < $2 and f.status = 'done'
       and ($4::uuid[] is null or f.unit = any ($4)) and ($5::uuid is null or f.agent = $5)
  )$q$ else $q$
  with fact as materialized (
    select c.company, c.unit, c.building, c.agent, null::text as method, c.currency, c.counted_on as day,
           c.amount_minor as amount, 0::bigint as refunded
      from api.charge_facts c
     where ($3::int is null or c.company = $3) and c.counted_on >= $1 and c.counted_on < $2 and c.voided_on is null
       and c.kind <> 'deposit'
       and ($4::uuid[] is null or c.unit = any ($4)) and ($5::uuid is null or c.agent = $5)
  )$q$ end
$$;

create type report.revenue_row as (
  key text, name text, amount_minor bigint, currency char(3), refunded_minor bigint, resource text, filter text
);

-- Every bucket of the period is there, in every currency that anything was in. The list of payments adds up to the
-- amount
-- and what was refunded of it.
create function report.revenue_of_money("from" date, "to" date, basis text, "group" text, company int, units uuid[],
    agent_id uuid, unit text, fallback char(3))
  returns setof report.revenue_row
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare
  paid boolean := revenue_of_money.basis = 'payments';
  d record := report.money_dimension(revenue_of_money."group");
begin
  return query execute report.money_facts(revenue_of_money.basis) || format($q$
    , line as (
      select c.company, c.unit, c.building, c.agent, c.method, c.currency, report.bucket(%3$L, c.day) as bucket,
        c.amount,
             c.refunded
        from fact c
      union all
      select null, null, null, null, null, k.currency, b.bucket, 0, 0
        from (select distinct report.bucket(%3$L, $1 + i) as bucket
                from generate_series(0, case when %3$L = 'none' then -1 else $2 - $1 - 1 end) i) b
       cross join (select distinct currency from fact) k
    )
    select g.key::text, %1$s, g.amount::bigint, g.currency::char(3), g.refunded::bigint, %8$L,
           report.filters(%9$L || greatest($1, g.bucket), %10$L || least($2, coalesce(report.next_bucket(%3$L,
             g.bucket),
             $2)), %11$L, %2$s, $7)
      from (select %4$s as key, %5$s as company, c.currency, min(c.bucket) as bucket, sum(c.amount) as amount,
                   sum(c.refunded) as refunded
              from line c group by 1, 2, 3
            union all
            select null, $3, $6, $1, 0, 0 where not exists (select from fact)) g
      %6$s
     order by %7$s, 2, 1, g.currency $q$,
    d.name, d.filter, d.kind, d.id, report.company_of(revenue_of_money."group"), d.labels,
    case when d.kind = 'none' then 'g.amount desc' else 'g.bucket' end, case when paid then 'payments' else 'charges'
      end,
    case when paid then 'booked_on>=' else 'counted_on>=' end, case when paid then 'booked_on<' else 'counted_on<' end,
    case when paid then 'status=succeeded,part_refunded,refunded method!=deposit' else 'status!=voided kind!=deposit'
      end)
    using revenue_of_money."from", revenue_of_money."to", revenue_of_money.company, revenue_of_money.units,
      revenue_of_money.agent_id, revenue_of_money.fallback, report.money_narrowed(
        case when revenue_of_money."group" <> 'unit' then revenue_of_money.units end, revenue_of_money.agent_id);
end $$;

-- A6, A8 and charges by what they are for; which, the reader says.
drop function report.revenue(date, date, text, text, int, text, text);
create function report.revenue("from" date, "to" date, basis text default 'nights', "group" text default 'month',
    company int default null, unit text default null, agent text default null)
  returns setof report.revenue_row
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare
  g record := report.gate(revenue.company, revenue."from", revenue."to");
  units uuid[] := report.units_of(g.company, revenue.unit);
  agent_id uuid := report.agent_of(g.company, revenue.agent);
begin
  perform report.one_of('basis', revenue.basis, '{nights,payments,charges}');
  perform report.one_of('group', revenue."group", array['none', 'day', 'week', 'month', 'year', 'unit', 'building',
    'agent',
    'company', 'district'] || case when revenue.basis = 'payments' then '{method}'::text[] else '{}' end);
  if revenue.basis = 'nights' then
    return query select * from report.revenue_of_nights(revenue."from", revenue."to", revenue."group", g.company, units,
      agent_id, g.currency);
  else
    return query select * from report.revenue_of_money(revenue."from", revenue."to", revenue.basis, revenue."group",
      g.company, units, agent_id, revenue.unit, g.currency);
  end if;
end $$;

-- ---- arrears -------------------------------------------------------------------------------------------------

-- Whose figures as of a day; the session's own day if none is given.
create function report.gate_on(p_company int, p_day date, out company int, out currency char(3), out day date)
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare g record;
begin
  day := coalesce(p_day, (report.frame(p_company)).today);
  g := report.gate(p_company, day, day + 1);
  company := g.company;
  currency := g.currency;
end $$;

-- A16: what is open and what is paid in advance as of a day: today's state less what happened after it. `open` one row
-- a charge, `ahead` one a payment. $1 day $2 company $3 units $4 agent. Whether the agreement still runs is not asked.
create function report.open_facts() returns text
  language sql immutable as $$
  select $q$
  with later as materialized (
    select l.company, l.charge, l.payment, sum(l.amount_minor) as amount
      from api.allocation_facts l where ($2::int is null or l.company = $2) and l.booked_on > $1 group by 1, 2, 3
  ), was as (
    select c.company, c.id, c.amount_minor - c.allocated_minor as open
      from api.charge_facts c
     where ($2::int is null or c.company = $2) and c.voided_on is null and c.allocated_minor < c.amount_minor
    union all        -- nothing lies on a void charge any more
    select c.company, c.id, c.amount_minor
      from api.charge_facts c where ($2::int is null or c.company = $2) and c.voided_on > $1
    union all
    select company, charge, sum(amount) from later group by 1, 2
  ), open as materialized (
    select c.company, c.id, c.party, c.agreement, c.unit, c.building, c.agent, c.kind, c.currency, c.due_on,
           sum(w.open) as open
      from was w join api.charge_facts c on c.company = w.company and c.id = w.id
     where c.issued_on <= $1 and (c.voided_on is null or c.voided_on > $1)
       and ($3::uuid[] is null or c.unit = any ($3)) and ($4::uuid is null or c.agent = $4)
     group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
    having sum(w.open) > 0
  ), spare as (
    select p.company, p.id, p.amount_minor - p.allocated_minor as amount
      from api.payment_facts p
     where ($2::int is null or p.company = $2) and p.booked_on <= $1
       and p.allocated_minor + p.refunded_minor < p.amount_minor
    union all        -- what was given or taken back later was still here, and so was what was allocated
    select p.company, p.id, 0
      from api.payment_facts p where ($2::int is null or p.company = $2) and p.status = 'reversed' and p.booked_on <= $1
    union all
    select f.company, f.payment, 0
      from api.refund_facts f where ($2::int is null or f.company = $2) and f.status = 'done' and f.booked_on > $1
    union all
    select company, payment, 0 from later
  ), ahead as materialized (
    select p.company, p.id, p.party, p.agreement, p.unit, p.building, p.agent, p.currency,
           p.amount_minor - p.allocated_minor + coalesce((select sum(l.amount) from later l where l.company = p.company
             and l.payment = p.id), 0) - coalesce((select sum(f.amount_minor) from api.refund_facts f
             where f.company = p.company and f.payment = p.id and f.status = 'done' and f.booked_on <= $1), 0) as amount
      from (select distinct company, id from spare) s join api.payment_facts p on p.company = s.company and p.id = s.id
     where (p.status = 'succeeded' or p.gone_on > $1) and p.booked_on <= $1
       and ($3::uuid[] is null or p.unit = any ($3)) and ($4::uuid is null or p.agent = $4)
  )
  $q$
$$;

-- not_due and the buckets add up to what is open, with the advance (negative) to the balance (A17). The list that a row
-- opens is today's: a past day has none.
create function report.arrears(as_of date default null, "group" text default 'debtor', company int default null,
    unit text default null, agent text default null)
  returns table (key text, name text, not_due_minor bigint, d1_30_minor bigint, d31_60_minor bigint,
    d61_90_minor bigint, d90_plus_minor bigint, arrears_minor bigint, advance_minor bigint, balance_minor bigint,
    oldest_due date, days_overdue int, charges bigint, currency char(3), filter text)
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
           case when $1 = $7 then report.filters(%2$s, $6, 'open>0 due_on<' || $1) end
      from total g %3$s
     order by g.late desc, g.open desc, 2, 1, g.currency $q$,
    d.name, d.filter, d.labels, d.id, report.company_of(arrears."group"))
    using g.day, g.company, units, agent_id, g.currency,
      report.money_narrowed(case when arrears."group" <> 'unit' then units end, agent_id), today;
end $$;

-- A18: of what fell due in the period, how much was covered by the day.
create function report.collection("from" date, "to" date, as_of date default null, "group" text default 'none',
    company int default null, unit text default null, agent text default null)
  returns table (key text, name text, charged_minor bigint, collected_minor bigint, collected_bp int, currency char(3),
    filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare
  g record := report.gate(collection.company, collection."from", collection."to");
  d record;
  units uuid[] := report.units_of(g.company, collection.unit);
  agent_id uuid := report.agent_of(g.company, collection.agent);
  day date := coalesce(collection.as_of, (report.frame(collection.company)).today);
begin
  perform report.one_of('group', collection."group",
    '{none,month,debtor,agreement,unit,building,district,agent,company}');
  d := report.money_dimension(collection."group");
  return query execute format($q$
    with fact as materialized (
      select c.company, c.party, c.agreement, c.unit, c.building, c.agent, c.currency, report.bucket(%3$L, c.due_on)
        as bucket,
             c.amount_minor as amount, coalesce((select sum(l.amount_minor) from api.allocation_facts l
               where l.company = c.company and l.charge = c.id and l.booked_on <= $8), 0) as paid
        from api.charge_facts c
       where ($3::int is null or c.company = $3) and c.due_on >= $1 and c.due_on < $2
         and (c.voided_on is null or c.voided_on > $8) and c.issued_on <= $8
         and ($4::uuid[] is null or c.unit = any ($4)) and ($5::uuid is null or c.agent = $5)
    )
    select g.key::text, %1$s, g.amount::bigint, g.paid::bigint, report.bp(g.paid, g.amount), g.currency::char(3),
           report.filters(%2$s, 'due_on>=' || greatest($1, g.bucket),
             'due_on<' || least($2, coalesce(report.next_bucket(%3$L, g.bucket), $2)), 'status!=voided', $7)
      from (select %4$s as key, %5$s as company, c.currency, min(c.bucket) as bucket, sum(c.amount) as amount,
                   sum(c.paid) as paid
              from fact c group by 1, 2, 3
            union all
            select null, $3, $6, $1, 0, 0 where not exists (select from fact)) g
      %6$s
     order by %7$s, 2, 1, g.currency $q$,
    d.name, d.filter, d.kind, d.id, report.company_of(collection."group"), d.labels,
    case when d.kind = 'none' then 'g.amount desc' else 'g.bucket' end)
    using collection."from", collection."to", g.company, units, agent_id, g.currency,
      report.money_narrowed(case when collection."group" <> 'unit' then units end, agent_id), day;
end $$;

-- ---- rent roll -----------------------------------------------------------------------------------------------

-- A19: every lease in force on a day, and every unit that is to let and has none. Held: what was paid of the deposit
-- less
-- what went back; the balance and the age of the oldest debt are those of the arrears on that day.
create type report.leased_unit as (
  unit uuid, unit_label text, building_label text, agreement uuid, agreement_no bigint, tenant uuid, tenant_label text,
  starts_on date, ends_on date, days_left int, rent_minor bigint, rent_m2_minor bigint, deposit_minor bigint,
  deposit_held_minor bigint, next_index date, balance_minor bigint, days_overdue int, asking_minor bigint,
  vacant_days int, currency char(3), resource text, filter text
);

create function report.rent_roll(as_of date default null, company int default null, unit text default null,
    agent text default null)
  returns setof report.leased_unit
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare
  g record := report.gate_on(rent_roll.company, rent_roll.as_of);
  units uuid[] := report.units_of(g.company, rent_roll.unit);
  agent_id uuid := report.agent_of(g.company, rent_roll.agent);
begin
  return query execute report.open_facts() || $q$
    , lease as materialized (
      select l.* from api.agreement_facts l
       where ($2::int is null or l.company = $2) and l.starts_on <= $1 and l.over_on > $1 and l.kind <> 'management'
         and ($3::uuid[] is null or l.unit = any ($3)) and ($4::uuid is null or l.agent = $4)
    ), owed as (
      select c.company, c.agreement, sum(c.open) as open, min(c.due_on) as oldest from open c group by 1, 2
    ), spare_of as (
      select c.company, c.agreement, sum(c.amount) as amount from ahead c group by 1, 2
    ), line as (
      select l.company, l.unit, l.id, l.no, l.party, l.starts_on, l.over_on, l.deposit_minor, l.currency,
             coalesce((select sum(x.amount_minor) from api.rent_facts x where x.company = l.company
               and x.agreement = l.id and x.kind = 'rent' and x.from_on <= $1 and x.to_on > $1), l.rent_minor) as rent,
             report.deposit_held(l.company, l.id, $1) as held, report.next_index(l.index_bp, l.index_month, $1,
               l.over_on)
               as next_index, coalesce(o.open, 0) - coalesce(s.amount, 0) as balance,
             case when o.oldest < $1 then $1 - o.oldest end as overdue, null::bigint as asking, null::int as vacant
        from lease l
        left join owed o on o.company = l.company and o.agreement = l.id
        left join spare_of s on s.company = l.company and s.agreement = l.id
      union all
      select f.company, f.unit, null, null, null, null, null, null, f.currency, null, null, null, null, null,
             f.price_minor, $1 - (select max(l.over_on) from api.agreement_facts l where l.company = f.company
               and l.unit = f.unit and l.over_on <= $1)
        from api.offerings f join api.unit_facts u on u.company = f.company and u.id = f.unit and not u.archived
       where ($2::int is null or f.company = $2) and f.mode = 'long_rent' and f.status = 'active'
         and ($3::uuid[] is null or f.unit = any ($3)) and ($4::uuid is null or u.agent = $4)
         and not exists (select from lease l where l.company = f.company and l.unit = f.unit)
    )
    select x.unit, u.title::text, b.name::text, x.id, x.no, x.party, p.name::text, x.starts_on, x.over_on, x.over_on -
      $1,
           x.rent::bigint, case when u.area_total > 0 then round(x.rent / u.area_total)::bigint end, x.deposit_minor,
             x.held,
           x.next_index, x.balance::bigint, x.overdue, x.asking, x.vacant, x.currency::char(3),
           case when x.id is null then 'units' else 'agreements' end, 'id=' || coalesce(x.id, x.unit)
      from line x
      left join api.unit_facts u on u.company = x.company and u.id = x.unit
      left join api.buildings b on b.company = x.company and b.id = u.building
      left join api.parties p on p.company = x.company and p.id = x.party
     order by b.name nulls last, u.code, x.unit, x.starts_on $q$
    using g.day, g.company, units, agent_id;
end $$;

-- What of the deposit is in our hands on a day.
create function report.deposit_held(p_company int, p_agreement uuid, p_day date) returns bigint
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return (select coalesce(sum(l.amount_minor), 0) from api.charge_facts c
      join api.allocation_facts l on l.company = c.company and l.charge = c.id and l.booked_on <= p_day
     where c.company = p_company and c.agreement = p_agreement and c.kind = 'deposit')
    - (select coalesce(sum(m.amount_minor), 0) from api.deposit_facts m where m.company = p_company
       and m.agreement = p_agreement and m.kind <> 'received' and m.booked_on <= p_day);
end $$;

-- The next first day of the month in which the rent is indexed, while the lease runs.
create function report.next_index(p_bp int, p_month int, p_day date, p_over date) returns date
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare d date;
begin
  if coalesce(p_bp, 0) = 0 or p_month is null then return null; end if;
  d := make_date(extract(year from p_day)::int, p_month, 1);
  if d <= p_day then d := (d + interval '1 year')::date; end if;
  return case when d < p_over then d end;
end $$;

-- ---- stays ---------------------------------------------------------------------------------------------------

-- A7 and A12. Length: nights a stay, of those that leave in the period. Lead: days between booking and arrival, of all
-- that
-- were booked in it and neither expired nor were taken back. Guests: who left in it, and who of them had been here
-- before.
create function report.stays("from" date, "to" date, "group" text default 'none', company int default null,
    unit text default null, agent text default null)
  returns table (key text, name text, departures bigint, nights bigint, mean_nights text, bookings bigint,
    lead_days bigint, mean_lead text, guests bigint, returning_guests bigint, returning_bp int, filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare
  g record := report.gate(stays.company, stays."from", stays."to");
  d record;
  units uuid[] := report.with_parents(g.company, report.units_of(g.company, stays.unit));
  agent_id uuid := report.agent_of(g.company, stays.agent);
begin
  perform report.one_of('group', stays."group", '{none,month,unit,building,agent,company,channel}');
  d := report.money_dimension(case when stays."group" = 'channel' then 'none' else stays."group" end);
  if stays."group" = 'channel' then
    d.id := 'c.channel'; d.name := 'g.key'; d.filter := $f$'channel=' || g.key$f$;
  end if;
  return query execute format($q$
    with gone as materialized (
      select r.company, r.unit, r.building, r.agent, r.channel, report.bucket(%1$L, r.check_out) as bucket, r.nights,
        r.party,
             r.status = 'completed' and r.party is not null as here, r.check_out
        from api.reservations r
       where ($3::int is null or r.company = $3) and r.check_out >= $1 and r.check_out < $2 and r.check_in > $1 - $8
         and r.check_in < $2 and r.status in ('confirmed', 'checked_in', 'completed')
         and ($4::uuid[] is null or r.unit = any ($4)) and ($5::uuid is null or r.agent = $5)
    ), known as materialized (   -- the first departure ever of whoever left in the period
      select w.company, w.party, (select min(r.check_out) from api.reservations r where r.company = w.company
          and r.party = w.party and r.status = 'completed') as first_out
        from (select distinct company, party from gone where here) w
    ), fact as (
      select c.company, c.unit, c.building, c.agent, c.channel, c.bucket, 1 as departures, c.nights, 0 as booked, 0 as
        lead,
             case when c.here then c.party end as guest, case when k.first_out < c.check_out then c.party end as again
        from gone c left join known k on c.here and k.company = c.company and k.party = c.party
      union all
      select r.company, r.unit, r.building, r.agent, r.channel, report.bucket(%1$L, r.booked_on), 0, 0, 1,
             r.check_in - r.booked_on, null, null
        from api.reservations r
       where ($3::int is null or r.company = $3) and r.booked_on >= $1 and r.booked_on < $2 and r.status <> 'expired'
         and r.status_reason is distinct from 'undone'
         and ($4::uuid[] is null or r.unit = any ($4)) and ($5::uuid is null or r.agent = $5)
    ), total as (
      select %2$s as key, %3$s as company, min(c.bucket) as bucket, sum(c.departures) as departures, sum(c.nights) as
        nights,
             sum(c.booked) as booked, sum(c.lead) as lead, count(distinct c.guest) as guests, count(distinct c.again)
               as again
        from fact c group by 1, 2
      union all
      select null, $3, $1, 0, 0, 0, 0, 0, 0 where not exists (select from fact)
    )
    select g.key::text, %4$s, g.departures, g.nights, round(g.nights * 1.0 / nullif(g.departures, 0), 2)::text,
      g.booked,
           g.lead, round(g.lead * 1.0 / nullif(g.booked, 0), 2)::text, g.guests, g.again, report.bp(g.again, g.guests),
           report.filters(%5$s, $6, 'check_out>=' || greatest($1, g.bucket), 'check_out<' || least($2,
             coalesce(report.next_bucket(%1$L, g.bucket), $2)), 'status=confirmed,checked_in,completed')
      from total g %6$s
     order by %7$s, 2, 1 $q$,
    d.kind, d.id, report.company_of(stays."group"), d.name, d.filter, d.labels,
    case when d.kind = 'none' then 'g.departures desc' else 'g.bucket' end)
    using stays."from", stays."to", g.company, units, agent_id,
      report.narrowed(g.company, case when stays."group" <> 'unit' then units end, agent_id), null::text,
      report.longest(g.company);
end $$;

-- ---- commission ----------------------------------------------------------------------------------------------

-- A9, of the stays that arrive in the period, by what was copied onto them when they were made: the commission is of
-- what
-- was kept of the lodging (paid less given back), the provider keeps his fee of all that was paid through him. host is
-- what is left of what was kept, platform what is left of the commission.
create function report.commission("from" date, "to" date, "group" text default 'none', company int default null,
    unit text default null, agent text default null)
  returns table (key text, name text, stays bigint, paid_minor bigint, refunded_minor bigint, base_minor bigint,
    commission_minor bigint, provider_fee_minor bigint, host_minor bigint, platform_minor bigint, agent_minor bigint,
    currency char(3), filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare
  g record := report.gate(commission.company, commission."from", commission."to");
  d record;
  units uuid[] := report.with_parents(g.company, report.units_of(g.company, commission.unit));
  agent_id uuid := report.agent_of(g.company, commission.agent);
begin
  perform report.one_of('group', commission."group", '{none,month,unit,building,district,agent,company}');
  d := report.money_dimension(commission."group");
  return query execute format($q$
    with stay as materialized (
      select t.* from api.stay_terms t
       where ($3::int is null or t.company = $3) and t.check_in >= $1 and t.check_in < $2
         and ($4::uuid[] is null or t.unit = any ($4)) and ($5::uuid is null or t.agent = $5)
    ), paid as (
      select p.company, p.reservation, p.currency, sum(p.amount_minor) as paid, sum(p.refunded_minor) as refunded,
             sum(case when p.method in ('card', 'kaspi') then round(p.amount_minor * s.provider_fee_bp / 10000.0) else
               0 end)
               as fee
        from stay s join api.payment_facts p on p.company = s.company and p.reservation = s.id
       where p.status = 'succeeded' group by 1, 2, 3
    ), fact as (
      select s.company, s.unit, s.building, s.agent, p.currency, report.bucket(%1$L, s.check_in) as bucket, p.paid,
        p.refunded,
             b.base, p.fee, p.paid - p.refunded as kept, round(b.base * s.commission_bp / 10000.0) as commission,
             round(b.base * s.agent_commission_bp / 10000.0) as share
        from stay s join paid p on p.company = s.company and p.reservation = s.id
       cross join lateral (select case when s.total_minor > 0
         then round((p.paid - p.refunded) * s.lodging_minor * 1.0 / s.total_minor) else p.paid - p.refunded end as
           base) b
    ), total as (
      select %2$s as key, %3$s as company, c.currency, min(c.bucket) as bucket, count(*) as stays, sum(paid) as paid,
             sum(refunded) as refunded, sum(base) as base, sum(commission) as commission, sum(fee) as fee, sum(kept)
               as kept,
             sum(share) as share
        from fact c group by 1, 2, 3
      union all
      select null, $3, $6, $1, 0, 0, 0, 0, 0, 0, 0, 0 where not exists (select from fact)
    )
    select g.key::text, %4$s, g.stays, g.paid::bigint, g.refunded::bigint, g.base::bigint, g.commission::bigint,
           g.fee::bigint, (g.kept - g.commission)::bigint, (g.commission - g.fee)::bigint, g.share::bigint,
           g.currency::char(3), report.filters(%5$s, $7, 'check_in>=' || greatest($1, g.bucket), 'check_in<' ||
             least($2,
             coalesce(report.next_bucket(%1$L, g.bucket), $2)))
      from total g %6$s
     order by %7$s, 2, 1, g.currency $q$,
    d.kind, d.id, report.company_of(commission."group"), d.name, d.filter, d.labels,
    case when d.kind = 'none' then 'g.commission desc' else 'g.bucket' end)
    using commission."from", commission."to", g.company, units, agent_id, g.currency,
      report.narrowed(g.company, case when commission."group" <> 'unit' then units end, agent_id);
end $$;

-- ---- comparison ----------------------------------------------------------------------------------------------

-- The period just before: as many whole months, else as many days.
create function report.before(p_from date, p_to date, out a date, out b date)
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare months int := (extract(year from p_to) - extract(year from p_from)) * 12
  + extract(month from p_to) - extract(month from p_from);
begin
  b := p_from;
  a := case when extract(day from p_from) = 1 and extract(day from p_to) = 1
    then (p_from - make_interval(months => months))::date else p_from - (p_to - p_from) end;
end $$;

-- Change in basis points; of nothing there is none.
create function report.change_bp(p_now numeric, p_before numeric) returns int
  language sql immutable parallel safe as
$$ select case when p_before > 0 then round((p_now - p_before) * 10000 / p_before)::int end $$;

-- Side by side: agents, units, buildings, districts or companies, each with what it was before.
create function report.compare("from" date, "to" date, "of" text default 'agent', company int default null,
    unit text default null, agent text default null)
  returns table (key text, name text, revenue_minor bigint, revenue_before_minor bigint, revenue_change_bp int,
    sold_nights bigint, sold_before bigint, sold_change_bp int, occupancy_bp int, occupancy_before_bp int,
    adr_minor bigint, adr_before_minor bigint, adr_change_bp int, currency char(3), filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare was record;
begin
  perform report.one_of('of', compare."of", '{agent,unit,building,district,company,class}');
  was := report.before(compare."from", compare."to");
  return query
    select coalesce(n.key, b.key), coalesce(n.name, b.name), coalesce(n.revenue_minor, 0), coalesce(b.revenue_minor, 0),
           report.change_bp(coalesce(n.revenue_minor, 0), b.revenue_minor), coalesce(n.sold_nights, 0),
           coalesce(b.sold_nights, 0), report.change_bp(coalesce(n.sold_nights, 0), b.sold_nights),
           coalesce(n.occupancy_bp, 0), coalesce(b.occupancy_bp, 0), coalesce(n.adr_minor, 0), coalesce(b.adr_minor, 0),
           report.change_bp(coalesce(n.adr_minor, 0), b.adr_minor), coalesce(n.currency, b.currency), n.filter
      from report.occupancy(compare."from", compare."to", compare."of", compare.company, compare.unit, compare.agent) n
      full join report.occupancy(was.a, was.b, compare."of", compare.company, compare.unit, compare.agent) b
        on coalesce(b.key, '') = coalesce(n.key, '') and b.currency = n.currency
     order by coalesce(n.revenue_minor, 0) desc, coalesce(b.revenue_minor, 0) desc, 2, 1;
end $$;

-- ---- what a unit cost and brings -----------------------------------------------------------------------------

create table domovoi.unit_finance (
  company_id        int not null references domovoi.company,
  id                uuid not null default gen_random_uuid(),
  unit_id           uuid not null,
  acquisition_cost  bigint not null default 0 check (acquisition_cost >= 0),
  acquired_on       date,
  market_value      bigint not null default 0 check (market_value >= 0),
  valued_on         date,
  currency          char(3) not null references domovoi.currency,
  agent_id          uuid,
  building_id       uuid,
  owner_id          uuid,
  version           int not null default 1,
  created_at        timestamptz not null default now(),
  created_by        uuid,
  updated_at        timestamptz not null default now(),
  updated_by        uuid,
  primary key (company_id, id),
  unique (company_id, unit_id),
  foreign key (company_id, unit_id) references domovoi.unit (company_id, id)
);
do $$ begin perform domovoi.protect('domovoi.unit_finance', 'unit', 'expense.view'); end $$;
create view api.unit_finances with (security_invoker) as
  select f.id, f.company_id as company, f.unit_id as unit, u.title as unit_label, f.building_id as building,
    f.agent_id as agent, f.acquisition_cost as acquisition_cost_minor, f.acquired_on,
    f.market_value as market_value_minor, f.valued_on, f.currency, f.version, f.updated_at
  from domovoi.unit_finance f left join domovoi.unit u on u.company_id = f.company_id and u.id = f.unit_id;
grant select on api.unit_finances to domovoi_staff;
reset role;

set local role domovoi_rules;
insert into domovoi.record_kind (resource, plural, reads, creates, patches, machine, keys, by_unit) values
  ('unit_finance', 'unit_finances', 'expense.view', 'expense.edit', 'expense.edit', null, '{}', false);
insert into domovoi.writable (resource, ord, name, col, type, on_create, on_patch, on_import)
select 'unit_finance', o, n, c, t, true, k like '%p%', false from (values
  (1, 'unit', 'unit_id', 'unit', 'c'),
  (2, 'currency', 'currency', 'currency', 'c'),
  (3, 'acquisition_cost', 'acquisition_cost', 'major', 'cp'),
  (3, 'acquisition_cost_minor', 'acquisition_cost', 'minor', 'cp'),
  (4, 'acquired_on', 'acquired_on', 'date', 'cp'),
  (5, 'market_value', 'market_value', 'major', 'cp'),
  (5, 'market_value_minor', 'market_value', 'minor', 'cp'),
  (6, 'valued_on', 'valued_on', 'date', 'cp')) v (o, n, c, t, k);

create function domovoi.put_unit_finance(p_company int, p_id uuid, p_base int, p_set jsonb, p_new boolean) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  r domovoi.unit_finance;
  s jsonb;
begin
  select * into r from domovoi.unit_finance x where x.company_id = p_company and x.id = p_id for no key update;
  perform domovoi.check_version(p_base, r.version);
  s := domovoi.read_set('unit_finance', p_company, p_set, case when p_new then 'create' else 'patch' end,
    coalesce(r.currency, p_set ->> 'currency', (select c.currency from domovoi.company c where c.id = p_company)));
  r := jsonb_populate_record(r, s);
  perform domovoi.must_have(to_jsonb(r), 'unit_id');
  if p_new then
    insert into domovoi.unit_finance (company_id, id, unit_id, acquisition_cost, acquired_on, market_value, valued_on,
      currency)
      select p_company, p_id, r.unit_id, coalesce(r.acquisition_cost, 0), r.acquired_on, coalesce(r.market_value, 0),
        r.valued_on, coalesce(r.currency, c.currency) from domovoi.company c where c.id = p_company;
  else
    update domovoi.unit_finance x set acquisition_cost = r.acquisition_cost, acquired_on = r.acquired_on,
        market_value = r.market_value, valued_on = r.valued_on where x.company_id = p_company and x.id = p_id;
  end if;
end $$;
create function domovoi.unit_finance_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.put_unit_finance(p_company, p_id, null, p_set, true); end $$;
create function domovoi.unit_finance_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.put_unit_finance(p_company, p_id, p_base, p_set, false); end $$;
create function domovoi.unit_finance_label(r jsonb) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (select u.title from domovoi.unit u where u.company_id = (r ->> 'company_id')::int
    and u.id = (r ->> 'unit_id')::uuid); end $$;
-- It goes where its unit goes.
create function domovoi.unit_finance_follows() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  update domovoi.unit_finance f set agent_id = new.agent_id where f.company_id = new.company_id and f.unit_id = new.id;
  return null;
end $$;
reset role;
create trigger rules before insert or update on domovoi.unit_finance for each row execute function
  domovoi.record_before('', 'unit', '');
create trigger effects after insert or update on domovoi.unit_finance for each row execute function
  domovoi.record_after('unit_finance');
create trigger finance after update of agent_id, building_id, owner_id on domovoi.unit for each row
  when ((old.agent_id, old.building_id, old.owner_id) is distinct from (new.agent_id, new.building_id, new.owner_id))
  execute function domovoi.unit_finance_follows();

set local role domovoi_owner;

-- A21: NOI is what was charged less what it cost to run; invested is what was paid for the unit and put into it until
-- the
-- end of the period. ROI and cap rate take the NOI of a year at the pace of the period; payback is 1/ROI. Whoever sees
-- no
-- expenses sees no result.
create function report.noi("from" date, "to" date, "group" text default 'unit', company int default null,
    unit text default null, agent text default null)
  returns table (key text, name text, income_minor bigint, expense_minor bigint, noi_minor bigint, invested_minor
    bigint,
    roi_bp int, market_value_minor bigint, cap_rate_bp int, payback_months int, currency char(3), filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare
  g record := report.gate(noi.company, noi."from", noi."to");
  d record;
  units uuid[] := report.units_of(g.company, noi.unit);
  agent_id uuid := report.agent_of(g.company, noi.agent);
begin
  perform report.one_of('group', noi."group", '{none,unit,building,district,agent,company}');
  if not exists (select from api.whoami() w where w.permission = 'expense.view') then
    raise exception using errcode = 'DM005', message = 'You may not see these figures.', detail = 'expense.view';
  end if;
  d := report.money_dimension(noi."group");
  return query execute report.money_facts('charges') || format($q$
    , line as (
      select c.company, c.unit, c.building, c.agent, c.currency, c.amount as income, 0::bigint as expense,
             0::bigint as invested, 0::bigint as value from fact c
      union all
      select c.company, c.unit, c.building, c.agent, c.currency, 0, case when c.capital then 0 else c.amount_minor end,
             case when c.capital then c.amount_minor else 0 end, 0
        from api.expense_facts c
       where ($3::int is null or c.company = $3) and c.incurred_on < $2 and (c.capital or c.incurred_on >= $1)
         and ($4::uuid[] is null or c.unit = any ($4)) and ($5::uuid is null or c.agent = $5)
      union all
      select c.company, c.unit, c.building, c.agent, c.currency, 0, 0,
             case when coalesce(c.acquired_on, '-infinity') < $2 then c.acquisition_cost_minor else 0 end,
               c.market_value_minor
        from api.unit_finances c
       where ($3::int is null or c.company = $3)
         and ($4::uuid[] is null or c.unit = any ($4)) and ($5::uuid is null or c.agent = $5)
    ), total as (
      select %1$s as key, %2$s as company, c.currency, sum(income) as income, sum(expense) as expense,
             sum(invested) as invested, sum(value) as value from line c group by 1, 2, 3
      union all
      select null, $3, $6, 0, 0, 0, 0 where not exists (select from line)
    )
    select g.key::text, %3$s, g.income::bigint, g.expense::bigint, (g.income - g.expense)::bigint, g.invested::bigint,
           case when g.invested > 0 then round(n.year * 10000 / g.invested)::int end, g.value::bigint,
           case when g.value > 0 then round(n.year * 10000 / g.value)::int end,
           case when g.invested > 0 and n.year > 0 then round(g.invested * 12 / n.year)::int end, g.currency::char(3),
           report.filters('counted_on>=' || $1, 'counted_on<' || $2, 'status!=voided kind!=deposit', %4$s, $7)
      from total g cross join lateral (select (g.income - g.expense) * 365.0 / ($2 - $1) as year) n %5$s
     order by g.income - g.expense desc, 2, 1, g.currency $q$,
    d.id, report.company_of(noi."group"), d.name, d.filter, d.labels)
    using noi."from", noi."to", g.company, units, agent_id, g.currency,
      report.money_narrowed(case when noi."group" <> 'unit' then units end, agent_id);
end $$;

-- ---- forecast ------------------------------------------------------------------------------------------------

-- A20 by month: unit-days used (stays and leases) of those in stock in whichever mode and not blocked.
create function report.vacancy("from" date, "to" date, company int default null, unit text default null,
    agent text default null)
  returns table (month date, stock_days bigint, closed_days bigint, used_days bigint, vacant_days bigint, vacancy_bp
    int,
    filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off set enable_nestloop = off as $$
#variable_conflict use_column
declare
  a date := report.bucket('month', vacancy."from");
  g record := report.gate(vacancy.company, vacancy."from", vacancy."to");
  units uuid[] := report.units_of(g.company, vacancy.unit);
  agent_id uuid := report.agent_of(g.company, vacancy.agent);
begin
  return query
    with month as materialized (
      select m::date as m0, (m + interval '1 month')::date as m1
        from generate_series(a::timestamp, (vacancy."to" - 1)::timestamp, interval '1 month') m
    ), ranges as materialized (
      select s.company, s.unit, lower(r) as a, upper(r) as b
        from (select s.company, s.unit, range_agg(s.in_stock) as all_of from api.stock s
               where (g.company is null or s.company = g.company) and (units is null or s.unit = any (units))
                 and (agent_id is null or s.agent = agent_id) group by 1, 2) s cross join lateral unnest(s.all_of) r
    ), offered as (
      select r.company, r.unit, m.m0, sum(least(r.b, m.m1) - greatest(r.a, m.m0)) as n
        from month m join ranges r on coalesce(r.a < m.m1, true) and coalesce(r.b > m.m0, true) group by 1, 2, 3
    ), used as (
      select u.company, u.unit, u.month as m0, sum(u.sold + u.let) as n, sum(u.closed) as closed
        from api.unit_months u
       where (g.company is null or u.company = g.company) and u.month >= a and u.month < vacancy."to"
         and (units is null or u.unit = any (units)) and (agent_id is null or u.agent = agent_id)
       group by 1, 2, 3
    ), cell as (
      select m0, coalesce(o.n, 0) as stock, coalesce(u.closed, 0) as closed, coalesce(u.n, 0) as n,
             greatest(coalesce(o.n, 0) - coalesce(u.closed, 0), coalesce(u.n, 0)) as v
        from offered o full join used u using (company, unit, m0)
    )
    select m.m0, coalesce(sum(c.stock), 0)::bigint, coalesce(sum(c.closed), 0)::bigint, coalesce(sum(c.n), 0)::bigint,
           coalesce(sum(c.v - c.n), 0)::bigint, report.bp(coalesce(sum(c.v - c.n), 0), coalesce(sum(c.v), 0)),
           report.filters(report.narrowed(g.company, units, agent_id), 'check_in<' || m.m1, 'check_out>' || m.m0,
             'status=confirmed,checked_in,completed')
      from month m left join cell c on c.m0 = m.m0 group by m.m0, m.m1 order by m.m0;
end $$;

-- A22, from below: which share of the units to let will stand empty in a month, as known on a day. Of the leases that
-- end
-- in it, those that are not renewed (as often as in the two years before); of the units empty on the day, those that
-- stand
-- empty for so long (as often as it happened to units that had been empty for as many days).
create function report.leases_ending(p_company int, p_units uuid[], p_agent uuid, p_day date, p_month date,
    out units int, out share numeric)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare p_next date := (p_month + interval '1 month')::date;
begin
  with lease as materialized (
    select l.company, l.unit, l.party, l.starts_on, l.over_on,
           lead(l.starts_on) over w as next_on, lead(l.party) over w as next_party
      from api.agreement_facts l
     where (p_company is null or l.company = p_company) and (p_units is null or l.unit = any (p_units))
       and (p_agent is null or l.agent = p_agent) and l.starts_on <= p_day and l.kind <> 'management'
    window w as (partition by l.company, l.unit order by l.starts_on, l.id)
  ), renewal as (
    select coalesce(avg(case when next_party = party and next_on <= over_on + 31 then 1.0 else 0 end), 0) as rate
      from lease where over_on <= p_day and over_on > p_day - 731
  ), gap as (
    select next_on - over_on as days from lease where next_on > over_on
  ), last as (
    select distinct on (company, unit) company, unit, over_on from lease order by company, unit, starts_on desc
  ), chance as (
    select case when l.over_on >= p_month and l.over_on < p_next then 1 - r.rate
                when l.over_on <= p_day then coalesce((select avg(case when k.days >= p_month - l.over_on then 1.0
                  else 0 end)
                  from gap k where k.days >= p_day - l.over_on), 1)
                else 0 end as empty
      from last l cross join renewal r
  )
  select count(*), avg(c.empty) into units, share from chance c;
end $$;

-- Ordinary least squares over the last 24 months (regr_*), clipped to what can be; low and high are 1.96 standard
-- errors
-- away. past_error: how far the line was off, in the mean of the last six months that it could have foretold, as a
-- share
-- of what came (MAPE). booked: what is on the books already; expected: with as much as came in since this day a year
-- ago
-- for the same month (A14).
create function report.forecast(horizon int default 6, company int default null, unit text default null,
    agent text default null)
  returns table (month date, vacancy_bp int, low_bp int, high_bp int, past_error_bp int, leases_bp int,
    leases_error_bp int, booked_bp int, expected_bp int, points int, note text, filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare
  f record := report.frame(forecast.company);
  here date := report.bucket('month', f.today);
  until date;
  g record;
  asked uuid[];
  agent_id uuid;
begin
  if coalesce(forecast.horizon, 0) not between 1 and 24 then
    raise exception using errcode = 'DM007', message = 'The horizon must be 1 to 24 months.', column = 'horizon',
      detail = coalesce(forecast.horizon::text, '');
  end if;
  until := (here + make_interval(months => forecast.horizon))::date;
  g := report.gate(forecast.company, here, until);
  asked := report.units_of(g.company, forecast.unit);
  agent_id := report.agent_of(g.company, forecast.agent);
  return query
    with past as materialized (
      select row_number() over (order by v.month)::numeric as t, v.month, v.vacant_days * 1.0 / (v.used_days +
        v.vacant_days) as y
        from report.vacancy((here - interval '30 months')::date, here, forecast.company, forecast.unit,
          forecast.agent) v
       where v.used_days + v.vacant_days > 0
    ), model as (
      select count(*)::int as n, regr_slope(y, t) as slope, regr_intercept(y, t) as base, max(t) as last,
             sqrt(greatest(regr_syy(y, t) - regr_slope(y, t) * regr_sxy(y, t), 0) / nullif(count(*) - 2, 0)) as s
        from (select * from past order by t desc limit 24) p
    ), told as (
      select p.t, p.y, p.month, count(*) over w as n, least(1, greatest(0, regr_intercept(y, t) over w
             + regr_slope(y, t) over w * t)) as foretold
        from past p window w as (order by t rows between 24 preceding and 1 preceding)
    ), error as (
      select avg(abs(x.foretold - x.y) / x.y) as e
        from (select * from told where n >= 6 and y > 0 and foretold is not null order by t desc limit 6) x
    ), lease_error as (
      select avg(abs(l.share - x.y) / x.y) as e
        from (select * from past where y > 0 order by t desc limit 6) x
       cross join lateral report.leases_ending(g.company, asked, agent_id, x.month, x.month) l
    ), ahead as (
      select v.month, v.used_days as n, v.used_days + v.vacant_days as v, v.filter,
             extract(year from v.month) * 12 + extract(month from v.month)
               - extract(year from here) * 12 - extract(month from here) + 1 as h
        from report.vacancy(here, until, forecast.company, forecast.unit, forecast.agent) v
    ), line as (
      select a.*, m.n as points, m.n >= 6 as enough, m.base + m.slope * (m.last + a.h) as guess, 1.96 * m.s as off,
             report.pickup(g.company, asked, agent_id, a.month, f.today) as more, l.share, l.units
        from ahead a cross join model m
       cross join lateral report.leases_ending(g.company, asked, agent_id, f.today, a.month) l
    )
    select x.month, case when x.enough then report.clipped(x.guess::numeric) end,
           case when x.enough then report.clipped((x.guess - x.off)::numeric) end,
           case when x.enough then report.clipped((x.guess + x.off)::numeric) end,
           case when x.enough then round(e.e * 10000)::int end, case when x.units > 0 then report.clipped(x.share) end,
           case when x.units > 0 then round(k.e * 10000)::int end, report.bp(x.n, x.v),
           report.bp(least(x.n + x.more, x.v), x.v), x.points, case when not x.enough then 'not enough data' end,
             x.filter
      from line x cross join error e cross join lease_error k order by x.month;
end $$;

create function report.clipped(p_rate numeric) returns int
  language sql immutable parallel safe as
$$ select round(least(1, greatest(0, p_rate)) * 10000)::int $$;

-- A14: nights of the same month a year ago that were booked after the day that was a year ago.
create function report.pickup(p_company int, p_units uuid[], p_agent uuid, p_month date, p_today date) returns bigint
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off set enable_nestloop = off as $$
declare
  a date := (p_month - interval '1 year')::date;
  b date := (p_month - interval '11 months')::date;
begin
  return (select coalesce(sum(least(n.check_out, b) - greatest(n.check_in, a)), 0)
      from api.nights n join api.reservations r on r.company = n.company and r.id = n.record
     where (p_company is null or n.company = p_company) and n.check_in > a - report.longest(p_company) and n.check_in
       < b
       and n.check_out > a and n.sold and (p_units is null or n.unit = any (p_units)) and (p_agent is null or n.agent
         = p_agent)
       and (p_company is null or r.company = p_company) and r.check_in < b and r.check_in > a - 367
       and r.booked_on > (p_today - interval '1 year')::date);
end $$;

reset role;
