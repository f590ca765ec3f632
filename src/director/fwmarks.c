/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nftables_ipvs: a group is one firewall mark, and a table of nftables gives it
 * to packets. The mark of a virtual server stands in the book, so it stays the
 * same for the next process and for another configuration; if all processes
 * have died, the table in the kernel still says it.
 *
 * Marks are put before the services of IPVS are, and go after them: a packet
 * whose mark is no service is looked up by its address, so that a change from
 * the one to the other loses none.
 */
#include "director/director_state.h"

#include "conf/model/tracked_servers.h"
#include "ledger/lvs.h"
#include "sys/clock.h"
#include "sys/nft_marks.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define AGAIN (10 * TICK_SECOND)
/* After a change by others in the middle of a look. */
#define SOON (100 * TICK_MILLISECOND)
/* So often in a row; then that is told, and it waits longer. */
#define SOON_MAX 50

static_assert(NFT_MARKS_NAME == LEDGER_LVS_MARKS_NAME,
	      "it is that of the book");
static_assert(FWMARK_RANGES_MAX == CONF_LVS_MARKS_MAX,
	      "it is told when a file is read");

struct fwmarks {
	/* NULL: it could not be opened. It is opened at the beginning alone:
	 * in the sandbox a new socket is the end of the process. */
	struct nft *nft;
	int open_error;
	struct loop_watch watch;
	struct nft_marks want;
	struct fwmark_range *ranges;
	struct nft_marks_found found;
	struct nft_author by;
	bool others;               /* that one has changed something */
	bool right;                /* as far as is known */
	tick_t at;                 /* when it is looked at */
	tick_t rests;              /* till then others start no look */
	unsigned soon;             /* looks in a row that were disturbed */
	int error;                 /* that was told */
	char gone[NFT_MARKS_NAME]; /* a table of before, which is to go, or ""
				    */
	tick_t gone_at;            /* when that is tried again */
	int gone_error;            /* that was told */
};

struct claims {
	const uint32_t *of;
	uint32_t mark;
	struct fwmark_claim *list;
	uint32_t count;
};

static void add_claim(struct claims *c, struct ip first, struct ip last,
		      uint16_t port, uint8_t protocol)
{
	c->list[c->count++] = (struct fwmark_claim){
		.first = first,
		.last = last,
		.port = port,
		.protocol = protocol,
		.mark = c->mark,
	};
}

static uint32_t most_claims(const struct conf_model *m)
{
	uint32_t count = 0;

	for (uint32_t n = 0; n < m->virtual_server_count; n++) {
		const struct conf_virtual_server *vs = &m->virtual_servers[n];

		count += vs->id.by == CONF_BY_GROUP
				 ? m->server_groups[vs->group].entry_count
				 : 1;
	}
	return count;
}

/* What a virtual server answers at, with its mark. */
static void claim(const struct conf_model *m, uint32_t n, struct claims *c)
{
	const struct conf_virtual_server *vs = &m->virtual_servers[n];
	const struct conf_server_group *group;

	c->mark = c->of[n];
	if (vs->id.by == CONF_BY_ADDRESS)
		add_claim(c, vs->id.address, vs->id.address, vs->id.port,
			  vs->protocol);
	if (vs->id.by != CONF_BY_GROUP)
		return;
	group = &m->server_groups[vs->group];
	for (uint32_t k = 0; k < group->entry_count; k++) {
		const struct conf_group_entry *e = &group->entries[k];

		if (!e->mark)
			add_claim(c, e->first, conf_group_address(e, e->more),
				  e->port, vs->protocol);
	}
}

/* All ranges, by the marks that virtual servers have. 0 or -errno. */
static int make_ranges(struct director *d)
{
	struct fwmarks *f = d->fwmarks;
	uint32_t most = most_claims(d->model), room = 2 * most + 1;
	struct claims c = { .of = d->marks };
	void *memory = malloc(fwmark_memory(most) + 1);

	if (room > FWMARK_RANGES_MAX)
		room = FWMARK_RANGES_MAX;
	c.list = calloc(most + 1, sizeof(*c.list));
	free(f->ranges);
	f->want.ranges = NULL;
	f->want.count = 0;
	f->ranges = calloc(room, sizeof(*f->ranges));
	if (memory && c.list && f->ranges) {
		for (uint32_t n = 0; n < d->model->virtual_server_count; n++)
			claim(d->model, n, &c);
		f->want.count =
			fwmark_ranges(c.list, c.count, f->ranges, room, memory);
		f->want.ranges = f->ranges;
	}
	free(memory);
	free(c.list);
	return f->want.ranges ? 0 : -ENOMEM;
}

