/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of health checks (checker/kind.h), a file each. */
#pragma once

#include "checker/kind.h"

/* NULL: this one is not run here. */
const struct kind *kind_of(const struct conf_check *check);
