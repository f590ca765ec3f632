/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The HTTP server: libmicrohttpd, polled from outside.
 *
 * The library is loaded here and not by the linker. It brings GnuTLS along,
 * 2.7 MiB that are worth nothing on a unix socket, and batond's other
 * processes would carry them too. microhttpd(3), dlopen(3).
 */
#include "ctl/http.h"

#include "sys/clock.h"

#include <dlfcn.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIBRARY "libmicrohttpd.so.12"

/* Seconds without a byte after which a connection is closed, at most. */
#define IDLE_SECONDS 10
/* For the head of a request and what is on its way, of each connection. */
#define CONNECTION_MEMORY ((size_t)8 * 1024)
#define BLOCK_SIZE        ((size_t)8 * 1024)
/* Between two looks. */
#define LONGEST_MS 60000

#define FUNCTIONS(X)                                                           \
	X(MHD_start_daemon)                                                    \
	X(MHD_stop_daemon)                                                     \
	X(MHD_run)                                                             \
	X(MHD_get_timeout)                                                     \
	X(MHD_get_daemon_info)                                                 \
	X(MHD_get_connection_info)                                             \
	X(MHD_set_connection_option)                                           \
	X(MHD_suspend_connection)                                              \
	X(MHD_resume_connection)                                               \
	X(MHD_lookup_connection_value)                                         \
	X(MHD_create_response_from_callback)                                   \
	X(MHD_create_response_from_buffer)                                     \
	X(MHD_add_response_header)                                             \
	X(MHD_queue_response)                                                  \
	X(MHD_destroy_response)

#define POINTER(name) __typeof__(&name) name;
static struct {
	FUNCTIONS(POINTER)
} mhd;

/* One answer under way. */
struct stream {
	struct http *http;
	struct page *page;
	struct MHD_Connection *connection;
	int fd;
	bool follows;
	bool waiting; /* suspended until http_wake() */
	bool gone;    /* nobody is there any more */
	struct stream *next;
};

/* One connection, and when it is ended if what it does is not done by then. */
struct place {
	int fd;
	tick_t until;
	struct place *next;
};

struct http {
	struct MHD_Daemon *daemon;
	struct http_service service;
	int epoll; /* holds the library's, and sockets that wait */
	unsigned followers;
	bool stopping;
	struct stream *streams;
	struct place *places;
};

static int load(void)
{
	void *library;

	if (mhd.MHD_start_daemon)
		return 0;
	library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		const char *why = dlerror();

		/* It may be there, and find no memory. */
		fprintf(stderr, "ctl: %s%s\n", why,
			strstr(why, strerror(ENOENT))
				? "; install libmicrohttpd"
				: "");
		return -ENOENT;
	}
#define LOAD(name)                                                             \
	mhd.name = (__typeof__(mhd.name))dlsym(library, #name);                \
	if (!mhd.name) {                                                       \
		fprintf(stderr, "ctl: %s is too old\n", LIBRARY);              \
		return -ENOSYS;                                                \
	}
	FUNCTIONS(LOAD)
	return 0;
}

/* That of a connection, which has one. */
static struct place *place_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = mhd.MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info->socket_context;
}

static void place_take(struct http *http, struct MHD_Connection *connection,
		       void **context)
{
	struct place *p = calloc(1, sizeof(*p));
	const union MHD_ConnectionInfo *info = mhd.MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	*context = p;
	if (!p) { /* without a bound there is no answer */
		shutdown(info->connect_fd, SHUT_RDWR);
		return;
	}
	*p = (struct place){ .fd = info->connect_fd,
			     .until = clock_now() + HTTP_REQUEST_TIME,
			     .next = http->places };
	http->places = p;
}

static void place_leave(struct http *http, struct place *p)
{
	struct place **at = &http->places;

	while (*at && *at != p)
		at = &(*at)->next;
	if (*at)
		*at = p->next;
	free(p);
}

static void on_connection(void *context, struct MHD_Connection *connection,
			  void **of_socket,
			  enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		place_take(context, connection, of_socket);
	else if (*of_socket)
		place_leave(context, *of_socket);
}

static void set_bound(struct MHD_Connection *connection, tick_t until)
{
	struct place *p = place_of(connection);

	if (p)
		p->until = until;
}

/* The next request of the same connection. */
static void on_completed(void *context, struct MHD_Connection *connection,
			 void **request, enum MHD_RequestTerminationCode how)
{
	set_bound(connection, clock_now() + HTTP_REQUEST_TIME);
}

