# SPDX-License-Identifier: GPL-2.0-or-later
"""Guard 3: how a source file looks.

The licence in its first line, at most 600 lines, and the layout that
.clang-format decides (judged by the version of Debian 12, because others lay
out a little differently)."""

import os
import re
import shutil
import subprocess

from tap import Report, TOP, files, relative

LICENCE = "SPDX-License-Identifier: GPL-2.0-or-later"
MOST_LINES = 600
FORMATTER = 14  # the major version that decides


def lines_of(path):
    with open(path) as file:
        return file.read().splitlines()


def check_format(report, sources):
    name = "clang-format would change nothing"
    tool = shutil.which("clang-format")
    if tool is None:
        report.skip(name, "clang-format is not installed")
        return
    version = subprocess.run([tool, "--version"], text=True,
                             stdout=subprocess.PIPE).stdout
    if not re.search(rf"version {FORMATTER}\.", version):
        report.skip(name, f"this is not clang-format {FORMATTER}")
        return
    done = subprocess.run([tool, "--dry-run", "-Werror", *sources], cwd=TOP,
                          text=True, stderr=subprocess.PIPE)
    report.check(name, sorted({relative(line.split(":")[0]) for line in
                               done.stderr.splitlines() if ": error:" in line})
                 or (done.stderr.splitlines() if done.returncode else []))


def main():
    report = Report()
    house = files("src", ".c", ".h")
    tests = files("tests", ".c", ".h")
    report.check("each source starts with its licence", [
        f"{relative(path)}:1: not /* {LICENCE} */" for path in house + tests
        if lines_of(path)[:1] != [f"/* {LICENCE} */"]])
    report.check("each test in Python starts with its licence", [
        f"{relative(path)}: no {LICENCE}" for path in files("tests", ".py")
        if not any(LICENCE in line for line in lines_of(path)[:2])])
    report.check(f"no source has more than {MOST_LINES} lines", [
        f"{relative(path)}: {len(lines_of(path))} lines"
        for path in house + tests
        if len(lines_of(path)) > MOST_LINES])
    check_format(report, house + tests)
    report.end()


main()
