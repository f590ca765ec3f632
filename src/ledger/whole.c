/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ledger/whole.h"

#include "ledger/checked.h"
#include "ledger/news_entry.h"
#include "ledger/records.h"
#include "ledger/table.h"
#include "ledger/virtual.h"

#include <assert.h>

/* What every program of this major knows of a record; never changed. */
#define CONFIGURED_FIRST  56
#define WANTED_FIRST      24
#define RECORD_FIRST      120
#define CORE_FIRST        202
#define COUNTERS_FIRST    56
#define HELD_FIRST        12
#define EVENT_FIRST       128
#define KIND_FIRST        32
#define TARGET_FIRST      4
#define TRACKER_FIRST     8
#define RESULT_FIRST      272
#define CHANGES_FIRST     (160 + 2 * 48 * LEDGER_CHANGES_KEPT)
#define TOLD_FIRST        16
#define MAIL_FIRST        96
#define MAILED_FIRST      24
#define FIFO_FIRST        448
#define NOTIFIED_FIRST    296
#define GROUP_FIRST       12
#define STATE_FIRST       16
#define CLEARED_FIRST     (8 * LEDGER_STATS_MAX)
#define CHECKED_FIRST     40
#define CHECK_FIRST       152
#define LVS_SERVICE_FIRST 40
#define LVS_VIRTUAL_FIRST 32
#define LVS_SERVER_FIRST  72
#define VIRTUAL_FIRST     96
#define REAL_FIRST        40
#define SCRIPTED_FIRST    104
#define ORDERED_FIRST     64
#define LVS_COUNTS_FIRST  80
#define NEWS_FIRST        200
#define NEWS_TOLD_FIRST   16

static_assert(sizeof(struct ledger_configured) >= CONFIGURED_FIRST,
	      "none goes");
static_assert(sizeof(struct ledger_wanted) >= WANTED_FIRST, "none goes");
static_assert(sizeof(struct ledger_record) >= RECORD_FIRST, "none goes");
static_assert(sizeof(struct vrrp_saved) >= CORE_FIRST, "none goes");
static_assert(sizeof(struct ledger_counters) >= COUNTERS_FIRST, "none goes");
static_assert(sizeof(struct ledger_held) >= HELD_FIRST, "none goes");
static_assert(sizeof(struct ledger_kind) >= KIND_FIRST, "none goes");
static_assert(sizeof(struct ledger_event) >= EVENT_FIRST, "none goes");
static_assert(sizeof(struct ledger_target) >= TARGET_FIRST, "none goes");
static_assert(sizeof(struct ledger_tracker) >= TRACKER_FIRST, "none goes");
static_assert(sizeof(struct ledger_result) >= RESULT_FIRST, "none goes");
static_assert(sizeof(struct ledger_changes) >= CHANGES_FIRST, "none goes");
static_assert(sizeof(struct ledger_told) >= TOLD_FIRST, "none goes");
static_assert(sizeof(struct ledger_mail) >= MAIL_FIRST, "none goes");
static_assert(sizeof(struct ledger_mailed) >= MAILED_FIRST, "none goes");
static_assert(sizeof(struct ledger_mailer) <= LEDGER_MAILER_ROOM, "has room");
static_assert(sizeof(struct ledger_fifo) >= FIFO_FIRST, "none goes");
static_assert(sizeof(struct ledger_notified) >= NOTIFIED_FIRST, "none goes");
static_assert(sizeof(struct ledger_group) >= GROUP_FIRST, "none goes");
static_assert(sizeof(struct ledger_group_state) >= STATE_FIRST, "none goes");
static_assert(sizeof(struct ledger_cleared) >= CLEARED_FIRST, "none goes");
static_assert(sizeof(struct ledger_checked) >= CHECKED_FIRST, "none goes");
static_assert(sizeof(struct ledger_check) >= CHECK_FIRST, "none goes");
static_assert(sizeof(struct ledger_checker) <= LEDGER_CHECKER_ROOM, "has room");
static_assert(sizeof(struct ledger_lvs_service) >= LVS_SERVICE_FIRST,
	      "none goes");
static_assert(sizeof(struct ledger_lvs_virtual) >= LVS_VIRTUAL_FIRST,
	      "none goes");
static_assert(sizeof(struct ledger_lvs_server) >= LVS_SERVER_FIRST,
	      "none goes");
static_assert(sizeof(struct ledger_virtual) >= VIRTUAL_FIRST, "none goes");
static_assert(sizeof(struct ledger_real) >= REAL_FIRST, "none goes");
static_assert(sizeof(struct ledger_scripted) >= SCRIPTED_FIRST, "none goes");
static_assert(sizeof(struct ledger_lvs_counts) >= LVS_COUNTS_FIRST,
	      "none goes");
