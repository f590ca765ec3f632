/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/server_name.h"

#include "ledger/ledger.h"

#include <netinet/in.h>
#include <stdio.h>
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

/* As a person writes an address and a port. */
static bool is_at(const struct ledger_virtual *v, const char *word)
{
	char text[IP_TEXT_MAX + 16], ip[IP_TEXT_MAX];
	bool colons;

	ip_format(&v->address, ip);
	colons = strchr(ip, ':') != NULL;
	snprintf(text, sizeof(text), colons ? "[%s]:%u" : "%s:%u", ip, v->port);
	return strcmp(word, ip) == 0 || strcmp(word, text) == 0;
}

bool server_is_meant(const struct ledger *l, const struct ledger_virtual *v,
		     const char *word)
{
	char name[SERVER_NAME_SIZE];
	const char *space;

	if (strcmp(server_name(name, l, v), word) == 0)
		return true;
	if (!v->group && !v->mark)
		return is_at(v, word);
	space = strchr(name, ' ');
	return space && strcmp(space + 1, word) == 0;
}
