-- What the desk asks about stays: the price, terms and money of one in lines, what a change would mean before it happens,
-- which stays need somebody; and free units that booking would not refuse.

set local role domovoi_rules;

-- ---- the terms that a stay was made on ------------------------------------------------------------------------------

-- The snapshots of a stay, for whoever reaches it: prices need price.view, money payment.view, shares commission.edit or
-- the books. What is not theirs to see is null.
create function api.stay_terms(stay text, company int default null)
  returns table (id uuid, currency char(3), policy text, policy_name text, tiers text, host_cancel_bp int, no_show_bp int,
    prepayment_bp int, prepayment_minor bigint, deposit_minor bigint, commission_bp int, agent_commission_bp int,
    paid_minor bigint, refund_bp int, refund_until timestamptz)
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
#variable_conflict use_column
declare
  at record; r domovoi.reservation; s record;
  prices boolean := domovoi.has_permission('price.view'); money boolean := domovoi.has_permission('payment.view');
  policy jsonb; -- an own stay from before there were policies is called off by the one that the rules fall back on
  shares boolean := domovoi.has_permission('commission.edit') or domovoi.has_permission('ledger.view');
begin
  perform domovoi.require('reservation.view');
  at := domovoi.locate('reservation', coalesce(stay_terms.company, (domovoi.me()).company_id), stay_terms.stay);
  if at.id is null then perform domovoi.no_record(stay_terms.stay); end if;
  perform domovoi.check_reach('reservation', at.company_id, at.id);
  select * into r from domovoi.reservation x where x.company_id = at.company_id and x.id = at.id;
  policy := coalesce(r.policy, case when not r.imported then '{"code": "default_24_12", "tiers": "24:100,12:50", "host_cancel_bp": 10000,
    "no_show_bp": 10000}'::jsonb end);
  select case when r.status in ('hold', 'confirmed') then x.bp end as bp, case when r.status = 'confirmed' then x.until end as until into s
    from domovoi.refund_share(r, 'guest', domovoi.now()) x;
  return query select r.id, r.currency, policy ->> 'code', policy ->> 'name', policy ->> 'tiers',
    (policy ->> 'host_cancel_bp')::int, (policy ->> 'no_show_bp')::int,
    case when r.payment_plan = 'prepaid' then coalesce(r.prepayment_bp, 10000) end,
    case when r.payment_plan = 'prepaid' and prices then domovoi.prepayment_of(r) end,
    case when prices then (select o.deposit from domovoi.offering o where o.company_id = r.company_id and o.unit_id = r.unit_id
      and o.mode = 'short_stay' and o.currency = r.currency) end,
    case when shares then r.commission_bp end, case when shares and r.agent_id is not null then r.agent_commission_bp end,
    case when money then domovoi.stay_paid(r.company_id, r.id) end, s.bp, s.until;
end $$;

-- This moment, for the views of staff.
create function domovoi.my_now() returns timestamptz
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return domovoi.now(); end $$;

-- As in 0022, but the payments are found by their stay and by what lies on its charges, not among all of the company's.
create or replace function domovoi.stay_money(p_company int, p_id uuid) returns table (payment uuid, amount bigint)
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return query
    with held as materialized (
      select a.payment_id as id, sum(a.amount) as n from domovoi.charge x
          join domovoi.allocation a on a.company_id = x.company_id and a.charge_id = x.id
         where x.company_id = p_company and x.reservation_id = p_id group by 1
    )
    select p.id, (coalesce(h.n, 0) + case when p.reservation_id = p_id then domovoi.free_of(p) else 0 end)::bigint
      from (select h.id from held h where h.n > 0
            union select y.id from domovoi.payment y where y.company_id = p_company and y.reservation_id = p_id) f
      join domovoi.payment p on p.company_id = p_company and p.id = f.id
      left join held h on h.id = p.id
     where p.status = 'succeeded' and (coalesce(h.n, 0) > 0 or domovoi.free_of(p) > 0)
     order by p.booked_on desc, p.no desc;
end $$;

-- ---- what a change would mean ---------------------------------------------------------------------------------------

