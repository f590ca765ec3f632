/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `baton rs`: an order for a real server (ledger/order.h). The keeper finds out
 * what the names mean.
 */
#include "ctl/command.h"

#include "base/must.h"
#include "base/nearest.h"
#include "conf/language/value.h"
#include "ctl/server_words.h"
#include "ledger/order.h"

#include <stdio.h>
#include <string.h>

static const struct verb {
	const char *word;
	enum order_server_what what;
	const char *takes; /* behind the servers, "": nothing */
} verbs[] = {
	{ "drain", ORDER_SERVER_DRAIN, " [TIME]" },
	{ "disable", ORDER_SERVER_DISABLE, "" },
	{ "enable", ORDER_SERVER_ENABLE, "" },
	{ "weight", ORDER_SERVER_WEIGHT, " N" },
	{ "unset", ORDER_SERVER_UNSET, "" },
};

static int usage(const struct verb *verb)
{
	fprintf(stderr,
		"baton: rs: say what and which: baton rs %s VS RS%s; `baton "
		"vs` lists them\n",
		verb ? verb->word : "drain|disable|enable|weight|unset",
		verb ? verb->takes : " [N]");
	return COMMAND_USAGE;
}

static const struct verb *find_verb(const char *word)
{
	struct nearest near;

	nearest_begin(&near, word);
	for (size_t n = 0; n < ARRAY_LENGTH(verbs); n++) {
		if (strcmp(verbs[n].word, word) == 0)
			return &verbs[n];
		nearest_offer(&near, verbs[n].word);
	}
	fprintf(stderr, "baton: rs: there is no order %s", word);
	for (unsigned n = 0; n < near.count; n++)
		fprintf(stderr, "%s%s", n == 0 ? "; did you mean " : " or ",
			near.words[n]);
	fprintf(stderr, near.count ? "?\n"
				   : "; there are drain, disable, enable, "
				     "weight and unset\n");
	return NULL;
}

int command_verbs(void)
{
	for (size_t n = 0; n < ARRAY_LENGTH(verbs); n++)
		puts(verbs[n].word);
	return COMMAND_DONE;
}

static bool take_weight(const char *word, struct order_server *order)
{
	int64_t weight;

	if (conf_number(word, &weight) || weight < 0 || weight > INT32_MAX) {
		fprintf(stderr,
			"baton: rs weight: %s is no weight: a number from 0 "
			"to %d\n",
			word, INT32_MAX);
		return false;
	}
	order->weight = (int32_t)weight;
	return true;
}

static bool take_seconds(const char *word, struct order_server *order)
{
	tick_t time;

	if (conf_time(word, &time) ||
	    time > ORDER_SECONDS_MAX * (tick_t)TICK_SECOND) {
		fprintf(stderr,
			"baton: rs drain: %s is no time: seconds, or such as "
			"5min, up to a year\n",
			word);
		return false;
	}
	order->seconds = (int32_t)((time + TICK_SECOND - 1) / TICK_SECOND);
	return true;
}

int command_rs(const struct command *c)
{
	struct order_server order = { .seconds = ORDER_AS_CONFIGURED };
	const char *const *words = c->arguments;
	const struct verb *verb;
	unsigned count = 0, behind;

	while (words && words[count])
		count++;
	if (count == 0)
		return usage(NULL);
	verb = find_verb(words[0]);
	if (!verb)
		return COMMAND_USAGE;
	words++;
	count--;
	order.what = verb->what;
	behind = verb->what == ORDER_SERVER_WEIGHT;
	if (!server_words_take(&words, &count, behind, order.virtual,
			       order.real) ||
	    count > (*verb->takes ? 1u : 0u))
		return usage(verb);
	if (count == 1 && !(behind ? take_weight(words[0], &order)
				   : take_seconds(words[0], &order)))
		return COMMAND_USAGE;
	return command_order(c, &order, sizeof(order));
}
