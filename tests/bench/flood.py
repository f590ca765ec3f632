# SPDX-License-Identifier: GPL-2.0-or-later
"""What a packet costs `vrrp` that comes in a flood, kind by kind."""

import statistics

from floods import INTERVAL, Ground, kinds
from lan import Lan

RATE = 40_000
SECONDS = 3


def cell(values):
    return f"{statistics.median(values) / 1e3:.2f} µs"


def table(rounds, note):
    lines = [
        f"Two routers with three virtual routers, the most at {INTERVAL:g} s; a "
        f"host sends packets of one kind, {RATE:,} a second for {SECONDS} s. "
        "Processor time of the process `vrrp` for a packet; "
        "beside it that of the kernels (switch, both routers, up to the "
        "sockets), which on such a LAN the sender pays. Wake-ups: of the two "
        f"the more. Median of {rounds}; latest: of all.", "",
        "| packets | a second | Active | Backup | kernels | wake-ups a second "
        "| latest advertisement |",
        "|---|---|---|---|---|---|---|"]
    with Lan() as lan:
        ground = Ground(lan)
        for what, flood in kinds(lan).items():
            costs = [ground.measure(RATE, SECONDS, flood)
                     for _ in range(rounds)]
            rate = statistics.median(c.sent / c.seconds for c in costs)
            woken = statistics.median(c.woken for c in costs)
            late = max(c.late for c in costs)
            lines.append(
                f"| {what} | {rate:,.0f} "
                f"| {cell([c.active for c in costs])} "
                f"| {cell([c.backup for c in costs])} "
                f"| {cell([c.kernel for c in costs])} "
                f"| {woken:,.0f} | {late / 1e6:+.1f} ms |")
            note(lines[-1])
    return lines
