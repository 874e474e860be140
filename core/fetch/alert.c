/*
 * Every half minute all sources and watched places are looked at.  What is to
 * be told is made durable first and told then: an alert may be lost with the
 * process, but it is not repeated.
 */
#include "fetch/alert.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "fetch/fetch_part.h"
#include "storage/place.h"

#define LOOK_MS (30 * SECOND_MS)
#define COMMAND_MS (30 * SECOND_MS)

struct alert {
	TAILQ_ENTRY(alert) entry;
	struct alerts *alerts;
	bool place, silent;
	int64_t id, since;
	char *name;
	struct runner *runner;
	bool writing;
};

struct alerts {
	struct fetch *fetch;
	struct loop_timer *timer;
	TAILQ_HEAD(, alert) all;        /* written, waiting, running */
	bool stopped;
};

static int64_t
limit(int64_t pace, int64_t silent_ms)
{
	return pace * 3 > silent_ms ? pace * 3 : silent_ms;
}

bool
alert_source_silent(const struct source_row *row, int64_t silent_ms,
    int64_t now, int64_t *since)
{
	int64_t pace = row->interval_ms > 0 ? row->interval_ms : row->pace_ms;

	*since = row->heard_at != 0 ? row->heard_at : row->created_at;
	if (row->paused)
		return false;
	/* Never asked: it is fed by imports, and has no pace to keep. */
	if (!row->rests && row->due_at - now > FETCH_NEVER_MS / 2)
		return false;
	return row->rests || now - *since > limit(pace, silent_ms);
}

bool
alert_place_silent(const struct place_row *row, int64_t silent_ms,
    int64_t now, int64_t *since)
{
	*since = row->heard_at != 0 ? row->heard_at : row->found_at;
	if (row->paused || !row->watched)
		return false;
	/* People bring these in when they do; nobody waits for them. */
	if (row->basis != NULL && (strcmp(row->basis, "capture") == 0 ||
	    strcmp(row->basis, "export") == 0))
		return false;
	return row->health == KP_LOST ||
	    now - *since > limit(row->pace_ms, silent_ms);
}

static void
alert_free(struct alert *alert)
{
	TAILQ_REMOVE(&alert->alerts->all, alert, entry);
	runner_free(alert->runner);
	free(alert->name);
	free(alert);
}

static void start_next(struct alerts *);

static void
on_command(void *arg, int status)
{
	struct alert *alert = arg;
	struct alerts *alerts = alert->alerts;

	alert->runner = NULL;
	if (status != 0)
		log_event(ALERT_FAILED, "error=%s", status == -1 ?
		    "it could not be run or did not end in time" :
		    "it exited with a failure");
	alert_free(alert);
	start_next(alerts);
}

/* One after the other, in the order in which things happened. */
static void
start_next(struct alerts *alerts)
{
	const char *command = alerts->fetch->config->alert_command;
	struct alert *alert = TAILQ_FIRST(&alerts->all);
	char since[TIME_TEXT_SIZE];

	while (alert != NULL && !alert->writing && command == NULL) {
		alert_free(alert);
		alert = TAILQ_FIRST(&alerts->all);
	}
	if (alert == NULL || alert->writing || alert->runner != NULL)
		return;
	time_format(alert->since, since);
	{
		char *argv[] = { (char *)(uintptr_t)command,
			(char *)(uintptr_t)(alert->silent ? "silent" :
			"recovered"), (char *)(uintptr_t)(alert->place ?
			"place" : "source"), alert->name, since, NULL };

		alert->runner = runner_start(alerts->fetch->loop, argv,
		    COMMAND_MS, on_command, alert);
	}
}

static int
run_mark(struct db *db, void *arg, struct err *err)
{
	struct alert *alert = arg;

	return alert->place ?
	    place_set_alerted(db, alert->id, alert->silent, err) :
	    source_set_alerted(db, alert->id, alert->silent, err);
}

