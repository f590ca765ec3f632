# SPDX-License-Identifier: GPL-2.0-or-later
"""What keepalived runs, baton runs: the same files under both (kinds.py)."""

import os
import subprocess
import time

import pytest

import compare
import corpus
import judge
import kinds

FILES = int(os.environ.get("BATON_FILES", "300"))
FIRST = int(os.environ.get("BATON_FIRST", "0"))
SECONDS = float(os.environ.get("BATON_SECONDS", "15"))  # then it is enough
ENOUGH = 300  # files, however slow this machine is


@pytest.fixture(scope="module")
def referee():
    one = judge.Judge()
    yield one
    one.close()


def told(result):
    return "\n\n".join([result.summary(), *result.faults[:10]])


def test_the_samples_of_the_package_run(referee):
    """All but those with a word that waits for a later release."""
    waits = kinds.KINDS[0]
    assert len(corpus.SAMPLES) >= 25
    for path in corpus.SAMPLES:
        with open(path, "rb") as file:
            text = file.read()
        _, baton = referee.ask(text)
        errors = judge.messages(baton.text, "error")
        assert all(kinds.of_error(error) is waits for error in errors), path
        assert baton.runs == (not errors), path
        # Not for nothing: most samples without virtual servers do run.
        if b"virtual_server" not in text and b"use_vmac" not in text:
            assert baton.runs, (path, errors)


@pytest.mark.long
def test_generated_files():
    end = time.monotonic() + SECONDS
    result = compare.compare(compare.seeds(FIRST, min(FILES, ENOUGH)))
    if FILES > ENOUGH and len(result.faults) == 0:
        more = compare.compare(
            compare.seeds(FIRST + ENOUGH, FILES - ENOUGH, until=end))
        result.join(more)
    print(result.summary())
    assert not result.faults, told(result)
    assert result.count["run by both"] > 50, result.summary()
    assert result.count["run by none"] > 20, result.summary()


def test_samples_of_debian():
    if not corpus.SAMPLES:
        pytest.skip("the package keepalived has no samples here")
    result = compare.compare(
        (path, open(path, "rb").read()) for path in corpus.SAMPLES)
    assert not result.faults, told(result)


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.name)
def test_each_kind_is_still_a_difference(kind, referee):
    keepalived, baton = referee.ask(kind.example.encode())
    text = f"{keepalived.text}\n---\n{baton.text}"
    if kind.baton:
        assert (keepalived.runs, baton.runs) == (True, False), text
        found = {kinds.of_error(error)
                 for error in judge.messages(baton.text, "error")}
        assert kind in found, text
    else:
        assert (keepalived.runs, baton.runs) == (False, True), text
        assert any(kind.keepalived.search(line)
                   for line in judge.fatal(keepalived.text)), text


@pytest.mark.parametrize("word", sorted(kinds.WAITING))
def test_each_word_that_waits_is_refused(word, referee):
    text = kinds.example_of_word(word).encode()
    _, baton = referee.ask(text)
    waits = [error for error in judge.messages(baton.text, "error")
             if error.startswith(f"baton does not do {word} yet")]
    assert waits, f"{word} is not refused: take it out of WAITING\n" \
        + baton.text


@pytest.mark.parametrize("name", sorted(kinds.FAILURES))
def test_where_keepalived_fails_baton_answers(name, referee):
    keepalived, baton = referee.ask(kinds.FAILURES[name].encode())
    assert keepalived.runs is None, keepalived.text
    assert baton.runs is not None and baton.seconds < judge.CPU, baton.text


def test_the_server_answers_as_the_program(tmp_path):
    """What serve.c makes of a program says what the program itself says."""
    referee = judge.Judge()
    path = str(tmp_path / "k.conf")
    for seed in range(12):
        text = corpus.write(seed)
        with open(path, "wb") as file:
            file.write(text)
        done = subprocess.run([judge.BATON, "check", path],
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        keepalived = subprocess.run(
            ["unshare", "--net", "sh", "-c", judge.INTERFACES
             + f"exec {judge.KEEPALIVED} -t -f {path}"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        first, second = referee.ask(text)
        assert (keepalived.returncode, done.returncode) == \
            (first.code, second.code), text
    referee.close()


def test_a_difference_is_seen(referee):
    """An error that no kind explains is one, and so is an end of keepalived."""
    assert kinds.unexplained(True, False, ["priority takes no x"], [])
    assert kinds.unexplained(True, False, [], [])
    assert kinds.unexplained(False, True, [], ["both use VRID 5"])
    assert kinds.unexplained(
        True, False, ["baton does not do advert_int yet: x"], [])
    assert not kinds.unexplained(
        True, False, ["baton does not do use_vmac yet: x"], [])
    assert not kinds.unexplained(None, False, ["x"], [])
