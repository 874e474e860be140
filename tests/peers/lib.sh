# lib.sh - what the peers' scripts share: packages, a state folder, daemons.
#
# A peer is somebody else's server, started on loopback for one test.  All
# that it writes lies in a state folder which `stop` removes again.  Sourced
# by the scripts beside it; needs nothing but Debian's base system.

MARK=.kompan-peer

# die TEXT: say why and give up.
die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# need COMMAND PACKAGE...: install packages unless there is such a command.
# Packages that start a service on installing are kept from doing so.
need()
{
	command=$1
	shift
	command -v "$command" >/dev/null && return 0
	if [ "$(id -u)" -ne 0 ]; then
		echo "${0##*/}: needs root to install: $*" >&2
		exit 77
	fi
	policy=/usr/sbin/policy-rc.d
	made=
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod +x "$policy"
		made=1
	fi
	ok=1
	{ apt-get -qq update &&
	    DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
	    --no-install-recommends install "$@"; } >&2 </dev/null || ok=
	[ -z "$made" ] || rm -f "$policy"
	[ -n "$ok" ] || die "cannot install: $*"
}

# state_new DIR: make the state folder, which must not hold anything yet.
state_new()
{
	[ -n "${1:-}" ] || die "which state folder?"
	if [ -e "$1" ] && [ -n "$(ls -A "$1")" ]; then
		die "$1 is in use"
	fi
	mkdir -p "$1"
	STATE=$(cd "$1" && pwd -P)
	: >"$STATE/$MARK"
	# A start that fails or is interrupted leaves nothing behind.
	trap start_ended EXIT
	trap 'exit 130' INT TERM
}

start_ended()
{
	rc=$?
	[ "$rc" -eq 0 ] || state_remove
	exit "$rc"
}

# state_open DIR: use the state folder of a started peer.
state_open()
{
	[ -n "${1:-}" ] || die "which state folder?"
	[ -e "$1/$MARK" ] || die "$1 is no state folder of a peer"
	STATE=$(cd "$1" && pwd -P)
}

# state_remove: end the daemons and remove all that they wrote.
state_remove()
{
	for pid in "$STATE"/*.pid; do
		[ -e "$pid" ] || continue
		daemon_stop "$(cat "$pid")"
	done
	rm -rf "$STATE"
}

# get NAME, put NAME VALUE: what start found out and later commands need.
get()
{
	cat "$STATE/$1.value"
}

put()
{
	printf '%s\n' "$2" >"$STATE/$1.value"
}

# daemon NAME COMMAND...: run in a process group of its own, log to NAME.log.
daemon()
{
	name=$1
	shift
	setsid sh -c 'echo $$ >"$0"; exec "$@"' "$STATE/$name.pid" "$@" \
	    >"$STATE/$name.log" 2>&1 </dev/null &
}

# daemon_stop PID: end a process group, by force after ten seconds.  The group
# is gone when no process of it lives; ones that nobody reaped do not count.
daemon_stop()
{
	kill -TERM "-$1" 2>/dev/null || return 0
	tries=0
	while group_lives "$1"; do
		tries=$((tries + 1))
		[ "$tries" -ne 100 ] || kill -KILL "-$1" || :
		[ "$tries" -lt 150 ] || die "process group $1 does not end"
		sleep 0.1
	done
}

# group_lives PID: whether the process group still has a living process.
# Behind the name in brackets, which may hold anything: state, parent, group.
group_lives()
{
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v group="$1" '
	    { sub(/.*\) /, "") }
	    $3 == group && $1 != "Z" { found = 1 }
	    END { exit !found }'
}

# await NAME COMMAND...: until the command succeeds, at most 60 s or until
# daemon NAME ends; its log is shown if the command never does.
await()
{
	name=$1
	shift
	tries=300
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		if [ "$tries" -le 0 ] || { [ -s "$STATE/$name.pid" ] &&
		    ! group_lives "$(cat "$STATE/$name.pid")"; }; then
			tail -n 20 "$STATE/$name.log" >&2
			die "$name did not come up"
		fi
		sleep 0.2
	done
}

# port [PORT]: the given port, or a free one.
port()
{
	if [ "${1:-0}" -ne 0 ]; then
		echo "$1"
		return
	fi
	python3 -c 'import socket; s = socket.socket()
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
