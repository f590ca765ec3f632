/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: what an instance says, or else global_defs says
 * for all. The two rows of such a keyword stand in this file, its two fields
 * in model.h.
 */
#include "conf/model/rows.h"

static const struct conf_choice leases[] = {
	{ "auto", CONF_LEASE_AUTO },
	{ NULL, 0 },
};

static const struct conf_choice resigners[] = {
	{ "active", 0 },
	{ "any", 1 },
	{ NULL, 0 },
};

#define STRICT                                                                 \
	"there is no packet filter yet, and lower_prio_no_advert and "         \
	"garp_lower_prio_repeat are as they are written"

/* clang-format off */
static const struct conf_row global_rows[] = {
	ROW("vrrp_version", NUMBER(conf_global, common.version, 2, 3, 2),
	    "the version of VRRP of IPv4 instances that do not set it; IPv6 "
	    "is always version 3",
	    "vrrp_version 3", "vrrp_version 1"),
	ROW_WITH("vrrp_strict", PRESENCE(conf_global, common.strict, 0),
	    .differs = STRICT,
	    "strict_mode of instances that do not set it",
	    "vrrp_strict", "vrrp_strict {\n}"),
	ROW("vrrp_garp_master_delay",
	    TIME(conf_global, common.announce.delay, 0, DAY, 5 * TICK_SECOND),
	    "the time from becoming Active to a second set of announcements; "
	    "0: no second set",
	    "vrrp_garp_master_delay 10", "vrrp_garp_master_delay x"),
	ROW("vrrp_garp_master_repeat",
	    NUMBER(conf_global, common.announce.repeat, 1, 1000, 5),
	    "how many announcements of each address are in one set",
	    "vrrp_garp_master_repeat 1", "vrrp_garp_master_repeat 0"),
	ROW("vrrp_garp_master_refresh",
	    TIME(conf_global, common.announce.refresh, 0, DAY, 0),
	    "the time from one periodic set of announcements to the next; 0: "
	    "none",
	    "vrrp_garp_master_refresh 60", "vrrp_garp_master_refresh often"),
	ROW("vrrp_garp_master_refresh_repeat",
	    NUMBER(conf_global, common.announce.refresh_repeat, 1, 1000, 1),
	    "how many announcements of each address are in a periodic set",
	    "vrrp_garp_master_refresh_repeat 2",
	    "vrrp_garp_master_refresh_repeat 0"),
	ROW_WITH("vrrp_garp_lower_prio_delay",
		 TIME(conf_global, common.announce.lower_delay, 0, DAY, 0),
		 .flags = CONF_FOLLOWS,
		 "the time to a second set of announcements after an Active "
		 "heard a lower priority; default: vrrp_garp_master_delay",
		 "vrrp_garp_lower_prio_delay 10",
		 "vrrp_garp_lower_prio_delay -1"),
	ROW_WITH("vrrp_garp_lower_prio_repeat",
		 NUMBER(conf_global, common.announce.lower_repeat, 0, 1000, 0),
		 .flags = CONF_FOLLOWS,
		 "how many announcements of each address an Active sends "
		 "after it heard a lower priority; 0: none; default: "
		 "vrrp_garp_master_repeat",
		 "vrrp_garp_lower_prio_repeat 1",
		 "vrrp_garp_lower_prio_repeat many"),
	ROW_WITH("vrrp_min_garp", SWITCH(conf_global, common.min_garp, 0),
		 .flags = CONF_QUIET,
		 "let vrrp_garp_master_repeat be 1 and "
		 "vrrp_garp_master_delay be 0 unless they are set",
		 "vrrp_min_garp", "vrrp_min_garp 3"),
	ROW_WITH("vrrp_garp_extra_if",
		 EXTRA(conf_global, common.garp_extra), .flags = CONF_QUIET,
		 "the seconds between periodic announcements on the macvlans "
		 "of use_vmac; with all, on every interface of the instance; "
		 "0: none; default 0",
		 "vrrp_garp_extra_if all 100", "vrrp_garp_extra_if some"),
	ROW_WITH("vrrp_vmac_garp_intvl",
		 EXTRA(conf_global, common.garp_extra), .flags = CONF_ALIAS,
		 "an old spelling of vrrp_garp_extra_if",
		 "vrrp_vmac_garp_intvl 100", "vrrp_vmac_garp_intvl"),
	ROW_WITH("vrrp_mcast_group4",
		 GROUP(conf_global, common.group4, IP_V4), .flags = CONF_QUIET,
		 "the IPv4 multicast group of advertisements; default "
		 "224.0.0.18",
		 "vrrp_mcast_group4 224.0.0.99", "vrrp_mcast_group4 10.0.0.1"),
	ROW_WITH("vrrp_mcast_group6",
		 GROUP(conf_global, common.group6, IP_V6), .flags = CONF_QUIET,
		 "the IPv6 multicast group of advertisements; default "
		 "ff02::12",
		 "vrrp_mcast_group6 ff02::99", "vrrp_mcast_group6 224.0.0.18"),
	ROW("vrrp_down_timer_adverts",
	    NUMBER(conf_global, common.down_timer_adverts, 1, 100, 3),
	    "how many advertisements must be missing before a Backup takes "
	    "over",
	    "vrrp_down_timer_adverts 4", "vrrp_down_timer_adverts 0"),
	ROW("vrrp_lower_prio_no_advert",
	    SWITCH(conf_global, common.lower_prio_no_advert, 0),
	    "an Active does not answer an advertisement of lower priority "
	    "with one of its own",
	    "vrrp_lower_prio_no_advert on", "vrrp_lower_prio_no_advert 2"),
	ROW_WITH("vrrp_higher_prio_send_advert",
	    SWITCH(conf_global, common.higher_prio_send_advert, 1),
	    .differs = "on is the default here: an Active that "
		       "yields sends a final advertisement",
	    "an Active sends one more advertisement before it yields to a "
	    "higher priority",
	    "vrrp_higher_prio_send_advert on",
	    "vrrp_higher_prio_send_advert once"),
	ROW("vrrp_owner_ignore_adverts",
	    SWITCH(conf_global, common.owner_ignore_adverts, 0),
	    "a router of priority 255 ignores the advertisements of others",
	    "vrrp_owner_ignore_adverts on", "vrrp_owner_ignore_adverts all"),
	ROW_WITH("vrrp_skip_check_adv_addr",
	    PRESENCE(conf_global, common.skip_check_adv_addr, 0),
	    .differs = "a word behind it counts; keepalived takes "
		       "any, also off, for on",
	    "compare the addresses in advertisements with ours only when the "
	    "Active changes",
	    "vrrp_skip_check_adv_addr", "vrrp_skip_check_adv_addr {\n}"),
	ROW_WITH("smtp_alert", SWITCH(conf_global, mail.alert, 0),
		 .flags = CONF_QUIET,
		 "smtp_alert of everything that does not set it; default: on "
		 "of real servers, else off", "smtp_alert on",
		 "smtp_alert maybe"),
	ROW_WITH("smtp_alert_vrrp", SWITCH(conf_global, mail.alert_vrrp, 0),
		 .flags = CONF_FOLLOWS,
		 "smtp_alert of virtual routers and groups that do not set "
		 "it; default: smtp_alert",
		 "smtp_alert_vrrp on", "smtp_alert_vrrp maybe"),
	ROW("vrrp_address_lease",
	    SECONDS(conf_global, common.lease, 0, CONF_LEASE_MAX, leases,
		    CONF_LEASE_AUTO),
	    "the seconds after which the kernel removes the addresses when "
	    "baton is dead or hangs; 0: never",
	    "vrrp_address_lease 5", "vrrp_address_lease 1.5"),
	ROW("vrrp_resign_from",
	    CHOICE(conf_global, common.resign_any, resigners, 0),
	    "whose resignation (priority 0) makes a Backup take over early: "
	    "that of its Active, or of any router",
	    "vrrp_resign_from any", "vrrp_resign_from nobody"),
};

