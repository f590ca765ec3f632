/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of the name are those of the options, in one order, so that ps(1)
 * and diagnostics show what was meant. A password has no option: everybody on
 * the machine can read a command line.
 */
#include "files/simple.h"

#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST "--interface "
#define PEER  "--unicast-peer"

/* Options with one value, and the words that they are in a vrrp_instance. */
static const struct {
	const char *option, *keyword;
	size_t offset;
} words[] = {
	{ "--interface", "interface", offsetof(struct simple, interface) },
	{ "--vrid", "virtual_router_id", offsetof(struct simple, vrid) },
	{ "--priority", "priority", offsetof(struct simple, priority) },
	{ "--interval", "advert_int", offsetof(struct simple, interval) },
	{ "--vrrp-version", "version", offsetof(struct simple, version) },
};

static const char *value_of(const struct simple *s, size_t word)
{
	const char *value;

	memcpy(&value, (const char *)s + words[word].offset, sizeof(value));
	return value;
}

bool simple_given(const struct simple *s)
{
	bool given = s->peers != NULL;

	for (size_t n = 0; n < ARRAY_LENGTH(words); n++)
		given |= value_of(s, n) != NULL;
	return given;
}

/* What is one plain word, to a configuration as well. */
static bool is_plain(const char *value)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._:/+-@";

	return *value && *value != '-' && !value[strspn(value, plain)];
}

/* A name in the making. */
struct making {
	FILE *out;
	const char *wrong; /* the first value that is no plain word */
};

static void add(struct making *m, const char *option, const char *value)
{
	if (!is_plain(value) && !m->wrong)
		m->wrong = value;
	if (option)
		fprintf(m->out, "%s%s ", ftell(m->out) > 0 ? " " : "", option);
	else
		fputc(' ', m->out);
	fputs(value, m->out);
}

char *simple_name(const struct simple *s, const char *const *addresses,
		  char error[128])
{
	struct making m = { 0 };
	char *name = NULL;
	size_t length;

	*error = '\0';
	if (!s->interface)
		snprintf(error, 128, "--interface is missing");
	else if (!s->vrid)
		snprintf(error, 128, "--vrid is missing");
	else if (!addresses || !addresses[0])
		snprintf(error, 128,
			 "write the virtual addresses behind the options");
	if (!*error && !(m.out = open_memstream(&name, &length)))
		snprintf(error, 128, "there is not enough memory");
	if (*error)
		return NULL;
	for (size_t n = 0; n < ARRAY_LENGTH(words); n++)
		if (value_of(s, n))
			add(&m, words[n].option, value_of(s, n));
	for (size_t n = 0; s->peers && s->peers[n]; n++)
		add(&m, PEER, s->peers[n]);
	for (size_t n = 0; addresses[n]; n++)
		add(&m, NULL, addresses[n]);
	if (fclose(m.out) != 0)
		snprintf(error, 128, "there is not enough memory");
	else if (m.wrong)
		snprintf(error, 128, "%.60s: that is no value", m.wrong);
	else if (length > SIMPLE_NAME_MAX)
		snprintf(error, 128, "this is too long; write a file");
	if (!*error)
		return name;
	free(name);
	return NULL;
}

bool simple_is_name(const char *path)
{
	return strncmp(path, FIRST, strlen(FIRST)) == 0;
}

/* The keyword of an option, or NULL. */
static const char *keyword_of(const char *option)
{
	for (size_t n = 0; n < ARRAY_LENGTH(words); n++)
		if (strcmp(words[n].option, option) == 0)
			return words[n].keyword;
	return NULL;
}

/* What is said once, each on a line of its own. */
static void write_words(FILE *out, char **list, size_t count)
{
	for (size_t n = 0; n + 1 < count; n++) {
		const char *keyword = keyword_of(list[n]);

		if (keyword)
			fprintf(out, "\t%s %s\n", keyword, list[n + 1]);
	}
}

/* What stands in a list: peers, or the addresses. */
static void write_list(FILE *out, const char *keyword, char **list,
		       size_t count, bool peers)
{
	bool any = false;

	for (size_t n = 0; n < count; n++) {
		bool option = strncmp(list[n], "--", 2) == 0;
		bool value = n > 0 && strncmp(list[n - 1], "--", 2) == 0;
		bool peer = value && strcmp(list[n - 1], PEER) == 0;

		if (option || (peers ? !peer : value))
			continue;
		if (!any)
			fprintf(out, "\t%s {\n", keyword);
		any = true;
		fprintf(out, "\t\t%s\n", list[n]);
	}
	if (any)
		fprintf(out, "\t}\n");
}

char *simple_text(const char *name, size_t *length)
{
	char copy[SIMPLE_NAME_MAX + 1], *list[SIMPLE_NAME_MAX / 2 + 1];
	char *save, *text = NULL;
	size_t count = 0;
	FILE *out;

	if (strlen(name) > SIMPLE_NAME_MAX)
		return NULL;
	strcpy(copy, name);
	for (char *word = strtok_r(copy, " ", &save); word;
	     word = strtok_r(NULL, " ", &save))
		list[count++] = word;
	out = open_memstream(&text, length);
	if (!out)
		return NULL;
	/* It is called after what it is: "eth0-51". */
	fprintf(out, "vrrp_instance %s-%s {\n", count > 1 ? list[1] : "",
		count > 3 ? list[3] : "");
	write_words(out, list, count);
	write_list(out, "unicast_peer", list, count, true);
	write_list(out, "virtual_ipaddress", list, count, false);
	fprintf(out, "}\n");
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

void simple_free(struct simple *s)
{
	for (size_t n = 0; n < ARRAY_LENGTH(words); n++) {
		char *value;

		memcpy(&value, (char *)s + words[n].offset, sizeof(value));
		free(value);
	}
	for (size_t n = 0; s->peers && s->peers[n]; n++)
		free(s->peers[n]);
	free(s->peers);
	*s = (struct simple){ 0 };
}
