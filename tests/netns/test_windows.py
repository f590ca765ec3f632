# SPDX-License-Identifier: GPL-2.0-or-later
"""Two things at one time: a stop, a death or a freeze at each step of a
reload, an upgrade or a start.

The steps are short, so a test makes them long where it can (what is removed
takes its time to leave, a process is stopped) and else comes at a random
moment, many times.
"""

import contextlib
import os
import random
import signal
import time

import pytest

from daemons import Baton, Instance, keepalived_conf
from lan import wait_for
from scene import (Scene, complete, held, ids, make_scene, replaced, settle, start_again,
                   stops, wait_all)
from test_gapless import (ROUNDS, configure, extra, leaving, names, order,
                          only_address, slow_pair)
from test_sandbox import filters_of
from test_upgrade import Installed

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built")]


@pytest.fixture
def scene(make_lan):
    return Scene(make_lan())


def servers(daemon):
    """The vrrp processes, the newest last."""
    return [pid for pid, words in daemon.processes().items()
            if "vrrp" in words[0]]


def kill(daemon, pids):
    """Those that are still there."""
    daemon.router.signal_all(signal.SIGKILL, pids)


def reload_to(daemon, name, number=0):
    """A reload that adds this one, under way."""
    configure(daemon, extra(name, number))
    return order(daemon, "reload")


def answers(daemon):
    try:
        return bool(names(daemon))
    except RuntimeError:
        return False  # it is being started


def has(daemon, name):
    try:
        return name in names(daemon)
    except RuntimeError:
        return False  # it is being started


def test_a_stop_while_what_is_removed_leaves(lan):
    daemon, two = slow_pair(lan)
    configure(daemon, text=keepalived_conf(two[:1]))
    reload = order(daemon, "reload")
    leaving(daemon)
    begun = time.monotonic()
    assert daemon.stop(20) == 0
    assert time.monotonic() - begun < 10
    reload.wait(5)
    assert not {"192.0.2.1", "192.0.2.2"} & held(lan.routers[0])


def test_a_stop_at_any_moment_of_a_reload(scene):
    """It ends, and hands over: the peer has all, and nothing was lost."""
    for n in range(3 * ROUNDS):
        reload = reload_to(scene.first, f"new{n}", n)
        time.sleep(random.uniform(0, 0.05))
        assert scene.first.stop(20) == 0
        reload.wait(5)
        scene.wait_state(scene.second, "active")
        wait_for(lambda: not {i.service for i in scene.first.instances}
                 & held(scene.lan.routers[0]), 3, "no address left")
        configure(scene.first)
        start_again(scene.first)
        scene.wait_roles(scene.first, scene.second)
    scene.nothing_lost()


def test_a_death_at_any_moment_of_a_reload(scene):
    """Of any process: at the end another serves, with what was wanted."""
    for n in range(5 * ROUNDS):
        reload = reload_to(scene.first, f"new{n}", n)
        time.sleep(random.uniform(0, 0.04))
        victims = servers(scene.first)
        kill(scene.first, random.sample(victims, min(1, len(victims))))
        reload.wait(30)
        if reload.returncode:
            scene.first.ask("reload")
        wait_for(lambda: f"new{n}" in names(scene.first), 10, "the reload")
        settle()  # who dies as it starts is started again ever more slowly
    assert len(servers(scene.first)) == 1
    scene.nothing_lost()
    scene.no_transition()


@pytest.mark.crowd
def test_the_death_of_an_heir(make_lan):
    """At any moment of its short life before it serves, and just after. A
    crowd makes it long enough to be hit."""
    scene = make_scene(make_lan, "crowd")

    def heirs(reload):
        """The one, or none if it has come and gone."""
        wait_for(lambda: len(servers(scene.first)) > 1
                 or reload.poll() is not None, 20, "the heir", 0.0005)
        return servers(scene.first)[1:]
    undisturbed = reload_to(scene.first, "undisturbed")
    heirs(undisturbed)
    seen = time.monotonic()
    undisturbed.wait(30)
    life = time.monotonic() - seen
    for n in range(5 * ROUNDS):
        reload = reload_to(scene.first, f"new{n}", n)
        found = heirs(reload)
        time.sleep(random.uniform(0, life))
        kill(scene.first, found)
        reload.wait(30)
        if reload.returncode:
            scene.first.ask("reload")
        wait_for(lambda: has(scene.first, f"new{n}"), 10, "the reload")
        settle()
    assert len(servers(scene.first)) == 1
    scene.nothing_lost()
    # One that dies just after it took over is two gaps, and each start of a
    # process for a thousand takes 15 to 20 ms.
    scene.no_transition("quick")


def test_the_death_of_the_keeper_at_any_moment_of_a_reload(scene):
    """One `vrrp` remains, and the next keeper finds it."""
    for n in range(3 * ROUNDS):
        keeper = ids(scene.first)["keeper"]
        reload = reload_to(scene.first, f"new{n}", n)
        time.sleep(random.uniform(0, 0.04))
        os.kill(keeper, signal.SIGKILL)
        reload.wait(30)
        start_again(scene.first)
        wait_for(lambda: ids(scene.first).get("keeper", keeper) != keeper,
                 5, "another keeper")
        wait_for(lambda: answers(scene.first) and
                 len(servers(scene.first)) == 1, 10, "one vrrp that serves")
        # What was not in force yet is not asked for any more.
        if not has(scene.first, f"new{n}"):
            scene.first.ask("reload")
        assert has(scene.first, f"new{n}")
    settle()
    scene.nothing_lost()
    scene.no_transition()


def test_a_stopped_process_holds_up_no_stop(lan):
    """Neither ctl nor its server nor one that has let go."""
    daemon, _ = slow_pair(lan)
    for pid, words in daemon.processes().items():
        if "ctl" in words[0]:
            os.kill(pid, signal.SIGSTOP)
    assert daemon.stop(20) == 0


