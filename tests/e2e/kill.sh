#!/bin/sh
# kill -9 of agent and worker, 20 times; tests/soak/run does it 200 times.
[ -x /usr/bin/python3 ] || { echo '1..0 # SKIP there is no Python'; exit 0; }
exec /usr/bin/python3 -B "${top_srcdir:-.}"/tests/e2e/kill.py "$@"
