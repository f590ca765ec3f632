# SPDX-License-Identifier: GPL-2.0-or-later
"""Every way of forwarding with every scheduler, in both families, and with them
the flags, persistence, thresholds and protocols: what the kernel has is what
the words say, and what keepalived puts there for the same file."""

import itertools

import pytest

from machine import Baton, Keepalived, wait_for

# The word of the file, and what ipvsadm says of a server.
FORWARDS = {
    "NAT": "-m",
    "DR": "-g",
    "TUN": "-i --tun-type ipip",
    "TUN type ipip": "-i --tun-type ipip",
    "TUN type gre": "-i --tun-type gre --tun-nocsum",
    "TUN type gre csum": "-i --tun-type gre --tun-csum",
    "TUN type gue port 6080": "-i --tun-type gue --tun-port 6080 --tun-nocsum",
    "TUN type gue port 6080 nocsum":
        "-i --tun-type gue --tun-port 6080 --tun-nocsum",
    "TUN type gue port 6080 csum":
        "-i --tun-type gue --tun-port 6080 --tun-csum",
    "TUN type gue port 6080 remcsum":
        "-i --tun-type gue --tun-port 6080 --tun-remcsum",
}
# Those of a scheduler are flags that it has; twos is not in this kernel.
SCHEDULERS = {
    "rr": [()], "wrr": [()], "lc": [()], "wlc": [()], "lblc": [()],
    "lblcr": [()], "dh": [()], "sed": [()], "nq": [()], "fo": [()], "ovf": [()],
    "sh": [(), ("sh-port",), ("sh-fallback",), ("sh-port", "sh-fallback")],
    "mh": [(), ("mh-port",), ("mh-fallback",), ("mh-port", "mh-fallback")],
}
# What else a virtual server may say, by family: its words, and ipvsadm's.
MORE = {
    4: [
        ("", ""),
        ("persistence_timeout 60", "-p 60"),
        ("persistence_timeout 60\n persistence_granularity 255.255.255.0",
         "-p 60 -M 255.255.255.0"),
        ("persistence_timeout", "-p 360"),
    ],
    6: [
        ("", ""),
        ("persistence_timeout 60", "-p 60"),
        ("persistence_timeout 60\n persistence_granularity 64", "-p 60 -M 64"),
    ],
}
PROTOCOLS = {"TCP": "-t", "UDP": "-u", "SCTP": "--sctp-service"}
# Of a real server: its words, its weight, and its two thresholds.
SERVERS = [
    ("weight 1", 1, (0, 0)),
    ("weight 0", 0, (0, 0)),
    ("weight 65535", 65535, (0, 0)),
    ("weight 3\n uthreshold 100\n lthreshold 40", 3, (100, 40)),
    ("weight 2\n uthreshold 7", 2, (7, 0)),
]


class Row:
    """One virtual server, with two real ones."""

    def __init__(self, number, forward, scheduler, flags, family):
        self.forward, self.scheduler, self.family = forward, scheduler, family
        self.port = 1000 + number
        protocol = list(PROTOCOLS)[number % 3]
        words, more = MORE[family][number % len(MORE[family])]
        if protocol == "UDP" and not words and number % 2:
            words, more = "ops", "-o"
        if protocol == "UDP" and "timeout 60" in words and family == 4:
            words, more = words + "\n persistence_engine sip", more + " --pe sip"
        address, servers = (
            ("10.1.2.3", ["192.168.0.1", "192.168.0.2"]) if family == 4 else
            ("2001:db8::1", ["2001:db8::11", "2001:db8::12"]))
        if family == 6 and forward.startswith("TUN") and number % 4 == 0:
            servers[1] = "192.168.0.3"  # of the other family
        at, port = (f"[{address}]" if family == 6 else address), self.port
        key = f"{PROTOCOLS[protocol]} {at}:{port}"
        self.text = (
            f"virtual_server {address} {port} {{\n lb_algo {scheduler}\n"
            f" lb_kind {forward}\n protocol {protocol}\n {words}\n"
            + "".join(f" {flag}\n" for flag in flags))
        self.lines = [" ".join(filter(None, [
            f"-A {key} -s {scheduler}", more,
            "-b " + ",".join(sorted(flags)) if flags else ""]))]
        self.thresholds = [None, None]
        for n, server in enumerate(servers):
            words, weight, self.thresholds[n] = SERVERS[
                (number + n) % len(SERVERS)]
            to = f"[{server}]" if ":" in server else server
            self.text += f" real_server {server} {port} {{\n {words}\n }}\n"
            self.lines.append(f"-a {key} -r {to}:{port} {FORWARDS[forward]} "
                              f"-w {weight}")
        self.text += "}\n"


