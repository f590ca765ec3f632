#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Guard 10: what docs/FAULTS.md promises is shown by tests that exist.

Each row of its tables has three cells, and the last one names tests as
`FILE:FUNCTION`, or files below tests/ by their path. The page says what is not
promised, too."""

import os
import re

from tap import Report, TOP, files

PAGE = os.path.join(TOP, "docs", "FAULTS.md")
REFUSED = "## What is not promised"
NAMED = re.compile(r"`(\w+\.(?:py|c)):(\w+)`")
PATH = re.compile(r"`(tests/[\w./-]+)`")


def read(path):
    with open(path) as file:
        return file.read()


def functions():
    """{file: {name, ...}} of all tests."""
    found = {}
    for path in files("tests", ".py", ".c"):
        pattern = r"^def (test_\w+)" if path.endswith(".py") \
            else r"^static void (\w+)\(void \*\*"
        found.setdefault(os.path.basename(path), set()).update(
            re.findall(pattern, read(path), re.M))
    return found


def judge(text, tests):
    """All that is wrong with a page beside those tests."""
    faults, rows = [], 0
    promised, _, refused = text.partition(REFUSED)
    for number, line in enumerate(promised.splitlines(), 1):
        if not line.startswith("|") or line.startswith("|---"):
            continue
        cells = [cell.strip() for cell in line.strip("|\n").split("|")]
        if cells[-1] == "shown by":
            continue
        rows += 1
        if len(cells) != 3 or not all(cells):
            faults.append(f"line {number}: not three cells")
            continue
        named, paths = NAMED.findall(cells[2]), PATH.findall(cells[2])
        if not named and not paths:
            faults.append(f"line {number}: no test: {cells[0]}")
        faults += [f"line {number}: there is no {file}:{name}"
                   for file, name in named
                   if name not in tests.get(file, ())]
        faults += [f"line {number}: there is no {path}" for path in paths
                   if not os.path.exists(os.path.join(TOP, path))]
        left = PATH.sub("", NAMED.sub("", cells[2])).strip()
        if left:
            faults.append(f"line {number}: what is this: {left}")
    if not rows:
        faults.append("no rows")
    if not re.search(r"^\* ", refused, re.M):
        faults.append("nothing stands below: " + REFUSED)
    return faults


def main():
    report = Report()
    text, tests = read(PAGE), functions()
    some = NAMED.search(text)
    for what, spoilt in (
            ("a test that is gone", text.replace(
                some[0], f"`{some[1]}:{some[2]}_no_more`")),
            ("a file that is gone", text.replace(
                some[0], f"`no_{some[1]}:{some[2]}`")),
            ("a row without a test", text.replace(
                REFUSED, "| a fault | nothing is lost | |\n\n" + REFUSED)),
            ("a row with words for a test", text.replace(
                REFUSED, "| a fault | it lives | I tried |\n\n" + REFUSED)),
            ("a page that promises all", text.split(REFUSED)[0])):
        report.check(f"the guard refuses {what}",
                     [] if spoilt != text and judge(spoilt, tests)
                     else ["it did not"])
    report.check("each promise is shown by tests that exist",
                 judge(text, tests))
    report.end()


main()
