/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/tls.h"

#include "checker/library.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS(X)                                                           \
	X(SSL_CTX_check_private_key)                                           \
	X(SSL_CTX_ctrl)                                                        \
	X(SSL_CTX_free)                                                        \
	X(SSL_CTX_get_cert_store)                                              \
	X(SSL_CTX_new)                                                         \
	X(SSL_CTX_set_default_verify_paths)                                    \
	X(SSL_CTX_set_verify)                                                  \
	X(SSL_CTX_use_PrivateKey)                                              \
	X(SSL_CTX_use_certificate)                                             \
	X(SSL_ctrl)                                                            \
	X(SSL_do_handshake)                                                    \
	X(SSL_free)                                                            \
	X(SSL_get0_alpn_selected)                                              \
	X(SSL_get0_param)                                                      \
	X(SSL_get_error)                                                       \
	X(SSL_get_verify_mode)                                                 \
	X(SSL_get_verify_result)                                               \
	X(SSL_new)                                                             \
	X(SSL_read)                                                            \
	X(SSL_set1_host)                                                       \
	X(SSL_set_alpn_protos)                                                 \
	X(SSL_set_bio)                                                         \
	X(SSL_set_connect_state)                                               \
	X(SSL_write)                                                           \
	X(TLS_client_method)

#define CRYPTO_FUNCTIONS(X)                                                    \
	X(BIO_ctrl)                                                            \
	X(BIO_free)                                                            \
	X(BIO_new)                                                             \
	X(BIO_new_mem_buf)                                                     \
	X(BIO_read)                                                            \
	X(BIO_s_mem)                                                           \
	X(BIO_write)                                                           \
	X(ERR_clear_error)                                                     \
	X(ERR_get_error)                                                       \
	X(ERR_peek_last_error)                                                 \
	X(ERR_reason_error_string)                                             \
	X(EVP_PKEY_free)                                                       \
	X(PEM_read_bio_PrivateKey)                                             \
	X(PEM_read_bio_X509_AUX)                                               \
	X(X509_STORE_add_cert)                                                 \
	X(X509_free)                                                           \
	X(X509_VERIFY_PARAM_set1_ip_asc)                                       \
	X(X509_verify_cert_error_string)

static struct {
	FUNCTIONS(LIBRARY_FIELD)
} ssl;
static struct {
	CRYPTO_FUNCTIONS(LIBRARY_FIELD)
} crypto;

LIBRARY_LOADS(load_crypto, "libcrypto.so.3", crypto, CRYPTO_FUNCTIONS)
LIBRARY_LOADS(load_ssl, "libssl.so.3", ssl, FUNCTIONS)

int tls_load(void)
{
	int error = load_crypto();

	return error ? error : load_ssl();
}

struct tls_context {
	SSL_CTX *library;
	bool verifies;
};

struct tls {
	SSL *library;
	BIO *in, *out; /* owned by `library` */
	char words[TLS_WORDS];
};

/* The first error that the library has, in its words. */
static void take_words(char words[TLS_WORDS], const char *otherwise)
{
	unsigned long error = crypto.ERR_get_error();
	const char *reason =
		error ? crypto.ERR_reason_error_string(error) : NULL;

	if (error && ERR_SYSTEM_ERROR(error))
		reason = strerror(ERR_GET_REASON(error));
	snprintf(words, TLS_WORDS, "%s", reason ? reason : otherwise);
	crypto.ERR_clear_error();
}

/* Why a file cannot be used, in the words of the library, and what helps. */
static void tell(char why[TLS_WHY], const struct tls_file *f,
		 const char *remedy)
{
	char words[TLS_WORDS];

	take_words(words, "no memory");
	snprintf(why, TLS_WHY, "%.200s: %s; %.120s", f->name, words, remedy);
}

/* What is configured, and whether it was asked for. */
struct asked {
	const char *password; /* or NULL or "": there is none */
	bool asked;
};

/* Nobody is asked for one that is not configured, least of all a terminal. */
static int give_password(char *room, int size, int writes, void *context)
{
	struct asked *a = context;
	size_t length = a->password ? strlen(a->password) : 0;

	(void)writes;
	a->asked = true;
	if (length == 0 || length > (size_t)size)
		return -1;
	memcpy(room, a->password, length);
	return (int)length;
}

