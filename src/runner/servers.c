/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users' scripts are told what has become of virtual and real servers:
 * notify_up, notify_down, quorum_up, quorum_down. Each change is told once and
 * in order, one after another of the same server; a script takes as long as it
 * likes, and those of other servers do not wait for it. They have the words
 * that are written and no more; what else is known is in their environment.
 * keepalived.conf(5), "Virtual server(s)".
 */
#include "runner/runner_state.h"

#include "base/must.h"
#include "conf/model/tracked_servers.h"
#include "ledger/lvs.h"
#include "ledger/news.h"
#include "ledger/tellers.h"
#include "sys/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* Scripts that are started in one turn: others have theirs in between. */
#define STARTS_A_TURN 16

/* That run at once, of all servers; what is beyond that waits. */
#define AT_ONCE 1024

/* Between two turns that each started so many. */
#define START_AGAIN (2 * TICK_MILLISECOND)

struct key {
	uint64_t key;
	struct ip address;
	uint16_t port;
};

static uint32_t hash_of(const struct key *k)
{
	uint8_t bytes[8 + 1 + 16 + 2];

	memcpy(bytes, &k->key, 8);
	bytes[8] = k->address.family;
	memcpy(bytes + 9, k->address.bytes, 16);
	memcpy(bytes + 25, &k->port, 2);
	return map_hash(bytes, sizeof(bytes));
}

static bool is_of(const void *context, uint32_t number, const void *key)
{
	const struct runner *r = context;
	const struct told_server *s = &r->servers.list[number];
	const struct key *k = key;

	return s->key == k->key && s->port == k->port &&
	       ip_equal(&s->address, &k->address);
}

/* Whom it is of, if that has a script; else NULL. */
static struct told_server *find(struct runner *r, const struct ledger_news *n)
{
	const struct key key = { n->key, n->address,
				 n->address.family == IP_NONE ? 0 : n->port };
	uint32_t found = map_find(&r->servers.by_key, hash_of(&key), &key);

	return found == MAP_NONE ? NULL : &r->servers.list[found];
}

static const struct conf_notify *notify_of(const struct told_server *s,
					   const struct ledger_news *n)
{
	const struct conf_notify *of =
		&s->conf->on[ledger_news_is_up(n) ? CONF_NOTIFY_UP
						  : CONF_NOTIFY_DOWN];

	return of->command && of->command[0] ? of : NULL;
}

/* batond(8) has the list. */
static void say(const struct ledger_news *n, struct spawn_variables *v)
{
	char server[LEDGER_NEWS_SERVER] = "", number[24];

	if (n->address.family != IP_NONE)
		ledger_news_server(n, server);
	spawn_variable(v, "BATON_VIRTUAL_SERVER", n->name);
	spawn_variable(v, "BATON_REAL_SERVER", server);
	spawn_variable(v, "BATON_STATE", ledger_news_is_up(n) ? "UP" : "DOWN");
	spawn_variable(v, "BATON_CAUSE", n->words);
	snprintf(number, sizeof(number), "%" PRId64, n->weight);
	spawn_variable(v, "BATON_WEIGHT", number);
	snprintf(number, sizeof(number), "%" PRIu64, n->order);
	spawn_variable(v, "BATON_CHANGE", number);
	snprintf(number, sizeof(number), "%" PRIu64,
		 (uint64_t)n->time_real / TICK_SECOND);
	spawn_variable(v, "BATON_TIME", number);
}

static void failed(struct runner *r, const struct ledger_news *n,
		   const char *why)
{
	char server[LEDGER_NEWS_SERVER] = "";

	ledger_runner(r->ledger)->servers_failed++;
	fprintf(stderr,
		"batond: run: %s%s%s: the script of %s is not run: %s\n",
		n->address.family != IP_NONE ? ledger_news_server(n, server)
					     : "",
		server[0] ? " of " : "", n->name,
		ledger_news_is_up(n) ? "UP" : "DOWN", why);
}

static void start(struct runner *r, struct told_server *s,
		  const struct ledger_news *n, const struct conf_notify *of)
{
	struct program program = { .why = "" };
	struct spawn_variables variables = { .count = 0 };
	struct ledger_runner *book = ledger_runner(r->ledger);
	pid_t pid = -ENOENT;

	ledger_news_note(r->ledger, n->order, LEDGER_NEWS_STARTED, 0);
	if (book->servers < n->order)
		__atomic_store_n(&book->servers, n->order, __ATOMIC_RELEASE);
	say(n, &variables);
	output_begin(r, &r->servers.output);
	if (program_find(&program, of->command, &of->user, r->model))
		pid = spawn_notify(r, &program, &variables, &r->servers.output);
	if (pid < 0) {
		failed(r, n,
		       program.why[0] ? program.why : strerror((int)-pid));
		ledger_news_note(r->ledger, n->order, LEDGER_NEWS_SETTLED, 0);
	} else {
		ledger_news_note(r->ledger, n->order, LEDGER_NEWS_STARTED, pid);
		s->pid = pid;
		s->tells = n->order;
		r->servers.running[r->servers.running_count++] =
			(uint32_t)(s - r->servers.list);
	}
	program_free(&program);
	r->servers.started++;
}

