#!/usr/bin/env bash
# Scenario triads: tests/scenario/NAME.keys says which screen, size, language and colours, and the keys; NAME.screen
# is what must then be on the screen. Data: the tiny demo, seed 1, with the clock stopped. REGEN=1 writes the screens.
#
#   # screen=portfolio size=80x24 lang=ru colours=mono role=head_1 attrs=no     (what is left out: as here, lang=en)
#   j j Enter
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
now=2026-06-16T09:00:00+05:00
work=$(mktemp -d)

if [ -n "${PGHOST-}" ]; then # tests/run has a server with the template; the scenarios get a copy that nobody writes to
	psql -Xqc 'drop database if exists t_scenario' -c 'create database t_scenario template t_tiny' postgres || exit 1
	trap 'rm -rf "$work"' EXIT
	dsn() { printf 'host=%s user=%s dbname=t_scenario' "$PGHOST" "$1"; }
else
	chmod 711 "$work"
	trap '"$DOMOVOI" demo --dir "$work/demo" --stop >/dev/null 2>&1; rm -rf "$work"' EXIT
	base=$("$DOMOVOI" demo --dir "$work/demo" --size tiny --now "$now" --no-ui --print-dsn) || exit 1
	dsn() { printf '%s\n' "$base" | sed "s/user=[^ ]*/user=$1/"; }
fi

value() { # value NAME DEFAULT, from the header line
	local v=${header##* "$1"=}
	[ "$v" != "$header" ] && printf '%s' "${v%% *}" || printf '%s' "$2"
}

show() { # show FILE.keys: the screen after the keys
	local header
	header=" $(head -n 1 "$1" | tr -d '#') "
	local args=(--lang "$(value lang en)" --now "$now" show "$(value screen home)" --size "$(value size 80x24)")
	args+=(--script "$1")
	case $(value colours mono) in
	mono) args+=(--no-color) ;;
	esac
	[ "$(value attrs no)" = no ] || args+=(--attrs)
	[ "$(value ascii no)" = no ] || args+=(--ascii)
	XDG_STATE_HOME=$work/state/$(basename "$1" .keys) "$DOMOVOI" --dsn "$(dsn "$(value role head_1)")" "${args[@]}"
}

for keys in "$here"/scenario/${SCENARIO-*}.keys; do # SCENARIO: a pattern, to try some
	name=$(basename "$keys" .keys)
	show "$keys" >"$work/$name.screen" 2>"$work/$name.err" || cat "$work/$name.err" >>"$work/$name.screen"
	[ -z "${REGEN-}" ] || cp "$work/$name.screen" "${keys%.keys}.screen"
	is "$(diff "${keys%.keys}.screen" "$work/$name.screen" 2>&1)" "" "$name"
done
done_testing
