#!/usr/bin/env bash
# The targets of tests/fuzz under clang's libFuzzer, in a build of its own, where clang is: a minute each with TEST_COUNT
# (make check-long), or FUZZ_SECONDS. Otherwise only that each of them was built; tests/run has replayed them with inputs
# of their own making. What a target dies of is kept in BUILD/fuzz.
. "$(dirname "$0")/lib.sh"
cd "$(dirname "$0")/.." || exit 1
top=$PWD
targets=$(cd tests/fuzz && printf '%s\n' *.c | sed 's/\.c$//')
for t in $targets; do [ -x "$BUILD/tests/fuzz_$t" ]; ok "$t is built"; done
[ "${TEST_COUNT-1}" -lt 20 ] || seconds=60
seconds=${FUZZ_SECONDS-${seconds-0}}
if [ "$seconds" -eq 0 ] || ! command -v clang >/dev/null; then
	diag "no libFuzzer: FUZZ_SECONDS is $seconds, clang is $(command -v clang || echo not there)"
	done_testing
fi
rm -rf "$BUILD/fuzz"
mkdir "$BUILD/fuzz"
dir=$(mktemp -d /tmp/domovoi-fuzz.XXXXXX)
trap 'rm -rf "$dir"' EXIT
flags='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined'
(cd "$dir" && "$top/configure" --quiet --enable-werror CC=clang CFLAGS="$flags -fsanitize=fuzzer-no-link" LDFLAGS="$flags" &&
	make -s -j"$(nproc)" fuzz-libs) >"$dir/log" 2>&1
rc=$?
(exit $rc); ok "the libraries are built by clang"
[ $rc -eq 0 ] || diag "$(tail -n 20 "$dir/log")"
export ASAN_OPTIONS=detect_leaks=1 LSAN_OPTIONS=suppressions=$top/tests/lsan.supp:print_suppressions=0
for t in $targets; do
	mkdir "$dir/corpus"
	"$BUILD/tests/fuzz_$t" --seeds "$dir/corpus"
	(cd "$dir" && make -s "tests/fuzz_$t" FUZZ_MAIN= FUZZ_CFLAGS=-fsanitize=fuzzer &&
		timeout $((seconds * 5 + 300)) "tests/fuzz_$t" -max_total_time="$seconds" -max_len=8192 -timeout=25 -seed="${TEST_SEED-1}" \
			-artifact_prefix="$BUILD/fuzz/$t." corpus) >"$dir/log" 2>&1
	rc=$?
	said=$(grep -aoE 'Done [0-9]+ runs in [0-9]+ second' "$dir/log" | tail -n 1)
	(exit $rc); ok "$t: $said"
	[ $rc -eq 0 ] || diag "$(grep -aE 'ERROR|SUMMARY|error:|#[0-9] |Test unit' "$dir/log" | head -n 20)"
	rm -rf "$dir/corpus"
done
done_testing
