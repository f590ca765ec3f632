# SPDX-License-Identifier: GPL-2.0-or-later
"""The few lines of TAP that the guards of the house speak."""

import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


def files(folder, *endings):
    """All files below a folder of the tree that end so, sorted."""
    return sorted(
        os.path.join(directory, name)
        for directory, _, names in os.walk(os.path.join(TOP, folder))
        for name in names if name.endswith(endings))


def relative(path):
    return os.path.relpath(path, TOP)


class Report:
    """One result after the other; end() says how many there were."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def _line(self, good, name, more=""):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}{more}")

    def check(self, name, faults):
        """Passes when the list of faults is empty."""
        self._line(not faults, name)
        for fault in faults:
            print(f"# {fault}")

    def skip(self, name, reason):
        self._line(True, name, f" # SKIP {reason}")

    def end(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failed else 0)
