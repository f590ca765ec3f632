# SPDX-License-Identifier: GPL-2.0-or-later
"""A keeper that comes after another goes on with the configuration that was
accepted, and with the deadline of a trial, whatever the files say by then."""

import os
import re
import signal
import time

import pytest

import statefile
from daemons import Baton, Instance, keepalived_conf
from lan import wait_for
from scene import ids, start_again, settle
from test_gapless import configure
from test_sandbox import children

pytestmark = [pytest.mark.leaks, pytest.mark.skipif(
    not Baton.is_built(), reason="batond is not built")]


def one(priority):
    return Instance(interval=0.2, priority=priority)


def edit(daemon, priority):
    """Only the file."""
    configure(daemon, text=keepalived_conf([one(priority)]))


@pytest.fixture
def daemon(lan):
    daemon = Baton(lan.routers[0]).start([one(200)])
    daemon.wait_state("active")
    return daemon


def next_keeper(daemon):
    """The keeper is killed, and another comes; `vrrp` is replaced."""
    old = ids(daemon)
    os.kill(old["keeper"], signal.SIGKILL)
    start_again(daemon)
    wait_for(lambda: ids(daemon).get("keeper", old["keeper"]) != old["keeper"]
             and ids(daemon).get("vrrp", old["vrrp"]) != old["vrrp"]
             and len(children(daemon).get("vrrp", [])) == 1, 20,
             "the next processes")
    wait_for(lambda: answers(daemon), 10, "an answer")


def answers(daemon):
    try:
        return daemon.status()
    except RuntimeError:
        return None


def priority(daemon):
    return daemon.status()["priority"]


def has_priority(daemon, wanted):
    """Of one answer: while processes are replaced there may be none."""
    return (answers(daemon) or {}).get("priority") == wanted


def test_an_edit_that_nobody_has_asked_for_is_not_in_force(daemon):
    edit(daemon, 50)
    since = daemon.status()["since"]
    next_keeper(daemon)
    assert priority(daemon) == 200
    assert daemon.status()["since"] == since
    assert "the configuration that was in force goes on" in daemon.log()
    assert "200 -> 50" in daemon.ask("reload")
    assert priority(daemon) == 50


@pytest.mark.parametrize("text", ["", "vrrp_instance gate {\n inter", None],
                         ids=["empty", "half", "none"])
def test_a_broken_file_ends_nothing(daemon, text):
    if text is None:
        os.unlink(os.path.join(daemon.directory, "baton.conf"))
    else:
        daemon.file("baton.conf", text)
    next_keeper(daemon)
    assert priority(daemon) == 200 and daemon.state() == "active"
    with pytest.raises(RuntimeError, match="the old one goes on"):
        daemon.ask("reload")
    # And what dies is started again.
    old = ids(daemon)["vrrp"]
    os.kill(old, signal.SIGKILL)
    wait_for(lambda: ids(daemon).get("vrrp", old) != old, 10, "another vrrp")
    daemon.wait_state("active")
    assert priority(daemon) == 200


def test_one_keeper_after_the_other_goes_on(daemon):
    edit(daemon, 50)
    for _ in range(3):
        next_keeper(daemon)
    assert priority(daemon) == 200


def test_a_keeper_that_dies_at_once_costs_nothing(daemon):
    """Before it has replaced anything: it never had a process of its own."""
    edit(daemon, 50)
    for _ in range(5):
        keeper = daemon.main_pid()
        os.kill(keeper, signal.SIGKILL)
        start_again(daemon)
        settle(0.05)
    wait_for(lambda: answers(daemon) and
             len(children(daemon).get("vrrp", [])) == 1, 20, "an end of it")
    assert priority(daemon) == 200


def test_a_trial_ends_when_it_was_to_end(daemon):
    edit(daemon, 50)
    begin = time.monotonic()
    daemon.ask("reload", "--confirm", "12")
    next_keeper(daemon)
    assert priority(daemon) == 50
    assert re.search(r"the one before returns in (1?\d\.\d) s", daemon.log())
    wait_for(lambda: has_priority(daemon, 200), 20,
             "the return")
    assert time.monotonic() - begin > 11
    assert "not confirmed; the configuration of before" in daemon.log()


def test_a_trial_that_ended_while_there_was_no_keeper(daemon):
    edit(daemon, 50)
    daemon.ask("reload", "--confirm", "1")
    os.kill(ids(daemon)["keeper"], signal.SIGKILL)
    settle(1.5)  # the trial is over
    start_again(daemon)
    wait_for(lambda: has_priority(daemon, 200), 20,
             "the return")


def test_a_trial_is_confirmed_to_the_next_keeper(daemon):
    edit(daemon, 50)
    daemon.ask("reload", "--confirm", "60")
    next_keeper(daemon)
    assert "confirmed" in daemon.ask("confirm")
    next_keeper(daemon)
    with pytest.raises(RuntimeError, match="nothing waits"):
        daemon.ask("confirm")
    assert priority(daemon) == 50


def test_a_trial_outlives_two_keepers_and_a_vrrp(daemon):
    edit(daemon, 50)
    daemon.ask("reload", "--confirm", "60")
    edit(daemon, 70)
    daemon.ask("reload", "--confirm", "25")  # returns to the first
    next_keeper(daemon)
    old = ids(daemon)["vrrp"]
    os.kill(old, signal.SIGKILL)
    wait_for(lambda: ids(daemon).get("vrrp", old) != old, 10, "another vrrp")
    adverts = daemon.counters()["adverts_sent"]
    wait_for(lambda: daemon.counters()["adverts_sent"] > adverts + 1, 10,
             "that it serves")
    next_keeper(daemon)
    assert priority(daemon) == 70
    wait_for(lambda: has_priority(daemon, 200), 40,
             "the return")


def test_an_upgrade_goes_on_with_it(daemon):
    edit(daemon, 50)
    assert "runs" in daemon.ask("upgrade")
    assert priority(daemon) == 200
    next_keeper(daemon)
    assert priority(daemon) == 200


def test_what_is_not_understood_is_read_from_the_files(daemon):
    """As by a program with other keywords."""
    edit(daemon, 50)
    old = ids(daemon)
    os.kill(old["keeper"], signal.SIGKILL)
    path = os.path.join(daemon.run_dir, "state")
    number, lines = statefile.newest(path)
    word, pid, began, ledger, packed, *more = lines[1].split()
    assert word == "server" and int(packed) > 2
    lines[1] = " ".join([word, pid, began, ledger, "0", *more])
    statefile.write(path, number + 1, lines)
    start_again(daemon)
    wait_for(lambda: has_priority(daemon, 50), 20,
             "what the files say")
