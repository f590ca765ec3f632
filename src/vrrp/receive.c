/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of the receive ladder (RFC 9568 7.1, RFC 3768 7.1) that depends on
 * the virtual router. It decides whether the state machine sees a valid
 * advertisement, and notes what an operator should know about it.
 */
#include "vrrp/states.h"

#include "base/secret.h"
#include "vrrp/frame.h"

#include <string.h>

/* FNV-1a over one address: spreads well enough to compare lists. */
static uint64_t address_hash(const uint8_t *bytes, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325u;
	size_t i;

	for (i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	return hash ^ hash >> 29;
}

/*
 * No link is so narrow that it has room for less: the datagram that every host
 * takes (RFC 791), the least MTU of IPv6 (RFC 8200 5).
 */
#define LEAST_MTU_V4 576
#define LEAST_MTU_V6 1280

/*
 * Whether the list of another router is so short since the MTU of its link has
 * no room for all. keepalived cuts it in the same way: what does not fit is
 * served and not advertised.
 */
static bool may_be_cut(const struct vrrp_config *c,
		       const struct vrrp_advert *advert)
{
	size_t mtu = c->family == IP_V4 ? LEAST_MTU_V4 : LEAST_MTU_V6;

	return advert->count < c->address_count &&
	       advert->count >= vrrp_advert_room(c->family, c->version, mtu);
}

/*
 * Whether the advertised addresses are ours, in any order; of a list that was
 * cut, our first ones. Two lists of one length are the same set if the sums of
 * their hashes agree; that costs one pass, and whoever forges a sum could have
 * sent the right list.
 */
static bool same_addresses(const struct vrrp_config *c,
			   const struct vrrp_advert *advert)
{
	size_t size = ip_size(c->family);
	uint64_t ours = 0, theirs = 0;
	unsigned i;

	if (advert->count != c->address_count && !may_be_cut(c, advert))
		return false;
	for (i = 0; i < advert->count; i++) {
		ours += address_hash(c->addresses[i].bytes, size);
		theirs += address_hash(advert->addresses + i * size, size);
	}
	return ours == theirs;
}

/* RFC 2338 7.1. */
static enum vrrp_drop check_auth(const struct vrrp_auth *auth,
				 const struct vrrp_advert *advert)
{
	if (auth->type == VRRP_AUTH_PASSWORD &&
	    advert->auth_type == VRRP_AUTH_NONE)
		return VRRP_DROP_PASSWORD_MISSING;
	if (auth->type != advert->auth_type)
		return VRRP_DROP_AUTH_TYPE;
	if (auth->type == VRRP_AUTH_PASSWORD &&
	    !secret_equal(auth->password, advert->auth, sizeof(auth->password)))
		return VRRP_DROP_PASSWORD_WRONG;
	return VRRP_DROP_NONE;
}

/* RFC 3768 7.1: version 2 wants everything equal. */
static enum vrrp_drop check_v2(const struct vrrp_config *c,
			       const struct vrrp_advert *advert)
{
	enum vrrp_drop drop = check_auth(&c->auth, advert);

	if (drop != VRRP_DROP_NONE)
		return drop;
	if (advert->interval != c->interval)
		return VRRP_DROP_INTERVAL_MISMATCH;
	return VRRP_DROP_NONE;
}

/* 5.2.9, 7.1 (MAY): the addresses. */
static enum vrrp_drop check_addresses(const struct vrrp *v,
				      const struct vrrp_advert *advert,
				      const struct ip *sender,
				      struct vrrp_actions *out)
{
	const struct vrrp_config *c = v->config;

	/* It became our Active with a list that was checked. */
	if (c->skip_check_adv_addr && ip_equal(sender, &v->active))
		return VRRP_DROP_NONE;
	if (!same_addresses(c, advert)) {
		vrrp_emit_note(VRRP_NOTE_ADDRESS_LIST, sender, advert->count,
			       out);
		/* RFC 3768 7.1: unless the owner itself says so. */
		if (c->version == 2 && advert->priority != VRRP_PRIORITY_OWNER)
			return VRRP_DROP_ADDRESS_LIST;
		if (c->strict)
			return VRRP_DROP_ADDRESS_LIST;
	}
	if (c->family == IP_V6 && advert->count > 0) {
		struct ip first = ip_from_bytes(IP_V6, advert->addresses);

		/*
		 * DEVIATION: erratum 8300 calls it invalid. Peers in the field
		 * send it, and two Actives would be the price of a drop.
		 */
		if (!ip_is_link_local(&first)) {
			vrrp_emit_note(VRRP_NOTE_NOT_LINK_LOCAL, sender, 0,
				       out);
			if (c->strict)
				return VRRP_DROP_ADDRESS_LIST;
		}
	}
	return VRRP_DROP_NONE;
}

/* The allow-list of sources; a few addresses, an operator wrote them. */
static enum vrrp_drop check_peer(const struct vrrp_config *c,
				 const struct vrrp_datagram *datagram)
{
	const struct vrrp_peer *found = NULL;

	for (unsigned i = 0; !found && i < c->peer_count; i++)
		if (ip_equal(&c->peers[i].address, &datagram->source))
			found = &c->peers[i];
	if (!found)
		return c->unicast || c->peer_count > 0 ? VRRP_DROP_PEER
						       : VRRP_DROP_NONE;
	/* Where it may have crossed routers, an operator says how many. */
	if (c->unicast && (datagram->ttl < found->ttl_least ||
			   datagram->ttl > found->ttl_most))
		return VRRP_DROP_TTL;
	return VRRP_DROP_NONE;
}

/* Sent to the group, or, in unicast, to one of our addresses. */
static bool is_for_us(const struct vrrp_config *c, const struct ip *destination)
{
	struct ip group = vrrp_destination(&c->destination, c->family);

	return c->unicast ? !ip_is_multicast(destination)
			  : ip_equal(destination, &group);
}

/*
 * 0/8, 127/8, and from 224/4 on: multicast, reserved, broadcast (RFC 1122
 * 3.2.1.3); of IPv6 all but the link's own, where nothing is routed (5.1.2.1).
 * Whether it is the broadcast of a network depends on the interface
 * (router/step.c).
 */
static bool is_no_source(const struct vrrp_config *c, const struct ip *source)
{
	static const uint8_t loopback[16] = { [15] = 1 };

	if (source->family == IP_V4)
		return source->bytes[0] == 0 || source->bytes[0] == 127 ||
		       source->bytes[0] >= 224;
	if (!c->unicast)
		return !ip_is_link_local(source);
	return ip_is_multicast(source) || ip_is_unspecified(source) ||
	       memcmp(source->bytes, loopback, sizeof(loopback)) == 0;
}

enum vrrp_drop vrrp_receive_check(const struct vrrp *v,
				  const struct vrrp_datagram *datagram,
				  const struct vrrp_advert *advert,
				  struct vrrp_actions *out)
{
	const struct vrrp_config *c = v->config;
	const struct ip *sender = &datagram->source;
	enum vrrp_drop drop;

	if (advert->family != c->family || advert->vrid != c->vrid)
		return VRRP_DROP_VRID;
	/*
	 * 5.2.5, erratum 8299. DEVIATION: an instance without addresses has
	 * peers without addresses, as keepalived's no_virtual_ipaddress.
	 */
	if (advert->count == 0 && c->address_count > 0)
		return VRRP_DROP_COUNT_ZERO;
	if (!is_for_us(c, &datagram->destination))
		return VRRP_DROP_DESTINATION;
	if (is_no_source(c, sender))
		return VRRP_DROP_SOURCE;
	if (v->state != VRRP_BACKUP && v->state != VRRP_ACTIVE)
		return VRRP_DROP_NOT_RUNNING; /* 6.4.1 */
	/* Looped back, or somebody has our address: it must not demote us. */
	if (ip_equal(sender, &v->source))
		return VRRP_DROP_OWN_SOURCE;
	drop = check_peer(c, datagram);
	if (drop != VRRP_DROP_NONE)
		return drop;
	if (c->version == 2) {
		drop = check_v2(c, advert);
		if (drop != VRRP_DROP_NONE)
			return drop;
	}
	drop = check_addresses(v, advert, sender, out);
	if (drop != VRRP_DROP_NONE)
		return drop;

	/* 7.1 (SHOULD): told, never dropped. */
	if (advert->interval != c->interval)
		vrrp_emit_note(VRRP_NOTE_INTERVAL_MISMATCH, sender,
			       advert->interval, out);
	/* 8.3.2 */
	if (advert->priority == VRRP_PRIORITY_OWNER && vrrp_is_owner(v))
		vrrp_emit_note(VRRP_NOTE_TWO_OWNERS, sender, 0, out);
	else if (advert->priority == v->priority)
		vrrp_emit_note(VRRP_NOTE_SAME_PRIORITY, sender,
			       advert->priority, out);
	return VRRP_DROP_NONE;
}
