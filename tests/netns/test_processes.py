# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes of others that are tracked (vrrp_track_process): which ones count,
beside keepalived; and when they begin and end, as the kernel tells it and as
/proc shows it in a container."""

import os
import shutil
import signal
import subprocess
import time

import pytest

from daemons import Baton, Instance, Keepalived, keepalived_conf
from lan import wait_for
from scene import settle

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")


class Outside:
    """A daemon on the machine itself, where the kernel tells of processes, on
    an interface of its own."""

    def spawn(self, *command, **keywords):
        words = [word.replace("/run/keepalived", f"{self.directory}/pid")
                 for word in command]
        with open(self.log_path, "ab") as log:
            return subprocess.Popen(words, stdin=subprocess.DEVNULL,
                                    stdout=log, stderr=log, **keywords)

    def main_pid(self):
        return self.child.pid


class BatonOutside(Outside, Baton):
    pass


class KeepalivedOutside(Outside, Keepalived):
    pass


@pytest.fixture
def outside():
    """The name of an interface of the machine, and what is started there."""
    name = f"bt{os.getpid()}"
    subprocess.run(["ip", "link", "add", name, "type", "veth", "peer", "name",
                    f"{name}p"], check=True)
    daemons = []
    try:
        for end in (name, f"{name}p"):
            subprocess.run(["ip", "link", "set", end, "up"], check=True)
        subprocess.run(["ip", "address", "add", "192.0.2.200/24", "dev", name],
                       check=True)
        yield name, daemons
    finally:
        for daemon in daemons:
            daemon.child.terminate()
            daemon.child.wait(15)
        subprocess.run(["ip", "link", "delete", name], check=True)


class Programs:
    """Processes of a name that nobody else has."""

    def __init__(self, router, name, outside=False):
        self.path = os.path.join(router.directory, name)
        shutil.copy(shutil.which("sleep"), self.path)
        self.router = router
        self.outside = outside
        self.started = []

    def start(self, *words):
        """Waits until it is that program."""
        command = [self.path, *(words or ["1000"])]
        child = subprocess.Popen(command) if self.outside \
            else self.router.popen(*command)
        self.started.append(child)
        return child

    def end(self, child=None):
        for one in [child] if child else self.started:
            if self.outside:
                one.kill()
            else:
                self.router.signal_all(signal.SIGKILL, [
                    pid for pid, words in self.router.processes().items()
                    if words[0] == self.path])
            one.wait(5)


def block(name, *lines):
    return [f"vrrp_track_process {name} {{", *(f"    {line}" for line in lines),
            "}"]


def conf(instances, blocks, global_lines=()):
    return keepalived_conf(instances, global_lines).replace(
        "vrrp_instance", "\n".join(blocks) + "\nvrrp_instance", 1)


def tracking(*lines, **options):
    return Instance(**{"interval": 0.1, **options},
                    extra=["track_process {", *lines, "}"])


def start(kind, router, instances, blocks, global_lines=()):
    daemon = kind(router)
    daemon.instances = instances
    daemon.start_text(conf(instances, blocks, global_lines))
    return daemon


def process_of(daemon, number=0):
    return daemon.all_status()["track_processes"][number]


# Of these some match, each with a weight of its own: the sum says which.
WAYS = [
    ("process {name}",),
    ("process {path}",),
    ("process {path}", "full_command"),
    ("process {path} 1000",),
    ("process {path} 100",),
    ("process {path} 100", "param_match initial"),
    ("process {path}", "param_match"),
]
MATCH = [True, False, True, True, False, True, False]


def test_which_ones_count(lan, outside):
    """Where the kernel does not tell, keepalived finds none at all."""
    interface, daemons = outside
    name = f"tw{os.getpid()}"
    programs = Programs(lan.routers[0], name, True)
    programs.start()
    try:
        blocks = []
        for n, lines in enumerate(WAYS):
            blocks += block(f"p{n}", f"weight {1 << n}", *(
                line.format(name=name, path=programs.path) for line in lines))
        for kind, vrid in ((KeepalivedOutside, 10), (BatonOutside, 11)):
            daemons.append(start(kind, lan.routers[0], [tracking(
                *(f"p{n}" for n in range(len(WAYS))), vrid=vrid, priority=1,
                addresses=[f"192.0.2.{vrid}/24"], interface=interface)],
                blocks))
        keepalived, baton = daemons
        wanted = 1 + sum(1 << n for n, is_one in enumerate(MATCH) if is_one)
        wait_for(lambda: baton.status()["effective_priority"] == wanted, 5,
                 f"{wanted}, not {baton.status()['effective_priority']}")
        keepalived.wait_state("active")
        found = keepalived._dump(signal.SIGUSR1, "keepalived.data")
        assert f"Effective priority = {wanted}\n" in found
    finally:
        programs.end()


@pytest.mark.parametrize("kernel", [False, True])
def test_when_they_begin_and_end(lan, kernel, outside):
    """A process, two of them, and none where none may be."""
    a, _ = lan.routers
    name = f"tr{os.getpid()}"
    programs = Programs(a, name, kernel)
    try:
        first = start(BatonOutside if kernel else Baton, a, [
            tracking("one", "two weight 10", "none weight -20", "both",
                     interface=outside[0] if kernel else "lan0")],
            [*block("one", f"process {name}", "terminate_delay 0.6"),
             *block("two", f"process {name}", "quorum 2"),
             *block("none", f"process {name}", "quorum_max 0"),
             *block("both", f"process {name}", "quorum_max 2", "delay 0.2")])
        if kernel:
            outside[1].append(first)
        first.wait_state("fault")
        assert first.status()["faults"] == ["process"]
        assert "one has not the quorum" in first.ask("status")
        source = wait_for(lambda: first.all_status()["run"]["processes_from"],
                          5, "a source")
        if kernel:
            wait_for(lambda: first.all_status()["run"]["processes_from"] ==
                     "kernel", 5, "the kernel's events")
        else:
            assert source == "proc"
        one = programs.start()
        first.wait_state("active")
        wait_for(lambda: first.status()["effective_priority"] == 80, 5, "80")
        programs.start()
        wait_for(lambda: first.status()["effective_priority"] == 90, 5, "90")
        more = programs.start()
        first.wait_state("fault")
        assert process_of(first, 3)["count"] == 3
        assert 'baton_track_process_count{process="both"} 3\n' \
            in first.ask("metrics")
        if kernel:
            programs.end(more)
            first.wait_state("active")
            programs.end(one)
            wait_for(lambda: first.status()["effective_priority"] == 80, 5,
                     "80")
        at = time.monotonic()
        programs.end()
        if not kernel:
            first.wait_state("fault")
        wait_for(lambda: process_of(first)["verdict"] == "bad", 5,
                 "the end to count")
        # Not before it has lasted.
        assert time.monotonic() - at > 0.5
        assert process_of(first)["count"] == 0
    finally:
        programs.end()


def test_as_keepalived_counts_them(lan, outside):
    """Both are told by the kernel of what begins and ends."""
    interface, daemons = outside
    name = f"tk{os.getpid()}"
    programs = Programs(lan.routers[0], name, True)
    try:
        for kind, vrid in ((KeepalivedOutside, 10), (BatonOutside, 11)):
            daemons.append(start(kind, lan.routers[0], [tracking(
                "p", vrid=vrid, addresses=[f"192.0.2.{vrid}/24"], interval=1,
                version=2, interface=interface)],
                block("p", f"process {name}", "delay 1")))
        wait_for(lambda: "entering FAULT" in daemons[0].log(), 10, "a fault")
        daemons[1].wait_state("fault")
        wait_for(lambda: daemons[1].all_status()["run"]["processes_from"] ==
                 "kernel", 5, "the kernel's events")
        at = time.monotonic()
        programs.start()
        for daemon in daemons:
            daemon.wait_state("backup")
        assert time.monotonic() - at < 0.9
        at = time.monotonic()
        programs.end()
        for daemon in daemons:
            daemon.wait_state("fault")
            assert time.monotonic() - at > 0.9
    finally:
        programs.end()


def test_a_flood_of_processes(lan, outside):
    """More begin and end than can be told: what was lost is counted, and
    what runs then is right all the same."""
    a, _ = lan.routers
    interface, daemons = outside
    name = f"tf{os.getpid()}"
    programs = Programs(a, name, True)
    flood = None
    try:
        first = start(BatonOutside, a, [
            tracking("p weight 10", priority=200, interface=interface)],
            block("p", f"process {name}"), ["process_monitor_rcv_bufs 4096"])
        daemons.append(first)
        first.wait_state("active")
        wait_for(lambda: first.all_status()["run"]["processes_from"] ==
                 "kernel", 5, "the kernel's events")
        flood = subprocess.Popen(["sh", "-c", "while :; do /bin/true & "
                                  "/bin/true & /bin/true & wait; done"])
        run = next(row["pid"] for row in first.all_status()["processes"]
                   if row["name"] == "run")
        os.kill(run, signal.SIGSTOP)
        programs.start()
        settle(0.5)
        os.kill(run, signal.SIGCONT)
        wait_for(lambda: first.all_status()["run"]["process_losses"], 10,
                 "a loss")
        wait_for(lambda: first.status()["effective_priority"] == 210, 10,
                 "210")
        programs.end()
        wait_for(lambda: first.status()["effective_priority"] == 200, 10,
                 "200")
        assert first.transitions() == ["backup", "active"]
    finally:
        if flood:
            flood.kill()
            flood.wait()
        programs.end()