static_assert(sizeof(struct ledger_ordered) >= ORDERED_FIRST, "none goes");
static_assert(sizeof(struct ledger_news) >= NEWS_FIRST, "none goes");
static_assert(sizeof(struct ledger_lvs) <= LEDGER_LVS_ROOM, "has room");
static_assert(sizeof(struct ledger_server) <= LEDGER_SERVER_ROOM, "has room");
static_assert(sizeof(struct ledger_runner) <= LEDGER_RUNNER_ROOM, "has room");

/* Bounds of what is believed. */
#define STRIDE_MAX (64u << 10)
#define RING_MAX   (1u << 20)

static bool is_record(const struct section *s, size_t first, size_t align)
{
	return s->stride >= first && s->stride <= STRIDE_MAX &&
	       s->stride % align == 0;
}

/* Texts that end, whatever is said of where they begin. */
static bool is_texts(const struct section *s)
{
	return s->stride == 1 && s->count > 0 && s->at[s->count - 1] == '\0';
}

/* Of each that is followed. */
static bool is_told(const struct section *s, enum ledger_section_kind kind)
{
	return is_record(&s[kind], TOLD_FIRST, 8) &&
	       s[kind].count == s[LEDGER_CHANGES].count;
}

/* What is tracked is there as a whole, or not at all. */
static bool has_targets(const struct section *s)
{
	if (!s[LEDGER_TARGETS].at && !s[LEDGER_TRACKERS].at &&
	    !s[LEDGER_RUNNER].at && !s[LEDGER_RESULTS].at &&
	    !s[LEDGER_CHANGES].at && !s[LEDGER_TOLD].at &&
	    !s[LEDGER_TOLD_FIFO].at && !s[LEDGER_TOLD_VRRP_FIFO].at &&
	    !s[LEDGER_FIFOS_CONFIGURED].at && !s[LEDGER_FIFOS].at &&
	    !s[LEDGER_NOTIFIED].at)
		return true;
	return is_record(&s[LEDGER_TARGETS], TARGET_FIRST, 4) &&
	       is_record(&s[LEDGER_TRACKERS], TRACKER_FIRST, 4) &&
	       s[LEDGER_RUNNER].stride == LEDGER_RUNNER_ROOM &&
	       s[LEDGER_RUNNER].count == 1 &&
	       is_record(&s[LEDGER_RESULTS], RESULT_FIRST, 8) &&
	       is_record(&s[LEDGER_CHANGES], CHANGES_FIRST, 8) &&
	       is_told(s, LEDGER_TOLD) && is_told(s, LEDGER_TOLD_FIFO) &&
	       is_told(s, LEDGER_TOLD_VRRP_FIFO) &&
	       is_record(&s[LEDGER_FIFOS_CONFIGURED], 4, 4) &&
	       is_record(&s[LEDGER_FIFOS], FIFO_FIRST, 8) &&
	       is_record(&s[LEDGER_NOTIFIED], NOTIFIED_FIRST, 8) &&
	       s[LEDGER_NOTIFIED].count == s[LEDGER_CHANGES].count &&
	       s[LEDGER_FIFOS].count == s[LEDGER_FIFOS_CONFIGURED].count &&
	       s[LEDGER_RESULTS].count == s[LEDGER_TARGETS].count;
}

/* Mail is there as a whole, or not at all. */
static bool has_mail(const struct section *s)
{
	if (!s[LEDGER_MAILER].at && !s[LEDGER_MAILS].at &&
	    !s[LEDGER_TOLD_MAIL].at)
		return true;
	return s[LEDGER_MAILER].stride == LEDGER_MAILER_ROOM &&
	       s[LEDGER_MAILER].count == 1 &&
	       is_record(&s[LEDGER_MAILS], MAIL_FIRST, 8) &&
	       s[LEDGER_MAILS].count == LEDGER_MAILS_MAX &&
	       is_record(&s[LEDGER_TOLD_MAIL], MAILED_FIRST, 8) &&
	       s[LEDGER_TOLD_MAIL].count == s[LEDGER_CHANGES].count;
}

/* The same of sync groups. */
static bool has_groups(const struct section *s)
{
	if (!s[LEDGER_GROUPS].at && !s[LEDGER_GROUP_STATES].at)
		return true;
	return is_record(&s[LEDGER_GROUPS], GROUP_FIRST, 4) &&
	       is_record(&s[LEDGER_GROUP_STATES], STATE_FIRST, 8) &&
	       s[LEDGER_GROUP_STATES].count == s[LEDGER_GROUPS].count;
}

