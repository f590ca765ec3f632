/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records that are found by a key and listed in no order: the mirror's routes
 * and rules. A record is one block of malloc(3), and the store's as long as it
 * is in it.
 */
#pragma once

#include "base/map.h"

#include <stdbool.h>
#include <stdint.h>

/* More records of one kind than any configuration asks for. */
#define MIRROR_STORE_MAX (1u << 20)

struct mirror_place {
	void *record;  /* NULL: free */
	uint32_t next; /* of a free one: the next such */
};

struct mirror_store {
	struct mirror_place *places;
	uint32_t capacity, count, free;
	struct map map;
	bool (*same)(const void *record, const void *key);
};

/* An empty store, which needs no memory yet. It must not move afterwards. */
void mirror_store_init(struct mirror_store *s,
		       bool (*same)(const void *record, const void *key));
void mirror_store_free(struct mirror_store *s);

/* The place of a record that is the same as the key, or MAP_NONE. */
uint32_t mirror_store_find(const struct mirror_store *s, uint32_t hash,
			   const void *key);

/* 0, or -ENOMEM or -ENOSPC: then the record is still the caller's. */
int mirror_store_add(struct mirror_store *s, uint32_t hash, void *record);

/* Takes a record out: it is the caller's. */
void *mirror_store_take(struct mirror_store *s, uint32_t hash, uint32_t at);

/* The first place that is not free from `at` on, or MAP_NONE. */
uint32_t mirror_store_next(const struct mirror_store *s, uint32_t at);
