/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of the model (conf/model/model.h): who is told of changes. */
#pragma once

#include "base/tick.h"

/* Who runs a script; a name or a number each, or NULL. */
struct conf_user {
	const char *name, *group;
};

/* When a script is told something of a virtual router. */
enum conf_notify_on {
	CONF_NOTIFY_ANY, /* each change of state */
	CONF_NOTIFY_ACTIVE,
	CONF_NOTIFY_BACKUP,
	CONF_NOTIFY_FAULT,
	CONF_NOTIFY_STOP,
	CONF_NOTIFY_DELETED, /* a reload removes it */
	CONF_NOTIFY_LOWER,   /* an Active heard a lower priority */
	CONF_NOTIFIES
};

struct conf_notify {
	/* NULL: not written; notify_deleted may be written without: "". */
	const char *command;
	struct conf_user user; /* name NULL: script_user */
};

/* A FIFO to which changes are written. */
struct conf_fifo {
	const char *path;          /* NULL: none */
	struct conf_user owner;    /* name NULL: script_user */
	struct conf_notify script; /* that reads it; command NULL: others do */
};

enum conf_fifo_of {
	CONF_FIFO_ALL,              /* notify_fifo */
	CONF_FIFO_VRRP,             /* vrrp_notify_fifo */
	CONF_FIFOS,                 /* of virtual routers */
	CONF_FIFO_LVS = CONF_FIFOS, /* lvs_notify_fifo: conf_fifo() */
	CONF_FIFOS_ALL
};

/* A script at one end of the daemon's life. */
struct conf_edge {
	struct conf_notify script; /* command NULL: none */
	tick_t timeout;
};

struct conf_notifies {
	struct conf_notify *on;    /* CONF_NOTIFIES of them, or NULL: none */
	char marks[CONF_NOTIFIES]; /* nothing is in them (types_notify.c) */
};
