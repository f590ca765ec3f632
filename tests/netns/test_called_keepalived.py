# SPDX-License-Identifier: GPL-2.0-or-later
"""batond called by the name of keepalived, with the command lines by which
others start that. Both programs are started with the same ones, each on a router
of its own, and what is judged must be so of both."""

import os
import shutil
import signal
import subprocess

import pytest

from daemons import Baton
from lan import wait_for

THEIRS = os.environ.get("KEEPALIVED", shutil.which("keepalived"))

pytestmark = [
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built"),
    pytest.mark.skipif(not THEIRS, reason="keepalived is not installed")]

CONF = """vrrp_instance VI {
    state MASTER
    interface lan0
    virtual_router_id %d
    priority 255
    virtual_ipaddress {
        %s
    }
}
"""


class Program:
    """One of them, on its router, with a configuration of its own."""

    def __init__(self, router, name, directory):
        self.router, self.name = router, name
        self.program = THEIRS
        if name == "batond":
            self.program = os.path.join(directory, "keepalived")
            os.symlink(Baton.binary("batond"), self.program)
        self.conf = os.path.join(router.directory, "keepalived.conf")
        self.child = None

    def write(self, vrid, *addresses):
        with open(self.conf, "w") as file:
            file.write(CONF % (vrid, "\n        ".join(addresses)))

    def environment(self):
        return {**os.environ, "TMPDIR": self.router.directory}

    def start(self, words):
        """Its exit status if it goes into the background, or None."""
        self.child = self.router.popen(
            self.program, *words, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=self.environment())
        return self.child.wait(20) if is_background(words) else None

    def call(self, *words):
        """Of what ends by itself: the exit status, and what it prints."""
        done = subprocess.run(
            [*self.router.enter(), self.program, *words], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=self.environment())
        return done.returncode, done.stdout, done.stderr

    def path(self, path):
        """Where a file below /run is for us."""
        return path.replace("/run", os.path.join(self.router.directory, "run"))

    def pid(self, path):
        """The process of a PID file, as its router numbers it, or None."""
        try:
            with open(self.path(path)) as file:
                return int(file.read() or 0) or None
        except FileNotFoundError:
            return None

    def command_line(self, pid):
        return self.router.run("cat", f"/proc/{pid}/cmdline").split("\0")

    def comm(self, pid):
        return self.router.run("cat", f"/proc/{pid}/comm",
                               check=False).strip()

    def signal(self, path, number):
        """As scripts do."""
        self.router.run("sh", "-c", f"kill -{number} $(cat {path})")


def is_background(words):
    return not any(word == "--dont-fork" or word.startswith("-n")
                   for word in words)


@pytest.fixture
def both(lan):
    return [Program(router, name, lan.directory)
            for router, name in zip(lan.routers, ("keepalived", "batond"))]


NEUTRON = "/run/ha/8c5d.pid.keepalived"

# Who starts it, and how: the words, the PID files of parent and `vrrp`.
COMMANDS = {
    "neutron": (["-P", "-f", "CONF", "-p", NEUTRON, "-r", NEUTRON + "-vrrp",
                 "-D"], NEUTRON, NEUTRON + "-vrrp"),
    "vyos": (["--use-file", "CONF", "--pid", "/run/keepalived/keepalived.pid",
              "--dont-fork", "--snmp"],
             "/run/keepalived/keepalived.pid", "/run/vrrp.pid"),
    "kolla": (["-nld", "-p", "/run/keepalived.pid", "-f", "CONF"],
              "/run/keepalived.pid", "/run/vrrp.pid"),
    "openshift": (["-f", "CONF", "--dont-fork", "--vrrp", "--log-detail",
                   "--log-console", "--release-vips"],
                  "/run/keepalived.pid", "/run/vrrp.pid"),
    "debian": (["-f", "CONF", "-D"], "/run/keepalived.pid", "/run/vrrp.pid"),
}


