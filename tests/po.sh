#!/usr/bin/env bash
# The catalogues are complete: the template is what the sources say, and each language translates all of it.
. "$(dirname "$0")/lib.sh"
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! command -v xgettext >/dev/null; then
	false; ok "xgettext is there (package gettext)"
	done_testing
fi
plain() { grep -vE '^("POT-Creation-Date|#:|#\.|"Project-Id)' "$1"; }
sh po/update.sh --check "$work/domovoi.pot" 2>"$work/err"
ok "the sources can be collected"
[ ! -s "$work/err" ] || diag "$(cat "$work/err")"
is "$(diff <(plain po/domovoi.pot) <(plain "$work/domovoi.pot"))" "" "po/domovoi.pot is what the sources say (else: po/update.sh)"

for lang in kk ru; do
	msgfmt -c -o /dev/null "po/$lang.po" 2>"$work/err"
	ok "$lang: well formed, formats agree"
	[ ! -s "$work/err" ] || diag "$(cat "$work/err")"
	is "$(msgattrib --untranslated --no-obsolete "po/$lang.po" | grep '^msgid' | tail -n +2)" "" "$lang: nothing untranslated"
	is "$(msgattrib --only-fuzzy --no-obsolete "po/$lang.po" | grep '^msgid' | tail -n +2)" "" "$lang: nothing fuzzy"
	is "$(msgcmp --use-untranslated "po/$lang.po" "$work/domovoi.pot" 2>&1 | grep -v 'warning' | grep 'not exist\|missing')" "" \
		"$lang: nothing missing"
	is "$(msgattrib --only-obsolete "po/$lang.po" | grep -c '^#~ msgid')" 0 "$lang: nothing left over"
done
done_testing
