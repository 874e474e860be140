#!/usr/bin/python3
"""Is botapi.py a Bot API?  A client that others wrote has to agree.

Starts botapi.py and drives it with python-telegram-bot (Debian's
python3-python-telegram-bot, 13.x) as the bot and /control/ as the people.
Prints TAP; exits 0 if all went well, 77 if the client is not installed.
"""

import http.client
import json
import os
import subprocess
import sys
import threading
import time
import traceback
import urllib.parse
import warnings

warnings.filterwarnings('ignore', 'python-telegram-bot is using')

try:
    import telegram
    from telegram import error, ext
    from telegram.utils.request import Request
except ImportError:
    print('1..0 # SKIP python3-python-telegram-bot is not installed')
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))
TOKEN = '4242:stand-in'
OTHER = '4343:stand-in'
KINDS = ['message', 'edited_message', 'channel_post', 'edited_channel_post',
         'my_chat_member']


class Peer:
    """The stand-in as a process, its people, and bots that talk to it."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, 'botapi.py'), '--port', '0',
             '--seed', '7',
             '--schema', os.path.join(HERE, 'botapi-types.json')],
            stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.base = 'http://127.0.0.1:%d/bot' % self.port

    def http(self, method, path, body=None, head=None):
        c = http.client.HTTPConnection('127.0.0.1', self.port, timeout=30)
        try:
            c.request(method, path, body, head or {})
            r = c.getresponse()
            return r.status, dict(r.getheaders()), r.read()
        finally:
            c.close()

    def do(self, command, **body):
        status, _, data = self.http('POST', '/control/' + command,
                                    json.dumps(body))
        answer = json.loads(data)
        assert status == 200, '%s: %s' % (command, answer)
        return answer

    def bot(self, token=TOKEN):
        return telegram.Bot(token, base_url=self.base,
                            request=Request(con_pool_size=8))

    def fresh(self, **chat):
        """A clean world without delays; the bot, and a chat if asked for."""
        self.do('reset')
        self.do('settings', repeat_s=0, conflict_s=0)
        self.do('limits', chat_s=0, per_second=0, group_messages=0)
        self.do('privacy', on=False)
        if not chat:
            return self.bot()
        made = self.do('chat', **chat)['chat']['id']
        bot = self.bot()
        drain(bot)
        return bot, made

    def stop(self):
        self.do('quit')
        self.process.wait(10)


def drain(bot):
    """Confirms all that is pending and returns it."""
    out = []
    while True:
        offset = out[-1].update_id + 1 if out else None
        got = bot.get_updates(offset=offset, allowed_updates=KINDS)
        if not got:
            return out
        out += got


def raises(kind, call, *args, **named):
    try:
        call(*args, **named)
    except error.TelegramError as e:
        assert type(e) is kind, 'wanted %s, got %r' % (kind.__name__, e)
        return e
    raise AssertionError('wanted %s, got none' % kind.__name__)


def same(a, b):
    assert a == b, '%r is not %r' % (a, b)


# --- reading -------------------------------------------------------------

def test_me(p):
    """getMe tells whether privacy mode is off"""
    bot = p.fresh()
    assert bot.get_me().can_read_all_group_messages
    p.do('privacy', on=True)
    assert not bot.get_me().can_read_all_group_messages


def test_message(p):
    """a post arrives as it was written"""
    bot, chat = p.fresh(title='Newcomers', username='newcomers_example')
    ana = p.do('user', first_name='Ana', language_code='ro')['user']['id']
    p.do('post', chat=chat, **{'from': ana},
         text='Cum obțin numărul? https://example.org/a')
    u, = drain(bot)
    m = u.message
    same((m.chat.id, m.chat.type, m.from_user.id), (chat, 'supergroup', ana))
    same(m.text, 'Cum obțin numărul? https://example.org/a')
    same([(e.type, e.offset) for e in m.entities], [('url', 19)])
    same(m.link, 'https://t.me/newcomers_example/%d' % m.message_id)
    assert ana > 2**32 and str(chat).startswith('-100')


def test_confirm(p):
    """an update comes again until a higher offset confirms it"""
    bot, chat = p.fresh(type='supergroup')
    for text in 'abc':
        p.do('post', chat=chat, text=text)
    first = [u.update_id for u in bot.get_updates()]
    same([u.update_id for u in bot.get_updates()], first)
    same(first, list(range(first[0], first[0] + 3)))
    rest = bot.get_updates(offset=first[1])
    same([u.message.text for u in rest], ['b', 'c'])
    same([u.message.text for u in bot.get_updates()], ['b', 'c'])


def test_limit(p):
    """limit cuts, a negative offset keeps the last and drops the rest"""
    bot, chat = p.fresh(type='supergroup')
    for n in range(120):
        p.do('post', chat=chat, text=str(n))
    same(len(bot.get_updates()), 100)
    same(len(bot.get_updates(limit=7)), 7)
    same(len(bot.get_updates(limit=1000)), 100)
    same([u.message.text for u in bot.get_updates(offset=-2)], ['118', '119'])
    same(len(bot.get_updates()), 2)


def test_offset_of_another_queue(p):
    """an offset far past the end is ignored, one just past it confirms"""
    bot, chat = p.fresh(type='supergroup')
    p.do('post', chat=chat, text='a')
    u, = bot.get_updates(offset=1900000000)
    same(u.message.text, 'a')
    same(bot.get_updates(offset=u.update_id + 5), [])
    same(bot.get_updates(), [])


def test_long_poll(p):
    """a long poll ends when a post comes, or empty when time is up"""
    bot, chat = p.fresh(type='supergroup')
    start = time.monotonic()
    same(bot.get_updates(timeout=1), [])
    assert 0.9 < time.monotonic() - start < 3
    got = []
    t = threading.Thread(target=lambda: got.extend(
        bot.get_updates(timeout=20)))
    start = time.monotonic()
    t.start()
    p.do('wait', polling=True)
    p.do('post', chat=chat, text='now')
    t.join(10)
    same([u.message.text for u in got], ['now'])
    assert time.monotonic() - start < 5


def test_repeat_is_slowed(p):
    """whoever asks the same again at once waits, and gets one update"""
    bot, chat = p.fresh(type='supergroup')
    p.do('settings', repeat_s=1)
    p.do('post', chat=chat, text='a')
    p.do('post', chat=chat, text='b')
    same(len(bot.get_updates()), 2)
    u, = bot.get_updates()
    same(bot.get_updates(offset=u.update_id + 2), [])
    start = time.monotonic()
    same(bot.get_updates(offset=u.update_id + 2), [])
    assert time.monotonic() - start > 0.9


def test_allowed_updates(p):
    """kinds are chosen when an update is made, and remembered"""
    bot, chat = p.fresh(type='supergroup')
    bot.get_updates(allowed_updates=['edited_message'])
    m = p.do('post', chat=chat, text='a')['message_id']
    p.do('edit', chat=chat, message_id=m, text='b')
    u, = bot.get_updates()
    same(u.edited_message.text, 'b')
    bot.get_updates(offset=u.update_id + 1, allowed_updates=[])
    p.do('post', chat=chat, text='c')
    same([x.message.text for x in bot.get_updates()], ['c'])


def poll_ended_by(p, bot, end):
    """The error that a long poll gets when ${end} is done meanwhile."""
    seen = []

    def poll():
        try:
            bot.get_updates(timeout=20)
        except error.TelegramError as e:
            seen.append(e)
    t = threading.Thread(target=poll)
    t.start()
    p.do('wait', polling=True)
    end()
    t.join(10)
    return seen


def test_revoked_while_polling(p):
    """a token that is revoked ends the long poll with 401"""
    bot, chat = p.fresh(type='supergroup')
    seen = poll_ended_by(p, bot, lambda: p.do('bot', token=TOKEN,
                                              revoked=True))
    same([type(e) for e in seen], [error.Unauthorized])


def test_two_pollers(p):
    """the second long poll ends the first with Conflict"""
    first, chat = p.fresh(type='supergroup')
    seen = poll_ended_by(p, first, lambda: same(
        p.bot().get_updates(timeout=1), []))
    same(seen[0].message, 'Conflict: terminated by other getUpdates request; '
         'make sure that only one bot instance is running')
    assert isinstance(seen[0], error.Conflict)


def test_webhook(p):
    """while a webhook is set getUpdates is Conflict"""
    bot, chat = p.fresh(type='supergroup')
    e = raises(error.BadRequest, bot.set_webhook, 'http://example.org/h')
    assert 'https url must be provided' in e.message, e
    bot.set_webhook('https://example.org/hook')
    p.do('post', chat=chat, text='a')
    raises(error.Conflict, bot.get_updates)
    info = bot.get_webhook_info()
    same((info.url, info.pending_update_count),
         ('https://example.org/hook', 1))
    bot.delete_webhook()
    same(len(bot.get_updates()), 1)
    bot.delete_webhook(drop_pending_updates=True)
    same(bot.get_updates(), [])


def test_week(p):
    """after a week of silence the next update_id is a random one"""
    bot, chat = p.fresh(type='supergroup')
    p.do('post', chat=chat, text='a')
    old = bot.get_updates()[-1].update_id
    p.do('clock', advance_s=8 * 86400)
    p.do('post', chat=chat, text='b')
    u = bot.get_updates(offset=old + 1)[-1]
    same(u.message.text, 'b')
    assert u.update_id != old + 1
    p.do('update_id', next=5)
    p.do('post', chat=chat, text='c')
    u = bot.get_updates(offset=u.update_id + 1)[-1]
    same((u.update_id, u.message.text), (5, 'c'))


def test_day(p):
    """an update is kept for a day"""
    bot, chat = p.fresh(type='supergroup')
    p.do('post', chat=chat, text='a')
    p.do('clock', advance_s=86300)
    same(len(bot.get_updates()), 1)
    p.do('clock', advance_s=200)
    same(bot.get_updates(), [])
    p.do('post', chat=chat, text='old', ago_s=90000)
    same(bot.get_updates(), [])


# --- what messages look like ---------------------------------------------

def test_replies(p):
    """a reply embeds what it answers, one level deep"""
    bot, chat = p.fresh(type='supergroup')
    a = p.do('post', chat=chat, text='a')['message_id']
    b = p.do('post', chat=chat, text='b', reply_to=a)['message_id']
    p.do('post', chat=chat, text='c', reply_to=b)
    c = drain(bot)[-1].message
    same(c.reply_to_message.text, 'b')
    same(c.reply_to_message.reply_to_message, None)
    same((c.message_thread_id, c.is_topic_message), (a, None))


def test_edits(p):
    """edits arrive; some change nothing; deletions never arrive"""
    bot, chat = p.fresh(type='supergroup')
    m = p.do('post', chat=chat, text='a')['message_id']
    p.do('edit', chat=chat, message_id=m, text='b')
    p.do('edit', chat=chat, message_id=m)
    p.do('delete', chat=chat, message_id=m)
    new, edited, silent = drain(bot)
    same((new.message.text, new.message.edit_date), ('a', None))
    same(edited.edited_message.text, 'b')
    assert edited.edited_message.edit_date is not None
    same(silent.edited_message.text, 'b')


def test_topics(p):
    """topic messages carry their topic and answer its first message"""
    bot, chat = p.fresh(type='supergroup', forum=True)
    t = p.do('topic', chat=chat, name='Housing')['topic']
    p.do('post', chat=chat, topic=t, text='a')
    p.do('post', chat=chat, text='general')
    made, a, general = [u.message for u in drain(bot)]
    same(made.forum_topic_created.name, 'Housing')
    same((a.message_thread_id, a.is_topic_message), (t, True))
    same(a.reply_to_message.message_id, t)
    assert a.reply_to_message.forum_topic_created is not None
    same((general.message_thread_id, general.is_topic_message,
          general.reply_to_message), (None, None, None))
    sent = bot.send_message(chat, 'b', message_thread_id=t)
    same((sent.message_thread_id, sent.is_topic_message), (t, True))
    same(bot.send_message(chat, 'c', reply_to_message_id=a.message_id)
         .message_thread_id, t)
    e = raises(error.BadRequest, bot.send_message, chat, 'd',
               message_thread_id=999)
    same(e.message, 'Message thread not found')
    p.do('topic', chat=chat, topic=t, closed=True)
    e = raises(error.BadRequest, bot.send_message, chat, 'e',
               message_thread_id=t)
    same(e.message, 'Topic_closed')


def test_discussion(p):
    """a channel's post is forwarded to its group and commented there"""
    bot, channel = p.fresh(type='channel', username='news_example')
    group = p.do('chat', type='supergroup', linked_to=channel)['chat']['id']
    drain(bot)
    made = p.do('post', chat=channel, text='New form', signature='Ed')
    post, copy = drain(bot)
    same(post.channel_post.text, 'New form')
    same(post.channel_post.from_user, None)
    copy = copy.message
    same((copy.chat.id, copy.message_id), (group, made['forwarded_as']))
    assert copy.is_automatic_forward
    same((copy.sender_chat.id, copy.from_user.id), (channel, 777000))
    same((copy.forward_from_chat.id, copy.forward_from_message_id),
         (channel, made['message_id']))
    one = p.do('post', chat=group, text='Where?', reply_to=copy.message_id)
    p.do('post', chat=group, text='Here', reply_to=one['message_id'])
    where, here = [u.message for u in drain(bot)]
    same(where.message_thread_id, copy.message_id)
    same(here.message_thread_id, copy.message_id)
    same(here.reply_to_message.message_id, where.message_id)
    same(bot.get_chat(channel).linked_chat_id, group)
    same(bot.get_chat(group).linked_chat_id, channel)
    p.do('edit', chat=channel, message_id=made['message_id'], text='Newer')
    a, b = drain(bot)
    same((a.edited_channel_post.text, b.edited_message.text),
         ('Newer', 'Newer'))


