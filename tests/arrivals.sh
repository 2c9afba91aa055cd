#!/usr/bin/env bash
# A list while others work: what arrives is announced and moves nothing, what goes is marked and stays, until F5. A
# change whose connection breaks is being saved until it is saved. Export of what the filter shows. In tmux, without
# sleeps: polls with a deadline on what the screen shows.
. "$(dirname "$0")/lib.sh"
dir=$(mktemp -d /tmp/domovoi-arrivals.XXXXXX)
chmod 755 "$dir"
now=2026-06-16T09:00:00+05:00
tm() { tmux -S "$dir/tmux" -f /dev/null "$@"; }
trap 'tm kill-server 2>/dev/null; "$DOMOVOI" demo --dir "$dir/demo" --stop >/dev/null 2>&1; rm -rf "$dir"' EXIT

screen() { tm capture-pane -p -t t; }
wait_for() { # wait_for ERE [SECONDS]
	local until=$((SECONDS + ${2:-20}))
	while ! screen | grep -qE -- "$1"; do
		[ "$SECONDS" -lt "$until" ] || { screen | sed 's/^/# /'; return 1; }
		sleep 0.05
	done
}
keys() { tm send-keys -t t "$@"; }
rows() { screen | sed -n '4,7p'; } # the rows themselves, with their marks and the cursor
hand() { "$DOMOVOI" --dsn "$dsn" --now "$now" "$@"; }

"$DOMOVOI" demo --dir "$dir/demo" --size tiny --no-ui --now "$now" >/dev/null 2>"$dir/err"
ok "a demo starts"
dsn=$("$DOMOVOI" demo --dir "$dir/demo" --print-dsn)
tm new-session -d -s t -x 80 -y 24 "env TERM=screen-256color '$DOMOVOI' --dsn '$dsn' --now '$now' --lang en"
wait_for 'DOMOVOI.*ONLINE'; ok "the console is online"
keys : ; keys 'bk status=hold'; keys Enter
wait_for ' 291 hold'; ok "the list of holds"
keys j
wait_for '▸ +292 hold'; ok "the cursor on the second"
keys Space k
wait_for '1 marked'; ok "which is marked"
before=$(rows)

# ---- somebody books: the new stay belongs above all of them ----
unit=$(hand list units status=free kind=apartment --limit 1 --columns code --format tsv | tail -n 1)
no=$(hand new reservation unit="$unit" check_in=2026-09-01 check_out=2026-09-03 --format json 2>"$dir/err" |
	sed -n 's/.*"no": *\([0-9]*\).*/\1/p' | head -n 1)
like "$no" '^[0-9]+$' "another session makes a hold behind the last"
wait_for " $no hold"; ok "which comes after the last row"
is "$(rows | head -n 3)" "$(printf '%s\n' "$before" | head -n 3)" "and moves none"
early=$(hand new reservation unit="$unit" check_in=2026-06-17 check_out=2026-06-18 --format json 2>"$dir/err" |
	sed -n 's/.*"no": *\([0-9]*\).*/\1/p' | head -n 1)
like "$early" '^[0-9]+$' "and one that belongs above all of them"
wait_for '1 new, F5 shows it'; ok "which is announced"
is "$(rows | head -n 3)" "$(printf '%s\n' "$before" | head -n 3)" "and not put under the cursor"
hand do reservation 291 confirm >/dev/null
wait_for '-  *291 hold'; ok "a row that is confirmed meanwhile stays, marked as gone"
keys F5
wait_for " $early hold"; ok "F5 shows the new one"
like "$(screen)" '▸\* +292 hold' "the cursor is still on its record, and the mark"
[[ ! $(screen) =~ " 291 hold" ]]; ok "and the confirmed one is gone"

# ---- the connection breaks while a change is on its way ----
keys a
wait_for 'Extend the hold'; ok "the action menu"
"$DOMOVOI" demo --dir "$dir/demo" --stop >/dev/null 2>&1
wait_for 'reconnecting'; ok "the database is away"
keys Enter
wait_for '~'; ok "the row says that it is being saved"
[[ ! $(screen) =~ 'confirmed. u takes' ]]; ok "and nobody says that it is"
wait_for 'not saved yet' 20; ok "it is said that it is not saved yet"
keys g h
wait_for 'Key figures'; ok "at home meanwhile"
keys q
wait_for '1 change is not saved yet'; ok "q asks before it leaves"
keys Escape
"$DOMOVOI" demo --dir "$dir/demo" --no-ui --now "$now" >/dev/null 2>"$dir/err"
wait_for '292: confirmed. u takes it back' 40; ok "the database is back: it is saved"
is "$(hand list reservations status=confirmed no=292 --columns no --format tsv | tail -n 1)" 292 "in the database too"

# ---- export ----
keys : ; keys 'bk status=hold'; keys Enter
wait_for ' 289 hold'; ok "back on the list of holds"
keys x
wait_for 'Export what the filter shows'; ok "the export menu"
keys c
wait_for 'into the file'; ok "asks for the file"
keys C-u; keys "$dir/holds.csv"; keys Enter
wait_for 'rows? in '; ok "writes it"
is "$(cut -d, -f1 "$dir/holds.csv" | tr -d '\r' | sort)" \
	"$(hand list reservations status=hold --columns no --format csv | tr -d '\r' | sort)" "the rows that the filter shows"
is "$(ls "$dir" | grep -c 'holds.csv')" 1 "and nothing else is left"
keys q
done_testing
