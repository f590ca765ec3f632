# SPDX-License-Identifier: GPL-2.0-or-later
"""Other programs of the machine and the addresses of virtual routers: what they
leave, put, change and keep. A router that is not Active does not answer for a
virtual address, whoever put it there (RFC 9568 6.4.2); what stays on purpose is
said in status, in why and in the log."""

import os
import signal
import time

import pytest

from daemons import Baton, Instance, Keepalived, keepalived_conf
from lan import wait_for
from scene import ids, replaced, settle

pytestmark = pytest.mark.skipif(
    not Baton.is_built(), reason="batond is not built")

VIP = "192.0.2.1"
VIP6 = "2001:db8::77"
TAG = 112


class Untagged(Baton):
    """As on a kernel before 5.18, which keeps no marks of addresses."""

    env = {"BATON_UNTAGGED": "1"}


def one(priority=100, addresses=(f"{VIP}/24",), **options):
    return Instance(priority=priority, interval=0.2,
                    addresses=list(addresses), **options)


def six(priority=100, **options):
    return Instance(name="six", vrid=11, family=6, priority=priority,
                    interval=0.2,
                    addresses=["fe80::77/64", f"{VIP6}/64"], **options)


def others(daemon, what):
    """The events of that kind."""
    return [event for event in daemon.events()
            if event["type"] == "other-program" and event["what"] == what]


def noted(daemon, name=None):
    """What the status says of its addresses and other programs."""
    return {address["other_program"]
            for address in daemon.status(name)["addresses"]}


def info(node, address=VIP):
    return next((found for found in node.addresses()
                 if found["local"] == address), None)


def is_ours(node, address=VIP):
    """With our mark, and a lease that ends."""
    found = info(node, address)
    return found and found.get("proto") == TAG \
        and found["valid_life_time"] < 100


@pytest.fixture
def backup(lan):
    """Two routers; the second is Active, the first one's Backup."""
    a, b = lan.routers
    active = Baton(b).start([one(200), six(200)])
    active.wait_state("active", "gate")
    active.wait_state("active", "six")
    daemon = Baton(a).start([one(), six()])
    wait_for(lambda: daemon.status("gate").get("active_address")
             and daemon.status("six").get("active_address"), 10,
             "it hears the Active")
    return a, daemon


# How an address of ours may come to be there, and whatever it looks like.
COME = {
    "as it is in the file": f"address add {VIP}/24 dev lan0",
    "with other prefixes": f"address add {VIP}/32 dev lan0\n"
                           f"address add {VIP}/25 scope link dev lan0",
    "with another end": f"address add {VIP} peer 198.51.100.9/24 dev lan0",
    "as DHCP puts it": f"address add {VIP}/24 dev lan0 valid_lft 3600 "
                       "preferred_lft 1800 label lan0:9",
}
COME6 = {
    "of a host": f"address add {VIP6}/128 dev lan0",
    "deprecated": f"address add {VIP6}/64 dev lan0 nodad preferred_lft 0",
    "without a route": f"address add {VIP6}/64 dev lan0 noprefixroute",
}


def test_a_backup_gives_up_what_anybody_puts_there(backup):
    a, daemon = backup
    for address, ways in ((VIP, COME), (VIP6, COME6)):
        for way, lines in ways.items():
            a.ip(*lines.split("\n"))
            wait_for(lambda: not a.holds(address), 20, f"the end of it: {way}")
    assert a.holds(a.address())
    assert others(daemon, "removed")
    told = others(daemon, "removed")[0]
    assert told["rule"] == "RFC 9568 6.4.2" and "another program" in \
        told["message"]
    assert "removed, since this router is not Active" in daemon.log()
    assert daemon.state("gate") == "backup"


