# SPDX-License-Identifier: GPL-2.0-or-later
"""Guard 9: each fault of tests/mutants/faults.txt can be put in.

Its text stands exactly once in its file. Who changes that text changes the
fault too; else nobody would know until the mutants run, which takes long."""

import os
import re

from tap import Report, TOP

FAULTS = os.path.join(TOP, "tests/mutants/faults.txt")


def read(path):
    with open(path) as file:
        return file.read()


def faults():
    """(name, its file, its text) of each."""
    for block in re.split(r"^== ", read(FAULTS), flags=re.M)[1:]:
        name, *lines = block.splitlines()
        path = next(line[5:] for line in lines if line.startswith("file "))
        yield name, path, "".join(line[1:] + "\n" for line in lines
                                  if line.startswith("-"))


def wrong():
    for name, path, text in faults():
        times = read(os.path.join(TOP, path)).count(text) if text else 0
        if times != 1:
            yield f"{name}: its text stands {times} times in {path}"


def main():
    report = Report()
    report.check("each fault can be put in", list(wrong()))
    names = [name for name, _, _ in faults()]
    report.check("each has a name of its own", [
        name for name in sorted(set(names)) if names.count(name) > 1])
    report.end()


main()
