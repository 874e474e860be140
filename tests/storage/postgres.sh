#!/bin/sh
#
# Every statement is prepared on PostgreSQL: a throw-away cluster in a folder
# of its own, reached by its socket only, gone when the test ends.
set -u

skip()
{
	echo "1..0 # SKIP $1"
	exit 0
}

# From the makefile.
# shellcheck disable=SC2154
program=$top_builddir/tests/storage/pg_prepare
[ -x "$program" ] || skip "built without libpq"
bin=
for dir in /usr/lib/postgresql/15/bin /usr/lib/postgresql/*/bin; do
	[ -x "$dir/initdb" ] && bin=$dir && break
done
if [ -z "$bin" ]; then
	initdb=$(command -v initdb) || skip "PostgreSQL is not installed"
	bin=$(dirname "$initdb")
fi

# PostgreSQL refuses to run as root.
as=
if [ "$(id -u)" = 0 ]; then
	user=postgres
	id "$user" >/dev/null 2>&1 || user=nobody
	command -v setpriv >/dev/null || skip "no setpriv to stop being root"
	as="setpriv --reuid=$user --regid=$(id -g "$user") --clear-groups"
fi

# Short: a socket's path has 107 bytes.
dir=$(mktemp -d /tmp/kompan-pg.XXXXXX) || exit 99
# $as is several words or none.
# shellcheck disable=SC2086
stop()
{
	$as "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1
	rm -rf "$dir"
}
trap stop EXIT
trap 'exit 99' HUP INT TERM
[ -z "$as" ] || chown "$user" "$dir"
cd "$dir" || exit 99

# shellcheck disable=SC2086
if ! $as "$bin/initdb" -D "$dir/data" -U kompan -A trust -E UTF8 \
    --locale=C.UTF-8 --no-sync >"$dir/log" 2>&1 ||
    ! $as "$bin/pg_ctl" -D "$dir/data" -l "$dir/server" -w \
    -o "-k $dir -c listen_addresses= -c fsync=off" start >>"$dir/log" 2>&1
then
	sed 's/^/# /' "$dir/log" "$dir/server" 2>/dev/null
	echo "Bail out! PostgreSQL does not start"
	exit 1
fi
"$program" "host=$dir user=kompan dbname=postgres"
