/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A node of lan.py, and how a command enters it.
 *
 *   node hold RUN            becomes the node: new network, mount and PID
 *                            namespaces, with RUN as /run; says "ready" and
 *                            the number of its first process, each in a
 *                            line, and ends with its input
 *   node enter PID n|nmp COMMAND...
 *                            runs a command in the namespaces of a process:
 *                            its network, or also its mounts and PIDs
 *
 * Both end with their parent. unshare(1), nsenter(1) and their like could do
 * it too, and did; but starting programs was half of the work of all tests on
 * LANs. This one is small and linked statically, so it starts at once.
 */
#include "instrument.h"

#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void end_with_parent(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		fail("PR_SET_PDEATHSIG");
}

/* Waits for a child, and ends as it did. */
static _Noreturn void end_as(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			fail("waitpid");
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request))
		fail("lo");
	close(fd);
}

/* The first process of the node. */
static _Noreturn void live(const char *run)
{
	static const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	char byte;

	end_with_parent();
	if (mount("proc", "/proc", "proc", flags, NULL))
		fail("/proc");
	if (mount("sysfs", "/sys", "sysfs", flags, NULL))
		fail("/sys");
	if (mount(run, "/run", NULL, MS_BIND, NULL))
		fail(run);
	/* Orphans that the kernel gives to it leave no zombies. */
	signal(SIGCHLD, SIG_IGN);
	loopback_up();
	if (write(STDOUT_FILENO, "ready\n", 6) != 6)
		fail("ready");
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	_exit(0);
}

static _Noreturn void hold(const char *run)
{
	pid_t child;

	if (unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		fail("no namespace (is this root?)");
	child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0)
		live(run);
	dprintf(STDOUT_FILENO, "%d\n", (int)child);
	end_as(child);
}

static int namespace_of(const char *pid, const char *kind)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/ns/%s", pid, kind);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail(path);
	return fd;
}

static _Noreturn void enter(const char *pid, bool whole, char **command)
{
	int net = namespace_of(pid, "net"), mounts = -1, pids = -1;
	pid_t child;

	if (whole) {
		mounts = namespace_of(pid, "mnt");
		pids = namespace_of(pid, "pid");
	}
	if (setns(net, CLONE_NEWNET) || (whole && (setns(pids, CLONE_NEWPID) ||
						   setns(mounts, CLONE_NEWNS))))
		fail("setns");
	child = whole ? fork() : 0;
	if (child < 0)
		fail("fork");
	if (child > 0)
		end_as(child);
	execvp(command[0], command);
	fail(command[0]);
}

int main(int argc, char **argv)
{
	end_with_parent();
	if (argc == 3 && !strcmp(argv[1], "hold"))
		hold(argv[2]);
	if (argc >= 5 && !strcmp(argv[1], "enter"))
		enter(argv[2], !strcmp(argv[3], "nmp"), argv + 4);
	fprintf(stderr, "usage: node hold RUN | node enter PID n|nmp "
			"COMMAND...\n");
	return 2;
}
