# SPDX-License-Identifier: GPL-2.0-or-later
"""Where advertisements go and come from: vrrp_mcast_group4 and 6,
mcast_dst_ip, mcast_src_ip. Another group is another LAN to those that use it;
the source may be anybody's."""

import ipaddress
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from daemons import Baton, Instance, Keepalived, keepalived_conf
from frames import Capture, Injector, advert, frame
from lan import wait_for
from scene import settle

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

GROUPS = [
    pytest.param(4, "vrrp_mcast_group4", "224.0.0.99", "01:00:5e:00:00:63",
                 "224.0.0.18", id="ipv4"),
    pytest.param(6, "vrrp_mcast_group6", "ff02::2:99", "33:33:00:02:00:99",
                 "ff02::12", id="ipv6")]


def fast(**options):
    return Instance(**{"interval": 0.1, **options})


def joined(router, interface="lan0"):
    """The groups that the kernel has joined there."""
    text = router.run("ip", "maddr", "show", "dev", interface)
    return {words[1] for words in map(str.split, text.splitlines())
            if words[0] in ("inet", "inet6")}


def drops(daemon):
    return {key: value for key, value in
            daemon.all_status()["dropped"].items() if value}


@pytest.mark.parametrize("family, word, group, mac, usual", GROUPS)
def test_another_group_for_all(lan, family, word, group, mac, usual):
    a, b = lan.routers
    capture = Capture(lan, a)
    lines = [f"{word} {group}"]
    first = Baton(a).start([fast(family=family, priority=200)], lines)
    first.wait_state("active")
    second = Baton(b).start([fast(family=family)], lines)
    second.wait_state("backup")
    settle()
    assert second.state() == "backup"
    sent = wait_for(capture.adverts, 5, "an advertisement")
    assert {str(packet.destination) for packet in sent} == {group}
    assert {packet.eth_destination for packet in sent} == {mac}
    assert group in joined(b)
    assert usual not in joined(b)
    first.stop()
    second.wait_state("active")


def test_two_groups_are_two_lans(lan):
    """One VRID on each; and the kernel hands over what was sent to both."""
    a, b = lan.routers
    first = Baton(a).start([fast(extra=["mcast_dst_ip 224.0.0.98"])])
    first.wait_state("active")
    second = Baton(b).start([
        fast(extra=["mcast_dst_ip 224.0.0.99"]),
        fast(name="other", vrid=11, addresses=["192.0.2.7/24"],
             extra=["mcast_dst_ip 224.0.0.98"])])
    second.wait_state("active")
    wait_for(lambda: drops(second).get("vrid"), 5, "packets of the others")
    assert {"224.0.0.98", "224.0.0.99"} <= joined(b)
    # Nobody's mistake, and nothing that was heard.
    assert not second.errors()
    assert second.counters()["adverts_received"] == 0
    assert set(drops(second)) == {"vrid"}
    assert first.state() == second.state() == "active"


def test_what_is_sent_to_no_group_of_ours_is_told(lan):
    """Not another LAN, but a mistake: the all-hosts group."""
    a, _ = lan.routers
    daemon = Baton(a).start([fast(extra=["mcast_dst_ip 224.0.0.99"])])
    daemon.wait_state("active")
    source = str(lan.host.address())
    injector = Injector(lan.host)
    message = advert(source, ["192.0.2.1"], priority=254, interval=0.1)
    injector.send(frame(source, message, destination="224.0.0.1"))
    wait_for(lambda: daemon.errors() == {"destination": 1}, 5, "the drop")
    injector.close()


