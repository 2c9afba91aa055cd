#!/usr/bin/env bash
# The catalogue against the migrated database: each descriptor's view, columns, sort indexes, writable fields,
# permissions, actions, states and reports exist there as described. What is written twice must not differ.
set -eu
cd "$(dirname "$0")"
# psql asks for the catalogue itself: it is longer than an argument may be
{ echo '\set catalogue `"$DOMOVOI" describe`'; cat contract.sql; } | psql -XqAt -v ON_ERROR_STOP=1
