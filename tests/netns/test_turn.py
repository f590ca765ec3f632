# SPDX-License-Identifier: GPL-2.0-or-later
"""A death within a turn: the steps are made and in the ledger, what they asked
for has not been done. The next process does it.

strace(1) kills `vrrp` as it is about to send, so the moment is always hit.
"""

import contextlib
import ipaddress
import subprocess

import pytest

from daemons import Baton, Instance
from frames import Capture
from instruments import MS
from lan import now, wait_for
from scene import DEBUG, SIZES, ids, make_scene, settle, wait_all
from test_gapless import ROUNDS

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built")]

# How long a `vrrp` needs to take the place of one that was killed, at most:
# much less than any interval below.
REPLACED = (1500 if DEBUG else 300) * MS

VIP = Instance().service


@contextlib.contextmanager
def death_at_send(daemon, number=1):
    """Its vrrp process dies at the call that would send its next batch of
    frames, or a later one, and sends nothing of it. Waits for that."""
    victim = ids(daemon)["vrrp"]
    strace = subprocess.Popen(
        ["strace", "-p", str(victim), "-o", "/dev/null", "-e",
         f"inject=sendmmsg:error=EIO:signal=KILL:when={number}"],
        stderr=subprocess.PIPE, text=True)
    assert "attached" in strace.stderr.readline()
    try:
        yield
        strace.wait(20)
        wait_for(lambda: ids(daemon).get("vrrp", victim) != victim, 10,
                 "another vrrp")
    finally:
        strace.kill()
        strace.wait()
        strace.stderr.close()


def router(node, priority, interval, *extra):
    return Baton(node).start([Instance(
        interval=interval, priority=priority, extra=extra)])


def gaps(capture):
    times = [p.time for p in capture.adverts() if not p.toward]
    return [after - before for before, after in zip(times, times[1:])]


def test_an_advertisement_that_was_due_is_sent(lan):
    interval = 2
    daemon = router(lan.routers[0], 255, interval)
    wait_all(daemon, "active")
    capture = Capture(lan, lan.routers[0])
    wait_for(lambda: gaps(capture), 10, "two advertisements")
    with death_at_send(daemon):
        pass
    sent = len(gaps(capture))
    wait_for(lambda: len(gaps(capture)) > sent + 1, 10, "two more")
    assert max(gaps(capture)) < interval * 1000 * MS + REPLACED
    # The phase stays, and nothing is said twice.
    assert gaps(capture)[-1] > interval * 1000 * MS - REPLACED


@pytest.mark.parametrize("size", SIZES)
def test_a_batch_that_was_due_is_sent(make_lan, size):
    scene = make_scene(make_lan, size)
    for _ in range(ROUNDS):
        with death_at_send(scene.first):
            pass
        settle()
    scene.nothing_lost()
    scene.no_transition()


def test_announcements_that_were_due_are_sent(lan):
    """Of one that takes over: they come after its first advertisement."""
    first = router(lan.routers[0], 200, 1)
    wait_all(first, "active")
    second = router(lan.routers[1], 100, 1, "garp_master_repeat 1",
                    "garp_master_delay 60")
    wait_all(second, "backup")
    capture = Capture(lan, lan.routers[1])

    def announced():
        return [p for p in capture.packets() if not p.toward and p.arp
                and p.arp.sender == ipaddress.ip_address(VIP)]
    with death_at_send(second, 2):
        lan.node_death(lan.routers[0])
    wait_all(second, "active")
    wait_for(announced, 2, "the announcement")


def test_the_advertisement_of_one_that_preempts_is_sent(lan):
    """It is held back until the addresses are there and announced."""
    interval = 2
    second = router(lan.routers[1], 100, interval)
    second.wait_state("active", timeout=25)
    first = router(lan.routers[0], 200, interval, "preempt_delay 2",
                   "garp_master_repeat 1", "garp_master_delay 60")
    first.wait_state("backup")
    with death_at_send(first, 2):
        pass
    died = now()
    second.wait_state("backup")
    assert now() - died < REPLACED
    assert first.state() == "active"
