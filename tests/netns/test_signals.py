# SPDX-License-Identifier: GPL-2.0-or-later
"""Signals that come to all processes at one time, as from a terminal or from
killall(1): they are for the keeper, and only SIGTERM and SIGINT end it."""

import os
import signal

import pytest

from daemons import Baton, Instance
from lan import wait_for
from scene import Scene, serving, settle, start_again

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built")]


@pytest.fixture
def scene(make_lan):
    return Scene(make_lan())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_end_of_all_hands_over(scene, number):
    scene.first.router.signal_all(number, scene.first.processes())
    assert scene.first.child.wait(10) == 0
    scene.wait_state(scene.second, "active")
    assert all(i["counters"]["resigns_received"] > 0
               for i in scene.second.all_status()["instances"])
    start_again(scene.first)
    scene.wait_roles(scene.first, scene.second)
    scene.nothing_lost()


@pytest.mark.parametrize("number, said", [
    (signal.SIGHUP, "3 unchanged"),
    (signal.SIGUSR1, "a dump goes to"),
    (signal.SIGUSR2, "a dump goes to"),
    (36, "a dump goes to"), (63, "a dump goes to")])
def test_others_end_nothing(scene, number, said):
    old = serving(scene.first)
    scene.first.router.signal_all(number, scene.first.processes())
    wait_for(lambda: said in scene.first.log(), 5, said)
    settle()
    assert serving(scene.first) == old
    scene.nothing_lost()
    scene.no_transition()


def test_an_end_that_comes_before_it_is_read_is_not_lost(lan):
    """Of a `vrrp` that has just been forked: it lets go, and does not die."""
    a, _ = lan.routers
    daemon = Baton(a).start([Instance(interval=0.1)])
    keeper = daemon.main_pid()

    def children():
        with open(f"/proc/{keeper}/task/{keeper}/children") as file:
            return set(map(int, file.read().split()))
    for times in range(1, 4):
        daemon.wait_state("active")
        before = children()
        os.kill(daemon.vrrp_pid(), signal.SIGKILL)
        next_one = wait_for(lambda: children() - before, 10, "the next",
                            pause=0).pop()
        os.kill(next_one, signal.SIGTERM)
        wait_for(lambda: next_one not in children(), 10, "its end")
        wait_for(lambda: daemon.log().count("vrrp: started") == 1 + 2 * times,
                 10, "another one")
    assert "signal 15" not in daemon.log()
