/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A confined process as somebody who has taken it over: makes it call, at
 * random, whatever its own filter allows (seccomp(2)), by ptrace(2).
 *
 *   puppet PID SEED MILLISECONDS [scribble]
 *
 * The filter is asked of the kernel, and arguments are found by walking through
 * it, so whatever a filter comes to allow is tried, too. What would only end
 * the process is left out. With `scribble` it also writes anything into all
 * memory that it shares and may write, such as its book of the ledger. In the
 * end it is killed, and a line tells
 *
 *   seed=N calls=N kinds=N end=killed|signal-N|status-N
 *
 * `kinds` are the different calls that were made. A signal before that says
 * that the process could be made to die by it, which is no fault.
 *
 *   puppet PID call NUMBER [ARGUMENT...]
 *
 * has it make one call, and go on. An argument is a number, or a text, of which
 * it gets the address. The result is printed.
 */
#include "any.h"
#include "instrument.h"

#include <elf.h>
#include <inttypes.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __x86_64__

#define FILTERS_MAX 8
#define CALLS       480
#define MEANT_MAX   1024

/* A call that waits is broken off. */
#define CALL_TIME (2 * NSEC / 1000)

/* Memory that is taken, and calls that take some. */
#define MEMORY_MOST  (1u << 20)
#define MEMORY_CALLS 64

#define STEPS 4

/* How often arguments are looked for that a filter allows. */
#define WALKS 300

static int pid;
static struct {
	struct sock_filter *code;
	unsigned length;
} filters[FILTERS_MAX];
static unsigned filter_count;

/* The numbers that the filters compare with. */
static uint32_t meant[MEANT_MAX];
static unsigned meant_count;

static void read_filters(void)
{
	while (filter_count < FILTERS_MAX) {
		long length = ptrace(PTRACE_SECCOMP_GET_FILTER, pid,
				     (void *)(uintptr_t)filter_count, NULL);
		struct sock_filter *code;

		if (length < 0 && errno == ENOENT)
			break;
		if (length < 0)
			fail("PTRACE_SECCOMP_GET_FILTER");
		code = calloc((size_t)length, sizeof(*code));
		if (!code || ptrace(PTRACE_SECCOMP_GET_FILTER, pid,
				    (void *)(uintptr_t)filter_count, code) < 0)
			fail("PTRACE_SECCOMP_GET_FILTER");
		filters[filter_count].code = code;
		filters[filter_count++].length = (unsigned)length;
	}
	if (filter_count == 0) {
		fprintf(stderr, "puppet: %d is not confined\n", pid);
		exit(1);
	}
	for (unsigned f = 0; f < filter_count; f++)
		for (unsigned n = 0; n < filters[f].length; n++)
			if (BPF_CLASS(filters[f].code[n].code) == BPF_JMP &&
			    meant_count < MEANT_MAX)
				meant[meant_count++] = filters[f].code[n].k;
}

/*
 * A call on its way through a filter. Words of arguments that are `free` may
 * yet become what the filter asks for.
 */
struct walk {
	union {
		struct seccomp_data data;
		uint32_t words[sizeof(struct seccomp_data) / 4];
	};
	bool walking;
};

#define FIRST_WORD (offsetof(struct seccomp_data, args) / 4)

/* The accumulator, and of which bits of which word it consists; word 0: the
 * number of the call, which stays. */
struct accumulator {
	uint32_t value, mask;
	unsigned word;
};

static bool jumps(struct walk *w, struct accumulator *a,
		  const struct sock_filter *i)
{
	switch (BPF_OP(i->code)) {
	case BPF_JEQ:
		if (w->walking && a->word >= FIRST_WORD && one_in(2) &&
		    (i->k & ~a->mask) == 0) {
			w->words[a->word] &= ~a->mask;
			w->words[a->word] |= i->k;
			a->value = i->k;
		}
		return a->value == i->k;
	case BPF_JGT:
		return a->value > i->k;
	case BPF_JGE:
		return a->value >= i->k;
	default: /* BPF_JSET */
		return a->value & i->k;
	}
}

