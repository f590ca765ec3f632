/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process `check` as a whole, confined, with the ledger of a configuration:
 * what the tests of it have in common (checker_process.c, checker_source.c).
 */
#pragma once

#include "checker_bench.h"

#include "base/tick.h"
#include "conf_fixture.h"
#include "ledger/checks.h"
#include "sys/process.h"

struct world {
	struct conf_loaded *loaded;
	struct ledger *ledger;
	int fd, wake[2], stop[2];
	struct process process;
};

/* Nothing that is waited for takes longer. */
#define WORLD_PATIENCE (20 * TICK_SECOND)

/* Of that text; its process has started. */
struct world world_begin(const char *text);
void world_finish(struct world *w);

/* Another process, of the same ledger; the end of one, by that signal. */
void world_start(struct world *w);
void world_end(struct world *w, int signal_number);

/* Waits until the check of that number counts as that. */
struct ledger_check world_wait(struct world *w, uint32_t number,
			       enum ledger_check_state state);
void world_wait_rounds(struct world *w, uint32_t number, uint64_t rounds);

/* A server of UDP: what it is asked, byte for byte; of DNS as an answer. It
 * ends when `fd` fails. */
void world_reply(int fd);
