/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual and real servers as OpenMetrics. Labels of real servers are those of
 * other exporters of IPVS (node_exporter), whose rules so need another name of
 * the metric and no more. page->row is the virtual server, page->line the line
 * of it, page->family the family.
 */
#include "ctl/page.h"

#include "base/must.h"
#include "ctl/form.h"
#include "ctl/server_state.h"
#include "ledger/lvs.h"

#include "ledger/server_name.h"
#include <stddef.h>
#include <string.h>

struct server_family {
	const char *name, *help;
	/* Its value; false: it has none now. */
	bool (*of_quorum)(const struct lvs_service *core, int64_t *value);
	bool (*of_server)(const struct ledger_real *real,
			  const struct ledger_lvs_server *is,
			  const struct lvs_server *core, int64_t *value);
	/* Or what the kernel counts: of virtual servers or real ones, and a
	 * gauge of 32 bits in struct ledger_lvs_counts, or a counter of 64. */
	enum {
		COUNTS_NOTHING,
		COUNTS_VIRTUAL,
		COUNTS_REAL,
	} counts;
	bool is_gauge;
	size_t at;
};

static bool quorum_up(const struct lvs_service *core, int64_t *value)
{
	*value = core->quorum == LVS_HEALTH_UP;
	return core->quorum != LVS_HEALTH_UNKNOWN;
}

static bool server_up(const struct ledger_real *real,
		      const struct ledger_lvs_server *is,
		      const struct lvs_server *core, int64_t *value)
{
	(void)real;
	(void)is;
	*value = core->health == LVS_HEALTH_UP;
	return true;
}

static bool weight(const struct ledger_real *real,
		   const struct ledger_lvs_server *is,
		   const struct lvs_server *core, int64_t *value)
{
	(void)real;
	(void)core;
	*value = is->weight;
	return is->present > 0;
}

static bool configured(const struct ledger_real *real,
		       const struct ledger_lvs_server *is,
		       const struct lvs_server *core, int64_t *value)
{
	(void)is;
	(void)core;
	*value = real->weight;
	return true;
}

#define GAUGE(metric, field, words)                                            \
	{                                                                      \
		.name = metric, .help = words, .counts = COUNTS_REAL,          \
		.is_gauge = true,                                              \
		.at = offsetof(struct ledger_lvs_counts, field),               \
	}
#define COUNTER(of, metric, field, words)                                      \
	{                                                                      \
		.name = metric, .help = words, .counts = of,                   \
		.at = offsetof(struct ledger_lvs_counts, field),               \
	}
/* Since the kernel has it. */
#define COUNTERS(of, prefix, what)                                             \
	COUNTER(of, prefix "connections", connections,                         \
		"Connections to " what "."),                                   \
		COUNTER(of, prefix "incoming_packets", in_packets,             \
			"Packets to " what "."),                               \
		COUNTER(of, prefix "outgoing_packets", out_packets,            \
			"Packets from " what "; by NAT alone they are seen."), \
		COUNTER(of, prefix "incoming_bytes", in_bytes,                 \
			"Bytes to " what "."),                                 \
		COUNTER(of, prefix "outgoing_bytes", out_bytes,                \
			"Bytes from " what "; by NAT alone they are seen.")

static const struct server_family families[] = {
	{ "baton_ipvs_quorum_up", "Whether a virtual server has its quorum.",
	  .of_quorum = quorum_up },
	{ "baton_ipvs_backend_up", "Whether no check of a real server fails.",
	  .of_server = server_up },
	{ "baton_ipvs_backend_weight",
	  "The weight of a real server in the kernel's table.",
	  .of_server = weight },
	{ "baton_ipvs_backend_weight_configured",
	  "The weight of a real server in the configuration.",
	  .of_server = configured },
	GAUGE("baton_ipvs_backend_connections_active", active,
	      "Connections of a real server that are established, or begin."),
	GAUGE("baton_ipvs_backend_connections_inactive", inactive,
	      "Other connections of a real server; of UDP all."),
	GAUGE("baton_ipvs_backend_connections_persistent", persistent,
	      "Clients that persistence leads to a real server."),
	COUNTERS(COUNTS_VIRTUAL, "baton_ipvs_", "a virtual server"),
	COUNTERS(COUNTS_REAL, "baton_ipvs_backend_", "a real server"),
};

