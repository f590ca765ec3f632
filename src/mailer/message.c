/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mailer/message.h"

#include "base/map.h"

#include <assert.h>
#include <string.h>
#include <time.h>

/* RFC 5322 2.1.1, with room for one more mailbox. */
#define LINE_MOST 400
/* RFC 2047 2: an encoded word has 75 bytes, 12 of them for its frame. */
#define WORD_BYTES 45

static const char *const states[] = {
	[LEDGER_MAIL_NONE] = "",           [LEDGER_MAIL_BACKUP] = "BACKUP",
	[LEDGER_MAIL_ACTIVE] = "MASTER",   [LEDGER_MAIL_FAULT] = "FAULT",
	[LEDGER_MAIL_DELETED] = "DELETED", [LEDGER_MAIL_UP] = "UP",
	[LEDGER_MAIL_DOWN] = "DOWN",
};
static_assert(sizeof(states) / sizeof(states[0]) == LEDGER_MAIL_WHATS,
	      "a name for each");

const char *message_state(enum ledger_mail_what what)
{
	return states[what];
}

/* What a reload removes enters FAULT, as in keepalived. */
static enum ledger_mail_what what_removed(const struct ledger_change *change,
					  bool deleted, bool no_faults)
{
	if (deleted)
		return LEDGER_MAIL_DELETED;
	return change->from == VRRP_FAULT || no_faults ? LEDGER_MAIL_NONE
						       : LEDGER_MAIL_FAULT;
}

enum ledger_mail_what message_what(const struct ledger_change *change,
				   bool deleted, bool no_faults)
{
	if (change->kind == LEDGER_CHANGE_DELETED)
		return what_removed(change, deleted, no_faults);
	/* keepalived tells nobody of what its file alone says. */
	if (change->kind != LEDGER_CHANGE_STATE ||
	    change->cause == VRRP_CAUSE_NO_PEER)
		return LEDGER_MAIL_NONE;
	switch (change->to) {
	case VRRP_BACKUP:
		return LEDGER_MAIL_BACKUP;
	case VRRP_ACTIVE:
		return LEDGER_MAIL_ACTIVE;
	case VRRP_FAULT:
		return no_faults ? LEDGER_MAIL_NONE : LEDGER_MAIL_FAULT;
	default: /* it stops: no mail; or it is none of ours */
		return LEDGER_MAIL_NONE;
	}
}

static bool is_printable(const char *text)
{
	for (const char *at = text; *at; at++)
		if (*at < ' ' || *at >= 127)
			return false;
	return true;
}

static void put_base64(struct text *out, const unsigned char *bytes,
		       size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				     "opqrstuvwxyz0123456789+/";

	for (size_t at = 0; at < length; at += 3) {
		size_t left = length - at;
		uint32_t bits = (uint32_t)bytes[at] << 16 |
				(left > 1 ? (uint32_t)bytes[at + 1] << 8 : 0) |
				(left > 2 ? bytes[at + 2] : 0);
		const char four[] = {
			digits[bits >> 18],
			digits[bits >> 12 & 63],
			left > 1 ? digits[bits >> 6 & 63] : '=',
			left > 2 ? digits[bits & 63] : '=',
		};

		text_add(out, four, sizeof(four));
	}
}

/* How much of it one encoded word takes: no character is cut (RFC 2047 5). */
static size_t word_length(const unsigned char *bytes, size_t length)
{
	size_t most = length < WORD_BYTES ? length : WORD_BYTES;
	size_t at = most;

	while (at < length && at > most - 4 && (bytes[at] & 0xc0) == 0x80)
		at--;
	/* It is no UTF-8 then. */
	return at < length && (bytes[at] & 0xc0) == 0x80 ? most : at;
}

static void put_encoded(struct text *out, const char *text)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t length = strlen(text);

	while (length > 0) {
		size_t count = word_length(bytes, length);

		text_put(out, "=?UTF-8?B?");
		put_base64(out, bytes, count);
		text_put(out, "?=");
		bytes += count;
		length -= count;
		if (length > 0)
			text_put(out, "\r\n ");
	}
}

/* The value of a header that may say anything. */
static void put_words(struct text *out, const char *text)
{
	if (is_printable(text))
		text_put(out, text);
	else
		put_encoded(out, text);
}

/* The name of a person: RFC 5322 3.2.5, phrase. */
static void put_phrase(struct text *out, const char *name)
{
	if (!is_printable(name)) {
		put_encoded(out, name);
		return;
	}
	if (!strpbrk(name, "()<>[]:;@\\,.\"")) {
		text_put(out, name);
		return;
	}
	text_put(out, "\"");
	for (const char *at = name; *at; at++)
		text_format(out, strchr("\"\\", *at) ? "\\%c" : "%c", *at);
	text_put(out, "\"");
}

