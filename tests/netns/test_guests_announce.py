# SPDX-License-Identifier: GPL-2.0-or-later
"""Announcements: garp_group, and garp_extra_if."""

import pytest

from daemons import Baton, Instance, keepalived_conf
from frames import Capture
from lan import wait_for
from scene import settle

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built")]

ONCE = ["garp_master_repeat 1", "garp_master_delay 0"]


def garps(capture):
    return [packet for packet in capture.packets()
            if packet.arp and not packet.toward
            and packet.arp.sender == packet.arp.target]


def announced(captures, counts):
    """What each has seen when there are so many, and no more."""
    def seen():
        return [garps(capture) for capture in captures]
    wait_for(lambda: [len(packets) for packets in seen()] == counts, 5,
             f"{counts} announcements")
    settle()
    assert [len(packets) for packets in seen()] == counts
    return seen()


def pair_of(links=2, count=4):
    return [Instance(name=f"on{link}", vrid=10 + link, interval=0.1,
                     interface=f"lan{link}", extra=ONCE,
                     addresses=[f"10.{link}.0.{n}/24"
                                for n in range(1, count + 1)])
            for link in range(links)]


def gaps(packets):
    times = sorted(packet.time for packet in packets)
    return [(after - before) / 1e9
            for before, after in zip(times, times[1:])]


def paced(packets, pace):
    """One that was held up on its way comes nearer to the next one, but all
    the gaps together are no shorter than their number of paces."""
    between = gaps(packets)
    assert min(between) > pace / 2
    assert sum(between) > (len(between) - 0.3) * pace


def group(*lines):
    return "".join(f"{line}\n" for line in ("garp_group {", *lines, "}"))


# The interval may be the global one, and the pace is shared all the same.
@pytest.mark.parametrize("lines, global_lines", [
    (["garp_interval 0.2"], []), ([], ["vrrp_garp_interval 0.2"])])
def test_interfaces_of_a_group_share_a_pace(make_lan, lines, global_lines):
    lan = make_lan(links=2, many=True)
    a, _ = lan.routers
    captures = [Capture(lan, a, link) for link in range(2)]
    daemon = Baton(a)
    daemon.instances = pair_of()
    daemon.start_text(
        keepalived_conf(daemon.instances, global_lines)
        + group(*lines, "interfaces {", "lan0", "lan1", "}"))
    for i in daemon.instances:
        daemon.wait_state("active", i.name)
    seen = announced(captures, [4, 4])
    paced(seen[0] + seen[1], 0.2)
    # By turns, and not one after the other.
    order = sorted((packet.time, link) for link in range(2)
                   for packet in seen[link])
    assert {link for _, link in order[:3]} == {0, 1}


def test_an_interface_outside_the_group_has_its_own_pace(make_lan):
    lan = make_lan(links=2, many=True)
    a, _ = lan.routers
    captures = [Capture(lan, a, link) for link in range(2)]
    daemon = Baton(a)
    daemon.instances = pair_of()
    daemon.start_text(keepalived_conf(daemon.instances)
                      + group("garp_interval 0.3", "interface lan0"))
    for i in daemon.instances:
        daemon.wait_state("active", i.name)
    seen = announced(captures, [4, 4])
    paced(seen[0], 0.3)
    assert max(gaps(seen[1])) < 0.2


@pytest.mark.parametrize("every, expected", [
    ("all 1", True), ("1", False), ("all 0", False)])
def test_the_other_interfaces_do_not_fall_silent(make_lan, every, expected):
    """One address on each, and none on the one that advertises. Without
    `all` it is for virtual MAC interfaces alone."""
    lan = make_lan(links=3, many=True)
    a, _ = lan.routers
    captures = [Capture(lan, a, link) for link in range(3)]
    daemon = Baton(a).start([Instance(
        interval=0.1, extra=[*ONCE, f"garp_extra_if {every}"],
        addresses=["10.0.0.1/24", "10.1.0.1/24 dev lan1",
                   "10.1.0.2/24 dev lan1", "10.2.0.1/24 dev lan2"])])
    daemon.wait_state("active")
    first = [len(packets) for packets in announced(captures, [1, 2, 1])]
    settle(3.2)  # three rounds
    since = [garps(capture)[count:]
             for capture, count in zip(captures, first)]
    if not expected:
        assert since == [[], [], []]
        return
    assert since[0] == []
    for packets, address in ((since[1], "10.1.0.1"), (since[2], "10.2.0.1")):
        assert {str(packet.arp.sender) for packet in packets} == {address}
        assert 2 <= len(packets) <= 4
