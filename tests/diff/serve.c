/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a program many times for the cost of one start. Loaded before the
 * program by LD_PRELOAD, it takes the place of main(): for each path that
 * comes in a line of standard input it forks a child in which main() runs with
 * that path wherever the command line says "@", then answers
 *
 *   EXIT SIGNAL MICROSECONDS KIBIBYTES OUTPUT ERRORS
 *
 * in a line, followed by so many bytes of what the child wrote to its standard
 * output and error. A child that uses SERVE_CPU seconds of the processor, or
 * SERVE_WALL of time, is killed: then SIGNAL says so.
 *
 * With SERVE_UNTIL the program is one that stays: as soon as its output has
 * that text, it and what it started are killed, and EXIT is -1.
 */
#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TOLD_MAX (256 << 10) /* bytes of each output; the rest is not told */

enum {
	OUTPUT,
	ERRORS,
	STREAMS
};

typedef int main_function(int, char **, char **);

static main_function *program;

static long setting(const char *name, long otherwise)
{
	const char *text = getenv(name);

	return text ? strtol(text, NULL, 10) : otherwise;
}

/* In the child; does not return. */
static void run(int argc, char **argv, char **environment, char *path,
		const int streams[STREAMS])
{
	long cpu = setting("SERVE_CPU", 5);
	struct rlimit limit = { (rlim_t)cpu, (rlim_t)cpu };

	for (int i = 0; i < argc; i++)
		if (!strcmp(argv[i], "@"))
			argv[i] = path;
	setpgid(0, 0);
	setrlimit(RLIMIT_CPU, &limit);
	if (!freopen("/dev/null", "r", stdin) || dup2(streams[OUTPUT], 1) < 0 ||
	    dup2(streams[ERRORS], 2) < 0)
		_exit(125);
	close(streams[OUTPUT]);
	close(streams[ERRORS]);
	exit(program(argc, argv, environment));
}

/* Without what libraries do at an end: it costs more than the rest. */
void exit(int status)
{
	fflush(NULL);
	_exit(status);
}

static bool has(const int streams[STREAMS], const char *until)
{
	static char text[TOLD_MAX + 1];

	for (int i = 0; i < STREAMS; i++) {
		ssize_t length = pread(streams[i], text, TOLD_MAX, 0);

		text[length > 0 ? length : 0] = '\0';
		if (strstr(text, until))
			return true;
	}
	return false;
}

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits for the end of the child; true if it was killed for its text. */
static bool watch(pid_t child, const int streams[STREAMS])
{
	const char *until = getenv("SERVE_UNTIL");
	long last = milliseconds() + 1000 * setting("SERVE_WALL", 30);
	struct pollfd end = {
		.fd = (int)syscall(SYS_pidfd_open, child, 0),
		.events = POLLIN,
	};
	bool found = false;

	while (poll(&end, 1, until ? 5 : 1000) == 0) {
		found = until && has(streams, until);
		if (found || milliseconds() > last)
			break;
	}
	close(end.fd);
	kill(-child, SIGKILL); /* also what it left behind */
	return found;
}

static void answer(pid_t child, const int streams[STREAMS])
{
	static char text[STREAMS][TOLD_MAX];
	size_t length[STREAMS];
	struct rusage used;
	int status;
	bool found = watch(child, streams);

	if (wait4(child, &status, 0, &used) < 0)
		exit(1);
	for (int i = 0; waitpid(-1, NULL, WNOHANG) >= 0 && i < 100; i++)
		usleep(1000); /* what it left behind is killed, and ours */
	for (int i = 0; i < STREAMS; i++) {
		ssize_t got = pread(streams[i], text[i], TOLD_MAX, 0);

		length[i] = got > 0 ? (size_t)got : 0;
	}
	printf("%d %d %ld %ld %zu %zu\n", found ? -1 : WEXITSTATUS(status),
	       !found && WIFSIGNALED(status) ? WTERMSIG(status) : 0,
	       (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 +
		       used.ru_utime.tv_usec + used.ru_stime.tv_usec,
	       used.ru_maxrss, length[OUTPUT], length[ERRORS]);
	for (int i = 0; i < STREAMS; i++)
		fwrite(text[i], 1, length[i], stdout);
	fflush(stdout);
}

static int serve(int argc, char **argv, char **environment)
{
	char path[4096];

	unsetenv("LD_PRELOAD");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	while (fgets(path, sizeof(path), stdin)) {
		int streams[STREAMS] = { memfd_create("output", 0),
					 memfd_create("errors", 0) };
		pid_t child;

		path[strcspn(path, "\n")] = '\0';
		child = fork();
		if (child < 0 || streams[OUTPUT] < 0 || streams[ERRORS] < 0)
			return 1;
		if (child == 0)
			run(argc, argv, environment, path, streams);
		answer(child, streams);
		close(streams[OUTPUT]);
		close(streams[ERRORS]);
	}
	return 0;
}

/* What the start of every program calls. */
int __libc_start_main(main_function *main, int argc, char **argv,
		      void (*init)(void), void (*fini)(void),
		      void (*loader_fini)(void), void *stack_end);

int __libc_start_main(main_function *main, int argc, char **argv,
		      void (*init)(void), void (*fini)(void),
		      void (*loader_fini)(void), void *stack_end)
{
	int (*start)(main_function *, int, char **, void (*)(void),
		     void (*)(void), void (*)(void), void *);

	start = (typeof(start))dlsym(RTLD_NEXT, "__libc_start_main");
	program = main;
	return start(serve, argc, argv, init, fini, loader_fini, stack_end);
}
