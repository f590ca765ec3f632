/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of one daemon are called, so that several live beside each
 * other on a machine: by the words instance, net_namespace and use_pid_dir of
 * its configuration, and by its options. keepalived(8), "NAMESPACES".
 */
#pragma once

#include "batond/options.h"
#include "conf/model/model.h"

#include <limits.h>

struct names {
	char run_dir[PATH_MAX];
	char pid_file[PATH_MAX];      /* "": none is written */
	char vrrp_pid_file[PATH_MAX]; /* the same */
	char dumps[PATH_MAX];         /* the folder for them */
	char log[LINE_MAX];           /* the name in syslog(3) */
};

/* False: one of them is too long. */
bool names_make(const struct options *options, const struct conf_daemon *daemon,
		struct names *out);
