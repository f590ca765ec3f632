/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of certificates and keys that cannot be used: what is said of them when
 * a configuration is read (checker/doubts.c), and that nobody is asked. */
#include "checker/needs.h"
#include "checker/tls.h"
#include "sys/clock.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE 20000 /* ms */
#define NOBODY   65534

static char folder[] = "/tmp/checker_trust_XXXXXX";
static char paths[16][64];

static struct conf_check check = { .kind = CONF_CHECK_SSL };
static struct conf_url url = { .path = "/" };
static struct conf_real_server server = {
	.span = { .file = "f", .line = 7 },
	.checks = &check,
	.check_count = 1,
};
static struct conf_virtual_server vs = { .servers = &server,
					 .server_count = 1 };
static struct conf_model model = { .virtual_servers = &vs,
				   .virtual_server_count = 1 };
static struct conf_diagnostics found;
static struct arena texts;

enum file {
	CERTIFICATE,
	KEY,
	SECRET_KEY, /* encrypted, by "secret" */
	OTHER_KEY,
	CUT_KEY,
	TWO,    /* certificates, of which the second is spoiled */
	HIDDEN, /* an encrypted certificate */
	HELLO,  /* no PEM */
	NOWHERE,
};

static FILE *create(enum file file, const char *name)
{
	snprintf(paths[file], sizeof(paths[file]), "%s/%s", folder, name);
	return fopen(paths[file], "w");
}

static void spoil(FILE *to)
{
	fprintf(to, "-----BEGIN CERTIFICATE-----\n!!!!\n"
		    "-----END CERTIFICATE-----\n");
}

static int begin(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");
	unsigned char secret[] = "secret";
	X509 *x = X509_new();
	FILE *file;

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	X509_set_version(x, 2);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_set_pubkey(x, key);
	X509_sign(x, key, EVP_sha256());
	file = create(CERTIFICATE, "certificate");
	PEM_write_X509(file, x);
	fclose(file);
	file = create(KEY, "key");
	PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
	fclose(file);
	file = create(SECRET_KEY, "secret");
	PEM_write_PrivateKey(file, key, EVP_aes_128_cbc(), secret, 6, NULL,
			     NULL);
	fclose(file);
	file = create(OTHER_KEY, "other");
	PEM_write_PrivateKey(file, other, NULL, NULL, 0, NULL, NULL);
	fclose(file);
	file = create(CUT_KEY, "cut");
	fprintf(file, "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n");
	fclose(file);
	file = create(TWO, "two");
	PEM_write_X509(file, x);
	spoil(file);
	fclose(file);
	file = create(HIDDEN, "hidden");
	PEM_ASN1_write((i2d_of_void *)i2d_X509, PEM_STRING_X509, file, x,
		       EVP_aes_128_cbc(), secret, 6, NULL, NULL);
	fclose(file);
	file = create(HELLO, "hello");
	fprintf(file, "hello\n");
	fclose(file);
	snprintf(paths[NOWHERE], sizeof(paths[NOWHERE]), "%s/nowhere", folder);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	X509_free(x);
	check.http.urls = &url;
	check.http.url_count = 1;
	return chmod(folder, 0755);
}

static int end(void **state)
{
	(void)state;
	arena_free(&texts);
	for (unsigned n = 0; n < NOWHERE; n++)
		unlink(paths[n]);
	return rmdir(folder);
}

static void look(void)
{
	arena_free(&texts);
	texts = arena_over(malloc, free);
	memset(&found, 0, sizeof(found));
	found.arena = &texts;
	checker_doubts(&model, "given", &found);
}

#define NONE (-1)

