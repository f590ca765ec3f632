# SPDX-License-Identifier: GPL-2.0-or-later
"""A forger on the LAN, who hears everything and sends two packets a minute, of
any content and from any address: nobody holds the address for at most two
Active_Down_Intervals of the configured values, one for each packet.

Here one packet of each kind that hurts. $BATON_ROUNDS: three minutes at 1 s and
at 100 ms, of two at the worst moments (make soak-gapless), by BATON_SEED.
"""

import ipaddress
import os
import random
import struct
import threading
import time

import pytest

import frames
from daemons import Baton, Instance, Keepalived
from instruments import LATE, MS, Pause, Probe, allowance
from lan import NSEC, now, wait_for
from scene import LONG

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built")]

VIP = "192.0.2.1"
STRANGER = "192.0.2.66"
BEST, OTHER = 200, 100
SEED = int(os.environ.get("BATON_SEED", "1"))


def down(priority, interval):
    return Instance(priority=priority, interval=interval).down_ns


class Scene:
    """One router or two, a forger, and a host that asks for the address."""

    def __init__(self, lan, interval, alone):
        self.lan, self.interval = lan, interval
        self.daemons = [Baton(router).start([Instance(priority=priority,
                                                      interval=interval)])
                        for router, priority
                        in list(zip(lan.routers, (BEST, OTHER)))[:2 - alone]]
        # Of the slowest one, and what the measuring itself is late.
        self.bound = 2 * down(BEST if alone else OTHER, interval) + LATE
        self.machine = Pause(lan)
        self.probe = Probe(lan.host, VIP)
        self.injector = frames.Injector(lan.host)
        self.rest()

    def active(self):
        states = [daemon.state() for daemon in self.daemons]
        return self.daemons[states.index("active")] \
            if states.count("active") == 1 \
            and states.count("backup") == len(states) - 1 else None

    def rest(self):
        """One is Active, the best one where nobody was told to hand over."""
        wait_for(self.active, 20 + 12 * self.interval, "one Active")

    def sources(self):
        return [STRANGER, "192.0.2.9",
                *(str(router.address()) for router in self.lan.routers)]

    def forge(self, source=STRANGER, addresses=(VIP,), **fields):
        fields = {"vrid": 10, "priority": 255, "interval": self.interval,
                  **fields}
        self.injector.send(frames.frame(
            source, frames.advert(source, list(addresses), **fields)))

    def forge_answer(self):
        """As if the forger had the address (RFC 826)."""
        mac, vip = bytes.fromhex("020000000066"), ipaddress.ip_address(VIP)
        self.injector.send(
            b"\xff" * 6 + mac
            + struct.pack("!HHHBBH", frames.ETH_ARP, 1, 0x800, 6, 4, 1)
            + mac + vip.packed + bytes(6) + vip.packed)

    def hand_over(self):
        """It is told to; and until its successor speaks there is a moment."""
        daemon = self.active()
        if daemon:
            threading.Thread(target=daemon.ask, args=("handover",),
                             kwargs={"check": False}).start()

    def longest(self, since):
        """For how long nobody answered, at most, since then: in ns."""
        self.probe.wait_answer(now(), 20 + 12 * self.interval)
        return self.probe.report(since, self.probe.last() + 1)["gap"]

    def judge(self, since, what, bound=None):
        """A pause of the machine is an excuse, where one is needed."""
        longest, bound = self.longest(since), bound or self.bound
        assert longest <= bound or \
            longest <= bound + allowance(self.machine.longest()), \
            f"{what}: nobody for {longest / MS:.0f} ms"
        return longest


@pytest.fixture
def make_scene(make_lan):
    def make(interval, alone=False):
        scene = Scene(make_lan(), interval, alone)
        scene.probe.wait_answer(now(), 10)
        return scene
    return make


