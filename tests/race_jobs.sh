#!/usr/bin/env bash
# The worker. First a month by itself, a day at a time: what was charged, levied and ended is what SQL reckons without the
# rules. Then three workers over a year's backlog, the leader killed twenty times wherever it was: every slot is done once,
# every step once, nobody charged twice, the books agree. Needs BUILD, PGHOST, PGDATABASE (the tiny demo), a superuser.
cd "$(dirname "$0")" || exit 1
. ./lib.sh
dir=$(mktemp -d)
workers=()
trap 'kill -9 "${workers[@]}" 2>/dev/null; rm -rf "$dir"' EXIT
export PGUSER=${PGUSER:-postgres}
sql() { psql -XqAt -v ON_ERROR_STOP=1 "$@"; }
none() { is "$(sql -c "select string_agg(x::text, '; ') from ($1) x")" "" "$2"; }
worker() { "$BUILD/domovoid" worker --set "dsn=host=$PGHOST user=$PGUSER dbname=$PGDATABASE" "$@"; }
sound() { # I9, A17, I13
	none "select 'sum ' || currency from domovoi.ledger_entry group by company_id, currency having sum(amount) <> 0
	  union all select f from domovoi.ledger_faults() f
	  union all select 'charge ' || c.no from domovoi.charge c where c.allocated <> (select coalesce(sum(x.amount), 0)
	    from domovoi.allocation x where x.company_id = c.company_id and x.charge_id = c.id)" "the books agree"
}

# ---- a month, from the 16th to the 16th
set -- "$PGDATABASE"
fresh_database t_jobs_month t_tiny
PGDATABASE=t_jobs_month
sql >"$dir/log" 2>&1 <<'S' || cat "$dir/log"
set domovoi.now = '2026-06-16T05:00:00+05';
insert into domovoi.api_role values (session_user); -- the worker's login
insert into domovoi.setting (company_id, key, value, version) select null, k, 'true', 100 from unnest(array['auto_charges', 'auto_late_fees']) k;
insert into domovoi.late_fee_policy (company_id, name, kind, bp, cap_bp, grace_days) select id, 'daily', 'bp_per_day', 13, 2000, 3 from domovoi.company;
alter table domovoi.agreement disable trigger user;
update domovoi.agreement a set late_fee_id = p.id from domovoi.late_fee_policy p where p.company_id = a.company_id;
alter table domovoi.agreement enable trigger user;
insert into domovoi.unit (company_id, id, code, title, kind, lock_id) select 1, g, 'M' || n, 'M' || n, 'apartment', g
  from (select n, gen_random_uuid() as g from generate_series(1, 20) n) x;
insert into domovoi.agreement (company_id, unit_id, party_id, starts_on, ends_on, currency, rent, late_fee_id)
  select 1, u.id, (select id from domovoi.party where company_id = 1 order by no limit 1), '2026-03-10', date '2026-06-24' + substr(u.code, 2)::int * 2,
    (select currency from domovoi.company where id = 1), 333333, (select id from domovoi.late_fee_policy where company_id = 1)
    from domovoi.unit u where u.company_id = 1 and u.code ~ '^M\d';
insert into domovoi.agreement_line (company_id, agreement_id, unit_id, kind, amount, from_on, to_on)
  select 1, a.id, a.unit_id, 'rent', a.rent, a.starts_on, a.ends_on from domovoi.agreement a join domovoi.unit u on u.id = a.unit_id and u.code ~ '^M\d' where a.company_id = 1;
update domovoi.agreement a set status = 'active' from domovoi.unit u where a.company_id = 1 and u.id = a.unit_id and u.code ~ '^M\d';
create table public.before as select * from domovoi.agreement;
create table public.holds as select * from domovoi.reservation where status = 'hold';
create table public.fees as select id from domovoi.charge where kind = 'penalty';
S
diag "$(sql -c "select count(*) || ' agreements, ' || count(*) filter (where status in ('active', 'notice') and ends_on <= '2026-07-16') || ' end, '
  || (select count(*) from public.holds) || ' holds, ' || (select count(*) from domovoi.late_fee_policy) || ' policies' from domovoi.agreement")"
