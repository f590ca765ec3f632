/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: the configuration. The input is a file; what follows a form
 * feed in it is a second file, which every include finds. What is accepted is
 * printed and read again: the second print must be equal, without a warning
 * that the first reading did not give. It is packed and unpacked, too: a plan
 * finds no difference then, and with a byte that is wrong there is either no
 * model or one that can be printed and read.
 */
#include "base/must.h"
#include "conf/model/conf.h"
#include "conf/model/plan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The files of one reading. */
struct files {
	const char *text[2];
	size_t length[2];
};

/* A text that grows. */
struct text {
	char *bytes;
	size_t length;
	size_t capacity;
};

static int read_file(void *context, const char *path, const char **text,
		     size_t *length)
{
	const struct files *files = context;
	int which = strcmp(path, "/etc/main") != 0;

	*text = files->text[which];
	*length = files->length[which];
	return 0;
}

static int list_files(void *context, const char *pattern,
		      void (*found)(void *to, const char *path), void *to)
{
	(void)context;
	if (!strchr(pattern, '*'))
		found(to, pattern);
	return 0;
}

static const char *environment(void *context, const char *name)
{
	(void)context;
	return strlen(name) == 1 ? "value" : NULL;
}

static void append(void *to, const char *bytes, size_t length)
{
	struct text *text = to;

	if (length == 0)
		return;

	if (text->length + length > text->capacity) {
		text->capacity = 2 * (text->length + length);
		text->bytes = realloc(text->bytes, text->capacity);
		MUST(text->bytes);
	}
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
}

static struct conf_model *load(struct files *files,
			       struct conf_diagnostics *diagnostics,
			       struct arena *arena)
{
	struct conf_source source = {
		.context = files,
		.read = read_file,
		.list = list_files,
		.environment = environment,
		.config_id = "id",
	};
	struct text printed = { 0 };
	struct conf_model *model;

	memset(diagnostics, 0, sizeof(*diagnostics));
	*arena = arena_over(malloc, free);
	diagnostics->arena = arena;
	model = conf_load(&source, "/etc/main", malloc, free, diagnostics);
	MUST((model == NULL) == (diagnostics->errors > 0));
	for (size_t i = 0; i < diagnostics->count; i++)
		conf_diagnostic_print(&diagnostics->list[i], i % 2, append,
				      &printed);
	for (size_t i = 0; i < printed.length; i++) {
		unsigned char c = (unsigned char)printed.bytes[i];

		MUST(c >= 0x20 || c == '\n' || c == '\t' || c == '\033');
	}
	free(printed.bytes);
	return model;
}

static struct text print(const struct conf_model *model)
{
	struct text text = { 0 };

	conf_print(model, append, &text);
	return text;
}

static void append_bytes(void *to, const void *bytes, size_t length)
{
	append(to, bytes, length);
}

static bool is_equal(const struct text *a, const struct text *b)
{
	return a->length == b->length &&
	       memcmp(a->bytes, b->bytes, a->length) == 0;
}

static void assert_no_difference(const struct conf_model *a,
				 const struct conf_model *b)
{
	struct arena arena = arena_over(malloc, free);
	struct conf_plan *plan = conf_plan(a, b, &arena);

	MUST(plan && conf_plan_is_empty(plan));
	arena_free(&arena);
}

/* `printed` is what the model prints. */
static void go_through_bytes(const struct conf_model *model,
			     const struct text *printed)
{
	struct text packed = { 0 };
	struct text again;
	struct conf_model *unpacked;

	conf_pack(model, true, append_bytes, &packed);
	unpacked = conf_unpack(packed.bytes, packed.length, malloc, free);
	MUST(unpacked);
	again = print(unpacked);
	MUST(is_equal(printed, &again));
	assert_no_difference(model, unpacked);
	conf_free(unpacked);
	free(again.bytes);
	free(packed.bytes);
}

/* One byte of the packed model is another: which, the input says. */
static void go_through_wrong_bytes(const struct conf_model *model,
				   uint32_t where)
{
	static struct conf_diagnostics diagnostics;
	struct text packed = { 0 };
	struct conf_model *unpacked;

	conf_pack(model, true, append_bytes, &packed);
	packed.bytes[where / 8 % packed.length] ^= (char)(1 << where % 8);
	unpacked = conf_unpack(packed.bytes, packed.length, malloc, free);
	if (unpacked) {
		struct text text = print(unpacked);
		struct files files = { .text = { text.bytes, "" },
				       .length = { text.length, 0 } };
		struct arena arena;

		conf_free(load(&files, &diagnostics, &arena));
		arena_free(&arena);
		free(text.bytes);
	}
	conf_free(unpacked);
	free(packed.bytes);
}

/* A password is only mentioned in a print: another one is written there. */
static void give_passwords(struct text *printed)
{
	static const char mention[] = "\t\t# auth_pass (hidden)";
	char *end = printed->bytes + printed->length;
	char *at = printed->bytes;

	while (at && (at = memmem(at, (size_t)(end - at), mention,
				  sizeof(mention) - 1)))
		at[2] = ' ';
}

static uint32_t hash_of(const uint8_t *data, size_t size)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ data[i]) * 16777619U;
	return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct conf_diagnostics diagnostics;
	struct arena arena;
	const uint8_t *feed = size ? memchr(data, '\f', size) : NULL;
	size_t first = feed ? (size_t)(feed - data) : size;
	struct files files = {
		.text = { (const char *)data,
			  feed ? (const char *)feed + 1 : "" },
		.length = { first, feed ? size - first - 1 : 0 },
	};
	struct conf_model *model;

	if (size == 0)
		return 0;
	model = load(&files, &diagnostics, &arena);
	if (model) {
		struct text one = print(model);
		struct text two;

		go_through_bytes(model, &one);
		go_through_wrong_bytes(model, hash_of(data, size));
		conf_free(model);
		arena_free(&arena);
		give_passwords(&one);
		files.text[0] = one.bytes;
		files.length[0] = one.length;
		model = load(&files, &diagnostics, &arena);
		MUST(model);
		MUST(diagnostics.ignored == 0);
		two = print(model);
		give_passwords(&two);
		MUST(is_equal(&one, &two));
		free(one.bytes);
		free(two.bytes);
	}
	conf_free(model);
	arena_free(&arena);
	return 0;
}
