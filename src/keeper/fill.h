/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a model to the ledger that is made for it. */
#pragma once

#include "conf/model/model.h"
#include "ledger/ledger.h"

/* Exact numbers that a ledger for this model needs. */
void fill_size(const struct conf_model *model, uint32_t *instances,
	       uint32_t *addresses);

/*
 * Gives the instances of a new model their phases (vrrp/vrrp.h): thousands of
 * them then advertise in some tens of batches an interval.
 */
void fill_phases(struct conf_model *model);

/*
 * Fills in what the configuration says of each instance and address. For the
 * maker of a ledger, before anybody reads it.
 */
void fill_ledger(const struct conf_model *model, struct ledger *ledger);
