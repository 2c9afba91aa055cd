#!/usr/bin/env bash
# Rivals: a hundred sessions for one night, a room against its beds, guests that change places, imports of the same
# file, requests repeated after their backend was killed. Needs PGHOST, PGDATABASE (migrated and seeded), a superuser.
cd "$(dirname "$0")" || exit 1
. ./lib.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
sql() { psql -XqAt -v ON_ERROR_STOP=1 "$@"; }
export PGUSER=${PGUSER:-postgres}

(cd sql/fixtures && sql -f roles.sql -f data.sql) >"$dir/log" 2>&1 || { cat "$dir/log"; printf '1..0 # no fixtures\n'; exit 1; }
day=$(sql -c "select current_date + 40")

# rivals CLIENTS TRANSACTIONS SCRIPT: pgbench as the head of Alpha; its latencies go to $dir/lat
rivals() {
	rm -f "$dir"/lat.*
	(cd "$dir" && PGUSER=t_head PGOPTIONS='-c role=domovoi_company' "$pg_bin/pgbench" -n -c "$1" -j 2 -t "$2" -f "$3" \
		-l --log-prefix="$dir/lat" >"$dir/bench" 2>&1) || { diag "$(tail -n 5 "$dir/bench")"; return 1; }
}
slowest() { cat "$dir"/lat.* | awk '{ if ($3 > m) m = $3 } END { printf "%d", m / 1000 }'; }
outcomes() { # of the requests since $1, by code
	sql -c "select string_agg(c || ' ' || n, ', ' order by c) from (select coalesce(result ->> 'code', status) c, count(*) n
	  from domovoi.mutation where recorded_at > '$1' group by 1) x"
}
overlaps() {
	sql -c "select count(*) from domovoi.occupancy a join domovoi.occupancy b on a.company_id = b.company_id and a.unit_id = b.unit_id
	  and a.period && b.period and a.source_id < b.source_id"
}
booking() { # UNIT EXPRESSION, FROM, TO
	echo "select act.apply_mutation(jsonb_build_object('id', gen_random_uuid(), 'resource', 'reservation', 'kind', 'create',
	  'set', jsonb_build_object('unit', $1, 'check_in', $2, 'check_out', $3)));" | tr '\n' ' '
}

# ---- one night
# A hundred sessions, each with a request behind it as a working dispatcher's has, wait at a lock and go at once.
coproc gate { psql -XqAt; }
gate() { echo "$1" >&"${gate[1]}"; read -r gate_says <&"${gate[0]}"; }
waiting() { sql -c "select count(*) from pg_locks where locktype = 'advisory' and objid = 7299 and not granted"; }
gate "select pg_advisory_lock(7299) is null;"
{
	booking "'nowhere'" "'$day'" "date '$day' + 1"
	echo
	echo "select pg_advisory_lock_shared(7299);"
	booking "'U3'" "'$day'" "date '$day' + 1"
} >"$dir/one.sql"
rivals 100 1 "$dir/one.sql" &
pgbench=$!
until [ "$(waiting)" = 100 ] || ! kill -0 "$pgbench" 2>/dev/null; do sleep 0.1; done
gate "select clock_timestamp();"
at=$gate_says
gate "select pg_advisory_unlock(7299);"
wait "$pgbench"; ok "a hundred sessions ask for one night and all are answered"
is "$(outcomes "$at")" "DM004 99, applied 1" "one has it, the others are told"
ms=$(sql -c "select extract(milliseconds from max(recorded_at) - '$at')::int from domovoi.mutation")
diag "the last answer came after $ms ms"
[ "$ms" -lt 1000 ]; ok "none waited a second"
is "$(overlaps)" 0 "the night is sold once"

