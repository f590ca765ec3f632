/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keepalived.data: its sections and keys, in its order, as far as there is such
 * a thing here. What people and programs look for stands there by its words:
 * "State = FAULT".
 */
#include "runner/dump_files.h"

#include "conf/model/targets.h"
#include "sys/clock.h"
#include "vrrp/timer.h"

#include <stdlib.h>
#include <time.h>

static const char *const states[] = {
	[VRRP_INIT] = "INIT",
	[VRRP_BACKUP] = "BACKUP",
	[VRRP_ACTIVE] = "MASTER",
	[VRRP_FAULT] = "FAULT",
};

static const char *yes(bool value)
{
	return value ? "yes" : "no";
}

static const char *truth(bool value)
{
	return value ? "true" : "false";
}

static const char *enabled(bool value)
{
	return value ? "enabled" : "disabled";
}

static unsigned seconds(tick_t value)
{
	return (unsigned)(value / TICK_SECOND);
}

/* " = 1796000088.118747 (Mon Nov 30 00:54:48.118747 2026)" */
static void put_time(FILE *out, const char *key, tick_t real)
{
	time_t whole = (time_t)(real / TICK_SECOND);
	long long micro = (long long)(real % TICK_SECOND / TICK_MICROSECOND);
	struct tm parts;
	char day[32] = "", year[8] = "";

	if (localtime_r(&whole, &parts)) {
		strftime(day, sizeof(day), "%a %b %e %T", &parts);
		strftime(year, sizeof(year), "%Y", &parts);
	}
	fprintf(out, "   %s = %lld.%06lld (%s.%06lld %s)\n", key,
		(long long)whole, micro, day, micro, year);
}

static void put_source(FILE *out, const struct dumped *d)
{
	const struct conf_instance *c = d->conf;
	char text[IP_TEXT_MAX];

	if (c->dont_track_primary)
		fputs("   VRRP interface tracking disabled\n", out);
	fprintf(out, "   Using src_ip = %s%s\n",
		d->core.source.family == IP_NONE
			? "(none)"
			: ip_format(&d->core.source, text),
		conf_source(c)->family == IP_NONE ? ""
						  : " (from configuration)");
	if (!c->vrrp.unicast)
		fprintf(out, "   Multicast address %s\n",
			ip_format(&d->instance.configured.destination, text));
}

static void put_announcements(FILE *out, const struct vrrp_announce_config *a,
			      const char *space, const char *refresh)
{
	fprintf(out,
		"%sGratuitous ARP delay = %u\n"
		"%sGratuitous ARP repeat = %u\n"
		"%sGratuitous ARP %s = %u\n"
		"%sGratuitous ARP refresh repeat = %u\n"
		"%sGratuitous ARP lower priority delay = %u\n"
		"%sGratuitous ARP lower priority repeat = %u\n",
		space, seconds(a->delay), space, a->repeat, space, refresh,
		seconds(a->refresh), space, a->refresh_repeat, space,
		seconds(a->lower_delay), space, a->lower_repeat);
}

/* What it tracks that has no result yet, and keeps it waiting. */
static unsigned pending(const struct runner *r, const struct dumped *d)
{
	const struct ledger_configured *c = &d->instance.configured;
	unsigned count = 0;

	for (uint32_t n = 0; n < c->tracker_count; n++) {
		struct ledger_tracker t;
		struct ledger_result result;

		if (!ledger_copy_tracker(r->ledger, c->tracker_first + n, &t) ||
		    t.weight != 0)
			continue;
		ledger_read_result(r->ledger, t.target, &result);
		count += result.verdict == LEDGER_VERDICT_NONE;
	}
	return count;
}

