#!/usr/bin/env bash
# While the suites run through an independent validator (prism, from npm: tests/npm, ./bootstrap check puts it into BUILD/npm),
# no answer differs from the description of the API; and a request that does is one that the server refused, too.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
work=$(mktemp -d /tmp/domovoi-api_validator.XXXXXX)
chmod 711 "$work"
trap 'rm -rf "$work"' EXIT
bin=$BUILD/npm/node_modules/.bin

[ -x "$bin/prism" ]
ok "the validator is there"
if [ "$tap_failed" -ne 0 ]; then
	diag "./bootstrap check installs it with npm: $(tail -n 1 "$BUILD/npm/npm.log" 2>/dev/null)"
	done_testing
fi
"$BUILD/domovoid" openapi >"$work/openapi.json" || exit 1

# through SUITE…: with the validator between; how that suite went, and what the validator saw
through() {
	: >"$work/seen"
	API_PROXY="$here/api_validator_watch.py $bin/prism $work/openapi.json" API_PROXY_LOG=$work/seen timeout 900 "$@" >"$work/suite" 2>&1
	ok "${1##*/} passes through the validator"
	diag "$(grep -E -A3 "^ *not ok" "$work/suite" | head -n 20)"
	python3 - "$work/seen" >"$work/said" <<-'PY'
	import collections, json, sys
	seen = [json.loads(line) for line in open(sys.argv[1])]
	bad = collections.Counter()
	for s in seen:
	    for v in s['violations']:
	        where = '.'.join(map(str, v.get('location', [])))
	        if where.startswith('response') or s['status'] < 400 and v.get('severity') == 'Error':
	            bad['%s %s %d: %s: %s' % (s['method'], s['path'].split('?')[0], s['status'], where, v.get('message'))] += 1
	print(len(seen))
	for what, n in bad.most_common(25):
	    print(n, what)
	PY
	is "$(tail -n +2 "$work/said")" "" "… and in $(head -n 1 "$work/said") exchanges nothing differs from the description"
	[ "$(head -n 1 "$work/said")" -gt 100 ]; ok "… which were many"
}

through "$here/api_records.sh"
[ "${TEST_COUNT:-1}" -gt 1 ] || export CONFORMANCE_SHARE=0/4 # the shape of an answer is not another for each field
through "$here/conformance.sh" head_1
done_testing
