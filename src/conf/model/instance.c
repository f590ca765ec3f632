/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One vrrp_instance by itself: what its words say beside each other. What
 * keepalived runs is run, doing the same, with a warning; an error is what
 * cannot be advertised.
 */
#include "base/must.h"
#include "base/secret.h"
#include "conf/language/value.h"
#include "conf/model/finish.h"
#include "vrrp/frame.h"
#include "vrrp/wire.h"

#include <stddef.h>
#include <string.h>

/* Between two rounds of one set of announcements. */
#define ROUND_INTERVAL (100 * TICK_MILLISECOND)

#define AT(field) ((uint32_t)offsetof(struct conf_instance, field))

/* What is at hand while an instance is finished. */
struct finishing {
	struct conf_reader *reader;
	struct conf_report *report;
	struct conf_instance *instance;
	const struct conf_note *note;
	const struct conf_global *global;
};

static struct conf_place place_of(const struct finishing *f, uint32_t field)
{
	return conf_note_place(f->note, field);
}

static bool has(const struct finishing *f, uint32_t field)
{
	return conf_note_has(f->note, field);
}

static void missing(const struct finishing *f, uint32_t field, const char *what,
		    const char *hint)
{
	struct conf_place place = { .span = f->instance->span };

	/* A wrong value was an error already. */
	if (!conf_note_find(f->note, field))
		conf_report(f->report, CONF_ERROR, &place, hint,
			    "vrrp_instance %s has no %s", f->instance->name,
			    what);
}

/* The family of the first advertised address, else what else tells it. */
static uint8_t family_of(const struct finishing *f)
{
	const struct conf_instance *c = f->instance;

	for (size_t i = 0; i < c->address_count; i++) {
		if (!c->addresses[i].excluded)
			return c->addresses[i].address.family;
	}
	if (c->unicast_peer_count > 0)
		return c->unicast_peers[0].address.family;
	if (c->mcast_src.family != IP_NONE)
		return c->mcast_src.family;
	if (c->vrrp.destination.family != IP_NONE)
		return c->vrrp.destination.family;
	return IP_V4;
}

static void finish_version(const struct finishing *f)
{
	struct vrrp_config *v = &f->instance->vrrp;
	struct conf_place place = place_of(f, AT(vrrp.version));

	if (v->family == IP_V6 && has(f, AT(vrrp.version)) && v->version == 2)
		conf_report_ignored(
			f->report, &place, "write version 3, or nothing",
			"VRRPv2 carries no IPv6 addresses; version 3 is "
			"used");
	if (v->family == IP_V6)
		v->version = 3;
}

/* A time that the version cannot carry becomes the nearest that it can. */
static void finish_interval(const struct finishing *f)
{
	struct vrrp_config *v = &f->instance->vrrp;
	tick_t unit = v->version == 2 ? TICK_SECOND : TICK_CENTISECOND;
	struct conf_place place = place_of(f, AT(vrrp.interval));
	tick_t used = (v->interval + unit / 2) / unit * unit;
	char written[CONF_TIME_TEXT_MAX];
	char text[CONF_TIME_TEXT_MAX];

	if (used < unit)
		used = unit;
	if (v->version == 3 && used > VRRP_INTERVAL_MAX_V3)
		used = VRRP_INTERVAL_MAX_V3;
	if (used == v->interval)
		return;
	conf_report_ignored(
		f->report, &place,
		v->version == 2
			? "write whole seconds, or version 3"
			: "VRRPv3 carries 12 bits of centiseconds: 0.01 to "
			  "40.95, in steps of 0.01",
		"VRRPv%u cannot advertise every %s s; %s is used", v->version,
		conf_time_format(v->interval, written),
		conf_time_format(used, text));
	v->interval = used;
}

