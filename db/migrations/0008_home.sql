-- The home screen's figures and its list of what needs somebody. Each number is counted by the WHERE that its
-- filter says, so it opens exactly its rows. They need no right beyond seeing the lists.
set local role domovoi_rules;

-- What every unit of the session's company is used for on its day, in one pass: what domovoi.unit_status says of one.
create function domovoi.uses_now() returns table (company_id int, unit_id uuid, source text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
#variable_conflict use_column
declare
  m record := domovoi.me();
  day date := domovoi.my_today();
  c int;
begin
  for c in select x.id from domovoi.company x where m.company_id is null or x.id = m.company_id loop
    return query
      with recursive used as materialized (
        select o.unit_id, o.source from domovoi.occupancy o
         where o.company_id = c and o.check_in <= day and o.check_out > day
           and o.check_in > day - (select max(x.check_out - x.check_in) from domovoi.occupancy x where x.company_id = c)
      ), up as (
        select u.parent_id, s.source from used s join domovoi.unit u on u.company_id = c and u.id = s.unit_id where u.parent_id is not null
        union
        select u.parent_id, p.source from up p join domovoi.unit u on u.company_id = c and u.id = p.parent_id where u.parent_id is not null
      )
      select c, s.unit_id, s.source from used s
      union all
      select c, p.parent_id, max(p.source) from up p where not exists (select from used s where s.unit_id = p.parent_id) group by p.parent_id;
  end loop;
end $$;
grant execute on function domovoi.uses_now() to domovoi_staff;

reset role;
set local role domovoi_owner;

create view api.unit_days with (security_invoker) as
  select u.company_id as company, u.id as unit, u.agent_id as agent,
    case when u.archived_at is not null then 'archived' when s.source = 'block' then 'blocked' when s.source is not null then 'occupied'
         else 'free' end as status
  from domovoi.unit u left join domovoi.uses_now() s on s.company_id = u.company_id and s.unit_id = u.id;
grant select on api.unit_days to domovoi_staff;

-- total is the number of rows that the filter opens; done, where there is something to do, how many of them are.
create function report.today(company int default null, agent text default null)
  returns table (key text, name text, done bigint, total bigint, resource text, filter text)
  language plpgsql stable set plan_cache_mode = force_custom_plan set jit = off as $$
#variable_conflict use_column
declare
  f record := report.frame(today.company);
  agent_id uuid := report.agent_of(f.company, today.agent);
  own text := case when agent_id is not null then ' agent=' || agent_id else '' end;
begin
  return query
    select t.key, t.name, t.done, t.total, t.resource, t.filter from (
    select 1 as place, 'arrivals' as key, 'Arrivals today' as name, count(*) filter (where r.status <> 'confirmed') as done, count(*) as total,
           'reservations' as resource, 'check_in=' || f.today || ' status=confirmed,checked_in,completed' || own as filter
      from api.reservations r where (f.company is null or r.company = f.company) and r.check_in = f.today
       and r.status in ('confirmed', 'checked_in', 'completed') and (agent_id is null or r.agent = agent_id)
    union all
    select 2, 'departures', 'Departures today', count(*) filter (where r.status = 'completed'), count(*), 'reservations',
           'check_in>' || f.today - 367 || ' check_out=' || f.today || ' status=checked_in,completed' || own
      from api.reservations r where (f.company is null or r.company = f.company) and r.check_out = f.today
       and r.check_in > f.today - 367 and r.check_in < f.today
       and r.status in ('checked_in', 'completed') and (agent_id is null or r.agent = agent_id)
    union all
    select 3, 'in_house', 'In house', null, count(*), 'reservations', 'status=checked_in' || own
      from api.reservations r where (f.company is null or r.company = f.company) and r.status = 'checked_in'
       and (agent_id is null or r.agent = agent_id)
    union all
    select k.place, k.key, k.name, null, coalesce(u.n, 0), 'units', 'status=' || k.status || own
      from (values (4, 'free', 'Free units', 'free'), (5, 'blocked', 'Blocked units', 'blocked')) k (place, key, name, status)
      left join (select u.status, count(*) as n from api.unit_days u where (f.company is null or u.company = f.company)
                    and (agent_id is null or u.agent = agent_id) group by u.status) u on u.status = k.status
    union all
    select 6, 'holds', 'Unconfirmed', null, count(*), 'reservations', 'status=hold' || own
      from api.reservations r where (f.company is null or r.company = f.company) and r.status = 'hold'
       and (agent_id is null or r.agent = agent_id)
    ) t order by t.place;
end $$;

-- What needs somebody now, the worst first; nothing to say is no row.
create function report.attention(company int default null, agent text default null)
  returns table (key text, name text, severity int, count bigint, resource text, filter text)
  language plpgsql stable set plan_cache_mode = force_custom_plan set jit = off as $$
#variable_conflict use_column
declare
  f record := report.frame(attention.company);
  agent_id uuid := report.agent_of(f.company, attention.agent);
  own text := case when agent_id is not null then ' agent=' || agent_id else '' end;
begin
  return query
    with live as materialized (
      select r.status, r.check_in, r.check_out, r.hold_until from api.reservations r
       where (f.company is null or r.company = f.company) and r.status in ('hold', 'confirmed', 'checked_in')
         and (r.status <> 'confirmed' or r.check_in < f.today) and (agent_id is null or r.agent = agent_id)
    )
    select a.key, a.name, a.severity, a.n, 'reservations', a.filter || own from (
      select 'late_arrivals' as key, 'Guests who have not arrived' as name, 2 as severity,
             count(*) filter (where status = 'confirmed' and check_in < f.today) as n,
             'status=confirmed check_in<' || f.today as filter from live
      union all
      select 'late_departures', 'Guests past their check-out day', 2,
             count(*) filter (where status = 'checked_in' and check_out < f.today), 'status=checked_in check_out<' || f.today from live
      union all
      select 'unconfirmed_arrivals', 'Arrivals by tomorrow not confirmed', 2,
             count(*) filter (where status = 'hold' and check_in <= f.today + 1), 'status=hold check_in<' || f.today + 2 from live
      union all
      select 'holds_lapsed', 'Holds that ran out', 1, count(*) filter (where status = 'hold' and hold_until <= f.at),
             'status=hold hold_until<=' || to_char(f.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') from live
      union all
      select 'holds_expiring', 'Holds that end within a day', 1,
             count(*) filter (where status = 'hold' and hold_until > f.at and hold_until <= f.at + interval '1 day'),
             'status=hold hold_until>' || to_char(f.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
               || ' hold_until<=' || to_char((f.at + interval '1 day') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') from live
    ) a
    where a.n > 0 order by a.severity desc, a.n desc, a.key;
end $$;

reset role;

revoke execute on all functions in schema report from public;
grant usage on schema report to domovoi_staff;
grant execute on all functions in schema report to domovoi_staff;
