# SPDX-License-Identifier: GPL-2.0-or-later
"""What baton puts on the wire, and what it must not: conformance that needs a
LAN. Each test is named by the number of the statement in the checklist of
tests/conformance; sections are RFC 9568's.

What needs the virtual MAC address (P010, P047's and P048's hardware address,
P054, P065, P069, P090 and on) comes with the virtual MAC: until then the
interface's own address stands where the virtual one will.
"""

import ipaddress

import pytest

import frames
from daemons import Baton, Instance
from frames import GROUP4, GROUP6, Capture, Injector
from lan import now, wait_for

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

FAMILIES = [pytest.param({"family": 4}, id="ipv4"),
            pytest.param({"family": 6}, id="ipv6"),
            pytest.param({"family": 4, "version": 2, "interval": 1},
                         id="v2")]


def fast(**options):
    return Instance(**{"interval": 0.1, **options})


def active(router, **options):
    daemon = Baton(router).start([fast(**options)])
    daemon.wait_state("active")
    return daemon


def some_adverts(capture, count=3, **which):
    wait_for(lambda: len(capture.adverts(**which)) >= count, 5,
             f"{count} advertisements")
    return capture.adverts(**which)


def test_P001_source_is_the_primary_address(lan):
    """5.1.1.1. The virtual address and a secondary one are lower."""
    a, _ = lan.routers
    a.ip("address add 192.0.2.2/24 dev lan0",
         "address add 198.51.100.1/24 dev lan0")
    capture = Capture(lan, a)
    active(a, addresses=["192.0.2.1/24"])
    for packet in some_adverts(capture):
        assert packet.source == a.address()


@pytest.mark.parametrize("options, group", [
    pytest.param({"family": 4}, GROUP4, id="P002"),
    pytest.param({"family": 6}, GROUP6, id="P006"),
    pytest.param({"version": 2, "interval": 1}, GROUP4, id="P012")])
def test_P002_P006_group_and_not_forwarded(make_lan, options, group):
    """5.1.1.2, 5.1.2.2. The second router forwards, and has two links."""
    lan = make_lan(links=2)
    a, b = lan.routers
    b.sysctl(net__ipv6__conf__all__forwarding=1)
    here, beyond = Capture(lan, b, 0), Capture(lan, b, 1)
    active(a, **options)
    for packet in some_adverts(here, toward=True):
        assert packet.destination == group
    assert not [packet for packet in beyond.packets() if packet.vrrp]


@pytest.mark.parametrize("options", FAMILIES)
def test_P003_P007_P012_ttl_is_255(lan, options):
    """5.1.1.3, 5.1.2.3."""
    capture = Capture(lan, lan.routers[0])
    active(lan.routers[0], **options)
    assert {packet.ttl for packet in some_adverts(capture)} == {255}


def test_P005_source_is_the_link_local_of_the_interface(lan):
    """5.1.2.1: no two routers have the same."""
    a, b = lan.routers
    sources = []
    for number, router in enumerate((a, b)):
        capture = Capture(lan, router)
        active(router, family=6, vrid=10 + number,
               addresses=[f"fe80::{number + 1}/64"])
        sources.append({packet.source for packet in some_adverts(capture)})
    assert sources == [{a.link_local()}, {b.link_local()}]


@pytest.mark.parametrize("options", FAMILIES)
def test_P009_protocol_is_112(lan, options):
    """5.1.1.4, 5.1.2.4."""
    capture = Capture(lan, lan.routers[0])
    daemon = active(lan.routers[0], **options)
    at = 23 if daemon.instance().family == 4 else 20
    assert {packet.frame[at] for packet in some_adverts(capture)} == {112}


@pytest.mark.parametrize("options", [
    pytest.param({"family": 4, "vrid": 51, "priority": 77,
                  "addresses": ["192.0.2.9/24", "192.0.2.3/24"]}, id="v3"),
    pytest.param({"family": 6, "vrid": 51, "priority": 77, "addresses": [
        "fe80::5/64", "2001:db8::9/64", "2001:db8::3/64"]}, id="v3-ipv6"),
    pytest.param({"version": 2, "interval": 1, "vrid": 51, "priority": 77,
                  "addresses": ["192.0.2.9/24", "192.0.2.3/24"]}, id="v2")])
def test_P011_P014_P022_P031_fields_are_as_configured(lan, options):
    """7.2: also the order of the addresses, and the reserved bits."""
    capture = Capture(lan, lan.routers[0])
    daemon = active(lan.routers[0], **options)
    i = daemon.instance()
    for packet in some_adverts(capture):
        sent = packet.vrrp
        assert (sent.version, sent.type, sent.vrid, sent.priority) == (
            i.version, 1, 51, 77)
        assert sent.interval == i.interval
        assert [str(address) for address in sent.addresses] == i.plain
        assert sent.count == len(i.addresses)
        if i.version == 3:
            assert sent.reserve == 0 and sent.trailer == b""
        else:
            assert sent.auth_type == 0 and sent.trailer == bytes(8)


