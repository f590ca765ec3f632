/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ledger/lvs.h"

#include "base/ip.h"
#include "base/must.h"
#include "ledger/news.h"
#include "ledger/records.h"
#include "ledger/virtuals.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

/* No errno is above it. */
#define ERROR_MOST 4095u
/* No moment that is meant is after it. */
#define MOMENT_MAX (INT64_C(1) << 61)

bool ledger_has_lvs(const struct ledger *l)
{
	return section_of(l, LEDGER_LVS)->count > 0;
}

struct ledger_lvs *ledger_lvs(const struct ledger *l)
{
	return section_record(l, LEDGER_LVS, 0);
}

uint32_t ledger_lvs_services(const struct ledger *l)
{
	return section_of(l, LEDGER_LVS_SERVICES)->count;
}

struct ledger_lvs_service *ledger_lvs_service_at(struct ledger *l,
						 uint32_t index)
{
	MUST(section_of(l, LEDGER_LVS_SERVICES)->stride >=
	     sizeof(struct ledger_lvs_service));
	return section_record(l, LEDGER_LVS_SERVICES, index);
}

static uint32_t least(uint32_t said, uint32_t count)
{
	return said < count ? said : count;
}

bool ledger_read_lvs_service(const struct ledger *l, uint32_t index,
			     struct ledger_lvs_service *copy)
{
	struct part part =
		part_of(l, LEDGER_LVS_SERVICES, index, copy, sizeof(*copy));

	part_copy(&part);
	copy->drain = least(copy->drain, LEDGER_LVS_DRAIN_MAX);
	if (copy->until < 0 || copy->until > MOMENT_MAX)
		copy->until = 0;
	return copy->ours &&
	       (copy->key.family == IP_V4 || copy->key.family == IP_V6);
}

/* Records that may say something: no others are looked at, so that their
 * pages stay untouched. */
uint32_t ledger_lvs_used_services(const struct ledger *l)
{
	uint32_t count = ledger_lvs_services(l);
	uint32_t said = __atomic_load_n(&ledger_lvs(l)->used, __ATOMIC_ACQUIRE);

	return said < count ? said : count;
}

struct ledger_lvs_virtual *ledger_lvs_virtual_at(struct ledger *l,
						 uint32_t index)
{
	MUST(section_of(l, LEDGER_LVS_VIRTUALS)->stride >=
	     sizeof(struct ledger_lvs_virtual));
	return section_record(l, LEDGER_LVS_VIRTUALS, index);
}

struct ledger_lvs_server *ledger_lvs_server_at(struct ledger *l, uint32_t index)
{
	MUST(section_of(l, LEDGER_LVS_SERVERS)->stride >=
	     sizeof(struct ledger_lvs_server));
	return section_record(l, LEDGER_LVS_SERVERS, index);
}

static struct ledger_lvs_counts *
counts_at(struct ledger *l, enum ledger_section_kind kind, uint32_t index)
{
	MUST(section_of(l, kind)->stride >= sizeof(struct ledger_lvs_counts));
	return section_record(l, kind, index);
}

struct ledger_lvs_counts *ledger_lvs_virtual_counts_at(struct ledger *l,
						       uint32_t index)
{
	return counts_at(l, LEDGER_LVS_VIRTUAL_COUNTS, index);
}

struct ledger_lvs_counts *ledger_lvs_server_counts_at(struct ledger *l,
						      uint32_t index)
{
	return counts_at(l, LEDGER_LVS_SERVER_COUNTS, index);
}

static bool read_counts(const struct ledger *l, enum ledger_section_kind kind,
			uint32_t index, struct ledger_lvs_counts *copy)
{
	struct part part;

	*copy = (struct ledger_lvs_counts){ 0 };
	if (index >= section_of(l, kind)->count)
		return false;
	part = part_of(l, kind, index, copy, sizeof(*copy));
	part_copy(&part);
	return true;
}

bool ledger_read_lvs_virtual_counts(const struct ledger *l, uint32_t index,
				    struct ledger_lvs_counts *copy)
{
	return read_counts(l, LEDGER_LVS_VIRTUAL_COUNTS, index, copy);
}

