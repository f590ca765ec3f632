# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows that are played with keepalived and with baton at the same time
(rows.py): what changes states, addresses and priorities, and when."""

import shutil

import pytest

from daemons import Baton
from rows import (INTERVAL, SLOW, START, Stage, down, number_file, part, play,
                  row, script)

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built() or not shutil.which("keepalived"),
                       reason="batond is not built, or there is no "
                       "keepalived")]

ALONE = []


def bad_then_good(it):
    """A script that asks for a file, which comes later."""
    yield it.has("MASTER")
    yield lambda: len(it.sent()) >= 3
    it.twin.write(f"good{it.row.number}", "")
    yield lambda: len(it.priorities()) > 1
    return it.priorities()


def switched(number, weight):
    return script(f"s{number}", f"/usr/bin/test -e /run/good{number}", weight)


row(ALONE, "1", "a script of weight -30 reverse, bad and then good",
    part("track_script {", "s1", "}"), before=switched(1, "-30 reverse"),
    shows=[130, 100])(bad_then_good)
row(ALONE, "2", "a script of weight 30 reverse, bad and then good",
    part("track_script {", "s2", "}"), before=switched(2, "30 reverse"),
    shows=[100, 70])(bad_then_good)


@row(ALONE, "7", "an Active's priority changes",
     part("track_file {", "t7", "}", priority=150, interval=1),
     before=number_file("t7", 0), shows=[[150, 120], "no advert between"])
def weight_changes(it):
    yield it.has("MASTER")
    yield lambda: len(it.sent()) >= 3
    yield 0.3
    it.twin.write("t7", "-30")
    yield lambda: it.priorities()[-1] == 120
    yield 1.5
    gaps = it.gaps()
    return [it.priorities(), "no advert between"
            if min(gaps) > 0.6 else gaps]


@row(ALONE, "11", "state MASTER, priority 200",
     part(priority=200, state="MASTER", interval=SLOW),
     shows=[["BACKUP", "MASTER"], down(200)])
def state_master(it):
    yield it.has("MASTER")
    yield it.sent
    return [it.states(), it.near(it.sent()[0][0] - it.began(), down(200),
                                 START)]


@row(ALONE, "12", "state MASTER without a priority",
     part(priority=None, state="MASTER"), shows=[["MASTER"], [255]])
def no_priority(it):
    yield it.has("MASTER")
    yield lambda: len(it.sent()) >= 3
    return [it.states(), it.priorities()]


def lower_adverts(it, seconds):
    """Lower advertisements each interval, for so long, or until it sends."""
    first = None
    yield START
    while not it.sent() and (first is None or
                             it.heard()[-1] - first < seconds):
        it.advert(50, interval=SLOW)
        before = len(it.heard())
        yield lambda: len(it.heard()) > before
        first = first or it.heard()[0]
        yield SLOW
    yield it.sent


@row(ALONE, "13", "preempt_delay beside lower advertisements",
     part("preempt_delay 1.5", interval=SLOW),
     shows="the rest of the timer later", baton="at its end",
     why="preempt_delay is when it preempts, as the manual says")
def preempt_delay(it):
    yield it.has("BACKUP")
    yield from lower_adverts(it, 60)
    if not it.heard():
        return "no time to be heard"
    at, end = it.sent()[0][0], it.heard()[0] + 1.5
    accepted = [heard for heard in it.heard() if heard <= end][-1]
    if it.baton:
        return "at its end" if it.near(at - end, 0) == 0 else at - end
    return it.near(at - accepted, down()) == down() and \
        "the rest of the timer later" or [at - end, at - accepted]


@row(ALONE, "16", "lower advertisements from the start",
     part(interval=SLOW), shows=down())
def preempts(it):
    yield it.has("BACKUP")
    yield from lower_adverts(it, 60)
    return it.near(it.sent()[0][0] - it.began(), down(), START)


@row(ALONE, "16 n", "the same, with nopreempt",
     part("nopreempt", interval=SLOW), shows=down())
def does_not_preempt(it):
    yield it.has("BACKUP")
    yield from lower_adverts(it, 2)
    if not it.heard():
        return "no time to be heard"
    return it.near(it.sent()[0][0] - it.heard()[-1], down())


def answer_to_lower(it):
    """When the next advertisement comes after a lower one, and what the FIFO
    is told."""
    yield it.has("MASTER")
    yield lambda: len(it.sent()) >= 2
    it.advert(50, interval=1)
    yield it.heard
    yield 1.5
    first = it.sent(since=it.heard()[0])[0][0]
    return ["at once" if first - it.heard()[0] < 0.5 else "in time", [line[2:] for line in it.lines()[2:]]]


row(ALONE, "17", "a lower advertisement as Active", part(interval=1),
    shows=["at once", [("MASTER_RX_LOWER_PRI", 100)]])(answer_to_lower)
row(ALONE, "17 n", "the same, with lower_prio_no_advert",
    part("lower_prio_no_advert", interval=1),
    shows=["in time", [("MASTER_RX_LOWER_PRI", 100)]])(answer_to_lower)


def deleted(it, command, is_there):
    yield it.has("MASTER")
    yield is_there
    yield lambda: len(it.sent()) >= 2
    it.node.ip(command)
    yield 1
    yield it.has("MASTER")
    yield is_there
    return [it.states()[2:], [p for _, p in it.sent()].count(0)]


@row(ALONE, "26", "an address is deleted by somebody",
     shows=[["BACKUP", "MASTER"], 1], baton=[[], 0],
     why="it is put back at once")
def address_deleted(it):
    return (yield from deleted(
        it, f"address del {it.net()}.1/24 dev eth0", it.holds))


@row(ALONE, "28", "a route is deleted by somebody",
     part("virtual_routes {", "10.78.1.0/24 via 192.0.2.50 dev eth0", "}"),
     shows=[["BACKUP", "MASTER"], 1], baton=[[], 0],
     why="it is put back at once")
def route_deleted(it):
    return (yield from deleted(
        it, "route del 10.78.1.0/24",
        lambda: has_route(it, "10.78.1.0/24")))


def has_route(it, destination):
    return bool(it.node.ip_json("route", "show", destination))


@row(ALONE, "29", "a route without dev is deleted",
     part("virtual_routes {", "10.78.2.0/24 via 192.0.2.50", "}"),
     shows=["MASTER", False], baton=["MASTER", True],
     why="as newer releases, baton tracks it")
def route_without_dev(it):
    yield it.has("MASTER")
    yield lambda: has_route(it, "10.78.2.0/24")
    it.node.ip("route del 10.78.2.0/24")
    yield 0.5
    return [it.states()[-1], has_route(it, "10.78.2.0/24")]


@row(ALONE, "27", "an address with no_track is deleted",
     part(addresses=("{net}.1/24 no_track",)), shows=["MASTER", False])
def untracked_deleted(it):
    yield it.has("MASTER")
    yield it.holds
    it.node.ip(f"address del {it.net()}.1/24 dev eth0")
    yield 0.5
    return [it.states()[-1], it.holds()]


@row(ALONE, "27 s", "a static address is deleted",
     shows=["BACKUP", "MASTER"])
def static_deleted(it):
    yield it.has("MASTER")
    yield lambda: it.node.holds("10.78.3.1")
    it.node.ip("address del 10.78.3.1/24 dev eth0")
    yield lambda: it.node.holds("10.78.3.1")
    return it.states()


@row(ALONE, "31", "a rule with one port",
     part("virtual_rules {", "from 10.78.4.1 sport 1000 table 5 priority 77",
          "}"), shows=[None], baton=[1000],
     why="without the port it is a rule for all packets")
def rule_with_port(it):
    def rules():
        return [rule for rule in it.node.ip_json("rule")
                if rule["priority"] == 77]
    yield it.has("MASTER")
    yield rules
    return [rule.get("sport") for rule in rules()]


@row(ALONE, "33", "addresses of IPv6",
     part(addresses=("fe80::77/64", "2001:db8:77::1/128",
                     "2001:db8:77::2/64")),
     shows={"fe80::77": ["nodad"], "2001:db8:77::1": ["deprecated", "nodad"],
            "2001:db8:77::2": ["nodad"]})
def addresses_of_ipv6(it):
    def found():
        return {info["local"]: [word for word in ("deprecated", "nodad")
                                if info.get(word)]
                for link in it.node.ip_json("-6", "address")
                for info in link["addr_info"] if ":77:" in info["local"]
                or info["local"] == "fe80::77"}
    yield it.has("MASTER")
    yield lambda: len(found()) == 3
    return found()


@row(ALONE, "34", "brd + with a prefix of 24 bits and of 31",
     part(addresses=("{net}.1/24 brd +", "{net}.2/31 brd +")),
     shows=["255", None])
def broadcast(it):
    def found():
        return {info["local"]: info.get("broadcast", "none").split(".")[-1]
                for link in it.node.ip_json("-4", "address")
                for info in link["addr_info"]
                if info["local"].startswith(it.net() + ".")}
    yield it.has("MASTER")
    yield lambda: len(found()) == 2
    return [found()[f"{it.net()}.1"],
            None if found()[f"{it.net()}.2"] == "none" else found()]


def unicast(*lines, peer="192.0.2.50"):
    return part("unicast_src_ip 192.0.2.11", f"unicast_peer {{", peer, "}",
                *lines)


def hears(**options):
    """Whether a better router is heard, by unicast."""
    def play(it):
        yield it.has("BACKUP")
        for _ in range(25):
            it.advert(200, destination="192.0.2.11", **options)
            yield INTERVAL / 2
        return it.states() == ["BACKUP"]
    return play


row(ALONE, "36", "unicast of a foreign source", unicast(), shows=True,
    baton=False, why="who may take the addresses is written down")(hears())
row(ALONE, "36 c", "the same, with check_unicast_src",
    unicast("check_unicast_src"), shows=False)(hears())
row(ALONE, "37", "unicast with min_ttl 200 and a TTL of 3",
    unicast(peer="192.0.2.50 min_ttl 200"), shows=False)(
        hears(source="192.0.2.50", ttl=3))
row(ALONE, "37 g", "the same with a TTL of 255",
    unicast(peer="192.0.2.50 min_ttl 200"), shows=True)(
        hears(source="192.0.2.50"))


@row(ALONE, "38", "unicast_ttl without peers", part("unicast_ttl 5"),
     shows="none", baton="multicast",
     why="without peers it is multicast, and heard")
def ttl_without_peers(it):
    yield it.has("MASTER")
    yield 5 * INTERVAL
    return "multicast" if it.sent() else "none"


@row(ALONE, "55", "two weights of -150",
     part("track_file {", "t55x", "t55y", "}"),
     before=number_file("t55x", -150) + number_file("t55y", -150), shows=[1])
def two_weights(it):
    yield it.has("MASTER")
    yield lambda: len(it.sent()) >= 3
    return it.priorities()


row(ALONE, "55 o", "the same of an owner",
    part("track_script {", "s55x", "s55y", "}", priority=255),
    before=script("s55x", "/bin/false", -150)
    + script("s55y", "/bin/false", -150), shows=[255])(two_weights)


@row(ALONE, "55 f", "a file with a weight, of an owner",
     part("track_file {", "t55f", "}", priority=255),
     before=number_file("t55f", -1), shows=["FAULT"], baton=["MASTER"],
     why="a weight is left out, whatever has it, and is no fault then")
def file_of_an_owner(it):
    yield it.states
    yield 0.5
    return it.states()

STATIC = """static_ipaddress {
    10.78.3.1/24 dev eth0
}
"""


def test_alone(make_lan):
    play(Stage(make_lan, ALONE, more=STATIC))
