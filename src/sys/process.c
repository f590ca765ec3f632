/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes of sys/process.h: fork(2), pidfd_open(2), close_range(2),
 * prctl(2), libcap-ng.
 */
#include "sys/process.h"
#include "base/must.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define TITLE_PREFIX "batond: "
#define COMM_PREFIX  "batond-"
#define COMM_SIZE    16

/* Where the arguments and after them the environment lie, one block. */
static char *title_start;
static size_t title_size;
static char *environment; /* the copy, for as long as the process lives */

/*
 * The block of consecutive strings from argv[0] on. The environment that lies
 * there is copied away, so that there is room for a title.
 */
void process_title_init(int argc, char **argv)
{
	char *start, *end;
	size_t size;

	if (argc < 1 || !argv[0])
		return;
	end = argv[0];
	for (int i = 0; i < argc; i++) {
		if (argv[i] == end)
			end += strlen(argv[i]) + 1;
	}
	start = end;
	for (char **variable = environ; variable && *variable; variable++) {
		if (*variable == end)
			end += strlen(*variable) + 1;
	}
	size = (size_t)(end - start);
	environment = malloc(size);
	if (!environment) {
		end = start; /* the environment stays where it is */
		size = 0;
	}
	if (size > 0)
		memcpy(environment, start, size);
	for (char **variable = environ; size > 0 && *variable; variable++) {
		if (*variable >= start && *variable < end)
			*variable = environment + (*variable - start);
	}
	title_start = argv[0];
	title_size = (size_t)(end - title_start);
}

void process_name(const char *name)
{
	char comm[COMM_SIZE];

	snprintf(comm, sizeof(comm), "%s", name);
	prctl(PR_SET_NAME, comm, 0, 0, 0);
}

void process_call(const char *name)
{
	char comm[COMM_SIZE];

	snprintf(comm, sizeof(comm), COMM_PREFIX "%s", name);
	process_name(comm);
	if (title_size < 2)
		return;
	memset(title_start, 0, title_size);
	snprintf(title_start, title_size, TITLE_PREFIX "%s", name);
}

static int compare_int(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int process_room(unsigned count)
{
	int fds[PROCESS_ROOM_MAX], error = 0;
	unsigned opened = 0;

	MUST(count <= PROCESS_ROOM_MAX);
	while (opened < count && !error) {
		fds[opened] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
		if (fds[opened] < 0)
			error = -errno;
		else
			opened++;
	}
	while (opened > 0)
		close(fds[--opened]);
	return error;
}

/* No descriptor of a daemon is higher, unless it inherits a strange one. */
#define HIGHEST_FD 65535u

/* Some containers refuse close_range(2). */
static void close_all(unsigned from, unsigned to)
{
	if (close_range(from, to, 0) == 0)
		return;
	for (unsigned fd = from; fd <= to && fd <= HIGHEST_FD; fd++)
		close((int)fd);
}

void process_close_others(const int *keep, unsigned count)
{
	int list[PROCESS_KEEP_MAX];
	unsigned from = STDERR_FILENO + 1;

	if (count > 0)
		memcpy(list, keep, count * sizeof(*list));
	qsort(list, count, sizeof(*list), compare_int);
	for (unsigned i = 0; i < count; i++) {
		if (list[i] < (int)from)
			continue;
		if (list[i] > (int)from)
			close_all(from, (unsigned)list[i] - 1);
		from = (unsigned)list[i] + 1;
	}
	close_all(from, ~0U);
}

/*
 * What the parent caught or blocked is none of the child's business. What a
 * terminal or killall(1) sends to all is for the parent alone, but SIGTERM; so
 * are the real-time signals. A reader who has gone and a limit are errors of
 * write(2).
 */
static void reset_signals(bool reads_term)
{
	static const int ignored[] = { SIGINT,  SIGQUIT, SIGHUP, SIGUSR1,
				       SIGUSR2, SIGPIPE, SIGXFSZ };
	sigset_t blocked;

	for (int signal_number = 1; signal_number < NSIG; signal_number++)
		signal(signal_number,
		       signal_number < SIGRTMIN ? SIG_DFL : SIG_IGN);
	for (size_t i = 0; i < ARRAY_LENGTH(ignored); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&blocked);
	if (reads_term)
		sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
}

/*
 * Nothing of the terminal, or of whatever else the parent was started with: its
 * open file descriptions are not for processes with fewer rights.
 */
static void take_output(int output)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	if (output > STDERR_FILENO)
		dup2(output, STDERR_FILENO);
}

static void run_child(const struct process_config *config, pid_t parent)
{
	reset_signals(config->reads_term);
	take_output(config->output);
	process_close_others(config->keep, config->keep_count);
	process_call(config->name);
	if (config->comm)
		process_name(config->comm);
	if (config->prepare)
		config->prepare(config->context);
	if (config->restrict_rights && process_restrict(&config->rights))
		_exit(PROCESS_EXIT_RIGHTS);
	/* After the change of rights, which would clear it again. */
	if (config->death_signal > 0) {
		prctl(PR_SET_PDEATHSIG, config->death_signal, 0, 0, 0);
		if (getppid() != parent)
			_exit(EXIT_FAILURE);
	}
	_exit(config->main(config->context));
}

uint64_t process_has(uint64_t capabilities)
{
	uint64_t held = 0;

	capng_get_caps_process();
	for (unsigned i = 0; i <= CAP_LAST_CAP; i++) {
		if (capabilities & PROCESS_CAP(i) &&
		    capng_have_capability(CAPNG_PERMITTED, i))
			held |= PROCESS_CAP(i);
	}
	return held;
}

