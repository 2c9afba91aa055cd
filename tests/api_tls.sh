#!/usr/bin/env bash
# What goes on over TLS: event streams and WebSockets (api_tls.py). Needs PGHOST, PGUSER (a superuser with trust), PGDATABASE
# (the tiny demo).
cd "$(dirname "$0")" || exit 1
dir=$(mktemp -d /tmp/domovoi-tls.XXXXXX)
trap 'rm -rf "$dir"' EXIT
./api_tls.py "host=$PGHOST user=${PGUSER:-postgres} dbname=$PGDATABASE" "$dir"
