/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: how this daemon is told from others of its
 * machine. keepalived.conf(5), "TOP HIERARCHY".
 */
#include "base/must.h"
#include "conf/model/finish.h"
#include "conf/model/rows.h"
#include "conf/schema/reader.h"
#include "conf/schema/types.h"

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
/* clang-format on */

/* keepalived's, where reload_file names none. */
#define RELOAD_FILE "/run/keepalived.reload"

static const char *expected_path(const struct conf_row *row, char *text,
				 size_t size)
{
	return "an absolute path, or nothing for " RELOAD_FILE;
}

static int read_path(struct conf_reader *reader, const struct conf_row *row,
		     const struct conf_word *words, size_t count, void *object)
{
	struct conf_global *global = object;

	if (count == 0) {
		global->reload.file = conf_reader_text(reader, RELOAD_FILE);
		return 0;
	}
	if (words[0].text[0] != '/')
		return -1;
	return conf_type_text.read(reader, row, words, count, object);
}

static void reset_path(const struct conf_row *row, void *object)
{
	conf_type_text.reset(row, object);
}

static void print_path(const struct conf_row *row, const void *object,
		       struct conf_out *out)
{
	conf_type_text.print(row, object, out);
}

static bool equal_paths(const struct conf_row *row, const void *a,
			const void *b)
{
	return conf_type_text.equal(row, a, b);
}

static void pack_path(const struct conf_row *row, const void *object,
		      struct conf_packer *packer)
{
	conf_type_text.pack(row, object, packer);
}

static bool unpack_path(const struct conf_row *row, void *object,
			struct conf_unpacker *unpacker)
{
	return conf_type_text.unpack(row, object, unpacker);
}

/* reload_file: a text that may be left out. */
static const struct conf_type type_reload_file = {
	.name = "path",
	.expected = expected_path,
	.read = read_path,
	.reset = reset_path,
	.print = print_path,
	.equal = equal_paths,
	.pack = pack_path,
	.unpack = unpack_path,
	.least = 0,
	.most = 1,
};

#define OPTIONAL_PATH(s, m)                                                    \
	.type = &type_reload_file, FIELD(s, m), .maximum = CONF_PATH_TEXT_MAX

/* clang-format off */
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
	OTHER(CONF_DONE, "reload_check_config", 0, 1,
	      "check the configuration before a reload, which baton always "
	      "does: one with an error changes nothing, and the log says what "
	      "is wrong",
	      "reload_check_config"),
	ROW_WITH("reload_time_file",
		 NAME(conf_global, reload.time_file, CONF_PATH_TEXT_MAX),
		 .flags = CONF_QUIET,
		 "the file whose first line says when to reload: [[YY]YY-MM-DD ]"
		 "HH:MM:SS[Z]; it is removed then",
		 "reload_time_file /run/t", "reload_time_file"),
	ROW_WITH("reload_repeat", FLAG(conf_global, reload.repeat, 1),
		 .flags = CONF_QUIET,
		 "keep reload_time_file after the reload, which repeats it "
		 "every day",
		 "reload_repeat", "reload_repeat {\n}"),
	ROW_WITH("reload_file", OPTIONAL_PATH(conf_global, reload.file),
		 .flags = CONF_QUIET,
		 "the file that is there, and empty, while files are read for a "
		 "reload; default " RELOAD_FILE,
		 "reload_file /run/r", "reload_file r"),
	INERT("config_save_dir", 1, 1,
	      "the folder in which each configuration is kept, for debugging "
	      "reloads of keepalived; baton shows what it runs by other means",
	      "config_save_dir /var/lib/keepalived"),
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
