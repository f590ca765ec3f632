/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a virtual router, in words. */
#include "ctl/view.h"

#include "files/machine.h"
#include "ledger/words.h"
#include "vrrp/reason.h"

#include <string.h>

static const char *note_text(const char *word)
{
	enum vrrp_note note = vrrp_note_of(word);

	return note < VRRP_NOTES ? vrrp_note_text(note) : NULL;
}

/* Whether there is a signal is the affair of more than a cable. */
static void no_carrier_problem(struct view *v, const json_t *i,
			       const char *name)
{
	const char *operstate = view_string(i, "operstate");
	struct text *t = &v->out;

	if (strcmp(operstate, "dormant") == 0)
		text_format(t,
			    "%s is dormant: it waits for another program, such "
			    "as 802.1X\n",
			    name);
	else if (view_has(i, "related_interface"))
		text_format(t, "%s stands on %s, which is down\n", name,
			    view_string(i, "related_interface"));
	else
		text_format(t,
			    "%s has no carrier: look at the cable and the "
			    "switch port\n",
			    name);
}

/* IPv6 needs a link of at least this MTU (RFC 8200 5). */
#define MTU_V6 1280

static void put_no_link_local(struct view *v, const char *name)
{
	if (machine_ipv6_is_off(name))
		text_format(&v->out,
			    "IPv6 is off on it, net.ipv6.conf.%s.disable_ipv6 "
			    "is 1\n",
			    name);
	else
		text_format(&v->out,
			    "ip address add fe80::ADDRESS/64 dev %s; if that "
			    "is refused, see net.ipv6.conf.*.disable_ipv6\n",
			    name);
}

static void no_source_problem(struct view *v, const json_t *i, const char *name)
{
	bool v6 = strcmp(view_string(i, "family"), "ipv6") == 0;
	double mtu = view_number(i, "mtu");
	struct text *t = &v->out;

	if (!v6) {
		text_format(t,
			    "%s has no IPv4 address to send from: ip address "
			    "add ADDRESS/LENGTH dev ...\n",
			    name);
		return;
	}
	text_format(t,
		    "%s has no link-local IPv6 address to send from: ", name);
	if (view_has(i, "interface_error"))
		text_format(t, "duplicate address detection: %s\n",
			    view_string(i, "interface_error"));
	else if (mtu > 0 && mtu < MTU_V6)
		text_format(t, "its MTU is %.0f, and IPv6 needs %d\n", mtu,
			    MTU_V6);
	else
		put_no_link_local(v, name);
}

static void put_refusal(struct view *v, const json_t *i, const char *error,
			const char *remedy)
{
	text_put(&v->out, view_string(i, error));
	if (view_has(i, remedy))
		text_format(&v->out, "; %s", view_string(i, remedy));
	text_put(&v->out, "\n");
}

/* What it says does not reach the others. */
static void sending_problem(struct view *v, const json_t *i, const char *indent)
{
	double left = view_number(i, "not_advertised");

	if (view_has(i, "send_error")) {
		view_problem(v, indent,
			     json_is_true(json_object_get(i, "nothing_leaves"))
				     ? "none of its advertisements leaves: "
				     : "its advertisements do not leave for "
				       "all peers: ");
		put_refusal(v, i, "send_error", "send_remedy");
	}
	if (json_is_true(json_object_get(i, "unheard")))
		view_problem(v, indent,
			     "it lets another router serve, and tries from "
			     "time to time whether an advertisement leaves\n");
	if (left > 0) {
		view_problem(v, indent, "");
		text_format(&v->out,
			    "%.0f of its addresses are not advertised: an MTU "
			    "of %.0f has no room for them\n",
			    left, view_number(i, "mtu"));
	}
}

