/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/book.h"

#include "conf/model/targets.h"
#include "conf/model/tellers.h"
#include "conf/model/tracked_servers.h"
#include "conf/model/tracks.h"
#include "router/book_checks.h"
#include "router/book_servers.h"
#include "router/holding_kind.h"
#include "sys/clock.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* The bits of the model are those of the ledger. */
static_assert(CONF_TELLS_SCRIPTS == 1u << LEDGER_TELLS_SCRIPTS, "the same");
static_assert(CONF_TELLS_FIFO == 1u << LEDGER_TELLS_FIFO, "the same");
static_assert(CONF_TELLS_VRRP_FIFO == 1u << LEDGER_TELLS_VRRP_FIFO, "the same");
static_assert(CONF_TELLS_MAIL == 1u << LEDGER_TELLS_MAIL, "the same");
static_assert((unsigned)CONF_FIFOS_ALL == LEDGER_FIFOS_MAX &&
		      LEDGER_TELLS_FIFO + CONF_FIFO_VRRP ==
			      LEDGER_TELLS_VRRP_FIFO,
	      "in the same order");

/* Of an instance, or with NULL the static ones. */
static uint32_t holdings_of(const struct conf_model *model,
			    const struct conf_instance *instance)
{
	size_t count = 0;

	for (unsigned k = 0; k < holding_kind_count; k++)
		count += holding_kinds[k]->count(model, instance);
	return (uint32_t)count;
}

/* Instances of one interface often stand together, and share its name. */
static bool same_interface(const struct conf_model *model, size_t n)
{
	return n > 0 && strcmp(conf_interface(&model->instances[n]),
			       conf_interface(&model->instances[n - 1])) == 0;
}

/* Bytes of the names of all targets of a kind. */
static uint32_t names_of(const struct conf_model *model, enum vrrp_target kind)
{
	uint32_t bytes = 0;

	for (uint32_t n = 0; n < conf_target_count(model, kind); n++)
		bytes +=
			(uint32_t)strlen(conf_target_at(model, kind, n)->name) +
			1;
	return bytes;
}

void book_size(const struct conf_model *model, struct ledger_size *size)
{
	*size = (struct ledger_size){
		.instances = (uint32_t)model->instance_count,
		.holdings = holdings_of(model, NULL),
		.targets = conf_targets(model),
		.groups = model->group_count,
	};
	book_checks_count(model, size);
	book_servers_size(model, size);
	for (size_t n = 0; n < model->group_count; n++) {
		size->texts += (uint32_t)strlen(model->groups[n].name) + 1;
		size->followers +=
			conf_group_tellers(model, &model->groups[n]) != 0;
	}
	for (unsigned k = 0; k < VRRP_TARGETS; k++)
		size->texts += names_of(model, (enum vrrp_target)k);
	for (size_t n = 0; n < CONF_FIFOS_ALL; n++)
		if (conf_fifo(&model->global, (unsigned)n)->path)
			size->texts +=
				(uint32_t)strlen(
					conf_fifo(&model->global, (unsigned)n)
						->path) +
				1;
	for (size_t n = 0; n < model->instance_count; n++) {
		const struct conf_instance *c = &model->instances[n];

		size->holdings += holdings_of(model, c);
		size->trackers += conf_tracks_most(model, c);
		size->followers += conf_tellers(model, c) != 0;
		size->texts += (uint32_t)strlen(c->name) + 1;
		if (!same_interface(model, n))
			size->texts += (uint32_t)strlen(conf_interface(c)) + 1;
	}
}

/* In the order of holdings_setup(). */
static void fill_holdings(const struct conf_model *model,
			  const struct conf_instance *c,
			  struct ledger_configured *r, struct ledger *ledger,
			  uint32_t *next)
{
	for (unsigned k = 0; k < holding_kind_count; k++) {
		const struct holding_kind *kind = holding_kinds[k];
		size_t count = kind->count(model, c);

		if (r && kind->number == 0) {
			r->address_first = *next;
			r->address_count = (uint32_t)count;
		}
		for (size_t n = 0; n < count; n++) {
			struct ledger_wanted *w =
				ledger_wanted_at(ledger, (*next)++);

			w->kind = kind->number;
			kind->describe(kind->at(model, c, n), w);
			if (c && kind->number == 0)
				w->excluded = n >= c->advertised;
		}
	}
}

static void fill_configured(const struct conf_instance *c,
			    struct ledger_configured *r)
{
	r->family = c->vrrp.family;
	r->version = c->vrrp.version;
	r->vrid = c->vrrp.vrid;
	r->priority = c->vrrp.priority;
	r->destination = c->vrrp.destination;
	r->interval = c->vrrp.interval;
	r->down_timer_adverts = c->vrrp.down_timer_adverts;
}

