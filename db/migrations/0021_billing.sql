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
