/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and writing the records of a ledger. What is in them and where:
 * ledger/records.h; making and mapping one: ledger/sections.h.
 */
#pragma once

#include "ledger/copy.h"

/* How many there are. */
uint32_t ledger_instances(const struct ledger *l);
uint32_t ledger_holdings(const struct ledger *l);

/*
 * The records themselves, of a ledger whose records are at least ours (its
 * maker's, or a newer one's; asserted). The index must be below the count
 * (asserted). The keeper's book:
 */
struct ledger_configured *ledger_configured_at(struct ledger *l,
					       uint32_t index);
struct ledger_wanted *ledger_wanted_at(struct ledger *l, uint32_t index);
struct ledger_kind *ledger_kind_at(struct ledger *l, uint32_t number);
/* Where a text is that was put there; there must be room (asserted). */
uint32_t ledger_text_add(struct ledger *l, const char *text);

/* The book of the process that serves: */
struct ledger_server *ledger_server(const struct ledger *l);
struct ledger_record *ledger_record_at(struct ledger *l, uint32_t index);
struct ledger_counters *ledger_counters_at(struct ledger *l, uint32_t index);
struct vrrp_saved *ledger_core_at(struct ledger *l, uint32_t index);
struct ledger_held *ledger_held_at(struct ledger *l, uint32_t index);

/*
 * Changing a core, and what belongs to it. Until it has ended the core counts
 * as it was, for ledger_saved() and for the process that comes after one that
 * died in the middle: that begins with ledger_undo(). One at a time (asserted).
 */
struct vrrp_saved *ledger_change(struct ledger *l, uint32_t index);
void ledger_changed(struct ledger *l);
void ledger_undo(struct ledger *l);
/* All of it, in one. */
void ledger_save(struct ledger *l, uint32_t index, const struct vrrp *core);
/*
 * The whole core of a ledger that nobody writes, and how much of it its program
 * knew.
 */
size_t ledger_saved(struct ledger *l, uint32_t index, struct vrrp_saved *copy);

/*
 * The count of a reason in LEDGER_DROPS or LEDGER_NOTES, of an instance or,
 * with LEDGER_NO_INSTANCE, of none of them; 0 where that is not known. Written
 * by `vrrp` alone; each is read by itself.
 */
uint64_t ledger_count(struct ledger *l, enum ledger_section_kind section,
		      unsigned reason, uint32_t instance);
void ledger_count_add(struct ledger *l, enum ledger_section_kind section,
		      unsigned reason, uint32_t instance, uint64_t count);
/* The reasons that were ever counted, as bits. */
uint64_t ledger_counted(struct ledger *l, enum ledger_section_kind section);

/*
 * Reading: a consistent copy. False if the record was being written at every
 * one of a bounded number of tries; then the copy is as good as it gets (its
 * writer may have died in the middle).
 */
bool ledger_read_instance(struct ledger *l, uint32_t index,
			  struct ledger_instance *copy,
			  struct vrrp_saved *core);

/* One of its holdings, as consistent; with LEDGER_NO_INSTANCE as it is just
 * now. */
bool ledger_read_holding(struct ledger *l, uint32_t instance, uint32_t index,
			 struct ledger_holding *copy);

/* What a number says; where it says nothing, "holding" and "". */
struct ledger_kind ledger_kind(const struct ledger *l, unsigned number);

/* The same for an heir: nobody writes any more, and it may be torn. */
void ledger_copy_instance(struct ledger *l, uint32_t index,
			  struct ledger_instance *copy);
void ledger_copy_holding(struct ledger *l, uint32_t index,
			 struct ledger_holding *copy);

/* The counters of an instance, each as it is just now. */
void ledger_read_counters(struct ledger *l, uint32_t index,
			  struct ledger_counters *copy);

/* What the configuration says of an instance, of any ledger. */
void ledger_copy_configured(const struct ledger *l, uint32_t index,
			    struct ledger_configured *copy);
