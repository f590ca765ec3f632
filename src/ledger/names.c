/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the numbers in the ledger are called. */
#include "ledger/ledger.h"

#include "base/must.h"
#include "sys/schedule.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static const char *const holding_state_names[] = {
	[LEDGER_HOLDING_ABSENT] = "absent",
	[LEDGER_HOLDING_INSTALLING] = "installing",
	[LEDGER_HOLDING_INSTALLED] = "installed",
	[LEDGER_HOLDING_REMOVING] = "removing",
	[LEDGER_HOLDING_FAILED] = "failed",
};
static_assert(ARRAY_LENGTH(holding_state_names) == LEDGER_HOLDING_FAILED + 1,
	      "a name for each");

static const char *const event_type_names[] = {
	[LEDGER_EVENT_STATE] = "state",
	[LEDGER_EVENT_DROP] = "drop",
	[LEDGER_EVENT_NOTE] = "note",
	[LEDGER_EVENT_HOLDING] = "address",
	[LEDGER_EVENT_PROCESS] = "process",
	[LEDGER_EVENT_PRIORITY] = "priority",
	[LEDGER_EVENT_TRACKED] = "tracked",
	[LEDGER_EVENT_SCRIPT] = "script",
	[LEDGER_EVENT_FILE] = "file",
	[LEDGER_EVENT_TRACKED_PROCESS] = "tracked-process",
	[LEDGER_EVENT_GROUP] = "group",
	[LEDGER_EVENT_TROUBLE] = "trouble",
	[LEDGER_EVENT_OTHERS] = "other-program",
	[LEDGER_EVENT_TRACKED_SERVER] = "tracked-virtual-server",
	[LEDGER_EVENT_SYNC_WAIT] = "sync-wait",
};
static_assert(ARRAY_LENGTH(event_type_names) == LEDGER_EVENT_SYNC_WAIT + 1,
	      "a name for each");

static const char *const others_names[] = {
	[LEDGER_OTHERS_NONE] = "none",
	[LEDGER_OTHERS_FOUND] = "found",
	[LEDGER_OTHERS_TAKEN] = "taken",
	[LEDGER_OTHERS_REMOVED] = "removed",
	[LEDGER_OTHERS_INSISTS] = "insists",
	[LEDGER_OTHERS_OWN] = "own",
	[LEDGER_OTHERS_OUT] = "out",
	[LEDGER_OTHERS_CHANGED] = "changed",
	[LEDGER_OTHERS_SHARED] = "shared",
	[LEDGER_OTHERS_ELSEWHERE] = "elsewhere",
};
static_assert(ARRAY_LENGTH(others_names) == LEDGER_OTHERS_CASES,
	      "a name for each");

static const char *const verdict_names[] = {
	[LEDGER_VERDICT_NONE] = "unknown",
	[LEDGER_VERDICT_GOOD] = "good",
	[LEDGER_VERDICT_BAD] = "bad",
	[LEDGER_VERDICT_UNUSABLE] = "unusable",
};
static_assert(ARRAY_LENGTH(verdict_names) == LEDGER_VERDICTS,
	      "a name for each");

static const char *const how_names[] = {
	[LEDGER_HOW_NONE] = "none",
	[LEDGER_HOW_EXITED] = "exited",
	[LEDGER_HOW_KILLED] = "killed",
	[LEDGER_HOW_TIMED_OUT] = "timed-out",
	[LEDGER_HOW_REFUSED] = "refused",
	[LEDGER_HOW_READ] = "read",
	[LEDGER_HOW_UNREADABLE] = "unreadable",
	[LEDGER_HOW_COUNTED] = "counted",
};
static_assert(ARRAY_LENGTH(how_names) == LEDGER_HOWS, "a name for each");

static const char *const process_event_names[] = {
	[LEDGER_PROCESS_STARTED] = "started",
	[LEDGER_PROCESS_EXITED] = "exited",
	[LEDGER_PROCESS_KILLED] = "killed",
	[LEDGER_PROCESS_GAVE_UP] = "gave-up",
	[LEDGER_PROCESS_QUARANTINED] = "quarantined",
	[LEDGER_PROCESS_HUNG] = "hung",
	[LEDGER_PROCESS_REPLACED] = "replaced",
	[LEDGER_PROCESS_REFUSED] = "refused",
	[LEDGER_PROCESS_RAISED] = "raised",
	[LEDGER_PROCESS_ENDED] = "ended",
};
static_assert(ARRAY_LENGTH(process_event_names) == LEDGER_PROCESS_EVENTS,
	      "a name for each");

static const struct {
	const char *keyword, *remedy;
} wishes[] = {
	[SCHEDULE_NICE] = { "vrrp_priority", "it needs CAP_SYS_NICE or "
					     "LimitNICE=-20; install "
					     "realtime.conf" },
	[SCHEDULE_REAL_TIME] = { "vrrp_rt_priority",
				 "it needs CAP_SYS_NICE or LimitRTPRIO=99; "
				 "install realtime.conf" },
	[SCHEDULE_CPUS] = { "vrrp_cpu_affinity",
			    "its system call is forbidden; install "
			    "realtime.conf" },
	[SCHEDULE_MEMORY] = { "vrrp_no_swap", "it needs CAP_IPC_LOCK or "
					      "LimitMEMLOCK=infinity" },
	[SCHEDULE_RAISE] = { "max_auto_priority",
			     "it needs CAP_SYS_NICE or LimitRTPRIO=99; "
			     "install realtime.conf" },
};
static_assert(ARRAY_LENGTH(wishes) == SCHEDULE_WISHES, "a row for each");

/* Records are shared memory: a byte that is no value has no name. */
static const char *name_in(const char *const *names, size_t count, unsigned at)
{
	return at < count ? names[at] : "unknown";
}

const char *ledger_holding_state_name(enum ledger_holding_state state)
{
	return name_in(holding_state_names, ARRAY_LENGTH(holding_state_names),
		       state);
}

const char *ledger_others_name(enum ledger_others others)
{
	return name_in(others_names, ARRAY_LENGTH(others_names), others);
}

enum ledger_others ledger_others_of(const char *name)
{
	unsigned n = LEDGER_OTHERS_NONE;

	while (n < LEDGER_OTHERS_CASES && strcmp(others_names[n], name) != 0)
		n++;
	return (enum ledger_others)n;
}

const char *ledger_event_type_name(enum ledger_event_type type)
{
	return name_in(event_type_names, ARRAY_LENGTH(event_type_names), type);
}

const char *ledger_verdict_name(enum ledger_verdict verdict)
{
	return name_in(verdict_names, ARRAY_LENGTH(verdict_names), verdict);
}

const char *ledger_how_name(enum ledger_how how)
{
	return name_in(how_names, ARRAY_LENGTH(how_names), how);
}

const char *ledger_process_event_name(enum ledger_process_event event)
{
	return name_in(process_event_names, ARRAY_LENGTH(process_event_names),
		       event);
}

const char *ledger_refused_keyword(unsigned wish)
{
	return wish < SCHEDULE_WISHES ? wishes[wish].keyword : "unknown";
}

const char *ledger_refused_remedy(unsigned wish, int64_t error)
{
	if (wish == SCHEDULE_CPUS && error == EINVAL)
		return "there is no such CPU for it; see Cpus_allowed_list in "
		       "/proc/self/status";
	return wish < SCHEDULE_WISHES ? wishes[wish].remedy : "";
}
