/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keyword table: every word of keepalived.conf(5) that baton knows, where
 * it may stand, what it takes, where that goes, and how far baton does it. It
 * drives parsing, checking and "did you mean"; a new keyword is a row.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a word may stand in. */
enum conf_block {
	CONF_IN_TOP,
	CONF_IN_GLOBAL,
	CONF_IN_INSTANCE,
	CONF_IN_ADDRESS, /* behind an address of virtual_ipaddress */
	CONF_IN_AUTHENTICATION,
	CONF_IN_GROUP,
	CONF_IN_SCRIPT,
	CONF_IN_TRACK_FILE,
	CONF_IN_TRACK_PROCESS,
	CONF_IN_BFD,
	CONF_IN_GARP_GROUP,
	CONF_IN_TRACK_GROUP,
	CONF_IN_VIRTUAL_SERVER,
	CONF_IN_REAL_SERVER,
	CONF_IN_CHECK,
	CONF_IN_URL,
	CONF_IN_SSL,
	CONF_IN_LIST, /* of names and the like: no keywords */
};

#define CONF_BLOCK_COUNT 18

/* "vrrp_instance" and so on. */
const char *conf_block_name(enum conf_block block);

enum conf_kind {
	CONF_FLAG,    /* nothing; stands for `minimum` */
	CONF_SWITCH,  /* on, off or nothing: `maximum` if on, else `minimum` */
	CONF_NUMBER,  /* minimum to maximum */
	CONF_TIME,    /* the same in nanoseconds, written in seconds */
	CONF_SECONDS, /* the same in whole seconds, or one of `choices` */
	CONF_NAME,    /* text of 1 to CONF_NAME_MAX bytes */
	CONF_INTERFACE, /* a name of an interface */
	CONF_CHOICE,    /* one of `choices` */
	CONF_WORDS,     /* minimum to maximum words, not looked at */
	CONF_BLOCK,     /* such words, and a block */
	CONF_ADDRESSES, /* a block of addresses; `minimum`: 1 excluded ones */
	CONF_PEERS,     /* a block of addresses of other routers */
	CONF_BROADCAST, /* an IPv4 address, + or - */
	CONF_LABEL,     /* text of 1 to CONF_LABEL_MAX bytes */
	CONF_OPTION,    /* a number, or nothing: `maximum` */
	CONF_CPUS,      /* one number or more, each minimum to maximum */
};

/* How far baton does it. */
enum conf_standing {
	CONF_DONE,
	CONF_LATER,  /* not yet, and nothing else depends on it: a warning */
	CONF_NEEDED, /* not yet, and the rest is unsafe without it: an error */
	CONF_INERT,  /* accepted, never has an effect: a note */
};

/* Where a value goes. */
enum conf_field {
	CONF_NO_FIELD,
	CONF_STATE,
	CONF_VRID,
	CONF_PRIORITY,
	CONF_VERSION,
	CONF_INTERVAL,
	CONF_PREEMPT,
	CONF_PREEMPT_DELAY,
	CONF_STRICT,
	CONF_CHECKSUM,
	CONF_NICE,
	CONF_RTTIME,
	CONF_AUTO_DELAY,
	CONF_MONITOR_FORCE,
	CONF_COMMAND_FORCE,
	CONF_GARP_DELAY,
	CONF_GARP_REPEAT,
	CONF_GARP_REFRESH,
	CONF_GARP_REFRESH_REPEAT,
	CONF_LOWER_DELAY,
	CONF_LOWER_REPEAT,
	CONF_MIN_GARP,
	CONF_GARP_INTERVAL,
	CONF_GNA_INTERVAL,
	CONF_LEASE,
	CONF_RESIGN,
	CONF_RT_PRIORITY,
	CONF_NO_SWAP,
	CONF_AUTO_PRIORITY,
	CONF_MONITOR_BUFFER,
	CONF_COMMAND_BUFFER,
	CONF_SEED,
	CONF_SCOPE,
	CONF_TEXT_ROUTER_ID,
	CONF_TEXT_INTERFACE,
	CONF_TEXT_DEV,
	CONF_TEXT_LABEL,
	CONF_TEXT_BROADCAST,
	CONF_ADDRESS_LIST,
	CONF_PEER_LIST,
	CONF_CPU_LIST,
};

_Static_assert(CONF_CPU_LIST < 64, "fields are bits");

struct conf_choice {
	const char *word;
	int64_t value;
};

struct conf_keyword {
	const char *word;
	uint32_t where; /* CONF_AT(block) or-ed */
	uint8_t kind;   /* enum conf_kind */
	uint8_t standing;
	uint8_t field;
	uint8_t opens; /* enum conf_block, of CONF_BLOCK */
	int64_t minimum, maximum;
	const struct conf_choice *choices; /* ends with a NULL word */
	const char *same; /* what means what baton does anyway, or NULL */
	const char *help;
	const char *good; /* an example */
	const char *bad;  /* an example that is an error, or NULL */
};

#define CONF_AT(block) (UINT32_C(1) << (block))

/* A part of the table: a file keyword_*.c. */
struct conf_keyword_part {
	const struct conf_keyword *rows;
	size_t count;
};

extern const struct conf_keyword_part conf_keyword_global;
extern const struct conf_keyword_part conf_keyword_vrrp;
extern const struct conf_keyword_part conf_keyword_lvs;

/* The row of this number, from 0; NULL behind the last one. */
const struct conf_keyword *conf_keyword_at(size_t number);

/* The row of a word in a block, or NULL. */
const struct conf_keyword *conf_keyword_find(enum conf_block block,
					     const char *word);

/* The first row of a word in any block, or NULL. */
const struct conf_keyword *conf_keyword_anywhere(const char *word);

/*
 * The word of this block that is nearest to one that is none of it, or NULL
 * when all are too far for a typing error.
 */
const char *conf_keyword_nearest(enum conf_block block, const char *word);
