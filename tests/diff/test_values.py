# SPDX-License-Identifier: GPL-2.0-or-later
"""What both run is the same: the values that keepalived's daemon uses."""

import os
import time

import pytest

import corpus
import judge
import kinds
import values

FILES = int(os.environ.get("BATON_VALUES", "15"))
FIRST = int(os.environ.get("BATON_FIRST", "0"))
SECONDS = 10  # then it is enough
ENOUGH = 10   # files, however slow this machine is


@pytest.fixture(scope="module")
def both():
    referee, one = judge.Judge(), values.Values()
    yield referee, one
    referee.close()
    one.close()


def understood(text, referee):
    """True if both run a file, and keepalived has nothing to say about it."""
    keepalived, baton = referee.ask(text)
    said = [line for line in keepalived.text.splitlines()
            if line and "SECURITY VIOLATION" not in line]
    if not keepalived.runs or not baton.runs or said:
        return False
    # Without a virtual router keepalived's daemon has nothing to show.
    return "\nvrrp_instance " in referee.servers["print"].ask(
        referee.path).output


def test_generated_files_have_the_same_values(both):
    referee, daemon = both
    tried, seed = 0, FIRST
    end = time.monotonic() + SECONDS
    while tried < FILES and (tried < ENOUGH or time.monotonic() < end):
        seed += 2 if seed % 2 else 1  # the odd ones: see corpus.py
        text = corpus.write(seed)
        if b"vrrp_instance" not in text or not understood(text, referee):
            continue
        tried += 1
        wrong = kinds.unlike(daemon.differences(referee, text))
        assert not wrong, f"seed {seed}: " + "\n".join(wrong) + "\n" \
            + text.decode("utf-8", "backslashreplace")


@pytest.mark.parametrize("value", kinds.VALUES, ids=lambda value: value.name)
def test_each_kind_of_value_still_differs(value, both):
    referee, daemon = both
    wrong = daemon.differences(referee, value.example.encode())
    assert any(value.differs.search(line) for line in wrong), wrong


def test_a_difference_of_values_is_seen():
    one = {"VI": {"priority": "100", "virtual_ipaddress": {("1.2.3.4/24", None)}}}
    other = {"VI": {"priority": "101", "virtual_ipaddress": set()}}
    assert len(kinds.unlike(values.differences(one, other))) == 2
    assert values.differences(one, {}) == ["VI: only keepalived has it"]
    assert not values.differences(one, one)


def test_the_values_are_really_read(both):
    referee, daemon = both
    referee.put(referee.path, (kinds.INSTANCE % "\tpriority 77").encode())
    read = values.of_keepalived(daemon.dump(referee.path))
    assert read["VI"]["priority"] == "77" and \
        read["VI"]["virtual_ipaddress"] == {("10.9.0.10/24", None)}, read
    assert read["VI"]["advert_int"] == "1" and not read["VI"]["nopreempt"]
