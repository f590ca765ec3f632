/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints what the virtual servers of a file come to, one value a line, for
 * test_servers.py. Its words are those of keepalived's dump (-d).
 */
#include "conf/model/checks.h"
#include "conf/model/conf.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *text;

static int read_file(void *context, const char *path, const char **out,
		     size_t *length)
{
	(void)context;
	(void)path;
	*out = text;
	*length = strlen(text);
	return 0;
}

static const char *ip_text(const struct ip *ip)
{
	static char texts[4][IP_TEXT_MAX];
	static unsigned n;

	return ip_format(ip, texts[n++ % 4]);
}

static double seconds(tick_t time)
{
	return (double)time / TICK_SECOND;
}

static void forward(const char *who, const struct conf_forward *f)
{
	static const char *const tunnels[] = { "IPIP", "GUE", "GRE" };

	printf("%s forwarding %s", who,
	       f->method == CONF_FORWARD_NAT  ? "NAT"
	       : f->method == CONF_FORWARD_DR ? "DR"
					      : "TUN");
	if (f->method == CONF_FORWARD_TUN)
		printf(" %s", tunnels[f->tunnel]);
	if (f->port)
		printf(" %u", f->port);
	printf("%s\n", f->flags == CONF_TUNNEL_CSUM      ? " checksum"
		       : f->flags == CONF_TUNNEL_REMCSUM ? " remote checksum"
							 : "");
}

static void virtual_server(const struct conf_virtual_server *vs)
{
	const struct conf_granularity *g = &vs->granularity;

	printf("---\n");
	if (vs->id.by == CONF_BY_ADDRESS)
		printf("VS %s %u\n", ip_text(&vs->id.address), vs->id.port);
	else if (vs->id.by == CONF_BY_MARK)
		printf("VS fwmark %u\n", vs->id.mark);
	else
		printf("VS group %s\n", vs->id.group);
	if (vs->id.by != CONF_BY_GROUP)
		printf("family %s\n",
		       conf_server_family(vs) == IP_V4 ? "inet" : "inet6");
	printf("sched %s\n", conf_scheduler_name(vs->scheduler));
	printf("flags %d%d%d\n", vs->flag_1, vs->flag_2, vs->flag_3);
	printf("ops %d\n", vs->ops);
	printf("persistence %u\n", vs->persistence_timeout);
	if (g->mask)
		printf("granularity %u.%u.%u.%u\n", g->mask >> 24,
		       g->mask >> 16 & 255, g->mask >> 8 & 255, g->mask & 255);
	if (g->length)
		printf("granularity %u\n", g->length);
	if (vs->id.by != CONF_BY_MARK)
		printf("protocol %s\n", vs->protocol == IPPROTO_TCP   ? "TCP"
					: vs->protocol == IPPROTO_UDP ? "UDP"
								      : "SCTP");
	printf("omega %d\n", vs->omega);
	/* keepalived ignores it there. */
	printf("ha_suspend %d\n", vs->ha_suspend && vs->id.by != CONF_BY_MARK);
	printf("quorum %u %u\n", vs->quorum, vs->hysteresis);
	forward("VS", &vs->forward);
	if (vs->sorry.address.family != IP_NONE) {
		printf("sorry %s %u\n", ip_text(&vs->sorry.address),
		       conf_server_port(conf_sorry_forward(vs), vs->sorry.port,
					vs->id.port));
		forward("sorry", conf_sorry_forward(vs));
		printf("sorry inhibit %d\n", vs->sorry.inhibit);
	}
	for (uint32_t n = 0; n < vs->server_count; n++) {
		const struct conf_real_server *rs = &vs->servers[n];

		printf("---\n");
		if (vs->id.by == CONF_BY_GROUP)
			printf("RS %s\n", ip_text(&rs->address));
		else
			printf("RS %s %u\n", ip_text(&rs->address),
			       conf_server_port(conf_server_forward(vs, rs),
						rs->port, vs->id.port));
		printf("weight %d\n", conf_server_weight(vs, rs));
		printf("limits %u %u\n", rs->lthreshold, rs->uthreshold);
		printf("inhibit %d\n", conf_server_inhibit(vs, rs));
		forward("RS", conf_server_forward(vs, rs));
	}
}

static void statuses(const struct conf_statuses *s)
{
	printf("statuses%s", s->count ? "" : " 200-299");
	for (uint32_t n = 0; n < s->count; n++) {
		printf(" %u", s->list[n].low);
		if (s->list[n].low != s->list[n].high)
			printf("-%u", s->list[n].high);
	}
	printf("\n");
}

