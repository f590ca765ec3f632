# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs under test: baton, keepalived and FRR's vrrpd.

One description of a virtual router (Instance) makes the configuration of each
of them; one set of verbs (start, stop, kill, state, transitions, errors)
drives and asks them. Each runs in a router of a LAN (lan.py).
"""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
from dataclasses import dataclass, field
from urllib.parse import quote

from lan import build_directory, child_of, wait_for

STOP_TIMEOUT = 10

# Without what makes a program with sanitizers start slowly: no look for leaks,
# none at the edges of variables, and of who allocated memory only the line.
QUICK_SANITIZER = "detect_leaks=0:report_globals=0:malloc_context_size=1"

started = []  # what was made, for the report of a failing test


@dataclass
class Instance:
    """A virtual router as a person would configure it. Seconds."""

    name: str = "gate"
    vrid: int = 10
    priority: int = 100
    family: int = 4
    version: int = 3
    interval: float = 1.0
    interface: str = "lan0"
    preempt: bool = True
    addresses: list = field(default_factory=list)
    extra: list = field(default_factory=list)  # more lines, keepalived.conf
    blocks: tuple = ()  # what it needs at the top level, once for all

    def __post_init__(self):
        if not self.addresses:
            self.addresses = ["192.0.2.1/24"] if self.family == 4 \
                else ["fe80::1/64", "2001:db8::1/64"]

    @property
    def service(self):
        """The address that hosts use: the last, without its prefix."""
        return self.plain[-1]

    @property
    def plain(self):
        """The addresses without their prefixes."""
        return [text.split("/")[0] for text in self.addresses]

    # The arithmetic of RFC 9568 6.1, in nanoseconds.

    @property
    def interval_ns(self):
        return round(self.interval * 1e9)

    @property
    def skew_ns(self):
        return (256 - self.priority) * self.interval_ns // 256

    @property
    def down_ns(self):
        """Active_Down_Interval."""
        return 3 * self.interval_ns + self.skew_ns


def keepalived_conf(instances, global_lines=()):
    """The text of a keepalived.conf; baton reads the same."""
    lines = ["global_defs {", "    router_id test",
             *(f"    {line}" for line in global_lines), "}"]
    lines += dict.fromkeys(block for i in instances for block in i.blocks)
    for i in instances:
        lines += [
            f"vrrp_instance {i.name} {{",
            "    state BACKUP",
            *([f"    interface {i.interface}"] if i.interface else []),
            f"    version {i.version}",
            f"    virtual_router_id {i.vrid}",
            f"    priority {i.priority}",
            f"    advert_int {i.interval:g}",
            *([] if i.preempt else ["    nopreempt"]),
            *(f"    {line}" for line in i.extra),
            "    virtual_ipaddress {",
            *(f"        {address}" for address in i.addresses),
            "    }", "}"]
    return "\n".join(lines) + "\n"


class Daemon:
    """What all programs have in common."""

    program = None

    def __init__(self, router, name=None):
        self.router = router
        self.name = name or type(self).__name__.lower()
        self.instances = []
        self.child = None
        self.quiet = False  # no log, where a program can do without
        self.directory = os.path.join(router.directory, self.name)
        os.makedirs(self.directory, exist_ok=True)
        self.log_path = os.path.join(self.directory, "log")
        started.append(self)

    def file(self, name, text):
        """Writes a file that both the node and the test see."""
        path = os.path.join(self.directory, name)
        with open(path, "w") as out:
            out.write(text)
        return path

    def spawn(self, *command, **keywords):
        with open(self.log_path, "ab") as log:
            child = self.router.popen(*command, stdin=subprocess.DEVNULL,
                                      stdout=log, stderr=log, **keywords)
        return child

    def log(self):
        if not os.path.exists(self.log_path):
            return ""
        with open(self.log_path, errors="replace") as file:
            return file.read()

    def processes(self):
        """Its processes: {pid: argv}."""
        return {pid: words for pid, words in self.router.processes().items()
                if self.is_mine(words)}

    def is_mine(self, words):
        return os.path.basename(words[0].split(":")[0]) in self.names

    def main_pid(self):
        """The process that was started: the child of what entered the node."""
        def started():
            try:
                return child_of(self.child.pid)
            except ProcessLookupError:
                return None
        return wait_for(started, 5, f"the process of {self.name}")

    def signal(self, number):
        os.kill(self.main_pid(), number)

    def stop(self, timeout=STOP_TIMEOUT):
        """A planned stop; returns when it has ended, its exit status."""
        self.signal(signal.SIGTERM)
        try:
            return self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} did not stop in {timeout} s:"
                                 f"\n{self.log()}") from None

    def kill(self):
        """SIGKILL of all of it at one moment: frozen first, so that none
        acts upon the death of another."""
        self.router.signal_all(signal.SIGSTOP, self.processes())
        self.router.signal_all(signal.SIGKILL, self.processes())
        self.reap()

    def reap(self):
        """Waits for the end of what was killed."""
        wait_for(lambda: self.child.poll() is not None, STOP_TIMEOUT,
                 f"the end of {self.name}")

    def instance(self, name=None):
        if name is None:
            return self.instances[0]
        return next(i for i in self.instances if i.name == name)

    def wait_state(self, state, name=None, timeout=15):
        wait_for(lambda: self.state(name) == state, timeout,
                 f"{self.name} on {self.router.name} {state}", 0.02)


class Keepalived(Daemon):
    """Debian's keepalived, or the one that $KEEPALIVED names."""

    names = ("keepalived",)
    states = {"MASTER": "active", "BACKUP": "backup", "FAULT": "fault"}

    def start(self, instances, global_lines=()):
        self.instances = instances
        return self.start_text(keepalived_conf(instances, global_lines))

    def start_text(self, text):
        """Starts it with that configuration and does not wait."""
        path = self.file("keepalived.conf", text)
        for stale in ("keepalived.pid", "keepalived-vrrp.pid"):
            left = os.path.join(self.router.directory, "run", stale)
            if os.path.exists(left):  # by a killed one
                os.unlink(left)
        # It writes what it dumps to fixed names in /tmp: give it its own.
        self.tmp = os.path.join(self.directory, "tmp")
        os.makedirs(self.tmp, exist_ok=True)
        self.child = self.spawn(
            "unshare", "-m", "sh", "-c",
            'mount --bind "$0" /tmp && exec "$@"', self.tmp,
            os.environ.get("KEEPALIVED", "keepalived"), "-n", "-P",
            *(["-G"] if self.quiet else ["-l", "-D"]), "-f", path, "-p", "/run/keepalived.pid",
            "-r", "/run/keepalived-vrrp.pid")
        return self

    def vrrp_pid(self):
        """The process that speaks VRRP: the parent's child."""
        def child():
            try:
                return child_of(self.main_pid())
            except ProcessLookupError:
                return None  # just between two
        return wait_for(child, 5, "keepalived's child")

    def transitions(self, name=None):
        name = re.escape(self.instance(name).name)
        found = re.findall(rf"\({name}\) Entering (\w+) STATE", self.log())
        return [self.states[word] for word in found if word in self.states]

    def state(self, name=None):
        found = self.transitions(name)
        return found[-1] if found else "init"

    def _dump(self, number, file):
        """Has it write a file, and waits until the file is whole."""
        path = os.path.join(self.tmp, file)
        if os.path.exists(path):
            os.unlink(path)
        self.signal(number)
        sizes = []

        def whole():
            sizes.append(os.path.getsize(path)
                         if os.path.exists(path) else 0)
            return len(sizes) > 1 and sizes[-1] == sizes[-2] > 0
        wait_for(whole, 5, file, 0.05)
        with open(path) as text:
            return text.read()

    def counters(self, name=None):
        """Its statistics, {"Packet Errors/TTL": 0, ...}."""
        text = self._dump(signal.SIGUSR2, "keepalived.stats")
        part = text.split(f"VRRP Instance: {self.instance(name).name}\n")[1]
        part = part.split("VRRP Instance:")[0]
        counters, group = {}, ""
        for line in part.splitlines():
            key, _, value = line.strip().partition(":")
            if not value.strip():
                group = key
            elif line.startswith("    "):
                counters[f"{group}/{key}"] = int(value)
            else:
                counters[key] = int(value)
        return counters

    def errors(self, name=None):
        """The counters of dropped packets that are not zero."""
        return {key: value for key, value in self.counters(name).items()
                if "Errors" in key and value}