static bool changes_user(const struct process_rights *rights)
{
	const uint64_t needed =
		PROCESS_CAP(CAP_SETUID) | PROCESS_CAP(CAP_SETGID);

	return rights->change_user && process_has(needed) == needed;
}

int process_spawn(const struct process_config *config, struct process *out)
{
	pid_t parent = getpid(), pid;
	int pidfd;

	MUST(config->keep_count <= PROCESS_KEEP_MAX);
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		run_child(config, parent);
	/* Until it is waited for, its id is not given to another process. */
	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0) {
		int error = -errno;

		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return error;
	}
	*out = (struct process){
		.pid = pid,
		.pidfd = pidfd,
		.uid = config->restrict_rights && changes_user(&config->rights)
			       ? config->rights.uid
			       : geteuid(),
	};
	return 0;
}

static int send_signal(const struct process *p, int signal)
{
	return pidfd_send_signal(p->pidfd, signal, NULL, 0) ? -errno : 0;
}

static int send_as_user(const struct process *p, int signal)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		if (setresuid(p->uid, p->uid, p->uid))
			_exit(EPERM);
		_exit(-send_signal(p, signal));
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EPERM;
}

int process_signal(const struct process *p, int signal)
{
	int error;

	if (p->pid == 0)
		return -ESRCH;
	error = send_signal(p, signal);
	if (error == -EPERM && p->uid != geteuid())
		error = send_as_user(p, signal);
	return error;
}

int process_reap(struct process *p, struct process_end *end)
{
	int status;
	pid_t pid;

	if (p->pid == 0)
		return -ECHILD;
	do
		pid = waitpid(p->pid, &status, WNOHANG);
	while (pid < 0 && errno == EINTR);
	if (pid <= 0)
		return pid < 0 ? -errno : 0;
	close(p->pidfd);
	*p = (struct process){ .pidfd = -1 };
	end->killed = WIFSIGNALED(status);
	end->value = end->killed ? WTERMSIG(status) : WEXITSTATUS(status);
	return 1;
}

void process_reap_strangers(bool (*is_ours)(const void *context, pid_t pid),
			    const void *context)
{
	siginfo_t ended;

	for (;;) {
		ended.si_pid = 0;
		if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) ||
		    ended.si_pid == 0 || is_ours(context, ended.si_pid))
			return;
		if (waitpid(ended.si_pid, NULL, WNOHANG) != ended.si_pid)
			return;
	}
}

/* A name service may be far away, so it is asked once. */
static struct {
	bool asked;
	const char *name; /* NULL: there is none */
	uid_t uid;
	gid_t gid;
} unprivileged;

static void look_up_unprivileged(void)
{
	static const char *const names[] = { PROCESS_USER,
					     PROCESS_USER_OF_MANY };

	for (size_t n = 0; n < ARRAY_LENGTH(names) && !unprivileged.name; n++) {
		const struct passwd *user = getpwnam(names[n]);

		if (!user)
			continue;
		unprivileged.name = names[n];
		unprivileged.uid = user->pw_uid;
		unprivileged.gid = user->pw_gid;
	}
	unprivileged.asked = true;
}

const char *process_unprivileged(struct process_rights *rights)
{
	if (!unprivileged.asked)
		look_up_unprivileged();
	if (!unprivileged.name)
		return NULL;
	rights->change_user = true;
	rights->uid = unprivileged.uid;
	rights->gid = unprivileged.gid;
	return unprivileged.name;
}

static int drop_capabilities(const struct process_rights *rights)
{
	uint64_t lasting = process_has(rights->capabilities);
	uint64_t early = process_has(rights->until_release);
	bool user = changes_user(rights);
	bool bounds = process_has(PROCESS_CAP(CAP_SETPCAP)) != 0;

	capng_clear(CAPNG_SELECT_ALL);
	for (unsigned i = 0; i <= CAP_LAST_CAP; i++) {
		if (lasting & PROCESS_CAP(i))
			capng_update(CAPNG_ADD, CAPNG_BOUNDING_SET, i);
		if ((lasting | early) & PROCESS_CAP(i))
			capng_update(CAPNG_ADD,
				     CAPNG_EFFECTIVE | CAPNG_PERMITTED, i);
	}
	/* Neither of what follows changes the bounding set. */
	if (bounds && capng_apply(CAPNG_SELECT_BOUNDS))
		return -EPERM;
	if (!user)
		return capng_apply(CAPNG_SELECT_CAPS) ||
				       capng_apply(CAPNG_SELECT_AMBIENT)
			       ? -EPERM
			       : 0;
	return capng_change_id((int)rights->uid, (int)rights->gid,
			       CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_AMBIENT)
		       ? -EPERM
		       : 0;
}

int process_restrict(const struct process_rights *rights)
{
	int error = drop_capabilities(rights);

	if (error == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		error = -errno;
	return error;
}

void process_expendable(int score)
{
	int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
	char text[16] = "";

	if (fd < 0)
		return;
	if (read(fd, text, sizeof(text) - 1) > 0 && atoi(text) < score) {
		snprintf(text, sizeof(text), "%d", score);
		(void)!pwrite(fd, text, strlen(text), 0);
	}
	close(fd);
}

int process_release(uint64_t capabilities)
{
	if (process_has(capabilities) == 0)
		return 0;
	for (unsigned i = 0; i <= CAP_LAST_CAP; i++) {
		if (capabilities & PROCESS_CAP(i))
			capng_update(CAPNG_DROP,
				     CAPNG_EFFECTIVE | CAPNG_PERMITTED, i);
	}
	return capng_apply(CAPNG_SELECT_CAPS) ? -EPERM : 0;
}
