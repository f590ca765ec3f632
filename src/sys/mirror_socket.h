/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mirror's socket and the dumps that it asks for: for sys/mirror.c only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct mnl_socket;

/* The dumps that make a mirror whole, in their order. */
enum mirror_stage {
	MIRROR_STAGE_IDLE, /* none is under way */
	MIRROR_STAGE_LINKS,
	MIRROR_STAGE_ADDRESSES,
	MIRROR_STAGE_ROUTES_IPV4,
	MIRROR_STAGE_ROUTES_IPV6,
	MIRROR_STAGE_RULES_IPV4,
	MIRROR_STAGE_RULES_IPV6,
};

/*
 * Opens the socket with a buffer of so many bytes and subscribes: links and
 * addresses, with `routes` also routes and rules. 0 or -errno, with *out set
 * if there is something to close.
 */
int mirror_socket_open(struct mnl_socket **out, uint32_t buffer,
		       bool within_rmem_max, bool routes);

/* Asks for a dump: of routes only ours (Linux 4.20). 0 or -errno. */
int mirror_socket_dump(const struct mnl_socket *socket, enum mirror_stage stage,
		       uint32_t sequence);