class Frr(Daemon):
    """FRR's vrrpd with the zebra that it needs.

    vrrpd wants a macvlan with the virtual MAC and the virtual addresses for
    each virtual router and family; the operator makes it, so we do."""

    names = ("zebra", "vrrpd")
    states = {"Master": "active", "Backup": "backup",
              "Initialize": "init"}

    def start(self, instances, global_lines=()):
        self.instances = instances
        for instance in instances:
            self._macvlan(instance)
        os.makedirs(os.path.join(self.router.directory, "run", "frr"),
                    exist_ok=True)
        os.makedirs("/var/tmp/frr", exist_ok=True)
        self.router.run("sh", "-c", "chown frr:frr /run/frr && "
                        "mount -t tmpfs -o mode=1777 tmpfs /var/tmp/frr")
        conf = self.file("frr.conf", self._conf(instances))
        self.zebra = self.spawn("/usr/lib/frr/zebra", "-f", "/dev/null",
                                "--log", "stdout")
        wait_for(lambda: os.path.exists(os.path.join(
            self.router.directory, "run/frr/zserv.api")), 10, "zebra")
        self.child = self.spawn("/usr/lib/frr/vrrpd", "-f", conf,
                                "--log", "stdout")
        return self

    def _macvlan(self, i):
        device = f"vrrp{i.family}-{i.vrid}"
        mac = f"00:00:5e:00:{1 if i.family == 4 else 2:02x}:{i.vrid:02x}"
        self.router.ip(
            f"link add {device} link {i.interface} type macvlan mode bridge",
            f"link set {device} address {mac} addrgenmode random",
            *(f"address add {address} dev {device}"
              + (" nodad" if i.family == 6 else "")
              for address in i.addresses),
            f"link set {device} up")

    @staticmethod
    def _conf(instances):
        lines = ["debug vrrp"]
        for i in instances:
            word = f" vrrp {i.vrid}"
            lines += [f"interface {i.interface}",
                      f"{word} version {i.version}",
                      f"{word} priority {i.priority}",
                      f"{word} advertisement-interval "
                      f"{round(i.interval * 1000)}",
                      *([] if i.preempt else [f" no{word} preempt"])]
            for address in i.addresses:
                kind = "ip" if i.family == 4 else "ipv6"
                lines.append(f"{word} {kind} {address.split('/')[0]}")
        return "\n".join(lines) + "\n"

    def show(self, name=None):
        """What `show vrrp json` says of a virtual router and its family."""
        i = self.instance(name)
        text = self.router.run("vtysh", "--vty_socket", "/run/frr",
                               "-d", "vrrpd", "-c", "show vrrp json",
                               check=False)
        try:
            routers = json.loads(text)
        except ValueError:
            return {}
        for router in routers:
            if router.get("vrid") == i.vrid:
                return router.get(f"v{i.family}", {})
        return {}

    def state(self, name=None):
        return self.states.get(self.show(name).get("status"), "init")

    def counters(self, name=None):
        return self.show(name).get("stats", {})

    def transitions(self, name=None):
        """vrrpd keeps no history that could be asked for."""

    def errors(self, name=None):
        """vrrpd counts no dropped packet; it warns of each in its log."""
        return [line for line in self.log().splitlines()
                if "Datagram invalid" in line]


