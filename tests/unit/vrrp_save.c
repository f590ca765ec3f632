/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The saved form of a virtual router: what goes in comes out, a record of a
 * program that knew less is taken as far as it goes, and what is no value is
 * refused.
 */
#include "vrrp/save.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct vrrp_config config = {
	VRRP_CONFIG_DEFAULTS, .family = IP_V4,         .version = 3, .vrid = 1,
	.priority = 100,      .interval = TICK_SECOND,
};

/* Each field another value, and one that is valid. */
static void fill(struct vrrp *v)
{
	int64_t n = 1;

	vrrp_init(v, &config);
#define VALUE_MOMENT(field, limit) v->field = n++
#define VALUE_SPAN(field, limit)   v->field = n++
#define VALUE_ADDRESS(field, limit)                                            \
	v->field = (struct ip)                                                 \
	{                                                                      \
		IP_V4,                                                         \
		{                                                              \
			192, 0, 2, (uint8_t)n++                                \
		}                                                              \
	}
#define VALUE_WORD(field, limit) v->field = (uint16_t)n++
#define VALUE_BYTE(field, limit)                                               \
	(n++, v->field = (limit) == UINT8_MAX ? (uint8_t)n : 1)
#define VALUE_CAUSE(field, limit)            (n++, v->field = VRRP_CAUSE_STALLED)
#define VALUE_BITS(field, limit)             (n++, v->field = (limit))
#define VALUE_WEIGHT(field, limit)           v->field = -(int32_t)n++
#define VALUE_FLAG(field, limit)             v->field = true
#define VRRP_FIELD(kind, name, field, limit) VALUE_##kind(field, limit);
	VRRP_SAVED_FIELDS(VRRP_FIELD)
#undef VRRP_FIELD
}

static void what_goes_in_comes_out(void **state)
{
	struct vrrp_saved saved, again;
	struct vrrp v, back;

	fill(&v);
	vrrp_save(&v, &saved);
	assert_true(vrrp_restore(&back, &config, &saved, sizeof(saved)));
	assert_ptr_equal(back.config, &config);
	vrrp_save(&back, &again);
	assert_memory_equal(&saved, &again, sizeof(saved));
#define VRRP_FIELD(kind, name, field, limit)                                   \
	assert_memory_equal(&v.field, &back.field, sizeof(v.field));
	VRRP_SAVED_FIELDS(VRRP_FIELD)
#undef VRRP_FIELD
}

static void a_new_one_comes_back_as_it_was(void **state)
{
	struct vrrp_saved saved;
	struct vrrp v, back;

	vrrp_init(&v, &config);
	vrrp_save(&v, &saved);
	assert_true(vrrp_restore(&back, &config, &saved, sizeof(saved)));
	assert_memory_equal(&v, &back, sizeof(v));
}

/* The list is append-only: a line of before never changes its place. */
static void the_layout_is_as_it_was(void **state)
{
	assert_int_equal(offsetof(struct vrrp_saved, since), 0);
	assert_int_equal(offsetof(struct vrrp_saved, active_interval), 48);
	assert_int_equal(offsetof(struct vrrp_saved, announce_next), 80);
	assert_int_equal(offsetof(struct vrrp_saved, defend_after), 136);
	assert_int_equal(offsetof(struct vrrp_saved, source), 144);
	assert_int_equal(offsetof(struct vrrp_saved, active), 161);
	assert_int_equal(offsetof(struct vrrp_saved, rounds), 178);
	assert_int_equal(offsetof(struct vrrp_saved, state), 182);
	assert_int_equal(offsetof(struct vrrp_saved, probes), 195);
	assert_int_equal(offsetof(struct vrrp_saved, faults), 196);
	assert_int_equal(offsetof(struct vrrp_saved, weight), 198);
	assert_true(sizeof(struct vrrp_saved) >= 202);
}

