#!/bin/sh
# docs/screens/NAME.md from the scenarios that docs/screens/list names: what the program draws, as the suite `scenario`
# checks it. Writes them into the directory given, docs/screens by default.
#
#   NAME  SCENARIO…      a new screen is one line
set -eu
top=$(cd "$(dirname "$0")/.." && pwd -P)
to=${1-$top/docs/screens}

grep -v '^#' "$top/docs/screens/list" | while read -r name scenarios; do
	[ -n "$name" ] || continue
	{
		printf '# %s\n' "$name"
		for s in $scenarios; do
			head=$(sed -n '1s/^# *//p' "$top/tests/scenario/$s.keys")
			keys=$(sed -n '/^#/!p' "$top/tests/scenario/$s.keys" | tr '\n' ' ' | sed 's/ *$//')
			printf '\n`%s`%s\n\n```text\n' "$head" "${keys:+, keys \`$keys\`}"
			cat "$top/tests/scenario/$s.screen"
			printf '```\n'
		done
	} >"$to/$name.md"
done
