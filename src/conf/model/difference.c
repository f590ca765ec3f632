/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two instances that are one virtual router, compared value by value, with
 * the words of keepalived.conf(5). What only differs as written, such as a
 * checksum form where there are no two, is no difference.
 */
#include "conf/model/difference.h"
#include "base/map.h"
#include "base/must.h"
#include "conf/language/value.h"
#include "conf/model/conf.h"
#include "conf/model/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void conf_put(struct conf_text_out *out, const char *format, ...)
{
	size_t room = sizeof(out->text) - out->length;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(out->text + out->length, room, format, arguments);
	va_end(arguments);
	MUST(length >= 0);
	out->length += (size_t)length < room ? (size_t)length : room - 1;
}

/* A write function. */
static void put_bytes(void *to, const char *text, size_t length)
{
	conf_put(to, "%.*s", (int)length, text);
}

/* A difference in the making. */
struct making {
	struct conf_text_out *out;
	bool any;
};

/* Puts what stands before the next part. */
static struct conf_text_out *part(struct making *m)
{
	conf_put(m->out, m->any ? ", " : ": ");
	m->any = true;
	return m->out;
}

enum form {
	FORM_NUMBER,
	FORM_TIME,
	FORM_SWITCH,
	FORM_STATE,
	FORM_PREEMPT,
	FORM_CHECKSUM,
	FORM_LEASE,
	FORM_RESIGN,
	FORM_OR_NONE,
	FORM_RT_PRIORITY,
};

/* In the order in which they are told. */
enum value {
	VALUE_STATE,
	VALUE_VERSION,
	VALUE_PRIORITY,
	VALUE_INTERVAL,
	VALUE_PREEMPT,
	VALUE_PREEMPT_DELAY,
	VALUE_STRICT,
	VALUE_CHECKSUM,
	VALUE_RESIGN,
	VALUE_GARP_DELAY,
	VALUE_GARP_REPEAT,
	VALUE_GARP_REFRESH,
	VALUE_GARP_REFRESH_REPEAT,
	VALUE_LOWER_DELAY,
	VALUE_LOWER_REPEAT,
	VALUE_LEASE,
};

#define VALUE_COUNT (VALUE_LEASE + 1)

static const struct {
	const char *word;
	enum form form;
} values[] = {
	[VALUE_STATE] = { "state", FORM_STATE },
	[VALUE_VERSION] = { "version", FORM_NUMBER },
	[VALUE_PRIORITY] = { "priority", FORM_NUMBER },
	[VALUE_INTERVAL] = { "advert_int", FORM_TIME },
	[VALUE_PREEMPT] = { "", FORM_PREEMPT },
	[VALUE_PREEMPT_DELAY] = { "preempt_delay", FORM_TIME },
	[VALUE_STRICT] = { "strict_mode", FORM_SWITCH },
	[VALUE_CHECKSUM] = { "checksum", FORM_CHECKSUM },
	[VALUE_RESIGN] = { "vrrp_resign_from", FORM_RESIGN },
	[VALUE_GARP_DELAY] = { "garp_master_delay", FORM_TIME },
	[VALUE_GARP_REPEAT] = { "garp_master_repeat", FORM_NUMBER },
	[VALUE_GARP_REFRESH] = { "garp_master_refresh", FORM_TIME },
	[VALUE_GARP_REFRESH_REPEAT] = { "garp_master_refresh_repeat",
					FORM_NUMBER },
	[VALUE_LOWER_DELAY] = { "garp_lower_prio_delay", FORM_TIME },
	[VALUE_LOWER_REPEAT] = { "garp_lower_prio_repeat", FORM_NUMBER },
	[VALUE_LEASE] = { "vrrp_address_lease", FORM_LEASE },
};

_Static_assert(ARRAY_LENGTH(values) == VALUE_COUNT, "a row a value");

