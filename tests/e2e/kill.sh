#!/bin/sh
# kill -9 of agent and worker at random instants, 20 times: see kill.py.
python3=/usr/bin/python3
if [ ! -x $python3 ]; then
	echo '1..0 # SKIP there is no python3'
	exit 0
fi
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
exec $python3 "${top_srcdir:-.}/tests/e2e/kill.py" --times 20
