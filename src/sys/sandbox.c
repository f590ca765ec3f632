/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of sys/sandbox.h as tables, handed to libseccomp
 * (seccomp_rule_add(3)). It is the only file that knows this library.
 *
 * A row is a call, and what its arguments must be. Pointers cannot be looked
 * at, so a call that takes a path is allowed or not. Rows that no run has
 * ever needed are here if the C library may make the call instead of another:
 * another version of it, an architecture without the older call, or a clock
 * that is not read in user space.
 */
#include "sys/sandbox.h"
#include "base/must.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

#define ARGUMENTS_MAX 3

struct rule {
	int call;
	unsigned count; /* of arguments that are compared */
	struct scmp_arg_cmp arguments[ARGUMENTS_MAX];
};

struct rules {
	const struct rule *list;
	size_t count;
};

#define CALL(name, ...)                                                        \
	{                                                                      \
		.call = SCMP_SYS(name),                                        \
		.count = ARRAY_LENGTH(                                         \
			((const struct scmp_arg_cmp[]){ __VA_ARGS__ })),       \
		.arguments = { __VA_ARGS__ },                                  \
	}

/* Argument `n` is a value, is below one, is a type of socket whatever its flags
 * are, or has none of these bits. */
#define SOCKET_KINDS 15 /* SOCK_TYPE_MASK of linux/net.h */
#define IS(n, value)                                                           \
	{                                                                      \
		n, SCMP_CMP_EQ, (scmp_datum_t)(value), 0                       \
	}
#define OF_KIND(n, value)                                                      \
	{                                                                      \
		n, SCMP_CMP_MASKED_EQ, SOCKET_KINDS, (scmp_datum_t)(value)     \
	}
#define BELOW(n, value)                                                        \
	{                                                                      \
		n, SCMP_CMP_LT, (scmp_datum_t)(value), 0                       \
	}
#define WITHOUT(n, bits)                                                       \
	{                                                                      \
		n, SCMP_CMP_MASKED_EQ, (scmp_datum_t)(bits), 0                 \
	}

/* Memory, time, the log, and the ways to end. */
static const struct rule common[] = {
	CALL(brk),
	CALL(mmap, WITHOUT(2, PROT_EXEC)),
	CALL(mprotect, WITHOUT(2, PROT_EXEC)),
	CALL(munmap),
	CALL(mremap),
	CALL(madvise, IS(2, MADV_NORMAL)),
	CALL(madvise, IS(2, MADV_DONTNEED)),
	CALL(madvise, IS(2, MADV_FREE)),
	CALL(madvise, IS(2, MADV_HUGEPAGE)),
	CALL(madvise, IS(2, MADV_NOHUGEPAGE)),
	CALL(madvise, IS(2, MADV_DONTDUMP)),
	CALL(madvise, IS(2, MADV_DODUMP)),
	CALL(madvise, IS(2, MADV_POPULATE_READ)),
	CALL(madvise, IS(2, MADV_POPULATE_WRITE)),
	CALL(futex),
	CALL(getrandom),
	CALL(clock_gettime),
	CALL(gettimeofday),
	CALL(time),
	CALL(clock_nanosleep),
	CALL(restart_syscall),
	CALL(sched_yield),
	CALL(read),
	CALL(write),
	CALL(writev),
	CALL(close),
	CALL(rt_sigreturn),
	CALL(rt_sigprocmask),
	CALL(rt_sigaction),
	CALL(getpid),
	CALL(gettid),
	CALL(exit),
	CALL(exit_group),
};

/* Waiting for descriptors. */
static const struct rule waiting[] = {
	CALL(poll),        CALL(ppoll),        CALL(epoll_wait),
	CALL(epoll_pwait), CALL(epoll_pwait2), CALL(epoll_ctl),
};

/*
 * Packets and netlink messages on sockets that are open. New sockets are only
 * those that join more multicast groups than one may.
 */
