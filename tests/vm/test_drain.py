# SPDX-License-Identifier: GPL-2.0-or-later
"""Real servers that drain keep their connections until they have ended, or until
the deadline: by `baton rs drain`, and when a reload removes them."""

import os
import select
import signal
import socket
import subprocess

import pytest

from machine import wait_for
from test_orders import line, real, rs

HEAD = """\
virtual_server 10.9.9.1 80 {
    lb_algo wlc
    lb_kind NAT
    protocol TCP
    %s
"""
ONE = "    real_server 10.9.9.8 8001 { weight 1\n }\n"
TWO = "    real_server 10.9.9.9 8001 { weight 1\n uthreshold 77 }\n"
SERVICE = "-A -t 10.9.9.1:80 -s wlc"
LINE_ONE = "-a -t 10.9.9.1:80 -r 10.9.9.8:8001 -m -w %u"
LINE_TWO = "-a -t 10.9.9.1:80 -r 10.9.9.9:8001 -m -w %u"


def file_of(*servers, word=""):
    return HEAD % word + "".join(servers) + "}\n"


class Clients:
    """Connections through the virtual server that stay open."""

    def __init__(self, baton):
        baton.run("ip", "addr", "add", "10.9.9.1/32", "dev", "d0")
        baton.run("ip", "addr", "add", "10.9.9.8/32", "dev", "d0")
        self.baton = baton
        self.listeners = [baton.listen(8001, address)
                          for address in ("10.9.9.8", "10.9.9.9")]
        self.open = {"10.9.9.8": [], "10.9.9.9": []}

    def connect(self, count):
        for _ in range(count):
            client = self.baton.connect("10.9.9.1", 80)
            client.settimeout(5)
            ready, _, _ = select.select(self.listeners, [], [], 5)
            served, _ = ready[0].accept()
            self.open[served.getsockname()[0]].append((client, served))

    def end(self, address, count=None):
        """Abortively, so that no connection lingers."""
        some, self.open[address] = (self.open[address][:count],
                                    self.open[address][count or 10 ** 9:])
        for pair in some:
            for end in pair:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               b"\x01\0\0\0\0\0\0\0")
                end.close()

    def still_work(self, address):
        for client, served in self.open[address]:
            client.sendall(b"there")
            served.settimeout(5)
            assert served.recv(5) == b"there"
            served.sendall(b"back")
            assert client.recv(4) == b"back"

    def close(self):
        for address in self.open:
            self.end(address)
        for listener in self.listeners:
            listener.close()


@pytest.fixture
def clients(baton):
    some = Clients(baton)
    yield some
    some.close()


def ask(baton, *words):
    return subprocess.run(baton.baton(*words), capture_output=True,
                          text=True).stdout


def left(baton, address="10.9.9.9"):
    return real(baton, address).get("connections_left")


def wait_line(baton, words):
    """A process that shows it may just be replaced."""
    wait_for(lambda: words in line(baton, "10.9.9.9"),
             lambda: line(baton, "10.9.9.9") + baton.log())


def wait_left(baton, count):
    wait_for(lambda: left(baton) == count,
             lambda: line(baton, "10.9.9.9") + baton.log())


def test_a_drain_counts_what_is_left(baton, clients):
    baton.start(file_of(ONE, TWO))
    baton.wait_table([SERVICE, LINE_ONE % 1, LINE_TWO % 1])
    clients.connect(6)
    assert len(clients.open["10.9.9.9"]) == 3
    wait_line(baton, ", 3 active")
    rs(baton, "drain", "10.9.9.1:80", "10.9.9.9", "5min")
    baton.wait_table([SERVICE, LINE_ONE % 1, LINE_TWO % 0])
    wait_left(baton, 3)
    wait_line(baton, ", draining, 3 connections left, deadline in 4 min ")
    said = ask(baton, "why", "10.9.9.1", "80", "10.9.9.9", "8001")
    assert said.startswith("10.9.9.9:8001 of [10.9.9.1]:tcp:80 is up since ")
    assert ", with weight 0 in the kernel.\n" in said
    assert (": it drains, with 3 connections left, until the deadline in 4 min "
            in said)
    clients.connect(2)
    assert len(clients.open["10.9.9.8"]) == 5
    # The kernel's timer copies what it counts.
    wait_for(lambda: "in all 5 connections" in ask(baton, "vs", "10.9.9.1"),
             lambda: ask(baton, "vs", "10.9.9.1"))
    assert ('baton_ipvs_backend_connections_active{virtual_server="[10.9.9.1]'
            ':tcp:80",local_address="10.9.9.1",local_port="80",local_mark="",'
            'proto="tcp",remote_address="10.9.9.8",remote_port="8001"} '
            in ask(baton, "metrics"))
    assert ask(baton, "complete", "rs", "drain") == "10.9.9.1:80\n"
    assert ask(baton, "complete", "rs", "drain", "10.9.9.1:80") == (
        "10.9.9.8:8001\n10.9.9.9:8001\n")
    # The death of the process, and of all of them.
    pid = baton.pid_of()
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: baton.pid_of() not in (0, pid), baton.log)
    clients.end("10.9.9.9", 1)
    wait_left(baton, 2)
    baton.kill_all()
    baton.start(file_of(ONE, TWO))
    wait_left(baton, 2)
    wait_line(baton, "deadline in 4 min ")
    clients.still_work("10.9.9.9")
    baton.reload(file_of(ONE.replace("weight 1", "weight 2"), TWO))
    baton.wait_table([SERVICE, LINE_ONE % 2, LINE_TWO % 0])
    wait_left(baton, 2)
    clients.still_work("10.9.9.9")
    assert "is drained" not in baton.log()
    clients.end("10.9.9.9")
    baton.wait_log("[10.9.9.9]:8001 of [10.9.9.1]:tcp:80 is drained")
    wait_for(lambda: ask(baton, "why", "10.9.9.1", "10.9.9.9").endswith(
        "  it is drained\n"), lambda: ask(baton, "why", "10.9.9.1", "10.9.9.9"))
    baton.wait_table([SERVICE, LINE_ONE % 2])
    wait_line(baton, ", drained, ordered at ")
    rs(baton, "enable", "10.9.9.1:80", "10.9.9.9")
    baton.wait_table([SERVICE, LINE_ONE % 2, LINE_TWO % 1])


