/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom the checks trust: a context of TLS for each set of certificates that a
 * configuration names. All files are read at the set-up; what cannot be read is
 * told then, and its checks are local trouble.
 */
#pragma once

#include "checker/own.h"
#include "checker/tls.h"
#include "conf/model/lvs.h"

struct trust;

/* For that many different sets at most: others are refused. */
#define TRUST_MOST 256

/* NULL: no memory. `own`: of those that present it, until all are read. */
struct trust *trust_open(const struct own *own);
/* Before the process is confined, for each that will be used. `presents`: what
 * SSL_GET presents of itself. */
void trust_read(struct trust *all, const struct conf_tls *tls, bool presents);

/*
 * A connection as a check says, to a server of that name (or NULL), with that
 * protocol of ALPN (or NULL). NULL: there is no memory, or its certificates
 * could not be read.
 */
struct tls *trust_tls(struct trust *all, const struct conf_tls *tls,
		      bool presents, const char *sni, const char *protocol);

/* What such a check says then. */
#define TRUST_MISSING "TLS: certificates cannot be read"
