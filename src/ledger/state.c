/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The slots of ledger/state.h. */
#include "ledger/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The end of a slot: the checksum, 16 digits, in a line of its own. */
#define SUM_LINE 18
#define SUM_AT   (STATE_SLOT - SUM_LINE)

#define SERVES_FORMAT " %d %" PRIu64 " %d %d %d %" PRId64 "\n"
#define SERVES_SCAN   " %d %" SCNu64 " %d %d %d %" SCNd64
#define SERVES_PARTS  6

/* FNV-1a. It tells a torn slot from a whole one, and is no secret. */
static uint64_t sum_of(const char *bytes, size_t length)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t n = 0; n < length; n++) {
		sum ^= (unsigned char)bytes[n];
		sum *= UINT64_C(0x100000001b3);
	}
	return sum;
}

void state_seal(char slot[STATE_SLOT])
{
	char line[SUM_LINE + 1];

	snprintf(line, sizeof(line), "\n%016" PRIx64 "\n",
		 sum_of(slot, SUM_AT));
	memcpy(slot + SUM_AT, line, SUM_LINE);
}

static bool is_whole(const char *slot)
{
	char sealed[STATE_SLOT];

	memcpy(sealed, slot, STATE_SLOT);
	state_seal(sealed);
	return memcmp(sealed, slot, STATE_SLOT) == 0;
}

static int put_process(char *to, size_t size, const char *word,
		       const struct state_process *p)
{
	return snprintf(to, size, "%s" SERVES_FORMAT, word, p->pid, p->started,
			p->ledger, p->packed, p->fallback, p->return_at);
}

void state_encode(const struct state *s, char slot[STATE_SLOT])
{
	char text[SUM_AT + 1];
	size_t room = sizeof(text), at;

	/* Each of the parts has at most 100 bytes. */
	at = (size_t)snprintf(text, room, "batond %" PRIu64 "\n", s->number);
	at += (size_t)put_process(text + at, room - at, "server", &s->server);
	at += (size_t)put_process(text + at, room - at, "heir", &s->heir);
	at += (size_t)snprintf(text + at, room - at, "answers %d %" PRIu64 "\n",
			       s->answers, s->answers_started);
	memset(slot, '\n', STATE_SLOT);
	memcpy(slot, text, at);
	state_seal(slot);
}

static const char *get_process(const char *at, struct state_process *p)
{
	int end = 0;

	if (!at || sscanf(at, SERVES_SCAN "%n", &p->pid, &p->started,
			  &p->ledger, &p->packed, &p->fallback, &p->return_at,
			  &end) < SERVES_PARTS)
		return NULL;
	return at + end;
}

/* Behind that word, or NULL. */
static const char *after(const char *at, const char *word)
{
	size_t length = strlen(word);

	if (!at)
		return NULL;
	while (*at == '\n')
		at++;
	return strncmp(at, word, length) == 0 ? at + length : NULL;
}

static bool decode_slot(const char *slot, struct state *out)
{
	char text[SUM_AT + 1];
	const char *at;
	int end = 0;

	if (!is_whole(slot))
		return false;
	memcpy(text, slot, SUM_AT);
	text[SUM_AT] = '\0';
	*out = (struct state){ 0 };
	at = after(text, "batond");
	if (!at || sscanf(at, " %" SCNu64 "%n", &out->number, &end) < 1)
		return false;
	at = get_process(after(at + end, "server"), &out->server);
	at = get_process(after(at, "heir"), &out->heir);
	at = after(at, "answers");
	return at && sscanf(at, " %d %" SCNu64, &out->answers,
			    &out->answers_started) == 2;
}

bool state_decode(const char *file, size_t length, struct state *out)
{
	struct state slots[2];
	bool whole[2] = { false };

	for (unsigned n = 0; n < 2; n++)
		if (length >= (n + 1) * STATE_SLOT)
			whole[n] =
				decode_slot(file + n * STATE_SLOT, &slots[n]);
	if (!whole[0] && !whole[1])
		return false;
	*out = slots[whole[1] &&
		     (!whole[0] || slots[1].number > slots[0].number)];
	return true;
}
