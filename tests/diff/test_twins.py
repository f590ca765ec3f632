# SPDX-License-Identifier: GPL-2.0-or-later
"""The same file under keepalived and under baton, on routers that differ in
nothing: what the kernels have then, and what is on the wire, is the same but
for what differs on purpose."""

import re
import shutil

import pytest

import twins
from daemons import Baton
from frames import advert, frame
from lan import wait_for
from scene import settle

pytestmark = pytest.mark.skipif(
    not Baton.is_built() or not shutil.which("keepalived"),
    reason="batond is not built, or there is no keepalived")

# When it is so, the reason, and the differences that it is for: in the stages
# "active", "down" (four is in FAULT) and "stopped" of the long file, and
# "short" of the short one. Each must be seen in each of its stages, so that
# none is stale. The first of two values is keepalived's.
PURPOSES = [
    ("short active down",
     "an address is leased, so that a router which dies loses it",
     r"^address .*: dynamic None, True$"),
    ("active",
     "of a route without a next hop ip(8) makes the scope link, by which other "
     "routes may lead over it; keepalived makes it global",
     r"^route -4 (10\.12\.0\.0/16|239\.1\.0\.0/16|10\.5[67]\.0\.0/16) .*: "
     r"scope global, link$"),
    ("active down", "the same, of a static one",
     r"^route -4 10\.52\.0\.0/16 .*: scope global, link$"),
    ("active",
     "keepalived gives local and broadcast routes a scope that the kernel "
     "refuses",
     r"^route -4 10\.(43\.0\.1|44\.0\.255|69\.0\.1) .*: 0 of them, 1:"),
    ("active", "keepalived makes a shorter rtt or rttvar 200 ms",
     r"^route -4 10\.2[56]\.0\.0/16 .*: metrics .*'rttvar': 200"),
    ("active", "keepalived knows no next hop of IPv6 in a route of IPv4",
     r"^route -4 10\.38\.0\.0/16 .*: 0 of them, 1:"),
    ("active", "with `or`, an old word, keepalived's route is refused",
     r"^route -4 10\.67\.0\.0/16 .*: 0 of them, 1:"),
    ("active down",
     "with inet and inet6 keepalived leaves these out: they take away the next "
     "word, and a default route is one of IPv4",
     r"^(route -6 default .*metric [56]00|rule -6 80[27]): 0 of them, 1:"),
    ("active", "the same, of IPv4", r"^rule -4 731: 0 of them, 1:"),
    ("active", "keepalived takes no `to all`",
     r"^rule -4 729: 0 of them, 1:"),
    ("active", "keepalived's rule of fwmark 0 is one for all packets",
     r"^rule -4 726: fwmark None, 0$"),
    ("down stopped",
     "keepalived leaves addresses with a peer, and what follows from them",
     r"^(address 198\.51\.100\.[12]|route -4 (198\.51\.100\.[12]|"
     r"203\.0\.113\.[19])) .*: 1 of them, 0:"),
    ("down stopped",
     "keepalived does not find a route that the kernel has with a smaller mtu "
     "or advmss than was written",
     r"^route -4 10\.46\.0\.0/16 .*: 1 of them, 0:"),
]

STATIC = """
track_group G {
    group {
        four
    }
}
static_ipaddress {
    192.0.2.200/24
    198.51.100.200/32 dev eth1
    2001:db8:9::200/64
    10.9.9.9/24 dev eth1 label eth1:s brd + scope link
}
static_routes {
    10.50.0.0/16 via 192.0.2.50
    10.51.0.0/16 via 192.0.2.50 dev eth0
    10.52.0.0/16 dev eth0
    10.53.0.0/16 via 192.0.2.51 dev eth0 table 77 metric 5
    2001:db8:50::/48 via 2001:db8::50 dev eth0
    blackhole 10.54.0.0/16
    unreachable 10.55.0.0/16 metric 9
    10.56.0.0/16 dev eth1 no_track
    10.57.0.0/16 dev eth1 track_group G
}
static_rules {
    from 10.60.0.0/16 table 77 priority 600
    to 10.61.0.0/16 lookup 77 priority 601
    from 2001:db8:60::/48 table 77 priority 602
    from 10.62.0.0/16 iif eth1 table 77 priority 603 no_track
}
"""

