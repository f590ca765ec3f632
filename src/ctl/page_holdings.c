/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel should hold, as parts of the status (ctl/page.h). */
#include "ctl/page.h"

#include "ledger/trouble.h"
#include "ledger/words.h"

#include <stdio.h>
#include <string.h>

#define ADDRESS_KIND 0

static void state(struct json *j, struct ledger *l,
		  const struct ledger_holding *h)
{
	const char *remedy =
		trouble_holding(ledger_kind(l, h->wanted.kind).name,
				h->wanted.address.family, h->held.error);

	json_string_of(j, "state",
		       ledger_holding_state_name(
			       (enum ledger_holding_state)h->held.state));
	if (h->held.error)
		json_string_of(j, "error", strerror(h->held.error));
	else
		json_no_value(j, "error");
	if (h->held.error && *remedy)
		json_string_of(j, "remedy", remedy);
	else
		json_no_value(j, "remedy");
}

static void others(struct json *j, const struct ledger_held *held)
{
	char also_on[sizeof(held->also_on) + 1] = "";

	memcpy(also_on, held->also_on, sizeof(held->also_on));
	if (held->others)
		json_string_of(
			j, "other_program",
			ledger_others_name((enum ledger_others)held->others));
	else
		json_no_value(j, "other_program");
	if (*also_on)
		json_string_of(j, "also_on", also_on);
	else
		json_no_value(j, "also_on");
}

/* `fits`: there is room for it in an advertisement. */
static void address(struct json *j, struct ledger *l,
		    const struct ledger_holding *a, bool fits)
{
	char plain[IP_TEXT_MAX], text[IP_TEXT_MAX + sizeof("/255")];

	snprintf(text, sizeof(text), "%s/%u",
		 ip_format(&a->wanted.address, plain), a->wanted.prefix);
	json_open_object(j, NULL);
	json_string_of(j, "address", text);
	state(j, l, a);
	json_bool(j, "excluded", a->wanted.excluded || !fits);
	others(j, &a->held);
	json_close(j);
}

/*
 * Each is read by itself: a virtual router may have thousands, and all at once
 * would hardly ever be read without a change in between.
 */
void page_addresses(struct json *j, struct ledger *l,
		    const struct ledger_instance *i, uint32_t index)
{
	uint32_t first = i->configured.address_first,
		 count = i->configured.address_count;
	uint32_t all = ledger_holdings(l), advertised = 0, fit;

	json_open_array(j, "addresses");
	if (first > all || count > all - first)
		count = 0;
	for (uint32_t at = first; at < first + count; at++)
		advertised += !ledger_wanted_at(l, at)->excluded;
	/* `vrrp` may say anything. */
	fit = i->record.unadvertised < advertised
		      ? advertised - i->record.unadvertised
		      : 0;
	advertised = 0;
	for (uint32_t at = first; at < first + count; at++) {
		struct ledger_holding copy;

		ledger_read_holding(l, index, at, &copy);
		address(j, l, &copy, advertised < fit);
		advertised += !copy.wanted.excluded;
	}
	json_close(j);
}

void page_holding_key(struct json *j, struct ledger *l, unsigned kind,
		      const struct ip *address, uint8_t prefix, uint32_t number)
{
	char line[WORDS_MAX];
	struct text words = text_over(line, sizeof(line));

	words_holding(l, kind, address, prefix, number, &words);
	json_string_of(j, "holding", line);
}

static void holdings(struct json *j, const char *key, struct ledger *l,
		     uint32_t first, uint32_t count, uint32_t index)
{
	uint32_t all = ledger_holdings(l);

	json_open_array(j, key);
	if (first > all || count > all - first)
		count = 0;
	for (uint32_t at = first; at < first + count; at++) {
		struct ledger_holding copy;

		ledger_read_holding(l, index, at, &copy);
		/* They have a list of their own. */
		if (copy.wanted.kind == ADDRESS_KIND &&
		    index != LEDGER_NO_INSTANCE)
			continue;
		json_open_object(j, NULL);
		json_string_of(j, "kind",
			       ledger_kind(l, copy.wanted.kind).name);
		page_holding_key(j, l, copy.wanted.kind, &copy.wanted.address,
				 copy.wanted.prefix, copy.wanted.number);
		state(j, l, &copy);
		json_close(j);
	}
	json_close(j);
}

void page_holdings(struct json *j, struct ledger *l,
		   const struct ledger_instance *i, uint32_t index)
{
	holdings(j, "holdings", l, i->configured.holding_first,
		 i->configured.holding_count, index);
}

void page_static(struct json *j, struct ledger *l)
{
	uint32_t instances = ledger_instances(l), all = ledger_holdings(l);
	uint32_t first = 0;

	if (instances > 0) {
		struct ledger_configured last;

		ledger_copy_configured(l, instances - 1, &last);
		first = last.holding_first + last.holding_count;
	}
	holdings(j, "static", l, first, first < all ? all - first : 0,
		 LEDGER_NO_INSTANCE);
}
