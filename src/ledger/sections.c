/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making, mapping and checking a ledger: which section is where, and who can
 * write it.
 *
 * A ledger that is mapped may have been made by another version of the
 * program. Its head is checked once, in a copy, and from then on this process
 * believes the copy alone. What can go wrong later is in the records, and
 * cannot lead out of the map. memfd_create(2).
 */
#include "ledger/sections.h"

#include "base/must.h"
#include "ledger/checked.h"
#include "ledger/news_entry.h"
#include "ledger/table.h"
#include "ledger/virtual.h"
#include "sys/clock.h"
#include "sys/pages.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static_assert(sizeof(struct ledger) <= LEDGER_HEAD, "the head has room");
static_assert(sizeof(struct ledger_process) == 128, "in the head");

struct known {
	struct ledger *at; /* NULL: a free place */
	size_t size;
	/* As the head said when it was checked. */
	uint32_t section_count;
	struct ledger_section told[LEDGER_SECTIONS_MAX];
	struct section sections[LEDGER_SECTION_KINDS];
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

const struct section *section_of(const struct ledger *l,
				 enum ledger_section_kind kind)
{
	return &known(l)->sections[kind];
}

void *section_record(const struct ledger *l, enum ledger_section_kind kind,
		     uint32_t index)
{
	const struct section *s = section_of(l, kind);

	MUST(index < s->count);
	return s->at + index * s->stride;
}

size_t section_common(const struct section *s, size_t ours)
{
	return s->stride < ours ? s->stride : ours;
}

/* The pages of a book are its own. */
static uint64_t page_end(uint64_t at)
{
	const uint64_t page = (uint64_t)getpagesize();

	return (at + page - 1) & ~(page - 1);
}

static uint64_t most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Fills in the sections of a new ledger, book by book; the size of the whole.
 */
static uint64_t lay_out(struct ledger_section *sections,
			const struct ledger_size *size)
{
	const uint64_t rows = (uint64_t)size->instances + 1;
	const uint64_t servers = most(size->servers, size->servers_before) +
				 (size->virtuals ? LEDGER_LVS_LEAVING : 0);
	const struct {
		enum ledger_book book;
		uint64_t stride, count;
	} wanted[LEDGER_SECTION_KINDS] = {
		[LEDGER_KINDS] = { LEDGER_BOOK_KEEPER,
				   sizeof(struct ledger_kind),
				   LEDGER_KINDS_MAX },
		[LEDGER_CONFIGURED] = { LEDGER_BOOK_KEEPER,
					sizeof(struct ledger_configured),
					size->instances },
		[LEDGER_WANTED] = { LEDGER_BOOK_KEEPER,
				    sizeof(struct ledger_wanted),
				    size->holdings },
		[LEDGER_TEXTS] = { LEDGER_BOOK_KEEPER, 1,
				   (uint64_t)size->texts + 2 },
		[LEDGER_SERVER] = { LEDGER_BOOK_SERVER, LEDGER_SERVER_ROOM, 1 },
		[LEDGER_RECORDS] = { LEDGER_BOOK_SERVER,
				     sizeof(struct ledger_record),
				     size->instances },
		[LEDGER_CORES] = { LEDGER_BOOK_SERVER,
				   sizeof(struct vrrp_saved), rows },
		[LEDGER_COUNTERS] = { LEDGER_BOOK_SERVER,
				      sizeof(struct ledger_counters),
				      size->instances },
		[LEDGER_HELD] = { LEDGER_BOOK_SERVER,
				  sizeof(struct ledger_held), size->holdings },
		[LEDGER_RING] = { LEDGER_BOOK_SERVER,
				  sizeof(struct ledger_event), LEDGER_EVENTS },
		[LEDGER_DROPS] = { LEDGER_BOOK_SERVER, rows * sizeof(uint64_t),
				   VRRP_DROPS },
		[LEDGER_NOTES] = { LEDGER_BOOK_SERVER, rows * sizeof(uint64_t),
				   VRRP_NOTES },
		[LEDGER_TARGETS] = { LEDGER_BOOK_KEEPER,
				     sizeof(struct ledger_target),
				     size->targets },
		[LEDGER_TRACKERS] = { LEDGER_BOOK_KEEPER,
				      sizeof(struct ledger_tracker),
				      size->trackers },
		[LEDGER_CHANGES] = { LEDGER_BOOK_SERVER,
				     sizeof(struct ledger_changes),
				     size->followers },
		[LEDGER_TOLD] = { LEDGER_BOOK_RUNNER,
				  sizeof(struct ledger_told), size->followers },
		[LEDGER_TOLD_FIFO] = { LEDGER_BOOK_RUNNER,
				       sizeof(struct ledger_told),
				       size->followers },
		[LEDGER_TOLD_VRRP_FIFO] = { LEDGER_BOOK_RUNNER,
					    sizeof(struct ledger_told),
					    size->followers },
		[LEDGER_MAILER] = { LEDGER_BOOK_MAILER, LEDGER_MAILER_ROOM, 1 },
		[LEDGER_MAILS] = { LEDGER_BOOK_MAILER,
				   sizeof(struct ledger_mail),
				   LEDGER_MAILS_MAX },
		[LEDGER_TOLD_MAIL] = { LEDGER_BOOK_MAILER,
				       sizeof(struct ledger_mailed),
				       size->followers },
		[LEDGER_FIFOS_CONFIGURED] = { LEDGER_BOOK_KEEPER,
					      sizeof(struct
						     ledger_fifo_configured),
					      LEDGER_FIFOS_MAX },
		[LEDGER_NOTIFIED] = { LEDGER_BOOK_RUNNER,
				      sizeof(struct ledger_notified),
				      size->followers },
		[LEDGER_FIFOS] = { LEDGER_BOOK_RUNNER,
				   sizeof(struct ledger_fifo),
				   LEDGER_FIFOS_MAX },
		[LEDGER_GROUPS] = { LEDGER_BOOK_KEEPER,
				    sizeof(struct ledger_group), size->groups },
		[LEDGER_GROUP_STATES] = { LEDGER_BOOK_SERVER,
					  sizeof(struct ledger_group_state),
					  size->groups },
		[LEDGER_CLEARED] = { LEDGER_BOOK_RUNNER,
				     sizeof(struct ledger_cleared),
				     size->instances },
		[LEDGER_RUNNER] = { LEDGER_BOOK_RUNNER, LEDGER_RUNNER_ROOM, 1 },
		[LEDGER_RESULTS] = { LEDGER_BOOK_RUNNER,
				     sizeof(struct ledger_result),
				     size->targets },
		[LEDGER_CHECKED] = { LEDGER_BOOK_KEEPER,
				     sizeof(struct ledger_checked),
				     size->checks },
		[LEDGER_CHECKER] = { LEDGER_BOOK_CHECKER, LEDGER_CHECKER_ROOM,
				     1 },
		[LEDGER_CHECKS] = { LEDGER_BOOK_CHECKER,
				    sizeof(struct ledger_check), size->checks },
		[LEDGER_LVS] = { LEDGER_BOOK_LVS, LEDGER_LVS_ROOM, 1 },
		[LEDGER_LVS_SERVICES] = { LEDGER_BOOK_LVS,
					  sizeof(struct ledger_lvs_service),
					  size->services +
						  most(size->services,
						       size->services_before) +
						  LEDGER_LVS_EXTRA },
		[LEDGER_LVS_VIRTUALS] = { LEDGER_BOOK_LVS,
					  sizeof(struct ledger_lvs_virtual),
					  most(size->virtuals,
					       size->virtuals_before) },
		[LEDGER_LVS_SERVERS] = { LEDGER_BOOK_LVS,
					 sizeof(struct ledger_lvs_server),
					 servers },
		[LEDGER_LVS_VIRTUAL_COUNTS] = { LEDGER_BOOK_LVS,
						sizeof(struct
						       ledger_lvs_counts),
						size->virtuals },
		[LEDGER_LVS_SERVER_COUNTS] = { LEDGER_BOOK_LVS,
					       sizeof(struct ledger_lvs_counts),
					       servers },
		[LEDGER_VIRTUALS] = { LEDGER_BOOK_KEEPER,
				      sizeof(struct ledger_virtual),
				      size->virtuals },
		[LEDGER_REALS] = { LEDGER_BOOK_KEEPER,
				   sizeof(struct ledger_real), size->servers },
		[LEDGER_FOLLOWS] = { LEDGER_BOOK_KEEPER, sizeof(uint32_t),
				     size->follows },
		[LEDGER_SCRIPTED] = { LEDGER_BOOK_RUNNER,
				      sizeof(struct ledger_scripted),
				      size->scripted },
		[LEDGER_ORDERED] = { LEDGER_BOOK_KEEPER,
				     sizeof(struct ledger_ordered),
				     LEDGER_ORDERED_MAX },
		[LEDGER_NEWS] = { LEDGER_BOOK_LVS, sizeof(struct ledger_news),
				  size->news },
		[LEDGER_NEWS_TOLD] = { LEDGER_BOOK_RUNNER,
				       sizeof(struct ledger_news_told),
				       size->news },
	};
	uint64_t at = LEDGER_HEAD;

	for (unsigned book = 0; book < LEDGER_BOOKS; book++) {
		at = page_end(at);
		for (unsigned kind = 1; kind < LEDGER_SECTION_KINDS; kind++) {
			if (wanted[kind].book != book)
				continue;
			sections[kind - 1] = (struct ledger_section){
				.kind = kind,
				.stride = (uint32_t)wanted[kind].stride,
				.count = (uint32_t)wanted[kind].count,
				.book = book,
				.offset = at,
			};
			at += wanted[kind].stride * wanted[kind].count;
			at = (at + 7) & ~(uint64_t)7;
		}
	}
	return at;
}

/* Whether a section lies in the map, and as what is it known. */
static bool take(struct known *k, const struct ledger_section *s)
{
	if (s->offset % 8 || s->offset < LEDGER_HEAD || s->offset > k->size ||
	    (s->count > 0 && s->stride > (k->size - s->offset) / s->count))
		return false;
	k->sections[s->kind] = (struct section){
		(char *)k->at + s->offset,
		s->stride,
		s->count,
	};
	return true;
}

/* The head is looked at once, in a copy. */
static int check(struct known *k)
{
	struct ledger head;

	memcpy(&head, k->at, sizeof(head));
	if (head.magic != LEDGER_MAGIC || head.major != LEDGER_MAJOR ||
	    head.section_count > LEDGER_SECTIONS_MAX)
		return -EPROTO;
	for (unsigned n = 0; n < head.section_count; n++) {
		uint32_t kind = head.sections[n].kind;

		if (kind == 0 || kind >= LEDGER_SECTION_KINDS)
			continue; /* of a later version */
		if (k->sections[kind].at || !take(k, &head.sections[n]))
			return -EPROTO;
	}
	k->section_count = head.section_count;
	memcpy(k->told, head.sections, sizeof(k->told));
	return sections_are_whole(k->sections) ? 0 : -EPROTO;
}

bool ledger_mend(struct ledger *l)
{
	const struct known *k = known(l);

	if (l->magic == LEDGER_MAGIC && l->major == LEDGER_MAJOR &&
	    l->section_count == k->section_count &&
	    memcmp(l->sections, k->told, sizeof(k->told)) == 0)
		return false;
	l->magic = LEDGER_MAGIC;
	l->major = LEDGER_MAJOR;
	l->section_count = k->section_count;
	memcpy(l->sections, k->told, sizeof(k->told));
	return true;
}

static void text_copy(char *to, size_t size, const char *from)
{
	size_t length = strnlen(from, size - 1);

	memcpy(to, from, length);
	memset(to + length, 0, size - length);
}

int ledger_create(const struct ledger_size *wanted, const char *version,
		  struct ledger **made)
{
	struct ledger_section sections[LEDGER_SECTIONS_MAX] = { 0 };
	char name[sizeof(LEDGER_MEMFD) + 1 + LEDGER_HOME_SIZE];
	uint64_t size = lay_out(sections, wanted);
	struct ledger *l;
	int fd, error;

