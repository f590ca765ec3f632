# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables of many virtual servers, in the virtual machine (tests/vm/servers.py):
keepalived beside baton, and baton with sizes that keepalived was not made for."""

import os
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RUNS = ("keepalived:100x100", "baton:100x100", "baton:300x100", "baton:400x100",
        "baton:10000x4", "baton:1x10000", "baton:100x100:mh")
LIMIT = 900  # seconds of one machine
COLUMNS = ("floor", "start", "reload", "killed", "stop")


def measured(what, note):
    """Figures by their names."""
    note(f"servers: {what}")
    done = subprocess.run(
        [os.path.join(TOP, "tests/vm/boot"), "-m", "1024", "-t", str(LIMIT),
         "tests/vm/servers.py", what], stdout=subprocess.PIPE, text=True)
    figures = {}
    for line in done.stdout.splitlines():
        words = line.removeprefix(what.replace(":", " ")).split()
        if len(words) > 1:
            figures[words[0]] = words[1:]
    if done.returncode != 0:
        note(done.stdout)
    return figures


def cell(figures, name):
    return f"{figures[name][0]} s" if name in figures else "-"


def row(what, note):
    figures = measured(what, note)
    program, *rest = what.split(":")
    writes = "-"
    if program == "baton":
        writes = " / ".join(figures.get(name, ["-"])[0]
                            for name in ("reload-writes", "killed-writes"))
    memory = figures.get("memory", ["-"])
    own = [one for one in memory[1:] if float(one.split("=")[1]) >= 0.5]
    return (f"| {' '.join(rest).replace('x', ' x ')} | {program} | "
            + " | ".join(cell(figures, name) for name in COLUMNS)
            + f" | {writes} | {memory[0]} MiB | {', '.join(own)} |")


def table(note):
    return [
        "Virtual servers x real servers, all of these the same, with a TCP check "
        "each; by NAT, wrr or mh. In a virtual machine with one processor, where "
        "a process takes 20 ms and a page of memory 25 µs before they do "
        "anything. `kernel`: what the kernel alone takes for the same table in "
        "trains. `killed`: SIGKILL of all, and a start with another weight until "
        "that is in the table. `writes`: changes of the table by the `lvs` that "
        "comes with a reload of one weight, which is there already, and by a "
        "start after SIGKILL. Memory of all processes, what they share counted "
        "once, and of its own of each that has 0.5 MiB.",
        "",
        "| size | program | kernel | start | reload of one weight | killed | stop "
        "| writes | memory | of its own |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ] + [row(what, note) for what in RUNS]