static uint32_t filter_says(unsigned f, struct walk *w)
{
	struct accumulator a = { 0 };

	for (unsigned at = 0; at < filters[f].length; at++) {
		const struct sock_filter *i = &filters[f].code[at];

		switch (BPF_CLASS(i->code)) {
		case BPF_LD:
			a = (struct accumulator){ w->words[i->k / 4],
						  UINT32_MAX, i->k / 4 };
			break;
		case BPF_ALU: /* libseccomp masks, and nothing else */
			a.value &= i->k;
			a.mask &= i->k;
			break;
		case BPF_JMP:
			if (BPF_OP(i->code) == BPF_JA)
				at += i->k;
			else
				at += jumps(w, &a, i) ? i->jt : i->jf;
			break;
		case BPF_RET:
			return i->k & SECCOMP_RET_ACTION_FULL;
		}
	}
	return SECCOMP_RET_KILL_PROCESS;
}

static bool allowed(struct walk *w)
{
	w->walking = false;
	for (unsigned f = 0; f < filter_count; f++)
		if (filter_says(f, w) != SECCOMP_RET_ALLOW)
			return false;
	return true;
}

static uint64_t piece; /* its address in the other process */

/* Arguments of a call that all filters allow. */
static bool find_arguments(int call, struct walk *w)
{
	for (unsigned tries = 0; tries < WALKS; tries++) {
		memset(w, 0, sizeof(*w));
		w->data.nr = call;
		w->data.arch = AUDIT_ARCH_X86_64;
		for (unsigned n = 0; n < 6; n++)
			w->data.args[n] =
				any_argument(piece, meant, meant_count);
		w->walking = true;
		(void)filter_says((unsigned)any_below(filter_count), w);
		if (allowed(w))
			return true;
	}
	return false;
}

/* What would only end the process, or make more of them, which are tried by
 * themselves. */
static bool is_left_out(long call)
{
	static const long list[] = {
		SYS_exit,
		SYS_exit_group,
		SYS_rt_sigreturn,
		SYS_munmap,
		SYS_brk,
		SYS_mremap,
		SYS_mprotect,
		SYS_clone,
		SYS_clone3,
		SYS_fork,
		SYS_vfork,
		SYS_execve,
		SYS_set_robust_list,
		SYS_rseq,
		SYS_seccomp,
		SYS_prctl,
	};

	for (size_t n = 0; n < sizeof(list) / sizeof(*list); n++)
		if (list[n] == call)
			return true;
	return false;
}

/* As it was found; and the same behind an instruction that makes a call. */
static struct user_regs_struct found, at_rest;

static void stop_now(void)
{
	int status;

	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) ||
	    waitpid(pid, &status, __WALL) < 0)
		fail("PTRACE_INTERRUPT");
}

/* The first such instruction of a piece of its code, or 0. */
static uint64_t find_call(uint64_t begin, uint64_t end)
{
	unsigned char bytes[4096];

	for (uint64_t at = begin; at < end; at += sizeof(bytes)) {
		struct iovec to = { bytes, sizeof(bytes) };
		struct iovec from = { (void *)(uintptr_t)at, sizeof(bytes) };

		if (process_vm_readv(pid, &to, 1, &from, 1, 0) != sizeof(bytes))
			break;
		for (size_t n = 0; n + 1 < sizeof(bytes); n++)
			if (bytes[n] == 0x0f && bytes[n + 1] == 0x05)
				return at + n;
	}
	return 0;
}

/* What it has mapped: `take` is called for each piece until it says true. */
static bool each_map(bool (*take)(uint64_t begin, uint64_t end,
				  const char *rights))
{
	char path[64], line[512], rights[8];
	uint64_t begin, end;
	bool done = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "re");
	if (!f)
		fail(path);
	while (!done && fgets(line, sizeof(line), f))
		done = sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &begin, &end,
			      rights) == 3 &&
		       take(begin, end, rights);
	fclose(f);
	return done;
}

static bool take_code(uint64_t begin, uint64_t end, const char *rights)
{
	uint64_t at = rights[2] == 'x' ? find_call(begin, end) : 0;

	if (at)
		at_rest.rip = at + 2;
	return at != 0;
}

