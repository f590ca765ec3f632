/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of real and virtual servers, as records that outlive their
 * process, their configuration and their program.
 *
 * Fields stand in the order of these lists, without gaps. The lists are
 * append-only: a new field is a line at the end, and no line ever changes or
 * goes. So the length of a record says which fields its writer knew.
 * tests/unit/lvs_save.c holds the offsets. A record that is all zero says
 * nothing.
 *
 * Whose record it is stands beside it: of a server its address and port, of a
 * virtual server what it is known by.
 */
#pragma once

#include "lvs/lvs.h"

/*
 * X(kind, name of the record's field, field of the struct, limit)
 *
 *   MOMENT  a time, or TICK_NEVER
 *   WEIGHT  LVS_WEIGHT_UNSET and above
 *   BYTE    at most `limit`; enumerations too
 *   FLAG
 */
#define LVS_SAVED_SERVER_FIELDS(X)                                             \
	X(MOMENT, since, since, 0)                                             \
	X(MOMENT, until, until, 0)                                             \
	X(MOMENT, ramp, ramp, 0)                                               \
	X(WEIGHT, ordered, ordered, 0)                                         \
	X(BYTE, health, health, LVS_HEALTHS - 1)                               \
	X(BYTE, told, told, LVS_HEALTHS - 1)                                   \
	X(BYTE, order, order, LVS_ORDERS - 1)                                  \
	X(BYTE, step, step, UINT8_MAX)                                         \
	X(FLAG, held, held, 1)                                                 \
	X(FLAG, leaves, leaves, 1)

#define LVS_SAVED_SERVICE_FIELDS(X)                                            \
	X(MOMENT, since, since, 0)                                             \
	X(BYTE, quorum, quorum, LVS_HEALTHS - 1)                               \
	X(BYTE, told, told, LVS_HEALTHS - 1)                                   \
	X(FLAG, panic, panic, 1)

#define LVS_TYPE_MOMENT int64_t
#define LVS_TYPE_WEIGHT int32_t
#define LVS_TYPE_BYTE   uint8_t
#define LVS_TYPE_FLAG   uint8_t

#define LVS_FIELD(kind, name, field, limit) LVS_TYPE_##kind name;
/* For others to read, who believe no value that they have not checked. */
struct lvs_saved_server {
	LVS_SAVED_SERVER_FIELDS(LVS_FIELD)
} __attribute__((packed));

struct lvs_saved_service {
	LVS_SAVED_SERVICE_FIELDS(LVS_FIELD)
} __attribute__((packed));
#undef LVS_FIELD

/*
 * Of servers and of those that leave (lvs_first(), lvs_next()). One that
 * leaves and is drained needs no record.
 */
void lvs_save_server(const struct lvs *l, uint32_t server,
		     struct lvs_saved_server *out);
void lvs_save_service(const struct lvs *l, uint32_t service,
		      struct lvs_saved_service *out);

/*
 * What a record comes to of which the writer knew the first `length` bytes;
 * the rest is as in a new core. False, and `out` is untouched, if a value is
 * none, or it says nothing. Only the fields of the list are set.
 */
bool lvs_read_server(const struct lvs_saved_server *saved, size_t length,
		     struct lvs_server *out);
bool lvs_read_service(const struct lvs_saved_service *saved, size_t length,
		      struct lvs_service *out);

/* ---- between lvs_init() and lvs_begin() ---- */

/* What the virtual server was; false if the record says nothing. */
bool lvs_adopt_service(struct lvs *l, uint32_t service,
		       const struct lvs_saved_service *saved, size_t length);

enum lvs_adopted {
	LVS_ADOPTED, /* a server of the file goes on as it was */
	LVS_LEAVES,  /* it is not in the file any more, and drains */
	LVS_GONE,    /* ... and does not; or the record says nothing */
};

/*
 * What a real server was that the virtual server had. A record of one that is
 * known only from the kernel's table has `health`: UP if its weight was above
 * 0, DOWN if it was missing, and `told` the same; the rest is 0, TICK_NEVER
 * and LVS_WEIGHT_UNSET (lvs_known_server()).
 */
enum lvs_adopted lvs_adopt_server(struct lvs *l, tick_t now, uint32_t service,
				  const struct ip *address, uint16_t port,
				  const struct lvs_saved_server *saved,
				  size_t length);

/* A record of which only the health is known. */
struct lvs_saved_server lvs_known_server(enum lvs_health health, tick_t now);
