/* SPDX-License-Identifier: GPL-2.0-or-later */
/* baton(1): the options, and which word is which command. */
#include "base/must.h"
#include "base/nearest.h"
#include "baton/digest.h"
#include "checker/needs.h"
#include "ctl/command.h"
#include "ctl/ctl.h"
#include "files/simple.h"
#include "runner/runner.h"
#include "sys/start.h"

#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
	const char *word;
	const char *argument; /* as help writes it: [X] may be left out */
	const char *help;
	int (*run)(const struct command *c);
	const char *options; /* those of it, by the letters of `options` */
	bool counts;         /* its arguments, by itself */
};

/* Options that are of some commands only. */
static const struct {
	char letter; /* for popt and for struct word */
	const char *name;
	const char *of; /* as a message says it */
} options[] = {
	{ 'j', "-j", "status, why, events, vs, checks and check" },
	{ 'f', "-f", "events" },
	{ 'n', "-n", "events" },
	{ 'd', "--dry-run", "reload" },
	{ 'u', "--upgrade", "reload" },
	{ 'F', "--force", "takeover" },
	{ 'c', "--confirm", "reload" },
	{ 's', "--strict", "check" },
	{ 'm', "--migrate", "check" },
	{ 'p', "--peer", "check" },
	{ 'o', "--interface", "check and print" },
};

static int help(const struct command *c);

static const struct word words[] = {
	{ "status", "[NAME]",
	  "the virtual routers, or one of them at length (the default)",
	  command_status, "j" },
	{ "why", "NAME | VS RS",
	  "why a virtual router, or a real server, is so", command_why, "j",
	  true },
	{ "events", NULL, "what happened; -f goes on as it happens",
	  command_events, "jfn" },
	{ "check", "[FILE]",
	  "what is wrong with a configuration; --strict: warnings too",
	  command_check, "jsmpo" },
	{ "print", "[FILE]", "a configuration in its canonical form",
	  command_print, "o" },
	{ "explain", "[KEYWORD]", "what a word of a configuration means",
	  command_explain, "" },
	{ "reload", NULL,
	  "read the configuration anew; --dry-run only says what changes",
	  command_reload, "duc" },
	{ "confirm", NULL, "keep what `reload --confirm` put on trial",
	  command_confirm, "" },
	{ "handover", "[NAME]", "let the other router be Active",
	  command_handover, "" },
	{ "drain", NULL, "give up everything and stay out", command_drain, "" },
	{ "undrain", NULL, "be in service again", command_undrain, "" },
	{ "upgrade", NULL, "run the installed program, without a gap",
	  command_upgrade, "" },
	{ "takeover", "[FILE]",
	  "be in place of a keepalived that runs, without a gap",
	  command_takeover, "F" },
	{ "vs", "[SERVER]",
	  "virtual servers and their real servers, or one with its checks",
	  command_servers, "j", true },
	{ "rs", "ORDER VS RS",
	  "drain, disable, enable, weight, unset: orders for a real server",
	  command_rs, "", true },
	{ "checks", NULL, "the health checks of real servers, and their states",
	  command_checks, "j" },
	{ "digest", "URL", "the MD5 of a page, for a `digest` of a check",
	  command_digest, "" },
	{ "metrics", NULL, "all counters, as OpenMetrics text", command_metrics,
	  "" },
	{ "help", NULL, "this", help, "" },
};

static void doubts(const struct conf_model *model, const char *file,
		   struct conf_diagnostics *diagnostics)
{
	runner_doubts(model, file, diagnostics);
	checker_doubts(model, file, diagnostics);
}