def test_album(p):
    """an album is several messages with one media_group_id"""
    bot, chat = p.fresh(type='supergroup')
    p.do('post', chat=chat, album=[{'media': 'photo', 'text': 'Which form?'},
                                   {'media': 'photo'}])
    a, b = [u.message for u in drain(bot)]
    same((a.caption, b.caption, a.text), ('Which form?', None, None))
    assert a.media_group_id == b.media_group_id is not None
    e = raises(error.BadRequest, bot.get_file, a.photo[-1].file_id)
    same(p.do('state')['refused_files'], 1)
    p.do('edit', chat=chat, message_id=a.message_id, text='Which?')
    same(drain(bot)[0].edited_message.caption, 'Which?')


def test_anonymous(p):
    """an anonymous admin and a channel write under false names"""
    bot, chat = p.fresh(type='supergroup')
    channel = p.do('chat', type='channel', bot='none')['chat']['id']
    p.do('post', chat=chat, text='a', sender_chat='anonymous')
    p.do('post', chat=chat, text='b', sender_chat=channel)
    a, b = [u.message for u in drain(bot)]
    same((a.from_user.id, a.sender_chat.id), (1087968824, chat))
    same((b.from_user.id, b.sender_chat.id), (136817688, channel))


def test_privacy(p):
    """in privacy mode a bot sees commands and answers to itself"""
    bot = p.fresh()
    p.do('privacy', on=True)
    chat = p.do('chat', type='supergroup')['chat']['id']
    drain(bot)
    own = bot.send_message(chat, 'Hello')
    p.do('post', chat=chat, text='How do I register?')
    p.do('post', chat=chat, text='/privacy')
    p.do('post', chat=chat, text='/privacy@another_bot')
    p.do('post', chat=chat, text='Thanks', reply_to=own.message_id)
    same([u.message.text for u in drain(bot)], ['/privacy', 'Thanks'])
    p.do('privacy', on=False)
    p.do('post', chat=chat, text='still unseen: joined before')
    same(drain(bot), [])
    p.do('membership', chat=chat, status='administrator')
    p.do('post', chat=chat, text='seen')
    same(drain(bot)[-1].message.text, 'seen')


