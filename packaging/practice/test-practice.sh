#!/bin/sh
#
# kompan-practice as its clients see it: feeds by the rules of RFC 4287 and
# RFC 4685, the Bot API by its documentation, the files, and that time runs.
set -u

# From the makefile.
# shellcheck disable=SC2154
program=$top_builddir/kompan-practice
# shellcheck disable=SC2154
data=$top_srcdir/packaging/practice
n=0
failed=0

ok()
{
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=$((failed + 1))
	fi
}

for tool in curl jq xmllint; do
	command -v $tool >/dev/null || {
		echo "1..0 # SKIP $tool is not installed"
		exit 0
	}
done
dir=$(mktemp -d) || exit 99
server=
# Stop the server that runs; it ends by itself and in order.
stop()
{
	[ -n "$server" ] || return 0
	kill "$server"
	wait "$server"
	stopped=$?
	server=
}
trap 'stop; rm -rf "$dir"' EXIT
trap 'exit 99' HUP INT TERM

# start OPTION...: url is its address.  It says so first, through the pipe.
start()
{
	rm -f "$dir/pipe"
	mkfifo "$dir/pipe"
	"$program" --data "$data" "$@" >"$dir/pipe" 2>"$dir/err" &
	server=$!
	read -r line <"$dir/pipe" || line=
	url=${line#listening on }
}

get()
{
	: >"$dir/body"
	curl -sS --max-time 20 -o "$dir/body" -D "$dir/head" \
	    -w '%{http_code}' "$@"
}

# xpath EXPRESSION: of the last body; prefixes are written by local names.
xpath()
{
	xmllint --xpath "$1" "$dir/body" 2>/dev/null
}

e()
{
	printf '*[local-name()="%s"]' "$1"
}

start --port 0 --sources "$dir/sources" --write-token "$dir/token" \
    --keep "$dir/keep"
case $url in
http://127.0.0.1:[1-9]*) r=0 ;;
*) r=1; cat "$dir/err" ;;
esac
ok $r "says first where it listens"
[ $r -eq 0 ] || { echo "1..$n"; exit 1; }

# Atom
[ "$(get "$url/f-en-board/feed")" = 200 ] && xmllint --noout "$dir/body"
ok $? "a forum is well-formed Atom"
grep -qi '^content-type: application/atom+xml' "$dir/head"
ok $? "and says so"
[ "$(xpath "string(/$(e feed)/@*[name()='xml:lang'])")" = en ] &&
    [ "$(xpath "count(/$(e feed)/$(e id))")" = 1 ] &&
    [ "$(xpath "count(/$(e feed)/$(e updated))")" = 1 ] &&
    [ "$(xpath "count(//$(e entry)[not($(e id)) or not($(e title)) or
	not($(e updated)) or not($(e author)/$(e name)) or
	not($(e content)[@type='html'])])")" = 0 ]
