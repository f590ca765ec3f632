/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel has of the table of sys/nft_marks.h. A rule is known by what
 * it says of itself, since whoever changes one takes that away.
 */
#include "sys/nft_marks.h"

#include "base/must.h"
#include "sys/nft_map.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATTRIBUTES_MAX 32
#define NFGEN          4 /* bytes of struct nfgenmsg, before attributes */

/* Attributes by their number; what is longer than it should be is not there. */
struct attributes {
	const struct nlattr *of[ATTRIBUTES_MAX];
};

static int note(const struct nlattr *a, void *context)
{
	struct attributes *all = context;
	uint16_t type = mnl_attr_get_type(a);

	if (type < ATTRIBUTES_MAX)
		all->of[type] = a;
	return MNL_CB_OK;
}

static struct attributes attributes(const struct nlmsghdr *message)
{
	struct attributes all = { 0 };

	if (message->nlmsg_len >= NLMSG_LENGTH(NFGEN))
		mnl_attr_parse(message, NFGEN, note, &all);
	return all;
}

static struct attributes nested(const struct nlattr *nest)
{
	struct attributes all = { 0 };

	if (nest)
		mnl_attr_parse_nested(nest, note, &all);
	return all;
}

static bool is_text(const struct nlattr *a, const char *text)
{
	size_t size = strlen(text) + 1;

	return a && mnl_attr_get_payload_len(a) == size &&
	       memcmp(mnl_attr_get_payload(a), text, size) == 0;
}

static uint32_t number(const struct nlattr *a)
{
	return a && mnl_attr_get_payload_len(a) == sizeof(uint32_t)
		       ? ntohl(mnl_attr_get_u32(a))
		       : 0;
}

/* A look at the table of one family. */
struct look {
	struct nft *nft;
	struct nft_batch question;
	const struct nft_marks *want;
	struct nft_marks_found *found;
	struct nft_map maps[NFT_MAPS_MAX]; /* wanted, of the family */
	unsigned count;
	uint8_t family;
	unsigned rules, rules_ours, sets; /* that were seen */
	uint32_t uses, things;     /* in the table, of any kind; seen of them */
	bool has_map;              /* of one of our names */
	bool wrong;                /* something is otherwise */
	const struct nft_map *map; /* whose elements come */
};

/* Says what is another program's: the first of it. */
static void others(struct look *l, const char *kind, const struct nlattr *name)
{
	char *said = l->found->others[l->family == IP_V6];

	if (!said[0])
		snprintf(said, NFT_MARKS_THING, "%s%.*s", kind,
			 name ? mnl_attr_get_payload_len(name) : 0,
			 name ? (const char *)mnl_attr_get_payload(name) : "");
}

static struct nlmsghdr *ask(struct look *l, unsigned type, bool dump)
{
	return nft_message(&l->question, type, dump ? NLM_F_DUMP : 0,
			   nft_family(l->family));
}

static int answers(struct look *l, const struct nlmsghdr *message,
		   int (*take)(void *context, const struct nlmsghdr *message))
{
	if (!message)
		return -ENOMEM;
	nft_end(&l->question, message);
	return nft_ask(l->nft, &l->question, take, l);
}

static int take_table(void *context, const struct nlmsghdr *message)
{
	struct look *l = context;
	struct attributes all = attributes(message);

	l->found->present[l->family == IP_V6] =
		is_text(all.of[NFTA_TABLE_NAME], l->want->table);
	l->wrong |= number(all.of[NFTA_TABLE_FLAGS]) != 0; /* asleep */
	l->uses = number(all.of[NFTA_TABLE_USE]);
	return 0;
}

static int look_table(struct look *l)
{
	struct nlmsghdr *m = ask(l, NFT_MSG_GETTABLE, false);

	if (m)
		mnl_attr_put_strz(m, NFTA_TABLE_NAME, l->want->table);
	return answers(l, m, take_table);
}

static int take_chain(void *context, const struct nlmsghdr *message)
{
	struct look *l = context;
	struct attributes all = attributes(message);
	struct attributes hook = nested(all.of[NFTA_CHAIN_HOOK]);

	l->wrong |= !is_text(all.of[NFTA_CHAIN_TYPE], "filter") ||
		    number(all.of[NFTA_CHAIN_POLICY]) != NF_ACCEPT ||
		    number(hook.of[NFTA_HOOK_HOOKNUM]) != NF_INET_LOCAL_IN ||
		    number(hook.of[NFTA_HOOK_PRIORITY]) !=
			    (uint32_t)l->want->priority;
	return 0;
}

static int look_chain(struct look *l)
{
	struct nlmsghdr *m = ask(l, NFT_MSG_GETCHAIN, false);

	if (m) {
		mnl_attr_put_strz(m, NFTA_CHAIN_TABLE, l->want->table);
		mnl_attr_put_strz(m, NFTA_CHAIN_NAME, NFT_MAP_CHAIN);
	}
	return answers(l, m, take_chain);
}