static const struct rule packets[] = {
	CALL(sendto),
	CALL(sendmsg),
	CALL(sendmmsg),
	CALL(recvfrom),
	CALL(recvmsg),
	CALL(recvmmsg),
	CALL(socket, IS(0, AF_INET),
	     IS(1, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK), IS(2, 0)),
	CALL(socket, IS(0, AF_INET6),
	     IS(1, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK), IS(2, 0)),
	CALL(setsockopt, IS(1, IPPROTO_IP), IS(2, IP_ADD_MEMBERSHIP)),
	CALL(setsockopt, IS(1, IPPROTO_IP), IS(2, IP_DROP_MEMBERSHIP)),
	CALL(setsockopt, IS(1, IPPROTO_IPV6), IS(2, IPV6_ADD_MEMBERSHIP)),
	CALL(setsockopt, IS(1, IPPROTO_IPV6), IS(2, IPV6_DROP_MEMBERSHIP)),
};

/* Netlink messages, and wake-ups, on sockets that are open. */
static const struct rule answers[] = {
	CALL(sendto),
	CALL(sendmsg),
	CALL(recvfrom),
};

/* What libraries do with the flags of a socket. */
static const struct rule flags[] = {
	CALL(fcntl, IS(1, F_GETFL)),
	CALL(fcntl, IS(1, F_SETFL)),
	CALL(fcntl, IS(1, F_GETFD)),
	CALL(fcntl, IS(1, F_SETFD)),
};

/* Connections of a listening socket. */
static const struct rule connections[] = {
	CALL(accept), CALL(accept4), CALL(recvfrom),
	CALL(sendto), CALL(sendmsg), CALL(shutdown),
};

/*
 * Children: made by fork(3), and watched. No thread. None is signalled: other
 * processes may have the same user.
 */
static const struct rule children[] = {
	CALL(clone, IS(0, CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | SIGCHLD)),
	CALL(set_robust_list),
	CALL(rseq),
	CALL(getppid),
	CALL(prctl, IS(0, PR_SET_PDEATHSIG)),
	CALL(pidfd_open),
	CALL(wait4),
	CALL(waitid),
};

/*
 * What the server does before it is confined itself: loads the library
 * (ld.so(8)), maps the ledger, and makes the filter. Reads files, and changes
 * none.
 */
#define CHANGES (O_ACCMODE | O_CREAT | O_TRUNC)
static const struct rule loading[] = {
	CALL(openat, WITHOUT(2, CHANGES)),
	CALL(newfstatat),
	CALL(fstat),
	CALL(stat),
	CALL(statx),
	CALL(access),
	CALL(faccessat),
	CALL(faccessat2),
	CALL(readlink),
	CALL(readlinkat),
	CALL(getcwd),
	CALL(lseek),
	CALL(pread64),
	CALL(mmap),
	CALL(mprotect),
	CALL(getuid),
	CALL(geteuid),
	CALL(getgid),
	CALL(getegid),
	CALL(uname),
	CALL(sysinfo),
	CALL(prlimit64, IS(0, 0), IS(2, 0)), /* getrlimit(2) of its own */
	CALL(sched_getaffinity),
	CALL(epoll_create1),
	CALL(eventfd2),
	CALL(fcntl, IS(1, F_GET_SEALS)),
	CALL(signalfd4),
	CALL(getsockname),
	CALL(getsockopt),
	CALL(prctl, IS(0, PR_SET_NO_NEW_PRIVS)),
	CALL(prctl, IS(0, PR_GET_SECCOMP)),
	CALL(prctl, IS(0, PR_SET_SECCOMP)),
	CALL(seccomp),
};

/*
 * Files and folders are found (glob(3)) and opened for reading. The older
 * calls are those of other versions of the C library.
 */
