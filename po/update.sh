#!/bin/sh
# Usage: po/update.sh [--check FILE]
# Collects every msgid of the program into po/domovoi.pot and merges it into the catalogues. With --check only
# writes the collected template to FILE (tests/po.sh compares it with the committed one).
set -eu
cd "$(dirname "$0")/.."
out=po/domovoi.pot
[ "${1:-}" = --check ] && out=$2

list=$(mktemp)
trap 'rm -f "$list"' EXIT
LC_ALL=C
export LC_ALL
for dir in base client client/catalogue cli db screens tui; do
	for file in "$dir"/*.c "$dir"/*.h "$dir"/*.def; do
		[ -f "$file" ] && echo "$file"
	done
done > "$list"

xgettext --language=C --from-code=UTF-8 --keyword --keyword=_ --keyword=N_ --keyword=P_:1,2 --keyword=NP_:1,2 \
	--add-comments=TRANSLATORS: --add-location=file --sort-by-file --package-name=domovoi \
	--copyright-holder= --files-from="$list" --output="$out"
[ "$out" = po/domovoi.pot ] || exit 0
for lang in kk ru; do
	msgmerge --quiet --update --backup=none --no-fuzzy-matching --add-location=file --sort-by-file \
		"po/$lang.po" po/domovoi.pot
done
