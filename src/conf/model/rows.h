/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the rows of the keyword tables are written, and the blocks that they
 * make. Only the files rows_*.c, which hold rows, and schema users of model/
 * include this.
 */
#pragma once

#include "base/must.h"
#include "base/tick.h"
#include "conf/model/model.h"
#include "conf/model/types.h"
#include "conf/schema/types.h"

#define DAY (86400 * TICK_SECOND)

/* The field of a row: a member of the block's struct. */
#define FIELD(s, m)                                                            \
	.offset = offsetof(struct s, m), .size = sizeof(((struct s *)0)->m),   \
	.count = CONF_NO, .preset = CONF_NO
#define QUIET_FIELD(s, m) FIELD(s, m), .flags = CONF_QUIET
#define NO_FIELD          .count = CONF_NO, .preset = CONF_NO

/* A list: the members that hold the items and their number, a uint32_t. */
#define COUNT(s, n)                                                            \
	.count = offsetof(struct s, n) +                                       \
		 0 * sizeof(char[_Generic(((struct s *)0)->n, uint32_t : 1)])
#define LIST(s, m, n, b)                                                       \
	.offset = offsetof(struct s, m), COUNT(s, n), .preset = CONF_NO,       \
	.block = &(b)

/*
 * A script that is told of changes, of whatever has `notifies`. The marks tell
 * the words apart (types_notify.c). What follows `b` are more fields.
 */
#define NOTIFY_OF(s, t, w, n, h, b, ...)                                       \
	{                                                                      \
		.word = (w), .type = (t),                                      \
		.offset = offsetof(struct s, notifies.marks) + (n), .size = 1, \
		.count = CONF_NO, .preset = CONF_NO, .flags = CONF_QUIET,      \
		.minimum = (n), .maximum = (n), .help = (h),                   \
		.good = w " \"/bin/n.sh a\" nobody", .bad = (b), __VA_ARGS__   \
	}

/* What is tracked of a kind, by whatever has `tracking`; `i` is one of them. */
#define TRACKED_BY(s, k, w, bl, h, i)                                          \
	{                                                                      \
		.word = w, .type = &conf_type_lines,                           \
		LIST(s, tracking.list[k], tracking.count[k], bl), .help = (h), \
		.good = w " {\n " i "\n}", .bad = w " " i                      \
	}

#define TRACKED_SERVERS_BY(s)                                                    \
	{                                                                        \
		.word = "track_virtual_server", .type = &conf_type_lines,        \
		.flags = CONF_ONE_LINE,                                          \
		LIST(s, tracking.list[VRRP_TARGET_VIRTUAL],                      \
		     tracking.count[VRRP_TARGET_VIRTUAL],                        \
		     conf_block_tracked_server),                                 \
		.help = "the virtual servers whose quorums must be there; with " \
			"a weight, each adds to the priority instead; beyond "   \
			"keepalived",                                            \
		.good = "track_virtual_server {\n 192.0.2.1:80 weight 20\n}",    \
		.bad = "track_virtual_server"                                    \
	}

/* The same, in several rows that a byte of the items tells apart (.kind). */
#define SHARED_LIST(s, m, n, b, i, p)                                          \
	.offset = offsetof(struct s, m), COUNT(s, n),                          \
	.preset = offsetof(struct i, p), .block = &(b)

/* Types with their field, range and default. */
#define NUMBER(s, m, lo, hi, d)                                                \
	.type = &conf_type_number, FIELD(s, m), .minimum = (lo),               \
	.maximum = (hi), .otherwise = (d)
#define OPTION(s, m, lo, hi, d)                                                \
	.type = &conf_type_option, FIELD(s, m), .minimum = (lo),               \
	.maximum = (hi), .otherwise = (d)
#define TIME(s, m, lo, hi, d)                                                  \
	.type = &conf_type_time, FIELD(s, m), .minimum = (lo),                 \
	.maximum = (hi), .otherwise = (d)
#define MICROS(s, m, lo, hi, d)                                                \
	.type = &conf_type_micros, FIELD(s, m),                                \
	.minimum = (lo)*TICK_MICROSECOND, .maximum = (hi)*TICK_MICROSECOND,    \
	.otherwise = (d)
#define SECONDS(s, m, lo, hi, c, d)                                            \
	.type = &conf_type_seconds, FIELD(s, m), .minimum = (lo),              \
	.maximum = (hi), .choices = (c), .otherwise = (d)
