# SPDX-License-Identifier: GPL-2.0-or-later
"""The daemon on a real machine: what it says of itself against what the
kernel says, bad configurations, interfaces that come and go, processes that
die. Takeover times are in test_takeover.py, packets in test_wire.py."""

import os
import re
import signal
import subprocess

import pytest

from daemons import Baton, Instance, keepalived_conf
from instruments import Watch
from lan import wait_for

pytestmark = [pytest.mark.leaks, pytest.mark.skipif(
    not Baton.is_built(), reason="batond is not built")]

TAG = 112  # IFA_PROTO of addresses that baton installs


def fast(**options):
    return Instance(**{"interval": 0.1, **options})


@pytest.mark.parametrize("options", [
    pytest.param({"addresses": ["192.0.2.1/24", "192.0.2.2"]}, id="ipv4"),
    pytest.param({"family": 6}, id="ipv6"),
    pytest.param({"version": 2, "interval": 1}, id="v2"),
    pytest.param({"extra": [
        "virtual_ipaddress_excluded {", "  192.0.2.77/32",
        "  2001:db8::77/64", "}"]}, id="excluded")])
def test_status_agrees_with_the_kernel(lan, options):
    a, b = lan.routers
    pair = [Baton(a).start([fast(priority=200, **options)]),
            Baton(b).start([fast(priority=100, **options)])]
    pair[0].wait_state("active")
    pair[1].wait_state("backup")
    for daemon, state, there in ((pair[0], "active", "installed"),
                                 (pair[1], "backup", "absent")):
        def agreed():
            status = daemon.status()
            told = {(entry["address"].split("/")[0],
                     int(entry["address"].split("/")[1]))
                    for entry in status["addresses"]
                    if entry["state"] == "installed"}
            return told == daemon.router.tagged(TAG) and status
        status = wait_for(agreed, 5, "status and kernel to agree")
        i = daemon.instance()
        assert status["state"] == state
        assert status["vrid"] == i.vrid
        assert status["family"] == f"ipv{i.family}"
        assert status["interface"] == "lan0"
        assert status["effective_priority"] == i.priority
        assert status["advertisement_interval_ms"] == i.interval * 1000
        assert {entry["state"] for entry in status["addresses"]} == {there}
    source = a.link_local() if options.get("family") == 6 else a.address()
    assert pair[1].status()["active_address"] == str(source)


def test_an_address_that_cannot_be_installed_is_told(lan):
    """The kernel refuses IPv6 on an interface where it is disabled."""
    a, _ = lan.routers
    a.sysctl(net__ipv6__conf__lan0__disable_ipv6=1)
    daemon = Baton(a).start([fast(extra=[
        "virtual_ipaddress_excluded {", "  2001:db8::77/64", "}"])])
    daemon.wait_state("active")

    def told():
        return {entry["address"]: entry
                for entry in daemon.status()["addresses"]
                if entry["state"] == "failed"}
    failed = wait_for(told, 5, "the refusal in the status")
    assert list(failed) == ["2001:db8::77/64"]
    assert failed["2001:db8::77/64"]["error"]
    assert a.holds("192.0.2.1")


def test_an_interface_that_is_missing_is_waited_for(lan):
    a, _ = lan.routers
    lan.remove_interface(a)
    daemon = Baton(a).start([fast()])
    daemon.wait_state("fault")
    assert daemon.status()["interface_status"] == "missing"
    lan.add_interface(a)
    daemon.wait_state("active")
    assert a.holds("192.0.2.1")


def test_an_interface_that_is_down_is_waited_for(lan):
    a, _ = lan.routers
    daemon = Baton(a).start([fast()])
    daemon.wait_state("active")
    a.ip("link set lan0 down")
    daemon.wait_state("fault")
    assert daemon.status()["interface_status"] == "down"
    a.ip("link set lan0 up")
    daemon.wait_state("active")
    wait_for(lambda: a.holds("192.0.2.1"), 5, "the address")


def test_carrier_loss_is_a_fault_and_its_return_starts_over(lan):
    a, _ = lan.routers
    daemon = Baton(a).start([fast()])
    daemon.wait_state("active")
    lan.carrier_down(a)
    daemon.wait_state("fault")
    assert daemon.status()["interface_status"] == "no-carrier"
    wait_for(lambda: not a.holds("192.0.2.1"), 5, "the address gone")
    lan.carrier_up(a)
    daemon.wait_state("active")
    assert daemon.transitions()[-3:] == ["fault", "backup", "active"]


