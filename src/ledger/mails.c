/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mail that waits, and what was mailed: a ledger that an earlier program made
 * has no book of it.
 */
#include "ledger/ledger.h"

#include "base/map.h"
#include "base/must.h"
#include "ledger/copy.h"

#include <stdlib.h>
#include <string.h>

bool ledger_has_mailer(const struct ledger *l)
{
	return section_of(l, LEDGER_MAILER)->count > 0;
}

struct ledger_mailer *ledger_mailer(const struct ledger *l)
{
	return section_record(l, LEDGER_MAILER, 0);
}

struct ledger_mail *ledger_mail_at(struct ledger *l, uint32_t index)
{
	MUST(section_of(l, LEDGER_MAILS)->stride >= sizeof(struct ledger_mail));
	return section_record(l, LEDGER_MAILS, index);
}

struct ledger_mailed *ledger_mailed_at(struct ledger *l, uint32_t index)
{
	MUST(section_of(l, LEDGER_TOLD_MAIL)->stride >=
	     sizeof(struct ledger_mailed));
	return section_record(l, LEDGER_TOLD_MAIL, index);
}

void ledger_read_mailer(const struct ledger *l, struct ledger_mailer *copy)
{
	struct part part = part_of(l, LEDGER_MAILER, 0, copy, sizeof(*copy));
	const struct ledger_mailer *record = part.record;

	/* Who writes it talks to servers: nothing is believed. */
	(void)parts_copy(&record->sequence, &part, 1);
	copy->error[sizeof(copy->error) - 1] = '\0';
	for (char *at = copy->error; *at; at++)
		*at = *at < ' ' || *at > '~' ? '?' : *at;
}

/* Each is whole while `order` is set, which is written last. */
bool ledger_read_mail(const struct ledger *l, uint32_t index,
		      struct ledger_mail *copy)
{
	struct part part = part_of(l, LEDGER_MAILS, index, copy, sizeof(*copy));
	const struct ledger_mail *record = part.record;
	uint64_t order = __atomic_load_n(&record->order, __ATOMIC_ACQUIRE);

	part_copy(&part);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	copy->name[sizeof(copy->name) - 1] = '\0';
	copy->server[sizeof(copy->server) - 1] = '\0';
	copy->text[sizeof(copy->text) - 1] = '\0';
	return order != 0 && copy->order == order &&
	       __atomic_load_n(&record->order, __ATOMIC_RELAXED) == order &&
	       copy->what > LEDGER_MAIL_NONE && copy->what < LEDGER_MAIL_WHATS;
}

uint32_t ledger_mail_count(const struct ledger *l)
{
	struct ledger_mail mail;
	uint32_t count = 0;

	if (!ledger_has_mailer(l))
		return 0;
	for (uint32_t n = 0; n < LEDGER_MAILS_MAX; n++)
		count += ledger_read_mail(l, n, &mail);
	return count;
}

void ledger_begin_mail(struct ledger *l)
{
	if (ledger_has_mailer(l))
		ledger_mailer(l)->begun = 1;
}

/* As `vrrp` knows virtual routers again (router/adopt.c). */
struct kin {
	const struct ledger *before;
	bool in_name; /* it must have the same name too */
};

struct kin_key {
	const struct ledger *of;
	struct ledger_configured is;
};

static bool same_kin(const void *context, uint32_t number, const void *key)
{
	const struct kin *kin = context;
	const struct kin_key *wanted = key;
	struct ledger_configured is;

	ledger_copy_configured(kin->before, number, &is);
	return is.family == wanted->is.family && is.vrid == wanted->is.vrid &&
	       strcmp(ledger_text(kin->before, is.interface),
		      ledger_text(wanted->of, wanted->is.interface)) == 0 &&
	       (!kin->in_name ||
		strcmp(ledger_text(kin->before, is.name),
		       ledger_text(wanted->of, wanted->is.name)) == 0);
}

static uint32_t kin_hash(const struct ledger *of,
			 const struct ledger_configured *is)
{
	const char *interface = ledger_text(of, is->interface);
	const uint32_t parts[] = { map_hash(interface, strlen(interface)),
				   is->family, is->vrid };

	return map_hash(parts, sizeof(parts));
}