@pytest.mark.parametrize("options, pseudo", [
    pytest.param({"version": 2, "interval": 1}, False, id="P027-v2"),
    pytest.param({"extra": ["v3_checksum_as_v2"]}, False,
                 id="P025-rfc9568"),
    pytest.param({}, True, id="rfc5798-for-keepalived"),
    pytest.param({"family": 6}, True, id="P026-ipv6")])
def test_P025_P026_P027_checksum(lan, options, pseudo):
    """5.2.8: computed again here, over what was on the wire."""
    capture = Capture(lan, lan.routers[0])
    active(lan.routers[0], **options)
    for packet in some_adverts(capture):
        message = packet.vrrp.message
        covered = message
        if pseudo:
            covered = frames.pseudo_header(
                packet.source, packet.destination, len(message)) + message
        assert frames.checksum(covered) == 0


@pytest.mark.parametrize("options", FAMILIES)
def test_P013_adverts_are_marked_cs6(lan, options):
    """2.5 asks to put advertisements before other traffic."""
    capture = Capture(lan, lan.routers[0])
    active(lan.routers[0], **options)
    assert {packet.tos for packet in some_adverts(capture)} == {0xC0}


def test_P029_first_address_is_link_local(lan):
    """5.2.9."""
    capture = Capture(lan, lan.routers[0])
    active(lan.routers[0], family=6)
    for packet in some_adverts(capture):
        assert packet.vrrp.addresses[0].is_link_local


def test_P047_gratuitous_arp(lan):
    """6.4.1: one for each address, broadcast, with the address in both."""
    a, _ = lan.routers
    capture = Capture(lan, a)
    addresses = ["192.0.2.1/24", "192.0.2.2/24"]
    active(a, addresses=addresses)

    def seen():
        return [packet for packet in capture.packets()
                if packet.arp and not packet.toward
                and packet.arp.sender == packet.arp.target]
    wait_for(lambda: len({packet.arp.sender for packet in seen()}) == 2, 5,
             "gratuitous ARP for both addresses")
    for packet in seen():
        assert packet.eth_destination == "ff:ff:ff:ff:ff:ff"
        assert str(packet.arp.sender) in ("192.0.2.1", "192.0.2.2")
        assert packet.eth_source == packet.arp.sender_mac == a.mac()


def test_P048_unsolicited_neighbour_advertisement(lan):
    """6.4.1: R=1, S=0, O=1, to all nodes, hop limit 255."""
    a, _ = lan.routers
    a.sysctl(net__ipv6__conf__all__forwarding=1)
    capture = Capture(lan, a)
    active(a, family=6)

    def seen():
        return [packet for packet in capture.packets()
                if packet.neighbour and not packet.toward
                and not packet.neighbour.flags & 2]
    ours = {ipaddress.ip_address("fe80::1"),
            ipaddress.ip_address("2001:db8::1")}
    wait_for(lambda: ours <= {p.neighbour.target for p in seen()}, 5,
             "advertisements of both addresses")
    for packet in seen():
        if packet.neighbour.target not in ours:
            continue
        assert packet.neighbour.flags == 4 | 1
        assert packet.neighbour.target_mac == a.mac()
        assert packet.destination == ipaddress.ip_address("ff02::1")
        assert packet.eth_destination == "33:33:00:00:00:01"
        assert packet.ttl == 255


@pytest.mark.parametrize("options", FAMILIES)
def test_P051_P052_P055_backup_is_silent(lan, options):
    """6.4.2: no answer to ARP or neighbour solicitation, no address."""
    a, b = lan.routers
    active(a, priority=200, **options)
    backup = Baton(b).start([fast(priority=100, **options)])
    backup.wait_state("backup")
    capture = Capture(lan, b)
    address = backup.instance().service
    lan.host.ping(address)
    assert [packet for packet in capture.packets() if packet.toward]
    assert not [packet for packet in capture.packets()
                if not packet.toward and (packet.arp or packet.neighbour)]
    assert not b.holds(address)


def test_P056_a_backup_stops_without_a_packet(lan):
    """6.4.2."""
    a, b = lan.routers
    active(a, priority=200)
    backup = Baton(b).start([fast(priority=100)])
    backup.wait_state("backup")
    capture = Capture(lan, b)
    backup.stop()
    some_adverts(capture, toward=True)
    assert capture.adverts() == []


