#!/bin/sh
#
# What a compiler does not see: calls that we do not make, headers that stand
# alone, manual pages, shell scripts, and things that two files say.
#
# One test a rule; what breaks it is named as "# file:line: ...".
set -u

# From the makefile.
# shellcheck disable=SC2154
top=$top_srcdir build=$top_builddir
n=0
failed=0
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
trap 'exit 99' HUP INT TERM
cd "$top" || exit 99

# verdict TEXT: good if nothing was complained of in $dir/bad.
verdict()
{
	n=$((n + 1))
	if [ -s "$dir/bad" ]; then
		echo "not ok $n - $1"
		sed 's/^/# /' "$dir/bad" | head -n 60
		failed=$((failed + 1))
	else
		echo "ok $n - $1"
	fi
	: >"$dir/bad"
}
skip()
{
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}
: >"$dir/bad"

folders='core plugins rules storage tests packaging docs .ci'
# files PATTERN...: ours that match, sorted; not what a build puts in between.
files()
{
	for folder in $folders; do
		[ -d "$folder" ] || continue
		for pattern; do
			find "$folder" -name "$pattern" -type f \
			    ! -path '*/build-aux/*' ! -path '*/m4/*' \
			    ! -path '*/.libs/*' ! -path '*/.deps/*'
		done
	done | LC_ALL=C sort -u
}
# A variable of the makefile that configure wrote.
make_variable()
{
	sed -n "s/^$1 = //p" "$build/Makefile"
}
cc=$(make_variable CC)
cxx=$(command -v g++ || command -v clang++)
flags="-I$build -include config.h -Icore -I. -Iplugins/api -Wall -Wextra -Werror"
for library in CURL XML PCRE2 SQLITE MHD SODIUM SECCOMP UTF8PROC JSON YAJL \
    CMOCKA; do
	flags="$flags $(make_variable ${library}_CFLAGS)"
done

# Bounds are not checked, errors cannot be told, a shell is started, the time
# zone or hidden state decides; the time comes from clock.h.
banned='strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atoll|atof'
banned="$banned|system|popen|rand|srand|random|alloca|tmpnam|tempnam|mktemp"
banned="$banned|localtime|localtime_r|ctime|asctime|gmtime|mktime|time"
banned="$banned|gettimeofday"
for file in $(files '*.c' '*.h'); do
	case $file in
	tests/*)
		# Nobody runs them in earnest; hostile plugins do worse.
		continue ;;
	core/base/clock.c)
		more=none ;;
	*)
		# Waiting by the monotonic clock is no asking for the time.
		more=CLOCK_REALTIME ;;
	esac
	# Comments go, lines stay; then what stands in quotes.
	$cc -fpreprocessed -dD -E "$file" 2>/dev/null | awk -v file="$file" \
	    -v banned="(^|[^A-Za-z0-9_.>])($banned)[ \t]*\\\\(|$more" '
		/^# [0-9]+ / { line = $2 - 1; next }
		{ line++; gsub(/"([^"\\]|\\.)*"/, "\"\"") }
		$0 ~ banned {
			sub(/^[ \t]*/, "")
			print file ":" line ": " $0
		}'
done >"$dir/bad"
verdict "no banned calls"

# shellcheck disable=SC2086
for header in $(files '*.h'); do
	$cc -std=gnu11 $flags -fsyntax-only -x c "$header" 2>&1
done >"$dir/bad"
verdict "each header compiles alone"

plugin=plugins/api/kompan-plugin.h
cat >"$dir/use.c" <<'END'
#include <kompan-plugin.h>
static void
step(const struct kp_in *in, struct kp_out *out)
{
	(void)in;
	out->post(out, KP_POST(.id = { "1", 1 }));
}
KP_PLUGIN(lint, .name = "lint", .step = step);
END
$cc -std=c99 -pedantic-errors -Wall -Wextra -Werror -Iplugins/api \
    -fsyntax-only "$dir/use.c" >"$dir/bad" 2>&1