static void put_mailbox(struct text *out, const struct conf_mailbox *one)
{
	if (!one->name) {
		text_put(out, one->address);
		return;
	}
	put_phrase(out, one->name);
	text_format(out, " <%s>", one->address);
}

void message_from(const struct message_sender *sender, struct text *out)
{
	if (sender->mail->from.address)
		text_put(out, sender->mail->from.address);
	else
		text_format(out, "root@%s", sender->host);
}

/* RFC 5322 3.3. */
static void put_date(struct text *out, tick_t real)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed",
					    "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr",
					      "May", "Jun", "Jul", "Aug",
					      "Sep", "Oct", "Nov", "Dec" };
	time_t seconds = (time_t)(real / TICK_SECOND);
	struct tm t = { 0 };
	long zone;

	if (!localtime_r(&seconds, &t))
		gmtime_r(&(time_t){ 0 }, &t);
	zone = t.tm_gmtoff / 60;
	text_format(out, "%s, %02d %s %04d %02d:%02d:%02d %c%02ld%02ld",
		    days[t.tm_wday % 7], t.tm_mday, months[t.tm_mon % 12],
		    t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec,
		    zone < 0 ? '-' : '+', (zone < 0 ? -zone : zone) / 60,
		    (zone < 0 ? -zone : zone) % 60);
}

static void put_subject(struct text *out, const struct message_sender *sender,
			const struct ledger_mail *mail)
{
	char words[512];
	struct text line = text_over(words, sizeof(words));
	const char *kind = mail->of_group ? "Group" : "Instance";

	if (mail->what >= LEDGER_MAIL_UP) {
		text_format(&line, "[%s] ", sender->router_id);
		if (mail->server[0])
			text_format(&line, "Realserver %s of virtual server ",
				    mail->server);
		else
			text_put(&line, "Virtualserver ");
		text_format(&line, "%s - %s", mail->name,
			    message_state((enum ledger_mail_what)mail->what));
		put_words(out, words);
		return;
	}
	text_format(&line, "[%s] VRRP %s %s - ", sender->router_id, kind,
		    mail->name);
	if (mail->what == LEDGER_MAIL_DELETED)
		text_put(&line, "Deleted");
	else
		text_format(&line, "Entering %s state",
			    message_state((enum ledger_mail_what)mail->what));
	put_words(out, words);
}

static void put_recipients(struct text *out, const struct conf_mail *mail)
{
	size_t begun = out->length;

	for (uint32_t n = 0; n < mail->to_count; n++) {
		if (n > 0)
			text_put(out, ",");
		if (n > 0 && out->length - begun > LINE_MOST) {
			text_put(out, "\r\n");
			begun = out->length;
		}
		if (n > 0)
			text_put(out, " ");
		put_mailbox(out, &mail->to[n].is);
	}
}

static const char *body_of(const struct ledger_mail *mail)
{
	switch (mail->what) {
	case LEDGER_MAIL_DELETED:
		return "VRRP Deleted at reload";
	case LEDGER_MAIL_ACTIVE:
		return "VRRP Instance is now owning VRRP VIPs";
	default:
		return "VRRP Instance is no longer owning VRRP VIPs";
	}
}

static void put_body(struct text *out, const struct ledger_mail *mail)
{
	if (mail->what >= LEDGER_MAIL_UP)
		text_format(out, "=> %s <=\r\n", mail->text);
	else if (mail->of_group && mail->what != LEDGER_MAIL_DELETED)
		text_format(out,
			    "=> All VRRP group instances are now in %s state "
			    "<=\r\n",
			    message_state((enum ledger_mail_what)mail->what));
	else
		text_format(out, "=> %s <=\r\n", body_of(mail));
}

/* The same for one that is sent again: who has both shows one. */
static void put_id(struct text *out, const struct message_sender *sender,
		   const struct ledger_mail *mail)
{
	text_format(out, "<%llx.%llx.%x@%s>",
		    (unsigned long long)mail->time_real,
		    (unsigned long long)mail->number,
		    map_hash(mail->name, strlen(mail->name)), sender->host);
}

void message_write(const struct message_sender *sender,
		   const struct ledger_mail *mail, struct text *out)
{
	text_put(out, "Date: ");
	put_date(out, mail->time_real);
	text_put(out, "\r\nFrom: ");
	if (sender->mail->from.address)
		put_mailbox(out, &sender->mail->from);
	else
		message_from(sender, out);
	text_put(out, "\r\nSubject: ");
	put_subject(out, sender, mail);
	/* As keepalived calls itself: its users' filters look for that. */
	text_put(out, "\r\nX-Mailer: Keepalived\r\nTo: ");
	put_recipients(out, sender->mail);
	text_put(out, "\r\nMessage-ID: ");
	put_id(out, sender, mail);
	text_put(out, "\r\n\r\n");
	put_body(out, mail);
	text_put(out, "\r\n");
}
