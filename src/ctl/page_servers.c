/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /servers: virtual servers and their real servers, as they are configured, as
 * the kernel has them, and why. A piece is one server.
 */
#include "ctl/page.h"

#include "ctl/server_state.h"
#include "ledger/checks.h"
#include "ledger/lvs.h"
#include "ledger/ordered.h"
#include "ledger/server_name.h"
#include "lvs/ramp.h"
#include "sys/clock.h"

#include <stdio.h>
#include <string.h>

enum servers_part {
	SERVERS_HEAD,
	SERVERS_ROWS,
	SERVERS_GONE, /* virtual servers that are in no file any more */
	SERVERS_TAIL
};

static const char *forward_name(uint8_t forward)
{
	static const char *const names[] = {
		[IPVS_NAT] = "NAT",       [IPVS_LOCAL] = "local",
		[IPVS_TUNNEL] = "TUN",    [IPVS_DIRECT] = "DR",
		[IPVS_BYPASS] = "bypass",
	};

	return forward < sizeof(names) / sizeof(*names) ? names[forward]
							: "unknown";
}

static const char *health_name(uint8_t health)
{
	return health == LVS_HEALTH_UP      ? "up"
	       : health == LVS_HEALTH_DOWN  ? "down"
	       : health == LVS_HEALTH_WAITS ? "waits"
					    : "unknown";
}

static void put_error(struct json *j, enum ledger_lvs_refused what,
		      uint32_t error)
{
	if (error)
		json_string_of(j, "error", ledger_lvs_reason(what, (int)error));
	else
		json_no_value(j, "error");
}

/* Of a time of CLOCK_MONOTONIC, of which nothing is believed. */
static void put_since(struct json *j, tick_t since)
{
	tick_t age = clock_now() - since;

	json_time(j, "since",
		  since > 0 && age >= 0 ? clock_real_now() - age : 0);
}

/* The process as a whole. */
static void head(struct json *j, const struct ledger *l)
{
	json_open_object(j, NULL);
	json_number(j, "schema", 1);
	json_open_object(j, "lvs");
	if (ledger_has_lvs(l)) {
		const struct ledger_lvs *book = ledger_lvs(l);

		json_bool(j, "known", ledger_lvs_is_numbered(l));
		json_bool(j, "done", book->done != 0);
		json_number(j, "foreign", book->foreign);
		json_number(j, "trains", book->trains);
		json_number(j, "changes", book->changes);
		json_number(j, "refused", book->refused);
		json_number(j, "looks", book->looks);
		json_number(j, "repairs", book->repairs);
		put_error(j, LEDGER_LVS_TABLE, (uint32_t)book->error & 4095);
		page_beat(j, l, LEDGER_BOOK_LVS);
	}
	json_close(j);
	json_open_object(j, "check");
	page_beat(j, l, LEDGER_BOOK_CHECKER);
	json_close(j);
	json_open_array(j, "virtual_servers");
}

static void put_sorry(struct json *j, const struct ledger_virtual *v,
		      const struct lvs_service *core)
{
	if (v->sorry.family == IP_NONE) {
		json_no_value(j, "sorry_server");
		return;
	}
	json_open_object(j, "sorry_server");
	json_ip(j, "address", &v->sorry);
	json_number(j, "port", v->sorry_port);
	json_bool(j, "serves", core->quorum == LVS_HEALTH_DOWN);
	json_close(j);
}

/* What the kernel counts of it. */
static void put_counts(struct json *j, const struct ledger_lvs_counts *c)
{
	json_open_object(j, "counts");
	json_number(j, "active", c->active);
	json_number(j, "inactive", c->inactive);
	json_number(j, "persistent", c->persistent);
	json_number(j, "connections", c->connections);
	json_number(j, "in_packets", c->in_packets);
	json_number(j, "out_packets", c->out_packets);
	json_number(j, "in_bytes", c->in_bytes);
	json_number(j, "out_bytes", c->out_bytes);
	json_number(j, "connections_per_s", c->connections_rate);
	json_number(j, "in_packets_per_s", c->in_packets_rate);
	json_number(j, "out_packets_per_s", c->out_packets_rate);
	json_number(j, "in_bytes_per_s", c->in_bytes_rate);
	json_number(j, "out_bytes_per_s", c->out_bytes_rate);
	json_close(j);
}

/* Of a group that is a mark. */
static void put_marked(struct json *j, const struct ledger *l,
		       const struct ledger_virtual *v,
		       const struct ledger_lvs_virtual *is)
{
	uint32_t error =
		ledger_has_lvs(l) ? ledger_lvs(l)->marks_error & 4095 : 0;

	if (!v->answers) {
		json_no_value(j, "nftables");
		return;
	}
	json_open_object(j, "nftables");
	json_number(j, "mark", is->mark);
	json_string_of(j, "addresses", ledger_text(l, v->answers));
	if (error)
		json_string_of(j, "error", strerror((int)error));
	else
		json_no_value(j, "error");
	json_close(j);
}