def test_no_source_address_is_a_fault(lan):
    a, _ = lan.routers
    a.ip("address flush dev lan0 scope global")
    daemon = Baton(a).start([fast()])
    daemon.wait_state("fault")
    assert daemon.status()["interface_status"] == "no-source"
    a.ip("address add 192.0.2.11/24 dev lan0")
    daemon.wait_state("active")


BROKEN = """global_defs {
    router_id test
}
vrrp_instance gate {
    interface lan0
    virtual_router_id 999
    priority 100
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"""


@pytest.mark.parametrize("text, where", [
    pytest.param(BROKEN, (6, "999"), id="a-value-out-of-range"),
    pytest.param(BROKEN.replace("999", "10").replace(
        "192.0.2.1/24", "192.0.2.256/24").replace("priority", "version 3\n"
        "priority"), (10, "192.0.2.256"), id="no-address")])
def test_a_broken_file_starts_nothing(lan, text, where):
    """file:line:column, the line and a caret; nothing is touched."""
    a, _ = lan.routers
    before = a.addresses()
    watch = Watch(a)
    daemon = Baton(a).start_text(text)
    status = daemon.child.wait(10)
    assert status not in (0, None)
    line, word = where
    column = text.splitlines()[line - 1].index(word) + 1
    log = daemon.log()
    place = f"baton.conf:{line}:{column}:"
    assert place in log
    shown = log[log.index(place):].splitlines()
    caret = next(i for i, row in enumerate(shown)
                 if re.fullmatch(r"[\s|]*\^[~^]*.*", row))
    assert word in shown[caret - 1]
    assert shown[caret].index("^") == shown[caret - 1].index(word)
    assert daemon.processes() == {}
    assert a.addresses() == before
    assert watch.report()["came"] == 0