def test_who_puts_it_back_again_and_again_is_told_once(backup):
    a, daemon = backup
    line = ["ip", "address", "add", f"{VIP}/24", "dev", "lan0"]
    end = time.monotonic() + 2
    while time.monotonic() < end:
        a.run(*line, check=False, whole=False)
        time.sleep(0.05)
    wait_for(lambda: noted(daemon, "gate") == {"insists"}, 5, "what is so")
    lines = [line for line in daemon.log().splitlines() if VIP in line]
    assert len(lines) <= 3, lines
    for ask in (["status"], ["status", "gate"], ["why", "gate"]):
        assert "again and again by another program" in daemon.ask(*ask)
    # When it is over, it is gone.
    wait_for(lambda: not a.holds(VIP), 20, "the end of it")


def test_in_fault_it_does_not_stay(make_lan):
    lan = make_lan(links=2, many=True)
    a, _ = lan.routers
    daemon = Baton(a).start([one(extra=["track_interface {", "lan1", "}"])])
    daemon.wait_state("active")
    a.ip("link set lan1 down")
    daemon.wait_state("fault")
    wait_for(lambda: not a.holds(VIP), 5, "its end")
    a.ip(f"address add {VIP}/24 dev lan0")
    wait_for(lambda: not a.holds(VIP), 5, "its end once more")


def test_the_address_of_an_owner_stays_and_is_told(make_lan):
    """With priority 255 it is the machine's own, which baton did not put."""
    lan = make_lan(links=2, many=True)
    a, _ = lan.routers
    own = str(a.address())
    daemon = Baton(a).start([one(
        255, [f"{own}/24"], extra=["track_interface {", "lan1", "}"])])
    daemon.wait_state("active")
    assert info(a, own).get("proto") != TAG
    daemon.ask("drain")
    wait_for(lambda: daemon.state() == "init", 10, "that it is out")
    assert a.holds(own)
    wait_for(lambda: noted(daemon) == {"own"}, 5, "what is so")
    assert "this machine's own" in daemon.ask("status")
    assert "this machine's own" in daemon.ask("why", "gate")
    assert "this machine's own" in daemon.log()
    daemon.ask("undrain")
    daemon.wait_state("active")
    wait_for(lambda: noted(daemon) == {None}, 5, "nothing to be told")
    daemon.stop()
    assert a.holds(own)


def test_a_virtual_address_of_a_lesser_one_is_no_source(lan):
    """The machine's own, without priority 255: as anybody's."""
    a, b = lan.routers
    own = str(a.address())
    a.ip("address add 192.0.2.200/24 dev lan0")
    first = Baton(a).start([one(100, [f"{own}/24"])])
    second = Baton(b).start([one(200, [f"{own}/24"])])
    second.wait_state("active")
    wait_for(lambda: not a.holds(own), 10, "one holder")
    assert b.holds(own)
    wait_for(lambda: first.status()["source"] == "192.0.2.200", 10,
             "a source of its own")
    # What it put there before, the kernel does not know as secondary.
    second.stop()
    first.wait_state("active")
    assert first.status()["source"] == "192.0.2.200"


def test_while_drained_another_program_may_serve(lan):
    a, _ = lan.routers
    daemon = Baton(a).start([one()])
    daemon.wait_state("active")
    daemon.ask("drain")
    wait_for(lambda: not a.holds(VIP), 10, "nothing left")
    a.ip(f"address add {VIP}/24 dev lan0")
    wait_for(lambda: noted(daemon) == {"out"}, 5, "what is so")
    assert a.holds(VIP)
    for ask in (["status"], ["why", "gate"]):
        assert "stays since baton is drained" in daemon.ask(*ask)
    assert "stays since baton is drained" in daemon.log()
    # In service it is ours.
    daemon.ask("undrain")
    daemon.wait_state("active")
    wait_for(lambda: is_ours(a), 5, "our mark and lease")
    daemon.stop()
    assert not a.holds(VIP)


