/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of this machine that keep a virtual router on an interface from
 * working. Only for who is asked about this machine: nothing is decided by it.
 */
#pragma once

#include "conf/language/source.h"

#include <stdbool.h>

/* Whether IPv6 is off on it: one file is read. */
bool machine_ipv6_is_off(const char *interface);

/* Flags of enum conf_obstacle that hold now in this network namespace. */
unsigned machine_obstacles(const char *interface);
