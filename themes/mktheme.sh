#!/bin/sh
# mktheme.sh FILE.theme... > builtin.inc: the shipped themes as C strings, so that the program runs uninstalled.
set -eu
for file do
	name=$(basename "$file" .theme)
	printf '{ "%s",\n' "$name"
	sed 's/[\\"]/\\&/g; s/^/	"/; s/$/\\n"/' "$file"
	printf '},\n'
done
