/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The typed configuration: what the daemon runs.
 *
 * A model is immutable once conf_load() has returned it and lives in one
 * arena: it is freed with conf_free() and with nothing else. Names follow the
 * keywords of keepalived.conf(5); times are nanoseconds.
 */
#pragma once

#include "base/arena.h"
#include "base/ip.h"
#include "base/tick.h"
#include "conf/language/input.h"
#include "conf/language/span.h"
#include "conf/language/value.h"
#include "conf/model/lvs.h"
#include "conf/model/lvs_global.h"
#include "conf/model/notify.h"
#include "conf/model/route.h"
#include "vrrp/track.h"
#include "vrrp/vrrp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_NAME_MAX      63 /* of an instance, without its zero */
#define CONF_LABEL_MAX     15
#define CONF_PATH_TEXT_MAX 1024 /* of a folder or file */
#define CONF_INSTANCES_MAX 16384
#define CONF_ADDRESSES_MAX 4096 /* of one instance, excluded ones included */

/* rtnetlink(7) scopes. */
enum conf_scope {
	CONF_SCOPE_GLOBAL = 0,
	CONF_SCOPE_SITE = 200,
	CONF_SCOPE_LINK = 253,
	CONF_SCOPE_HOST = 254,
	CONF_SCOPE_NOWHERE = 255,
};

/* One entry of virtual_ipaddress or virtual_ipaddress_excluded. */
struct conf_address {
	struct conf_span span;
	bool excluded; /* not advertised */
	struct ip address;
	uint8_t prefix; /* length; 32 or 128 when not written */
	bool has_broadcast;
	struct ip broadcast; /* IPv4 only */
	uint8_t scope;       /* enum conf_scope */
	const char *dev;     /* NULL: the instance's interface */
	const char *label;   /* NULL when not written */
	/* The other end of a point-to-point link, or IP_NONE. */
	struct ip peer;
	/* That of `peer` where there is one. */
	uint8_t peer_prefix;
	/* ip-address(8): flags of the kernel, IPv6 but noprefixroute. */
	bool home, dad, mngtmpaddr, noprefixroute;
	/* Neither it nor its interface is watched. */
	bool no_track;
	uint32_t preferred; /* IPv6: seconds, or CONF_FOREVER, or CONF_AUTO */
};

#define CONF_FOREVER UINT32_MAX
/* Deprecated at once where the prefix is a host's, else for ever. */
#define CONF_AUTO (UINT32_MAX - 1)

/* The lease follows from Active_Down_Interval and the number of addresses. */
#define CONF_LEASE_AUTO UINT32_MAX
#define CONF_LEASE_MAX  86400

#define CONF_PEERS_MAX   255 /* of one instance */
#define CONF_TRACKED_MAX 255 /* interfaces or scripts of one instance */

#define CONF_SCRIPTS_MAX         4096
#define CONF_TRACK_FILES_MAX     4096
#define CONF_TRACK_PROCESSES_MAX 4096
#define CONF_COMMAND_MAX         4095 /* bytes */
#define CONF_USER_MAX            63

/* Extra announcements, again and again (garp_extra_if). */
struct conf_extra {
	tick_t every; /* 0: none */
	bool all;     /* on every interface of the instance */
};

/* A source address whose advertisements are heard (vrrp_peers, unicast_peer).
 */
struct conf_peer {
	struct conf_span span;
	struct ip address;
	uint8_t ttl_least, ttl_most; /* min_ttl, max_ttl; of unicast_peer */
};

/* A line of static_ipaddress. */
struct conf_static_address {
	struct conf_address is;
	const char *track_group; /* or NULL */
};

/* An instance that a track_group or a vrrp_sync_group names. */
struct conf_member {
	struct conf_span span;
	const char *name;
	uint32_t instance; /* its number in the model; of a vrrp_sync_group */
};

/* Instances that are in FAULT while what names the group is down. */
struct conf_track_group {
	struct conf_span span;
	const char *name;
	struct conf_member *members;
	uint32_t member_count;
};

/* An interface in a list: by itself, or as the beginning of what is said of it.
 */
