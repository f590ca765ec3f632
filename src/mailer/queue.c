/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mailer/queue.h"

#include "ledger/copy.h"

#include <string.h>

/* The first of them in order, or the last, that `busy` does not claim. */
static uint32_t find(const struct ledger *l, bool newest,
		     bool (*busy)(void *context, uint32_t place), void *context)
{
	uint32_t found = QUEUE_NONE;
	uint64_t best = 0;

	for (uint32_t n = 0; n < LEDGER_MAILS_MAX; n++) {
		struct ledger_mail mail;

		if (!ledger_read_mail(l, n, &mail) ||
		    (busy && busy(context, n)))
			continue;
		if (found == QUEUE_NONE ||
		    (newest ? mail.order > best : mail.order < best)) {
			found = n;
			best = mail.order;
		}
	}
	return found;
}

uint32_t queue_newest(const struct ledger *l)
{
	return find(l, true, NULL, NULL);
}

static void set_free(struct ledger *l, uint32_t place)
{
	__atomic_store_n(&ledger_mail_at(l, place)->order, 0, __ATOMIC_RELEASE);
}

static void count(struct ledger *l, uint64_t *counter, uint64_t more)
{
	uint32_t *sequence = &ledger_mailer(l)->sequence;

	ledger_begin(sequence);
	*counter += more;
	ledger_end(sequence);
}

static uint32_t free_place(const struct ledger *l)
{
	struct ledger_mail mail;

	for (uint32_t n = 0; n < LEDGER_MAILS_MAX; n++)
		if (!ledger_read_mail(l, n, &mail))
			return n;
	return QUEUE_NONE;
}

bool queue_add(struct ledger *l, const struct ledger_mail *mail,
	       bool (*busy)(void *context, uint32_t place), void *context,
	       struct ledger_mail *lost)
{
	uint32_t place = free_place(l);
	bool full = place == QUEUE_NONE;
	struct ledger_mail *to;

	if (full) {
		place = find(l, false, busy, context);
		(void)ledger_read_mail(l, place, lost);
		set_free(l, place);
		queue_count_dropped(l, 1);
	}
	to = ledger_mail_at(l, place);
	set_free(l, place); /* also one that was spoiled */
	*to = *mail;
	to->order = 0;
	count(l, &ledger_mailer(l)->order, 1);
	__atomic_store_n(&to->order, ledger_mailer(l)->order, __ATOMIC_RELEASE);
	return full;
}

/* Whether one of the same virtual router is under way. */
static bool waits_for_another(const struct ledger *l, uint32_t place,
			      bool (*busy)(void *context, uint32_t place),
			      void *context)
{
	struct ledger_mail mail, other;

	(void)ledger_read_mail(l, place, &mail);
	for (uint32_t n = 0; n < LEDGER_MAILS_MAX; n++)
		if (busy(context, n) && ledger_read_mail(l, n, &other) &&
		    other.of_group == mail.of_group &&
		    strcmp(other.name, mail.name) == 0)
			return true;
	return false;
}

/* The next one of those that may be sent. */
struct choice {
	const struct ledger *l;
	bool (*busy)(void *context, uint32_t place);
	void *context;
	tick_t now, next;
};

/* Whether it may not be tried yet. */
static bool is_early(struct choice *c, uint32_t place)
{
	struct ledger_mail mail;

	(void)ledger_read_mail(c->l, place, &mail);
	if (mail.not_before <= c->now)
		return false;
	c->next = tick_min(c->next, mail.not_before);
	return true;
}

static bool may_not(void *context, uint32_t place)
{
	struct choice *c = context;

	return c->busy(c->context, place) || is_early(c, place) ||
	       waits_for_another(c->l, place, c->busy, c->context);
}

uint32_t queue_next(const struct ledger *l, tick_t now,
		    bool (*busy)(void *context, uint32_t place), void *context,
		    tick_t *next)
{
	struct choice c = { l, busy, context, now, TICK_NEVER };
	uint32_t place = find(l, false, may_not, &c);

	*next = c.next;
	return place;
}

/* A process that dies in this try has had it too. */
void queue_tried(struct ledger *l, uint32_t place)
{
	ledger_mail_at(l, place)->tries++;
}

/*
 * First the place: who dies in between has counted one less, and sends none
 * twice.
 */
void queue_end(struct ledger *l, uint32_t place, bool sent)
{
	set_free(l, place);
	if (sent)
		count(l, &ledger_mailer(l)->sent, 1);
}

void queue_keep(struct ledger *l, uint32_t place, uint64_t reached, uint32_t of,
		tick_t not_before)
{
	struct ledger_mail *mail = ledger_mail_at(l, place);

	mail->reached_of = 0;
	mail->reached = reached;
	mail->reached_of = of;
	mail->not_before = not_before;
}

void queue_count_dropped(struct ledger *l, uint64_t more)
{
	count(l, &ledger_mailer(l)->failed, more);
}

bool queue_is_over(const struct ledger_mail *mail, tick_t now_real)
{
	return tick_since(mail->time_real, now_real) >= QUEUE_LIFE;
}
