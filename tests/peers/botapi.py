#!/usr/bin/python3
"""A stand-in for Telegram's Bot API server, for tests.

Bots come in at /bot<TOKEN>/<METHOD> as they would at api.telegram.org; a test
plays the people at /control/<COMMAND>: it posts, edits, deletes, makes topics,
migrates groups, throws the bot out, turns the clock, and provokes errors.

It is written from the platform's documentation and from what the public server
does, not from any client of it, and keeps what clients get wrong: an update
comes again until a higher offset confirms it; the next update_id is random
after a week of silence; a second long poll ends the first with 409; an update
is filtered when it is made and not when it is fetched; the server never tells
about deletions, nor about what the bot itself or another bot wrote.

Everything lives in memory, behind one lock; each connection has its thread.
The commands and their fields are in README.md beside this file.
"""

import argparse
import collections
import email.parser
import email.policy
import email.utils
import http.server
import json
import math
import os
import random
import re
import signal
import socket
import struct
import sys
import threading
import time
import urllib.parse

DAY_S = 86400
WEEK_S = 7 * DAY_S
TEXT_MAX = 4096             # UTF-16 code units
BODY_MAX = 1 << 20          # bytes of a request
QUEUE_SPAN = 100000         # an offset further in the past is ignored
LOG_MAX = 20000             # remembered requests

TELEGRAM = {'id': 777000, 'is_bot': False, 'first_name': 'Telegram'}
ANONYMOUS = {'id': 1087968824, 'is_bot': True, 'first_name': 'Group',
             'username': 'GroupAnonymousBot'}
CHANNEL_BOT = {'id': 136817688, 'is_bot': True, 'first_name': 'Channel',
               'username': 'Channel_Bot'}

UPDATE_KINDS = (
    'message', 'edited_message', 'channel_post', 'edited_channel_post',
    'inline_query', 'chosen_inline_result', 'callback_query',
    'shipping_query', 'pre_checkout_query', 'poll', 'poll_answer',
    'my_chat_member', 'chat_member', 'chat_join_request', 'message_reaction',
    'message_reaction_count', 'chat_boost', 'removed_chat_boost')
NOT_BY_DEFAULT = {'chat_member', 'message_reaction', 'message_reaction_count'}
DEFAULT_KINDS = frozenset(UPDATE_KINDS) - NOT_BY_DEFAULT

# The server sends these although the documentation no longer names them.
UNDOCUMENTED = {
    'Message': {'forward_from_chat', 'forward_from_message_id',
                'forward_signature', 'forward_date', 'new_chat_participant',
                'new_chat_member', 'left_chat_participant'},
    'Chat': {'all_members_are_administrators', 'accepted_gift_types'},
    'ChatFullInfo': {'all_members_are_administrators', 'can_send_gift'},
    'ChatMemberAdministrator': {'can_manage_voice_chats'},
}


class ApiError(Exception):
    """What a bot gets instead of a result."""

    def __init__(self, code, description, **parameters):
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def envelope(self):
        body = {'ok': False, 'error_code': self.code,
                'description': self.description}
        if self.parameters:
            body['parameters'] = self.parameters
        return body


class ControlError(Exception):
    """A test asked for something that makes no sense."""


def too_many(seconds):
    return ApiError(429, 'Too Many Requests: retry after %d' % seconds,
                    retry_after=seconds)


def bad(text):
    return ApiError(400, 'Bad Request: ' + text)


def utf16_len(text):
    return len(text.encode('utf-16-le')) // 2


# --- the documented shape of what goes out -------------------------------

class Schema:
    """Checks outgoing objects against the names and types of a file."""

    BY_FIELD = {
        'MessageOrigin': ('type', {
            'user': 'MessageOriginUser', 'chat': 'MessageOriginChat',
            'hidden_user': 'MessageOriginHiddenUser',
            'channel': 'MessageOriginChannel'}),
        'ChatMember': ('status', {
            'creator': 'ChatMemberOwner', 'left': 'ChatMemberLeft',
            'administrator': 'ChatMemberAdministrator',
            'member': 'ChatMemberMember', 'kicked': 'ChatMemberBanned',
            'restricted': 'ChatMemberRestricted'})}
    PLAIN = {'Integer': int, 'String': str, 'Boolean': bool, 'True': bool,
             'Float': float}

    def __init__(self, path):
        with open(path, encoding='utf-8') as f:
            types = json.load(f)['types']
        self.types = {name: self.fields(t) for name, t in types.items()}

    @staticmethod
    def fields(raw):
        """Takes the long form, {fields: [...]}, and the short one."""
        if not isinstance(raw.get('fields'), list):
            return raw
        return {f['name']: '|'.join(
            re.sub(r'^Array of (.*)', r'[\1]', t) for t in f['types'])
            + ('!' if f['required'] else '') for f in raw['fields']}

    def check(self, kind, value, where):
        """Lists what is wrong with ${value}, which should be a ${kind}."""
        if '|' in kind:
            found = [self.check(k, value, where) for k in kind.split('|')]
            return [] if [] in found else found[0]
        if kind.startswith('['):
            if not isinstance(value, list):
                return ['%s: no array' % where]
            return [bug for i, v in enumerate(value)
                    for bug in self.check(kind[1:-1], v,
                                          '%s[%d]' % (where, i))]
        if kind in self.PLAIN:
            good = isinstance(value, self.PLAIN[kind])
            if kind == 'Integer' and isinstance(value, bool):
                good = False
            return [] if good else ['%s: no %s: %r' % (where, kind, value)]
        if not isinstance(value, dict):
            return ['%s: no object: %r' % (where, value)]
        if kind in self.BY_FIELD:
            field, kinds = self.BY_FIELD[kind]
            if value.get(field) not in kinds:
                return ['%s.%s: unknown: %r' % (where, field,
                                                value.get(field))]
            kind = kinds[value[field]]
        if kind not in self.types:
            return []
        return self.check_object(kind, value, where)

    def check_object(self, kind, value, where):
        fields = self.types[kind]
        bugs = ['%s.%s: missing' % (where, name)
                for name, t in fields.items()
                if t.endswith('!') and name not in value]
        for name, v in value.items():
            at = '%s.%s' % (where, name)
            if name in fields:
                bugs += self.check(fields[name].rstrip('!'), v, at)
            elif name not in UNDOCUMENTED.get(kind, ()):
                bugs.append('%s: no such field of %s' % (at, kind))
        return bugs


# --- the world: users, chats, messages -----------------------------------

