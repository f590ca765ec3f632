# SPDX-License-Identifier: GPL-2.0-or-later
"""The other half of what the checklist asks of a real wire: see test_wire.py,
and tests/conformance/LINES, which names the proofs of each statement. Here
are mostly negatives: what must not happen, and that the instrument would
have seen it.
"""

import ipaddress
import json

import pytest

import frames
from daemons import Baton, Instance
from frames import Capture, Injector
from lan import now, wait_for

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

ND = 58
ROUTER_ADVERTISEMENT = 134
NEIGHBOUR_ADVERTISEMENT = 136
ALL_NODES = "ff02::1"
OTHER_MAC = "02:00:00:00:00:77"


def fast(**options):
    return Instance(**{"interval": 0.1, **options})


def active(router, *instances):
    daemon = Baton(router).start(list(instances) or [fast()])
    for instance in daemon.instances:
        daemon.wait_state("active", instance.name)
    return daemon


def pair(lan, **options):
    """An Active and a Backup of it."""
    a, b = lan.routers
    first = active(a, fast(priority=200, **options))
    second = Baton(b).start([fast(priority=100, **options)])
    second.wait_state("backup")
    return first, second


def wait_adverts(capture, count, since):
    return wait_for(lambda: (found := capture.adverts(since=since))
                    and len(found) >= count and found, 5, "advertisements")


def icmpv6(source, destination, body):
    """An Ethernet frame of ICMPv6, hop limit 255, its checksum right."""
    source = ipaddress.ip_address(source)
    destination = ipaddress.ip_address(destination)
    pseudo = source.packed + destination.packed \
        + len(body).to_bytes(4, "big") + bytes([0, 0, 0, ND])
    value = frames.checksum(pseudo + body).to_bytes(2, "big")
    body = body[:2] + value + body[4:]
    frame = frames.frame(source, body, destination=destination)
    return frame[:20] + bytes([ND]) + frame[21:]


def router_advertisement(source):
    return icmpv6(source, ALL_NODES, bytes([ROUTER_ADVERTISEMENT, 0, 0, 0, 64])
                  + bytes(11))


def neighbour_advertisement(address, mac):
    """Unsolicited, override: the address has moved to that MAC."""
    return icmpv6(address, ALL_NODES,
                  bytes([NEIGHBOUR_ADVERTISEMENT, 0, 0, 0, 0x20, 0, 0, 0])
                  + ipaddress.ip_address(address).packed
                  + bytes([2, 1]) + bytes.fromhex(mac.replace(":", "")))


def test_P001_negative_never_a_virtual_address(lan):
    """Nor when addresses come and go, and there are several routers."""
    a, _ = lan.routers
    capture = Capture(lan, a)
    active(a, fast(addresses=["192.0.2.1/24", "192.0.2.5/24"]),
           fast(name="other", vrid=11, addresses=["192.0.2.3/24"]))
    a.ip("address add 192.0.2.4/24 dev lan0")
    a.ip("address del 192.0.2.4/24 dev lan0")
    assert {packet.source for packet in wait_adverts(capture, 20, now())} \
        == {a.address()}


def test_P005_negative_no_other_ipv6_source(lan):
    """Not a virtual link-local address, though it is lower; not a global."""
    a, _ = lan.routers
    capture = Capture(lan, a)
    active(a, fast(family=6), fast(
        name="other", vrid=11, family=6, addresses=["fe80::2/64"]))
    assert {packet.source for packet in wait_adverts(capture, 20, now())} \
        == {a.link_local()}


@pytest.mark.parametrize("ttl", [255, 64, 2, 1])
def test_P002_P006_negative_a_router_forwards_none(make_lan, ttl):
    """The same message to a single address is forwarded: it would be seen."""
    lan = make_lan(links=2)
    a, b = lan.routers
    b.sysctl(net__ipv6__conf__all__forwarding=1)
    active(b)
    beyond = Capture(lan, b, 1)
    injector = Injector(lan.host)
    for source in ("192.0.2.101", str(lan.host.link_local())):
        addresses = ["192.0.2.1" if "." in source else "fe80::1"]
        injector.send(frames.frame(
            source, frames.advert(source, addresses, vrid=77), ttl=ttl))
    target = a.address(4, 1)
    control = frames.frame("192.0.2.101", frames.advert(
        "192.0.2.101", ["192.0.2.1"], vrid=78), destination=target, ttl=64)
    injector.send(bytes.fromhex(b.mac().replace(":", "")) + control[6:])
    wait_for(lambda: [p for p in beyond.packets() if p.vrrp], 5,
             "the control packet")
    assert {p.vrrp.vrid for p in beyond.packets() if p.vrrp} == {78}


def winning(**frame):
    return frames.frame("192.0.2.66", frames.advert(
        "192.0.2.66", ["192.0.2.1"], priority=254), **frame)