bool ledger_read_lvs_server_counts(const struct ledger *l, uint32_t index,
				   struct ledger_lvs_counts *copy)
{
	return read_counts(l, LEDGER_LVS_SERVER_COUNTS, index, copy);
}

uint64_t ledger_lvs_left(const struct ledger_lvs_counts *counts,
			 uint8_t protocol)
{
	uint64_t left = (uint64_t)counts->active + counts->persistent;

	/* To the kernel those of UDP are inactive; some of TCP are for the two
	 * minutes after their end. */
	if (protocol != IPPROTO_TCP && protocol != IPPROTO_SCTP)
		left += counts->inactive;
	return left;
}

void ledger_lvs_use(struct ledger *l, uint32_t virtuals, uint32_t servers)
{
	__atomic_store_n(&ledger_lvs(l)->used_virtuals, virtuals,
			 __ATOMIC_RELEASE);
	__atomic_store_n(&ledger_lvs(l)->used_servers, servers,
			 __ATOMIC_RELEASE);
}

bool ledger_lvs_is_numbered(const struct ledger *l)
{
	return ledger_has_lvs(l) &&
	       __atomic_load_n(&ledger_lvs(l)->numbered, __ATOMIC_ACQUIRE);
}

uint32_t ledger_lvs_used_virtuals(const struct ledger *l)
{
	return least(ledger_lvs(l)->used_virtuals,
		     section_of(l, LEDGER_LVS_VIRTUALS)->count);
}

uint32_t ledger_lvs_used_servers(const struct ledger *l)
{
	return least(ledger_lvs(l)->used_servers,
		     section_of(l, LEDGER_LVS_SERVERS)->count);
}

void ledger_read_lvs_virtual(const struct ledger *l, uint32_t index,
			     struct ledger_lvs_virtual *copy)
{
	struct part part =
		part_of(l, LEDGER_LVS_VIRTUALS, index, copy, sizeof(*copy));

	part_copy(&part);
	copy->length = least(copy->length, sizeof(copy->saved));
	copy->name[sizeof(copy->name) - 1] = '\0';
	copy->error &= ERROR_MOST;
}

void ledger_read_lvs_server(const struct ledger *l, uint32_t index,
			    struct ledger_lvs_server *copy)
{
	struct part part =
		part_of(l, LEDGER_LVS_SERVERS, index, copy, sizeof(*copy));

	part_copy(&part);
	if (copy->length > sizeof(copy->saved))
		copy->length = sizeof(copy->saved);
	if (ip_size(copy->address.family) == 0)
		copy->address = (struct ip){ .family = IP_NONE };
	copy->error &= ERROR_MOST;
}

bool ledger_lvs_is_left(const struct ledger *l)
{
	struct ledger_lvs_service copy;

	if (ledger_has_lvs(l) &&
	    (ledger_lvs(l)->syncs || ledger_lvs(l)->tcp ||
	     ledger_lvs(l)->refreshes || ledger_lvs(l)->marks_table[0]))
		return true;
	for (uint32_t n = 0;
	     ledger_has_lvs(l) && n < ledger_lvs_used_services(l); n++)
		if (ledger_read_lvs_service(l, n, &copy))
			return true;
	return false;
}

void ledger_begin_lvs(struct ledger *l)
{
	if (ledger_has_lvs(l))
		ledger_lvs(l)->begun = 1;
}

/*
 * How many records of servers its writer can need, whatever it says: of the
 * configuration and those that leave it; or of a configuration before, if
 * nothing has been written since. Else each reload would make room for more.
 */
static uint32_t most_servers(const struct ledger *l)
{
	uint32_t room = section_of(l, LEDGER_LVS_SERVERS)->count;
	uint32_t written = least(ledger_reals(l), room) + LEDGER_LVS_LEAVING;
	uint32_t inherited = ledger_virtuals(l) == 0 ? room
			     : room > LEDGER_LVS_LEAVING
				     ? room - LEDGER_LVS_LEAVING
				     : 0;

	return written > inherited ? written : inherited;
}

/* As many services of the kernel as there may be. */
#define SERVICES_MOST (1u << 18)

