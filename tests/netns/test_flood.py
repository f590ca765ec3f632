# SPDX-License-Identifier: GPL-2.0-or-later
"""Floods: tens of thousands of packets a second of one kind, for seconds.

Two routers serve, at 100 ms; a host floods them. No virtual router changes
its state, no advertisement comes later than 5 ms after its interval, each
packet is counted, and under its one reason. In soak-gapless each kind comes
for 10 s at 50,000 a second; else a few kinds for one second, at a rate that a
debug build can bear.
"""

import os

import pytest

import frames
from daemons import Baton, Instance
from instruments import MS, Flood, Listen
from lan import now, wait_for
from scene import DEBUG
from test_hostile import garp, notes
from test_malformed import CASES, PEER, PROTOCOLS, difference, dropped

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built")]

LONG = int(os.environ.get("BATON_ROUNDS", "2")) > 2
SECONDS = 10 if LONG else 1
RATE = 5_000 if DEBUG else 50_000
LATE = (100 if DEBUG else 5) * MS

# What a flood has to be stopped at: each rung of the ladder.
FEW = {"ttl-64", "empty", "version-4", "count-too-high", "checksum", "vrid",
       "interval-zero", "auth-type-1"}


def parameters():
    for protocol in PROTOCOLS:
        for case in CASES:
            if protocol in case.only and (LONG or case.name in FEW):
                yield pytest.param(protocol, case,
                                   id=f"{protocol}-{case.name}")


class Pair:
    """An Active and a Backup of all three protocols."""

    def __init__(self, lan):
        self.lan = lan
        self.first, self.second = (
            Baton(router).start([
                Instance(name=protocol, version=version, family=family,
                         vrid=10 + number, priority=priority,
                         interval=1 if version == 2 else 0.1,
                         addresses=[f"192.0.2.{1 + number}/24"]
                         if family == 4 else [])
                for number, (protocol, (version, family))
                in enumerate(PROTOCOLS.items())])
            for router, priority in zip(lan.routers, (200, 100)))
        for protocol in PROTOCOLS:
            self.first.wait_state("active", protocol)
            self.second.wait_state("backup", protocol)
            wait_for(lambda: self.second.status(protocol)["active_priority"]
                     == 200, 5, "it heard the Active")
        self.wire = Listen(lan, lan.routers[0])

    def transitions(self):
        return [daemon.transitions(protocol)
                for daemon in (self.first, self.second)
                for protocol in PROTOCOLS]

    def in_time(self):
        report = self.wire.report()
        assert report.lost == 0
        for i in self.first.instances:
            gap = report.gaps[0, i.family, i.vrid]
            assert gap <= i.interval_ns + LATE, (i.name, f"{gap / MS:.1f} ms")
            assert not report.resigns[0, i.family, i.vrid]

    def flood(self, frame):
        """Sends it and judges what must be true of any flood; how many."""
        before = self.transitions()
        self.wire.mark()
        sent = Flood(self.lan.host, RATE, SECONDS, frame).wait()
        assert sent >= RATE * SECONDS / 2, "the flood was one"
        self.in_time()
        assert self.transitions() == before
        return sent


@pytest.fixture(scope="module")
def pair():
    import lan as lans
    with lans.Lan() as network:
        yield Pair(network)


def packet(pair, protocol, **options):
    """One that would win, but for what is wrong with it."""
    i = pair.first.instance(protocol)
    message = {"vrid": i.vrid, "version": i.version, "priority": 254,
               "interval": i.interval, **options.pop("message", {})}
    source = options.pop("source", PEER[i.family])
    return frames.frame(source, frames.advert(source, i.plain, **message),
                        **options)


@pytest.mark.parametrize("protocol, case", parameters())
def test_a_flood_of_malformed_packets(pair, protocol, case):
    if case.reason == "own-source":
        source = pair.lan.routers[0].link_local()
        data = packet(pair, protocol, source=source)
        hit = [pair.first]  # to the other one it is no stranger
    else:
        data = packet(pair, protocol, message=dict(case.message),
                      **case.frame)
        hit = [pair.first, pair.second]
    before = [dropped(daemon) for daemon in hit]
    sent = pair.flood(data)
    for daemon, old in zip(hit, before):
        wait_for(lambda: dropped(daemon).get(case.reason, 0)
                 - old.get(case.reason, 0) >= sent, 10,
                 f"{sent} drops for {case.reason}")
        change = difference(dropped(daemon), old)
        assert change == {case.reason: sent}


def test_a_flood_of_losing_advertisements(pair):
    """They are answered, at a limited rate, and announced no more often."""
    begun = now()
    heard = pair.first.counters("v3-ipv4")["adverts_received"]
    sent_before = pair.first.counters("v3-ipv4")["adverts_sent"]
    sent = pair.flood(packet(pair, "v3-ipv4", message={"priority": 1}))
    wait_for(lambda: pair.first.counters("v3-ipv4")["adverts_received"]
             >= heard + sent, 10, "all of them")
    # One an interval is its own, and one an interval an answer.
    answered = pair.first.counters("v3-ipv4")["adverts_sent"] - sent_before
    intervals = (now() - begun) / pair.first.instance("v3-ipv4").interval_ns
    assert answered <= 2 * intervals + 10


def test_a_flood_of_foreign_resignations(pair):
    sent = pair.flood(packet(pair, "v3-ipv4", message={"priority": 0}))
    noted = pair.second.counters("v3-ipv4")["noted"]
    assert noted["foreign-resign"] >= sent
    assert len(notes(pair.second, "foreign-resign", "v3-ipv4")) <= 3 * (SECONDS + 10)


def test_a_flood_of_claims_of_our_address(pair):
    address = pair.first.instance("v3-ipv4").service
    pair.flood(garp("02:00:00:00:00:66", address))
    wait_for(lambda: notes(pair.first, "conflict", "v3-ipv4"), 5, "the event")
