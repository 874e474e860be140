#!/bin/sh
# list.sh - write plugins/list.am, which includes the fragment of each plugin.
# autoreconf runs it (configure.ac), and plugins/new.sh.
set -e
cd "$(dirname "$0")/.."
{
	echo "# Written by plugins/list.sh: do not edit."
	for am in plugins/*/*.am; do
		name=$(basename "$am" .am)
		if test -f "$am" && test "$am" = "plugins/$name/$name.am"; then
			echo "include $am"
		fi
	done
} >plugins/list.am.new
if cmp -s plugins/list.am.new plugins/list.am; then
	rm plugins/list.am.new
else
	mv plugins/list.am.new plugins/list.am
fi
