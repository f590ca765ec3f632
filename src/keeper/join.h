/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process of kind KEEPER_EXTERNAL: the service manager starts it, by
 * `batond --join NAME`, with rights that no child of the keeper could have. It
 * connects to RUN_DIR/NAME.sock, says who it is, and is given what its row
 * names. Each end looks who the other one is (SO_PEERCRED, unix(7)).
 */
#pragma once

#include "keeper/row.h"

/* Of what is said below: another one is refused, on both sides. */
#define JOIN_VERSION 2
#define JOIN_MAGIC   0x62746e6au

/* The first word, and what is said to it. */
struct join_words {
	uint32_t magic;
	uint16_t version;
	uint16_t spare;
	int32_t error;    /* of the answer: an errno, or 0 */
	uint32_t given;   /* of the answer: bits of enum join_given */
	char name[16];    /* of the row */
	char program[24]; /* BATON_VERSION */
};

/* The descriptors that come with the answer, in this order. */
enum join_given {
	JOIN_VIEW = 1,
	JOIN_WAKE = 2,
	JOIN_MODEL = 4,  /* packed, secrets included */
	JOIN_LEDGER = 8, /* of one that writes a book in it */
	JOIN_ALL = 15,
};

#define JOIN_GIVEN_MAX 4

/*
 * Joins the keeper of that run directory and runs the row's body until that
 * ends: the exit status. What is wrong is told on standard error.
 */
int keeper_join(const char *run_dir, const struct keeper_row *row);
