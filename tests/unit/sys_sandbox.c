/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sys/sandbox.h: each call is made in a child of each kind. It must kill
 * (SIGSYS) those that it is forbidden to, and must not kill the others; whether
 * it then succeeds is the kernel's matter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/must.h"
#include "sys/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Exit statuses of a child. */
#define LIVED      0
#define UNCONFINED 90

/* Who may. */
#define V       (1u << SANDBOX_VRRP)
#define D       (1u << SANDBOX_DOORMAN)
#define S       (1u << SANDBOX_SERVER)
#define F       (1u << SANDBOX_FILES)
#define C       (1u << SANDBOX_CONF)
#define M       (1u << SANDBOX_MAIL)
#define H       (1u << SANDBOX_CHECK)
#define L       (1u << SANDBOX_LVS)
#define WAIT    (V | D | S | M | H | L) /* who waits for more than one thing */
#define ALL     (WAIT | F | C)
#define NOBODY  0u
#define PAGE    4096u
#define NOWHERE (-1)

/* What the children are given: made before they are forked. */
static int pipe_ends[2], null, udp, epoll;
static char *page;

static void memory(void)
{
	char *bytes = malloc(100), *more;

	MUST(bytes);
	more = realloc(bytes, (size_t)8 << 20);
	MUST(more);
	memset(more, 1, (size_t)8 << 20);
	free(more);
	MUST(mprotect(page, PAGE, PROT_READ) == 0);
}

static void clocks(void)
{
	struct timespec t;

	MUST(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	MUST(syscall(SYS_clock_gettime, CLOCK_BOOTTIME, &t) == 0);
	MUST(time(NULL) > 0);
}

static void log_lines(void)
{
	MUST(fprintf(stderr, "%s\n", strerror(ENOENT)) > 0);
}

static void random_bytes(void)
{
	uint64_t number;

	MUST(syscall(SYS_getrandom, &number, sizeof(number), 0) == 8);
}

static void wait_poll(void)
{
	struct pollfd p = { .fd = pipe_ends[0], .events = POLLIN };

	MUST(poll(&p, 1, 0) == 0);
}

static void wait_epoll(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct timespec none = { 0 };

	MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, pipe_ends[0], &event) == 0);
	MUST(epoll_pwait2(epoll, &event, 1, &none, NULL) == 0);
	MUST(epoll_wait(epoll, &event, 1, 0) == 0);
	MUST(epoll_ctl(epoll, EPOLL_CTL_DEL, pipe_ends[0], NULL) == 0);
}

static void read_write_close(void)
{
	char byte = 'x';

	MUST(write(pipe_ends[1], &byte, 1) == 1);
	MUST(read(pipe_ends[0], &byte, 1) == 1);
	MUST(close(pipe_ends[1]) == 0);
}

static void block_signals(void)
{
	sigset_t set;

	sigfillset(&set);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
}

static void membership_v4(void)
{
	struct ip_mreqn group = { 0 };

	setsockopt(udp, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group));
	setsockopt(udp, IPPROTO_IP, IP_DROP_MEMBERSHIP, &group, sizeof(group));
}

static void membership_v6(void)
{
	struct ipv6_mreq group = { 0 };

	setsockopt(udp, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &group,
		   sizeof(group));
	setsockopt(udp, IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, &group,
		   sizeof(group));
}

static void batches(void)
{
	struct mmsghdr message = { 0 };

	recvmmsg(udp, &message, 1, MSG_DONTWAIT, NULL);
	sendmmsg(udp, &message, 1, MSG_DONTWAIT);
}

static void recv_message(void)
{
	struct msghdr message = { 0 };

	recvmsg(udp, &message, MSG_DONTWAIT);
}

static void send_message(void)
{
	struct msghdr message = { 0 };

	sendmsg(udp, &message, MSG_DONTWAIT);
}

static void send_and_receive(void)
{
	char byte = 0;

	recv(udp, &byte, 1, MSG_DONTWAIT);
	send(udp, &byte, 1, MSG_DONTWAIT);
}

static void fork_and_wait(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(LIVED);
	MUST(waitpid(pid, &status, 0) == pid && status == 0);
}

static void *end_thread(void *nothing)
{
	return nothing;
}

static void start_thread(void)
{
	pthread_t thread;

	MUST(pthread_create(&thread, NULL, end_thread, NULL) == 0);
	MUST(pthread_join(thread, NULL) == 0);
}

