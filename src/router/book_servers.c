/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/book_servers.h"

#include "base/text.h"
#include "conf/model/checks.h"
#include "ledger/news.h"
#include "ledger/virtuals.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static_assert(CONF_CHECKS_MAX <= LEDGER_FOLLOWS_MAX, "all are shown");

#define ANSWERS_SIZE 512 /* bytes; of what is longer the beginning is shown */

/* What a group that is a mark answers at: "192.0.2.1-192.0.2.9 80, ...". */
static const char *answers_of(const struct conf_model *model,
			      const struct conf_virtual_server *vs,
			      char words[ANSWERS_SIZE])
{
	const struct conf_server_group *group;
	struct text text = text_over(words, ANSWERS_SIZE);
	char ip[IP_TEXT_MAX];

	if (!conf_server_is_marked(model, vs))
		return words;
	group = &model->server_groups[vs->group];
	for (uint32_t n = 0; n < group->entry_count && !text.cut; n++) {
		const struct conf_group_entry *e = &group->entries[n];
		struct ip last = conf_group_address(e, e->more);

		text_format(&text, "%s%s", n ? ", " : "",
			    ip_format(&e->first, ip));
		if (e->more)
			text_format(&text, "-%s", ip_format(&last, ip));
		if (e->port)
			text_format(&text, " %u", e->port);
	}
	return words;
}

void book_servers_size(const struct conf_model *model, struct ledger_size *size)
{
	uint64_t servers = model->virtual_server_count;
	char answers[ANSWERS_SIZE];

	size->virtuals = model->virtual_server_count;
	for (uint32_t n = 0; n < model->virtual_server_count; n++) {
		const struct conf_virtual_server *vs =
			&model->virtual_servers[n];

		size->services += conf_service_count(model, vs);
		size->servers += vs->server_count;
		for (uint32_t k = 0; k < vs->server_count; k++)
			size->follows += vs->servers[k].check_count;
		if (vs->only_active)
			size->texts += (uint32_t)strlen(vs->only_active) + 1;
		if (vs->id.group)
			size->texts += (uint32_t)strlen(vs->id.group) + 1;
		size->texts +=
			(uint32_t)strlen(answers_of(model, vs, answers)) + 1;
		servers += vs->server_count;
	}
	size->news = ledger_news_room(servers);
}

static struct ledger_virtual describe(const struct conf_model *model,
				      const struct conf_virtual_server *vs)
{
	const char *scheduler = conf_scheduler_name(vs->scheduler);
	struct ledger_virtual to = {
		.mark = vs->id.mark,
		.address = vs->id.address,
		.family = conf_server_family(vs),
		.protocol = vs->id.by == CONF_BY_MARK ? 0 : vs->protocol,
		.forward = vs->forward.method,
		.port = vs->id.port,
		.sorry = vs->sorry.address,
		.sorry_port = vs->sorry.port,
		.panic = vs->panic_threshold,
		.flags = conf_service_flags(vs),
		.persistence = vs->persistence_timeout,
		.quorum = vs->quorum,
		.hysteresis = vs->hysteresis,
		.services = conf_service_count(model, vs),
		.real_count = vs->server_count,
		.drain_ms = (uint32_t)(vs->drain_timeout / TICK_MILLISECOND),
	};

	memcpy(to.scheduler, scheduler,
	       strnlen(scheduler, sizeof(to.scheduler) - 1));
	return to;
}

static struct ledger_real describe_real(const struct conf_virtual_server *vs,
					const struct conf_real_server *rs)
{
	return (struct ledger_real){
		.follow_count = rs->check_count,
		.weight = conf_server_weight(vs, rs),
		.address = rs->address,
		.forward = conf_server_forward(vs, rs)->method,
		.port = rs->port,
		.upper = rs->uthreshold,
		.lower = rs->lthreshold,
	};
}

/* Without memory it is not said which checks are theirs. */
static void fill_follows(const struct conf_model *model, struct ledger *ledger)
{
	struct arena arena = arena_over(malloc, free);
	const struct conf_checks *all = conf_checks(model, &arena);

	for (uint32_t n = 0; n < ledger_follows(ledger); n++)
		*ledger_follow_at(ledger, n) =
			all ? all->numbers[n] : UINT32_MAX;
	arena_free(&arena);
}

void book_servers_fill(const struct conf_model *model, struct ledger *ledger)
{
	uint32_t real = 0, follow = 0;
	char answers[ANSWERS_SIZE];

	ledger_ready(ledger, LEDGER_REALS, ledger_reals(ledger));
	ledger_ready(ledger, LEDGER_FOLLOWS, ledger_follows(ledger));
	for (uint32_t n = 0; n < model->virtual_server_count; n++) {
		const struct conf_virtual_server *vs =
			&model->virtual_servers[n];
		struct ledger_virtual to = describe(model, vs);

		to.real_first = real;
		if (vs->id.group)
			to.group = ledger_text_add(ledger, vs->id.group);
		if (*answers_of(model, vs, answers))
			to.answers = ledger_text_add(ledger, answers);
		if (vs->only_active)
			to.only_active =
				ledger_text_add(ledger, vs->only_active);
		*ledger_virtual_at(ledger, n) = to;
		for (uint32_t k = 0; k < vs->server_count; k++) {
			struct ledger_real one =
				describe_real(vs, &vs->servers[k]);

			one.follow_first = follow;
			follow += one.follow_count;
			*ledger_real_at(ledger, real++) = one;
		}
	}
	fill_follows(model, ledger);
}
