/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: the lines of what an instance tracks, and what
 * they may not say. keepalived.conf(5), track_interface.
 */
#include "conf/model/finish.h"
#include "conf/model/rows.h"
#include "vrrp/track.h"

#include <string.h>

/* clang-format off */
static const struct conf_row interface_heads[] = {
	ROW_WITH("interface", INTERFACE(conf_tracked_interface, on.name),
		 .flags = CONF_MUST, "the name of an interface", "eth1",
		 "a/b"),
};

/* keepalived takes one more than it uses. */
static const struct conf_row interface_rows[] = {
	ROW_WITH("weight",
		 NUMBER(conf_tracked_interface, weight, -VRRP_WEIGHT_MAX - 1,
			VRRP_WEIGHT_MAX + 1, 0), .flags = CONF_QUIET,
		 "what is added to the priority: a positive weight while the "
		 "interface is up, a negative one while it is down; 0: the "
		 "instance is in FAULT while it is down",
		 "weight -20", "weight 300"),
	ROW("reverse", FLAG(conf_tracked_interface, reverse, 1),
	    "turn the sign of the weight around; without a weight, be in "
	    "FAULT while the interface is up",
	    "reverse", "reverse 5"),
};
/* clang-format on */

static void finish_interface(struct conf_reader *r, void *object,
			     const struct conf_note *note)
{
	struct conf_tracked_interface *one = object;
	struct conf_place place = { .span = one->on.span };
	int16_t most = one->weight < 0 ? -VRRP_WEIGHT_MAX : VRRP_WEIGHT_MAX;

	(void)note;
	if (one->weight >= -VRRP_WEIGHT_MAX && one->weight <= VRRP_WEIGHT_MAX)
		return;
	conf_report_ignored(r->report, &place, NULL,
			    "weight %d is out of range; %d is used",
			    one->weight, most);
	one->weight = most;
}

const struct conf_block conf_block_tracked_interface = {
	.name = "track_interface",
	.heads = ROWS(interface_heads),
	.heads_least = 1,
	.parts = { PART(interface_rows) },
	.size = sizeof(struct conf_tracked_interface),
	.span = offsetof(struct conf_tracked_interface, on.span),
	.items_max = CONF_TRACKED_MAX,
	.finish = finish_interface,
	.same = conf_same_interface,
	.hash = conf_hash_interface,
	.noun = "tracked interface",
};

/* Why an entry does not count, or NULL. `earlier` of the list are kept. */
static const char *useless(const struct conf_instance *c,
			   const struct conf_tracked_interface *one,
			   size_t earlier)
{
	if (c->interface && strcmp(one->on.name, c->interface) == 0)
		return "it is the interface of the instance, which is tracked "
		       "anyway";
	if (one->weight != 0 && c->vrrp.priority == VRRP_PRIORITY_OWNER)
		return "priority 255 is never changed";
	for (size_t i = 0; i < earlier; i++)
		if (conf_same_interface(&c->tracked_interfaces[i], one))
			return "it stands in the list already";
	return NULL;
}

void conf_track_finish(struct conf_reader *r, struct conf_instance *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->tracked_interface_count; i++) {
		struct conf_tracked_interface one = c->tracked_interfaces[i];
		struct conf_place place = { .span = one.on.span };
		const char *why = useless(c, &one, kept);

		if (why)
			conf_report_ignored(r->report, &place, "remove it",
					    "%s in track_interface has no "
					    "effect: %s",
					    one.on.name, why);
		else
			c->tracked_interfaces[kept++] = one;
	}
	c->tracked_interface_count = (uint32_t)kept;
}
