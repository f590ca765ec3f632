# SPDX-License-Identifier: GPL-2.0-or-later
"""What a packet of a flood costs `vrrp`, whatever it is; make bench BENCH=flood
measures that. Here two things are held that do not depend on the machine.

A flood wakes it seldom. Packets are read together for up to 1.25 ms
(sys/loop.c), claims and the kernel's notifications pause for 2 ms
(sys/throttle.h), so it is woken for them 800, or 500, times a second, whatever
the rate; what is not for us is filtered and wakes it not at all.

And no kind costs many times what the plain one costs in the same run.
"""

import pytest

from daemons import Baton
from floods import PLAIN, Ground, kinds
from instruments import MS, allowance
from scene import DEBUG

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built")]

RATE = 5_000 if DEBUG else 40_000
SECONDS = 0.5

# Of a kind, in the costs of the plain one. It was 0.9 to 1.3 in a release, and
# 9 to 15 when each notification of a router advertisement woke `vrrp`.
DEARER = 4

# Beside the flood: its own advertisements, 22 a second, what they cause, and
# the heartbeat; and where packets begin the first ones are read one by one.
OTHERWISE = 250
TOGETHER, PAUSED = 800, 500

WOKEN = {
    "a first fragment": 0,
    "ARP of others": 0,
    "a neighbour solicitation": 0,
    "ARP that claims our address": PAUSED,
    "ARP and neighbour advertisements that claim our addresses": PAUSED,
    "a router advertisement with a prefix": PAUSED,
    "router advertisements that deprecate it, and not": PAUSED,
}


@pytest.fixture(scope="module")
def costs():
    import lan as lans
    with lans.Lan() as network:
        ground = Ground(network)
        yield {what: ground.measure(RATE, SECONDS, flood)
               for what, flood in kinds(network).items()}


def test_a_flood_of_any_kind_is_read_together(costs):
    for what, cost in costs.items():
        print(what, cost)
    for what, cost in costs.items():
        most = WOKEN.get(what, TOGETHER) + OTHERWISE
        assert cost.woken <= most, (what, cost)


def test_no_kind_costs_much_more_than_another(costs):
    plain = costs[PLAIN]
    for what, cost in costs.items():
        assert cost.sent >= RATE * SECONDS / 4, (what, cost)
        assert cost.active <= DEARER * plain.active, (what, cost, plain)
        assert cost.backup <= DEARER * plain.backup, (what, cost, plain)


def test_no_advertisement_is_late_in_one(costs):
    for what, cost in costs.items():
        most = (100 if DEBUG else 5) * MS + allowance(cost.paused)
        assert cost.late <= most, (what, cost)
