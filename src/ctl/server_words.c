/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/server_words.h"

#include "base/ip.h"

#include <stdio.h>
#include <string.h>

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

bool server_words_take_virtual(const char *const **words, unsigned *count,
			       char virtual[ORDER_VIRTUAL_SIZE])
{
	return take_name(words, count, 0, virtual, ORDER_VIRTUAL_SIZE);
}

bool server_words_take(const char *const **words, unsigned *count,
		       unsigned behind, char virtual[ORDER_VIRTUAL_SIZE],
		       char real[ORDER_REAL_SIZE])
{
	return take_name(words, count, 1 + behind, virtual,
			 ORDER_VIRTUAL_SIZE) &&
	       take_name(words, count, behind, real, ORDER_REAL_SIZE);
}
