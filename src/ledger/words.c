/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ledger/words.h"

#include "ledger/trouble.h"

#include <stdio.h>
#include <string.h>

static void put_peer(struct text *out, const char *before,
		     const struct ip *peer, const char *instead)
{
	char address[IP_TEXT_MAX];

	if (peer->family != IP_NONE)
		text_format(out, "%s%s", before, ip_format(peer, address));
	else
		text_put(out, instead);
}

static void put_state(const struct ledger_event *e, struct text *out)
{
	text_format(out, "%s -> %s: %s",
		    vrrp_state_name((enum vrrp_state)e->from),
		    vrrp_state_name((enum vrrp_state)e->to),
		    vrrp_cause_text((enum vrrp_cause)e->code));
	put_peer(out, ", ", &e->peer, "");
	if (e->peer.family != IP_NONE)
		text_format(out, " with priority %lld", (long long)e->value);
}

static void put_note_value(const struct ledger_event *e, struct text *out)
{
	char mac[WORDS_MAC];

	switch (words_value_of((enum vrrp_note)e->code)) {
	case WORDS_VALUE_INTERVAL:
		text_format(out, ", every %g s",
			    (double)e->value / (double)TICK_SECOND);
		return;
	case WORDS_VALUE_CHECKSUM:
		text_format(out, ", %s",
			    vrrp_checksum_name((enum vrrp_checksum)e->value));
		return;
	case WORDS_VALUE_MAC:
		words_mac((uint64_t)e->value, mac);
		text_format(out, ", %s", mac);
		return;
	case WORDS_VALUE_NONE:
		return;
	}
}

void words_holding(struct ledger *l, unsigned kind, const struct ip *address,
		   uint8_t prefix, uint32_t number, struct text *out)
{
	struct ledger_kind k = ledger_kind(l, kind);
	char plain[IP_TEXT_MAX];

	if (kind == 0 && address->family == IP_NONE) {
		text_put(out, "an address");
		return;
	}
	text_put(out, k.name);
	if (address->family != IP_NONE)
		text_format(out, " %s", ip_format(address, plain));
	if (address->family != IP_NONE && kind != 0)
		text_format(out, "/%u", prefix);
	if (k.number_name[0] && number > 0)
		text_format(out, " (%s %u)", k.number_name, number);
}

/* It was there, and is put back. */
static const char *lost_by(uint8_t by)
{
	switch ((enum ledger_by)by) {
	case LEDGER_BY_KERNEL:
		return " was removed by the kernel; it is put back";
	case LEDGER_BY_US:
		return " went with another address that baton removed; it is "
		       "put back";
	case LEDGER_BY_OTHERS:
		return " was removed by another program; it is put back";
	case LEDGER_BY_UNKNOWN:
		break;
	}
	return " is gone; it is put back";
}

static void put_holding(struct ledger *l, const struct ledger_event *e,
			struct text *out)
{
	int error = ledger_value_error(e->value);
	const char *remedy;

	words_holding(l, e->code, &e->peer, e->prefix,
		      ledger_value_number(e->value), out);
	switch ((enum ledger_holding_state)e->to) {
	case LEDGER_HOLDING_INSTALLING:
		text_put(out, e->from == LEDGER_HOLDING_INSTALLED
				      ? lost_by(e->by)
				      : " is being installed");
		break;
	case LEDGER_HOLDING_REMOVING:
		text_put(out, " is being removed");
		break;
	case LEDGER_HOLDING_FAILED:
		text_put(out, " could not be installed");
		break;
	case LEDGER_HOLDING_ABSENT:
	case LEDGER_HOLDING_INSTALLED:
		text_format(out, " is %s",
			    ledger_holding_state_name(
				    (enum ledger_holding_state)e->to));
		break;
	}
	if (!error)
		return;
	text_format(out, ": %s", strerror(error));
	remedy = trouble_holding(ledger_kind(l, e->code).name, e->peer.family,
				 error);
	if (*remedy)
		text_format(out, "; %s", remedy);
}

const char *words_others(enum ledger_others others)
{
	switch (others) {
	case LEDGER_OTHERS_FOUND:
		return "was there before baton started; it stays until another "
		       "router serves, or this one does";
	case LEDGER_OTHERS_TAKEN:
		return "was there already, put by another program; it is "
		       "baton's from now on";
	case LEDGER_OTHERS_REMOVED:
		return "was put there by another program; it is removed, since "
		       "this router is not Active";
	case LEDGER_OTHERS_INSISTS:
		return "is put there again and again by another program, though "
		       "this router is not Active: two machines may answer for "
		       "it";
	case LEDGER_OTHERS_OWN:
		return "was put there by another program, and stays though this "
		       "router is not Active: with priority 255 it is this "
		       "machine's own";
	case LEDGER_OTHERS_OUT:
		return "was put there by another program, and stays since baton "
		       "is drained: another machine may have it, too";
	case LEDGER_OTHERS_CHANGED:
		return "was changed by another program; it is set again";
	case LEDGER_OTHERS_SHARED:
		return "is kept by another program of this machine, too: two "
		       "daemons serve this virtual router";
	case LEDGER_OTHERS_ELSEWHERE:
		return "is also on another interface of this machine, where it "
		       "is left";
	case LEDGER_OTHERS_NONE:
	case LEDGER_OTHERS_CASES:
		break;
	}
	return "is as it should be";
}

