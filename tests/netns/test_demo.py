# SPDX-License-Identifier: GPL-2.0-or-later
"""The demonstration (make demo) shows what the README says of it."""

import os
import re
import subprocess

import pytest

from daemons import Baton
from lan import build_directory

DEMO = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                    "../../demo/demo")
ROW = re.compile(r"^ +(\S+) +(\d+) of (\d+) +([\d.]+) s +"
                 r"(?:no outage|([\d.]+) s(?: to ([\d.]+) s)?)", re.M)
LATE = 0.5  # seconds over arithmetic, on a machine with other work

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built")]


def test_the_demonstration():
    shown = subprocess.run(
        [DEMO], env={**os.environ, "BATON_BUILD": build_directory()},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert shown.returncode == 0, shown.stdout
    rows = ROW.findall(shown.stdout)
    assert len(rows) == 8, shown.stdout  # four times both addresses
    for address, lost, asked, outage, least, most in rows:
        assert int(asked) > 500
        if not most:  # planned
            assert int(lost) == 0, (address, shown.stdout)
        else:
            assert float(least) <= float(outage) <= float(most) + LATE
    assert "baton why LAN4" in shown.stdout
