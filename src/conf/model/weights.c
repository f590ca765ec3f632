/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/model/weights.h"

#include "conf/model/targets.h"
#include "conf/model/tracks.h"
#include "vrrp/track.h"

/* Of interfaces: the entry, or false when the number is beyond their weights.
 */
static bool of_interfaces(const struct conf_model *m,
			  const struct conf_instance *c, uint32_t *number,
			  struct conf_weighed *out)
{
	struct conf_tracked_interface one;

	for (uint32_t i = 0; conf_tracks_interface(m, c, i, &one); i++) {
		if (one.weight == 0 || (*number)-- > 0)
			continue;
		*out = (struct conf_weighed){
			.span = one.on.span,
			.list = "track_interface",
			.name = one.on.name,
			.weight = one.weight,
			.reverse = one.reverse,
		};
		return true;
	}
	return false;
}

static bool of_targets(const struct conf_model *m,
		       const struct conf_instance *c, uint32_t number,
		       struct conf_weighed *out)
{
	static const char *const lists[VRRP_TARGETS] = {
		[VRRP_TARGET_SCRIPT] = "track_script",
		[VRRP_TARGET_FILE] = "track_file",
		[VRRP_TARGET_PROCESS] = "track_process",
		[VRRP_TARGET_VIRTUAL] = "track_virtual_server",
	};
	struct conf_tracks one;

	for (uint32_t i = 0; conf_tracks(m, c, i, &one); i++) {
		if (one.kind == VRRP_TARGET_FILE || one.weight.value == 0 ||
		    number-- > 0)
			continue;
		*out = (struct conf_weighed){
			.span = one.entry->span,
			.list = lists[one.kind],
			.name = one.entry->name,
			.weight = one.weight.value,
			.reverse = one.weight.reverse,
		};
		return true;
	}
	return false;
}

bool conf_weighed(const struct conf_model *m, const struct conf_instance *c,
		  uint32_t number, struct conf_weighed *out)
{
	return of_interfaces(m, c, &number, out) ||
	       of_targets(m, c, number, out);
}

static struct vrrp_tracked tracked(const struct conf_weighed *one, bool good)
{
	return (struct vrrp_tracked){ .weight = one->weight,
				      .reverse = one->reverse,
				      .good = good };
}

int32_t conf_weighed_good(const struct conf_model *m,
			  const struct conf_instance *c)
{
	struct vrrp_track sum = { 0 };
	struct conf_weighed one;

	for (uint32_t n = 0; conf_weighed(m, c, n, &one); n++) {
		const struct vrrp_tracked is = tracked(&one, true);

		vrrp_track_add(&sum, &is);
	}
	return c->vrrp.priority + sum.weight;
}

int32_t conf_weighed_drop(const struct conf_weighed *one)
{
	const struct vrrp_tracked good = tracked(one, true);
	const struct vrrp_tracked bad = tracked(one, false);
	struct vrrp_track before = { 0 }, after = { 0 };

	vrrp_track_add(&before, &good);
	vrrp_track_add(&after, &bad);
	return before.weight - after.weight;
}

uint8_t conf_weighed_usual(const struct conf_model *m,
			   const struct conf_instance *c)
{
	return vrrp_effective_priority(
		c->vrrp.priority, conf_weighed_good(m, c) - c->vrrp.priority);
}
