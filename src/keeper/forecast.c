/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keeper/forecast.h"

#include "conf/model/rows.h"
#include "keeper/division.h"
#include "keeper/forecast_servers.h"

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

/*
 * One that is Active leaves where another one is not. One that is new is heard
 * of only later (vrrp/group.h).
 */
static bool group(struct forecast *f, const struct conf_sync_group *g)
{
	const char *serves = NULL, *other = NULL, *why = NULL, *new = NULL;

	for (uint32_t k = 0; k < g->member_count; k++) {
		struct vrrp_saved core;

		if (f->plan->origin[g->members[k].instance] == CONF_PLAN_NONE)
			new = g->members[k].name;
		if (!standing(f, &g->members[k], &core))
			continue;
		if (core.state == VRRP_ACTIVE) {
			serves = g->members[k].name;
		} else if (!why && leaves(&core)) {
			why = leaves(&core);
			other = g->members[k].name;
		}
	}
	if (serves && !why && new) {
		snprintf(f->text, sizeof(f->text),
			 "%s would stop being Active if another router serves "
			 "%s, which is new in its vrrp_sync_group",
			 serves, new);
		return true;
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

/* The other router that was heard last, or NULL. */
static const struct ip *heard_last(const struct ledger_instance *r,
				   const struct vrrp_saved *v)
{
	if (v->active.family != IP_NONE)
		return &v->active;
	return r->record.peer.family != IP_NONE ? &r->record.peer : NULL;
}

/* A virtual router that is new takes the place of one that is removed. */
static void replaces(struct forecast *f, const struct conf_plan_row *row)
{
	const struct conf_instance *is = &f->next->instances[row->index_new];

	for (size_t n = 0; n < f->plan->row_count; n++) {
		const struct conf_plan_row *gone = &f->plan->rows[n];
		const struct conf_instance *was;
		struct ledger_instance r;
		struct vrrp_saved core;

		if (gone->kind != CONF_PLAN_REMOVES)
			continue;
		was = &f->old->instances[gone->index_old];
		if (!division_has_place(was, is))
			continue;
		ledger_read_instance(f->ledger, gone->index_old, &r, &core);
		if (core.started && heard_last(&r, &core)) {
			division_of_place(was, is, f->text, sizeof(f->text));
			return;
		}
	}
}

/* It is changed, so that routers do not hear each other. */
static bool divides(struct forecast *f, const struct conf_plan_row *row,
		    const struct ip *heard)
{
	return division_of_change(&f->old->instances[row->index_old],
				  &f->next->instances[row->index_new], heard,
				  f->text, sizeof(f->text));
}

/* Behind what is told already. */
static void tell_dropped(struct forecast *f, uint64_t dropped)
{
	size_t length = strlen(f->text);

	if (dropped > 0)
		snprintf(f->text + length, sizeof(f->text) - length,
			 "%swould drop %llu connection%s",
			 length > 0 ? "; " : "", (unsigned long long)dropped,
			 dropped == 1 ? "" : "s");
}

/* Of the rows of what is the machine's, the one of this block. */
static bool is_of(const struct conf_plan_row *row,
		  const struct conf_block *block)
{
	const char *name = strchr(row->text, ' ');

	return name && strncmp(name + 1, block->name, strlen(block->name)) == 0;
}

/* Groups become marks by nftables_ipvs, or by what else is in them. */
static bool makes_marks(const struct forecast *f,
			const struct conf_plan_row *row)
{
	bool was = f->old->global.lvs.marks.table != NULL;
	bool will_be = f->next->global.lvs.marks.table != NULL;

	return is_of(row,
		     was != will_be ? &conf_block_global : &conf_block_others);
}

/* What is the machine's has changed. */
static void machine(struct forecast *f, const struct conf_plan_row *row)
{
	if (strstr(row->text, conf_block_sync_group.name))
		groups(f);
	if (makes_marks(f, row))
		tell_dropped(f, forecast_remade(f->ledger, f->old, f->next));
}

/* A virtual server is removed or changed. */
static void servers(struct forecast *f, const struct conf_plan_row *row)
{
	const struct conf_virtual_server *next =
		row->index_new == CONF_PLAN_NONE
			? NULL
			: &f->next->virtual_servers[row->index_new];

	tell_dropped(f,
		     forecast_dropped(f->ledger, f->old, row->index_old, next));
}

const char *forecast_remark(void *context, const struct conf_plan_row *row)
{
	struct forecast *f = context;
	struct ledger_instance r;
	struct vrrp_saved core;

	f->text[0] = '\0';
	if (row->kind == CONF_PLAN_GLOBAL)
		machine(f, row);
	if (row->kind == CONF_PLAN_ADDS)
		replaces(f, row);
	if (row->kind == CONF_PLAN_SERVER_REMOVES ||
	    row->kind == CONF_PLAN_SERVER_CHANGES)
		servers(f, row);
	if (!conf_plan_is_of_instance(row->kind) ||
	    row->index_old == CONF_PLAN_NONE)
		return f->text;
	ledger_read_instance(f->ledger, row->index_old, &r, &core);
	if (!core.started)
		return f->text;
	if (row->kind == CONF_PLAN_REMOVES) {
		if (core.state == VRRP_ACTIVE)
			snprintf(f->text, sizeof(f->text),
				 "is Active, and hands over");
	} else if (divides(f, row, heard_last(&r, &core))) {
		return f->text;
	} else if (core.state == VRRP_ACTIVE) {
		active(f, &r, &core,
		       f->next->instances[row->index_new].vrrp.priority);
	} else if (core.state == VRRP_BACKUP) {
		backup(f, &core, &f->next->instances[row->index_new].vrrp);
	}
	return f->text;
}
