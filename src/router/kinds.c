/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of holdings, in the order of the list in src/router/meson.build,
 * which comes here as HOLDING_KINDS: KIND(address) KIND(route) ...
 */
#include "router/holding_kind.h"

#include "base/must.h"

#define KIND(name) extern const struct holding_kind holding_##name;
HOLDING_KINDS
#undef KIND

#define KIND(name) &holding_##name,
const struct holding_kind *const holding_kinds[] = { HOLDING_KINDS };
#undef KIND

const unsigned holding_kind_count = ARRAY_LENGTH(holding_kinds);
