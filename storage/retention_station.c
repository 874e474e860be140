/*
 * Drives retention from the pipeline's thread: small batches through the
 * writer, so that nobody waits for them, then the old bytes are overwritten.
 */
#include "storage/retention_station.h"

#include "agent.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "storage/retention.h"
#include "storage/writer.h"

#define EVERY_MS (10 * MINUTE_MS)

struct pass {
	const struct config *config;
	struct keys *keys;
	int64_t now;
	struct retention_counts counts;
};

static int
pass_run(struct db *db, void *arg, struct err *err)
{
	struct pass *pass = arg;

	return retention_step(db, pass->config, pass->keys, pass->now,
	    &pass->counts, err);
}

int
retention_station_run(struct agent *agent, struct db *db, struct err *err)
{
	struct pass pass = { .config = agent_config(agent),
		.keys = agent_keys(agent), .now = clock_now() };
	struct retention_counts *n = &pass.counts;
	int r;

	(void)db;
	if (!agent_retention_due(agent, pass.now, EVERY_MS))
		return 0;
	do {
		r = writer_do(agent_writer(agent), WRITER_BULK, pass_run,
		    &pass, err);
	} while (r == 1);
	if (r == 0 && (n->names | n->texts | n->threads | n->rows) != 0) {
		writer_settle(agent_writer(agent));
		log_event(RETAINED, "names=%lld texts=%lld threads=%lld "
		    "rows=%lld", (long long)n->names, (long long)n->texts,
		    (long long)n->threads, (long long)n->rows);
	}
	return r;
}