static void open_virtual(struct json *j, const struct ledger *l, uint32_t n,
			 const struct ledger_virtual *v)
{
	struct ledger_lvs_virtual is;
	struct lvs_service core = server_quorum(l, n, &is);
	struct ledger_lvs_counts counts;
	char name[SERVER_NAME_SIZE];

	json_line(j);
	json_open_object(j, NULL);
	json_string_of(j, "name", server_name(name, l, v));
	json_ip(j, "address", &v->address);
	json_number(j, "port", v->port);
	json_number(j, "mark", v->mark);
	if (v->group)
		json_string_of(j, "group", ledger_text(l, v->group));
	else
		json_no_value(j, "group");
	if (v->only_active)
		json_string_of(j, "only_active",
			       ledger_text(l, v->only_active));
	else
		json_no_value(j, "only_active");
	put_marked(j, l, v, &is);
	json_string_of(j, "protocol", server_protocol(v->protocol));
	json_string_of(j, "scheduler", v->scheduler);
	json_string_of(j, "forwarding", forward_name(v->forward));
	json_number(j, "persistence_s", v->persistence);
	json_bool(j, "one_packet", (v->flags & IPVS_ONE_PACKET) != 0);
	json_open_object(j, "quorum");
	json_string_of(j, "state", health_name(core.quorum));
	put_since(j, core.since);
	json_number(j, "weight", v->quorum);
	json_number(j, "hysteresis", v->hysteresis);
	json_close(j);
	json_bool(j, "panic", core.panic);
	json_number(j, "services", v->services);
	json_number(j, "in_table", is.present);
	put_error(j, LEDGER_LVS_SERVICE, is.error);
	put_sorry(j, v, &core);
	if (ledger_lvs_is_numbered(l) &&
	    ledger_read_lvs_virtual_counts(l, n, &counts))
		put_counts(j, &counts);
	else
		json_no_value(j, "counts");
	json_open_array(j, "servers");
}

/* Which check decides what is said in one line: one that has failed, else one
 * that cannot be made, else one without a verdict, else any. */
static int urgency(const struct ledger_check *is)
{
	if (is->state == LEDGER_CHECK_FAILED)
		return 3;
	if (is->blocked_real)
		return 2;
	return is->state == LEDGER_CHECK_UNKNOWN;
}

static bool read_follow(const struct ledger *l, const struct ledger_real *real,
			uint32_t n, uint32_t *number, struct ledger_check *is)
{
	*number = *ledger_follow_at(l, real->follow_first + n);
	if (!ledger_has_checker(l) || *number >= ledger_checks(l))
		return false;
	(void)ledger_read_check(l, *number, is);
	return true;
}

static void put_check(struct json *j, const struct ledger *l, uint32_t number,
		      const struct ledger_check *is)
{
	struct ledger_checked checked;

	ledger_copy_checked(l, number, &checked);
	json_open_object(j, NULL);
	json_number(j, "number", number);
	json_string_of(j, "kind", ledger_check_kind_name(checked.kind));
	page_put_subject(j, l, &checked);
	json_string_of(j, "state", ledger_check_state_name(is->state));
	json_string_of(j, "code", ledger_check_code_name(is->code));
	json_string_of(j, "words", is->words);
	json_time(j, "since", is->since_real);
	json_time(j, "last", is->ended_real);
	json_ms(j, "next_ms",
		is->rounds ? tick_until(is->next, clock_now()) : TICK_NEVER);
	json_time(j, "blocked_since", is->blocked_real);
	json_time(j, "rests_since", is->rests_real);
	json_close(j);
}

static void put_checks(struct json *j, const struct ledger *l,
		       const struct ledger_real *real)
{
	char cause[LEDGER_CHECK_WORDS] = "";
	struct ledger_check is;
	uint32_t number;
	int worst = -1;

	json_open_array(j, "checks");
	for (uint32_t n = 0; n < real->follow_count; n++) {
		if (!read_follow(l, real, n, &number, &is))
			continue;
		put_check(j, l, number, &is);
		if (urgency(&is) > worst) {
			worst = urgency(&is);
			snprintf(cause, sizeof(cause), "%s", is.words);
		}
	}
	json_close(j);
	json_string_of(j, "cause", cause);
}

static const char *order_name(uint8_t order)
{
	return order == LVS_ORDER_DRAINING   ? "draining"
	       : order == LVS_ORDER_DRAINED  ? "drained"
	       : order == LVS_ORDER_DISABLED ? "disabled"
					     : "none";
}

