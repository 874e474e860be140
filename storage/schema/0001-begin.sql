-- The first schema.  Times are milliseconds since 1970-01-01 UTC; booleans are
-- 0 or 1.  @ID@ is the driver's "number that counts by itself" primary key,
-- @BYTES@ its type for bytes; the rest both drivers understand.

-- What the database knows of itself: fold version, epochs' start, and so on.
CREATE TABLE meta (
	key TEXT PRIMARY KEY,
	value TEXT NOT NULL
);

-- What is fetched: one credential, one cursor.
CREATE TABLE source (
	id @ID@,
	name TEXT NOT NULL UNIQUE,
	plugin TEXT NOT NULL,
	target TEXT NOT NULL,           -- URL or name, as the plugin wants it
	settings TEXT NOT NULL,         -- JSON object: the plugin's keys
	credential TEXT,                -- [credential NAME] of kompan.conf
	egress TEXT,                    -- NULL: https to public hosts; 'local', 'http'
	basis TEXT,                     -- legal basis for its places, as default
	interval_ms BIGINT NOT NULL,    -- 0: the plugin's, adapted
	paused BIGINT NOT NULL,
	paused_why TEXT,
	created_at BIGINT NOT NULL,
	-- below: its state, written with every step
	cursor @BYTES@,
	cursor_before @BYTES@,          -- for `source rewind`
	due_at BIGINT NOT NULL,
	pace_ms BIGINT NOT NULL,        -- the adapted interval
	fails BIGINT NOT NULL,          -- in a row
	failed_since BIGINT,
	error TEXT,                     -- last one, without secrets
	rests BIGINT NOT NULL,          -- 1: until credential or settings change
	asked_at BIGINT,                -- last poll begun
	heard_at BIGINT,                -- last good answer
	posted_at BIGINT,               -- last new post
	alerted BIGINT NOT NULL         -- 1: the alert command was told of silence
);

-- What a source's servers said for conditional requests.
CREATE TABLE validator (
	source BIGINT NOT NULL REFERENCES source(id),
	url TEXT NOT NULL,
	etag TEXT,
	modified TEXT,
	PRIMARY KEY (source, url)
);

-- Requests and timers that a step asked for and that are not answered yet.
CREATE TABLE request (
	id @ID@,
	source BIGINT NOT NULL REFERENCES source(id),
	job BIGINT NOT NULL,
	about BIGINT,                   -- thread or outbox row, by job
	timer BIGINT NOT NULL,          -- 1: a timer, nothing is sent
	method TEXT,
	url TEXT,
	type TEXT,
	body @BYTES@,
	headers TEXT,                   -- JSON array of [name, value]
	flags BIGINT NOT NULL,
	state @BYTES@,
	not_before BIGINT NOT NULL,
	tries BIGINT NOT NULL
);
CREATE INDEX request_source ON request(source);

-- What the plugin wants the admin to know.
CREATE TABLE finding (
	source BIGINT NOT NULL REFERENCES source(id),
	code TEXT NOT NULL,
	level BIGINT NOT NULL,
	text TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (source, code)
);

-- Nothing is sent to host, credential, source or place before `until`.
CREATE TABLE pause (
	scope TEXT NOT NULL,            -- host credential source place
	key TEXT NOT NULL,
	until BIGINT NOT NULL,
	PRIMARY KEY (scope, key)
);

-- Where people talk.
CREATE TABLE place (
	id @ID@,
	source BIGINT NOT NULL REFERENCES source(id),
	ext TEXT NOT NULL,              -- the platform's id
	name TEXT NOT NULL,
	url TEXT,
	kind BIGINT NOT NULL,           -- KP_GROUP...
	health BIGINT NOT NULL,         -- KP_OPEN...
	reason TEXT,
	sees BIGINT NOT NULL,           -- KP_SEES_... that hold here
	watched BIGINT NOT NULL,
	basis TEXT,                     -- owned invited public-feed capture mail export
	grace_ms BIGINT NOT NULL,
	lang TEXT,                      -- fallback
	land TEXT,                      -- fallback, a federal state's code
	note TEXT,                      -- etiquette, for the streetworker
	found_at BIGINT NOT NULL,
	heard_at BIGINT,                -- last time we surely saw its newest posts
	posted_at BIGINT,
	alerted BIGINT NOT NULL,
	UNIQUE (source, ext)
);

-- Coverage ledger: spans of time in which a place was watched.
CREATE TABLE coverage (
	place BIGINT NOT NULL REFERENCES place(id),
	since BIGINT NOT NULL,
	until BIGINT NOT NULL,
	PRIMARY KEY (place, since)
);
CREATE INDEX coverage_until ON coverage(place, until);

