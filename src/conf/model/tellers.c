/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/model/tellers.h"

static unsigned fifo_tellers(const struct conf_model *model)
{
	unsigned tellers = 0;

	if (model->global.fifos[CONF_FIFO_ALL].path)
		tellers |= CONF_TELLS_FIFO;
	if (model->global.fifos[CONF_FIFO_VRRP].path)
		tellers |= CONF_TELLS_VRRP_FIFO;
	return tellers;
}

unsigned conf_tellers(const struct conf_model *model,
		      const struct conf_instance *instance)
{
	unsigned tellers = fifo_tellers(model);

	if (instance->notifies.on)
		tellers |= CONF_TELLS_SCRIPTS;
	if (conf_is_mailed(model, instance->smtp_alert))
		tellers |= CONF_TELLS_MAIL;
	return tellers;
}

unsigned conf_group_tellers(const struct conf_model *model,
			    const struct conf_sync_group *group)
{
	unsigned tellers = fifo_tellers(model);

	if (group->notifies.on)
		tellers |= CONF_TELLS_SCRIPTS;
	if (conf_is_mailed(model, group->smtp_alert))
		tellers |= CONF_TELLS_MAIL;
	return tellers;
}
