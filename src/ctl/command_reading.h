/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration as it was read for a command, with all that is wrong with it.
 * No daemon is asked, and none is disturbed.
 */
#pragma once

#include "conf/model/conf.h"
#include "files/conf_files.h"

struct command_reading {
	const char *path;
	struct conf_files files;
	struct arena texts;
	struct conf_diagnostics diagnostics;
	struct conf_model *model; /* NULL: it cannot be used */
	struct conf_survey survey;
};

/* `path` NULL: the file that batond would take. NULL: there is no memory. */
struct command_reading *command_read(const char *path);
/* The same with the lines of that `@ID`; NULL: of the name of the host. */
struct command_reading *command_read_as(const char *path,
					const char *config_id);
void command_read_free(struct command_reading *r);

/* Its diagnostics to standard error. */
void command_read_report(const struct command_reading *r);

/* For functions of src/conf that write: to a FILE. */
void command_to_stream(void *to, const char *text, size_t length);
