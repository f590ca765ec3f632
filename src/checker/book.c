/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What rounds come to, in the book of this process. Words are copied, and what
 * counts for others (state, weight, wish) is told once, at the end of the turn.
 */
#include "checker/checker_state.h"

#include <stdio.h>
#include <string.h>

/* Each local trouble is told once in so long; those that come in turn, too. */
#define TROUBLE_EVERY (60 * TICK_SECOND)

/* The bucket of a length of time. */
static unsigned bucket(tick_t length)
{
	uint64_t units = (uint64_t)length / (8 * TICK_MICROSECOND);
	unsigned n = units ? 64u - (unsigned)__builtin_clzll(units) : 0;

	return n < LEDGER_CHECK_TIMES ? n : LEDGER_CHECK_TIMES - 1;
}

void book_begin(struct checker *k, const struct check *c, tick_t due,
		tick_t now)
{
	struct ledger_checker *book = ledger_checker(k->ledger);
	tick_t late = tick_since(due, now);

	book->late[bucket(late)]++;
	if (late > book->late_most)
		book->late_most = late;
	book->in_flight = k->in_flight + 1;
	if (book->in_flight > book->in_flight_most)
		book->in_flight_most = book->in_flight;
}

/* False: it was told not long ago, or there is too much of other trouble. */
static bool is_news(struct checker *k, int32_t error, tick_t now)
{
	struct trouble *room = NULL;

	for (unsigned n = 0; n < TROUBLES_MOST; n++) {
		struct trouble *t = &k->troubles[n];

		if (!t->told || now - t->told >= TROUBLE_EVERY)
			room = t;
		else if (t->error == error)
			return false;
	}
	if (room)
		*room = (struct trouble){ error, now };
	return room != NULL;
}

/* " of 192.0.2.9 port 80", or "" if it asks no server. */
#define WHOM_SIZE (IP_TEXT_MAX + 16)

static const char *name_server(const struct check *c, char whom[WHOM_SIZE])
{
	char text[IP_TEXT_MAX];

	whom[0] = '\0';
	if (c->to.address.family != IP_NONE)
		snprintf(whom, WHOM_SIZE, " of %s port %u",
			 ip_format(&c->to.address, text), c->to.port);
	return whom;
}

/* The first one that has it is named; all may have it. */
static void tell_trouble(struct checker *k, const struct check *c,
			 const struct verdict *v, tick_t now)
{
	struct ledger_checker *book = ledger_checker(k->ledger);
	char whom[WHOM_SIZE];

	book->blocked++;
	book->blocked_error = v->value;
	if (!is_news(k, v->value, now))
		return;
	fprintf(stderr,
		"batond: check: this machine cannot check servers (%s%s: %s); "
		"their states stay as they are (`baton checks`)\n",
		c->kind->name, name_server(c, whom), v->words);
}

/* log_all_failures. Of those that count `lvs` tells too (director/news.c). */
static void tell_failure(const struct check *c, const struct verdict *v)
{
	char whom[WHOM_SIZE];

	fprintf(stderr, "batond: check: %s%s failed: %s\n", c->kind->name,
		name_server(c, whom), v->words);
}

static void copy_words(struct ledger_check *r, const char *words)
{
	size_t length = strnlen(words, sizeof(r->words) - 1);

	memcpy(r->words, words, length);
	r->words[length] = '\0';
}

void book_rest(struct checker *k, const struct check *c, bool rests, tick_t now)
{
	struct ledger_check *r = ledger_check_at(k->ledger, c->number);

	ledger_begin(&r->sequence);
	r->rests_real = rests ? now + k->to_real : 0;
	r->next = c->when.next;
	ledger_end(&r->sequence);
}

/* What the next process goes on with. */
static void save(struct ledger_check *r, const struct check *c)
{
	r->state = c->when.state;
	r->next = c->when.next;
	r->since = c->when.since;
	r->tries = c->when.tries;
	r->good = c->when.good;
	r->row = c->when.failed;
	r->step = c->step;
	r->failing = c->failing;
}

static bool weighs(struct ledger_check *r, const struct verdict *v)
{
	bool changed = r->weighs != v->weighs || r->weight != v->weight ||
		       r->wish != v->wish;

	r->weighs = v->weighs;
	r->weight = v->weight;
	r->wish = v->wish;
	return changed;
}

void book_note(struct checker *k, struct check *c, const struct verdict *v,
	       tick_t began, bool changed, tick_t now)
{
	struct ledger_checker *book = ledger_checker(k->ledger);
	struct ledger_check *r = ledger_check_at(k->ledger, c->number);
	bool local = v->result == LVS_RESULT_LOCAL;

	ledger_begin(&r->sequence);
	save(r, c);
	r->code = v->code;
	r->value = v->value;
	r->took = now - began;
	r->ended_real = now + k->to_real;
	r->rounds++;
	r->failures += v->result == LVS_RESULT_BAD;
	r->blocked += local;
	if (changed)
		r->since_real = r->ended_real;
	if (!local)
		r->blocked_real = 0;
	else if (!r->blocked_real)
		r->blocked_real = r->ended_real;
	copy_words(r, v->words);
	if (!local)
		changed = weighs(r, v) || changed;
	ledger_end(&r->sequence);
	book->rounds++;
	book->failures += v->result == LVS_RESULT_BAD;
	book->took[bucket(now - began)]++;
	book->in_flight = k->in_flight;
	if (local)
		tell_trouble(k, c, v, now);
	if (c->tells && v->result == LVS_RESULT_BAD)
		tell_failure(c, v);
	if (changed) {
		ledger_check_changed(k->ledger, c->number);
		k->changed = true;
	}
}
