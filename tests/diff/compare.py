# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares the two programs on many files, several at a time."""

import os
import threading
import time
from collections import Counter

import corpus
import judge
import kinds


class Comparison:
    def __init__(self):
        self.faults = []   # texts
        self.count = Counter()
        self.used = Counter()  # seconds of the processor, by program
        self.slowest = Counter()

    def add(self, label, text, referee):
        """Judges one file; what is wrong goes to self.faults."""
        keepalived, baton = referee.ask(text)
        self.note(label, "keepalived", keepalived)
        self.note(label, "baton", baton)
        self.count[{True: "run by both", False: "run by baton alone"}
                   [keepalived.runs is not False] if baton.runs else
                   {True: "run by keepalived alone", False: "run by none",
                    None: "keepalived fails"}[keepalived.runs]] += 1
        if baton.runs is None:
            self.fail(label, text, f"baton ends with {baton.code}",
                      baton.text)
            return
        if baton.seconds > judge.CPU:
            self.fail(label, text, f"baton took {baton.seconds:.1f} s")
        for line in kinds.unexplained(
                keepalived.runs, baton.runs,
                judge.messages(baton.text, "error"),
                judge.fatal(keepalived.text)):
            who = "baton" if baton.runs else "keepalived"
            self.fail(label, text, f"{who} alone runs it: {line}",
                      keepalived.text, baton.text)
        if baton.runs:
            wrong = referee.round_trip(text)
            if wrong:
                self.fail(label, text, wrong)

    def note(self, label, program, verdict):
        self.used[program] += verdict.seconds
        if verdict.seconds > self.slowest[program]:
            self.slowest[program] = verdict.seconds

    def fail(self, label, text, *why):
        shown = "\n".join(why).encode("utf-8", "backslashreplace").decode()
        self.faults.append(f"{label}: {shown}\n--- the file\n"
                           + text.decode("utf-8", "backslashreplace"))

    def join(self, other):
        self.faults += other.faults
        self.count += other.count
        self.used += other.used
        self.slowest |= other.slowest

    def summary(self):
        files = sum(self.count.values())
        parts = [f"{files} files"]
        parts += [f"{n} {what}" for what, n in self.count.most_common()]
        parts += [f"{program} {self.used[program] / max(files, 1) * 1e3:.1f} "
                  f"ms a file, {self.slowest[program]:.2f} s at most"
                  for program in ("keepalived", "baton")]
        return "; ".join(parts)


def compare(files, workers=None):
    """`files` yields (label, bytes); returns the Comparison."""
    files = iter(files)
    lock = threading.Lock()
    result = Comparison()
    broken = []

    def work():
        referee = judge.Judge()
        try:
            while True:
                with lock:
                    if len(result.faults) > 50:
                        return
                    item = next(files, None)
                if item is None:
                    return
                result.add(*item, referee)
        except Exception as error:  # for the caller's thread
            broken.append(error)
        finally:
            referee.close()

    threads = [threading.Thread(target=work)
               for _ in range(workers or os.cpu_count() or 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broken:
        raise broken[0]
    return result


def seeds(first, count, until=None):
    """The files of some numbers, but no more after that time."""
    for seed in range(first, first + count):
        if until and time.monotonic() > until:
            return
        yield f"seed {seed}", corpus.write(seed)
