-- Why something is not possible now, as people would say it: what the record is, when, and what to do first. Codes stay
-- as they are; the fixed part is the message (translated by the client), dates and names are the detail.

set local role domovoi_rules;

drop function domovoi.stay_refusal(domovoi.reservation, text);
drop function api.actions(text, text);

-- An instant as the company's clock shows it.
create function domovoi.local_minute(p_company int, p_at timestamptz) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return to_char(p_at at time zone (select c.tz from domovoi.company c where c.id = p_company),
    'YYYY-MM-DD HH24:MI'); end $$;

-- No transition leads from this state by this action: what is the case instead, and what would lead there.
create function domovoi.stay_state_says(r domovoi.reservation, p_action text, out reason text, out detail text,
    out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  detail := r.status_on::text;
  case r.status
    when 'hold' then
      reason := 'This stay is a hold.';
      detail := domovoi.local_minute(r.company_id, r.hold_until);
      remedy := case p_action when 'check_in' then 'Confirm it first.' when 'no_show' then 'Cancel it instead.'
        else 'Confirm it and check the guest in first.' end;
    when 'confirmed' then
      if p_action = 'check_out' then
        reason := 'The guest is not checked in.'; detail := r.check_in::text; remedy := 'Check the guest in first.';
      else
        reason := 'The stay is confirmed already.';
      end if;
    when 'checked_in' then
      reason := 'The guest is checked in already.';
      remedy := case when p_action in ('cancel', 'no_show')
        then 'Check the guest out instead: the nights that are left become free.' end;
    when 'completed' then reason := 'The stay is over.';
    when 'cancelled' then reason := 'The stay is cancelled.'; remedy := 'Make a new reservation.';
    when 'no_show' then reason := 'The guest did not come.'; remedy := 'Make a new reservation.';
    when 'expired' then reason := 'The hold has run out and its dates are free again.';
      remedy := 'Make a new reservation.';
    else reason := 'This is not possible in the present state.'; detail := r.status;
  end case;
end $$;

-- Why this action is not possible now, as the error it would raise; code is null if it is.
create function domovoi.stay_refusal(r domovoi.reservation, p_action text, out code text, out reason text,
    out detail text, out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare t domovoi.fsm_transition; may text;
begin
  select * into t from domovoi.fsm_transition x where x.machine = r.machine and x.action = p_action
    and x.from_state = r.status;
  may := case p_action when 'extend_hold' then 'reservation.edit' else coalesce(t.permission,
    (select min(x.permission) from domovoi.fsm_transition x where x.machine = r.machine and x.action = p_action)) end;
  if may is null or not domovoi.has_permission(may) then
    code := 'DM005'; reason := 'You may not do this.'; detail := may;
    remedy := 'Ask the head of your company for the permission.';
  elsif p_action = 'extend_hold' and r.status <> 'hold' then
    code := 'DM001'; reason := 'Only a hold has an end that can be moved.'; detail := r.status;
  elsif p_action <> 'extend_hold' and t.machine is null then
    code := 'DM001';
    select s.reason, s.detail, s.remedy into reason, detail, remedy from domovoi.stay_state_says(r, p_action) s;
  else
    reason := domovoi.stay_guard(t.guard, r);
    if reason is null then return; end if;
    code := 'DM011';
    case t.guard
      when 'hold_valid' then
        detail := domovoi.local_minute(r.company_id, r.hold_until); remedy := 'Extend the hold first.';
      when 'arrival_day' then
        detail := r.check_in::text; remedy := 'Wait for the day, or change the dates first.';
      when 'after_arrival_day' then
        detail := r.check_in::text; remedy := 'Wait until tomorrow, or cancel the stay.';
      else null;
    end case;
  end if;
end $$;

-- As in 0004, with the reasons in full.
create or replace function domovoi.act_on_reservation(p_company int, p_id uuid, p_base int, p_action text, p_args jsonb)
  returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  r domovoi.reservation := domovoi.hold_reservation(p_company, p_id, p_base);
  no record := domovoi.stay_refusal(r, p_action);
  today date := domovoi.company_today(p_company);
  till timestamptz := case when p_args ->> 'until' ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d'
    then (p_args ->> 'until')::timestamptz end;
begin
  if no.code is not null then
    perform domovoi.fail(no.code, no.reason, case no.code when 'DM001' then 'status' end, no.detail, no.remedy);
  end if;
  if lower(trim(p_args ->> 'reason')) = 'undone' then -- that is what taking back says, and it counts as no cancellation
    perform domovoi.fail('DM007', 'The value is not valid.', 'reason', 'undone');
  end if;
  if p_action = 'extend_hold' then
    if p_args ->> 'until' is not null and (till is null or till <= domovoi.now()) then
      perform domovoi.fail('DM007', 'The hold must end in the future.', 'until', p_args ->> 'until',
        'Give a day and a time.');
    end if;
    update domovoi.reservation x set hold_until = coalesce(till, greatest(r.hold_until,
      domovoi.now()) + interval '1 day')
      where x.company_id = p_company and x.id = p_id;
    return;
  end if;
  update domovoi.reservation x set status = t.to_state, status_reason = nullif(trim(p_args ->> 'reason'), ''),
      check_out = case when t.to_state = 'completed' then least(r.check_out, greatest(today, r.check_in + 1))
        else r.check_out end,
      cancelled_by = case when t.to_state = 'cancelled' then coalesce(p_args ->> 'by', case (domovoi.me()).scope
        when 'own' then 'agent'
        when 'platform' then 'platform' else 'company' end) end
    from domovoi.fsm_transition t
    where x.company_id = p_company and x.id = p_id and t.machine = r.machine and t.action = p_action
      and t.from_state = r.status;
end $$;

-- What keeps a unit from the archive: its next use, else a part of it.
create function domovoi.unit_used_by(p_company int, p_unit uuid) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return coalesce((select o.check_in || ' - ' || o.check_out from domovoi.occupancy o where o.company_id = p_company
      and o.unit_id = p_unit and o.check_out > domovoi.company_today(p_company) order by o.check_in limit 1),
    (select k.code from domovoi.unit k where k.company_id = p_company and k.parent_id = p_unit
      and k.archived_at is null order by k.code limit 1));
end $$;

create function domovoi.unit_refusal(p_company int, p_unit uuid, p_action text, out code text, out reason text,
    out detail text, out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare archived timestamptz := (select u.archived_at from domovoi.unit u where u.company_id = p_company
  and u.id = p_unit);
begin
  if not domovoi.has_permission('unit.archive') then
    code := 'DM005'; reason := 'You may not do this.'; detail := 'unit.archive';
    remedy := 'Ask the head of your company for the permission.';
  elsif p_action = 'archive' and archived is not null then
    code := 'DM001'; reason := 'The unit is archived already.';
    detail := domovoi.local_minute(p_company, archived);
  elsif p_action = 'restore' and archived is null then
    code := 'DM001'; reason := 'The unit is not archived.';
  elsif p_action = 'archive' and domovoi.unit_in_use(p_company, p_unit) then
    code := 'DM010'; reason := 'The unit is still in use.'; detail := domovoi.unit_used_by(p_company, p_unit);
    remedy := 'Move or end its stays, blocks and parts first.';
  end if;
end $$;

create or replace function domovoi.act_on_unit(p_company int, p_id uuid, p_base int, p_action text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.unit; no record; today date := domovoi.company_today(p_company);
begin
  perform domovoi.require('unit.archive');
  perform domovoi.lock_units(p_company, array[p_id]);
  select * into r from domovoi.unit u where u.company_id = p_company and u.id = p_id for no key update;
  perform domovoi.check_version(p_base, r.version);
  no := domovoi.unit_refusal(p_company, p_id, p_action);
  if no.code is not null then
    perform domovoi.fail(no.code, no.reason, case no.code when 'DM001' then 'status' end, no.detail, no.remedy);
  end if;
  update domovoi.unit u set archived_at = case p_action when 'archive' then domovoi.now() end
    where u.company_id = p_company and u.id = p_id;
  delete from domovoi.unit_stock s where s.company_id = p_company and s.unit_id = p_id and lower(s.in_stock) >= today;
  update domovoi.unit_stock s set in_stock = s.in_stock * daterange(null, today)
    where s.company_id = p_company and s.unit_id = p_id and upper_inf(s.in_stock);
  if p_action = 'restore' then
    insert into domovoi.unit_stock (company_id, unit_id, mode, in_stock)
      select p_company, p_id, o.mode, daterange(today, null) from domovoi.offering o
       where o.company_id = p_company and o.unit_id = p_id and o.status <> 'archived'
         and p_id = any (domovoi.leaves(p_company, p_id));
  end if;
end $$;

-- What can be done with a record now, in the order of the states it leads to; why the rest cannot, and what first.
create function api.actions(resource text, key text)
  returns table (action text, allowed boolean, code text, reason text, detail text, remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare what text := domovoi.singular($1); at record; r domovoi.reservation;
begin
  at := domovoi.locate(what, (domovoi.me()).company_id, $2);
  if at.id is null then perform domovoi.no_record($2); end if;
  perform domovoi.check_reach(what, at.company_id, at.id);
  if what = 'reservation' then
    select * into r from domovoi.reservation x where x.company_id = at.company_id and x.id = at.id;
    return query
      select a.action, n.code is null, n.code, n.reason, n.detail, n.remedy
        from (select t.action, min(f.sort) as sort, min(t.to_state) as to_state from domovoi.fsm_transition t
                join domovoi.fsm_state f on f.machine = t.machine and f.state = t.to_state
               where t.machine = r.machine and t.permission is not null group by t.action
              union all select 'extend_hold', 9, null) a
        cross join lateral domovoi.stay_refusal(r, a.action) n order by a.sort, a.action;
  elsif what = 'unit' then
    return query
      select a.action, n.code is null, n.code, n.reason, n.detail, n.remedy
        from (values ('archive'), ('restore')) a (action)
        cross join lateral domovoi.unit_refusal(at.company_id, at.id, a.action) n;
  elsif what = 'block' then
    return query select 'delete'::text, p.may, case when not p.may then 'DM005' end, case when not p.may
      then 'You may not do this.' end, case when not p.may then 'block.manage' end,
        case when not p.may then 'Ask the head of your company for the permission.' end
      from (select domovoi.has_permission('block.manage') as may) p;
  end if;
end $$;
revoke execute on function api.actions from public;
grant execute on function api.actions to domovoi_staff;

reset role;
