/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtual router as a record that outlives its process and its program.
 *
 * Fields stand in the order of this list, without gaps. The list is
 * append-only: a new field is a line at its end, and no line ever changes or
 * goes. So the length of a record says which fields its writer knew, and two
 * programs understand what both of them know. tests/unit/vrrp_save.c holds the
 * offsets.
 *
 * Between two steps the record is all that there is of a virtual router: it is
 * loaded, takes a step, and is saved again.
 */
#pragma once

#include "vrrp/vrrp.h"

/*
 * X(kind, name of the record's field, field of struct vrrp, limit)
 *
 *   MOMENT  a time, or TICK_NEVER, or INT64_MIN: always
 *   SPAN    a duration, at most `limit`
 *   ADDRESS
 *   WORD    16 bits, at most `limit`
 *   BYTE    8 bits, at most `limit`; enumerations too
 *   CAUSE   the same; one of a later program is VRRP_CAUSE_NONE here
 *   BITS    16 bits; of others than those in `limit` nothing is known here
 *   WEIGHT  at most `limit`, above and below 0
 *   FLAG
 */
#define VRRP_SAVED_FIELDS(X)                                                   \
	X(MOMENT, since, since, 0)                                             \
	X(MOMENT, adver_timer, adver_timer, 0)                                 \
	X(MOMENT, down_timer, down_timer, 0)                                   \
	X(MOMENT, preempt_timer, preempt_timer, 0)                             \
	X(MOMENT, answer_after, answer_after, 0)                               \
	X(MOMENT, word_until, word_until, 0)                                   \
	X(SPAN, active_interval, active_interval, VRRP_SAVED_SPAN)             \
	X(MOMENT, lower_heard, lower_heard, 0)                                 \
	X(SPAN, lower_interval, lower_interval, VRRP_SAVED_SPAN)               \
	X(MOMENT, active_until, active_until, 0)                               \
	X(MOMENT, announce_next, announce.next, 0)                             \
	X(MOMENT, announce_again, announce.again, 0)                           \
	X(MOMENT, announce_refresh, announce.refresh, 0)                       \
	X(MOMENT, leave_timer, leave_timer, 0)                                 \
	X(MOMENT, resign_timer, resign_timer, 0)                               \
	X(MOMENT, resigned_at, resigned_at, 0)                                 \
	X(MOMENT, probe_timer, probe_timer, 0)                                 \
	X(MOMENT, defend_after, defend_after, 0)                               \
	X(ADDRESS, source, source, 0)                                          \
	X(ADDRESS, active, active, 0)                                          \
	X(WORD, rounds, announce.rounds, UINT16_MAX)                           \
	X(WORD, again_rounds, announce.again_rounds, UINT16_MAX)               \
	X(BYTE, state, state, VRRP_STATES - 1)                                 \
	X(BYTE, interface, interface, VRRP_INTERFACES - 1)                     \
	X(FLAG, started, started, 1)                                           \
	X(BYTE, priority, priority, UINT8_MAX)                                 \
	X(CAUSE, down_cause, down_cause, VRRP_CAUSES - 1)                      \
	X(BYTE, active_priority, active_priority, UINT8_MAX)                   \
	X(BYTE, peer_checksum, peer_checksum, VRRP_CHECKSUMS - 1)              \
	X(BYTE, resigns_left, resigns_left, UINT8_MAX)                         \
	X(BYTE, heirs_lost, heirs_lost, UINT8_MAX)                             \
	X(FLAG, heir, heir, 1)                                                 \
	X(CAUSE, leave_cause, leave_cause, VRRP_CAUSES - 1)                    \
	X(FLAG, yielded, yielded, 1)                                           \
	X(FLAG, doubt, doubt, 1)                                               \
	X(BYTE, probes, probes, UINT8_MAX)                                     \
	X(BITS, faults, track.faults, (1u << VRRP_FAULTS) - 1)                 \
	X(WEIGHT, weight, track.weight, VRRP_SAVED_WEIGHT)                     \
	X(MOMENT, yield_after, yield_after, 0)                                 \
	X(FLAG, wishes, wishes, 1)                                             \
	X(SPAN, kept_interval, kept_interval, VRRP_SAVED_SPAN)                 \
	X(MOMENT, shy_until, shy_until, 0)                                     \
	X(BYTE, kept, kept, UINT8_MAX)                                         \
	X(FLAG, waits, track.waits, 1)

/* Longer than any interval of an advertisement. */
#define VRRP_SAVED_SPAN (600 * TICK_SECOND)

/* More than all weights that one virtual router can have. */
#define VRRP_SAVED_WEIGHT (1 << 24)

#define VRRP_TYPE_MOMENT  int64_t
#define VRRP_TYPE_SPAN    int64_t
#define VRRP_TYPE_ADDRESS struct ip
#define VRRP_TYPE_WORD    uint16_t
#define VRRP_TYPE_BYTE    uint8_t
#define VRRP_TYPE_CAUSE   uint8_t
#define VRRP_TYPE_BITS    uint16_t
#define VRRP_TYPE_WEIGHT  int32_t
#define VRRP_TYPE_FLAG    uint8_t

/* For others to read, who believe no value that they have not checked. */
struct vrrp_saved {
#define VRRP_FIELD(kind, name, field, limit) VRRP_TYPE_##kind name;
	VRRP_SAVED_FIELDS(VRRP_FIELD)
#undef VRRP_FIELD
} __attribute__((packed));

void vrrp_save(const struct vrrp *v, struct vrrp_saved *out);

/* The virtual router of a record that this very process has saved. */
void vrrp_load(struct vrrp *v, const struct vrrp_config *config,
	       const struct vrrp_saved *saved);

/*
 * The virtual router of a record of which the writer knew the first `length`
 * bytes; what it did not know is as vrrp_init() has it. False, and `v` is as
 * vrrp_init() makes it, if a value is none.
 */
bool vrrp_restore(struct vrrp *v, const struct vrrp_config *config,
		  const struct vrrp_saved *saved, size_t length);

/*
 * Whether what was restored can be: its timers are those of its state, and end
 * while somebody waits for them.
 */
bool vrrp_is_sound(const struct vrrp *v, tick_t now);

/* vrrp_leaving() of a record. */
static inline bool vrrp_saved_leaving(const struct vrrp_saved *saved)
{
	return saved->leave_timer != TICK_NEVER;
}
