-- The cashier's desk: what falls due day by day, what a payment would cover before it is recorded, and by hand which
-- charges a payment covers, all of them in one change.

set local role domovoi_owner;
create index on domovoi.payment (company_id, agreement_id, booked_on, id) where agreement_id is not null;
reset role;

set local role domovoi_rules;

-- ---- what covers what -------------------------------------------------------------------------------------------

-- The rule by which so much money covers the charges of an account: those that it was paid for, then the oldest. One
-- row an open charge, in that order, with the part that it gets. Payments and their previews ask the same.
create function domovoi.fifo(p_company int, p_account uuid, p_charge uuid, p_reservation uuid, p_free bigint)
  returns table (n bigint, charge uuid, open bigint, part bigint)
  language plpgsql volatile rows 20 security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
#variable_conflict use_column
begin
  return query select o.n, o.id, o.open, greatest(0, least(o.open, p_free - o.before))::bigint
    from (select x.id, x.amount - x.allocated as open, row_number() over w as n,
                 coalesce(sum(x.amount - x.allocated) over (w rows between unbounded preceding and 1 preceding), 0) as before
            from domovoi.charge x
           where x.company_id = p_company and x.account_id = p_account and x.voided_on is null and x.allocated < x.amount
          window w as (order by coalesce(x.id = p_charge, false) desc, coalesce(x.reservation_id = p_reservation, false) desc,
            x.due_on, x.no)) o
   order by o.n;
end $$;

