/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who tells others of the changes of a virtual router, by a configuration. */
#pragma once

#include "conf/model/model.h"

/* Bits; in the ledger they are 1 << enum ledger_teller. */
enum conf_teller {
	CONF_TELLS_SCRIPTS = 1,
	CONF_TELLS_FIFO = 2,
	CONF_TELLS_VRRP_FIFO = 4,
	CONF_TELLS_MAIL = 8,
};

/* Those that an instance has; 0: nobody, and no record is kept for them. */
unsigned conf_tellers(const struct conf_model *model,
		      const struct conf_instance *instance);
/* The same of a sync group. */
unsigned conf_group_tellers(const struct conf_model *model,
			    const struct conf_sync_group *group);