/* Marks that no group may have: those of the file. */
static uint32_t list_taken(struct director *d, uint32_t *taken)
{
	const struct conf_model *m = d->model;
	uint32_t count = 0;

	for (uint32_t n = 0; n < m->virtual_server_count; n++)
		if (m->virtual_servers[n].id.mark)
			taken[count++] = m->virtual_servers[n].id.mark;
	for (uint32_t n = 0; n < m->server_group_count; n++)
		for (uint32_t k = 0; k < m->server_groups[n].entry_count; k++)
			if (m->server_groups[n].entries[k].mark)
				taken[count++] =
					m->server_groups[n].entries[k].mark;
	return count;
}

static uint32_t most_taken(const struct conf_model *m)
{
	uint32_t count = m->virtual_server_count;

	for (uint32_t n = 0; n < m->server_group_count; n++)
		count += m->server_groups[n].entry_count;
	return count;
}

/* What the book says; those that have gone leave their marks to nobody yet. */
static uint32_t recall(struct director *d, uint32_t *taken)
{
	uint32_t known = ledger_lvs_used_virtuals(d->ledger), count = 0;

	for (uint32_t k = 0; k < known; k++) {
		struct ledger_lvs_virtual was;
		uint32_t n;

		ledger_read_lvs_virtual(d->ledger, k, &was);
		if (!was.mark)
			continue;
		n = memory_find(d, was.key);
		if (n != LVS_NONE &&
		    conf_server_is_marked(d->model,
					  &d->model->virtual_servers[n]))
			d->marks[n] = was.mark;
		else
			taken[count++] = was.mark;
	}
	return count;
}

static int compare_marks(const void *a, const void *b)
{
	uint32_t one, two;

	memcpy(&one, a, sizeof(one));
	memcpy(&two, b, sizeof(two));
	return one < two ? -1 : one > two;
}

/* Marks of services that were ours, such as one that drains, and that no group
 * has now. `held` has room for those of all virtual servers. */
static uint32_t list_owned(const struct director *d, uint32_t *held,
			   uint32_t *taken)
{
	uint32_t most = d->model->virtual_server_count, count = 0;

	memcpy(held, d->marks, most * sizeof(*held));
	qsort(held, most, sizeof(*held), compare_marks);
	for (uint32_t n = 0; n < d->table.service_count; n++) {
		uint32_t mark = d->table.services[n].want.key.mark;

		if (mark &&
		    !bsearch(&mark, held, most, sizeof(*held), compare_marks))
			taken[count++] = mark;
	}
	return count;
}

/* What the kernel still says of the addresses of those that have none. */
static void recognize(struct director *d)
{
	struct fwmarks *f = d->fwmarks;
	const struct conf_model *m = d->model;

	for (uint32_t n = 0; n < m->virtual_server_count; n++) {
		struct fwmark_claim list[1];
		struct claims c = { .of = d->marks, .list = list };
		const struct conf_virtual_server *vs = &m->virtual_servers[n];
		const struct conf_group_entry *e;
		const struct fwmark_range *found;

		if (!conf_server_is_marked(m, vs))
			continue;
		e = &m->server_groups[vs->group].entries[0];
		add_claim(&c, e->first, e->first, e->port, vs->protocol);
		found = fwmark_find(f->found.ranges, f->found.count, list);
		d->marks[n] = found ? found->mark : 0;
	}
}

static bool is_soon(int error)
{
	return error == -EINTR || error == -EAGAIN;
}

/* Nothing can be asked later: who changes the tables now is waited for. */
static int look_in_peace(struct fwmarks *f)
{
	int error = -EAGAIN;

	for (unsigned n = 0; n < SOON_MAX && is_soon(error); n++)
		error = nft_marks_look(f->nft, &f->want, &f->found);
	return error;
}

