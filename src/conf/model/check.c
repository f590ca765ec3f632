/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cross checks: what each word may say by itself, but not beside another.
 * Instances are compared through an index, never each with each.
 */
#include "base/must.h"
#include "conf/language/value.h"
#include "conf/model/build.h"
#include "vrrp/wire.h"

#include <string.h>

static struct conf_place at(struct conf_span span)
{
	return (struct conf_place){ .span = span };
}

static struct conf_place at_field(const struct conf_draft *draft,
				  enum conf_field field)
{
	return at(draft->spans[field]);
}

uint8_t conf_draft_family(const struct conf_build *b,
			  const struct conf_draft *draft)
{
	const struct conf_draft_address *list = b->addresses.items;

	for (uint32_t i = 0; i < draft->count; i++) {
		if (!list[draft->first + i].excluded)
			return list[draft->first + i].address.address.family;
	}
	return IP_NONE;
}

static void missing(struct conf_build *b, const struct conf_draft *draft,
		    const char *what, const char *hint)
{
	struct conf_place place = at(draft->span);

	conf_report(b->report, CONF_ERROR, &place, hint,
		    "vrrp_instance %s has no %s", draft->name, what);
}

static void check_interval(struct conf_build *b, const struct conf_draft *draft,
			   uint8_t version)
{
	struct conf_place place = at_field(draft, CONF_INTERVAL);
	tick_t interval = draft->value[CONF_INTERVAL];
	char text[CONF_TIME_TEXT_MAX];

	if (!conf_draft_has(draft, CONF_INTERVAL))
		return;
	conf_time_format(interval, text);
	if (version == 2 && interval % TICK_SECOND != 0)
		conf_report(b->report, CONF_ERROR, &place,
			    "write whole seconds, or version 3",
			    "VRRPv2 cannot advertise every %s s: it carries "
			    "whole seconds",
			    text);
	else if (version == 3 && interval > VRRP_INTERVAL_MAX_V3)
		conf_report(b->report, CONF_ERROR, &place,
			    "VRRPv3 carries 12 bits of centiseconds; write "
			    "40.95 or less",
			    "advert_int %s is more than 40.95 s", text);
	else if (version == 3 && interval % TICK_CENTISECOND != 0)
		conf_report(b->report, CONF_ERROR, &place,
			    "VRRPv3 carries centiseconds; write 0.01 or a "
			    "multiple of it",
			    "advert_int %s is no whole number of centiseconds",
			    text);
}

static void check_preemption(struct conf_build *b,
			     const struct conf_draft *draft)
{
	bool nopreempt = conf_draft_has(draft, CONF_PREEMPT) &&
			 draft->value[CONF_PREEMPT] == 0;
	bool delay = conf_draft_has(draft, CONF_PREEMPT_DELAY) &&
		     draft->value[CONF_PREEMPT_DELAY] > 0;
	bool active = draft->value[CONF_STATE] == 1;
	bool owner = draft->value[CONF_PRIORITY] == VRRP_PRIORITY_OWNER;
	struct conf_place place = at_field(draft, CONF_PREEMPT);

	if (nopreempt && owner)
		conf_report_ignored(b->report, &place,
				    "RFC 9568 6.1; write a priority below 255",
				    "the owner of the addresses (priority "
				    "255) always preempts");
	else if (nopreempt && active)
		conf_report_ignored(b->report, &place,
				    "write state BACKUP for nopreempt",
				    "nopreempt has no effect with state "
				    "MASTER");
	place = at_field(draft, CONF_PREEMPT_DELAY);
	if (delay && nopreempt && !active)
		conf_report_ignored(b->report, &place, "remove one of them",
				    "preempt_delay has no effect with "
				    "nopreempt");
	else if (delay && active)
		conf_report_ignored(b->report, &place,
				    "write state BACKUP for preempt_delay",
				    "preempt_delay has no effect with state "
				    "MASTER");
	else if (delay && owner)
		conf_report_ignored(b->report, &place, NULL,
				    "preempt_delay has no effect with "
				    "priority 255");
}

static void check_checksum(struct conf_build *b, const struct conf_draft *draft,
			   uint8_t family, uint8_t version)
{
	struct conf_place place = at_field(draft, CONF_CHECKSUM);

	if (conf_draft_has(draft, CONF_CHECKSUM) &&
	    (version == 2 || family == IP_V6))
		conf_report_ignored(b->report, &place, NULL,
				    "only VRRPv3 over IPv4 has two forms of "
				    "checksum; this has no effect");
}

/* What RFC 9568 5.2.9 and 6.1 say of the first IPv6 address. */
static void check_first(struct conf_build *b, const struct conf_draft *draft,
			const struct conf_address *first)
{
	struct conf_place place = at(first->span);
	const char *hint = "put one first, for example fe80::1/64 "
			   "(RFC 9568 5.2.9)";
	bool strict = conf_draft_has(draft, CONF_STRICT)
			      ? draft->value[CONF_STRICT] == 1
			      : b->global.value[CONF_STRICT] == 1;

	if (first->address.family != IP_V6 || ip_is_link_local(&first->address))
		return;
	conf_report(b->report, strict ? CONF_ERROR : CONF_WARNING, &place, hint,
		    "the first address of an IPv6 instance should be "
		    "link-local");
}

