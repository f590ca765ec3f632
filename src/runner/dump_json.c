/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keepalived.json: the keys and types that its readers know, in one line. Texts
 * are passed on byte by byte, as there, whatever a name is made of.
 */
#include "runner/dump_files.h"

#include "conf/model/targets.h"

#include <stdlib.h>

static void put_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (const char *c = text; *c; c++) {
		if (*c == '"' || *c == '\\' || *c == '/')
			fputc('\\', out);
		if ((unsigned char)*c < ' ')
			fprintf(out, "\\u%04x", *c);
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

static void put_key(FILE *out, const char *key)
{
	fprintf(out, ",\"%s\":", key);
}

static void put_number(FILE *out, const char *key, uint64_t value)
{
	put_key(out, key);
	fprintf(out, "%llu", (unsigned long long)value);
}

static void put_flag(FILE *out, const char *key, bool value)
{
	put_key(out, key);
	fputs(value ? "true" : "false", out);
}

static void put_string(FILE *out, const char *key, const char *value)
{
	put_key(out, key);
	put_text(out, value);
}

/* Whole ones have no point. */
static void put_seconds(FILE *out, const char *key, tick_t value)
{
	put_key(out, key);
	fprintf(out, "%g", (double)value / TICK_SECOND);
}

/* An item of a list: what one of these functions writes, as a text. */
struct item {
	FILE *out;
	char *text;
	size_t length;
};

static FILE *item_begin(struct item *i)
{
	i->text = NULL;
	i->out = open_memstream(&i->text, &i->length);
	return i->out;
}

static void item_end(struct item *i, FILE *out)
{
	fclose(i->out);
	put_text(out, i->text ? i->text : "");
	free(i->text);
}

/* "key":[ before the first one of a list, a comma before others. */
static void put_next(FILE *out, const char *key, bool *any)
{
	if (*any)
		fputc(',', out);
	else
		fprintf(out, ",\"%s\":[", key);
	*any = true;
}

static void end_list(FILE *out, bool any)
{
	if (any)
		fputc(']', out);
}

static void addresses(const struct runner *r, const struct dumped *d,
		      const char *key, bool excluded, FILE *out)
{
	const struct conf_instance *c = d->conf;
	bool any = false;

	for (uint32_t n = 0; n < c->address_count; n++) {
		struct item item;

		if (c->addresses[n].excluded != excluded || !item_begin(&item))
			continue;
		dump_address(item.out, c, &c->addresses[n],
			     dump_is_set(r, d, n));
		put_next(out, key, &any);
		item_end(&item, out);
	}
	end_list(out, any);
}

static void routes(const struct conf_instance *c, FILE *out)
{
	bool any = false;

	for (uint32_t n = 0; n < c->route_count; n++) {
		struct item item;

		if (!item_begin(&item))
			continue;
		dump_route(item.out, &c->routes[n]);
		put_next(out, "vroutes", &any);
		item_end(&item, out);
	}
	end_list(out, any);
}

static void rules(const struct conf_instance *c, FILE *out)
{
	bool any = false;

	for (uint32_t n = 0; n < c->rule_count; n++) {
		struct item item;

		if (!item_begin(&item))
			continue;
		dump_rule(item.out, &c->rules[n]);
		put_next(out, "vrules", &any);
		item_end(&item, out);
	}
	end_list(out, any);
}

static void command(const struct runner *r, const char *key,
		    const char *command, const struct conf_user *user,
		    FILE *out)
{
	struct item item;

	if (!command || !command[0] || !item_begin(&item))
		return;
	dump_command(item.out, r, command, user);
	put_key(out, key);
	item_end(&item, out);
}

static void scripts(const struct runner *r, const struct conf_instance *c,
		    FILE *out)
{
	static const struct {
		const char *key;
		enum conf_notify_on on;
	} keys[] = {
		{ "script_backup", CONF_NOTIFY_BACKUP },
		{ "script_master", CONF_NOTIFY_ACTIVE },
		{ "script_fault", CONF_NOTIFY_FAULT },
		{ "script_stop", CONF_NOTIFY_STOP },
		{ "script_deleted", CONF_NOTIFY_DELETED },
		{ "script", CONF_NOTIFY_ANY },
		{ "script_master_rx_lower_pri", CONF_NOTIFY_LOWER },
	};

	for (size_t n = 0; c->notifies.on && n < sizeof(keys) / sizeof(keys[0]);
	     n++)
		command(r, keys[n].key, c->notifies.on[keys[n].on].command,
			&c->notifies.on[keys[n].on].user, out);
}

/* Interfaces and processes by their names, scripts by what they run. */
static void tracked(const struct runner *r, const struct conf_instance *c,
		    FILE *out)
{
	const struct conf_tracking *t = &c->tracking;
	bool any = false;

	for (uint32_t n = 0; n < c->tracked_interface_count; n++) {
		put_next(out, "track_ifp", &any);
		put_text(out, c->tracked_interfaces[n].on.name);
	}
	end_list(out, any);
	any = false;
	for (uint32_t n = 0; n < t->count[VRRP_TARGET_SCRIPT]; n++) {
		const struct conf_script *s =
			&r->model->scripts[t->list[VRRP_TARGET_SCRIPT][n]
						   .target];
		struct item item;

		if (!item_begin(&item))
			continue;
		dump_command(item.out, r, s->command, &s->user);
		put_next(out, "track_script", &any);
		item_end(&item, out);
	}
	end_list(out, any);
	any = false;
	for (uint32_t n = 0; n < t->count[VRRP_TARGET_PROCESS]; n++) {
		put_next(out, "track_process", &any);
		put_text(out, t->list[VRRP_TARGET_PROCESS][n].name);
	}
	end_list(out, any);
}

static void announcements(const struct vrrp_announce_config *a, FILE *out)
{
	put_seconds(out, "garp_delay", a->delay);
	put_number(out, "garp_refresh", (uint64_t)(a->refresh / TICK_SECOND));
	put_number(out, "garp_rep", a->repeat);
	put_number(out, "garp_refresh_rep", a->refresh_repeat);
	put_number(out, "garp_lower_prio_delay",
		   (uint64_t)(a->lower_delay / TICK_SECOND));
	put_number(out, "garp_lower_prio_rep", a->lower_repeat);
}

static void protocol(const struct dumped *d, FILE *out)
{
	const struct vrrp_config *v = &d->conf->vrrp;

	put_number(out, "lower_prio_no_advert", v->lower_prio_no_advert);
	put_number(out, "higher_prio_send_advert", v->higher_prio_send_advert);
	put_number(out, "vrid", v->vrid);
	put_number(out, "base_priority", v->priority);
	put_number(out, "effective_priority", d->core.priority);
}

static void state(const struct runner *r, const struct dumped *d, FILE *out)
{
	const struct conf_instance *c = d->conf;
	const struct vrrp_config *v = &c->vrrp;
	enum vrrp_state wanted = d->state;
	bool set = false;

	for (uint32_t n = 0; n < c->address_count && !set; n++)
		set = dump_is_set(r, d, n);
	if (wanted == VRRP_INIT)
		wanted = c->state_active ? VRRP_ACTIVE : VRRP_BACKUP;
	put_flag(out, "vipset", set);
	put_flag(out, "promote_secondaries", c->promote_secondaries);
	put_seconds(out, "adver_int", v->interval);
	put_seconds(out, "master_adver_int",
		    d->state == VRRP_BACKUP && d->core.active_interval
			    ? d->core.active_interval
			    : v->interval);
	put_number(out, "accept", 1);
	put_flag(out, "nopreempt", !v->preempt);
	put_number(out, "preempt_delay",
		   (uint64_t)(v->preempt_delay / TICK_SECOND));
	put_number(out, "state", d->state);
	put_number(out, "wantstate", wanted);
	put_number(out, "version", v->version);
}

static void authentication(const struct conf_instance *c, FILE *out)
{
	bool password = c->vrrp.auth.type == VRRP_AUTH_PASSWORD;

	put_number(out, "auth_type", password);
	if (password) /* which is a secret */
		put_string(out, "auth_data", "********");
}

static void data(const struct runner *r, uint32_t index, FILE *out)
{
	struct dumped d;
	const struct conf_instance *c = &r->model->instances[index];
	tick_t since;

	dump_read(r, index, &d);
	since = d.instance.record.since_real;
	fputs("{\"iname\":", out);
	put_text(out, c->name);
	put_number(out, "dont_track_primary", c->dont_track_primary);
	put_number(out, "skip_check_adv_addr", c->vrrp.skip_check_adv_addr);
	put_number(out, "strict_mode", c->vrrp.strict);
	put_string(out, "vmac_ifname", "");
	put_string(out, "ifp_ifname", conf_interface(c));
	put_number(out, "master_priority", d.instance.record.peer_priority);
	put_key(out, "last_transition");
	fprintf(out, "%lld.%06lld", (long long)(since / TICK_SECOND),
		(long long)(since % TICK_SECOND / TICK_MICROSECOND));
	announcements(&c->vrrp.announce, out);
	protocol(&d, out);
	state(r, &d, out);
	put_flag(out, "smtp_alert", c->smtp_alert);
	put_flag(out, "notify_deleted",
		 c->notifies.on && c->notifies.on[CONF_NOTIFY_DELETED].command);
	scripts(r, c, out);
	addresses(r, &d, "vips", false, out);
	addresses(r, &d, "evips", true, out);
	routes(c, out);
	rules(c, out);
	tracked(r, c, out);
	authentication(c, out);
	fputc('}', out);
}

static void stats(const struct runner *r, uint32_t index, FILE *out)
{
	static const char *const keys[] = {
		[LEDGER_STAT_ADVERTS_RECEIVED] = "advert_rcvd",
		[LEDGER_STAT_ADVERTS_SENT] = "advert_sent",
		[LEDGER_STAT_BECAME_ACTIVE] = "become_master",
		[LEDGER_STAT_LEFT_ACTIVE] = "release_master",
		[LEDGER_STAT_LENGTH] = "packet_len_err",
		[LEDGER_STAT_INTERVAL] = "advert_interval_err",
		[LEDGER_STAT_TTL] = "ip_ttl_err",
		[LEDGER_STAT_TYPE] = "invalid_type_rcvd",
		[LEDGER_STAT_ADDRESS_LIST] = "addr_list_err",
		[LEDGER_STAT_AUTH_INVALID] = "invalid_authtype",
		[LEDGER_STAT_AUTH_MISMATCH] = "authtype_mismatch",
		[LEDGER_STAT_AUTH_FAILURE] = "auth_failure",
		[LEDGER_STAT_RESIGNS_RECEIVED] = "pri_zero_rcvd",
		[LEDGER_STAT_RESIGNS_SENT] = "pri_zero_sent",
	};
	uint64_t values[LEDGER_STATS];

	ledger_read_stats(r->ledger, index, values);
	for (unsigned n = 0; n < LEDGER_STATS; n++)
		fprintf(out, "%c\"%s\":%llu", n == 0 ? '{' : ',', keys[n],
			(unsigned long long)values[n]);
	fputc('}', out);
}

static void process(const struct runner *r, uint32_t n, FILE *out)
{
	static const char *const matches[] = {
		[CONF_MATCH_NONE] = "none",
		[CONF_MATCH_EXACT] = "exact",
		[CONF_MATCH_PARTIAL] = "partial",
		[CONF_MATCH_INITIAL] = "initial",
	};
	const struct conf_track_process *p = &r->model->processes[n];
	int weight = p->is.weight.value;
	struct ledger_result result;
	struct item item;

	ledger_read_result(r->ledger,
			   conf_target_first(r->model, VRRP_TARGET_PROCESS) + n,
			   &result);
	fputs("{\"process\":", out);
	put_text(out, p->process.count > 0 ? p->process.list[0] : "");
	if (p->process.count > 1 && item_begin(&item)) {
		for (uint32_t k = 1; k < p->process.count; k++)
			fprintf(item.out, "%s%s", k > 1 ? " " : "",
				p->process.list[k]);
		put_key(out, "parameters");
		item_end(&item, out);
	}
	put_string(out, "param_match", matches[p->match]);
	put_number(out, "min_processes", p->quorum);
	if (p->quorum_max < CONF_QUORUM_MAX)
		put_number(out, "max_processes", p->quorum_max);
	put_number(out, "current_processes",
		   result.how == LEDGER_HOW_COUNTED && result.value > 0
			   ? (uint64_t)result.value
			   : 0);
	put_flag(out, "have_quorum", result.verdict == LEDGER_VERDICT_GOOD);
	put_key(out, "weight");
	fprintf(out, "%d", p->is.weight.reverse ? -weight : weight);
	put_seconds(out, "terminate_delay", p->terminate_delay);
	put_seconds(out, "fork_delay", p->fork_delay);
	/* A change that is delayed is not known here. */
	put_flag(out, "fork_delay_timer_running", false);
	put_flag(out, "terminate_delay_timer_running", false);
	put_flag(out, "full_command", p->full_command);
	fputc('}', out);
}

/* Of json_version 2; it ends the whole. */
static void processes(const struct runner *r, FILE *out)
{
	for (uint32_t n = 0; n < r->model->process_count; n++) {
		fputs(n == 0 ? ",\"track_process\":[" : ",", out);
		process(r, n, out);
	}
	fputs(r->model->process_count > 0 ? "]}" : "}", out);
}

void dump_json(const struct runner *r, FILE *out)
{
	bool second = r->model->global.dumps.json_version == 2;

	fputs(second ? "{\"vrrp\":[" : "[", out);
	for (uint32_t n = 0; n < r->model->instance_count; n++) {
		fputs(n == 0 ? "{\"data\":" : ",{\"data\":", out);
		data(r, n, out);
		fputs(",\"stats\":", out);
		stats(r, n, out);
		fputc('}', out);
	}
	fputc(']', out);
	if (second)
		processes(r, out);
	fputc('\n', out);
}
