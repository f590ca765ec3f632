/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a keeper reads in its run directory when it starts (keeper/resume.c,
 * keeper/pidfile.c): any bytes in the state file, and the same in a PID file.
 *
 * Two processes exist: one that serves, and its heir. Their descriptors lead to
 * a ledger, to a packed configuration, and to things that are neither. What the
 * keeper then has, it can use; what it does not know it leaves alone.
 *
 * The first byte has bits: whether the rest, in two halves, becomes two slots
 * with the right checksums; and what /proc shows of the processes.
 */
#include "base/must.h"
#include "conf_fixture.h"
#include "keeper/keeper_state.h"
#include "keeper/log.h"
#include "ledger/state.h"
#include "router/book.h"
#include "sys/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SERVER 1000
#define HEIR   1001
#define OTHER  1002 /* it answers questions */

/* The descriptors of each of them. */
enum {
	LEDGER = 3,
	PACKED,
	ADOPTED, /* a ledger of which all was adopted */
	NEITHER,
	HELD
};

enum {
	SEALED = 1,
	SHOWS_SERVER = 2,
	SHOWS_HEIR = 4,
	IS_KEPT = 8,    /* another keeper lives */
	SERVES = 16,    /* both of them */
	NAMES_HEIR = 32 /* the ledger does */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct keeper_row row = { .name = "server", .kind = KEEPER_HEIR };
static char run_dir[64], pid_file[128];
static struct keeper_setup setup = { .rows = &row, .row_count = 1 };
static struct keeper keeper, *const k = &keeper;
static int held[HELD];
static uint8_t shows;
static struct ledger *ledgers[HELD];

/* In the place of Linux, by the linker. */
uint64_t __wrap_procfs_start_time(pid_t pid);
bool __wrap_procfs_name(pid_t pid, char name[PROCFS_NAME_SIZE]);
bool __wrap_procfs_program(pid_t pid, char program[PROCFS_PROGRAM_SIZE]);
bool __wrap_procfs_is_ours(pid_t pid);
bool __wrap_procfs_shares(pid_t pid, const char *kind);
pid_t __wrap_procfs_parent(pid_t pid);
int __wrap_procfs_each(void (*call)(void *context, pid_t pid), void *context);
int __wrap_procfs_each_descriptor(pid_t pid,
				  void (*call)(void *context, int fd,
					       const char *leads_to),
				  void *context);
int __wrap_process_signal(const struct process *p, int signal);
int __wrap_pidfd_open(pid_t pid, unsigned flags);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_open(const char *path, int flags, ...);
int __real_open(const char *path, int flags, ...);

uint64_t __wrap_procfs_start_time(pid_t pid)
{
	return pid >= SERVER && pid <= OTHER ? 5 * (uint64_t)pid : 0;
}

bool __wrap_procfs_name(pid_t pid, char name[PROCFS_NAME_SIZE])
{
	(void)pid;
	name[0] = '\0';
	return true;
}

bool __wrap_procfs_program(pid_t pid, char program[PROCFS_PROGRAM_SIZE])
{
	(void)pid;
	program[0] = '\0';
	return true;
}

bool __wrap_procfs_is_ours(pid_t pid)
{
	(void)pid;
	return true;
}

bool __wrap_procfs_shares(pid_t pid, const char *kind)
{
	(void)pid;
	(void)kind;
	return true;
}

pid_t __wrap_procfs_parent(pid_t pid)
{
	(void)pid;
	return shows & IS_KEPT ? OTHER : 1;
}

int __wrap_procfs_each(void (*call)(void *context, pid_t pid), void *context)
{
	if (shows & SHOWS_SERVER)
		call(context, SERVER);
	if (shows & SHOWS_HEIR)
		call(context, HEIR);
	return 0;
}

int __wrap_procfs_each_descriptor(pid_t pid,
				  void (*call)(void *context, int fd,
					       const char *leads_to),
				  void *context)
{
	char text[128];

	(void)pid;
	snprintf(text, sizeof(text), "/memfd:" LEDGER_MEMFD ":%s (deleted)",
		 run_dir);
	call(context, LEDGER, text);
	call(context, ADOPTED, text);
	call(context, NEITHER, "/memfd:neither (deleted)");
	return 0;
}

int __wrap_process_signal(const struct process *p, int signal)
{
	(void)signal;
	MUST(p->pid >= SERVER && p->pid <= OTHER);
	return 0;
}

int __wrap_pidfd_open(pid_t pid, unsigned flags)
{
	(void)flags;
	if (pid >= SERVER && pid <= OTHER)
		return __real_open("/dev/null", O_RDONLY | O_CLOEXEC);
	errno = ESRCH;
	return -1;
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	(void)fds;
	(void)count;
	(void)timeout;
	return 1;
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list more;
	int pid, fd, mode;
	char own[64], rest;

	va_start(more, flags);
	mode = va_arg(more, int);
	va_end(more);
	if (sscanf(path, "/proc/%d/fd/%d%c", &pid, &fd, &rest) != 2)
		return __real_open(path, flags, mode);
	if (pid < SERVER || pid > OTHER || fd < LEDGER || fd >= HELD) {
		errno = ENOENT;
		return -1;
	}
	snprintf(own, sizeof(own), "/proc/self/fd/%d", held[fd]);
	return __real_open(own, flags, mode);
}

static void put(void *to, const void *bytes, size_t length)
{
	MUST(write(*(const int *)to, bytes, length) == (ssize_t)length);
}

static int packed(const struct conf_model *model)
{
	int fd = memfd_create("packed", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	conf_pack(model, true, put, &fd);
	MUST(fcntl(fd, F_ADD_SEALS,
		   F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0);
	return fd;
}

static void remove_files(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/state", run_dir);
	unlink(path);
	unlink(pid_file);
	rmdir(run_dir);
}

static void start(void)
{
	static const char text[] = "vrrp_instance A {\n interface eth0\n"
				   " virtual_router_id 7\n virtual_ipaddress "
				   "{\n 192.0.2.7/24\n}\n}\n";
	struct conf_loaded *conf = conf_load_text(text);
	struct ledger_size size;
	struct ledger *l;

	MUST(conf->model);
	book_size(conf->model, &size);
	held[LEDGER] = ledger_create(&size, "fuzz", &l);
	book_fill(conf->model, l);
	ledgers[LEDGER] = l;
	held[ADOPTED] = ledger_create(&size, "fuzz", &l);
	book_fill(conf->model, l);
	ledger_server(l)->adopted = true;
	ledgers[ADOPTED] = l;
	for (unsigned n = LEDGER; n <= ADOPTED; n++) {
		if (!ledgers[n])
			continue;
		ledgers[n]->server = n == LEDGER ? SERVER : HEIR;
		ledgers[n]->server_packed = PACKED;
		ledgers[n]->server_fallback = PACKED;
	}
	held[PACKED] = packed(conf->model);
	held[NEITHER] = memfd_create("neither", MFD_CLOEXEC);
	conf_unload(conf);
	snprintf(run_dir, sizeof(run_dir), "/tmp/baton-fuzz-XXXXXX");
	MUST(mkdtemp(run_dir));
	snprintf(pid_file, sizeof(pid_file), "%s/pid", run_dir);
	atexit(remove_files);
	setup.run_dir = run_dir;
	setup.pid_file = pid_file;
	log_open(&(struct log_way){ .console = false });
	k->setup = &setup;
}

static void fill(const char *name, const uint8_t *data, size_t size)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", run_dir, name);
	fd = __real_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

/* What was found belongs together. */
static void check(const struct orphan *o)
{
	MUST(o->vrrp == 0 || (o->vrrp >= SERVER && o->vrrp <= OTHER));
	MUST(o->vrrp != 0 || (o->ledger < 0 && !o->accepted.model));
	MUST(!o->accepted.model || o->accepted.packed >= 0);
	MUST(!o->fallback.model || o->accepted.model);
	MUST((o->return_at == TICK_NEVER) == !o->fallback.model);
	MUST(o->control < 0);
}

static void take(struct orphan *o)
{
	bool taken;

	k->children[0] = (struct child){ .row = &row, .control = -1 };
	k->server = &k->children[0];
	k->child_count = 1;
	k->now = GENERATION_NONE;
	taken = resume_take(k, o);
	MUST(taken == (k->now.ledger != NULL));
	MUST(!taken || ledger_instances(k->now.ledger) == 1);
	if (taken && k->server->process.pidfd >= 0)
		close(k->server->process.pidfd);
	generation_free(&k->now);
	configuration_free(&o->accepted);
	configuration_free(&o->fallback);
}

/* Two slots, with as much of the rest as there is room for. */
static void fill_sealed(const uint8_t *data, size_t size)
{
	char file[STATE_SIZE] = { 0 };

	for (unsigned n = 0; n < 2; n++) {
		size_t half = n == 0 ? size / 2 : size - size / 2;
		const uint8_t *from = n == 0 ? data : data + size / 2;

		memcpy(file + n * STATE_SLOT, from,
		       half < STATE_SLOT ? half : STATE_SLOT);
		state_seal(file + n * STATE_SLOT);
	}
	fill("state", (const uint8_t *)file, sizeof(file));
}

/* A keeper that finds another one leaves all as it is. */
static void find(struct orphan *found)
{
	int error;

	ledgers[LEDGER]->heir = shows & NAMES_HEIR ? HEIR : 0;
	for (unsigned n = LEDGER; n <= ADOPTED; n++)
		if (ledgers[n])
			ledger_server(ledgers[n])->heartbeat =
				shows & SERVES ? 1000 : LEDGER_YIELDED;
	error = resume_find(k, false, found);
	MUST(error == 0 || (error == -EBUSY && shows & IS_KEPT));
	MUST(error == 0 || (found->vrrp == 0 && found->ledger < 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct orphan found;

	if (!k->setup)
		start();
	if (size == 0)
		return 0;
	shows = data[0];
	if (shows & SEALED)
		fill_sealed(data + 1, size - 1);
	else
		fill("state", data + 1, size - 1);
	find(&found);
	check(&found);
	take(&found);
	fill("pid", data + 1, size - 1);
	(void)pidfile_begin(k);
	return 0;
}
