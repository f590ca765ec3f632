# SPDX-License-Identifier: GPL-2.0-or-later
"""Twins: two routers that differ in nothing, each in a LAN of its own, one
under keepalived and one under baton, and what the kernels of both have."""

import json
import re
import socket

from daemons import Baton, Instance, Keepalived
from frames import Capture, Injector

# What the kernel counts, and who put it there.
COUNTED = {"valid_life_time", "preferred_life_time", "expires", "used",
           "protocol", "users", "age", "lastuse"}


class Twins:
    def __init__(self, make_lan, links=2):
        self.lans = [make_lan(routers=1, hosts=0, links=links, prefix="eth")
                     for _ in range(2)]
        self.nodes = [lan.routers[0] for lan in self.lans]
        self.captures = [Capture(lan, node)
                         for lan, node in zip(self.lans, self.nodes)]
        self.injectors = [Injector(lan.switch, lan.port_name(node))
                          for lan, node in zip(self.lans, self.nodes)]
        self.daemons = []

    def start(self, text):
        self.daemons = [Keepalived(self.nodes[0]), Baton(self.nodes[1])]
        for daemon in self.daemons:
            daemon.start_text(text)
            daemon.instances = [
                Instance(name=name)
                for name in re.findall(r"^vrrp_instance (\w+)", text, re.M)]

    @property
    def baton(self):
        return self.daemons[1]

    def holding_events(self):
        return [event for event in self.baton.events()
                if event["type"] in ("address", "route", "rule")]

    def wait(self, state, *names):
        for daemon in self.daemons:
            for name in names:
                daemon.wait_state(state, name)

    def adverts(self, *vrids):
        """[{VRID: the newest advertisement and how it was sent}]"""
        def newest(capture):
            return {packet.vrrp.vrid: (
                        packet.vrrp.message, packet.vrrp.priority,
                        packet.source, packet.destination, packet.ttl,
                        packet.tos, packet.eth_source, packet.eth_destination)
                    for packet in capture.adverts()
                    if packet.vrrp.vrid in vrids}
        return [newest(capture) for capture in self.captures]

    def send(self, frame):
        """A frame of another router."""
        for injector in self.injectors:
            injector.send(frame)

    def states(self):
        """What the kernels of both have."""
        return [state(node) for node in self.nodes]

    def stop(self):
        for daemon in self.daemons:
            daemon.stop()


def plain(item):
    """Without what the kernel counts. Metrics of a route are a list."""
    return {key: value for key, value in item.items() if key not in COUNTED}


def is_over(route):
    """The kernel's route of an address that was leased: the kernel does not
    use it any more, and takes it away some time."""
    return route.get("protocol") == "kernel" and \
        not 0 < route.get("expires", 1) < 1 << 31


def state(node):
    """{what it is: [all that the kernel tells of it]}"""
    found = {}

    def add(key, item):
        found.setdefault(key, []).append(plain(item))
    for link in node.ip_json("-d", "address"):
        for info in link["addr_info"]:
            add(f"address {info['local']} dev {link['ifname']}", info)
    for family in "-4", "-6":
        for route in node.ip_json("-d", family, "route", "show",
                                  "table", "all"):
            if is_over(route):
                continue
            words = [family, route["dst"]] + [
                f"{key} {route[key]}" for key in ("table", "metric", "tos")
                if key in route]
            add("route " + " ".join(words), route)
        for rule in node.ip_json("-d", family, "rule"):
            add(f"rule {family} {rule['priority']}", rule)
    for items in found.values():
        items.sort(key=lambda item: json.dumps(item, sort_keys=True))
    return found


def differences(one, other):
    """Lines that say of each field what keepalived's and baton's twin have."""
    for key in sorted(one.keys() | other.keys()):
        here, there = one.get(key, []), other.get(key, [])
        if len(here) != len(there):
            yield f"{key}: {len(here)} of them, {len(there)}: {here} {there}"
            continue
        for a, b in zip(here, there):
            for field in sorted(a.keys() | b.keys()):
                if a.get(field) != b.get(field):
                    yield f"{key}: {field} {a.get(field)}, {b.get(field)}"


class Moves:
    """What becomes of routes and rules in a node from now on."""

    RTNLGRP = 7, 8, 11, 19  # IPv4 routes and rules, IPv6 routes and rules
    SOL_NETLINK, NETLINK_ADD_MEMBERSHIP = 270, 1

    def __init__(self, node):
        self.socket = node.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        for group in self.RTNLGRP:
            self.socket.setsockopt(self.SOL_NETLINK,
                                   self.NETLINK_ADD_MEMBERSHIP, group)
        self.socket.setblocking(False)

    def seen(self):
        """The notifications so far."""
        found = []
        while True:
            try:
                found.append(self.socket.recv(65536))
            except BlockingIOError:
                self.socket.close()
                return found
