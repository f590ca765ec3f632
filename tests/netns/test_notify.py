# SPDX-License-Identifier: GPL-2.0-or-later
"""Users' scripts that are told of changes of state (notify, notify_master, …):
their arguments and their order are keepalived's, and none is lost."""

import os
import signal
import time

import pytest

from daemons import Baton, Instance, Keepalived, keepalived_conf
from instruments import MS, Listen
from lan import wait_for
from scene import DEBUG, TOLD, ids, ledger_of, sections_of, settle

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

KINDS = ("any", "master", "backup", "fault", "stop")


class Told:
    """Scripts that write down what they are told, one file a word."""

    def __init__(self, router, more=""):
        self.folder = os.path.join(router.directory, "told")
        os.makedirs(self.folder, exist_ok=True)
        self.script = os.path.join(self.folder, "note.sh")
        with open(self.script, "w") as file:
            file.write(f'#!/bin/sh\nword=$1\nshift\n'
                       f'echo >> {self.folder}/$word.begun\n{more}\n'
                       f'echo "$@" >> {self.folder}/$word\n'
                       f'echo "$BATON_CAUSE" >> {self.folder}/$word.cause\n'
                       f'env | grep ^BATON_ | sort > {self.folder}/$word.env\n')
        os.chmod(self.script, 0o755)

    def lines(self):
        return [f"notify{'' if word == 'any' else '_' + word} "
                f'"{self.script} {word} own"' for word in KINDS]

    def of(self, word):
        try:
            with open(os.path.join(self.folder, word)) as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def states(self):
        return [line.split()[3] for line in self.of("any")]

    def wait(self, *states, timeout=15):
        wait_for(lambda: self.states() == list(states), timeout,
                 f"{states} to be told")


def start(kind, router, told, **options):
    daemon = kind(router)
    daemon.instances = [Instance(**{"interval": 0.1, "priority": 200,
                                    **options}, extra=told.lines())]
    daemon.start_text(keepalived_conf(daemon.instances,
                                      ["script_user root"]))
    return daemon


@pytest.mark.parametrize("kind", [Baton, Keepalived])
def test_a_life(lan, kind):
    a, _ = lan.routers
    told = Told(a)
    daemon = start(kind, a, told)
    told.wait("BACKUP", "MASTER")
    lan.carrier_down(a)
    told.wait("BACKUP", "MASTER", "FAULT")
    lan.carrier_up(a)
    told.wait("BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER")
    daemon.stop()
    told.wait("BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER", "STOP")
    assert set(told.of("any")) == {
        f"own INSTANCE gate {state} 200"
        for state in ("BACKUP", "MASTER", "FAULT", "STOP")}
    assert {word: told.of(word) for word in KINDS[1:]} == {
        "master": ["own"] * 2, "backup": ["own"] * 2, "fault": ["own"],
        "stop": ["own"]}
    if kind is Baton:
        assert told.of("any.cause") == [
            "startup", "silence", "no-carrier", "startup", "silence",
            "shutdown"]


def test_what_is_known_is_in_the_environment(lan):
    a, b = lan.routers
    told = Told(a)
    first = start(Baton, a, told, priority=100)
    told.wait("BACKUP", "MASTER")
    before = int(time.time())
    Baton(b).start([Instance(interval=0.1, priority=150)])
    told.wait("BACKUP", "MASTER", "BACKUP")
    wait_for(lambda: "BATON_STATE=BACKUP" in told.of("backup.env")
             and "BATON_CHANGE=3" in told.of("backup.env"), 5, "the variables")
    known = dict(line.split("=", 1) for line in told.of("backup.env"))
    assert known.pop("BATON_RULE").startswith("RFC 9568 6.4.3")
    assert before - 1 <= int(known.pop("BATON_TIME")) <= time.time() + 1
    known = {name: value for name, value in known.items()
             if name not in ("BATON_RECORD", "BATON_BUILD")}
    assert known == {
        "BATON_INSTANCE": "gate", "BATON_GROUP": "", "BATON_STATE": "BACKUP",
        "BATON_PRIORITY": "100", "BATON_FROM": "active",
        "BATON_CAUSE": "higher-priority", "BATON_PEER": str(b.address()),
        "BATON_PEER_PRIORITY": "150", "BATON_INTERFACE": "lan0",
        "BATON_VRID": "10", "BATON_CHANGE": "3"}
    assert first.state() == "backup"