static const struct rule files[] = {
	CALL(openat, WITHOUT(2, CHANGES)),
	CALL(newfstatat),
	CALL(fstat),
	CALL(stat),
	CALL(lstat),
	CALL(statx),
	CALL(getdents64),
	CALL(lseek),
	CALL(fcntl, IS(1, F_GETFL)),
	CALL(fcntl, IS(1, F_SETLEASE), IS(2, F_RDLCK)),
	CALL(fcntl, IS(1, F_SETLEASE), IS(2, F_UNLCK)),
	CALL(sysinfo), /* qsort(3) of more than 128 names */
};

/* Messages with descriptors, over a socket pair. */
static const struct rule messages[] = {
	CALL(recvmsg),
	CALL(sendmsg),
};

/*
 * A client's connections to servers. Names are resolved by the C library
 * (resolver(3)): it asks name servers, and by netlink which families of
 * addresses this machine has.
 */
#define OPTION(level, name) CALL(setsockopt, IS(1, level), IS(2, name))
/* Numbers above are of packet filters. */
#define OPTIONS(level) CALL(setsockopt, IS(1, level), BELOW(2, 64))
/* By the protocol's number, or by 0. */
#define SOCKETS(family, kind, protocol)                                        \
	CALL(socket, IS(0, family), OF_KIND(1, kind), IS(2, 0)),               \
		CALL(socket, IS(0, family), OF_KIND(1, kind), IS(2, protocol))
static const struct rule client[] = {
	SOCKETS(AF_INET, SOCK_STREAM, IPPROTO_TCP),
	SOCKETS(AF_INET, SOCK_DGRAM, IPPROTO_UDP),
	SOCKETS(AF_INET6, SOCK_STREAM, IPPROTO_TCP),
	SOCKETS(AF_INET6, SOCK_DGRAM, IPPROTO_UDP),
	CALL(socket, IS(0, AF_UNIX), IS(2, 0)),
	CALL(socket, IS(0, AF_NETLINK), IS(2, NETLINK_ROUTE)),
	CALL(socketpair, IS(0, AF_UNIX), IS(2, 0)),
	CALL(bind),
	CALL(connect),
	CALL(getsockname),
	CALL(getpeername),
	CALL(getsockopt),
	OPTION(SOL_SOCKET, SO_REUSEADDR),
	OPTION(SOL_SOCKET, SO_BROADCAST),
	OPTION(SOL_SOCKET, SO_SNDBUF),
	OPTION(SOL_SOCKET, SO_RCVBUF),
	OPTION(SOL_SOCKET, SO_SNDBUFFORCE),
	OPTION(SOL_SOCKET, SO_RCVBUFFORCE),
	OPTION(SOL_SOCKET, SO_KEEPALIVE),
	OPTION(SOL_SOCKET, SO_LINGER),
	OPTION(SOL_SOCKET, SO_PASSCRED),
	OPTION(SOL_SOCKET, SO_RCVTIMEO),
	OPTION(SOL_SOCKET, SO_SNDTIMEO),
	OPTION(SOL_SOCKET, SO_TIMESTAMP),
	OPTION(IPPROTO_TCP, TCP_NODELAY),
	OPTION(IPPROTO_TCP, TCP_CORK),
	OPTION(IPPROTO_TCP, TCP_KEEPIDLE),
	OPTION(IPPROTO_TCP, TCP_KEEPINTVL),
	OPTION(IPPROTO_TCP, TCP_KEEPCNT),
	OPTION(IPPROTO_TCP, TCP_USER_TIMEOUT),
	OPTION(IPPROTO_TCP, TCP_FASTOPEN_CONNECT),
	OPTIONS(IPPROTO_IP),
	OPTIONS(IPPROTO_IPV6),
	OPTIONS(SOL_NETLINK),
	CALL(sendto),
	CALL(sendmsg),
	CALL(sendmmsg),
	CALL(recvfrom),
	CALL(recvmsg),
	CALL(shutdown),
	CALL(ioctl, IS(1, FIONREAD)),
};

/*
 * Connections to servers whose addresses are known. A mark or a device that it
 * has no right to, the kernel refuses.
 */
