#!/bin/sh
# The database is locked for 3 s; tests/soak/run does it for longer.
[ -x /usr/bin/python3 ] || { echo '1..0 # SKIP there is no Python'; exit 0; }
exec /usr/bin/python3 -B "${top_srcdir:-.}"/tests/e2e/trouble.py lock "$@"
