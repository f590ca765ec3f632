# SPDX-License-Identifier: GPL-2.0-or-later
"""authentication PASS and track_interface: what a LAN sees of them, with
keepalived as the other router where it is asked for."""

import array
import os
import re
import resource
import signal

import pytest

from daemons import Baton, Instance, Keepalived, keepalived_conf
from frames import Capture
from lan import now, wait_for
from scene import ids, replaced, settle, start_again

pytestmark = pytest.mark.skipif(
    not Baton.is_built(), reason="batond is not built")


def password(word):
    return ["authentication {", "auth_type PASS", f"auth_pass {word}", "}"]


# Two programs of one file; the longer one is cut by both.
@pytest.mark.parametrize("word", [r"a\b", r'"c\\d e"', "123456789ab"])
@pytest.mark.parametrize("active, backup", [
    (Baton, Keepalived), (Keepalived, Baton)])
def test_a_password_is_understood(lan, active, backup, word):
    a, b = lan.routers
    options = {"version": 2, "interval": 1, "extra": password(word)}
    first = active(a).start([Instance(priority=200, **options)])
    second = backup(b).start([Instance(priority=100, **options)])
    first.wait_state("active")
    second.wait_state("backup")
    # Active_Down_Interval is 3.6 s: it would be Active by then.
    settle(4)
    assert (first.state(), second.state()) == ("active", "backup")
    assert not first.errors() and not second.errors()
    first.stop()
    second.wait_state("active")


@pytest.mark.parametrize("theirs, reason", [
    (password("other"), "password-wrong"), ([], "password-missing")])
def test_another_password_is_not_heard(lan, theirs, reason):
    a, b = lan.routers
    first = Baton(a).start([Instance(
        version=2, interval=1, priority=200, extra=password("s3cret"))])
    first.wait_state("active")
    Keepalived(b).start([Instance(
        version=2, interval=1, priority=250, extra=theirs)])
    wait_for(lambda: first.status()["counters"]["dropped"].get(reason), 10,
             f"a packet that is dropped for {reason}")
    assert first.state() == "active"


def memory_of(pid):
    """All that a process can read of its own memory, but for the terabytes
    that a sanitizer reserves; and whether a core dump leaves it out."""
    hidden = set()
    with open(f"/proc/{pid}/smaps") as maps:
        for line in maps:
            found = re.match(r"([0-9a-f]+)-[0-9a-f]+ ", line)
            if found:
                start = found[1]
            elif line.startswith("VmFlags:") and " dd" in line:
                hidden.add(start)
    with open(f"/proc/{pid}/maps") as maps, \
            open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line)
            if not found or "[v" in line:
                continue
            start, end = (int(n, 16) for n in found.groups())
            if end - start > 1 << 28:
                continue
            for first, last in present(pid, start, end):
                try:
                    memory.seek(first)
                    yield memory.read(last - first), found[1] in hidden
                except (OSError, ValueError, OverflowError):
                    continue


