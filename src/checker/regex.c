/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/regex.h"

#include "base/map.h"
#include "base/must.h"
#include "checker/library.h"

#include <assert.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FUNCTIONS(X)                                                           \
	X(pcre2_match_context_create_8)                                        \
	X(pcre2_match_data_create_8)                                           \
	X(pcre2_set_callout_8)                                                 \
	X(pcre2_set_match_limit_8)                                             \
	X(pcre2_set_heap_limit_8)                                              \
	X(pcre2_code_free_8)                                                   \
	X(pcre2_match_context_free_8)                                          \
	X(pcre2_match_data_free_8)                                             \
	X(pcre2_compile_8)                                                     \
	X(pcre2_get_error_message_8)                                           \
	X(pcre2_set_offset_limit_8)                                            \
	X(pcre2_match_8)

static struct {
	FUNCTIONS(LIBRARY_FIELD)
} lib;

LIBRARY_LOADS(load, "libpcre2-8.so.0", lib, FUNCTIONS)

/* Of all checks; they are a file's, and a bound on what it may cost. */
#define REGEXES_MOST 4096

/* By enum conf_regex_option. */
static const uint32_t options[] = {
	[CONF_REGEX_ALLOW_EMPTY_CLASS] = PCRE2_ALLOW_EMPTY_CLASS,
	[CONF_REGEX_ALT_BSUX] = PCRE2_ALT_BSUX,
	[CONF_REGEX_AUTO_CALLOUT] = PCRE2_AUTO_CALLOUT,
	[CONF_REGEX_CASELESS] = PCRE2_CASELESS,
	[CONF_REGEX_DOLLAR_ENDONLY] = PCRE2_DOLLAR_ENDONLY,
	[CONF_REGEX_DOTALL] = PCRE2_DOTALL,
	[CONF_REGEX_DUPNAMES] = PCRE2_DUPNAMES,
	[CONF_REGEX_EXTENDED] = PCRE2_EXTENDED,
	[CONF_REGEX_FIRSTLINE] = PCRE2_FIRSTLINE,
	[CONF_REGEX_MATCH_UNSET_BACKREF] = PCRE2_MATCH_UNSET_BACKREF,
	[CONF_REGEX_MULTILINE] = PCRE2_MULTILINE,
	[CONF_REGEX_NEVER_UCP] = PCRE2_NEVER_UCP,
	[CONF_REGEX_NEVER_UTF] = PCRE2_NEVER_UTF,
	[CONF_REGEX_NO_AUTO_CAPTURE] = PCRE2_NO_AUTO_CAPTURE,
	[CONF_REGEX_NO_AUTO_POSSESS] = PCRE2_NO_AUTO_POSSESS,
	[CONF_REGEX_NO_DOTSTAR_ANCHOR] = PCRE2_NO_DOTSTAR_ANCHOR,
	[CONF_REGEX_NO_START_OPTIMIZE] = PCRE2_NO_START_OPTIMIZE,
	[CONF_REGEX_UCP] = PCRE2_UCP,
	[CONF_REGEX_UNGREEDY] = PCRE2_UNGREEDY,
	[CONF_REGEX_UTF] = PCRE2_UTF,
	[CONF_REGEX_NEVER_BACKSLASH_C] = PCRE2_NEVER_BACKSLASH_C,
	[CONF_REGEX_ALT_CIRCUMFLEX] = PCRE2_ALT_CIRCUMFLEX,
	[CONF_REGEX_ALT_VERBNAMES] = PCRE2_ALT_VERBNAMES,
	[CONF_REGEX_USE_OFFSET_LIMIT] = PCRE2_USE_OFFSET_LIMIT,
};
static_assert(ARRAY_LENGTH(options) == CONF_REGEX_OPTIONS, "one for each");

struct regex {
	const char *pattern; /* of the model */
	uint32_t options;
	pcre2_code *code; /* NULL: it cannot be compiled */
	char why[REGEX_WORDS];
};

struct regexes {
	struct map index;
	struct regex list[REGEXES_MOST];
	uint32_t count;
	pcre2_match_context *bounds;
	pcre2_match_data *found;
	tick_t until; /* of the match that is under way */
	unsigned items;
};

static bool same(const void *context, uint32_t number, const void *key)
{
	const struct regexes *all = context;
	const struct regex *is = &all->list[number], *wanted = key;

	return is->options == wanted->options &&
	       strcmp(is->pattern, wanted->pattern) == 0;
}

