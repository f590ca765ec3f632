# SPDX-License-Identifier: GPL-2.0-or-later
"""baton beside keepalived and FRR's vrrpd: one LAN, one virtual router.

Each in both roles, for VRRPv2 and VRRPv3 over IPv4 and IPv6. The Active is
cut off and comes back, then stops and starts; both sides must go through
exactly the transitions that the protocol asks for, and neither may drop a
packet of the other.
"""

import pytest

from daemons import Baton, Frr, Instance, Keepalived
from frames import Capture
from instruments import MS, Pause, Probe, allowance
from lan import now, wait_for

pytestmark = [pytest.mark.timing, pytest.mark.skipif(
    not Baton.is_built(), reason="batond is not built")]

PROTOCOLS = [
    pytest.param({"version": 2, "interval": 1}, id="v2"),
    pytest.param({"interval": 0.2}, id="v3-ipv4"),
    pytest.param({"interval": 0.2, "family": 6}, id="v3-ipv6")]
ROLES = [pytest.param(active, backup,
                      id=f"{active.__name__}-active-{backup.__name__}-backup")
         for peer in (Keepalived, Frr)
         for active, backup in ((Baton, peer), (peer, Baton))]
SLACK = 100 * MS


class Pair:
    """The program that is Active, the one that is Backup, and a probe."""

    def __init__(self, lan, active, backup, options):
        self.lan = lan
        a, b = lan.routers
        # At the switch, before a cut: what really left each router.
        self.captures = [Capture(lan, a), Capture(lan, b)]
        self.first = active(a).start([Instance(priority=200, **options)])
        wait_for(self.captures[0].adverts, 15, "the Active")
        self.second = backup(b).start([Instance(priority=100, **options)])
        self.settle()
        self.probe = Probe(lan.host, self.second.instance().service)
        self.probe.wait_answer(now(), 10)
        self.pause = Pause(lan)

    def slack(self):
        """What may be late: SLACK, and what the machine stood still."""
        return SLACK + allowance(self.pause.longest())

    def settle(self):
        self.first.wait_state("active")
        self.second.wait_state("backup")

    def speaks_alone(self, count=4):
        """Only the Active sends, at its interval."""
        instance = self.first.instance()
        since = now()
        wait_for(lambda: len(self.captures[0].adverts(since=since)) >= count,
                 count * instance.interval + 2, "advertisements")
        sent = self.captures[0].adverts(since=since)
        assert {p.vrrp.priority for p in sent} == {200}
        most = 0.3 * instance.interval_ns + allowance(self.pause.longest())
        for old, new in zip(sent, sent[1:]):
            assert abs(new.time - old.time - instance.interval_ns) < most
        assert self.captures[1].adverts(since=since) == []

    def claim(self, since):
        """The first advertisement of the second router."""
        capture = self.captures[1]
        wait_for(lambda: capture.adverts(since=since), 5, "a claim")
        packet = capture.adverts(since=since)[0]
        assert packet.vrrp.priority == 100
        return packet

    def no_drops(self):
        assert not self.first.errors(), self.first.name
        assert not self.second.errors(), self.second.name


@pytest.mark.parametrize("options", PROTOCOLS)
@pytest.mark.parametrize("active, backup", ROLES)
def test_roles_and_failover(lan, active, backup, options):
    pair = Pair(lan, active, backup, options)
    instance = pair.second.instance()
    pair.speaks_alone()
    pair.no_drops()

    # The Active is cut off: the Backup takes over by the arithmetic.
    instant = lan.cut(pair.first.router)
    pair.second.wait_state("active")
    if Frr not in (active, backup):
        # (FRR's kernel devices answer for the address as they please.)
        assert pair.probe.outage(instant, 10) <= instance.down_ns \
            + pair.slack()
    claimed = pair.claim(instant)
    # vrrpd brings its device up first, and over IPv6 waits for its
    # link-local: its first advertisement comes an interval late.
    late = instance.interval_ns if backup is Frr else 0
    assert claimed.time - instant \
        <= instance.down_ns + late + pair.slack()
    assert claimed.time - instant >= \
        instance.down_ns - 1.3 * instance.interval_ns \
        - pair.pause.longest()

    # It comes back: the higher priority wins, and only once.
    lan.heal(pair.first.router)
    pair.settle()
    pair.speaks_alone()
    pair.probe.wait_answer(now(), 10)
    pair.no_drops()
    for program, expected in (
            (pair.first, ["backup", "active"]),
            (pair.second, ["backup", "active", "backup"])):
        assert program.transitions() in (None, expected), program.name

    # A planned stop: priority 0, so Skew_Time and not Active_Down_Interval.
    instant = now()
    pair.first.stop()
    pair.second.wait_state("active")
    resigned = [p for p in pair.captures[0].adverts(since=instant)
                if p.vrrp.priority == 0]
    assert resigned
    claimed = pair.claim(instant)
    assert claimed.time - resigned[0].time \
        <= instance.skew_ns + late + pair.slack()
    assert not pair.second.errors()
