/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mail that was not sent, as lines of `baton status` and `baton why`. */
#include "ctl/view.h"

static void put_mails(struct text *t, double count)
{
	text_format(t, "%.0f mail%s", count, count == 1 ? "" : "s");
}

static void put_error(struct view *v, const json_t *mail)
{
	if (!view_has(mail, "error"))
		return;
	text_format(&v->out, "; the last try, ");
	view_clock(&v->out, view_string(mail, "error_time"));
	text_format(&v->out, ": %s", view_string(mail, "error"));
}

void view_mail(struct view *v, const json_t *status)
{
	const json_t *mail = json_object_get(status, "mail");
	double waiting = view_number(mail, "waiting");
	double dropped = view_number(mail, "dropped");

	/* One that is under way is no news. */
	if (waiting > 0 && view_has(mail, "error")) {
		view_paint(v, VIEW_DOUBT, "! ");
		put_mails(&v->out, waiting);
		text_put(&v->out, waiting == 1 ? " waits" : " wait");
		put_error(v, mail);
		text_put(&v->out, "\n");
	}
	if (dropped > 0) {
		view_paint(v, VIEW_DOUBT, "! ");
		put_mails(&v->out, dropped);
		text_put(&v->out, dropped == 1 ? " was" : " were");
		text_put(&v->out, " not sent and will not be; see the log\n");
	}
}

void view_mails_of(struct view *v, const json_t *why)
{
	double waiting = view_number(why, "mails_waiting");

	if (waiting == 0)
		return;
	put_mails(&v->out, waiting);
	text_put(&v->out, waiting == 1 ? " about it waits" : " about it wait");
	text_put(&v->out, " to be sent");
	put_error(v, json_object_get(why, "mail"));
	text_put(&v->out, ".\n");
}
