/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adoption: a new `vrrp` process goes on where another one stopped, because
 * that one crashed, was replaced by a newer program, or has another
 * configuration. What counts is in the ledger: states, deadlines, the current
 * Active, counters. What the kernel holds is looked at as always.
 *
 * Of a record in which the other died while writing the core counts as it was
 * saved last, that is, before that step. When that happens again and again the
 * instance is quarantined, so that it cannot take the others along.
 */
#include "router/speech.h"
#include "router/state.h"
#include "router/sync_wait.h"

#include "base/must.h"
#include "base/secret.h"
#include "sys/clock.h"

#include <stdlib.h>
#include <string.h>

/* What an instance of a ledger is known by. */
struct identity {
	const char *name, *interface;
	struct ledger_configured is;
};

static struct identity identity_of(const struct ledger *l, uint32_t n)
{
	struct identity i;

	ledger_copy_configured(l, n, &i.is);
	i.name = ledger_text(l, i.is.name);
	i.interface = ledger_text(l, i.is.interface);
	return i;
}

static uint32_t identity_hash(const struct identity *i)
{
	uint8_t key[LEDGER_INTERFACE_SIZE + 2] = { 0 };

	strncpy((char *)key, i->interface, LEDGER_INTERFACE_SIZE);
	key[LEDGER_INTERFACE_SIZE] = i->is.family;
	key[LEDGER_INTERFACE_SIZE + 1] = i->is.vrid;
	return map_hash(key, sizeof(key));
}

/* What must be the same besides: in the order in which it is tried. */
enum likeness {
	LIKE_IN_NAME, /* several may be one virtual router, to other peers */
	LIKE_IN_GROUP,
	LIKE_AT_ALL,
	LIKENESSES
};

/* The old records that no new one has yet. */
struct heritage {
	struct ledger *before;
	struct map index;
	bool *taken;
	bool same_program;
	enum likeness likeness;
};

/*
 * A virtual router is what it is by its interface, family and VRID, and by its
 * name or its group where there are several of these. Both may change.
 */
static bool same_record(const void *context, uint32_t number, const void *key)
{
	const struct heritage *h = context;
	const struct identity *wanted = key;
	struct identity i;

	if (h->taken[number])
		return false;
	i = identity_of(h->before, number);
	return i.is.family == wanted->is.family &&
	       i.is.vrid == wanted->is.vrid &&
	       strcmp(i.interface, wanted->interface) == 0 &&
	       (h->likeness != LIKE_IN_NAME ||
		strcmp(i.name, wanted->name) == 0) &&
	       (h->likeness != LIKE_IN_GROUP ||
		ip_equal(&i.is.destination, &wanted->is.destination));
}

static void inherit_counts(struct ledger *l, uint32_t n, struct ledger *before,
			   uint32_t number)
{
	static const enum ledger_section_kind tables[] = {
		LEDGER_DROPS,
		LEDGER_NOTES,
	};

	for (unsigned t = 0; t < ARRAY_LENGTH(tables); t++) {
		uint64_t left = ledger_counted(before, tables[t]);

		for (; left; left &= left - 1) {
			unsigned reason = (unsigned)__builtin_ctzll(left);
			uint64_t count =
				ledger_count(before, tables[t], reason, number);
			/* Of a process that died while it inherited. */
			uint64_t here = ledger_count(l, tables[t], reason, n);

			if (count > here)
				ledger_count_add(l, tables[t], reason, n,
						 count - here);
		}
	}
}

/*
 * Deaths that a record tells of. There are no more than the keeper has seen,
 * whatever a process that was taken over has written.
 */
static uint8_t bounded(const struct router *r, uint8_t deaths)
{
	return (uint8_t)(deaths < r->ledger->deaths.most
				 ? deaths
				 : r->ledger->deaths.most);
}

/* Its process died while it wrote this record. True: it is left out. */
static bool died_within(const struct router *r, struct ledger_record *record)
{
	if (tick_since(record->died, r->now) >= LEDGER_DEATHS_ROW)
		record->deaths = 0;
	record->died = r->now;
	if (record->deaths < LEDGER_QUARANTINE)
		record->deaths++;
	record->deaths = bounded(r, record->deaths);
	return record->deaths >= LEDGER_QUARANTINE;
}

/*
 * The core as a ledger has it. One that cannot be believed, or that is left
 * out, starts anew.
 */
static struct vrrp restore(const struct router *r, struct ledger *of,
			   uint32_t number, const struct vrrp_config *c,
			   bool out)
{
	struct vrrp_saved saved;
	size_t known = ledger_saved(of, number, &saved);
	struct vrrp core;

	if (out || !vrrp_restore(&core, c, &saved, known) ||
	    !vrrp_is_sound(&core, r->now))
		vrrp_init(&core, c);
	return core;
}