/* Whether changes are kept for mail, under this number plus 1. */
static bool is_mailed(const struct ledger *l, uint32_t follower,
		      unsigned tellers)
{
	return follower > 0 && follower <= ledger_followers(l) &&
	       (tellers & 1u << LEDGER_TELLS_MAIL);
}

static void inherit_mailed(struct ledger *l, uint32_t to,
			   const struct ledger *before, uint32_t from)
{
	struct part part = part_of(before, LEDGER_TOLD_MAIL, from - 1,
				   ledger_mailed_at(l, to - 1),
				   sizeof(struct ledger_mailed));

	part_copy(&part);
}

static void inherit_instance(struct ledger *l, uint32_t n, struct map *index,
			     struct kin *kin)
{
	struct kin_key key = { .of = l };
	struct ledger_configured was;
	uint32_t found = MAP_NONE;

	ledger_copy_configured(l, n, &key.is);
	if (!is_mailed(l, key.is.follower, key.is.tellers))
		return;
	for (unsigned names = 2; found == MAP_NONE && names-- > 0;) {
		kin->in_name = names;
		found = map_find(index, kin_hash(l, &key.is), &key);
	}
	if (found == MAP_NONE)
		return;
	ledger_copy_configured(kin->before, found, &was);
	if (is_mailed(kin->before, was.follower, was.tellers))
		inherit_mailed(l, key.is.follower, kin->before, was.follower);
}

static void inherit_instances(struct ledger *l, const struct ledger *before)
{
	uint32_t count = ledger_instances(before);
	void *memory = malloc(map_memory(count + 1));
	struct kin kin = { .before = before };
	struct map index;

	if (!memory) /* then some may be mailed twice */
		return;
	map_init(&index, memory, count + 1, same_kin, &kin);
	for (uint32_t n = 0; n < count; n++) {
		struct ledger_configured is;

		ledger_copy_configured(before, n, &is);
		map_put(&index, kin_hash(before, &is), n);
	}
	for (uint32_t n = 0; n < ledger_instances(l); n++)
		inherit_instance(l, n, &index, &kin);
	free(memory);
}

static bool has_group_name(const void *before, uint32_t n, const void *name)
{
	return strcmp(ledger_group_name(before, n), name) == 0;
}

static void inherit_group(struct ledger *l, uint32_t n, const struct map *names,
			  const struct ledger *before)
{
	const char *name = ledger_group_name(l, n);
	uint32_t found = map_find(names, map_hash(name, strlen(name)), name);
	struct ledger_group is, was;

	if (found == MAP_NONE)
		return;
	ledger_copy_group(l, n, &is);
	ledger_copy_group(before, found, &was);
	if (is_mailed(l, is.follower, is.tellers) &&
	    is_mailed(before, was.follower, was.tellers))
		inherit_mailed(l, is.follower, before, was.follower);
}

static void inherit_groups(struct ledger *l, const struct ledger *before)
{
	uint32_t count = ledger_groups(before);
	void *memory = malloc(map_memory(count + 1));
	struct map names;

	if (!memory)
		return;
	map_init(&names, memory, count + 1, has_group_name, before);
	for (uint32_t n = 0; n < count; n++) {
		const char *name = ledger_group_name(before, n);

		map_put(&names, map_hash(name, strlen(name)), n);
	}
	for (uint32_t n = 0; n < ledger_groups(l); n++)
		inherit_group(l, n, &names, before);
	free(memory);
}

void ledger_inherit_mail(struct ledger *l, const struct ledger *before)
{
	if (!ledger_has_mailer(l) || ledger_mailer(l)->begun ||
	    !ledger_has_mailer(before))
		return;
	ledger_read_mailer(before, ledger_mailer(l));
	ledger_mailer(l)->sequence = ledger_mailer(l)->begun = 0;
	ledger_mailer(l)->heartbeat = 0;
	for (uint32_t n = 0; n < LEDGER_MAILS_MAX; n++)
		if (!ledger_read_mail(before, n, ledger_mail_at(l, n)))
			*ledger_mail_at(l, n) = (struct ledger_mail){ 0 };
	inherit_instances(l, before);
	inherit_groups(l, before);
}
