/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/trust.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct trusted {
	const char *ca; /* of the model, or NULL */
	bool verifies, presents;
	struct tls_context *context; /* NULL: it could not be read */
};

struct trust {
	struct trusted list[TRUST_MOST];
	unsigned count;
	const struct own *own;
};

struct trust *trust_open(const struct own *own)
{
	struct trust *all = calloc(1, sizeof(*all));

	if (all)
		all->own = own;
	return all;
}

void trust_close(struct trust *all)
{
	for (unsigned n = 0; all && n < all->count; n++)
		tls_context_close(all->list[n].context);
	free(all);
}

static struct trusted *find(struct trust *all, const struct conf_tls *tls,
			    bool presents)
{
	for (unsigned n = 0; n < all->count; n++) {
		struct trusted *t = &all->list[n];

		if (t->verifies == tls->verifies && t->presents == presents &&
		    (t->ca == tls->ca ||
		     (t->ca && tls->ca && strcmp(t->ca, tls->ca) == 0)))
			return t;
	}
	return NULL;
}

const struct conf_tls *trust_of(const struct conf_check *conf)
{
	static const struct conf_tls none;

	if (conf->kind == CONF_CHECK_SSL)
		return &conf->http.tls;
	if (conf->kind == CONF_CHECK_SMTP && conf->smtp.starttls)
		return &none;
	if (conf->kind == CONF_CHECK_GRPC && conf->grpc.uses_tls)
		return &conf->grpc.tls;
	return NULL;
}

bool trust_presents(const struct conf_check *conf)
{
	return conf->kind == CONF_CHECK_SSL;
}

/* 0 or -errno. */
static int read_context(struct trusted *t, const struct own *own,
			char why[TLS_WHY])
{
	struct tls_file ca = { .name = t->ca };
	char *text = t->verifies && t->ca ? own_text(t->ca) : NULL;
	int error = errno;

	if (t->verifies && t->ca && !text) {
		snprintf(why, TLS_WHY, "%.200s, of ca, cannot be read: %s",
			 t->ca, strerror(error));
		return -error;
	}
	ca.text = text;
	t->context = tls_context_open(t->verifies, &ca,
				      t->presents ? &own->tls : NULL, why);
	free(text);
	return t->context ? 0 : -EBADMSG;
}

int trust_read(struct trust *all, const struct conf_check *conf,
	       char why[TLS_WHY])
{
	const struct conf_tls *tls = trust_of(conf);
	bool presents = trust_presents(conf);
	struct trusted *t;

	if (find(all, tls, presents))
		return 0;
	if (all->count == TRUST_MOST) {
		snprintf(why, TLS_WHY,
			 "those of %.200s are not read: there are more than %u "
			 "files of certificates",
			 tls->ca ? tls->ca : "the system", TRUST_MOST);
		return -ENOSPC;
	}
	t = &all->list[all->count++];
	t->ca = tls->ca;
	t->verifies = tls->verifies;
	t->presents = presents;
	return presents && all->own->error ? 0 : read_context(t, all->own, why);
}

struct tls *trust_tls(struct trust *all, const struct conf_tls *tls,
		      bool presents, const char *sni, const char *protocol)
{
	const struct trusted *t = all ? find(all, tls, presents) : NULL;

	if (!t || !t->context)
		return NULL;
	return tls_open(t->context, sni, tls->verify ? tls->verify : sni,
			protocol);
}
