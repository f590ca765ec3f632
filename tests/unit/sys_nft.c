/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of nftables that marks packets (sys/nft_marks.h), in a network
 * namespace of its own: nft(8) lists it, changes it, and packets have the mark.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sys/nft_marks.h"
#include "sys_lan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

#ifndef SO_RCVMARK
#define SO_RCVMARK 75
#endif
#define MANY 5000

static struct nft *nft;
static struct fwmark_range ranges[MANY];
static struct nft_marks want = { .table = "t",
				 .priority = -1,
				 .ranges = ranges };
static struct nft_marks_found found;

static struct fwmark_range range(uint8_t protocol, const char *first,
				 const char *last, uint16_t port, uint32_t mark)
{
	struct ip a, b;
	struct fwmark_range r = { .protocol = protocol,
				  .port = port,
				  .mark = mark };

	assert_int_equal(ip_parse(first, &a), 0);
	assert_int_equal(ip_parse(last, &b), 0);
	r.family = a.family;
	memcpy(r.first, a.bytes, sizeof(r.first));
	memcpy(r.last, b.bytes, sizeof(r.last));
	return r;
}

static bool is_right(void)
{
	assert_int_equal(nft_marks_look(nft, &want, &found), 0);
	return nft_marks_agree(&want, &found);
}

static void make_right(void)
{
	is_right();
	assert_int_equal(nft_marks_set(nft, &want, &found), 0);
	assert_true(is_right());
}

static void wanted(void)
{
	ranges[0] = range(6, "10.1.6.3", "10.1.6.3", 80, 1000);
	ranges[1] = range(6, "10.1.6.11", "10.1.6.14", 81, 1001);
	ranges[2] = range(17, "10.1.6.3", "10.1.6.3", 53, 1002);
	ranges[3] = range(17, "10.1.6.0", "10.1.6.4", 0, 1003);
	ranges[4] = range(132, "10.1.6.3", "10.1.6.3", 80, 1004);
	ranges[5] = range(6, "2001:db8::1", "2001:db8::ff", 80, 1000);
	ranges[6] = range(17, "::1", "::1", 53, 7);
	want.count = 7;
}

/* What nft(8) says, without blanks; the static text of the next call is
 * another. */
static const char *listed(const char *what)
{
	static char text[65536];
	char command[128];
	size_t length = 0;
	FILE *pipe;
	int c;

	snprintf(command, sizeof(command), "nft %s 2>&1", what);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	while ((c = fgetc(pipe)) != EOF && length < sizeof(text) - 1)
		if (c != ' ' && c != '\t' && c != '\n')
			text[length++] = (char)c;
	text[length] = '\0';
	pclose(pipe);
	return text;
}

static void run(const char *command)
{
	char line[512];

	snprintf(line, sizeof(line), "nft '%s'", command);
	assert_int_equal(system(line), 0);
}

static void forget(void)
{
	struct nft_author by;

	run("flush ruleset");
	nft_others(nft, &by);
	wanted();
}

static void test_as_keepalived_makes_it(void **state)
{
	(void)state;
	lan_need();
	forget();
	assert_false(is_right());
	make_right();
	assert_string_equal(
		listed("list table ip t"),
		"tableipt{"
		"maptcp_map{typeipv4_addr.inet_service:markflagsinterval"
		"elements={10.1.6.3.80:0x000003e8,"
		"10.1.6.11-10.1.6.14.81:0x000003e9}}"
		"mapudp_map{typeipv4_addr.inet_service:markflagsinterval"
		"elements={10.1.6.3.53:0x000003ea}}"
		"mapudp_any_map{typeipv4_addr.inet_service:markflagsinterval"
		"elements={10.1.6.0-10.1.6.4.0-65535:0x000003eb}}"
		"mapsctp_map{typeipv4_addr.inet_service:markflagsinterval"
		"elements={10.1.6.3.80:0x000003ec}}"
		"chainin{typefilterhookinputpriorityfilter-1;policyaccept;"
		"metamarksetipdaddr.tcpdportmap@tcp_mapreturn"
		"comment\"batond:tcp_map\""
		"metamarksetipdaddr.udpdportmap@udp_mapreturn"
		"comment\"batond:udp_map\""
		"metamarksetipdaddr.udpdportmap@udp_any_mapreturn"
		"comment\"batond:udp_any_map\""
		"metamarksetipdaddr.sctpdportmap@sctp_mapreturn"
		"comment\"batond:sctp_map\"}}");
	assert_string_equal(
		listed("list table ip6 t"),
		"tableip6t{"
		"maptcp_map{typeipv6_addr.inet_service:markflagsinterval"
		"elements={2001:db8::1-2001:db8::ff.80:0x000003e8}}"
		"mapudp_map{typeipv6_addr.inet_service:markflagsinterval"
		"elements={::1.53:0x00000007}}"
		"chainin{typefilterhookinputpriorityfilter-1;policyaccept;"
		"metamarksetip6daddr.tcpdportmap@tcp_mapreturn"
		"comment\"batond:tcp_map\""
		"metamarksetip6daddr.udpdportmap@udp_mapreturn"
		"comment\"batond:udp_map\"}}");
}