@pytest.mark.parametrize("options", [b"\x01" * 4, b"\x01" * 40])
def test_P013_positive_ip_options_are_stepped_over(lan, options):
    """IHL 6 and 15; IHL 5 is every other test's."""
    daemon = active(lan.routers[0], fast(interval=1))
    Injector(lan.host).send(winning(options=options))
    daemon.wait_state("backup")


@pytest.mark.parametrize("options", [b"\x01" * 4, b"\x01" * 40])
def test_P013_negative_options_hide_nothing(lan, options):
    """With a wrong TTL beside them it is dropped like any."""
    daemon = active(lan.routers[0], fast(interval=1))
    Injector(lan.host).send(winning(options=options, ttl=254))
    wait_for(lambda: daemon.errors(), 5, "a drop")
    assert daemon.errors() == {"ttl": 1}
    assert daemon.state() == "active"


@pytest.mark.parametrize("version, interval", [(2, 1), (3, 1)])
def test_P032_positive_ethernet_padding_is_no_part(lan, version, interval):
    """The IP header's length counts, not the frame's."""
    daemon = active(lan.routers[0], fast(version=version, interval=interval))
    Injector(lan.host).send(frames.frame("192.0.2.66", frames.advert(
        "192.0.2.66", ["192.0.2.1"], version=version, priority=254,
        interval=interval), padding=18))
    daemon.wait_state("backup")


def drops_told(daemon):
    return [event for event in daemon.events()
            if event.get("type") == "drop"]


def test_P044_positive_a_failure_is_told(lan):
    """With its reason and who sent it."""
    daemon = active(lan.routers[0])
    Injector(lan.host).send(winning(ttl=1))
    event, = wait_for(lambda: drops_told(daemon), 5, "the event")
    assert "192.0.2.66" in json.dumps(event)
    assert "ttl" in event.values()


def test_P044_negative_a_flood_is_told_a_few_times(lan):
    """Though each packet claims another source; every one is counted."""
    daemon = active(lan.routers[0])
    injector = Injector(lan.host)
    before = daemon.log().count("\n")
    for number in range(1000):
        source = f"192.0.2.{20 + number % 200}"
        injector.send(frames.frame(source, frames.advert(
            source, ["192.0.2.1"], priority=254), ttl=64))
    wait_for(lambda: daemon.errors().get("ttl") == 1000, 10, "all counted")
    # At most three in ten seconds, and ten seconds may end meanwhile.
    assert 1 <= len(drops_told(daemon)) <= 6
    assert daemon.log().count("\n") - before <= 6
    assert daemon.state() == "active"


def advertised_by_routers(capture, since=0):
    return [p for p in capture.packets() if p.time >= since
            and p.frame[12:14] == b"\x86\xdd" and p.frame[20] == ND
            and p.frame[54] == ROUTER_ADVERTISEMENT and not p.toward]


def test_P053_positive_a_backup_advertises_no_router(lan):
    _, second = pair(lan, family=6)
    second.router.sysctl(net__ipv6__conf__all__forwarding=1)
    capture = Capture(lan, second.router)
    # The host asks for routers; several intervals pass.
    solicitation = icmpv6(lan.host.link_local(), "ff02::2",
                          bytes([133, 0, 0, 0, 0, 0, 0, 0]))
    Injector(lan.host).send(solicitation)
    wait_for(lambda: len(capture.adverts(toward=True)) >= 10, 5, "a second")
    assert not advertised_by_routers(capture)


def test_P053_negative_one_would_be_seen(lan):
    a, _ = lan.routers
    capture = Capture(lan, a)
    Injector(a).send(router_advertisement(a.link_local()))
    wait_for(lambda: advertised_by_routers(capture), 5, "the control packet")


def groups(router):
    return {entry["address"] for link in router.ip_json(
        "-6", "maddress", "show", "dev", "lan0")
        for entry in link["maddr"] if "address" in entry}


def solicited_node(address):
    last = ipaddress.ip_address(address).packed[13:]
    return str(ipaddress.ip_address(
        ipaddress.ip_address("ff02::1:ff00:0").packed[:13] + last))


def test_P066_positive_member_of_the_solicited_node_groups(lan):
    a, _ = lan.routers
    addresses = ["fe80::a:1/64", "2001:db8::a:2/64"]
    active(a, fast(family=6, addresses=addresses))
    for address in addresses:
        group = solicited_node(address.split("/")[0])
        wait_for(lambda: group in groups(a), 5, f"membership of {group}")


def test_P066_negative_a_backup_is_no_member(lan):
    addresses = ["fe80::a:1/64", "2001:db8::a:2/64"]
    _, second = pair(lan, family=6, addresses=addresses)
    for address in addresses:
        assert solicited_node(address.split("/")[0]) \
            not in groups(second.router)


def solicited_flags(lan, router, address):
    """R=4, S=2, O=1 of the answers to a solicitation of the host."""
    capture = Capture(lan, router)
    # Whom it knows it asks by unicast, and Linux answers that without O.
    lan.host.ip("neighbour flush dev lan0")
    lan.host.ping(address)
    answers = wait_for(lambda: [
        p.neighbour for p in capture.packets()
        if p.neighbour and not p.toward and p.neighbour.flags & 2
        and str(p.neighbour.target) == address], 5, "an answer")
    return {answer.flags for answer in answers}