static int take_any_chain(void *context, const struct nlmsghdr *message)
{
	struct look *l = context;
	struct attributes all = attributes(message);

	if (!is_text(all.of[NFTA_CHAIN_TABLE], l->want->table))
		return 0;
	l->things++;
	if (!is_text(all.of[NFTA_CHAIN_NAME], NFT_MAP_CHAIN))
		others(l, "chain ", all.of[NFTA_CHAIN_NAME]);
	return 0;
}

static int look_chains(struct look *l)
{
	return answers(l, ask(l, NFT_MSG_GETCHAIN, true), take_any_chain);
}

/* What a rule says of itself: a type, a length, and a text. */
static const char *comment(const struct nlattr *a)
{
	const uint8_t *said = a ? mnl_attr_get_payload(a) : NULL;
	size_t length = a ? mnl_attr_get_payload_len(a) : 0;

	if (length < 3 || said[0] != 0 || said[1] + 2u > length ||
	    said[1] == 0 || said[1 + said[1]] != 0)
		return "";
	return (const char *)said + 2;
}

static int take_rule(void *context, const struct nlmsghdr *message)
{
	struct look *l = context;
	struct attributes all = attributes(message);
	const char *said = comment(all.of[NFTA_RULE_USERDATA]);
	char wanted[NFT_MAP_COMMENT_SIZE];

	if (!is_text(all.of[NFTA_RULE_TABLE], l->want->table) ||
	    !is_text(all.of[NFTA_RULE_CHAIN], NFT_MAP_CHAIN))
		return 0;
	snprintf(wanted, sizeof(wanted), NFT_MAP_COMMENT, "");
	l->rules_ours += strncmp(said, wanted, strlen(wanted)) == 0;
	if (l->rules < l->count) {
		snprintf(wanted, sizeof(wanted), NFT_MAP_COMMENT,
			 l->maps[l->rules].name);
		l->wrong |= strcmp(said, wanted) != 0;
	}
	l->rules++;
	return 0;
}

static int look_rules(struct look *l)
{
	struct nlmsghdr *m = ask(l, NFT_MSG_GETRULE, true);

	if (m) {
		mnl_attr_put_strz(m, NFTA_RULE_TABLE, l->want->table);
		mnl_attr_put_strz(m, NFTA_RULE_CHAIN, NFT_MAP_CHAIN);
	}
	return answers(l, m, take_rule);
}

static bool is_map(const struct attributes *all, const struct nft_map *map)
{
	return is_text(all->of[NFTA_SET_NAME], map->name) &&
	       number(all->of[NFTA_SET_FLAGS]) == NFT_MAP_FLAGS &&
	       number(all->of[NFTA_SET_KEY_LEN]) == nft_key_size(map->family) &&
	       number(all->of[NFTA_SET_DATA_LEN]) == sizeof(uint32_t);
}

static bool is_map_name(const struct nlattr *a)
{
	static const char *const names[] = { "tcp_map",     "udp_map",
					     "sctp_map",    "tcp_any_map",
					     "udp_any_map", "sctp_any_map" };

	for (unsigned n = 0; n < ARRAY_LENGTH(names); n++)
		if (is_text(a, names[n]))
			return true;
	return false;
}

/* One that is in use by a rule alone goes with it. */
static int take_set(void *context, const struct nlmsghdr *message)
{
	struct look *l = context;
	struct attributes all = attributes(message);

	if (!is_text(all.of[NFTA_SET_TABLE], l->want->table))
		return 0;
	l->things++;
	if (is_map_name(all.of[NFTA_SET_NAME]))
		l->has_map = true;
	else if (!(number(all.of[NFTA_SET_FLAGS]) & NFT_SET_ANONYMOUS))
		others(l, "set ", all.of[NFTA_SET_NAME]);
	for (unsigned n = 0; n < l->count; n++)
		l->sets += is_map(&all, &l->maps[n]);
	return 0;
}

static int look_sets(struct look *l)
{
	struct nlmsghdr *m = ask(l, NFT_MSG_GETSET, true);

	if (m)
		mnl_attr_put_strz(m, NFTA_SET_TABLE, l->want->table);
	return answers(l, m, take_set);
}

static bool add(struct nft_marks_found *f, const struct fwmark_range *range)
{
	struct fwmark_range *ranges;
	uint32_t room = f->room ? 2 * f->room : 64;

	if (f->count < f->room) {
		f->ranges[f->count++] = *range;
		return true;
	}
	if (room > 2 * FWMARK_RANGES_MAX)
		return false;
	ranges = realloc(f->ranges, room * sizeof(*ranges));
	if (!ranges)
		return false;
	f->ranges = ranges;
	f->room = room;
	f->ranges[f->count++] = *range;
	return true;
}

/* The bytes of a key, or NULL. */
static const uint8_t *key_of(const struct nlattr *a, uint8_t family)
{
	struct attributes in = nested(a);
	const struct nlattr *value = in.of[NFTA_DATA_VALUE];

	return value && mnl_attr_get_payload_len(value) == nft_key_size(family)
		       ? mnl_attr_get_payload(value)
		       : NULL;
}

static uint16_t port_of(const uint8_t *key, uint8_t family)
{
	size_t at = ip_size(family);

	return (uint16_t)(key[at] << 8 | key[at + 1]);
}

