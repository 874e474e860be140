"""What the end-to-end tests share: a platform, an agent, people who post.

The platform is tests/peers/botapi.py, which tells at any time what the bot
has confirmed.  The agent is the real one with the real plugin, in a state
folder of its own.  Everything is looked at from outside: by the database,
opened for reading, by the command line, and by what the platform says.

Nothing here sleeps and hopes: what has to come true is asked for until it does
or its time is over.
"""

import contextlib
import http.client
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time

SOURCE = os.environ.get('top_srcdir') or os.path.abspath(
    os.path.join(os.path.dirname(__file__), '..', '..'))
BUILD = os.environ.get('top_builddir') or '.'
TOKEN = '4242:stand-in'
PACKS = ('words', 'asking.rules', 'wages.rules', 'topics.rules',
         'answer.rules', 'solved.rules', 'filler.rules')
QUESTION = 'My boss did not pay my salary for two months (%d), what can I do?'
CHATTER = 'Today I went to the market, no %d.'


class Failed(Exception):
    """What makes a test go no further."""


def until(what, question, seconds=60, every=0.02):
    """Ask until there is an answer; Failed with ${what} after ${seconds}."""
    end = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failed('%s: not within %d s' % (what, seconds))
        time.sleep(every)


class Tap:
    """Results, one a line; what a failed one saw stands below it."""

    def __init__(self):
        self.n = self.failed = 0

    def note(self, text):
        for line in str(text).splitlines():
            print('#', line, flush=True)

    def check(self, name, bad):
        """Good if ${bad} is empty; else it says what was seen."""
        self.n += 1
        if bad:
            self.failed += 1
            print('not ok %d - %s' % (self.n, name), flush=True)
            self.note(bad)
        else:
            print('ok %d - %s' % (self.n, name), flush=True)

    def end(self):
        print('1..%d' % self.n, flush=True)
        return 1 if self.failed else 0


