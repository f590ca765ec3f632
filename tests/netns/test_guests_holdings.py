# SPDX-License-Identifier: GPL-2.0-or-later
"""Routes, rules and static entries: put in time, put back when somebody takes
them away, adopted after a crash, changed without a gap, and gone at the end."""

import os
import signal
import statistics
import threading
import time

import pytest

from daemons import Baton
from lan import now, wait_for
from scene import ids, replaced, settle

pytestmark = pytest.mark.skipif(
    not Baton.is_built(), reason="batond is not built")

TEXT = """
static_ipaddress {
    198.51.100.7/24 dev lan0
}
static_routes {
    blackhole 203.0.113.0/24
}
static_rules {
    from 203.0.113.0/24 table 8 priority 90
}
vrrp_instance A {
    interface lan0
    virtual_router_id 7
    version 3
    advert_int 0.1
    priority 200
    virtual_ipaddress {
        192.0.2.1/24
    }
    virtual_routes {
        10.1.0.0/16 via 192.0.2.%s dev lan0
        10.2.0.0/16 via 192.0.2.102 src 192.0.2.1
        2001:db8:9::/48 via fe80::%s dev lan0
    }
    virtual_rules {
        from 10.1.0.0/16 table 7 priority 80
    }
}
"""

ROUTES = {"10.1.0.0/16", "10.2.0.0/16", "2001:db8:9::/48"}


def text(hop=102):
    return TEXT % (hop, hop)


def routes(node):
    """{destination: gateway} of baton's routes."""
    return {route["dst"]: route.get("gateway")
            for family in ("-4", "-6")
            for route in node.ip_json(family, "route", "show", "table", "all",
                                      "proto", "112")}


def rules(node):
    return {rule["priority"] for rule in node.ip_json("rule", "show")
            if rule["priority"] in (80, 90)}


def begin(lan, hop=102):
    a, _ = lan.routers
    daemon = Baton(a)
    daemon.start_text(text(hop))
    wait_for(lambda: ROUTES <= set(routes(a)), 15, "the routes")
    wait_for(lambda: rules(a) == {80, 90}, 5, "the rules")
    return a, daemon


def state(daemon):
    return daemon.all_status()["instances"][0]["state"]


def whole(node):
    return set(routes(node)) == ROUTES | {"203.0.113.0/24"} \
        and rules(node) == {80, 90} and node.holds("198.51.100.7")


def test_they_come_and_go(lan):
    a, daemon = begin(lan)
    wait_for(lambda: whole(a), 5, "all of them")
    status = daemon.all_status()
    shown = {one["holding"]: one["state"]
             for one in status["instances"][0]["holdings"]}
    assert shown == {"route 10.1.0.0/16": "installed",
                     "route 10.2.0.0/16": "installed",
                     "route 2001:db8:9::/48": "installed",
                     "rule 10.1.0.0/16 (priority 80)": "installed"}
    assert {one["holding"] for one in status["static"]} == {
        "address 198.51.100.7", "route 203.0.113.0/24",
        "rule 203.0.113.0/24 (priority 90)"}
    # Nothing is done when nothing happens.
    before = daemon.all_status()
    settle(1)
    assert [event for event in daemon.events()
            if event["type"] in ("route", "rule", "address")] == []
    # Another has them, but for the static ones.
    daemon.ask("drain")
    wait_for(lambda: set(routes(a)) == {"203.0.113.0/24"}
             and rules(a) == {90}, 10, "only the static ones")
    daemon.ask("undrain")
    wait_for(lambda: whole(a), 10, "all of them")
    assert before["static"] == daemon.all_status()["static"]
    daemon.stop()
    assert routes(a) == {} and rules(a) == set()
    assert not a.holds("198.51.100.7")


@pytest.mark.timing
def test_they_come_back_at_once(lan):
    """At the median within 10 ms, each of them."""
    a, daemon = begin(lan)
    takers = {
        "route": (["ip", "route", "del", "10.1.0.0/16"],
                  lambda: "10.1.0.0/16" in routes(a)),
        "IPv6 route": (["ip", "-6", "route", "del", "2001:db8:9::/48"],
                       lambda: "2001:db8:9::/48" in routes(a)),
        "rule": (["ip", "rule", "del", "priority", "80"],
                 lambda: 80 in rules(a)),
        "static address": (
            ["ip", "address", "del", "198.51.100.7/24", "dev", "lan0"],
            lambda: a.holds("198.51.100.7")),
    }
    words = {"rule": "80:"}
    for name, (command, is_there) in takers.items():
        word = words.get(name, command[command.index("del") + 1])
        wait_for(is_there, 5, name)
        gone = []
        for _ in range(7):
            gone.append(absence(a, command, word))
            wait_for(is_there, 5, name)
        assert statistics.median(gone) < 10, (name, gone)
    told = [event["message"] for event in daemon.events()
            if "put back" in event["message"]]
    assert len(told) >= 4