CREATE TABLE thread (
	id @ID@,
	place BIGINT NOT NULL REFERENCES place(id),
	ext TEXT NOT NULL,
	epoch BIGINT NOT NULL,          -- key of its pseudonyms
	title TEXT,
	url TEXT,
	opened_at BIGINT NOT NULL,
	posted_at BIGINT NOT NULL,      -- newest post
	read_at BIGINT NOT NULL,        -- last time its replies were surely seen
	read_next BIGINT,               -- due for KP_THREAD; NULL: not
	read_count BIGINT NOT NULL,
	locked BIGINT NOT NULL,
	solved BIGINT NOT NULL,
	replies BIGINT,                 -- as the platform counts them
	judge_at BIGINT,                -- decide when this is past; NULL: nothing due
	guessed BIGINT NOT NULL,        -- 1: made by replies to a post not seen yet
	UNIQUE (place, ext)
);
CREATE INDEX thread_judge ON thread(judge_at) WHERE judge_at IS NOT NULL;
CREATE INDEX thread_posted ON thread(posted_at);
CREATE INDEX thread_epoch ON thread(epoch, posted_at);
CREATE INDEX thread_guessed ON thread(place) WHERE guessed = 1;
CREATE INDEX thread_read ON thread(read_next) WHERE read_next IS NOT NULL;

CREATE TABLE post (
	id @ID@,
	place BIGINT NOT NULL REFERENCES place(id),
	thread BIGINT NOT NULL REFERENCES thread(id),
	ext TEXT NOT NULL,
	parent TEXT,                    -- ext of what it answers
	author TEXT,                    -- pseudonym, 32 hex digits; NULL: unknown
	url TEXT,
	text TEXT,                      -- masked; NULL: purged or deleted
	lang_hint TEXT,
	ref TEXT,
	length BIGINT NOT NULL,         -- of the text, in characters; outlives it
	flags BIGINT NOT NULL,          -- KP_OURS, KP_TRUNCATED...
	created_at BIGINT NOT NULL,
	edited_at BIGINT,
	seen_at BIGINT NOT NULL,        -- first seen
	changed_at BIGINT NOT NULL,     -- last seen to have changed
	deleted_at BIGINT,              -- seen to be gone
	missed BIGINT NOT NULL,         -- looks in a row without it; two make gone
	hash TEXT NOT NULL,             -- of the text as it came, keyed
	match_state BIGINT NOT NULL,    -- 0: to be matched; 1: done
	match_set TEXT,                 -- fingerprint of the rule set that did
	lang TEXT,                      -- the machine's; people's stand in correction
	land TEXT,
	UNIQUE (place, ext)
);
CREATE INDEX post_thread ON post(thread);
CREATE INDEX post_time ON post(place, created_at);
CREATE INDEX post_unmatched ON post(id) WHERE match_state = 0;
CREATE INDEX post_url ON post(url) WHERE url IS NOT NULL;
CREATE INDEX post_created ON post(place, created_at);
CREATE INDEX post_kept ON post(changed_at) WHERE text IS NOT NULL;
CREATE INDEX post_changed ON post(changed_at);

-- Names as shown, apart from the posts, for 72 hours unless an item is open.
CREATE TABLE name (
	post BIGINT PRIMARY KEY REFERENCES post(id),
	name TEXT NOT NULL,
	at BIGINT NOT NULL
);
CREATE INDEX name_at ON name(at);

-- Which rules matched a post.
CREATE TABLE hit (
	post BIGINT NOT NULL REFERENCES post(id),
	rule TEXT NOT NULL,
	rev BIGINT NOT NULL,
	fingerprint TEXT NOT NULL,
	kind TEXT NOT NULL,
	subject TEXT,                   -- topic, claim or filler's `as`
	lang TEXT NOT NULL,             -- of the pattern
	spans TEXT NOT NULL,            -- JSON [[from,to],...] bytes of text
	limited BIGINT NOT NULL,        -- 1: not judged, a limit was reached
	counts BIGINT NOT NULL,         -- 1: decide() hears of it
	PRIMARY KEY (post, rule, lang)
);

-- Cached state of each question; decide() can make it anew.
CREATE TABLE question (
	post BIGINT PRIMARY KEY REFERENCES post(id),
	thread BIGINT NOT NULL REFERENCES thread(id),
	state TEXT NOT NULL,            -- unanswered answered wrong unknown...
	reason TEXT NOT NULL,
	answered_by BIGINT,             -- post
	topics TEXT NOT NULL,           -- JSON array
	since BIGINT NOT NULL,          -- in this state
	judged_at BIGINT NOT NULL
);
CREATE INDEX question_thread ON question(thread);

