#!/usr/bin/env bash
# Scenario triads: tests/scenario/NAME.keys says which screen, size, language and colours, and the keys; NAME.screen
# is what must then be on the screen. Data: the tiny demo, seed 1, with the clock stopped. REGEN=1 writes the screens.
#
#   # screen=portfolio size=80x24 lang=ru colours=mono role=head_1 attrs=no     (what is left out: as here, lang=en)
#   j j Enter
#
# see=LOGIN: with the eyes of somebody else.
# write=yes: it changes records, and gets a database of its own.
# What is imported: NAME.csv and NAME.map beside the scenarios, by their bare names.
# count=N: a task for which people have learned N keys; more or fewer is a failure.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
now=2026-06-16T09:00:00+05:00
work=$(mktemp -d)
cp "$here"/scenario/*.csv "$here"/scenario/*.map "$work/" # what they import; what they export is written beside it
export XDG_CONFIG_HOME=$work/config # the caller's own keys and themes stay out; keys=NAME takes scenario/NAME.keyfile
mkdir -p "$work/config/domovoi"

if [ -n "${PGHOST-}" ]; then # tests/run has a server with the template; the scenarios get a copy that nobody writes to
	psql -Xqc 'drop database if exists t_scenario' -c 'create database t_scenario template t_tiny' postgres || exit 1
	trap 'rm -rf "$work"' EXIT
	dsn() { printf 'host=%s user=%s dbname=%s' "$PGHOST" "$1" "$2"; }
	fresh() { # a copy that this scenario may write to
		psql -Xqc 'set client_min_messages = error' -c 'drop database if exists t_scenario_own with (force)' \
			-c 'create database t_scenario_own template t_tiny' postgres
	}
else
	chmod 711 "$work"
	trap 'for d in demo own; do "$DOMOVOI" demo --dir "$work/$d" --stop >/dev/null 2>&1; done; rm -rf "$work"' EXIT
	base=$("$DOMOVOI" demo --dir "$work/demo" --size tiny --now "$now" --no-ui --print-dsn) || exit 1
	own=
	dsn() { # the demo itself, or the one made anew for a scenario that writes
		[ "$2" = t_scenario ] || own=$("$DOMOVOI" demo --dir "$work/own" --print-dsn)
		printf '%s\n' "${own:-$base}" | sed "s/user=[^ ]*/user=$1/"
	}
	fresh() {
		"$DOMOVOI" demo --dir "$work/own" --stop >/dev/null 2>&1
		"$DOMOVOI" demo --dir "$work/own" --size tiny --now "$now" --no-ui --reset >/dev/null
	}
fi

# What the header line says into the variables of these names, else what is meant without it: no process is begun for it.
read_header() { # read_header FILE.keys
	local words word
	screen=home size=80x24 lang=en colours=mono role=head_1 attrs=no ascii=no see='' write=no keyfile='' count=''
	read -r -a words <"$1"
	for word in "${words[@]}"; do
		case $word in
		screen=* | size=* | lang=* | colours=* | role=* | attrs=* | ascii=* | see=* | write=* | count=*) declare -g "$word" ;;
		keys=*) keyfile=${word#keys=} ;;
		esac
	done
}

count_keys() { # count_keys FILE: as a person presses them
	tail -n +2 "$1" | grep -v '^# ' | tr -s ' \t' '\n\n' | grep . | while read -r word; do
		if [[ $word =~ ^(([CMS]-)*([A-Z][A-Za-z]+|F[0-9]+|.))(\+([CMS]-)*([A-Z][A-Za-z]+|F[0-9]+|.))*$ ]]; then
			word=${word//[^+]/}x
		else
			word=$(sed -E 's/<[A-Za-z0-9-]+>/x/g' <<<"$word")
		fi
		printf '%s' "$word"
	done | wc -m
}

show() ( # show FILE.keys: the screen after the keys; what it exports is thrown away
	local database=t_scenario
	local args=(--lang "$lang" --now "$now" show "$screen" --size "$size" --script "$1")
	rm -f "$XDG_CONFIG_HOME/domovoi/keys"
	[ -z "$keyfile" ] || cp "$here/scenario/$keyfile.keyfile" "$XDG_CONFIG_HOME/domovoi/keys"
	[ "$colours" != mono ] || args+=(--no-color)
	[ "$attrs" = no ] || args+=(--attrs)
	[ "$ascii" = no ] || args+=(--ascii)
	[ -z "$see" ] || args+=(--see-as "$see")
	[ "$write" = no ] || { database=t_scenario_own; fresh || return; }
	cd "$work" && XDG_STATE_HOME=$work/state/$name "$DOMOVOI" --dsn "$(dsn "$role" $database)" "${args[@]}"
)

# A screen that is there in every language and in both widths is looked at wide in English and narrow in the others;
# check-long, REGEN and SCENARIO take them all.
seen_otherwise() { # seen_otherwise NAME
	local base=$here/scenario/${1%_*_*} which=${1#"${1%_*_*}"_}
	[ -z "${REGEN-}${SCENARIO-}" ] && [ "${TEST_COUNT:-1}" -eq 1 ] || return
	case $which in
	80_en) [ -e "${base}_160_en.keys" ] && [ -e "${base}_80_ru.keys" ] ;;
	160_ru | 160_kk) [ -e "${base}_160_en.keys" ] && [ -e "${base}_80_${which#*_}.keys" ] ;;
	*) false ;;
	esac
}

for keys in "$here"/scenario/${SCENARIO-*}.keys; do # SCENARIO: a pattern, to try some
	name=${keys##*/}
	name=${name%.keys}
	! seen_otherwise "$name" || continue
	read_header "$keys"
	show "$keys" >"$work/$name.screen" 2>"$work/$name.err" || cat "$work/$name.err" >>"$work/$name.screen"
	[ -z "${REGEN-}" ] || cp "$work/$name.screen" "${keys%.keys}.screen"
	[ "$count" = "" ] || is "$(count_keys "$keys")" "$count" "$name: keys"
	if cmp -s "${keys%.keys}.screen" "$work/$name.screen"; then
		true; ok "$name"
	else
		is "$(diff "${keys%.keys}.screen" "$work/$name.screen" 2>&1)" "" "$name"
	fi
done
done_testing
