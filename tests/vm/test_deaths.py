# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes die and freeze under load, one after another: no request is lost,
and nothing changes in the kernel's table, not even for a moment."""

import os
import signal
import subprocess

import pytest

from lan import now
from machine import wait_for

ROUNDS = int(os.environ.get("BATON_ROUNDS", "1"))
ROUND = pytest.mark.parametrize("number", range(ROUNDS))


@pytest.fixture
def quiet(scene, report):
    """Judges at the end: nothing has happened since the beginning."""
    scene.all_good(scene.names)
    begun = now()
    yield begun
    scene.all_good(scene.names)
    till = now()
    assert scene.lost(begun, till) == {}, scene.baton.log()
    states = scene.watch.between(begun, till)
    assert len(states) == 1, states
    assert "by another program" not in scene.baton.log()
    report(f"{(till - begun) / 1e9:.1f} s, {scene.rates(begun)}, none lost")


def follow(scene, name, old):
    """Another process of that name is there, and works."""
    wait_for(lambda: scene.baton.pid_of(name) not in (0, old),
             lambda: f"another {name}\n{scene.baton.log()}", 20)
    scene.settle()


@ROUND
@pytest.mark.parametrize("name", ["vrrp", "ctl", "lvs", "check"])
def test_a_process_is_killed(scene, quiet, name, number):
    pid = scene.baton.pid_of(name)
    os.kill(pid, signal.SIGKILL)
    follow(scene, name, pid)


@ROUND
@pytest.mark.parametrize("name", ["vrrp", "lvs", "check"])
def test_a_process_freezes(scene, quiet, name, number):
    """The keeper ends it, and starts another."""
    pid = scene.baton.pid_of(name)
    os.kill(pid, signal.SIGSTOP)
    follow(scene, name, pid)


@ROUND
def test_the_one_who_answers_freezes(scene, quiet, number):
    """It is noticed as soon as somebody asks, who gets an answer."""
    pid = scene.baton.pid_of("ctl")
    os.kill(pid, signal.SIGSTOP)
    # And the server that it may have started for who asked before.
    with open(f"/proc/{pid}/task/{pid}/children") as children:
        for child in children.read().split():
            os.kill(int(child), signal.SIGSTOP)
    asks = [subprocess.Popen(scene.baton.baton("status"),
                             stdout=subprocess.DEVNULL) for _ in range(2)]
    follow(scene, "ctl", pid)
    assert [one.wait(60) for one in asks] == [0, 0], scene.baton.log()


@ROUND
def test_the_keeper_freezes(scene, quiet, number):
    """All others go on without it, and with it."""
    os.kill(scene.baton.process.pid, signal.SIGSTOP)
    try:
        scene.settle()
    finally:
        os.kill(scene.baton.process.pid, signal.SIGCONT)
    scene.settle()


@ROUND
def test_the_keeper_is_killed(scene, quiet, number):
    """As a service manager would, somebody starts another."""
    old = scene.baton.pid_of("lvs")
    scene.baton.stop(signal.SIGKILL)
    scene.baton.start_again()
    follow(scene, "lvs", old)


@ROUND
def test_all_are_killed(scene, quiet, number):
    old = scene.baton.pid_of("lvs")
    scene.baton.kill_all()
    scene.baton.start_again()
    follow(scene, "lvs", old)
    lvs = scene.baton.ask("vs")["lvs"]
    assert (lvs["done"], lvs["changes"]) == (True, 0), lvs


@ROUND
def test_an_upgrade(scene, quiet, number):
    old = scene.baton.pid_of("lvs")
    scene.baton.run(*scene.baton.baton("upgrade"))
    follow(scene, "lvs", old)
    lvs = scene.baton.ask("vs")["lvs"]
    assert (lvs["done"], lvs["changes"]) == (True, 0), lvs
