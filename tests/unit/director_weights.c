/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Weights that come ahead of a reload (keeper_ahead.c), in `lvs`. */
#include "director/director_state.h"
#include "ledger/virtuals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* A core of one service with two servers, as `lvs` has it. */
static struct lvs_server_config servers[2];
static const struct lvs_service_config service = {
	.servers = servers,
	.server_count = 2,
	.quorum = 1,
};
static const struct lvs_config config = { .services = &service,
					  .service_count = 1 };

static void tell(void *context, const struct lvs_told *told)
{
	(void)context;
	(void)told;
}

static int32_t wanted(const struct director *d, uint32_t server)
{
	struct lvs_want want;

	lvs_want(&d->core, server, &want);
	return want.weight;
}

static void lvs_takes_them_as_they_come(void **state)
{
	const struct lvs_sink sink = { tell, NULL };
	const struct ledger_size size = { .virtuals = 1, .servers = 2 };
	struct ledger *ledger = NULL;
	int fd = ledger_create(&size, "v", &ledger);
	struct director d = { .servers = servers, .server_count = 2 };
	void *memory = malloc(lvs_memory(&config));

	(void)state;
	assert_true(fd >= 0);
	for (int32_t n = 0; n < 2; n++)
		ledger_real_at(ledger, (uint32_t)n)->weight = n + 1;
	ledger_put_weight(ledger, 1, 7);
	d.ledger = ledger;
	for (uint32_t n = 0; n < 2; n++)
		servers[n] = (struct lvs_server_config){
			.address = { IP_V4, { 10, 0, 1, (uint8_t)(n + 1) } },
			.port = 80,
			.weight = (int32_t)n + 1,
		};
	/* One that was started meanwhile: with what has changed already. */
	weights_setup(&d);
	lvs_init(&d.core, &config, &sink, memory);
	lvs_begin(&d.core, 1);
	assert_int_equal(wanted(&d, 1), 7);
	while (lvs_changed(&d.core) != LVS_NONE)
		;
	weights_read(&d, 2);
	assert_int_equal(lvs_changed(&d.core), LVS_NONE);
	ledger_put_weight(ledger, 0, 3);
	weights_read(&d, 3);
	assert_int_equal(wanted(&d, 0), 3);
	assert_int_equal(lvs_changed(&d.core), 0);
	assert_int_equal(lvs_changed(&d.core), LVS_NONE);
	/* The ledger of another program has other numbers. */
	d.server_count = 1;
	ledger_put_weight(ledger, 0, 9);
	weights_read(&d, 4);
	assert_int_equal(wanted(&d, 0), 3);
	free(memory);
	ledger_unmap(ledger);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lvs_takes_them_as_they_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
