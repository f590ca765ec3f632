# SPDX-License-Identifier: GPL-2.0-or-later
"""FIFOs to which changes are written (vrrp_notify_fifo, notify_fifo): whatever
becomes of who reads them and who writes them, no line is lost or out of order,
and nobody waits. Lines beside keepalived's: tests/diff/test_told_twins.py."""

import fcntl
import os
import signal
import stat
import struct
import termios

import pytest

from daemons import Baton, Instance, keepalived_conf
from lan import wait_for
from scene import ids, settle

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

UP = ["BACKUP", "MASTER"]
AGAIN = ["FAULT", *UP]


class Fifo:
    """A FIFO of a router, as both the router and the test see it."""

    def __init__(self, router, name="fifo"):
        self.path = os.path.join(router.directory, name)
        self.heard = b""
        self.fd = -1

    def open(self):
        """Reads it from now on."""
        wait_for(lambda: os.path.exists(self.path), 10, self.path)
        self.fd = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        return self

    def close(self):
        os.close(self.fd)

    def read(self):
        try:
            self.heard += os.read(self.fd, 1 << 16)
        except BlockingIOError:
            pass
        return self.heard.decode().splitlines()

    def lines(self, name="gate"):
        return [line for line in self.read() if f'"{name}"' in line]

    def states(self, name="gate"):
        return [line.split()[2] for line in self.lines(name)]

    def wait(self, *states, name="gate"):
        wait_for(lambda: self.states(name) == list(states), 15,
                 f"{states} to be written")

    def unread(self):
        size = fcntl.ioctl(self.fd, termios.FIONREAD, b"\0" * 4)
        return struct.unpack("i", size)[0]


def text_of(instances, *lines):
    return keepalived_conf(instances, ["script_user root", *lines])


def gate(**options):
    return Instance(**{"interval": 0.1, "priority": 200, **options})


def start(router, *lines, instances=None):
    daemon = Baton(router)
    daemon.instances = instances or [gate()]
    daemon.start_text(text_of(daemon.instances, *lines))
    return daemon


def fault_and_back(lan, daemon):
    lan.carrier_down(daemon.router)
    daemon.wait_state("fault")
    lan.carrier_up(daemon.router)
    daemon.wait_state("active")


def holders(router):
    return [pid for pid, words in router.processes().items()
            if words[0] == "batond: fifo"]


def fifo_of(daemon, number=0):
    return daemon.all_status()["fifos"][number]


def test_it_is_there_for_whoever_reads_it(lan):
    a, _ = lan.routers
    fifo = Fifo(a)
    daemon = start(a, f"vrrp_notify_fifo {fifo.path} nobody")
    daemon.wait_state("active")
    status = os.stat(fifo.path)  # and nobody has read it yet
    assert stat.S_ISFIFO(status.st_mode) and status.st_mode & 0o777 == 0o600
    assert status.st_uid == 65534
    fifo.open().wait(*UP)
    assert fifo.lines()[-1] == 'INSTANCE "gate" MASTER 200'
    told = fifo_of(daemon)
    assert told["path"] == fifo.path and told["open"] and told["lines"] == 2
    daemon.stop()
    fifo.wait(*UP, "STOP")
    assert os.read(fifo.fd, 1) == b""  # who reads sees the end
    assert not os.path.exists(fifo.path)


def test_two_of_them_each_have_all(lan):
    a, _ = lan.routers
    one, two = Fifo(a, "one"), Fifo(a, "two")
    daemon = start(a, f"notify_fifo {one.path}", f"vrrp_notify_fifo {two.path}")
    daemon.wait_state("active")
    one.open().wait(*UP)
    two.open().wait(*UP)
    daemon.stop()
    one.wait(*UP, "STOP")
    two.wait(*UP, "STOP")


@pytest.mark.parametrize("what", ["run", "vrrp", "upgrade", "reload", "frozen"])
def test_nothing_is_told_twice_or_lost(lan, what):
    """Half of it has not been read when it happens."""
    a, _ = lan.routers
    fifo = Fifo(a)
    conf = f"vrrp_notify_fifo {fifo.path}"
    daemon = start(a, conf)
    daemon.wait_state("active")
    wait_for(lambda: fifo_of(daemon)["lines"] == 2, 10, "two lines")
    run = ids(daemon)["run"]
    if what == "frozen":
        os.kill(run, signal.SIGSTOP)
        fault_and_back(lan, daemon)
        os.kill(run, signal.SIGKILL)
    elif what == "run":
        os.kill(run, signal.SIGKILL)
    elif what == "vrrp":
        os.kill(daemon.vrrp_pid(), signal.SIGKILL)
    elif what == "upgrade":
        daemon.ask("upgrade")
    else:
        daemon.file("baton.conf", text_of([gate(preempt=False)], conf))
        daemon.ask("reload")
    if what != "vrrp":
        wait_for(lambda: ids(daemon).get("run", run) != run, 10,
                 "another process run")
    fault_and_back(lan, daemon)
    times = 2 if what == "frozen" else 1
    fifo.open().wait(*UP, *AGAIN * times)
    settle(0.3)
    assert fifo.states() == UP + AGAIN * times
    # That of the process before has ended, and would have stayed for 10 s.
    wait_for(lambda: len(holders(a)) == 1, 3, "one that holds it")
    daemon.stop()
    assert not os.path.exists(fifo.path)
    wait_for(lambda: not holders(a), 1, "none that holds it")


