#!/usr/bin/env bash
# The targets of tests/fuzz under clang's libFuzzer, in a build of its own: with TEST_COUNT (make check-long), where clang is.
# Otherwise only that each of them was built and replayed. FUZZ_RUNS: inputs a target.
. "$(dirname "$0")/lib.sh"
cd "$(dirname "$0")/.." || exit 1
top=$PWD
targets=$(cd tests/fuzz && printf '%s\n' *.c | sed 's/\.c$//')
for t in $targets; do [ -x "$BUILD/tests/fuzz_$t" ]; ok "$t is built"; done
if [ "${TEST_COUNT-1}" -lt 20 ] || ! command -v clang >/dev/null; then
	diag "no libFuzzer: TEST_COUNT is ${TEST_COUNT-1}, clang is $(command -v clang || echo not there)"
	done_testing
fi
dir=$(mktemp -d /tmp/domovoi-fuzz.XXXXXX)
trap 'rm -rf "$dir"' EXIT
flags='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined'
(cd "$dir" && "$top/configure" --quiet CC=clang CFLAGS="$flags -fsanitize=fuzzer-no-link" LDFLAGS="$flags" &&
	make -s -j"$(nproc)" fuzz-libs) >"$dir/log" 2>&1
ok "the libraries are built by clang" || tail -n 20 "$dir/log"
for t in $targets; do
	mkdir "$dir/corpus"
	"$BUILD/tests/fuzz_$t" --seeds "$dir/corpus"
	(cd "$dir" && make -s "tests/fuzz_$t" FUZZ_MAIN= FUZZ_CFLAGS=-fsanitize=fuzzer &&
		timeout 900 "tests/fuzz_$t" -runs="${FUZZ_RUNS-200000}" -max_len=8192 -seed="${TEST_SEED-1}" corpus) >"$dir/log" 2>&1
	ok "$t: $(grep -oE 'Done [0-9]+ runs in [0-9]+ second' "$dir/log" | tail -n 1)" || grep -E 'ERROR|SUMMARY|error:|#[0-5] ' "$dir/log" | head -n 15
	rm -rf "$dir/corpus"
done
done_testing