def absence(node, command, word):
    """Milliseconds from the kernel's word that something went to its word that
    it is back, as ip-monitor(8) hears them: lines with `word`."""
    monitor = node.popen("ip", "-ts", "monitor", "address", "route", "rule",
                         whole=False, stdout=-1, text=True)
    times, lines = [], []

    def listen():
        for line in monitor.stdout:
            times.append(now())
            lines.append(line)
    reader = threading.Thread(target=listen, daemon=True)
    reader.start()
    time.sleep(0.15)  # it subscribes; nothing tells when it has
    node.run(*command)

    def moments():
        """When it went and when it was back. Leases are refreshed meanwhile."""
        concerned = [(when, "Deleted" in line)
                     for when, line in zip(times, list(lines))
                     if word in line]
        while concerned and not concerned[0][1]:
            concerned.pop(0)
        back = [when for when, deleted in concerned if not deleted]
        return (concerned[0][0], back[0]) if back else None
    gone, back = wait_for(moments, 5, "its return")
    monitor.kill()
    reader.join()
    return (back - gone) / 1e6


def test_another_process_adopts_them(lan):
    a, daemon = begin(lan)
    wait_for(lambda: whole(a), 5, "all of them")
    monitor = a.popen("ip", "monitor", "route", "rule", whole=False,
                      stdout=-1, text=True)
    settle()
    old = ids(daemon)
    os.kill(old["vrrp"], signal.SIGKILL)
    replaced(daemon, "vrrp", old=old)
    settle()
    monitor.kill()
    assert monitor.communicate()[0] == ""
    # All of it dies, and what comes after has another file.
    a.kill_all()
    assert ROUTES <= set(routes(a))
    again = Baton(a)
    again.start_text(text().replace("10.1.0.0/16 via", "10.77.0.0/16 via")
                     .replace("priority 90", "priority 91"))
    wait_for(lambda: "10.77.0.0/16" in routes(a)
             and "10.1.0.0/16" not in routes(a), 15, "the new one alone")
    wait_for(lambda: rules(a) == {80}, 5, "the rule of before to go")
    again.stop()
    assert routes(a) == {}


def test_a_reload_leaves_no_gap(lan):
    """Another next hop: the one is there before the other goes."""
    a, daemon = begin(lan)
    missing = []
    over = threading.Event()

    def look():
        while not over.is_set():
            if not ROUTES <= set(routes(a)):
                missing.append(routes(a))
    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    for hop in (103, 104, 102):
        daemon.file("baton.conf", text(hop))
        daemon.ask("reload")
        wait_for(lambda: routes(a).get("10.1.0.0/16") == f"192.0.2.{hop}"
                 and routes(a).get("2001:db8:9::/48") == f"fe80::{hop}", 10,
                 "the new next hop")
        wait_for(lambda: len([r for r in a.ip_json(
            "route", "show", "10.1.0.0/16")]) == 1, 5, "the old one to go")
    over.set()
    watcher.join()
    assert missing == []


def test_a_link_that_comes_back_has_its_routes(lan):
    """The kernel takes routes away with the link, and says nothing of it."""
    a, daemon = begin(lan)
    a.ip("link set lan0 down")
    wait_for(lambda: state(daemon) == "fault", 10, "FAULT")
    a.ip("link set lan0 up")
    wait_for(lambda: whole(a), 15, "all of them")


def test_what_the_kernel_refuses_is_told_and_tried_again(lan):
    a, _ = lan.routers
    daemon = Baton(a)
    daemon.start_text(text().replace(
        "10.2.0.0/16 via 192.0.2.102 src 192.0.2.1",
        "10.2.0.0/16 via 172.31.0.1"))

    def refused():
        try:
            status = daemon.all_status()
        except RuntimeError:
            return None  # it is being started
        return [one for one in status["instances"][0]["holdings"]
                if one["state"] == "failed"]
    wait_for(refused, 15, "the refusal")
    assert refused() == [{"kind": "route", "holding": "route 10.2.0.0/16",
                          "state": "failed",
                          "error": "Network is unreachable",
                          "remedy": "there is no route to its gateway"}]
    assert "route 10.2.0.0/16 could not be installed: Network is " \
        "unreachable" in daemon.ask("status")
    a.ip("address add 172.31.0.9/24 dev lan0")
    wait_for(lambda: not refused(), 5, "another try")
    told = [event for event in daemon.events() if event["type"] == "route"]
    assert len(told) == 1


def test_who_puts_another_in_its_place_takes_nothing(lan):
    """`ip route replace` drops our number: the route is ours again, and goes
    with us."""
    a, daemon = begin(lan)
    a.ip("route replace 10.1.0.0/16 via 192.0.2.102 dev lan0 proto static")
    wait_for(lambda: ROUTES <= set(routes(a)), 5, "our number")
    settle()
    assert len(a.ip_json("route", "show", "10.1.0.0/16")) == 1
    daemon.ask("drain")
    wait_for(lambda: set(routes(a)) == {"203.0.113.0/24"}, 10,
             "only the static one")
    assert a.ip_json("route", "show", "10.1.0.0/16") == []


def test_a_track_group_follows(lan):
    """The instances of the group have a FAULT while the interface is down."""
    a, _ = lan.routers
    a.ip("link add extra type veth peer name other", "link set other up",
         "link set extra up")
    daemon = Baton(a)
    daemon.start_text(text().replace(
        "198.51.100.7/24 dev lan0",
        "198.51.100.7/24 dev extra track_group G")
        + "track_group G {\n    group {\n        A\n    }\n}\n")
    wait_for(lambda: state(daemon) == "active", 15, "an Active")
    a.ip("link set other down")
    wait_for(lambda: state(daemon) == "fault", 5, "FAULT")
    a.ip("link set other up")
    wait_for(lambda: state(daemon) == "active", 15, "an Active")
