/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libcurl's multi interface (libcurl-multi(3)), turned by our loop: it says
 * which descriptors and which moment it waits for, and is told of both.
 *
 * The library is loaded here and not by the linker: it brings some thirty
 * others along, which no other process is to carry. dlopen(3).
 */
#include "mailer/post.h"

#include "base/must.h"
#include "sys/clock.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIBRARY "libcurl.so.4"

#define FUNCTIONS(X)                                                           \
	X(curl_global_init)                                                    \
	X(curl_easy_init)                                                      \
	X(curl_easy_reset)                                                     \
	X(curl_easy_setopt)                                                    \
	X(curl_easy_getinfo)                                                   \
	X(curl_easy_strerror)                                                  \
	X(curl_multi_init)                                                     \
	X(curl_multi_setopt)                                                   \
	X(curl_multi_assign)                                                   \
	X(curl_multi_add_handle)                                               \
	X(curl_multi_remove_handle)                                            \
	X(curl_multi_socket_action)                                            \
	X(curl_multi_info_read)                                                \
	X(curl_slist_append)                                                   \
	X(curl_slist_free_all)

#define POINTER(name) __typeof__(&name) name;
static struct {
	FUNCTIONS(POINTER)
} c;

/* What all answers to one mail may be; who says more is not listened to. */
#define HEARD_MOST 65536
/* A whole mail may take so many times smtp_connect_timeout. */
#define WHOLE 4
/* What an answer may take once the mail was taken: that to QUIT is of no use,
 * and the library waits for it. */
#define QUIT_SECONDS 1L
/* Each mail has a connection, or two that race; and a pair with the thread
 * that resolves the name of the server. */
#define WATCHES (POST_AT_ONCE * 4)

struct watch {
	struct loop_watch in_loop;
	struct post *post;
	bool used;
};

struct connection {
	struct post *post;
	CURL *easy;
	struct curl_slist *to;
	uint8_t numbers[CONF_RECIPIENTS_MAX]; /* of those in `to` */
	unsigned to_count, asked; /* the last one that was asked for, from 1 */
	bool of_recipient;        /* the server answers to that */
	uint64_t later, never;
	uint32_t place;
	bool busy;
	bool answered; /* what becomes of the whole */
	bool taken;
	char bytes[POST_BYTES];
	struct text text;
	size_t given; /* bytes of it */
	size_t heard;
	char words[200]; /* of the last refusal */
	char error[CURL_ERROR_SIZE];
};

struct post {
	struct post_setup setup;
	CURLM *multi;
	tick_t due; /* the library is to be called */
	bool plain; /* encryption was tried, and failed */
	struct watch watches[WATCHES];
	struct connection connections[POST_AT_ONCE];
};

static int load(void)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (!library) {
		const char *why = dlerror();

		/* It may be there, and find no memory. */
		fprintf(stderr, "batond: mail: %s%s\n", why,
			strstr(why, strerror(ENOENT)) ? "; install libcurl"
						      : "");
		return -ENOENT;
	}
#define LOAD(name)                                                             \
	c.name = (__typeof__(c.name))dlsym(library, #name);                    \
	if (!c.name) {                                                         \
		fprintf(stderr, "batond: mail: %s is too old\n", LIBRARY);     \
		return -ENOSYS;                                                \
	}
	FUNCTIONS(LOAD)
	return 0;
}

/* The library's sockets and its moment. */

static void act(struct post *p, int fd, int what)
{
	int running;

	c.curl_multi_socket_action(p->multi, fd, what, &running);
}

static void ready(void *context, uint32_t events)
{
	struct watch *w = context;

	act(w->post, w->in_loop.fd,
	    (events & EPOLLIN ? CURL_CSELECT_IN : 0) |
		    (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
		    (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0));
}

static struct watch *free_watch(struct post *p)
{
	for (unsigned n = 0; n < WATCHES; n++)
		if (!p->watches[n].used)
			return &p->watches[n];
	return NULL;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context,
		     void *of_socket)
{
	struct post *p = context;
	struct watch *w = of_socket;
	uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0u) |
			  (what & CURL_POLL_OUT ? EPOLLOUT : 0u);

	(void)easy;
	if (w)
		loop_remove(p->setup.loop, &w->in_loop);
	if (what == CURL_POLL_REMOVE) {
		if (w)
			w->used = false;
		return 0;
	}
	if (!w)
		w = free_watch(p);
	if (!w) /* then its time runs out */
		return 0;
	*w = (struct watch){ { fd, LOOP_OTHER, ready, w }, p, true };
	c.curl_multi_assign(p->multi, fd, w);
	loop_add(p->setup.loop, &w->in_loop, events);
	return 0;
}

