-- Reports of money and of leases (domain.md §3.7 A8-A10, A12, A14, A16-A22), over the same rule A0: what a row says is the
-- sum of what its list opens, one row a currency, a row of zeros for nothing. Like those of 0007 they run under the
-- caller's policies and read views of api only.

-- Which day a charge belongs to: the first of what it is for, else the day of issue.
create index charge_counted on domovoi.charge (company_id, (coalesce(period_from, issued_on)));
-- What happened to the money after a day: the past is today's state less that.
create index allocation_booked on domovoi.allocation (company_id, booked_on) include (charge_id, payment_id, amount);
create index charge_voided on domovoi.charge (company_id, voided_on) where voided_on is not null;
create index payment_unused on domovoi.payment (company_id, booked_on) where allocated + refunded < amount;

set local role domovoi_owner;

-- ---- facts ---------------------------------------------------------------------------------------------------

create view api.charge_facts with (security_invoker) as
  select c.company_id as company, c.id, c.account_id as account, c.party_id as party, c.unit_id as unit,
    c.agreement_id as agreement, c.reservation_id as reservation, c.building_id as building, c.agent_id as agent,
    c.kind, c.issued_on, coalesce(c.period_from, c.issued_on) as counted_on, c.due_on, c.voided_on,
    c.amount as amount_minor, c.allocated as allocated_minor, c.currency
  from domovoi.charge c;
create view api.payment_facts with (security_invoker) as
  select p.company_id as company, p.id, p.account_id as account, p.party_id as party, a.unit_id as account_unit,
    p.agreement_id as agreement, p.reservation_id as reservation, p.building_id as building, p.agent_id as agent,
    p.method, p.status, p.booked_on, p.amount as amount_minor, p.allocated as allocated_minor,
    p.refunded as refunded_minor, p.currency, coalesce(a.unit_id, r.unit_id) as unit
  from domovoi.payment p
  left join domovoi.account a on a.company_id = p.company_id and a.id = p.account_id
  left join domovoi.reservation r on r.company_id = p.company_id and r.id = p.reservation_id;
create view api.refund_facts with (security_invoker) as
  select f.company_id as company, f.id, f.payment_id as payment, f.reservation_id as reservation,
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
create view api.expense_facts with (security_invoker) as
  select e.company_id as company, e.id, e.unit_id as unit, e.building_id as building, e.agent_id as agent, e.kind,
    e.amount as amount_minor, e.currency, e.incurred_on, e.capital
  from domovoi.expense e where e.voided_on is null;
create view api.unit_facts with (security_invoker) as
  select u.company_id as company, u.id, u.code, u.title, u.building_id as building, u.agent_id as agent,
    u.area_total, u.archived_at is not null as archived
  from domovoi.unit u;
grant select on api.charge_facts, api.payment_facts, api.refund_facts, api.allocation_facts, api.agreement_facts,
  api.rent_facts, api.expense_facts, api.unit_facts to domovoi_staff;

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
  select case when p_group in ('unit', 'building', 'client', 'debtor', 'agreement') then 'c.company' else 'null::int' end
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
       and (n.sold or n.source in ('block', 'agreement'))
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

