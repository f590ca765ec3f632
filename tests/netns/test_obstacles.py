# SPDX-License-Identifier: GPL-2.0-or-later
"""Settings of a machine beside which no virtual router works: `baton check` and
`baton why` name them."""

import os
import subprocess

import pytest

import lan as lans
from daemons import Baton, Instance, keepalived_conf

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

RP_FILTER = "rp_filter"
ARP, IPV6 = "ARP is off on", "net.ipv6.conf.lan0.disable_ipv6"


@pytest.fixture
def router():
    with lans.Lan(routers=1, hosts=0) as network:
        yield network.routers[0]


def baton(router, *words):
    """What it says there, and its exit status."""
    done = router.popen(Baton.binary("baton"), *words, whole=False, text=True,
                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.communicate(timeout=20)[0], done.returncode


def ask(router, daemon, *words):
    return baton(router, "--run-dir", daemon.run_dir, *words)[0]


def check(router, *instances):
    """What `baton check` says there."""
    path = os.path.join(router.directory, "checked.conf")
    with open(path, "w") as file:
        file.write(keepalived_conf(instances))
    said, status = baton(router, "check", path)
    assert status == 0, said
    return said


def strict(router, value=1):
    router.sysctl(net__ipv4__conf__all__rp_filter=value,
                  net__ipv4__conf__lan0__rp_filter=value)


def test_a_filter_of_reverse_paths(router):
    """Strict, and an address without a network; loose, with a network, or with
    a route that way there is nothing to say."""
    strict(router)
    assert RP_FILTER not in check(router, Instance())
    own = f"{router.address()}"
    router.ip(f"address del {own}/24 dev lan0",
              f"address add {own}/32 dev lan0")
    daemon = Baton(router).start([Instance(interval=10)])
    daemon.wait_state("backup")
    assert RP_FILTER in check(router, Instance())
    said = ask(router, daemon, "why", "gate")
    assert "the kernel drops advertisements of others" in said
    assert RP_FILTER not in check(router, Instance(family=6))
    strict(router, 2)
    assert RP_FILTER not in check(router, Instance())
    assert RP_FILTER not in ask(router, daemon, "why", "gate")
    strict(router)
    router.ip("route add default dev lan0")
    assert RP_FILTER not in check(router, Instance())
    assert RP_FILTER not in ask(router, daemon, "why", "gate")


def test_a_link_without_arp(router):
    assert ARP not in check(router, Instance())
    router.ip("link set lan0 arp off")
    daemon = Baton(router).start([Instance(interval=10)])
    daemon.wait_state("backup")
    assert ARP in check(router, Instance())
    assert ARP in ask(router, daemon, "why", "gate")
    assert ARP not in check(router, Instance(family=6))


def test_a_link_without_ipv6(router):
    """Switched off at run time, it is named as the reason of the fault."""
    assert IPV6 not in check(router, Instance(family=6))
    daemon = Baton(router).start([Instance(family=6, interval=10)])
    daemon.wait_state("backup")
    router.sysctl(net__ipv6__conf__lan0__disable_ipv6=1)
    daemon.wait_state("fault")
    assert f"{IPV6} is 1" in ask(router, daemon, "status")
    assert f"{IPV6} is 1" in ask(router, daemon, "why", "gate")
    assert IPV6 in check(router, Instance(family=6))
    assert IPV6 not in check(router, Instance())
