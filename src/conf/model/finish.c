/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of global_defs and of the small lists that depend on each other, and
 * what they say in vain. Defaults are those of keepalived.conf(5).
 */
#include "conf/model/finish.h"

#include "base/must.h"
#include "conf/model/fifos.h"
#include "conf/model/mail.h"

#include <stddef.h>
#include <string.h>

/* keepalived's: vrrp_rlimit_rttime, and min_auto_priority_delay. */
#define RTTIME_DEFAULT     10000
#define AUTO_DELAY_DEFAULT (1000000 * TICK_MICROSECOND)

#define AT(field) ((uint32_t)offsetof(struct conf_model, global.field))

static void finish_announcements(struct conf_common *c,
				 const struct conf_note *note)
{
	struct vrrp_announce_config *a = &c->announce;

	if (c->min_garp && !conf_note_has(note, AT(common.announce.delay)))
		a->delay = 0;
	if (c->min_garp && !conf_note_has(note, AT(common.announce.repeat)))
		a->repeat = 1;
	c->min_garp = false; /* said by the two from here on */
	if (!conf_note_has(note, AT(common.announce.lower_delay)))
		a->lower_delay = a->delay;
	if (!conf_note_has(note, AT(common.announce.lower_repeat)))
		a->lower_repeat = a->repeat;
}

static void finish_process(struct conf_process *p, const struct conf_note *note)
{
	if (p->auto_priority < 0)
		p->auto_priority = 0;
	if (p->rt_priority != CONF_RT_AUTO && p->rt_priority > 0)
		p->nice = 0;
	/* An explicit setting overrides the automatic one. */
	if (p->rt_priority == CONF_RT_AUTO &&
	    (p->nice != 0 || p->auto_priority > 0))
		p->rt_priority = 0;
	if (p->auto_priority == 0)
		p->auto_delay = 0;
	else if (!conf_note_has(note, AT(vrrp.auto_delay)))
		p->auto_delay = AUTO_DELAY_DEFAULT;
	if (p->rt_priority == 0 && p->auto_priority == 0)
		p->rttime = 0;
	else if (!conf_note_has(note, AT(vrrp.rttime)))
		p->rttime = p->rt_priority == CONF_RT_AUTO ? 0 : RTTIME_DEFAULT;
}

/* What global_defs says in vain: notes, since keepalived takes them all. */
static void check_global(struct conf_reader *r, const struct conf_global *g,
			 const struct conf_note *note)
{
	bool asked = conf_note_has(note, AT(vrrp.rt_priority));
	bool real_time = asked && g->vrrp.rt_priority > 0;
	bool raised = g->vrrp.auto_priority > 0;
	bool ordinary = asked || g->vrrp.nice != 0;
	const struct {
		bool vain;
		uint32_t field;
		const char *word, *without;
	} cases[] = {
		{ real_time, AT(vrrp.nice), "vrrp_priority",
		  "with vrrp_rt_priority" },
		{ !real_time && !raised && ordinary, AT(vrrp.rttime),
		  "vrrp_rlimit_rttime", "without real time" },
		{ !raised, AT(vrrp.auto_delay), "min_auto_priority_delay",
		  "without max_auto_priority" },
		{ !conf_note_has(note, AT(monitor.size)), AT(monitor.force),
		  "vrrp_netlink_monitor_rcv_bufs_force",
		  "without vrrp_netlink_monitor_rcv_bufs" },
		{ !conf_note_has(note, AT(command.size)), AT(command.force),
		  "vrrp_netlink_cmd_rcv_bufs_force",
		  "without vrrp_netlink_cmd_rcv_bufs" },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct conf_place place = conf_note_place(note, cases[i].field);

		if (!cases[i].vain || !conf_note_has(note, cases[i].field))
			continue;
		conf_report(r->report, CONF_NOTE, &place, NULL,
			    "%s has no effect %s", cases[i].word,
			    cases[i].without);
		conf_report_useless(r->report);
	}
}

void conf_global_finish(struct conf_reader *r, void *object,
			const struct conf_note *note)
{
	struct conf_global *g = object;

	finish_announcements(&g->common, note);
	finish_process(&g->vrrp, note);
	conf_mail_finish(r, &g->mail, note);
	check_global(r, g, note);
	conf_fifos_finish(r, g, note);
	if (g->lvs.alert == CONF_UNSAID && conf_note_has(note, AT(mail.alert)))
		g->lvs.alert = g->mail.alert;
	if (g->monitor.size == 0)
		g->monitor.force = false;
	if (g->command.size == 0)
		g->command.force = false;
}

void conf_link_delay_finish(struct conf_reader *r, void *object,
			    const struct conf_note *note)
{
	struct conf_link_delay *delay = object;

	if (delay->up < 0)
		delay->up = delay->down;
}

/* `interface` is one more of the list. */
void conf_garp_group_finish(struct conf_reader *r, void *object,
			    const struct conf_note *note)
{
	struct conf_garp_group *g = object;
	struct conf_place place = { .span = note->span };
	struct conf_interface *all;

	if (!g->interface && g->interface_count == 0)
		conf_report_ignored(r->report, &place,
				    "write: interfaces { eth0 eth1 }",
				    "this garp_group has no interface; it is "
				    "left out");
	if (!g->interface)
		return;
	all = arena_alloc(r->arena, (g->interface_count + 1) * sizeof(*all));
	if (!all) {
		r->memory->failed = true;
		return;
	}
	all[0].span = conf_note_place(
			      note, offsetof(struct conf_garp_group, interface))
			      .span;
	all[0].name = g->interface;
	if (g->interface_count > 0)
		memcpy(all + 1, g->interfaces,
		       g->interface_count * sizeof(*all));
	g->interfaces = all;
	g->interface_count++;
	g->interface = NULL;
}

/* What the kernel has for IPv6 alone. */
static void leave_out(struct conf_reader *r, const struct conf_address *one,
		      bool *flag, const char *word)
{
	struct conf_place place = { .span = one->span };

	if (!*flag || one->address.family == IP_V6)
		return;
	*flag = false;
	conf_report_ignored(r->report, &place, NULL,
			    "%s is for IPv6 only; it has no effect", word);
}

void conf_address_finish(struct conf_reader *r, void *object,
			 const struct conf_note *note)
{
	struct conf_address *one = object;
	bool preferred = one->preferred != CONF_AUTO;

	/* IPv6 has no scope but that of the address itself. */
	if (one->address.family == IP_V6)
		one->scope = CONF_SCOPE_GLOBAL;
	if (one->peer.family != IP_NONE)
		one->prefix = one->peer_prefix;
	leave_out(r, one, &one->home, "home");
	leave_out(r, one, &one->dad, "-nodad");
	leave_out(r, one, &one->mngtmpaddr, "mngtmpaddr");
	leave_out(r, one, &preferred, "preferred_lft");
	if (!preferred)
		one->preferred = CONF_AUTO;
}
