# SPDX-License-Identifier: GPL-2.0-or-later
"""The ground of random faults (faults.py): two routers whose keepers are started
again when they die, as systemd does it, and what must be true of both when
nobody has done anything to them for a while.

Four settings. *plain*; *full*: the run directory is a small tmpfs without a
byte left; *blocked*: standard error is a pipe that nobody reads; *rich*: scripts
that are tracked and told, a sync group, and mail.
"""

import os
import subprocess
import threading
import time
from collections import Counter
from dataclasses import replace

from daemons import Baton, Instance, keepalived_conf
from lan import processes_in, stat_of
from scene import DEBUG, kinds
from smtp import MailServer
from test_blocked_log import Pipe

INTERVAL = 0.3 if DEBUG else 0.1
PRIORITIES = 200, 100
TAG = 112  # IFA_PROTO of our addresses (sys/netlink.h)
RESTART_AFTER = 0.1  # RestartSec= of the unit
FILES_THERE = {"lock", "state", "keeper.sock", "ctl.sock"}
MAY_BE_THERE = {"much"}
ROOM = "64k"  # of the run directory that is full
ASK_AGAIN = 1.5  # seconds between two orders of whoever waits for the end

# What a file may say: {name: (VRID, addresses)}.
FILES = {
    "small": {"gate": (10, ["192.0.2.1/24"])},
    "large": {"gate": (10, ["192.0.2.1/24"]),
              "more": (20, ["192.0.2.2/24", "192.0.2.3/24"])},
    "moved": {"gate": (10, ["192.0.2.1/24", "192.0.2.4/32"]),
              "more": (20, ["192.0.2.2/24"])},
}
# Of those that answer questions there are as many as there are questions.
PROCESSES = {"keeper": 1, "vrrp": 1, "ctl": 1}
PROCESSES_RICH = {**PROCESSES, "run": 1, "mail": 1}
MODEL = "/memfd:baton-model"
# Whose descriptors are counted.
COUNTED = ("keeper", "vrrp", "run", "mail")
OF_SCRIPTS = 40  # descriptors of `run`


class Supervised(Baton):
    """A supervisor looks after its keeper, from the first start on."""

    setting = "plain"
    processes_expected = PROCESSES

    def __init__(self, router, lan):
        super().__init__(router)
        self.lan = lan
        self.priority = PRIORITIES[lan.routers.index(router)]
        self.file_now = None
        self.starts = 0
        self.prepare()

    def prepare(self):
        """What has to be there before it starts."""

    def fill(self):
        """Makes the ground as bad as the setting says."""

    def text(self, file):
        """The configuration of FILES of that name."""
        return keepalived_conf(self.instances_of(file), self.lines())

    def lines(self):
        return ()

    def instances_of(self, file):
        return [Instance(name=name, vrid=vrid, interval=INTERVAL,
                         priority=self.priority, addresses=addresses)
                for name, (vrid, addresses) in FILES[file].items()]

    def write(self, file):
        """In one step, as editors do: a keeper may read it at any moment."""
        fresh = self.file("fresh", self.text(file))
        os.rename(fresh, os.path.join(self.directory, "baton.conf"))
        self.file_now = file

    def begin(self, file):
        self.instances = self.instances_of(file)
        self.write(file)
        self.again()

    def again(self):
        self.starts += 1
        self.start_file(os.path.join(self.directory, "baton.conf"))

    def wanted(self):
        """{name: its addresses}"""
        return {name: set(addresses) for name, (_, addresses)
                in FILES[self.file_now].items()}


class Full(Supervised):
    setting = "full"

    def prepare(self):
        self.inner = os.path.join(self.directory, "run")
        self.router.run("sh", "-euc", 'mkdir "$0"; mount -t tmpfs -o '
                        f'size={ROOM},mode=755 tmpfs "$0"', self.inner)
        # As it is seen from here.
        self.run_dir = f"/proc/{self.router.pid}/root{self.inner}"

    def start_file(self, path):
        self.answers = False
        self.fill_if_served()
        self.child = self.spawn(
            self.installed(), "-n", "-f", path, "--run-dir", self.inner,
            env={**os.environ, "BATON_RECORD": os.path.join(self.directory,
                                                            "record")})
        return self

    def fill_if_served(self):
        """The first start has room, as the machine has when it boots."""
        if self.starts > 1:
            self.fill()

    def fill(self):
        with open(os.path.join(self.run_dir, "much"), "ab", 0) as file:
            for piece in (4096, 1):
                try:
                    while True:
                        file.write(b"x" * piece)
                except OSError:
                    pass


