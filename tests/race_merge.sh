#!/usr/bin/env bash
# Rivals over people: twenty sessions merge two records into each other, others into third ones, stays are booked for
# somebody who is being merged, he is edited and erased meanwhile. Needs PGHOST, PGDATABASE (migrated and seeded).
cd "$(dirname "$0")" || exit 1
. ./lib.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
sql() { psql -XqAt -v ON_ERROR_STOP=1 "$@"; }
export PGUSER=${PGUSER:-postgres}

(cd sql/fixtures && sql -f roles.sql -f data.sql) >"$dir/log" 2>&1 || { cat "$dir/log"; printf '1..0 # no fixtures\n'; exit 1; }
day=$(sql -c "select current_date + 40")

rivals() { # CLIENTS TRANSACTIONS SCRIPT…: pgbench as the head of Alpha
	local clients=$1 times=$2 files=()
	shift 2
	for f; do files+=(-f "$f"); done
	(cd "$dir" && PGUSER=t_head PGOPTIONS='-c role=domovoi_company' "$pg_bin/pgbench" -n -c "$clients" -j 2 -t "$times" \
		${rate:+-R "$rate"} "${files[@]}" >"$dir/bench" 2>&1) || { diag "$(grep -v '^pgbench (' "$dir/bench" | tail -n 5)"; return 1; }
}
outcomes() { # of the requests of one action since $1, by code
	sql -c "select string_agg(c || ' ' || n, ', ' order by c) from (select coalesce(result ->> 'code', status) c, count(*) n
	  from domovoi.mutation where recorded_at > '$1' and resource = 'party' group by 1) x"
}
applied() { sql -c "select count(*) from domovoi.mutation where recorded_at > '$1' and resource = 'party' and status = 'applied'"; }
others() { # codes beside those of somebody who comes too late
	sql -c "select string_agg(distinct result ->> 'code', ' ') from domovoi.mutation where recorded_at > '$1' and status = 'rejected'
	  and result ->> 'code' not in ('DM001', 'DM003', 'DM007')"
}
merging() { # NO, INTO (expressions)
	echo "select act.apply_mutation(jsonb_build_object('id', gen_random_uuid(), 'resource', 'party', 'kind', 'action',
	  'action', 'merge', 'record', ($1)::text, 'args', jsonb_build_object('into', ($2)::text)));" | tr '\n' ' '
}
deadlocks() { sql -c "select pg_stat_clear_snapshot(); select deadlocks from pg_stat_database where datname = current_database()" | tail -1; }
now() { sql -c "select clock_timestamp()"; }
before=$(deadlocks)

# ---- A into B and B into A, by id: twenty at once, six times
bad=0
for round in $(seq 6); do
	a=0190aaaa-0000-7000-8000-0000000000$((10 + round)) b=0190bbbb-0000-7000-8000-0000000000$((10 + round))
	sql -c "insert into domovoi.party (company_id, id, no, name) values (901, '$a', 1000 + $round, 'A'), (901, '$b', 2000 + $round, 'B')"
	at=$(now)
	merging "case when :client_id % 2 = 0 then '$a' else '$b' end" "case when :client_id % 2 = 0 then '$b' else '$a' end" >"$dir/m.sql"
	rivals 20 1 "$dir/m.sql" || bad=$((bad + 1))
	[ "$(applied "$at")" = 1 ] && [ -z "$(others "$at")" ] || { bad=$((bad + 1)); diag "round $round: $(outcomes "$at")"; }
done
is "$bad" 0 "of twenty sessions that merge two people into each other one has an effect, each time"
is "$(sql -c "select count(*) from domovoi.party where status = 'merged'")" 6 "one of each two is merged"
is "$(sql -c "select count(*) from domovoi.party a join domovoi.party b on a.merged_into = b.id and b.merged_into = a.id")" 0 "no circle"
is "$(sql -c "select count(*) from domovoi.party_merge where undone_at is null")" 6 "one line each"

# ---- a ring of five, everybody into his neighbour, both ways round: what is left is one, and no circle
sql -c "insert into domovoi.party (company_id, no, name) select 901, 3000 + g, 'Ring ' || g from generate_series(0, 4) g"
merging "3000 + :client_id % 5" "3000 + (:client_id + case when :client_id % 2 = 0 then 1 else 4 end) % 5" >"$dir/m.sql"
rivals 20 6 "$dir/m.sql"; ok "a ring of people is merged round and round"
is "$(sql -c "with recursive up(id, n) as (select id, 0 from domovoi.party where no between 3000 and 3004 union all
  select p.merged_into, n + 1 from up join domovoi.party p on p.id = up.id where p.merged_into is not null and n < 20)
  select max(n) < 20 from up")" t "without a circle"
