#!/usr/bin/env bash
# The command line as a user meets it (DESIGN §7): every command, format and exit status, on demos of its own.
# DOMOVOI is the program. With DOMOVOI_DATA naming a folder that holds resort_units.csv, resort_reservations.csv
# and airbnb_listings_2163.csv, the imports are repeated with these.
. "$(dirname "$0")/lib.sh"
DOMOVOI=${DOMOVOI:?the program to test}
now=2026-06-16T09:00:00+05:00
work=$(mktemp -d /tmp/domovoi-cli.XXXXXX)
chmod 711 "$work"
unset DOMOVOI_DSN PGHOST PGUSER PGDATABASE LANGUAGE NO_COLOR
export XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/none HOME=$work
trap '"$DOMOVOI" demo --dir "$work/tiny" --stop >/dev/null 2>&1
	"$DOMOVOI" demo --dir "$work/empty" --stop >/dev/null 2>&1
	rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# run ARG…: stdout in $out, stderr in $err, the exit status in $rc
run() {
	out=$("$DOMOVOI" "$@" 2>"$work/err" </dev/null)
	rc=$?
	err=$(cat "$work/err")
}
dom() { run --now "$now" --dsn "$dsn" "$@"; }
exits() { # exits STATUS NAME [STDERR_ERE]
	if [ "$rc" -eq "$1" ] && [[ $err =~ ${3-.*} ]]; then
		true; ok "$2"
	else
		false; ok "$2"
		diag "exit $rc, wanted $1 ${3-}; stderr: $err"
	fi
}
one_line() { is "$(printf '%s\n' "$err" | wc -l)" 1 "$1: one line on stderr"; }
json() { python3 -c '
import json, sys
rows = json.loads(sys.stdin.read())
print(eval(sys.argv[1]))' "$1" <<<"$out" 2>&1; }
controls() { LC_ALL=C grep -c -P '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]' "$1"; }

# ---- the command line itself: no database ------------------------------------------------------------------

while IFS='|' read -r words want; do
	eval "run $words"
	exits 2 "usage: domovoi $words" "$want"
done <<'END'
lst units|no command lst\. Did you mean list
list|list needs more words\. Usage: domovoi list RESOURCE
list unts|no resource unts\. Did you mean units
list units --frmat csv|unknown option --frmat\. Did you mean --format
list units --format pdf|Choose one of: table, csv, tsv, json, jsonl, md, xlsx
list units --format markdown|Choose one of
list units --limit many|takes a number
list units --limit|needs a value
--yes list units|belongs to the command do
list units --count=3|takes no value
get units|needs more words
get units 1 2|does not take the word 2
do reservations 1 chek_in|no action chek_in\. Did you mean check_in
do units 1 dance|no action dance\. There are: archive, restore
do units 1 archive|Add --yes
report occupncy|Did you mean occupancy
show hme|Did you mean home
show home --size 3x3|no size
demo --size huge|empty, tiny, small, medium
demo --dsn host=x|no place here
completion tcsh|bash, zsh, fish
help lst|no command lst
describe unts|Did you mean units
--lang xx list units|Choose one of: ru, en, kk
--dsn "host=x password=secret" whoami|pgpass
--dsn "postgresql://a:secret@x/y" whoami|pgpass
--dsn nonsense whoami|cannot be read
--profile nowhere whoami|no profile nowhere
db|needs more words
db vacuum|db has no verb vacuum
sync|no command sync
END
run --dsn "host=x password=secret" whoami
[[ $err != *secret* ]]; ok "a refused password is not repeated"
run $'li\e[31mst'
printf '%s\n' "$err" >"$work/said"
is "$(controls "$work/said")" 0 "a hostile word comes out harmless"
one_line "usage error"

run list units
exits 7 "no database: exit 7" "domovoi demo"
one_line "no database"
run
exits 7 "no command, no database: exit 7" "domovoi demo"
run --dsn "host=$work/nobody" whoami
exits 7 "nobody listens: exit 7"

run --version
exits 0 "--version"
like "$out" '^domovoi [0-9]' "the version"
run help
exits 0 "help"
like "$out" 'Commands:' "help lists the commands"
like "$out" 'Exit status:' "and the exit statuses"
run
commands=$("$DOMOVOI" completion words '')
for c in $commands; do
	run "$c" --help
	[[ $rc -eq 0 && $out == "Usage: domovoi $c"* ]]; ok "$c --help"
done
run help --man
like "$out" $'(^|\n)\.TH DOMOVOI 1' "a manual page"
is "$(printf '%s\n' "$out" | grep -c '^\.SS [a-z]')" "$(wc -w <<<"$commands")" "with every command"
is "$(printf '%s\n' "$out" | awk 'length > 0 && /^\./ && !/^\.(TH|SH|SS|TP|B|PP|EX|EE|TS|TE)/')" "" "and no stray request"

for s in bash zsh fish; do
	run completion $s
	[[ $rc -eq 0 && $out == *"completion words"* ]]; ok "completion $s"
done
run completion bash
bash -n <<<"$out"; ok "bash reads its script"
words() { "$DOMOVOI" completion words "$@" | paste -sd' '; }
is "$(words li)" list "completes a command"
is "$(words list res)" reservations "a resource"
is "$(words list reservations status=ch)" "status=checked_in" "a value of a filter"
is "$(words list reservations --sort chec)" check_in "the field of --sort"
is "$(words --format js)" "json jsonl" "the value of an option"
is "$(words list units --col)" --columns "an option of the command"
is "$(words do reservations 5 no)" no_show "an action"
is "$(words do reservations 5 cancel rea)" reason= "an argument of an action"
is "$(words report occupancy group=mo)" group=month "a report's parameter"
is "$(words show an)" analytics "a screen"
run completion words list units --format csv ''
exits 0 "completes after options"

run describe
exits 0 "describe"
is "$(json 'len(rows["resources"]) >= 6 and len(rows["reports"]) >= 5')" True "the catalogue is JSON"
run describe reservation
is "$(json 'rows["name"]')" reservations "a resource by its singular"
run describe occupancy
is "$(json 'rows["name"]')" occupancy "a report"

# ---- a demo with data ---------------------------------------------------------------------------------------

run demo --dir "$work/tiny" --size tiny --now "$now" --no-ui
exits 0 "demo --no-ui" "is up"
run demo --dir "$work/tiny" --print-dsn
exits 0 "demo --print-dsn"
dsn=$out
like "$dsn" "user='?head_1" "of the head of company 1"
[[ $dsn != *password* ]]; ok "which holds no password"
run demo --dir "$work/tiny" --as auditor --print-dsn
auditor=$out
run demo --dir "$work/tiny" --as manager --company 2 --print-dsn
exits 0 "another role in another company"
manager2=$out
run demo --dir "$work/tiny" --size small --no-ui
[ "$rc" -ne 0 ] && [[ $err == *--reset* ]]; ok "another size is refused with the remedy"
run demo --dir "$work/tiny" --now "$now"
is "$(printf '%s\n' "$out" | wc -l)" 24 "demo without a terminal prints the home screen"
run --now "$now" --dsn "$dsn"
is "$(printf '%s\n' "$out" | wc -l)" 24 "so does no command at all"
run --now "$now" db status --dir "$work/tiny"
exits 0 "db status"
[[ $out == *0001_tables*applied* ]]; ok "tells what is applied"
run db doctor --dir "$work/tiny"
exits 0 "db doctor finds nothing bad"
run db migrate --dir "$work/tiny"
exits 0 "db migrate again"
run db seed --dir "$work/tiny"
exits 0 "db seed again"

# ---- reading ------------------------------------------------------------------------------------------------

dom whoami
exits 0 "whoami"
dom whoami --format json
is "$(json 'rows[0]["role"], rows[0]["company"], "unit.view" in rows[0]["permissions"]')" "('head', 1, True)" \
	"whoami as JSON"
dom list units
exits 0 "list"
units=$(($(printf '%s\n' "$out" | wc -l) - 1))
like "$(head -n 1 <<<"$out")" $'^id\tcompany\tcode\t' "tsv in a pipe, with stable names"
dom list units --count
is "$out" "$units" "--count"
dom list units --count --format json
is "$(json 'rows[0]["count"]')" "$units" "--count as JSON"
dom list reservations --format json
reservations=$(json 'len(rows)')
dom list reservations --count
is "$out" "$reservations" "as many reservations as are counted"
dom list reservations --format jsonl
is "$(python3 -c 'import json,sys; print(sum(1 for l in sys.stdin if isinstance(json.loads(l), dict)))' <<<"$out")" \
	"$reservations" "jsonl: an object a line"
dom list reservations --format csv --limit 7
is "$(python3 -c 'import csv,sys; r=list(csv.DictReader(sys.stdin)); print(len(r), len(r[0]))' <<<"$out")" \
	"7 $(dom list reservations --limit 1; head -n 1 <<<"$out" | wc -w)" "csv: as many columns as tsv"
like "$err" 'more rows; go on with --after' "a cut list says so"
dom list reservations --format table --limit 3
like "$(head -n 1 <<<"$out")" '^No\. +Status' "a table has headings for people"
dom list reservations --format table --limit 1 --lang ru
exits 0 "--lang ru"
dom list units class=business --format json --limit 1
is "$(json 'sorted(rows[0])[:3], type(rows[0]["price_minor"]).__name__, type(rows[0]["version"]).__name__')" \
	"(['address', 'agent', 'agent_label'], 'int', 'int')" "JSON: ids with labels, amounts as integers"
dom list reservations --columns no,unit,total --limit 1 --format json
is "$(json 'list(rows[0])')" "['no', 'unit', 'unit_label', 'total_minor', 'currency']" \
	"--columns: labels and currencies beside"
dom list reservations --columns no,unit,total --limit 1
is "$(head -n 1 <<<"$out")" $'no\tunit\ttotal_minor' "--columns: in tsv exactly these"
dom list reservations --columns nmo
exits 2 "--columns: an unknown field" "columns|field"
dom list units --sort -code --columns code
is "$(tail -n +2 <<<"$out")" "$(tail -n +2 <<<"$out" | LC_ALL=C.UTF-8 sort -r)" "--sort downwards"
dom list units --sort capacity
[ "$rc" -eq 2 ] || [ "$rc" -eq 6 ]; ok "--sort by a field without an index is refused"

# page by page gives the same as in one go
dom list reservations --columns id
all=$(tail -n +2 <<<"$out")
pages=
after=()
for _ in 1 2 3; do
	dom list reservations --columns id --limit 100 "${after[@]}"
	pages+=$(tail -n +2 <<<"$out")$'\n'
	after=(--after "$(sed -n 's/.*--after \([^,]*\),.*/\1/p' <<<"$err")")
done
is "$(head -n 250 <<<"$pages")" "$(head -n 250 <<<"$all")" "--after goes on where a page ended"
dom list reservations --after rubbish
exits 2 "--after: not a cursor"

dom list reservations status=confirmed 'check_in>=2026-06-16'
exits 0 "a filter in words"
dom list reservations 'status=confirmed check_in>=2026-06-16' --count
n=$out
dom list reservations status=confirmed 'check_in>=2026-06-16' --format json
is "$(json 'len(rows), set(r["status"] for r in rows), min(r["check_in"] for r in rows) >= "2026-06-16"')" \
	"($n, {'confirmed'}, True)" "selects what it says"
dom list reservations -status=confirmed --format json
is "$(json 'any(r["status"] == "confirmed" for r in rows)')" False "a leading dash is not"
dom list reservations 'stauts=hold'
[ "$rc" -eq 2 ] || [ "$rc" -eq 6 ]; ok "an unknown field in a filter"
dom list reservations 'check_in>=yesterdayish'
exits 6 "an unreadable date in a filter"
dom --as-of 2026-03-01 list reservations check_in=tod --format json
is "$(json 'set(r["check_in"] for r in rows) <= {"2026-03-01"}')" True "--as-of is today"
dom --as-of soonish list units
exits 2 "--as-of: not a date"

code=$(dom list units --limit 1 --columns code; tail -n 1 <<<"$out")
dom get units "$code"
exits 0 "get by code"
dom get unit "$code" --format json
is "$(json 'rows[0]["code"]')" "$code" "the singular is taken too"
dom get units "$code" --format table
like "$out" "Code +$code" "a record as a card"
dom get units no-such-unit
exits 3 "no such record: exit 3" "DM006"
dom get reservations 0
exits 3 "no such number: exit 3"

dom list units --format csv -o "$work/units.csv"
is "$rc:$out:$(wc -l <"$work/units.csv")" "0::$((units + 1))" "-o"
dom list units -o "$work/units.json"
is "$(out=$(cat "$work/units.json"); json 'len(rows)')" "$units" "-o: the format from the name"
echo keep >"$work/kept.csv"
dom list units nonsense=1 -o "$work/kept.csv"
is "$(cat "$work/kept.csv")" keep "-o: a failure leaves the old file"
is "$(find "$work" -maxdepth 1 -name '.kept*' | wc -l)" 0 "and nothing beside it"
dom list units -o "$work/no/such/dir/x"
exits 1 "-o: no such folder"
dom list units -o /dev/full
exits 1 "-o: a full disk" "No space"
dom list units -o /dev/null
exits 0 "-o: a device"
"$DOMOVOI" --dsn "$dsn" list units >/dev/full 2>"$work/err"
is $? 1 "stdout full"
"$DOMOVOI" --dsn "$dsn" list reservations 2>"$work/err" | head -n 1 >/dev/null
is "${PIPESTATUS[0]}:$(cat "$work/err")" "0:" "a reader that leaves is no error"

# ---- reports and screens ------------------------------------------------------------------------------------

for r in occupancy heatmap top revenue cancellations; do
	dom report $r --format json
	[ "$rc" -eq 0 ] && [ "$(json 'len(rows) > 0')" = True ]; ok "report $r, of this month"
	dom report $r --format table
	exits 0 "report $r for people"
done
dom report occupancy --format json
whole=$(json 'rows[0]["sold_nights"], rows[0]["revenue_minor"], rows[0]["available_nights"]')
dom report occupancy from=2026-06-01 to=2026-07-01 --format json
is "$(json 'rows[0]["sold_nights"], rows[0]["revenue_minor"], rows[0]["available_nights"]')" "$whole" \
	"the default period is the month of --now"
for g in unit building class agent month; do
	dom report occupancy group=$g --format json
	is "$(json 'sum(r["sold_nights"] for r in rows), sum(r["revenue_minor"] for r in rows), sum(r["available_nights"] for r in rows)')" \
		"$whole" "occupancy by $g adds up to the same"
done
dom --as-of 2026-05-10 report occupancy --format json
other=$(json 'rows[0]["sold_nights"]')
dom report occupancy from=2026-05-01 to=2026-06-01 --format json
is "$(json 'rows[0]["sold_nights"]')" "$other" "--as-of moves the default period"
dom report top of=unit by=stays limit=3 --format json
is "$(json 'len(rows) <= 4 and "value" in rows[0]')" True "top 3 and the others"
dom report occupancy form=2026-01-01
exits 2 "an unknown parameter" "Did you mean from"
dom report occupancy group=moon
exits 6 "an unknown choice"
dom report occupancy from=2026-07-01 to=2026-06-01
exits 6 "a period that ends before it begins"
dom report occupancy from=x
exits 6 "not a date"

for s in home portfolio bookings analytics help; do
	dom show $s
	is "$rc:$(printf '%s\n' "$out" | wc -l)" 0:24 "show $s"
	dom show $s --size 160x45
	is "$rc:$(printf '%s\n' "$out" | wc -l)" 0:45 "show $s, wide"
done
dom show home --keys '?'
exits 0 "show --keys"
printf '?\n' >"$work/keys"
dom show home --script "$work/keys" -o "$work/screen.txt"
is "$rc:$(wc -l <"$work/screen.txt")" 0:24 "show --script -o"

# ---- writing ------------------------------------------------------------------------------------------------

dom new units code=T-1 title='Trial one' kind=apartment price=12500.50 --format json
exits 0 "new"
is "$(json 'rows[0]["code"], rows[0]["price_minor"], rows[0]["version"]')" "('T-1', 1250050, 1)" "gives the record"
dom new units code=T-1 title='Again' kind=apartment
exits 5 "a code that is taken: exit 5"
dom new units title='No code' kind=apartment
exits 6 "a missing field: exit 6" "code"
dom new units code=T-2 title=x kind=apartment capacity=lots
exits 6 "a bad value: exit 6" "capacity"
dom new units code=T-2 title=x kind=apartment price=1.234
exits 6 "more digits than the currency has"
dom new units code=T-2 tilte=x
exits 6 "an unknown field" "title"
dom new units just-a-word
exits 2 "not name=value" "name=value"
dom new units code=T-2 title=$'red \e[31m' kind=apartment
exits 6 "a control character is refused"
dom edit units T-1 title='Trial 1' --version 1 --format jsonl
exits 0 "edit"
dom edit units T-1 title='Trial 2' --version 1
exits 5 "edit of an old version: exit 5" "DM003"
dom edit units no-such title=x
exits 3 "edit of nothing: exit 3"
dom edit units T-1 version=7
exits 6 "edit of what follows from other things"
run --dsn "$auditor" edit units T-1 title=x
exits 4 "edit without the right: exit 4" "DM005"
run --dsn "$manager2" get units T-1
exits 3 "another company's record does not exist"

dom new reservations unit=T-1 check_in=2026-07-01 check_out=2026-07-04 adults=2 --format json
exits 0 "a booking"
no=$(json 'rows[0]["no"]')
is "$(json 'rows[0]["nights"], rows[0]["total_minor"], rows[0]["unit_label"]')" "(3, 3750150, 'Trial 1')" \
	"priced by the unit's offer"
dom new reservations unit=T-1 check_in=2026-07-03 check_out=2026-07-06
exits 5 "the same night twice: exit 5" "DM004"
dom new reservations unit=T-1 check_in=2026-07-03 check_out=2026-07-03
exits 6 "no night at all"
dom actions reservations "$no" --format json
exits 0 "actions"
is "$(json '{r["action"]: r["allowed"] for r in rows}["confirm"], {r["action"]: r["allowed"] for r in rows}["check_out"]')" \
	"(True, False)" "which are allowed"
is "$(json 'all(r["reason"] for r in rows if not r["allowed"])')" True "and why the others are not"
dom do reservations "$no" confirm --format json
is "$(json 'rows[0]["status"]')" confirmed "do"
dom do reservations "$no" check_in
exits 5 "not before the day: exit 5"
dom do reservations "$no" cancel reason=other
exits 2 "what destroys asks first" "--yes"
dom do reservations "$no" cancel --yes
exits 6 "a reason is needed" "reason"
dom do reservations "$no" cancel reason=other --yes --format json
is "$(json 'rows[0]["status"], rows[0]["status_reason"]')" "('cancelled', 'other')" "cancelled"
dom do reservations "$no" confirm
exits 5 "a final state: exit 5" "DM001"
dom new blocks unit=T-1 check_in=2026-08-01 check_out=2026-08-05 reason=repair --format json
block=$(json 'rows[0]["id"]')
dom do blocks "$block" delete --yes
exits 0 "a block is taken away"
dom get blocks "$block"
exits 3 "and gone"

# ---- money --------------------------------------------------------------------------------------------------

run demo --dir "$work/tiny" --as accountant --print-dsn
accountant=$out
dom new parties name='Money Trial' --format json
payer=$(json 'rows[0]["no"]')
dom new charges party="$payer" amount=100 due_on=2026-06-01 kind=service note=keys --format json
exits 0 "a charge"
first=$(json 'rows[0]["no"]')
is "$(json 'rows[0]["amount_minor"], rows[0]["open_minor"], rows[0]["status"]')" "(10000, 10000, 'overdue')" "is owed, and overdue by the day"
dom new charges party="$payer" amount=100 due_on=2026-07-01 --format json
second=$(json 'rows[0]["no"]')
dom new payments party="$payer" amount=150 method=cash receipt=R-7 --format json
exits 0 "a payment"
pay=$(json 'rows[0]["no"]')
is "$(json 'rows[0]["status"], rows[0]["unallocated_minor"]')" "('recorded', 0)" "waits to be confirmed"
dom do payments "$pay" confirm --format json
is "$(json 'rows[0]["status"], rows[0]["allocated_minor"]')" "('succeeded', 15000)" "then covers what is open"
dom list charges party="$payer" --format json
is "$(json '{r["status"]: r["open_minor"] for r in rows}')" "{'paid': 0, 'partial': 5000}" "the oldest first"
dom list charges party="$payer" status=partial,overdue --columns no,open --format csv
is "$(sed -n 2p <<<"$out" | cut -d, -f1)" "$second" "a state finds its charges"
dom do payments "$pay" allocate charge="$first"
exits 6 "nothing is left to cover more" "DM007"
dom do payments "$pay" unallocate charge="$second" amount=20 --format json
is "$(json 'rows[0]["unallocated_minor"]')" 2000 "what covers a charge can be taken off"
dom do payments "$pay" refund amount=120 reason=trial
exits 0 "a refund is asked for"
dom list refunds party="$payer" --format json
refund=$(json 'rows[0]["no"]')
dom do refunds "$refund" approve
exits 4 "not approved by who asked" "DM014.*colleague"
run --now "$now" --dsn "$accountant" do refunds "$refund" approve
exits 0 "but by a colleague"
dom do refunds "$refund" pay --yes --format json
is "$(json 'rows[0]["status"]')" done "and paid out"
dom list charges party="$payer" status=overdue --format json
is "$(json '[r["open_minor"] for r in rows]')" "[7000]" "the money came off the charges again"
dom list accounts party="$payer" --format json
is "$(json '[r["balance_minor"] for r in rows]')" "[17000]" "and is owed"
dom do charges "$second" void --yes
exits 6 "to void a charge needs a reason" "reason"
dom do charges "$second" void reason=trial --yes --format json
is "$(json 'rows[0]["status"], rows[0]["open_minor"]')" "('voided', 0)" "with one it is done"
dom list postings party="$payer" --format json
is "$(json 'sum(r["amount_minor"] for r in rows)')" 7000 "the ledger says the same"
dom new expenses unit=T-1 kind=repair amount=30 --format json
exits 0 "an expense"
dom new period_locks upto=2026-12-31
exits 6 "what is not over is not closed" "over"
run --dsn "$auditor" new payments party="$payer" amount=1 method=cash
exits 4 "an auditor records nothing" "DM005"

# ---- hostile texts ------------------------------------------------------------------------------------------

admin=$(sed "s/user='[^']*'/user='postgres'/" <<<"$dsn")
if psql -Xq "$admin" -c "update domovoi.unit set title = E'=1+1 \\x1b[31m\\x1b]0;x\\x07 \\u202Eabc \\u009b31m \"q\", tab\\there' where code = 'T-1'" \
	>/dev/null 2>&1; then
	for f in table tsv csv json jsonl md; do
		"$DOMOVOI" --dsn "$dsn" list units code=T-1 --format $f >"$work/hostile" 2>&1
		tr -d '\r\t' <"$work/hostile" >"$work/hostile.seen"
		is "$(controls "$work/hostile.seen")" 0 "nothing hostile gets through $f"
	done
	dom list units code=T-1 --format json
	is "$(json 'rows[0]["title"].startswith("=1+1 \x1b[31m\x1b]0;x\x07 \u202e")')" True "JSON keeps it, escaped"
	dom list units code=T-1 --format csv --columns title
	like "$out" "\"'=1\\+1" "csv: no formula, quotes kept"
	dom get units T-1 --format table
	printf '%s\n' "$out" >"$work/hostile"
	is "$(controls "$work/hostile")" 0 "nor through a card"
	dom show portfolio
	printf '%s\n' "$out" >"$work/hostile"
	is "$(controls "$work/hostile")" 0 "nor through a screen"
fi

# ---- the portfolio: listings, stock, files, access codes -------------------------------------------------------

dom new units code=P-1 title="Portfolio flat" kind=apartment address="Abay 1" amenities="Wi-Fi, Кухня" --format json
is "$(json 'rows[0]["amenities"], rows[0]["address"]')" "('kitchen,wifi', 'Abay 1')" "a unit with its amenities"
dom list units amenities~kitchen --columns code --format jsonl
like "$out" '"P-1"' "is found by them"
dom edit units P-1 amenities=jacuzzi
exits 6 "an amenity that nobody knows" "amenities"
dom new offerings unit=P-1 mode=long_rent price=300000 --format json
offer=$(json 'rows[0]["id"]')
is "$(json 'rows[0]["status"], rows[0]["price_per"]')" "('draft', 'month')" "an offering by the month is a draft"
dom do offerings "$offer" publish data_correct=yes right_to_let=yes
exits 5 "without a description it is not published" "100 to 2000"
dom edit units P-1 description="$(printf 'd%.0s' {1..120})"
dom do offerings "$offer" publish data_correct=yes
exits 6 "both confirmations are needed" "right_to_let"
dom do offerings "$offer" publish data_correct=yes right_to_let=yes --format json
is "$(json 'rows[0]["status"]')" active "published"
dom edit units P-1 rooms=5
exits 5 "what is published stays" "DM013 rooms: .*edit_immutable"
dom do units P-1 edit_immutable rooms=5 reason="mistyped" --format json
is "$(json 'rows[0]["rooms"], rows[0]["edit_reason"]')" "(5, 'mistyped')" "or is corrected with a reason"
dom edit offerings "$offer" price=310000 price_reason=index
dom list price_changes unit=P-1 --format json
is "$(json 'rows[0]["old_price_minor"], rows[0]["new_price_minor"], rows[0]["reason"]')" "(30000000, 31000000, 'index')" "a price's history"
dom do offerings "$offer" deactivate reason=repair until=2026-09-01 --yes --format json
is "$(json 'rows[0]["status"], rows[0]["planned_return"]')" "('inactive', '2026-09-01')" "off offer until September"
dom new stock_periods unit=P-1 mode=slot from_on=2027-01-01 to_on=2027-02-01 --format json
is "$(json 'rows[0]["from_on"], rows[0]["to_on"]')" "('2027-01-01', '2027-02-01')" "a stock period"
dom new stock_periods unit=P-1 mode=slot from_on=2027-01-31
exits 5 "beside the others" "DM004 from_on"
dom new attachments unit=P-1 file_name=hall.jpg mime=image/jpeg bytes=120000 --format json
is "$(json 'rows[0]["is_main"], rows[0]["sort"]')" "(True, 1)" "the first photo is the main one"

mkdir -p "$work/sealing"
chmod 700 "$work/sealing"
mkdir -p "$work/config/domovoi"
printf '[codes]\ndsn = %s\ncodes_key = %s\n[realtor]\ndsn = %s\ncodes_key = %s\n' "$dsn" "$work/sealing/codes.key" \
	"$("$DOMOVOI" demo --dir "$work/tiny" --as auditor --print-dsn)" "$work/sealing/codes.key" >"$work/config/domovoi/profiles"
chmod 600 "$work/config/domovoi/profiles"
code() { # code INPUT ARG…: as run, with standard input
	local input=$1
	shift
	out=$(printf '%s' "$input" | "$DOMOVOI" --now "$now" --profile codes "$@" 2>"$work/err")
	rc=$?
	err=$(cat "$work/err")
}
code '12К34#' do units P-1 set_code kind=door
exits 1 "no key file yet" "openssl rand"
(umask 077 && openssl rand -base64 32 >"$work/sealing/codes.key")
chmod 644 "$work/sealing/codes.key"
code '12К34#' do units P-1 set_code kind=door
exits 1 "a key that others can read is not used" "chmod 600"
chmod 600 "$work/sealing/codes.key"
code '12К34#' do units P-1 set_code kind=door
exits 0 "a code is set from standard input"
[[ $out$err != *12К34* ]]; ok "and is not repeated"
code '' do units P-1 reveal_code kind=door reason="guest asks"
is "$rc:$out:$err" "0:12К34#:" "revealed: the code and nothing else"
code '' show units --keys '/code=P-1<Enter> Enter F8 2 cleaner<Enter>'
like "$out" "shown on a terminal only" "the console asks for it, too, and what it prints has it not"
[[ $out$err != *12К34* ]]; ok "and is without the code"
code '' do units P-1 reveal_code kind=door
exits 2 "with a reason" "reason"
code '' do units P-1 reveal_code kind=safe reason=x
exits 3 "there is no such code" "no such code"
code '' do units P-1 set_code kind=door code=9876
exits 2 "a code is no argument" "standard input"
[[ $err != *9876* ]]; ok "and is not said again"
code '' do units P-1 set_code kind=door 9876
exits 2 "nor a word"
[[ $err != *9876* ]]; ok "which is not said again, either"
code '' do units P-1 set_code kind=door
exits 6 "no code at all"
out=$("$DOMOVOI" --now "$now" --profile realtor do units P-1 reveal_code kind=door reason=x 2>"$work/err")
rc=$? err=$(cat "$work/err")
exits 4 "an auditor sees no code" "DM005"
is "$out" "" "nothing of it"
dom do units P-1 reveal_code kind=door reason=x
exits 1 "no key file is named" "codes_key"
dom list code_views unit=P-1 --sort at --format json
is "$(json 'sorted((r["action"], r["kind"], r["allowed"]) for r in rows)')" \
	"[('reveal', 'door', False), ('reveal', 'door', True), ('reveal', 'door', True), ('reveal', 'safe', False), ('set', 'door', True)]" \
	"each look is in the log, refused ones, too"
"$DOMOVOI" --dsn "$dsn" get units P-1 --format json >"$work/unit" 2>&1
for r in units code_views offerings; do "$DOMOVOI" --dsn "$dsn" list $r --limit 0 --format json >>"$work/unit" 2>&1; done
"$DOMOVOI" describe >>"$work/unit"
is "$(grep -c '12К34' "$work/unit")" 0 "no list, export or description has the code"
(umask 077 && openssl rand -base64 32 >"$work/sealing/codes.key")
code '' do units P-1 reveal_code kind=door reason=x
exits 1 "another key opens nothing" "E-SEAL"
dom do units P-1 clear_code kind=door --yes
exits 0 "a code is deleted"
rm -r "$work/config/domovoi"

# ---- profiles -----------------------------------------------------------------------------------------------

mkdir -p "$work/config/domovoi"
printf '# where\n[default]\ndsn = %s\nlang = en\n\n[aud]\ndsn = %s\n' "$dsn" "$auditor" >"$work/config/domovoi/profiles"
chmod 600 "$work/config/domovoi/profiles"
run whoami --format json
is "$(json 'rows[0]["role"]')" head "the profile named default"
run whoami --format json --profile aud
is "$(json 'rows[0]["role"]')" auditor "--profile"
run --profile nobody whoami
exits 2 "an unknown profile" "no profile nobody"
chmod 666 "$work/config/domovoi/profiles"
run whoami
exits 2 "a file that others may write is refused" "chmod 600"
chmod 600 "$work/config/domovoi/profiles"
printf '[default]\ndsn = host=x password=secret\n' >"$work/config/domovoi/profiles"
run whoami
exits 2 "a password in a profile is refused" "pgpass"
[[ $err != *secret* ]]; ok "and not repeated"
printf '[default]\ncolour = red\n' >"$work/config/domovoi/profiles"
run whoami
exits 2 "an unknown key" "profiles:2"
rm -r "$work/config"

# ---- imports ------------------------------------------------------------------------------------------------

run demo --dir "$work/empty" --size empty --now "$now" --no-ui
dsn=$("$DOMOVOI" demo --dir "$work/empty" --print-dsn)

# A hotel's two files, as another system writes them: stays that never overlap, cancellations, no-shows, free nights.
awk -v units="$work/hotel_units.csv" -v stays="$work/hotel_stays.csv" 'BEGIN {
	srand(7)
	printf "code,title,room_type,kind\r\n" >units
	printf "number,unit,check_in,check_out,nights,status,booked_on,status_on,price_per_night,total,currency,adults,children,country,channel,guest\r\n" >stays
	for (u = 1; u <= 20; u++) {
		code = sprintf("H%03d", u)
		printf "%s,\"Hotel \"\"Көктем\"\", %s\",%s,hotel_room\r\n", code, code, substr("ABC", u % 3 + 1, 1) >units
		day = 16436 + int(rand() * 5)            # 2015-01-01 and on
		for (i = 1; i <= 30; i++) {
			nights = 1 + int(rand() * 6); r = rand()
			status = r < 0.25 ? "cancelled" : r < 0.3 ? "no_show" : "completed"
			price = rand() < 0.05 ? 0 : 3000 + int(rand() * 9000)
			a = strftime("%Y-%m-%d", day * 86400, 1); b = strftime("%Y-%m-%d", (day + nights) * 86400, 1)
			booked = strftime("%Y-%m-%d", (day - int(rand() * 40)) * 86400, 1)
			printf "R-%05d,%s,%s,%s,%d,%s,%s,%s,%d.%02d,%d.%02d,EUR,%d,%d,KAZ,Direct,Гость %d\r\n", ++n, code, a, b, nights,
				status, booked, status == "completed" ? b : booked, price / 100, price % 100, price * nights / 100,
				price * nights % 100, 1 + int(rand() * 3), int(rand() * 2), int(rand() * 200) >stays
			if (status == "completed") day += nights + int(rand() * 4)
		}
	}
}' || { # an awk without strftime
	false; ok "an awk with strftime makes the files"
}