class _UnixHttp(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path):
        super().__init__("baton")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


class Baton(Daemon):
    """batond, and baton(1) to ask it."""

    names = ("batond",)
    env = {}  # what its environment has besides
    answers = True  # its server was seen, or it is started elsewhere

    @staticmethod
    def binary(name):
        return os.path.join(build_directory(), "src", name, name)

    @classmethod
    def is_built(cls):
        return all(os.path.exists(cls.binary(name))
                   for name in ("batond", "baton"))

    def start(self, instances, global_lines=()):
        self.instances = instances
        return self.start_text(keepalived_conf(instances, global_lines))

    def start_text(self, text):
        """Starts it with that configuration and does not wait."""
        return self.start_file(self.file("baton.conf", text))

    def start_file(self, path):
        self.run_dir = os.path.join(self.directory, "run")
        self.answers = False
        self.child = self.spawn(
            self.installed(), "-n", "-f", path, "--run-dir", self.run_dir,
            env={**os.environ, **self.env,
                 "BATON_RECORD": os.path.join(self.directory, "record")})
        return self

    def installed(self):
        """The program that it runs, and executes in an upgrade."""
        return self.binary("batond")

    def replayed(self):
        """What does not agree between its record of successions and the
        machine that decides them (tests/succession), or nothing."""
        record = os.path.join(self.directory, "record")
        # The release first: it starts in a tenth of the time.
        program = next(filter(os.path.exists, (
            os.path.join(build, "tests", "succession", "succession")
            for build in (os.path.join(build_directory(), "..", "release"),
                          build_directory()))), None)
        if not os.path.exists(record) or not program:
            return ""
        done = subprocess.run([program, "--replay", record], text=True,
                              stdout=subprocess.PIPE)
        return done.stdout if done.returncode else ""

    def ask(self, *words, check=True):
        """The output of baton(1)."""
        done = subprocess.run(
            [self.binary("baton"), "--run-dir", self.run_dir, *words],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if check and done.returncode:
            raise RuntimeError(f"baton {' '.join(words)}: "
                               f"{done.stderr.strip()}\n{self.log()}")
        return done.stdout

    def vrrp_pid(self):
        return wait_for(lambda: next(
            (pid for pid, words in self.processes().items()
             if "vrrp" in words[0]), None), 5, "the vrrp process")

    def wait_for_server(self):
        """One that has just been started has no server yet."""
        if not self.answers:
            wait_for(lambda: self.child.poll() is not None or os.path.exists(
                os.path.join(self.run_dir, "ctl.sock")), 10, "its server")
            self.answers = True

    def fetch(self, path, missing=RuntimeError):
        """A page of the control server, decoded; `missing` is raised when
        there is none. baton(1) would print the
        same; but what asks until something is so asks often, and a process
        with sanitizers for each question is most of a test's work."""
        self.wait_for_server()
        for tries in range(3, 0, -1):
            connection = _UnixHttp(os.path.join(self.run_dir, "ctl.sock"))
            try:
                connection.request("GET", path)
                answer = connection.getresponse()
                body = answer.read()
                break
            except (http.client.HTTPException, OSError) as error:
                # A server may be replaced while it answers, and another one
                # is there at once: baton(1) asks again too.
                if tries == 1 or isinstance(error, (
                        FileNotFoundError, ConnectionRefusedError,
                        TimeoutError)):
                    raise RuntimeError(f"GET {path}: {error!r}\n"
                                       f"{self.log()}") from None
            finally:
                connection.close()
        if answer.status != 200:
            raise (missing if answer.status == 404 else RuntimeError)(
                f"GET {path}: {answer.status}\n{body.decode()}")
        return json.loads(body)

    def all_status(self):
        return self.fetch("/status")

    def status(self, name=None):
        """The status of an instance, as its JSON says."""
        name = self.instance(name).name
        found = self.fetch(f"/status?name={quote(name)}", KeyError)
        return found["instances"][0]

    def state(self, name=None):
        try:
            return self.status(name)["state"]
        except RuntimeError:
            return "init"

    def wait_state(self, state, name=None, timeout=15):
        """An Active is one before the kernel has its addresses, which is
        waited for too."""
        def is_so():
            try:
                status = self.status(name)
            except RuntimeError:
                return False
            return status["state"] == state and (
                state != "active"
                or not any(address["state"] in ("absent", "installing")
                           for address in status["addresses"]))
        wait_for(is_so, timeout,
                 f"{self.name} on {self.router.name} {state}", 0.02)

    def changes(self, name=None):
        """The events of its states."""
        name = self.instance(name).name
        return [event for event in self.events()
                if event["type"] == "state" and event["instance"] == name]

    def transitions(self, name=None):
        return [event["to"] for event in self.changes(name)]

    def events(self):
        return self.fetch("/events")

    def counters(self, name=None):
        return self.status(name)["counters"]

    def errors(self, name=None):
        dropped = self.counters(name).get("dropped", {})
        return {key: value for key, value in dropped.items() if value}
