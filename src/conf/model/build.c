/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statements to drafts, by the keyword table. No keyword is named here but
 * through its row; addresses are address.c's.
 */
#include "conf/model/build.h"
#include "base/must.h"
#include "conf/language/value.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HINT_MAX 200

static bool same_text(const void *context, uint32_t a, uint32_t b)
{
	const struct conf_array *texts = context;
	const char *const *list = texts->items;

	return strcmp(list[a], list[b]) == 0;
}

const char *conf_build_text(struct conf_build *b, const char *text)
{
	size_t length = strlen(text);
	const char **slot;
	uint32_t found;

	slot = conf_array_add(&b->texts, b->memory, sizeof(*slot), 1);
	if (!slot)
		return NULL;
	*slot = text;
	b->text_index.same = same_text;
	b->text_index.context = &b->texts;
	found = conf_index_put(&b->text_index, b->memory,
			       conf_hash(CONF_HASH_START, text, length),
			       (uint32_t)(b->texts.count - 1));
	if (found != CONF_INDEX_NONE) {
		b->texts.count--;
		return ((const char **)b->texts.items)[found];
	}
	*slot = arena_text(&b->model->arena, text, length);
	if (!*slot) {
		*slot = "";
		b->memory->failed = true;
	}
	return *slot;
}

void conf_build_unknown(struct conf_build *b, enum conf_block block,
			const struct conf_word *word)
{
	const struct conf_keyword *other = NULL;
	const char *near = NULL;
	char hint[HINT_MAX] = "";

	if (!word->quoted)
		other = conf_keyword_anywhere(word->text);
	if (other && (other->where & CONF_AT(CONF_IN_TOP)) &&
	    other->kind == CONF_BLOCK) {
		conf_report(b->report, CONF_ERROR, &word->place,
			    "is a } missing before this line?",
			    "%s cannot stand in %s", word->text,
			    conf_block_name(block));
		return;
	}
	if (conf_report_has_room(b->report))
		near = conf_keyword_nearest(block, word->text);
	for (unsigned i = 0; other && i < CONF_BLOCK_COUNT; i++) {
		if (other->where & CONF_AT(i)) {
			snprintf(hint, sizeof(hint), "it belongs in %s%s%s%s",
				 conf_block_name(i),
				 near ? "; or did you mean \"" : "",
				 near ? near : "", near ? "\"?" : "");
			break;
		}
	}
	if (!other && near)
		snprintf(hint, sizeof(hint), "did you mean \"%s\"?", near);
	conf_report_ignored(b->report, &word->place, *hint ? hint : NULL,
			    "unknown word \"%s\" in %s; it is left out",
			    word->text, conf_block_name(block));
}

/* What a row expects, in words. */
static const char *expected(const struct conf_keyword *row, char *text,
			    size_t size)
{
	char low[CONF_TIME_TEXT_MAX];
	char high[CONF_TIME_TEXT_MAX];
	size_t length;

	switch ((enum conf_kind)row->kind) {
	case CONF_NUMBER:
	case CONF_OPTION:
		snprintf(text, size, "a number from %lld to %lld",
			 (long long)row->minimum, (long long)row->maximum);
		return text;
	case CONF_TIME:
		snprintf(text, size, "a time from %s to %s seconds",
			 conf_time_format(row->minimum, low),
			 conf_time_format(row->maximum, high));
		return text;
	case CONF_SECONDS:
		snprintf(text, size, "whole seconds from %lld to %lld, or %s",
			 (long long)row->minimum, (long long)row->maximum,
			 row->choices[0].word);
		return text;
	case CONF_CHOICE:
		snprintf(text, size, "one of");
		for (size_t i = 0; row->choices[i].word; i++) {
			length = strlen(text);
			snprintf(text + length, size - length, "%s %s",
				 i ? "," : "", row->choices[i].word);
		}
		return text;
	case CONF_SWITCH:
		return "on or off";
	case CONF_NAME:
		return "a name of 1 to 63 bytes without control characters";
	case CONF_INTERFACE:
		return "the name of an interface, of at most 15 bytes";
	case CONF_BROADCAST:
		return "an IPv4 address, + or -";
	case CONF_LABEL:
		return "a label of 1 to 15 bytes";
	case CONF_CPUS:
		snprintf(text, size, "numbers of CPUs, %lld to %lld",
			 (long long)row->minimum, (long long)row->maximum);
		return text;
	case CONF_FLAG:
	case CONF_WORDS:
	case CONF_BLOCK:
	case CONF_ADDRESSES:
	case CONF_PEERS:
		break;
	}
	return "nothing";
}

