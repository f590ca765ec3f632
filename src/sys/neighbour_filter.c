/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filter of sys/neighbour_filter.h. The ranges are a sorted list of bounds:
 * where one begins, and behind its end. An address with an odd number of them
 * up to itself is within a range; a binary tree of jumps counts them.
 */
#include "sys/neighbour_filter.h"

#include "base/must.h"

#include <errno.h>
#include <linux/filter.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#define BOUNDS_MAX (2 * NEIGHBOUR_RANGES_MAX)
#define CODE_MAX   (1 + BOUNDS_MAX + BOUNDS_MAX + 1)

struct program {
	uint32_t bounds[BOUNDS_MAX];
	unsigned bound_count;
	struct sock_filter code[CODE_MAX];
	unsigned length;
};

static int compare(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* How many ranges there are if less than `gap` is no end of one. */
static unsigned ranges(const uint32_t *tails, size_t count, uint64_t gap)
{
	unsigned found = count > 0;

	for (size_t i = 1; i < count; i++)
		found += (uint64_t)tails[i] - tails[i - 1] > gap;
	return found;
}

static void find_bounds(struct program *p, const uint32_t *tails, size_t count)
{
	uint64_t gap = 1;

	while (ranges(tails, count, gap) > NEIGHBOUR_RANGES_MAX)
		gap *= 2;
	for (size_t i = 0; i < count; i++) {
		bool first = i == 0 || tails[i] - tails[i - 1] > gap;
		bool last = i + 1 == count || tails[i + 1] - tails[i] > gap;

		if (first)
			p->bounds[p->bound_count++] = tails[i];
		if (last && tails[i] != UINT32_MAX)
			p->bounds[p->bound_count++] = tails[i] + 1;
	}
}

static unsigned put(struct program *p, struct sock_filter instruction)
{
	MUST(p->length < CODE_MAX);
	p->code[p->length] = instruction;
	return p->length++;
}

/* For an address that has at least `from` of the bounds up to itself. */
static void put_tree(struct program *p, unsigned from, unsigned to)
{
	unsigned middle = from + (to - from) / 2, jump;

	if (from == to) {
		put(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
						    from % 2 ? UINT32_MAX : 0));
		return;
	}
	jump = put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K,
						   p->bounds[middle], 0, 0));
	put_tree(p, from, middle);
	MUST(p->length - jump - 1 <= UINT8_MAX);
	p->code[jump].jt = (uint8_t)(p->length - jump - 1);
	put_tree(p, middle + 1, to);
}

int neighbour_filter_attach(int fd, uint32_t at, uint32_t *tails, size_t count)
{
	struct program p = { 0 };
	struct sock_fprog attached = { .filter = p.code };

	if (count > 0)
		qsort(tails, count, sizeof(*tails), compare);
	find_bounds(&p, tails, count);
	put(&p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at));
	put_tree(&p, 0, p.bound_count);
	attached.len = (unsigned short)p.length;
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &attached,
			  sizeof(attached))
		       ? -errno
		       : 0;
}
