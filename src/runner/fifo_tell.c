/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines to a FIFO, one for each change, in the order in which all virtual
 * routers changed. While the pipe is full nothing is written, and nobody waits:
 * what changes meanwhile stays in the records, the last LEDGER_CHANGES_KEPT of
 * each, so that the newest state is always told at last. What is no longer
 * there is counted as lost. keepalived.conf(5), "vrrp_notify_fifo".
 */
#include "runner/runner_state.h"

#include "ledger/copy.h"
#include "ledger/follow.h"
#include "ledger/news.h"
#include "sys/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How long a change that waits for the kernel holds up those after it. */
#define ORDER_TIME TICK_SECOND

/* Between two looks whether who serves has adopted what it goes on with. */
#define STATES_AGAIN (20 * TICK_MILLISECOND)

#define LINE_MAX_BYTES 256

static void ready(void *context, uint32_t events)
{
	struct fifo *f = context;

	(void)events;
	fifo_full_over(f->runner, f);
	fifo_look(f->runner, f);
}

void fifo_full_over(struct runner *r, struct fifo *f)
{
	if (!f->full)
		return;
	f->full = false;
	loop_remove(&r->loop, &f->watch);
}

/* False: it is full, and is looked at again when it is not. */
static bool put_line(struct runner *r, struct fifo *f, const char *line,
		     int length)
{
	/* Short enough for one write that is whole or not at all: pipe(7). */
	if (write(f->fd, line, (size_t)length) == length) {
		f->lines++;
		return true;
	}
	f->runner = r;
	f->watch = (struct loop_watch){ f->fd, LOOP_OTHER, ready, f };
	f->full = loop_add(&r->loop, &f->watch, EPOLLOUT) == 0;
	return false;
}

static bool put(struct runner *r, struct fifo *f, const struct notifier *of,
		const char *word, unsigned priority)
{
	char line[LINE_MAX_BYTES];
	int length = snprintf(line, sizeof(line), "%s \"%s\" %s %u\n", of->kind,
			      of->name, word, priority);

	return put_line(r, f, line, length);
}

static bool put_server(struct runner *r, struct fifo *f,
		       const struct ledger_news *n)
{
	const char *word = ledger_news_is_up(n) ? "UP" : "DOWN";
	char line[LINE_MAX_BYTES], server[LEDGER_NEWS_SERVER];
	int length;

	if (ledger_news_is_of_quorum(n))
		length = snprintf(line, sizeof(line), "VS %s %s\n", n->name,
				  word);
	else
		length = snprintf(line, sizeof(line), "RS %s %s %s\n",
				  ledger_news_server(n, server), n->name, word);
	return put_line(r, f, line, length);
}

/* Up to there it is told, or lost. */
static void note_seen(struct fifo *f, uint64_t seen, uint64_t *lost)
{
	f->lost += *lost;
	*lost = 0;
	__atomic_store_n(&f->record->servers, seen, __ATOMIC_RELEASE);
}

/* What is new of virtual servers, in the order in which it came. */
static void tell_servers(struct runner *r, struct fifo *f)
{
	uint64_t seen = f->record->servers, lost = 0;
	struct ledger_news n;

	/* What comes meanwhile comes with a wake. */
	for (uint32_t k = ledger_news_kept(r->ledger); k > 0; k--) {
		if (!ledger_news_next(r->ledger, &seen, &n, &lost)) {
			note_seen(f, seen, &lost);
			return;
		}
		if (ledger_news_is_told(&n) && !put_server(r, f, &n)) {
			note_seen(f, n.order - 1, &lost);
			return;
		}
		note_seen(f, seen, &lost);
	}
}

/* Its next one, and by that its place among all. */
static enum ledger_follow look_at(struct runner *r, struct fifo *f, uint32_t n,
				  struct ledger_change *change)
{
	struct ledger_changes c;
	enum ledger_follow is = LEDGER_FOLLOW_NONE;

	/* One that is written just now will wake us. */
	if (ledger_read_changes(r->ledger, r->notifiers[n].follower, &c) &&
	    !notify_is_others(r, &c))
		is = ledger_follow(&c, f->teller, &f->told[n], change,
				   &f->lost);
	heap_set(&f->next, n,
		 is == LEDGER_FOLLOW_NONE ? TICK_NEVER : (tick_t)change->order);
	return is;
}

static void note_told(struct runner *r, const struct fifo *f, uint32_t n)
{
	ledger_note_told(r->ledger, f->teller, r->notifiers[n].follower,
			 &f->told[n]);
}

/* False: not now. */
static bool tell(struct runner *r, struct fifo *f, uint32_t n,
		 const struct ledger_change *change)
{
	const char *word = notify_word(&r->notifiers[n], change);

	if (word && !put(r, f, &r->notifiers[n], word, change->priority))
		return false;
	ledger_follow_on(&f->told[n], change);
	note_told(r, f, n);
	return true;
}

