# SPDX-License-Identifier: GPL-2.0-or-later
"""What is known of a link is used: its MTU, its master, its hardware. And what
could not be announced on it is announced when it is back."""

import fcntl
import ipaddress
import os
import select
import socket
import struct
import threading

import pytest

from daemons import Baton, Instance, Keepalived
from frames import ETH_ALL, PACKET_OUTGOING, Capture, parse
from lan import wait_for
from scene import settle

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

MANY4 = [f"10.1.0.{n}/32" for n in range(1, 251)]
MANY6 = ["fe80::100/64", *(f"fd00::1:{n:x}/64" for n in range(1, 90))]


def fast(**options):
    return Instance(**{"interval": 0.1, **options})


def room(family, version, mtu):
    """Addresses in one advertisement: RFC 9568 5.2, RFC 3768 5.3. keepalived
    takes Ethernet's header for a part of the MTU."""
    head = 14 + (20 if family == 4 else 40)
    trailer = 8 if version == 2 else 0
    return (mtu - head - 8 - trailer) // (4 if family == 4 else 16)


# keepalived says nothing while it announces hundreds of addresses, which takes
# seconds on a busy machine: so there is no second round of that, and a Backup
# has more patience.
PATIENT = {"interval": 2, "extra": ["garp_master_delay 60"]}
DOWN = 7.5  # seconds: more than its Active_Down_Interval


def wait_serving(captures):
    """keepalived is busy for seconds when it has hundreds of addresses to put,
    and says nothing meanwhile."""
    for capture in captures:
        wait_for(lambda: len(capture.adverts()) >= 3, 20, "three of its words")


@pytest.mark.parametrize("kinds", [
    pytest.param((Baton, Baton), id="baton-baton"),
    pytest.param((Baton, Keepalived), id="baton-keepalived"),
    pytest.param((Keepalived, Baton), id="keepalived-baton")])
def test_as_many_as_fit(make_lan, kinds):
    """The rest is served, as keepalived does, and nobody is Active beside."""
    lan = make_lan(links=2, many=True)
    a, b = lan.routers
    mtus = 1000, 1450
    for router in (a, b):
        router.ip(*(f"link set lan{n} mtu {mtu}"
                    for n, mtu in enumerate(mtus)))
    captures = [Capture(lan, a, n) for n in range(2)]

    def wide(priority):
        return [Instance(name="four", version=2, priority=priority,
                         addresses=MANY4, **PATIENT),
                Instance(name="six", family=6, priority=priority, vrid=11,
                         interface="lan1", addresses=MANY6, **PATIENT)]
    first = kinds[0](a).start(wide(200))
    wait_serving(captures)
    second = kinds[1](b).start(wide(100))
    for name in ("four", "six"):
        first.wait_state("active", name)
        second.wait_state("backup", name)
    before = {name: second.transitions(name) for name in ("four", "six")}
    settle(DOWN)
    for n, name in enumerate(("four", "six")):
        assert second.transitions(name) == before[name]
        fit = room((4, 6)[n], (2, 3)[n], mtus[n])
        assert {packet.vrrp.count for packet in captures[n].adverts()
                if packet.vrrp.priority} == {fit}
        left = len((MANY4, MANY6)[n]) - fit
        assert left > 0
        if kinds[0] is Baton:
            assert a.holds((MANY4, MANY6)[n][-1].split("/")[0])
            status = first.status(name)
            assert status["counters"]["send_errors"] == 0
            assert status["not_advertised"] == left
            assert [entry["excluded"] for entry in
                    status["addresses"]].count(True) == left
            assert f"{left} of its addresses are not advertised: an MTU of " \
                f"{mtus[n]}" in first.ask("status")
            assert f"has no room for {left} of its addresses" in first.log()
        if kinds[1] is Baton:
            assert not second.errors(name)
            assert second.counters(name)["noted"]["address-list"] == 0


@pytest.mark.parametrize("kinds", [
    pytest.param((Baton, Keepalived), id="baton-keepalived"),
    pytest.param((Keepalived, Baton), id="keepalived-baton")])
def test_a_large_mtu_has_room_for_more(lan, kinds):
    """Than an MTU of 1500."""
    a, b = lan.routers
    addresses = ["fe80::100/64", *(f"fd00::1:{n:x}/64"
                                   for n in range(1, 120))]
    lan.switch.ip(*(f"link set {lan.port_name(node)} mtu 9000"
                    for node in (a, b, lan.host)))
    for router in (a, b):
        router.ip("link set lan0 mtu 9000")
    capture = Capture(lan, a)
    first, second = (kind(router) for kind, router in zip(kinds, (a, b)))
    first.start([Instance(family=6, priority=200, addresses=addresses,
                          **PATIENT)])
    wait_serving([capture])
    second.start([Instance(family=6, addresses=addresses, **PATIENT)])
    first.wait_state("active")
    second.wait_state("backup")
    before = second.transitions()
    settle(DOWN)
    assert second.transitions() == before
    assert {packet.vrrp.count for packet in capture.adverts()} == {120}


