/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One virtual server: what its values say of each other, and what of it cannot
 * be used. What keepalived changes is changed here too, and told.
 */
#include "base/must.h"
#include "conf/model/finish.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#define AT(field) ((uint32_t)offsetof(struct conf_virtual_server, field))

/* keepalived's, for persistence by persistence_granularity or port 0. */
#define PERSISTENCE_DEFAULT 360

struct finishing {
	struct conf_reader *reader;
	struct conf_virtual_server *vs;
	const struct conf_note *note;
};

static struct conf_place place_of(const struct conf_span *span)
{
	return (struct conf_place){ .span = *span };
}

static void finish_persistence(const struct finishing *f)
{
	struct conf_virtual_server *vs = f->vs;
	struct conf_place place = place_of(&vs->span);
	bool any_port = vs->id.by == CONF_BY_ADDRESS && vs->id.port == 0;

	if (vs->persistence_timeout > 0)
		return;
	if (any_port || vs->granularity.mask || vs->granularity.length)
		vs->persistence_timeout = PERSISTENCE_DEFAULT;
	if (any_port)
		conf_report(f->reader->report, CONF_WARNING, &place,
			    "write a port, or persistence_timeout 360",
			    "a virtual_server of all ports must be "
			    "persistent; its persistence_timeout is 360");
}

/* That of its real servers, if they all have it. */
static uint8_t family_of(const struct conf_virtual_server *vs)
{
	uint8_t family =
		vs->server_count > 0 ? vs->servers[0].address.family : IP_V4;

	if (vs->granularity.mask || vs->granularity.length)
		return vs->granularity.mask ? IP_V4 : IP_V6;
	for (size_t i = 0; i < vs->server_count; i++)
		if (vs->servers[i].address.family != family)
			return IP_V4;
	return family;
}

static void finish_family(const struct finishing *f)
{
	struct conf_virtual_server *vs = f->vs;
	struct conf_place place = conf_note_place(f->note, AT(family));

	if (vs->id.by != CONF_BY_ADDRESS) {
		if (vs->family == IP_NONE)
			vs->family = family_of(vs);
		return;
	}
	if (vs->family != IP_NONE && vs->family != vs->id.address.family)
		conf_report_ignored(f->reader->report, &place, "remove it",
				    "the address says another family than "
				    "ip_family; that is left out");
	vs->family = IP_NONE;
}

/* What has a default that is seldom meant. */
static void tell_defaults(const struct finishing *f)
{
	struct conf_place place = place_of(&f->vs->span);

	if (!conf_note_has(f->note, AT(protocol)) &&
	    f->vs->id.by != CONF_BY_MARK)
		conf_report(f->reader->report, CONF_WARNING, &place,
			    "write protocol TCP, UDP or SCTP",
			    "this virtual_server has no protocol; it is UDP");
	if (!conf_note_has(f->note, AT(forward)))
		conf_report(f->reader->report, CONF_WARNING, &place,
			    "write lvs_method NAT, DR or TUN",
			    "this virtual_server has no lvs_method; it is NAT");
}

static void leave_out(const struct finishing *f, uint32_t field,
		      const char *hint, const char *what)
{
	struct conf_place place = conf_note_place(f->note, field);

	conf_report_ignored(f->reader->report, &place, hint, "%s", what);
}

