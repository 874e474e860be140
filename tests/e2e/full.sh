#!/bin/sh
# The disk is full for 3 s.
[ -x /usr/bin/python3 ] || { echo '1..0 # SKIP there is no Python'; exit 0; }
exec /usr/bin/python3 -B "${top_srcdir:-.}"/tests/e2e/trouble.py full "$@"
