#!/usr/bin/env bash
# Rivals for money: twenty charge runs of one month, late fees of one day, ends of agreements against payments, runs and
# deposits. Exactly one effect each, books that agree, no deadlock. Needs PGHOST, PGDATABASE (migrated and seeded).
cd "$(dirname "$0")" || exit 1
. ./lib.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
sql() { psql -XqAt -v ON_ERROR_STOP=1 "$@"; }
export PGUSER=${PGUSER:-postgres}

(cd sql/fixtures && sql -f roles.sql -f data.sql) >"$dir/log" 2>&1 || { cat "$dir/log"; printf '1..0 # no fixtures\n'; exit 1; }
sql -c "create sequence turn; grant usage on sequence turn to public" \
	-c "insert into domovoi.unit (company_id, id, code, title, kind, lock_id) select 901, g, 'R' || n, 'R' || n, 'apartment', g
	  from (select n, gen_random_uuid() as g from generate_series(1, 40) n) x" \
	-c "insert into domovoi.late_fee_policy (company_id, name, kind, bp) values (901, 'daily', 'bp_per_day', 10)" \
	-c "insert into domovoi.agreement (company_id, unit_id, party_id, starts_on, ends_on, currency, rent, deposit, external_id, late_fee_id)
	  select 901, u.id, '00000000-0000-7000-8000-000000000201', current_date - 100, current_date + 700, 'KZT', 310000, 100000,
	    'race-' || substr(u.code, 2), (select id from domovoi.late_fee_policy where company_id = 901) from domovoi.unit u where u.company_id = 901 and u.code ~ '^R\d'" \
	-c "insert into domovoi.agreement_line (company_id, agreement_id, unit_id, kind, amount, from_on, to_on)
	  select 901, a.id, a.unit_id, 'rent', a.rent, a.starts_on, a.ends_on from domovoi.agreement a where a.external_id like 'race-%'" \
	-c "update domovoi.agreement set status = 'active' where external_id like 'race-%'"
month=$(sql -c "select to_char(domovoi.company_today(901) + interval '2 months', 'YYYY-MM')")

rivals() { # CLIENTS TRANSACTIONS SCRIPT
	(cd "$dir" && PGUSER=t_head PGOPTIONS='-c role=domovoi_company' "$pg_bin/pgbench" -n -c "$1" -j 2 -t "$2" -f "$3" \
		>"$dir/bench" 2>&1) || { diag "$(tail -n 5 "$dir/bench")"; return 1; }
}
outcomes() { # of the requests since $1, by code
	sql -c "select string_agg(c || ' ' || n, ', ' order by c) from (select coalesce(result ->> 'code', status) c, count(*) n
	  from domovoi.mutation where recorded_at > '$1' group by 1) x"
}
sound() { # I9, A17, I13: what does not add up
	sql -c "select 'sum ' || currency from domovoi.ledger_entry where company_id = 901 group by currency having sum(amount) <> 0
	  union all select 'account ' || a.no from domovoi.account a where a.company_id = 901 and a.kind = 'receivable' and domovoi.open_of(901, a.id)
	    <> (select coalesce(sum(e.amount), 0) from domovoi.ledger_entry e where e.company_id = 901 and e.account_id = a.id)
	  union all select 'deposit ' || d.no from domovoi.deposit d where d.company_id = 901 and d.held <> (select coalesce(sum(case m.kind when 'received'
	    then m.amount else -m.amount end), 0) from domovoi.deposit_move m where m.company_id = 901 and m.deposit_id = d.id)
	  union all select 'charge ' || c.no from domovoi.charge c where c.company_id = 901 and c.allocated <> (select coalesce(sum(x.amount), 0)
	    from domovoi.allocation x where x.company_id = 901 and x.charge_id = c.id)"
}
mutation() { echo "select act.apply_mutation(jsonb_build_object('id', gen_random_uuid()) || $1);" | tr '\n' ' '; }
now() { sql -c 'select clock_timestamp()'; }
act() { echo "jsonb_build_object('resource', '$1', 'kind', 'action', 'action', '$2', 'record', $3, 'args', $4::jsonb)"; }

