# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel refuses is told in its own words, once, and done later."""

import os
import subprocess

import pytest

from daemons import Baton, Instance, keepalived_conf
from lan import wait_for
from scene import settle

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

# A program that runs another one as on a kernel without IPv6: none of its
# sockets can be made (libseccomp; SCMP_ACT_ERRNO(EAFNOSUPPORT)).
WITHOUT_IPV6 = """#!/usr/bin/python3
import ctypes, os, sys
class Compare(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int),
                ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]
lib = ctypes.CDLL("libseccomp.so.2")
lib.seccomp_init.restype = ctypes.c_void_p
lib.seccomp_rule_add_array.argtypes = [
    ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint,
    ctypes.POINTER(Compare)]
lib.seccomp_load.argtypes = [ctypes.c_void_p]
c = lib.seccomp_init(0x7fff0000)
number = lib.seccomp_syscall_resolve_name(b"socket")
one = Compare(0, 4, 10, 0)
assert lib.seccomp_rule_add_array(c, 0x00050000 | 97, number, 1,
                                  ctypes.byref(one)) == 0
assert lib.seccomp_load(c) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


def fast(**options):
    return Instance(**{"interval": 0.1, **options})


class Wrapped(Baton):
    """Started by another program."""

    text = None

    def installed(self):
        path = self.file("wrapper", self.text.replace(
            "sys.argv[1], sys.argv[1:]",
            repr(self.binary("batond")) + ", ['batond', *sys.argv[1:]]"))
        os.chmod(path, 0o755)
        return path


class NoIpv6(Wrapped):
    text = WITHOUT_IPV6


class NoProcess(Wrapped):
    """None can be started: the limit of a container (pids.max) is reached."""

    text = WITHOUT_IPV6.replace("one = Compare(0, 4, 10, 0)\n", "").replace(
        """number = lib.seccomp_syscall_resolve_name(b"socket")
assert lib.seccomp_rule_add_array(c, 0x00050000 | 97, number, 1,
                                  ctypes.byref(one)) == 0
""", """for name in b"clone", b"clone3", b"fork", b"vfork":
    number = lib.seccomp_syscall_resolve_name(name)
    assert lib.seccomp_rule_add_array(c, 0x00050000 | 11, number, 0, None) == 0