def test_the_deadline_ends_a_drain(baton, clients):
    baton.start(file_of(ONE, TWO))
    baton.wait_table([SERVICE, LINE_ONE % 1, LINE_TWO % 1])
    clients.connect(4)
    rs(baton, "drain", "10.9.9.1:80", "10.9.9.9:8001", "5min")
    baton.wait_table([SERVICE, LINE_ONE % 1, LINE_TWO % 0])
    wait_left(baton, 2)
    # Another order changes it.
    rs(baton, "drain", "10.9.9.1:80", "10.9.9.9:8001", "1")
    baton.wait_log("[10.9.9.9]:8001 of [10.9.9.1]:tcp:80 has connections left "
                   "at its deadline")
    baton.wait_table([SERVICE, LINE_ONE % 1])


def test_what_a_reload_removes_drains_first(baton, clients):
    word = "drain_timeout 5min"
    baton.start(file_of(ONE, TWO, word=word))
    baton.wait_table([SERVICE, LINE_ONE % 1, LINE_TWO % 1])
    clients.connect(4)
    baton.reload(file_of(ONE, word=word))
    # As it was, also what no file says any more.
    baton.wait_table([SERVICE, LINE_ONE % 1, LINE_TWO % 0])
    wait_left(baton, 2)
    wait_line(baton, "draining, not in the configuration any more, 2 "
                     "connections left, deadline in 4 min ")
    # Another reload, which ends after the weight is there, a death, and that
    # of all.
    pid = baton.pid_of()
    baton.reload(file_of(ONE.replace("weight 1", "weight 2"), word=word))
    baton.wait_table([SERVICE, LINE_ONE % 2, LINE_TWO % 0])
    wait_for(lambda: baton.pid_of() not in (0, pid), baton.log)
    pid = baton.pid_of()
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: baton.pid_of() not in (0, pid), baton.log)
    wait_left(baton, 2)
    baton.kill_all()
    baton.start(file_of(ONE.replace("weight 1", "weight 2"), word=word))
    wait_left(baton, 2)
    clients.still_work("10.9.9.9")
    assert "is drained" not in baton.log()
    clients.end("10.9.9.9")
    baton.wait_table([SERVICE, LINE_ONE % 2])
    # It comes back, and serves.
    baton.reload(file_of(ONE, TWO, word=word))
    baton.wait_table([SERVICE, LINE_ONE % 1, LINE_TWO % 1])


OTHER = """\
virtual_server 10.9.9.2 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 10.9.9.8 8001 { weight 1 }
}
"""
OTHER_LINES = ["-A -t 10.9.9.2:80 -s rr",
               "-a -t 10.9.9.2:80 -r 10.9.9.8:8001 -m -w 1"]


def test_a_virtual_server_that_is_removed_drains(baton, clients):
    whole = file_of(ONE, TWO, word="drain_timeout 5min")
    drains = [SERVICE, LINE_ONE % 0, LINE_TWO % 0]
    said = "[10.9.9.1]:tcp:80  not in the configuration any more, draining, "
    baton.start(whole + OTHER)
    baton.wait_table([SERVICE, LINE_ONE % 1, LINE_TWO % 1] + OTHER_LINES)
    clients.connect(4)
    baton.reload(OTHER)
    baton.wait_table(drains + OTHER_LINES)
    wait_for(lambda: said + "4 connections left, deadline in 4 min "
             in ask(baton, "vs"), lambda: ask(baton, "vs") + baton.log())
    # Another reload, and a death.
    baton.reload(OTHER.replace("rr", "wlc"))
    baton.wait_table(drains + [OTHER_LINES[0].replace("rr", "wlc"),
                               OTHER_LINES[1]])
    pid = baton.pid_of()
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: baton.pid_of() not in (0, pid), baton.log)
    clients.still_work("10.9.9.8")
    clients.still_work("10.9.9.9")
    # It comes back, and leaves again.
    baton.reload(whole + OTHER)
    baton.wait_table([SERVICE, LINE_ONE % 1, LINE_TWO % 1] + OTHER_LINES)
    assert said not in ask(baton, "vs")
    clients.still_work("10.9.9.9")
    baton.reload(OTHER)
    baton.wait_table(drains + OTHER_LINES)
    assert "is drained" not in baton.log()
    for address in clients.open:
        clients.end(address)
    baton.wait_table(OTHER_LINES)
    baton.wait_log("[10.9.9.1]:tcp:80 is drained")
    assert "[10.9.9.1]:tcp:80  is drained" in ask(baton, "events")


def test_the_last_virtual_server_drains(baton, clients):
    router = ("vrrp_instance A {\n interface d0\n virtual_router_id 9\n"
              " virtual_ipaddress { 10.9.9.77/24 }\n}\n")
    baton.start(file_of(ONE, TWO, word="drain_timeout 5min") + router)
    baton.wait_table([SERVICE, LINE_ONE % 1, LINE_TWO % 1])
    clients.connect(2)
    baton.reload(router)
    baton.wait_table([SERVICE, LINE_ONE % 0, LINE_TWO % 0])
    clients.still_work("10.9.9.9")
    for address in clients.open:
        clients.end(address)
    baton.wait_table([])