static void begin(void)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL,
		   (void *)(uintptr_t)PTRACE_O_EXITKILL))
		fail("PTRACE_SEIZE");
	stop_now();
	if (ptrace(PTRACE_GETREGS, pid, NULL, &found))
		fail("PTRACE_GETREGS");
	at_rest = found;
	if (!each_map(take_code)) {
		fprintf(stderr, "puppet: %d has no call in its code\n", pid);
		exit(1);
	}
}

/* 0, or how it ended. */
static int ended;

/* True when it has stopped again. */
static bool wait_stop(void)
{
	const struct timespec most = { 0, CALL_TIME };
	int64_t until = now() + CALL_TIME;
	sigset_t child;
	int status;
	pid_t got;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	/* A signal may be that of a stop before this. */
	while ((got = waitpid(pid, &status, __WALL | WNOHANG)) == 0 &&
	       now() < until)
		sigtimedwait(&child, NULL, &most);
	if (got == 0) {
		ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
		got = waitpid(pid, &status, __WALL);
	}
	if (got < 0)
		fail("waitpid");
	if (WIFSTOPPED(status))
		return true;
	ended = status;
	return false;
}

/* One call, under its own filter. False: that was the end of it. */
static bool call(const struct walk *w, long long *result)
{
	struct user_regs_struct r = at_rest;
	unsigned steps = 0;

	r.rip -= 2;
	r.orig_rax = (unsigned long long)-1; /* no call is to be restarted */
	r.rax = (unsigned long long)w->data.nr;
	r.rdi = w->data.args[0];
	r.rsi = w->data.args[1];
	r.rdx = w->data.args[2];
	r.r10 = w->data.args[3];
	r.r8 = w->data.args[4];
	r.r9 = w->data.args[5];
	if (ptrace(PTRACE_SETREGS, pid, NULL, &r))
		return wait_stop() && false; /* somebody has killed it */
	do { /* a stop that was under way comes before the call */
		if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL))
			return wait_stop() && false;
		if (!wait_stop() || ptrace(PTRACE_GETREGS, pid, NULL, &r))
			return false;
	} while (r.rip == at_rest.rip - 2 && steps++ < STEPS);
	if (result)
		*result = (long long)r.rax;
	return true;
}

static void write_to(uint64_t where, void *bytes, size_t length)
{
	struct iovec from = { bytes, length };
	struct iovec to = { (void *)(uintptr_t)where, length };

	(void)!process_vm_writev(pid, &from, 1, &to, 1, 0);
}

static void make_piece(void)
{
	struct walk w = { .data = {
				  .nr = SYS_mmap,
				  .args = { 0, 2 * PIECE,
					    PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS,
					    UINT64_MAX, 0 },
			  } };
	long long where = -1;

	/* The first one is interrupted, if the process was in a call. */
	for (int tries = 0; tries < 3 && where < 0; tries++)
		if (!call(&w, &where))
			break;
	if (where < 0 && where > -4096) {
		fprintf(stderr, "puppet: no memory: %lld\n", where);
		exit(1);
	}
	piece = (uint64_t)where;
}

/* Memory that it may write and that others see. */
#define SHARED_MAX 8
static struct {
	uint64_t begin, length;
} shared[SHARED_MAX];
static unsigned shared_count;

static bool take_shared(uint64_t begin, uint64_t end, const char *rights)
{
	if (rights[1] == 'w' && rights[3] == 's') {
		shared[shared_count].begin = begin;
		shared[shared_count++].length = end - begin;
	}
	return shared_count == SHARED_MAX;
}

static void find_shared(void)
{
	each_map(take_shared);
	if (shared_count == 0) {
		fprintf(stderr, "puppet: %d shares no memory\n", pid);
		exit(1);
	}
}

static void scribble(void)
{
	static const uint64_t numbers[] = { 0,         1,          0x7f,
					    0xff,      UINT32_MAX, INT64_MAX,
					    UINT64_MAX };
	uint64_t number = one_in(2) ? any() : numbers[any_below(7)];
	unsigned n = (unsigned)any_below(shared_count);
	uint64_t at = any_below(shared[n].length - 8);
	size_t length = one_in(2) ? 1 : 8;

	if (length == 8)
		at &= ~UINT64_C(7);
	write_to(shared[n].begin + at, &number, length);
}

