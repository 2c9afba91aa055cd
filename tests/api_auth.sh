#!/usr/bin/env bash
# Signing in over two real domovoids: api_auth.py. Needs PGHOST, PGUSER (a superuser with trust), PGDATABASE (the tiny demo).
cd "$(dirname "$0")" || exit 1
dir=$(mktemp -d /tmp/domovoi-auth.XXXXXX)
trap 'rm -rf "$dir"' EXIT
./api_auth.py "host=$PGHOST user=${PGUSER:-postgres} dbname=$PGDATABASE" "$dir"
