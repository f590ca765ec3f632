# SPDX-License-Identifier: GPL-2.0-or-later
"""`baton takeover` where two routers would have the addresses afterwards: it is
refused, taken back, or what cannot be served is given up."""

import os
import signal
import subprocess

import pytest

from daemons import Baton, Instance, Keepalived
from lan import now, wait_for
from test_moving import Moved

pytestmark = pytest.mark.skipif(
    not Baton.is_built(), reason="batond is not built")

SERVICE, OTHER = "192.0.2.1", "192.0.2.2"


def conf(folder, address=SERVICE):
    """keepalived does not track what is defined below, baton does."""
    return f"""
global_defs {{
    script_user root
}}
vrrp_instance gate {{
    interface lan0
    virtual_router_id 51
    priority 150
    advert_int 1
    track_script {{
        proxy
    }}
    virtual_ipaddress {{
        {address}/24
    }}
}}
vrrp_script proxy {{
    script "/usr/bin/test -e {folder}/proxy"
    interval 1
}}
"""


class Trial(Moved):
    """A takeover that may fail: its exit status, and what it said."""

    def begin(self, *words):
        self.run_dir = os.path.join(self.directory, "run")
        os.makedirs(self.run_dir, exist_ok=True)
        path = os.path.dirname(self.binary("batond"))
        return subprocess.Popen(
            [*self.router.enter(), "env", f"PATH={path}:{os.environ['PATH']}",
             self.binary("baton"), "--run-dir", self.run_dir, "takeover",
             *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True)

    def end(self, *words):
        child = self.begin(*words)
        said = child.communicate(timeout=40)[0]
        return child.returncode, said

    def end_in_time(self, *words):
        """On a busy machine batond may not answer within the interval that it
        has: then keepalived goes on, and a person tries again."""
        for _ in range(10):
            status, said = self.end(*words)
            if "did not answer within" not in said:
                break
        return status, said

    def instance(self):
        return self.fetch("/status")["instances"][0]


def states(daemon):
    """Of its processes, as the kernel calls them: T is frozen."""
    found = set()
    for pid in daemon.processes():
        try:
            with open(f"/proc/{pid}/stat") as file:
                found.add(file.read().rsplit(")", 1)[1].split()[0])
        except FileNotFoundError:
            pass
    return found


def serving(router):
    daemon = Keepalived(router)
    daemon.start_text(conf(router.directory))
    wait_for(lambda: router.holds(SERVICE), 15, "keepalived Active")
    return daemon


def goes_on(daemon):
    return daemon.router.holds(SERVICE) and daemon.processes() and \
        "T" not in states(daemon)


def test_what_nobody_would_serve_is_refused(lan):
    a, b = lan.routers
    old = serving(a)
    theirs = os.path.join(old.directory, "keepalived.conf")

    # Nothing is started before it is known which file is meant.
    trial = Trial(a, "unnamed")
    status, said = trial.end()
    assert status == 1 and f"keepalived runs with {theirs}" in said, said
    assert "/etc/" in said and not trial.processes() and goes_on(old)
    assert not os.path.exists(f"{trial.run_dir}/drained")

    trial = Trial(a, "broken")
    status, said = trial.end(trial.file("b.conf", "vrrp_instance gate {\n"))
    assert status == 1 and "batond does not start" in said, said
    # One that is started later by itself is to serve.
    assert not os.path.exists(f"{trial.run_dir}/drained")

    trial = Trial(a, "other")
    status, said = trial.end(
        trial.file("b.conf", conf(a.directory, OTHER)))
    assert status == 1 and f"keepalived serves {SERVICE}," in said, said
    assert goes_on(old)
    trial.stop()

    trial = Trial(a, "faulty")
    status, said = trial.end(theirs)
    assert status == 1 and "gate would be in FAULT: script" in said, said
    assert "keepalived goes on" in said and goes_on(old)
    assert trial.fetch("/status")["drained"]

    # All the same: it is given up, and the other router has it alone.
    peer = Baton(b)
    peer.start([Instance(name="gate", vrid=51, priority=100, version=2,
                         addresses=[f"{SERVICE}/24"])])
    wait_for(lambda: peer.fetch("/status")["instances"][0]["active_priority"]
             == 150, 5, "the Backup hears keepalived")
    status, said = trial.end_in_time("--force", theirs)
    assert status == 0 and "0 active, 0 backup, 1 fault" in said, said
    wait_for(lambda: not a.holds(SERVICE), 1, "the address goes")
    wait_for(lambda: b.holds(SERVICE), 5, "the other router")
    assert trial.instance()["counters"]["resigns_sent"] == 2
    assert [e["cause"] for e in peer.fetch("/events")
            if e["type"] == "state"][-1] == "resigned"
    assert not old.processes() and not a.holds(SERVICE)
    trial.stop()


def test_keepalived_is_never_left_frozen(lan):
    a, _ = lan.routers
    old = serving(a)
    theirs = os.path.join(old.directory, "keepalived.conf")
    trial = Trial(a)
    assert trial.end(theirs)[0] == 1  # in FAULT, and it stays out
    with open(os.path.join(a.directory, "proxy"), "w"):
        pass
    wait_for(lambda: trial.instance()["faults"] == [], 5, "the script")
    keeper = trial.main_pid()
    os.kill(keeper, signal.SIGSTOP)

    # A keeper that hangs: for one interval, and not for longer.
    begun = now()
    status, said = trial.end(theirs)
    assert status == 1 and "did not answer within 1000 ms" in said, said
    assert goes_on(old) and now() - begun < 10e9
    assert "keepalived goes on" in said

    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGKILL):
        child = trial.begin(theirs)
        wait_for(lambda: states(old) == {"T"}, 5, "keepalived is frozen")
        # The command, which came before its guard.
        os.kill(min(pid for pid, words in a.processes().items()
                    if words[0].endswith("/baton")), number)
        child.communicate(timeout=10)
        assert child.returncode != 0
        wait_for(lambda: goes_on(old), 2, f"keepalived after {number!r}")

    # What was withdrawn is not done later.
    os.kill(keeper, signal.SIGCONT)
    trial.ask("reload", "--dry-run")  # it comes after them
    assert trial.fetch("/status")["drained"] and goes_on(old)
    status, said = trial.end_in_time(theirs)
    assert status == 0 and "1 active" in said, said
    assert a.holds(SERVICE) and not old.processes()
    trial.stop()
