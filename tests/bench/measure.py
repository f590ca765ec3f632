# SPDX-License-Identifier: GPL-2.0-or-later
"""What the bench and the soak measure, for any program under test.

One instance: the outage that a host sees, and how much of it is more than
the protocol's arithmetic: Active_Down_Interval after the last advertisement
that reached the Backup (its kernel's timestamp), RFC 9568 6.1.
Many instances: 250 VRIDs a link, one address each, two routers.
"""

import math
import os
import signal
import sys
import time
from dataclasses import dataclass

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "netns"))

from daemons import Instance  # noqa: E402
from frames import Capture  # noqa: E402
from instruments import MS, Probe, Watch  # noqa: E402
from lan import NSEC, Lan, now, tool, wait_for  # noqa: E402

PER_LINK = 250
HIGH, LOW = 200, 100  # priorities of the Active and the Backup


@dataclass
class Outage:
    """Of one event: what the host saw, in ns. `over` is None when the
    event leaves the arithmetic no say (a planned stop). `both`: when any lease
    had ended both routers held the address."""

    outage: int
    over: int = None
    both: bool = False


class Pair:
    """Two routers with one instance, the first Active; a probing host."""

    def __init__(self, program, interval):
        self.program, self.interval = program, interval
        self.lan = Lan()
        self.a, self.b = self.lan.routers
        self.first = self._start(self.a, HIGH)
        self.second = self._start(self.b, LOW)
        self.instance = self.second.instance()
        self.watch_a, self.watch_b = Watch(self.a), Watch(self.b)
        self.probe = Probe(self.lan.host, self.instance.service)
        self.capture = Capture(self.lan, self.b)
        self.settle()

    def _start(self, router, priority):
        return self.program(router).start(
            [Instance(priority=priority, interval=self.interval)])

    def settle(self):
        """Until the first alone holds the address and the host sees it."""
        def settled():
            return self.watch_a.report()["held"] == 1 \
                and self.watch_b.report()["held"] == 0
        wait_for(settled, 12 + 5 * self.interval, "the first router Active")
        # The next event falls at another phase of the interval each time.
        begun = now()
        pause = self.interval * (1.2 + (begun // 1000 % 1000) / 1000)
        wait_for(lambda: now() > begun + pause * NSEC, 10, "an interval")
        self.probe.wait_answer(begun, 5)

    def measure(self, event):
        """Lets something happen to the Active; how long it was dark."""
        instant = event(self)
        # What was killed and not cut may answer on until the Backup claims.
        watch = 1.3 * self.instance.down_ns / MS + 200 \
            if event in (sigkill_all, sigkill_vrrp) else 400 * self.interval
        gap = self.probe.gap(instant, 10 + 10 * self.interval,
                             settle_ms=max(50, int(watch)))
        both = self.both_hold(instant)
        outage = gap["gap"] - self.probe.period if gap["lost"] else 0
        heard = [packet.time for packet in self.capture.packets()
                 if packet.vrrp and packet.toward
                 and packet.vrrp.priority == HIGH
                 and packet.time < instant + MS]
        self.capture.seen.clear()
        if outage == 0 or not heard:
            return Outage(outage, both=both)
        due = heard[-1] + self.instance.down_ns
        return Outage(outage, gap["gap_to"] - due, both)

    def both_hold(self, instant):
        """Whether both hold the address still when any lease has ended: the
        longest is Active_Down_Interval in whole seconds, at least 2."""
        lease = max(2, math.ceil(self.instance.down_ns / NSEC)) * NSEC
        while all(watch.report()["held"]
                  for watch in (self.watch_a, self.watch_b)):
            if now() > instant + lease + NSEC // 2:
                return True
            time.sleep(0.02)
        return False

    def back(self):
        """Everything as it was."""
        self.lan.restore(self.a)
        if not self.first.processes():
            # What a killed program left behind must not decide anything.
            if self.a.holds(self.instance.service):
                self.a.ip("address del "
                          f"{self.instance.addresses[-1]} dev lan0")
            self.first = self._start(self.a, HIGH)
        self.settle()

    def close(self):
        self.lan.close()


# What can happen to the Active; each returns its moment.

def silent_cut(pair):
    return pair.lan.cut(pair.a)


def carrier_loss(pair):
    return pair.lan.carrier_down(pair.a)


def sigterm(pair):
    instant = now()
    pair.first.signal(signal.SIGTERM)
    pair.first.child.wait(20)
    return instant


def sigkill_all(pair):
    instant = now()
    pair.first.kill()
    return instant


def sigkill_vrrp(pair):
    """Kills the process that speaks VRRP."""
    instant = now()
    os.kill(pair.first.vrrp_pid(), signal.SIGKILL)
    return instant


class Many:
    """Two routers with `count` instances."""

    def __init__(self, program, count, interval):
        self.count, self.interval = count, interval
        links = (count + PER_LINK - 1) // PER_LINK
        self.lan = Lan(links=links, many=True, hosts=0)
        self.a, self.b = self.lan.routers
        self.watch_a, self.watch_b = Watch(self.a), Watch(self.b)
        self.first, self.second = program(self.a), program(self.b)
        self.first.quiet = self.second.quiet = True

    def instances(self, priority):
        return [Instance(name=f"vr-{number}", vrid=number % PER_LINK + 1,
                         priority=priority, interval=self.interval,
                         interface=f"lan{number // PER_LINK}",
                         addresses=[f"10.{number // PER_LINK}.0."
                                    f"{number % PER_LINK + 1}"])
                for number in range(self.count)]

    def start(self, timeout=120):
        """Starts both; ns until the first is Active for all."""
        high, low = self.instances(HIGH), self.instances(LOW)
        instant = now()
        self.first.start(high)
        self.second.start(low)
        self.watch_a.wait_held(self.count, timeout, 0.1)
        wait_for(lambda: self.watch_b.report()["held"] == 0, timeout,
                 "the second router Backup for all", 0.1)
        return self.watch_a.report(instant)["came_last"] - instant

    def steady(self, seconds):
        """Lets it run; CPU of both sides, and what was sent."""
        # The second set of announcements, 5 s after the first, must be over.
        quiet = self.watch_a.report()["came_last"] + 7 * NSEC
        wait_for(lambda: now() > quiet, 10, "the second announcements")
        begun = now()
        before = [cpu(self.a), cpu(self.b), sent_packets(self.a)]
        time.sleep(seconds)  # the window of the measurement
        after = [cpu(self.a), cpu(self.b), sent_packets(self.a)]
        passed = now() - begun
        used_a, used_b, sent = (new - old for new, old
                                in zip(after, before))
        lost = self.watch_a.report(begun)["went"] \
            + self.watch_b.report(begun)["came"]
        return {"cpu_a": used_a / passed, "cpu_b": used_b / passed,
                "sent": sent,
                "due": self.count * passed / NSEC / self.interval,
                "ns_per_advert": used_a / sent if sent else 0,
                "spurious": lost}

    def bare(self, frames=100_000):
        """ns of CPU of one advertisement that is sent with nothing else:
        batches of 40, a millisecond apart, to the same peer."""
        return int(self.a.run(
            tool("bare", "tests/bench"), str(self.lan.links), "40", "1000",
            str(frames), whole=False))

    def takeover(self, timeout=60):
        """A silent cut of all links; ns until the second has all, and how
        much of it is more than Active_Down_Interval."""
        instant = self.lan.cut(self.a)
        self.watch_b.wait_held(self.count, timeout, 0.1)
        took = self.watch_b.report(instant)["came_last"] - instant
        return took, took - self.second.instance().down_ns

    def memory(self):
        return memory(self.a)

    def close(self):
        self.lan.close()


def cpu(node):
    """Processor time of all processes of a node, in ns."""
    total = 0
    for pid in node.processes():
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat") as file:
                    total += int(file.read().split()[0])
        except FileNotFoundError:
            continue
    return total


def memory(node):
    """The proportional set size of all processes of a node, in bytes."""
    total = 0
    for pid in node.processes():
        with open(f"/proc/{pid}/smaps_rollup") as file:
            for line in file:
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total


def sent_packets(node):
    """Packets that left all links of a node."""
    def read():
        total = 0
        with open("/proc/self/net/dev") as file:
            for line in file:
                name, _, numbers = line.partition(":")
                if name.strip().startswith("lan"):
                    total += int(numbers.split()[9])
        return total
    return node.inside(read)