/* Texts are in the ledger. Of a number that is none: "". */
const char *ledger_text(const struct ledger *l, uint32_t at);
const char *ledger_name(const struct ledger *l, uint32_t index);
bool ledger_has_name(const struct ledger *l, uint32_t index, const char *name);

/*
 * What is tracked; nothing in the ledger of an earlier program
 * (ledger_has_runner()).
 */
uint32_t ledger_targets(const struct ledger *l);
bool ledger_has_runner(const struct ledger *l);
struct ledger_target *ledger_target_at(struct ledger *l, uint32_t index);
const char *ledger_target_name(const struct ledger *l, uint32_t index);
enum vrrp_target ledger_target_kind(const struct ledger *l, uint32_t index);
struct ledger_tracker *ledger_tracker_at(struct ledger *l, uint32_t index);
/* False: there is none of that number, or of its target. */
bool ledger_copy_tracker(const struct ledger *l, uint32_t index,
			 struct ledger_tracker *copy);
/* The book of the process that runs them: */
struct ledger_runner *ledger_runner(const struct ledger *l);
/* The heartbeat in a book; 0: it has none, or none yet. */
uint64_t ledger_beat(const struct ledger *l, enum ledger_book book);
struct ledger_result *ledger_result_at(struct ledger *l, uint32_t index);
/* A copy of which each field has a value that it can have. */
bool ledger_read_result(const struct ledger *l, uint32_t index,
			struct ledger_result *copy);
/* Changes of instances that are followed, and the last that was told. */
uint32_t ledger_followers(const struct ledger *l);
struct ledger_changes *ledger_changes_at(struct ledger *l, uint32_t index);
struct ledger_told *ledger_told_at(struct ledger *l, enum ledger_teller teller,
				   uint32_t index);
/* False: they were being written at each try. */
bool ledger_read_changes(const struct ledger *l, uint32_t index,
			 struct ledger_changes *copy);
/* The same for an heir: nobody writes any more. */
void ledger_copy_changes(const struct ledger *l, uint32_t index,
			 struct ledger_changes *copy);
/* Read and written by one process; nothing if an earlier program made it. */
struct ledger_told ledger_told(const struct ledger *l,
			       enum ledger_teller teller, uint32_t index);
void ledger_note_told(struct ledger *l, enum ledger_teller teller,
		      uint32_t index, const struct ledger_told *now);

/* Whether there may be something to tell that is not in `told`. */
bool ledger_has_news(const struct ledger *l, uint32_t index,
		     const struct ledger_told *told);

/* Of scripts that are told. A copy of which each field has a value that it can
 * have; false: it was being written, or nobody knows. */
struct ledger_notified *ledger_notified_at(struct ledger *l, uint32_t index);
bool ledger_read_notified(const struct ledger *l, uint32_t index,
			  struct ledger_notified *copy);
/* What is known of those of the same names, for a ledger that is new. */
void ledger_inherit_notified(struct ledger *l, const struct ledger *before);
/* How many changes of state wait for such scripts. */
uint64_t ledger_untold(const struct ledger *l, uint32_t index);

/* FIFOs to which changes are written; none in an earlier program's ledger. */
uint32_t ledger_fifos(const struct ledger *l);
struct ledger_fifo_configured *ledger_fifo_configured_at(struct ledger *l,
							 uint32_t index);
const char *ledger_fifo_path(const struct ledger *l, uint32_t index);
struct ledger_fifo *ledger_fifo_at(struct ledger *l, uint32_t index);
/* A copy of which each field has a value that it can have. */
bool ledger_read_fifo(const struct ledger *l, uint32_t index,
		      struct ledger_fifo *copy);
/* What is known of FIFOs of the same paths, for a ledger that is new. */
void ledger_inherit_fifos(struct ledger *l, const struct ledger *before);

/* Mail (mails.c); none in the ledger of an earlier program. */
bool ledger_has_mailer(const struct ledger *l);
struct ledger_mailer *ledger_mailer(const struct ledger *l);
struct ledger_mail *ledger_mail_at(struct ledger *l, uint32_t index);
struct ledger_mailed *ledger_mailed_at(struct ledger *l, uint32_t index);
/* Copies of which each field has a value that it can have. False: there is no
 * mail at that place. */
