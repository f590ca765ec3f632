/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "timeline.h"

#include "base/must.h"

void timeline_time(FILE *out, tick_t at)
{
	long long us = at / TICK_MICROSECOND;
	int ns = (int)(at % TICK_MICROSECOND);

	fprintf(out, "[%5lld.%06d", us / 1000000, (int)(us % 1000000));
	if (ns)
		fprintf(out, "%03d", ns);
	fprintf(out, "]");
}

static void print_peer(FILE *out, const struct lan *lan, const struct ip *peer)
{
	int router = lan_router_of(lan, peer);
	char text[IP_TEXT_MAX];

	if (peer->family == IP_NONE)
		return;
	if (router >= 0)
		fprintf(out, " r%d", router + 1);
	else
		fprintf(out, " %s", ip_format(peer, text));
}

void timeline_action(FILE *out, const struct lan *lan,
		     const struct vrrp_action *action)
{
	switch (action->type) {
	case VRRP_ACTION_SEND:
		fprintf(out, "sends %u", action->send.priority);
		return;
	case VRRP_ACTION_CLAIM:
		fprintf(out, "claims");
		return;
	case VRRP_ACTION_RELEASE:
		fprintf(out, "releases");
		return;
	case VRRP_ACTION_ANNOUNCE:
		fprintf(out, "announces");
		return;
	case VRRP_ACTION_PROBE:
		fprintf(out, "probes");
		return;
	case VRRP_ACTION_STATE:
		fprintf(out, "%s -> %s %s", vrrp_state_name(action->state.from),
			vrrp_state_name(action->state.to),
			vrrp_cause_name(action->state.cause));
		print_peer(out, lan, &action->state.peer);
		return;
	case VRRP_ACTION_DROPPED:
		fprintf(out, "drops %s", vrrp_drop_name(action->drop));
		return;
	case VRRP_ACTION_NOTE:
		fprintf(out, "notes %s", vrrp_note_name(action->note.note));
		print_peer(out, lan, &action->note.peer);
		return;
	}
	UNREACHABLE();
}

static void print_router(FILE *out, const struct lan *lan, unsigned router,
			 unsigned group)
{
	fprintf(out, " r%u", router + 1);
	if (lan->group_count > 1)
		fprintf(out, "/%u", lan_config(lan, router, group)->vrid);
	fprintf(out, " ");
}

static void on_step(void *self, const struct lan_step *step)
{
	struct timeline *t = self;

	for (unsigned i = 0; i < step->actions->count; i++) {
		timeline_time(t->out, step->lan->now);
		print_router(t->out, step->lan, step->router, step->group);
		timeline_action(t->out, step->lan, &step->actions->list[i]);
		fprintf(t->out, "\n");
	}
}

static void on_packet(void *self, const struct lan *lan,
		      const struct lan_packet *packet, enum lan_fate fate)
{
	static const char *const words[] = {
		[LAN_SENT] = "sent",           [LAN_LOST] = "lost",
		[LAN_CORRUPTED] = "corrupted", [LAN_ARRIVED] = "arrives",
		[LAN_UNHEARD] = "unheard",
	};
	struct timeline *t = self;

	if (!t->packets)
		return;
	timeline_time(t->out, lan->now);
	fprintf(t->out, "    r%u > r%u", packet->from + 1, packet->to + 1);
	if (packet->length > 2)
		fprintf(t->out, " vrid %u priority %u", packet->bytes[1],
			packet->bytes[2]);
	fprintf(t->out, " %s\n", words[fate]);
}

static void on_words(void *self, const struct lan *lan, const char *words)
{
	struct timeline *t = self;

	timeline_time(t->out, lan->now);
	fprintf(t->out, " ---- %s\n", words);
}

struct lan_observer timeline_observer(struct timeline *t)
{
	return (struct lan_observer){
		.step = on_step,
		.packet = on_packet,
		.said = on_words,
		.self = t,
	};
}
