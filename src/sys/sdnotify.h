/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A word to the service manager, as sd_notify(3) describes it. */
#pragma once

/*
 * Sends a line such as "READY=1" to the socket that $NOTIFY_SOCKET names; 0
 * without one. -errno if it could not be sent.
 */
int sdnotify(const char *line);