static void check_address(struct conf_build *b, const struct conf_draft *draft,
			  const struct conf_address *one)
{
	const char *dev = one->dev ? one->dev : draft->interface;
	struct conf_place place = at(one->span);
	size_t length = dev ? strlen(dev) : 0;

	if (!one->label || !dev)
		return;
	if (strncmp(one->label, dev, length) != 0 ||
	    (one->label[length] != ':' && one->label[length] != '\0'))
		conf_report(b->report, CONF_WARNING, &place,
			    "for ifconfig(8) it should be the interface, a "
			    "colon and a text",
			    "the label %s does not begin with %s:", one->label,
			    dev);
}

/* The addresses of one instance: one family, and not too many. */
static void check_addresses(struct conf_build *b,
			    const struct conf_draft *draft, uint8_t family)
{
	const struct conf_draft_address *list = b->addresses.items;
	uint32_t most =
		family == IP_V6 ? VRRP_ADDRESSES_MAX_V6 : VRRP_ADDRESSES_MAX_V4;
	uint32_t count = 0;

	for (uint32_t i = 0; i < draft->count; i++) {
		const struct conf_draft_address *one = &list[draft->first + i];
		struct conf_place place = at(one->address.span);

		check_address(b, draft, &one->address);
		if (one->excluded || one->dropped)
			continue;
		if (one->address.address.family != family)
			conf_report(b->report, CONF_ERROR, &place,
				    "put it into virtual_ipaddress_excluded, "
				    "or into an instance of its own",
				    "virtual_ipaddress has addresses of one "
				    "family, and the first one is %s",
				    family == IP_V4 ? "IPv4" : "IPv6");
		if (count == 0)
			check_first(b, draft, &one->address);
		if (++count == most + 1)
			conf_report(b->report, CONF_ERROR, &place,
				    "put the others into "
				    "virtual_ipaddress_excluded",
				    "more than %u addresses do not fit into "
				    "an advertisement",
				    most);
	}
}

void conf_check_draft(struct conf_build *b, const struct conf_draft *draft,
		      uint8_t family, uint8_t version)
{
	if (conf_draft_lacks(draft, CONF_TEXT_INTERFACE))
		missing(b, draft, "interface", "write: interface eth0");
	if (conf_draft_lacks(draft, CONF_VRID))
		missing(b, draft, "virtual_router_id",
			"write: virtual_router_id 51");
	if (family == IP_NONE && conf_draft_lacks(draft, CONF_ADDRESS_LIST))
		missing(b, draft, "virtual_ipaddress",
			"write: virtual_ipaddress { 192.0.2.1/24 }");
	if (family == IP_V6 && conf_draft_has(draft, CONF_VERSION) &&
	    draft->value[CONF_VERSION] == 2) {
		struct conf_place place = at_field(draft, CONF_VERSION);

		conf_report(b->report, CONF_ERROR, &place,
			    "write version 3, or nothing",
			    "VRRPv2 carries no IPv6 addresses");
	} else if (family != IP_NONE) {
		check_interval(b, draft, version);
	}
	check_preemption(b, draft);
	check_checksum(b, draft, family, version);
	check_addresses(b, draft, family);
}

/* What the indexes below look at. */
static const struct conf_draft *draft_at(const void *context, uint32_t i)
{
	const struct conf_build *b = context;

	return (const struct conf_draft *)b->drafts.items + i;
}

/* Names are kept once: equal ones are one pointer. */
static bool same_name(const void *context, uint32_t a, uint32_t b)
{
	return draft_at(context, a)->name == draft_at(context, b)->name;
}

static bool same_router(const void *context, uint32_t a, uint32_t b)
{
	const struct conf_draft *one = draft_at(context, a);
	const struct conf_draft *two = draft_at(context, b);

	return one->interface == two->interface &&
	       one->value[CONF_VRID] == two->value[CONF_VRID] &&
	       conf_draft_family(context, one) ==
		       conf_draft_family(context, two);
}

static bool same_address(const void *context, uint32_t a, uint32_t b)
{
	const struct conf_build *build = context;
	const struct conf_draft_address *list = build->addresses.items;

	return list[a].address.dev == list[b].address.dev &&
	       ip_equal(&list[a].address.address, &list[b].address.address);
}

/* The draft that an address is of; drafts and addresses are in one order. */
static const struct conf_draft *holder(const struct conf_build *b, uint32_t i)
{
	const struct conf_draft *drafts = b->drafts.items;
	size_t low = 0;
	size_t high = b->drafts.count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (drafts[middle].first <= i)
			low = middle;
		else
			high = middle;
	}
	return &drafts[low];
}