static int help(const struct command *c)
{
	printf("Usage: baton [OPTION...] [COMMAND]\n\n");
	for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
		const char *argument = words[i].argument;

		printf("  %s %-*s  %s\n", words[i].word,
		       14 - (int)strlen(words[i].word),
		       argument ? argument : "", words[i].help);
	}
	printf("\nOptions:\n"
	       "  --run-dir DIR    ask the batond of this directory; "
	       "by default " CTL_RUN_DIR "\n"
	       "  -j, --json       status, why, events, vs, checks, check: as "
	       "JSON\n"
	       "  -f, --follow     events: go on until interrupted\n"
	       "  -n, --last N     events: the last N\n"
	       "  --strict         check: a warning is an error\n"
	       "  --migrate        check: what becomes of each word of "
	       "keepalived.conf\n"
	       "  --peer FILE      check: what does not fit to the file of "
	       "another router\n"
	       "  --interface NAME, --vrid N, ...\n"
	       "                   check, print: options of batond, and "
	       "addresses, in\n"
	       "                   place of a file\n"
	       "  --dry-run        reload: only say what would change\n"
	       "  --upgrade        reload: and run the installed program, if "
	       "it is another\n"
	       "  --confirm N      reload: return to the old one after N "
	       "seconds,\n"
	       "                   unless `baton confirm` comes first\n"
	       "  --force          takeover: also if a virtual router would "
	       "be in FAULT\n"
	       "  -V, --version    the version\n"
	       "\nExit status: 0 done; 1 it failed, or there is no such "
	       "virtual router; 2 wrong\nusage; of check, print, reload and "
	       "upgrade: 3 the configuration cannot be\nused; of check: 4 parts "
	       "of it would be left out. baton(1) has all of it.\n");
	return COMMAND_DONE;
}

static int unknown(const char *wrong)
{
	struct nearest near;

	nearest_begin(&near, wrong);
	for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
		nearest_offer(&near, words[i].word);
	fprintf(stderr, "baton: there is no command %s",
		*wrong ? wrong : "\"\"");
	for (unsigned n = 0; n < near.count; n++)
		fprintf(stderr, "%s%s", n == 0 ? "; did you mean " : " or ",
			near.words[n]);
	fprintf(stderr, near.count ? "?\n" : "; see baton help\n");
	return COMMAND_USAGE;
}

/*
 * For the shell: what may stand where the cursor is, one a line. The words
 * before it are the arguments.
 */
static int complete_server(const char *const *before, const struct command *c)
{
	if (!before[0])
		return command_server_names(c, NULL);
	return before[1] ? COMMAND_DONE : command_server_names(c, before[0]);
}

static int complete(const char *const *before, const struct command *c)
{
	const char *word = before[0] ? before[0] : "";

	if (strcmp(word, "vs") == 0 && !before[1])
		return complete_server(before + 1, c);
	if (strcmp(word, "rs") == 0)
		return before[1] ? complete_server(before + 2, c)
				 : command_verbs();
	if (strcmp(word, "why") == 0 && !before[1])
		(void)command_names(c);
	if (strcmp(word, "why") == 0)
		return complete_server(before + 1, c);
	for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
		const char *takes = words[i].argument;

		if (!before[0])
			puts(words[i].word);
		else if (strcmp(before[0], words[i].word) == 0 && takes &&
			 strstr(takes, "NAME") && !before[1])
			return command_names(c);
		else if (strcmp(before[0], words[i].word) == 0 && takes &&
			 strstr(takes, "KEYWORD") && !before[1])
			return command_words(c);
	}
	return COMMAND_DONE;
}

/* Nothing is done if an option could not have been meant for it. */
static bool fits(const struct word *w, const char *given)
{
	for (size_t i = 0; i < ARRAY_LENGTH(options); i++) {
		if (!strchr(given, options[i].letter) ||
		    strchr(w->options, options[i].letter))
			continue;
		fprintf(stderr, "baton: %s: %s is only for %s\n", w->word,
			options[i].name, options[i].of);
		return false;
	}
	return true;
}

/* A command about a configuration that options stand for. */
static int run_simple(const struct word *w, const char *const *addresses,
		      const struct simple *simple, struct command *c)
{
	char error[128];
	char *name = simple_name(simple, addresses, error);
	int result;

	if (!name) {
		fprintf(stderr, "baton: %s: %s\n", w->word, error);
		return COMMAND_USAGE;
	}
	c->argument = name;
	result = w->run(c);
	free(name);
	return result;
}

