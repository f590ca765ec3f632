/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sys/process.h and sys/rundir.h: children, their rights, the run directory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sys/rundir.h"
#include "sys_child.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static int exit_with(void *context)
{
	return *(int *)context;
}

static int wait_for_ever(void *context)
{
	(void)context;
	for (;;)
		pause();
	return 0;
}

static void the_end_is_told(void **state)
{
	int status = 42;
	struct process_end end;
	struct process p = spawn(exit_with, &status);

	(void)state;
	end = end_of(&p);
	assert_false(end.killed);
	assert_int_equal(end.value, 42);
	assert_int_equal(process_reap(&p, &end), -ECHILD);

	p = spawn(wait_for_ever, NULL);
	assert_int_equal(process_reap(&p, &end), 0);
	assert_int_equal(process_signal(&p, SIGKILL), 0);
	end = end_of(&p);
	assert_true(end.killed);
	assert_int_equal(end.value, SIGKILL);
	assert_int_equal(process_signal(&p, SIGKILL), -ESRCH);
}

/* The parent blocks and ignores signals; the child must not. */
static void children_have_default_signals(void **state)
{
	struct process_end end;
	struct process p;
	sigset_t set, old;

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &old);
	signal(SIGTERM, SIG_IGN);
	p = spawn(wait_for_ever, NULL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGTERM, SIG_DFL);
	/* Until the child has put them back, the signal is lost. */
	for (unsigned i = 0; i < 2000 && process_reap(&p, &end) == 0; i++) {
		process_signal(&p, SIGTERM);
		usleep(10000);
	}
	assert_int_equal(p.pid, 0);
	assert_true(end.killed);
	assert_int_equal(end.value, SIGTERM);
}

struct descriptors {
	int keep[3];
	int lose[3];
};

static int check_descriptors(void *context)
{
	const struct descriptors *d = context;
	int bad = 0;

	for (unsigned i = 0; i < 3; i++) {
		bad += fcntl(d->keep[i], F_GETFD) < 0;
		bad += fcntl(d->lose[i], F_GETFD) >= 0;
		bad += fcntl((int)i, F_GETFD) < 0;
	}
	return bad;
}

static void only_listed_descriptors_are_kept(void **state)
{
	struct descriptors d;
	struct process_config config = {
		.name = "test",
		.main = check_descriptors,
		.context = &d,
		.keep = d.keep,
		.keep_count = 3,
	};
	struct process p;

	(void)state;
	d.lose[0] = dup(0);
	d.keep[2] = dup(0);
	d.keep[1] = dup(0);
	d.lose[1] = dup(0);
	d.keep[0] = fcntl(0, F_DUPFD, 700);
	d.lose[2] = fcntl(0, F_DUPFD, 900);
	assert_int_equal(process_spawn(&config, &p), 0);
	assert_int_equal(end_of(&p).value, 0);
	for (unsigned i = 0; i < 3; i++) {
		close(d.keep[i]);
		close(d.lose[i]);
	}
}

/* What another process of this one has left, as the first of a container. */
static int leave_an_orphan(void *context)
{
	struct process_config config = { .name = "stranger",
					 .main = exit_with,
					 .context = context };
	struct process p;

	return process_spawn(&config, &p) ? 1 : 0;
}

static bool is_it(const void *context, pid_t pid)
{
	return pid == *(const pid_t *)context;
}

static void strangers_are_collected(void **state)
{
	int status = 7;
	struct process ours, parent;
	siginfo_t info;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	ours = spawn(exit_with, &status);
	assert_true(lan_readable(ours.pidfd));
	process_reap_strangers(is_it, &ours.pid);
	assert_int_equal(end_of(&ours).value, 7);
	parent = spawn(leave_an_orphan, &status);
	assert_int_equal(end_of(&parent).value, 0);
	for (unsigned n = 0; n < 5000; n++) {
		process_reap_strangers(is_it, &ours.pid);
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT))
			break;
		usleep(1000);
	}
	assert_int_equal(errno, ECHILD);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0), 0);
}

/* For a while: nobody may be able to end it. */
static int wait_a_minute(void *context)
{
	(void)context;
	alarm(60);
	return wait_for_ever(NULL);
}

