/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ledger/trouble.h"

#include "base/must.h"
#include "ledger/ledger.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

struct remedy {
	int error;
	const char *text;
};

static const char *find(const struct remedy *list, size_t count, int error)
{
	for (size_t n = 0; n < count; n++)
		if (list[n].error == error)
			return list[n].text;
	return "";
}

const char *trouble_sending(int error)
{
	static const struct remedy remedies[] = {
		{ EPERM, "a firewall of this machine drops it: let IP "
			 "protocol 112 out" },
		{ EACCES, "a route or a rule of this machine prohibits it" },
		{ ENOBUFS, "the queue of the interface is full, or drops it: "
			   "see tc -s qdisc, tc filter and nft list ruleset" },
		{ EAGAIN, "more waits to be sent than net.core.wmem_max "
			  "allows" },
		{ EMSGSIZE, "it is larger than the MTU of its way" },
		{ ENETUNREACH, "there is no route to the peer" },
		{ EHOSTUNREACH, "there is no route to the peer" },
		{ ENETDOWN, "the interface is down" },
		{ ENXIO, "the interface is gone" },
		{ ENODEV, "the interface is gone" },
		{ EAFNOSUPPORT, "this kernel has no IPv6" },
	};

	return find(remedies, ARRAY_LENGTH(remedies), error);
}

const char *trouble_membership(int error)
{
	static const struct remedy remedies[] = {
		{ EAFNOSUPPORT, "this kernel has no IPv6" },
		{ ENODEV, "the kernel has switched this family off on it: its "
			  "MTU is too small" },
		{ ENOBUFS, "see net.ipv4.igmp_max_memberships and "
			   "net.core.optmem_max" },
		{ ENOMEM, "see net.core.optmem_max" },
		{ EMFILE, "see LimitNOFILE of the unit, or ulimit -n" },
		{ ENFILE, "see fs.file-max" },
	};

	return find(remedies, ARRAY_LENGTH(remedies), error);
}

const char *trouble_holding(const char *kind, uint8_t family, int error)
{
	static const struct remedy address_v6[] = {
		{ EACCES, "IPv6 is switched off there: see "
			  "net.ipv6.conf.*.disable_ipv6" },
		{ EAFNOSUPPORT, "this kernel has no IPv6" },
		{ EOPNOTSUPP, "this kernel has no IPv6" },
		{ EADDRINUSE, "another machine of the LAN has it: duplicate "
			      "address detection failed (dadfailed)" },
	};
	static const struct remedy any[] = {
		{ ENODEV, "its interface is missing" },
		{ EPERM, "batond lacks CAP_NET_ADMIN here" },
	};
	static const struct remedy route[] = {
		{ ENETDOWN, "its interface is down" },
		{ ENETUNREACH, "there is no route to its gateway" },
		{ EHOSTUNREACH, "there is no route to its gateway" },
	};
	const char *text = "";

	if (strcmp(kind, "address") == 0 && family == IP_V6)
		text = find(address_v6, ARRAY_LENGTH(address_v6), error);
	else if (strcmp(kind, "route") == 0)
		text = find(route, ARRAY_LENGTH(route), error);
	return *text ? text : find(any, ARRAY_LENGTH(any), error);
}

static const char *const names[] = {
	[LEDGER_TROUBLE_SENDING] = "sending",
	[LEDGER_TROUBLE_MEMBERSHIP] = "membership",
	[LEDGER_TROUBLE_MTU] = "mtu",
	[LEDGER_TROUBLE_MORE] = "more",
	[LEDGER_TROUBLE_FLAPPING] = "flapping",
	[LEDGER_TROUBLE_PRIORITIES] = "priority-flapping",
	[LEDGER_TROUBLE_VERDICTS] = "verdict-flapping",
	[LEDGER_TROUBLE_LINKS] = "link-flapping",
};
static_assert(ARRAY_LENGTH(names) == LEDGER_TROUBLES, "a name for each");

const char *trouble_name(enum ledger_trouble trouble)
{
	return (unsigned)trouble < LEDGER_TROUBLES ? names[trouble] : "unknown";
}

static void put_error(struct text *out, int error, const char *remedy)
{
	text_format(out, ": %s", strerror(error));
	if (*remedy)
		text_format(out, "; %s", remedy);
}

static void put_mtu(const struct ledger_event *e, struct text *out)
{
	unsigned left = ledger_value_number(e->value);
	int mtu = ledger_value_error(e->value);

	if (e->to)
		text_format(out,
			    "the MTU of its interface, %d, has no room for %u "
			    "of its addresses in an advertisement; they are "
			    "served and not advertised",
			    mtu, left);
	else
		text_format(out,
			    "the MTU of its interface, %d, has room for all "
			    "of its addresses again",
			    mtu);
}

void trouble_words(const struct ledger_event *e, struct text *out)
{
	unsigned number = ledger_value_number(e->value);
	int error = ledger_value_error(e->value);

	switch ((enum ledger_trouble)e->code) {
	case LEDGER_TROUBLE_SENDING:
		if (!e->to) {
			text_put(out, "its advertisements leave again");
			return;
		}
		text_put(out, number ? "an advertisement could not be sent"
				     : "an advertisement could not be sent to "
				       "all peers");
		put_error(out, error, trouble_sending(error));
		return;
	case LEDGER_TROUBLE_MEMBERSHIP:
		text_put(out, "the multicast group of its interface could not "
			      "be joined");
		put_error(out, error, trouble_membership(error));
		return;
	case LEDGER_TROUBLE_MTU:
		put_mtu(e, out);
		return;
	case LEDGER_TROUBLE_MORE:
		text_format(out,
			    "%u more events of what the kernel refused or "
			    "accepts again; `baton status` has what is refused "
			    "now",
			    number);
		return;
	case LEDGER_TROUBLE_FLAPPING:
		text_format(out,
			    "%u more changes of state in %d s; it is %s now",
			    number, error,
			    vrrp_state_name((enum vrrp_state)e->from));
		return;
	case LEDGER_TROUBLE_PRIORITIES:
		text_format(out,
			    "%u more changes of its priority in %d s, by what "
			    "it tracks; it is %u now",
			    number, error, e->from);
		return;
	case LEDGER_TROUBLE_VERDICTS:
		text_format(out,
			    "it is tracked, and changed %u more times in %d s; "
			    "it is %s now",
			    number, error,
			    ledger_verdict_name((enum ledger_verdict)e->from));
		return;
	case LEDGER_TROUBLE_LINKS:
		text_format(out,
			    "it is tracked, and changed %u more times in %d s; "
			    "the interface is %s now",
			    number, error,
			    vrrp_interface_name((enum vrrp_interface)e->from));
		return;
	case LEDGER_TROUBLES:
		break;
	}
	text_put(out, "unknown");
}
