# SPDX-License-Identifier: GPL-2.0-or-later
"""`baton vs`: what it shows is what is in the kernel, and why."""

import json
import os
import signal
import subprocess

from machine import BATON, wait_for

SERVERS = """\
virtual_server 10.1.2.3 80 {
    lb_algo wlc
    lb_kind NAT
    protocol TCP
    delay_loop 1
    real_server 192.168.0.1 80 { weight 3 }
    real_server 127.0.0.1 8081 { weight 2
        TCP_CHECK { warmup 0
            retry 0 } }
}
virtual_server fwmark 7 {
    lb_algo %s
    lb_kind DR
    real_server 192.168.0.4 0 { weight 1 }
}
"""


def shown(baton, *command):
    done = subprocess.run([BATON, "--run-dir", baton.run_dir, *command],
                          capture_output=True, text=True)
    return done.stdout


def test_each_server_as_the_kernel_has_it(baton):
    baton.start(SERVERS % "twos")

    def all_is_said():
        text = shown(baton, "vs")
        return text.splitlines() if (
            "not in the table (weight 2), connect" in text
            and "the kernel refuses it" in text) else None

    lines = wait_for(all_is_said, lambda: shown(baton, "vs") + baton.log())
    assert lines[0].startswith("[10.1.2.3]:tcp:80  wlc NAT, quorum up, since ")
    assert lines[1].startswith("  192.168.0.1:80           up      weight 3")
    assert lines[2].startswith(
        "  127.0.0.1:8081           down    not in the table (weight 2), "
        "connect: refused, since ")
    wait_for(lambda: "  [10.1.2.3]:tcp:80  has its quorum from the start\n" in
             shown(baton, "events"),
             lambda: shown(baton, "events") + baton.log())
    assert lines[3].startswith("FWM 7  twos DR, quorum up, since ")
    assert "; not in the table; the kernel refuses it: there is no such " \
        "scheduler" in lines[3]
    baton.reload(SERVERS % "rr")
    wait_for(lambda: "refuses" not in shown(baton, "vs") and
             "  192.168.0.4:0            up      weight 1" in
             shown(baton, "vs"), lambda: shown(baton, "vs") + baton.log())
    only = shown(baton, "vs", "10.1.2.3:80")
    assert "FWM" not in only
    assert shown(baton, "vs", "fwmark", "7").startswith("FWM 7  rr DR")
    done = subprocess.run([BATON, "--run-dir", baton.run_dir, "why",
                           "10.1.2.3:80"], capture_output=True, text=True)
    assert "a virtual server has this name" in done.stderr
    assert "    TCP_CHECK    failed  L4CON   connect: refused" in only
    said = json.loads(shown(baton, "vs", "--json"))
    assert said["lvs"]["known"] and said["lvs"]["done"]
    assert [(v["name"], v["in_table"]) for v in said["virtual_servers"]] == [
        ("[10.1.2.3]:tcp:80", 1), ("FWM 7", 1)]


def test_who_stands_still_is_named(baton):
    """What was last known is not shown as if it were fresh. The keeper, which
    would end them, stands still too."""
    baton.start(SERVERS % "rr")
    wait_for(lambda: "connect: refused" in shown(baton, "vs"), baton.log)
    os.kill(baton.process.pid, signal.SIGSTOP)
    for name, words in (("check", "results of checks are old"),
                        ("lvs", "this is what was last known")):
        os.kill(baton.pid_of(name), signal.SIGSTOP)
        for command in [("vs",), ("vs", "10.1.2.3:80"),
                        ("why", "10.1.2.3:80", "127.0.0.1:8081"),
                        *([("checks",)] if name == "check" else [])]:
            wait_for(lambda: f"! {name} has not run for " in
                     shown(baton, *command) and
                     words in shown(baton, *command),
                     lambda: f"{command}: {shown(baton, *command)}", 20)
    os.kill(baton.process.pid, signal.SIGCONT)
    wait_for(lambda: "connect: refused" in shown(baton, "vs") and
             "has not run" not in shown(baton, "vs"),
             lambda: shown(baton, "vs") + baton.log(), 30)
