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

/* A script that others wait for is told of when it has run for so long. */
#define SLOW (60 * TICK_SECOND)

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

#define WHO_SIZE (LEDGER_NEWS_SERVER + LEDGER_NEWS_NAME + 8)

/* As the log calls it: "[192.0.2.1]:tcp:80 of [198.51.100.1]:tcp:80". */
static const char *who(const struct ledger_news *n, char text[WHO_SIZE])
{
	char server[LEDGER_NEWS_SERVER];

	if (n->address.family == IP_NONE)
		snprintf(text, WHO_SIZE, "%s", n->name);
	else
		snprintf(text, WHO_SIZE, "%s of %s",
			 ledger_news_server(n, server), n->name);
	return text;
}

static void failed(struct runner *r, const struct ledger_news *n,
		   const char *why)
{
	char text[WHO_SIZE];

	ledger_runner(r->ledger)->servers_failed++;
	fprintf(stderr, "batond: run: %s: the script of %s is not run: %s\n",
		who(n, text), ledger_news_is_up(n) ? "UP" : "DOWN", why);
}

static uint32_t number_of(const struct runner *r, const struct told_server *s)
{
	return (uint32_t)(s - r->servers.list);
}

/* What was overwritten before it could be told is counted, and said once. */
static void count_lost(struct runner *r, uint64_t lost)
{
	if (lost == 0)
		return;
	ledger_runner(r->ledger)->servers_lost += lost;
	if (!r->servers.lost_told)
		fprintf(stderr,
			"batond: run: changes of virtual and real servers are "
			"more than scripts can be told of: some are lost; "
			"`baton status` counts them\n");
	r->servers.lost_told = true;
}

static void count_all_lost(struct runner *r)
{
	count_lost(r, r->servers.waiting.lost - r->servers.lost_noted);
	r->servers.lost_noted = r->servers.waiting.lost;
}

static void is_running(struct runner *r, struct told_server *s, pid_t pid,
		       uint64_t order)
{
	/* At the end of the daemon it may have one already. */
	if (s->pid == 0)
		r->servers.running[r->servers.running_count++] =
			number_of(r, s);
	s->pid = pid;
	s->tells = order;
	s->started = clock_now();
	s->slow_told = false;
}

static void start(struct runner *r, struct told_server *s,
		  const struct ledger_news *n, const struct conf_notify *of)
{
	struct program program = { .why = "" };
	struct spawn_variables variables = { .count = 0 };
	pid_t pid = -ENOENT;

	ledger_news_note(r->ledger, n->order, LEDGER_NEWS_STARTED, 0);
	say(n, &variables);
	output_begin(r, &r->servers.output);
	if (program_find(&program, of->command, &of->user, r->model))
		pid = spawn_notify(r, &program, &variables, &r->servers.output);
	if (spawn_is_short(r, pid)) {
		ledger_news_note(r->ledger, n->order, LEDGER_NEWS_WAITS, 0);
		waiting_put_back(&r->servers.waiting, number_of(r, s),
				 n->order);
	} else if (pid < 0) {
		failed(r, n,
		       program.why[0] ? program.why : strerror((int)-pid));
		ledger_news_note(r->ledger, n->order, LEDGER_NEWS_SETTLED, 0);
	} else {
		ledger_news_note(r->ledger, n->order, LEDGER_NEWS_STARTED, pid);
		is_running(r, s, pid, n->order);
	}
	program_free(&program);
}

/* The first of its news that waits. */
static void start_next(struct runner *r, struct told_server *s)
{
	uint64_t order = waiting_take(&r->servers.waiting, number_of(r, s));
	const struct conf_notify *of;
	struct ledger_news n;

	if (order == 0)
		return;
	if (!ledger_news_read(r->ledger, order, &n) || find(r, &n) != s) {
		count_lost(r, 1);
		ledger_news_note(r->ledger, order, LEDGER_NEWS_SETTLED, 0);
	} else if ((of = notify_of(s, &n)) != NULL) {
		start(r, s, &n, of);
	} else {
		ledger_news_note(r->ledger, order, LEDGER_NEWS_SETTLED, 0);
	}
	if (s->pid == 0)
		waiting_queue(&r->servers.waiting, number_of(r, s));
}

static void tell_slow(const struct ledger_news *n, struct told_server *s)
{
	char text[WHO_SIZE];

	if (s->slow_told || clock_now() - s->started < SLOW)
		return;
	s->slow_told = true;
	fprintf(stderr,
		"batond: run: %s: its script, process %d, runs for more than "
		"%d s, and changes wait for its end\n",
		who(n, text), (int)s->pid, (int)(SLOW / TICK_SECOND));
}

/* It is told when its turn comes. */
static void wait_for_turn(struct runner *r, struct told_server *s,
			  const struct ledger_news *n)
{
	ledger_news_note(r->ledger, n->order, LEDGER_NEWS_WAITS, 0);
	waiting_add(&r->servers.waiting, number_of(r, s), n->order);
	if (s->pid == 0)
		waiting_queue(&r->servers.waiting, number_of(r, s));
	else
		tell_slow(n, s);
}

