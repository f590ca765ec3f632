/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SSL_GET: the handshake, names, and certificates that are verified. */
#include "checker_bench.h"

#include "sys/clock.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static EVP_PKEY *key;
static X509 *certificate;
static char ca_file[] = "/tmp/checker_tls_XXXXXX";
static char key_file[] = "/tmp/checker_tls_XXXXXX";
static struct conf_url url;

/* One that is its own issuer, of "good.example" and of 127.0.0.1. */
static X509 *make_certificate(void)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	X509_EXTENSION *names =
		X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name,
				    (char *)"DNS:good.example,IP:127.0.0.1");

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				   (const unsigned char *)"test", -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_set_pubkey(x, key);
	X509_add_ext(x, names, -1);
	X509_EXTENSION_free(names);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	return x;
}

static int begin(void **state)
{
	FILE *file;
	int fd = mkstemp(ca_file);

	key = EVP_EC_gen("P-256");
	certificate = make_certificate();
	file = fdopen(fd, "w");
	PEM_write_X509(file, certificate);
	fclose(file);
	file = fdopen(mkstemp(key_file), "w");
	PEM_write_PrivateKey(file, key, EVP_aes_128_cbc(),
			     (const unsigned char *)"secret", 6, NULL, NULL);
	fclose(file);
	return bench_open(state);
}

static int end(void **state)
{
	unlink(ca_file);
	unlink(key_file);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return bench_close(state);
}

/* The status says which name was sent: 404 for none. */
static int note_name(SSL *ssl, int *alert, void *context)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	*(int *)context = !name                          ? 404
			  : strcmp(name, "good.example") ? 400
							 : 200;
	return SSL_TLSEXT_ERR_OK;
}

static int trust_all(int good, X509_STORE_CTX *context)
{
	(void)good;
	(void)context;
	return 1;
}

/* `answers` rounds of HTTP on each connection, which ends as it should. */
static void serve_as(int fd, unsigned answers, bool wants_certificate,
		     bool says_end)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	char text[200];
	int status = 404;
	SSL *ssl;

	SSL_CTX_use_certificate(context, certificate);
	SSL_CTX_use_PrivateKey(context, key);
	SSL_CTX_set_tlsext_servername_callback(context, note_name);
	SSL_CTX_set_tlsext_servername_arg(context, &status);
	if (wants_certificate)
		SSL_CTX_set_verify(context,
				   SSL_VERIFY_PEER |
					   SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
				   trust_all);
	ssl = SSL_new(context);
	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1) {
		for (unsigned n = 0; n < answers; n++) {
			if (SSL_read(ssl, text, sizeof(text)) <= 0)
				break;
			snprintf(
				text, sizeof(text),
				"HTTP/1.1 %d So\r\nContent-Length: 2\r\n\r\nok",
				status + (int)n);
			SSL_write(ssl, text, (int)strlen(text));
		}
		if (says_end)
			SSL_shutdown(ssl);
	}
	SSL_free(ssl);
	SSL_CTX_free(context);
}

static void serve_tls(int fd, unsigned answers)
{
	serve_as(fd, answers, false, true);
}

static void once(int fd, unsigned number)
{
	(void)number;
	serve_tls(fd, 1);
}

static void thrice(int fd, unsigned number)
{
	(void)number;
	serve_tls(fd, 3);
}

static struct conf_check *ssl_get(uint16_t port)
{
	struct conf_check *check = bench_check(CONF_CHECK_SSL, port);

	bench_pace()->timeout = 5 * TICK_SECOND;
	memset(&url, 0, sizeof(url));
	check->http.urls = &url;
	check->http.url_count = 1;
	return check;
}

/* As keepalived: any certificate, and no name. */
static void nothing_is_verified_unless_asked_for(void **state)
{
	struct conf_check *check;

	(void)state;
	bench_need();
	check = ssl_get(bench_serve(once));
	assert_string_equal(bench_first().words, "status 404, wanted 200-299");
	check->http.tls.sni = "good.example";
	assert_string_equal(bench_next().words, "status 200");
	check->http.tls.sni = NULL;
	check->http.tls.enable_sni = true;
	url.virtualhost = "good.example";
	assert_string_equal(bench_next().words, "status 200");
}

static void a_certificate_is_verified(void **state)
{
	struct conf_check *check;
	struct ledger_check is;

	(void)state;
	bench_need();
	check = ssl_get(bench_serve(once));
	check->http.tls = (struct conf_tls){ .verifies = true,
					     .ca = ca_file,
					     .sni = "good.example" };
	assert_string_equal(bench_first().words, "status 200");
	check->http.tls.verify = "127.0.0.1";
	assert_string_equal(bench_next().words, "status 200");
	check->http.tls.verify = "127.0.0.2";
	is = bench_next();
	assert_int_equal(is.code, LEDGER_CHECK_L6RSP);
	assert_string_equal(is.words, "TLS: certificate: IP address mismatch");
	check->http.tls.verify = "bad.example";
	assert_string_equal(bench_next().words,
			    "TLS: certificate: hostname mismatch");

	check = ssl_get(bench_serve(once));
	check->http.tls.verifies = true; /* by those of the system */
	assert_memory_equal(bench_first().words, "TLS: certificate: self-sig",
			    25);
}