	if (size > UINT32_MAX)
		return -EOVERFLOW;
	snprintf(name, sizeof(name), LEDGER_MEMFD "%s%.*s",
		 wanted->home ? ":" : "", LEDGER_HOME_SIZE - 1,
		 wanted->home ? wanted->home : "");
	fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	/* Sealed: a process that maps it need not fear SIGBUS. */
	if (ftruncate(fd, (off_t)size) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) <
		    0)
		goto failed;
	l = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (l == MAP_FAILED)
		goto failed;

	l->major = LEDGER_MAJOR;
	l->section_count = LEDGER_SECTION_KINDS - 1;
	memcpy(l->sections, sections, sizeof(sections));
	text_copy(l->version, sizeof(l->version), version);
	l->started_real = clock_real_now();
	l->text_bytes = 1; /* the first one is "" */
	l->magic = LEDGER_MAGIC;
	*known(NULL) = (struct known){ .at = l, .size = size };
	MUST(check(known(l)) == 0);
	*made = l;
	return fd;

failed:
	error = errno;
	close(fd);
	return -error;
}

/* One whose writer could cut it off under us is none. */
static bool is_sealed(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & F_SEAL_SHRINK);
}

int ledger_map(int fd, bool writable, struct ledger **mapped)
{
	int protection = PROT_READ | (writable ? PROT_WRITE : 0);
	struct stat status;
	struct ledger *l;
	size_t size;
	int error;

	if (fstat(fd, &status) < 0)
		return -errno;
	size = (size_t)status.st_size;
	if (size < LEDGER_HEAD || !is_sealed(fd))
		return -EPROTO;
	l = mmap(NULL, size, protection, MAP_SHARED, fd, 0);
	if (l == MAP_FAILED)
		return -errno;
	*known(NULL) = (struct known){ .at = l, .size = size };
	error = check(known(l));
	if (error)
		ledger_unmap(l);
	else
		*mapped = l;
	return error;
}