/*
 * fifo_write_vrrp_states_on_reload: the states that did not change. False: it
 * is full, or who serves has not told what it knows.
 */
static bool tell_states(struct runner *r, struct fifo *f)
{
	uint32_t reloads =
		__atomic_load_n(&r->ledger->reloads, __ATOMIC_ACQUIRE);

	if (!r->model->global.fifo_states_on_reload ||
	    f->record->states_told == reloads)
		return true;
	if (!__atomic_load_n(&ledger_server(r->ledger)->adopted,
			     __ATOMIC_ACQUIRE))
		return false;
	for (; f->states_next < r->notifier_count; f->states_next++) {
		const struct notifier *of = &r->notifiers[f->states_next];
		struct ledger_changes c;
		struct ledger_change change;

		if (!ledger_read_changes(r->ledger, of->follower, &c) ||
		    ledger_follow(&c, f->teller, &f->told[f->states_next],
				  &change, &f->lost) != LEDGER_FOLLOW_NONE ||
		    c.count == 0)
			continue; /* it is told anyway */
		change = c.last[c.count % LEDGER_CHANGES_KEPT];
		if (change.to < VRRP_STATES &&
		    !put(r, f, of, ledger_change_word(&change),
			 notify_priority(r, of)))
			return false;
	}
	f->states_next = 0;
	ledger_begin(&f->record->sequence);
	f->record->states_told = reloads;
	ledger_end(&f->record->sequence);
	return true;
}

/*
 * The first one is not ready. Those after it wait for it, so that groups and
 * their members keep their order; not for ever.
 */
static bool may_pass(const struct runner *r, struct fifo *f, uint64_t order)
{
	tick_t now = clock_now();

	if (order <= f->order_passed || r->stopping)
		return true;
	if (f->order_waits != order) {
		f->order_waits = order;
		f->order_until = now + ORDER_TIME;
	}
	if (now < f->order_until)
		return false;
	f->order_passed = order;
	return true;
}

/* One that was removed is told at the end, whatever the kernel does. */
static bool must_wait(const struct runner *r, enum ledger_follow is,
		      const struct ledger_change *change)
{
	return is == LEDGER_FOLLOW_WAITS &&
	       !(r->stopping && change->kind == LEDGER_CHANGE_DELETED);
}

static void note_counts(const struct fifo *f)
{
	struct ledger_fifo *record = f->record;

	if (f->lines == 0 && f->lost == 0)
		return;
	ledger_begin(&record->sequence);
	record->lines += f->lines;
	record->lost += f->lost;
	ledger_end(&record->sequence);
}

static void tell_counts(struct fifo *f)
{
	if (f->lost > 0 && !f->lost_told)
		fprintf(stderr,
			"batond: run: %s: nobody reads it, or not fast enough: "
			"changes are lost; status counts them\n",
			f->conf->path);
	f->lost_told = f->lost_told || f->lost > 0;
	note_counts(f);
	f->lines = f->lost = 0;
}

/* All that is new, in order. True: the next one waits for the kernel. */
static bool tell_news(struct runner *r, struct fifo *f)
{
	struct ledger_change change;
	uint32_t n;

	for (n = 0; n < r->notifier_count; n++)
		if (ledger_has_news(r->ledger, r->notifiers[n].follower,
				    &f->told[n]))
			look_at(r, f, n, &change);
	while ((n = heap_first(&f->next)) != HEAP_NONE) {
		enum ledger_follow is = look_at(r, f, n, &change);

		if (heap_first(&f->next) != n)
			continue; /* it is not the first any more */
		if (!must_wait(r, is, &change)) {
			if (!tell(r, f, n, &change))
				return false;
			look_at(r, f, n, &change);
		} else if (may_pass(r, f, change.order)) {
			heap_set(&f->next, n, TICK_NEVER);
		} else {
			return true;
		}
	}
	return false;
}

void fifo_look(struct runner *r, struct fifo *f)
{
	if (f->fd < 0 || f->full)
		return;
	if (f->of_servers)
		tell_servers(r, f);
	if (f->full || !f->of_routers) {
		tell_counts(f);
		return;
	}
	if (!tell_states(r, f)) {
		if (!f->full) /* it is not known when that will be so */
			f->order_until = clock_now() + STATES_AGAIN;
	} else if (!tell_news(r, f)) {
		f->order_until = TICK_NEVER;
	}
	tell_counts(f);
}

void fifos_look(struct runner *r)
{
	for (uint32_t n = 0; n < r->fifo_count; n++)
		fifo_look(r, &r->fifos[n]);
}
