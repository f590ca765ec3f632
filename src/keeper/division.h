/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What makes the routers of a virtual router drop each other's advertisements
 * as long as only one of them has it: until then two are Active.
 */
#pragma once

#include "conf/model/model.h"

/*
 * A virtual router that is changed: what there is to say of it, at most `size`
 * bytes at `text`. `heard` is the other router that was heard last; NULL:
 * nobody was, and nothing is known. False: nothing.
 */
bool division_of_change(const struct conf_instance *was,
			const struct conf_instance *is, const struct ip *heard,
			char *text, size_t size);

/*
 * Whether a virtual router that is added takes the place of one that is
 * removed: it has the name of that one, or one of its addresses.
 */
bool division_has_place(const struct conf_instance *removed,
			const struct conf_instance *added);

/* ... and others know the one that is removed. */
void division_of_place(const struct conf_instance *removed,
		       const struct conf_instance *added, char *text,
		       size_t size);
