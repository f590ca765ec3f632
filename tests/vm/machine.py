# SPDX-License-Identifier: GPL-2.0-or-later
"""Inside the virtual machine: network namespaces, each a machine with a table of
IPVS of its own, where batond or keepalived runs."""

import ctypes
import itertools
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.path.join(TOP, "build/release")
BATOND = os.path.join(BUILD, "src/batond/batond")
BATON = os.path.join(BUILD, "src/baton/baton")
KEEPALIVED = "/usr/sbin/keepalived"
PATIENCE = float(os.environ.get("BATON_PATIENCE", "1"))


def wait_for(condition, what, seconds=10, every=0.05):
    """Until it is true; its value. It fails with the text of `what`. It has
    more patience where the host has more to do."""
    end = time.monotonic() + seconds * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, (
            what() if callable(what) else f"it never came to this: {what}")
        time.sleep(every)


def enter(name):
    """This thread goes on in that network namespace."""
    space = os.open(f"/run/netns/{name}", os.O_RDONLY)
    assert ctypes.CDLL(None).setns(space, 0x40000000) == 0
    os.close(space)


class Space:
    """A network namespace, with a dummy link d0 if asked for, and a daemon or
    none."""

    counter = itertools.count(1)

    def __init__(self, name, dummy=True):
        self.name = f"{name}{next(Space.counter)}"
        self.folder = tempfile.mkdtemp(prefix=self.name)
        self.conf = os.path.join(self.folder, "conf")
        self.log_path = os.path.join(self.folder, "log")
        self.process = None
        self.ports = {}  # of its links, on bridges (lan.py)
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        if dummy:
            self.ip("link set lo up", "link add d0 type dummy",
                    "link set d0 up", "addr add 10.9.9.9/24 dev d0")

    def ip(self, *lines):
        """Commands of ip(8), in one process."""
        subprocess.run(["ip", "-n", self.name, "-batch", "-"], check=True,
                       input="".join(line + "\n" for line in lines), text=True)

    def sysctl(self, *settings):
        self.run("sysctl", "-qw", *settings)

    def run(self, *command, check=True, text=None):
        """A command in it; what it wrote."""
        # A program more, as of `ip netns exec`, costs 20 ms.
        done = self.within(lambda: subprocess.run(
            command, input=text, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True))
        assert done.returncode == 0 or not check, f"{command}: {done.stdout}"
        return done.stdout

    def within(self, make):
        """What `make` returns in it: sockets stay where they were made."""
        made = []

        def run():
            enter(self.name)
            made.append(make())

        # Of a thread, so that the others stay where they are.
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        return made[0]

    def listen(self, port, address="10.9.9.9"):
        """A socket in it that listens; connections wait for nobody."""
        def make():
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, port))
            listener.listen(1000)
            return listener

        return self.within(make)

    def connect(self, address, port):
        return self.within(
            lambda: socket.create_connection((address, port), 5))

    def ipvsadm(self, line):
        return self.run("ipvsadm", *line.split())

    def lines(self):
        """The table, as ipvsadm saves it, in the kernel's order."""
        return [line.strip() for line in
                self.run("ipvsadm", "-Sn").splitlines() if line.strip()]

    def table(self):
        return sorted(self.lines())

    def log(self):
        with open(self.log_path) as file:
            return file.read()

    def write(self, text):
        with open(self.conf, "w") as file:
            file.write(text)

    def start(self, text):
        self.write(text)
        self.start_again()

    def start_again(self):
        with open(self.log_path, "a") as log:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", self.name, *self.command()],
                stdout=log, stderr=log)

    def reload(self, text):
        self.write(text)
        self.process.send_signal(signal.SIGHUP)

    def stop(self, how=signal.SIGTERM):
        """How it ended; None: it did not run."""
        if not self.process:
            return None
        self.process.send_signal(how)
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        self.process = None
        return status

    def wait_table(self, wanted, seconds=10):
        wanted = sorted(wanted)
        wait_for(lambda: self.table() == wanted, lambda: (
            "the table is\n" + "\n".join(self.table()) + "\nand not\n"
            + "\n".join(wanted) + "\n" + self.log()), seconds)

    def wait_log(self, words, seconds=10):
        wait_for(lambda: words in self.log(),
                 lambda: f"no {words!r} in\n{self.log()}", seconds)

    def close(self):
        self.stop(signal.SIGKILL)
        subprocess.run(["ip", "netns", "del", self.name], check=True)


class Baton(Space):
    """batond in a network namespace."""

    def __init__(self, name="b", dummy=True):
        super().__init__(name, dummy)
        self.run_dir = os.path.join("/run", self.name)

    def command(self):
        return [BATOND, "-n", "-f", self.conf, "--run-dir", self.run_dir]

    def pid_of(self, process="lvs"):
        """Of one of its processes, as the log says last; 0: none."""
        pid = 0
        for line in self.log().splitlines():
            if line.startswith(f"batond: {process}: started (pid "):
                pid = int(line.split("pid ")[1].rstrip(")"))
        return pid

    def baton(self, *words):
        """The command of `baton` that asks it."""
        return [BATON, "--run-dir", self.run_dir, *words]

    def ask(self, *words):
        """What `baton WORDS --json` says; None: nobody answers."""
        done = subprocess.run(
            self.baton(*words, "--json"),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def kill_all(self):
        """The end of all its processes at once, without a word."""
        pids = [self.process.pid] + [
            self.pid_of(name) for name in ("vrrp", "ctl", "lvs", "check")]
        for pid in pids:
            if pid:
                os.kill(pid, signal.SIGSTOP)
        for pid in pids:
            if pid:
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.process = None


class Keepalived(Space):
    """keepalived's checkers in a network namespace."""

    def __init__(self, name="k"):
        super().__init__(name)

    def command(self):
        pids = [f"{self.folder}/{kind}.pid" for kind in ("all", "checkers")]
        return [KEEPALIVED, "-n", "-C", "-f", self.conf,
                "-p", pids[0], "-c", pids[1]]
