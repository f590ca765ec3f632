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
#include "ledger/state.h"

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

/* In a state file of before: what the process, and then what its heir runs. */
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

/* Who answers questions: it is ended before another takes its socket. */
static const struct process *answering(const struct keeper *k)
{
	static const struct process none;

	for (unsigned n = 0; n < k->child_count; n++)
		if (k->children[n].row->keeps & KEEPS_LISTEN)
			return &k->children[n].process;
	return &none;
}

/*
 * A process and what it runs: the configuration, and if that is on trial the
 * one to go back to, and when.
 */
static void describe(const struct keeper *k, const struct child *c,
		     const struct conf_model *model, struct state_process *out)
{
	const struct conf_model *back = k->fallback.model;
	bool trial = back && back != model;
	/* On its way back already: at once. */
	tick_t at = k->succession.confirm_by == TICK_NEVER
			    ? 0
			    : k->succession.confirm_by;

	*out = (struct state_process){
		.pid = c->process.pid,
		.started = procfs_start_time(c->process.pid),
		.ledger = c->held.ledger,
		.packed = c->held.packed,
		.fallback = trial ? c->held.fallback : -1,
		.return_at = trial ? at : TICK_NEVER,
	};
}

/* For a keeper that comes after this one. */
void resume_remember(struct keeper *k)
{
	const struct process *c = answering(k);
	struct state s = { .answers = c->pid,
			   .answers_started = procfs_start_time(c->pid) };

	describe(k, k->server, k->now.model, &s.server);
	if (k->succession.phase == SUCCESSION_YIELD)
		describe(k, &k->heir, k->next.model, &s.heir);
	state_write(k, &s);
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

static void end_orphan(pid_t pid, uint64_t started, int signal, int patience)
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
	process_signal(&p, signal);
	if (!has_ended(&end, patience))
		process_signal(&p, SIGKILL);
	poll(&end, 1, ORPHAN_MS);
	waitpid(pid, NULL, WNOHANG); /* after an upgrade it is our child */
	close(p.pidfd);
}

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

static void read_held(const char **text, struct found *out)
{
	int end = 0;

	out->held.packed = out->held.fallback = -1;
	out->return_at = TICK_NEVER;
	(void)!sscanf(*text, " " HELD_WORD " %d %d %" SCNd64 "%n",
		      &out->held.packed, &out->held.fallback, &out->return_at,
		      &end);
	*text += end;
}

/*
 * What a program wrote that had another form: 5 numbers, or 8 with an heir, and
 * what each of them runs.
 */
static bool read_old(const char *text, struct found *server, struct found *heir,
		     struct found *answers)
{
	int end = 0, count;

	count = sscanf(text, "%d %" SCNu64 " %d %" SCNu64 " %d%n", &server->pid,
		       &server->started, &answers->pid, &answers->started,
		       &server->held.ledger, &end);
	if (count < 5)
		return false;
	text += end;
	end = 0;
	if (sscanf(text, "%d %" SCNu64 " %d%n", &heir->pid, &heir->started,
		   &heir->held.ledger, &end) == 3)
		text += end;
	else
		*heir = (struct found){ 0 };
	read_held(&text, server);
	read_held(&text, heir);
	return true;
}

static struct found found_of(const struct state_process *p)
{
	return (struct found){
		.pid = p->pid,
		.started = p->started,
		.held = { p->ledger, p->packed, p->fallback },
		.return_at = p->return_at,
	};
}

/* False: the file says nothing. */
static bool read_state(const struct keeper *k, struct found *server,
		       struct found *heir, struct found *answers)
{
	char file[STATE_SIZE + 1];
	size_t length = state_read(k, file);
	struct state s;

