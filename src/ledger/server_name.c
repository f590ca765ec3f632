/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ledger/server_name.h"

#include "ledger/ledger.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *server_protocol(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_SCTP:
		return "sctp";
	default:
		return "";
	}
}

const char *server_name(char name[SERVER_NAME_SIZE], const struct ledger *l,
			const struct ledger_virtual *v)
{
	char ip[IP_TEXT_MAX];

	if (v->group)
		snprintf(name, SERVER_NAME_SIZE, "group %s",
			 ledger_text(l, v->group));
	else if (v->mark)
		snprintf(name, SERVER_NAME_SIZE, "FWM %u", v->mark);
	else
		snprintf(name, SERVER_NAME_SIZE, "[%s]:%s:%u",
			 ip_format(&v->address, ip),
			 server_protocol(v->protocol), v->port);
	return name;
}

static const char *family_word(const struct ledger_virtual *v)
{
	return v->family == IP_V6 ? "inet6" : "inet";
}

const char *server_full_name(char name[SERVER_NAME_SIZE],
			     const struct ledger *l,
			     const struct ledger_virtual *v)
{
	if (v->group || !v->mark)
		return server_name(name, l, v);
	snprintf(name, SERVER_NAME_SIZE, "FWM %u %s", v->mark, family_word(v));
	return name;
}

const char *server_real_name(char name[SERVER_REAL_SIZE], const struct ip *ip,
			     uint16_t port)
{
	char text[IP_TEXT_MAX];

	snprintf(name, SERVER_REAL_SIZE,
		 ip->family == IP_V6 ? "[%s]:%u" : "%s:%u", ip_format(ip, text),
		 port);
	return name;
}

/* ---- what a person writes ---- */

#define NO_PORT (-1)

/* An address, perhaps with a protocol and a port. */
struct place {
	struct ip ip;
	char protocol[8]; /* "": any */
	long port;        /* NO_PORT: any */
};

static bool read_port(const char *text, long *port)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	*port = strtol(text, &end, 10);
	return *end == '\0' && *port <= UINT16_MAX;
}

/* ":80", ":tcp:80", " 80" or nothing. */
static bool read_rest(const char *text, struct place *out)
{
	const char *colon;

	if (*text == '\0')
		return true;
	if (*text != ':' && *text != ' ')
		return false;
	text++;
	colon = strchr(text, ':');
	if (colon) {
		if ((size_t)(colon - text) >= sizeof(out->protocol))
			return false;
		memcpy(out->protocol, text, (size_t)(colon - text));
		text = colon + 1;
	}
	return read_port(text, &out->port);
}

/* "192.0.2.1", "192.0.2.1:80", "[2001:db8::1]:tcp:80", "2001:db8::1 80" ... */
static bool read_place(const char *word, struct place *out)
{
	char address[IP_TEXT_MAX];
	const char *begin = word, *end;
	size_t length;

	*out = (struct place){ .port = NO_PORT };
	if (ip_parse(word, &out->ip) == 0)
		return true;
	if (*word == '[') {
		begin++;
		end = strchr(word, ']');
	} else {
		end = strchr(word, ' ');
		if (!end)
			end = strchr(word, ':');
	}
	length = end ? (size_t)(end - begin) : sizeof(address);
	if (length >= sizeof(address))
		return false;
	memcpy(address, begin, length);
	address[length] = '\0';
	return ip_parse(address, &out->ip) == 0 &&
	       read_rest(end + (*word == '['), out);
}

static bool is_at(const struct ip *ip, uint16_t port, const char *protocol,
		  const char *word)
{
	struct place place;

	return read_place(word, &place) && ip_equal(&place.ip, ip) &&
	       (place.port == NO_PORT || place.port == port) &&
	       (place.protocol[0] == '\0' ||
		strcmp(place.protocol, protocol) == 0);
}

/* "FWM 7", "fwmark 7" and "7"; "group NAME" and "NAME". */
static const char *without(const char *kind, const char *word)
{
	size_t length = strlen(kind);

	return strncmp(word, kind, length) == 0 ? word + length : word;
}

bool server_is_meant(const struct ledger *l, const struct ledger_virtual *v,
		     const char *word)
{
	char mark[32];
	size_t bare;

	if (v->group)
		return strcmp(without("group ", word),
			      ledger_text(l, v->group)) == 0;
	if (!v->mark)
		return is_at(&v->address, v->port, server_protocol(v->protocol),
			     word);
	word = without("fwmark ", without("FWM ", word));
	bare = (size_t)snprintf(mark, sizeof(mark), "%u", v->mark);
	snprintf(mark + bare, sizeof(mark) - bare, " %s", family_word(v));
	return strcmp(word, mark) == 0 ||
	       (strlen(word) == bare && strncmp(word, mark, bare) == 0);
}

bool server_real_is_meant(const struct ledger_real *real, const char *word)
{
	return is_at(&real->address, real->port, "", word);
}

