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
#include "ctl/growing.h"
#include "ctl/keepalived.h"
#include "ctl/view.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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

/* A daemon that finds this file stays out (keeper/control.c). */
static bool ask_to_stay_out(const struct command *c)
{
	char path[4096];
	int fd;

	(void)mkdir(c->run_dir, 0755);
	snprintf(path, sizeof(path), "%s/drained", c->run_dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0) {
		fprintf(stderr, "baton: takeover: %s: %s\n", path,
			strerror(errno));
		return false;
	}
	close(fd);
	return true;
}

/*
 * Beside keepalived. Its unit would stop keepalived first (Conflicts=), so
 * systemd is told to start it and do nothing else.
 */
static bool start(const struct command *c)
{
	static const char *const units[] = {
		"systemctl", "--job-mode=ignore-dependencies",
		"start",     RUN_UNIT,
		UNIT,        NULL,
	};
	const char *words[] = { "batond", "--run-dir", c->run_dir,
				NULL,     NULL,        NULL };
	bool by_unit = !c->argument && has_unit(UNIT);

	if (c->argument) {
		words[3] = "-f";
		words[4] = c->argument;
	}
	if (!ask_to_stay_out(c))
		return false;
	if (run(by_unit ? units : words, false) == 0)
		return true;
	fprintf(stderr, "baton: takeover: batond does not start; keepalived "
			"goes on\n");
	return false;
}

/* Drained, and all that is tracked is known. */
static bool is_ready(const struct command *c)
{
	json_t *status = NULL;
	const char *waits_for = "";
	bool drained = false;

	for (long ms = 0; ms < READY_MS && waits_for; ms += LOOK_MS) {
		json_decref(status);
		status = status_of(c);
		if (status) {
			drained = json_is_true(
				json_object_get(status, "drained"));
			waits_for = drained ? pending(status) : NULL;
		}
		if (waits_for)
			pause_ms(LOOK_MS);
	}
	if (waits_for)
		fprintf(stderr,
			"baton: takeover: batond %s%s after %d s; it stays out "
			"(drained), and keepalived goes on\n",
			*waits_for ? "knows nothing of " : "does not answer",
			waits_for, READY_MS / 1000);
	else if (!drained)
		fprintf(stderr,
			"baton: takeover: batond is in service already\n");
	json_decref(status);
	return !waits_for && drained;
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

/* Between the two moments nobody speaks; it is far less than an interval. */
static int change_over(const struct command *c, struct keepalived *k)
{
	const struct command order = { .run_dir = c->run_dir };

	if (!keepalived_freeze(k)) {
		fprintf(stderr,
			"baton: takeover: keepalived cannot be stopped "
			"where it stands: %s\n",
			strerror(errno));
		return COMMAND_FAILED;
	}
	if (command_take_over(&order) != COMMAND_DONE) {
		keepalived_thaw(k);
		fprintf(stderr, "baton: takeover: keepalived goes on\n");
		return COMMAND_FAILED;
	}
	keepalived_end(k);
	settle_units();
	return tell_result(c);
}

int command_takeover(const struct command *c)
{
	struct keepalived k;
	json_t *status;
	pid_t pid;

	if (!keepalived_find(&k) || k.count == 0) {
		fprintf(stderr, "baton: takeover: no keepalived runs in this "
				"network namespace; start batond\n");
		return COMMAND_FAILED;
	}
	pid = keepalived_main(&k);
	if (!pid) {
		fprintf(stderr, "baton: takeover: several keepalived run here; "
				"stop all but one\n");
		return COMMAND_FAILED;
	}
	status = status_of(c);
	if (!status && !start(c))
		return COMMAND_FAILED;
	json_decref(status);
	if (!is_ready(c))
		return COMMAND_FAILED;
	/* Which may have forked since. */
	if (!keepalived_find(&k) || keepalived_main(&k) != pid) {
		fprintf(stderr, "baton: takeover: keepalived was started "
				"again meanwhile; try again\n");
		return COMMAND_FAILED;
	}
	return change_over(c, &k);
}