[ "$(sql -c "select count(*) from domovoi.party where no between 3000 and 3004 and status = 'active'")" -ge 1 ]; ok "somebody is left"

# ---- stays are booked for somebody, and he is edited, while he is merged and parted and merged again
sql -c "insert into domovoi.party (company_id, no, name, phone) values (901, 4001, 'From', '+77010000001'), (901, 4002, 'To', null)"
from=$(sql -c "select id from domovoi.party where no = 4001") to=$(sql -c "select id from domovoi.party where no = 4002")
cat >"$dir/book.sql" <<-S
\\set d random(0, 2000)
\\set u random(1, 3)
select act.apply_mutation(jsonb_build_object('id', gen_random_uuid(), 'resource', 'reservation', 'kind', 'create', 'set', jsonb_build_object('unit', (array['U1', 'U2', 'U3'])[:u], 'party', '$from', 'check_in', date '$day' + :d, 'check_out', date '$day' + :d + 1)));
S
echo "select act.apply_mutation(jsonb_build_object('id', gen_random_uuid(), 'resource', 'party', 'kind', 'patch', 'record',
  '$from', 'set', jsonb_build_object('rating', 1 + floor(random() * 4.999)::int)));" | tr '\n' ' ' >"$dir/edit.sql"
echo "select act.apply_mutation(jsonb_build_object('id', gen_random_uuid(), 'resource', 'payment', 'kind', 'create', 'set',
  jsonb_build_object('party', '$from', 'amount', '10', 'method', 'cash')));" | tr '\n' ' ' >"$dir/pay.sql"
cat >"$dir/lease.sql" <<-S
\\set d random(0, 2000)
select act.apply_mutation(jsonb_build_object('id', gen_random_uuid(), 'resource', 'agreement', 'kind', 'create', 'set', jsonb_build_object('unit', 'U3', 'party', '$from', 'payer', '$from', 'rent', '1000', 'starts_on', date '$day' + :d, 'ends_on', date '$day' + :d + 90)));
S
merging "'$from'" "'$to'" >"$dir/merge.sql"
at=$(now)
rate=60 rivals 20 15 "$dir/book.sql@12" "$dir/edit.sql@3" "$dir/pay.sql@4" "$dir/lease.sql@3" "$dir/merge.sql@1"; ok "booking, editing and merging one person at once end without error"
is "$(sql -c "select status from domovoi.party where id = '$from'")" merged "he is merged"
is "$(sql -c "select count(*) from domovoi.reservation where party_id = '$from'")" 0 "no stay is left behind on his old record"
is "$(sql -c "select (select count(*) from domovoi.payment where party_id = '$from') + (select count(*) from domovoi.account where party_id = '$from'
  and id in (select account_id from domovoi.payment)) + (select count(*) from domovoi.agreement where '$from' in (party_id, payer_id))")" 0 \
	"nor a payment or an agreement"
[ "$(sql -c "select least((select count(*) from domovoi.payment where party_id = '$to'), (select count(*) from domovoi.agreement where party_id = '$to'))")" -gt 5 ]; ok "though there were some"
[ "$(sql -c "select count(*) from domovoi.reservation where party_id = '$to'")" -gt 50 ]; ok "they are the survivor's"
is "$(sql -c "select count(*) from domovoi.mutation m join domovoi.reservation r on r.id = m.record_id where m.recorded_at > '$at'
  and m.resource = 'reservation' and m.status = 'applied' and r.party_id is distinct from '$to'")" 0 "each that was confirmed to somebody"

# ---- erased by several at once: one erases, and no stay comes after it
sql -c "insert into domovoi.party (company_id, no, name) values (901, 5001, 'Leaving')"
gone=$(sql -c "select id from domovoi.party where no = 5001")
sed "s/$from/$gone/" "$dir/book.sql" >"$dir/book2.sql"
echo "select act.apply_mutation(jsonb_build_object('id', gen_random_uuid(), 'resource', 'party', 'kind', 'action', 'action', 'erase',
  'record', '$gone', 'args', jsonb_build_object('reason', 'asked')));" | tr '\n' ' ' >"$dir/erase.sql"
rivals 20 4 "$dir/book2.sql@1" "$dir/erase.sql@3"; ok "booking and erasing one person at once end without error"
is "$(sql -c "select (p.status = 'erased') = not exists (select from domovoi.reservation r where r.party_id = p.id)
  and (select count(*) from domovoi.party_erasure e where e.party_id = p.id) = (p.status = 'erased')::int
  from domovoi.party p where p.id = '$gone'")" t "either he has stays or he is erased, once"

is "$(deadlocks)" "$before" "no deadlock at all"
is "$(sql -c "select count(*) from domovoi.party_token t join domovoi.party p on p.id = t.party_id where p.status in ('merged', 'erased')")" 0 \
	"nobody merged or erased is found by words"
done_testing
