/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `baton takeover`: batond in place of a keepalived that runs, without a
 * moment in which nobody serves.
 *
 * Told to stop, keepalived takes the addresses away. So it is not told: batond
 * is started beside it and stays out (drained) until all that it needs to know
 * is known; then keepalived is made to stand still, batond becomes Active where
 * the kernel has the addresses, and keepalived is killed, which leaves all that
 * it has put into the kernel. Until then every failure lets it go on.
 */
#include "ctl/command.h"

#include "ctl/client.h"
#include "ctl/command_takeover_check.h"
#include "ctl/growing.h"
#include "ctl/guard.h"
#include "ctl/keepalived.h"
#include "ctl/view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How long batond may take to start, and scripts to say a first word. */
#define READY_MS 30000
/* ... and virtual routers to start. */
#define START_MS 3000
#define LOOK_MS  20

#define UNIT     "batond.service"
#define RUN_UNIT "batond-run.service"

/* The status, or NULL: nobody answers. */
static json_t *status_of(const struct command *c)
{
	struct client client = { .run_dir = c->run_dir };
	const struct client_question question = { .path = "/status" };
	struct text answer;
	json_t *json;

	if (client_fetch(&client, &question, &answer) != 200)
		return NULL;
	json = view_read(answer.bytes, answer.length);
	growing_free(&answer);
	return json;
}

/* The first that says nothing yet of what virtual routers track, or NULL. */
static const char *pending(const json_t *status)
{
	static const char *const keys[] = { "scripts", "track_files",
					    "track_processes" };
	const json_t *one;
	size_t at;

	for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++)
		json_array_foreach(
			json_object_get(status, keys[k]), at,
			one) if (strcmp(view_string(one, "verdict"), "none") ==
				 0) return view_string(one, "name");
	return NULL;
}

static unsigned count_of(const json_t *status, const char *state)
{
	unsigned count = 0;
	const json_t *one;
	size_t at;

	json_array_foreach(json_object_get(status, "instances"), at, one)
		count += strcmp(view_string(one, "state"), state) == 0;
	return count;
}

static void pause_ms(long ms)
{
	const struct timespec time = { .tv_nsec = ms * 1000000 };

	nanosleep(&time, NULL);
}

static tick_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * TICK_SECOND + t.tv_nsec;
}

static void show(FILE *said)
{
	char line[1024];

	rewind(said);
	while (fgets(line, sizeof(line), said))
		fputs(line, stderr);
}

/*
 * Runs it to its end: its exit status, or -1. What it says is shown then: a
 * daemon that it starts would keep a pipe of ours open.
 */
