/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger's records: which, and whole copies of them. Where they are is
 * known to sections.c, how they are copied to copy.c; what they mean to nobody
 * here.
 */
#include "ledger/ledger.h"

#include "base/must.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

/* Sequences stand where every program of this major has them. */
static_assert(offsetof(struct ledger_record, sequence) == 0, "comes first");

uint32_t ledger_instances(const struct ledger *l)
{
	return section_of(l, LEDGER_RECORDS)->count;
}

uint32_t ledger_holdings(const struct ledger *l)
{
	return section_of(l, LEDGER_HELD)->count;
}

struct ledger_server *ledger_server(const struct ledger *l)
{
	return section_record(l, LEDGER_SERVER, 0);
}

static void *whole_record(struct ledger *l, enum ledger_section_kind kind,
			  uint32_t index, size_t size)
{
	MUST(section_of(l, kind)->stride >= size);
	return section_record(l, kind, index);
}

struct ledger_configured *ledger_configured_at(struct ledger *l, uint32_t index)
{
	return whole_record(l, LEDGER_CONFIGURED, index,
			    sizeof(struct ledger_configured));
}

struct ledger_record *ledger_record_at(struct ledger *l, uint32_t index)
{
	return whole_record(l, LEDGER_RECORDS, index,
			    sizeof(struct ledger_record));
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

struct ledger_wanted *ledger_wanted_at(struct ledger *l, uint32_t index)
{
	return whole_record(l, LEDGER_WANTED, index,
			    sizeof(struct ledger_wanted));
}

struct ledger_held *ledger_held_at(struct ledger *l, uint32_t index)
{
	return whole_record(l, LEDGER_HELD, index, sizeof(struct ledger_held));
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

