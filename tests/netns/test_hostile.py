# SPDX-License-Identifier: GPL-2.0-or-later
"""What others do to a router that serves: somebody deletes its addresses,
its interface goes and comes, another machine claims its address, and packets
are forged. It puts back, follows, defends and does not believe.
"""

import ipaddress
import os
import signal
import socket
import statistics
import struct

import pytest

import frames
from daemons import Baton, Instance, keepalived_conf
from instruments import MS, Probe, Watch
from lan import Node, now, wait_for
from scene import DEBUG, LINKS, ids, others, replaced, settle

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

ROUNDS = int(os.environ.get("BATON_ROUNDS", "2"))
VIP = "192.0.2.1"
FORGER = "192.0.2.66"
# Until a deleted address is back, in ms: at the median, and at worst.
BACK, BACK_MOST = (50, 500) if DEBUG else (10, 50)


def start(router, state, priority=200, interval=0.1, crowd=False, **options):
    """The virtual router that is judged; in a crowd it is one of hundreds."""
    daemon = Baton(router).start([
        Instance(priority=priority, interval=interval, **options),
        *(others(priority) if crowd else [])])
    daemon.wait_state(state)
    return daemon


@pytest.fixture(params=["one", "crowd"] if ROUNDS > 2 else ["one"])
def pair(make_lan, request):
    crowd = request.param == "crowd"
    lan = make_lan(links=LINKS if crowd else 1)
    a, b = lan.routers
    first = start(a, "active", crowd=crowd)
    second = start(b, "backup", 100, crowd=crowd)
    wait_for(lambda: notes(second, "new-active"), 5, "it heard the Active")
    return lan, first, second


def notes(daemon, note, name=None):
    return [event for event in daemon.events()
            if event["type"] == "note" and event["note"] == note
            and event["instance"] == daemon.instance(name).name]


def forged(**fields):
    """An advertisement as an attacker on the LAN would send it."""
    message = {"vrid": 10, "priority": 255, "interval": 0.1, **fields}
    return frames.frame(FORGER, frames.advert(FORGER, [VIP], **message))


def put_back(router, watch, line):
    """How long the address was away, in ms."""
    since = now()
    # ip(8) may say that a flush has failed: it is back too fast.
    router.run("ip", "-loops", "1", *line.split(), check=False, whole=False)
    wait_for(lambda: (r := watch.report(since))["went"] and r["came"]
             and router.holds(VIP), 5, "the address back")
    report = watch.report(since)
    return (report["came_last"] - report["went_first"]) / MS


@pytest.mark.timing
def test_a_deleted_address_is_put_back(lan):
    a, b = lan.routers
    watch = Watch(a)
    first, second = start(a, "active"), start(b, "backup", 100)
    before = second.transitions()
    away = [put_back(a, watch, line) for _ in range(5 * ROUNDS)
            for line in (f"address del {VIP}/24 dev lan0",
                         f"address flush dev lan0 to {VIP}/32")]
    assert statistics.median(away) <= BACK, away
    assert max(away) <= BACK_MOST, away
    told = [event for event in first.events() if event["type"] == "address"]
    assert told and told[-1]["address"] == VIP
    assert second.transitions() == before
    # A flush takes the primary address as well.
    for _ in range(ROUNDS):
        a.ip("address flush dev lan0")
        first.wait_state("fault")
        a.ip(f"address add {a.address()}/24 dev lan0")
        first.wait_state("active")
        wait_for(lambda: a.holds(VIP), 5, "the address back")


def test_a_fight_for_an_address_is_told_a_few_times(lan):
    a, _ = lan.routers
    watch = Watch(a)
    first = start(a, "active")
    for _ in range(15):
        put_back(a, watch, f"address del {VIP}/24 dev lan0")
    told = [event for event in first.events() if event["type"] == "address"]
    # Three a window, and the fight is in two of them at most.
    assert 3 <= len(told) <= 6


def told_of(route, address):
    """How often the kernel told of an IPv4 address that it was set."""
    packed, count = ipaddress.ip_address(address).packed, 0
    while True:
        try:
            data = route.recv(65536)
        except BlockingIOError:
            return count
        _, kind = struct.unpack_from("=IH", data)
        count += kind == 20 and packed in data  # RTM_NEWADDR


def test_a_take_over_sets_an_address_once(lan):
    a, b = lan.routers
    first = start(a, "active")
    # The lease is refreshed every ten seconds, but soon after the start.
    second = start(b, "backup", 100, extra=["vrrp_address_lease 40"])
    settle()
    with b.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as route:
        route.bind((0, 0x10))  # RTMGRP_IPV4_IFADDR
        route.setblocking(False)
        first.kill()
        second.wait_state("active")
        settle()
        assert told_of(route, VIP) == 1