/* With numbers that are none, only to know which maps there would be. */
static int look_at_all(struct director *d)
{
	struct fwmarks *f = d->fwmarks;
	int error;

	for (uint32_t n = 0; n < d->model->virtual_server_count; n++)
		d->marks[n] = conf_server_is_marked(
			d->model, &d->model->virtual_servers[n]);
	error = make_ranges(d);
	if (!error && f->nft && look_in_peace(f) == 0)
		recognize(d);
	else
		memset(d->marks, 0,
		       d->model->virtual_server_count * sizeof(*d->marks));
	return error;
}

static int number(struct director *d)
{
	const struct conf_model *m = d->model;
	uint32_t most = most_taken(m) + ledger_lvs_used_virtuals(d->ledger) +
			d->table.service_count;
	uint32_t *taken = calloc(most + 1, sizeof(*taken));
	uint32_t *marks = calloc(m->virtual_server_count + 1, sizeof(*marks));
	void *memory =
		malloc(fwmark_number_memory(m->virtual_server_count, most) + 1);
	uint32_t taken_count, count = 0;

	if (taken && marks && memory) {
		taken_count = recall(d, taken);
		taken_count += list_owned(d, marks, taken + taken_count);
		taken_count += list_taken(d, taken + taken_count);
		for (uint32_t n = 0; n < m->virtual_server_count; n++)
			if (conf_server_is_marked(m, &m->virtual_servers[n]))
				marks[count++] = d->marks[n];
		fwmark_number(marks, count, taken, taken_count,
			      m->global.lvs.marks.first, memory);
		count = 0;
		for (uint32_t n = 0; n < m->virtual_server_count; n++)
			if (conf_server_is_marked(m, &m->virtual_servers[n]))
				d->marks[n] = marks[count++];
	}
	free(taken);
	free(marks);
	free(memory);
	return taken && marks && memory ? 0 : -ENOMEM;
}

static void ready_notice(void *context, uint32_t events)
{
	struct director *d = context;
	struct fwmarks *f = d->fwmarks;
	struct nft_author by;

	(void)events;
	if (!nft_others(f->nft, &by))
		return;
	/* One of several, or of those that are not known: nobody is named. */
	if (f->others && strcmp(f->by.name, by.name) != 0)
		by = (struct nft_author){ 0 };
	f->by = by;
	f->others = true;
	f->at = f->rests;
}

static int open_nft(struct director *d)
{
	struct fwmarks *f = d->fwmarks;
	int error = nft_open(&f->nft);

	if (error)
		return error;
	f->watch = (struct loop_watch){ nft_fd(f->nft), LOOP_OTHER,
					ready_notice, d };
	return loop_add(&d->loop, &f->watch, EPOLLIN);
}

int fwmarks_setup(struct director *d)
{
	const struct conf_lvs_marks *marks = &d->model->global.lvs.marks;
	const struct ledger_lvs *book = ledger_lvs(d->ledger);
	struct fwmarks *f;
	int error;

	if (!marks->table && !book->marks_table[0])
		return 0;
	f = d->fwmarks = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	d->marks =
		calloc(d->model->virtual_server_count + 1, sizeof(*d->marks));
	if (!d->marks)
		return -ENOMEM;
	memcpy(f->gone, book->marks_table, sizeof(f->gone) - 1);
	f->open_error = open_nft(d);
	if (!marks->table)
		return 0;
	memcpy(f->want.table, marks->table,
	       strnlen(marks->table, sizeof(f->want.table) - 1));
	f->want.priority = marks->priority;
	if (strcmp(f->gone, f->want.table) == 0)
		f->gone[0] = '\0';
	error = ledger_lvs_used_virtuals(d->ledger) ? 0 : look_at_all(d);
	if (!error)
		error = number(d);
	return error ? error : make_ranges(d);
}

/* The table has what we have not made. */
static void tell_others(struct director *d)
{
	struct fwmarks *f = d->fwmarks;
	bool of_v6 = !f->found.others[0][0];

	if (f->found.others[of_v6][0])
		news_of_marks_of_others(d, of_v6 ? "ip6" : "ip", f->want.table,
					f->found.others[of_v6], &f->error);
}

static tick_t failed(struct director *d, tick_t now, int error)
{
	struct fwmarks *f = d->fwmarks;

	if (is_soon(error) && ++f->soon < SOON_MAX)
		return now + SOON;
	f->soon = 0;
	if (error == -EEXIST)
		tell_others(d);
	news_of_marks(d, f->want.table, error, &f->error);
	ledger_lvs(d->ledger)->marks_error = (uint32_t)-error;
	return now + AGAIN;
}

