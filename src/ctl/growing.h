/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts (base/text.h) that grow on the heap, for answers of any length. One
 * that was cut ran out of memory; whoever hands it out looks once.
 */
#pragma once

#include "base/text.h"

/* An empty one. It needs no memory before something is put in. */
struct text growing_text(void);

/* Gives its memory back and makes it empty. */
void growing_free(struct text *t);