def lifetime(router, address):
    return next(info["valid_life_time"] for info in router.addresses()
                if info["local"] == address)


def test_a_learned_interval_makes_no_lease_longer(lan):
    """What a Backup hears is not how fast its own life is judged."""
    a, b = lan.routers
    slow = Baton(a).start([Instance(priority=255, interval=40.95)])
    slow.wait_state("active")
    quick = start(b, "backup", 100)
    wait_for(lambda: notes(quick, "interval-learned"), 5, "the interval")
    old = ids(quick)
    os.kill(old["vrrp"], signal.SIGKILL)
    replaced(quick, "vrrp", old=old)
    slow.stop()
    quick.wait_state("active")
    wait_for(lambda: b.holds(VIP), 5, "the address")
    assert lifetime(b, VIP) <= 2


def test_foreign_addresses_are_not_touched(pair):
    lan, first, _ = pair
    a = lan.routers[0]
    a.ip("address add 198.51.100.7/24 dev lan0")
    first.ask("handover")
    first.wait_state("backup")
    wait_for(lambda: not a.holds(VIP), 5, "the address gone")
    assert a.holds("198.51.100.7")
    first.stop()
    assert a.holds("198.51.100.7")


def test_what_another_program_left_is_no_duplicate(lan):
    """As a keepalived that was killed: another router serves since."""
    a, b = lan.routers
    second = start(b, "active")
    wait_for(lambda: b.holds(VIP), 5, "the address")
    a.ip(f"address add {VIP}/24 dev lan0",
         "address add 198.51.100.7/24 dev lan0")
    first = start(a, "backup", priority=100)
    wait_for(lambda: not a.holds(VIP), 5, "the address gone")
    assert a.holds("198.51.100.7") and b.holds(VIP)
    assert second.state() == "active" and first.state() == "backup"


@pytest.mark.parametrize("family, narrow, wide", [
    (4, "192.0.2.1/32", "192.0.2.1/24"),
    (6, "fe80::1/128", "fe80::1/64")])
@pytest.mark.parametrize("wider", [True, False])
def test_another_prefix_is_applied(lan, family, narrow, wide, wider):
    """A reload changes it; the kernel holds the new one, and then none."""
    a, _ = lan.routers
    before, after = (narrow, wide) if wider else (wide, narrow)
    # No lease that ends shall do it.
    extra = ["vrrp_address_lease 60"]
    first = start(a, "active", family=family, addresses=[before], extra=extra)
    wait_for(lambda: held_as(a, before) == [int(before.split("/")[1])], 5,
             "the address")
    first.file("baton.conf", keepalived_conf([Instance(
        family=family, priority=200, interval=0.1, addresses=[after],
        extra=extra)]))
    first.ask("reload")
    prefix = int(after.split("/")[1])
    wait_for(lambda: held_as(a, after) == [prefix], 5, "the new prefix alone")
    settle()
    assert held_as(a, after) == [prefix]
    assert [event for event in first.events()
            if event["type"] == "address"] == []
    assert first.transitions() == ["backup", "active"]
    first.stop()
    assert held_as(a, after) == []


def held_as(router, address):
    """The prefixes with which its kernel has an address."""
    return [info["prefixlen"] for info in router.addresses()
            if info["local"] == address.split("/")[0]]


def test_a_foreign_one_beside_ours_is_not_mistaken_for_it(lan):
    """Somebody's /32 of the same address, which the kernel tells apart. With
    the Active it goes too, since it would answer."""
    a, _ = lan.routers
    first = start(a, "active")
    wait_for(lambda: held_as(a, VIP) == [24], 5, "the address")
    a.ip(f"address add {VIP}/32 dev lan0")
    # A new process learns both, the other one first.
    old = ids(first)
    os.kill(old["vrrp"], signal.SIGKILL)
    replaced(first, "vrrp", old=old)
    settle()
    assert sorted(held_as(a, VIP)) == [24, 32]
    first.stop()
    assert held_as(a, VIP) == []


def test_links_are_followed(pair):
    """Down and up, another name and back, gone and made anew."""
    lan, first, second = pair
    a = lan.routers[0]

    def away_and_back(away, back):
        away()
        first.wait_state("fault")
        second.wait_state("active")
        back()
        first.wait_state("active")
        second.wait_state("backup")
        wait_for(lambda: a.holds(VIP), 5, "the address")
        wait_for(lambda: not lan.routers[1].holds(VIP), 5, "one holder")

    for _ in range(ROUNDS):
        away_and_back(lambda: a.ip("link set lan0 down"),
                      lambda: a.ip("link set lan0 up"))
        away_and_back(lambda: a.ip("link set lan0 down",
                                   "link set lan0 name other"),
                      lambda: a.ip("link set other name lan0",
                                   "link set lan0 up"))
        away_and_back(lambda: lan.remove_interface(a),
                      lambda: lan.add_interface(a))


