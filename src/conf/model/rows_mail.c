/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: mail about changes of state. keepalived.conf(5),
 * "GLOBAL CONFIGURATION". How mail is encrypted and who logs in are words of
 * baton's own.
 */
#include "base/map.h"
#include "conf/model/rows.h"

#include <string.h>

#define MAILBOX(s, m) .type = &conf_type_mailbox, FIELD(s, m)
#define SERVER(s, m)  .type = &conf_type_mail_server, FIELD(s, m)

static const struct conf_choice encryptions[] = {
	{ "none", CONF_MAIL_PLAIN },
	{ "opportunistic", CONF_MAIL_OPPORTUNISTIC },
	{ "required", CONF_MAIL_REQUIRED },
	{ "implicit", CONF_MAIL_IMPLICIT },
	{ NULL, 0 },
};

/* clang-format off */
static const struct conf_row recipient_heads[] = {
	ROW_WITH("address", MAILBOX(conf_recipient, is),
		 .flags = CONF_MUST | CONF_SPARED,
		 "an address that mail is sent to", "admin@example.org",
		 "a@b@c;d"),
};

static const struct conf_row rows[] = {
	{
		.word = "notification_email", .type = &conf_type_each,
		LIST(conf_global, mail.to, mail.to_count,
		     conf_block_recipient),
		.differs = "Name <address> is one address; keepalived "
			   "2.2.7 takes each word for one",
		.help = "the addresses that mail is sent to, with or without "
			"a name: Admin <admin@example.org>",
		.good = "notification_email {\n admin@example.org\n}",
		.bad = "notification_email {\n a,b@example.org\n}",
	},
	ROW_WITH("notification_email_from", MAILBOX(conf_global, mail.from), .flags = CONF_QUIET,
		 "the address that mail is sent from; default: root at the "
		 "name of the host",
		 "notification_email_from a@example.org",
		 "notification_email_from a,b@example.org"),
	ROW_WITH("smtp_server", SERVER(conf_global, mail.server),
		 .flags = CONF_QUIET
		 DIFFERS("what it does not take is tried again for six "
			 "hours; where it offers STARTTLS mail is "
			 "encrypted"),
		 "the mail server, by its name or address, and its port; "
		 "default of the port: 25",
		 "smtp_server 127.0.0.1 25", "smtp_server 127.0.0.1 0"),
	ROW_WITH("smtp_helo_name", NAME(conf_global, mail.helo, CONF_HOST_MAX),
		 .flags = CONF_QUIET,
		 "the name that greets the mail server; default: the name of "
		 "the host",
		 "smtp_helo_name router", "smtp_helo_name"),
	ROW("smtp_connect_timeout",
	    TIME(conf_global, mail.timeout, TICK_SECOND, DAY, 30 * TICK_SECOND),
	    "how long the mail server may take for each answer; a whole mail "
	    "may take four times as long",
	    "smtp_connect_timeout 10", "smtp_connect_timeout 0"),
	ROW("no_email_faults", FLAG(conf_global, mail.no_faults, 1),
	    "send no mail about FAULT", "no_email_faults",
	    "no_email_faults 5"),
	ROW_WITH("smtp_tls", CHOICE(conf_global, mail.tls, encryptions,
				    CONF_MAIL_OPPORTUNISTIC),
		 .flags = CONF_FOLLOWS,
		 "whether mail is encrypted by STARTTLS: none; opportunistic, "
		 "where the mail server offers it, whoever that is; required, "
		 "with a certificate that is verified, and else mail is not "
		 "sent; implicit, the same without STARTTLS, from the first "
		 "byte (often on port 465); default: opportunistic, and with "
		 "smtp_login required",
		 "smtp_tls required", "smtp_tls ssl"),
	ROW_WITH("smtp_ca", NAME(conf_global, mail.ca, CONF_PATH_TEXT_MAX),
		 .flags = CONF_QUIET,
		 "the file of certificates that smtp_tls required trusts, in "
		 "PEM, which everybody may read; default: those of the system",
		 "smtp_ca /etc/ssl/mail.pem", "smtp_ca"),
	{
		.word = "smtp_login", .type = &conf_type_block,
		FIELD(conf_global, mail.login), .flags = CONF_QUIET,
		.block = &conf_block_login,
		.help = "who logs in to the mail server",
		.good = "smtp_login {\n user router\n password x\n}",
		.bad = "smtp_login",
	},
};

static const struct conf_row login_rows[] = {
	ROW_WITH("user", NAME(conf_login, user, CONF_USER_MAX),
		 .flags = CONF_QUIET,
		 "the name of this router at the mail server",
		 "user router", "user"),
	{
		.word = "password", .type = &conf_type_secret,
		FIELD(conf_login, password),
		.flags = CONF_SECRET | CONF_QUIET,
		.secret_of = CONF_SECRET_OF_MAIL,
		.help = "its password", .good = "password secret",
		.bad = "password",
	},
};
/* clang-format on */

const struct conf_rows conf_rows_mail = ROWS(rows);

const struct conf_block conf_block_login = {
	.name = "smtp_login",
	.parts = { PART(login_rows) },
	.size = sizeof(struct conf_login),
	.span = CONF_NO,
};

static bool same_recipient(const void *a, const void *b)
{
	const struct conf_recipient *one = a, *two = b;

	return strcmp(one->is.address, two->is.address) == 0;
}

static uint32_t hash_recipient(const void *item)
{
	const struct conf_recipient *one = item;

	return map_hash(one->is.address, strlen(one->is.address));
}

const struct conf_block conf_block_recipient = {
	.name = "notification_email",
	.heads = ROWS(recipient_heads),
	.heads_least = 1,
	.size = sizeof(struct conf_recipient),
	.span = offsetof(struct conf_recipient, span),
	.items_max = CONF_RECIPIENTS_MAX,
	.same = same_recipient,
	.hash = hash_recipient,
	.noun = "recipient",
};
