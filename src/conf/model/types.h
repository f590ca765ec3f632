/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Types of values that are a struct of the model (schema/row.h). */
#pragma once

#include "conf/model/model.h"
#include "conf/schema/row.h"

extern const struct conf_type conf_type_seed;        /* uint32_t */
extern const struct conf_type conf_type_state;       /* bool: MASTER */
extern const struct conf_type conf_type_auth;        /* enum vrrp_auth_type */
extern const struct conf_type conf_type_extra;       /* struct conf_extra */
extern const struct conf_type conf_type_cpus;        /* struct conf_cpus */
extern const struct conf_type conf_type_prefix;      /* conf_address, whole */
extern const struct conf_type conf_type_peer;        /* conf_address, whole */
extern const struct conf_type conf_type_broadcast;   /* conf_address, whole */
extern const struct conf_type conf_type_label;       /* conf_address.label */
extern const struct conf_type conf_type_scope;       /* conf_address.scope */
extern const struct conf_type conf_type_route;       /* conf_route, whole */
extern const struct conf_type conf_type_rule;        /* conf_rule, whole */
extern const struct conf_type conf_type_umask;       /* uint16_t */
extern const struct conf_type conf_type_user;        /* struct conf_user */
extern const struct conf_type conf_type_weight;      /* struct conf_weight */
extern const struct conf_type conf_type_init_file;   /* struct conf_init_file */
extern const struct conf_type conf_type_word_list;   /* struct conf_words */
extern const struct conf_type conf_type_match;       /* enum conf_match */
extern const struct conf_type conf_type_mailbox;     /* struct conf_mailbox */
extern const struct conf_type conf_type_mail_server; /* the struct */
extern const struct conf_type conf_type_notify; /* conf_notifies.marks[N] */
extern const struct conf_type conf_type_notify_perhaps; /* ... or nothing */
extern const struct conf_type conf_type_command;        /* struct conf_notify */
extern const struct conf_type conf_type_fifo; /* struct conf_fifo.path */
