/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel need not queue for the mirror's socket: notifications of
 * routes that are not ours.
 */
#pragma once

/*
 * Drops RTM_NEWROUTE and RTM_DELROUTE of any protocol but SYS_ROUTE_PROTOCOL,
 * except in dumps, and except a route that replaced another: that may have
 * been ours. 0 or -errno; without the filter all is the same, but slower.
 */
int mirror_filter_attach(int fd);