/* In a child of its own: signals a process of another user. */
static int signal_another_user(void *context)
{
	struct process_rights only = {
		.capabilities = PROCESS_CAP(CAP_SETUID) |
				PROCESS_CAP(CAP_SETGID) |
				PROCESS_CAP(CAP_SETPCAP),
	};
	struct process_config config = {
		.name = "other",
		.main = wait_a_minute,
		.rights = { .change_user = true, .uid = 65534, .gid = 65534 },
		.restrict_rights = true,
	};
	struct process_end end = { 0 };
	struct process p;

	if (process_restrict(&only) || process_spawn(&config, &p))
		return 1;
	/* Until it has become the other user, it is like us. */
	for (unsigned n = 0; n < 10000 && !kill(p.pid, 0); n++)
		usleep(1000);
	if (!kill(p.pid, 0) || errno != EPERM)
		return 2;
	if (process_signal(&p, *(int *)context))
		return 3;
	if (!lan_readable(p.pidfd) || process_reap(&p, &end) != 1)
		return 4;
	return end.killed && end.value == *(int *)context ? 0 : 5;
}

static void another_user_is_signalled_without_cap_kill(void **state)
{
	int signals[] = { SIGTERM, SIGKILL };

	(void)state;
	need_root();
	for (unsigned i = 0; i < 2; i++) {
		struct process p = spawn(signal_another_user, &signals[i]);

		assert_int_equal(end_of(&p).value, 0);
	}
}

/* A parent that starts a child, tells its id and dies. */
static int orphan(void *context)
{
	struct process_config config = {
		.name = "orphan",
		.main = wait_for_ever,
		.rights = { .capabilities = 0 },
		.restrict_rights = geteuid() == 0,
		.death_signal = SIGKILL,
	};
	struct process p;

	if (process_spawn(&config, &p))
		return 1;
	/* It keeps the pipe open: its end is read when both are dead. */
	usleep(50000);
	return write(*(int *)context, &p.pid, sizeof(p.pid)) < 0;
}

static void children_die_with_their_parent(void **state)
{
	int ends[2];
	struct process_config config = { .name = "parent", .main = orphan };
	struct process p;
	tick_t deadline = clock_now() + LAN_PATIENCE;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	config.context = &ends[1];
	config.keep = &ends[1];
	config.keep_count = 1;
	/* So that the orphan is ours to wait for. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(process_spawn(&config, &p), 0);
	assert_int_equal(end_of(&p).value, 0);
	assert_int_equal(read(ends[0], &child, sizeof(child)), sizeof(child));
	while (waitpid(child, NULL, WNOHANG) == 0 && clock_now() < deadline)
		usleep(2000);
	assert_int_equal(kill(child, 0), -1);
	close(ends[0]);
	close(ends[1]);
}

static int wait_titled(void *context)
{
	char byte = 'x';

	if (write(*(int *)context, &byte, 1) != 1)
		return 1;
	return wait_for_ever(NULL);
}

static void read_proc(pid_t pid, const char *file, char *out, size_t size)
{
	char path[64];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	length = read(fd, out, size - 1);
	assert_true(length >= 0);
	out[length] = '\0';
	close(fd);
}

static void children_have_a_title(void **state)
{
	int ends[2];
	struct process_config config = {
		.name = "vrrp",
		.main = wait_titled,
		.keep_count = 1,
	};
	struct process p;
	char text[256], byte;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	config.context = &ends[1];
	config.keep = &ends[1];
	assert_int_equal(process_spawn(&config, &p), 0);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	read_proc(p.pid, "comm", text, sizeof(text));
	assert_string_equal(text, "batond-vrrp\n");
	read_proc(p.pid, "cmdline", text, sizeof(text));
	assert_string_equal(text, "batond: vrrp");
	/* The environment was moved, not lost. */
	assert_non_null(getenv("PATH"));
	process_signal(&p, SIGKILL);
	end_of(&p);
	close(ends[0]);
	close(ends[1]);
}

static char run_dir[] = "/tmp/baton-unit-XXXXXX";

static const char *in_run_dir(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", run_dir, name);
	return path;
}

static int make_run_dir(void **state)
{
	(void)state;
	return mkdtemp(run_dir) ? 0 : -1;
}

