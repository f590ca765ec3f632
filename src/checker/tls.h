/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TLS as a client, by OpenSSL, over memory: bytes go in and out by calls, and
 * whoever has the connection sends and receives them (stream.h). So what a
 * server sends costs what it sends, and a record at most is kept.
 *
 * All certificates are read when a context is made, before the process is
 * confined.
 * It is the only file of the checks that knows this library's TLS.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct tls_context;
struct tls;

/* Room for words of what went wrong, with the zero. */
#define TLS_WORDS 64

/* The library, before anything else: 0 or -errno. */
int tls_load(void);

/* Text in PEM, or NULL; its name, for words of what is wrong in it. */
struct tls_file {
	const char *text, *name;
};

/*
 * What one presents of itself, and whom it trusts. A certificate may have those
 * of its issuers behind it. Without a key, it is with the certificate.
 * `password`: of the key, or "".
 */
struct tls_own {
	struct tls_file certificate, key, ca;
	const char *password;
};

/* Room for the words of a file: its name, what the library says of it, and what
 * helps. */
#define TLS_WHY 400

/*
 * What connections have in common. `own`, or NULL: the `ca` of it counts where
 * no other is given. `ca`: certificates that are trusted; without text those of
 * the system; only if `verifies` is set, else nothing is verified. Nobody is
 * ever asked for a password. NULL: `why` says what is wrong.
 */
struct tls_context *tls_context_open(bool verifies, const struct tls_file *ca,
				     const struct tls_own *own,
				     char why[TLS_WHY]);
void tls_context_close(struct tls_context *c);

/*
 * A connection. `sni`: the name that is sent, or NULL. `name`: what the
 * certificate must say, or NULL; where the context verifies. `protocol`: of
 * ALPN, "h2" or NULL. NULL: no memory.
 */
struct tls *tls_open(struct tls_context *c, const char *sni, const char *name,
		     const char *protocol);
void tls_close(struct tls *t);

/* What was received. -ENOMEM. */
int tls_put(struct tls *t, const void *bytes, size_t length);
/* What is to be sent, and how long it is; then how much of it was. */
size_t tls_pending(struct tls *t, const char **bytes);
void tls_sent(struct tls *t, size_t length);

/*
 * 0: the handshake is over. -EAGAIN: there may be bytes to be sent, and more
 * have to come. -EPROTO: it failed.
 */
int tls_handshake(struct tls *t);
/* The protocol that the server chose is this one. */
bool tls_chose(const struct tls *t, const char *protocol);

/* Bytes, 0 at the end of what the server says, -EAGAIN or -EPROTO. */
ssize_t tls_read(struct tls *t, void *bytes, size_t size);
/* All of them, or -EPROTO. */
int tls_write(struct tls *t, const void *bytes, size_t length);

/* Why the last call failed. */
void tls_words(const struct tls *t, char words[TLS_WORDS]);
