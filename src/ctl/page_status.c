/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /status and /why: what the ledger says, as JSON.
 *
 * The keys are an interface: they may be added to, and none changes. Words
 * come from vrrp/reason.h, units stand in the key.
 */
#include "base/must.h"
#include "ctl/page.h"
#include "ledger/lvs.h"
#include "ledger/trouble.h"
#include "ledger/words.h"
#include "sys/clock.h"

#include <assert.h>
#include <linux/if.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>

#define STATUS_SCHEMA 1

/* Events about the virtual router that /why tells, newest last. */
#define WHY_EVENTS_MAX 50

/* The time until a deadline, not less than 0; TICK_NEVER stays. */
static tick_t time_left(tick_t deadline, tick_t now)
{
	if (deadline == TICK_NEVER)
		return TICK_NEVER;
	return tick_until(deadline, now);
}

static void drops(struct json *j, struct ledger *l, uint32_t index)
{
	json_open_object(j, "dropped");
	for (unsigned d = VRRP_DROP_NONE + 1; d < VRRP_DROPS; d++)
		json_number(j, vrrp_drop_name((enum vrrp_drop)d),
			    ledger_count(l, LEDGER_DROPS, d, index));
	json_close(j);
}

static void counters(struct json *j, struct ledger *l, uint32_t index)
{
	struct ledger_counters copy;
	const struct ledger_counters *c = &copy;

	ledger_read_counters(l, index, &copy);
	json_open_object(j, "counters");
	json_number(j, "adverts_sent", c->adverts_sent);
	json_number(j, "adverts_received", c->adverts_received);
	json_number(j, "resigns_sent", c->resigns_sent);
	json_number(j, "resigns_received", c->resigns_received);
	json_number(j, "became_active", c->became_active);
	json_number(j, "announcements_sent", c->announcements_sent);
	json_number(j, "send_errors", c->send_errors);
	drops(j, l, index);
	json_open_object(j, "noted");
	for (unsigned n = 0; n < VRRP_NOTES; n++)
		json_number(j, vrrp_note_name((enum vrrp_note)n),
			    ledger_count(l, LEDGER_NOTES, n, index));
	json_close(j);
	json_close(j);
}

/* It waits until connections are synced (router/sync_wait.h). */
static void sync_wait(struct json *j, const struct ledger *l,
		      const struct ledger_instance *i)
{
	tick_t now = clock_now();

	if (!i->record.sync_until || !ledger_has_lvs(l)) {
		json_no_value(j, "sync_wait");
		return;
	}
	json_open_object(j, "sync_wait");
	json_number(j, "connections", ledger_lvs(l)->sync_connections);
	json_ms(j, "steady_ms",
		tick_since((tick_t)ledger_lvs(l)->sync_from, now));
	json_ms(j, "ends_in_ms", tick_until(i->record.sync_until, now));
	json_close(j);
}

/* What the protocol's timers say. */
static void timers(struct json *j, const struct ledger_instance *i,
		   const struct vrrp_saved *v)
{
	tick_t now = clock_now();

	json_ms(j, "advertisement_interval_ms", i->configured.interval);
	json_ms(j, "learned_interval_ms", v->active_interval);
	json_ms(j, "down_in_ms", time_left(v->down_timer, now));
	json_ms(j, "preempt_in_ms", time_left(v->preempt_timer, now));
	json_ms(j, "advert_in_ms", time_left(v->adver_timer, now));
}

/* The newest of the counters' mistakes: whose it was, and when. */
static void last_mistake(struct json *j, const struct ledger_instance *i)
{
	bool drop = i->record.last_mistake_type == LEDGER_EVENT_DROP;
	char mac[WORDS_MAC];

	if (i->record.last_mistake_peer.family == IP_NONE) {
		json_no_value(j, "last_mistake");
		return;
	}
	json_open_object(j, "last_mistake");
	json_string_of(
		j, drop ? "dropped" : "noted",
		drop ? vrrp_drop_name(
			       (enum vrrp_drop)i->record.last_mistake_code)
		     : vrrp_note_name(
			       (enum vrrp_note)i->record.last_mistake_code));
	json_ip(j, "peer", &i->record.last_mistake_peer);
	if (!drop && i->record.last_mistake_code == VRRP_NOTE_CONFLICT) {
		words_mac((uint64_t)i->record.last_mistake_value, mac);
		json_string_of(j, "mac", mac);
	}
	json_time(j, "time", i->record.last_mistake_real);
	json_ms(j, "age_ms",
		tick_since(i->record.last_mistake_real, clock_real_now()));
	json_close(j);
}

