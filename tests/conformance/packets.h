/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole messages, and how a router takes them. */
#pragma once

#include "router.h"

/* protocol vectors: VRID 10, 192.0.2.1 and .2, from 192.0.2.251 */
static const uint8_t golden_v4[] = { 0x31, 0x0a, 0xc8, 0x02, 0x00, 0x64,
				     0x82, 0x8a, 0xc0, 0x00, 0x02, 0x01,
				     0xc0, 0x00, 0x02, 0x02 };
static const uint8_t golden_v4_pseudo[] = { 0x31, 0x0a, 0xc8, 0x02, 0x00, 0x64,
					    0xde, 0xfb, 0xc0, 0x00, 0x02, 0x01,
					    0xc0, 0x00, 0x02, 0x02 };
static const uint8_t golden_v6[] = { 0x31, 0x0a, 0x64, 0x02, 0x00, 0x64, 0x3f,
				     0x5d, 0xfe, 0x80, 0,    0,    0,    0,
				     0,    0,    0,    0,    0,    0,    0,
				     0,    0,    1,    0x20, 0x01, 0x0d, 0xb8,
				     0,    0,    0,    0,    0,    0,    0,
				     0,    0,    0,    0,    1 };
static const uint8_t golden_v2[24] = { 0x21, 0x0a, 0xc8, 0x02, 0x00, 0x01,
				       0x92, 0xed, 0xc0, 0x00, 0x02, 0x01,
				       0xc0, 0x00, 0x02, 0x02 };

/* One of those: from 192.0.2.251 or fe80::c8 to the group, with TTL 255. */
struct message golden(const uint8_t *bytes, size_t length);
#define GOLDEN(vector) golden(vector, sizeof(vector))

/* What a peer with that priority sends to a router of that kind. */
struct message message_for(uint8_t family, uint8_t version, uint8_t priority);

/* The first message that a fresh Active sends. */
struct message first_message(uint8_t family, uint8_t version, uint8_t priority);

/* A Backup and an Active both drop it for that reason. */
void assert_refused(uint8_t family, uint8_t version, const struct message *m,
		    enum vrrp_drop reason);

/* A Backup hears it and takes its sender for the Active. */
void assert_heard(uint8_t family, uint8_t version, const struct message *m);