import_hotel() { # import_hotel UNITS STAYS NAME
	local rows stays
	rows=$(($(wc -l <"$1") - 1))
	stays=$(($(wc -l <"$2") - 1))
	run --dsn "$dsn" import units "$1" --dry-run
	is "$rc:$err" "0:domovoi: $1: $rows would be created, 0 unchanged, 0 rejected; nothing was changed" "$3: a dry run"
	run --dsn "$dsn" list units --count
	is "$out" "$had" "$3: changes nothing"
	run --dsn "$dsn" import units "$1"
	is "$rc:$err" "0:domovoi: $1: $rows created, 0 unchanged, 0 rejected" "$3: units"
	run --dsn "$dsn" import reservations "$2"
	is "$rc:$err" "0:domovoi: $2: $stays created, 0 unchanged, 0 rejected" "$3: reservations"
	run --dsn "$dsn" import units "$1"
	is "$rc:$err" "0:domovoi: $1: 0 created, $rows unchanged, 0 rejected" "$3: units again change nothing"
	run --dsn "$dsn" import reservations "$2"
	is "$rc:$err" "0:domovoi: $2: 0 created, $stays unchanged, 0 rejected" "$3: reservations again change nothing"
	run --dsn "$dsn" list reservations --count
	is "$out" "$((had_stays + stays))" "$3: every row is there"
}