@pytest.mark.parametrize("unicast, version", [(False, 2), (True, 3)])
def test_the_mtu_changes_while_it_is_active(lan, unicast, version):
    """It shrinks on one router first, and grows again."""
    a, b = lan.routers

    def extra(own, peer):
        return [f"unicast_src_ip {own.address()}", "unicast_peer {",
                str(peer.address()), "}"] if unicast else []
    options = {"version": version, "addresses": MANY4}
    first = Baton(a).start([Instance(
        priority=200, extra=extra(a, b), **options)])
    first.wait_state("active")
    second = Baton(b).start([Instance(extra=extra(b, a), **options)])
    second.wait_state("backup")
    capture = Capture(lan, a)

    def sent():
        counts = [packet.vrrp.count for packet in capture.adverts()]
        return counts[-1] if counts else None
    for mtu in (1000, 1500):
        a.ip(f"link set lan0 mtu {mtu}")
        wait_for(lambda: sent() == min(250, room(4, version, mtu)), 5,
                 f"an advertisement for {mtu}")
        settle(3.8)  # more than Active_Down_Interval
    assert first.transitions()[-1] == "active"
    assert second.transitions() == ["backup"]
    assert first.counters()["send_errors"] == 0
    assert not second.errors()


def test_ipv6_goes_with_a_small_mtu_and_comes_back(lan):
    """The kernel has no IPv6 below 1280: the reason is not the sysctl."""
    a, _ = lan.routers
    daemon = Baton(a).start([fast(family=6)])
    daemon.wait_state("active")
    a.ip("link set lan0 mtu 1200")
    daemon.wait_state("fault")
    assert "its MTU is 1200, and IPv6 needs 1280" in daemon.ask("status")
    a.ip("link set lan0 mtu 1500")
    daemon.wait_state("active")
    wait_for(lambda: a.holds("2001:db8::1"), 5, "the address")


def test_a_port_of_a_bridge_hears_nothing(lan):
    """What arrives there goes to the bridge: it is no interface."""
    a, b = lan.routers
    second = Baton(b).start([Instance(priority=200, interval=0.5)])
    second.wait_state("active")
    first = Baton(a).start([Instance(interval=0.5)])
    first.wait_state("backup")
    a.ip("link add br0 type bridge", "link set br0 up",
         "link set lan0 master br0")
    first.wait_state("fault")
    settle(2)  # more than Active_Down_Interval
    assert first.transitions()[-1] == "fault"
    status = first.status()
    assert status["interface_status"] == "port"
    assert status["related_interface"] == "br0"
    for words in (("status",), ("why", "gate")):
        assert "lan0 is a port of br0, which takes all that arrives: name " \
            "br0 as interface" in first.ask(*words)
    assert "backup -> fault: its interface is a port" in first.log()
    # It leaves the bridge, and hears again.
    a.ip("link set lan0 nomaster")
    first.wait_state("backup")
    settle(2)
    assert first.transitions()[-1] == "backup"
    assert second.transitions() == ["backup", "active"]


def test_an_active_that_becomes_a_port_lets_go(lan):
    a, b = lan.routers
    first = Baton(a).start([fast(priority=200)])
    first.wait_state("active")
    second = Baton(b).start([fast()])
    second.wait_state("backup")
    a.ip("link add br0 type bridge", "link set br0 up",
         "link set lan0 master br0")
    first.wait_state("fault")
    second.wait_state("active")
    wait_for(lambda: not a.holds("192.0.2.1"), 5, "the address gone")
    # Who tracks a port tracks its signal, and no more.
    other = Baton(a, "other").start([Instance(
        name="tracks", vrid=20, interval=0.1, interface="br0",
        addresses=["192.0.2.20/24"],
        extra=["unicast_src_ip 192.0.2.21", "unicast_peer {",
               str(b.address()), "}", "track_interface {", "lan0", "}"])])
    a.ip("address add 192.0.2.21/24 dev br0")
    other.wait_state("active")


