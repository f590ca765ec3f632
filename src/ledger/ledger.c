/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger's memory: making and mapping it, sequence locks, the ring of
 * events. It knows the shape of the records and nothing of their meaning.
 *
 * A sequence lock has one writer at a time. The writer makes the number odd,
 * changes the record and makes it even; it never waits. A reader copies the
 * record between two looks at the number. A writer that died in the middle
 * leaves an odd number; the next writer goes on from there. memfd_create(2).
 */
#include "ledger/ledger.h"

#include "base/must.h"
#include "sys/clock.h"
#include "sys/schedule.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* How often a reader tries, and from which try on it lets others run. */
#define READ_TRIES  256
#define READ_POLITE 16

static_assert((LEDGER_EVENTS & (LEDGER_EVENTS - 1)) == 0, "a power of two");

/* The tables follow each other without padding: all need the same. */
static_assert(sizeof(struct ledger) % 8 == 0, "aligned tables");
static_assert(sizeof(struct ledger_instance) % 8 == 0, "aligned tables");
static_assert(sizeof(struct ledger_event) % 8 == 0, "aligned tables");

struct shape {
	uint64_t instances_at;
	uint64_t addresses_at;
	uint64_t events_at;
	uint64_t size;
};

/*
 * Where the tables stand. Made from the sizes of the records, so a program
 * whose records have another size does not take the ledger for its own.
 */
static struct shape shape_of(uint32_t instances, uint32_t addresses)
{
	struct shape s;

	s.instances_at = sizeof(struct ledger);
	s.addresses_at = s.instances_at +
			 (uint64_t)instances * sizeof(struct ledger_instance);
	s.events_at = s.addresses_at +
		      (uint64_t)addresses * sizeof(struct ledger_address);
	s.events_at = (s.events_at + 7) & ~(uint64_t)7;
	s.size = s.events_at + LEDGER_EVENTS * sizeof(struct ledger_event);
	return s;
}

/*
 * What this process knows of its maps. The header lies in memory that a less
 * trusted process can write, so it is believed only once, when it was made or
 * checked.
 */
struct known {
	struct ledger *at; /* NULL: a free place */
	struct shape shape;
	uint32_t instances;
	uint32_t addresses;
};

#define MAPS_MAX 8 /* of the keeper: now, next, before, and some room */

static struct known maps[MAPS_MAX];

static struct known *known(const struct ledger *l)
{
	unsigned n = 0;

	while (n < MAPS_MAX && maps[n].at != l)
		n++;
	MUST(n < MAPS_MAX);
	return &maps[n];
}

static void remember(struct ledger *l, uint32_t instances, uint32_t addresses)
{
	*known(NULL) = (struct known){ l, shape_of(instances, addresses),
				       instances, addresses };
}

static void text_copy(char *to, size_t size, const char *from)
{
	size_t length = strnlen(from, size - 1);

	memcpy(to, from, length);
	memset(to + length, 0, size - length);
}

int ledger_create(uint32_t instances, uint32_t addresses, const char *version,
		  struct ledger **made)
{
	struct shape shape = shape_of(instances, addresses);
	struct ledger *l;
	int fd, error;

	if (shape.size > UINT32_MAX)
		return -EOVERFLOW;
	fd = memfd_create("baton-ledger", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	/* Sealed: a process that maps it need not fear SIGBUS. */
	if (ftruncate(fd, (off_t)shape.size) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) <
		    0)
		goto failed;
	l = mmap(NULL, shape.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (l == MAP_FAILED)
		goto failed;

	remember(l, instances, addresses);
	l->layout = LEDGER_LAYOUT;
	l->size = (uint32_t)shape.size;
	l->instance_count = instances;
	l->address_count = addresses;
	l->instances_at = (uint32_t)shape.instances_at;
	l->addresses_at = (uint32_t)shape.addresses_at;
	l->events_at = (uint32_t)shape.events_at;
	text_copy(l->version, sizeof(l->version), version);
	l->started_real = clock_real_now();
	for (uint32_t i = 0; i < instances; i++)
		ledger_instance_at(l, i)->id = i;
	l->magic = LEDGER_MAGIC;
	*made = l;
	return fd;

failed:
	error = errno;
	close(fd);
	return -error;
}

/* Whether the object is a ledger of this program's layout, for so many. */
static bool is_ours(const struct ledger *l, uint64_t size, uint32_t instances,
		    uint32_t addresses)
{
	struct shape shape;

	if (l->magic != LEDGER_MAGIC || l->layout != LEDGER_LAYOUT)
		return false;
	shape = shape_of(instances, addresses);
	return l->instances_at == shape.instances_at &&
	       l->addresses_at == shape.addresses_at &&
	       l->events_at == shape.events_at && l->size == shape.size &&
	       size == shape.size;
}

int ledger_map(int fd, bool writable, struct ledger **mapped)
{
	int protection = PROT_READ | (writable ? PROT_WRITE : 0);
	uint32_t instances, addresses;
	struct stat status;
	struct ledger *l;
	size_t size;

	if (fstat(fd, &status) < 0)
		return -errno;
	size = (size_t)status.st_size;
	if (size < sizeof(struct ledger))
		return -EPROTO;
	l = mmap(NULL, size, protection, MAP_SHARED, fd, 0);
	if (l == MAP_FAILED)
		return -errno;
	instances = __atomic_load_n(&l->instance_count, __ATOMIC_RELAXED);
	addresses = __atomic_load_n(&l->address_count, __ATOMIC_RELAXED);
	if (!is_ours(l, size, instances, addresses)) {
		munmap(l, size);
		return -EPROTO;
	}
	remember(l, instances, addresses);
	*mapped = l;
	return 0;
}

void ledger_unmap(struct ledger *ledger)
{
	struct known *k;

	if (!ledger)
		return;
	k = known(ledger);
	munmap(ledger, k->shape.size);
	k->at = NULL;
}

void ledger_touch(struct ledger *ledger)
{
	madvise(ledger, known(ledger)->shape.events_at, MADV_POPULATE_WRITE);
}

struct ledger_instance *ledger_instance_at(struct ledger *l, uint32_t index)
{
	const struct known *k = known(l);

