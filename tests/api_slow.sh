#!/usr/bin/env bash
# Callers who take their time: see api_slow.py.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
trap 'cd / && tiny_end' EXIT
tiny_data api_slow || { printf '1..0 # no data\n'; exit 1; }
shipped_server || { printf '1..0 # no server\n'; exit 1; }
cd "$HOME" || exit 1
"$here/api_slow.py" "$tiny_admin" "$tiny_work/api" "$SHIPPED"
