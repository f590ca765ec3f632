/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The book of the process `check`; its records: ledger/checked.h.
 *
 * Who follows verdicts does not read all records: each change of one puts its
 * number into a ring (struct ledger_checker).
 *
 * The process that writes it parses what servers send, so readers take copies
 * in which each field has a value that it can have.
 */
#pragma once

#include "ledger/checked.h"
#include "ledger/copy.h"

#include <stdbool.h>
#include <stdint.h>

/* Distinct checks; none in the ledger of an earlier program. */
uint32_t ledger_checks(const struct ledger *l);
bool ledger_has_checker(const struct ledger *l);
struct ledger_checked *ledger_checked_at(struct ledger *l, uint32_t index);
void ledger_copy_checked(const struct ledger *l, uint32_t index,
			 struct ledger_checked *copy);

/* The book of the process that runs them: */
struct ledger_checker *ledger_checker(const struct ledger *l);
struct ledger_check *ledger_check_at(struct ledger *l, uint32_t index);

/* The check of this number changed: for its writer, after ledger_end(). */
void ledger_check_changed(struct ledger *l, uint32_t index);

/*
 * The checks that changed since `*seen`, the count of changes up to which one
 * has read them (at first 0): each once or more often. MAP_NONE (base/map.h):
 * there are no more. UINT32_MAX - 1: some were lost, so read all records;
 * nothing is lost if that is done after this call.
 */
#define LEDGER_CHECKS_ALL (UINT32_MAX - 1)
uint32_t ledger_check_next(const struct ledger *l, uint64_t *seen);

/* A copy of which each field has a value that it can have. False: it was being
 * written at each try. */
bool ledger_read_check(const struct ledger *l, uint32_t index,
		       struct ledger_check *copy);
/* The process as a whole, each value as it is just now. */
void ledger_read_checker(const struct ledger *l, struct ledger_checker *copy);

/*
 * For the keeper: what is known of checks with the same keys, into a ledger in
 * which the process has not begun yet; else nothing. The first of the two
 * begins there after that.
 */
void ledger_begin_checks(struct ledger *l);
void ledger_inherit_checks(struct ledger *l, const struct ledger *before);

/* As a configuration calls it: "TCP_CHECK". "good"; "L7STS"; "drain". Of a
 * number that is none: "unknown". */
const char *ledger_check_kind_name(unsigned kind);
const char *ledger_check_state_name(unsigned state);
const char *ledger_check_code_name(unsigned code);
const char *ledger_check_wish_name(unsigned wish);