class Blocked(Supervised):
    setting = "blocked"

    def prepare(self):
        self.console = Pipe(self.router)
        self.console.fill()

    def spawn(self, *command, **keywords):
        return self.router.popen(*command, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL,
                                 stderr=self.console.writer, **keywords)

    def log(self):
        """What was written since somebody has read: little."""
        return self.console.text.decode(errors="replace").lstrip("x")


class Rich(Supervised):
    """Its script is told of each state, and writes the last one down."""

    setting = "rich"
    processes_expected = PROCESSES_RICH
    mail = None  # the server; of both routers

    def prepare(self):
        self.told = os.path.join(self.directory, "told")
        os.makedirs(self.told, exist_ok=True)
        self.script = self.file("note.sh", "#!/bin/sh\n"
                                f'echo "$3" > {self.told}/$2.new$$ && mv '
                                f'{self.told}/$2.new$$ {self.told}/$2\n')
        os.chmod(self.script, 0o755)
        if Rich.mail is None or Rich.mail.node is not self.lan.host:
            Rich.mail = MailServer(self.lan.host, self.lan.host.address())

    def lines(self):
        where = Rich.mail.where
        return ["script_user root", "notification_email {",
                "    admin@example.org", "}",
                "notification_email_from router@example.org",
                f"smtp_server {where[0]} {where[1]}", "smtp_alert"]

    def instances_of(self, file):
        blocks = ('vrrp_script good {\n    script "/bin/true"\n'
                  '    interval 1\n}',
                  'vrrp_script weighs {\n    script "/bin/true"\n'
                  '    interval 1\n    weight 5\n}',
                  "vrrp_sync_group both {\n    group {\n        gate\n"
                  "        inner\n    }\n    track_script {\n        good\n"
                  "    }\n}")
        found = super().instances_of(file)
        found.append(replace(found[0], name="inner", vrid=11,
                             addresses=["192.0.2.9/24"]))
        for one in found:
            one.blocks = blocks
            one.extra = [f'notify "{self.script}"']
        found[-2].extra += ["track_script {", "weighs", "}"]
        return found

    def wanted(self):
        return {**super().wanted(), "inner": {"192.0.2.9/24"}}

    WORDS = {"active": "MASTER", "backup": "BACKUP", "fault": "FAULT"}

    def told_of(self, name):
        try:
            with open(os.path.join(self.told, name)) as file:
                return file.read().strip()
        except FileNotFoundError:
            return ""


SETTINGS = {kind.setting: kind for kind in (Supervised, Full, Blocked, Rich)}