static void certificates_that_cannot_be_read_are_our_fault(void **state)
{
	struct conf_check *check;
	struct ledger_check is;

	(void)state;
	bench_need();
	check = ssl_get(bench_serve(once));
	check->http.tls =
		(struct conf_tls){ .verifies = true, .ca = "/nonsense" };
	is = bench_first();
	assert_int_equal(is.state, LEDGER_CHECK_UNKNOWN);
	assert_int_equal(is.code, LEDGER_CHECK_LOCAL);
	assert_string_equal(is.words, "TLS: certificates cannot be read");
}

static void ask_who_it_is(int fd, unsigned number)
{
	(void)number;
	serve_as(fd, 1, true, true);
}

static void a_certificate_is_presented(void **state)
{
	struct conf_check *check;
	struct conf_ssl ssl = { .certificate = ca_file,
				.key = key_file,
				.password = "secret" };
	struct ledger_check is;

	(void)state;
	bench_need();
	check = ssl_get(bench_serve(ask_who_it_is));
	check->http.tls.sni = "good.example";
	is = bench_first();
	assert_int_equal(is.state, LEDGER_CHECK_FAILED);
	check = ssl_get(check->connect.port);
	check->http.tls.sni = "good.example";
	*bench_ssl() = ssl;
	assert_string_equal(bench_first().words, "status 200");
	assert_null(bench_checker()->own.tls.key.text); /* forgotten */

	/* Another password: nothing is said of the server. */
	check = ssl_get(check->connect.port);
	*bench_ssl() = ssl;
	bench_ssl()->password[0] = 'x';
	is = bench_first();
	assert_int_equal(is.state, LEDGER_CHECK_UNKNOWN);
	assert_int_equal(is.code, LEDGER_CHECK_LOCAL);
	assert_string_equal(is.words, "TLS: certificates cannot be read");
	check = ssl_get(check->connect.port);
	*bench_ssl() = ssl;
	bench_ssl()->key = "/nonsense";
	assert_int_equal(bench_first().code, LEDGER_CHECK_LOCAL);
}

static void whom_SSL_trusts_counts_where_nothing_else_is_said(void **state)
{
	struct conf_check *check;

	(void)state;
	bench_need();
	check = ssl_get(bench_serve(once));
	check->http.tls =
		(struct conf_tls){ .verifies = true, .sni = "good.example" };
	bench_ssl()->ca = ca_file;
	assert_string_equal(bench_first().words, "status 200");
}

static void end_without_a_word(int fd, unsigned number)
{
	(void)number;
	serve_as(fd, 1, false, false);
}

static void how_it_ends_counts_if_asked_for(void **state)
{
	struct conf_check *check;
	struct ledger_check is;

	(void)state;
	bench_need();
	check = ssl_get(bench_serve(end_without_a_word));
	check->http.tls.sni = "good.example";
	assert_string_equal(bench_first().words, "status 200");
	check->http.tls_compliant = true;
	is = bench_next();
	assert_int_equal(is.code, LEDGER_CHECK_L6RSP);
	assert_string_equal(is.words, "TLS: it ends without saying so");
	check->http.tls_compliant = false;
	url.tls_compliant = true;
	assert_int_equal(bench_next().code, LEDGER_CHECK_L6RSP);

	check = ssl_get(bench_serve(once));
	check->http.tls.sni = "good.example";
	check->http.tls_compliant = true;
	assert_string_equal(bench_first().words, "status 200");
}

static void a_connection_is_kept(void **state)
{
	struct conf_check *check;

	(void)state;
	bench_need();
	check = ssl_get(bench_serve(thrice));
	check->http.tls.sni = "good.example";
	check->http.protocol = CONF_HTTP_11K;
	assert_int_equal(bench_first().value, 200);
	assert_int_equal(bench_next().value, 201);
	assert_int_equal(bench_next().value, 202);
	/* It closes it then: the next one is new. */
	assert_int_equal(bench_next().value, 200);
}

static void say_plain(int fd, unsigned number)
{
	(void)number;
	bench_say(fd, "HTTP/1.0 200 OK\r\n\r\n");
	bench_read_until(fd, "never");
}

static void who_speaks_no_tls_has_failed(void **state)
{
	struct ledger_check is;

	(void)state;
	bench_need();
	ssl_get(bench_serve(say_plain));
	is = bench_first();
	assert_int_equal(is.state, LEDGER_CHECK_FAILED);
	assert_int_equal(is.code, LEDGER_CHECK_L6RSP);
	assert_string_equal(is.words, "TLS: wrong version number");
}

static void say_nothing(int fd, unsigned number)
{
	(void)number;
	bench_read_until(fd, "never");
}

static void who_does_not_answer_is_late(void **state)
{
	struct ledger_check is;

	(void)state;
	bench_need();
	ssl_get(bench_serve(say_nothing));
	bench_pace()->timeout = BENCH_TIMEOUT * TICK_MILLISECOND;
	is = bench_first();
	assert_int_equal(is.code, LEDGER_CHECK_L6TOUT);
	assert_string_equal(is.words, "TLS: no answer in time");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_verified_unless_asked_for),
		cmocka_unit_test(a_certificate_is_verified),
		cmocka_unit_test(
			certificates_that_cannot_be_read_are_our_fault),
		cmocka_unit_test(a_certificate_is_presented),
		cmocka_unit_test(
			whom_SSL_trusts_counts_where_nothing_else_is_said),
		cmocka_unit_test(how_it_ends_counts_if_asked_for),
		cmocka_unit_test(a_connection_is_kept),
		cmocka_unit_test(who_speaks_no_tls_has_failed),
		cmocka_unit_test(who_does_not_answer_is_late),
	};

	return cmocka_run_group_tests_name("checker_tls", tests, begin, end);
}
