/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the checklist the configuration answers for: the values that a
 * virtual router may have, and those it has when nothing is written.
 */
#include "base/must.h"
#include "base/tick.h"
#include "conf/model/conf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PROOF(name, function)                                                  \
	{                                                                      \
		name, function, NULL, NULL, NULL                               \
	}

static int read_text(void *context, const char *path, const char **text,
		     size_t *length)
{
	if (strcmp(path, "test.conf") != 0)
		return -ENOENT;
	*text = context;
	*length = strlen(context);
	return 0;
}

/* One instance with these lines, and what was found; NULL: unusable. */
struct loaded {
	struct conf_model *model;
	struct arena arena;
	struct conf_diagnostics found;
	const struct vrrp_config *vrrp;
};

static void load(struct loaded *l, const char *lines, const char *addresses)
{
	char text[1024];
	struct conf_source source = { .context = text, .read = read_text };

	snprintf(text, sizeof(text),
		 "vrrp_instance a {\n interface lan0\n version 3\n %s\n"
		 " virtual_ipaddress { %s }\n}\n",
		 lines, addresses);
	memset(l, 0, sizeof(*l));
	l->arena = arena_over(malloc, free);
	l->found.arena = &l->arena;
	l->model = conf_load(&source, "test.conf", malloc, free, &l->found);
	if (l->model) {
		assert_int_equal(l->model->instance_count, 1);
		l->vrrp = &l->model->instances[0].vrrp;
	}
}

static void unload(struct loaded *l)
{
	if (l->model)
		conf_free(l->model);
	arena_free(&l->arena);
}

/* The default is used in its place, and that is told. */
static void leaves_out(const char *lines)
{
	struct loaded l;

	load(&l, lines, "192.0.2.1/24");
	assert_non_null(l.model);
	assert_int_equal(l.found.ignored, 1);
	assert_int_equal(conf_verdict(&l.found), 4);
	assert_int_equal(l.vrrp->priority, 100);
	assert_true(l.vrrp->interval == TICK_SECOND);
	unload(&l);
}

/* The nearest that can be advertised is used, and that is told. */
static void rounds(const char *lines, tick_t interval)
{
	struct loaded l;

	load(&l, lines, "192.0.2.1/24");
	assert_non_null(l.model);
	assert_int_equal(l.found.ignored, 1);
	assert_int_equal(conf_verdict(&l.found), 4);
	assert_true(l.vrrp->interval == interval);
	unload(&l);
}

static void refuses(const char *lines)
{
	struct loaded l;

	load(&l, lines, "192.0.2.1/24");
	assert_in_range(l.found.errors, 1, 9);
	assert_int_equal(conf_verdict(&l.found), 3);
	unload(&l);
}

static void accepts(const char *lines, uint8_t vrid, uint8_t priority,
		    tick_t interval)
{
	struct loaded l;

	load(&l, lines, "192.0.2.1/24");
	assert_non_null(l.model);
	assert_int_equal(l.found.errors, 0);
	assert_int_equal(l.vrrp->vrid, vrid);
	assert_int_equal(l.vrrp->priority, priority);
	assert_true(l.vrrp->interval == interval);
	unload(&l);
}

static void P016_positive(void **state)
{
	accepts("virtual_router_id 1", 1, 100, TICK_SECOND);
	accepts("virtual_router_id 255", 255, 100, TICK_SECOND);
}

static void P016_negative(void **state)
{
	refuses("virtual_router_id 0");
	refuses("virtual_router_id 256");
	refuses("virtual_router_id -1");
	refuses("");
}

static void P018_positive(void **state)
{
	accepts("virtual_router_id 10\n priority 1", 10, 1, TICK_SECOND);
	accepts("virtual_router_id 10\n priority 254", 10, 254, TICK_SECOND);
	accepts("virtual_router_id 10\n priority 255", 10, 255, TICK_SECOND);
}

static void P018_negative(void **state)
{
	leaves_out("virtual_router_id 10\n priority 0");
	leaves_out("virtual_router_id 10\n priority 256");
	leaves_out("virtual_router_id 10\n priority -1");
}

static void P020_positive(void **state)
{
	assert_int_equal(VRRP_PRIORITY_DEFAULT, 100);
	accepts("virtual_router_id 10", 10, 100, TICK_SECOND);
}

