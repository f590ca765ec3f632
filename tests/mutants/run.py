#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Puts single faults into the code, and sees whether the tests notice.

Each fault of faults.txt is put into a copy of the tree, alone. The tests that
look at its file run, the cheap ones first, until one of them fails: it has
killed the mutant. A mutant that lives is a hole in the tests. A fault whose
text is not found exactly once is an error: the code has changed and the fault
must follow it.

  run.py [--by SUITE]... [--jobs N] [NAME or PATH...]

A PATH stands for all faults in files whose path begins so: src/router/.
--by asks only the named suites (unit, conformance, trace, sim, explore, succession), to
see what one kind of test proves on its own.
"""

import argparse
import concurrent.futures
import dataclasses
import fnmatch
import json
import os
import pathlib
import queue
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FAULTS = pathlib.Path(__file__).with_name("faults.txt")
SUITES = ["unit", "conformance", "trace", "sim", "explore", "succession"]
# The tests that look at a file: how its path begins, and SUITE:NAME of them.
WATCHED = {
    "src/vrrp/": ["unit:vrrp_*", "conformance:*", "trace:*", "sim:sim-a",
                  "explore:*"],
    "src/lvs/": ["unit:lvs_*", "sim:sim-lvs*", "explore:explore-lvs"],
    "src/vrrp/sound.c": ["unit:router_sound"],
    "src/keeper/succession.c": ["succession:*"],
    "src/keeper/ch": ["unit:keeper_children"],
    "src/keeper/log.c": ["unit:keeper_log"],
    "src/keeper/ordered": ["unit:keeper_ordered"],
    "src/keeper/ahead.c": ["unit:keeper_ahead"],
    "src/keeper/division.c": ["unit:keeper_forecast"],
    "src/keeper/forecast": ["unit:keeper_forecast"],
    "src/keeper/home.c": ["unit:keeper_home"],
    "src/sys/console.c": ["unit:sys_console"],
    "src/sys/sdnotify.c": ["unit:sys_console"],
    "src/sys/rundir.c": ["unit:sys_rundir"],
    "src/sys/start.c": ["unit:sys_start"],
    "src/files/opener.c": ["unit:conf_files", "unit:conf_reading"],
    "src/router/": ["unit:router_*"],
    "src/base/disarm.c": ["unit:base_disarm"],
    "src/sys/mirror_socket.c": ["unit:sys_mirror"],
    "src/sys/mirror_routes.c": ["unit:sys_mirror_routes"],
    "src/sys/neighbour_filter.c": ["unit:sys_neighbour"],
    "src/director/": ["unit:director_*"],
    "src/ledger/lvs.c": ["unit:ledger_lvs"],
    "src/ledger/tellers.c": ["unit:runner_servers*"],
    "src/ledger/targets.c": ["unit:router_track_servers"],
    "src/lvs/table": ["sim:ipvs-*"],
    "src/lvs/converge": ["sim:ipvs-*"],
    "src/lvs/fwmark": ["unit:lvs_fwmark"],
    "src/sys/ipvs": ["unit:sys_ipvs_message"],
    "src/sys/nft": ["unit:sys_nft"],
    "src/sys/loop.c": ["unit:sys_loop"],
    "src/sys/pages.c": ["unit:sys_pages"],
    "src/sys/throttle.c": ["unit:sys_throttle"],
    "src/sys/way.c": ["unit:sys_way", "unit:checker_tcp",
                      "unit:checker_source"],
    "src/sys/netlink.c": ["unit:sys_netlink"],
    "src/sys/netns.c": ["unit:sys_netns"],
    "src/sys/netlink_source.h": ["unit:sys_mirror", "unit:sys_netlink"],
    "src/sys/sandbox.c": ["unit:sys_sandbox"],
    "src/conf/language/": ["unit:conf_bounds"],
    # conf_bounds and conf_reading take longer than all the others.
    "src/conf/schema/": ["unit:conf_[!br]*", "unit:conf_bytes",
                         "unit:conf_reader", "unit:conf_route"],
    "src/runner/": ["unit:runner_*"],
    "src/ctl/http.c": ["unit:ctl_patience"],
    "src/ctl/client.c": ["unit:ctl_patience"],
    "src/ctl/form.c": ["unit:ctl_form"],
    "src/ctl/view_problems.c": ["unit:ctl_checks"],
    "src/ctl/page_servers.c": ["unit:ctl_servers"],
    "src/ctl/server_state.c": ["unit:ctl_servers"],
    "src/ledger/virtuals.c": ["unit:ctl_servers"],
    "src/sys/process.c": ["unit:sys_process", "unit:sys_rights"],
    "src/mailer/": ["unit:mailer_*"],
    "src/checker/": ["unit:checker_*"],
    "src/checker/rounds.c": ["unit:runner_misc"],
    "src/ledger/mails.c": ["unit:mailer_queue"],
    "src/conf/model/": ["unit:conf_[!br]*"],
    "src/ledger/": ["unit:ledger_*", "unit:router_adopt",
                    "unit:ctl_spoiled"],
}
# What tests read beside the sources: made once, of sound code.
READ = {"conf_keyword": "man/baton.conf.5"}
# A mutant may spin; no test of these takes so long when all is well.
TIMEOUT = 60
SEEDS = "6000"


@dataclasses.dataclass
class Fault:
    name: str
    file: str = ""
    means: str = ""
    old: str = ""
    new: str = ""

    def watchers(self, tests):
        """Those of the tests that look at its file."""
        patterns = [pattern for path, of in WATCHED.items()
                    if self.file.startswith(path) for pattern in of]
        return [test for test in tests
                if any(fnmatch.fnmatch(f"{test.suite}:{test.name}", pattern)
                       for pattern in patterns)]


@dataclasses.dataclass
class Test:
    suite: str
    name: str
    program: pathlib.Path  # relative to the build directory
    arguments: list
    env: dict


def read_faults():
    faults = []
    for number, line in enumerate(FAULTS.read_text().splitlines(), 1):
        if line.startswith("== "):
            faults.append(Fault(line[3:]))
        elif line.startswith("file "):
            faults[-1].file = line[5:]
        elif line.startswith("means "):
            faults[-1].means = line[6:]
        elif line.startswith("-"):
            faults[-1].old += line[1:] + "\n"
        elif line.startswith("+"):
            faults[-1].new += line[1:] + "\n"
        elif line.strip() and not line.startswith("#"):
            sys.exit(f"{FAULTS}:{number}: what is this line?")
    for fault in faults:
        text = (ROOT / fault.file).read_text()
        found = text.count(fault.old)
        if not fault.old or not fault.new or not fault.means or found != 1:
            sys.exit(f"{fault.name}: the text occurs {found} times in "
                     f"{fault.file}, it must occur once:\n{fault.old}")
    return faults


class Tree:
    """A copy of the sources with a build directory."""

    def __init__(self, where):
        self.source = where / "source"
        self.build = self.source / "build" / "mutants"
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others",
             "--exclude-standard"],
            cwd=ROOT, check=True, capture_output=True, text=True).stdout
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                target = self.source / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, target)
        self.run_tool("meson", "setup", "--buildtype=release",
                      "-Dwerror=false", str(self.build), str(self.source))

    @staticmethod
    def run_tool(*command):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def tests(self, suites):
        """The tests of these suites, the cheap ones first."""
        listed = json.loads(self.run_tool("meson", "introspect", "--tests",
                                          str(self.build)))
        found = []
        for test in listed:
            suite = test["suite"][0].split(":")[-1]
            if suite not in suites:
                continue
            program = pathlib.Path(test["cmd"][0]).relative_to(self.build)
            arguments = test["cmd"][1:]
            if suite == "sim":
                arguments = ["--seeds", SEEDS]
            found.append(Test(suite, test["name"], program, arguments,
                              test["env"]))
        return sorted(found, key=lambda t: (SUITES.index(t.suite),
                                            t.name == "explore-three"))

    def make(self, tests, *others):
        self.run_tool("ninja", "-C", str(self.build), *others,
                      *sorted({str(t.program) for t in tests}))

    def killer(self, tests):
        """The name of the first test that fails, or None."""
        for test in tests:
            try:
                done = subprocess.run(
                    [self.build / test.program, *test.arguments],
                    cwd=self.build, env={**os.environ, **test.env},
                    timeout=TIMEOUT,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            except subprocess.TimeoutExpired:
                return f"{test.name} (timeout)"
            if done.returncode:
                return test.name
        return None

    def judge(self, fault, tests):
        tests = fault.watchers(tests)
        path = self.source / fault.file
        sound = path.read_text()
        path.write_text(sound.replace(fault.old, fault.new))
        try:
            for test in tests:  # most are killed by one of the first
                self.make([test])
                killer = self.killer([test])
                if killer:
                    return killer
            return None
        finally:
            path.write_text(sound)


def judge_all(faults, tests, trees):
    """Yields (fault, killer, seconds) in the order of the faults."""
    free = queue.Queue()
    for tree in trees:
        free.put(tree)

    def one(fault):
        tree = free.get()
        began = time.monotonic()
        try:
            killer = tree.judge(fault, tests)
        finally:
            free.put(tree)
        return fault, killer, time.monotonic() - began

    with concurrent.futures.ThreadPoolExecutor(len(trees)) as pool:
        yield from pool.map(one, faults)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--by", action="append", choices=SUITES)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("names", nargs="*", metavar="NAME or PATH")
    options = parser.parse_args()

    faults = [f for f in read_faults()
              if not options.names or f.name in options.names
              or any("/" in n and f.file.startswith(n)
                     for n in options.names)]
    alive = 0
    with tempfile.TemporaryDirectory(prefix="baton-mutants-") as where:
        trees = [Tree(pathlib.Path(where) / str(n))
                 for n in range(max(1, options.jobs))]
        tests = trees[0].tests(options.by or SUITES)
        looks = {test.name for fault in faults
                 for test in fault.watchers(tests)}
        tests = [test for test in tests if test.name in looks]
        # Sound code must pass, or every fault would seem to be caught.
        read = [READ[test.name] for test in tests if test.name in READ]
        for tree in trees:
            tree.make(tests, *read)
        killer = trees[0].killer(tests)
        if killer:
            sys.exit(f"without any fault {killer} fails")
        print(f"{'mutant':<32} {'killed by':<28} {'time':>6}")
        for fault, killer, seconds in judge_all(faults, tests, trees):
            print(f"{fault.name:<32} {killer or 'NOBODY':<28} "
                  f"{seconds:5.1f}s", flush=True)
            if not killer:
                alive += 1
                print(f"    {fault.file}: {fault.means}")
    print(f"{len(faults) - alive} of {len(faults)} mutants killed")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
