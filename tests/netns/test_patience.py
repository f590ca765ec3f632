# SPDX-License-Identifier: GPL-2.0-or-later
"""Who asks a daemon that does not answer gives up, says why, and fails."""

import os
import resource
import signal
import socket
import struct
import subprocess
import time

import pytest

from daemons import Baton, Instance
from lan import wait_for

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

QUESTIONS = [["status"], ["status", "gate"], ["status", "-j"],
             ["why", "gate"], ["events"], ["events", "-f"],
             ["events", "-f", "-j"], ["metrics"]]
ORDERS = [["reload"], ["reload", "--dry-run"], ["reload", "--upgrade"],
          ["reload", "--confirm", "5"], ["confirm"], ["handover"],
          ["handover", "gate"], ["drain"], ["undrain"], ["upgrade"]]
# It has begun already, and then the server is stopped.
FOLLOWS = ["events", "-f"]
GIVES_UP = 7


def begin(daemon, words):
    return subprocess.Popen(
        [daemon.binary("baton"), "--run-dir", daemon.run_dir, *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)


def test_nobody_waits_for_ever(lan):
    daemon = Baton(lan.routers[0]).start([Instance(interval=0.1)])
    daemon.wait_state("active")
    follows = begin(daemon, FOLLOWS)
    follows.stdout.readline()
    daemon.router.signal_all(signal.SIGSTOP, [
        pid for pid in daemon.processes() if pid != daemon.vrrp_pid()])
    begun = time.monotonic()
    asked = [(words, begin(daemon, words)) for words in QUESTIONS + ORDERS]
    for words, process in [*asked, (FOLLOWS, follows)]:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 1, (words, said)
        assert "does not answer" in said, (words, said)
        assert said.count("\n") == 1, (words, said)
    assert time.monotonic() - begun > GIVES_UP - 1
    daemon.router.signal_all(signal.SIGCONT, daemon.processes())
    wait_for(lambda: "gate" in daemon.ask("status"), 10, "an answer")


def test_the_keeper_waits_for_nobody(lan):
    """Clients that connect to it and say nothing, or half a word."""
    daemon = Baton(lan.routers[0]).start([Instance(interval=0.1)])
    daemon.wait_state("active")
    path = os.path.join(daemon.run_dir, "keeper.sock")
    keeper = daemon.main_pid()

    def enter(said=b""):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        client.connect(path)
        client.settimeout(10)
        if said:
            client.send(said)
        return client

    def descriptors():
        return len(os.listdir(f"/proc/{keeper}/fd"))
    before = descriptors()
    plan = struct.pack("=II64s", 1, 0, b"")  # ledger/order.h: ORDER_PLAN
    # A silent client took 100 ms, and one that was slower was hung up.
    slow = enter()
    silent = [enter() for _ in range(5)] + [enter(plan[:71])]
    begun = time.monotonic()
    assert enter(plan).recv(20000)
    assert time.monotonic() - begun < 0.4
    time.sleep(max(0, begun + 0.2 - time.monotonic()))
    slow.send(plan)
    assert slow.recv(20000)
    assert silent[-1].recv(100) == b""
    # As many as come, they are bounded in number and in time.
    for _ in range(100):
        silent.append(enter())
    wait_for(lambda: descriptors() < before + 12, 5, "few of them")
    assert "1 unchanged" in daemon.ask("reload")
    wait_for(lambda: descriptors() <= before, 5, "that all were hung up")
    assert daemon.main_pid() == keeper


def processor_time(pid):
    """What it has used, in seconds."""
    with open(f"/proc/{pid}/stat") as file:
        words = file.read().rsplit(")")[-1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def test_without_a_descriptor_the_keeper_rests(lan):
    """Whoever knocks cannot be let in, and goes on knocking."""
    daemon = Baton(lan.routers[0]).start([Instance(interval=0.1)])
    daemon.wait_state("active")
    keeper = daemon.main_pid()
    most = resource.prlimit(keeper, resource.RLIMIT_NOFILE)
    # All below are in use, or soon will be.
    resource.prlimit(keeper, resource.RLIMIT_NOFILE, (4, most[1]))
    asks = begin(daemon, ["reload"])
    wait_for(lambda: "Too many open files" in daemon.log(), 10, "a word")
    used, begun = processor_time(keeper), time.monotonic()
    _, said = asks.communicate(timeout=60)  # it waits for seconds
    assert asks.returncode == 1 and "does not answer" in said
    # One that does not rest uses all of it that it gets.
    assert processor_time(keeper) - used < \
        0.2 * (time.monotonic() - begun) + 0.3
    assert daemon.log().count("Too many open files") == 1
    assert daemon.state() == "active"
    resource.prlimit(keeper, resource.RLIMIT_NOFILE, most)
    wait_for(lambda: begin(daemon, ["reload"]).wait() == 0, 10, "obedience")


def test_an_empty_name_is_not_everything(lan):
    daemon = Baton(lan.routers[0]).start([Instance(interval=0.1)])
    daemon.wait_state("active")
    asks = begin(daemon, ["handover", ""])
    said = asks.communicate(timeout=60)[1]
    assert (asks.returncode, "name is empty" in said) == (2, True), said
    assert daemon.transitions()[-1] == "active"
