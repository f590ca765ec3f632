# SPDX-License-Identifier: GPL-2.0-or-later
"""Advertisements by unicast (unicast_peer): against keepalived, over a router,
beside peers that are dead, and with one VRID for several virtual routers."""

import ipaddress
import time

import pytest

from daemons import Baton, Instance, Keepalived, keepalived_conf
from frames import Capture, Injector, advert, frame
from lan import wait_for
from scene import settle

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

WIRES = [pytest.param(4, 2, 1.0, id="ipv4-v2"),
         pytest.param(4, 3, 0.1, id="ipv4-v3"),
         pytest.param(6, 3, 0.1, id="ipv6")]


def peers(*addresses):
    return ["unicast_peer {", *map(str, addresses), "}"]


def speaks(router, *others, family=4, extra=(), **options):
    """An instance of `router` whose peers are the others."""
    return Instance(**{"interval": 0.1, **options}, family=family, extra=[
        f"unicast_src_ip {router.address(family)}",
        *peers(*(other.address(family) for other in others)), *extra])


@pytest.mark.parametrize("kinds", [
    pytest.param((Baton, Baton), id="baton-baton"),
    pytest.param((Baton, Keepalived), id="baton-keepalived"),
    pytest.param((Keepalived, Baton), id="keepalived-baton")])
@pytest.mark.parametrize("family, version, interval", WIRES)
def test_a_pair(lan, kinds, family, version, interval):
    a, b = lan.routers
    wire = {"family": family, "version": version, "interval": interval}
    capture = Capture(lan, a)
    first = kinds[0](a).start([speaks(a, b, priority=200, **wire)])
    first.wait_state("active")
    second = kinds[1](b).start([speaks(b, a, **wire)])
    second.wait_state("backup")
    settle(4 * interval)  # more than Active_Down_Interval
    assert second.transitions() == ["backup"]
    sent = capture.adverts()
    assert {(str(p.source), str(p.destination)) for p in sent} == {
        (str(a.address(family)), str(b.address(family)))}
    assert {p.eth_destination for p in sent} == {b.mac()}
    if kinds[0] is Baton:
        assert {p.ttl for p in sent} == {255}
        assert not first.errors()
    if kinds[1] is Baton:
        assert not second.errors()
        assert second.status()["active_address"] == str(a.address(family))
    first.stop()
    second.wait_state("active", timeout=5)


def test_three_routers(make_lan):
    """Their Skew_Times are far apart, so that none of two is too late."""
    lan = make_lan(routers=3)
    a, b, c = lan.routers
    daemons = [Baton(node).start([speaks(node, *(
        other for other in lan.routers if other is not node),
        priority=priority, interval=1)]) for node, priority in (
            (a, 200), (b, 190), (c, 10))]
    for daemon, state in zip(daemons, ("active", "backup", "backup")):
        daemon.wait_state(state)
    daemons[0].stop()
    daemons[1].wait_state("active")
    settle(0.5)
    assert daemons[2].transitions() == ["backup"]


def test_a_list_that_all_share(lan):
    """It has the router itself: nothing is sent there."""
    a, b = lan.routers
    both = peers(a.address(), b.address())
    first = Baton(a).start([Instance(interval=0.1, priority=200, extra=both)])
    first.wait_state("active")
    second = Baton(b).start([Instance(interval=0.1, extra=both)])
    second.wait_state("backup")
    settle(0.5)
    assert second.transitions() == ["backup"]
    assert not first.errors() and not second.errors()


def test_dead_peers_do_not_hold_up_the_living(lan):
    """What waits for an answer to ARP fills a socket's buffer."""
    a, b = lan.routers
    dead = [f"192.0.2.{n}" for n in range(60, 160)]
    first = Baton(a).start([Instance(interval=0.02, priority=200, extra=[
        f"unicast_src_ip {a.address()}", *peers(*dead, b.address())])])
    second = Baton(b).start([speaks(b, a, interval=0.02)])
    first.wait_state("active")
    second.wait_state("backup")
    before = len(second.transitions())
    capture = Capture(lan, b)
    at = time.monotonic_ns()
    settle(6)  # longer than the kernel waits for an answer
    heard = capture.adverts(toward=True, since=at)
    assert len(heard) > 250
    assert max(y.time - x.time for x, y in zip(heard, heard[1:])) \
        < 60_000_000
    assert len(second.transitions()) == before


def test_a_peer_behind_a_router(make_lan):
    lan = make_lan(routers=3, links=2)
    a, b, middle = lan.routers
    near, far = a.address(link=0), b.address(link=1)
    for node, link, other in ((a, 0, 1), (b, 1, 0)):
        there = ipaddress.ip_interface(f"{middle.address(link=other)}/24")
        node.ip(f"link set {node.interface(other)} down",
                f"route add {there.network} via {middle.address(link=link)}")
    capture = Capture(lan, b, link=1)
    first = Baton(a).start([Instance(interval=0.1, priority=200,
                                     extra=peers(far))])
    second = Baton(b).start([Instance(
        interval=0.1, interface=b.interface(1), addresses=["192.0.2.1/32"],
        extra=peers(f"{near} min_ttl 254 max_ttl 254"))])
    first.wait_state("active")
    second.wait_state("backup")
    settle(0.5)
    assert second.transitions()[-1] == "backup"
    assert {packet.ttl for packet in capture.adverts(toward=True)} == {254}
    assert not second.errors()
    first.stop()
    second.wait_state("active")


