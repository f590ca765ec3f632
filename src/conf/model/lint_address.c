/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual addresses that the kernel takes and that no host can use: others do
 * not talk to them, or take them for something else.
 */
#include "conf/model/finish.h"

#include <string.h>

#define LOOPBACK  127
#define RESERVED  240 /* 240.0.0.0/4, RFC 1112 4 */
#define FEW_BITS  31  /* from here on there is no network and no broadcast */
#define FEW_BITS6 127 /* RFC 6164 */

/* Whether all bits behind the prefix are 0, or 1. */
static bool host_bits(const struct ip *ip, uint8_t prefix, bool ones)
{
	for (size_t bit = prefix; bit < 8 * ip_size(ip->family); bit++)
		if ((ip->bytes[bit / 8] >> (7 - bit % 8) & 1) != ones)
			return false;
	return true;
}

static const char *wrong_v4(const struct ip *ip, uint8_t prefix)
{
	if (ip->bytes[0] == LOOPBACK)
		return "is for a machine's talk with itself (RFC 1122 "
		       "3.2.1.3): no other one reaches it";
	if (ip->bytes[0] == 0)
		return "is in 0.0.0.0/8, which no host may have (RFC 1122 "
		       "3.2.1.3)";
	if (ip->bytes[0] >= RESERVED)
		return "is reserved (RFC 1112 4): many hosts do not talk to it";
	if (prefix == 0)
		return "has a prefix of no bits: the kernel knows no network "
		       "by it";
	if (prefix < FEW_BITS && host_bits(ip, prefix, false))
		return "is the address of its network, and not of a host in it";
	if (prefix < FEW_BITS && host_bits(ip, prefix, true))
		return "is the broadcast address of its network";
	return NULL;
}

static const char *wrong_v6(const struct ip *ip, uint8_t prefix)
{
	static const struct ip loopback = { IP_V6, { [15] = 1 } };

	if (ip_equal(ip, &loopback))
		return "is for a machine's talk with itself (RFC 4291 2.5.3): "
		       "no other one reaches it";
	if (prefix == 0)
		return "has a prefix of no bits: the kernel takes it for a "
		       "default route, so all that has no other route stays on "
		       "this link";
	if (prefix < FEW_BITS6 && host_bits(ip, prefix, false))
		return "is the address of all routers of its network (RFC 4291 "
		       "2.6.1), and not of a host";
	return NULL;
}

static void lint(struct conf_reader *reader, const struct conf_address *one)
{
	struct conf_place place = { .span = one->span };
	const char *wrong = one->address.family == IP_V4
				    ? wrong_v4(&one->address, one->prefix)
				    : wrong_v6(&one->address, one->prefix);
	char text[IP_TEXT_MAX];

	if (wrong)
		conf_report(reader->report, CONF_NOTE, &place,
			    "write the address of a host, and the prefix of "
			    "its network",
			    "%s/%u %s", ip_format(&one->address, text),
			    one->prefix, wrong);
}

void conf_lint_addresses(struct conf_reader *reader,
			 const struct conf_model *model)
{
	for (uint32_t i = 0; i < model->instance_count; i++) {
		const struct conf_instance *c = &model->instances[i];

		for (uint32_t n = 0; n < c->address_count; n++)
			lint(reader, &c->addresses[n]);
	}
	for (uint32_t n = 0; n < model->static_address_count; n++)
		lint(reader, &model->static_addresses[n].is);
}