class Platform:
    """The Bot API stand-in."""

    def __init__(self):
        here = os.path.join(SOURCE, 'tests', 'peers')
        self.process = subprocess.Popen(
            ['/usr/bin/python3', '-B', os.path.join(here, 'botapi.py'),
             '--token', TOKEN, '--schema',
             os.path.join(here, 'botapi-types.json')],
            stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.base = 'http://127.0.0.1:%d' % self.port
        self.local = threading.local()
        self.do('settings', repeat_s=0, conflict_s=0)
        self.do('privacy', on=False, at_once=True)

    def do(self, command, **fields):
        """Say a command; each thread has a connection of its own."""
        if getattr(self.local, 'http', None) is None:
            self.local.http = http.client.HTTPConnection(
                '127.0.0.1', self.port, timeout=120)
        self.local.http.request('POST', '/control/' + command,
                                json.dumps(fields))
        answer = json.load(self.local.http.getresponse())
        if not answer.get('ok'):
            raise Failed('%s: %s' % (command, answer))
        return answer

    def bot(self):
        return self.do('state')['bots'][0]

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class Agent:
    """A configuration, and the process that comes and goes.

    ${source} is what `source add` is told besides a name, egress and interval;
    ${packs} are the rules it has.
    """

    def __init__(self, path, source, token=TOKEN, state=None, packs=PACKS):
        self.folder = path
        self.state = state or os.path.join(path, 'state')
        self.database = os.path.join(self.state, 'kompan.db')
        self.conf = os.path.join(path, 'kompan.conf')
        self.log = os.path.join(path, 'agent.log')
        self.process = None
        self.workers = set()            # all that were ever seen
        self.configure(token, packs)
        self.say('source', 'add', 'peer', *source, 'egress=http local',
                 'interval=1 s')

    def configure(self, token, packs):
        build = os.path.abspath(BUILD)
        rules = os.path.join(self.folder, 'rules')
        os.makedirs(rules)
        for name in packs:
            os.symlink(os.path.abspath(os.path.join(SOURCE, 'rules', name)),
                       os.path.join(rules, name))
        secret = os.path.join(self.folder, 'token')
        with open(secret, 'w', encoding='utf-8',
                  opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write(token + '\n')
        with open(self.conf, 'w', encoding='utf-8') as f:
            f.write('[agent]\nstate = %s\nplugins = %s\nrules = %s\n'
                    'worker = %s/kompan-worker\n\n[decide]\ngrace = 0 s\n\n'
                    '[credential bot]\ntoken = %s\n' %
                    (self.state, build, rules, build, secret))

    def say(self, *words, good=(0,)):
        """A verb of the command line; what it prints."""
        done = subprocess.run(
            [os.path.join(BUILD, 'kompan'), '--config', self.conf, *words],
            capture_output=True, text=True, timeout=90, check=False)
        if done.returncode not in good:
            raise Failed('kompan %s: exit %d: %s%s' % (
                ' '.join(words), done.returncode, done.stdout, done.stderr))
        return done.stdout

    def start(self):
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen(
                [os.path.join(BUILD, 'kompan'), '--config', self.conf,
                 'agent'], stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def await_ready(self):
        """The event agent.ready of this very process is in the log."""
        mark = b' pid=%d\n' % self.process.pid

        def ready():
            if self.process.poll() is not None:
                raise Failed('the agent ended: %d\n%s' % (
                    self.process.returncode, self.log_tail()))
            _, start, rest = self.log_bytes().rpartition(mark)
            return start and b'agent.ready' in rest
        until('the agent is ready', ready)

    def log_bytes(self):
        with open(self.log, 'rb') as f:
            return f.read()

    def log_tail(self, lines=15):
        text = self.log_bytes().decode('utf-8', 'replace')
        return '\n'.join(text.splitlines()[-lines:])

    def children(self):
        """Process ids of the workers that live now."""
        found = []
        for task in listdir('/proc/%d/task' % self.process.pid):
            path = '/proc/%d/task/%s/children' % (self.process.pid, task)
            with contextlib.suppress(OSError), open(path,
                                                    encoding='ascii') as f:
                found += [int(pid) for pid in f.read().split()]
        found = [pid for pid in found if is_worker(pid)]
        self.workers.update(found)
        return found

    def kill(self):
        self.children()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.children()
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failed('the agent does not end on SIGTERM') from None

    def ask(self, sql, *values):
        """Rows of the database, as it is now."""
        db = sqlite3.connect('file:%s?mode=ro' % self.database, uri=True,
                             timeout=10)
        try:
            return db.execute(sql, values).fetchall()
        finally:
            db.close()

    def cursor(self):
        """The update that the agent would ask for next."""
        word = self.ask('SELECT cursor FROM source')[0][0]
        return int(bytes(word).split(b':')[1]) if word else 0

    def hurry(self):
        """A source that failed waits half a minute; admins need not."""
        if self.ask('SELECT 1 FROM source WHERE fails > 0 AND due_at > ?',
                    int(time.time() * 1000) + 2000):
            self.say('source', 'resume', 'peer')


def bot_source(base):
    return ('telegram', 'credential=bot', 'api=' + base, 'basis=invited',
            'poll_timeout=1')


def listdir(path):
    try:
        return os.listdir(path)
    except OSError:
        return []


def is_worker(pid):
    """A dead one that nobody reaped yet is none."""
    try:
        with open('/proc/%d/stat' % pid, encoding='ascii',
                  errors='replace') as f:
            name, _, rest = f.read().rpartition(')')
    except OSError:
        return False
    return 'kompan-worker' in name and rest.split()[0] != 'Z'


class People(threading.Thread):
    """Post without pause: some ask, some answer, some change what they said.

    ${posted} is what there has to be in the end: (chat, id) -> text.
    """

    def __init__(self, platform, seed, per_second=120, groups=6):
        super().__init__(daemon=True)
        self.platform = platform
        self.dice = random.Random(seed)
        self.pause = 1 / per_second
        self.chats = [platform.do('chat', title='Group %d' % i)['chat']['id']
                      for i in range(groups)]
        self.users = [platform.do('user')['user']['id'] for _ in range(20)]
        self.posted, self.parents = {}, {}
        self.edits = self.asked = 0
        self.hasty = 0
        self.over = threading.Event()
        self.error = None

    def run(self):
        try:
            while not self.over.wait(0 if self.hasty else self.pause):
                self.hasty = max(0, self.hasty - 1)
                self.act()
        except Exception as e:          # pylint: disable=broad-except
            self.error = e

    def burst(self, n):
        """The next ${n} posts come without a pause; begin now."""
        self.hasty = n
        before = len(self.posted)
        until('somebody posts', lambda: len(self.posted) > before, 30, 0.002)

    def act(self):
        n = len(self.posted)
        chat = self.dice.choice(self.chats)
        fate = self.dice.random()
        earlier = [k for k in list(self.posted)[-200:] if k[0] == chat]
        if earlier and fate < 0.05:
            key = self.dice.choice(earlier)
            text = self.posted[key] + ' I add: no %d.' % n
            self.platform.do('edit', chat=chat, message_id=key[1], text=text)
            self.posted[key] = text
            self.edits += 1
            return
        fields = {'chat': chat, 'from': self.dice.choice(self.users),
                  'text': (QUESTION if fate < 0.2 else CHATTER) % n}
        if earlier and fate > 0.85:
            fields['reply_to'] = self.dice.choice(earlier)[1]
        key = chat, self.platform.do('post', **fields)['message_id']
        self.posted[key] = fields['text']
        self.asked += fate < 0.2
        if 'reply_to' in fields:
            self.parents[key] = fields['reply_to']

    def stop(self):
        self.over.set()
        self.join()
        if self.error is not None:
            raise Failed('nobody posts any more: %s' % self.error)


@contextlib.contextmanager
def folder():
    path = tempfile.mkdtemp(prefix='kompan-e2e.')
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def world(seed, state=None, **people):
    """Platform, agent (not started) and people (silent) for one test."""
    platform = agent = crowd = None
    with folder() as path:
        try:
            platform = Platform()
            agent = Agent(path, bot_source(platform.base), state=state)
            crowd = People(platform, seed, **people)
            yield platform, agent, crowd
        finally:
            if crowd is not None and crowd.is_alive():
                crowd.over.set()
                crowd.join()
            if agent is not None and agent.process is not None and \
                    agent.process.poll() is None:
                agent.kill()
            if platform is not None:
                platform.stop()


def settle(platform, agent, people, seconds=120):
    """All that was posted is confirmed, stored, matched and judged; or not:
    then what the checks find says what is missing."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        agent.hurry()
        with contextlib.suppress(Failed):
            platform.do('wait', seconds=1)
            break

    def done():
        now = int(time.time() * 1000)
        return not agent.ask(
            'SELECT 1 FROM post WHERE match_state = 0 UNION ALL '
            'SELECT 1 FROM thread WHERE judge_at <= ?', now) and \
            agent.ask('SELECT COUNT(*) FROM post')[0][0] >= \
            len(people.posted)
    with contextlib.suppress(Failed):
        until('all is judged', done, max(5, end - time.monotonic()), 0.1)


def some(found, what):
    """The first of what was found, for people to read."""
    found = list(found)
    return '' if not found else '%d %s: %s' % (
        len(found), what, ', '.join(str(f) for f in found[:8]))


def check_posts(tap, agent, people):
    """Nothing lost, nothing twice, nothing left undone."""
    want = {'%d:%d' % key: text for key, text in people.posted.items()}
    rows = agent.ask('SELECT ext, text, match_state, parent FROM post')
    have = {}
    twice = []
    for ext, *rest in rows:
        if ext in have:
            twice.append(ext)
        have[ext] = rest
    tap.check('no post was lost', some(sorted(set(want) - set(have)),
                                       'of %d missing' % len(want)))
    tap.check('none is there twice, and none that nobody wrote',
              some(twice + sorted(set(have) - set(want)), 'too many'))
    tap.check('each has its last text', some(
        ['%s is "%s"' % (ext, have[ext][0]) for ext in want
         if ext in have and have[ext][0] != want[ext]], 'differ'))
    parents = {'%d:%d' % key: '%d:%d' % (key[0], parent)
               for key, parent in people.parents.items()}
    tap.check('replies are tied to what they answer', some(
        ['%s to %s' % (ext, have[ext][2]) for ext, parent in parents.items()
         if ext in have and have[ext][2] != parent], 'differ'))
    tap.check('every post was matched', some(
        [ext for ext in have if have[ext][1] != 1], 'were not'))


def check_judged(tap, agent, people):
    asks = {'%d:%d' % key for key, text in people.posted.items()
            if text.startswith(QUESTION[:20])}
    found = [row[0] for row in agent.ask(
        'SELECT p.ext FROM question q JOIN post p ON p.id = q.post')]
    tap.check('every question was judged, nothing else (%d)' % len(asks),
              some(sorted(asks ^ set(found)), 'differ') or
              some([ext for ext in set(found) if found.count(ext) > 1],
                   'twice'))
    tap.check('no item has two entries of one version in its history', some(
        agent.ask('SELECT item, version FROM history WHERE item IS NOT NULL'
                  ' GROUP BY item, version HAVING COUNT(*) > 1'), 'have'))
    # Some ask again below their own question, or answer vaguely.
    tap.check('each waits in the queue once, or is answered', some(
        agent.ask("SELECT q.post, q.state, i.state FROM question q"
                  " LEFT JOIN item i ON i.post = q.post"
                  " AND i.kind = 'question'"
                  " WHERE (q.state NOT IN ('answered', 'solved')) <>"
                  " COALESCE(i.state = 'new', 0)"),
        'questions with a wrong item'))


def check_rest(tap, platform, agent):
    bot = platform.bot()
    bad = '' if bot['pending'] == 0 else '%d wait at the platform; ' % \
        bot['pending']
    if agent.cursor() != bot['next_update']:
        bad += 'the cursor says %d, the platform %d' % (
            agent.cursor(), bot['next_update'])
    tap.check('the cursor is where the platform is', bad)
    report = json.loads(agent.say('db', 'check', '--json', good=(0, 1)))
    tap.check('db check is clean', '' if report['good'] and
              not report['faults'] else report['faults'])
    tap.check('the platform had nothing to complain about',
              some(platform.do('state')['violations'], 'violations'))
    agent.stop()
    tap.check('the agent ends in order', '' if agent.process.returncode == 0
              else 'exit %d\n%s' % (agent.process.returncode,
                                    agent.log_tail()))

    def gone():
        return not any(is_worker(pid) for pid in agent.workers)
    try:
        until('all workers are gone', gone, 10)
        bad = ''
    except Failed as e:
        bad = str(e)
    tap.check('no worker outlives its agent (%d seen)' % len(agent.workers),
              bad)
