/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /metrics: OpenMetrics 1.0 text.
 *
 * A table of families; the samples of one family stand together, as the
 * format demands. What is labelled with a reason appears once it has been
 * counted: thousands of virtual routers would else show tens of thousands of
 * zeros.
 */
#include "base/must.h"
#include "ctl/form.h"
#include "ctl/page.h"
#include "sys/clock.h"

#include <stddef.h>
#include <string.h>

struct family {
	const char *name;
	const char *type; /* "counter", "gauge", "info", ... */
	const char *unit; /* "seconds", at the name's end too, or NULL */
	const char *help;
	/* One sample of each virtual router: a field of its counters, ... */
	size_t counter;
	/* ... or whatever these write, for each of them or once. */
	void (*row)(struct page *, const struct family *,
		    const struct ledger_instance *);
	void (*once)(struct page *, const struct family *);
	/* For `once_value`: a single value's place in struct ledger. */
	size_t at;
	size_t sum; /* of a histogram, the same */
};

static void label(struct text *t, const char *name, const char *value)
{
	text_format(t, "%s=\"", name);
	form_escaped(t, FORM_LABEL, value);
	text_put(t, "\"");
}

/* NAME SUFFIX {instance="...": what follows are more labels or a brace. */
static void sample(struct text *t, const struct family *f, const char *suffix,
		   const struct ledger_instance *i)
{
	text_format(t, "%s%s{", f->name, suffix);
	label(t, "instance", i->name);
}

static void row_counter(struct page *page, const struct family *f,
			const struct ledger_instance *i)
{
	struct ledger_counters counters;
	uint64_t value;

	ledger_read_counters(page->ledger, page->row, &counters);
	memcpy(&value, (const char *)&counters + f->counter, sizeof(value));
	sample(&page->text, f, "_total", i);
	text_format(&page->text, "} %llu\n", (unsigned long long)value);
}

static void row_info(struct page *page, const struct family *f,
		     const struct ledger_instance *i)
{
	struct text *t = &page->text;

	sample(t, f, "_info", i);
	text_put(t, ",");
	label(t, "interface", i->interface);
	text_put(t, ",");
	label(t, "family", ip_family_name(i->configured.family));
	text_format(t, ",vrid=\"%u\",vrrp_version=\"%u\"} 1\n",
		    i->configured.vrid, i->configured.version);
}

static void row_state(struct page *page, const struct family *f,
		      const struct ledger_instance *i)
{
	enum vrrp_state told =
		ledger_told_state(page->ledger, i, page->core.state);

	for (unsigned s = 0; s < VRRP_STATES; s++) {
		sample(&page->text, f, "", i);
		text_format(&page->text, ",%s=\"%s\"} %d\n", f->name,
			    vrrp_state_name((enum vrrp_state)s), told == s);
	}
}

static void once_groups(struct page *page, const struct family *f)
{
	struct text *t = &page->text;

	for (uint32_t n = 0; n < ledger_groups(page->ledger); n++) {
		const char *name = ledger_group_name(page->ledger, n);
		struct ledger_group_state is;

		(void)ledger_read_group_state(page->ledger, n, &is);
		for (unsigned s = 0; s < VRRP_STATES; s++) {
			text_format(t, "%s{", f->name);
			label(t, "group", name);
			text_format(t, ",%s=\"%s\"} %d\n", f->name,
				    vrrp_state_name((enum vrrp_state)s),
				    is.state == s);
		}
	}
}

/* A sample of each target of a kind, with its name under `key`. */
static void targets(struct page *page, const struct family *f,
		    enum vrrp_target kind, const char *key,
		    long long (*value)(const struct ledger_result *result))
{
	struct text *t = &page->text;
	bool counts = strcmp(f->type, "counter") == 0;

	for (uint32_t n = 0; n < ledger_targets(page->ledger); n++) {
		struct ledger_result result;

		if (ledger_target_kind(page->ledger, n) != kind)
			continue;
		(void)ledger_read_result(page->ledger, n, &result);
		text_format(t, "%s%s{", f->name, counts ? "_total" : "");
		label(t, key, ledger_target_name(page->ledger, n));
		text_format(t, "} %lld\n", value(&result));
	}
}

static long long is_good(const struct ledger_result *result)
{
	return result->verdict == LEDGER_VERDICT_GOOD;
}

static long long value_of(const struct ledger_result *result)
{
	return result->value;
}

