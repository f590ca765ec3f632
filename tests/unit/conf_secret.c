/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Secrets: whatever is wrong with a file, no diagnostic shows one; and the
 * walkers of the rows show none of a field that holds one.
 */
#include "base/must.h"
#include "base/secret.h"
#include "conf/schema/compare.h"
#include "conf/schema/pack.h"
#include "conf/schema/print.h"
#include "conf/schema/schema.h"
#include "conf/schema/types.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Every secret of this file has this in it, and nothing else has. */
#define SECRET "geheim"

#define INSTANCE(inside)                                                       \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n" inside    \
	"\n virtual_ipaddress { 192.0.2.1/24 }\n}\n"
#define PASS(lines) INSTANCE("authentication {\n auth_type PASS\n" lines "\n}")
#define X10         "xxxxxxxxxx"
#define LONG        X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define HMAC(lines) INSTANCE("auth_hmac {\n" lines "\n}")

static void no_diagnostic_shows_one(void **state)
{
	static const char *const texts[] = {
		PASS("auth_pass geheim"),
		PASS("auth_pass geheim }\n { \n"),
		PASS("auth_pass \"geheim wort\" zzz"),
		PASS("auth_pass \"geheim"),
		PASS("auth_pass 'geheim"),
		PASS("auth_pass \"ge\\0heim geheim\""),
		PASS("auth_pass {\n geheim\n }"),
		PASS("auth_pass geheim {\n x\n }"),
		PASS("auth_pass = geheim"),
		PASS("auth_pass=geheim"),
		PASS("auth_pas geheim"),
		PASS("auth_pas=geheim"),
		PASS("auth_passs geheim"),
		PASS("auth_type PAS auth_pass geheim"),
		PASS("zzz } auth_pass geheim"),
		PASS("auth_pass ${NIX}geheim"),
		PASS("auth_pass geheim$NIX"),
		PASS("auth_pass \\\n geheim }} }\n{"),
		PASS("\"auth_pass\" geheim } }"),
		PASS("@host-a auth_pass geheim } }"),
		PASS("~SEQ(N, 1, 2) auth_pass geheim${N} } }"),
		PASS("auth_pass\tgeheim\x01\t}}}"),
		"$P=geheim\n" PASS("auth_pass $P }\n}"),
		"$P=geheim\n" PASS("auth_pass $P }\n}") "priority $P\n",
		"$P=geheim\n" PASS("auth_pass $P") INSTANCE("priority $P"),
		"$P=geheim\n" PASS("auth_pass $P") INSTANCE("interface $P/"),
		"$A= \\\n authentication { \\\n auth_pass geheim } } \\\n"
		" zzz geheim \\\n }\n" INSTANCE("$A"),
		PASS("auth_pass \"a}geheim\" }\n}"),
		PASS("auth_pass 'a{geheim' }\n}"),
		PASS("auth_pass {geheim}"),
		PASS("auth_pass=\"geheim wort\""),
		PASS("auth_pass=" LONG "geheim"),
		PASS("auth_pass " LONG "geheim " LONG " } }"),
		HMAC("key k geheim0123456789abcdef"),
		HMAC("key geheim"),
		HMAC("key k \"geheim"),
		HMAC("keys k geheim0123456789abcdef"),
		HMAC("mode enforcing } key k geheim0123"),
		"authentication {\n auth_pass geheim\n}\n",
		"auth_pass geheim\n",
		"global_defs { auth_pass geheim }\n",
		"vrrp_sync_group G {\n authentication { auth_pass geheim }\n}\n",
		INSTANCE("Auth_Pass geheim"),
		INSTANCE("auth_pass:geheim"),
		INSTANCE("auth-pass geheim"),
		INSTANCE("authentication PASS geheim"),
		INSTANCE("auth_hmac geheim"),
		INSTANCE("hmac_key geheim"),
		PASS("pass geheim"),
		PASS("secret geheim"),
		PASS("auth pass geheim"),
		PASS("auth_pass\n geheim"),
		PASS("auth_pass\\\n geheim"),
		PASS("\"auth_pass\"geheim"),
		"$PASSWORD =geheim\n" PASS("auth_pass x"),
		"$PASSWORD=geheim\n" INSTANCE("priority $PASSWORD"),
		"$P=geheim\n" PASS("auth_pass ${P}2") INSTANCE("priority $P"),
		INSTANCE("notify_backup \"/x --token=geheim\""),
		"global_defs {\n smtp_server user:geheim@h x y\n}\n",
		"global_defs {\n smtp_logn bob geheim\n}\n",
		INSTANCE("atuhentcation PASS geheim"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		struct conf_loaded *l = conf_load_text(texts[i]);

		assert_in_range(l->diagnostics.count, 0, 100);
		if (strstr(l->printed, SECRET))
			fprintf(stderr, "# %s\n%s", texts[i], l->printed);
		assert_null(strstr(l->printed, SECRET));
		conf_unload(l);
	}
}

/* A caret below the asterisks is where the mistake is. */
static void what_is_hidden_keeps_its_width(void **state)
{
	struct conf_loaded *l =
		conf_load_text(PASS("auth_pass geheim } } zzz"));

	(void)state;
	assert_says(l, "auth_pass ****** } } ***\n");
	conf_unload(l);
}

/* A table of its own, with nothing else in it. */
struct vault {
	char key[CONF_SECRET_MAX];
	uint8_t number;
};

static const struct conf_row vault_rows[] = {
	{
		.word = "key",
		.type = &conf_type_secret,
		.flags = CONF_SECRET | CONF_QUIET,
		.offset = offsetof(struct vault, key),
		.size = CONF_SECRET_MAX,
		.count = CONF_NO,
		.preset = CONF_NO,
		.help = "a key",
		.good = "key a",
	},
	{
		.word = "number",
		.type = &conf_type_number,
		.offset = offsetof(struct vault, number),
		.size = 1,
		.count = CONF_NO,
		.preset = CONF_NO,
		.maximum = 255,
		.help = "a number",
		.good = "number 1",
	},
};

static const struct conf_rows vault_part = { vault_rows, 2 };
static const struct conf_block vault_block = {
	.name = "vault",
	.parts = { &vault_part },
	.size = sizeof(struct vault),
	.span = CONF_NO,
};
static const struct conf_schema vault_schema = { .top = &vault_block };

static struct vault vault_with(const char *key)
{
	struct vault v = { .number = 7 };

	memcpy(v.key, key, strlen(key));
	return v;
}

struct bytes {
	char text[1000];
	size_t length;
};

static void add(void *to, const void *bytes, size_t length)
{
	struct bytes *b = to;

	assert_in_range(length, 0, sizeof(b->text) - 1 - b->length);
	memcpy(b->text + b->length, bytes, length);
	b->length += length;
}

static void add_text(void *to, const char *text, size_t length)
{
	add(to, text, length);
}

/* A word that begins like that of a block with secrets. */
static void what_is_no_secret_is_quoted(void **state)
{
	struct conf_loaded *l = conf_load_text(
		"SSL {\n password geheim zzz\n}\n"
		"virtual_server 192.0.2.1 80 {\n protocol TCP\n lvs_method DR\n"
		" real_server 192.0.2.2 80 {\n  SSL_GET yyy {\n"
		"   url {\n path /\n }\n }\n }\n}\n");

	(void)state;
	assert_says(l, "password ****** ***\n");
	assert_says(l, "  SSL_GET yyy {\n");
	conf_unload(l);
}

static void no_print_and_no_plan_shows_one(void **state)
{
	struct vault old = vault_with("geheim1");
	struct vault new = vault_with("geheim2");
	struct bytes printed = { 0 };
	struct conf_out out = { add_text, &printed };
	static struct conf_difference difference;
	struct arena scratch = arena_over(malloc, free);
	bool failed = false;

	(void)state;
	/* Neither a walker nor the type itself. */
	vault_rows[0].type->print(&vault_rows[0], &old, &out);
	assert_string_equal(printed.text, " (hidden)");
	conf_print_object(&vault_block, &old, &out, 0);
	assert_non_null(strstr(printed.text, "number 7"));
	assert_null(strstr(printed.text, SECRET));
	assert_true(conf_compare_object(&vault_block, &old, &new, &scratch,
					&difference, &failed));
	assert_false(failed);
	assert_non_null(strstr(difference.text, "key"));
	assert_null(strstr(difference.text, SECRET));
	arena_free(&scratch);
	assert_true(secret_equal(old.key, old.key, sizeof(old.key)));
	assert_false(secret_equal(old.key, new.key, sizeof(old.key)));
}

static int unpack(const struct bytes *from, struct arena *arena,
		  struct vault *out)
{
	struct conf_unpacker u = { .at = (const unsigned char *)from->text,
				   .arena = arena };

	u.end = u.at + from->length;
	return conf_unpack_object(&u, &vault_schema, out);
}

static void bytes_have_one_only_when_asked(void **state)
{
	struct vault before = vault_with("geheim1");
	struct vault after = { 0 };
	struct arena arena = arena_over(malloc, free);
	struct bytes with = { 0 };
	struct bytes without = { 0 };
	struct conf_packer packer = { add, &with, true };

	(void)state;
	conf_pack_object(&packer, &vault_schema, &before);
	assert_non_null(memmem(with.text, with.length, "geheim1", 7));
	assert_int_equal(unpack(&with, &arena, &after), 0);
	assert_true(secret_equal(before.key, after.key, sizeof(after.key)));
	packer = (struct conf_packer){ add, &without, false };
	conf_pack_object(&packer, &vault_schema, &before);
	assert_null(memmem(without.text, without.length, SECRET, 6));
	memset(&after, 0, sizeof(after));
	assert_int_equal(unpack(&without, &arena, &after), 0);
	assert_int_equal(after.key[0], 0);
	assert_int_equal(after.number, 7);
	arena_free(&arena);
}

static void one_is_forgotten_and_the_rest_is_not(void **state)
{
	struct vault v = vault_with("geheim1");
	static const char none[CONF_SECRET_MAX];

	(void)state;
	conf_wipe_object(&vault_schema, &v, 0);
	assert_memory_equal(v.key, none, sizeof(none));
	assert_int_equal(v.number, 7);
}

static void bytes_of_other_tables_are_refused(void **state)
{
	struct vault vault = vault_with("a");
	struct arena arena = arena_over(malloc, free);
	struct bytes bytes = { 0 };
	struct conf_packer packer = { add, &bytes, true };

	(void)state;
	conf_pack_object(&packer, &vault_schema, &vault);
	assert_null(conf_unpack(bytes.text, bytes.length, malloc, free));
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_diagnostic_shows_one),
		cmocka_unit_test(what_is_hidden_keeps_its_width),
		cmocka_unit_test(what_is_no_secret_is_quoted),
		cmocka_unit_test(no_print_and_no_plan_shows_one),
		cmocka_unit_test(bytes_have_one_only_when_asked),
		cmocka_unit_test(one_is_forgotten_and_the_rest_is_not),
		cmocka_unit_test(bytes_of_other_tables_are_refused),
	};

	return cmocka_run_group_tests_name("conf_secret", tests, NULL, NULL);
}
