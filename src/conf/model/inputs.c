/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/model/inputs.h"

#include "base/must.h"

#include <string.h>

/* A path, as include.c makes it. */
#define NAME_MOST 8192

static const char *const wrong[] = {
	[CONF_INPUT_READ] = "",
	[CONF_INPUT_EMPTY] = "is empty",
	[CONF_INPUT_NONE] = "is not there",
	[CONF_INPUT_FOLDER] = "is a folder",
	[CONF_INPUT_UNREAD] = "cannot be read",
	[CONF_INPUT_WRITTEN] = "is open for writing",
};

_Static_assert(ARRAY_LENGTH(wrong) == CONF_INPUT_STATES, "what is wrong");

const char *conf_input_wrong(const struct conf_input *input)
{
	MUST(input->state < CONF_INPUT_STATES);
	return wrong[input->state];
}

/*
 * One of that name, or NULL. Both lists are mostly in one order, so it is
 * looked for from where the last one was found.
 */
static const struct conf_input *find(const struct conf_model *m,
				     const char *name, uint32_t *from)
{
	for (uint32_t n = 0; n < m->input_count; n++) {
		uint32_t at = (*from + n) % m->input_count;

		if (strcmp(m->inputs[at].name, name) == 0) {
			*from = at;
			return &m->inputs[at];
		}
	}
	return NULL;
}

/* `old` is NULL: nothing is known of that name. */
static bool is_lost(const struct conf_input *old, const struct conf_input *next)
{
	bool had = old && old->state == CONF_INPUT_READ;

	switch ((enum conf_input_state)next->state) {
	case CONF_INPUT_READ:
		return false;
	case CONF_INPUT_EMPTY:
	case CONF_INPUT_NONE:
	case CONF_INPUT_FOLDER:
		return had;
	case CONF_INPUT_UNREAD: /* and was not then already */
		return !old || old->state != CONF_INPUT_UNREAD;
	case CONF_INPUT_WRITTEN:
		return true;
	}
	return false;
}

const struct conf_input *conf_inputs_lost(const struct conf_model *old,
					  const struct conf_model *next)
{
	uint32_t from = 0;

	for (uint32_t n = 0; n < next->input_count; n++) {
		const struct conf_input *one = &next->inputs[n];

		if (one->state != CONF_INPUT_READ &&
		    is_lost(find(old, one->name, &from), one))
			return one;
	}
	return NULL;
}

bool conf_inputs_keep(struct conf_model *model,
		      const struct conf_inputs *inputs)
{
	size_t count = inputs->list.count;

	if (count == 0)
		return true;
	model->inputs =
		arena_alloc(&model->arena, count * sizeof(*model->inputs));
	if (!model->inputs)
		return false;
	memcpy(model->inputs, inputs->list.items,
	       count * sizeof(*model->inputs));
	model->input_count = (uint32_t)count;
	return true;
}

void conf_inputs_pack(struct conf_packer *p, const struct conf_model *model)
{
	conf_pack_number(p, model->input_count);
	for (uint32_t n = 0; n < model->input_count; n++) {
		conf_pack_number(p, model->inputs[n].state);
		conf_pack_text(p, model->inputs[n].name);
	}
}

bool conf_inputs_unpack(struct conf_unpacker *u, struct conf_model *model)
{
	int64_t count = conf_unpack_number(u);

	if (u->failed || count < 0 || count > CONF_INPUTS_MAX)
		return false;
	if (count == 0)
		return true;
	model->inputs = arena_alloc(&model->arena,
				    (size_t)count * sizeof(*model->inputs));
	if (!model->inputs)
		return false;
	for (int64_t n = 0; n < count; n++) {
		struct conf_input *one = &model->inputs[n];
		int64_t state = conf_unpack_number(u);

		one->name = conf_unpack_text(u, NAME_MOST);
		if (u->failed || !one->name || state < 0 ||
		    state >= CONF_INPUT_STATES)
			return false;
		one->state = (uint8_t)state;
	}
	model->input_count = (uint32_t)count;
	return true;
}
