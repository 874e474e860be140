#!/bin/sh
# public-inbox.sh - Debian's public-inbox on loopback: a mailing list's archive
# with Atom feeds that tell threads (RFC 4685).
#
#	public-inbox.sh start DIR [PORT]	prints the feeds' addresses
#	public-inbox.sh url DIR			prints them again
#	public-inbox.sh post DIR SUBJECT TEXT [NAME]	MESSAGE-ID and address
#	public-inbox.sh reply DIR MESSAGE-ID TEXT [NAME]
#	public-inbox.sh edit DIR MESSAGE-ID TEXT
#	public-inbox.sh delete DIR MESSAGE-ID
#	public-inbox.sh stop DIR
#
# Mail goes in through public-inbox's own delivery program, as from an MTA.
# Mail does not change; `edit` is what its operators can do to an archive.

set -eu
. "$(dirname "$0")/lib.sh"

ADDRESS=expats@list.example

usage()
{
	sed -n '5,11s/^#	//p' "$0" >&2
	exit 2
}

# inbox COMMAND...: run one of public-inbox's programs on our state.
inbox()
{
	env HOME="$STATE" PI_CONFIG="$STATE/config" \
	    GIT_CONFIG_NOSYSTEM=1 ORIGINAL_RECIPIENT=$ADDRESS \
	    GIT_COMMITTER_NAME=list GIT_COMMITTER_EMAIL=list@list.example "$@"
}

# mail ID PARENT SUBJECT NAME TEXT: a whole message on stdout.
mail()
{
	python3 - "$ADDRESS" "$@" <<'EOF'
import email.message, email.policy, email.utils, sys
to, number, parent, subject, name, text = sys.argv[1:]
m = email.message.EmailMessage(policy=email.policy.SMTP)
# Each person has an address: two of one address are one to who reads it.
local = ''.join(c for c in name.lower() if c.isascii() and c.isalnum())
m['From'] = email.utils.formataddr((name, (local or 'reader') +
                                    '@people.example'))
m['To'] = to
m['Subject'] = subject
m['Date'] = email.utils.localtime()
m['Message-ID'] = '<%s>' % number
if parent:
    m['In-Reply-To'] = m['References'] = '<%s>' % parent
m.set_content(text + '\n')
sys.stdout.buffer.write(bytes(m).replace(b'\r\n', b'\n'))
EOF
}

# Prints the id, and the address once the web server shows it.
deliver()
{
	mail "$@" >"$STATE/mail"
	inbox public-inbox-mda --no-precheck <"$STATE/mail"
	await httpd curl -sf -o /dev/null "$(get base)/expats/$1/raw"
	echo "$1 $(get base)/expats/$1/"
}

raw()
{
	curl -sf "$(get base)/expats/$1/raw" || die "no mail $1"
}

new_id()
{
	number=$(($(get number) + 1))
	put number "$number"
	echo "$number.$(get start)@people.example"
}

url()
{
	base=$(get base)
	echo "new $base/expats/new.atom"
	echo "thread $base/expats/MESSAGE-ID/t.atom"
}

[ $# -ge 2 ] || usage
command=$1
case $command in
start)
	need curl curl
	need python3 python3
	need public-inbox-httpd public-inbox
	need git git
	state_new "$2"
	number=$(port "${3:-0}")
	put base "http://127.0.0.1:$number"
	put number 0
	put start "$(date +%s)"
	inbox public-inbox-init -V2 expats "$STATE/expats" \
	    "$(get base)/expats" $ADDRESS >"$STATE/init.log" 2>&1
	git config -f "$STATE/config" publicinboxmda.spamcheck none
	daemon httpd env HOME="$STATE" PI_CONFIG="$STATE/config" \
	    public-inbox-httpd -W0 -l "http://127.0.0.1:$number"
	await httpd curl -s -o /dev/null "$(get base)/"
	url
	;;
url)
	state_open "$2"
	url
	;;
post)
	[ $# -ge 4 ] || usage
	state_open "$2"
	deliver "$(new_id)" '' "$3" "${5:-Ana Newcomer}" "$4"
	;;
reply)
	[ $# -ge 4 ] || usage
	state_open "$2"
	raw "$3" >"$STATE/parent"
	subject=$(python3 - "$STATE/parent" <<'EOF'
import email, email.policy, sys
with open(sys.argv[1], 'rb') as f:
    print(email.message_from_binary_file(
        f, policy=email.policy.default)['Subject'])
EOF
	)
	deliver "$(new_id)" "$3" "Re: ${subject#Re: }" \
	    "${5:-Jan Neighbour}" "$4"
	;;
edit)
	[ $# -eq 4 ] || usage
	state_open "$2"
	raw "$3" >"$STATE/parent"
	cat >"$STATE/editor" <<'EOF'
#!/usr/bin/python3
import email, email.policy, os, sys
with open(sys.argv[1], 'rb') as f:
    mark, _, rest = f.read().partition(b'\n')
if not mark.startswith(b'From '):
    mark, rest = None, mark + b'\n' + rest
m = email.message_from_bytes(rest, policy=email.policy.default)
m.set_content(os.environ['NEW_TEXT'] + '\n')
with open(sys.argv[1], 'wb') as f:
    f.write((mark + b'\n' if mark else b'') + bytes(m))
EOF
	chmod +x "$STATE/editor"
	NEW_TEXT=$4 MAIL_EDITOR="$STATE/editor" \
	    inbox public-inbox-edit --raw -m "$3" "$STATE/expats" \
	    >"$STATE/edit.log" 2>&1 || {
		cat "$STATE/edit.log" >&2
		die "cannot edit $3"
	}
	echo "$3 $(get base)/expats/$3/"
	;;
delete)
	[ $# -eq 3 ] || usage
	state_open "$2"
	raw "$3" >"$STATE/parent"
	inbox public-inbox-learn rm <"$STATE/parent" >"$STATE/learn.log" 2>&1
	echo "$3 $(get base)/expats/$3/"
	;;
stop)
	state_open "$2"
	state_remove
	;;
*)
	usage
	;;
esac
