# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing that is done to the Active costs a packet: not the death of one of
its processes, nor a stop, a handover, an upgrade or a reload.

Two routers serve three virtual routers, at 1 s, 100 ms and 10 ms (50 ms in a debug build); a host asks
each of their addresses a thousand times a second. What a test does to the
Active must lose no answer; where it is to stay the Active, the peer must see
no transition, the wire no priority 0 and no advertisement that is late.

Each is done a few times; $BATON_ROUNDS says how often (make soak).
"""

import mmap
import os
import re
import signal
import struct
import time

import pytest

import frames
from daemons import Baton, Instance, keepalived_conf
from instruments import MS, Probe, answer
from lan import now, wait_for

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built")]

ROUNDS = int(os.environ.get("BATON_ROUNDS", "2"))


def sanitized():
    """Whether the daemon is a debug build: it starts and dies slowly."""
    with open(Baton.binary("batond"), "rb") as file:
        return b"__asan_init" in file.read()


# In a debug build to die and to start take tens of milliseconds.
DEBUG = Baton.is_built() and sanitized()
QUICK = 0.05 if DEBUG else 0.01

# How late an advertisement may be, in intervals of its instance.
LATEST = {"slow": 1.5, "fast": 3 if DEBUG else 1.5, "quick": 3}


def instances(priority, **options):
    return [Instance(name=name, vrid=vrid, interval=interval,
                     priority=priority, addresses=[f"192.0.2.{number}/24"],
                     **options)
            for name, vrid, interval, number in (
                ("slow", 10, 1, 1), ("fast", 11, 0.1, 2),
                ("quick", 12, QUICK, 3))]


class Scene:
    """An Active and a Backup, probes of all addresses and a capture."""

    def __init__(self, lan):
        self.lan = lan
        a, b = lan.routers
        answer(a, b)
        self.first = Baton(a).start(instances(200))
        self.first.wait_state("active", "slow")
        self.second = Baton(b).start(instances(100))
        self.second.wait_state("backup", "slow")
        self.probes = {i.name: Probe(lan.host, i.service)
                       for i in self.first.instances}
        for probe in self.probes.values():
            probe.wait_answer(now(), 5)
        self.wire = frames.Capture(lan, a)
        self.mark()

    def mark(self):
        """Judged is what happens from here."""
        self.since = now()
        self.before = {name: self.second.transitions(name)
                       for name in self.probes}

    def nothing_lost(self):
        """Every question since the mark was answered."""
        # The newest may yet be on its way.
        until = now()
        for name, probe in self.probes.items():
            probe.wait_answer(until, 5)
            report = probe.report(self.since, until)
            assert report["sent"] > 0
            assert report["lost"] == 0, (name, report)

    def no_transition(self):
        """The peer saw none, and the wire neither a resignation nor an
        advertisement that was late."""
        self.in_time(self.first.instances)
        for name in self.probes:
            assert self.second.transitions(name) == self.before[name], name

    def in_time(self, whose, until=None):
        end = until or now()
        for i in whose:
            seen = [p for p in self.wire.adverts(vrid=i.vrid,
                                                 since=self.since)]
            assert all(p.vrrp.priority for p in seen), i.name
            times = [self.since, *(p.time for p in seen), end]
            gap = max(b - a for a, b in zip(times, times[1:]))
            assert gap <= LATEST[i.name] * i.interval_ns, \
                (i.name, f"{gap / MS:.1f} ms")

    def wait_state(self, daemon, state):
        for name in self.probes:
            daemon.wait_state(state, name)

    def wait_roles(self, active, backup):
        self.wait_state(active, "active")
        self.wait_state(backup, "backup")


@pytest.fixture
def scene(lan):
    return Scene(lan)


def ids(daemon):
    """{name: pid} of its processes."""
    found = {}
    for pid, words in daemon.processes().items():
        kind = re.search(r": *(\w+)", words[0])
        found[kind.group(1) if kind else "keeper"] = pid
    return found


def settle(seconds=0.3):
    """Time in which a fault would show: a few short intervals."""
    time.sleep(seconds)


def replaced(daemon, *names, old):
    """Until each of these is another process, and all are there."""
    def other():
        found = ids(daemon)
        return len(daemon.processes()) == 3 and all(
            found.get(name, old[name]) != old[name] for name in names)
    wait_for(other, 8, f"another {' and '.join(names)} process")


@pytest.mark.parametrize("process", ["vrrp", "ctl"])
def test_the_death_of_a_child_is_not_noticed(scene, process):
    for _ in range(ROUNDS):
        old = ids(scene.first)
        os.kill(old[process], signal.SIGKILL)
        replaced(scene.first, process, old=old)
        settle()
    scene.nothing_lost()
    scene.no_transition()


def start_again(daemon):
    """A new batond on the same run directory."""
    daemon.child.wait(5)
    daemon.start_file(os.path.join(daemon.directory, "baton.conf"))


def test_the_death_of_the_keeper_is_not_noticed(scene):
    for _ in range(ROUNDS):
        old = ids(scene.first)
        os.kill(old["keeper"], signal.SIGKILL)
        settle()
        start_again(scene.first)
        replaced(scene.first, "keeper", "vrrp", "ctl", old=old)
        settle()
    assert len(ids(scene.first)) == 3
    scene.nothing_lost()
    scene.no_transition()


def test_upgrades_under_load_are_not_noticed(scene):
    for _ in range(ROUNDS):
        old = ids(scene.first)
        scene.first.ask("upgrade")
        replaced(scene.first, "vrrp", "ctl", old=old)
        assert ids(scene.first)["keeper"] == old["keeper"]
    settle()
    scene.nothing_lost()
    scene.no_transition()


def test_a_stop_and_a_start_lose_nothing(scene):
    for _ in range(ROUNDS):
        assert scene.first.stop() == 0
        scene.wait_state(scene.second, "active")
        start_again(scene.first)
        scene.wait_roles(scene.first, scene.second)
    settle()
    scene.nothing_lost()


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
    assert scene.second.transitions("slow").count("active") == ROUNDS
    assert scene.second.transitions("fast").count("active") == 2 * ROUNDS
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
    wait_for(lambda: len(scene.first.processes()) == 3, 5, "the daemon")
    settle(4 * scene.second.instance("fast").interval)
    scene.wait_state(scene.first, "init")
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


def extra(name, vrid, **options):
    return Instance(name=name, vrid=vrid, interval=0.05, priority=200,
                    addresses=[f"192.0.2.{vrid}/24"], **options)


def names(daemon):
    return {i["name"] for i in daemon.all_status()["instances"]}


def test_a_reload_touches_only_what_changed(scene):
    own = {"slow", "fast", "quick"}
    for n in range(ROUNDS):
        added = f"new{n}"
        configure(scene.first, extra(added, 50 + n))
        scene.first.ask("reload")
        wait_for(lambda: names(scene.first) == own | {added}, 5, added)
        wait_for(lambda: scene.lan.routers[0].holds(f"192.0.2.{50 + n}"), 5,
                 "the new address")
        settle()
    configure(scene.first)
    scene.first.signal(signal.SIGHUP)
    wait_for(lambda: names(scene.first) == own, 5, "the removal")
    for n in range(ROUNDS):
        wait_for(lambda: not scene.lan.routers[0].holds(f"192.0.2.{50 + n}"),
                 5, "the old address gone")
    scene.nothing_lost()
    scene.no_transition()


def test_a_broken_file_is_refused_with_its_place(scene):
    old = ids(scene.first)
    configure(scene.first, text="vrrp_instance gate {\n\tpriority many\n}\n")
    with pytest.raises(RuntimeError, match=r"baton\.conf:\d+:\d+"):
        scene.first.ask("reload")
    scene.first.signal(signal.SIGHUP)
    wait_for(lambda: "cannot be used" in scene.first.log(), 5, "the refusal")
    assert ids(scene.first) == old
    configure(scene.first, extra("more", 60))
    assert "more" in scene.first.ask("reload", "--dry-run")
    settle()
    assert ids(scene.first) == old
    scene.nothing_lost()
    scene.no_transition()


def test_what_nobody_confirms_returns(scene):
    configure(scene.first, extra("trial", 60))
    scene.first.ask("reload", "--confirm", "2")
    wait_for(lambda: "trial" in names(scene.first), 5, "the trial")
    wait_for(lambda: "trial" not in names(scene.first), 10, "its return")
    scene.first.ask("reload", "--confirm", "1")
    wait_for(lambda: "trial" in names(scene.first), 5, "the trial")
    scene.first.ask("confirm")
    settle(1.5)
    assert "trial" in names(scene.first)
    scene.nothing_lost()
    scene.no_transition()


# Leases: Active_Down_Interval in whole seconds, at least 2.
LEASE = {"slow": 4, "fast": 2, "quick": 2}


def one_holder(scene, at):
    """At the end only the peer has the addresses, and in time."""
    a, b = scene.lan.routers
    scene.wait_state(scene.second, "active")
    for instance in scene.first.instances:
        lease = LEASE[instance.name]
        wait_for(lambda: not a.holds(instance.service),
                 lease + 0.5 - (now() - at) / 1e9,
                 f"the lease of {instance.name} running out")
        assert b.holds(instance.service)


def test_the_death_of_all_leaves_one_holder(scene):
    at = now()
    scene.first.kill()
    one_holder(scene, at)
    scene.nothing_lost()


def causes(daemon, name):
    return [event["cause"] for event in daemon.events()
            if event["type"] == "state" and event["instance"] == name]


def test_a_frozen_router_lets_go_and_comes_back_gently(scene):
    at = now()
    for pid in scene.first.processes():
        os.kill(pid, signal.SIGSTOP)
    one_holder(scene, at)
    scene.mark()
    for pid in scene.first.processes():
        os.kill(pid, signal.SIGCONT)
    for name in scene.probes:
        # It saw in the packets that waited that another one serves.
        wait_for(lambda: causes(scene.first, name)[-2:]
                 == ["stalled", "preempt"], 10, f"{name} back")
    scene.wait_roles(scene.first, scene.second)
    for name in scene.probes:
        # Once from Backup to Active and back: no second Active in between.
        assert scene.second.transitions(name) == \
            [*scene.before[name], "backup"], name
    settle()
    scene.nothing_lost()
    assert all(p.vrrp.priority for p in scene.wire.adverts(
        since=scene.since))


def spoil(pid, name):
    """Makes the record of an instance in the ledger (engine/ledger.h) look
    as if its process died while writing it."""
    directory = f"/proc/{pid}/fd"
    path = next(os.path.join(directory, fd) for fd in os.listdir(directory)
                if "memfd" in os.readlink(os.path.join(directory, fd)))
    with open(path, "r+b") as file, \
            mmap.mmap(file.fileno(), 0) as ledger:
        # struct ledger_instance: sequence, id, name.
        at = ledger.find(name.encode() + bytes(64 - len(name))) - 8
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
    assert scene.first.state("slow") == "init"
    assert scene.first.state("fast") == "active"
    assert any(event.get("event") == "quarantined"
               for event in scene.first.events())
