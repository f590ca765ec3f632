/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The password of version 2 (RFC 2338 5.3.6, 5.3.10, 7.1): what is sent, and
 * what is heard (src/vrrp/receive.c, src/vrrp/wire.c).
 */
#include "../conformance/router.h"

/* What keepalived 2.2.7 sends: VRID 10, priority 200, two addresses, 1 s. */
static const struct {
	const char *password;
	uint8_t bytes[24];
} vectors[] = {
	{ "s3cret", { 0x21, 0x0a, 0xc8, 0x02, 0x01, 0x01, 0x55, 0xd3,
		      0xc0, 0x00, 0x02, 0x01, 0xc0, 0x00, 0x02, 0x02,
		      0x73, 0x33, 0x63, 0x72, 0x65, 0x74, 0x00, 0x00 } },
	{ "12345678", { 0x21, 0x0a, 0xc8, 0x02, 0x01, 0x01, 0xc1, 0x18,
			0xc0, 0x00, 0x02, 0x01, 0xc0, 0x00, 0x02, 0x02,
			0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38 } },
};

static void use(struct vrrp_auth *auth, const char *password)
{
	memset(auth, 0, sizeof(*auth));
	auth->type = VRRP_AUTH_PASSWORD;
	memcpy(auth->password, password,
	       strnlen(password, sizeof(auth->password)));
}

static void it_is_sent_as_keepalived_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(vectors); i++) {
		struct ip source = ip_of("192.0.2.251");
		struct vrrp_auth auth;
		struct vrrp_advert advert = {
			.version = 2,
			.vrid = 10,
			.priority = 200,
			.count = 2,
			.family = IP_V4,
			.interval = TICK_SECOND,
			.addresses = vectors[i].bytes + 8,
			.auth_type = VRRP_AUTH_PASSWORD,
			.auth = auth.password,
		};
		uint8_t bytes[64];

		use(&auth, vectors[i].password);
		assert_int_equal(
			vrrp_encode(&advert, &source, bytes, sizeof(bytes)),
			sizeof(vectors[i].bytes));
		assert_memory_equal(bytes, vectors[i].bytes,
				    sizeof(vectors[i].bytes));
	}
}

/* A Backup with a password, or without one (NULL). */
static void backup_with(struct router *r, const char *password)
{
	router_new(r, IP_V4, 2, 100);
	if (password)
		use(&r->config.auth, password);
	router_start(r);
}

static void hear_with(struct router *r, uint8_t type, const uint8_t *auth)
{
	struct peer p = peer_of(r, 200);

	p.advert.auth_type = type;
	p.advert.auth = auth;
	router_hear(r, &p);
}

static void the_right_one_is_heard(void **state)
{
	struct vrrp_auth auth;
	struct router r;

	(void)state;
	use(&auth, "12345678");
	backup_with(&r, "12345678");
	hear_with(&r, VRRP_AUTH_PASSWORD, auth.password);
	assert_accepted(&r);
	use(&auth, "x");
	backup_with(&r, "x");
	hear_with(&r, VRRP_AUTH_PASSWORD, auth.password);
	assert_accepted(&r);
}

/* Each byte counts, and those behind a short one. */
static void a_wrong_one_is_dropped(void **state)
{
	struct vrrp_auth auth;
	struct router r;

	(void)state;
	for (size_t i = 0; i < sizeof(auth.password); i++) {
		use(&auth, "12345");
		auth.password[i] ^= 1;
		backup_with(&r, "12345");
		hear_with(&r, VRRP_AUTH_PASSWORD, auth.password);
		assert_dropped(&r, VRRP_DROP_PASSWORD_WRONG);
	}
}

static void a_missing_one_is_dropped(void **state)
{
	struct vrrp_auth auth;
	struct router r;

	(void)state;
	/* The bytes without the type are none. */
	use(&auth, "12345678");
	backup_with(&r, "12345678");
	hear_with(&r, VRRP_AUTH_NONE, auth.password);
	assert_dropped(&r, VRRP_DROP_PASSWORD_MISSING);
}

static void other_types_are_dropped(void **state)
{
	struct vrrp_auth auth;
	struct router r;

	(void)state;
	use(&auth, "12345678");
	backup_with(&r, "12345678");
	hear_with(&r, 2, auth.password);
	assert_dropped(&r, VRRP_DROP_AUTH_TYPE);
	backup_with(&r, NULL);
	hear_with(&r, VRRP_AUTH_PASSWORD, auth.password);
	assert_dropped(&r, VRRP_DROP_AUTH_TYPE);
	/* Without a type nobody looks at the bytes (RFC 3768 5.3.10). */
	backup_with(&r, NULL);
	hear_with(&r, VRRP_AUTH_NONE, auth.password);
	assert_accepted(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_sent_as_keepalived_does),
		cmocka_unit_test(the_right_one_is_heard),
		cmocka_unit_test(a_wrong_one_is_dropped),
		cmocka_unit_test(a_missing_one_is_dropped),
		cmocka_unit_test(other_types_are_dropped),
	};

	return RUN(tests);
}
