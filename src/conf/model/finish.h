/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What rows cannot say of a block: values that depend on each other, and
 * checks of one object by itself (`finish` and `derive` of schema/row.h).
 */
#pragma once

#include "conf/model/model.h"
#include "conf/schema/reader.h"

void conf_global_finish(struct conf_reader *reader, void *global,
			const struct conf_note *note);
void conf_instance_finish(struct conf_reader *reader, void *instance,
			  const struct conf_note *note);
void conf_address_finish(struct conf_reader *reader, void *address,
			 const struct conf_note *note);
void conf_garp_group_finish(struct conf_reader *reader, void *group,
			    const struct conf_note *note);
void conf_link_delay_finish(struct conf_reader *reader, void *delay,
			    const struct conf_note *note);

void conf_real_server_finish(struct conf_reader *reader, void *server,
			     const struct conf_note *note);
void conf_virtual_server_finish(struct conf_reader *reader, void *server,
				const struct conf_note *note);

/* What an instance tracks, when all else of it is known. */
void conf_track_finish(struct conf_reader *reader,
		       struct conf_instance *instance);

/* The names of the daemon, which become names of files. */
void conf_daemon_finish(struct conf_reader *reader, struct conf_model *model,
			const struct conf_note *note);

/* Unicast, when the family is known. */
void conf_unicast_finish(struct conf_reader *reader,
			 struct conf_instance *instance,
			 const struct conf_note *note);

/* What static entries and track_groups say of each other. */
void conf_track_groups_finish(struct conf_reader *reader,
			      struct conf_model *model);

/* Gives a priority to each rule without one (rules.c). */
void conf_rules_finish(struct conf_reader *reader, struct conf_model *model);

/* The family, the addresses and peers as vrrp/vrrp.h wants them. */
bool conf_instance_derive(struct arena *arena, void *root, void *instance);

/* Who tracks which script, file or process. False: there is none. */
void conf_targets_finish(struct conf_reader *reader, struct conf_model *model);
/* The same of virtual servers, when these are known. */
void conf_tracked_servers_finish(struct conf_reader *reader,
				 struct conf_model *model);
bool conf_targets_derive(struct arena *arena, struct conf_model *model);

/* Who is in which vrrp_sync_group. False: that is not to be known. */
void conf_groups_finish(struct conf_reader *reader, struct conf_model *model);
bool conf_groups_derive(struct arena *arena, struct conf_model *model);

/* What virtual servers and their groups say of each other. */
void conf_servers_finish(struct conf_reader *reader, struct conf_model *model);
bool conf_servers_derive(struct arena *arena, struct conf_model *model);

/* Services of the kernel that several virtual servers are (overlap.c). */
void conf_overlap_finish(struct conf_reader *reader,
			 const struct conf_model *model);

/* Notes on what can never work as it was meant (lint.c). */
void conf_lint(struct conf_reader *reader, const struct conf_model *model);

/* Virtual addresses that no host can use. */
void conf_lint_addresses(struct conf_reader *reader,
			 const struct conf_model *model);

/* ... and on scripts that something better can replace (lint_script.c). */
void conf_lint_scripts(struct conf_reader *reader,
		       const struct conf_model *model);

/* ... and on settings of this machine (lint_machine.c). */
void conf_lint_machine(struct conf_reader *reader,
		       const struct conf_model *model);

/* ... and on virtual servers (lint_server.c). */
void conf_lint_servers(struct conf_reader *reader,
		       const struct conf_model *model);

/* The whole: what instances say beside each other (check.c). */
void conf_model_finish(struct conf_reader *reader, void *model,
		       const struct conf_note *note);
bool conf_model_derive(struct arena *arena, void *root, void *model);
