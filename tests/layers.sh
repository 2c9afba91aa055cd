#!/usr/bin/env bash
# The direction of dependencies (DESIGN §1), read from the includes, and that the client stands without curses.
. "$(dirname "$0")/lib.sh"
cd "$(dirname "$0")/.." || exit 1

allowed() { # what each room may include, besides itself
	case $1 in
	base) echo '' ;;
	client) echo 'base' ;;
	tui) echo 'base themes' ;;
	db) echo 'base client' ;;
	screens) echo 'base client tui' ;;
	cli) echo 'base client db screens' ;;
	server) echo 'base client db' ;;
	esac
}

for room in base client tui db screens cli server; do
	bad=$(grep -noE '^#include "[a-z]+/[^"]+"' "$room"/*.[ch] | while IFS=: read -r file line text; do
		other=${text#*\"}
		other=${other%%/*}
		case " $room $(allowed $room) " in
		*" $other "*) ;;
		*) echo "$file:$line $text" ;;
		esac
	done)
	is "$bad" "" "$room includes only: $room $(allowed $room)"
done

is "$(grep -lE '#include <(ncurses|curses|panel|term)\.h' base/*.[ch] client/*.[ch] db/*.[ch] cli/*.[ch] screens/*.[ch])" "" \
	"curses is tui's alone"
is "$(grep -lE '#include <libpq' base/*.[ch] tui/*.[ch] screens/*.[ch] cli/*.[ch])" "" "libpq is client's and db's alone"
is "$(grep -lE '\bdoupdate\(' tui/*.c screens/*.c cli/*.c | wc -l)" 1 "one file calls doupdate()"
is "$(grep -oE '\bdoupdate\(' tui/*.c | wc -l)" 1 "… once"
is "$(grep -nE '\b(PQexec|PQexecParams|PQprepare|PQconnectdb|PQconnectdbParams|PQping|PQreset)\(' client/*.c)" "" \
	"no synchronous libpq call in client/"
if [ -n "${BUILD-}" ]; then
	is "$(ldd "$BUILD/tests/test_sqlgen" | grep ncurses)" "" "pure client programs link without ncurses"
	is "$(objdump -t "$BUILD"/lib{base,client,db,tui,screens}.a |
		awk '$2 == "g" && $3 == "O" && ($4 ~ /^\.data$|^\.bss$|^\.data\.[^r]|^\.bss\./) && $NF !~ /^__/ { print $NF }')" "" \
		"no exported mutable variables"
fi
is "$(grep -rnE '\b(sprintf|strcpy|strcat|gets|system|popen)\(' base client tui screens cli db --include='*.c')" "" \
	"none of the calls that overrun or start a shell"
is "$(grep -rnE '\b(double|float)\b' base/money.c client/value.c db/migrations/*.sql db/seed/*.sql | grep -v '^[^:]*:[0-9]*: *\(/\?\*\|--\)' )" "" \
	"money never meets floating point"
done_testing