/* The same of health checks. */
static bool has_checks(const struct section *s)
{
	if (!s[LEDGER_CHECKED].at && !s[LEDGER_CHECKER].at &&
	    !s[LEDGER_CHECKS].at)
		return true;
	return is_record(&s[LEDGER_CHECKED], CHECKED_FIRST, 8) &&
	       s[LEDGER_CHECKER].stride == LEDGER_CHECKER_ROOM &&
	       s[LEDGER_CHECKER].count == 1 &&
	       is_record(&s[LEDGER_CHECKS], CHECK_FIRST, 8) &&
	       s[LEDGER_CHECKS].count == s[LEDGER_CHECKED].count &&
	       (!s[LEDGER_SCRIPTED].at ||
		is_record(&s[LEDGER_SCRIPTED], SCRIPTED_FIRST, 8));
}

/* And of virtual servers. */
static bool has_lvs(const struct section *s)
{
	if (!s[LEDGER_LVS].at && !s[LEDGER_LVS_SERVICES].at &&
	    !s[LEDGER_LVS_VIRTUALS].at && !s[LEDGER_LVS_SERVERS].at)
		return true;
	return s[LEDGER_LVS].stride == LEDGER_LVS_ROOM &&
	       s[LEDGER_LVS].count == 1 &&
	       is_record(&s[LEDGER_LVS_SERVICES], LVS_SERVICE_FIRST, 4) &&
	       is_record(&s[LEDGER_LVS_VIRTUALS], LVS_VIRTUAL_FIRST, 8) &&
	       is_record(&s[LEDGER_LVS_SERVERS], LVS_SERVER_FIRST, 4) &&
	       (!s[LEDGER_NEWS].at ||
		is_record(&s[LEDGER_NEWS], NEWS_FIRST, 8)) &&
	       (!s[LEDGER_NEWS_TOLD].at ||
		is_record(&s[LEDGER_NEWS_TOLD], NEWS_TOLD_FIRST, 8));
}

/* What is configured of them, as a whole or not at all. */
static bool has_virtuals(const struct section *s)
{
	if (!s[LEDGER_VIRTUALS].at && !s[LEDGER_REALS].at &&
	    !s[LEDGER_FOLLOWS].at)
		return true;
	return is_record(&s[LEDGER_VIRTUALS], VIRTUAL_FIRST, 4) &&
	       is_record(&s[LEDGER_REALS], REAL_FIRST, 4) &&
	       s[LEDGER_FOLLOWS].stride == sizeof(uint32_t);
}

/* Or nothing is counted. */
static bool are_counts(const struct section *s)
{
	return !s->at || is_record(s, LVS_COUNTS_FIRST, 8);
}

/* Or nothing can be ordered. */
static bool is_ordered(const struct section *s)
{
	return !s->at || is_record(s, ORDERED_FIRST, 8);
}

/* Or there is nothing to be cleared. */
static bool is_cleared(const struct section *s, uint32_t instances)
{
	return !s->at ||
	       (is_record(s, CLEARED_FIRST, 8) && s->count == instances);
}

bool sections_are_whole(const struct section *s)
{
	uint32_t instances = s[LEDGER_RECORDS].count;
	uint64_t rows = (uint64_t)instances + 1;

	return is_record(&s[LEDGER_KINDS], KIND_FIRST, 1) &&
	       is_record(&s[LEDGER_CONFIGURED], CONFIGURED_FIRST, 8) &&
	       is_record(&s[LEDGER_WANTED], WANTED_FIRST, 4) &&
	       is_texts(&s[LEDGER_TEXTS]) &&
	       s[LEDGER_SERVER].stride == LEDGER_SERVER_ROOM &&
	       s[LEDGER_SERVER].count == 1 &&
	       is_record(&s[LEDGER_RECORDS], RECORD_FIRST, 8) &&
	       is_record(&s[LEDGER_CORES], CORE_FIRST, 1) &&
	       is_record(&s[LEDGER_COUNTERS], COUNTERS_FIRST, 8) &&
	       is_record(&s[LEDGER_HELD], HELD_FIRST, 4) &&
	       is_record(&s[LEDGER_RING], EVENT_FIRST, 8) &&
	       s[LEDGER_CONFIGURED].count == instances &&
	       s[LEDGER_COUNTERS].count == instances &&
	       s[LEDGER_CORES].count == rows &&
	       s[LEDGER_HELD].count == s[LEDGER_WANTED].count &&
	       s[LEDGER_RING].count > 0 && s[LEDGER_RING].count <= RING_MAX &&
	       s[LEDGER_DROPS].stride == rows * sizeof(uint64_t) &&
	       s[LEDGER_NOTES].stride == rows * sizeof(uint64_t) &&
	       has_targets(s) && has_mail(s) && has_groups(s) &&
	       has_checks(s) && has_lvs(s) && has_virtuals(s) &&
	       is_ordered(&s[LEDGER_ORDERED]) &&
	       are_counts(&s[LEDGER_LVS_VIRTUAL_COUNTS]) &&
	       are_counts(&s[LEDGER_LVS_SERVER_COUNTS]) &&
	       is_cleared(&s[LEDGER_CLEARED], instances);
}
