/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: the lines of what an instance tracks, and what
 * they may not say. keepalived.conf(5), track_interface and its like.
 */
#include "base/map.h"
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

static const struct conf_row script_heads[] = {
	ROW_WITH("script", NAME(conf_tracked, name, CONF_NAME_MAX),
		 .flags = CONF_MUST | CONF_SPARED,
		 "the name of a vrrp_script", "check", NULL),
};

static const struct conf_row script_rows[] = {
	ROW("weight", WEIGHT(conf_tracked, weight, VRRP_WEIGHT_MAX),
		 "what it adds to the priority of this virtual router; "
		 "default: the weight of the vrrp_script",
		 "weight -20", "weight 300"),
};

static const struct conf_row file_heads[] = {
	ROW_WITH("file", NAME(conf_tracked, name, CONF_NAME_MAX),
		 .flags = CONF_MUST | CONF_SPARED,
		 "the name of a track_file", "f", NULL),
};

static const struct conf_row file_rows[] = {
	ROW("weight", WEIGHT(conf_tracked, weight, CONF_WEIGHT_WIDE),
		 "what the number in the file is multiplied by for this "
		 "virtual router; default: the weight of the track_file",
		 "weight 2 reverse", "weight 300"),
};

static const struct conf_row process_heads[] = {
	ROW_WITH("process", NAME(conf_tracked, name, CONF_NAME_MAX),
		 .flags = CONF_MUST | CONF_SPARED, "the name of a vrrp_track_process",
		 "nginx", NULL),
};

static const struct conf_row process_rows[] = {
	ROW("weight", WEIGHT(conf_tracked, weight, CONF_WEIGHT_WIDE),
		 "what it adds to the priority of this virtual router; "
		 "default: the weight of the vrrp_track_process",
		 "weight -20", "weight 300"),
};

static const struct conf_row server_heads[] = {
	ROW_WITH("virtual_server", NAME(conf_tracked, name, CONF_NAME_MAX),
		 .flags = CONF_MUST | CONF_SPARED,
		 "a virtual server: ADDRESS:PORT, [ADDRESS]:PORT, "
		 "[ADDRESS]:PROTOCOL:PORT, a firewall mark, or the name of "
		 "its virtual_server_group",
		 "192.0.2.1:80", NULL),
};

static const struct conf_row server_rows[] = {
	ROW("weight", WEIGHT(conf_tracked, weight, VRRP_WEIGHT_MAX),
		 "what it adds to the priority of this virtual router: a "
		 "positive weight while it has its quorum, a negative one "
		 "while it has lost it; default 0: without a quorum it is in "
		 "FAULT",
		 "weight -20", "weight 300"),
};

static const struct conf_row rows[] = {
	ROW_WITH("track_src_ip", FLAG(conf_instance, track_source, 1),
		 .differs = "to keepalived, which compares other bytes, the "
			    "word has no effect",
		 "be in FAULT while the interface does not have the address "
		 "of mcast_src_ip or unicast_src_ip",
		 "track_src_ip", "track_src_ip 5"),
	TRACKED_BY(conf_instance, VRRP_TARGET_SCRIPT, "track_script",
		   conf_block_tracked_script,
		   "the vrrp_scripts that must succeed; with a weight, "
		   "each adds to the priority instead", "check"),
	TRACKED_BY(conf_instance, VRRP_TARGET_FILE, "track_file",
		   conf_block_tracked_file,
		   "the track_files whose numbers, multiplied by their "
		   "weights, are added to the priority", "f"),
	TRACKED_BY(conf_instance, VRRP_TARGET_PROCESS, "track_process",
		   conf_block_tracked_process,
		   "the vrrp_track_processes that must run; with a "
		   "weight, each adds to the priority instead", "nginx"),
	TRACKED_SERVERS_BY(conf_instance),
};
/* clang-format on */

const struct conf_rows conf_rows_tracker = ROWS(rows);

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

bool conf_same_target(const void *a, const void *b)
{
	const struct conf_target *one = a, *two = b;

	return strcmp(one->name, two->name) == 0;
}

uint32_t conf_hash_target(const void *item)
{
	const struct conf_target *one = item;

	return map_hash(one->name, strlen(one->name));
}

static bool same_tracked(const void *a, const void *b)
{
	const struct conf_tracked *one = a, *two = b;

	return strcmp(one->name, two->name) == 0;
}

static uint32_t hash_tracked(const void *item)
{
	const struct conf_tracked *one = item;

	return map_hash(one->name, strlen(one->name));
}

#define TRACKED                                                                \
	.heads_least = 1, .size = sizeof(struct conf_tracked),                 \
	.span = offsetof(struct conf_tracked, span),                           \
	.items_max = CONF_TRACKED_MAX, .same = same_tracked,                   \
	.hash = hash_tracked

const struct conf_block conf_block_tracked_script = {
	.name = "track_script",
	.heads = ROWS(script_heads),
	.parts = { PART(script_rows) },
	.noun = "tracked script",
	TRACKED,
};

const struct conf_block conf_block_tracked_file = {
	.name = "track_file",
	.heads = ROWS(file_heads),
	.parts = { PART(file_rows) },
	.noun = "tracked file",
	TRACKED,
};

const struct conf_block conf_block_tracked_process = {
	.name = "track_process",
	.heads = ROWS(process_heads),
	.parts = { PART(process_rows) },
	.noun = "tracked process",
	TRACKED,
};

const struct conf_block conf_block_tracked_server = {
	.name = "track_virtual_server",
	.heads = ROWS(server_heads),
	.parts = { PART(server_rows) },
	.noun = "tracked virtual server",
	TRACKED,
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
