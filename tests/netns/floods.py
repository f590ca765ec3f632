# SPDX-License-Identifier: GPL-2.0-or-later
"""Floods of packets that a host may send, kind by kind, and what each costs.

Two routers serve at 100 ms; a host floods them with packets of one kind. What
is measured is the processor time of the process `vrrp` of each, how often that
was woken, and how late an advertisement was meanwhile. For the bench, and for
the test that the bounds hold.
"""

import ipaddress
import struct
from dataclasses import dataclass

import frames
from daemons import Baton, Instance
from instruments import Flood, Listen
from lan import NSEC, wait_for

STRANGER = "192.0.2.66"
STRANGER6 = "fe80::66"
MAC = bytes.fromhex("020000000066")
VIP, VIP6 = "192.0.2.1", "2001:db8::1"
INTERVAL = 0.1


def instances(priority):
    return [
        Instance(name="gate", priority=priority, interval=INTERVAL),
        Instance(name="six", priority=priority, interval=INTERVAL, family=6),
        Instance(name="two", vrid=12, priority=priority, version=2,
                 addresses=["192.0.2.9/24"])]


def advert(source=STRANGER, addresses=(VIP,), **fields):
    fields = {"vrid": 10, "priority": 1, "interval": INTERVAL, **fields}
    return frames.frame(source, frames.advert(source, addresses, **fields))


def first_fragment(frame):
    """Of a packet whose others never come."""
    header = frame[14:20] + struct.pack("!H", 0x2000) + frame[22:34]
    value = frames.checksum(header[:10] + bytes(2) + header[12:])
    return frame[:14] + header[:10] + struct.pack("!H", value) \
        + header[12:] + frame[34:]


def arp(address):
    """A request that says: I have this address."""
    packed = ipaddress.ip_address(address).packed
    return b"\xff" * 6 + MAC + struct.pack(
        "!HHHBBH", frames.ETH_ARP, 1, 0x0800, 6, 4, 1) \
        + MAC + packed + bytes(6) + packed


def icmp6(number, body, to="ff02::1"):
    """From a link-local address, with the hop limit of neighbours."""
    source, group = map(ipaddress.ip_address, (STRANGER6, to))
    covered = source.packed + group.packed + struct.pack(
        "!IxxxB", len(body) + 4, 58)
    value = frames.checksum(covered + bytes([number, 0, 0, 0]) + body)
    message = struct.pack("!BBH", number, 0, value) + body
    return b"\x33\x33" + group.packed[12:] + MAC + struct.pack(
        "!HIHBB", frames.ETH_IPV6, 6 << 28, len(message), 58, 255) \
        + source.packed + group.packed + message


def claim6(address):
    """A neighbour advertisement, RFC 4861 4.4."""
    return icmp6(136, struct.pack("!I", 1 << 29)
                 + ipaddress.ip_address(address).packed + b"\x02\x01" + MAC)


def solicitation(router):
    """For the link-local address of a router, RFC 4861 4.3."""
    target = ipaddress.ip_address(router.link_local()).packed
    return icmp6(135, bytes(4) + target + b"\x01\x01" + MAC,
                 to=ipaddress.ip_address(
                     bytes.fromhex("ff0200000000000000000001ff")
                     + target[13:]))


def router_advert(preferred=1800):
    """With a prefix, of which each host makes an address, RFC 4861 4.2."""
    prefix = ipaddress.ip_address("2001:db8:77::").packed
    return icmp6(134, struct.pack("!BBHII", 64, 0, 1800, 0, 0)
                 + struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 3600, preferred, 0)
                 + prefix)


PLAIN = "of an unknown VRID"


def kinds(lan):
    """{what: frames that are sent in turn}, the plain one first."""
    first = lan.routers[0]
    loses = advert()
    return {
        PLAIN: [advert(vrid=99)],
        "that loses, VRRPv3 and VRRPv2": [
            loses, advert(addresses=["192.0.2.9"], vrid=12, version=2,
                          interval=1)],
        "that loses, IPv4 and IPv6": [
            loses, advert(STRANGER6, ["fe80::1", VIP6])],
        "that loses, and a foreign priority 0": [loses, advert(priority=0)],
        "that loses, with 255 addresses": [advert(addresses=[VIP] * 255)],
        "from the Active's own address": [
            advert(str(first.address()), priority=255)],
        "a first fragment": [first_fragment(loses)],
        "ARP of others": [arp("192.0.2.77")],
        "ARP that claims our address": [arp(VIP)],
        "ARP and neighbour advertisements that claim our addresses": [
            claim6(VIP6), arp(VIP)],
        "a neighbour solicitation": [solicitation(first)],
        "a router advertisement with a prefix": [router_advert()],
        "router advertisements that deprecate it, and not": [
            router_advert(), router_advert(preferred=0)],
    }


def usage(pid):
    """(ns of processor time, times that it was woken) of a process of one
    thread."""
    with open(f"/proc/{pid}/schedstat") as file:
        used = int(file.read().split()[0])
    with open(f"/proc/{pid}/status") as file:
        woken = dict(line.split(":", 1) for line in file)[
            "voluntary_ctxt_switches"]
    return used, int(woken)


@dataclass
class Cost:
    """Of one flood. ns are of a packet; of no flood, of a second."""

    sent: int
    seconds: float
    active: int  # ns
    backup: int  # ns
    kernel: int  # ns of the sender: what kernels do, on the LAN of a test
    woken: int   # times a second, of the two the more
    late: int    # ns, of the latest advertisement
    paused: int  # ns that the machine itself stood still


class Ground:
    """Two routers that serve, and a host."""

    def __init__(self, lan):
        self.lan = lan
        self.first, self.second = (
            Baton(router).start(instances(priority))
            for router, priority in zip(lan.routers, (200, 100)))
        for i in self.first.instances:
            self.first.wait_state("active", i.name)
            self.second.wait_state("backup", i.name)
        self.wire = Listen(lan, lan.routers[0])

    def states(self):
        return [(i["state"], i["counters"]["became_active"])
                for daemon in (self.first, self.second)
                for i in daemon.all_status()["instances"]]

    def measure(self, rate, seconds, flood):
        """What a flood of these frames costs; no router changes its state."""
        states = self.states()
        pids = [daemon.vrrp_pid() for daemon in (self.first, self.second)]
        self.wire.mark()
        before = [usage(pid) for pid in pids]
        report = Flood(self.lan.host, rate, seconds, *flood).report()
        after = [usage(pid) for pid in pids]
        took = report["ns"] / NSEC
        heard = self.wire.report()
        assert heard.lost == 0
        late = max(heard.gaps[0, i.family, i.vrid] - i.interval_ns
                   for i in self.first.instances if i.interval < took / 2)
        wait_for(lambda: self.states() == states, 5,
                 "each in the state that it was in, and never in another")
        active, backup = ((new[0] - old[0]) // max(report["sent"], 1)
                          for old, new in zip(before, after))
        return Cost(report["sent"], took, active, backup,
                    report["cpu"] // max(report["sent"], 1),
                    round(max(new[1] - old[1] for old, new
                              in zip(before, after)) / took),
                    late, heard.paused)
