/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/needs.h"

#include "checker/kinds.h"
#include "sys/process.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <sys/utsname.h>

/* Beside those of checks, and at most. */
#define DESCRIPTORS_MORE 256
#define DESCRIPTORS_MOST (1u << 18)

/* The first kernel that lets CAP_NET_RAW mark packets. */
#define MARKS_MAJOR 5
#define MARKS_MINOR 17

/* How many checks there are for which `is` holds. */
static unsigned count(const struct conf_model *model,
		      bool (*is)(const struct conf_check *check))
{
	unsigned found = 0;

	for (uint32_t v = 0; v < model->virtual_server_count; v++) {
		const struct conf_virtual_server *vs =
			&model->virtual_servers[v];

		for (uint32_t r = 0; r < vs->server_count; r++)
			for (uint32_t n = 0; n < vs->servers[r].check_count;
			     n++)
				found += is(&vs->servers[r].checks[n]);
	}
	return found;
}

static bool is_run(const struct conf_check *check)
{
	return kind_of(check);
}

static bool is_ping(const struct conf_check *check)
{
	return check->kind == CONF_CHECK_PING;
}

static bool is_marked(const struct conf_check *check)
{
	return check->connect.mark != 0;
}

bool checker_is_needed(const struct conf_model *model)
{
	return count(model, is_run) > 0;
}

unsigned checker_descriptors(const struct conf_model *model)
{
	unsigned checks = count(model, is_run);

	return checks < DESCRIPTORS_MOST ? checks + DESCRIPTORS_MORE
					 : DESCRIPTORS_MOST;
}

static bool marks_by_raw(void)
{
	struct utsname name;
	char *end;
	unsigned long major, minor;

	if (uname(&name))
		return false;
	major = strtoul(name.release, &end, 10);
	minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
	return major > MARKS_MAJOR ||
	       (major == MARKS_MAJOR && minor >= MARKS_MINOR);
}

uint64_t checker_rights(const struct conf_model *model)
{
	uint64_t rights = 0;

	if (count(model, is_ping) > 0)
		rights |= PROCESS_CAP(CAP_NET_RAW);
	if (count(model, is_marked) > 0)
		rights |= marks_by_raw() ? PROCESS_CAP(CAP_NET_RAW)
					 : PROCESS_CAP(CAP_NET_ADMIN);
	return rights;
}

uint64_t checker_lasting_rights(const struct conf_model *model)
{
	return count(model, is_marked) > 0 ? checker_rights(model) : 0;
}