void servers_look(struct runner *r)
{
	struct ledger_runner *book = ledger_runner(r->ledger);
	uint64_t seen = book->servers, lost = 0;
	struct ledger_news n;

	if (!r->servers.list) {
		/* Who has a script one day begins with what comes then. */
		if (r->servers.nobody)
			__atomic_store_n(&book->servers,
					 ledger_news_newest(r->ledger),
					 __ATOMIC_RELEASE);
		return;
	}
	/* More than the ring holds come in the next turn. */
	for (uint32_t k = ledger_news_kept(r->ledger);
	     k > 0 && ledger_news_next(r->ledger, &seen, &n, &lost); k--) {
		struct told_server *s =
			ledger_news_is_told(&n) ? find(r, &n) : NULL;

		if (s && notify_of(s, &n))
			wait_for_turn(r, s, &n);
		__atomic_store_n(&book->servers, seen, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&book->servers, seen, __ATOMIC_RELEASE);
	count_lost(r, lost);
	count_all_lost(r);
}

void servers_hurry(struct runner *r)
{
	struct waiting *w = &r->servers.waiting;

	if (!r->ends || r->servers.waiting.count == 0)
		return;
	for (uint32_t n = 0; n < r->servers.running_count; n++) {
		waiting_keep_newest(w, r->servers.running[n]);
		waiting_queue(w, r->servers.running[n]);
	}
	count_all_lost(r);
}

static bool has_unread(const struct runner *r)
{
	return ledger_runner(r->ledger)->servers <
	       ledger_news_newest(r->ledger);
}

static bool may_start(const struct runner *r)
{
	return r->servers.waiting.queued > 0 &&
	       r->servers.running_count < AT_ONCE;
}

tick_t servers_due(struct runner *r, tick_t now)
{
	servers_look(r);
	if (!r->servers.list)
		return TICK_NEVER;
	for (unsigned n = 0;
	     n < STARTS_A_TURN && may_start(r) && now >= r->spawn_again; n++)
		start_next(r,
			   &r->servers.list[waiting_next(&r->servers.waiting)]);
	return may_start(r) || has_unread(r)
		       ? tick_max(now + START_AGAIN, r->spawn_again)
		       : TICK_NEVER;
}

bool servers_owe(const struct runner *r)
{
	/* What cannot start now is left to the next process, if one comes. */
	return r->servers.list &&
	       (has_unread(r) ||
		(may_start(r) && clock_now() >= r->spawn_again) ||
		(r->ends && r->servers.waiting.count > 0));
}

/* Its script has ended, whatever that means. */
static void over(struct runner *r, struct told_server *s)
{
	uint32_t n = number_of(r, s), at = 0;

	while (at < r->servers.running_count && r->servers.running[at] != n)
		at++;
	if (at < r->servers.running_count)
		r->servers.running[at] =
			r->servers.running[--r->servers.running_count];
	ledger_news_note(r->ledger, s->tells, LEDGER_NEWS_SETTLED, 0);
	s->pid = 0;
	waiting_queue(&r->servers.waiting, n);
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
	struct told_server *s = of;

	(void)which;
	/* At the end of the daemon a newer one may run beside it. */
	if (s->pid == s->orphan.pid)
		over(r, s);
}

/* The script of the process before that tells it; false: it has ended. */
static bool adopt_script(struct runner *r, struct told_server *s,
			 const struct ledger_news *n, pid_t pid)
{
	if (s->pid != 0)
		return false;
	snprintf(s->name, sizeof(s->name), "%s", n->name);
	s->orphan = (struct orphan){
		.runner = r,
		.of = s,
		.variable = "BATON_VIRTUAL_SERVER",
		.value = s->name,
		.ended = orphan_ended,
	};
	if (!orphan_adopt(&s->orphan, pid, n->order))
		return false;
	is_running(r, s, pid, n->order);
	return true;
}

/* What the process before has left: scripts that run, and that wait. */
static void adopt(struct runner *r, uint64_t order)
{
	struct ledger_news_told is = ledger_news_told(r->ledger, order);
	bool waits = is.state == LEDGER_NEWS_WAITS;
	struct ledger_news n;
	struct told_server *s;

	if (is.state == LEDGER_NEWS_SETTLED)
		return;
	if (!ledger_news_read(r->ledger, order, &n)) {
		count_lost(r, waits);
		ledger_news_note(r->ledger, order, LEDGER_NEWS_SETTLED, 0);
		return;
	}
	s = find(r, &n);
	/* It may have been started, or not: rather twice than never. */
	waits = waits || is.pid == 0;
	if (s && notify_of(s, &n) && waits)
		wait_for_turn(r, s, &n);
	else if (!s || waits || !adopt_script(r, s, &n, is.pid))
		ledger_news_note(r->ledger, order, LEDGER_NEWS_SETTLED, 0);
}

static void adopt_all(struct runner *r)
{
	uint64_t last = ledger_runner(r->ledger)->servers;
	uint32_t room = ledger_news_kept(r->ledger);
	uint32_t count = last < room ? (uint32_t)last : room;

	while (count-- > 0)
		adopt(r, last - count);
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
		.orphan.fd = -1,
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
	r->servers.nobody = !servers_have_scripts(m);
	if (r->servers.nobody || ledger_news_kept(r->ledger) == 0)
		return 0;
	memory = malloc(map_memory(count + 1));
	r->servers.running = calloc(count + 1, sizeof(uint32_t));
	r->servers.list = calloc(count + 1, sizeof(*r->servers.list));
	if (waiting_init(&r->servers.waiting, ledger_news_kept(r->ledger),
			 count) ||
	    !memory || !r->servers.running || !r->servers.list) {
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
	waiting_free(&r->servers.waiting);
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
