/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of keepalived.data: scripts, files and processes that may be tracked. */
#include "runner/dump_files.h"

#include "conf/model/targets.h"
#include "conf/model/tracks.h"

/* Who tracks one, also by its group. */
static void put_trackers(const struct runner *r, FILE *out,
			 enum vrrp_target kind, uint32_t number)
{
	uint32_t target = conf_target_first(r->model, kind) + number;
	bool any = false;

	for (uint32_t n = 0; n < r->model->instance_count; n++) {
		const struct conf_instance *c = &r->model->instances[n];
		struct conf_tracks of;

		for (uint32_t k = 0; conf_tracks(r->model, c, k, &of); k++) {
			if (of.target != target)
				continue;
			if (!any)
				fputs("   Tracking instances :\n", out);
			any = true;
			fprintf(out, "     %s, weight %d%s\n", c->name,
				of.weight.value,
				of.weight.reverse ? " reverse" : "");
		}
	}
}

static struct ledger_result result_of(const struct runner *r,
				      enum vrrp_target kind, uint32_t n)
{
	struct ledger_result result;

	ledger_read_result(r->ledger, conf_target_first(r->model, kind) + n,
			   &result);
	return result;
}

static void put_weight(FILE *out, const struct conf_weight *weight)
{
	fprintf(out, "   Weight = %d%s\n", weight->value,
		weight->reverse ? " reverse" : "");
}

static void put_script(const struct runner *r, FILE *out, uint32_t n)
{
	static const char *const verdicts[] = {
		[LEDGER_VERDICT_NONE] = "INIT",
		[LEDGER_VERDICT_GOOD] = "GOOD",
		[LEDGER_VERDICT_BAD] = "BAD",
		[LEDGER_VERDICT_UNUSABLE] = "DISABLED",
	};
	const struct conf_script *s = &r->model->scripts[n];
	struct ledger_result result;

	ledger_read_result(r->ledger,
			   conf_target_first(r->model, VRRP_TARGET_SCRIPT) + n,
			   &result);
	fprintf(out, " VRRP Script = %s\n   Command = ", s->is.name);
	dump_command(out, r, s->command, &s->user);
	fprintf(out,
		"\n   Interval = %g sec\n   Timeout = %g sec\n"
		"   Weight = %d%s\n   Rise = %u\n   Fall = %u\n"
		"   Result = %u\n   Insecure = no\n   Status = %s\n"
		"   Script uid:gid = ",
		(double)s->interval / TICK_SECOND,
		(double)s->timeout / TICK_SECOND, s->is.weight.value,
		s->is.weight.reverse ? " reverse" : "", s->rise, s->fall,
		result.level, verdicts[result.verdict]);
	dump_user(out, r, s->command, &s->user);
	fputc('\n', out);
	put_trackers(r, out, VRRP_TARGET_SCRIPT, n);
	fprintf(out, "   State = %s\n", result.running ? "running" : "idle");
}

static void put_file(const struct runner *r, FILE *out, uint32_t n)
{
	const struct conf_track_file *f = &r->model->files[n];

	fprintf(out, " Track file = %s\n   File = %s\n   Status = %d\n",
		f->is.name, f->path,
		(int)result_of(r, VRRP_TARGET_FILE, n).value);
	put_weight(out, &f->is.weight);
	put_trackers(r, out, VRRP_TARGET_FILE, n);
}

static void put_words(FILE *out, const struct conf_track_process *p)
{
	static const char *const matches[] = {
		[CONF_MATCH_NONE] = "none",
		[CONF_MATCH_EXACT] = "exact",
		[CONF_MATCH_PARTIAL] = "partial",
		[CONF_MATCH_INITIAL] = "initial",
	};

	fprintf(out, "   Process = %s\n", p->process.list[0]);
	if (p->process.count > 1)
		fputs("   Parameters =", out);
	for (uint32_t n = 1; n < p->process.count; n++)
		fprintf(out, " %s", p->process.list[n]);
	if (p->process.count > 1)
		fputc('\n', out);
	if (p->match != CONF_MATCH_NONE)
		fprintf(out, "   Param match = %s\n", matches[p->match]);
}

static void put_process(const struct runner *r, FILE *out, uint32_t n)
{
	const struct conf_track_process *p = &r->model->processes[n];
	struct ledger_result result = result_of(r, VRRP_TARGET_PROCESS, n);

	fprintf(out, " VRRP Track process = %s\n", p->is.name);
	put_words(out, p);
	fprintf(out, "   Min processes = %u\n", p->quorum);
	if (p->quorum_max < CONF_QUORUM_MAX)
		fprintf(out, "   Max processes = %u\n", p->quorum_max);
	fprintf(out, "   Current processes = %d\n   Have quorum = %s\n",
		result.how == LEDGER_HOW_COUNTED ? (int)result.value : 0,
		result.verdict == LEDGER_VERDICT_GOOD ? "true" : "false");
	put_weight(out, &p->is.weight);
	/* A change that is delayed is not known here. */
	fprintf(out,
		"   Terminate delay = %fs\n   Fork delay = %fs\n"
		"   Fork delay timer not running\n"
		"   Terminate delay timer not running\n"
		"   Full command = %s\n",
		(double)p->terminate_delay / TICK_SECOND,
		(double)p->fork_delay / TICK_SECOND,
		p->full_command || p->process.count > 1 ? "true" : "false");
	put_trackers(r, out, VRRP_TARGET_PROCESS, n);
}

void dump_tracked(const struct runner *r, FILE *out)
{
	static const struct {
		const char *title;
		enum vrrp_target kind;
		void (*put)(const struct runner *r, FILE *out, uint32_t n);
	} parts[] = {
		{ "VRRP Scripts", VRRP_TARGET_SCRIPT, put_script },
		{ "VRRP Track files", VRRP_TARGET_FILE, put_file },
		{ "VRRP Track processes", VRRP_TARGET_PROCESS, put_process },
	};

	for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++) {
		uint32_t count = conf_target_count(r->model, parts[k].kind);

		if (count > 0)
			fprintf(out, "------< %s >------\n", parts[k].title);
		for (uint32_t n = 0; n < count; n++)
			parts[k].put(r, out, n);
	}
}