struct conf_interface {
	struct conf_span span;
	const char *name;
};

/* An interface of track_interface; what it contributes: vrrp/track.h. */
struct conf_tracked_interface {
	struct conf_interface on;
	int16_t weight; /* 0: FAULT while it is down */
	bool reverse;
};

/* keepalived's bound for files and processes. */
#define CONF_WEIGHT_WIDE 254

/* What an object adds to the priority (vrrp/track.h). */
struct conf_weight {
	bool written;
	bool reverse;
	int16_t value; /* 0: FAULT while it is bad */
};

#define CONF_MAIL_NAME_MAX    120
#define CONF_MAIL_ADDRESS_MAX 254 /* RFC 5321 4.5.3.1.3 */
#define CONF_HOST_MAX         253
#define CONF_MAIL_PORT        25
#define CONF_RECIPIENTS_MAX   64
#define CONF_PASSWORD_MAX     64

struct conf_mailbox {
	const char *name; /* or NULL */
	const char *address;
};

/* An entry of notification_email. */
struct conf_recipient {
	struct conf_span span;
	struct conf_mailbox is;
};

struct conf_mail_server {
	const char *host; /* NULL: there is none */
	uint16_t port;
};

/* Whose secrets: bits of what a process keeps of a model (conf_wipe()). */
enum conf_secret_of {
	CONF_SECRET_OF_ADVERTS, /* auth_pass */
	CONF_SECRET_OF_MAIL,    /* smtp_login */
	CONF_SECRET_OF_CHECKS,  /* SSL */
};

/* Who logs in to the mail server. */
struct conf_login {
	const char *user;                 /* or NULL */
	char password[CONF_PASSWORD_MAX]; /* with zeros behind it */
};

/* smtp_tls */
enum conf_mail_tls {
	CONF_MAIL_PLAIN,
	CONF_MAIL_OPPORTUNISTIC, /* if it is offered, and not verified */
	CONF_MAIL_REQUIRED,      /* and verified */
	CONF_MAIL_IMPLICIT,      /* from the first byte, and verified */
};

/* Mail about changes of state. */
struct conf_mail {
	struct conf_recipient *to;
	uint32_t to_count;
	struct conf_mailbox from; /* address NULL: root at this host */
	struct conf_mail_server server;
	const char *helo; /* NULL: the host's name */
	tick_t timeout;   /* of an answer of the server */
	bool alert;       /* smtp_alert of all that does not say */
	bool alert_vrrp;  /* ... of instances and groups */
	bool no_faults;
	uint8_t tls;    /* enum conf_mail_tls */
	const char *ca; /* or NULL: those of the system */
	struct conf_login login;
};

/* Whether it goes to the server that is meant, and is read by nobody else. */
static inline bool conf_mail_is_safe(const struct conf_mail *mail)
{
	return mail->tls == CONF_MAIL_REQUIRED ||
	       mail->tls == CONF_MAIL_IMPLICIT;
}

static inline bool conf_logs_in(const struct conf_mail *mail)
{
	return mail->login.user && mail->login.password[0];
}

/* Something to be tracked: what all that begins with it has (targets.h). */
struct conf_target {
	struct conf_span span;
	const char *name;
	struct conf_weight weight; /* for who says none */
};

/* A vrrp_script: a command that is run again and again. */
struct conf_script {
	struct conf_target is;
	const char *command;   /* conf/model/command.h says its words */
	struct conf_user user; /* name NULL: script_user */
	tick_t interval;       /* from one start to the next */
	tick_t timeout;        /* 0: the interval */
	uint32_t rise, fall;   /* results in a row that count */
	bool init_fail;        /* bad until its first result */
};

/* What becomes of the file of a track_file at the start. */
enum conf_init_file_when {
	CONF_INIT_FILE_NO,
	CONF_INIT_FILE_MISSING, /* one that is not there is made */
	CONF_INIT_FILE_OVERWRITE,
};

struct conf_init_file {
	uint8_t when; /* enum conf_init_file_when */
	int32_t number;
};

/* A file with a number in it. */
struct conf_track_file {
	struct conf_target is;
	const char *path;
	struct conf_init_file init;
};

