/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of src/director share.
 */
#pragma once

#include "base/map.h"
#include "conf/model/model.h"
#include "ledger/ledger.h"
#include "ledger/lvs.h"
#include "ledger/news.h"
#include "lvs/converge.h"
#include "lvs/lvs.h"
#include "sys/ipvs.h"
#include "sys/loop.h"

struct director_setup;

/* Numbers that are noted, each once. */
struct marks {
	bool *is;
	uint32_t *list;
	uint32_t count;
};

/* A server that is not in the configuration any more (leaving.c). */
struct leaving {
	struct conf_forward forward;
	uint32_t upper, lower;
	bool known; /* the kernel has it */
	bool told;  /* that it leaves */
};

/* Connections that a router waits for (sync.c). */
struct counted {
	tick_t look_at; /* whether one does */
	bool awaited;
	tick_t since;    /* when it became a Backup; 0: it does not wait */
	tick_t at;       /* the next slice */
	uint32_t next;   /* the service with which that begins */
	uint64_t sum;    /* of those before it */
	bool known;      /* there was a whole count, */
	uint64_t steady; /* ... and what they were since they are steady */
};

/* A virtual router that decides on virtual servers (only_active.c). */
struct watched {
	uint32_t instance; /* LVS_NONE: there is no such one */
	bool away;
};

/* A service of the kernel that an earlier process has left (departed.c). */
struct departed {
	uint32_t drain; /* seconds; 0: it goes at once */
	bool known;     /* what is in it is wanted */
	bool told;
	tick_t until;  /* it leaves, until then; 0: it does not */
	uint64_t left; /* connections */
};

#define ORDER_PLACE_ANY UINT16_MAX

struct counting; /* counts.c */
struct fwmarks;  /* fwmarks.c */

struct director {
	const struct director_setup *given;
	const struct conf_model *model;
	struct ledger *ledger;
	int wake;
	struct loop loop;
	struct loop_watch watch_signal, watch_stop, watch_wake;
	struct ipvs *ipvs; /* NULL: there is none yet, and nothing is done */
	tick_t open_at;
	bool begun;       /* the core has: what was known before is in it */
	int error;        /* by which it ends */
	tick_t turned_at; /* its turn began */
	struct table table;
	struct converge converge;
	/* The core, and the model in its words (wanted.c). */
	struct lvs_config config;
	struct lvs_service_config *services; /* of virtual servers */
	struct lvs_server_config *servers;   /* of all of them, in order */
	uint32_t server_count;
	struct lvs_follow *follows; /* of these, in order */
	uint64_t seen;      /* changes of verdicts up to which they are known */
	tick_t verdicts_at; /* all are read again */
	struct lvs core;
	void *memory; /* of the core */
	/* The services of the kernel that a virtual server is: a slice of
	 * `numbers`, which are those in the table. */
	uint32_t *first, *numbers;
	uint32_t number_count;
	/* ... and of each service of the table, as it was at the beginning,
	 * the virtual server; LVS_NONE: of none. */
	uint32_t *owners;
	uint32_t owner_count;
	/* only_active.c: of virtual servers, whether they are not to be in the
	 * table now, and which of `watched` decides, or LVS_NONE. NULL: none
	 * has that. */
	bool *away;
	uint32_t *masters;
	struct watched *watched;
	uint32_t watched_count;
	tick_t away_at;          /* it is due */
	struct fwmarks *fwmarks; /* NULL: no group is a mark, nor was */
	uint32_t *marks; /* of virtual servers, or 0; NULL: none has one */
	/* What the book says of these is to be written (memory.c). */
	uint64_t *keys;    /* of virtual servers */
	struct map by_key; /* these */
	void *by_key_memory;
	struct marks virtuals_new, servers_new;
	bool remembers;
	bool quorum_changed; /* of one of them, which is to be told */
	/* Orders for real servers (orders.c), by server, and where in the list
	 * they stand: ORDER_PLACE_ANY, that is not known. */
	uint8_t *under_order;
	uint16_t *order_places;
	uint64_t orders_seen;  /* changes of them up to which they are known */
	uint64_t weights_seen; /* the same of weights (weights.c) */
	struct leaving *leaving; /* as the core numbers those that leave */
	/* By service of the table; the next one that is counted, and when. */
	struct departed *departed;
	uint32_t departed_count, departed_next;
	tick_t departed_at;
	struct counting *counting;
	bool *drains; /* of virtual servers: one of theirs may drain */
	/* What is told of them (told.c). */
	char (*names)[LEDGER_NEWS_NAME]; /* of virtual servers */
	uint32_t judged; /* the check whose verdict is taken, or LVS_NONE */
	bool beginning;
	bool told;                     /* something that nobody can read yet */
	char cause[LEDGER_NEWS_WORDS]; /* of the last one, or "" */
	bool news; /* it was woken: something of others may have changed */
	tick_t kernel_at;               /* kernel.c is due */
	int sync_error, timeouts_error; /* of it, that were told */
	/* refresh.c: how often a connection is synced; how that is read at
	 * the end, and put back. */
	tick_t refresh;
	int refresh_is_fd, refresh_fd;
	struct counted sync;
	bool stopping;
	tick_t stop_at;   /* it ends then, whatever is left */
	int look_error;   /* of the last look, that was told */
	uint32_t lines;   /* of the log, in this turn */
	uint64_t repairs; /* of what others had changed */
	/* Turns with such news since then, the last of them, and how much was
	 * not told (news.c). */
	tick_t repairs_since, repairs_last;
	uint32_t repair_turns;
	uint64_t repairs_untold;
	/* Of this turn those that are told, and the virtual server that they
	 * are of; LVS_NONE: of several. */
	uint64_t repaired;
	uint32_t repaired_of;
	/* What the book says is as of these changes of the table: of all, and
	 * of each service that has a record (book.c). */
	uint64_t written;
	uint32_t *written_of;
	/* The same of what the kernel has of virtual and real servers, by
	 * virtual server, and when it may be written again (shown.c). */
	uint64_t shown;
	uint64_t *shown_of;
	tick_t show_at;
};

