#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long a table of many virtual servers takes: its start, a reload with one
weight changed, the death of the process, and the stop.

usage: tests/vm/boot -m 1024 tests/vm/scale.py [VIRTUAL [REAL]]
"""

import os
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from machine import Baton, wait_for  # noqa: E402

VIRTUAL = int(sys.argv[1]) if len(sys.argv) > 1 else 100
REAL = int(sys.argv[2]) if len(sys.argv) > 2 else 100


def conf(weight=1):
    text = []
    for n in range(VIRTUAL):
        text.append(f"virtual_server 10.1.{n // 250}.{n % 250 + 1} 80 {{\n"
                    " lb_algo wrr\n lb_kind DR\n protocol TCP\n")
        for k in range(REAL):
            value = weight if (n, k) == (0, 0) else 1
            text.append(f" real_server 192.168.{k // 250}.{k % 250 + 1} 80 "
                        f"{{ weight {value} }}\n")
        text.append("}\n")
    return "".join(text)


def count(space):
    return space.run("sh", "-c", "grep -c -- '->' /proc/net/ip_vs || true")


def timed(what, begin, condition):
    start = time.monotonic()
    begin()
    wait_for(condition, what, 60, 0.02)
    print(f"{what}: {time.monotonic() - start:.3f} s", flush=True)


def main():
    baton = Baton()
    full = str(VIRTUAL * REAL + 1) + "\n"
    timed("start", lambda: baton.start(conf()), lambda: count(baton) == full)
    print(baton.log())
    before = baton.run("cat", "/proc/net/ip_vs")
    for process in ("lvs",):
        pid = baton.pid_of()
        print(open(f"/proc/{pid}/status").read().split("VmRSS:")[1].split("\n")[0])
        timed("lvs dies", lambda: os.kill(pid, signal.SIGKILL),
              lambda: baton.pid_of() != pid)
    time.sleep(1)
    assert baton.run("cat", "/proc/net/ip_vs") == before
    timed("reload", lambda: baton.reload(conf(9)), lambda: "9      0" in baton.run(
        "sh", "-c", "grep -m1 'Route   9 ' /proc/net/ip_vs || true"))
    timed("stop", lambda: baton.process.send_signal(signal.SIGTERM),
          lambda: count(baton) == "1\n")
    baton.process.wait()
    baton.process = None
    print(baton.log())
    baton.close()


main()
