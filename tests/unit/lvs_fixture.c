/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lvs_fixture.h"

#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SORRY_BYTE 99

static struct ip address(uint8_t last)
{
	const uint8_t bytes[4] = { 10, 0, 0, last };

	return ip_from_bytes(IP_V4, bytes);
}

static char letter_of(const struct ip *ip)
{
	return ip->bytes[3] == SORRY_BYTE ? 'S'
					  : (char)('a' + ip->bytes[3] - 1);
}

static void tell(void *context, const struct lvs_told *told)
{
	static const char *const words[LVS_TOLD_WHATS] = {
		[LVS_TOLD_SERVER_UP] = "up",
		[LVS_TOLD_SERVER_DOWN] = "down",
		[LVS_TOLD_QUORUM_UP] = "quorum-up",
		[LVS_TOLD_QUORUM_DOWN] = "quorum-down",
		[LVS_TOLD_PANIC] = "panic",
		[LVS_TOLD_PANIC_OVER] = "panic-over",
		[LVS_TOLD_DRAINED] = "drained",
		[LVS_TOLD_DRAIN_LATE] = "drain-late",
	};
	struct play *p = context;
	size_t used = strlen(p->told);
	char letter;

	if (told->address.family == IP_NONE) {
		snprintf(p->told + used, sizeof(p->told) - used, "%s ",
			 words[told->what]);
		return;
	}
	letter = letter_of(&told->address);
	if (told->server == LVS_NONE)
		letter = (char)(letter - 'a' + 'A');
	snprintf(p->told + used, sizeof(p->told) - used, "%s:%c ",
		 words[told->what], letter);
}

void play_configure(struct play *p, uint32_t servers)
{
	memset(p, 0, sizeof(*p));
	MUST(servers <= PLAY_SERVERS);
	for (uint32_t n = 0; n < servers; n++) {
		p->follows[n][0].check = n;
		p->servers[n] = (struct lvs_server_config){
			.address = address((uint8_t)(n + 1)),
			.port = 80,
			.weight = 1,
			.follows = p->follows[n],
			.follow_count = 1,
		};
	}
	p->service = (struct lvs_service_config){
		.servers = p->servers,
		.server_count = servers,
		.quorum = 1,
	};
	p->config = (struct lvs_config){
		.services = &p->service,
		.service_count = 1,
		.check_count = 2 * PLAY_SERVERS,
		.leaving_max = 2,
	};
	p->now = 1000 * TICK_SECOND;
}

void play_sorry(struct play *p)
{
	p->service.sorry = address(SORRY_BYTE);
	p->service.sorry_port = 80;
}

void play_init(struct play *p)
{
	const struct lvs_sink sink = { tell, p };

	p->memory = malloc(lvs_memory(&p->config));
	MUST(p->memory);
	lvs_init(&p->core, &p->config, &sink, p->memory);
}

void play_begin(struct play *p)
{
	play_init(p);
	lvs_begin(&p->core, p->now);
}

void play_end(struct play *p)
{
	free(p->memory);
	p->memory = NULL;
}

uint32_t play_number(char server)
{
	return (uint32_t)(server - 'a');
}

static void verdict(struct play *p, char server, enum lvs_check_state state)
{
	struct lvs_verdict v = { .state = (uint8_t)state };

	lvs_verdict(&p->core, p->now, p->follows[play_number(server)][0].check,
		    &v);
}

void play_good(struct play *p, char server)
{
	verdict(p, server, LVS_CHECK_GOOD);
}

void play_bad(struct play *p, char server)
{
	verdict(p, server, LVS_CHECK_FAILED);
}

void play_pass(struct play *p, tick_t duration)
{
	tick_t end = p->now + duration;

	while (lvs_deadline(&p->core) <= end) {
		p->now = lvs_deadline(&p->core);
		lvs_time(&p->core, p->now);
	}
	p->now = end;
}

const char *play_told(struct play *p)
{
	static char words[sizeof(p->told)];

	memcpy(words, p->told, sizeof(words));
	p->told[0] = '\0';
	return words;
}

static void word(struct play *p, uint32_t item, bool absent)
{
	size_t used = strlen(p->table);
	struct lvs_want want;

	lvs_want(&p->core, item, &want);
	if (want.present)
		snprintf(p->table + used, sizeof(p->table) - used, "%c:%d ",
			 letter_of(&want.address), want.weight);
	else if (absent)
		snprintf(p->table + used, sizeof(p->table) - used, "%c:- ",
			 letter_of(&want.address));
}

const char *play_table(struct play *p)
{
	p->table[0] = '\0';
	for (uint32_t item = lvs_first(&p->core, 0); item != LVS_NONE;
	     item = lvs_next(&p->core, item))
		word(p, item, false);
	return p->table;
}

const char *play_changed(struct play *p)
{
	p->table[0] = '\0';
	for (uint32_t item; (item = lvs_changed(&p->core)) != LVS_NONE;)
		word(p, item, true);
	return p->table;
}

void play_move(struct play *from, struct play *next)
{
	struct lvs_saved_service service;
	struct lvs *l = &from->core;

	next->now = from->now;
	play_init(next);
	lvs_save_service(l, 0, &service);
	lvs_adopt_service(&next->core, 0, &service, sizeof(service));
	for (uint32_t s = lvs_first(l, 0);
	     s < l->server_count + l->leaving_count; s = lvs_next(l, s)) {
		struct lvs_saved_server saved;
		const struct lvs_server_config *config = l->servers[s].config;

		lvs_save_server(l, s, &saved);
		lvs_adopt_server(&next->core, next->now, 0, &config->address,
				 config->port, &saved, sizeof(saved));
	}
	play_end(from);
}