static bool may_start(const struct runner *r)
{
	return r->servers.started < STARTS_A_TURN &&
	       r->servers.running_count < AT_ONCE;
}

/* The first entry of a server that waits, if it is its turn. */
static void start_waiting(struct runner *r, struct told_server *s)
{
	uint64_t last = ledger_runner(r->ledger)->servers;
	struct ledger_news n;

	for (uint64_t order = s->tells + 1; order <= last; order++) {
		const struct conf_notify *of;

		if (ledger_news_told(r->ledger, order).state !=
			    LEDGER_NEWS_WAITS ||
		    !ledger_news_read(r->ledger, order, &n) || find(r, &n) != s)
			continue;
		of = notify_of(s, &n);
		if (of)
			start(r, s, &n, of);
		else
			ledger_news_note(r->ledger, order, LEDGER_NEWS_SETTLED,
					 0);
		if (s->pid > 0)
			return;
	}
	s->waits = false;
}

static void count_lost(struct runner *r, uint64_t lost)
{
	if (lost == 0)
		return;
	ledger_runner(r->ledger)->servers_lost += lost;
	fprintf(stderr,
		"batond: run: %" PRIu64 " changes of virtual servers were too "
		"many to be told to scripts\n",
		lost);
}

void servers_look(struct runner *r)
{
	struct ledger_runner *book = ledger_runner(r->ledger);
	uint64_t seen = book->servers, lost = 0;
	struct ledger_news n;

	if (!r->servers.list)
		return;
	while (may_start(r) && ledger_news_next(r->ledger, &seen, &n, &lost)) {
		struct told_server *s =
			ledger_news_is_told(&n) ? find(r, &n) : NULL;
		const struct conf_notify *of = s ? notify_of(s, &n) : NULL;

		if (of && (s->pid > 0 || s->waits)) {
			ledger_news_note(r->ledger, n.order, LEDGER_NEWS_WAITS,
					 0);
			s->waits = true;
		} else if (of) {
			start(r, s, &n, of);
		}
		__atomic_store_n(&book->servers, seen, __ATOMIC_RELEASE);
	}
	book->servers = seen > book->servers ? seen : book->servers;
	count_lost(r, lost);
}

tick_t servers_due(struct runner *r, tick_t now)
{
	bool more = r->servers.started >= STARTS_A_TURN;

	r->servers.started = 0;
	servers_look(r);
	more = more || r->servers.started >= STARTS_A_TURN;
	return more ? now + START_AGAIN : TICK_NEVER;
}

bool servers_owe(const struct runner *r)
{
	return r->servers.list && ledger_runner(r->ledger)->servers <
					  ledger_news_newest(r->ledger);
}

/* Its script has ended, whatever that means. */
static void over(struct runner *r, struct told_server *s)
{
	uint32_t n = (uint32_t)(s - r->servers.list), at = 0;

	while (at < r->servers.running_count && r->servers.running[at] != n)
		at++;
	if (at < r->servers.running_count)
		r->servers.running[at] =
			r->servers.running[--r->servers.running_count];
	ledger_news_note(r->ledger, s->tells, LEDGER_NEWS_SETTLED, 0);
	s->pid = 0;
	if (s->waits)
		start_waiting(r, s);
}

bool servers_ended(struct runner *r, pid_t pid, int status)
{
	for (uint32_t n = 0; n < r->servers.running_count; n++) {
		struct told_server *s = &r->servers.list[r->servers.running[n]];

		if (s->pid != pid)
			continue;
		ledger_runner(r->ledger)->servers_failed +=
			!WIFEXITED(status) || WEXITSTATUS(status) != 0;
		over(r, s);
		return true;
	}
	return false;
}

static void orphan_ended(struct runner *r, void *of, unsigned which)
{
	(void)which;
	over(r, of);
}

