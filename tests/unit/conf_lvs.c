/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of virtual servers, real servers and their checks. */
#include "base/must.h"
#include "conf_fixture.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char whole[] = "virtual_server_group G {\n"
			    "\t192.0.2.1 80\n"
			    "\t192.0.2.10-192.0.2.12 81\n"
			    "\tfwmark 7\n"
			    "\t2001:db8::1-2001:db8::2 80\n"
			    "}\n"
			    "\n"
			    "virtual_server group G {\n"
			    "\tip_family inet\n"
			    "\tprotocol TCP\n"
			    "\tlvs_sched sh\n"
			    "\tlvs_method TUN type gue port 6080 csum\n"
			    "\tpersistence_timeout 50\n"
			    "\tflag-1\n"
			    "\tquorum 2\n"
			    "\tsorry_server 192.0.2.9 80\n"
			    "\tsorry_server_lvs_method DR\n"
			    "\tdelay_loop 6\n"
			    "\treal_server 198.51.100.1 80 {\n"
			    "\t\tweight 3\n"
			    "\t\tnotify_up \"/bin/up a\" nobody\n"
			    "\t\tretry 2\n"
			    "\t\tHTTP_GET {\n"
			    "\t\t\tconnect_port 8080\n"
			    "\t\t\turl {\n"
			    "\t\t\t\tpath /a\n"
			    "\t\t\t\tstatus_code 200-299 404\n"
			    "\t\t\t}\n"
			    "\t\t\turl {\n"
			    "\t\t\t\tdigest 9b3a0c85a887a256d6939da88aabd8cd\n"
			    "\t\t\t}\n"
			    "\t\t}\n"
			    "\t\tTCP_CHECK {\n"
			    "\t\t\tconnect_timeout 0.5\n"
			    "\t\t}\n"
			    "\t}\n"
			    "}\n";

static void count(void *to, const struct conf_service *one)
{
	uint32_t *seen = to;

	assert_int_equal(one->protocol, IPPROTO_TCP);
	assert_int_equal(!!one->mark + (one->address.family != IP_NONE), 1);
	assert_int_equal(one->family, one->mark ? IP_V4 : one->address.family);
	++*seen;
}

static void check_model(const struct conf_model *m)
{
	const struct conf_virtual_server *vs = &m->virtual_servers[0];
	const struct conf_real_server *rs = &vs->servers[0];
	uint32_t seen = 0;

	assert_int_equal(m->virtual_server_count, 1);
	assert_int_equal(conf_service_count(m, vs), 7);
	conf_services_each(m, vs, count, &seen);
	assert_int_equal(seen, 7);
	assert_int_equal(vs->scheduler, CONF_SCHED_SH);
	assert_int_equal(vs->forward.method, CONF_FORWARD_TUN);
	assert_int_equal(vs->forward.tunnel, CONF_TUNNEL_GUE);
	assert_int_equal(conf_service_flags(vs),
			 CONF_SERVICE_PERSISTENT | CONF_SERVICE_FLAG_1);
	assert_int_equal(conf_sorry_forward(vs)->method, CONF_FORWARD_DR);
	assert_int_equal(conf_server_weight(vs, rs), 3);
	assert_int_equal(conf_server_forward(vs, rs)->port, 6080);
	assert_int_equal(rs->check_count, 2);
	assert_int_equal(rs->checks[0].kind, CONF_CHECK_HTTP);
	assert_int_equal(rs->checks[0].connect.port, 8080);
	assert_int_equal(rs->checks[0].http.url_count, 2);
	assert_int_equal(rs->checks[0].http.urls[0].statuses.list[1].low, 404);
	assert_int_equal(rs->checks[1].kind, CONF_CHECK_TCP);
	assert_int_equal(rs->checks[1].pace.connect_timeout, TICK_SECOND / 2);
	assert_int_equal(rs->checks[1].pace.retry, CONF_UNSAID);
	assert_int_equal(rs->pace.retry, 2);
	assert_string_equal(rs->notifies.on[CONF_NOTIFY_UP].command,
			    "/bin/up a");
}

