#!/usr/bin/env bash
# The booking board while others work: arrivals are announced and move no card, what somebody else was faster with is
# refused and the card lands where it really is. With TEST_COUNT (check-long) also the clock of the holds. In tmux.
. "$(dirname "$0")/lib.sh"
dir=$(mktemp -d /tmp/domovoi-board.XXXXXX)
chmod 755 "$dir"
now=2026-06-16T09:00:00+05:00
tm() { tmux -S "$dir/tmux" -f /dev/null "$@"; }
trap 'tm kill-server 2>/dev/null; "$DOMOVOI" demo --dir "$dir/demo" --stop >/dev/null 2>&1; rm -rf "$dir"' EXIT
export XDG_STATE_HOME=$dir/state XDG_CONFIG_HOME=$dir/config

screen() { tm capture-pane -p -t t; }
wait_for() { # wait_for ERE [SECONDS]
	local until=$((SECONDS + ${2:-20}))
	while ! screen | grep -qE -- "$1"; do
		[ "$SECONDS" -lt "$until" ] || { screen | sed 's/^/# /'; return 1; }
		sleep 0.05
	done
}
keys() { tm send-keys -t t "$@"; }
cards() { screen | sed -n '4,9p' | cut -c 1-20; } # the first two of the first column, with their marks and the cursor
hand() { "$DOMOVOI" --dsn "$dsn" --now "$now" "$@"; }

"$DOMOVOI" demo --dir "$dir/demo" --size tiny --no-ui --now "$now" >/dev/null 2>"$dir/err"
ok "a demo starts"
dsn=$("$DOMOVOI" demo --dir "$dir/demo" --print-dsn)
tm new-session -d -s t -x 80 -y 24 "env TERM=screen-256color '$DOMOVOI' --dsn '$dsn' --now '$now' --lang en"
wait_for 'DOMOVOI.*ONLINE'; ok "the console is online"
keys g b
wait_for '1 hold 2 .*▸? *289 |▸ 289 A02-1'; ok "the board"
wait_for '289 allowed'; ok "with its cursor on a hold"
before=$(cards)

# ---- arrivals ----
unit=$(hand list units status=free kind=apartment --limit 1 --columns code --format tsv | tail -n 1)
no=$(hand new reservation unit="$unit" check_in=2026-06-17 check_out=2026-06-18 --format json 2>"$dir/err" |
	sed -n 's/.*"no": *\([0-9]*\).*/\1/p' | head -n 1)
like "$no" '^[0-9]+$' "another session makes a hold that belongs above all of them"
wait_for 'hold: 1 new card; F5 shows it'; ok "which is announced"
is "$(cards)" "$before" "and moves no card"
keys F5
wait_for "│  $no "; ok "F5 shows it"
wait_for '▸ 289 A02-1'; ok "the cursor is still on its card"

# ---- somebody was faster ----
hand do reservation 289 confirm >/dev/null
ok "another session confirms the hold under the cursor"
wait_for '▸x?289 |▸x 289|x *289 '; ok "the card stays where it was, marked as gone"
keys '>'
wait_for 'DM00[13]'; ok "confirming it here as well is refused, with the reason"
wait_for "1 hold 2 "; ok "the hold is no longer counted"
wait_for "│▸ 289 A02-1"; ok "its card is where it really is, and the cursor with it"
[[ $(cards) != *" 289 "* ]]; ok "and not among the holds any more"
is "$(hand list reservations no=289 --columns status --format tsv | tail -n 1)" confirmed "as the database has it"
keys q q

# ---- the clock of the holds, by the real clock ----
if [ -n "${TEST_COUNT-}" ]; then
	"$DOMOVOI" demo --dir "$dir/demo" --stop >/dev/null 2>&1
	"$DOMOVOI" demo --dir "$dir/demo" --size tiny --no-ui --reset >/dev/null 2>"$dir/err"
	dsn=$("$DOMOVOI" demo --dir "$dir/demo" --print-dsn)
	tm new-session -d -s u -x 80 -y 24 "env TERM=screen-256color '$DOMOVOI' --dsn '$dsn' --lang en"
	screen() { tm capture-pane -p -t u; }
	wait_for 'DOMOVOI.*ONLINE'; ok "a console by the real clock"
	tm send-keys -t u g b
	wait_for '[0-9]+:[0-9][0-9]!? *│'; ok "a hold says how long it has"
	first=$(screen | grep -oE '[0-9]+:[0-9][0-9]!? *│' | head -n 1)
	until=$((SECONDS + 75))
	while [ "$(screen | grep -oE '[0-9]+:[0-9][0-9]!? *│' | head -n 1)" = "$first" ] && [ "$SECONDS" -lt "$until" ]; do
		sleep 0.5
	done
	[ "$SECONDS" -lt "$until" ]; ok "and a minute later a minute less"
fi
done_testing