/* False: it is none that would have been put there. */
static bool read_element(const struct nft_map *map, const struct nlattr *a,
			 struct fwmark_range *out)
{
	struct attributes all = nested(a);
	const uint8_t *first = key_of(all.of[NFTA_SET_ELEM_KEY], map->family);
	const uint8_t *last =
		key_of(all.of[NFTA_SET_ELEM_KEY_END], map->family);
	struct attributes data = nested(all.of[NFTA_SET_ELEM_DATA]);
	const struct nlattr *mark = data.of[NFTA_DATA_VALUE];
	uint16_t low, high;

	if (!first || !mark ||
	    mnl_attr_get_payload_len(mark) != sizeof(out->mark))
		return false;
	if (!last)
		last = first;
	low = port_of(first, map->family);
	high = port_of(last, map->family);
	*out = (struct fwmark_range){ .family = map->family,
				      .protocol = map->protocol,
				      .port = low,
				      .mark = mnl_attr_get_u32(mark) };
	memcpy(out->first, first, ip_size(map->family));
	memcpy(out->last, last, ip_size(map->family));
	return map->any ? low == 0 && high == UINT16_MAX : low && low == high;
}

static int take_element(const struct nlattr *a, void *context)
{
	struct look *l = context;
	struct fwmark_range range;

	if (!read_element(l->map, a, &range))
		l->wrong = true;
	else if (!add(l->found, &range))
		return MNL_CB_ERROR;
	return MNL_CB_OK;
}

static int take_elements(void *context, const struct nlmsghdr *message)
{
	struct attributes all = attributes(message);
	const struct nlattr *list = all.of[NFTA_SET_ELEM_LIST_ELEMENTS];

	if (list &&
	    mnl_attr_parse_nested(list, take_element, context) == MNL_CB_ERROR)
		return -ENOMEM;
	return 0;
}

static int look_elements(struct look *l)
{
	struct nlmsghdr *m = ask(l, NFT_MSG_GETSETELEM, true);

	if (m) {
		mnl_attr_put_strz(m, NFTA_SET_ELEM_LIST_TABLE, l->want->table);
		mnl_attr_put_strz(m, NFTA_SET_ELEM_LIST_SET, l->map->name);
	}
	return answers(l, m, take_elements);
}

/* The rules of keepalived have no comments; the names of its maps are known. */
static void judge(struct look *l)
{
	if (l->rules > 0 && l->rules_ours == 0 && !l->has_map)
		others(l, "rules in chain " NFT_MAP_CHAIN, NULL);
	if (l->uses > l->things)
		others(l, "an object", NULL);
}

static int look_parts(struct look *l)
{
	int (*const parts[])(struct look * l) = { look_chain, look_chains,
						  look_rules, look_sets };
	int error = look_table(l);

	if (error) /* without a table there is no error */
		return error == -ENOENT ? 0 : error;
	for (unsigned n = 0; n < ARRAY_LENGTH(parts); n++) {
		error = parts[n](l);
		l->wrong |= error == -ENOENT;
		if (error && error != -ENOENT)
			return error;
	}
	judge(l);
	l->wrong |= l->rules != l->count || l->sets != l->count;
	for (unsigned n = 0; n < l->count; n++) {
		l->map = &l->maps[n];
		error = look_elements(l);
		if (error && error != -ENOENT)
			return error;
	}
	return 0;
}

static int look_family(struct look *l, uint8_t family)
{
	struct nft_map maps[NFT_MAPS_MAX];
	unsigned count = nft_maps(l->want->ranges, l->want->count, maps);
	unsigned is_v6 = family == IP_V6;
	int error;

	l->family = family;
	l->count = l->rules = l->rules_ours = l->sets = 0;
	l->uses = l->things = 0;
	l->wrong = l->has_map = false;
	for (unsigned n = 0; n < count; n++)
		if (maps[n].family == family)
			l->maps[l->count++] = maps[n];
	error = look_parts(l);
	l->found->ours[is_v6] = l->found->present[is_v6] && l->rules_ours > 0;
	l->found->right[is_v6] =
		l->found->present[is_v6] && !l->wrong && l->count > 0;
	return error;
}

int nft_marks_look(struct nft *n, const struct nft_marks *want,
		   struct nft_marks_found *found)
{
	struct look l = { .nft = n, .want = want, .found = found };
	struct fwmark_range *spare;
	int error;

	found->count = 0;
	memset(found->present, 0, sizeof(found->present));
	memset(found->ours, 0, sizeof(found->ours));
	memset(found->right, 0, sizeof(found->right));
	memset(found->others, 0, sizeof(found->others));
	error = look_family(&l, IP_V4);
	if (!error)
		error = look_family(&l, IP_V6);
	nft_batch_free(&l.question);
	if (error)
		return error;
	spare = malloc((found->count + 1) * sizeof(*spare));
	if (!spare)
		return -ENOMEM;
	fwmark_sort(found->ranges, spare, found->count);
	free(spare);
	return 0;
}

void nft_marks_free(struct nft_marks_found *found)
{
	free(found->ranges);
	*found = (struct nft_marks_found){ 0 };
}
