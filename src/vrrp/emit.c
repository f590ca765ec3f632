/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the state machine asks for: one action after the other. */
#include "vrrp/states.h"

#include "base/must.h"

struct vrrp_action *vrrp_emit(struct vrrp_actions *out,
			      enum vrrp_action_type type)
{
	struct vrrp_action *action = &out->list[out->count];

	MUST(out->count < VRRP_ACTIONS_MAX);
	out->count++;
	action->type = type;
	return action;
}

void vrrp_emit_note(enum vrrp_note note, const struct ip *peer, int64_t value,
		    struct vrrp_actions *out)
{
	struct vrrp_action *action = vrrp_emit(out, VRRP_ACTION_NOTE);

	action->note.note = note;
	action->note.peer = *peer;
	action->note.value = value;
}

void vrrp_emit_send(const struct vrrp *v, uint8_t priority,
		    struct vrrp_actions *out)
{
	struct vrrp_action *action = vrrp_emit(out, VRRP_ACTION_SEND);
	enum vrrp_checksum form = v->config->checksum;

	/* 5.2.8: mirror the peer; what older implementations want before. */
	if (form == VRRP_CHECKSUM_AUTO)
		form = v->peer_checksum;
	if (form == VRRP_CHECKSUM_AUTO)
		form = VRRP_CHECKSUM_RFC5798;
	action->send.priority = priority;
	action->send.checksum = form;
}
