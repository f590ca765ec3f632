/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The canonical form of a model: every value written out, defaults included,
 * so that a reader sees what runs and needs no manual. Reading it again gives
 * the same model.
 */
#include "base/must.h"
#include "conf/language/value.h"
#include "conf/model/conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct out {
	void (*write)(void *to, const char *text, size_t length);
	void *to;
};

__attribute__((format(printf, 2, 3))) static void put(const struct out *out,
						      const char *format, ...)
{
	char text[160];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	MUST(length >= 0 && length < (int)sizeof(text));
	out->write(out->to, text, (size_t)length);
}

/* A word, in quotes and with escapes where it needs them. */
static void put_word(const struct out *out, const char *word)
{
	static const char special[] = " #!{}\"'\\$@~";
	bool plain = *word != '\0';

	for (const char *c = word; *c; c++)
		plain = plain && !strchr(special, *c) &&
			(unsigned char)*c > 0x20;
	if (plain) {
		put(out, "%s", word);
		return;
	}
	put(out, "\"");
	for (const char *c = word; *c; c++) {
		if (strchr("\"'\\$", *c))
			put(out, "\\%03o", (unsigned)*c);
		else
			out->write(out->to, c, 1);
	}
	put(out, "\"");
}

static void put_time(const struct out *out, const char *word, tick_t time)
{
	char text[CONF_TIME_TEXT_MAX];

	put(out, "\t%s %s\n", word, conf_time_format(time, text));
}

void conf_print_address(
	const struct conf_instance *instance, const struct conf_address *one,
	void (*write)(void *to, const char *text, size_t length), void *to)
{
	const struct out sink = { write, to };
	const struct out *out = &sink;
	static const struct {
		uint8_t scope;
		const char *name;
	} scopes[] = {
		{ CONF_SCOPE_SITE, "site" },
		{ CONF_SCOPE_LINK, "link" },
		{ CONF_SCOPE_HOST, "host" },
		{ CONF_SCOPE_NOWHERE, "nowhere" },
	};
	char text[IP_TEXT_MAX];

	put(out, "%s/%u", ip_format(&one->address, text), one->prefix);
	if (one->has_broadcast)
		put(out, " brd %s", ip_format(&one->broadcast, text));
	if (strcmp(one->dev, instance->interface) != 0) {
		put(out, " dev ");
		put_word(out, one->dev);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(scopes); i++) {
		if (one->scope == scopes[i].scope)
			put(out, " scope %s", scopes[i].name);
	}
	if (one->label) {
		put(out, " label ");
		put_word(out, one->label);
	}
}

static void put_addresses(const struct out *out, const char *word,
			  const struct conf_instance *instance, size_t from,
			  size_t to)
{
	if (from == to)
		return;
	put(out, "\t%s {\n", word);
	for (size_t i = from; i < to; i++) {
		put(out, "\t\t");
		conf_print_address(instance, &instance->addresses[i],
				   out->write, out->to);
		put(out, "\n");
	}
	put(out, "\t}\n");
}

static void put_announcements(const struct out *out,
			      const struct vrrp_announce_config *config)
{
	put_time(out, "garp_master_delay", config->delay);
	put(out, "\tgarp_master_repeat %u\n", config->repeat);
	put_time(out, "garp_master_refresh", config->refresh);
	put(out, "\tgarp_master_refresh_repeat %u\n", config->refresh_repeat);
	put_time(out, "garp_lower_prio_delay", config->lower_delay);
	put(out, "\tgarp_lower_prio_repeat %u\n", config->lower_repeat);
}

static void put_peers(const struct out *out, const struct vrrp_config *vrrp)
{
	char text[IP_TEXT_MAX];

	if (vrrp->peer_count == 0)
		return;
	put(out, "\tvrrp_peers {\n");
	for (unsigned i = 0; i < vrrp->peer_count; i++)
		put(out, "\t\t%s\n", ip_format(&vrrp->peers[i], text));
	put(out, "\t}\n");
}

