/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What SSL_GET presents of itself: the files of `SSL { }`. A private key is
 * readable for few, so they are opened with the rights of the keeper, and read
 * without them.
 */
#pragma once

#include "checker/tls.h"
#include "conf/model/model.h"

#include <stdbool.h>
#include <stddef.h>

/* What a file may have. */
#define OWN_BYTES_MOST (1u << 20)

enum own_file {
	OWN_CERTIFICATE,
	OWN_KEY,
	OWN_CA,
	OWN_FILES
};

struct own {
	struct tls_own tls;
	int error; /* errno: one cannot be read; `why` says which */
	char why[TLS_WHY];
	char *texts[OWN_FILES];
	size_t lengths[OWN_FILES];
};

/* A file as text that ends with a zero; it is the caller's. NULL: errno. */
char *own_text(const char *path);

/* Opens those that are configured: a descriptor each, or -errno. */
void own_open(const struct conf_model *model, int files[]);

/* Reads and closes them. */
void own_read(struct own *o, const struct conf_ssl *ssl, const int files[]);
/* Nothing of them is left in memory. */
void own_wipe(struct own *o);
