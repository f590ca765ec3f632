/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/schema/pack.h"
#include "base/map.h"
#include "base/secret.h"
#include "conf/schema/schema.h"

#include <string.h>

#define MAGIC UINT64_C(0x6e6f7461622d6663)

/* The bytes of a number at most: seven bits each. */
#define NUMBER_MAX 10

void conf_pack_bytes(struct conf_packer *p, const void *bytes, size_t n)
{
	p->write(p->to, bytes, n);
}

/* Most are small: seven bits a byte, the low ones first. */
static void pack_count(struct conf_packer *p, uint64_t count)
{
	unsigned char bytes[NUMBER_MAX];
	size_t n = 0;

	for (; count > 0x7f; count >>= 7)
		bytes[n++] = (unsigned char)(count | 0x80);
	bytes[n++] = (unsigned char)count;
	conf_pack_bytes(p, bytes, n);
}

/* The sign is the lowest bit, so that small ones below 0 are short, too. */
void conf_pack_number(struct conf_packer *p, int64_t value)
{
	pack_count(p, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

/* 0: there is none. */
void conf_pack_text(struct conf_packer *p, const char *text)
{
	size_t length = text ? strlen(text) : 0;

	pack_count(p, text ? length + 1 : 0);
	if (length > 0)
		conf_pack_bytes(p, text, length);
}

bool conf_unpack_bytes(struct conf_unpacker *u, void *out, size_t n)
{
	if (u->failed || (size_t)(u->end - u->at) < n) {
		u->failed = true;
		memset(out, 0, n);
		return false;
	}
	memcpy(out, u->at, n);
	u->at += n;
	return true;
}

/* As it is packed, and not otherwise; 0 if it is none. */
static uint64_t unpack_count(struct conf_unpacker *u)
{
	uint64_t count = 0;
	unsigned char byte = 0x80;
	unsigned shift = 0;

	while (byte & 0x80 && shift < 7 * NUMBER_MAX && !u->failed) {
		if (u->at == u->end)
			break;
		byte = *u->at++;
		count |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	}
	if (u->failed || byte & 0x80 || (byte == 0 && shift > 7) ||
	    (shift == 7 * NUMBER_MAX && byte > 1)) {
		u->failed = true;
		return 0;
	}
	return count;
}

int64_t conf_unpack_number(struct conf_unpacker *u)
{
	uint64_t count = unpack_count(u);

	return (int64_t)(count >> 1 ^ (count & 1 ? UINT64_MAX : 0));
}

const char *conf_unpack_text(struct conf_unpacker *u, size_t most)
{
	uint64_t length = unpack_count(u);
	char *text = NULL;

	if (u->failed || length-- == 0)
		return NULL;
	if (length <= most && length <= (size_t)(u->end - u->at) &&
	    !memchr(u->at, 0, length))
		text = arena_text(u->arena, (const char *)u->at, length);
	if (text)
		u->at += length;
	else
		u->failed = true;
	return text;
}

/* Rows that have a field of their own. */
static bool is_kept(const struct conf_row *row)
{
	return row->standing == CONF_DONE && !(row->flags & CONF_ALIAS) &&
	       row->type->read != NULL;
}

static bool is_list(const struct conf_row *row)
{
	return row->standing == CONF_DONE && !(row->flags & CONF_ALIAS) &&
	       row->type->lists && row->block->size > 0;
}

/* The items of a list, or the one struct that is not in a list. */
static void *items_of(const struct conf_row *row, const void *object,
		      size_t *count)
{
	const char *field = (const char *)object + row->offset;

	if (row->count == CONF_NO) {
		*count = 1;
		return (void *)field;
	}
	*count = conf_row_items(row, object);
	return *(void *const *)(const void *)field;
}

/* False: its items are not sent, as they have been. */
static bool pack_head(struct conf_packer *p, const struct conf_row *row,
		      const void *items, size_t count)
{
	struct conf_shared *last;

	if (!(row->flags & CONF_SHARES)) {
		pack_count(p, count);
		return true;
	}
	last = conf_shared_last(p->last, row);
	if (count > 0 && last->items == items && last->count == count) {
		pack_count(p, 0);
		return false;
	}
	pack_count(p, count + 1);
	if (count > 0) {
		last->items = items;
		last->count = (uint32_t)count;
	}
	return true;
}

static void pack(struct conf_packer *p, const struct conf_block *block,
		 const void *object)
{
	struct conf_rows_walk rows = { block, 0, 0 };
	const struct conf_row *row;

	for (size_t i = 0; i < block->heads.count; i++)
		block->heads.list[i].type->pack(&block->heads.list[i], object,
						p);
	while ((row = conf_row_next(&rows))) {
		const char *items;
		size_t count;

		if (is_kept(row))
			row->type->pack(row, object, p);
		if (!is_list(row))
			continue;
		items = items_of(row, object, &count);
		if (row->count != CONF_NO && !pack_head(p, row, items, count))
			continue;
		for (size_t k = 0; k < count; k++) {
			const char *item = items + k * row->block->size;
			const struct conf_row *its =
				conf_row_of_item(block, row, item);

			if (row->preset != CONF_NO)
				conf_pack_number(p, its->kind);
			pack(p, its->block, item);
		}
	}
}

static bool is_secret(const struct conf_block *block,
		      const struct conf_row *row)
{
	(void)block;
	return row->flags & CONF_SECRET;
}

static void wipe(const struct conf_block *block, void *object, unsigned kept)
{
	struct conf_rows_walk rows = { block, 0, 0 };
	const struct conf_row *row;

	while ((row = conf_row_next(&rows))) {
		char *items;
		size_t count;

		if (is_kept(row) && (row->flags & CONF_SECRET) &&
		    !(kept & 1u << row->secret_of))
			secret_wipe((char *)object + row->offset, row->size);
		if (!is_list(row))
			continue;
		items = items_of(row, object, &count);
		if (count > 0 && row->preset == CONF_NO &&
		    !conf_block_has(row->block, is_secret))
			continue;
		for (size_t k = 0; k < count; k++) {
			char *item = items + k * row->block->size;

			wipe(conf_row_of_item(block, row, item)->block, item,
			     kept);
		}
	}
}

void conf_wipe_object(const struct conf_schema *s, void *root, unsigned kept)
{
	wipe(s->top, root, kept);
}

/* Blocks, words, types and ranges: other tables read other bytes. */
struct fingerprint {
	uint64_t value;
};

static bool add_row(void *to, const struct conf_path *path)
{
	struct fingerprint *f = to;
	const struct conf_row *row = path->row;
	const int64_t parts[] = { (int64_t)f->value,
				  row->standing,
				  row->flags,
				  row->minimum,
				  row->maximum,
				  map_hash(row->word, strlen(row->word)),
				  map_hash(row->type->name,
					   strlen(row->type->name)) };

	f->value = f->value << 32 | map_hash(parts, sizeof(parts));
	return true;
}

static uint64_t fingerprint_of(const struct conf_schema *s)
{
	struct fingerprint f = { 0 };

	conf_rows_each(s->top, add_row, &f);
	return f.value;
}

void conf_pack_object(struct conf_packer *p, const struct conf_schema *s,
		      const void *root)
{
	conf_pack_number(p, (int64_t)MAGIC);
	conf_pack_number(p, (int64_t)fingerprint_of(s));
	pack(p, s->top, root);
}

static bool unpack(struct conf_unpacker *u, const struct conf_block *block,
		   void *object);

static bool unpack_item(struct conf_unpacker *u, const struct conf_block *block,
			const struct conf_row *row, char *item)
{
	int64_t kind = row->preset == CONF_NO ? 0 : conf_unpack_number(u);
	const struct conf_row *its = row;

	if (kind < 0 || kind > UINT8_MAX)
		return false;
	if (row->preset != CONF_NO)
		its = conf_row_of_kind(block, row, (uint8_t)kind);
	if (!its)
		return false;
	if (row->preset != CONF_NO)
		item[row->preset] = (char)kind;
	return unpack(u, its->block, item);
}

static void set_list(const struct conf_row *row, void *object,
		     const void *items, size_t count)
{
	memcpy((char *)object + row->offset, &items, sizeof(items));
	conf_row_set_items(row, object, count);
}

/* A list that was there before. A few bytes must not ask for the walk of a
 * model that no text could have asked for. */
static bool unpack_shared(struct conf_unpacker *u, const struct conf_row *row,
			  void *object)
{
	const struct conf_shared *last = conf_shared_last(u->last, row);

	u->items += last->whole;
	u->shared += last->whole;
	if (!last->items || u->shared > CONF_SHARED_ITEMS_MAX)
		return false;
	set_list(row, object, last->items, last->count);
	return true;
}

static bool unpack_items(struct conf_unpacker *u,
			 const struct conf_block *block,
			 const struct conf_row *row, void *object,
			 uint64_t count)
{
	size_t most =
		row->block->items_max ? row->block->items_max : CONF_ITEMS_MAX;
	uint64_t before = u->items;
	char *items;

	/* Each item takes some bytes: the count cannot ask for much memory. */
	if (u->failed || count > most || count > (size_t)(u->end - u->at))
		return false;
	items = arena_alloc(u->arena, count * row->block->size);
	if (!items)
		return false;
	set_list(row, object, items, count);
	for (size_t k = 0; k < count; k++) {
		if (!unpack_item(u, block, row, items + k * row->block->size))
			return false;
	}
	u->items += count;
	if (count > 0 && row->flags & CONF_SHARES)
		*conf_shared_last(u->last, row) =
			(struct conf_shared){ row, items, (uint32_t)count,
					      u->items - before };
	return true;
}

static bool unpack_list(struct conf_unpacker *u, const struct conf_block *block,
			const struct conf_row *row, void *object)
{
	uint64_t count;

	if (row->count == CONF_NO)
		return unpack(u, row->block, (char *)object + row->offset);
	count = unpack_count(u);
	if (row->flags & CONF_SHARES && count-- == 0)
		return !u->failed && unpack_shared(u, row, object);
	return unpack_items(u, block, row, object, count);
}

static bool unpack(struct conf_unpacker *u, const struct conf_block *block,
		   void *object)
{
	struct conf_rows_walk rows = { block, 0, 0 };
	const struct conf_row *row;

	for (size_t i = 0; i < block->heads.count; i++) {
		row = &block->heads.list[i];
		if (!row->type->unpack(row, object, u))
			return false;
	}
	while ((row = conf_row_next(&rows))) {
		if (is_kept(row) && !row->type->unpack(row, object, u))
			return false;
		if (is_list(row) && !unpack_list(u, block, row, object))
			return false;
	}
	return !u->failed;
}

/* Something follows from what stands in it. */
static bool derives(const struct conf_block *block, const struct conf_row *row)
{
	return block->derive || (row->block && row->block->derive);
}

static bool derive(struct arena *arena, const struct conf_block *block,
		   void *root, void *object)
{
	struct conf_rows_walk rows = { block, 0, 0 };
	const struct conf_row *row;

	while ((row = conf_row_next(&rows))) {
		size_t count;
		char *items;

		if (!is_list(row))
			continue;
		items = items_of(row, object, &count);
		if (count == 0 ||
		    (row->preset == CONF_NO && !row->block->derive &&
		     !conf_block_has(row->block, derives)))
			continue;
		for (size_t k = 0; k < count; k++) {
			char *item = items + k * row->block->size;

			if (!derive(arena,
				    conf_row_of_item(block, row, item)->block,
				    root, item))
				return false;
		}
	}
	return !block->derive || block->derive(arena, root, object);
}

bool conf_derive_object(const struct conf_schema *s, struct arena *arena,
			void *root)
{
	return derive(arena, s->top, root, root);
}

int conf_unpack_object(struct conf_unpacker *u, const struct conf_schema *s,
		       void *root)
{
	if (conf_unpack_number(u) != (int64_t)MAGIC ||
	    conf_unpack_number(u) != (int64_t)fingerprint_of(s) ||
	    !unpack(u, s->top, root) || !conf_derive_object(s, u->arena, root))
		return -1;
	return 0;
}