static int on_timer(CURLM *multi, long ms, void *context)
{
	struct post *p = context;

	(void)multi;
	p->due = ms < 0 ? TICK_NEVER
			: tick_after(clock_now(), ms * TICK_MILLISECOND);
	return 0;
}

/* One mail. */

static size_t give(char *to, size_t size, size_t count, void *context)
{
	struct connection *n = context;
	size_t left = n->text.length - n->given, length = size * count;

	if (length > left)
		length = left;
	memcpy(to, n->text.bytes + n->given, length);
	n->given += length;
	return length;
}

/* Of what a server says only printable ASCII is passed on. */
static void keep_words(struct connection *n, const char *line, size_t length)
{
	size_t kept = 0;

	for (size_t at = 0; at < length && kept + 1 < sizeof(n->words); at++)
		if (line[at] >= ' ' && line[at] < 127)
			n->words[kept++] = line[at];
	n->words[kept] = '\0';
}

/* A command that goes to the server: so its answer can be told from others. */
static int on_debug(CURL *easy, curl_infotype what, char *bytes, size_t length,
		    void *context)
{
	static const char command[] = "RCPT TO:";
	struct connection *n = context;

	(void)easy;
	if (what != CURLINFO_HEADER_OUT)
		return 0;
	n->of_recipient = length >= sizeof(command) - 1 &&
			  memcmp(bytes, command, sizeof(command) - 1) == 0;
	n->asked += n->of_recipient;
	return 0;
}

static void hear_of_recipient(struct connection *n, char code)
{
	uint64_t bit;

	if (n->asked > n->to_count)
		return;
	bit = UINT64_C(1) << n->numbers[n->asked - 1];
	if (code == '5')
		n->never |= bit;
	else if (code == '4')
		n->later |= bit;
}

/*
 * That it has taken the mail counts at once: the library says so only when it
 * has also heard an answer to QUIT.
 */
static void hear_of_mail(struct connection *n, char code)
{
	const struct post_outcome taken = {
		.taken = true,
		.later = n->later,
		.never = n->never,
		.why = n->words,
	};

	n->answered = true;
	n->taken = code == '2';
	if (!n->taken)
		return;
	n->post->setup.done(n->post->setup.context, n->place, &taken);
	c.curl_easy_setopt(n->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT,
			   QUIT_SECONDS);
}

/* A line of the server; an answer may have several. */
static size_t hear(char *line, size_t size, size_t count, void *context)
{
	struct connection *n = context;
	size_t length = size * count;
	bool last = length > 3 && line[3] == ' ';

	n->heard += length;
	if (n->heard > HEARD_MOST)
		return 0;
	if (length > 2 && !n->answered && (line[0] == '4' || line[0] == '5'))
		keep_words(n, line, length);
	if (!last)
		return length;
	if (n->of_recipient)
		hear_of_recipient(n, line[0]);
	else if (n->given == n->text.length && !n->answered)
		hear_of_mail(n, line[0]);
	n->of_recipient = false;
	return length;
}

static size_t ignore(char *bytes, size_t size, size_t count, void *context)
{
	(void)bytes;
	(void)context;
	return size * count;
}

/* As a part of a path (RFC 3986 3.3). */
static void put_part(struct text *url, const char *name)
{
	for (const char *at = name; *at; at++)
		text_format(url,
			    (*at >= '0' && *at <= '9') ||
					    ((*at | 32) >= 'a' &&
					     (*at | 32) <= 'z') ||
					    *at == '.' || *at == '-'
				    ? "%c"
				    : "%%%02X",
			    (unsigned char)*at);
}

/* smtp[s]://HOST:PORT/NAME: the name is what greets the server. */
static void put_url(const struct post *p, struct text *url)
{
	const struct conf_mail *m = p->setup.mail;
	bool six = strchr(m->server.host, ':');

	text_format(url, "smtp%s://%s%s%s:%u/",
		    m->tls == CONF_MAIL_IMPLICIT ? "s" : "", six ? "[" : "",
		    m->server.host, six ? "]" : "", m->server.port);
	put_part(url, m->helo ? m->helo : p->setup.host);
}

