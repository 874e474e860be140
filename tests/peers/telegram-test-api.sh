#!/bin/sh
# telegram-test-api.sh - the npm package telegram-test-api 4.2.1 on loopback:
# somebody else's idea of the Bot API, for a smoke test.
#
#	telegram-test-api.sh start DIR [PORT]	prints base, token and chat
#	telegram-test-api.sh url DIR		prints them again
#	telegram-test-api.sh ask DIR TEXT [NAME]	prints the message's id
#	telegram-test-api.sh answer DIR ID TEXT [NAME]
#	telegram-test-api.sh sent DIR		what the bot wrote, as JSON
#	telegram-test-api.sh stop DIR
#
# It is shallow: getUpdates knows no offset, limit or timeout and gives every
# update once; there are no edits, channels, 409 or 429; an error is HTTP 500
# without ok.  botapi.py beside it is the one that takes those seriously.

set -eu
. "$(dirname "$0")/lib.sh"

TOKEN=4242:smoke
CHAT=-1001234000001

usage()
{
	sed -n '5,10s/^#	//p' "$0" >&2
	exit 2
}

url()
{
	echo "base $(get base)"
	echo "token $TOKEN"
	echo "chat $CHAT"
}

# write TEXT NAME [REPLY_TO]: post as a person; prints the message's id.
write()
{
	python3 - "$(get base)" "$TOKEN" "$CHAT" "$@" <<'EOF'
import json, sys, time, urllib.request
base, token, chat, text, name = sys.argv[1:6]
def call(path, body):
    q = urllib.request.Request(base + path, json.dumps(body).encode(),
                               {'Content-Type': 'application/json'})
    with urllib.request.urlopen(q, timeout=10) as r:
        return json.load(r)
place = {'id': int(chat), 'type': 'supergroup', 'title': 'Newcomers',
         'username': 'newcomers_example'}
def person(name):
    return {'id': 5000000000 + sum(name.encode()), 'is_bot': False,
            'first_name': name}
message = {'botToken': token, 'date': int(time.time()), 'chat': place,
           'from': person(name), 'text': text}
history = {'token': token}
if len(sys.argv) > 6:
    for old in call('/getUpdatesHistory', history)['result']:
        if str(old['messageId']) == sys.argv[6] and 'from' in old['message']:
            target = dict(old['message'], message_id=old['messageId'])
            target.pop('botToken')
            target.pop('reply_to_message', None)
            message['reply_to_message'] = target
            message['message_thread_id'] = target.get(
                'message_thread_id', target['message_id'])
            break
    else:
        sys.exit('no message ' + sys.argv[6])
call('/sendMessage', message)
print(max(m['messageId'] for m in call('/getUpdatesHistory', history)['result']
          if 'from' in m['message']))
EOF
}

[ $# -ge 2 ] || usage
command=$1
case $command in
start)
	need curl curl
	need python3 python3
	need node nodejs
	need npm npm
	state_new "$2"
	number=$(port "${3:-0}")
	put base "http://127.0.0.1:$number"
	echo '{"private":true}' >"$STATE/package.json"
	(cd "$STATE" && npm install --prefer-offline --ignore-scripts \
	    --no-audit --no-fund telegram-test-api@4.2.1) \
	    >"$STATE/npm.log" 2>&1 || {
		tail -n 20 "$STATE/npm.log" >&2
		die "npm cannot install it"
	}
	cat >"$STATE/serve.js" <<'EOF'
const Server = require('telegram-test-api');
new Server({ port: Number(process.argv[2]), host: '127.0.0.1',
    storeTimeout: 3600 }).start();
EOF
	daemon node node "$STATE/serve.js" "$number"
	await node curl -s -o /dev/null "$(get base)/"
	url
	;;
url)
	state_open "$2"
	url
	;;
ask)
	[ $# -ge 3 ] || usage
	state_open "$2"
	write "$3" "${4:-Ana Newcomer}"
	;;
answer)
	[ $# -ge 4 ] || usage
	state_open "$2"
	write "$4" "${5:-Jan Neighbour}" "$3"
	;;
sent)
	state_open "$2"
	curl -sf "$(get base)/getUpdates" -H 'Content-Type: application/json' \
	    -d "{\"token\":\"$TOKEN\",\"chatId\":\"$CHAT\"}"
	echo
	;;
stop)
	state_open "$2"
	state_remove
	;;
*)
	usage
	;;
esac
