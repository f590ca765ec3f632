/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Types of values of virtual and real servers (schema/row.h). */
#pragma once

#include "conf/schema/row.h"

extern const struct conf_type conf_type_server_id;    /* conf_server_id */
extern const struct conf_type conf_type_real_server;  /* the struct, whole */
extern const struct conf_type conf_type_forward;      /* struct conf_forward */
extern const struct conf_type conf_type_sorry;        /* conf_sorry_server */
extern const struct conf_type conf_type_granularity;  /* conf_granularity */
extern const struct conf_type conf_type_persistence;  /* uint32_t */
extern const struct conf_type conf_type_percent;      /* uint8_t */
extern const struct conf_type conf_type_group_entry;  /* the struct, whole */
extern const struct conf_type conf_type_statuses;     /* conf_statuses */
extern const struct conf_type conf_type_digest;       /* const char * */
extern const struct conf_type conf_type_bytes;        /* const char * */
extern const struct conf_type conf_type_reply;        /* conf_udp.reply */
extern const struct conf_type conf_type_bits;         /* uint32_t */
extern const struct conf_type conf_type_file_weight;  /* the struct */
extern const struct conf_type conf_type_fall;         /* int32_t: one less */
extern const struct conf_type conf_type_sync;         /* conf_sync_daemon */
extern const struct conf_type conf_type_lvs_timeouts; /* the struct */
extern const struct conf_type conf_type_table;        /* const char * */

extern const struct conf_choice conf_schedulers[];

/* For a plan: struct conf_group_entry. */
bool conf_same_real_server(const void *a, const void *b);
bool conf_same_group_entry(const void *a, const void *b);
