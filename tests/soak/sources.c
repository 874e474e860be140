/*
 * Many sources for long: a real agent polls feeds of some hundred loopback
 * hosts that are slow, fail, refuse, and count.
 *
 *	sources [--minutes N] [--sources N] [--hosts N] [--every SECONDS]
 *
 * run in the build folder, with $top_srcdir for the rules.  The hosts are
 * addresses 127.0.X.Y on one port; this program is all of them, in one thread.
 * Each belongs to a class:
 *
 *	plain    5 to 300 ms for an answer
 *	slow     up to 2 s
 *	errors   one answer in twenty is a 500
 *	limited  takes 8 requests a minute, then 429 with Retry-After: 20
 *	crowded  has so many sources that the feed plugin's own limit (60 a
 *	         minute and host) forbids to be on time
 *
 * A limit is overstepped by a request that comes before Retry-After has passed,
 * or that is the 61st within a minute.  Exit 0: none was, nobody was late who
 * was not limited, memory did not grow; 1 otherwise.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/loop.h"
#include "base/mem.h"
#include "fetch/late.h"
#include "queue/control_server.h"

#define DECLARED 60             /* a minute: the feed plugin's limit */
#define LIMITED 8
#define RETRY_S 20
#define HEAD_MAX ((size_t)16 << 10)

enum class { PLAIN, SLOW, ERRORS, REFUSING, CROWDED, CLASSES };
static const char *const class_names[] = { "plain", "slow", "errors",
	"limited", "crowded" };

struct host {
	enum class class;
	int64_t arrivals[DECLARED];     /* ring of the last ones, ms */
	uint64_t n;
	int64_t minute_began;
	int in_minute;
	int64_t refuse_until;
};

struct source {
	int64_t last;                   /* arrival of its last first try */
};

struct conn {
	struct loop_fd *watch;
	struct loop_timer *timer;
	int fd;
	unsigned host;
	char head[HEAD_MAX];
	size_t nhead;
	struct buf out;
	size_t sent;
};

static struct {
	struct loop *loop;
	int listener, port;
	struct host *hosts;
	struct source *sources;
	int64_t nhosts, nsources, minutes, every_s;
	uint64_t requests[CLASSES], refused, failed, overstepped, connections;
	bool counting;
	struct late gaps;               /* of plain hosts, beyond 1.1 intervals */
} soak;

static int64_t
now_ms(void)
{
	return clock_mono().ms;
}

/* The stand-in. */

static void
conn_free(struct conn *c)
{
	loop_unwatch(c->watch);
	loop_timer_free(c->timer);
	close(c->fd);
	buf_fini(&c->out);
	free(c);
}

static void
count(struct host *h, int64_t now)
{
	int64_t *slot = &h->arrivals[h->n % DECLARED];

	if (h->n >= DECLARED && now - *slot < MINUTE_MS) {
		soak.overstepped++;
		fprintf(stderr, "overstepped: the 61st in %lld ms\n",
		    (long long)(now - *slot));
	}
	*slot = now;
	h->n++;
	if (now < h->refuse_until) {
		soak.overstepped++;
		fprintf(stderr, "overstepped: %lld ms before Retry-After\n",
		    (long long)(h->refuse_until - now));
	}
}

static bool
refuses(struct host *h, int64_t now)
{
	if (h->class != REFUSING)
		return false;
	if (now - h->minute_began >= MINUTE_MS) {
		h->minute_began = now;
		h->in_minute = 0;
	}
	return ++h->in_minute > LIMITED;
}

static void
say(struct conn *c, const char *status, const char *headers,
    const char *body)
{
	buf_printf(&c->out, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n%s",
	    status, strlen(body), headers, body);
}