/* What they say becomes the model, and that their text again. */
static void a_virtual_server_is_read_and_printed(void **state)
{
	struct conf_loaded *l = conf_load_text(whole);
	char *printed;

	(void)state;
	assert_silent(l);
	check_model(l->model);
	printed = conf_printed(l->model);
	assert_non_null(strstr(printed, "virtual_server_group"));
	assert_string_equal(strstr(printed, "virtual_server_group"), whole);
	free(printed);
	conf_unload(l);
}

struct bytes {
	char data[65536];
	size_t length;
};

static void gather(void *to, const void *bytes, size_t length)
{
	struct bytes *b = to;

	assert_in_range(length, 0, sizeof(b->data) - b->length);
	memcpy(b->data + b->length, bytes, length);
	b->length += length;
}

static void it_survives_packing(void **state)
{
	struct conf_loaded *l = conf_load_text(whole);
	struct bytes *b = calloc(1, sizeof(*b));
	struct conf_model *copy;
	char *one, *two;

	(void)state;
	assert_non_null(b);
	conf_pack(l->model, true, gather, b);
	copy = conf_unpack(b->data, b->length, malloc, free);
	assert_non_null(copy);
	check_model(copy);
	one = conf_printed(l->model);
	two = conf_printed(copy);
	assert_string_equal(one, two);
	free(one);
	free(two);
	conf_free(copy);
	free(b);
	conf_unload(l);
}

#define DR         " protocol TCP\n lvs_method DR\n"
#define RS(inside) " real_server 198.51.100.1 80 {\n" inside "\n }\n"
#define VS(inside) "virtual_server 192.0.2.1 80 {\n" DR inside "}\n"
#define GROUP(inside)                                                          \
	"virtual_server_group G {\n" inside "\n}\n"                            \
	"virtual_server group G {\n" DR RS("") "}\n"

