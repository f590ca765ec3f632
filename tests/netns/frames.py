# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames of VRRP, ARP and ICMPv6: captured, taken apart, made and injected.

A capture is a packet socket on a router's port of the switch; the kernel
stamps each frame, so nothing depends on when Python reads it. Taking apart
and checksums are this file's own, from the RFCs, not the daemon's: RFC 9568
and 3768 (VRRP), 826 (ARP), 4861 (neighbour advertisements), 1071 (checksum).
"""

import ctypes
import errno
import ipaddress
import socket
import struct
import time
from dataclasses import dataclass, field

ETH_ALL, ETH_IPV4, ETH_ARP, ETH_IPV6 = 0x0003, 0x0800, 0x0806, 0x86DD
VRRP = 112
ICMPV6 = 58
PACKET_OUTGOING = 4
SO_ATTACH_FILTER = 26
SO_TIMESTAMPNS = 35
SO_RCVBUFFORCE = 33
GROUP4 = ipaddress.ip_address("224.0.0.18")
GROUP6 = ipaddress.ip_address("ff02::12")

# VRRP over IPv4 and IPv6, ARP, ICMPv6 (classic BPF: code, jt, jf, k).
FILTER = [
    (0x28, 0, 0, 12),        # ldh  [12]
    (0x15, 5, 0, ETH_ARP),   # jeq  ARP -> accept
    (0x15, 0, 2, ETH_IPV4),  # jeq  IPv4, else +2
    (0x30, 0, 0, 23),        # ldb  [23]
    (0x15, 2, 3, VRRP),
    (0x30, 0, 0, 20),        # ldb  [20]
    (0x15, 0, 1, VRRP),
    (0x06, 0, 0, 0xFFFF),    # accept
    (0x15, 0, 1, ICMPV6),
    (0x06, 0, 0, 0xFFFF),
    (0x06, 0, 0, 0),
]


@dataclass
class Advert:
    """An advertisement as it was on the wire."""

    version: int
    type: int
    vrid: int
    priority: int
    count: int
    interval: float  # seconds, as the version means it
    reserve: int     # v3
    auth_type: int   # v2
    checksum: int
    addresses: list
    trailer: bytes
    message: bytes


@dataclass
class Arp:
    operation: int
    sender_mac: str
    sender: ipaddress.IPv4Address
    target_mac: str
    target: ipaddress.IPv4Address


@dataclass
class Neighbour:
    """A neighbour advertisement; flags R=4, S=2, O=1."""

    flags: int
    target: ipaddress.IPv6Address
    target_mac: str


@dataclass
class Packet:
    time: int      # CLOCK_MONOTONIC, ns
    toward: bool   # to the router whose port this is
    eth_source: str
    eth_destination: str
    source: object = None
    destination: object = None
    ttl: int = None
    tos: int = None
    vrrp: Advert = None
    arp: Arp = None
    neighbour: Neighbour = None
    frame: bytes = field(default=b"", repr=False)


class Capture:
    """Records from now on what passes at a router's switch port."""

    def __init__(self, lan, node, link=0):
        port = lan.port_name(node, link)
        self.socket = lan.switch.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        program = b"".join(struct.pack("=HBBI", *line) for line in FILTER)
        buffer = ctypes.create_string_buffer(program)
        self.socket.setsockopt(
            socket.SOL_SOCKET, SO_ATTACH_FILTER,
            struct.pack("@HP", len(FILTER), ctypes.addressof(buffer)))
        self.offset = time.time_ns() - time.monotonic_ns()
        self.socket.bind((port, ETH_ALL))
        self.socket.setblocking(False)
        self.seen = []

    def packets(self):
        """All recorded so far."""
        while True:
            try:
                frame, control, _, address = self.socket.recvmsg(65536, 256)
            except BlockingIOError:
                return self.seen
            except OSError as error:
                if error.errno != errno.ENETDOWN:
                    raise
                continue  # said once after the link went down
            stamp = time.time_ns()
            for level, kind, data in control:
                if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
                    seconds, nanoseconds = struct.unpack("@ll", data)
                    stamp = seconds * 1_000_000_000 + nanoseconds
            self.seen.append(parse(frame, stamp - self.offset,
                                   address[2] == PACKET_OUTGOING))

    def adverts(self, *, toward=False, vrid=None, since=0):
        """The advertisements that the router sent (or that went to it)."""
        return [packet for packet in self.packets()
                if packet.vrrp and packet.toward == toward
                and packet.time >= since
                and vrid in (None, packet.vrrp.vrid)]

    def close(self):
        self.socket.close()


def mac_text(octets):
    return ":".join(f"{octet:02x}" for octet in octets)


