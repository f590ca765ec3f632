/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who reads a ledger that was spoiled: the control server's pages, the log of
 * the keeper, what the keeper carries into the next ledger, and those who tell
 * of changes. The first byte says whether the records of lesser processes were
 * spoiled, or the head, before another process maps it.
 *
 * Nothing of it is out of bounds, pages are JSON and UTF-8, and a ring that the
 * keeper has mended takes events again.
 */
#include "base/must.h"
#include "conf_fixture.h"
#include "ctl/page.h"
#include "keeper/log.h"
#include "ledger/dump.h"
#include "ledger/follow.h"
#include "ledger/ledger.h"
#include "router/book.h"
#include "spoil.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD   1
#define EVENTS 6
/* No page of so few virtual routers needs more. */
#define PAGE_MOST (16u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] =
	"vrrp_script s {\n script \"/bin/true\"\n weight 10\n}\n"
	"vrrp_sync_group G {\n group {\n A\n B\n}\n notify /bin/true\n}\n"
	"global_defs {\n notify_fifo /run/f\n}\n"
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"
	" notify /bin/true\n track_script {\n s\n}\n"
	" virtual_ipaddress {\n 192.0.2.7/24\n}\n}\n"
	"vrrp_instance B {\n interface eth0\n virtual_router_id 8\n"
	" virtual_ipaddress {\n 192.0.2.8/24\n}\n}\n";

static struct conf_loaded *conf;

static int make(struct ledger **l)
{
	struct ledger_size size;
	int fd;

	if (!conf) {
		conf = conf_load_text(text);
		MUST(conf->model);
		log_open(&(struct log_way){ .console = false });
	}
	book_size(conf->model, &size);
	fd = ledger_create(&size, "fuzz", l);
	MUST(fd >= 0);
	book_fill(conf->model, *l);
	for (unsigned n = 0; n < EVENTS; n++)
		ledger_append(*l, &(struct ledger_event){
					  .instance = n % 2,
					  .type = (uint8_t)n,
					  .to = VRRP_ACTIVE,
				  });
	return fd;
}

/* All of a page; of one that is JSON, whether it is. */
static void show(struct page *page, bool is_json)
{
	static char bytes[PAGE_MOST];
	size_t length = 0;
	json_error_t error;
	ssize_t more;
	json_t *json;

	MUST(page);
	while ((more = page_fill(page, bytes + length,
				 sizeof(bytes) - length)) > 0) {
		length += (size_t)more;
		MUST(length < sizeof(bytes));
	}
	page_free(page);
	if (!is_json)
		return;
	json = json_loadb(bytes, length, 0, &error);
	if (!json)
		fprintf(stderr, "%s\n%.*s\n", error.text, (int)length, bytes);
	MUST(json);
	json_decref(json);
}

static void show_all(struct ledger *l)
{
	show(page_status(l, LEDGER_NO_INSTANCE), true);
	for (uint32_t n = 0; n < ledger_instances(l); n++)
		show(page_why(l, n), true);
	show(page_metrics(l), false);
	show(page_events(l, page_place_last(l, 64)), true);
}

/* Whoever tells of changes comes to an end, and tells what can be told. */
static void follow(struct ledger *l)
{
	for (uint32_t n = 0; n < ledger_followers(l); n++) {
		struct ledger_changes c;

		ledger_copy_changes(l, n, &c);
		for (unsigned t = 0; t < LEDGER_TELLERS; t++) {
			struct ledger_told told =
				ledger_told(l, (enum ledger_teller)t, n);
			struct ledger_change next;
			uint64_t lost = 0;
			unsigned turns = 0;

			while (ledger_follow(&c, (enum ledger_teller)t, &told,
					     &next,
					     &lost) == LEDGER_FOLLOW_NEXT) {
				MUST(ledger_change_word(&next));
				ledger_follow_on(&told, &next);
				MUST(++turns <= 2 * LEDGER_CHANGES_KEPT);
			}
		}
		ledger_untold(l, n);
	}
}

/* The keeper's own, as it goes on or changes the configuration. */
static void carry(struct ledger *l)
{
	struct ledger_event event = { .instance = 0,
				      .type = LEDGER_EVENT_PRIORITY };
	uint64_t awaited = 0, stats[LEDGER_STATS];
	struct ledger *next;
	int fd = make(&next);

	log_follow(l, 0, &awaited, true);
	for (uint32_t n = 0; n < ledger_instances(l); n++)
		ledger_read_stats(l, n, stats);
	ledger_inherit_events(next, l, true);
	ledger_inherit_results(next, l);
	ledger_inherit_fifos(next, l);
	ledger_inherit_notified(next, l);
	ledger_inherit_dumps(next, l);
	ledger_inherit_mail(next, l);
	show_all(next);
	ledger_unmap(next);
	close(fd);
	ledger_mend(l);
	ledger_mend_ring(l);
	ledger_append(l, &event);
	MUST(ledger_read_event(l, ledger_newest(l), &event));
	MUST(event.type == LEDGER_EVENT_PRIORITY);
}

/* Another process maps it, and believes what it has checked. */
static void map_again(int fd)
{
	struct ledger *mapped;

	if (ledger_map(fd, true, &mapped))
		return;
	show_all(mapped);
	follow(mapped);
	ledger_mend_ring(mapped);
	ledger_unmap(mapped);
}

static void spoil_head(struct ledger *l, struct reader *input)
{
	static const size_t room = sizeof(l->sections) + 16;

	while (reader_left(input) >= 3) {
		size_t at = read_u16(input) % room;

		((uint8_t *)l)[at] ^= read_u8(input);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader input = reader_over(data, size);
	uint8_t how = read_u8(&input);
	struct ledger *l;
	int fd = make(&l);

	if (how & HEAD) {
		spoil_head(l, &input);
		map_again(fd);
	} else {
		while (reader_left(&input) >= SPOIL_SIZE)
			spoil_record(l, &input);
		show_all(l);
		follow(l);
		carry(l);
	}
	ledger_unmap(l);
	close(fd);
	return 0;
}
