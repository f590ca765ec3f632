/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From drafts to the model: defaults, where a value is not written, are those
 * of keepalived.conf(5). It is done when all is read, so that global_defs may
 * stand anywhere.
 */
#include "base/must.h"
#include "conf/model/build.h"
#include "vrrp/wire.h"

/* keepalived's: vrrp_rlimit_rttime, and min_auto_priority_delay. */
#define RTTIME_DEFAULT     10000
#define AUTO_DELAY_DEFAULT 1000000

/* Between two rounds of one set of announcements. */
#define ROUND_INTERVAL (100 * TICK_MILLISECOND)

/* Of the instance, else of global_defs, else the default. */
static int64_t value(const struct conf_build *b, const struct conf_draft *draft,
		     enum conf_field field, int64_t otherwise)
{
	if (conf_draft_has(draft, field))
		return draft->value[field];
	if (conf_draft_has(&b->global, field))
		return b->global.value[field];
	return otherwise;
}

static void announcements(const struct conf_build *b,
			  const struct conf_draft *draft,
			  struct vrrp_announce_config *out)
{
	bool least = b->global.value[CONF_MIN_GARP];
	tick_t delay = value(b, &b->global, CONF_GARP_DELAY,
			     least ? 0 : 5 * TICK_SECOND);
	int64_t repeat = value(b, &b->global, CONF_GARP_REPEAT, least ? 1 : 5);

	out->interval = ROUND_INTERVAL;
	out->delay = value(b, draft, CONF_GARP_DELAY, delay);
	out->repeat = (uint16_t)value(b, draft, CONF_GARP_REPEAT, repeat);
	out->refresh = value(b, draft, CONF_GARP_REFRESH, 0);
	out->refresh_repeat =
		(uint16_t)value(b, draft, CONF_GARP_REFRESH_REPEAT, 1);
	/* What the instance says of garp_master is not for these. */
	out->lower_delay = value(b, draft, CONF_LOWER_DELAY, delay);
	out->lower_repeat =
		(uint16_t)value(b, draft, CONF_LOWER_REPEAT, repeat);
}

/* Copies the addresses of a draft, advertised ones first. */
static void addresses(struct conf_build *b, const struct conf_draft *draft,
		      struct conf_instance *out, struct ip *advertised)
{
	const struct conf_draft_address *list = b->addresses.items;

	for (unsigned pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < draft->count; i++) {
			const struct conf_draft_address *one =
				&list[draft->first + i];
			struct conf_address *to =
				&out->addresses[out->address_count];

			if (one->dropped || one->excluded != (pass == 1))
				continue;
			*to = one->address;
			if (!to->dev)
				to->dev = out->interface;
			if (pass == 0)
				advertised[out->advertised++] = to->address;
			out->address_count++;
		}
	}
}

/* Copies the peers of a draft; returns how many. */
static uint16_t peers(const struct conf_build *b,
		      const struct conf_draft *draft, struct ip *out)
{
	const struct conf_draft_peer *list = b->peers.items;
	uint16_t count = 0;

	for (uint32_t i = 0; i < draft->peer_count; i++) {
		const struct conf_draft_peer *one =
			&list[draft->first_peer + i];

		if (!one->dropped)
			out[count++] = one->address;
	}
	return count;
}

static void instance(struct conf_build *b, const struct conf_draft *draft,
		     struct conf_instance *out, struct ip *advertised)
{
	struct vrrp_config *vrrp = &out->vrrp;