/* Of what it tracks; that of its interface is interface_status. */
static void faults(struct json *j, const struct vrrp_saved *v)
{
	json_open_array(j, "faults");
	for (unsigned n = 0; n < VRRP_FAULTS; n++)
		if (v->faults >> n & 1)
			json_string_of(j, NULL,
				       vrrp_fault_name((enum vrrp_fault)n));
	json_close(j);
}

/* The kernel's own words, and what helps. */
static void refusal(struct json *j, const char *key, const char *remedy_key,
		    int error, const char *remedy)
{
	if (error)
		json_string_of(j, key, strerror(error));
	else
		json_no_value(j, key);
	if (error && *remedy)
		json_string_of(j, remedy_key, remedy);
	else
		json_no_value(j, remedy_key);
}

static const char *operstate_word(uint8_t state)
{
	static const char *const words[] = {
		[IF_OPER_UNKNOWN] = "unknown",
		[IF_OPER_NOTPRESENT] = "not-present",
		[IF_OPER_DOWN] = "down",
		[IF_OPER_LOWERLAYERDOWN] = "lower-layer-down",
		[IF_OPER_TESTING] = "testing",
		[IF_OPER_DORMANT] = "dormant",
		[IF_OPER_UP] = "up",
	};

	return state < ARRAY_LENGTH(words) ? words[state] : "unknown";
}

/* Its interface, as `vrrp` knows it; that may not have looked yet. */
static void link(struct json *j, struct ledger *ledger,
		 const struct ledger_instance *i, const struct vrrp_saved *v)
{
	const struct ledger_record *record = &i->record;

	json_string_of(j, "interface_status",
		       ledger_server(ledger)->turns > 0
			       ? vrrp_interface_name(v->interface)
			       : "unknown");
	refusal(j, "interface_error", "interface_remedy", record->link_error,
		v->interface == VRRP_INTERFACE_NO_MEMBERSHIP
			? trouble_membership(record->link_error)
			: "");
	if (record->related[0])
		json_string_of(j, "related_interface", record->related);
	else
		json_no_value(j, "related_interface");
	json_string_of(j, "operstate", operstate_word(record->operstate));
	if (record->mtu)
		json_number(j, "mtu", record->mtu);
	else
		json_no_value(j, "mtu");
	json_number(j, "not_advertised", record->unadvertised);
	refusal(j, "send_error", "send_remedy", record->send_error,
		trouble_sending(record->send_error));
	json_bool(j, "nothing_leaves", record->unsent && record->send_error);
	json_bool(j, "unheard", record->unheard);
}

static void instance(struct json *j, const char *key, struct ledger *ledger,
		     uint32_t index)
{
	struct ledger_instance copy;
	struct vrrp_saved core;
	const struct ledger_instance *i = &copy;
	const struct vrrp_saved *v = &core;

	ledger_read_instance(ledger, index, &copy, &core);
	json_open_object(j, key);
	json_string_of(j, "name", i->name);
	json_string_of(j, "family", ip_family_name(i->configured.family));
	if (i->interface[0])
		json_string_of(j, "interface", i->interface);
	else
		json_no_value(j, "interface");
	json_number(j, "vrid", i->configured.vrid);
	json_number(j, "vrrp_version", i->configured.version);
	json_string_of(j, "state",
		       vrrp_state_name(ledger_told_state(ledger, i, v->state)));
	link(j, ledger, i, v);
	json_bool(j, "quarantined",
		  ledger_is_quarantined(&i->record, v->started));
	json_number(j, "priority", i->configured.priority);
	json_number(j, "effective_priority", v->priority);
	json_signed(j, "weight", v->weight);
	faults(j, v);
	if (i->record.down[0])
		json_string_of(j, "tracked_interface_down", i->record.down);
	else
		json_no_value(j, "tracked_interface_down");
	page_grouped(j, ledger, i, v);
	json_ip(j, "source", &v->source);
	json_ip(j, "active_address", &v->active);
	json_number(j, "active_priority",
		    v->active.family == IP_NONE ? 0 : v->active_priority);
	json_string_of(j, "peer_checksum",
		       vrrp_checksum_name(v->peer_checksum));
	timers(j, i, v);
	sync_wait(j, ledger, i);
	json_time(j, "since", i->record.since_real);
	json_ms(j, "in_state_ms", tick_since(v->since, clock_now()));
	json_ms(j, "link_counts_in_ms",
		time_left(i->record.link_at, clock_now()));
	page_addresses(j, ledger, i, index);
	page_holdings(j, ledger, i, index);
	page_tracked(j, ledger, i);
	page_notified(j, ledger, i->configured.follower, i->configured.tellers);
	counters(j, ledger, index);
	last_mistake(j, i);
	json_close(j);
}

