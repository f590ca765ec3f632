/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sync groups, as JSON: of the status, and of one virtual router. */
#include "ctl/page.h"

static void group(struct json *j, const struct ledger *l, uint32_t number)
{
	struct ledger_group_state state;
	struct ledger_group is;

	ledger_copy_group(l, number, &is);
	(void)ledger_read_group_state(l, number, &state);
	json_open_object(j, NULL);
	json_string_of(j, "name", ledger_group_name(l, number));
	json_string_of(j, "state",
		       vrrp_state_name((enum vrrp_state)state.state));
	json_time(j, "since", state.since_real);
	page_notified(j, l, is.follower, is.tellers);
	json_close(j);
}

void page_groups(struct json *j, const struct ledger *l)
{
	json_open_array(j, "sync_groups");
	for (uint32_t n = 0; n < ledger_groups(l); n++)
		group(j, l, n);
	json_close(j);
}

void page_grouped(struct json *j, const struct ledger *l,
		  const struct ledger_instance *i, const struct vrrp_saved *v)
{
	uint32_t number = i->configured.group;

	if (number == 0 || number > ledger_groups(l)) {
		json_no_value(j, "sync_group");
		return;
	}
	json_string_of(j, "sync_group", ledger_group_name(l, number - 1));
	json_bool(j, "waits_for_group", v->wishes);
}