@pytest.mark.parametrize("family", [4, 6])
def test_who_changes_it_takes_nothing(lan, family):
    """`ip address replace` drops our mark and our lease."""
    a, b = lan.routers
    address, instance = (VIP, one) if family == 4 else (VIP6, six)
    length = 24 if family == 4 else 64
    first = Baton(a).start([instance(200)])
    first.wait_state("active")
    second = Baton(b).start([instance(100)])
    wait_for(lambda: second.status().get("active_address"), 10, "it hears")
    a.ip(f"address replace {address}/{length} dev lan0")
    wait_for(lambda: is_ours(a, address), 5, "our mark and lease again")
    assert others(first, "changed")
    assert "changed by another program" in first.log()
    a.ip(f"address replace {address}/{length} dev lan0 noprefixroute "
         "metric 77")
    wait_for(lambda: is_ours(a, address), 5, "the same again")
    first.ask("handover")
    second.wait_state("active")
    wait_for(lambda: not a.holds(address), 5, "one holder")
    # Nobody was there when it was changed; the ledger knows whose it is.
    first.ask("handover", check=False)
    second.stop()
    first.wait_state("active")
    os.kill(first.vrrp_pid(), signal.SIGSTOP)
    old = ids(first)
    a.ip(f"address replace {address}/{length} dev lan0")
    os.kill(old["vrrp"], signal.SIGKILL)
    replaced(first, "vrrp", old=old)
    wait_for(lambda: is_ours(a, address), 5, "our mark and lease")
    assert first.transitions()[-1] == "active"
    first.stop()
    assert not a.holds(address)


def settings(node, address):
    keys = ("prefixlen", "broadcast", "scope", "label", "address",
            "noprefixroute", "home", "mngtmpaddr", "deprecated")
    for link in node.ip_json("address", "show", "dev", "lan0"):
        for found in link["addr_info"]:
            if found["local"] == address:
                return {key: found.get(key) for key in keys}
    return None


CHANGES = {
    "198.51.100.1/24": ["brd +", "brd 198.51.100.9 label lan0:1",
                        "scope link label lan0:1", "noprefixroute", ""],
    f"{VIP6}/64": ["home", "mngtmpaddr", "noprefixroute", ""],
}


@pytest.mark.parametrize("address", CHANGES)
def test_a_reload_changes_what_the_kernel_has(lan, address):
    """All settings of an address, while its router stays Active: the kernel has
    them as ip-address(8) would put them."""
    a, b = lan.routers
    plain = address.split("/")[0]

    def text(more):
        if "." in address:
            return keepalived_conf([one(200, [f"{address} {more}"])])
        return keepalived_conf([six(200)]).replace(
            address, f"{address} {more}")
    daemon = Baton(a)
    daemon.start_text(text("label lan0:7" if "." in address else ""))
    wait_for(lambda: a.holds(plain), 15, "the address")
    before = settings(a, plain)
    for more in CHANGES[address]:
        b.ip(f"address add {address} dev lan0 {more}"
             + (" nodad" if ":" in address else ""))
        wanted = settings(b, plain)
        b.ip(f"address del {address} dev lan0")
        assert wanted != before
        daemon.file("baton.conf", text(more))
        daemon.ask("reload")
        wait_for(lambda: settings(a, plain) == wanted, 5, more)
        before = wanted
    states = [event for event in daemon.events() if event["type"] == "state"]
    assert [event["to"] for event in states] == ["backup", "active"]
    assert "another program" not in daemon.log()


def test_a_scope_that_the_kernel_does_not_take(lan):
    """Beside another address of the subnet it takes only the scope of that: the
    address is there, and what else is written."""
    a, _ = lan.routers
    daemon = Baton(a).start([one(200)])
    daemon.wait_state("active")
    daemon.file("baton.conf", keepalived_conf(
        [one(200, [f"{VIP}/24 brd + scope link label lan0:1"])]))
    daemon.ask("reload")
    wait_for(lambda: (settings(a, VIP) or {}).get("label") == "lan0:1", 5,
             "the label")
    assert settings(a, VIP)["scope"] == "global"
    assert daemon.status()["addresses"][0]["state"] == "installed"


