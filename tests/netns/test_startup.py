# SPDX-License-Identifier: GPL-2.0-or-later
"""startup_script and shutdown_script, beside keepalived: with their arguments,
before anything starts and when all has ended; and what they cannot do."""

import os
import signal
import time

import pytest

from daemons import Baton, Instance, Keepalived, keepalived_conf
from lan import wait_for
from scene import ids, settle

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")


class Ends:
    """Scripts that write down when they begin and end."""

    def __init__(self, router, seconds=0.5):
        self.log = os.path.join(router.directory, "ends")
        self.hold = os.path.join(router.directory, "hold")
        self.path = os.path.join(router.directory, "ends.sh")
        with open(self.path, "w") as file:
            file.write(f'#!/bin/sh\necho "$* begins" >> {self.log}\n'
                       'case $1 in\n'
                       f'start|stop) sleep {seconds} ;;\nesac\n'
                       f'while [ -e {self.hold} ]; do sleep 0.05; done\n'
                       'ip -4 -o addr show dev lan0 | grep -q 192.0.2.1/ '
                       f'&& echo "$1 has the address" >> {self.log}\n'
                       f'echo "$* ends" >> {self.log}\n')
        os.chmod(self.path, 0o755)

    def lines(self):
        try:
            with open(self.log) as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def conf(self, *more):
        instance = Instance(interval=0.1, priority=200,
                            extra=[f'notify "{self.path} notify"'])
        return keepalived_conf([instance], [
            "script_user root", *more,
            f'startup_script "{self.path} start a"',
            f'shutdown_script "{self.path} stop \'b c\'"'])

    def start(self, kind, router, *more):
        daemon = kind(router)
        daemon.instances = [Instance()]
        daemon.start_text(self.conf(*more))
        return daemon


def told(state):
    return [f"notify INSTANCE gate {state} 200 {end}"
            for end in ("begins", "ends")]


@pytest.mark.parametrize("kind", [Baton, Keepalived])
def test_both_ends(lan, kind):
    a, _ = lan.routers
    ends = Ends(a)
    with open(ends.hold, "w"):
        daemon = ends.start(kind, a)
    wait_for(lambda: "start a begins" in ends.lines(), 10, "the begin")
    if kind is Baton:
        assert daemon.state() == "init"
        assert "startup_script" in daemon.ask("status")
    os.unlink(ends.hold)
    daemon.wait_state("active")
    wait_for(lambda: len([line for line in ends.lines() if "ends" in line])
             == 3, 10, "BACKUP and MASTER to be told")
    first = ends.lines()
    assert first[:4] == ["start a begins", "start a ends", *told("BACKUP")]
    daemon.stop()
    last = ends.lines()[len(first):]
    assert last == [*told("STOP"), "stop b c begins", "stop b c ends"]
    assert f'startup_script: it exited with status 0' in daemon.log() \
        or kind is Keepalived


@pytest.mark.parametrize("kind", [Baton, Keepalived])
def test_what_takes_too_long_is_killed(lan, kind):
    a, _ = lan.routers
    ends = Ends(a, seconds=60)
    at = time.monotonic()
    daemon = ends.start(kind, a, "startup_script_timeout 1",
                        "shutdown_script_timeout 1")
    daemon.wait_state("active")
    assert time.monotonic() - at > 1
    assert "start a ends" not in ends.lines()
    daemon.stop()
    assert "stop b c begins" in ends.lines()
    assert "stop b c ends" not in ends.lines()


@pytest.mark.parametrize("what", ["reload", "upgrade", "run", "vrrp"])
def test_they_run_once(lan, what):
    a, _ = lan.routers
    ends = Ends(a, seconds=0)
    daemon = ends.start(Baton, a)
    daemon.wait_state("active")
    run = ids(daemon)["run"]
    if what == "reload":
        daemon.file("baton.conf", ends.conf("vrrp_garp_interval 0.1"))
        daemon.ask("reload")
    elif what == "upgrade":
        daemon.ask("upgrade")
    else:
        os.kill(ids(daemon)[what], signal.SIGKILL)
    if what != "vrrp":
        wait_for(lambda: ids(daemon).get("run", run) != run, 10,
                 "another process run")
    settle(0.3)
    daemon.wait_state("active")
    assert ends.lines().count("start a begins") == 1
    assert "stop b c begins" not in ends.lines()
    daemon.stop()
    assert ends.lines().count("stop b c ends") == 1


def test_who_dies_in_the_begin_begins_again(lan):
    a, _ = lan.routers
    ends = Ends(a, seconds=1)
    daemon = ends.start(Baton, a)
    wait_for(lambda: "start a begins" in ends.lines(), 10, "the begin")
    os.kill(ids(daemon)["run"], signal.SIGKILL)
    daemon.wait_state("active")
    assert ends.lines().count("start a ends") == 1


def test_a_stop_in_the_begin(lan):
    a, _ = lan.routers
    ends = Ends(a, seconds=60)
    daemon = ends.start(Baton, a, "shutdown_script_timeout 1")
    wait_for(lambda: "start a begins" in ends.lines(), 10, "the begin")
    daemon.stop()
    assert "start a ends" not in ends.lines()
    assert "stop b c begins" in ends.lines()


def test_it_starts_without_who_runs_scripts(lan):
    """A bound, in case that `run` hangs."""
    a, _ = lan.routers
    ends = Ends(a, seconds=60)
    daemon = ends.start(Baton, a, "startup_script_timeout 1")
    wait_for(lambda: "start a begins" in ends.lines(), 10, "the begin")
    os.kill(ids(daemon)["run"], signal.SIGSTOP)
    daemon.wait_state("active")
