#!/usr/bin/env bash
# A day at an agency: see day.py. On the tiny demo; in the long check, and with DAY_SIZE=medium, on a million stays.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
trap 'cd / && tiny_end' EXIT
size=${DAY_SIZE-tiny}
[ "${TEST_COUNT-1}" -lt 20 ] || size=${DAY_SIZE-medium}
if [ "$size" = tiny ] || [ -z "${PGHOST-}" ]; then
	tiny_data day || { printf '1..0 # no data\n'; exit 1; }
else
	tiny_data day && fresh_database t_day t_generator &&
		psql -Xq -v ON_ERROR_STOP=1 -c "set domovoi.now = '$tiny_now'" -c "select domovoi.demo_fill('$size', 1)" t_day >"$tiny_work/fill.log" 2>&1 ||
		{ cat "$tiny_work/fill.log"; printf '1..0 # no data\n'; exit 1; }
fi
cd "$HOME" || exit 1
"$here/day.py" "$DOMOVOI" "$(dsn_of USER)" "$tiny_admin" "$tiny_now"
