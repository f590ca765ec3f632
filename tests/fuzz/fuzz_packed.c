/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packed configuration (conf/schema/pack.h) that was spoiled, as a process
 * that was taken over may hand it on: either there is no model, or one that can
 * be printed, compared and packed again.
 *
 * The input is a configuration, a form feed, and changes of its packed form: 4
 * bytes each, of where and what. Without a form feed it is the packed form.
 */
#include "base/bytes.h"
#include "base/must.h"
#include "conf/model/conf.h"
#include "conf/model/plan.h"
#include "router/book.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	char *at;
	size_t length, capacity;
};

struct file {
	const char *text;
	size_t length;
};

static void append(void *to, const void *bytes, size_t length)
{
	struct bytes *b = to;

	if (b->length + length > b->capacity) {
		b->capacity = 2 * (b->length + length);
		b->at = realloc(b->at, b->capacity);
		MUST(b->at);
	}
	if (length > 0)
		memcpy(b->at + b->length, bytes, length);
	b->length += length;
}

static void append_text(void *to, const char *text, size_t length)
{
	append(to, text, length);
}

static int read_file(void *context, const char *path, const char **text,
		     size_t *length)
{
	const struct file *file = context;

	(void)path;
	*text = file->text;
	*length = file->length;
	return 0;
}

static int list_files(void *context, const char *pattern,
		      void (*found)(void *to, const char *path), void *to)
{
	(void)context;
	(void)pattern;
	(void)found;
	(void)to;
	return 0;
}

static const char *environment(void *context, const char *name)
{
	(void)context;
	(void)name;
	return NULL;
}

static struct conf_model *load(struct file *file)
{
	static struct conf_diagnostics diagnostics;
	struct conf_source source = {
		.context = file,
		.read = read_file,
		.list = list_files,
		.environment = environment,
	};
	struct arena arena = arena_over(malloc, free);
	struct conf_model *model;

	memset(&diagnostics, 0, sizeof(diagnostics));
	diagnostics.arena = &arena;
	model = conf_load(&source, "/etc/main", malloc, free, &diagnostics);
	arena_free(&arena);
	return model;
}

/* Whoever has the model makes a ledger for it. */
static void make_ledger(const struct conf_model *model)
{
	struct ledger_size size;
	struct ledger *l;
	int fd;

	book_size(model, &size);
	fd = ledger_create(&size, "fuzz", &l);
	if (fd < 0)
		return;
	book_fill(model, l);
	ledger_unmap(l);
	close(fd);
}

static void use(struct conf_model *model, const struct conf_model *other)
{
	struct bytes printed = { 0 }, packed = { 0 };
	struct arena arena = arena_over(malloc, free);
	struct conf_model *again;

	make_ledger(model);
	conf_print(model, append_text, &printed);
	MUST(conf_plan(model, other ? other : model, &arena));
	arena_free(&arena);
	conf_pack(model, true, append, &packed);
	again = conf_unpack(packed.at, packed.length, malloc, free);
	MUST(again);
	conf_free(again);
	free(packed.at);
	free(printed.at);
}

static void unpack(const void *bytes, size_t length,
		   const struct conf_model *other)
{
	struct conf_model *model = conf_unpack(bytes, length, malloc, free);

	if (model)
		use(model, other);
	conf_free(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *feed = size ? memchr(data, '\f', size) : NULL;
	struct bytes packed = { 0 };
	struct file file = { (const char *)data,
			     feed ? (size_t)(feed - data) : 0 };
	struct conf_model *model = NULL;
	struct reader changes;

	if (feed)
		model = load(&file);
	if (!model) {
		unpack(data, size, NULL);
		return 0;
	}
	conf_pack(model, true, append, &packed);
	changes = reader_over(feed + 1, size - file.length - 1);
	while (reader_left(&changes) >= 4) {
		size_t at = (size_t)(read_u8(&changes) << 16);

		at |= read_u16(&changes);
		packed.at[at % packed.length] = (char)read_u8(&changes);
	}
	unpack(packed.at, packed.length, model);
	conf_free(model);
	free(packed.at);
	return 0;
}