def test_without_an_interface(make_lan):
    """The source says where it is at home, and the addresses where they are:
    the routers hear each other on another link."""
    lan = make_lan(links=2)
    a, b = lan.routers

    def one(own, other, priority):
        return Instance(
            interval=0.1, priority=priority, interface="",
            addresses=["192.0.2.1/24 dev lan0"],
            extra=[f"unicast_src_ip {own.address(4, 1)}",
                   *peers(other.address(4, 1))])
    first = Baton(a).start([one(a, b, 200)])
    first.wait_state("active")
    second = Baton(b).start([one(b, a, 100)])
    second.wait_state("backup")
    settle(0.5)
    assert second.transitions() == ["backup"]
    assert second.status()["active_address"] == str(a.address(4, 1))
    assert a.holds("192.0.2.1")
    lan.host.ping("192.0.2.1")
    source = f"{a.address(4, 1)}/24 dev lan1"
    a.ip(f"address del {source}")
    first.wait_state("fault")
    second.wait_state("active")
    assert "no interface that is up has the address of unicast_src_ip" \
        in first.ask("status")
    assert "on any interface" in first.ask("why", "gate")
    a.ip(f"address add {source}")
    first.wait_state("active")
    second.wait_state("backup")
    # It goes on where another process stopped, and keeps its addresses.
    first.ask("upgrade")
    settle(1)
    assert first.state() == "active" and second.state() == "backup"


def test_who_is_heard(lan):
    a, b = lan.routers
    daemon = Baton(a).start([Instance(priority=100, interval=0.1, extra=[
        *peers(f"{b.address()} min_ttl 200 max_ttl 254",
               "192.0.2.77")])])
    daemon.wait_state("active")
    injector = Injector(lan.host)

    def send(source, ttl=255, destination=a.address()):
        message = advert(source, ["192.0.2.1"], priority=254, interval=0.1,
                         destination=destination)
        injector.send(frame(source, message, ttl=ttl,
                            destination=destination))

    for count, packet in enumerate((
            {"source": str(b.address()), "ttl": 199},
            {"source": str(b.address()), "ttl": 255}), 1):
        send(**packet)
        wait_for(lambda: daemon.errors() == {"ttl": count}, 5, "the drop")
    send("192.0.2.78")
    wait_for(lambda: daemon.errors() == {"ttl": 2, "peer": 1}, 5, "the drop")
    assert daemon.transitions()[-1] == "active"
    send("192.0.2.77", ttl=3)
    wait_for(lambda: daemon.status()["active_address"] == "192.0.2.77", 5,
             "a peer to be heard")
    injector.close()


def test_no_peer_is_a_fault(lan):
    a, b = lan.routers
    daemon = Baton(a).start([Instance(extra=["unicast_fault_no_peer"])])
    daemon.wait_state("fault")
    assert daemon.status()["faults"] == ["no-peer"]
    assert "no-peer" in [change["cause"] for change in daemon.changes()]
    # A reload that names one ends it.
    daemon.file("baton.conf", keepalived_conf(
        [Instance(extra=peers(b.address()))]))
    daemon.ask("reload")
    daemon.wait_state("active")


def test_one_vrid_for_several(make_lan):
    """As long as the peers differ; and one more in multicast."""
    lan = make_lan(routers=3)
    a, b, c = lan.routers
    numbers = {"left": 1, "right": 2, "all": 3}

    def instance(name, *others, **options):
        return Instance(name=name, interval=0.1, addresses=[
            f"192.0.2.{numbers[name]}/24"],
            extra=peers(*(o.address() for o in others)) if others else [],
            **options)

    hub = Baton(a).start([instance("left", b), instance("right", c),
                          instance("all")])
    others = [Baton(b).start([instance("left", a, priority=200)]),
              Baton(c).start([instance("right", a, priority=50),
                              instance("all", priority=200)])]
    hub.wait_state("backup", "left")
    hub.wait_state("active", "right")
    hub.wait_state("backup", "all")
    others[1].wait_state("backup", "right")
    settle(0.5)
    assert hub.status("left")["active_address"] == str(b.address())
    assert hub.status("all")["active_address"] == str(c.address())
    for daemon, name in ((hub, "left"), (hub, "right"), (hub, "all"),
                         (others[0], "left"), (others[1], "right")):
        assert not daemon.errors(name)
    # A reload knows them apart, also where they change places.
    before = {name: hub.transitions(name) for name in numbers}
    assert hub.ask("reload") == "3 unchanged\n"
    hub.instances.reverse()
    hub.file("baton.conf", keepalived_conf(hub.instances))
    hub.ask("upgrade")
    settle(0.5)
    assert {name: hub.transitions(name) for name in numbers} == before
    hub.instances = hub.instances[:2]
    hub.file("baton.conf", keepalived_conf(hub.instances))
    hub.ask("reload")
    wait_for(lambda: len(hub.all_status()["instances"]) == 2, 5, "the reload")
    assert hub.transitions("right") == before["right"]
    assert hub.transitions("all") == before["all"]
