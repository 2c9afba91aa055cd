-- A stay that was made by mistake and taken back at once is cancelled as "undone" (0010). It was never anybody's plan,
-- so it counts neither among the cancellations nor among what they are a share of; its history stays.
set local role domovoi_owner;

-- A10: cancelled of all but the expired and those taken back. share_bp is always cancelled / total: of everything (none),
-- of the cancelled (initiator), of what that initiator cancelled (reason).
create or replace function report.cancellations("from" date, "to" date, cohort text default 'created', "group" text default 'none',
    company int default null, unit text default null, agent text default null)
  returns table (key text, name text, initiator text, total bigint, cancelled bigint, share_bp int, filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare
  g record := report.gate(cancellations.company, cancellations."from", cancellations."to");
  units uuid[] := report.with_parents(g.company, report.units_of(g.company, cancellations.unit));
  agent_id uuid := report.agent_of(g.company, cancellations.agent);
  field text := case cancellations.cohort when 'created' then 'booked_on' when 'check_in' then 'check_in' else 'status_on' end;
  opens text;
begin
  perform report.one_of('cohort', cancellations.cohort, '{created,check_in,event}');
  perform report.one_of('group', cancellations."group", '{none,reason,initiator}');
  opens := concat_ws(' ', 'unit=' || array_to_string(units, ','), 'agent=' || agent_id,
    field || '>=' || cancellations."from", field || '<' || cancellations."to", 'status=cancelled', 'status_reason!=undone');
  return query execute format($q$
    with stay as (
      select r.status = 'cancelled' as gone, coalesce(r.cancelled_by, '') as who, coalesce(r.status_reason, '') as why, count(*) as n
        from api.reservations r
       where ($3::int is null or r.company = $3) and r.%1$I >= $1 and r.%1$I < $2 and r.status <> 'expired'
         and (r.status_reason = 'undone') is not true
         and ($4::uuid[] is null or r.unit = any ($4)) and ($5::uuid is null or r.agent = $5)
       group by 1, 2, 3
    ), line as (
      select %2$s as key, %3$s as who, sum(n) filter (where gone) as cancelled, sum(n) as n from stay where gone or %4$L = 'none' group by 1, 2
    ), whole as (
      select l.*, case %4$L when 'none' then l.n when 'initiator' then sum(l.cancelled) over () else sum(l.cancelled) over (partition by l.who) end as total
        from line l
      union all
      select null, null, 0, 0, 0 where not exists (select from line)
    ), part as (
      select w.*, coalesce(cancelled, 0) as c, case when total > 0 then floor(coalesce(cancelled, 0) * 10000 / total) else 0 end as base,
             case when total > 0 then (coalesce(cancelled, 0) * 10000) %% total else 0 end as rest
        from whole w
    ), fair as (
      select p.*, case when %4$L = 'none' then report.bp(c, total)
                       else base::int + case when row_number() over (partition by %5$s order by rest desc, key) <= 10000 - sum(base) over (partition by %5$s)
                              and total > 0 then 1 else 0 end end as share
        from part p
    )
    select f.key, coalesce(k.names ->> 'en', nullif(f.key, ''), case when f.key = '' then 'not stated' end), f.who, f.total::bigint, f.c::bigint, f.share,
           case when f.key is null then $6
                when f.key = '' or f.who = '' then null
                else $6 || ' cancelled_by=' || f.who || case when %4$L = 'reason' then ' status_reason=' ||
                  case when f.key ~ '^[a-z0-9_]+$' then f.key else '"' || replace(f.key, '"', '') || '"' end else '' end end
      from fair f left join api.dictionary k on k.kind = %6$L and k.code = f.key
     order by f.total desc, case when %4$L = 'reason' then f.who end, f.c desc, f.key $q$,
    field,
    case cancellations."group" when 'none' then 'null::text' when 'initiator' then 'who' else 'why' end,
    case when cancellations."group" = 'none' then 'null::text' else 'who' end,
    cancellations."group",
    case when cancellations."group" = 'reason' then 'who' else '1' end,
    case cancellations."group" when 'initiator' then 'cancel_initiator' else 'cancel_reason' end)
    using cancellations."from", cancellations."to", g.company, units, agent_id, opens;
end $$;

reset role;
