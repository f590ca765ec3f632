/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * promote_secondaries: when an address is deleted, the kernel deletes those of
 * the same subnet that came after it, unless this setting of the interface is
 * on. A virtual address may be the first one of its subnet: when it goes, or
 * its lease ends, the addresses of others must not go with it. So this is
 * switched on where there are virtual addresses of IPv4, or an instance asks
 * for it, and off again at the end, if it was off before. That is in the
 * records, so that whoever comes after a crash knows it.
 *
 * By rtnetlink, not by /proc/sys: this process has no files.
 */
#include "router/state.h"

#include <linux/ip.h>
#include <string.h>

static void set(struct router *r, uint32_t ifindex, bool on)
{
	(void)netlink_set_link(r->netlink, ifindex,
			       IPV4_DEVCONF_PROMOTE_SECONDARIES, on,
			       ROUTER_NO_ANSWER);
}

/* Where there are only addresses, in their records. */
static void remember_in_addresses(struct router *r, const struct interface *f)
{
	for (uint32_t n = 0; n < r->holding_count; n++)
		if (holding_kind_of(r, &r->holdings[n]) == &holding_address &&
		    &r->interfaces[r->holdings[n].interface] == f)
			ledger_held_at(r->ledger, n)->promoted = f->promoted;
}

static void remember(struct router *r, struct interface *f, bool promoted)
{
	bool changes = f->promoted != promoted;

	f->promoted = promoted;
	for (uint32_t id = f->first; id != ROUTER_NONE;
	     id = r->instances[id].next) {
		struct ledger_record *record = r->instances[id].record;
		bool opened = record_open(record);

		record->promoted = promoted;
		record_close(record, opened);
	}
	if (changes && f->first == ROUTER_NONE)
		remember_in_addresses(r, f);
}

void promote_setup(struct router *r)
{
	for (uint32_t n = 0; n < r->instance_count; n++)
		r->interfaces[r->instances[n].interface].promote |=
			r->instances[n].conf->promote_secondaries;
	for (uint32_t n = 0; n < r->holding_count; n++) {
		const struct holding *h = &r->holdings[n];

		if (holding_kind_of(r, h) == &holding_address &&
		    holding_address_conf(h)->address.family == IP_V4)
			r->interfaces[h->interface].promote = true;
	}
}

void promote_update(struct router *r, struct interface *f,
		    const struct mirror_link *link)
{
	if (!link)
		remember(r, f, false); /* it goes with the device */
	if (!link || !f->promote || link->promotes_secondaries)
		return;
	set(r, link->ifindex, true);
	remember(r, f, true);
}

/* Whether this record tells of a setting that is there yet. */
static const struct mirror_link *promoted_link(const struct router *r,
					       const struct ledger_instance *i)
{
	const struct mirror_link *link =
		i->record.promoted
			? mirror_link_by_name(r->mirror, i->interface)
			: NULL;

	return link && link->ifindex == i->record.ifindex ? link : NULL;
}

/* It stays on if it is asked for now. */
static void adopt_link(struct router *r, const struct mirror_link *link)
{
	uint32_t found =
		link ? interface_by_index(r, link->ifindex) : ROUTER_NONE;

	if (!link)
		return;
	if (found != ROUTER_NONE && r->interfaces[found].promote)
		r->interfaces[found].promoted = true;
	else
		set(r, link->ifindex, false);
}

void promote_adopt(struct router *r, struct ledger *of)
{
	for (uint32_t n = 0; n < ledger_instances(of); n++) {
		struct ledger_instance i;

		ledger_copy_instance(of, n, &i);
		adopt_link(r, promoted_link(r, &i));
	}
	for (uint32_t n = 0; n < ledger_holdings(of); n++) {
		struct ledger_holding l;

		ledger_copy_holding(of, n, &l);
		if (l.held.promoted)
			adopt_link(r, mirror_link(r->mirror, l.held.ifindex));
	}
	for (uint32_t n = 0; n < r->interface_count; n++)
		remember(r, &r->interfaces[n], r->interfaces[n].promoted);
}

void promote_end(struct router *r)
{
	for (uint32_t n = 0; n < r->interface_count; n++) {
		struct interface *f = &r->interfaces[n];

		if (!f->promoted || !f->ifindex)
			continue;
		set(r, f->ifindex, false);
		remember(r, f, false);
	}
	while (netlink_pending(r->netlink) > 0) {
		netlink_flush(r->netlink);
		/* rtnetlink has answered within the call. */
		netlink_read(r->netlink);
	}
}
