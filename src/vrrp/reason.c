/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words, sentences and rules of the protocol's vocabulary, one row a
 * value. Sections without a number of an RFC in front are RFC 9568's.
 */
#include "vrrp/reason.h"

#include "base/must.h"

#include <assert.h>
#include <string.h>

struct reason {
	const char *name; /* one word: an interface */
	const char *text; /* one sentence, without its full stop */
	const char *rule;
};

#define RULE(section) "RFC 9568 " section
#define LOCAL         "configuration"
#define OURS          "batond(8)" /* no RFC speaks of it */

static const char *const states[] = {
	[VRRP_INIT] = "init",
	[VRRP_BACKUP] = "backup",
	[VRRP_ACTIVE] = "active",
	[VRRP_FAULT] = "fault",
};
static_assert(ARRAY_LENGTH(states) == VRRP_STATES, "a name for each");

static const char *const interfaces[] = {
	[VRRP_INTERFACE_UP] = "up",
	[VRRP_INTERFACE_MISSING] = "missing",
	[VRRP_INTERFACE_DOWN] = "down",
	[VRRP_INTERFACE_NO_CARRIER] = "no-carrier",
	[VRRP_INTERFACE_NO_SOURCE] = "no-source",
	[VRRP_INTERFACE_PORT] = "port",
	[VRRP_INTERFACE_NO_MEMBERSHIP] = "no-membership",
	[VRRP_INTERFACE_UNSUITABLE] = "unsuitable",
};
static_assert(ARRAY_LENGTH(interfaces) == VRRP_INTERFACES, "a name for each");

static const char *const faults[] = {
	[VRRP_FAULT_TRACKED_INTERFACE] = "tracked-interface",
	[VRRP_FAULT_NO_PEER] = "no-peer",
	[VRRP_FAULT_SCRIPT] = "script",
	[VRRP_FAULT_FILE] = "file",
	[VRRP_FAULT_PROCESS] = "process",
	[VRRP_FAULT_SOURCE] = "source-address",
	[VRRP_FAULT_GROUP] = "sync-group",
	[VRRP_FAULT_VIRTUAL] = "virtual-server",
};
static_assert(ARRAY_LENGTH(faults) == VRRP_FAULTS, "a name for each");

static const struct reason drops[] = {
	[VRRP_DROP_NONE] = { "none", "it was not dropped", "" },
	[VRRP_DROP_TTL] = { "ttl",
			    "the TTL or hop limit is not what it must be (255, "
			    "or min_ttl to max_ttl of the peer), so it may "
			    "come from another network",
			    RULE("7.1") },
	[VRRP_DROP_TRUNCATED] = { "truncated",
				  "it is shorter than a VRRP header",
				  RULE("7.1") },
	[VRRP_DROP_VERSION] = { "version",
				"its version is not the configured one",
				RULE("7.1") },
	[VRRP_DROP_TYPE] = { "type", "it is not an advertisement",
			     RULE("5.2.2") },
	[VRRP_DROP_LENGTH] = { "length",
			       "its length is not what its address count says",
			       RULE("7.1") },
	[VRRP_DROP_CHECKSUM] = { "checksum", "the checksum is wrong",
				 RULE("5.2.8") },
	[VRRP_DROP_VRID] = { "vrid",
			     "its VRID is not configured on this interface",
			     RULE("7.1") },
	[VRRP_DROP_COUNT_ZERO] = { "count-zero", "it names no address",
				   RULE("5.2.5") },
	[VRRP_DROP_INTERVAL_ZERO] = { "interval-zero",
				      "its advertisement interval is 0",
				      RULE("7.1, erratum 8301") },
	[VRRP_DROP_AUTH_TYPE] = { "auth-type",
				  "its authentication type is not ours",
				  "RFC 3768 7.1" },
	[VRRP_DROP_INTERVAL_MISMATCH] = { "interval-mismatch",
					  "its advertisement interval is not "
					  "the configured one",
					  "RFC 3768 7.1" },
	[VRRP_DROP_ADDRESS_LIST] = { "address-list",
				     "its addresses are not the configured "
				     "ones",
				     "RFC 3768 7.1" },
	[VRRP_DROP_DESTINATION] = { "destination",
				    "it was not sent to the VRRP group, or to "
				    "one of our addresses in unicast",
				    RULE("5.1.1.2") },
	[VRRP_DROP_OWN_SOURCE] = { "own-source",
				   "its source is our own address: a loop, or "
				   "a duplicate address",
				   RULE("7.1") },
	[VRRP_DROP_NOT_RUNNING] = { "not-running",
				    "the virtual router is not running",
				    RULE("6.4.1") },
	[VRRP_DROP_PEER] = { "peer",
			     "its sender is not one of vrrp_peers or "
			     "unicast_peer",
			     LOCAL },
	[VRRP_DROP_PASSWORD_MISSING] = { "password-missing",
					 "it has no password, and auth_pass is "
					 "configured here",
					 "RFC 2338 7.1" },
	[VRRP_DROP_PASSWORD_WRONG] = { "password-wrong",
				       "its password is not our auth_pass",
				       "RFC 2338 7.1" },
	[VRRP_DROP_SOURCE] = { "source",
			       "its source can be no router's: unspecified, "
			       "multicast, broadcast, loopback, reserved, or "
			       "not link-local in IPv6",
			       RULE("5.1.1.1, 5.1.2.1") },
};
static_assert(ARRAY_LENGTH(drops) == VRRP_DROPS, "a row for each");

