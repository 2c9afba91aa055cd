#!/usr/bin/env bash
# --plain: the console heard instead of seen. Tasks of the desk done by keys alone, the exact lines that are said, one
# line for every move, and not one control byte.
. "$(dirname "$0")/lib.sh"
now=2026-06-16T09:00:00+05:00
work=$(mktemp -d)
export XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state

if [ -n "${PGHOST-}" ]; then # tests/run has a server with the template; this copy is written to
	psql -Xqc 'set client_min_messages = error' -c 'drop database if exists t_plain' \
		-c 'create database t_plain template t_tiny' postgres || exit 1
	trap 'rm -rf "$work"' EXIT
	dsn="host=$PGHOST user=head_1 dbname=t_plain"
else
	chmod 711 "$work"
	trap '"$DOMOVOI" demo --dir "$work/demo" --stop >/dev/null 2>&1; rm -rf "$work"' EXIT
	dsn=$("$DOMOVOI" demo --dir "$work/demo" --size tiny --now "$now" --no-ui --print-dsn) || exit 1
fi

plain() { # plain ARG…: keys from standard input, what is said to standard output; nothing is remembered from before
	rm -rf "$XDG_STATE_HOME"
	timeout 120 "$DOMOVOI" --dsn "$dsn" --now "$now" --plain "$@" | tee -a "$work/all"
}

said() { # said KEYS ARG…: without the opening screen's two lines
	local keys=$1
	shift
	printf '%s\n' "$keys" | plain "$@" | tail -n +3
}

# ---- moving ----

is "$(printf 'g+p j k\n' | plain)" "Home
2 holds end within a day: Enter lists them  :bk status=hold
g…  h Home  p Portfolio  x Chessboard  t Tenants  c Payments  b Bookings  s Analytics  m Money desk
Portfolio. Units: 21  sort: Title
folded, R01  Доходный дом 1, 7, 0 free, 905 967
folded, B03  ЖК «Времена года», блок 1, 2, 1 free, 53.1 %, 149 000
folded, R01  Доходный дом 1, 7, 0 free, 905 967" "places and rows are said"

moves=$(said 'M-2 T j j j PgDn k Home j')
is "$(tail -n +4 <<<"$moves" | wc -l)" 7 "every selection change is exactly one line"
[ "$(wc -l <<<"$moves")" -eq 10 ] || diag "$moves"
is "$(said 'M-2 k' | tail -n 1)" "no change" "a key that changes nothing says so"
is "$(said 'M-2 T M-r' | tail -n 1)" "Code R01-4, Title 1-комн., Доходный дом 1, кв. 4, Kind Apartment, Class Comfort, Status occupied" \
	"the row with its headings"

# ---- filter, error, help ----