FOUR = """
vrrp_instance four {
    state BACKUP
    interface eth0
    version 2
    virtual_router_id 10
    priority 100
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass s3cret
    }
    track_interface {
        eth1 weight 10
    }
    virtual_ipaddress {
        192.0.2.1/24
        192.0.2.2/24 noprefixroute
        192.0.2.3/32 dev eth1 label eth1:vip
        198.51.100.1/24 peer 203.0.113.1
        198.51.100.2 peer 203.0.113.9
        198.51.100.3/30 brd + scope link
        198.51.100.9/24 no_track
        198.51.100.17/28 brd 198.51.100.30 label eth0:x
        198.51.100.33/28 brd - dev eth1 scope site
    }
    virtual_ipaddress_excluded {
        192.0.2.4/32
        2001:db8::44/64
    }
    virtual_routes {
        10.10.0.0/16 via 192.0.2.9
        10.11.0.0/16 via 192.0.2.9 dev eth0
        10.12.0.0/16 dev eth1
        10.13.0.0/16 via 172.31.0.1 dev eth1 onlink
        10.14.0.0/16 src 192.0.2.1 via 192.0.2.9
        10.15.0.0/16 via 192.0.2.9 table 100 metric 7
        10.15.0.0/16 via 192.0.2.8 table 100 metric 8
        10.16.0.0/16 via 192.0.2.9 table 1000
        10.17.0.0/16 dev eth1 scope host
        10.17.1.0/24 dev eth1 scope link
        10.18.0.0/16 via 192.0.2.9 tos 0x10
        10.18.0.0/16 via 192.0.2.8 tos 0x20
        blackhole 10.19.0.0/16
        unreachable 10.20.0.0/16 table 100
        prohibit 10.21.0.0/16 metric 3
        throw 10.22.0.0/16 table 100
        10.23.0.0/16 via 192.0.2.9 mtu 1400 advmss 1300
        10.24.0.0/16 via 192.0.2.9 mtu lock 1400
        10.25.0.0/16 via 192.0.2.9 rtt 100 rttvar 50ms rto_min 300ms
        10.26.0.0/16 via 192.0.2.9 rtt 400ms rttvar 300 rto_min 300
        10.27.0.0/16 via 192.0.2.9 reordering 5 cwnd 20 ssthresh 30
        10.28.0.0/16 via 192.0.2.9 hoplimit 20 window 3000 initcwnd 4 initrwnd 5
        10.29.0.0/16 via 192.0.2.9 quickack 1 fastopen_no_cookie 1 features ecn
        10.30.0.0/16 via 192.0.2.9 congctl cubic
        10.31.0.0/16 via 192.0.2.9 congctl lock reno
        10.32.0.0/16 via 192.0.2.9 realms 3/4
        10.33.0.0/16 via 192.0.2.9 realms 4
        10.34.0.0/16 nexthop via 192.0.2.9 weight 3 nexthop via 192.0.2.8 weight 5
        10.35.0.0/16 nexthop via 192.0.2.9 dev eth0 nexthop via 10.1.0.8 dev eth1 weight 2
        10.36.0.0/16 nexthop dev eth0 nexthop dev eth1
        10.37.0.0/16 nexthop via 172.31.0.1 dev eth1 onlink weight 256 nexthop via 192.0.2.9 weight 1
        10.38.0.0/16 via inet6 2001:db8::9 dev eth0
        10.39.0.0/16 via 192.0.2.9 metric 10 add
        10.40.0.0/16 via 192.0.2.9 metric 10 append
        10.40.0.0/16 via 192.0.2.8 metric 10 append
        10.41.0.0/16 via 192.0.2.9 metric 10 prepend
        10.41.0.0/16 via 192.0.2.8 metric 10 prepend
        10.42.0.1 via 192.0.2.9
        default via 192.0.2.9 metric 500
        0.0.0.0/0 via 192.0.2.8 table 100
        local 10.43.0.1 dev eth1 table 100
        broadcast 10.44.0.255 dev eth1 table 100
        multicast 239.1.0.0/16 dev eth1 table 100
        10.45.0.0/16 via 192.0.2.9 no_track protocol static
        10.46.0.0/16 via 192.0.2.9 mtu 70000 advmss 65530
        10.47.0.0/16 via 192.0.2.9 quickack 0 hoplimit 0
        10.49.0.0/16 via 192.0.2.9 ttl-propagate enabled
        unicast 10.64.0.0/16 via 192.0.2.9 dev eth0
        inet to 10.65.0.0/16 via 192.0.2.9
        10.66.0.0/16 nexthop via 192.0.2.9 weight 7
        10.67.0.0/16 via 192.0.2.9 dev eth0 or 192.0.2.8
        10.68.0.0/16 via 192.0.2.9 preference 5
        local 10.69.0.1 dev eth1
    }
    virtual_rules {
        from 10.10.0.0/16 table 100 priority 700
        to 10.10.0.0/16 table 1000 priority 701
        from 10.1.0.0/16 to 10.2.0.0/16 lookup 100 priority 702
        from all iif eth0 table 100 priority 703
        from all oif eth1 table 100 priority 704
        from all fwmark 5 table 100 priority 705
        from all fwmark 0x10/0xf0 table 100 priority 706
        from 10.3.0.0/16 tos 0x10 table 100 priority 707
        not from 10.4.0.0/16 table 100 priority 708
        from 10.5.0.0/16 goto 720 priority 709
        from 10.7.0.0/16 table main suppress_prefixlength 8 priority 710
        from 10.8.0.0/16 table main suppress_ifgroup 3 priority 711
        from all sport 1000-2000 table 100 priority 712
        from all dport 53-54 ipproto udp table 100 priority 713
        from all uidrange 1000-2000 table 100 priority 714
        l3mdev priority 715
        from 10.9.0.0/16 blackhole priority 716
        from 10.9.1.0/24 unreachable priority 717
        from 10.9.2.0/24 prohibit priority 718
        from all tunnel-id 77 table 100 priority 719
        from 10.6.0.0/16 nop priority 720
        from 10.10.1.0/24 realms 3/4 table 100 priority 721
        from 10.11.0.0/16 table 100 priority 722 no_track
        from 10.11.1.0/24 table 100 priority 723 no_track protocol static
        from 0.0.0.0/0 table 100 priority 724
        from 10.12.0.1/16 table 100 priority 725
        from all fwmark 0 table 100 priority 726
        from all ipproto tcp table 100 priority 727
        from all dev eth1 type prohibit priority 728
        from 10.14.0.0/16 to all table 100 preference 729
        from 10.15.0.0/16 table local order 730
        inet from all table 100 priority 731
        from 10.13.0.0/16 table 100
        from 10.13.1.0/24 table 100
    }
}
"""

