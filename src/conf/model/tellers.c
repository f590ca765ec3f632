/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/model/tellers.h"

unsigned conf_tellers(const struct conf_model *model,
		      const struct conf_instance *instance)
{
	unsigned tellers = 0;

	if (instance->notifies.on)
		tellers |= CONF_TELLS_SCRIPTS;
	if (model->global.fifos[CONF_FIFO_ALL].path)
		tellers |= CONF_TELLS_FIFO;
	if (model->global.fifos[CONF_FIFO_VRRP].path)
		tellers |= CONF_TELLS_VRRP_FIFO;
	if (conf_is_mailed(model, instance))
		tellers |= CONF_TELLS_MAIL;
	return tellers;
}
