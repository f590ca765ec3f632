# SPDX-License-Identifier: GPL-2.0-or-later
"""The examples run: each pair of files of examples/ is loaded as it is on two
routers, does what its page in docs/examples says, and goes on when the Active
fails."""

import os
import shutil
import subprocess
import sys

import pytest

from daemons import Baton
from instruments import Probe
from lan import now, wait_for

pytestmark = pytest.mark.skipif(
    not Baton.is_built(), reason="batond is not built")

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
EXAMPLES = os.path.join(TOP, "examples")
FOLDERS = sorted(name for name in os.listdir(EXAMPLES)
                 if os.path.isdir(os.path.join(EXAMPLES, name)))


def path(name, letter):
    return os.path.join(EXAMPLES, name, f"router-{letter}.conf")


class Example(Baton):
    """batond with a file of examples/, in which nothing was changed but
    where scripts are, as `places` say."""

    def __init__(self, router, name, places=()):
        super().__init__(router)
        with open(path(name, router.name[-1])) as file:
            text = file.read()
        for old, new in places:
            assert old in text
            text = text.replace(old, new)
        self.instances = []
        self.start_text(text)

    def state(self, name=None):
        try:
            found = self.all_status()["instances"]
        except RuntimeError:
            return "init"
        return next(i["state"] for i in found if i["name"] == name)

    def wait(self, name, state):
        wait_for(lambda: self.state(name) == state, 20,
                 f"{name} {state} on {self.router.name}", 0.02)


@pytest.fixture
def pair(make_lan):
    """A LAN whose interfaces are called as in the examples."""
    return make_lan(prefix="eth", links=2)


def start(lan, name, places=()):
    return [Example(router, name, places) for router in lan.routers]


def answers(lan, *addresses):
    """Each answers a host, from now on."""
    for probe in Probe.several(lan.host, addresses, 10000):
        probe.wait_answer(now(), 10)


def test_they_are_right_and_fit_each_other(pair):
    """On a machine that has the interfaces; and each has its page."""
    for name in FOLDERS:
        for one, other in (("a", "b"), ("b", "a")):
            done = subprocess.run(
                [*pair.routers[0].enter(), Baton.binary("baton"), "check",
                 "--peer", path(name, other), path(name, one)], text=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            # Their commands are on the routers for which they are.
            said = [line for line in done.stderr.splitlines()
                    if 'this machine cannot run "/etc/baton/' not in line]
            assert done.returncode == 0 and not said, done
        with open(os.path.join(TOP, "docs", "examples", f"{name}.md")) as page:
            assert f"examples/{name}/router-a.conf" in page.read()


def test_two_lines(pair):
    first, second = start(pair, "two-lines")
    first.wait("ONE", "active")
    second.wait("TWO", "active")
    assert (first.state("TWO"), second.state("ONE")) == ("backup", "backup")
    answers(pair, "192.0.2.1", "192.0.2.2")
    pair.node_death(first.router)
    second.wait("ONE", "active")
    answers(pair, "192.0.2.1", "192.0.2.2")


def serve(router):
    """What a proxy is for the example: it answers."""
    return router.popen(sys.executable, "-m", "http.server", "-b", "127.0.0.1",
                        "8080", cwd="/", stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL)


def test_watched(pair):
    a, b = pair.routers
    for router in pair.routers:
        router.ip("link set lo up")
    proxy = serve(a)
    serve(b)
    first, second = start(pair, "watched")
    first.wait("PROXY", "active")
    wait_for(lambda: second.all_status()["instances"][0][
        "effective_priority"] == 120, 10, "a good proxy of the Backup")
    router_pid = next(pid for pid, words in a.processes().items()
                      if "http.server" in words)
    os.kill(router_pid, 9)
    second.wait("PROXY", "active")
    answers(pair, "192.0.2.1")
    proxy.wait(5)
    serve(a)
    first.wait("PROXY", "active")


CLOUD = """
import http.server, sys
class Api(http.server.BaseHTTPRequestHandler):
    def do_PUT(self):
        with open(sys.argv[1], "a") as file:
            print(self.client_address[0], self.path, file=file)
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("192.0.2.101", 8000), Api).serve_forever()
"""


def test_cloud(pair, monkeypatch):
    a, b = pair.routers
    calls = os.path.join(pair.directory, "calls")
    pair.host.popen(sys.executable, "-c", CLOUD, calls,
                    stderr=subprocess.DEVNULL)
    script = os.path.join(pair.directory, "move-address")
    shutil.copy(os.path.join(EXAMPLES, "cloud", "move-address"), script)
    monkeypatch.setenv("CLOUD_API", "http://192.0.2.101:8000/addresses")
    first, second = start(pair, "cloud", [("/etc/baton/move-address", script)])

    def told():
        try:
            with open(calls) as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []
    here = [f"{router.address()} /addresses/192.0.2.1" for router in (a, b)]
    wait_for(lambda: told() == here[:1], 15, "the cloud to be told")
    second.wait("GATE", "backup")
    pair.node_death(a)
    wait_for(lambda: told() == here, 15, "the cloud to be told again")
    answers(pair, "192.0.2.1")


def test_ipv6(pair):
    first, second = start(pair, "ipv6")
    first.wait("LAN6", "active")
    second.wait("LAN6", "backup")
    gateway = f"fe80::1%{pair.host.interface()}"
    pair.host.ping(gateway)
    answers(pair, "2001:db8::1", "2001:db8::2")
    pair.node_death(first.router)
    second.wait("LAN6", "active")
    pair.host.ping(gateway)
    answers(pair, "2001:db8::1", "2001:db8::2")


def test_inside_outside(pair):
    a, b = pair.routers
    first, second = start(pair, "inside-outside")
    for name in ("OUTSIDE", "INSIDE"):
        first.wait(name, "active")
        second.wait(name, "backup")
    answers(pair, "192.0.2.1")
    # One side of A fails: both addresses are on B.
    a.ip("link set eth1 down")
    for name in ("OUTSIDE", "INSIDE"):
        second.wait(name, "active")
        first.wait(name, "fault")
    assert b.holds("192.0.2.1") and b.holds("10.1.0.1")
    answers(pair, "192.0.2.1")
    a.ip("link set eth1 up")
    for name in ("OUTSIDE", "INSIDE"):
        first.wait(name, "active")