class Message:
    """One message of a chat.  ${content} is what the sender chose."""

    def __init__(self, chat, message_id, date, content):
        self.chat = chat
        self.id = message_id
        self.date = date
        self.content = content
        self.edit_date = 0
        self.sender = None          # user object, "from"
        self.sender_chat = None     # Chat
        self.signature = None
        self.reply_to = None        # Message of the same chat
        self.thread = 0             # id of the thread's root
        self.is_topic = False
        self.is_service = False
        self.origin = None          # channel Message that this forwards
        self.album = None
        self.extra = {}             # given by the test as they are
        self.deleted = False
        self.forward = None         # of a channel post: its copy below

    def render(self, nested=False):
        """As the server would show it now; replies show one level deep."""
        out = {'message_id': self.id}
        if self.sender:
            out['from'] = self.sender
        if self.signature:
            out['author_signature'] = self.signature
        if self.sender_chat:
            out['sender_chat'] = self.sender_chat.brief()
        out['chat'] = self.chat.brief()
        out['date'] = self.date
        if self.edit_date:
            out['edit_date'] = self.edit_date
        if self.thread:
            out['message_thread_id'] = self.thread
        if self.origin:
            out.update(self.render_origin())
        if not nested:
            target = self.reply_to or self.implicit_reply()
            if target and not target.deleted:
                out['reply_to_message'] = target.render(nested=True)
        if self.album:
            out['media_group_id'] = self.album
        out.update(self.content)
        if self.is_topic:
            out['is_topic_message'] = True
        out.update(self.extra)
        return out

    def render_origin(self):
        post = self.origin
        origin = {'type': 'channel', 'chat': post.chat.brief(),
                  'message_id': post.id, 'date': post.date}
        out = {'forward_origin': origin, 'is_automatic_forward': True,
               'forward_from_chat': post.chat.brief(),
               'forward_from_message_id': post.id, 'forward_date': post.date}
        if post.signature:
            origin['author_signature'] = post.signature
            out['forward_signature'] = post.signature
        return out

    def implicit_reply(self):
        """In a thread every plain message answers the thread's root."""
        if self.thread and self.thread < self.id:
            return self.chat.messages.get(self.thread)
        return None

    def text(self):
        return self.content.get('text', self.content.get('caption', ''))

    def expires(self):
        return max(self.date, self.edit_date) + DAY_S


class Chat:
    """A private chat, basic group, supergroup or channel."""

    def __init__(self, chat_id, kind, **about):
        self.id = chat_id
        self.kind = kind
        self.about = about          # title, username, first_name ...
        self.is_forum = False
        self.linked = None          # channel <-> discussion group
        self.migrated_to = None
        self.messages = {}
        self.next_id = 1
        self.topics = {}            # root id -> {'name', 'closed'}
        self.members = {}           # bot id -> Membership

    def brief(self):
        out = {'id': self.id}
        out.update((k, v) for k, v in self.about.items() if v is not None)
        if self.is_forum:
            out['is_forum'] = True
        out['type'] = self.kind
        if self.kind == 'group':
            out['all_members_are_administrators'] = False
            out['accepted_gift_types'] = gift_types()
        return out

    def full(self):
        out = self.brief()
        if self.about.get('username'):
            out['active_usernames'] = [self.about['username']]
        if self.kind in ('group', 'supergroup'):
            out['permissions'] = {
                'can_send_messages': True, 'can_send_polls': True,
                'can_invite_users': True, 'can_pin_messages': False}
        if self.linked:
            out['linked_chat_id'] = self.linked.id
        out['accepted_gift_types'] = gift_types()
        out['accent_color_id'] = 3
        out['max_reaction_count'] = 11
        return out

    def new_message(self, date, content):
        message = Message(self, self.next_id, date, content)
        self.messages[self.next_id] = message
        self.next_id += 1
        return message

    def is_group(self):
        return self.kind in ('group', 'supergroup')

    def forget(self, message):
        message.deleted = True


class Membership:
    """What a bot is in a chat.  Privacy mode counts as it was on joining."""

    def __init__(self, status, reads_all):
        self.status = status
        self.reads_all = reads_all

    def is_in(self):
        return self.status in ('member', 'administrator', 'restricted')

    def render(self, user):
        out = {'user': user, 'status': self.status}
        if self.status == 'administrator':
            rights = dict.fromkeys((
                'can_be_edited', 'can_manage_chat', 'can_change_info',
                'can_delete_messages', 'can_invite_users', 'is_anonymous',
                'can_restrict_members', 'can_promote_members',
                'can_manage_video_chats', 'can_post_stories',
                'can_edit_stories', 'can_delete_stories',
                'can_manage_voice_chats'), False)
            rights['can_manage_chat'] = True
            out.update(rights)
        elif self.status == 'kicked':
            out['until_date'] = 0
        return out


def gift_types():
    return dict.fromkeys(('unlimited_gifts', 'limited_gifts', 'unique_gifts',
                          'premium_subscription', 'gifts_from_channels'),
                         False)


ENTITY = re.compile(
    r'(?P<url>https?://[^\s<>"]*[^\s<>".,;:!?)])'
    r'|(?P<email>[\w.+-]+@[\w-]+\.[\w.-]*\w)'
    r'|(?P<bot_command>(?<![\w/])/[A-Za-z]\w{0,63}(?:@\w{3,32})?)'
    r'|(?P<mention>(?<!\w)@[A-Za-z]\w{3,31})'
    r'|(?P<hashtag>(?<!\w)#\w+)')


def entities_of(text):
    """What the server finds by itself, in UTF-16 units."""
    return [{'type': m.lastgroup, 'offset': utf16_len(text[:m.start()]),
             'length': utf16_len(m.group())} for m in ENTITY.finditer(text)]


def media_content(kind, options):
    """The field of Message that holds an attachment of ${kind}."""
    def file(n):
        name = 'standin-%s-%d' % (kind, n)
        return {'file_id': 'id-' + name, 'file_unique_id': 'u-' + name,
                'file_size': 1000 * n}
    if kind == 'photo':
        return {'photo': [dict(file(n), width=90 * n, height=60 * n)
                          for n in (1, 4, 14)]}
    if kind == 'video':
        return {'video': dict(file(5), width=640, height=360, duration=7,
                              mime_type='video/mp4')}
    if kind == 'voice':
        return {'voice': dict(file(2), duration=3, mime_type='audio/ogg')}
    if kind == 'document':
        return {'document': dict(
            file(3), file_name=options.get('file_name', 'form.pdf'),
            mime_type=options.get('mime_type', 'application/pdf'))}
    raise ControlError('media: photo, video, voice or document, not %r' % kind)


# --- a bot: its queue of updates, its limits -----------------------------

class Limiter:
    """At most so many messages a chat, a group and the bot may send."""

    def __init__(self, limits):
        self.limits = limits
        self.sent = collections.defaultdict(collections.deque)
        self.refused_until = {}
        self.overstepped = 0    # sent again before the time that we named

    def admit(self, chat, now):
        """Raises 429 or notes one more message."""
        key = chat.id
        if now < self.refused_until.get(key, 0):
            self.overstepped += 1
        waits = [self.wait(key, 1, self.limits['chat_s'], now),
                 self.wait(None, self.limits['per_second'], 1, now)]
        if chat.is_group():
            waits.append(self.wait(key, self.limits['group_messages'],
                                   self.limits['group_s'], now))
        longest = max(waits)
        if longest > 0:
            seconds = max(1, math.ceil(longest))
            self.refused_until[key] = now + seconds
            raise too_many(seconds)
        for k in (key, None):
            self.sent[k].append(now)
            if len(self.sent[k]) > 1000:
                self.sent[k].popleft()

    def wait(self, key, count, span_s, now):
        """Seconds until one more is allowed; 0 = off, or allowed now."""
        times = self.sent[key]
        if not count or not span_s or len(times) < count:
            return 0
        return times[-int(count)] + span_s - now