# ---- a cancellation is taken back while others book the nights that it freed: by many tries at once
as_head() { # one mutation: its outcome
	psql -XqAt <<-S
	set session authorization t_head;
	set role domovoi_company;
	select coalesce(x ->> 'code', x ->> 'status') from act.apply_mutation('$1') x;
	S
}
won=
for round in 1 2 3 4; do
	day=$(sql -c "select date '$day' + 1")
	stay=0190cccc-0000-7000-8000-00000000000$round cancel=0190dddd-0000-7000-8000-00000000000$round
	as_head "{\"id\": \"$stay\", \"resource\": \"reservation\", \"kind\": \"create\", \"record\": \"$stay\", \"set\": {\"unit\": \"U3\",
	  \"check_in\": \"$day\", \"check_out\": \"$(sql -c "select date '$day' + 1")\"}}" >"$dir/made"
	as_head "{\"id\": \"$cancel\", \"resource\": \"reservation\", \"kind\": \"action\", \"action\": \"cancel\", \"record\": \"$stay\",
	  \"args\": {\"reason\": \"other\"}}" >>"$dir/made"
	gate "select pg_advisory_lock(7299) is null;"
	{
		booking "'nowhere'" "'$day'" "date '$day' + 1"
		echo
		echo "select pg_advisory_lock_shared(7299);"
		echo "select act.apply_mutation(jsonb_build_object('id', gen_random_uuid()) || case when (:client_id + $round) % (1 << $round) > 0
		  then jsonb_build_object('kind', 'undo', 'undo', '$cancel') else jsonb_build_object('resource', 'reservation', 'kind', 'create',
		  'set', jsonb_build_object('unit', 'U3', 'check_in', '$day', 'check_out', date '$day' + 1)) end);" | tr '\n' ' '
	} >"$dir/undo.sql"
	rivals 40 1 "$dir/undo.sql" &
	pgbench=$!
	until [ "$(waiting)" = 40 ] || ! kill -0 "$pgbench" 2>/dev/null; do sleep 0.1; done
	gate "select clock_timestamp();"
	at=$gate_says
	gate "select pg_advisory_unlock(7299);"
	wait "$pgbench" || break
	won="$won $(sql -c "select string_agg(kind, '+') from domovoi.mutation where recorded_at > '$at' and status = 'applied'")"
	diag "$(outcomes "$at")"
done
is "$(sort -u "$dir/made")" applied "four stays are made and cancelled"
like "$won" '^( (undo|create)){4}$' "undo and bookings of the same night: each time exactly one wins, without deadlock"
is "$(overlaps)" 0 "the night is sold once"

# ---- the same by the command line: one exit 0, the others 5
day=$(sql -c "select date '$day' + 1")
export PGOPTIONS='' day
seq 100 | xargs -P 100 -I{} sh -c '"$DOMOVOI" --dsn "host=$PGHOST dbname=$PGDATABASE user=t_head" new reservations \
	unit=U3 check_in="$day" check_out="$(date -d "$day + 1 day" +%F)" >/dev/null 2>&1; echo $?' >"$dir/codes"
unset PGOPTIONS
is "$(sort "$dir/codes" | uniq -c | awk '{ print $2 " x " $1 }' | tr '\n' ' ')" "0 x 1 5 x 99 " "a hundred commands: one done, 99 conflicts"
is "$(overlaps)" 0 "the night is sold once"
day=$(sql -c "select date '$day' + 1")

# ---- a room against its beds
booking "(array['H-1','H-1a','H-1b','H-1c','H'])[1 + floor(random() * 4.999)::int]" \
	"date '$day' + floor(random() * 6)::int * 2" "date '$day' + floor(random() * 6)::int * 2 + 3" >"$dir/beds.sql"
at=$(sql -c 'select clock_timestamp()')
rivals 100 4 "$dir/beds.sql"; ok "four hundred bookings of a house, its room and its beds end without deadlock"
like "$(outcomes "$at")" '^(DM004 [0-9]+, )(DM007 [0-9]+, )?applied [0-9]+$' "each is applied or refused"
diag "$(outcomes "$at"), slowest $(slowest) ms"
is "$(overlaps)" 0 "no bed is sold twice"
is "$(sql -c "select count(*) from domovoi.reservation r where r.company_id = 901 and r.status in ('hold', 'confirmed') and
  (select count(*) from domovoi.occupancy o where o.source_id = r.id) <> cardinality(domovoi.leaves(901, r.unit_id))")" 0 "each stay has all its beds"

