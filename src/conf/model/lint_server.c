/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Notes on virtual servers: what is right, and may not be what was meant. */
#include "conf/model/finish.h"

#include <netinet/in.h>

static struct conf_place place_of(const struct conf_span *span)
{
	return (struct conf_place){ .span = *span };
}

/* Whether a real server may stand in the table with weight 0. */
static bool may_be_quiet(const struct conf_virtual_server *vs)
{
	for (uint32_t i = 0; i < vs->server_count; i++) {
		const struct conf_real_server *rs = &vs->servers[i];

		if (conf_server_weight(vs, rs) == 0 ||
		    (rs->check_count > 0 && conf_server_inhibit(vs, rs)))
			return true;
		for (uint32_t k = 0; k < rs->check_count; k++)
			if (rs->checks[k].kind == CONF_CHECK_AGENT ||
			    (rs->checks[k].kind == CONF_CHECK_MISC &&
			     rs->checks[k].misc.dynamic))
				return true;
	}
	return vs->drain_timeout > 0;
}

/* The kernel refuses clients whose hash falls on a server of weight 0. */
static void lint_hash(struct conf_reader *r,
		      const struct conf_virtual_server *vs)
{
	struct conf_place place = place_of(&vs->span);
	bool is_sh = vs->scheduler == CONF_SCHED_SH;

	if ((!is_sh && vs->scheduler != CONF_SCHED_MH) || vs->flag_1 ||
	    !may_be_quiet(vs))
		return;
	conf_report(r->report, CONF_NOTE, &place,
		    is_sh ? "write sh-fallback: then they go to another server"
			  : "write mh-fallback: then they go to another server",
		    "a server of weight 0 refuses the clients that %s gives it",
		    conf_scheduler_name(vs->scheduler));
}

/* What speaks TLS and believes anybody; the first of a file. */
static bool trusts_all(const struct conf_check *check)
{
	return (check->kind == CONF_CHECK_SSL && !check->http.tls.verifies) ||
	       (check->kind == CONF_CHECK_GRPC && check->grpc.uses_tls &&
		!check->grpc.tls.verifies);
}

static bool lint_tls(struct conf_reader *r,
		     const struct conf_virtual_server *vs)
{
	for (uint32_t i = 0; i < vs->server_count; i++) {
		const struct conf_real_server *rs = &vs->servers[i];

		for (uint32_t k = 0; k < rs->check_count; k++) {
			struct conf_place place = place_of(&rs->checks[k].span);

			if (!trusts_all(&rs->checks[k]))
				continue;
			conf_report(r->report, CONF_NOTE, &place,
				    "write verify, or ca FILE",
				    "this check takes any certificate, as in "
				    "keepalived");
			return true;
		}
	}
	return false;
}

/*
 * Clients of a server that is gone stay with it: those of UDP until their entry
 * ends, and those that are persistent while it has weight 0.
 */
static bool lint_sysctl(struct conf_reader *r,
			const struct conf_virtual_server *vs)
{
	struct conf_place place = place_of(&vs->span);
	bool udp = vs->protocol == IPPROTO_UDP && vs->id.by != CONF_BY_MARK;
	bool checked = false;

	for (uint32_t i = 0; i < vs->server_count; i++)
		checked |= vs->servers[i].check_count > 0;
	if (!checked || vs->ops || (!udp && !vs->persistence_timeout))
		return false;
	conf_report(r->report, CONF_NOTE, &place,
		    vs->persistence_timeout
			    ? "sysctl net.ipv4.vs.expire_nodest_conn=1 "
			      "net.ipv4.vs.expire_quiescent_template=1"
			    : "sysctl net.ipv4.vs.expire_nodest_conn=1",
		    "while a sysctl of IPVS is 0, clients of a server that "
		    "fails go on being sent to it");
	return true;
}

/* The same of one that drains, whether it is checked or not. */
static bool lint_drain(struct conf_reader *r,
		       const struct conf_virtual_server *vs)
{
	struct conf_place place = place_of(&vs->span);

	if (!vs->drain_timeout || !vs->persistence_timeout)
		return false;
	conf_report(r->report, CONF_NOTE, &place,
		    "sysctl net.ipv4.vs.expire_quiescent_template=1",
		    "while a sysctl of IPVS is 0, persistent clients of a "
		    "server that drains go on being sent to it");
	return true;
}

/* IPVS has input at 98 and 99: what comes before it gives it marks. */
#define BEFORE_IPVS 97

/* Where the ranges of addresses of groups that are marks are too many. */
static void lint_marks(struct conf_reader *r, const struct conf_model *model)
{
	int32_t priority = model->global.lvs.marks.priority;
	uint64_t count = 0;

	for (uint32_t n = 0; n < model->virtual_server_count; n++) {
		const struct conf_virtual_server *vs =
			&model->virtual_servers[n];
		struct conf_place place = place_of(&vs->span);

		if (!conf_server_is_marked(model, vs))
			continue;
		if (count == 0 && priority > BEFORE_IPVS)
			conf_report(r->report, CONF_NOTE, &place,
				    "write nftables_ipvs_priority 97 or lower",
				    "IPVS takes packets before "
				    "nftables_ipvs_priority %d gives them the "
				    "mark of this group: it is not served",
				    priority);
		count += model->server_groups[vs->group].entry_count;
		if (count <= CONF_LVS_MARKS_MAX)
			continue;
		conf_report(r->report, CONF_NOTE, &place,
			    "write ranges, or fewer groups",
			    "nftables_ipvs gives marks to %u ranges of "
			    "addresses, and with this group they are more: "
			    "some of them may not be served",
			    CONF_LVS_MARKS_MAX);
		return;
	}
}

void conf_lint_servers(struct conf_reader *r, const struct conf_model *model)
{
	bool told = false, sysctl = false, drain = false;

	lint_marks(r, model);
	for (uint32_t n = 0; n < model->virtual_server_count; n++) {
		lint_hash(r, &model->virtual_servers[n]);
		told = told || lint_tls(r, &model->virtual_servers[n]);
		sysctl = sysctl || lint_sysctl(r, &model->virtual_servers[n]);
		drain = drain || lint_drain(r, &model->virtual_servers[n]);
	}
}