/* sh-port and its like are for one scheduler; flag-1 is for any. */
static void finish_flags(const struct finishing *f)
{
	struct conf_virtual_server *vs = f->vs;
	const struct {
		uint32_t field;
		bool *flag;
	} flags[] = { { AT(flag_1), &vs->flag_1 },
		      { AT(flag_2), &vs->flag_2 } };
	bool kept[2] = { false };
	struct conf_place place;

	for (const struct conf_mark *m = f->note->marks; m; m = m->next) {
		for (size_t i = 0; i < ARRAY_LENGTH(flags); i++) {
			const char *word = m->row->word;
			bool is_sh = strncmp(word, "sh-", 3) == 0;
			bool is_mh = strncmp(word, "mh-", 3) == 0;

			if (m->offset != flags[i].field || m->wrong)
				continue;
			kept[i] |= (!is_sh && !is_mh) ||
				   (is_sh && vs->scheduler == CONF_SCHED_SH) ||
				   (is_mh && vs->scheduler == CONF_SCHED_MH);
		}
	}
	for (size_t i = 0; i < ARRAY_LENGTH(flags); i++) {
		if (!*flags[i].flag || kept[i])
			continue;
		place = conf_note_place(f->note, flags[i].field);
		*flags[i].flag = false;
		conf_report_ignored(f->reader->report, &place,
				    "write lvs_sched sh or mh, or remove it",
				    "this flag is of another scheduler than "
				    "%s; it is left out",
				    conf_scheduler_name(vs->scheduler));
	}
}

static void finish_options(const struct finishing *f)
{
	struct conf_virtual_server *vs = f->vs;

	if (vs->ops && vs->protocol != IPPROTO_UDP &&
	    vs->id.by != CONF_BY_MARK) {
		vs->ops = false;
		leave_out(f, AT(ops), "write protocol UDP, or remove it",
			  "ops is for UDP only; it is left out");
	}
	if (vs->sorry.address.family == IP_NONE && vs->sorry.inhibit) {
		vs->sorry.inhibit = false;
		leave_out(f, AT(sorry.inhibit), "write sorry_server too",
			  "sorry_server_inhibit has no effect without "
			  "sorry_server");
	}
}

/* The kernel takes another family through a tunnel only. */
static bool family_fits(const struct conf_virtual_server *vs,
			const struct ip *address,
			const struct conf_forward *forward)
{
	return forward->method == CONF_FORWARD_TUN ||
	       vs->id.by == CONF_BY_GROUP || /* its entries are looked at */
	       address->family == conf_server_family(vs);
}

static void finish_sorry(const struct finishing *f)
{
	struct conf_virtual_server *vs = f->vs;

	if (vs->sorry.address.family == IP_NONE ||
	    family_fits(vs, &vs->sorry.address, conf_sorry_forward(vs)))
		return;
	vs->sorry.address = (struct ip){ 0 };
	vs->sorry.port = 0;
	vs->sorry.inhibit = false;
	leave_out(f, AT(sorry), "write an address of the same family, or TUN",
		  "sorry_server has another family than the virtual_server; "
		  "it is left out");
}

/* Real servers that were kept so far, by what the kernel knows them by. */
struct kept {
	const struct conf_virtual_server *vs;
	const struct conf_real_server *list;
};

static uint16_t port_of(const struct conf_virtual_server *vs,
			const struct conf_real_server *rs)
{
	return conf_server_port(conf_server_forward(vs, rs), rs->port,
				vs->id.port);
}

static bool same_server(const void *context, uint32_t a, uint32_t b)
{
	const struct kept *k = context;

	return ip_equal(&k->list[a].address, &k->list[b].address) &&
	       port_of(k->vs, &k->list[a]) == port_of(k->vs, &k->list[b]);
}

static void finish_thresholds(struct conf_reader *r,
			      struct conf_real_server *rs)
{
	struct conf_place place = place_of(&rs->span);

	if (rs->uthreshold == 0 || rs->lthreshold <= rs->uthreshold)
		return;
	rs->lthreshold = 0;
	conf_report_ignored(r->report, &place,
			    "write a number below uthreshold",
			    "lthreshold is above uthreshold, which the kernel "
			    "refuses; it is left out");
}

