/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The book of health checks: ledger/checks.h. */
#include "ledger/checks.h"

#include "base/map.h"
#include "base/must.h"
#include "base/text.h"
#include "conf/model/check_kinds.h"
#include "ledger/ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static_assert(LEDGER_CHECKS_ALL != MAP_NONE, "two answers");

uint32_t ledger_checks(const struct ledger *l)
{
	return section_of(l, LEDGER_CHECKED)->count;
}

bool ledger_has_checker(const struct ledger *l)
{
	return section_of(l, LEDGER_CHECKER)->count > 0;
}

struct ledger_checked *ledger_checked_at(struct ledger *l, uint32_t index)
{
	MUST(section_of(l, LEDGER_CHECKED)->stride >=
	     sizeof(struct ledger_checked));
	return section_record(l, LEDGER_CHECKED, index);
}

void ledger_copy_checked(const struct ledger *l, uint32_t index,
			 struct ledger_checked *copy)
{
	struct part part =
		part_of(l, LEDGER_CHECKED, index, copy, sizeof(*copy));

	part_copy(&part);
}

struct ledger_checker *ledger_checker(const struct ledger *l)
{
	return section_record(l, LEDGER_CHECKER, 0);
}

struct ledger_check *ledger_check_at(struct ledger *l, uint32_t index)
{
	MUST(section_of(l, LEDGER_CHECKS)->stride >=
	     sizeof(struct ledger_check));
	return section_record(l, LEDGER_CHECKS, index);
}

void ledger_check_changed(struct ledger *l, uint32_t index)
{
	struct ledger_checker *c = ledger_checker(l);
	uint64_t n = __atomic_load_n(&c->changes, __ATOMIC_RELAXED);

	__atomic_store_n(&c->changed[n % LEDGER_CHECK_RING], index,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&c->changes, n + 1, __ATOMIC_RELEASE);
}

/*
 * One that is just being overwritten is a slot of change n + RING: then the
 * count is n + RING too, so a slot is believed only while the count is below.
 */
