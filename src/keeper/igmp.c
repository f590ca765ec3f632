/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * disable_local_igmp: the kernel reports no membership of 224.0.0.0/24, which
 * switches forward to all ports anyhow (RFC 4541). That is one setting of the
 * host, net.ipv4.igmp_link_local_mcast_reports, so the keeper has it: it
 * changes it before `vrrp` joins a group, and back when that is not asked for
 * any more, or at the end. The ledger knows that it was on, for a keeper that
 * comes after this one.
 */
#include "keeper/keeper_state.h"

#include "keeper/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define SETTING "/proc/sys/net/ipv4/igmp_link_local_mcast_reports"

/* '0' or '1', or -errno. */
static int look(void)
{
	char value = 0;
	int fd = open(SETTING, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, &value, 1);
	int error = -errno;

	if (fd >= 0)
		close(fd);
	return length == 1 ? value : error;
}

static int change(char value)
{
	int fd = open(SETTING, O_WRONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : write(fd, &value, 1);
	int error = -errno;

	if (fd >= 0)
		close(fd);
	return length == 1 ? 0 : error;
}

void igmp_prepare(struct keeper *k, const struct generation *next)
{
	int value, error = 0;

	if (k->now.ledger)
		next->ledger->igmp_was_on = k->now.ledger->igmp_was_on;
	if (!next->model->global.disable_local_igmp)
		return;
	value = look();
	if (value == '1')
		error = change('0');
	else if (value < 0)
		error = value;
	if (error)
		log_line(LOG_WARNING,
			 "disable_local_igmp: cannot change %s: %s; set "
			 "net.ipv4.igmp_link_local_mcast_reports = 0 by "
			 "sysctl.d(5)",
			 SETTING, strerror(-error));
	if (error || value != '1')
		return;
	next->ledger->igmp_was_on = true;
	if (k->now.ledger) /* if the next one is given up */
		k->now.ledger->igmp_was_on = true;
}

void igmp_settle(struct keeper *k, bool end)
{
	const struct conf_model *model = k->now.model;
	struct ledger *l = k->now.ledger;

	/* Without a model another keeper's `vrrp` serves yet. */
	if (!l->igmp_was_on ||
	    (!end && (!model || model->global.disable_local_igmp)))
		return;
	if (change('1') == 0)
		l->igmp_was_on = false;
}
