# SPDX-License-Identifier: GPL-2.0-or-later
"""The examples with virtual servers run: each pair of files of examples/ is
loaded as it is on two directors, does what its page in docs/examples says, and
goes on when a server or the Active director fails."""

import os
import shutil
import socket
import struct
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lan import Lan, Load, Server, now
from machine import TOP, Baton, Space, wait_for

NETS = {"out": ("192.0.2.", "2001:db8::"), "in": ("10.1.0.", "fd01::"),
        "far": ("198.51.100.", "2001:db8:1::")}


def path(name, file):
    return os.path.join(TOP, "examples", name, file)


class Site:
    """Clients, two servers of an example, and two directors."""

    def __init__(self, name, bridge="out", numbers=(21, 22), virtual=()):
        self.name = name
        self.lan = Lan(NETS)
        self.client = self.lan.client()
        self.loads = []
        self.servers = [
            Server(self.lan, f"{name[:4]}{number}-", number, virtual, bridge)
            for number in numbers]
        self.names = [server.says for server in self.servers]
        if os.path.exists(path(name, "server-sysctl.conf")):
            for server in self.servers:
                self.settings(server, "server-sysctl.conf")

    def serve(self, port):
        for server in self.servers:
            server.serve(port)

    def settings(self, space, file="sysctl.conf"):
        space.run("sysctl", "-q", "-p", path(self.name, file))

    def boot(self, letter, places=()):
        """One of the directors, with what the example says."""
        number = {"a": 11, "b": 12}[letter]
        director = self.lan.join(Baton(letter, dummy=False), number)
        self.lan.join(director, number, "in", "eth1")
        director.ip("route add 198.51.100.0/24 via 192.0.2.254")
        if os.path.exists(path(self.name, "sysctl.conf")):
            self.settings(director)
        with open(path(self.name, f"router-{letter}.conf")) as file:
            text = file.read()
        for old, new in places:
            assert old in text
            text = text.replace(old, new)
        director.start(text)
        return director

    def start(self, places=()):
        """Both; the first one is Active."""
        a, b = [self.boot(letter, places) for letter in "ab"]
        a.wait_log("backup -> active")
        return a, b

    def load(self, *arguments, **words):
        self.loads.append(Load(self.client, *arguments, **words))
        return self.loads[-1]

    def close(self):
        for load in self.loads:
            load.close()
        for space in list(self.lan.spaces):
            if isinstance(space, Baton):
                self.lan.crash(space)
        self.lan.close()


def web(site):
    site.serve(80)
    a, b = site.start()
    load = site.load("192.0.2.80", rate=10, longs=0)
    load.wait_good(site.names)
    site.servers[0].die()
    b.wait_log(f"{site.servers[0].address}]:80 of [192.0.2.80]:tcp:80 is down")
    a.wait_log(f"{site.servers[0].address}]:80 of [192.0.2.80]:tcp:80 is down")
    load.wait_good(site.names[1:])
    site.servers[0].serve()
    load.wait_good(site.names)
    site.lan.crash(a)
    b.wait_log("backup -> active")
    load.wait_good(site.names)


def known(director):
    """Connections that it knows as established."""
    return director.run("cat", "/proc/net/ip_vs_conn_sync").count("ESTABLISHED")


def nat(site):
    """Long connections outlive a crash of the director, and its return."""
    for server in site.servers:
        server.ip("route add default via 10.1.0.1")
    site.serve(8080)
    a, b = site.start()
    load = site.load("192.0.2.80", rate=10, longs=30, every=200,
                     patience=10000)
    begun = now()
    load.wait_good(site.names)
    wait_for(lambda: known(b) >= 30, lambda: f"{known(b)} of 30", 4 + 5)
    site.lan.crash(a)
    b.wait_log("OUTSIDE: backup -> active")
    load.wait_new()
    load.wait_long()
    # The machine is back, and knows nothing.
    a = site.boot("a")
    wait_for(lambda: known(a) >= 30, lambda: f"{known(a)} of 30", 4 + 5)
    a.wait_log("OUTSIDE: init -> backup")
    b.run(*b.baton("handover"))
    a.wait_log("OUTSIDE: backup -> active")
    load.wait_new()
    load.wait_long()
    _, long = load.report(begun)
    assert long.lost == [] and long.done > 0, (long, a.log(), b.log())
    return (f"{long.done} requests of 30 connections over a crash and a "
            f"handover, none lost, the slowest {long.slowest:.2f} s")


def tunnel(site):
    """What a director has not seen begin goes to the same server."""
    gateway = site.lan.join(Space("gw", dummy=False), 254)
    site.lan.join(gateway, 254, "far", "eth1")
    gateway.sysctl("net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0")
    for server in site.servers:
        server.ip("route add default via 198.51.100.254",
                  "link set tunl0 up", "addr add 192.0.2.80/32 dev tunl0")
        site.settings(server, "server-sysctl.conf")
    site.serve(80)
    a, b = site.start()
    load = site.load("192.0.2.80", rate=10, longs=20, every=200,
                     patience=10000)
    begun = now()
    load.wait_good(site.names)
    site.lan.crash(a)
    b.wait_log("backup -> active")
    load.wait_good(site.names)
    load.wait_long()
    _, long = load.report(begun)
    assert long.lost == [] and long.done > 0, (long, b.log())
    return (f"{long.done} requests of 20 connections over a crash, none lost, "
            f"the slowest {long.slowest:.2f} s")