# The same figures by a few lines of awk (fields: check_in 3, nights 5, status 6, booked_on 7, price 9).
figures() { awk -F, 'NR > 1 { all++; gone += $6 == "cancelled"
	if ($6 == "completed") { sold += $5; money += sprintf("%.0f", $9 * 100) * $5 } }
	END { printf "%d %d %d %d %d\n", sold, money, int(money / sold + 0.5), all, int(gone / all * 10000 + 0.5) }' "$1"; }
reported() {
	run --dsn "$dsn" report occupancy from="$1" to="$2" --format json
	local o c
	o=$(json '"%d %d %d" % (rows[0]["sold_nights"], rows[0]["revenue_minor"], rows[0]["adr_minor"])')
	run --dsn "$dsn" report cancellations from=2010-01-01 to="$2" --format json
	c=$(json '"%d %d" % (rows[0]["total"], rows[0]["share_bp"])')
	echo "$o $c"
}
had=0 had_stays=0
import_hotel "$work/hotel_units.csv" "$work/hotel_stays.csv" hotel
is "$(reported 2015-01-01 2017-01-01)" "$(figures "$work/hotel_stays.csv")" \
	"hotel: sold nights, revenue, average price, cancellations as awk counts them"
run --dsn "$dsn" report occupancy from=2015-02-01 to=2015-03-01 group=unit --format json
is "$(json 'sum(r["sold_nights"] for r in rows)')" "$(python3 - "$work/hotel_stays.csv" <<'END'
import csv, datetime as d, sys
a, b, n = d.date(2015, 2, 1), d.date(2015, 3, 1), 0
for r in csv.DictReader(open(sys.argv[1], encoding='utf-8', newline='')):
    if r['status'] == 'completed':
        n += max(0, (min(b, d.date.fromisoformat(r['check_out'])) - max(a, d.date.fromisoformat(r['check_in']))).days)
