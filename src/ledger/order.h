/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What baton(1) asks of the keeper, over a SOCK_SEQPACKET unix socket in the
 * run directory that only root may use: one fixed record there, and
 * answers back, each a status and a text for a person. After one that says
 * ORDER_BEGUN there comes another, when it is known how it went; if the
 * connection ends instead, so did the keeper.
 */
#pragma once

#include <stdint.h>

/* In the run directory: where the keeper takes orders, and where ctl serves. */
#define ORDER_SOCKET "keeper.sock"
#define CTL_SOCKET   "ctl.sock"

/* There too: what a next keeper needs (ledger/state.h). */
#define KEEPER_STATE "state"

/*
 * There too, while ORDER_TAKEOVER is wanted: it is obeyed by removing this
 * file, and withdrawn by the same, so that only one of both happens.
 */
#define ORDER_TAKEOVER_TOKEN "takeover"

#define ORDER_NAME_SIZE 64
#define ORDER_TEXT_SIZE 16384

enum order_what {
	ORDER_RELOAD,  /* read the configuration anew */
	ORDER_PLAN,    /* ... only say what that would change */
	ORDER_CONFIRM, /* keep the configuration that was on trial */
	ORDER_HANDOVER,
	ORDER_DRAIN,
	ORDER_UNDRAIN,
	ORDER_UPGRADE,  /* execute the installed program */
	ORDER_RENEW,    /* RELOAD, and UPGRADE if that is another program */
	ORDER_TAKEOVER, /* UNDRAIN, in place of a program that serves here */
	ORDERS
};

#define ORDER_BEGUN (-1)

struct order {
	uint32_t what;    /* enum order_what */
	uint32_t seconds; /* of RELOAD: the old one returns unless confirmed */
	char name[ORDER_NAME_SIZE]; /* of HANDOVER: an instance, "": all */
};

/*
 * Another record, of another size, by which the keeper tells them apart: an
 * order for one real server. The names are as a person writes them
 * (ledger/server_name.h).
 */
enum order_server_what {
	ORDER_SERVER_DRAIN,
	ORDER_SERVER_DISABLE,
	ORDER_SERVER_ENABLE, /* ends the two above */
	ORDER_SERVER_WEIGHT,
	ORDER_SERVER_UNSET, /* ends all */
	ORDER_SERVER_WHATS
};

/* In place of a virtual server: each that has this real server. */
#define ORDER_ALL "all"

#define ORDER_VIRTUAL_SIZE 320
#define ORDER_REAL_SIZE    80

/* Of DRAIN: as drain_timeout of the virtual server says, or none. */
#define ORDER_AS_CONFIGURED (-1)
#define ORDER_SECONDS_MAX   (366 * 24 * 3600)

struct order_server {
	uint32_t what;   /* enum order_server_what */
	int32_t seconds; /* of DRAIN: until the deadline; ORDER_AS_CONFIGURED */
	int32_t weight;  /* of WEIGHT, >= 0 */
	char virtual[ORDER_VIRTUAL_SIZE];
	char real[ORDER_REAL_SIZE];
};

/* In the run directory: the orders for real servers that hold, for a daemon
 * that is started again. */
#define ORDERED_FILE "servers"

struct reply {
	int32_t failed; /* 0: done; ORDER_BEGUN; else what `text` explains */
	uint32_t length;
	char text[ORDER_TEXT_SIZE];
};
