/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Regular expressions over what servers send, by PCRE2: each is compiled once,
 * however many checks have it, and a match costs no more than named here.
 */
#pragma once

#include "base/tick.h"
#include "conf/model/lvs.h"

#include <stdbool.h>
#include <stddef.h>

/* Bytes of a body in which is looked. */
#define REGEX_BODY_MOST (1u << 20)
/* Calls of the matcher's own function, of one place where a match may begin:
 * some 10 ms of a slow machine. */
#define REGEX_MATCH_MOST 200000u
/* Processor time of all places of one body: then no other item of the pattern
 * is looked at. */
#define REGEX_TIME (50 * TICK_MILLISECOND)
/* Kibibytes of its heap. */
#define REGEX_HEAP_MOST 4096u
#define REGEX_WORDS     48

struct regexes;

struct regexes *regexes_open(void);
void regexes_close(struct regexes *all);

enum regex_result {
	REGEX_MATCHES,
	REGEX_DIFFERS,
	REGEX_UNKNOWN, /* it took too much: `words` says that */
	REGEX_NONE,    /* it is none, whatever the server sent: as above */
};

/* Whether that of a url is found in these bytes, as the url says where. */
enum regex_result regex_look(struct regexes *all, const struct conf_url *url,
			     const char *bytes, size_t length,
			     char words[REGEX_WORDS]);