static const char *policy_word(int policy)
{
	static const char *const words[] = {
		[SCHED_NORMAL] = "other", [SCHED_FIFO] = "fifo",
		[SCHED_RR] = "rr",        [SCHED_BATCH] = "batch",
		[SCHED_IDLE] = "idle",    [SCHED_DEADLINE] = "deadline",
	};

	return policy >= 0 && policy < (int)ARRAY_LENGTH(words) && words[policy]
		       ? words[policy]
		       : "unknown";
}

/* How it runs: null where the keeper has not looked, or never does. */
static void scheduling(struct json *j, const struct ledger_process *row)
{
	if (!row->scheduled) {
		json_no_value(j, "scheduling");
		json_no_value(j, "rt_priority");
		json_no_value(j, "nice");
		json_no_value(j, "memory_locked_bytes");
		return;
	}
	json_string_of(j, "scheduling", policy_word(row->policy));
	json_signed(j, "rt_priority", row->real_time);
	json_signed(j, "nice", row->nice);
	json_number(j, "memory_locked_bytes", row->locked);
}

static void processes(struct json *j, struct ledger *l)
{
	json_open_array(j, "processes");
	for (unsigned p = 0; p < LEDGER_PROCESSES; p++) {
		const struct ledger_process *row = &l->processes[p];

		if (!row->name[0])
			continue;
		json_open_object(j, NULL);
		json_string_of(j, "name", row->name);
		if (row->pid)
			json_signed(j, "pid", row->pid);
		else
			json_no_value(j, "pid");
		json_time(j, "started", row->started_real);
		json_number(j, "restarts", row->restarts);
		if (row->user[0])
			json_string_of(j, "user", row->user);
		else
			json_no_value(j, "user");
		scheduling(j, row);
		json_close(j);
	}
	json_close(j);
}

/* By which the process `lvs` cannot see the kernel's table, if it cannot. */
static void lvs_error(struct json *j, const struct ledger *l)
{
	uint32_t error =
		ledger_has_lvs(l) ? (uint32_t)ledger_lvs(l)->error & 4095 : 0;

	if (error)
		json_string_of(j, "lvs_error",
			       ledger_lvs_reason(LEDGER_LVS_TABLE, (int)error));
	else
		json_no_value(j, "lvs_error");
}

