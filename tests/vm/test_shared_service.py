# SPDX-License-Identifier: GPL-2.0-or-later
"""One service of the kernel that two virtual servers are; and what is removed
at the stop."""

from machine import wait_for
from test_table import FOREIGN, ONE, TABLE_ONE, put_foreign

TWO = """\
virtual_server_group g {
    10.1.2.3 80
    10.1.2.4 80
}
virtual_server 10.1.2.3 80 {
    lb_algo rr
    lb_kind DR
    protocol TCP
    real_server 192.168.0.1 80 { weight 1 }
}
virtual_server group g {
    lb_algo wlc
    lb_kind DR
    protocol TCP
    sorry_server 192.168.0.2 8080
    real_server 192.168.0.2 80 { weight 1 }
}
"""
SECOND = ["-A -t 10.1.2.4:80 -s wlc", "-a -t 10.1.2.4:80 -r 192.168.0.2:80 -g -w 1"]
FIRST = ["-A -t 10.1.2.3:80 -s rr", "-a -t 10.1.2.3:80 -r 192.168.0.1:80 -g -w 1"]


def test_the_first_has_it(baton):
    baton.start(TWO)
    baton.wait_table(FIRST + SECOND)
    assert "10.1.2.3 80 is also of the virtual_server in line 5" in baton.log()
    assert baton.stop() == 0
    assert baton.table() == []


def test_by_keepalived_their_servers_mix(keepalived):
    """Why baton does it otherwise."""
    keepalived.start(TWO)
    mixed = "-a -t 10.1.2.3:80 -r 192.168.0.2:80 -g -w 1"
    wait_for(lambda: mixed in keepalived.table(),
             lambda: f"{keepalived.table()}\n{keepalived.log()}")
    assert keepalived.stop() == 0


def test_only_our_own_are_removed(baton):
    put_foreign(baton)
    baton.start("global_defs {\n lvs_flush_on_stop VS\n}\n" + ONE)
    baton.wait_table(FOREIGN + TABLE_ONE)
    assert baton.stop() == 0
    assert baton.table() == sorted(FOREIGN)