static long long runs_of(const struct ledger_result *result)
{
	return (long long)result->runs;
}

static long long failures_of(const struct ledger_result *result)
{
	return (long long)result->failures;
}

static long long skipped_of(const struct ledger_result *result)
{
	return (long long)result->skipped;
}

static void once_script_good(struct page *page, const struct family *f)
{
	targets(page, f, VRRP_TARGET_SCRIPT, "script", is_good);
}

static void once_script_runs(struct page *page, const struct family *f)
{
	targets(page, f, VRRP_TARGET_SCRIPT, "script", runs_of);
}

static void once_script_failures(struct page *page, const struct family *f)
{
	targets(page, f, VRRP_TARGET_SCRIPT, "script", failures_of);
}

static void once_script_skipped(struct page *page, const struct family *f)
{
	targets(page, f, VRRP_TARGET_SCRIPT, "script", skipped_of);
}

static void once_file(struct page *page, const struct family *f)
{
	targets(page, f, VRRP_TARGET_FILE, "file", value_of);
}

static void once_process_good(struct page *page, const struct family *f)
{
	targets(page, f, VRRP_TARGET_PROCESS, "process", is_good);
}

static void once_process_count(struct page *page, const struct family *f)
{
	targets(page, f, VRRP_TARGET_PROCESS, "process", value_of);
}

static void gauge(struct page *page, const struct family *f,
		  const struct ledger_instance *i, uint64_t value)
{
	sample(&page->text, f, "", i);
	text_format(&page->text, "} %llu\n", (unsigned long long)value);
}

static void gauge_seconds(struct page *page, const struct family *f,
			  const struct ledger_instance *i, tick_t value)
{
	sample(&page->text, f, "", i);
	text_put(&page->text, "} ");
	form_seconds(&page->text, value);
	text_put(&page->text, "\n");
}

static void row_priority(struct page *page, const struct family *f,
			 const struct ledger_instance *i)
{
	gauge(page, f, i, i->configured.priority);
}

static void row_effective(struct page *page, const struct family *f,
			  const struct ledger_instance *i)
{
	gauge(page, f, i, page->core.priority);
}

static void row_interval(struct page *page, const struct family *f,
			 const struct ledger_instance *i)
{
	gauge_seconds(page, f, i, i->configured.interval);
}

static void row_since(struct page *page, const struct family *f,
		      const struct ledger_instance *i)
{
	gauge_seconds(page, f, i, i->record.since_real);
}

/* Counts whose label is a word, without the zeros. */
static void labelled(struct page *page, const struct family *f,
		     const struct ledger_instance *i, const char *name,
		     const char *word, uint64_t value)
{
	if (value == 0)
		return;
	sample(&page->text, f, "_total", i);
	text_put(&page->text, ",");
	label(&page->text, name, word);
	text_format(&page->text, "} %llu\n", (unsigned long long)value);
}

static void row_dropped(struct page *page, const struct family *f,
			const struct ledger_instance *i)
{
	for (unsigned d = VRRP_DROP_NONE + 1; d < VRRP_DROPS; d++)
		labelled(
			page, f, i, "reason", vrrp_drop_name((enum vrrp_drop)d),
			ledger_count(page->ledger, LEDGER_DROPS, d, page->row));
}

static void row_noted(struct page *page, const struct family *f,
		      const struct ledger_instance *i)
{
	for (unsigned n = 0; n < VRRP_NOTES; n++)
		labelled(
			page, f, i, "note", vrrp_note_name((enum vrrp_note)n),
			ledger_count(page->ledger, LEDGER_NOTES, n, page->row));
}

static void row_addresses(struct page *page, const struct family *f,
			  const struct ledger_instance *i)
{
	unsigned count[LEDGER_HOLDING_FAILED + 1] = { 0 };
	struct ledger *l = page->ledger;

	for (uint32_t a = 0; a < i->configured.address_count; a++) {
		uint32_t at = i->configured.address_first + a;
		struct ledger_holding copy;
		unsigned state;

		if (at < i->configured.address_first ||
		    at >= ledger_holdings(l))
			break;
		ledger_read_holding(l, page->row, at, &copy);
		state = copy.held.state;
		if (state <= LEDGER_HOLDING_FAILED)
			count[state]++;
	}
	for (unsigned s = 0; s <= LEDGER_HOLDING_FAILED; s++) {
		sample(&page->text, f, "", i);
		text_format(
			&page->text, ",state=\"%s\"} %u\n",
			ledger_holding_state_name((enum ledger_holding_state)s),
			count[s]);
	}
}

