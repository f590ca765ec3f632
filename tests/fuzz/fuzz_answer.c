/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What baton(1) makes of an answer of the control server: any bytes, to each
 * of its commands and views. The first byte is the status of the answer.
 *
 * Terminals obey control characters, so what is shown to a person has none but
 * the end of a line, whatever the answer says.
 */
#include "base/must.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/growing.h"
#include "ctl/view.h"
#include "silence.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *answer;
static size_t answer_length;
static int answer_status;

/* In the place of ctl/client.c, by the linker. */
int __wrap_client_fetch(struct client *client,
			const struct client_question *question,
			struct text *out);
int __wrap_client_stream(
	struct client *client, const struct client_question *question,
	bool (*take)(void *to, const char *line, size_t length), void *to);

int __wrap_client_fetch(struct client *client,
			const struct client_question *question,
			struct text *out)
{
	(void)client;
	(void)question;
	*out = growing_text();
	text_add(out, answer, answer_length);
	return answer_status;
}

/* 0: nobody wants more of it. */
int __wrap_client_stream(
	struct client *client, const struct client_question *question,
	bool (*take)(void *to, const char *line, size_t length), void *to)
{
	const char *at = answer, *end = answer + answer_length;

	(void)client;
	(void)question;
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline ? newline : end;

		if (!take(to, at, (size_t)(stop - at)))
			break;
		at = stop + 1;
	}
	return 0;
}

static void view_events(struct view *v, const json_t *json)
{
	const json_t *event;
	size_t index;

	json_array_foreach(json, index, event) view_event(v, event);
}

static void look(const json_t *json,
		 void (*show)(struct view *v, const json_t *json), bool colour)
{
	struct view v = { .out = growing_text(),
			  .colour = colour,
			  .width = colour ? 80 : 0 };

	show(&v, json);
	MUST(!v.out.cut);
	for (size_t n = 0; n < v.out.length; n++) {
		unsigned char c = (unsigned char)v.out.bytes[n];

		MUST(c >= ' ' || c == '\n' || (colour && c == '\033'));
		MUST(c != 0x7f);
	}
	growing_free(&v.out);
}

static void run(int (*command)(const struct command *c), const char *argument,
		bool follow)
{
	const char *const arguments[] = { argument, NULL };
	const struct command c = { .run_dir = "/nowhere",
				   .argument = argument,
				   .arguments = arguments,
				   .follow = follow };
	int result = command(&c);

	MUST(result == COMMAND_DONE || result == COMMAND_FAILED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *json;

	if (size == 0)
		return 0;
	silence(true);
	answer_status = data[0] & 1 ? 404 : 200;
	answer = (const char *)data + 1;
	answer_length = size - 1;
	run(command_status, NULL, false);
	run(command_status, "name", false);
	run(command_why, "name", false);
	run(command_servers, NULL, false);
	run(command_servers, "name", false);
	run(command_events, NULL, false);
	run(command_events, NULL, true);
	silence(false);
	json = view_read(answer, answer_length);
	if (!json)
		return 0;
	for (int colour = 0; colour < 2; colour++) {
		look(json, view_status, colour);
		look(json, view_one, colour);
		look(json, view_why, colour);
		look(json, view_servers, colour);
		look(json, view_server, colour);
		look(json, view_why_server, colour);
		look(json, view_events, colour);
		look(json, view_event, colour);
	}
	json_decref(json);
	return 0;
}