void ledger_read_mailer(const struct ledger *l, struct ledger_mailer *copy);
bool ledger_read_mail(const struct ledger *l, uint32_t index,
		      struct ledger_mail *copy);
/*
 * For the keeper: what the process that sends mail has left behind, into a
 * ledger in which it has not begun yet; else nothing. The first of the two
 * begins there after that.
 */
void ledger_begin_mail(struct ledger *l);
void ledger_inherit_mail(struct ledger *l, const struct ledger *before);
/* How many mails wait. */
uint32_t ledger_mail_count(const struct ledger *l);

/* Sync groups; none in the ledger of an earlier program. */
uint32_t ledger_groups(const struct ledger *l);
struct ledger_group *ledger_group_at(struct ledger *l, uint32_t index);
struct ledger_group_state *ledger_group_state_at(struct ledger *l,
						 uint32_t index);
void ledger_copy_group(const struct ledger *l, uint32_t index,
		       struct ledger_group *copy);
const char *ledger_group_name(const struct ledger *l, uint32_t index);
/* The state is one; false: it was being written at each try. */
bool ledger_read_group_state(const struct ledger *l, uint32_t index,
			     struct ledger_group_state *copy);

/* What is known of targets of the same names, for a ledger that is new. */
void ledger_inherit_results(struct ledger *l, const struct ledger *before);

/* The process that serves has died; for the keeper. */
void ledger_note_death(struct ledger *l, tick_t now);

/*
 * What the core of an instance says just now, byte by byte: for who must not
 * wait for its writer.
 */
enum vrrp_state ledger_state(const struct ledger *l, uint32_t index);
bool ledger_is_started(const struct ledger *l, uint32_t index);

/* Whether a record was being written when its writer died. */
bool ledger_is_torn(struct ledger *l, uint32_t index);

/*
 * The state that is told of an instance, of whose record `copy` is a copy: one
 * that has stepped down is Active until the kernel holds none of its addresses.
 */
enum vrrp_state ledger_told_state(const struct ledger *l,
				  const struct ledger_instance *copy,
				  enum vrrp_state state);

/*
 * Appends an event; number, slot, sequence and both times are filled in. Safe
 * against another process that appends at the same time: it never waits, and
 * a process that slept a whole round of the ring loses its event. `name` is
 * that of the instance unless `instance` is LEDGER_NO_INSTANCE.
 */
void ledger_append(struct ledger *l, const struct ledger_event *event);
/* The number of the newest event; 0 where no counting could have got there. */
uint64_t ledger_newest(const struct ledger *l);
/*
 * When nobody appends: empties the slots that could not be read, nor take an
 * event ever again, since their writer died within one or was taken over.
 */
void ledger_mend_ring(struct ledger *l);

/*
 * Copies the events of another ledger that are newer than those here, for one
 * that takes its place and that nobody reads or writes yet. Until its writer
 * has ended, one that is being written is left for the next time.
 */
void ledger_inherit_events(struct ledger *l, struct ledger *before, bool ended);

/*
 * The event with that number; false when it was overwritten, is not there yet
 * or was lost. The newest is ledger_newest().
 */
bool ledger_read_event(struct ledger *l, uint64_t number,
		       struct ledger_event *copy);

const char *ledger_verdict_name(enum ledger_verdict verdict);
const char *ledger_how_name(enum ledger_how how);
const char *ledger_holding_state_name(enum ledger_holding_state state);
const char *ledger_others_name(enum ledger_others others);
/* LEDGER_OTHERS_CASES: there is none of that name. */
enum ledger_others ledger_others_of(const char *name);
const char *ledger_event_type_name(enum ledger_event_type type);
/*
 * Of LEDGER_PROCESS_REFUSED: the keyword, and what helps. By the event's `from`
 * and `value`.
 */
const char *ledger_refused_keyword(unsigned wish);
const char *ledger_refused_remedy(unsigned wish, int64_t error);
const char *ledger_process_event_name(enum ledger_process_event event);
