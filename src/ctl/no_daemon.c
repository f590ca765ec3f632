/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/no_daemon.h"

#include "ledger/order.h"
#include "ledger/state.h"
#include "sys/procfs.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Who serves, by the state file; 0: it does not say. */
static int server_of(const char *run_dir)
{
	char path[4096], file[STATE_SIZE];
	struct state s = { 0 };
	size_t length;
	FILE *f;

	snprintf(path, sizeof(path), "%s/" KEEPER_STATE, run_dir);
	f = fopen(path, "re");
	if (!f)
		return 0;
	length = fread(file, 1, sizeof(file), f);
	fclose(f);
	return state_decode(file, length, &s) ? s.server.pid : 0;
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
	int pid = server_of(run_dir);

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
