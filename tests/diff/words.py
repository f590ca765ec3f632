# SPDX-License-Identifier: GPL-2.0-or-later
"""The words of keepalived.conf(5), with what may stand behind them.

A line is a word and the shapes of its values, `?` before one that may be
missing. A number in front says how often the word is drawn (else 1). What a
shape becomes is in generate.py:

  1..255       a whole number        0.01..40d    one with decimals
  {A|B}        one of these          switch       on, off, true, ... or nothing
  if a4 a6 a   an interface, an address of that family, or of the block's
  net          address/length        name cmd user text file url
"""

GLOBAL = """
9 router_id name
4 script_user user
5 enable_script_security
4 vrrp_version {2|3}
4 vrrp_garp_master_delay 0..30
3 vrrp_garp_master_repeat 1..10
3 vrrp_garp_master_refresh 0..120
2 vrrp_garp_master_refresh_repeat 1..5
2 vrrp_garp_lower_prio_delay 0..30
2 vrrp_garp_lower_prio_repeat 0..10
3 vrrp_garp_interval 0..2d
3 vrrp_gna_interval 0..2d
3 vrrp_strict
3 vrrp_skip_check_adv_addr ?switch
2 vrrp_mcast_group4 {224.0.0.18|239.1.1.1|224.0.0.99}
1 vrrp_mcast_group6 {ff02::12|ff02::99|ff05::1}
2 vrrp_startup_delay 0.1..20d
2 vrrp_down_timer_adverts 1..10
2 vrrp_lower_prio_no_advert ?switch
2 vrrp_higher_prio_send_advert ?switch
2 vrrp_notify_priority_changes ?switch
2 vrrp_check_unicast_src
2 vrrp_garp_extra_if ?{all} 0..300
1 vrrp_owner_ignore_adverts
2 vrrp_priority -20..19
1 vrrp_rt_priority 1..50
2 vrrp_no_swap
1 vrrp_cpu_affinity 0..1
1 vrrp_rlimit_rttime 1000..100000
1 vrrp_iptables ?name
1 vrrp_ipsets {on|off}
1 nftables ?name
1 nftables_counters
1 max_auto_priority 1..50
1 min_auto_priority_delay 1000..1000000
2 dynamic_interfaces ?{allow_if_changes}
2 default_interface if
1 disable_local_igmp
1 log_unknown_vrids
2 process_names
2 vrrp_process_name name
1 checker_process_name name
1 lvs_flush
1 lvs_flush_onstop ?{VS}
1 lvs_sync_daemon if ?name
1 lvs_timeouts {tcp|tcpfin|udp} 1..300
2 smtp_server {127.0.0.1|192.0.2.25|localhost} ?25..587
2 smtp_connect_timeout 1..60
1 smtp_helo_name name
2 smtp_alert ?switch
1 smtp_alert_vrrp ?switch
1 smtp_alert_checker ?switch
1 no_email_faults
2 notification_email_from {root@localhost|keepalived@example.org}
1 notify_fifo file
1 vrrp_notify_fifo file
1 notify_fifo_script cmd
1 startup_script cmd
1 shutdown_script cmd
1 umask {022|0177|IRUSR}
1 random_seed 0..99999
1 reload_repeat
1 fifo_write_vrrp_states_on_reload
1 checker_priority -20..19
1 checker_no_swap
1 checker_log_all_failures ?switch
1 enable_snmp_vrrp
1 enable_traps
1 snmp_socket text
1 enable_dbus
1 v3_checksum_as_v2
1 use_symlink_paths
1 json_version 2
1 vrrp_netlink_cmd_rcv_bufs 65536..1000000
1 vrrp_rx_bufs_policy {MTU|ADVERT|NO_SEND_RX|4096}
1 vrrp_rx_bufs_multiplier 1..8
1 vrrp_delay_after_boot 1..20
1 interface_up_down_delays
1 iproute_usr_dir file
1 data_use_instance ?switch
1 vrrp_min_garp ?switch
1 vrrp_rlimit_rtime 1000..100000
1 vrrp_netlink_monitor_rcv_bufs 65536..1000000
1 vrrp_netlink_monitor_rcv_bufs_force ?switch
1 vrrp_netlink_cmd_rcv_bufs_force ?switch
1 process_monitor_rcv_bufs 65536..1000000
1 process_monitor_rcv_bufs_force ?switch
1 process_name name
1 lvs_process_name name
1 set_supplementary_groups
1 vrrp_notify_fifo_script cmd ?user
1 lvs_notify_fifo file
1 startup_script_timeout 1..100
1 shutdown_script_timeout 1..100
1 state_dump_file file
1 stats_dump_file file
1 json_dump_file file
1 reload_check_config ?file
1 reload_time_file file
1 reload_file ?file
1 config_save_dir file
1 iproute_etc_dir file
"""