-- What waits for a person: one question or one false claim.
CREATE TABLE item (
	id @ID@,
	kind TEXT NOT NULL,             -- question claim
	post BIGINT NOT NULL REFERENCES post(id),
	thread BIGINT NOT NULL REFERENCES thread(id),
	claim TEXT NOT NULL,            -- '' for a question
	topics TEXT NOT NULL,           -- comma-separated; may change
	lane BIGINT NOT NULL,           -- 0 urgent 1 wrong 2 unanswered 3 perhaps 4 unknown
	state TEXT NOT NULL,            -- new claimed ... expired (design section 6)
	machine TEXT NOT NULL,          -- decide()'s state and reason
	reason TEXT NOT NULL,
	lang TEXT,                      -- effective: a person's, else the machine's
	land TEXT,
	version BIGINT NOT NULL,        -- rises with every change
	claimed_by TEXT,
	lease_until BIGINT,
	snooze_until BIGINT,
	verdict TEXT,
	verdict_by TEXT,
	asked_at BIGINT NOT NULL,
	opened_at BIGINT NOT NULL,      -- when it came into the queue
	changed_at BIGINT NOT NULL,
	closed_at BIGINT,
	came_back TEXT,                 -- why a closed one is open again
	rule TEXT, rev BIGINT, fingerprint TEXT,
	UNIQUE (kind, post, claim)
);
CREATE INDEX item_queue ON item(state, lane, asked_at);
CREATE INDEX item_thread ON item(thread);

-- What people said against the machine; it prevails, and stays when re-judged.
CREATE TABLE correction (
	post BIGINT NOT NULL REFERENCES post(id),
	field TEXT NOT NULL,            -- lang land topic state
	value TEXT NOT NULL,
	was TEXT,                       -- the machine's
	actor TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (post, field)
);

-- Everything decided.  Only added to; ids, never text.
CREATE TABLE history (
	id @ID@,
	at BIGINT NOT NULL,
	item BIGINT,
	actor TEXT NOT NULL,            -- a person, or "kompan"
	action TEXT NOT NULL,
	detail TEXT,
	version BIGINT
);
CREATE INDEX history_item ON history(item);

-- Replies and fixed answers on their way out.
CREATE TABLE outbox (
	id @ID@,
	source BIGINT NOT NULL REFERENCES source(id),
	item BIGINT,
	fixed TEXT,                     -- name of the approved text, or NULL
	place TEXT NOT NULL,            -- ext ids, as the plugin gave them
	thread TEXT,
	post TEXT,
	ref TEXT,
	lang TEXT,
	text TEXT,
	key TEXT NOT NULL UNIQUE,       -- the same for every try
	state TEXT NOT NULL,            -- approved sending sent unclear failed dropped
	approved_by TEXT NOT NULL,
	not_before BIGINT NOT NULL DEFAULT 0,   -- not sent earlier
	created_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	sent_ext TEXT,
	sent_url TEXT,
	error TEXT
);
CREATE INDEX outbox_state ON outbox(state);

-- Daily figures, written before text is purged; counts under five suppressed.
CREATE TABLE daily (
	day TEXT NOT NULL,              -- 2026-11-25
	place BIGINT NOT NULL,
	lang TEXT NOT NULL,
	subject TEXT NOT NULL,
	state TEXT NOT NULL,
	n BIGINT NOT NULL,
	watched_ms BIGINT NOT NULL,
	PRIMARY KEY (day, place, lang, subject, state)
);

-- Days whose figures are to be written, before their texts go.
CREATE TABLE daily_due (
	day TEXT NOT NULL,
	place BIGINT NOT NULL,
	PRIMARY KEY (day, place)
);

-- Who objected: posts of these pseudonyms are not stored.
CREATE TABLE objection (
	author TEXT PRIMARY KEY,
	epoch BIGINT NOT NULL,
	at BIGINT NOT NULL
);

-- Posts that were erased on demand, so that a re-read does not bring them back.
CREATE TABLE erased (
	place BIGINT NOT NULL,
	ext_hash TEXT NOT NULL,         -- keyed; the id itself is not kept
	at BIGINT NOT NULL,
	PRIMARY KEY (place, ext_hash)
);

-- Who looked at what.
CREATE TABLE access (
	id @ID@,
	at BIGINT NOT NULL,
	actor TEXT NOT NULL,
	action TEXT NOT NULL,
	item BIGINT
);

-- Records that an import could not use.
CREATE TABLE import_error (
	source BIGINT NOT NULL,
	record BIGINT NOT NULL,
	text TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (source, record)
);
