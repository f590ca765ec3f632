/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The saved form of a virtual router (save.h). Saving and loading are on the
 * path of each packet: they are lists of stores. Restoring believes nothing:
 * the record may be of another program, or written by one that was taken over.
 */
#include "vrrp/save.h"

#include <assert.h>

#if UINTPTR_MAX == UINT64_MAX
static_assert(sizeof(struct vrrp) == 248, "the list has all fields");
#endif

/* Far from the ends of the scale, so that sums do not overflow. */
#define MOMENT_MAX (INT64_C(1) << 61)

static bool valid_moment(int64_t value)
{
	return value == TICK_NEVER || value == INT64_MIN ||
	       (value >= -MOMENT_MAX && value <= MOMENT_MAX);
}

static bool valid_address(const struct ip *ip, const struct vrrp_config *config)
{
	return ip->family == IP_NONE || ip->family == config->family;
}

/* Enumerations become bytes; all others are what they are. */
#define SAVED_MOMENT(value)  (value)
#define SAVED_SPAN(value)    (value)
#define SAVED_ADDRESS(value) (value)
#define SAVED_WORD(value)    (value)
#define SAVED_BYTE(value)    ((uint8_t)(value))
#define SAVED_CAUSE(value)   ((uint8_t)(value))
#define SAVED_BITS(value)    (value)
#define SAVED_WEIGHT(value)  (value)
#define SAVED_FLAG(value)    (value)

void vrrp_save(const struct vrrp *v, struct vrrp_saved *out)
{
#define VRRP_FIELD(kind, name, field, limit) out->name = SAVED_##kind(v->field);
	VRRP_SAVED_FIELDS(VRRP_FIELD)
#undef VRRP_FIELD
}

void vrrp_load(struct vrrp *v, const struct vrrp_config *config,
	       const struct vrrp_saved *saved)
{
	v->config = config;
#define VRRP_FIELD(kind, name, field, limit) v->field = saved->name;
	VRRP_SAVED_FIELDS(VRRP_FIELD)
#undef VRRP_FIELD
}

/* Of one field: whether its value is one. */
#define VALID_MOMENT(value, limit)  valid_moment(value)
#define VALID_SPAN(value, limit)    ((value) >= 0 && (value) <= (limit))
#define VALID_ADDRESS(value, limit) valid_address(&(value), config)
#define VALID_WORD(value, limit)    ((value) <= (limit))
#define VALID_BYTE(value, limit)    ((value) <= (limit))
#define VALID_CAUSE(value, limit)   true
#define VALID_BITS(value, limit)    true
#define VALID_WEIGHT(value, limit)  ((value) >= -(limit) && (value) <= (limit))
#define VALID_FLAG(value, limit)    ((value) <= (limit))

/* What it is here. */
#define TAKEN_MOMENT(value, limit)  (value)
#define TAKEN_SPAN(value, limit)    (value)
#define TAKEN_ADDRESS(value, limit) (value)
#define TAKEN_WORD(value, limit)    (value)
#define TAKEN_BYTE(value, limit)    (value)
#define TAKEN_CAUSE(value, limit)                                              \
	((value) <= (limit) ? (value) : VRRP_CAUSE_NONE)
#define TAKEN_BITS(value, limit)   ((uint16_t)((value) & (limit)))
#define TAKEN_WEIGHT(value, limit) (value)
#define TAKEN_FLAG(value, limit)   (value)

bool vrrp_restore(struct vrrp *v, const struct vrrp_config *config,
		  const struct vrrp_saved *saved, size_t length)
{
	vrrp_init(v, config);
#define VRRP_FIELD(kind, name, field, limit)                                   \
	if (offsetof(struct vrrp_saved, name) + sizeof(saved->name) <=         \
	    length) {                                                          \
		if (!VALID_##kind(saved->name, limit))                         \
			goto refused;                                          \
		v->field = TAKEN_##kind(saved->name, limit);                   \
	}
	VRRP_SAVED_FIELDS(VRRP_FIELD)
#undef VRRP_FIELD
	if (v->active_interval > 0)
		return true;
refused:
	vrrp_init(v, config);
	return false;
}
