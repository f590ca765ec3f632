/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A word to the service manager, as sd_notify(3) and sd_watchdog_enabled(3)
 * describe it.
 */
#pragma once

#include "base/tick.h"

/*
 * Sends a line such as "READY=1" to the socket that $NOTIFY_SOCKET names; 0
 * without one. -errno if it could not be sent; -EAGAIN: the service manager
 * did not take it within that time.
 */
int sdnotify(const char *line, int patience_ms);

/*
 * How often it wants to hear "WATCHDOG=1" of this process at least
 * ($WATCHDOG_USEC, $WATCHDOG_PID), or TICK_NEVER.
 */
tick_t sdnotify_watchdog(void);

/* What this process starts is not the service: it cannot speak for it. */
void sdnotify_forget(void);
