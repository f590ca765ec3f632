/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mirror of links, addresses, routes and rules (sys/mirror.h), and a kernel
 * that the input moves (kernel.h) while the mirror reads: things come, change
 * and go, notifications are lost, dumps contradict themselves. In the end a
 * second mirror that asks for a fresh dump must know the same as the first,
 * which has followed.
 *
 * Datagrams of any bytes may be among the notifications. What comes of these is
 * not the kernel's; but they do no harm, and after one more dump all is right.
 */
#include "base/must.h"
#include "kernel.h"
#include "sys/mirror.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the mirror has said is there. */
static int64_t links, addresses, routes, rules;
static bool within; /* a resync */

static void changed(void *context, const struct mirror_event *event)
{
	const struct mirror *const *m = context;

	switch (event->change) {
	case MIRROR_LINK_ADDED:
		links++;
		MUST(mirror_link(*m, event->link->ifindex) == event->link);
		break;
	case MIRROR_LINK_CHANGED:
		MUST(event->old->ifindex == event->link->ifindex);
		MUST(mirror_link(*m, event->link->ifindex) == event->link);
		break;
	case MIRROR_LINK_REMOVED:
		links--;
		MUST(!mirror_link(*m, event->link->ifindex));
		MUST(event->link->address_count == 0);
		break;
	case MIRROR_ADDRESS_ADDED:
		addresses++;
		break;
	case MIRROR_ADDRESS_CHANGED:
	case MIRROR_ADDRESS_REFRESHED:
		MUST(mirror_find(*m, event->address->ifindex,
				 &event->address->address));
		break;
	case MIRROR_ADDRESS_REMOVED:
		addresses--;
		MUST(event->link->ifindex == event->address->ifindex);
		break;
	case MIRROR_ROUTE_ADDED:
		routes++;
		MUST(mirror_find_route(*m, &event->route->route));
		break;
	case MIRROR_ROUTE_REMOVED:
		routes--;
		break;
	case MIRROR_RULE_ADDED:
		rules++;
		MUST(mirror_find_rule(*m, &event->rule->rule) == event->rule);
		break;
	case MIRROR_RULE_REMOVED:
		rules--;
		MUST(!mirror_find_rule(*m, &event->rule->rule));
		break;
	case MIRROR_RESYNC_BEGUN:
		MUST(!within);
		within = true;
		break;
	case MIRROR_RESYNC_DONE:
		MUST(within);
		within = false;
		break;
	}
}

static bool same_link(const struct mirror_link *a, const struct mirror_link *b)
{
	return a->up == b->up && a->carrier == b->carrier &&
	       a->flags == b->flags && a->mtu == b->mtu &&
	       a->parent == b->parent && a->master == b->master &&
	       a->has_mac == b->has_mac && memcmp(a->mac, b->mac, 6) == 0 &&
	       strcmp(a->name, b->name) == 0 && strcmp(a->kind, b->kind) == 0 &&
	       a->address_count == b->address_count;
}

/* All of `a` that is on a link is in `b`; and how much that is. */
static int64_t compare_addresses(const struct mirror *a,
				 const struct mirror_link *link,
				 const struct mirror *b)
{
	const struct mirror_address *x = NULL, *y;
	int64_t count = 0;

	for (; (x = mirror_next(a, link, x)); count++) {
		y = mirror_find_exact(b, x->ifindex, &x->address, x->prefix);
		MUST(y && x->flags == y->flags && x->tag == y->tag &&
		     x->scope == y->scope && ip_equal(&x->peer, &y->peer));
	}
	MUST(count == link->address_count);
	return count;
}

static void compare_routes(const struct mirror *a, const struct mirror *b)
{
	const struct mirror_route *route;
	const struct mirror_rule *rule;
	int64_t count = 0;

	for (uint32_t at = 0; (route = mirror_next_route(a, &at)); count++) {
		const struct mirror_route *other =
			mirror_find_route(b, &route->route);

		MUST(other &&
		     netlink_route_agrees(&route->route, &other->route));
	}
	MUST(count == routes);
	count = 0;
	for (uint32_t at = 0; (rule = mirror_next_rule(a, &at)); count++)
		MUST(mirror_find_rule(b, &rule->rule));
	MUST(count == rules);
}

/* `a` is the one whose changes were counted. */
static void compare(const struct mirror *a, const struct mirror *b)
{
	const struct mirror_link *x = NULL, *y;
	const struct mirror_route *route;
	const struct mirror_rule *rule;
	int64_t count = 0, all = 0;

	while ((x = mirror_next_link(a, x))) {
		y = mirror_link(b, x->ifindex);
		MUST(y && same_link(x, y));
		MUST(mirror_link_by_name(a, x->name));
		all += compare_addresses(a, x, b);
		count++;
	}
	MUST(count == links && all == addresses);
	for (x = NULL; (x = mirror_next_link(b, x)); count--)
		compare_addresses(b, x, a);
	MUST(count == 0);
	compare_routes(a, b);
	for (uint32_t at = 0; (route = mirror_next_route(b, &at)); count++)
		MUST(mirror_find_route(a, &route->route));
	MUST(count == routes);
	count = 0;
	for (uint32_t at = 0; (rule = mirror_next_rule(b, &at));)
		count++;
	MUST(count == rules);
}

/* Until all that waits is read and the mirror is whole. */
static void settle(struct mirror *m)
{
	for (unsigned n = 0; kernel_has_more() || mirror_resyncing(m); n++) {
		MUST(n < 10000);
		mirror_read(m);
		kernel_pass(10 * TICK_MILLISECOND);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mirror *m = NULL, *fresh = NULL;
	struct mirror_config config = {
		.changed = changed,
		.context = &m,
		.routes = true,
	};

	links = addresses = routes = rules = 0;
	within = false;
	kernel_begin(data, size);
	MUST(mirror_open(&m, &config) == 0);
	settle(m);
	if (kernel_is_forged()) {
		mirror_resync(m);
		settle(m);
	}
	MUST(!within);
	kernel_listen_anew();
	config.changed = NULL;
	MUST(mirror_open(&fresh, &config) == 0);
	settle(fresh);
	compare(m, fresh);
	mirror_close(fresh);
	mirror_close(m);
	return 0;
}