/* As the loader maps it (ld.so(8)). */
static void map_library(void)
{
	int fd = open("/bin/sh", O_RDONLY | O_CLOEXEC);

	MUST(mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) !=
	     MAP_FAILED);
}

static void buffer_size(void)
{
	int size = 4096;

	setsockopt(udp, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static void look_at_file(void)
{
	struct stat status;

	MUST(stat("/etc/passwd", &status) == 0);
}

/* One call, by its number, so that no library comes between. */
#define ONE(name, ...)                                                         \
	static void name(void)                                                 \
	{                                                                      \
		syscall(__VA_ARGS__);                                          \
	}

#define UDP (SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK)

ONE(open_to_read, SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY | O_CLOEXEC)
ONE(open_to_write, SYS_openat, AT_FDCWD, "/nonsense/file", O_WRONLY)
ONE(open_both_ways, SYS_openat, AT_FDCWD, "/nonsense/file", O_RDWR)
ONE(make_file, SYS_openat, AT_FDCWD, "/nonsense/file", O_RDONLY | O_CREAT, 0600)
ONE(truncate_file, SYS_openat, AT_FDCWD, "/nonsense/file", O_RDONLY | O_TRUNC)
ONE(open_how, SYS_openat2, AT_FDCWD, "/nonsense/file", NULL, 0)
ONE(remove_file, SYS_unlinkat, AT_FDCWD, "/nonsense/file", 0)
ONE(make_directory, SYS_mkdirat, AT_FDCWD, "/nonsense/directory", 0700)
ONE(rename_file, SYS_renameat2, AT_FDCWD, "/nonsense/a", AT_FDCWD, "/x", 0)
ONE(list_directory, SYS_getdents64, 0, NULL, 0)
ONE(change_directory, SYS_chdir, "/")
ONE(change_root, SYS_chroot, "/nonsense")
ONE(mount_something, SYS_mount, "none", "/nonsense", "tmpfs", 0, NULL)
ONE(memory_file, SYS_memfd_create, "x", 0)
ONE(run_program, SYS_execve, "/nonsense/program", NULL, NULL)
ONE(run_program_at, SYS_execveat, NOWHERE, "x", NULL, NULL, 0)
ONE(trace, SYS_ptrace, PTRACE_TRACEME, 0, NULL, NULL)
ONE(read_others, SYS_process_vm_readv, 1, NULL, 0, NULL, 0, 0)
ONE(signal_others, SYS_kill, 0x7ffffff, SIGKILL)
ONE(terminate_others, SYS_kill, 0x7ffffff, SIGTERM)
ONE(abort_others, SYS_tgkill, 0x7ffffff, 0x7ffffff, SIGABRT)
ONE(kill_own_thread, SYS_tgkill, getpid(), getpid(), SIGUSR1)
ONE(signal_by_pidfd, SYS_pidfd_send_signal, NOWHERE, SIGTERM, NULL, 0)
ONE(steal_descriptor, SYS_pidfd_getfd, NOWHERE, 0, 0)
ONE(watch_process, SYS_pidfd_open, 0x7ffffff, 0)
ONE(new_namespace, SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)
ONE(new_thread, SYS_clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, 0, 0, 0, 0)
ONE(new_child, SYS_clone3, NULL, 0)
ONE(leave_namespace, SYS_unshare, CLONE_NEWNET)
ONE(join_namespace, SYS_setns, NOWHERE, 0)
ONE(map_code, SYS_mmap, NULL, PAGE, PROT_READ | PROT_EXEC,
    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
ONE(guard_memory, SYS_madvise, page, (size_t)1 << 46, 102)
ONE(poison_memory, SYS_madvise, page, PAGE, MADV_HWPOISON)
ONE(merge_memory, SYS_madvise, page, PAGE, MADV_MERGEABLE)
ONE(give_memory_back, SYS_madvise, page, PAGE, MADV_DONTNEED)
ONE(make_code, SYS_mprotect, page, PAGE, PROT_READ | PROT_EXEC)
ONE(udp_v4, SYS_socket, AF_INET, UDP, 0)
ONE(udp_v6, SYS_socket, AF_INET6, UDP, 0)
ONE(tcp_socket, SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)
ONE(strange_stream, SYS_socket, AF_INET, SOCK_STREAM, IPPROTO_SCTP)
ONE(strange_datagrams, SYS_socket, AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE)
ONE(other_netlink, SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER)
ONE(without_delay, SYS_setsockopt, udp, IPPROTO_TCP, TCP_NODELAY, NULL, 0)
ONE(upper_protocol, SYS_setsockopt, udp, IPPROTO_TCP, TCP_ULP, "tls", 3)
ONE(rules_of_packets, SYS_setsockopt, udp, IPPROTO_IP, 64, NULL, 0)
ONE(errors_of_icmp, SYS_setsockopt, udp, IPPROTO_IP, IP_RECVERR, NULL, 0)
ONE(bind_device, SYS_setsockopt, udp, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2)
ONE(mark_packets, SYS_setsockopt, udp, SOL_SOCKET, SO_MARK, NULL, 0)
ONE(raw_socket, SYS_socket, AF_INET, SOCK_RAW, IPPROTO_ICMP)
ONE(unix_socket, SYS_socket, AF_UNIX, SOCK_STREAM, 0)
ONE(netlink_socket, SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)
ONE(packet_socket, SYS_socket, AF_PACKET, UDP, 0)
ONE(socket_pair, SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, NULL)
ONE(connect_socket, SYS_connect, NOWHERE, NULL, 0)
ONE(bind_socket, SYS_bind, NOWHERE, NULL, 0)
ONE(listen_socket, SYS_listen, NOWHERE, 1)
ONE(accept_socket, SYS_accept4, NOWHERE, NULL, NULL, 0)
ONE(shut_down, SYS_shutdown, NOWHERE, SHUT_RDWR)
ONE(bpf_filter, SYS_setsockopt, udp, SOL_SOCKET, SO_ATTACH_FILTER, NULL, 0)
ONE(device_control, SYS_ioctl, udp, FIONREAD, NULL)
ONE(flags_of, SYS_fcntl, udp, F_GETFL)
ONE(duplicate, SYS_fcntl, udp, F_DUPFD, 0)
ONE(memory_of_machine, SYS_sysinfo, NULL)
ONE(lease_to_read, SYS_fcntl, udp, F_SETLEASE, F_RDLCK)
ONE(lease_to_write, SYS_fcntl, udp, F_SETLEASE, F_WRLCK)
ONE(seals_of, SYS_fcntl, udp, F_GET_SEALS)
ONE(lock_file, SYS_fcntl, udp, F_SETLK, NULL)
ONE(signal_owner, SYS_fcntl, udp, F_SETOWN, 1)
ONE(choose_signal, SYS_fcntl, udp, F_SETSIG, SIGKILL)
ONE(size_of_pipe, SYS_fcntl, pipe_ends[0], F_SETPIPE_SZ, 4096)
ONE(limit_of_mine, SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, NULL)
ONE(change_limit, SYS_prlimit64, 0, RLIMIT_NOFILE, page, NULL)
ONE(limit_of_others, SYS_prlimit64, 0x7ffffff, RLIMIT_NOFILE, NULL, NULL)
ONE(schedule_others, SYS_sched_setscheduler, 0x7ffffff, 0, NULL)
ONE(cut_file, SYS_ftruncate, null, 0)
ONE(own_file, SYS_fchown, null, 0, 0)
ONE(parents_death, SYS_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0)
ONE(dumpable, SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0)
ONE(keep_rights, SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0)
ONE(more_filters, SYS_seccomp, 0x7fffff, 0, NULL)
ONE(change_user, SYS_setresuid, 0, 0, 0)
ONE(change_rights, SYS_capset, NULL, NULL)
ONE(load_module, SYS_finit_module, NOWHERE, "", 0)
ONE(load_bpf, SYS_bpf, 0, NULL, 0)
ONE(performance, SYS_perf_event_open, NULL, 0, 0, 0, 0)
ONE(ring, SYS_io_uring_setup, 1, NULL)
ONE(keys, SYS_keyctl, 0, 0, 0, 0, 0)
ONE(set_clock, SYS_clock_settime, CLOCK_REALTIME, NULL)
ONE(restart_machine, SYS_reboot, 0, 0, 0, NULL)
#ifdef __x86_64__
ONE(another_abi, 0x40000000 | SYS_getpid)
#endif

static const struct probe {
	const char *name;
	void (*call)(void);
	unsigned allowed;
} probes[] = {
#define PROBE(call, allowed)                                                   \
	{                                                                      \
#call, call, allowed                                           \
	}
	PROBE(memory, ALL),
	PROBE(clocks, ALL),
	PROBE(log_lines, ALL),
	PROBE(random_bytes, ALL),
	PROBE(wait_poll, WAIT),
	PROBE(wait_epoll, WAIT),
	PROBE(read_write_close, ALL),
	PROBE(block_signals, ALL),
	PROBE(give_memory_back, ALL),
	PROBE(guard_memory, ALL), /* it is an error */

	PROBE(membership_v4, V | M),
	PROBE(membership_v6, V | M),
	PROBE(udp_v4, V | M | H),
	PROBE(udp_v6, V | M | H),
	PROBE(batches, V | H),
	PROBE(recv_message, V | F | C | M | H),
	PROBE(send_message, ALL),
	PROBE(send_and_receive, WAIT),
	PROBE(accept_socket, D | S),
	PROBE(shut_down, D | S | M),
	PROBE(flags_of, D | S | F | M),
	PROBE(seals_of, D),

	PROBE(fork_and_wait, D),
	PROBE(start_thread, M),
	PROBE(map_library, D | M),
	PROBE(watch_process, D),
	PROBE(parents_death, D),
	PROBE(abort_others, D),
	PROBE(open_to_read, D | F | M),
	PROBE(look_at_file, D | F | M),
	PROBE(list_directory, F),
	PROBE(lease_to_read, F),
	PROBE(memory_of_machine, D | F | M),
	PROBE(map_code, D),
	PROBE(make_code, D),
	PROBE(buffer_size, M | H),
	PROBE(errors_of_icmp, M | H),
	PROBE(without_delay, M),
	PROBE(limit_of_mine, D),
	PROBE(more_filters, D),

	PROBE(poison_memory, NOBODY),
	PROBE(merge_memory, NOBODY),
	PROBE(bpf_filter, NOBODY),
	PROBE(upper_protocol, NOBODY),
	PROBE(rules_of_packets, NOBODY),
	PROBE(strange_stream, NOBODY),
	PROBE(strange_datagrams, NOBODY),
	PROBE(other_netlink, NOBODY),
	PROBE(terminate_others, NOBODY),
	PROBE(signal_owner, NOBODY),
	PROBE(choose_signal, NOBODY),
	PROBE(size_of_pipe, NOBODY),
	PROBE(change_limit, NOBODY),
	PROBE(limit_of_others, NOBODY),
	PROBE(schedule_others, NOBODY),
	PROBE(cut_file, NOBODY),
	PROBE(own_file, NOBODY),
	PROBE(open_to_write, NOBODY),
	PROBE(open_both_ways, NOBODY),
	PROBE(make_file, NOBODY),
	PROBE(truncate_file, NOBODY),
	PROBE(open_how, NOBODY),
	PROBE(remove_file, NOBODY),
	PROBE(make_directory, NOBODY),
	PROBE(rename_file, NOBODY),
	PROBE(change_directory, NOBODY),
	PROBE(change_root, NOBODY),
	PROBE(mount_something, NOBODY),
	PROBE(memory_file, NOBODY),
	PROBE(run_program, NOBODY),
	PROBE(run_program_at, NOBODY),
	PROBE(trace, NOBODY),
	PROBE(read_others, NOBODY),
	PROBE(signal_others, NOBODY),
	PROBE(kill_own_thread, NOBODY),
	PROBE(signal_by_pidfd, NOBODY),
	PROBE(steal_descriptor, NOBODY),
	PROBE(new_namespace, NOBODY),
	PROBE(new_thread, NOBODY),
	PROBE(new_child, M),
	PROBE(leave_namespace, NOBODY),
	PROBE(join_namespace, NOBODY),
	PROBE(bind_device, H),
	PROBE(mark_packets, H),
	PROBE(tcp_socket, M | H),
	PROBE(raw_socket, NOBODY),
	PROBE(unix_socket, M),
	PROBE(netlink_socket, M),
	PROBE(packet_socket, NOBODY),
	PROBE(socket_pair, M),
	PROBE(connect_socket, M | H),
	PROBE(bind_socket, M | H),
	PROBE(listen_socket, NOBODY),
	PROBE(device_control, M),
	PROBE(duplicate, NOBODY),
	PROBE(lease_to_write, NOBODY),
	PROBE(lock_file, NOBODY),
	PROBE(dumpable, NOBODY),
	PROBE(keep_rights, NOBODY),
	PROBE(change_user, NOBODY),
	PROBE(change_rights, NOBODY),
	PROBE(load_module, NOBODY),
	PROBE(load_bpf, NOBODY),
	PROBE(performance, NOBODY),
	PROBE(ring, NOBODY),
	PROBE(keys, NOBODY),
	PROBE(set_clock, NOBODY),
	PROBE(restart_machine, NOBODY),
#ifdef __x86_64__
	PROBE(another_abi, NOBODY),
#endif
};

static void confine(enum sandbox which)
{
	if (sandbox_enter(which))
		_exit(UNCONFINED);
}

/* Standard error to `fd` in the child; the status of its end. */
static int end_of(enum sandbox which, void (*call)(void), int fd)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
		dup2(fd, STDERR_FILENO);
		/* cmocka catches what the tests' own mistakes end by. */
		signal(SIGILL, SIG_DFL);
		signal(SIGSYS, SIG_DFL);
		confine(which);
		call();
		_exit(LIVED);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static const char *const names[SANDBOXES] = {
	[SANDBOX_VRRP] = "vrrp",     [SANDBOX_DOORMAN] = "doorman",
	[SANDBOX_SERVER] = "server", [SANDBOX_FILES] = "files",
	[SANDBOX_CONF] = "conf",     [SANDBOX_MAIL] = "mail",
	[SANDBOX_CHECK] = "check",   [SANDBOX_LVS] = "lvs",
};

static void judge(void **state)
{
	const struct probe *p = *state;

	for (enum sandbox s = 0; s < SANDBOXES; s++) {
		bool may = p->allowed & (1u << s);
		int status = end_of(s, p->call, null);
		bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
		bool lived = WIFEXITED(status) && WEXITSTATUS(status) == LIVED;

		if (may ? !lived : !killed)
			fail_msg("%s as %s: %s, but its end was %#x", p->name,
				 names[s], may ? "may" : "may not",
				 (unsigned)status);
	}
}

static void ends_by(void (*call)(void), int signal_number)
{
	for (enum sandbox s = 0; s < SANDBOXES; s++) {
		int status = end_of(s, call, null);

		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), signal_number);
	}
}

/* Not by SIGSYS, which would hide why. */
static void stops_by_its_own_signal(void **state)
{
	(void)state;
	ends_by(abort, SIGABRT);
}

static void trap(void)
{
	MUST(pipe_ends[0] < 0);
}

static void a_broken_state_stops_it(void **state)
{
	(void)state;
	ends_by(trap, SIGILL);
}

static void serve_after_load(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		open_to_read();
		confine(SANDBOX_SERVER);
		open_to_read();
		_exit(LIVED);
	}
	MUST(waitpid(pid, &status, 0) == pid);
	_exit(WIFSIGNALED(status) ? WTERMSIG(status) : LIVED);
}

