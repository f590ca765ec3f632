/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/http2.h"

#include "base/must.h"
#include "checker/library.h"

#include <errno.h>
#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS(X)                                                           \
	X(nghttp2_http2_strerror)                                              \
	X(nghttp2_session_callbacks_del)                                       \
	X(nghttp2_session_callbacks_new)                                       \
	X(nghttp2_session_callbacks_set_on_data_chunk_recv_callback)           \
	X(nghttp2_session_callbacks_set_on_header_callback)                    \
	X(nghttp2_session_callbacks_set_on_stream_close_callback)              \
	X(nghttp2_session_check_request_allowed)                               \
	X(nghttp2_session_client_new)                                          \
	X(nghttp2_session_del)                                                 \
	X(nghttp2_session_mem_recv)                                            \
	X(nghttp2_session_mem_send)                                            \
	X(nghttp2_session_want_read)                                           \
	X(nghttp2_session_want_write)                                          \
	X(nghttp2_strerror)                                                    \
	X(nghttp2_submit_request)                                              \
	X(nghttp2_submit_settings)

static struct {
	FUNCTIONS(LIBRARY_FIELD)
} lib;

LIBRARY_LOADS(load, "libnghttp2.so.14", lib, FUNCTIONS)

int http2_load(void)
{
	return load();
}

/* What the server may send before it is told that we took it. */
#define WINDOW (1 << 20)

#define NONE (-1)

struct http2 {
	nghttp2_session *session;
	struct http2_sees sees;
	const char *body;
	size_t body_length, body_sent;
	size_t head;    /* bytes of the answer's headers */
	uint64_t taken; /* ... and of its body */
	int32_t stream; /* of the answer that is awaited, or NONE */
	bool complete;
	const char *why;
};

static int refuse(struct http2 *h, const char *why)
{
	if (!h->why)
		h->why = why;
	return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame,
		     const uint8_t *name, size_t name_length,
		     const uint8_t *value, size_t length, uint8_t flags,
		     void *context)
{
	struct http2 *h = context;

	(void)session;
	(void)flags;
	h->head += name_length + length;
	if (h->head > HTTP2_HEAD_MOST)
		return refuse(h, "its headers are too long");
	/* The library ends both with a zero. */
	if (frame->hd.stream_id == h->stream)
		h->sees.line(h->sees.context, (const char *)name,
			     (const char *)value, length);
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream,
		   const uint8_t *bytes, size_t length, void *context)
{
	struct http2 *h = context;

	(void)session;
	(void)flags;
	h->taken += length;
	if (h->taken > HTTP2_BODY_MOST)
		return refuse(h, "its body is too long");
	if (stream == h->stream)
		h->sees.piece(h->sees.context, (const char *)bytes, length);
	return 0;
}

static int on_close(nghttp2_session *session, int32_t stream, uint32_t error,
		    void *context)
{
	struct http2 *h = context;

	(void)session;
	if (stream != h->stream)
		return 0;
	h->stream = NONE;
	if (error != NGHTTP2_NO_ERROR)
		return refuse(h, lib.nghttp2_http2_strerror(error));
	h->complete = true;
	return 0;
}

static ssize_t read_body(nghttp2_session *session, int32_t stream,
			 uint8_t *bytes, size_t size, uint32_t *flags,
			 nghttp2_data_source *source, void *context)
{
	struct http2 *h = context;
	size_t length = h->body_length - h->body_sent;

	(void)session;
	(void)stream;
	(void)source;
	if (length > size)
		length = size;
	if (length > 0)
		memcpy(bytes, h->body + h->body_sent, length);
	h->body_sent += length;
	if (h->body_sent == h->body_length)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)length;
}

static bool set_up(struct http2 *h)
{
	nghttp2_session_callbacks *callbacks;
	const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_ENABLE_PUSH, 0 },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HTTP2_HEAD_MOST },
	};

	if (lib.nghttp2_session_callbacks_new(&callbacks))
		return false;
	lib.nghttp2_session_callbacks_set_on_header_callback(callbacks,
							     on_header);
	lib.nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks,
								      on_data);
	lib.nghttp2_session_callbacks_set_on_stream_close_callback(callbacks,
								   on_close);
	if (lib.nghttp2_session_client_new(&h->session, callbacks, h))
		h->session = NULL;
	lib.nghttp2_session_callbacks_del(callbacks);
	return h->session && lib.nghttp2_submit_settings(
				     h->session, NGHTTP2_FLAG_NONE, settings,
				     ARRAY_LENGTH(settings)) == 0;
}

struct http2 *http2_open(void)
{
	struct http2 *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->stream = NONE;
	if (set_up(h))
		return h;
	http2_close(h);
	return NULL;
}

bool http2_ask(struct http2 *h, const struct http2_line *lines, unsigned count,
	       const void *body, size_t length, const struct http2_sees *sees)
{
	nghttp2_nv list[HTTP2_LINES_MOST];
	const nghttp2_data_provider provider = { .read_callback = read_body };

	MUST(count <= HTTP2_LINES_MOST && h->stream == NONE);
	for (unsigned n = 0; n < count; n++)
		list[n] = (nghttp2_nv){
			.name = (uint8_t *)lines[n].name,
			.namelen = strlen(lines[n].name),
			.value = (uint8_t *)lines[n].value,
			.valuelen = strlen(lines[n].value),
		};
	h->sees = *sees;
	h->body = body;
	h->body_length = length;
	h->body_sent = h->head = 0;
	h->taken = 0;
	h->complete = false;
	h->stream = lib.nghttp2_submit_request(h->session, NULL, list, count,
					       length ? &provider : NULL, NULL);
	if (h->stream <= 0)
		h->stream = NONE;
	return h->stream != NONE;
}

bool http2_can_ask(const struct http2 *h)
{
	return !h->why && h->stream == NONE &&
	       lib.nghttp2_session_check_request_allowed(h->session);
}

bool http2_has_heard(const struct http2 *h)
{
	return h->head > 0;
}

void http2_close(struct http2 *h)
{
	if (!h)
		return;
	lib.nghttp2_session_del(h->session);
	free(h);
}

size_t http2_pending(struct http2 *h, const char **bytes)
{
	const uint8_t *at = NULL;
	ssize_t length = lib.nghttp2_session_mem_send(h->session, &at);

	*bytes = (const char *)at;
	return length > 0 ? (size_t)length : 0;
}

int http2_take(struct http2 *h, const char *bytes, size_t length)
{
	ssize_t taken = lib.nghttp2_session_mem_recv(
		h->session, (const uint8_t *)bytes, length);

	if (taken < 0 && !h->why)
		h->why = lib.nghttp2_strerror((int)taken);
	if (h->why)
		return -EPROTO;
	if (h->complete)
		return 1;
	return 0;
}

bool http2_is_over(struct http2 *h)
{
	if (lib.nghttp2_session_want_read(h->session) ||
	    lib.nghttp2_session_want_write(h->session))
		return false;
	h->why = "no answer of the protocol";
	return true;
}

const char *http2_why(const struct http2 *h)
{
	return h->why ? h->why : "it closes the connection";
}
