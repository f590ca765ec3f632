# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing that is done to the Active costs a packet: not the death of one of
its processes, nor a stop, a handover, an upgrade or a reload.

Two routers serve three virtual routers, and then a crowd (scene.py). What
a test does to the Active must lose no answer; where it is to stay the Active,
the peer must see no transition, the wire no priority 0 and no advertisement
that is late.

$BATON_ROUNDS says how often each is done (make soak-gapless: 20 times).
"""

import math
import os
import signal
import struct
from dataclasses import replace

import pytest

from daemons import Baton, Instance, keepalived_conf
from instruments import MS
from lan import NSEC, now, wait_for
from scene import (DEBUG, SIZES, complete, held, ids, kinds, ledger_of,
                   make_scene, record_of, replaced, serving, settle,
                   start_again, wait_all)

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built")]

ROUNDS = int(os.environ.get("BATON_ROUNDS", "1"))
UPGRADES = RELOADS = 5 * ROUNDS if ROUNDS > 2 else 3


@pytest.fixture(params=SIZES)
def scene(make_lan, request):
    return make_scene(make_lan, request.param)


@pytest.mark.parametrize("process", ["vrrp", "ctl"])
def test_the_death_of_a_child_is_not_noticed(scene, process):
    """Of ctl the one that waits for somebody who asks, and the one that
    answers."""
    for n in range(max(2, ROUNDS)):
        scene.first.all_status()
        old = ids(scene.first)
        os.kill(kinds(scene.first)[process][-(n % 2)], signal.SIGKILL)
        replaced(scene.first, process, old=old)
        settle()
    scene.nothing_lost()
    scene.no_transition()


def test_the_death_of_the_keeper_is_not_noticed(scene):
    for _ in range(ROUNDS):
        old = ids(scene.first)
        os.kill(old["keeper"], signal.SIGKILL)
        settle()
        start_again(scene.first)
        replaced(scene.first, "keeper", "vrrp", "ctl", old=old)
        settle()
    wait_for(lambda: complete(scene.first), 5, "all three")
    scene.nothing_lost()
    scene.no_transition()


def test_upgrades_under_load_are_not_noticed(scene):
    """Every advertisement within its interval and 5 ms."""
    for _ in range(UPGRADES):
        old = ids(scene.first)
        scene.first.ask("upgrade")
        replaced(scene.first, "vrrp", "ctl", old=old)
        assert ids(scene.first)["keeper"] == old["keeper"]
    settle()
    scene.nothing_lost()
    scene.no_transition()
    scene.in_time(late=None if DEBUG else 5 * MS)


def test_a_stop_and_a_start_lose_nothing(scene):
    for _ in range(ROUNDS):
        assert scene.first.stop() == 0
        scene.wait_state(scene.second, "active")
        start_again(scene.first)
        scene.wait_roles(scene.first, scene.second)
    settle()
    scene.nothing_lost()
    # Who takes over claims the addresses first: that is no conflict.
    assert not [event for event in scene.second.events()
                if event.get("note") == "conflict"]


def test_a_handover_loses_nothing(scene):
    """There and back again, all and one by its name."""
    for _ in range(ROUNDS):
        scene.first.ask("handover")
        scene.wait_roles(scene.second, scene.first)
        scene.second.ask("handover")
        scene.wait_roles(scene.first, scene.second)
        scene.first.ask("handover", "fast")
        scene.second.wait_state("active", "fast")
        scene.first.wait_state("backup", "fast")  # it has let go
        scene.second.ask("handover", "fast")
        scene.wait_roles(scene.first, scene.second)
    gained = {name: count - scene.before[name]
              for name, count in scene.became_active().items()}
    assert gained.pop("fast") == 2 * ROUNDS
    assert set(gained.values()) == {ROUNDS}
    scene.nothing_lost()


def test_draining_loses_nothing_and_lasts(scene):
    for _ in range(ROUNDS):
        scene.first.ask("drain")
        scene.wait_state(scene.second, "active")
        scene.wait_state(scene.first, "init")
        assert scene.first.all_status()["drained"]
        scene.first.ask("undrain")
        scene.wait_roles(scene.first, scene.second)
        assert not scene.first.all_status()["drained"]
    scene.first.ask("drain")
    scene.wait_state(scene.first, "init")
    assert scene.first.stop() == 0
    start_again(scene.first)
    wait_for(lambda: complete(scene.first), 5, "the daemon")
    settle(4 * scene.second.instance("fast").interval)
    scene.wait_state(scene.first, "init")
    # Who is out says nothing of what the other one advertises.
    assert not [event for event in scene.first.events()
                if event.get("reason") == "not-running"]
    scene.first.ask("undrain")
    scene.wait_roles(scene.first, scene.second)
    scene.nothing_lost()


def test_handing_over_to_nobody_changes_nothing(scene):
    scene.second.stop()
    scene.first.ask("handover")
    settle(1.5)
    scene.wait_state(scene.first, "active")
    scene.nothing_lost()


def configure(daemon, *more, text=None):
    daemon.file("baton.conf",
                text or keepalived_conf([*daemon.instances, *more]))


def extra(name, number=0):
    """Another virtual router; VRIDs up to 250 may be in use."""
    return Instance(name=name, vrid=251 + number % 4, interval=0.05,
                    priority=200, addresses=[f"198.51.100.{1 + number}/24"])


def names(daemon):
    return {i["name"] for i in daemon.all_status()["instances"]}


def order(daemon, *words):
    """Given, and not waited for."""
    return daemon.router.popen(daemon.binary("baton"), "--run-dir",
                               daemon.run_dir, *words, whole=False)


def slow_pair(lan):
    """At 1 s, of which one is to be removed, which takes it 3 s."""
    two = [Instance(name=name, vrid=vrid, priority=200,
                    addresses=[f"192.0.2.{vrid}/24"])
           for name, vrid in (("stays", 1), ("goes", 2))]
    daemon = Baton(lan.routers[0]).start(two)
    wait_all(daemon, "active")
    return daemon, two


def leaving(daemon):
    wait_for(lambda: daemon.status("goes")["state"] == "active"
             and daemon.counters("goes")["resigns_sent"] > 0, 5,
             "that it leaves")


def test_a_reload_touches_only_what_changed(scene):
    own = set(scene.names)
    for n in range(ROUNDS):
        added = f"new{n}"
        configure(scene.first, extra(added, n))
        scene.first.ask("reload")
        wait_for(lambda: names(scene.first) == own | {added}, 5, added)
        wait_for(lambda: scene.lan.routers[0].holds(f"198.51.100.{1 + n}"),
                 5, "the new address")
        settle()
    configure(scene.first)
    scene.first.signal(signal.SIGHUP)
    wait_for(lambda: names(scene.first) == own, 5, "the removal")
    for n in range(ROUNDS):
        wait_for(lambda: not scene.lan.routers[0].holds(
            f"198.51.100.{1 + n}"), 5, "the old address gone")
    # What was planned alarms nobody who reads the log.
    assert "vrrp: was replaced" in scene.first.log()
    assert "killed" not in scene.first.log()
    assert "baton reload: adds new0" in scene.first.log()
    scene.nothing_lost()
    scene.no_transition()


def test_reloads_in_a_row_delay_nothing(scene):
    """Each adds one and removes another; now and then the file is broken."""
    for n in range(RELOADS):
        if n % 5 == 4:
            configure(scene.first, text="vrrp_instance {\n")
            with pytest.raises(RuntimeError, match="cannot be used"):
                scene.first.ask("reload")
        configure(scene.first, extra(f"new{n}", n))
        told = scene.first.ask("reload")
        assert f"adds new{n}" in told
        assert n == 0 or f"removes new{n - 1}" in told
    assert names(scene.first) == set(scene.names) | {f"new{RELOADS - 1}"}
    settle()
    scene.nothing_lost()
    scene.no_transition()
    scene.in_time(late=None if DEBUG else 20 * MS)


def test_an_address_moves_to_another_in_one_reload(scene):
    """What held it before lets go of it, and the kernel never does."""
    moved = scene.first.instance("fast").service + "/24"
    changed = [replace(i, addresses=["198.51.100.77/24"])
               if i.name == "fast" else
               replace(i, addresses=[*i.addresses, moved])
               if i.name == "quick" else i for i in scene.first.instances]
    configure(scene.first, text=keepalived_conf(changed))
    scene.first.ask("reload")
    held = {a["address"] for a in scene.first.status("quick")["addresses"]
            if a["state"] == "installed"}
    assert moved in held
    wait_for(lambda: scene.lan.routers[0].holds("198.51.100.77"), 5,
             "the new address")
    settle()
    report = scene.watch.report(scene.since)
    assert (report["came"], report["went"]) == (1, 0)
    scene.nothing_lost()


def test_what_a_reload_removes_hands_over(scene):
    """One of three; in a crowd all but two at one time."""
    kept = [i for i in scene.first.instances if i.name in ("fast", "quick")]
    gone = set(scene.names) - {i.name for i in kept}
    for _ in range(ROUNDS):
        configure(scene.first, text=keepalived_conf(kept))
        scene.first.ask("reload")
        assert names(scene.first) == {i.name for i in kept}
        wait_for(lambda: {i["name"] for i in
                          scene.second.all_status()["instances"]
                          if i["state"] == "active"} == gone, 10,
                 "the peer in place of what is gone")
        configure(scene.first)
        scene.first.ask("reload")
        scene.wait_roles(scene.first, scene.second)
    settle()
    scene.nothing_lost()


def test_a_drain_during_a_reload_is_not_undone(lan):
    """What a reload removes takes its time to leave: 3 s at an interval of 1 s
    where nobody takes over. An order meanwhile counts."""
    daemon, two = slow_pair(lan)
    configure(daemon, text=keepalived_conf(two[:1]))
    reload = order(daemon, "reload")
    leaving(daemon)
    daemon.ask("drain")
    assert reload.wait(10) == 0
    wait_for(lambda: names(daemon) == {"stays"}, 5, "the new configuration")
    daemon.wait_state("init", "stays")
    settle(1)
    assert daemon.state("stays") == "init"
    assert daemon.all_status()["drained"]


def test_a_control_server_that_hangs_holds_up_no_reload(lan):
    daemon = Baton(lan.routers[0]).start(only_address("192.0.2.1/24"))
    daemon.wait_state("active")
    os.kill(ids(daemon)["ctl"], signal.SIGSTOP)
    configure(daemon, text=keepalived_conf(only_address("192.0.2.2/24")))
    daemon.ask("reload")
    wait_for(lambda: lan.routers[0].holds("192.0.2.2"), 5, "the new address")
    daemon.wait_state("active")
    configure(daemon, text=keepalived_conf(only_address("192.0.2.3/24")))
    daemon.ask("reload")


def test_no_upgrade_while_a_configuration_is_on_trial(lan):
    daemon = Baton(lan.routers[0]).start(only_address("192.0.2.1/24"))
    daemon.wait_state("active")
    configure(daemon, text=keepalived_conf(only_address("192.0.2.2/24")))
    daemon.ask("reload", "--confirm", "60")
    with pytest.raises(RuntimeError, match="on trial"):
        daemon.ask("upgrade")
    daemon.ask("confirm")
    daemon.ask("upgrade")


def only_address(address, *lines):
    return [Instance(name="slow", vrid=10, priority=200, addresses=[address],
                     extra=[*lines])]


def test_an_address_that_is_configured_no_more_goes_at_once(lan):
    """Not with its lease: it has none that would end."""
    router = lan.routers[0]
    endless = "vrrp_address_lease 0"
    daemon = Baton(router).start(only_address("192.0.2.1/24", endless))
    daemon.wait_state("active")
    wait_for(lambda: router.holds("192.0.2.1"), 5, "the address")
    router.ip("address add 192.0.2.9/24 dev lan0")
    configure(daemon, text=keepalived_conf(
        only_address("192.0.2.2/24", endless)))
    daemon.ask("reload")
    wait_for(lambda: router.holds("192.0.2.2"), 5, "the new address")
    wait_for(lambda: not router.holds("192.0.2.1"), 5, "the old one gone")
    assert router.holds("192.0.2.9"), "a foreign one stays"


def test_what_an_earlier_life_left_without_end_is_removed(lan):
    router = lan.routers[0]
    endless = "vrrp_address_lease 0"
    daemon = Baton(router).start(only_address("192.0.2.1/24", endless))
    daemon.wait_state("active")
    wait_for(lambda: router.holds("192.0.2.1"), 5, "the address")
    daemon.kill()
    assert router.holds("192.0.2.1")
    daemon.start(only_address("192.0.2.2/24", endless))
    daemon.wait_state("backup")
    wait_for(lambda: not router.holds("192.0.2.1"), 5, "what was left gone")


def test_a_broken_file_is_refused_with_its_place(scene):
    old = ids(scene.first)
    configure(scene.first, text="vrrp_instance gate {\n\tpriority many\n}\n")
    with pytest.raises(RuntimeError, match=r"baton\.conf:\d+:\d+"):
        scene.first.ask("reload")
    scene.first.signal(signal.SIGHUP)
    wait_for(lambda: "SIGHUP: the configuration cannot be used"
             in scene.first.log(), 5, "the refusal")
    assert ids(scene.first) == old
    configure(scene.first, extra("more"))
    assert "more" in scene.first.ask("reload", "--dry-run")
    settle()
    assert ids(scene.first) == old
    scene.nothing_lost()
    scene.no_transition()


def test_what_nobody_confirms_returns(scene):
    configure(scene.first, extra("trial"))
    # A status of a crowd takes its time: the two seconds may be over.
    assert "on trial" in scene.first.ask("reload", "--confirm", "2")
    wait_for(lambda: "reload: not confirmed" in scene.first.log(), 10,
             "the end of the trial")
    wait_for(lambda: "trial" not in names(scene.first), 10, "its return")
    scene.first.ask("reload", "--confirm", "8")
    wait_for(lambda: "trial" in names(scene.first), 5, "the trial")
    scene.first.ask("confirm")
    settle(8.3)
    assert "trial" in names(scene.first)
    scene.nothing_lost()
    scene.no_transition()


def lease_of(scene, instance):
    """In whole seconds: of a lease that is refreshed four times three quarters
    are left at least, which outlast Active_Down_Interval; at least 2; at least
    what keeps refreshing at half a percent of a core (router/leases.c)."""
    load = 2.4e-3 * len(scene.names)
    return math.ceil(max(instance.down_ns / 1e9 * 4 / 3, load, 2))


def one_holder(scene, at):
    """At the end only the peer has the addresses, and in time."""
    a, b = scene.lan.routers
    leases = sorted({lease_of(scene, i) for i in scene.first.instances})
    for lease in leases:
        theirs = {i.service for i in scene.first.instances
                  if lease_of(scene, i) == lease}
        wait_for(lambda: not theirs & held(a), lease + 5,
                 f"leases of {lease} s running out")
        # The kernel looks at lifetimes once a second at most, rounds that by a
        # quarter, and its timers by another (net/ipv4/devinet.c).
        assert now() - at <= (lease + 1.5) * NSEC
    scene.wait_state(scene.second, "active")
    assert {i.service for i in scene.first.instances} <= held(b)


def test_the_death_of_all_leaves_one_holder(scene):
    for _ in range(ROUNDS):
        at = now()
        scene.first.kill()
        one_holder(scene, at)
        start_again(scene.first)
        scene.wait_roles(scene.first, scene.second)
    scene.nothing_lost()


def causes(daemon, name):
    return [event["cause"] for event in daemon.events()
            if event["type"] == "state" and event["instance"] == name]


def test_a_frozen_router_lets_go_and_comes_back_gently(scene):
    for _ in range(ROUNDS):
        freeze_and_thaw(scene)


def freeze_and_thaw(scene):
    at = now()
    for pid in scene.first.processes():
        os.kill(pid, signal.SIGSTOP)
    one_holder(scene, at)
    settle(max(0, 10 - (now() - at) / 1e9) if ROUNDS > 2 else 0)
    scene.mark()
    for pid in scene.first.processes():
        os.kill(pid, signal.SIGCONT)
    for name in scene.probes:
        # It saw in the packets that waited that another one serves.
        wait_for(lambda: causes(scene.first, name)[-2:]
                 == ["stalled", "preempt"], 10, f"{name} back")
    scene.wait_roles(scene.first, scene.second)
    settle()
    # The peer served until it was preempted: no second Active in between.
    assert scene.became_active() == scene.before
    scene.nothing_lost()
    assert not any(scene.wire.report().resigns.values())


def test_short_freezes_at_any_moment(scene):
    """Also within a turn: what was about to be said is true no more. The
    peer takes over once for each, and is not deposed by what comes late."""
    quick = scene.first.instance("quick")
    keeper, vrrp = serving(scene.first)
    rounds = 10 * ROUNDS if ROUNDS > 2 else 3
    for _ in range(rounds):
        # The keeper kills one that hangs for long, on a busy machine too.
        os.kill(keeper, signal.SIGSTOP)
        os.kill(vrrp, signal.SIGSTOP)
        scene.second.wait_state("active", "quick")
        os.kill(vrrp, signal.SIGCONT)
        scene.first.wait_state("active", "quick")
        os.kill(keeper, signal.SIGCONT)
        scene.second.wait_state("backup", "quick")
        settle(2 * quick.interval)
    assert scene.became_active()["quick"] - scene.before["quick"] == rounds


def spoil(pid, name):
    """Makes the record of an instance look as if its process died while
    writing it."""
    with ledger_of(pid) as ledger:
        at = record_of(ledger, name)
        sequence, = struct.unpack_from("=I", ledger, at)
        struct.pack_into("=I", ledger, at, sequence | 1)


def test_a_death_within_a_step_is_not_noticed(scene):
    """Twice; at the third within a minute that instance is left out."""
    for _ in range(2):
        old = ids(scene.first)
        os.kill(old["vrrp"], signal.SIGSTOP)
        spoil(old["vrrp"], "slow")
        os.kill(old["vrrp"], signal.SIGKILL)
        replaced(scene.first, "vrrp", old=old)
        settle()
    scene.nothing_lost()
    scene.no_transition()
    old = ids(scene.first)
    os.kill(old["vrrp"], signal.SIGSTOP)
    spoil(old["vrrp"], "slow")
    os.kill(old["vrrp"], signal.SIGKILL)
    scene.second.wait_state("active", "slow")
    assert scene.first.status("slow")["state"] == "init"
    assert scene.first.status("slow")["quarantined"]
    assert "! quarantined" in scene.first.ask("status")
    assert scene.first.state("fast") == "active"
    assert any(event.get("event") == "quarantined"
               for event in scene.first.events())
    scene.first.ask("undrain")
    scene.first.wait_state("active", "slow")
    assert not scene.first.status("slow")["quarantined"]
