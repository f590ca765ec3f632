/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a line of words as ip(8) has them, one behind the other in almost
 * any order: a route or a rule. Each function takes a value; if it is none it
 * is told once, the whole line is wrong, and all that follows fails.
 */
#pragma once

#include "conf/model/model.h"
#include "conf/model/names.h"
#include "conf/schema/pack.h"
#include "conf/schema/reader.h"

struct conf_cursor {
	struct conf_reader *reader;
	const struct conf_word *words;
	size_t count, at;  /* `at`: the next word */
	const char *after; /* the option whose value is read */
	bool failed;
};

/* The next word, or NULL at the end; does not take it. */
const char *conf_cursor_peek(const struct conf_cursor *c);

/* Takes the next word if it is this. */
bool conf_cursor_is(struct conf_cursor *c, const char *word);

/* Takes the next word; NULL, and told, at the end. */
const char *conf_cursor_take(struct conf_cursor *c);

/* The word before the next one is wrong: told, with what was expected. */
void conf_cursor_wrong(struct conf_cursor *c, const char *expected);

uint32_t conf_cursor_number(struct conf_cursor *c, uint32_t least,
			    uint32_t most);
uint32_t conf_cursor_name(struct conf_cursor *c, enum conf_names names,
			  uint32_t most);
/* [SOURCE/]DESTINATION of rt_realms, the source in the upper half. */
uint32_t conf_cursor_realms(struct conf_cursor *c);
struct ip conf_cursor_ip(struct conf_cursor *c);
struct conf_prefix conf_cursor_prefix(struct conf_cursor *c);
const char *conf_cursor_interface(struct conf_cursor *c);
const char *conf_cursor_text(struct conf_cursor *c, size_t most);
/* FIRST-LAST, or one number, which is told to be unusual to keepalived. */
struct conf_range conf_cursor_range(struct conf_cursor *c, uint32_t most);

/* A family must be that of all else; else told. */
void conf_cursor_family(struct conf_cursor *c, uint8_t *family,
			uint8_t another);

/* Fields of a struct that are numbers, with their bounds. */
struct conf_scalar {
	uint16_t offset;
	uint8_t size;
	int64_t least, most;
};

#define CONF_SCALAR(s, m, lo, hi)                                              \
	{                                                                      \
		offsetof(struct s, m), sizeof(((struct s *)0)->m), lo, hi      \
	}

void conf_scalars_pack(const struct conf_scalar *list, size_t count,
		       const void *object, struct conf_packer *packer);
bool conf_scalars_unpack(const struct conf_scalar *list, size_t count,
			 void *object, struct conf_unpacker *unpacker);
bool conf_scalars_equal(const struct conf_scalar *list, size_t count,
			const void *a, const void *b);

/* An address of that family or none, as it was packed. */
void conf_ip_pack(struct conf_packer *packer, const struct ip *ip);
bool conf_ip_unpack(struct conf_unpacker *unpacker, struct ip *ip);
void conf_prefix_pack(struct conf_packer *packer, const struct conf_prefix *p);
bool conf_prefix_unpack(struct conf_unpacker *unpacker, struct conf_prefix *p);
bool conf_prefix_equal(const struct conf_prefix *a,
		       const struct conf_prefix *b);
bool conf_text_equal(const char *a, const char *b);