/* Where the first book from `book` on begins: books follow each other. */
static size_t begin_of(const struct known *k, unsigned book)
{
	uint64_t first = k->size;

	for (uint32_t n = 0; n < k->section_count; n++)
		if (k->told[n].book >= book && k->told[n].offset < first)
			first = k->told[n].offset;
	return (size_t)first;
}

/* From there to there it can only be read. */
static int protect(const struct known *k, int view, size_t from, size_t to)
{
	if (from % (size_t)getpagesize())
		return -EPROTO;
	if (from >= to)
		return 0;
	return mmap((char *)k->at + from, to - from, PROT_READ,
		    MAP_SHARED | MAP_FIXED, view, (off_t)from) == MAP_FAILED
		       ? -errno
		       : 0;
}

int ledger_confine(struct ledger *ledger, int view, enum ledger_book book)
{
	const struct known *k = known(ledger);
	size_t first = begin_of(k, book), end = begin_of(k, book + 1u);
	int error;

	if (first < k->size && first % (size_t)getpagesize())
		return -EPROTO;
	error = protect(k, view, 0, first);
	if (!error && end < k->size)
		error = protect(k, view, end, k->size);
	return error;
}

void ledger_unmap(struct ledger *ledger)
{
	struct known *k;

	if (!ledger)
		return;
	k = known(ledger);
	munmap(ledger, k->size);
	k->at = NULL;
}

void ledger_touch(struct ledger *ledger)
{
	static const enum ledger_section_kind kinds[] = {
		LEDGER_CONFIGURED, LEDGER_WANTED,  LEDGER_TEXTS,
		LEDGER_SERVER,     LEDGER_RECORDS, LEDGER_CORES,
		LEDGER_COUNTERS,   LEDGER_HELD,
	};
	const uintptr_t page = (uintptr_t)getpagesize();

	for (unsigned n = 0; n < ARRAY_LENGTH(kinds); n++) {
		const struct section *s = section_of(ledger, kinds[n]);
		uintptr_t skip = (uintptr_t)s->at % page;
		size_t size = s->stride * s->count + skip;

		/* Of another book: to read. */
		if (madvise(s->at - skip, size, MADV_POPULATE_WRITE))
			madvise(s->at - skip, size, MADV_POPULATE_READ);
	}
}

void ledger_ready(struct ledger *ledger, enum ledger_section_kind kind,
		  uint32_t count)
{
	const struct section *s = section_of(ledger, kind);

	if (s->at && count > 0)
		pages_ready(s->at,
			    (size_t)s->stride *
				    (count < s->count ? count : s->count));
}