static int run(const char *const *arguments, struct command *c,
	       const char *given, const struct simple *simple)
{
	const char *word = arguments && arguments[0] ? arguments[0] : "status";

	if (strcmp(word, "complete") == 0)
		return complete(arguments + 1, c);
	for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
		const char *takes = words[i].argument;

		if (strcmp(word, words[i].word) != 0)
			continue;
		if (!fits(&words[i], given))
			return COMMAND_USAGE;
		if (simple_given(simple))
			return run_simple(&words[i], arguments + 1, simple, c);
		c->argument = arguments && arguments[0] ? arguments[1] : NULL;
		c->arguments = c->argument ? arguments + 1 : NULL;
		if (words[i].counts)
			return words[i].run(c);
		if (!c->argument && takes && *takes != '[') {
			fprintf(stderr, "baton: %s: say which: baton %s %s\n",
				word, word, takes);
			return COMMAND_USAGE;
		}
		if (c->argument && (!takes || arguments[2])) {
			fprintf(stderr, "baton: %s: %s is too much\n", word,
				takes ? arguments[2] : c->argument);
			return COMMAND_USAGE;
		}
		return words[i].run(c);
	}
	return unknown(word);
}

int main(int argc, char **argv)
{
	int json = 0, follow = 0, last = 0, version = 0, usage = 0, result;
	int dry_run = 0, force = 0, upgrade = 0, confirm = 0, strict = 0,
	    migrate = 0;
	char *run_dir = NULL, *peer = NULL,
	     given[ARRAY_LENGTH(options) + 1] = "";
	struct simple simple = { 0 };
	const struct poptOption table[] = {
		{ "run-dir", 0, POPT_ARG_STRING, &run_dir, 0, NULL, NULL },
		{ "json", 'j', POPT_ARG_NONE, &json, 'j', NULL, NULL },
		{ "follow", 'f', POPT_ARG_NONE, &follow, 'f', NULL, NULL },
		{ "last", 'n', POPT_ARG_INT, &last, 'n', NULL, NULL },
		{ "dry-run", 0, POPT_ARG_NONE, &dry_run, 'd', NULL, NULL },
		{ "strict", 0, POPT_ARG_NONE, &strict, 's', NULL, NULL },
		{ "migrate", 0, POPT_ARG_NONE, &migrate, 'm', NULL, NULL },
		{ "peer", 0, POPT_ARG_STRING, &peer, 'p', NULL, NULL },
		{ "upgrade", 0, POPT_ARG_NONE, &upgrade, 'u', NULL, NULL },
		{ "force", 0, POPT_ARG_NONE, &force, 'F', NULL, NULL },
		{ "confirm", 0, POPT_ARG_INT, &confirm, 'c', NULL, NULL },
		SIMPLE_OPTIONS(&simple, 'o'),
		{ "version", 'V', POPT_ARG_NONE, &version, 0, NULL, NULL },
		{ "help", 'h', POPT_ARG_NONE, &usage, 0, NULL, NULL },
		POPT_TABLEEND
	};
	poptContext context;
	struct command c = { 0 };
	sigset_t none;

	sigemptyset(&none);
	start_clean(&none);
	context = poptGetContext("baton", argc, (const char **)argv, table, 0);
	while ((result = poptGetNextOpt(context)) > 0)
		if (!strchr(given, result))
			given[strlen(given)] = (char)result;
	c = (struct command){ .run_dir = run_dir ? run_dir : CTL_RUN_DIR,
			      .json = json,
			      .follow = follow,
			      .last = last > 0 ? (unsigned)last : 0,
			      .dry_run = dry_run,
			      .strict = strict,
			      .doubts = doubts,
			      .migrate = migrate,
			      .peer = peer,
			      .upgrade = upgrade,
			      .force = force,
			      .confirm = confirm > 0 ? (unsigned)confirm : 0 };
	if (result < -1) {
		fprintf(stderr, "baton: %s: %s; see baton help\n",
			poptBadOption(context, POPT_BADOPTION_NOALIAS),
			poptStrerror(result));
		result = COMMAND_USAGE;
	} else if (last < 0 || (last == 0 && strchr(given, 'n'))) {
		fprintf(stderr, "baton: -n takes a number from 1 on\n");
		result = COMMAND_USAGE;
	} else if (confirm < 0 || (confirm == 0 && strchr(given, 'c'))) {
		fprintf(stderr, "baton: --confirm takes a number of seconds "
				"from 1 on\n");
		result = COMMAND_USAGE;
	} else if (version) {
		printf("baton %s\n", BATON_VERSION);
		result = COMMAND_DONE;
	} else if (usage) {
		result = help(&c);
	} else {
		result = run(poptGetArgs(context), &c, given, &simple);
	}
	poptFreeContext(context);
	simple_free(&simple);
	free(run_dir);
	free(peer);
	return result == COMMAND_DONE ? command_flush() : result;
}
