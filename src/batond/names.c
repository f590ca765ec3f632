/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "batond/names.h"

#include "base/map.h"
#include "base/must.h"
#include "ctl/ctl.h"
#include "ledger/records.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* keepalived's, of Debian. */
#define PID_DIR "/run"

__attribute__((format(printf, 3, 4))) static bool make(char *out, size_t size,
						       const char *format, ...)
{
	va_list values;
	int length;

	va_start(values, format);
	length = vsnprintf(out, size, format, values);
	va_end(values);
	return length >= 0 && (size_t)length < size;
}

/* What there is of two, with a character between them. */
static bool join(char *out, size_t size, const char *one, const char *two)
{
	return make(out, size, "%s%s%s", one ? one : "", one && two ? "_" : "",
		    two ? two : "");
}

/* Who has the usual PID file has the usual run directory. */
static bool is_usual(const char *pid_file)
{
	static const char *const usual[] = {
		PID_DIR "/keepalived.pid",
		PID_DIR "/keepalived/keepalived.pid",
		"/var" PID_DIR "/keepalived.pid",
		"/var" PID_DIR "/keepalived/keepalived.pid",
	};

	for (size_t n = 0; n < ARRAY_LENGTH(usual); n++)
		if (strcmp(pid_file, usual[n]) == 0)
			return true;
	return false;
}

/*
 * Several keepalived of one machine are told apart by -p alone. A socket's path
 * has 107 bytes at most (unix(7)), so that of a PID file is too long for it.
 */
static bool name_pid_file(const char *path, char *name, size_t size)
{
	const char *slash = strrchr(path, '/');

	return make(name, size, "%.40s-%08x", slash ? slash + 1 : path,
		    map_hash(path, strlen(path)));
}

static bool make_run_dir(const struct options *o, const char *space,
			 const char *instance, struct names *out)
{
	char name[LINE_MAX];

	if (o->run_dir)
		return make(out->run_dir, sizeof(out->run_dir), "%s",
			    o->run_dir);
	if (!join(name, sizeof(name), space, instance))
		return false;
	if (!name[0] && o->keepalived.pid_file &&
	    !is_usual(o->keepalived.pid_file) &&
	    !name_pid_file(o->keepalived.pid_file, name, sizeof(name)))
		return false;
	return make(out->run_dir, sizeof(out->run_dir), CTL_RUN_DIR "%s%s",
		    name[0] ? "/" : "", name);
}

static bool make_pid_file(const char *given, const char *folder,
			  const char *name, const char *instance,
			  char out[PATH_MAX])
{
	if (given)
		return make(out, PATH_MAX, "%s", given);
	return make(out, PATH_MAX, "%s/%s%s%s.pid", folder, name,
		    instance ? "_" : "", instance ? instance : "");
}

/* keepalived's; and else one that nobody but root can write. */
static bool make_dump_folder(const struct options *o, struct names *out)
{
	const char *given = getenv("TMPDIR");

	if (!o->as_keepalived)
		given = out->run_dir;
	else if (!given || given[0] != '/')
		given = "/tmp";
	return make(out->dumps, LEDGER_FOLDER_SIZE, "%s", given);
}

bool names_make(const struct options *o, const struct conf_daemon *daemon,
		struct names *out)
{
	const char *space = o->keepalived.net_namespace
				    ? o->keepalived.net_namespace
				    : daemon->net_namespace;
	const char *instance = daemon->instance;
	char folder[PATH_MAX];

	*out = (struct names){ "", "", "", "", "" };
	if (!make_run_dir(o, space, instance, out))
		return false;
	if (!make_dump_folder(o, out))
		return false;
	if (!o->as_keepalived)
		return make(out->log, sizeof(out->log), "batond");
	return make(out->log, sizeof(out->log), "Keepalived%s%s%s%s",
		    space ? "_" : "", space ? space : "", instance ? "_" : "",
		    instance ? instance : "") &&
	       make(folder, sizeof(folder), PID_DIR "%s%s%s",
		    space || instance || daemon->use_pid_dir ? "/keepalived"
							     : "",
		    space ? "/" : "", space ? space : "") &&
	       make_pid_file(o->keepalived.pid_file, folder, "keepalived",
			     instance, out->pid_file) &&
	       make_pid_file(o->keepalived.vrrp_pid_file, folder, "vrrp",
			     instance, out->vrrp_pid_file);
}