class Ground:
    """Both routers, and what was done to them since mark(): `timeline`."""

    def __init__(self, lan, setting, file="small"):
        self.lan = lan
        self.setting = setting
        self.timeline, self.since = [], time.monotonic()
        self.orders = []  # that are under way
        self.begun = {}  # where the log of a daemon began
        self.closing = False
        self.daemons = [SETTINGS[setting](router, lan)
                        for router in lan.routers]
        for daemon in self.daemons:
            daemon.begin(file)
        # A child of node.c ends with the thread that started it, so one
        # thread starts all keepers after the first.
        self.thread = threading.Thread(target=self._supervise, daemon=True)
        self.thread.start()
        self.usual = None

    def close(self):
        self.closing = True
        self.thread.join()
        for order, _, _ in self.orders:
            order.kill()
            order.wait()

    def _supervise(self):
        ended = {}
        while not self.closing:
            for daemon in self.daemons:
                if daemon.child.poll() is None:
                    continue
                at = ended.setdefault(daemon, time.monotonic())
                if time.monotonic() - at >= RESTART_AFTER:
                    del ended[daemon]
                    self.note(daemon, "the keeper has ended with "
                              f"{daemon.child.returncode}; another is started")
                    daemon.again()
            time.sleep(0.01)

    def note(self, daemon, text):
        where = daemon.router.name[-1] if daemon else " "
        self.timeline.append(
            f"[{time.monotonic() - self.since:8.3f}] {where} {text}")

    def mark(self):
        """What is told of a round that does not settle begins here."""
        self.timeline, self.since = [], time.monotonic()
        for daemon in self.daemons:
            self.begun[daemon] = len(daemon.log())

    def order(self, daemon, *words):
        """Given, and not waited for."""
        self.note(daemon, f"baton {' '.join(words)}")
        child = subprocess.Popen(
            [daemon.binary("baton"), "--run-dir", daemon.run_dir, *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        self.orders.append((child, daemon, words))

    def collect(self):
        """Notes how the orders went that have ended."""
        for one in list(self.orders):
            child, daemon, words = one
            if child.poll() is None:
                continue
            said = child.communicate()[0].strip().splitlines()
            self.note(daemon, f"baton {' '.join(words)}: {child.returncode}: "
                      f"{said[-1] if said else ''}")
            self.orders.remove(one)

    def busy(self, daemon):
        return any(of is daemon for _, of, _ in self.orders)

    # What must be true in the end.

    def wrong(self):
        """What is not as it must be in the end: a list, and at last an
        empty one."""
        found, active = [], {}
        for daemon in self.daemons:
            where = daemon.router.name[-1]
            try:
                status = daemon.all_status()
            except (RuntimeError, OSError) as error:
                found.append(f"{where} does not answer: "
                             f"{str(error).splitlines()[0]}")
                continue
            found += [f"{where}: {one}" for one in (
                *self.wrong_status(daemon, status),
                *self.wrong_processes(daemon))]
            for i in status["instances"]:
                active.setdefault(i["name"], []).append(
                    (where, i["state"] == "active"))
        for name, of in active.items():
            if sum(is_so for _, is_so in of) != 1:
                found.append(f"Active of {name}: "
                             f"{[where for where, is_so in of if is_so]}")
        return found

    @staticmethod
    def wrong_status(daemon, status):
        wanted = daemon.wanted()
        states = {i["name"]: i["state"] for i in status["instances"]}
        if set(states) != set(wanted):
            yield f"serves {sorted(states)}, the file has {sorted(wanted)}"
            return
        if status["drained"]:
            yield "is drained"
        if status["trial_ends_in_ms"] is not None:
            yield "is on trial"
        for i in status["instances"]:
            if i["quarantined"]:
                yield f"{i['name']} is quarantined"
            elif i["state"] not in ("active", "backup"):
                yield f"{i['name']} is {i['state']}: {i['faults']}"
            has = {a["address"] for a in i["addresses"]}
            if has != wanted[i["name"]]:
                yield f"{i['name']} has {sorted(has)}"
        held = {f"{address}/{prefix}"
                for address, prefix in daemon.router.tagged(TAG)}
        due = set().union(*(wanted[name] for name, state in states.items()
                            if state == "active"))
        if held != due:
            yield f"the kernel has {sorted(held)}, due are {sorted(due)}"
        if isinstance(daemon, Rich):
            for name, state in states.items():
                if daemon.told_of(name) != daemon.WORDS.get(state):
                    yield (f"{name} is {state}, and "
                           f"{daemon.told_of(name)} was told")

    def wrong_processes(self, daemon):
        found = {name: len(pids) for name, pids in kinds(daemon).items()}
        # Whoever answers comes and goes, and so do scripts that are started.
        for name in {"ctl", "run"} & set(found):
            found[name] = 1
        if found != daemon.processes_expected:
            yield f"has the processes {found}"
        zombies = zombies_of(daemon.router)
        if zombies:
            yield f"zombies {zombies}"
        files = set(os.listdir(daemon.run_dir)) - MAY_BE_THERE
        if files != FILES_THERE:
            yield f"the run directory has {sorted(files)}"
        if self.usual is not None:
            usual, now = self.usual[daemon], census(daemon)
            for name in set(usual) & set(now):
                if now[name] != usual[name]:
                    yield (f"{name} has {difference(usual[name], now[name])}"
                           " since the start")

    def settled(self):
        """One look. Who waits for the end gives orders again that were lost
        with the keeper that had them."""
        self.collect()
        wrong = self.wrong()
        for text in wrong:
            if text not in self.seen:
                self.note(None, text)
        self.seen = wrong
        if wrong or self.orders:
            self.right_since = None
            self.help()
            return False
        if self.right_since is None:
            self.right_since = time.monotonic()
        return time.monotonic() - self.right_since > 2 * INTERVAL

    def await_end(self, alone=()):
        """`alone`: who comes back to its file without a reload."""
        self.seen, self.right_since, self.alone = [], None, alone
        self.helped = {daemon: time.monotonic() for daemon in self.daemons}

    def help(self):
        for daemon in self.daemons:
            if self.busy(daemon) or \
                    time.monotonic() - self.helped[daemon] < ASK_AGAIN:
                continue
            try:
                status = daemon.all_status()
            except (RuntimeError, OSError):
                continue
            out = status["drained"] or any(i["quarantined"]
                                           for i in status["instances"])
            if out:
                self.order(daemon, "undrain")
            elif daemon not in self.alone and self.to_be_read(daemon, status):
                self.order(daemon, "reload")
            else:
                continue
            self.helped[daemon] = time.monotonic()

    @staticmethod
    def to_be_read(daemon, status):
        """Whether it runs another configuration than the file has. One on
        trial returns by itself."""
        return status["trial_ends_in_ms"] is None and {
            i["name"]: {a["address"] for a in i["addresses"]}
            for i in status["instances"]} != daemon.wanted()

    def report(self):
        """The timeline, and what each knows of it."""
        parts = ["--- timeline:", *self.timeline]
        for daemon in self.daemons:
            if isinstance(daemon, Blocked):
                daemon.console.read()
            parts += [f"--- {daemon.router.name}: {kinds(daemon)}",
                      *events_of(daemon),
                      f"--- log of {daemon.router.name}:",
                      daemon.log()[self.begun.get(daemon, 0):][-12000:]]
        return "\n".join(parts)


def events_of(daemon):
    try:
        return [str(event) for event in daemon.events()[-40:]]
    except (RuntimeError, OSError) as error:
        return [f"no events: {str(error).splitlines()[0]}"]


def zombies_of(router):
    """Processes of the node that nobody waits for, by their names."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and stat_of(entry)[0] == "Z" and os.stat(
                    f"/proc/{entry}/ns/pid").st_ino == router._pidns:
                with open(f"/proc/{entry}/comm") as file:
                    found.append(file.read().strip())
        except OSError:
            continue
    return found


def census(daemon):
    """{kind of process: what the oldest has open, and ledgers that it maps}"""
    return {name: opened(name, pids[0]) for name, pids in kinds(daemon).items()
            if name in COUNTED}


def opened(name, pid):
    counts = Counter()
    try:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            counts[plain(os.readlink(f"/proc/{pid}/fd/{fd}"))] += 1
        with open(f"/proc/{pid}/maps") as file:
            counts["map"] += sum("baton-ledger" in line for line in file)
    except OSError:
        counts["gone"] += 1
    # One that was on trial keeps the configuration of before, until another
    # takes its place.
    if name == "vrrp":
        counts[MODEL] = min(counts[MODEL], 1)
    if name == "run":
        forget_scripts(counts)
    return counts


def forget_scripts(counts):
    """Each that runs, or has been told, has a few descriptors of `run`; but
    many are too many."""
    of_scripts = sum(counts.pop(key, 0)
                     for key in ("pipe", "anon_inode", "/dev/null"))
    if of_scripts > OF_SCRIPTS:
        counts["of scripts"] = of_scripts


def plain(link):
    """What a link of /proc/PID/fd says, without what is another each time."""
    return link.split(":[")[0].removesuffix(" (deleted)")


def difference(usual, now):
    return ", ".join(f"{now[key] - usual[key]:+d} {key}"
                     for key in sorted({*usual, *now})
                     if now[key] != usual[key])