static void finish_preemption(const struct finishing *f)
{
	struct conf_instance *c = f->instance;
	struct vrrp_config *v = &c->vrrp;
	bool owner = v->priority == VRRP_PRIORITY_OWNER;
	struct conf_place place = place_of(f, AT(vrrp.preempt));
	bool nopreempt = !v->preempt;

	if (nopreempt && owner)
		conf_report_ignored(f->report, &place,
				    "RFC 9568 6.1; write a priority below 255",
				    "the owner of the addresses (priority "
				    "255) always preempts");
	else if (nopreempt && c->state_active)
		conf_report_ignored(f->report, &place,
				    "write state BACKUP for nopreempt",
				    "nopreempt has no effect with state "
				    "MASTER");
	if (nopreempt && (owner || c->state_active))
		conf_report_useless(f->report);
	/* The owner always preempts (RFC 9568 6.1). */
	if (owner || c->state_active)
		v->preempt = true;
	if (v->preempt_delay == 0)
		return;
	place = place_of(f, AT(vrrp.preempt_delay));
	if (nopreempt && !c->state_active)
		conf_report_ignored(f->report, &place, "remove one of them",
				    "preempt_delay has no effect with "
				    "nopreempt");
	else if (c->state_active)
		conf_report_ignored(f->report, &place,
				    "write state BACKUP for preempt_delay",
				    "preempt_delay has no effect with state "
				    "MASTER");
	else if (owner)
		conf_report_ignored(f->report, &place, NULL,
				    "preempt_delay has no effect with "
				    "priority 255");
	if (!v->preempt || c->state_active || owner) {
		conf_report_useless(f->report);
		v->preempt_delay = 0;
	}
}

/* Without a priority, MASTER means 255 to keepalived. */
static void finish_priority(const struct finishing *f)
{
	struct conf_instance *c = f->instance;
	struct conf_place place = place_of(f, AT(state_active));

	if (!c->state_active || conf_note_find(f->note, AT(vrrp.priority)))
		return;
	c->vrrp.priority = VRRP_PRIORITY_OWNER;
	conf_report(f->report, CONF_WARNING, &place,
		    "write the priority that is meant",
		    "state MASTER without a priority means priority 255, as "
		    "to keepalived");
}

static void finish_checksum(const struct finishing *f)
{
	struct vrrp_config *v = &f->instance->vrrp;
	struct conf_place place = place_of(f, AT(vrrp.checksum));

	if (v->checksum == VRRP_CHECKSUM_AUTO)
		return;
	if (v->version != 3 || v->family != IP_V4)
		conf_report_ignored(f->report, &place, NULL,
				    "only VRRPv3 over IPv4 has two forms of "
				    "checksum; this has no effect");
	else if (v->checksum == VRRP_CHECKSUM_OLD_UNICAST &&
		 f->instance->unicast_peer_count == 0)
		conf_report_ignored(f->report, &place, NULL,
				    "this form of checksum has no effect "
				    "without unicast_peer");
	else
		return;
	v->checksum = VRRP_CHECKSUM_AUTO;
}

/* What asks for a password does not run without one. */
static void check_auth(const struct finishing *f)
{
	const struct vrrp_auth *auth = &f->instance->vrrp.auth;
	const struct conf_mark *type =
		conf_note_find(f->note, AT(vrrp.auth.type));
	const struct conf_mark *password =
		conf_note_find(f->note, AT(vrrp.auth.password));
	struct conf_place place;

	if (password && !type) {
		place = place_of(f, AT(vrrp.auth.password));
		conf_report(f->report, CONF_ERROR, &place,
			    "write auth_type PASS beside it",
			    "auth_pass has no auth_type");
	} else if (auth->type != VRRP_AUTH_NONE && !password) {
		place = place_of(f, AT(vrrp.auth.type));
		conf_report(f->report, CONF_ERROR, &place,
			    "write the auth_pass of the other routers",
			    "auth_type has no auth_pass");
	}
}

/* Where there is no authentication, keepalived runs without, and so do we. */
static void finish_auth(const struct finishing *f)
{
	struct vrrp_config *v = &f->instance->vrrp;
	struct conf_place place = place_of(f, AT(vrrp.auth.type));

	check_auth(f);
	if (v->auth.type == VRRP_AUTH_NONE || (v->version == 2 && !v->strict))
		return;
	conf_report_ignored(f->report, &place,
			    v->version == 3 ? "RFC 9568 9; remove it, or write "
					      "version 2"
					    : "RFC 3768 10; remove one of them",
			    "%s has no authentication; this has no effect",
			    v->version == 3 ? "VRRPv3"
					    : "VRRPv2 with "
					      "strict_mode");
	v->auth.type = VRRP_AUTH_NONE;
	secret_wipe(v->auth.password, sizeof(v->auth.password));
}

