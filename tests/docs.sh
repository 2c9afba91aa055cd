#!/usr/bin/env bash
# What the documents show is what the program does: README's screen, its commands, and the keys of the table.
. "$(dirname "$0")/lib.sh"
cd "$(dirname "$0")/.." || exit 1

source=$(sed -n 's/^<!-- \(tests.*\.screen\) -->$/\1/p' README.md)
shown=$(sed -n '/^<!-- tests.*\.screen -->$/,/^<!-- \/screen -->$/p' README.md | sed '1,2d' | sed '$d' | sed '$d')
is "$shown" "$(cat "$source")" "README's screen is what the scenario draws"

help=$("$DOMOVOI" --help)
for command in $(grep -ohE '^\./domovoi [a-z]+|  \./domovoi [a-z]+' README.md | awk '{ print $2 }' | sort -u); do
	like "$help" "  $command " "README's command: $command"
done
screens=$("$DOMOVOI" describe | python3 -c 'import json,sys; print(" ".join(r["name"] for r in json.load(sys.stdin)["reports"]))')
for report in $(grep -ohE 'domovoi report [a-z_]+' README.md docs/*.md | awk '{ print $3 }' | sort -u); do
	like " $screens " " $report " "report: $report"
done
for f in $(grep -ohE '`(docs|tests|db|client|tui|screens|cli|base)/[a-z_/.0-9]+[a-z]`' README.md docs/*.md | tr -d '`' | sort -u); do
	[ -e "$f" ]; ok "named file exists: $f"
done
codes=$(grep -rhoE '"(E-[A-Z]+)"' --include='*.[ch]' base client tui screens cli db | tr -d '"' | sort -u)
codes+=" $(sed -n 's/^ERROR("\([^"]*\)".*/\1/p' client/errors.def | sort -u)"
for code in $codes; do
	grep -q "^EXPLAIN(\"$code\"," client/errors.def; ok "explained under F1: $code"
done
"$DOMOVOI" help --man | grep -q '^\.TH'; ok "the manual page prints"
man=$("$DOMOVOI" help --man | sed 's/\\&//g; s/\\-/-/g; s/\\e/\\/g')
XDG_CONFIG_HOME=/nonexistent "$DOMOVOI" keys --format json | python3 -c '
import json, sys
for k in json.load(sys.stdin):
    print(k["keys"], k["note"], (k["screen"] + "." if k["screen"] else "") + k["action"], sep="\t")' >"${TMPDIR:-/tmp}/keys.$$"
is "$(grep -vxFf <(printf '%s\n' "$man") "${TMPDIR:-/tmp}/keys.$$")" "" "the manual page has every key"
rm -f "${TMPDIR:-/tmp}/keys.$$"
made=$(mktemp -d)
tests/screens_doc.sh "$made"
for page in $(sed -n 's/^\([a-z]*\) .*/\1/p' docs/screens/list); do
	is "$(diff "docs/screens/$page.md" "$made/$page.md" 2>&1)" "" "docs/screens: $page is what the scenarios draw (else: tests/screens_doc.sh)"
done
is "$(ls docs/screens | grep -vx list)" "$(ls "$made")" "docs/screens: nothing left over"
for screen in $("$DOMOVOI" keys --format json | python3 -c '
import json, sys
print(*sorted({k["screen"] for k in json.load(sys.stdin) if k["screen"]}))'); do
	case $screen in stays | record | alert | bulk | line | columns | views | copy | export) continue ;; esac # shown within the others
	grep -qE "(screen=$screen |# $screen$)" docs/screens/*.md; ok "docs/screens shows: $screen"
done
rm -rf "$made"
done_testing