static void put_others(const struct ledger_event *e, struct text *out)
{
	char plain[IP_TEXT_MAX];

	text_format(out, "%s/%u %s", ip_format(&e->peer, plain), e->prefix,
		    words_others((enum ledger_others)e->code));
}

static void put_process(const struct ledger_event *e, struct text *out)
{
	long long value = (long long)e->value;

	switch ((enum ledger_process_event)e->code) {
	case LEDGER_PROCESS_STARTED:
		text_format(out, "started (pid %lld)", value);
		return;
	case LEDGER_PROCESS_EXITED:
		text_format(out, "exited with status %lld", value);
		return;
	case LEDGER_PROCESS_KILLED:
		text_format(out, "was killed by signal %lld", value);
		return;
	case LEDGER_PROCESS_GAVE_UP:
		text_format(out,
			    "died %lld times in a row; it is started again "
			    "after delays that grow",
			    value);
		return;
	case LEDGER_PROCESS_QUARANTINED:
		text_format(out,
			    "died %lld times in this virtual router, which is "
			    "not started any more",
			    value);
		return;
	case LEDGER_PROCESS_HUNG:
		text_format(out, "hung for %lld ms and is killed", value);
		return;
	case LEDGER_PROCESS_REPLACED:
		text_format(out, "was replaced by a new one in %lld ms", value);
		return;
	case LEDGER_PROCESS_REFUSED:
		text_format(out, "runs without %s: %s; %s",
			    ledger_refused_keyword(e->from),
			    strerror((int)e->value),
			    ledger_refused_remedy(e->from, e->value));
		return;
	case LEDGER_PROCESS_RAISED:
		text_format(out,
			    "was late, and now has real-time priority %lld",
			    value);
		return;
	case LEDGER_PROCESS_ENDED:
		text_format(out,
			    "ended (pid %lld); how, only the process that "
			    "started it knows",
			    value);
		return;
	case LEDGER_PROCESS_EVENTS:
		break;
	}
	text_put(out, "unknown");
}

/* What was found of a file or process that is tracked. */
static void put_sync_wait(const struct ledger_event *e, struct text *out)
{
	if (e->to)
		text_put(out, "it preempts nobody until connections are "
			      "synced (lvs_sync_wait)");
	else
		text_format(out, "%s: %lld connections; it may preempt",
			    e->code ? "connections are synced"
				    : "it has waited long enough for the sync",
			    (long long)e->value);
}

static void put_found(const struct ledger_event *e, struct text *out)
{
	long long value = (long long)e->value;

	switch ((enum ledger_how)e->code) {
	case LEDGER_HOW_READ:
		text_format(out, "the number in the file is %lld", value);
		return;
	case LEDGER_HOW_UNREADABLE:
		text_put(out, "the file cannot be read, which counts as 0");
		return;
	case LEDGER_HOW_COUNTED:
		text_format(out, "%lld %s, which is %s", value,
			    value == 1 ? "process runs" : "processes run",
			    ledger_verdict_name((enum ledger_verdict)e->to));
		return;
	case LEDGER_HOW_NONE:
	case LEDGER_HOW_EXITED:
	case LEDGER_HOW_KILLED:
	case LEDGER_HOW_TIMED_OUT:
	case LEDGER_HOW_REFUSED:
	case LEDGER_HOWS:
		break;
	}
	text_put(out, "nothing is known of it");
}

