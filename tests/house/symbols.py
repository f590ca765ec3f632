# SPDX-License-Identifier: GPL-2.0-or-later
"""Guard 2: pure floors call nothing and keep nothing.

The sources of the pure folders are compiled with optimisation, without
sanitizers; nm(1) then shows what they need from outside, which must stand in
tests/house/symbols with its reason, and that they have no writable data. The
guard first proves on sources that it makes up that it can fail."""

import os
import subprocess
import sys
import tempfile

from tap import Report, TOP, files

PURE = ("base", "vrrp", "bfd", "lvs", "conf")
PURE_FILES = ("src/keeper/succession.c",)
FLAGS = ["-std=gnu17", "-D_GNU_SOURCE", "-O1", "-fno-pie",
         "-fno-stack-protector", "-U_FORTIFY_SOURCE", "-w", "-c"]


def allowed_symbols():
    """{symbol: reason} of the list."""
    found = {}
    with open(os.path.join(TOP, "tests/house/symbols")) as file:
        for line in file:
            words = line.split("#")[0].split(None, 1)
            if words:
                found[words[0]] = words[1].strip() if words[1:] else ""
    return found


def symbols_of(compiler, source, objects):
    """Compiles a source; its symbols as (type letter, name)."""
    target = os.path.join(objects, source.replace("/", "_") + ".o")
    subprocess.run([*compiler, *FLAGS, "-I", os.path.join(TOP, "src"), "-o",
                    target, source], check=True)
    listing = subprocess.run(["nm", "-P", target], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
    return [(line.split()[1], line.split()[0])
            for line in listing.splitlines()]


def judge(compiler, sources, allowed):
    """What the sources need that is not allowed, and what they keep."""
    foreign, kept, needed, defined = [], [], {}, set()
    with tempfile.TemporaryDirectory() as objects:
        for source in sources:
            for kind, name in symbols_of(compiler, source, objects):
                place = os.path.relpath(source, TOP)
                if kind == "U":
                    needed.setdefault(name, place)
                elif kind in "BbDdCGgSs":
                    kept.append(f"{place}: {name} is writable")
                elif kind.isupper():
                    defined.add(name)
    for name, place in sorted(needed.items()):
        if name not in defined and name not in allowed:
            foreign.append(f"{place}: {name} is not in tests/house/symbols")
    return foreign, kept


def verdict(compiler, text, allowed):
    """The two lists for a source that consists of that text."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "made_up.c")
        with open(path, "w") as file:
            file.write(text)
        return judge(compiler, [path], allowed)


def main():
    compiler = sys.argv[1:] or ["cc"]
    allowed = allowed_symbols()
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

    sources = [path for folder in PURE
               for path in files(f"src/{folder}", ".c")] + \
        [os.path.join(TOP, path) for path in PURE_FILES]
    foreign, kept = judge(compiler, sources, allowed)
    report.check("the pure floors need only what is listed", foreign)
    report.check("the pure floors keep no data", kept)
    report.check("each listed symbol has its reason", [
        f"{name}: no reason given" for name, reason in allowed.items()
        if not reason])
    report.end()


main()