@contextlib.contextmanager
def slow_motion(keeper):
    """The keeper, and what it starts, runs only while this process sleeps."""
    cpus = os.sched_getaffinity(0)
    one = {min(cpus)}
    os.sched_setaffinity(keeper, one)
    os.sched_setaffinity(0, one)
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        os.sched_setaffinity(0, cpus)
        os.sched_setaffinity(keeper, cpus)


def stopped_in_its_set_up(daemon):
    """Kills `vrrp`: the next one, stopped before it serves. Or None: on a busy
    machine it had got too far when it was seen, and goes on."""
    old = ids(daemon)
    with slow_motion(old["keeper"]):
        os.kill(old["vrrp"], signal.SIGKILL)
        pid = wait_for(lambda: set(servers(daemon)) - {old["vrrp"]}, 5,
                       "the next one", 0.0002).pop()
        stopped = stops(pid)
    if not stopped:
        return None
    if filters_of(pid) == filters_of(old["keeper"]):  # the last step is one
        return pid
    os.kill(pid, signal.SIGCONT)
    return None


def test_a_process_that_hangs_before_it_serves_is_killed(lan):
    """After its predecessor died: the next one is stopped in its set-up."""
    daemon, _ = slow_pair(lan)
    hung = wait_for(lambda: stopped_in_its_set_up(daemon), 60, "one to hang")
    begun = time.monotonic()
    wait_for(lambda: ids(daemon).get("vrrp", hung) != hung, 30, "another one")
    # One that has served would have had 2 s.
    assert time.monotonic() - begun > 10, "it was stopped in its set-up"
    wait_all(daemon, "active")


def rehearsed_until(daemon, over):
    """Installs a program that is batond, and whose rehearsal ends when there
    is that file."""
    real = daemon.binary("batond")
    daemon.install(f"""#!/bin/sh
[ "$1" != --config-test ] || while [ ! -e {over} ]; do sleep 0.01; done
exec {real} "$@"
""".encode())


def test_no_program_is_executed_before_the_next_process_serves(lan):
    """Nobody serves while a `vrrp` sets itself up, and it begins when the
    keeper says so: to execute a program first would make that much longer."""
    daemon = Installed(lan.routers[0]).start(only_address("192.0.2.1/24"))
    daemon.wait_state("active")
    over = os.path.join(daemon.directory, "over")
    rehearsed_until(daemon, over)

    def times(words):
        return daemon.log().count(words)
    for _ in range(10):
        orders, taken = times("upgrading"), times("took over")
        upgrade = order(daemon, "upgrade")
        wait_for(lambda: times("upgrading") > orders, 5, "the order")
        next_one = stopped_in_its_set_up(daemon)
        with open(over, "w"):
            settle(1)
        if next_one:
            assert times("took over") == taken
            os.kill(next_one, signal.SIGCONT)
        assert upgrade.wait(20) == 0
        assert times("took over") == taken + 1
        wait_all(daemon, "active")
        os.unlink(over)
        if next_one:
            return
        wait_for(lambda: complete(daemon), 10, "the end of the upgrade")
    raise AssertionError("none was stopped in its set-up")


def test_a_drain_is_not_lost_with_the_process(lan):
    daemon, _ = slow_pair(lan)
    old = ids(daemon)
    os.kill(old["vrrp"], signal.SIGSTOP)  # it hears nothing any more
    daemon.ask("drain")
    os.kill(old["vrrp"], signal.SIGKILL)
    replaced(daemon, "vrrp", old=old)
    wait_all(daemon, "init")
    assert not {"192.0.2.1", "192.0.2.2"} & held(lan.routers[0])


def test_what_nobody_confirms_returns_in_spite_of_a_death(lan):
    """The new process of the return is killed: it is tried again."""
    daemon, two = slow_pair(lan)
    configure(daemon, extra("trial"))
    daemon.ask("reload", "--confirm", "1")
    assert "trial" in names(daemon)
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        pids = servers(daemon)
        if len(pids) > 1:
            os.kill(pids[-1], signal.SIGKILL)
            break
    wait_for(lambda: "trial" not in names(daemon), 20, "the return")


def test_an_upgrade_out_of_a_crash_keeps_what_was_known(scene):
    """There is no vrrp process while the program is executed."""
    for _ in range(ROUNDS):
        old = ids(scene.first)
        upgrade = order(scene.first, "upgrade")
        time.sleep(random.uniform(0, 0.04))
        kill(scene.first, [old["vrrp"]])
        upgrade.wait(30)
        replaced(scene.first, "vrrp", old=old)
        settle()
    scene.nothing_lost()
    scene.no_transition()


def test_who_was_dead_for_long_deposes_nobody(lan):
    """A keeper that stands still replaces nobody; another router serves."""
    pair = [Baton(router).start([Instance(priority=priority, interval=0.2,
                                          preempt=False)])
            for router, priority in zip(lan.routers, (200, 100))]
    first, second = pair
    wait_for(lambda: sorted(daemon.state() for daemon in pair)
             == ["active", "backup"], 15, "one of them")
    if second.state() == "active":
        first, second = second, first
    keeper, vrrp = first.main_pid(), first.vrrp_pid()
    os.kill(keeper, signal.SIGSTOP)
    os.kill(vrrp, signal.SIGKILL)
    second.wait_state("active")
    wait_for(lambda: not first.router.holds("192.0.2.1"), 15, "its lease")
    os.kill(keeper, signal.SIGCONT)
    first.wait_state("backup")
    assert second.transitions()[-1] == "active"
    assert not first.router.holds("192.0.2.1")