static void P020_negative(void **state)
{
	accepts("virtual_router_id 10\n priority 99", 10, 99, TICK_SECOND);
	accepts("virtual_router_id 10\n priority 101", 10, 101, TICK_SECOND);
}

static void P023_positive(void **state)
{
	accepts("virtual_router_id 10", 10, 100, 100 * TICK_CENTISECOND);
}

static void P023_negative(void **state)
{
	/* Not what 12 bits of centiseconds cannot say. */
	rounds("virtual_router_id 10\n advert_int 40.96",
	       4095 * TICK_CENTISECOND);
	rounds("virtual_router_id 10\n advert_int 0.015", 2 * TICK_CENTISECOND);
	leaves_out("virtual_router_id 10\n advert_int 0.005");
	leaves_out("virtual_router_id 10\n advert_int 4095");
}

static void P083_positive(void **state)
{
	accepts("virtual_router_id 10", 10, 100, TICK_SECOND);
	accepts("virtual_router_id 10\n advert_int 0.01", 10, 100,
		TICK_CENTISECOND);
	accepts("virtual_router_id 10\n advert_int 40.95", 10, 100,
		4095 * TICK_CENTISECOND);
	accepts("virtual_router_id 10\n advert_int 100ms", 10, 100,
		10 * TICK_CENTISECOND);
}

static void P083_negative(void **state)
{
	leaves_out("virtual_router_id 10\n advert_int 0");
	leaves_out("virtual_router_id 10\n advert_int -1");
	rounds("virtual_router_id 10\n advert_int 41s",
	       4095 * TICK_CENTISECOND);
	leaves_out("virtual_router_id 10\n advert_int soon");
}

static void P029_positive(void **state)
{
	struct loaded l;

	load(&l, "virtual_router_id 10", "fe80::1/64\n 2001:db8::1/64");
	assert_non_null(l.model);
	assert_int_equal(l.found.warnings, 0);
	assert_true(ip_is_link_local(&l.vrrp->addresses[0]));
	assert_int_equal(l.vrrp->address_count, 2);
	unload(&l);
}

static void P029_negative(void **state)
{
	struct loaded l;

	load(&l, "virtual_router_id 10", "2001:db8::1/64\n fe80::1/64");
	assert_int_equal(l.found.count, 1);
	assert_non_null(strstr(l.found.list[0].message, "link-local"));
	assert_int_equal(l.found.list[0].severity, CONF_WARNING);
	unload(&l);
	load(&l, "virtual_router_id 10\n strict_mode true",
	     "2001:db8::1/64\n fe80::1/64");
	assert_in_range(l.found.errors, 1, 9);
	unload(&l);
}

static void P031_positive(void **state)
{
	struct loaded l;
	struct ip first, last;

	assert_int_equal(ip_parse("192.0.2.9", &first), 0);
	assert_int_equal(ip_parse("10.0.0.1", &last), 0);
	load(&l, "virtual_router_id 10",
	     "192.0.2.9/24\n 192.0.2.1/24\n 10.0.0.1/8");
	assert_non_null(l.model);
	assert_int_equal(l.vrrp->address_count, 3);
	assert_true(ip_equal(&l.vrrp->addresses[0], &first));
	assert_true(ip_equal(&l.vrrp->addresses[2], &last));
	unload(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROOF("P016 + VRIDs 1 to 255 may be written", P016_positive),
		PROOF("P016 - 0, 256 and none are refused", P016_negative),
		PROOF("P018 + priorities 1 to 255 may be written",
		      P018_positive),
		PROOF("P018 - 0 and 256 are left out", P018_negative),
		PROOF("P020 + the priority is 100", P020_positive),
		PROOF("P020 - if nothing else is written", P020_negative),
		PROOF("P023 + the interval is 100 cs", P023_positive),
		PROOF("P023 - what has no wire form is not sent",
		      P023_negative),
		PROOF("P029 + a link-local address first is right",
		      P029_positive),
		PROOF("P029 - another one is warned of, or refused",
		      P029_negative),
		PROOF("P031 + addresses keep the order of the file",
		      P031_positive),
		PROOF("P083 + 1 to 4095 cs may be written", P083_positive),
		PROOF("P083 - 0 and more are not sent", P083_negative),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
