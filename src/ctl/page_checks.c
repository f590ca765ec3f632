/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /checks: the health checks of real servers, one by one, as a page of its own:
 * there may be tens of thousands.
 */
#include "ctl/page.h"

#include "ledger/checks.h"
#include "sys/clock.h"

enum checks_part {
	CHECKS_HEAD,
	CHECKS_ROWS,
	CHECKS_TAIL
};

/* The process as a whole. */
static void head(struct json *j, const struct ledger *l)
{
	struct ledger_checker c = { 0 };

	json_open_object(j, NULL);
	json_number(j, "schema", 1);
	if (ledger_has_checker(l)) /* that of an earlier program has none */
		ledger_read_checker(l, &c);
	json_open_object(j, "check");
	json_number(j, "checks", ledger_checks(l));
	json_number(j, "rounds", c.rounds);
	json_number(j, "failures", c.failures);
	json_number(j, "blocked", c.blocked);
	json_number(j, "put_off", c.put_off);
	json_number(j, "under_way", c.in_flight);
	json_number(j, "under_way_most", c.in_flight_most);
	json_number(j, "changes", c.changes);
	json_ms(j, "late_most_ms", c.late_most);
	page_beat(j, l, LEDGER_BOOK_CHECKER);
	json_close(j);
	json_open_array(j, "checks");
}

void page_put_subject(struct json *j, const struct ledger *l,
		      const struct ledger_checked *checked)
{
	const char *subject = ledger_text(l, checked->subject);

	if (*subject)
		json_string_of(j, checked->scripted ? "command" : "track_file",
			       subject);
}

static void weight(struct json *j, const struct ledger_check *is)
{
	switch ((enum ledger_check_weighs)is->weighs) {
	case LEDGER_WEIGHS_IS:
		json_signed(j, "weight", is->weight);
		break;
	case LEDGER_WEIGHS_PLUS:
		json_signed(j, "weight_plus", is->weight);
		break;
	case LEDGER_WEIGHS_PERCENT:
		json_signed(j, "weight_percent", is->weight);
		break;
	case LEDGER_WEIGHS_NOTHING:
	case LEDGER_WEIGHS:
		break;
	}
	if (is->wish != LEDGER_WISH_NONE)
		json_string_of(j, "wish", ledger_check_wish_name(is->wish));
}

static void row(struct json *j, const struct ledger *l, uint32_t n)
{
	struct ledger_checked checked;
	struct ledger_check is;

	ledger_copy_checked(l, n, &checked);
	(void)ledger_read_check(l, n, &is);
	json_line(j);
	json_open_object(j, NULL);
	json_string_of(j, "kind", ledger_check_kind_name(checked.kind));
	json_ip(j, "address", &checked.address);
	json_number(j, "port", checked.port);
	page_put_subject(j, l, &checked);
	json_string_of(j, "state", ledger_check_state_name(is.state));
	json_string_of(j, "code", ledger_check_code_name(is.code));
	json_signed(j, "value", is.value);
	json_string_of(j, "words", is.words);
	weight(j, &is);
	json_time(j, "since", is.since_real);
	json_time(j, "last", is.ended_real);
	json_ms(j, "took_ms", is.took);
	json_ms(j, "next_ms",
		is.rounds ? tick_until(is.next, clock_now()) : TICK_NEVER);
	json_ms(j, "interval_ms", checked.interval);
	json_time(j, "blocked_since", is.blocked_real);
	json_time(j, "rests_since", is.rests_real);
	json_number(j, "rounds", is.rounds);
	json_number(j, "failures", is.failures);
	json_number(j, "blocked", is.blocked);
	json_close(j);
}

static enum page_progress piece(struct page *page)
{
	uint32_t count = ledger_has_checker(page->ledger)
				 ? ledger_checks(page->ledger)
				 : 0;

	switch ((enum checks_part)page->part) {
	case CHECKS_HEAD:
		head(&page->json, page->ledger);
		page->part = CHECKS_ROWS;
		return PAGE_MORE;
	case CHECKS_ROWS:
		if (page->row < count)
			row(&page->json, page->ledger, page->row++);
		else
			page->part = CHECKS_TAIL;
		return PAGE_MORE;
	case CHECKS_TAIL:
		break;
	}
	json_close(&page->json);
	json_close(&page->json);
	text_put(&page->text, "\n");
	return PAGE_END;
}

struct page *page_checks(struct ledger *ledger)
{
	return page_new(ledger, piece);
}