	vrrp->family = conf_draft_family(b, draft);
	vrrp->version = vrrp->family == IP_V6
				? 3
				: (uint8_t)value(b, draft, CONF_VERSION, 2);
	conf_check_draft(b, draft, vrrp->family, vrrp->version);
	out->span = draft->span;
	out->name = draft->name;
	out->interface = draft->interface;
	out->state_active = draft->value[CONF_STATE] == 1;
	out->lease = (uint32_t)value(b, draft, CONF_LEASE, CONF_LEASE_AUTO);
	vrrp->vrid = (uint8_t)draft->value[CONF_VRID];
	vrrp->priority =
		(uint8_t)value(b, draft, CONF_PRIORITY, VRRP_PRIORITY_DEFAULT);
	/* The owner always preempts (RFC 9568 6.1). */
	vrrp->preempt = vrrp->priority == VRRP_PRIORITY_OWNER ||
			out->state_active || value(b, draft, CONF_PREEMPT, 1);
	vrrp->strict = value(b, draft, CONF_STRICT, 0);
	vrrp->checksum = (enum vrrp_checksum)value(b, draft, CONF_CHECKSUM,
						   VRRP_CHECKSUM_AUTO);
	vrrp->resign_any = value(b, draft, CONF_RESIGN, 0);
	vrrp->interval = value(b, draft, CONF_INTERVAL, TICK_SECOND);
	vrrp->down_timer_adverts = VRRP_DOWN_ADVERTS_DEFAULT;
	vrrp->higher_prio_send_advert = true;
	if (vrrp->preempt && !out->state_active &&
	    vrrp->priority != VRRP_PRIORITY_OWNER)
		vrrp->preempt_delay = value(b, draft, CONF_PREEMPT_DELAY, 0);
	announcements(b, draft, &vrrp->announce);
	addresses(b, draft, out, advertised);
	vrrp->addresses = advertised;
	vrrp->address_count = (uint8_t)out->advertised;
}

static void process(const struct conf_build *b, struct conf_process *out)
{
	const struct conf_draft *g = &b->global;
	int64_t most = g->value[CONF_AUTO_PRIORITY];

	out->rt_priority = (uint8_t)g->value[CONF_RT_PRIORITY];
	if (!out->rt_priority)
		out->nice = (int8_t)g->value[CONF_NICE];
	/* Who says how it shall run else, has it so. */
	if (!conf_draft_has(g, CONF_RT_PRIORITY) && !out->nice && most <= 0)
		out->rt_priority = CONF_RT_AUTO;
	out->no_swap = g->value[CONF_NO_SWAP];
	out->auto_priority = most > 0 ? (uint8_t)most : 0;
	if (out->auto_priority)
		out->auto_delay =
			value(b, g, CONF_AUTO_DELAY, AUTO_DELAY_DEFAULT) *
			TICK_MICROSECOND;
	if (out->rt_priority || out->auto_priority)
		out->rttime = (uint32_t)value(
			b, g, CONF_RTTIME,
			out->rt_priority == CONF_RT_AUTO ? 0 : RTTIME_DEFAULT);
}

static struct conf_buffer buffer(const struct conf_build *b,
				 enum conf_field size, enum conf_field force)
{
	struct conf_buffer out = { (uint32_t)b->global.value[size], false };

	if (out.size)
		out.force = b->global.value[force];
	return out;
}

void conf_build_finish(struct conf_build *b)
{
	struct conf_model *model = b->model;
	const struct conf_draft *drafts = b->drafts.items;
	size_t count = b->drafts.count;
	struct conf_address *all;
	struct ip *advertised;
	struct ip *heard;

	model->global.vrrp_version =
		(uint8_t)value(b, &b->global, CONF_VERSION, 2);
	model->global.garp_interval = b->global.value[CONF_GARP_INTERVAL];
	model->global.gna_interval = b->global.value[CONF_GNA_INTERVAL];
	process(b, &model->global.vrrp);
	model->global.monitor =
		buffer(b, CONF_MONITOR_BUFFER, CONF_MONITOR_FORCE);
	model->global.command =
		buffer(b, CONF_COMMAND_BUFFER, CONF_COMMAND_FORCE);
	conf_check_global(b);
	if (count == 0 || b->memory->failed)
		return;
	model->instances =
		arena_alloc(&model->arena, count * sizeof(*model->instances));
	all = arena_alloc(&model->arena, b->addresses.count * sizeof(*all));
	advertised = arena_alloc(&model->arena,
				 b->addresses.count * sizeof(*advertised));
	heard = arena_alloc(&model->arena, b->peers.count * sizeof(*heard));
	if (!model->instances || !all || !advertised || !heard) {
		b->memory->failed = true;
		return;
	}
	model->instance_count = count;
	conf_check_drafts(b);
	for (size_t i = 0; i < count; i++) {
		struct conf_instance *out = &model->instances[i];

		out->addresses = all;
		instance(b, &drafts[i], out, advertised);
		all += out->address_count;
		advertised += out->advertised;
		out->vrrp.peers = heard;
		out->vrrp.peer_count = peers(b, &drafts[i], heard);
		heard += out->vrrp.peer_count;
	}
}