def test_an_owner_is_master_at_once(lan):
    """keepalived is BACKUP first, where that is written."""
    a, _ = lan.routers
    told = Told(a)
    daemon = start(Baton, a, told, priority=255)
    told.wait("MASTER")
    assert told.of("any") == ["own INSTANCE gate MASTER 255"]
    daemon.stop()
    told.wait("MASTER", "STOP")


def test_who_is_told_of_master_finds_the_address(lan):
    a, _ = lan.routers
    told = Told(a, more='ip -4 -o addr show dev lan0 | grep -c 192.0.2.1/ '
                f'>> {a.directory}/found')
    start(Baton, a, told)
    told.wait("BACKUP", "MASTER")
    with open(f"{a.directory}/found") as file:
        assert sorted(file.read().split()) == ["0", "0", "1", "1"]


def test_a_slow_script_holds_up_nobody_and_loses_nothing(lan):
    a, b = lan.routers
    told = Told(a, more="sleep 0.5")
    first = start(Baton, a, told)
    first.wait_state("active")
    second = Baton(b).start([Instance(interval=0.1)])
    second.wait_state("backup")
    for _ in range(2):
        lan.carrier_down(a)
        second.wait_state("active")
        lan.carrier_up(a)
        second.wait_state("backup")
    told.wait("BACKUP", "MASTER", *["FAULT", "BACKUP", "MASTER"] * 2,
              timeout=40)
    assert first.state() == "active"


@pytest.mark.parametrize("what", ["run", "vrrp", "upgrade", "reload"])
def test_nothing_is_told_twice_or_lost(lan, what):
    a, _ = lan.routers
    told = Told(a)
    first = start(Baton, a, told)
    told.wait("BACKUP", "MASTER")
    run = ids(first)["run"]
    if what == "run":
        os.kill(run, signal.SIGKILL)
    elif what == "vrrp":
        os.kill(first.vrrp_pid(), signal.SIGKILL)
    elif what == "upgrade":
        first.ask("upgrade")
    else:
        first.file("baton.conf", keepalived_conf(
            [*first.instances, Instance(name="more", vrid=9, interval=0.1,
                                        addresses=["192.0.2.9/24"])],
            ["script_user root"]))
        first.ask("reload")
    if what != "vrrp":
        wait_for(lambda: ids(first).get("run", run) != run, 10,
                 "another process run")
    settle(1)
    assert told.states() == ["BACKUP", "MASTER"]
    lan.carrier_down(a)
    told.wait("BACKUP", "MASTER", "FAULT")


def test_what_happens_while_nobody_tells_is_told_later(lan):
    a, _ = lan.routers
    told = Told(a)
    first = start(Baton, a, told)
    told.wait("BACKUP", "MASTER")
    os.kill(ids(first)["run"], signal.SIGSTOP)
    lan.carrier_down(a)
    first.wait_state("fault")
    lan.carrier_up(a)
    first.wait_state("active")
    at = time.monotonic()
    os.kill(ids(first)["run"], signal.SIGKILL)
    told.wait("BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER")
    assert time.monotonic() - at < 5


def test_a_stop_waits_a_second_for_who_is_told(lan):
    a, _ = lan.routers
    told = Told(a, more='test "$word" = stop && sleep 30')
    first = start(Baton, a, told)
    told.wait("BACKUP", "MASTER")
    at = time.monotonic()
    first.stop()
    assert time.monotonic() - at < 5
    assert told.states()[-1] == "STOP"


@pytest.mark.parametrize("how", ["stop", "removal"])
def test_the_last_change_is_told_beside_a_slow_script(lan, how):
    a, _ = lan.routers
    told = Told(a, more='test "$word" = master && sleep 60')
    first = start(Baton, a, told)
    told.wait("BACKUP", "MASTER")
    wait_for(lambda: told.of("master.begun"), 10, "the slow script")
    if how == "stop":
        first.stop()
        told.wait("BACKUP", "MASTER", "STOP")
    else:
        first.file("baton.conf", keepalived_conf(
            [Instance(name="more", vrid=9, interval=0.1,
                      addresses=["192.0.2.9/24"])], ["script_user root"]))
        first.ask("reload")
        told.wait("BACKUP", "MASTER", "FAULT")


