/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How virtual servers are called: as in the log, and as keepalived writes them
 * to FIFOs.
 */
#pragma once

#include "ledger/virtuals.h"

#include <stdbool.h>

#define SERVER_NAME_SIZE 320

/* "[192.0.2.1]:tcp:80", "FWM 7", "group web". Returns `name`. */
const char *server_name(char name[SERVER_NAME_SIZE], const struct ledger *l,
			const struct ledger_virtual *v);

/* Whether a person may mean it by this word: its name, or "192.0.2.1:80",
 * "[2001:db8::1]:80", its address, mark or group alone. */
bool server_is_meant(const struct ledger *l, const struct ledger_virtual *v,
		     const char *word);

/* "tcp", "udp", "sctp"; "" of a mark. */
const char *server_protocol(uint8_t protocol);