/* The library then sees its end. */
static void end_late(struct http *http, tick_t now)
{
	for (struct place *p = http->places; p; p = p->next) {
		if (now < p->until)
			continue;
		shutdown(p->fd, SHUT_RDWR);
		p->until = TICK_NEVER;
	}
}

static void resume(struct stream *s)
{
	if (!s->waiting)
		return;
	s->waiting = false;
	mhd.MHD_resume_connection(s->connection);
}

/*
 * Suspended connections are not watched by the library. So that one that is
 * closed gives its place back, its socket is watched for that here.
 */
static void wait_for_events(struct stream *s)
{
	if (s->fd < 0) {
		const union MHD_ConnectionInfo *info =
			mhd.MHD_get_connection_info(
				s->connection,
				MHD_CONNECTION_INFO_CONNECTION_FD);
		struct epoll_event event = { .events = EPOLLET };

		s->fd = info->connect_fd;
		event.data.fd = s->fd;
		epoll_ctl(s->http->epoll, EPOLL_CTL_ADD, s->fd, &event);
	}
	s->waiting = true;
	mhd.MHD_suspend_connection(s->connection);
}

static ssize_t send_more(void *context, uint64_t position, char *bytes,
			 size_t room)
{
	struct stream *s = context;
	ssize_t length;

	if (s->http->stopping)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (s->gone)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	length = page_fill(s->page, bytes, room);
	if (length == PAGE_FILL_END)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (length < 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (length == 0)
		wait_for_events(s);
	return length;
}

static void stream_free(void *context)
{
	struct stream *s = context, **at = &s->http->streams;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	if (s->fd >= 0)
		epoll_ctl(s->http->epoll, EPOLL_CTL_DEL, s->fd, NULL);
	if (s->follows)
		s->http->followers--;
	page_free(s->page);
	free(s);
}

static enum MHD_Result refuse(struct MHD_Connection *connection,
			      unsigned status, const char *text)
{
	struct MHD_Response *response = mhd.MHD_create_response_from_buffer(
		strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	mhd.MHD_add_response_header(response, "Content-Type",
				    "application/json");
	result = mhd.MHD_queue_response(connection, status, response);
	mhd.MHD_destroy_response(response);
	return result;
}

static const char *argument(void *request, const char *name)
{
	return mhd.MHD_lookup_connection_value(request, MHD_GET_ARGUMENT_KIND,
					       name);
}

/* Takes the page over; what it cannot send it frees. */
static enum MHD_Result send_page(struct http *http,
				 struct MHD_Connection *connection,
				 const struct http_answer *answer)
{
	struct stream *s = calloc(1, sizeof(*s));
	struct MHD_Response *response;
	enum MHD_Result result;

	if (!s) {
		page_free(answer->page);
		return MHD_NO;
	}
	*s = (struct stream){ .http = http,
			      .page = answer->page,
			      .connection = connection,
			      .fd = -1,
			      .follows = answer->follows,
			      .next = http->streams };
	http->streams = s;
	if (s->follows) {
		http->followers++;
		/* A terminal may stand still for as long as it likes. */
		set_bound(connection, TICK_NEVER);
		mhd.MHD_set_connection_option(
			connection, MHD_CONNECTION_OPTION_TIMEOUT, 0U);
	}
	response = mhd.MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, BLOCK_SIZE, send_more, s, stream_free);
	if (!response) {
		stream_free(s);
		return MHD_NO;
	}
	mhd.MHD_add_response_header(response, "Content-Type", answer->type);
	mhd.MHD_add_response_header(response, "Cache-Control", "no-store");
	result = mhd.MHD_queue_response(connection, answer->status, response);
	mhd.MHD_destroy_response(response);
	return result;
}

static enum MHD_Result on_request(void *context,
				  struct MHD_Connection *connection,
				  const char *path, const char *method,
				  const char *version, const char *body,
				  size_t *body_length, void **state)
{
	static char head_seen;
	struct http *http = context;
	struct http_answer answer;

	/* The library asks once with the head alone, and again at its end. */
	if (!*state) {
		*state = &head_seen;
		return MHD_YES;
	}
	if (*body_length > 0) {
		*body_length = 0;
		return MHD_YES;
	}
	set_bound(connection, clock_now() + HTTP_ANSWER_TIME);
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return refuse(
			connection, MHD_HTTP_METHOD_NOT_ALLOWED,
			"{\"error\":\"only GET and HEAD are answered\"}\n");
	answer = http->service.answer(http->service.context, path, argument,
				      connection);
	if (!answer.page)
		return refuse(connection, MHD_HTTP_INTERNAL_SERVER_ERROR,
			      "{\"error\":\"out of memory\"}\n");
	if (answer.follows && http->followers >= HTTP_FOLLOWERS_MAX) {
		page_free(answer.page);
		return refuse(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
			      "{\"error\":\"too many follow the events\"}\n");
	}
	return send_page(http, connection, &answer);
}

static int watch_library(struct http *http)
{
	const union MHD_DaemonInfo *info =
		mhd.MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct epoll_event event = { .events = EPOLLIN, .data.fd = -1 };

	if (!info || info->epoll_fd < 0)
		return -ENOSYS;
	if (epoll_ctl(http->epoll, EPOLL_CTL_ADD, info->epoll_fd, &event) < 0)
		return -errno;
	return 0;
}

int http_start(int listen_fd, const struct http_service *service,
	       struct http **started)
{
	struct http *http;
	int error = load();

	if (error)
		return error;
	http = calloc(1, sizeof(*http));
	if (!http)
		return -ENOMEM;
	http->service = *service;
	http->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (http->epoll < 0) {
		error = -errno;
		goto failed;
	}
	http->daemon = mhd.MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
		on_request, http, MHD_OPTION_LISTEN_SOCKET, listen_fd,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, http,
		MHD_OPTION_END);
	if (!http->daemon) {
		error = -EINVAL;
		fprintf(stderr, "ctl: libmicrohttpd did not take the socket\n");
		goto failed;
	}
	error = watch_library(http);
	if (error) {
		http_stop(http);
		return error;
	}
	*started = http;
	return 0;

failed:
	if (http->epoll >= 0)
		close(http->epoll);
	free(http);
	return error;
}

