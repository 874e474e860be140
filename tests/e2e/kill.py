#!/usr/bin/python3
"""kill.py - kill -9 at random instants: nothing lost, nothing twice.

    kill.py [--times N] [--seed N] [--per-second N]

While people post, the agent or its worker is killed again and again: at any
instant of its life, its start included, or just after a burst of posts, when
it is busy with them.  In the end the database has to hold what was posted.
"""

import argparse
import collections
import os
import random
import signal
import sys
import time

import world


def confirmed(bot):
    return bot['next_update'] - bot['pending']


def state_killed(platform, agent):
    """What the kill interrupted, as far as it can be told from outside."""
    try:
        cursor = agent.cursor()
    except Exception:                   # pylint: disable=broad-except
        return 'before there was a database'
    bot = platform.bot()
    if cursor > confirmed(bot):
        return 'stored, not confirmed'
    if agent.ask('SELECT 1 FROM post WHERE match_state = 0'):
        return 'stored, not matched'
    return 'posts waiting' if bot['pending'] else 'nothing waiting'


def one_kill(dice, platform, agent, people):
    """Returns who was killed, and in the middle of what."""
    prey = dice.choice(('agent', 'worker'))
    if prey == 'worker' or dice.random() < 0.6:
        agent.await_ready()
    if prey == 'worker':
        world.until('there is a worker', lambda: agent.hurry() or
                    agent.children(), every=0.05)
    if dice.random() < 0.5:
        # A late confirmation leaves time between the commit and it.
        if dice.random() < 0.5:
            platform.do('provoke', kind='slow', method='getUpdates',
                        count=2, seconds=0.2)
        people.burst(dice.randint(5, 40))
        wait_s = dice.uniform(0, 0.15)
    else:
        wait_s = dice.uniform(0, 0.8)
    time.sleep(wait_s)
    if prey == 'agent':
        if agent.process.poll() is not None:
            raise world.Failed('the agent ended by itself: %d\n%s' % (
                agent.process.returncode, agent.log_tail()))
        agent.kill()
        what = state_killed(platform, agent)
        agent.start()
        return prey, what
    pids = agent.children()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    if not pids:
        return prey, 'none lived'
    if agent.process.poll() is not None:
        raise world.Failed('the agent died of its worker')
    return prey, 'killed'


def main():
    parser = argparse.ArgumentParser(description='kill -9, again and again')
    parser.add_argument('--times', type=int, default=20)
    parser.add_argument('--seed', type=int)
    parser.add_argument('--per-second', type=int, default=120)
    args = parser.parse_args()
    seed = args.seed if args.seed is not None else \
        random.SystemRandom().randrange(1 << 32)
    dice = random.Random(seed)
    tap, tally = world.Tap(), collections.Counter()
    tap.note('seed %d (again: --seed %d)' % (seed, seed))
    began = time.monotonic()
    with world.world(seed, per_second=args.per_second) as (platform, agent,
                                                           people):
        agent.start()
        people.start()
        bad = ''
        try:
            for _ in range(args.times):
                tally[one_kill(dice, platform, agent, people)] += 1
            agent.await_ready()
        except world.Failed as e:
            bad = 'after %d: %s' % (sum(tally.values()), e)
        tap.check('killed %d times, and up again' % args.times, bad)
        people.stop()
        if not bad:
            posted_s = time.monotonic() - began
            world.settle(platform, agent, people)
            world.check_posts(tap, agent, people)
            world.check_judged(tap, agent, people)
            world.check_rest(tap, platform, agent)
        if tap.failed:
            tap.note('the end of the log:\n' + agent.log_tail(30))
    for (prey, what), n in sorted(tally.items()):
        tap.note('%3d x %s: %s' % (n, prey, what))
    tap.note('%d posts, %d edits, %d questions; %.0f s posting, %.0f s in all'
             % (len(people.posted), people.edits, people.asked,
                posted_s if not bad else 0, time.monotonic() - began))
    return tap.end()


if __name__ == '__main__':
    sys.exit(main())