is "$(said 'M-2 T /rooms=2<Enter>' | tail -n +4)" "/  (Units: all; Tab shows the fields)
/r  (Units: \"r\")
/ro  (Units: \"ro\")
/roo  (Units: \"roo\")
/room  (Units: \"room\")
/rooms  (Units: \"rooms\")
/rooms=  (Units: Rooms: not set)
/rooms=2  (Units: Rooms: 2)
Units: 7  sort: Title
R01-1, 2-комн., Доходный дом 1, кв. 1, Apartment, Comfort, occupied" "a filter is heard as it is typed, then what it left"
is "$(said 'M-2 /frob=1<Enter>' | tail -n 1 | cut -c 1-41)" 'E-FILTER frob: units has no field "frob".' "an error is said"
like "$(said 'M-2 /frob=1<Enter> F1')" "Cause  The filter cannot be read" "F1 reads its cause"
like "$(said 'M-2 ?')" "Under the cursor
Now: Enter open, .*Portfolio
.*Everywhere
" "? reads the help"
like "$(said 'M-2 T C-l')" "Code  Title  Kind  Class  Status
R01-4  1-комн., Доходный дом 1, кв. 4 *Apartment  Comfort  occupied" "C-l reads the whole screen"
like "$(said 'M-2 M-t')" "Theme; default  the terminal's own colours; dark" "a menu is said with its choices"

# ---- the desk's tasks (ux.md §6): a stay by its number, a hold confirmed, one cancelled with its reason, all undone ----

task() { # task KEYS: what is said after the place and its first row
	rm -rf "$XDG_STATE_HOME"
	said "$1" | tail -n +4
}

like "$(task ':bk268<Enter>')" "268. Reservations
No. 268  Status confirmed.*
Actions [(]a[)]
Cancel the stay  now allowed" "a stay by its number: the record is read with what can be done"
hold=$(said 'g+b' | tail -n 1)
like "$hold" "^hold ([0-9]+) [A-Z0-9-]+, .*, expires " "the board says the card under the cursor"
hold=${hold%%, expires*}
number=${hold#hold }
number=${number%% *}
unit=$(printf '%s' "$hold" | cut -d' ' -f3 | tr -d ,)
is "$(task 'g+b > u' | sed 's/, expires.*//')" "confirmed ${hold#hold }
$number $unit: confirmed. u takes it back
$hold
taken back: $number $unit: confirmed. U does it again" "a hold is confirmed, and taken back"
cancelled=$(task 'g+b X 1 1 Enter')
like "$cancelled" "$number [A-Z0-9-]+: Reason; 1 Plans changed; 2 Found cheaper.*
1, Plans changed
$number [A-Z0-9-]+: Cancelled by; 0 not said; 1 Guest; .*
0, not said
Cancel the stay; $number .*Reason: Plans changed; Cancelled by: Guest; .*Enter: do it  Esc: leave all as it is
.*$number [A-Z0-9-]+: cancelled. u takes it back" "a stay is cancelled: reason, who, the question, the outcome"
is "$(task 'g+b / 268<Enter>' | tail -n 1 | cut -d' ' -f1-2)" "confirmed 268" "a card by its number"

# ---- the tasks of the money desk: who calls, what a day brings, a payment ----

is "$(task 'M-3 / 026<Enter>' | tail -n 2)" "Parties: 1  sort: Name
86, Құсайынов Ерлан, +77026295220, 0.00, active, Guest" "a tenant by the tail of the telephone"
day=$(said 'M-4 l l')
like "$day" "Wed 17 Jun 2026 .*
Thu 18 Jun 2026 " "the payment calendar says every day that the cursor comes to"
like "$(said 'M-4 l l Tab' | tail -n 1)" "^[0-9]+, .*, 545 000.00, 0.00, paid, Stay" "and what the day brings"
paid=$(said 'M-4 3 p C-u 1000 F2')
like "$paid" "All that is open. Charges: [0-9]+ .*
112, Hakimova Sevara, .*120 000.00, overdue.*
.*Register a payment > charge 112
Amount .*120000.00.*
.*payment [0-9]+ is recorded; somebody else confirms it" "a payment for the oldest debt"

# ---- how keys come ----

is "$(said 'M-2 T jj j' --lang ru | sed -n '3p;6p')" "R01-4, 1-комн., Доходный дом 1, кв. 4, Квартира, Комфорт, занят
E04-4, 1-комн., ЖК «Времена года», блок 2, кв. 4, Квартира, Бизнес, свободен" "the same in Russian"
is "$(printf 'M-2 T\nj\n' >"$work/keys"; plain <"$work/keys" | tail -n 1 | cut -c 1-5)" "R01-5" "keys from a file"
like "$(printf 'M-2 \001\n' | plain)" "E-KEYS" "a line that is no keys is said"
TERM=dumb timeout 60 python3 - "$DOMOVOI" --dsn "$dsn" --now "$now" >"$work/tty" 2>&1 <<'PY'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen, keys = b"", [(b"Enter lists", b"g"), (b"Home  p", b"p"), (b"R01", b"j"), (b"B03", b"\x1b"), (b"Home\r\n", b"q")]
try:
    while True:
        data = os.read(fd, 4096)
        if not data:
            break
        os.write(1, data)
        seen += data
        while keys and keys[0][0] in seen:
            seen = seen.split(keys[0][0], 1)[1]
            os.write(fd, keys.pop(0)[1])
except OSError:
    pass
PY
ok "on a terminal keys are obeyed as they come, the last of them ends it"
like "$(tr -d '\r' <"$work/tty")" "Portfolio. Units: 21" "a dumb terminal gets it without asking"

cat "$work/tty" "$work/all" | tr -d '\n\r' | LC_ALL=C grep -c '[[:cntrl:]]' >"$work/control"
is "$(cat "$work/control")" 0 "no control byte but the ends of lines"
done_testing
