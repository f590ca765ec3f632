# SPDX-License-Identifier: GPL-2.0-or-later
"""Options of the protocol core that real daemons must carry to the LAN: no
addresses at all, and how many advertisements may be missing."""

import os
import re
import signal

import pytest

from daemons import Baton, Instance, keepalived_conf
from frames import Capture
from lan import wait_for

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

KINDS = [pytest.param(4, 2, id="v2"), pytest.param(4, 3, id="v3-ipv4"),
         pytest.param(6, 3, id="v3-ipv6")]


def without_addresses(instance, *global_lines):
    text = keepalived_conf([instance], global_lines)
    text, count = re.subn(r"    virtual_ipaddress \{.*?    \}",
                          "    no_virtual_ipaddress", text, flags=re.S)
    assert count == 1
    return text


def begin(router, instance, text):
    daemon = Baton(router)
    daemon.instances = [instance]
    return daemon.start_text(text)


@pytest.mark.parametrize("family, version", KINDS)
def test_without_an_address(lan, family, version):
    """Two that have none elect one, and hand over; nothing is announced."""
    a, b = lan.routers
    capture = Capture(lan, a)
    interval = 1 if version == 2 else 0.1
    daemons = []
    for router, priority in ((a, 200), (b, 100)):
        instance = Instance(family=family, version=version,
                            priority=priority, interval=interval)
        daemons.append(begin(router, instance, without_addresses(
            instance, "vrrp_garp_interval 0.01", "vrrp_gna_interval 0.01")))
    first, second = daemons
    first.wait_state("active")
    wait_for(lambda: second.counters()["adverts_received"] > 2, 15,
             "advertisements")
    assert second.state() == "backup"
    assert not second.errors()
    adverts = [p for p in capture.adverts() if p.vrrp.priority == 200]
    assert adverts and all(p.vrrp.addresses == [] for p in adverts)
    assert first.status()["addresses"] == []
    first.stop()
    second.wait_state("active")
    # It goes on after a death of the process, which adopts it.
    before = second.vrrp_pid()
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: second.vrrp_pid() not in (None, before), 10,
             "another process")
    wait_for(lambda: second.state() == "active", 10, "its state")


def fast_pair(lan, adverts, priority):
    """An Active of that priority and a Backup of 128, at 0.2 s; what is heard
    where the Backup is, from an advertisement of the Active on."""
    a, b = lan.routers
    fast = {"interval": 0.2, "extra": [f"down_timer_adverts {adverts}"]}
    Baton(a).start([Instance(priority=priority, **fast)]).wait_state("active")
    second = Baton(b).start([Instance(priority=128, **fast)])
    second.wait_state("backup")
    wait_for(lambda: second.counters()["adverts_received"] > 2, 5, "adverts")
    capture = Capture(lan, b)
    wait_for(lambda: capture.adverts(toward=True), 5, "an advertisement")
    return second, capture


def assert_taken_over(capture, adverts):
    """After so many intervals, and the skew of priority 128."""
    last = max(packet.time for packet in capture.adverts(toward=True))
    taken = min(packet.time for packet in capture.adverts())
    least = (adverts + 0.5) * 0.2
    assert least - 0.002 < (taken - last) / 1e9 < least + 0.1


@pytest.mark.timing
@pytest.mark.parametrize("adverts", [1, 2, 8])
def test_so_many_may_be_missing(lan, adverts):
    """The Backup takes over when its Active_Down_Interval has passed."""
    second, capture = fast_pair(lan, adverts, 200)
    lan.cut(lan.routers[0])
    second.wait_state("active")
    assert_taken_over(capture, adverts)


@pytest.mark.timing
@pytest.mark.parametrize("before, after", [(40, 10), (10, 20)])
def test_a_reload_moves_a_timer_that_runs(lan, before, after):
    """It keeps the moment that it was started at (P088)."""
    second, capture = fast_pair(lan, before, 255)
    lan.cut(lan.routers[0])
    second.file("baton.conf", keepalived_conf([Instance(
        priority=128, interval=0.2, extra=[f"down_timer_adverts {after}"])]))
    second.ask("reload")
    second.wait_state("active", timeout=after * 0.2 + 5)
    assert_taken_over(capture, after)
