# SPDX-License-Identifier: GPL-2.0-or-later
"""What the configuration says of all virtual servers: connections that are
shared, timeouts, and what is removed at the start and at the stop."""

from machine import wait_for
from test_table import FOREIGN, ONE, TABLE_ONE, put_foreign


def daemons(space):
    """{role: words} of those that run."""
    found = {}
    for line in space.run("ipvsadm", "-L", "--daemon").splitlines():
        words = line.split()
        if words[1:2] == ["sync"]:
            found[words[0]] = line
    return found


def timeouts(space):
    return space.run("ipvsadm", "-L", "--timeout").split(":")[1].split()


def wait_daemons(space, roles):
    wait_for(lambda: sorted(daemons(space)) == sorted(roles),
             lambda: f"{daemons(space)} and not {roles}\n{space.log()}")


def test_both_daemons_run(baton):
    baton.start("global_defs {\n lvs_sync_daemon d0 id 7 maxlen 1400\n}\n" + ONE)
    wait_daemons(baton, ["master", "backup"])
    assert "syncid=7" in daemons(baton)["master"], daemons(baton)
    baton.reload("global_defs {\n lvs_sync_daemon d0 id 8\n}\n" + ONE)
    wait_for(lambda: "syncid=8" in daemons(baton).get("backup", ""), "id 8")
    baton.reload(ONE)
    wait_daemons(baton, [])
    baton.wait_table(TABLE_ONE)


def test_daemons_follow_an_instance(baton):
    text = ("global_defs {\n lvs_sync_daemon d0 inst A\n}\n"
            "vrrp_instance A {\n interface d0\n virtual_router_id 9\n"
            " priority 200\n advert_int 1\n track_interface {\n d1\n }\n"
            " virtual_ipaddress {\n 10.9.9.77/24\n }\n}\n")
    baton.run("ip", "link", "add", "d1", "type", "dummy")
    baton.start(text + ONE)
    wait_daemons(baton, ["backup"])
    baton.run("ip", "link", "set", "d1", "up")
    wait_daemons(baton, ["master"])
    assert "syncid=9" in daemons(baton)["master"], daemons(baton)
    baton.run("ip", "link", "set", "d1", "down")
    wait_daemons(baton, ["backup"])
    assert baton.stop() == 0
    assert daemons(baton) == {}


def test_timeouts_are_put_back(baton):
    before = timeouts(baton)
    text = "global_defs {\n lvs_timeouts tcp 901 udp 301\n}\n" + ONE
    wanted = ["901", before[1], "301"]
    baton.start(text)
    wait_for(lambda: timeouts(baton) == wanted, "the timeouts")
    baton.reload(ONE)
    wait_for(lambda: timeouts(baton) == before, "the kernel's timeouts")
    baton.reload(text)
    wait_for(lambda: timeouts(baton) == wanted, "the timeouts")
    assert baton.stop() == 0
    assert timeouts(baton) == before


def test_what_is_flushed(baton):
    put_foreign(baton)
    baton.start("global_defs {\n lvs_flush\n}\n" + ONE)
    baton.wait_table(TABLE_ONE)
    # Only at the start: what comes later is not ours.
    put_foreign(baton)
    baton.reload("global_defs {\n lvs_flush\n lvs_flush_on_stop\n}\n"
                 + ONE.replace("weight 3", "weight 4"))
    baton.wait_table(FOREIGN + [line.replace("-w 3", "-w 4")
                                for line in TABLE_ONE])
    # The weight was there before the rest of the reload.
    wait_for(lambda: baton.log().count("lvs: started") == 2
             and (baton.ask("vs") or {"lvs": {}})["lvs"].get("done"),
             baton.log)
    assert baton.stop() == 0
    assert baton.table() == []