static void values_of(const struct conf_instance *instance,
		      int64_t out[VALUE_COUNT])
{
	const struct vrrp_config *c = &instance->vrrp;
	const struct vrrp_announce_config *announce = &c->announce;

	out[VALUE_STATE] = instance->state_active;
	out[VALUE_VERSION] = c->version;
	out[VALUE_PRIORITY] = c->priority;
	out[VALUE_INTERVAL] = c->interval;
	out[VALUE_PREEMPT] = c->preempt;
	out[VALUE_PREEMPT_DELAY] = c->preempt_delay;
	out[VALUE_STRICT] = c->strict;
	out[VALUE_CHECKSUM] = c->version == 3 && c->family == IP_V4
				      ? (int64_t)c->checksum
				      : VRRP_CHECKSUM_AUTO;
	out[VALUE_RESIGN] = c->resign_any;
	out[VALUE_GARP_DELAY] = announce->delay;
	out[VALUE_GARP_REPEAT] = announce->repeat;
	out[VALUE_GARP_REFRESH] = announce->refresh;
	out[VALUE_GARP_REFRESH_REPEAT] = announce->refresh_repeat;
	out[VALUE_LOWER_DELAY] = announce->lower_delay;
	out[VALUE_LOWER_REPEAT] = announce->lower_repeat;
	out[VALUE_LEASE] = instance->lease;
}

static const char *format_value(enum form form, int64_t value,
				char text[CONF_TIME_TEXT_MAX])
{
	switch (form) {
	case FORM_NUMBER:
		break;
	case FORM_TIME:
		return conf_time_format(value, text);
	case FORM_SWITCH:
		return value ? "on" : "off";
	case FORM_STATE:
		return value ? "MASTER" : "BACKUP";
	case FORM_PREEMPT:
		return value ? "preempt" : "nopreempt";
	case FORM_CHECKSUM:
		return value == VRRP_CHECKSUM_RFC9568   ? "rfc9568"
		       : value == VRRP_CHECKSUM_RFC5798 ? "rfc5798"
							: "auto";
	case FORM_LEASE:
		if (value == CONF_LEASE_AUTO)
			return "auto";
		break;
	case FORM_RESIGN:
		return value ? "any" : "active";
	case FORM_OR_NONE:
		if (value == 0)
			return "none";
		break;
	case FORM_RT_PRIORITY:
		if (value == CONF_RT_AUTO)
			return "auto";
		break;
	}
	snprintf(text, CONF_TIME_TEXT_MAX, "%lld", (long long)value);
	return text;
}

static void compare_value(struct making *m, const char *word, enum form form,
			  int64_t old, int64_t new)
{
	char before[CONF_TIME_TEXT_MAX];
	char after[CONF_TIME_TEXT_MAX];

	if (old == new)
		return;
	conf_put(part(m), "%s%s%s -> %s", word, *word ? " " : "",
		 format_value(form, old, before),
		 format_value(form, new, after));
}

/* A list of things that were added, removed or changed; some are named. */
struct list {
	struct making *making;
	const char *verb;
	size_t count;
};

/* Where to name the next thing, or NULL when it is only counted. */
static struct conf_text_out *list_next(struct list *list)
{
	if (list->count++ >= CONF_PLAN_NAMED_MAX)
		return NULL;
	conf_put(part(list->making), "%s ", list->verb);
	return list->making->out;
}

