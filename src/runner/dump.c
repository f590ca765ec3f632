/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dumps that were asked for: each is made as a whole in memory, and then put in
 * its place, where it takes the place of a symbolic link and follows none.
 */
#include "runner/dump_files.h"

#include "sys/whole.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* For root alone, as keepalived's. */
#define DUMP_MODE   0600
#define RELOAD_MODE 0644

/* A name that the configuration may give, with what tells daemons apart. */
static bool make_path(const struct runner *r, const char *given,
		      const char *name, const char *end, bool with_instance,
		      char out[PATH_MAX])
{
	const struct conf_daemon *d = &r->model->daemon;
	const char *space = with_instance ? d->net_namespace : NULL;
	const char *instance = with_instance ? d->instance : NULL;
	int length;

	if (given)
		length = snprintf(out, PATH_MAX, "%s%s%s",
				  given[0] == '/' ? "" : r->ledger->dump_folder,
				  given[0] == '/' ? "" : "/", given);
	else
		length = snprintf(
			out, PATH_MAX, "%.*s/%s%s%s%s%s%s",
			LEDGER_FOLDER_SIZE - 1, r->ledger->dump_folder, name,
			space || instance ? "." : "", space ? space : "",
			space && instance ? "_" : "", instance ? instance : "",
			end);
	return length < PATH_MAX;
}

/* One file: where it is, and what writes it. */
static void make(const struct runner *r, const char *path,
		 void (*write)(const struct runner *r, FILE *out))
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	int error = -ENOMEM;

	if (out) {
		write(r, out);
		if (fclose(out) == 0)
			error = whole_write(path, DUMP_MODE, text, length);
	}
	if (error)
		fprintf(stderr, "batond: run: cannot write %s: %s\n", path,
			strerror(-error));
	free(text);
}

static void make_state(const struct runner *r)
{
	const struct conf_dumps *c = &r->model->global.dumps;
	char path[PATH_MAX];

	if (make_path(r, NULL, "keepalived_parent", ".data", c->use_instance,
		      path))
		make(r, path, dump_global);
	if (make_path(r, c->state_file, "keepalived", ".data", c->use_instance,
		      path))
		make(r, path, dump_state);
}

static void make_stats(const struct runner *r, bool clear)
{
	char path[PATH_MAX];

	if (make_path(r, r->model->global.dumps.stats_file, "keepalived",
		      ".stats", false, path))
		make(r, path, dump_stats);
	for (uint32_t n = 0; clear && n < r->model->instance_count; n++)
		ledger_clear_stats(r->ledger, n);
}

/* Without a virtual router there is none, as in keepalived. */
static void make_json(const struct runner *r)
{
	char path[PATH_MAX];

	if (r->model->instance_count > 0 &&
	    make_path(r, r->model->global.dumps.json_file, "keepalived",
		      ".json", false, path))
		make(r, path, dump_json);
}

/* reload_file, which is emptied if it is there. */
static void show_reload(const struct runner *r, bool begins)
{
	const char *path = r->model->global.reload.file;
	int error = 0;

	if (!path)
		return;
	if (begins)
		error = whole_write(path, RELOAD_MODE, "", 0);
	else if (unlink(path) && errno != ENOENT)
		error = -errno;
	if (error)
		fprintf(stderr, "batond: run: reload_file %s: %s\n", path,
			strerror(-error));
}

void dump_look(const struct runner *r)
{
	for (unsigned n = 0; n < LEDGER_DUMPS; n++) {
		enum ledger_dump dump = (enum ledger_dump)n;
		uint64_t asked = ledger_dump_due(r->ledger, dump);

		if (asked == 0)
			continue;
		switch (dump) {
		case LEDGER_DUMP_STATE:
			make_state(r);
			break;
		case LEDGER_DUMP_STATS:
		case LEDGER_DUMP_STATS_CLEAR:
			make_stats(r, dump == LEDGER_DUMP_STATS_CLEAR);
			break;
		case LEDGER_DUMP_JSON:
			make_json(r);
			break;
		case LEDGER_RELOAD_BEGINS:
		case LEDGER_RELOAD_IS_READ:
			show_reload(r, dump == LEDGER_RELOAD_BEGINS);
			break;
		case LEDGER_DUMPS:
			break;
		}
		ledger_dump_made(r->ledger, dump, asked);
	}
}