@pytest.mark.parametrize("who", COMMANDS)
def test_a_life(both, who):
    words, parent, vrrp = COMMANDS[who]
    for number, program in enumerate(both):
        program.write(51 + number, f"192.0.2.{201 + number}/24")
        program.router.run("mkdir", "-p", os.path.dirname(parent))
        assert program.start([word.replace("CONF", program.conf)
                              for word in words]) in (None, 0)
    for number, program in enumerate(both):
        wait_for(lambda: program.pid(parent) and program.pid(vrrp)
                 and program.router.holds(f"192.0.2.{201 + number}"), 10,
                 f"{program.name} serves")
        assert os.stat(program.path(parent)).st_mode & 0o777 == 0o644
        assert os.stat(program.path(vrrp)).st_mode & 0o777 == 0o644
        # Neutron knows its process by what stands there.
        assert program.conf in program.command_line(program.pid(parent))
        assert program.comm(program.pid(parent)) == "keepalived"
        pids = program.pid(parent), program.pid(vrrp)
        program.write(51 + number, f"192.0.2.{201 + number}/24",
                      f"192.0.2.{211 + number}/24")
        program.signal(parent, "HUP")
        wait_for(lambda: program.router.holds(f"192.0.2.{211 + number}"), 10,
                 f"{program.name} has reloaded")
        assert program.pid(parent) == pids[0]
        # Whatever process it is, the file says which.
        wait_for(lambda: "vrrp" in program.comm(program.pid(vrrp))
                 or program.pid(vrrp) == pids[1], 5, "the PID of vrrp")
    for program in both:
        program.signal(parent, "TERM")
    for number, program in enumerate(both):
        wait_for(lambda: not program.router.processes(), 10, "the end")
        assert program.child.wait(5) == 0
        assert program.pid(parent) is None and program.pid(vrrp) is None
        assert not program.router.holds(f"192.0.2.{201 + number}")


def test_several_and_none_twice(both):
    """Several are told apart by their PID files; the same one a second time
    finds nothing wrong, and starts nothing."""
    for number, program in enumerate(both):
        program.router.run("mkdir", "-p", "/run/ha")
        for name in "a", "b":
            program.write(60 + 2 * number + (name == "b"),
                          f"192.0.2.{221 + 2 * number + (name == 'b')}/24")
            # It is read once, at the start.
            words = ["-f", program.conf, "-p", f"/run/ha/{name}.pid",
                     "-r", f"/run/ha/{name}-vrrp.pid"]
            assert program.start(words) == 0
            wait_for(lambda: program.pid(f"/run/ha/{name}.pid")
                     and program.router.holds(
                         f"192.0.2.{221 + 2 * number + (name == 'b')}"), 10,
                     f"{program.name} {name} serves")
        first = program.pid("/run/ha/a.pid")
        assert first != program.pid("/run/ha/b.pid")
        assert program.start(["-f", program.conf, "-p", "/run/ha/a.pid"]) == 0
        assert program.pid("/run/ha/a.pid") == first
        program.signal("/run/ha/a.pid", "TERM")
    for number, program in enumerate(both):
        wait_for(lambda: program.pid("/run/ha/a.pid") is None, 10, "one ends")
        assert program.pid("/run/ha/b.pid")
        assert program.router.holds(f"192.0.2.{222 + 2 * number}")


# What a configuration says of the daemon itself, and its PID file by that.
NAMES = {
    "instance two": "/run/keepalived/keepalived_two.pid",
    "use_pid_dir": "/run/keepalived/keepalived.pid",
    "net_namespace blue": "/run/keepalived/keepalived.pid",
}


@pytest.mark.parametrize("line", NAMES)
def test_a_name(both, line):
    for program in both:
        with open(program.conf, "w") as file:
            file.write(line + "\nvrrp_instance VI {\n"
                       "    interface b0\n    virtual_router_id 51\n"
                       "    state MASTER\n    priority 255\n"
                       "    virtual_ipaddress {\n        198.51.100.1/24\n"
                       "    }\n}\n@two vrrp_version 3\n")
        enter = []
        if "blue" in line:
            program.router.run("ip", "netns", "add", "blue")
            enter = ["ip", "netns", "exec", "blue"]
        for words in (["link", "add", "b0", "type", "veth", "peer", "b1"],
                      ["link", "set", "b0", "up"], ["link", "set", "b1", "up"],
                      ["address", "add", "198.51.100.7/24", "dev", "b0"]):
            program.router.run(*enter, "ip", *words)
        assert program.start(["-f", program.conf]) == 0
        where = NAMES[line]
        if "blue" in line:
            # It mounts another folder on this one where nobody else sees it.
            where = {"batond": "/run/keepalived/blue/keepalived.pid"}.get(
                program.name)
        if where:
            wait_for(lambda: program.pid(where), 10, f"{program.name} {where}")
        wait_for(lambda: "198.51.100.1/" in program.router.run(
            *enter, "ip", "-br", "address"), 10, f"{program.name} serves")
        for pid in program.router.processes():
            os.kill(pid, signal.SIGTERM)
    for program in both:
        wait_for(lambda: not program.router.processes(), 10, "the end")


