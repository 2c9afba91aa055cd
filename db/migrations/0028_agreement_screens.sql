-- What the screens of agreements ask: what would happen before it happens, and the last account of a tenancy done at
-- once (domain.md §2.6, A19, A23, A24, §5.9).

set local role domovoi_owner;

-- An agreement and all that hangs on it at one moment.
create type domovoi.agreement_state as (a domovoi.agreement, lines domovoi.agreement_line[], charges domovoi.charge[],
  deposits domovoi.deposit[], moves uuid[], paid uuid[], balance bigint);

reset role;
set local role domovoi_rules;

-- ---- amounts as people type them -----------------------------------------------------------------------------------

-- An amount among the arguments, in major units or as <name>_minor; 0 is one.
create function domovoi.agreement_money(p_args jsonb, p_name text, p_currency text) returns bigint
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  typed text := translate(regexp_replace(p_args ->> p_name, '\s|\u00a0|\u202f', '', 'g'), ',', '.');
  n bigint := domovoi.minor_units(typed, (select c.digits from domovoi.currency c where c.code = p_currency));
begin
  if coalesce(typed, '') = '' then
    return domovoi.agreement_number(p_args, p_name || '_minor', 0, 9007199254740991);
  elsif n is null then
    perform domovoi.fail('DM007', 'The value is not valid.', p_name, left(p_args ->> p_name, 40));
  end if;
  return n;
end $$;

-- As in 0019, but `amount` is in major units as it is everywhere; `amount_minor` stays.
create or replace function domovoi.agreement_do_change_line(p_company int, p_id uuid, p_args jsonb, p_was jsonb)
  returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  a domovoi.agreement := jsonb_populate_record(null::domovoi.agreement, p_was);
  amount bigint := domovoi.agreement_money(p_args, 'amount', a.currency);
  day date := domovoi.agreement_day(p_args, 'from', greatest(domovoi.company_today(p_company), a.starts_on));
  what text := p_args ->> 'kind';
  l domovoi.agreement_line;
begin
  if p_args ->> 'line' is not null then
    select * into l from domovoi.agreement_line x where x.company_id = p_company and x.agreement_id = p_id
      and x.id = (domovoi.locate('agreement_line', p_company, p_args ->> 'line')).id and x.from_on <= day
      and x.to_on > day;
    if not found then
      perform domovoi.fail('DM007', 'There is no such record.', 'line', left(p_args ->> 'line', 100));
    end if;
    what := l.kind;
  end if;
  if what is null or amount is null then
    perform domovoi.fail('DM007', 'A value is required.', case when what is null then 'kind' else 'amount' end);
  elsif what not in ('rent', 'utilities', 'parking', 'service') then
    perform domovoi.fail('DM007', 'The value is not valid.', 'kind', left(what, 100));
  end if;
  perform domovoi.agreement_must_run(a, day);
  if l.id is null then l := domovoi.agreement_running(a, what, day); end if;
  if amount = 0 and (what = 'rent' or l.id is null) then
    perform domovoi.fail('DM007', 'The value is not valid.', 'amount', '0');
  end if;
  perform domovoi.agreement_turn(a, 'line_changed', l, what, amount, day);
end $$;

