/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the mailer share, and nobody else sees.
 *
 *   mailer.c   set-up, signals, the loop, the end
 *   follow.c   what has changed becomes mail that waits
 *   queue.c    mail that waits, in the ledger
 *   deliver.c  mail that waits is sent, and what comes of that
 *   retry.h    when a server is asked again
 *   message.c  a mail as text
 *   post.c     the connections to the server
 */
#pragma once

#include "conf/model/model.h"
#include "ledger/ledger.h"
#include "mailer/message.h"
#include "mailer/post.h"
#include "mailer/retry.h"
#include "sys/loop.h"

/* One that mail is sent about. */
struct followed {
	const char *name;
	bool is_group, deleted; /* ... notify_deleted */
	uint32_t follower;      /* the number in LEDGER_CHANGES */
	uint64_t told;          /* the last change that was looked at */
};

struct mailer {
	const struct conf_model *model;
	struct ledger *ledger;
	int wake;
	struct loop loop;
	struct loop_watch watch_signal, watch_stop, watch_wake;
	struct followed *followed;
	uint32_t followed_count;
	uint64_t *server_keys; /* of virtual servers; NULL: none is mailed */
	bool look_again;       /* something could not be read yet */
	char host[256];
	char from[CONF_MAIL_ADDRESS_MAX + 2];
	struct message_sender sender;
	struct post *post;
	uint32_t recipients; /* a hash of them all, in their order */
	struct retry retry;
	uint32_t server; /* a hash: who is asked, and what it is told */
	uint32_t said;   /* the last cause in the log, or 0 */
	bool stopping;
	tick_t last_at, stop_at; /* of what begins, and of all */
};

/* follow.c */
int follow_setup(struct mailer *m);
/* What is new waits to be sent. */
void follow_look(struct mailer *m);

/* servers.c */
bool servers_are_mailed(const struct conf_model *model);
int servers_mail_setup(struct mailer *m);
void servers_mail(struct mailer *m);

/* deliver.c */
/* For post_setup. */
void deliver_done(void *context, uint32_t place,
		  const struct post_outcome *outcome);
bool deliver_is_busy(void *context, uint32_t place);
/* Begins what may begin; the next moment at which there may be more. */
tick_t deliver_turn(struct mailer *m, tick_t now);
/* A mail gave way to others. */
void deliver_lost(struct mailer *m, const struct ledger_mail *mail);