static void note(uint32_t n, uint32_t *count, uint32_t found[2])
{
	if (*count < 2)
		found[*count] = n;
	++*count;
}

uint32_t server_find(const struct ledger *l, const char *word,
		     uint32_t found[2])
{
	struct ledger_virtual v;
	uint32_t count = 0;

	for (uint32_t n = 0; n < ledger_virtuals(l); n++) {
		ledger_copy_virtual(l, n, &v);
		if (server_is_meant(l, &v, word))
			note(n, &count, found);
	}
	return count;
}

uint32_t server_real_find(const struct ledger *l,
			  const struct ledger_virtual *v, const char *word,
			  uint32_t found[2])
{
	struct ledger_real real;
	uint32_t count = 0;

	for (uint32_t n = 0; n < v->real_count; n++) {
		ledger_copy_real(l, v->real_first + n, &real);
		if (server_real_is_meant(&real, word))
			note(v->real_first + n, &count, found);
	}
	return count;
}

uint32_t server_find_having(const struct ledger *l, const char *word,
			    const char *real, uint32_t found[2])
{
	struct ledger_virtual v;
	uint32_t count = 0, reals[2];

	for (uint32_t n = 0; n < ledger_virtuals(l); n++) {
		ledger_copy_virtual(l, n, &v);
		if (server_is_meant(l, &v, word) &&
		    server_real_find(l, &v, real, reals) > 0)
			note(n, &count, found);
	}
	return count;
}

/* ---- what may have been meant ---- */

/* Names that are made one by one: those that are not near make room. */
struct offers {
	struct nearest near;
	char names[NEAREST_MAX + 1][SERVER_NAME_SIZE];
};

static char *room(struct offers *o)
{
	for (unsigned n = 0; n < NEAREST_MAX; n++) {
		unsigned k = 0;

		while (k < o->near.count && o->near.words[k] != o->names[n])
			k++;
		if (k == o->near.count)
			return o->names[n];
	}
	return o->names[NEAREST_MAX];
}

/* Once, however many are called so. */
static void offer(struct offers *o, const char *name)
{
	for (unsigned n = 0; n < o->near.count; n++)
		if (strcmp(o->near.words[n], name) == 0)
			return;
	nearest_offer(&o->near, name);
}

/* A name that means several gives way to those by which they differ. */
static unsigned tell_apart(const struct ledger *l, unsigned count,
			   char names[NEAREST_MAX][SERVER_NAME_SIZE])
{
	for (unsigned n = 0; n < count; n++) {
		uint32_t found[2];
		struct ledger_virtual v;

		if (server_find(l, names[n], found) < 2)
			continue;
		if (count < NEAREST_MAX) {
			ledger_copy_virtual(l, found[1], &v);
			server_full_name(names[count++], l, &v);
		}
		ledger_copy_virtual(l, found[0], &v);
		server_full_name(names[n], l, &v);
	}
	return count;
}

static unsigned take(const struct offers *o,
		     char names[NEAREST_MAX][SERVER_NAME_SIZE])
{
	for (unsigned n = 0; n < o->near.count; n++)
		memcpy(names[n], o->near.words[n], SERVER_NAME_SIZE);
	return o->near.count;
}

unsigned server_near(const struct ledger *l, const char *word,
		     char names[NEAREST_MAX][SERVER_NAME_SIZE])
{
	struct ledger_virtual v;
	struct offers o;

	nearest_begin(&o.near, word);
	for (uint32_t n = 0; n < ledger_virtuals(l); n++) {
		char *name = room(&o);

		/* As a configuration has it: few write the long form. */
		ledger_copy_virtual(l, n, &v);
		if (v.group)
			snprintf(name, SERVER_NAME_SIZE, "%s",
				 ledger_text(l, v.group));
		else if (v.mark)
			snprintf(name, SERVER_NAME_SIZE, "%u", v.mark);
		else
			server_real_name(name, &v.address, v.port);
		offer(&o, name);
	}
	return tell_apart(l, take(&o, names), names);
}

unsigned server_real_near(const struct ledger *l,
			  const struct ledger_virtual *v, const char *word,
			  char names[NEAREST_MAX][SERVER_NAME_SIZE])
{
	struct ledger_real real;
	struct place place;
	struct offers o;
	unsigned same = 0;

	nearest_begin(&o.near, word);
	for (uint32_t n = 0; n < v->real_count; n++) {
		char *name = room(&o);

		ledger_copy_real(l, v->real_first + n, &real);
		server_real_name(name, &real.address, real.port);
		/* Another port is near, however many digits differ. */
		if (read_place(word, &place) && place.port != NO_PORT &&
		    ip_equal(&place.ip, &real.address) && same < NEAREST_MAX)
			memcpy(names[same++], name, SERVER_NAME_SIZE);
		else
			nearest_offer(&o.near, name);
	}
	return same > 0 ? same : take(&o, names);
}