# ---- one month by twenty
mutation "jsonb_build_object('resource', 'charge_run', 'kind', 'create', 'set', jsonb_build_object('month', '$month'))" >"$dir/run.sql"
at=$(now)
rivals 20 1 "$dir/run.sql"; ok "twenty people run the same month and all are answered"
is "$(outcomes "$at")" "applied 20" "without an error"
is "$(sql -c "select sum(created) || ' ' || sum(skipped) || ' ' || sum(failed) from domovoi.charge_run")" "40 760 0" "one of them charged"
is "$(sql -c "select count(*) || ' ' || count(distinct agreement_id) from domovoi.charge where kind = 'rent' and to_char(period_from, 'YYYY-MM') = '$month'")" \
	"40 40" "everybody once"
is "$(sound)" "" "the books agree"

# ---- the fees of one day by twenty: what is due was charged three months ago
sql -c "update domovoi.charge set due_on = due_on - 90, issued_on = issued_on - 90 where company_id = 901 and kind = 'rent'"
mutation "jsonb_build_object('resource', 'charge_run', 'kind', 'create', 'set', '{\"kind\": \"late_fee\"}'::jsonb)" >"$dir/late.sql"
rivals 20 1 "$dir/late.sql"; ok "twenty levy the fees of today"
is "$(sql -c "select count(*) = count(distinct of_charge_id) and count(*) >= 40 from domovoi.charge where kind = 'penalty'")" t "each once"

# ---- everything at once: the same forty agreements end, are paid, run, deducted from and settled
mutation "case floor(random() * 10)::int
  when 0 then $(act agreement terminate "'race-' || (1 + floor(random() * 40)::int)" "'{\"reason\": \"x\"}'")
  when 1 then $(act agreement settle_deposit "'race-' || (1 + floor(random() * 40)::int)" "'{}'")
  when 2 then jsonb_build_object('resource', 'charge_run', 'kind', 'create', 'set', jsonb_build_object('month', '$month'))
  when 3 then $(act deposit return "(1 + floor(random() * 40)::int)::text" "'{\"amount\": \"10\"}'")
  when 4 then $(act deposit deduct "(1 + floor(random() * 40)::int)::text" "'{\"amount\": \"10\", \"reason\": \"x\"}'")
  when 5 then $(act payment confirm "(1 + floor(random() * 40)::int)::text" "'{}'")
  when 6 then $(act agreement settle "'race-' || (1 + floor(random() * 40)::int)" "'{\"reason\": \"x\", \"deductions\": \"1000 door; 7,5 keys\", \"return\": \"cash\"}'")
  when 7 then $(act payment distribute "(1 + floor(random() * 40)::int)::text" "'{\"parts\": \"\"}'")
  else jsonb_build_object('resource', 'payment', 'kind', 'create', 'set', jsonb_build_object('method', 'cash', 'amount', '2500',
    'agreement', 'race-' || (1 + floor(random() * 40)::int))) end" >"$dir/all.sql"
sql -c "select count(domovoi.confirm_payment(901, domovoi.record_payment(jsonb_populate_record(null::domovoi.payment, jsonb_build_object('company_id', 901,
  'agreement_id', id, 'amount', 650000, 'method', 'cash')), false))) from domovoi.agreement where external_id like 'race-%'" >"$dir/log"
sql -c "insert into domovoi.setting (company_id, key, value) values (901, 'four_eyes_minor', '{\"KZT\": 100000000}')" >"$dir/log" 2>&1
at=$(now)
rivals 20 12 "$dir/all.sql"; ok "ends, payments, runs and deposits of the same agreements"
diag "$(outcomes "$at")"
is "$(sql -c "select count(*) from domovoi.mutation where recorded_at > '$at' and result ->> 'code' !~ '^DM0(01|06|07|11|14)$'")" 0 \
	"each is done or refused for a reason"
is "$(sql -c "select count(*) > 0 from domovoi.agreement where external_id like 'race-%' and status = 'terminated'")" t "some have ended"
is "$(sound)" "" "the books agree"
is "$(sql -c "select count(*) from domovoi.agreement a join domovoi.charge c on c.company_id = a.company_id and c.agreement_id = a.id
  where a.status = 'terminated' and c.voided_on is null and c.period_to > a.terminated_on and c.kind = 'rent'")" 0 "nobody pays for days after the end"
is "$(sql -c "select count(*) from (select line_id, period_from from domovoi.charge where line_id is not null and voided_on is null
  group by 1, 2 having count(*) > 1) x")" 0 "nor twice for any"
done_testing