	file[length] = '\0';
	if (!state_decode(file, length, &s))
		return read_old(file, server, heir, answers);
	*server = found_of(&s.server);
	*heir = found_of(&s.heir);
	*answers = (struct found){ .pid = s.answers,
				   .started = s.answers_started };
	return true;
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

static const struct found *in_list(const struct found *list, unsigned count,
				   pid_t pid)
{
	for (unsigned n = 0; n < count; n++)
		if (list[n].pid == pid)
			return &list[n];
	return NULL;
}

/* One that another keeper keeps, which has lost this directory: 0, or who. */
static pid_t kept_by(const struct found *list, unsigned count)
{
	for (unsigned n = 0; n < count; n++)
		if (list[n].keeper)
			return list[n].keeper;
	return 0;
}

/* What serves, by what /proc shows: the newest. */
static const struct found *newest(const struct found *list, unsigned count)
{
	const struct found *best = NULL;

	for (unsigned n = 0; n < count; n++)
		if (list[n].serves &&
		    (!best || list[n].started > best->started))
			best = &list[n];
	return best;
}

/*
 * What the state file says may be of before, as its file system may have been
 * full or it may have been removed. What /proc shows is so now.
 */
static void correct(const struct keeper *k, const struct found *list,
		    unsigned count, struct found *server, struct found *heir)
{
	const struct found *seen = in_list(list, count, server->pid);
	const struct found *best = newest(list, count), *next;

	if (!best || lives(heir) || (lives(server) && (!seen || seen->serves)))
		return;
	log_line(LOG_NOTICE,
		 "found in /proc: process %d serves, of which %s/" KEEPER_STATE
		 " does not tell",
		 (int)best->pid, k->setup->run_dir);
	*server = *best;
	next = best->heir ? in_list(list, count, best->heir) : NULL;
	*heir = next ? *next : (struct found){ 0 };
}

/*
 * What nobody goes on with. Beside one that this keeper goes on with it leaves
 * all as it is; else it hands over.
 */
static void end_strays(const struct found *list, unsigned count,
		       const struct found *server)
{
	bool goes_on = server->pid > 0;

	for (unsigned n = 0; n < count; n++) {
		const struct found *f = &list[n];

		if (f->pid == server->pid || !lives(f))
			continue;
		log_line(LOG_WARNING,
			 "process %d of another batond is left over; it is "
			 "ended",
			 (int)f->pid);
		if (!f->serves)
			end_orphan(f->pid, f->started, SIGKILL, 0);
		else if (goes_on)
			end_orphan(f->pid, f->started, COMMAND_YIELD,
				   ORPHAN_MS);
		else
			end_orphan(f->pid, f->started, SIGTERM, HANDOVER_MS);
	}
}

/* Before the run directory's sockets are made anew. */
int resume_find(struct keeper *k, bool upgraded, struct orphan *out)
{
	struct found server = { 0 }, heir = { 0 }, answers = { 0 };
	struct found list[STRAYS_MAX];
	unsigned count = upgraded ? 0 : strays_find(k, list);
	pid_t other = kept_by(list, count);

	*out = ORPHAN_NONE;
	if (other) {
		log_line(LOG_ERR,
			 "process %d runs with %s, though that was removed or "
			 "replaced since; stop it first",
			 (int)other, k->setup->run_dir);
		return -EBUSY;
	}
	if (!read_state(k, &server, &heir, &answers))
		server = heir = answers = (struct found){ 0 };
	end_orphan(answers.pid, answers.started, SIGTERM, ORPHAN_MS);
	correct(k, list, count, &server, &heir);
	if (heir.pid > 0 && heir_serves(&heir)) {
		end_orphan(server.pid, server.started, SIGTERM, 0);
		server = heir;
	} else if (heir.pid > 0) {
		end_orphan(heir.pid, heir.started, SIGTERM, 0);
	}
	if (!lives(&server))
		server.pid = 0;
	end_strays(list, count, &server);
	if (server.pid > 0)
		take_held(&server, out);
	return 0;
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
		end_orphan(o->vrrp, procfs_start_time(o->vrrp), SIGTERM,
			   HANDOVER_MS);
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
	ledger->keeper_began = procfs_start_time(getpid());
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
