#!/usr/bin/env python3
"""Every number of a report opens its rows: through the public command line, as anybody would check it. A row's list is
asked for by the catalogue's own drill-down, and what it adds up to must be what the row says.

    report_opens.py DOMOVOI DSN NOW
"""
import json
import re
import subprocess
import sys
from datetime import date

domovoi, dsn, now = sys.argv[1:4]
base = [domovoi, "--dsn", dsn, "--lang", "en", "--now", now]
PERIOD = ("2026-05-01", "2026-06-01")
ROWS = 4  # of each report: the first are the largest
failures = []
checked = 0


def ask(*words):
    done = subprocess.run(base + list(words), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{words}: {done.stderr}")
    return json.loads(done.stdout)


def listed(resource, text):
    return ask("list", resource, text, "--format", "json", "--limit", "0")


def nights(rows, a, b):
    """Nights of stays within [a, b)."""
    return sum(max(0, (min(date.fromisoformat(r["check_out"]), b) - max(date.fromisoformat(r["check_in"]), a)).days)
               for r in rows)


def total(rows, column, currency=None):
    return sum(r[column] or 0 for r in rows if currency is None or r["currency"] == currency)


def month_after(day):
    y, m = day.year + day.month // 12, day.month % 12 + 1
    return date(y, m, 1)


def days_of_agreements(rows, a, b):
    """Units' days under an agreement within [a, b)."""
    days = set()
    for r in rows:
        end = r["terminated_on"] or r["ends_on"]
        first, last = max(date.fromisoformat(r["starts_on"]), a), min(date.fromisoformat(end), b)
        days |= {(r["unit"], first.toordinal() + i) for i in range((last - first).days)}
    return len(days)


def check(what, said, found):
    global checked
    checked += 1
    if said != found:
        failures.append(f"{what}: says {said}, its list {found}")


def expand(template, row):
    def cell(match):
        name = match.group(1)
        if name.endswith("+1"):
            return str(month_after(date.fromisoformat(row[name[:-2]])))
        return str(row[name])
    if any(row.get(n.removesuffix("+1")) in (None, "") for n in re.findall(r"\{(.*?)\}", template)):
        return None
    return re.sub(r"\{(.*?)\}", cell, template)


CATALOGUE = {r["name"]: r for r in ask("describe", "--format", "json")["reports"]}


def rows_of(report, *args):
    """The first rows that open something, with the records they open."""
    about = CATALOGUE[report]
    opened = 0
    for row in ask("report", report, *args, "--format", "json"):
        resource, text = expand(about["drill_resource"], row), expand(about["drill_filter"], row)
        if resource and text and opened < ROWS:
            opened += 1
            yield row, listed(resource, text)
    if not opened:
        failures.append(f"{report} {' '.join(args)}: no row opens anything")


FROM, TO = f"from={PERIOD[0]}", f"to={PERIOD[1]}"
A, B = map(date.fromisoformat, PERIOD)

for group in "none", "unit", "building", "agent", "month":
    for row, rows in rows_of("occupancy", FROM, TO, f"group={group}"):
        check(f"occupancy by {group}, {row['name']}", row["sold_nights"], nights(rows, A, B))
for of in "unit", "agent", "building":
    for row, rows in rows_of("compare", FROM, TO, f"of={of}"):
        check(f"compare {of}, {row['name']}", row["sold_nights"], nights(rows, A, B))
for rows_by in "unit", "building", "weekday":
    for row, rows in rows_of("heatmap", FROM, TO, f"rows={rows_by}", "cell=" + ("week" if rows_by == "weekday" else "day")):
        check(f"heat map by {rows_by}, {row['cell']} {row['name']}", row["sold_nights"], len(rows))
for of in "unit", "client", "agent", "building":
    for row, rows in rows_of("top", FROM, TO, f"of={of}", "by=stays"):
        check(f"top {of} by stays, {row['name']}", row["value"], len(rows))
    for row, rows in rows_of("top", FROM, TO, f"of={of}", "by=nights"):
        check(f"top {of} by nights, {row['name']}", row["value"], nights(rows, A, B))
for row, rows in rows_of("top", "of=debtor", "by=debt", FROM, f"to={date.fromisoformat(now[:10]).replace(day=17)}"):
    check(f"top debtor, {row['name']}", row["value"], total(rows, "open_minor", row["currency"]))
for group in "none", "month", "week", "method", "unit":
    for row, rows in rows_of("revenue", FROM, TO, "basis=payments", f"group={group}"):
        check(f"payments by {group}, {row['name']}", row["amount_minor"] + row["refunded_minor"],
              total(rows, "amount_minor", row["currency"]))
    if group != "method":
        for row, rows in rows_of("revenue", FROM, TO, "basis=charges", f"group={group}"):
            check(f"charges by {group}, {row['name']}", row["amount_minor"], total(rows, "amount_minor", row["currency"]))
for group in "none", "initiator", "reason":
    for row, rows in rows_of("cancellations", FROM, TO, f"group={group}"):
        check(f"cancellations by {group}, {row['name']}", row["cancelled"], len(rows))
for group in "debtor", "unit", "none":
    for row, rows in rows_of("arrears", f"group={group}"):
        check(f"arrears by {group}, {row['name']}", row["arrears_minor"], total(rows, "open_minor", row["currency"]))
for group in "none", "debtor", "unit":
    for row, rows in rows_of("collection", FROM, TO, f"group={group}"):
        check(f"collection by {group}, {row['name']}", row["charged_minor"], total(rows, "amount_minor", row["currency"]))
PAID = {p["reservation"] for p in listed("payments", "status=succeeded,part_refunded,refunded")}
for group in "none", "agent":
    for row, rows in rows_of("commission", FROM, TO, f"group={group}"):  # of those that arrived, the ones that paid
        paid = [r for r in rows if r["id"] in PAID]
        check(f"commission by {group}, {row['name']}", row["stays"], len(paid))
    for row, rows in rows_of("stays", FROM, TO, f"group={group}"):
        check(f"stays by {group}, {row['name']}", row["departures"], len(rows))
for group in "unit", "none":
    for row, rows in rows_of("noi", FROM, TO, f"group={group}"):
        check(f"noi by {group}, {row['name']}", row["income_minor"], total(rows, "amount_minor", row["currency"]))
for row, rows in rows_of("rent_roll"):
    check(f"rent roll, {row['unit_label']}", 1, len(rows))
for report, column in ("today", "total"), ("attention", "count"):
    for row, rows in rows_of(report):
        check(f"{report}, {row['name']}", row[column], len(rows))
also = CATALOGUE["vacancy"]["drill_also"][0]
for row, rows in rows_of("vacancy", "from=2026-03-01", TO):
    a = date.fromisoformat(row["month"])
    leases = listed(also["resource"], expand(also["filter"], row))
    check(f"vacancy, {row['month']}", row["used_days"],
          nights(rows, a, month_after(a)) + days_of_agreements(leases, a, month_after(a)))

for line in failures:
    print("not", line)
print(f"{checked} numbers opened, {len(failures)} of them do not add up")
sys.exit(bool(failures))
