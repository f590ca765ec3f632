/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model of the kernel's table of IPVS (net/netfilter/ipvs/ip_vs_ctl.c of
 * Linux 6.1): what each change does, and the error with which it is refused.
 * tests/ipvs/agree.c holds it to a real kernel.
 */
#pragma once

#include "lvs/ipvs.h"

#include <stdbool.h>
#include <stdint.h>

#define MODEL_SERVICES 64
#define MODEL_DESTS    64

struct model_service {
	struct ipvs_service is;
	struct ipvs_dest dests[MODEL_DESTS];
	unsigned dest_count;
};

struct model {
	struct model_service services[MODEL_SERVICES];
	unsigned service_count;
	/* A scheduler that is not there, or NULL. */
	const char *missing;
	bool syncs; /* a sync daemon runs */
};

struct model_service *model_find(struct model *m, const struct ipvs_key *key);
struct ipvs_dest *model_find_dest(struct model_service *s,
				  const struct ipvs_dest *key);

/* Does a change; 0 or the errno with which the kernel refuses it. */
int model_do(struct model *m, const struct ipvs_change *change);
