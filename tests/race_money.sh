#!/usr/bin/env bash
# Rivals for money: fifty sessions at once cover the same charge with the same payment, confirm one payment, approve and
# pay one refund, register one payment of a provider, run the same charges, and do all of it on two accounts.
# Needs PGHOST, PGDATABASE (migrated and seeded), a superuser.
cd "$(dirname "$0")" || exit 1
. ./lib.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
sql() { psql -XqAt -v ON_ERROR_STOP=1 "$@"; }
export PGUSER=${PGUSER:-postgres}

(cd sql/fixtures && sql -f roles.sql -f data.sql -f money.sql) >"$dir/log" 2>&1 ||
	{ cat "$dir/log"; printf '1..0 # no fixtures\n'; exit 1; }
# the clock of the server: rivals do not pin theirs
sql -c "delete from domovoi.setting where company_id = 901"

coproc gate { psql -XqAt; }
gate() { echo "$1" >&"${gate[1]}"; read -r gate_says <&"${gate[0]}"; }
waiting() { sql -c "select count(*) from pg_locks where locktype = 'advisory' and objid = 7299 and not granted"; }

# rivals N LOGIN SQL…: N sessions of LOGIN have something behind them, wait at a gate and go at once; each runs the SQL
# (a psql script of one line, :client_id is its number). Says what they were answered, by code.
rivals() {
	local n=$1 login=$2
	shift 2
	gate "select pg_advisory_lock(7299) is null;"
	{
		echo "select count(*) from api.payments;"
		echo "select pg_advisory_lock_shared(7299);"
		printf '%s\n' "$@"
	} >"$dir/script.sql"
	(cd "$dir" && PGUSER=$login PGOPTIONS='-c role=domovoi_company' "$pg_bin/pgbench" -n -c "$n" -j 2 -t 1 -f script.sql \
		>"$dir/bench" 2>&1; echo $? >"$dir/rc") &
	local pgbench=$!
	until [ "$(waiting)" = "$n" ] || ! kill -0 "$pgbench" 2>/dev/null; do sleep 0.1; done
	gate "select clock_timestamp();"
	local at=$gate_says
	gate "select pg_advisory_unlock(7299);"
	wait "$pgbench"
	[ "$(cat "$dir/rc")" = 0 ] || diag "$(tail -n 5 "$dir/bench")"
	says=$(sql -c "select string_agg(c || ' ' || n, ', ' order by c) from (select coalesce(result ->> 'code', status) c, count(*) n
	  from domovoi.mutation where recorded_at > '$at' group by 1) x")
}
action() { # RESOURCE RECORD ACTION ARGS
	echo "select act.apply_mutation(jsonb_build_object('id', gen_random_uuid(), 'resource', '$1', 'kind', 'action', 'record', '$2',
	  'action', '$3', 'args', '${4-{\}}'::jsonb));" | tr '\n' ' '
}
sound() {
	is "$(sql -c 'select t.sound()')" sound "$1"
	is "$(cat "$dir/rc")" 0 "without a deadlock"
}

# ---- one payment, one charge
sql >"$dir/made" <<'S'
select t.charge(1000, p_party => 1);
S
charge=$(cat "$dir/made")
payment=$(sql -c "select t.pay(700)")
sql -c "select domovoi.free_payment(901, '$payment', 700)"
rivals 50 t_head "$(action payment "$payment" allocate "{\"charge\": \"$charge\", \"amount\": \"6\"}")"
is "$says" "DM007 49, applied 1" "fifty cover one charge with one payment: once"
is "$(sql -c "select amount - allocated from domovoi.charge where id = '$charge'")" 400 "so much of it is paid"
sound "the books hold"

# ---- many payments, one charge
sql -c "select domovoi.free_charge(901, '$charge')"
ids=$(sql -c "select string_agg(quote_literal(id), ',') from (select t.pay(100, p_party => 1) as id from generate_series(1, 30)) x")
sql -c "select domovoi.free_payment(901, id, 100) from domovoi.payment where id in ($ids) and allocated > 0"
rivals 30 t_head "select act.apply_mutation(jsonb_build_object('id', gen_random_uuid(), 'resource', 'payment', 'kind', 'action',
  'record', (array[$ids])[1 + :client_id], 'action', 'allocate', 'args', '{\"charge\": \"$charge\", \"amount\": \"1\"}'::jsonb));"
is "$says" "DM007 20, applied 10" "thirty payments cover a charge that has room for ten"
is "$(sql -c "select amount - allocated from domovoi.charge where id = '$charge'")" 0 "it is paid, no more"
sound "the books hold"