ROWS = [
    Row(number, *row) for number, row in enumerate(
        (forward, scheduler, flags, family)
        for forward, (scheduler, kinds), family in itertools.product(
            FORWARDS, SCHEDULERS.items(), (4, 6))
        for flags in kinds)]

GROUPS = """\
virtual_server_group g4 {
 10.1.6.3 80
 10.1.6.11-14 81
 10.1.7.250-10.1.7.252 82
 10.1.8.16/30 83
 fwmark 9
}
virtual_server_group g6 {
 2001:db8:6::3 80
 2001:db8:6::1e-2001:db8:6::20 81
 2001:db8:7::10/126 82
}
virtual_server group g4 {
 lb_algo rr
 lb_kind DR
 protocol TCP
 real_server 192.168.0.1 0 {
 }
}
virtual_server group g6 {
 lb_algo wrr
 lb_kind NAT
 protocol UDP
 real_server 2001:db8::11 53 {
 }
}
virtual_server fwmark 10 {
 lb_algo rr
 lb_kind DR
 ip_family inet6
 real_server 2001:db8::11 0 {
 }
}
"""
IN_GROUPS = {
    80: ["10.1.6.3", "[2001:db8:6::3]"],
    81: [*(f"10.1.6.{n}" for n in range(11, 15)),
         *(f"[2001:db8:6::{n}]" for n in ("1e", "1f", "20"))],
    82: [*(f"10.1.7.{n}" for n in range(250, 253)),
         *(f"[2001:db8:7::{n}]" for n in range(10, 14))],
    83: [f"10.1.8.{n}" for n in range(16, 20)],
}


def group_lines():
    lines = ["-A -f 9 -s rr", "-a -f 9 -r 192.168.0.1:0 -g -w 1",
             "-A -f 10 -6 -s rr", "-a -f 10 -6 -r [2001:db8::11]:0 -g -w 1"]
    for port, addresses in IN_GROUPS.items():
        for address in addresses:
            if ":" in address:
                key, scheduler = f"-u {address}:{port}", "wrr"
                server = "[2001:db8::11]:53 -m"
            else:
                key, scheduler = f"-t {address}:{port}", "rr"
                server = f"192.168.0.1:{port} -g"
            lines += [f"-A {key} -s {scheduler}", f"-a {key} -r {server} -w 1"]
    return lines


def in_order(line):
    """A line whatever the order of its words."""
    return tuple(sorted(line.split()))


def thresholds(space):
    """[(server, upper, lower)] in the kernel's order."""
    return [tuple(line.split()[1:4]) for line in space.run(
        "ipvsadm", "-Ln", "--thresholds").splitlines() if "->" in line][1:]


@pytest.fixture(scope="module")
def filled():
    """What keepalived and baton put there: their lines and thresholds."""
    text = "".join(row.text for row in ROWS) + GROUPS
    wanted = sum(len(row.lines) for row in ROWS) + len(group_lines())
    found = []
    for space in (Keepalived(), Baton()):
        try:
            space.start(text)
            wait_for(lambda: len(space.lines()) >= wanted,
                     lambda: f"{len(space.lines())} of {wanted}\n"
                     + space.log()[-5000:], 30, 0.3)
            found.append((space.lines(), thresholds(space)))
        finally:
            space.close()
    return found


@pytest.mark.parametrize("forward", FORWARDS)
def test_the_kernel_has_what_the_words_say(filled, forward):
    lines = {in_order(line) for line in filled[1][0]}
    for row in ROWS:
        if row.forward == forward:
            for line in row.lines:
                assert in_order(line) in lines, (line, row.text)


def test_each_server_has_its_thresholds(filled):
    wanted = sorted((str(row.port), *map(str, one))
                    for row in ROWS for one in row.thresholds)
    assert wanted == sorted(
        (server.rsplit(":", 1)[1], upper, lower)
        for server, upper, lower in filled[1][1]
        if int(server.rsplit(":", 1)[1]) >= 1000)


def test_groups_are_what_their_ranges_say(filled):
    lines = {in_order(line) for line in filled[1][0]}
    assert {in_order(line) for line in group_lines()} <= lines, (
        {in_order(line) for line in group_lines()} - lines)


def test_keepalived_has_the_same_and_nobody_more(filled):
    wanted = sorted(in_order(line) for line in itertools.chain(
        group_lines(), *(row.lines for row in ROWS)))
    (theirs, theirs_limits), (ours, limits) = filled
    assert sorted(map(in_order, ours)) == wanted
    assert sorted(map(in_order, theirs)) == wanted
    assert sorted(limits) == sorted(theirs_limits)
