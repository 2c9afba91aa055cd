#!/usr/bin/env bash
# The embedded cluster: first starts, second starts, and everything that may happen to it in between. Needs
# $DOMOVOI and PostgreSQL's programs; works as root (then also as an ordinary user) and as a user.
. "$(dirname "$0")/lib.sh"
work=$(mktemp -d /tmp/domovoi-demo.XXXXXX) || exit 1
chmod 755 "$work"
export HOME=$work/home DOMOVOI_LINGER=3
unset XDG_DATA_HOME XDG_RUNTIME_DIR XDG_CONFIG_HOME PGHOST PGUSER PGDATABASE PGPORT
mkdir -p "$HOME"
chmod 755 "$HOME"
# where an ordinary user can run it, wherever the build is
cp "$DOMOVOI" "$work/domovoi" && chmod 755 "$work/domovoi" || exit 1
domovoi=$work/domovoi
data="$work/с пробелом"
dir=$data/domovoi/demo
root=
[ "$(id -u)" -ne 0 ] || root=yes

run() { XDG_DATA_HOME=$data "$domovoi" "$@" 2>"$work/err"; }
demo() { run demo "$@"; }
sql() { psql -XAtq "$dsn" -c "$1" 2>&1; }
pid() { head -n 1 "$dir/data/postmaster.pid" 2>/dev/null; }
keeper() { tr -d ' \n' <"$dir/keeper.lock"; }
down() { [ ! -e "$dir/data/postmaster.pid" ]; }
lines() { grep -c . "$work/err"; }
socket_of() { # of a dsn: host='…' stands first
	local rest=${1#host=\'}
	printf '%s' "${rest%%\'*}"
}
server_of() { head -n 1 "$(socket_of "$1")/.s.PGSQL.5432.lock"; }
within() { # within SECONDS COMMAND…: until it is true
	local end=$((SECONDS + $1 + 1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}
hold() { # somebody who uses the demo, until killed
	XDG_DATA_HOME=$data "$domovoi" db notify >/dev/null 2>&1 &
	user=$!
	within 10 connected
}
connected() { ! flock -n "$dir/users.lock" true; }
# the test itself as a user: what happens in between may take longer than the demo lingers
stay_in() { exec 9<"$dir/users.lock" && flock -s 9; }
go_out() { exec 9<&-; }
unhold() {
	kill "$1" "$user" 2>/dev/null
	wait "$user" 2>/dev/null
}
finish() {
	demo --stop >/dev/null
	mountpoint -q "$work/disk" 2>/dev/null && umount "$work/disk"
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# ---- before there is one --------------------------------------------------------------------------------------

run list units >/dev/null
is "$?" 7 "without a demo a command ends with 7"
like "$(cat "$work/err")" "domovoi demo" "… and names the remedy"
demo --size huge
is "$?" 2 "an unknown size is refused"
like "$(cat "$work/err")" "tiny, small" "… with the sizes that exist"
[ ! -e "$dir" ]; ok "nothing was made so far"
mkdir -p "$work/full" && touch "$work/full/file"
"$domovoi" demo --dir "$work/full" --size tiny 2>"$work/err"
is "$?" 1 "a directory with something else in it is refused"
[ "$(ls "$work/full")" = file ]; ok "… and left alone"
demo --stop
is "$?" 0 "stopping what is not there is no error"

# ---- five first starts at once --------------------------------------------------------------------------------

for i in 1 2 3 4 5; do
	{ XDG_DATA_HOME=$data "$domovoi" demo --size tiny --print-dsn >"$work/out.$i" 2>"$work/err.$i"; echo $? >"$work/rc.$i"; } &
done
wait
is "$(sort "$work"/rc.? | uniq -c | tr -s ' ')" " 5 0" "five first starts at once succeed"
is "$(sort "$work"/out.? | uniq | wc -l)" 1 "… and talk to the same demo"
dsn=$(cat "$work/out.1")
demo --print-dsn >/dev/null && stay_in
is "$(sql 'select session_user')" head_1 "its default login is the head of company 1"
is "$(stat -c %a "$dir")" 700 "the directory is private"
is "$(psql -XAtq "$(demo --as superuser --print-dsn)" -c 'show listen_addresses' 2>&1)" "" "nothing listens on TCP"
sock=$(socket_of "$dsn")
[ "$((${#sock} + 14))" -le 107 ] && [ "$(stat -c %a "$sock")" = 700 ]; ok "the socket is in a short private directory"
like "$(sql "select string_agg(distinct rolname, ' ') from pg_roles where rolname ~ '_1$'")" "dispatcher_1.*realtor_1" "the roles have logins"
is "$(sql "select count(*) from pg_roles where rolcanlogin and not rolsuper and rolinherit")" 0 "… that inherit nothing"
is "$(psql -XAtq "$(demo --as manager --company 2 --print-dsn)" -c 'select session_user' 2>&1)" manager_2 "another role and company"
is "$(psql -XAtq "$(demo --as superuser --company 2 --print-dsn)" -c 'select session_user' 2>&1)" superuser "a platform role is the same in every company"
demo --as boss --print-dsn >/dev/null
is "$?" 2 "an unknown role is refused"
demo --company 77 --print-dsn >/dev/null
is "$?" 3 "a company that is not there is not found"

# ---- second starts --------------------------------------------------------------------------------------------

before=$(pid)
is "$(demo --print-dsn)" "$dsn" "a second start takes part"
is "$(pid)" "$before" "… in the same server"
demo --size small --print-dsn >/dev/null
is "$?" 5 "another size is refused"
like "$(cat "$work/err")" "--reset" "… with the remedy"
go_out
within 8 down; ok "it stops a while after its last user"
demo --print-dsn >/dev/null; ok "a warm start brings it up"
hold; ok "a command uses it"
sleep 4.5
is "$(sql 'select 1')" 1 "it stays while somebody does"
unhold -9
within 8 down; ok "it stops when its user was killed"
[ ! -e "$sock" ]; ok "… and leaves no socket behind"

# ---- killed servers, stale files --------------------------------------------------------------------------------

demo --print-dsn >/dev/null
hold
before=$(pid)
kill -9 "$before"
changed() { [ "$(pid)" != "$before" ] && [ "$(sql 'select 1')" = 1 ]; }
within 10 changed; ok "a killed server comes back by itself while somebody is there"
before=$(pid)
kill -9 "$before"
demo --print-dsn >/dev/null && [ "$(sql 'select 1')" = 1 ]; ok "a command right after kill -9 finds it"
before=$(keeper)
kill -9 "$before"
demo --print-dsn >/dev/null && [ "$(keeper)" != "$before" ] && [ "$(sql 'select 1')" = 1 ]
ok "a killed keeper is replaced, the server adopted"
kill -9 "$(keeper)" "$(pid)"
demo --print-dsn >/dev/null && [ "$(sql 'select 1')" = 1 ]; ok "both killed: the next command starts both"
unhold -9
demo --stop; ok "--stop"
down; ok "… is down at once"

# a number in a file proves nothing: here it is that of a living process, which is none of ours
sleep 60 &
stranger=$!
owner=$(stat -c %u "$dir")
mkdir -p "$sock" && chmod 700 "$sock" && chown "$owner" "$sock"
printf '%s\n%s\n1\n5432\n%s\n\n\nready   \n' "$stranger" "$dir/data" "$sock" >"$dir/data/postmaster.pid"
cp "$dir/data/postmaster.pid" "$sock/.s.PGSQL.5432.lock"
: >"$sock/.s.PGSQL.5432"
[ -z "$root" ] || chown -h "$owner" "$sock"/.s* "$dir/data/postmaster.pid"
demo --print-dsn >/dev/null && [ "$(sql 'select 1')" = 1 ]; ok "stale pid file and socket are swept"
kill -0 "$stranger"; ok "… and the process of that number lives"
kill "$stranger"
wait "$stranger" 2>/dev/null

# ---- stay, stop, reset ------------------------------------------------------------------------------------------

demo --no-ui >/dev/null; ok "--no-ui starts it without a console"
sleep 4.5
is "$(sql 'select 1')" 1 "… and it stays without users"
kill -9 "$(pid)"
within 10 eval '[ "$(sql "select 1")" = 1 ]'; ok "… also when the server is killed"
demo --reset --size empty --print-dsn >/dev/null; ok "--reset makes it anew, in another size"
is "$(demo --size empty --print-dsn)" "$dsn" "… which is then the existing one's"
hold
demo --reset --print-dsn >/dev/null
is "$?" 5 "--reset is refused while somebody uses it"
is "$(lines)" 1 "… in one line"
unhold -TERM
demo --stop && demo --stop; ok "--stop twice"

# ---- killed while it is made --------------------------------------------------------------------------------------

for after in 0.1 0.4 0.8 1.2; do
	XDG_DATA_HOME=$data "$domovoi" demo --reset --size tiny --print-dsn >/dev/null 2>&1 &
	maker=$!
	sleep "$after"
	kill -9 "$maker"
	wait "$maker" 2>/dev/null
done
demo --size tiny --print-dsn >/dev/null; ok "after makers were killed the next start makes it whole"
is "$(sql 'select 1')" 1 "… and works"
is "$(find "$dir" -maxdepth 1 -name 'new.*' | wc -l)" 0 "… without remains"

# ---- the directory goes away under it --------------------------------------------------------------------------------

rm -rf "$dir"
demo --size tiny --print-dsn >/dev/null && [ "$(sql 'select 1')" = 1 ]; ok "removed while running: made anew"
sleep 2.5
demo --print-dsn >/dev/null && [ "$(sql 'select 1')" = 1 ]; ok "… and the old server did not take its socket along"
demo --stop

# ---- no room ---------------------------------------------------------------------------------------------------------

other=$data
if [ -n "$root" ] && mkdir -p "$work/disk" && mount -t tmpfs -o size=40m tmpfs "$work/disk" 2>/dev/null; then
	chmod 755 "$work/disk"
	data=$work/disk
	dir=$data/domovoi/demo
	demo --size tiny --print-dsn >/dev/null
	is "$?" 1 "a small disk: refused"
	like "$(cat "$work/err")" "disk is full.*Free some space" "… with the remedy"
	mount -o remount,size=120m "$work/disk"
	{ until [ -e "$dir/data" ]; do sleep 0.01; done; dd if=/dev/zero of="$work/disk/filler" bs=64k 2>/dev/null; } &
	demo --size tiny --print-dsn >/dev/null
	is "$?" 1 "a disk that becomes full meanwhile: refused"
	wait $!
	like "$(tail -n 1 "$work/err")" "disk" "… as what it is"
	[ ! -e "$dir/data" ]; ok "… without remains"
	rm "$work/disk/filler"
	demo --size tiny --print-dsn >"$work/out" && dsn=$(cat "$work/out") && [ "$(sql 'select 1')" = 1 ]
	ok "with room again the next start works"
	demo --stop
	dd if=/dev/zero of="$work/disk/filler" bs=4k 2>/dev/null
	demo --print-dsn >/dev/null || like "$(tail -n 1 "$work/err")" "disk is full" "a warm start on a full disk says so"
	rm "$work/disk/filler"
	demo --print-dsn >/dev/null; ok "… and works afterwards"
	demo --stop
	umount "$work/disk"
else
	diag "no tmpfs can be mounted here: a file size limit stands in for the full disk"
	data=$work/limited
	dir=$data/domovoi/demo
	(ulimit -f 2000; XDG_DATA_HOME=$data "$domovoi" demo --size tiny --print-dsn >/dev/null 2>"$work/err")
	is "$?" 1 "no room for the files: refused"
	like "$(tail -n 1 "$work/err")" "initdb failed|does not start|disk" "… and told"
	[ ! -e "$dir/data" ]; ok "… without remains"
	demo --size tiny --print-dsn >/dev/null; ok "with room again the next start works"
	demo --stop
fi
data=$other
dir=$data/domovoi/demo

# ---- root and others --------------------------------------------------------------------------------------------------

if [ -n "$root" ]; then
	is "$(stat -c %U "$dir" | grep -c root)" 0 "as root the cluster belongs to somebody else"
	mkdir "$work/private" && chmod 700 "$work/private"
	dsn=$("$domovoi" demo --dir "$work/private/demo" --size empty --print-dsn 2>"$work/err"); ok "a directory that this user cannot reach"
	where=$(readlink "/proc/$(server_of "$dsn")/cwd")
	like "$where" "^/var/lib/domovoi/demo-[0-9a-f]+/data$" "… has its demo in /var/lib/domovoi"
	is "$(sql 'select session_user')" head_1 "… and it works"
	"$domovoi" demo --dir "$work/private/demo" --stop 2>/dev/null
	[[ $where != /var/lib/domovoi/demo-* ]] || rm -rf "${where%/data}"
	mkdir "$work/nobody" && chown nobody "$work/nobody"
	theirs() { runuser -u nobody -- env HOME="$work/nobody" "$domovoi" demo "$@" 2>"$work/err"; }
	dsn=$(theirs --size empty --print-dsn); ok "as an ordinary user"
	is "$(runuser -u nobody -- psql -XAtq "$dsn" -c 'select session_user' 2>&1)" head_1 "… peer authentication as that user"
	is "$(stat -c '%U %a' "$work/nobody/.local/share/domovoi/demo")" "nobody 700" "… in his own data directory"
	dsn=$(HOME=$work/nobody "$domovoi" demo --print-dsn 2>"$work/err") && [ "$(sql 'select 1')" = 1 ]; ok "root may use it, too"
	runuser -u nobody -- "$domovoi" demo --dir "$dir" 2>"$work/err"
	is "$?" 4 "somebody else's demo is closed to others"
	theirs --stop; ok "… and the owner stops it"
	runuser -u nobody -- env HOME=/nonexistent "$domovoi" demo --size tiny 2>"$work/err"
	is "$? $(lines)" "1 1" "a user without a home is told in one line"
else
	diag "not root: the tests of dropping privileges are not run"
fi
done_testing
