/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an instance tracks with a weight, by itself or by its sync group, of
 * whatever kind: for who asks what its priority may come to (vrrp/track.h). But
 * for files, whose numbers nobody knows before.
 */
#pragma once

#include "conf/model/model.h"

#include <stdbool.h>
#include <stdint.h>

struct conf_weighed {
	struct conf_span span;
	const char *list; /* the word of its list: "track_script" */
	const char *name;
	int16_t weight; /* not 0 */
	bool reverse;
};

/* The one of this number, from 0; false: there are no more. */
bool conf_weighed(const struct conf_model *model,
		  const struct conf_instance *instance, uint32_t number,
		  struct conf_weighed *out);

/* What the priority comes to where they all are good, before it is bound. */
int32_t conf_weighed_good(const struct conf_model *model,
			  const struct conf_instance *instance);

/* The effective priority then. */
uint8_t conf_weighed_usual(const struct conf_model *model,
			   const struct conf_instance *instance);

/* By how much this one lowers it when it turns bad; negative: it is raised. */
int32_t conf_weighed_drop(const struct conf_weighed *one);