def present(pid, start, end):
    """The parts of a mapping that have pages (proc(5), pagemap)."""
    page = resource.getpagesize()
    with open(f"/proc/{pid}/pagemap", "rb", 0) as pages:
        pages.seek(start // page * 8)
        words = array.array("Q", pages.read((end - start) // page * 8))
    first = None
    for n, word in enumerate([*words, 0]):
        if word >> 62 and first is None:  # in memory, or swapped out
            first = n
        elif not word >> 62 and first is not None:
            yield start + first * page, start + n * page
            first = None


def has_in_memory(pid, word):
    """Not at all: None; else whether a core dump would have it."""
    seen = [hidden for part, hidden in memory_of(pid) if word in part]
    return not all(seen) if seen else None


def test_a_password_is_nowhere_else(lan):
    """Neither in what is told, nor in the memory of who needs it not."""
    a, _ = lan.routers
    word = "gEh31mNs"
    daemon = Baton(a).start([Instance(
        version=2, interval=1, extra=password(word))])
    daemon.wait_state("active")
    daemon.ask("status", "gate")
    secret = word.encode()
    found = {words[0]: has_in_memory(pid, secret)
             # The newest first: it answers, and ends when nobody asks.
             for pid, words in sorted(daemon.processes().items(), reverse=True)
             if os.path.exists(f"/proc/{pid}/maps")}
    assert len(found) == 3
    for name, dumped in found.items():
        if "ctl" in name:
            assert dumped is None, found
        elif "vrrp" in name:
            assert dumped is False, found
        else:
            assert dumped in (None, False), found
    assert word not in daemon.log()
    for command in (["status"], ["why", "gate"], ["events"]):
        assert word not in daemon.ask(*command)


def test_a_file_that_is_not_used_is_forgotten(lan):
    """A keeper after another has read the file, and goes on with what was in
    force: no process has the password that the file says by now."""
    a, _ = lan.routers
    instance = Instance(version=2, interval=1, extra=password("gEh31mNs"))
    daemon = Baton(a).start([instance])
    daemon.wait_state("active")
    old = ids(daemon)
    instance.extra = password("an0ther1")
    daemon.file("baton.conf", keepalived_conf([instance]))
    os.kill(old["keeper"], signal.SIGKILL)
    start_again(daemon)
    replaced(daemon, "keeper", "vrrp", "ctl", old=old)
    daemon.ask("status")
    assert not [words[0] for pid, words in daemon.processes().items()
                if os.path.exists(f"/proc/{pid}/maps")
                and has_in_memory(pid, b"an0ther1") is not None]


def two_links(make_lan, lines, **options):
    lan = make_lan(links=2, many=True)
    a, _ = lan.routers
    capture = Capture(lan, a)
    daemon = Baton(a).start([Instance(
        interval=0.2, priority=100,
        extra=["track_interface {", *lines, "}"], **options)])
    return lan, a, daemon, capture


def test_a_tracked_interface_that_is_down_is_a_fault(make_lan):
    lan, a, daemon, capture = two_links(make_lan, ["lan1"])
    daemon.wait_state("active")
    since = now()
    a.ip("link set lan1 down")
    daemon.wait_state("fault")
    assert [p.vrrp.priority for p in capture.adverts(since=since)][-2:] \
        == [0, 0]
    assert not a.holds("192.0.2.1")
    status = daemon.status()
    assert status["faults"] == ["tracked-interface"]
    assert "that it tracks is down" in daemon.ask("why", "gate")
    a.ip("link set lan1 up")
    daemon.wait_state("active")
    assert daemon.status()["faults"] == []
    assert [(e["interface"], e["interface_status"])
            for e in daemon.events() if e["type"] == "tracked"] \
        == [("lan1", "down"), ("lan1", "up")]


@pytest.mark.parametrize("line, up, down", [
    ("lan1 weight 30", 130, 100), ("lan1 weight -30", 100, 70),
    ("lan1 weight 30 reverse", 70, 100), ("lan1 weight -30 reverse", 100, 130)])
def test_a_weight_is_added(make_lan, line, up, down):
    lan, a, daemon, capture = two_links(make_lan, [line])
    daemon.wait_state("active")

    def says(priority):
        return lambda: capture.adverts()[-1].vrrp.priority == priority
    wait_for(says(up), 5, f"priority {up}")
    a.ip("link set lan1 down")
    wait_for(says(down), 5, f"priority {down}")
    assert daemon.status()["effective_priority"] == down
    assert daemon.state() == "active"
    a.ip("link set lan1 up")
    wait_for(says(up), 5, f"priority {up}")


def test_what_is_not_there_is_down(make_lan):
    lan, a, daemon, _ = two_links(make_lan, ["later0"])
    daemon.wait_state("fault")
    assert "it tracks the interface later0, which is down or missing" \
        in daemon.ask("status")
    a.ip("link add later0 type veth peer name later1")
    a.ip("link set later1 up", "link set later0 up")
    daemon.wait_state("active")
    a.ip("link del later0")
    daemon.wait_state("fault")


@pytest.mark.parametrize("how", ["kill", "reload"])
def test_another_process_knows_what_is_tracked(make_lan, how):
    """A weight and a fault outlive a death and a reload, without an event."""
    lan, a, daemon, capture = two_links(make_lan, ["lan1 weight -30"])
    daemon.wait_state("active")
    a.ip("link set lan1 down")
    wait_for(lambda: daemon.status()["effective_priority"] == 70, 5, "70")
    since, before = now(), len(daemon.changes())
    if how == "kill":
        pid = next(pid for pid, words in daemon.processes().items()
                   if "vrrp" in words[0])
        os.kill(pid, 9)
    else:
        daemon.ask("reload")
    wait_for(lambda: len(capture.adverts(since=since)) > 10, 10, "adverts")
    assert {p.vrrp.priority for p in capture.adverts(since=since)} == {70}
    assert len(daemon.changes()) == before


def test_the_own_interface_need_not_be_tracked(lan):
    a, _ = lan.routers
    daemon = Baton(a).start([Instance(interval=0.2,
                                      extra=["dont_track_primary"])])
    daemon.wait_state("active")
    before = daemon.transitions()
    a.ip("link set lan0 down")
    settle(1)
    assert daemon.transitions() == before
    capture = Capture(lan, a)
    a.ip("link set lan0 up")
    wait_for(capture.adverts, 5, "advertisements again")
    assert daemon.transitions() == before