/* How the arguments of a process must be those that are written. */
enum conf_match {
	CONF_MATCH_NONE,    /* they do not matter */
	CONF_MATCH_EXACT,   /* exactly these */
	CONF_MATCH_PARTIAL, /* these come first */
	CONF_MATCH_INITIAL, /* ... and the last one may be a beginning */
};

/*
 * A virtual server that somebody tracks. No row fills their list: it follows
 * from who tracks what (conf/model/tracked_servers.h).
 */
struct conf_tracked_server {
	struct conf_target is; /* by its name as `baton vs` shows it */
	uint32_t number;       /* among the virtual servers of the model */
};

#define CONF_QUORUM_MAX 65535 /* as quorum_max: any number */

struct conf_words {
	const char **list;
	uint32_t count;
};

/* Processes of others on this machine, of one name. */
struct conf_track_process {
	struct conf_target is;
	struct conf_words process; /* its name, then its arguments */
	uint8_t match;             /* enum conf_match */
	bool full_command; /* argv[0] counts, not the kernel's short name */
	uint16_t quorum, quorum_max; /* so many are good */
	tick_t fork_delay, terminate_delay;
	tick_t delay; /* written for both; then 0 */
};

/* An entry of track_script and its like. */
struct conf_tracked {
	struct conf_span span;
	const char *name;
	struct conf_weight weight; /* not written: the target's */
	uint32_t target;           /* its number among those of its kind */
};

/* What an instance tracks of each kind. */
struct conf_tracking {
	struct conf_tracked *list[VRRP_TARGETS];
	uint32_t count[VRRP_TARGETS];
};

/* Instances that are Active together (vrrp/group.h). */
struct conf_sync_group {
	struct conf_span span;
	const char *name;
	struct conf_member *members; /* at least one */
	uint32_t member_count;
	/* What all members track besides (conf/model/tracks.h). */
	struct conf_tracked_interface *tracked_interfaces;
	uint32_t tracked_interface_count;
	struct conf_tracking tracking;
	struct conf_notifies notifies;
	bool keeps_weights; /* of what its members track */
	bool notify_priority_changes;
	bool smtp_alert; /* mail about its changes of state */
};

#define CONF_NO_GROUP UINT32_MAX

struct conf_instance {
	struct conf_span span; /* of its name */
	const char *name;
	const char *interface;
	/*
	 * vrrp_address_lease: seconds after which the kernel removes the
	 * addresses unless they are refreshed; 0: never; CONF_LEASE_AUTO.
	 */
	uint32_t lease;
	bool state_active; /* state MASTER (or ACTIVE) was written */
	/*
	 * All that the protocol needs, with defaults of global_defs already
	 * applied; mcast_dst_ip is `vrrp.destination`. `vrrp.addresses` are
	 * those of the first `advertised` entries of `addresses`, in file
	 * order. `vrrp.peers` are `unicast_peers` or, in multicast, `peers`.
	 * `vrrp.phase` is 0.
	 */
	struct vrrp_config vrrp;
	struct conf_address *addresses; /* advertised ones, then excluded */
	struct conf_peer *peers;
	struct conf_peer *unicast_peers;
	struct conf_tracked_interface *tracked_interfaces;
	struct conf_route *routes;
	struct conf_rule *rules;
	uint32_t address_count;
	uint32_t advertised;
	uint32_t peer_count;
	uint32_t unicast_peer_count;
	uint32_t tracked_interface_count;
	uint32_t route_count;
	uint32_t rule_count;
	struct conf_tracking tracking;
	struct conf_extra garp_extra;
	struct conf_notifies notifies;
	bool notify_priority_changes; /* to FIFOs */
	/* lvs_sync_daemon_interface, or NULL: lvs_sync_daemon by old files. */
	const char *sync_interface;
	uint32_t group;          /* its number in the model, or CONF_NO_GROUP */
	struct ip mcast_src;     /* IP_NONE: the interface's own */
	struct ip unicast_src;   /* IP_NONE: as mcast_src */
	uint8_t unicast_ttl;     /* of what is sent to unicast_peers */
	bool fault_no_peer;      /* unicast_fault_no_peer */
	bool dont_track_primary; /* its own interface may be down */
	bool track_source;       /* track_src_ip: it needs conf_source() */
	bool smtp_alert;         /* mail about its changes of state */
	bool no_addresses; /* no_virtual_ipaddress: it is meant to have none */
	bool promote_secondaries;
};

