# SPDX-License-Identifier: GPL-2.0-or-later
"""nftables_ipvs: a group is one firewall mark. The kernel here has nftables for
bridges alone, so a director is behind one, and a library makes of the tables of
baton and of keepalived tables of bridges (bridged.c). What the tables are for IPv4
and IPv6, tests/unit/sys_nft.c shows."""

import os
import shutil

import pytest

from lan import Lan, Load, Server
from machine import BUILD, Baton

BRIDGED = os.path.join(BUILD, "tests/vm/libbridged.so")

pytestmark = pytest.mark.skipif(not shutil.which("nft"),
                                reason="needs nft(8): make setup")

VIPS = tuple(f"10.9.0.{80 + n}" for n in range(4))
VIPS6 = ("fd09::80", "fd09::81")
CHECK = """
 delay_loop 0.6
 retry 1
 delay_before_retry 0.2
 connect_timeout 0.5
 warmup 0
"""


def group(name, *lines):
    return f"virtual_server_group {name} {{\n" + "".join(
        f" {line}\n" for line in lines) + "}\n"


def server(name, servers, kind="DR", words="", protocol="TCP", port=80):
    return (f"virtual_server group {name} {{\n lb_algo rr\n lb_kind {kind}\n"
            f" protocol {protocol}\n{CHECK}{words}" + "".join(
                f" real_server {address} {port} {{\n  TCP_CHECK {{ }}\n }}\n"
                for address in servers) + "}\n")


MARKS = "global_defs {\n nftables_ipvs\n}\n"


class Bridged:
    """A director whose eth0 is a port of the bridge br0, which has its
    addresses."""

    def command(self):
        return ["env", f"LD_PRELOAD={BRIDGED}", *super().command()]

    def furnish(self, lan, number):
        lan.join(self, number)
        self.ip("link add br0 type bridge mcast_snooping 0",
                "addr flush dev eth0", "link set eth0 master br0",
                "link set br0 up", f"addr add 10.9.0.{number}/24 dev br0",
                f"addr add fd09::{number}/64 dev br0 nodad",
                *(f"addr add {vip}/24 dev br0" for vip in VIPS),
                *(f"addr add {vip}/128 dev br0 nodad" for vip in VIPS6))
        self.sysctl("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")

    def marks(self):
        return self.run("nft", "list", "ruleset")


class BatonBridged(Bridged, Baton):
    pass


@pytest.fixture
def lan():
    found = Lan()
    yield found
    found.close()


@pytest.fixture
def servers(lan):
    found = [Server(lan, f"s{n}", 10 + n, VIPS + VIPS6) for n in range(2)]
    for one in found:
        one.serve(80, 81)
    return found


def loads(client, *targets):
    return [Load(client, vip, port, rate=20, longs=2, patience=3000)
            for vip, port in targets]


def test_a_group_is_one_service(lan, servers):
    director = BatonBridged("d", dummy=False)
    director.furnish(lan, 1)
    director.start(MARKS + group("g", f"{VIPS[0]}-{VIPS[1][-2:]} 80",
                                 f"{VIPS[2]} 81")
                   + server("g", [one.address for one in servers]))
    director.wait_table(["-A -f 1000 -s rr"] + [
        f"-a -f 1000 -r {one.address}:0 -g -w 1" for one in servers])
    client = lan.client()
    running = loads(client, (VIPS[0], 80), (VIPS[1], 80), (VIPS[2], 81))
    names = [one.says for one in servers]
    for load in running:
        load.wait_good(names)
    for load in running:
        load.close()
    assert director.stop() == 0
    assert director.table() == []
    assert director.marks() == ""
