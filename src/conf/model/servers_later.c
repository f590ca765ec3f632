/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is read of virtual servers and not done yet. It is told once, where it
 * stands first. Where servers would be judged, or served, otherwise than the
 * file says, the file is refused. A word that is done loses its line here.
 */
#include "base/must.h"
#include "conf/model/finish.h"
#include "conf/model/rows.h"

#include <string.h>

/* Where the first one of these stands, or NULL. */
typedef const struct conf_span *found_fn(const struct conf_model *model);

struct undone {
	const char *what, *does;
	found_fn *first;
	bool refused;
};

static const struct conf_span *first_check(const struct conf_model *model,
					   enum conf_check_kind kind)
{
	for (size_t i = 0; i < model->virtual_server_count; i++) {
		const struct conf_virtual_server *vs =
			&model->virtual_servers[i];

		for (uint32_t n = 0; n < vs->server_count; n++) {
			const struct conf_real_server *rs = &vs->servers[n];

			for (uint32_t c = 0; c < rs->check_count; c++)
				if (rs->checks[c].kind == kind)
					return &rs->checks[c].span;
		}
	}
	return NULL;
}

static const struct conf_span *first_misc(const struct conf_model *model)
{
	return first_check(model, CONF_CHECK_MISC);
}

static const struct conf_span *first_bfd(const struct conf_model *model)
{
	return first_check(model, CONF_CHECK_BFD);
}

/* The first virtual or real server that `has` it. */
static const struct conf_span *
first_server(const struct conf_model *model,
	     bool (*of_service)(const struct conf_virtual_server *vs),
	     bool (*of_server)(const struct conf_real_server *rs))
{
	for (size_t i = 0; i < model->virtual_server_count; i++) {
		const struct conf_virtual_server *vs =
			&model->virtual_servers[i];

		if (of_service(vs))
			return &vs->span;
		for (uint32_t n = 0; of_server && n < vs->server_count; n++)
			if (of_server(&vs->servers[n]))
				return &vs->servers[n].span;
	}
	return NULL;
}

static bool service_tells(const struct conf_virtual_server *vs)
{
	return vs->notifies.on != NULL;
}

static bool server_tells(const struct conf_real_server *rs)
{
	return rs->notifies.on != NULL;
}

static const struct conf_span *first_script(const struct conf_model *model)
{
	return first_server(model, service_tells, server_tells);
}

static bool service_mails(const struct conf_virtual_server *vs)
{
	return vs->smtp_alert == 1;
}

static bool server_mails(const struct conf_real_server *rs)
{
	return rs->smtp_alert == 1;
}

static const struct conf_span *first_mail(const struct conf_model *model)
{
	return first_server(model, service_mails, server_mails);
}

static bool service_rests(const struct conf_virtual_server *vs)
{
	return vs->ha_suspend;
}

static const struct conf_span *first_suspend(const struct conf_model *model)
{
	return first_server(model, service_rests, NULL);
}

static bool service_drains(const struct conf_virtual_server *vs)
{
	return vs->drain_timeout > 0;
}

static const struct conf_span *first_drain(const struct conf_model *model)
{
	return first_server(model, service_drains, NULL);
}

static const struct undone list[] = {
	{ "MISC_CHECK", "a real server is up as long as a script says so",
	  first_misc, true },
	{ "BFD_CHECK", "a real server is up as long as a BFD session is",
	  first_bfd, true },
	{ "notify_up, notify_down, quorum_up and quorum_down",
	  "scripts are told of real servers and quorums", first_script, false },
	{ "smtp_alert of virtual and real servers",
	  "mail tells of real servers and quorums", first_mail, false },
	{ "ha_suspend", "checks rest while the address is elsewhere",
	  first_suspend, false },
	{ "drain_timeout",
	  "connections of a real server that a file removes may end",
	  first_drain, false },
};

/* Of global_defs, where no virtual server says it. */
static void tell_global(struct conf_reader *r)
{
	static const char *const words[] = {
		"rs_init_notifies",
		"lvs_notify_fifo",
		"nftables_ipvs",
	};

	for (const struct conf_mark *m = r->note.marks; m; m = m->next) {
		struct conf_place place = { .span = m->span };

		for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
			if (strcmp(m->row->word, words[i]) != 0)
				continue;
			conf_report_ignored(r->report, &place, m->row->help,
					    "%s is accepted, but not done yet",
					    m->row->word);
			r->report->diagnostics->later++;
		}
	}
}

static void tell_namespace(struct conf_reader *r)
{
	struct conf_place place =
		conf_note_place(&r->note, offsetof(struct conf_model,
						   daemon.net_namespace_ipvs));

	conf_report(r->report, CONF_ERROR, &place,
		    "remove it if this router can do without",
		    "baton does not do net_namespace_ipvs yet: the network "
		    "namespace of virtual servers");
	r->report->diagnostics->not_done++;
}

void conf_servers_not_done(struct conf_reader *r,
			   const struct conf_model *model)
{
	for (size_t i = 0; i < ARRAY_LENGTH(list); i++) {
		const struct undone *u = &list[i];
		const struct conf_span *first = u->first(model);
		struct conf_place place = { 0 };

		if (!first)
			continue;
		place.span = *first;
		if (u->refused) {
			conf_report(r->report, CONF_ERROR, &place,
				    "remove it if this router can do without",
				    "baton does not do %s yet: %s", u->what,
				    u->does);
			r->report->diagnostics->not_done++;
			continue;
		}
		conf_report_ignored(r->report, &place, u->does,
				    "%s: accepted, but not done yet", u->what);
		r->report->diagnostics->later++;
	}
	tell_global(r);
	if (model->daemon.net_namespace_ipvs)
		tell_namespace(r);
}
