/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keeper/division.h"

#include "base/secret.h"
#include "vrrp/wire.h"

#include <stdio.h>
#include <string.h>

static bool has(const struct vrrp_config *c, const struct ip *address)
{
	for (unsigned n = 0; n < c->address_count; n++)
		if (ip_equal(&c->addresses[n], address))
			return true;
	return false;
}

/* Whether it advertises the same addresses, in any order. */
static bool same_list(const struct vrrp_config *was,
		      const struct vrrp_config *is)
{
	for (unsigned n = 0; n < was->address_count; n++)
		if (!has(is, &was->addresses[n]))
			return false;
	return was->address_count == is->address_count;
}

static bool is_peer(const struct vrrp_config *c, const struct ip *router)
{
	for (unsigned n = 0; n < c->peer_count; n++)
		if (ip_equal(&c->peers[n].address, router))
			return true;
	return false;
}

/*
 * What is to be the same in all routers; of version 2 that is more than of
 * version 3 (RFC 3768 7.1, RFC 2338 7.1). NULL: nothing of it changes.
 */
static const char *differs(const struct vrrp_config *was,
			   const struct vrrp_config *is)
{
	if (was->version != is->version)
		return "the version";
	if (is->version != 2)
		return NULL;
	if (was->auth.type != is->auth.type)
		return "auth_type";
	if (!secret_equal(was->auth.password, is->auth.password,
			  sizeof(is->auth.password)))
		return "auth_pass";
	if (was->interval != is->interval)
		return "advert_int";
	return same_list(was, is) ? NULL : "the addresses";
}

/* Where advertisements go, and from where. NULL: as before. */
static const char *goes_elsewhere(const struct conf_instance *was,
				  const struct conf_instance *is)
{
	struct ip before, after;

	if (was->vrrp.unicast != is->vrrp.unicast)
		return "unicast and multicast do not hear each other";
	if (is->vrrp.unicast)
		return ip_equal(conf_source(was), conf_source(is))
			       ? NULL
			       : "they hear only whom they have as "
				 "unicast_peer";
	before = vrrp_destination(&was->vrrp.destination, was->vrrp.family);
	after = vrrp_destination(&is->vrrp.destination, is->vrrp.family);
	return ip_equal(&before, &after)
		       ? NULL
		       : "they hear each other only in one multicast group";
}

bool division_of_change(const struct conf_instance *was,
			const struct conf_instance *is, const struct ip *heard,
			char *text, size_t size)
{
	const char *what = differs(&was->vrrp, &is->vrrp);
	const char *where = goes_elsewhere(was, is);
	char router[IP_TEXT_MAX];

	if (!heard)
		return false;
	if (where)
		snprintf(text, size,
			 "two routers would be Active until the others have "
			 "it, too: %s",
			 where);
	else if (what)
		snprintf(text, size,
			 "two routers would be Active until the others have "
			 "it, too: VRRPv%u drops what differs in %s",
			 is->vrrp.version, what);
	else if ((is->vrrp.unicast || is->vrrp.peer_count > 0) &&
		 !is_peer(&is->vrrp, heard))
		snprintf(text, size,
			 "two routers would be Active if %s goes on: it is not "
			 "in %s, and would be heard no more",
			 ip_format(heard, router),
			 is->vrrp.unicast ? "unicast_peer" : "vrrp_peers");
	else
		return false;
	return true;
}

bool division_has_place(const struct conf_instance *removed,
			const struct conf_instance *added)
{
	if (removed->vrrp.family != added->vrrp.family)
		return false;
	if (strcmp(removed->name, added->name) == 0)
		return true;
	for (unsigned n = 0; n < removed->vrrp.address_count; n++)
		if (has(&added->vrrp, &removed->vrrp.addresses[n]))
			return true;
	return false;
}

void division_of_place(const struct conf_instance *removed,
		       const struct conf_instance *added, char *text,
		       size_t size)
{
	if (removed->vrrp.vrid != added->vrrp.vrid)
		snprintf(text, size,
			 "two routers would be Active until the others have "
			 "it, too: they hear each other only with one "
			 "virtual_router_id");
	else
		snprintf(text, size,
			 "two routers would be Active if the others do not "
			 "hear %s on %s",
			 added->name, conf_interface(added));
}
