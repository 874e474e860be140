#!/bin/sh
# wordpress.sh - Debian's WordPress on loopback, with feeds to read.
#
#	wordpress.sh start DIR [PORT]		prints the feeds' addresses
#	wordpress.sh url DIR			prints them again
#	wordpress.sh topic DIR TITLE TEXT	a new post: pN and its address
#	wordpress.sh ask DIR TEXT [NAME]	a question: cN and its address
#	wordpress.sh answer DIR ID TEXT [NAME]	answers pN or cN
#	wordpress.sh edit DIR ID TEXT
#	wordpress.sh delete DIR ID
#	wordpress.sh stop DIR
#
# A question is a comment on the post "Questions"; everything goes in through
# WordPress's own REST interface, as an editor who moderates would do it.  The
# database listens on a socket in DIR only; PHP's own server serves the pages.

set -eu
. "$(dirname "$0")/lib.sh"

usage()
{
	sed -n '4,11s/^#	//p' "$0" >&2
	exit 2
}

database_start()
{
	{
		mariadb-install-db --no-defaults --datadir="$STATE/db" \
		    --user="$(id -un)" --skip-test-db \
		    --auth-root-authentication-method=normal
	} >"$STATE/install.log" 2>&1 || {
		tail -n 20 "$STATE/install.log" >&2
		die "cannot make a database"
	}
	# Durability is of no use to a test; a small cache is enough.
	daemon mariadb mariadbd --no-defaults --datadir="$STATE/db" \
	    --user="$(id -un)" --socket="$STATE/db.sock" --skip-networking \
	    --innodb-buffer-pool-size=32M --innodb-flush-log-at-trx-commit=0
	await mariadb mariadb-admin --no-defaults --socket="$STATE/db.sock" \
	    --user=root ping
	mariadb --no-defaults --socket="$STATE/db.sock" --user=root \
	    -e 'create database wp character set utf8mb4'
}

# The package's own configuration is looked for in /etc; a copy of the program
# keeps this machine's untouched.
site_copy()
{
	cp -rL /usr/share/wordpress "$STATE/www"
	rm -f "$STATE/www/.htaccess"
	cat >"$STATE/www/wp-config.php" <<EOF
<?php
define('DB_NAME', 'wp');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:$STATE/db.sock');
define('DB_CHARSET', 'utf8mb4');
define('WP_CONTENT_DIR', '$STATE/www/wp-content');
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
// Lets application passwords be used without TLS.
define('WP_ENVIRONMENT_TYPE', 'local');
\$table_prefix = 'wp_';
if (!defined('ABSPATH'))
	define('ABSPATH', '$STATE/www/');
require_once ABSPATH . 'wp-settings.php';
EOF
}

site_start()
{
	daemon php env PHP_CLI_SERVER_WORKERS=3 php \
	    -d memory_limit=256M -d sendmail_path=/bin/true \
	    -S "127.0.0.1:$1" -t "$STATE/www"
	await php curl -sf -o /dev/null "http://127.0.0.1:$1/readme.html"
	curl -sf -o "$STATE/install.html" \
	    "http://127.0.0.1:$1/wp-admin/install.php?step=2" \
	    -d weblog_title=Newcomers -d user_name=editor \
	    -d admin_password=editor -d admin_password2=editor -d pw_weak=1 \
	    -d admin_email=editor@example.org -d blog_public=0
	cat >"$STATE/password.php" <<'EOF'
<?php
$_SERVER['HTTP_HOST'] = '127.0.0.1';
require $argv[1] . '/wp-load.php';
update_option('show_on_front', 'posts');
wp_delete_post(1, true);
$made = WP_Application_Passwords::create_new_application_password(1,
    ['name' => 'peer']);
echo is_wp_error($made) ? '' : $made[0];
EOF
	put password "$(php "$STATE/password.php" "$STATE/www")"
	[ -n "$(get password)" ] || die "WordPress gave no password"
}

