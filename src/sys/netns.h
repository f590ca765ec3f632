/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces by name, as ip-netns(8) keeps them. */
#pragma once

/*
 * This process is in that namespace from here on, before it opens a socket. 0
 * also if it is there already; -ENOENT: there is none of that name; -EPERM: it
 * takes CAP_SYS_ADMIN.
 */
int netns_enter(const char *name);

/* What helps, as the end of a sentence with a semicolon before it; or "". */
const char *netns_remedy(int error);