def test_bots(p):
    """a bot sees neither itself nor another bot"""
    bot = p.fresh()
    p.do('bot', token=OTHER)
    p.do('privacy', token=OTHER, on=False)
    chat = p.do('chat', type='supergroup')['chat']['id']
    drain(bot)
    bot.send_message(chat, 'a')
    p.bot(OTHER).send_message(chat, 'b')
    p.do('post', chat=chat, text='c')
    same([u.message.text for u in drain(bot)], ['c'])
    same([s['text'] for s in p.do('sent')['sent']], ['a', 'b'])


def test_membership(p):
    """being thrown out is told, and refused from then on"""
    bot, chat = p.fresh(type='supergroup')
    p.do('membership', chat=chat, status='kicked')
    p.do('post', chat=chat, text='unseen')
    u = drain(bot)
    same((u[0].my_chat_member.old_chat_member.status,
          u[0].my_chat_member.new_chat_member.status), ('member', 'kicked'))
    same(u[1].message.left_chat_member.id, bot.id)
    same(len(u), 2)
    e = raises(error.Unauthorized, bot.send_message, chat, 'a')
    same(e.message, 'Forbidden: bot was kicked from the supergroup chat')
    raises(error.Unauthorized, bot.get_chat, chat)
    p.do('membership', chat=chat, status='member')
    p.do('post', chat=chat, text='seen')
    same(drain(bot)[-1].message.text, 'seen')


