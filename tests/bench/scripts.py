# SPDX-License-Identifier: GPL-2.0-or-later
"""What tracked scripts cost: 200 of /bin/true a second, beside the same
programs that a loop starts and waits for, and nothing else."""

import os
import subprocess
import sys
import time

from daemons import Baton, Instance, keepalived_conf
from lan import Lan, wait_for

COUNT = 200
PROGRAM = "/bin/true"
TICK = os.sysconf("SC_CLK_TCK")


def cpu_of(pid):
    """Seconds of a process and of those that it has waited for."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return sum(int(field) for field in fields[11:15]) / TICK


def cpu(daemon):
    return sum(cpu_of(pid) for pid in daemon.processes())


def runs(daemon):
    return sum(row["runs"] for row in daemon.all_status()["scripts"])


def baton(seconds):
    """Processor time of a run, in all processes of baton and the programs."""
    with Lan() as lan:
        daemon = Baton(lan.routers[0])
        daemon.instances = [Instance(extra=[
            "track_script {", *(f"s{n}" for n in range(COUNT)), "}"])]
        text = keepalived_conf(daemon.instances, ["script_user root"])
        scripts = "".join(
            f"vrrp_script s{n} {{\n script {PROGRAM}\n interval 1\n}}\n"
            for n in range(COUNT))
        daemon.start_text(text.replace("vrrp_instance",
                                       scripts + "vrrp_instance", 1))
        daemon.wait_state("active")
        wait_for(lambda: runs(daemon) > 2 * COUNT, 10, "two runs of each")
        first, begun = runs(daemon), cpu(daemon)
        time.sleep(seconds)
        took, done = cpu(daemon) - begun, runs(daemon) - first
        daemon.stop()
    return took / done, done / seconds


LOOP = """
import os, resource, sys, time
def used():
    return sum(sum(resource.getrusage(who)[:2])
               for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
begun, count, at = used(), int(sys.argv[2]), time.monotonic()
for n in range(count):
    os.waitpid(os.posix_spawn(sys.argv[1], [sys.argv[1]], os.environ), 0)
    at += float(sys.argv[3])
    time.sleep(max(0, at - time.monotonic()))
print((used() - begun) / count)
"""


def loop(seconds):
    """The same of a loop around posix_spawn(3) and waitpid(2)."""
    done = subprocess.run(
        [sys.executable, "-c", LOOP, PROGRAM, str(int(seconds * COUNT)),
         str(1 / COUNT)], check=True, text=True, stdout=subprocess.PIPE)
    return float(done.stdout)


def table(seconds):
    each, rate = baton(seconds)
    bare = loop(seconds)
    return [
        f"{COUNT} scripts that are {PROGRAM}, each once a second, over "
        f"{seconds} s: processor time of a run, the program's own included.",
        "", "| started by | runs a second | a run | of the loop |",
        "|---|---|---|---|",
        f"| baton, all its processes | {rate:.0f} | {1e6 * each:.0f} µs "
        f"| {each / bare:.2f} |",
        f"| a loop around posix_spawn(3) | {COUNT} | {1e6 * bare:.0f} µs | 1 |",
    ]
