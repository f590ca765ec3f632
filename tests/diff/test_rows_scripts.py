# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of scripts that are tracked, played with keepalived and with baton at
the same time (rows.py)."""

import os
import shutil

import pytest

from daemons import Baton
from rows import INTERVAL, Stage, part, play, row, script

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built() or not shutil.which("keepalived"),
                       reason="batond is not built, or there is no "
                       "keepalived")]

SCRIPTS = []

# Each writes a line when it starts and another one when it ends by itself.
FILES = {
    "args": 'echo "args $#" >> /run/args',
    "deaf": "trap '' TERM\ndate +%s.%N >> /run/deaf\n"
            "while :; do sleep 0.1; done",
    "long": "echo starts >> /run/long\nsleep 3\necho ends >> /run/long",
    # Good or bad as the next letter of a pattern says, and then good.
    "pattern": "n=$(cat /run/pattern | wc -l)\n"
               "date +%s.%N >> /run/pattern\n"
               "set -- 0 1 1 0 1 1 1 0 0\nshift $n\nexit ${1:-0}",
}


class Scripts(Stage):
    def start(self, text):
        for twin in self.twins:
            for name, body in FILES.items():
                twin.write(f"{name}.sh", f"#!/bin/sh\n{body}\n")
                os.chmod(twin.path(f"{name}.sh"), 0o755)
        super().start(text)


def tracks(name, **options):
    return part("track_script {", name, "}", **options)


def moves(it):
    """The priorities while a file is there, and when it is not any more."""
    name = f"good{it.row.number}"
    yield it.has("MASTER")
    yield it.sent
    yield lambda: it.priorities()[-1] == it.row.shows[0]
    os.unlink(it.twin.path(name))
    before = len(it.priorities())
    yield lambda: len(it.priorities()) > before
    return it.priorities()[-2:]


def switch(number, weight):
    path = f"/run/good{number}"
    return script(f"s{number}", f"/usr/bin/test -e {path}", weight)


row(SCRIPTS, "1", "weight -30 reverse, good and then bad", tracks("s1"),
    before=switch(1, "-30 reverse"), shows=[100, 130])(moves)
row(SCRIPTS, "2", "weight 30 reverse, good and then bad", tracks("s2"),
    before=switch(2, "30 reverse"), shows=[70, 100])(moves)


def first_states(it):
    yield lambda: it.states() and it.states()[-1] in ("MASTER", "FAULT")
    return it.states()


INIT_FAIL = """vrrp_script s4 {
    script "/bin/sleep 1"
    interval 5
    timeout 3
    init_fail
}
"""

row(SCRIPTS, "4", "init_fail, and the script is good", tracks("s4"),
    before=INIT_FAIL, shows=["BACKUP", "MASTER"], baton=["FAULT"],
    why="bad until its first result, as the manual says")(first_states)
row(SCRIPTS, "5", "a script that does not exist", tracks("s5"),
    before=script("s5", "/nowhere/script", 0), shows=["BACKUP", "MASTER"])(
        first_states)


@row(SCRIPTS, "6", "arguments without quotes", tracks("s6"),
     before=script("s6", "X", 0).replace('"X"', "/run/args.sh a b"),
     shows="args 0")
def arguments(it):
    yield lambda: lines_of(it, "args")
    return lines_of(it, "args")[0]


def lines_of(it, name):
    try:
        with open(it.twin.path(name)) as file:
            return file.read().splitlines()
    except FileNotFoundError:
        return []


TAKES_LONG = """vrrp_script {0} {
    script "/run/{0}.sh"
    interval 5
    timeout 1
}
"""


@row(SCRIPTS, "19", "timeout 1, and it does not end on SIGTERM",
     tracks("deaf"), before=TAKES_LONG.replace("{0}", "deaf"),
     shows=["FAULT", 3])
def timeout(it):
    yield it.states
    began = float(lines_of(it, "deaf")[0])
    took = it.lines()[0][0] - it.since(began)
    # It began before it could write that.
    return [*it.states(), it.near(took, 3, early=0.3)]


@row(SCRIPTS, "20", "3 s long, interval 1 and timeout 10", tracks("long"),
     before=TAKES_LONG.replace("{0}", "long").replace("val 5", "val 1")
     .replace("timeout 1", "timeout 10"), shows="several",
     baton="one",
     why="never two of the same at once")
def overlaps(it):
    yield lambda: "ends" in lines_of(it, "long")
    return "one" if lines_of(it, "long").index("ends") == 1 else "several"


@row(SCRIPTS, "21", "rise 2, fall 3, and bad twice, three times, good twice",
     tracks("pattern", interval=INTERVAL / 2), before="""vrrp_script pattern {
    script "/run/pattern.sh"
    interval 1
    weight 20
    rise 2
    fall 3
}
""", shows=[[120, 7], [100, 9], [120]])
def rise_and_fall(it):
    """The priorities, and after how many runs they changed."""
    yield lambda: it.priorities()[-3:] == [120, 100, 120]
    yield lambda: len(lines_of(it, "pattern")) >= 9
    runs = [it.since(float(at)) for at in lines_of(it, "pattern")]
    found = []
    for at, priority in it.sent():
        if not found or found[-1][0] != priority:
            if found:
                found[-1].append(len([run for run in runs if run < at]))
            found.append([priority])
    return found[-3:]


def test_scripts(make_lan):
    stage = Scripts(make_lan, SCRIPTS)
    for twin in stage.twins:
        for number in (1, 2):
            twin.write(f"good{number}", "")
    play(stage)


def test_a_check_makes_no_file(lan):
    """Row 23: init_file makes its file at the start, and not with -t."""
    a, _ = lan.routers
    path = os.path.join(a.directory, "made")
    conf = os.path.join(a.directory, "made.conf")
    with open(conf, "w") as file:
        file.write(f"vrrp_track_file f {{\n    file {path}\n    init_file 3\n"
                   "}\nvrrp_instance gate {\n    interface lan0\n"
                   "    virtual_router_id 10\n    track_file {\n        f\n"
                   "    }\n    virtual_ipaddress {\n        192.0.2.1/24\n"
                   "    }\n}\n")
    for program in ("keepalived", Baton.binary("batond")):
        a.run(program, "-t", "-f", conf)  # its status is 0
        assert not os.path.exists(path)
