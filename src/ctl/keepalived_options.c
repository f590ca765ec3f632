/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/keepalived_options.h"

#include "files/conf_files.h"
#include "files/their_options.h"
#include "sys/procfs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A command line that is longer is not read. */
#define LINE_SIZE (64 << 10)
#define WORDS     256

/* One that is relative is so to where keepalived was started, if it is there.
 */
static bool put_file(const char *name, const char *folder, char out[PATH_MAX])
{
	bool whole = name[0] == '/';
	int length = snprintf(out, PATH_MAX, "%s%s%s", whole ? "" : folder,
			      whole ? "" : "/", name);

	return length > 0 && length < PATH_MAX;
}

bool keepalived_options_read(char *line, size_t length, const char *folder,
			     struct keepalived_options *out)
{
	char *words[WORDS + 1];
	int count = 0, letter;
	bool vrrp = false, check = false, fits = true;

	if (length == 0 || line[length - 1] != '\0')
		return false;
	for (char *at = line; at < line + length; at += strlen(at) + 1) {
		if (count == WORDS)
			return false;
		words[count++] = at;
	}
	words[count] = NULL;
	*out = (struct keepalived_options){ .file = CONF_FILES_THEIRS };
	optind = 0; /* getopt(3): begin anew */
	while ((letter = getopt_long(count, words, their_letters, their_options,
				     NULL)) >= 0) {
		vrrp |= letter == 'P';
		check |= letter == 'C';
		if (letter == 'f')
			fits &= put_file(optarg, folder, out->file);
		else if (letter == 'i')
			fits &= (size_t)snprintf(
					out->config_id, sizeof(out->config_id),
					"%s", optarg) < sizeof(out->config_id);
	}
	out->no_vrrp = check && !vrrp;
	return fits;
}

bool keepalived_options_of(pid_t pid, struct keepalived_options *out)
{
	char path[64], folder[PATH_MAX], line[LINE_SIZE];
	ssize_t length;
	size_t got;

	snprintf(path, sizeof(path), "/proc/%d/cwd", pid);
	length = readlink(path, folder, sizeof(folder) - 1);
	if (length < 0)
		return false;
	folder[length] = '\0';
	got = procfs_command(pid, line, sizeof(line));
	return got > 0 && got < sizeof(line) &&
	       keepalived_options_read(line, got, folder, out);
}
