/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of IPVS in this network namespace, by generic netlink.
 *
 * Each call is over when it returns: the kernel does all of a train within
 * sendmsg(2), and makes the next part of a dump within recvmsg(2), so nothing
 * waits for others, except for the kernel's own locks. What a call may cost is
 * bounded by its count.
 *
 * It needs CAP_NET_ADMIN in the first user namespace, also for questions. The
 * kernel tells nobody of changes: who wants to know asks.
 */
#pragma once

#include "lvs/ipvs.h"

#include <stdbool.h>
#include <stdint.h>

/* Messages of one train: 2 to 5 us each in the kernel, so about 0.5 ms. */
#define IPVS_TRAIN_MAX 200

struct ipvs;

/*
 * The kernel loads the module ip_vs by itself. -errno: -ENOENT, there is no
 * IPVS in this kernel; -EPERM is said by the first call, not here.
 */
int ipvs_open(struct ipvs **out);
void ipvs_close(struct ipvs *v);

/*
 * One train: `count` changes, at most IPVS_TRAIN_MAX, are done in their order,
 * and one that fails does not stop the rest. Of each `errors` says 0, a
 * positive errno, or IPVS_LOST. -errno: none was sent.
 */
int ipvs_train(struct ipvs *v, const struct ipvs_change *changes,
	       unsigned count, int *errors);

/*
 * All services, or the destinations of one; a service that is not there has
 * none. Others may change the table meanwhile: then an entry may be missing or
 * come twice, and nothing says so. 0 or -errno, then what was said may not be
 * all. `each` makes no call of this file.
 */
int ipvs_services(struct ipvs *v,
		  void (*each)(void *context,
			       const struct ipvs_service *service,
			       const struct ipvs_counts *counts),
		  void *context);
int ipvs_dests(struct ipvs *v, const struct ipvs_key *service,
	       void (*each)(void *context, const struct ipvs_dest *dest,
			    const struct ipvs_counts *counts),
	       void *context);

/* The daemons that run, at most one of each role: [0] the master, [1] the
 * backup; a role of 0: it does not run. */
int ipvs_daemons(struct ipvs *v, struct ipvs_daemon out[2]);
/* EEXIST: that role runs; ESRCH: it does not. 0 or -errno. */
int ipvs_daemon_start(struct ipvs *v, const struct ipvs_daemon *daemon);
int ipvs_daemon_stop(struct ipvs *v, enum ipvs_daemon_role role);

int ipvs_get_timeouts(struct ipvs *v, struct ipvs_timeouts *out);
int ipvs_set_timeouts(struct ipvs *v, const struct ipvs_timeouts *timeouts);
