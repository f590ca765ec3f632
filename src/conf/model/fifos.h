/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rows cannot say of FIFOs. */
#pragma once

#include "conf/model/model.h"
#include "conf/schema/reader.h"
#include "conf/schema/row.h"

/* Leaves out, with a warning, a script without its FIFO, and a FIFO twice. */
void conf_fifos_finish(struct conf_reader *reader, struct conf_global *global,
		       const struct conf_note *note);