/* The mark of a datagram to there; -1: the kernel does not tell. */
static int64_t mark_of(const char *address, uint16_t port)
{
	struct sockaddr_storage to = { 0 };
	struct sockaddr_in *v4 = (void *)&to;
	struct sockaddr_in6 *v6 = (void *)&to;
	char control[256], byte;
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	int64_t mark = -1;
	int fd, on = 1;
	struct ip ip;

	assert_int_equal(ip_parse(address, &ip), 0);
	if (ip.family == IP_V6) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		memcpy(&v6->sin6_addr, ip.bytes, 16);
	} else {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		memcpy(&v4->sin_addr, ip.bytes, 4);
	}
	fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVMARK, &on, sizeof(on)) == 0) {
		assert_int_equal(bind(fd, (void *)&to, sizeof(to)), 0);
		assert_int_equal(sendto(fd, "x", 1, 0, (void *)&to, sizeof(to)),
				 1);
		assert_int_equal(recvmsg(fd, &message, 0), 1);
		for (c = CMSG_FIRSTHDR(&message); c;
		     c = CMSG_NXTHDR(&message, c))
			if (c->cmsg_level == SOL_SOCKET &&
			    c->cmsg_type == SO_MARK)
				mark = *(uint32_t *)(void *)CMSG_DATA(c);
	}
	close(fd);
	return mark;
}

static void test_packets_are_marked(void **state)
{
	(void)state;
	lan_need();
	forget();
	make_right();
	lan_ip("addr add 10.1.6.3/32 dev lo");
	lan_ip("addr add 10.1.6.5/32 dev lo");
	if (mark_of("10.1.6.5", 53) == -1)
		skip();
	assert_int_equal(mark_of("10.1.6.3", 53), 1002);
	assert_int_equal(mark_of("10.1.6.3", 54), 1003);
	assert_int_equal(mark_of("10.1.6.5", 53), 0);
	assert_int_equal(mark_of("::1", 53), 7);
	assert_int_equal(mark_of("::1", 54), 0);
}

/* What is as it should be is not made anew: its numbers are the same. */
static void test_only_elements_change(void **state)
{
	char before[65536], *handle;

	(void)state;
	lan_need();
	forget();
	make_right();
	snprintf(before, sizeof(before), "%s", listed("-a list table ip t"));
	ranges[0].mark = 1005;
	ranges[1].last[3] = 15;
	make_right();
	handle = strstr(before, "chainin");
	assert_non_null(handle);
	assert_non_null(strstr(listed("-a list table ip t"), handle));
	assert_non_null(
		strstr(listed("list table ip t"), "10.1.6.3.80:0x000003ed"));
	assert_non_null(strstr(listed("list table ip t"), "-10.1.6.15.81"));
}

static void test_repaired(void **state)
{
	static const char *const changes[] = {
		"flush ruleset",
		"delete table ip6 t",
		"add rule ip t in drop",
		"insert rule ip t in accept",
		"flush chain ip t in",
		"add element ip t tcp_map { 9.9.9.9 . 9 : 9 }",
		"add element ip t tcp_map { 9.9.9.1-9.9.9.9 . 9-10 : 9 }",
		"delete element ip t tcp_map { 10.1.6.3 . 80 }",
		"flush map ip6 t udp_map",
		"add table ip t { flags dormant ; }",
		"delete chain ip t in",
		"chain ip t in { policy drop ; }",
	};
	struct nft_author by;

	(void)state;
	lan_need();
	forget();
	make_right();
	assert_false(nft_others(nft, &by)); /* we are none */
	for (size_t n = 0; n < sizeof(changes) / sizeof(*changes); n++) {
		run(changes[n]);
		assert_true(nft_others(nft, &by));
		assert_string_equal(by.name, "nft");
		assert_true(by.pid > 0);
		if (is_right())
			fail_msg("%s is not seen", changes[n]);
		make_right();
		assert_false(nft_others(nft, &by));
	}
}

/* An empty one of our name is made anew; where there is nothing to be marked
 * another program's is left alone. */
