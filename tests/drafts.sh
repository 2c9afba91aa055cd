#!/usr/bin/env bash
# What is typed into a form survives kill -9, a colleague's change and a lost connection: the console in a pty.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
dir=$(mktemp -d /tmp/domovoi-drafts.XXXXXX)
chmod 711 "$dir"
if [ -n "${PGHOST-}" ]; then # tests/run made t_drafts
	trap 'rm -rf "$dir"' EXIT
	dsn="host=$PGHOST user=head_1 dbname=$PGDATABASE"
	admin="host=$PGHOST user=$PGUSER dbname=$PGDATABASE"
else
	trap '"$DOMOVOI" demo --dir "$dir/demo" --stop >/dev/null 2>&1; rm -rf "$dir"' EXIT
	"$DOMOVOI" demo --dir "$dir/demo" --size tiny --no-ui >/dev/null 2>&1
	dsn=$("$DOMOVOI" demo --dir "$dir/demo" --print-dsn)
	admin=
fi
python3 "$here/drafts.py" "$DOMOVOI" "$dsn" "$dir" "$admin"