# ---- guests change places, both ways at once
sql >/dev/null <<S
insert into domovoi.reservation (company_id, unit_id, check_in, check_out, currency, external_id)
select 901, case g % 2 when 0 then '00000000-0000-7000-8000-000000000101'::uuid else '00000000-0000-7000-8000-000000000103' end,
  date '$day' + 100 + g, date '$day' + 101 + g, 'KZT', 'move-' || g from generate_series(1, 20) g;
S
echo "select act.apply_mutation(jsonb_build_object('id', gen_random_uuid(), 'resource', 'reservation', 'kind', 'patch',
  'record', 'move-' || 1 + floor(random() * 19.999)::int, 'set', jsonb_build_object('unit', (array['U1', 'U3'])[1 + floor(random() * 1.999)::int])));" |
	tr '\n' ' ' >"$dir/move.sql"
rivals 20 10 "$dir/move.sql"; ok "guests moved both ways at once end without deadlock"
is "$(overlaps)" 0 "and nobody shares a night"

# ---- the same file from several sides, its units in another order each time
echo "select act.import_rows('reservation', (select jsonb_agg(jsonb_build_object('line', g, 'set', jsonb_build_object('external_id', 'race-' || g,
  'unit', (array['U1', 'U2', 'U3', 'H-1a', 'H-1b'])[1 + g % 5], 'check_in', date '2015-01-01' + g, 'check_out', date '2015-01-02' + g,
  'status', 'completed', 'price_per_night', '10', 'party', 'Racer ' || g % 7)) order by random()) from generate_series(1, 50) g));" |
	tr '\n' ' ' >"$dir/import.sql"
rivals 8 2 "$dir/import.sql"; ok "eight imports of the same rows end without deadlock"
is "$(sql -c "select count(*) || ' ' || count(distinct external_id) from domovoi.reservation where external_id like 'race-%'")" "50 50" "each row is there once"
is "$(sql -c "select count(*) || ' ' || count(distinct name) from domovoi.party where name like 'Racer %'")" "7 7" "and each guest"

# ---- backends killed in the middle, requests repeated under their id
for n in $(seq 40); do printf '0190aaaa-0000-7000-8000-%012d\n' "$n"; done >"$dir/ids"
worker() {
	local id
	shuf --random-source=<(yes "$1") "$dir/ids" | while read -r id; do
		until PGUSER=t_head PGOPTIONS='-c role=domovoi_company' PGAPPNAME=race_victim psql -XqAt -v ON_ERROR_STOP=1 >"$dir/out.$1" 2>/dev/null <<-S
			begin;
			select act.apply_mutation('{"id": "$id", "resource": "party", "kind": "create", "set": {"name": "Victim $id"}}') ->> 'status';
			select pg_sleep(0.03);
			commit;
			S
		do echo killed >>"$dir/killed"; done
		head -n 1 "$dir/out.$1" >>"$dir/answers"
	done
}
: >"$dir/killed"
sql >/dev/null 2>&1 <<'S' & # a limited number of kills, so that the end comes on the slowest machine
do $$ begin
  for i in 1 .. 60 loop
    perform pg_terminate_backend(pid) from (select pid from pg_stat_activity where application_name = 'race_victim'
      and datname = current_database() order by random() limit 1) x;
    perform pg_sleep(0.1), pg_stat_clear_snapshot();
  end loop;
end $$;
S
killer=$!
workers=
for w in 1 2 3 4; do worker "$w" & workers="$workers $!"; done
# shellcheck disable=SC2086
wait $workers
kill "$killer" 2>/dev/null
wait "$killer" 2>/dev/null
diag "$(wc -l <"$dir/killed") attempts were killed"
[ -s "$dir/killed" ]; ok "backends were killed in the middle of requests"
is "$(sort "$dir/answers" | uniq -c | awk '{ print $1, $2 }')" "160 applied" "every request was answered in the end, by whoever asked"
is "$(sql -c "select count(*) || ' ' || count(distinct name) from domovoi.party where name like 'Victim %'")" "40 40" "each had one effect"
is "$(sql -c "select count(*) from domovoi.mutation where id::text like '0190aaaa-%' and status = 'applied'")" 40 "and one record"
done_testing