def hostile(scene):
    """Each kind of packet that hurts, or that one could think does."""
    active, other = (str(router.address()) for router in scene.lan.routers)
    i = scene.interval
    return {
        "a better one, silent for long": {"interval": 40.95},
        "a better one, a bit slower": {"interval": i * 1.1},
        "a better one, ten times slower": {"interval": i * 10},
        "a better one, for a moment": {"interval": 0.01},
        "a better one as we are": {},
        "the Backup as an owner": {"source": other, "interval": 40.95},
        "the Active, silent for long": {"source": active, "priority": BEST,
                                        "interval": 40.95},
        "the Active resigns": {"source": active, "priority": 0},
        "the Active is a bad one": {"source": active, "priority": 1,
                                    "interval": 40.95},
        "a lesser one, silent for long": {"priority": 150, "interval": 40.95},
        "a lesser one, for a moment": {"priority": 150, "interval": 0.01},
        "an owner of other addresses": {"addresses": ["192.0.2.77"],
                                        "interval": 40.95},
        "an owner in version 2": {"version": 2, "interval": 1},
    }


def test_one_packet_of_each_kind(make_scene):
    scene = make_scene(0.1)
    one = scene.bound / 2 + LATE
    for what, fields in hostile(scene).items():
        since = now()
        scene.forge(**fields)
        # What it costs has then begun, and ended.
        wait_for(lambda: now() > since + scene.bound, 5)
        scene.rest()
        scene.judge(since, what, one)
        assert scene.daemons[0].state() == "active"


def test_two_packets_at_the_worst_moment(make_scene):
    """The second one comes when the first one's time is almost over."""
    scene = make_scene(0.1)
    since = now()
    scene.forge(interval=0.3)
    wait_for(lambda: now() > since + down(BEST, 0.1) - 15 * MS, 5, pause=0.001)
    scene.forge(interval=0.3)
    wait_for(lambda: now() > since + scene.bound, 5)
    scene.rest()
    scene.judge(since, "two packets")


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "pair"])
def test_a_forged_successor(make_scene, alone):
    """Told to hand over, it believes that another one serves."""
    scene = make_scene(0.1, alone)
    wire = frames.Capture(scene.lan, scene.lan.routers[0])
    since = now()
    scene.hand_over()
    wait_for(lambda: [p for p in wire.adverts(since=since, vrid=10)
                      if p.vrrp.priority == 0], 5, "it resigns",
             pause=0.001)
    scene.forge(priority=254, interval=40.95)
    wait_for(lambda: now() > since + scene.bound, 5)
    scene.rest()
    scene.judge(since, "a forged successor")


def test_addresses_that_no_router_has(make_scene):
    scene = make_scene(0.1)
    before = [daemon.transitions() for daemon in scene.daemons]
    sources = ("0.0.0.0", "240.0.0.1", "255.255.255.255", "192.0.2.255",
               "224.0.0.18")
    for source in sources:
        scene.forge(source=source, pseudo=False)
    for daemon in scene.daemons:
        # Of some the kernel does not even tell.
        wait_for(lambda: daemon.errors().get("source", 0) >= 2, 5, "dropped")
        assert daemon.errors()["source"] <= len(sources)
    assert [daemon.transitions() for daemon in scene.daemons] == before


def test_a_slow_keepalived_is_asked_and_then_believed(lan):
    """Three times slower than we are, and so heard before we would begin: its
    kernel answers, and when it has kept its interval it is asked no more. Its
    death is noticed as by RFC 9568."""
    a, b = lan.routers
    slow = Keepalived(a).start([Instance(priority=BEST, interval=0.3)])
    slow.wait_state("active")
    wire = frames.Capture(lan, b)
    quick = Baton(b).start([Instance(interval=0.1)])
    quick.wait_state("backup")
    began = now()

    def heard():
        return [p for p in wire.adverts(toward=True, vrid=10, since=began)
                if p.vrrp.priority == BEST]

    def asked(since=0):
        return [p for p in wire.packets() if p.arp and not p.toward
                and p.arp.operation == 1 and str(p.arp.target) == VIP
                and p.time > since]
    wait_for(lambda: len(heard()) >= 6, 10, "six advertisements")
    assert asked()
    believed = heard()[2].time + 100 * MS
    assert len(asked(believed)) == 0
    assert quick.transitions() == ["backup"]
    lan.cut(a)
    last = heard()[-1].time
    quick.wait_state("active")
    since = next(p.time for p in wire.adverts(since=last, vrid=10)
                 if p.vrrp.priority == OTHER) - last
    down_ns = Instance(interval=0.3).down_ns
    assert down_ns - 50 * MS <= since <= down_ns + 500 * MS


