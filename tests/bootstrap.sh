#!/usr/bin/env bash
# The README's first command from an awkward place: a path with blanks and Cyrillic letters, an ordinary user,
# nothing built yet; the second run does nothing; without apt it names what is missing.
. "$(dirname "$0")/lib.sh"
unset DOMOVOI_LOCALEDIR DOMOVOI_THEMEDIR ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS
base=$(mktemp -d /tmp/domovoi-boot.XXXXXX)
copy="$base/мой домовой 1"
mkdir -p "$copy" "$base/home"
trap 'as_user ./bootstrap-stop >/dev/null 2>&1; chmod -R u+w "$base"; rm -rf "$base"' EXIT
tar -C "$TOP" --exclude=./build --exclude=./build-check --exclude=./.git --exclude=./autom4te.cache \
	--exclude=./configure --exclude=./domovoi -cf - . | tar -C "$copy" -xf -
if [ "$(id -u)" -eq 0 ]; then
	chmod 755 "$base"
	chown -R nobody "$base"
	as_user() { (cd "$copy" && runuser -u nobody -- env HOME="$base/home" XDG_DATA_HOME="$base/home/данные" "$@"); }
else
	as_user() { (cd "$copy" && env HOME="$base/home" XDG_DATA_HOME="$base/home/данные" "$@"); }
fi
printf '#!/bin/sh\nexec ./domovoi demo --stop\n' >"$copy/bootstrap-stop"
chmod 755 "$copy/bootstrap-stop"

as_user ./bootstrap demo --size tiny --lang en >"$base/out" 2>"$base/err"
ok "./bootstrap demo builds and runs, as an ordinary user"
[ "$tap_failed" -eq 0 ] || tail -n 30 "$base/err" | sed 's/^/# /'
is "$(wc -l <"$base/out")" 24 "stdout is the home screen, 24 lines"
like "$(head -n 1 "$base/out")" 'DOMOVOI' "with its header"
t0=$SECONDS
as_user ./bootstrap demo --lang en >"$base/out2" 2>"$base/err2"
ok "a second run works"
is "$(cat "$base/err2")" "" "and has nothing to say"
[ $((SECONDS - t0)) -lt 30 ]; ok "nor to build"
as_user ./bootstrap build >/dev/null 2>&1
like "$(cd / && as_user "$copy/domovoi" describe units | head -n 1)" '[[{]' "./domovoi runs the build from anywhere"
as_user ./domovoi demo --stop >/dev/null 2>&1
ok "and stops the demo"

mkdir "$base/bin"
for c in sh id dirname sed cat printf uname rm mkdir ls pwd tr grep; do
	ln -s "$(command -v "$c")" "$base/bin/$c" 2>/dev/null
done
line=$(cd "$copy" && PATH=$base/bin ./bootstrap build 2>&1 >/dev/null)
is "$(printf '%s\n' "$line" | wc -l)" 1 "without apt: one line"
like "$line" 'please install: .*libuv' "that names what is missing"
done_testing
