/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: how this daemon is told from others of its
 * machine. keepalived.conf(5), "TOP HIERARCHY".
 */
#include "base/must.h"
#include "conf/model/finish.h"
#include "conf/model/rows.h"

#include <string.h>

/* clang-format off */
static const struct conf_row rows[] = {
	ROW_WITH("instance", NAME(conf_model, daemon.instance, CONF_NAME_MAX),
		 .flags = CONF_QUIET,
		 "the name of this daemon where several run on one machine: "
		 "it has a run directory and PID files of that name",
		 "instance two", "instance"),
	ROW_WITH("net_namespace",
		 NAME(conf_model, daemon.net_namespace, CONF_NAME_MAX),
		 .flags = CONF_QUIET,
		 "the network namespace to run in, as ip-netns(8) names it",
		 "net_namespace blue", "net_namespace"),
	ROW("use_pid_dir", FLAG(conf_model, daemon.use_pid_dir, 1),
	    "called as keepalived, put PID files into /run/keepalived",
	    "use_pid_dir", "use_pid_dir {\n}"),
};

/* In global_defs. */
static const struct conf_row global_rows[] = {
	ROW_WITH("state_dump_file",
		 NAME(conf_global, dumps.state_file, CONF_PATH_TEXT_MAX),
		 .flags = CONF_QUIET,
		 "the file that the state is dumped to by SIGUSR1; default "
		 "keepalived.data",
		 "state_dump_file /run/state", "state_dump_file"),
	ROW_WITH("stats_dump_file",
		 NAME(conf_global, dumps.stats_file, CONF_PATH_TEXT_MAX),
		 .flags = CONF_QUIET,
		 "the file that statistics are dumped to by SIGUSR2; default "
		 "keepalived.stats",
		 "stats_dump_file /run/stats", "stats_dump_file"),
	ROW_WITH("json_dump_file",
		 NAME(conf_global, dumps.json_file, CONF_PATH_TEXT_MAX),
		 .flags = CONF_QUIET,
		 "the file that the state is dumped to as JSON by signal 36; "
		 "default keepalived.json",
		 "json_dump_file /run/json", "json_dump_file"),
	ROW_WITH("json_version",
		 NUMBER(conf_global, dumps.json_version, 1, 2, 1),
		 .flags = CONF_QUIET,
		 "the form of the JSON dump: 1, a list of instances; 2, an "
		 "object with that list and the processes that are tracked",
		 "json_version 2", "json_version 3"),
	ROW_WITH("data_use_instance",
		 PRESENCE(conf_global, dumps.use_instance, 0),
		 .flags = CONF_QUIET,
		 "put the names of net_namespace and instance into the names "
		 "of the files that the state is dumped to",
		 "data_use_instance on", "data_use_instance {\n}"),
};
/* clang-format on */

const struct conf_rows conf_rows_daemon = ROWS(rows);
const struct conf_rows conf_rows_dump = ROWS(global_rows);

static bool is_file_name(const char *name)
{
	return !strchr(name, '/') && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

void conf_daemon_finish(struct conf_reader *r, struct conf_model *model,
			const struct conf_note *note)
{
	const struct {
		const char *word, *name;
		uint32_t field;
	} names[] = {
		{ "instance", model->daemon.instance,
		  offsetof(struct conf_model, daemon.instance) },
		{ "net_namespace", model->daemon.net_namespace,
		  offsetof(struct conf_model, daemon.net_namespace) },
	};

	for (size_t n = 0; n < ARRAY_LENGTH(names); n++) {
		struct conf_place place = conf_note_place(note, names[n].field);

		if (names[n].name && !is_file_name(names[n].name))
			conf_report(r->report, CONF_ERROR, &place,
				    "write a name that a file can have",
				    "%s %s: this is no name", names[n].word,
				    names[n].name);
	}
}