def test_a_short_interval_makes_nobody_flap(make_scene):
    """A better one that names 10 ms, and is heard each 45 ms."""
    scene = make_scene(0.1)
    before = sum(len(daemon.transitions()) for daemon in scene.daemons)
    for _ in range(60):
        scene.forge(interval=0.01)
        time.sleep(0.045)
    scene.rest()
    # Both follow it and come back, once more at its end, and where the machine
    # pauses; else it would be four for each packet.
    changes = sum(len(daemon.transitions()) for daemon in scene.daemons)
    assert changes - before <= 60


def test_who_flaps_is_summed_up(make_scene):
    """A better one that names 10 ms, keeps that and is gone again."""
    scene = make_scene(1, alone=True)
    daemon = scene.daemons[0]
    before = len(daemon.transitions())
    began = now()

    def is_told():
        for _ in range(10):
            for _ in range(4):
                scene.forge(interval=0.01)
                time.sleep(0.008)
            time.sleep(0.06)
        return [event for event in daemon.events()
                if event.get("trouble") == "flapping"]
    wait_for(is_told, 60, "the sum")
    windows = (now() - began) // (10 * NSEC) + 2
    assert len(daemon.transitions()) - before <= 20 * windows
    wait_for(lambda: " more changes of state in 10 s" in daemon.log(), 5,
             "the line")


def at_random(scene, choose):
    """A packet of any content, or an answer to who has the address."""
    if choose.random() < 0.1:
        scene.forge_answer()
        return "an answer"
    tenths = choose.choice([1, 5, 10, 11, 15, 20, 24, 26, 36, 99, 100, 101])
    interval = 40.95 if choose.random() < 0.3 else min(
        40.95, max(0.01, scene.interval * tenths / 10))
    fields = {
        "source": choose.choice(scene.sources()),
        "priority": choose.choice([0, 1, 99, 100, 101, 150, 199, 200, 201, 254,
                                   255, 255, 255, 255]),
        "interval": round(interval, 2),
        "reserve": choose.choice([0, 0, 0, 15]),
    }
    scene.forge(**fields)
    return str(fields)


@pytest.mark.parametrize("interval", [1, 0.1], ids=["1s", "100ms"])
@pytest.mark.parametrize("kind", ["pair", "handover", "alone"])
def three_minutes(make_scene, kind, interval):
    scene = make_scene(interval, kind == "alone")
    choose = random.Random(f"{SEED} {kind} {interval}")
    begun, told = now(), []
    for minute in range(3):
        if kind == "handover":
            scene.hand_over()
            time.sleep(choose.uniform(0, interval))
        told.append(at_random(scene, choose))
        # Somewhere in what the first one costs, and most often at its end.
        after = down(choose.choice([BEST, OTHER]), interval) / NSEC
        time.sleep(choose.choice([after - 0.02, after - 0.002,
                                  choose.uniform(0, 2 * after)]))
        told.append(at_random(scene, choose))
        wait_for(lambda: now() > begun + (minute + 1) * 60 * NSEC, 70, pause=1)
    scene.rest()
    longest = scene.judge(begun, "; ".join(told))
    print(f"{kind} at {interval} s, seed {SEED}: nobody for "
          f"{longest / MS:.0f} of {scene.bound / MS:.0f} ms at most")


if LONG:  # make soak-gapless
    test_three_minutes = three_minutes
