# SPDX-License-Identifier: GPL-2.0-or-later
"""Floods: tens of thousands of packets a second of one kind, for seconds.

Two routers serve, at 100 ms; a host floods them. No virtual router changes
its state, no advertisement comes later than 5 ms after its interval, each
packet is counted, and under its one reason. In soak-gapless each kind comes
for 10 s at 50,000 a second, to routers of three and of a crowd; else a few
kinds for one second, at a rate that a debug build can bear.
"""


import pytest

import frames
from daemons import Baton, Instance
from instruments import MS, Flood, Listen, discarded
from lan import now, wait_for
from scene import DEBUG, LINKS, LONG, lan_number, others, wait_all
from test_hostile import garp, notes
from test_malformed import CASES, PEER, PROTOCOLS, difference, dropped

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built")]

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
    """An Active and a Backup of all three protocols; in a crowd they are
    three of hundreds in one process."""

    def __init__(self, lan, crowd):
        self.lan = lan
        base = "10.0.0" if crowd else "192.0.2"
        self.first, self.second = (
            Baton(router).start([
                Instance(name=protocol, version=version, family=family,
                         vrid=10 + number, priority=priority,
                         interval=1 if version == 2 else 0.1,
                         addresses=[f"{base}.{1 + number}/24"]
                         if family == 4 else [])
                for number, (protocol, (version, family))
                in enumerate(PROTOCOLS.items())]
                + (others(priority) if crowd else []))
            for router, priority in zip(lan.routers, (200, 100)))
        wait_all(self.first, "active")
        wait_all(self.second, "backup")
        wait_for(lambda: {i["active_priority"] for i in
                          self.second.all_status()["instances"]} == {200},
                 5, "the Backup heard each Active")
        self.wire = Listen(lan, lan.routers[0])

    def states(self):
        """Of all, and how often each became Active."""
        return [(i["name"], i["state"], i["counters"]["became_active"])
                for daemon in (self.first, self.second)
                for i in daemon.all_status()["instances"]]

    def in_time(self):
        report = self.wire.report()
        assert report.lost == 0
        for i in self.first.instances:
            key = lan_number(i.interface), i.family, i.vrid
            late = report.gaps[key] - i.interval_ns
            assert late <= LATE + report.allowance, (
                i.name, f"{late / MS:.1f} ms late",
                f"the machine: {report.paused / MS:.1f} ms")
            assert not report.resigns[key]

    def flood(self, frame):
        """Sends it and judges what must be true of any flood; how many."""
        before = self.states()
        self.discarded = discarded()
        self.overflowed = {daemon: daemon.all_status()["packets_overflowed"]
                           for daemon in (self.first, self.second)}
        self.wire.mark()
        sent = Flood(self.lan.host, RATE, SECONDS, frame).wait()
        assert sent >= RATE * SECONDS / 2, "the flood was one"
        self.in_time()
        assert self.states() == before
        return sent

    def accounted(self, daemon, sent, count):
        """Until count() is all that were sent, but for those of which the
        kernel says that the socket was full (baton counts them) or that they
        never got so far."""
        def all_are():
            full = (daemon.all_status()["packets_overflowed"]
                    - self.overflowed[daemon])
            missing = sent - count() - full
            assert full <= sent / 100
            return 0 <= missing <= discarded() - self.discarded
        wait_for(all_are, 10, f"an account of {sent} packets")


@pytest.fixture(scope="module",
                params=["three", "crowd"] if LONG else ["three"])
def pair(request):
    import lan as lans
    crowd = request.param == "crowd"
    with lans.Lan(links=LINKS if crowd else 1) as network:
        yield Pair(network, crowd)


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
        pair.accounted(daemon, sent, lambda: dropped(daemon).get(
            case.reason, 0) - old.get(case.reason, 0))
        assert set(difference(dropped(daemon), old)) == {case.reason}


def test_a_flood_of_losing_advertisements(pair):
    """They are answered, at a limited rate, and announced no more often."""
    begun = now()
    heard = pair.first.counters("v3-ipv4")["adverts_received"]
    sent_before = pair.first.counters("v3-ipv4")["adverts_sent"]
    sent = pair.flood(packet(pair, "v3-ipv4", message={"priority": 1}))
    pair.accounted(pair.first, sent, lambda: pair.first.counters("v3-ipv4")[
        "adverts_received"] - heard)
    # One an interval is its own, and one an interval an answer.
    answered = pair.first.counters("v3-ipv4")["adverts_sent"] - sent_before
    intervals = (now() - begun) / pair.first.instance("v3-ipv4").interval_ns
    assert answered <= 2 * intervals + 10


def test_a_flood_of_foreign_resignations(pair):
    def noted():
        return pair.second.counters("v3-ipv4")["noted"].get(
            "foreign-resign", 0)
    before = noted()
    sent = pair.flood(packet(pair, "v3-ipv4", message={"priority": 0}))
    pair.accounted(pair.second, sent, lambda: noted() - before)
    assert len(notes(pair.second, "foreign-resign", "v3-ipv4")) <= 3 * (SECONDS + 10)


def test_a_flood_of_claims_of_our_address(pair):
    address = pair.first.instance("v3-ipv4").service
    pair.flood(garp("02:00:00:00:00:66", address))
    wait_for(lambda: notes(pair.first, "conflict", "v3-ipv4"), 5, "the event")
