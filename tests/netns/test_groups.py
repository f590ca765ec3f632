# SPDX-License-Identifier: GPL-2.0-or-later
"""Sync groups (vrrp_sync_group): virtual routers that have one fate, beside
keepalived, and through all that is done to a daemon."""

import datetime
import os
import signal

import pytest

from daemons import Baton, Instance, Keepalived, keepalived_conf
from instruments import MS, Pause, Probe
from lan import now, wait_for
from scene import DEBUG, LINKS, LONG, ids, settle, wait_all
from test_notify import Told
from test_scripts import Switch, script

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

SIDES = ("inside", "outside")
PAIRS = pytest.mark.parametrize("kinds", [
    (Baton, Baton), (Baton, Keepalived), (Keepalived, Baton)],
    ids=lambda kinds: "-".join(kind.__name__ for kind in kinds).lower())


def members(priorities, interval=0.1, **options):
    """One on lan0, one on lan1."""
    return [Instance(name=name, vrid=10 + link, interface=f"lan{link}",
                     priority=priority, interval=interval,
                     addresses=[f"{'192.0.2' if link == 0 else '10.1.0'}"
                                ".1/24"], **options)
            for link, (name, priority) in enumerate(zip(SIDES, priorities))]


def group(*lines, name="both", of=SIDES):
    return "\n".join([f"vrrp_sync_group {name} {{", "group {", *of, "}",
                      *lines, "}"]) + "\n"


def text(instances, *lines, before=()):
    return keepalived_conf(instances, ["script_user root"]).replace(
        "vrrp_instance", "\n".join([*before, group(*lines)])
        + "vrrp_instance", 1)


def start(kind, router, priorities, *lines, before=(), **options):
    daemon = kind(router)
    daemon.instances = members(priorities, **options)
    daemon.start_text(text(daemon.instances, *lines, before=before))
    return daemon


def wait_both(daemon, state, **options):
    for name in SIDES:
        daemon.wait_state(state, name, **options)


@pytest.fixture
def two(make_lan):
    return make_lan(links=2)


def port(lan, router, link, up):
    lan.netlink.up([lan.switch.index(lan.port_name(router, link))], up)


def became_active(daemon):
    return [daemon.counters(name)["became_active"] for name in SIDES]


@PAIRS
def test_a_link_of_one_is_the_fault_of_all(two, kinds):
    a, b = two.routers
    first = start(kinds[0], a, (200, 200))
    wait_both(first, "active")
    second = start(kinds[1], b, (150, 150))
    wait_both(second, "backup")
    port(two, a, 1, False)
    wait_both(first, "fault")
    wait_both(second, "active")
    if kinds[0] is Baton:
        assert first.status("inside")["faults"] == ["sync-group"]
        assert first.status("outside")["faults"] == []
        what = "another virtual router of the vrrp_sync_group both has a fault"
        assert first.ask("status").count(what) == 1
        assert what in first.ask("why", "inside")
        assert "sync group both: fault" in first.ask("status")
        assert 'state{group="both",baton_sync_group_state="fault"} 1' \
            in first.ask("metrics")
    port(two, a, 1, True)
    wait_both(first, "active")
    wait_both(second, "backup")


def states(daemon):
    return [daemon.state(name) for name in SIDES]


def is_settled(daemons):
    """All of one router are Active, and all of the other one Backup."""
    return sorted(map(states, daemons)) == [["active"] * 2, ["backup"] * 2]


@PAIRS
def test_unequal_priorities_do_not_flap(two, kinds):
    """Each router has the better priority on one side. Whoever of them begins
    when both were alone, one is soon the Active of both sides, and stays it.
    """
    a, b = two.routers
    two.cut(b)
    pair = [start(kinds[0], a, (200, 100)), start(kinds[1], b, (150, 150))]
    for daemon in pair:
        wait_both(daemon, "active")
    two.heal(b)

    def lasts():
        before = [daemon.transitions(SIDES[0]) for daemon in pair]
        settle(1)
        return is_settled(pair) and before == [
            daemon.transitions(SIDES[0]) for daemon in pair]
    wait_for(lasts, 15, "one Active of both sides")


