# SPDX-License-Identifier: GPL-2.0-or-later
"""The scene of the tests that nothing costs a packet: two routers, a host
that asks, and a listener on the wire.

Three virtual routers, at 1 s, 100 ms and 10 ms, are judged by themselves: a
host asks each of their addresses a thousand times a second (five hundred times
those of a debug build). In a crowd hundreds are in one process; of the others
the wire and the peer are judged. A debug build starts and dies slowly, so there
the intervals are longer.
"""

import contextlib
import mmap
import os
import re
import signal
import struct
import time

from daemons import Baton, Instance
from instruments import MS, Listen, Probe, Watch, allowance, discarded
from lan import now, stat_of, wait_for

# Whether more than a few rounds are wanted (make soak-gapless). A thousand are
# most of the work of a test, and it is the kernel's.
LONG = int(os.environ.get("BATON_ROUNDS", "1")) > 2
SIZES = ["three", "crowd", *(["rich"] if LONG else [])]
LINKS = 4
VRIDS = 250 if LONG else 50  # on each link
CROWD = LINKS * VRIDS


def sanitized():
    """Whether the daemon is a debug build."""
    with open(Baton.binary("batond"), "rb") as file:
        return b"__asan_init" in file.read()


DEBUG = Baton.is_built() and sanitized()


def intervals(crowd):
    """Of slow, fast and quick, and of the others, in seconds. A `vrrp` with
    sanitizers needs 100 to 300 ms to take the place of one that was killed,
    and the peer must be more patient than that."""
    if not DEBUG:
        return {"slow": 1, "fast": 0.1, "quick": 0.01, "others": 0.1}
    return {"slow": 0.5, "fast": 0.3, "quick": 0.3 if crowd else 0.15,
            "others": 1}


# To ask is much of the work of a test, and a debug build is judged by hundreds
# of milliseconds.
ASKED_EVERY_US = 2000 if DEBUG else 1000

# How late an advertisement may be, in intervals of its instance: the promise,
# and what a debug build keeps of it. At 10 ms: what a Backup of priority 100
# waits (RFC 9568 6.1).
LATEST = {"slow": 2 if DEBUG else 1.5, "fast": 3 if DEBUG else 1.5,
          "quick": 3.6, "others": 3 if DEBUG else 1.5}


def kind_of(name):
    return name if name in LATEST else "others"


def instances(priority, base="192.0.2", crowd=False, **options):
    """The three; in a crowd with all the others."""
    every = intervals(crowd)
    found = [Instance(name=name, vrid=vrid, interval=every[name],
                      priority=priority, addresses=[f"{base}.{number}/24"],
                      **options)
             for name, vrid, number in (("slow", 10, 1), ("fast", 11, 2),
                                        ("quick", 12, 3))]
    return found + (others(priority, **options) if crowd else [])


RICH_SCRIPT = """vrrp_script good {
    script "/bin/true"
    interval 1
    user root
}"""
RICH_GROUP = """vrrp_sync_group both {
    group {
        inside
        outside
    }
    track_script {
        good
    }
    notify "/bin/true group" root
}"""


def rich(priority, base="192.0.2"):
    """The three, with what users have in their files: scripts, a route, a
    rule, unicast; and a sync group beside them."""
    own, peer = ("11", "12") if priority == 200 else ("12", "11")
    found = instances(priority, base)
    slow, fast, quick = found
    slow.blocks = (RICH_SCRIPT,)
    slow.extra = ["track_script {", "good", "}",
                  'notify "/bin/true all" root',
                  'notify_master "/bin/true one" root',
                  "virtual_routes {", "203.0.113.0/24 dev lan0", "}",
                  "virtual_rules {", "from 203.0.113.0/24 table 77", "}"]
    fast.extra = [f"unicast_src_ip {base}.{own}",
                  "unicast_peer {", f"{base}.{peer}", "}"]
    quick.extra = ['notify "/bin/true quick" root']
    return found + [
        Instance(name=name, vrid=vrid, interval=intervals(False)["fast"],
                 priority=priority, addresses=[f"{base}.{number}/24"],
                 blocks=(RICH_SCRIPT, RICH_GROUP))
        for name, vrid, number in (("inside", 20, 4), ("outside", 21, 5))]


def others(priority, **options):
    """The crowd, without VRIDs 10 to 12 of the first link."""
    return [Instance(name=f"l{link}v{vrid}", vrid=vrid,
                     interval=intervals(True)["others"], priority=priority,
                     interface=f"lan{link}",
                     addresses=[f"10.{link}.1.{vrid}/24"], **options)
            for link in range(LINKS)
            for vrid in range(1, VRIDS + 1)
            if link or vrid not in (10, 11, 12)]