/* By DR and TUN the port cannot change, and a mark has none. */
static void tell_port(const struct finishing *f,
		      const struct conf_real_server *rs)
{
	struct conf_place place = place_of(&rs->span);
	const struct conf_virtual_server *vs = f->vs;
	bool is_nat = conf_server_forward(vs, rs)->method == CONF_FORWARD_NAT;

	if (is_nat || rs->port == 0 || vs->id.by == CONF_BY_GROUP ||
	    rs->port == vs->id.port || vs->id.by == CONF_BY_MARK)
		return;
	conf_report(f->reader->report, CONF_WARNING, &place,
		    "write the port of the virtual_server, or lvs_method NAT",
		    "DR and TUN leave the port as it is: connections come to "
		    "port %u, though checks go to %u",
		    vs->id.port, rs->port);
}

/* False: it is left out, which is told. */
static bool keep(const struct finishing *f, struct conf_index *index,
		 struct conf_real_server *rs, uint32_t number)
{
	struct conf_virtual_server *vs = f->vs;
	struct conf_place place = place_of(&rs->span);
	uint32_t hash =
		map_hash(&rs->address, sizeof(rs->address)) ^ port_of(vs, rs);
	uint32_t found;

	if (!family_fits(vs, &rs->address, conf_server_forward(vs, rs))) {
		conf_report_ignored(f->reader->report, &place,
				    "write an address of the same family, or "
				    "lvs_method TUN",
				    "this real_server has another family than "
				    "the virtual_server; it is left out");
		return false;
	}
	found = conf_index_put(index, f->reader->memory, hash, number);
	if (found == CONF_INDEX_NONE)
		return true;
	conf_report_ignored(f->reader->report, &place, "remove it",
			    "this real_server stands in the same "
			    "virtual_server already, in line %u; it is left "
			    "out",
			    vs->servers[found].span.line);
	return false;
}

static void finish_servers(const struct finishing *f)
{
	struct conf_virtual_server *vs = f->vs;
	struct kept kept = { vs, vs->servers };
	struct conf_index index = { .same = same_server, .context = &kept };
	uint32_t count = 0;

	for (uint32_t i = 0; i < vs->server_count; i++) {
		vs->servers[count] = vs->servers[i];
		if (!keep(f, &index, &vs->servers[count], count))
			continue;
		finish_thresholds(f->reader, &vs->servers[count]);
		tell_port(f, &vs->servers[count]);
		count++;
	}
	vs->server_count = count;
	conf_index_free(&index, f->reader->memory);
}

/* What no weight of its servers could ever reach. */
static void finish_quorum(const struct finishing *f)
{
	struct conf_virtual_server *vs = f->vs;
	struct conf_place place = conf_note_place(f->note, AT(quorum));
	uint64_t sum = 0;

	for (uint32_t i = 0; i < vs->server_count; i++)
		sum += (uint64_t)conf_server_weight(vs, &vs->servers[i]);
	if (vs->quorum > sum && vs->quorum > 1) {
		conf_report(
			f->reader->report, CONF_WARNING, &place,
			"write a lower quorum, or higher weights",
			"quorum %u is more than all weights together, %llu, "
			"which counts",
			vs->quorum, (unsigned long long)sum);
		vs->quorum = sum > 0 ? (uint32_t)sum : 1;
	}
	if (vs->hysteresis > 0 && vs->hysteresis >= vs->quorum) {
		place = conf_note_place(f->note, AT(hysteresis));
		conf_report(f->reader->report, CONF_WARNING, &place,
			    "write a number below the quorum",
			    "hysteresis %u is not below the quorum %u; %u "
			    "counts",
			    vs->hysteresis, vs->quorum, vs->quorum - 1);
		vs->hysteresis = vs->quorum - 1;
	}
}

void conf_virtual_server_finish(struct conf_reader *r, void *object,
				const struct conf_note *note)
{
	const struct finishing f = { r, object, note };

	finish_family(&f);
	tell_defaults(&f);
	finish_flags(&f);
	finish_options(&f);
	finish_servers(&f);
	finish_sorry(&f);
	finish_quorum(&f);
	finish_persistence(&f);
}

