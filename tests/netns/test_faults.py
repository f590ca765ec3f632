# SPDX-License-Identifier: GPL-2.0-or-later
"""Random faults (faults.py), a few rounds of each setting; make soak-faults plays
hundreds."""

import os

import pytest

from daemons import Baton
from faults import oddities, play
from grounds import SETTINGS, Ground

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

ROUNDS = int(os.environ.get("BATON_ROUNDS", "2"))


@pytest.mark.parametrize("setting", SETTINGS)
def test_random_faults(lan, setting):
    ground = Ground(lan, setting)
    try:
        for seed in range(1, ROUNDS + 1):
            play(ground, seed)
            assert not oddities(ground)
    finally:
        ground.close()
