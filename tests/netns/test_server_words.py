# SPDX-License-Identifier: GPL-2.0-or-later
"""What somebody says of virtual servers to a running daemon: which of two is
meant, and that the last one may go."""

import pytest

from daemons import Baton, Instance, keepalived_conf
from lan import wait_for
from test_checks import is_served

pytestmark = pytest.mark.skipif(
    not Baton.is_built() or not is_served(),
    reason="batond is not built, or does not serve virtual servers")

SERVERS = """virtual_server fwmark 7 {
    lvs_method DR
    real_server 10.9.0.9 0 {
    }
}
virtual_server fwmark 7 {
    ip_family inet6
    lvs_method DR
    real_server fd00::9 0 {
    }
}
virtual_server 10.2.0.1 80 {
    protocol TCP
    lvs_method DR
    real_server 10.9.0.9 80 {
    }
}
virtual_server 10.2.0.1 80 {
    protocol UDP
    lvs_method DR
    real_server 10.9.0.9 80 {
    }
}
"""


@pytest.fixture
def daemon(make_lan):
    lan = make_lan(links=1)
    daemon = Baton(lan.routers[0])
    daemon.instances = [Instance(interval=0.1)]
    daemon.start_text(keepalived_conf(daemon.instances) + SERVERS)
    daemon.wait_for_server()
    return daemon


def refused(daemon, *words):
    with pytest.raises(RuntimeError) as failed:
        daemon.ask(*words)
    return str(failed.value)


def servers(daemon):
    return len(daemon.fetch("/servers")["virtual_servers"])


def test_the_one_that_has_the_real_server_is_meant(daemon):
    said = daemon.ask("rs", "disable", "FWM 7", "fd00::9")
    assert "[fd00::9]:0 of FWM 7 is out of service" in said
    said = refused(daemon, "rs", "disable", "FWM 7", "fd00::8")
    assert ("means 2 virtual servers, none with fd00::8, such as FWM 7 inet "
            "and FWM 7 inet6; say which") in said
    said = refused(daemon, "rs", "disable", "10.2.0.1:80", "10.9.0.9")
    assert ("that have 10.9.0.9, such as [10.2.0.1]:tcp:80 and "
            "[10.2.0.1]:udp:80") in said
    said = refused(daemon, "rs", "disable", "10.2.0.1:81", "10.9.0.9")
    assert "did you mean [10.2.0.1]:tcp:80 or [10.2.0.1]:udp:80?" in said
    daemon.ask("rs", "disable", "[10.2.0.1]:udp:80", "10.9.0.9")


def test_the_last_virtual_server_may_go(daemon):
    daemon.wait_state("active")
    changes = daemon.changes()
    routers = keepalived_conf(daemon.instances)
    assert servers(daemon) == 4
    daemon.file("baton.conf", routers)
    daemon.ask("reload")
    wait_for(lambda: servers(daemon) == 0, 15, "no virtual server")
    assert daemon.changes() == changes
    # What was cut short is no wish to end everything.
    daemon.file("baton.conf", "global_defs {\n router_id r\n}\n")
    said = refused(daemon, "reload")
    assert "neither a virtual router nor a virtual server" in said
    daemon.file("baton.conf", SERVERS)
    daemon.ask("reload")
    wait_for(lambda: servers(daemon) == 4, 15, "the virtual servers alone")
    assert daemon.all_status()["instances"] == []
