#!/usr/bin/env bash
# Rivals for a lease: many sign at once, sign against bookings of the same nights, extend against the next guest, change
# a draft while it is signed. Exactly one effect each, no deadlock. Needs PGHOST, PGDATABASE (migrated and seeded).
cd "$(dirname "$0")" || exit 1
. ./lib.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
sql() { psql -XqAt -v ON_ERROR_STOP=1 "$@"; }
export PGUSER=${PGUSER:-postgres}

(cd sql/fixtures && sql -f roles.sql -f data.sql) >"$dir/log" 2>&1 || { cat "$dir/log"; printf '1..0 # no fixtures\n'; exit 1; }
sql -c "create sequence turn; grant usage on sequence turn to public"

rivals() { # CLIENTS TRANSACTIONS SCRIPT
	(cd "$dir" && PGUSER=t_head PGOPTIONS='-c role=domovoi_company' "$pg_bin/pgbench" -n -c "$1" -j 2 -t "$2" -f "$3" \
		>"$dir/bench" 2>&1) || { diag "$(tail -n 5 "$dir/bench")"; return 1; }
}
outcomes() { # of the requests since $1, by code
	sql -c "select string_agg(c || ' ' || n, ', ' order by c) from (select coalesce(result ->> 'code', status) c, count(*) n
	  from domovoi.mutation where recorded_at > '$1' group by 1) x"
}
overlaps() {
	sql -c "select count(*) from domovoi.occupancy a join domovoi.occupancy b on a.company_id = b.company_id and a.unit_id = b.unit_id
	  and a.period && b.period and (a.source_id, a.check_in) < (b.source_id, b.check_in)"
}
drafts() { # UNIT HOW_MANY STARTS ENDS: numbered on from 1
	sql -c "alter sequence turn restart" -c "insert into domovoi.agreement (company_id, unit_id, party_id, starts_on, ends_on, currency, rent, external_id)
	  select 901, (select id from domovoi.unit where company_id = 901 and code = (string_to_array('$1', ','))[1 + g % array_length(string_to_array('$1', ','), 1)]),
	    '00000000-0000-7000-8000-000000000201', $3, $4, 'KZT', 100, '$5' || g from generate_series(1, $2) g"
}
mutation() { echo "select act.apply_mutation(jsonb_build_object('id', gen_random_uuid()) || $1);" | tr '\n' ' '; }
now() { sql -c 'select clock_timestamp()'; }

# ---- forty drafts for the same year
drafts U3 40 "date '2030-01-01'" "date '2031-06-01'" one-
mutation "jsonb_build_object('resource', 'agreement', 'kind', 'action', 'action', 'sign', 'record', 'one-' || nextval('turn'))" >"$dir/sign.sql"
at=$(now)
rivals 40 1 "$dir/sign.sql"; ok "forty drafts of the same year are signed at once and all are answered"
is "$(outcomes "$at")" "DM004 39, applied 1" "one is in force, the others are told"
is "$(sql -c "select count(*) || ' ' || sum(check_out - check_in) from domovoi.occupancy where company_id = 901 and source = 'agreement'")" "2 516" "with its nights"
is "$(sql -c "select count(*) from domovoi.agreement where company_id = 901 and status = 'active'")" 1 "and nobody else"

# ---- the same one by forty people
drafts U1 1 "date '2030-01-01'" "date '2030-06-01'" same-
mutation "jsonb_build_object('resource', 'agreement', 'kind', 'action', 'action', 'sign', 'record', 'same-1')" >"$dir/same.sql"
at=$(now)
rivals 40 1 "$dir/same.sql"; ok "forty people sign the same draft"
is "$(outcomes "$at")" "DM001 39, applied 1" "it is signed once"
is "$(sql -c "select count(*) from domovoi.status_event where machine = 'agreement' and to_state = 'active'
  and record_id = (select id from domovoi.agreement where external_id = 'same-1')")" 1 "and written down once"

