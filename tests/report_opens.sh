#!/usr/bin/env bash
# Every number of every report opens rows that add up to it: see report_opens.py.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
trap 'cd / && tiny_end' EXIT
tiny_data report_opens || { printf '1..0 # no data\n'; exit 1; }
cd "$HOME" || exit 1
out=$("$here/report_opens.py" "$DOMOVOI" "$(dsn_of head_1)" "$tiny_now" 2>&1)
ok "every number opens its rows: ${out##*$'\n'}"
diag "$(printf '%s\n' "$out" | grep '^not\|Error\|exit' | head -20)"
done_testing