static void set_security(struct connection *n)
{
	const struct conf_mail *m = n->post->setup.mail;
	bool verifies = conf_mail_is_safe(m);
	long how = verifies ? CURLUSESSL_ALL
		   : m->tls == CONF_MAIL_PLAIN || n->post->plain
			   ? CURLUSESSL_NONE
			   : CURLUSESSL_TRY;

	c.curl_easy_setopt(n->easy, CURLOPT_USE_SSL, how);
	c.curl_easy_setopt(n->easy, CURLOPT_SSL_VERIFYPEER, verifies ? 1L : 0L);
	c.curl_easy_setopt(n->easy, CURLOPT_SSL_VERIFYHOST, verifies ? 2L : 0L);
	if (m->ca)
		c.curl_easy_setopt(n->easy, CURLOPT_CAINFO, m->ca);
	if (!conf_logs_in(m))
		return;
	c.curl_easy_setopt(n->easy, CURLOPT_USERNAME, m->login.user);
	c.curl_easy_setopt(n->easy, CURLOPT_PASSWORD, m->login.password);
	/* Others need files, or are weak. */
	c.curl_easy_setopt(n->easy, CURLOPT_LOGIN_OPTIONS,
			   "AUTH=PLAIN;AUTH=LOGIN;AUTH=CRAM-MD5");
}

static void set_time(struct connection *n)
{
	long ms = (long)(n->post->setup.mail->timeout / TICK_MILLISECOND);
	long seconds = (ms + 999) / 1000;

	c.curl_easy_setopt(n->easy, CURLOPT_CONNECTTIMEOUT_MS, ms);
	c.curl_easy_setopt(n->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, seconds);
	c.curl_easy_setopt(n->easy, CURLOPT_TIMEOUT_MS, WHOLE * ms);
	c.curl_easy_setopt(n->easy, CURLOPT_NOSIGNAL, 1L);
	/* Nobody waits for a thread that waits for a name. */
	c.curl_easy_setopt(n->easy, CURLOPT_QUICK_EXIT, 1L);
}