/* Where advertisements go, and where they come from. */
static void finish_group(const struct finishing *f)
{
	struct conf_instance *c = f->instance;
	struct conf_place place = place_of(f, AT(vrrp.destination));
	const struct conf_common *common = &f->global->common;

	if (c->vrrp.destination.family != IP_NONE &&
	    c->vrrp.destination.family != c->vrrp.family) {
		conf_report_ignored(f->report, &place, NULL,
				    "this group is of another family than "
				    "virtual_ipaddress; the usual one is used");
		c->vrrp.destination = (struct ip){ 0 };
	}
	if (c->vrrp.destination.family == IP_NONE)
		c->vrrp.destination = c->vrrp.family == IP_V6 ? common->group6
							      : common->group4;
	if (c->vrrp.destination.family == IP_NONE)
		c->vrrp.destination = vrrp_group(c->vrrp.family);
	place = place_of(f, AT(mcast_src));
	if (c->mcast_src.family != IP_NONE &&
	    c->mcast_src.family != c->vrrp.family) {
		conf_report_ignored(f->report, &place, NULL,
				    "this address is of another family than "
				    "virtual_ipaddress; that of the interface "
				    "is used");
		c->mcast_src = (struct ip){ 0 };
	}
}

/* What RFC 9568 5.2.9 and 6.1 say of the first IPv6 address. */
static void check_first(const struct finishing *f,
			const struct conf_address *first)
{
	struct conf_place place = { .span = first->span };

	if (first->address.family != IP_V6 || ip_is_link_local(&first->address))
		return;
	conf_report(f->report,
		    f->instance->vrrp.strict ? CONF_ERROR : CONF_WARNING,
		    &place,
		    "put one first, for example fe80::1/64 (RFC 9568 5.2.9)",
		    "the first address of an IPv6 instance should be "
		    "link-local");
}

static void check_label(const struct finishing *f,
			const struct conf_address *one)
{
	const char *dev = conf_address_dev(f->instance, one);
	struct conf_place place = { .span = one->span };
	size_t length = dev ? strlen(dev) : 0;

	if (!one->label || !dev)
		return;
	if (strncmp(one->label, dev, length) != 0 ||
	    (one->label[length] != ':' && one->label[length] != '\0'))
		conf_report(f->report, CONF_WARNING, &place,
			    "for ifconfig(8) it should be the interface, a "
			    "colon and a text",
			    "the label %s does not begin with %s:", one->label,
			    dev);
}

/* Advertised ones first, each half in its order. */
static bool partition(const struct finishing *f)
{
	struct conf_instance *c = f->instance;
	size_t size = c->address_count * sizeof(*c->addresses);
	struct conf_address *copy = arena_alloc(f->reader->scratch, size);
	size_t next = 0;

	if (!copy) {
		f->reader->memory->failed = true;
		return false;
	}
	if (size > 0)
		memcpy(copy, c->addresses, size);
	for (unsigned excluded = 0; excluded < 2; excluded++) {
		for (size_t i = 0; i < c->address_count; i++) {
			if (copy[i].excluded == excluded)
				c->addresses[next++] = copy[i];
		}
	}
	return true;
}

/* Of most links; what the real one has room for is known when it is there. */
#define USUAL_MTU 1500

/* One that is advertised, the how manieth. */
static void check_room(const struct finishing *f, struct conf_address *one,
		       uint32_t number)
{
	const struct vrrp_config *c = &f->instance->vrrp;
	uint32_t room = vrrp_advert_room(c->family, c->version, USUAL_MTU);
	struct conf_place place = { .span = one->span };

	if (number == VRRP_ADDRESSES_MAX + 1)
		conf_report(f->report, CONF_WARNING, &place,
			    "put the others into virtual_ipaddress_excluded",
			    "more than %u addresses do not fit into an "
			    "advertisement; the others are not advertised",
			    VRRP_ADDRESSES_MAX);
	else if (number == room + 1)
		conf_report(f->report, CONF_NOTE, &place, NULL,
			    "on a link with an MTU of %u an advertisement has "
			    "room for %u addresses; the others are served and "
			    "not advertised there",
			    USUAL_MTU, room);
	one->excluded = number > VRRP_ADDRESSES_MAX;
}

