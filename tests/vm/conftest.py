# SPDX-License-Identifier: GPL-2.0-or-later
"""The tests of this folder run in a machine that tests/vm/run boots."""

import os

import pytest


def pytest_collection_modifyitems(items):
    if os.environ.get("BATON_VM") == "1":
        return
    for item in items:
        if "/tests/vm/" in str(item.path):
            item.add_marker(pytest.mark.skip(
                reason="runs in a virtual machine: tests/vm/run"))