/* Why the interface is no use, and what helps. */
static void interface_problem(struct view *v, const json_t *i,
			      const char *indent)
{
	const char *status = view_string(i, "interface_status");
	const char *name = view_interface(i);
	struct text *t = &v->out;

	if (strcmp(status, "missing") == 0) {
		view_problem(v, indent, "");
		text_format(t, "there is no interface %s; baton waits for it\n",
			    name);
	} else if (strcmp(status, "down") == 0) {
		view_problem(v, indent, "");
		text_format(t, "%s is set down: ip link set %s up\n", name,
			    name);
	} else if (strcmp(status, "no-carrier") == 0) {
		view_problem(v, indent, "");
		no_carrier_problem(v, i, name);
	} else if (strcmp(status, "port") == 0) {
		view_problem(v, indent, "");
		text_format(t,
			    "%s is a port of %s, which takes all that arrives: "
			    "name %s as interface\n",
			    name, view_string(i, "related_interface"),
			    view_string(i, "related_interface"));
	} else if (strcmp(status, "no-membership") == 0) {
		view_problem(v, indent, "");
		text_format(t, "%s: its multicast group could not be joined: ",
			    name);
		put_refusal(v, i, "interface_error", "interface_remedy");
	} else if (strcmp(status, "unsuitable") == 0) {
		view_problem(v, indent, "");
		text_format(t,
			    "%s is neither Ethernet nor a tunnel: baton can "
			    "only send by unicast_peer there\n",
			    name);
	} else if (strcmp(status, "no-source") == 0 &&
		   !view_has(i, "interface")) {
		view_problem(v, indent,
			     "no interface that is up has the address of "
			     "unicast_src_ip\n");
	} else if (strcmp(status, "no-source") == 0) {
		view_problem(v, indent, "");
		no_source_problem(v, i, name);
	}
	if (view_has(i, "link_counts_in_ms")) {
		view_problem(v, indent, "");
		text_format(t, "the link of %s %s; that counts in ", name,
			    strcmp(status, "up") == 0 ? "is down" : "is back");
		view_duration(t, view_number(i, "link_counts_in_ms"));
		text_put(t, " (interface_up_down_delays)\n");
	}
}

static void put_failed(struct view *v, const json_t *holding)
{
	text_put(&v->out, " could not be installed: ");
	put_refusal(v, holding, "error", "remedy");
}

/* In a list of what the kernel should hold: `key` says what one is. */
static void holding_problems(struct view *v, const json_t *list,
			     const char *key, bool wanted, const char *indent)
{
	const json_t *one;
	size_t index;

	json_array_foreach(list, index, one)
	{
		const char *state = view_string(one, "state");

		if (strcmp(state, "failed") != 0 &&
		    !(wanted && strcmp(state, "absent") == 0))
			continue;
		view_problem(v, indent, view_string(one, key));
		if (view_has(one, "error"))
			put_failed(v, one);
		else
			text_put(&v->out, " is not installed\n");
	}
}

/* Other programs of this machine and our addresses. */
static void others_problems(struct view *v, const json_t *instance,
			    const char *indent)
{
	const json_t *one;
	size_t index;

	json_array_foreach(json_object_get(instance, "addresses"), index, one)
	{
		if (!view_has(one, "other_program"))
			continue;
		view_problem(v, indent, view_string(one, "address"));
		text_format(&v->out, " %s",
			    words_others(ledger_others_of(
				    view_string(one, "other_program"))));
		if (view_has(instance, "active_address") &&
		    strcmp(view_string(instance, "state"), "active") != 0)
			text_format(&v->out, "; %s is Active",
				    view_string(instance, "active_address"));
		text_put(&v->out, "\n");
	}
}

static void group_problem(struct view *v, const json_t *instance,
			  const char *indent)
{
	const json_t *one;
	size_t index;

	json_array_foreach(json_object_get(instance, "faults"), index, one)
	{
		if (strcmp(json_string_value(one),
			   vrrp_fault_name(VRRP_FAULT_GROUP)) != 0)
			continue;
		view_problem(v, indent, "");
		text_format(&v->out,
			    "another virtual router of the vrrp_sync_group %s "
			    "has a fault\n",
			    view_string(instance, "sync_group"));
	}
}

/* Whose the newest mistake was, behind the one that it is: `kind`, `word`. */
static void put_whose(struct view *v, const json_t *instance, const char *kind,
		      const char *word)
{
	const json_t *last = json_object_get(instance, "last_mistake");

	if (json_is_object(last) && view_has(last, kind) &&
	    strcmp(view_string(last, kind), word) == 0) {
		text_format(&v->out, "; last %s, ", view_string(last, "peer"));
		if (view_has(last, "mac"))
			text_format(&v->out, "%s, ", view_string(last, "mac"));
		view_clock(&v->out, view_string(last, "time"));
	}
	text_put(&v->out, "\n");
}

