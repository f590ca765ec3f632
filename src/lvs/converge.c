/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The turn of lvs/converge.h.
 */
#include "lvs/converge.h"

void converge_init(struct converge *c, struct table *table,
		   const struct converge_door *door, tick_t now)
{
	*c = (struct converge){
		.table = table,
		.door = *door,
		.look_at = now,
	};
}

static bool look_services(struct converge *c)
{
	struct table *t = c->table;

	table_look(t);
	c->error = c->door.services(c->door.context, t);
	table_looked(t, !c->error);
	c->looks++;
	return !c->error;
}

static bool look_dests(struct converge *c, uint32_t service)
{
	struct table *t = c->table;

	table_look_dests(t, service);
	c->error = c->door.dests(c->door.context, t, service);
	table_looked_dests(t, service, !c->error);
	c->looks++;
	return !c->error;
}

/*
 * What must be known before anything is done: a part of it, so that what is
 * known can be done meanwhile. `left` is how many looks this turn still has.
 * False: the kernel does not show it.
 */
static bool look_where_unsure(struct converge *c, unsigned *left)
{
	struct table *t = c->table;
	uint32_t n;

	if (t->unsure && !look_services(c))
		return false;
	for (; *left > 0; --*left) {
		n = table_unsure(t);
		if (n == TABLE_NONE)
			break;
		if (!look_dests(c, n))
			return false;
	}
	return true;
}

bool converge_look(struct converge *c)
{
	uint32_t n;

	if (!look_services(c))
		return false;
	/* What could not be noted is looked at again in a turn. */
	for (uint32_t left = c->table->service_count; left > 0; left--) {
		n = table_unsure(c->table);
		if (n == TABLE_NONE)
			break;
		if (!look_dests(c, n))
			return false;
	}
	return true;
}

static bool is_looked_at(const struct table_service *s)
{
	return (s->is & TABLE_WANTED) && (s->is & TABLE_KNOWN);
}

/* The services, and a slice of their destinations. */
static void look_around(struct converge *c)
{
	const struct table *t = c->table;
	uint32_t tried = 0, seen = 0, least;

	if (!look_services(c))
		return;
	least = 1 + (uint32_t)(t->service_count * CONVERGE_LOOK_EVERY /
			       CONVERGE_ROUND);
	while (tried < t->service_count &&
	       (tried < least || seen < CONVERGE_LOOK_DESTS)) {
		const struct table_service *s;

		tried++;
		c->look_next = (c->look_next + 1) % t->service_count;
		s = &t->services[c->look_next];
		if (!is_looked_at(s))
			continue;
		if (!look_dests(c, c->look_next))
			return;
		seen += CONVERGE_DUMP + s->dest_count;
	}
}

static tick_t look_after(const struct converge *c, tick_t now)
{
	uint32_t slower = 1 + c->table->service_count / CONVERGE_SERVICES_OFTEN;

	return now +
	       (c->error ? CONVERGE_LOOK_AGAIN : slower * CONVERGE_LOOK_EVERY);
}

/* One train; false: there was nothing to send, or it could not be sent. */
static bool send_train(struct converge *c, tick_t now)
{
	struct table_step steps[CONVERGE_TRAIN];
	struct ipvs_change changes[CONVERGE_TRAIN];
	int errors[CONVERGE_TRAIN];
	unsigned count = table_plan(c->table, now, steps, CONVERGE_TRAIN);
	int error;

	if (count == 0)
		return false;
	for (unsigned n = 0; n < count; n++)
		changes[n] = steps[n].change;
	error = c->door.train(c->door.context, changes, count, errors);
	c->trains++;
	c->changes += count;
	for (unsigned n = 0; n < count; n++) {
		int result = error ? IPVS_LOST : errors[n];

		c->refused += result != 0;
		table_result(c->table, &steps[n], result, now);
	}
	return !error;
}

static bool is_late(const struct converge *c)
{
	return c->door.is_late && c->door.is_late(c->door.context);
}

tick_t converge_turn(struct converge *c, tick_t now)
{
	struct table *t = c->table;
	unsigned looks = CONVERGE_LOOKS;
	bool more = true;

	if (now >= c->look_at && t->looked && !t->unsure)
		look_around(c);
	for (unsigned n = 0; n < CONVERGE_TRAINS && more; n++) {
		if (n > 0 && is_late(c))
			break;
		if (!look_where_unsure(c, &looks))
			return now + CONVERGE_LOOK_AGAIN;
		more = send_train(c, now);
	}
	if (now >= c->look_at)
		c->look_at = look_after(c, now);
	if (more || t->unsure || table_unsure(t) != TABLE_NONE)
		return now + TICK_MILLISECOND * (!more && looks > 0);
	return tick_min(c->look_at, table_next(t));
}
