#!/usr/bin/env bash
# A primary and a standby that confirms every commit, under domovoid: see api_failover.py. Both are made here, from the
# server of tests/run.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
work=$(mktemp -d /tmp/domovoi-failover.XXXXXX)
chmod 711 "$work"
trap 'cd /; pg_private_stop "$work/one"; pg_private_stop "$work/two"; rm -rf "$work"' EXIT
[ -n "${PGHOST-}" ] || { printf '1..0 # needs the server of tests/run\n'; exit 1; }
mkdir "$work/home"
export HOME=$work/home
unset XDG_DATA_HOME XDG_STATE_HOME XDG_CONFIG_HOME XDG_RUNTIME_DIR

copy() { # copy FROM TO SETTING…: a standby of FROM, or with no standby.signal a server of its own
	mkdir "$2"
	[ "$(id -u)" -ne 0 ] || chown postgres "$2"
	chmod 700 "$2"
	(cd / && as_pg "$pg_bin/pg_basebackup" -h "$1" -U postgres -D "$2/data" -c fast -X stream) || return 1
	printf '%s\n' "unix_socket_directories = '$2'" "${@:3}" | as_pg tee -a "$2/data/postgresql.conf" >/dev/null
}
mine=$PGHOST
copy "$mine" "$work/one" 'max_wal_senders = 4' >"$work/log" 2>&1 && pg_private_start "$work/one" &&
	copy "$work/one" "$work/two" "primary_conninfo = 'host=$work/one user=postgres application_name=two'" 'hot_standby = on' >>"$work/log" 2>&1 &&
	as_pg touch "$work/two/data/standby.signal" && pg_private_start "$work/two" || { cat "$work/log"; printf '1..0 # no standby\n'; exit 1; }
export PGHOST=$work/one PGUSER=postgres
fresh_database t_failover t_tiny
psql -Xqc "alter system set synchronous_standby_names = 'two'" -c 'select pg_reload_conf()' postgres >/dev/null
unset PGHOST PGUSER PGDATABASE
"$here/api_failover.py" "$work/one" "$work/two" t_failover "$work/api" "$tiny_now"
