/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FIFOs to which changes are written, as parts of the status (ctl/page.h). */
#include "ctl/page.h"

static void reader(struct json *j, const struct ledger_fifo *fifo)
{
	if (fifo->reader > 0)
		json_signed(j, "script_pid", fifo->reader);
	else
		json_no_value(j, "script_pid");
	json_number(j, "script_starts", fifo->reader_starts);
	page_last_end(j, "script_last_end", (enum ledger_how)fifo->reader_how,
		      fifo->reader_value);
	json_string_of(j, "script_problem", fifo->reader_why);
}

void page_fifos(struct json *j, const struct ledger *l)
{
	json_open_array(j, "fifos");
	for (uint32_t n = 0; n < ledger_fifos(l); n++) {
		struct ledger_fifo fifo;

		if (!ledger_fifo_path(l, n)[0])
			continue;
		(void)ledger_read_fifo(l, n, &fifo);
		json_open_object(j, NULL);
		json_string_of(j, "path", ledger_fifo_path(l, n));
		json_bool(j, "open", fifo.open);
		json_string_of(j, "problem", fifo.why);
		json_number(j, "lines", fifo.lines);
		json_number(j, "lost", fifo.lost);
		reader(j, &fifo);
		json_close(j);
	}
	json_close(j);
}