def test_what_scripts_wrote_is_shown(lan):
    a, _ = lan.routers
    told = Told(a, more='echo "hello $word"\ntest "$word" = fault && exit 3\n'
                'test "$word" = backup && test -e $0.slow && sleep 60')
    first = start(Baton, a, told)
    told.wait("BACKUP", "MASTER")
    wait_for(lambda: not first.status()["notify"]["running"], 10, "the end")
    notify = first.status()["notify"]
    assert notify["told"] == "MASTER" and not notify["failed"]
    assert notify["runs"] == 4 and notify["failures"] == 0
    assert sorted(notify["output"].splitlines()) == ["hello any",
                                                     "hello master"]
    assert "it exited with status 0; it wrote: hello " in \
        first.ask("why", "gate")
    lan.carrier_down(a)
    told.wait("BACKUP", "MASTER", "FAULT")
    wait_for(lambda: "FAULT: it exited with status 3: hello"
             in first.ask("status"), 10, "the failure")
    open(told.script + ".slow", "w").close()
    lan.carrier_up(a)
    first.wait_state("active")
    wait_for(lambda: "1 change waits until the notify script that was told "
             "BACKUP has ended" in first.ask("why", "gate"), 10, "MASTER")


def begun(told, daemon, word):
    """Until both scripts run, and are known to."""
    wait_for(lambda: told.of(f"{word}.begun") and told.of("any.begun"), 10,
             f"{word} to be told")
    wait_for(lambda: daemon.status()["notify"]["runs"] == 2, 10,
             "that it is noted")


def test_who_is_told_outlives_who_started_it(lan):
    """Also when it goes on writing."""
    a, _ = lan.routers
    told = Told(a, more='sleep 1\necho one\necho two\necho three')
    first = start(Baton, a, told)
    begun(told, first, "backup")
    os.kill(ids(first)["run"], signal.SIGKILL)
    told.wait("BACKUP", "MASTER")


def test_what_was_begun_is_not_told_again(lan):
    """Who told it has died before it could say so: its record is put back."""
    a, _ = lan.routers
    told = Told(a, more="sleep 1")
    first = start(Baton, a, told)
    begun(told, first, "backup")
    run = ids(first)["run"]
    os.kill(run, signal.SIGSTOP)
    with ledger_of(first.vrrp_pid()) as ledger:
        at = sections_of(ledger)[TOLD][3]
        ledger[at] = 0
    os.kill(run, signal.SIGKILL)
    told.wait("BACKUP", "MASTER")
    assert told.of("backup") == ["own"]


@pytest.mark.parametrize("what", ["run", "upgrade", "reload"])
def test_never_two_at_once(lan, what):
    """Also not when another process has started the one that runs."""
    a, _ = lan.routers
    spans = os.path.join(a.directory, "spans")
    told = Told(a, more=f'test $word = any || exit 0\n'
                f'echo "$4 begins" >> {spans}\nsleep 1.5\n'
                f'echo "$4 ends" >> {spans}')

    def lines():
        try:
            with open(spans) as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []
    first = start(Baton, a, told)
    wait_for(lambda: lines() == ["BACKUP begins"], 10, "BACKUP to be told")
    first.wait_state("active")
    run = ids(first)["run"]
    if what == "run":
        os.kill(run, signal.SIGKILL)
    elif what == "upgrade":
        first.ask("upgrade")
    else:
        first.file("baton.conf", keepalived_conf(
            first.instances, ["script_user root", "vrrp_garp_interval 0.1"]))
        first.ask("reload")
    wait_for(lambda: ids(first).get("run", run) != run, 10,
             "another process run")
    told.wait("BACKUP", "MASTER")
    assert lines() == [f"{state} {end}" for state in ("BACKUP", "MASTER")
                       for end in ("begins", "ends")]


@pytest.mark.timing
def test_nothing_is_late_for_who_is_told(lan):
    """A FIFO that nobody reads, scripts that sleep for a minute, and the
    process that starts them frozen and killed, again and again."""
    a, b = lan.routers
    told = Told(a, more="sleep 60")
    names = [f"n{n}" for n in range(8)]
    instances = [Instance(name=name, vrid=n + 1, interval=0.1, priority=200,
                          addresses=[f"192.0.2.{n + 1}/32"],
                          extra=told.lines()) for n, name in enumerate(names)]
    daemon = Baton(a)
    daemon.instances = instances
    daemon.start_text(keepalived_conf(
        instances, ["script_user root",
                    f"notify_fifo {a.directory}/fifo"]))
    for name in names:
        daemon.wait_state("active", name)
    listen = Listen(lan, a)
    listen.mark()
    for number in (signal.SIGSTOP, signal.SIGCONT, signal.SIGKILL) * 2:
        os.kill(ids(daemon)["run"], number)
        settle(0.3)
        wait_for(lambda: ids(daemon).get("run"), 10, "the process run")
    heard = listen.report()
    late = max(heard.gaps.values()) - 100 * MS
    assert late <= (50 if DEBUG else 5) * MS + heard.allowance
    assert len(heard.gaps) == len(names)