# ---- a house, its room and its beds: leases against stays
drafts H,H-1,H-1a,H-1b,H-1c 40 "date '2032-01-01' + g % 3 * 20" "date '2032-01-11' + g % 3 * 20" bed-
mutation "case when random() < 0.5 then jsonb_build_object('resource', 'agreement', 'kind', 'action', 'action', 'sign', 'record', 'bed-' || nextval('turn'))
  else jsonb_build_object('resource', 'reservation', 'kind', 'create', 'set', jsonb_build_object('unit', (array['H', 'H-1', 'H-1a', 'H-1b', 'H-1c'])[1 + floor(random() * 4.999)::int],
    'check_in', date '2032-01-01' + floor(random() * 55)::int, 'check_out', date '2032-01-01' + 55 + floor(random() * 5)::int)) end" >"$dir/beds.sql"
at=$(now)
rivals 40 2 "$dir/beds.sql"; ok "leases and stays of a house and its parts end without deadlock"
like "$(outcomes "$at")" '^DM004 [0-9]+, (DM006 [0-9]+, )?applied [0-9]+$' "each is applied or refused"
diag "$(outcomes "$at")"
is "$(overlaps)" 0 "no night is used twice"
is "$(sql -c "select count(*) from domovoi.agreement a where status = 'active' and (select sum(check_out - check_in) from domovoi.occupancy o where o.source_id = a.id)
  <> (a.ends_on - a.starts_on) * cardinality(domovoi.leaves(901, a.unit_id))")" 0 "each lease has all its beds"

# ---- extended by one, booked by others
mutation "case when :client_id % 2 = 0 then jsonb_build_object('resource', 'agreement', 'kind', 'action', 'action', 'extend', 'record', 'same-1',
    'args', jsonb_build_object('until', date '2030-06-01' + 10 * :client_id))
  else jsonb_build_object('resource', 'block', 'kind', 'create', 'set', jsonb_build_object('unit', 'U1', 'reason', 'repair',
    'check_in', date '2030-06-01' + 3 * :client_id, 'check_out', date '2030-06-03' + 3 * :client_id)) end" >"$dir/extend.sql"
at=$(now)
rivals 30 1 "$dir/extend.sql"; ok "extensions and blocks of the nights behind end without deadlock"
like "$(outcomes "$at")" '^DM004 [0-9]+, (DM007 [0-9]+, )?applied [0-9]+$' "each is applied or refused"
diag "$(outcomes "$at")"
is "$(overlaps)" 0 "no night is used twice"

# ---- a draft and its lines are changed while it is signed
drafts U3 20 "date '2040-01-01' + g * 40" "date '2040-02-01' + g * 40" edit-
sql -c "insert into domovoi.agreement_line (company_id, agreement_id, unit_id, kind, amount, from_on, to_on)
  select company_id, id, unit_id, 'rent', rent, starts_on, ends_on from domovoi.agreement where external_id like 'edit-%'"
mutation "(select case floor(random() * 4)::int
    when 0 then jsonb_build_object('resource', 'agreement', 'kind', 'patch', 'record', k, 'set', jsonb_build_object('rent_minor', 1 + floor(random() * 1000)))
    when 1 then jsonb_build_object('resource', 'agreement_line', 'kind', 'patch', 'record', (select l.id from api.agreement_lines l join api.agreements a on a.id = l.agreement where a.external_id = k limit 1),
      'set', jsonb_build_object('amount_minor', 1 + floor(random() * 1000)))
    when 2 then jsonb_build_object('resource', 'agreement', 'kind', 'action', 'action', 'sign', 'record', k)
    else jsonb_build_object('resource', 'agreement', 'kind', 'action', 'action', 'index', 'record', k, 'args', jsonb_build_object('bp', '100', 'from', (select a.starts_on + 10 from api.agreements a where a.external_id = k))) end
  from (select 'edit-' || 1 + floor(random() * 19.999)::int as k) x)" >"$dir/edit.sql"
at=$(now)
rivals 20 20 "$dir/edit.sql"; ok "changes of a draft, of its line and its signing end without deadlock"
diag "$(outcomes "$at")"
like "$(outcomes "$at")" '^(DM0(01|11) [0-9]+, )+applied [0-9]+$' "each is applied or refused"
is "$(sql -c "select count(*) from domovoi.agreement a join domovoi.agreement_line l on l.agreement_id = a.id and l.from_on = a.starts_on
  where a.external_id like 'edit-%' and l.amount <> a.rent")" 0 "the first rent is what was signed"
done_testing