static const struct reason causes[] = {
	[VRRP_CAUSE_NONE] = { "none", "no cause", "" },
	[VRRP_CAUSE_STARTUP] = { "startup",
				 "it started and listens before it speaks",
				 RULE("6.4.1") },
	[VRRP_CAUSE_OWNER] = { "owner", "it owns the addresses (priority 255)",
			       RULE("6.4.1") },
	[VRRP_CAUSE_SILENCE] = { "silence",
				 "no advertisement came for the "
				 "Active_Down_Interval",
				 RULE("6.4.2") },
	[VRRP_CAUSE_RESIGNED] = { "resigned",
				  "the Active resigned (priority 0) and the "
				  "Skew_Time passed",
				  RULE("6.4.2") },
	[VRRP_CAUSE_PREEMPT] = { "preempt",
				 "it preempts an Active of lower priority",
				 RULE("6.4.2") },
	[VRRP_CAUSE_PREEMPT_DELAY] = { "preempt-delay",
				       "preempt_delay passed while an Active "
				       "of lower priority spoke",
				       RULE("6.4.2") },
	[VRRP_CAUSE_HIGHER_PRIORITY] = { "higher-priority",
					 "a router of higher priority is "
					 "Active",
					 RULE("6.4.3") },
	[VRRP_CAUSE_HIGHER_ADDRESS] = { "higher-address",
					"a router of equal priority and "
					"higher address is Active",
					RULE("6.4.3") },
	[VRRP_CAUSE_SHUTDOWN] = { "shutdown", "it was told to stop",
				  RULE("6.4.3") },
	[VRRP_CAUSE_INTERFACE_MISSING] = { "interface-missing",
					   "its interface does not exist",
					   RULE("6.4.1") },
	[VRRP_CAUSE_INTERFACE_DOWN] = { "interface-down",
					"its interface was set down",
					RULE("6.4.1") },
	[VRRP_CAUSE_NO_CARRIER] = { "no-carrier",
				    "its interface lost the carrier",
				    RULE("6.4.1") },
	[VRRP_CAUSE_NO_SOURCE] = { "no-source",
				   "its interface has no address to send from",
				   RULE("7.2") },
	[VRRP_CAUSE_RECONFIGURED] = { "reconfigured",
				      "its configuration changed", LOCAL },
	[VRRP_CAUSE_HANDOVER] = { "handover", "it was told to hand over",
				  RULE("6.4.3") },
	[VRRP_CAUSE_STALLED] = { "stalled",
				 "it did not run for a while, and another "
				 "router serves since",
				 OURS },
	[VRRP_CAUSE_TRACKED_INTERFACE] = { "tracked-interface",
					   "an interface that it tracks is down",
					   LOCAL },
	[VRRP_CAUSE_NO_PEER] = { "no-peer",
				 "unicast_fault_no_peer is written, and "
				 "unicast_peer names no router",
				 LOCAL },
	[VRRP_CAUSE_SCRIPT] = { "script", "a script that it tracks fails",
				LOCAL },
	[VRRP_CAUSE_FILE] = { "file",
			      "the number in a file that it tracks says so",
			      LOCAL },
	[VRRP_CAUSE_PROCESS] = { "process",
				 "of a process that it tracks not as many run "
				 "as should",
				 LOCAL },
	[VRRP_CAUSE_VIRTUAL] = { "virtual-server",
				 "a virtual server that it tracks has lost its "
				 "quorum",
				 LOCAL },
	[VRRP_CAUSE_SOURCE] = { "source-address",
				"its interface does not have the configured "
				"source address (track_src_ip)",
				LOCAL },
	[VRRP_CAUSE_GROUP] = { "sync-group",
			       "as another virtual router of its "
			       "vrrp_sync_group",
			       LOCAL },
	[VRRP_CAUSE_NO_ANSWER] = { "no-answer",
				   "a longer interval than ours was advertised, "
				   "and nobody answers for the address",
				   OURS },
	[VRRP_CAUSE_TAKEOVER] = { "takeover",
				  "it took over from a program of this machine "
				  "that was Active",
				  OURS },
	[VRRP_CAUSE_PORT] = { "port",
			      "its interface is a port of a bridge, a bond or "
			      "the like, which takes all that arrives",
			      OURS },
	[VRRP_CAUSE_NO_MEMBERSHIP] = { "no-membership",
				       "the kernel refuses the multicast group "
				       "in which routers hear each other",
				       RULE("6.4.1") },
	[VRRP_CAUSE_UNSUITABLE] = { "unsuitable",
				    "its interface is of a kind on which baton "
				    "cannot send to a multicast group",
				    OURS },
	[VRRP_CAUSE_UNHEARD] = { "unheard",
				 "none of its advertisements leaves this "
				 "machine, and another router serves",
				 OURS },
};
static_assert(ARRAY_LENGTH(causes) == VRRP_CAUSES, "a row for each");