int http_fd(const struct http *http)
{
	return http->epoll;
}

int http_timeout(const struct http *http)
{
	MHD_UNSIGNED_LONG_LONG timeout;
	tick_t next = TICK_NEVER, now = clock_now();

	for (const struct place *p = http->places; p; p = p->next)
		next = tick_min(next, p->until);
	if (mhd.MHD_get_timeout(http->daemon, &timeout) == MHD_YES)
		next = tick_min(next,
				now + (tick_t)(timeout > LONGEST_MS ? LONGEST_MS
								    : timeout) *
						TICK_MILLISECOND);
	if (next == TICK_NEVER)
		return -1;
	return (int)(tick_max(next - now, 0) / TICK_MILLISECOND) + (next > now);
}

/* Streams that wait and whose other side has hung up. */
static void find_gone(struct http *http)
{
	struct epoll_event events[HTTP_CONNECTIONS_MAX];
	int count = epoll_wait(http->epoll, events, HTTP_CONNECTIONS_MAX, 0);

	for (int i = 0; i < count; i++) {
		if (!(events[i].events & (EPOLLHUP | EPOLLERR)))
			continue;
		for (struct stream *s = http->streams; s; s = s->next) {
			if (s->fd != events[i].data.fd)
				continue;
			s->gone = true;
			resume(s);
		}
	}
}

void http_run(struct http *http)
{
	unsigned before = http_connections(http);

	end_late(http, clock_now());
	find_gone(http);
	mhd.MHD_run(http->daemon);
	/*
	 * When all places were taken the library did not listen. It sees that
	 * there is one again when it is run, and nothing else would wake us.
	 */
	if (http_connections(http) < before)
		mhd.MHD_run(http->daemon);
}

void http_wake(struct http *http)
{
	for (struct stream *s = http->streams; s; s = s->next)
		resume(s);
}

unsigned http_waiting(const struct http *http)
{
	unsigned waiting = 0;

	for (const struct stream *s = http->streams; s; s = s->next)
		waiting += s->waiting;
	return waiting;
}

unsigned http_connections(const struct http *http)
{
	const union MHD_DaemonInfo *info = mhd.MHD_get_daemon_info(
		http->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

	return info ? info->num_connections : 0;
}

void http_stop(struct http *http)
{
	/* Whoever was suspended must be taken up again before the end. */
	http->stopping = true;
	http_wake(http);
	mhd.MHD_run(http->daemon);
	mhd.MHD_stop_daemon(http->daemon);
	close(http->epoll);
	free(http);
}