def test_baton_check_has_keepalived_exit_codes(lan):
    """0 good, 3 unusable, 4 has errors but would run."""
    daemon = Baton(lan.routers[0])
    good = keepalived_conf([Instance()])
    unknown = good.replace("    priority", "    prioritee 5\n    priority")
    for text, code in ((good, 0), (BROKEN, 3), (unknown, 4)):
        path = daemon.file("check.conf", text)
        done = subprocess.run([daemon.binary("baton"), "check", path],
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        assert done.returncode == code, done.stdout
    assert "did you mean" in done.stdout.lower()


@pytest.mark.parametrize("child", ["vrrp", "ctl"])
def test_a_child_that_is_killed_is_restarted(lan, child):
    a, _ = lan.routers
    daemon = Baton(a).start([fast()])
    daemon.wait_state("active")

    def pid():
        return next((pid for pid, words in daemon.processes().items()
                     if child in words[0]), None)
    old = wait_for(pid, 5, f"a process {child}")
    os.kill(old, signal.SIGKILL)
    new = wait_for(lambda: pid() not in (None, old) and pid(), 10,
                   f"another {child}")
    assert new != old
    daemon.wait_state("active")

    def told():
        return {process["name"]: process["restarts"]
                for process in daemon.all_status()["processes"]}
    wait_for(lambda: told().get(child) == 1, 5, "the restart in the status")
    wait_for(lambda: a.holds("192.0.2.1"), 5, "the address")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_cleans_up(lan, number):
    """No process, no address, no socket is left."""
    a, _ = lan.routers
    before = sorted(info["local"] for info in a.addresses())
    daemon = Baton(a).start([fast(addresses=[
        f"192.0.2.{n}/24" for n in range(1, 9)])])
    daemon.wait_state("active")
    assert len(a.tagged(TAG)) == 8
    os.kill(daemon.main_pid(), number)
    assert daemon.child.wait(10) == 0
    assert daemon.processes() == {}
    assert sorted(info["local"] for info in a.addresses()) == before
    left = [name for _, _, names in os.walk(daemon.run_dir)
            for name in names]
    assert left == ["lock"]  # a lock that is removed is no lock


def test_death_of_the_keeper_leaves_its_children(lan):
    """They serve on, and the next keeper takes them over."""
    a, _ = lan.routers
    daemon = Baton(a).start([fast()])
    daemon.wait_state("active")
    since, vrrp = daemon.status()["since"], daemon.vrrp_pid()

    def keeper():
        return daemon.all_status()["processes"][0]
    old = keeper()
    os.kill(daemon.main_pid(), signal.SIGKILL)
    wait_for(lambda: list(daemon.processes()) == [vrrp], 5, "vrrp alone")
    for question in ("status", "reload"):
        # Asked within the node: process ids are as it knows them.
        with pytest.raises(RuntimeError, match=r"vrrp \(pid \d+\) serves on"):
            a.run(daemon.binary("baton"), "--run-dir", daemon.run_dir,
                  question)
    daemon.start([fast()])
    wait_for(lambda: vrrp not in daemon.processes() and
             daemon.state() == "active", 10, "vrrp replaced")
    assert daemon.status()["since"] == since  # it never ceased to be
    assert keeper()["pid"] != old["pid"] and keeper()["restarts"] == 1


def test_what_is_frozen_is_not_shown_as_if_it_ran(lan):
    daemon = Baton(lan.routers[0]).start([fast()])
    daemon.wait_state("active")
    assert "has not run" not in daemon.ask("status")
    stopped = [daemon.main_pid(), daemon.vrrp_pid()]
    try:
        daemon.router.signal_all(signal.SIGSTOP, stopped)
        wait_for(lambda: "! vrrp has not run for" in daemon.ask("status"), 5,
                 "the warning")
    finally:
        daemon.router.signal_all(signal.SIGCONT, stopped)
    wait_for(lambda: "has not run" not in daemon.ask("status"), 5, "its end")


def pair(lan):
    """An Active and its Backup."""
    first, second = (Baton(router).start([fast(priority=priority)])
                     for router, priority in zip(lan.routers, (200, 100)))
    first.wait_state("active")
    second.wait_state("backup")
    return first, second


def test_a_handover_of_nothing_is_refused(lan):
    _, second = pair(lan)
    for words in (["handover"], ["handover", "gate"]):
        with pytest.raises(RuntimeError, match="nothing to hand over"):
            second.ask(*words)


def test_two_daemons_with_two_run_directories(lan):
    """On one machine, and neither knows of the other."""
    a, _ = lan.routers
    first = Baton(a, "first").start([fast(name="one", vrid=1)])
    second = Baton(a, "second").start([fast(
        name="two", vrid=2, addresses=["192.0.2.2/24"])])
    first.wait_state("active")
    second.wait_state("active")
    assert [i["name"] for i in first.all_status()["instances"]] == ["one"]
    assert [i["name"] for i in second.all_status()["instances"]] == ["two"]
    first.signal(signal.SIGTERM)
    first.child.wait(10)
    assert second.state() == "active"
    assert a.holds("192.0.2.2") and not a.holds("192.0.2.1")


def test_a_second_daemon_with_the_same_run_directory_is_refused(lan):
    a, _ = lan.routers
    first = Baton(a, "same").start([fast()])
    first.wait_state("active")
    path = os.path.join(first.directory, "baton.conf")
    done = subprocess.run(
        [*a.enter(), first.binary("batond"), "-n", "-f", path,
         "--run-dir", first.run_dir], timeout=10, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode != 0
    assert first.run_dir in done.stdout
    assert first.state() == "active"
    assert a.holds("192.0.2.1")


def test_an_address_that_somebody_removes_is_put_back(lan):
    a, _ = lan.routers
    daemon = Baton(a).start([fast()])
    daemon.wait_state("active")
    wait_for(lambda: a.holds("192.0.2.1"), 5, "the address")
    a.ip("address del 192.0.2.1/24 dev lan0")
    wait_for(lambda: a.holds("192.0.2.1"), 5, "the address again")
    assert daemon.transitions() == ["backup", "active"]


def test_why_tells_the_cause_and_the_rule(lan):
    a, _ = lan.routers
    _, second = pair(lan)
    lan.cut(a)
    second.wait_state("active")
    told = second.ask("why", "gate")
    assert "RFC 9568 6.4.2" in told
    event = [event for event in second.events()
             if event["type"] == "state"][-1]
    assert (event["from"], event["to"], event["cause"]) == (
        "backup", "active", "silence")
    lan.heal(a)
    second.wait_state("backup")
    assert "RFC 9568 6.4.3" in second.ask("why", "gate")