def test_why_there_is_no_carrier(lan):
    """Not always a cable: what it stands on is down."""
    a, _ = lan.routers
    a.ip("link add link lan0 name mv0 type macvlan",
         "link set mv0 up", "address add 192.0.2.31/24 dev mv0")
    daemon = Baton(a).start([fast(interface="mv0")])
    daemon.wait_state("active")
    lan.carrier_down(a)
    daemon.wait_state("fault")
    wait_for(lambda: "mv0 stands on lan0, which is down"
             in daemon.ask("status"), 5, "the reason")
    lan.carrier_up(a)
    daemon.wait_state("active")


def heard(router):
    """A socket that hears all that leaves a router, whatever its links do."""
    told = router.socket(socket.AF_PACKET, socket.SOCK_RAW,
                         socket.htons(ETH_ALL))
    told.setblocking(False)
    return told


def announced(told, address):
    """Whether it was announced, by GARP or NA, since this was asked."""
    wanted = ipaddress.ip_address(address)
    while True:
        try:
            bytes_, (_, _, kind, *_) = told.recvfrom(2048)
        except BlockingIOError:
            return False
        packet = parse(bytes_)
        if kind == PACKET_OUTGOING and (
                (packet.arp and packet.arp.sender == wanted) or
                (packet.neighbour and packet.neighbour.target == wanted)):
            return True


@pytest.mark.parametrize("down", ["carrier", "set"])
def test_what_found_its_link_down_is_announced_when_it_is_back(make_lan, down):
    """An address with no_track: without, its router is in FAULT meanwhile."""
    lan = make_lan(links=2, many=True)
    a, _ = lan.routers
    port = lan.port_name(a, 1)

    def take_away():
        if down == "carrier":
            lan.switch.ip(f"link set {port} down")
        else:
            a.ip("link set lan1 down")

    def bring_back():
        if down == "carrier":
            lan.switch.ip(f"link set {port} up")
        else:
            a.ip("link set lan1 up")
    # The kernel takes an address of IPv6 away with its link.
    addresses = ["10.1.0.1"] + (["fd00::1"] if down == "carrier" else [])
    take_away()
    daemon = Baton(a).start([fast(
        addresses=["10.0.0.1/24"],
        extra=["garp_master_repeat 1", "garp_master_delay 0",
               "virtual_ipaddress_excluded {",
               *(f"{address}/24 dev lan1 no_track"
                 for address in addresses), "}"])])
    wait_for(lambda: daemon.state() == "active", 10, "the Active")
    settle()
    for _ in range(2):
        told = heard(a)
        bring_back()
        for address in addresses:
            assert a.holds(address)
            wait_for(lambda: announced(told, address), 10,
                     f"{address} announced")
        told.close()
        take_away()
        settle()
    assert daemon.transitions()[-1] == "active"


class Tunnel:
    """A tun device on each of two routers, and what joins them."""

    TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 1, 0x1000

    def __init__(self, *routers):
        self.packets = []
        self.fds = [self._open(router, n)
                    for n, router in enumerate(routers, 1)]
        self.over = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _open(self, router, number):
        def tun():
            fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(fd, self.TUNSETIFF, struct.pack(
                "16sH22x", b"tun0", self.IFF_TUN | self.IFF_NO_PI))
            return fd
        fd = router.inside(tun)
        router.ip(f"address add 10.9.0.{number} peer 10.9.0.{3 - number} "
                  "dev tun0", "link set tun0 up")
        return fd

    def _run(self):
        while not self.over:
            for fd in select.select(self.fds, [], [], 0.2)[0]:
                try:
                    packet = os.read(fd, 2048)
                    self.packets.append(packet)
                    os.write(self.fds[1 - self.fds.index(fd)], packet)
                except OSError:
                    continue

    def close(self):
        self.over = True
        self.thread.join()
        for fd in self.fds:
            os.close(fd)


@pytest.mark.skipif(not os.path.exists("/dev/net/tun"), reason="no tun")
def test_a_tunnel_carries_packets_without_a_frame(lan):
    """No MAC address, no ARP: what leaves is an IP packet, and nothing else."""
    a, b = lan.routers
    tunnel = Tunnel(a, b)
    try:
        first = Baton(a).start([fast(interface="tun0", priority=200,
                                     addresses=["10.9.0.100/32"])])
        first.wait_state("active")
        second = Baton(b).start([fast(interface="tun0",
                                      addresses=["10.9.0.100/32"])])
        second.wait_state("backup")
        settle(0.8)
        assert second.transitions() == ["backup"]
        assert first.counters()["send_errors"] == 0
        ours = [packet for packet in tunnel.packets if packet[0] >> 4 == 4]
        assert {packet[9] for packet in ours} <= {2, 112}  # IGMP, VRRP
        assert {packet[0] >> 4 for packet in tunnel.packets} <= {4, 6}
        first.stop()
        second.wait_state("active")
    finally:
        tunnel.close()
