/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an instance says, on its way out: built by speaker.c, by the outlet of
 * its kind (outlet.c, outlet_unicast.c); what became of it (sending.c), and of
 * one that nobody hears (unheard.c).
 */
#pragma once

#include "base/ip.h"
#include "base/tick.h"
#include "vrrp/vrrp.h"
#include "vrrp/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct instance;
struct interface;
struct mirror_link;
struct router;

/* What a frame or packet is. */
enum speech_kind {
	SPEECH_ADVERT,
	SPEECH_RESIGN, /* an advertisement of priority 0 */
	SPEECH_ANNOUNCEMENT,
	SPEECH_QUESTION,
};

/* In the cookie of sys/transmit.h: the kind, whether another packet of the same
 * advertisement follows, and behind these the instance. */
#define SPEECH_KINDS    3u
#define SPEECH_MORE     4u
#define SPEECH_ID_SHIFT 3

/* How advertisements leave: a kind each. */
struct outlet {
	/* The most bytes that the advertisement of such an instance takes. */
	size_t (*size)(const struct vrrp_config *config);
	/* Writes it; its length, or 0 if it cannot be made. */
	size_t (*build)(const struct router *r, const struct instance *i,
			const struct vrrp_advert *advert, uint8_t *bytes,
			size_t capacity);
	/* Queues it. The bytes stay until the batch was flushed. */
	void (*send)(struct router *r, uint32_t id, enum speech_kind kind,
		     const uint8_t *bytes, size_t length);
};

/* outlet.c */
/* A frame to the group, from the interface itself: see enum framing. */
extern const struct outlet outlet_multicast;
/* An IP packet to each of the peers (outlet_unicast.c). */
extern const struct outlet outlet_unicast;

struct outlet_frame {
	enum speech_kind kind;
	bool more; /* of an advertisement: another packet of it follows */
	const struct interface *on;
	const struct ip *to; /* NULL: it is a frame, or a packet for `on` */
	const uint8_t *bytes;
	size_t length;
};

/*
 * Queues a frame of an instance. It leaves before others have taken over, or
 * never: this process may be stopped at any moment, and go on after hours.
 */
void outlet_send(struct router *r, uint32_t id, const struct outlet_frame *f);
/* Asks by ARP or a neighbour solicitation who has its first address. */
void outlet_probe(struct router *r, uint32_t instance);

/* How what leaves by a link begins, by its type of hardware. */
enum framing {
	FRAMING_ETHERNET,
	FRAMING_NONE, /* a tunnel: with the IP header */
	FRAMING_OTHER /* in a way that we do not know */
};
enum framing outlet_framing(const struct mirror_link *link);

/* speaker.c */
/* The room for what all instances say. */
int speaker_setup(struct router *r);
void speaker_end(struct router *r);
/* What it says is to be built anew: its interface or source is another one. */
void speaker_forget(struct router *r, uint32_t id);
/*
 * Its interface may have another MTU: as many of its addresses are advertised
 * as there is room for, the first ones, and of the others it is told.
 */
void speaker_fit(struct router *r, uint32_t id);
/*
 * Queues the advertisement of an instance. False if there is none for these
 * values: it has no source.
 */
bool speaker_say(struct router *r, uint32_t id, uint8_t priority,
		 uint8_t checksum);

/* sending.c */
/* It is Active from now on: what did not leave before says nothing. */
void sending_begin(struct router *r, uint32_t id);
/* Of sys/transmit.h: something has left, or could not. */
void sending_done(void *context, uint64_t cookie, uint32_t ifindex, int error);
/* Another router is Active too, and may not hear this one. */
void sending_contested(struct router *r, uint32_t id);

/* unheard.c */
/* Those that nobody hears let others serve, and try again later. */
void unheard_run(struct router *r);
tick_t unheard_deadline(const struct router *r);
