/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/model/tracked_servers.h"

#include "base/map.h"
#include "conf/language/value.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const struct {
	uint8_t number;
	const char *name;
} protocols[] = {
	{ IPPROTO_TCP, "tcp" },
	{ IPPROTO_UDP, "udp" },
	{ IPPROTO_SCTP, "sctp" },
};

static const char *protocol_name(uint8_t protocol)
{
	for (size_t n = 0; n < sizeof(protocols) / sizeof(*protocols); n++)
		if (protocols[n].number == protocol)
			return protocols[n].name;
	return "";
}

const char *conf_server_name(const struct conf_virtual_server *vs,
			     char name[CONF_SERVER_NAME_SIZE])
{
	char ip[IP_TEXT_MAX];

	switch ((enum conf_server_by)vs->id.by) {
	case CONF_BY_GROUP:
		snprintf(name, CONF_SERVER_NAME_SIZE, "group %s", vs->id.group);
		break;
	case CONF_BY_MARK:
		snprintf(name, CONF_SERVER_NAME_SIZE, "FWM %u", vs->id.mark);
		break;
	case CONF_BY_ADDRESS:
		snprintf(name, CONF_SERVER_NAME_SIZE, "[%s]:%s:%u",
			 ip_format(&vs->id.address, ip),
			 protocol_name(vs->protocol), vs->id.port);
		break;
	}
	return name;
}

uint32_t conf_server_ordinal(const struct conf_model *m, uint32_t number)
{
	return m->virtual_servers[number].ordinal;
}

uint64_t conf_server_key(const struct conf_model *m, uint32_t number)
{
	const struct conf_virtual_server *vs = &m->virtual_servers[number];
	uint32_t parts[] = {
		vs->id.by,
		vs->id.address.family,
		map_hash(vs->id.address.bytes, sizeof(vs->id.address.bytes)),
		vs->id.port,
		vs->id.mark,
		vs->protocol,
		vs->family,
		vs->id.group ? map_hash(vs->id.group, strlen(vs->id.group)) : 0,
		conf_server_ordinal(m, number)
	};
	uint32_t low = map_hash(parts, sizeof(parts));

	parts[0] = ~parts[0];
	return (uint64_t)map_hash(parts, sizeof(parts)) << 32 | low | 1;
}

/* What a name says; what it does not say may be anything. */
struct wanted {
	struct ip address; /* IP_NONE: a mark or a group */
	int64_t port;      /* -1: any */
	uint8_t protocol;  /* 0: any */
	uint32_t mark;     /* 0: a group */
	const char *group;
};

static bool read_number(const char *text, int64_t most, int64_t *out)
{
	return *text >= '0' && *text <= '9' && conf_number(text, out) == 0 &&
	       *out <= most;
}

/* [ADDRESS], [ADDRESS]:PORT or [ADDRESS]:PROTOCOL:PORT */
static bool read_bracketed(const char *name, struct wanted *w)
{
	char ip[IP_TEXT_MAX];
	const char *end = strchr(name, ']'), *rest;
	size_t length = end ? (size_t)(end - name - 1) : sizeof(ip);

	if (length >= sizeof(ip))
		return false;
	memcpy(ip, name + 1, length);
	ip[length] = '\0';
	if (ip_parse(ip, &w->address))
		return false;
	rest = end + 1;
	if (*rest == '\0')
		return true;
	if (*rest++ != ':')
		return false;
	for (size_t n = 0; n < sizeof(protocols) / sizeof(*protocols); n++) {
		size_t size = strlen(protocols[n].name);

		if (strncmp(rest, protocols[n].name, size) != 0 ||
		    rest[size] != ':')
			continue;
		w->protocol = protocols[n].number;
		rest += size + 1;
		break;
	}
	return read_number(rest, UINT16_MAX, &w->port);
}

