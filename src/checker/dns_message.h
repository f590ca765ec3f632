/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of DNS (RFC 1035), as far as a check needs them: one question, and
 * what a server says to it. No name of an answer is followed.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The longest question: header, name, type and class. */
#define DNS_QUESTION_MOST (12 + 255 + 4)

/*
 * A question with recursion desired, for a name in text ("example.com", "."),
 * without its id. The length, or 0: the name is none (RFC 1035 2.3.4).
 */
size_t dns_question(const char *name, uint16_t type,
		    uint8_t bytes[DNS_QUESTION_MOST]);
void dns_set_id(uint8_t *question, uint16_t id);

enum dns_says {
	DNS_ANSWERS,   /* without an error; whether with records or none */
	DNS_REFUSES,   /* with an error: `rcode` */
	DNS_MALFORMED, /* it is no answer */
	DNS_OTHER,     /* it answers another question */
};

/* What is said in `length` bytes to a question of `asked` bytes. */
enum dns_says dns_answer(const uint8_t *bytes, size_t length,
			 const uint8_t *question, size_t asked,
			 unsigned *rcode);

/* "NXDOMAIN"; a number that has no name: "an error". */
const char *dns_rcode_name(unsigned rcode);