/* The model as configuration of the core, and as services of the table. 0 or
 * -errno. */
int wanted_setup(struct director *d);
/* The virtual server that is this service of the table, or LVS_NONE. */
static inline uint32_t wanted_owner(const struct director *d, uint32_t service)
{
	return service < d->owner_count ? d->owners[service] : LVS_NONE;
}
/* What the core wants by now goes into the table; what it wants of one item. */
void wanted_pass_on(struct director *d);
void wanted_put(struct director *d, uint32_t item);
/* What an item of the core is in that service of the table, or NULL. */
const struct table_dest *wanted_find(const struct director *d, uint32_t item,
				     uint32_t service);
/* All that a virtual server is, is wanted, or is not. */
void wanted_change(struct director *d, uint32_t number, bool wanted);

/* Virtual servers that a virtual router lets be: 0 or -errno; when it is due
 * again. */
int only_active_setup(struct director *d);
tick_t only_active_turn(struct director *d, tick_t now);

/* Nothing is wanted any more. */
void wanted_nothing(struct director *d);
void wanted_free(struct director *d);

/* Which checks the servers follow: 0 or -errno. */
int verdicts_setup(struct director *d);
/* Those that have changed, and when it is due again; or all. */
tick_t verdicts_read(struct director *d, tick_t now);
void verdicts_read_all(struct director *d, tick_t now);

/* What is ordered for real servers, after lvs_begin(); and what has changed. */
void orders_begin(struct director *d, tick_t now);
void orders_read(struct director *d, tick_t now);

/* Weights of the next configuration, before lvs_init(); and what has changed.
 */
void weights_setup(struct director *d);
void weights_read(struct director *d, tick_t now);

/* Whether a server of the configuration is that entry of the kernel. */
bool leaving_is_in_file(const struct director *d, uint32_t virtual,
			const struct ipvs_dest *dest);
/* What one that leaves is in the kernel. */
void leaving_note(struct director *d, uint32_t leaving,
		  const struct ipvs_dest *dest, tick_t now);
/*
 * While a service is looked at: whether one that leaves is sought in it; an
 * entry of the kernel, which may be one; and that there are no more of them.
 */
bool leaving_is_sought(const struct director *d, uint32_t virtual);
void leaving_saw(struct director *d, uint32_t virtual,
		 const struct ipvs_dest *dest);
void leaving_looked(struct director *d, uint32_t virtual);

/* Room for so many services of earlier processes, before any other is in the
 * table: 0 or -errno. What is known of one; and then, when it is known what the
 * configuration wants, which of them leave. */
int departed_setup(struct director *d, uint32_t count);
void departed_note(struct director *d, const struct ledger_lvs_service *was);
void departed_begin(struct director *d, tick_t now);
/* While the table is looked at: what the kernel has of them. */
void departed_saw(struct director *d, const struct ipvs_service *service);
void departed_saw_dest(struct director *d, uint32_t service,
		       const struct ipvs_dest *dest);
void departed_looked(struct director *d, uint32_t service);
/* Those without connections go; when it is due again. */
tick_t departed_turn(struct director *d, tick_t now);
/* What its record says. */
void departed_write(const struct director *d, uint32_t service,
		    struct ledger_lvs_service *to);

/* After the services of the table are known: 0 or -errno. */
int counts_setup(struct director *d);
void counts_free(struct director *d);
/* What the kernel counts of servers; when it is due again. */
tick_t counts_turn(struct director *d, tick_t now);
/* A look at the services: all that there are between the two. */
void counts_look(struct director *d);
void counts_saw(struct director *d, const struct ipvs_service *service,
		const struct ipvs_counts *counts);
void counts_looked(struct director *d);

/* What an earlier process had put into the table (ledger/lvs.h): 0 or -errno.
 */
int book_resume(struct director *d);
/* What is known now. */
void book_write(struct director *d);
/* What the kernel has of virtual and real servers (shown.c). */
int shown_setup(struct director *d);
void shown_write(struct director *d, tick_t now);
/* The keeper ends one that does not turn. */
void book_beat(struct director *d, tick_t now);

/*
 * Which groups are marks, and the table of nftables that says so: 0 or -errno.
 * After memory_setup().
 */
