# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's table of IPVS by netlink, cheap enough to be asked again and
again while others fill it, and what its own trains cost."""

import ctypes
import os
import socket
import struct
import time

NEW_SERVICE, DEL_SERVICE, GET_SERVICE, NEW_DEST, GET_DEST, FLUSH = 1, 3, 4, 5, 8, 17
DUMP = 0x301
TRAIN = 200


def attribute(number, data):
    return (struct.pack("=HH", 4 + len(data), number) + data
            + b"\0" * (-len(data) % 4))


def attributes(data):
    at, found = 0, {}
    while at + 4 <= len(data):
        length, number = struct.unpack_from("=HH", data, at)
        found[number & 0x3fff] = data[at + 4:at + length]
        at += max(4, (length + 3) & ~3)
    return found


class Table:
    """That of a network namespace, or of this one."""

    def __init__(self, name=None):
        here = os.open("/proc/self/ns/net", os.O_RDONLY)
        if name:
            self._enter(os.open(f"/run/netns/{name}", os.O_RDONLY))
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.socket.bind((0, 0))
        self._enter(here)
        # NETLINK_CAP_ACK; SO_SNDBUFFORCE
        self.socket.setsockopt(270, 10, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, 32, 1 << 20)
        answer = self._ask(16, 3, 1, attribute(2, b"IPVS\0"))
        self.family, = struct.unpack("=H", attributes(answer[20:])[1])

    @staticmethod
    def _enter(descriptor):
        assert ctypes.CDLL(None).setns(descriptor, 0x40000000) == 0
        os.close(descriptor)

    def close(self):
        self.socket.close()

    @staticmethod
    def _message(family, command, flags, body):
        return struct.pack("=IHHIIBBH", 20 + len(body), family, flags, 1, 0,
                           command, 1, 0) + body

    def _ask(self, family, command, flags, body=b""):
        self.socket.send(self._message(family, command, flags, body))
        return self.socket.recv(65536)

    def _dump(self, command, body=b""):
        self.socket.send(self._message(self.family, command, DUMP, body))
        while True:
            answer, at = self.socket.recv(65536), 0
            while at < len(answer):
                length, kind = struct.unpack_from("=IH", answer, at)
                if kind in (2, 3):
                    return
                yield attributes(answer[at + 20:at + length])
                at += (length + 3) & ~3

    @staticmethod
    def _service(address, port, whole=b""):
        return attribute(1, attribute(1, struct.pack("=H", 2))
                         + attribute(2, struct.pack("=H", 6))
                         + attribute(3, socket.inet_aton(address).ljust(16, b"\0"))
                         + attribute(4, struct.pack("!H", port)) + whole)

    def services(self):
        """How many there are."""
        return sum(1 for _ in self._dump(GET_SERVICE))

    def weights(self, address, port=80):
        """Those of the real servers of one service, in the kernel's order."""
        return [struct.unpack("=I", attributes(one[2])[4])[0]
                for one in self._dump(GET_DEST, self._service(address, port))]

    def floor(self, services, dests):
        """Seconds that the kernel takes for a table that is filled by trains,
        without all else; then it is empty again. Lists of addresses."""
        whole = (attribute(6, b"wrr\0") + attribute(7, struct.pack("=II", 0, 0))
                 + attribute(8, struct.pack("=I", 0))
                 + attribute(9, struct.pack("=I", 0xffffffff)))
        all_of_them = [self._message(self.family, NEW_SERVICE, 1,
                                     self._service(one, 80, whole))
                       for one in services]
        for one in services:
            key = self._service(one, 80)
            all_of_them += [
                self._message(self.family, NEW_DEST, 1, key + attribute(
                    2, attribute(1, socket.inet_aton(dest).ljust(16, b"\0"))
                    + attribute(2, struct.pack("!H", 80))
                    + attribute(3, struct.pack("=I", 3))
                    + attribute(4, struct.pack("=I", 1))
                    + attribute(5, struct.pack("=I", 0))
                    + attribute(6, struct.pack("=I", 0))
                    + attribute(11, struct.pack("=H", 2))))
                for dest in dests]
        trains = [b"".join(all_of_them[n:n + TRAIN])
                  for n in range(0, len(all_of_them), TRAIN)]
        start = time.monotonic()
        for train in trains:
            self.socket.send(train)
        took = time.monotonic() - start
        assert self.services() == len(services)
        assert len(self.weights(services[-1])) == len(dests)
        self.socket.send(self._message(self.family, FLUSH, 1, b""))
        return took
