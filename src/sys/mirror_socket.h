/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mirror's socket and the dumps that it asks for: for sys/mirror.c only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct mmsghdr;
struct mnl_socket;

/* Datagrams of one call. */
#define MIRROR_SOCKET_BATCH 16

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

/*
 * Reads up to `count` datagrams, at most MIRROR_SOCKET_BATCH: how many, or
 * -errno. One that is not the kernel's has the length 0.
 */
int mirror_socket_receive(const struct mnl_socket *socket,
			  struct mmsghdr *messages, unsigned count);