static void set_envelope(struct connection *n, uint64_t to)
{
	const struct conf_mail *m = n->post->setup.mail;
	char bytes[CONF_HOST_MAX * 4 + 64];
	struct text url = text_over(bytes, sizeof(bytes));

	put_url(n->post, &url);
	c.curl_easy_setopt(n->easy, CURLOPT_URL, bytes);
	c.curl_easy_setopt(n->easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	c.curl_easy_setopt(n->easy, CURLOPT_PROXY, "");
	c.curl_easy_setopt(n->easy, CURLOPT_FRESH_CONNECT, 1L);
	c.curl_easy_setopt(n->easy, CURLOPT_FORBID_REUSE, 1L);
	c.curl_easy_setopt(n->easy, CURLOPT_MAIL_FROM, n->post->setup.from);
	for (uint32_t k = 0; k < m->to_count; k++) {
		struct curl_slist *more;

		if (!(to >> k & 1))
			continue;
		more = c.curl_slist_append(n->to, m->to[k].is.address);
		MUST(more); /* the next process tries it again */
		n->to = more;
		n->numbers[n->to_count++] = (uint8_t)k;
	}
	c.curl_easy_setopt(n->easy, CURLOPT_MAIL_RCPT, n->to);
	/* One that it does not know keeps none from the others. */
	c.curl_easy_setopt(n->easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
}

static int on_progress(void *context, curl_off_t to_load, curl_off_t loaded,
		       curl_off_t to_give, curl_off_t given)
{
	const struct connection *n = context;

	(void)to_load;
	(void)loaded;
	(void)to_give;
	(void)given;
	n->post->setup.alive(n->post->setup.context);
	return 0;
}

static void set_message(struct connection *n)
{
	c.curl_easy_setopt(n->easy, CURLOPT_UPLOAD, 1L);
	c.curl_easy_setopt(n->easy, CURLOPT_READFUNCTION, give);
	c.curl_easy_setopt(n->easy, CURLOPT_READDATA, n);
	c.curl_easy_setopt(n->easy, CURLOPT_INFILESIZE_LARGE,
			   (curl_off_t)n->text.length);
	c.curl_easy_setopt(n->easy, CURLOPT_HEADERFUNCTION, hear);
	c.curl_easy_setopt(n->easy, CURLOPT_HEADERDATA, n);
	c.curl_easy_setopt(n->easy, CURLOPT_WRITEFUNCTION, ignore);
	c.curl_easy_setopt(n->easy, CURLOPT_ERRORBUFFER, n->error);
	c.curl_easy_setopt(n->easy, CURLOPT_DEBUGFUNCTION, on_debug);
	c.curl_easy_setopt(n->easy, CURLOPT_DEBUGDATA, n);
	c.curl_easy_setopt(n->easy, CURLOPT_VERBOSE, 1L);
	c.curl_easy_setopt(n->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	c.curl_easy_setopt(n->easy, CURLOPT_XFERINFODATA, n);
	c.curl_easy_setopt(n->easy, CURLOPT_NOPROGRESS, 0L);
	c.curl_easy_setopt(n->easy, CURLOPT_PRIVATE, n);
}

void post_send(struct post *p, uint32_t place, uint64_t to,
	       void (*write)(void *context, uint32_t place, struct text *out))
{
	struct connection *n = p->connections;

	while (n < p->connections + POST_AT_ONCE && n->busy)
		n++;
	MUST(n < p->connections + POST_AT_ONCE);
	c.curl_easy_reset(n->easy);
	n->busy = true;
	n->answered = n->taken = n->of_recipient = false;
	n->place = place;
	n->given = n->heard = 0;
	n->to_count = n->asked = 0;
	n->later = n->never = 0;
	n->words[0] = n->error[0] = '\0';
	n->text = text_over(n->bytes, sizeof(n->bytes));
	write(p->setup.context, place, &n->text);
	set_envelope(n, to);
	set_message(n);
	set_security(n);
	set_time(n);
	c.curl_multi_add_handle(p->multi, n->easy);
}

unsigned post_busy(const struct post *p)
{
	unsigned busy = 0;

	for (unsigned k = 0; k < POST_AT_ONCE; k++)
		busy += p->connections[k].busy;
	return busy;
}

bool post_has(const struct post *p, uint32_t place)
{
	for (unsigned k = 0; k < POST_AT_ONCE; k++)
		if (p->connections[k].busy && p->connections[k].place == place)
			return true;
	return false;
}

static bool is_tls(CURLcode result)
{
	return result == CURLE_SSL_CONNECT_ERROR ||
	       result == CURLE_SSL_CIPHER ||
	       result == CURLE_SSL_ENGINE_INITFAILED;
}

/*
 * The mail itself, or all to whom it goes, was refused; what is said before
 * that, by which code ever, may be better the next time.
 */
static bool is_for_good(const struct connection *n)
{
	uint64_t all = 0;

	for (unsigned k = 0; k < n->to_count; k++)
		all |= UINT64_C(1) << n->numbers[k];
	return n->answered ? n->words[0] == '5' : n->never == all;
}

/* By the library's code, and the server's of three digits, or 0. */
static uint32_t cause_of(const struct connection *n, CURLcode result)
{
	return 1 + (uint32_t)result * 1000 +
	       (uint32_t)(strtoul(n->words, NULL, 10) % 1000);
}

static void tell_failed(struct connection *n, CURLcode result)
{
	struct post *p = n->post;
	const char *what =
		n->error[0] ? n->error : c.curl_easy_strerror(result);
	char why[400];
	const struct post_outcome outcome = {
		.for_good = is_for_good(n),
		.later = n->later,
		.never = n->never,
		.why = why,
		.cause = cause_of(n, result),
	};

	snprintf(why, sizeof(why), "%.150s%s%s", what, n->words[0] ? ": " : "",
		 n->words);
	/* RFC 7435: encryption that fails is not worse than none. */
	if (is_tls(result) && p->setup.mail->tls == CONF_MAIL_OPPORTUNISTIC)
		p->plain = true;
	p->setup.done(p->setup.context, n->place, &outcome);
}

static void ended(struct post *p, CURL *easy, CURLcode result)
{
	struct connection *n = p->connections;

	while (n->easy != easy)
		n++;
	c.curl_multi_remove_handle(p->multi, easy);
	c.curl_slist_free_all(n->to);
	n->to = NULL;
	n->busy = false;
	if (!n->taken)
		tell_failed(n, result);
}

void post_turn(struct post *p, tick_t now)
{
	CURLMsg *message;
	int left;

	if (now >= p->due) {
		p->due = TICK_NEVER;
		act(p, CURL_SOCKET_TIMEOUT, 0);
	}
	while ((message = c.curl_multi_info_read(p->multi, &left)))
		if (message->msg == CURLMSG_DONE)
			ended(p, message->easy_handle, message->data.result);
}

tick_t post_next(const struct post *p)
{
	return p->due;
}

struct post *post_open(const struct post_setup *setup, int *error)
{
	struct post *p = calloc(1, sizeof(*p));
	bool whole = p != NULL;

	*error = load();
	if (*error || !p || c.curl_global_init(CURL_GLOBAL_ALL)) {
		*error = *error ? *error : -ENOMEM;
		free(p);
		return NULL;
	}
	p->setup = *setup;
	p->due = TICK_NEVER;
	p->multi = c.curl_multi_init();
	for (unsigned k = 0; k < POST_AT_ONCE; k++) {
		p->connections[k].post = p;
		p->connections[k].easy = c.curl_easy_init();
		whole = whole && p->connections[k].easy;
	}
	if (!p->multi || !whole) {
		*error = -ENOMEM;
		return NULL; /* the process ends */
	}
	c.curl_multi_setopt(p->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	c.curl_multi_setopt(p->multi, CURLMOPT_SOCKETDATA, p);
	c.curl_multi_setopt(p->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	c.curl_multi_setopt(p->multi, CURLMOPT_TIMERDATA, p);
	return p;
}
