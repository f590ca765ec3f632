/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A row of the ledger's table of processes (ledger/records.h). */
#pragma once

#include "base/tick.h"

#include <stdint.h>

struct ledger_process {
	uint32_t sequence;
	int32_t pid; /* 0: not running */
	char name[16];
	tick_t started_real;
	uint64_t restarts;
	/* How it runs, as the kernel said a moment ago; of `vrrp` alone. */
	uint8_t scheduled; /* bool: what follows is known */
	int32_t policy;    /* sched(7) */
	int32_t real_time; /* priority, or 0 */
	int32_t nice;
	uint64_t locked; /* bytes of its memory that cannot be swapped out */
	/* As which user it runs, of one that needs no rights; else "". */
	char user[16];
	uint8_t room[48]; /* 0: for fields to come */
};
