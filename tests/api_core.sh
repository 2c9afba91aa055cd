#!/usr/bin/env bash
# The server's transport over real sockets: limits, deadlines, hostile requests, TLS, reload, an end under load. The
# database of the caller (tests/run: a copy of t_tiny).
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d /tmp/domovoi-api-core.XXXXXX)
trap 'rm -rf "$work"' EXIT
psql -Xq -v ON_ERROR_STOP=1 <<-'SQL'
	set client_min_messages = error;
	do $$ begin if not exists (select from pg_roles where rolname = 't_api') then
	  create role t_api login noinherit; end if; end $$;
	grant domovoi_api, domovoi_platform, domovoi_company, domovoi_assigned, domovoi_own, domovoi_landlord to t_api;
	alter role t_api set role = domovoi_api;
	insert into domovoi.api_role (rolname) values ('t_api') on conflict do nothing;
SQL
mkdir -m 700 "$work/keys"
printf 'k1 %s\n' "$(head -c 32 /dev/urandom | base64 -w0)" >"$work/keys/jwt"
head -c 32 /dev/urandom | base64 -w0 >"$work/keys/pepper"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
	-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$work/keys/tls" -out "$work/keys/cert" 2>/dev/null
chmod 600 "$work"/keys/*
cat >"$work/conf" <<-END
	# of the test
	listen = 127.0.0.1:0, [::1]:0, unix:$work/api.sock
	metrics_listen = 127.0.0.1:0
	dsn = host=$PGHOST user=t_api dbname=$PGDATABASE
	jwt_keys = $work/keys/jwt
	pepper = $work/keys/pepper
	threads = 2
	connections = 4
	header_seconds = 2
	body_seconds = 2
	idle_seconds = 3
	log = $work/log
END
python3 -W ignore -u "$(dirname "$0")/api_core.py" "$BUILD/domovoid" "$work" "${TEST_COUNT-1}"
