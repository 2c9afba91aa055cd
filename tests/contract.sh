#!/usr/bin/env bash
# The catalogue against the migrated database: each descriptor's view, columns, sort indexes, writable fields,
# permissions, actions, states and reports exist there as described. What is written twice must not differ.
set -eu
cd "$(dirname "$0")"
catalogue=$("$DOMOVOI" describe)
psql -XqAt -v ON_ERROR_STOP=1 -v catalogue="$catalogue" -f contract.sql
