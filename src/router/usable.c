/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether an interface is of use to an instance and, if it is not, why. An
 * interface on which nothing is heard is as good as none: who takes the silence
 * there for the silence of others becomes Active beside them. So the reason is
 * a fault, in the record in the kernel's own words.
 */
#include "router/speech.h"
#include "router/state.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <string.h>

enum vrrp_interface link_status(const struct mirror_link *link)
{
	if (!link)
		return VRRP_INTERFACE_MISSING;
	if (!link->up)
		return VRRP_INTERFACE_DOWN;
	return link->carrier ? VRRP_INTERFACE_UP : VRRP_INTERFACE_NO_CARRIER;
}

/* It is of use to one that was told not to mind. */
static bool is_ignored(const struct conf_instance *c,
		       enum vrrp_interface status)
{
	return c->dont_track_primary && (status == VRRP_INTERFACE_DOWN ||
					 status == VRRP_INTERFACE_NO_CARRIER);
}

/* The link of use that has an address, or NULL. */
static const struct mirror_link *link_with(const struct router *r,
					   const struct ip *address)
{
	const struct mirror_link *link = NULL;

	while ((link = mirror_next_link(r->mirror, link)))
		if (link_status(link) == VRRP_INTERFACE_UP &&
		    mirror_find(r->mirror, link->ifindex, address))
			return link;
	return NULL;
}

/*
 * What arrives on a port goes to its master: a bridge, a bond, a team, Open
 * vSwitch. Only a VRF leaves it where it is.
 */
static const struct mirror_link *master_of(const struct router *r,
					   const struct mirror_link *link)
{
	const struct mirror_link *master =
		link->master ? mirror_link(r->mirror, link->master) : NULL;

	return master && strcmp(master->kind, "vrf") != 0 ? master : NULL;
}

/* Why there is no link-local address: an errno, or 0 if there is none. */
static int doubtful_source(const struct router *r,
			   const struct mirror_link *link, uint8_t family)
{
	const struct mirror_address *a = NULL;
	int error = 0;

	while (family == IP_V6 && (a = mirror_next(r->mirror, link, a))) {
		if (!ip_is_link_local(&a->address))
			continue;
		if (a->flags & IFA_F_DADFAILED)
			return EADDRINUSE;
		if (a->flags & IFA_F_TENTATIVE)
			error = EINPROGRESS;
	}
	return error;
}

/* What a record says of an interface. */
struct reason {
	const struct mirror_link *link;    /* or NULL */
	const struct mirror_link *related; /* or NULL */
	int error;
};

static enum vrrp_interface judge(const struct router *r,
				 const struct instance *i,
				 enum vrrp_interface status,
				 const struct ip *source, struct reason *why)
{
	const struct channel *channel = &r->channels[i->channel];
	bool anywhere = !r->interfaces[i->interface].name[0];

	if (anywhere) {
		why->link = link_with(r, source);
		return why->link ? status : VRRP_INTERFACE_NO_SOURCE;
	}
	if (status == VRRP_INTERFACE_MISSING || !why->link)
		return VRRP_INTERFACE_MISSING;
	why->related = master_of(r, why->link);
	if (why->related)
		return VRRP_INTERFACE_PORT;
	if (!i->conf->vrrp.unicast &&
	    outlet_framing(why->link) == FRAMING_OTHER)
		return VRRP_INTERFACE_UNSUITABLE;
	if (status != VRRP_INTERFACE_UP && !is_ignored(i->conf, status)) {
		if (why->link->operstate == IF_OPER_LOWERLAYERDOWN)
			why->related =
				mirror_link(r->mirror, why->link->parent);
		return status;
	}
	if (!channel->joined) {
		why->error = channel->error;
		return VRRP_INTERFACE_NO_MEMBERSHIP;
	}
	if (source->family != IP_NONE)
		return VRRP_INTERFACE_UP;
	why->error = doubtful_source(r, why->link, i->conf->vrrp.family);
	return VRRP_INTERFACE_NO_SOURCE;
}

static void note(struct router *r, uint32_t id, const struct reason *why,
		 bool is_membership)
{
	struct ledger_record *record = r->instances[id].record;
	uint32_t mtu = why->link ? why->link->mtu : 0;
	uint8_t operstate = why->link ? why->link->operstate : 0;
	char related[LEDGER_INTERFACE_SIZE] = "";
	bool told = record->link_error == why->error, opened;

	snprintf(related, sizeof(related), "%s",
		 why->related ? why->related->name : "");
	if (told && record->mtu == mtu && record->operstate == operstate &&
	    memcmp(record->related, related, sizeof(related)) == 0)
		return;
	opened = record_open(record);
	record->mtu = mtu;
	record->operstate = operstate;
	record->link_error = why->error;
	memcpy(record->related, related, sizeof(related));
	record_close(record, opened);
	if (is_membership && !told)
		journal_trouble(r, id, LEDGER_TROUBLE_MEMBERSHIP, true, 0,
				why->error);
}

struct vrrp_event usable_event(struct router *r, uint32_t id,
			       enum vrrp_interface status)
{
	const struct instance *i = &r->instances[id];
	const struct interface *f = &r->interfaces[i->interface];
	const struct ip *source = conf_source(i->conf);
	struct vrrp_event event = { .type = VRRP_EVENT_INTERFACE };
	struct reason why = { .link = mirror_link(r->mirror, f->ifindex) };

	if (source->family == IP_NONE)
		source = &f->source[i->conf->vrrp.family == IP_V6];
	event.interface.status = judge(r, i, status, source, &why);
	if (event.interface.status == VRRP_INTERFACE_UP)
		event.interface.source = *source;
	note(r, id, &why,
	     event.interface.status == VRRP_INTERFACE_NO_MEMBERSHIP);
	return event;
}
