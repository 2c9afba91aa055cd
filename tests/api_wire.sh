#!/usr/bin/env bash
# Requests that are none: see api_wire.py.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
trap 'cd / && tiny_end' EXIT
tiny_data api_wire || { printf '1..0 # no data\n'; exit 1; }
cd "$HOME" || exit 1
"$here/api_wire.py" "$tiny_admin" "$tiny_work/api"
