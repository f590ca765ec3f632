/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ledger's shape, its sequence locks and its ring, in one process. */
#include "ledger/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void name_it(struct ledger *l, uint32_t instance, const char *name)
{
	ledger_configured_at(l, instance)->name = ledger_text_add(l, name);
}

static void makes_an_empty_ledger(void **state)
{
	struct ledger_instance copy;
	struct ledger *l = NULL;
	int fd =
		ledger_create(&(struct ledger_size){ 3, 5, 1024 }, "1.2.3", &l);

	assert_true(fd >= 0);
	assert_int_equal(ledger_instances(l), 3);
	assert_int_equal(ledger_holdings(l), 5);
	assert_string_equal(l->version, "1.2.3");
	assert_true(l->started_real > 0);
	for (uint32_t i = 0; i < 3; i++) {
		assert_true(ledger_read_instance(l, i, &copy, NULL));
		assert_string_equal(copy.name, "");
	}
	assert_int_equal(ledger_server(l)->events, 0);
	ledger_unmap(l);
	close(fd);
}

/* The last byte of each section is inside, and they do not overlap. */
static void sections_stand_apart(void **state)
{
	struct ledger *l = NULL;
	int fd = ledger_create(&(struct ledger_size){ 3, 5, 1024, 2, 4, 2, 2 },
			       "v", &l);
	uint64_t end = 0;
	struct stat status;

	assert_int_equal(fstat(fd, &status), 0);
	assert_ptr_equal(ledger_kind_at(l, 0), (char *)l + LEDGER_HEAD);
	for (unsigned n = 0; n < l->section_count; n++) {
		const struct ledger_section *s = &l->sections[n];
		uint64_t last = s->offset + (uint64_t)s->stride * s->count;

		assert_true(s->offset >= LEDGER_HEAD);
		end = last > end ? last : end;
		for (unsigned k = 0; k < n; k++) {
			const struct ledger_section *o = &l->sections[k];

			assert_true(last <= o->offset ||
				    s->offset >=
					    o->offset + (uint64_t)o->stride *
								o->count);
		}
	}
	assert_in_range(status.st_size, end, end + 7);
	ledger_unmap(l);
	close(fd);
}

/* Columns that nobody has counted in are not read, and say 0. */
static void counts_are_by_reason_and_instance(void **state)
{
	struct ledger *l = NULL;
	int fd = ledger_create(&(struct ledger_size){ 3, 0, 1024 }, "v", &l);

	ledger_count_add(l, LEDGER_DROPS, VRRP_DROPS - 1, 2, 5);
	ledger_count_add(l, LEDGER_DROPS, VRRP_DROPS - 1, 2, 1);
	ledger_count_add(l, LEDGER_NOTES, 0, LEDGER_NO_INSTANCE, 7);
	ledger_count_add(l, LEDGER_NOTES, VRRP_NOTES, 0, 7); /* no reason */
	assert_int_equal(ledger_count(l, LEDGER_DROPS, VRRP_DROPS - 1, 2), 6);
	assert_int_equal(ledger_count(l, LEDGER_DROPS, VRRP_DROPS - 1, 1), 0);
	assert_int_equal(ledger_count(l, LEDGER_NOTES, 0, 2), 0);
	assert_int_equal(ledger_count(l, LEDGER_NOTES, 0, 0), 0);
	assert_int_equal(ledger_count(l, LEDGER_NOTES, 0, LEDGER_NO_INSTANCE),
			 7);
	assert_int_equal(ledger_count(l, LEDGER_NOTES, VRRP_NOTES, 0), 0);
	assert_int_equal(ledger_server(l)->counted[0],
			 UINT64_C(1) << (VRRP_DROPS - 1));
	assert_int_equal(ledger_server(l)->counted[1], 1);
	ledger_unmap(l);
	close(fd);
}

