#!/usr/bin/env bash
# Live streams over a real domovoid: api_live.py. Needs PGHOST, PGUSER (a superuser with trust), PGDATABASE (the tiny demo).
cd "$(dirname "$0")" || exit 1
dir=$(mktemp -d /tmp/domovoi-live.XXXXXX)
trap 'rm -rf "$dir"' EXIT
./api_live.py "host=$PGHOST user=${PGUSER:-postgres} dbname=$PGDATABASE" "$dir"
