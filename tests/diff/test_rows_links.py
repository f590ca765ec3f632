# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of links and of reloads that are played with keepalived and with baton
at the same time (rows.py)."""

import os
import shutil
import signal
import time

import pytest

from daemons import Baton
from lan import wait_for
from rows import LATE, SLOW, Stage, group, part, play, row
from twins import Twins

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built() or not shutil.which("keepalived"),
                       reason="batond is not built, or there is no "
                       "keepalived")]

LINKS, RELOADS = [], []
TRACKED = ("track_interface {", "eth1", "}")


def ready(it, state="MASTER", which="a"):
    """Until all rows are in their state, and something happens to all."""
    yield it.has(state, which)
    if state == "MASTER":
        yield it.holds
    yield it.barrier()


@row(LINKS, "8", "an Active, and a tracked link goes down", part(*TRACKED),
     shows=[["FAULT"], [0, 0]])
def tracked_link(it):
    yield from ready(it)
    yield it.has("FAULT")
    yield 3 * SLOW
    return [it.states()[2:], it.priorities()[1:]]


@row(LINKS, "15", "a group, and a member tracks a link with a weight",
     part("track_interface {", "eth1 weight -20", "}"), part(),
     before=group(), shows=[["MASTER"] * 3, 80], baton=[["FAULT"] * 3, 0],
     why="2.2.7 says that it ignores the weight, and counts it")
def weight_in_a_group(it):
    yield from ready(it, which="group")
    yield 2
    return [[it.states(one)[-1] for one in ("a", "b", "group")],
            it.priorities()[-1]]


@row(LINKS, "41", "a group, and a member has a fault", part(*TRACKED), part(),
     before=group(), shows=[["a FAULT", "b FAULT", "group FAULT"], [0, 0], [0]],
     baton=[["a FAULT", "b FAULT", "group FAULT"], [0, 0], [0, 0]],
     why="each says it twice, since one may be lost")
def fault_in_a_group(it):
    yield from ready(it, which="group")
    before = len(it.order())
    yield it.has("FAULT", "group")
    yield 3 * SLOW
    return [it.order()[before:],
            *([p for _, p in it.sent(one) if p == 0] for one in "ab")]


def stays_or_not(it):
    yield from ready(it)
    yield 2
    return it.states()[2:]


row(LINKS, "35", "an address is on another link, which goes down",
    part(addresses=("{net}.1/24 dev eth1",)), shows=["FAULT"])(stays_or_not)
row(LINKS, "35 n", "the same with no_track",
    part(addresses=("{net}.1/24 dev eth1 no_track",)), shows=[])(stays_or_not)
row(LINKS, "18", "dont_track_primary, and its link goes down",
    part("dont_track_primary", interface="eth1"), shows=[])(stays_or_not)


@row(LINKS, "42", "a group, and the interface of a member is missing", part(),
     part(interface="eth9"), before=group(),
     shows=[["FAULT"], ["FAULT"], ["FAULT"]])
def missing_interface(it):
    yield it.has("FAULT", "group")
    yield it.has("FAULT", "a")
    yield it.has("FAULT", "b")
    yield 1
    return [it.states(one) for one in ("a", "b", "group")]


@row(LINKS, "53", "interface_up_down_delays eth2 1 2",
     part(interface="eth2", interval=1.5), shows=[["FAULT", 1], ["BACKUP", 2]])
def delays(it):
    yield it.has("BACKUP")
    found = []
    for up, state, after in ((False, "FAULT", 1), (True, "BACKUP", 2)):
        since, before = time.monotonic(), len(it.lines())
        it.node.ip(f"link set eth2 {'up' if up else 'down'}")
        yield lambda: len(it.lines()) > before
        at, _, state, _ = it.lines()[before]
        found.append([state, it.near(at - since, after, late=0.4)])
    return found


def own_address(link):
    def play(it):
        yield it.has("MASTER")
        yield lambda: it.node.holds(f"10.{link}.0.1")
        it.node.ip(f"address del {it.node.address(link=link)}/24 dev "
                   f"eth{link}")
        yield it.has("FAULT")
        yield 1
        return it.states()[2:]
    return play


row(LINKS, "54", "the own address is removed, and takes the virtual one along",
    part(interface="eth3", addresses=("10.3.0.1/24",)),
    shows=["BACKUP", "FAULT"], baton=["FAULT"],
    why="the two are one change")(own_address(3))
row(LINKS, "54 p", "the same with promote_secondaries",
    part("promote_secondaries", interface="eth4",
         addresses=("10.4.0.1/24",)), shows=["FAULT"])(own_address(4))


GATE = """vrrp_instance gate {
    state BACKUP
    interface eth0
    version 3
    virtual_router_id 10
    advert_int 0.2
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"""


class LinkGoesDown(Stage):
    def at_barrier(self, twin):
        twin.node.ip("link set eth1 down")


def test_links(make_lan):
    play(LinkGoesDown(make_lan, LINKS, "dynamic_interfaces", links=5,
                      more="interface_up_down_delays {\n    eth2 1 2\n}\n"))


@row(RELOADS, "45", "a reload of the same", part(interval=SLOW),
     shows=[["BACKUP", "MASTER"], [100], "no gap"])
def unchanged(it):
    yield from ready(it)
    yield 4 * SLOW
    gaps = it.gaps()
    return [it.states(), it.priorities(), "no gap"
            if max(gaps) < SLOW + LATE else gaps]


@row(RELOADS, "45 p", "a reload with another priority", part(),
     after=[part(priority=150)], shows=[["BACKUP", "MASTER"], [100, 150]])
def another_priority(it):
    yield from ready(it)
    yield lambda: it.sent()[-1][1] == 150
    return [it.states(), it.priorities()]


@row(RELOADS, "45 a", "a reload with another address", part(),
     after=[part(addresses=("{net}.1/24", "{net}.2/24"))],
     shows=[["BACKUP", "MASTER"], [100]])
def another_address(it):
    yield from ready(it)
    yield lambda: it.node.holds(f"{it.net()}.2")
    yield 1
    return [it.states(), it.priorities()]


def removed(it):
    yield from ready(it)
    yield lambda: not it.holds()
    yield 0.5
    return [it.states()[2:], it.priorities()]


AGAIN = "nobody was heard to take over, so it is said again"

row(RELOADS, "46", "a reload without it", part(), after=[],
    shows=[["FAULT"], [100, 0]], baton=[["FAULT"], [100, 0, 0, 0]],
    why=AGAIN)(removed)
row(RELOADS, "46 d", "the same with notify_deleted", part("notify_deleted"),
    after=[], shows=[["DELETED"], [100, 0]],
    baton=[["DELETED"], [100, 0, 0, 0]], why=AGAIN)(removed)


@row(RELOADS, "46 n", "a reload with a new one", part(), after=[part(), part()],
     shows=[["BACKUP", "MASTER"], ["BACKUP", "MASTER"]])
def added(it):
    yield from ready(it)
    yield it.has("MASTER", "b")
    return [it.states("a"), it.states("b")]


@row(RELOADS, "47", "a reload with another name", part(),
     after=[part().replace("{name}", "{name1}")],
     shows=[["BACKUP", "MASTER"], [], [100]])
def renamed(it):
    yield from ready(it)
    yield 1.5
    return [it.states("a"), it.states("b"), it.priorities()]


class Reload(Stage):
    def at_barrier(self, twin):
        self.reload(twin)


def test_reload(make_lan):
    play(Reload(make_lan, RELOADS))


def test_a_reload_of_a_broken_file(make_lan):
    """Row 48: keepalived ends with status 2 and leaves its addresses; baton
    goes on with the configuration before."""
    both = Twins(make_lan)
    good = GATE
    both.start(good)
    both.wait("active", "gate")
    for daemon, name in zip(both.daemons, ("keepalived.conf", "baton.conf")):
        daemon.file(name, good.replace("    virtual_router_id 10\n", ""))
        daemon.signal(signal.SIGHUP)
    keepalived, baton = both.daemons
    assert keepalived.child.wait(10) == 2
    wait_for(lambda: "virtual_router_id" in baton.log(), 10, "an error")
    assert all(node.holds("192.0.2.1") for node in both.nodes)
    assert both.baton.state() == "active"
    assert baton.stop() == 0
    assert [node.holds("192.0.2.1") for node in both.nodes] == [True, False]
    assert all(p.vrrp.priority for p in both.captures[0].adverts())


def test_a_stop_does_not_wait_for_scripts(make_lan):
    """Row 49: a notify script that takes 3 s at the stop is ended after one."""
    both = Twins(make_lan)
    for node in both.nodes:
        path = os.path.join(node.directory, "run", "slow.sh")
        with open(path, "w") as file:
            file.write("#!/bin/sh\necho $3 >> /run/slow\n"
                       "test $3 = STOP && sleep 3\necho over >> /run/slow\n")
        os.chmod(path, 0o755)
    both.start(GATE.replace("    advert_int", '    notify "/run/slow.sh"\n'
                            "    advert_int"))
    both.wait("active", "gate")
    took = []
    for daemon in both.daemons:
        since = time.monotonic()
        daemon.stop()
        took.append(time.monotonic() - since)
    for node in both.nodes:
        with open(os.path.join(node.directory, "run", "slow")) as file:
            assert file.read().split() == ["BACKUP", "over", "MASTER", "over",
                                           "STOP"]
    assert all(0.9 < one < 2.5 for one in took), took
