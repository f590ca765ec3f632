# SPDX-License-Identifier: GPL-2.0-or-later
"""The configuration is read by processes of its own: what they may do, what
goes on meanwhile, and what becomes of it when they die. What else they may
answer is in tests/unit/conf_reading.c."""

import os
import re
import signal
import socket
import struct
import subprocess
import threading
import time

import pytest

from daemons import Baton, Instance, keepalived_conf
from instruments import MS, Pause, allowance
from lan import wait_for
from scene import ids, stops
from test_gapless import configure, extra, names, order
from test_sandbox import NOBODY, status_of

pytestmark = [pytest.mark.leaks, pytest.mark.skipif(
    not Baton.is_built(), reason="batond is not built")]

# It cannot be used, and to find that out takes a while.
LONG = "~SEQ(i, 1, 500) " + "a " * (1 << 20 >> 1) + "\n"


@pytest.fixture
def daemon(lan):
    daemon = Baton(lan.routers[0]).start([Instance(interval=0.1)])
    daemon.wait_state("active")
    return daemon


def long_file(daemon):
    return keepalived_conf(daemon.instances) + LONG


def readers(daemon):
    """{"conf": pid, "files": pid} while there are any."""
    return {name: pid for pid, words in daemon.processes().items()
            for name in ("conf", "files") if f": {name}" in words[0]}


def confined(daemon):
    """The readers, as soon as they are confined."""
    found = readers(daemon)
    try:
        return len(found) == 2 and found if all(
            status_of(pid)["Seccomp"] == "2" for pid in found.values()) else {}
    except (FileNotFoundError, ProcessLookupError):
        return {}


def frozen(daemon, text=None):
    """A reload that waits, as who reads for it is stopped: it and the pids.
    On a busy machine the reading may be over before it was seen."""
    configure(daemon, text=text or long_file(daemon))
    for _ in range(20):
        waits = daemon.router.popen(
            daemon.binary("baton"), "--run-dir", daemon.run_dir, "reload",
            whole=False, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        found = wait_for(lambda: confined(daemon) or waits.poll() is not None,
                         20, "who reads it", 0.0002)
        if found is not True and stops(found["conf"]):
            return waits, found
        waits.communicate()
    raise AssertionError("nobody was seen who reads it")


def go_on(daemon, found):
    daemon.router.signal_all(signal.SIGCONT, [found["conf"]])


def test_who_reads_has_no_rights(daemon):
    waits, found = frozen(daemon)
    conf, files = (status_of(found[name]) for name in ("conf", "files"))
    for status in conf, files:
        assert status["Seccomp"] == "2"
        assert status["NoNewPrivs"] == "1"
        assert int(status["CapBnd"], 16) == 0
    assert set(conf["Uid"].split()) == {str(NOBODY)}
    assert int(conf["CapEff"], 16) == int(conf["CapPrm"], 16) == 0
    for pid in found.values():
        with open(f"/proc/{pid}/maps") as maps:
            assert "baton-ledger" not in maps.read()
        for fd in os.listdir(f"/proc/{pid}/fd"):
            name = os.readlink(f"/proc/{pid}/fd/{fd}")
            assert int(fd) <= 2 or re.search(
                r"^socket:|baton-(model|said)|/baton\.conf$", name), name
    go_on(daemon, found)
    assert "cannot be used" in waits.communicate(timeout=60)[0]
    wait_for(lambda: not readers(daemon), 5, "their end")


def test_orders_and_deaths_do_not_wait_for_it(daemon):
    waits, found = frozen(daemon)
    assert "handing over everything" in daemon.ask("drain")
    daemon.wait_state("init")
    assert "back in service" in daemon.ask("undrain")
    old = ids(daemon)["vrrp"]
    os.kill(old, signal.SIGKILL)
    wait_for(lambda: ids(daemon).get("vrrp", old) != old, 10, "another vrrp")
    daemon.wait_state("active")
    assert waits.poll() is None
    with pytest.raises(RuntimeError, match="is being read for somebody else"):
        daemon.ask("reload", "--dry-run")
    go_on(daemon, found)
    assert "cannot be used" in waits.communicate(timeout=60)[0]
    assert waits.returncode == 3


@pytest.mark.timing
def test_no_order_waits_for_50_ms(lan, daemon):
    """Each is refused at once: nothing is on trial."""
    configure(daemon, text=long_file(daemon))
    pause = Pause(lan)
    reload = order(daemon, "reload")
    wait_for(lambda: readers(daemon), 20, "who reads it", 0.0005)
    pause.mark()
    slowest, asked = 0, 0
    while reload.poll() is None:
        begin = time.monotonic_ns()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
            door.connect(os.path.join(daemon.run_dir, "keeper.sock"))
            door.send(struct.pack("=II64s", 2, 0, b""))  # confirm
            assert b"nothing waits" in door.recv(65536)
        slowest = max(slowest, time.monotonic_ns() - begin)
        asked += 1
    assert asked > 20
    assert slowest < 50 * MS + allowance(pause.longest())


@pytest.mark.parametrize("who, why", [
    ("conf", "the process that reads it was killed by signal 9"),
    ("files", "the process that opens its files died")])
def test_the_death_of_who_reads_changes_nothing(daemon, who, why):
    text = "nonsense 1\n" * 50000 + "include more*.conf\n" + \
        keepalived_conf([*daemon.instances, extra("more")])
    old = ids(daemon)
    waits, found = frozen(daemon, text=text)
    os.kill(found[who], signal.SIGKILL)
    go_on(daemon, found)
    told = waits.communicate(timeout=60)[0]
    assert f"baton.conf: error: not read: {why}" in told
    assert "the old one goes on" in told
    assert waits.returncode == 3
    assert names(daemon) == {"gate"} and ids(daemon)["vrrp"] == old["vrrp"]
    configure(daemon, extra("more"))
    assert "adds more" in daemon.ask("reload")


def test_a_stop_does_not_wait_for_it(daemon):
    waits, _ = frozen(daemon)
    assert daemon.stop() == 0
    assert waits.wait(10) == 1
    assert daemon.processes() == {}


def test_a_signal_meanwhile_is_remembered(daemon):
    waits, found = frozen(daemon)
    configure(daemon, extra("more"))
    daemon.signal(signal.SIGHUP)
    go_on(daemon, found)
    waits.communicate(timeout=60)
    wait_for(lambda: "more" in names(daemon), 20, "the next reading")


def test_a_keeper_that_dies_leaves_nobody_who_reads(daemon):
    _, found = frozen(daemon)
    os.kill(daemon.main_pid(), signal.SIGKILL)
    go_on(daemon, found)
    wait_for(lambda: not readers(daemon), 10, "their end")