/* What is true of the daemon as a whole; the object stays open. */
static void head(struct json *j, struct ledger *l)
{
	const struct ledger_server *server = ledger_server(l);
	tick_t left;

	json_open_object(j, NULL);
	json_number(j, "schema", STATUS_SCHEMA);
	json_string_of(j, "version", l->version);
	json_string_of(j, "router_id", l->router_id);
	json_time(j, "started", l->started_real);
	json_bool(j, "drained", l->drained != 0);
	left = time_left(l->starts_at, clock_now());
	if (left > 0)
		json_ms(j, "starts_in_ms", left);
	else
		json_no_value(j, "starts_in_ms");
	json_bool(j, "startup_script_running",
		  ledger_has_runner(l) &&
			  ledger_runner(l)->startup == LEDGER_STARTUP_RUNS);
	if (l->returns > 0)
		json_ms(j, "trial_ends_in_ms",
			tick_until(l->returns, clock_now()));
	else
		json_no_value(j, "trial_ends_in_ms");
	page_beat(j, l, LEDGER_BOOK_SERVER);
	if (server->start_error)
		json_string_of(j, "start_error",
			       strerror((int)server->start_error));
	else
		json_no_value(j, "start_error");
	lvs_error(j, l);
	json_number(j, "events", ledger_newest(l));
	json_number(j, "packets_received", server->packets_received);
	drops(j, l, LEDGER_NO_INSTANCE);
	json_number(j, "netlink_overruns", server->netlink_overruns);
	json_number(j, "packets_overflowed", server->packets_overflowed);
	json_number(j, "packets_malformed", server->packets_malformed);
	json_ms(j, "turn_lateness_max_ms", server->lateness_turn_max);
	json_ms(j, "advert_lateness_max_ms", server->lateness_advert_max);
	processes(j, l);
	page_static(j, l);
	page_targets(j, l);
	page_mail(j, l);
	page_fifos(j, l);
	page_groups(j, l);
}

enum {
	STATUS_HEAD,
	STATUS_ROWS,
	STATUS_TAIL
};

static enum page_progress close_all(struct page *page)
{
	json_close(&page->json);
	json_close(&page->json);
	text_put(&page->text, "\n");
	return PAGE_END;
}

static enum page_progress status_piece(struct page *page)
{
	struct ledger *l = page->ledger;

	switch (page->part) {
	case STATUS_HEAD:
		head(&page->json, l);
		json_open_array(&page->json, "instances");
		page->row = page->only != LEDGER_NO_INSTANCE ? page->only : 0;
		page->part = STATUS_ROWS;
		return PAGE_MORE;
	case STATUS_ROWS:
		if (page->row >= ledger_instances(l)) {
			page->part = STATUS_TAIL;
			return PAGE_MORE;
		}
		json_line(&page->json);
		instance(&page->json, NULL, l, page->row);
		page->row++;
		if (page->only != LEDGER_NO_INSTANCE)
			page->part = STATUS_TAIL;
		return PAGE_MORE;
	default:
		return close_all(page);
	}
}

static struct page *page_of(struct ledger *ledger, uint32_t only,
			    enum page_progress (*piece)(struct page *))
{
	struct page *page = page_new(ledger, piece);

	if (page)
		page->only = only;
	return page;
}

struct page *page_status(struct ledger *ledger, uint32_t only)
{
	return page_of(ledger, only, status_piece);
}

/* Where the last WHY_EVENTS_MAX events about one virtual router begin. */
static uint64_t why_begin(struct ledger *l, uint32_t only, uint64_t newest)
{
	uint64_t number = newest;
	unsigned found = 0;

	while (number > 0 && newest - number < LEDGER_EVENTS) {
		struct ledger_event event;

		if (ledger_read_event(l, number, &event) &&
		    event.instance == only && ++found == WHY_EVENTS_MAX)
			return number;
		number--;
	}
	return number + 1;
}

static enum page_progress why_piece(struct page *page)
{
	struct ledger *l = page->ledger;
	struct ledger_event event;
	uint64_t lost;

	switch (page->part) {
	case STATUS_HEAD:
		head(&page->json, l);
		json_line(&page->json);
		instance(&page->json, "instance", l, page->only);
		page_mails_of(&page->json, l, ledger_name(l, page->only));
		json_line(&page->json);
		json_open_array(&page->json, "history");
		page->until = ledger_newest(l);
		page->number = why_begin(l, page->only, page->until);
		page->part = STATUS_ROWS;
		return PAGE_MORE;
	case STATUS_ROWS:
		if (page_next_event(page, &event, &lost) == PAGE_END) {
			page->part = STATUS_TAIL;
		} else if (event.number && event.instance == page->only) {
			json_line(&page->json);
			page_event(&page->json, NULL, page->ledger, &event);
		}
		return PAGE_MORE;
	default:
		return close_all(page);
	}
}

struct page *page_why(struct ledger *ledger, uint32_t only)
{
	return page_of(ledger, only, why_piece);
}
