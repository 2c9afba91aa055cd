#!/usr/bin/env bash
# Random keys at the console, with everything allowed: see monkey.py.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
trap 'cd / && tiny_end' EXIT
tiny_data monkey || { printf '1..0 # no data\n'; exit 1; }
cd "$HOME" || exit 1
export MONKEY_LOG=$tiny_work/asan
"$here/monkey.py" "$DOMOVOI" --dsn "$(dsn_of head_1)" --now "$tiny_now"
status=$?
cat "$tiny_work"/asan* 2>/dev/null | sed 's/^/# /' | head -n 60
exit "$status"