def test_the_hosts_own_addresses_do_not_go_with_ours(lan):
    """Ours is the first of its subnet, for which the kernel would take all
    others of it along."""
    a, b = lan.routers
    a.sysctl(net__ipv4__conf__lan0__promote_secondaries=0)
    instances = [
        one(200, ["198.51.100.1/24"]),
        one(200, ["198.51.100.2/24"], name="other", vrid=20)]
    daemon = Baton(a).start(instances)
    heir = Baton(b).start([
        one(100, ["198.51.100.1/24"]),
        one(100, ["198.51.100.2/24"], name="other", vrid=20)])
    daemon.wait_state("active", "gate")
    daemon.wait_state("active", "other")
    a.ip("address add 198.51.100.77/24 dev lan0")
    order = [found["local"] for found in a.addresses()]
    first, second = ("gate", "other") \
        if order.index("198.51.100.1") < order.index("198.51.100.2") \
        else ("other", "gate")
    wait_for(lambda: heir.status(first).get("active_address"), 10, "it hears")
    daemon.ask("handover", first)
    wait_for(lambda: daemon.state(first) == "backup", 10, "that one is out")
    settle()
    assert a.holds("198.51.100.77")
    assert daemon.state(second) == "active"
    # ... and nobody is told to have taken away what we did.
    assert "another program" not in daemon.log()
    assert [e for e in daemon.events() if e["type"] == "address"] == []
    # The lease of the first one ends, since all of it dies.
    daemon.kill()
    wait_for(lambda: not a.holds("198.51.100.1")
             and not a.holds("198.51.100.2"), 15, "the end of the leases")
    assert a.holds("198.51.100.77")


def test_what_the_kernel_took_away_is_not_blamed_on_anybody(lan):
    """IPv6 addresses go when a link is set down; and the kernel does not say
    who has deleted one."""
    a, _ = lan.routers
    daemon = Baton(a).start([six(200), one(200)])
    daemon.wait_state("active", "six")
    a.ip("link set lan0 down")
    daemon.wait_state("fault", "six")
    a.ip("link set lan0 up")
    daemon.wait_state("active", "six")
    daemon.wait_state("active", "gate")
    assert "another program" not in daemon.log()
    a.ip(f"address del {VIP6}/64 dev lan0", f"address del {VIP}/24 dev lan0")
    for words in (f"{VIP6} is gone; it is put back",
                  f"{VIP} was removed by another program; it is put back"):
        wait_for(lambda: words in daemon.log(), 5, words)


def test_elsewhere_it_is_left_and_shown(lan):
    """As on a real server of LVS, or with anycast."""
    a, _ = lan.routers
    a.ip(f"address add {VIP}/32 dev lo")
    daemon = Baton(a).start([one(200)])
    daemon.wait_state("active")
    daemon.ask("drain")
    wait_for(lambda: daemon.state() == "init", 10, "that it is out")
    assert info(a)["prefixlen"] == 32
    assert daemon.status()["addresses"][0]["also_on"] == "lo"
    assert "also on lo" in daemon.ask("status", "gate")
    assert others(daemon, "elsewhere")
    a.ip(f"address del {VIP}/32 dev lo")
    wait_for(lambda: daemon.status()["addresses"][0]["also_on"] is None, 5,
             "nothing to be shown")
    daemon.stop()


def test_two_batonds_of_one_machine_are_told(lan):
    """Neither hears the other; they keep one address, and do not take it away
    from each other."""
    a, _ = lan.routers
    first = Baton(a).start([one(200)])
    first.wait_state("active")
    second = Baton(a, name="second").start([one(100)])
    second.wait_state("active")
    for daemon in (first, second):
        wait_for(lambda: noted(daemon) == {"shared"}, 10, "what is so")
        for ask in (["status"], ["why", "gate"]):
            assert "two daemons" in daemon.ask(*ask)
        assert daemon.log().count("two daemons") == 1
        assert "put back" not in daemon.log()
    second.stop()
    settle(1)
    assert is_ours(a)
    assert "put back" not in first.log()
    assert first.transitions() == ["backup", "active"]
    first.stop()
    wait_for(lambda: not a.holds(VIP), 10, "nothing left")