static void
say_feed(struct conn *c, unsigned source, bool conditional)
{
	/* One poll in ten finds something new. */
	bool news = rand() % 10 == 0;
	char body[2048];

	if (conditional && !news) {
		say(c, "304 Not Modified", "", "");
		return;
	}
	snprintf(body, sizeof(body), "<?xml version='1.0'?><rss version='2.0'>"
	    "<channel><title>Forum %u</title><link>http://forum.example/"
	    "</link><item><guid isPermaLink='false'>%u-%d</guid><title>Frage"
	    "</title><description>Kann mir jemand sagen, was ich tun soll?"
	    "</description></item></channel></rss>", source, source, rand());
	say(c, "200 OK", "Content-Type: application/rss+xml\r\n"
	    "ETag: \"1\"\r\n", body);
}

static void
note_gap(struct host *h, unsigned source, int64_t now)
{
	struct source *s = &soak.sources[source % soak.nsources];
	int64_t gap = now - s->last;

	if (h->class == PLAIN && s->last != 0 && soak.counting)
		late_add(&soak.gaps, gap - soak.every_s * 1100);
	s->last = now;
}

static void on_write(struct conn *);

static void
on_delay(void *arg)
{
	struct conn *c = arg;
	struct host *h = &soak.hosts[c->host];

	/* From now on the other side can know. */
	if (buf_get(&c->out).n > 12 && memcmp(c->out.p + 9, "429", 3) == 0)
		h->refuse_until = now_ms() + RETRY_S * SECOND_MS;
	on_write(c);
}

static void
on_request(struct conn *c)
{
	struct host *h = &soak.hosts[c->host];
	int64_t now = now_ms();
	unsigned source = 0;
	bool conditional = strcasestr(c->head, "\r\nif-none-match:") != NULL;
	int64_t delay;

	soak.requests[h->class]++;
	count(h, now);
	sscanf(c->head, "GET /feed/%u", &source);
	note_gap(h, source, now);
	if (refuses(h, now)) {
		soak.refused++;
		say(c, "429 Too Many Requests", "Retry-After: 20\r\n", "");
	} else if (h->class == ERRORS && rand() % 20 == 0) {
		soak.failed++;
		say(c, "500 Internal Server Error", "", "");
	} else
		say_feed(c, source, conditional);
	delay = h->class == SLOW ? 200 + rand() % 1800 : 5 + rand() % 295;
	loop_timer_set(c->timer, mono_add(clock_mono(), delay));
}

static void
on_write(struct conn *c)
{
	ssize_t n = send(c->fd, c->out.p + c->sent, c->out.n - c->sent,
	    MSG_NOSIGNAL);

	if (n == -1 && errno != EAGAIN) {
		conn_free(c);
		return;
	}
	if (n > 0)
		c->sent += (size_t)n;
	if (c->sent < c->out.n) {
		loop_rearm(c->watch, EPOLLIN | EPOLLOUT);
		return;
	}
	buf_reset(&c->out);
	c->sent = 0;
	loop_rearm(c->watch, EPOLLIN);
}

static void
on_ready(void *arg, uint32_t events)
{
	struct conn *c = arg;
	ssize_t n;

	if (events & EPOLLOUT) {
		on_write(c);
		return;
	}
	n = recv(c->fd, c->head + c->nhead, sizeof(c->head) - 1 - c->nhead, 0);
	if (n <= 0) {
		if (n == 0 || errno != EAGAIN)
			conn_free(c);
		return;
	}
	c->nhead += (size_t)n;
	c->head[c->nhead] = '\0';
	if (strstr(c->head, "\r\n\r\n") != NULL) {
		on_request(c);
		c->nhead = 0;
	} else if (c->nhead == sizeof(c->head) - 1)
		conn_free(c);
}

/* 127.0.1.0 and so on: two hundred to a third byte. */
static unsigned
host_of(uint32_t address)
{
	return (((address >> 8) & 0xff) - 1) * 200 + (address & 0xff) - 1;
}