/* Those that the other one has put into the kernel. */
static uint32_t ours_of(const struct ledger *l)
{
	struct ledger_lvs_service copy;
	uint32_t count = 0;

	for (uint32_t n = 0; n < ledger_lvs_used_services(l); n++)
		count += ledger_read_lvs_service(l, n, &copy);
	return least(count, SERVICES_MOST);
}

void ledger_size_lvs(struct ledger_size *size, const struct ledger *before)
{
	uint32_t virtuals, servers, services;

	if (!ledger_has_lvs(before))
		return;
	virtuals = ledger_lvs_used_virtuals(before);
	servers = least(ledger_lvs_used_servers(before), most_servers(before));
	services = ours_of(before);
	if (services > size->services_before)
		size->services_before = services;
	if (virtuals > size->virtuals_before)
		size->virtuals_before = virtuals;
	if (servers > size->servers_before)
		size->servers_before = servers;
}

/* There is room for all, if it was made by the size of this one. */
static void inherit_servers(struct ledger *l, const struct ledger *before)
{
	uint32_t virtuals = least(ledger_lvs_used_virtuals(before),
				  section_of(l, LEDGER_LVS_VIRTUALS)->count);
	uint32_t servers = least(ledger_lvs_used_servers(before),
				 section_of(l, LEDGER_LVS_SERVERS)->count);

	ledger_ready((struct ledger *)before, LEDGER_LVS_SERVERS, servers);
	ledger_ready(l, LEDGER_LVS_SERVERS, servers);
	for (uint32_t n = 0; n < virtuals; n++)
		ledger_read_lvs_virtual(before, n, ledger_lvs_virtual_at(l, n));
	for (uint32_t n = 0; n < servers; n++)
		ledger_read_lvs_server(before, n, ledger_lvs_server_at(l, n));
	ledger_lvs_use(l, virtuals, servers);
}

void ledger_inherit_lvs(struct ledger *l, const struct ledger *before)
{
	struct ledger_lvs_service copy;
	uint32_t to = 0;

	if (!ledger_has_lvs(l) || ledger_lvs(l)->begun ||
	    !ledger_has_lvs(before))
		return;
	for (uint32_t n = 0; n < ledger_lvs_used_services(before); n++)
		if (to < ledger_lvs_services(l) &&
		    ledger_read_lvs_service(before, n, &copy))
			*ledger_lvs_service_at(l, to++) =
				(struct ledger_lvs_service){
					.key = copy.key,
					.ours = 1,
					.drain = copy.drain,
					.until = copy.until,
					.left = copy.left,
				};
	ledger_lvs(l)->used = to;
	ledger_lvs(l)->syncs = ledger_lvs(before)->syncs;
	ledger_lvs(l)->tcp = ledger_lvs(before)->tcp;
	ledger_lvs(l)->tcp_fin = ledger_lvs(before)->tcp_fin;
	ledger_lvs(l)->udp = ledger_lvs(before)->udp;
	ledger_lvs(l)->flushed = ledger_lvs(before)->flushed;
	ledger_lvs(l)->news_noted = ledger_lvs(before)->news_noted;
	ledger_news_inherit(l, before);
	ledger_lvs(l)->refreshes = ledger_lvs(before)->refreshes;
	memcpy(ledger_lvs(l)->marks_table, ledger_lvs(before)->marks_table,
	       sizeof(ledger_lvs(l)->marks_table) - 1);
	inherit_servers(l, before);
}

const char *ledger_lvs_reason(enum ledger_lvs_refused what, int error)
{
	if (error == ENOENT && what == LEDGER_LVS_TABLE)
		return "it has no IPVS, or the module ip_vs cannot be loaded "
		       "(modprobe ip_vs; for a container, on its host)";
	if (error == ENOENT && what == LEDGER_LVS_SERVICE)
		return "there is no such scheduler or persistence_engine in "
		       "this kernel (modprobe ip_vs_SCHEDULER, or "
		       "ip_vs_pe_ENGINE)";
	if (error == EINVAL && what == LEDGER_LVS_SERVER)
		return "Invalid argument (an address of a link, such as fe80::1, "
		       "or of no single host; or of another family while "
		       "lvs_sync_daemon runs)";
	if (error == EPERM)
		return "not permitted: it needs CAP_NET_ADMIN in the first user "
		       "namespace";
	return strerror(error);
}
