#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Guard 10: what docs/FAULTS.md promises is shown by tests that exist.

Each row of its tables says what goes wrong, what baton does, and names tests as
`FILE:FUNCTION`, or whole files of them; a fourth cell may say what is not
promised. So does the end of the page."""

import os
import re

from tap import Report, TOP, files

PAGE = os.path.join(TOP, "docs", "FAULTS.md")
REFUSED = "## What is not promised"
NAMED = re.compile(r"`(\w+\.(?:py|c)):(\w+)`")
WHOLE = re.compile(r"`(\w+\.(?:py|c))`")


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


def judge_row(cells, tests):
    """All that is wrong with a row."""
    if len(cells) != 4 or not all(cells[:3]):
        return ["not four cells"]
    named, whole = NAMED.findall(cells[2]), WHOLE.findall(cells[2])
    faults = [f"there is no {file}:{name}" for file, name in named
              if name not in tests.get(file, ())]
    faults += [f"there is no {file}" for file in whole if file not in tests]
    left = WHOLE.sub("", NAMED.sub("", cells[2])).strip()
    if left or not named and not whole:
        faults.append(f"no test: {left or cells[0]}")
    return faults


def judge(text, tests):
    """All that is wrong with a page beside those tests."""
    faults, rows = [], 0
    promised, _, refused = text.partition(REFUSED)
    for number, line in enumerate(promised.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip()[1:-1].split("|")]
        if not line.startswith("|") or line.startswith("|---") \
                or cells[2:3] == ["shown by"]:
            continue
        rows += 1
        faults += [f"line {number}: {fault}"
                   for fault in judge_row(cells, tests)]
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
                some[0], f"`no_{some[1]}`")),
            ("a row without a test", text.replace(
                REFUSED, "| a fault | it lives | | |\n\n" + REFUSED)),
            ("a row with words for a test", text.replace(
                REFUSED, "| a fault | it lives | I tried | |\n\n"
                + REFUSED)),
            ("a page that promises all", text.split(REFUSED)[0])):
        report.check(f"the guard refuses {what}",
                     [] if spoilt != text and judge(spoilt, tests)
                     else ["it did not"])
    report.check("each promise is shown by tests that exist",
                 judge(text, tests))
    report.end()


main()
