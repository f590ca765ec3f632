/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages of IPVS's generic netlink family as bytes (linux/ip_vs.h,
 * version 1 of the family): bytes in, structs out, and the other way round. No
 * socket here.
 *
 * What comes from the kernel is not believed: a message that is short, or says
 * what no table can hold, is refused.
 */
#pragma once

#include "lvs/ipvs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nlmsghdr;

/* No message of ours is longer. */
#define IPVS_MESSAGE_MAX 320

/* What is asked, by the numbers of IPVS_CMD_*. */
enum ipvs_question {
	IPVS_GET_SERVICE = 4,
	IPVS_GET_DEST = 8,
	IPVS_GET_DAEMON = 11,
	IPVS_GET_CONFIG = 13,
};

/* Where a message goes, and what comes back. */
struct ipvs_envelope {
	uint16_t family; /* the number of IPVS's family, by ipvs_resolve() */
	uint16_t flags;  /* NLM_F_ACK, NLM_F_DUMP */
	uint32_t sequence;
};

/*
 * Each writes one message into IPVS_MESSAGE_MAX bytes, aligned to 4, and
 * returns its length, which is a multiple of 4.
 */
size_t ipvs_encode_change(void *bytes, const struct ipvs_envelope *envelope,
			  const struct ipvs_change *change);
/* A question: the service, or the destinations, of this key; NULL: all
 * services, the daemons, the timeouts. */
size_t ipvs_encode_get(void *bytes, const struct ipvs_envelope *envelope,
		       enum ipvs_question question, const struct ipvs_key *key);
/* Starts one, or stops that of its role. */
size_t ipvs_encode_daemon(void *bytes, const struct ipvs_envelope *envelope,
			  bool start, const struct ipvs_daemon *daemon);
size_t ipvs_encode_timeouts(void *bytes, const struct ipvs_envelope *envelope,
			    const struct ipvs_timeouts *timeouts);
/* The question for the number of the family (genetlink's controller). */
size_t ipvs_encode_resolve(void *bytes, uint32_t sequence);

/*
 * Each reads one answer, whose length has been looked at
 * (sys/netlink_source.h). False: it is no such answer, and `out` is untouched.
 * `counts` may be NULL.
 */
bool ipvs_decode_service(const struct nlmsghdr *message,
			 struct ipvs_service *out, struct ipvs_counts *counts);
/* `family` is that of the service: older kernels do not say it. */
bool ipvs_decode_dest(const struct nlmsghdr *message, uint8_t family,
		      struct ipvs_dest *out, struct ipvs_counts *counts);
bool ipvs_decode_daemon(const struct nlmsghdr *message,
			struct ipvs_daemon *out);
bool ipvs_decode_timeouts(const struct nlmsghdr *message,
			  struct ipvs_timeouts *out);
bool ipvs_decode_resolve(const struct nlmsghdr *message, uint16_t *family);
/* The error of an NLMSG_ERROR: 0 or a positive errno. */
bool ipvs_decode_error(const struct nlmsghdr *message, int *error);
