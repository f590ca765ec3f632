/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of the model (conf/model/model.h): what holds for all virtual servers. */
#pragma once

#include "base/ip.h"
#include "base/tick.h"
#include "conf/model/notify.h"

#include <stdbool.h>
#include <stdint.h>

/* Seconds for which the kernel keeps idle connections; 0: as it has it. */
struct conf_lvs_timeouts {
	uint32_t tcp, tcpfin, udp;
};

/* At the stop of the daemon. */
enum conf_flush {
	CONF_FLUSH_NO,   /* each server, then each service */
	CONF_FLUSH_OURS, /* services with all that is in them */
	CONF_FLUSH_ALL,  /* everything, that of others too */
};

#define CONF_SYNC_ID_UNSAID (-1)

/* The daemon of the kernel that shares connections with another router. */
struct conf_sync_daemon {
	const char *interface; /* NULL: none */
	/* Master and backup follow its state; NULL: both run always. */
	const char *instance;
	int16_t id;      /* 0 to 255, or UNSAID: the VRID of `instance`, or 0 */
	uint16_t maxlen; /* 0: the kernel's, as those below */
	uint16_t port;
	uint8_t ttl;
	struct ip group; /* or IP_NONE */
};

/* Ranges of addresses of all groups that there can be (lvs/fwmark.h). */
#define CONF_LVS_MARKS_MAX 131072u

/* nftables_ipvs: a group is one firewall mark, which nftables sets. */
struct conf_lvs_marks {
	const char *table; /* NULL: each entry is a service of its own */
	int32_t priority;  /* of its chains */
	uint32_t first;    /* the mark of the first group */
};

#define CONF_LVS_TABLE      "keepalived_ipvs"
#define CONF_LVS_FIRST_MARK 1000
#define CONF_SSL_SECRET_MAX 64

/* SSL: what SSL_GET presents. */
struct conf_ssl {
	const char *ca, *certificate, *key; /* files, or NULL */
	char password[CONF_SSL_SECRET_MAX]; /* of the key; zeros behind it */
};

struct conf_lvs_global {
	bool flush;            /* lvs_flush: what is not ours goes, at start */
	uint8_t flush_on_stop; /* enum conf_flush */
	bool init_notifies;    /* rs_init_notifies: scripts run at start too */
	bool log_all_failures; /* of checks that do not say */
	bool no_emails;        /* no_checker_emails */
	int8_t alert;          /* smtp_alert_checker, smtp_alert, or UNSAID */
	struct conf_lvs_timeouts timeouts;
	struct conf_sync_daemon sync;
	tick_t sync_wait; /* of who returns, at most; 0: it does not wait */
	struct conf_lvs_marks marks;
	struct conf_fifo fifo; /* lvs_notify_fifo */
	struct conf_ssl ssl;
};