/* A process that dies while it saves a core leaves the one before. */
static void a_core_is_never_half_saved(void **state)
{
	static const struct vrrp_config config = {
		VRRP_CONFIG_DEFAULTS,
		.interval = TICK_SECOND,
	};
	struct vrrp_saved saved;
	struct ledger *l = NULL;
	int fd = ledger_create(&(struct ledger_size){ 2, 0, 1024 }, "v", &l);
	struct vrrp v;

	vrrp_init(&v, &config);
	for (tick_t n = 1; n <= 2; n++) {
		v.since = n;
		ledger_save(l, 1, &v);
	}
	assert_int_equal(ledger_saved(l, 1, &saved), sizeof(saved));
	assert_int_equal(saved.since, 2);
	ledger_change(l, 1)->since = 3; /* it dies before the end */
	ledger_saved(l, 1, &saved);
	assert_int_equal(saved.since, 2);
	ledger_saved(l, 0, &saved);
	assert_int_equal(saved.since, 0);
	ledger_undo(l);
	assert_int_equal(ledger_core_at(l, 1)->since, 2);
	ledger_undo(l); /* nothing is being changed */
	assert_int_equal(ledger_core_at(l, 1)->since, 2);
	ledger_server(l)->saving = 77; /* its writer was taken over */
	ledger_undo(l);
	ledger_change(l, 0)->since = 4;
	ledger_changed(l);
	ledger_saved(l, 0, &saved);
	assert_int_equal(saved.since, 4);
	ledger_unmap(l);
	close(fd);
}

static void refuses_what_is_too_large(void **state)
{
	struct ledger *l = NULL;

	assert_int_equal(
		ledger_create(&(struct ledger_size){ UINT32_MAX, 0, 1024 }, "v",
			      &l),
		-EOVERFLOW);
	assert_null(l);
}

/* Mapped twice, the second one read-only: one memory. */
static void a_second_map_sees_the_first(void **state)
{
	struct ledger *l = NULL, *second = NULL;
	struct ledger_instance copy;
	int fd = ledger_create(&(struct ledger_size){ 1, 1, 1024 }, "v", &l);

	assert_int_equal(ledger_map(fd, false, &second), 0);
	ledger_begin(&ledger_record_at(l, 0)->sequence);
	ledger_record_at(l, 0)->ifindex = 51;
	ledger_end(&ledger_record_at(l, 0)->sequence);
	assert_true(ledger_read_instance(second, 0, &copy, NULL));
	assert_int_equal(copy.record.ifindex, 51);
	ledger_unmap(second);
	ledger_unmap(l);
	close(fd);
}

/* Who has stepped down is told as Active while the kernel holds an address. */
static void stepping_down_ends_with_the_addresses(void **state)
{
	static const uint8_t held[] = {
		LEDGER_HOLDING_INSTALLING,
		LEDGER_HOLDING_INSTALLED,
		LEDGER_HOLDING_REMOVING,
	};
	struct ledger *l = NULL;
	struct ledger_instance copy = {
		.configured.address_first = 1,
		.configured.address_count = 2,
	};
	int fd = ledger_create(&(struct ledger_size){ 1, 4, 1024 }, "v", &l);

	/* Those of its neighbours do not count. */
	ledger_held_at(l, 0)->state = LEDGER_HOLDING_INSTALLED;
	ledger_held_at(l, 3)->state = LEDGER_HOLDING_INSTALLED;
	assert_int_equal(ledger_told_state(l, &copy, VRRP_BACKUP), VRRP_BACKUP);
	for (size_t i = 0; i < sizeof(held); i++) {
		ledger_held_at(l, 2)->state = held[i];
		assert_int_equal(ledger_told_state(l, &copy, VRRP_BACKUP),
				 VRRP_ACTIVE);
	}
	ledger_held_at(l, 2)->state = LEDGER_HOLDING_FAILED;
	assert_int_equal(ledger_told_state(l, &copy, VRRP_BACKUP), VRRP_BACKUP);
	/* A record that nobody should believe. */
	ledger_held_at(l, 2)->state = LEDGER_HOLDING_INSTALLED;
	copy.configured.address_first = 3;
	assert_int_equal(ledger_told_state(l, &copy, VRRP_BACKUP), VRRP_BACKUP);
	ledger_unmap(l);
	close(fd);
}

