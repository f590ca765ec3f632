# SPDX-License-Identifier: GPL-2.0-or-later
"""The same LANs and programs as tests/netns."""

import os
import sys

NETNS = os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "netns")
sys.path.insert(0, NETNS)

from shared import *  # noqa: E402, F401, F403
