/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model as bytes, to be sent to another process of the same program, and
 * back. The bytes are not trusted: unpacking is linear in their length, checks
 * every value against its row, and yields nothing or a whole model.
 *
 * Form: magic, a fingerprint of the tables, then the fields in the order of
 * the rows. Numbers are 8 bytes, texts a length of 4 and their bytes, lists a
 * count of 4 and their items, all in the byte order of the machine. A list of a
 * row with CONF_SHARES has a count that is one higher, or 0: it is the last one
 * of that row.
 */
#pragma once

#include "base/arena.h"
#include "conf/schema/share.h"

/* Where bytes go; the sink cannot fail. */
struct conf_packer {
	void (*write)(void *to, const void *bytes, size_t length);
	void *to;
	bool secrets; /* values that are secret go along; else they are empty */
	struct conf_shared last[CONF_SHARED_MAX];
};

/*
 * Items of lists that are shared, each as often as it stands in the model: no
 * text of the size of a configuration asks for more.
 */
#define CONF_SHARED_ITEMS_MAX (UINT64_C(1) << 23)

/* Where bytes come from, and what is made of them. */
struct conf_unpacker {
	const unsigned char *at, *end;
	struct arena *arena;
	bool failed;     /* stays; reads then yield zeros */
	uint64_t items;  /* of all lists that were unpacked */
	uint64_t shared; /* of those that were there already */
	struct conf_shared last[CONF_SHARED_MAX];
};

void conf_pack_number(struct conf_packer *packer, int64_t value);
void conf_pack_text(struct conf_packer *packer, const char *text); /* or NULL */
void conf_pack_bytes(struct conf_packer *packer, const void *bytes, size_t n);

int64_t conf_unpack_number(struct conf_unpacker *unpacker);
/* A copy in the arena without zero bytes in it; NULL is NULL, or a failure. */
const char *conf_unpack_text(struct conf_unpacker *unpacker, size_t most);
bool conf_unpack_bytes(struct conf_unpacker *unpacker, void *out, size_t n);

void conf_pack_object(struct conf_packer *packer, const struct conf_schema *s,
		      const void *root);

/*
 * Fills a zeroed struct of the top block. Texts and lists are in the arena. -1
 * if the bytes are no such object, or are of other tables, or there is no
 * memory. What stands behind it is the caller's: `u` is there then.
 */
int conf_unpack_object(struct conf_unpacker *u, const struct conf_schema *s,
		       void *root);

/*
 * Overwrites its secrets but those with a bit in `kept` (conf_row.secret_of):
 * with none it is then as if it was packed without them.
 */
void conf_wipe_object(const struct conf_schema *s, void *root, unsigned kept);

/* Calls every block's `derive`, children first; false: one of them failed. */
bool conf_derive_object(const struct conf_schema *s, struct arena *arena,
			void *root);
