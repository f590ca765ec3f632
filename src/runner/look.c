/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the scripts of a configuration this machine could run. */
#include "runner/runner.h"

#include "conf/model/targets.h"
#include "runner/runner_state.h"

#include <stdlib.h>

static bool is_there(const char *command, const struct conf_user *user,
		     const struct conf_model *model)
{
	struct program program = { .why = "" };
	bool found = command && program_find(&program, command, user, model);

	program_free(&program);
	return found;
}

static void look_at_scripts(const struct conf_model *model,
			    struct runner_look *out)
{
	uint32_t *used = calloc(conf_targets(model) + 1, sizeof(*used));

	if (!used)
		return;
	conf_targets_used(model, used);
	for (uint32_t n = 0; n < model->script_count; n++) {
		const struct conf_script *s = &model->scripts[n];
		bool found = is_there(s->command, &s->user, model);

		out->found += found;
		out->missing += !found && used[n] > 0;
	}
	free(used);
}

static uint32_t count_notifies(const struct conf_model *model,
			       const struct conf_notifies *c)
{
	uint32_t found = 0;

	for (unsigned k = 0; c->on && k < CONF_NOTIFIES; k++)
		found += is_there(c->on[k].command, &c->on[k].user, model);
	return found;
}

/* Commands of MISC_CHECK; as by keepalived, no word of those that are missing.
 */
static uint32_t count_checks(const struct conf_model *model,
			     const struct conf_real_server *rs)
{
	uint32_t found = 0;

	for (uint32_t n = 0; n < rs->check_count; n++) {
		const struct conf_check *c = &rs->checks[n];

		found += c->kind == CONF_CHECK_MISC &&
			 is_there(c->misc.command, &c->misc.user, model);
	}
	return found;
}

struct runner_look runner_look(const struct conf_model *model)
{
	struct runner_look found = { 0 };

	look_at_scripts(model, &found);
	for (uint32_t n = 0; n < model->instance_count; n++)
		found.found +=
			count_notifies(model, &model->instances[n].notifies);
	for (uint32_t n = 0; n < model->group_count; n++)
		found.found +=
			count_notifies(model, &model->groups[n].notifies);
	for (uint32_t n = 0; n < model->virtual_server_count; n++)
		for (uint32_t k = 0; k < model->virtual_servers[n].server_count;
		     k++)
			found.found += count_checks(
				model, &model->virtual_servers[n].servers[k]);
	for (unsigned k = 0; k < CONF_FIFOS_ALL; k++)
		found.found += is_there(
			conf_fifo(&model->global, k)->script.command,
			&conf_fifo(&model->global, k)->script.user, model);
	return found;
}