@pytest.mark.parametrize("family, word, group, mac, usual", GROUPS)
def test_a_reload_changes_the_group(lan, family, word, group, mac, usual):
    a, b = lan.routers
    pair = [Baton(a).start([Instance(family=family, priority=200, interval=2)]),
            Baton(b).start([Instance(family=family, interval=2)])]
    pair[0].wait_state("active")
    pair[1].wait_state("backup")
    before = [daemon.transitions() for daemon in pair]
    capture = Capture(lan, a)
    for daemon in pair:
        daemon.file("baton.conf", keepalived_conf(
            daemon.instances, [f"{word} {group}"]))
    # At the same time: between the two they do not hear each other.
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda daemon: daemon.ask("reload"), pair))
    for daemon in pair:
        wait_for(lambda: group in joined(daemon.router), 5, "the new group")
        wait_for(lambda: usual not in joined(daemon.router), 5,
                 "the old group to be left")
    at = time.monotonic_ns()
    settle(8)  # more than Active_Down_Interval
    assert {str(packet.destination)
            for packet in capture.adverts(since=at)} == {group}
    # Nobody lost anybody over it.
    assert [daemon.transitions() for daemon in pair] == before


@pytest.mark.parametrize("family, source", [
    pytest.param(4, "203.0.113.77", id="ipv4"),
    pytest.param(6, "fe80::77", id="ipv6")])
def test_the_source_may_be_foreign(lan, family, source):
    """Nor is an address of the interface needed."""
    a, b = lan.routers
    a.ip("address flush dev lan0 scope global")
    if family == 6:
        a.ip("address flush dev lan0 scope link")
    capture = Capture(lan, a)
    first = Baton(a).start([fast(family=family, priority=200,
                                 extra=[f"mcast_src_ip {source}"])])
    first.wait_state("active")
    second = Baton(b).start([fast(family=family)])
    second.wait_state("backup")
    wait_for(lambda: second.status()["active_address"] == source, 5,
             "the Active to be known")
    assert {str(packet.source) for packet in capture.adverts()} == {source}
    assert first.status()["source"] == source
    assert second.transitions() == ["backup"]


@pytest.mark.parametrize("source, winner", [
    ("203.0.113.77", 0), ("10.0.0.77", 1)])
def test_the_source_breaks_the_tie(lan, source, winner):
    a, b = lan.routers
    pair = [Baton(a).start([fast(extra=[f"mcast_src_ip {source}"])]),
            Baton(b).start([fast()])]
    lan.cut(a)  # both become Active
    for daemon in pair:
        daemon.wait_state("active")
    lan.heal(a)
    pair[1 - winner].wait_state("backup")
    assert pair[winner].state() == "active"


def test_a_question_never_comes_from_a_foreign_source(lan):
    """Who asks by ARP would have all hosts learn that address."""
    a, _ = lan.routers
    daemon = Baton(a).start([fast(extra=["mcast_src_ip 203.0.113.77"])])
    source = str(lan.host.address())
    injector = Injector(lan.host)
    daemon.wait_state("active")
    capture = Capture(lan, a)
    injector.send(frame(source, advert(source, ["192.0.2.1"], priority=254,
                                       interval=40.95)))
    daemon.wait_state("backup")
    daemon.wait_state("active")
    asked = [packet.arp for packet in capture.packets()
             if packet.arp and not packet.toward
             and packet.arp.sender != packet.arp.target]
    assert asked
    assert {arp.sender for arp in asked} == {a.address()}
    injector.close()


@pytest.mark.parametrize("baton_first", [True, False])
def test_keepalived_understands(lan, baton_first):
    """Group and source are keepalived's."""
    a, b = lan.routers
    kinds = (Baton, Keepalived) if baton_first else (Keepalived, Baton)
    extra = ["mcast_dst_ip 224.0.0.99"]
    capture = Capture(lan, a)
    first = kinds[0](a).start([Instance(
        priority=200, extra=[*extra, "mcast_src_ip 203.0.113.77"])])
    first.wait_state("active")
    second = kinds[1](b).start([Instance(extra=extra)])
    second.wait_state("backup")
    settle(4)  # more than Active_Down_Interval
    assert second.transitions() == ["backup"]
    sent = capture.adverts()
    assert {packet.destination for packet in sent} == {
        ipaddress.ip_address("224.0.0.99")}
    assert {packet.source for packet in sent} == {
        ipaddress.ip_address("203.0.113.77")}
    first.stop()
    second.wait_state("active", timeout=5)