# --- writing -------------------------------------------------------------

def test_reply(p):
    """the bot answers a post, in the old spelling and the new"""
    bot, chat = p.fresh(type='supergroup')
    q = p.do('post', chat=chat, text='Where?')['message_id']
    old = bot.send_message(chat, 'Here', reply_to_message_id=q)
    new = bot.send_message(chat, 'There', api_kwargs={
        'reply_parameters': {'message_id': q}})
    same((old.reply_to_message.message_id, new.reply_to_message.message_id),
         (q, q))
    same([(s['text'], s['reply_to']) for s in p.do('sent')['sent']],
         [('Here', q), ('There', q)])


def test_reply_to_nothing(p):
    """a deleted question cannot be answered, unless that is allowed"""
    bot, chat = p.fresh(type='supergroup')
    q = p.do('post', chat=chat, text='Where?')['message_id']
    p.do('delete', chat=chat, message_id=q)
    e = raises(error.BadRequest, bot.send_message, chat, 'Here',
               reply_to_message_id=q)
    same(e.message, 'Message to be replied not found')
    raises(error.BadRequest, bot.send_message, chat, 'Here', api_kwargs={
        'reply_parameters': {'message_id': q}})
    same(p.do('sent')['sent'], [])
    m = bot.send_message(chat, 'Here', reply_to_message_id=q,
                         allow_sending_without_reply=True)
    same(m.reply_to_message, None)


