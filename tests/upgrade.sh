#!/usr/bin/env bash
# From the first schema with people's data in it to this one: nothing is lost, nothing changes its meaning. first.sql.gz
# is a dump of a small house as the first release kept it, with changes made by its program; first.txt is what that program
# answered to the questions. PGHOST is a private server (tests/run).
. "$(dirname "$0")/lib.sh"
work=$(mktemp -d /tmp/domovoi-upgrade.XXXXXX) || exit 1
chmod 711 "$work"
own=
if [ -z "${PGHOST-}" ]; then
	pg_private "$work/pg" || exit 1
	own=yes
fi
finish() {
	psql -Xqc 'drop database if exists upgraded with (force)' postgres 2>/dev/null
	[ -z "$own" ] || pg_private_stop "$work/pg"
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM
here=$TOP/tests/upgrade
super="host=$PGHOST user=$PGUSER dbname=upgraded"
sql() { psql -XAtq -d upgraded -c "$1"; }

psql -Xq -v ON_ERROR_STOP=1 -f "$TOP/db/roles.sql" -c 'create database upgraded' postgres >/dev/null || exit 1
gzip -dc "$here/first.sql.gz" | psql -Xq -v ON_ERROR_STOP=1 -d upgraded >"$work/restore" 2>&1
ok "the first schema is restored, with its data"
psql -Xq -c "do \$\$ begin if not exists (select from pg_roles where rolname = 'head_1') then
	create role head_1 login noinherit in role domovoi_company; end if; end \$\$" postgres
is "$(sql "select max(name) from domovoi_meta.applied where kind = 'migration'")" 0008_home "it ends with the first release's last step"
before=$(sql "select count(*), min(xid::text), max(seq) from domovoi.change_log")
mutations=$(sql "select md5(string_agg(id || status || result, '|' order by id)) from domovoi.mutation")

"$DOMOVOI" --dsn "$super" db migrate >"$work/out" 2>"$work/err"
ok "all steps since run over it"
is "$("$DOMOVOI" --dsn "$super" db status --format tsv | grep -c pending)" 0 "none is left"
"$DOMOVOI" --dsn "$super" db doctor >"$work/out" 2>"$work/err"
ok "the doctor finds nothing"
is "$(sql "select count(*), min(xid::text), max(seq) from domovoi.change_log where seq <= $(echo "$before" | cut -d'|' -f3)")" \
	"$before" "the feed keeps what it told"
is "$(sql "select md5(string_agg(id || status || result, '|' order by id)) from domovoi.mutation")" "$mutations" \
	"what was answered once is answered so again"

while read -r question; do
	case $question in '#'*) continue ;; esac
	printf '== %s\n' "$question"
	# shellcheck disable=SC2086
	"$DOMOVOI" --dsn "host=$PGHOST user=head_1 dbname=upgraded" --now 2026-06-16T09:00:00+05 --format tsv $question 2>>"$work/err"
done <"$here/questions" >"$work/answers"
# part FILE QUESTION: the answer's columns that the first program gave; a filter says the same in other words by now.
part() {
	awk -F '\t' -v q="== $2" -v known="$(awk -v q="== $2" 'on { print; exit } $0 == q { on = 1 }' "$here/first.txt")" '
		BEGIN { n = split(known, want, "\t") }
		/^== / { on = $0 == q; head = on; next }
		on && head { for (i = 1; i <= NF; i++) at[$i] = i; head = 0 }
		on { line = ""; for (i = 1; i <= n; i++) if (want[i] != "filter") line = line "\t" $at[want[i]]; print substr(line, 2) }
	' "$1"
}
while read -r _ question; do
	is "$(part "$work/answers" "$question")" "$(part "$here/first.txt" "$question")" "the same answer: ${question%% --columns*}"
done < <(grep '^==' "$here/first.txt")
"$DOMOVOI" --dsn "host=$PGHOST user=head_1 dbname=upgraded" --now 2026-06-16T09:00:00+05 new parties name=Later >/dev/null 2>"$work/err"
ok "and the house is worked on"
done_testing
