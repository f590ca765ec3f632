# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows: short plays on twins (twins.py), all of one scene at the same time.

A row has one or several virtual routers and says what happens to them. It is a
generator that is played once with keepalived and once with baton: what it
yields it waits for, a number of seconds or a condition, and what it returns is
what was observed. All rows of a scene are in one configuration, so they cost
one start and one stop.
"""

import datetime
import os
import re
import select
import signal
import time
from dataclasses import dataclass, field

import twins
from frames import advert, frame
from instruments import Pause
from lan import wait_for

INTERVAL = 0.2  # of virtual routers for which it does not matter
PATIENCE = 20   # seconds for one condition, on a machine with nothing else
# Times are judged at this interval.
SLOW = 0.6
# keepalived says that it is a Backup some time before its timers run.
START = 0.4
# How late what is judged may be, and how early, in seconds. keepalived does not
# run in real time and has to wait for the tests beside this one; how late that
# makes it is not judged here. Where it waits between the start of a timer and
# the word of its state, the timer seems to be early.
LATE, EARLY = 0.25, 0.04
THEIR_LATE, THEIR_EARLY = 3, 0.3

LETTERS = "abcd"  # of the virtual routers of a row

NOTE = "#!/bin/sh\necho \"$@\" >> /run/told\n"

GLOBAL = """global_defs {{
    router_id rows
    script_user root
    vrrp_notify_fifo /run/rows
    {0}
}}
"""

# What is told by an advertisement of another router, and what by a tracker.
NO_STATES = re.compile(r"_PRIORITY|MASTER_RX")


@dataclass
class Row:
    """`parts`: the virtual routers, as text with {name}, {vrid} and {net}.
    `shows`: what both show, or only keepalived where `baton` says what baton
    shows, and `why` for what reason."""

    number: str
    words: str
    shows: object
    play: object
    parts: list
    before: str = ""
    after: list = None  # the parts after a reload, if they change
    baton: object = None
    why: str = ""
    names: list = field(default_factory=list)
    first: int = 0  # the VRID of the first part

    def text(self, first, reloaded=False):
        parts = self.parts
        if reloaded and self.after is not None:
            parts = self.after
        self.first = first
        base = "r" + re.sub(r"\W", "", self.number)
        self.names = [f"{base}{letter}" for letter in LETTERS]
        words = {"group": f"{base}g", "net": f"10.77.{first}",
                 **{f"name{n}": name for n, name in enumerate(self.names)}}
        return fill(self.before, words) + "".join(
            fill(part, {**words, "name": name, "vrid": first + n,
                        "net": f"10.77.{first + n}"})
            for n, (part, name) in enumerate(zip(parts, self.names)))


def fill(text, words):
    for word, value in words.items():
        text = text.replace("{%s}" % word, str(value))
    return text


def part(*lines, priority=100, interval=INTERVAL, interface="eth0",
         state="BACKUP", version=3, addresses=("{net}.1/24",)):
    """A virtual router of a row, with more lines."""
    return "\n".join([
        "vrrp_instance {name} {", f"    interface {interface}",
        f"    state {state}", f"    version {version}",
        "    virtual_router_id {vrid}",
        *([f"    priority {priority}"] if priority else []),
        f"    advert_int {interval:g}", '    notify "/run/note.sh"',
        *(f"    {line}" for line in lines),
        "    virtual_ipaddress {", *(f"        {a}" for a in addresses),
        "    }", "}"]) + "\n"


def row(scene, number, words, *parts, **options):
    """Puts what follows into a scene."""
    def add(play):
        scene.append(Row(number, words, options.pop("shows"), play,
                         list(parts) or [part()], **options))
        return play
    return add


def group(*lines):
    return "\n".join([
        "vrrp_sync_group {group} {", "    group {", "        {name0}",
        "        {name1}", "    }", *(f"    {line}" for line in lines),
        "}"]) + "\n"


def number_file(name, text):
    """A file with a number that is tracked, of a row."""
    return f"""vrrp_track_file {name} {{
    file /run/{name}
    weight 1
    init_file {text}
}}
"""


def script(name, command, weight):
    return f"""vrrp_script {name} {{
    script "{command}"
    interval 1
    weight {weight}
}}
"""


def down(priority=100, interval=SLOW):
    """Active_Down_Interval, RFC 9568 6.1."""
    return round((3 + (256 - priority) / 256) * interval, 3)


class Twin:
    """One of the two, and all that was seen of it."""

    def __init__(self, lan, node, capture, injector):
        self.lan, self.node = lan, node
        self.capture, self.injector = capture, injector
        self.daemon = None
        self.lines = []   # (time, words) of the FIFO
        self.sent = {}    # {VRID: [(time, Packet)]}
        self.heard = {}   # the same, of others
        self.packets = 0
        self.fifo, self.rest = None, b""
        self.passed = False  # the barrier
        self.write("note.sh", NOTE)
        os.chmod(self.path("note.sh"), 0o755)

    def path(self, name):
        """Where a file below /run of the node is for us."""
        return os.path.join(self.node.directory, "run", name)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)

    def look(self):
        self.read_fifo()
        packets = self.capture.packets()
        for packet in packets[self.packets:]:
            if packet.vrrp:
                by = self.heard if packet.toward else self.sent
                by.setdefault(packet.vrrp.vrid, []).append(
                    (packet.time / 1e9, packet))
        self.packets = len(packets)

    def read_fifo(self):
        try:
            inode = os.stat(self.path("rows")).st_ino
        except FileNotFoundError:
            inode = None
        if self.fifo is None:
            if inode is None:
                return
            self.fifo = os.open(self.path("rows"),
                                os.O_RDONLY | os.O_NONBLOCK)
        try:
            data = os.read(self.fifo, 65536)
        except BlockingIOError:
            data = b""
        if not data and inode != os.fstat(self.fifo).st_ino:
            os.close(self.fifo)  # it was made anew, in a reload
            self.fifo = None
        *lines, self.rest = (self.rest + data).split(b"\n")
        at = time.monotonic()
        self.lines += [(at, line.decode().replace('"', "").split())
                       for line in lines]

    def told(self):
        """What the notify scripts were told, in no order: keepalived runs
        them all at the same time."""
        try:
            with open(self.path("told")) as file:
                return sorted(file.read().splitlines())
        except FileNotFoundError:
            return []


class It:
    """A row as it is played with one of the two."""

    def __init__(self, row, twin, late, is_baton):
        self.row, self.twin, self.baton = row, twin, is_baton
        self.late = late
        self.node = twin.node
        self.result, self.waits = None, False

    def barrier(self):
        """A condition: all rows are here, and the scene has moved on."""
        self.waits = True
        return lambda: self.twin.passed

    def lines(self):
        """[(time, which, STATE, priority)] of the FIFO; which is a letter, or
        "group"."""
        found = []
        for at, (kind, name, state, priority) in self.twin.lines:
            if name in self.row.names or name == self.row.names[0][:-1] + "g":
                found.append((at, "group" if kind == "GROUP" else name[-1],
                              state, int(priority)))
        return found

    def states(self, which="a"):
        """The states of a member or the group so far."""
        return [state for _, one, state, _ in self.lines()
                if one == which and not NO_STATES.search(state)]

    def order(self):
        """All changes so far, as "a MASTER"."""
        return [f"{one} {state}" for _, one, state, _ in self.lines()
                if not NO_STATES.search(state)]

    def is_in(self, *states, which="a"):
        """A condition: these states, and no others, were told."""
        return lambda: self.states(which) == list(states)

    def has(self, state, which="a", times=1):
        """A condition: the state was told so often, and is the last."""
        return lambda: self.states(which)[-1:] == [state] and \
            self.states(which).count(state) >= times

    def began(self, which="a"):
        """When it became a Backup. baton tells it by another process, which
        may still be starting, so there it is the time of the event."""
        if not self.baton:
            return next(at for at, one, _, _ in self.lines() if one == which)
        name = self.row.names[LETTERS.index(which)]
        event = next(e for e in self.twin.daemon.events()
                     if e["type"] == "state" and e["instance"] == name)
        return self.since(
            datetime.datetime.fromisoformat(event["time"]).timestamp())

    @staticmethod
    def since(real):
        """The time of day as a time of here."""
        return real - time.time() + time.monotonic()

    def sent(self, which="a", since=0):
        """[(time, priority)] of its advertisements."""
        vrid = self.row.first + LETTERS.index(which)
        return [(at, packet.vrrp.priority)
                for at, packet in self.twin.sent.get(vrid, [])
                if at >= since]

    def heard(self):
        """When it was sent advertisements of another router."""
        return [at for at, _ in self.twin.heard.get(self.row.first, [])]

    def priorities(self, which="a", since=0):
        """Those of its advertisements, each once where they repeat; a
        priority 0 counts each time."""
        found = []
        for _, priority in self.sent(which, since):
            if priority == 0 or found[-1:] != [priority]:
                found.append(priority)
        return found

    def gaps(self, which="a", since=0):
        times = [at for at, _ in self.sent(which, since)]
        return [b - a for a, b in zip(times, times[1:])]

    def advert(self, priority, which="a", interval=INTERVAL, source=None,
               ttl=255, destination=None, addresses=None):
        """An advertisement of another router."""
        source = source or "192.0.2.66"
        number = LETTERS.index(which) + self.row.first
        self.twin.injector.send(frame(source, advert(
            source, addresses or [f"10.77.{number}.1"], vrid=number,
            priority=priority, interval=interval, pseudo=True,
            destination=destination), ttl=ttl, destination=destination))

    def net(self, which="a"):
        return f"10.77.{self.row.first + 'abcdefgh'.index(which)}"

    def link(self, number, up):
        lan, node = self.twin.lan, self.node
        lan.netlink.up([lan.switch.index(lan.port_name(node, number))], up)

    def near(self, seconds, expected, late=LATE, early=EARLY):
        """The expected time, if it is that; else what it was."""
        if self.baton:
            late += self.late()
        else:
            late, early = THEIR_LATE, THEIR_EARLY
        return expected if expected - early <= seconds <= expected + late \
            else round(seconds, 3)

    def holds(self, which="a"):
        return self.node.holds(f"{self.net(which)}.1")


class Played:
    """A generator, and what it waits for."""

    def __init__(self, it):
        self.it = it
        self.generator = it.row.play(it)
        self.due, self.condition, self.counted = 0, None, 0
        self.value = None
        self.go_on()

    def go_on(self):
        try:
            wanted = self.generator.send(self.value)
        except StopIteration as end:
            self.it.result, self.generator = end.value, None
            return
        self.value, self.counted = None, 0
        self.condition = wanted if callable(wanted) else None
        self.due = time.monotonic() + (0 if callable(wanted) else wanted)

    def turn(self, passed):
        """Whether it is at its end."""
        at = time.monotonic()
        if self.generator and self.condition:
            self.counted += passed
            if at < self.due:
                return False
            self.value = self.condition()
            # To ask the kernel by a process costs more than to look.
            self.due = at + 10 * (time.monotonic() - at)
            if self.value:
                self.go_on()
            elif self.counted > PATIENCE * max(
                    1, os.getloadavg()[0] / os.cpu_count()):
                self.it.result, self.generator = "waits", None
        elif self.generator and at >= self.due:
            self.go_on()
        return not self.generator


class Stage(twins.Twins):
    """A scene: twins, and the rows that are played there."""

    def __init__(self, make_lan, rows, *global_lines, links=1, more=""):
        super().__init__(make_lan, links=links)
        self.twins = [Twin(*one) for one in zip(
            self.lans, self.nodes, self.captures, self.injectors)]
        chosen = os.environ.get("BATON_ROWS", "").split(",")
        self.rows = [row for row in rows
                     if row.number in chosen or chosen == [""]]
        self.global_lines, self.more = global_lines, more
        self.pause, self.slowest = Pause(self.lans[0]), 0

    def text(self, reloaded=False):
        first, found = 10, []
        for row in self.rows:
            found.append(row.text(first, reloaded))
            first += max(len(row.parts), len(row.after or []))
        return GLOBAL.replace("{{", "{").replace("}}", "}").replace(
            "{0}", "\n    ".join(self.global_lines)) + self.more \
            + "".join(found)

    def play(self):
        """Plays all rows; [[what keepalived and baton showed] of each]."""
        self.start(self.text())
        for twin, daemon in zip(self.twins, self.daemons):
            twin.daemon = daemon
        self.plays = plays = [[Played(It(row, twin, self.late, number == 1))
                  for number, twin in enumerate(self.twins)]
                 for row in self.rows]
        self.until(lambda passed: all([one.turn(passed) for both in plays
                                       for one in both]))
        return [[one.it.result for one in both] for both in plays]

    def pass_barrier(self, number, twin):
        """Once all rows of a twin that are not at their end wait for it."""
        waiting = [both[number] for both in self.plays
                   if both[number].generator]
        if waiting and not twin.passed and \
                all(one.it.waits for one in waiting):
            self.at_barrier(twin)
            twin.passed = True

    def at_barrier(self, twin):
        """What the scene does then."""

    def reload(self, twin):
        """All rows have what comes after."""
        name = "keepalived.conf" if twin is self.twins[0] else "baton.conf"
        twin.daemon.file(name, self.text(reloaded=True))
        twin.daemon.signal(signal.SIGHUP)

    def late(self):
        """For how long at most the machine stood still, or did not let this
        program run: it competes for the processor as keepalived does."""
        return self.pause.longest() / 1e9 + self.slowest

    def until(self, is_over):
        """Looks at everything until it is over."""
        last = time.monotonic()
        while True:
            for number, twin in enumerate(self.twins):
                twin.look()
                self.pass_barrier(number, twin)
            at = time.monotonic()
            self.slowest = max(self.slowest, at - last)
            if is_over(min(at - last, 0.1)):
                return
            last = at
            select.select([twin.fifo for twin in self.twins
                           if twin.fifo is not None], [], [], 0.005)

    def told_as_written(self):
        """Scripts are told what the FIFO is: waits until that is so."""
        def is_so():
            for twin in self.twins:
                twin.look()
            return all(self.lines_of(twin) == twin.told()
                       for twin in self.twins)
        wait_for(is_so, 10, "scripts to be told what is in the FIFO")

    def unlike(self):
        """VRIDs whose advertisements differ in more than time and priority,
        of those that both have sent."""
        def kinds(packets):
            return {(p.vrrp.version, p.vrrp.interval, p.vrrp.auth_type
                     if p.vrrp.version == 2 else 0, tuple(p.vrrp.addresses),
                     p.source, p.destination, p.ttl, p.tos, p.eth_source)
                    for _, p in packets}
        one, other = (twin.sent for twin in self.twins)
        return {vrid: [kinds(one[vrid]), kinds(other[vrid])]
                for vrid in one.keys() & other.keys()
                if kinds(one[vrid]) != kinds(other[vrid])}

    @staticmethod
    def lines_of(twin):
        return sorted(" ".join(words) for _, words in twin.lines
                      if words[0] == "INSTANCE"
                      and not NO_STATES.search(words[2]))


def wrong(rows, shown):
    """What is not as the rows say, a line each."""
    found = []
    for row, (keepalived, baton) in zip(rows, shown):
        expected = row.shows if row.baton is None else row.baton
        if keepalived != row.shows:
            found.append(f"row {row.number}, {row.words}: keepalived shows "
                         f"{keepalived}, not {row.shows}")
        if baton != expected:
            found.append(f"row {row.number}, {row.words}: baton shows "
                         f"{baton}, not {expected}")
    return found


def play(stage):
    """Plays the rows of a scene, and judges what was shown."""
    found = wrong(stage.rows, stage.play())
    if not found:
        stage.told_as_written()
        found = stage.unlike()
    stage.stop()
    assert not found, found
