/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger's records: sequence locks, copies, the ring of events. Where they
 * are is known to sections.c; what they mean to nobody here.
 *
 * A sequence lock has one writer at a time. The writer makes the number odd,
 * changes the record and makes it even; it never waits. A reader copies the
 * record between two looks at the number. A writer that died in the middle
 * leaves an odd number; the next writer goes on from there.
 */
#include "ledger/ledger.h"

#include "base/must.h"
#include "sys/clock.h"
#include "sys/schedule.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>

/* How often a reader tries, and from which try on it lets others run. */
#define READ_TRIES      256
#define EVENTS_BELIEVED (UINT64_C(1) << 62)
#define READ_POLITE     16

/* Names and sequences stand where every program of this major has them. */
static_assert(offsetof(struct ledger_instance, sequence) == 0, "comes first");
static_assert(offsetof(struct ledger_event, sequence) == 0, "comes first");

uint32_t ledger_instances(struct ledger *l)
{
	return section_of(l, LEDGER_INSTANCES)->count;
}

uint32_t ledger_holdings(struct ledger *l)
{
	return section_of(l, LEDGER_HOLDINGS)->count;
}

static void *whole_record(struct ledger *l, enum ledger_section_kind kind,
			  uint32_t index, size_t size)
{
	MUST(section_of(l, kind)->stride >= size);
	return section_record(l, kind, index);
}

struct ledger_instance *ledger_instance_at(struct ledger *l, uint32_t index)
{
	return whole_record(l, LEDGER_INSTANCES, index,
			    sizeof(struct ledger_instance));
}

struct vrrp_saved *ledger_core_at(struct ledger *l, uint32_t index)
{
	MUST(index < ledger_instances(l));
	return whole_record(l, LEDGER_CORES, index, sizeof(struct vrrp_saved));
}

struct ledger_counters *ledger_counters_at(struct ledger *l, uint32_t index)
{
	return whole_record(l, LEDGER_COUNTERS, index,
			    sizeof(struct ledger_counters));
}

struct ledger_holding *ledger_holding_at(struct ledger *l, uint32_t index)
{
	return whole_record(l, LEDGER_HOLDINGS, index,
			    sizeof(struct ledger_holding));
}

struct ledger_kind *ledger_kind_at(struct ledger *l, uint32_t number)
{
	return whole_record(l, LEDGER_KINDS, number,
			    sizeof(struct ledger_kind));
}

/* The room for one that is being changed, as it was before. */
static struct vrrp_saved *spare(struct ledger *l)
{
	return section_record(l, LEDGER_CORES,
			      section_of(l, LEDGER_CORES)->count - 1);
}

struct vrrp_saved *ledger_change(struct ledger *l, uint32_t index)
{
	struct vrrp_saved *core = ledger_core_at(l, index);