class Bot:
    def __init__(self, token, user, limits):
        self.token = token
        self.user = user
        self.revoked = False
        self.reads_all = False      # privacy mode is off
        self.updates = collections.deque()      # (id, expires, update)
        self.next_update = random.randint(10**8, 10**9)
        self.last_made = None       # when the last update was made
        self.allowed = DEFAULT_KINDS
        self.webhook = None
        self.webhook_set_at = 0
        self.poll = None            # the waiting long poll
        self.previous_offset = None
        self.previous_start = 0
        self.next_conflict = 0
        self.limiter = Limiter(limits)
        self.private = {}           # user id -> Chat

    def me(self):
        return dict(self.user, can_join_groups=True,
                    can_read_all_group_messages=self.reads_all,
                    supports_inline_queries=False,
                    supports_guest_queries=False,
                    can_connect_to_business=False, has_main_web_app=False,
                    has_topics_enabled=False,
                    allows_users_to_create_topics=False,
                    can_manage_bots=False)

    def push(self, kind, body, expires, now):
        """Queues an update, unless the bot asked for none of that kind."""
        if kind not in self.allowed or expires <= now:
            return None
        if self.last_made is not None and now - self.last_made >= WEEK_S:
            self.next_update = random.randint(1, 10**9)
        self.last_made = now
        update = {'update_id': self.next_update, kind: body}
        self.updates.append((self.next_update, expires, update))
        self.next_update += 1
        return update

    def drop_old(self, now):
        self.updates = collections.deque(
            u for u in self.updates if u[1] > now)

    def take(self, offset, limit, now):
        """The pending updates from ${offset} on; forgets those before.

        A negative offset keeps that many from the end.  One that lies past
        the end, or very far back, cannot be of this queue and is ignored.
        """
        self.drop_old(now)
        if offset < 0:
            while len(self.updates) > -offset:
                self.updates.popleft()
        elif (offset and offset <= self.next_update + 10
                and (not self.updates
                     or offset >= self.updates[0][0] - QUEUE_SPAN)):
            while self.updates and self.updates[0][0] < offset:
                self.updates.popleft()
        return [u for _, _, u in list(self.updates)[:limit]]


class Poll:
    """A getUpdates call that waits; ${end} says why it was ended."""

    def __init__(self):
        self.end = None


# --- the server ----------------------------------------------------------

class World:
    def __init__(self, schema):
        self.schema = schema
        self.changed = threading.Condition()
        self.reset()

    def reset(self):
        self.skew = 0
        self.bots = {}
        self.users = {}
        self.chats = {}
        self.next_user = 5000000001     # more than 32 bits, as today's are
        self.next_chat = 1
        self.next_album = 13000000000000001
        self.faults = []
        self.requests = collections.deque(maxlen=LOG_MAX)
        self.sent = []
        self.bugs = []
        self.refused_files = 0
        self.limits = {'chat_s': 1, 'group_messages': 20, 'group_s': 60,
                       'per_second': 30}
        self.settings = {'conflict_s': 3.0, 'repeat_s': 3.0}

    def now(self):
        return time.time() + self.skew

    def date(self):
        return int(self.now())

    def check(self, kind, value, where):
        if self.schema is None:
            return
        for bug in self.schema.check(kind, value, where):
            self.bugs.append(bug)
            print('botapi: ' + bug, file=sys.stderr, flush=True)

    # Bots and what they may see

    def add_bot(self, token, **about):
        bot_id = int(token.split(':')[0])
        user = {'id': bot_id, 'is_bot': True,
                'first_name': about.get('first_name') or 'Signpost',
                'username': about.get('username') or 'bot%d_bot' % bot_id}
        bot = Bot(token, user, self.limits)
        self.bots[token] = bot
        return bot

    def sees(self, bot, message):
        chat = message.chat
        if chat.kind == 'private':
            return (bot.private.get(chat.id) is chat
                    and message.sender['id'] != bot.user['id'])
        here = chat.members.get(bot.user['id'])
        if here is None:
            return False
        if not here.is_in():
            left = message.content.get('left_chat_member')
            return left is not None and left['id'] == bot.user['id']
        if chat.kind == 'channel':
            return message.sender is None
        if self.by_bot(message):
            return False
        if here.status == 'administrator' or here.reads_all \
                or message.is_service:
            return True
        if message.reply_to and message.reply_to.sender == bot.user:
            return True
        return self.is_command_for(bot, message.content.get('text', ''))

    @staticmethod
    def by_bot(message):
        """Bots never see each other; the fake senders do not count."""
        return (message.sender is not None and message.sender['is_bot']
                and message.sender_chat is None)

    @staticmethod
    def is_command_for(bot, text):
        m = re.match(r'/[A-Za-z]\w*(?:@(\w+))?', text)
        return m is not None and (
            m.group(1) is None
            or m.group(1).lower() == bot.user['username'].lower())

    def announce(self, message, edited=False):
        kind = 'channel_post' if message.chat.kind == 'channel' else 'message'
        if edited:
            kind = 'edited_' + kind
        for bot in self.bots.values():
            if self.sees(bot, message):
                update = bot.push(kind, message.render(), message.expires(),
                                  self.now())
                if update:
                    self.check('Update', update, 'update')
        self.changed.notify_all()

    # Chats

    def new_chat_id(self, kind):
        n = self.next_chat
        self.next_chat += 1
        return -(4000000 + n) if kind == 'group' \
            else -(1001234000000 + n)

    def find_chat(self, bot, text):
        """The chat that a bot's chat_id names, or None."""
        text = str(text)
        if text.startswith('@'):
            for chat in self.chats.values():
                name = chat.about.get('username')
                if name and name.lower() == text[1:].lower():
                    return chat
            return None
        if not re.fullmatch(r'-?\d{1,19}', text):
            return None
        number = int(text)
        return bot.private.get(number) or self.chats.get(number)

    def reach_chat(self, bot, params, access='write', name='chat_id'):
        """The chat that a request may read, edit or write, or an error."""
        text = params.text(name)
        if not text:
            raise bad('chat_id is empty')
        chat = self.find_chat(bot, text)
        if chat is None:
            raise bad('chat not found')
        if chat.kind == 'private':
            return chat
        here = chat.members.get(bot.user['id'])
        status = here.status if here else 'left'
        if chat.kind == 'group':
            self.reach_group(chat, status, access)
            return chat
        where = 'the %s chat' % chat.kind
        if status == 'kicked':
            raise ApiError(403, 'Forbidden: bot was kicked from ' + where)
        public = bool(chat.about.get('username'))
        if status == 'left' and not (public and access == 'read'):
            raise ApiError(403, 'Forbidden: bot is not a member of ' + where)
        return chat

    @staticmethod
    def reach_group(chat, status, access):
        if chat.migrated_to and access == 'write':
            raise ApiError(
                400, 'Bad Request: group chat was upgraded to a supergroup'
                ' chat', migrate_to_chat_id=chat.migrated_to.id)
        if access == 'read':
            return
        if status == 'kicked':
            raise ApiError(403, 'Forbidden: bot was kicked from the group'
                           ' chat')
        if status == 'left':
            raise ApiError(403, 'Forbidden: bot is not a member of the group'
                           ' chat')

    def join_thread(self, message):
        """Sets thread and topic of a message from what it answers."""
        chat, target = message.chat, message.reply_to
        if chat.is_forum:
            if not message.thread and target is not None:
                message.thread = target.thread or (
                    target.id if target.id in chat.topics else 0)
            message.is_topic = message.thread != 0
        elif chat.kind == 'supergroup' and target is not None:
            message.thread = target.thread or target.id

    def set_member(self, bot, chat, status, by):
        """Changes what a bot is in a chat and tells it."""
        old = chat.members.get(bot.user['id']) or Membership('left', False)
        new = Membership(status, old.reads_all)
        if new.is_in() and not old.is_in():
            new.reads_all = bot.reads_all
        chat.members[bot.user['id']] = new
        body = {'chat': chat.brief(), 'from': by, 'date': self.date(),
                'old_chat_member': old.render(bot.user),
                'new_chat_member': new.render(bot.user)}
        update = bot.push('my_chat_member', body, self.date() + DAY_S,
                          self.now())
        if update:
            self.check('Update', update, 'update')
        if chat.is_group() and new.is_in() != old.is_in():
            self.tell_joined(bot, chat, new.is_in(), by)
        self.changed.notify_all()

    def tell_joined(self, bot, chat, joined, by):
        if joined:
            content = {'new_chat_participant': bot.user,
                       'new_chat_member': bot.user,
                       'new_chat_members': [bot.user]}
        else:
            content = {'left_chat_participant': bot.user,
                       'left_chat_member': bot.user}
        self.service(chat, by, content)

    def service(self, chat, by, content, sender_chat=None):
        message = chat.new_message(self.date(), content)
        message.sender = by
        message.sender_chat = sender_chat
        message.is_service = True
        self.announce(message)
        return message

    def forward(self, post):
        """A channel's post appears in its discussion group by itself."""
        group = post.chat.linked
        if group is None:
            return
        copy = group.new_message(self.date(), post.content)
        copy.sender = TELEGRAM
        copy.sender_chat = post.chat
        copy.signature = post.signature
        copy.album = post.album
        copy.origin = post
        post.forward = copy
        self.announce(copy)