/* The calls that can be made. */
static int callable[CALLS];
static unsigned callable_count;

static void find_callable(void)
{
	struct walk w;

	for (int n = 0; n < CALLS; n++)
		if (!is_left_out(n) && find_arguments(n, &w))
			callable[callable_count++] = n;
}

/* It goes on for long, and the machine is to live. */
static bool is_bearable(const struct walk *w)
{
	static unsigned maps;

	switch (w->data.nr) {
	case SYS_close: /* or soon there is nothing left to be called upon */
	case SYS_shutdown:
		return one_in(16);
	case SYS_mmap:
		return w->data.args[1] <= MEMORY_MOST && maps++ < MEMORY_CALLS;
	case SYS_kill:
	case SYS_tgkill: /* others are not in this test */
		return (int)w->data.args[0] == pid;
	default:
		return true;
	}
}

/* A text in the piece of memory, or a number. */
static uint64_t argument_of(char *word, size_t *used)
{
	char *end;
	uint64_t number = strtoull(word, &end, 0), where = piece + *used;

	if (*word && !*end)
		return number;
	write_to(where, word, strlen(word) + 1);
	*used += strlen(word) + 1;
	return where;
}

static int call_one(int count, char **words)
{
	struct walk w = { .data.nr = atoi(words[0]) };
	long long result = 0;
	size_t used = 0;

	make_piece();
	for (int n = 1; n < count && n <= 6; n++)
		w.data.args[n - 1] = argument_of(words[n], &used);
	if (!call(&w, &result))
		return 1;
	printf("%lld\n", result);
	/* The call that was interrupted is made again. */
	if ((long long)found.orig_rax >= 0 && (long long)found.rax < 0) {
		found.rax = found.orig_rax;
		found.rip -= 2;
	}
	found.orig_rax = (unsigned long long)-1;
	if (ptrace(PTRACE_SETREGS, pid, NULL, &found) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, NULL) ||
	    ptrace(PTRACE_DETACH, pid, NULL, NULL))
		fail("ptrace");
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t calls = 0, kinds = 0, seed;
	bool scribbles = argc == 5, made[CALLS] = { false };
	int64_t until;
	sigset_t child;

	if (argc < 4) {
		fprintf(stderr, "usage: puppet PID SEED MS [scribble]\n");
		return 2;
	}
	pid = atoi(argv[1]);
	seed = strtoull(argv[2], NULL, 0);
	any_state = seed * 2654435761u + 1;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	begin();
	if (strcmp(argv[2], "call") == 0)
		return call_one(argc - 3, argv + 3);
	read_filters();
	make_piece();
	if (scribbles)
		find_shared();
	find_callable();
	puts("ready");
	fflush(stdout);
	until = now() + atoll(argv[3]) * (NSEC / 1000);
	while (!ended && now() < until) {
		int number = callable[any_below(callable_count)];
		struct shapes shapes;
		struct walk w;

		any_shapes(&shapes, piece);
		write_to(piece, &shapes, sizeof(shapes));
		if (scribbles)
			scribble();
		if (!find_arguments(number, &w) || !is_bearable(&w))
			continue;
		if (getenv("PUPPET_TELLS"))
			fprintf(stderr,
				"%d(%" PRIx64 ", %" PRIx64 ", %" PRIx64
				", %" PRIx64 ")\n",
				number, (uint64_t)w.data.args[0],
				(uint64_t)w.data.args[1],
				(uint64_t)w.data.args[2],
				(uint64_t)w.data.args[3]);
		calls++;
		kinds += !made[number];
		made[number] = true;
		call(&w, NULL);
	}
	printf("seed=%" PRIu64 " calls=%" PRIu64 " kinds=%" PRIu64 " end=",
	       seed, calls, kinds);
	if (!ended) {
		kill(pid, SIGKILL);
		puts("killed");
	} else if (WIFSIGNALED(ended)) {
		printf("signal-%d\n", WTERMSIG(ended));
	} else {
		printf("status-%d\n", WEXITSTATUS(ended));
	}
	return 0;
}

#else
int main(void)
{
	fprintf(stderr, "puppet: not on this machine\n");
	return 1;
}
#endif
