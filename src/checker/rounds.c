/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rounds of checks: what is due is started, what is ready goes on, what takes
 * too long is ended. When a check is due, and what its results come to, is
 * decided by lvs/check.h; how its target is asked, by its kind.
 *
 * Nothing here looks at all checks: one heap has the next moment of each, which
 * is its next start, or while it runs the end of its phase.
 */
#include "checker/checker_state.h"

#include "base/must.h"
#include "checker/target.h"
#include "ledger/scripted.h"
#include "sys/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Of one turn: then what is ready has its turn. */
#define STARTS_A_TURN 64
/* Batches of what is ready, of one turn: then what is due has its turn. */
#define BATCHES_A_TURN 4
/* Checks that have rested begin within that, each at a moment of its own. */
#define WAKE_WITHIN TICK_SECOND
/* When as many rounds are under way as may be, one that is due waits. */
#define PUT_OFF (5 * TICK_MILLISECOND)

static uint64_t tag_of(const struct check *c)
{
	return (uint64_t)c->generation << 32 | c->number;
}

int round_watch(struct check *c, int fd, uint32_t events)
{
	int error = crowd_add(&c->of->crowd, fd, events, tag_of(c));

	if (error)
		close(fd);
	else
		c->fd = fd;
	return error;
}

void round_watch_for(struct check *c, uint32_t events)
{
	/* It is in there: nothing can be missing. */
	(void)crowd_change(&c->of->crowd, c->fd, events, tag_of(c));
}

void round_close(struct check *c)
{
	if (c->kept_open)
		c->of->kept--;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->kept_open = false;
	c->generation++; /* what was ready meant another descriptor */
}

char *round_scratch(const struct check *c)
{
	return c->of->scratch;
}

/* Its next moment. */
static void set_due(struct check *c)
{
	tick_t at = lvs_check_due(&c->when);

	if (c->when.running)
		at = tick_min(at, c->phase_ends);
	else if (c->rests)
		at = TICK_NEVER;
	heap_set(&c->of->due, c->number, at);
}

void round_phase(struct check *c, tick_t now)
{
	c->phase_ends = tick_after(now, c->connect_timeout);
	set_due(c);
}

void round_end(struct check *c, const struct verdict *given, tick_t now)
{
	struct checker *k = c->of;
	struct verdict v = *given;
	char words[LEDGER_CHECK_WORDS];
	tick_t began = c->when.began;
	bool kept = c->kept_open, changed;

	MUST(c->when.running);
	uplink_look(c, &v, words);
	if (c->kind->done)
		c->kind->done(c, &v);
	k->kept += (uint32_t)c->kept_open - (uint32_t)kept;
	if (!c->kept_open)
		round_close(c);
	if (c->round)
		pool_give(&k->rounds[c->conf->kind], c->round);
	c->round = NULL;
	k->in_flight--;
	changed = lvs_check_end(&c->when, now, v.result);
	if (v.again && c->when.state == LVS_CHECK_FAILED)
		lvs_check_hint(&c->when, now);
	set_due(c);
	book_note(k, c, &v, began, changed, now);
}

void round_good(struct check *c, enum ledger_check_code code, int32_t value,
		const char *words, tick_t now)
{
	round_end(c,
		  &(struct verdict){ .result = LVS_RESULT_GOOD,
				     .code = (uint8_t)code,
				     .value = value,
				     .words = words },
		  now);
}

void round_bad(struct check *c, enum ledger_check_code code, int32_t value,
	       const char *words, tick_t now)
{
	round_end(c,
		  &(struct verdict){ .result = LVS_RESULT_BAD,
				     .code = (uint8_t)code,
				     .value = value,
				     .words = words },
		  now);
}

/* In few words, where libc's are long. */
static const char *cause_of(int error, bool refused)
{
	switch (error) {
	case ECONNREFUSED:
		return "refused";
	case ECONNRESET:
	case EPIPE:
		return "reset by the server";
	case EHOSTUNREACH:
		return "the host does not answer";
	case ENETUNREACH:
		return "no route to the server";
	case EACCES: /* of ICMPv6; ours is told in the words of libc */
		return refused ? "forbidden by a filter on the way"
			       : strerror(error);
	default:
		return strerror(error);
	}
}

void round_error(struct check *c, enum ledger_check_code code, const char *what,
		 int error, tick_t now)
{
	bool local = code == LEDGER_CHECK_LOCAL || target_is_local(error);
	char words[LEDGER_CHECK_WORDS];

	snprintf(words, sizeof(words), "%s: %s", what, cause_of(error, false));
	round_end(c,
		  &(struct verdict){
			  .result = local ? LVS_RESULT_LOCAL : LVS_RESULT_BAD,
			  .code = (uint8_t)(local ? LEDGER_CHECK_LOCAL : code),
			  .value = error,
			  .words = words,
		  },
		  now);
}

