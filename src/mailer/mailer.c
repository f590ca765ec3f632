/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop of the process `mail`. When it is told to end, what waits has a
 * moment yet; the rest is there for the next process, if there is one. When the
 * keeper has died it ends at once: another one may soon be there.
 */
#include "mailer/mailer.h"

#include "base/map.h"
#include "base/must.h"
#include "mailer/mailer_state.h"
#include "sys/clock.h"
#include "sys/wake.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

/* The keeper waits for our end a second (replace.c). Until then mail may end
 * that is under way, and before that more of it may begin. */
#define STOP_TIME (700 * TICK_MILLISECOND)
#define LAST_TIME (300 * TICK_MILLISECOND)

#define BEAT_EVERY TICK_SECOND

/* Until `vrrp` has read what was known before, or has written a record. */
#define LOOK_AGAIN (50 * TICK_MILLISECOND)

bool mailer_is_needed(const struct conf_model *model)
{
	for (uint32_t n = 0; n < model->instance_count; n++)
		if (conf_is_mailed(model, model->instances[n].smtp_alert))
			return true;
	for (uint32_t n = 0; n < model->group_count; n++)
		if (conf_is_mailed(model, model->groups[n].smtp_alert))
			return true;
	return servers_are_mailed(model);
}

static void stop(struct mailer *m)
{
	if (m->stopping)
		return;
	m->stopping = true;
	follow_look(m);
	servers_mail(m);
	m->last_at = clock_now() + LAST_TIME;
	m->stop_at = clock_now() + STOP_TIME;
}

static void ready_wake(void *context, uint32_t events)
{
	struct mailer *m = context;

	(void)events;
	if (!wake_take(m->wake))
		loop_remove(&m->loop, &m->watch_wake); /* no keeper */
	follow_look(m);
	servers_mail(m);
}

static void ready_signal(void *context, uint32_t events)
{
	struct mailer *m = context;

	(void)events;
	while (loop_signals_read(m->watch_signal.fd) != 0)
		stop(m);
}

static void ready_stop(void *context, uint32_t events)
{
	struct mailer *m = context;

	(void)events;
	loop_stop(&m->loop);
}

/* The keeper ends one that hangs. */
static void beat(void *context)
{
	const struct mailer *m = context;

	__atomic_store_n(&ledger_mailer(m->ledger)->heartbeat,
			 (uint64_t)clock_now(), __ATOMIC_RELAXED);
}

static tick_t turn(void *context, tick_t now)
{
	struct mailer *m = context;
	tick_t next = TICK_NEVER;

	beat(m);
	post_turn(m->post, now);
	if (m->look_again)
		follow_look(m);
	if (now < m->last_at)
		next = deliver_turn(m, now);
	if (m->stopping && (post_busy(m->post) == 0 || now >= m->stop_at))
		loop_stop(&m->loop);
	next = tick_min(next, tick_min(post_next(m->post), m->stop_at));
	return tick_min(next, now + (m->look_again ? LOOK_AGAIN : BEAT_EVERY));
}

static int setup_loop(struct mailer *m, int stop_fd)
{
	const int signals[] = { SIGTERM };
	int error = loop_init(&m->loop, turn, m);

	if (error)
		return error;
	m->watch_signal = (struct loop_watch){ loop_signals_open(signals, 1),
					       LOOP_OTHER, ready_signal, m };
	if (m->watch_signal.fd < 0)
		return m->watch_signal.fd;
	m->watch_stop =
		(struct loop_watch){ stop_fd, LOOP_OTHER, ready_stop, m };
	m->watch_wake =
		(struct loop_watch){ m->wake, LOOP_OTHER, ready_wake, m };
	error = loop_add(&m->loop, &m->watch_signal, EPOLLIN);
	if (!error)
		error = loop_add(&m->loop, &m->watch_wake, EPOLLIN);
	return error ? error : loop_add(&m->loop, &m->watch_stop, EPOLLIN);
}

/* Who this is: a name that can stand in an address and in a Message-ID. */
static void find_host(struct mailer *m)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN"
				      "OPQRSTUVWXYZ0123456789.-_";

	if (gethostname(m->host, sizeof(m->host) - 1) || !m->host[0] ||
	    m->host[strspn(m->host, letters)])
		snprintf(m->host, sizeof(m->host), "localhost");
}

/* A hash of what went before, and of a text, or NULL. */
static uint32_t hash_on(uint32_t hash, const char *text)
{
	const uint32_t two[] = { hash,
				 text ? map_hash(text, strlen(text)) : 0 };

	return map_hash(two, sizeof(two));
}

static void find_recipients(struct mailer *m)
{
	const struct conf_mail *mail = &m->model->global.mail;

	for (uint32_t n = 0; n < mail->to_count; n++)
		m->recipients = hash_on(m->recipients, mail->to[n].is.address);
}

/* Without the password: hashes stand where others read. */
static void find_server(struct mailer *m)
{
	const struct conf_mail *mail = &m->model->global.mail;
	const char *const texts[] = { m->from, mail->server.host, mail->helo,
				      mail->ca, mail->login.user };
	const uint32_t numbers[] = { m->recipients, mail->server.port,
				     mail->tls };

	m->server = map_hash(numbers, sizeof(numbers));
	for (size_t n = 0; n < ARRAY_LENGTH(texts); n++)
		m->server = hash_on(m->server, texts[n]);
}

/* A pause outlives a process, but not a configuration that may be better. */
static void resume(struct mailer *m)
{
	struct ledger_mailer was;

	ledger_read_mailer(m->ledger, &was);
	if (was.retry_of == m->server)
		retry_resume(
			&m->retry,
			&(struct retry){ was.retry_pause, was.retry_until },
			clock_now());
}

static int setup_post(struct mailer *m)
{
	struct text from = text_over(m->from, sizeof(m->from));
	int error;

	find_host(m);
	find_recipients(m);
	m->sender = (struct message_sender){
		.mail = &m->model->global.mail,
		.router_id = m->ledger->router_id,
		.host = m->host,
	};
	message_from(&m->sender, &from);
	find_server(m);
	resume(m);
	m->post = post_open(
		&(struct post_setup){
			.mail = &m->model->global.mail,
			.host = m->host,
			.from = m->from,
			.loop = &m->loop,
			.done = deliver_done,
			.alive = beat,
			.context = m,
		},
		&error);
	return m->post ? 0 : error;
}

static int setup(struct mailer *m, const struct mailer_setup *given)
{
	int error = setup_loop(m, given->stop);

	tzset(); /* it reads a file */
	if (conf_logs_in(&m->model->global.mail))
		prctl(PR_SET_DUMPABLE, 0); /* libcurl copies the password */
	if (!error)
		error = setup_post(m);
	if (!error && given->confine)
		error = given->confine(given->context);
	if (!error)
		error = follow_setup(m);
	return error ? error : servers_mail_setup(m);
}

int mailer_run(const struct mailer_setup *given)
{
	struct mailer *m = calloc(1, sizeof(*m));
	int error;

	if (!m)
		return 1;
	m->model = given->model;
	m->ledger = given->ledger;
	m->wake = given->wake;
	m->last_at = m->stop_at = TICK_NEVER;
	error = setup(m, given);
	if (!error) {
		follow_look(m);
		servers_mail(m);
		error = loop_run(&m->loop);
	}
	if (error)
		fprintf(stderr, "batond: mail: it ends: %s\n",
			strerror(-error));
	/* The library would wait for the threads that resolve names. */
	return error ? 1 : 0;
}
