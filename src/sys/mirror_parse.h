/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading rtnetlink(7)'s messages about links and addresses into the records
 * of sys/mirror_record.h. Pure: nothing else is touched.
 */
#pragma once

#include "sys/mirror_record.h"

struct nlmsghdr;

/*
 * RTM_NEWLINK and RTM_DELLINK. False if the message is not about a link as
 * such (bridge ports have messages of the same type) or not understood.
 */
bool mirror_parse_link(const struct nlmsghdr *message,
		       struct mirror_link *link);

/* RTM_NEWADDR and RTM_DELADDR of IPv4 and IPv6. False if it is neither. */
bool mirror_parse_address(const struct nlmsghdr *message,
			  struct mirror_address *address);