	MUST(l->saving == 0);
	memcpy(spare(l), core, sizeof(*core));
	__atomic_store_n(&l->saving, index + 1, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	return core;
}

void ledger_changed(struct ledger *l)
{
	__atomic_store_n(&l->saving, 0, __ATOMIC_RELEASE);
}

void ledger_undo(struct ledger *l)
{
	uint32_t saving = l->saving;

	if (saving > 0 && saving <= ledger_instances(l))
		memcpy(ledger_core_at(l, saving - 1), spare(l),
		       sizeof(struct vrrp_saved));
	ledger_changed(l);
}

void ledger_save(struct ledger *l, uint32_t index, const struct vrrp *core)
{
	vrrp_save(core, ledger_change(l, index));
	ledger_changed(l);
}

size_t ledger_saved(struct ledger *l, uint32_t index, struct vrrp_saved *copy)
{
	const struct section *s = section_of(l, LEDGER_CORES);
	size_t common = section_common(s, sizeof(*copy));
	bool torn = __atomic_load_n(&l->saving, __ATOMIC_ACQUIRE) == index + 1;

	MUST(index < ledger_instances(l));
	*copy = (struct vrrp_saved){ 0 };
	memcpy(copy, s->at + (torn ? s->count - 1 : index) * s->stride, common);
	return common;
}

/* NULL: the program that made it does not know the reason. */
static uint64_t *count_at(struct ledger *l, enum ledger_section_kind section,
			  unsigned reason, uint32_t instance)
{
	const struct section *s = section_of(l, section);
	uint32_t instances = ledger_instances(l);
	uint32_t row = instance == LEDGER_NO_INSTANCE ? instances : instance;

	MUST(section == LEDGER_DROPS || section == LEDGER_NOTES);
	MUST(row <= instances);
	return reason < s->count && reason < 64
		       ? (uint64_t *)(void *)(s->at + reason * s->stride) + row
		       : NULL;
}

static_assert(VRRP_DROPS <= 64 && VRRP_NOTES <= 64, "a bit for each");

static uint64_t *counted(struct ledger *l, enum ledger_section_kind section)
{
	return &l->counted[section == LEDGER_NOTES];
}

uint64_t ledger_count(struct ledger *l, enum ledger_section_kind section,
		      unsigned reason, uint32_t instance)
{
	const uint64_t *at = count_at(l, section, reason, instance);

	/* Also reading would make the page. */
	if (!at ||
	    !(__atomic_load_n(counted(l, section), __ATOMIC_RELAXED) >> reason &
	      1))
		return 0;
	return __atomic_load_n(at, __ATOMIC_RELAXED);
}

void ledger_count_add(struct ledger *l, enum ledger_section_kind section,
		      unsigned reason, uint32_t instance, uint64_t count)
{
	uint64_t *at = count_at(l, section, reason, instance);

	if (!at)
		return;
	*counted(l, section) |= UINT64_C(1) << reason;
	__atomic_store_n(at, *at + count, __ATOMIC_RELAXED);
}

void ledger_begin(uint32_t *sequence)
{
	uint32_t s = __atomic_load_n(sequence, __ATOMIC_RELAXED);

	/* Odd already: its writer died. Another odd number tells readers. */
	__atomic_store_n(sequence, s % 2 ? s + 2 : s + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

void ledger_end(uint32_t *sequence)
{
	uint32_t s = __atomic_load_n(sequence, __ATOMIC_RELAXED);

	MUST(s % 2 == 1);
	__atomic_store_n(sequence, s + 1, __ATOMIC_RELEASE);
}

uint32_t ledger_read_begin(const uint32_t *sequence)
{
	return __atomic_load_n(sequence, __ATOMIC_ACQUIRE);
}

bool ledger_read_retry(const uint32_t *sequence, uint32_t begun)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return begun % 2 == 1 ||
	       __atomic_load_n(sequence, __ATOMIC_RELAXED) != begun;
}

static uint32_t *sequence_of(struct ledger *l, uint32_t index)
{
	return section_record(l, LEDGER_INSTANCES, index);
}

bool ledger_is_torn(struct ledger *l, uint32_t index)
{
	return *sequence_of(l, index) % 2 == 1;
}

const char *ledger_name(struct ledger *l, uint32_t index)
{
	const char *record = section_record(l, LEDGER_INSTANCES, index);

	return record + offsetof(struct ledger_instance, name);
}

bool ledger_has_name(struct ledger *l, uint32_t index, const char *name)
{
	return strncmp(ledger_name(l, index), name, LEDGER_NAME_SIZE) == 0;
}

enum vrrp_state ledger_told_state(struct ledger *l,
				  const struct ledger_instance *copy,
				  enum vrrp_state state)
{
	uint32_t first = copy->address_first, count = copy->address_count;
	uint32_t all = ledger_holdings(l);

	if (state == VRRP_ACTIVE || first > all || count > all - first)
		return state;
	for (uint32_t at = first; at < first + count; at++) {
		const struct ledger_holding *a =
			section_record(l, LEDGER_HOLDINGS, at);
		uint8_t is = __atomic_load_n(&a->state, __ATOMIC_ACQUIRE);

		if (is != LEDGER_HOLDING_ABSENT && is != LEDGER_HOLDING_FAILED)
			return VRRP_ACTIVE;
	}
	return state;
}

/* One of what is read together: `size` bytes here, and what of it is known. */
struct part {
	void *copy;
	size_t size;
	const void *record;
	size_t common;
};

static struct part part_of(struct ledger *l, enum ledger_section_kind kind,
			   uint32_t index, void *copy, size_t size)
{
	return (struct part){
		copy,
		size,
		section_record(l, kind, index),
		section_common(section_of(l, kind), size),
	};
}

/* Copies parts that one sequence protects; as ledger_read_instance(). */
static bool copy_parts(const uint32_t *sequence, const struct part *parts,
		       unsigned count)
{
	for (unsigned n = 0; n < count; n++)
		memset(parts[n].copy, 0, parts[n].size);
	for (unsigned i = 0; i < READ_TRIES; i++) {
		uint32_t begun = ledger_read_begin(sequence);

		for (unsigned n = 0; n < count; n++)
			memcpy(parts[n].copy, parts[n].record, parts[n].common);
		if (!ledger_read_retry(sequence, begun))
			return true;
		if (i >= READ_POLITE)
			sched_yield();
	}
	return false;
}

bool ledger_read_instance(struct ledger *l, uint32_t index,
			  struct ledger_instance *copy, struct vrrp_saved *core)
{
	struct part parts[2] = {
		part_of(l, LEDGER_INSTANCES, index, copy, sizeof(*copy)),
	};
	bool whole;

	if (core)
		parts[1] = part_of(l, LEDGER_CORES, index, core, sizeof(*core));
	whole = copy_parts(sequence_of(l, index), parts, core ? 2 : 1);
	copy->name[sizeof(copy->name) - 1] = '\0';
	copy->interface[sizeof(copy->interface) - 1] = '\0';
	return whole;
}

/* Copies a part that nobody writes. */
static void copy_part(const struct part *p)
{
	memset(p->copy, 0, p->size);
	memcpy(p->copy, p->record, p->common);
}

void ledger_copy_instance(struct ledger *l, uint32_t index,
			  struct ledger_instance *copy)
{
	struct part part =
		part_of(l, LEDGER_INSTANCES, index, copy, sizeof(*copy));

	copy_part(&part);
	copy->name[sizeof(copy->name) - 1] = '\0';
	copy->interface[sizeof(copy->interface) - 1] = '\0';
}

void ledger_read_counters(struct ledger *l, uint32_t index,
			  struct ledger_counters *copy)
{
	struct part part =
		part_of(l, LEDGER_COUNTERS, index, copy, sizeof(*copy));

	copy_part(&part);
}

void ledger_copy_holding(struct ledger *l, uint32_t index,
			 struct ledger_holding *copy)
{
	struct part part =
		part_of(l, LEDGER_HOLDINGS, index, copy, sizeof(*copy));

	copy_part(&part);
}

bool ledger_read_holding(struct ledger *l, uint32_t instance, uint32_t index,
			 struct ledger_holding *copy)
{
	struct part part =
		part_of(l, LEDGER_HOLDINGS, index, copy, sizeof(*copy));

	if (instance != LEDGER_NO_INSTANCE)
		return copy_parts(sequence_of(l, instance), &part, 1);
	ledger_copy_holding(l, index, copy);
	return true;
}

struct ledger_kind ledger_kind(struct ledger *l, unsigned number)
{
	const struct section *s = section_of(l, LEDGER_KINDS);
	struct ledger_kind kind = { .name = "" };

	if (number < s->count) {
		struct part part =
			part_of(l, LEDGER_KINDS, number, &kind, sizeof(kind));

		copy_part(&part);
	}
	kind.name[sizeof(kind.name) - 1] = '\0';
	kind.number_name[sizeof(kind.number_name) - 1] = '\0';
	/* Of an older program: it had addresses alone. */
	if (kind.name[0] == '\0')
		strcpy(kind.name, number == 0 ? "address" : "holding");
	return kind;
}

static struct ledger_event *slot_of(struct ledger *l, uint64_t number)
{
	uint32_t slots = section_of(l, LEDGER_RING)->count;

	return section_record(l, LEDGER_RING, (uint32_t)(number % slots));
}

/*
 * Takes a slot for an event, or says that its event is lost: another process
 * is in the middle of that slot (it slept or died a whole round of the ring
 * ago), or has put a newer event there already. Nobody ever waits.
 */
static bool take_slot(struct ledger_event *slot, uint64_t number)
{
	uint32_t s = __atomic_load_n(&slot->sequence, __ATOMIC_RELAXED);

	if (s % 2 == 1 ||
	    !__atomic_compare_exchange_n(&slot->sequence, &s, s + 1, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return false;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	if (slot->number < number)
		return true;
	ledger_end(&slot->sequence);
	return false;
}

uint64_t ledger_newest(const struct ledger *l)
{
	uint64_t newest = __atomic_load_n(&l->events, __ATOMIC_ACQUIRE);

	return newest <= EVENTS_BELIEVED ? newest : 0;
}

/* What is in a slot can be read, or be followed by another event. */
static bool is_sound(const struct ledger_event *slot, uint64_t newest)
{
	return slot->sequence % 2 == 0 && slot->number <= newest;
}

void ledger_mend_ring(struct ledger *l)
{
	const struct section *ring = section_of(l, LEDGER_RING);

	l->events = ledger_newest(l);
	for (uint32_t n = 0; n < ring->count; n++) {
		struct ledger_event *slot = section_record(l, LEDGER_RING, n);

		if (!is_sound(slot, l->events))
			memset(slot, 0, ring->stride);
	}
}

void ledger_append(struct ledger *l, const struct ledger_event *event)
{
	uint64_t number = __atomic_add_fetch(&l->events, 1, __ATOMIC_ACQ_REL);
	struct ledger_event *slot = slot_of(l, number);
	struct ledger_event filled = *event;

	filled.number = number;
	filled.time = clock_now();
	filled.time_real = clock_real_now();
	if (filled.instance != LEDGER_NO_INSTANCE)
		memcpy(filled.name, ledger_name(l, filled.instance),
		       sizeof(filled.name));
	filled.name[sizeof(filled.name) - 1] = 0;

	if (!take_slot(slot, number))
		return;
	memcpy((char *)slot + sizeof(slot->sequence),
	       (char *)&filled + sizeof(filled.sequence),
	       section_common(section_of(l, LEDGER_RING), sizeof(filled)) -
		       sizeof(filled.sequence));
	ledger_end(&slot->sequence);
}

/* The index of the instance of that name, first where it was. */
static uint32_t instance_named(struct ledger *l, const char *name,
			       uint32_t before)
{
	if (before < ledger_instances(l) && ledger_has_name(l, before, name))
		return before;
	for (uint32_t n = 0; n < ledger_instances(l); n++)
		if (ledger_has_name(l, n, name))
			return n;
	return LEDGER_NO_INSTANCE;
}

/* Two processes append, one event each at a time; be generous. */
#define EVENTS_UNDER_WAY 64

void ledger_inherit_events(struct ledger *l, struct ledger *before, bool ended)
{
	uint64_t newest = before->events;
	uint64_t first = newest > LEDGER_EVENTS ? newest - LEDGER_EVENTS : 0;

	/* A number that no counting gets to would be counted up to. */
	if (newest > EVENTS_BELIEVED)
		return;
	if (first < l->events)
		first = l->events;
	for (uint64_t number = first + 1; number - 1 < newest; number++) {
		struct ledger_event *slot = slot_of(l, number);

		if (!ledger_read_event(before, number, slot)) {
			if (ended || newest - number >= EVENTS_UNDER_WAY)
				continue;
			newest = number - 1;
			break;
		}
		slot->sequence = 0;
		if (slot->instance != LEDGER_NO_INSTANCE)
			slot->instance =
				instance_named(l, slot->name, slot->instance);
	}
	l->events = newest;
}

bool ledger_read_event(struct ledger *l, uint64_t number,
		       struct ledger_event *copy)
{
	uint64_t slots = section_of(l, LEDGER_RING)->count, before;
	struct ledger_event *slot = slot_of(l, number);
	struct ledger_event event;
	struct part part = {
		&event,
		sizeof(event),
		slot,
		section_common(section_of(l, LEDGER_RING), sizeof(event)),
	};

	if (number == 0 || number > ledger_newest(l))
		return false;
	/* The event itself, or the place where it is being written. */
	before = __atomic_load_n(&slot->number, __ATOMIC_RELAXED);
	if (before != number && before != 0 && number - before != slots)
		return false;
	if (!copy_parts(&slot->sequence, &part, 1) || event.number != number)
		return false;
	event.name[sizeof(event.name) - 1] = '\0';
	*copy = event;
	return true;
}

static const char *const address_state_names[] = {
	[LEDGER_HOLDING_ABSENT] = "absent",
	[LEDGER_HOLDING_INSTALLING] = "installing",
	[LEDGER_HOLDING_INSTALLED] = "installed",
	[LEDGER_HOLDING_REMOVING] = "removing",
	[LEDGER_HOLDING_FAILED] = "failed",
};
static_assert(ARRAY_LENGTH(address_state_names) == LEDGER_HOLDING_FAILED + 1,
	      "a name for each");

static const char *const event_type_names[] = {
	[LEDGER_EVENT_STATE] = "state",
	[LEDGER_EVENT_DROP] = "drop",
	[LEDGER_EVENT_NOTE] = "note",
	[LEDGER_EVENT_HOLDING] = "address",
	[LEDGER_EVENT_PROCESS] = "process",
	[LEDGER_EVENT_PRIORITY] = "priority",
	[LEDGER_EVENT_TRACKED] = "tracked",
};
static_assert(ARRAY_LENGTH(event_type_names) == LEDGER_EVENT_TRACKED + 1,
	      "a name for each");

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
	return name_in(address_state_names, ARRAY_LENGTH(address_state_names),
		       state);
}

const char *ledger_event_type_name(enum ledger_event_type type)
{
	return name_in(event_type_names, ARRAY_LENGTH(event_type_names), type);
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
