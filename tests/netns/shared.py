# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests on real networks share: LANs, programs, marks. Each of
their folders has a conftest.py that takes all of this.

Tests marked `timing` judge milliseconds; the runner (tests/run) runs them when
nothing heavy runs beside them. A failing test shows the logs of the daemons
it started.
"""

import os

import daemons
import lan as lans
import pytest
import systemd

lans.end_on_signals()


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "timing: judges milliseconds, so it runs alone")


def pytest_collection_modifyitems(items):
    if os.geteuid() != 0:
        skip = pytest.mark.skip(reason="network namespaces need root")
        for item in items:
            item.add_marker(skip)


@pytest.fixture
def make_lan():
    """A function that makes a LAN which ends with the test."""
    made = []

    def make(**options):
        made.append(lans.Lan(**options))
        return made[-1]
    yield make
    for one in made:
        one.close()


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


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Adds the daemons' logs to the report of a failure."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        logs = [f"--- log of {daemon.name} on {daemon.router.name}:\n"
                f"{daemon.log()[-3000:]}" for daemon in daemons.started]
        report.longrepr = "\n".join([str(report.longrepr), *logs])
    if report.when == "teardown":
        daemons.started.clear()
