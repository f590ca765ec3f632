# SPDX-License-Identifier: GPL-2.0-or-later
"""What may stand behind an address: the kernel has the same of it as under
keepalived, which reads the same file in the same namespace before."""

import pytest

from daemons import Baton, Instance, Keepalived
from lan import wait_for
from scene import settle

pytestmark = pytest.mark.skipif(
    not Baton.is_built(), reason="batond is not built")

FLAGS = ("home", "mngtmpaddr", "noprefixroute", "nodad", "deprecated")

V4 = ["192.0.2.1/24", "192.0.2.2/24 noprefixroute",
      "198.51.100.1/24 peer 203.0.113.1", "198.51.100.2 peer 203.0.113.9",
      "198.51.100.3/30 brd + scope link", "198.51.100.9/24 no_track"]
V6 = ["fe80::1/64", "2001:db8:1::1/64", "2001:db8:1::2/128",
      "2001:db8:1::3/64 home", "2001:db8:1::4/64 mngtmpaddr",
      "2001:db8:1::5/64 noprefixroute", "2001:db8:1::6/64 -nodad",
      "2001:db8:1::7/128 preferred_lft forever",
      "2001:db8:1::8/64 preferred_lft 0",
      "2001:db8:2::1 peer 2001:db8:3::1"]


def infos(node):
    return node.ip_json("address", "show", "dev", "lan0")[0]["addr_info"]


def addresses(node, of):
    """{local address: what is set of it}, of those of the file."""
    wanted = {line.split()[0].split("/")[0] for line in of}
    found = {}
    for info in infos(node):
        if info["local"] in wanted:
            found[info["local"]] = {
                key: info.get(key)
                for key in ("prefixlen", "address", "broadcast", "scope",
                            *FLAGS)}
    return found


@pytest.mark.parametrize("family, lines", [(4, V4), (6, V6)])
def test_the_kernel_has_the_same(lan, family, lines):
    a, _ = lan.routers
    seen = {}
    for program in (Keepalived, Baton):
        daemon = program(a).start([Instance(
            family=family, version=3, interval=0.1, addresses=lines)])
        daemon.wait_state("active")
        wait_for(lambda: len(addresses(a, lines)) == len(lines), 5,
                 "the addresses")
        settle()
        seen[program] = addresses(a, lines)
        daemon.stop()
        # keepalived leaves those with a peer; baton does not.
        left = addresses(a, lines)
        if program is Baton:
            assert left == {}
        for local, info in left.items():
            a.ip(f"address del {local}/{info['prefixlen']} dev lan0"
                 if info["address"] is None else
                 f"address del {local} peer "
                 f"{info['address']}/{info['prefixlen']} dev lan0")
    assert seen[Baton] == seen[Keepalived]


def test_the_other_end_may_have_a_prefix(lan):
    """keepalived's manual says so; 2.2.7 leaves such a peer out."""
    a, _ = lan.routers
    line = "198.51.100.1 peer 203.0.113.1/31"
    daemon = Baton(a).start([Instance(interval=0.2,
                                      addresses=["192.0.2.1/24", line])])
    daemon.wait_state("active")
    info = addresses(a, [line])["198.51.100.1"]
    assert (info["address"], info["prefixlen"]) == ("203.0.113.1", 31)
    # Deleted by somebody, it is back; and the end takes it away.
    a.ip("address del 198.51.100.1 peer 203.0.113.1/31 dev lan0")
    wait_for(lambda: addresses(a, [line]).get("198.51.100.1") == info, 5,
             "the same again")
    daemon.stop()
    assert not addresses(a, [line])


def test_a_lifetime_is_counted_from_the_start(lan):
    """Refreshing the lease does not begin it anew."""
    a, _ = lan.routers
    line = "2001:db8:1::1/64 preferred_lft 3"
    daemon = Baton(a).start([Instance(
        family=6, version=3, interval=0.1,
        addresses=["fe80::1/64", line])])
    daemon.wait_state("active")
    wait_for(lambda: addresses(a, [line]), 5, "the address")

    def preferred():
        return next(info["preferred_life_time"]
                    for info in infos(a)
                    if info["local"] == "2001:db8:1::1")
    assert preferred() <= 3
    wait_for(lambda: preferred() == 0, 6, "an address that is deprecated")
    settle(3)  # a refresh or two
    assert preferred() == 0


def test_another_link_is_tracked_unless_it_says_no(make_lan):
    lan = make_lan(links=2, many=True)
    a, _ = lan.routers
    daemon = Baton(a).start([
        Instance(name="tracked", vrid=7, interval=0.2, addresses=[
            "192.0.2.1/24", "10.1.0.1/24 dev lan1"]),
        Instance(name="free", vrid=8, interval=0.2, addresses=[
            "192.0.2.2/24", "10.1.0.2/24 dev lan1 no_track"])])
    daemon.wait_state("active", "tracked")
    daemon.wait_state("active", "free")
    a.ip("link set lan1 down")
    daemon.wait_state("fault", "tracked")
    settle()
    assert daemon.state("free") == "active"
    a.ip("link set lan1 up")
    daemon.wait_state("active", "tracked")


def test_what_is_not_watched_stays_away(lan):
    a, _ = lan.routers
    daemon = Baton(a).start([Instance(interval=0.2, addresses=[
        "192.0.2.1/24", "192.0.2.2/24 no_track"])])
    daemon.wait_state("active")
    a.ip("address del 192.0.2.2/24 dev lan0")
    a.ip("address del 192.0.2.1/24 dev lan0")
    wait_for(lambda: a.holds("192.0.2.1"), 5, "the address that is watched")
    settle(3)  # a refresh of the lease
    assert not a.holds("192.0.2.2")
    daemon.stop()
    daemon.start(daemon.instances)
    daemon.wait_state("active")
    wait_for(lambda: a.holds("192.0.2.2"), 5, "both again")
