# SPDX-License-Identifier: GPL-2.0-or-later
"""nftables_ipvs: a group is one firewall mark. The kernel here has nftables for
bridges alone, so a director is behind one, and a library makes of the tables of
baton and of keepalived tables of bridges (bridged.c). What the tables are for IPv4
and IPv6, tests/unit/sys_nft.c shows."""

import errno
import os
import re
import shutil
import signal
import socket

import pytest

from lan import Lan, Load, Server, now
from machine import BUILD, Baton, Keepalived, wait_for

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
                *(f"addr add {vip}/128 dev br0 nodad preferred_lft 0" for vip in VIPS6))
        self.sysctl("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")

    def marks(self):
        return self.run("nft", "list", "ruleset")


class BatonBridged(Bridged, Baton):
    pass


class KeepalivedBridged(Bridged, Keepalived):
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


@pytest.fixture
def director(lan):
    found = BatonBridged("d", dummy=False)
    found.furnish(lan, 1)
    return found


def by_mark(mark, addresses, family=""):
    service = f"-f {mark}{family}"
    return [f"-A {service} -s rr"] + [
        f"-a {service} -r {address}:0 -g -w 1" for address in addresses]


def test_a_group_is_one_service(lan, servers, director):
    addresses = [one.address for one in servers]
    addresses6 = [f"[{one.address6}]" for one in servers]
    director.start(
        MARKS + group("g", f"{VIPS[0]}-{VIPS[1][-2:]} 80", f"{VIPS[2]} 81")
        + group("h", f"{VIPS6[0]}/127 80")
        + server("g", addresses)
        + server("h", [one.address6 for one in servers]))
    director.wait_table(by_mark(1000, addresses)
                        + by_mark(1001, addresses6, " -6"))
    client = lan.client()
    # In step, two of one service would each get the same server of rr.
    running = [Load(client, vip, port, rate=rate, longs=2, patience=3000)
               for vip, port, rate in (
                   (VIPS[0], 80, 17), (VIPS[1], 80, 20), (VIPS[2], 81, 23),
                   (VIPS6[0], 80, 20), (VIPS6[1], 80, 27))]
    names = [one.says for one in servers]
    for load in running:
        load.wait_good(names)
    # Another port of these is no part of the group.
    other = client.within(lambda: socket.socket())
    assert other.connect_ex((VIPS[0], 81)) == errno.ECONNREFUSED
    other.close()
    # One that fails is out for all addresses.
    servers[0].die()
    director.wait_table(by_mark(1000, addresses[1:])
                        + by_mark(1001, addresses6[1:], " -6"))
    for load in running:
        load.wait_good(names[1:])
        load.close()
    assert director.stop() == 0
    assert director.table() == []
    assert director.marks() == ""


def deaths(director):
    """Each is the end of a process, or of all."""
    def of_lvs():
        pid = director.pid_of("lvs")
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: director.pid_of("lvs") not in (0, pid), "another lvs")

    def of_all():
        director.kill_all()
        director.start_again()

    return of_lvs, of_all


def started(director):
    return director.log().count("lvs: started")


def test_nothing_changes_when_processes_die(lan, servers, director):
    addresses = [one.address for one in servers]
    # The second one is not the first any more, and keeps its number.
    groups = group("f", f"{VIPS[3]} 80") + group("g", f"{VIPS[0]} 80")
    director.start(MARKS + groups + server("f", addresses)
                   + server("g", addresses))
    both = by_mark(1000, addresses) + by_mark(1001, addresses)
    director.wait_table(both)
    director.reload(MARKS + groups + server("g", addresses))
    director.wait_table(by_mark(1001, addresses))
    load = Load(lan.client(), VIPS[0], rate=20, longs=2)
    load.wait_good([one.says for one in servers])
    rules = director.run("nft", "-a", "list", "ruleset")
    begun = now()
    for death in deaths(director):
        count = started(director)
        death()
        wait_for(lambda: started(director) > count, director.log)
        wait_for(lambda: director.ask("vs"), director.log)
        load.wait_new()
        # Nothing was made anew.
        assert director.run("nft", "-a", "list", "ruleset") == rules
        director.wait_table(by_mark(1001, addresses))
    assert load.lost(begun) == []
    load.close()
    # The first number is free again.
    director.reload(MARKS + groups + server("f", addresses)
                    + server("g", addresses))
    director.wait_table(both)
    assert director.stop() == 0
    assert director.marks() == ""


def test_what_others_do_to_it_is_put_right(lan, servers, director):
    addresses = [one.address for one in servers]
    director.start(MARKS + group("g", f"{VIPS[0]} 80") + server("g", addresses))
    director.wait_table(by_mark(1000, addresses))
    wait_for(lambda: "0x000003e8" in director.marks(), director.log)
    rules = director.marks()
    director.run("nft", "flush", "ruleset")
    director.wait_log("table keepalived_ipvs was changed by another program "
                      "(nft, pid ")
    wait_for(lambda: director.marks() == rules, director.marks)
    Load(lan.client(), VIPS[0]).wait_good([one.says for one in servers])