/* Where its advertisements come from; IP_NONE: the interface's own address. */
static inline const struct ip *conf_source(const struct conf_instance *instance)
{
	return instance->vrrp.unicast && instance->unicast_src.family != IP_NONE
		       ? &instance->unicast_src
		       : &instance->mcast_src;
}

/*
 * Its interface; "": none is written, and it is unicast from whatever interface
 * has unicast_src_ip.
 */
static inline const char *conf_interface(const struct conf_instance *instance)
{
	return instance->interface ? instance->interface : "";
}

/* The interface that an address is put on. */
static inline const char *conf_address_dev(const struct conf_instance *instance,
					   const struct conf_address *address)
{
	return address->dev ? address->dev : conf_interface(instance);
}

#define CONF_PROCESS_NAME_MAX 63

#define CONF_CPUS_MAX 1024 /* CPU_SETSIZE */

/* The least priority of real time, if it may have that. */
#define CONF_RT_AUTO UINT8_MAX

struct conf_cpus {
	bool bound; /* to those of the set, or to none */
	uint64_t set[CONF_CPUS_MAX / 64];
};

/* How the `vrrp` process runs. */
struct conf_process {
	int8_t nice; /* -20 to 19; of no account with rt_priority */
	/* Of SCHED_RR, 1 to 99; 0: not real-time; CONF_RT_AUTO. */
	uint8_t rt_priority;
	/*
	 * Of CPU time without a blocking call, in real time: microseconds
	 * after which the kernel ends the process (RLIMIT_RTTIME); 0: never.
	 */
	uint32_t rttime;
	bool no_swap;
	/* max_auto_priority: how far baton may raise rt_priority; 0: not. */
	int8_t auto_priority;
	tick_t auto_delay; /* how late a turn must be for that */
	struct conf_cpus cpus;
};

/* The receive buffer of a netlink socket. */
struct conf_buffer {
	uint32_t size; /* bytes; 0: as large as baton sees fit */
	bool force;    /* also beyond net.core.rmem_max */
};

/* Values that an instance has unless it says otherwise. */
struct conf_common {
	uint8_t version; /* 2 (keepalived's default) or 3 */
	bool strict;
	bool resign_any;
	bool min_garp;
	uint32_t lease;
	struct vrrp_announce_config announce;
	uint8_t down_timer_adverts;
	bool lower_prio_no_advert;
	bool higher_prio_send_advert;
	bool owner_ignore_adverts;
	bool skip_check_adv_addr;
	struct ip group4, group6; /* where advertisements go */
	struct conf_extra garp_extra;
};

/* keepalived's: what is made is its owner's alone, and no program. */
#define CONF_UMASK 0177

/* How users' scripts are run. */
struct conf_scripts_global {
	struct conf_user user; /* script_user; name NULL: not written */
	bool security;         /* enable_script_security */
	bool keep_symlinks;    /* use_symlink_paths */
	bool supplementary;    /* set_supplementary_groups */
	uint16_t umask;
	struct conf_edge startup, shutdown;
};

/* How the daemon is told from others of its machine. */
struct conf_daemon {
	const char *instance;           /* or NULL */
	const char *net_namespace;      /* to run in, or NULL */
	const char *net_namespace_ipvs; /* of virtual servers, or NULL */
	bool use_pid_dir;
};

/* Where dumps go (SIGUSR1 and others), and how they look. */
struct conf_dumps {
	/* Paths, or names in the folder for them; NULL: keepalived's. */
	const char *state_file, *stats_file, *json_file;
	uint8_t json_version;
	bool use_instance; /* data_use_instance */
};