print(n)
END
)" "hotel: nights are clipped to the period"

# Bad rows are named by line and field, good ones are kept.
cat >"$work/bad.csv" <<'END'
number,unit,check_in,check_out,nights,status,price_per_night,currency,guest
B-1,H001,2019-01-01,2019-01-03,2,completed,10.00,EUR,Anna
B-2,H001,2019-13-01,2019-01-05,2,completed,10.00,EUR,Anna
B-3,H999,2019-02-01,2019-02-03,2,completed,10.00,EUR,Anna
B-4,H001,2019-01-02,2019-01-04,2,completed,10.00,EUR,Anna
B-5,H001,2019-03-01,2019-03-03,5,completed,10.00,EUR,Anna
B-6,H001,2019-03-01,2019-03-03,2,sleeping,10.00,EUR,Anna
B-7,H001,2019-03-01,2019-03-03,2,completed,10.001,EUR,Anna
B-8,H001,2019-03-01
B-9,H001,2019-04-01,2019-04-03,2,completed,10.00,EUR,"Anna, ""the second"""
END
run --dsn "$dsn" import reservations "$work/bad.csv"
exits 6 "bad rows: exit 6" "2 created, 0 unchanged, 7 rejected"
is "$(grep -oE 'bad.csv:[0-9]+ [a-z_]*' <<<"$err" | paste -sd' ')" \
	"bad.csv:3 check_in bad.csv:4 unit bad.csv:5 unit bad.csv:6 nights bad.csv:7 status bad.csv:8 price_per_night bad.csv:9 the" \
	"each by line and field, in order"
