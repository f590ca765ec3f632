/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an event of the ledger says, as a sentence for a person. The log, the
 * control server and, from that, `baton` all use this one.
 *
 * Events are shared memory: a code that has no meaning gets a word too.
 */
#pragma once

#include "base/text.h"
#include "ledger/ledger.h"

/* Long enough for every sentence, with the zero. */
#define WORDS_MAX 320

/*
 * The sentence for an event of that ledger, without the name of its virtual
 * router or process, and without the rule: "backup -> active: no advertisement
 * came ...", "started (pid 12)". Nothing for a type that does not exist.
 */
void words_event(struct ledger *l, const struct ledger_event *event,
		 struct text *out);

/* What a holding is: "address 192.0.2.1", "route 10.0.0.0/8 (table 5)". */
void words_holding(struct ledger *l, unsigned kind, const struct ip *address,
		   uint8_t prefix, uint32_t number, struct text *out);

/* Behind an address: "is put there again and again by another program ...". */
const char *words_others(enum ledger_others others);

/* How a script ended: ": it exited with status 1", or nothing. */
void words_how(enum ledger_how how, int64_t value, struct text *out);

/* Where that is explained: "RFC 9568 6.4.2", "batond(8), REAL TIME", or "". */
const char *words_rule(const struct ledger_event *event);

/* What the value of a note is. */
enum words_value {
	WORDS_VALUE_NONE,
	WORDS_VALUE_INTERVAL, /* nanoseconds */
	WORDS_VALUE_CHECKSUM, /* enum vrrp_checksum */
	WORDS_VALUE_MAC,
};

enum words_value words_value_of(enum vrrp_note note);

/* The lower 48 bits as "02:00:00:00:00:01". */
#define WORDS_MAC 18
void words_mac(uint64_t mac, char out[WORDS_MAC]);
