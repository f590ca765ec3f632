/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: track_file, a file with a number in it.
 * keepalived.conf(5).
 */
#include "conf/model/finish.h"
#include "conf/model/rows.h"

/* clang-format off */
static const struct conf_row heads[] = {
	ROW_WITH("name", NAME(conf_track_file, is.name, CONF_NAME_MAX),
		 .flags = CONF_MUST, "the name of the file, for track_file",
		 "track_file f {\n file /run/f\n}", NULL),
};

static const struct conf_row file_rows[] = {
	ROW_WITH("file", NAME(conf_track_file, path, CONF_PATH_TEXT_MAX),
		 .flags = CONF_MUST | CONF_SPARED,
		 "the path of the file, which begins with a number; one that "
		 "is not there counts as 0",
		 "file /run/f", "file"),
	{
		.word = "init_file", .type = &conf_type_init_file,
		QUIET_FIELD(conf_track_file, init),
		.minimum = INT32_MIN, .maximum = INT32_MAX,
		.help = "create the file at the start if it is not there, "
			"with this number or 0; overwrite writes the number "
			"also into one that is there, but not at a reload",
		.good = "init_file 5 overwrite", .bad = "init_file always",
	},
	ROW("weight", WEIGHT(conf_track_file, is.weight, CONF_WEIGHT_WIDE),
		 "what the number in the file is multiplied by before it is "
		 "added to the priority; -254 or less puts who tracks it in "
		 "FAULT; reverse turns the sign around; weight 0: who tracks "
		 "it is in FAULT unless the number is 0; default 1",
		 "weight 10 reverse", "weight 300"),
};

static const struct conf_row top_rows[] = {
	{
		.word = "track_file", .type = &conf_type_block,
		LIST(conf_model, files, file_count, conf_block_track_file),
		.help = "a file with a number, for track_file",
		.good = "track_file f {\n file /run/f\n}",
		.bad = "track_file",
	},
	{
		.word = "vrrp_track_file", .type = &conf_type_block,
		LIST(conf_model, files, file_count, conf_block_track_file),
		.flags = CONF_ALIAS,
		.help = "an old spelling of track_file",
		.good = "vrrp_track_file f {\n file /run/f\n}",
		.bad = "vrrp_track_file",
	},
};
/* clang-format on */

const struct conf_rows conf_rows_track_file = ROWS(top_rows);

const struct conf_block conf_block_track_file = {
	.name = "track_file",
	.heads = ROWS(heads),
	.heads_least = 1,
	.parts = { PART(file_rows) },
	.size = sizeof(struct conf_track_file),
	.span = offsetof(struct conf_track_file, is.span),
	.items_max = CONF_TRACK_FILES_MAX,
	.same = conf_same_target,
	.hash = conf_hash_target,
	.noun = "track_file",
};
