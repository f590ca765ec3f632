/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner_servers_fixture.h"

#include "conf/model/tracked_servers.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE 100 /* seconds, until a loop without end counts as one */

struct conf_loaded *loaded;
struct ledger *l;
struct runner *r;
static int ledger_fd;

struct script_run scripts[SCRIPTS];
unsigned started;
unsigned refuse, full;
pid_t orphans[ORPHANS];

bool __wrap_program_find(struct program *p, const char *command,
			 const struct conf_user *user,
			 const struct conf_model *model);
void __wrap_program_free(struct program *p);
pid_t __wrap_spawn_notify(const struct runner *of, struct program *p,
			  const struct spawn_variables *variables,
			  const struct output *output);
bool __wrap_orphan_adopt(struct orphan *o, pid_t pid, uint64_t change);

bool __wrap_program_find(struct program *p, const char *command,
			 const struct conf_user *user,
			 const struct conf_model *model)
{
	(void)command;
	(void)user;
	(void)model;
	if (refuse > 0) {
		refuse--;
		strcpy(p->why, "it is not there");
		return false;
	}
	return true;
}

void __wrap_program_free(struct program *p)
{
	(void)p;
}

static const char *value_of(const struct spawn_variables *v, const char *name)
{
	for (unsigned n = 0; n < v->count; n++)
		if (strcmp(v->list[n].name, name) == 0)
			return v->list[n].value;
	fail();
	return NULL;
}

pid_t __wrap_spawn_notify(const struct runner *of, struct program *p,
			  const struct spawn_variables *variables,
			  const struct output *output)
{
	struct script_run *s = &scripts[started];

	(void)of;
	(void)p;
	(void)output;
	if (full > 0) {
		full--;
		return -EAGAIN;
	}
	assert_true(started < SCRIPTS);
	*s = (struct script_run){ 0 };
	snprintf(s->server, sizeof(s->server), "%.60s",
		 value_of(variables, "BATON_REAL_SERVER"));
	snprintf(s->state, sizeof(s->state), "%.7s",
		 value_of(variables, "BATON_STATE"));
	s->change = strtoull(value_of(variables, "BATON_CHANGE"), NULL, 10);
	return (pid_t)++started;
}

bool __wrap_orphan_adopt(struct orphan *o, pid_t pid, uint64_t change)
{
	(void)change;
	o->pid = pid;
	for (unsigned n = 0; n < ORPHANS; n++)
		if (orphans[n] == pid)
			return true;
	return false;
}

void start_runner(void)
{
	r = calloc(1, sizeof(*r));
	assert_non_null(r);
	r->model = loaded->model;
	r->ledger = l;
	r->watch_output.fd = -1;
	assert_int_equal(servers_setup(r), 0);
}

void end_runner(void)
{
	if (r->servers.list)
		output_drain(&r->servers.output);
	servers_free(r);
	free(r);
}

void load(unsigned count, const char *scripts_of_each)
{
	static char text[SERVERS * 200];
	size_t length = (size_t)snprintf(
		text, sizeof(text),
		"virtual_server 192.0.2.1 80 {\n protocol TCP\n"
		" lvs_method NAT\n");

	for (unsigned n = 0; n < count; n++)
		length +=
			(size_t)snprintf(text + length, sizeof(text) - length,
					 " real_server 10.0.0.1 %u {\n %s }\n",
					 n + 1, scripts_of_each);
	snprintf(text + length, sizeof(text) - length, "}\n");
	loaded = conf_load_text(text);
	if (!loaded->model)
		print_message("%s", loaded->printed);
	assert_non_null(loaded->model);
}

void begin(unsigned count, uint32_t room)
{
	alarm(PATIENCE);
	started = 0;
	refuse = full = 0;
	memset(orphans, 0, sizeof(orphans));
	load(count, BOTH);
	ledger_fd =
		ledger_create(&(struct ledger_size){ .news = room }, "v", &l);
	assert_true(ledger_fd >= 0);
	start_runner();
}

void finish(void)
{
	end_runner();
	ledger_unmap(l);
	close(ledger_fd);
	conf_unload(loaded);
	alarm(0);
}

void change(unsigned port, bool up)
{
	struct ledger_news n = {
		.what = up ? LEDGER_NEWS_SERVER_UP : LEDGER_NEWS_SERVER_DOWN,
		.key = conf_server_key(loaded->model, 0),
		.port = (uint16_t)port,
		.protocol = 6,
		.name = "[192.0.2.1]:tcp:80",
	};

	ip_parse("10.0.0.1", &n.address);
	ledger_news_add(l, &n);
	ledger_news_publish(l);
}

void end_script(unsigned n)
{
	assert_false(scripts[n].ended);
	scripts[n].ended = true;
	assert_true(servers_ended(r, (pid_t)n + 1, 0));
}

unsigned turn(void)
{
	unsigned before = started;

	(void)servers_due(r, 0);
	return started - before;
}

void turns(void)
{
	while (turn() > 0)
		;
}

uint64_t lost(void)
{
	return ledger_runner(l)->servers_lost;
}
