/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Orders for real servers (`baton rs`): found, noted in the ledger
 * (ledger/ordered.h) and remembered in a file. `lvs` does what the list says,
 * at once or when it is started; so an order is obeyed however that process is
 * just now.
 */
#include "keeper/keeper_state.h"

#include "base/text.h"
#include "keeper/log.h"
#include "keeper/reply.h"
#include "ledger/ledger.h"
#include "ledger/ordered.h"
#include "ledger/server_name.h"
#include "lvs/ipvs.h"
#include "sys/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

static const char *const words[ORDER_SERVER_WHATS] = {
	[ORDER_SERVER_DRAIN] = "drain",   [ORDER_SERVER_DISABLE] = "disable",
	[ORDER_SERVER_ENABLE] = "enable", [ORDER_SERVER_WEIGHT] = "weight",
	[ORDER_SERVER_UNSET] = "unset",
};

/* Of an order for several servers, so many are named in the answer. */
#define SAID 16

/* What an order is for. */
struct meant {
	uint32_t virtual, real;
	struct ledger_virtual v;
	char name[SERVER_NAME_SIZE]; /* of the virtual server */
	char real_name[SERVER_REAL_SIZE];
};

static void say(struct reply *out, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void say(struct reply *out, int error, const char *format, ...)
{
	char bytes[2048];
	struct text text = text_over(bytes, sizeof(bytes));
	va_list values;

	va_start(values, format);
	text_format_list(&text, format, values);
	va_end(values);
	reply_add(out, text.bytes, text.length);
	if (error)
		out->failed = error;
}

static void say_near(struct reply *out, unsigned count,
		     char near[NEAREST_MAX][SERVER_NAME_SIZE])
{
	for (unsigned n = 0; n < count; n++)
		say(out, 0, "%s%s", n == 0 ? "; did you mean " : " or ",
		    near[n]);
	say(out, 0, count ? "?\n" : "; `baton vs` lists them\n");
}

static void say_several(const struct ledger *l, const struct order_server *o,
			uint32_t count, const uint32_t found[2],
			const char *have, struct reply *out)
{
	char one[SERVER_NAME_SIZE], other[SERVER_NAME_SIZE];
	struct ledger_virtual v;

	ledger_copy_virtual(l, found[0], &v);
	server_full_name(one, l, &v);
	ledger_copy_virtual(l, found[1], &v);
	say(out, EINVAL,
	    "baton: rs %s: %s means %u virtual servers%s, such as %s and %s; "
	    "say which\n",
	    words[o->what], o->virtual, count, have, one,
	    server_full_name(other, l, &v));
}

/* Of several that are called so, it is that with the real server. */
static bool find_virtual(const struct ledger *l, const struct order_server *o,
			 struct meant *m, struct reply *out)
{
	char near[NEAREST_MAX][SERVER_NAME_SIZE], have[ORDER_REAL_SIZE + 16];
	uint32_t found[2], having[2] = { 0 };
	uint32_t count = server_find(l, o->virtual, found), with = 0;

	if (count > 1) {
		with = server_find_having(l, o->virtual, o->real, having);
		found[0] = with == 1 ? having[0] : found[0];
	}
	if (count == 1 || with == 1) {
		m->virtual = found[0];
		ledger_copy_virtual(l, found[0], &m->v);
		server_name(m->name, l, &m->v);
		return true;
	}
	if (count == 0) {
		say(out, ENOENT, "baton: rs %s: no virtual server is called %s",
		    words[o->what], o->virtual);
		say_near(out, server_near(l, o->virtual, near), near);
		return false;
	}
	snprintf(have, sizeof(have), with ? " that have %s" : ", none with %s",
		 o->real);
	say_several(l, o, with ? with : count, with ? having : found, have,
		    out);
	return false;
}

static bool find_real(const struct ledger *l, const struct order_server *o,
		      struct meant *m, struct reply *out)
{
	char near[NEAREST_MAX][SERVER_NAME_SIZE];
	uint32_t found[2];
	uint32_t count = server_real_find(l, &m->v, o->real, found);
	struct ledger_real real;

	if (count == 1) {
		m->real = found[0];
		ledger_copy_real(l, found[0], &real);
		server_real_name(m->real_name, &real.address, real.port);
		return true;
	}
	if (count > 1) {
		say(out, EINVAL,
		    "baton: rs %s: %s has %u real servers %s; say which, with "
		    "its port\n",
		    words[o->what], m->name, count, o->real);
		return false;
	}
	say(out, ENOENT, "baton: rs %s: %s has no real server %s",
	    words[o->what], m->name, o->real);
	say_near(out, server_real_near(l, &m->v, o->real, near), near);
	return false;
}

/* ---- what becomes of an order ---- */

static tick_t deadline_of(const struct order_server *o, const struct meant *m)
{
	if (o->seconds >= 0)
		return clock_now() + o->seconds * TICK_SECOND;
	return m->v.drain_ms ? clock_now() + m->v.drain_ms * TICK_MILLISECOND
			     : TICK_NEVER;
}

static void change(struct ledger_ordered *order, const struct order_server *o,
		   const struct meant *m)
{
	order->ordered_real = clock_real_now();
	switch ((enum order_server_what)o->what) {
	case ORDER_SERVER_DRAIN:
		order->what = LEDGER_ORDERED_DRAIN;
		order->until = deadline_of(o, m);
		return;
	case ORDER_SERVER_DISABLE:
		order->what = LEDGER_ORDERED_DISABLE;
		order->until = TICK_NEVER;
		return;
	case ORDER_SERVER_WEIGHT:
		order->weight = o->weight;
		return;
	case ORDER_SERVER_UNSET:
		order->weight = LEDGER_ORDERED_NO_WEIGHT;
		/* fallthrough */
	case ORDER_SERVER_ENABLE:
		order->what = LEDGER_ORDERED_NOTHING;
		order->until = TICK_NEVER;
		return;
	case ORDER_SERVER_WHATS:
		return;
	}
}

/* Their hash leads clients to a server of weight 0, unless a flag is set. */
static void say_refused(const struct ledger_virtual *v, struct reply *out)
{
	bool is_sh = strcmp(v->scheduler, "sh") == 0;

	if ((!is_sh && strcmp(v->scheduler, "mh") != 0) ||
	    (v->flags & IPVS_SCHEDULER_1))
		return;
	say(out, 0,
	    "the scheduler %s refuses the clients that it gives to a server of "
	    "weight 0; with %s-fallback they go to another one\n",
	    v->scheduler, v->scheduler);
}

/* IPVS heeds the weight of 0 for new clients alone, unless it is told to. */
static void say_persistent(const struct ledger_virtual *v, struct reply *out)
{
	if (!v->persistence)
		return;
	say(out, 0,
	    "clients that it knows go on to it until persistence_timeout, if "
	    "net.ipv4.vs.expire_quiescent_template is 0\n");
}

static void say_done(const struct order_server *o,
		     const struct ledger_ordered *order, const struct meant *m,
		     struct reply *out)
{
	const char *name = m->name, *real = m->real_name;

	switch ((enum order_server_what)o->what) {
	case ORDER_SERVER_DRAIN:
		say(out, 0,
		    "draining %s of %s: it gets no new connections, and keeps "
		    "those it has",
		    real, name);
		if (order->until != TICK_NEVER)
			say(out, 0, " for at most %lld s",
			    (long long)((order->until - clock_now() +
					 TICK_SECOND - 1) /
					TICK_SECOND));
		say(out, 0, "; `baton vs` shows how many are left\n");
		say_refused(&m->v, out);
		say_persistent(&m->v, out);
		return;
	case ORDER_SERVER_DISABLE:
		say(out, 0,
		    "%s of %s is out of service, and its connections end; "
		    "`baton rs enable` brings it back\n",
		    real, name);
		return;
	case ORDER_SERVER_WEIGHT:
		say(out, 0,
		    "%s of %s has weight %d until `baton rs unset`, whatever "
		    "the configuration says%s\n",
		    real, name, order->weight,
		    order->what == LEDGER_ORDERED_NOTHING
			    ? ""
			    : ", as soon as it is in service again");
		if (order->weight == 0) {
			say_refused(&m->v, out);
			say_persistent(&m->v, out);
		}
		return;
	case ORDER_SERVER_ENABLE:
	case ORDER_SERVER_UNSET:
		say(out, 0, "%s of %s is as the configuration says", real,
		    name);
		if (order->weight != LEDGER_ORDERED_NO_WEIGHT)
			say(out, 0, ", but with weight %d", order->weight);
		say(out, 0, "\n");
		return;
	case ORDER_SERVER_WHATS:
		return;
	}
}

/* For one server; 0 or -errno. */
static int put(struct keeper *k, const struct order_server *o,
	       const struct meant *m, struct ledger_ordered *order)
{
	struct ledger *l = k->now.ledger;

	if (!ledger_find_ordered(l, m->real, order)) {
		*order = (struct ledger_ordered){
			.weight = LEDGER_ORDERED_NO_WEIGHT,
			.until = TICK_NEVER,
		};
		ledger_ordered_name(l, m->virtual, m->real, order);
	}
	change(order, o, m);
	if (ledger_put_ordered(l, order) == 0)
		return 0;
	/* For a moment it is that of an earlier program. */
	return ledger_ordered_used(l) == 0 ? -EAGAIN : -ENOSPC;
}

static void say_refusal(const struct ledger *l, int error, struct reply *out)
{
	if (error == -EAGAIN)
		say(out, EAGAIN, "the daemon is being upgraded; try again\n");
	else
		say(out, ENOSPC,
		    "%u servers are under orders, and no more can be; end some "
		    "with `baton rs unset`\n",
		    ledger_ordered_used(l));
}

static bool obey_one(struct keeper *k, const struct order_server *o,
		     const struct meant *m, struct reply *out)
{
	struct ledger_ordered order;
	int error = put(k, o, m, &order);

	if (error) {
		say(out, 0, "baton: rs %s: ", words[o->what]);
		say_refusal(k->now.ledger, error, out);
		return false;
	}
	say_done(o, &order, m, out);
	return true;
}

/* What has become of an order for several servers. */
struct several {
	unsigned done, refused;
	int error;          /* of the last one that was refused */
	struct reply *each; /* the first SAID that were done, */
	struct text names;  /* ... and that were refused */
	char bytes[SAID * (SERVER_NAME_SIZE + SERVER_REAL_SIZE + 8)];
};

static void count_one(struct keeper *k, const struct order_server *o,
		      const struct meant *m, struct several *s)
{
	struct ledger_ordered order;
	int error = put(k, o, m, &order);

	if (error) {
		s->error = error;
		if (s->refused++ < SAID)
			text_format(&s->names, "%s%s of %s",
				    s->refused > 1 ? ", " : "", m->real_name,
				    m->name);
	} else if (s->done++ < SAID) {
		say_done(o, &order, m, s->each);
	}
}

/* How many, what was not done and why, and then the first ones. */
static void say_all(const struct ledger *l, const struct order_server *o,
		    const struct several *s, struct reply *out)
{
	unsigned all = s->done + s->refused;

	if (s->refused > 0) {
		say(out, 0,
		    "baton: rs %s: %u of %u done; %u not: ", words[o->what],
		    s->done, all, s->refused);
		say_refusal(l, s->error, out);
		say(out, 0, "not: ");
		reply_add(out, s->names.bytes, s->names.length);
		if (s->refused > SAID)
			say(out, 0, " and %u more", s->refused - SAID);
		say(out, 0, "\n");
	} else if (s->done > SAID) {
		say(out, 0, "%u of %u done; the first of them:\n", s->done,
		    all);
	}
	reply_add(out, s->each->text, s->each->length);
}

/* A machine, wherever it is a real server; false: nowhere, or see above. */
static bool obey_everywhere(struct keeper *k, const struct order_server *o,
			    struct reply *out)
{
	struct ledger *l = k->now.ledger;
	struct several *s = calloc(1, sizeof(*s));
	struct ledger_real real;
	struct meant m;
	bool done;

	if (s)
		s->each = calloc(1, sizeof(*s->each));
	if (!s || !s->each) {
		say(out, ENOMEM, "baton: rs %s: %s\n", words[o->what],
		    strerror(ENOMEM));
		free(s);
		return false;
	}
	s->names = text_over(s->bytes, sizeof(s->bytes));
	for (m.virtual = 0; m.virtual < ledger_virtuals(l); m.virtual ++) {
		ledger_copy_virtual(l, m.virtual, &m.v);
		server_name(m.name, l, &m.v);
		for (uint32_t n = 0; n < m.v.real_count; n++) {
			m.real = m.v.real_first + n;
			ledger_copy_real(l, m.real, &real);
			if (!server_real_is_meant(&real, o->real))
				continue;
			server_real_name(m.real_name, &real.address, real.port);
			count_one(k, o, &m, s);
		}
	}
	if (s->done + s->refused == 0)
		say(out, ENOENT,
		    "baton: rs %s: no virtual server has a real server %s; "
		    "`baton vs` lists them\n",
		    words[o->what], o->real);
	else
		say_all(l, o, s, out);
	done = s->done > 0;
	free(s->each);
	free(s);
	return done;
}

static void obey(struct keeper *k, const struct order_server *o,
		 struct reply *out)
{
	const struct ledger *l = k->now.ledger;
	uint32_t found[2];
	struct meant m;
	bool done;

	/* Unless a group is called so. */
	if (strcmp(o->virtual, ORDER_ALL) == 0 &&
	    server_find(l, o->virtual, found) == 0)
		done = obey_everywhere(k, o, out);
	else
		done = find_virtual(l, o, &m, out) &&
		       find_real(l, o, &m, out) && obey_one(k, o, &m, out);
	if (!done)
		return;
	if (ordered_remember(k))
		say(out, 0,
		    "it holds, but will be forgotten if batond is stopped: the "
		    "log says why\n");
	children_wake_hearers(k);
}

static bool is_sound(const struct order_server *o)
{
	return o->what < ORDER_SERVER_WHATS &&
	       o->seconds >= ORDER_AS_CONFIGURED &&
	       o->seconds <= ORDER_SECONDS_MAX && o->weight >= 0 &&
	       memchr(o->virtual, '\0', sizeof(o->virtual)) &&
	       memchr(o->real, '\0', sizeof(o->real));
}

void ordered_take(struct keeper *k, int client, const struct order_server *o)
{
	struct reply *reply = calloc(1, sizeof(*reply));
	char order[ORDER_VIRTUAL_SIZE + ORDER_REAL_SIZE + 32];
	struct text text = text_over(order, sizeof(order));

	if (reply && is_sound(o)) {
		obey(k, o, reply);
		text_format(&text, "baton rs %s %s %s", words[o->what],
			    o->virtual, o->real);
		reply_log(reply, order);
		reply_send(client, reply);
	} else if (reply) {
		reply_fail(reply, EINVAL, "baton: rs: unknown order\n");
		reply_send(client, reply);
	}
	free(reply);
	close(client);
}