static void assert_not_ours(int fd)
{
	struct ledger *second = NULL;

	assert_int_equal(ledger_map(fd, false, &second), -EPROTO);
	assert_null(second);
}

static void refuses_another_major(void **state)
{
	struct ledger *l = NULL;
	int fd = ledger_create(&(struct ledger_size){ 1, 1, 1024 }, "v", &l);

	l->major++;
	assert_not_ours(fd);
	l->major--;
	l->magic++;
	assert_not_ours(fd);
	l->magic--;
	ledger_unmap(l);
	assert_int_equal(ledger_map(fd, false, &l), 0);
	ledger_unmap(l);
	close(fd);
}

/* A head that leads out of the map, or that contradicts itself. */
static void refuses_sections_that_cannot_be(void **state)
{
	struct ledger *l = NULL;
	int fd = ledger_create(&(struct ledger_size){ 3, 2, 1024, 2, 2, 2, 2, 2,
						      2, 2, 2, 2, 2, 2, 2, 2,
						      2 },
			       "v", &l);
	struct ledger_section good[LEDGER_SECTION_KINDS - 1];
	struct stat status;

	assert_int_equal(fstat(fd, &status), 0);
	memcpy(good, l->sections, sizeof(good));
	for (unsigned n = 0; n < LEDGER_SECTION_KINDS - 1; n++) {
		struct ledger_section *s = &l->sections[n];

		s->offset = (uint64_t)status.st_size;
		assert_not_ours(fd);
		s->offset = UINT64_MAX & ~UINT64_C(7);
		assert_not_ours(fd);
		s->offset = 16; /* in the head */
		assert_not_ours(fd);
		s->offset = good[n].offset + 1;
		assert_not_ours(fd);
		*s = good[n];
		s->count = UINT32_MAX;
		assert_not_ours(fd);
		*s = good[n];
		s->stride = 2; /* less than any program has */
		assert_not_ours(fd);
		s->stride = UINT32_MAX & ~7u;
		assert_not_ours(fd);
		*s = good[n];
		s->kind = good[(n + 1) % (LEDGER_SECTION_KINDS - 1)].kind;
		assert_not_ours(fd); /* one twice, one never */
		s->kind = 4711;
		/* One never; but earlier programs had none of these. */
		if (good[n].kind != LEDGER_KINDS &&
		    good[n].kind != LEDGER_CLEARED &&
		    good[n].kind != LEDGER_SCRIPTED &&
		    good[n].kind != LEDGER_ORDERED &&
		    good[n].kind != LEDGER_LVS_VIRTUAL_COUNTS &&
		    good[n].kind != LEDGER_LVS_SERVER_COUNTS &&
		    good[n].kind != LEDGER_NEWS &&
		    good[n].kind != LEDGER_NEWS_TOLD)
			assert_not_ours(fd);
		*s = good[n];
	}
	l->section_count = LEDGER_SECTIONS_MAX + 1;
	assert_not_ours(fd);
	l->section_count = LEDGER_SECTION_KINDS;
	l->sections[LEDGER_SECTION_KINDS - 1] = good[0];
	assert_not_ours(fd); /* one twice, and all others */
	l->sections[LEDGER_SECTION_KINDS - 1].kind = 4711; /* of later */
	ledger_unmap(l);
	assert_int_equal(ledger_map(fd, false, &l), 0);
	ledger_unmap(l);
	close(fd);
}