void conf_build_wrong(struct conf_build *b, const struct conf_keyword *row,
		      const struct conf_word *word)
{
	char text[HINT_MAX];
	char hint[HINT_MAX];

	if (word->text[0] == '$')
		snprintf(hint, sizeof(hint),
			 "this name is not defined before this line; write "
			 "$NAME=VALUE");
	else
		snprintf(hint, sizeof(hint), "%s; for example: %s", row->help,
			 row->good);
	conf_report(b->report, CONF_ERROR, &word->place, hint,
		    "%s takes %s, not \"%s\"", row->word,
		    expected(row, text, sizeof(text)), word->text);
}

static bool choose(const struct conf_keyword *row, const char *text,
		   int64_t *out)
{
	for (size_t i = 0; row->choices[i].word; i++) {
		if (strcasecmp(row->choices[i].word, text) == 0) {
			*out = row->choices[i].value;
			return true;
		}
	}
	return false;
}

static bool parse_value(const struct conf_keyword *row, const char *text,
			int64_t *out)
{
	bool on;

	switch ((enum conf_kind)row->kind) {
	case CONF_NUMBER:
	case CONF_OPTION:
	case CONF_CPUS: /* each of them */
		return conf_number(text, out) == 0 && *out >= row->minimum &&
		       *out <= row->maximum;
	case CONF_TIME:
		return conf_time(text, out) == 0 && *out >= row->minimum &&
		       *out <= row->maximum;
	case CONF_SWITCH:
		if (conf_switch(text, &on) < 0)
			return false;
		*out = on ? row->maximum : row->minimum;
		return true;
	case CONF_CHOICE:
		return choose(row, text, out);
	case CONF_SECONDS:
		if (choose(row, text, out))
			return true;
		if (conf_time(text, out) < 0 || *out % TICK_SECOND != 0)
			return false;
		*out /= TICK_SECOND;
		return *out >= row->minimum && *out <= row->maximum;
	case CONF_NAME:
		return conf_name_ok(text, CONF_NAME_MAX);
	case CONF_INTERFACE:
		return conf_interface_ok(text);
	case CONF_LABEL:
		return conf_name_ok(text, CONF_LABEL_MAX);
	case CONF_BROADCAST:
	case CONF_FLAG:
	case CONF_WORDS:
	case CONF_BLOCK:
	case CONF_ADDRESSES:
	case CONF_PEERS:
		break;
	}
	return true;
}

bool conf_build_value(struct conf_build *b, const struct conf_keyword *row,
		      const struct conf_word *word, int64_t *out)
{
	int64_t value = 0;

	if (!parse_value(row, word->text, &value)) {
		conf_build_wrong(b, row, word);
		return false;
	}
	*out = value;
	return true;
}

/* True if a statement is given as many words as its row says. */
static bool count_fits(struct conf_build *b, const struct conf_keyword *row,
		       const struct conf_node *node)
{
	size_t given = node->count - 1;
	size_t least = 1;
	size_t most = 1;
	char text[HINT_MAX];

	switch ((enum conf_kind)row->kind) {
	case CONF_FLAG:
	case CONF_ADDRESSES:
	case CONF_PEERS:
		least = most = 0;
		break;
	case CONF_SWITCH:
	case CONF_OPTION:
		least = 0;
		break;
	case CONF_CPUS:
		most = CONF_CPUS_MAX;
		break;
	case CONF_WORDS:
	case CONF_BLOCK:
		least = (size_t)row->minimum;
		most = (size_t)row->maximum;
		break;
	case CONF_NUMBER:
	case CONF_TIME:
	case CONF_SECONDS:
	case CONF_NAME:
	case CONF_INTERFACE:
	case CONF_CHOICE:
	case CONF_BROADCAST:
	case CONF_LABEL:
		break;
	}
	if (given < least) {
		const char *what = expected(row, text, sizeof(text));

		if (row->kind == CONF_WORDS || row->kind == CONF_BLOCK)
			what = "a value";
		conf_report(b->report, CONF_ERROR, &node->words[0].place,
			    row->help, "%s needs %s behind it", row->word,
			    what);
		return false;
	}
	if (given > most) {
		conf_report(b->report, CONF_ERROR, &node->words[most + 1].place,
			    "each statement begins on a line of its own",
			    "%s takes no \"%s\" here", row->word,
			    node->words[most + 1].text);
		return false;
	}
	return true;
}