def ask(address, count=6):
    """Names of the resolvers that answered; "" for one that did not."""
    question = (struct.pack(">6H", 7, 0x100, 1, 0, 0, 0)
                + b"\3www\7example\3com\0\0\1\0\1")
    names = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asks:
        asks.settimeout(1)
        asks.connect((address, 53))
        for _ in range(count):
            try:
                asks.send(question)
                answer = asks.recv(512)
                names.append(answer[len(question) + 13:].decode())
            except OSError:
                names.append("")
    return set(names)


def resolver(site):
    site.serve(53)
    a, b = site.start()
    load = site.load("192.0.2.53", 53, rate=10, longs=0)

    def wait_answers(wanted):
        wait_for(lambda: site.client.within(lambda: ask("192.0.2.53"))
                 == set(wanted), lambda: f"{wanted}\n{a.log()}\n{b.log()}")
        load.wait_good(wanted)

    wait_answers(site.names)
    site.servers[1].die()
    wait_answers(site.names[:1])
    site.servers[1].serve()
    wait_answers(site.names)
    site.lan.crash(a)
    b.wait_log("backup -> active")
    wait_answers(site.names)


class Workers:
    """The page of a server that says how many of its workers are free."""

    def __init__(self, server):
        self.free = "7"
        self.listener = server.listen(8081, server.address)
        threading.Thread(target=self.answer, daemon=True).start()

    def answer(self):
        while True:
            try:
                client, _ = self.listener.accept()
                with client:
                    client.recv(1000)
                    client.sendall(b"HTTP/1.0 200 OK\r\n\r\n"
                                   + self.free.encode() + b"\n")
            except OSError:
                return


def weights(site):
    script = "/run/free-workers"
    shutil.copyfile(path("weights", "free-workers"), script)
    os.chmod(script, 0o755)
    site.serve(80)
    first, second = [Workers(server) for server in site.servers]
    second.free = "2"
    a, _ = site.start([("/etc/baton/free-workers", script)])
    load = site.load("192.0.2.80", rate=10, longs=0)

    def wait_weights(*wanted):
        def weights():
            return [line.split()[4:] for line in a.lines()
                    if line.startswith("-a ")]
        want = [[f"{server.address}:80", "-g", "-w", str(weight)]
                for server, weight in zip(site.servers, wanted)
                if weight is not None]
        wait_for(lambda: sorted(weights()) == want,
                 lambda: f"{weights()} and not {want}\n{a.log()}\n"
                 + a.run(*a.baton("checks")), 30)

    wait_weights(7, 2)
    load.wait_good(site.names)
    first.free = "0"
    wait_weights(0, 2)
    load.wait_good(site.names[1:])
    second.free = "what?"
    first.free = "5"
    wait_weights(5, None)
    load.wait_good(site.names[:1])
    wait_for(lambda: "not a number: what?" in a.run(*a.baton("checks")),
             lambda: a.run(*a.baton("checks")), 20)
    for workers in (first, second):
        workers.listener.close()


PLAYS = {
    web: {"virtual": ["192.0.2.80"]},
    nat: {"bridge": "in"},
    tunnel: {"bridge": "far"},
    resolver: {"numbers": (31, 32), "virtual": ["192.0.2.53"]},
    weights: {"virtual": ["192.0.2.80"]},
}


def play(example):
    """What is to be reported of it, or None."""
    site = Site(example.__name__, **PLAYS[example])
    try:
        return example(site)
    except AssertionError as error:
        logs = [space.name + "\n" + space.log() + space.run("ipvsadm", "-Ln")
                for space in site.lan.spaces if isinstance(space, Baton)]
        raise AssertionError("\n".join([str(error), *logs])) from error
    finally:
        site.close()


@pytest.fixture(scope="module")
def plays():
    """All at the same time: each waits nearly always."""
    with ThreadPoolExecutor(len(PLAYS)) as pool:
        yield {example: pool.submit(play, example) for example in PLAYS}


@pytest.mark.parametrize("example", PLAYS, ids=lambda e: e.__name__)
def test_it_runs(plays, report, example):
    told = plays[example].result()
    if told:
        report(told)


@pytest.mark.parametrize("example", PLAYS, ids=lambda e: e.__name__)
def test_its_page_names_its_files(example):
    name = example.__name__
    with open(os.path.join(TOP, "docs", "examples", f"{name}.md")) as page:
        text = page.read()
    for file in os.listdir(os.path.join(TOP, "examples", name)):
        assert f"examples/{name}/{file}" in text
