/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keeper/forecast.h"

#include <stdio.h>

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

const char *forecast_remark(void *context, const struct conf_plan_row *row)
{
	struct forecast *f = context;
	struct ledger_instance r;
	struct vrrp_saved core;

	f->text[0] = '\0';
	if (row->index_old == CONF_PLAN_NONE)
		return f->text;
	ledger_read_instance(f->ledger, row->index_old, &r, &core);
	if (!core.started)
		return f->text;
	if (row->kind == CONF_PLAN_REMOVES) {
		if (core.state == VRRP_ACTIVE)
			snprintf(f->text, sizeof(f->text),
				 "is Active, and hands over");
	} else if (core.state == VRRP_ACTIVE) {
		active(f, &r, &core,
		       f->next->instances[row->index_new].vrrp.priority);
	} else if (core.state == VRRP_BACKUP) {
		backup(f, &core, &f->next->instances[row->index_new].vrrp);
	}
	return f->text;
}