static void put_state(const struct runner *r, FILE *out, const struct dumped *d)
{
	const struct vrrp_config *v = &d->conf->vrrp;
	tick_t deadline = d->state == VRRP_ACTIVE   ? d->core.adver_timer
			  : d->state == VRRP_BACKUP ? d->core.down_timer
						    : TICK_NEVER;
	tick_t interval =
		d->core.active_interval ? d->core.active_interval : v->interval;

	fprintf(out, "   State = %s\n   Flags:%s\n", states[d->state],
		v->unicast ? "\n     Using unicast" : " none");
	fprintf(out, "   Wantstate = %s\n",
		d->state != VRRP_INIT   ? states[d->state]
		: d->conf->state_active ? "MASTER"
					: "BACKUP");
	fprintf(out,
		"   Number of config faults = 0\n"
		"   Number of interface and track script faults = %d\n"
		"   Number of track scripts init = %u\n",
		__builtin_popcount(d->core.faults) +
			(d->core.interface != VRRP_INTERFACE_UP),
		pending(r, d));
	put_time(out, "Last transition", d->instance.record.since_real);
	if (deadline == TICK_NEVER)
		fputs("   Read timeout = DISABLED\n", out);
	else
		put_time(out, "Read timeout",
			 tick_after(clock_real_now(),
				    tick_until(deadline, clock_now())));
	fprintf(out, "   Master down timer = %lld usecs\n",
		(long long)(vrrp_active_down_interval(v, d->core.priority,
						      interval) /
			    TICK_MICROSECOND));
}

static void put_protocol(FILE *out, const struct dumped *d)
{
	const struct vrrp_config *v = &d->conf->vrrp;

	put_announcements(out, &v->announce, "   ", "refresh");
	fprintf(out,
		"   Down timer adverts = %u\n"
		"   Send advert after receive lower priority advert = %s\n"
		"   Send advert after receive higher priority advert = %s\n"
		"   Virtual Router ID = %u\n"
		"   Priority = %u\n"
		"   Effective priority = %u\n"
		"   Total priority = %d\n",
		v->down_timer_adverts, truth(!v->lower_prio_no_advert),
		truth(v->higher_prio_send_advert), v->vrid, v->priority,
		d->core.priority, v->priority + d->core.weight);
	if (v->version == 2)
		fprintf(out, "   Advert interval = %u sec\n",
			seconds(v->interval));
	else
		fprintf(out, "   Advert interval = %lld milli-sec\n",
			(long long)(v->interval / TICK_MILLISECOND));
	fprintf(out, "   Accept = enabled\n   Preempt = %s\n",
		enabled(v->preempt));
	if (v->preempt_delay)
		fprintf(out, "   Preempt delay = %g secs\n",
			(double)v->preempt_delay / TICK_SECOND);
	fprintf(out, "   Promote_secondaries = %s\n",
		enabled(d->conf->promote_secondaries));
	if (v->version == 2)
		fprintf(out, "   Authentication type = %s\n",
			v->auth.type == VRRP_AUTH_PASSWORD ? "SIMPLE_PASSWORD"
							   : "none");
	if (v->version == 2 && v->auth.type == VRRP_AUTH_PASSWORD)
		fputs("   Password = ********\n", out); /* it is a secret */
}

static void put_addresses(const struct runner *r, FILE *out,
			  const struct dumped *d, bool excluded)
{
	const struct conf_instance *c = d->conf;

	if (!excluded)
		fprintf(out, "   Virtual IP (%u):\n", c->advertised);
	else if (c->address_count > c->advertised)
		fputs("   Virtual IP Excluded :\n", out);
	for (uint32_t n = 0; n < c->address_count; n++) {
		if (c->addresses[n].excluded != excluded)
			continue;
		fputs("     ", out);
		dump_address(out, c, &c->addresses[n], dump_is_set(r, d, n));
		fputc('\n', out);
	}
}

static void put_unicast(FILE *out, const struct conf_instance *c)
{
	char text[IP_TEXT_MAX];

	if (!c->vrrp.unicast)
		return;
	fprintf(out,
		"   Unicast TTL = %u\n   Check unicast src : yes\n"
		"   Unicast Peer :\n",
		c->unicast_ttl);
	for (uint32_t n = 0; n < c->unicast_peer_count; n++) {
		const struct conf_peer *p = &c->unicast_peers[n];

		fprintf(out, "     %s min_ttl %u max_ttl %u\n",
			ip_format(&p->address, text), p->ttl_least,
			p->ttl_most);
	}
}

static void put_routes(FILE *out, const struct conf_instance *c)
{
	if (c->route_count > 0)
		fputs("   Virtual Routes :\n", out);
	for (uint32_t n = 0; n < c->route_count; n++) {
		fputs("     ", out);
		dump_route(out, &c->routes[n]);
		fputc('\n', out);
	}
	if (c->rule_count > 0)
		fputs("   Virtual Rules :\n", out);
	for (uint32_t n = 0; n < c->rule_count; n++) {
		fputs("     ", out);
		dump_rule(out, &c->rules[n]);
		fputc('\n', out);
	}
}