void words_event(struct ledger *l, const struct ledger_event *e,
		 struct text *out)
{
	switch ((enum ledger_event_type)e->type) {
	case LEDGER_EVENT_STATE:
		put_state(e, out);
		return;
	case LEDGER_EVENT_DROP:
		put_peer(out, "dropped a packet of ", &e->peer,
			 "dropped a packet of an unknown sender");
		text_format(out, ": %s",
			    vrrp_drop_text((enum vrrp_drop)e->code));
		if (e->code == VRRP_DROP_VRID && e->value > 0)
			text_format(out, ": %d", (int)e->value);
		return;
	case LEDGER_EVENT_NOTE:
		text_put(out, vrrp_note_text((enum vrrp_note)e->code));
		put_peer(out, ": ", &e->peer, "");
		put_note_value(e, out);
		return;
	case LEDGER_EVENT_HOLDING:
		put_holding(l, e, out);
		return;
	case LEDGER_EVENT_PROCESS:
		put_process(e, out);
		return;
	case LEDGER_EVENT_PRIORITY:
		text_format(out, "priority %u -> %u, by what it tracks",
			    e->from, e->to);
		return;
	case LEDGER_EVENT_TRACKED:
		text_format(out, "the interface is %s; %lld track it",
			    vrrp_interface_name((enum vrrp_interface)e->to),
			    (long long)e->value);
		return;
	case LEDGER_EVENT_SCRIPT:
		text_format(out, "the script is %s",
			    ledger_verdict_name((enum ledger_verdict)e->to));
		words_how((enum ledger_how)e->code, e->value, out);
		return;
	case LEDGER_EVENT_FILE:
	case LEDGER_EVENT_TRACKED_PROCESS:
		put_found(e, out);
		return;
	case LEDGER_EVENT_TRACKED_SERVER:
		text_put(out, e->to == LEDGER_VERDICT_BAD
				      ? "the virtual server has lost its quorum"
				      : "the virtual server has its quorum");
		return;
	case LEDGER_EVENT_SYNC_WAIT:
		put_sync_wait(e, out);
		return;
	case LEDGER_EVENT_GROUP:
		text_format(out, "the sync group: %s -> %s",
			    vrrp_state_name((enum vrrp_state)e->from),
			    vrrp_state_name((enum vrrp_state)e->to));
		return;
	case LEDGER_EVENT_TROUBLE:
		trouble_words(e, out);
		return;
	case LEDGER_EVENT_OTHERS:
		put_others(e, out);
		return;
	}
}

void words_how(enum ledger_how how, int64_t value, struct text *out)
{
	switch (how) {
	case LEDGER_HOW_EXITED:
		text_format(out, ": it exited with status %lld",
			    (long long)value);
		return;
	case LEDGER_HOW_KILLED:
		text_format(out, ": it was ended by signal %lld",
			    (long long)value);
		return;
	case LEDGER_HOW_TIMED_OUT:
		text_put(out, ": it took longer than its timeout");
		return;
	case LEDGER_HOW_REFUSED:
		text_format(out, ": it could not be started: %s",
			    strerror((int)value));
		return;
	case LEDGER_HOW_NONE:
	case LEDGER_HOW_READ:
	case LEDGER_HOW_UNREADABLE:
	case LEDGER_HOW_COUNTED:
	case LEDGER_HOWS:
		return;
	}
}

/* 6.4.2: a Backup neither answers for an address nor accepts packets to it. */
static const char *words_others_rule(enum ledger_others others)
{
	return others == LEDGER_OTHERS_REMOVED ||
			       others == LEDGER_OTHERS_INSISTS ||
			       others == LEDGER_OTHERS_OUT ||
			       others == LEDGER_OTHERS_OWN
		       ? "RFC 9568 6.4.2"
		       : "";
}

const char *words_rule(const struct ledger_event *e)
{
	switch ((enum ledger_event_type)e->type) {
	case LEDGER_EVENT_STATE:
		return vrrp_cause_rule((enum vrrp_cause)e->code);
	case LEDGER_EVENT_DROP:
		return vrrp_drop_rule((enum vrrp_drop)e->code);
	case LEDGER_EVENT_NOTE:
		return vrrp_note_rule((enum vrrp_note)e->code);
	case LEDGER_EVENT_HOLDING:
	case LEDGER_EVENT_PRIORITY:
	case LEDGER_EVENT_TRACKED:
	case LEDGER_EVENT_SCRIPT:
	case LEDGER_EVENT_FILE:
	case LEDGER_EVENT_TRACKED_PROCESS:
	case LEDGER_EVENT_TRACKED_SERVER:
	case LEDGER_EVENT_SYNC_WAIT:
	case LEDGER_EVENT_GROUP:
	case LEDGER_EVENT_TROUBLE:
		break;
	case LEDGER_EVENT_OTHERS:
		return words_others_rule((enum ledger_others)e->code);
	case LEDGER_EVENT_PROCESS:
		if (e->code == LEDGER_PROCESS_REFUSED)
			return "batond(8), REAL TIME";
		break;
	}
	return "";
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
	case VRRP_NOTE_GROUP_MIXED:
	case VRRP_NOTES:
		break;
	}
	return WORDS_VALUE_NONE;
}

void words_mac(uint64_t mac, char out[WORDS_MAC])
{
	unsigned octets[6];

	for (unsigned n = 0; n < 6; n++)
		octets[n] = (unsigned)(mac >> (40 - 8 * n)) & 0xff;
	snprintf(out, WORDS_MAC, "%02x:%02x:%02x:%02x:%02x:%02x", octets[0],
		 octets[1], octets[2], octets[3], octets[4], octets[5]);
}