def hears_on(router, first, second):
    """A Backup that is deaf would be Active after four intervals."""
    second.wait_state("backup")
    settle(1)
    assert second.state() == "backup"
    assert first.state() == "active"
    assert "active" not in second.transitions()


@pytest.mark.parametrize("at_once", [False, True])
def test_groups_are_joined_again_after_a_small_mtu(lan, at_once):
    """Below 1280 the kernel forgets IPv6 on that link, and our membership."""
    a, b = lan.routers
    first = start(a, "active", family=6)
    second = start(b, "backup", 100, family=6)
    if at_once:
        b.ip("link set lan0 mtu 1200", "link set lan0 mtu 1500")
    else:
        b.ip("link set lan0 mtu 1200")
        second.wait_state("fault")
        b.ip("link set lan0 mtu 1500")
    hears_on(b, first, second)


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("family", [4, 6])
def test_groups_are_joined_again_after_another_namespace(lan, family, at_once):
    """The same device with the same index, as if nothing had been."""
    a, b = lan.routers
    first = start(a, "active", family=family)
    second = start(b, "backup", 100, family=family)
    index, vrrp = b.index("lan0"), second.vrrp_pid()
    aside = Node("aside", lan.directory)
    try:
        if at_once:
            os.kill(vrrp, signal.SIGSTOP)
        b.ip(f"link set lan0 netns {aside.pid}")
        if not at_once:
            second.wait_state("fault")
        aside.ip(f"link set lan0 netns {b.pid}")
        b.ip("link set lan0 up", f"address add {b.address()}/24 dev lan0")
        lan.wait_link_local(b)
    finally:
        os.kill(vrrp, signal.SIGCONT)
        aside.close()
    assert b.index("lan0") == index
    hears_on(b, first, second)
    assert second.vrrp_pid() == vrrp


@pytest.mark.parametrize("family", [4, 6])
def test_another_mac_address_is_announced(lan, family):
    a, b = lan.routers
    service = Instance(family=family).service
    first = start(a, "active", family=family,
                  extra=["garp_master_repeat 1", "garp_master_delay 0"])
    second = start(b, "backup", 100, family=family)
    wire = frames.Capture(lan, a)
    a.ip("link set lan0 address 02:00:00:00:00:99")

    def told():
        return [p for p in wire.packets() if not p.toward
                and p.eth_source == "02:00:00:00:00:99"
                and (p.arp and str(p.arp.sender) == service
                     or p.neighbour and str(p.neighbour.target) == service)]
    wait_for(told, 2, "the announcement")
    assert first.state() == "active"
    assert second.state() == "backup"


def test_another_mac_address_is_followed(pair):
    lan, first, second = pair
    before = second.transitions()
    lan.routers[0].ip("link set lan0 address 02:00:00:00:00:99")
    wire = frames.Capture(lan, lan.routers[0])
    wait_for(lambda: [p for p in wire.adverts()
                      if p.eth_source == "02:00:00:00:00:99"],
             5, "an advertisement from the new address")
    assert first.state() == "active"
    assert second.transitions() == before


def garp(mac, address=VIP):
    """A gratuitous ARP that claims an address (RFC 5227)."""
    packed = ipaddress.ip_address(address).packed
    octets = bytes.fromhex(mac.replace(":", ""))
    return b"\xff" * 6 + octets + struct.pack(
        "!HHHBBH", frames.ETH_ARP, 1, 0x0800, 6, 4, 1) \
        + octets + packed + bytes(6) + packed


def test_a_foreign_claim_is_told_and_defended(pair):
    lan, first, _ = pair
    a = lan.routers[0]
    wire = frames.Capture(lan, a)
    injector = frames.Injector(lan.host)
    # Right after a take-over a claim may be that of the one before.
    taken = now()
    wait_for(lambda: now() > taken + 300 * MS, 2)
    since = now()
    for _ in range(100):
        injector.send(garp("02:00:00:00:00:66"))
    claim = wait_for(lambda: notes(first, "conflict"), 5, "the event")
    assert claim[0]["peer"] == VIP
    assert "02:00:00:00:00:66" in str(claim[0])
    status = first.ask("status")
    assert "! another machine claims this address" in status
    assert "02:00:00:00:00:66" in status

    def defence():
        return [p for p in wire.packets()
                if p.arp and not p.toward and p.time >= since
                and str(p.arp.sender) == VIP
                and p.arp.sender_mac == a.mac()]
    wait_for(defence, 5, "the defence")
    wait_for(lambda: now() > since + 1_000_000_000, 2)
    assert len(defence()) <= 10, "a flood of claims makes a flood"
    assert len(notes(first, "conflict")) <= 5
    assert first.state() == "active"


