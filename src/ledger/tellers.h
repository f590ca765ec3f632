/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far the process `run` came with news of virtual servers (ledger/news.h):
 * its book says up to which entry scripts were told (ledger_runner.servers) and
 * FIFOs (ledger_fifo.servers). Of those up to there, an entry whose script has
 * yet to be started, or runs, has a record.
 */
#pragma once

#include "ledger/news_entry.h"
#include "ledger/sections.h"

/* Of an entry: its record, or SETTLED. */
struct ledger_news_told ledger_news_told(const struct ledger *l,
					 uint64_t order);
void ledger_news_note(struct ledger *l, uint64_t order,
		      enum ledger_news_state state, int32_t pid);

/* For the keeper: into a ledger in which `run` has not begun yet; it begins
 * after the other one. */
void ledger_inherit_tellers(struct ledger *l, const struct ledger *before);
void ledger_begin_tellers(struct ledger *l);