like "$err" 'bad.csv:5 unit: .* \(DM004\) ' "with reason, code and remedy"
run --dsn "$dsn" list reservations external_id=B-9 --format json
is "$(json 'rows[0]["party_label"]')" 'Anna, "the second"' "quotes in a name"

# A map: other headings, ignored columns, constants, other dates, semicolons, a byte order mark.
cat >"$work/map" <<'END'
# from the old system
= -
Nr = external_id
"Haus = Zimmer" = unit   # quoted: it has a sign of ours
Anreise = check_in as dd.mm.yyyy
Abreise = check_out as dd/mm/yyyy
Bemerkung = comment
Farbe = -
currency := EUR
status := completed
END
printf '\xef\xbb\xbf;Nr;Haus = Zimmer;Anreise;Abreise;Bemerkung;Farbe\r\n1;M-1;H002;01.02.2020;03/02/2020;"viele\r\nZeilen; und \xf0\x9f\x8f\xa0";rot\r\n\r\n2;M-2;H002;31.02.2020;05/03/2020;;rot\r\n' \
	>"$work/mapped.csv"
run --dsn "$dsn" import reservations "$work/mapped.csv" --map "$work/map"
exits 6 "a map file" "1 created, 0 unchanged, 1 rejected"
like "$err" 'mapped.csv:5 check_in: .*31\.02\.2020' "lines are counted through quoted newlines"
run --dsn "$dsn" list reservations external_id=M-1 --format json
is "$(json 'rows[0]["check_in"], rows[0]["check_out"], rows[0]["comment"]')" \
	"('2020-02-01', '2020-02-03', 'viele\nZeilen; und 🏠')" "what it says is taken"