""")


def test_what_could_not_be_read_may_be_read_later(lan):
    """Exit status 3 is for what does not get better by itself: the unit starts
    nothing again after that."""
    a, _ = lan.routers
    daemon = NoProcess(a)
    conf = daemon.file("baton.conf", keepalived_conf([fast()]))
    words = [*a.enter(), daemon.installed(), "-n", "-f", conf, "--run-dir",
             os.path.join(daemon.directory, "run")]
    done = subprocess.run(words, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    assert "no process can be started: Resource temporarily" in done.stdout
    assert done.returncode == 1
    daemon.file("baton.conf", "nonsense {\n")
    words[words.index(daemon.installed())] = Baton.binary("batond")
    assert subprocess.run(words, stderr=subprocess.DEVNULL).returncode == 3


def test_a_kernel_without_ipv6_is_no_missing_interface(lan):
    a, _ = lan.routers
    daemon = NoIpv6(a).start([
        fast(), fast(name="six", family=6, vrid=11),
        fast(name="peers", family=6, vrid=12, addresses=["2001:db8::7/64"],
             extra=[f"unicast_src_ip {a.address(6)}", "unicast_peer {",
                    "2001:db8::99", "}"])])
    daemon.wait_state("active")
    daemon.wait_state("fault", "six")
    status = daemon.status("six")
    assert status["interface_status"] == "no-membership"
    assert status["interface_error"] == os.strerror(97)
    assert "this kernel has no IPv6" in daemon.ask("status")
    assert "this kernel has no IPv6" in daemon.ask("why", "six")
    assert "this kernel has no IPv6" in daemon.log()
    assert "missing" not in daemon.ask("status")
    # It can send nothing, and says so.
    daemon.wait_state("active", "peers")
    wait_for(lambda: daemon.status("peers")["nothing_leaves"], 5, "the errno")
    assert "none of its advertisements leaves: Address family" \
        in daemon.ask("status")
    assert daemon.counters("peers")["adverts_sent"] == 0


REFUSALS = [
    # A route of the machine prohibits what goes to the peer.
    pytest.param(True, lambda a, b: a.run(
        "ip", "route", "add", "prohibit", str(b.address())),
        lambda a, b: a.run("ip", "route", "del", "prohibit",
                           str(b.address())),
        "Permission denied; a route or a rule", id="prohibited"),
    pytest.param(True, lambda a, b: a.run(
        "ip", "route", "add", "unreachable", str(b.address())),
        lambda a, b: a.run("ip", "route", "del", "unreachable",
                           str(b.address())),
        "No route to host", id="unreachable"),
    # The queue of the interface has room for nothing.
    pytest.param(False, lambda a, b: a.run(
        "tc", "qdisc", "add", "dev", "lan0", "root", "bfifo", "limit", "1"),
        lambda a, b: a.run("tc", "qdisc", "del", "dev", "lan0", "root"),
        "No buffer space available; the queue of the interface", id="queue")]


@pytest.mark.parametrize("unicast, refuse, allow, words", REFUSALS)
def test_an_active_that_nobody_hears(lan, unicast, refuse, allow, words):
    """It says so, serves alone, and serves beside nobody; when its words leave
    again, it takes back what is its."""
    a, b = lan.routers

    def extra(own, peer):
        return [f"unicast_src_ip {own.address()}", "unicast_peer {",
                str(peer.address()), "}"] if unicast else []
    first = Baton(a).start([fast(priority=200, extra=extra(a, b))])
    first.wait_state("active")
    refuse(a, b)
    wait_for(lambda: first.status()["nothing_leaves"], 5, "the refusal")
    sent = first.counters()["adverts_sent"]
    settle(0.6)
    assert first.counters()["adverts_sent"] == sent
    assert first.counters()["send_errors"] > 0
    assert first.state() == "active"
    for text in (first.ask("status"), first.ask("why", "gate")):
        assert f"none of its advertisements leaves: {words}" in text
    wait_for(lambda: f"could not be sent: {words}" in first.log(), 5,
             "the line in the log")
    # Another one takes over: this one lets it serve.
    second = Baton(b).start([fast(extra=extra(b, a))])
    second.wait_state("active")
    first.wait_state("backup")
    wait_for(lambda: not a.holds("192.0.2.1"), 5, "the address gone")
    assert "it lets another router serve" in first.ask("status")
    assert first.log().count("could not be sent") <= 2
    settle(1)
    assert (first.state(), second.state()) == ("backup", "active")
    allow(a, b)
    first.wait_state("active")
    second.wait_state("backup")
    settle(0.5)
    assert first.state() == "active"
    wait_for(lambda: not first.status()["unheard"], 10, "no doubt any more")
    assert "advertisements leave" not in first.ask("status")


def test_a_dead_peer_of_several_is_told(make_lan):
    lan = make_lan(routers=3)
    a, b, c = lan.routers
    a.run("ip", "route", "add", "prohibit", str(c.address()))
    first = Baton(a).start([fast(priority=200, extra=[
        f"unicast_src_ip {a.address()}", "unicast_peer {",
        str(c.address()), str(b.address()), "}"])])
    first.wait_state("active")
    settle(0.5)
    status = first.status()
    assert not status["nothing_leaves"]
    assert status["counters"]["adverts_sent"] > 0
    assert "its advertisements do not leave for all peers: Permission " \
        "denied" in first.ask("status")
    assert first.log().count("could not be sent") == 1


def test_what_is_refused_is_told_once_and_put_later(lan):
    """Hundreds at once fill neither the log nor the ring."""
    a, _ = lan.routers
    a.sysctl(net__ipv6__conf__lan0__disable_ipv6=1)
    daemon = Baton(a).start([fast(extra=[
        "virtual_ipaddress_excluded {",
        *(f"fd00:7::{n:x}/64" for n in range(1, 301)), "}"])])
    daemon.wait_state("active")

    def failed():
        return [entry for entry in daemon.status()["addresses"]
                if entry["state"] == "failed"]
    wait_for(lambda: len(failed()) == 300, 10, "the refusals")
    assert failed()[0]["error"] == "Permission denied"
    assert "Permission denied; IPv6 is switched off there: see " \
        "net.ipv6.conf.*.disable_ipv6" in daemon.ask("status")
    # More than the time after which they are tried again, and the window.
    wait_for(lambda: "more events of what the kernel refused" in daemon.log(),
             20, "the sum")
    told = daemon.log().count("could not be installed")
    assert told == 50
    assert "250 more events" in daemon.log()
    a.sysctl(net__ipv6__conf__lan0__disable_ipv6=0)
    wait_for(lambda: all(entry["state"] == "installed"
                         for entry in daemon.status()["addresses"]), 15,
             "all addresses")
    assert a.holds("fd00:7::12c")
    assert daemon.log().count("could not be installed") == told


@pytest.mark.parametrize("lease", [None, 0])
def test_an_address_that_another_machine_has(lan, lease):
    """Duplicate address detection, where the file asks for it (-nodad): the
    kernel takes away an address with a lease, and keeps one without."""
    a, b = lan.routers
    address = "2001:db8::77"
    a.sysctl(net__ipv6__conf__lan0__accept_dad=1,
             net__ipv6__conf__lan0__dad_transmits=1)
    b.ip(f"address add {address}/64 dev lan0 nodad")
    extra = ["virtual_ipaddress_excluded {", f"{address}/64 -nodad", "}"]
    if lease is not None:
        extra.append(f"vrrp_address_lease {lease}")
    daemon = Baton(a).start([fast(extra=extra)])
    daemon.wait_state("active")

    def state():
        return next(one for one in daemon.status()["addresses"]
                    if one["address"] == f"{address}/64")

    wait_for(lambda: state()["state"] == "failed", 5, "the duplicate")
    assert state()["error"] == os.strerror(98)
    said = "duplicate address detection failed (dadfailed)"
    assert said in daemon.ask("status") and said in daemon.ask("why", "gate")
    b.ip(f"address del {address}/64 dev lan0")
    wait_for(lambda: state()["state"] == "installed", 15, "another try")
    assert a.holds(address)
    assert daemon.log().count(said) == 1
    assert "another program" not in daemon.log()


def test_ipv4_that_is_switched_off_on_a_link(lan):
    """Below an MTU of 68 the kernel has no IPv4 there, and says ENOBUFS: that
    is no answer that was lost, to be asked for again at once and for ever."""
    a, _ = lan.routers
    a.ip("link set lo mtu 60")
    daemon = Baton(a).start([fast(extra=[
        "virtual_ipaddress_excluded {", "10.7.0.1/32 dev lo no_track", "}"])])
    daemon.wait_state("active")

    def entry():
        return next(one for one in daemon.status()["addresses"]
                    if one["address"] == "10.7.0.1/32")
    wait_for(lambda: entry()["state"] == "failed", 5, "the refusal")
    assert entry()["error"] == "No buffer space available"
    def turns():
        return next(int(line.split()[1])
                    for line in daemon.ask("metrics").splitlines()
                    if line.startswith("baton_turns_total "))
    before = turns()
    settle(1)
    assert turns() - before < 500
    a.ip("link set lo mtu 65536", "link set lo down", "link set lo up")
    wait_for(lambda: a.holds("10.7.0.1"), 10, "the address")


def test_groups_are_joined_when_there_is_room(lan):
    """net.ipv4.igmp_max_memberships is the administrator's, and may be 0."""
    a, _ = lan.routers
    a.sysctl(net__ipv4__igmp_max_memberships=0)
    daemon = Baton(a).start([fast()])
    daemon.wait_state("fault")
    assert daemon.status()["interface_status"] == "no-membership"
    assert "No buffer space available; see net.ipv4.igmp_max_memberships" \
        in daemon.ask("status")
    a.sysctl(net__ipv4__igmp_max_memberships=20)
    daemon.wait_state("active")
    assert daemon.log().count("could not be joined") == 1
