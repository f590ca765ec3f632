/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The schedule and the verdict of one check (check.h). */
#include "lvs/check.h"

#include "base/must.h"

#include <assert.h>

/* With its times it fits into what 40000 of them may cost. */
static_assert(sizeof(struct lvs_check) + sizeof(struct lvs_check_times) <= 192,
	      "a check and its times are small");

/* All bits of the key count in the remainder. */
static uint64_t mix(uint64_t key)
{
	key = (key ^ key >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	key = (key ^ key >> 27) * UINT64_C(0x94d049bb133111eb);
	return key ^ key >> 31;
}

tick_t lvs_check_phase(uint64_t key, tick_t interval)
{
	MUST(interval > 0);
	return (tick_t)(mix(key) % (uint64_t)interval);
}

/* The first time at the phase that is after `now`. */
static tick_t at_phase(const struct lvs_check *c, tick_t now)
{
	tick_t interval = c->times->interval;
	tick_t phase = lvs_check_phase(c->key, interval);

	if (now < phase)
		return phase;
	return tick_after(now, interval - (now - phase) % interval);
}

void lvs_check_init(struct lvs_check *c, const struct lvs_check_times *times,
		    uint64_t key, tick_t now)
{
	*c = (struct lvs_check){
		.times = times,
		.key = key,
		.next = TICK_NEVER,
		.began = TICK_NEVER,
		.since = now,
		.local_since = TICK_NEVER,
		.state = LVS_CHECK_NOT_YET,
	};
	if (times->warmup >= times->interval)
		c->next = at_phase(c, now);
	else if (times->warmup > 0)
		c->next = tick_after(now, lvs_check_phase(key, times->warmup));
	else
		c->next = now;
}

/* What was due, or was to be soon, stays so; it was lost if it ran. */
static tick_t resumed(const struct lvs_check *c, tick_t next, tick_t now)
{
	tick_t latest = c->next;

	if (c->tries > 0)
		latest = tick_after(now, c->times->retry_delay);
	return tick_min(tick_max(next, now), latest);
}

void lvs_check_adopt(struct lvs_check *c, const struct lvs_check_times *times,
		     uint64_t key, const struct lvs_check *before, tick_t now)
{
	struct lvs_check old = *before;

	lvs_check_init(c, times, key, now);
	if (old.state == LVS_CHECK_GOOD || old.state == LVS_CHECK_FAILED) {
		c->state = old.state;
		c->since = tick_min(old.since, now);
		c->tries = old.tries < times->retry ? old.tries : times->retry;
		c->good = old.good;
		c->failed = old.failed;
		c->next = at_phase(c, now);
	}
	if (old.began <= now)
		c->began = old.began;
	if (old.local_since <= now) {
		c->local_since = old.local_since;
		c->local = old.local;
	}
	c->next = resumed(c, old.next, now);
}

tick_t lvs_check_due(const struct lvs_check *c)
{
	return c->running ? tick_after(c->began, c->times->deadline) : c->next;
}

void lvs_check_begin(struct lvs_check *c, tick_t now)
{
	MUST(!c->running);
	c->running = true;
	c->began = now;
}

static bool become(struct lvs_check *c, tick_t now, enum lvs_check_state state)
{
	if (c->state == state)
		return false;
	c->state = (uint8_t)state;
	c->since = now;
	return true;
}

static uint16_t one_more(uint16_t count)
{
	return count < UINT16_MAX ? (uint16_t)(count + 1) : count;
}

static bool was_good(struct lvs_check *c, tick_t now)
{
	const struct lvs_check_times *t = c->times;
	uint16_t needed = t->rise;

	c->tries = 0;
	c->failed = 0;
	c->good = one_more(c->good);
	c->next = at_phase(c, now);
	if (c->state == LVS_CHECK_NOT_YET && !t->alpha)
		return become(c, now, LVS_CHECK_GOOD);
	if (c->state == LVS_CHECK_NOT_YET && t->rise_first > 0)
		needed = t->rise_first;
	return c->good >= needed && become(c, now, LVS_CHECK_GOOD);
}

static bool was_bad(struct lvs_check *c, tick_t now)
{
	const struct lvs_check_times *t = c->times;

	c->good = 0;
	if (c->state == LVS_CHECK_GOOD && c->tries < t->retry) {
		c->tries++;
		c->next = tick_after(now, t->retry_delay);
		return false;
	}
	c->tries = 0;
	c->failed = one_more(c->failed);
	c->next = at_phase(c, now);
	/* keepalived: the first result counts at once, without retries. */
	if (c->state == LVS_CHECK_GOOD && c->failed < t->fall)
		return false;
	return become(c, now, LVS_CHECK_FAILED);
}

bool lvs_check_end(struct lvs_check *c, tick_t now,
		   enum lvs_check_result result)
{
	MUST(c->running);
	c->running = false;
	if (result == LVS_RESULT_LOCAL) {
		if (c->local_since == TICK_NEVER)
			c->local_since = now;
		if (c->local < UINT32_MAX)
			c->local++;
		c->next = at_phase(c, now);
		return false;
	}
	c->local_since = TICK_NEVER;
	c->local = 0;
	return result == LVS_RESULT_GOOD ? was_good(c, now) : was_bad(c, now);
}

void lvs_check_hint(struct lvs_check *c, tick_t now)
{
	if (!c->running)
		c->next = tick_min(c->next, now);
}

void lvs_check_wake(struct lvs_check *c, tick_t now, tick_t within)
{
	const struct lvs_check_times *t = c->times;

	if (c->running)
		return;
	within = tick_min(within, t->interval);
	c->next = tick_min(c->next,
			   tick_after(now, lvs_check_phase(c->key, within)));
	c->tries = t->retry;
	c->failed = t->fall > 1 ? (uint16_t)(t->fall - 1) : 0;
}