uint32_t ledger_check_next(const struct ledger *l, uint64_t *seen)
{
	const struct ledger_checker *c = ledger_checker(l);
	uint64_t now = __atomic_load_n(&c->changes, __ATOMIC_ACQUIRE);
	uint32_t index;

	if (now == *seen)
		return MAP_NONE;
	if (now < *seen || now - *seen >= LEDGER_CHECK_RING)
		goto lost;
	index = __atomic_load_n(&c->changed[*seen % LEDGER_CHECK_RING],
				__ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	now = __atomic_load_n(&c->changes, __ATOMIC_RELAXED);
	if (now - *seen >= LEDGER_CHECK_RING || index >= ledger_checks(l))
		goto lost;
	++*seen;
	return index;
lost:
	*seen = now;
	return LEDGER_CHECKS_ALL;
}

bool ledger_read_check(const struct ledger *l, uint32_t index,
		       struct ledger_check *copy)
{
	struct part part =
		part_of(l, LEDGER_CHECKS, index, copy, sizeof(*copy));
	const struct ledger_check *record = part.record;
	bool whole = parts_copy(&record->sequence, &part, 1);

	/* Who writes it talks to servers: nothing is believed. */
	if (copy->state >= LEDGER_CHECK_STATES)
		copy->state = LEDGER_CHECK_UNKNOWN;
	if (copy->code >= LEDGER_CHECK_CODES)
		copy->code = LEDGER_CHECK_NONE;
	if (copy->weighs >= LEDGER_WEIGHS)
		copy->weighs = LEDGER_WEIGHS_NOTHING;
	if (copy->wish >= LEDGER_WISHES)
		copy->wish = LEDGER_WISH_NONE;
	text_make_printable(copy->words, sizeof(copy->words));
	return whole;
}

void ledger_read_checker(const struct ledger *l, struct ledger_checker *copy)
{
	struct part part = part_of(l, LEDGER_CHECKER, 0, copy, sizeof(*copy));

	part_copy(&part);
}

void ledger_begin_checks(struct ledger *l)
{
	if (ledger_has_checker(l))
		ledger_checker(l)->begun = 1;
}

static uint64_t key_of(const struct ledger *l, uint32_t index)
{
	struct ledger_checked checked;

	ledger_copy_checked(l, index, &checked);
	return checked.key;
}

static bool has_key(const void *before, uint32_t n, const void *key)
{
	return key_of(before, n) == *(const uint64_t *)key;
}

/* What is under way ends with its process. */
static void inherit(struct ledger *l, uint32_t to, const struct ledger *before,
		    uint32_t from)
{
	struct ledger_check *check = ledger_check_at(l, to);

	(void)ledger_read_check(before, from, check);
	check->sequence = 0;
	check->asks = 0;
}

void ledger_inherit_checks(struct ledger *l, const struct ledger *before)
{
	uint32_t count = ledger_checks(before);
	void *memory;
	struct map keys;

	if (!ledger_has_checker(l) || ledger_checker(l)->begun || count == 0)
		return;
	memory = malloc(map_memory(count));
	if (!memory) /* then servers count as if nothing was known of them */
		return;
	map_init(&keys, memory, count, has_key, before);
	for (uint32_t n = 0; n < count; n++) {
		uint64_t key = key_of(before, n);

		map_put(&keys, map_hash(&key, sizeof(key)), n);
	}
	for (uint32_t n = 0; n < ledger_checks(l); n++) {
		uint64_t key = key_of(l, n);
		uint32_t old =
			map_find(&keys, map_hash(&key, sizeof(key)), &key);

		if (old != MAP_NONE)
			inherit(l, n, before, old);
	}
	free(memory);
}

static const char *const kinds[] = {
	[CONF_CHECK_TCP] = "TCP_CHECK",     [CONF_CHECK_HTTP] = "HTTP_GET",
	[CONF_CHECK_SSL] = "SSL_GET",       [CONF_CHECK_SMTP] = "SMTP_CHECK",
	[CONF_CHECK_DNS] = "DNS_CHECK",     [CONF_CHECK_UDP] = "UDP_CHECK",
	[CONF_CHECK_PING] = "PING_CHECK",   [CONF_CHECK_MISC] = "MISC_CHECK",
	[CONF_CHECK_FILE] = "FILE_CHECK",   [CONF_CHECK_BFD] = "BFD_CHECK",
	[CONF_CHECK_AGENT] = "AGENT_CHECK", [CONF_CHECK_GRPC] = "GRPC_CHECK",
};
static_assert(ARRAY_LENGTH(kinds) == CONF_CHECK_KINDS, "a name for each");

static const char *const states[] = {
	[LEDGER_CHECK_UNKNOWN] = "unknown",
	[LEDGER_CHECK_GOOD] = "good",
	[LEDGER_CHECK_FAILED] = "failed",
};
static_assert(ARRAY_LENGTH(states) == LEDGER_CHECK_STATES, "a name for each");

static const char *const codes[] = {
	[LEDGER_CHECK_NONE] = "none",
	[LEDGER_CHECK_L4OK] = "L4OK",
	[LEDGER_CHECK_L4TOUT] = "L4TOUT",
	[LEDGER_CHECK_L4CON] = "L4CON",
	[LEDGER_CHECK_L6OK] = "L6OK",
	[LEDGER_CHECK_L6TOUT] = "L6TOUT",
	[LEDGER_CHECK_L6RSP] = "L6RSP",
	[LEDGER_CHECK_L7OK] = "L7OK",
	[LEDGER_CHECK_L7TOUT] = "L7TOUT",
	[LEDGER_CHECK_L7RSP] = "L7RSP",
	[LEDGER_CHECK_L7STS] = "L7STS",
	[LEDGER_CHECK_PROCOK] = "PROCOK",
	[LEDGER_CHECK_PROCERR] = "PROCERR",
	[LEDGER_CHECK_PROCTOUT] = "PROCTOUT",
	[LEDGER_CHECK_FILE] = "FILE",
	[LEDGER_CHECK_LOCAL] = "LOCAL",
};
static_assert(ARRAY_LENGTH(codes) == LEDGER_CHECK_CODES, "a name for each");

static const char *const wishes[] = {
	[LEDGER_WISH_NONE] = "none",
	[LEDGER_WISH_READY] = "ready",
	[LEDGER_WISH_DRAIN] = "drain",
	[LEDGER_WISH_MAINT] = "maint",
};
static_assert(ARRAY_LENGTH(wishes) == LEDGER_WISHES, "a name for each");

const char *ledger_check_kind_name(unsigned kind)
{
	return kind < ARRAY_LENGTH(kinds) ? kinds[kind] : "unknown";
}

const char *ledger_check_state_name(unsigned state)
{
	return state < ARRAY_LENGTH(states) ? states[state] : "unknown";
}

const char *ledger_check_code_name(unsigned code)
{
	return code < ARRAY_LENGTH(codes) ? codes[code] : "unknown";
}

const char *ledger_check_wish_name(unsigned wish)
{
	return wish < ARRAY_LENGTH(wishes) ? wishes[wish] : "unknown";
}