static uint64_t value_at(const struct page *page, size_t at)
{
	const char *server = (const char *)ledger_server(page->ledger);

	return __atomic_load_n((const uint64_t *)(const void *)(server + at),
			       __ATOMIC_RELAXED);
}

static void once_counter(struct page *page, const struct family *f)
{
	text_format(&page->text, "%s_total %llu\n", f->name,
		    (unsigned long long)value_at(page, f->at));
}

static void put_seconds(struct page *page, const struct family *f, tick_t time)
{
	text_format(&page->text, "%s ", f->name);
	form_seconds(&page->text, time);
	text_put(&page->text, "\n");
}

static void once_seconds(struct page *page, const struct family *f)
{
	put_seconds(page, f, (tick_t)value_at(page, f->at));
}

static void once_started(struct page *page, const struct family *f)
{
	put_seconds(page, f, page->ledger->started_real);
}

static void once_drained(struct page *page, const struct family *f)
{
	text_format(&page->text, "%s %d\n", f->name,
		    page->ledger->drained != 0);
}

static void once_heartbeat(struct page *page, const struct family *f)
{
	tick_t beat = (tick_t)ledger_server(page->ledger)->heartbeat;

	if (beat > LEDGER_YIELDED)
		put_seconds(page, f, tick_since(beat, clock_now()));
}

static void once_info(struct page *page, const struct family *f)
{
	text_format(&page->text, "%s_info{", f->name);
	label(&page->text, "version", page->ledger->version);
	text_put(&page->text, ",");
	label(&page->text, "router_id", page->ledger->router_id);
	text_put(&page->text, "} 1\n");
}

static void once_up(struct page *page, const struct family *f)
{
	for (unsigned p = 0; p < LEDGER_PROCESSES; p++) {
		const struct ledger_process *row = &page->ledger->processes[p];

		if (!row->name[0])
			continue;
		text_format(&page->text, "%s{", f->name);
		label(&page->text, "process", row->name);
		text_format(&page->text, "} %d\n", row->pid != 0);
	}
}

static void once_restarts(struct page *page, const struct family *f)
{
	for (unsigned p = 0; p < LEDGER_PROCESSES; p++) {
		const struct ledger_process *row = &page->ledger->processes[p];

		if (!row->name[0])
			continue;
		text_format(&page->text, "%s_total{", f->name);
		label(&page->text, "process", row->name);
		text_format(&page->text, "} %llu\n",
			    (unsigned long long)row->restarts);
	}
}

static void once_unclaimed(struct page *page, const struct family *f)
{
	for (unsigned d = VRRP_DROP_NONE + 1; d < VRRP_DROPS; d++)
		text_format(&page->text, "%s_total{reason=\"%s\"} %llu\n",
			    f->name, vrrp_drop_name((enum vrrp_drop)d),
			    (unsigned long long)ledger_count(
				    page->ledger, LEDGER_DROPS, d,
				    LEDGER_NO_INSTANCE));
}

/* Buckets of powers of two microseconds, the last one without an end. */
static void once_lateness(struct page *page, const struct family *f)
{
	const uint64_t *buckets =
		(const void *)((const char *)ledger_server(page->ledger) +
			       f->at);
	uint64_t count = 0;

	for (unsigned b = 0; b < LEDGER_LATENESS; b++) {
		count += __atomic_load_n(&buckets[b], __ATOMIC_RELAXED);
		text_format(&page->text, "%s_bucket{le=\"", f->name);
		if (b == LEDGER_LATENESS - 1)
			text_put(&page->text, "+Inf");
		else
			form_seconds(&page->text, TICK_MICROSECOND << b);
		text_format(&page->text, "\"} %llu\n",
			    (unsigned long long)count);
	}
	text_format(&page->text, "%s_count %llu\n", f->name,
		    (unsigned long long)count);
	text_format(&page->text, "%s_sum ", f->name);
	form_seconds(&page->text, (tick_t)value_at(page, f->sum));
	text_put(&page->text, "\n");
}