/* Whatever the length: what is not whole in it is as of a new one. */
static void a_shorter_record_is_taken_as_far_as_it_goes(void **state)
{
	struct vrrp_saved saved, cut;
	struct vrrp v, fresh, back;

	fill(&v);
	vrrp_init(&fresh, &config);
	vrrp_save(&v, &saved);
	for (size_t length = 0; length <= sizeof(saved); length++) {
		memset(&cut, 0xff, sizeof(cut));
		memcpy(&cut, &saved, length);
		assert_true(vrrp_restore(&back, &config, &cut, length));
#define VRRP_FIELD(kind, name, field, limit)                                   \
	assert_memory_equal(&back.field,                                       \
			    offsetof(struct vrrp_saved, name) +                \
						    sizeof(saved.name) <=      \
					    length                             \
				    ? &v.field                                 \
				    : &fresh.field,                            \
			    sizeof(back.field));
		VRRP_SAVED_FIELDS(VRRP_FIELD)
#undef VRRP_FIELD
	}
}

static void assert_refused(const struct vrrp_saved *saved)
{
	struct vrrp back, fresh;

	vrrp_init(&fresh, &config);
	assert_false(vrrp_restore(&back, &config, saved, sizeof(*saved)));
	assert_memory_equal(&back, &fresh, sizeof(back));
}

static void what_is_no_value_is_refused(void **state)
{
	struct vrrp_saved good, bad;
	struct vrrp v;

	fill(&v);
	vrrp_save(&v, &good);
#define REFUSED(field, value)                                                  \
	bad = good;                                                            \
	bad.field = value;                                                     \
	assert_refused(&bad)
	REFUSED(state, VRRP_STATES);
	REFUSED(interface, VRRP_INTERFACES);
	REFUSED(weight, INT32_MIN);
	REFUSED(peer_checksum, VRRP_CHECKSUMS);
	REFUSED(started, 2);
	REFUSED(doubt, 0xff);
	REFUSED(active.family, IP_V6); /* not that of its configuration */
	REFUSED(source.family, 77);
	REFUSED(active_interval, 0);
	REFUSED(active_interval, -1);
	REFUSED(lower_interval, INT64_MAX);
	REFUSED(since, INT64_MAX - 1);
	REFUSED(down_timer, INT64_MIN + 1);
#undef REFUSED
}

/* A later program may have more causes and faults. */
static void what_a_later_program_adds_is_left_out(void **state)
{
	struct vrrp_saved saved;
	struct vrrp v;

	fill(&v);
	vrrp_save(&v, &saved);
	saved.down_cause = VRRP_CAUSES;
	saved.leave_cause = 0xff;
	saved.faults = UINT16_MAX;
	assert_true(vrrp_restore(&v, &config, &saved, sizeof(saved)));
	assert_int_equal(v.down_cause, VRRP_CAUSE_NONE);
	assert_int_equal(v.leave_cause, VRRP_CAUSE_NONE);
	assert_int_equal(v.track.faults, (1 << VRRP_FAULTS) - 1);
}

#define BLIND 100000

/* Any bytes: refused, or a router that its own functions can take. */
static void any_bytes_are_an_answer(void **state)
{
	struct vrrp_saved saved;
	struct vrrp v;

	srandom(1);
	for (unsigned n = 0; n < BLIND; n++) {
		uint8_t *bytes = (uint8_t *)&saved;

		fill(&v);
		vrrp_save(&v, &saved);
		for (unsigned k = 0; k < 1 + n % 4; k++)
			bytes[(size_t)random() % sizeof(saved)] =
				(uint8_t)random();
		if (vrrp_restore(&v, &config, &saved, sizeof(saved)))
			(void)vrrp_deadline(&v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_in_comes_out),
		cmocka_unit_test(a_new_one_comes_back_as_it_was),
		cmocka_unit_test(the_layout_is_as_it_was),
		cmocka_unit_test(a_shorter_record_is_taken_as_far_as_it_goes),
		cmocka_unit_test(what_is_no_value_is_refused),
		cmocka_unit_test(what_a_later_program_adds_is_left_out),
		cmocka_unit_test(any_bytes_are_an_answer),
	};

	return cmocka_run_group_tests_name("vrrp_save", tests, NULL, NULL);
}
