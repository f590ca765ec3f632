/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vrrp_script, track_file and who tracks them; the words of a command. */
#include "base/must.h"
#include "conf/model/command.h"
#include "conf/model/targets.h"
#include "conf/model/tellers.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SCRIPT(name, inside) "vrrp_script " name " {\n" inside "\n}\n"
#define INSTANCE(inside)                                                       \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n" inside    \
	"\n virtual_ipaddress {\n 192.0.2.1/24\n}\n}\n"
#define TRACK(list) INSTANCE("track_script {\n" list "\n}")
#define GOOD        SCRIPT("good", "script /bin/true")

static const struct conf_script *script(const struct conf_loaded *l, size_t n)
{
	assert_non_null(l->model);
	assert_true(n < l->model->script_count);
	return &l->model->scripts[n];
}

static void a_script_is_what_is_written(void **state)
{
	struct conf_loaded *l = conf_load_text(
		"global_defs {\n script_user daemon\n "
		"enable_script_security\n use_symlink_paths\n "
		"set_supplementary_groups\n}\n" GOOD SCRIPT(
			"check",
			"script \"/bin/check 'a b' c\"\ninterval 0.5\n"
			"timeout 3\nrise 2\nfall 4\nweight -20 reverse\n"
			"user nobody nogroup\ninit_fail") TRACK("good\ncheck"));
	const struct conf_scripts_global *global;

	(void)state;
	assert_silent(l);
	assert_int_equal(l->model->script_count, 2);
	assert_true(script(l, 0)->interval == TICK_SECOND);
	assert_true(script(l, 0)->timeout == 0);
	assert_int_equal(script(l, 0)->rise, 1);
	assert_int_equal(script(l, 0)->fall, 1);
	assert_int_equal(script(l, 0)->is.weight.value, 0);
	assert_null(script(l, 0)->user.name);
	assert_string_equal(script(l, 1)->command, "/bin/check 'a b' c");
	assert_true(script(l, 1)->interval == TICK_SECOND / 2);
	assert_true(script(l, 1)->timeout == 3 * TICK_SECOND);
	assert_int_equal(script(l, 1)->rise, 2);
	assert_int_equal(script(l, 1)->fall, 4);
	assert_int_equal(script(l, 1)->is.weight.value, -20);
	assert_true(script(l, 1)->is.weight.reverse);
	assert_true(script(l, 1)->init_fail);
	assert_string_equal(script(l, 1)->user.name, "nobody");
	assert_string_equal(script(l, 1)->user.group, "nogroup");
	global = &l->model->global.scripts;
	assert_string_equal(global->user.name, "daemon");
	assert_true(global->security && global->keep_symlinks &&
		    global->supplementary);
	conf_unload(l);
}