/* The addresses: one family, and not too many. */
static void finish_addresses(const struct finishing *f)
{
	struct conf_instance *c = f->instance;
	uint8_t family = c->vrrp.family;
	uint32_t advertised = 0;
	size_t kept = 0;

	for (size_t i = 0; i < c->address_count; i++) {
		struct conf_address *one = &c->addresses[i];
		struct conf_place place = { .span = one->span };

		if (one->dev && c->interface &&
		    strcmp(one->dev, c->interface) == 0)
			one->dev = NULL;
		check_label(f, one);
		if (!one->excluded && one->address.family != family) {
			conf_report_ignored(
				f->report, &place,
				"put it into virtual_ipaddress_excluded, or "
				"into an instance of its own",
				"virtual_ipaddress has addresses of one "
				"family, and the first one is %s; this one is "
				"left out",
				family == IP_V4 ? "IPv4" : "IPv6");
			continue;
		}
		if (!one->excluded && advertised == 0)
			check_first(f, one);
		if (!one->excluded)
			check_room(f, one, ++advertised);
		c->addresses[kept++] = *one;
	}
	c->address_count = (uint32_t)kept;
	partition(f);
}

/* VRRPv3 needs an address to advertise, unless it is meant to have none. */
static void check_any_address(const struct finishing *f)
{
	const struct conf_instance *c = f->instance;
	struct conf_place place = { .span = c->span };

	for (size_t i = 0; i < c->address_count; i++) {
		if (!c->addresses[i].excluded)
			return;
	}
	if (c->no_addresses)
		return;
	if (c->vrrp.version == 2 && !c->vrrp.strict)
		conf_report(f->report, CONF_WARNING, &place,
			    "write: virtual_ipaddress { 192.0.2.1/24 }, or "
			    "no_virtual_ipaddress",
			    "vrrp_instance %s has no virtual_ipaddress; it "
			    "advertises none",
			    c->name);
	else
		conf_report(f->report, CONF_ERROR, &place,
			    "write: virtual_ipaddress { 192.0.2.1/24 }, or "
			    "no_virtual_ipaddress if it is meant to have none",
			    "vrrp_instance %s has no virtual_ipaddress",
			    c->name);
}

/* The family that an instance hears, and whence IPv6 speaks. */
static void check_peers(const struct finishing *f)
{
	struct conf_instance *c = f->instance;
	struct conf_place place = place_of(f, AT(peers));
	const struct conf_mark *mark = conf_note_find(f->note, AT(peers));

	/* A wrong one was told already. */
	if (mark && !mark->wrong && c->peer_count == 0 &&
	    c->unicast_peer_count == 0)
		conf_report(f->report, CONF_ERROR, &place,
			    "name the other routers, or remove it to hear "
			    "everybody",
			    "vrrp_peers names no router");
	for (size_t i = 0; i < c->peer_count; i++) {
		const struct conf_peer *one = &c->peers[i];

		place.span = one->span;
		if (one->address.family != c->vrrp.family)
			conf_report(f->report, CONF_ERROR, &place,
				    "write the address that it sends "
				    "advertisements from",
				    "this peer is of another family than "
				    "virtual_ipaddress, which is %s",
				    c->vrrp.family == IP_V4 ? "IPv4" : "IPv6");
		else if (c->vrrp.family == IP_V6 &&
			 !ip_is_link_local(&one->address))
			conf_report(f->report, CONF_WARNING, &place,
				    "write the link-local address of its "
				    "interface (RFC 9568 5.1.2.1)",
				    "this peer is never heard: VRRP over IPv6 "
				    "is sent from link-local addresses");
	}
}

/* Only unicast needs none: then its source says where it is at home. */
static void finish_interface(const struct finishing *f)
{
	const struct conf_instance *c = f->instance;
	struct conf_place place = { .span = c->span };

	if (c->interface || conf_note_find(f->note, AT(interface)))
		return; /* a wrong one was an error already */
	if (c->unicast_peer_count == 0 || c->unicast_src.family == IP_NONE ||
	    ip_is_link_local(&c->unicast_src)) {
		conf_report(f->report, CONF_ERROR, &place,
			    "write: interface eth0",
			    "vrrp_instance %s has no interface", c->name);
		return;
	}
	for (uint32_t i = 0; i < c->address_count; i++) {
		place.span = c->addresses[i].span;
		if (!c->addresses[i].dev)
			conf_report(f->report, CONF_ERROR, &place,
				    "write dev and its interface behind it",
				    "it is not known where this address is to "
				    "be, since vrrp_instance %s has no "
				    "interface",
				    c->name);
	}
}

