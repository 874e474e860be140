#!/bin/sh
# botapi.sh - starts and stops botapi.py, and says things to it.
#
#	botapi.sh start DIR [PORT]		prints base and token
#	botapi.sh url DIR			prints them again
#	botapi.sh do DIR COMMAND [JSON]		prints the answer's JSON
#	botapi.sh get DIR PATH COMMAND [JSON]	one value of it: chat.id
#	botapi.sh stop DIR
#
# The commands are those of /control/ in README.md.

set -eu
. "$(dirname "$0")/lib.sh"

HERE=$(cd "$(dirname "$0")" && pwd -P)
TOKEN=4242:stand-in

usage()
{
	sed -n '4,8s/^#	//p' "$0" >&2
	exit 2
}

url()
{
	echo "base $(get base)"
	echo "token $TOKEN"
}

# say COMMAND [JSON]: the answer on stdout; fails if the command did.
say()
{
	answer=$(curl -sS "$(get base)/control/$1" -d "${2:-}")
	case $answer in
	*'"ok":true}') echo "$answer";;
	*) die "$1: $answer";;
	esac
}

[ $# -ge 2 ] || usage
command=$1
case $command in
start)
	need curl curl
	need python3 python3
	state_new "$2"
	daemon botapi python3 "$HERE/botapi.py" --port "${3:-0}" \
	    --token "$TOKEN" --schema "$HERE/botapi-types.json"
	await botapi grep -q . "$STATE/botapi.log"
	number=$(sed -n 1p "$STATE/botapi.log")
	case $number in
	''|*[!0-9]*) cat "$STATE/botapi.log" >&2; die "it does not start";;
	esac
	put base "http://127.0.0.1:$number"
	await botapi curl -s -o /dev/null "$(get base)/control/state"
	url
	;;
url)
	state_open "$2"
	url
	;;
do)
	[ $# -ge 3 ] || usage
	state_open "$2"
	say "$3" "${4:-}"
	;;
get)
	[ $# -ge 4 ] || usage
	state_open "$2"
	say "$4" "${5:-}" | python3 -c 'import json, sys
value = json.load(sys.stdin)
for step in sys.argv[1].split("."):
    value = value[int(step) if isinstance(value, list) else step]
print(value if isinstance(value, str) else json.dumps(value))' "$3"
	;;
stop)
	state_open "$2"
	state_remove
	;;
*)
	usage
	;;
esac
