/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a link counts as up or down: at once, or with
 * interface_up_down_delays after it has been so for a while. One that comes
 * back meanwhile has done nothing. What appears or vanishes counts at once.
 *
 * While an Active is not believed to be without its link, its Backups hear
 * nothing. So no delay is as long as they wait at least: down_timer_adverts,
 * less one, of the shortest interval that is used on the interface. keepalived
 * shortens the delays by the same rule.
 */
#include "router/state.h"

/* By how much a delay is shorter than what Backups wait. */
#define LINK_MARGIN TICK_MILLISECOND

void links_setup(struct router *r)
{
	const struct conf_model *model = r->model;

	r->links_at = TICK_NEVER;
	for (size_t n = 0; n < model->link_delay_count; n++) {
		const struct conf_link_delay *d = &model->link_delays[n];
		uint32_t found = interface_find(r, d->on.name);

		if (found != ROUTER_NONE)
			r->interfaces[found].delay = d;
	}
}

static tick_t longest_delay(const struct router *r, const struct interface *f)
{
	tick_t longest = TICK_NEVER;

	for (uint32_t id = f->first; id != ROUTER_NONE;
	     id = r->instances[id].next) {
		const struct vrrp_saved *v = r->instances[id].core;
		const struct vrrp_config *c = &r->instances[id].conf->vrrp;
		tick_t interval = tick_min(c->interval, v->active_interval);

		longest = tick_min(longest,
				   (c->down_timer_adverts - 1) * interval);
	}
	return tick_max(longest - LINK_MARGIN, 0);
}

static void remember(struct router *r, struct interface *f, tick_t at)
{
	f->link_at = at;
	r->links_at = tick_min(r->links_at, at);
	for (uint32_t id = f->first; id != ROUTER_NONE;
	     id = r->instances[id].next) {
		struct ledger_record *record = r->instances[id].record;
		bool opened = record_open(record);

		record->link_at = at;
		record_close(record, opened);
	}
}

enum vrrp_interface link_counts(struct router *r, struct interface *f,
				enum vrrp_interface is)
{
	bool up = is == VRRP_INTERFACE_UP;
	bool counts_up = f->link == VRRP_INTERFACE_UP;
	tick_t delay = 0;

	if (f->delay && up != counts_up && is != VRRP_INTERFACE_MISSING &&
	    f->link != VRRP_INTERFACE_MISSING)
		delay = tick_min(up ? f->delay->up : f->delay->down,
				 longest_delay(r, f));
	if (delay > 0 && f->link_at == TICK_NEVER)
		remember(r, f, r->now + delay);
	if (delay > 0 && r->now < f->link_at)
		return f->link;
	if (f->link_at != TICK_NEVER)
		remember(r, f, TICK_NEVER);
	f->link = is;
	return is;
}

void link_adopt(struct router *r, struct interface *f)
{
	uint32_t id = f->first;
	const struct ledger_record *record;
	enum vrrp_interface was;

	if (!f->delay || id == ROUTER_NONE)
		return;
	record = r->instances[id].record;
	was = (enum vrrp_interface)r->instances[id].core->interface;
	/* Another device of that name, or nobody has told of it yet. */
	if (record->ifindex != f->ifindex || was == VRRP_INTERFACE_MISSING)
		return;
	f->link = was;
	if (f->link == VRRP_INTERFACE_NO_SOURCE)
		f->link = VRRP_INTERFACE_UP;
	/* Not later than if it had begun just now. */
	remember(r, f,
		 record->link_at == TICK_NEVER
			 ? TICK_NEVER
			 : tick_min(record->link_at,
				    r->now + tick_max(f->delay->up,
						      f->delay->down)));
}

void links_run(struct router *r)
{
	tick_t next = TICK_NEVER;

	if (r->now < r->links_at)
		return;
	for (uint32_t n = 0; n < r->interface_count; n++) {
		struct interface *f = &r->interfaces[n];

		if (r->now >= f->link_at)
			f->dirty = true;
		else
			next = tick_min(next, f->link_at);
	}
	r->links_at = next;
}

/* Until the mirror is whole again, nothing is decided; its end makes a turn. */
tick_t links_deadline(const struct router *r)
{
	return mirror_resyncing(r->mirror) ? TICK_NEVER : r->links_at;
}
