# SPDX-License-Identifier: GPL-2.0-or-later
"""In a container: as its first process, with little room and few rights, each
alone and all at once. Nothing is lost by that but what is said; and what is
missing is named, with what to do."""

import os
import re
import signal

import pytest

from container import NET, RUN_DIR, Container
from daemons import Baton, Instance
from instruments import Probe
from lan import now, wait_for
from scene import DEBUG, ids, replaced
from test_scheduling import Plain

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

VIP = "192.0.2.1"
EVERY_US = 2000 if DEBUG else 1000
# A new process of a debug build takes its time, beside others even more.
INTERVAL = 0.6 if DEBUG else 0.1


class Scripts:
    """One that is tracked, and one that is told of changes and leaves
    orphans."""

    def __init__(self, router):
        self.tracked = os.path.join(router.directory, "tracked.sh")
        self.notify = os.path.join(router.directory, "notify.sh")
        self.bad = os.path.join(router.directory, "bad")
        self._write(self.tracked, f"test ! -e {self.bad}")
        self._write(self.notify, f'echo "$3" >>{RUN_DIR}/told\n'
                    "(sleep 0.2 &)\n(sh -c 'sleep 0.1 & sleep 0.3' &)")

    @staticmethod
    def _write(path, body):
        with open(path, "w") as file:
            file.write(f"#!/bin/sh\n{body}\n")
        os.chmod(path, 0o755)

    def instance(self, priority=200, **options):
        return Instance(
            priority=priority, interval=INTERVAL,
            extra=["track_script {", "tracked", "}",
                   f'notify "{self.notify}"'],
            blocks=(f'vrrp_script tracked {{\nscript "{self.tracked}"\n'
                    "interval 1\ntimeout 10\nrise 1\nfall 1\n}",), **options)


def told(box):
    with open(f"{box.run_dir}/told") as file:
        return file.read().split()


def start_pair(lan, make=Container, **options):
    """It is Active on the first router, of a Backup on the other."""
    a, b = lan.routers
    box = make(a, **options)
    scripts = Scripts(a)
    box.start([scripts.instance()])
    peer = Baton(b).start([Instance(interval=INTERVAL)])
    box.wait_state("active")
    peer.wait_state("backup")
    probe = Probe(lan.host, VIP, EVERY_US)
    probe.wait_answer(now(), 5)
    return box, peer, probe, scripts


def nothing_lost(probe, since):
    until = now()
    probe.wait_answer(until, 5)
    assert probe.report(since, until)["lost"] == 0


# What kills a child, or is asked of the kernel in vain, says so in the log.
WRONG = re.compile(r"killed by signal (?!9\b)|died|cannot|refused|Sanitizer|"
                   r"(vrrp|ctl|run|mail): exited with status [1-9]")


def nothing_wrong(box):
    wrong = [line for line in box.log().splitlines() if WRONG.search(line)]
    assert not wrong, "\n".join(wrong)


def dies(box, name):
    old = ids(box)[name]
    os.kill(old, signal.SIGKILL)
    wait_for(lambda: ids(box).get(name, old) != old, 10, f"another {name}")
    box.wait_state("active")


def changes(box):
    """A reload and an upgrade; with few descriptors they are refused."""
    box.configure([*box.instances, Instance(
        name="more", vrid=11, interval=INTERVAL, priority=50,
        addresses=["192.0.2.2/24"])])
    old = ids(box)
    status, said = box.inside("reload")
    if box.descriptors:
        assert status == 1 and "Too many open files" in said, said
        status, said = box.inside("upgrade")
        assert status == 1 and "Too many open files" in said, said
        assert ids(box)["vrrp"] == old["vrrp"]
        return
    assert "adds more" in said
    replaced(box, "vrrp", old=old)
    old = ids(box)
    status, said = box.inside("upgrade")
    assert status == 0, said
    replaced(box, "vrrp", old=old)


def life(box, peer, probe, scripts):
    """Deaths, a reload, an upgrade, `docker exec`, a failing script, and
    `docker stop`."""
    begun, first = now(), box.main_pid()
    for name in ("vrrp", "ctl", "run"):
        dies(box, name)
    status, said = box.inside("status")
    assert status == 0 and "gate" in said and "active" in said, said
    assert "!" not in said, said
    changes(box)
    assert box.main_pid() == first
    box.wait_state("active")
    assert told(box) == ["BACKUP", "MASTER"]
    nothing_lost(probe, begun)
    if not box.descriptors:
        nothing_wrong(box)
    # Its script takes it out of service, and back.
    open(scripts.bad, "w").close()
    box.wait_state("fault")
    peer.wait_state("active")
    os.unlink(scripts.bad)
    box.wait_state("active")
    wait_for(lambda: told(box) == ["BACKUP", "MASTER", "FAULT", "BACKUP",
                                   "MASTER"], 5, "all changes to be told")
    wait_for(lambda: box.zombies() == [], 5, "no zombies")
    begun = now()
    probe.wait_answer(begun, 5)
    os.kill(first, signal.SIGTERM)
    assert box.child.wait(20) == 0
    peer.wait_state("active")
    assert not box.router.holds(VIP)
    nothing_lost(probe, begun)


