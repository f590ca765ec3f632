/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "batond/launch.h"

#include "files/conf_files.h"
#include "files/simple.h"
#include "keeper/keeper.h"
#include "keeper/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

bool launch_absolute(const char *path, char out[PATH_MAX])
{
	bool whole_already = path[0] == '/' || simple_is_name(path) ||
			     conf_files_given(path) >= 0;
	char *here = whole_already ? NULL : getcwd(NULL, 0);
	int length;

	if (!whole_already && !here) { /* perhaps it was removed */
		fprintf(stderr,
			"batond: %s: not found from a working directory that "
			"is none: %s; name the whole path\n",
			path, strerror(errno));
		return false;
	}
	length = snprintf(out, PATH_MAX, "%s%s%s", here ? here : "",
			  here ? "/" : "", path);
	free(here);
	if (length < PATH_MAX)
		return true;
	fprintf(stderr, "batond: %.60s...: this name is too long\n", path);
	return false;
}

/* proc(5), /proc/pid/exe. */
bool launch_installed(char out[PATH_MAX])
{
	static const char gone[] = " (deleted)";
	ssize_t length = readlink("/proc/self/exe", out, PATH_MAX - 1);

	if (length < 0) {
		fprintf(stderr,
			"batond: /proc/self/exe: %s; it needs /proc: "
			"mount -t proc proc /proc\n",
			strerror(errno));
		return false;
	}
	if (length > (ssize_t)strlen(gone) &&
	    memcmp(out + length - strlen(gone), gone, strlen(gone)) == 0)
		length -= (ssize_t)strlen(gone);
	out[length] = '\0';
	return true;
}

int launch_background(void)
{
	int ends[2];
	int status;
	char byte;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid < 0)
		return -1;
	if (pid > 0) {
		keeper_release_signals();
		close(ends[1]);
		if (read(ends[0], &byte, 1) == 1)
			_exit(0);
		if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
			_exit(1);
		_exit(WEXITSTATUS(status));
	}
	close(ends[0]);
	setsid();
	return ends[1];
}

bool launch_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return false;
	fprintf(stderr, "batond: cannot write: %s\n", strerror(errno));
	return true;
}

void launch_done(int parent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= 2 && null >= 0; fd++)
		dup2(null, fd);
	if (write(parent, "", 1) < 0)
		log_line(LOG_ERR, "the parent is gone: %s", strerror(errno));
	close(parent);
	close(null);
}