/* True if a block stands where the row wants one, and nowhere else. */
static bool block_fits(struct conf_build *b, const struct conf_keyword *row,
		       const struct conf_node *node)
{
	bool wanted = row->kind == CONF_BLOCK || row->kind == CONF_ADDRESSES ||
		      row->kind == CONF_PEERS;

	if (wanted == node->block)
		return true;
	conf_report(b->report, CONF_ERROR, &node->words[0].place, row->help,
		    wanted ? "%s needs a block: write { behind it"
			   : "%s takes no block",
		    row->word);
	return false;
}

/* True if the words say what baton does anyway. */
static bool means_the_same(const struct conf_keyword *row,
			   const struct conf_node *node)
{
	bool on;
	bool same_on;

	if (!row->same || node->count != 2)
		return false;
	if (strcmp(row->same, node->words[1].text) == 0)
		return true;
	return conf_switch(row->same, &same_on) == 0 &&
	       conf_switch(node->words[1].text, &on) == 0 && on == same_on;
}

void conf_build_standing(struct conf_build *b, const struct conf_keyword *row,
			 const struct conf_node *node,
			 const struct conf_word *word)
{
	if (means_the_same(row, node))
		return;
	switch ((enum conf_standing)row->standing) {
	case CONF_DONE:
		break;
	case CONF_LATER:
		conf_report_ignored(b->report, &word->place, row->help,
				    "%s is accepted, but not done yet",
				    row->word);
		break;
	case CONF_NEEDED:
		conf_report(b->report, CONF_ERROR, &word->place,
			    "remove it if this router can do without; baton "
			    "never runs half of a configuration",
			    "baton does not do %s yet", row->word);
		break;
	case CONF_INERT:
		conf_report(b->report, CONF_NOTE, &word->place, row->help,
			    "%s is accepted and has no effect", row->word);
		break;
	}
}

static void store(struct conf_build *b, struct conf_draft *draft,
		  const struct conf_keyword *row, const struct conf_node *node,
		  int64_t value)
{
	const struct conf_word *word = &node->words[node->count - 1];
	enum conf_field field = row->field;

	if (field == CONF_NO_FIELD)
		return;
	if (conf_draft_has(draft, field))
		conf_report_ignored(b->report, &node->words[0].place,
				    "remove the one that is not meant",
				    "this was said before in the same block; "
				    "the last one counts");
	draft->set |= UINT64_C(1) << field;
	if (field == CONF_TEXT_INTERFACE)
		draft->interface = conf_build_text(b, word->text);
	else if (field == CONF_TEXT_ROUTER_ID)
		b->model->global.router_id = conf_build_text(b, word->text);
	else if (field < CONF_DRAFT_VALUES)
		draft->value[field] = value;
	if (field < CONF_DRAFT_SPANS)
		draft->spans[field] = word->place.span;
	if (field == CONF_SEED)
		*b->random = (uint64_t)value;
}

/* All of a list of CPUs, or none of it. */
static void cpus(struct conf_build *b, struct conf_draft *draft,
		 const struct conf_keyword *row, const struct conf_node *node)
{
	struct conf_process *vrrp = &b->model->global.vrrp;
	uint64_t set[ARRAY_LENGTH(vrrp->cpus)] = { 0 };
	int64_t cpu;

	for (size_t i = 1; i < node->count; i++) {
		if (!conf_build_value(b, row, &node->words[i], &cpu))
			return;
		set[cpu / 64] |= UINT64_C(1) << cpu % 64;
	}
	store(b, draft, row, node, 0);
	vrrp->bound = true;
	memcpy(vrrp->cpus, set, sizeof(set));
}

static void walk(struct conf_build *b, struct conf_draft *draft,
		 const struct conf_node *node, enum conf_block block,
		 bool quiet);

