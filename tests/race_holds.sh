#!/usr/bin/env bash
# Holds that run out while they are paid for, confirmed, swept and wanted by others, by fifty sessions at once. Whatever
# came first: nothing is used twice, money counts once and either covers a stay or is asked back, the ledger balances.
# Needs PGHOST, PGDATABASE (migrated and seeded), a superuser.
cd "$(dirname "$0")" || exit 1
. ./lib.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
sql() { psql -XqAt -v ON_ERROR_STOP=1 "$@"; }
export PGUSER=${PGUSER:-postgres}

(cd sql/fixtures && sql -f roles.sql -f data.sql) >"$dir/log" 2>&1 || { cat "$dir/log"; printf '1..0 # no fixtures\n'; exit 1; }

# Twelve prepaid holds of two nights each, all about to end; what a guest at the provider's page does is a function here.
sql >"$dir/log" 2>&1 <<'S' || { cat "$dir/log"; exit 1; }
create table race_hold (i int primary key, id uuid, day date);
insert into race_hold select i, gen_random_uuid(), (now() at time zone 'Asia/Almaty')::date + 40 + i * 3 from generate_series(1, 12) i;
insert into domovoi.reservation (company_id, id, unit_id, offering_id, party_id, check_in, check_out, price_per_night, currency,
    channel, payment_plan)
  select 901, h.id, u.id, o.id, '00000000-0000-7000-8000-000000000201', h.day, h.day + 2, 1000000, 'KZT', 'web', 'prepaid'
    from race_hold h join domovoi.unit u on u.company_id = 901 and u.code = 'U3'
    join domovoi.offering o on o.company_id = 901 and o.unit_id = u.id and o.mode = 'short_stay';
create function pg_temp.none() returns void language sql as '';
create function public.race_pay(n int) returns text language plpgsql as $$
begin
  perform domovoi.record_payment(jsonb_populate_record(null::domovoi.payment, jsonb_build_object('company_id', 901,
    'reservation_id', (select id from race_hold where i = n), 'amount', 2000000, 'method', 'kaspi', 'provider', 'kaspi',
    'provider_ref', 'race-' || n)), true);
  return 'paid';
exception when sqlstate 'DM004' then return 'counted already';
end $$;
S
cat >"$dir/race.sql" <<'S'
\set n random(1, 12)
\set what random(1, 5)
\if :what = 1
select public.race_pay(:n);
\elif :what = 2
select domovoi.tick();
\else
set session authorization t_head;
set role domovoi_company;
\if :what = 3
select act.apply_mutation(jsonb_build_object('id', gen_random_uuid(), 'resource', 'reservation', 'kind', 'action', 'action', 'confirm', 'record', (select id from public.race_hold where i = :n)));
\elif :what = 4
select act.apply_mutation(jsonb_build_object('id', gen_random_uuid(), 'resource', 'reservation', 'kind', 'create', 'set', jsonb_build_object('unit', 'U3', 'check_in', (select day + 1 from public.race_hold where i = :n), 'check_out', (select day + 3 from public.race_hold where i = :n))));
\else
select act.apply_mutation(jsonb_build_object('id', gen_random_uuid(), 'resource', 'reservation', 'kind', 'action', 'action', 'cancel', 'record', (select id from public.race_hold where i = :n), 'args', '{"reason": "plans_changed"}'::jsonb));
\endif
reset session authorization;
\endif
S
sql -c "grant select on public.race_hold to public" -c "grant usage on schema public to public" \
	-c "update domovoi.reservation set hold_until = clock_timestamp() + (i * 250 + 500) * interval '1 ms' from race_hold h where h.id = reservation.id"
"$pg_bin/pgbench" -n -c 50 -j 2 -t 12 -f "$dir/race.sql" >"$dir/bench" 2>&1
ok "fifty sessions pay, sweep, confirm, book and cancel, and all are answered" || diag "$(tail -n 5 "$dir/bench")"
grep -qi 'deadlock\|could not serialize' "$dir/bench" && false || true; ok "without a deadlock"
sql -c "select public.race_pay(i) from race_hold" >/dev/null # what had not arrived arrives at last
diag "$(sql -c "select string_agg(status || ' ' || n, ', ' order by status) from (select r.status, count(*) n from domovoi.reservation r join race_hold h using (id) group by 1) x")"
is "$(sql -c "select count(*) from domovoi.occupancy a join domovoi.occupancy b on a.company_id = b.company_id and a.unit_id = b.unit_id
  and a.period && b.period and (a.source_id, a.check_in) < (b.source_id, b.check_in)")" 0 "no night is used twice"
is "$(sql -c "select count(*) || ' ' || count(distinct provider_ref) from domovoi.payment where provider_ref like 'race-%'")" "12 12" "each payment counts once"
is "$(sql -c "select count(*) from domovoi.payment p where p.provider_ref like 'race-%' and p.amount <> p.allocated
  + coalesce((select sum(x.amount) from domovoi.refund x where x.payment_id = p.id), 0)")" 0 "and covers a stay or is asked back, all of it, once"
is "$(sql -c "select count(*) from domovoi.payment p join domovoi.reservation r on r.id = p.reservation_id
  where p.provider_ref like 'race-%' and p.allocated > 0 and r.status not in ('confirmed', 'cancelled')")" 0 "what it covers is a stay in force, or what is kept of one"
is "$(sql -c "select count(*) from domovoi.reservation r where r.status = 'confirmed' and r.payment_plan = 'prepaid'
  and domovoi.stay_paid(r.company_id, r.id) <> 2000000")" 0 "a prepaid stay is in force only if it is paid"
is "$(sql -c "select count(*) from (select replaces_id from domovoi.reservation where replaces_id is not null group by 1 having count(*) > 1) x")" 0 "none was booked twice more"
is "$(sql -c "select count(*) from domovoi.reservation r where r.status in ('hold', 'confirmed') and r.company_id = 901 and r.total is distinct from
  (select sum(o.price * (o.check_out - o.check_in)) from domovoi.occupancy o where o.source_id = r.id)")" 0 "nights sum to totals"
is "$(sql -c "select coalesce(sum(amount), 0) from domovoi.ledger_entry")" 0 "the ledger sums to zero"
is "$(sql -c "select count(*) from domovoi.account a where a.kind = 'receivable' and domovoi.open_of(a.company_id, a.id)
  <> (select coalesce(sum(e.amount), 0) from domovoi.ledger_entry e where e.account_id = a.id)")" 0 "and balances are what is open"
done_testing
