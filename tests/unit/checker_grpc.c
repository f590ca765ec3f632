/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GRPC_CHECK, and HTTP_GET by HTTP/2: a server of HTTP/2 that the test plays by
 * the same library. */
#include "checker_bench.h"

#include "base/must.h"
#include "checker/grpc_message.h"
#include "sys/clock.h"

#include <nghttp2/nghttp2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* What the server says: by the number of the connection. */
static const struct {
	const char *status, *grpc_status;
	uint8_t serving;
} plays[] = {
	{ "200", "0", GRPC_SERVING },         { "200", "0", GRPC_NOT_SERVING },
	{ "200", "5", GRPC_SERVING },         { "503", "0", GRPC_SERVING },
	{ "200", "0", GRPC_SERVICE_UNKNOWN },
};

struct server {
	int fd;
	unsigned number;
	bool asked_right;
	uint8_t request[64];
	size_t request_length;
};

static ssize_t send_out(nghttp2_session *session, const uint8_t *bytes,
			size_t length, int flags, void *context)
{
	struct server *s = context;

	(void)session;
	(void)flags;
	return send(s->fd, bytes, length, MSG_NOSIGNAL);
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream,
		   const uint8_t *bytes, size_t length, void *context)
{
	struct server *s = context;

	(void)session;
	(void)flags;
	(void)stream;
	memcpy(s->request + s->request_length, bytes, length);
	s->request_length += length;
	return 0;
}

static ssize_t read_answer(nghttp2_session *session, int32_t stream,
			   uint8_t *bytes, size_t size, uint32_t *flags,
			   nghttp2_data_source *source, void *context)
{
	const struct server *s = context;
	nghttp2_nv trailer = { (uint8_t *)"grpc-status",
			       (uint8_t *)plays[s->number].grpc_status, 11, 1,
			       0 };

	(void)size;
	(void)source;
	memcpy(bytes, "\0\0\0\0\2\x08", 6);
	bytes[6] = plays[s->number].serving;
	*flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
	nghttp2_submit_trailer(session, stream, &trailer, 1);
	return 7;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame,
		    void *context)
{
	struct server *s = context;
	const nghttp2_data_provider provider = { .read_callback = read_answer };
	nghttp2_nv status = { (uint8_t *)":status",
			      (uint8_t *)plays[s->number].status, 7, 3, 0 };

	if (frame->hd.type != NGHTTP2_DATA ||
	    !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		return 0;
	s->asked_right = s->request_length == 10 &&
			 memcmp(s->request, "\0\0\0\0\5\x0a\3web", 10) == 0;
	if (!s->asked_right)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	return nghttp2_submit_response(session, frame->hd.stream_id, &status, 1,
				       &provider);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame,
		     const uint8_t *name, size_t name_length,
		     const uint8_t *value, size_t length, uint8_t flags,
		     void *context);

static void serve_by(int fd, unsigned number,
		     nghttp2_on_frame_recv_callback answers)
{
	struct server s = { .fd = fd, .number = number };
	nghttp2_session_callbacks *callbacks;
	nghttp2_session *session;
	uint8_t bytes[4096];
	ssize_t length;

	nghttp2_session_callbacks_new(&callbacks);
	nghttp2_session_callbacks_set_send_callback(callbacks, send_out);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks,
								  on_data);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks,
							     answers);
	nghttp2_session_server_new(&session, callbacks, &s);
	nghttp2_submit_settings(session, 0, NULL, 0);
	while (nghttp2_session_send(session) == 0 &&
	       (length = recv(fd, bytes, sizeof(bytes), 0)) > 0 &&
	       nghttp2_session_mem_recv(session, bytes, (size_t)length) >= 0)
		;
	nghttp2_session_del(session);
	nghttp2_session_callbacks_del(callbacks);
}

static void serve(int fd, unsigned number)
{
	serve_by(fd, number % ARRAY_LENGTH(plays), on_frame);
}

static void a_server_says_how_it_is(void **state)
{
	struct conf_check *check;
	struct ledger_check is;

	(void)state;
	bench_need();
	check = bench_check(CONF_CHECK_GRPC, bench_serve(serve));
	check->grpc.service = "web";
	is = bench_first();
	assert_string_equal(is.words, "SERVING");
	assert_int_equal(is.state, LEDGER_CHECK_GOOD);
	is = bench_next();
	assert_string_equal(is.words, "NOT_SERVING");
	assert_int_equal(is.state, LEDGER_CHECK_FAILED);
	assert_string_equal(bench_next().words, "gRPC status 5");
	assert_string_equal(bench_next().words, "HTTP status 503");
	assert_string_equal(bench_next().words, "SERVICE_UNKNOWN");
}

static ssize_t read_page(nghttp2_session *session, int32_t stream,
			 uint8_t *bytes, size_t size, uint32_t *flags,
			 nghttp2_data_source *source, void *context)
{
	(void)session;
	(void)stream;
	(void)size;
	(void)source;
	(void)context;
	memcpy(bytes, "hello\n", 6);
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	return 6;
}

/* What is asked for by "x-test: 1" is there. */
static int on_header(nghttp2_session *session, const nghttp2_frame *frame,
		     const uint8_t *name, size_t name_length,
		     const uint8_t *value, size_t length, uint8_t flags,
		     void *context)
{
	struct server *s = context;

	(void)session;
	(void)frame;
	(void)flags;
	if (name_length == 6 && memcmp(name, "x-test", 6) == 0)
		s->asked_right = length == 1 && *value == '1';
	return 0;
}

