/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/digest.h"

#include "checker/library.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <strings.h>

#define FUNCTIONS(X)                                                           \
	X(EVP_MD_CTX_new)                                                      \
	X(EVP_MD_CTX_free)                                                     \
	X(EVP_md5)                                                             \
	X(EVP_DigestInit_ex)                                                   \
	X(EVP_DigestUpdate)                                                    \
	X(EVP_DigestFinal_ex)

static struct {
	FUNCTIONS(LIBRARY_FIELD)
} lib;

LIBRARY_LOADS(load, "libcrypto.so.3", lib, FUNCTIONS)

/* It is the library's, under another name. */
static EVP_MD_CTX *context_of(struct digest *d)
{
	return (EVP_MD_CTX *)d;
}

int digest_load(void)
{
	struct digest *once;
	int error = load();

	/* What it opens for the first one cannot be opened later. */
	once = error ? NULL : digest_open();
	digest_close(once);
	return error;
}

struct digest *digest_open(void)
{
	EVP_MD_CTX *context = lib.EVP_MD_CTX_new();

	if (context && lib.EVP_DigestInit_ex(context, lib.EVP_md5(), NULL))
		return (struct digest *)context;
	lib.EVP_MD_CTX_free(context);
	return NULL;
}

void digest_close(struct digest *d)
{
	if (d)
		lib.EVP_MD_CTX_free(context_of(d));
}

void digest_add(struct digest *d, const void *bytes, size_t length)
{
	lib.EVP_DigestUpdate(context_of(d), bytes, length);
}

void digest_text(struct digest *d, char text[DIGEST_TEXT])
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	text[0] = '\0';
	if (!lib.EVP_DigestFinal_ex(context_of(d), bytes, &length))
		return;
	for (unsigned n = 0; n < length && 2 * n + 2 < DIGEST_TEXT; n++)
		snprintf(text + 2 * n, 3, "%02x", bytes[n]);
}

bool digest_is(struct digest *d, const char *text)
{
	char is[DIGEST_TEXT];

	digest_text(d, is);
	return is[0] && strcasecmp(is, text) == 0;
}
