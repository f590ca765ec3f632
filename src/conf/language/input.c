/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/language/input.h"
#include "conf/language/source.h"

#include <string.h>

/* A file of names is asked again and again (model/names.c). */
static bool is_last(const struct conf_inputs *i, const char *name,
		    enum conf_input_state state)
{
	const struct conf_input *list = i->list.items;
	size_t count = i->list.count;

	return count > 0 && list[count - 1].state == state &&
	       strcmp(list[count - 1].name, name) == 0;
}

void conf_input_note(struct conf_inputs *i, const char *name,
		     enum conf_input_state state)
{
	struct conf_input *one;

	if (i->list.count >= CONF_INPUTS_MAX || is_last(i, name, state))
		return;
	one = conf_array_add(&i->list, i->memory, sizeof(*one), 1);
	if (!one)
		return;
	one->name = arena_text(i->arena, name, strlen(name));
	one->state = (uint8_t)state;
	if (one->name)
		return;
	i->list.count--;
	i->memory->failed = true;
}

void conf_input_read(struct conf_inputs *i, struct conf_report *report,
		     const struct conf_place *place, const char *name,
		     size_t length, int how)
{
	enum conf_input_state state =
		length > 0 ? CONF_INPUT_READ : CONF_INPUT_EMPTY;

	if (how == CONF_SOURCE_WRITTEN) {
		state = CONF_INPUT_WRITTEN;
		conf_report(report, CONF_WARNING, place,
			    "read it again when that is done",
			    "%s is open for writing, and may not be whole",
			    name);
	}
	conf_input_note(i, name, state);
}
