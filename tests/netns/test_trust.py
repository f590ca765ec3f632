# SPDX-License-Identifier: GPL-2.0-or-later
"""What a process that was taken over could do to those above it. They share
nothing with it that it could turn against them, and believe nothing that they
have not checked."""

import ctypes
import os
import platform
import signal
import subprocess

import pytest

from daemons import Baton, Instance
from lan import wait_for
from scene import complete, kinds

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

KCMP = {"x86_64": 312, "aarch64": 272}.get(platform.machine())
KCMP_FILE = 0


@pytest.fixture
def daemon(lan):
    daemon = Baton(lan.routers[0]).start([Instance(interval=0.1,
                                                   priority=200)])
    daemon.wait_state("active")
    return daemon


@pytest.fixture
def follower(daemon):
    """Somebody who follows events, so that there is a server; its output."""
    process = subprocess.Popen(
        [daemon.binary("baton"), "--run-dir", daemon.run_dir, "events", "-f"],
        stdout=subprocess.PIPE, text=True)
    wait_for(lambda: complete(daemon) and len(kinds(daemon)["ctl"]) == 2, 10,
             "a server")
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def descriptors(pid):
    directory = f"/proc/{pid}/fd"
    return {int(fd): os.readlink(os.path.join(directory, fd))
            for fd in os.listdir(directory)}


def shared(one, other):
    """The names of the open file descriptions that both have (kcmp(2))."""
    libc = ctypes.CDLL(None)
    theirs = [fd for fd in descriptors(other) if fd > 2]
    return [name for fd, name in descriptors(one).items() if fd > 2
            and any(libc.syscall(KCMP, one, other, KCMP_FILE, fd, their) == 0
                    for their in theirs)]


@pytest.mark.skipif(not KCMP, reason="no number for kcmp(2) here")
def test_no_description_is_shared_that_could_be_turned_upwards(daemon,
                                                               follower):
    """Flags, such as O_NONBLOCK, belong to the open file description: what is
    shared could be made to block those above. The socket that ctl listens on,
    and the pipe by which it sees that the keeper has died, are used by nobody
    else; what is kept for a keeper that comes later has descriptors of its
    own."""
    found = kinds(daemon)
    keeper, vrrp = found["keeper"][0], found["vrrp"][0]

    def kinds_of(names):
        return sorted("ledger" if "baton-ledger" in name
                      else name.split(":")[0] for name in names
                      if "baton-model" not in name)
    assert kinds_of(shared(keeper, vrrp)) == []
    for ctl in found["ctl"]:
        assert kinds_of(shared(keeper, ctl)) == ["ledger", "pipe", "socket"]
        assert shared(vrrp, ctl) == []


def test_a_server_that_reads_nothing_holds_up_nobody(lan, daemon, follower):
    """It is stopped, and what it is told piles up."""
    server = kinds(daemon)["ctl"][1]
    os.kill(server, signal.SIGSTOP)
    old = kinds(daemon)
    for _ in range(10):
        lan.carrier_down(lan.routers[0])
        wait_for(lambda: not lan.routers[0].holds(
            daemon.instance().service), 5, "the address gone")
        lan.restore(lan.routers[0])
        wait_for(lambda: lan.routers[0].holds(daemon.instance().service), 5,
                 "the address again")
    assert kinds(daemon)["vrrp"] == old["vrrp"]
    os.kill(server, signal.SIGKILL)
    daemon.ask("reload")
    assert daemon.state() == "active"
