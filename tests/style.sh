#!/usr/bin/env bash
# Limits of STYLE: function and file lengths, line widths, and nothing left over.
. "$(dirname "$0")/lib.sh"
cd "$(dirname "$0")/.." || exit 1
rooms='base client tui screens cli db server tests/fuzz'

lengths=$(find $rooms -name '*.c' -print0 |
	xargs -0 ctags -x --_xformat='%{input} %N %n %{end}' --kinds-C=f 2>/dev/null |
	awk '{ print $4 - $3 + 1, $1, $2 }' | sort -n)
is "$(printf '%s\n' "$lengths" | awk '$1 > 80')" "" "no function over 80 lines"
n=$(printf '%s\n' "$lengths" | wc -l)
median=$(printf '%s\n' "$lengths" | sed -n "$(((n + 1) / 2))p" | cut -d' ' -f1)
p90=$(printf '%s\n' "$lengths" | sed -n "$((n * 9 / 10))p" | cut -d' ' -f1)
diag "$n functions: median $median, 90th percentile $p90 lines"
[ "$median" -le 14 ]; ok "median function length at most 14"
[ "$p90" -le 44 ]; ok "90th percentile at most 44"
is "$(find $rooms tests -name '*.[ch]' -exec wc -l {} + | awk '$2 != "total" && $1 > 600')" "" "no file over 600 lines"
is "$(grep -rnE '^.{121,}$' $rooms --include='*.[ch]' | cut -c1-80)" "" "no line over 120 columns"
is "$(grep -rnE '\b(TODO|FIXME|HACK)\b' $rooms tests bench docs bootstrap Makefile.am configure.ac \
	--include='*' --exclude=style.sh)" "" "nothing left over"
is "$(grep -rnE '(^|[^A-Za-z0-9_.])/(work|root|farm)/' $rooms tests bench docs bootstrap README.md Makefile.am \
	--exclude=style.sh)" "" "no machine paths"
is "$(grep -nE '(^|[;&] *)ok "[^"]*\$\(' tests/*.sh)" "" "no result whose name runs a command: that one's status would be it"
is "$(grep -rnE '\b(sleep|usleep|nanosleep) *\(?[0-9]' tests/*.c tests/scenario 2>/dev/null)" "" "no sleeps in screen and unit tests"
done_testing