static void put_weight(FILE *out, const char *name, int weight, bool reverse)
{
	fprintf(out, "     %s weight %d%s\n", name, weight,
		reverse ? " reverse" : "");
}

/* Of an instance, or a group. */
static void put_tracked(const struct runner *r, FILE *out,
			const struct conf_tracked_interface *interfaces,
			uint32_t interface_count,
			const struct conf_tracking *tracking)
{
	static const char *const kinds[] = {
		[VRRP_TARGET_SCRIPT] = "scripts",
		[VRRP_TARGET_FILE] = "files",
		[VRRP_TARGET_PROCESS] = "processes",
		[VRRP_TARGET_VIRTUAL] = "virtual servers",
	};

	if (interface_count > 0)
		fputs("   Tracked interfaces :\n", out);
	for (uint32_t n = 0; n < interface_count; n++)
		put_weight(out, interfaces[n].on.name, interfaces[n].weight,
			   interfaces[n].reverse);
	for (unsigned k = 0; k < VRRP_TARGETS; k++) {
		if (tracking->count[k] > 0)
			fprintf(out, "   Tracked %s :\n", kinds[k]);
		for (uint32_t n = 0; n < tracking->count[k]; n++) {
			const struct conf_tracked *t = &tracking->list[k][n];
			struct conf_weight w = conf_tracked_weight(
				r->model, (enum vrrp_target)k, t);

			fprintf(out, "     %s%s weight %d%s\n", t->name,
				k == VRRP_TARGET_SCRIPT ? "" : ",", w.value,
				w.reverse ? " reverse" : "");
		}
	}
}

static void put_scripts(const struct runner *r, FILE *out,
			const struct conf_notifies *c)
{
	static const struct {
		const char *text;
		enum conf_notify_on on;
	} keys[] = {
		{ "Backup", CONF_NOTIFY_BACKUP },
		{ "Master", CONF_NOTIFY_ACTIVE },
		{ "Fault", CONF_NOTIFY_FAULT },
		{ "Stop", CONF_NOTIFY_STOP },
		{ "Deleted", CONF_NOTIFY_DELETED },
		{ "Generic", CONF_NOTIFY_ANY },
		{ "Master rx lower pri", CONF_NOTIFY_LOWER },
	};

	for (size_t n = 0; c->on && n < sizeof(keys) / sizeof(keys[0]); n++) {
		const struct conf_notify *of = &c->on[keys[n].on];

		if (!of->command || !of->command[0])
			continue;
		fprintf(out, "   %s state transition script = ", keys[n].text);
		dump_command(out, r, of->command, &of->user);
		fputs(", uid:gid ", out);
		dump_user(out, r, of->command, &of->user);
		fputc('\n', out);
	}
}

static void put_instance(const struct runner *r, FILE *out, uint32_t index)
{
	struct dumped d;
	const struct conf_instance *c = &r->model->instances[index];
	bool deleted;

	dump_read(r, index, &d);
	fprintf(out, " VRRP Instance = %s\n   VRRP Version = %u\n", c->name,
		c->vrrp.version);
	if (c->group != CONF_NO_GROUP)
		fprintf(out, "   Sync group = %s\n",
			r->model->groups[c->group].name);
	if (c->vrrp.family == IP_V6)
		fputs("   Using Native IPv6\n", out);
	put_state(r, out, &d);
	fprintf(out, "   Interface = %s\n", conf_interface(c));
	put_source(out, &d);
	put_protocol(out, &d);
	put_addresses(r, out, &d, false);
	put_addresses(r, out, &d, true);
	put_unicast(out, c);
	put_routes(out, c);
	put_tracked(r, out, c->tracked_interfaces, c->tracked_interface_count,
		    &c->tracking);
	deleted = c->notifies.on && c->notifies.on[CONF_NOTIFY_DELETED].command;
	fprintf(out,
		"   Using smtp notification = %s\n   Notify deleted = %s\n",
		yes(c->smtp_alert), deleted ? "Deleted" : "Fault");
	put_scripts(r, out, &c->notifies);
	fprintf(out, "   Notify priority changes = %s\n",
		truth(c->notify_priority_changes));
}

