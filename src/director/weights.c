/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Weights of the next configuration, ahead of it: the keeper writes them into
 * the ledger as soon as it knows them (keeper/ahead.c), and they are in the
 * kernel's table before the processes are there that come with the reload.
 */
#include "director/director_state.h"

#include "ledger/virtuals.h"

static uint64_t weights(const struct director *d, uint32_t *first,
			uint32_t *end)
{
	uint64_t changes = ledger_weights(d->ledger, first, end);

	if (ledger_reals(d->ledger) != d->server_count) /* of another program */
		*first = *end;
	return changes;
}

void weights_setup(struct director *d)
{
	uint32_t n, end;

	for (d->weights_seen = weights(d, &n, &end); n < end; n++)
		d->servers[n].weight = ledger_weight(d->ledger, n);
}

void weights_read(struct director *d, tick_t now)
{
	uint32_t n, end;
	uint64_t changes = weights(d, &n, &end);

	if (changes == d->weights_seen)
		return;
	for (d->weights_seen = changes; n < end; n++) {
		int32_t was = d->servers[n].weight;

		d->servers[n].weight = ledger_weight(d->ledger, n);
		if (d->servers[n].weight != was)
			lvs_configured_weight(&d->core, now, n, was);
	}
}
