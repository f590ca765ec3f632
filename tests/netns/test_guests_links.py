# SPDX-License-Identifier: GPL-2.0-or-later
"""interface_up_down_delays: a link counts as down or up after a delay, and one
that comes back meanwhile has done nothing."""

import os
import signal
import time
from datetime import datetime

import pytest

from daemons import Baton, Instance, keepalived_conf
from instruments import Pause, allowance
from lan import NSEC, Netlink, wait_for
from scene import settle

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built")]

LATE = 0.5  # of a process, on a busy machine


class Link:
    """The interface, which goes down and up in one system call."""

    def __init__(self, lan, router):
        self.index = router.index("lan0")
        self.netlink = Netlink(router)
        self.pause = Pause(lan)

    def is_up(self, up):
        """Just before that; `at` is just after it."""
        self.pause.mark()
        before = time.time()
        self.netlink.up([self.index], up)
        self.at = time.time()
        return before - 0.001  # events tell whole milliseconds

    @property
    def late(self):
        """What counts as late: not what the machine stood still."""
        return LATE + allowance(self.pause.longest()) / NSEC


def start(router, delays, **options):
    daemon = Baton(router)
    daemon.instances = [Instance(**options)]
    daemon.start_text(keepalived_conf(daemon.instances)
                      + "interface_up_down_delays { lan0 " + delays + " }\n")
    daemon.wait_state("active")
    return daemon


def runs(router):
    """The kernel tells of carriers once a second, for all links of a machine,
    so one may be up for as long before it says so."""
    return router.ip_json("link", "show", "lan0")[0]["operstate"] == "UP"


def changed(daemon, state):
    """When it last entered a state."""
    return max(datetime.fromisoformat(
        event["time"].replace("Z", "+00:00")).timestamp()
        for event in daemon.events()
        if event["type"] == "state" and event["to"] == state)


def test_down_and_up_count_after_their_delays(lan):
    """As keepalived, with its own file."""
    a, _ = lan.routers
    daemon, link = start(a, "1 1.5"), Link(lan, a)
    fell = link.is_up(False)
    wait_for(lambda: daemon.status()["link_counts_in_ms"] is not None, 5,
             "the delay in the status")
    assert "that counts in" in daemon.ask("why", "gate")
    daemon.wait_state("fault")
    fault = changed(daemon, "fault")
    assert fell + 1 <= fault < link.at + 1 + link.late
    back = link.is_up(True)
    daemon.wait_state("backup")
    backup = changed(daemon, "backup")
    assert back + 1.5 <= backup < link.at + 1.5 + link.late
    assert daemon.status()["link_counts_in_ms"] is None


def test_what_comes_back_has_done_nothing(lan):
    a, _ = lan.routers
    daemon, link = start(a, "1"), Link(lan, a)
    rounds = 0
    for _ in range(10):
        before = daemon.transitions()
        fell = link.is_up(False)
        settle(0.5)
        link.is_up(True)
        wait_for(lambda: runs(a), 5, "the link")
        if time.time() - fell > 0.9:  # the kernel itself took too long
            daemon.wait_state("active")
            continue
        settle(0.7)
        assert daemon.transitions() == before
        rounds += 1
        if rounds == 3:
            break
    assert rounds == 3, "the machine is too slow for this test"
    assert daemon.state() == "active"
    assert a.holds("192.0.2.1")


def test_no_delay_outlasts_the_patience_of_a_backup(lan):
    """5 s would be twenty times the others' Active_Down_Interval."""
    a, b = lan.routers
    daemon = start(a, "5", interval=0.1, priority=200)
    Baton(b).start([Instance(interval=0.1)]).wait_state("backup")
    link = Link(lan, a)
    fell = link.is_up(False)
    daemon.wait_state("fault")
    assert fell + 0.19 <= changed(daemon, "fault") < link.at + 0.2 + link.late


def test_an_interface_that_vanishes_counts_at_once(lan):
    a, _ = lan.routers
    daemon = start(a, "1.5 1.5")
    lan.remove_interface(a)
    gone = time.time()
    daemon.wait_state("fault")
    assert changed(daemon, "fault") - gone < LATE
    lan.add_interface(a)
    back = time.time()
    daemon.wait_state("backup")
    # One that is made anew must be up for its delay.
    assert changed(daemon, "backup") - back < 1.5 + LATE


def test_a_crash_neither_ends_nor_begins_a_delay(lan):
    a, _ = lan.routers
    daemon, link = start(a, "1.5 0"), Link(lan, a)
    fell = link.is_up(False)
    wait_for(lambda: daemon.status()["link_counts_in_ms"] is not None, 5,
             "the delay in the status")
    os.kill(daemon.vrrp_pid(), signal.SIGKILL)
    daemon.wait_state("fault")
    fault = changed(daemon, "fault")
    assert fell + 1.5 <= fault < link.at + 1.5 + LATE + link.late


def test_a_crash_beside_a_link_that_is_down(lan):
    """It was told already: whoever comes next knows it as down."""
    a, _ = lan.routers
    daemon = start(a, "0.5 0.5")
    a.ip("link set lan0 down")
    daemon.wait_state("fault")
    os.kill(daemon.vrrp_pid(), signal.SIGKILL)
    wait_for(lambda: daemon.all_status()["heartbeat_age_ms"] < 500, 5,
             "another process")
    assert daemon.state() == "fault"
    a.ip("link set lan0 up")
    daemon.wait_state("backup")
