# SPDX-License-Identifier: GPL-2.0-or-later
"""A router that returns lets the other serve until it knows the connections."""

import subprocess
import time

import pytest

from machine import Baton, wait_for

CONF = """\
global_defs {
    lvs_sync_daemon v0 inst A
    %s
}
vrrp_instance A {
    interface v0
    virtual_router_id 9
    priority %d
    advert_int 1
    virtual_ipaddress { 10.8.0.77/24 }
}
virtual_server 10.8.0.77 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 10.9.9.9 8080 { weight 1 }
}
"""
PERIOD = "/proc/sys/net/ipv4/vs/sync_refresh_period"


@pytest.fixture
def pair():
    """Two directors with a link between them, v0."""
    one, two = Baton("p"), Baton("q")
    one.run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v0",
            "netns", two.name)
    for number, space in enumerate((one, two), 1):
        space.run("ip", "link", "set", "v0", "up")
        space.run("ip", "addr", "add", f"10.8.0.{number}/24", "dev", "v0")
    yield one, two
    one.close()
    two.close()


def router_of(baton):
    said = baton.ask("status")
    return said["instances"][0] if said and said["instances"] else {}


def wait_state(baton, state, seconds=10):
    wait_for(lambda: router_of(baton).get("state") == state,
             lambda: f"not {state}: {router_of(baton)}\n{baton.log()}", seconds)


def test_it_waits_and_says_so(pair):
    one, two = pair
    two.run("sh", "-c", f"echo 3 > {PERIOD}")
    one.start(CONF % ("", 100))
    wait_state(one, "active")
    assert one.run("cat", PERIOD).strip() == "5", "where it was 0, it is set"
    two.start(CONF % ("", 200))
    began = time.monotonic()
    wait_for(lambda: (router_of(two).get("sync_wait") or {}).get("ends_in_ms"),
             lambda: f"{router_of(two)}{two.log()}")
    why = subprocess.run(two.baton("why", "A"), stdout=subprocess.PIPE,
                         text=True).stdout
    assert "It preempts nobody until connections are synced: 0, " in why, why
    wait_state(two, "active", 30)
    waited = time.monotonic() - began
    assert waited > 4, f"{waited} s, and two periods are 6 s"
    assert "connections are synced: 0 connections; it may preempt" in two.log()
    assert one.stop() == 0
    assert one.run("cat", PERIOD).strip() == "0", "it is put back"
    assert two.stop() == 0
    assert two.run("cat", PERIOD).strip() == "3", "it was not ours"


def test_it_does_not_wait_for_ever(pair):
    one, two = pair
    one.start(CONF % ("", 100))
    wait_state(one, "active")
    two.start(CONF % ("lvs_sync_wait 1", 200))
    wait_state(two, "active", 30)
    assert "it has waited long enough for the sync" in two.log()
    one.run("sh", "-c", f"echo 7 > {PERIOD}")
    assert one.stop() == 0
    assert one.run("cat", PERIOD).strip() == "7", "somebody else has set it"