SIX = """
vrrp_instance six {
    state BACKUP
    interface eth0
    version 3
    virtual_router_id 20
    priority 100
    advert_int 0.5
    virtual_ipaddress {
        fe80::1/64
        2001:db8:1::1/64
        2001:db8:1::2/128
        2001:db8:1::3/64 home
        2001:db8:1::4/64 mngtmpaddr
        2001:db8:1::5/64 noprefixroute
        2001:db8:1::6/64 -nodad
        2001:db8:1::7/128 preferred_lft forever
        2001:db8:1::8/64 preferred_lft 0
        2001:db8:2::1 peer 2001:db8:3::1
        2001:db8:1::9/128 dev eth0
        2001:db8:1::a/128 preferred_lft 1000
        2001:db8:1::b/64 scope site
    }
    virtual_routes {
        2001:db8:10::/48 via 2001:db8::9
        2001:db8:11::/48 via 2001:db8::9 dev eth0
        2001:db8:12::/48 dev eth0
        2001:db8:13::/48 via fe80::77 dev eth0 metric 5
        2001:db8:14::/48 via 2001:db8::9 src 2001:db8:1::1
        2001:db8:15::/48 via 2001:db8::9 table 100 mtu 1400 hoplimit 10
        blackhole 2001:db8:16::/48
        unreachable 2001:db8:17::/48 metric 5
        prohibit 2001:db8:18::/48
        throw 2001:db8:19::/48 table 100
        2001:db8:1a::/48 nexthop via 2001:db8::9 weight 2 nexthop via 2001:db8::8 weight 3
        2001:db8:1b::/48 nexthop via fe80::9 dev eth0 nexthop via fe80::8 dev eth0
        2001:db8:1c::/48 via 2001:db8::9 pref high
        2001:db8:1d::/48 via 2001:db8::9 pref low expires 1000
        2001:db8:1e::/48 from 2001:db8:99::/48 via 2001:db8::9
        inet6 to default via 2001:db8::9 metric 600
        inet6 default via 2001:db8::9 metric 500
        ::/0 via 2001:db8::8 table 100
        2001:db8:1f::1/48 via 2001:db8::9
        2001:db8:20::/48 via 2001:db8:77::1 dev eth0 onlink
        local 2001:db8:21::1 dev eth0 table 100
        2001:db8:22::/48 via 2001:db8::9 add
        2001:db8:23::/48 via 2001:db8::9 append
        2001:db8:23::/48 via 2001:db8::8 append
        2001:db8:24::/48 via 2001:db8::9
        2001:db8:24::/48 via 2001:db8::8
        2001:db8:25::/48 via 2001:db8::9 congctl cubic features ecn
        2001:db8:26::/48 via 2001:db8::9 quickack 0
        2001:db8:27::/48 via 2001:db8::9 metric 0
        2001:db8:28::/48 nexthop via 2001:db8::9 weight 7
    }
    virtual_rules {
        from 2001:db8:10::/48 table 100 priority 800
        to 2001:db8:10::/48 table 100 priority 801
        inet6 from all iif eth0 table 100 priority 802
        from ::/0 table 100 priority 803
        from 2001:db8:11::1/48 table 100 priority 804
        not from 2001:db8:12::/48 table 100 priority 805
        from 2001:db8:13::/48 goto 820 priority 806
        inet6 l3mdev priority 807
        from 2001:db8:14::/48 tos 0x10 table 100 priority 808
        from 2001:db8:15::/48 table main suppress_prefixlength 64 priority 809
        from 2001:db8:16::/48 table 100
    }
}
"""