-- What is missing to receive the guest, in the words of a readiness check: '' when somebody found all of it ready, 'none'
-- when nobody has looked. The check nearest to the arrival counts.
create function domovoi.stay_unready(r domovoi.reservation) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return coalesce((select concat_ws(',', case when not k.cleaned then 'cleaned' end, case when not k.linen then 'linen' end,
      case when not k.codes then 'codes' end, case when not k.amenities then 'amenities' end,
      case when k.problem is not null then 'problem' end)
    from domovoi.readiness_check k where k.company_id = r.company_id and k.reservation_id = r.id
    order by k.kind = 't2' desc, k.created_at desc, k.id limit 1), 'none');
end $$;

-- What was ticked is taken back; a check that was begun by it stays, with nothing ticked.
create function domovoi.readiness_check_restore(p_company int, p_id uuid, p_now jsonb, p_old jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare c domovoi.readiness_check := jsonb_populate_record(null::domovoi.readiness_check, coalesce(p_old, '{}'));
begin
  update domovoi.readiness_check x set cleaned = coalesce(c.cleaned, false), linen = coalesce(c.linen, false),
      codes = coalesce(c.codes, false), amenities = coalesce(c.amenities, false), problem = c.problem, note = c.note
    where x.company_id = p_company and x.id = p_id;
end $$;

-- The money of a stay at this moment: what is charged, what is there, what is asked back.
create function domovoi.stay_sums(r domovoi.reservation, out charged bigint, out owed bigint, out paid bigint, out back bigint)
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  select coalesce(sum(c.amount), 0), coalesce(sum(c.amount - c.allocated), 0) into charged, owed from domovoi.charge c
    where c.company_id = r.company_id and c.reservation_id = r.id and c.voided_on is null;
  paid := domovoi.stay_paid(r.company_id, r.id);
  select coalesce(sum(x.amount), 0) into back from domovoi.refund x where x.company_id = r.company_id and x.reservation_id = r.id
    and x.status not in ('rejected', 'failed');
end $$;

-- The change is made by the engine itself, looked at and rolled back with its locks (as in act.preview). p: the mutation.
create function domovoi.foresee_stay(r domovoi.reservation, p jsonb) returns jsonb
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  was record; became record; n domovoi.reservation; told jsonb;
  st text; msg text; col text; det text; hint text; con text;
begin
  was := domovoi.stay_sums(r);
  begin
    perform domovoi.apply(p);
    select * into n from domovoi.reservation x where x.company_id = r.company_id and x.id = r.id;
    became := domovoi.stay_sums(n);
    told := jsonb_build_object('status', n.status, 'unit', n.unit_id, 'check_in', n.check_in, 'check_out', n.check_out,
      'hold_until', n.hold_until, 'total', domovoi.whole_price(n), 'fee', n.no_show_fee, 'kept', n.kept, 'unused', n.unused_fee,
      'refund_bp', n.refund_bp, 'charged', became.charged, 'owed', became.owed, 'paid', became.paid,
      'back', became.back - was.back);
    raise exception using errcode = 'DMTRY', message = 'tried';
  exception
    when sqlstate 'DMTRY' then null;
    when others then
      get stacked diagnostics st = returned_sqlstate, msg = message_text, col = column_name,
        det = pg_exception_detail, hint = pg_exception_hint, con = constraint_name;
      told := domovoi.verdict(st, msg, col, det, hint, con);
      if told is null then raise; end if;
  end;
  return told || jsonb_build_object('paid_was', was.paid, 'charged_was', was.charged, 'owed_was', was.owed);
end $$;

-- One row: what an action of a stay, or other dates or another unit, would make of it and of its money. A refusal is told
-- (code, field, reason, detail, remedy) and no error. Money for whoever may see payments, prices for who may see those.
create function api.stay_foresight(stay text, action text default null, reason text default null, by text default null,
    check_in date default null, check_out date default null, unit text default null, company int default null)
  returns table (no bigint, code text, field text, refusal text, detail text, remedy text, status text, unit_id uuid,
    arrival date, departure date, nights_was int, nights int, total_was_minor bigint, total_minor bigint, fee_minor bigint,
    kept_minor bigint, refund_bp int, charged_was_minor bigint, charged_minor bigint, paid_minor bigint, refund_minor bigint,
    owed_minor bigint, currency char(3), unready text, id uuid)
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
#variable_conflict use_column
declare
  at record; r domovoi.reservation; t jsonb; m jsonb; prices boolean := domovoi.has_permission('price.view')
    or domovoi.has_permission('payment.view'); money boolean := domovoi.has_permission('payment.view');
begin
  perform domovoi.require('reservation.view');
  at := domovoi.locate('reservation', coalesce(stay_foresight.company, (domovoi.me()).company_id), stay_foresight.stay);
  if at.id is null then perform domovoi.no_record(stay_foresight.stay); end if;
  perform domovoi.check_reach('reservation', at.company_id, at.id);
  select * into r from domovoi.reservation x where x.company_id = at.company_id and x.id = at.id;
  m := jsonb_build_object('resource', 'reservation', 'record', r.id) || case when stay_foresight.action is not null
    then jsonb_build_object('kind', 'action', 'action', stay_foresight.action, 'args', jsonb_strip_nulls(jsonb_build_object(
      'reason', stay_foresight.reason, 'by', stay_foresight.by, 'check_out', stay_foresight.check_out)))
    else jsonb_build_object('kind', 'patch', 'set', jsonb_strip_nulls(jsonb_build_object('check_in', stay_foresight.check_in,
      'check_out', stay_foresight.check_out, 'unit', stay_foresight.unit))) end;
  t := domovoi.foresee_stay(r, m);
  return query select r.no, t ->> 'code', t ->> 'field', t ->> 'message', t ->> 'detail', t ->> 'remedy', t ->> 'status',
    (t ->> 'unit')::uuid, (t ->> 'check_in')::date, (t ->> 'check_out')::date, r.check_out - r.check_in,
    (t ->> 'check_out')::date - (t ->> 'check_in')::date,
    case when prices then domovoi.whole_price(r) end, case when prices then (t ->> 'total')::bigint end,
    case when prices then (t ->> 'fee')::bigint end, case when money then (t ->> 'kept')::bigint end, (t ->> 'refund_bp')::int,
    case when money then (t ->> 'charged_was')::bigint end, case when money then (t ->> 'charged')::bigint end,
    case when money then (t ->> 'paid_was')::bigint end, case when money then (t ->> 'back')::bigint end,
    case when money then (t ->> 'owed')::bigint end, r.currency,
    case when stay_foresight.action = 'check_in' then domovoi.stay_unready(r) else '' end, r.id;
end $$;

reset role;
set local role domovoi_owner;

-- ---- who needs somebody ---------------------------------------------------------------------------------------------

-- As in 0022, and why a stay needs somebody, in words of a fixed list (client/catalogue/reservations.def): hold_over, hold_soon,
-- late_in (nobody came), unready, unpaid, late_out, twice (the guest has another stay on some of these nights). Only stays
-- that are under way have any, and only the nights around today are looked at, so that a list of a year costs no more.
-- offset 0: asked stay by stay, for else all checks and all open charges of the company would be read for a page.
create or replace view api.reservations with (security_invoker) as
  select r.id, r.company_id as company, r.no, r.external_id, r.unit_id as unit, u.title as unit_label,
    r.party_id as party,
    p.name as party_label, r.agent_id as agent, a.display_name as agent_label, r.building_id as building,
      b.name as building_label,
    r.check_in, r.check_out, r.nights, r.status, r.status_reason, r.cancelled_by, r.hold_until, r.booked_on,
      r.status_on,
    r.price_per_night as price_per_night_minor, r.total as total_minor, r.currency, r.adults, r.children,
      r.channel, r.country,
    r.comment, r.version, r.updated_at,
    r.payment_plan, r.cleaning_fee as cleaning_fee_minor, r.service_fee as service_fee_minor,
    r.policy ->> 'code' as cancel_policy, r.rules_accepted_at, r.replaces_id as replaces, x.no::text as replaces_label,
    case when r.status in ('hold', 'confirmed', 'checked_in') then nullif(concat_ws(',',
      case when r.status = 'hold' and r.hold_until <= (select domovoi.my_now()) then 'hold_over'
        when r.status = 'hold' and r.hold_until < (select domovoi.my_now()) + interval '3 hours' then 'hold_soon' end,
      case when r.status = 'confirmed' and r.check_in < (select domovoi.my_today()) then 'late_in' end,
      case when r.status = 'checked_in' and r.check_out < (select domovoi.my_today()) then 'late_out' end,
      case when r.status = 'confirmed' and r.check_in <= (select domovoi.my_today()) + 1 and not exists (
        select from domovoi.readiness_check k where k.company_id = r.company_id and k.reservation_id = r.id and k.cleaned and k.linen
          and k.codes and k.amenities and k.problem is null offset 0) then 'unready' end,
      case when r.status in ('confirmed', 'checked_in') and r.check_in <= (select domovoi.my_today()) and exists (
        select from domovoi.charge c where c.company_id = r.company_id and c.reservation_id = r.id and c.voided_on is null
          and c.allocated < c.amount offset 0) then 'unpaid' end,
      case when r.check_in <= (select domovoi.my_today()) + 14 and exists (select from domovoi.reservation o
        where o.company_id = r.company_id and o.party_id = r.party_id and o.check_in < r.check_out and o.check_out > r.check_in
          and o.check_in > r.check_in - 60 and o.id <> r.id and o.status in ('hold', 'confirmed', 'checked_in')) then 'twice' end), '')
    end as attention
  from domovoi.reservation r
  left join domovoi.unit u on u.company_id = r.company_id and u.id = r.unit_id
  left join domovoi.party p on p.company_id = r.company_id and p.id = r.party_id
  left join domovoi.app_user a on a.id = r.agent_id
  left join domovoi.building b on b.company_id = r.company_id and b.id = r.building_id
  left join domovoi.reservation x on x.company_id = r.company_id and x.id = r.replaces_id;

-- ---- free, as booking sees it ---------------------------------------------------------------------------------------

-- As in 0009, and what an offer says of arrivals.
create or replace view api.stay_offers with (security_invoker) as
  select u.company_id as company, u.id as unit, u.code, u.title, u.class, u.building_id as building, b.name as building_label,
    u.parent_id as parent, u.archived_at is not null as archived,
    case when (select domovoi.has_permission('price.view')) then o.status else 'active' end as status, -- else nothing is known of it
    o.price as price_minor, o.currency, coalesce(o.min_stay, 1) as min_stay, o.max_stay, o.booking_window_d as window,
    o.cta_weekdays, (select domovoi.my_now()) + make_interval(hours => o.advance_notice_h) as not_before,
    o.advance_notice_h as notice, coalesce(o.checkin_from, '14:00')::time as checkin_from,
    (select c.tz from domovoi.company c where c.id = u.company_id) as tz
  from domovoi.unit u
  left join domovoi.building b on b.company_id = u.company_id and b.id = u.building_id
  left join domovoi.offering o on o.company_id = u.company_id and o.unit_id = u.id and o.mode = 'short_stay';

-- What an offer says against an arrival on this day, as booking it would; null if nothing does, or for whoever may
-- override it.
create function report.arrival_refusal(o api.stay_offers, p_override boolean, p_from date) returns text
  language sql stable as $$
  select case when p_override then null
    when to_char(p_from, 'dy') = any (string_to_array(o.cta_weekdays, ',')) then 'Nobody arrives on this day of the week: ' || p_from
    when o.notice > 0 and (p_from + o.checkin_from) at time zone o.tz < o.not_before
      then 'The arrival is too soon: ' || p_from || ', ' || o.notice || ' h' end
$$;

create function report.may_override() returns boolean language sql stable as $$
  select exists (select from api.whoami() w where w.permission = 'reservation.override') $$;

-- As in 0022, but an arrival that is too soon, or on a day when nobody arrives, is refused as booking would.
create or replace function report.availability("from" date, "to" date, class text default null, building text default null,
    unit text default null, company int default null)
  returns setof report.available_unit
  language plpgsql stable set plan_cache_mode = force_custom_plan set jit = off as $$
#variable_conflict use_column
declare
  f record := report.frame(availability.company);
  a date := availability."from"; b date := availability."to"; kind text := availability.class; house text := availability.building;
  asked uuid[] := report.units_named(f.company, availability.unit);
  free_hand boolean := report.may_override();
begin
  perform report.check_period(a, b);
  return query
    with used as materialized (
      select distinct on (s.unit) s.unit, s.source, s.check_in, s.check_out
        from api.uses(a, b, asked, f.company) s where not s.lapsed order by s.unit, s.check_in
    ), told as (
      select o.*, case when o.archived then 'The unit is archived'
          when a < f.today - 1 and not free_hand then 'The arrival is in the past: ' || a
          else coalesce(report.offer_refusal(o.status, o.min_stay, o.max_stay, o.window, f.today, a, b),
            case when s.source = 'block' then 'The unit is blocked on these dates: ' || s.check_in || ' - ' || s.check_out
                 when s.source = 'agreement' then 'The unit is let on these dates: ' || s.check_in || ' - ' || s.check_out
                 when s.source is not null then 'The unit is taken on these dates: ' || s.check_in || ' - ' || s.check_out
            end, report.arrival_refusal(o, free_hand, a)) end as against
        from api.stay_offers o left join used s on s.unit = o.unit
       where (f.company is null or o.company = f.company) and (asked is null or o.unit = any (asked))
         and (kind is null or o.class = kind)
         and (house is null or o.building in (select h.id from api.buildings h where h.id::text = lower(house) or h.code = house
           or h.name = house))
    )
    select t.unit, t.code, t.title, t.class, t.building_label, coalesce(q.per_night, t.price_minor),
           coalesce(q.total, t.price_minor * (b - a)), t.currency, t.against is null, t.against
      from told t left join lateral api.stay_price(t.company, t.unit, a, b) q on api.has_price_rules(t.company)
     where t.against is null or asked is not null
     order by t.building_label nulls last, t.code, t.unit;
end $$;

-- As in 0009, but without units where nobody may arrive on that day.
create or replace function report.free_units(p_company int, p_today date, p_from date, p_to date, p_class text, p_price bigint,
    p_currency text, p_without uuid[], p_besides uuid, p_limit int)
  returns table (unit uuid, title text, building_label text, price_minor bigint, currency char(3))
  language plpgsql stable set plan_cache_mode = force_custom_plan set jit = off as $$
#variable_conflict use_column
declare
  helping constant int := 40; free_hand boolean := report.may_override();
  candidates uuid[] := array(select o.unit from api.stay_offers o
    where o.company = p_company and o.class = p_class and not o.archived and o.unit <> all (p_without)
      and report.offer_refusal(o.status, o.min_stay, o.max_stay, o.window, p_today, p_from, p_to) is null
      and report.arrival_refusal(o, free_hand, p_from) is null
    order by o.currency is distinct from p_currency::char(3), abs(o.price_minor - p_price), o.code, o.unit);
  few uuid[]; free_ones uuid[] := '{}';
begin
  for i in 0 .. (cardinality(candidates) - 1) / helping loop
    few := candidates[i * helping + 1 : (i + 1) * helping];
    free_ones := free_ones || array(select c.unit from unnest(few) with ordinality c(unit, n) where c.unit not in (
      select s.unit from api.uses(p_from, p_to, few, p_company) s where not s.lapsed and s.record is distinct from p_besides)
      order by c.n);
    exit when cardinality(free_ones) >= p_limit;
  end loop;
  return query
    select o.unit, o.title::text, o.building_label::text, o.price_minor, o.currency
      from unnest(free_ones) with ordinality f(unit, n) join api.stay_offers o on o.company = p_company and o.unit = f.unit
     order by f.n limit p_limit;
end $$;

-- As in 0009, but other dates begin on days when somebody may arrive, and prices are the quote's.
create or replace function report.alternatives(unit text, "from" date, "to" date, reservation text default null, company int default null)
  returns setof report.alternative
  language plpgsql stable set plan_cache_mode = force_custom_plan set jit = off as $$
#variable_conflict use_column
declare
  f record := report.frame(alternatives.company);
  a date := alternatives."from"; b date := alternatives."to"; n int := b - a; wanting text := alternatives.reservation;
  asked uuid := (report.units_named(f.company, alternatives.unit))[1];
  reach constant int := 90; -- days looked at on either side
  o api.stay_offers; s record; t record; moving uuid; kin uuid[]; given uuid[]; rules boolean;
  free_hand boolean := report.may_override();
begin
  perform report.check_period(a, b);
  if asked is null then
    raise exception using errcode = 'DM007', message = 'A value is required.', column = 'unit';
  end if;
  select x.* into o from api.stay_offers x where x.unit = asked and (f.company is null or x.company = f.company);
  kin := report.kin(o.company, asked);
  given := kin; rules := api.has_price_rules(o.company);
  if wanting is not null then
    moving := (select r.id from api.reservations r where r.company = o.company and (r.id::text = lower(wanting)
      or r.no = case when wanting ~ '^\d{1,18}$' then wanting::bigint end));
  end if;
  if o.status = 'active' and not o.archived and n between o.min_stay and coalesce(o.max_stay, 366) then
    return query
      with used as materialized (
        select u.check_in, u.check_out from api.uses(a - reach, b + reach, array[asked], o.company) u
         where not u.lapsed and u.record is distinct from moving
      ), start as (
        select a + i as day, i from generate_series(-reach, reach) i
         where a + i >= f.today and (o.window is null or a + i <= f.today + o.window)
           and report.arrival_refusal(o, free_hand, a + i) is null
           and not exists (select from used u where u.check_in < a + i + n and u.check_out > a + i)
      ), gap as (
        select st.*, i - row_number() over (order by i) as gap from start st
      ), nearest as (
        select distinct on (gap) day, i from gap where i <> 0 order by gap, abs(i)
      )
      select 'dates'::text, asked, o.title::text, g.day, g.day + n, coalesce(q.per_night, o.price_minor),
             coalesce(q.total, o.price_minor * n), o.currency::char(3), null::uuid, null::bigint, null::int, to_char(g.i, 'FMSG999')
        from (select * from nearest order by abs(i), i desc limit 3) g
        left join lateral api.stay_price(o.company, asked, g.day, g.day + n) q on rules order by g.day;
  end if;
  return query
    select 'unit'::text, u.unit, u.title, a, b, coalesce(q.per_night, u.price_minor), coalesce(q.total, u.price_minor * n),
           u.currency::char(3), null::uuid, null::bigint, null::int, u.building_label
      from report.free_units(o.company, f.today, a, b, o.class, coalesce(o.price_minor, 0), o.currency::char(3), kin, moving, 5) u
      left join lateral api.stay_price(o.company, u.unit, a, b) q on rules;
  if not free_hand then return; end if;
  for s in select distinct r.id, r.no, r.unit, r.check_in, r.check_out, r.price_per_night_minor, r.total_minor, r.currency,
        r.version, r.party_label from api.uses(a, b, array[asked], o.company) u
      join api.reservations r on r.company = o.company and r.id = u.record
     where u.source = 'reservation' and not u.lapsed and u.record is distinct from moving
       and r.status in ('hold', 'confirmed', 'checked_in') order by r.check_in loop
    select x.* into t from api.stay_offers y cross join lateral report.free_units(o.company, f.today, s.check_in, s.check_out,
        y.class, s.price_per_night_minor, s.currency::char(3), given, s.id, 1) x
      where y.company = o.company and y.unit = s.unit;
    if t.unit is not null then
      given := given || t.unit;
      return query select 'move'::text, t.unit, t.title::text, s.check_in, s.check_out, s.price_per_night_minor, s.total_minor, s.currency::char(3),
        s.id, s.no, s.version, s.party_label::text;
    end if;
  end loop;
end $$;

-- ---- reports ----------------------------------------------------------------------------------------------------------

-- A stay in lines: its price night by night, the terms that it was made on, and its money. resource and filter open what
-- a line counts (A0).
create function report.stay_bill(stay text, company int default null)
  returns table (part text, kind text, from_on date, to_on date, nights int, price_minor bigint, amount_minor bigint,
    currency char(3), note text, resource text, filter text)
  language plpgsql volatile as $$
#variable_conflict use_column
declare f record := report.frame(stay_bill.company); t record; r record; prices boolean;
begin
  select * into t from api.stay_terms(stay_bill.stay, f.company);
  select x.* into r from api.reservations x where x.id = t.id;
  return query select 'price', 'night', n.from_on, n.to_on, n.to_on - n.from_on, n.price_minor, n.price_minor * (n.to_on - n.from_on),
      n.currency, null::text, 'reservations', 'id=' || r.id
    from api.reservation_nights n where n.company = r.company and n.reservation = r.id order by n.from_on;
  return query select 'price', v.kind, v.a, v.b, v.n, null::bigint, v.amount, r.currency::char(3), null::text, 'reservations', 'id=' || r.id
    from (values ('cleaning', null::date, null::date, null::int, r.cleaning_fee_minor), ('service_fee', null, null, null, r.service_fee_minor),
      ('total', r.check_in, r.check_out, r.nights, r.total_minor + r.cleaning_fee_minor + r.service_fee_minor)) v (kind, a, b, n, amount)
    where v.amount > 0 or v.kind = 'total';
  return query select 'terms', v.kind, null::date, null::date, null::int, null::bigint, v.amount, r.currency::char(3), v.note, v.res, v.filter
    from (values ('deposit', t.deposit_minor, null, 'offerings', 'unit=' || r.unit),
      ('prepayment', t.prepayment_minor, report.percent(t.prepayment_bp), 'payments', 'reservation=' || r.id),
      ('policy', null, t.policy || ' ' || t.tiers, 'cancel_policies', 'code="' || t.policy || '"'),
      ('host_cancel', null, report.percent(t.host_cancel_bp), 'cancel_policies', 'code="' || t.policy || '"'),
      ('no_show', null, report.percent(t.no_show_bp), 'cancel_policies', 'code="' || t.policy || '"'),
      ('commission', null, report.percent(t.commission_bp), 'commission_rules', 'kind=platform'),
      ('agent_commission', null, report.percent(t.agent_commission_bp), 'commission_rules', 'kind=agent'))
      v (kind, amount, note, res, filter)
    where v.amount > 0 or v.note is not null;
  if t.paid_minor is null then return; end if;
  return query select 'money', v.kind, null::date, null::date, null::int, null::bigint, v.amount, r.currency::char(3), null::text, v.res, v.filter
    from (select coalesce(sum(c.amount_minor), 0)::bigint as charged, coalesce(sum(c.open_minor), 0)::bigint as owed
        from api.charges c where c.company = r.company and c.reservation = r.id and not c.is_void) c,
      lateral (select coalesce(sum(x.amount_minor) filter (where x.status in ('requested', 'approved', 'failed')), 0)::bigint as asked,
        coalesce(sum(x.amount_minor) filter (where x.status = 'done'), 0)::bigint as gone
        from api.refunds x where x.company = r.company and x.reservation = r.id) b,
      lateral (values (1, 'charged', c.charged, 'charges', 'reservation=' || r.id || ' status!=voided'),
        (2, 'paid', t.paid_minor, 'payments', 'reservation=' || r.id),
        (3, 'open', c.owed, 'charges', 'reservation=' || r.id || ' status=pending,partial,overdue'),
        (4, 'refund_asked', b.asked, 'refunds', 'reservation=' || r.id || ' status=requested,approved,failed'),
        (5, 'refunded', b.gone, 'refunds', 'reservation=' || r.id || ' status=done')) v (n, kind, amount, res, filter)
    where v.n <= 3 or v.amount > 0 order by v.n;
end $$;

create function report.percent(p_bp int) returns text language sql immutable as $$
  select trim(trailing '.' from to_char(p_bp / 100.0, 'FM990.99')) || ' %' $$;

create function report.stay_foresight(stay text, action text default null, reason text default null, by text default null,
    check_in date default null, check_out date default null, unit text default null, company int default null)
  returns table (no bigint, code text, field text, refusal text, detail text, remedy text, status text, unit_id uuid,
    arrival date, departure date, nights_was int, nights int, total_was_minor bigint, total_minor bigint, fee_minor bigint,
    kept_minor bigint, refund_bp int, charged_was_minor bigint, charged_minor bigint, paid_minor bigint, refund_minor bigint,
    owed_minor bigint, currency char(3), unready text, id uuid)
  language plpgsql volatile as $$
declare f record := report.frame(stay_foresight.company);
begin
  return query select * from api.stay_foresight(stay_foresight.stay, stay_foresight.action, stay_foresight.reason, stay_foresight.by,
    stay_foresight.check_in, stay_foresight.check_out, stay_foresight.unit, f.company);
end $$;

reset role;

do $$
declare f regprocedure;
begin
  for f in select p.oid from pg_proc p where p.pronamespace in ('report'::regnamespace, 'api'::regnamespace)
      and p.proname in ('stay_terms', 'stay_foresight', 'stay_bill', 'percent', 'may_override', 'arrival_refusal') loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to domovoi_staff, domovoi_owner', f);
  end loop;
end $$;
revoke execute on function domovoi.my_now from public;
grant execute on function domovoi.my_now to domovoi_staff, domovoi_owner;
