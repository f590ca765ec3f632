/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the words of mail mean beside each other. */
#pragma once

#include "conf/model/model.h"
#include "conf/schema/reader.h"

/* Defaults that follow from other words, and what has no effect. */
void conf_mail_finish(struct conf_reader *reader, struct conf_mail *mail,
		      const struct conf_note *note);
