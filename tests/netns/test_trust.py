# SPDX-License-Identifier: GPL-2.0-or-later
"""What a process that was taken over could do to those above it. They share
nothing with it that it could turn against them, and believe nothing that they
have not checked. Everything at random: test_taken.py."""

import ctypes
import json
import os
import platform
import pty
import signal
import socket
import subprocess
import threading

import pytest

from daemons import Baton, Instance
from lan import tool, wait_for
from scene import complete, ids, kinds

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
    theirs = descriptors(other)
    return [name for fd, name in descriptors(one).items()
            if any(libc.syscall(KCMP, one, other, KCMP_FILE, fd, their) == 0
                   for their in theirs)]


def kinds_of(names):
    return sorted({name.split(":")[0] for name in names})


MAILED = ["notification_email {", "    admin@example.org", "}",
          "smtp_server 192.0.2.101"]
SLEEPER = """#!/bin/sh
exec sleep 1000
"""


def sleeper(router):
    path = os.path.join(router.directory, "sleeper")
    with open(path, "w") as file:
        file.write(SLEEPER)
    os.chmod(path, 0o755)
    return path


def asleep(daemon):
    """The scripts that sleep."""
    return [pid for pid, words in daemon.router.processes().items()
            if words[:2] == ["sleep", "1000"]]


def slow_scripts(router, *more):
    """An Active with mail, and with a script that is tracked."""
    daemon = Baton(router).start([Instance(
        interval=0.1, priority=200, blocks=(
            f'vrrp_script slow {{\n script "{sleeper(router)}"\n interval 1\n'
            ' timeout 60\n weight 1\n}',),
        extra=["smtp_alert", "track_script {", "slow", "}", *more])],
        ["script_user games", *MAILED])
    daemon.wait_state("active")
    return daemon


@pytest.mark.skipif(not KCMP, reason="no number for kcmp(2) here")
def test_no_description_is_shared_that_could_be_turned_upwards(lan):
    """Flags, such as O_NONBLOCK, belong to the open file description: what is
    shared could be made to block those above, or to lose what they write. The
    socket that ctl listens on, and the pipe by which those that are started see
    that the keeper has died, are read and written by nobody else. That goes
    for standard input, output and error, too."""
    router = lan.routers[0]
    daemon = slow_scripts(router, f'notify "{sleeper(router)}"')
    follower = subprocess.Popen(
        [daemon.binary("baton"), "--run-dir", daemon.run_dir, "events", "-f"],
        stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: len(kinds(daemon).get("ctl", [])) == 2
                 and "mail" in kinds(daemon) and len(asleep(daemon)) == 2, 10,
                 "all processes")
        found = kinds(daemon)
        keeper, vrrp = found["keeper"][0], found["vrrp"][0]
        run, mail = found["run"][0], found["mail"][0]
        assert shared(keeper, vrrp) == []
        for ctl in found["ctl"]:
            assert kinds_of(shared(keeper, ctl)) == ["pipe", "socket"]
        for other in run, mail:
            assert kinds_of(shared(keeper, other)) == ["pipe"]
        for script in asleep(daemon):
            assert shared(run, script) == []
            assert shared(keeper, script) == []
        for below in [*found["ctl"], mail, *asleep(daemon)]:
            assert shared(vrrp, below) == []
    finally:
        follower.kill()
        follower.wait()


def test_a_script_has_no_terminal(lan):
    """By that it could type for whoever started the daemon (TIOCSTI)."""
    router = lan.routers[0]
    daemon = Baton(router).start([Instance(
        extra=[f'notify "{sleeper(router)}"'])], ["script_user games"])
    script, = wait_for(lambda: asleep(daemon), 10, "the script")
    with open(f"/proc/{script}/stat") as file:
        _, group, session, terminal = file.read().rsplit(")")[1].split()[1:5]
    assert (int(group), int(session), int(terminal)) == (script, script, 0)


def test_who_takes_all_memory_is_ended_for_it(lan):
    """Before the keeper and `vrrp`; the unit has the kernel spare the daemon
    (OOMScoreAdjust=), but users' scripts are not spared with it."""
    daemon = slow_scripts(lan.routers[0])
    wait_for(lambda: asleep(daemon), 10, "a script")

    def score(pid):
        with open(f"/proc/{pid}/oom_score_adj") as file:
            return int(file.read())
    found = kinds(daemon)
    usual = score(found["keeper"][0])
    assert {name: score(found[name][0]) for name in found} == {
        "keeper": usual, "vrrp": usual, "run": usual,
        "ctl": max(usual, 200), "mail": max(usual, 200)}
    assert score(asleep(daemon)[0]) == max(usual, 0)