static void http(const struct conf_check *check)
{
	static const char *const protocols[] = { "1.0", "1.0C", "1.1" };
	const struct conf_http *h = &check->http;

	printf("protocol %s\n", protocols[h->protocol]);
	printf("sni %d\n", h->tls.enable_sni);
	printf("fast_recovery %d\n", h->fast_recovery);
	for (uint32_t n = 0; n < h->url_count; n++) {
		const struct conf_url *u = &h->urls[n];

		printf("url %s\n", u->path ? u->path : "/");
		if (u->digest)
			printf("digest %s\n", u->digest);
		statuses(&u->statuses);
		if (u->virtualhost)
			printf("url host %s\n", u->virtualhost);
		if (u->regex)
			printf("regex %s %d\n", u->regex, u->regex_no_match);
	}
}

static void check(const struct conf_distinct *d, bool alpha)
{
	static const char *const types[] = {
		[1] = "A",   [2] = "NS",   [5] = "CNAME", [6] = "SOA",
		[15] = "MX", [16] = "TXT", [28] = "AAAA"
	};
	const struct conf_connect *c = &d->connect;

	printf("---\ncheck %s\n", conf_check_word(d->check->kind));
	printf("alpha %d\n", alpha);
	printf("interval %.6f\nwarmup %.6f\nretry %u\n", seconds(d->interval),
	       seconds(d->warmup), d->retry);
	if (d->retry > 0)
		printf("retry delay %.6f\n", seconds(d->retry_delay));
	printf("log %d\n", d->log_all_failures);
	if (c->address.family != IP_NONE) {
		printf("dest %s", ip_text(&c->address));
		if (d->check->kind != CONF_CHECK_PING)
			printf(" %u", c->port);
		printf("\ntimeout %.6f\n", seconds(d->timeout));
	}
	if (c->bind.family != IP_NONE)
		printf("bind %s\n", ip_text(&c->bind));
	if (c->interface)
		printf("bind_if %s\n", c->interface);
	if (c->mark)
		printf("mark %u\n", c->mark);
	switch ((enum conf_check_kind)d->check->kind) {
	case CONF_CHECK_HTTP:
	case CONF_CHECK_SSL:
		http(d->check);
		break;
	case CONF_CHECK_SMTP:
		printf("helo %s\n", d->check->smtp.helo
					    ? d->check->smtp.helo
					    : "smtpchecker.keepalived.org");
		break;
	case CONF_CHECK_DNS:
		printf("type %s\nname %s\n", types[d->check->dns.type],
		       d->check->dns.name ? d->check->dns.name : "");
		break;
	case CONF_CHECK_UDP:
		if (d->check->udp.payload)
			printf("payload %zu\n",
			       strlen(d->check->udp.payload) / 2);
		printf("reply %d\n", d->check->udp.require_reply);
		break;
	case CONF_CHECK_MISC:
		printf("script timeout %.0f\ndynamic %d\n",
		       seconds(d->check->misc.timeout), d->check->misc.dynamic);
		break;
	case CONF_CHECK_TCP:
	case CONF_CHECK_PING:
	case CONF_CHECK_FILE:
	case CONF_CHECK_BFD:
	case CONF_CHECK_AGENT:
	case CONF_CHECK_GRPC:
	case CONF_CHECK_KINDS:
		break;
	}
}

static void checks(const struct conf_model *model)
{
	for (uint32_t v = 0; v < model->virtual_server_count; v++) {
		const struct conf_virtual_server *vs =
			&model->virtual_servers[v];

		for (uint32_t s = 0; s < vs->server_count; s++) {
			const struct conf_real_server *rs = &vs->servers[s];

			for (uint32_t n = 0; n < rs->check_count; n++) {
				const struct conf_check *c = &rs->checks[n];
				struct conf_distinct d =
					conf_check_resolve(model, vs, rs, c);
				int8_t alpha = c->pace.alpha != CONF_UNSAID
						       ? c->pace.alpha
					       : rs->pace.alpha != CONF_UNSAID
						       ? rs->pace.alpha
						       : vs->pace.alpha;

				if (c->kind != CONF_CHECK_FILE)
					check(&d, alpha == 1);
			}
		}
	}
}

static void print(void *to, const char *piece, size_t length)
{
	fwrite(piece, 1, length, to);
}

int main(void)
{
	static char bytes[1 << 20];
	const struct conf_source source = {
		.read = read_file,
		.host = "host",
		.directory = "/",
		.virtual_servers = true,
	};
	struct arena arena = arena_over(malloc, free);
	struct conf_diagnostics d = { .arena = &arena };
	struct conf_model *model;

	bytes[fread(bytes, 1, sizeof(bytes) - 1, stdin)] = '\0';
	text = bytes;
	model = conf_load(&source, "stdin", malloc, free, &d);
	for (size_t n = 0; n < d.count; n++)
		conf_diagnostic_print(&d.list[n], false, print, stderr);
	if (!model)
		return 1;
	for (uint32_t v = 0; v < model->virtual_server_count; v++)
		virtual_server(&model->virtual_servers[v]);
	checks(model);
	conf_free(model);
	arena_free(&arena);
	return 0;
}