/* Whether a core may be told that it was configured so. */
static bool is_config(const struct ledger_configured *r)
{
	return (r->version == 2 || r->version == 3) && r->priority > 0 &&
	       r->interval > 0 && r->interval <= VRRP_SAVED_SPAN &&
	       r->down_timer_adverts > 0 &&
	       r->down_timer_adverts <= VRRP_DOWN_ADVERTS_MAX;
}

/*
 * What the old record says of a virtual router, into the new one. Its
 * configuration may have changed: the core is told so, with what the old
 * record knows of the old one.
 */
static void inherit(struct router *r, uint32_t n, struct ledger *ledger,
		    uint32_t number, bool same_program)
{
	struct ledger_instance copy;
	const struct ledger_configured *was = &copy.configured;
	const struct ledger_record *old = &copy.record;
	struct instance *i = &r->instances[n];
	struct ledger_record *record = i->record;
	struct vrrp_config before = i->conf->vrrp;
	struct vrrp_event event = {
		.type = VRRP_EVENT_CONFIG,
		.config = &i->conf->vrrp,
	};
	/* An earlier heir of it may have died right here. */
	bool died = ledger_is_torn(r->ledger, n), out;
	bool opened = record_open(record);
	struct vrrp core;

	/* No copy of a password stays behind. */
	secret_wipe(&before.auth, sizeof(before.auth));
	ledger_copy_instance(ledger, number, &copy);
	if (record->died == 0) { /* it is the first heir */
		died |= ledger_is_torn(ledger, number);
		record->deaths = same_program ? bounded(r, old->deaths) : 0;
		record->died = tick_min(old->died, r->now);
	}
	ledger_read_counters(ledger, number, i->counters);
	inherit_counts(r->ledger, n, ledger, number);
	record->since_real = old->since_real;
	record->refreshed = old->refreshed;
	record->sent = old->sent;
	record->announced = old->announced;
	record->sent_priority = old->sent_priority;
	record->sent_checksum = old->sent_checksum;
	record->held = old->held;
	record->announcing = old->announcing;
	record->peer = old->peer;
	record->peer_priority = old->peer_priority;
	record->last_mistake_peer = old->last_mistake_peer;
	record->last_mistake_type = old->last_mistake_type;
	record->last_mistake_code = old->last_mistake_code;
	record->last_mistake_value = old->last_mistake_value;
	record->last_mistake_real = old->last_mistake_real;
	record->send_error = old->send_error;
	record->unsent = old->unsent;
	record->unheard = old->unheard;
	record->unadvertised = old->unadvertised;
	record->mtu = old->mtu;
	record->link_error = old->link_error;
	record->ifindex = old->ifindex;
	record->link_at = old->link_at;
	changes_inherit(r, n, ledger, was);
	if (is_config(was)) {
		before.version = was->version;
		before.priority = was->priority;
		before.interval = was->interval;
		before.down_timer_adverts = was->down_timer_adverts;
		before.grouped = was->group > 0;
	}
	out = died && died_within(r, record);
	core = restore(r, ledger, number, &before, out);
	router_step_core(r, n, &core, &event);
	record_close(record, opened);
	i->inherited = true;
}

/* What is counted since the daemon started, and how late it ever was. */
static void inherit_totals(struct ledger *l, struct ledger *before)
{
	struct ledger_server *to = ledger_server(l);
	const struct ledger_server *from = ledger_server(before);

	to->turns = from->turns;
	to->packets_received = from->packets_received;
	inherit_counts(l, LEDGER_NO_INSTANCE, before, LEDGER_NO_INSTANCE);
	to->netlink_overruns = from->netlink_overruns;
	to->packets_overflowed = from->packets_overflowed;
	to->packets_malformed = from->packets_malformed;
	memcpy(to->lateness_turn, from->lateness_turn,
	       sizeof(to->lateness_turn));
	memcpy(to->lateness_advert, from->lateness_advert,
	       sizeof(to->lateness_advert));
	to->lateness_turn_max = from->lateness_turn_max;
	to->lateness_advert_max = from->lateness_advert_max;
	to->lateness_turn_sum = from->lateness_turn_sum;
	to->lateness_advert_sum = from->lateness_advert_sum;
	to->turns_late = from->turns_late;
	to->changes = from->changes;
}

static void inherit_some(struct router *r, struct heritage *h)
{
	for (uint32_t n = 0; n < r->instance_count; n++) {
		struct identity i;
		uint32_t found;

		if (r->instances[n].inherited)
			continue;
		i = identity_of(r->ledger, n);
		found = map_find(&h->index, identity_hash(&i), &i);
		if (found == MAP_NONE)
			continue;
		h->taken[found] = true;
		inherit(r, n, h->before, found, h->same_program);
	}
}