day=2026-06-16 failed=0
while [[ ! $day > 2026-07-16 ]]; do
	worker --once --set "now=${day}T06:00:00+05" 2>>"$dir/month.log" || failed=$((failed + 1))
	day=$(date -d "$day + 1 day" +%F)
done
is "$failed" 0 "thirty-one days"
none "select j.kind, j.slot, j.status, j.error from domovoi.job j where j.status <> 'done' or j.failed > 0" "and all that was due is done"
is "$(sql -c "select count(*) = count(distinct company_id || ' ' || slot) and min(n) = 31 and max(n) = 31 from (select company_id, slot, count(*) over (partition by company_id) as n
  from domovoi.job where kind = 'agreements') x")" t "each day once, in each company"
is "$(sql -c "select string_agg(distinct slot, ' ') from domovoi.job where kind = 'charge_run'")" "2026-07" "one month begins in them"
# what July costs: an agreement and a kind in one division, half up
none "with asked as (
    select a.id, l.kind, floor((2 * sum(l.amount::numeric * (least(l.to_on, a.terminated_on, a.ends_on, '2026-08-01') - greatest(l.from_on, a.starts_on, '2026-07-01'))) + 31) / 62) as amount
      from public.before a join domovoi.agreement_line l on l.agreement_id = a.id
     where a.status in ('active', 'notice', 'terminated', 'expired') and least(l.to_on, a.terminated_on, a.ends_on, '2026-08-01') > greatest(l.from_on, a.starts_on, '2026-07-01')
     group by a.id, l.kind, case when l.kind <> 'rent' then l.note end
  ), want as (select id, kind, sum(amount) as amount from asked group by 1, 2 having sum(amount) > 0
  ), got as (select agreement_id as id, kind, sum(amount) as amount from domovoi.charge where line_id is not null and not recut
     and period_from >= '2026-07-01' and period_from < '2026-08-01' group by 1, 2)
  select coalesce(w.id, g.id), coalesce(w.kind, g.kind), w.amount, g.amount from want w full join got g using (id, kind)
   where w.amount is distinct from g.amount" "July is charged to the tiyin"
is "$(sql -c "select count(*) > 0 from domovoi.charge_run where job_id is not null and kind = 'rent' and month = '2026-07' and created > 0 and created_by is null")" t "by runs of the system"
# what being late costs on the last day: what was open, day by day
none "with late as (
    select c.id, c.amount, p.kind, p.bp, p.amount as fixed, p.cap_bp, greatest(c.due_on, c.issued_on) + p.grace_days + 1 as first
      from domovoi.charge c join domovoi.agreement a on a.id = c.agreement_id join domovoi.late_fee_policy p on p.id = a.late_fee_id
     where c.voided_on is null and c.allocated < c.amount and c.kind = any (p.from_kinds) and c.kind <> 'penalty'
  ), grown as (
    select l.*, (select coalesce(sum(l.amount - (select coalesce(sum(x.amount), 0) from domovoi.allocation x where x.charge_id = l.id and x.booked_on <= d)), 0)
      from generate_series(l.first::timestamp, '2026-07-16', interval '1 day') d) as days from late l where l.first <= '2026-07-16'
  ), want as (select id, least(round(amount * cap_bp / 10000.0), case kind when 'fixed' then fixed else round(days * bp / 10000.0) end) as amount from grown)
  select w.id, w.amount, g.amount from want w left join (select of_charge_id, sum(amount) as amount from domovoi.charge where kind = 'penalty' group by 1) g on g.of_charge_id = w.id
   where w.amount is distinct from coalesce(g.amount, 0)" "late fees are those of the last day"
is "$(sql -c "select count(*) > 0 from domovoi.charge where kind = 'penalty' and id not in (select id from public.fees)")" t "and there are some"
none "select a.id, b.status, a.status from public.before b join domovoi.agreement a using (company_id, id)
  where a.status is distinct from case when b.status in ('active', 'notice') and b.ends_on <= '2026-07-16' then 'expired' else b.status end" "what ends has ended, and nothing else"