static void
on_connect(void *arg, uint32_t events)
{
	struct sockaddr_in sa;
	socklen_t n = sizeof(sa);
	int fd, one = 1;

	(void)arg;
	(void)events;
	while ((fd = accept4(soak.listener, NULL, NULL, SOCK_NONBLOCK |
	    SOCK_CLOEXEC)) != -1) {
		struct conn *c = xcalloc(1, sizeof(*c));

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		getsockname(fd, (struct sockaddr *)&sa, &n);
		c->host = host_of(ntohl(sa.sin_addr.s_addr)) %
		    (unsigned)soak.nhosts;
		c->fd = fd;
		buf_init(&c->out, 1 << 16);
		c->timer = loop_timer_new(soak.loop, on_delay, c);
		c->watch = loop_watch(soak.loop, fd, EPOLLIN, on_ready, c);
		soak.connections++;
	}
}

static void
start_hosts(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t n = sizeof(sa);
	int64_t i;

	soak.hosts = xcalloc((size_t)soak.nhosts, sizeof(*soak.hosts));
	soak.sources = xcalloc((size_t)soak.nsources, sizeof(*soak.sources));
	for (i = 0; i < soak.nhosts; i++) {
		int64_t k = i % 100;

		soak.hosts[i].class = k < 62 ? PLAIN : k < 72 ? SLOW :
		    k < 87 ? ERRORS : k < 98 ? REFUSING : CROWDED;
	}
	soak.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
	if (soak.listener == -1 || bind(soak.listener, (struct sockaddr *)&sa,
	    sizeof(sa)) == -1 || listen(soak.listener, 4096) == -1 ||
	    getsockname(soak.listener, (struct sockaddr *)&sa, &n) == -1) {
		perror("listen");
		exit(2);
	}
	soak.port = ntohs(sa.sin_port);
	loop_watch(soak.loop, soak.listener, EPOLLIN, on_connect, NULL);
}

/* The agent. */

static char dir[] = "/tmp/kompan-soak.XXXXXX";

static void
write_text(const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF) {
		perror(path);
		exit(2);
	}
	free(path);
}

/* Crowded hosts get twelve times the share of the others. */
static void
write_sources(void)
{
	struct buf b;
	int64_t i, host = 0, left = 0;
	int64_t share = soak.nsources * 100 / (soak.nhosts * 122);

	buf_init(&b, (size_t)64 << 20);
	for (i = 0; i < soak.nsources; i++) {
		while (left == 0) {
			host = (host + 1) % soak.nhosts;
			left = soak.hosts[host].class == CROWDED ?
			    share * 12 : share;
			left = left > 0 ? left : 1;
		}
		left--;
		buf_printf(&b, "[source s%lld]\nplugin = feed\n"
		    "url = http://127.0.%lld.%lld:%d/feed/%lld\n"
		    "interval = %lld s\negress = http local\n"
		    "basis = public-feed\ncomments = 0\nttl = no\n",
		    (long long)i, (long long)(host / 200 + 1),
		    (long long)(host % 200 + 1), soak.port, (long long)i,
		    (long long)soak.every_s);
	}
	write_text("sources", buf_get(&b).p);
	buf_fini(&b);
}

static void
write_config(void)
{
	const char *src = getenv("top_srcdir");
	char cwd[1024];
	char *text;

	if (getcwd(cwd, sizeof(cwd)) == NULL)
		exit(2);
	text = xasprintf("[agent]\nstate = %s/state\nplugins = %s/.libs\n"
	    "worker = %s/kompan-worker\nrules = %s/rules\n[storage]\n"
	    "path = %s/state/kompan.db\n[privacy]\nkeys = %s/state/keys\n",
	    dir, cwd, cwd, src != NULL ? src : "..", dir, dir);
	write_text("kompan.conf", text);
	free(text);
}

