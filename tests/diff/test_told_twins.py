# SPDX-License-Identifier: GPL-2.0-or-later
"""The same file under keepalived and under baton, at the same time: scripts are
told the same, in the same order, and who reads a FIFO, written for keepalived,
reads the same lines."""

import fcntl
import os
import shutil
import signal

import pytest

import twins
from daemons import Baton
from frames import advert, frame
from lan import wait_for

pytestmark = pytest.mark.skipif(
    not Baton.is_built() or not shutil.which("keepalived"),
    reason="batond is not built, or there is no keepalived")

# As users have it: it knows nothing but the lines.
READER = """#!/bin/sh
echo "reader $*" >> /run/readers
for fifo; do :; done
while read -r kind name state priority
do echo "$kind $name $state $priority" >> /run/lines
done < "$fifo"
"""

NOTE = """#!/bin/sh
word=$1
shift
echo "$@" >> /run/told.$word
"""

GLOBAL = """
global_defs {
    router_id twin
    script_user root
    notify_fifo /run/all
    vrrp_notify_fifo /run/vrrp
    vrrp_notify_fifo_script "/run/reader.sh own"
    fifo_write_vrrp_states_on_reload
}
"""

WORDS = ("", "_master", "_backup", "_fault", "_stop", "_deleted",
         "_master_rx_lower_pri")

GATE = """
vrrp_instance gate {
    state BACKUP
    interface eth0
    version 3
    virtual_router_id 40
    priority 100
    advert_int 0.4
""" + "".join(f'    notify{word} "/run/note.sh notify{word} \'own word\'"\n'
              for word in WORDS) + """
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"""


class Told(twins.Twins):
    def begin(self, text):
        for node in self.nodes:
            for name, script in (("reader.sh", READER), ("note.sh", NOTE)):
                path = self.path(node, name)
                with open(path, "w") as file:
                    file.write(script)
                os.chmod(path, 0o755)
        self.start(text)

    @staticmethod
    def path(node, name):
        return os.path.join(node.directory, "run", name)

    def of(self, name):
        """What both have written to a file."""
        def lines(node):
            try:
                with open(self.path(node, name)) as file:
                    return file.read().splitlines()
            except FileNotFoundError:
                return []
        return [lines(node) for node in self.nodes]

    def wait_file(self, name, expected, timeout=5, held=False):
        """`held`: what comes next waits, so that this is seen."""
        def is_so():
            if held:
                self.hold()
            theirs, ours = self.of(name)
            if name.startswith("told."):
                # keepalived starts a script beside one that still runs.
                return (sorted(theirs), ours) == (sorted(expected), expected)
            return theirs == ours == expected
        try:
            wait_for(is_so, timeout)
        except AssertionError:
            raise AssertionError(
                f"{name}: {self.of(name)}, not {expected}") from None

    def open(self, name):
        """A FIFO of both, to read it."""
        return [os.open(self.path(node, name), os.O_RDONLY | os.O_NONBLOCK)
                for node in self.nodes]

    def advert(self, priority, interval=1):
        self.send(frame("192.0.2.66", advert(
            "192.0.2.66", ["192.0.2.1"], vrid=40, priority=priority,
            interval=interval, pseudo=True)))

    def hold(self):
        """Another router: both stay Backups for 14 s, or until let_go()."""
        self.advert(200, interval=4)

    def let_go(self):
        self.advert(0)

    def reload(self):
        for daemon in self.daemons:
            daemon.signal(signal.SIGHUP)


def test_a_life(make_lan):
    both = Told(make_lan)
    both.begin(GLOBAL + GATE)
    lines = []

    def told(*states, held=False):
        lines.extend(f'INSTANCE "gate" {state} 100' for state in states)
        both.wait_file("lines", lines, timeout=15, held=held)
    told("BACKUP", "MASTER")
    both.advert(200)  # the last word of another
    told("BACKUP", "MASTER")
    for lan, node in zip(both.lans, both.nodes):
        lan.carrier_down(node)
    told("FAULT")
    for lan, node in zip(both.lans, both.nodes):
        lan.carrier_up(node)
    told("BACKUP", held=True)
    both.reload()
    told("BACKUP", held=True)
    both.let_go()
    told("MASTER")
    # keepalived starts who reads once more, though it reads on.
    assert both.of("readers") == [["reader own /run/vrrp"] * times
                                  for times in (2, 1)]
    readers = both.open("all")
    both.stop()
    lines.append('INSTANCE "gate" STOP 100')
    # keepalived made it anew in the reload.
    for fd, begin in zip(readers, (-3, 0)):
        assert os.read(fd, 4096).decode().splitlines() == lines[begin:]
        os.close(fd)
    # keepalived ends the script before it has read that.
    wait_for(lambda: both.of("lines")[1] == lines, 5, "STOP to be read")
    assert both.of("lines")[0] == lines[:-1]
    states = [line.split()[2] for line in lines]
    del states[6]  # that of the reload is for FIFOs alone
    both.wait_file("told.notify", [f"own word INSTANCE gate {state} 100"
                                   for state in states])
    for word in WORDS[1:]:
        both.wait_file(f"told.notify{word}", ["own word"] * states.count(
            word[1:].upper()))
    for name in ("vrrp", "all"):
        assert not any(os.path.exists(both.path(node, name))
                       for node in both.nodes)