int fwmarks_setup(struct director *d);
/* The mark of a virtual server, or 0. */
static inline uint32_t fwmarks_of(const struct director *d, uint32_t number)
{
	return d->marks ? d->marks[number] : 0;
}
/* It is put, or repaired; when that is due again. */
tick_t fwmarks_turn(struct director *d, tick_t now);
/* What is not to be there any more goes, when services have gone. True: if the
 * daemon ends there is nothing left. */
bool fwmarks_end(struct director *d);
/* Packets get marks by a table that is not wanted any more. */
bool fwmarks_leave(const struct director *d);
void fwmarks_free(struct director *d);

/* What virtual servers are known by in the book: 0 or -errno. */
int memory_setup(struct director *d);
/* The number of one, or LVS_NONE. */
uint32_t memory_find(const struct director *d, uint64_t key);
/* What an earlier process knew goes into the core: 0 or -errno. */
int memory_resume(struct director *d, tick_t now);
/* Where the book says nothing, what the kernel's table still shows. False: it
 * does not show it just now. */
bool found_adopt(struct director *d, tick_t now);
/* Something of a virtual server may have changed, and of a real server or
 * LVS_NONE; at the end of the turn that is written. */
void memory_touch(struct director *d, uint32_t service, uint32_t server);
void memory_write(struct director *d);
void memory_free(struct director *d);

/*
 * What the kernel holds for all of them; at once if there is `news`. When it is
 * due again.
 */
tick_t kernel_turn(struct director *d, tick_t now, bool news);

/* What the core tells, for others; they can read it from told_publish() on. */
int told_setup(struct director *d);
void told_add(struct director *d, const struct lvs_told *told);
/* As struct ledger_news has it. */
uint8_t told_protocol(const struct director *d, uint32_t number);
/* A virtual server that is in no file any more; with an address, a real server
 * of it, as the record says that was its. */
void told_removed(struct director *d, const struct ledger_lvs_virtual *of,
		  const struct ip *address, uint16_t port);
/* So much was put back of a virtual server, or LVS_NONE: of several. */
void told_repaired(struct director *d, uint32_t virtual, uint64_t count);
/* A virtual server that has left, by the name that it has in news. */
void told_departed(struct director *d, const struct ipvs_key *key,
		   const char *name, enum ledger_news_what what);
/* What somebody orders of a real server; or that it leaves. */
void told_of_server(struct director *d, uint32_t server,
		    enum ledger_news_what what, int64_t weight);
void told_publish(struct director *d);
/* The records of servers know what was published. */
void told_noted(struct director *d);
/* The daemon ends: no more will come. */
void told_end(struct director *d);
/* What was told last of a real server, or without address of a virtual one,
 * whose record says `told` (enum lvs_health). */
uint8_t told_since(const struct director *d, uint64_t key,
		   const struct ip *address, uint16_t port, uint8_t told);

/* The number of a virtual router, or LVS_NONE; what is known of it. False: it
 * cannot be read just now. */
uint32_t kernel_find(const struct director *d, const char *name);
bool kernel_read(struct director *d, uint32_t number, struct vrrp_saved *core);
/* The same of the one whose state the daemons follow; false also if there is
 * none. */
bool kernel_instance(struct director *d, struct vrrp_saved *core);

/* Before the sandbox: sync_refresh_period (refresh.c). */
void refresh_open(struct director *d);
/* It is put back. */
void refresh_close(struct director *d);
/* Connections are counted; when that is due again. */
tick_t sync_turn(struct director *d, tick_t now);

/* What has happened becomes lines of the log. */
void news_of_table(void *context, enum table_news news,
		   const struct table_service *service,
		   const struct table_dest *dest, int error);
void news_of_core(void *context, const struct lvs_told *told);
/* A server leaves the configuration, and drains. */
void news_leaves(struct director *d, uint32_t server, tick_t now);
/* The same of a whole virtual server, for so long; and that this is over: at
 * the deadline; it was counted that some are left. */
void news_departs(struct director *d, uint32_t service, tick_t left);
void news_departed(struct director *d, uint32_t service, bool late, bool some);
/* What was put back in this turn becomes an event. */
void news_of_repairs(struct director *d);
/* At the end of a turn. */
void news_end(struct director *d);
void news_of_sync(struct director *d, int error);
void news_of_timeouts(struct director *d, int error);
/* That the kernel refuses a table of nftables, or takes it now; `told` is the
 * error that was told last. */
void news_of_marks(struct director *d, const char *table, int error, int *told);
/* ... that it is left alone, for what it has of another program's. */
void news_of_marks_of_others(struct director *d, const char *family,
			     const char *table, const char *what, int *told);
/* ... and one that is not wanted any more, and does not go. */
void news_of_marks_gone(struct director *d, const char *table, int error,
			int *told);
/* There is no socket for it, and this process opens no other one. */
void news_of_no_marks(struct director *d, const char *table, int error,
		      int *told);
/* Another program has changed it. */
void news_of_marks_changed(struct director *d, const char *table,
			   const char *by, uint32_t pid);
void news_of_look(struct director *d, int error);