static int on_get(nghttp2_session *session, const nghttp2_frame *frame,
		  void *context)
{
	const struct server *s = context;
	const nghttp2_data_provider provider = { .read_callback = read_page };
	nghttp2_nv status = { (uint8_t *)":status",
			      (uint8_t *)(s->asked_right ? "200" : "404"), 7, 3,
			      0 };

	if (frame->hd.type != NGHTTP2_HEADERS)
		return 0;
	return nghttp2_submit_response(session, frame->hd.stream_id, &status, 1,
				       &provider);
}

static void serve_pages(int fd, unsigned number)
{
	(void)number;
	serve_by(fd, 0, on_get);
}

static void a_page_comes_by_http2(void **state)
{
	struct conf_header header = { .text = "X-Test: 1" };
	struct conf_url url = { .digest = "b1946ac92492d2347c6235b4d2611184",
				.regex = "^hello\n$" };
	struct conf_check *check;
	struct ledger_check is;

	(void)state;
	bench_need();
	check = bench_check(CONF_CHECK_HTTP, bench_serve(serve_pages));
	check->http.urls = &url;
	check->http.url_count = 1;
	check->http.protocol = CONF_HTTP_2;
	check->http.headers = &header;
	check->http.header_count = 1;
	is = bench_first();
	assert_string_equal(is.words, "status 200");
	assert_int_equal(is.state, LEDGER_CHECK_GOOD);
	url.regex = "^hallo";
	assert_string_equal(bench_next().words, "regex: no match");
	check->http.header_count = 0;
	assert_string_equal(bench_next().words, "status 404, wanted 200-299");
}

/* The status says the how manieth page of its connection it is; after the third
 * one it says that it takes no more. */
static int on_counted(nghttp2_session *session, const nghttp2_frame *frame,
		      void *context)
{
	static const char *const statuses[] = { "200", "201", "202", "500" };
	struct server *s = context;
	nghttp2_nv status = { (uint8_t *)":status",
			      (uint8_t *)statuses[s->number], 7, 3, 0 };

	if (frame->hd.type != NGHTTP2_HEADERS)
		return 0;
	s->number++;
	if (nghttp2_submit_response(session, frame->hd.stream_id, &status, 1,
				    NULL))
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	return s->number < 3
		       ? nghttp2_submit_ping(session, 0, NULL)
		       : nghttp2_submit_goaway(session, 0, frame->hd.stream_id,
					       0, NULL, 0);
}

static void serve_counted(int fd, unsigned number)
{
	/* The second connection ends without a word, after one page. */
	if (number == 1) {
		struct timeval soon = { 0, 50000 };

		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
	}
	serve_by(fd, 0, on_counted);
}

static void a_connection_is_kept(void **state)
{
	struct conf_url url = { 0 };
	struct conf_check *check;

	(void)state;
	bench_need();
	check = bench_check(CONF_CHECK_HTTP, bench_serve(serve_counted));
	check->http.urls = &url;
	check->http.url_count = 1;
	check->http.protocol = CONF_HTTP_2;
	assert_int_equal(bench_first().value, 200);
	assert_int_equal(bench_next().value, 201);
	assert_int_equal(bench_next().value, 202);
	/* Another one; it is gone when the next round comes. */
	assert_int_equal(bench_next().value, 200);
	usleep(200000);
	assert_int_equal(bench_next().value, 200);
	assert_int_equal(bench_next().value, 201);
	assert_int_equal(bench_checker()->kept, 1);
}

static void speak_http1(int fd, unsigned number)
{
	(void)number;
	bench_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	bench_read_until(fd, "never");
}

static void who_speaks_no_http2_has_failed(void **state)
{
	struct ledger_check is;

	(void)state;
	bench_need();
	bench_check(CONF_CHECK_GRPC, bench_serve(speak_http1));
	is = bench_first();
	assert_int_equal(is.state, LEDGER_CHECK_FAILED);
	assert_int_equal(is.code, LEDGER_CHECK_L7RSP);
	assert_memory_equal(is.words, "HTTP/2: ", 8);
}

static void nobody_listens(void **state)
{
	(void)state;
	bench_need();
	bench_check(CONF_CHECK_GRPC, bench_closed_port());
	assert_string_equal(bench_first().words, "connect: refused");
}

/* Names that do not fit into one byte of their length. */
static void requests_are_encoded(void **state)
{
	uint8_t bytes[GRPC_REQUEST_MOST];
	char name[GRPC_SERVICE_MOST + 10];

	(void)state;
	assert_int_equal(grpc_request("", bytes), 5);
	assert_memory_equal(bytes, "\0\0\0\0\0", 5);
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(grpc_request(name, bytes), 5 + 3 + 200);
	assert_memory_equal(bytes,
			    "\0\0\0\0\xcb\x0a\xc8\x01"
			    "a",
			    9);
	name[127] = '\0';
	assert_int_equal(grpc_request(name, bytes), 5 + 2 + 127);
	name[127] = 'a';
	name[128] = '\0';
	assert_int_equal(grpc_request(name, bytes), 5 + 3 + 128);
	assert_memory_equal(bytes + 5,
			    "\x0a\x80\x01"
			    "a",
			    4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_says_how_it_is),
		cmocka_unit_test(a_connection_is_kept),
		cmocka_unit_test(who_speaks_no_http2_has_failed),
		cmocka_unit_test(a_page_comes_by_http2),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(requests_are_encoded),
	};

	return cmocka_run_group_tests_name("checker_grpc", tests, bench_open,
					   bench_close);
}
