# SPDX-License-Identifier: GPL-2.0-or-later
"""Takeover as a host sees it, judged by the arithmetic of RFC 9568 6.1.

The Active's last advertisement left up to one interval before it went silent,
so the outage lies between Active_Down_Interval less one interval and
Active_Down_Interval, plus what detection and announcement cost. Each test
runs with baton and, so that the harness itself is proven, with keepalived.
"""

import pytest

from daemons import Baton, Instance, Keepalived
from instruments import MS, Pause, Probe, allowance
from lan import now

# What a debug build may add; the bench measures the real figure. keepalived
# does not run in real time and has to wait for the tests beside this one.
SLACK = {Baton: 60 * MS, Keepalived: 250 * MS}

PROGRAMS = [
    pytest.param(Baton, id="baton", marks=pytest.mark.skipif(
        not Baton.is_built(), reason="batond is not built")),
    pytest.param(Keepalived, id="keepalived"),
]
PROTOCOLS = [pytest.param((4, 3, 0.1), id="v3-ipv4"),
             pytest.param((6, 3, 0.1), id="v3-ipv6"),
             pytest.param((4, 2, 1), id="v2")]

pytestmark = pytest.mark.timing


@pytest.fixture(params=PROGRAMS)
def program(request):
    return request.param


@pytest.fixture(params=PROTOCOLS)
def pair(request, lan, program):
    """Two routers that run the program, the first Active, a probe, and what
    judges it."""
    family, version, interval = request.param
    options = {"family": family, "version": version, "interval": interval}
    a, b = lan.routers
    first = program(a).start([Instance(priority=200, **options)])
    first.wait_state("active")
    second = program(b).start([Instance(priority=100, **options)])
    second.wait_state("backup")
    probe = Probe(lan.host, second.instance().service)
    probe.wait_answer(now(), 5)
    pause, instance = Pause(lan), second.instance()

    def judge(instant):
        """Nothing earlier than the protocol allows, and nothing later, but
        for what the machine itself stood still."""
        outage = probe.outage(instant, 10)
        most = allowance(pause.longest())
        assert outage >= instance.down_ns - instance.interval_ns \
            - 3 * MS - most
        assert outage <= instance.down_ns + SLACK[program] + most
    return lan, first, second, judge


def test_a_silent_cut_is_taken_over_in_time(pair):
    lan, first, second, judge = pair
    instant = lan.cut(first.router)
    judge(instant)
    assert second.state() == "active"


def test_carrier_loss_is_taken_over_in_time(pair):
    lan, first, second, judge = pair
    instant = lan.carrier_down(first.router)
    judge(instant)
    first.wait_state("fault")


def test_node_death_is_taken_over_in_time(pair):
    lan, first, second, judge = pair
    instant = lan.node_death(first.router)
    judge(instant)
    assert second.router.holds(second.instance().service)