static const struct {
	int certificate, key, ca; /* of SSL; of the check. NONE */
	const char *password, *words;
} files[] = {
	{ CERTIFICATE, KEY, NONE, "", NULL },
	{ CERTIFICATE, SECRET_KEY, NONE, "secret", NULL },
	{ NONE, NONE, CERTIFICATE, "", NULL },
	{ CERTIFICATE, SECRET_KEY, NONE, "",
	  "secret: interrupted or cancelled; this key is encrypted: SSL needs "
	  "its `password`" },
	{ CERTIFICATE, SECRET_KEY, NONE, "wrong",
	  "secret: bad decrypt; the password of SSL is not that of this key" },
	{ CERTIFICATE, CUT_KEY, NONE, "",
	  "cut: unsupported; it must have a private key in PEM" },
	{ CERTIFICATE, NONE, NONE, "",
	  "certificate: unsupported; without `key` in SSL it must also have a "
	  "private key in PEM" },
	{ CERTIFICATE, OTHER_KEY, NONE, "",
	  "other: key values mismatch; the certificate of SSL is not of this "
	  "key" },
	{ HELLO, KEY, NONE, "",
	  "hello: no start line; it must have a certificate in PEM" },
	{ TWO, KEY, NONE, "",
	  "two: bad base64 decode; certificate 2 of it cannot be used" },
	{ NOWHERE, KEY, NONE, "",
	  "nowhere, of SSL, cannot be read: No such file or directory" },
	{ NONE, NONE, HELLO, "",
	  "hello: no start line; it must have a certificate in PEM" },
	{ NONE, NONE, TWO, "",
	  "two: bad base64 decode; certificate 2 of it cannot be used" },
	{ NONE, NONE, HIDDEN, "",
	  "hidden: bad password read; take one that is not encrypted" },
	{ NONE, NONE, NOWHERE, "",
	  "nowhere, of ca, cannot be read: No such file or directory" },
};

static void use(unsigned n)
{
	struct conf_ssl *ssl = &model.global.lvs.ssl;

	*ssl = (struct conf_ssl){ 0 };
	if (files[n].certificate != NONE)
		ssl->certificate = paths[files[n].certificate];
	if (files[n].key != NONE)
		ssl->key = paths[files[n].key];
	snprintf(ssl->password, sizeof(ssl->password), "%s", files[n].password);
	check.http.tls = (struct conf_tls){ .verifies = files[n].ca != NONE };
	if (files[n].ca != NONE)
		check.http.tls.ca = paths[files[n].ca];
}

static void what_cannot_be_used_is_told(void **state)
{
	(void)state;
	for (unsigned n = 0; n < sizeof(files) / sizeof(files[0]); n++) {
		char wanted[512];

		use(n);
		look();
		if (!files[n].words) {
			if (found.count > 0)
				fail_msg("row %u: %s", n,
					 found.list[0].message);
			continue;
		}
		if (found.count != 1)
			fail_msg("row %u: %zu are told", n, found.count);
		assert_int_equal(found.ignored, 1);
		snprintf(wanted, sizeof(wanted), "%s/%s", folder,
			 files[n].words);
		assert_string_equal(found.list[0].message, wanted);
	}
}

/* Without the right to read a file nobody knows what is in it. */
static void what_may_not_be_read_is_not_known(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	for (unsigned n = 0; n < NOWHERE; n++)
		chmod(paths[n], 0600);
	for (unsigned n = 0; n < sizeof(files) / sizeof(files[0]); n++) {
		if (files[n].certificate == NOWHERE || files[n].ca == NOWHERE)
			continue;
		use(n);
		assert_int_equal(seteuid(NOBODY), 0);
		look();
		assert_int_equal(seteuid(0), 0);
		assert_int_equal(found.count, 0);
	}
}

/* What a process writes to its terminal, until it ends. */
static void nobody_is_asked_for_a_password(void **state)
{
	char said[256] = "";
	int terminal, status;
	struct pollfd p;
	pid_t pid;

	(void)state;
	for (unsigned n = 0; n < sizeof(files) / sizeof(files[0]); n++) {
		use(n);
		pid = forkpty(&terminal, NULL, NULL, NULL);
		assert_true(pid >= 0);
		if (pid == 0) {
			look();
			_exit(0);
		}
		p = (struct pollfd){ terminal, POLLIN, 0 };
		if (poll(&p, 1, PATIENCE) != 1)
			kill(pid, SIGKILL);
		/* Its end is an error of the terminal (EIO). */
		if (read(terminal, said, sizeof(said) - 1) > 0) {
			kill(pid, SIGKILL);
			fail_msg("row %u: %s", n, said);
		}
		close(terminal);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_used_is_told),
		cmocka_unit_test(nobody_is_asked_for_a_password),
		cmocka_unit_test(what_may_not_be_read_is_not_known),
	};

	return cmocka_run_group_tests_name("checker_trust", tests, begin, end);
}