/* Of a mark or a group the address is empty, as other exporters have it. */
static void put_labels(struct page *page, const struct ledger_virtual *v)
{
	char name[SERVER_NAME_SIZE], ip[IP_TEXT_MAX];

	text_put(&page->text, "{virtual_server=\"");
	form_escaped(&page->text, FORM_LABEL,
		     server_name(name, page->ledger, v));
	text_format(&page->text, "\",local_address=\"%s\",local_port=\"%u\",",
		    ip_format(&v->address, ip), v->port);
	text_put(&page->text, "local_mark=\"");
	if (v->mark)
		text_format(&page->text, "0x%08X", v->mark);
	text_format(&page->text, "\",proto=\"%s\"",
		    server_protocol(v->protocol));
}

/* What never had a connection is not shown: of tens of thousands most have
 * none, and each has many counters. */
static bool was_used(const struct ledger_lvs_counts *c)
{
	return c->connections > 0 || c->in_packets > 0 || c->active > 0 ||
	       c->inactive > 0 || c->persistent > 0;
}

/* The end of a sample: a gauge, or a counter, of what the kernel counts. */
static void put_count(struct page *page, const struct server_family *f,
		      const struct ledger_lvs_counts *counts)
{
	const char *at = (const char *)counts + f->at;
	uint64_t value;
	uint32_t small;

	memcpy(&value, at, sizeof(value));
	memcpy(&small, at, sizeof(small));
	text_format(&page->text, "} %llu\n",
		    (unsigned long long)(f->is_gauge ? small : value));
}

static void put_virtual_count(struct page *page, const struct server_family *f,
			      const struct ledger_virtual *v)
{
	struct ledger_lvs_counts counts;

	if (!ledger_lvs_is_numbered(page->ledger) ||
	    !ledger_read_lvs_virtual_counts(page->ledger, page->row, &counts) ||
	    !was_used(&counts))
		return;
	text_format(&page->text, "%s_total", f->name);
	put_labels(page, v);
	put_count(page, f, &counts);
}

static void put_virtual(struct page *page, const struct server_family *f,
			const struct ledger_virtual *v)
{
	struct ledger_lvs_virtual is;
	struct lvs_service core = server_quorum(page->ledger, page->row, &is);
	int64_t value;

	if (!f->of_quorum(&core, &value))
		return;
	text_put(&page->text, f->name);
	put_labels(page, v);
	text_format(&page->text, "} %lld\n", (long long)value);
}

static void put_real(struct page *page, const struct server_family *f,
		     const struct ledger_virtual *v, uint32_t n)
{
	struct ledger_real real;
	struct ledger_lvs_server is;
	struct ledger_lvs_counts counts;
	struct lvs_server core = { 0 };
	char ip[IP_TEXT_MAX];
	int64_t value = 0;

	ledger_copy_real(page->ledger, n, &real);
	if (!server_state(page->ledger, page->row, n, &real, &is, &core) ||
	    (f->counts ? !ledger_read_lvs_server_counts(page->ledger, n,
							&counts) ||
				 !was_used(&counts)
		       : !f->of_server(&real, &is, &core, &value)))
		return;
	text_format(&page->text, "%s%s", f->name,
		    f->counts && !f->is_gauge ? "_total" : "");
	put_labels(page, v);
	text_format(&page->text, ",remote_address=\"%s\",remote_port=\"%u\"",
		    ip_format(&real.address, ip), real.port);
	if (f->counts)
		put_count(page, f, &counts);
	else
		text_format(&page->text, "} %lld\n", (long long)value);
}

static bool is_of_virtual(const struct server_family *f)
{
	return f->of_quorum || f->counts == COUNTS_VIRTUAL;
}

bool page_metrics_servers(struct page *page)
{
	const struct server_family *f = &families[page->family];
	struct ledger_virtual v;

	if (page->family == ARRAY_LENGTH(families))
		return false;
	if (page->row == 0 && page->line == 0)
		text_format(&page->text, "# TYPE %s %s\n# HELP %s %s\n",
			    f->name,
			    f->counts && !f->is_gauge ? "counter" : "gauge",
			    f->name, f->help);
	if (page->row >= ledger_virtuals(page->ledger)) {
		page->family++;
		page->row = 0;
		return true;
	}
	ledger_copy_virtual(page->ledger, page->row, &v);
	if (f->of_quorum)
		put_virtual(page, f, &v);
	else if (f->counts == COUNTS_VIRTUAL)
		put_virtual_count(page, f, &v);
	else if (page->line < v.real_count)
		put_real(page, f, &v, v.real_first + page->line++);
	if (is_of_virtual(f) || page->line >= v.real_count) {
		page->row++;
		page->line = 0;
	}
	return true;
}
