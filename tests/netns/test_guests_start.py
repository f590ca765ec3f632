# SPDX-License-Identifier: GPL-2.0-or-later
"""vrrp_startup_delay and vrrp_delay_after_boot; and small words of the
keeper: process names, log_unknown_vrids."""

import os
import signal
import time
from datetime import datetime

import pytest

from daemons import Baton, Instance, keepalived_conf
from frames import Capture, Injector, advert, frame
from lan import wait_for
from scene import settle

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built")]


def fast(**options):
    return Instance(**{"interval": 0.1, **options})


def ready(daemon):
    """It answers."""
    def answers():
        try:
            return daemon.all_status()
        except RuntimeError:
            return None
    return wait_for(answers, 5, "an answer")


def end_of_delay(daemon):
    """When the delay is over at the earliest, and at the latest, by what it
    says: it answers at some moment after it was asked."""
    asked = time.monotonic()
    left = daemon.all_status()["starts_in_ms"] / 1000
    return asked + left, time.monotonic() + left


def begin(router, delay, **options):
    """The daemon, and when its delay is over."""
    daemon = Baton(router).start([fast(**options)],
                                 [f"vrrp_startup_delay {delay}"])
    ready(daemon)
    end, _ = end_of_delay(daemon)
    assert 0 < end - time.monotonic() <= delay
    return daemon, end


def started_at(daemon, end):
    """It does nothing before, and then it does."""
    while True:
        state = daemon.state()
        if time.monotonic() > end - 0.05:
            break
        assert state == "init"
    daemon.wait_state("active", timeout=3)


def uptime():
    with open("/proc/uptime") as file:
        return float(file.read().split()[0])


def test_nothing_happens_during_the_delay(lan):
    """Nor is anybody heard: a priority 0 would call it at once."""
    a, _ = lan.routers
    capture = Capture(lan, a)
    daemon, end = begin(a, 3)
    assert "start in" in daemon.ask("status")
    assert "vrrp_startup_delay" in daemon.ask("why", "gate")
    source = str(lan.host.address())
    injector = Injector(lan.host)
    for priority in (254, 0):
        injector.send(frame(source, advert(source, ["192.0.2.1"],
                                           priority=priority, interval=0.1)))
    started_at(daemon, end)
    assert daemon.all_status()["starts_in_ms"] is None
    counters = daemon.counters()
    assert counters["dropped"]["not-running"] == 2
    assert counters["adverts_received"] == counters["resigns_received"] == 0
    # Active_Down_Interval begins with the end of the delay.
    first = capture.adverts()[0].time / 1e9
    assert first - end > fast().down_ns / 1e9 - 0.05
    assert "virtual routers start in" in daemon.log()
    injector.close()


@pytest.mark.parametrize("what", ["vrrp", "keeper", "reload", "upgrade"])
def test_what_happens_meanwhile_does_not_begin_it_again(lan, what):
    a, _ = lan.routers
    daemon, end = begin(a, 4)
    settle(0.5)  # in the midst of it
    if what == "vrrp":
        os.kill(daemon.vrrp_pid(), signal.SIGKILL)
    elif what == "keeper":
        os.kill(daemon.main_pid(), signal.SIGKILL)
        daemon.reap()
        daemon.start([fast()], ["vrrp_startup_delay 4"])
        ready(daemon)
    elif what == "reload":
        daemon.file("baton.conf", keepalived_conf(
            [fast(priority=150)], ["vrrp_startup_delay 4"]))
        daemon.ask("reload")
    else:
        daemon.ask("upgrade")
    ready(daemon)
    started_at(daemon, end)


def times(daemon, kind, **what):
    """When there was such an event, in seconds."""
    return [datetime.fromisoformat(
        event["time"].replace("Z", "+00:00")).timestamp()
        for event in daemon.events() if event["type"] == kind
        and all(event.get(key) == value for key, value in what.items())]


