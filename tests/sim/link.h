/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the simulated LAN. */
#pragma once

#include "lan.h"

/* The next packet that arrives; there must be one. */
struct lan_packet lan_flight_pop(struct lan *lan);

/* Puts a packet into the socket that it is for, if somebody is there. */
void lan_arrive(struct lan *lan, struct lan_packet *packet);

/* Encodes a SEND and sends it to all others. */
void lan_send_advert(struct lan *lan, unsigned router, unsigned group,
		     const struct vrrp_action *action);

/* Asks all others who has the group's address. */
void lan_ask(struct lan *lan, unsigned router, unsigned group);

/* What a router's clock shows at a true time. */
tick_t lan_to_local(const struct lan_router *r, tick_t at);
