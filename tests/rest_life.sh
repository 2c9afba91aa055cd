#!/usr/bin/env bash
# The console and the command line over the API, at real terminals: rest_life.py.
cd "$(dirname "$0")" || exit 1
. ./lib.sh
tiny_data rest_life || { printf '1..0 # no data\n'; exit 1; }
trap tiny_end EXIT
chmod 700 "$tiny_work" # keys are in it
./rest_life.py "$tiny_admin" "$tiny_work" "$tiny_now" "$@"
