# SPDX-License-Identifier: GPL-2.0-or-later
"""Real connections by every way of forwarding, while a real server fails and
comes back: what is lost is what was sent to it before its verdict."""

import pytest

from lan import now
from machine import PATIENCE
from scene import WAYS

# Of the check of scene.py: a server that refuses is seen at the next check and
# once more (delay_loop + delay_before_retry); of one that is silent each of the
# two tries takes connect_timeout.
REFUSES = 0.6 + 0.2
SILENT = REFUSES + 2 * 0.5
# What a loaded machine takes to notice, and a train to be sent.
SLACK = 0.4 * PATIENCE


@pytest.mark.parametrize("vip", WAYS)
def test_each_way_reaches_each_server(scene, vip):
    scene.loads[vip].wait_good(scene.names)


def judge(scene, begun, removed, bound, report):
    """What was lost since then was sent to the server that failed, and before
    its verdict."""
    seconds = (removed - begun) / 1e9
    stood = scene.stood_still(begun, removed)
    assert seconds <= bound + stood + SLACK
    lost = scene.lost(begun)
    for vip, load in scene.loads.items():
        of_it = lost.get(vip, [])
        late = [one for one in of_it if one[0] > removed]
        assert late == [], (vip, removed, scene.baton.log())
        # Each third of those that came meanwhile, and the long ones, which
        # were opened again.
        assert 0 < len(of_it) <= 3 + seconds * load.rate / 3 + (
            load.longs * (1 + seconds * load.tries_a_second / 3)), (vip, of_it)
    count = sum(map(len, lost.values()))
    report(f"{seconds:.2f} s of at most {bound:.1f} s until the verdict, "
           f"{count} requests lost, {scene.rates(begun)}")


def test_a_server_that_refuses_and_returns(scene, report):
    scene.all_good(scene.names)
    begun = now()
    scene.servers[0].die()
    removed = scene.when_serving(2, begun)
    scene.all_good(scene.names[1:])
    judge(scene, begun, removed, REFUSES, report)
    back = now()
    scene.servers[0].serve()
    served = scene.when_serving(3, back)
    assert (served - back) / 1e9 <= (
        0.6 + SLACK + scene.stood_still(back, served))
    scene.all_good(scene.names)
    assert scene.lost(removed + 1) == {}


def test_a_server_that_is_silent_and_returns(scene, report):
    scene.all_good(scene.names)
    begun = now()
    scene.lan.cut(scene.servers[1])
    removed = scene.when_serving(2, begun)
    scene.all_good([scene.names[0], scene.names[2]])
    # What was under way when it was cut is lost too.
    judge(scene, begun - 50_000_000, removed, SILENT, report)
    scene.lan.cut(scene.servers[1], how="up")
    scene.when_serving(3, removed)
    scene.all_good(scene.names)
    assert scene.lost(removed + 1) == {}
