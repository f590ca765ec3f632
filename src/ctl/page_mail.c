/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mail as parts of the status (ctl/page.h). */
#include "ctl/page.h"

#include <string.h>

static void last_error(struct json *j, const struct ledger_mailer *m)
{
	if (!m->error[0]) {
		json_no_value(j, "error");
		json_no_value(j, "error_time");
		return;
	}
	json_string_of(j, "error", m->error);
	json_time(j, "error_time", m->error_real);
}

void page_mail(struct json *j, const struct ledger *l)
{
	struct ledger_mailer m;

	if (!ledger_has_mailer(l)) {
		json_no_value(j, "mail");
		return;
	}
	ledger_read_mailer(l, &m);
	json_open_object(j, "mail");
	json_number(j, "sent", m.sent);
	json_number(j, "waiting", ledger_mail_count(l));
	json_number(j, "dropped", m.failed);
	json_time(j, "next_try", m.next_real);
	last_error(j, &m);
	json_close(j);
}

void page_mails_of(struct json *j, const struct ledger *l, const char *name)
{
	uint32_t count = 0;

	for (uint32_t n = 0; ledger_has_mailer(l) && n < LEDGER_MAILS_MAX;
	     n++) {
		struct ledger_mail mail;

		count += ledger_read_mail(l, n, &mail) && !mail.of_group &&
			 strcmp(mail.name, name) == 0;
	}
	json_number(j, "mails_waiting", count);
}
