# SPDX-License-Identifier: GPL-2.0-or-later
"""The log is the least important thing that the daemon does: whoever reads it
may stop to, and nothing else does. What was lost is counted and told when it is
read again."""

import os
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import threading

import pytest

from daemons import Baton, Instance
from lan import wait_for
from scene import complete, ids, replaced, settle

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

ORDER = struct.Struct("=II64s")  # ledger/order.h
DRAIN, UNDRAIN = 4, 5
LOST = re.compile(rb"(\d+) lines? (was|were) lost")


class Pipe:
    """What standard error is, and its reader."""

    def __init__(self, router):
        self.reader, self.writer = self.ends(router.directory)

    def ends(self, directory):
        return os.pipe()

    def fill(self):
        """The reader reads no more, and there is no room. By a description of
        its own: the daemon's is as whoever started it made it."""
        self.text = b""
        fd = os.open(f"/proc/self/fd/{self.writer}",
                     os.O_WRONLY | os.O_NONBLOCK)
        for piece in (b"x" * 4096, b"x"):
            try:
                while True:
                    os.write(fd, piece)
            except BlockingIOError:
                pass
        os.close(fd)

    def read(self):
        """What there is to read."""
        while select.select([self.reader], [], [], 0)[0]:
            got = os.read(self.reader, 65536)
            self.text += got
            if not got:
                break
        return self.text

    resume = read

    def close(self):
        os.close(self.reader)
        os.close(self.writer)


class Fifo(Pipe):
    def ends(self, directory):
        path = os.path.join(directory, "log.fifo")
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        return reader, os.open(path, os.O_WRONLY)


class Socket(Pipe):
    """As of a service manager. It cannot be opened anew."""

    def ends(self, directory):
        ours, theirs = socket.socketpair()
        return ours.detach(), theirs.detach()

    def fill(self):
        self.text = b""
        with socket.socket(fileno=os.dup(self.writer)) as end:
            try:
                while True:
                    end.send(b"x" * 256, socket.MSG_DONTWAIT)
            except BlockingIOError:
                pass


class Terminal(Pipe):
    """Stopped by ^S, and going on by ^Q."""

    def ends(self, directory):
        return os.openpty()

    def fill(self):
        self.text = b""
        termios.tcflow(self.writer, termios.TCOOFF)

    def resume(self):
        termios.tcflow(self.writer, termios.TCOON)


