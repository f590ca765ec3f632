# SPDX-License-Identifier: GPL-2.0-or-later
"""Storms in the kernel's tables: somebody changes thousands of addresses, or
takes ours away by the hundred. What the kernel cannot tell, since the buffer
for its notifications is full, is found out by a dump; in the end it holds what
it should, foreign addresses are as their owner left them, and the peer has
noticed nothing.
"""

import os
import signal
import subprocess
import threading
import time

import pytest

from daemons import Baton
from instruments import MS
from lan import now, wait_for
from scene import DEBUG, SIZES, VRIDS, held, make_scene, settle
from test_gapless import ROUNDS

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built")]

FOREIGN = 5000  # that come and go: twice as many changes
KEPT = 10       # of them stay


BOTH = pytest.mark.parametrize("size", SIZES)


def storm(router):
    """Foreign addresses come, and all but some go again."""
    lines = [f"10.200.{n // 250}.{n % 250 + 1}/32 dev lan0"
             for n in range(FOREIGN)]
    router.ip(*(f"address add {line}" for line in lines))
    router.ip(*(f"address del {line}" for line in lines[KEPT:]))
    return {line.split("/")[0] for line in lines[:KEPT]}


def oversleep(pid, ip, line):
    """For some milliseconds it reads nothing, so that the buffer overruns
    before the change, which it does not wait for: less than any advertisement
    may be late, unless this thread does not run. How long it was, in s."""
    begun = time.monotonic()
    os.kill(pid, signal.SIGSTOP)
    time.sleep(0.003)
    ip.stdin.write(line + "\n")
    ip.stdin.flush()
    time.sleep(0.001)
    os.kill(pid, signal.SIGCONT)
    return time.monotonic() - begun


@BOTH
def test_a_storm_of_foreign_changes(make_lan, size):
    # Without leases: refreshing them would put an address back as well.
    scene = make_scene(make_lan, size,
                       lines=["vrrp_netlink_monitor_rcv_bufs 4096",
                              "vrrp_address_lease 0"])
    router = scene.lan.routers[0]
    before = held(router)
    slow = scene.first.instance("slow").service
    vrrp = scene.first.vrrp_pid()
    kept = set()
    worker = threading.Thread(target=lambda: kept.update(storm(router)))
    worker.start()
    slept = []
    with router.popen("ip", "-force", "-batch", "-", whole=False, text=True,
                      stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as ip:
        while worker.is_alive():
            if router.holds(slow):
                slept.append(oversleep(
                    vrrp, ip, f"address del {slow}/24 dev lan0"))
        ip.stdin.close()
    worker.join()
    assert len(kept) == KEPT and slept
    wait_for(lambda: held(router) == before | kept, 10,
             "what the kernel should hold")
    settle()
    status = scene.first.all_status()
    assert status["netlink_overruns"] > 0, "the storm was one"
    assert {a["state"] for i in status["instances"]
            for a in i["addresses"]} == {"installed"}
    assert held(router) == before | kept
    scene.nothing_lost("slow")
    # What the test itself has held up for longer says nothing.
    scene.no_transition(*(["quick"] if max(slept) > 0.015 else []))


@BOTH
def test_a_flush_of_all_addresses_of_a_link(make_lan, size):
    """Each time all are back, and soon: those of a whole link in a crowd."""
    scene = make_scene(make_lan, size)
    router = scene.lan.routers[0]
    before = held(router)
    link = "dev lan1 to 10.1.1.0/24" if scene.crowd \
        else "dev lan0 to 192.0.2.0/29"
    for _ in range(5):
        since = now()
        # It is told that it does not succeed: they come back too fast.
        router.run("ip", "-loops", "1", "address", "flush", *link.split(),
                   check=False, whole=False)
        wait_for(lambda: scene.watch.report(since)["went"] > 0
                 and held(router) == before, 10, "all of them back")
        report = scene.watch.report(since)
        assert report["came"] == report["went"] \
            >= (VRIDS if scene.crowd else 3)
        if not DEBUG:
            away = report["came_last"] - report["went_last"]
            assert away <= 50 * MS, f"{away / MS:.1f} ms"
    if scene.crowd:
        scene.nothing_lost()
    scene.no_transition()


@BOTH
def test_interfaces_made_and_removed_by_others_hold_up_nothing(make_lan, size):
    """Each takes the kernel's lock of all networks (RTNL), in any namespace,
    which refreshing the leases needs too."""
    scene = make_scene(make_lan, size)
    pairs = range(50)
    for _ in range(2 * ROUNDS):
        scene.lan.host.ip(
            *(f"link add x{n} type veth peer name y{n}" for n in pairs),
            *(f"link del x{n}" for n in pairs))
    scene.nothing_lost()
    scene.no_transition()


@pytest.mark.crowd
def test_a_link_of_many_goes_and_comes(make_lan):
    """A quarter of the virtual routers lose their interface; the others do not
    notice."""
    scene = make_scene(make_lan, "crowd")
    router = scene.lan.routers[0]

    def on_lan1(daemon):
        return {i["state"] for i in daemon.all_status()["instances"]
                if i["interface"] == "lan1"}
    for away, back in (("link set lan1 down", "link set lan1 up"),
                       ("link set lan1 down\nlink set lan1 name other",
                        "link set other name lan1\nlink set lan1 up")):
        router.ip(away)
        wait_for(lambda: on_lan1(scene.first) == {"fault"}, 10, "the fault")
        wait_for(lambda: on_lan1(scene.second) == {"active"}, 10, "the peer")
        router.ip(back)
        wait_for(lambda: on_lan1(scene.first) == {"active"}, 10, "its end")
        wait_for(lambda: on_lan1(scene.second) == {"backup"}, 10, "its end")
    scene.nothing_lost()
    moved = {i["name"] for i in scene.second.all_status()["instances"]
             if i["counters"]["became_active"]}
    assert moved == {i.name for i in scene.first.instances
                     if i.interface == "lan1"}