/* A program that knows more has longer records: every second one of ours. */
static void longer_records_are_read(void **state)
{
	struct ledger *l = NULL, *second = NULL;
	struct ledger_holding copy;
	int fd = ledger_create(&(struct ledger_size){ 1, 4, 1024 }, "v", &l);
	struct ledger_section *s[] = {
		&l->sections[LEDGER_WANTED - 1],
		&l->sections[LEDGER_HELD - 1],
	};

	ledger_wanted_at(l, 2)->prefix = 24;
	ledger_wanted_at(l, 3)->prefix = 99; /* what is not known here */
	ledger_held_at(l, 2)->error = 7;
	for (size_t n = 0; n < 2; n++) {
		s[n]->stride *= 2;
		s[n]->count /= 2;
	}
	assert_int_equal(ledger_map(fd, false, &second), 0);
	assert_int_equal(ledger_holdings(second), 2);
	assert_true(ledger_read_holding(second, 0, 1, &copy));
	assert_int_equal(copy.wanted.prefix, 24);
	assert_int_equal(copy.held.error, 7);
	ledger_unmap(second);
	ledger_unmap(l);
	close(fd);
}

/* Where the head is changed after it was checked, nothing follows it. */
static void a_head_that_changes_is_not_followed(void **state)
{
	struct ledger_instance copy;
	struct ledger *l = NULL;
	int fd = ledger_create(&(struct ledger_size){ 2, 1, 1024 }, "v", &l);

	name_it(l, 1, "web");
	memset((char *)l + 8, 0xff, LEDGER_HEAD - 8);
	assert_int_equal(ledger_instances(l), 2);
	assert_int_equal(ledger_holdings(l), 1);
	assert_true(ledger_read_instance(l, 1, &copy, NULL));
	assert_string_equal(copy.name, "web");
	ledger_unmap(l);
	close(fd);
}

static void refuses_what_is_no_ledger(void **state)
{
	int fd = memfd_create("empty", MFD_CLOEXEC);

	assert_not_ours(fd);
	assert_int_equal(ftruncate(fd, LEDGER_HEAD), 0);
	assert_not_ours(fd);
	close(fd);
}

/* Nobody can cut the memory off under a process that has mapped it. */
static void its_size_is_sealed(void **state)
{
	struct ledger *l = NULL;
	int fd = ledger_create(&(struct ledger_size){ 1, 1, 1024 }, "v", &l);

	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(errno, EPERM);
	ledger_unmap(l);
	close(fd);
}

static void a_record_being_written_is_not_read(void **state)
{
	struct ledger_instance copy;
	struct ledger *l = NULL;
	int fd = ledger_create(&(struct ledger_size){ 1, 0, 1024 }, "v", &l);
	uint32_t *sequence = &ledger_record_at(l, 0)->sequence;
	uint32_t begun = ledger_read_begin(sequence);

	assert_false(ledger_read_retry(sequence, begun));
	ledger_begin(sequence);
	assert_true(ledger_read_retry(sequence, begun));
	assert_true(ledger_read_retry(sequence, ledger_read_begin(sequence)));
	assert_false(ledger_read_instance(l, 0, &copy, NULL));
	ledger_end(sequence);
	assert_true(ledger_read_retry(sequence, begun));
	assert_true(ledger_read_instance(l, 0, &copy, NULL));
	ledger_unmap(l);
	close(fd);
}

/* The writer died between begin and end; the next one heals the record. */
static void a_dead_writers_record_can_be_written(void **state)
{
	struct ledger_instance copy;
	struct ledger *l = NULL;
	int fd = ledger_create(&(struct ledger_size){ 1, 0, 1024 }, "v", &l);
	uint32_t *sequence = &ledger_record_at(l, 0)->sequence;
	uint32_t begun;

	ledger_begin(sequence);
	begun = ledger_read_begin(sequence);
	ledger_begin(sequence);
	assert_true(ledger_read_retry(sequence, begun));
	assert_int_equal(*sequence % 2, 1);
	ledger_end(sequence);
	assert_true(ledger_read_instance(l, 0, &copy, NULL));
	ledger_unmap(l);
	close(fd);
}

