# SPDX-License-Identifier: GPL-2.0-or-later
"""The unit of Debian's package keepalived, unchanged, where /usr/sbin/keepalived
is a link to batond: it starts, reloads, restarts and stops the service."""

import os
import signal

import pytest

from daemons import Baton, Instance, keepalived_conf
from lan import wait_for
from systemd import Unit
from scene import complete, ids, replaced

THEIRS = "keepalived.service"

pytestmark = [
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built"),
    pytest.mark.skipif(
        not os.path.exists(f"/lib/systemd/system/{THEIRS}"),
        reason="keepalived is not installed")]


class Theirs(Unit):
    """The service of that unit."""

    names = ("batond", "keepalived")

    def configure(self, text):
        self.machine.write("/etc/keepalived/keepalived.conf", text)

    def start(self, instances, global_lines=()):
        machine = self.machine
        machine.run("mkdir", "-p", "/etc/keepalived",
                    f"/etc/systemd/system/{THEIRS}.d")
        machine.write(f"/etc/systemd/system/{THEIRS}.d/test.conf",
                      machine.read("/etc/systemd/system/batond.service.d/"
                                   "test.conf"))
        machine.run("ln", "-sf", machine.batond, "/usr/sbin/keepalived")
        machine.systemctl("daemon-reload")
        self.instances = instances
        self.configure(keepalived_conf(instances, global_lines))
        self.systemctl("start")
        return self

    def systemctl(self, verb, check=True):
        return self.machine.systemctl(verb, THEIRS, check=check)

    def show(self, name):
        text = self.machine.systemctl("show", THEIRS, "-p", name)[1]
        return text.strip().split("=", 1)[1]


def gate(priority):
    return [Instance(interval=0.1, priority=priority)]


def test_it_runs_batond(lan, boot):
    a, b = lan.routers
    first = Theirs(a, boot(a)).start(gate(200))
    assert first.show("ActiveState") == "active"
    first.wait_state("active")
    second = Baton(b).start(gate(100))
    second.wait_state("backup")
    assert int(first.show("MainPID")) > 0
    # A reload touches only what changed.
    old = ids(first)
    first.configure(keepalived_conf(gate(150)))
    first.systemctl("reload")
    wait_for(lambda: first.status()["priority"] == 150, 10, "the reload")
    assert ids(first)["keeper"] == old["keeper"]
    assert second.counters()["became_active"] == 0
    # A restart is a stop and a start, as with keepalived: that unit kills all.
    first.systemctl("restart")
    first.wait_state("active")
    assert second.counters()["became_active"] == 1
    second.wait_state("backup")
    # What dies is replaced.
    old = ids(first)
    os.kill(old["vrrp"], signal.SIGKILL)
    replaced(first, "vrrp", old=old)
    assert complete(first)
    assert second.counters()["became_active"] == 1
    first.systemctl("stop")
    assert first.show("ActiveState") == "inactive"
    assert first.show("Result") == "success"
    assert not a.holds(first.instances[0].service)
    second.wait_state("active")
    assert not first.machine.read("/proc/1/cmdline").startswith("batond")


def test_the_keeper_is_killed(lan, boot):
    """That unit restarts nothing: all ends, and the other router serves."""
    a, b = lan.routers
    first = Theirs(a, boot(a)).start(gate(200))
    first.wait_state("active")
    second = Baton(b).start(gate(100))
    second.wait_state("backup")
    os.kill(ids(first)["keeper"], signal.SIGKILL)
    wait_for(lambda: not first.processes(), 20, "the end of all")
    second.wait_state("active")
    assert not a.holds(first.instances[0].service)