/* Of others, since the start; whoever goes on is heard in this time. */
#define LATELY_MS 60000

static bool is_lately(const json_t *instance)
{
	const json_t *last = json_object_get(instance, "last_mistake");
	double interval = view_number(instance, "advertisement_interval_ms");
	double age = view_number(last, "age_ms");

	return age <= LATELY_MS || age <= 3 * interval;
}

static void begin_mistake(struct view *v, const char *indent, bool now)
{
	if (now) {
		view_problem(v, indent, "");
		return;
	}
	text_put(&v->out, indent);
	view_paint(v, VIEW_FAINT, "earlier: ");
}

static void mistakes(struct view *v, const json_t *instance, const char *indent,
		     bool now)
{
	const json_t *counters = json_object_get(instance, "counters");
	const json_t *value;
	const char *word;

	json_object_foreach((json_t *)json_object_get(counters, "noted"), word,
			    value)
	{
		const char *text = note_text(word);
		double times = json_number_value(value);

		if (times == 0 || !vrrp_note_is_mistake(vrrp_note_of(word)))
			continue;
		begin_mistake(v, indent, now);
		text_format(&v->out, "%s (%.0f time%s since the start)",
			    text ? text : word, times, times > 1 ? "s" : "");
		put_whose(v, instance, "noted", word);
	}
	json_object_foreach((json_t *)json_object_get(counters, "dropped"),
			    word, value)
	{
		const char *text = view_drop_text(word);
		double times = json_number_value(value);

		if (times == 0 || strcmp(word, "not-running") == 0)
			continue;
		begin_mistake(v, indent, now);
		text_format(&v->out, "dropped %.0f packet%s: %s", times,
			    times > 1 ? "s" : "", text ? text : word);
		put_whose(v, instance, "dropped", word);
	}
}

/* Its heartbeat comes twice a second. */
#define SILENT_MS 1500

void view_stale(struct view *v, const json_t *status)
{
	double age = view_number(status, "heartbeat_age_ms");

	if (age < SILENT_MS)
		return;
	view_problem(v, "", "vrrp has not run for ");
	view_duration(&v->out, age);
	text_put(&v->out, ": this is what was last known, and its addresses "
			  "go when their lease ends\n");
}

/* Others turn once a second at least, and are niced or not. */
#define SILENT_OTHERS_MS 3000

static void silent(struct view *v, const json_t *page, const char *name,
		   const char *what)
{
	double age =
		view_number(json_object_get(page, name), "heartbeat_age_ms");

	if (age < SILENT_OTHERS_MS)
		return;
	view_problem(v, "", name);
	text_put(&v->out, " has not run for ");
	view_duration(&v->out, age);
	text_put(&v->out, what);
}

void view_silent(struct view *v, const json_t *page)
{
	silent(v, page, "lvs",
	       ": this is what was last known, and nothing changes in the "
	       "kernel's table\n");
	silent(v, page, "check",
	       ": results of checks are old, and servers that fail serve on\n");
}

void view_static(struct view *v, const json_t *status)
{
	holding_problems(v, json_object_get(status, "static"), "holding", true,
			 "");
}

void view_problems(struct view *v, const json_t *instance, const char *indent)
{
	bool active = strcmp(view_string(instance, "state"), "active") == 0;

	if (json_is_true(json_object_get(instance, "quarantined")))
		view_problem(
			v, indent,
			"quarantined: the vrrp process died in it again and "
			"again; `baton undrain` tries it once more\n");
	interface_problem(v, instance, indent);
	sending_problem(v, instance, indent);
	if (view_has(instance, "tracked_interface_down")) {
		view_problem(v, indent, "it tracks the interface ");
		text_format(&v->out, "%s, which is down or missing\n",
			    view_string(instance, "tracked_interface_down"));
	}
	group_problem(v, instance, indent);
	view_targets(v, instance, indent);
	view_notify_problems(v, instance, indent);
	holding_problems(v, json_object_get(instance, "addresses"), "address",
			 active, indent);
	holding_problems(v, json_object_get(instance, "holdings"), "holding",
			 active, indent);
	others_problems(v, instance, indent);
	if (is_lately(instance))
		mistakes(v, instance, indent, true);
}

void view_earlier(struct view *v, const json_t *instance, const char *indent)
{
	if (!is_lately(instance))
		mistakes(v, instance, indent, false);
}