verdict "a plugin can be written in C99, nothing else of ours included"
if [ -n "$cxx" ]; then
	$cxx -std=c++11 -pedantic-errors -Wall -Wextra -Werror -fsyntax-only \
	    -x c++ $plugin >"$dir/bad" 2>&1
	verdict "the plugin header is C++ too"
else
	skip "the plugin header is C++ too" "no C++ compiler"
fi

if command -v mandoc >/dev/null; then
	for page in $(files '*.[1-9]'); do
		mandoc -Tlint -Wwarning "$page"
	done >"$dir/bad" 2>&1
	verdict "manual pages pass mandoc"
else
	skip "manual pages pass mandoc" "mandoc is not installed"
fi

# Somebody's own folders; written so that this line is none.
{
	files '*'
	for file in README.md Makefile.am configure.ac; do
		echo $file
	done
} | xargs grep -InE '(^|[^A-Za-z0-9_.$}/-])/(home|root|work|Users)[/]' \
    >"$dir/bad" 2>/dev/null
verdict "no paths of anybody's machine"

files '*' | while read -r file; do
	case $(head -n 1 "$file" 2>/dev/null | tr -d '\000') in
	'#!/bin/sh'*) echo "sh $file" ;;
	'#!/bin/bash'*) echo "bash $file" ;;
	esac
done >"$dir/scripts"
while read -r shell file; do
	$shell -n "$file" 2>&1
done <"$dir/scripts" >"$dir/bad"
verdict "shell scripts are read by their shell"
if command -v shellcheck >/dev/null; then
	sed 's/^[a-z]* //' "$dir/scripts" |
	    xargs shellcheck -x -P SCRIPTDIR -S warning -f gcc \
	    >"$dir/bad" 2>&1
	verdict "and pass shellcheck"
else
	skip "and pass shellcheck" "shellcheck is not installed"
fi

sed -n 's/^build //p' packaging/debian-packages | LC_ALL=C sort >"$dir/list"
sed -n '/^Build-Depends:/,/^[A-Z]/p' packaging/debian/control |
    sed -n 's/^ \([a-z0-9.+-]*\).*/\1/p' |
    grep -vE '^(debhelper-compat|$)' | LC_ALL=C sort >"$dir/control"
# gcc, make, autoconf and their like come with debhelper and build-essential.
grep -vxE 'autoconf|automake|gcc|libc6-dev|libtool|make' "$dir/list" |
    diff - "$dir/control" >"$dir/bad"
verdict "debian/control and debian-packages name the same libraries"

# What a plugin can be told is in its manual page.
what="every key of every plugin is in its manual page"
kompan=$build/kompan
if "$kompan" plugin info --help >/dev/null 2>&1 && command -v jq >/dev/null
then
	for page in plugins/*/kompan-*.[1-9]; do
		[ -f "$page" ] || continue
		name=$(basename "$(dirname "$page")")
		[ "$name" != template ] || continue
		printf '[agent]\nplugins = %s\nworker = %s\n' \
		    "$build" "$build/kompan-worker" >"$dir/kompan.conf"
		if ! "$kompan" --config "$dir/kompan.conf" plugin info \
		    "$name" --json >"$dir/info" 2>"$dir/err"; then
			echo "$name: $(head -n 1 "$dir/err")"
			continue
		fi
		# A plugin without any is fine; without the lists we look at none.
		jq -e '.settings and .credentials' "$dir/info" >/dev/null ||
		    echo "$name: plugin info tells no settings"
		jq -r '.settings[].name, .credentials[].name' "$dir/info" |
		    while read -r key; do
			grep -qE "^\\.(It|Ic|Cm) .*\\b$key\\b" "$page" ||
			    echo "$page: $key is missing"
		done
	done >"$dir/bad"
	verdict "$what"
else
	skip "$what" "there is no kompan plugin info"
fi

echo "1..$n"
[ $failed -eq 0 ]