FILES = """
track_file number {
    file /run/number
    weight 1
}
"""

# What is told of one that a reload removes.
OTHERS = [
    ("plain", "notify \"/run/note.sh plain\"",
     ["BACKUP", "MASTER", "FAULT"]),
    ("bare", "notify \"/run/note.sh bare\"\nnotify_deleted",
     ["BACKUP", "MASTER", "DELETED"]),
]


def other(name, vrid, more):
    return f"""
vrrp_instance {name} {{
    interface eth0
    version 3
    virtual_router_id {vrid}
    priority 90
    advert_int 0.4
    {more}
    virtual_ipaddress {{
        192.0.2.{vrid}/24
    }}
}}
"""


def test_remarks_and_what_is_removed(make_lan):
    both = Told(make_lan)
    for node in both.nodes:
        with open(both.path(node, "number"), "w") as file:
            file.write("0\n")
    tracks = GATE.replace("advert_int 0.4", "advert_int 1").replace(
        "    virtual_ipaddress", """
    notify_priority_changes
    track_file {
        number
    }
    virtual_ipaddress""")
    conf = GLOBAL + FILES + tracks
    both.begin(conf + "".join(
        other(name, 41 + n, more) for n, (name, more, _) in enumerate(OTHERS)))
    lines = []

    def told(state, priority=100, held=False):
        def are_read():
            if held:
                both.hold()
            return [[line for line in of if '"gate"' in line]
                    for of in both.of("lines")] == [lines] * 2
        lines.append(f'INSTANCE "gate" {state} {priority}')
        wait_for(are_read, 15, f"{lines} to be read")

    def number(text):
        for node in both.nodes:
            path = both.path(node, "number")
            with open(path + ".new", "w") as file:
                file.write(text)
            os.rename(path + ".new", path)
    told("BACKUP", held=True)
    number("5")
    told("BACKUP_PRIORITY", 105, held=True)
    both.let_go()
    told("MASTER", 105)
    number("7")
    told("MASTER_PRIORITY", 107)
    both.advert(50)
    told("MASTER_RX_LOWER_PRI", 107)
    both.wait_file("told.notify_master_rx_lower_pri", ["own word"])
    number("-254")
    told("FAULT", 107)
    number("9")
    told("BACKUP", 109, held=True)  # and nothing of the priority
    both.let_go()
    told("MASTER", 109)
    for _ in range(2):
        both.advert(50)
        told("MASTER_RX_LOWER_PRI", 109)
    for name, _, _ in OTHERS:
        both.wait("active", name)

    for daemon, name in zip(both.daemons, ("keepalived.conf", "baton.conf")):
        daemon.file(name, conf)
    both.reload()
    for name, _, states in OTHERS:
        both.wait_file(f"told.{name}", [f"INSTANCE {name} {state} 90"
                                        for state in states], timeout=10)
    wait_for(lambda: all(
        [line for line in of if '"bare"' in line][-1:]
        == ['INSTANCE "bare" DELETED 90'] for of in both.of("lines")), 5,
        "DELETED to be read")


GROUP = """
vrrp_sync_group both {
    group {
        gate
        other
    }
    notify "/run/note.sh group own"
    notify_master "/run/note.sh group_master"
    notify_fault "/run/note.sh group_fault"
}
"""