static int remove_run_dir(void **state)
{
	static const char *const names[] = { "lock", "socket", "file" };

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		unlink(in_run_dir(names[i]));
	return rmdir(run_dir);
}

static void the_directory_is_made(void **state)
{
	struct stat status;
	mode_t mask;

	(void)state;
	assert_int_equal(rmdir(run_dir), 0);
	mask = umask(0077);
	assert_int_equal(rundir_make(run_dir), 0);
	umask(mask);
	assert_int_equal(stat(run_dir, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0755);
	assert_int_equal(rundir_make(run_dir), 0);
	assert_int_equal(rundir_make("/dev/null"), -ENOTDIR);
	assert_int_equal(rundir_make("/nonsense/nonsense"), -ENOENT);
}

static void one_daemon_a_directory(void **state)
{
	pid_t holder = 0;
	int first = rundir_lock(run_dir, &holder);
	int second;

	(void)state;
	assert_true(first >= 0);
	assert_int_equal(rundir_lock(run_dir, &holder), -EBUSY);
	assert_int_equal(holder, getpid());
	close(first);
	second = rundir_lock(run_dir, &holder);
	assert_true(second >= 0);
	close(second);
	assert_int_equal(rundir_lock("/nonsense", &holder), -ENOENT);
}

static int connect_to(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(name.sun_path, path);
	if (connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0)
		return fd;
	close(fd);
	return -errno;
}

static void sockets_listen(void **state)
{
	const char *path = in_run_dir("socket");
	struct stat status;
	int listener, client, file;

	(void)state;
	listener = rundir_listen(path, 0660, (gid_t)-1);
	assert_true(listener >= 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0660);
	client = connect_to(path);
	assert_true(client >= 0);
	close(client);
	assert_int_equal(rundir_listen(path, 0600, (gid_t)-1), -EADDRINUSE);
	/* Nobody removed it: a daemon that was killed leaves it behind. */
	close(listener);
	assert_int_equal(connect_to(path), -ECONNREFUSED);
	listener = rundir_listen(path, 0600, (gid_t)-1);
	assert_true(listener >= 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	close(listener);
	/* What is no socket is left alone. */
	path = in_run_dir("file");
	file = open(path, O_CREAT | O_WRONLY, 0600);
	close(file);
	assert_int_equal(rundir_listen(path, 0600, (gid_t)-1), -EEXIST);
	assert_int_equal(access(path, F_OK), 0);
}

static void long_paths_are_refused(void **state)
{
	char path[200];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(rundir_listen(path, 0600, (gid_t)-1), -ENAMETOOLONG);
}

/* In the place of the C library's. */
static unsigned asked_names;

struct passwd *getpwnam(const char *name)
{
	static struct passwd many = { .pw_uid = 12, .pw_gid = 34 };

	asked_names++;
	return strcmp(name, PROCESS_USER_OF_MANY) == 0 ? &many : NULL;
}

/* A name service may be slow: it is asked once for each name. */
static void a_user_is_looked_up_once(void **state)
{
	struct process_rights rights;

	(void)state;
	for (unsigned n = 0; n < 3; n++) {
		rights = (struct process_rights){ 0 };
		assert_string_equal(process_unprivileged(&rights),
				    PROCESS_USER_OF_MANY);
		assert_true(rights.change_user);
		assert_int_equal(rights.uid, 12);
		assert_int_equal(rights.gid, 34);
		assert_int_equal(asked_names, 2);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_end_is_told),
		cmocka_unit_test(children_have_default_signals),
		cmocka_unit_test(only_listed_descriptors_are_kept),
		cmocka_unit_test(strangers_are_collected),
		cmocka_unit_test(another_user_is_signalled_without_cap_kill),
		cmocka_unit_test(children_die_with_their_parent),
		cmocka_unit_test(children_have_a_title),
		cmocka_unit_test(the_directory_is_made),
		cmocka_unit_test(one_daemon_a_directory),
		cmocka_unit_test(sockets_listen),
		cmocka_unit_test(long_paths_are_refused),
		cmocka_unit_test(a_user_is_looked_up_once),
	};

	process_title_init(argc, argv);
	return cmocka_run_group_tests(tests, make_run_dir, remove_run_dir);
}
