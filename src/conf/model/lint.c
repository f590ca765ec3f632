/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is right, and can never work as it was meant: notes, which change no
 * verdict. They see one file; what only two can show is in pair.c.
 */
#include "conf/model/finish.h"
#include "conf/model/weights.h"
#include "vrrp/vrrp.h"

/* Of a router that does not own its addresses. */
#define PRIORITY_LEAST 1
#define PRIORITY_MOST  254

struct linting {
	struct conf_reader *reader;
	const struct conf_model *model;
	const struct conf_instance *instance;
	struct conf_span *told; /* of what all members of a group track: once */
};

/* All that is good raises it, and all that is bad lowers it, to a bound. */
static void lint_bounds(const struct linting *l)
{
	const struct conf_instance *c = l->instance;
	int32_t good = conf_weighed_good(l->model, c), least = good,
		most = good;
	struct conf_place place = { 0 };
	struct conf_weighed one;

	/* What lowers an owner was told, and left out. */
	if (!conf_weighed(l->model, c, 0, &one))
		return;
	place.span = one.span;
	for (uint32_t n = 0; conf_weighed(l->model, c, n, &one); n++) {
		int32_t drop = conf_weighed_drop(&one);

		*(drop > 0 ? &least : &most) -= drop;
	}
	if (least < PRIORITY_LEAST)
		conf_report(l->reader->report, CONF_NOTE, &place,
			    "write a higher priority, or smaller weights",
			    "the weights of %s can lower its priority %u to "
			    "%d, and 1 is the least: what is below makes no "
			    "difference",
			    c->name, c->vrrp.priority, least);
	if (most > PRIORITY_MOST)
		conf_report(l->reader->report, CONF_NOTE, &place,
			    "write a lower priority, or smaller weights",
			    "the weights of %s can raise its priority %u to "
			    "%d, and 254 is the most: what is above makes no "
			    "difference",
			    c->name, c->vrrp.priority, most);
}

/*
 * An Active whose priority falls goes on until another one preempts it, and
 * all routers of one virtual router mostly have the same file.
 */
static void lint_nopreempt(const struct linting *l)
{
	const struct conf_instance *c = l->instance;
	struct conf_place place = { 0 };
	struct conf_weighed one;

	if (c->vrrp.preempt || !conf_weighed(l->model, c, 0, &one))
		return;
	if (one.span.file == l->told->file && one.span.line == l->told->line &&
	    one.span.column == l->told->column)
		return;
	place.span = *l->told = one.span;
	conf_report(l->reader->report, CONF_NOTE, &place,
		    "track it without a weight: then who finds it bad gives "
		    "up the addresses",
		    "a weight moves nothing where all routers have nopreempt: "
		    "no Backup takes over from an Active that lives");
}

/* 255 says that the addresses are the interface's own (RFC 9568 6.1). */
static void lint_owner(const struct linting *l)
{
	const struct conf_source *source = l->reader->source;
	const struct conf_instance *c = l->instance;

	if (c->vrrp.priority != VRRP_PRIORITY_OWNER || !source->has_address ||
	    !c->interface)
		return;
	for (uint32_t i = 0; i < c->address_count; i++) {
		const struct conf_address *one = &c->addresses[i];
		const char *dev = conf_address_dev(c, one);
		struct conf_place place = { .span = one->span };

		if (one->excluded ||
		    (source->has_interface &&
		     !source->has_interface(source->context, dev)) ||
		    source->has_address(source->context, dev, &one->address))
			continue;
		conf_report(l->reader->report, CONF_NOTE, &place,
			    "write 254 or less, unless this router owns the "
			    "address (RFC 9568 6.1)",
			    "priority 255 is for who owns the addresses, and "
			    "this is no address of %s now",
			    dev);
		return;
	}
}

void conf_lint(struct conf_reader *reader, const struct conf_model *model)
{
	struct conf_span told = { 0 };

	for (uint32_t i = 0; i < model->instance_count; i++) {
		const struct linting l = { reader, model, &model->instances[i],
					   &told };

		lint_bounds(&l);
		lint_nopreempt(&l);
		lint_owner(&l);
	}
}