/* Bytes from elsewhere may say it otherwise. */
static bool has_interface(const struct conf_instance *c)
{
	if (c->interface)
		return true;
	for (uint32_t i = 0; i < c->address_count; i++)
		if (!c->addresses[i].dev)
			return false;
	return c->unicast_peer_count > 0 && c->unicast_src.family != IP_NONE;
}

void conf_instance_finish(struct conf_reader *r, void *object,
			  const struct conf_note *note)
{
	const struct conf_model *model = r->root;
	struct finishing all = { r, r->report, object, note, &model->global };
	const struct finishing *f = &all;
	struct conf_instance *c = object;

	missing(f, AT(vrrp.vrid), "virtual_router_id",
		"write: virtual_router_id 51");
	c->vrrp.family = family_of(f);
	finish_version(f);
	finish_priority(f);
	finish_interval(f);
	finish_preemption(f);
	finish_checksum(f);
	finish_auth(f);
	finish_group(f);
	finish_addresses(f);
	check_any_address(f);
	conf_unicast_finish(r, c, note);
	finish_interface(f);
	check_peers(f);
	conf_track_finish(r, c);
}

/*
 * What finish() leaves behind, and bytes from elsewhere may not be: `count`
 * advertised addresses first, all of what the protocol sends in one family,
 * and no more of it than there is room for.
 */
static bool is_whole(const struct conf_instance *c, size_t count,
		     uint8_t family)
{
	const struct vrrp_config *v = &c->vrrp;
	tick_t unit = v->version == 2 ? TICK_SECOND : TICK_CENTISECOND;

	if (count > VRRP_ADDRESSES_MAX ||
	    (family == IP_V6 && v->version == 2) ||
	    (v->version == 3 && v->auth.type != VRRP_AUTH_NONE) ||
	    c->vrrp.destination.family != family ||
	    (c->mcast_src.family != IP_NONE && c->mcast_src.family != family) ||
	    (c->unicast_src.family != IP_NONE &&
	     c->unicast_src.family != family) ||
	    v->interval % unit != 0 ||
	    (v->version == 3 && v->interval > VRRP_INTERVAL_MAX_V3))
		return false;
	for (size_t i = 0; i < c->address_count; i++) {
		if (c->addresses[i].excluded != (i >= count) ||
		    (i < count && c->addresses[i].address.family != family))
			return false;
	}
	for (size_t i = 0; i < c->peer_count; i++) {
		if (c->peers[i].address.family != family)
			return false;
	}
	for (size_t i = 0; i < c->unicast_peer_count; i++) {
		if (c->unicast_peers[i].address.family != family)
			return false;
	}
	return true;
}

/* Whom it hears, and in unicast speaks to. False: no memory. */
static bool derive_peers(struct arena *arena, struct conf_instance *c)
{
	bool unicast = c->unicast_peer_count > 0 || c->fault_no_peer;
	const struct conf_peer *from = unicast ? c->unicast_peers : c->peers;
	uint32_t count = unicast ? c->unicast_peer_count : c->peer_count;
	struct vrrp_peer *peers = arena_alloc(arena, count * sizeof(*peers));

	if (!peers)
		return false;
	for (uint32_t i = 0; i < count; i++)
		peers[i] =
			(struct vrrp_peer){ from[i].address, from[i].ttl_least,
					    from[i].ttl_most };
	c->vrrp.unicast = unicast;
	c->vrrp.peers = peers;
	c->vrrp.peer_count = (uint16_t)count;
	return true;
}

bool conf_instance_derive(struct arena *arena, void *root, void *object)
{
	struct conf_instance *c = object;
	struct ip *advertised;
	size_t count = 0;
	uint8_t family;

	while (count < c->address_count && !c->addresses[count].excluded)
		count++;
	family = count > 0 ? c->addresses[0].address.family
			   : c->vrrp.destination.family;
	if (!is_whole(c, count, family) || !has_interface(c))
		return false;
	advertised = arena_alloc(arena, count * sizeof(*advertised));
	if (!advertised || !derive_peers(arena, c))
		return false;
	for (size_t i = 0; i < count; i++)
		advertised[i] = c->addresses[i].address;
	c->advertised = (uint32_t)count;
	c->vrrp.family = family;
	c->vrrp.addresses = advertised;
	c->vrrp.address_count = (uint8_t)count;
	c->vrrp.announce.interval = ROUND_INTERVAL;
	return true;
}