run --dsn "$dsn" import reservations "$work/mapped.csv"
exits 6 "without the map: an unknown column" 'column without a name|unknown column'
like "$err" 'external_id' "and the known ones are listed"
printf 'code,title,wings\nX,Y,2\n' >"$work/x.csv"
run --dsn "$dsn" import units "$work/x.csv"
exits 6 "an unknown column" 'unknown column "wings".*Fields: .*capacity'
printf 'Nope = code\n' >"$work/x.map"
run --dsn "$dsn" import units "$work/x.csv" --map "$work/x.map"
exits 6 "a map for another file" 'x.map:1: the file has no column'
run --dsn "$dsn" import units "$work/no-such.csv"
exits 2 "no such file"
: >"$work/none.csv"
run --dsn "$dsn" import units "$work/none.csv"
exits 6 "an empty file" "is empty"
printf 'code,title,kind\nU8-1,ok,room\nU8-2,b\x81d,room\nU8-3,"never closed,room\n' >"$work/bytes.csv"
run --dsn "$dsn" import units "$work/bytes.csv"
exits 6 "a quote that is never closed" 'line 4'
like "$err" 'bytes.csv:3 title: .*UTF-8' "bytes that are not UTF-8"
printf '@bad-bytes = replace\n' >"$work/x.map"
printf 'code,title,kind\nU8-2,b\x81d,room\n' | { "$DOMOVOI" --dsn "$dsn" import units - --map "$work/x.map" 2>"$work/err"; }
is "$?" 0 "may be replaced; - is the standard input"
run --dsn "$dsn" import dreams "$work/x.csv"
exits 2 "no such resource"
printf 'name,phone,country\nАйгүл Серікқызы,+77011234567,KAZ\nO’Hara,,IRL\n' >"$work/parties.csv"
run --dsn "$dsn" import parties "$work/parties.csv"
exits 0 "parties" "2 created"

