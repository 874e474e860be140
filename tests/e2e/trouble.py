#!/usr/bin/python3
"""trouble.py - the database is locked, the disk is full: nothing is lost.

    trouble.py lock [--seconds N] [--seed N]
    trouble.py full [--seconds N] [--seed N]

lock: another process holds an exclusive transaction for N seconds while people
post.  full: the state folder is a file system of 8 MB, which something else
fills up and frees N seconds later; that needs root, or a user namespace.
"""

import argparse
import os
import random
import sqlite3
import subprocess
import sys
import time

import world

MOUNTED = 'KOMPAN_E2E_MOUNTED'
FULL_MB = 8


def finish(tap, platform, agent, people):
    people.stop()
    world.settle(platform, agent, people, 180)
    world.check_posts(tap, agent, people)
    world.check_judged(tap, agent, people)
    world.check_rest(tap, platform, agent)


def lives(agent):
    return '' if agent.process.poll() is None else 'exit %d\n%s' % (
        agent.process.returncode, agent.log_tail())


def flows(agent, people):
    """Wait until posts come through: some more than there are now."""
    have = agent.ask('SELECT COUNT(*) FROM post')[0][0]
    world.until('posts come through', lambda: agent.hurry() or agent.ask(
        'SELECT COUNT(*) FROM post')[0][0] > have + 20, 90, 0.1)
    return len(people.posted)


def lock(tap, seed, seconds):
    with world.world(seed) as (platform, agent, people):
        agent.start()
        agent.await_ready()
        people.start()
        flows(agent, people)
        other = sqlite3.connect(agent.database, isolation_level=None,
                                timeout=30)
        other.execute('BEGIN EXCLUSIVE')
        before = agent.ask('SELECT COUNT(*) FROM post')[0][0]
        posted = len(people.posted)
        time.sleep(seconds)             # it is what this is about
        tap.check('nothing got past the lock', '' if before == agent.ask(
            'SELECT COUNT(*) FROM post')[0][0] else 'something did')
        tap.check('people can read meanwhile', '' if agent.say(
            'queue', 'list', '--json') is not None else 'no')
        tap.check('people went on meanwhile (%d posts)' %
                  (len(people.posted) - posted),
                  '' if len(people.posted) > posted + 10 * seconds else 'no')
        tap.check('the agent lives on', lives(agent))
        other.execute('ROLLBACK')
        other.close()
        freed = time.monotonic()
        try:
            flows(agent, people)
            bad = ''
        except world.Failed as e:
            bad = str(e)
        tap.check('posts come through again', bad)
        tap.note('locked for %d s; %.1f s later posts came through again' %
                 (seconds, time.monotonic() - freed))
        finish(tap, platform, agent, people)
        told(tap, agent, people)


def told(tap, agent, people):
    if tap.failed:
        tap.note('the end of the log:\n' + agent.log_tail(30))
    tap.note('%d posts' % len(people.posted))


def fill(path):
    """Write until nothing more goes in."""
    with open(path, 'ab', buffering=0) as f:
        for size in (65536, 4096, 512):
            try:
                while f.write(b'x' * size) == size:
                    pass
            except OSError:
                pass


def full(tap, seed, seconds, state):
    filler = os.path.join(state, 'somebody-elses')
    with world.world(seed, state) as (platform, agent, people):
        agent.start()
        agent.await_ready()
        people.start()
        flows(agent, people)

        def complains():
            fill(filler)
            return any(b'station.failed' in line and b'full' in line
                       for line in agent.log_bytes().splitlines())
        try:
            world.until('the log names the full disk', complains, 90, 0.1)
            bad = ''
        except world.Failed as e:
            bad = str(e)
        tap.check('the log says that the disk is full', bad)
        end = time.monotonic() + seconds
        posted = len(people.posted)
        world.until('it was full for long enough', lambda: fill(filler) or
                    time.monotonic() > end, seconds + 10, 0.1)
        tap.check('people went on meanwhile (%d posts)' %
                  (len(people.posted) - posted),
                  '' if len(people.posted) > posted + 10 * seconds else 'no')
        tap.check('the agent lives on', lives(agent))
        agent.kill()
        agent.start()
        kept = started_full(tap, agent)
        os.unlink(filler)
        if not kept:
            agent.start()
        freed = time.monotonic()
        try:
            agent.await_ready()
            flows(agent, people)
            bad = ''
        except world.Failed as e:
            bad = str(e)
        tap.check('posts come through again', bad)
        tap.note('freed; %.1f s later posts came through again' %
                 (time.monotonic() - freed))
        finish(tap, platform, agent, people)
        told(tap, agent, people)


def started_full(tap, agent):
    """Killed and started while the disk is full: it comes up and waits, or
    ends with the reason, for the supervisor to try again."""
    try:
        agent.await_ready()
        tap.check('started on a full disk it comes up', '')
        return True
    except world.Failed as e:
        reason = agent.log_bytes().rpartition(b'agent.fatal')[2]
        tap.check('started on a full disk it says why not', '' if
                  agent.process.poll() is not None and b'full' in reason or
                  b'No space' in reason else e)
        return agent.process.poll() is None


def mounted():
    """Run this again where mounting is nobody else's business; or None."""
    for way in (['unshare', '-m'], ['unshare', '-r', '-m']):
        try:
            able = subprocess.run(
                way + ['sh', '-c', 'mount -t tmpfs -o size=1m none /mnt'],
                capture_output=True, check=False).returncode == 0
        except OSError:
            return None
        if able:
            return subprocess.run(
                way + [sys.executable, '-B', *sys.argv], check=False,
                env={**os.environ, MOUNTED: '1'}).returncode
    return None


def main():
    parser = argparse.ArgumentParser(description='locked, and full')
    parser.add_argument('what', choices=('lock', 'full'))
    parser.add_argument('--seconds', type=int, default=3)
    parser.add_argument('--seed', type=int)
    args = parser.parse_args()
    if args.what == 'full' and MOUNTED not in os.environ:
        result = mounted()
        if result is None:
            print('1..0 # SKIP no file system may be mounted here')
            return 0
        return result
    seed = args.seed if args.seed is not None else \
        random.SystemRandom().randrange(1 << 32)
    tap = world.Tap()
    tap.note('seed %d' % seed)
    try:
        if args.what == 'lock':
            lock(tap, seed, args.seconds)
        else:
            with world.folder() as state:
                subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=%dm,'
                                'mode=0700' % FULL_MB, 'none', state],
                               check=True)
                try:
                    full(tap, seed, args.seconds, state)
                finally:
                    subprocess.run(['umount', state], check=True)
    except world.Failed as e:
        tap.check('it goes on', e)
    return tap.end()


if __name__ == '__main__':
    sys.exit(main())