static void
on_marked(void *arg, int result, const struct err *err)
{
	struct alert *alert = arg;
	struct alerts *alerts = alert->alerts;
	char since[TIME_TEXT_SIZE];

	alert->writing = false;
	if (alerts->stopped || result == -1) {
		if (result == -1)
			log_event(STATION_FAILED, "station=alert error=%s",
			    err->text);
		alert_free(alert);
		if (alerts->stopped && TAILQ_EMPTY(&alerts->all))
			free(alerts);
		return;
	}
	time_format(alert->since, since);
	if (alert->place && alert->silent)
		log_event(PLACE_SILENT, "place=%s since=%s", alert->name,
		    since);
	else if (alert->place)
		log_event(PLACE_HEARD, "place=%s", alert->name);
	else if (alert->silent)
		log_event(SOURCE_SILENT, "source=%s since=%s", alert->name,
		    since);
	else
		log_event(SOURCE_HEARD, "source=%s", alert->name);
	start_next(alerts);
}

static void
raise(struct alerts *alerts, bool place, int64_t id, const char *name,
    bool silent, int64_t since)
{
	struct alert *alert;

	TAILQ_FOREACH(alert, &alerts->all, entry) {
		if (alert->writing && alert->place == place && alert->id == id)
			return;
	}
	alert = xcalloc(1, sizeof(*alert));
	alert->alerts = alerts;
	alert->place = place;
	alert->id = id;
	alert->name = xstrdup(name);
	alert->silent = silent;
	alert->since = since;
	alert->writing = true;
	TAILQ_INSERT_TAIL(&alerts->all, alert, entry);
	writer_post(alerts->fetch->writer, WRITER_BULK, run_mark, alert,
	    alerts->fetch->loop, on_marked);
}

static void
look_at_places(struct alerts *alerts, const struct source_row *source,
    int64_t now)
{
	struct fetch *fetch = alerts->fetch;
	struct place_row place;
	struct err err = ERR_INIT;
	int64_t id = 0, since;

	while (place_after(fetch->db, source->id, id, &place, &err) == 1) {
		bool silent = alert_place_silent(&place,
		    fetch->config->silent_ms, now, &since);

		id = place.id;
		if (silent != place.alerted)
			raise(alerts, true, place.id, place.name, silent,
			    since);
		place_row_fini(&place);
	}
}

static void
look(void *arg)
{
	struct alerts *alerts = arg;
	struct fetch *fetch = alerts->fetch;
	struct source_row row;
	struct err err = ERR_INIT;
	int64_t now = clock_now(), id = 0, since;

	loop_timer_set(alerts->timer, mono_add(clock_mono(), LOOK_MS));
	/* Then everybody would be silent, and it would be nobody's fault. */
	if (network_down_since(fetch->sender.network) != 0)
		return;
	while (source_after(fetch->db, id, &row, &err) == 1) {
		bool silent = alert_source_silent(&row,
		    fetch->config->silent_ms, now, &since);

		id = row.id;
		if (silent != row.alerted)
			raise(alerts, false, row.id, row.name, silent, since);
		/* A silent source has silent places: one alert is enough. */
		if (!silent)
			look_at_places(alerts, &row, now);
		source_row_fini(&row);
	}
}

struct alerts *
alerts_start(struct fetch *fetch)
{
	struct alerts *alerts = xcalloc(1, sizeof(*alerts));

	alerts->fetch = fetch;
	TAILQ_INIT(&alerts->all);
	alerts->timer = loop_timer_new(fetch->loop, look, alerts);
	loop_timer_set(alerts->timer, mono_add(clock_mono(), LOOK_MS));
	return alerts;
}

void
alerts_stop(struct alerts *alerts)
{
	struct alert *alert, *next;

	if (alerts == NULL)
		return;
	loop_timer_free(alerts->timer);
	alerts->timer = NULL;
	alerts->stopped = true;
	for (alert = TAILQ_FIRST(&alerts->all); alert != NULL; alert = next) {
		next = TAILQ_NEXT(alert, entry);
		if (!alert->writing)
			alert_free(alert);
	}
	/* Those that are being written are freed when the writer is done. */
	if (TAILQ_EMPTY(&alerts->all))
		free(alerts);
}