def test_P067_positive_solicitations_are_answered_by_a_router(lan):
    a, _ = lan.routers
    a.sysctl(net__ipv6__conf__all__forwarding=1)
    active(a, fast(family=6))
    assert solicited_flags(lan, a, "2001:db8::1") == {4 | 2 | 1}


def test_P067_negative_the_flag_is_that_of_forwarding(lan):
    """It is the kernel that answers: without forwarding it is no router."""
    a, _ = lan.routers
    a.sysctl(net__ipv6__conf__all__forwarding=0)
    active(a, fast(family=6))
    assert solicited_flags(lan, a, "2001:db8::1") == {2 | 1}


def test_P101_negative_other_addresses_are_still_checked(lan):
    """It is the virtual addresses that skip the detection, not the link."""
    a, _ = lan.routers
    a.sysctl(net__ipv6__conf__all__accept_dad=1,
             net__ipv6__conf__lan0__accept_dad=1,
             net__ipv6__conf__lan0__dad_transmits=3)
    active(a, fast(family=6))
    a.ip("address add 2001:db8::77/64 dev lan0")
    flags = {info["local"]: info.get("tentative", False)
             for info in a.addresses("lan0")}
    assert flags["2001:db8::77"] is True
    assert flags["2001:db8::1"] is False


def neighbour_of(router, address):
    for entry in router.ip_json("-6", "neighbour", "show", "dev", "lan0"):
        if entry["dst"] == address:
            return entry.get("lladdr")
    return None


def test_P104_positive_unsolicited_advertisements_are_heard(lan):
    """In both states: the neighbour cache follows."""
    first, second = pair(lan)
    address = str(lan.host.address(6))
    for daemon in (first, second):
        daemon.router.ping(address)
        assert neighbour_of(daemon.router, address) == lan.host.mac()
    Injector(lan.host).send(neighbour_advertisement(address, OTHER_MAC))
    for daemon in (first, second):
        wait_for(lambda: neighbour_of(daemon.router, address) == OTHER_MAC,
                 5, "the new address in the cache")


def test_P104_negative_but_not_from_beyond_a_router(lan):
    """RFC 4861 7.1.2: a hop limit that is not 255."""
    first, second = pair(lan)
    address = str(lan.host.address(6))
    frame = bytearray(neighbour_advertisement(address, OTHER_MAC))
    for daemon in (first, second):
        daemon.router.ping(address)
    frame[21] = 254
    injector = Injector(lan.host)
    injector.send(bytes(frame))
    # Both have heard what was sent after it: a bad advertisement.
    injector.send(winning(ttl=1))
    for daemon in (first, second):
        wait_for(lambda: daemon.errors().get("ttl"), 5, "the drop")
        assert neighbour_of(daemon.router, address) == lan.host.mac()


def test_P120_negative_a_missing_interface_is_no_silence(lan):
    """A Backup whose interface goes is in FAULT and not the next Active."""
    _, second = pair(lan)
    lan.remove_interface(second.router)
    second.wait_state("fault")
    lan.add_interface(second.router)
    second.wait_state("backup")
    assert "active" not in second.transitions()


@pytest.mark.parametrize("family", [4, 6])
def test_P122_positive_backup_means_that_the_addresses_are_gone(lan, family):
    """Whenever the status says Backup the kernel holds none of them."""
    addresses = [f"192.0.2.{n}/32" for n in range(120, 220)] if family == 4 \
        else ["fe80::1/64"] + [f"2001:db8::1:{n:x}/128" for n in range(80)]
    source = "192.0.2.66" if family == 4 else "fe80::ffff:66"
    daemon = active(lan.routers[0], fast(
        family=family, interval=1, addresses=addresses))
    plain = daemon.instance().plain
    wait_for(lambda: all(entry["state"] == "installed" for entry
                         in daemon.status()["addresses"]), 5, "all of them")
    Injector(lan.host).send(frames.frame(source, frames.advert(
        source, plain, priority=254)))
    daemon.wait_state("backup")
    held = {info["local"] for info in daemon.router.addresses("lan0")}
    assert held.isdisjoint(plain)


def test_P122_negative_installed_is_not_said_of_what_is_not(lan):
    """One address cannot be had: it is named, with the error."""
    daemon = active(lan.routers[0], fast(
        addresses=["192.0.2.1/24", "192.0.2.7/24 dev nowhere no_track"]))
    wait_for(lambda: {entry["state"] for entry in
                      daemon.status()["addresses"]} >= {"installed"}, 5,
             "the good one")
    capture = Capture(lan, daemon.router)
    while len(capture.adverts()) < 10:
        assert {entry["address"] for entry in daemon.status()["addresses"]
                if entry["state"] == "installed"} == {"192.0.2.1/24"}