static pid_t
spawn(char *const argv[])
{
	pid_t pid = fork();

	if (pid == 0) {
		/* Nobody stays behind when we are ended. */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		execv(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	return pid;
}

static pid_t
start_kompan(const char *verb, const char *arg1, const char *arg2)
{
	char *config = xasprintf("%s/kompan.conf", dir);
	char *argv[] = { (char *)(uintptr_t)"./kompan",
		(char *)(uintptr_t)"--config", config,
		(char *)(uintptr_t)verb, (char *)(uintptr_t)arg1,
		(char *)(uintptr_t)arg2, NULL };
	pid_t pid = spawn(argv);

	free(config);
	return pid;
}

static void
serve(int64_t ms)
{
	struct mono until = mono_add(clock_mono(), ms);
	struct err err;

	while (mono_until(until) > 0)
		loop_step(soak.loop, mono_until(until), &err);
}

static struct json_object *
figures(bool anew)
{
	char *path = xasprintf("%s/state/agent.sock", dir);
	struct json_object *args = json_object_new_object(), *ret = NULL;
	struct err err;

	json_put_bool(args, "anew", anew);
	if (control_ask(path, "fetch.figures", args, &ret, &err) == -1)
		ret = NULL;
	free(path);
	return ret;
}

/* CPU in ms and memory in KiB of the agent and its workers. */
struct usage {
	int64_t cpu_ms, rss_kib;
};

static void
add_usage(pid_t pid, struct usage *usage)
{
	char path[64], text[1024];
	unsigned long user = 0, system = 0;
	long pages = 0;
	const char *p;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return;
	if (fgets(text, sizeof(text), f) != NULL &&
	    (p = strrchr(text, ')')) != NULL &&
	    sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu "
	    "%lu %*d %*d %*d %*d %*d %*d %*u %*u %ld", &user, &system,
	    &pages) == 3) {
		usage->cpu_ms += (int64_t)((user + system) * 1000 /
		    (unsigned long)sysconf(_SC_CLK_TCK));
		usage->rss_kib += pages * (sysconf(_SC_PAGESIZE) / 1024);
	}
	fclose(f);
}

static struct usage
usage_of(pid_t agent)
{
	struct usage usage = { 0, 0 };
	char path[64];
	FILE *f;
	int pid;

	add_usage(agent, &usage);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)agent,
	    (int)agent);
	f = fopen(path, "r");
	while (f != NULL && fscanf(f, "%d", &pid) == 1)
		add_usage(pid, &usage);
	if (f != NULL)
		fclose(f);
	return usage;
}

static uint64_t
all_requests(void)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < CLASSES; i++)
		n += soak.requests[i];
	return n;
}

static int
report(struct json_object *f, struct usage a, struct usage b, double seconds,
    uint64_t requests)
{
	double thousands = (double)soak.nsources / 1000;
	int64_t p99 = json_get_i64(f, "late_p99_ms", -1);
	uint64_t gap99 = late_quantile(&soak.gaps, 990);
	double growth = (double)(b.rss_kib - a.rss_kib) / 1024;
	bool good;
	int i;

	printf("%lld sources on %lld hosts, each every %lld s, for %.1f min\n",
	    (long long)soak.nsources, (long long)soak.nhosts,
	    (long long)soak.every_s, seconds / 60);
	printf("requests          %.1f/s:", (double)requests / seconds);
	for (i = 0; i < CLASSES; i++)
		printf(" %s %" PRIu64, class_names[i], soak.requests[i]);
	printf("\nrefused           %" PRIu64 " (429), failed %" PRIu64
	    " (500), connections %" PRIu64 "\n", soak.refused, soak.failed,
	    soak.connections);
	printf("overstepped       %" PRIu64 " requests\n", soak.overstepped);
	printf("begun late        p50 %lld ms, p99 %lld ms, max %lld ms of "
	    "%lld polls\n", (long long)json_get_i64(f, "late_p50_ms", -1),
	    (long long)p99, (long long)json_get_i64(f, "late_max_ms", -1),
	    (long long)json_get_i64(f, "polls", -1));
	printf("arrived late      p99 %" PRIu64 " ms, max %" PRIu64 " ms of %"
	    PRIu64 " at plain hosts, beyond 1.1 intervals\n", gap99,
	    soak.gaps.max, soak.gaps.n);
	printf("CPU               %.2f %% of a core per 1,000 sources\n",
	    (double)(b.cpu_ms - a.cpu_ms) / seconds / 10 / thousands);
	printf("memory            %.1f MiB, %.1f MiB per 1,000 sources, grew "
	    "by %.1f MiB\n", (double)b.rss_kib / 1024,
	    (double)b.rss_kib / 1024 / thousands, growth);
	good = soak.overstepped == 0 && p99 >= 0 && p99 < 5000 &&
	    gap99 < 5000 && growth < 32;
	printf("%s\n", good ? "good" : "NOT GOOD");
	return good ? 0 : 1;
}