static void walk_children(struct conf_build *b, struct conf_draft *draft,
			  const struct conf_node *node, enum conf_block block,
			  bool quiet)
{
	const struct conf_node *child = node->children;

	for (; child && block != CONF_IN_LIST; child = child->next)
		walk(b, draft, child, block, quiet);
}

static void instance(struct conf_build *b, const struct conf_node *node)
{
	const struct conf_word *name = &node->words[1];
	struct conf_draft *draft;

	if (!conf_name_ok(name->text, CONF_NAME_MAX)) {
		conf_report(b->report, CONF_ERROR, &name->place, NULL,
			    "the name of an instance has 1 to %d bytes and no "
			    "control characters",
			    CONF_NAME_MAX);
		return;
	}
	if (b->drafts.count >= CONF_INSTANCES_MAX) {
		if (b->drafts.count == CONF_INSTANCES_MAX)
			conf_report(b->report, CONF_ERROR, &name->place, NULL,
				    "there are more than %d instances",
				    CONF_INSTANCES_MAX);
		return;
	}
	draft = conf_array_add(&b->drafts, b->memory, sizeof(*draft), 1);
	if (!draft)
		return;
	draft->name = conf_build_text(b, name->text);
	draft->span = name->place.span;
	draft->first = (uint32_t)b->addresses.count;
	draft->first_peer = (uint32_t)b->peers.count;
	walk_children(b, draft, node, CONF_IN_INSTANCE, false);
	draft->count = (uint32_t)b->addresses.count - draft->first;
	draft->peer_count = (uint32_t)b->peers.count - draft->first_peer;
}

static void walk(struct conf_build *b, struct conf_draft *draft,
		 const struct conf_node *node, enum conf_block block,
		 bool quiet)
{
	const struct conf_word *word = &node->words[0];
	const struct conf_keyword *row =
		word->quoted ? NULL : conf_keyword_find(block, word->text);
	int64_t value;

	if (word->text[0] == '\0' && !word->quoted)
		return; /* a { without a word, reported by the tree */
	if (!row) {
		conf_build_unknown(b, block, word);
		return;
	}
	if (!count_fits(b, row, node) || !block_fits(b, row, node)) {
		conf_draft_spoil(draft, row->kind == CONF_ADDRESSES
						? CONF_ADDRESS_LIST
						: row->field);
		return;
	}
	if (!quiet)
		conf_build_standing(b, row, node, word);
	switch ((enum conf_kind)row->kind) {
	case CONF_FLAG:
		store(b, draft, row, node, row->minimum);
		break;
	case CONF_SWITCH:
	case CONF_OPTION:
		value = row->maximum;
		if (node->count == 1 ||
		    conf_build_value(b, row, &node->words[1], &value))
			store(b, draft, row, node, value);
		break;
	case CONF_NUMBER:
	case CONF_TIME:
	case CONF_SECONDS:
	case CONF_NAME:
	case CONF_INTERFACE:
	case CONF_CHOICE:
	case CONF_BROADCAST:
	case CONF_LABEL:
		if (conf_build_value(b, row, &node->words[1], &value))
			store(b, draft, row, node, value);
		else
			conf_draft_spoil(draft, row->field);
		break;
	case CONF_CPUS:
		cpus(b, draft, row, node);
		break;
	case CONF_WORDS:
		break;
	case CONF_BLOCK:
		if (row->opens == CONF_IN_INSTANCE)
			instance(b, node);
		else
			walk_children(b, draft, node, row->opens,
				      row->standing != CONF_DONE);
		break;
	case CONF_ADDRESSES:
		conf_build_addresses(b, draft, node, row->minimum == 1);
		break;
	case CONF_PEERS:
		conf_build_peers(b, draft, node);
		break;
	}
}

void conf_build_node(void *to, const struct conf_node *node)
{
	struct conf_build *b = to;

	if (!b->memory->failed)
		walk(b, &b->global, node, CONF_IN_TOP, false);
}

void conf_build_free(struct conf_build *b)
{
	conf_array_free(&b->drafts, b->memory);
	conf_array_free(&b->addresses, b->memory);
	conf_array_free(&b->peers, b->memory);
	conf_array_free(&b->texts, b->memory);
	conf_index_free(&b->text_index, b->memory);
}
