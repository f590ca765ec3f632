/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/no_daemon.h"

#include "ledger/order.h"
#include "sys/procfs.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int first_number(const char *run_dir, const char *name)
{
	char path[4096];
	int number = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", run_dir, name);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%d", &number) != 1)
		number = 0;
	fclose(f);
	return number;
}

/* Its number may be another process's by now. */
static bool is_vrrp(int pid)
{
	char title[32];
	size_t length = procfs_command(pid, title, sizeof(title) - 1);

	title[length] = '\0';
	return strncmp(title, "batond: vrrp", 12) == 0;
}

void no_daemon_text(const char *run_dir, char *out, size_t size)
{
	int pid = first_number(run_dir, KEEPER_STATE);

	if (pid > 0 && is_vrrp(pid))
		snprintf(out, size,
			 "the keeper is gone, and vrrp (pid %d) serves on "
			 "without it; start batond, which takes it over",
			 pid);
	else
		snprintf(out, size,
			 "no batond runs there; start it, or name its "
			 "directory with --run-dir");
}
