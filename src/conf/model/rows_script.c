/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: vrrp_script and how scripts are run.
 * keepalived.conf(5).
 */
#include "conf/model/command.h"
#include "conf/model/finish.h"
#include "conf/model/rows.h"

#define COMMAND_LINE(s, m)                                                     \
	.type = &conf_type_command_line, FIELD(s, m),                          \
	.maximum = CONF_COMMAND_MAX
#define USER(s, m) .type = &conf_type_user, QUIET_FIELD(s, m)

/* clang-format off */
static const struct conf_row heads[] = {
	ROW_WITH("name", NAME(conf_script, is.name, CONF_NAME_MAX),
		 .flags = CONF_MUST, "the name of the script",
		 "vrrp_script c {\n script /bin/true\n}", NULL),
};

static const struct conf_row script_rows[] = {
	ROW_WITH("script", COMMAND_LINE(conf_script, command),
		 .flags = CONF_MUST | CONF_SPARED
		 DIFFERS("a script that cannot be executed has failed; to "
			 "keepalived that is a success"),
		 "the command to run; quote it if it has arguments",
		 "script \"/usr/bin/pgrep nginx\"", "script"),
	ROW("interval",
	    TIME(conf_script, interval, TICK_MILLISECOND, DAY, TICK_SECOND),
	    "the time from one start of the script to the next",
	    "interval 2", "interval 0"),
	ROW_WITH("timeout", TIME(conf_script, timeout, 0, DAY, 0),
		 .flags = CONF_QUIET
		 DIFFERS("all of its process group is ended, and 4 s later it "
			 "has failed, whether it ended or not"),
		 "the time after which the script is ended and has failed; "
		 "default: the interval",
		 "timeout 2", "timeout -1"),
	ROW("rise", NUMBER(conf_script, rise, 1, 1000000, 1),
	    "how many successes in a row make it good", "rise 2", "rise 0"),
	ROW("fall", NUMBER(conf_script, fall, 1, 1000000, 1),
	    "how many failures in a row make it bad", "fall 2", "fall 0"),
	ROW_WITH("init_fail", FLAG(conf_script, init_fail, 1),
	    .differs = "it is bad until `rise` successes, as the manual "
		       "says; in keepalived the word has no effect",
	    "assume that it is bad until its first result", "init_fail",
	    "init_fail 5"),
	ROW("user", USER(conf_script, user),
		 "the user, and the group, that run the script; default: "
		 "script_user",
		 "user nobody", "user"),
	ROW("weight", WEIGHT(conf_script, is.weight, VRRP_WEIGHT_MAX),
		 "what it adds to the priority: a positive weight while it is "
		 "good, a negative one while it is bad; reverse turns the "
		 "sign around; 0: who tracks it is in FAULT while it is bad",
		 "weight 10 reverse", "weight 300"),
};

static const struct conf_row global_rows[] = {
	ROW("script_user", USER(conf_global, scripts.user),
		 "the user, and the group, that run scripts; default: "
		 "keepalived_script if there is such a user, else root",
		 "script_user nobody", "script_user"),
	{
		.word = "umask", .type = &conf_type_umask,
		QUIET_FIELD(conf_global, scripts.umask),
		.minimum = 0, .maximum = 0777, .otherwise = CONF_UMASK,
		.help = "the permissions that files do not get which scripts "
			"make, and the process that runs them: a number, or "
			"IRUSR and its like with | in between; default 0177",
		.good = "umask IRGRP|IROTH", .bad = "umask 01000",
	},
	ROW("enable_script_security", FLAG(conf_global, scripts.security, 1),
	    "run no script as root that others than root can change",
	    "enable_script_security", "enable_script_security 5"),
	ROW("use_symlink_paths", FLAG(conf_global, scripts.keep_symlinks, 1),
	    "run scripts by the path that is written, without following "
	    "symbolic links first",
	    "use_symlink_paths", "use_symlink_paths 5"),
	ROW("set_supplementary_groups",
	    FLAG(conf_global, scripts.supplementary, 1),
	    "give scripts all groups of their user",
	    "set_supplementary_groups", "set_supplementary_groups 5"),
};

static const struct conf_row top_rows[] = {
	{
		.word = "vrrp_script", .type = &conf_type_block,
		LIST(conf_model, scripts, script_count, conf_block_script),
		.help = "a command that is run again and again, for "
			"track_script",
		.good = "vrrp_script c {\n script /bin/true\n}",
		.bad = "vrrp_script",
	},
};
/* clang-format on */

const struct conf_rows conf_rows_script_global = ROWS(global_rows);
const struct conf_rows conf_rows_script_top = ROWS(top_rows);

const struct conf_block conf_block_targets = {
	.name = "what is tracked",
	.parts = { &conf_rows_script_top, &conf_rows_track_file,
		   &conf_rows_track_process },
};

/* As keepalived splits it, when it is run. */
static void finish_script(struct conf_reader *r, void *object,
			  const struct conf_note *note)
{
	struct conf_script *one = object;
	struct conf_place place =
		conf_note_place(note, offsetof(struct conf_script, command));
	struct command command;

	if (one->command && !command_split(&command, one->command))
		conf_report_ignored(r->report, &place,
				    "write a command of at most 255 words",
				    "this is no command");
	if (one->command && !command_split(&command, one->command))
		one->command = NULL;
}

const struct conf_block conf_block_script = {
	.name = "vrrp_script",
	.heads = ROWS(heads),
	.heads_least = 1,
	.parts = { PART(script_rows) },
	.size = sizeof(struct conf_script),
	.span = offsetof(struct conf_script, is.span),
	.items_max = CONF_SCRIPTS_MAX,
	.finish = finish_script,
	.same = conf_same_target,
	.hash = conf_hash_target,
	.noun = "vrrp_script",
};