/* Files by which a reload is asked for, and shown. */
struct conf_reload {
	const char *time_file; /* it says when to reload; or NULL */
	bool repeat;           /* ... and stays, for the next day */
	const char *file;      /* it is there while files are read; or NULL */
};

struct conf_global {
	const char *router_id; /* NULL: the host's name */
	struct conf_common common;
	uint32_t seed;        /* of ${_RANDOM} */
	tick_t garp_interval; /* between two GARPs on one interface, 0: none */
	tick_t gna_interval;  /* between two NAs on one interface, 0: none */
	struct conf_process vrrp;
	struct conf_buffer monitor; /* what the kernel tells of by itself */
	struct conf_buffer command; /* what it answers */
	struct conf_buffer process_monitor; /* what it tells of processes */
	tick_t startup_delay;               /* before any instance starts */
	tick_t delay_after_boot; /* the same, from the boot of the machine */
	bool disable_local_igmp;
	bool log_unknown_vrids;
	bool dynamic_interfaces; /* that one is missing is nothing wrong */
	/* Titles of the processes; NULL: the usual ones. */
	bool process_names;
	const char *process_name;
	const char *default_interface; /* of static addresses, or NULL */
	const char *vrrp_process_name, *checker_process_name;
	const char *lvs_process_name, *bfd_process_name;
	/* Where rt_scopes and the like are; NULL: the usual folders. */
	const char *iproute_usr_dir, *iproute_etc_dir;
	struct conf_scripts_global scripts;
	struct conf_mail mail;
	struct conf_fifo fifos[CONF_FIFOS]; /* conf_fifo() has all */
	bool fifo_states_on_reload; /* fifo_write_vrrp_states_on_reload */
	bool notify_priority_changes;
	struct conf_dumps dumps;
	struct conf_reload reload;
	struct conf_lvs_global lvs;
};

/* The FIFO of that number: enum conf_fifo_of. */
static inline const struct conf_fifo *conf_fifo(const struct conf_global *g,
						unsigned number)
{
	return number == CONF_FIFO_LVS ? &g->lvs.fifo : &g->fifos[number];
}

/* Interfaces whose announcements are paced together. */
struct conf_garp_group {
	const char *interface; /* NULL: it is one of the list */
	struct conf_interface *interfaces;
	uint32_t interface_count;
	tick_t garp_interval, gna_interval; /* 0: the global ones */
};

/* How long a link must be down, or up, before that counts. */
struct conf_link_delay {
	struct conf_interface on;
	tick_t down, up;
};

struct conf_checks;

struct conf_model {
	struct arena arena;
	struct conf_daemon daemon;
	struct conf_global global;
	struct conf_instance *instances; /* in file order */
	uint32_t instance_count;
	struct conf_garp_group *garp_groups;
	uint32_t garp_group_count;
	struct conf_link_delay *link_delays;
	uint32_t link_delay_count;
	struct conf_static_address *static_addresses;
	uint32_t static_address_count;
	struct conf_route *static_routes;
	uint32_t static_route_count;
	struct conf_rule *static_rules;
	uint32_t static_rule_count;
	struct conf_track_group *track_groups;
	uint32_t track_group_count;
	struct conf_script *scripts;
	uint32_t script_count;
	struct conf_track_file *files;
	uint32_t file_count;
	struct conf_track_process *processes;
	uint32_t process_count;
	struct conf_tracked_server *tracked_servers;
	uint32_t tracked_server_count;
	struct conf_sync_group *groups;
	uint32_t group_count;
	struct conf_virtual_server *virtual_servers; /* in file order */
	uint32_t virtual_server_count;
	struct conf_server_group *server_groups;
	uint32_t server_group_count;
	/* What it was read from; no row fills it, and no plan shows it. */
	struct conf_input *inputs;
	uint32_t input_count;
	/* The checks that run, once they are kept (conf/model/checks.h). */
	const struct conf_checks *checks;
};

/* Whether mail is sent about something, which has this smtp_alert. */
static inline bool conf_is_mailed(const struct conf_model *model,
				  bool smtp_alert)
{
	const struct conf_mail *m = &model->global.mail;

	return smtp_alert && m->server.host && m->to_count > 0;
}
