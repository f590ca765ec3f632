/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `lvs` has to tell, as lines of the log: the keeper reads them. Of
 * hundreds at once the first ones are told, and their number.
 */
#include "director/director_state.h"

#include "base/must.h"

#include "ledger/server_name.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINES_MOST 20
#define LINE_SIZE  256
#define NAME_SIZE  80

/* Who changes the table all the time is told of, and not with each change. */
#define REPAIRS_EVERY (60 * TICK_SECOND)
#define REPAIR_TURNS  10

static void say(struct director *d, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say(struct director *d, const char *format, ...)
{
	char line[LINE_SIZE];
	va_list arguments;

	if (++d->lines > LINES_MOST)
		return;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	fprintf(stderr, "batond: lvs: %s\n", line);
}

/* What was not told of the time that is over. */
static void sum_up_repairs(struct director *d)
{
	if (d->repairs_untold == 0 ||
	    d->turned_at - d->repairs_since < REPAIRS_EVERY)
		return;
	fprintf(stderr,
		"batond: lvs: and %llu times more within a minute: another "
		"program, such as keepalived or a second batond, sets this "
		"table too; stop one of them\n",
		(unsigned long long)d->repairs_untold);
	told_repaired(d, LVS_NONE, d->repairs_untold);
	d->repairs_untold = 0;
}

void news_of_repairs(struct director *d)
{
	if (d->repaired > 0)
		told_repaired(d, d->repaired_of, d->repaired);
	d->repaired = 0;
}

void news_end(struct director *d)
{
	if (d->lines > LINES_MOST)
		fprintf(stderr, "batond: lvs: and %u more\n",
			d->lines - LINES_MOST);
	d->lines = 0;
	sum_up_repairs(d);
}

/* Whether some more repairs are told, line by line. */
static bool tells_repair(struct director *d,
			 const struct table_service *service, uint64_t count)
{
	uint32_t of = service ? wanted_owner(d, (uint32_t)(service -
							   d->table.services))
			      : LVS_NONE;

	d->repairs += count;
	if (d->repairs_last != d->turned_at) {
		d->repairs_last = d->turned_at;
		if (d->turned_at - d->repairs_since >= REPAIRS_EVERY) {
			sum_up_repairs(d);
			d->repairs_since = d->turned_at;
			d->repair_turns = 0;
		}
		d->repair_turns++;
	}
	if (d->repair_turns <= REPAIR_TURNS) {
		d->repaired_of = d->repaired == 0 || d->repaired_of == of
					 ? of
					 : LVS_NONE;
		d->repaired += count;
		return true;
	}
	d->repairs_untold += count;
	return false;
}

static const char *protocol_name(uint8_t protocol)
{
	const char *name = server_protocol(protocol);

	return name[0] ? name : "?";
}

/* As keepalived writes them to FIFOs. */
static const char *name_service(char name[NAME_SIZE],
				const struct ipvs_key *key)
{
	struct ip ip = ip_from_bytes(key->family, key->address);
	char text[IP_TEXT_MAX];

	if (key->mark)
		snprintf(name, NAME_SIZE, "FWM %u", key->mark);
	else
		snprintf(name, NAME_SIZE, "[%s]:%s:%u", ip_format(&ip, text),
			 protocol_name(key->protocol), key->port);
	return name;
}

static const char *name_dest(char name[NAME_SIZE], const struct ipvs_dest *dest)
{
	struct ip ip = ip_from_bytes(dest->family, dest->address);
	char text[IP_TEXT_MAX];

	snprintf(name, NAME_SIZE, "[%s]:%u", ip_format(&ip, text), dest->port);
	return name;
}

void news_of_table(void *context, enum table_news news,
		   const struct table_service *service,
		   const struct table_dest *dest, int error)
{
	struct director *d = context;
	char of[NAME_SIZE] = "", name[NAME_SIZE] = "";
	const char *between = dest ? " of " : "";

	if (service)
		name_service(of, &service->want.key);
	if (dest)
		name_dest(name, &dest->want);
	switch (news) {
	case TABLE_REFUSED:
		say(d, "the kernel refuses %s%s%s: %s; it is tried again", name,
		    between, of,
		    ledger_lvs_reason(dest ? LEDGER_LVS_SERVER
					   : LEDGER_LVS_SERVICE,
				      error));
		break;
	case TABLE_ACCEPTED:
		say(d, "the kernel accepts %s%s%s now", name, between, of);
		break;
	case TABLE_EMPTIED:
		if (tells_repair(d, NULL, (uint64_t)error))
			say(d,
			    "the table was emptied by another program; its %d "
			    "services are put back",
			    error);
		break;
	case TABLE_GONE:
		if (tells_repair(d, service, 1))
			say(d,
			    "%s%s%s was removed by another program; it is put "
			    "back",
			    name, between, of);
		break;
	case TABLE_CHANGED:
		if (tells_repair(d, service, 1))
			say(d,
			    "%s%s%s was changed by another program; it is set "
			    "again",
			    name, between, of);
		break;
	case TABLE_STRANGE:
		if (tells_repair(d, service, 1))
			say(d,
			    "%s%s%s does not belong there now; it is removed",
			    name, between, of);
		break;
	}
}

static const char *name_virtual(const struct director *d, uint32_t number,
				char name[NAME_SIZE])
{
	const struct conf_virtual_server *vs =
		&d->model->virtual_servers[number];

	if (vs->id.by == CONF_BY_GROUP)
		snprintf(name, NAME_SIZE, "[%s]:%u", vs->id.group, vs->ordinal);
	else
		name_service(name,
			     &d->table.services[d->numbers[d->first[number]]]
				      .want.key);
	return name;
}

void news_of_core(void *context, const struct lvs_told *told)
{
	struct director *d = context;
	char of[NAME_SIZE], server[NAME_SIZE] = "", text[IP_TEXT_MAX];

	memory_touch(d, told->service, told->server);
	told_add(d, told);
	name_virtual(d, told->service, of);
	if (told->address.family != IP_NONE)
		snprintf(server, sizeof(server), "[%s]:%u",
			 ip_format(&told->address, text), told->port);
	switch (told->what) {
	case LVS_TOLD_SERVER_UP:
		say(d, "%s of %s is up", server, of);
		break;
	case LVS_TOLD_SERVER_DOWN:
		say(d, "%s of %s is down%s%s", server, of,
		    d->cause[0] ? ": " : "", d->cause);
		break;
	case LVS_TOLD_QUORUM_UP:
		say(d, "%s has its quorum, with weight %lld", of,
		    (long long)told->weight);
		break;
	case LVS_TOLD_QUORUM_DOWN:
		say(d, "%s has lost its quorum, with weight %lld", of,
		    (long long)told->weight);
		break;
	case LVS_TOLD_PANIC:
		say(d,
		    "%s has too few servers that are up: no further one is "
		    "taken out",
		    of);
		break;
	case LVS_TOLD_PANIC_OVER:
		say(d, "%s has enough servers that are up again", of);
		break;
	case LVS_TOLD_DRAINED:
		say(d, "%s of %s is drained", server, of);
		break;
	case LVS_TOLD_DRAIN_LATE:
		say(d, "%s of %s has connections left at its deadline", server,
		    of);
		break;
	case LVS_TOLD_WHATS:
		MUST(false);
	}
}

void news_leaves(struct director *d, uint32_t number, tick_t now)
{
	const struct lvs_server *s = &d->core.servers[number];
	char of[NAME_SIZE], text[IP_TEXT_MAX];
	tick_t left =
		s->until == TICK_NEVER ? 0 : s->until - now + TICK_SECOND - 1;

	told_of_server(d, number, LEDGER_NEWS_LEAVES, 0);
	name_virtual(d, s->service, of);
	say(d,
	    "[%s]:%u of %s is not in the configuration any more; it gets no "
	    "new connections, and keeps those it has for at most %lld s",
	    ip_format(&s->config->address, text), s->config->port, of,
	    (long long)(tick_max(left, 0) / TICK_SECOND));
}

void news_departs(struct director *d, uint32_t service, tick_t left)
{
	const struct ipvs_key *key = &d->table.services[service].want.key;
	char name[NAME_SIZE];

	name_service(name, key);
	told_departed(d, key, name, LEDGER_NEWS_LEAVES);
	say(d,
	    "%s is not in the configuration any more; its servers get no new "
	    "connections, and keep those they have for at most %lld s",
	    name,
	    (long long)((tick_max(left, 0) + TICK_SECOND - 1) / TICK_SECOND));
}

void news_departed(struct director *d, uint32_t service, bool late, bool some)
{
	const struct ipvs_key *key = &d->table.services[service].want.key;
	char name[NAME_SIZE];

	name_service(name, key);
	told_departed(d, key, name,
		      late ? LEDGER_NEWS_DRAIN_LATE : LEDGER_NEWS_DRAINED);
	say(d,
	    !late  ? "%s is drained"
	    : some ? "%s has connections left at its deadline"
		   : "%s goes at its deadline; its connections could not be "
		     "counted",
	    name);
}

void news_of_look(struct director *d, int error)
{
	if (error == d->look_error)
		return;
	d->look_error = error;
	if (error)
		say(d, "the kernel's table cannot be read: %s",
		    ledger_lvs_reason(LEDGER_LVS_TABLE, -error));
	else
		say(d, "the kernel's table can be read again");
}

/* Of one thing that the kernel does, or does not, once until it changes. */
static void news_of_kernel(struct director *d, int *last, int error,
			   const char *name, const char *works)
{
	if (error == *last)
		return;
	*last = error;
	if (error)
		say(d, "%s: the kernel refuses it: %s", name,
		    error == -ENODEV ? "there is no such interface"
				     : strerror(-error));
	else
		say(d, "%s: %s", name, works);
}

void news_of_sync(struct director *d, int error)
{
	news_of_kernel(d, &d->sync_error, error, "lvs_sync_daemon",
		       "it runs now");
}

void news_of_timeouts(struct director *d, int error)
{
	news_of_kernel(d, &d->timeouts_error, error, "lvs_timeouts",
		       "they are set now");
}

static const char *why_no_marks(int error)
{
	return error == -EOPNOTSUPP || error == -EPROTONOSUPPORT
		       ? "it has no nftables (modprobe nf_tables)"
		       : strerror(-error);
}

void news_of_marks_gone(struct director *d, const char *table, int error,
			int *told)
{
	if (error && error != *told)
		say(d,
		    "nftables_ipvs: the kernel does not remove table %s: %s; "
		    "it is tried again",
		    table, why_no_marks(error));
	*told = error;
}

void news_of_no_marks(struct director *d, const char *table, int error,
		      int *told)
{
	if (error != *told)
		say(d,
		    "nftables_ipvs: the kernel refuses a socket for table %s: "
		    "%s; a reload tries it again",
		    table, why_no_marks(error));
	*told = error;
}

void news_of_marks(struct director *d, const char *table, int error, int *told)
{
	if (error == *told)
		return;
	*told = error;
	if (error)
		say(d,
		    "nftables_ipvs: the kernel refuses table %s: %s; it is "
		    "tried again",
		    table, why_no_marks(error));
	else
		say(d, "nftables_ipvs: the kernel accepts table %s now", table);
}

void news_of_marks_of_others(struct director *d, const char *family,
			     const char *table, const char *what, int *told)
{
	if (*told != -EEXIST)
		say(d,
		    "table %s %s is another program's: it has %s; give "
		    "nftables_ipvs another name, or remove that: it is tried "
		    "again",
		    family, table, what);
	*told = -EEXIST;
}

void news_of_marks_changed(struct director *d, const char *table,
			   const char *by, uint32_t pid)
{
	if (tells_repair(d, NULL, 1))
		say(d,
		    "nftables_ipvs: table %s was changed by another program "
		    "(%s, pid %u); it is set again",
		    table, by[0] ? by : "?", pid);
}
