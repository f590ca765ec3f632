/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "history.h"

struct ip router_address(uint8_t last)
{
	uint8_t bytes[4] = { 192, 0, 2, last };

	return ip_from_bytes(IP_V4, bytes);
}

static void hear_of(struct history *p, struct vrrp_event *event, uint8_t last,
		    uint8_t priority, tick_t interval)
{
	struct ip source = router_address(last);
	struct vrrp_advert advert = {
		.version = 3,
		.vrid = p->config.vrid,
		.priority = priority,
		.count = p->config.address_count,
		.family = IP_V4,
		.interval = interval,
		.checksum = VRRP_CHECKSUM_RFC9568,
		.addresses = p->config.addresses[0].bytes,
	};

	event->type = VRRP_EVENT_ADVERT;
	event->datagram = (struct vrrp_datagram){
		.bytes = p->bytes,
		.length = vrrp_encode(&advert, &source, p->bytes,
				      sizeof(p->bytes)),
		.source = source,
		.destination = vrrp_group(IP_V4),
		.ttl = VRRP_TTL,
		.received = p->now,
	};
}

static void hear(struct history *p, struct vrrp_event *event, uint8_t priority)
{
	hear_of(p, event, 9, priority, p->config.interval);
}

static void hear_of_another_list(struct history *p, struct vrrp_event *event)
{
	const struct ip *ours = p->config.addresses;
	struct ip other = router_address(99);

	p->config.addresses = &other;
	hear(p, event, 200);
	p->config.addresses = ours;
}

static void prepare(struct history *p, char letter, struct vrrp_event *event)
{
	p->now += TICK_MILLISECOND;
	switch (letter) {
	case 'i':
		event->type = VRRP_EVENT_INTERFACE;
		event->interface.source = router_address(1);
		break;
	case 'd':
		event->type = VRRP_EVENT_INTERFACE;
		event->interface.status = VRRP_INTERFACE_NO_CARRIER;
		break;
	case 's':
		event->type = VRRP_EVENT_STARTUP;
		break;
	case 'x':
		event->type = VRRP_EVENT_SHUTDOWN;
		break;
	case 't':
		event->type = VRRP_EVENT_TIME;
		p->now = vrrp_deadline(&p->vrrp);
		break;
	case 'p':
		event->type = VRRP_EVENT_TRACK;
		event->track.weight = 120 - p->vrrp.config->priority;
		break;
	case 'z':
		event->type = VRRP_EVENT_STALLED;
		break;
	case 'q':
		event->type = VRRP_EVENT_TRACK;
		event->track.weight = 40 - p->vrrp.config->priority;
		break;
	case 'f':
		hear_of(p, event, 9, 255, VRRP_INTERVAL_MAX_V3);
		break;
	case 'a':
		hear_of_another_list(p, event);
		break;
	case 'n':
		p->config.address_count = 0;
		hear(p, event, 200);
		p->config.address_count = 1;
		break;
	case 'o':
		hear(p, event, VRRP_PRIORITY_OWNER);
		break;
	case 'k':
		hear_of(p, event, 8, 50, p->config.interval);
		break;
	case 'b':
		hear(p, event, 200);
		p->bytes[2] ^= 1;
		break;
	default:
		hear(p, event,
		     letter == 'l'   ? 50
		     : letter == 'g' ? 200
		     : letter == 'r' ? 0
				     : 100);
		break;
	}
}

void history_step(struct history *p, char letter,
		  void (*forge)(struct forged *))
{
	struct lan_observer referee = referee_observer(&p->referee);
	struct vrrp before = p->vrrp;
	struct vrrp_event event = { 0 };
	struct vrrp_actions actions;
	struct lan_step step = { .lan = p->lan,
				 .event = &event,
				 .before = &before,
				 .after = &p->vrrp,
				 .actions = &actions };

	prepare(p, letter, &event);
	vrrp_step(&p->vrrp, p->now, &event, &actions);
	if (forge)
		forge(&(struct forged){ p->now, &p->vrrp, &actions, &event });
	step.now = p->now;
	referee.step(referee.self, &step);
}