# A Backup for as long as the test takes.
WAITS = """
vrrp_instance waits {
    state BACKUP
    interface eth0
    version 3
    virtual_router_id 30
    priority 100
    advert_int 40
    virtual_ipaddress {
        192.0.2.90/24
    }
    virtual_routes {
        10.90.0.0/16 via 192.0.2.9 dev eth0
    }
    virtual_rules {
        from 10.90.0.0/16 table 100 priority 900
    }
}
"""

# One that yields; and the interface of what is static and names none.
YIELDS = """
global_defs {
    default_interface eth1
}
static_ipaddress {
    198.51.100.200/24
    2001:db8:9::200/64 dev eth0
}
static_rules {
    to 10.61.0.0/16 lookup 77 priority 601
}
vrrp_instance yields {
    state BACKUP
    interface eth0
    version 3
    virtual_router_id 40
    priority 100
    advert_int 0.2
    virtual_ipaddress {
        192.0.2.1/24
        192.0.2.2/32
    }
    virtual_ipaddress_excluded {
        2001:db8:1::1/64
    }
    virtual_routes {
        10.10.0.0/16 via 192.0.2.9 dev eth0
        10.11.0.0/16 via 192.0.2.9 src 192.0.2.2
        blackhole 10.12.0.0/16
        2001:db8:10::/48 via 2001:db8::9 dev eth0
    }
    virtual_rules {
        from 192.0.2.1 table 100 priority 700
        from 2001:db8:1::1 table 100 priority 700
    }
}
"""


def unlike(states, stage):
    """The differences that are on no purpose, and purposes that are stale."""
    unused = {reason: re.compile(pattern)
              for stages, reason, pattern in PURPOSES
              if stage in stages.split()}
    purposes, wrong = dict(unused), []
    for line in twins.differences(*states):
        fit = {reason for reason, pattern in purposes.items()
               if pattern.search(line)}
        for reason in fit:
            unused.pop(reason, None)
        if not fit:
            wrong.append(line)
    return wrong + [f"not seen: {reason}" for reason in unused]


def agree(both, stage):
    """Waits until both have the same, but what differs on purpose."""
    try:
        wait_for(lambda: not unlike(both.states(), stage), 5, "the same")
    except AssertionError:
        raise AssertionError("; ".join(
            [stage, *unlike(both.states(), stage)])) from None


def test_the_kernels_have_the_same(make_lan):
    both = twins.Twins(make_lan)
    before = both.states()
    assert before[0] == before[1]
    both.start(STATIC + FOUR + SIX + WAITS)

    # That a Backup has nothing but what is static is shown below.
    wait_for(lambda: all("rule -6 602" in state for state in both.states()),
             5, "what is static")
    both.wait("active", "four", "six")
    agree(both, "active")
    for state in both.states():
        assert "rule -4 700" in state and "rule -4 900" not in state

    # Nothing moves by itself.
    moves = twins.Moves(both.nodes[1])
    before_it = both.holding_events()
    settle(1.2)
    assert moves.seen() == []
    assert both.holding_events() == before_it

    sent = both.adverts(10, 20)
    assert sent[0] == sent[1]
    assert {message[10][1] for message in sent} == {100}

    # An interface that is tracked: four lets go, and what is static too.
    for node in both.nodes:
        node.ip("link set eth1 down")
    both.wait("fault", "four")
    agree(both, "down")
    for node in both.nodes:
        node.ip("link set eth1 up")
    both.wait("active", "four")
    agree(both, "active")

    both.stop()
    agree(both, "stopped")
    wait_for(lambda: both.states()[1] == before[1], 5, "nothing of baton")


def test_a_backup_has_only_what_is_static(make_lan):
    both = twins.Twins(make_lan)
    both.start(YIELDS)
    both.wait("active", "yields")
    agree(both, "short")
    assert all("address 198.51.100.200 dev eth1" in state
               for state in both.states())
    sent = both.adverts(40)
    assert sent[0] == sent[1]

    def is_so():
        both.send(frame("192.0.2.66", advert(
            "192.0.2.66", ["192.0.2.1", "192.0.2.2"], vrid=40, priority=200,
            interval=1, pseudo=True)))
        states = both.states()
        return states[0] == states[1] and "rule -4 700" not in states[0]
    wait_for(is_so, 8, "the same without what is virtual")
    assert "rule -4 601" in both.states()[0]
    # It was the other one's last word: both are Active again.
    both.wait("active", "yields")
    agree(both, "short")
