/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/book_checks.h"

#include "conf/model/checks.h"
#include "conf/model/targets.h"
#include "ledger/checks.h"
#include "ledger/ledger.h"

#include <stdlib.h>
#include <string.h>

/* Of a command, with the zero; a longer one is cut. */
#define SUBJECT_ROOM 80
#define CUT          "..."

/* What it looks at that is no server, or "". */
static const char *subject_of(const struct conf_model *model,
			      const struct conf_check *check,
			      char room[SUBJECT_ROOM])
{
	size_t length;

	if (check->kind == CONF_CHECK_FILE)
		return conf_target_at(model, VRRP_TARGET_FILE, check->file.file)
			->name;
	if (check->kind != CONF_CHECK_MISC)
		return "";
	length = strlen(check->misc.command);
	if (length < SUBJECT_ROOM)
		return check->misc.command;
	memcpy(room, check->misc.command, SUBJECT_ROOM);
	memcpy(room + SUBJECT_ROOM - sizeof(CUT), CUT, sizeof(CUT));
	return room;
}

/* Without memory there are none: the process that runs them says so. */
void book_checks_count(const struct conf_model *model, struct ledger_size *size)
{
	struct arena arena = arena_over(malloc, free);
	const struct conf_checks *all = conf_checks(model, &arena);
	char room[SUBJECT_ROOM];

	size->checks = all ? all->count : 0;
	size->scripted = 0;
	for (uint32_t n = 0; n < size->checks; n++) {
		const struct conf_check *check = all->list[n].check;
		const char *subject = subject_of(model, check, room);

		size->scripted += check->kind == CONF_CHECK_MISC;
		size->texts += *subject ? (uint32_t)strlen(subject) + 1 : 0;
	}
	arena_free(&arena);
}

static struct ledger_checked describe(const struct conf_distinct *check)
{
	return (struct ledger_checked){
		.key = check->key,
		.address = check->connect.address,
		.kind = check->check->kind,
		.port = check->connect.port,
		.interval = check->interval,
	};
}

void book_checks_fill(const struct conf_model *model, struct ledger *ledger)
{
	struct arena arena = arena_over(malloc, free);
	const struct conf_checks *all = conf_checks(model, &arena);
	uint32_t count = all ? all->count : 0, scripted = 0;
	char room[SUBJECT_ROOM];

	ledger_ready(ledger, LEDGER_CHECKED, ledger_checks(ledger));
	for (uint32_t n = 0; n < count && n < ledger_checks(ledger); n++) {
		struct ledger_checked *to = ledger_checked_at(ledger, n);
		const char *subject =
			subject_of(model, all->list[n].check, room);

		*to = describe(&all->list[n]);
		if (to->kind == CONF_CHECK_MISC)
			to->scripted = ++scripted;
		if (*subject)
			to->subject = ledger_text_add(ledger, subject);
	}
	arena_free(&arena);
}
