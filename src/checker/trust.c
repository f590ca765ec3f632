/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/trust.h"

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

void trust_read(struct trust *all, const struct conf_tls *tls, bool presents)
{
	char words[TLS_WORDS] = "";
	struct trusted *t;

	if (find(all, tls, presents))
		return;
	if (all->count == TRUST_MOST) {
		fprintf(stderr,
			"batond: check: more than %u files of certificates: "
			"those of %s are not read\n",
			TRUST_MOST, tls->ca ? tls->ca : "the system");
		return;
	}
	t = &all->list[all->count++];
	t->ca = tls->ca;
	t->verifies = tls->verifies;
	t->presents = presents;
	if (presents && all->own->missing)
		return; /* that was told */
	t->context = tls_context_open(tls->verifies, tls->ca,
				      presents ? &all->own->tls : NULL, words);
	if (!t->context)
		fprintf(stderr,
			"batond: check: cannot read certificates%s%s: "
			"%s\n",
			tls->ca ? " of " : "", tls->ca ? tls->ca : "", words);
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
