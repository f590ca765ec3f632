/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/command_takeover_check.h"

#include "ctl/command_reading.h"
#include "ctl/growing.h"
#include "ctl/kernel_addresses.h"
#include "ctl/view.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* So many are told by name. */
#define TOLD_MAX 8

/* What is not known of any virtual router; a multiple of it is soon over. */
#define INTERVAL_UNKNOWN TICK_SECOND

static bool is_same_file(const char *one, const char *other)
{
	struct stat a, b;

	return stat(one, &a) == 0 && stat(other, &b) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool takeover_file_fits(const struct command *c,
			const struct keepalived_options *theirs)
{
	const char *ours = conf_files_default();

	if (c->argument)
		return true;
	if (!is_same_file(theirs->file, ours)) {
		fprintf(stderr,
			"baton: takeover: keepalived runs with %s, and batond "
			"would with %s; say which: baton takeover FILE\n",
			theirs->file, ours);
		return false;
	}
	if (theirs->config_id[0]) {
		fprintf(stderr,
			"baton: takeover: keepalived runs with the config-id "
			"%s; for the same: baton takeover %s\n",
			theirs->config_id, theirs->file);
		return false;
	}
	return true;
}

/* "ADDRESS/LENGTH ..." is that address. */
static bool is_named(const char *text, const struct ip *address)
{
	char plain[IP_TEXT_MAX];
	size_t length = strcspn(text, "/ ");
	struct ip found;

	if (length >= sizeof(plain))
		return false;
	memcpy(plain, text, length);
	plain[length] = '\0';
	return ip_parse(plain, &found) == 0 && ip_equal(&found, address);
}

static bool is_in(const json_t *list, const char *key, const struct ip *address)
{
	const json_t *one;
	size_t at;

	json_array_foreach(list, at, one)
	{
		if (is_named(view_string(one, key), address))
			return true;
	}
	return false;
}

/* Some virtual router has it, or it is one of static_ipaddress. */
static bool is_ours(const json_t *status, const struct ip *address)
{
	const json_t *one;
	size_t at;

	json_array_foreach(json_object_get(status, "instances"), at, one)
	{
		if (is_in(json_object_get(one, "addresses"), "address",
			  address))
			return true;
	}
	return is_in(json_object_get(status, "static"), "holding", address);
}

static bool model_has(const struct conf_model *model, const struct ip *address)
{
	for (uint32_t n = 0; model && n < model->instance_count; n++) {
		const struct conf_instance *i = &model->instances[n];

		for (uint32_t k = 0; k < i->address_count; k++)
			if (ip_equal(&i->addresses[k].address, address))
				return true;
	}
	return false;
}

/* How many nobody would serve; the first of them are told. */
static unsigned tell_left(const json_t *status, const struct conf_model *theirs,
			  const struct kernel_address *list, unsigned count)
{
	unsigned left = 0;

	for (unsigned n = 0; n < count; n++) {
		const struct kernel_address *a = &list[n];
		char text[IP_TEXT_MAX];

		if ((a->protocol != RTPROT_KEEPALIVED &&
		     !model_has(theirs, &a->address)) ||
		    is_ours(status, &a->address))
			continue;
		if (left++ < TOLD_MAX)
			fprintf(stderr,
				"baton: takeover: keepalived serves %s, which "
				"no virtual router of batond has\n",
				ip_format(&a->address, text));
	}
	if (left > TOLD_MAX)
		fprintf(stderr, "... and %u more\n", left - TOLD_MAX);
	return left;
}

bool takeover_addresses_fit(const struct command *c,
			    const struct keepalived_options *theirs,
			    const json_t *status)
{
	const char *id = theirs->config_id[0] ? theirs->config_id : NULL;
	struct command_reading *read = command_read_as(theirs->file, id);
	unsigned count = 0, left = 0;
	struct kernel_address *list = kernel_addresses(&count);
	bool known = list && read && read->model;

	if (!list)
		fprintf(stderr,
			"baton: takeover: the kernel does not tell its "
			"addresses: %s\n",
			strerror(errno));
	else if (!known)
		fprintf(stderr,
			"baton: takeover: %s cannot be read, so it is not "
			"known what keepalived serves\n",
			theirs->file);
	if (list)
		left = tell_left(status, read ? read->model : NULL, list,
				 count);
	free(list);
	command_read_free(read);
	return left == 0 && (known || c->force);
}

/* The kernel has one of its addresses. */
static bool has_address(const json_t *instance,
			const struct kernel_address *list, unsigned count)
{
	const json_t *one;
	size_t at;

	for (unsigned n = 0; n < count; n++)
		json_array_foreach(json_object_get(instance, "addresses"), at,
				   one)
		{
			if (is_named(view_string(one, "address"),
				     &list[n].address))
				return true;
		}
	return false;
}

/* It, or one of its sync group. */
static bool is_served(const json_t *status, const json_t *instance,
		      const struct kernel_address *list, unsigned count)
{
	const char *group = view_string(instance, "sync_group");
	const json_t *one;
	size_t at;

	if (has_address(instance, list, count))
		return true;
	if (!*group)
		return false;
	json_array_foreach(json_object_get(status, "instances"), at, one)
	{
		if (strcmp(view_string(one, "sync_group"), group) == 0 &&
		    has_address(one, list, count))
			return true;
	}
	return false;
}

static bool has_fault(const json_t *instance)
{
	return strcmp(view_string(instance, "interface_status"), "up") != 0 ||
	       json_array_size(json_object_get(instance, "faults")) > 0 ||
	       json_is_true(json_object_get(instance, "quarantined"));
}

static void tell_fault(const json_t *instance)
{
	struct view v = { .out = growing_text() };
	const json_t *faults = json_object_get(instance, "faults"), *one;
	size_t at;

	fprintf(stderr, "baton: takeover: %s would be in FAULT",
		view_string(instance, "name"));
	json_array_foreach(faults, at, one) fprintf(
		stderr, "%s%s", at == 0 ? ": " : ", ", json_string_value(one));
	fputs("\n", stderr);
	view_problems(&v, instance, "  ");
	fwrite(v.out.bytes, 1, v.out.length, stderr);
	growing_free(&v.out);
}

bool takeover_serves(const struct command *c, const json_t *status)
{
	unsigned count = 0, faulty = 0;
	struct kernel_address *list = kernel_addresses(&count);
	const json_t *one;
	size_t at;

	if (!list)
		return false;
	json_array_foreach(json_object_get(status, "instances"), at, one)
	{
		if (!has_fault(one) || !is_served(status, one, list, count))
			continue;
		tell_fault(one);
		faulty++;
	}
	free(list);
	if (faulty > 0 && !c->force)
		fprintf(stderr,
			"baton: takeover: with --force these would be given "
			"up, with their sync groups\n");
	return faulty == 0 || c->force;
}

tick_t takeover_interval(const json_t *status)
{
	double least = (double)INTERVAL_UNKNOWN / TICK_MILLISECOND;
	const json_t *one;
	size_t at;

	json_array_foreach(json_object_get(status, "instances"), at, one)
	{
		double ms = view_number(one, "advertisement_interval_ms");

		if (ms > 0 && ms < least)
			least = ms;
	}
	return (tick_t)(least * TICK_MILLISECOND);
}
