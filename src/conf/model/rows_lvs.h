/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows that virtual servers, real servers and checks have alike. */
#pragma once

#include "conf/language/value.h"
#include "conf/model/finish.h"
#include "conf/model/rows.h"
#include "conf/model/types_lvs.h"

/* Times of struct conf_pace, which may be left to what is above. */
#define PACE_TIME(s, m, lo)                                                    \
	.type = &conf_type_time, QUIET_FIELD(s, m), .minimum = (lo),           \
	.maximum = CONF_TIME_MAX, .otherwise = CONF_UNSAID

/* Numbers, and switches, that may be left to what is above. */
#define UNSAID_NUMBER(s, m, lo, hi)                                            \
	.type = &conf_type_number, QUIET_FIELD(s, m), .minimum = (lo),         \
	.maximum = (hi), .otherwise = CONF_UNSAID
#define UNSAID_PRESENCE(s, m)                                                  \
	.type = &conf_type_presence, QUIET_FIELD(s, m), .minimum = 0,          \
	.maximum = 1, .otherwise = CONF_UNSAID
#define UNSAID_SWITCH(s, m)                                                    \
	.type = &conf_type_switch, QUIET_FIELD(s, m), .minimum = 0,            \
	.maximum = 1, .otherwise = CONF_UNSAID

#define FALL(s, m)                                                             \
	.type = &conf_type_fall, FIELD(s, m), .minimum = 1, .maximum = 1000,   \
	.otherwise = CONF_UNSAID

/* clang-format off */
/* `a` and `r` say how alpha and retry differ from keepalived, or are NULL. */
#define PACE_ROWS(s, a, r)                                                     \
	ROW("delay_loop", PACE_TIME(s, pace.delay_loop, TICK_MICROSECOND),     \
	    "the time from one check to the next; default 60",                 \
	    "delay_loop 10", "delay_loop 0"),                                  \
	ROW("warmup", PACE_TIME(s, pace.warmup, 0),                            \
	    "the longest delay before the first check, by which checks are "   \
	    "spread; default: delay_loop", "warmup 0", "warmup -1"),           \
	ROW_WITH("retry", UNSAID_NUMBER(s, pace.retry, 0, INT32_MAX),          \
	    .differs = (r),                                                    \
	    "how many more tries there are before the server is down; "        \
	    "default 1, of MISC_CHECK 0, of DNS_CHECK 3",                      \
	    "retry 3", "retry -1"),                                            \
	ROW("delay_before_retry",                                              \
	    PACE_TIME(s, pace.delay_before_retry, 0),                          \
	    "the time from a failure to the next try; default 1, of HTTP_GET " \
	    "and SSL_GET 3, of DNS_CHECK delay_loop",                          \
	    "delay_before_retry 1", "delay_before_retry -1"),                  \
	ROW_WITH("alpha", UNSAID_PRESENCE(s, pace.alpha), .differs = (a),      \
	    "assume that servers are down until a check succeeds; default "    \
	    "off", "alpha on", "alpha 5"),                                     \
	ROW("rise", UNSAID_NUMBER(s, pace.rise, 1, 1000),                      \
	    "how many successes in a row bring a server back; default 1; "     \
	    "beyond keepalived", "rise 2", "rise 0"),                          \
	ROW_WITH("fall", FALL(s, pace.retry), .flags = CONF_ALIAS,             \
		 "how many failures in a row take a server out: one more "     \
		 "than retry; beyond keepalived", "fall 3", "fall 0")
/* clang-format on */

#define TIMEOUT_ROW(s)                                                         \
	ROW("connect_timeout",                                                 \
	    PACE_TIME(s, pace.connect_timeout, TICK_MICROSECOND),              \
	    "how long a try may take; default 5", "connect_timeout 2",         \
	    "connect_timeout 0")

#define FORWARD(s, m, d)                                                       \
	.type = &conf_type_forward, FIELD(s, m), .otherwise = (d)

#define PORT(s, m, lo)                                                         \
	.type = &conf_type_number, QUIET_FIELD(s, m), .minimum = (lo),         \
	.maximum = UINT16_MAX

extern const struct conf_block conf_block_real_server;
extern const struct conf_rows conf_rows_checks; /* of real_server */
