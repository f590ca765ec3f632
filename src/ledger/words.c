/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ledger/words.h"

#include <stdio.h>
#include <string.h>

void words_process(const struct ledger_event *e, char out[WORDS_MAX])
{
	long long value = (long long)e->value;

	switch ((enum ledger_process_event)e->code) {
	case LEDGER_PROCESS_STARTED:
		snprintf(out, WORDS_MAX, "started (pid %lld)", value);
		return;
	case LEDGER_PROCESS_EXITED:
		snprintf(out, WORDS_MAX, "exited with status %lld", value);
		return;
	case LEDGER_PROCESS_KILLED:
		snprintf(out, WORDS_MAX, "was killed by signal %lld", value);
		return;
	case LEDGER_PROCESS_GAVE_UP:
		snprintf(out, WORDS_MAX,
			 "died %lld times in a row; it is started again ever "
			 "more slowly",
			 value);
		return;
	case LEDGER_PROCESS_QUARANTINED:
		snprintf(out, WORDS_MAX,
			 "died %lld times in this virtual router, which is not "
			 "started any more",
			 value);
		return;
	case LEDGER_PROCESS_HUNG:
		snprintf(out, WORDS_MAX, "hung for %lld ms and is killed",
			 value);
		return;
	case LEDGER_PROCESS_REPLACED:
		snprintf(out, WORDS_MAX, "was replaced by a new one in %lld ms",
			 value);
		return;
	case LEDGER_PROCESS_REFUSED:
		snprintf(out, WORDS_MAX, "%s is not in effect: %s; %s",
			 ledger_refused_keyword(e->from),
			 strerror((int)e->value),
			 ledger_refused_remedy(e->from, e->value));
		return;
	case LEDGER_PROCESS_RAISED:
		snprintf(out, WORDS_MAX,
			 "was late, and has real-time priority %lld now",
			 value);
		return;
	case LEDGER_PROCESS_EVENTS:
		break;
	}
	snprintf(out, WORDS_MAX, "unknown");
}

enum words_value words_value_of(enum vrrp_note note)
{
	switch (note) {
	case VRRP_NOTE_INTERVAL_LEARNED:
	case VRRP_NOTE_INTERVAL_MISMATCH:
	case VRRP_NOTE_FLAPPING:
		return WORDS_VALUE_INTERVAL;
	case VRRP_NOTE_CHECKSUM_FORM:
		return WORDS_VALUE_CHECKSUM;
	case VRRP_NOTE_CONFLICT:
		return WORDS_VALUE_MAC;
	case VRRP_NOTE_ADDRESS_LIST:
	case VRRP_NOTE_TWO_OWNERS:
	case VRRP_NOTE_SAME_PRIORITY:
	case VRRP_NOTE_NOT_LINK_LOCAL:
	case VRRP_NOTE_LOSING_ADVERT:
	case VRRP_NOTE_ANSWER_SUPPRESSED:
	case VRRP_NOTE_NEW_ACTIVE:
	case VRRP_NOTE_NO_SUCCESSOR:
	case VRRP_NOTE_FOREIGN_RESIGN:
	case VRRP_NOTES:
		break;
	}
	return WORDS_VALUE_NONE;
}

void words_note_value(const struct ledger_event *e, char out[WORDS_MAX])
{
	out[0] = '\0';
	switch (words_value_of((enum vrrp_note)e->code)) {
	case WORDS_VALUE_INTERVAL:
		snprintf(out, WORDS_MAX, "every %g s",
			 (double)e->value / (double)TICK_SECOND);
		return;
	case WORDS_VALUE_CHECKSUM:
		if (e->value >= 0 && e->value <= VRRP_CHECKSUM_RFC5798)
			snprintf(out, WORDS_MAX, "%s",
				 vrrp_checksum_name(
					 (enum vrrp_checksum)e->value));
		return;
	case WORDS_VALUE_MAC:
		words_mac((uint64_t)e->value, out);
		return;
	case WORDS_VALUE_NONE:
		return;
	}
}

void words_mac(uint64_t mac, char out[WORDS_MAC])
{
	unsigned octets[6];

	for (unsigned n = 0; n < 6; n++)
		octets[n] = (unsigned)(mac >> (40 - 8 * n)) & 0xff;
	snprintf(out, WORDS_MAC, "%02x:%02x:%02x:%02x:%02x:%02x", octets[0],
		 octets[1], octets[2], octets[3], octets[4], octets[5]);
}
