/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A user's script that turns against who started it: it calls, at random, what
 * changes descriptors, and what reaches for other processes: those that it was
 * started by.
 *
 *   rogue SEED MILLISECONDS
 *
 * It has no filter, only the rights of its user. So what it may call is a list:
 * nothing that would harm the machine of the tests.
 */
#include "any.h"
#include "instrument.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>

#define TARGETS_MAX 64

static pid_t targets[TARGETS_MAX];
static unsigned target_count;

/* The parent of a process. */
static pid_t parent_of(pid_t pid)
{
	char path[64], text[256] = "";
	const char *end;
	int parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	end = strrchr(text, ')');
	if (end)
		(void)!sscanf(end, ") %*c %d", &parent);
	return parent;
}

/* Who started it, who started that one, and all of that one's children. */
static void find_targets(void)
{
	pid_t runner = getppid(), keeper = parent_of(runner);

	targets[target_count++] = runner;
	if (keeper <= 1)
		return;
	targets[target_count++] = keeper;
	for (pid_t pid = 2; pid < 4000 && target_count < TARGETS_MAX; pid++)
		if (pid != runner && pid != getpid() &&
		    (parent_of(pid) == keeper))
			targets[target_count++] = pid;
}

static const uint32_t meant[] = {
	F_SETFL,          F_GETFL,      F_SETFD,     F_SETOWN,
	F_SETSIG,         F_SETPIPE_SZ, F_SETLEASE,  F_NOTIFY,
	F_ADD_SEALS,      F_SETLK,      F_OFD_SETLK, F_DUPFD,
	O_NONBLOCK,       O_APPEND,     O_ASYNC,     FIONBIO,
	FIOASYNC,         FIOSETOWN,    FIOCLEX,     TIOCSTI,
	TIOCNOTTY,        TCSETS,       SOL_SOCKET,  SO_RCVBUF,
	SO_SNDBUF,        SO_RCVTIMEO,  SO_RCVLOWAT, SO_LINGER,
	SO_ATTACH_FILTER, SO_PEEK_OFF,  SHUT_RD,     SHUT_WR,
	SHUT_RDWR,        SEEK_SET,     SEEK_END,    SIGSTOP,
	SIGKILL,          SIGTERM,      SIGIO,       EPOLL_CTL_ADD,
	EPOLL_CTL_DEL,    SCHED_IDLE,
};

/* Of one descriptor or two. */
static const int of_descriptors[] = {
	SYS_fcntl,           SYS_fcntl,     SYS_ioctl,   SYS_setsockopt,
	SYS_shutdown,        SYS_ftruncate, SYS_lseek,   SYS_read,
	SYS_write,           SYS_flock,     SYS_sendmsg, SYS_recvmsg,
	SYS_sendto,          SYS_recvfrom,  SYS_accept4, SYS_fchmod,
	SYS_fallocate,       SYS_splice,    SYS_tee,     SYS_vmsplice,
	SYS_sync_file_range, SYS_epoll_ctl, SYS_fsync,   SYS_fsetxattr,
	SYS_readahead,       SYS_pwrite64,
};

/* Of a process. */
static const int of_processes[] = {
	SYS_kill,
	SYS_tgkill,
	SYS_prlimit64,
	SYS_sched_setscheduler,
	SYS_sched_setaffinity,
	SYS_setpriority,
	SYS_ptrace,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_pidfd_open,
	SYS_pidfd_send_signal,
	SYS_pidfd_getfd,
	SYS_migrate_pages,
	SYS_setpgid,
	SYS_kcmp,
};

static char piece[2 * PIECE];

static uint64_t argument(void)
{
	return any_argument((uint64_t)(uintptr_t)piece, meant,
			    sizeof(meant) / sizeof(*meant));
}

static void turn_descriptors(void)
{
	size_t count = sizeof(of_descriptors) / sizeof(*of_descriptors);
	int fd = one_in(4) ? STDIN_FILENO + (int)any_below(3)
			   : (int)any_below(DESCRIPTORS);

	syscall(of_descriptors[any_below(count)], fd, argument(), argument(),
		argument(), argument(), argument());
}

static void reach_processes(void)
{
	size_t count = sizeof(of_processes) / sizeof(*of_processes);
	int number = of_processes[any_below(count)];
	pid_t pid = targets[any_below(target_count)];
	uint64_t first = (uint64_t)pid, second = argument();

	if (number == SYS_setpriority || number == SYS_ptrace) {
		first = number == SYS_ptrace ? PTRACE_ATTACH : PRIO_PROCESS;
		second = (uint64_t)pid;
	} else if (number == SYS_tgkill) {
		second = (uint64_t)pid;
	} else if (number == SYS_pidfd_send_signal ||
		   number == SYS_pidfd_getfd) {
		first = any_below(DESCRIPTORS);
	}
	syscall(number, first, second, argument(), argument(), argument(), 0);
}

/* What its descriptors and its memory are, as files. */
static void open_theirs(void)
{
	static const char *const names[] = { "mem",  "environ",
					     "maps", "oom_score_adj",
					     "comm", "ns/net" };
	pid_t pid = one_in(3) ? getpid() : targets[any_below(target_count)];
	char path[64];
	int fd;

	if (one_in(2))
		snprintf(path, sizeof(path), "/proc/%d/fd/%u", (int)pid,
			 (unsigned)any_below(DESCRIPTORS));
	else
		snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid,
			 names[any_below(6)]);
	fd = open(path, (int)(any_below(3) | O_NONBLOCK | O_CLOEXEC));
	if (fd >= DESCRIPTORS) /* the room is small, and stays so */
		close((int)any_below(DESCRIPTORS - 3) + 3);
}

static void nothing(int number)
{
	(void)number;
}

/* A call that waits is broken off, and what is sent to itself is survived. */
static void bear_signals(void)
{
	const struct itimerval often = { { 0, 2000 }, { 0, 2000 } };
	struct sigaction action = { .sa_handler = nothing };

	for (int number = 1; number < NSIG; number++)
		sigaction(number, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

int main(int argc, char **argv)
{
	struct rlimit few = { DESCRIPTORS + 8, DESCRIPTORS + 8 };
	int64_t until;

	if (argc < 3)
		return 2;
	any_state = (strtoull(argv[1], NULL, 0) + (unsigned)getpid()) *
			    2654435761u +
		    1;
	until = now() + atoll(argv[2]) * (NSEC / 1000);
	setrlimit(RLIMIT_NOFILE, &few);
	find_targets();
	bear_signals();
	while (now() < until) {
		struct shapes shapes;

		any_shapes(&shapes, (uint64_t)(uintptr_t)piece);
		memcpy(piece, &shapes, sizeof(shapes));
		switch (any_below(4)) {
		case 0:
			reach_processes();
			break;
		case 1:
			open_theirs();
			break;
		default:
			turn_descriptors();
		}
	}
	return 0;
}