def test_who_reads_is_started_again(lan):
    a, _ = lan.routers
    fifo, told = Fifo(a), os.path.join(a.directory, "told")
    script = os.path.join(a.directory, "reader.sh")
    with open(script, "w") as file:
        file.write(f'#!/bin/sh\nread -r line < "$2"\n'
                   f'echo "$1 $line" >> {told}\n')
    os.chmod(script, 0o755)
    daemon = start(a, f"vrrp_notify_fifo {fifo.path}",
                   f"vrrp_notify_fifo_script \"{script} own\"")

    def lines():
        try:
            with open(told) as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []
    expected = [f'own INSTANCE "gate" {state} 200' for state in UP]
    wait_for(lambda: lines() == expected, 15, "two that read")
    assert fifo_of(daemon)["script_starts"] >= 2
    assert fifo_of(daemon)["script_last_end"] == \
        "it exited with status 0"


def test_a_full_one_holds_up_nobody(lan):
    """What was not written is counted and said once; the newest is told."""
    a, _ = lan.routers
    fifo = Fifo(a)
    os.mkfifo(fifo.path, 0o600)
    fifo.open()
    size = fcntl.fcntl(fifo.fd, fcntl.F_SETPIPE_SZ, 4096)
    with open(fifo.path, "wb", buffering=0) as file:
        file.write(b"\n" * size)
    two = gate(name="two", vrid=11, addresses=["192.0.2.2/24"])
    daemon = start(a, f"vrrp_notify_fifo {fifo.path}",
                   instances=[gate(), two])
    daemon.wait_state("active", "two")
    for _ in range(3):
        fault_and_back(lan, daemon)
        daemon.wait_state("active", "two")
    assert daemon.state() == "active" and fifo_of(daemon)["lines"] == 0
    fifo.wait("BACKUP", "MASTER", *AGAIN * 2)  # the last 8
    fifo.wait("BACKUP", "MASTER", *AGAIN * 2, name="two")
    wait_for(lambda: fifo_of(daemon)["lines"] == 2 * 8, 10, "the lines")
    assert fifo_of(daemon)["lost"] == 2 * 3
    assert daemon.log().count("nobody reads it") == 1
    assert "6 changes were not written" in daemon.ask("status")
    daemon.stop()
    assert os.path.exists(fifo.path)  # it was there before


def test_what_is_there_and_is_no_fifo_stays(lan):
    a, _ = lan.routers
    fifo, target = Fifo(a), os.path.join(a.directory, "target")
    os.mkfifo(target)
    os.symlink(target, fifo.path)
    daemon = start(a, f"vrrp_notify_fifo {fifo.path}")
    daemon.wait_state("active")
    wait_for(lambda: fifo_of(daemon)["problem"] == "it is a symbolic link",
             10, "the problem")
    assert "it is a symbolic link" in daemon.ask("status")
    os.unlink(fifo.path)  # and as soon as the place is free it is made
    wait_for(lambda: fifo_of(daemon)["open"], 15, "the FIFO")
    fifo.open().wait(*UP)


def test_one_that_a_reload_removes(lan):
    a, _ = lan.routers
    fifo, theirs, other = (Fifo(a, n) for n in ("made", "theirs", "other"))
    os.mkfifo(theirs.path)
    daemon = start(a, f"vrrp_notify_fifo {fifo.path}",
                   f"notify_fifo {theirs.path}")
    fifo.open().wait(*UP)
    daemon.file("baton.conf", text_of(daemon.instances,
                                      f"vrrp_notify_fifo {other.path}"))
    daemon.ask("reload")
    wait_for(lambda: os.path.exists(other.path), 10, other.path)
    assert os.path.exists(fifo.path)
    # After the time in which another process would have gone on with it.
    wait_for(lambda: not os.path.exists(fifo.path), 15, "its end")
    wait_for(lambda: len(holders(a)) == 1, 5, "one that holds the other")
    assert os.path.exists(theirs.path) and os.path.exists(other.path)


def test_states_again_after_a_reload(lan):
    a, _ = lan.routers
    fifo = Fifo(a)
    lines = (f"vrrp_notify_fifo {fifo.path}",
             "fifo_write_vrrp_states_on_reload")
    two = gate(name="two", vrid=11, addresses=["192.0.2.2/24"])
    daemon = start(a, *lines, instances=[gate(), two])
    fifo.open().wait(*UP)
    fifo.wait(*UP, name="two")
    three = gate(name="three", vrid=12, addresses=["192.0.2.3/24"])
    daemon.file("baton.conf", text_of([gate(priority=150), two, three],
                                      *lines))
    daemon.ask("reload")
    fifo.wait(*UP, "MASTER")
    fifo.wait(*UP, "MASTER", name="two")
    fifo.wait(*UP, name="three")
    assert fifo.lines()[-1] == 'INSTANCE "gate" MASTER 150'
    os.kill(ids(daemon)["run"], signal.SIGKILL)  # that is no reload
    fault_and_back(lan, daemon)
    fifo.wait(*UP, "MASTER", *AGAIN)