/* That there is no other is an error of the library too. */
static bool is_end_of_file(void)
{
	unsigned long error = crypto.ERR_peek_last_error();

	return ERR_GET_LIB(error) == ERR_LIB_PEM &&
	       ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

/* Takes each certificate of a file: there must be one, and all must be good. */
static bool each(const struct tls_file *f, SSL_CTX *context,
		 bool (*take)(SSL_CTX *context, X509 *x, int n),
		 char why[TLS_WHY])
{
	BIO *bio = crypto.BIO_new_mem_buf(f->text, -1);
	struct asked asked = { 0 };
	bool taken = true;
	char remedy[64];
	int count = 0;
	X509 *x;

	while (bio && taken &&
	       (x = crypto.PEM_read_bio_X509_AUX(bio, NULL, give_password,
						 &asked))) {
		taken = take(context, x, count);
		crypto.X509_free(x);
		count += taken;
	}
	crypto.BIO_free(bio);
	if (count > 0 && taken && is_end_of_file()) {
		crypto.ERR_clear_error();
		return true;
	}
	snprintf(remedy, sizeof(remedy), "certificate %d of it cannot be used",
		 count + 1);
	if (asked.asked)
		tell(why, f, "take one that is not encrypted");
	else if (count == 0 && is_end_of_file())
		tell(why, f, "it must have a certificate in PEM");
	else
		tell(why, f, remedy);
	return false;
}

/* The first one is ours; who issued it is sent too. */
static bool take_own(SSL_CTX *context, X509 *x, int n)
{
	return n == 0 ? ssl.SSL_CTX_use_certificate(context, x) == 1
		      : ssl.SSL_CTX_ctrl(context, SSL_CTRL_CHAIN_CERT, 1, x) ==
				1;
}

static bool take_trusted(SSL_CTX *context, X509 *x, int n)
{
	(void)n;
	return crypto.X509_STORE_add_cert(ssl.SSL_CTX_get_cert_store(context),
					  x) == 1;
}

/* What helps where a key could not be read. */
static const char *remedy_for_key(const struct tls_own *own,
				  const struct asked *a)
{
	if (a->asked && a->password && a->password[0])
		return "the password of SSL is not that of this key";
	if (a->asked)
		return "this key is encrypted: SSL needs its `password`";
	if (own->key.text)
		return "it must have a private key in PEM";
	return "without `key` in SSL it must also have a private key in PEM";
}

static bool take_key(SSL_CTX *context, const struct tls_own *own,
		     char why[TLS_WHY])
{
	const struct tls_file *f =
		own->key.text ? &own->key : &own->certificate;
	struct asked asked = { .password = own->password };
	BIO *bio = crypto.BIO_new_mem_buf(f->text, -1);
	EVP_PKEY *key = NULL;
	bool fits;

	if (bio)
		key = crypto.PEM_read_bio_PrivateKey(bio, NULL, give_password,
						     &asked);
	crypto.BIO_free(bio);
	if (!key) {
		tell(why, f, remedy_for_key(own, &asked));
		return false;
	}
	fits = ssl.SSL_CTX_use_PrivateKey(context, key) == 1 &&
	       ssl.SSL_CTX_check_private_key(context) == 1;
	crypto.EVP_PKEY_free(key);
	if (!fits)
		tell(why, f, "the certificate of SSL is not of this key");
	return fits;
}

static bool present(SSL_CTX *context, const struct tls_own *own,
		    char why[TLS_WHY])
{
	if (!own->certificate.text)
		return true;
	return each(&own->certificate, context, take_own, why) &&
	       take_key(context, own, why);
}

/* Whom it trusts. */
static bool trust(SSL_CTX *context, const struct tls_file *ca,
		  const struct tls_own *own, char why[TLS_WHY])
{
	const struct tls_file system = { NULL, "the system's certificates" };

	if (ca->text)
		return each(ca, context, take_trusted, why);
	if (own && own->ca.text)
		return each(&own->ca, context, take_trusted, why);
	if (ssl.SSL_CTX_set_default_verify_paths(context) == 1)
		return true;
	tell(why, &system, "install them (ca-certificates)");
	return false;
}

struct tls_context *tls_context_open(bool verifies, const struct tls_file *ca,
				     const struct tls_own *own,
				     char why[TLS_WHY])
{
	struct tls_context *c = calloc(1, sizeof(*c));
	bool done;

	snprintf(why, TLS_WHY, "no memory");
	if (!c)
		return NULL;
	c->verifies = verifies;
	c->library = ssl.SSL_CTX_new(ssl.TLS_client_method());
	if (!c->library) {
		take_words(why, "no memory");
		goto failed;
	}
	/* As old as servers are; what is refused of that is the library's. */
	ssl.SSL_CTX_ctrl(c->library, SSL_CTRL_SET_MIN_PROTO_VERSION, 0, NULL);
	ssl.SSL_CTX_ctrl(c->library, SSL_CTRL_MODE, SSL_MODE_RELEASE_BUFFERS,
			 NULL);
	ssl.SSL_CTX_ctrl(c->library, SSL_CTRL_SET_SESS_CACHE_MODE,
			 SSL_SESS_CACHE_OFF, NULL);
	ssl.SSL_CTX_set_verify(
		c->library, verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	done = !verifies || trust(c->library, ca, own, why);
	if (done && (!own || present(c->library, own, why)))
		return c;
failed:
	tls_context_close(c);
	return NULL;
}

void tls_context_close(struct tls_context *c)
{
	if (!c)
		return;
	ssl.SSL_CTX_free(c->library);
	free(c);
}

static bool set_up(struct tls *t, const struct tls_context *c, const char *sni,
		   const char *name, const char *protocol)
{
	unsigned char alpn[16];
	size_t length = protocol ? strlen(protocol) : 0;

	ssl.SSL_set_connect_state(t->library);
	if (sni && ssl.SSL_ctrl(t->library, SSL_CTRL_SET_TLSEXT_HOSTNAME,
				TLSEXT_NAMETYPE_host_name, (void *)sni) != 1)
		return false;
	if (c->verifies && name) {
		/* An address stands in another field of a certificate. */
		X509_VERIFY_PARAM *p = ssl.SSL_get0_param(t->library);

		if (crypto.X509_VERIFY_PARAM_set1_ip_asc(p, name) != 1 &&
		    ssl.SSL_set1_host(t->library, name) != 1)
			return false;
	}
	if (!length || length >= sizeof(alpn))
		return true;
	alpn[0] = (unsigned char)length;
	memcpy(alpn + 1, protocol, length);
	return ssl.SSL_set_alpn_protos(t->library, alpn,
				       (unsigned)(length + 1)) == 0;
}

struct tls *tls_open(struct tls_context *c, const char *sni, const char *name,
		     const char *protocol)
{
	struct tls *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->library = ssl.SSL_new(c->library);
	t->in = crypto.BIO_new(crypto.BIO_s_mem());
	t->out = crypto.BIO_new(crypto.BIO_s_mem());
	if (!t->library || !t->in || !t->out) {
		crypto.BIO_free(t->in);
		crypto.BIO_free(t->out);
		ssl.SSL_free(t->library);
		free(t);
		return NULL;
	}
	crypto.BIO_ctrl(t->in, BIO_C_SET_BUF_MEM_EOF_RETURN, -1, NULL);
	ssl.SSL_set_bio(t->library, t->in, t->out);
	if (set_up(t, c, sni, name, protocol))
		return t;
	tls_close(t);
	return NULL;
}

void tls_close(struct tls *t)
{
	if (!t)
		return;
	ssl.SSL_free(t->library);
	free(t);
}

int tls_put(struct tls *t, const void *bytes, size_t length)
{
	if (length > INT_MAX ||
	    crypto.BIO_write(t->in, bytes, (int)length) != (int)length)
		return -ENOMEM;
	return 0;
}

size_t tls_pending(struct tls *t, const char **bytes)
{
	char *at = NULL;
	long length = crypto.BIO_ctrl(t->out, BIO_CTRL_INFO, 0, &at);

	*bytes = at;
	return length > 0 ? (size_t)length : 0;
}

void tls_sent(struct tls *t, size_t length)
{
	char gone[1024];

	while (length > 0) {
		int part =
			length < sizeof(gone) ? (int)length : (int)sizeof(gone);

		if (crypto.BIO_read(t->out, gone, part) != part)
			return;
		length -= (size_t)part;
	}
}

/* What a result that is no success means. */
static int judge(struct tls *t, int result)
{
	long verified = ssl.SSL_get_verify_result(t->library);
	int error = ssl.SSL_get_error(t->library, result);

	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
		crypto.ERR_clear_error();
		return -EAGAIN;
	}
	if (verified != X509_V_OK &&
	    ssl.SSL_get_verify_mode(t->library) != SSL_VERIFY_NONE) {
		snprintf(t->words, sizeof(t->words), "certificate: %s",
			 crypto.X509_verify_cert_error_string(verified));
		crypto.ERR_clear_error();
	} else {
		take_words(t->words, "it is none");
	}
	return -EPROTO;
}

int tls_handshake(struct tls *t)
{
	int result;

	crypto.ERR_clear_error();
	result = ssl.SSL_do_handshake(t->library);
	return result == 1 ? 0 : judge(t, result);
}

bool tls_chose(const struct tls *t, const char *protocol)
{
	const unsigned char *chosen;
	unsigned length;

	ssl.SSL_get0_alpn_selected(t->library, &chosen, &length);
	return length == strlen(protocol) &&
	       memcmp(chosen, protocol, length) == 0;
}

ssize_t tls_read(struct tls *t, void *bytes, size_t size)
{
	int result;

	crypto.ERR_clear_error();
	result = ssl.SSL_read(t->library, bytes,
			      size > INT_MAX ? INT_MAX : (int)size);
	if (result > 0)
		return result;
	if (ssl.SSL_get_error(t->library, result) == SSL_ERROR_ZERO_RETURN)
		return 0;
	return judge(t, result);
}

int tls_write(struct tls *t, const void *bytes, size_t length)
{
	int result;

	crypto.ERR_clear_error();
	result = ssl.SSL_write(t->library, bytes, (int)length);
	if (result > 0 && (size_t)result == length)
		return 0;
	(void)judge(t, result);
	return -EPROTO;
}

void tls_words(const struct tls *t, char words[TLS_WORDS])
{
	memcpy(words, t->words, TLS_WORDS);
}
