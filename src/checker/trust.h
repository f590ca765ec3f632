/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom the checks trust: a context of TLS for each set of certificates that a
 * configuration names. All files are read at the set-up; checks of what cannot
 * be read are local trouble.
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
void trust_close(struct trust *all);

/* What the TLS of a check needs, or NULL: it has none. */
const struct conf_tls *trust_of(const struct conf_check *conf);
/* It presents what SSL_GET presents of itself. */
bool trust_presents(const struct conf_check *conf);

/*
 * Before the process is confined, for each that will be used: 0 also if that is
 * not the first time, or what is wrong with `own` is the reason; or -errno,
 * -EBADMSG: `why` says what is wrong.
 */
int trust_read(struct trust *all, const struct conf_check *conf,
	       char why[TLS_WHY]);

/*
 * A connection as a check says, to a server of that name (or NULL), with that
 * protocol of ALPN (or NULL). NULL: there is no memory, or its certificates
 * could not be read.
 */
struct tls *trust_tls(struct trust *all, const struct conf_tls *tls,
		      bool presents, const char *sni, const char *protocol);

/* What such a check says then. */
#define TRUST_MISSING "TLS: certificates cannot be read"