def test_a_reload_after_the_delay_starts_at_once(lan):
    """As soon as another process has taken over: a delay would be seen."""
    a, _ = lan.routers
    daemon = Baton(a).start([fast()], ["vrrp_startup_delay 1.5"])
    ready(daemon)
    daemon.wait_state("active")
    daemon.instances.append(fast(name="new", vrid=11,
                                 addresses=["192.0.2.2/24"]))
    daemon.file("baton.conf", keepalived_conf(
        daemon.instances, ["vrrp_startup_delay 1.5"]))
    daemon.ask("reload")
    daemon.wait_state("active", "new")
    replaced, = times(daemon, "process", process="vrrp", event="replaced")
    began, = times(daemon, "state", instance="new", to="backup")
    assert abs(began - replaced) < 0.75
    assert daemon.transitions() == ["backup", "active"]


def test_undrain_does_not_end_it(lan):
    a, _ = lan.routers
    daemon, end = begin(a, 2.5)
    daemon.ask("drain")
    daemon.ask("undrain")
    started_at(daemon, end)


def test_drained_is_drained_after_it_too(lan):
    a, _ = lan.routers
    daemon, end = begin(a, 2)
    daemon.ask("drain")
    settle(end - time.monotonic() + 1)
    assert daemon.state() == "init"
    daemon.ask("undrain")
    daemon.wait_state("active")


class JustBooted(Baton):
    """For it the machine has booted a minute ago: a time namespace."""

    offset = 60 - int(uptime())

    def spawn(self, *command, **keywords):
        return super().spawn("unshare", "--time", "--boottime",
                             str(self.offset), "--fork", "--kill-child",
                             *command, **keywords)


def test_the_boot_counts_where_it_is_later(lan):
    a, _ = lan.routers
    delay = round(uptime() + JustBooted.offset) + 3
    end = time.monotonic() + delay - uptime() - JustBooted.offset
    daemon = JustBooted(a).start([fast()], ["vrrp_startup_delay 0.5",
                                            f"vrrp_delay_after_boot {delay}"])
    ready(daemon)
    earliest, latest = end_of_delay(daemon)
    assert earliest - 0.1 < end < latest + 0.1
    started_at(daemon, end)


def test_a_boot_long_ago_is_no_delay(lan):
    a, _ = lan.routers
    daemon = Baton(a).start([fast()], ["vrrp_delay_after_boot 1"])
    ready(daemon)
    daemon.wait_state("active", timeout=2)


def comm(pid):
    with open(f"/proc/{pid}/comm") as file:
        return file.read().strip()


@pytest.mark.parametrize("lines, keeper, vrrp", [
    ([], "batond", "batond-vrrp"),
    (["process_names"], "keepalived", "keepalived_vrrp"),
    (["process_name edge", "vrrp_process_name edge-vrrp"], "edge",
     "edge-vrrp"),
    (["process_names", "vrrp_process_name mine"], "keepalived", "mine")])
def test_names_of_processes(lan, lines, keeper, vrrp):
    """As keepalived names them; the command lines stay."""
    a, _ = lan.routers
    daemon = Baton(a).start([fast()], lines)
    daemon.wait_state("active")
    assert comm(daemon.main_pid()) == keeper
    assert comm(daemon.vrrp_pid()) == vrrp
    daemon.file("baton.conf", keepalived_conf(daemon.instances,
                                              ["process_name later"]))
    daemon.ask("reload")
    wait_for(lambda: comm(daemon.main_pid()) == "later", 5, "another name")
    wait_for(lambda: comm(daemon.vrrp_pid()) == "batond-vrrp", 5,
             "the usual name")
    assert daemon.stop() == 0


@pytest.mark.parametrize("word", [True, False])
def test_unknown_vrids_are_counted_and_logged_if_asked(lan, word):
    a, _ = lan.routers
    daemon = Baton(a).start([fast()], ["log_unknown_vrids"] if word else [])
    daemon.wait_state("active")
    source = str(lan.host.address())
    injector = Injector(lan.host)
    injector.send(frame(source, advert(source, ["192.0.2.1"], vrid=77)))
    wait_for(lambda: daemon.all_status()["dropped"]["vrid"] == 1, 5,
             "the count")
    # It is asked by people, and is no line that fills a disk.
    assert any(event["type"] == "drop" for event in daemon.events())
    if word:
        wait_for(lambda: "dropped a packet" in daemon.log(), 5, "the line")
        assert "not configured on this interface: 77 (" in daemon.log()
    else:
        settle()
        assert "dropped a packet" not in daemon.log()
    injector.close()
