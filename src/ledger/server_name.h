/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How virtual and real servers are called. A virtual server is
 * "[192.0.2.1]:tcp:80", "FWM 7" or "group NAME", as keepalived writes it to
 * FIFOs; a real one is "192.0.2.9:80". A person may write them as the
 * configuration does: "192.0.2.1 80", "192.0.2.1:80", "192.0.2.1",
 * "fwmark 7", the mark or the name of the group alone. Of two with one mark
 * "FWM 7 inet" is that of IPv4 and "FWM 7 inet6" that of IPv6.
 */
#pragma once

#include "base/nearest.h"
#include "ledger/virtuals.h"

#define SERVER_NAME_SIZE 320
#define SERVER_REAL_SIZE 64

const char *server_name(char name[SERVER_NAME_SIZE], const struct ledger *l,
			const struct ledger_virtual *v);
const char *server_real_name(char name[SERVER_REAL_SIZE], const struct ip *ip,
			     uint16_t port);

/* A name that no other virtual server has. */
const char *server_full_name(char name[SERVER_NAME_SIZE],
			     const struct ledger *l,
			     const struct ledger_virtual *v);

/* "tcp", "udp", "sctp", or "" where it has none. */
const char *server_protocol(uint8_t protocol);

/* Whether that word means it. */
bool server_is_meant(const struct ledger *l, const struct ledger_virtual *v,
		     const char *word);
bool server_real_is_meant(const struct ledger_real *real, const char *word);

/*
 * Those that a word means: how many, and the numbers of the first two of them.
 * Of real servers: among those of a virtual server.
 */
uint32_t server_find(const struct ledger *l, const char *word,
		     uint32_t found[2]);
uint32_t server_real_find(const struct ledger *l,
			  const struct ledger_virtual *v, const char *word,
			  uint32_t found[2]);

/* Of the virtual servers that a word means: those that have that real one. */
uint32_t server_find_having(const struct ledger *l, const char *word,
			    const char *real, uint32_t found[2]);

/* Names near to a word that means none: how many, the nearest one first. */
unsigned server_near(const struct ledger *l, const char *word,
		     char names[NEAREST_MAX][SERVER_NAME_SIZE]);
unsigned server_real_near(const struct ledger *l,
			  const struct ledger_virtual *v, const char *word,
			  char names[NEAREST_MAX][SERVER_NAME_SIZE]);
