# SPDX-License-Identifier: GPL-2.0-or-later
"""Settings of the kernel that are changed while baton runs, and are as before
when it has ended: promote_secondaries, disable_local_igmp."""

import os
import signal
import socket

import pytest

from daemons import Baton, Instance, keepalived_conf
from lan import wait_for
from scene import settle

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

PROMOTE = "net.ipv4.conf.lan0.promote_secondaries"
REPORTS = "net.ipv4.igmp_link_local_mcast_reports"
ETH_ALL = 0x0003  # all others see nothing of a bridge port
IGMP = 2


def fast(**options):
    return Instance(**{"interval": 0.1, **options})


def value(router, name):
    path = "/proc/sys/" + name.replace(".", "/")

    def read():
        with open(path) as file:
            return file.read().strip()
    return router.inside(read)


def await_value(router, name, expected):
    wait_for(lambda: value(router, name) == expected, 5,
             f"{name} to be {expected}")


def promoting(router, before="0"):
    router.sysctl(**{PROMOTE.replace(".", "__"): before})
    daemon = Baton(router).start([fast(extra=["promote_secondaries"])])
    daemon.wait_state("active")
    await_value(router, PROMOTE, "1")
    return daemon


@pytest.mark.parametrize("before", ["0", "1"])
def test_promote_secondaries_ends_with_baton(lan, before):
    a, _ = lan.routers
    daemon = promoting(a, before)
    assert daemon.stop() == 0
    assert value(a, PROMOTE) == before


def test_without_the_word_it_is_set_for_addresses_of_ipv4(lan):
    """They may be the first of their subnet, and others must not go with
    them; with those of IPv6 alone nothing is changed."""
    a, _ = lan.routers
    a.sysctl(**{PROMOTE.replace(".", "__"): "0"})
    daemon = Baton(a).start([fast(family=6)])
    daemon.wait_state("active")
    assert value(a, PROMOTE) == "0"
    daemon.file("baton.conf", keepalived_conf([fast()]))
    daemon.ask("reload")
    await_value(a, PROMOTE, "1")
    assert daemon.stop() == 0
    assert value(a, PROMOTE) == "0"


@pytest.mark.parametrize("what", ["vrrp", "keeper", "reload", "upgrade"])
def test_whoever_comes_next_knows_what_was_before(lan, what):
    a, _ = lan.routers
    daemon = promoting(a)
    old = daemon.vrrp_pid()
    if what == "vrrp":
        os.kill(old, signal.SIGKILL)
    elif what == "keeper":
        os.kill(daemon.main_pid(), signal.SIGKILL)
        daemon.reap()
        daemon.start(daemon.instances)
    elif what == "reload":
        daemon.file("baton.conf", keepalived_conf(
            [fast(priority=150, extra=["promote_secondaries"])]))
        daemon.ask("reload")
    else:
        daemon.ask("upgrade")
    wait_for(lambda: old not in daemon.processes() and daemon.vrrp_pid(), 10,
             "another process")
    daemon.wait_state("active")
    wait_for(lambda: daemon.all_status()["heartbeat_age_ms"] < 500, 5,
             "another process to serve")
    assert value(a, PROMOTE) == "1"
    assert daemon.stop() == 0
    assert value(a, PROMOTE) == "0"


@pytest.mark.parametrize("gone", ["the word", "the instance"])
def test_a_reload_without_it_restores_it(lan, gone):
    a, _ = lan.routers
    daemon = promoting(a)
    other = fast(name="other", vrid=11, family=6)
    daemon.file("baton.conf", keepalived_conf(
        [fast(family=6)] if gone == "the word" else [other]))
    daemon.ask("reload")
    await_value(a, PROMOTE, "0")


def test_another_device_is_set_too(lan):
    a, _ = lan.routers
    daemon = promoting(a)
    lan.remove_interface(a)
    daemon.wait_state("fault")
    lan.add_interface(a)
    daemon.wait_state("active")
    await_value(a, PROMOTE, "1")
    assert daemon.stop() == 0


def test_the_address_outlives_the_first_of_its_subnet(lan):
    a, _ = lan.routers
    daemon = promoting(a)
    a.ip("address add 192.0.2.200/24 dev lan0")
    a.ip("address del 192.0.2.11/24 dev lan0")
    settle()
    assert a.holds("192.0.2.1")
    assert not [event for event in daemon.events()
                if event["type"] == "address"]
    assert daemon.state() == "active"


class Reports:
    """What the kernel of a router tells of its memberships."""

    def __init__(self, lan, node):
        self.socket = lan.switch.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.bind((lan.port_name(node), ETH_ALL))
        self.socket.setblocking(False)

    def of(self, group):
        """How many mention a group."""
        count = 0
        while True:
            try:
                frame = self.socket.recv(65536)
            except BlockingIOError:
                return count
            count += frame[12:14] == b"\x08\x00" and frame[23] == IGMP \
                and socket.inet_aton(group) in frame[34:]


@pytest.mark.parametrize("word", [True, False])
def test_disable_local_igmp(lan, word):
    a, _ = lan.routers
    reports = Reports(lan, a)
    daemon = Baton(a).start([fast()], ["disable_local_igmp"] if word else [])
    daemon.wait_state("active")
    assert value(a, REPORTS) == ("0" if word else "1")
    if word:
        settle(2.5)  # the kernel sends them within a second, and repeats
        assert reports.of("224.0.0.18") == 0
    else:
        wait_for(lambda: reports.of("224.0.0.18"), 5, "a report")
    assert daemon.stop() == 0
    assert value(a, REPORTS) == "1"


def test_disable_local_igmp_after_a_keeper(lan):
    a, _ = lan.routers
    daemon = Baton(a).start([fast()], ["disable_local_igmp"])
    daemon.wait_state("active")
    os.kill(daemon.main_pid(), signal.SIGKILL)
    daemon.reap()
    daemon.start([fast()], ["disable_local_igmp"])
    wait_for(lambda: "took over" in daemon.log(), 5, "the next keeper")
    daemon.wait_state("active")
    assert value(a, REPORTS) == "0"
    # A reload without the word ends it as well.
    daemon.file("baton.conf", keepalived_conf([fast()]))
    wait_for(lambda: "in force" in daemon.ask("reload", check=False), 10,
             "the reload")
    await_value(a, REPORTS, "1")


def test_what_was_off_before_stays_off(lan):
    a, _ = lan.routers
    a.sysctl(**{REPORTS.replace(".", "__"): "0"})
    daemon = Baton(a).start([fast()], ["disable_local_igmp"])
    daemon.wait_state("active")
    assert daemon.stop() == 0
    assert value(a, REPORTS) == "0"
