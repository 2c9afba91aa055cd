#!/usr/bin/env bash
# Many logins at once, and what much work leaves behind: see api_load.py.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
trap 'cd / && tiny_end' EXIT
tiny_data api_load || { printf '1..0 # no data\n'; exit 1; }
shipped_server || { printf '1..0 # no server\n'; exit 1; }
cd "$HOME" || exit 1
python3 -W ignore -u "$here/api_load.py" "$tiny_admin" "$tiny_work/api" "$SHIPPED"
