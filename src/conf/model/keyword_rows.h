/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How rows of the keyword table are written. Only the files keyword_*.c that
 * hold rows include this.
 */
#pragma once

#include "base/must.h"
#include "base/tick.h"
#include "conf/model/keyword.h"
#include "conf/model/model.h"

#define TOP           CONF_AT(CONF_IN_TOP)
#define GLOBAL        CONF_AT(CONF_IN_GLOBAL)
#define INSTANCE      CONF_AT(CONF_IN_INSTANCE)
#define ADDRESS       CONF_AT(CONF_IN_ADDRESS)
#define AUTH          CONF_AT(CONF_IN_AUTHENTICATION)
#define GROUP         CONF_AT(CONF_IN_GROUP)
#define SCRIPT        CONF_AT(CONF_IN_SCRIPT)
#define TRACK_FILE    CONF_AT(CONF_IN_TRACK_FILE)
#define TRACK_PROCESS CONF_AT(CONF_IN_TRACK_PROCESS)
#define BFD           CONF_AT(CONF_IN_BFD)
#define GARP_GROUP    CONF_AT(CONF_IN_GARP_GROUP)
#define TRACK_GROUP   CONF_AT(CONF_IN_TRACK_GROUP)
#define VS            CONF_AT(CONF_IN_VIRTUAL_SERVER)
#define RS            CONF_AT(CONF_IN_REAL_SERVER)
#define CHECK         CONF_AT(CONF_IN_CHECK)
#define URL           CONF_AT(CONF_IN_URL)
#define SSL           CONF_AT(CONF_IN_SSL)

#define DAY (86400 * TICK_SECOND)

/* The kernel doubles it, and an int must hold that. */
#define BUFFER_MAX (INT32_MAX / 2)

/* What baton does: a value into a field. */
#define VALUE(w, in, k, f, lo, hi, h, g, b)                                    \
	{                                                                      \
		.word = w, .where = in, .kind = k, .standing = CONF_DONE,      \
		.field = f, .minimum = lo, .maximum = hi, .help = h,           \
		.good = g, .bad = b                                            \
	}

#define CHOICE(w, in, f, c, h, g, b)                                           \
	{                                                                      \
		.word = w, .where = in, .kind = CONF_CHOICE,                   \
		.standing = CONF_DONE, .field = f, .choices = c, .help = h,    \
		.good = g, .bad = b                                            \
	}

#define BLOCK(w, in, s, o, lo, hi, h, g, b)                                    \
	{                                                                      \
		.word = w, .where = in, .kind = CONF_BLOCK, .standing = s,     \
		.opens = o, .minimum = lo, .maximum = hi, .help = h,           \
		.good = g, .bad = b                                            \
	}

/* What baton does not do: `lo` to `hi` words, not looked at. */
#define OTHER(s, w, in, lo, hi, h, g)                                          \
	{                                                                      \
		.word = w, .where = in, .kind = CONF_WORDS, .standing = s,     \
		.minimum = lo, .maximum = hi, .help = h, .good = g,            \
		.bad = (lo) > 0 ? w : NULL                                     \
	}

/* The same, but one value means what baton does anyway. */
#define UNLESS(s, w, in, lo, hi, same_as, h, g)                                \
	{                                                                      \
		.word = w, .where = in, .kind = CONF_WORDS, .standing = s,     \
		.minimum = lo, .maximum = hi, .same = same_as, .help = h,      \
		.good = g, .bad = (lo) > 0 ? w : NULL                          \
	}

/* The statement takes any number of words. */
#define MANY 200

#define LATER(w, in, lo, hi, h, g)  OTHER(CONF_LATER, w, in, lo, hi, h, g)
#define NEEDED(w, in, lo, hi, h, g) OTHER(CONF_NEEDED, w, in, lo, hi, h, g)
#define INERT(w, in, lo, hi, h, g)  OTHER(CONF_INERT, w, in, lo, hi, h, g)