def test_peers_that_are_no_group_are_named(two):
    """They would divide the two sides, and so the group leaves both."""
    a, b = two.routers
    first = start(Baton, a, (200, 100))
    wait_both(first, "active")
    second = Baton(b).start(members((150, 150)))

    def named():
        return [event for event in first.events()
                if event.get("note") == "group-mixed"]
    assert wait_for(named, 15, "the note")[0]["instance"] == "outside"
    wait_both(first, "backup")
    wait_both(second, "active")
    before = became_active(first)
    settle(2)
    assert became_active(first) == before
    # The priority of one is better, and it waits for the other one.
    wait_for(lambda: first.status("inside")["waits_for_group"], 5,
             "that it would take over")
    assert "waits until all of the vrrp_sync_group both would" \
        in first.ask("why", "inside")


@pytest.mark.parametrize("kind", [Baton, Keepalived])
def test_who_is_told(two, kind):
    a, _ = two.routers
    told = Told(a)
    first = start(kind, a, (200, 200), *told.lines())
    told.wait("BACKUP", "MASTER")
    port(two, a, 1, False)
    told.wait("BACKUP", "MASTER", "FAULT")
    port(two, a, 1, True)
    told.wait("BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER")
    first.stop()
    told.wait("BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER", "STOP")
    assert set(told.of("any")) == {
        f"own GROUP both {state} 0"
        for state in ("BACKUP", "MASTER", "FAULT", "STOP")}


@pytest.mark.parametrize("weight", [None, -60])
def test_what_a_group_tracks(two, weight):
    a, b = two.routers
    switch = Switch(a)
    first = start(Baton, a, (200, 200), "track_script {",
                  "check" + (f" weight {weight}" if weight else ""), "}",
                  before=script("check", switch.path, "interval 0.2"))
    wait_both(first, "active")
    second = start(Baton, b, (150, 150))
    wait_both(second, "backup")
    switch.off()
    wait_both(second, "active")
    wait_both(first, "backup" if weight else "fault")
    for name in SIDES:
        faults = first.status(name)["faults"]
        assert faults == [] if weight else "script" in faults
    switch.on()
    wait_both(first, "active")
    wait_both(second, "backup")


def test_all_wait_for_what_one_tracks(two):
    """keepalived starts no member before all can."""
    a, _ = two.routers
    switch = Switch(a, more="sleep 1")
    daemon = Baton(a)
    daemon.instances = members((200, 200))
    daemon.instances[1].extra = ["track_script {", "check", "}"]
    daemon.start_text(text(daemon.instances, before=script(
        "check", switch.path, "interval 3", "timeout 3")))
    wait_for(switch.runs, 10, "the script to be started")
    assert daemon.transitions("inside") == []
    wait_both(daemon, "active")


def test_a_fault_at_the_start_is_that_of_all(two):
    """Nobody is told of BACKUP before, as of keepalived."""
    a, _ = two.routers
    switch = Switch(a)
    switch.off()
    daemon = Baton(a)
    daemon.instances = members((200, 200))
    daemon.instances[1].extra = ["track_script {", "check", "}"]
    daemon.start_text(text(daemon.instances, before=script(
        "check", switch.path, "interval 1")))
    wait_both(daemon, "fault")
    assert [daemon.transitions(name) for name in SIDES] == [["fault"]] * 2


class Pair:
    """Two routers with a group, and a host that asks inside."""

    def __init__(self, lan):
        a, b = lan.routers
        self.lan = lan
        self.first = start(Baton, a, (200, 200), interval=0.3)
        wait_both(self.first, "active")
        self.second = start(Baton, b, (150, 150), interval=0.3)
        wait_both(self.second, "backup")
        for name in SIDES:
            wait_for(lambda: self.second.status(name)["active_address"], 5,
                     "the Active to be heard")
        self.probe = Probe.several(
            lan.host, [self.first.instances[0].service], 2000)[0]
        self.probe.wait_answer(now(), 5)
        self.since = now()

    def nothing_lost(self):
        until = now()
        self.probe.wait_answer(until, 5)
        report = self.probe.report(self.since, until)
        assert report["sent"] > 0
        assert report["lost"] == 0, report