class Scene:
    """An Active and a Backup, probes of three addresses, a listener, and a
    watch over the Active's kernel. What the Active is, `daemon` says, a kind
    of Baton."""

    def __init__(self, lan, crowd=False, daemon=Baton, lines=(),
                 peer=Baton, is_rich=False):
        self.lan = lan
        self.crowd = crowd
        self.is_rich = is_rich
        self.base = "10.0.0" if crowd else "192.0.2"
        a, b = lan.routers
        self.watch = Watch(a)
        self.first = daemon(a).start(self.instances(200), lines)
        self.wait_state(self.first, "active")
        self.second = peer(b).start(self.instances(100))
        self.wait_state(self.second, "backup")
        asked = self.first.instances[:3]
        self.probes = dict(zip(
            (i.name for i in asked),
            Probe.several(lan.host, [i.service for i in asked],
                          ASKED_EVERY_US, [a.address(), b.address()])))
        for probe in self.probes.values():
            probe.wait_answer(now(), 5)
        self.wire = Listen(lan, a)
        self.names = [i.name for i in self.first.instances]
        self.intervals = {
            (lan_number(i.interface), i.family, i.vrid):
            (i.name, i.interval_ns) for i in self.first.instances}
        self.wait_heard()
        self.mark()

    def instances(self, priority):
        if self.is_rich:
            return rich(priority, self.base)
        return instances(priority, self.base, self.crowd)

    def wait_heard(self):
        """Until the wire has heard each virtual router."""
        wait_for(lambda: set(self.intervals) <= set(self.wire.report().gaps),
                 10, "an advertisement of each")

    def mark(self):
        """Judged is what happens from here."""
        self.since = now()
        self.wire.mark()
        self.discarded = discarded()
        self.before = self.became_active()

    def became_active(self):
        """How often the peer became the Active of each."""
        return {i["name"]: i["counters"]["became_active"]
                for i in self.second.all_status()["instances"]}

    def nothing_lost(self, *but):
        """Every question since the mark was answered, `but` these; the kernel
        discards some of any network when another one is flooded."""
        # The newest may yet be on its way.
        until = now()
        paused = allowance(self.wire.machine.longest())
        for name, probe in self.probes.items():
            if name in but:
                continue
            probe.wait_answer(until, 5)
            report = probe.report(self.since, until, paused)
            assert report["sent"] > 0
            assert report["lost"] <= discarded() - self.discarded, (
                name, report)

    def no_transition(self, *but):
        """The peer saw none, and the wire neither a resignation nor an
        advertisement that was late; `but` of these."""
        self.in_time(None, *but)
        seen = self.became_active()
        assert {name: count for name, count in seen.items()
                if name not in but} \
            == {name: count for name, count in self.before.items()
                if name not in but}

    def in_time(self, late=None, *but):
        """`late`: nanoseconds over the interval, instead of LATEST."""
        report = self.wire.report()
        assert report.lost == 0, "the listener heard all"
        wrong = [(name, "priority 0") for key, (name, _)
                 in self.intervals.items()
                 if report.resigns[key] and name not in but]
        for key, (name, interval) in self.intervals.items():
            if name in but:
                continue
            most = interval + late if late is not None \
                else LATEST[kind_of(name)] * interval
            if discarded() > self.discarded:
                most += interval  # one of them
            if report.gaps[key] > most + report.allowance:
                wrong.append((name, f"{report.gaps[key] / MS:.1f} ms"))
        assert not wrong, (len(wrong), wrong[:5],
                           f"the machine: {report.paused / MS:.1f} ms")

    def wait_state(self, daemon, state):
        wait_all(daemon, state)

    def wait_roles(self, active, backup):
        self.wait_state(active, "active")
        self.wait_state(backup, "backup")


def wait_all(daemon, state):
    """Until all of its virtual routers are in that state. The status of a
    crowd is long, so two that move with the others are asked for first."""
    ends = {daemon.instances[0].name, daemon.instances[-1].name}
    others = []

    def all_are():
        found = {name: daemon.state(name) for name in ends}
        if set(found.values()) == {state}:
            found = {i["name"]: i["state"]
                     for i in daemon.all_status()["instances"]}
        others[:] = [(name, other) for name, other in found.items()
                     if other != state]
        return not others
    try:
        wait_for(all_are, 15, f"{daemon.router.name} {state}", 0.02)
    except AssertionError as error:
        raise AssertionError(f"{error}: {len(others)} are not: "
                             f"{others[:5]}") from None


