/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A keeper that goes on where another one stopped, while the children serve.
 *
 * An upgrade executes the installed program in this very process: the
 * descriptors stay, and one environment variable says which is which. After
 * the death of a keeper, the next one finds its children by a file in the run
 * directory. In both cases the children are then replaced as in a reload, so
 * that they run the new program. A ledger of another layout cannot be
 * adopted: its process hands over, and another starts afresh.
 *
 * What was accepted goes on, and so does a trial with its deadline, whatever
 * the files say by now: `vrrp` keeps the packed configuration as it keeps the
 * ledger. Only a program with other keywords has to read the files.
 */
#include "keeper/keeper_state.h"
#include "ledger/order.h"

#include "base/must.h"
#include "keeper/log.h"
#include "sys/clock.h"
#include "sys/procfs.h"
#include "sys/rundir.h"
#include "sys/sdnotify.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

/* In the state file: what the process, and then what its heir runs. */
#define HELD_WORD "runs"

/* How long an orphan may take to end when it is told to. */
#define ORPHAN_MS 1000
/* ... and one that hands over: more than the longest Skew_Time. */
#define HANDOVER_MS 45000
/* So often the service manager is told meanwhile. */
#define BEAT_MS 1000
/* More than an heir waits for the old one to let go. */
#define HEIR_MS      600
#define HEIR_STEP_MS 10

static void state_path(const struct keeper *k, char *path, size_t size)
{
	snprintf(path, size, "%s/" KEEPER_STATE, k->setup->run_dir);
}

/*
 * What a process runs, by the numbers of descriptors that it keeps: the
 * configuration, and if that is on trial the one to go back to, and when. A
 * word stands first, so that an older program, which expects numbers, stops
 * before it.
 */
static void write_held(const struct keeper *k, FILE *f, const char *word,
		       const struct held *held, const struct conf_model *model)
{
	const struct conf_model *back = k->fallback.model;
	bool trial = back && back != model;
	/* On its way back already: at once. */
	tick_t at = k->succession.confirm_by == TICK_NEVER
			    ? 0
			    : k->succession.confirm_by;

	fprintf(f, "%s %d %d %" PRId64 "\n", word, held->packed,
		trial ? held->fallback : -1, trial ? at : TICK_NEVER);
}

/* Who answers questions: it is ended before another takes its socket. */
static const struct process *answering(const struct keeper *k)
{
	static const struct process none;

	for (unsigned n = 0; n < k->child_count; n++)
		if (k->children[n].row->keeps & KEEPS_LISTEN)
			return &k->children[n].process;
	return &none;
}

static void write_state(const struct keeper *k, FILE *f)
{
	const struct process *v = &k->server->process;
	const struct process *c = answering(k);
	const struct process *h = &k->heir.process;

	fprintf(f, "%d %" PRIu64 " %d %" PRIu64 " %d", (int)v->pid,
		procfs_start_time(v->pid), (int)c->pid,
		procfs_start_time(c->pid), k->server->held.ledger);
	if (k->succession.phase == SUCCESSION_YIELD)
		fprintf(f, " %d %" PRIu64 " %d", (int)h->pid,
			procfs_start_time(h->pid), k->heir.held.ledger);
	fprintf(f, "\n");
	write_held(k, f, HELD_WORD, &k->server->held, k->now.model);
	if (k->succession.phase == SUCCESSION_YIELD)
		write_held(k, f, HELD_WORD, &k->heir.held, k->next.model);
}

/* For a keeper that comes after this one. Written whole or not at all. */
void resume_remember(struct keeper *k)
{
	char path[4096], fresh[4096 + 8];
	bool written = false;
	FILE *f;

	state_path(k, path, sizeof(path));
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	f = fopen(fresh, "we");
	if (f) {
		fchmod(fileno(f), 0600); /* else it is not believed */
		write_state(k, f);
		written = fclose(f) == 0 && rename(fresh, path) == 0;
	}
	if (!written)
		log_line(LOG_WARNING,
			 "cannot write %s: %s; a batond that comes after this "
			 "one would not know what serves",
			 path, strerror(errno));
}

void resume_forget(struct keeper *k)
{
	char path[4096];

	state_path(k, path, sizeof(path));
	unlink(path);
}

/* Until it has ended; this keeper does not hang meanwhile. */
static bool has_ended(struct pollfd *end, int patience)
{
	for (; patience > BEAT_MS; patience -= BEAT_MS) {
		if (poll(end, 1, BEAT_MS) == 1)
			return true;
		(void)sdnotify("WATCHDOG=1", 0);
	}
	return poll(end, 1, patience) == 1;
}

