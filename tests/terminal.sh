#!/usr/bin/env bash
# The one smoke test of the real terminal: the console in tmux on a private demo. Waits are polls with a
# deadline on what the screen shows, never sleeps of a guessed length.
. "$(dirname "$0")/lib.sh"
dir=$(mktemp -d /tmp/domovoi-term.XXXXXX)
chmod 755 "$dir"
tm() { tmux -S "$dir/tmux" -f /dev/null "$@"; }
trap 'tm kill-server 2>/dev/null; "$DOMOVOI" demo --dir "$dir/demo" --stop >/dev/null 2>&1; rm -rf "$dir"' EXIT

screen() { tm capture-pane -p -t t; }
wait_for() { # wait_for ERE [SECONDS]
	local until=$((SECONDS + ${2:-20}))
	while ! screen | grep -qE "$1"; do
		[ "$SECONDS" -lt "$until" ] || { screen | sed 's/^/# /'; return 1; }
		sleep 0.05
	done
}
keys() { tm send-keys -t t "$@"; }

"$DOMOVOI" demo --dir "$dir/demo" --size tiny --no-ui >/dev/null 2>"$dir/err"
ok "a demo starts"
dsn=$("$DOMOVOI" demo --dir "$dir/demo" --print-dsn)
tm new-session -d -s t -x 80 -y 24 "env TERM=screen-256color bash --norc --noprofile"
keys "PS1='READY> '" Enter
wait_for '^READY>'; ok "a shell in a terminal"
keys "stty -a >$dir/stty.before; '$DOMOVOI' demo --dir '$dir/demo' --lang en" Enter
wait_for 'DOMOVOI.*ONLINE'; ok "the home screen is up and online"
keys g p
wait_for 'Portfolio'; ok "g p opens the portfolio"
keys T
wait_for 'Code +Title'; ok "T shows it as a list"
keys Down Down Enter
wait_for 'Coming stays|coming stays|Stays'; ok "Enter opens the unit"
keys q
keys g s
wait_for 'Top 5'; ok "g s opens the analytics"
keys g p
wait_for 'Portfolio'; ok "and back"
keys T
wait_for 'Code +Title'; ok "as a list"

# a change made by psql shows within a second
code=$("$DOMOVOI" --dsn "$dsn" list units --limit 1 --columns code --format tsv 2>/dev/null | tail -n 1)
"$DOMOVOI" --dsn "$dsn" edit units "$code" title='0 seen live' >/dev/null
t0=$(date +%s%N)
wait_for '0 seen live' 5; ok "a change made elsewhere shows"
ms=$((($(date +%s%N) - t0) / 1000000))
diag "after $ms ms"
[ "$ms" -lt 1500 ]; ok "within about a second"

tm resize-window -t t -x 160 -y 45
wait_for 'Portfolio'; ok "survives a resize"
[ "$(screen | wc -l)" -ge 44 ]; ok "and uses the new size"
tm resize-window -t t -x 60 -y 15
wait_for '80'; ok "below 80x24 it says so"
tm resize-window -t t -x 80 -y 24
wait_for 'Portfolio'; ok "and comes back"

kill -TERM "$(pgrep -P "$(tm display-message -p -t t '#{pane_pid}')" | head -n 1)"
wait_for '^READY>'; ok "SIGTERM gives the shell back"
keys "stty -a >$dir/stty.after; tput lines; echo DONE" Enter
wait_for 'DONE'; ok "which takes commands"
is "$(cat "$dir/stty.after")" "$(cat "$dir/stty.before")" "the terminal is as it was"
"$DOMOVOI" demo --dir "$dir/demo" --stop >/dev/null 2>&1
ok "the demo stops"
done_testing