/* A check that can say nothing, and why; NULL: it can. */
static const char *lacks(const struct conf_check *check)
{
	switch ((enum conf_check_kind)check->kind) {
	case CONF_CHECK_HTTP:
	case CONF_CHECK_SSL:
		return check->http.url_count > 0 ? NULL : "url";
	case CONF_CHECK_MISC:
		return check->misc.command ? NULL : "misc_path";
	case CONF_CHECK_FILE:
		return check->file.name ? NULL : "track_file";
	case CONF_CHECK_BFD:
		return check->bfd.name ? NULL : "name";
	case CONF_CHECK_TCP:
	case CONF_CHECK_SMTP:
	case CONF_CHECK_DNS:
	case CONF_CHECK_UDP:
	case CONF_CHECK_PING:
	case CONF_CHECK_AGENT:
	case CONF_CHECK_GRPC:
	case CONF_CHECK_KINDS:
		break;
	}
	return NULL;
}

/* RFC 1035 2.3.4: parts of 1 to 63 bytes; the last may have a dot. */
static bool is_domain(const char *name)
{
	if (strcmp(name, ".") == 0)
		return true;
	while (*name) {
		size_t part = strcspn(name, ".");

		if (part == 0 || part > 63)
			return false;
		name += part + (name[part] == '.');
	}
	return true;
}

static void finish_check(struct conf_reader *r,
			 const struct conf_real_server *rs,
			 struct conf_check *check)
{
	struct conf_connect *c = &check->connect;
	uint8_t family = c->address.family != IP_NONE ? c->address.family
						      : rs->address.family;
	struct conf_place place = place_of(&check->span);

	if (c->bind.family != IP_NONE && c->bind.family != family) {
		c->bind = (struct ip){ 0 };
		conf_report_ignored(r->report, &place,
				    "write an address of the same family",
				    "bindto has another family than what is "
				    "checked; it is left out");
	}
	if (check->kind == CONF_CHECK_UDP &&
	    check->udp.reply_min > check->udp.reply_max)
		conf_report(r->report, CONF_WARNING, &place,
			    "write max_reply_length too",
			    "no reply can be as long as min_reply_length %u "
			    "and not longer than max_reply_length %u",
			    check->udp.reply_min, check->udp.reply_max);
	if (check->kind == CONF_CHECK_DNS && check->dns.name &&
	    !is_domain(check->dns.name))
		conf_report(
			r->report, CONF_WARNING, &place,
			"write parts of 1 to 63 letters, with a dot between",
			"no DNS server can be asked for this name; the "
			"server is never found good or bad");
	if (check->kind == CONF_CHECK_HTTP || check->kind == CONF_CHECK_SSL)
		check->http.tls.verifies |=
			check->http.tls.ca || check->http.tls.verify;
	if (check->kind == CONF_CHECK_GRPC)
		check->grpc.tls.verifies |=
			check->grpc.tls.ca || check->grpc.tls.verify;
}

/* As in keepalived, what can say nothing is left out. */
void conf_real_server_finish(struct conf_reader *r, void *object,
			     const struct conf_note *note)
{
	struct conf_real_server *rs = object;
	uint32_t count = 0;

	(void)note;
	for (uint32_t i = 0; i < rs->check_count; i++) {
		struct conf_check *check = &rs->checks[i];
		struct conf_place place = place_of(&check->span);
		const char *word = lacks(check);

		if (word) {
			conf_report_ignored(r->report, &place, NULL,
					    "%s has no %s; it is left out",
					    conf_check_word(check->kind), word);
			continue;
		}
		if (check->kind == CONF_CHECK_BFD) {
			conf_report_ignored(r->report, &place,
					    "check it by PING_CHECK or "
					    "TCP_CHECK",
					    "baton has no bfd_instance %s yet; "
					    "this BFD_CHECK is left out",
					    check->bfd.name);
			continue;
		}
		finish_check(r, rs, check);
		rs->checks[count++] = *check;
	}
	rs->check_count = count;
}
