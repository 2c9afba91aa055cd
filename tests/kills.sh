#!/usr/bin/env bash
# Random deaths of the console: see kills.py.
. "$(dirname "$0")/lib.sh"
trap tiny_end EXIT
tiny_data kills || { printf '1..0 # no data\n'; exit 1; }
"$(dirname "$0")/kills.py" "$DOMOVOI" --dsn "$(dsn_of head_1)" --now "$tiny_now"