-- As in 0020, but the order and the parts are domovoi.fifo's.
create or replace function domovoi.allocate_fifo(p_company int, p_payment uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare p domovoi.payment; c record; free bigint;
begin
  perform domovoi.lock_money(p_company);
  select * into p from domovoi.payment x where x.company_id = p_company and x.id = p_payment for no key update;
  free := domovoi.free_of(p);
  if free = 0 then return; end if;
  for c in select f.charge, f.part from domovoi.fifo(p_company, p.account_id, p.charge_id, p.reservation_id, free) f
      where f.part > 0 order by f.n loop
    perform domovoi.cover(p_company, p_payment, c.charge, c.part);
  end loop;
end $$;

-- "12=50000 15=300": what a person wrote beside charges. A charge twice, or without an amount, is refused.
create function domovoi.read_parts(p_company int, p_text text, p_currency text, out charges uuid[], out amounts bigint[])
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare word text; c uuid; n bigint;
begin
  charges := '{}'; amounts := '{}';
  for word in select w from regexp_split_to_table(coalesce(p_text, ''), '[\s;]+') w where w <> '' loop
    c := domovoi.money_ref('charge', p_company, split_part(word, '=', 1), 'parts');
    n := domovoi.minor_units(translate(split_part(word, '=', 2), ',', '.'), (select x.digits from domovoi.currency x
      where x.code = p_currency));
    if c is null or n is null or n < 0 or c = any (charges) then
      perform domovoi.fail('DM007', 'The value is not valid.', 'parts', left(word, 40),
        'Give each charge once: number=amount.');
    end if;
    charges := charges || c; amounts := amounts || n;
  end loop;
end $$;

-- A payment covers exactly these charges, each with so much: what it covered besides is open again. Taken back first,
-- so that one change can move money from charge to charge.
create function domovoi.distribute(p_company int, p_payment uuid, p_text text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare want record; x record;
begin
  perform domovoi.lock_money(p_company);
  want := domovoi.read_parts(p_company, p_text, (select p.currency from domovoi.payment p where p.company_id = p_company
    and p.id = p_payment));
  for x in select coalesce(h.charge_id, w.charge) as charge, (coalesce(w.amount, 0) - coalesce(h.held, 0))::bigint as more
      from (select a.charge_id, sum(a.amount) as held from domovoi.allocation a where a.company_id = p_company
              and a.payment_id = p_payment group by 1 having sum(a.amount) > 0) h
      full join unnest(want.charges, want.amounts) w (charge, amount) on w.charge = h.charge_id
      order by 2, 1 loop
    if x.more < 0 then
      perform domovoi.cover(p_company, p_payment, x.charge, x.more);
    elsif x.more > 0 then
      perform domovoi.allocate(p_company, p_payment, x.charge, x.more);
    end if;
  end loop;
end $$;

insert into domovoi.record_action (resource, action, permission, needs_reason, states, guard, sort) values
  ('payment', 'distribute', 'allocation.edit', false, '{succeeded}', null, 8);

-- As in 0020, but a payment can be spread over its charges in one change.
create or replace function domovoi.payment_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
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
    when 'distribute' then perform domovoi.distribute(p_company, p_id, p_args ->> 'parts');
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

create function act.payment_distribute(id text, version int default null, parts text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('payment', id, version, 'distribute', jsonb_build_object('parts', parts)) $$;
revoke execute on function act.payment_distribute from public;
grant execute on function act.payment_distribute to domovoi_staff;

-- ---- before it is recorded ----------------------------------------------------------------------------------------

-- Of a unit: the lease in force, else the newest one; a stay that is there now, if nobody rents it. Only those that
-- whoever asks reaches, as they would be refused him by their numbers.
create function domovoi.payer_of_unit(p_company int, p_unit uuid, out agreement uuid, out reservation uuid)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare today date := domovoi.company_today(p_company);
begin
  select g.id into agreement from domovoi.agreement g where g.company_id = p_company and g.unit_id = p_unit
    and g.status not in ('draft', 'void') and domovoi.reaches(g.company_id, g.agent_id, g.building_id, g.owner_id) order by g.starts_on <= today and coalesce(g.terminated_on, g.ends_on, today + 1)
      > today desc, g.starts_on desc limit 1;
  if agreement is null then
    select r.id into reservation from domovoi.reservation r where r.company_id = p_company and r.unit_id = p_unit
      and r.status in ('hold', 'confirmed', 'checked_in', 'completed') and r.check_in <= today + 30
      and domovoi.reaches(r.company_id, r.agent_id, r.building_id, r.owner_id)
      order by r.check_in desc limit 1;
  end if;
end $$;

-- Of a person: the account whose debt is the oldest, as the agreement it belongs to; null = the account of the stays.
-- Of agreements, those that whoever asks reaches.
create function domovoi.lease_of_payer(p_company int, p_party uuid) returns uuid
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare o record;
begin
  select a.agreement_id as agreement, d.due_on into o from domovoi.account a
      left join lateral (select x.due_on from domovoi.charge x where x.company_id = a.company_id and x.account_id = a.id
        and x.voided_on is null and x.allocated < x.amount order by x.due_on limit 1) d on true
    left join domovoi.agreement g on g.company_id = a.company_id and g.id = a.agreement_id
    where a.company_id = p_company and a.party_id = p_party and a.kind = 'receivable'
      and (g.id is null or domovoi.reaches(g.company_id, g.agent_id, g.building_id, g.owner_id))
    order by d.due_on nulls last, a.closed_on nulls first, a.agreement_id is null, a.no desc limit 1;
  return o.agreement;
end $$;

-- What a payment is for, out of what a person pointed at: as domovoi.record_payment would fill it in.
create function domovoi.payment_of(p_company int, p_charge text, p_agreement text, p_reservation text, p_unit text,
    p_party text) returns domovoi.payment
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare p domovoi.payment; c domovoi.charge; g domovoi.agreement; s domovoi.reservation; u record; unit uuid;
begin
  p.company_id := p_company; p.created_by := domovoi.my_user();
  p.charge_id := domovoi.money_ref('charge', p_company, p_charge, 'charge');
  select * into c from domovoi.charge x where x.company_id = p_company and x.id = p.charge_id;
  unit := domovoi.money_ref('unit', p_company, p_unit, 'unit');
  u := domovoi.payer_of_unit(p_company, unit);
  select * into g from domovoi.agreement x where x.company_id = p_company and x.id = coalesce(c.agreement_id,
    domovoi.money_ref('agreement', p_company, p_agreement, 'agreement'), u.agreement);
  select * into s from domovoi.reservation x where x.company_id = p_company and x.id = coalesce(c.reservation_id,
    domovoi.money_ref('reservation', p_company, p_reservation, 'reservation'), u.reservation);
  p.party_id := coalesce(c.party_id, g.party_id, s.party_id, domovoi.money_ref('party', p_company, p_party, 'party'));
  if p.party_id is null then
    perform domovoi.fail('DM007', 'A value is required.', 'party', null, 'Say who pays.');
  end if;
  if num_nulls(c.id, g.id, s.id) = 3 then
    select * into g from domovoi.agreement x where x.company_id = p_company and x.id = domovoi.lease_of_payer(p_company,
      p.party_id);
  end if;
  p.agreement_id := g.id; p.reservation_id := s.id; p.unit_id := coalesce(unit, c.unit_id, g.unit_id, s.unit_id);
  p.currency := coalesce(c.currency, g.currency, s.currency, (select x.currency from domovoi.company x
    where x.id = p_company));
  p.account_id := coalesce(c.account_id, (select a.id from domovoi.account a where a.company_id = p_company
    and a.kind = 'receivable' and a.currency = p.currency and case when g.id is null then a.agreement_id is null
      and a.party_id = coalesce(s.party_id, p.party_id) else a.agreement_id = g.id end));
  return p;
end $$;

-- How much it would be for: what is open of the charge or the stay, else all that is due by now, else what is next.
create function domovoi.proposed_for(p domovoi.payment) returns bigint
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return coalesce( -- of what whoever asks may see
    (select domovoi.expected_of(p.company_id, p.charge_id, p.reservation_id)
       where num_nulls(p.charge_id, p.reservation_id) < 2),
    (select coalesce(sum(x.amount - x.allocated) filter (where x.due_on <= domovoi.company_today(p.company_id)),
         (array_agg(x.amount - x.allocated order by x.due_on, x.no))[1])
       from domovoi.charge x where x.company_id = p.company_id and x.account_id = p.account_id and x.voided_on is null
         and x.allocated < x.amount and domovoi.reaches(x.company_id, x.agent_id, x.building_id, x.owner_id)), 0)::bigint;
end $$;

create type api.payment_line as (what text, id uuid, no bigint, kind text, due_on date, unit_label text,
  open_minor bigint, part_minor bigint, left_minor bigint, currency char(3), party uuid, party_label text, agreement uuid,
  agreement_label text, reservation uuid, reservation_label text, code text, reason text);

-- What a payment would do. First a row for the account (whose, for what; open_minor: all that is open there; part_minor:
-- the amount, proposed if none is given; left_minor: what stays as an advance; code and reason: why who records it does
-- not confirm it); then the open charges, in the order in which they are covered: all that get something, and up to 200.
-- Charges that are not for whoever asks to see are covered, too, and not shown: neither they nor their sum.
create function api.payment_preview(charge text, agreement text, reservation text, unit text, party text, amount text,
    company int)
  returns setof api.payment_line
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp as $$
#variable_conflict use_column
declare p domovoi.payment; head api.payment_line; guard record; given bigint;
begin
  perform domovoi.require('payment.record');
  p := domovoi.payment_of(coalesce(payment_preview.company, (domovoi.me()).company_id), payment_preview.charge,
    payment_preview.agreement, payment_preview.reservation, payment_preview.unit, payment_preview.party);
  given := coalesce(domovoi.money_arg(jsonb_build_object('amount', payment_preview.amount), p.currency),
    domovoi.proposed_for(p));
  p.amount := given;
  guard := domovoi.money_guard('other_confirms', to_jsonb(p));
  select 'account', p.charge_id, c.no, c.kind, c.due_on, u.title, 0, given, 0,
      p.currency, p.party_id, t.name, p.agreement_id, g.no::text, p.reservation_id, s.no::text,
      case when not domovoi.has_permission('payment.confirm') then 'DM005' else guard.code end,
      case when not domovoi.has_permission('payment.confirm') then 'payment.confirm' else guard.reason end into head
    from (select) x left join domovoi.charge c on c.company_id = p.company_id and c.id = p.charge_id
    left join domovoi.unit u on u.company_id = p.company_id and u.id = p.unit_id
    left join domovoi.party t on t.company_id = p.company_id and t.id = p.party_id
    left join domovoi.agreement g on g.company_id = p.company_id and g.id = p.agreement_id
    left join domovoi.reservation s on s.company_id = p.company_id and s.id = p.reservation_id;
  select coalesce(sum(f.open) filter (where domovoi.reaches(c.company_id, c.agent_id, c.building_id, c.owner_id)), 0),
      given - coalesce(sum(f.part), 0) into head.open_minor, head.left_minor
    from domovoi.fifo(p.company_id, p.account_id, p.charge_id, p.reservation_id, given) f
    join domovoi.charge c on c.company_id = p.company_id and c.id = f.charge;
  return next head;
  return query select 'charge', c.id, c.no, c.kind, c.due_on, u.title, f.open, f.part, f.open - f.part, c.currency,
      null::uuid, null::text, null::uuid, null::text, null::uuid, null::text, null::text, null::text
    from domovoi.fifo(p.company_id, p.account_id, p.charge_id, p.reservation_id, given) f
    join domovoi.charge c on c.company_id = p.company_id and c.id = f.charge
    left join domovoi.unit u on u.company_id = p.company_id and u.id = c.unit_id
    where domovoi.reaches(c.company_id, c.agent_id, c.building_id, c.owner_id) order by f.n limit 200;
end $$;
revoke execute on function api.payment_preview from public;
grant execute on function api.payment_preview to domovoi_staff, domovoi_owner;

reset role;
set local role domovoi_owner;

-- As in 0020, but a charge says its building.
create or replace view api.charges with (security_invoker) as
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
    coalesce(c.period_from, c.issued_on) as counted_on, c.building_id as building, b.name as building_label
  from domovoi.charge c
  left join domovoi.account a on a.company_id = c.company_id and a.id = c.account_id
  left join domovoi.party p on p.company_id = c.company_id and p.id = c.party_id
  left join domovoi.unit u on u.company_id = c.company_id and u.id = c.unit_id
  left join domovoi.agreement g on g.company_id = c.company_id and g.id = c.agreement_id
  left join domovoi.reservation r on r.company_id = c.company_id and r.id = c.reservation_id
  left join domovoi.app_user s on s.id = c.agent_id
  left join domovoi.building b on b.company_id = c.company_id and b.id = c.building_id;

create function report.payment_preview(charge text default null, agreement text default null,
    reservation text default null, unit text default null, party text default null, amount text default null,
    company int default null)
  returns setof api.payment_line
  language plpgsql volatile as $$
declare f record := report.frame(payment_preview.company);
begin
  return query select * from api.payment_preview(payment_preview.charge, payment_preview.agreement,
    payment_preview.reservation, payment_preview.unit, payment_preview.party, payment_preview.amount, f.company);
end $$;

-- What a payment that has come covers, and what it could: the open charges of its account and those it lies on.
create function report.payment_cover(payment text, company int default null)
  returns table (charge uuid, no bigint, kind text, due_on date, unit_label text, amount_minor bigint, open_minor bigint,
    held_minor bigint, currency char(3), filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare f record := report.frame(payment_cover.company); p record;
begin
  select x.id, x.company, x.account into p from api.payments x where (f.company is null or x.company = f.company)
    and (x.id::text = lower(payment_cover.payment) or x.no::text = payment_cover.payment);
  if p.id is null then
    raise exception using errcode = 'DM006', message = 'There is no such record.', column = 'payment',
      detail = payment_cover.payment;
  end if;
  return query
    with held as materialized (
      select l.charge as id, sum(l.amount_minor)::bigint as n from api.allocation_facts l
       where l.company = p.company and l.payment = p.id group by 1 having sum(l.amount_minor) > 0
    ), due as materialized (
      select c.id from api.charges c where c.company = p.company and c.account = p.account and c.is_open
       order by c.due_on, c.no limit 300
    )
    select c.id, c.no, c.kind, c.due_on, c.unit_label, c.amount_minor, c.open_minor, coalesce(h.n, 0), c.currency::char(3),
        'id=' || c.id
      from (select id from held union select id from due) x
      join api.charges c on c.company = p.company and c.id = x.id left join held h on h.id = x.id
     order by c.due_on, c.no;
end $$;

-- ---- the calendar -------------------------------------------------------------------------------------------------

-- Buildings and people as the filter of a list would find them: ids, codes, numbers, names, divided by commas. Null for
-- null. A word that finds none of them is refused.
create function report.buildings_of(p_company int, p_text text) returns uuid[]
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare words text[] := string_to_array(p_text, ','); found_ids uuid[];
begin
  if p_text is null then return null; end if;
  found_ids := array(select b.id from api.buildings b where (p_company is null or b.company = p_company)
      and (b.id::text = any (words) or b.code = any (words) or b.name = any (words)));
  if found_ids = '{}' then
    raise exception using errcode = 'DM006', message = 'There is no such building.', column = 'building', detail = p_text;
  end if;
  return found_ids;
end $$;
create function report.parties_of(p_company int, p_text text) returns uuid[]
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  words text[] := string_to_array(p_text, ',');
  ids uuid[] := array(select w::uuid from unnest(words) w where w ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$');
  numbers bigint[] := array(select w::bigint from unnest(words) w where w ~ '^\d{1,15}$');
  found_ids uuid[];
begin
  if p_text is null then return null; end if;
  found_ids := array(
    select x.id from api.parties x where (p_company is null or x.company = p_company) and x.id = any (ids)
    union select x.id from api.parties x where (p_company is null or x.company = p_company) and x.no = any (numbers)
    union select x.id from api.parties x where (p_company is null or x.company = p_company) and x.name = any (words));
  if found_ids = '{}' then
    raise exception using errcode = 'DM006', message = 'There is no such person.', column = 'party', detail = p_text;
  end if;
  return found_ids;
end $$;

-- What falls due in a period: in all, week by week (as far as they lie in it) and day by day, a row a currency. due,
-- paid and late count charges; late is what was due before today and is still open. Weeks and days add up to the first.
create function report.payment_calendar("from" date, "to" date, company int default null, unit text default null,
    agent text default null, building text default null, party text default null)
  returns table (level text, day date, until date, due bigint, paid bigint, late bigint, due_minor bigint,
    paid_minor bigint, late_minor bigint, currency char(3), filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare
  f record := report.frame(payment_calendar.company);
  units uuid[] := report.units_of(f.company, payment_calendar.unit);
  agent_id uuid := report.agent_of(f.company, payment_calendar.agent);
  houses uuid[] := report.buildings_of(f.company, payment_calendar.building);
  people uuid[] := report.parties_of(f.company, payment_calendar.party);
begin
  if payment_calendar."from" is null or payment_calendar."to" is null or payment_calendar."to" <= payment_calendar."from"
      or payment_calendar."to" - payment_calendar."from" > 400 then
    raise exception using errcode = 'DM007', message = 'The period must end after it begins.', column = 'to',
      hint = 'Give from=DAY and to=DAY, not more than 400 days apart.';
  end if;
  return query execute $q$
    with fact as materialized (
      select c.due_on, report.bucket('week', c.due_on) as week, c.currency, count(*) as due,
             count(*) filter (where c.allocated_minor = c.amount_minor) as paid,
             count(*) filter (where c.due_on < $8 and c.allocated_minor < c.amount_minor) as late,
             sum(c.amount_minor) as due_minor, sum(c.allocated_minor) as paid_minor,
             coalesce(sum(c.amount_minor - c.allocated_minor) filter (where c.due_on < $8), 0) as late_minor
        from api.charge_facts c
       where ($3::int is null or c.company = $3) and c.due_on >= $1 and c.due_on < $2 and c.voided_on is null
         and ($4::uuid[] is null or c.unit = any ($4)) and ($5::uuid is null or c.agent = $5)
         and ($6::uuid[] is null or c.building = any ($6)) and ($7::uuid[] is null or c.party = any ($7))
       group by 1, 2, 3
    ), line as (
      select case when grouping(due_on) = 0 then 'day' when grouping(week) = 0 then 'week' else 'total' end as level,
             due_on, week, currency, sum(due) as due, sum(paid) as paid, sum(late) as late, sum(due_minor) as due_minor,
             sum(paid_minor) as paid_minor, sum(late_minor) as late_minor
        from fact group by grouping sets ((currency, due_on), (currency, week), (currency))
      union all
      select 'total', null, null, $9, 0, 0, 0, 0, 0, 0 where not exists (select from fact)
    )
    select l.level, s.day, s.until, l.due::bigint, l.paid::bigint, l.late::bigint, l.due_minor::bigint,
           l.paid_minor::bigint, l.late_minor::bigint, l.currency::char(3),
           report.filters('due_on>=' || s.day, 'due_on<' || s.until, 'status!=voided', 'currency=' || l.currency, $10)
      from line l
     cross join lateral (select case l.level when 'day' then l.due_on when 'week' then greatest($1, l.week) else $1 end as day,
             case l.level when 'day' then l.due_on + 1 when 'week' then least($2, l.week + 7) else $2 end as until) s
     order by s.day, array_position('{total,week,day}', l.level), l.currency <> $9, l.currency $q$
    using payment_calendar."from", payment_calendar."to", f.company, units, agent_id, houses, people, f.today, f.currency,
      concat_ws(' ', report.money_narrowed(units, agent_id), 'building=' || array_to_string(houses, ','),
        'party=' || array_to_string(people, ','));
end $$;

reset role;
do $$
declare f regprocedure;
begin
  for f in select p.oid from pg_proc p where p.pronamespace = 'report'::regnamespace
      and p.proname in ('buildings_of', 'parties_of', 'payment_preview', 'payment_cover', 'payment_calendar') loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to domovoi_staff', f);
  end loop;
end $$;
