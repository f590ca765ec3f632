/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with FIFOs to which changes are written (ctl/view.h). */
#include "ctl/view.h"

static void problem(struct view *v, const json_t *fifo, const char *what)
{
	view_paint(v, VIEW_DOUBT, "! ");
	text_format(&v->out, "%s%s: ", what, view_string(fifo, "path"));
}

/* Its script has ended, and is started again. */
static void no_reader(struct view *v, const json_t *fifo)
{
	problem(v, fifo, "the script of the FIFO ");
	text_format(&v->out, "%s; it is started again\n",
		    view_string(fifo, "script_last_end"));
}

void view_fifos(struct view *v, const json_t *status)
{
	const json_t *fifo;
	size_t index;

	json_array_foreach(json_object_get(status, "fifos"), index, fifo)
	{
		const char *why = view_string(fifo, "problem");
		const char *script_why = view_string(fifo, "script_problem");
		double lost = view_number(fifo, "lost");

		if (*why) {
			problem(v, fifo, "FIFO ");
			text_format(&v->out, "%s\n", why);
		}
		if (*script_why) {
			problem(v, fifo, "the script of the FIFO ");
			text_format(&v->out, "%s\n", script_why);
		} else if (view_has(fifo, "script_last_end") &&
			   !view_has(fifo, "script_pid")) {
			no_reader(v, fifo);
		}
		if (lost > 0) {
			problem(v, fifo, "FIFO ");
			text_format(
				&v->out,
				"%.0f change%s not written, since it was "
				"full: nobody read it, or not fast enough\n",
				lost, lost > 1 ? "s were" : " was");
		}
	}
}