def parse(frame, stamp=0, toward=False):
    packet = Packet(stamp, toward, mac_text(frame[6:12]),
                    mac_text(frame[:6]), frame=frame)
    kind, = struct.unpack_from("!H", frame, 12)
    if kind == ETH_ARP:
        packet.arp = parse_arp(frame[14:])
    elif kind == ETH_IPV4:
        header = (frame[14] & 15) * 4
        length, = struct.unpack_from("!H", frame, 16)
        packet.tos, packet.ttl = frame[15], frame[22]
        packet.source = ipaddress.ip_address(frame[26:30])
        packet.destination = ipaddress.ip_address(frame[30:34])
        if frame[23] == VRRP:
            packet.vrrp = parse_advert(frame[14 + header:14 + length], 4)
    elif kind == ETH_IPV6:
        word, length, following, packet.ttl = struct.unpack_from(
            "!IHBB", frame, 14)
        packet.tos = word >> 20 & 0xFF
        packet.source = ipaddress.ip_address(frame[22:38])
        packet.destination = ipaddress.ip_address(frame[38:54])
        payload = frame[54:54 + length]
        if following == VRRP:
            packet.vrrp = parse_advert(payload, 16)
        elif following == ICMPV6 and payload[:1] == b"\x88":
            packet.neighbour = parse_neighbour(payload)
    return packet


def parse_arp(data):
    operation, = struct.unpack_from("!H", data, 6)
    return Arp(operation, mac_text(data[8:14]),
               ipaddress.ip_address(data[14:18]), mac_text(data[18:24]),
               ipaddress.ip_address(data[24:28]))


def parse_neighbour(data):
    option = data[24:]
    mac = mac_text(option[2:8]) if option[:2] == b"\x02\x01" else None
    return Neighbour(data[4] >> 5, ipaddress.ip_address(data[8:24]), mac)


def parse_advert(message, size):
    if len(message) < 8:
        return None
    first, vrid, priority, count, word, checksum = struct.unpack_from(
        "!BBBBHH", message)
    version = first >> 4
    end = 8 + count * size
    return Advert(
        version, first & 15, vrid, priority, count,
        word % 256 if version == 2 else (word & 0xFFF) / 100,
        word >> 12, word >> 8, checksum,
        [ipaddress.ip_address(message[at:at + size])
         for at in range(8, min(end, len(message) - size + 1), size)],
        message[end:], message)


def checksum(data):
    """RFC 1071, in 16-bit words; a lone last octet is padded."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pseudo_header(source, destination, length):
    """RFC 8200 8.1, and its like for IPv4 (RFC 793 3.1)."""
    if source.version == 6:
        return source.packed + destination.packed + struct.pack(
            "!IxxxB", length, VRRP)
    return source.packed + destination.packed + struct.pack(
        "!xBH", VRRP, length)


def advert(source, addresses, *, vrid=10, priority=100, version=3, type=1,
           interval=1.0, count=None, reserve=0, auth_type=0,
           trailer=None, pseudo=None, spoil=0, cut_to=None,
           destination=None):
    """A VRRP message; every field may be told wrong. `pseudo`: whether the
    checksum covers the pseudo-header (v3; default: RFC 9568's rule)."""
    source = ipaddress.ip_address(source)
    group = ipaddress.ip_address(destination) if destination else \
        GROUP4 if source.version == 4 else GROUP6
    packed = b"".join(ipaddress.ip_address(a).packed for a in addresses)
    if version == 2:
        word = auth_type << 8 | int(interval)
        trailer = bytes(8) if trailer is None else trailer
    else:
        word = reserve << 12 | round(interval * 100)
        trailer = b"" if trailer is None else trailer
    body = struct.pack("!BBBBHH", version << 4 | type, vrid, priority,
                       len(addresses) if count is None else count, word, 0)
    body += packed + trailer
    if cut_to is not None:
        body = body[:cut_to]
    if len(body) < 8:
        return body
    if pseudo is None:
        pseudo = source.version == 6
    covered = (pseudo_header(source, group, len(body)) if pseudo else b"") \
        + body
    value = checksum(covered) ^ spoil
    return body[:6] + struct.pack("!H", value) + body[8:]


def frame(source, message, *, eth_source="02:00:00:00:00:66", ttl=255,
          destination=None, options=b"", padding=0, tos=0xC0):
    """The Ethernet frame of a VRRP message."""
    source = ipaddress.ip_address(source)
    group = ipaddress.ip_address(destination) if destination else \
        GROUP4 if source.version == 4 else GROUP6
    if not group.is_multicast:
        to = b"\xff" * 6
    elif source.version == 4:
        to = b"\x01\x00\x5e" + bytes([group.packed[1] & 127]) \
            + group.packed[2:]
    else:
        to = b"\x33\x33" + group.packed[12:]
    ethernet = to + bytes.fromhex(eth_source.replace(":", ""))
    if source.version == 6:
        header = struct.pack("!IHBB", 6 << 28 | tos << 20, len(message),
                             VRRP, ttl) + source.packed + group.packed
        return ethernet + struct.pack("!H", ETH_IPV6) + header + message \
            + bytes(padding)
    words = 5 + len(options) // 4
    header = struct.pack("!BBHHHBBH", 0x40 | words, tos,
                         words * 4 + len(message), 0, 0, ttl, VRRP, 0)
    header += source.packed + group.packed + options
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return ethernet + struct.pack("!H", ETH_IPV4) + header + message \
        + bytes(padding)


class Injector:
    """Sends frames from a host's interface."""

    def __init__(self, host, interface="lan0"):
        self.socket = host.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.bind((interface, 0))

    def send(self, data):
        self.socket.send(data)

    def close(self):
        self.socket.close()
