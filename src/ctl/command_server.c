/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `baton rs`: an order for a real server (ledger/order.h). The keeper finds out
 * what the names mean; here it is decided which words are a name, since a name
 * is written as in the configuration, and that has a blank before the port.
 */
#include "ctl/command.h"

#include "base/ip.h"
#include "base/must.h"
#include "base/nearest.h"
#include "conf/language/value.h"
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

bool command_verbs(void)
{
	for (size_t n = 0; n < ARRAY_LENGTH(verbs); n++)
		puts(verbs[n].word);
	return true;
}

static bool is_digits(const char *word)
{
	return *word && word[strspn(word, "0123456789")] == '\0';
}

static bool is_address(const char *word)
{
	struct ip ip;

	return ip_parse(word, &ip) == 0;
}

static bool names_a_kind(const char *word)
{
	return strcmp(word, "fwmark") == 0 || strcmp(word, "FWM") == 0 ||
	       strcmp(word, "group") == 0;
}

/*
 * How many of `count` words are the next name, if at least so many have to be
 * left behind it.
 */
static unsigned name_length(const char *const *words, unsigned count,
			    unsigned behind)
{
	bool two = count >= 2 + behind &&
		   (names_a_kind(words[0]) ||
		    (is_address(words[0]) && is_digits(words[1])));

	return two ? 2 : 1;
}

/* Takes the next name; false: there is none, or it is too long for a name. */
static bool take_name(const char *const **words, unsigned *count,
		      unsigned behind, char *out, size_t size)
{
	unsigned length;
	int written;

	if (*count < 1 + behind)
		return false;
	length = name_length(*words, *count, behind);
	written = snprintf(out, size, "%s%s%s", (*words)[0],
			   length == 2 ? " " : "",
			   length == 2 ? (*words)[1] : "");
	*words += length;
	*count -= length;
	return written > 0 && (size_t)written < size;
}

bool command_take_servers(const char *const **words, unsigned *count,
			  unsigned behind, char virtual[ORDER_VIRTUAL_SIZE],
			  char real[ORDER_REAL_SIZE])
{
	return take_name(words, count, 1 + behind, virtual,
			 ORDER_VIRTUAL_SIZE) &&
	       take_name(words, count, behind, real, ORDER_REAL_SIZE);
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
	if (!command_take_servers(&words, &count, behind, order.virtual,
				  order.real) ||
	    count > (*verb->takes ? 1u : 0u))
		return usage(verb);
	if (count == 1 && !(behind ? take_weight(words[0], &order)
				   : take_seconds(words[0], &order)))
		return COMMAND_USAGE;
	return command_order(c, &order, sizeof(order));
}