#define SWITCH(s, m, d)                                                        \
	.type = &conf_type_switch, FIELD(s, m), .minimum = 0, .maximum = 1,    \
	.otherwise = (d)
/* The same, and a word behind it that is neither does not count. */
#define PRESENCE(s, m, d)                                                      \
	.type = &conf_type_presence, FIELD(s, m), .minimum = 0, .maximum = 1,  \
	.otherwise = (d)
/* A word that sets a bool to `v`; without it, it is the opposite. */
#define FLAG(s, m, v)                                                          \
	.type = &conf_type_flag, FIELD(s, m), .minimum = (v), .maximum = (v),  \
	.otherwise = !(v)
#define CHOICE(s, m, c, d)                                                     \
	.type = &conf_type_choice, FIELD(s, m), .choices = (c), .minimum = 1,  \
	.otherwise = (d)
#define NAME(s, m, most) .type = &conf_type_text, FIELD(s, m), .maximum = (most)
#define HEADER(s, m, most)                                                     \
	.type = &conf_type_header, FIELD(s, m), .maximum = (most)
#define INTERFACE(s, m)  .type = &conf_type_interface, FIELD(s, m)
#define IP(s, m, family) .type = &conf_type_ip, FIELD(s, m), .minimum = (family)
#define GROUP(s, m, family)                                                    \
	.type = &conf_type_group, FIELD(s, m), .minimum = (family)

#define WEIGHT(s, m, most)                                                     \
	.type = &conf_type_weight, QUIET_FIELD(s, m), .minimum = -(most),      \
	.maximum = (most)
#define SCOPE(s, m) .type = &conf_type_scope, FIELD(s, m), .maximum = UINT8_MAX
#define SEED(s, m)  .type = &conf_type_seed, FIELD(s, m), .maximum = UINT32_MAX
#define CPUS(s, m)                                                             \
	.type = &conf_type_cpus, FIELD(s, m), .minimum = 0,                    \
	.maximum = CONF_CPUS_MAX - 1
#define EXTRA(s, m) .type = &conf_type_extra, FIELD(s, m)

/* Without a value of its own a field has that of global_defs. */
#define INHERITS(m)                                                            \
	.flags = CONF_INHERITS, .inherits = offsetof(struct conf_global, m)

#define ROW(w, value, h, g, b)                                                 \
	{                                                                      \
		.word = w, value, .help = h, .good = g, .bad = b               \
	}
#define ROW_WITH(w, value, more, h, g, b)                                      \
	{                                                                      \
		.word = w, value, more, .help = h, .good = g, .bad = b         \
	}

/* Behind the other fields that ROW_WITH() takes. */
#define DIFFERS(text) , .differs = text

/* What baton does not do: `lo` to `hi` words, not looked at. */
#define OTHER(s, w, lo, hi, h, g)                                              \
	{                                                                      \
		.word = w, .type = &conf_type_words, NO_FIELD, .standing = s,  \
		.minimum = lo, .maximum = hi, .help = h, .good = g,            \
		.bad = (lo) > 0 ? w : w " {\n}"                                \
	}

/* The same, but one value means what baton does anyway. */
#define UNLESS(s, w, lo, hi, same_as, h, g)                                    \
	{                                                                      \
		.word = w, .type = &conf_type_words, NO_FIELD, .standing = s,  \
		.minimum = lo, .maximum = hi, .same = same_as, .help = h,      \
		.good = g, .bad = (lo) > 0 ? w : w " {\n}"                     \
	}

/* A block that baton does not do; its words are known all the same. */
#define BLOCK(s, w, b, h, g)                                                   \
	{                                                                      \
		.word = w, .type = &conf_type_block, NO_FIELD, .standing = s,  \
		.maximum = MANY, .block = &(b), .help = h, .good = g, .bad = w \
	}

/* The statement takes any number of words. */
#define MANY CONF_WORDS_MANY

#define LATER(w, lo, hi, h, g)  OTHER(CONF_LATER, w, lo, hi, h, g)
#define NEEDED(w, lo, hi, h, g) OTHER(CONF_NEEDED, w, lo, hi, h, g)
#define INERT(w, lo, hi, h, g)  OTHER(CONF_INERT, w, lo, hi, h, g)