def test_all_at_once(lan):
    """Two capabilities, a root that is read-only, 64 KiB, no IPv6, 24
    descriptors, and what Docker's profile refuses; no users, no log, no
    /sys."""
    box, *others = start_pair(
        lan, without=("root", "ipv6", "docker", "sys", "dev", "etc"),
        descriptors=24)
    life(box, *others)


def test_as_an_ordinary_user(lan):
    """With capabilities that are ambient, and other users' processes hidden;
    the runtime is an older one."""
    box, *others = start_pair(lan, without=("user", "root", "others",
                                            "docker", "old"))
    assert {os.stat(f"/proc/{pid}").st_uid for pid in box.processes()} \
        == {1000}
    life(box, *others)


@pytest.mark.parametrize("one, other", [
    (dict(without=("root",), only=None), dict(room="64k", only=None)),
    (dict(without=("ipv6",), only=None), dict(descriptors=24, only=None)),
    (dict(without=("docker",), only=None),
     dict(without=("docker", "old"), only=None)),
    (dict(without=("dev", "sys"), only=None),
     dict(without=("etc",), only=None)),
    (dict(), dict(without=("others",)))])
def test_each_alone(lan, one, other):
    """Two containers, an Active and its Backup: what each goes without holds
    up neither a death nor a reload nor an end."""
    boxes = []
    for router, options, priority in zip(lan.routers, (one, other),
                                         (200, 100)):
        box = Container(router, **options)
        box.start([Scripts(router).instance(priority)])
        boxes.append(box)
    first, second = boxes
    first.wait_state("active")
    second.wait_state("backup")
    for box, state in ((first, "active"), (second, "backup")):
        old = ids(box)
        os.kill(old["vrrp"], signal.SIGKILL)
        os.kill(old["ctl"], signal.SIGKILL)
        replaced(box, "vrrp", "ctl", old=old)
        status, said = box.inside("reload")
        assert (status, said) == (0, "1 unchanged\n") or box.descriptors
        box.wait_state(state)
    probe = Probe(lan.host, VIP, EVERY_US)
    probe.wait_answer(now(), 5)
    begun = now()
    os.kill(first.main_pid(), signal.SIGTERM)
    assert first.child.wait(20) == 0
    second.wait_state("active")
    nothing_lost(probe, begun)
    for box in boxes:
        if not box.descriptors:
            nothing_wrong(box)
    os.kill(second.main_pid(), signal.SIGTERM)
    assert second.child.wait(20) == 0


class WithoutProc(Container):
    """A sanitizer needs /proc, so this one has none."""

    binary = staticmethod(Plain.binary)


@pytest.mark.skipif(not os.path.exists(Plain.binary("batond")),
                    reason="the release is not built")
def test_without_proc(lan):
    """It does not start, and says what is to be done."""
    box = WithoutProc(lan.routers[0], without=("proc",))
    box.child = box.spawn(box.binary("batond"), "-n")
    assert box.child.wait(10) == 1
    assert "mount -t proc proc /proc" in box.log()


def test_the_death_of_all(lan):
    """The first process of a container takes all others along, so nothing is
    left to be taken over: the kernel removes the address."""
    a, _ = lan.routers
    box, peer, _, _ = start_pair(lan)
    box.kill()
    peer.wait_state("active")
    wait_for(lambda: not a.holds(VIP), 10, "the end of the lease")


@pytest.mark.parametrize("has, missing, shown", [
    (("net_admin",), "CAP_NET_RAW", "process vrrp is not running"),
    (("net_raw",), "CAP_NET_ADMIN",
     "could not be installed: Operation not permitted")])
def test_a_capability_that_is_missing_is_named(lan, has, missing, shown):
    """In the log, and what is refused by who asks."""
    a, _ = lan.routers
    box = Container(a, only=has)
    box.start([Instance(interval=INTERVAL)])
    wait_for(lambda: f"{missing} is missing" in box.log(), 10, "the line")
    wait_for(lambda: shown in box.inside("status")[1], 10, "what is refused")
    assert not a.holds(VIP)
    os.kill(box.main_pid(), signal.SIGTERM)
    assert box.child.wait(20) == 0


def test_what_is_not_there_is_said_once(lan):
    """With two capabilities: that it cannot change its user, and how often
    whatever dies."""
    a, _ = lan.routers
    box = Container(a, only=NET)
    box.start([Instance(interval=INTERVAL)])
    box.wait_state("active")
    dies(box, "vrrp")
    dies(box, "ctl")
    assert box.log().count("CAP_SETUID and CAP_SETGID are missing") == 1
    assert box.log().count("CAP_SETPCAP is missing") == 1
    # All but vrrp have given up what they had.
    for pid, words in box.processes().items():
        with open(f"/proc/{pid}/status") as file:
            rights = int(re.search(r"CapPrm:\s+(\w+)", file.read())[1], 16)
        name = words[0].split(": ")[1] if ": " in words[0] else "keeper"
        assert rights == (0 if name == "ctl" else 0x3000), name