@pytest.mark.parametrize("what", ["vrrp-dies", "keeper-dies", "upgrade",
                                  "reload"])
def test_a_group_outlives_its_daemon(two, what):
    pair = Pair(two)
    first, old = pair.first, ids(pair.first)
    before = became_active(first), became_active(pair.second)
    if what == "vrrp-dies":
        os.kill(old["vrrp"], signal.SIGKILL)
    elif what == "keeper-dies":
        os.kill(old["keeper"], signal.SIGKILL)
        first.reap()
        first.start_text(text(first.instances))
    elif what == "upgrade":
        first.ask("upgrade")
    else:
        first.file("baton.conf", text(first.instances,
                                      'notify "/bin/true" root'))
        first.ask("reload")
    wait_for(lambda: ids(first).get("vrrp", old["vrrp"]) != old["vrrp"], 10,
             "another vrrp")
    wait_both(first, "active")
    settle(1)
    pair.nothing_lost()
    assert became_active(pair.second) == before[1]
    # It is a group as before.
    port(two, two.routers[0], 1, False)
    wait_both(first, "fault")
    wait_both(pair.second, "active")


def test_planned_changes_lose_nothing(two):
    pair = Pair(two)
    first, second = pair.first, pair.second
    first.ask("handover", "outside")  # who moves takes the others along
    wait_both(second, "active")
    wait_both(first, "backup")
    second.ask("handover")
    wait_both(first, "active")
    wait_both(second, "backup")
    first.ask("drain")
    wait_both(second, "active")
    wait_both(first, "init")
    first.ask("undrain")
    wait_both(first, "active")
    wait_both(second, "backup")
    assert first.stop() == 0
    wait_both(second, "active")
    pair.nothing_lost()


MEMBERS = 10  # of each group of the crowd


def crowd(priority):
    """Hundreds of virtual routers in groups over all links, which one script
    holds in their state."""
    many = 100 if LONG else 20
    text = []
    instances = []
    for g in range(many):
        names = [f"g{g}m{m}" for m in range(MEMBERS)]
        text.append(group("track_script {", "check", "}", name=f"g{g}",
                          of=names))
        for name in names:
            number = len(instances)
            link = number % LINKS
            instances.append(Instance(
                name=name, vrid=1 + number // LINKS, interface=f"lan{link}",
                priority=priority,
                addresses=[f"10.{link}.1.{1 + number // LINKS}/32"]))
    return instances, text


@pytest.mark.timing
def test_a_script_moves_all_groups_at_once(make_lan):
    """1000 virtual routers in 100 groups in make soak-gapless: the last one
    within the skew of the other router and 100 ms."""
    lan = make_lan(many=True, links=LINKS)
    a, b = lan.routers
    switch = Switch(a)
    daemons = []
    for router, priority in ((a, 200), (b, 150)):
        instances, groups = crowd(priority)
        daemon = Baton(router)
        daemon.instances = instances
        own = script("check", switch.path if router is a else "/bin/true",
                     "interval 0.5")
        daemon.start_text(keepalived_conf(
            instances, ["script_user root", "vrrp_version 3"]).replace(
                "vrrp_instance", "\n".join([*own, *groups])
                + "vrrp_instance", 1))
        wait_all(daemon, "backup" if daemons else "active")
        daemons.append(daemon)
    first, second = daemons
    settle(1.5)  # each has heard of its Active
    machine = Pause(lan)
    seen = second.events()[-1]["number"]
    switch.off()
    wait_all(second, "active")
    wait_all(first, "fault")
    failed = next(event["time"] for event in reversed(first.events())
                  if event["type"] == "script")
    times = sorted(event["time"] for event in second.events()
                   if event["type"] == "state" and event["to"] == "active"
                   and event["number"] > seen)
    assert len(times) == len(second.instances)
    took = (moment(times[-1]) - moment(failed)) * 1000
    most = second.instances[0].skew_ns / MS + (400 if DEBUG else 100)
    assert took < most + machine.longest() / MS, f"{took:.0f} ms"


def moment(text):
    """Of a time of an event, in seconds."""
    return datetime.datetime.fromisoformat(
        text.replace("Z", "+00:00")).timestamp()
