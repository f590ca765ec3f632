/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/roster.h"

#include "checker/digest.h"
#include "checker/http2.h"
#include "checker/http_answer.h"
#include "checker/kinds.h"
#include "checker/regex.h"
#include "checker/rest.h"
#include "checker/tls.h"
#include "checker/trust.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A round ends by the deadline of its last phase, and not by that of all. */
#define SLACK (100 * TICK_MILLISECOND)

int roster_make(struct checker *k, uint32_t count)
{
	void *memory = malloc(heap_memory(count + 1));

	k->checks = calloc(count + 1, sizeof(*k->checks));
	/* Most of it is never touched: checks share their times. */
	k->times = calloc(count + 1, sizeof(*k->times));
	k->helped = calloc(count + 1, sizeof(*k->helped));
	if (!memory || !k->checks || !k->times || !k->helped) {
		free(memory);
		return -ENOMEM;
	}
	heap_init(&k->due, memory, count);
	k->count = count;
	return 0;
}

static uint16_t bounded(uint32_t count)
{
	return count < UINT16_MAX ? (uint16_t)count : UINT16_MAX;
}

/*
 * As in keepalived, all urls of a check must pass before it is good (with alpha
 * also the first time); and after it has failed the one that failed before
 * these (http.c).
 */
static void set_rise(struct lvs_check_times *times,
		     const struct conf_distinct *t)
{
	const struct conf_check *conf = t->check;
	uint32_t rise = t->rise > 0 ? t->rise : 1, urls = 1;

	if (conf->kind == CONF_CHECK_HTTP || conf->kind == CONF_CHECK_SSL)
		urls = conf->http.url_count;
	times->rise_first = bounded(rise * urls);
	times->rise = bounded(rise * urls + (urls > 1));
}

static bool same_times(const struct lvs_check_times *a,
		       const struct lvs_check_times *b)
{
	return a->interval == b->interval && a->warmup == b->warmup &&
	       a->retry_delay == b->retry_delay && a->deadline == b->deadline &&
	       a->retry == b->retry && a->rise == b->rise &&
	       a->rise_first == b->rise_first && a->alpha == b->alpha;
}

/* Those of the one before, if they are the same. */
static const struct lvs_check_times *times_of(struct checker *k,
					      const struct conf_distinct *t,
					      const struct kind *kind)
{
	struct lvs_check_times *times = &k->times[k->times_count];

	*times = (struct lvs_check_times){
		.interval = tick_max(t->interval, TICK_MILLISECOND),
		.warmup = tick_max(t->warmup, 0),
		.retry_delay = tick_max(t->retry_delay, 0),
		.deadline = kind->phases * t->timeout + SLACK,
		.retry =
			t->retry < UINT16_MAX ? (uint16_t)t->retry : UINT16_MAX,
		.alpha = t->alpha,
	};
	set_rise(times, t);
	if (k->times_count > 0 && same_times(times, times - 1))
		return times - 1;
	k->times_count++;
	return times;
}

/* One that died within it has left it unreadable. Others are not touched, so
 * that they need no memory. */
static void mend(struct ledger_check *r)
{
	if (r->sequence % 2 == 0)
		return;
	ledger_begin(&r->sequence);
	ledger_end(&r->sequence);
}

/* It goes on where another process has stopped. */
static void resume(struct checker *k, struct check *c, tick_t now)
{
	struct ledger_check was;
	struct lvs_check before;

	mend(ledger_check_at(k->ledger, c->number));
	(void)ledger_read_check(k->ledger, c->number, &was);
	if (was.rounds == 0 && !was.rests_real)
		return;
	before = (struct lvs_check){
		.next = was.next,
		.began = TICK_NEVER,
		.since = was.since,
		.local_since = TICK_NEVER,
		.tries = was.tries,
		.good = was.good,
		.failed =
			(uint16_t)(was.row < UINT16_MAX ? was.row : UINT16_MAX),
		.state = was.state,
	};
	lvs_check_adopt(&c->when, c->when.times, c->when.key, &before, now);
	c->step = was.step;
	c->failing = was.failing != 0;
	/* It may rest on; then this has no effect. */
	if (was.rests_real)
		rounds_rest(c, false, now);
}