def test_text(p):
    """text is 1 to 4096 characters, of UTF-16"""
    bot, chat = p.fresh(type='supergroup')
    same(raises(error.BadRequest, bot.send_message, chat, ' ').message,
         'Message text is empty')
    bot.send_message(chat, '\U0001f600' * 2048)
    same(raises(error.BadRequest, bot.send_message, chat,
                '\U0001f600' * 2048 + 'a').message, 'Message is too long')
    raises(error.BadRequest, bot.send_message, 12345, 'a')
    raises(error.BadRequest, bot.send_message, '@nobody_example', 'a')


def test_own_messages(p):
    """the bot edits and deletes what it wrote, and nothing else"""
    bot, chat = p.fresh(type='supergroup')
    q = p.do('post', chat=chat, text='Where?')['message_id']
    m = bot.send_message(chat, 'Here').message_id
    same(bot.edit_message_text('There', chat, m).text, 'There')
    e = raises(error.BadRequest, bot.edit_message_text, 'There', chat, m)
    assert e.message.startswith('Message is not modified'), e
    e = raises(error.BadRequest, bot.edit_message_text, 'There', chat, q)
    same(e.message, "Message can't be edited")
    raises(error.BadRequest, bot.delete_message, chat, q)
    assert bot.delete_message(chat, m)
    same(raises(error.BadRequest, bot.delete_message, chat, m).message,
         'Message to delete not found')
    same([s['method'] for s in p.do('sent')['sent']],
         ['sendMessage', 'editMessageText', 'deleteMessage'])