/* A weight in the list replaces that of the script, and its reverse. */
static void permissions_are_a_number_or_bits(void **state)
{
	static const struct {
		const char *words;
		unsigned mask;
	} rows[] = {
		{ "022", 022 },
		{ "18", 022 },
		{ "0x12", 022 },
		{ "0", 0 },
		{ "IWGRP|IWOTH", 022 },
		{ "IRUSR | IXOTH", 0401 },
		{ "01000", 0177 }, /* not taken */
		{ "022x", 0177 },
		{ "IWALL", 0177 },
		{ "0xfffffffffffffffff", 0177 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		char text[128];
		struct conf_loaded *l;

		snprintf(text, sizeof(text), "global_defs {\n umask %s\n}\n",
			 rows[i].words);
		l = conf_load_text(text);
		assert_non_null(l->model);
		assert_int_equal(l->model->global.scripts.umask, rows[i].mask);
		conf_unload(l);
	}
}

static void a_weight_in_the_list_counts(void **state)
{
	struct conf_loaded *l = conf_load_text(
		SCRIPT("w", "script /x\nweight 10 reverse")
			SCRIPT("r", "script /x\nweight 10")
				SCRIPT("x", "script /x\nweight 7 reverse")
					TRACK("w weight 5\nr weight 0\nx"));
	const struct conf_instance *c;
	static const struct {
		int value;
		bool reverse;
	} wanted[] = { { 5, false }, { 0, false }, { 7, true } };

	(void)state;
	assert_silent(l); /* they may stand behind who tracks them */
	c = &l->model->instances[0];
	assert_int_equal(c->tracking.count[VRRP_TARGET_SCRIPT], 3);
	for (size_t n = 0; n < ARRAY_LENGTH(wanted); n++) {
		struct conf_weight weight = conf_tracked_weight(
			l->model, VRRP_TARGET_SCRIPT,
			&c->tracking.list[VRRP_TARGET_SCRIPT][n]);

		assert_int_equal(c->tracking.list[VRRP_TARGET_SCRIPT][n].target,
				 n);
		assert_int_equal(weight.value, wanted[n].value);
		assert_int_equal(weight.reverse, wanted[n].reverse);
	}
	conf_unload(l);
}

static void what_cannot_count_is_left_out(void **state)
{
	static const struct {
		const char *text, *says;
		unsigned kept;
	} rows[] = {
		{ TRACK("none"),
		  "none in track_script has no effect: there is no such "
		  "vrrp_script",
		  0 },
		{ GOOD TRACK("good\ngood"), "it stands in the list already",
		  1 },
		{ GOOD INSTANCE("priority 255\ntrack_script {\ngood weight "
				"5\n}"),
		  "priority 255 is never changed", 0 },
		{ GOOD TRACK("good weight 254"),
		  "weight 254 is out of range; 253 is used", 1 },
		{ GOOD GOOD TRACK("good"),
		  "there is a vrrp_script good already, in line 1; this one "
		  "is left out",
		  1 },
		{ GOOD INSTANCE(""),
		  "nothing tracks vrrp_script good; it is not run", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct conf_loaded *l = conf_load_text(rows[i].text);

		assert_non_null(l->model);
		assert_says(l, rows[i].says);
		assert_int_equal(l->model->instances[0]
					 .tracking.count[VRRP_TARGET_SCRIPT],
				 rows[i].kept);
		conf_unload(l);
	}
}

/* As keepalived, which runs without it. */
static void a_script_without_a_command_is_left_out(void **state)
{
	struct conf_loaded *l =
		conf_load_text(SCRIPT("a", "interval 1") TRACK("a"));

	(void)state;
	assert_says(l, "vrrp_script a has no script; it is left out");
	assert_int_equal(
		l->model->instances[0].tracking.count[VRRP_TARGET_SCRIPT], 0);
	conf_unload(l);
}

/* Many files have tabs wherever a blank may be. */
static void a_command_may_have_tabs(void **state)
{
	struct conf_loaded *l =
		conf_load_text(SCRIPT("a", "script\t\"killall\t-0\thaproxy\"")
				       INSTANCE("track_script {\na\n}\n"
						"notify \"/bin/note\ta\""));

	(void)state;
	assert_silent(l);
	assert_string_equal(script(l, 0)->command, "killall\t-0\thaproxy");
	assert_non_null(l->model->instances[0].notifies.on);
	conf_unload(l);
	/* Nothing else that a terminal obeys. */
	l = conf_load_text(SCRIPT("a", "script \"/bin/a\x1b[2J\"") TRACK("a"));
	assert_says(l, "script takes a text of 1 to 4095 bytes without control "
		       "characters, not \"/bin/a?[2J\"; it is left out");
	assert_says(l, "vrrp_script a has no script; it is left out");
	conf_unload(l);
	l = conf_load_text(SCRIPT("a", "script") TRACK("a"));
	assert_says(l, "script needs a text of 1 to 4095 bytes without control "
		       "characters behind it; it is left out");
	assert_non_null(l->model);
	conf_unload(l);
}

#define FILE_(name, inside) "track_file " name " {\n" inside "\n}\n"

static void a_file_is_what_is_written(void **state)
{
	struct conf_loaded *l = conf_load_text(FILE_("a", "file /run/a") FILE_(
		"b",
		"file /run/b\nweight -254 reverse\n"
		"init_file -3 overwrite") "vrrp_track_file c {\nfile c\ninit_file\n}\n" INSTANCE("track_file {\na\nb weight 254\nc weight 0\n}"));
	const struct conf_track_file *f;
	const struct conf_tracking *t;

	(void)state;
	assert_silent(l);
	f = l->model->files;
	assert_int_equal(l->model->file_count, 3);
	assert_string_equal(f[0].path, "/run/a");
	assert_int_equal(f[0].init.when, CONF_INIT_FILE_NO);
	assert_int_equal(f[1].is.weight.value, -254);
	assert_true(f[1].is.weight.reverse);
	assert_int_equal(f[1].init.when, CONF_INIT_FILE_OVERWRITE);
	assert_int_equal(f[1].init.number, -3);
	assert_int_equal(f[2].init.when, CONF_INIT_FILE_MISSING);
	assert_int_equal(f[2].init.number, 0);
	t = &l->model->instances[0].tracking;
	assert_int_equal(t->count[VRRP_TARGET_FILE], 3);
	for (size_t n = 0; n < 3; n++) {
		static const int wanted[] = { 1, 254, 0 };

		assert_int_equal(
			conf_tracked_weight(l->model, VRRP_TARGET_FILE,
					    &t->list[VRRP_TARGET_FILE][n])
				.value,
			wanted[n]);
	}
	conf_unload(l);
}

static void a_file_that_cannot_count(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ FILE_("a", "weight 2") INSTANCE("track_file {\na\n}"),
		  "track_file a has no file; it is left out" },
		{ FILE_("a", "file /a\ninit_file 4294967296")
			  INSTANCE("track_file {\na\n}"),
		  "init_file" },
		{ FILE_("a", "file /a") INSTANCE("track_file {\na\na\n}"),
		  "it stands in the list already" },
		{ INSTANCE("track_file {\na\n}"),
		  "a in track_file has no effect: there is no such "
		  "track_file" },
		{ FILE_("a", "file /a") INSTANCE(""),
		  "nothing tracks track_file a; it is not looked at" },
		{ FILE_("a", "file /a")
			  INSTANCE("priority 255\ntrack_file {\na weight 1\n}"),
		  "priority 255 is never changed" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct conf_loaded *l = conf_load_text(rows[i].text);

		assert_non_null(l->model);
		assert_says(l, rows[i].says);
		conf_unload(l);
	}
}

static void who_is_told_of_changes(void **state)
{
	struct conf_loaded *l = conf_load_text(
		INSTANCE("notify \"/n a\" nobody nogroup\nnotify_stop /s")
			SCRIPT("x", "script /x"));
	const struct conf_notify *on;

	(void)state;
	assert_non_null(l->model);
	on = l->model->instances[0].notifies.on;
	assert_non_null(on);
	assert_string_equal(on[CONF_NOTIFY_ANY].command, "/n a");
	assert_string_equal(on[CONF_NOTIFY_ANY].user.name, "nobody");
	assert_string_equal(on[CONF_NOTIFY_ANY].user.group, "nogroup");
	assert_string_equal(on[CONF_NOTIFY_STOP].command, "/s");
	assert_null(on[CONF_NOTIFY_STOP].user.name);
	assert_null(on[CONF_NOTIFY_ACTIVE].command);
	conf_unload(l);
	l = conf_load_text(INSTANCE(""));
	assert_null(l->model->instances[0].notifies.on);
	conf_unload(l);
}

#define GLOBAL(inside) "global_defs {\n" inside "\n}\n"

static void who_reads_of_changes(void **state)
{
	struct conf_loaded *l = conf_load_text(
		GLOBAL("notify_fifo \"/run/a b\" nobody nogroup\n"
		       "notify_fifo_script \"/f x\"\n"
		       "vrrp_notify_fifo_script /g") INSTANCE(""));
	const struct conf_fifo *fifos;

	(void)state;
	assert_non_null(l->model);
	fifos = l->model->global.fifos;
	assert_string_equal(fifos[CONF_FIFO_ALL].path, "/run/a b");
	assert_string_equal(fifos[CONF_FIFO_ALL].owner.group, "nogroup");
	assert_string_equal(fifos[CONF_FIFO_ALL].script.command, "/f x");
	assert_null(fifos[CONF_FIFO_ALL].script.user.name);
	assert_null(fifos[CONF_FIFO_VRRP].path);
	assert_null(fifos[CONF_FIFO_VRRP].script.command);
	assert_says(l, "vrrp_notify_fifo_script has no effect without "
		       "vrrp_notify_fifo");
	assert_int_equal(l->diagnostics.errors, 0);
	assert_int_equal(conf_tellers(l->model, &l->model->instances[0]),
			 CONF_TELLS_FIFO);
	conf_unload(l);
}

/* Each line would be there twice. */
static void one_fifo_is_one(void **state)
{
	struct conf_loaded *l =
		conf_load_text(GLOBAL("notify_fifo /run/a\n"
				      "vrrp_notify_fifo /run/a") INSTANCE(""));

	(void)state;
	assert_says(l, "vrrp_notify_fifo is notify_fifo already");
	assert_null(l->model->global.fifos[CONF_FIFO_VRRP].path);
	conf_unload(l);
}

static void the_words_of_a_command(void **state)
{
	static const struct {
		const char *text, *words[5];
	} rows[] = {
		{ "/bin/true", { "/bin/true" } },
		{ "  /x\ta   b ", { "/x", "a", "b" } },
		{ "/x 'a b' \"c 'd\"", { "/x", "a b", "c 'd" } },
		{ "/x a\\ b \\'c 'd\\e'", { "/x", "a b", "'c", "d\\e" } },
		{ "/x $HOME ; *", { "/x", "$HOME", ";", "*" } },
		{ "/x '' a", { "/x", "", "a" } },
		{ "/x a'b'\"c\"d", { "/x", "abcd" } },
	};
	struct command c;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		size_t n = 0;

		assert_true(command_split(&c, rows[i].text));
		for (; rows[i].words[n]; n++)
			assert_string_equal(c.words[n], rows[i].words[n]);
		assert_int_equal(c.count, n);
		assert_null(c.words[n]);
	}
	assert_false(command_split(&c, ""));
	assert_false(command_split(&c, "  \t"));
	assert_false(command_split(&c, "''"));
}