static bool has_regex(const struct conf_check *conf)
{
	if (conf->kind != CONF_CHECK_HTTP && conf->kind != CONF_CHECK_SSL)
		return false;
	for (uint32_t n = 0; n < conf->http.url_count; n++)
		if (conf->http.urls[n].regex)
			return true;
	return false;
}

static bool has_digest(const struct conf_check *conf)
{
	for (uint32_t n = 0; n < conf->http.url_count; n++)
		if (conf->http.urls[n].digest)
			return true;
	return false;
}

static bool is_http(const struct conf_check *conf)
{
	return conf->kind == CONF_CHECK_HTTP || conf->kind == CONF_CHECK_SSL;
}

/* The libraries of its kind: 0 or -errno. */
static int load(const struct conf_check *conf)
{
	int error = trust_of(conf) ? tls_load() : 0;

	if (!error && is_http(conf))
		error = http_answer_load();
	if (!error && is_http(conf) && has_digest(conf))
		error = digest_load();
	if (!error && (conf->kind == CONF_CHECK_GRPC ||
		       (is_http(conf) && conf->http.protocol == CONF_HTTP_2)))
		error = http2_load();
	return error;
}

/* What checks share, and must be there before the process is confined. */
static int prepare(struct checker *k, const struct conf_check *conf)
{
	const struct conf_tls *tls = trust_of(conf);
	char why[TLS_WHY];
	int error = load(conf);

	if (error)
		return error;
	if (tls && !k->trust)
		k->trust = trust_open(&k->own);
	if (tls && k->trust && trust_read(k->trust, conf, why))
		fprintf(stderr,
			"batond: check: %s; checks that need it say nothing of "
			"their servers\n",
			why);
	if (has_regex(conf) && !k->regexes)
		k->regexes = regexes_open();
	return (tls && !k->trust) || (has_regex(conf) && !k->regexes) ? -ENOMEM
								      : 0;
}

int roster_add(struct checker *k, uint32_t number,
	       const struct conf_distinct *t, tick_t now)
{
	const struct kind *kind = kind_of(t->check);
	struct check *c = &k->checks[number];
	int error = prepare(k, t->check);

	if (error)
		return error;
	*c = (struct check){
		.of = k,
		.conf = t->check,
		.to = t->connect,
		.virtualhost = t->virtualhost,
		.kind = kind,
		.connect_timeout = tick_max(t->timeout, TICK_MILLISECOND),
		.number = number,
		.tells = t->log_all_failures,
		.fd = -1,
	};
	if (!kind)
		return -EOPNOTSUPP;
	/* What is refused, its rounds tell. */
	if (kind->join)
		kind->join(c);
	/* Two kinds may share its pool (kinds.c). */
	if (k->rounds[t->check->kind].size < kind->round)
		k->rounds[t->check->kind].size = kind->round;
	if (c->to.address.family != IP_NONE)
		uplink_open(k);
	if (kind->heard)
		k->helped[k->helped_count++] = number;
	lvs_check_init(&c->when, times_of(k, t, kind), t->key, now);
	resume(k, c, now);
	heap_set(&k->due, number, lvs_check_due(&c->when));
	return 0;
}

/* Those of a kind that is not run here stay as they are. */
static int add_all(struct checker *k, const struct conf_checks *all, tick_t now)
{
	int error = all->count == ledger_checks(k->ledger) ? 0 : -EPROTO;

	if (!error)
		error = roster_make(k, all->count);
	for (uint32_t n = 0; n < all->count && !error; n++) {
		error = roster_add(k, n, &all->list[n], now);
		if (error == -EOPNOTSUPP)
			error = 0;
	}
	return error;
}

int roster_setup(struct checker *k, tick_t now)
{
	struct arena arena = arena_over(malloc, free);
	const struct conf_checks *all = conf_checks(k->model, &arena);
	int error = all ? add_all(k, all, now) : -ENOMEM;

	if (!error)
		error = rest_setup(k, all, now);

	/* The one before may have died before it told what it wrote last. */
	ledger_check_changed(k->ledger, LEDGER_CHECKS_ALL);
	k->changed = true;
	arena_free(&arena);
	malloc_trim(0); /* that was more than what is kept */
	return error;
}
