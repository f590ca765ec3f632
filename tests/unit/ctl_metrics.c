/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /metrics, read as OpenMetrics 1.0 demands it: families stand together and
 * have a head, samples have their type's endings, labels are quoted, the last
 * line is # EOF.
 */
#include "ctl/client.h"
#include "ctl/growing.h"
#include "ctl_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NAME_MAX_LENGTH 100
#define FAMILIES_MAX    64

static struct fixture f;
static struct text answer;

static int begin(void **state)
{
	struct client client = { .run_dir = f.dir };
	struct client_question question = { "/metrics", NULL, NULL };

	fixture_begin(&f, 3, 6);
	fixture_fill(&f);
	fixture_rename(&f, 2, "a \"b\"\\\nc");
	fixture_serve(&f, 0);
	assert_int_equal(client_fetch(&client, &question, &answer), 200);
	return 0;
}

static int end(void **state)
{
	growing_free(&answer);
	fixture_end(&f);
	return 0;
}

static size_t name_length(const char *at)
{
	return strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789_");
}

/* The end of `{label="value",...}`, or NULL if it is malformed. */
static const char *after_labels(const char *at)
{
	if (*at != '{')
		return at;
	do {
		size_t length = name_length(++at);

		if (length == 0 || strncmp(at + length, "=\"", 2) != 0)
			return NULL;
		at += length + 2;
		while (*at && *at != '"' && *at != '\n') {
			if (*at == '\\' && !strchr("\\\"n", *++at))
				return NULL;
			at++;
		}
		if (*at++ != '"')
			return NULL;
	} while (*at == ',');
	return *at == '}' ? at + 1 : NULL;
}

/* Whether a sample of this name may belong to a family of this type. */
static bool fits(const char *name, size_t length, const char *family,
		 const char *type)
{
	static const struct {
		const char *type, *ending;
	} endings[] = {
		{ "counter", "_total" },
		{ "info", "_info" },
		{ "gauge", "" },
		{ "stateset", "" },
		{ "histogram", "_bucket" },
		{ "histogram", "_count" },
		{ "histogram", "_sum" },
	};

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		char expected[NAME_MAX_LENGTH * 2];

		if (strcmp(type, endings[i].type) != 0)
			continue;
		snprintf(expected, sizeof(expected), "%s%s", family,
			 endings[i].ending);
		if (strlen(expected) == length &&
		    strncmp(expected, name, length) == 0)
			return true;
	}
	return false;
}

static void check_sample(const char *line, const char *family, const char *type)
{
	const char *at = after_labels(line + name_length(line));
	char *rest;

	if (!fits(line, name_length(line), family, type))
		fail_msg("no sample of %s (%s): %.60s", family, type, line);
	if (!at || *at != ' ')
		fail_msg("malformed labels: %.80s", line);
	strtod(at + 1, &rest);
	if (rest == at + 1 || *rest != '\n')
		fail_msg("no number: %.80s", line);
}

static void every_line_is_well_formed(void **state)
{
	char family[NAME_MAX_LENGTH] = "", type[NAME_MAX_LENGTH] = "";
	char seen[FAMILIES_MAX][NAME_MAX_LENGTH];
	unsigned families = 0;
	const char *line = answer.bytes;

	while (strncmp(line, "# EOF\n", 6) != 0) {
		char name[NAME_MAX_LENGTH];

		if (sscanf(line, "# TYPE %99s %99s", family, type) == 2) {
			for (unsigned i = 0; i < families; i++)
				assert_string_not_equal(seen[i], family);
			assert_true(families < FAMILIES_MAX);
			strcpy(seen[families++], family);
		} else if (sscanf(line, "# UNIT %99s seconds", name) == 1) {
			size_t length = strlen(name);

			assert_string_equal(name, family);
			assert_string_equal(name + length - 8, "_seconds");
		} else if (sscanf(line, "# HELP %99s", name) == 1) {
			assert_string_equal(name, family);
		} else {
			check_sample(line, family, type);
		}
		line = strchr(line, '\n');
		assert_non_null(line);
		line++;
	}
	assert_string_equal(line, "# EOF\n");
	assert_true(families > 20);
}

static void assert_line(const char *line)
{
	const char *at = strstr(answer.bytes, line);

	if (!at || (at > answer.bytes && at[-1] != '\n'))
		fail_msg("no line: %s", line);
}

static void values_are_the_ledgers(void **state)
{
	assert_line("baton_info{version=\"1.2.3\",router_id=\"r1\"} 1\n");
	assert_line("baton_process_restarts_total{process=\"vrrp\"} 1\n");
	assert_line("baton_packets_dropped_total{reason=\"vrid\"} 5\n");
	assert_line("baton_vrrp_info{instance=\"web6\",interface=\"eth0\","
		    "family=\"ipv6\",vrid=\"51\",vrrp_version=\"3\"} 1\n");
	assert_line("baton_vrrp_state{instance=\"web\","
		    "baton_vrrp_state=\"active\"} 1\n");
	assert_line("baton_vrrp_state{instance=\"web\","
		    "baton_vrrp_state=\"backup\"} 0\n");
	assert_line("baton_vrrp_adverts_sent_total{instance=\"web\"} 1234\n");
	assert_line("baton_vrrp_advertisement_interval_seconds"
		    "{instance=\"web\"} 1\n");
	assert_line("baton_vrrp_state_since_seconds{instance=\"web\"} "
		    "1714478400.125\n");
	assert_line("baton_vrrp_packets_dropped_total{instance=\"web\","
		    "reason=\"checksum\"} 7\n");
	assert_line("baton_vrrp_noted_total{instance=\"web\","
		    "note=\"address-list\"} 3\n");
	assert_line("baton_vrrp_addresses{instance=\"web\","
		    "state=\"failed\"} 1\n");
}

static void labels_are_escaped(void **state)
{
	assert_line("baton_vrrp_priority{instance=\"a \\\"b\\\"\\\\\\nc\"} "
		    "200\n");
}

/* Buckets count everything below their end. */
static void buckets_add_up(void **state)
{
	assert_line("baton_turn_lateness_seconds_bucket{le=\"0.000001\"} 10\n");
	assert_line("baton_turn_lateness_seconds_bucket{le=\"0.000004\"} 10\n");
	assert_line("baton_turn_lateness_seconds_bucket{le=\"0.000008\"} 12\n");
	assert_line("baton_turn_lateness_seconds_bucket{le=\"+Inf\"} 13\n");
	assert_line("baton_turn_lateness_seconds_count 13\n");
	assert_line("baton_turn_lateness_seconds_sum 0.0015\n");
	assert_line("baton_turn_lateness_max_seconds 0.000312\n");
	assert_line("baton_advert_lateness_seconds_bucket{le=\"+Inf\"} 0\n");
	assert_line("baton_advert_lateness_seconds_count 0\n");
	assert_line("baton_advert_lateness_max_seconds 0.042\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_line_is_well_formed,
						begin, end),
		cmocka_unit_test_setup_teardown(values_are_the_ledgers, begin,
						end),
		cmocka_unit_test_setup_teardown(labels_are_escaped, begin, end),
		cmocka_unit_test_setup_teardown(buckets_add_up, begin, end),
	};

	return cmocka_run_group_tests_name("ctl_metrics", tests, NULL, NULL);
}
