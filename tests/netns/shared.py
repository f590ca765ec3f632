# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests on real networks share: LANs, programs, marks. Each of
their folders has a conftest.py that takes all of this.

Tests marked `timing` judge milliseconds; the runner (tests/run) runs them when
nothing heavy runs beside them. A failing test shows the logs of the daemons
it started.
"""

import os
import re
import subprocess

import daemons
import lan as lans
import pytest
import systemd

lans.end_on_signals()

# So many crowds of virtual routers are there at one time at most: when
# they start they need all of a processor.
CROWDS = 3


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "timing: judges milliseconds, so it runs alone")
    config.addinivalue_line("markers", "long: takes long, so it begins")
    config.addinivalue_line(
        "markers", "leaks: what its daemons lose of their memory is a fault")
    config.addinivalue_line(
        "markers", "crowd: makes hundreds of virtual routers")


def pytest_collection_modifyitems(items):
    # The longest begin, so that in the end no worker waits for one of them.
    items.sort(key=lambda item: not (
        is_crowd(item) or "boot" in item.fixturenames
        or item.get_closest_marker("xdist_group")
        or item.get_closest_marker("long")))
    for number, item in enumerate(filter(is_crowd, items)):
        item.add_marker(pytest.mark.xdist_group(f"crowd{number % CROWDS}"))
    if os.geteuid() != 0:
        skip = pytest.mark.skip(reason="network namespaces need root")
        for item in items:
            item.add_marker(skip)


def is_crowd(item):
    """Whether it makes hundreds of virtual routers."""
    return "crowd" in item.name or item.get_closest_marker("crowd")


@pytest.fixture(autouse=True)
def leaks(request, monkeypatch):
    """To look for leaks, and to prepare for what is lost of each variable, is
    most of the work of a process that soon ends. So it is done where daemons
    live whole lives, and in the programs in C."""
    if not request.node.get_closest_marker("leaks"):
        monkeypatch.setenv("ASAN_OPTIONS", daemons.QUICK_SANITIZER)


@pytest.fixture
def make_lan():
    """A function that makes a LAN which ends with the test."""
    made = []

    def make(**options):
        made.append(lans.Lan(**options))
        return made[-1]
    yield make
    ours = [daemon for daemon in daemons.started
            if isinstance(daemon, daemons.Baton)]
    wrong = [daemon.replayed() for daemon in ours]
    undefined = [line for daemon in ours for line in daemon.log().splitlines()
                 if "runtime error: " in line]
    for one in made:
        one.close()
    assert not any(wrong), "the record of a succession does not agree\n" \
        + "\n".join(wrong)
    assert not undefined, undefined


@pytest.fixture
def lan(make_lan):
    """Two routers and a host on one link."""
    return make_lan()


@pytest.fixture
def boot(make_lan):
    """A function that boots systemd on a router of a LAN, until the test
    ends."""
    reason = systemd.why_not()
    if reason:
        pytest.skip(f"systemd cannot run here: {reason}")
    booted = []

    def boot_one(router):
        booted.append(systemd.Machine(router))
        return booted[-1]
    yield boot_one
    for machine in booted:
        machine.close()


def with_lines(log):
    """The places in a sanitizer's report as function and line."""
    def line_of(place):
        told = subprocess.run(["addr2line", "-fie", place[1], place[2]],
                              stdout=subprocess.PIPE, text=True).stdout
        return f"{place[0]} {' '.join(told.split())}"
    return re.sub(r"\((/\S+)\+(0x[0-9a-f]+)\)", line_of, log)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Adds the daemons' logs to the report of a failure."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        logs = [f"--- log of {daemon.name} on {daemon.router.name}:\n"
                f"{with_lines(daemon.log())[-3000:]}"
                for daemon in daemons.started]
        report.longrepr = "\n".join([str(report.longrepr), *logs])
    if report.when == "teardown":
        daemons.started.clear()
