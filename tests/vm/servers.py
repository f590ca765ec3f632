#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long a table of many virtual servers takes: its start, a reload with one
weight changed, SIGKILL of all and the start after it, `ipvsadm -C`, and the stop. Prints a
line for each: what, program, virtual servers, real servers, seconds, and more.

usage: tests/vm/boot -m 1024 tests/vm/servers.py [PROGRAM:VIRTUALxREAL[:SCHEDULER]]...
"""

import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from machine import Baton, Keepalived, wait_for  # noqa: E402
from table import Table  # noqa: E402

EVERY = 0.01
PATIENCE = 300


def virtual(n):
    return f"10.{1 + n // 62500}.{n // 250 % 250}.{n % 250 + 1}"


def real(k):
    return f"127.{1 + k // 62500}.{k // 250 % 250}.{k % 250 + 1}"


def conf(virtuals, reals, weight=1, scheduler="wrr"):
    """TCP checks of real servers that one socket answers for, and that are the
    same for all virtual servers. The first weight is `weight`."""
    text = []
    for n in range(virtuals):
        text.append(f"virtual_server {virtual(n)} 80 {{\n lb_algo {scheduler}\n"
                    " lb_kind NAT\n protocol TCP\n delay_loop 10\n")
        for k in range(reals):
            value = weight if n == k == 0 else 1
            text.append(f" real_server {real(k)} 80 {{\n  weight {value}\n"
                        "  TCP_CHECK {\n   connect_timeout 3\n  }\n }\n")
        text.append("}\n")
    return "".join(text)


class Run:
    """One program with one size."""

    def __init__(self, program, virtuals, reals, scheduler="wrr"):
        self.size = virtuals, reals
        self.weight = 1
        self.scheduler = scheduler
        self.space = {"baton": Baton, "keepalived": Keepalived}[program]()
        self.listener = self.space.listen(80, "0.0.0.0")
        self.table = Table(self.space.name)

    def text(self):
        return conf(*self.size, self.weight, self.scheduler)

    def floor(self):
        """What the kernel takes for the same table, alone."""
        return self.table.floor([virtual(n) for n in range(self.size[0])],
                                [real(k) for k in range(self.size[1])])

    def timed(self, begin, condition):
        start = time.monotonic()
        begin()
        wait_for(condition, self.space.log, PATIENCE, EVERY)
        return time.monotonic() - start

    def is_full(self):
        """The last one is there; who fills it by the order of the file is done
        then."""
        return len(self.table.weights(virtual(self.size[0] - 1))) == self.size[1]

    def start(self):
        text = self.text()
        self.space.write(text)
        took = self.timed(lambda: self.space.start(text), self.is_full)
        assert self.table.services() == self.size[0]
        return took

    def pids(self):
        """Of the processes of baton that a reload replaces and that settle()
        asks."""
        if not isinstance(self.space, Baton):
            return []
        return [self.space.pid_of(name) for name in ("ctl", "lvs")]

    def reload(self, weight):
        self.weight = weight
        text = self.text()
        before = self.pids()
        took = self.timed(lambda: self.space.reload(text),
                          lambda: weight in self.table.weights(virtual(0)))
        # The rest of it comes after the weight.
        wait_for(lambda: not any(a == b for a, b in zip(before, self.pids())),
                 self.space.log, PATIENCE)
        return took

    def emptied(self):
        """ipvsadm -C by hand: seconds until all is there again. Who found a
        table knows its real servers in the order in which the kernel has them,
        which is the reverse of that in which they were put there."""
        def shown():
            return sorted(self.space.run("cat", "/proc/net/ip_vs").splitlines())
        self.settle()
        before = shown()
        return self.timed(lambda: self.space.ipvsadm("-C"),
                          lambda: shown() == before)

    def stop(self):
        took = self.timed(
            lambda: self.space.process.send_signal(signal.SIGTERM),
            lambda: self.space.process.poll() is not None)
        self.space.process = None
        assert self.table.services() == 0
        return took

    def settle(self):
        """All is written that is known. What `lvs` has done since it began."""
        def done():
            known = self.space.ask("vs")
            return known and known["lvs"].get("done") and known["lvs"]
        return wait_for(done, self.space.log, PATIENCE)

    def killed(self):
        """SIGKILL of all, and a start: how many changes of the table it takes."""
        self.settle()
        self.space.kill_all()
        self.space.start(self.text())
        return self.settle()["changes"]

    def killed_changed(self, weight):
        """The same with another weight in the file: seconds until it is there."""
        self.settle()
        self.space.kill_all()
        self.weight = weight
        text = self.text()
        return self.timed(lambda: self.space.start(text),
                          lambda: weight in self.table.weights(virtual(0)))

    def memory(self):
        """MiB of its own of each process, and all of it together, what is
        shared once."""
        own, whole = {}, 0
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/comm") as file:
                    name = file.read().strip()
                with open(f"/proc/{pid}/smaps_rollup") as file:
                    rows = dict(line.split(":") for line in
                                file.read().splitlines()[1:])
            except OSError:
                continue
            if not name.startswith(("baton", "keepalived")):
                continue
            kib = {key: int(rows[key].split()[0]) for key in
                   ("Pss", "Private_Dirty", "Private_Clean")}
            own[name] = (kib["Private_Dirty"] + kib["Private_Clean"]) / 1024
            whole += kib["Pss"] / 1024
        return own, whole

    def close(self):
        self.listener.close()
        self.table.close()
        self.space.close()


def say(*words):
    print(*words, flush=True)


def measure(what):
    program, size, *more = what.split(":")
    virtuals, reals = map(int, size.split("x"))
    run = Run(program, virtuals, reals, *more)
    label = " ".join([program, size, *more])
    if program == "baton":
        say(label, "floor", f"{run.floor():.3f}")
        # Deleted entries make new ones slow for two minutes.
        run.close()
        run = Run(program, virtuals, reals, *more)
    say(label, "start", f"{run.start():.3f}")
    own, whole = run.memory()
    say(label, "memory", f"{whole:.1f}", " ".join(
        f"{name}={mib:.1f}" for name, mib in sorted(own.items())))
    if program == "baton":
        run.settle()
    say(label, "reload", f"{run.reload(9):.3f}")
    if program == "baton":
        say(label, "reload-writes", run.settle()["changes"])
        say(label, "killed-writes", run.killed())
        say(label, "killed", f"{run.killed_changed(8):.3f}")
        say(label, "emptied", f"{run.emptied():.3f}")
    say(label, "stop", f"{run.stop():.3f}")
    run.close()


def main():
    subprocess.run(["modprobe", "-a", "ip_vs", "ip_vs_wrr", "ip_vs_mh", "dummy"],
                   check=True)
    for what in sys.argv[1:] or ["baton:100x100", "keepalived:100x100"]:
        measure(what)


if __name__ == "__main__":
    main()