/* What keepalived would change or leave out too, and says. */
static void what_cannot_be_is_told(void **state)
{
	static const struct {
		const char *text, *told;
	} cases[] = {
		{ VS(RS("") RS("")), "stands in the same virtual_server" },
		{ VS(RS("") " real_server 2001:db8::1 80 {\n }\n"),
		  "another family than the virtual_server" },
		{ VS(RS("") " real_server 198.51.100.2 81 {\n }\n"),
		  "connections come to port 80, though checks go to 81" },
		{ VS(RS("") " real_server 198.51.100.1 81 {\n }\n"),
		  "stands in the same virtual_server" },
		{ VS(RS("") " ops\n"), "ops is for UDP only" },
		{ VS(RS("") " quorum 2\n"),
		  "more than all weights together, 1" },
		{ VS(RS("") " hysteresis 1\n"), "is not below the quorum" },
		{ VS(RS("") " sh-port\n"), "of another scheduler than wlc" },
		{ VS(RS("") " lvs_sched mh\n sh-fallback\n"),
		  "of another scheduler than mh" },
		{ VS(RS("") " sorry_server_inhibit\n"),
		  "no effect without sorry_server" },
		{ VS(RS("") " sorry_server 2001:db8::9 80\n"),
		  "sorry_server has another family" },
		{ VS(RS("") " ip_family inet6\n"), "another family than" },
		{ VS(RS(" uthreshold 5\n lthreshold 9")),
		  "lthreshold is above uthreshold" },
		{ VS(RS(" HTTP_GET {\n }")), "HTTP_GET has no url" },
		{ VS(RS(" BFD_CHECK {\n name b\n }")),
		  "baton has no bfd_instance b yet" },
		{ VS(RS(" FILE_CHECK {\n }")), "FILE_CHECK has no track_file" },
		{ VS(RS(" FILE_CHECK {\n track_file f\n }")),
		  "there is no track_file f" },
		{ VS(RS(" TCP_CHECK {\n bindto 2001:db8::1\n }")),
		  "bindto has another family" },
		{ VS(RS(" DNS_CHECK {\n name a..b\n }")),
		  "no DNS server can be asked for this name" },
		{ VS(RS(" UDP_CHECK {\n min_reply_length 300\n }")),
		  "no reply can be as long as min_reply_length 300" },
		{ VS(""), "this virtual_server has no real_server" },
		{ VS(RS("")) VS(RS("")), "of this service already, in line 1" },
		{ "virtual_server group X {\n" DR RS("") "}\n",
		  "there is no virtual_server_group X" },
		{ GROUP(""), "virtual_server_group G has no entries" },
		{ GROUP("192.0.2.9-5 80"), "takes an address, a range" },
		{ GROUP("192.0.2.1/29 80"), "takes an address, a range" },
		{ GROUP("192.0.2.1 80\n2001:db8::1 80"),
		  "virtual_server_group G has entries of both families" },
		{ GROUP("2001:db8::1 80"),
		  "another family than virtual_server_group G; it is left out" },
		{ "virtual_server 192.0.2.1 {\n" DR RS("") "}\n",
		  "its persistence_timeout is 360" },
		{ "virtual_server 192.0.2.1 80 {\n lvs_method DR\n" RS(
			  "") "}\n",
		  "has no protocol; it is UDP" },
		{ "virtual_server 192.0.2.1 80 {\n protocol TCP\n" RS("") "}\n",
		  "has no lvs_method; it is NAT" },
		{ "virtual_server 192.0.2.300 80 {\n" DR RS("") "}\n",
		  "service takes an address and a port" },
		{ "virtual_server 192.0.2.1 http {\n" DR RS("") "}\n",
		  "service takes an address and a port" },
		{ "virtual_server fwmark 0 {\n" DR RS("") "}\n",
		  "service takes an address and a port" },
		{ "virtual_server {\n" DR RS("") "}\n", "service needs" },
		{ VS(RS("") " real_server 192.0.2.300 80 {\n }\n"),
		  "address takes the address of a host" },
		{ VS(RS("") " real_server 192.0.2.3 http {\n }\n"),
		  "address takes the address of a host" },
		{ "global_defs {\n lvs_sync_daemon eth0 inst A\n}\n",
		  "there is no vrrp_instance A" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct conf_loaded *l = conf_load_text(cases[i].text);

		if (!l->model || !strstr(l->printed, cases[i].told))
			fprintf(stderr, "# %s\n", cases[i].text);
		assert_non_null(l->model);
		assert_says(l, cases[i].told);
		conf_unload(l);
	}
}

/* ... and what of it counts then. */
static void what_is_left_counts(void **state)
{
	struct conf_loaded *l = conf_load_text(
		VS(RS("") RS("") " real_server 2001:db8::1 80 {\n }\n"
				 " quorum 9\n hysteresis 7\n ops\n sh-port\n"
				 " flag-1\n"));
	const struct conf_virtual_server *vs = &l->model->virtual_servers[0];

	(void)state;
	assert_int_equal(vs->server_count, 1);
	assert_int_equal(vs->quorum, 1);
	assert_int_equal(vs->hysteresis, 0);
	assert_int_equal(conf_service_flags(vs), CONF_SERVICE_FLAG_1);
	conf_unload(l);
}

/* All of these run in keepalived without a word. */
static void what_keepalived_takes_is_taken(void **state)
{
	static const char *const texts[] = {
		VS(RS("") " real_server 198.51.100.2 {\n }\n"),
		VS(RS("") " lvs_sched sh\n sh-port\n sh-fallback\n"),
		/* There the scheduler must stand before its flags. */
		VS(RS("") " mh-port\n lvs_sched mh\n"),
		VS(RS("") " persistence_timeout\n"),
		VS(RS("") " persistence_granularity 255.255.255.0\n"),
		VS(RS(" inhibit_on_failure\n alpha\n weight 0")),
		VS(RS(" weight 2147483647")),
		VS(RS(" TCP_CHECK {\n }\n TCP_CHECK {\n connect_port 81\n }")),
		VS(RS(" DNS_CHECK {\n type a\n }")),
		VS(RS(" HTTP_GET {\n http_protocol 1.0c\n url {\n path /\n"
		      " status_code 200 300-399\n }\n }")),
		VS(RS(" UDP_CHECK {\n payload Ab12f 3\n require_reply 0x\n }")),
		VS(RS("") " sorry_server 198.51.100.1 80\n"),
		VS(RS("") " delay_loop 5000\n delay_before_retry 0\n"),
		"virtual_server 192.0.2.1 80 {\n protocol tcp\n lb_algo rr\n"
		" lb_kind TUN type gue port 6080 csum\n"
		" real_server 2001:db8::1 80 {\n }\n}\n",
		GROUP("192.0.2.250-192.0.3.3 80"),
		GROUP("192.0.0.0/16 80\nfwmark 9"),
		"virtual_server fwmark 7 {\n lvs_method DR\n"
		" real_server 2001:db8::1 80 {\n }\n}\n",
		"track_file f {\n file /tmp/f\n}\n" VS(
			RS(" FILE_CHECK {\n track_file f\n weight -3\n }")),
		"global_defs {\n lvs_sync_daemon eth0 id 4 ttl 1\n"
		" lvs_timeouts udp 10\n lvs_flush_on_stop\n}\n",
		"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"
		" lvs_sync_daemon_interface eth1\n virtual_ipaddress {\n"
		" 192.0.2.1/24\n }\n}\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		struct conf_loaded *l = conf_load_text(texts[i]);

		if (!l->model || l->diagnostics.warnings > 0)
			fprintf(stderr, "# %s\n", texts[i]);
		assert_silent(l);
		conf_unload(l);
	}
}

/* As keepalived.conf(5) says: Ab12f 3 is AB 12 0F 03. */
static void bytes_are_those_of_the_manual(void **state)
{
	struct conf_loaded *l = conf_load_text(
		VS(RS(" UDP_CHECK {\n payload Ab12f 3 456 546443123\n"
		      " require_reply 0X x\n }\n UDP_CHECK {\n"
		      " require_reply\n }")));
	const struct conf_check *c =
		l->model->virtual_servers[0].servers[0].checks;

	(void)state;
	assert_string_equal(c[0].udp.payload, "ab120f0345065464431203");
	assert_string_equal(c[0].udp.reply, "0x0x");
	assert_true(c[0].udp.require_reply);
	assert_null(c[1].udp.reply);
	assert_true(c[1].udp.require_reply);
	conf_unload(l);
}

static void the_old_form_of_the_sync_daemon_is_the_new_one(void **state)
{
	struct conf_loaded *l = conf_load_text(
		"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"
		" lvs_sync_daemon_interface eth1\n virtual_ipaddress {\n"
		" 192.0.2.1/24\n }\n}\n");
	const struct conf_sync_daemon *sync = &l->model->global.lvs.sync;

	(void)state;
	assert_string_equal(sync->interface, "eth1");
	assert_string_equal(sync->instance, "A");
	assert_int_equal(sync->id, CONF_SYNC_ID_UNSAID);
	conf_unload(l);
}

/* Notes, and no more: who has a file of keepalived wants it to run. */
static void what_may_not_be_meant_is_noted(void **state)
{
	static const struct {
		const char *text, *note; /* NULL: none */
	} cases[] = {
		{ VS(RS(" weight 0") " lvs_sched sh\n"),
		  "a server of weight 0 refuses the clients that sh gives it" },
		{ VS(RS(" TCP_CHECK {\n }\n inhibit_on_failure") " lvs_sched mh\n"),
		  "refuses the clients that mh gives it" },
		{ VS(RS(" weight 0") " lvs_sched sh\n sh-fallback\n"), NULL },
		{ VS(RS(" TCP_CHECK {\n }") " lvs_sched sh\n"), NULL },
		{ VS(RS(" weight 0")), NULL },
		{ VS(RS(" SSL_GET {\n url {\n path /\n }\n }")),
		  "this check takes any certificate" },
		{ VS(RS(" SSL_GET {\n url {\n path /\n }\n verify\n }")),
		  NULL },
		{ VS(RS(" SSL_GET {\n url {\n path /\n }\n ca /c\n }")), NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct conf_loaded *l = conf_load_text(cases[i].text);

		assert_silent(l);
		if (cases[i].note)
			assert_says(l, cases[i].note);
		else
			assert_string_equal(l->printed, "");
		conf_unload(l);
	}
}

/* fall counts the first failure, retry does not. */
static void fall_is_one_more_than_retry(void **state)
{
	struct conf_loaded *l =
		conf_load_text(VS(RS(" fall 4\n TCP_CHECK {\n fall 1\n }")));
	const struct conf_real_server *rs =
		&l->model->virtual_servers[0].servers[0];

	(void)state;
	assert_int_equal(rs->pace.retry, 3);
	assert_int_equal(rs->checks[0].pace.retry, 0);
	conf_unload(l);
}

static void another_namespace_is_taken(void **state)
{
	struct conf_loaded *l =
		conf_load_as_released("net_namespace_ipvs blue\n" VS(RS("")));

	(void)state;
	assert_non_null(l->model);
	assert_int_equal(l->diagnostics.not_done, 0);
	assert_string_equal(l->model->daemon.net_namespace_ipvs, "blue");
	conf_unload(l);
}

#define SERVED(id)                                                             \
	"virtual_server " id " {\n protocol TCP\n lvs_method DR\n"             \
	" real_server 10.0.0.9 80 {\n }\n}\n"

/* A service of the kernel that two virtual servers are. */
static void a_service_of_two(void **state)
{
	static const struct {
		const char *text, *told;
	} cases[] = {
		{ SERVED("192.0.2.1 80") SERVED("group g"),
		  "192.0.2.1 80 is also of the virtual_server in line 6, "
		  "which has it" },
		{ SERVED("group g") SERVED("fwmark 5"),
		  "fwmark 5 is also of the virtual_server in line 6" },
		{ SERVED("group g") SERVED("192.0.2.9 443"),
		  "192.0.2.9 443 is also of" },
		{ SERVED("192.0.2.1 81") SERVED("group g"), NULL },
		{ SERVED("192.0.2.3 443") SERVED("group g"), NULL },
	};
	char text[2048];

	(void)state;
	for (size_t n = 0; n < sizeof(cases) / sizeof(*cases); n++) {
		struct conf_loaded *l;

		snprintf(text, sizeof(text),
			 "virtual_server_group g {\n 192.0.2.1 80\n"
			 " 192.0.2.8-9 443\n fwmark 5\n}\n%s",
			 cases[n].text);
		l = conf_load_text(text);
		assert_non_null(l->model);
		if (cases[n].told)
			assert_says(l, cases[n].told);
		else
			assert_null(strstr(l->printed, "is also of"));
		conf_unload(l);
	}
}

static void only_where_somebody_is_active(void **state)
{
	struct conf_loaded *l = conf_load_text(
		VS("only_active A\n" RS("")) "vrrp_instance A {\n interface "
					     "eth0\n virtual_router_id 7\n "
					     "virtual_ipaddress {\n "
					     "192.0.2.1/24\n}\n}\n");

	(void)state;
	assert_silent(l);
	assert_string_equal(l->model->virtual_servers[0].only_active, "A");
	conf_unload(l);
	l = conf_load_text(VS("only_active B\n" RS("")));
	assert_non_null(l->model);
	assert_says(l, "there is no vrrp_instance B");
	assert_null(l->model->virtual_servers[0].only_active);
	conf_unload(l);
}

/* Clients of a server that fails go on being sent to it. */
static void what_a_sysctl_would_help(void **state)
{
	struct conf_loaded *l = conf_load_text(
		"virtual_server 192.0.2.1 53 {\n protocol UDP\n"
		" lvs_method DR\n real_server 10.0.0.9 53 {\n PING_CHECK {\n"
		" }\n }\n}\n");

	(void)state;
	assert_non_null(l->model);
	assert_says(l, "clients of a server that fails go on being sent to it");
	assert_says(l, "sysctl net.ipv4.vs.expire_nodest_conn=1");
	conf_unload(l);
	l = conf_load_text(
		"virtual_server 192.0.2.1 80 {\n protocol TCP\n lvs_method DR\n"
		" persistence_timeout 300\n drain_timeout 60\n"
		" real_server 10.0.0.9 80 {\n }\n}\n");
	assert_non_null(l->model);
	assert_says(l, "persistent clients of a server that drains go on "
		       "being sent to it");
	assert_says(l, "sysctl net.ipv4.vs.expire_quiescent_template=1");
	conf_unload(l);
}

/* Any of a few words may be the wrong one. */
static void all_words_of_a_value_are_said(void **state)
{
	struct conf_loaded *l = conf_load_text(
		"virtual_server 10.0.0.1 http {\n real_server 10.0.0.9 80 {\n }\n}\n"
		"virtual_server 10.0.0.2 80 {\n protocol TCP\n"
		" lvs_method TUN type gue\n real_server 10.0.0.9 80 {\n }\n}\n"
		"virtual_server_group G {\n 10.1.0.5/29 80\n fwmark 0\n}\n");

	(void)state;
	assert_non_null(l->model);
	assert_says(l, "not \"10.0.0.1 http\"");
	assert_says(l, "gue with a port, not \"TUN type gue\"");
	assert_says(l, "no bits behind its length, at most 65536 of them");
	assert_says(l, "not \"10.1.0.5/29 80\"");
	assert_says(l, "not \"fwmark 0\"");
	conf_unload(l);
}

/* As in keepalived: the others serve. */
static void a_stranger_in_a_group_is_left_out_alone(void **state)
{
	struct conf_loaded *l = conf_load_text(
		"virtual_server_group G {\n 192.0.2.1 80\n fwmark 7\n}\n"
		"virtual_server group G {\n" DR
		" quorum 3\n hysteresis 2\n sorry_server 2001:db8::9 80\n"
		" real_server 2001:db8::1 80 {\n }\n"
		" real_server 2001:db8::2 80 {\n lvs_method TUN\n }\n" RS(
			"") "}\n");
	const struct conf_virtual_server *vs = &l->model->virtual_servers[0];

	(void)state;
	assert_int_equal(l->model->virtual_server_count, 1);
	assert_int_equal(vs->server_count, 2);
	assert_int_equal(vs->servers[0].address.family, IP_V6);
	assert_int_equal(vs->servers[0].address.bytes[15], 2);
	assert_int_equal(vs->servers[1].address.family, IP_V4);
	assert_int_equal(vs->sorry.address.family, IP_NONE);
	assert_int_equal(vs->quorum, 2);
	assert_int_equal(vs->hysteresis, 1);
	conf_unload(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_virtual_server_is_read_and_printed),
		cmocka_unit_test(it_survives_packing),
		cmocka_unit_test(what_cannot_be_is_told),
		cmocka_unit_test(what_is_left_counts),
		cmocka_unit_test(what_keepalived_takes_is_taken),
		cmocka_unit_test(bytes_are_those_of_the_manual),
		cmocka_unit_test(
			the_old_form_of_the_sync_daemon_is_the_new_one),
		cmocka_unit_test(what_may_not_be_meant_is_noted),
		cmocka_unit_test(fall_is_one_more_than_retry),
		cmocka_unit_test(another_namespace_is_taken),
		cmocka_unit_test(a_service_of_two),
		cmocka_unit_test(a_stranger_in_a_group_is_left_out_alone),
		cmocka_unit_test(only_where_somebody_is_active),
		cmocka_unit_test(what_a_sysctl_would_help),
		cmocka_unit_test(all_words_of_a_value_are_said),
	};

	return cmocka_run_group_tests_name("conf_lvs", tests, NULL, NULL);
}