static const struct reason notes[] = {
	[VRRP_NOTE_INTERVAL_LEARNED] = { "interval-learned",
					 "it follows the Active's "
					 "advertisement interval",
					 RULE("6.4.2") },
	[VRRP_NOTE_INTERVAL_MISMATCH] = { "interval-mismatch",
					  "another router advertises at "
					  "another interval",
					  RULE("7.1") },
	[VRRP_NOTE_ADDRESS_LIST] = { "address-list",
				     "another router advertises other "
				     "addresses",
				     RULE("7.1") },
	[VRRP_NOTE_TWO_OWNERS] = { "two-owners",
				   "another router claims to own the "
				   "addresses (priority 255) too",
				   RULE("8.3.2") },
	[VRRP_NOTE_SAME_PRIORITY] = { "same-priority",
				      "another router has the same priority",
				      RULE("8.3.2") },
	[VRRP_NOTE_NOT_LINK_LOCAL] = { "not-link-local",
				       "the first address another router "
				       "advertises is not link-local",
				       RULE("5.2.9, erratum 8300") },
	[VRRP_NOTE_LOSING_ADVERT] = { "losing-advert",
				      "another router is Active as well, and "
				      "it has to yield",
				      RULE("6.4.3") },
	[VRRP_NOTE_ANSWER_SUPPRESSED] = { "answer-suppressed",
					  "the answer to a losing "
					  "advertisement was held back: too "
					  "many came",
					  RULE("6.4.3") },
	[VRRP_NOTE_CHECKSUM_FORM] = { "checksum-form",
				      "another router uses the other form of "
				      "the version 3 checksum",
				      RULE("5.2.8") },
	[VRRP_NOTE_NEW_ACTIVE] = { "new-active", "another router is Active now",
				   RULE("6.4.2") },
	[VRRP_NOTE_FLAPPING] = { "flapping",
				 "another router took over beside us: at this "
				 "interval our advertisements come too late",
				 RULE("2.5") },
	[VRRP_NOTE_NO_SUCCESSOR] = { "no-successor",
				     "nobody took over, so it stays Active",
				     OURS },
	[VRRP_NOTE_FOREIGN_RESIGN] = { "foreign-resign",
				       "another router than the Active sent "
				       "priority 0; it is not believed",
				       RULE("6.4.2") },
	[VRRP_NOTE_CONFLICT] = { "conflict",
				 "another machine claims this address",
				 "RFC 5227 2.4" },
	[VRRP_NOTE_GROUP_MIXED] = { "group-mixed",
				    "of two sync groups each has the higher "
				    "priority in another member; the priorities "
				    "should have one order in all of them",
				    OURS },
};
static_assert(ARRAY_LENGTH(notes) == VRRP_NOTES, "a row for each");

