/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual servers by what people call them, and those that are tracked
 * (track_virtual_server).
 */
#pragma once

#include "conf/model/model.h"

/* "[192.0.2.1]:tcp:80", "FWM 5" or "group NAME", as `baton vs` shows them. */
#define CONF_SERVER_NAME_SIZE 320
const char *conf_server_name(const struct conf_virtual_server *server,
			     char name[CONF_SERVER_NAME_SIZE]);

/*
 * What a virtual server is known by, in the book of the process `lvs`; never 0.
 * Of one group there may be several, which the order of the file tells apart.
 * Orders of operators have another key, since they hold for all of a group
 * (ledger_virtual_key()).
 */
uint64_t conf_server_key(const struct conf_model *model, uint32_t number);

/* How many virtual servers of the same group stand before it. */
uint32_t conf_server_ordinal(const struct conf_model *model, uint32_t number);

/* No virtual server is called so, or several are. */
#define CONF_SERVER_UNKNOWN UINT32_MAX
#define CONF_SERVER_SEVERAL (UINT32_MAX - 1)

/*
 * The number of the virtual server of that name. Also ADDRESS, ADDRESS:PORT,
 * [ADDRESS]:PORT, the number of a mark and the name of a group will do.
 */
uint32_t conf_server_find(const struct conf_model *model, const char *name);

/* Entries of all track_virtual_server: each is looked for by itself. */
#define CONF_TRACKED_SERVERS_MAX 16384

/*
 * Empties the list of those that are tracked, which gets room for all that may
 * be. False: no memory, or there are too many.
 */
bool conf_tracked_servers_begin(struct arena *arena, struct conf_model *model);

/*
 * The number in that list of the virtual server of a name; it is added if it is
 * not there. Or as conf_server_find(); or it has no memory and says UNKNOWN.
 */
uint32_t conf_tracked_servers_add(struct arena *arena, struct conf_model *model,
				  const char *name);