static int run(const char *const *words, bool silent)
{
	FILE *said = tmpfile();
	int status = -1;
	pid_t pid = said ? fork() : -1;

	if (pid == 0) {
		dup2(fileno(said), STDOUT_FILENO);
		dup2(fileno(said), STDERR_FILENO);
		execvp(words[0], (char *const *)words);
		fprintf(stderr, "baton: %s: %s\n", words[0], strerror(errno));
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		status = -1;
	if (said && !silent)
		show(said);
	if (said)
		fclose(said);
	return status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool has_unit(const char *unit)
{
	const char *const words[] = { "systemctl", "cat", unit, NULL };

	return access("/run/systemd/system", F_OK) == 0 &&
	       run(words, true) == 0;
}

/*
 * A daemon that finds this file stays out (keeper/control.c). `made`: it was
 * not there before.
 */
static bool ask_to_stay_out(const struct command *c, char path[4096],
			    bool *made)
{
	int fd;

	(void)mkdir(c->run_dir, 0755);
	snprintf(path, 4096, "%s/drained", c->run_dir);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	*made = fd >= 0;
	if (fd >= 0)
		close(fd);
	if (*made || errno == EEXIST)
		return true;
	fprintf(stderr, "baton: takeover: %s: %s\n", path, strerror(errno));
	return false;
}

/*
 * Beside keepalived. Its unit would stop keepalived first (Conflicts=), so
 * systemd is told to start it and do nothing else.
 */
static bool start(const struct command *c, const char *config_id)
{
	static const char *const units[] = {
		"systemctl", "--job-mode=ignore-dependencies",
		"start",     RUN_UNIT,
		UNIT,        NULL,
	};
	const char *words[] = { "batond", "--run-dir", c->run_dir, NULL,
				NULL,     NULL,        NULL,       NULL };
	bool by_unit = !c->argument && has_unit(UNIT), made;
	char drained[4096];

	if (c->argument) {
		words[3] = "-f";
		words[4] = c->argument;
	}
	if (c->argument && *config_id) {
		words[5] = "-i";
		words[6] = config_id;
	}
	if (!ask_to_stay_out(c, drained, &made))
		return false;
	if (run(by_unit ? units : words, false) == 0)
		return true;
	/* One that is started later by itself is to serve. */
	if (made)
		unlink(drained);
	fprintf(stderr, "baton: takeover: batond does not start; keepalived "
			"goes on\n");
	return false;
}

/* `vrrp` has turned since then, so what was known then is in its states. */
static bool has_turned(const json_t *status, tick_t since)
{
	double age = view_number(status, "heartbeat_age_ms");

	return view_has(status, "heartbeat_age_ms") &&
	       age < (double)(now() - since) / TICK_MILLISECOND - LOOK_MS;
}

/* Its status when all that is tracked is known, if it is drained; or NULL. */
static json_t *wait_ready(const struct command *c)
{
	json_t *status = NULL;
	const char *waits_for = "";
	tick_t known = TICK_NEVER;
	bool drained = false;

	for (long ms = 0; ms < READY_MS && waits_for; ms += LOOK_MS) {
		json_decref(status);
		status = status_of(c);
		if (status) {
			drained = json_is_true(
				json_object_get(status, "drained"));
			waits_for = drained ? pending(status) : NULL;
		}
		known = waits_for ? TICK_NEVER : tick_min(known, now());
		if (drained && !waits_for && !has_turned(status, known))
			waits_for = "vrrp";
		if (waits_for)
			pause_ms(LOOK_MS);
	}
	if (waits_for)
		fprintf(stderr, "baton: takeover: batond %s%s after %d s\n",
			*waits_for ? "knows nothing of " : "does not answer",
			waits_for, READY_MS / 1000);
	else if (!drained)
		fprintf(stderr,
			"baton: takeover: batond is in service already\n");
	if (!waits_for && drained)
		return status;
	json_decref(status);
	return NULL;
}

/* What became of the virtual routers. */
static int tell_result(const struct command *c)
{
	json_t *status = status_of(c);

	for (long ms = 0; ms < START_MS && status && count_of(status, "init");
	     ms += LOOK_MS) {
		pause_ms(LOOK_MS);
		json_decref(status);
		status = status_of(c);
	}
	if (!status) {
		fprintf(stderr, "baton: takeover: batond does not answer\n");
		return COMMAND_FAILED;
	}
	printf("batond runs in place of keepalived: %u active, %u backup, "
	       "%u fault\n",
	       count_of(status, "active"), count_of(status, "backup"),
	       count_of(status, "fault"));
	json_decref(status);
	return command_flush();
}

/* For the next boot, and for what systemd would start again. */
static void settle_units(void)
{
	static const char *const stop[] = { "systemctl", "stop",
					    "keepalived.service", NULL };

	if (!has_unit("keepalived.service"))
		return;
	(void)run(stop, false);
	printf("for the next boot: systemctl disable keepalived && systemctl "
	       "enable batond\n");
}

/*
 * Between the two moments nobody speaks. The others notice after three
 * intervals; so batond has one of them, and if it has not begun until then it
 * never does.
 */
static bool change_over(const struct command *c, struct keepalived *k,
			const struct guard *g, tick_t interval)
{
	const struct command order = { .run_dir = c->run_dir };
	tick_t until = now() + interval;
	int error;

	if (!keepalived_freeze(k)) {
		fprintf(stderr,
			"baton: takeover: keepalived cannot be stopped "
			"where it stands: %s\n",
			strerror(errno));
		return false;
	}
	error = command_take_over(&order, until);
	if (error && (error != ETIMEDOUT || guard_revoke(g))) {
		keepalived_thaw(k);
		if (error == ETIMEDOUT)
			fprintf(stderr,
				"baton: takeover: batond did not answer within "
				"%lld ms, the shortest advertisement interval\n",
				(long long)(interval / TICK_MILLISECOND));
		return false;
	}
	keepalived_end(k);
	return true;
}

/* The same keepalived stands still and ends, or goes on. */
static bool replace(const struct command *c, pid_t pid, tick_t interval)
{
	struct keepalived k;
	struct guard guard;
	bool done;

	/* Which may have forked since. */
	if (!keepalived_find(&k) || keepalived_main(&k) != pid) {
		fprintf(stderr, "baton: takeover: keepalived was started "
				"again meanwhile; try again\n");
		return false;
	}
	if (!guard_begin(&guard, c->run_dir))
		return false;
	done = change_over(c, &k, &guard, interval);
	guard_end(&guard);
	return done;
}

/* The one that runs, and how it was called; 0: that was told. */
static pid_t find(struct keepalived_options *theirs)
{
	struct keepalived k;
	pid_t pid;

	if (!keepalived_find(&k) || k.count == 0) {
		fprintf(stderr, "baton: takeover: no keepalived runs in this "
				"network namespace; start batond\n");
		return 0;
	}
	pid = keepalived_main(&k);
	if (!pid)
		fprintf(stderr, "baton: takeover: several keepalived run here; "
				"stop all but one\n");
	else if (!keepalived_options_of(pid, theirs)) {
		fprintf(stderr,
			"baton: takeover: the command line of keepalived, "
			"process %d, cannot be read\n",
			pid);
		pid = 0;
	} else if (theirs->no_vrrp) {
		fprintf(stderr, "baton: takeover: keepalived runs its checkers "
				"only (-C); it has no virtual router\n");
		pid = 0;
	}
	return pid;
}

/* With a batond that is drained, until keepalived is replaced. */
static bool take_over(const struct command *c,
		      const struct keepalived_options *theirs, pid_t pid)
{
	json_t *status = wait_ready(c);
	bool done = status && takeover_addresses_fit(c, theirs, status) &&
		    takeover_serves(c, status) &&
		    replace(c, pid, takeover_interval(status));

	if (!done)
		fprintf(stderr, "baton: takeover: keepalived goes on%s\n",
			status ? "; batond stays out (drained): `baton reload` "
				 "reads its file anew"
			       : "");
	json_decref(status);
	return done;
}

int command_takeover(const struct command *c)
{
	struct keepalived_options theirs;
	pid_t pid = find(&theirs);
	json_t *status;
	bool begun;

	if (!pid)
		return COMMAND_FAILED;
	status = status_of(c);
	begun = status ||
		(takeover_file_fits(c, &theirs) && start(c, theirs.config_id));
	json_decref(status);
	if (!begun || !take_over(c, &theirs, pid))
		return COMMAND_FAILED;
	settle_units();
	return tell_result(c);
}