class Params:
    """The parameters of a request, wherever they stood in it."""

    def __init__(self, values):
        self.values = values

    def text(self, name):
        value = self.values.get(name)
        if value is None:
            return ''
        if isinstance(value, bool):
            return 'true' if value else 'false'
        if isinstance(value, (dict, list)):
            return json.dumps(value)
        return str(value)

    def integer(self, name, default=0, low=None, high=None):
        try:
            value = int(self.text(name))
        except ValueError:
            return default
        if low is not None:
            value = max(low, value)
        return value if high is None else min(high, value)

    def flag(self, name):
        return self.text(name).strip().lower() in ('true', 'yes', '1')

    def json(self, name, what):
        """An object or array, sent as such or as its JSON text."""
        value = self.values.get(name)
        if isinstance(value, str):
            try:
                return json.loads(value) if value else None
            except ValueError:
                raise bad("can't parse %s JSON object" % what) from None
        return value


class Api:
    """The methods that bots call; each returns the result or raises."""

    RESULTS = {'getme': 'User', 'getupdates': '[Update]',
               'getwebhookinfo': 'WebhookInfo', 'getchat': 'ChatFullInfo',
               'getchatmember': 'ChatMember', 'sendmessage': 'Message',
               'editmessagetext': 'Message'}

    def __init__(self, world):
        self.world = world
        self.methods = {
            name[2:]: getattr(self, name)
            for name in dir(self) if name.startswith('m_')}

    def call(self, bot, method, params):
        """Runs one method; returns the whole answer."""
        if method not in self.methods:
            raise ApiError(404, 'Not Found: method not found')
        result = self.methods[method](bot, params)
        body = {'ok': True}
        if isinstance(result, tuple):       # with a word of explanation
            body['result'], body['description'] = result
        else:
            body['result'] = result
        if method in self.RESULTS:
            self.world.check(self.RESULTS[method], body['result'], method)
        return body

    def m_getme(self, bot, params):
        return bot.me()

    # Updates

    def m_getupdates(self, bot, params):
        world = self.world
        if bot.webhook:
            raise ApiError(
                409, "Conflict: can't use getUpdates method while webhook is"
                ' active; use deleteWebhook to delete the webhook first')
        offset = params.integer('offset')
        limit = params.integer('limit', 100, 1, 100)
        timeout = params.integer('timeout', 0, 0, 50)
        self.allow(bot, params)
        # Whoever asks the same again at once is slowed down.
        start = time.monotonic()
        again = start - bot.previous_start
        repeat_s = world.settings['repeat_s']
        if offset == bot.previous_offset and again < repeat_s:
            timeout = max(timeout, repeat_s)
            if again < min(0.5, repeat_s):
                limit = 1
        bot.previous_offset, bot.previous_start = offset, start
        found = bot.take(offset, limit, world.now())
        if found or not timeout:
            return found
        return self.wait(bot, max(offset, 0), limit, start + timeout)

    def wait(self, bot, offset, limit, until):
        world, poll = self.world, Poll()
        self.end_poll(bot, 'terminated by other getUpdates request; make sure'
                      ' that only one bot instance is running')
        bot.poll = poll
        world.changed.notify_all()          # for those in c_wait
        while poll.end is None:
            found = bot.take(offset, limit, world.now())
            left = until - time.monotonic()
            if found or left <= 0:
                bot.poll = None
                return found
            world.changed.wait(left)
        if bot.revoked:
            raise ApiError(401, 'Unauthorized')
        # Repeated conflicts are answered late, so that two bots which chase
        # each other do so slowly.
        now = time.monotonic()
        late = now + world.settings['conflict_s']
        if now >= bot.next_conflict:
            bot.next_conflict = late
        else:
            while time.monotonic() < late:
                world.changed.wait(late - time.monotonic())
        raise ApiError(409, 'Conflict: ' + poll.end)

    def end_poll(self, bot, why):
        if bot.poll is not None:
            bot.poll.end = why
            bot.poll = None
            self.world.changed.notify_all()

    @staticmethod
    def allow(bot, params):
        try:
            names = params.json('allowed_updates', 'allowed updates')
        except ApiError:
            return
        if not isinstance(names, list) or \
                not all(isinstance(n, str) for n in names):
            return
        known = frozenset(n.lower() for n in names) & frozenset(UPDATE_KINDS)
        bot.allowed = known or DEFAULT_KINDS

    def m_setwebhook(self, bot, params):
        url = params.text('url')
        if not url:
            return self.m_deletewebhook(bot, params)
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != 'https':
            raise bad('bad webhook: An HTTPS URL must be provided for webhook')
        if (parts.port or 443) not in (80, 88, 443, 8443):
            raise bad('bad webhook: Webhook can be set up only on ports 80,'
                      ' 88, 443 or 8443')
        now = self.world.now()
        if self.world.limits['chat_s'] and now < bot.webhook_set_at + 1:
            raise too_many(1)
        bot.webhook_set_at = now
        self.allow(bot, params)
        if params.flag('drop_pending_updates'):
            bot.updates.clear()
        if bot.webhook == url:
            return True, 'Webhook is already set'
        self.end_poll(bot, 'terminated by setWebhook request')
        bot.webhook = url
        return True, 'Webhook was set'

    def m_deletewebhook(self, bot, params):
        if params.flag('drop_pending_updates'):
            bot.updates.clear()
        if not bot.webhook:
            return True, 'Webhook is already deleted'
        bot.webhook = None
        return True, 'Webhook was deleted'

    def m_getwebhookinfo(self, bot, params):
        bot.drop_old(self.world.now())
        info = {'url': bot.webhook or '', 'has_custom_certificate': False,
                'pending_update_count': len(bot.updates)}
        if bot.webhook:
            info['max_connections'] = 40
            info['ip_address'] = '<unknown>'
        if bot.allowed != DEFAULT_KINDS:
            info['allowed_updates'] = [k for k in UPDATE_KINDS
                                       if k in bot.allowed]
        return info

    # Chats

    def m_getchat(self, bot, params):
        return self.world.reach_chat(bot, params, 'read').full()

    def m_getchatmember(self, bot, params):
        chat = self.world.reach_chat(bot, params, 'read')
        user_id = params.integer('user_id')
        if user_id == bot.user['id']:
            here = chat.members.get(user_id) or Membership('left', False)
            return here.render(bot.user)
        if user_id in self.world.users:
            return Membership('member', True).render(self.world.users[user_id])
        raise bad('user not found')

    def m_getchatmembercount(self, bot, params):
        chat = self.world.reach_chat(bot, params, 'read')
        return len({m.sender['id'] for m in chat.messages.values()
                    if m.sender} | set(chat.members))

    def m_leavechat(self, bot, params):
        chat = self.world.reach_chat(bot, params)
        self.world.set_member(bot, chat, 'left', bot.user)
        return True

    def m_getfile(self, bot, params):
        """Always refused: what only reads text has no need of files."""
        self.world.refused_files += 1
        raise bad('wrong file_id or the file is temporarily unavailable')

    def m_sendchataction(self, bot, params):
        self.world.reach_chat(bot, params)
        return True

    # Messages

    @staticmethod
    def message_text(params):
        text = params.text('text').strip()
        if not text:
            raise bad('message text is empty')
        if utf16_len(text) > TEXT_MAX:
            raise bad('message is too long')
        if params.text('parse_mode'):
            raise bad('unsupported parse_mode')     # by this stand-in
        entities = params.json('entities', 'entities')
        content = {'text': text}
        if entities is None:
            entities = entities_of(text)
        if entities:
            content['entities'] = entities
        return content

    @staticmethod
    def reply_target(params):
        """What is to be answered: (chat_id text, message_id, lenient)."""
        reply = params.json('reply_parameters', 'reply parameters')
        if reply is None:
            return '', params.integer('reply_to_message_id'), \
                params.flag('allow_sending_without_reply')
        if not isinstance(reply, dict):
            raise bad('object expected as reply parameters')
        if not reply:
            return '', 0, False
        inner = Params(reply)
        if not re.fullmatch(r'-?\d+', inner.text('message_id')):
            raise bad('can\'t parse reply parameters: Can\'t find field'
                      ' "message_id"')
        return inner.text('chat_id'), inner.integer('message_id'), \
            inner.flag('allow_sending_without_reply')

    def m_sendmessage(self, bot, params):
        world = self.world
        content = self.message_text(params)
        where, target_id, lenient = self.reply_target(params)
        chat = world.reach_chat(bot, params)
        thread = params.integer('message_thread_id', 0, 0)
        if chat.is_forum and thread and thread not in chat.topics:
            raise bad('message thread not found')
        target = None
        if target_id > 0:
            other = chat if where in ('', params.text('chat_id')) else \
                world.reach_chat(bot, Params({'chat_id': where}), 'read')
            target = other.messages.get(target_id)
            if (target is None or target.deleted) and not lenient:
                raise bad('message to be replied not found')
            if target is not None and target.deleted:
                target = None
        if chat.is_forum:
            into = thread or self.topic_of(target)
            if into and chat.topics[into]['closed']:
                raise bad('TOPIC_CLOSED')
        bot.limiter.admit(chat, world.now())
        return self.deliver(bot, chat, content, target, thread)

    @staticmethod
    def topic_of(target):
        if target is None or not target.chat.is_forum:
            return 0
        return target.thread or (target.id if target.id in target.chat.topics
                                 else 0)

    def deliver(self, bot, chat, content, target, thread):
        world = self.world
        message = chat.new_message(world.date(), content)
        if chat.kind == 'channel':
            message.sender_chat = chat
        else:
            message.sender = bot.user
        near = target is not None and target.chat is chat and (
            not chat.is_forum or not thread or self.topic_of(target) == thread)
        if near:
            message.reply_to = target
        elif target is not None:
            message.extra['external_reply'] = self.external(target)
        if chat.is_forum:       # elsewhere the server ignores the field
            message.thread = thread
        world.join_thread(message)
        world.sent.append({
            'method': 'sendMessage', 'at': world.now(), 'token': bot.token,
            'chat_id': chat.id, 'message_id': message.id,
            'text': content['text'], 'message_thread_id': message.thread,
            'reply_to': target.id if target is not None else None})
        if chat.kind == 'channel':
            world.forward(message)
        return message.render()

    @staticmethod
    def external(target):
        if target.sender_chat:
            origin = {'type': 'chat', 'date': target.date,
                      'sender_chat': target.sender_chat.brief()}
        else:
            origin = {'type': 'user', 'date': target.date,
                      'sender_user': target.sender}
        return {'origin': origin, 'chat': target.chat.brief(),
                'message_id': target.id}

    def own_message(self, bot, params, what, access):
        chat = self.world.reach_chat(bot, params, access)
        message = chat.messages.get(params.integer('message_id'))
        here = chat.members.get(bot.user['id'])
        if message is None or message.deleted or \
                (chat.kind != 'private' and not (here and here.is_in())):
            raise bad('message to %s not found' % what)
        return message

    def m_editmessagetext(self, bot, params):
        world = self.world
        content = self.message_text(params)
        message = self.own_message(bot, params, 'edit', 'edit')
        if message.sender is None or message.sender['id'] != bot.user['id']:
            raise bad("message can't be edited")
        if message.content == content:
            raise bad('message is not modified: specified new message content'
                      ' and reply markup are exactly the same as a current'
                      ' content and reply markup of the message')
        bot.limiter.admit(message.chat, world.now())
        message.content = content
        message.edit_date = world.date()
        world.sent.append({
            'method': 'editMessageText', 'at': world.now(),
            'token': bot.token, 'chat_id': message.chat.id,
            'message_id': message.id, 'text': content['text']})
        return message.render()

    def m_deletemessage(self, bot, params):
        world = self.world
        if not params.text('chat_id'):
            raise bad('chat identifier is not specified')
        if not params.integer('message_id'):
            raise bad('message identifier is not specified')
        message = self.own_message(bot, params, 'delete', 'write')
        mine = message.sender is not None and \
            message.sender['id'] == bot.user['id']
        if not mine or message.date + 2 * DAY_S < world.now():
            raise bad("message can't be deleted for everyone")
        message.chat.forget(message)
        world.sent.append({
            'method': 'deleteMessage', 'at': world.now(), 'token': bot.token,
            'chat_id': message.chat.id, 'message_id': message.id})
        return True


