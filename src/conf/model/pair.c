/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/model/pair.h"

#include "base/must.h"
#include "base/secret.h"
#include "conf/language/report.h"
#include "conf/language/value.h"
#include "conf/model/pair_groups.h"
#include "conf/model/weights.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NONE CONF_PAIR_NONE

/* One virtual router in both files. */
struct pair {
	struct conf_report *report;
	const struct conf_model *models[2];
	const struct conf_instance *of[2];
};

/* A note at `span`, which ends with where the other one is. */
__attribute__((format(printf, 5, 6))) static void
tell(const struct pair *p, const struct conf_span *span, unsigned other,
     const char *hint, const char *format, ...)
{
	const struct conf_instance *there = p->of[other];
	struct conf_place place = { .span = *span };
	char text[CONF_MESSAGE_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	conf_report(p->report, CONF_NOTE, &place, hint, "%s (%s, in %s:%u)",
		    text, there->name, there->span.file, there->span.line);
}

/* The usual case: at our instance. */
#define TELL(p, hint, ...) tell(p, &(p)->of[0]->span, 1, hint, __VA_ARGS__)

static void check_versions(const struct pair *p)
{
	const struct vrrp_config *a = &p->of[0]->vrrp, *b = &p->of[1]->vrrp;

	if (a->version != b->version)
		TELL(p, "write the same version in both",
		     "VRRPv%u does not hear VRRPv%u: both become Active",
		     a->version, b->version);
}

static void check_intervals(const struct pair *p)
{
	const struct vrrp_config *a = &p->of[0]->vrrp, *b = &p->of[1]->vrrp;
	char one[CONF_TIME_TEXT_MAX], two[CONF_TIME_TEXT_MAX];

	if (a->interval == b->interval)
		return;
	conf_time_format(a->interval, one);
	conf_time_format(b->interval, two);
	TELL(p, "write the same advert_int in both",
	     a->version == 2
		     ? "advert_int %s here, %s there: VRRPv2 drops what "
		       "has another one, and both become Active"
		     : "advert_int %s here, %s there: how long a Backup "
		       "waits depends on who is Active",
	     one, two);
}

static void check_priorities(const struct pair *p)
{
	uint8_t a = p->of[0]->vrrp.priority, b = p->of[1]->vrrp.priority;

	if (a == b && a == VRRP_PRIORITY_OWNER)
		TELL(p, "only one router owns the addresses",
		     "both have priority 255");
	else if (a == b)
		TELL(p, "write a higher one where it should be Active",
		     "both have priority %u: who is Active is decided by their "
		     "addresses, or by who was first",
		     a);
}

static void check_passwords(const struct pair *p)
{
	const struct vrrp_auth *a = &p->of[0]->vrrp.auth,
			       *b = &p->of[1]->vrrp.auth;

	if (a->type != b->type)
		TELL(p, "write the same authentication in both",
		     "only one of them has an authentication: they do not "
		     "believe each other");
	else if (a->type != VRRP_AUTH_NONE &&
		 !secret_equal(a->password, b->password, sizeof(a->password)))
		TELL(p, "the first 8 bytes count",
		     "their passwords differ: they do not believe each other");
}

/* Whether a router that sends from `source` is in the list. */
static bool names(const struct conf_instance *c, const struct ip *source)
{
	for (uint32_t i = 0; i < c->unicast_peer_count; i++)
		if (ip_equal(&c->unicast_peers[i].address, source))
			return true;
	return false;
}

static void check_peers(const struct pair *p)
{
	bool unicast[2];
	char text[IP_TEXT_MAX];

	for (unsigned i = 0; i < 2; i++)
		unicast[i] = p->of[i]->unicast_peer_count > 0;
	if (unicast[0] != unicast[1]) {
		TELL(p, "write unicast_peer in both, or in none",
		     "one of them is unicast, and the other one is not: both "
		     "become Active");
		return;
	}
	if (!unicast[0] &&
	    !ip_equal(&p->of[0]->vrrp.destination, &p->of[1]->vrrp.destination))
		TELL(p, "write the same group in both",
		     "they use different multicast groups: both become Active");
	for (unsigned i = 0; i < 2 && unicast[0]; i++) {
		const struct ip *source = &p->of[!i]->unicast_src;

		if (source->family == IP_NONE || names(p->of[i], source))
			continue;
		tell(p, &p->of[i]->span, !i,
		     "write it into unicast_peer: others are not heard",
		     "unicast_peer does not name %s, from which the other "
		     "router sends",
		     ip_format(source, text));
	}
}

static const struct conf_address *find(const struct conf_instance *c,
				       const struct ip *address)
{
	for (uint32_t i = 0; i < c->address_count; i++)
		if (ip_equal(&c->addresses[i].address, address))
			return &c->addresses[i];
	return NULL;
}

/* Those of one that the other has not, or has otherwise. */
static void check_addresses(const struct pair *p, unsigned here)
{
	const struct conf_instance *c = p->of[here];
	char text[IP_TEXT_MAX];

	for (uint32_t i = 0; i < c->address_count; i++) {
		const struct conf_address *one = &c->addresses[i];
		const struct conf_address *two =
			find(p->of[!here], &one->address);

		ip_format(&one->address, text);
		if (!two)
			tell(p, &one->span, !here,
			     "write the same addresses in both",
			     one->excluded
				     ? "the other router does not have %s: it "
				       "is nowhere while that one is Active"
				     : "the other router does not have %s: "
				       "advertisements of another list may be "
				       "dropped, and it is nowhere while that "
				       "one is Active",
			     text);
		else if (here == 0 && one->excluded != two->excluded)
			tell(p, &one->span, !here,
			     "write it into the same list in both",
			     "only one of them advertises %s", text);
		else if (here == 0 && one->prefix != two->prefix)
			tell(p, &one->span, !here,
			     "write the same prefix in both",
			     "%s has /%u here and /%u there", text, one->prefix,
			     two->prefix);
	}
}

/* With all that it tracks good. */
static uint8_t usual(const struct pair *p, unsigned of)
{
	return conf_weighed_usual(p->models[of], p->of[of]);
}

/* What the better one tracks, and whether it ever makes it the lesser one. */
static void check_weights(const struct pair *p, unsigned better)
{
	uint8_t high = usual(p, better), low = usual(p, !better);
	const struct conf_instance *c = p->of[better];
	const struct conf_model *m = p->models[better];
	int32_t all = 0;
	struct conf_weighed one;

	for (uint32_t n = 0; conf_weighed(m, c, n, &one); n++)
		if (conf_weighed_drop(&one) > 0)
			all += conf_weighed_drop(&one);
	for (uint32_t n = 0; conf_weighed(m, c, n, &one); n++) {
		int32_t drop = conf_weighed_drop(&one);
		int32_t needed = high - low + 1;
		char hint[100];

		if (drop <= 0 || drop >= needed)
			continue;
		/* It is the same check on both, whichever is the better one. */
		snprintf(hint, sizeof(hint),
			 "write a weight of %s%d or more in both files%s",
			 one.weight < 0 ? "-" : "", needed,
			 all >= needed ? "; only together with others it can"
				       : "");
		tell(p, &one.span, !better, hint,
		     "weight %d of %s %s can never lower %u below the peer's "
		     "%u",
		     one.weight, one.list, one.name, high, low);
	}
	if (all >= high - low + 1 && !p->of[!better]->vrrp.preempt)
		tell(p, &p->of[!better]->span, better,
		     "remove nopreempt, or track without a weight",
		     "nopreempt: this router does not take over when weights "
		     "lower the other one's priority");
}

static void check_pair(const struct pair *p)
{
	uint8_t a = usual(p, 0), b = usual(p, 1);

	check_versions(p);
	check_intervals(p);
	check_priorities(p);
	check_passwords(p);
	check_peers(p);
	check_addresses(p, 0);
	check_addresses(p, 1);
	if (a != b)
		check_weights(p, b > a);
	if (p->of[0]->vrrp.down_timer_adverts !=
	    p->of[1]->vrrp.down_timer_adverts)
		TELL(p, "write the same in both", "down_timer_adverts differs");
}

/* How much of what tells virtual routers apart is the same. */
static unsigned likeness(const struct conf_instance *a,
			 const struct conf_instance *b)
{
	return (strcmp(conf_interface(a), conf_interface(b)) == 0 ? 2U : 0U) +
	       (strcmp(a->name, b->name) == 0 ? 1U : 0U);
}

/* The virtual routers of the other file, by family and VRID. */
struct shelf {
	uint32_t first[2][256];
	uint32_t *next; /* of each, NONE: the last */
	bool *taken;
};

static uint32_t *slot(struct shelf *s, const struct conf_instance *c)
{
	return &s->first[c->vrrp.family == IP_V6][c->vrrp.vrid];
}

static bool fill(struct shelf *s, const struct conf_model *m,
		 struct arena *arena)
{
	size_t count = m->instance_count + 1;

	memset(s->first, 0xff, sizeof(s->first));
	s->next = arena_alloc(arena, count * sizeof(*s->next));
	s->taken = arena_alloc(arena, count * sizeof(*s->taken));
	if (!s->next || !s->taken)
		return false;
	for (uint32_t n = m->instance_count; n-- > 0;) {
		uint32_t *head = slot(s, &m->instances[n]);

		s->next[n] = *head;
		*head = n;
	}
	return true;
}

/* The most alike of those that nobody has yet. */
static uint32_t take(struct shelf *s, const struct conf_model *m,
		     const struct conf_instance *wanted)
{
	uint32_t best = NONE;

	for (uint32_t n = *slot(s, wanted); n != NONE; n = s->next[n])
		if (!s->taken[n] &&
		    (best == NONE ||
		     likeness(&m->instances[n], wanted) >
			     likeness(&m->instances[best], wanted)))
			best = n;
	if (best != NONE)
		s->taken[best] = true;
	return best;
}

static void tell_alone(struct conf_report *report,
		       const struct conf_instance *c)
{
	struct conf_place place = { .span = c->span };

	conf_report(report, CONF_NOTE, &place,
		    "both need the same virtual_router_id, and addresses of "
		    "one family",
		    "the other router has no virtual router %u over %s: "
		    "nobody takes over from this one",
		    c->vrrp.vrid, c->vrrp.family == IP_V4 ? "IPv4" : "IPv6");
}

void conf_pair_check(const struct conf_model *ours,
		     const struct conf_model *theirs,
		     struct conf_diagnostics *diagnostics)
{
	struct conf_report report = { .diagnostics = diagnostics };
	uint32_t *partners =
		arena_alloc(diagnostics->arena,
			    (ours->instance_count + 1) * sizeof(*partners));
	struct shelf shelf;

	if (!partners || !fill(&shelf, theirs, diagnostics->arena)) {
		diagnostics->left_out++;
		return;
	}
	for (uint32_t n = 0; n < ours->instance_count; n++) {
		const struct conf_instance *one = &ours->instances[n];
		uint32_t found = take(&shelf, theirs, one);
		const struct pair p = {
			.report = &report,
			.models = { ours, theirs },
			.of = { one, found == NONE
					     ? NULL
					     : &theirs->instances[found] },
		};

		partners[n] = found;
		if (found == NONE)
			tell_alone(&report, one);
		else
			check_pair(&p);
	}
	conf_pair_groups(ours, theirs, partners, &report);
	for (uint32_t n = 0; n < theirs->instance_count; n++)
		if (!shelf.taken[n])
			tell_alone(&report, &theirs->instances[n]);
	conf_diagnostics_sort(diagnostics);
}