static const struct conf_row instance_rows[] = {
	ROW_WITH("version", NUMBER(conf_instance, vrrp.version, 2, 3, 2),
		 INHERITS(common.version),
		 "the version of VRRP; IPv6 is always version 3",
		 "version 3", "version 4"),
	ROW_WITH("strict_mode", SWITCH(conf_instance, vrrp.strict, 0),
		 INHERITS(common.strict) DIFFERS(STRICT),
		 "check advertisements and the configuration more strictly, "
		 "as the RFC says",
		 "strict_mode on", "strict_mode maybe"),
	ROW_WITH("down_timer_adverts",
		 NUMBER(conf_instance, vrrp.down_timer_adverts, 1, 100, 3),
		 INHERITS(common.down_timer_adverts),
		 "how many advertisements must be missing before a Backup "
		 "takes over",
		 "down_timer_adverts 4", "down_timer_adverts 101"),
	ROW_WITH("lower_prio_no_advert",
		 SWITCH(conf_instance, vrrp.lower_prio_no_advert, 0),
		 INHERITS(common.lower_prio_no_advert),
		 "an Active does not answer an advertisement of lower "
		 "priority with one of its own",
		 "lower_prio_no_advert on", "lower_prio_no_advert 2"),
	ROW_WITH("higher_prio_send_advert",
		 SWITCH(conf_instance, vrrp.higher_prio_send_advert, 1),
		 INHERITS(common.higher_prio_send_advert)
		 DIFFERS("on is the default here: an Active that "
			 "yields sends a final advertisement"),
		 "an Active sends one more advertisement before it yields to "
		 "a higher priority",
		 "higher_prio_send_advert on", "higher_prio_send_advert once"),
	ROW_WITH("owner_ignore_adverts",
		 SWITCH(conf_instance, vrrp.owner_ignore_adverts, 0),
		 INHERITS(common.owner_ignore_adverts),
		 "a router of priority 255 ignores the advertisements of "
		 "others",
		 "owner_ignore_adverts on", "owner_ignore_adverts all"),
	ROW_WITH("skip_check_adv_addr",
		 SWITCH(conf_instance, vrrp.skip_check_adv_addr, 0),
		 INHERITS(common.skip_check_adv_addr)
		 DIFFERS("off means off; to keepalived it means on"),
		 "compare the addresses in advertisements with ours only "
		 "when the Active changes",
		 "skip_check_adv_addr on", "skip_check_adv_addr often"),
	ROW_WITH("vrrp_resign_from",
		 CHOICE(conf_instance, vrrp.resign_any, resigners, 0),
		 INHERITS(common.resign_any),
		 "whose resignation (priority 0) makes a Backup take over "
		 "early: that of its Active, or of any router",
		 "vrrp_resign_from any", "vrrp_resign_from nobody"),
	ROW_WITH("garp_master_delay",
		 TIME(conf_instance, vrrp.announce.delay, 0, DAY, 0),
		 INHERITS(common.announce.delay),
		 "the time from becoming Active to a second set of "
		 "announcements; 0: no second set",
		 "garp_master_delay 5", "garp_master_delay never"),
	ROW_WITH("garp_master_repeat",
		 NUMBER(conf_instance, vrrp.announce.repeat, 1, 1000, 1),
		 INHERITS(common.announce.repeat),
		 "how many announcements of each address are in one set",
		 "garp_master_repeat 5", "garp_master_repeat 0"),
	ROW_WITH("garp_master_refresh",
		 TIME(conf_instance, vrrp.announce.refresh, 0, DAY, 0),
		 INHERITS(common.announce.refresh),
		 "the time from one periodic set of announcements to the "
		 "next; 0: none",
		 "garp_master_refresh 60", "garp_master_refresh -1"),
	ROW_WITH("garp_master_refresh_repeat",
		 NUMBER(conf_instance, vrrp.announce.refresh_repeat, 1, 1000,
			1),
		 INHERITS(common.announce.refresh_repeat),
		 "how many announcements of each address are in a periodic "
		 "set",
		 "garp_master_refresh_repeat 2",
		 "garp_master_refresh_repeat 0"),
	ROW_WITH("garp_lower_prio_delay",
		 TIME(conf_instance, vrrp.announce.lower_delay, 0, DAY, 0),
		 INHERITS(common.announce.lower_delay),
		 "the time to a second set of announcements after an Active "
		 "heard a lower priority",
		 "garp_lower_prio_delay 10", "garp_lower_prio_delay 1s2"),
	ROW_WITH("garp_lower_prio_repeat",
		 NUMBER(conf_instance, vrrp.announce.lower_repeat, 0, 1000, 0),
		 INHERITS(common.announce.lower_repeat),
		 "how many announcements of each address an Active sends "
		 "after it heard a lower priority; 0: none",
		 "garp_lower_prio_repeat 1", "garp_lower_prio_repeat 1001"),
	{
		.word = "garp_extra_if", EXTRA(conf_instance, garp_extra),
		.flags = CONF_QUIET | CONF_INHERITS,
		.inherits = offsetof(struct conf_global, common.garp_extra),
		.help = "the seconds between periodic announcements on the "
			"macvlans of use_vmac; with all, on every interface "
			"of the instance; 0: none",
		.good = "garp_extra_if all 100", .bad = "garp_extra_if often",
	},
	ROW_WITH("vmac_garp_intvl", EXTRA(conf_instance, garp_extra),
		 .flags = CONF_ALIAS,
		 "an old spelling of garp_extra_if",
		 "vmac_garp_intvl 100", "vmac_garp_intvl"),
	ROW_WITH("smtp_alert", SWITCH(conf_instance, smtp_alert, 0),
		 INHERITS(mail.alert_vrrp),
		 "send mail when the state changes; default: smtp_alert_vrrp, "
		 "or smtp_alert",
		 "smtp_alert on", "smtp_alert maybe"),
	ROW_WITH("vrrp_address_lease",
		 SECONDS(conf_instance, lease, 0, CONF_LEASE_MAX, leases,
			 CONF_LEASE_AUTO), INHERITS(common.lease),
		 "the seconds after which the kernel removes the addresses "
		 "when baton is dead or hangs; 0: never",
		 "vrrp_address_lease 5", "vrrp_address_lease 1.5"),
};
/* clang-format on */

const struct conf_rows conf_rows_common_global = ROWS(global_rows);
const struct conf_rows conf_rows_common_instance = ROWS(instance_rows);
