/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The saved forms (save.h). Reading believes nothing: a record may be of
 * another program, or written by one that was taken over.
 */
#include "lvs/save.h"

#include "base/must.h"

/* Far from the ends of the scale, so that sums do not overflow. */
#define MOMENT_MAX (INT64_C(1) << 61)

static bool valid_moment(int64_t value)
{
	return value == TICK_NEVER || (value >= 0 && value <= MOMENT_MAX);
}

#define SAVED_MOMENT(value) (value)
#define SAVED_WEIGHT(value) (value)
#define SAVED_BYTE(value)   ((uint8_t)(value))
#define SAVED_FLAG(value)   (value)

void lvs_save_server(const struct lvs *l, uint32_t server,
		     struct lvs_saved_server *out)
{
	const struct lvs_server *s;

	MUST(server < l->server_count + l->leaving_count);
	s = &l->servers[server];
#define LVS_FIELD(kind, name, field, limit) out->name = SAVED_##kind(s->field);
	LVS_SAVED_SERVER_FIELDS(LVS_FIELD)
#undef LVS_FIELD
}

void lvs_save_service(const struct lvs *l, uint32_t service,
		      struct lvs_saved_service *out)
{
	const struct lvs_service *v;

	MUST(service < l->config->service_count);
	v = &l->services[service];
#define LVS_FIELD(kind, name, field, limit) out->name = SAVED_##kind(v->field);
	LVS_SAVED_SERVICE_FIELDS(LVS_FIELD)
#undef LVS_FIELD
}

/* Of one field: whether its value is one. */
#define VALID_MOMENT(value, limit) valid_moment(value)
#define VALID_WEIGHT(value, limit) ((value) >= LVS_WEIGHT_UNSET)
#define VALID_BYTE(value, limit)   ((value) <= (limit))
#define VALID_FLAG(value, limit)   ((value) <= 1)

/* Takes one, if the writer knew it. */
#define LVS_FIELD(kind, name, field, limit)                                    \
	if (offsetof(typeof(*saved), name) + sizeof(saved->name) <= length) {  \
		if (!VALID_##kind(saved->name, limit))                         \
			return false;                                          \
		taken.field = saved->name;                                     \
	}

bool lvs_read_server(const struct lvs_saved_server *saved, size_t length,
		     struct lvs_server *out)
{
	struct lvs_server taken = *out;

	LVS_SAVED_SERVER_FIELDS(LVS_FIELD)
	if (taken.health == LVS_HEALTH_UNKNOWN)
		return false;
	*out = taken;
	return true;
}

bool lvs_read_service(const struct lvs_saved_service *saved, size_t length,
		      struct lvs_service *out)
{
	struct lvs_service taken = *out;

	LVS_SAVED_SERVICE_FIELDS(LVS_FIELD)
	if (taken.quorum != LVS_HEALTH_UP && taken.quorum != LVS_HEALTH_DOWN)
		return false;
	*out = taken;
	return true;
}

#undef LVS_FIELD

struct lvs_saved_server lvs_known_server(enum lvs_health health, tick_t now)
{
	return (struct lvs_saved_server){
		.since = now,
		.until = TICK_NEVER,
		.ramp = TICK_NEVER,
		.ordered = LVS_WEIGHT_UNSET,
		.health = (uint8_t)health,
		.told = (uint8_t)health,
	};
}