/* What an operator has ordered, whether `lvs` has done it or not. */
static void put_ordered(struct json *j, const struct ledger *l, uint32_t n)
{
	static const char *const names[] = {
		[LEDGER_ORDERED_NOTHING] = "nothing",
		[LEDGER_ORDERED_DRAIN] = "drain",
		[LEDGER_ORDERED_DISABLE] = "disable",
	};
	struct ledger_ordered order;

	if (!ledger_find_ordered(l, n, &order)) {
		json_no_value(j, "ordered");
		return;
	}
	json_open_object(j, "ordered");
	json_string_of(j, "what", names[order.what]);
	if (order.weight == LEDGER_ORDERED_NO_WEIGHT)
		json_no_value(j, "weight");
	else
		json_signed(j, "weight", order.weight);
	json_time(j, "since", order.ordered_real);
	json_close(j);
}

/* Of a drain that goes on. */
static void put_deadline(struct json *j, const struct lvs_server *core)
{
	tick_t left;

	if (core->order != LVS_ORDER_DRAINING || core->until == TICK_NEVER) {
		json_no_value(j, "deadline_in_ms");
		return;
	}
	left = core->until - clock_now();
	json_signed(j, "deadline_in_ms",
		    left > 0 ? left / TICK_MILLISECOND : 0);
}

/* A real server as `lvs` knows it. */
struct known {
	bool is; /* else it says nothing of it */
	struct ledger_lvs_server table;
	struct lvs_server core;
};

static void put_known(struct json *j, const struct ledger *l, uint32_t of,
		      uint32_t n, const struct known *known)
{
	struct ledger_lvs_counts counts;
	struct ledger_virtual v;
	bool counted =
		known->is && ledger_read_lvs_server_counts(l, n, &counts);

	if (known->is && known->table.present)
		json_signed(j, "weight", known->table.weight);
	else
		json_no_value(j, "weight");
	json_number(j, "in_table", known->is ? known->table.present : 0);
	json_string_of(j, "health",
		       known->is ? health_name(known->core.health) : "unknown");
	put_since(j, known->is ? known->core.since : 0);
	json_string_of(j, "order", order_name(known->core.order));
	put_deadline(j, &known->core);
	ledger_copy_virtual(l, of, &v);
	if (counted && known->core.order == LVS_ORDER_DRAINING)
		json_number(j, "connections_left",
			    ledger_lvs_left(&counts, v.protocol));
	else
		json_no_value(j, "connections_left");
	if (known->core.ramp != TICK_NEVER && known->is)
		json_signed(j, "slow_start_percent",
			    lvs_ramp_weight(100, known->core.step));
	else
		json_no_value(j, "slow_start_percent");
	json_bool(j, "held", known->core.held);
	json_bool(j, "leaves", known->core.leaves);
	put_error(j, LEDGER_LVS_SERVER, known->is ? known->table.error : 0);
	if (counted)
		put_counts(j, &counts);
	else
		json_no_value(j, "counts");
}

static void put_real(struct json *j, const struct ledger *l, uint32_t of,
		     uint32_t n, const char *only)
{
	struct known known = { 0 };
	struct ledger_real real;

	ledger_copy_real(l, n, &real);
	if (*only && !server_real_is_meant(&real, only))
		return;
	known.is = server_state(l, of, n, &real, &known.table, &known.core);
	json_line(j);
	json_open_object(j, NULL);
	json_ip(j, "address", &real.address);
	json_number(j, "port", real.port);
	json_string_of(j, "forwarding", forward_name(real.forward));
	json_signed(j, "weight_configured", real.weight);
	json_number(j, "upper", real.upper);
	json_number(j, "lower", real.lower);
	put_known(j, l, of, n, &known);
	put_ordered(j, l, n);
	put_checks(j, l, &real);
	if (*only)
		page_server_news(j, l, of, &real.address, real.port);
	json_close(j);
}

static bool is_leaving_meant(const struct ledger_lvs_server *is,
			     const char *word)
{
	const struct ledger_real real = { .address = is->address,
					  .port = is->port };

	return server_real_is_meant(&real, word);
}

/* What the configuration does not have any more it says nothing of. */
static void put_leaving(struct json *j, const struct ledger *l, uint32_t of,
			uint32_t n, const char *only)
{
	struct known known = { .is = true };

	if (!server_leaving(l, of, n, &known.table, &known.core) ||
	    (*only && !is_leaving_meant(&known.table, only)))
		return;
	json_line(j);
	json_open_object(j, NULL);
	json_ip(j, "address", &known.table.address);
	json_number(j, "port", known.table.port);
	put_known(j, l, of, n, &known);
	if (*only)
		page_server_news(j, l, of, &known.table.address,
				 known.table.port);
	json_close(j);
}

