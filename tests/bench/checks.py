# SPDX-License-Identifier: GPL-2.0-or-later
"""What health checks cost the process `check`, beside the floor of the machine:
the same system calls in one run, by a program that does nothing else."""

import os
import subprocess

BUILD = os.environ["BATON_BUILD"]

# Kind, servers, rounds a second.
SIZES = (("tcp", 10000, 10000), ("http", 10000, 10000), ("udp", 10000, 10000),
         ("tcp", 40000, 10000))


def row(kind, servers, rate, seconds):
    program = os.path.join(BUILD, "tests/bench/bench_checks")
    done = subprocess.run(
        ["unshare", "-n", "sh", "-c", 'ip link set lo up; exec "$@"', "sh",
         program, kind, str(servers), str(rate), str(seconds)],
        check=True, text=True, stdout=subprocess.PIPE, timeout=300)
    return done.stdout.strip()


def table(seconds):
    lines = [
        f"Health checks of addresses of 127.0.0.0/8, over {seconds} s: what is "
        "measured on the last core, the servers on the first. `floor` is what "
        "the system calls of a check cost alone: 100 at once, as fast as they "
        "go, and at the same rate. Late: after the phase of its check. `bare "
        "timer`: how late a timer of each millisecond was at most beside it, "
        "on the same core, by nothing but the machine and its scheduler.", "",
        "| check | servers | rounds/s | floor, µs CPU | floor at that rate | a "
        "check, µs CPU | over both | of a core | late, 99 %, ms | late at most, "
        "ms | bare timer, late at most, ms | memory of its own (with what it "
        "shares), MiB | failures |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|"]
    return lines + [row(*size, seconds) for size in SIZES]