def test_from_addresses_to_a_mark_and_back(lan, servers, director, report):
    """In a reload; who connects meanwhile is served."""
    addresses = [one.address for one in servers]
    rest = group("g", f"{VIPS[0]} 80") + server("g", addresses)
    plain = [f"-A -t {VIPS[0]}:80 -s rr"] + [
        f"-a -t {VIPS[0]}:80 -r {one}:80 -g -w 1" for one in addresses]
    director.start(rest)
    director.wait_table(plain)
    load = Load(lan.client(), VIPS[0], rate=50, longs=0)
    load.wait_good([one.says for one in servers])
    begun = now()
    director.reload(MARKS + rest)
    director.wait_table(by_mark(1000, addresses))
    load.wait_new()
    director.reload(rest)
    director.wait_table(plain)
    wait_for(lambda: director.marks() == "", director.marks)
    load.wait_new()
    lost = load.lost(begun)
    report(f"{len(lost)} requests lost in two changes")
    # Of those that were under way at that moment.
    assert len(lost) <= 2, lost
    load.close()


def test_a_mark_that_drains_is_given_to_nobody(lan, servers, director):
    addresses = [one.address for one in servers]
    groups = "".join(group(name, f"{VIPS[n]} 80")
                     for n, name in enumerate("fgh"))
    director.start(MARKS + groups + server("f", addresses,
                                           words=" drain_timeout 600\n"))
    director.wait_table(by_mark(1000, addresses))
    load = Load(lan.client(), VIPS[0], rate=5, longs=2)
    load.wait_good([one.says for one in servers])
    drains = [line.replace("-w 1", "-w 0") for line in by_mark(1000, addresses)]
    others = server("g", addresses)
    director.reload(MARKS + groups + others)
    director.wait_table(drains + by_mark(1001, addresses))
    director.reload(MARKS + groups + others + server("h", addresses))
    director.wait_table(drains + by_mark(1001, addresses)
                        + by_mark(1002, addresses))
    load.close()


def test_a_kernel_without_nftables(baton):
    """... for IPv4, which the one here has not, if nobody makes it bridges."""
    text = group("g", "10.1.6.3 80") + server("g", ["10.9.9.8"])
    baton.start(MARKS + text.replace("TCP_CHECK { }", ""))
    baton.wait_log("the kernel refuses table keepalived_ipvs: it has no "
                   "nftables (modprobe nf_tables); it is tried again")
    baton.wait_table(by_mark(1000, ["10.9.9.8"]))
    wait_for(lambda: (baton.ask("vs") or {}).get("virtual_servers"), baton.log)
    marked = baton.ask("vs")["virtual_servers"][0]["nftables"]
    assert marked == {"mark": 1000, "addresses": "10.1.6.3 80",
                      "error": "Operation not supported"}


# By keepalived and by baton, from one reload to the next.
TWINS = {
    "protocols": [
        group("g", "10.1.6.3 80", "10.1.6.11-14 81", "10.1.6.32/28 443")
        + group("h", "10.1.7.3 80") + server("g", ["10.9.0.10"])
        + server("h", ["10.9.0.10"]) + server("g", ["10.9.0.10"],
                                              protocol="UDP")
        + server("g", ["10.9.0.10"], protocol="SCTP")],
    "families": [
        group("g", "10.1.6.3 80", "2001:db8::a 80", "2001:db8::20-30 81",
              "2001:db8::40/124 82")
        + server("g", ["10.9.0.10"], kind="TUN")],
    "entries": [
        group("g", "10.1.6.3 80", "10.1.6.11-14 81") + server(
            "g", ["10.9.0.10"]),
        group("g", "10.1.6.4 80", "10.1.6.11-13 81") + server(
            "g", ["10.9.0.10"])],
    "a group goes": [
        group("g", "10.1.6.3 80") + group("h", "10.1.7.3 80")
        + server("g", ["10.9.0.10"]) + server("h", ["10.9.0.10"]),
        group("g", "10.1.6.3 80") + group("h", "10.1.7.3 80")
        + server("h", ["10.9.0.10"])],
    "marks of its own": [
        group("g", "10.1.6.3 80", "fwmark 9") + group("h", "10.1.7.3 80")
        + server("g", ["10.9.0.10"]) + server("h", ["10.9.0.10"])],
    "nat": [
        group("g", "10.1.6.3 80", "10.1.6.4 81")
        + server("g", ["10.9.0.10"], kind="NAT", port=8080)],
    "words": [
        ("nftables_ipvs_start_fwmark 2000\n nftables_ipvs_priority -150",
         group("g", "10.1.6.3 80") + server("g", ["10.9.0.10"]))],
}


def told(space):
    """(the table of IPVS, the rules without our comments)"""
    def in_order(found):
        return str(sorted(re.split(r",\s+", found[1])))

    rules = re.sub(r' comment "batond[^"]*"', "", space.marks())
    return space.table(), re.sub(r"elements = \{ (.*?) \}", in_order, rules,
                                 flags=re.S)


@pytest.mark.parametrize("name", TWINS)
def test_as_keepalived_does_it(name):
    twins = [BatonBridged("b"), KeepalivedBridged("k")]
    try:
        before = None
        for number, case in enumerate(TWINS[name]):
            words, text = case if isinstance(case, tuple) else ("", case)
            text = (f"global_defs {{\n nftables_ipvs\n {words}\n}}\n"
                    # A check would find nothing here.
                    + text.replace("TCP_CHECK { }", ""))
            for twin in twins:
                (twin.reload if number else twin.start)(text)
            wait_for(lambda: "mark set" in told(twins[0])[1]
                     and told(twins[0]) != before
                     and told(twins[0]) == told(twins[1]),
                     lambda: "\n".join(map(str, map(told, twins)))
                     + twins[0].log())
            before = told(twins[0])
        for twin in twins:
            twin.stop()
            assert told(twin) == ([], "")
    finally:
        for twin in twins:
            twin.close()
