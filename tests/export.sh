#!/usr/bin/env bash
# What is exported, opened by programs that are not ours: LibreOffice turns workbooks and CSV into CSV again, Python's
# zip and XML readers look into the workbook. The same cells, and nothing that computes. The hostile files are
# tests/test_export.c's.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
work=$(mktemp -d)
chmod 711 "$work"
trap '[ -n "${PGHOST-}" ] || "$DOMOVOI" demo --dir "$work/demo" --stop >/dev/null 2>&1; rm -rf "$work"' EXIT
mkdir "$work/out" "$work/lo"

EXPORT_KEEP=$work/out "$BUILD/tests/test_export" >"$work/log" 2>&1
is $? 0 "the hostile files are written"

if [ -n "${PGHOST-}" ]; then
	dsn="host=$PGHOST user=head_1 dbname=t_tiny"
else
	dsn=$("$DOMOVOI" demo --dir "$work/demo" --size tiny --now 2026-06-16T09:00:00+05:00 --no-ui --print-dsn)
fi
dom() { "$DOMOVOI" --dsn "$dsn" --now 2026-06-16T09:00:00+05:00 --lang ru "$@"; }

# ---- the command line ----
cd "$work/out" || exit 1
for f in csv tsv json jsonl md xlsx; do
	dom list parties --columns no,name,phone,updated_at -o "parties.$f" || true
	is "$([ -s "parties.$f" ] && echo there)" there "list -o parties.$f"
done 2>"$work/err"
dom list reservations -o stays.xlsx && dom report occupancy from=2026-05-01 to=2026-06-01 -o occupancy.xlsx
is $? 0 "list and report as workbooks"
dom list reservations --format xlsx | cmp -s - /dev/null
is "$(dom list reservations --format xlsx | head -c 2)" PK "a workbook down a pipe"
is "$(ls -A | grep '^\.')" "" "nothing is left beside the files"
is "$(head -n 1 parties.csv | tr -d '\r')" no,name,phone,updated_at "csv: stable names"
like "$(head -n 1 parties.md)" '^\| .*Имя|^\| .*Название' "md: headings in the user's language"
phone=$(dom list parties --columns phone --format json | python3 -c 'import json, sys
print(next(r["phone"] for r in json.load(sys.stdin) if (r["phone"] or "").startswith("+")))')
if [ -n "$phone" ]; then
	is "$(dom list parties --columns phone --format csv | grep -cF "'$phone" | sed 's/[1-9][0-9]*/some/')" some "csv: a phone is guarded"
	is "$(dom list parties --columns phone --format tsv --raw | grep -cF "'")" 0 "--raw: it is not"
fi
ln -s /dev/full full.csv
dom list units -o full.csv 2>"$work/err"
is "$?:$(grep -c 'E-FILE' "$work/err")" 1:1 "a full disk is one clear error"
dom list units -o none/units.xlsx 2>"$work/err"
is "$?:$(grep -c 'E-FILE' "$work/err")" 1:1 "so is a folder that is not there"
rm full.csv

# ---- no formula anywhere, by another reader ----
is "$(python3 "$here/export_check.py" workbook ./*.xlsx)" "" "workbooks: no formula, no link, heading bold and frozen, a filter"
is "$(python3 "$here/export_check.py" markdown hostile.md)" "" "markdown: as many cells in every line"

# ---- LibreOffice: once for all files, with a profile of its own ----
if command -v soffice >/dev/null; then
	as='csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false'
	mkdir "$work/in"
	for f in *.xlsx; do cp "$f" "$work/in/${f%.xlsx}_xlsx.xlsx"; done
	cp hostile.csv "$work/in/hostile_csv.csv"
	cp many.csv "$work/in/many_csv.csv"
	# read as an office does: UTF-8, commas, the columns' types found out; no option that keeps formulas from working
	HOME=$work timeout 300 soffice "-env:UserInstallation=file://$work/profile" --headless --convert-to "$as" \
		--infilter='CSV:44,34,76,1,,0,false,true' --outdir "$work/lo" "$work"/in/*.csv "$work"/in/*.xlsx >"$work/log" 2>&1
	is "$(ls "$work/lo" | wc -l)" "$(ls "$work/in" | wc -l)" "LibreOffice opens them all"
	for f in hostile none wide many; do
		is "$(python3 "$here/export_check.py" same "$f.csv" "$work/lo/${f}_xlsx.csv" 2>&1 | head -n 5)" "" "$f.xlsx: the same cells"
	done
	for f in hostile many; do
		is "$(python3 "$here/export_check.py" texts "$f.csv" "$work/lo/${f}_csv.csv" 2>&1 | head -n 5)" "" "$f.csv: the same texts"
	done
	is "$(python3 "$here/export_check.py" long "$work/lo/long_xlsx.csv")" "32767 32766 32767… 16384…" "long.xlsx: as much as a cell holds"
	is "$(wc -l <"$work/lo/stays_xlsx.csv")" "$(dom list reservations --format tsv | wc -l)" "stays.xlsx: as many rows"
else
	ok 'LibreOffice is not installed' # SKIP
fi
done_testing
