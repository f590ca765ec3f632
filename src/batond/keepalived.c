/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keepalived's command line: keepalived(8). An option has keepalived's effect
 * where that is there in batond, and is accepted otherwise. getopt_long(3)
 * reads it, as there, so that abbreviations and -t[FILE] are what they were.
 *
 * The options of batond that keepalived does not have stand here too: an
 * upgrade runs the program by them.
 */
#include "batond/options.h"

#include "base/must.h"
#include "files/their_options.h"
#include "ledger/dump.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* keepalived's, for all that is wrong with a command line. */
#define EXIT_WRONG 1

static const char help[] =
	"Usage: keepalived [OPTION...]\n"
	"This is batond, called by the name of keepalived.\n\n"
	"  -f, --use-file=FILE          the configuration, by default\n"
	"                               /etc/keepalived/keepalived.conf\n"
	"  -i, --config-id=ID           read the lines that begin with @ID\n"
	"  -e, --all-config             a file that is missing is an error\n"
	"  -t, --config-test[=FILE]     only check the configuration; what is "
	"wrong goes\n"
	"                               to standard error, or is added to FILE\n"
	"  -n, --dont-fork              stay in the foreground\n"
	"  -l, --log-console            with -n: log to standard error too\n"
	"  -d, --dump-conf              ... and the configuration\n"
	"  -G, --no-syslog              do not log to syslog\n"
	"  -S, --log-facility=0..7, local0..local7, user or daemon\n"
	"  -p, --pid=FILE               the PID file of the keeper\n"
	"  -r, --vrrp_pid=FILE          that of the process vrrp\n"
	"  -s, --namespace=NAME         run in that network namespace\n"
	"  -m, --core-dump              let a crash leave a core\n"
	"      --signum=WORD            the number of the signal for STOP, "
	"RELOAD, DATA,\n"
	"                               STATS, STATS_CLEAR or JSON\n"
	"      --run-dir=DIR            where sockets and the lock are\n"
	"  -v, --version; -h, --help\n\n"
	"Accepted without an effect: -P -B -D -X -V -I -R -a -x -A -u -c -b -M\n"
	"--all --flush-log-file --perf --debug --no-mem-check --ignore-sigint\n";

/* keepalived's words of --signum. */
static const struct {
	const char *word;
	int number;
} signals[] = {
	{ "STOP", SIGTERM },
	{ "RELOAD", SIGHUP },
	{ "DATA", SIGUSR1 },
	{ "STATS", SIGUSR2 },
	{ "STATS_CLEAR", DUMP_SIGNAL_STATS_CLEAR },
	{ "JSON", DUMP_SIGNAL_JSON },
};

/* -S: what is none of these is told, and counts for nothing. */
static void read_facility(const char *text, int *facility)
{
	static const char local[] = "local";
	const char *digit = text;

	if (strcmp(text, "user") == 0)
		*facility = LOG_USER;
	else if (strcmp(text, "daemon") == 0)
		*facility = LOG_DAEMON;
	else {
		if (strncmp(text, local, strlen(local)) == 0)
			digit += strlen(local);
		if (digit[0] >= '0' && digit[0] <= '7' && digit[1] == '\0')
			*facility = LOG_LOCAL0 + ((digit[0] - '0') << 3);
		else
			fprintf(stderr, "Invalid log facility '%s'\n", text);
	}
}

static int print_signal(const char *word)
{
	for (unsigned n = 0; n < ARRAY_LENGTH(signals); n++) {
		if (strcmp(signals[n].word, word) != 0)
			continue;
		printf("%d\n", signals[n].number);
		return 0;
	}
	fprintf(stderr, "Unknown sigfunc %s\n", word);
	return EXIT_WRONG;
}

/*
 * What is an error: nothing is started. keepalived of Debian cannot log to a
 * file either.
 */
static int refuse(int option)
{
	switch (option) {
	case 'g':
		fprintf(stderr, "-g is not supported: with -n and -l the log "
				"goes to standard error\n");
		break;
	case 'T':
		fprintf(stderr, "-T is not supported: genhash is a program of "
				"keepalived\n");
		break;
	case 'C':
		fprintf(stderr, "-C is not supported: there are no health "
				"checks yet\n");
		break;
	case ':':
		fprintf(stderr, "Missing parameter for option %s\n",
			optopt < THEIR_ACCEPTED
				? (char[]){ '-', (char)optopt, 0 }
				: "");
		break;
	}
	return EXIT_WRONG;
}

/* True if it was one of these. */
static bool take_flag(int option, struct options *o)
{
	struct options_keepalived *k = &o->keepalived;

	switch (option) {
	case 'n':
		o->foreground = true;
		return true;
	case 'l':
		k->console = true;
		return true;
	case 'd':
		k->dump = true;
		return true;
	case 'G':
		k->no_syslog = true;
		return true;
	case 'I':
		k->leaves_table = true;
		return true;
	case 'm':
	case 'M':
		k->cores = true;
		return true;
	case 'e':
		o->all_files = true;
		return true;
	}
	return false;
}

/* What has a value. */
static bool take_value(int option, struct options *o)
{
	struct options_keepalived *k = &o->keepalived;

	switch (option) {
	case 't':
		o->test = true;
		k->log_test = optarg;
		return true;
	case 'f':
		o->file = optarg;
		return true;
	case 'i':
		o->config_id = optarg;
		return true;
	case 'p':
		k->pid_file = optarg;
		return true;
	case 'r':
		k->vrrp_pid_file = optarg;
		return true;
	case 's':
		k->net_namespace = optarg;
		return true;
	case 'S':
		read_facility(optarg, &k->facility);
		return true;
	case THEIR_RUN_DIR:
		o->run_dir = optarg;
		return true;
	case THEIR_OUTSIDE:
		o->outside = optarg;
		return true;
	}
	return false;
}

/* -1, or the exit status. */
static int take(int option, char **argv, struct options *o)
{
	if (take_flag(option, o) || take_value(option, o))
		return -1;
	switch (option) {
	case 'h':
		fputs(help, stdout);
		return 0;
	case 'v': /* as those look at it who read keepalived's */
		fprintf(stderr,
			"Keepalived v" OPTIONS_KEEPALIVED
			" is what batond %s takes the place of\n",
			BATON_VERSION);
		return 0;
	case 'V':
		fprintf(stderr, "-V has no effect: addresses and routes are "
				"removed at a stop\n");
		return -1;
	case THEIR_SIGNUM:
		return print_signal(optarg);
	case '?':
		fprintf(stderr, "Unknown option %s\n", argv[optind - 1]);
		return EXIT_WRONG;
	case ':':
	case 'g':
	case 'T':
	case 'C':
		return refuse(option);
	}
	return -1; /* accepted */
}

static void tell_extra(int argc, char **argv)
{
	if (optind >= argc)
		return;
	printf("Unexpected argument(s): ");
	for (int n = optind; n < argc; n++)
		printf("%s ", argv[n]);
	printf("\n");
}

bool options_are_keepalived(const char *called)
{
	const char *slash = called ? strrchr(called, '/') : NULL;

	return called && strcmp(slash ? slash + 1 : called, "keepalived") == 0;
}

int options_read_keepalived(int argc, char **argv, struct options *o)
{
	int option;

	o->as_keepalived = true;
	o->keepalived.facility = LOG_DAEMON;
	opterr = 0;
	optind = 1;
	while ((option = getopt_long(argc, argv, their_letters, their_options,
				     NULL)) != -1) {
		int status = take(option, argv, o);

		if (status >= 0)
			return status;
	}
	tell_extra(argc, argv);
	return -1;
}