/* Records of those that leave, of all virtual servers. */
static uint32_t leaving_of(const struct ledger *l)
{
	uint32_t used =
		ledger_lvs_is_numbered(l) ? ledger_lvs_used_servers(l) : 0;

	return used > ledger_reals(l) ? used - ledger_reals(l) : 0;
}

/* page->line: 0, or so many of its real servers are written, and one more. */
static void row(struct page *page)
{
	struct ledger_virtual v;

	ledger_copy_virtual(page->ledger, page->row, &v);
	if (page->line == 0 && page->name[0] &&
	    !server_is_meant(page->ledger, &v, page->name)) {
		page->row++;
	} else if (page->line == 0) {
		open_virtual(&page->json, page->ledger, page->row, &v);
		page->line = 1;
	} else if (page->line <= v.real_count) {
		put_real(&page->json, page->ledger, page->row,
			 v.real_first + page->line - 1, page->real);
		page->line++;
	} else if (page->line <= v.real_count + leaving_of(page->ledger)) {
		put_leaving(&page->json, page->ledger, page->row,
			    ledger_reals(page->ledger) + page->line -
				    v.real_count - 1,
			    page->real);
		page->line++;
	} else {
		json_close(&page->json);
		json_close(&page->json);
		page->line = 0;
		page->row++;
	}
}

/* So many records are looked at at once. */
#define GONE_EACH 64

static void put_gone(struct json *j, const struct ledger_lvs_service *is)
{
	struct ip ip = ip_from_bytes(is->key.family, is->key.address);
	char name[SERVER_NAME_SIZE], text[IP_TEXT_MAX];
	tick_t left = is->until - clock_now();

	if (is->key.mark)
		snprintf(name, sizeof(name), "FWM %u", is->key.mark);
	else
		snprintf(name, sizeof(name), "[%s]:%s:%u", ip_format(&ip, text),
			 server_protocol(is->key.protocol), is->key.port);
	json_line(j);
	json_open_object(j, NULL);
	json_string_of(j, "name", name);
	json_number(j, "connections_left", is->left);
	json_signed(j, "deadline_in_ms",
		    left > 0 ? left / TICK_MILLISECOND : 0);
	json_close(j);
}

/* Some of the services that leave; false: that was the last one. */
static bool gone(struct page *page)
{
	const struct ledger *l = page->ledger;
	uint32_t count = ledger_lvs_is_numbered(l) && !page->name[0]
				 ? ledger_lvs_used_services(l)
				 : 0;
	struct ledger_lvs_service is;

	for (unsigned n = 0; n < GONE_EACH && page->row < count;
	     n++, page->row++)
		if (ledger_read_lvs_service(l, page->row, &is) && is.until)
			put_gone(&page->json, &is);
	return page->row < count;
}

static enum page_progress piece(struct page *page)
{
	switch ((enum servers_part)page->part) {
	case SERVERS_HEAD:
		head(&page->json, page->ledger);
		page->part = SERVERS_ROWS;
		return PAGE_MORE;
	case SERVERS_ROWS:
		if (page->row < ledger_virtuals(page->ledger)) {
			row(page);
			return PAGE_MORE;
		}
		page->part = SERVERS_GONE;
		json_close(&page->json);
		json_open_array(&page->json, "leaving");
		page->row = 0;
		return PAGE_MORE;
	case SERVERS_GONE:
		if (!gone(page))
			page->part = SERVERS_TAIL;
		return PAGE_MORE;
	case SERVERS_TAIL:
		break;
	}
	json_close(&page->json);
	json_close(&page->json);
	text_put(&page->text, "\n");
	return PAGE_END;
}

static bool has_leaving(const struct ledger *l, uint32_t of, const char *real)
{
	struct ledger_lvs_server is;
	struct lvs_server core;

	for (uint32_t n = 0; n < leaving_of(l); n++)
		if (server_leaving(l, of, ledger_reals(l) + n, &is, &core) &&
		    is_leaving_meant(&is, real))
			return true;
	return false;
}

bool page_has_server(const struct ledger *ledger, const char *name,
		     const char *real)
{
	struct ledger_virtual v;
	uint32_t found[2];

	for (uint32_t n = 0; n < ledger_virtuals(ledger); n++) {
		ledger_copy_virtual(ledger, n, &v);
		if (server_is_meant(ledger, &v, name) &&
		    (!real || server_real_find(ledger, &v, real, found) > 0 ||
		     has_leaving(ledger, n, real)))
			return true;
	}
	return false;
}

struct page *page_servers(struct ledger *ledger, const char *name,
			  const char *real)
{
	struct page *page = page_new(ledger, piece);

	if (page && name)
		snprintf(page->name, sizeof(page->name), "%s", name);
	if (page && real)
		snprintf(page->real, sizeof(page->real), "%s", real);
	return page;
}