/* None without a book of mail: no process of this daemon would write it. */
static void once_mail(struct page *page, const struct family *f)
{
	struct ledger_mailer copy;
	uint64_t value;

	if (!ledger_has_mailer(page->ledger))
		return;
	ledger_read_mailer(page->ledger, &copy);
	memcpy(&value, (const char *)&copy + f->at, sizeof(value));
	text_format(&page->text, "%s_total %llu\n", f->name,
		    (unsigned long long)value);
}

/* Of scripts of virtual and real servers. */
static void once_run(struct page *page, const struct family *f)
{
	uint64_t value;

	if (!ledger_has_runner(page->ledger))
		return;
	memcpy(&value, (const char *)ledger_runner(page->ledger) + f->at,
	       sizeof(value));
	text_format(&page->text, "%s_total %llu\n", f->name,
		    (unsigned long long)value);
}

static void once_waiting(struct page *page, const struct family *f)
{
	text_format(&page->text, "%s %u\n", f->name,
		    ledger_mail_count(page->ledger));
}

#define COUNTER(field)                                                         \
	.type = "counter", .row = row_counter,                                 \
	.counter = offsetof(struct ledger_counters, field)
#define TOTAL(field)                                                           \
	.type = "counter", .once = once_counter,                               \
	.at = offsetof(struct ledger_server, field)
#define MAIL(field)                                                            \
	.type = "counter", .once = once_mail,                                  \
	.at = offsetof(struct ledger_mailer, field)
#define RUN(field)                                                             \
	.type = "counter", .once = once_run,                                   \
	.at = offsetof(struct ledger_runner, field)
