# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures and hooks of the tests on real networks: see shared.py."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from shared import *  # noqa: E402, F401, F403
