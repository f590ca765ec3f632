/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model.h"

#include "base/must.h"
#include "check.h"
#include "timeline.h"

#include <string.h>

static unsigned larger(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

static unsigned interval_of(const struct system_router *r)
{
	return r->interval ? r->interval : 4;
}

static unsigned adverts_of(const struct system_router *r)
{
	return r->adverts ? r->adverts : VRRP_DOWN_ADVERTS_DEFAULT;
}

/* The skew is at most one interval; v2 has 4 quanta to its second. */
static unsigned longest_down(const struct system *s)
{
	unsigned adverts = 0;

	for (unsigned i = 0; i < s->count; i++)
		adverts = larger(adverts, adverts_of(&s->router[i]));
	return adverts + 1;
}

/*
 * The longest Active_Down_Interval with the longest interval, preempt_delay,
 * one advertisement, and a packet's way there, four times. Who leaves takes
 * an interval and 100 ms more; who doubts may yet step back, for one interval,
 * or listen for one and a half.
 */
static unsigned settling(const struct system *s)
{
	unsigned interval = 0, delay = 0;
	unsigned grace = s->version == 2 ? 1 : 10;

	for (unsigned i = 0; i < s->count; i++) {
		interval = larger(interval, interval_of(&s->router[i]));
		delay = larger(delay, s->router[i].preempt_delay);
	}
	if (s->events & (EVENT_STOP | EVENT_HANDOVER))
		delay += interval + grace;
	if (s->events & EVENT_STALL)
		delay += interval + interval / 2;
	return longest_down(s) * interval + delay + interval + 4 * s->ways;
}

static uint8_t advert_priority(const struct model *m, unsigned router,
			       unsigned kind)
{
	const struct system_router *r = &m->system->router[router];

	return kind == 0   ? VRRP_PRIORITY_RESIGN
	       : kind == 1 ? r->priority
			   : r->other_priority;
}

static void encode_adverts(struct model *m, unsigned router)
{
	const struct vrrp_config *c = &m->config[router];
	struct vrrp_advert advert = {
		.version = c->version,
		.vrid = c->vrid,
		.count = 1,
		.family = c->family,
		.interval = c->interval,
		.checksum = VRRP_CHECKSUM_RFC9568,
		.addresses = m->address.bytes,
	};

	for (unsigned kind = 0; kind < ADVERTS; kind++) {
		advert.priority = advert_priority(m, router, kind);
		m->advert_length = (uint8_t)vrrp_encode(
			&advert, &m->source[router], m->advert[router][kind],
			ADVERT_MAX);
		MUST(m->advert_length > 0);
	}
}

void model_init(struct model *m, const struct system *system)
{
	uint8_t address[4] = { 192, 0, 2, 101 };

	*m = (struct model){ .system = system };
	/*
	 * v2 counts whole seconds: four quanta make one. The unit divides
	 * what is no part of an interval: an owner's skew, the gaps of answers
	 * and of resignations, and what an Active waits for its successor.
	 */
	m->quantum = system->version == 2 ? TICK_SECOND / 4 : TICK_CENTISECOND;
	m->unit = m->quantum / (system->version == 2 ? 320 : 64);
	m->address = ip_from_bytes(IP_V4, address);
	m->bound = settling(system);
	m->down = longest_down(system);
	for (unsigned i = 0; i < system->count; i++)
		m->learns |= interval_of(&system->router[i]) !=
			     interval_of(&system->router[0]);
	for (unsigned i = 0; i < system->count; i++) {
		const struct system_router *r = &system->router[i];
		uint8_t source[4] = { 192, 0, 2, 0 };

		/* Of these no probe comes in the middle of a quantum. */
		source[3] = (uint8_t)((i + 1) * (m->learns ? 16 : 1));
		m->source[i] = ip_from_bytes(IP_V4, source);
		m->config[i] = (struct vrrp_config){
			.family = IP_V4,
			.version = system->version,
			.vrid = 10,
			.priority = r->priority,
			.preempt = !r->nopreempt,
			.checksum = VRRP_CHECKSUM_RFC9568,
			.interval = interval_of(r) * m->quantum,
			.down_timer_adverts = (uint8_t)adverts_of(r),
			.lower_prio_no_advert = r->silent,
			.higher_prio_send_advert = !r->silent,
			.owner_ignore_adverts = r->deaf,
			.preempt_delay = r->preempt_delay * m->quantum,
			.announce = { .repeat = 1 },
			.addresses = &m->address,
			.address_count = 1,
		};
		if (system->announces)
			m->config[i].announce = (struct vrrp_announce_config){
				.repeat = 2,
				.interval = m->quantum,
				.delay = 3 * m->quantum,
				.lower_repeat = 1,
			};
		encode_adverts(m, i);
	}
}

/* ---- what can happen ---- */

static unsigned add(struct move *moves, unsigned n, enum move_type type,
		    unsigned a)
{
	MUST(n < MOVES_MAX);
	moves[n] = (struct move){ (uint8_t)type, (uint8_t)a };
	return n + 1;
}

static unsigned add_events(const struct model *m, const struct node *node,
			   unsigned i, struct move *moves, unsigned n)
{
	unsigned events = m->system->events;

	if (!node->powered)
		return add(moves, n, MOVE_BOOT, i);
	if (events & EVENT_CRASH)
		n = add(moves, n, MOVE_CRASH, i);
	if (events & EVENT_STOP)
		n = add(moves, n, node->vrrp.started ? MOVE_STOP : MOVE_START,
			i);
	if (events & EVENT_INTERFACE)
		n = add(moves, n, node->up ? MOVE_DOWN : MOVE_UP, i);
	if (events & EVENT_HANDOVER && node->vrrp.state == VRRP_ACTIVE &&
	    node->vrrp.started)
		n = add(moves, n, MOVE_HANDOVER, i);
	if (events & EVENT_STALL && (node->vrrp.state == VRRP_ACTIVE ||
				     node->vrrp.state == VRRP_BACKUP))
		n = add(moves, n, MOVE_STALL, i);
	if (events & EVENT_TRACK)
		n = add(moves, n, MOVE_TRACK, i);
	if (events & EVENT_PRIORITY && m->system->router[i].other_priority)
		n = add(moves, n, MOVE_PRIORITY, i);
	return n;
}

unsigned model_moves(const struct model *m, const struct state *s,
		     struct move moves[MOVES_MAX])
{
	bool can_wait = true;
	unsigned n = 0;

	for (unsigned i = 0; i < m->system->count; i++)
		if (s->node[i].powered &&
		    vrrp_deadline(&s->node[i].vrrp) <= MODEL_NOW) {
			n = add(moves, n, MOVE_TIMER, i);
			can_wait = false;
		}
	for (unsigned i = 0; i < s->messages; i++) {
		n = add(moves, n, MOVE_DELIVER, i);
		if (s->message[i].age >= m->system->ways)
			can_wait = false;
		if (s->healed)
			continue;
		n = add(moves, n, MOVE_COPY, i);
		n = add(moves, n, MOVE_LOSE, i);
	}
	if (can_wait)
		n = add(moves, n, MOVE_TIME, 0);
	if (s->healed)
		return n;
	n = add(moves, n, MOVE_HEAL, 0);
	for (unsigned i = 0; i < m->system->count && s->budget; i++)
		n = add_events(m, &s->node[i], i, moves, n);
	return n;
}

static void send(const struct model *m, struct state *s, unsigned from,
		 uint8_t priority)
{
	for (unsigned to = 0; to < m->system->count; to++) {
		unsigned on_link = 0, oldest = MESSAGES_MAX;

		if (to == from || !s->node[from].up)
			continue;
		for (unsigned i = s->messages; i-- > 0;)
			if (s->message[i].from == from &&
			    s->message[i].to == to) {
				on_link++;
				if (oldest == MESSAGES_MAX ||
				    s->message[i].age > s->message[oldest].age)
					oldest = i;
			}
		if (on_link == LINK_MAX)
			s->message[oldest] = s->message[--s->messages];
		MUST(s->messages < MESSAGES_MAX);
		s->message[s->messages++] = (struct message){
			.from = (uint8_t)from,
			.to = (uint8_t)to,
			.priority = priority,
		};
	}
}

static void tell(const struct model *m, unsigned router,
		 const struct vrrp_actions *actions)
{
	/* timeline.h asks a LAN for names; this one has no more than names. */
	static struct lan names;

	lan_init(&names, 0, ROUTERS_MAX, 1);
	for (unsigned i = 0; i < actions->count; i++) {
		fprintf(m->tell, "    r%u ", router + 1);
		timeline_action(m->tell, &names, &actions->list[i]);
		fprintf(m->tell, "\n");
	}
}

/* The kernel of an Active answers at once who has the addresses. */
static bool is_answered(const struct model *m, const struct state *s)
{
	bool answered = false;

	for (unsigned i = 0; i < m->system->count; i++)
		answered |= s->node[i].powered && s->node[i].up &&
			    s->node[i].vrrp.state == VRRP_ACTIVE;
	return answered;
}

static const char *step(const struct model *m, struct state *s, unsigned router,
			const struct vrrp_event *event)
{
	struct vrrp_event answered = { .type = VRRP_EVENT_ANSWERED };
	struct vrrp *v = &s->node[router].vrrp;
	struct vrrp before = *v;
	struct vrrp_actions actions;
	const char *wrong;

	vrrp_step(v, MODEL_NOW, event, &actions);
	if (m->tell)
		tell(m, router, &actions);
	wrong = check_step(MODEL_NOW, event, &before, v, &actions);
	if (wrong)
		return wrong;
	if (s->healed > m->bound && before.state != v->state)
		return "a change of state on a LAN that is at rest";
	for (unsigned i = 0; i < actions.count; i++)
		if (actions.list[i].type == VRRP_ACTION_SEND)
			send(m, s, router, actions.list[i].send.priority);
	for (unsigned i = 0; i < actions.count; i++)
		if (actions.list[i].type == VRRP_ACTION_PROBE &&
		    is_answered(m, s))
			return step(m, s, router, &answered);
	return NULL;
}

static const char *deliver(const struct model *m, struct state *s,
			   struct message message)
{
	const struct node *to = &s->node[message.to];
	struct vrrp_event event = { .type = VRRP_EVENT_ADVERT };
	unsigned kind = 0;

	if (!to->powered || !to->up)
		return NULL;
	while (advert_priority(m, message.from, kind) != message.priority)
		MUST(++kind < ADVERTS);
	event.datagram = (struct vrrp_datagram){
		.bytes = m->advert[message.from][kind],
		.length = m->advert_length,
		.source = m->source[message.from],
		.destination = vrrp_group(IP_V4),
		.ttl = VRRP_TTL,
		.received = MODEL_NOW,
	};
	return step(m, s, message.to, &event);
}

static const char *boot(const struct model *m, struct state *s, unsigned i)
{
	struct vrrp_event interface = { .type = VRRP_EVENT_INTERFACE };
	struct vrrp_event startup = { .type = VRRP_EVENT_STARTUP };
	const char *wrong;

	vrrp_init(&s->node[i].vrrp, &m->config[i]);
	s->node[i].powered = true;
	interface.interface.status =
		s->node[i].up ? VRRP_INTERFACE_UP : VRRP_INTERFACE_NO_CARRIER;
	if (s->node[i].up)
		interface.interface.source = m->source[i];
	wrong = step(m, s, i, &interface);
	return wrong ? wrong : step(m, s, i, &startup);
}

static const char *interface(const struct model *m, struct state *s, unsigned i,
			     bool up)
{
	struct vrrp_event event = { .type = VRRP_EVENT_INTERFACE };

	s->node[i].up = up;
	event.interface.status =
		up ? VRRP_INTERFACE_UP : VRRP_INTERFACE_NO_CARRIER;
	if (up)
		event.interface.source = m->source[i];
	return step(m, s, i, &event);
}

static const char *priority(const struct model *m, struct state *s, unsigned i)
{
	const struct system_router *r = &m->system->router[i];
	struct vrrp_event event = { .type = VRRP_EVENT_TRACK };

	event.track.faults = s->node[i].vrrp.track.faults;
	if (s->node[i].vrrp.priority == r->priority)
		event.track.weight = r->other_priority - r->priority;
	return step(m, s, i, &event);
}

static const char *track(const struct model *m, struct state *s, unsigned i)
{
	struct vrrp_event event = { .type = VRRP_EVENT_TRACK };

	event.track = s->node[i].vrrp.track;
	event.track.faults ^= 1 << VRRP_FAULT_TRACKED_INTERFACE;
	return step(m, s, i, &event);
}

static tick_t earlier(tick_t timer, tick_t by)
{
	return timer == TICK_NEVER ? TICK_NEVER : timer - by;
}

/* A quantum, or up to the next deadline. Everything comes nearer. */
static void pass_time(const struct model *m, struct state *s)
{
	tick_t by = m->quantum;

	for (unsigned i = 0; i < m->system->count; i++)
		if (s->node[i].powered)
			by = tick_min(by, vrrp_deadline(&s->node[i].vrrp) -
						  MODEL_NOW);
	for (unsigned i = 0; i < m->system->count; i++) {
		struct vrrp *v = &s->node[i].vrrp;

		v->adver_timer = earlier(v->adver_timer, by);
		v->leave_timer = earlier(v->leave_timer, by);
		v->resign_timer = earlier(v->resign_timer, by);
		v->down_timer = earlier(v->down_timer, by);
		v->preempt_timer = earlier(v->preempt_timer, by);
		v->probe_timer = earlier(v->probe_timer, by);
		v->lower_heard = earlier(v->lower_heard, by);
		if (vrrp_leaving(v))
			v->resigned_at -= by;
		v->active_until = tick_max(v->active_until, MODEL_NOW) - by;
		v->answer_after = tick_max(v->answer_after, MODEL_NOW) - by;
		v->announce.next = earlier(v->announce.next, by);
		v->announce.again = earlier(v->announce.again, by);
		v->announce.refresh = earlier(v->announce.refresh, by);
	}
	for (unsigned i = 0; i < s->messages; i++)
		s->message[i].age++;
	/* Counting parts of a quantum as whole ones would judge too early. */
	if (s->healed && s->healed <= m->bound && by == m->quantum)
		s->healed++;
}

const char *model_do(const struct model *m, struct state *s, struct move move)
{
	struct vrrp_event event = { .type = VRRP_EVENT_TIME };
	struct message message = { 0 };
	unsigned a = move.a;

	if (move.type == MOVE_DELIVER || move.type == MOVE_LOSE ||
	    move.type == MOVE_COPY)
		message = s->message[a];
	if (move.type == MOVE_DELIVER || move.type == MOVE_LOSE)
		s->message[a] = s->message[--s->messages];
	if (move.type >= MOVE_CRASH)
		s->budget--;
	switch ((enum move_type)move.type) {
	case MOVE_DELIVER:
	case MOVE_COPY:
		return deliver(m, s, message);
	case MOVE_TIMER:
		return step(m, s, a, &event);
	case MOVE_TIME:
		pass_time(m, s);
		return NULL;
	case MOVE_HEAL:
		s->healed = 1;
		return NULL;
	case MOVE_CRASH:
		s->node[a].powered = false;
		vrrp_init(&s->node[a].vrrp, &m->config[a]);
		return NULL;
	case MOVE_BOOT:
		return boot(m, s, a);
	case MOVE_STOP:
		event.type = VRRP_EVENT_SHUTDOWN;
		return step(m, s, a, &event);
	case MOVE_START:
		event.type = VRRP_EVENT_STARTUP;
		return step(m, s, a, &event);
	case MOVE_DOWN:
		return interface(m, s, a, false);
	case MOVE_UP:
		return interface(m, s, a, true);
	case MOVE_PRIORITY:
		return priority(m, s, a);
	case MOVE_HANDOVER:
		event.type = VRRP_EVENT_HANDOVER;
		return step(m, s, a, &event);
	case MOVE_STALL:
		event.type = VRRP_EVENT_STALLED;
		return step(m, s, a, &event);
	case MOVE_TRACK:
		return track(m, s, a);
	case MOVE_NONE:
	case MOVE_LOSE:
	case MOVE_TYPES:
		break;
	}
	return NULL;
}

void model_first(const struct model *m, struct state *s)
{
	struct move start = { .type = MOVE_BOOT };

	memset(s, 0, sizeof(*s));
	for (unsigned i = 0; i < m->system->count; i++) {
		s->node[i].up = true;
		s->budget = 1;
		start.a = (uint8_t)i;
		MUST(!model_do(m, s, start));
	}
	s->budget = m->system->budget;
}

static bool is_able(const struct node *n)
{
	return n->powered && n->up && n->vrrp.started &&
	       n->vrrp.track.faults == 0;
}

const char *model_judge(const struct model *m, const struct state *s)
{
	const struct vrrp *active = NULL;
	unsigned actives = 0, able = 0;

	for (unsigned i = 0; i < m->system->count; i++) {
		able += is_able(&s->node[i]);
		if (s->node[i].powered &&
		    s->node[i].vrrp.state == VRRP_ACTIVE) {
			active = &s->node[i].vrrp;
			actives++;
		}
	}
	if (actives > 1)
		return "more than one Active on a healed LAN";
	if (actives != (able > 0))
		return "no Active on a healed LAN";
	for (unsigned i = 0; i < m->system->count && active; i++) {
		const struct vrrp *v = &s->node[i].vrrp;

		if (is_able(&s->node[i]) && v->priority > active->priority &&
		    !v->yielded && (v->config->preempt || v->priority == 255))
			return "the highest priority has not won";
	}
	return NULL;
}