/* What the process before has left: scripts that run, and that wait. */
static void adopt(struct runner *r, uint64_t order)
{
	struct ledger_news_told is = ledger_news_told(r->ledger, order);
	struct ledger_news n;
	struct told_server *s;

	if (is.state == LEDGER_NEWS_SETTLED ||
	    !ledger_news_read(r->ledger, order, &n))
		return;
	s = find(r, &n);
	if (!s || !notify_of(s, &n)) {
		ledger_news_note(r->ledger, order, LEDGER_NEWS_SETTLED, 0);
		return;
	}
	/* It may have been started, or not: rather twice than never. */
	if (is.state == LEDGER_NEWS_WAITS || is.pid == 0) {
		ledger_news_note(r->ledger, order, LEDGER_NEWS_WAITS, 0);
		s->waits = true;
		return;
	}
	snprintf(s->name, sizeof(s->name), "%s", n.name);
	s->orphan = (struct orphan){
		.runner = r,
		.of = s,
		.variable = "BATON_VIRTUAL_SERVER",
		.value = s->name,
		.ended = orphan_ended,
	};
	if (s->pid == 0 && orphan_adopt(&s->orphan, is.pid, order)) {
		s->pid = is.pid;
		s->tells = order;
		r->servers.running[r->servers.running_count++] =
			(uint32_t)(s - r->servers.list);
	} else {
		ledger_news_note(r->ledger, order, LEDGER_NEWS_SETTLED, 0);
	}
}

static void adopt_all(struct runner *r)
{
	uint64_t last = ledger_runner(r->ledger)->servers;
	uint32_t room = ledger_news_kept(r->ledger);

	for (uint64_t n = last > room ? last - room + 1 : 1; n <= last; n++)
		adopt(r, n);
	for (uint32_t n = 0; n < r->servers.count; n++)
		if (r->servers.list[n].waits && r->servers.list[n].pid == 0)
			start_waiting(r, &r->servers.list[n]);
}

static void add(struct runner *r, const struct conf_notifies *conf,
		uint64_t key, const struct ip *address, uint16_t port)
{
	struct told_server *s = &r->servers.list[r->servers.count];
	const struct key is = { key, *address, port };

	if (!conf->on ||
	    map_find(&r->servers.by_key, hash_of(&is), &is) != MAP_NONE)
		return;
	*s = (struct told_server){
		.conf = conf,
		.key = key,
		.address = *address,
		.port = port,
		.orphan.watch.fd = -1,
	};
	map_put(&r->servers.by_key, hash_of(&is), r->servers.count++);
}

bool servers_have_scripts(const struct conf_model *m)
{
	for (uint32_t v = 0; v < m->virtual_server_count; v++) {
		const struct conf_virtual_server *vs = &m->virtual_servers[v];

		if (vs->notifies.on)
			return true;
		for (uint32_t n = 0; n < vs->server_count; n++)
			if (vs->servers[n].notifies.on)
				return true;
	}
	return false;
}

static uint32_t count_all(const struct conf_model *m)
{
	uint32_t count = m->virtual_server_count;

	for (uint32_t v = 0; v < m->virtual_server_count; v++)
		count += m->virtual_servers[v].server_count;
	return count;
}

int servers_setup(struct runner *r)
{
	static const struct ip none = { .family = IP_NONE };
	const struct conf_model *m = r->model;
	uint32_t count = count_all(m);
	void *memory;

	/* What comes from here on it tells. */
	__atomic_store_n(&ledger_runner(r->ledger)->tells_servers, 1,
			 __ATOMIC_RELEASE);
	if (!servers_have_scripts(m) || ledger_news_kept(r->ledger) == 0)
		return 0;
	memory = malloc(map_memory(count + 1));
	r->servers.running = calloc(AT_ONCE + count, sizeof(uint32_t));
	r->servers.list = calloc(count + 1, sizeof(*r->servers.list));
	if (!memory || !r->servers.running || !r->servers.list) {
		free(memory);
		return -ENOMEM;
	}
	output_setup(&r->servers.output);
	map_init(&r->servers.by_key, memory, count + 1, is_of, r);
	for (uint32_t v = 0; v < m->virtual_server_count; v++) {
		const struct conf_virtual_server *vs = &m->virtual_servers[v];
		uint64_t key = conf_server_key(m, v);

		add(r, &vs->notifies, key, &none, 0);
		for (uint32_t n = 0; n < vs->server_count; n++)
			add(r, &vs->servers[n].notifies, key,
			    &vs->servers[n].address, vs->servers[n].port);
	}
	adopt_all(r);
	return 0;
}

void servers_free(struct runner *r)
{
	free(r->servers.list);
	free(r->servers.running);
	free(r->servers.by_key.slots);
}

/* Whether the process `lvs` may have yet to say what ends with the daemon. */
bool servers_may_come(const struct runner *r)
{
	bool omega = false;

	if (!r->ends || !ledger_has_lvs(r->ledger))
		return false;
	for (uint32_t v = 0; v < r->model->virtual_server_count; v++)
		omega = omega || r->model->virtual_servers[v].omega;
	return omega &&
	       !__atomic_load_n(&ledger_lvs(r->ledger)->over, __ATOMIC_ACQUIRE);
}