static void test_of_others(void **state)
{
	(void)state;
	lan_need();
	forget();
	want.count = 5; /* of IPv4 */
	run("add table ip6 t; add chain ip6 t c; add rule ip6 t c accept");
	run("add table ip t; add chain ip t in { type filter hook output "
	    "priority 5; }");
	make_right();
	assert_non_null(strstr(listed("list ruleset"), "chainc{accept"));
	assert_null(strstr(listed("list ruleset"), "hookoutput"));
	want.count = 0;
	make_right();
	assert_string_equal(listed("list ruleset"),
			    "tableip6t{chainc{accept}}");
	run("delete table ip6 t");
	wanted();
	make_right();
	want.count = 0;
	make_right();
	assert_string_equal(listed("list ruleset"), "");
}

/* What another program has in a table of our name stays. */
static void test_what_is_not_ours_stays(void **state)
{
	static const struct {
		const char *made, *is, *said;
	} of[] = {
		{ "add chain ip t c; add rule ip t c tcp dport 9999 drop",
		  "chainc{tcpdport9999drop}", "chain c" },
		{ "add set ip t s { type ipv4_addr; }", "sets{typeipv4_addr}",
		  "set s" },
		{ "add counter ip t n", "countern{", "an object" },
		{ "add chain ip t in; add rule ip t in drop", "chainin{drop}",
		  "rules in chain in" },
	};
	char line[256];

	(void)state;
	lan_need();
	for (size_t n = 0; n < sizeof(of) / sizeof(*of); n++) {
		forget();
		snprintf(line, sizeof(line), "add table ip t; %s", of[n].made);
		run(line);
		assert_false(is_right());
		assert_string_equal(found.others[0], of[n].said);
		assert_string_equal(found.others[1], "");
		assert_int_equal(nft_marks_set(nft, &want, &found), -EEXIST);
		assert_non_null(strstr(listed("list ruleset"), of[n].is));
		assert_null(strstr(listed("list ruleset"), "ip6"));
		run("delete table ip t");
		make_right();
	}
	/* Added to ours: it works on, and is not made anew. */
	run("add chain ip t c");
	assert_true(is_right());
	ranges[0].mark = 1005;
	make_right();
	run("flush chain ip t in");
	assert_false(is_right());
	assert_int_equal(nft_marks_set(nft, &want, &found), -EEXIST);
	assert_non_null(strstr(listed("list ruleset"), "chainc{"));
}

/* It has no comments. */
static void test_what_keepalived_has_left_is_taken(void **state)
{
	(void)state;
	lan_need();
	forget();
	run("add table ip t; add map ip t tcp_map { type ipv4_addr . "
	    "inet_service : mark; flags interval; }; add chain ip t in { type "
	    "filter hook input priority -1; }; add rule ip t in meta mark set "
	    "ip daddr . tcp dport map @tcp_map return");
	make_right();
	assert_non_null(strstr(listed("list table ip t"), "batond:tcp_map"));
}

static void test_many(void **state)
{
	(void)state;
	lan_need();
	forget();
	for (unsigned n = 0; n < MANY; n++) {
		ranges[n] = range(6, "10.0.0.0", "10.0.0.0", 80, 1 + n % 9);
		ranges[n].first[2] = ranges[n].last[2] = (uint8_t)(n >> 7);
		ranges[n].first[3] = (uint8_t)(n << 1);
		ranges[n].last[3] = (uint8_t)(n << 1 | 1);
	}
	want.count = MANY;
	make_right();
	want.count = MANY - 1;
	make_right();
	assert_int_equal(found.count, MANY - 1);
}

static void test_refused(void **state)
{
	(void)state;
	lan_need();
	forget();
	ranges[0] = range(6, "10.1.6.1", "10.1.6.9", 80, 9);
	ranges[1] = range(6, "10.1.6.3", "10.1.6.3", 80, 8); /* overlaps */
	assert_false(is_right());
	assert_int_not_equal(nft_marks_set(nft, &want, &found), 0);
	assert_string_equal(listed("list ruleset"), ""); /* nothing of it */
}

static int set_up(void **state)
{
	lan_set_up(state);
	if (system("nft --version >/dev/null 2>&1"))
		lan_made = false;
	return lan_made ? nft_open(&nft) : 0;
}

static int tear_down(void **state)
{
	(void)state;
	nft_close(nft);
	nft_marks_free(&found);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_keepalived_makes_it),
		cmocka_unit_test(test_packets_are_marked),
		cmocka_unit_test(test_only_elements_change),
		cmocka_unit_test(test_repaired),
		cmocka_unit_test(test_of_others),
		cmocka_unit_test(test_what_is_not_ours_stays),
		cmocka_unit_test(test_what_keepalived_has_left_is_taken),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("sys_nft", tests, set_up, tear_down);
}