# --- what a test may do --------------------------------------------------

class Control:
    """The commands under /control/; each takes and returns an object."""

    FAULTS = ('429', '500', '502', 'slow', 'drop', 'half', 'garbage', 'empty',
              'huge')

    def __init__(self, world):
        self.world = world
        self.quitting = False       # once this answer has gone out
        self.commands = {
            name[2:]: getattr(self, name)
            for name in dir(self) if name.startswith('c_')}

    def call(self, name, body):
        if name not in self.commands:
            raise ControlError('no such command: %s; there are: %s' % (
                name, ' '.join(sorted(self.commands))))
        return self.commands[name](body) or {}

    # Looking things up

    def bot(self, body):
        bots = self.world.bots
        token = body.get('token')
        if token is None and bots:
            return next(iter(bots.values()))
        if token not in bots:
            raise ControlError('no bot %r' % token)
        return bots[token]

    def chat(self, body, name='chat'):
        if name not in body:
            raise ControlError('%s is missing' % name)
        number = body[name]
        if number in self.world.chats:
            return self.world.chats[number]
        if number in self.world.users:
            return self.private(self.bot(body), self.world.users[number])
        raise ControlError('no chat %r' % number)

    @staticmethod
    def private(bot, user):
        if user['id'] not in bot.private:
            about = {k: user.get(k)
                     for k in ('first_name', 'last_name', 'username')}
            bot.private[user['id']] = Chat(user['id'], 'private', **about)
        return bot.private[user['id']]

    def message(self, body):
        chat = self.chat(body)
        message = chat.messages.get(body.get('message_id'))
        if message is None or message.deleted:
            raise ControlError('no message %r' % body.get('message_id'))
        return message

    def user(self, who):
        """A user given as id, as object, or not at all."""
        world = self.world
        if isinstance(who, int):
            if who not in world.users:
                raise ControlError('no user %r' % who)
            return world.users[who]
        who = dict(who or {})
        if 'id' not in who:
            who['id'] = world.next_user
            world.next_user += 1
        user = {'id': who['id'], 'is_bot': bool(who.get('is_bot', False)),
                'first_name': who.get('first_name', 'Somebody')}
        for name in ('last_name', 'username', 'language_code'):
            if who.get(name):
                user[name] = who[name]
        world.users[user['id']] = user
        return user

    # Bots, people, places

    def c_bot(self, body):
        token = body.get('token')
        if not isinstance(token, str) or \
                not re.fullmatch(r'[1-9]\d{0,15}:[\w-]{1,60}', token):
            raise ControlError('token: NUMBER:LETTERS')
        bot = self.world.bots.get(token) or \
            self.world.add_bot(token, **{k: body.get(k) for k in
                                         ('first_name', 'username')})
        bot.revoked = bool(body.get('revoked', bot.revoked))
        if bot.revoked:
            Api(self.world).end_poll(bot, 'the token was revoked')
        return {'bot': bot.me()}

    def c_privacy(self, body):
        """Privacy mode; a group notices it when the bot joins again."""
        bot = self.bot(body)
        bot.reads_all = not body.get('on', True)
        if body.get('at_once'):
            for chat in self.world.chats.values():
                if bot.user['id'] in chat.members:
                    chat.members[bot.user['id']].reads_all = bot.reads_all
        return {'bot': bot.me()}

    def c_user(self, body):
        return {'user': self.user(body)}

    def c_chat(self, body):
        world = self.world
        kind = body.get('type', 'supergroup')
        if kind not in ('group', 'supergroup', 'channel'):
            raise ControlError('type: group, supergroup or channel')
        number = body.get('id') or world.new_chat_id(kind)
        chat = Chat(number, kind, title=body.get('title', 'A %s' % kind),
                    username=body.get('username'))
        chat.is_forum = bool(body.get('forum'))
        if 'linked_to' in body:
            other = self.chat(body, 'linked_to')
            if {chat.kind, other.kind} != {'channel', 'supergroup'}:
                raise ControlError('a channel is linked to a supergroup')
            chat.linked, other.linked = other, chat
        world.chats[number] = chat
        status = body.get('bot', 'administrator' if kind == 'channel'
                          else 'member')
        if status != 'none':
            by = self.user(body.get('by'))
            bots = [self.bot(body)] if 'token' in body \
                else list(world.bots.values())
            for bot in bots:
                world.set_member(bot, chat, status, by)
        return {'chat': chat.brief()}

    def c_membership(self, body):
        status = body.get('status')
        if status not in ('member', 'administrator', 'left', 'kicked'):
            raise ControlError('status: member, administrator, left, kicked')
        self.world.set_member(self.bot(body), self.chat(body), status,
                              self.user(body.get('by')))

    def c_topic(self, body):
        """Makes a topic, or with ${topic} renames, closes, opens one."""
        chat, by = self.chat(body), self.user(body.get('from'))
        if not chat.is_forum:
            raise ControlError('the chat is no forum')
        if 'topic' not in body:
            name = body.get('name', 'Topic')
            content = {'forum_topic_created': {'name': name,
                                               'icon_color': 7322096}}
            root = chat.new_message(self.world.date(), content)
            root.sender, root.is_service = by, True
            root.thread, root.is_topic = root.id, True
            chat.topics[root.id] = {'name': name, 'closed': False}
            self.world.announce(root)
            return {'topic': root.id, 'message': root.render()}
        topic = chat.topics.get(body['topic'])
        if topic is None:
            raise ControlError('no topic %r' % body['topic'])
        if 'name' in body:
            topic['name'] = body['name']
            content = {'forum_topic_edited': {'name': body['name']}}
        else:
            topic['closed'] = bool(body.get('closed', True))
            content = {'forum_topic_closed' if topic['closed']
                       else 'forum_topic_reopened': {}}
        note = chat.new_message(self.world.date(), content)
        note.sender, note.is_service = by, True
        note.thread, note.is_topic = body['topic'], True
        self.world.announce(note)
        return {'message': note.render()}

    # Writing

    def c_post(self, body):
        chat = self.chat(body)
        if chat.migrated_to:
            raise ControlError('the group became %d' % chat.migrated_to.id)
        parts = body.get('album') or [body]
        album = None
        if 'album' in body:
            album = str(self.world.next_album)
            self.world.next_album += 1
        made = []
        sender = self.sender(chat, body)
        for part in parts:
            message = self.write(chat, part, body, sender)
            message.album = album
            made.append(message)
        for message in made:
            self.world.announce(message)
            if chat.kind == 'channel':
                self.world.forward(message)
        out = {'message_id': made[0].id, 'message': made[0].render(),
               'message_ids': [m.id for m in made]}
        if made[0].forward:
            out['forwarded_as'] = made[0].forward.id
        return out

    def sender(self, chat, body):
        """(from, sender_chat) of a new message."""
        if chat.kind == 'channel':
            return None, chat
        if chat.kind == 'private':
            return self.world.users[chat.id], None
        as_chat = body.get('sender_chat')
        if as_chat == 'anonymous' or as_chat == chat.id:
            return ANONYMOUS, chat
        if as_chat is not None:
            return CHANNEL_BOT, self.chat({'chat': as_chat})
        return self.user(body.get('from')), None

    def write(self, chat, part, body, sender):
        date = body.get('date', self.world.date() - body.get('ago_s', 0))
        message = chat.new_message(date, self.content(part))
        message.sender, message.sender_chat = sender
        message.signature = body.get('signature')
        message.extra = dict(body.get('fields', {}))
        message.is_service = bool(body.get('service'))
        if 'topic' in body:
            if body['topic'] not in chat.topics:
                raise ControlError('no topic %r' % body['topic'])
            message.thread = body['topic']
        if 'reply_to' in body:
            message.reply_to = self.message(
                dict(body, message_id=body['reply_to']))
        if 'quote' in body:
            message.extra['quote'] = {'text': body['quote'], 'position': 0,
                                      'is_manual': True}
        self.world.join_thread(message)
        return message

    @staticmethod
    def content(part):
        if 'service' in part:
            return dict(part['service'])
        media = part.get('media')
        name = 'caption' if media else 'text'
        content = media_content(media, part) if media else {}
        text = part.get(name, part.get('text'))
        if text is None and not media:
            raise ControlError('text is missing')
        if text is not None:
            content[name] = text
            entities = part.get('entities', entities_of(text))
            if entities:
                content['caption_entities' if media else 'entities'] = entities
        return content

    def c_edit(self, body):
        """New text; without one an update that changes nothing."""
        message = self.message(body)
        for m in (message, message.forward):
            if m is None:
                continue
            if 'text' in body:
                name = 'caption' if 'text' not in m.content else 'text'
                keep = {k: v for k, v in m.content.items()
                        if k not in (name, 'entities', 'caption_entities')}
                keep[name] = body['text']
                entities = entities_of(body['text'])
                if entities:
                    keep['entities' if name == 'text'
                         else 'caption_entities'] = entities
                m.content = keep
                m.edit_date = self.world.date()
            m.extra.update(body.get('fields', {}))
            self.world.announce(m, edited=True)
        return {'message': message.render()}

    def c_delete(self, body):
        """Gone, and no bot is told."""
        message = self.message(body)
        message.chat.forget(message)
        if message.forward:
            message.forward.chat.forget(message.forward)

    def c_migrate(self, body):
        world, group = self.world, self.chat(body)
        if group.kind != 'group' or group.migrated_to:
            raise ControlError('only a basic group can migrate, once')
        number = world.new_chat_id('supergroup')
        chat = Chat(number, 'supergroup', title=group.about['title'])
        chat.members = {b: Membership(m.status, m.reads_all)
                        for b, m in group.members.items()}
        world.chats[number] = chat
        world.service(group, self.user(body.get('by')),
                      {'migrate_to_chat_id': chat.id})
        group.migrated_to = chat
        world.service(chat, ANONYMOUS, {'migrate_from_chat_id': group.id},
                      sender_chat=chat)
        return {'chat': chat.brief()}

    # Time, limits, faults

    def c_clock(self, body):
        self.world.skew += body.get('advance_s', 0)
        self.world.changed.notify_all()
        return {'now': self.world.now()}

    def c_update_id(self, body):
        bot = self.bot(body)
        bot.next_update = int(body['next'])
        return {'next': bot.next_update}

    def c_limits(self, body):
        self.change(self.world.limits, body)
        return {'limits': self.world.limits}

    def c_settings(self, body):
        self.change(self.world.settings, body)
        return {'settings': self.world.settings}

    @staticmethod
    def change(table, body):
        for name, value in body.items():
            if name not in table or not isinstance(value, (int, float)):
                raise ControlError('numbers of: ' + ' '.join(table))
            table[name] = value

    def c_provoke(self, body):
        """The next so many answers go wrong."""
        if body.get('clear'):
            self.world.faults.clear()
            return {}
        kind = str(body.get('kind'))
        if kind not in self.FAULTS:
            raise ControlError('kind: ' + ' '.join(self.FAULTS))
        self.world.faults.append({
            'kind': kind, 'count': int(body.get('count', 1)),
            'method': body.get('method', '').lower(),
            'seconds': body.get('seconds', 1),
            'signal': body.get('signal', 'both'),
            'after': body.get('when') == 'after'})
        return {'faults': len(self.world.faults)}

    # What happened

    def c_sent(self, body):
        want = body.get('chat')
        return {'sent': [s for s in self.world.sent
                         if want is None or s['chat_id'] == want]}

    def c_requests(self, body):
        method = body.get('method', '').lower()
        found = [r for r in self.world.requests
                 if not method or r['method'].lower() == method]
        if body.get('clear'):
            self.world.requests.clear()
        return {'requests': found}

    def c_wait(self, body):
        """Returns once a bot polls and has nothing left to confirm."""
        bot, world = self.bot(body), self.world
        until = time.monotonic() + body.get('seconds', 10)
        while bot.updates or (body.get('polling') and bot.poll is None):
            left = until - time.monotonic()
            if left <= 0:
                raise ControlError('%d updates are still unconfirmed' %
                                   len(bot.updates))
            world.changed.wait(left)
        return {'pending': 0}

    def c_state(self, body):
        world = self.world
        return {
            'now': world.now(), 'violations': world.bugs,
            'refused_files': world.refused_files,
            'faults': world.faults, 'limits': world.limits,
            'settings': world.settings,
            'chats': [c.brief() for c in world.chats.values()],
            'bots': [{'token': b.token, 'id': b.user['id'],
                      'pending': len(b.updates), 'polling': b.poll is not None,
                      'next_update': b.next_update,
                      'allowed': sorted(b.allowed), 'webhook': b.webhook,
                      'overstepped': b.limiter.overstepped}
                     for b in world.bots.values()]}

    def c_message(self, body):
        return {'message': self.message(body).render()}

    def c_reset(self, body):
        tokens = list(self.world.bots)
        for bot in self.world.bots.values():
            Api(self.world).end_poll(bot, 'the stand-in was reset')
        self.world.reset()
        for token in tokens:
            self.world.add_bot(token)

    def c_quit(self, body):
        self.quitting = True


