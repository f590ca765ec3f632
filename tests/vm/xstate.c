/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lets user-mode-linux 6.1 run on hosts whose XSAVE area is larger than the one
 * that it was built for (AMX: 11008 bytes and not 2696).
 *
 * Such a host refuses PTRACE_SETREGSET of NT_X86_XSTATE unless the whole area
 * is given, and UML gives its own, smaller one: "ptrace set fp regs failed,
 * errno = 14". Preloaded, this asks the host for all of it and hands UML its
 * part. State beyond that part (AMX tiles) is not kept; nothing inside uses it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static unsigned char whole[32768];
static size_t whole_length;

/* The kernel's call, as glibc's wrapper makes it for requests that do not
 * return data. */
static long raw(long request, long pid, void *address, void *data)
{
	return syscall(SYS_ptrace, request, pid, address, data);
}

long ptrace(enum __ptrace_request request, ...)
{
	va_list ap;
	va_start(ap, request);
	long pid = va_arg(ap, int);
	void *address = va_arg(ap, void *);
	void *data = va_arg(ap, void *);
	va_end(ap);

	if ((request == PTRACE_GETREGSET || request == PTRACE_SETREGSET) &&
	    (unsigned long)address == NT_X86_XSTATE) {
		struct iovec *part = data;
		struct iovec all = { whole, request == PTRACE_GETREGSET ||
							    !whole_length
						    ? sizeof(whole)
						    : whole_length };
		if (request == PTRACE_SETREGSET && !whole_length) {
			if (raw(PTRACE_GETREGSET, pid, address, &all) < 0)
				return -1;
			whole_length = all.iov_len;
		}
		size_t length = part->iov_len < sizeof(whole) ? part->iov_len
							      : sizeof(whole);
		if (request == PTRACE_SETREGSET) {
			memcpy(whole, part->iov_base, length);
			return raw(request, pid, address, &all);
		}
		long r = raw(request, pid, address, &all);
		if (r == 0) {
			whole_length = all.iov_len;
			if (length > all.iov_len)
				length = all.iov_len;
			memcpy(part->iov_base, whole, length);
			part->iov_len = length;
		}
		return r;
	}
	if (request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA ||
	    request == PTRACE_PEEKUSER) {
		long word;
		if (raw(request, pid, address, &word) < 0)
			return -1;
		errno = 0;
		return word;
	}
	return raw(request, pid, address, data);
}