	MUST(ledger_server(l)->saving == 0);
	memcpy(spare(l), core, sizeof(*core));
	__atomic_store_n(&ledger_server(l)->saving, index + 1,
			 __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	return core;
}

void ledger_changed(struct ledger *l)
{
	__atomic_store_n(&ledger_server(l)->saving, 0, __ATOMIC_RELEASE);
}

void ledger_undo(struct ledger *l)
{
	uint32_t saving = ledger_server(l)->saving;

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
	bool torn = __atomic_load_n(&ledger_server(l)->saving,
				    __ATOMIC_ACQUIRE) == index + 1;

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
	return &ledger_server(l)->counted[section == LEDGER_NOTES];
}

uint64_t ledger_counted(struct ledger *l, enum ledger_section_kind section)
{
	return __atomic_load_n(counted(l, section), __ATOMIC_RELAXED);
}

uint64_t ledger_count(struct ledger *l, enum ledger_section_kind section,
		      unsigned reason, uint32_t instance)
{
	const uint64_t *at = count_at(l, section, reason, instance);

	/* Also reading would make the page. */
	if (!at || !(ledger_counted(l, section) >> reason & 1))
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

uint32_t ledger_text_add(struct ledger *l, const char *text)
{
	const struct section *s = section_of(l, LEDGER_TEXTS);
	uint32_t at = l->text_bytes;
	size_t size = strlen(text) + 1;

	/* The last byte is 0 whatever happens. */
	MUST(at < s->count && size < s->count - at);
	memcpy(s->at + at, text, size);
	l->text_bytes += (uint32_t)size;
	return at;
}

const char *ledger_text(const struct ledger *l, uint32_t at)
{
	const struct section *s = section_of(l, LEDGER_TEXTS);

	return at < s->count && s->at[s->count - 1] == '\0' ? s->at + at : "";
}

static uint32_t *sequence_of(struct ledger *l, uint32_t index)
{
	return section_record(l, LEDGER_RECORDS, index);
}

bool ledger_is_torn(struct ledger *l, uint32_t index)
{
	return *sequence_of(l, index) % 2 == 1;
}

void ledger_note_death(struct ledger *l, tick_t now)
{
	struct ledger_deaths *d = &l->deaths;

	if (tick_since(d->last, now) >= LEDGER_DEATHS_ROW)
		d->row = 0;
	d->last = now;
	d->row++;
	if (d->row > d->most)
		d->most = d->row;
}

enum vrrp_state ledger_state(const struct ledger *l, uint32_t index)
{
	const struct vrrp_saved *core = section_record(l, LEDGER_CORES, index);

	return (enum vrrp_state)__atomic_load_n(&core->state, __ATOMIC_ACQUIRE);
}

bool ledger_is_started(const struct ledger *l, uint32_t index)
{
	const struct vrrp_saved *core = section_record(l, LEDGER_CORES, index);

	return __atomic_load_n(&core->started, __ATOMIC_ACQUIRE) != 0;
}

void ledger_copy_configured(const struct ledger *l, uint32_t index,
			    struct ledger_configured *copy)
{
	struct part part =
		part_of(l, LEDGER_CONFIGURED, index, copy, sizeof(*copy));

	part_copy(&part);
}

const char *ledger_name(const struct ledger *l, uint32_t index)
{
	struct ledger_configured c;

	ledger_copy_configured(l, index, &c);
	return ledger_text(l, c.name);
}

bool ledger_has_name(const struct ledger *l, uint32_t index, const char *name)
{
	return strcmp(ledger_name(l, index), name) == 0;
}

enum vrrp_state ledger_told_state(const struct ledger *l,
				  const struct ledger_instance *copy,
				  enum vrrp_state state)
{
	uint32_t first = copy->configured.address_first;
	uint32_t count = copy->configured.address_count;
	uint32_t all = ledger_holdings(l);

	if (state == VRRP_ACTIVE || first > all || count > all - first)
		return state;
	for (uint32_t at = first; at < first + count; at++) {
		const struct ledger_held *h =
			section_record(l, LEDGER_HELD, at);
		uint8_t is = __atomic_load_n(&h->state, __ATOMIC_ACQUIRE);

		if (is != LEDGER_HOLDING_ABSENT && is != LEDGER_HOLDING_FAILED)
			return VRRP_ACTIVE;
	}
	return state;
}

/* What the configuration says does not change. */
static void copy_facts(const struct ledger *l, uint32_t index,
		       struct ledger_instance *copy)
{
	ledger_copy_configured(l, index, &copy->configured);
	copy->name = ledger_text(l, copy->configured.name);
	copy->interface = ledger_text(l, copy->configured.interface);
}

bool ledger_read_instance(struct ledger *l, uint32_t index,
			  struct ledger_instance *copy, struct vrrp_saved *core)
{
	struct part parts[2] = {
		part_of(l, LEDGER_RECORDS, index, &copy->record,
			sizeof(copy->record)),
	};
	bool whole;

	copy_facts(l, index, copy);
	if (core)
		parts[1] = part_of(l, LEDGER_CORES, index, core, sizeof(*core));
	whole = parts_copy(sequence_of(l, index), parts, core ? 2 : 1);
	copy->record.down[sizeof(copy->record.down) - 1] = '\0';
	copy->record.related[sizeof(copy->record.related) - 1] = '\0';
	return whole;
}

void ledger_copy_instance(struct ledger *l, uint32_t index,
			  struct ledger_instance *copy)
{
	struct part part = part_of(l, LEDGER_RECORDS, index, &copy->record,
				   sizeof(copy->record));

	copy_facts(l, index, copy);
	part_copy(&part);
}

void ledger_read_counters(struct ledger *l, uint32_t index,
			  struct ledger_counters *copy)
{
	struct part part =
		part_of(l, LEDGER_COUNTERS, index, copy, sizeof(*copy));

	part_copy(&part);
}

/* The part that changes; the other is copied. */
static struct part holding_part(struct ledger *l, uint32_t index,
				struct ledger_holding *copy)
{
	struct part wanted = part_of(l, LEDGER_WANTED, index, &copy->wanted,
				     sizeof(copy->wanted));

	part_copy(&wanted);
	return part_of(l, LEDGER_HELD, index, &copy->held, sizeof(copy->held));
}

void ledger_copy_holding(struct ledger *l, uint32_t index,
			 struct ledger_holding *copy)
{
	struct part part = holding_part(l, index, copy);

	part_copy(&part);
}

bool ledger_read_holding(struct ledger *l, uint32_t instance, uint32_t index,
			 struct ledger_holding *copy)
{
	struct part part = holding_part(l, index, copy);

	if (instance != LEDGER_NO_INSTANCE)
		return parts_copy(sequence_of(l, instance), &part, 1);
	part_copy(&part);
	return true;
}

struct ledger_kind ledger_kind(const struct ledger *l, unsigned number)
{
	struct ledger_kind kind = { .name = "" };

	if (number < section_of(l, LEDGER_KINDS)->count) {
		struct part part =
			part_of(l, LEDGER_KINDS, number, &kind, sizeof(kind));

		part_copy(&part);
	}
	kind.name[sizeof(kind.name) - 1] = '\0';
	kind.number_name[sizeof(kind.number_name) - 1] = '\0';
	if (kind.name[0] == '\0')
		strcpy(kind.name, "holding");
	return kind;
}