def test_a_group(make_lan):
    both = Told(make_lan)
    both.begin(GLOBAL + GROUP + GATE + other("other", 41, ""))
    gate, two = ("INSTANCE", "gate"), ("INSTANCE", "other")
    group = ("GROUP", "both")

    def lines(*told):
        return [f'{kind} "{name}" {state} {priority}'
                for kind, name, state, priority in told]
    begin = lines((*group, "BACKUP", 0), (*gate, "BACKUP", 100),
                  (*two, "BACKUP", 90))
    wait_for(lambda: both.of("lines") == [
        # keepalived tells a group before its members, but only in the begin.
        begin, [*begin[1:], begin[0]]], 10, "the begin to be told")
    rest = lines((*two, "MASTER", 90), (*gate, "MASTER", 100),
                 (*group, "MASTER", 0))
    wait_for(lambda: [of[3:] for of in both.of("lines")] == [rest] * 2, 15,
             "MASTER to be told")
    both.advert(200)  # to gate
    rest += lines((*gate, "BACKUP", 100), (*two, "BACKUP", 90),
                  (*group, "BACKUP", 0))
    wait_for(lambda: [of[3:9] for of in both.of("lines")] == [rest] * 2, 15,
             "BACKUP to be told")
    both.stop()
    for daemon, words in zip(both.daemons, both.of("told.group")):
        states = [line.split()[3] for line in words]
        if daemon is both.baton:
            assert states[:3] == ["BACKUP", "MASTER", "BACKUP"]
            assert states[-1] == "STOP"
        # keepalived starts a script beside one that still runs.
        assert {"BACKUP", "MASTER", "STOP"} <= set(states)
        assert {line.rsplit(" ", 2)[0] for line in words} == {
            "own GROUP both"}
    # Another time if the stop comes more than 3 s after the one of 200.
    assert [of[:1] for of in both.of("told.group_master")] == [[""]] * 2


SMALL = 4096  # bytes, the smallest pipe that there is
FULL = [f"i{n}_" + "x" * 50 for n in range(16)]
CYCLE = ["BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER"]


def states_of(lines):
    """{name: [states]} of lines of a FIFO."""
    found = {name: [] for name in FULL}
    for line in lines:
        _, name, state, _ = line.replace('"', "").split()
        found[name].append(state)
    return found


def test_a_fifo_that_nobody_reads(make_lan):
    """Nobody waits for it. keepalived loses what does not fit; baton writes
    the last of it when there is room again."""
    both = Told(make_lan)
    pipes, lines = [], ([], [])
    for node in both.nodes:
        os.mkfifo(both.path(node, "all"), 0o600)
        pipes.append(os.open(both.path(node, "all"),
                             os.O_RDWR | os.O_NONBLOCK))
        fcntl.fcntl(pipes[-1], fcntl.F_SETPIPE_SZ, SMALL)

    def each(act):
        for lan, node in zip(both.lans, both.nodes):
            act(lan)(node)

    def told(times):
        wait_for(lambda: [len(of) for of in both.of("told.full")]
                 == [times * len(FULL)] * 2, 15, f"{times} calls each")

    def read(number):
        try:
            lines[number].extend(
                os.read(pipes[number], 65536).decode().splitlines())
        except BlockingIOError:
            pass
        return states_of(lines[number])

    def all_say(number, state):
        return all(states[-1:] == [state]
                   for states in read(number).values())
    both.begin("global_defs {\n    router_id twin\n    script_user root\n"
               "    notify_fifo /run/all\n}\n" + "".join(
                   other(name, 41 + n, 'notify "/run/note.sh full"')
                   for n, name in enumerate(FULL)))
    told(2)
    each(lambda lan: lan.carrier_down)
    told(3)
    each(lambda lan: lan.carrier_up)
    told(len(CYCLE))
    before = [len(capture.adverts()) for capture in both.captures]
    wait_for(lambda: all(len(capture.adverts()) > count + 3 * len(FULL)
                         for capture, count in zip(both.captures, before)),
             5, "advertisements of all")
    kept, first = read(0), read(1)
    assert any(states != CYCLE for states in kept.values())
    for states in [*kept.values(), *first.values()]:
        assert states == CYCLE[:len(states)]
    wait_for(lambda: all_say(1, "MASTER"), 5, "what did not fit")
    assert all(states == CYCLE for states in read(1).values())
    each(lambda lan: lan.carrier_down)
    for number in range(2):
        wait_for(lambda: all_say(number, "FAULT"), 5, "what comes later")
    assert sum(map(len, read(0).values())) < sum(map(len, read(1).values()))
    for pipe in pipes:
        os.close(pipe)
