/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mail as text (RFC 5322), as keepalived writes it. Names of virtual routers
 * and of people cannot add a line: what is not printable ASCII is encoded (RFC
 * 2047).
 */
#pragma once

#include "base/text.h"
#include "conf/model/model.h"
#include "ledger/records.h"

/* Who sends it. */
struct message_sender {
	const struct conf_mail *mail;
	const char *router_id;
	const char *host; /* the name of this one */
};

/* The address that it comes from, for its envelope. */
void message_from(const struct message_sender *sender, struct text *out);

/* All of it. Lines end with CR LF; no line has more than 998 bytes. */
void message_write(const struct message_sender *sender,
		   const struct ledger_mail *mail, struct text *out);

/*
 * What a change is mailed as; LEDGER_MAIL_NONE: it is not. `deleted`: there is
 * notify_deleted.
 */
enum ledger_mail_what message_what(const struct ledger_change *change,
				   bool deleted, bool no_faults);

/* "MASTER", … as keepalived calls it. */
const char *message_state(enum ledger_mail_what what);
