#!/usr/bin/env bash
# The release archive builds, passes its own tests, installs and leaves nothing behind.
. "$(dirname "$0")/lib.sh"
log=$(mktemp)
unset DOMOVOI_LOCALEDIR DOMOVOI_THEMEDIR
make -C "$BUILD" distcheck DISTCHECK_CONFIGURE_FLAGS='--enable-werror CFLAGS=-O0' >"$log" 2>&1
ok "make distcheck"
[ "$tap_failed" -eq 0 ] || tail -n 40 "$log" | sed 's/^/# /'
rm -f "$log"
done_testing
