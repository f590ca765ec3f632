/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this machine or container withholds from the daemon: what is lost by it
 * and what to do, a line of the log each, once. What is refused later is told
 * by whoever is refused.
 */
#include "keeper/keeper_state.h"

#include "base/must.h"
#include "keeper/log.h"
#include "sys/process.h"

#include <linux/capability.h>
#include <sys/resource.h>
#include <syslog.h>

#define NET_ADMIN PROCESS_CAP(CAP_NET_ADMIN)
#define NET_RAW   PROCESS_CAP(CAP_NET_RAW)
#define USER      (PROCESS_CAP(CAP_SETUID) | PROCESS_CAP(CAP_SETGID))
#define BOUNDS    PROCESS_CAP(CAP_SETPCAP)

/* What serves needs half of it; a reload and an upgrade need all. */
#define DESCRIPTORS 64
/* Of the user of `ctl`, of which others may have some, too (nobody). */
#define TASKS 64

static const struct {
	uint64_t capabilities;
	int level;
	const char *text;
} rights[] = {
	{ NET_ADMIN, LOG_WARNING,
	  "CAP_NET_ADMIN is missing: no address, route or rule can be set; "
	  "be root, or let the container or the unit have it" },
	{ NET_RAW, LOG_WARNING,
	  "CAP_NET_RAW is missing: no packet can be sent or received; be root, "
	  "or let the container or the unit have it" },
	{ USER, LOG_NOTICE,
	  "CAP_SETUID and CAP_SETGID are missing: ctl, mail and who reads the "
	  "configuration have no rights, but run as the same user; let the "
	  "container have them, and each runs as a user of its own" },
	{ BOUNDS, LOG_NOTICE,
	  "CAP_SETPCAP is missing: the bounding set of capabilities stays as "
	  "it is" },
};

/* How many there may be, after it was tried to lift that to `least`. */
static rlim_t lift(enum __rlimit_resource what, rlim_t least)
{
	struct rlimit limit;

	if (getrlimit(what, &limit) || limit.rlim_cur >= least)
		return least;
	limit.rlim_cur = least;
	if (limit.rlim_max < least)
		limit.rlim_max = least;
	if (setrlimit(what, &limit) == 0 || getrlimit(what, &limit))
		return least;
	return limit.rlim_cur;
}

static void tell_limits(void)
{
	rlim_t most = lift(RLIMIT_NOFILE, DESCRIPTORS);

	if (most < DESCRIPTORS)
		log_line(
			LOG_WARNING,
			"only %llu file descriptors are permitted: a reload or "
			"an upgrade may be refused; permit %d (ulimit -n, "
			"LimitNOFILE=)",
			(unsigned long long)most, DESCRIPTORS);
	most = lift(RLIMIT_NPROC, TASKS);
	if (most < TASKS)
		log_line(LOG_WARNING,
			 "only %llu processes are permitted to a user: baton "
			 "may get no answer, and no file be read; permit %d "
			 "(ulimit -u, LimitNPROC=)",
			 (unsigned long long)most, TASKS);
}

void surroundings_tell(void)
{
	for (unsigned n = 0; n < ARRAY_LENGTH(rights); n++)
		if (process_has(rights[n].capabilities) !=
		    rights[n].capabilities)
			log_line(rights[n].level, "%s", rights[n].text);
	tell_limits();
}