# What was exported can be taken again.
run --dsn "$dsn" list units --format csv -o "$work/round.csv"
run --dsn "$dsn" import units "$work/round.csv"
exits 0 "an export imported again changes nothing" " 0 created, .* 0 rejected"

# Nothing is half done when it is interrupted.
mkfifo "$work/fifo"
"$DOMOVOI" --dsn "$dsn" import units "$work/fifo" 2>"$work/err" &
pid=$!
exec 9>"$work/fifo"
printf 'code,title,kind\nF-1,first,room\n' >&9
until grep -q "^State:.[SD]" "/proc/$pid/status" && ls -l "/proc/$pid/fd" 2>/dev/null | grep -q fifo; do :; done
kill -INT "$pid"
wait "$pid"
is $? 130 "interrupted: exit 130"
exec 9>&-

# Ten thousand rows in seconds.
awk 'BEGIN { print "code,title,kind"; for (i = 1; i <= 10000; i++) printf "K%05d,Комната %d,room\n", i, i }' >"$work/many.csv"
t0=$SECONDS
run --dsn "$dsn" import units "$work/many.csv"
exits 0 "ten thousand rows" "10000 created"
diag "$((SECONDS - t0)) s"
run --dsn "$dsn" list units --count
[ "$out" -gt 10000 ]; ok "more than ten thousand are counted exactly"
is "$out" "$(run --dsn "$dsn" list units --columns id; tail -n +2 <<<"$out" | wc -l)" "and all of them stream by"