none "select b.id, e.at from public.before b join domovoi.company c on c.id = b.company_id left join domovoi.status_event e on e.record_id = b.id and e.to_state = 'expired'
  where b.status in ('active', 'notice') and b.ends_on <= '2026-07-16' and ((e.at at time zone c.tz)::date is distinct from greatest(b.ends_on, '2026-06-16') or e.by_user is not null)" "on its day, by the system"
none "select h.id, r.status from public.holds h join domovoi.reservation r using (company_id, id) where r.status <> case when h.hold_until <= '2026-07-16T06:00:00+05' then 'expired' else 'hold' end" "holds have run out"
sound
n=$(sql -c "select count(*) from domovoi.job")
worker --once --set now=2026-07-16T06:00:30+05 2>>"$dir/month.log"
is "$(sql -c "select count(*) from domovoi.job")" "$n" "once more there is nothing to do"
PGDATABASE=$1

# ---- a year's backlog, three workers, and somebody who kills
(cd sql/fixtures && sql -f roles.sql -f data.sql) >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
sql >"$dir/log" 2>&1 <<'S' || cat "$dir/log"
update domovoi.server set kind = 'live';
insert into domovoi.api_role values (session_user);
update domovoi.company set status = 'closed' where id < 900;
insert into domovoi.unit (company_id, id, code, title, kind, lock_id) select 901, g, 'R' || n, 'R' || n, 'apartment', g
  from (select n, gen_random_uuid() as g from generate_series(1, 330) n) x;
insert into domovoi.agreement (company_id, unit_id, party_id, starts_on, ends_on, currency, rent, external_id)
  select 901, u.id, '00000000-0000-7000-8000-000000000201', date_trunc('month', now())::date - interval '2 years',
    case when n % 50 = 0 then current_date - n % 7 else date_trunc('month', now())::date + interval '3 years' end, 'KZT', 310000, 'race-' || n
    from (select *, substr(code, 2)::int as n from domovoi.unit where company_id = 901 and code ~ '^R\d') u;
insert into domovoi.agreement_line (company_id, agreement_id, unit_id, kind, amount, from_on, to_on)
  select 901, a.id, a.unit_id, 'rent', a.rent, a.starts_on, a.ends_on from domovoi.agreement a where a.external_id like 'race-%';
alter table domovoi.agreement disable trigger money;
update domovoi.agreement set status = 'active' where external_id like 'race-%';
alter table domovoi.agreement enable trigger money;
insert into domovoi.setting (company_id, key, value, version) values (901, 'auto_charges', 'true', 100);
insert into domovoi.job_clock (company_id, kind, slot) values (901, 'charge_run', to_char(now() - interval '13 months', 'YYYY-MM'));
insert into domovoi.reservation (company_id, id, unit_id, offering_id, party_id, check_in, check_out, price_per_night, currency, channel)
  select 901, gen_random_uuid(), u.id, o.id, '00000000-0000-7000-8000-000000000201', current_date + 40 + i * 3, current_date + 42 + i * 3, 1000000, 'KZT', 'web'
    from generate_series(1, 40) i, domovoi.unit u join domovoi.offering o on o.company_id = 901 and o.unit_id = u.id and o.mode = 'short_stay'
   where u.company_id = 901 and u.code = 'U3';