/* Values may come from shared memory: one that is none has a word too. */
static const struct reason unknown = { "unknown", "unknown", "" };

static const struct reason *row(const struct reason *table, unsigned count,
				unsigned at)
{
	return at < count ? &table[at] : &unknown;
}

const char *vrrp_state_name(enum vrrp_state state)
{
	return (unsigned)state < VRRP_STATES ? states[state] : "unknown";
}

const char *vrrp_interface_name(enum vrrp_interface status)
{
	return (unsigned)status < VRRP_INTERFACES ? interfaces[status]
						  : "unknown";
}

const char *vrrp_fault_name(enum vrrp_fault fault)
{
	return (unsigned)fault < VRRP_FAULTS ? faults[fault] : "unknown";
}

const char *vrrp_drop_name(enum vrrp_drop reason)
{
	return row(drops, VRRP_DROPS, reason)->name;
}

const char *vrrp_drop_text(enum vrrp_drop reason)
{
	return row(drops, VRRP_DROPS, reason)->text;
}

const char *vrrp_drop_rule(enum vrrp_drop reason)
{
	return row(drops, VRRP_DROPS, reason)->rule;
}

const char *vrrp_cause_name(enum vrrp_cause cause)
{
	return row(causes, VRRP_CAUSES, cause)->name;
}

const char *vrrp_cause_text(enum vrrp_cause cause)
{
	return row(causes, VRRP_CAUSES, cause)->text;
}

const char *vrrp_cause_rule(enum vrrp_cause cause)
{
	return row(causes, VRRP_CAUSES, cause)->rule;
}

const char *vrrp_note_name(enum vrrp_note note)
{
	return row(notes, VRRP_NOTES, note)->name;
}

const char *vrrp_note_text(enum vrrp_note note)
{
	return row(notes, VRRP_NOTES, note)->text;
}

const char *vrrp_note_rule(enum vrrp_note note)
{
	return row(notes, VRRP_NOTES, note)->rule;
}

enum vrrp_note vrrp_note_of(const char *name)
{
	unsigned n = 0;

	while (n < VRRP_NOTES && strcmp(notes[n].name, name) != 0)
		n++;
	return (enum vrrp_note)n;
}

bool vrrp_note_is_mistake(enum vrrp_note note)
{
	return note == VRRP_NOTE_INTERVAL_MISMATCH ||
	       note == VRRP_NOTE_ADDRESS_LIST || note == VRRP_NOTE_TWO_OWNERS ||
	       note == VRRP_NOTE_SAME_PRIORITY || note == VRRP_NOTE_FLAPPING ||
	       note == VRRP_NOTE_CONFLICT || note == VRRP_NOTE_GROUP_MIXED;
}
