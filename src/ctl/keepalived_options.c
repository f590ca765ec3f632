/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/keepalived_options.h"

#include "sys/procfs.h"

#include "files/conf_files.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A command line that is longer is not read. */
#define LINE_SIZE (64 << 10)
#define WORDS     256

/* Those of keepalived(8) that matter, and what else takes a value. */
static const char letters[] =
	":hvPCBlDS:Gu:XVIRnf:p:r:Tc:ab:xA:s:mM::ei:dt::g:";

static const struct option table[] = {
	{ "use-file", required_argument, NULL, 'f' },
	{ "vrrp", no_argument, NULL, 'P' },
	{ "check", no_argument, NULL, 'C' },
	{ "config-id", required_argument, NULL, 'i' },
	{ "log-facility", required_argument, NULL, 'S' },
	{ "log-file", required_argument, NULL, 'g' },
	{ "umask", required_argument, NULL, 'u' },
	{ "pid", required_argument, NULL, 'p' },
	{ "vrrp_pid", required_argument, NULL, 'r' },
	{ "checkers_pid", required_argument, NULL, 'c' },
	{ "bfd_pid", required_argument, NULL, 'b' },
	{ "snmp-agent-socket", required_argument, NULL, 'A' },
	{ "namespace", required_argument, NULL, 's' },
	{ "config-test", optional_argument, NULL, 't' },
	{ "core-dump-pattern", optional_argument, NULL, 'M' },
	{ NULL, 0, NULL, 0 },
};

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
	while ((letter = getopt_long(count, words, letters, table, NULL)) >=
	       0) {
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