def test_beside_a_keepalived_there_is_no_fight(lan):
    a, _ = lan.routers
    other = Keepalived(a).start([one(200)])
    other.wait_state("active")
    wait_for(lambda: a.holds(VIP), 5, "its address")
    daemon = Baton(a).start([one(100)])
    daemon.wait_state("active")
    settle(2)
    assert other.transitions().count("active") == 1
    assert others(daemon, "taken")
    assert "put by another program" in daemon.log()
    lines = [line for line in daemon.log().splitlines() if VIP in line]
    assert len(lines) <= 2, lines
    daemon.stop()
    other.stop()


# ---- without marks ----

def test_without_marks_nothing_is_lost(lan):
    """The ledger knows what is ours: after the death of a process, in a
    reload, after a change by another program, and at the end."""
    a, b = lan.routers
    more = ["virtual_ipaddress_excluded {", "192.0.2.2/24", "}"]
    daemon = Untagged(a).start([one(200, extra=more)])
    daemon.wait_state("active")
    assert a.tagged(TAG) == set()
    source = daemon.status()["source"]
    second = Untagged(b).start([one(100)])
    wait_for(lambda: second.status().get("active_address"), 10, "it hears")
    with_lease = info(a)["valid_life_time"]
    assert with_lease < 100
    old = ids(daemon)
    os.kill(old["vrrp"], signal.SIGKILL)
    replaced(daemon, "vrrp", old=old)
    a.ip(f"address replace {VIP}/24 dev lan0")
    wait_for(lambda: info(a)["valid_life_time"] < 100, 5, "the lease again")
    daemon.file("baton.conf", keepalived_conf([one(200)]))
    daemon.ask("reload")
    wait_for(lambda: not a.holds("192.0.2.2"), 5, "the end of the other one")
    assert daemon.transitions()[-1] == "active"
    assert daemon.status()["source"] == source
    assert "put back" not in daemon.log()
    assert second.transitions() == ["backup"]
    daemon.ask("handover")
    second.wait_state("active")
    wait_for(lambda: not a.holds(VIP), 5, "one holder")


def test_without_marks_a_start_finds_what_was_left(lan):
    """All of it was killed, and starts before the lease has ended."""
    a, b = lan.routers
    lease = ["vrrp_address_lease 60"]
    daemon = Untagged(a).start([one(200)], lease)
    daemon.wait_state("active")
    daemon.kill()
    assert a.holds(VIP)
    # Nobody else serves, so it goes on.
    daemon.start([one(200)], lease)
    daemon.wait_state("active")
    daemon.kill()
    # Somebody does.
    second = Untagged(b).start([one(200)])
    second.wait_state("active")
    daemon.start([one(100)], lease)
    wait_for(lambda: not a.holds(VIP), 10, "one holder")
    assert second.transitions() == ["backup", "active"]


# ---- names ----

def test_an_alternative_name_of_a_link(lan):
    a, b = lan.routers
    a.ip("link property add dev lan0 altname uplink")
    daemon = Baton(a).start([one(200, interface="uplink")])
    daemon.wait_state("active")
    wait_for(lambda: a.holds(VIP), 5, "the address")
    second = Baton(b).start([one(100)])
    second.wait_state("backup")
    settle(1)
    assert second.transitions() == ["backup"]
    # The name may go and come back, and the other one be another.
    a.ip("link property del dev lan0 altname uplink")
    daemon.wait_state("fault")
    second.wait_state("active")
    a.ip("link property add dev lan0 altname uplink")
    daemon.wait_state("active")
    a.ip("link set lan0 down", "link set lan0 name other",
         "link set other up")
    daemon.wait_state("active")
    wait_for(lambda: a.holds(VIP), 5, "the address")