static void list_end(const struct list *list)
{
	if (list->count > CONF_PLAN_NAMED_MAX)
		conf_put(part(list->making), "%s %zu more", list->verb,
			 list->count - CONF_PLAN_NAMED_MAX);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* An address is one thing with its interface; the rest of it may change. */
static bool same_address(const struct conf_address *a,
			 const struct conf_address *b)
{
	return ip_equal(&a->address, &b->address) &&
	       strcmp(a->dev, b->dev) == 0;
}

static bool equal_address(const struct conf_address *a,
			  const struct conf_address *b)
{
	return same_address(a, b) && a->prefix == b->prefix &&
	       a->has_broadcast == b->has_broadcast &&
	       ip_equal(&a->broadcast, &b->broadcast) && a->scope == b->scope &&
	       same_text(a->label, b->label);
}

static bool address_is(const void *context, uint32_t number, const void *key)
{
	const struct conf_instance *instance = context;

	return same_address(&instance->addresses[number], key);
}

static uint32_t address_hash(const struct conf_address *one)
{
	return map_hash(&one->address, sizeof(one->address));
}

/* A map of the addresses of an instance, in the scratch memory. */
static void index_addresses(struct map *map, void *scratch,
			    const struct conf_instance *instance)
{
	uint32_t count = (uint32_t)instance->address_count;

	map_init(map, scratch, count ? count : 1, address_is, instance);
	for (uint32_t i = 0; i < count; i++)
		MUST(map_put(map, address_hash(&instance->addresses[i]), i) ==
		     0);
}

static void put_address(struct conf_text_out *out,
			const struct conf_instance *instance, size_t index)
{
	conf_print_address(instance, &instance->addresses[index], put_bytes,
			   out);
	if (index >= instance->advertised)
		conf_put(out, " (not advertised)");
}

static bool same_addresses(const struct conf_instance *old,
			   const struct conf_instance *new)
{
	if (old->address_count != new->address_count ||
	    old->advertised != new->advertised)
		return false;
	for (size_t i = 0; i < old->address_count; i++) {
		if (!equal_address(&old->addresses[i], &new->addresses[i]))
			return false;
	}
	return true;
}

/* What is new or different, looked up in a map of the old addresses. */
static void compare_added(struct making *m, const struct conf_instance *old,
			  const struct conf_instance *new,
			  const struct map *map, bool changed)
{
	struct list list = { m, changed ? "changes" : "adds", 0 };

	for (uint32_t i = 0; i < new->address_count; i++) {
		const struct conf_address *one = &new->addresses[i];
		uint32_t found = map_find(map, address_hash(one), one);
		struct conf_text_out *out;

		if ((found != MAP_NONE) != changed)
			continue;
		if (changed && equal_address(&old->addresses[found], one) &&
		    (found < old->advertised) == (i < new->advertised))
			continue;
		out = list_next(&list);
		if (!out)
			continue;
		if (changed) {
			put_address(out, old, found);
			conf_put(out, " -> ");
		}
		put_address(out, new, i);
	}
	list_end(&list);
}

static void compare_removed(struct making *m, const struct conf_instance *old,
			    const struct map *map)
{
	struct list list = { m, "removes", 0 };

	for (uint32_t i = 0; i < old->address_count; i++) {
		const struct conf_address *one = &old->addresses[i];
		struct conf_text_out *out;

		if (map_find(map, address_hash(one), one) != MAP_NONE)
			continue;
		out = list_next(&list);
		if (out)
			put_address(out, old, i);
	}
	list_end(&list);
}

static void compare_addresses(struct making *m, const struct conf_instance *old,
			      const struct conf_instance *new, void *scratch)
{
	size_t before = m->out->length;
	struct map map;

	if (same_addresses(old, new))
		return;
	index_addresses(&map, scratch, old);
	compare_added(m, old, new, &map, false);
	compare_added(m, old, new, &map, true);
	index_addresses(&map, scratch, new);
	compare_removed(m, old, &map);
	/* Advertisements carry them in the order of the file. */
	if (m->out->length == before)
		conf_put(part(m), "another order of the addresses");
}

static bool peer_is(const void *context, uint32_t number, const void *key)
{
	const struct ip *peers = context;

	return ip_equal(&peers[number], key);
}

/* Names the peers of `a` that `b` has not. */
static void compare_peers(struct making *m, const char *verb,
			  const struct vrrp_config *a,
			  const struct vrrp_config *b, void *scratch)
{
	struct list list = { m, verb, 0 };
	char text[IP_TEXT_MAX];
	struct map map;

	map_init(&map, scratch, b->peer_count ? b->peer_count : 1, peer_is,
		 b->peers);
	for (uint32_t i = 0; i < b->peer_count; i++)
		MUST(map_put(&map, map_hash(&b->peers[i], sizeof(struct ip)),
			     i) == 0);
	for (uint32_t i = 0; i < a->peer_count; i++) {
		const struct ip *peer = &a->peers[i];
		uint32_t hash = map_hash(peer, sizeof(*peer));
		struct conf_text_out *out;

		if (map_find(&map, hash, peer) != MAP_NONE)
			continue;
		out = list_next(&list);
		if (out)
			conf_put(out, "%s", ip_format(peer, text));
	}
	list_end(&list);
}

/* Peers are a set: their order says nothing. */
static void compare_all_peers(struct making *m, const struct vrrp_config *old,
			      const struct vrrp_config *new, void *scratch)
{
	if (old->peer_count == 0 && new->peer_count == 0)
		return;
	if (old->peer_count == 0)
		conf_put(part(m), "no longer hears everybody");
	compare_peers(m, "adds peer", new, old, scratch);
	compare_peers(m, "removes peer", old, new, scratch);
	if (new->peer_count == 0)
		conf_put(part(m), "hears everybody");
}

size_t conf_difference_memory(size_t most)
{
	return map_memory((uint32_t)most);
}

bool conf_difference(const struct conf_instance *old,
		     const struct conf_instance *new, void *scratch,
		     struct conf_text_out *out)
{
	struct making m = { .out = out };
	int64_t before[VALUE_COUNT];
	int64_t after[VALUE_COUNT];

	if (strcmp(old->name, new->name) != 0)
		conf_put(part(&m), "name %s -> %s", old->name, new->name);
	values_of(old, before);
	values_of(new, after);
	for (unsigned i = 0; i < VALUE_COUNT; i++)
		compare_value(&m, values[i].word, values[i].form, before[i],
			      after[i]);
	compare_all_peers(&m, &old->vrrp, &new->vrrp, scratch);
	compare_addresses(&m, old, new, scratch);
	return m.any;
}

/* A list of CPUs is told whole: it is one value. */
static void put_cpus(struct conf_text_out *out, const struct conf_process *p)
{
	if (!p->bound)
		conf_put(out, " any");
	for (unsigned n = 0; p->bound && n < CONF_CPUS_MAX; n++)
		if (p->cpus[n / 64] >> n % 64 & 1)
			conf_put(out, " %u", n);
}

static void compare_process(struct making *m, const struct conf_process *old,
			    const struct conf_process *new)
{
	compare_value(m, "vrrp_priority", FORM_NUMBER, old->nice, new->nice);
	compare_value(m, "vrrp_rt_priority", FORM_RT_PRIORITY, old->rt_priority,
		      new->rt_priority);
	compare_value(m, "vrrp_rlimit_rttime", FORM_OR_NONE, old->rttime,
		      new->rttime);
	compare_value(m, "vrrp_no_swap", FORM_SWITCH, old->no_swap,
		      new->no_swap);
	if (old->bound != new->bound ||
	    memcmp(old->cpus, new->cpus, sizeof(old->cpus)) != 0) {
		conf_put(part(m), "vrrp_cpu_affinity");
		put_cpus(m->out, old);
		conf_put(m->out, " ->");
		put_cpus(m->out, new);
	}
	compare_value(m, "max_auto_priority", FORM_NUMBER, old->auto_priority,
		      new->auto_priority);
	compare_value(m, "min_auto_priority_delay", FORM_OR_NONE,
		      old->auto_delay / TICK_MICROSECOND,
		      new->auto_delay / TICK_MICROSECOND);
}

bool conf_difference_global(const struct conf_global *old,
			    const struct conf_global *new,
			    struct conf_text_out *out)
{
	static const char host[] = "the host's name";
	struct making m = { .out = out };

	if (!same_text(old->router_id, new->router_id))
		conf_put(part(&m), "router_id %s -> %s",
			 old->router_id ? old->router_id : host,
			 new->router_id ? new->router_id : host);
	compare_value(&m, "vrrp_version", FORM_NUMBER, old->vrrp_version,
		      new->vrrp_version);
	compare_value(&m, "vrrp_garp_interval", FORM_TIME, old->garp_interval,
		      new->garp_interval);
	compare_value(&m, "vrrp_gna_interval", FORM_TIME, old->gna_interval,
		      new->gna_interval);
	compare_process(&m, &old->vrrp, &new->vrrp);
	compare_value(&m, "vrrp_netlink_monitor_rcv_bufs", FORM_NUMBER,
		      old->monitor.size, new->monitor.size);
	compare_value(&m, "vrrp_netlink_monitor_rcv_bufs_force", FORM_SWITCH,
		      old->monitor.force, new->monitor.force);
	compare_value(&m, "vrrp_netlink_cmd_rcv_bufs", FORM_NUMBER,
		      old->command.size, new->command.size);
	compare_value(&m, "vrrp_netlink_cmd_rcv_bufs_force", FORM_SWITCH,
		      old->command.force, new->command.force);
	return m.any;
}