static void check_names(struct conf_build *b)
{
	struct conf_index index = { .same = same_name, .context = b };

	for (uint32_t i = 0; i < b->drafts.count; i++) {
		const struct conf_draft *draft = draft_at(b, i);
		struct conf_place place = at(draft->span);
		uint32_t hash = conf_hash(CONF_HASH_START, &draft->name,
					  sizeof(draft->name));
		uint32_t found = conf_index_put(&index, b->memory, hash, i);

		if (found == CONF_INDEX_NONE)
			continue;
		conf_report(b->report, CONF_ERROR, &place,
			    "give each instance a name of its own",
			    "there is a vrrp_instance %s already, in line %u",
			    draft->name, draft_at(b, found)->span.line);
	}
	conf_index_free(&index, b->memory);
}

static void check_routers(struct conf_build *b)
{
	struct conf_index index = { .same = same_router, .context = b };

	for (uint32_t i = 0; i < b->drafts.count; i++) {
		const struct conf_draft *draft = draft_at(b, i);
		struct conf_place place = at_field(draft, CONF_VRID);
		uint32_t hash;
		uint32_t found;

		if (!draft->interface || !conf_draft_has(draft, CONF_VRID) ||
		    conf_draft_family(b, draft) == IP_NONE)
			continue;
		hash = conf_hash(CONF_HASH_START, &draft->interface,
				 sizeof(draft->interface));
		hash = conf_hash(hash, &draft->value[CONF_VRID],
				 sizeof(draft->value[CONF_VRID]));
		found = conf_index_put(&index, b->memory, hash, i);
		if (found == CONF_INDEX_NONE)
			continue;
		conf_report(b->report, CONF_ERROR, &place,
			    "give each virtual router of an interface a VRID "
			    "of its own",
			    "virtual_router_id %lld is used on %s already, by "
			    "vrrp_instance %s",
			    (long long)draft->value[CONF_VRID],
			    draft->interface, draft_at(b, found)->name);
	}
	conf_index_free(&index, b->memory);
}

static void check_all_addresses(struct conf_build *b)
{
	struct conf_index index = { .same = same_address, .context = b };
	struct conf_draft_address *list = b->addresses.items;

	for (uint32_t i = 0; i < b->addresses.count; i++) {
		struct conf_address *one = &list[i].address;
		struct conf_place place = at(one->span);
		const struct conf_draft *mine = holder(b, i);
		const struct conf_draft *other;
		uint32_t hash;
		uint32_t found;

		if (!one->dev)
			one->dev = mine->interface;
		hash = conf_hash(CONF_HASH_START, &one->address,
				 sizeof(one->address));
		found = conf_index_put(&index, b->memory, hash, i);
		if (found == CONF_INDEX_NONE)
			continue;
		other = holder(b, found);
		list[i].dropped = other == mine;
		if (other == mine)
			conf_report_ignored(b->report, &place, "remove it",
					    "this address stands in the same "
					    "instance already, in line %u",
					    list[found].address.span.line);
		else
			conf_report(b->report, CONF_WARNING, &place,
				    "two instances would add and remove it "
				    "against each other",
				    "vrrp_instance %s has this address on the "
				    "same interface",
				    other->name);
	}
	conf_index_free(&index, b->memory);
}

/* Notes: keepalived takes them all. */
void conf_check_global(struct conf_build *b)
{
	const struct conf_draft *g = &b->global;
	bool real_time = g->value[CONF_RT_PRIORITY] > 0;
	bool raised = g->value[CONF_AUTO_PRIORITY] > 0;
	bool ordinary =
		conf_draft_has(g, CONF_RT_PRIORITY) || g->value[CONF_NICE] != 0;
	const struct {
		bool vain;
		enum conf_field field;
		const char *word, *without;
	} cases[] = {
		{ real_time, CONF_NICE, "vrrp_priority",
		  "with vrrp_rt_priority" },
		{ !real_time && !raised && ordinary, CONF_RTTIME,
		  "vrrp_rlimit_rttime", "without real time" },
		{ !raised, CONF_AUTO_DELAY, "min_auto_priority_delay",
		  "without max_auto_priority" },
		{ !conf_draft_has(g, CONF_MONITOR_BUFFER), CONF_MONITOR_FORCE,
		  "vrrp_netlink_monitor_rcv_bufs_force",
		  "without vrrp_netlink_monitor_rcv_bufs" },
		{ !conf_draft_has(g, CONF_COMMAND_BUFFER), CONF_COMMAND_FORCE,
		  "vrrp_netlink_cmd_rcv_bufs_force",
		  "without vrrp_netlink_cmd_rcv_bufs" },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct conf_place place = at_field(g, cases[i].field);

		if (cases[i].vain && conf_draft_has(g, cases[i].field))
			conf_report(b->report, CONF_NOTE, &place, NULL,
				    "%s has no effect %s", cases[i].word,
				    cases[i].without);
	}
}

void conf_check_drafts(struct conf_build *b)
{
	check_names(b);
	check_routers(b);
	check_all_addresses(b);
	conf_check_peers(b);
}
