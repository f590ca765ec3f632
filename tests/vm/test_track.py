# SPDX-License-Identifier: GPL-2.0-or-later
"""Virtual routers and virtual servers of one daemon that follow each other."""

import json
import os
import signal
import subprocess

from machine import BATON, wait_for

SERVER = """\
virtual_server 10.9.9.77 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    delay_loop 0.2
    real_server 10.9.9.9 8080 {
        TCP_CHECK { warmup 0
            retry 0 }
    }
}
"""
ROUTER = """\
vrrp_instance A {
    interface d0
    virtual_router_id 9
    priority 200
    advert_int 0.1
    %s
    virtual_ipaddress { 10.9.9.77/24 }
}
"""


def baton_says(baton, *command):
    return subprocess.run([BATON, "--run-dir", baton.run_dir, *command],
                          capture_output=True, text=True).stdout


def router_of(baton):
    return json.loads(baton_says(baton, "status", "--json"))["instances"][0]


def wait_router(baton, **wanted):
    def is_so():
        text = baton_says(baton, "status", "--json")
        found = json.loads(text)["instances"] if text else []
        return found and all(found[0][key] == value
                             for key, value in wanted.items())

    wait_for(is_so, lambda: f"not {wanted}: {baton_says(baton, 'status')}"
             + baton.log())


def test_a_router_follows_a_quorum(baton):
    listener = baton.listen(8080)
    baton.start(SERVER + ROUTER % "track_virtual_server 10.9.9.77:80")
    wait_router(baton, state="active")
    listener.close()
    wait_router(baton, state="fault")
    why = baton_says(baton, "why", "A")
    assert ("virtual server [10.9.9.77]:tcp:80 has lost its quorum" in why), why
    assert ("the virtual server has lost its quorum"
            in baton_says(baton, "events")), baton_says(baton, "events")
    # Whoever knew it dies: what was known holds.
    os.kill(baton.pid_of("lvs"), signal.SIGKILL)
    os.kill(baton.pid_of("vrrp"), signal.SIGKILL)
    wait_for(lambda: baton.log().count(": vrrp: started") == 2 and
             baton.log().count(": lvs: started") == 2, baton.log)
    assert "active" not in [
        change.split()[0] for change in
        baton.log().split("lvs: started")[-1].split("-> ")[1:]]
    wait_router(baton, state="fault")
    listener = baton.listen(8080)
    wait_router(baton, state="active")
    listener.close()


def test_a_weight_is_kept_by_a_reload(baton):
    baton.start(SERVER + ROUTER % "track_virtual_server { 10.9.9.77:80 weight -50 }")
    wait_router(baton, state="active", effective_priority=150)
    baton.reload(SERVER.replace("rr", "wrr") + ROUTER
                 % "track_virtual_server { 10.9.9.77:80 weight -51 }")
    wait_router(baton, state="active", effective_priority=149)
    events = [line for line in baton_says(baton, "events").splitlines()
              if "priority 1" in line or "priority 2" in line]
    assert not any("-> 200" in line for line in events), events


def test_checks_rest_where_nobody_is_active(baton):
    text = (SERVER.replace("delay_loop", "ha_suspend\n    delay_loop")
            + SERVER.replace("10.9.9.77 80", "fwmark 5")
            .replace("delay_loop", "ha_suspend\n    delay_loop")
            .replace("8080", "8081")
            + ROUTER % "track_interface { d1 }")

    def resting():
        page = json.loads(baton_says(baton, "checks", "--json") or "{}")
        return [bool(check["rests_since"]) for check in page.get("checks", [])]

    baton.run("ip", "link", "add", "d1", "type", "dummy")
    baton.start(text)
    wait_router(baton, state="fault")
    wait_for(lambda: resting() == [True, True], lambda: f"{resting()}{baton.log()}")
    assert "rests (ha_suspend)" in baton_says(baton, "vs", "10.9.9.77")
    baton.wait_table([
        "-A -t 10.9.9.77:80 -s rr", "-a -t 10.9.9.77:80 -r 10.9.9.9:8080 -m -w 1",
        "-A -f 5 -s rr", "-a -f 5 -r 10.9.9.9:8081 -m -w 1"])
    baton.run("ip", "link", "set", "d1", "up")
    baton.wait_table(["-A -t 10.9.9.77:80 -s rr", "-A -f 5 -s rr"])
    assert resting() == [False, False]
    baton.run("ip", "link", "set", "d1", "down")
    wait_for(lambda: resting() == [True, True], lambda: f"{resting()}{baton.log()}")
    assert baton.stop() == 0


def test_a_service_only_where_it_is_active(baton):
    server = SERVER.replace("lb_algo rr", "lb_algo rr\n    only_active A")
    text = server + ROUTER % "track_interface { d1 }"
    table = ["-A -t 10.9.9.77:80 -s rr",
             "-a -t 10.9.9.77:80 -r 10.9.9.9:8080 -m -w 1"]
    baton.run("ip", "link", "add", "d1", "type", "dummy")
    listener = baton.listen(8080)
    baton.start(text)
    wait_router(baton, state="fault")
    wait_for(lambda: "not in the table; only while A is Active"
             in baton_says(baton, "vs"), lambda: baton_says(baton, "vs"))
    assert baton.table() == []
    baton.run("ip", "link", "set", "d1", "up")
    baton.wait_table(table)
    os.kill(baton.pid_of("lvs"), signal.SIGKILL)
    wait_for(lambda: baton.log().count(": lvs: started") == 2, baton.log)
    assert baton.table() == table
    baton.run("ip", "link", "set", "d1", "down")
    baton.wait_table([])
    baton.run("ip", "link", "set", "d1", "up")
    baton.wait_table(table)
    listener.close()
    assert baton.stop() == 0
    assert baton.table() == []