/* ADDRESS:PORT, which only IPv4 may be. */
static bool read_v4_port(const char *name, struct wanted *w)
{
	const char *colon = strchr(name, ':');
	char ip[IP_TEXT_MAX];
	size_t length = colon ? (size_t)(colon - name) : sizeof(ip);

	if (length >= sizeof(ip))
		return false;
	memcpy(ip, name, length);
	ip[length] = '\0';
	return ip_parse(ip, &w->address) == 0 &&
	       read_number(colon + 1, UINT16_MAX, &w->port);
}

static struct wanted read_name(const char *name)
{
	static const struct wanted any = { .port = -1 };
	struct wanted w = any;
	int64_t number;

	if (*name == '[' && read_bracketed(name, &w))
		return w;
	w = any;
	if (ip_parse(name, &w.address) == 0 || read_v4_port(name, &w))
		return w;
	w = any;
	if (strncmp(name, "FWM ", 4) == 0)
		name += 4;
	if (read_number(name, UINT32_MAX, &number) && number > 0)
		w.mark = (uint32_t)number;
	w.group = strncmp(name, "group ", 6) == 0 ? name + 6 : name;
	return w;
}

static bool is_wanted(const struct conf_virtual_server *vs,
		      const struct wanted *w)
{
	switch ((enum conf_server_by)vs->id.by) {
	case CONF_BY_GROUP:
		return w->group && strcmp(vs->id.group, w->group) == 0;
	case CONF_BY_MARK:
		return w->mark && vs->id.mark == w->mark;
	case CONF_BY_ADDRESS:
		return w->address.family != IP_NONE &&
		       ip_equal(&vs->id.address, &w->address) &&
		       (w->port < 0 || w->port == vs->id.port) &&
		       (!w->protocol || w->protocol == vs->protocol);
	}
	return false;
}

uint32_t conf_server_find(const struct conf_model *model, const char *name)
{
	const struct wanted wanted = read_name(name);
	uint32_t found = CONF_SERVER_UNKNOWN;

	for (uint32_t n = 0; n < model->virtual_server_count; n++) {
		if (!is_wanted(&model->virtual_servers[n], &wanted))
			continue;
		if (found != CONF_SERVER_UNKNOWN)
			return CONF_SERVER_SEVERAL;
		found = n;
	}
	return found;
}

bool conf_tracked_servers_begin(struct arena *arena, struct conf_model *m)
{
	uint32_t most = 0;

	for (uint32_t n = 0; n < m->instance_count; n++)
		most += m->instances[n].tracking.count[VRRP_TARGET_VIRTUAL];
	for (uint32_t n = 0; n < m->group_count; n++)
		most += m->groups[n].tracking.count[VRRP_TARGET_VIRTUAL];
	m->tracked_server_count = 0;
	m->tracked_servers = NULL;
	if (most == 0)
		return true;
	if (most > CONF_TRACKED_SERVERS_MAX)
		return false;
	m->tracked_servers =
		arena_alloc(arena, most * sizeof(*m->tracked_servers));
	return m->tracked_servers != NULL;
}

uint32_t conf_tracked_servers_add(struct arena *arena, struct conf_model *m,
				  const char *word)
{
	uint32_t number = conf_server_find(m, word);
	char name[CONF_SERVER_NAME_SIZE], *kept;

	if (number >= m->virtual_server_count)
		return number;
	for (uint32_t n = 0; n < m->tracked_server_count; n++)
		if (m->tracked_servers[n].number == number)
			return n;
	conf_server_name(&m->virtual_servers[number], name);
	kept = arena_alloc(arena, strlen(name) + 1);
	if (!kept)
		return CONF_SERVER_UNKNOWN;
	memcpy(kept, name, strlen(name) + 1);
	m->tracked_servers[m->tracked_server_count] =
		(struct conf_tracked_server){
			.is.name = kept,
			.is.span = m->virtual_servers[number].span,
			.number = number,
		};
	return m->tracked_server_count++;
}
