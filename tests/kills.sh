#!/usr/bin/env bash
# Random deaths of the console: see kills.py.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
trap 'cd / && tiny_end' EXIT
tiny_data kills || { printf '1..0 # no data\n'; exit 1; }
cd "$HOME" || exit 1
"$here/kills.py" "$DOMOVOI" --dsn "$(dsn_of head_1)" --now "$tiny_now"