static const struct rule probes[] = {
	SOCKETS(AF_INET, SOCK_STREAM, IPPROTO_TCP),
	SOCKETS(AF_INET, SOCK_DGRAM, IPPROTO_UDP),
	SOCKETS(AF_INET6, SOCK_STREAM, IPPROTO_TCP),
	SOCKETS(AF_INET6, SOCK_DGRAM, IPPROTO_UDP),
	CALL(bind),
	CALL(connect),
	CALL(getsockopt),
	OPTION(SOL_SOCKET, SO_MARK),
	OPTION(SOL_SOCKET, SO_BINDTODEVICE),
	OPTION(SOL_SOCKET, SO_REUSEADDR),
	OPTION(SOL_SOCKET, SO_RCVBUF),
	OPTION(SOL_SOCKET, SO_SNDBUF),
	OPTION(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT),
	OPTION(IPPROTO_IP, IP_RECVERR),
	OPTION(IPPROTO_IPV6, IPV6_RECVERR),
	CALL(sendto),
	CALL(sendmsg),
	CALL(sendmmsg),
	CALL(recvfrom),
	CALL(recvmsg),
	CALL(recvmmsg),
};

/*
 * What a library is found and loaded by (ld.so(8)), also while others run:
 * code comes from files only, and no file can be written.
 */
static const struct rule libraries[] = {
	CALL(openat, WITHOUT(2, CHANGES)),
	CALL(newfstatat),
	CALL(fstat),
	CALL(stat),
	CALL(statx),
	CALL(access),
	CALL(readlink),
	CALL(getcwd),
	CALL(lseek),
	CALL(pread64),
	CALL(mmap, WITHOUT(3, MAP_ANONYMOUS)),
	CALL(getuid),
	CALL(geteuid),
	CALL(getgid),
	CALL(getegid),
	CALL(uname),
	CALL(sysinfo),
};

#define THREAD                                                                 \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |    \
	 CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID |                  \
	 CLONE_CHILD_CLEARTID)

/*
 * pthread_create(3), which makes this call where it is refused clone3(2).
 * malloc(3) in a thread asks how many processors there are.
 */
static const struct rule threads[] = {
	CALL(clone, IS(0, THREAD)),
	CALL(sched_getaffinity),
	CALL(set_robust_list),
	CALL(rseq),
};

#ifdef __SANITIZE_ADDRESS__
/*
 * A sanitizer's own calls while it reports: is it a terminal, can this memory
 * be read (it asks a pipe). No file: see sandbox_prepare().
 */
static const struct rule sanitizer[] = {
	CALL(sigaltstack),
	CALL(pipe),
	CALL(pipe2),
	CALL(ioctl, IS(1, TCGETS)),
};
#define SANITIZER { sanitizer, ARRAY_LENGTH(sanitizer) },
#else
#define SANITIZER
#endif

#define RULES(list)                                                            \
	{                                                                      \
		list, ARRAY_LENGTH(list)                                       \
	}
#define GROUPS_MAX 8

static const struct {
	struct rules groups[GROUPS_MAX];
} sandboxes[] = {
	[SANDBOX_VRRP] = { { SANITIZER RULES(common), RULES(waiting),
			     RULES(packets) } },
	[SANDBOX_DOORMAN] = { { SANITIZER RULES(common), RULES(waiting),
				RULES(flags), RULES(connections),
				RULES(children), RULES(loading) } },
	[SANDBOX_SERVER] = { { SANITIZER RULES(common), RULES(waiting),
			       RULES(flags), RULES(connections) } },
	[SANDBOX_FILES] = { { SANITIZER RULES(common), RULES(files),
			      RULES(messages) } },
	[SANDBOX_CONF] = { { SANITIZER RULES(common), RULES(messages) } },
	[SANDBOX_LVS] = { { SANITIZER RULES(common), RULES(waiting),
			    RULES(answers) } },
	[SANDBOX_CHECK] = { { SANITIZER RULES(common), RULES(waiting),
			      RULES(probes) } },
	[SANDBOX_MAIL] = { { SANITIZER RULES(common), RULES(waiting),
			     RULES(flags), RULES(client), RULES(libraries),
			     RULES(threads) } },
};
static_assert(ARRAY_LENGTH(sandboxes) == SANDBOXES, "a row for each");