-- As in 0019, and a new rent from the old end on, if one is named.
create or replace function domovoi.agreement_prolong(a domovoi.agreement, p_args jsonb, p_kind text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  till date := domovoi.agreement_day(p_args, 'until', null);
  rent bigint := domovoi.agreement_money(p_args, 'rent', a.currency);
  n domovoi.agreement; l domovoi.agreement_line;
begin
  if till <= a.ends_on then
    perform domovoi.fail('DM007', 'The new end is not after the old one.', 'until', a.ends_on::text,
      'To end it earlier, terminate it.');
  elsif till - a.starts_on > 18263 then
    perform domovoi.fail('DM007', 'The value is not valid.', 'until', till::text);
  elsif rent = 0 then
    perform domovoi.fail('DM007', 'The value is not valid.', 'rent', '0');
  end if;
  update domovoi.agreement x set ends_on = till, status = 'active', notice_on = null, status_reason = null
    where x.company_id = a.company_id and x.id = a.id returning * into n;
  update domovoi.agreement_line x set to_on = till where x.company_id = a.company_id and x.agreement_id = a.id
    and x.to_on = a.ends_on;
  perform domovoi.agreement_told(a.company_id, a.id, p_kind, jsonb_build_object('ends_on', a.ends_on),
    jsonb_build_object('ends_on', till));
  if rent is null then return; end if;
  l := domovoi.agreement_running(n, 'rent', a.ends_on);
  if l.amount is distinct from rent then
    perform domovoi.agreement_turn(n, 'line_changed', l, 'rent', rent, a.ends_on);
  end if;
end $$;

-- ---- what a new agreement costs a month beside the rent ------------------------------------------------------------

insert into domovoi.writable (resource, ord, name, col, type, on_create, on_patch, on_import)
  select 'agreement', 18 + i, n || x.tail, n, x.type, true, false, false
    from unnest('{parking,utilities,service}'::text[]) with ordinality w (n, i),
      (values ('', 'major'), ('_minor', 'minor')) x (tail, type);

-- As in 0019, and its other monthly amounts, so that a new agreement is one change.
create or replace function domovoi.agreement_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.agreement; o domovoi.offering; u domovoi.unit; s jsonb; m record := domovoi.me(); what text;
begin
  select x.* into o from domovoi.offering x where x.company_id = p_company and x.mode = 'long_rent'
    and x.price_per = 'month' and x.price > 0 and x.unit_id = (domovoi.locate('unit', p_company, p_set ->> 'unit')).id;
  s := domovoi.read_set('agreement', p_company, p_set, 'create', coalesce(nullif(p_set ->> 'currency', ''), o.currency,
    (select c.currency from domovoi.company c where c.id = p_company)));
  r := jsonb_populate_record(null::domovoi.agreement, s);
  r.company_id := p_company; r.id := p_id; r.status := 'draft';
  r.currency := coalesce(r.currency, o.currency, (select c.currency from domovoi.company c where c.id = p_company));
  r.rent := coalesce(r.rent, case when o.currency = r.currency then o.price end);
  perform domovoi.agreement_check(r);
  perform domovoi.lock_units(p_company, array[r.unit_id]);
  perform domovoi.unit_must_live(p_company, r.unit_id);
  select * into u from domovoi.unit x where x.company_id = p_company and x.id = r.unit_id;
  r.agent_id := coalesce(r.agent_id, case m.scope when 'own' then m.user_id else u.agent_id end);
  perform domovoi.must_reach(p_company, r.agent_id, u.building_id, u.owner_id);
  insert into domovoi.agreement (company_id, id, kind, unit_id, party_id, payer_id, agent_id, starts_on, ends_on,
      due_day, currency, rent, deposit, index_bp, index_month, notice_days, late_fee_id, terms, external_id)
    values (p_company, p_id, coalesce(r.kind, 'lease'), r.unit_id, r.party_id, r.payer_id, r.agent_id, r.starts_on,
      r.ends_on, coalesce(r.due_day, 1), r.currency, r.rent, coalesce(r.deposit, 0), coalesce(r.index_bp, 0),
      r.index_month, coalesce(r.notice_days, 30), domovoi.agreement_late_fee(p_company, s ->> 'late_fee'), r.terms,
      r.external_id);
  insert into domovoi.agreement_line (company_id, agreement_id, unit_id, kind, amount, from_on, to_on)
    values (p_company, p_id, r.unit_id, 'rent', r.rent, r.starts_on, r.ends_on);
  foreach what in array '{parking,utilities,service}'::text[] loop
    insert into domovoi.agreement_line (company_id, agreement_id, unit_id, kind, amount, from_on, to_on)
      select p_company, p_id, r.unit_id, what, (s ->> what)::bigint, r.starts_on, r.ends_on
       where (s ->> what)::bigint > 0;
  end loop;
end $$;

-- ---- the last account ----------------------------------------------------------------------------------------------

-- "15000 cleaning; 40 000 the door" as amounts with their reasons.
create function domovoi.deductions(p_text text, p_currency text) returns table (amount bigint, reason text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  part text; m text[];
  digits int := (select c.digits from domovoi.currency c where c.code = p_currency);
begin
  foreach part in array regexp_split_to_array(coalesce(p_text, ''), ';') loop
    continue when trim(part) = '';
    m := regexp_match(part, -- spaces only between thousands: "15000 2 doors" is no 150002
      '^\s*((?:\d{1,3}(?:[\s\u00a0\u202f]\d{3})+|\d+)(?:[.,]\d+)?)[\s\u00a0\u202f]+([^\d\s].*)$');
    amount := domovoi.minor_units(translate(regexp_replace(m[1], '\s|\u00a0|\u202f', '', 'g'), ',', '.'), digits);
    reason := trim(m[2]);
    if coalesce(amount, 0) <= 0 then
      perform domovoi.fail('DM007', 'A deduction is an amount and its reason.', 'deductions', left(trim(part), 100),
        'Write: 15000 cleaning; 40000 the door.');
    end if;
    return next;
  end loop;
end $$;

-- A debt of his own for each deduction, paid out of the deposit as far as it goes; the rest is owed.
create function domovoi.agreement_deduct(a domovoi.agreement, p_text text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare x record; c domovoi.charge; d domovoi.deposit; id uuid;
begin
  for x in select * from domovoi.deductions(p_text, a.currency) loop
    c := null; c.company_id := a.company_id; c.party_id := a.party_id; c.unit_id := a.unit_id; c.agreement_id := a.id;
    c.kind := 'adjustment'; c.amount := x.amount; c.currency := a.currency; c.note := x.reason;
    id := domovoi.add_charge(c);
    select * into d from domovoi.deposit y where y.company_id = a.company_id and y.agreement_id = a.id
      and y.currency = a.currency and y.status = 'held' and y.held > 0;
    continue when d.id is null;
    perform domovoi.free_charge(a.company_id, id); -- an advance must not pay it before the deposit does
    perform domovoi.pay_from_deposit(d, least(x.amount, d.held), id, x.reason);
  end loop;
end $$;

create function domovoi.agreement_levy(a domovoi.agreement) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare today date := domovoi.company_today(a.company_id); f record;
begin
  for f in select * from domovoi.late_fees(a.company_id, today, array[a.id]) loop
    perform domovoi.add_charge(domovoi.charge_of(a.company_id, f.part, (f.part).amount, (f.part).due_on,
      'late:' || f.of_charge || ':' || today));
  end loop;
end $$;

-- All of it in one change: it ends (if it still runs), its last month is reckoned by days, late fees and deductions are
-- written, what is open is paid out of the deposit, and the rest of that goes back if a way is named.
create function domovoi.agreement_do_settle(p_company int, p_id uuid, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  a domovoi.agreement := jsonb_populate_record(null::domovoi.agreement, p_was);
  how text := nullif(p_args ->> 'return', ''); d domovoi.deposit;
begin
  if how not in ('cash', 'transfer') then
    perform domovoi.fail('DM007', 'This value is not known.', 'return', how, 'One of: cash, transfer');
  elsif coalesce(p_args ->> 'late_fees', 'yes') not in ('yes', 'no', 'true', 'false') then
    perform domovoi.fail('DM007', 'The value is not valid.', 'late_fees', left(p_args ->> 'late_fees', 40),
      'One of: true, false');
  end if;
  if a.status in ('active', 'notice') then
    if coalesce(trim(p_args ->> 'reason'), '') = '' then
      perform domovoi.fail('DM002', 'A reason is required.', 'reason', 'settle', 'Give reason=…');
    end if;
    perform domovoi.agreement_do_terminate(p_company, p_id, p_args, p_was);
  elsif nullif(trim(p_args ->> 'on'), '') is not null
      and domovoi.agreement_day(p_args, 'on', null) <> coalesce(a.terminated_on, a.ends_on) then
    perform domovoi.fail('DM001', 'The agreement has ended.', 'on', coalesce(a.terminated_on, a.ends_on)::text);
  end if;
  perform domovoi.lock_money(p_company);
  if coalesce(p_args ->> 'late_fees', 'yes') in ('yes', 'true') then perform domovoi.agreement_levy(a); end if;
  if exists (select from domovoi.deposit x where x.company_id = p_company and x.agreement_id = p_id
      and x.status in ('required', 'held')) then
    perform domovoi.require('deposit.manage');
    perform domovoi.agreement_deduct(a, p_args ->> 'deductions');
    perform domovoi.agreement_do_settle_deposit(p_company, p_id, '{}', p_was);
  elsif nullif(trim(p_args ->> 'deductions'), '') is not null then
    perform domovoi.require('deposit.manage');
    perform domovoi.agreement_deduct(a, p_args ->> 'deductions');
  end if;
  for d in select * from domovoi.deposit x where x.company_id = p_company and x.agreement_id = p_id
      and x.status = 'held' and x.held > 0 and how is not null loop
    perform domovoi.deposit_do_return(d, jsonb_build_object('method', how, 'reason', nullif(trim(p_args ->> 'reason'),
      '')));
  end loop;
  update domovoi.agreement x set terms = x.terms where x.company_id = p_company and x.id = p_id; -- a new version
end $$;

insert into domovoi.record_action (resource, action, permission, needs_reason, states, guard, sort) values
  ('agreement', 'settle', 'agreement.terminate', false, '{active,notice,terminated,expired}', null, 20);

-- ---- many at once --------------------------------------------------------------------------------------------------

-- As in 0011, but an action on an agreement changes it also where only its lines differ (an indexation).
create or replace function domovoi.try(m jsonb) returns jsonb
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  res jsonb; after jsonb; told jsonb; what text := domovoi.singular(m ->> 'resource');
  st text; msg text; col text; det text; hint text; con text;
begin
  begin
    res := domovoi.apply(m);
    what := coalesce(res ->> 'resource', what);
    after := domovoi.row_of(what, (res ->> 'company')::int, (res ->> 'record')::uuid);
    told := jsonb_build_object('outcome', case when domovoi.same_row(nullif(res #> '{image,old}', 'null'), after)
        and not (what = 'agreement' and m ->> 'kind' = 'action'
          and res #> '{image,old,version}' is distinct from after -> 'version') then 'same' else 'change' end, 'record', res ->> 'record',
      'label', domovoi.label_of(case when what = 'reservation' and m ->> 'kind' = 'create' then 'block' else what end,
        coalesce(nullif(res #> '{image,old}', 'null'), after))); -- a number given here would go to somebody else
    raise exception using errcode = 'DMTRY', message = 'tried';
  exception
    when sqlstate 'DMTRY' then
      return told;
    when others then
      get stacked diagnostics st = returned_sqlstate, msg = message_text, col = column_name,
        det = pg_exception_detail, hint = pg_exception_hint, con = constraint_name;
      told := domovoi.verdict(st, msg, col, det, hint, con);
      if told is null then raise; end if;
      return told || jsonb_build_object('outcome', 'refused', 'record', m ->> 'record', 'label',
        domovoi.label_for(what, m ->> 'record'));
  end;
end $$;

-- ---- what would happen ---------------------------------------------------------------------------------------------

create function domovoi.agreement_seen(p_company int, p_id uuid) returns domovoi.agreement_state
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare s domovoi.agreement_state;
begin
  s.a := (select x from domovoi.agreement x where x.company_id = p_company and x.id = p_id);
  s.lines := array(select x from domovoi.agreement_line x where x.company_id = p_company and x.agreement_id = p_id);
  s.charges := array(select x from domovoi.charge x where x.company_id = p_company and x.agreement_id = p_id);
  s.deposits := array(select x from domovoi.deposit x where x.company_id = p_company and x.agreement_id = p_id);
  s.moves := array(select x.id from domovoi.deposit_move x join unnest(s.deposits) d on d.id = x.deposit_id
    where x.company_id = p_company);
  s.paid := array(select x.id from domovoi.payment x where x.company_id = p_company and x.agreement_id = p_id
    and x.method = 'deposit');
  s.balance := (select coalesce(sum(domovoi.open_of(p_company, x.id)), 0) from domovoi.account x
    where x.company_id = p_company and x.agreement_id = p_id and x.kind = 'receivable');
  return s;
end $$;

-- What of a charge is paid out of the deposit by payments that were not there.
create function domovoi.paid_by_deposit(p_company int, p_charge uuid, p_was uuid[]) returns bigint
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (select coalesce(sum(x.amount), 0) from domovoi.allocation x join domovoi.payment p
    on p.company_id = x.company_id and p.id = x.payment_id where x.company_id = p_company and x.charge_id = p_charge
    and p.method = 'deposit' and p.id <> all (coalesce(p_was, '{}'))); end $$;

-- The state after the mutation, which is then rolled back; errors are those of the engine. A draft is signed, too:
-- whoever draws it up is to see what it will cost, whoever signs it.
create function domovoi.agreement_try(m jsonb, p_sign boolean, out was domovoi.agreement_state,
    out new domovoi.agreement_state, out by_deposit jsonb, out moved jsonb)
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare at record; r jsonb; company int; id uuid;
begin
  if m ->> 'kind' <> 'create' then
    at := domovoi.locate('agreement', (domovoi.me()).company_id, m ->> 'record');
    if at.id is null then perform domovoi.no_record(m ->> 'record'); end if;
    perform domovoi.check_reach('agreement', at.company_id, at.id);
    was := domovoi.agreement_seen(at.company_id, at.id);
  end if;
  begin
    r := domovoi.apply(m);
    company := (r ->> 'company')::int; id := (r ->> 'record')::uuid;
    if p_sign then perform domovoi.agreement_do_sign(company, id, '{}', '{}'); end if;
    new := domovoi.agreement_seen(company, id);
    by_deposit := (select jsonb_object_agg(c.id, domovoi.paid_by_deposit(company, c.id, was.paid))
      from unnest(new.charges) c);
    moved := (select jsonb_agg(jsonb_build_object('kind', x.kind, 'amount', x.amount, 'reason', x.reason) order by x.no)
      from domovoi.deposit_move x where x.company_id = company and x.id = any (new.moves)
        and x.id <> all (coalesce(was.moves, '{}')));
    raise exception using errcode = 'DMTRY', message = 'tried';
  exception when sqlstate 'DMTRY' then null;
  end;
end $$;

-- Row by row: the agreement, its monthly amounts, what is charged, taken back or stands open already, its deposit, its
-- balance; money for whoever sees charges. p_action: create (args are the fields of a new one), or any action.
create function api.agreement_preview(record text, action text, args jsonb)
  returns table (part text, what text, was text, no bigint, from_on date, to_on date, due_on date, amount_minor bigint,
    was_minor bigint, open_minor bigint, note text, currency char(3))
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
#variable_conflict use_column
declare
  fresh boolean := agreement_preview.action = 'create';
  t record;
begin
  perform domovoi.require('agreement.view');
  t := domovoi.agreement_try(case when fresh
    then jsonb_build_object('resource', 'agreement', 'kind', 'create', 'set', coalesce(args, '{}'))
    else jsonb_build_object('resource', 'agreement', 'kind', 'action', 'record', agreement_preview.record, 'action',
      agreement_preview.action, 'args', coalesce(args, '{}')) end, fresh);
  return query
  with line as (
    select n.kind, n.from_on, n.to_on, n.amount, coalesce(o.amount, (select p.amount from unnest((t.was).lines) p
        where p.kind = n.kind and p.from_on < n.from_on and p.note is not distinct from n.note
        order by p.from_on desc limit 1)) as before, o.id is null as new, n.to_on < o.to_on as shorter,
      exists (select from unnest((t.new).lines) q where q.kind = n.kind and q.from_on = n.to_on) as goes_on
      from unnest((t.new).lines) n left join unnest((t.was).lines) o on o.id = n.id
     where o.id is null or (n.amount, n.from_on, n.to_on) is distinct from (o.amount, o.from_on, o.to_on)
  ), charge as (
    select n.*, o.id is null as new, o.voided_on is null and n.voided_on is not null as gone,
      case when n.voided_on is null then n.amount - n.allocated else 0 end as open,
      case when o.voided_on is null then o.amount - o.allocated else 0 end as before,
      coalesce((t.by_deposit ->> n.id::text)::bigint, 0) as by_deposit
      from unnest((t.new).charges) n left join unnest((t.was).charges) o on o.id = n.id
  ), told as (
    select 1 as ord, 'agreement' as part, (t.new).a.status as what, (t.was).a.status as was,
        case when not fresh then (t.new).a.no end as no, (t.new).a.starts_on as from_on,
        coalesce((t.new).a.terminated_on, (t.new).a.ends_on) as to_on,
        null::date as due_on, (t.new).a.rent as amount, null::bigint as was_minor, null::bigint as open, null as note
    union all
    select 2, 'line', l.kind, case when l.new then 'new' when l.shorter then 'ends' else 'changed' end, null, l.from_on,
        l.to_on, null, l.amount, l.before, null, null from line l where not (l.shorter and l.goes_on)
    union all
    select 3, case when c.gone then 'void' when c.new then 'new' else 'due' end, c.kind, null,
        case when not c.new then c.no end, c.period_from, c.period_to, c.due_on, c.amount, c.open + c.by_deposit, c.open,
        case when c.kind = 'adjustment' then c.note end
      from charge c where domovoi.has_permission('charge.view')
        and (c.gone or c.new and c.voided_on is null or not c.new and c.voided_on is null
          and (c.open > 0 or c.before > 0))
    union all
    select 4, 'move', m ->> 'kind', null, null, null, null, null, (m ->> 'amount')::bigint, null, null, m ->> 'reason'
      from jsonb_array_elements(coalesce(t.moved, '[]')) m where domovoi.has_permission('charge.view')
    union all
    select 5, 'deposit', d.status, o.status, case when not fresh then d.no end, null, null, null, d.held, coalesce(o.held, 0), d.required, null
      from unnest((t.new).deposits) d left join unnest((t.was).deposits) o on o.id = d.id
     where domovoi.has_permission('charge.view')
    union all
    select 6, 'balance', null, null, null, null, null, null, (t.new).balance, coalesce((t.was).balance, 0), null, null
     where domovoi.has_permission('charge.view')
  )
  select d.part, d.what, d.was, d.no, d.from_on, d.to_on, d.due_on, d.amount, d.was_minor, d.open, d.note,
      (t.new).a.currency
    from told d order by d.ord, case d.part when 'due' then 1 when 'void' then 2 else 3 end, d.part = 'line' and d.what <> 'rent',
      d.due_on, d.from_on, d.what <> 'deposit', d.what <> 'rent', d.what, d.no, d.amount;
end $$;

create function act.agreement_settle(id text, version int default null, reason text default null,
    "on" date default null, deductions text default null, late_fees text default null, return text default null)
  returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('agreement', id, version, 'settle', jsonb_strip_nulls(jsonb_build_object('reason', reason, 'on',
    "on", 'deductions', deductions, 'late_fees', late_fees, 'return', return))) $$;

drop function act.agreement_extend(text, int, date);
create function act.agreement_extend(id text, version int default null, until date default null,
    rent text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('agreement', id, version, 'extend', jsonb_build_object('until', until, 'rent', rent)) $$;
drop function act.agreement_renew(text, int, date);
create function act.agreement_renew(id text, version int default null, until date default null,
    rent text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('agreement', id, version, 'renew', jsonb_build_object('until', until, 'rent', rent)) $$;
drop function act.agreement_change_line(text, int, text, bigint, date, text);
create function act.agreement_change_line(id text, version int default null, kind text default null,
    amount_minor bigint default null, "from" date default null, line text default null, amount text default null)
  returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('agreement', id, version, 'change_line', jsonb_build_object('kind', kind, 'amount', amount,
    'amount_minor', amount_minor, 'from', "from", 'line', line)) $$;

revoke execute on function api.agreement_preview, act.agreement_settle, act.agreement_extend, act.agreement_renew,
  act.agreement_change_line from public;
grant execute on function api.agreement_preview to domovoi_staff, domovoi_owner;
grant execute on function act.agreement_settle, act.agreement_extend, act.agreement_renew, act.agreement_change_line
  to domovoi_staff;
reset role;

set local role domovoi_owner;

-- As in 0019, and what it costs a month beside the rent, now or when it begins; what is owed, since when; when the rent
-- grows next.
create or replace view api.agreements with (security_invoker) as
  select a.id, a.company_id as company, a.no, a.external_id, a.kind, a.unit_id as unit, u.title as unit_label,
    a.party_id as party, p.name as party_label, a.payer_id as payer, y.name as payer_label, a.agent_id as agent,
    g.display_name as agent_label, a.building_id as building, b.name as building_label, a.starts_on, a.ends_on,
    case when a.status in ('active', 'notice') then a.ends_on - (select domovoi.my_today()) end as days_left,
    a.status, a.status_reason, a.signed_at, a.notice_on, a.terminated_on, a.rent as rent_minor,
    (select l.amount from domovoi.agreement_line l where l.company_id = a.company_id and l.agreement_id = a.id
      and l.kind = 'rent' and l.from_on <= (select domovoi.my_today()) and l.to_on > (select domovoi.my_today()))
      as rent_now_minor,
    a.deposit as deposit_minor, a.currency, a.due_day, a.index_bp, a.index_month, a.notice_days,
    a.late_fee_id as late_fee, f.name as late_fee_label,
    (select string_agg(x.name, ', ' order by x.name) from domovoi.agreement_party c join domovoi.party x
      on x.company_id = c.company_id and x.id = c.party_id where c.company_id = a.company_id and c.agreement_id = a.id
      and c.role = 'co_tenant' and c.until is null) as co_tenants,
    (select string_agg(x.name, ', ' order by x.name) from domovoi.agreement_party c join domovoi.party x
      on x.company_id = c.company_id and x.id = c.party_id where c.company_id = a.company_id and c.agreement_id = a.id
      and c.role = 'guarantor' and c.until is null) as guarantors,
    a.terms, a.version, a.updated_at,
    (select sum(l.amount)::bigint from domovoi.agreement_line l where l.company_id = a.company_id and l.agreement_id = a.id
      and l.kind = 'parking' and l.to_on > greatest(a.starts_on, (select domovoi.my_today()))
      and l.from_on <= greatest(a.starts_on, (select domovoi.my_today()))) as parking_minor,
    (select sum(l.amount)::bigint from domovoi.agreement_line l where l.company_id = a.company_id and l.agreement_id = a.id
      and l.kind = 'utilities' and l.to_on > greatest(a.starts_on, (select domovoi.my_today()))
      and l.from_on <= greatest(a.starts_on, (select domovoi.my_today()))) as utilities_minor,
    (select sum(l.amount)::bigint from domovoi.agreement_line l where l.company_id = a.company_id and l.agreement_id = a.id
      and l.kind = 'service' and l.to_on > greatest(a.starts_on, (select domovoi.my_today()))
      and l.from_on <= greatest(a.starts_on, (select domovoi.my_today()))) as service_minor,
    (select sum(domovoi.balance_of(k.company_id, k.id, k.kind))::bigint from domovoi.account k
      where k.company_id = a.company_id and k.agreement_id = a.id and k.kind = 'receivable') as balance_minor,
    (select min(c.due_on) from domovoi.charge c where c.company_id = a.company_id and c.agreement_id = a.id
      and c.voided_on is null and c.allocated < c.amount and c.due_on < (select domovoi.my_today())) as overdue_since,
    case when a.status in ('active', 'notice') then report.next_index(a.index_bp, a.index_month,
      (select domovoi.my_today()), a.ends_on) end as next_index
  from domovoi.agreement a
  left join domovoi.unit u on u.company_id = a.company_id and u.id = a.unit_id
  left join domovoi.party p on p.company_id = a.company_id and p.id = a.party_id
  left join domovoi.party y on y.company_id = a.company_id and y.id = a.payer_id
  left join domovoi.app_user g on g.id = a.agent_id
  left join domovoi.building b on b.company_id = a.company_id and b.id = a.building_id
  left join domovoi.late_fee_policy f on f.company_id = a.company_id and f.id = a.late_fee_id;

-- The same for a report: arguments as JSON.
create function report.agreement_preview(action text, agreement text default null, args text default null)
  returns table (part text, what text, was text, no bigint, from_on date, to_on date, due_on date, amount_minor bigint,
    was_minor bigint, open_minor bigint, note text, currency char(3), resource text,
    filter text)
  language plpgsql volatile as $$
begin
  return query select p.*, case when p.no is null then null when p.part in ('due', 'void') then 'charges'
      else p.part || 's' end, 'no=' || p.no
    from api.agreement_preview(agreement_preview.agreement, agreement_preview.action,
      nullif(agreement_preview.args, '')::jsonb) p;
end $$;

create type report.lease_row as (
  unit uuid, unit_code text, unit_label text, building_label text, agreement uuid, agreement_no bigint, status text,
  tenant uuid, tenant_label text, starts_on date, ends_on date, days_left int, rent_minor bigint, deposit_minor bigint,
  deposit_held_minor bigint, next_index date, index_bp int, balance_minor bigint, days_overdue int,
  asking_minor bigint, vacant_days int, currency char(3), total_rows bigint, total_let bigint,
  total_rent_minor bigint, total_deposit_minor bigint, total_held_minor bigint, total_balance_minor bigint,
  total_asking_minor bigint, resource text, filter text
);

-- The rent roll as one works through it: a part of it, in an order, so many rows; the totals are of the whole part, by
-- currency. `soon` puts leases that end within 60 days first, then what stands empty (domain.md §5.9).
create function report.leases(as_of date default null, part text default 'all', sort text default 'unit',
    "limit" int default 500, company int default null, unit text default null, agent text default null)
  returns setof report.lease_row
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare
  g record := report.gate_on(leases.company, leases.as_of);
begin
  perform report.one_of('part', leases.part, '{all,let,vacant,soon,debt,index}');
  perform report.one_of('sort', leases.sort, '{unit,soon,debt,index,vacant,rent}');
  return query
    with roll as (
      select r.*, u.code, a.status, a.index_bp, row_number() over () as place
        from report.rent_roll(leases.as_of, leases.company, leases.unit, leases.agent) r
        left join api.agreements a on a.id = r.agreement
        left join api.unit_facts u on u.id = r.unit
    ), these as (
      select r.*, count(*) over (w) as n, count(r.agreement) over (w) as let, sum(r.rent_minor) over (w) as rent,
             sum(r.deposit_minor) over (w) as deposit, sum(r.deposit_held_minor) over (w) as held,
             sum(r.balance_minor) over (w) as balance, sum(r.asking_minor) over (w) as asking
        from roll r
       where case leases.part when 'let' then r.agreement is not null when 'vacant' then r.agreement is null
         when 'soon' then r.days_left <= 60 when 'debt' then r.days_overdue > 0
         when 'index' then r.next_index < g.day + 62 else true end
      window w as (partition by r.currency)
    )
    select p.unit, p.code::text, p.unit_label, p.building_label, p.agreement, p.agreement_no, p.status, p.tenant, p.tenant_label,
           p.starts_on, p.ends_on, p.days_left, p.rent_minor, p.deposit_minor, p.deposit_held_minor, p.next_index,
           p.index_bp::int, p.balance_minor, p.days_overdue, p.asking_minor, p.vacant_days, p.currency, p.n, p.let,
           p.rent::bigint, p.deposit::bigint, p.held::bigint, p.balance::bigint, p.asking::bigint, p.resource, p.filter
      from these p
     order by case leases.sort when 'soon' then case when p.days_left <= 60 then p.days_left when p.agreement is null
           then 100 else 1000 + p.days_left end
         when 'debt' then -coalesce(p.days_overdue, -1)
         when 'index' then coalesce(p.next_index - g.day, 100000)
         when 'vacant' then case when p.agreement is null then -coalesce(p.vacant_days, 100000) else 1 end end,
       case leases.sort when 'rent' then -coalesce(p.rent_minor, 0) when 'debt' then -coalesce(p.balance_minor, 0) end,
       p.place
     limit least(greatest(leases."limit", 1), 1000);
end $$;

revoke execute on function report.agreement_preview, report.leases from public;
grant execute on function report.agreement_preview, report.leases to domovoi_staff;
reset role;
