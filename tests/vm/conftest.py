# SPDX-License-Identifier: GPL-2.0-or-later
"""The tests of this folder run in a machine that tests/vm/run boots."""

import os
import subprocess

import pytest

from machine import Baton, Keepalived
from scene import Scene

MODULES = ("ip_vs", "ip_vs_pe_sip", "dummy", "veth", "bridge", "ipip", "ip_gre",
           "fou", "sit", "ip6_tunnel")


def pytest_collection_modifyitems(items):
    if os.environ.get("BATON_VM") == "1":
        # The scene and its load are there once, and only as long as needed.
        items.sort(key=lambda item: "scene" in item.fixturenames)
        return
    for item in items:
        if "/tests/vm/" in str(item.path):
            item.add_marker(pytest.mark.skip(
                reason="runs in a virtual machine: tests/vm/run"))


@pytest.fixture(scope="session", autouse=True)
def modules():
    if os.environ.get("BATON_VM") == "1":
        subprocess.run(["modprobe", "-a", *MODULES], check=True)


REPORTS = []


@pytest.fixture
def report(request):
    """Takes figures, which stand at the end of what pytest writes."""
    return lambda words: REPORTS.append(f"{request.node.name}: {words}")


def pytest_terminal_summary(terminalreporter):
    for line in REPORTS:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def scene():
    found = Scene()
    yield found
    found.close()


@pytest.fixture
def baton():
    space = Baton()
    yield space
    space.close()


@pytest.fixture
def keepalived():
    space = Keepalived()
    yield space
    space.close()
