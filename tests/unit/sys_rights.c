/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sys/process.h: the rights that children give up, and those that they can. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sys_child.h"

#include <linux/capability.h>
#include <signal.h>

/* A line of /proc/self/status as a hexadecimal number. */
static uint64_t status_of(const char *key)
{
	char line[256];
	uint64_t value = UINT64_MAX;
	FILE *file = fopen("/proc/self/status", "r");

	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, key, strlen(key)) == 0)
			value = strtoull(line + strlen(key), NULL, 16);
	}
	if (file)
		fclose(file);
	return value;
}

static int check_rights(void *context)
{
	const struct process_rights *rights = context;
	int bad = 0;

	bad |= (status_of("CapEff:") != rights->capabilities) << 0;
	bad |= (status_of("CapPrm:") != rights->capabilities) << 1;
	bad |= (status_of("CapBnd:") != rights->capabilities) << 2;
	bad |= (status_of("CapAmb:") != 0) << 3;
	bad |= (status_of("NoNewPrivs:") != 1) << 4;
	if (rights->change_user) {
		bad |= (getuid() != rights->uid || geteuid() != rights->uid)
		       << 5;
		bad |= (getgid() != rights->gid || getgroups(0, NULL) != 0)
		       << 6;
	}
	return bad;
}

static void rights_are_given_up(void **state)
{
	struct process_rights cases[] = {
		{ .capabilities = PROCESS_CAP(CAP_NET_ADMIN) |
				  PROCESS_CAP(CAP_NET_RAW) },
		{ .capabilities = 0 },
		{ .capabilities = 0,
		  .change_user = true,
		  .uid = 65534,
		  .gid = 65534 },
		{ .capabilities = PROCESS_CAP(CAP_NET_RAW),
		  .change_user = true,
		  .uid = 65534,
		  .gid = 65534 },
	};

	(void)state;
	need_root();
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct process_config config = {
			.name = "test",
			.main = check_rights,
			.context = &cases[i],
			.rights = cases[i],
			.restrict_rights = true,
			.death_signal = SIGKILL,
		};
		struct process p;

		assert_int_equal(process_spawn(&config, &p), 0);
		assert_int_equal(end_of(&p).value, 0);
	}
}

/* Its set-up needs more than its life. */
static void prepare_early(void *context)
{
	*(bool *)context = status_of("CapEff:") >> CAP_SETPCAP & 1;
}

static int release_early(void *context)
{
	const uint64_t lasting = PROCESS_CAP(CAP_NET_RAW);
	const uint64_t early = lasting | PROCESS_CAP(CAP_IPC_LOCK);
	int bad = !*(bool *)context;

	bad |= (status_of("CapEff:") != early) << 1;
	bad |= (status_of("CapPrm:") != early) << 2;
	bad |= (status_of("CapBnd:") != lasting) << 3;
	bad |= (process_release(PROCESS_CAP(CAP_IPC_LOCK)) != 0) << 4;
	bad |= (status_of("CapEff:") != lasting) << 5;
	bad |= (status_of("CapPrm:") != lasting) << 6;
	/* Twice is no error. */
	bad |= (process_release(PROCESS_CAP(CAP_IPC_LOCK)) != 0) << 7;
	return bad;
}

static void rights_for_the_set_up_are_released(void **state)
{
	bool prepared = false;
	struct process_config config = {
		.name = "test",
		.main = release_early,
		.prepare = prepare_early,
		.context = &prepared,
		.rights = { .capabilities = PROCESS_CAP(CAP_NET_RAW),
			    .until_release = PROCESS_CAP(CAP_IPC_LOCK) },
		.restrict_rights = true,
	};
	struct process p;

	(void)state;
	need_root();
	assert_int_equal(process_spawn(&config, &p), 0);
	assert_int_equal(end_of(&p).value, 0);
}

/* In a container: has `only` these, and starts one of another user. */
struct poor {
	uint64_t only;
	bool user;   /* it is another one then */
	bool bounds; /* nothing is in the bounding set then */
};

static int check_poor(void *context)
{
	const struct poor *p = context;
	bool is_other = getuid() == 65534;
	int bad = 0;

	bad |= (status_of("CapEff:") != 0) << 0;
	bad |= (status_of("CapPrm:") != 0) << 1;
	bad |= ((status_of("CapBnd:") == 0) != p->bounds) << 2;
	bad |= (status_of("CapAmb:") != 0) << 3;
	bad |= (status_of("NoNewPrivs:") != 1) << 4;
	bad |= (is_other != p->user) << 5;
	bad |= (p->user && getgroups(0, NULL) != 0) << 6;
	return bad;
}

static int start_poorly(void *context)
{
	struct poor *poor = context;
	const struct process_rights own = { .capabilities = poor->only };
	struct process_config config = {
		.name = "test",
		.main = check_poor,
		.context = poor,
		.rights = { .change_user = true, .uid = 65534, .gid = 65534 },
		.restrict_rights = true,
	};
	struct process p;

	if (process_restrict(&own) || process_spawn(&config, &p) ||
	    p.uid != (poor->user ? 65534u : geteuid()))
		return 128;
	return end_of(&p).value;
}

/* Whatever of its rights a container withholds, the rest is given up. */
static void what_can_be_given_up_is(void **state)
{
	const uint64_t net =
		PROCESS_CAP(CAP_NET_ADMIN) | PROCESS_CAP(CAP_NET_RAW);
	const uint64_t user = PROCESS_CAP(CAP_SETUID) | PROCESS_CAP(CAP_SETGID);
	struct poor cases[] = {
		{ net, false, false },
		{ net | PROCESS_CAP(CAP_SETUID), false, false },
		{ net | user, true, false },
		{ net | PROCESS_CAP(CAP_SETPCAP), false, true },
		{ net | user | PROCESS_CAP(CAP_SETPCAP), true, true },
		{ 0, false, true },
	};

	(void)state;
	need_root();
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct process p = spawn(start_poorly, &cases[i]);

		assert_int_equal(end_of(&p).value, 0);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rights_are_given_up),
		cmocka_unit_test(rights_for_the_set_up_are_released),
		cmocka_unit_test(what_can_be_given_up_is),
	};

	process_title_init(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