update domovoi.reservation set hold_until = clock_timestamp() + random() * interval '40 s' where company_id = 901 and status = 'hold';
S
start() { # not by the function above: $! is to be the worker itself
	"$BUILD/domovoid" worker --set "dsn=host=$PGHOST user=$PGUSER dbname=$PGDATABASE" 2>>"$dir/work.log" &
	workers+=($!)
}
leader() { sql -c "select split_part(a.application_name, '/', 2) from pg_locks l join pg_stat_activity a using (pid) where l.locktype = 'advisory' and l.classid = 7241 and l.objid = 2
  and l.objsubid = 2 and l.granted and l.database = (select oid from pg_database where datname = current_database())"; }
# how many jobs wait or are at work; nothing is over before the first is there
waiting() { sql -c "select count(*) filter (where status in ('queued', 'running')) + (count(*) < 13)::int from domovoi.job where kind = 'charge_run'"; }
start; start; start
kills=0 worst=0
while [ "$kills" -lt 20 ]; do
	t=$(date +%s%N) pid=
	until pid=$(leader); [ -n "$pid" ]; do sleep 0.05; done
	took=$((($(date +%s%N) - t) / 1000000))
	[ "$took" -le "$worst" ] || worst=$took
	sleep "0.$((RANDOM % 6))$((RANDOM % 10))"
	if [ $((kills % 5)) -eq 4 ]; then # the connection, not the process: it stands by again
		sql -c "select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%/$pid'" >/dev/null
	else
		kill -9 "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
		start
	fi
	kills=$((kills + 1))
done
diag "the longest without a leader: $worst ms; $(sql -c "select count(*) filter (where status = 'done') || ' of ' || count(*) || ' jobs done, attempts ' || max(attempts) from domovoi.job")"
[ "$worst" -lt 6000 ]; ok "another one leads within seconds"
for _ in $(seq 1200); do [ "$(waiting)" -gt 0 ] || break; sleep 0.1; done
is "$(waiting)" 0 "the backlog is done"
for _ in $(seq 900); do
	[ "$(sql -c "select count(*) from domovoi.reservation where company_id = 901 and status = 'hold'")" -gt 0 ] || break
	sleep 0.1
done
last=${workers[-1]}
kill -TERM "${workers[@]}" 2>/dev/null
wait "$last"; is $? 0 "a worker that is asked to leaves in peace"
wait
none "select kind, slot, status, attempts, error from domovoi.job where status <> 'done'" "every job is done"
none "select company_id, kind, slot from domovoi.job group by 1, 2, 3 having count(*) > 1" "every slot once"
is "$(sql -c "select count(*) || ' ' || bool_and(done = total and failed = 0) from domovoi.job where kind = 'charge_run'")" "13 true" "thirteen months, every step of them once"
none "select m.month, count(*) from (select to_char(date_trunc('month', now()) - n * interval '1 month', 'YYYY-MM') as month from generate_series(0, 12) n) m
  left join domovoi.job j on j.kind = 'charge_run' and j.slot = m.month group by 1 having count(j.id) <> 1" "no month is left out"
none "select a.external_id, g::date, sum(c.amount) from domovoi.agreement a cross join generate_series(date_trunc('month', now()) - interval '12 months', now(), interval '1 month') g
  left join domovoi.charge c on c.agreement_id = a.id and c.voided_on is null and to_char(c.period_from, 'YYYY-MM') = to_char(g, 'YYYY-MM') and c.kind = 'rent'
  where a.external_id like 'race-%' and a.ends_on >= g + interval '1 month' group by 1, 2 having count(c.id) <> 1 or sum(c.amount) <> 310000" "everybody is charged each month once"
none "select line_id, period_from from domovoi.charge where line_id is not null and voided_on is null group by 1, 2 having count(*) > 1" "nobody twice"
none "select r.no, r.created, count(l.id) from domovoi.charge_run r join domovoi.charge_run_line l on l.run_id = r.id and l.outcome = 'created' where r.job_id is not null
  group by 1, 2, r.id having count(l.id) <> r.created or count(distinct l.charge_id) <> r.created" "runs say what they did"
none "select job_id, count(*) from domovoi.charge_run where job_id is not null group by 1 having count(*) > 1" "one run a month"
none "select a.external_id, a.status from domovoi.agreement a where a.external_id like 'race-%' and a.status <> case when a.ends_on <= current_date then 'expired' else 'active' end" "what ended has ended"
none "select r.id from domovoi.reservation r left join domovoi.status_event e on e.record_id = r.id and e.to_state = 'expired' where r.company_id = 901 and r.channel = 'web'
  group by 1, r.status having r.status <> 'expired' or count(e.id) <> 1" "each hold ran out once"
sound
grep -q ERROR "$dir/work.log" && diag "$(grep -m 3 ERROR "$dir/work.log")"
done_testing
