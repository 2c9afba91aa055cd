#!/usr/bin/env bash
# Shift handover: the console comes back to where it was left, after quit, after kill -9, and beside another one.
# Waits are polls with a deadline on what the screen or the file shows.
. "$(dirname "$0")/lib.sh"
dir=$(mktemp -d /tmp/domovoi-restore.XXXXXX)
chmod 755 "$dir"
tm() { tmux -S "$dir/tmux" -f /dev/null "$@"; }
trap 'tm kill-server 2>/dev/null; "$DOMOVOI" demo --dir "$dir/demo" --stop >/dev/null 2>&1; rm -rf "$dir"' EXIT
export XDG_STATE_HOME=$dir/state XDG_CONFIG_HOME=$dir/config

screen() { tm capture-pane -p -t t; }
wait_for() { # wait_for ERE [SECONDS]
	local until=$((SECONDS + ${2:-20}))
	while ! screen | grep -qE "$1"; do
		[ "$SECONDS" -lt "$until" ] || { screen | sed 's/^/# /'; return 1; }
		sleep 0.05
	done
}
session() { cat "$dir"/state/domovoi/*/session.json 2>/dev/null; }
wait_saved() { # wait_saved ERE: the file says it, whole
	local until=$((SECONDS + 10))
	while ! session | grep -qE "$1"; do
		[ "$SECONDS" -lt "$until" ] || { diag "$(session)"; return 1; }
		sleep 0.05
	done
}
keys() { tm send-keys -t t "$@"; }
start() { keys "'$DOMOVOI' --dsn '$dsn' --lang en" Enter; }
console() { pgrep -P "$(tm display-message -p -t t '#{pane_pid}')" -f -- '--dsn' | head -n 1; }

"$DOMOVOI" demo --dir "$dir/demo" --size tiny --no-ui >/dev/null 2>"$dir/err"
ok "a demo starts"
dsn=$("$DOMOVOI" demo --dir "$dir/demo" --print-dsn)
tm new-session -d -s t -x 80 -y 24 "env TERM=screen-256color bash --norc --noprofile"
keys "PS1='READY> '" Enter
wait_for '^READY>'; ok "a shell in a terminal"
start
wait_for 'DOMOVOI.*ONLINE'; ok "the first start is at home"
screen | grep -q 'back where you were'; is $? 1 "and says nothing of earlier"

keys ':un kind=apartment' Enter
wait_for 'Units: kind=apartment'; ok "a filtered list"
keys S j Space
wait_for '1 marked.*sort: Title'; ok "with a sort and a mark"
keys ':quit' Enter
wait_for '^READY> *$'; ok "left"
like "$(session)" 'un kind=apartment' "the place is kept"
is "$(stat -c %a "$dir"/state/domovoi/*/session.json)" 600 "for its owner alone"

start
wait_for 'back where you were at [0-9]+:[0-9]+'; ok "the next start says that it is back, and when that was"
wait_for 'Units: kind=apartment'; ok "at the same list"
wait_for '1 marked  sort: Title ↓'; ok "with its sort and its mark"
keys g h
wait_for 'Attention'; ok "g h goes home"
keys ':un S01-5' Enter
wait_for 'Home > .*S01-5|Код|Code +S01-5'; ok "a record"
wait_saved 'un S01-5'; ok "is noted by itself"
kill -9 "$(console)"
wait_for 'Killed|READY'; ok "killed"
keys 'stty sane; clear' Enter
wait_for '^READY> *$'
start
wait_for 'back where you were'; ok "after kill -9 the console comes back as well"
wait_for 'S01-5'; ok "to the record"

# a second console of the same person: whoever writes last is found, nothing is damaged
tm new-window -d -t t:5 "env TERM=screen-256color XDG_STATE_HOME=$dir/state '$DOMOVOI' --dsn '$dsn' --lang en"
other() { tm capture-pane -p -t t:5; }
until=$((SECONDS + 20))
while ! other | grep -q 'ONLINE' && [ "$SECONDS" -lt "$until" ]; do sleep 0.05; done
for i in 1 2 3 4 5; do
	keys g h
	tm send-keys -t t:5 g p
	keys g s
	tm send-keys -t t:5 g h
done
keys ':tn' Enter
wait_for 'Parties'; ok "two consoles at a time"
wait_saved '"tn"'; ok "the last one that moved is the one that counts"
session | python3 -c 'import json,sys; json.load(sys.stdin)'; ok "the file is whole"
tm kill-window -t t:5

keys ':restore off' Enter
wait_for 'begins at home'; ok "restore off"
keys ':quit' Enter
wait_for '^READY> *$'
start
wait_for 'DOMOVOI.*ONLINE'; ok "starts at home then"
keys ':restore on' Enter ':quit' Enter
wait_for '^READY> *$'

# show never comes back, and a damaged file is set aside
before=$(session)
"$DOMOVOI" --dsn "$dsn" --lang en show home --keys ': u n Enter' >"$dir/out"
is "$(session)" "$before" "show leaves the session alone"
printf '{"stack": [' >"$(ls "$dir"/state/domovoi/*/session.json)"
start
wait_for 'DOMOVOI.*ONLINE'; ok "a damaged file does not stop the start"
keys ':quit' Enter
wait_for '^READY> *$'
ls "$dir"/state/domovoi/*/session.bad >/dev/null; ok "and is set aside"
done_testing