INSTANCE = """
4 nopreempt
2 preempt
3 preempt_delay 0..300
2 preempt_delay 0..10d
4 version {2|3}
3 garp_master_delay 0..30
3 garp_master_repeat 1..10
3 garp_master_refresh 0..120
2 garp_master_refresh_repeat 1..5
2 garp_lower_prio_delay 0..30
2 garp_lower_prio_repeat 0..10
2 accept
1 no_accept
2 dont_track_primary
2 debug 0..4
2 smtp_alert ?switch
2 strict_mode switch
2 skip_check_adv_addr ?switch
2 lower_prio_no_advert ?switch
2 higher_prio_send_advert ?switch
2 notify_priority_changes ?switch
2 down_timer_adverts 1..10
3 notify cmd
4 notify_master cmd ?user
4 notify_backup cmd
4 notify_fault cmd
3 notify_stop cmd
1 notify_deleted
1 notify_master_rx_lower_pri cmd
3 unicast_src_ip own
2 mcast_src_ip own
1 mcast_dst_ip {224.0.0.18|239.1.1.1}
1 track_src_ip
1 unicast_ttl 1..255
1 check_unicast_src
1 old_unicast_checksum ?{never}
1 unicast_fault_no_peer
1 native_ipv6
1 use_vmac ?{vrrp.51|vrrp51}
1 vmac_xmit_base
1 use_vmac_addr
1 use_ipvlan
1 vrf if
1 promote_secondaries
1 linkbeat_use_polling
1 kernel_rx_buf_size 4096..100000
1 lvs_sync_daemon_interface if
1 garp_extra_if ?{all} 0..300
1 owner_ignore_adverts
1 v3_checksum_as_v2
1 thread_timer_expired switch
1 no_virtual_ipaddress
1 timer_expired_backup 0..2d
1 vmac_garp_intvl ?{all} 0..300
"""

SYNC_GROUP = """
3 notify cmd
3 notify_master cmd
3 notify_backup cmd
3 notify_fault cmd
2 notify_stop cmd
2 smtp_alert ?switch
2 global_tracking
2 sync_group_tracking_weight
1 notify_priority_changes ?switch
"""

SCRIPT = """
6 interval 1..60
5 weight -50..50
2 weight -50..50 {reverse}
4 rise 1..5
4 fall 1..5
3 timeout 1..30
2 user user
1 init_fail
"""

TRACK_FILE = """
3 weight -50..50
1 weight -50..50 {reverse}
2 init_file 0..5
1 init_file 0..5 {overwrite}
"""

TRACK_PROCESS = """
3 weight -50..50
2 quorum 1..5
1 quorum_max 1..9
2 delay 1..5
1 fork_delay 1..5
1 terminate_delay 0.1..5d
1 full_command
1 param_match ?{initial|partial}
"""

BFD = """
3 source_ip own
2 min_rx 10..1000
2 min_tx 10..1000
1 idle_tx 1000..5000
2 multiplier 2..10
1 passive
1 ttl 1..255
1 max_hops 1..10
1 weight -50..50
1 vrrp
1 checker
"""

SERVER = """
6 delay_loop 1..60
7 {lb_algo|lvs_sched} {rr|wrr|lc|wlc|sh|mh|dh|lblc|sed|nq|fo|ovf}
7 {lb_kind|lvs_method} {NAT|DR|TUN}
5 persistence_timeout 10..3600
1 persistence_granularity {255.255.255.0|24}
6 protocol {TCP|UDP|SCTP}
2 ha_suspend
2 alpha
1 omega
2 quorum 1..5
1 hysteresis 0..2
2 quorum_up cmd
2 quorum_down cmd
1 retry 1..5
1 delay_before_retry 1..9
1 warmup 0..9
1 inhibit_on_failure
1 virtualhost text
1 ip_family {inet|inet6}
1 ops
1 smtp_alert ?switch
1 weight 1..9
1 connect_timeout 1..9
1 snmp_name name
"""

REAL = """
7 weight 0..100
1 lvs_method {NAT|DR|TUN}
1 uthreshold 10..1000
1 lthreshold 1..9
3 inhibit_on_failure
2 notify_up cmd
2 notify_down cmd
1 alpha
1 retry 1..5
1 delay_before_retry 1..9
1 delay_loop 1..60
1 smtp_alert ?switch
1 virtualhost text
"""

CHECK = """
5 connect_timeout 1..10
3 connect_port 1..65535
2 connect_ip a
3 retry 1..5
2 nb_get_retry 1..5
3 delay_before_retry 1..9
2 delay_loop 1..60
1 warmup 0..9
1 bindto own
1 bind_port 1024..65535
1 bind_if if
1 fwmark 1..99
1 alpha
1 log_all_failures ?switch
"""

OF_CHECK = {
    "TCP_CHECK": "",
    "PING_CHECK": "",
    "HTTP_GET": """
2 virtualhost text
1 http_protocol {1.0|1.1|1.0c|1.1c}
1 fast_recovery ?switch
""",
    "SSL_GET": """
1 enable_sni
1 virtualhost text
""",
    "SMTP_CHECK": "3 helo_name name",
    "UDP_CHECK": """
1 payload {deadbeef|00}
1 require_reply ?{deadbeef}
1 min_reply_length 0..9
""",
    "DNS_CHECK": """
2 type {A|NS|SOA|MX|TXT|AAAA}
2 name text
""",
    "MISC_CHECK": """
9 misc_path cmd
3 misc_timeout 1..9
2 misc_dynamic
1 user user
""",
}

URL = """
9 path url
4 digest {9b3a0c85a887a256d6939da88aabd8cd|00000000000000000000000000000000}
4 status_code {200|404|200-299|200 301}
1 virtualhost text
1 regex text
"""


def rows(text):
    """[(how often, [word and shapes])]"""
    found = []
    for line in text.strip().splitlines():
        words = line.split(" ") if "{" not in line else split(line)
        weight = int(words[0]) if words[0].isdigit() else 1
        found.append((weight, words[1:] if words[0].isdigit() else words))
    return found


def split(line):
    """Like split(), but what is in braces stays together."""
    words, depth, word = [], 0, ""
    for letter in line:
        depth += (letter == "{") - (letter == "}")
        if letter == " " and not depth:
            words.append(word)
            word = ""
        else:
            word += letter
    return words + [word]
