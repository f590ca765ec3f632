# SPDX-License-Identifier: GPL-2.0-or-later
"""What a table of 100 virtual servers with 100 real servers each takes. Times
are judged by what the kernel alone takes for the same in the same run."""

import pytest

from servers import Run, virtual

# Measured 15 to 20 on an idle machine: reading the file is most of it.
START_MOST = 50


@pytest.fixture
def run():
    made = []

    def make():
        made.append(Run("baton", 100, 100))
        return made[-1]
    yield make
    for one in made:
        one.close()


def test_nothing_is_done_twice(run):
    floor = run().floor()
    many = run()
    took = many.start()
    assert took < START_MOST * floor, f"{took:.3f} s, the kernel {floor:.3f} s"
    many.settle()
    many.reload(9)
    # One weight, by the process that ran; or by the next one, if it was late.
    assert many.settle()["changes"] <= 1
    weights = [many.table.weights(virtual(n)) for n in range(100)]
    assert sorted(weights[0]) == [1] * 99 + [9]
    assert all(set(others) == {1} for others in weights[1:])
    # Whoever comes after the death of all finds the table as it should be.
    assert many.killed() == 0
    assert set(many.table.weights("10.1.0.1")) == {1, 9}
    assert many.stop() < START_MOST * floor
