/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of the machine on which a file is checked: they are no fault of the
 * file, and its virtual routers do not work beside them.
 */
#include "conf/model/finish.h"

#include <string.h>

static void lint(struct conf_reader *reader, const struct conf_instance *c,
		 unsigned found)
{
	struct conf_place place = { .span = c->span };
	const char *name = conf_interface(c);

	if ((found & CONF_OBSTACLE_NO_ARP) && c->vrrp.family == IP_V4)
		conf_report(reader->report, CONF_NOTE, &place,
			    "ip link set arp on switches it on",
			    "ARP is off on %s now: no host finds the IPv4 "
			    "addresses there",
			    name);
	if ((found & CONF_OBSTACLE_NO_IPV6) && c->vrrp.family == IP_V6)
		conf_report(reader->report, CONF_NOTE, &place,
			    "sysctl -w net.ipv6.conf.INTERFACE.disable_ipv6=0 "
			    "switches it on",
			    "IPv6 is off on %s now "
			    "(net.ipv6.conf.%s.disable_ipv6)",
			    name, name);
	if ((found & CONF_OBSTACLE_RP_FILTER) && c->vrrp.family == IP_V4)
		conf_report(reader->report, CONF_NOTE, &place,
			    "give it an address with the prefix of its "
			    "network, or set rp_filter to 2",
			    "no route to its network leaves by %s now, and its "
			    "rp_filter is 1: the kernel drops the "
			    "advertisements of other routers",
			    name);
}

void conf_lint_machine(struct conf_reader *reader,
		       const struct conf_model *model)
{
	const struct conf_source *source = reader->source;
	const char *before = "", *name;
	enum ip_family family = IP_NONE;
	unsigned found;

	for (uint32_t n = 0; source->obstacles && n < model->instance_count;
	     n++) {
		name = conf_interface(&model->instances[n]);
		/* Thousands may be on one, and there it is told once. */
		if (strcmp(name, before) == 0 &&
		    model->instances[n].vrrp.family == family)
			continue;
		before = name;
		family = model->instances[n].vrrp.family;
		found = source->obstacles(source->context, name);
		lint(reader, &model->instances[n], found);
	}
}
