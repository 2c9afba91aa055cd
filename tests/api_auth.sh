#!/usr/bin/env bash
# Signing in over two real domovoids: api_auth.py.
cd "$(dirname "$0")" || exit 1
. ./lib.sh
tiny_data api_auth || { printf '1..0 # no data\n'; exit 1; }
trap tiny_end EXIT
chmod 700 "$tiny_work" # keys are in it
./api_auth.py "$tiny_admin" "$tiny_work/api"