ok $? "every entry has what RFC 4287 demands"
entries=$(xpath "count(//$(e entry))")
[ "$(xpath "count(//$(e entry)/$(e id)[. = ../following::$(e id)])")" = 0 ] &&
    [ "$entries" -gt 15 ]
ok $? "ids are unique"
[ "$(xpath "count(//$(e in-reply-to)[namespace-uri() =
	'http://purl.org/syndication/thread/1.0'])")" -gt 5 ] &&
    [ "$(xpath "count(//$(e in-reply-to)[not(@ref = //$(e id))])")" = 0 ]
ok $? "replies name the entry that they answer (RFC 4685)"
[ "$(xpath "count(//$(e entry)[not($(e in-reply-to))])")" = \
    "$(xpath "count(//$(e link)[@rel='replies' and
	@type='application/atom+xml' and @href and @*[local-name()='count']
	and @*[local-name()='updated']])")" ]
ok $? "openers link to the feed of their thread"
[ "$(xpath "count(//$(e link)[@rel='replies'])")" = \
    "$(xpath "count(//$(e total))")" ]
ok $? "and say how many replies there are"
replies=$(xpath "string(//$(e link)[@rel='replies' and
    @*[local-name()='count'] > 1]/@href)")
count=$(xpath "string(//$(e link)[@href='$replies']/@*[local-name()='count'])")
[ "$(get "$replies")" = 200 ] &&
    [ "$(xpath "count(//$(e in-reply-to))")" = "$count" ]
ok $? "where as many are found"

# RSS
[ "$(get "$url/f-ro-blog/feed")" = 200 ] && xmllint --noout "$dir/body" &&
    [ "$(xpath 'string(/rss/@version)')" = 2.0 ] &&
    [ "$(xpath 'count(/rss/channel/item[not(guid) or not(pubDate) or
	not(link) or not(title)])')" = 0 ]
ok $? "a blog is RSS 2.0"
comments=$(xpath "string(//item[$(e comments) > 0]/$(e commentRss))")
count=$(xpath "string(//item[$(e commentRss)='$comments']/$(e comments))")
[ "$(get "$comments")" = 200 ] &&
    [ "$(xpath 'count(//item)')" = "$count" ]
ok $? "whose comments are behind wfw:commentRss, all of them"

# Conditions
get "$url/f-ro-blog/feed" >/dev/null
etag=$(sed -n 's/^[Ee][Tt]ag: //p' "$dir/head" | tr -d '\r')
date=$(sed -n 's/^[Ll]ast-[Mm]odified: //p' "$dir/head" | tr -d '\r')
[ -n "$etag" ] &&
    [ "$(get -H "If-None-Match: $etag" "$url/f-ro-blog/feed")" = 304 ] &&
    [ ! -s "$dir/body" ]
ok $? "If-None-Match with its tag: 304"
[ "$(get -H 'If-None-Match: "other"' -H "If-Modified-Since: $date" \
    "$url/f-ro-blog/feed")" = 200 ]
ok $? "another tag: 200, whatever the date"
[ -n "$date" ] &&
    [ "$(get -H "If-Modified-Since: $date" "$url/f-ro-blog/feed")" = 304 ]
ok $? "If-Modified-Since: 304"

for path in /f-none/feed /f-en-board/none /f-en-board/none/feed \
    /t-ro-sachsen/feed /f-en-board/ /f-en-board/../../x //; do
	[ "$(get --path-as-is "$url$path")" = 404 ] || echo "$path"
done >"$dir/found"
[ ! -s "$dir/found" ]
ok $? "what is not there is 404"
[ "$(get "$url/f-en-board/en-08")" = 404 ]
ok $? "nor can a thread be read before it is written"
[ "$(get -d x=y "$url/f-en-board/feed")" = 405 ]
ok $? "feeds take no POST"

# Bot API
token=$(cat "$dir/token")
bot=$url/bot$token
api()
{
	method=$1
	shift
	get "$bot/$method" "$@" >/dev/null
}
holds()
{
	jq -e "$1" "$dir/body" >/dev/null
}
[ "$(get "$url/bot1:wrong/getMe")" = 401 ] &&
    holds '.ok == false and .error_code == 401'
ok $? "a wrong token: 401"
api getMe
holds '.ok and .result.is_bot and .result.can_read_all_group_messages'
ok $? "getMe: a bot without privacy mode"
[ "$(get "$bot/getNothing")" = 404 ]
ok $? "an unknown method: 404"

api getUpdates -d limit=3
holds '(.result | length) == 3 and ([.result[].update_id] | . == sort)'
ok $? "getUpdates: limit, in order"
first=$(jq '.result[0].update_id' "$dir/body")
api getUpdates
[ "$(jq '.result[0].update_id' "$dir/body")" = "$first" ]
ok $? "the same come again while none is confirmed"
api getUpdates -d "offset=$((first + 2))"
[ "$(jq '.result[0].update_id' "$dir/body")" = "$((first + 2))" ]
ok $? "an offset confirms"
api getUpdates -d offset=1
[ "$(jq '.result[0].update_id' "$dir/body")" = "$((first + 2))" ]
ok $? "for good"

# All updates, one object with the message a line.
: >"$dir/messages"
next=0
while api getUpdates -H 'Content-Type: application/json' -d \
    "{\"offset\":$next,\"allowed_updates\":[\"message\",\"channel_post\"]}" &&
    holds '.result | length > 0'; do
	jq -c '.result[] | .message // .channel_post' "$dir/body" \
	    >>"$dir/messages"
	next=$(($(jq '.result[-1].update_id' "$dir/body") + 1))
done
some()
{
	jq -se "any(.[]; $1)" "$dir/messages" >/dev/null
}
every()
{
	jq -se "length > 100 and all(.[]; $1)" "$dir/messages" >/dev/null
}
every '.message_id > 0 and .chat.id < -1000000000000 and .date > 0 and
    (.from or .sender_chat) and (.text or .forum_topic_created)'
ok $? "every message has id, chat, date, sender and content"
jq -se 'group_by(.chat.id) | all(.[]; [.[].message_id] |
    . == sort and . == unique)' "$dir/messages" >/dev/null
ok $? "message ids rise within a chat"
every '.reply_to_message == null or
    (.reply_to_message | has("reply_to_message") | not)'
ok $? "what is answered is embedded one level deep"
some '.reply_to_message.text != null and .chat.is_forum == null'
ok $? "groups have replies"
some '.is_topic_message and .message_thread_id ==
    .reply_to_message.message_id and .reply_to_message.forum_topic_created'
ok $? "in a topic a plain message answers what created it"
some '.is_automatic_forward and .forward_origin.type == "channel" and
    .sender_chat.type == "channel" and .chat.type == "supergroup"'
ok $? "a channel's post is forwarded into its discussion"
some '.reply_to_message.is_automatic_forward and
    .message_thread_id == .reply_to_message.message_id'
ok $? "where it is answered"
chat=$(jq -s 'map(select(.is_automatic_forward))[0].chat.id' "$dir/messages")
channel=$(jq -s 'map(select(.is_automatic_forward))[0].sender_chat.id' \
    "$dir/messages")
api getChat -d "chat_id=$channel"
holds ".result.type == \"channel\" and .result.linked_chat_id == $chat"
ok $? "getChat tells the pair"
api getChat -d chat_id=-5
holds '.ok == false and .error_code == 400'
ok $? "an unknown chat: 400"

last=$(jq -s "map(select(.chat.id == $chat))[-1].message_id" "$dir/messages")
api sendMessage -F "chat_id=$chat" -F 'text=Guten Tag' \
    -F "reply_parameters={\"message_id\":$last}"
holds ".ok and .result.text == \"Guten Tag\" and
    .result.message_id > $last and .result.chat.id == $chat"
ok $? "sendMessage answers"
api sendMessage -d "chat_id=$chat" --data-urlencode text=x \
    --data-urlencode 'reply_parameters={"message_id":7}'
holds '.error_code == 400 and (.description |
    test("message to be replied not found"))'
ok $? "but not what is not there"
api getUpdates -d "offset=$next"
holds '.result == []'
ok $? "a bot is not told of its own messages"
head -c 70000 /dev/zero | tr '\0' x >"$dir/long"
[ "$(get -H 'Content-Type: application/json' --data-binary "@$dir/long" \
    "$bot/sendMessage")" = 413 ]
ok $? "a body is bounded"
[ "$(get -H 'Content-Type: application/json' -d '{"a":' "$bot/getMe")" = 400 ]
ok $? "broken JSON: 400"

# The first poll is ended by the second, which ends by its own time.
poll()
{
	curl -v --max-time 20 -o "$dir/poll$1" -w '%{http_code}\n' \
	    "$bot/getUpdates?timeout=$2&offset=$next" 2>"$dir/trace$1"
}
poll 1 15 >"$dir/status1" &
background=$!
# The second counts as later once the first has been sent.
until grep -q '^> GET' "$dir/trace1" 2>/dev/null; do
	kill -0 $background 2>/dev/null || break
	sleep 0.05
done
poll 2 1 >"$dir/status2"
wait $background
[ "$(cat "$dir/status1" "$dir/status2" | tr '\n' ' ')" = '409 200 ' ]
ok $? "a second long poll ends the first with 409"
jq -e '.ok and .result == []' "$dir/poll2" >/dev/null
ok $? "and ends without news when its time is over"

# Files
[ "$(get "$url/capture.ndjson")" = 200 ] && jq -se 'length > 30 and
    all(.[]; .post_id and .thread_id and .text and .created_at and
	.place.id) and any(.[]; .author_id == null) and
    any(.[]; .replies_visible == false)' "$dir/body" >/dev/null
ok $? "captured posts"
[ "$(get "$url/result.json")" = 200 ] && holds '(.chats.list | length) == 2 and
    all(.chats.list[].messages[]; .id and .date_unixtime and
	(.text_entities | length) == 1)'
ok $? "an export of two chats"
grep -q '^\[source f-en-board\]$' "$dir/sources" &&
    grep -q "^url = $url/f-en-board/feed\$" "$dir/sources" &&
    ! grep -q "$token" "$dir/sources"
ok $? "the stanzas of its sources, without the token"

# The same start and port again.
get "$url/f-en-board/feed" >/dev/null
cp "$dir/body" "$dir/before"
before=$url
stop
[ "$stopped" -eq 0 ]
ok $? "ends in order when told"
start --keep "$dir/keep"
[ "$url" = "$before" ] && get "$url/f-en-board/feed" >/dev/null &&
    cmp -s "$dir/before" "$dir/body"
ok $? "started again it goes on where it was"
"$program" --data "$data" --keep "$dir/keep" >/dev/null 2>"$dir/err"
[ $? -eq 1 ] && grep -q 'cannot be used' "$dir/err"
ok $? "a port that is taken is told"
stop

# Time runs: what is due in 5 minutes comes within seconds.
start --fast 300
bot=$url/bot$token
api getUpdates -d offset=-1
next=$(($(jq '.result[-1].update_id' "$dir/body") + 1))
api getUpdates -d "offset=$next&timeout=10"
holds ".result | length > 0 and .[0].update_id == $next"
ok $? "a long poll ends when a post is written"
edited=
for _ in 1 2 3 4 5 6 7 8; do
	next=$(($(jq '.result[-1].update_id' "$dir/body") + 1))
	api getUpdates -d "offset=$next&timeout=10"
	if holds 'any(.result[]; .edited_message.edit_date >=
	    .edited_message.date)'; then
		edited=yes
		break
	fi
done
[ -n "$edited" ]
ok $? "and edits follow"
stop

"$program" --data "$data" --write-capture "$dir/c" --write-export "$dir/x" &&
    [ -s "$dir/c" ] && jq -e . "$dir/x" >/dev/null
ok $? "files alone are written without serving"
mkdir "$dir/bad"
cp "$data/places.ndjson" "$dir/bad"
echo '{"id":"x","lang":"en","place":"nowhere","posts":[]}' \
    >"$dir/bad/threads.ndjson"
"$program" --data "$dir/bad" >/dev/null 2>"$dir/err"
[ $? -eq 1 ] && grep -q 'threads.ndjson:1: a thread needs' "$dir/err"
ok $? "a bad community is told by file and line"

echo "1..$n"
[ $failed -eq 0 ]
