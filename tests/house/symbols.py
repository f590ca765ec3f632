# SPDX-License-Identifier: GPL-2.0-or-later
"""Guard 2: pure floors call nothing and keep nothing.

nm(1) shows what the objects of the pure folders need from outside, which must
stand in tests/house/symbols with its reason, and that they have no writable
data. They are those of a build with optimisation and without sanitizers. The
guard first proves on sources that it makes up that it can fail."""

import json
import os
import subprocess
import sys
import tempfile

from tap import Report, TOP, files, relative

PURE = ("base", "vrrp", "bfd", "lvs", "conf")
PURE_FILES = ("src/keeper/succession.c",)
# What position-independent code has from the linker.
LINKER = {"_GLOBAL_OFFSET_TABLE_": "a table of the linker"}


def allowed_symbols():
    """{symbol: reason} of the list."""
    found = {}
    with open(os.path.join(TOP, "tests/house/symbols")) as file:
        for line in file:
            words = line.split("#")[0].split(None, 1)
            if words:
                found[words[0]] = words[1].strip() if words[1:] else ""
    return found


def symbols_of(path):
    """The symbols of an object as (type letter, section, name)."""
    listing = subprocess.run(["nm", "-f", "sysv", path], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
    for line in listing.splitlines():
        words = [word.strip() for word in line.split("|")]
        if len(words) == 7 and words[2] != "Class":
            yield words[2], words[6], words[0]


def judge(objects, allowed):
    """What the objects ({source: its path}) need that is not allowed, and
    what they keep."""
    foreign, kept, needed, defined = [], [], {}, set()
    for source, path in objects.items():
        for kind, section, name in symbols_of(path):
            if kind == "U":
                needed.setdefault(name, source)
            elif kind in "BbDdCGgSs" \
                    and not section.startswith(".data.rel.ro"):
                kept.append(f"{source}: {name} is writable")
            elif kind.isupper():
                defined.add(name)
    for name, source in sorted(needed.items()):
        if name not in defined and name not in allowed:
            foreign.append(f"{source}: {name} is not in tests/house/symbols")
    return foreign, kept


def verdict(compiler, text, allowed):
    """The two lists for a source that consists of that text."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "made_up.o")
        subprocess.run([*compiler, "-O2", "-w", "-c", "-x", "c", "-", "-o",
                        path], input=text, text=True, check=True)
        return judge({"made_up.c": path}, allowed)


def pure_objects(build):
    """{source: its object} of a build directory of meson, and the sources
    that have none."""
    found = {}
    with open(os.path.join(build, "compile_commands.json")) as file:
        for entry in json.load(file):
            folder = entry["directory"]
            source = os.path.realpath(os.path.join(folder, entry["file"]))
            found[source] = os.path.join(folder, entry["output"])
    sources = [os.path.realpath(path) for folder in PURE
               for path in files(f"src/{folder}", ".c")] + \
        [os.path.realpath(os.path.join(TOP, path)) for path in PURE_FILES]
    return {relative(source): found[source] for source in sources
            if source in found}, \
        [relative(source) for source in sources if source not in found]


def main():
    build, compiler = sys.argv[1], sys.argv[2:] or ["cc"]
    allowed = {**allowed_symbols(), **LINKER}
    report = Report()

    for call in ("time(0)", "malloc(9)", "printf(\"\")", "getenv(\"A\")"):
        text = "#include <stdio.h>\n#include <stdlib.h>\n" \
            f"#include <time.h>\nlong f(void) {{ return (long){call}; }}\n"
        report.check(f"the guard refuses {call}",
                     [] if verdict(compiler, text, allowed)[0]
                     else ["it did not"])
    for text in ("int last;", "static int n; int f(void) { return n++; }",
                 "int table[2] = { 1, 2 };"):
        report.check(f"the guard refuses {text.split(';')[0]}",
                     [] if verdict(compiler, text, allowed)[1]
                     else ["it did not"])
    good = verdict(compiler, "#include <string.h>\nstatic const char *const "
                   "a[] = { \"x\", \"y\" };\nint f(const char *s, unsigned i) "
                   "{ return memcmp(s, a[i], 2); }", allowed)
    report.check("the guard allows constant tables and memcmp",
                 good[0] + good[1])

    objects, missing = pure_objects(build)
    report.check("each of their sources is built", missing)
    foreign, kept = judge(objects, allowed)
    report.check("the pure floors need only what is listed", foreign)
    report.check("the pure floors keep no data", kept)
    report.check("each listed symbol has its reason", [
        f"{name}: no reason given" for name, reason in allowed.items()
        if not reason])
    report.end()


main()
