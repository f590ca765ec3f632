/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the files of a configuration. Errors are handed to src/conf, which
 * tells them with the place that asked for the file.
 */
#include "files/conf_files.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <malloc.h>
#include <net/if.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* More than any configuration, all files of it; src/conf has the same bound. */
#define FILE_MAX ((size_t)32 << 20)

struct conf_files_text {
	struct conf_files_text *next;
	char bytes[];
};

/*
 * All that can be read, into room that grows from `room` bytes. `total` counts
 * what was read, of a file that is then refused too.
 */
static int read_all(int fd, size_t room, size_t *total,
		    struct conf_files_text **out, size_t *length)
{
	struct conf_files_text *text = malloc(sizeof(*text) + room);
	size_t have = 0;

	while (text) {
		ssize_t got = read(fd, text->bytes + have, room - have);
		struct conf_files_text *larger;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int error = errno;

			free(text);
			return -error;
		}
		have += (size_t)got;
		*total += (size_t)got;
		if (got == 0) {
			*out = text;
			*length = have;
			return 0;
		}
		if (*total > FILE_MAX) {
			free(text);
			return -EFBIG;
		}
		if (have < room)
			continue;
		room *= 2;
		larger = realloc(text, sizeof(*text) + room);
		if (!larger)
			free(text);
		text = larger;
	}
	return -ENOMEM;
}

static int read_file(void *context, const char *path, const char **bytes,
		     size_t *length)
{
	struct conf_files *files = context;
	struct conf_files_text *text = NULL;
	struct stat status;
	int error = 0;
	/* Not to wait for the writer of a FIFO is worth a flag. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		error = -errno;
	else if (S_ISDIR(status.st_mode))
		error = -EISDIR;
	else if (files->read > FILE_MAX ||
		 (S_ISREG(status.st_mode) &&
		  (size_t)status.st_size > FILE_MAX - files->read))
		error = -EFBIG;
	else
		error = read_all(fd,
				 S_ISREG(status.st_mode)
					 ? (size_t)status.st_size + 1
					 : 4096,
				 &files->read, &text, length);
	close(fd);
	if (error == 0 && *length == 0 && S_ISFIFO(status.st_mode)) {
		free(text);
		error = -ENODATA;
	}
	if (error < 0)
		return error;
	text->next = files->texts;
	files->texts = text;
	*bytes = text->bytes;
	return 0;
}

static int list_files(void *context, const char *pattern,
		      void (*found)(void *to, const char *path), void *to)
{
	glob_t names = { 0 };
	int error = glob(pattern, 0, NULL, &names);

	(void)context;
	for (size_t i = 0; error == 0 && i < names.gl_pathc; i++)
		found(to, names.gl_pathv[i]);
	globfree(&names);
	if (error == GLOB_NOSPACE)
		return -ENOMEM;
	return error == GLOB_ABORTED ? -EIO : 0;
}

bool conf_files_has_interface(void *context, const char *name)
{
	(void)context;
	return if_nametoindex(name) != 0;
}

static const char *environment(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

struct conf_source conf_files_source(struct conf_files *files,
				     const char *config_id)
{
	struct conf_source source = {
		.context = files,
		.read = read_file,
		.list = list_files,
		.environment = environment,
		.config_id = config_id,
	};

	if (gethostname(files->host, sizeof(files->host) - 1) == 0)
		source.host = files->host;
	if (getcwd(files->directory, sizeof(files->directory)))
		source.directory = files->directory;
	if (getrandom(&source.seed, sizeof(source.seed), GRND_NONBLOCK) < 0)
		source.seed = 1;
	return source;
}

void conf_files_close(struct conf_files *files)
{
	while (files->texts) {
		struct conf_files_text *text = files->texts;

		files->texts = text->next;
		free(text);
	}
}

const char *conf_files_default(void)
{
	if (access(CONF_FILES_OURS, F_OK) < 0 &&
	    access(CONF_FILES_THEIRS, F_OK) == 0)
		return CONF_FILES_THEIRS;
	return CONF_FILES_OURS;
}

struct conf_model *conf_files_load(const char *file, bool colour,
				   void (*tell)(void *to, const char *text,
						size_t length),
				   void *to)
{
	struct conf_diagnostics *found = calloc(1, sizeof(*found));
	struct arena texts = arena_over(malloc, free);
	struct conf_files files = { 0 };
	struct conf_source source = conf_files_source(&files, NULL);
	struct conf_model *model = NULL;

	if (found) {
		found->arena = &texts;
		model = conf_load(&source, file, malloc, free, found);
		for (size_t n = 0; n < found->count; n++)
			conf_diagnostic_print(&found->list[n], colour, tell,
					      to);
	}
	conf_files_close(&files);
	arena_free(&texts);
	free(found);
	malloc_trim(0); /* what loading took is far more than what stays */
	return model;
}
