/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a command from which the kernel withholds something, as containers and
 * boot options do.
 *
 *   withhold [ipv6] [docker] [old] -- COMMAND...
 *
 *   ipv6    no socket of AF_INET6, as with ipv6.disable=1
 *   docker  what its default profile of seccomp refuses
 *   old     what an older profile does not know, and refuses
 */
#include "instrument.h"

#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

struct refusal {
	const char *kind;
	int call;
	int error;
};

static const struct refusal refusals[] = {
	{ "docker", SCMP_SYS(unshare), EPERM },
	{ "docker", SCMP_SYS(setns), EPERM },
	{ "docker", SCMP_SYS(mount), EPERM },
	{ "docker", SCMP_SYS(umount2), EPERM },
	{ "docker", SCMP_SYS(pivot_root), EPERM },
	{ "docker", SCMP_SYS(keyctl), EPERM },
	{ "docker", SCMP_SYS(add_key), EPERM },
	{ "docker", SCMP_SYS(request_key), EPERM },
	{ "docker", SCMP_SYS(bpf), EPERM },
	{ "docker", SCMP_SYS(perf_event_open), EPERM },
	{ "docker", SCMP_SYS(userfaultfd), EPERM },
	{ "docker", SCMP_SYS(ptrace), EPERM },
	{ "docker", SCMP_SYS(process_vm_readv), EPERM },
	{ "docker", SCMP_SYS(process_vm_writev), EPERM },
	{ "docker", SCMP_SYS(kcmp), EPERM },
	{ "docker", SCMP_SYS(pidfd_getfd), EPERM },
	{ "docker", SCMP_SYS(open_by_handle_at), EPERM },
	{ "docker", SCMP_SYS(name_to_handle_at), EPERM },
	{ "docker", SCMP_SYS(move_pages), EPERM },
	{ "docker", SCMP_SYS(mbind), EPERM },
	{ "docker", SCMP_SYS(clock_settime), EPERM },
	{ "docker", SCMP_SYS(settimeofday), EPERM },
	{ "docker", SCMP_SYS(syslog), EPERM },
	{ "docker", SCMP_SYS(chroot), EPERM },
	{ "docker", SCMP_SYS(acct), EPERM },
	{ "docker", SCMP_SYS(io_uring_setup), EPERM },
	/* Its arguments cannot be looked at: the C library takes clone(2). */
	{ "docker", SCMP_SYS(clone3), ENOSYS },
	{ "old", SCMP_SYS(close_range), EPERM },
	{ "old", SCMP_SYS(epoll_pwait2), EPERM },
	{ "old", SCMP_SYS(openat2), EPERM },
	{ "old", SCMP_SYS(faccessat2), EPERM },
	{ "old", SCMP_SYS(statx), ENOSYS },
};

static void check(int error, const char *what)
{
	errno = -error;
	if (error)
		fail(what);
}

static void refuse_ipv6(scmp_filter_ctx filter)
{
	check(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT),
			       SCMP_SYS(socket), 1,
			       SCMP_A0(SCMP_CMP_EQ, AF_INET6)),
	      "ipv6");
}

static void refuse_users(scmp_filter_ctx filter)
{
	check(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone),
			       1,
			       SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_NEWUSER,
				       CLONE_NEWUSER)),
	      "clone");
}

/* False: nobody knows this word. */
static bool refuse(scmp_filter_ctx filter, const char *kind)
{
	bool known = strcmp(kind, "ipv6") == 0;

	if (known)
		refuse_ipv6(filter);
	if (strcmp(kind, "docker") == 0)
		refuse_users(filter);
	for (size_t n = 0; n < sizeof(refusals) / sizeof(*refusals); n++) {
		const struct refusal *r = &refusals[n];

		if (strcmp(kind, r->kind) != 0)
			continue;
		known = true;
		check(seccomp_rule_add(filter,
				       SCMP_ACT_ERRNO((uint16_t)r->error),
				       r->call, 0),
		      kind);
	}
	return known;
}

int main(int argc, char **argv)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	bool known = true;
	int at = 1;

	if (!filter)
		fail("seccomp_init");
	/* A container sets it only where it is asked to. */
	check(seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0), "NNP");
	for (; at < argc && strcmp(argv[at], "--") != 0; at++)
		known &= refuse(filter, argv[at]);
	if (!known || at + 1 >= argc) {
		fprintf(stderr, "usage: withhold WHAT... -- COMMAND...\n");
		return 2;
	}
	check(seccomp_load(filter), "seccomp_load");
	execvp(argv[at + 1], argv + at + 1);
	fail(argv[at + 1]);
}