class Full(Pipe):
    """A file on a disk without room, which only the router has."""

    def __init__(self, router):
        disk = os.path.join(router.directory, "disk")
        self.log = os.path.join(disk, "log")
        router.run("sh", "-euc", 'mkdir "$0"; mount -t tmpfs -o size=64k '
                   'tmpfs "$0"; touch "$0/log"', disk)
        self.disk = f"/proc/{router.pid}/root{disk}"
        self.writer = os.open(os.path.join(self.disk, "log"),
                              os.O_WRONLY | os.O_APPEND)

    def fill(self):
        with open(os.path.join(self.disk, "much"), "wb", 0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass

    def read(self):
        with open(os.path.join(self.disk, "log"), "rb") as file:
            return file.read()

    def resume(self):
        os.unlink(os.path.join(self.disk, "much"))

    def close(self):
        os.close(self.writer)


class Told(Baton):
    """Its standard error is that."""

    def __init__(self, router, console):
        super().__init__(router)
        self.console = console

    def spawn(self, *command, **keywords):
        return self.router.popen(*command, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL,
                                 stderr=self.console.writer, **keywords)


@pytest.fixture(params=[Pipe, Fifo, Socket, Terminal, Full])
def console(request, lan):
    console = request.param(lan.routers[0])
    yield console
    console.close()


def fast(**options):
    return Instance(interval=0.1, priority=200, **options)


def test_nothing_else_stops(lan, console):
    a, _ = lan.routers
    daemon = Told(a, console).start([fast()])
    daemon.wait_state("active")
    console.fill()
    send_many(daemon, 100)
    old = ids(daemon)
    os.kill(old["vrrp"], signal.SIGKILL)
    replaced(daemon, "vrrp", old=old)
    daemon.wait_state("active")
    assert daemon.transitions() == ["backup", "active"]
    assert daemon.ask("reload") == "1 unchanged\n"
    # It is told by itself when there is room; there need be no other line.
    console.resume()
    wait_for(lambda: LOST.search(console.read()), 5, "how many were lost")
    assert int(LOST.search(console.read())[1]) > 3
    daemon.ask("drain")
    wait_for(lambda: b"baton drain" in console.read(), 5, "the next line")
    # Nor does it hold up the end.
    console.fill()
    assert daemon.stop() == 0
    assert not a.holds(daemon.instance().service)


def test_a_start_before_anybody_reads(lan):
    """What a start has to say waits for a while, and then it goes on."""
    a, _ = lan.routers
    pipe = Pipe(a)
    pipe.fill()
    daemon = Told(a, pipe).start([fast()])
    daemon.wait_state("active")
    pipe.read()
    wait_for(lambda: LOST.search(pipe.read()), 5, "how many were lost")
    assert daemon.stop() == 0
    pipe.close()


class Journal:
    """/dev/log of a router, which a test reads."""

    def __init__(self, router, kind):
        self.directory = os.path.join(router.directory, "dev")
        self.kind = kind
        os.mkdir(self.directory)
        names = ("null", "zero", "full", "urandom", "tty")
        for name in names:
            open(os.path.join(self.directory, name), "w").close()
        router.run("sh", "-euc", "; ".join(
            [f"mount --bind /dev/{name} {self.directory}/{name}"
             for name in names] + [f"mount --rbind {self.directory} /dev"]))
        self.text = b""
        self.lock = threading.Lock()
        self.open()

    def open(self):
        self.socket = socket.socket(socket.AF_UNIX, self.kind)
        self.socket.setblocking(False)
        self.socket.bind(os.path.join(self.directory, "log"))
        self.connections = []
        if self.kind == socket.SOCK_STREAM:
            self.socket.listen()

    def read(self):
        if self.kind == socket.SOCK_STREAM:
            try:
                while True:
                    self.connections.append(self.socket.accept()[0])
            except BlockingIOError:
                pass
        for one in (self.connections if self.kind == socket.SOCK_STREAM
                    else [self.socket]):
            try:
                while got := one.recv(65536, socket.MSG_DONTWAIT):
                    self.text += got
            except BlockingIOError:
                pass
        return self.text

    def close(self):
        for one in [*self.connections, self.socket]:
            one.close()
        os.unlink(os.path.join(self.directory, "log"))


class Logged(Baton):
    """In the background, where it logs to syslog."""

    def start_file(self, path):
        self.run_dir = os.path.join(self.directory, "run")
        self.answers = False
        self.child = self.spawn(self.installed(), "-f", path, "--run-dir",
                                self.run_dir)
        assert self.child.wait(10) == 0
        return self

    def stop(self, timeout=10):
        os.kill(ids(self)["keeper"], signal.SIGTERM)
        wait_for(lambda: not self.processes(), timeout, "the end")


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_syslog_that_hangs(lan, kind):
    a, _ = lan.routers
    journal = Journal(a, kind)
    daemon = Logged(a).start([fast()])
    daemon.wait_state("active")
    wait_for(lambda: b"active" in journal.read(), 5, "a line")
    assert re.search(rb"^<\d+>\w{3} [ \d]\d \d\d:\d\d:\d\d batond\[\d+\]: ",
                     journal.text)
    send_many(daemon, 2000 if kind == socket.SOCK_STREAM else 30)
    old = ids(daemon)
    os.kill(old["vrrp"], signal.SIGKILL)
    replaced(daemon, "vrrp", old=old)
    daemon.wait_state("active")
    wait_for(lambda: LOST.search(journal.read()), 5, "how many were lost")
    # It begins another life.
    journal.close()
    daemon.ask("confirm", check=False)
    journal.text = b""
    journal.open()
    wait_for(lambda: LOST.search(journal.read()), 5, "how many were lost")
    daemon.ask("drain")
    wait_for(lambda: b"baton drain" in journal.read(), 5, "a line")
    daemon.stop()
    journal.close()


def order(daemon, what):
    """The connection of somebody who has sent an order."""
    door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    door.connect(os.path.join(daemon.run_dir, "keeper.sock"))
    door.send(ORDER.pack(what, 0, b""))
    return door


def send_many(daemon, count):
    """Orders that change nothing, each a line or two."""
    for _ in range(count):
        with order(daemon, UNDRAIN) as door:
            door.recv(65536)


def test_an_order_whose_sender_has_gone_is_dropped(lan):
    """It has given up while the keeper stood still, and may have sent
    another."""
    a, _ = lan.routers
    daemon = Baton(a).start([fast()])
    daemon.wait_state("active")
    wait_for(lambda: complete(daemon), 5, "all of it")
    keeper = ids(daemon)["keeper"]
    os.kill(keeper, signal.SIGSTOP)
    for _ in range(3):
        order(daemon, DRAIN).close()
    waits = order(daemon, UNDRAIN)
    os.kill(keeper, signal.SIGCONT)
    assert b"back in service" in waits.recv(65536)
    waits.close()
    assert daemon.log().count("baton drain: dropped") == 3
    settle()
    assert daemon.transitions() == ["backup", "active"]


class Managed(Baton):
    """As of a service manager that watches it."""

    def __init__(self, router, **variables):
        super().__init__(router)
        self.path = os.path.join(router.directory, "notify")
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(self.path)
        self.manager.settimeout(10)
        self.variables = variables

    def spawn(self, *command, env, **keywords):
        return super().spawn(*command, env={
            **env, "NOTIFY_SOCKET": self.path, **self.variables}, **keywords)

    def told(self):
        return self.manager.recv(4096)


def test_the_service_manager_is_told_that_it_turns(lan):
    a, b = lan.routers
    daemon = Managed(a, WATCHDOG_USEC="300000").start([fast()])
    assert daemon.told() == b"READY=1"
    for _ in range(3):
        assert daemon.told() == b"WATCHDOG=1"
    daemon.wait_state("active")
    # A manager that hangs holds up nobody: its queue is full by now.
    wait_for(lambda: full(daemon), 10, "a queue that is full")
    old = ids(daemon)
    os.kill(old["vrrp"], signal.SIGKILL)
    replaced(daemon, "vrrp", old=old)
    daemon.wait_state("active")
    # Not for another process.
    other = Managed(b, WATCHDOG_USEC="300000", WATCHDOG_PID="1")
    other.start([fast(vrid=11, addresses=["192.0.2.2/24"])])
    assert other.told() == b"READY=1"
    other.manager.settimeout(1)
    with pytest.raises(TimeoutError):
        other.told()


def full(daemon):
    """Whether another message would have to wait."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.connect(daemon.path)
        try:
            one.send(b"X=1", socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
    return False
