# SPDX-License-Identifier: GPL-2.0-or-later
"""Hundreds of health checks keep their pace while the configuration is read
anew: another process goes on at the phases of the one before, and no round is
left out. How late rounds are then is a part of their interval, and beside that
as late as others are in the same run."""

import pytest

from daemons import Baton, Instance, keepalived_conf
from instruments import MS, Knock, allowance
from lan import NSEC, wait_for

SERVERS = 400
INTERVAL = NSEC
PORT = 8000
RELOADS = 3
# The part of an interval that a round may be late: what a process of a debug
# build takes to begin. A phase that is lost costs half of one at the mean.
PART = 4

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built")]


def config(weight):
    servers = "".join(
        f" real_server 127.0.{n // 200 + 1}.{n % 200 + 1} {PORT} {{\n"
        f"  weight {weight if n == 0 else 10}\n  TCP_CHECK {{\n  }}\n }}\n"
        for n in range(SERVERS))
    return (keepalived_conf([Instance(interval=1)])
            + "virtual_server 203.0.113.80 80 {\n protocol TCP\n"
            f" lvs_method DR\n delay_loop {INTERVAL // NSEC}\n{servers}}}\n")


def test_a_reload_leaves_phases_alone(make_lan):
    lan = make_lan(links=1)
    daemon = Baton(lan.routers[0])
    knock = Knock(lan, lan.routers[0], PORT)

    def late(what, do=None):
        """How late rounds were at most, while something is done and two more
        rounds of all are made; and what the machine stood still meanwhile."""
        knock.mark()
        if do:
            do()
        begun = knock.report()["rounds"]
        wait_for(lambda: knock.report()["rounds"] >= begun + 2 * SERVERS, 30,
                 what)
        seen = knock.report()
        assert seen["targets"] == SERVERS
        assert seen["lost"] == 0, "the kernel dropped packets of the listener"
        return max(seen["gap"] - INTERVAL, 0), allowance(seen["paused"])

    def reload(weight):
        daemon.file("baton.conf", config(weight))
        daemon.ask("reload")

    daemon.start_text(config(10))
    wait_for(lambda: knock.report()["targets"] == SERVERS, 30, "all rounds")
    steady, _ = late("rounds of all")
    for n in range(RELOADS):
        moved, paused = late("rounds of all over a reload",
                             lambda: reload(11 + n))
        assert moved <= INTERVAL // PART + steady + paused, (
            f"over a reload a round was {moved / MS:.0f} ms late, without one "
            f"{steady / MS:.0f} ms; the machine stood still for "
            f"{paused / MS:.0f} ms")
        print(f"late: {moved / MS:.1f} ms, steady {steady / MS:.1f} ms, "
              f"paused {paused / MS:.1f} ms")
    knock.close()
