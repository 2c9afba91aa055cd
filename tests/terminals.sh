#!/usr/bin/env bash
# Kinds of terminals: see terminals.py.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
trap 'cd / && tiny_end' EXIT
tiny_data terminals || { printf '1..0 # no data\n'; exit 1; }
cd "$HOME" || exit 1
"$here/terminals.py" "$DOMOVOI" --dsn "$(dsn_of head_1)" --now "$tiny_now" --lang en
