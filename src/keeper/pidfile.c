/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID files, for those who start this program as they started keepalived: one
 * of the keeper and one of the process `vrrp`, mode 0644. They are written
 * whole, follow no symbolic link, and are removed at the end.
 */
#include "keeper/keeper_state.h"

#include "keeper/log.h"
#include "sys/rundir.h"
#include "sys/whole.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#define PID_MODE 0644

/* keepalived's folder for them. */
#define PID_FOLDER "/run/keepalived"

/* The process that a PID file names, or 0. */
static pid_t read_pid(const char *path)
{
	int pid = 0, fd = rundir_open(path);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	if (!f)
		return 0;
	if (fscanf(f, "%d", &pid) != 1 || pid < 0)
		pid = 0;
	fclose(f);
	return pid;
}

/*
 * Numbers are used again: only one that is called like a daemon counts, and
 * anybody may call a process so.
 */
static bool is_daemon(pid_t pid)
{
	char path[64], name[32] = "";
	struct stat status;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(name, sizeof(name), f) || fstat(fileno(f), &status) ||
	    (status.st_uid != 0 && status.st_uid != geteuid()))
		name[0] = '\0';
	fclose(f);
	return strncmp(name, "keepalived", strlen("keepalived")) == 0 ||
	       strncmp(name, "batond", strlen("batond")) == 0;
}

/* For all to read, whatever the umask is. */
static void make_folder(const char *path)
{
	if (mkdir(path, 0755) == 0)
		(void)chmod(path, 0755);
}

/* Of the last two parts of a path that are folders: /run/keepalived/blue. */
static void make_folders(const char *path)
{
	char folder[PATH_MAX], parent[PATH_MAX];
	char *slash;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (!slash || slash == folder)
		return;
	*slash = '\0';
	snprintf(parent, sizeof(parent), "%s", folder);
	slash = strrchr(parent, '/');
	if (slash && slash != parent) {
		*slash = '\0';
		make_folder(parent);
	}
	make_folder(folder);
}

static void write_pid(const char *path, pid_t pid)
{
	char text[24];
	int length = snprintf(text, sizeof(text), "%d\n", (int)pid);
	int error = whole_write(path, PID_MODE, text, (size_t)length);

	if (error == -ENOENT) {
		make_folders(path);
		error = whole_write(path, PID_MODE, text, (size_t)length);
	}
	if (error)
		log_line(LOG_WARNING, "cannot write the PID file %s: %s", path,
			 strerror(-error));
}

int pidfile_begin(const struct keeper *k)
{
	const char *path = k->setup->pid_file;
	pid_t other = path ? read_pid(path) : 0;

	if (!path)
		return 0;
	if (other > 0 && other != getpid() && is_daemon(other)) {
		log_line(LOG_ERR,
			 "%s: the process %d runs already; stop it first, or "
			 "name another PID file by -p",
			 path, (int)other);
		return -EBUSY;
	}
	write_pid(path, getpid());
	return 0;
}

void pidfile_follow(struct keeper *k)
{
	pid_t pid = k->server->process.pid;

	if (!k->setup->vrrp_pid_file || pid == 0 || pid == k->pid_told)
		return;
	k->pid_told = pid;
	write_pid(k->setup->vrrp_pid_file, pid);
}

void pidfile_renew(struct keeper *k)
{
	const char *path = k->setup->pid_file;
	const char *vrrp = k->setup->vrrp_pid_file;

	if (path && access(path, F_OK) && errno == ENOENT)
		write_pid(path, getpid());
	if (vrrp && access(vrrp, F_OK) && errno == ENOENT)
		k->pid_told = 0; /* pidfile_follow() writes it */
}

/* The file, and the folders for such files if they are empty then. */
static void forget(const char *path, pid_t pid)
{
	char folder[PATH_MAX];
	char *slash;

	if (!path || read_pid(path) != pid)
		return; /* it is another daemon's by now */
	unlink(path);
	snprintf(folder, sizeof(folder), "%s", path);
	while ((slash = strrchr(folder, '/')) != NULL && slash != folder) {
		*slash = '\0';
		if (strncmp(folder, PID_FOLDER, strlen(PID_FOLDER)) != 0 ||
		    rmdir(folder))
			return;
	}
}

void pidfile_end(const struct keeper *k)
{
	if (k->pid_told > 0)
		forget(k->setup->vrrp_pid_file, k->pid_told);
	forget(k->setup->pid_file, getpid());
}
