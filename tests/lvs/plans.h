/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configurations that are played. */
#pragma once

#include "world.h"

/* A configuration of one service with that many servers, of weight 1. */
void plan_config(struct plan_config *c, unsigned servers);

/* It has a sorry server. */
void plan_sorry(struct plan_config *c, unsigned service);

/* What is drawn by that seed. */
void plan_draw(struct plan *plan, uint64_t seed);

/* The small ones that are explored: 0, 1, ...; false: there are no more. */
bool plan_small(struct plan *plan, unsigned number, const char **name);