static tick_t cpu_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec * TICK_SECOND + time.tv_nsec;
}

/* Items of a pattern from one look at the clock to the next: an item may go
 * through all of a body. */
#define ITEMS 16

/* Before each item: no more when the time is over. The library's own limit is
 * one of each place where a match may begin, and a body has a million of them.
 */
static int look_at_clock(pcre2_callout_block *block, void *context)
{
	struct regexes *all = context;

	(void)block;
	if (++all->items % ITEMS || cpu_now() < all->until)
		return 0;
	return PCRE2_ERROR_CALLOUT;
}

struct regexes *regexes_open(void)
{
	struct regexes *all = calloc(1, sizeof(*all));
	void *memory = malloc(map_memory(REGEXES_MOST));

	if (!all || !memory || load())
		goto failed;
	map_init(&all->index, memory, REGEXES_MOST, same, all);
	all->bounds = lib.pcre2_match_context_create(NULL);
	all->found = lib.pcre2_match_data_create(1, NULL);
	if (!all->bounds || !all->found)
		goto failed;
	lib.pcre2_set_match_limit(all->bounds, REGEX_MATCH_MOST);
	lib.pcre2_set_heap_limit(all->bounds, REGEX_HEAP_MOST);
	(void)lib.pcre2_set_callout(all->bounds, look_at_clock, all);
	return all;
failed:
	if (all)
		regexes_close(all);
	else
		free(memory);
	return NULL;
}

void regexes_close(struct regexes *all)
{
	for (uint32_t n = 0; n < all->count; n++)
		lib.pcre2_code_free(all->list[n].code);
	lib.pcre2_match_context_free(all->bounds);
	lib.pcre2_match_data_free(all->found);
	free(all->index.slots);
	free(all);
}

static void compile(struct regex *r)
{
	uint32_t flags = PCRE2_USE_OFFSET_LIMIT | PCRE2_AUTO_CALLOUT;
	PCRE2_SIZE at = 0;
	int error = 0;

	for (unsigned n = 0; n < CONF_REGEX_OPTIONS; n++)
		if (r->options & 1u << n)
			flags |= options[n];
	r->code =
		lib.pcre2_compile((PCRE2_SPTR)r->pattern, PCRE2_ZERO_TERMINATED,
				  flags, &error, &at, NULL);
	if (!r->code)
		lib.pcre2_get_error_message(error, (PCRE2_UCHAR *)r->why,
					    sizeof(r->why));
}

/* NULL: there are too many. */
static struct regex *find(struct regexes *all, const struct conf_url *url)
{
	struct regex wanted = { .pattern = url->regex,
				.options = url->regex_options };
	uint32_t hash = map_hash(url->regex, strlen(url->regex));
	uint32_t n = map_find(&all->index, hash, &wanted);

	if (n != MAP_NONE)
		return &all->list[n];
	if (all->count == REGEXES_MOST)
		return NULL;
	n = all->count++;
	all->list[n] = wanted;
	compile(&all->list[n]);
	map_put(&all->index, hash, n);
	return &all->list[n];
}

enum regex_result regex_look(struct regexes *all, const struct conf_url *url,
			     const char *bytes, size_t length,
			     char words[REGEX_WORDS])
{
	struct regex *r = find(all, url);
	PCRE2_SIZE limit = url->regex_max ? url->regex_max : PCRE2_UNSET;
	int result;

	if (!r || !r->code) {
		snprintf(words, REGEX_WORDS, "%s", r ? r->why : "too many");
		return REGEX_NONE;
	}
	if (url->regex_min > length)
		return REGEX_DIFFERS;
	lib.pcre2_set_offset_limit(all->bounds, limit);
	all->until = cpu_now() + REGEX_TIME;
	result = lib.pcre2_match(r->code, (PCRE2_SPTR)bytes, length,
				 url->regex_min, 0, all->found, all->bounds);
	if (result >= 0)
		return REGEX_MATCHES;
	if (result == PCRE2_ERROR_NOMATCH)
		return REGEX_DIFFERS;
	if (result == PCRE2_ERROR_CALLOUT)
		snprintf(words, REGEX_WORDS, "it takes too long");
	else
		lib.pcre2_get_error_message(result, (PCRE2_UCHAR *)words,
					    REGEX_WORDS);
	return REGEX_UNKNOWN;
}
