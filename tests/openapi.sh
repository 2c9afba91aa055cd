#!/usr/bin/env bash
# The description of the API: printed without a database, right to an independent linter; docs/api.md says what the tables
# say. Run with --write it brings the tables of docs/api.md up to date.
. "$(dirname "$0")/lib.sh"
top=$(cd "$(dirname "$0")/.." && pwd -P)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
DOMOVOID=${BUILD-$top/build}/domovoid

"$DOMOVOID" openapi >"$dir/openapi.json"; ok "domovoid openapi prints it"
python3 - "$dir" <<'PY'
import json, sys
d = json.load(open(sys.argv[1] + "/openapi.json"))
with open(sys.argv[1] + "/problems", "w") as f:
    for p in d["x-problems"]:
        print(f"| {p['status']} | `{p['code']}` | {p['title']}{'; may be sent again' if p['retryable'] else ''} |", file=f)
with open(sys.argv[1] + "/aliases", "w") as f:
    for a in d["x-aliases"]:
        names = ", ".join(f"`{t}` {o}" if t != o else f"`{t}`" for t, o in a["names"].items())
        print(f"| `{a['path']}` | {a['is']} | {names} |", file=f)
PY
ok "with the tables of the page"
put() { # put NAME FILE: between <!-- NAME and <!-- /NAME, below the heading of the table
	awk -v name="$1" -v file="$2" '
		$0 ~ "^<!-- /" name " -->" { while ((getline line < file) > 0) print line; inside = 0 }
		!inside || n < 3 { print; n += inside }
		$0 ~ "^<!-- " name ":" { inside = 1; n = 1 }'
}
put problems "$dir/problems" <"$top/docs/api.md" | put aliases "$dir/aliases" >"$dir/api.md"
[ "${1-}" != --write ] || cp "$dir/api.md" "$top/docs/api.md"
is "$(diff "$top/docs/api.md" "$dir/api.md")" "" "docs/api.md has the tables (else: tests/openapi.sh --write)"
for path in $(grep -oE '`(GET|POST|PATCH|PUT|DELETE) [^`?]*`' "$top/docs/api.md" | tr -d '`' | awk '{ print $2 }' | grep '^/api' | sort -u); do
	word=$(printf '%s' "$path" | sed 's/{resource}/units/; s/{report}/revenue/; s#jobs/{id}#jobs/{job}#')
	grep -q "\"$word\"" "$dir/openapi.json"; ok "docs/api.md: there is $path"
done

redocly=${REDOCLY-${BUILD-$top/build}/npm/node_modules/.bin/redocly}
if [ -x "$redocly" ]; then
	(cd "$dir" && REDOCLY_TELEMETRY=off timeout 300 "$redocly" lint openapi.json --config "$top/tests/npm/redocly.yaml" --format summary) >"$dir/lint" 2>&1
	ok "an independent linter finds nothing wrong"
	diag "$(grep -vE '^$' "$dir/lint" | tail -n 12)"
else
	false; ok "the linter is not there: ./bootstrap check installs it"
fi
done_testing
