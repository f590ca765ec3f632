# SPDX-License-Identifier: GPL-2.0-or-later
"""What is believed of the kernel: src/sys/ipvs.c and the model of tests/ipvs."""

import subprocess

import pytest


@pytest.mark.parametrize("seed", [1, 2])
def test_the_model_of_the_table_is_the_kernel(seed):
    done = subprocess.run(
        ["unshare", "-n", "sh", "-c",
         "ip link set lo up; exec build/release/tests/ipvs/agree $0 100",
         str(seed)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
