#!/usr/bin/env bash
# Ends of streams and of a real domovoid: api_ends.py. Needs PGHOST, PGUSER (a superuser with trust), PGDATABASE (the tiny demo).
cd "$(dirname "$0")" || exit 1
dir=$(mktemp -d /tmp/domovoi-ends.XXXXXX)
trap 'rm -rf "$dir"' EXIT
./api_ends.py "host=$PGHOST user=${PGUSER:-postgres} dbname=$PGDATABASE" "$dir"