# ---- one payment is confirmed
payment=$(sql -c "select t.pay(5000, false, p_method => 'kaspi')")
rivals 50 t_head "$(action payment "$payment" confirm)"
is "$says" "DM001 49, applied 1" "fifty confirm one payment: once"
is "$(sql -c "select count(*) || ' ' || count(distinct kind) from domovoi.ledger_tx where ref_id = '$payment'")" "2 2" "it is posted once, and its fee"
sound "the books hold"

# ---- one refund is approved, then paid out
refund=$(sql -c "select t.refund(800)")
rivals 50 t_head "$(action refund "$refund" approve)"
is "$says" "DM001 49, applied 1" "fifty approve one refund: once"
rivals 50 t_head "$(action refund "$refund" pay)"
is "$says" "DM001 49, applied 1" "fifty pay it out: once"
is "$(sql -c "select count(*) || ' ' || sum(p.refunded) from domovoi.ledger_tx t, domovoi.refund r join domovoi.payment p on p.id = r.payment_id
  where t.ref_id = r.id and r.id = '$refund'")" "1 800" "the money goes once"
sound "the books hold"

# ---- refunds of one payment, asked for by many
payment=$(sql -c "select t.pay(1000)")
rivals 50 t_manager "$(action payment "$payment" refund '{"amount": "3", "reason": "race"}')"
is "$says" "DM007 47, applied 3" "fifty ask three hundred back of a thousand: three may"
sound "the books hold"

# ---- one payment of a provider, registered by fifty
rivals 50 t_head "select act.apply_mutation(jsonb_build_object('id', gen_random_uuid(), 'resource', 'payment', 'kind', 'create', 'set',
  jsonb_build_object('party', '1', 'amount', '12', 'method', 'kaspi', 'provider_ref', 'RACE-1')));"
is "$says" "DM004 49, applied 1" "fifty register one payment of a provider: once (I12)"
sound "the books hold"

# ---- one source charges once, whoever runs it
cat >"$dir/run.sql" <<'S'
select domovoi.add_charge(z) from (select (x).* from (select jsonb_populate_record(null::domovoi.charge, jsonb_build_object('company_id', 901,
  'party_id', '00000000-0000-7000-8000-000000000202', 'kind', 'rent', 'amount', 100, 'currency', 'KZT', 'source_key', 'race:' || g)) as x
  from generate_series(1, 20) g) y order by random()) z;
S
(cd "$dir" && "$pg_bin/pgbench" -n -c 16 -j 2 -t 1 -f run.sql >"$dir/bench" 2>&1; echo $? >"$dir/rc")
is "$(sql -c "select count(*) || ' ' || sum(amount) from domovoi.charge where source_key like 'race:%'")" "20 2000" "sixteen runs of twenty charges: twenty (I11)"
sound "the books hold"

# ---- everything at once on two accounts: charges, payments, voids, reversals, allocation, refunds
sql >/dev/null <<'S'
create function t.mixed(p int) returns text language plpgsql as $$
begin
  case (p + floor(random() * 6)::int) % 6
    when 0 then perform t.charge(1 + floor(random() * 900)::int, p_party => 1 + p % 2);
    when 1 then perform t.pay(1 + floor(random() * 900)::int, p_party => 1 + p % 2);
    when 2 then perform domovoi.void_charge(901, (select id from domovoi.charge where company_id = 901 order by random() limit 1), 'race');
    when 3 then perform domovoi.reverse_payment(901, (select id from domovoi.payment where company_id = 901 order by random() limit 1), 'race');
    when 4 then perform domovoi.allocate_fifo(901, (select id from domovoi.payment where company_id = 901 order by random() limit 1));
    else
      perform domovoi.ask_refund(901, (select id from domovoi.payment where company_id = 901 order by random() limit 1), 5, 'race', null, null);
      update domovoi.refund set status = 'approved' where id = (select id from domovoi.refund where status = 'requested' order by random() limit 1);
      perform domovoi.pay_refund(901, (select id from domovoi.refund where status = 'approved' order by random() limit 1));
  end case;
  return 'done';
exception when sqlstate 'DM001' or sqlstate 'DM006' or sqlstate 'DM007' or sqlstate 'DM011' then
  return sqlstate;
end $$;
S
echo 'select t.mixed(:client_id);' >"$dir/mixed.sql"
(cd "$dir" && "$pg_bin/pgbench" -n -c 20 -j 2 -t 15 -f mixed.sql >"$dir/bench" 2>&1; echo $? >"$dir/rc")
[ "$(cat "$dir/rc")" = 0 ] || diag "$(grep -i error "$dir/bench" | head -n 3)"
sound "twenty sessions that do all of it leave the books as they should be"
done_testing
