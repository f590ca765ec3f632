/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "batond/check.h"

#include "checker/needs.h"
#include "conf/model/conf.h"
#include "files/conf_files.h"
#include "files/reading.h"
#include "keeper/setup.h"
#include "runner/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void to_stream(void *to, const char *text, size_t length)
{
	(void)!fwrite(text, 1, length, to);
}

/* What who reads a file cannot see: it is confined. */
static void tell_doubts(const struct conf_model *model, const char *file,
			bool colour)
{
	static struct conf_diagnostics found;
	struct arena texts = arena_over(malloc, free);

	found.arena = &texts;
	runner_doubts(model, file, &found);
	checker_doubts(model, file, &found);
	conf_diagnostics_sort(&found);
	for (size_t n = 0; n < found.count; n++)
		conf_diagnostic_print(&found.list[n], colour, to_stream,
				      stderr);
	arena_free(&texts);
}

int check_file(const struct options *o, const char *file)
{
	const char *no_colour = getenv("NO_COLOR");
	const struct conf_reading_setup setup = {
		.file = file,
		.config_id = o->config_id,
		.all_files = o->all_files,
		.colour = isatty(STDERR_FILENO) && !(no_colour && *no_colour),
	};
	int packed;
	struct conf_model *model =
		conf_read(&setup, to_stream, stderr, &packed);

	if (!model) {
		fprintf(stderr, "batond: %s: cannot be used\n", file);
		return KEEPER_EXIT_CONFIG;
	}
	tell_doubts(model, file, setup.colour);
	printf("batond %s: %s " KEEPER_TEST_PASSED "\n", BATON_VERSION, file);
	conf_free(model);
	close(packed);
	return 0;
}

/* Where it goes, or NULL: it was told why not. */
static FILE *open_log(const struct options *o)
{
	int fd;

	if (!o->keepalived.log_test)
		return stderr;
	fd = open(o->keepalived.log_test,
		  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		fprintf(stderr, "%s: %s\n", o->keepalived.log_test,
			strerror(errno));
	return fd < 0 ? NULL : fdopen(fd, "a");
}

/* Whether interfaces of instances are missing; keepalived does not wait. */
static bool lacks_interfaces(const struct conf_model *model, FILE *out)
{
	bool lacking = false;

	for (uint32_t n = 0; n < model->instance_count; n++) {
		const struct conf_instance *c = &model->instances[n];

		if (!c->interface || model->global.dynamic_interfaces ||
		    if_nametoindex(c->interface) > 0)
			continue;
		fprintf(out, "(%s) the interface %s does not exist\n", c->name,
			c->interface);
		lacking = true;
	}
	return lacking;
}

/* What counts before what is keepalived's. */
static int judge(const struct conf_diagnostics *found,
		 const struct conf_model *model, FILE *out)
{
	int status = conf_verdict_keepalived(found);
	struct runner_look scripts;

	if (!model)
		return status;
	if (lacks_interfaces(model, out))
		return 5;
	scripts = runner_look(model);
	if (scripts.missing > 0)
		fprintf(out,
			"%u tracked scripts are not found or not accessible\n",
			scripts.missing);
	if (scripts.found > 0 && !model->global.scripts.security) {
		fprintf(out, "SECURITY VIOLATION - scripts are being executed "
			     "but script_security not enabled.\n");
		return 6;
	}
	if (status == 0 && scripts.missing > 0)
		return 5;
	for (uint32_t n = 0; status == 0 && n < model->link_delay_count; n++)
		if (if_nametoindex(model->link_delays[n].on.name) == 0)
			return 4;
	return status;
}

int check_file_keepalived(const struct options *o, const char *file)
{
	static struct conf_files files;
	static struct conf_diagnostics found;
	struct arena texts = arena_over(malloc, free);
	struct conf_source source = conf_files_source(&files, o->config_id);
	struct conf_model *model = NULL;
	FILE *out = open_log(o);
	int status;

	if (!out)
		return EXIT_FAILURE;
	found.arena = &texts;
	source.has_interface = conf_files_has_interface;
	source.all_files = o->all_files;
	model = conf_load(&source, file, malloc, free, &found);
	for (size_t n = 0; n < found.count; n++)
		conf_diagnostic_print(&found.list[n], false, to_stream, out);
	status = judge(&found, model, out);
	if (model)
		conf_free(model);
	conf_files_close(&files);
	arena_free(&texts);
	if (out != stderr)
		fclose(out);
	return status;
}