@pytest.mark.parametrize("options", FAMILIES)
def test_P057_advert_first_then_announcements(lan, options):
    """6.4.2: in this order."""
    a, _ = lan.routers
    capture = Capture(lan, a)
    daemon = active(a, **options)
    ours = {ipaddress.ip_address(text) for text in daemon.instance().plain}

    def announcements():
        return [p for p in capture.packets() if not p.toward
                and (p.arp and p.arp.sender in ours
                     or p.neighbour and p.neighbour.target in ours)]
    wait_for(announcements, 5, "an announcement")
    assert capture.adverts()[0].time <= announcements()[0].time


@pytest.mark.parametrize("options", FAMILIES)
def test_P066_P070_active_answers_for_the_address(lan, options):
    """6.4.3: ARP, neighbour solicitations, and what is sent to it."""
    a, _ = lan.routers
    daemon = active(a, **options)
    lan.host.ping(daemon.instance().service)


@pytest.mark.parametrize("options", FAMILIES)
def test_P073_an_active_resigns_when_it_stops(lan, options):
    """6.4.3: priority 0."""
    a, _ = lan.routers
    daemon = active(a, **options)
    capture = Capture(lan, a)
    daemon.stop()
    assert capture.adverts()[-1].vrrp.priority == 0


def test_P079_a_losing_advert_is_answered_at_once(lan):
    """6.4.3: and the next regular advertisement is not put off."""
    a, _ = lan.routers
    active(a, priority=200, interval=1)
    capture = Capture(lan, a)
    regular = some_adverts(capture, 2)[-1].time
    wait_for(lambda: now() > regular + 400_000_000, 2, "a quiet moment")
    Injector(lan.host).send(frames.frame("192.0.2.66", frames.advert(
        "192.0.2.66", ["192.0.2.1"], priority=50)))
    answer, after = some_adverts(capture, 2, since=regular + 1)[:2]
    assert answer.time - regular < 900_000_000
    # Where the machine was late with the one before, it is less than a second.
    assert 500_000_000 < after.time - regular < 1_150_000_000


def test_P101_an_ipv6_address_is_usable_at_once(lan):
    """8.2.2: duplicate address detection is skipped."""
    a, _ = lan.routers
    a.sysctl(net__ipv6__conf__all__accept_dad=1,
             net__ipv6__conf__lan0__accept_dad=1,
             net__ipv6__conf__lan0__dad_transmits=1)
    daemon = active(a, family=6)
    flags = [info for info in a.addresses("lan0")
             if info["local"] in daemon.instance().plain]
    assert len(flags) == 2
    assert not [info for info in flags if info.get("tentative")]


def test_P119_source_follows_a_change_of_address(lan):
    """The primary address of the interface changes while it runs."""
    a, _ = lan.routers
    daemon = active(a)
    capture = Capture(lan, a)
    a.ip("address add 192.0.2.200/24 dev lan0",
         "address del 192.0.2.11/24 dev lan0")
    changed = ipaddress.ip_address("192.0.2.200")
    a.ip("address replace 192.0.2.200/24 dev lan0")
    wait_for(lambda: [p for p in capture.adverts() if p.source == changed],
             5, "an advertisement from the new address")
    daemon.wait_state("active")
    # The kernel took it away together with the primary address.
    wait_for(lambda: a.holds("192.0.2.1"), 1, "the virtual address")


def test_P120_an_interface_that_comes_back_is_used_again(lan):
    """Another ifindex under the same name."""
    a, _ = lan.routers
    daemon = active(a)
    lan.remove_interface(a)
    daemon.wait_state("fault")
    lan.add_interface(a)
    daemon.wait_state("active")
    capture = Capture(lan, a)
    for packet in some_adverts(capture):
        assert packet.source == a.address()
    assert a.holds("192.0.2.1")


def test_P121_no_announcement_after_stepping_down(lan):
    """The burst stops with being Active."""
    a, _ = lan.routers
    capture = Capture(lan, a)
    # Nobody answers for the other one: in seconds it would be Active again.
    daemon = active(a, interval=1, extra=["garp_master_repeat 200"])
    Injector(lan.host).send(frames.frame("192.0.2.66", frames.advert(
        "192.0.2.66", ["192.0.2.1"], priority=254, interval=40)))
    daemon.wait_state("backup")
    wait_for(lambda: not a.holds("192.0.2.1"), 2, "the address gone")
    quiet = now()
    lan.host.run("ping", "-c", "3", "-i", "0.2", str(a.address()))
    assert not [p for p in capture.packets() if p.arp and not p.toward
                and p.time > quiet
                and p.arp.sender == ipaddress.ip_address("192.0.2.1")]