#define LATENESS(field)                                                        \
	.type = "histogram", .unit = "seconds", .once = once_lateness,         \
	.at = offsetof(struct ledger_server, field),                           \
	.sum = offsetof(struct ledger_server, field##_sum)
#define SECONDS(field)                                                         \
	.type = "gauge", .unit = "seconds", .once = once_seconds,              \
	.at = offsetof(struct ledger_server, field)

/* clang-format off */
static const struct family families[] = {
{ "baton", "info", .once = once_info,
  .help = "The daemon." },
{ "baton_start_time_seconds", "gauge", "seconds", .once = once_started,
  .help = "When the daemon started, since the epoch." },
{ "baton_drained", "gauge", .once = once_drained,
  .help = "Whether this router is drained." },
{ "baton_heartbeat_age_seconds", "gauge", "seconds", .once = once_heartbeat,
  .help = "The time since the last turn of vrrp." },
{ "baton_process_up", "gauge", .once = once_up,
  .help = "Whether a process of the daemon is running." },
{ "baton_process_restarts", "counter", .once = once_restarts,
  .help = "How often a process was started again." },
{ "baton_packets_received", TOTAL(packets_received),
  .help = "VRRP packets received, good or bad." },
{ "baton_packets_dropped", "counter", .once = once_unclaimed,
  .help = "Packets dropped that belong to no configured virtual router." },
{ "baton_events", TOTAL(events),
  .help = "Events recorded." },
{ "baton_turns", TOTAL(turns),
  .help = "Turns of the event loop." },
{ "baton_netlink_overruns", TOTAL(netlink_overruns),
  .help = "Netlink notifications that were lost, and the state read anew." },
{ "baton_packets_overflowed", TOTAL(packets_overflowed),
  .help = "Packets that the kernel dropped since the socket's buffer was "
	  "full." },
{ "baton_packets_malformed", TOTAL(packets_malformed),
  .help = "Packets whose IPv4 header is wrong." },
{ "baton_turn_lateness_seconds", LATENESS(lateness_turn),
  .help = "How late turns of the event loop began." },
{ "baton_turn_lateness_max_seconds", SECONDS(lateness_turn_max),
  .help = "The latest turn." },
{ "baton_advert_lateness_seconds", LATENESS(lateness_advert),
  .help = "How late advertisements were sent." },
{ "baton_advert_lateness_max_seconds", SECONDS(lateness_advert_max),
  .help = "The latest advertisement." },
{ "baton_mails_sent", MAIL(sent),
  .help = "Mails that the mail server took." },
{ "baton_mails_dropped", MAIL(failed),
  .help = "Mails that were given up." },
{ "baton_mails_waiting", "gauge", .once = once_waiting,
  .help = "Mails that wait for the mail server." },
{ "baton_server_changes_untold", RUN(servers_lost),
  .help = "Changes of servers that scripts were not told of in time." },
{ "baton_server_scripts_failed", RUN(servers_failed),
  .help = "Scripts of servers that were not run, or failed." },
{ "baton_script_good", "gauge", .once = once_script_good,
  .help = "Whether a tracked script counts as good." },
{ "baton_script_runs", "counter", .once = once_script_runs,
  .help = "How often a tracked script was run." },
{ "baton_script_failures", "counter", .once = once_script_failures,
  .help = "Runs of a tracked script that failed." },
{ "baton_script_skipped", "counter", .once = once_script_skipped,
  .help = "Runs that were left out, since the one before had not ended." },
{ "baton_track_file_number", "gauge", .once = once_file,
  .help = "The number in a tracked file." },
{ "baton_track_process_good", "gauge", .once = once_process_good,
  .help = "Whether as many of a tracked process run as are wanted." },
{ "baton_track_process_count", "gauge", .once = once_process_count,
  .help = "How many of a tracked process run." },
{ "baton_sync_group_state", "stateset", .once = once_groups,
  .help = "The state of a sync group: that of its virtual routers." },
{ "baton_vrrp", "info", .row = row_info,
  .help = "A virtual router." },
{ "baton_vrrp_state", "stateset", .row = row_state,
  .help = "Its state (RFC 9568 6.4)." },
{ "baton_vrrp_state_since_seconds", "gauge", "seconds", .row = row_since,
  .help = "When it entered its state, since the epoch." },
{ "baton_vrrp_priority", "gauge", .row = row_priority,
  .help = "Its configured priority." },
{ "baton_vrrp_effective_priority", "gauge", .row = row_effective,
  .help = "Its priority as advertised." },
{ "baton_vrrp_advertisement_interval_seconds", "gauge", "seconds",
  .row = row_interval,
  .help = "Its configured Advertisement_Interval." },
{ "baton_vrrp_addresses", "gauge", .row = row_addresses,
  .help = "Its addresses by what is true of them in the kernel." },
{ "baton_vrrp_adverts_sent", COUNTER(adverts_sent),
  .help = "Advertisements sent." },
{ "baton_vrrp_adverts_received", COUNTER(adverts_received),
  .help = "Valid advertisements received." },
{ "baton_vrrp_resigns_sent", COUNTER(resigns_sent),
  .help = "Advertisements of priority 0 sent." },
{ "baton_vrrp_resigns_received", COUNTER(resigns_received),
  .help = "Advertisements of priority 0 received." },
{ "baton_vrrp_became_active", COUNTER(became_active),
  .help = "How often it became Active." },
{ "baton_vrrp_announcements_sent", COUNTER(announcements_sent),
  .help = "Gratuitous ARPs and neighbour advertisements sent." },
{ "baton_vrrp_send_errors", COUNTER(send_errors),
  .help = "Frames that the kernel refused to send." },
{ "baton_vrrp_packets_dropped", "counter", .row = row_dropped,
  .help = "Packets dropped, by the one reason of each." },
{ "baton_vrrp_noted", "counter", .row = row_noted,
  .help = "What was worth telling and changed nothing." },
};
/* clang-format on */

static void family_head(struct text *t, const struct family *f)
{
	text_format(t, "# TYPE %s %s\n", f->name, f->type);
	if (f->unit)
		text_format(t, "# UNIT %s %s\n", f->name, f->unit);
	text_format(t, "# HELP %s ", f->name);
	form_escaped(t, FORM_LABEL, f->help);
	text_put(t, "\n");
}

/* page->part is the family, page->row the next virtual router. */
static enum page_progress metrics_piece(struct page *page)
{
	const struct family *f = &families[page->part];
	struct ledger_instance copy;

	if (page->part == ARRAY_LENGTH(families)) {
		if (page_metrics_servers(page))
			return PAGE_MORE;
		text_put(&page->text, "# EOF\n");
		return PAGE_END;
	}
	if (page->row == 0) {
		family_head(&page->text, f);
		if (f->once)
			f->once(page, f);
	}
	if (f->row && page->row < ledger_instances(page->ledger)) {
		ledger_read_instance(page->ledger, page->row, &copy,
				     &page->core);
		f->row(page, f, &copy);
		page->row++;
		return PAGE_MORE;
	}
	page->part++;
	page->row = 0;
	return PAGE_MORE;
}

struct page *page_metrics(struct ledger *ledger)
{
	return page_new(ledger, metrics_piece);
}
