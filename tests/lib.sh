# Sourced by the shell suites: TAP on stdout, and a private PostgreSQL when one is needed.
# shellcheck shell=bash
set -u
LC_ALL=C.UTF-8
TZ=UTC
export LC_ALL TZ
# What the console remembers and the user's own settings: never the real ones.
XDG_STATE_HOME=${DOMOVOI_TEST_HOME-/tmp/domovoi-home.$$}/state
XDG_CONFIG_HOME=${DOMOVOI_TEST_HOME-/tmp/domovoi-home.$$}/config
export XDG_STATE_HOME XDG_CONFIG_HOME
tap_n=0
tap_failed=0

ok() { # ok NAME: the last command's status decides when called as `cmd; ok NAME`
	local rc=$?
	tap_n=$((tap_n + 1))
	if [ "$rc" -eq 0 ]; then
		printf 'ok %d - %s\n' "$tap_n" "$1"
	else
		printf 'not ok %d - %s\n' "$tap_n" "$1"
		tap_failed=$((tap_failed + 1))
	fi
}

is() { # is GOT WANT NAME
	if [ "$1" = "$2" ]; then
		true; ok "$3"
	else
		false; ok "$3"
		printf '#   got:  %s\n#   want: %s\n' "${1//$'\n'/$'\n'#         }" "${2//$'\n'/$'\n'#         }"
	fi
}

like() { # like GOT ERE NAME
	if [[ $1 =~ $2 ]]; then
		true; ok "$3"
	else
		false; ok "$3"
		printf '#   got:  %s\n#   want: /%s/\n' "${1//$'\n'/$'\n'#         }" "$2"
	fi
}

diag() { printf '%s\n' "$*" | sed 's/^/# /'; }

done_testing() {
	printf '1..%d\n' "$tap_n"
	[ "$tap_failed" -eq 0 ] && [ "$tap_n" -gt 0 ]
	exit
}

# ---- a private PostgreSQL: Unix socket only, owned by an unprivileged user, gone with pg_private_stop ----

pg_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
PATH=$pg_bin:$PATH # psql itself, not the wrapper that picks a cluster first

as_pg() { # run as the cluster's user
	if [ "$(id -u)" -eq 0 ]; then
		runuser -u postgres -- "$@"
	else
		"$@"
	fi
}

pg_private() { # pg_private DIR [SETTING…]: DIR is made; exports PGHOST, PGUSER, PGDATABASE
	local dir=$1
	shift
	mkdir -p "$dir"
	chmod 700 "$dir"
	[ "$(id -u)" -ne 0 ] || chown postgres "$dir"
	(cd "$dir" && as_pg "$pg_bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 \
		--no-sync) >"$dir.log" 2>&1 || { cat "$dir.log" >&2; return 1; }
	{
		printf "listen_addresses = ''\nunix_socket_directories = '%s'\n" "$dir"
		printf 'max_connections = 300\nfsync = off\nfull_page_writes = off\njit = off\nshared_buffers = 128MB\n'
		printf "timezone = 'UTC'\nlog_min_messages = fatal\n"
		printf '%s\n' "$@"
	} | as_pg tee -a "$dir/data/postgresql.conf" >/dev/null
	pg_private_start "$dir"
}

pg_private_start() {
	(cd "$1" && as_pg "$pg_bin/pg_ctl" -D "$1/data" -l "$1/log" -w -t 30 start) >/dev/null || {
		cat "$1/log" >&2
		return 1
	}
	export PGHOST=$1 PGUSER=postgres PGDATABASE=postgres
}

pg_private_copy() { # pg_private_copy DIR NEW: of a server that is at rest; it rests as well
	cp -a "$1" "$2" && printf "unix_socket_directories = '%s'\n" "$2" | as_pg tee -a "$2/data/postgresql.conf" >/dev/null
}

pg_private_rest() { (cd "$1" && as_pg "$pg_bin/pg_ctl" -D "$1/data" -m fast stop) >/dev/null; }

pg_private_stop() {
	(cd "$1" 2>/dev/null && as_pg "$pg_bin/pg_ctl" -D "$1/data" -m immediate stop) >/dev/null 2>&1
	rm -rf "$1" "$1.log"
}

# fresh_database NAME TEMPLATE: on the server of tests/run
fresh_database() { psql -Xqc 'set client_min_messages = error' -c "drop database if exists $1" -c "create database $1 template $2" postgres; }

# A copy of the tiny demo of one's own, its clock stopped: dsn_of LOGIN. On the server of tests/run if there is one.
# The caller's trap runs tiny_end.
tiny_now=2026-06-16T09:00:00+05:00
tiny_data() { # tiny_data NAME
	tiny_work=$(mktemp -d /tmp/domovoi-$1.XXXXXX)
	chmod 711 "$tiny_work"
	mkdir "$tiny_work/home" # what the console remembers or exports stays here
	export HOME=$tiny_work/home
	unset XDG_DATA_HOME XDG_STATE_HOME XDG_CONFIG_HOME XDG_RUNTIME_DIR
	if [ -n "${PGHOST-}" ]; then
		psql -Xqc 'set client_min_messages = error' -c "drop database if exists t_$1" \
			-c "create database t_$1 template t_tiny" postgres || return 1
		tiny_base="host=$PGHOST user=head_1 dbname=t_$1"
		tiny_admin="host=$PGHOST user=$PGUSER dbname=t_$1"
	else
		tiny_base=$("$DOMOVOI" demo --dir "$tiny_work/demo" --size tiny --now "$tiny_now" --no-ui --print-dsn) || return 1
		tiny_admin=$(printf '%s\n' "$tiny_base" | sed 's/user=[^ ]*/user=postgres/')
	fi
}
dsn_of() { printf '%s\n' "$tiny_base" | sed "s/user=[^ ]*/user=$1/"; }
tiny_end() {
	[ -n "${PGHOST-}" ] || "$DOMOVOI" demo --dir "$tiny_work/demo" --stop >/dev/null 2>&1
	rm -rf "$tiny_work"
}

# The server as it is shipped, for full counts (TEST_COUNT): a sanitised one's memory and times mean nothing. Sets SHIPPED.
shipped_server() {
	SHIPPED=$BUILD/domovoid
	[ "${TEST_COUNT-1}" -ge 20 ] && grep -q '^SAN_CFLAGS = .*sanitize' "$BUILD/Makefile" || return 0
	mkdir -p "$BUILD/shipped"
	( # of several suites the first builds it
		flock 9
		cd "$BUILD/shipped" || exit
		[ -f Makefile ] || "$TOP/configure" --quiet CFLAGS='-O2 -g' ${CC:+"CC=$CC"} && make -s -j2 domovoid
	) 9>"$BUILD/shipped/lock" >"$BUILD/shipped/make.log" 2>&1 || { diag "$(tail -n 20 "$BUILD/shipped/make.log")"; return 1; }
	SHIPPED=$BUILD/shipped/domovoid
}