static void put_instance(const struct out *out,
			 const struct conf_instance *instance)
{
	const struct vrrp_config *vrrp = &instance->vrrp;

	put(out, "\nvrrp_instance ");
	put_word(out, instance->name);
	put(out, " {\n\tstate %s\n",
	    instance->state_active ? "MASTER" : "BACKUP");
	put(out, "\tinterface ");
	put_word(out, instance->interface);
	put(out, "\n\tvirtual_router_id %u\n\tpriority %u\n\tversion %u\n",
	    vrrp->vrid, vrrp->priority, vrrp->version);
	put_time(out, "advert_int", vrrp->interval);
	if (!vrrp->preempt)
		put(out, "\tnopreempt\n");
	if (vrrp->preempt_delay > 0)
		put_time(out, "preempt_delay", vrrp->preempt_delay);
	put(out, "\tstrict_mode %s\n", vrrp->strict ? "on" : "off");
	if (vrrp->version == 3 && vrrp->family == IP_V4)
		put(out, "\tchecksum %s\n",
		    vrrp->checksum == VRRP_CHECKSUM_RFC9568   ? "rfc9568"
		    : vrrp->checksum == VRRP_CHECKSUM_RFC5798 ? "rfc5798"
							      : "auto");
	put(out, "\tvrrp_resign_from %s\n",
	    vrrp->resign_any ? "any" : "active");
	put_peers(out, vrrp);
	put_announcements(out, &vrrp->announce);
	if (instance->lease == CONF_LEASE_AUTO)
		put(out, "\tvrrp_address_lease auto\n");
	else
		put(out, "\tvrrp_address_lease %u\n", instance->lease);
	put_addresses(out, "virtual_ipaddress", instance, 0,
		      instance->advertised);
	put_addresses(out, "virtual_ipaddress_excluded", instance,
		      instance->advertised, instance->address_count);
	put(out, "}\n");
}

/* Only what is asked for: what is not has no word for it. */
static void put_process(const struct out *out, const struct conf_process *p)
{
	if (p->nice)
		put(out, "\tvrrp_priority %d\n", p->nice);
	else if (p->rt_priority != CONF_RT_AUTO)
		put(out, "\tvrrp_rt_priority %u\n", p->rt_priority);
	if (p->rttime)
		put(out, "\tvrrp_rlimit_rttime %u\n", p->rttime);
	if (p->no_swap)
		put(out, "\tvrrp_no_swap\n");
	if (p->bound) {
		put(out, "\tvrrp_cpu_affinity");
		for (unsigned n = 0; n < CONF_CPUS_MAX; n++)
			if (p->cpus[n / 64] >> n % 64 & 1)
				put(out, " %u", n);
		put(out, "\n");
	}
	put(out, "\tmax_auto_priority %u\n", p->auto_priority);
	if (p->auto_priority)
		put(out, "\tmin_auto_priority_delay %lld\n",
		    (long long)(p->auto_delay / TICK_MICROSECOND));
}

static void put_buffer(const struct out *out, const char *which,
		       const struct conf_buffer *buffer)
{
	put(out, "\tvrrp_netlink_%s_rcv_bufs %u\n", which, buffer->size);
	if (buffer->size)
		put(out, "\tvrrp_netlink_%s_rcv_bufs_force %s\n", which,
		    buffer->force ? "on" : "off");
}

void conf_print(const struct conf_model *model,
		void (*write)(void *to, const char *text, size_t length),
		void *to)
{
	const struct conf_global *global = &model->global;
	struct out out = { write, to };

	put(&out, "global_defs {\n");
	if (global->router_id) {
		put(&out, "\trouter_id ");
		put_word(&out, global->router_id);
		put(&out, "\n");
	}
	put(&out, "\tvrrp_version %u\n", global->vrrp_version);
	put_time(&out, "vrrp_garp_interval", global->garp_interval);
	put_time(&out, "vrrp_gna_interval", global->gna_interval);
	put_process(&out, &global->vrrp);
	put_buffer(&out, "monitor", &global->monitor);
	put_buffer(&out, "cmd", &global->command);
	put(&out, "}\n");
	for (size_t i = 0; i < model->instance_count; i++)
		put_instance(&out, &model->instances[i]);
}
