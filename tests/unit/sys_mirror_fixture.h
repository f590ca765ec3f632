/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A namespace and a watched mirror of it, for the tests of sys/mirror.h. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sys/mirror.h"
#include "sys/netlink.h"
#include "sys_lan.h"

static struct mirror *mirror;
static unsigned seen[MIRROR_RESYNC_DONE + 1]; /* events by kind */
static char old_name[IFNAMSIZ];

static inline void note_change(void *context, const struct mirror_event *event)
{
	(void)context;
	seen[event->change]++;
	if (event->change == MIRROR_LINK_CHANGED)
		strcpy(old_name, event->old->name);
	if (event->change == MIRROR_ADDRESS_REMOVED) {
		assert_int_equal(event->link->ifindex, event->address->ifindex);
		assert_null(mirror_find_exact(mirror, event->address->ifindex,
					      &event->address->address,
					      event->address->prefix));
	}
}

static inline struct mirror *open_mirror(uint32_t buffer, bool watched)
{
	struct mirror_config config = {
		.changed = watched ? note_change : NULL,
		.buffer = buffer,
		.routes = true,
	};
	struct mirror *m;

	assert_int_equal(mirror_open(&m, &config), 0);
	assert_true(mirror_resyncing(m));
	assert_int_equal(mirror_load(m, clock_now() + LAN_PATIENCE), 0);
	assert_false(mirror_resyncing(m));
	return m;
}

/* A fresh namespace and a watched mirror of it for each test. */
static inline int set_up(void **state)
{
	mirror = NULL;
	lan_set_up(state);
	if (!lan_made)
		return 0;
	/* No link-local addresses but those that a test makes. */
	lan_write("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1");
	lan_ip("link add v0 type veth peer name v1");
	lan_ip("link set v0 up");
	memset(seen, 0, sizeof(seen));
	mirror = open_mirror(0, true);
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	mirror_close(mirror);
	return 0;
}

static inline void forget(void)
{
	memset(seen, 0, sizeof(seen));
}

/* Reads notifications until there were so many events of a kind. */
static inline void await(enum mirror_change change, unsigned count)
{
	tick_t deadline = clock_now() + LAN_PATIENCE;

	assert_int_equal(mirror_read(mirror), 0);
	while (seen[change] < count && clock_now() < deadline) {
		lan_readable(mirror_fd(mirror));
		assert_int_equal(mirror_read(mirror), 0);
	}
	assert_int_equal(seen[change], count);
}

static inline const struct mirror_link *link_named(const char *name)
{
	const struct mirror_link *link = mirror_link_by_name(mirror, name);

	assert_non_null(link);
	assert_string_equal(link->name, name);
	assert_ptr_equal(mirror_link(mirror, link->ifindex), link);
	return link;
}

static inline unsigned links_in(const struct mirror *m)
{
	unsigned count = 0;

	for (const struct mirror_link *l = NULL; (l = mirror_next_link(m, l));)
		count++;
	return count;
}

static inline unsigned addresses_in(const struct mirror *m)
{
	unsigned count = 0;

	for (const struct mirror_link *l = NULL; (l = mirror_next_link(m, l));)
		count += l->address_count;
	return count;
}

static inline bool same_addresses(const struct mirror *m,
				  const struct mirror_link *link,
				  const struct mirror *other)
{
	const struct mirror_address *x = NULL;

	while ((x = mirror_next(m, link, x))) {
		const struct mirror_address *y = mirror_find_exact(
			other, x->ifindex, &x->address, x->prefix);

		if (!y || x->flags != y->flags || x->tag != y->tag)
			return false;
	}
	return true;
}

/* Whether all that is in `m` is in `other`, and the same. */
static inline bool covers(const struct mirror *m, const struct mirror *other)
{
	const struct mirror_link *a = NULL;

	while ((a = mirror_next_link(m, a))) {
		const struct mirror_link *b = mirror_link(other, a->ifindex);

		if (!b || strcmp(a->name, b->name) != 0 ||
		    strcmp(a->kind, b->kind) != 0 ||
		    memcmp(a->mac, b->mac, 6) != 0 || a->flags != b->flags ||
		    a->mtu != b->mtu || a->address_count != b->address_count ||
		    !same_addresses(m, a, other))
			return false;
	}
	return links_in(m) == links_in(other) &&
	       addresses_in(m) == addresses_in(other);
}

/* The kernel may still be at work, so it may take more than one look. */
static inline void equals_a_fresh_dump(void)
{
	tick_t deadline = clock_now() + LAN_PATIENCE;
	bool same;

	do {
		struct mirror *fresh = open_mirror(0, false);

		assert_int_equal(mirror_read(mirror), 0);
		same = covers(mirror, fresh) && covers(fresh, mirror);
		mirror_close(fresh);
	} while (!same && clock_now() < deadline);
	assert_true(same);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