static void as_many_words_as_there_is_room_for(void **state)
{
	char text[2 * COMMAND_WORDS_MAX + 3] = "";
	struct command c;

	(void)state;
	for (size_t n = 0; n < COMMAND_WORDS_MAX; n++)
		strcat(text, "a ");
	assert_true(command_split(&c, text));
	assert_int_equal(c.count, COMMAND_WORDS_MAX);
	strcat(text, "a");
	assert_false(command_split(&c, text));
}

/* As keepalived does not: it is told. */
static void what_is_defined_below_is_tracked(void **state)
{
	struct conf_loaded *l = conf_load_text(TRACK("good") GOOD);

	(void)state;
	assert_non_null(l->model);
	assert_says(l, "keepalived does not, since it is defined below");
	assert_int_equal(conf_verdict(&l->diagnostics), 4);
	assert_int_equal(
		l->model->instances[0].tracking.count[VRRP_TARGET_SCRIPT], 1);
	conf_unload(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_script_is_what_is_written),
		cmocka_unit_test(permissions_are_a_number_or_bits),
		cmocka_unit_test(a_weight_in_the_list_counts),
		cmocka_unit_test(what_is_defined_below_is_tracked),
		cmocka_unit_test(a_command_may_have_tabs),
		cmocka_unit_test(a_file_is_what_is_written),
		cmocka_unit_test(a_file_that_cannot_count),
		cmocka_unit_test(who_is_told_of_changes),
		cmocka_unit_test(what_cannot_count_is_left_out),
		cmocka_unit_test(a_script_without_a_command_is_left_out),
		cmocka_unit_test(who_reads_of_changes),
		cmocka_unit_test(one_fifo_is_one),
		cmocka_unit_test(the_words_of_a_command),
		cmocka_unit_test(as_many_words_as_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