TESTS = {  # what `keepalived -t` says of what is added, and of what stands before
    "": 0, "priority 300": 5, "nosuch 1": 5, "state FOO": 5,
    "authentication {\nauth_type PASS\nauth_pass 123456789\n}": 5,
    "version 3\nauthentication {\nauth_type PASS\nauth_pass 1234\n}": 5,
    "notify /bin/true": 6, "track_script {\nnosuch\n}": 5, "}": 5,
    "smtp_alert": 0, "nopreempt\nstate MASTER": 5,
    "track_script {\nmissing\n}": 5, "track_script {\nthere\n}": 6,
}
BEFORE = {
    "include /nosuch\n": 0, "includem /nosuch\n": 6,
    "interface_up_down_delays {\nnosuch 1\n}\n": 4,
    "global_defs {\nenable_script_security\nscript_user root\n}\n": 0,
    "vrrp_instance X {\n": 5,
    "vrrp_script s {\nscript /bin/true\n}\n": 6,
    "vrrp_script s {\nscript /bin/true\n}\nnosuch 1\n": 6,
    "vrrp_script s {\nscript /bin/true\n}\nvrrp_instance X {\n"
    "interface nosuch\nvirtual_router_id 9\n"
    "virtual_ipaddress {\n192.0.2.9\n}\n}\n": 5,
    "interface_up_down_delays {\nnosuch 1\n}\nnosuch 1\n": 5,
    "vrrp_instance X {\ninterface nosuch\nvirtual_router_id 9\n"
    "virtual_ipaddress {\n192.0.2.9\n}\n}\n": 5,
    "global_defs {\ndynamic_interfaces\n}\n"
    "vrrp_instance X {\ninterface nosuch\nvirtual_router_id 9\n"
    "virtual_ipaddress {\n192.0.2.9\n}\n}\n": 0,
}


def test_a_check(both):
    scripts = {f"track_script {{\n{name}\n}}":
               f"vrrp_script {name} {{\nscript {path}\n}}\n"
               for name, path in (("missing", "/nosuch"),
                                  ("there", "/bin/true"))}
    instance = ("vrrp_instance VI {\ninterface lan0\nvirtual_router_id 51\n"
                "%s\nvirtual_ipaddress {\n192.0.2.1/24\n}\n}\n")
    files = {scripts.get(words, "") + instance % words: status
             for words, status in TESTS.items()}
    files.update({words + instance % "": status
                  for words, status in BEFORE.items()})
    log = os.path.join(both[1].router.directory, "test.log")
    for text, status in files.items():
        for program in both:
            with open(program.conf, "w") as file:
                file.write(text)
            assert (program.name, text, program.call(
                "-t", "-f", program.conf)[0]) == (program.name, text, status)
    # To a file, which what is wrong is added to.
    with open(both[1].conf, "w") as file:
        file.write(instance % "nosuch 1")
    assert both[1].call(f"-t{log}", "-f", both[1].conf) == (5, "", "")
    assert both[1].call(f"--config-test={log}", "-f",
                        both[1].conf) == (5, "", "")
    with open(log) as file:
        assert file.read().count("nosuch") >= 2


def test_what_needs_no_configuration(both):
    for words in (["--signum=STOP"], ["--signum=RELOAD"], ["--signum=DATA"],
                  ["--signum=STATS"], ["--signum=STATS_CLEAR"],
                  ["--signum=JSON"]):
        assert both[0].call(*words) == both[1].call(*words)
    for words in (["--signum=NOSUCH"], ["--nosuch"], ["-f"], ["-g", "/x"],
                  ["-Z"]):
        assert [program.call(*words)[0] for program in both] == [1, 1], words
    for program in both:
        assert program.call("-v")[2].startswith("Keepalived v2.")
        assert program.call("-h")[0] == 0