# --- HTTP ----------------------------------------------------------------

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    server_version = 'kompan-botapi-stand-in'
    sys_version = ''
    wbufsize = -1                   # one write for head and body
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.serve()

    def do_POST(self):
        self.serve()

    def serve(self):
        try:
            url = urllib.parse.urlsplit(self.path)
            body = self.read_body()
            if url.path.startswith('/control/'):
                self.control(url.path[len('/control/'):], body)
            else:
                self.bot_api(url, body)
        except ApiError as e:
            self.reply(e.code, e.envelope(),
                       retry=e.parameters.get('retry_after'))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def read_body(self):
        if self.headers.get('Transfer-Encoding'):
            self.close_connection = True
            raise ApiError(411, 'Length Required')
        try:
            length = int(self.headers.get('Content-Length') or 0)
        except ValueError:
            length = -1
        if not 0 <= length <= BODY_MAX:
            self.close_connection = True
            raise ApiError(413, 'Request Entity Too Large')
        return self.rfile.read(length)

    def parameters(self, url, body):
        values = dict(urllib.parse.parse_qsl(url.query,
                                             keep_blank_values=True))
        kind = self.headers.get('Content-Type', '').split(';')[0].strip()
        if not body:
            return Params(values)
        try:
            if kind == 'application/json':
                more = json.loads(body)
                if not isinstance(more, dict):
                    raise ValueError
                values.update(more)
            elif kind == 'multipart/form-data':
                values.update(self.multipart(body))
            elif kind == 'application/x-www-form-urlencoded':
                values.update(urllib.parse.parse_qsl(
                    body.decode('utf-8'), keep_blank_values=True))
        except ValueError:
            raise bad("can't parse the request's parameters") from None
        return Params(values)

    def multipart(self, body):
        head = 'Content-Type: %s\r\n\r\n' % self.headers['Content-Type']
        parser = email.parser.BytesParser(policy=email.policy.HTTP)
        form = parser.parsebytes(head.encode('latin-1') + body)
        if not form.is_multipart():
            raise ValueError
        return {part.get_param('name', header='content-disposition'):
                part.get_payload(decode=True).decode('utf-8')
                for part in form.iter_parts()}

    # Bots

    def bot_api(self, url, body):
        m = re.fullmatch(r'/bot([^/]*)/([^/]*)/?', url.path)
        if m is None or not re.fullmatch(r'[1-9]\d*:[\w-]+', m.group(1)):
            raise ApiError(404, 'Not Found')
        params = self.parameters(url, body)
        world, method = self.server.world, m.group(2)
        entry = {'method': method, 'params': params.values,
                 'token': m.group(1), 'at': world.now(), 'status': None}
        start = time.monotonic()
        with world.changed:
            world.requests.append(entry)
            fault = self.next_fault(method.lower())
        if fault and not fault['after'] and self.go_wrong(fault, entry):
            return
        status, answer, retry = self.answer(m.group(1), method.lower(), params)
        entry['status'] = status
        entry['ms'] = round((time.monotonic() - start) * 1000)
        if fault and fault['after'] and self.go_wrong(fault, entry):
            return
        self.reply(status, answer, retry)

    def answer(self, token, method, params):
        world = self.server.world
        with world.changed:
            try:
                bot = world.bots.get(token)
                if bot is None or bot.revoked:
                    raise ApiError(401, 'Unauthorized')
                body = self.server.api.call(bot, method, params)
                world.changed.notify_all()      # for those in c_wait
                return 200, body, None
            except ApiError as e:
                if e.parameters:
                    world.check('ResponseParameters', e.parameters, method)
                return e.code, e.envelope(), e.parameters.get('retry_after')

    def next_fault(self, method):
        faults = self.server.world.faults
        for fault in faults:
            if fault['method'] in ('', method):
                fault['count'] -= 1
                if fault['count'] <= 0:
                    faults.remove(fault)
                return fault
        return None

    def go_wrong(self, fault, entry):
        """Spoils an answer; false if the true one is to follow."""
        kind = fault['kind']
        entry['provoked'] = kind
        if kind == 'slow':
            time.sleep(fault['seconds'])
            return False
        if kind == '429':
            self.provoked_429(fault, entry)
        elif kind in ('500', '502'):
            entry['status'] = int(kind)
            self.reply(int(kind), ApiError(
                int(kind), {'500': 'Internal Server Error: restart',
                            '502': 'Bad Gateway'}[kind]).envelope())
        elif kind == 'garbage':
            self.reply_raw(200, b'<html><body>\xff\xfe{"ok":tru</body></html>',
                           [('Content-Type', 'text/html')])
        elif kind == 'empty':
            self.reply_raw(200, b'', [])
        elif kind == 'huge':
            self.reply_raw(200, b'{"ok":true,"result":["' + b'x' * (64 << 20)
                           + b'"]}', [])
        elif kind == 'half':
            self.reply_raw(200, b'{"ok":true,"result":[{"update_id":1', [],
                           claim=4000)
            self.close_connection = True
        else:
            self.hang_up()
        return True

    def provoked_429(self, fault, entry):
        """Every form in which a waiting time is told."""
        entry['status'] = 429
        seconds = max(1, math.ceil(fault['seconds']))
        body = too_many(seconds).envelope()
        retry = seconds
        if fault['signal'] == 'header':
            del body['parameters']
        elif fault['signal'] == 'body':
            retry = None
        elif fault['signal'] == 'date':
            del body['parameters']
            retry = email.utils.formatdate(time.time() + seconds, usegmt=True)
        elif fault['signal'] == 'none':
            del body['parameters']
            retry = None
        self.reply(429, body, retry)

    def hang_up(self):
        """Ends the connection with a reset, so that nobody waits."""
        self.close_connection = True
        try:
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       struct.pack('ii', 1, 0))
        except OSError:
            pass
        self.connection.close()

    # Tests

    def control(self, name, body):
        world = self.server.world
        try:
            values = json.loads(body) if body else {}
            if not isinstance(values, dict):
                raise ControlError('the body must be an object')
            with world.changed:
                out = self.server.control.call(name, values)
                world.changed.notify_all()
            self.reply(200, dict(out, ok=True))
            if self.server.control.quitting:
                self.server.stop()
        except (ControlError, ValueError, KeyError, TypeError) as e:
            self.reply(400, {'ok': False, 'error': '%s: %s' % (
                type(e).__name__, e)})

    def reply(self, status, body, retry=None):
        head = [('Content-Type', 'application/json')]
        if retry is not None:
            head.append(('Retry-After', str(retry)))
        data = json.dumps(body, separators=(',', ':')).encode()
        self.reply_raw(status, data, head)

    def reply_raw(self, status, data, head, claim=None):
        self.send_response(status)
        for name, value in head:
            self.send_header(name, value)
        self.send_header('Content-Length', str(claim or len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, port, world):
        super().__init__(('127.0.0.1', port), Handler)
        self.world = world
        self.api = Api(world)
        self.control = Control(world)

    def stop(self):
        threading.Thread(target=self.shutdown, daemon=True).start()

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (OSError, ValueError)):
            super().handle_error(request, client_address)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--port', type=int, default=0,
                        help='0 takes a free one; printed as first line')
    parser.add_argument('--token', action='append', default=[],
                        help='a bot that exists from the start; repeatable')
    parser.add_argument('--schema', metavar='FILE',
                        help='check what goes out, e.g. with %s' %
                        os.path.join(here, 'botapi-types.json'))
    parser.add_argument('--seed', type=int, help='of the random update ids')
    options = parser.parse_args()
    random.seed(options.seed)
    world = World(Schema(options.schema) if options.schema else None)
    for token in options.token or ['4242:stand-in']:
        world.add_bot(token)
    server = Server(options.port, world)
    signal.signal(signal.SIGTERM, lambda *_: server.stop())
    print(server.server_address[1], flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    server.server_close()


if __name__ == '__main__':
    main()