static void inherit_all(struct router *r, struct ledger *before)
{
	void *memory = malloc(map_memory(ledger_instances(before) + 1));
	struct heritage h = {
		.before = before,
		.taken = calloc(ledger_instances(before) + 1, sizeof(*h.taken)),
		.same_program = strncmp(before->version, r->ledger->version,
					sizeof(before->version)) == 0,
	};

	/* Without memory all start anew. */
	if (memory && h.taken) {
		map_init(&h.index, memory, ledger_instances(before) + 1,
			 same_record, &h);
		for (uint32_t n = 0; n < ledger_instances(before); n++) {
			const struct identity i = identity_of(before, n);

			map_put(&h.index, identity_hash(&i), n);
		}
		for (unsigned n = 0; n < LIKENESSES; n++) {
			h.likeness = (enum likeness)n;
			inherit_some(r, &h);
		}
	}
	free(memory);
	free(h.taken);
}

/*
 * It goes on as it was. Between the other's death and our sockets nothing was
 * heard: after a crash a Backup listens for an interval and a half before it
 * acts, so that one advertisement surely comes.
 */
static void adopt(struct router *r, uint32_t n, bool deaf, tick_t done)
{
	static const struct vrrp_event adopted = {
		.type = VRRP_EVENT_ADOPTED,
	};

	if (deaf)
		router_step(r, n, &adopted);
	if (r->instances[n].core->state == VRRP_ACTIVE)
		holdings_want(r, n, true);
	speaker_fit(r, n);
	router_redo(r, n, done);
	router_schedule(r, n);
}

static void quarantine(struct router *r, uint32_t n)
{
	struct ledger_event event = {
		.instance = n,
		.type = LEDGER_EVENT_PROCESS,
		.code = LEDGER_PROCESS_QUARANTINED,
		.value = r->instances[n].record->deaths,
	};

	ledger_append(r->ledger, &event);
}

/*
 * The last turn of which all was done. Who dies within a turn leaves records
 * of frames that have not left.
 */
static tick_t done_until(const struct ledger *ledger)
{
	uint64_t beat = ledger_server(ledger)->heartbeat;

	return beat == LEDGER_YIELDED ? TICK_NEVER : (tick_t)beat;
}

/*
 * What the ledger of this process says of an instance, looked at: nothing else
 * is believed from here on.
 */
static void take_over(struct router *r, uint32_t n)
{
	const struct instance *i = &r->instances[n];
	const struct vrrp_config *c = &i->conf->vrrp;
	struct ledger_record *record = i->record;
	bool out = !i->inherited && ledger_is_torn(r->ledger, n) &&
		   died_within(r, record);
	struct vrrp core = i->inherited ? router_core(r, n)
					: restore(r, r->ledger, n, c, out);
	tick_t since = core.since;

	if (core.state == VRRP_INIT)
		vrrp_init(&core, c);
	core.since = tick_min(since, r->now);
	ledger_begin(&record->sequence); /* also where it was torn */
	ledger_save(r->ledger, n, &core);
	record->deaths = bounded(r, record->deaths);
	record->died = tick_min(record->died, r->now);
	record->refreshed = tick_min(record->refreshed, r->now);
	/* What an instance that starts anew has asked for, it will ask for. */
	if (core.state == VRRP_INIT)
		record->held = record->announcing = false;
	ledger_end(&record->sequence);
}

void adopt_all(struct router *r, struct ledger *before, bool deaf)
{
	static const struct vrrp_event shutdown = {
		.type = VRRP_EVENT_SHUTDOWN,
	};
	/* After a crash it is the same ledger. */
	tick_t done = done_until(before ? before : r->ledger);

	r->now = clock_now();
	ledger_undo(r->ledger);
	if (before) {
		inherit_totals(r->ledger, before);
		inherit_all(r, before);
		groups_inherit(r, before);
	}
	r->overruns_before = r->server->netlink_overruns;
	r->overflows_before = r->server->packets_overflowed;
	r->malformed_before = r->server->packets_malformed;
	for (uint32_t n = 0; n < r->instance_count; n++)
		take_over(r, n);
	groups_adopt(r);
	changes_adopt(r);
	leases_begin(r);
	for (uint32_t n = 0; n < r->instance_count; n++)
		if (r->instances[n].core->state != VRRP_INIT)
			adopt(r, n, deaf, done);
	promote_adopt(r, before ? before : r->ledger);
	interfaces_tell_all(r);
	holdings_adopt(r, before);
	groups_agree(r);
	sync_wait_run(r);
	for (uint32_t n = 0; n < r->instance_count; n++) {
		const struct instance *i = &r->instances[n];

		if (is_quarantined(i))
			quarantine(r, n);
		else if (i->core->started && r->ledger->drained)
			router_step(r, n, &shutdown); /* nobody told it */
		else
			start_if_ready(r, n);
	}
	theirs_begin(r);
	__atomic_store_n(&r->server->adopted, true, __ATOMIC_RELEASE);
}