void round_refused(struct check *c, enum ledger_check_code code,
		   const char *what, int error, tick_t now)
{
	char words[LEDGER_CHECK_WORDS];

	snprintf(words, sizeof(words), "%s: %s", what, cause_of(error, true));
	round_bad(c, code, error, words, now);
}

void round_local(struct check *c, int error, const char *words, tick_t now)
{
	round_end(c,
		  &(struct verdict){ .result = LVS_RESULT_LOCAL,
				     .code = LEDGER_CHECK_LOCAL,
				     .value = error,
				     .words = words },
		  now);
}

static void start(struct checker *k, struct check *c, tick_t now)
{
	if (k->in_flight >= k->in_flight_most) {
		ledger_checker(k->ledger)->put_off++;
		heap_set(&k->due, c->number, now + PUT_OFF);
		return;
	}
	book_begin(k, c, c->when.next, now);
	lvs_check_begin(&c->when, now);
	k->in_flight++;
	round_phase(c, now);
	if (c->kind->round) {
		c->round = pool_take(&k->rounds[c->conf->kind]);
		if (!c->round) {
			round_local(c, ENOMEM, "no memory", now);
			return;
		}
	}
	c->kind->start(c, now);
}

/*
 * With thousands of checks none of them is in the cache when its turn comes:
 * that is most of what a round costs beyond its system calls. So what comes
 * next is fetched while another one is at work.
 */
static void fetch(const struct check *c)
{
	const char *at = (const char *)c;

	for (size_t n = 0; n < sizeof(*c); n += 64)
		__builtin_prefetch(at + n, 1);
}

static void fetch_next(const struct checker *k)
{
	uint32_t next = heap_second(&k->due);

	if (next != HEAP_NONE)
		fetch(&k->checks[next]);
}

tick_t rounds_turn(struct checker *k, tick_t now)
{
	for (unsigned n = 0; n < STARTS_A_TURN && heap_next(&k->due) <= now;
	     n++) {
		struct check *c = &k->checks[heap_first(&k->due)];

		fetch_next(k);
		if (c->when.running)
			c->kind->expired(c, now);
		else
			start(k, c, clock_now());
		k->events++;
	}
	return heap_next(&k->due);
}

/* Will be ready soon; and then what it points to, in a second look. */
static void peek(void *context, uint64_t tag, bool again)
{
	const struct checker *k = context;
	uint32_t number = (uint32_t)tag;
	const struct check *c;

	if (number >= k->count)
		return; /* a socket of many */
	c = &k->checks[number];
	if (!again) {
		fetch(c);
		return;
	}
	__builtin_prefetch(ledger_check_at(k->ledger, number), 1);
	__builtin_prefetch(
		(const char *)ledger_check_at(k->ledger, number) + 128, 1);
	if (c->kept)
		__builtin_prefetch(c->kept, 1);
	if (c->round)
		__builtin_prefetch(c->round, 1);
}

static void ready(void *context, uint64_t tag, uint32_t events)
{
	struct checker *k = context;
	uint32_t number = (uint32_t)tag;
	struct check *c = &k->checks[number];

	k->events++;
	if (number >= k->count)
		k->shared(k, number - k->count);
	else if (c->fd >= 0 && c->generation == tag >> 32)
		c->kind->ready(c, events, clock_now());
}

void rounds_ready(struct checker *k)
{
	for (unsigned n = 0; n < BATCHES_A_TURN; n++)
		if (crowd_take(&k->crowd, ready, peek, k) < CROWD_BATCH)
			break;
}

void rounds_stop(struct checker *k, tick_t now)
{
	for (uint32_t n = 0; n < k->count; n++)
		if (k->checks[n].when.running)
			ledger_check_at(k->ledger, n)->next = now;
}

bool rounds_may_keep(const struct checker *k)
{
	return k->kept < k->in_flight_most / 4 * 3;
}

void round_soon(struct check *c, tick_t now)
{
	if (c->when.running)
		return;
	lvs_check_hint(&c->when, now);
	set_due(c);
}

void rounds_rest(struct check *c, bool rests, tick_t now)
{
	if (!rests)
		lvs_check_wake(&c->when, now, WAKE_WITHIN);
	c->rests = rests;
	book_rest(c->of, c, rests, now);
	set_due(c);
}

void rounds_hear(struct checker *k, tick_t now)
{
	uint64_t said = ledger_scripted_said(k->ledger);

	if (said == k->heard)
		return; /* it was somebody else */
	k->heard = said;
	for (uint32_t n = 0; n < k->helped_count; n++) {
		struct check *c = &k->checks[k->helped[n]];

		c->kind->heard(c, now);
	}
}