/* A secret that baton does not use yet, but never shows. */
#define SECRET(s, w, h, g)                                                     \
	{                                                                      \
		.word = w, .type = &conf_type_words, NO_FIELD, .standing = s,  \
		.flags = CONF_SECRET, .minimum = 1, .maximum = MANY,           \
		.help = h, .good = g, .bad = w                                 \
	}

#define ROWS(list)                                                             \
	{                                                                      \
		list, ARRAY_LENGTH(list)                                       \
	}
#define PART(list) &(const struct conf_rows)ROWS(list)

/* What is behind an opaque block, and not looked at. */
extern const struct conf_block conf_block_list;

extern const struct conf_block conf_block_top;
extern const struct conf_block conf_block_global;
extern const struct conf_block conf_block_instance;
extern const struct conf_block conf_block_address;
extern const struct conf_block conf_block_static_address;
extern const struct conf_block conf_block_route;
extern const struct conf_block conf_block_rule;
/* Of the top level, for a plan: what conf_rows_static has. */
extern const struct conf_block conf_block_static;
extern const struct conf_block conf_block_peer;
extern const struct conf_block conf_block_unicast_peer;
extern const struct conf_block conf_block_tracked_interface;
extern const struct conf_block conf_block_garp_group;
extern const struct conf_block conf_block_link_delay;
extern const struct conf_block conf_block_authentication;
extern const struct conf_block conf_block_auth_hmac;
extern const struct conf_block conf_block_sync_group;
extern const struct conf_block conf_block_recipient;
extern const struct conf_block conf_block_login;
extern const struct conf_block conf_block_member; /* of groups */
extern const struct conf_block conf_block_script;
extern const struct conf_block conf_block_tracked_script;
extern const struct conf_block conf_block_tracked_file;
extern const struct conf_block conf_block_tracked_process;
extern const struct conf_block conf_block_tracked_server;
/* Of the top level, for a plan: all that may be tracked. */
extern const struct conf_block conf_block_targets;
/* What stands at the top level and is none of these, nor an instance. */
extern const struct conf_block conf_block_others;
extern const struct conf_block conf_block_track_file;
extern const struct conf_block conf_block_track_process;
extern const struct conf_block conf_block_track_group;
extern const struct conf_block conf_block_bfd;
extern const struct conf_block conf_block_virtual_server;
extern const struct conf_block conf_block_server_group;
extern const struct conf_block conf_block_ssl;

/* Parts of blocks that stand in a file of their own. */
extern const struct conf_rows conf_rows_common_global;
extern const struct conf_rows conf_rows_common_instance;
extern const struct conf_rows conf_rows_static;        /* of the top level */
extern const struct conf_rows conf_rows_daemon;        /* of the top level */
extern const struct conf_rows conf_rows_dump;          /* of global_defs */
extern const struct conf_rows conf_rows_process;       /* of global_defs */
extern const struct conf_rows conf_rows_later;         /* of global_defs */
extern const struct conf_rows conf_rows_lvs_global;    /* of global_defs */
extern const struct conf_rows conf_rows_instance;      /* of vrrp_instance */
extern const struct conf_rows conf_rows_unicast;       /* of vrrp_instance */
extern const struct conf_rows conf_rows_notify;        /* of vrrp_instance */
extern const struct conf_rows conf_rows_notify_global; /* of global_defs */
extern const struct conf_rows conf_rows_mail;          /* of global_defs */
extern const struct conf_rows conf_rows_script_global;
extern const struct conf_rows conf_rows_tracker; /* of vrrp_instance */
extern const struct conf_rows conf_rows_script_top;
extern const struct conf_rows conf_rows_track_file;    /* of the top level */
extern const struct conf_rows conf_rows_track_process; /* of the top level */

/* For a plan: struct conf_peer, by its address. */
bool conf_same_peer(const void *a, const void *b);
uint32_t conf_hash_peer(const void *item);

/* For a plan: items that begin with a struct conf_target, by its name. */
bool conf_same_target(const void *a, const void *b);
uint32_t conf_hash_target(const void *item);

/* For a plan: items that begin with a struct conf_interface, by its name. */
bool conf_same_interface(const void *a, const void *b);
uint32_t conf_hash_interface(const void *item);

/* The whole of it. */
extern const struct conf_schema conf_schema;