def test_private(p):
    """a person writes to the bot, which answers"""
    bot = p.fresh()
    ana = p.do('user', first_name='Ana')['user']['id']
    p.do('post', chat=ana, text='/privacy')
    u, = drain(bot)
    same((u.message.chat.type, u.message.chat.id), ('private', ana))
    same([(e.type, e.length) for e in u.message.entities],
         [('bot_command', 8)])
    same(u.message.reply_text('Here is what we keep').chat.id, ana)


def test_limits(p):
    """one message a second and chat, twenty a minute and group"""
    bot, chat = p.fresh(type='supergroup')
    p.do('limits', chat_s=1, group_messages=20, group_s=60)
    bot.send_message(chat, '0')
    e = raises(error.RetryAfter, bot.send_message, chat, 'too soon')
    same(e.retry_after, 1)
    same(p.do('state')['bots'][0]['overstepped'], 0)
    raises(error.RetryAfter, bot.send_message, chat, 'again too soon')
    same(p.do('state')['bots'][0]['overstepped'], 1)
    for n in range(1, 20):
        p.do('clock', advance_s=1.5)
        bot.send_message(chat, str(n))
    p.do('clock', advance_s=1.5)
    e = raises(error.RetryAfter, bot.send_message, chat, '20')
    assert 20 < e.retry_after <= 60, e.retry_after
    p.do('clock', advance_s=e.retry_after)
    bot.send_message(chat, '20')
    same(len(p.do('sent')['sent']), 21)


def test_429_forms(p):
    """429 names its time in header and body, or as the test wants"""
    bot = p.fresh()
    path = '/bot%s/getMe' % TOKEN
    for signal, header, inside in (('both', '7', True), ('body', None, True),
                                   ('header', '7', False)):
        p.do('provoke', kind='429', seconds=7, signal=signal)
        status, head, body = p.http('GET', path)
        body = json.loads(body)
        same((status, head.get('Retry-After'), 'parameters' in body),
             (429, header, inside))
        same((body['ok'], body['error_code'], body['description']),
             (False, 429, 'Too Many Requests: retry after 7'))
    p.do('provoke', kind='429', seconds=7, signal='date')
    assert p.http('GET', path)[1]['Retry-After'].endswith(' GMT')
    p.do('provoke', kind='429', seconds=7)
    same(raises(error.RetryAfter, bot.get_me).retry_after, 7)
    bot.get_me()


def test_migration(p):
    """a group that became a supergroup says so on both sides"""
    bot, old = p.fresh(type='group')
    new = p.do('migrate', chat=old)['chat']['id']
    a, b = [u.message for u in drain(bot)]
    same((a.chat.id, a.migrate_to_chat_id), (old, new))
    same((b.chat.id, b.migrate_from_chat_id), (new, old))
    e = raises(error.ChatMigrated, bot.send_message, old, 'a')
    same(e.new_chat_id, new)
    same(bot.send_message(new, 'a').chat.id, new)
    same(bot.get_chat(old).type, 'group')


def test_tokens(p):
    """401 for a token that is none any more, 404 for what is no token"""
    bot = p.fresh()
    p.do('bot', token=TOKEN, revoked=True)
    same(raises(error.Unauthorized, bot.get_me).message, 'Unauthorized')
    p.do('bot', token=TOKEN, revoked=False)
    bot.get_me()
    raises(error.Unauthorized, p.bot('999:none').get_me)
    same(p.http('GET', '/botnothing/getMe')[0], 404)
    status, _, body = p.http('GET', '/bot%s/getNothing' % TOKEN)
    same((status, json.loads(body)), (404, {
        'ok': False, 'error_code': 404,
        'description': 'Not Found: method not found'}))


# --- the wire ------------------------------------------------------------