# ---- the real files -----------------------------------------------------------------------------------------

if [ -n "${DOMOVOI_DATA-}" ]; then
	run demo --dir "$work/empty" --size empty --reset --now "$now" --no-ui
	exits 0 "demo --reset"
	dsn=$("$DOMOVOI" demo --dir "$work/empty" --print-dsn)
	t0=$SECONDS
	import_hotel "$DOMOVOI_DATA/resort_units.csv" "$DOMOVOI_DATA/resort_reservations.csv" resort
	diag "resort: $((SECONDS - t0)) s"
	is "$(reported 2015-01-01 2018-01-01)" "$(figures "$DOMOVOI_DATA/resort_reservations.csv")" \
		"resort: sold nights, revenue, average price, cancellations as awk counts them"
	cat >"$work/airbnb.map" <<-'END'
		= -
		id = code
		room_type = class
		kind := apartment
		currency := USD
		@bad-bytes = replace
	END
	for h in host_id host_name neighbourhood_group neighbourhood latitude longitude minimum_nights number_of_reviews \
		last_review reviews_per_month calculated_host_listings_count availability_365 number_of_reviews_ltm license state city; do
		echo "$h = -"
	done >>"$work/airbnb.map"
	run --dsn "$dsn" import units "$DOMOVOI_DATA/airbnb_listings_2163.csv" --map "$work/airbnb.map"
	exits 0 "airbnb: listings of every script" "2159 created, 0 unchanged, 0 rejected"
	run --dsn "$dsn" import units "$DOMOVOI_DATA/airbnb_listings_2163.csv" --map "$work/airbnb.map"
	exits 0 "airbnb: again nothing changes" " 0 created, 2159 unchanged, 0 rejected"
fi

# ---- the demo that nobody names ------------------------------------------------------------------------------

own() { XDG_DATA_HOME=$work/data run "$@"; }
own demo --size empty --no-ui
exits 0 "a demo in the user's data directory"
own demo --stop
own list units --count
is "$rc:$out" 0:0 "a stopped demo is started by whoever needs it"
own --as realtor whoami --format json
is "$(json 'rows[0]["role"]')" realtor "--as"
own --as nobody whoami
exits 2 "a role that does not exist" "head"
own demo --stop
exits 0 "and stopped again"

# ---- the end ------------------------------------------------------------------------------------------------

for d in tiny empty; do
	run demo --dir "$work/$d" --stop
	exits 0 "demo --stop" "is stopped"
done
run demo --dir "$work/tiny" --stop
exits 0 "demo --stop, twice" "not running"
done_testing