/* Whatever others do, looks cost at most a fifth of the time. */
static int look(struct fwmarks *f)
{
	tick_t begun = clock_now(), ended;
	int error = nft_marks_look(f->nft, &f->want, &f->found);

	ended = clock_now();
	f->rests = ended + SOON + 4 * (ended - begun);
	return error;
}

/* The kernel gets what is wanted; when that is due again. */
static tick_t put(struct director *d, tick_t now)
{
	struct ledger_lvs *book = ledger_lvs(d->ledger);
	struct fwmarks *f = d->fwmarks;
	int error = look(f);
	bool agrees = !error && nft_marks_agree(&f->want, &f->found);

	/* Also before it is there: who comes after us takes it away. */
	if (!error && !f->gone[0])
		memcpy(book->marks_table, f->want.table,
		       sizeof(book->marks_table));
	if (!error && !agrees) {
		if (f->right && f->others)
			news_of_marks_changed(d, f->want.table, f->by.name,
					      f->by.pid);
		error = nft_marks_set(f->nft, &f->want, &f->found);
	}
	f->others = false;
	if (error)
		return failed(d, now, error);
	f->right = true;
	f->soon = 0;
	book->marks = f->want.count;
	book->marks_error = 0;
	news_of_marks(d, f->want.table, 0, &f->error);
	return TICK_NEVER;
}

/* A table goes, if it was made here. True: it is not there. */
static bool take_away(struct director *d, const char *table)
{
	tick_t pause = d->stopping ? SOON : AGAIN, now = d->turned_at;
	struct nft_marks none = { 0 };
	struct fwmarks *f = d->fwmarks;
	int error;

	if (now < f->gone_at && f->gone_at - now <= pause)
		return false;
	memcpy(none.table, table, sizeof(none.table));
	error = nft_marks_look(f->nft, &none, &f->found);
	if (!error && !nft_marks_agree(&none, &f->found))
		error = nft_marks_set(f->nft, &none, &f->found);
	f->gone_at = error ? now + (is_soon(error) ? SOON : pause) : 0;
	if (!is_soon(error))
		news_of_marks_gone(d, table, error, &f->gone_error);
	return !error;
}

/* It is told once; the next process opens it, if it can. */
static tick_t tell_closed(struct director *d)
{
	struct fwmarks *f = d->fwmarks;

	news_of_no_marks(d, f->want.table[0] ? f->want.table : f->gone,
			 f->open_error, &f->error);
	ledger_lvs(d->ledger)->marks_error = (uint32_t)-f->open_error;
	return TICK_NEVER;
}

tick_t fwmarks_turn(struct director *d, tick_t now)
{
	struct fwmarks *f = d->fwmarks;

	if (!f || d->stopping)
		return TICK_NEVER;
	if (now < f->at)
		return f->at;
	if (!f->nft)
		f->at = tell_closed(d);
	else
		f->at = f->want.table[0] ? put(d, now) : TICK_NEVER;
	return f->at;
}

bool fwmarks_end(struct director *d)
{
	struct ledger_lvs *book = ledger_lvs(d->ledger);
	struct fwmarks *f = d->fwmarks;
	const char *now = f ? f->want.table : "";

	if (!f || !f->nft || (d->stopping && d->ledger->leaves_table))
		return true;
	if (f->gone[0] && take_away(d, f->gone)) {
		f->gone[0] = '\0';
		memset(book->marks_table, 0, sizeof(book->marks_table));
		if (f->right)
			memcpy(book->marks_table, now,
			       sizeof(book->marks_table));
		d->departed_at = 0; /* services of its marks end now */
	}
	if (d->stopping && book->marks_table[0] && !f->gone[0] &&
	    take_away(d, book->marks_table))
		memset(book->marks_table, 0, sizeof(book->marks_table));
	return !book->marks_table[0];
}

bool fwmarks_leave(const struct director *d)
{
	return d->fwmarks && d->fwmarks->gone[0];
}

void fwmarks_free(struct director *d)
{
	struct fwmarks *f = d->fwmarks;

	if (!f)
		return;
	nft_close(f->nft);
	nft_marks_free(&f->found);
	free(f->ranges);
	free(d->marks);
	free(f);
}
