# SPDX-License-Identifier: GPL-2.0-or-later
"""Instruments on a LAN: the 1 kHz probe, the watch over a kernel's addresses,
the listener to advertisements, the one who takes connections.

The measuring is done by small C programs in the namespaces (probe.c, watch.c,
listen.c, knock.c, pause.c); here are their handles. Times are CLOCK_MONOTONIC in
nanoseconds.
"""

import subprocess
from dataclasses import dataclass

from lan import now, tool, wait_for

MS = 1_000_000

# A machine that stands still for longer is none to judge lateness on.
PAUSE_MAX = 200 * MS
# An answer that comes later than this after its question comes too late.
LATE = 50 * MS


class _Instrument:
    def __init__(self, node, *command):
        self.process = node.popen(
            *command, whole=False, text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError(f"{command[0]} did not start")

    def _words(self, line):
        self.process.stdin.write(line + "\n")
        words = self.process.stdout.readline().split()
        return dict(word.split("=") for word in words)

    def _ask(self, line):
        return {key: int(value) for key, value in self._words(line).items()}

    def close(self):
        self.process.stdin.close()
        self.process.wait(5)
        self.process.stdout.close()


class _Asker(_Instrument):
    """The process that asks, for one probe or several."""

    def __init__(self, host, period_us, addresses, controls=()):
        super().__init__(host, tool("probe"), str(period_us),
                         *map(str, addresses), *(["-"] if controls else []),
                         *map(str, controls))


class Probe:
    """Asks an address from a host every millisecond."""

    def __init__(self, host, address, period_us=1000, of=None):
        """`of`: the asker and the number of one that asks several."""
        self._asker, self._number = of or (
            _Asker(host, period_us, [address]), 0)
        self.period = period_us * 1000
        self.started = now()

    @classmethod
    def several(cls, host, addresses, period_us=1000, controls=()):
        """A probe of each; one process asks them all, which costs less.
        `controls`: addresses that are always there. What their answers are
        late at a moment, those of the others may be later then."""
        asker = _Asker(host, period_us, addresses, controls)
        return [cls(host, address, period_us, of=(asker, number))
                for number, address in enumerate(addresses)]

    def report(self, since=0, until=None, paused=0):
        """sent, answered, lost, gap, gap_from, gap_to of what was asked.
        `paused`: how long the machine stood still; an answer may be that much
        later."""
        return self._asker._ask(f"report {self._number} {since} "
                                f"{until or now()} {LATE + paused}")

    def last(self):
        """When the newest answered question was asked."""
        return self._asker._ask(f"last {self._number}")["last"]

    def close(self):
        self._asker.close()

    def wait_answer(self, since, timeout):
        """Until a question asked after `since` has been answered."""
        wait_for(lambda: self.last() > since, timeout,
                 "an answer from the virtual address")

    def gap(self, instant, timeout, settle_ms=50):
        """Waits until the address answers again after `instant`, and reports
        what was asked from 20 ms before that until then."""
        wait_for(lambda: self.last() > instant + settle_ms * MS, timeout,
                 "an answer from the virtual address", 0.005)
        return self.report(instant - 20 * MS, self.last() + 1)

    def outage(self, instant, timeout, settle_ms=50):
        """How long the address was silent after `instant`, in ns: the
        longest gap between two answered questions, without the millisecond
        that is always between two. 0 when nothing was lost."""
        report = self.gap(instant, timeout, settle_ms)
        return report["gap"] - self.period if report["lost"] else 0


class Watch(_Instrument):
    """Sees the addresses of a node come and go."""

    def __init__(self, node):
        super().__init__(node, tool("watch"))

    def report(self, since=0):
        """held, came, came_first, came_last, went, went_first, went_last."""
        report = self._ask(f"report {since}")
        if report["overruns"]:
            raise RuntimeError("the kernel dropped notifications")
        return report

    def wait_held(self, count, timeout, pause=0.02):
        wait_for(lambda: self.report()["held"] == count, timeout,
                 f"{count} addresses", pause)


def allowance(paused):
    """What is late by no more than the machine's own pause was on time."""
    assert paused <= PAUSE_MAX, (
        f"the machine itself stood still for {paused / MS:.0f} ms: "
        "lateness cannot be judged")
    return paused


def discarded():
    """Packets of all networks here that found the queue of their CPU full, as
    beside a flood (/proc/net/softnet_stat)."""
    with open("/proc/net/softnet_stat") as file:
        return sum(int(line.split()[1], 16) for line in file)


class Pause(_Instrument):
    """Sees how long the machine itself stands still at most."""

    def __init__(self, lan):
        super().__init__(lan.switch, tool("pause"))

    def mark(self):
        self._ask("mark")

    def longest(self):
        """In ns, since the mark or the start."""
        return self._ask("report")["paused"]


@dataclass
class Heard:
    """What a listener reports."""

    adverts: int
    lost: int
    gaps: dict     # {(link, family, VRID): the longest, ns}
    resigns: dict  # {(link, family, VRID): how many of priority 0}
    paused: int    # the longest that the machine itself stood still, ns

    @property
    def allowance(self):
        return allowance(self.paused)


class Listen(_Instrument):
    """Hears how regularly a router advertises, on all of its links, and
    beside that how long the machine stood still."""

    def __init__(self, lan, router):
        super().__init__(lan.switch, tool("listen"),
                         *(lan.port_name(router, link)
                           for link in range(lan.links)))
        self.machine = Pause(lan)

    def mark(self):
        self._ask("mark")
        self.machine.mark()

    def report(self):
        words = self._words("report")
        heard = Heard(int(words.pop("adverts")), int(words.pop("lost")),
                      {}, {}, self.machine.longest())
        for key, value in words.items():
            router = tuple(int(part) for part in key.split("/"))
            gap, resigns = value.split("/")
            heard.gaps[router] = int(gap)
            heard.resigns[router] = int(resigns)
        return heard


class Knock(_Instrument):
    """Takes connections at all addresses of 127.0.0.0/16 of a router, and sees
    how regularly they are made, and beside that how long the machine stood
    still."""

    def __init__(self, lan, router, port):
        super().__init__(router, tool("knock"), str(port))
        self.machine = Pause(lan)

    def mark(self):
        self._ask("mark")
        self.machine.mark()

    def report(self):
        """rounds, targets, lost, gap; paused."""
        return {**self._ask("report"), "paused": self.machine.longest()}

    def close(self):
        self.machine.close()
        super().close()


class Flood:
    """A host that sends frames over and over, in turn, from now on."""

    def __init__(self, host, rate, seconds, *list_of_frames):
        self.seconds = seconds
        self.process = host.popen(
            tool("flood"), "lan0", str(rate), str(seconds),
            *(frame.hex() for frame in list_of_frames),
            whole=False, text=True, stdout=subprocess.PIPE)

    def report(self):
        """Until it ends: sent, ns, and cpu of that in ns."""
        told, _ = self.process.communicate(timeout=self.seconds + 10)
        words = dict(word.split("=") for word in told.split())
        return {key: int(value) for key, value in words.items()}

    def wait(self):
        """Until it ends; how many were sent."""
        return self.report()["sent"]