static void events_are_numbered_and_dated(void **state)
{
	struct ledger *l = NULL;
	int fd = ledger_create(&(struct ledger_size){ 2, 0, 1024 }, "v", &l);
	struct ledger_event event = { .instance = 1,
				      .type = LEDGER_EVENT_STATE,
				      .to = VRRP_BACKUP,
				      .code = VRRP_CAUSE_STARTUP };
	struct ledger_event copy, second;

	name_it(l, 1, "web");
	assert_false(ledger_read_event(l, 0, &copy));
	assert_false(ledger_read_event(l, 1, &copy));
	ledger_append(l, &event);
	assert_int_equal(ledger_server(l)->events, 1);
	assert_false(ledger_read_event(l, 0, &copy));
	assert_true(ledger_read_event(l, 1, &copy));
	assert_false(ledger_read_event(l, 2, &second));
	assert_int_equal(copy.number, 1);
	assert_int_equal(copy.to, VRRP_BACKUP);
	assert_string_equal(copy.name, "web");
	assert_true(copy.time > 0 && copy.time_real > 0);

	event = (struct ledger_event){ .instance = LEDGER_NO_INSTANCE,
				       .type = LEDGER_EVENT_PROCESS,
				       .value = 77,
				       .name = "ctl" };
	ledger_append(l, &event);
	assert_true(ledger_read_event(l, 2, &second));
	assert_string_equal(second.name, "ctl");
	assert_int_equal(second.value, 77);
	assert_true(second.time >= copy.time);
	ledger_unmap(l);
	close(fd);
}

static void the_ring_keeps_the_newest(void **state)
{
	const uint64_t many = LEDGER_EVENTS + 10;
	struct ledger_event event = { .instance = LEDGER_NO_INSTANCE };
	struct ledger_event copy;
	struct ledger *l = NULL;
	int fd = ledger_create(&(struct ledger_size){ 0, 0, 1024 }, "v", &l);

	for (uint64_t i = 1; i <= many; i++) {
		event.value = (int64_t)i * 3;
		ledger_append(l, &event);
	}
	assert_int_equal(ledger_server(l)->events, many);
	assert_false(ledger_read_event(l, 10, &copy));
	for (uint64_t i = 11; i <= many; i++) {
		assert_true(ledger_read_event(l, i, &copy));
		assert_int_equal(copy.number, i);
		assert_int_equal(copy.value, i * 3);
	}
	ledger_unmap(l);
	close(fd);
}

/*
 * A process that was asleep between taking a number and its slot: what it
 * finds there must stay, and nobody trips over a slot that is being written.
 */
/*
 * Twice, as when a process is replaced: what came meanwhile is added, events
 * of an instance follow its name, and those of one that is gone have none.
 */
static void the_events_of_another_are_inherited(void **state)
{
	struct ledger_event event = { .type = LEDGER_EVENT_STATE };
	struct ledger_event copy;
	struct ledger *old = NULL, *new = NULL;
	int old_fd =
		ledger_create(&(struct ledger_size){ 2, 0, 1024 }, "v", &old);
	int new_fd =
		ledger_create(&(struct ledger_size){ 1, 0, 1024 }, "v", &new);

	name_it(old, 0, "gone");
	name_it(old, 1, "web");
	name_it(new, 0, "web");
	ledger_append(old, &event); /* of "gone" */
	event.instance = 1;
	ledger_append(old, &event);
	ledger_inherit_events(new, old, false);
	assert_int_equal(ledger_server(new)->events, 2);
	assert_true(ledger_read_event(new, 1, &copy));
	assert_int_equal(copy.instance, LEDGER_NO_INSTANCE);
	for (unsigned n = 0; n < LEDGER_EVENTS; n++)
		ledger_append(old, &event);
	ledger_inherit_events(new, old, true);
	assert_int_equal(ledger_server(new)->events, LEDGER_EVENTS + 2);
	assert_false(ledger_read_event(new, 2, &copy)); /* overwritten */
	for (uint64_t n = 3; n <= ledger_server(new)->events; n++) {
		assert_true(ledger_read_event(new, n, &copy));
		assert_int_equal(copy.number, n);
		assert_int_equal(copy.instance, 0);
		assert_string_equal(copy.name, "web");
	}
	ledger_append(new, &(struct ledger_event){ .instance = 0 });
	assert_true(ledger_read_event(new, LEDGER_EVENTS + 3, &copy));
	ledger_unmap(old);
	ledger_unmap(new);
	close(old_fd);
	close(new_fd);
}

