#!/usr/bin/env bash
# Attacks on what the API does, and for whom: see api_attacks.py.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
trap 'cd / && tiny_end' EXIT
tiny_data api_attacks || { printf '1..0 # no data\n'; exit 1; }
cd "$HOME" || exit 1
"$here/api_attacks.py" "$tiny_admin" "$tiny_work/api"