	MUST(index < k->instances);
	return (struct ledger_instance *)((char *)l + k->shape.instances_at) +
	       index;
}

struct ledger_address *ledger_address_at(struct ledger *l, uint32_t index)
{
	const struct known *k = known(l);

	MUST(index < k->addresses);
	return (struct ledger_address *)((char *)l + k->shape.addresses_at) +
	       index;
}

static struct ledger_event *slot_of(struct ledger *l, uint64_t number)
{
	return (struct ledger_event *)((char *)l + known(l)->shape.events_at) +
	       number % LEDGER_EVENTS;
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

enum vrrp_state ledger_told_state(struct ledger *l,
				  const struct ledger_instance *copy)
{
	uint32_t first = copy->address_first, count = copy->address_count;

	if (copy->core.state == VRRP_ACTIVE || first > l->address_count ||
	    count > l->address_count - first)
		return copy->core.state;
	for (uint32_t at = first; at < first + count; at++) {
		uint8_t state = __atomic_load_n(
			&ledger_address_at(l, at)->state, __ATOMIC_ACQUIRE);

		if (state != LEDGER_ADDRESS_ABSENT &&
		    state != LEDGER_ADDRESS_FAILED)
			return VRRP_ACTIVE;
	}
	return copy->core.state;
}

/* Copies a record that begins with its sequence; as ledger_read_instance(). */
static bool copy_record(void *copy, const void *record, size_t size)
{
	const uint32_t *sequence = record;

	for (unsigned i = 0; i < READ_TRIES; i++) {
		uint32_t begun = ledger_read_begin(sequence);

		memcpy(copy, record, size);
		if (!ledger_read_retry(sequence, begun))
			return true;
		if (i >= READ_POLITE)
			sched_yield();
	}
	return false;
}

static_assert(offsetof(struct ledger_instance, sequence) == 0, "comes first");
static_assert(offsetof(struct ledger_event, sequence) == 0, "comes first");

bool ledger_read_instance(struct ledger *l, uint32_t index,
			  struct ledger_instance *copy)
{
	return copy_record(copy, ledger_instance_at(l, index), sizeof(*copy));
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

void ledger_append(struct ledger *l, const struct ledger_event *event)
{
	uint64_t number = __atomic_add_fetch(&l->events, 1, __ATOMIC_ACQ_REL);
	struct ledger_event *slot = slot_of(l, number);
	struct ledger_event filled = *event;

	filled.number = number;
	filled.time = clock_now();
	filled.time_real = clock_real_now();
	if (filled.instance != LEDGER_NO_INSTANCE)
		memcpy(filled.name,
		       ledger_instance_at(l, filled.instance)->name,
		       sizeof(filled.name));
	filled.name[sizeof(filled.name) - 1] = 0;

	if (!take_slot(slot, number))
		return;
	memcpy((char *)slot + sizeof(slot->sequence),
	       (char *)&filled + sizeof(filled.sequence),
	       sizeof(filled) - sizeof(filled.sequence));
	ledger_end(&slot->sequence);
}

/* The index of the instance of that name, first where it was. */
static uint32_t instance_named(struct ledger *l, const char *name,
			       uint32_t before)
{
	if (before < l->instance_count &&
	    strcmp(ledger_instance_at(l, before)->name, name) == 0)
		return before;
	for (uint32_t n = 0; n < l->instance_count; n++)
		if (strcmp(ledger_instance_at(l, n)->name, name) == 0)
			return n;
	return LEDGER_NO_INSTANCE;
}

/* Two processes append, one event each at a time; be generous. */
#define EVENTS_UNDER_WAY 64

void ledger_inherit_events(struct ledger *l, struct ledger *before, bool ended)
{
	uint64_t newest = before->events;
	uint64_t first = newest > LEDGER_EVENTS ? newest - LEDGER_EVENTS : 0;

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
	struct ledger_event event;

	if (number == 0 ||
	    number > __atomic_load_n(&l->events, __ATOMIC_ACQUIRE))
		return false;
	if (!copy_record(&event, slot_of(l, number), sizeof(event)) ||
	    event.number != number)
		return false;
	event.name[sizeof(event.name) - 1] = '\0';
	*copy = event;
	return true;
}

static const char *const address_state_names[] = {
	[LEDGER_ADDRESS_ABSENT] = "absent",
	[LEDGER_ADDRESS_INSTALLING] = "installing",
	[LEDGER_ADDRESS_INSTALLED] = "installed",
	[LEDGER_ADDRESS_REMOVING] = "removing",
	[LEDGER_ADDRESS_FAILED] = "failed",
};
static_assert(ARRAY_LENGTH(address_state_names) == LEDGER_ADDRESS_FAILED + 1,
	      "a name for each");

static const char *const event_type_names[] = {
	[LEDGER_EVENT_STATE] = "state",
	[LEDGER_EVENT_DROP] = "drop",
	[LEDGER_EVENT_NOTE] = "note",
	[LEDGER_EVENT_ADDRESS] = "address",
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

const char *ledger_address_state_name(enum ledger_address_state state)
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
