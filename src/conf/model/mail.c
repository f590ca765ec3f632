/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/model/mail.h"

#include "conf/model/rows.h"

#define AT(field) ((uint32_t)offsetof(struct conf_model, global.mail.field))

/* Its place, if it was written; else nothing is told. */
static void tell(struct conf_reader *r, const struct conf_note *note,
		 uint32_t field, const char *remedy, const char *text)
{
	struct conf_place place = conf_note_place(note, field);

	if (conf_note_has(note, field))
		conf_report(r->report, CONF_WARNING, &place, remedy, "%s",
			    text);
}

/* A word that does nothing without another one. */
static void tell_useless(struct conf_reader *r, const struct conf_note *note,
			 uint32_t field, const char *remedy, const char *text)
{
	tell(r, note, field, remedy, text);
	if (conf_note_has(note, field))
		conf_report_useless(r->report);
}

static void check_login(struct conf_reader *r, const struct conf_mail *m,
			const struct conf_note *note)
{
	const struct conf_login *l = &m->login;

	if (l->user && !l->password[0])
		tell(r, note, AT(login.user), "add password",
		     "the user of smtp_login has no effect without a password");
	if (!l->user && l->password[0])
		tell(r, note, AT(login.password), "add user",
		     "the password of smtp_login has no effect without a user");
	if (conf_logs_in(m) && !conf_mail_is_safe(m))
		tell(r, note, AT(tls), "write smtp_tls required",
		     "others on the way to the mail server can read the "
		     "password of smtp_login");
}

void conf_mail_finish(struct conf_reader *r, struct conf_mail *m,
		      const struct conf_note *note)
{
	if (!conf_note_has(note, AT(alert_vrrp)))
		m->alert_vrrp = m->alert;
	if (conf_logs_in(m) && !conf_note_has(note, AT(tls)))
		m->tls = CONF_MAIL_REQUIRED;
	check_login(r, m, note);
	if (m->ca && !conf_mail_is_safe(m))
		tell_useless(r, note, AT(ca), "write smtp_tls required",
			     "smtp_ca has no effect without smtp_tls required");
	if (m->to_count == 0)
		tell_useless(
			r, note, AT(server),
			"name the addresses in notification_email",
			"smtp_server has no effect without notification_email");
	if (!m->server.host)
		tell_useless(
			r, note, AT(to), "add smtp_server",
			"notification_email has no effect without smtp_server");
}
