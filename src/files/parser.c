/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "files/parser.h"

#include "base/must.h"
#include "files/conf_files.h"
#include "sys/pages.h"
#include "sys/sandbox.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bytes on their way to a descriptor. */
struct sink {
	int fd;
	bool failed;
	size_t length;
	char bytes[65536];
};

static void flush(struct sink *s)
{
	size_t at = 0;

	while (at < s->length && !s->failed) {
		ssize_t wrote = write(s->fd, s->bytes + at, s->length - at);

		if (wrote > 0)
			at += (size_t)wrote;
		else if (wrote == 0 || errno != EINTR)
			s->failed = true;
	}
	s->length = 0;
}

static void add(void *to, const void *bytes, size_t length)
{
	struct sink *s = to;
	const char *from = bytes;

	while (length > 0 && !s->failed) {
		size_t room = sizeof(s->bytes) - s->length;
		size_t part = length < room ? length : room;

		memcpy(s->bytes + s->length, from, part);
		s->length += part;
		from += part;
		length -= part;
		if (s->length == sizeof(s->bytes))
			flush(s);
	}
}

static void add_text(void *to, const char *text, size_t length)
{
	add(to, text, length);
}

/* True if all of it was written. */
static bool say(const struct conf_parser *p,
		const struct conf_diagnostics *found, struct sink *s)
{
	*s = (struct sink){ .fd = p->said };
	for (size_t n = 0; n < found->count; n++)
		conf_diagnostic_print(&found->list[n], p->colour, add_text, s);
	flush(s);
	return !s->failed;
}

static bool pack(const struct conf_parser *p, const struct conf_model *model,
		 struct sink *s)
{
	*s = (struct sink){ .fd = p->model };
	conf_pack(model, true, add, s);
	flush(s);
	return !s->failed;
}

/*
 * The heap grows in large steps, whose pages are made together. What is given
 * back is soon needed again.
 */
#define HEAP_STEP (1 << 20)
#define HEAP_LARGEST                                                           \
	(32 << 20) /* of glibc: what is larger is no part of it                \
		    */

static char *heap_end; /* as far as its pages were made */

static void heap_begin(void)
{
	mallopt(M_TRIM_THRESHOLD, INT_MAX);
	mallopt(M_MMAP_THRESHOLD, HEAP_LARGEST);
	mallopt(M_TOP_PAD, HEAP_STEP);
	heap_end = sbrk(0);
}

static void *obtain(size_t size)
{
	void *memory = malloc(size);
	char *end = sbrk(0);

	if (end - heap_end >= HEAP_STEP)
		pages_ready(heap_end, (size_t)(end - heap_end));
	if (end > heap_end)
		heap_end = end;
	return memory;
}

int conf_parser_main(const struct conf_parser *p)
{
	struct conf_diagnostics *found = calloc(1, sizeof(*found));
	struct sink *sink = calloc(1, sizeof(*sink));
	struct conf_files *files = calloc(1, sizeof(*files));
	struct arena texts = arena_over(malloc, free);
	struct conf_source source;
	struct conf_model *model;

	if (!found || !sink || !files)
		return PARSER_FAILED;
	source = conf_files_source(files, p->config_id);
	source.all_files = p->all_files;
	source.no_folder = p->given > 0;
	files->broker = p->broker;
	files->given = p->given;
	found->arena = &texts;
	heap_begin();
	if (sandbox_enter(SANDBOX_CONF))
		return PARSER_FAILED;
	model = conf_load(&source, p->file, obtain, free, found);
	if (files->broken)
		return PARSER_BROKEN;
	if (!say(p, found, sink))
		return PARSER_FAILED;
	if (!model)
		return PARSER_REFUSED;
	/* Nothing is given back: the process ends now. */
	return pack(p, model, sink) ? 0 : PARSER_FAILED;
}
