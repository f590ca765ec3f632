# SPDX-License-Identifier: GPL-2.0-or-later
"""From keepalived to baton and back, while a host asks the virtual address a
thousand times a second: docs/MIGRATING.md, "Taking over"."""

import os
import signal
import stat

import pytest

from daemons import Baton, Keepalived
from instruments import Pause, Probe, allowance
from lan import now, wait_for

pytestmark = [pytest.mark.timing, pytest.mark.skipif(
    not Baton.is_built(), reason="batond is not built")]

SERVICE = "192.0.2.1"


class Moved(Baton):
    """One that `baton takeover` starts by itself, in the background."""

    def take_over(self):
        path = self.file("baton.conf", conf(self.router))
        self.run_dir = os.path.join(self.directory, "run")
        os.makedirs(self.run_dir, exist_ok=True)
        path_of = os.path.dirname(self.binary("batond"))
        done = self.router.run(
            "env", f"PATH={path_of}:{os.environ['PATH']}",
            self.binary("baton"), "--run-dir", self.run_dir, "takeover", path)
        return done

    def main_pid(self):
        return wait_for(lambda: next(
            (pid for pid, words in self.processes().items()
             if ": " not in words[0]), None), 5, "the keeper")

    def stop(self, timeout=10):
        pid = self.main_pid()
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not self.processes(), timeout, "the end of batond")

    def state(self, name="gate"):
        try:
            return self.fetch(f"/status?name={name}")["instances"][0]["state"]
        except RuntimeError:
            return "init"


def conf(router):
    """What many have: a password, a script with a weight, a notify script,
    unicast; routes and rules that come and go."""
    other = {11: 12, 12: 11}[router.number]
    folder = router.directory
    return f"""
global_defs {{
    router_id {router.name}
    script_user root
    enable_script_security
    vrrp_garp_master_delay 1
}}
static_routes {{
    203.0.113.0/25 via 192.0.2.101 dev lan0
}}
vrrp_script proxy {{
    script "/usr/bin/test -e {folder}/proxy"
    interval 1
    weight 60
}}
vrrp_instance gate {{
    state {"MASTER" if router.number == 11 else "BACKUP"}
    interface lan0
    virtual_router_id 51
    priority {90 if router.number == 11 else 80}
    advert_int 1
    authentication {{
        auth_type PASS
        auth_pass 12345678
    }}
    unicast_src_ip 192.0.2.{router.number}
    unicast_peer {{
        192.0.2.{other}
    }}
    track_script {{
        proxy
    }}
    virtual_ipaddress {{
        {SERVICE}/24 dev lan0 label lan0:vip
    }}
    virtual_routes {{
        203.0.113.128/25 via 192.0.2.101 dev lan0 metric 7
    }}
    virtual_rules {{
        from 203.0.113.0/24 table 100 priority 500
    }}
    notify "{folder}/told.sh"
}}
"""


def prepare(router):
    """The service that is watched, and who writes down what is told."""
    with open(os.path.join(router.directory, "proxy"), "w"):
        pass
    script = os.path.join(router.directory, "told.sh")
    with open(script, "w") as file:
        file.write(f'#!/bin/sh\necho "$@" >> {router.directory}/told\n')
    os.chmod(script, stat.S_IRWXU)


def told(router):
    try:
        with open(os.path.join(router.directory, "told")) as file:
            return [line.split()[2] for line in file]
    except FileNotFoundError:
        return []


def wait_told(router, state, timeout=15):
    wait_for(lambda: told(router)[-1:] == [state], timeout,
             f"{router.name} {state}")


def keepalived(router):
    daemon = Keepalived(router)
    daemon.start_text(conf(router))
    return daemon


def kernel(router):
    """What it has of the virtual router, without whose it is."""
    routes = router.ip_json("route", "show", "table", "all")
    rules = router.ip_json("rule")
    return (
        sorted((info["local"], info["prefixlen"], info.get("label"))
               for info in router.ip_json("address", "show", "dev", "lan0")[0]
               ["addr_info"] if info["local"] == SERVICE),
        sorted((one["dst"], one.get("metric")) for one in routes
               if one["dst"].startswith("203.0.113.")),
        sorted((one["priority"], one.get("table")) for one in rules
               if one["priority"] == 500))


HELD = ([(SERVICE, 24, "lan0:vip")],
        [("203.0.113.0/25", None), ("203.0.113.128/25", 7)],
        [(500, "100")])
NOT_HELD = ([], [("203.0.113.0/25", None)], [])


def nothing_lost(probe, pause, since):
    until = now()
    probe.wait_answer(until, 5)
    report = probe.report(since, until, allowance(pause.longest()))
    assert report["sent"] > 0
    assert report["lost"] == 0, report


