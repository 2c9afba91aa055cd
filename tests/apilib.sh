# Sourced after lib.sh by the suites of the API: a login for the server in $PGDATABASE, its keys, and domovoid itself.
# shellcheck shell=bash
# api_up DIR NAME [KEY=VALUE…]: starts domovoid, sets api_url. All of DIR use the same keys and database. api_down ends them.
api_pids=
api_up() {
	local dir=$1 name=$2 i pid
	shift 2
	mkdir -p "$dir"
	chmod 700 "$dir"
	[ -f "$dir/jwt.keys" ] || "$BUILD/domovoid" keygen "$dir" >"$dir/keygen.log" 2>&1 || { cat "$dir/keygen.log"; return 1; }
	psql -Xqc 'set client_min_messages = error' -c "do \$\$ declare g text; begin
		if not exists (select from pg_roles where rolname = 'test_api') then create role test_api login noinherit; end if;
		foreach g in array array['platform', 'company', 'assigned', 'own', 'landlord', 'api'] loop
			execute format('grant %I to test_api', 'domovoi_' || g); end loop; end \$\$" \
		-c 'alter role test_api set role = domovoi_api' \
		-c "insert into domovoi.api_role (rolname) values ('test_api') on conflict do nothing" || return 1
	{
		printf 'listen = 127.0.0.1:0\ndsn = host=%s user=test_api dbname=%s\n' "$PGHOST" "$PGDATABASE"
		printf 'jwt_keys = %s/jwt.keys\npepper = %s/pepper.key\nissuer = https://domovoi.test\n' "$dir" "$dir"
		printf '%s\n' "$@"
	} >"$dir/$name.conf"
	"$BUILD/domovoid" --config "$dir/$name.conf" >"$dir/$name.log" 2>&1 &
	pid=$! # a process substitution is the last one, too
	api_pids="$api_pids $pid"
	for ((i = 0; i < 600; i++)); do
		api_url=$(sed -n 's/.*"event":"listening","url":"\([^"]*\)".*/\1/p' "$dir/$name.log" | head -n 1)
		[ -z "$api_url" ] || { api_through "$dir"; return; }
		kill -0 "$pid" 2>/dev/null || break
		read -rt 0.1 <> <(:) || :
	done
	cat "$dir/$name.log"
	return 1
}

# api_through DIR: with API_PROXY (api_validator.sh), that program stands between from now on, and api_url is its address.
api_through() {
	[ -n "${API_PROXY-}" ] || return 0
	exec 8> >(exec $API_PROXY "$api_url" "$API_PROXY_LOG" >"$1/proxied") # it ends when nobody has this open any more
	for ((i = 0; i < 900; i++)); do
		api_url=$(cat "$1/proxied" 2>/dev/null)
		[ -z "$api_url" ] || return 0
		read -rt 0.1 <> <(:) || :
	done
	return 1
}

api_down() { # the status of the last one: a sanitizer's complaint at the end is one
	local pid rc=0
	for pid in $api_pids; do kill -TERM "$pid" 2>/dev/null; done
	for pid in $api_pids; do wait "$pid" || rc=$?; done
	api_pids=
	return $rc
}
