/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a person sees: answers of the control server, in words and columns.
 *
 * Views write into a text and ask nothing of the system but the time zone.
 */
#pragma once

#include "base/text.h"

#include <jansson.h>
#include <stdbool.h>

struct view {
	struct text out;
	bool colour;
	unsigned width; /* columns of the terminal, 0: as wide as it gets */
};

enum view_colour {
	VIEW_PLAIN,
	VIEW_GOOD,
	VIEW_BAD,
	VIEW_DOUBT,
	VIEW_FAINT,
	VIEW_BOLD,
};

/*
 * An answer read; NULL if it is no JSON. Control characters of all strings
 * become '?', and the end of a line a space: names come from files, and
 * terminals obey them.
 */
json_t *view_read(const char *bytes, size_t length);

/* /status: all virtual routers, and what is wrong with them. */
void view_status(struct view *v, const json_t *status);
/* /status?name=: one of them, at length. */
void view_one(struct view *v, const json_t *status);
/* /why. */
void view_why(struct view *v, const json_t *why);
/* One event, as a line. */
/* view_checks.c: health checks of real servers, a line each. */
void view_checks(struct view *v, const json_t *page);
/* Of one: since when it is not made, if it is not. */
void view_not_checked(struct view *v, const json_t *check);
/* The command of a check, or the name of its file; "": it has none. */
const char *view_subject(const json_t *check);
/* view_servers.c: /servers, a line each; and with each of their checks. */
void view_servers(struct view *v, const json_t *page);
void view_server(struct view *v, const json_t *page);
/* "192.0.2.1:80", "[2001:db8::1]:80": of an object's address and port. */
const char *view_target(char *to, size_t size, const json_t *of);
/* Rates of a server, and what was counted. */
void view_counts(struct view *v, const json_t *of, const char *indent);
/* view_why_server.c: why one real server is as it is. */
void view_why_server(struct view *v, const json_t *page);
void view_event(struct view *v, const json_t *event);

/* Shared by the views. */
const char *view_string(const json_t *object, const char *key); /* or "" */
double view_number(const json_t *object, const char *key);      /* or 0 */
bool view_has(const json_t *object, const char *key); /* there and not null */
void view_paint(struct view *v, enum view_colour colour, const char *text);
enum view_colour view_state_colour(const char *state);
/* "250 ms", "3.2 s", "2 min 5 s", "3 d 4 h". */
void view_duration(struct text *out, double milliseconds);
/* The local time of an RFC 3339 time: "2024-04-30 12:00:00.125". */
void view_clock(struct text *out, const char *time);
/* What a script wrote, in one line, if anything. */
void view_output(struct view *v, const json_t *script, const char *before);
/* Where it advertises. */
const char *view_interface(const json_t *instance);
/* "web is active for 3 min 2 s". */
void view_standing(struct view *v, const json_t *instance);
/* That `vrrp` does not run, so that what is shown may be true no more. */
void view_stale(struct view *v, const json_t *status);
/* The same of `lvs` and `check`, on a page that has their ages. */
void view_silent(struct view *v, const json_t *page);
/* What is wrong with what it should have whatever its virtual routers do. */
void view_static(struct view *v, const json_t *status);
void view_fifos(struct view *v, const json_t *status);
/* view_notified.c: scripts that are told of its changes, or its group's. */
void view_notify_problems(struct view *v, const json_t *of, const char *indent);
/* The last of them, if it is no problem. */
void view_notified(struct view *v, const json_t *of);
/* view_mail.c: mail that was not sent; and of a /why, about that one. */
void view_mail(struct view *v, const json_t *status);
void view_mails_of(struct view *v, const json_t *why);
/*
 * What is wrong with a virtual router now, each in words on a line of its own;
 * and what others did wrong, but not lately.
 */
void view_earlier(struct view *v, const json_t *instance, const char *indent);
void view_problems(struct view *v, const json_t *instance, const char *indent);
/* The begin of such a line; and those of what it tracks beside interfaces. */
void view_problem(struct view *v, const char *indent, const char *text);
void view_targets(struct view *v, const json_t *instance, const char *indent);
/* "the TTL or hop limit is not 255, ...": by the word of a reason; or NULL. */
const char *view_drop_text(const char *word);
