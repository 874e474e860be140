# lib.sh - what packaging/quickstart and packaging/check share; sourced by
# both, with $name (of the command) and $top (the checkout) set.
# shellcheck shell=sh disable=SC2154

say()
{
	printf '%s: %s\n' "$name" "$*"
}

# fail TEXT REMEDY: both are for a person.
fail()
{
	printf '%s: error: %s\n' "$name" "$1" >&2
	[ -z "${2-}" ] || printf '%s: remedy: %s\n' "$name" "$2" >&2
	exit 1
}

seconds()
{
	date +%s
}

# packages_missing GROUP...: those that are not installed, on one line.
packages_missing()
{
	for group; do
		sed -n "s/^$group //p" "$top/packaging/debian-packages"
	done | while read -r package; do
		case $(dpkg-query -W -f '${db:Status-Status}' "$package" \
		    2>/dev/null) in
		installed)
			;;
		*)
			printf '%s ' "$package"
			;;
		esac
	done
}

# packages_install GROUP...: install what is missing, and only that.
packages_install()
{
	command -v dpkg-query >/dev/null 2>&1 || fail \
	    "this is not a Debian system: dpkg-query is missing" \
	    "install what packaging/debian-packages lists by hand and run packaging/$name --no-packages"
	missing=$(packages_missing "$@")
	[ -n "$missing" ] || return 0
	as_root=env
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null 2>&1 || fail \
		    "packages are missing, and installing them needs root" \
		    "as root: apt-get install --no-install-recommends $missing"
		as_root='sudo env'
	fi
	say "installing packages: $missing"
	log=$(mktemp)
	# $missing and $as_root are lists of words.
	# shellcheck disable=SC2086
	if { $as_root apt-get update && $as_root \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y \
	    --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
		rm -f "$log"
	else
		tail -n 20 "$log" >&2
		rm -f "$log"
		fail "apt-get could not install the packages (its last words stand above)" \
		    "check the network and /etc/apt/sources.list, then run this again"
	fi
}

# copy_tree DIR: the files that git tracks, as they are now, into a new DIR;
# so a build of it leaves the checkout as it was.
copy_tree()
{
	mkdir "$1" || return 1
	# Owned by somebody else is no reason to refuse reading names.
	if git -c safe.directory='*' -C "$top" ls-files -z \
	    >"$1.files" 2>/dev/null && [ -s "$1.files" ]; then
		(cd "$top" && tar -cf - --null --no-recursion -T "$1.files" \
		    --ignore-failed-read 2>/dev/null) | tar -C "$1" -xf -
	else
		# An unpacked release, or no git: all but what a build left.
		(cd "$top" && tar -cf - --exclude=./.git --exclude='./build*' \
		    --exclude=./autom4te.cache --exclude='*.o' --exclude='*.lo' \
		    --exclude='*.la' --exclude=.libs --exclude=.deps \
		    --exclude=./config.status --exclude=./config.h \
		    --exclude=./Makefile --exclude=./practice-state .) |
		    tar -C "$1" -xf -
	fi
	[ -f "$1/configure.ac" ]
}
