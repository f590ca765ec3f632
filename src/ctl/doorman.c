/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control server is there when somebody asks.
 *
 * An idle server would hold megabytes for nothing: the HTTP library, and
 * GnuTLS behind it. So the `ctl` process only watches the listening socket
 * and forks the server when a connection is there; the server accepts it, and
 * ends when it had none for a while. This process reads no byte of anybody,
 * so it may still load the library; the server gives that up too before it
 * accepts a connection.
 */
#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	FD_SIGNAL,
	FD_STOP,
	FD_NEWS,
	FDS
};

/* Waits until `fd` is readable; false when it is time to stop. */
static bool wait_for(int fd, const struct ctl_setup *setup, int signal_fd)
{
	struct pollfd fds[FDS] = {
		[FD_SIGNAL] = { signal_fd, POLLIN, 0 },
		[FD_STOP] = { setup->stop_fd, POLLIN, 0 },
		[FD_NEWS] = { fd, POLLIN, 0 },
	};

	while (poll(fds, FDS, -1) < 0)
		if (errno != EINTR)
			return false;
	return !fds[FD_SIGNAL].revents && !fds[FD_STOP].revents;
}

/*
 * The server ends when the pipe hangs up: so no right is needed to signal
 * anybody, which would reach all processes of the same user.
 */
static pid_t fork_server(const struct ctl_setup *setup, const int life[2])
{
	struct ctl_setup of_server = *setup;
	pid_t doorman = getpid();
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	/* It does not outlive this process, not even by a race. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != doorman)
		_exit(0);
	close(life[1]);
	of_server.stop_fd = life[0];
	_exit(ctl_serve(&of_server) == 0 ? 0 : 1);
}

/* The server's whole life. 0: it ended as it should; `stop` is set to why. */
static int one_server(const struct ctl_setup *setup, int signal_fd, int life[2],
		      bool *stop)
{
	pid_t pid = fork_server(setup, life);
	int pidfd, status;

	if (pid < 0)
		return -errno;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0 || !wait_for(pidfd, setup, signal_fd)) {
		*stop = true;
		close(life[1]);
		life[1] = -1;
	}
	if (pidfd >= 0)
		close(pidfd);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (*stop || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
		return 0;
	if (WIFSIGNALED(status))
		fprintf(stderr, "ctl: the server died: %s\n",
			strsignal(WTERMSIG(status)));
	return -ECHILD;
}

int ctl_run(const struct ctl_setup *setup)
{
	bool stop = false;
	int signal_fd, life[2], error = 0;

	/* Whatever another process before this one did to it. */
	if (fcntl(setup->listen_fd, F_SETFL, O_NONBLOCK))
		return -errno;
	if (setup->idle_ms == 0)
		return ctl_serve(setup);
	signal_fd = ctl_signals();
	if (signal_fd < 0)
		return signal_fd;
	if (pipe2(life, O_CLOEXEC)) {
		error = -errno;
		close(signal_fd);
		return error;
	}
	if (setup->confine_doorman)
		error = setup->confine_doorman(setup->context);
	while (!stop && !error) {
		if (wait_for(setup->listen_fd, setup, signal_fd))
			error = one_server(setup, signal_fd, life, &stop);
		else
			stop = true;
	}
	close(signal_fd);
	close(life[0]);
	if (life[1] >= 0)
		close(life[1]);
	return error;
}