static void a_child_of_the_doorman_gives_up_more(void **state)
{
	int status = end_of(SANDBOX_DOORMAN, serve_after_load, null);

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), SIGSYS);
}

static int set_up(void **state)
{
	(void)state;
	sandbox_prepare();
	null = open("/dev/null", O_RDWR);
	udp = socket(AF_INET, UDP, 0);
	epoll = epoll_create1(0);
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return pipe2(pipe_ends, O_NONBLOCK) || null < 0 || udp < 0 ||
	       epoll < 0 || page == MAP_FAILED;
}

int main(void)
{
	static const struct CMUnitTest more[] = {
		cmocka_unit_test(stops_by_its_own_signal),
		cmocka_unit_test(a_broken_state_stops_it),
		cmocka_unit_test(a_child_of_the_doorman_gives_up_more),
	};
	struct CMUnitTest tests[ARRAY_LENGTH(probes) + ARRAY_LENGTH(more)];

	for (size_t i = 0; i < ARRAY_LENGTH(probes); i++)
		tests[i] = (struct CMUnitTest){
			.name = probes[i].name,
			.test_func = judge,
			.initial_state = (void *)(uintptr_t)&probes[i],
		};
	memcpy(tests + ARRAY_LENGTH(probes), more, sizeof(more));
	return cmocka_run_group_tests(tests, set_up, NULL);
}