def make_scene(make_lan, size, **options):
    """`size`: "three", "rich" or "crowd"."""
    if size != "crowd":
        return Scene(make_lan(), is_rich=size == "rich", **options)
    return Scene(make_lan(many=True, links=LINKS), crowd=True, **options)


def held(node):
    """The addresses that its kernel has."""
    return {info["local"] for info in node.addresses()}


def lan_number(interface):
    return int(re.sub(r"\D", "", interface))


def kinds(daemon):
    """{name: its processes, the oldest first}. While somebody asks, ctl has
    a second one."""
    found = {}
    for pid, words in daemon.processes().items():
        kind = re.search(r": *(\w+)", words[0])
        found.setdefault(kind.group(1) if kind else "keeper", []).append(pid)
    return found


def ids(daemon):
    """{name: pid} of its processes; the oldest of each kind."""
    return {name: pids[0] for name, pids in kinds(daemon).items()}


def complete(daemon):
    """Whether all its processes are there, and none is under way to take the
    place of another: the kinds(), or None."""
    found = kinds(daemon)
    return found if set(found) - {"run", "mail"} == {"keeper", "vrrp", "ctl"} \
        and len(found["keeper"]) == len(found["vrrp"]) == 1 else None


def serving(daemon):
    """Who keeps and who serves. (ctl comes and goes as it is asked.)"""
    found = ids(daemon)
    return found["keeper"], found["vrrp"]


@contextlib.contextmanager
def ledger_of(pid):
    """The shared memory of a vrrp process (ledger/records.h), writable."""
    directory = f"/proc/{pid}/fd"
    path = next(os.path.join(directory, fd) for fd in os.listdir(directory)
                if "baton-ledger" in os.readlink(os.path.join(directory, fd)))
    with open(path, "r+b") as file, \
            mmap.mmap(file.fileno(), 0) as ledger:
        yield ledger


# ledger/records.h: magic, major, sections; and of a section: kind, stride,
# count, book, offset. Kinds are numbered from 1.
LEDGER_HEAD = struct.Struct("=QII")
LEDGER_SECTION = struct.Struct("=IIIIQ")
(KINDS, CONFIGURED, WANTED, TEXTS, SERVER, RECORDS, CORES, COUNTERS, HELD,
 RING) = range(1, 11)
RUNNER = 15
TOLD = 18  # to scripts: how many changes, of each that is followed


def sections_of(ledger):
    """{kind: (where its entry is, stride, count, offset)}"""
    _, _, count = LEDGER_HEAD.unpack_from(ledger)
    found = {}
    for n in range(count):
        at = LEDGER_HEAD.size + n * LEDGER_SECTION.size
        kind, stride, records, _, offset = LEDGER_SECTION.unpack_from(
            ledger, at)
        found[kind] = at, stride, records, offset
    return found


def record_of(ledger, name):
    """Where the record of an instance is; its sequence comes first."""
    known = sections_of(ledger)
    _, stride, count, configured = known[CONFIGURED]
    texts = known[TEXTS][3]
    for n in range(count):
        text, = struct.unpack_from("=I", ledger, configured + n * stride)
        end = ledger.find(b"\0", texts + text)
        if ledger[texts + text:end].decode() == name:
            return known[RECORDS][3] + n * known[RECORDS][1]
    raise AssertionError(f"no record of {name}")


def settle(seconds=0.3):
    """Time in which a fault would show: a few short intervals."""
    time.sleep(seconds)


def replaced(daemon, *names, old):
    """Until each of these is another process, and all are there."""
    def other():
        found = complete(daemon)
        return found and all(old.get(name) not in found[name]
                             for name in names)
    wait_for(other, 15 if DEBUG else 8,
             f"another {' and '.join(names)} process")


def stops(pid):
    """Whether it could be stopped before it had ended."""
    try:
        os.kill(pid, signal.SIGSTOP)
        wait_for(lambda: stat_of(pid)[0] in "TZX", 20, "it stands still")
        return stat_of(pid)[0] == "T"
    except (FileNotFoundError, ProcessLookupError):
        return False


def start_again(daemon):
    """A new batond on the same run directory."""
    daemon.child.wait(5)
    daemon.start_file(os.path.join(daemon.directory, "baton.conf"))
