#!/usr/bin/env bash
# PgBouncer between the API and the database: see api_pooler.py. Four connections to the server, in transaction mode,
# without prepared statements (this version has none there).
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
trap 'cd / && kill "$(cat "$tiny_work/pool/pid")"; tiny_end' EXIT
tiny_data api_pooler || { printf '1..0 # no data\n'; exit 1; }
cd "$HOME" || exit 1
dir=$tiny_work/pool
mkdir "$dir"
cat >"$dir/pgbouncer.ini" <<-END
	[databases]
	* = host=$PGHOST
	[pgbouncer]
	listen_addr =
	listen_port = 6432
	unix_socket_dir = $dir
	unix_socket_mode = 0777
	auth_type = trust
	auth_file = $dir/users
	pool_mode = transaction
	default_pool_size = 4
	max_client_conn = 200
	ignore_startup_parameters = extra_float_digits,options
	logfile = $dir/log
	pidfile = $dir/pid
END
echo '"t_domovoid" ""' >"$dir/users"
[ "$(id -u)" -ne 0 ] || chown -R postgres "$dir"
as_pg /usr/sbin/pgbouncer -q "$dir/pgbouncer.ini" >"$dir/out" 2>&1 &
for _ in $(seq 100); do [ -S "$dir/.s.PGSQL.6432" ] && break; sleep 0.05; done
"$here/api_pooler.py" "$tiny_admin" "$tiny_work/api" "$dir"
status=$?
[ "$status" -eq 0 ] || tail -n 20 "$dir/log" "$dir/out" | sed 's/^/# /'
exit "$status"