-- What came and went by the day of booking (A8), or what was charged, by the day it is for; deposits are nobody's
-- revenue. $1 from $2 to $3 company $4 units $5 agent.
create function report.money_facts(p_basis text) returns text
  language sql immutable as $$
  select case p_basis when 'payments' then $q$
  with fact as materialized (
    select p.company, p.unit, p.building, p.agent, p.method, p.currency, p.booked_on as day, p.amount_minor as amount,
           0::bigint as refunded
      from api.payment_facts p
     where ($3::int is null or p.company = $3) and p.booked_on >= $1 and p.booked_on < $2 and p.status = 'succeeded'
       and ($4::uuid[] is null or p.unit = any ($4)) and ($5::uuid is null or p.agent = $5)
    union all
    select f.company, p.unit, f.building, f.agent, p.method, f.currency, f.booked_on, -f.amount_minor, f.amount_minor
      from api.refund_facts f left join api.payment_facts p on p.company = f.company and p.id = f.payment
     where ($3::int is null or f.company = $3) and f.booked_on >= $1 and f.booked_on < $2 and f.status = 'done'
       and ($4::uuid[] is null or p.unit = any ($4)) and ($5::uuid is null or f.agent = $5)
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

-- Every bucket of the period is there, in every currency that anything was in. The list of payments adds up to the amount
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
      select c.company, c.unit, c.building, c.agent, c.method, c.currency, report.bucket(%3$L, c.day) as bucket, c.amount,
             c.refunded
        from fact c
      union all
      select null, null, null, null, null, k.currency, b.bucket, 0, 0
        from (select distinct report.bucket(%3$L, $1 + i) as bucket
                from generate_series(0, case when %3$L = 'none' then -1 else $2 - $1 - 1 end) i) b
       cross join (select distinct currency from fact) k
    )
    select g.key::text, %1$s, g.amount::bigint, g.currency::char(3), g.refunded::bigint, %8$L,
           report.filters(%9$L || greatest($1, g.bucket), %10$L || least($2, coalesce(report.next_bucket(%3$L, g.bucket),
             $2)), %11$L, %2$s, $7)
      from (select %4$s as key, %5$s as company, c.currency, min(c.bucket) as bucket, sum(c.amount) as amount,
                   sum(c.refunded) as refunded
              from line c group by 1, 2, 3
            union all
            select null, $3, $6, $1, 0, 0 where not exists (select from fact)) g
      %6$s
     order by %7$s, 2, 1, g.currency $q$,
    d.name, d.filter, d.kind, d.id, report.company_of(revenue_of_money."group"), d.labels,
    case when d.kind = 'none' then 'g.amount desc' else 'g.bucket' end, case when paid then 'payments' else 'charges' end,
    case when paid then 'booked_on>=' else 'counted_on>=' end, case when paid then 'booked_on<' else 'counted_on<' end,
    case when paid then 'status=succeeded' else 'status!=void kind!=deposit' end)
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
  perform report.one_of('group', revenue."group", array['none', 'day', 'week', 'month', 'year', 'unit', 'building', 'agent',
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
    union all        -- what was given back later was still here, and so was what was allocated
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
     where p.status = 'succeeded' and p.booked_on <= $1
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
  return query execute report.open_facts() || format($q$
    , line as (
      select c.company, c.party, c.agreement, c.unit, c.building, c.agent, c.currency, c.due_on, $1 - c.due_on as age, c.open,
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
    select g.key::text, %1$s, g.d0::bigint, g.d30::bigint, g.d60::bigint, g.d90::bigint, g.older::bigint, g.late::bigint,
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
  perform report.one_of('group', collection."group", '{none,month,debtor,agreement,unit,building,district,agent,company}');
  d := report.money_dimension(collection."group");
  return query execute format($q$
    with fact as materialized (
      select c.company, c.party, c.agreement, c.unit, c.building, c.agent, c.currency, report.bucket(%3$L, c.due_on) as bucket,
             c.amount_minor as amount, coalesce((select sum(l.amount_minor) from api.allocation_facts l
               where l.company = c.company and l.charge = c.id and l.booked_on <= $8), 0) as paid
        from api.charge_facts c
       where ($3::int is null or c.company = $3) and c.due_on >= $1 and c.due_on < $2
         and (c.voided_on is null or c.voided_on > $8) and c.issued_on <= $8
         and ($4::uuid[] is null or c.unit = any ($4)) and ($5::uuid is null or c.agent = $5)
    )
    select g.key::text, %1$s, g.amount::bigint, g.paid::bigint, report.bp(g.paid, g.amount), g.currency::char(3),
           report.filters(%2$s, 'due_on>=' || greatest($1, g.bucket),
             'due_on<' || least($2, coalesce(report.next_bucket(%3$L, g.bucket), $2)), 'status!=void', $7)
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

reset role;
