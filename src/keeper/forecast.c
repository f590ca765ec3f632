/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keeper/forecast.h"

#include "conf/model/rows.h"

#include <stdio.h>
#include <string.h>

static void say(struct forecast *f, const char *what, const struct ip *peer,
		uint8_t priority)
{
	char text[IP_TEXT_MAX];

	snprintf(f->text, sizeof(f->text), "%s: %s had priority %u", what,
		 ip_format(peer, text), priority);
}

/* 6.4.3: whoever has a higher priority takes over, unless it must not. */
static void active(struct forecast *f, const struct ledger_instance *r,
		   const struct vrrp_saved *v, uint8_t priority)
{
	if (priority >= v->priority)
		return;
	if (r->record.peer.family == IP_NONE)
		snprintf(f->text, sizeof(f->text),
			 "would stop being Active if a Backup has a higher "
			 "priority than %u",
			 priority);
	else if (r->record.peer_priority > priority)
		say(f, "would stop being Active", &r->record.peer,
		    r->record.peer_priority);
}

/* 6.4.2: it preempts a lower Active, which it did not before. */
static void backup(struct forecast *f, const struct vrrp_saved *v,
		   const struct vrrp_config *c)
{
	bool preempts = c->preempt || c->priority == VRRP_PRIORITY_OWNER;

	if (v->active.family == IP_NONE || v->yielded || !preempts ||
	    c->priority <= v->active_priority ||
	    v->down_cause == VRRP_CAUSE_PREEMPT ||
	    v->preempt_timer != TICK_NEVER)
		return;
	say(f, "would become Active", &v->active, v->active_priority);
}

/* How a member of a group stands now, if it runs; false: it does not. */
static bool standing(const struct forecast *f, const struct conf_member *m,
		     struct vrrp_saved *core)
{
	uint32_t old = f->plan->origin[m->instance];
	struct ledger_instance r;

	if (old == CONF_PLAN_NONE)
		return false;
	ledger_read_instance(f->ledger, old, &r, core);
	return core->started;
}

/* Why it would leave, or NULL (vrrp/group.h). */
static const char *leaves(const struct vrrp_saved *core)
{
	if (core->state == VRRP_FAULT)
		return "is in FAULT";
	return core->state == VRRP_BACKUP && core->active.family != IP_NONE
		       ? "is Backup"
		       : NULL;
}

/* One that is Active leaves where another one is not. */
static bool group(struct forecast *f, const struct conf_sync_group *g)
{
	const char *serves = NULL, *other = NULL, *why = NULL;

	for (uint32_t k = 0; k < g->member_count; k++) {
		struct vrrp_saved core;

		if (!standing(f, &g->members[k], &core))
			continue;
		if (core.state == VRRP_ACTIVE) {
			serves = g->members[k].name;
		} else if (!why && leaves(&core)) {
			why = leaves(&core);
			other = g->members[k].name;
		}
	}
	if (!serves || !why)
		return false;
	snprintf(f->text, sizeof(f->text),
		 "%s would stop being Active: %s of its vrrp_sync_group %s",
		 serves, other, why);
	return true;
}

/* What is the machine's, and no instance's: of it, groups change states. */
static void groups(struct forecast *f)
{
	for (uint32_t n = 0; n < f->next->group_count; n++)
		if (group(f, &f->next->groups[n]))
			return;
}

/* Whether it advertises the same addresses, in any order. */
static bool same_list(struct ledger *l, const struct ledger_configured *was,
		      const struct vrrp_config *is)
{
	uint32_t count = 0;

	for (uint32_t n = 0; n < was->address_count; n++) {
		struct ledger_holding held;
		unsigned at = 0;

		ledger_copy_holding(l, was->address_first + n, &held);
		if (held.wanted.excluded)
			continue;
		count++;
		while (at < is->address_count &&
		       !ip_equal(&is->addresses[at], &held.wanted.address))
			at++;
		if (at == is->address_count)
			return false;
	}
	return count == is->address_count;
}

/*
 * What makes routers drop each other's advertisements as long as only one of
 * them has it; of version 2 that is more than of version 3 (RFC 3768 7.1).
 */
static const char *unheard(struct ledger *l,
			   const struct ledger_configured *was,
			   const struct vrrp_config *is)
{
	if (was->version != is->version)
		return "the version";
	if (is->version != 2)
		return NULL;
	if (was->interval != is->interval)
		return "advert_int";
	return same_list(l, was, is) ? NULL : "the addresses";
}

/* Both are Active until the other routers have it too. */
static bool divides(struct forecast *f, const struct ledger_instance *r,
		    const struct vrrp_saved *v, const struct vrrp_config *next)
{
	const char *what = unheard(f->ledger, &r->configured, next);

	if (!what ||
	    (r->record.peer.family == IP_NONE && v->active.family == IP_NONE))
		return false;
	snprintf(f->text, sizeof(f->text),
		 "two routers would be Active until the others have it, too: "
		 "VRRPv%u drops what differs in %s",
		 next->version, what);
	return true;
}

const char *forecast_remark(void *context, const struct conf_plan_row *row)
{
	struct forecast *f = context;
	struct ledger_instance r;
	struct vrrp_saved core;

	f->text[0] = '\0';
	if (row->kind == CONF_PLAN_GLOBAL &&
	    strstr(row->text, conf_block_sync_group.name))
		groups(f);
	if (row->index_old == CONF_PLAN_NONE)
		return f->text;
	ledger_read_instance(f->ledger, row->index_old, &r, &core);
	if (!core.started)
		return f->text;
	if (row->kind == CONF_PLAN_REMOVES) {
		if (core.state == VRRP_ACTIVE)
			snprintf(f->text, sizeof(f->text),
				 "is Active, and hands over");
	} else if (divides(f, &r, &core,
			   &f->next->instances[row->index_new].vrrp)) {
		return f->text;
	} else if (core.state == VRRP_ACTIVE) {
		active(f, &r, &core,
		       f->next->instances[row->index_new].vrrp.priority);
	} else if (core.state == VRRP_BACKUP) {
		backup(f, &core, &f->next->instances[row->index_new].vrrp);
	}
	return f->text;
}
