#!/bin/sh
# The rules that we ship load whole: every pattern, every ok and no of theirs.
top=${top_srcdir:-.}
kompan=${top_builddir:-.}/kompan
echo 1..1
if text=$("$kompan" rules check "$top/rules" 2>&1); then
	echo "ok 1 - the shipped rules are good"
else
	echo "not ok 1 - the shipped rules are good"
	echo "$text" | sed 's/^/# /'
fi
