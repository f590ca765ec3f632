/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration is read by two processes of one shot each, so that whoever
 * wants it goes on meanwhile, and is not taken over by what is in a file:
 *
 *   files  opens what it is asked for, with the rights of who starts it; looks
 *          into no file (broker.h)
 *   conf   no rights: reads, parses and checks; its model goes back packed
 *
 * Both are bound in memory, processor time and time, and by a sandbox. Whether
 * they die, hang or answer nonsense: there is a model that was checked, or
 * there is none and a sentence that says why.
 */
#pragma once

#include "base/tick.h"
#include "conf/model/model.h"
#include "files/parser.h"
#include "sys/process.h"

#include <stdbool.h>
#include <stdint.h>

struct conf_limits {
	tick_t time;      /* from begin to end */
	unsigned seconds; /* of processor time */
	uint64_t memory;  /* bytes */
};

struct conf_reading_setup {
	const char *file;      /* absolute, or as of this directory */
	const char *config_id; /* of @ID lines; NULL: the host's name */
	bool all_files; /* one that is included and missing is an error */
	bool colour;    /* of the diagnostics */
	/*
	 * What a path that stands for a descriptor is (conf_files_given()), for
	 * the process that parses; 0: such a path is a file as others.
	 */
	int given;
	/*
	 * Called first in both processes, or NULL: gives up what was inherited
	 * and is none of their business.
	 */
	void (*forget)(void *context);
	void *context;
	struct conf_limits limits; /* zeros: the usual ones */
	/* Another parser, for tests; NULL: the usual one. */
	int (*parse)(const struct conf_parser *parser);
};

struct conf_reading {
	struct process conf, files; /* pid 0: none, or it has ended */
	struct conf_limits limits;
	int model, said; /* descriptors of memory */
	tick_t end_by;   /* when conf_reading_stop() should be called */
	bool late;
	bool colour;
	struct process_end end; /* of conf */
};

/* Starts them: 0 or -errno. Then watch both pidfds. */
int conf_reading_begin(struct conf_reading *r,
		       const struct conf_reading_setup *setup);

/* They are late, or nobody wants the answer any more: ends both. */
void conf_reading_stop(struct conf_reading *r);

/*
 * Collects those that have ended. Before, take their pidfds out of a loop, as
 * they are closed. True if conf has ended.
 */
bool conf_reading_reap(struct conf_reading *r);

/*
 * After that: the model, or NULL. What there is to say goes to `tell`, line by
 * line. `packed` becomes a descriptor of the packed model, which nobody can
 * change any more, or -1. All but the process `files` is given back.
 */
struct conf_model *conf_reading_take(struct conf_reading *r, const char *file,
				     void (*tell)(void *to, const char *text,
						  size_t length),
				     void *to, int *packed);

/*
 * All of it at once, for those who have nothing else to do: also waits for the
 * end of what comes through a descriptor. NULL: errno is EINVAL if it cannot be
 * used, and EAGAIN if it was not read, which may be otherwise the next time.
 */
struct conf_model *conf_read(const struct conf_reading_setup *setup,
			     void (*tell)(void *to, const char *text,
					  size_t length),
			     void *to, int *packed);

/*
 * The model of such a descriptor, or NULL: it is none, or of other tables, or
 * somebody can change it.
 */
struct conf_model *conf_reading_unpack(int packed);