/* What one tracks, in the order of targets_setup(). */
static void fill_trackers(const struct conf_model *model,
			  const struct conf_instance *c, struct ledger *ledger,
			  uint32_t *next)
{
	struct conf_tracks of;

	for (uint32_t n = 0; conf_tracks(model, c, n, &of); n++)
		*ledger_tracker_at(ledger, (*next)++) = (struct ledger_tracker){
			.target = of.target,
			.weight = of.weight.value,
			.reverse = of.weight.reverse,
		};
}

/* By which the quorum of a virtual server is found in the book of `lvs`. */
static void fill_tracked_servers(const struct conf_model *model,
				 struct ledger *ledger)
{
	uint32_t first = conf_target_first(model, VRRP_TARGET_VIRTUAL);

	for (uint32_t n = 0; n < model->tracked_server_count; n++) {
		struct ledger_target *to = ledger_target_at(ledger, first + n);

		to->number = model->tracked_servers[n].number;
		to->key = conf_server_key(model, to->number);
	}
}

static void fill_targets(const struct conf_model *model, struct ledger *ledger)
{
	uint32_t at = 0;

	for (unsigned k = 0; k < VRRP_TARGETS; k++) {
		enum vrrp_target kind = (enum vrrp_target)k;

		for (uint32_t n = 0; n < conf_target_count(model, kind); n++)
			*ledger_target_at(ledger,
					  at++) = (struct ledger_target){
				.name = ledger_text_add(
					ledger,
					conf_target_at(model, kind, n)->name),
				.kind = (uint8_t)kind,
			};
	}
	fill_tracked_servers(model, ledger);
}

/* Their changes stand behind those of the instances. */
static void fill_groups(const struct conf_model *model, struct ledger *ledger,
			uint32_t *followers)
{
	for (uint32_t n = 0; n < model->group_count; n++) {
		const struct conf_sync_group *c = &model->groups[n];

		*ledger_group_at(ledger, n) = (struct ledger_group){
			.name = ledger_text_add(ledger, c->name),
			.tellers = (uint8_t)conf_group_tellers(model, c),
		};
		if (ledger_group_at(ledger, n)->tellers)
			ledger_group_at(ledger, n)->follower = ++*followers;
		ledger_group_state_at(ledger, n)->since_real = clock_real_now();
	}
}

/* As one that has not been started. */
static void fill_record(const struct conf_instance *c, struct ledger *ledger,
			uint32_t n)
{
	struct ledger_record *r = ledger_record_at(ledger, n);
	struct vrrp core;

	r->link_at = TICK_NEVER;
	r->since_real = clock_real_now();
	vrrp_init(&core, &c->vrrp);
	core.since = clock_now();
	ledger_save(ledger, n, &core);
}

void book_fill(const struct conf_model *model, struct ledger *ledger)
{
	uint32_t next = 0, next_tracker = 0, followers = 0;

	if (model->global.router_id)
		snprintf(ledger->router_id, sizeof(ledger->router_id), "%s",
			 model->global.router_id);
	for (unsigned k = 0; k < holding_kind_count; k++) {
		const struct holding_kind *kind = holding_kinds[k];
		struct ledger_kind *record =
			ledger_kind_at(ledger, kind->number);

		snprintf(record->name, sizeof(record->name), "%s", kind->name);
		if (kind->number_name)
			snprintf(record->number_name,
				 sizeof(record->number_name), "%s",
				 kind->number_name);
	}
	for (uint32_t n = 0; n < ledger_instances(ledger); n++) {
		const struct conf_instance *c = &model->instances[n];
		struct ledger_configured *r = ledger_configured_at(ledger, n);

		r->name = ledger_text_add(ledger, c->name);
		r->interface = same_interface(model, n)
				       ? ledger_configured_at(ledger, n - 1)
						 ->interface
				       : ledger_text_add(ledger, conf_interface(c));
		r->holding_first = next;
		fill_configured(c, r);
		fill_holdings(model, c, r, ledger, &next);
		r->holding_count = next - r->holding_first;
		r->tracker_first = next_tracker;
		fill_trackers(model, c, ledger, &next_tracker);
		r->tracker_count = next_tracker - r->tracker_first;
		r->tellers = (uint8_t)conf_tellers(model, c);
		r->follower = r->tellers ? ++followers : 0;
		r->group = c->group == CONF_NO_GROUP ? 0 : c->group + 1;
		fill_record(c, ledger, n);
	}
	fill_holdings(model, NULL, NULL, ledger, &next);
	fill_targets(model, ledger);
	for (uint32_t n = 0; n < CONF_FIFOS_ALL; n++)
		if (conf_fifo(&model->global, (unsigned)n)->path)
			ledger_fifo_configured_at(ledger, n)
				->path = ledger_text_add(
				ledger,
				conf_fifo(&model->global, (unsigned)n)->path);
	fill_groups(model, ledger, &followers);
	book_checks_fill(model, ledger);
	book_servers_fill(model, ledger);
}
