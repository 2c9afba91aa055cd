#!/usr/bin/env bash
# domovoid under the thread sanitizer, with people at work on several threads: see tsan.py. Only the program itself is built
# with it (BUILD/tsan); libuv, libmicrohttpd and OpenSSL are not, so what happens in them alone is not seen.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
trap 'cd / && tiny_end' EXIT
tiny_data tsan || { printf '1..0 # no data\n'; exit 1; }
mkdir -p "$BUILD/tsan"
cd "$BUILD/tsan" || exit 1
{
	[ -f Makefile ] || "$TOP/configure" --quiet --enable-tsan --enable-werror CFLAGS='-O1 -g' ${CC:+"CC=$CC"}
	make -s -j2 domovoid
} >"$tiny_work/make.log" 2>&1 || { sed 's/^/# /' "$tiny_work/make.log"; printf 'not ok 1 - domovoid is built with the thread sanitizer\n1..1\n'; exit 1; }
cd "$HOME" || exit 1
"$here/tsan.py" "$tiny_admin" "$tiny_work/api" "$BUILD/tsan/domovoid" "$here/tsan.supp"
