# SPDX-License-Identifier: GPL-2.0-or-later
"""Guard 6: no two files need each other.

A unit is a source with its header: a path below src without its ending. It
needs those whose headers it includes and those whose symbols it uses (nm(1) on
the objects of this build). Units that need each other, directly or by others,
are a circle. None may be; those that were there when this guard came are
listed, and the list may only shrink. The guard first proves on trees that it
makes up that it can fail."""

import json
import os
import re
import subprocess
import sys
import tempfile

from tap import Report, TOP

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]*)"', re.M)

# Each is the units of one circle, as large as it is and not larger.
KNOWN = ()


def unit_of(path, source):
    return os.path.splitext(os.path.relpath(path, source))[0]


def files_below(source):
    return sorted(os.path.join(directory, name)
                  for directory, _, names in os.walk(source)
                  for name in names if name.endswith((".c", ".h")))


def includes(source):
    """{(unit, the unit that it includes)}"""
    found = set()
    for path in files_below(source):
        with open(path) as file:
            for name in INCLUDE.findall(file.read()):
                found.add((unit_of(path, source), os.path.splitext(name)[0]))
    return found


def calls(objects):
    """{(unit, the unit whose symbol it uses)} of {unit: its object}."""
    defined, used = {}, set()
    units = {path: unit for unit, path in objects.items()}
    listing = subprocess.run(["nm", "-A", "-P", "-g", *units], check=True,
                             text=True, stdout=subprocess.PIPE).stdout
    for line in listing.splitlines():
        path, name, kind = line.split()[:3]
        unit = units[path.removesuffix(":")]
        if kind == "U":
            used.add((unit, name))
        else:
            defined[name] = unit
    return {(unit, defined[name]) for unit, name in used if name in defined}


def circles(edges):
    """The sets of units that need each other, by Tarjan's algorithm."""
    needs = {}
    for unit, other in edges:
        needs.setdefault(unit, set()).add(other)
        needs.setdefault(other, set())
    index, low, stack, found = {}, {}, [], []

    def visit(unit):
        index[unit] = low[unit] = len(index)
        stack.append(unit)
        for other in needs[unit]:
            if other not in index:
                visit(other)
                low[unit] = min(low[unit], low[other])
            elif other in stack:
                low[unit] = min(low[unit], index[other])
        if low[unit] == index[unit]:
            at = stack.index(unit)
            found.append(frozenset(stack[at:]))
            del stack[at:]

    for unit in sorted(needs):
        if unit not in index:
            visit(unit)
    return [circle for circle in found if len(circle) > 1]


def judge(edges, known):
    """The circles that are not known, and the known ones that are no more."""
    here = circles(edges)
    listed = [frozenset(circle) for circle in known]
    return ["a circle: " + ", ".join(sorted(circle))
            + "".join(f"\n#   {unit} needs {other}"
                      for unit, other in sorted(edges)
                      if unit in circle and other in circle and unit != other)
            for circle in here if circle not in listed], \
        ["not as listed any more: " + ", ".join(sorted(circle))
         for circle in listed if circle not in here]


def folders_of(edges):
    """The same edges between the folders that the units are in."""
    return {(os.path.dirname(unit), os.path.dirname(other))
            for unit, other in edges
            if os.path.dirname(unit) != os.path.dirname(other)}


def objects_of(build, source):
    """{unit: its object} of a build directory of meson."""
    found = {}
    with open(os.path.join(build, "compile_commands.json")) as file:
        for entry in json.load(file):
            path = os.path.join(entry["directory"], entry["file"])
            path = os.path.realpath(path)
            if path.startswith(source + os.sep):
                found[unit_of(path, source)] = os.path.join(
                    entry["directory"], entry["output"])
    return found


def made_up(compiler, texts):
    """The edges of a tree of those files."""
    with tempfile.TemporaryDirectory() as source:
        sources = {}
        for name, text in texts.items():
            path = os.path.join(source, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
            if name.endswith(".c"):
                sources[unit_of(path, source)] = path
        if sources:
            subprocess.run([*compiler, "-w", "-I", source, "-c",
                            *sources.values()], check=True, cwd=source)
        return includes(source) | (calls({
            unit: os.path.join(source, os.path.basename(unit) + ".o")
            for unit in sources}) if sources else set())


def prove(report, compiler):
    """That a circle is seen, however it comes about, and nothing else."""
    a, b, c = ("int a(void) { return b(); }", "int b(void) { return c(); }",
               "int c(void) { return 1; }")
    for what, texts in (
            ("two files that call each other",
             {"x/a.c": a, "x/b.c": "int b(void) { return a(); }"}),
            ("three files in a ring",
             {"x/a.c": a, "x/b.c": b, "x/c.c": "int c(void) { return a(); }"}),
            ("two headers that include each other",
             {"x/a.h": '#pragma once\n#include "x/b.h"\n',
              "x/b.h": '#pragma once\n#include "x/a.h"\n'}),
            ("an include against a call",
             {"x/a.h": "", "x/a.c": a,
              "x/b.c": '#include "x/a.h"\nint b(void) { return 1; }'}),
            ("a variable against a call",
             {"x/a.c": "int a = 1; int f(void) { return b(); }",
              "x/b.c": "extern int a; int b(void) { return a; }"})):
        edges = made_up(compiler, texts)
        report.check(f"the guard refuses {what}",
                     [] if judge(edges, ())[0] else ["it did not"])
    row = made_up(compiler, {"x/a.c": a, "x/b.c": b, "x/c.c": c})
    report.check("the guard allows a row", judge(row, ())[0])
    back = {"x/a.c": "int a(int (*f)(void)) { return f(); }",
            "x/b.c": "int g(void) { return 1; }"
                     "int b(void) { return a(g); }"}
    report.check("the guard allows a function that is handed in",
                 judge(made_up(compiler, back), ())[0])
    ring = made_up(compiler, {"x/a.c": a, "x/b.c": "int b(void) {"
                                                   " return a(); }"})
    report.check("the guard allows what is listed",
                 sum(judge(ring, (("x/a", "x/b"),)), []))
    report.check("the guard refuses what was listed and is no more",
                 [] if judge(row, (("x/a", "x/b"),))[1] else ["it did not"])
    report.check("the guard refuses a list of more than there is",
                 [] if judge(ring, (("x/a", "x/b", "x/c"),))[1]
                 else ["it did not"])
    folders = made_up(compiler, {"x/a.c": a, "y/b.c": b,
                                 "x/c.c": "int c(void) { return 1; }"})
    report.check("the guard refuses two folders that need each other",
                 [] if judge(folders_of(folders), ())[0] else ["it did not"])


def main():
    build, compiler = os.path.realpath(sys.argv[1]), sys.argv[2:] or ["cc"]
    source = os.path.join(os.path.realpath(TOP), "src")
    report = Report()
    prove(report, compiler)
    objects = objects_of(build, source)
    report.check("each source is built", [
        path for path in files_below(source)
        if path.endswith(".c") and unit_of(path, source) not in objects])
    edges = includes(source) | calls(objects)
    new, stale = judge(edges, KNOWN)
    report.check("no files need each other", new)
    report.check("the list of circles is of those that are there", stale)
    report.check("no folders need each other", judge(folders_of(edges), ())[0])
    report.end()


main()