# rest METHOD PATH FIELD=VALUE...: one REST call; the answer's JSON on stdout.
rest()
{
	method=$1
	path=$2
	shift 2
	for field do
		shift
		set -- "$@" --data-urlencode "$field"
	done
	curl -sS -X "$method" -u "editor:$(get password)" \
	    -w '\n%{http_code}\n' "$@" \
	    "$(get base)/?rest_route=/wp/v2/$path"
}

# made LETTER: from a REST answer print LETTER, id and address, or fail.
made()
{
	php -r '
$in = rtrim(stream_get_contents(STDIN), "\n");
$at = strrpos($in, "\n");
$status = (int)substr($in, $at + 1);
$o = json_decode(substr($in, 0, $at));
if ($status < 200 || $status > 299 || !isset($o->id)) {
	fwrite(STDERR, "WordPress: " . $status . " " .
	    ($o->message ?? substr($in, 0, 200)) . "\n");
	exit(1);
}
echo $argv[1], $o->id, " ", $o->link, "\n";' "$1"
}

# author NAME: the field that says who writes; people are invented.
author()
{
	printf 'author_name=%s' "${1:-Ana Newcomer}"
}

url()
{
	base=$(get base)
	echo "posts $base/?feed=rss2"
	echo "posts-atom $base/?feed=atom"
	echo "comments $base/?feed=comments-rss2"
	echo "questions $base/?feed=rss2&p=$(get questions)"
}

# kind ID: the REST collection of pN or cN.
kind()
{
	case $1 in
	p[0-9]*) echo "posts/${1#p}";;
	c[0-9]*) echo "comments/${1#c}";;
	*) die "no pN or cN: $1";;
	esac
}

comment()	# POST PARENT TEXT NAME
{
	rest POST comments "post=$1" "parent=$2" "content=$3" \
	    "$(author "$4")" author_email=reader@example.org status=approved |
	    made c
}

[ $# -ge 2 ] || usage
command=$1
case $command in
start)
	need curl curl
	need php php-cli php-mysql php-xml php-mbstring
	need mariadbd mariadb-server
	[ -e /usr/share/wordpress/wp-load.php ] ||
	    need no-such-command wordpress wordpress-theme-twentytwentyone \
	    php-mysql
	state_new "$2"
	number=$(port "${3:-0}")
	put base "http://127.0.0.1:$number"
	database_start
	site_copy
	site_start "$number"
	id=$(rest POST posts title=Questions status=publish \
	    "content=Ask here; neighbours answer." | made p)
	id=${id%% *}
	put questions "${id#p}"
	url
	;;
url)
	state_open "$2"
	url
	;;
topic)
	[ $# -eq 4 ] || usage
	state_open "$2"
	rest POST posts "title=$3" "content=$4" status=publish | made p
	;;
ask)
	[ $# -ge 3 ] || usage
	state_open "$2"
	comment "$(get questions)" 0 "$3" "${4:-Ana Newcomer}"
	;;
answer)
	[ $# -ge 4 ] || usage
	state_open "$2"
	case $(kind "$3") in
	posts/*)
		comment "${3#p}" 0 "$4" "${5:-Jan Neighbour}"
		;;
	comments/*)
		post=$(rest GET "comments/${3#c}" | sed \
		    -n 's/.*"post":\([0-9]*\).*/\1/p')
		[ -n "$post" ] || die "no comment $3"
		comment "$post" "${3#c}" "$4" "${5:-Jan Neighbour}"
		;;
	esac
	;;
edit)
	[ $# -eq 4 ] || usage
	state_open "$2"
	rest POST "$(kind "$3")" "content=$4" | made "${3%%[0-9]*}"
	;;
delete)
	[ $# -eq 3 ] || usage
	state_open "$2"
	rest DELETE "$(kind "$3")" | made "${3%%[0-9]*}"
	;;
stop)
	state_open "$2"
	state_remove
	;;
*)
	usage
	;;
esac
