/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which user runs a script. A name may be looked up by a service of the
 * network, which hangs when that does; so a child looks it up, with a time
 * limit, and what it found is kept as long as this process lives. A reload
 * begins another one.
 */
#include "runner/user.h"

#include "base/tick.h"
#include "runner/bounded.h"
#include "sys/clock.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The user that runs scripts where nothing is written and it exists. */
#define DEFAULT_USER "keepalived_script"

/* When a look-up that took too long is tried again. */
#define LOOKUP_AGAIN (30 * TICK_SECOND)

/* Users that are kept; others are looked up each time. */
#define USERS_MAX 64

/* One of them. A name is "" where none is written. */
struct kept {
	char name[CONF_USER_MAX + 1], group[CONF_USER_MAX + 1];
	bool all;      /* their groups, not only one */
	tick_t failed; /* its look-up took too long; or 0 */
	struct user_found found;
};

static struct kept *kept[USERS_MAX];
static unsigned kept_count;

__attribute__((format(printf, 2, 3))) static bool
refuse(struct user_found *out, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(out->why, sizeof(out->why), format, arguments);
	va_end(arguments);
	return false;
}

/* A number, as ids may be written. */
static bool is_number(const char *text, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 &&
	       *value < UINT32_MAX;
}

static bool find_group(struct user_found *out, const char *name)
{
	const struct group *group = getgrnam(name);
	unsigned long number;

	if (group)
		out->gid = group->gr_gid;
	else if (is_number(name, &number))
		out->gid = (gid_t)number;
	else
		return refuse(out, "there is no group %s", name);
	return true;
}

/* Its own group alone, or all. */
static bool find_groups(struct user_found *out, const char *name, bool all)
{
	int count = USER_GROUPS_MAX;

	out->groups[0] = out->gid;
	out->group_count = 1;
	if (all && getgrouplist(name, out->gid, out->groups, &count) >= 0)
		out->group_count = count;
	return true;
}

static bool find_named(struct user_found *out, const struct kept *of)
{
	const char *name = of->name;
	const struct passwd *found = getpwnam(name);
	unsigned long number;

	if (!found && is_number(name, &number))
		found = getpwuid((uid_t)number);
	if (found) {
		out->uid = found->pw_uid;
		out->gid = found->pw_gid;
		name = found->pw_name;
	} else if (is_number(name, &number)) {
		out->uid = (uid_t)number;
		out->gid = (gid_t)number;
	} else {
		return refuse(out, "there is no user %s", name);
	}
	return (!of->group[0] || find_group(out, of->group)) &&
	       find_groups(out, name, of->all);
}

/* What nobody names: root, unless that user exists. */
static bool find_default(struct user_found *out, const struct kept *of)
{
	struct kept named = { .all = of->all };

	snprintf(named.name, sizeof(named.name), DEFAULT_USER);
	if (getpwnam(DEFAULT_USER))
		return find_named(out, &named);
	out->is_default = true;
	out->uid = geteuid();
	out->gid = getegid();
	return find_groups(out, "root", false);
}

static void find(const void *in, void *out)
{
	const struct kept *of = in;
	struct user_found found = { .why = "" };

	found.is_found =
		of->name[0] ? find_named(&found, of) : find_default(&found, of);
	memcpy(out, &found, sizeof(found));
}

static bool look_up(const struct kept *of, struct user_found *out)
{
	if (bounded(find, of, out, sizeof(*out)))
		return true;
	return refuse(out, "the user %s was not found: %s",
		      of->name[0] ? of->name : DEFAULT_USER,
		      errno == ETIMEDOUT ? "nobody answers" : strerror(errno));
}

static struct kept *find_kept(const struct kept *wanted)
{
	for (unsigned n = 0; n < kept_count; n++)
		if (strcmp(kept[n]->name, wanted->name) == 0 &&
		    strcmp(kept[n]->group, wanted->group) == 0 &&
		    kept[n]->all == wanted->all)
			return kept[n];
	return NULL;
}

/* What was found, and that it took too long, is worth keeping. */
static void keep(const struct kept *one)
{
	struct kept *at = find_kept(one);

	if (!at && kept_count < USERS_MAX) {
		at = malloc(sizeof(*at));
		if (at)
			kept[kept_count++] = at;
	}
	if (at)
		*at = *one;
}

void user_find(struct user_found *out, const char *name, const char *group,
	       bool all)
{
	struct kept one = { .all = all }, *known;
	tick_t now = clock_now();

	snprintf(one.name, sizeof(one.name), "%s", name ? name : "");
	snprintf(one.group, sizeof(one.group), "%s", group ? group : "");
	known = find_kept(&one);
	if (known &&
	    (known->found.is_found || now - known->failed < LOOKUP_AGAIN)) {
		*out = known->found;
		return;
	}
	if (!look_up(&one, &one.found))
		one.failed = now;
	if (one.found.is_found || one.failed)
		keep(&one);
	*out = one.found;
}