def calls(pid, number, *arguments):
    """What a call returns that a process makes (puppet.c), as if it had been
    taken over; None: it was ended before that could be seen."""
    done = subprocess.run(
        [tool("puppet"), str(pid), "call", str(number), *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return int(done.stdout) if done.returncode == 0 else None


WRITE, SHUTDOWN, FCNTL = 1, 48, 72
registers = pytest.mark.skipif(platform.machine() != "x86_64",
                               reason="the puppet knows x86-64")


@registers
@pytest.mark.parametrize("how", [socket.SHUT_RD, socket.SHUT_RDWR])
def test_a_socket_that_was_shut_down_is_made_anew(daemon, follower, how):
    """Whoever listens there could end that for all who come later."""
    old = kinds(daemon)
    server = old["ctl"][1]
    listening = next(fd for fd, name in descriptors(server).items()
                     if name in descriptors(old["keeper"][0]).values()
                     and name.startswith("socket"))
    assert calls(server, SHUTDOWN, listening, how) in (0, None)
    wait_for(lambda: set(kinds(daemon).get("ctl", [])).isdisjoint(old["ctl"])
             and kinds(daemon).get("ctl"), 10, "another ctl")

    def answers():
        try:
            return daemon.all_status()
        except RuntimeError:
            return None
    wait_for(answers, 10, "an answer")
    assert "has shut it down" in daemon.log()
    found = ids(daemon)
    assert (found["keeper"], found["vrrp"]) == (old["keeper"][0],
                                                old["vrrp"][0])


@registers
def test_what_a_process_writes_is_a_line_of_the_log(daemon, follower):
    """Not more: nothing that a terminal obeys, under its own name, and the
    keeper's own error output is another."""
    server = kinds(daemon)["ctl"][1]
    text = "\033]0;title\a\rbatond: all is well\nvrrp: dead\n"
    assert calls(server, WRITE, 2, text, len(text)) == len(text)
    assert calls(server, FCNTL, 2, 4, 0) == 0
    wait_for(lambda: "vrrp: dead" in daemon.log(), 5, "what it wrote")
    assert "batond: ctl: ?]0;title??batond: all is well\n" in daemon.log()
    assert "batond: ctl: vrrp: dead\n" in daemon.log()
    flood = "x\n" * 2000
    begun = len(daemon.log())
    calls(server, WRITE, 2, flood, len(flood))
    wait_for(lambda: "ctl: x" in daemon.log(), 5, "some of the flood")
    assert daemon.log()[begun:].count("ctl: x\n") <= 600
    assert daemon.state() == "active"


class Liar:
    """Who answers in the place of ctl."""

    def __init__(self, run_dir, body):
        self.body = body
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(os.path.join(run_dir, "ctl.sock"))
        self.socket.listen()
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self):
        while True:
            connection, _ = self.socket.accept()
            connection.recv(65536)
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: "
                + str(len(self.body)).encode() + b"\r\n\r\n" + self.body)
            connection.close()


ARMED = "\033[2J\x9b31m\x7f"


@pytest.mark.parametrize("words", [
    ("status",), ("status", "gate"), ("why", "gate"), ("events",),
    ("metrics",), ("status", "--json")], ids=" ".join)
def test_an_answer_commands_no_terminal(tmp_path, words):
    """Whoever answers may have been taken over; baton(1) is root's."""
    instance = {"name": "gate" + ARMED, "state": ARMED, "counters": {
        "dropped": {ARMED: 1}, "noted": {ARMED: 1}, ARMED: 1},
        "addresses": [{"address": ARMED, "state": ARMED, "error": ARMED}],
        "faults": [ARMED], "last_mistake": {"age_ms": 0}}
    event = {"type": ARMED, "instance": ARMED, "time": ARMED}
    answer = {"version": ARMED, "dropped": {ARMED: 1}, "instances": [instance],
              "processes": [{"name": ARMED, "user": ARMED}],
              "events": [event], **instance}
    body = json.dumps([event] if words == ("events",) else answer,
                      ensure_ascii=False)
    if words[0] == "metrics" or "--json" in words:  # shown as they are
        body = ARMED + "\n"
    Liar(str(tmp_path), body.encode())
    leader, follower = pty.openpty()
    done = subprocess.run(
        [Baton.binary("baton"), "--run-dir", str(tmp_path), *words],
        stdout=follower, stderr=follower, stdin=follower,
        env={**os.environ, "NO_COLOR": "1"}, timeout=30)
    os.close(follower)
    shown = b""
    try:
        while chunk := os.read(leader, 65536):
            shown += chunk
    except OSError:  # all is read, and nobody can write there
        pass
    os.close(leader)
    assert done.returncode in (0, 1), shown
    assert shown
    for armed in (b"\033", b"\xc2\x9b", b"\x7f"):
        assert armed not in shown, shown


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