def test_a_pair_moves_and_returns(lan):
    a, b = lan.routers
    for router in lan.routers:
        prepare(router)
    # Not at once: keepalived runs the scripts of two changes at one time.
    keepers = [keepalived(a)]
    wait_told(a, "MASTER")
    keepers.append(keepalived(b))
    wait_told(b, "BACKUP")
    probe, pause = Probe(lan.host, SERVICE), Pause(lan)
    probe.wait_answer(now(), 10)
    since = now()

    # The Backup first, then the Active, each on its machine.
    for router, old in ((b, keepers[1]), (a, keepers[0])):
        new = Moved(router)
        said = new.take_over()
        assert "in place of keepalived" in said, said
        wait_for(lambda: not old.processes(), 5, "the end of keepalived")
        old.child.wait(5)
        keepers[keepers.index(old)] = new
    first, second = keepers[0], keepers[1]
    assert first.state() == "active" and second.state() == "backup"
    assert [e["cause"] for e in first.fetch("/events")
            if e["type"] == "state"] == ["takeover"]
    assert first.fetch("/status?name=gate")["instances"][0][
        "effective_priority"] == 150
    wait_told(a, "MASTER")
    assert "BACKUP" not in told(a)[1:], "nobody is told of a change"
    nothing_lost(probe, pause, since)
    # All of it is baton's now: what a keepalived left, and nothing twice.
    assert kernel(a) == HELD and kernel(b) == NOT_HELD
    assert a.tagged(112) == {(SERVICE, 24)}
    assert not [r for r in a.ip_json("route", "show", "table", "all")
                if r.get("protocol") == "keepalived"]

    # Back: the other one serves while the Active's machine changes.
    first.stop()
    wait_told(b, "MASTER")
    assert kernel(a) == ([], [], [])
    keepers[0] = keepalived(a)
    wait_told(a, "BACKUP")
    # Before it preempts by itself: then it would say so before it is there.
    second.ask("handover")
    wait_told(a, "MASTER")
    second.stop()
    keepers[1] = keepalived(b)
    wait_for(lambda: keepers[1].log().count("Entering BACKUP"), 10, "BACKUP")
    nothing_lost(probe, pause, since)
    assert kernel(a) == HELD


def test_under_systemd(lan, boot):
    """The command starts batond's unit beside keepalived's, which that
    conflicts with, and leaves the one running and the other stopped."""
    a, b = lan.routers
    for router in lan.routers:
        prepare(router)
    machine = boot(a)
    machine.run("mkdir", "-p", "/etc/keepalived")
    machine.write("/etc/keepalived/keepalived.conf", conf(a))
    machine.systemctl("start", "keepalived")
    wait_for(lambda: a.holds(SERVICE), 10, "keepalived on the machine")
    peer = keepalived(b)
    wait_told(b, "BACKUP")
    probe, pause = Probe(lan.host, SERVICE), Pause(lan)
    probe.wait_answer(now(), 10)
    since = now()
    said = machine.run(machine.baton, "takeover")[1]
    assert "1 active, 0 backup, 0 fault" in said, said
    assert "systemctl disable keepalived" in said
    states = {unit: machine.systemctl("is-active", unit, check=False)[1]
              for unit in ("keepalived", "batond", "batond-run")}
    assert states["keepalived"] in ("inactive\n", "failed\n"), states
    assert states["batond"] == states["batond-run"] == "active\n", states
    nothing_lost(probe, pause, since)
    assert a.tagged(112) == {(SERVICE, 24)}
    assert peer.log().count("Entering MASTER") == 0
    # The unit of keepalived takes its place again, as units do.
    machine.systemctl("reset-failed", "keepalived", check=False)
    machine.systemctl("start", "keepalived")
    wait_for(lambda: machine.systemctl("is-active", "batond", check=False)[1]
             == "inactive\n", 10, "the end of batond")


def test_what_fails_before_lets_keepalived_go_on(lan):
    a, _ = lan.routers
    prepare(a)
    old = keepalived(a)
    wait_told(a, "MASTER")
    broken = Moved(a)
    path = broken.file("baton.conf", "vrrp_instance gate {\n")
    broken.run_dir = os.path.join(broken.directory, "run")
    os.makedirs(broken.run_dir, exist_ok=True)
    with pytest.raises(RuntimeError, match="keepalived goes on"):
        a.run("env", f"PATH={os.path.dirname(broken.binary('batond'))}:"
              f"{os.environ['PATH']}", broken.binary("baton"), "--run-dir",
              broken.run_dir, "takeover", path)
    assert old.processes() and a.holds(SERVICE)
    assert told(a)[-1:] == ["MASTER"]
