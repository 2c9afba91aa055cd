#!/usr/bin/env bash
# A console that nobody touches is silent: see idle.py.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
trap 'cd / && tiny_end' EXIT
tiny_data idle || { printf '1..0 # no data\n'; exit 1; }
cd "$HOME" || exit 1
PGHOST=$(printf '%s\n' "$tiny_admin" | sed 's/.*host=\([^ ]*\).*/\1/')
PGDATABASE=$(printf '%s\n' "$tiny_admin" | sed 's/.*dbname=\([^ ]*\).*/\1/')
export PGHOST PGDATABASE PGUSER=postgres
"$here/idle.py" "$DOMOVOI" --now "$tiny_now" --dsn "$(dsn_of head_1)"
