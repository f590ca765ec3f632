/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes JSON (RFC 8259) into a text as it goes, so that an answer about
 * thousands of virtual routers never stands in memory as a whole. Reading is
 * jansson's, on the other side of the socket.
 *
 * `key` names a member of an object; inside an array it is NULL.
 */
#pragma once

#include "base/ip.h"
#include "base/text.h"
#include "base/tick.h"

#include <stdint.h>

#define JSON_DEPTH_MAX 8

struct json {
	struct text *text;
	unsigned depth;
	bool comma;                   /* before the next value */
	char closing[JSON_DEPTH_MAX]; /* of each open object or array */
};

void json_begin(struct json *j, struct text *text);

void json_open_object(struct json *j, const char *key);
void json_open_array(struct json *j, const char *key);
void json_close(struct json *j);

/* A new line, for a person who looks at it. */
void json_line(struct json *j);

void json_string_of(struct json *j, const char *key, const char *value);
void json_number(struct json *j, const char *key, uint64_t value);
void json_signed(struct json *j, const char *key, int64_t value);
void json_no_value(struct json *j, const char *key);
void json_bool(struct json *j, const char *key, bool value);

/* null for IP_NONE. */
void json_ip(struct json *j, const char *key, const struct ip *ip);

/* RFC 3339, null for 0. */
void json_time(struct json *j, const char *key, tick_t real);

/* Milliseconds, null for TICK_NEVER. */
void json_ms(struct json *j, const char *key, tick_t duration);