static void end_orphan(pid_t pid, uint64_t started, int patience)
{
	struct process p = { .pid = pid };
	struct pollfd end = { .events = POLLIN };
	struct stat status;
	char path[64];

	if (pid <= 0 || procfs_start_time(pid) != started)
		return;
	p.pidfd = end.fd = pidfd_open(pid, 0);
	if (p.pidfd < 0)
		return;
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	p.uid = stat(path, &status) ? 0 : status.st_uid;
	process_signal(&p, SIGTERM);
	if (!has_ended(&end, patience))
		process_signal(&p, SIGKILL);
	poll(&end, 1, ORPHAN_MS);
	waitpid(pid, NULL, WNOHANG); /* after an upgrade it is our child */
	close(p.pidfd);
}

/* A process of the state file, and what it keeps. */
struct found {
	int pid;
	uint64_t started;
	struct held held;
	tick_t return_at;
};

/* One that was gone when it was written down began at 0, as nothing does. */
static bool lives(const struct found *f)
{
	return f->pid > 0 && f->started > 0 &&
	       procfs_start_time(f->pid) == f->started;
}

static int open_held(const struct found *f, int fd, int how)
{
	char path[64];

	if (fd < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", f->pid, fd);
	return open(path, how | O_CLOEXEC);
}

static int open_ledger(const struct found *f)
{
	return open_held(f, f->held.ledger, O_RDWR);
}

/* A configuration that this program does not understand is none. */
static struct configuration open_configuration(const struct found *f, int fd)
{
	struct configuration c = { .packed = open_held(f, fd, O_RDONLY) };

	c.model = conf_reading_unpack(c.packed);
	if (!c.model)
		configuration_free(&c);
	return c;
}

static bool has_adopted(const struct found *f)
{
	struct ledger *ledger = NULL;
	int fd = open_ledger(f);
	bool adopted = false;

	if (fd >= 0 && ledger_map(fd, false, &ledger) == 0)
		adopted = ledger_server(ledger)->adopted;
	ledger_unmap(ledger);
	if (fd >= 0)
		close(fd);
	return adopted;
}

/*
 * The keeper died while one `vrrp` took the place of another. The heir goes on
 * by itself if the old one has let go, and else ends (router.c).
 */
static bool heir_serves(const struct found *heir)
{
	for (int waited = 0; lives(heir); waited += HEIR_STEP_MS) {
		if (has_adopted(heir))
			return true;
		if (waited >= HEIR_MS)
			break;
		poll(NULL, 0, HEIR_STEP_MS);
	}
	return false;
}

static void read_held(FILE *f, struct found *out)
{
	out->held.packed = out->held.fallback = -1;
	out->return_at = TICK_NEVER;
	(void)!fscanf(f, " " HELD_WORD " %d %d %" SCNd64, &out->held.packed,
		      &out->held.fallback, &out->return_at);
}

/* How many numbers of processes there are: 5, or 8 with an heir, or less. */
static int read_state(const struct keeper *k, struct found *vrrp,
		      struct found *ctl, struct found *heir)
{
	char path[4096];
	int count, fd;
	FILE *f;

	state_path(k, path, sizeof(path));
	fd = rundir_open(path);
	if (fd == -EPERM)
		log_line(LOG_WARNING,
			 "%s is not believed: others could write it", path);
	f = fd < 0 ? NULL : fdopen(fd, "r");
	if (!f)
		return 0;
	count = fscanf(f, "%d %" SCNu64 " %d %" SCNu64 " %d %d %" SCNu64 " %d",
		       &vrrp->pid, &vrrp->started, &ctl->pid, &ctl->started,
		       &vrrp->held.ledger, &heir->pid, &heir->started,
		       &heir->held.ledger);
	read_held(f, vrrp);
	read_held(f, heir);
	fclose(f);
	return count;
}

/* What it serves by is what this keeper goes on with. */
static void take_held(const struct found *vrrp, struct orphan *out)
{
	out->vrrp = vrrp->pid;
	out->ledger = open_ledger(vrrp);
	out->held = vrrp->held;
	out->accepted = open_configuration(vrrp, vrrp->held.packed);
	out->return_at = TICK_NEVER;
	if (!out->accepted.model || vrrp->return_at == TICK_NEVER)
		return;
	out->fallback = open_configuration(vrrp, vrrp->held.fallback);
	if (out->fallback.model)
		out->return_at = vrrp->return_at;
}

/* Before the run directory's sockets are made anew. */
void resume_find(struct keeper *k, struct orphan *out)
{
	struct found vrrp = { 0 }, ctl = { 0 }, heir = { 0 };
	int count = read_state(k, &vrrp, &ctl, &heir);

	*out = ORPHAN_NONE;
	if (count < 5)
		return;
	end_orphan(ctl.pid, ctl.started, ORPHAN_MS);
	if (count == 8 && heir_serves(&heir)) {
		end_orphan(vrrp.pid, vrrp.started, 0);
		vrrp = heir;
	} else if (count == 8) {
		end_orphan(heir.pid, heir.started, 0);
	}
	if (lives(&vrrp))
		take_held(&vrrp, out);
}

/* The children serve on; what they run and know is replaced next. */
bool resume_take(struct keeper *k, const struct orphan *o)
{
	struct child *c = k->server;
	struct ledger_process *self;
	struct ledger *ledger = NULL;
	int view = -1;

	if (o->ledger < 0 && o->vrrp <= 0)
		return false;
	if (o->ledger >= 0 && ledger_map(o->ledger, true, &ledger) == 0)
		view = generation_view(o->ledger);
	if (view < 0) {
		log_line(LOG_WARNING,
			 "the vrrp process %d has another ledger; "
			 "it hands over",
			 (int)o->vrrp);
		end_orphan(o->vrrp, procfs_start_time(o->vrrp), HANDOVER_MS);
		ledger_unmap(ledger);
		if (o->ledger >= 0)
			close(o->ledger);
		if (o->control >= 0)
			close(o->control);
		return false;
	}
	/* It may have died meanwhile; what it knew is here. */
	c->process.pidfd = o->vrrp > 0 ? pidfd_open(o->vrrp, 0) : -1;
	c->process.pid = c->process.pidfd >= 0 ? o->vrrp : 0;
	c->control = o->control;
	c->running = c->process.pid > 0;
	c->go_at = clock_now();
	c->held = o->held;
	k->now = GENERATION_NONE;
	k->now.ledger = ledger;
	k->now.fd = o->ledger;
	k->now.view = view;
	self = &ledger->processes[0];
	if (!c->running) /* while there was no keeper */
		ledger_note_death(ledger, clock_now());
	ledger_begin(&self->sequence);
	self->pid = getpid();
	self->started_real = clock_real_now();
	self->restarts++;
	ledger_end(&self->sequence);
	k->logged = ledger_newest(ledger);
	k->late_seen = ledger_server(ledger)->turns_late;
	k->raised = child_row(k, c)->real_time;
	log_line(LOG_NOTICE, "took over %s %d",
		 c->running ? "the vrrp process" : "what was known of process",
		 (int)o->vrrp);
	return true;
}

/*
 * A package manager gives a new file the name of the old one, whose inode
 * lives as long as it runs here. What cannot be looked at is no program.
 */
bool resume_is_other(const struct keeper *k)
{
	struct stat runs, installed;

	return stat("/proc/self/exe", &runs) == 0 &&
	       stat(k->setup->program, &installed) == 0 &&
	       (runs.st_dev != installed.st_dev ||
		runs.st_ino != installed.st_ino);
}

static void keep_over_exec(const int *fds, unsigned count, bool keep)
{
	for (unsigned n = 0; n < count; n++)
		if (fds[n] >= 0)
			fcntl(fds[n], F_SETFD, keep ? 0 : FD_CLOEXEC);
}

/*
 * Descriptors that survive execve(2), and which is which. The sockets are
 * among them: who asks or orders meanwhile waits, and is not told that nobody
 * is there.
 */
int resume_upgrade(struct keeper *k)
{
	const struct child *v = k->server;
	const int kept[] = { k->lock,   k->now.fd, v->control,   k->waiting,
			     k->listen, k->door,   k->now.packed };
	char text[128];
	int error;

	snprintf(text, sizeof(text), "%d %d %d %d %d %d %d %d", k->lock,
		 k->now.fd, v->control, (int)v->process.pid, k->waiting,
		 k->listen, k->door, k->now.packed);
	resume_remember(k);
	keep_over_exec(kept, ARRAY_LENGTH(kept), true);
	setenv(RESUME_VARIABLE, text, 1);
	execv(k->setup->program, (char **)(uintptr_t)k->setup->arguments);
	error = -errno;
	unsetenv(RESUME_VARIABLE);
	keep_over_exec(kept, ARRAY_LENGTH(kept), false);
	return error;
}

/* True in the program that an upgrade has executed. */
bool resume_inherit(struct keeper *k, struct orphan *out)
{
	const char *text = getenv(RESUME_VARIABLE);
	int vrrp = 0;

	*out = ORPHAN_NONE;
	/* The last may be missing: an older program had less to tell. */
	if (!text || sscanf(text, "%d %d %d %d %d %d %d %d", &k->lock,
			    &out->ledger, &out->control, &vrrp, &k->waiting,
			    &k->listen, &k->door, &out->accepted.packed) < 4)
		return false;
	out->vrrp = vrrp;
	unsetenv(RESUME_VARIABLE);
	const int kept[] = {
		k->lock,   out->ledger, out->control,        k->waiting,
		k->listen, k->door,     out->accepted.packed
	};
	keep_over_exec(kept, ARRAY_LENGTH(kept), false);
	out->accepted.model = conf_reading_unpack(out->accepted.packed);
	if (!out->accepted.model)
		configuration_free(&out->accepted);
	return true;
}
