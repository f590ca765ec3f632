/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived.stats. */
#include "runner/dump_files.h"

/* A line is what it is called, and the number behind it; or a heading. */
static const struct {
	const char *text;
	int stat; /* enum ledger_stat, or -1 */
} lines[] = {
	{ "  Advertisements:", -1 },
	{ "    Received", LEDGER_STAT_ADVERTS_RECEIVED },
	{ "    Sent", LEDGER_STAT_ADVERTS_SENT },
	{ "  Became master", LEDGER_STAT_BECAME_ACTIVE },
	{ "  Released master", LEDGER_STAT_LEFT_ACTIVE },
	{ "  Packet Errors:", -1 },
	{ "    Length", LEDGER_STAT_LENGTH },
	{ "    TTL", LEDGER_STAT_TTL },
	{ "    Invalid Type", LEDGER_STAT_TYPE },
	{ "    Advertisement Interval", LEDGER_STAT_INTERVAL },
	{ "    Address List", LEDGER_STAT_ADDRESS_LIST },
	{ "  Authentication Errors:", -1 },
	{ "    Invalid Type", LEDGER_STAT_AUTH_INVALID },
	{ "    Type Mismatch", LEDGER_STAT_AUTH_MISMATCH },
	{ "    Failure", LEDGER_STAT_AUTH_FAILURE },
	{ "  Priority Zero:", -1 },
	{ "    Received", LEDGER_STAT_RESIGNS_RECEIVED },
	{ "    Sent", LEDGER_STAT_RESIGNS_SENT },
};

void dump_stats(const struct runner *r, FILE *out)
{
	for (uint32_t n = 0; n < r->model->instance_count; n++) {
		uint64_t stats[LEDGER_STATS];

		ledger_read_stats(r->ledger, n, stats);
		fprintf(out, "VRRP Instance: %s\n",
			r->model->instances[n].name);
		for (size_t k = 0; k < sizeof(lines) / sizeof(lines[0]); k++) {
			fputs(lines[k].text, out);
			if (lines[k].stat >= 0)
				fprintf(out, ": %llu",
					(unsigned long long)
						stats[lines[k].stat]);
			fputc('\n', out);
		}
	}
}
