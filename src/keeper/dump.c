/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the process `run` is asked to make (ledger/dump.h): dumps, and the file
 * that shows a reload.
 */
#include "keeper/keeper_state.h"

#include "keeper/log.h"
#include "ledger/dump.h"
#include "sys/clock.h"
#include "sys/wake.h"

#include <syslog.h>

/* It is told, or started; false: others start it, and it is not there. */
static bool ask(struct keeper *k, enum ledger_dump dump)
{
	bool any = false;

	ledger_dump_ask(k->now.ledger, dump);
	for (unsigned n = 0; n < k->child_count; n++) {
		struct child *c = &k->children[n];

		if (!c->row->dumps)
			continue;
		if (c->process.pid != 0)
			wake_send(c->wake);
		else if (c->start_at == TICK_NEVER && child_is_wanted(k, c))
			c->start_at = clock_now();
		any |= c->process.pid != 0 || c->start_at != TICK_NEVER;
	}
	return any;
}

void dump_signal(struct keeper *k, int signal)
{
	if (k->stopping)
		return;
	if (ask(k, ledger_dump_of(signal)))
		log_line(LOG_INFO, "signal %d: a dump goes to %s", signal,
			 k->now.ledger->dump_folder);
	else
		log_line(LOG_WARNING,
			 "signal %d: the process that makes dumps does not "
			 "run; start batond-run.service",
			 signal);
}

void dump_reload(struct keeper *k, bool begins)
{
	if (k->now.model && k->now.model->global.reload.file && !k->stopping)
		ask(k, begins ? LEDGER_RELOAD_BEGINS : LEDGER_RELOAD_IS_READ);
}