def test_interval_zero_hurries_nobody(pair):
    """Attack 1."""
    lan, first, second = pair
    before = first.transitions(), second.transitions()
    injector = frames.Injector(lan.host)
    for _ in range(20):
        injector.send(forged(interval=0))
    for daemon in (first, second):
        wait_for(lambda: daemon.errors().get("interval-zero") == 20, 5,
                 "the count")
    assert (first.transitions(), second.transitions()) == before


@pytest.mark.timing
def test_a_forged_long_interval_costs_seconds(pair):
    """Attack 2: priority 255 and 40.95 s, once; nobody is behind it."""
    lan, first, second = pair
    probe = Probe(lan.host, VIP)
    probe.wait_answer(now(), 5)
    at = now()
    frames.Injector(lan.host).send(forged(interval=40.95))
    wait_for(lambda: "backup" in first.transitions()[2:], 5, "it steps down")
    wait_for(lambda: "active" in (first.state(), second.state()), 10,
             "somebody takes over")
    assert probe.outage(at, 10) <= 5000 * MS
    # Who heard the last word of the other one after it need not ask.
    assert [event for daemon in (first, second) for event in daemon.events()
            if event["type"] == "state" and event.get("peer") == FORGER
            and event["cause"] in ("no-answer", "silence")]


def test_an_honest_slow_active_is_not_taken_over(lan):
    """It answers the probes; its 40.95 s are what it says."""
    a, b = lan.routers
    slow = Baton(a).start([Instance(priority=255, interval=40.95)])
    slow.wait_state("active")
    wire = frames.Capture(lan, b)
    # It hears the slow one only as the answer to an advertisement of its own.
    quick = start(b, "backup", 100)
    wait_for(lambda: notes(quick, "interval-learned"), 5, "the interval")
    assert quick.state() == "backup"

    def asked():
        return [p for p in wire.packets() if p.arp and not p.toward
                and p.arp.operation == 1 and str(p.arp.target) == VIP
                and p.arp.sender_mac == b.mac()
                and str(p.arp.sender) != VIP]
    wait_for(lambda: len(asked()) >= 3, 10, "three questions")
    assert quick.state() == "backup"
    assert "no-answer" not in [event.get("cause") for event in quick.events()]


@pytest.mark.timing
def test_a_burst_of_losing_adverts_makes_no_storm(pair):
    """Attack 3."""
    lan, first, second = pair
    before = second.transitions()
    wire = frames.Capture(lan, lan.routers[0])
    injector = frames.Injector(lan.host)
    losing = forged(priority=1)
    begun = now()
    for _ in range(200):
        injector.send(losing)
    wait_for(lambda: first.counters()["adverts_received"] >= 200, 5,
             "all were heard")
    wait_for(lambda: now() > begun + 1_000_000_000, 3)
    sent = [p.time for p in wire.adverts(since=begun, vrid=10)]
    # Ten a second are its own; answers come at most every interval or so.
    assert len(sent) <= 40
    gaps = [b - a for a, b in zip(sent, sent[1:])]
    assert max(gaps) <= 150 * MS
    announced = [p for p in wire.packets() if p.arp and not p.toward
                 and p.time >= begun and str(p.arp.sender) == VIP]
    assert len(announced) <= 60
    assert first.state() == "active"
    assert second.transitions() == before


@pytest.mark.parametrize("pseudo", [False, True])
def test_both_checksums_are_understood(pair, pseudo):
    """Attack 4: RFC 9568's and RFC 5798's."""
    lan, first, _ = pair
    heard = first.counters()["adverts_received"]
    frames.Injector(lan.host).send(forged(priority=1, pseudo=pseudo))
    wait_for(lambda: first.counters()["adverts_received"] > heard, 5,
             "a packet that is valid")
    assert not first.errors().get("checksum")


def test_a_foreign_resignation_is_ignored(pair):
    """Only the Active can stop being it."""
    lan, first, second = pair
    before = second.transitions()
    injector = frames.Injector(lan.host)
    for _ in range(10):
        injector.send(forged(priority=0))
    told = wait_for(lambda: notes(second, "foreign-resign"), 5, "the event")
    assert told[0]["peer"] == FORGER
    assert second.transitions() == before
    assert first.state() == "active"