#ifdef __SANITIZE_ADDRESS__
/*
 * A report names places as module and offset (HACKING.md says how to read
 * them): for names it would have to open files, and to read all debugging
 * information beforehand costs each start 0.2 s.
 */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "symbolize=0";
}
#endif

/* A sanitizer needs the maps of memory for each report. */
void sandbox_prepare(void)
{
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_sandbox_arguments arguments = { 0 };

	__sanitizer_sandbox_on_notify(&arguments);
#endif
}

static int add(scmp_filter_ctx filter, const struct rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->list[i];
		int error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
						   rule->call, rule->count,
						   rule->arguments);

		/* A call that this architecture does not have. */
		if (error && error != -EDOM)
			return error;
	}
	return 0;
}

/*
 * A sanitizer tries /proc/self/maps and takes what it has read before if that
 * is refused. Only it makes this call: the C library opens by openat(2). What
 * it says of undefined behaviour begins with a look at /proc/self/exe.
 */
static int refuse_sanitizer(scmp_filter_ctx filter, enum sandbox which)
{
#ifdef __SANITIZE_ADDRESS__
	struct scmp_arg_cmp reading = WITHOUT(1, CHANGES);
	int error = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EACCES),
					   SCMP_SYS(open), 1, &reading);

	/* The others may. */
	if ((!error || error == -EDOM) && which != SANDBOX_DOORMAN &&
	    which != SANDBOX_MAIL)
		error = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EACCES),
					       SCMP_SYS(readlink), 0, NULL);
	return error == -EDOM ? 0 : error;
#else
	(void)filter;
	(void)which;
	return 0;
#endif
}

/* The arguments of clone3(2) cannot be looked at. */
static int refuse_clone3(scmp_filter_ctx filter, enum sandbox which)
{
	int error;

	if (which != SANDBOX_MAIL)
		return 0;
	error = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOSYS),
				       SCMP_SYS(clone3), 0, NULL);
	return error == -EDOM ? 0 : error;
}

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* Linux 6.13 */
#endif

/*
 * Over a large range of memory this one holds a processor for minutes, and no
 * process of any priority runs there meanwhile. The C library has another way
 * to guard a stack.
 */
static int refuse_guards(scmp_filter_ctx filter)
{
	struct scmp_arg_cmp guard = IS(2, MADV_GUARD_INSTALL);

	return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EINVAL),
				      SCMP_SYS(madvise), 1, &guard);
}

/* abort(3) is a signal to oneself; a child of the doorman has its own id. */
static int add_abort(scmp_filter_ctx filter, enum sandbox which)
{
	struct scmp_arg_cmp arguments[] = {
		IS(2, SIGABRT),
		IS(0, getpid()),
	};

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill),
				      which == SANDBOX_DOORMAN ? 1 : 2,
				      arguments);
}

int sandbox_enter(enum sandbox which)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int error;

	if (!filter)
		return -ENOMEM;
	sandbox_prepare();
	/* Calls of another ABI of this machine, such as 32 bits. */
	error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
				 SCMP_ACT_KILL_PROCESS);
	/* A tree, not a list: each call passes through it. */
	if (!error)
		error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (unsigned i = 0; i < GROUPS_MAX && !error; i++)
		error = add(filter, &sandboxes[which].groups[i]);
	if (!error)
		error = add_abort(filter, which);
	if (!error)
		error = refuse_clone3(filter, which);
	if (!error)
		error = refuse_guards(filter);
	if (!error)
		error = refuse_sanitizer(filter, which);
	if (!error)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return error;
}