static void a_late_writer_yields(void **state)
{
	struct ledger_event event = { .instance = LEDGER_NO_INSTANCE };
	struct ledger_event copy;
	struct ledger *l = NULL;
	int fd = ledger_create(&(struct ledger_size){ 0, 0, 1024 }, "v", &l);
	struct ledger_event *slot =
		(struct ledger_event *)(void *)((char *)l +
						l->sections[LEDGER_RING - 1]
							.offset) +
		1;

	slot->number = LEDGER_EVENTS + 1; /* of the one that overtook it */
	ledger_append(l, &event);         /* number 1: too late */
	assert_int_equal(slot->number, LEDGER_EVENTS + 1);
	assert_int_equal(slot->sequence % 2, 0);

	ledger_begin(&slot[1].sequence); /* somebody is in slot 2 */
	ledger_append(l, &event);
	assert_int_equal(slot[1].number, 0);
	ledger_append(l, &event);
	assert_false(ledger_read_event(l, 1, &copy));
	assert_false(ledger_read_event(l, 2, &copy));
	assert_true(ledger_read_event(l, 3, &copy));
	ledger_unmap(l);
	close(fd);
}

static void words_of_the_ledger(void **state)
{
	assert_string_equal(ledger_holding_state_name(LEDGER_HOLDING_FAILED),
			    "failed");
	assert_string_equal(ledger_holding_state_name(99), "unknown");
	assert_string_equal(ledger_event_type_name(LEDGER_EVENT_STATE),
			    "state");
	assert_string_equal(ledger_event_type_name(99), "unknown");
	assert_string_equal(ledger_process_event_name(LEDGER_PROCESS_GAVE_UP),
			    "gave-up");
	assert_string_equal(ledger_process_event_name(99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_an_empty_ledger),
		cmocka_unit_test(sections_stand_apart),
		cmocka_unit_test(counts_are_by_reason_and_instance),
		cmocka_unit_test(a_core_is_never_half_saved),
		cmocka_unit_test(refuses_what_is_too_large),
		cmocka_unit_test(a_second_map_sees_the_first),
		cmocka_unit_test(stepping_down_ends_with_the_addresses),
		cmocka_unit_test(refuses_another_major),
		cmocka_unit_test(refuses_sections_that_cannot_be),
		cmocka_unit_test(longer_records_are_read),
		cmocka_unit_test(a_head_that_changes_is_not_followed),
		cmocka_unit_test(refuses_what_is_no_ledger),
		cmocka_unit_test(its_size_is_sealed),
		cmocka_unit_test(a_record_being_written_is_not_read),
		cmocka_unit_test(a_dead_writers_record_can_be_written),
		cmocka_unit_test(events_are_numbered_and_dated),
		cmocka_unit_test(the_ring_keeps_the_newest),
		cmocka_unit_test(the_events_of_another_are_inherited),
		cmocka_unit_test(a_late_writer_yields),
		cmocka_unit_test(words_of_the_ledger),
	};

	return cmocka_run_group_tests_name("ledger_records", tests, NULL, NULL);
}
