# SPDX-License-Identifier: GPL-2.0-or-later
"""Guard 1: who may include whom.

A file includes its own folder and the floors below, by full path; folders on
one floor, and conf and sys, do not know each other. Each header compiles
alone. The guard first proves on trees that it makes up that it can fail."""

import os
import re
import subprocess
import sys
import tempfile

from tap import Report, TOP, files, relative

FLOORS = {"base": 0, "vrrp": 1, "bfd": 1, "lvs": 1,
          "conf/language": 2, "conf/schema": 2.1, "conf/model": 2.2,
          "sys": 3, "ledger": 4, "files": 4,
          "keeper": 5, "router": 5, "director": 5, "checker": 5, "runner": 5,
          "mailer": 5, "ctl": 5, "batond": 6, "baton": 6}

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]*)"')


def room_of(path):
    """The folder of FLOORS that a path below src is in, or its first part."""
    parts = path.split("/")
    nested = "/".join(parts[:2])
    return nested if nested in FLOORS else parts[0]


def are_strangers(folder, other):
    return {folder.split("/")[0], other.split("/")[0]} == {"conf", "sys"}


def fault_of(folder, included, exists):
    """What is wrong with an include of a file of that folder, or None."""
    if "/" not in included or ".." in included.split("/"):
        return "not a full path below src"
    other = room_of(included)
    if other not in FLOORS:
        return f"there is no floor {other}"
    if not exists:
        return "there is no such file"
    if other == folder:
        return None
    if FLOORS[other] >= FLOORS[folder]:
        return f"{other} is not below {folder}"
    if are_strangers(folder, other):
        return f"{folder} and {other} never include each other"
    return None


def faults_below(source):
    """All faults of a tree, as file:line texts."""
    found = []
    for directory, _, names in sorted(os.walk(source)):
        folder = room_of(os.path.relpath(directory, source))
        for name in sorted(names):
            path = os.path.join(directory, name)
            if not name.endswith((".c", ".h")):
                continue
            if folder not in FLOORS:
                found.append(f"{path}: its folder is on no floor")
                continue
            with open(path) as file:
                for number, line in enumerate(file, 1):
                    match = INCLUDE.match(line)
                    if not match:
                        continue
                    included = match.group(1)
                    fault = fault_of(folder, included, os.path.exists(
                        os.path.join(source, included)))
                    if fault:
                        found.append(f"{path}:{number}: \"{included}\": "
                                     f"{fault}")
    return found


def is_refused(path, include):
    """Whether the guard sees that one include in a tree made for it."""
    with tempfile.TemporaryDirectory() as source:
        for name in (path, "base/ip.h", "conf/model/model.h", "sys/loop.h",
                     "conf/language/tree.h", "conf/schema/row.h",
                     "vrrp/wire.h", "lvs/table.h", "ledger/ledger.h",
                     "keeper/keeper.h", "router/router.h", "baton/words.h"):
            os.makedirs(os.path.join(source, os.path.dirname(name)),
                        exist_ok=True)
            open(os.path.join(source, name), "w").close()
        with open(os.path.join(source, path), "w") as file:
            file.write(f'#include "{include}"\n')
        return bool(faults_below(source))


def alone(compiler, header):
    """The compiler's complaint about a header that stands alone, or None."""
    done = subprocess.run(
        [*compiler, "-std=gnu17", "-D_GNU_SOURCE", "-fsyntax-only", "-Wall",
         "-Wextra", "-Werror", "-Wno-unused-parameter", "-I",
         os.path.join(TOP, "src"), "-x", "c", "-"],
        input=f'#include "{header}"\n', text=True, stderr=subprocess.PIPE)
    return done.stderr.strip().splitlines()[0] if done.returncode else None


def main():
    compiler = sys.argv[1:] or ["cc"]
    report = Report()
    for path, include in (
            ("base/a.c", "vrrp/wire.h"), ("vrrp/a.c", "conf/model/model.h"),
            ("vrrp/a.c", "lvs/table.h"), ("lvs/a.c", "vrrp/wire.h"),
            ("conf/model/a.c", "sys/loop.h"),
            ("sys/a.c", "conf/model/model.h"),
            ("conf/language/a.c", "conf/model/model.h"),
            ("conf/language/a.c", "conf/schema/row.h"),
            ("conf/schema/a.c", "conf/model/model.h"),
            ("keeper/a.c", "router/router.h"),
            ("router/a.c", "keeper/keeper.h"),
            ("sys/a.c", "ledger/ledger.h"), ("batond/a.c", "baton/words.h"),
            ("vrrp/a.c", "wire.h"), ("vrrp/a.c", "../base/ip.h"),
            ("vrrp/a.c", "base/none.h"), ("attic/a.c", "base/ip.h")):
        report.check(f"the guard refuses {include} in {path}",
                     [] if is_refused(path, include) else ["it did not"])
    for path, include in (("vrrp/a.c", "base/ip.h"),
                          ("conf/model/a.c", "conf/language/tree.h"),
                          ("router/a.c", "conf/model/model.h")):
        report.check(f"the guard allows {include} in {path}",
                     ["it did not"] if is_refused(path, include) else [])

    report.check("includes follow the floors",
                 [relative(fault) for fault in
                  faults_below(os.path.join(TOP, "src"))])
    for folder in FLOORS:
        headers = files(f"src/{folder}", ".h")
        if headers:
            faults = [alone(compiler, os.path.relpath(header, os.path.join(
                TOP, "src"))) for header in headers]
            report.check(f"each header of src/{folder} compiles alone",
                         [fault for fault in faults if fault])
    report.end()


main()
