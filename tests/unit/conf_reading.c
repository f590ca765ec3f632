/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * files/reading.h: a configuration that other processes read is the one that
 * is in the files; and one whose reader dies, hangs, eats up the machine or
 * answers nonsense is none, with a sentence that says why.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/must.h"
#include "base/text.h"
#include "conf/model/conf.h"
#include "files/broker.h"
#include "files/parser.h"
#include "files/reading.h"
#include "sys/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define INSTANCE(name, vrid)                                                   \
	"vrrp_instance " name " {\n interface eth0\n virtual_router_id " vrid  \
	"\n virtual_ipaddress {\n 192.0.2." vrid "\n}\n}\n"

static char folder[] = "/tmp/baton-reading-XXXXXX";
static char path[256];
static char said_bytes[65536];
static struct text said;

static void tell(void *to, const char *text, size_t length)
{
	(void)to;
	text_add(&said, text, length);
}

static void put(const char *name, const char *text)
{
	char file[512];
	FILE *f;

	snprintf(file, sizeof(file), "%s/%s", folder, name);
	f = fopen(file, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	fclose(f);
}

static int read_errno; /* as conf_read() left it */

static struct conf_model *read_with(const struct conf_reading_setup *wish,
				    int *packed)
{
	struct conf_reading_setup setup = *wish;
	struct conf_model *model;

	setup.file = path;
	said = (struct text){ .bytes = said_bytes,
			      .capacity = sizeof(said_bytes) };
	errno = 0;
	model = conf_read(&setup, tell, NULL, packed);
	read_errno = errno;
	said_bytes[said.length] = '\0';
	return model;
}

static void assert_said(const char *text)
{
	if (!strstr(said_bytes, text))
		fail_msg("\"%s\" is not said, but \"%s\"", text, said_bytes);
}

/* There is no model after that time, or sooner, and the reason is said. */
static void assert_none_in(tick_t time,
			   int (*parse)(const struct conf_parser *),
			   const char *why)
{
	const struct conf_reading_setup setup = {
		.parse = parse,
		.limits = { .time = time, .seconds = 1 },
	};
	int packed = 0;

	assert_null(read_with(&setup, &packed));
	assert_int_equal(packed, -1);
	assert_said("error: not read: ");
	assert_said(why);
}

/* A second of processor time takes a busy machine much longer. */
static void assert_none(int (*parse)(const struct conf_parser *),
			const char *why)
{
	assert_none_in(60 * TICK_SECOND, parse, why);
}

static void files_are_read_with_all_that_they_include(void **state)
{
	struct conf_model *model, *again;
	int packed;

	(void)state;
	put("main", "include part*.conf\n" INSTANCE("C", "3"));
	put("part1.conf", INSTANCE("A", "1"));
	put("part2.conf", "include deeper\n" INSTANCE("B", "2"));
	put("deeper", "global_defs {\n router_id deep\n}\n");
	model = read_with(&(struct conf_reading_setup){ 0 }, &packed);
	assert_non_null(model);
	assert_int_equal(model->instance_count, 3);
	assert_string_equal(model->instances[0].name, "A");
	assert_string_equal(model->instances[1].name, "B");
	assert_string_equal(model->instances[2].name, "C");
	assert_string_equal(model->global.router_id, "deep");
	assert_int_equal(said.length, 0);

	again = conf_reading_unpack(packed);
	assert_non_null(again);
	assert_int_equal(again->instance_count, 3);
	conf_free(again);
	conf_free(model);
	close(packed);
}

static void what_was_read_can_be_changed_by_nobody(void **state)
{
	struct conf_model *model;
	int packed;

	(void)state;
	put("main", INSTANCE("A", "1"));
	model = read_with(&(struct conf_reading_setup){ 0 }, &packed);
	assert_non_null(model);
	assert_int_equal(pwrite(packed, "x", 1, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(packed, 0), -1);
	assert_ptr_equal(
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, packed, 0),
		MAP_FAILED);
	conf_free(model);
	close(packed);
}

/* Who hands it on may have put another one in its place, and keep it open. */
static void what_somebody_can_change_is_no_model(void **state)
{
	static const int seals[] = { 0, F_SEAL_SHRINK | F_SEAL_GROW,
				     F_SEAL_WRITE | F_SEAL_GROW };
	struct conf_model *model;
	char bytes[65536];
	ssize_t length;
	int packed;

	(void)state;
	put("main", INSTANCE("A", "1"));
	model = read_with(&(struct conf_reading_setup){ 0 }, &packed);
	assert_non_null(model);
	conf_free(model);
	length = pread(packed, bytes, sizeof(bytes), 0);
	assert_in_range(length, 1, sizeof(bytes) - 1);
	close(packed);
	for (unsigned n = 0; n < ARRAY_LENGTH(seals); n++) {
		packed = memfd_create("other", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		assert_int_equal(write(packed, bytes, (size_t)length), length);
		assert_int_equal(fcntl(packed, F_ADD_SEALS, seals[n]), 0);
		assert_null(conf_reading_unpack(packed));
		fcntl(packed, F_ADD_SEALS,
		      F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
		model = conf_reading_unpack(packed);
		assert_non_null(model);
		conf_free(model);
		close(packed);
	}
}

static void warnings_go_along_and_errors_refuse(void **state)
{
	struct conf_model *model;
	int packed;

	(void)state;
	put("main", "include nowhere\n" INSTANCE("A", "1"));
	model = read_with(&(struct conf_reading_setup){ 0 }, &packed);
	assert_non_null(model);
	assert_said("main:1:9: warning: ");
	conf_free(model);
	close(packed);

	put("main", INSTANCE("A", "999"));
	assert_null(read_with(&(struct conf_reading_setup){ 0 }, &packed));
	assert_said("main:3:20: error: ");
	assert_null(strstr(said_bytes, "not read"));
	assert_null(strstr(said_bytes, "\033"));
	assert_null(read_with(&(struct conf_reading_setup){ .colour = true },
			      &packed));
	assert_said("\033[");
	unlink(path);
	assert_null(read_with(&(struct conf_reading_setup){ 0 }, &packed));
	assert_said("does not exist");
}

/* What became of the last file that was met. */
static enum conf_input_state last_input(void)
{
	struct conf_model *model;
	enum conf_input_state state;
	int packed;

	model = read_with(&(struct conf_reading_setup){ 0 }, &packed);
	assert_non_null(model);
	assert_true(model->input_count > 0);
	state = model->inputs[model->input_count - 1].state;
	conf_free(model);
	close(packed);
	return state;
}

/* By somebody who ends soon; and by one who does not, which is told. */
static void a_file_that_is_written_is_waited_for(void **state)
{
	const struct timespec moment = { .tv_nsec = 300000000 };
	char file[512];
	int fd;

	(void)state;
	put("main", "include part1.conf\n" INSTANCE("A", "1"));
	put("part1.conf", "# something\n");
	assert_int_equal(last_input(), CONF_INPUT_READ);
	snprintf(file, sizeof(file), "%s/part1.conf", folder);
	fd = open(file, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(last_input(), CONF_INPUT_WRITTEN);
	assert_said("part1.conf is open for writing");
	if (fork() == 0) { /* who has it open after us */
		nanosleep(&moment, NULL);
		_exit(0);
	}
	close(fd);
	assert_int_equal(last_input(), CONF_INPUT_READ);
	assert_int_equal(said.length, 0);
	wait(NULL);
}

static int dies(const struct conf_parser *p)
{
	(void)p;
	raise(SIGKILL);
	return 0;
}

static int ends(const struct conf_parser *p)
{
	(void)p;
	return 77;
}

static int hangs(const struct conf_parser *p)
{
	while (p)
		pause();
	return 0;
}

static int spins(const struct conf_parser *p)
{
	while (p)
		__asm__ volatile("" : : : "memory");
	return 0;
}

static int says_nothing(const struct conf_parser *p)
{
	(void)p;
	return 0;
}

static int talks_nonsense(const struct conf_parser *p)
{
	static char bytes[100000];

	memset(bytes, 0x5a, sizeof(bytes));
	return write(p->model, bytes, sizeof(bytes)) < 0;
}

static int writes_for_ever(const struct conf_parser *p)
{
	/* With holes: to fill it would take a second of a busy machine. */
	for (off_t at = 1; pwrite(p->model, "", 1, at) == 1; at *= 2)
		;
	return 0;
}

static void what_cannot_be_used_is_not_read_again(void **state)
{
	int packed;

	(void)state;
	put("main", "nonsense {\n");
	assert_null(read_with(&(struct conf_reading_setup){ 0 }, &packed));
	assert_int_equal(read_errno, EINVAL);
	put("main", INSTANCE("A", "1"));
	conf_free(read_with(&(struct conf_reading_setup){ 0 }, &packed));
	assert_int_equal(read_errno, 0);
	close(packed);
}

static void a_reader_that_fails_yields_nothing(void **state)
{
	(void)state;
	put("main", INSTANCE("A", "1"));
	assert_none(dies, "killed by signal 9");
	assert_int_equal(read_errno, EAGAIN); /* for want of memory, say */
	assert_none(ends, "ended with status 77");
	assert_int_equal(read_errno, EAGAIN);
	assert_none_in(3 * TICK_SECOND, hangs, "it took more than 3.0 s\n");
	assert_int_equal(read_errno, EAGAIN);
	assert_none(spins, "it took more than 1 s of processor time");
	assert_int_equal(read_errno, EINVAL); /* it does not get better */
	assert_none(says_nothing, "what its process answers is no model");
	assert_none(talks_nonsense, "what its process answers is no model");
	assert_none(writes_for_ever, "what its process answers is no model");
}

/* A whole one, and a byte more or less: it is none. */
static int adds_a_byte(const struct conf_parser *p)
{
	int status = conf_parser_main(p);

	return write(p->model, "", 1) == 1 ? status : PARSER_FAILED;
}

static void a_model_that_is_not_whole_is_none(void **state)
{
	(void)state;
	assert_none(adds_a_byte, "what its process answers is no model");
}

static int asks_for_nonsense(const struct conf_parser *p)
{
	MUST(send(p->broker, "nonsense", 8, MSG_NOSIGNAL) == 8);
	return conf_parser_main(p);
}

/* An include that cannot be opened by the one is not left out by the other. */
static void a_reader_without_files_yields_nothing(void **state)
{
	(void)state;
	assert_none(asks_for_nonsense, "the process that opens its files died");
}

static int says_all_bytes(const struct conf_parser *p)
{
	char bytes[256];

	for (unsigned n = 0; n < sizeof(bytes); n++)
		bytes[n] = (char)n;
	MUST(write(p->said, bytes, sizeof(bytes)) == sizeof(bytes));
	return PARSER_REFUSED;
}

static void what_it_says_cannot_steer_a_terminal(void **state)
{
	const struct conf_reading_setup setup = { .parse = says_all_bytes };
	int packed;

	(void)state;
	assert_null(read_with(&setup, &packed));
	assert_int_equal(said.length, 256);
	for (size_t n = 0; n < said.length; n++) {
		unsigned char c = (unsigned char)said_bytes[n];

		assert_true(c >= 0x20 || c == '\n' || c == '\t');
		assert_int_not_equal(c, 0x7f);
	}
}

static char *kept;

static void forget(void *context)
{
	*(char *)context = 'f';
}

static int tells_what_it_is(const struct conf_parser *p)
{
	struct opened file;
	char line[128];
	int length =
		snprintf(line, sizeof(line), "%c uid %d, %d\n", *kept,
			 (int)getuid(), broker_open(p->broker, path, &file));

	MUST(write(p->said, line, (size_t)length) == length);
	return PARSER_REFUSED;
}

/* It forgets first, has no rights, and may still ask for files. */
static void it_has_no_rights(void **state)
{
	char mark = 'k';
	const struct conf_reading_setup setup = {
		.parse = tells_what_it_is,
		.forget = forget,
		.context = &mark,
	};
	int packed;

	(void)state;
	kept = &mark;
	put("main", "");
	assert_null(read_with(&setup, &packed));
	assert_said(geteuid() == 0 ? "f uid 65534, 0" : "f uid ");
	assert_int_equal(mark, 'k');
}

#ifndef __SANITIZE_ADDRESS__
static void memory_has_a_bound(void **state)
{
	const struct conf_reading_setup setup = {
		.limits.memory = (uint64_t)24 << 20,
	};
	FILE *f = fopen(path, "w");
	int packed;

	(void)state;
	assert_non_null(f);
	for (int n = 0; n < 100; n++) {
		fprintf(f,
			"vrrp_instance v%d {\n interface eth0\n"
			" virtual_router_id %d\n virtual_ipaddress {\n"
			" 10.1.0.%d\n}\n virtual_ipaddress_excluded {\n",
			n, n + 1, n);
		for (int k = 0; k < 3000; k++)
			fprintf(f, " 10.%d.%d.%d\n", n + 2, k / 250, k % 250);
		fprintf(f, "}\n}\n");
	}
	fclose(f);
	assert_null(read_with(&setup, &packed));
	assert_said("not enough memory");
}
#endif

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || chmod(folder, 0755))
		return -1;
	snprintf(path, sizeof(path), "%s/main", folder);
	return 0;
}

static int remove_folder(void **state)
{
	static const char *const names[] = { "main", "part1.conf", "part2.conf",
					     "deeper" };
	char file[512];

	(void)state;
	for (size_t n = 0; n < ARRAY_LENGTH(names); n++) {
		snprintf(file, sizeof(file), "%s/%s", folder, names[n]);
		unlink(file);
	}
	return rmdir(folder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_read_with_all_that_they_include),
		cmocka_unit_test(what_was_read_can_be_changed_by_nobody),
		cmocka_unit_test(what_somebody_can_change_is_no_model),
		cmocka_unit_test(warnings_go_along_and_errors_refuse),
		cmocka_unit_test(a_file_that_is_written_is_waited_for),
		cmocka_unit_test(what_cannot_be_used_is_not_read_again),
		cmocka_unit_test(a_reader_that_fails_yields_nothing),
		cmocka_unit_test(a_model_that_is_not_whole_is_none),
		cmocka_unit_test(a_reader_without_files_yields_nothing),
		cmocka_unit_test(what_it_says_cannot_steer_a_terminal),
		cmocka_unit_test(it_has_no_rights),
#ifndef __SANITIZE_ADDRESS__
		cmocka_unit_test(memory_has_a_bound),
#endif
	};

	return cmocka_run_group_tests_name("conf_reading", tests, make_folder,
					   remove_folder);
}