/* Of its members: how many are in FAULT, and how many do not know yet. */
static void put_members(const struct runner *r, FILE *out,
			const struct conf_sync_group *g)
{
	unsigned count[VRRP_STATES] = { 0 };

	for (uint32_t n = 0; n < g->member_count; n++) {
		struct dumped d;

		dump_read(r, g->members[n].instance, &d);
		count[d.core.state]++;
	}
	fprintf(out,
		"   Num member fault %u, num member init %u\n"
		"   VRRP member instances :\n",
		count[VRRP_FAULT], count[VRRP_INIT]);
	for (uint32_t n = 0; n < g->member_count; n++)
		fprintf(out, "     %s\n", g->members[n].name);
}

static void put_sync_group(const struct runner *r, FILE *out, uint32_t n)
{
	const struct conf_sync_group *g = &r->model->groups[n];
	struct ledger_group_state now = { .state = VRRP_INIT };

	if (n < ledger_groups(r->ledger))
		ledger_read_group_state(r->ledger, n, &now);
	fprintf(out, " VRRP Sync Group = %s, %s\n", g->name,
		states[now.state < VRRP_STATES ? now.state : VRRP_INIT]);
	put_members(r, out, g);
	fputs("   Using smtp notification = no\n", out);
	if (g->notify_priority_changes)
		fputs("   Notify priority changes = yes\n", out);
	put_tracked(r, out, g->tracked_interfaces, g->tracked_interface_count,
		    &g->tracking);
	put_scripts(r, out, &g->notifies);
}

/* What is written, or the protocol's. */
static void put_group(FILE *out, unsigned version, const struct ip *written)
{
	struct ip group = *written;
	char text[IP_TEXT_MAX];

	if (group.family == IP_NONE)
		group = vrrp_group(version == 6 ? IP_V6 : IP_V4);
	fprintf(out, " VRRP IPv%u mcast group = %s\n", version,
		ip_format(&group, text));
}

void dump_global(const struct runner *r, FILE *out)
{
	const struct conf_global *g = &r->model->global;
	const struct conf_daemon *d = &r->model->daemon;

	fprintf(out,
		"------< Global definitions >------\n"
		" Network namespace = %s\n Router ID = %s\n"
		" Dynamic interfaces = %s\n Disable local IGMP = %s\n",
		d->net_namespace ? d->net_namespace : "(default)",
		r->ledger->router_id, truth(g->dynamic_interfaces),
		yes(g->disable_local_igmp));
	if (d->instance)
		fprintf(out, " Instance name = %s\n", d->instance);
	put_group(out, 4, &g->common.group4);
	put_group(out, 6, &g->common.group6);
	put_announcements(out, &g->common.announce, " ", "refresh timer");
	fprintf(out,
		" Num adverts before down = %u\n"
		" Send advert after receive lower priority advert = %s\n"
		" Send advert after receive higher priority advert = %s\n"
		" Gratuitous ARP interval = %f\n Gratuitous NA interval = %f\n"
		" VRRP default protocol version = %u\n"
		" VRRP skip check advert addresses = %s\n"
		" VRRP strict mode = %s\n Script security %s\n",
		g->common.down_timer_adverts,
		truth(!g->common.lower_prio_no_advert),
		truth(g->common.higher_prio_send_advert),
		(double)g->garp_interval / TICK_SECOND,
		(double)g->gna_interval / TICK_SECOND, g->common.version,
		truth(g->common.skip_check_adv_addr), truth(g->common.strict),
		enabled(g->scripts.security));
}

void dump_state(const struct runner *r, FILE *out)
{
	dump_global(r, out);
	if (r->model->instance_count > 0)
		fputs("------< VRRP Topology >------\n", out);
	for (uint32_t n = 0; n < r->model->instance_count; n++)
		put_instance(r, out, n);
	if (r->model->group_count > 0)
		fputs("------< VRRP Sync groups >------\n", out);
	for (uint32_t n = 0; n < r->model->group_count; n++)
		put_sync_group(r, out, n);
	dump_tracked(r, out);
}