def test_encodings(p):
    """query, form, JSON and multipart say the same, in any letter case"""
    bot, chat = p.fresh(type='supergroup')
    path = '/bot%s/SendMessage' % TOKEN
    values = {'chat_id': str(chat), 'text': 'Zażółć & gęślą',
              'reply_parameters': json.dumps({
                  'message_id': 99, 'allow_sending_without_reply': True})}
    form = urllib.parse.urlencode(values)
    parts = ''.join('--X\r\nContent-Disposition: form-data; name="%s"\r\n\r\n'
                    '%s\r\n' % kv for kv in values.items()) + '--X--\r\n'
    for method, where, body, kind in (
            ('GET', path + '?' + form, None, None),
            ('POST', path + '?' + form, None, None),
            ('POST', path, form, 'application/x-www-form-urlencoded'),
            ('POST', path, json.dumps(values), 'application/json'),
            ('POST', path, parts.encode(),
             'multipart/form-data; boundary=X')):
        status, _, data = p.http(method, where, body,
                                 {'Content-Type': kind} if kind else None)
        same((status, json.loads(data)['result']['text']),
             (200, values['text']))
    same(p.http('POST', path, '{"chat_id":', {
        'Content-Type': 'application/json'})[0], 400)
    same(p.http('POST', path, None, {'Content-Length': '2000000'})[0], 413)


def test_faults(p):
    """provoked faults spoil so many answers and no more"""
    bot, chat = p.fresh(type='supergroup')
    for kind, wanted in (('500', error.NetworkError),
                         ('502', error.NetworkError),
                         ('garbage', error.TelegramError),
                         ('empty', error.TelegramError),
                         ('half', error.NetworkError)):
        p.do('provoke', kind=kind, count=2)
        raises(wanted, bot.get_me)
        raises(wanted, bot.get_me)
        bot.get_me()
    p.do('provoke', kind='drop', method='sendMessage')
    bot.get_me()
    raises(error.NetworkError, bot.send_message, chat, 'lost before')
    p.do('provoke', kind='drop', method='sendMessage', when='after')
    raises(error.NetworkError, bot.send_message, chat, 'sent, unknown')
    same([s['text'] for s in p.do('sent')['sent']], ['sent, unknown'])
    p.do('provoke', kind='slow', seconds=0.5)
    start = time.monotonic()
    bot.get_me()
    assert time.monotonic() - start > 0.4


def test_updater(p):
    """the client's own main loop runs against it"""
    bot, chat = p.fresh(type='supergroup')
    updater = ext.Updater(bot=bot, workers=1)
    updater.dispatcher.add_handler(ext.MessageHandler(
        ext.Filters.update.message & ext.Filters.text,
        lambda u, c: u.message.reply_text('re: ' + u.message.text,
                                          quote=True)))
    updater.start_polling(timeout=1)
    try:
        asked = p.do('post', chat=chat, text='Where?')['message_id']
        p.do('wait', polling=True)
        for _ in range(100):
            sent = p.do('sent')['sent']
            if sent:
                break
            time.sleep(0.05)
        same([(s['text'], s['reply_to']) for s in sent],
             [('re: Where?', asked)])
    finally:
        updater.stop()


def test_shapes(p):
    """nothing that went out contradicted the documented types"""
    same(p.violations, [])
    bot, chat = p.fresh(type='supergroup')
    p.do('post', chat=chat, text='a', fields={'edit_date': 'now', 'no': 1})
    same(p.do('state')['violations'], [
        "update.message.edit_date: no Integer: 'now'",
        'update.message.no: no such field of Message'])


def main():
    tests = [(f.__doc__, f) for name, f in globals().items()
             if name.startswith('test_')]
    if len(sys.argv) > 1:
        tests = [t for t in tests if t[1].__name__[5:] in sys.argv[1:]]
    peer = Peer()
    peer.violations = []
    print('1..%d' % len(tests))
    failed = 0
    try:
        for n, (name, test) in enumerate(tests, 1):
            try:
                test(peer)
                print('ok %d - %s' % (n, name), flush=True)
            except Exception:       # report and go on with the next
                failed += 1
                print('not ok %d - %s' % (n, name))
                for line in traceback.format_exc().splitlines():
                    print('# ' + line, flush=True)
            peer.violations += peer.do('state')['violations']
    finally:
        peer.stop()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
