/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From statements to drafts (build.c, address.c, peer.c), and from drafts, when
 * all are read, to the model (finish.c), with the cross checks (check.c).
 */
#pragma once

#include "conf/language/report.h"
#include "conf/language/store.h"
#include "conf/language/tree.h"
#include "conf/model/keyword.h"
#include "conf/model/model.h"

/* The fields that are numbers, and those whose place matters later. */
#define CONF_DRAFT_VALUES (CONF_SEED + 1)
#define CONF_DRAFT_SPANS  (CONF_COMMAND_FORCE + 1)

/* What is written in a block, before defaults. */
struct conf_draft {
	const char *name;
	const char *interface; /* NULL: not written */
	struct conf_span span; /* of the name */
	uint64_t set;          /* bits of enum conf_field */
	uint64_t wrong;        /* written, with a value that is none */
	uint32_t first;        /* of the addresses */
	uint32_t count;
	uint32_t first_peer;
	uint32_t peer_count;
	int64_t value[CONF_DRAFT_VALUES];
	struct conf_span spans[CONF_DRAFT_SPANS];
};

/* An address as it is written. */
struct conf_draft_address {
	struct conf_address address;
	bool excluded;
	bool dropped; /* said before */
};

/* A router of vrrp_peers. */
struct conf_draft_peer {
	struct ip address;
	struct conf_span span;
	uint32_t draft;
	bool dropped; /* said before */
};

struct conf_build {
	struct conf_report *report;
	struct conf_memory *memory;
	struct conf_model *model;
	struct conf_array drafts;    /* of struct conf_draft */
	struct conf_array addresses; /* of struct conf_draft_address */
	struct conf_array peers;     /* of struct conf_draft_peer */
	struct conf_array texts;     /* of const char *, all different */
	struct conf_index text_index;
	struct conf_draft global;
	uint64_t *random; /* what random_seed sets */
};

static inline bool conf_draft_has(const struct conf_draft *draft,
				  enum conf_field field)
{
	return draft->set & UINT64_C(1) << field;
}

/* A value that is none: told already, so it is not told to be missing. */
static inline void conf_draft_spoil(struct conf_draft *draft,
				    enum conf_field field)
{
	draft->wrong |= UINT64_C(1) << field;
}

static inline bool conf_draft_lacks(const struct conf_draft *draft,
				    enum conf_field field)
{
	return !((draft->set | draft->wrong) & UINT64_C(1) << field);
}

/* A copy in the model of a text, the same pointer for the same text. */
const char *conf_build_text(struct conf_build *build, const char *text);

/* The sink of the tree: `to` is a struct conf_build. */
void conf_build_node(void *to, const struct conf_node *node);

/* The block of addresses of an instance, as it stands in the file. */
void conf_build_addresses(struct conf_build *build, struct conf_draft *draft,
			  const struct conf_node *node, bool excluded);

/* The block of routers that are heard (peer.c). */
void conf_build_peers(struct conf_build *build, struct conf_draft *draft,
		      const struct conf_node *node);

/* Checks them all; one that an instance says twice is marked as dropped. */
void conf_check_peers(struct conf_build *build);

/* A value out of range or of the wrong kind; `word` is of the statement. */
void conf_build_wrong(struct conf_build *build, const struct conf_keyword *row,
		      const struct conf_word *word);

/* The number a word stands for, by its row; false, and reported, if none. */
bool conf_build_value(struct conf_build *build, const struct conf_keyword *row,
		      const struct conf_word *word, int64_t *out);

/* A word that is not legal where it stands. */
void conf_build_unknown(struct conf_build *build, enum conf_block block,
			const struct conf_word *word);

/* Tells that baton does not do a word yet, if so. */
void conf_build_standing(struct conf_build *build,
			 const struct conf_keyword *row,
			 const struct conf_node *node,
			 const struct conf_word *word);

/* Fills the model from the drafts. */
void conf_build_finish(struct conf_build *build);
void conf_build_free(struct conf_build *build);

/* The family of the first advertised address, or IP_NONE. */
uint8_t conf_draft_family(const struct conf_build *build,
			  const struct conf_draft *draft);

/* Checks one draft by itself, with the version it will have. */
void conf_check_draft(struct conf_build *build, const struct conf_draft *draft,
		      uint8_t family, uint8_t version);

/* What global_defs says in vain. */
void conf_check_global(struct conf_build *build);

/*
 * Checks the drafts against each other. An address that an instance says
 * twice is marked as dropped.
 */
void conf_check_drafts(struct conf_build *build);