static void
clear(void)
{
	char *command = xasprintf("rm -rf '%s'", dir);

	if (system(command) != 0)
		fprintf(stderr, "%s is left behind\n", dir);
	free(command);
}

static int
run(void)
{
	struct json_object *f = NULL;
	struct usage a, b;
	char *list = xasprintf("%s/sources", dir);
	pid_t agent = start_kompan("agent", NULL, NULL), apply;
	struct mono began;
	uint64_t requests;
	int64_t i;
	int r = 1, status;

	for (i = 0; i < 300 && (f = figures(false)) == NULL; i++)
		serve(200);
	if (f == NULL) {
		fprintf(stderr, "the agent does not start\n");
		goto out;
	}
	json_object_put(f);
	apply = start_kompan("source", "apply", list);
	while (waitpid(apply, &status, WNOHANG) == 0)
		serve(200);
	if (status != 0) {
		fprintf(stderr, "`source apply' failed\n");
		goto out;
	}
	/* All were due at once: let them drift apart for two rounds. */
	serve(soak.every_s * 2200);
	json_object_put(figures(true));
	soak.counting = true;
	memset(soak.requests, 0, sizeof(soak.requests));
	a = usage_of(agent);
	began = clock_mono();
	for (i = 0; i < soak.minutes; i++) {
		serve(MINUTE_MS);
		b = usage_of(agent);
		f = figures(false);
		fprintf(stderr, "%lld min: %" PRIu64 " requests, %" PRIu64
		    " overstepped, p99 %lld ms late, %.1f MiB, %lld jobs\n",
		    (long long)i + 1, all_requests(), soak.overstepped,
		    (long long)json_get_i64(f, "late_p99_ms", -1),
		    (double)b.rss_kib / 1024,
		    (long long)json_get_i64(f, "running", -1));
		json_object_put(f);
	}
	requests = all_requests();
	b = usage_of(agent);
	f = figures(false);
	if (f != NULL)
		r = report(f, a, b, (double)mono_since(began) / 1000,
		    requests);
	json_object_put(f);
out:
	kill(agent, SIGTERM);
	while (waitpid(agent, &status, WNOHANG) == 0)
		serve(100);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "the agent did not end in order\n");
		r = 1;
	}
	free(list);
	return r;
}

int
main(int argc, char **argv)
{
	struct err err;
	int i, r;

	soak.minutes = 30;
	soak.nsources = 5000;
	soak.nhosts = 500;
	soak.every_s = 60;
	for (i = 1; i + 1 < argc; i += 2) {
		int64_t *to = strcmp(argv[i], "--minutes") == 0 ?
		    &soak.minutes : strcmp(argv[i], "--sources") == 0 ?
		    &soak.nsources : strcmp(argv[i], "--hosts") == 0 ?
		    &soak.nhosts : strcmp(argv[i], "--every") == 0 ?
		    &soak.every_s : NULL;

		if (to == NULL || str_to_i64(str_of(argv[i + 1]), 1, 100000,
		    to) == -1)
			break;
	}
	if (i < argc) {
		fprintf(stderr, "usage: sources [--minutes N] [--sources N] "
		    "[--hosts N] [--every SECONDS]\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(dir) == NULL || (soak.loop = loop_new(&err)) == NULL) {
		perror("mkdtemp");
		return 2;
	}
	start_hosts();
	write_config();
	write_sources();
	r = run();
	clear();
	return r;
}
