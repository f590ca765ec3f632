# SPDX-License-Identifier: GPL-2.0-or-later
"""Users' scripts that are tracked (vrrp_script, track_script): what they count
as, beside keepalived; and what a script, or the process that runs it, can do
to the virtual routers: nothing."""

import os
import re
import signal
import stat
import time

import pytest

from daemons import Baton, Instance, Keepalived, keepalived_conf
from lan import processes_in, wait_for
from scene import ids, settle

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

BOTH = pytest.mark.parametrize("kind", [Baton, Keepalived])


class Switch:
    """A script that is good as long as a file is not there, and its log."""

    def __init__(self, router, name="check", more=""):
        self.name = name
        self.router = router
        self.bad = os.path.join(router.directory, f"{name}.bad")
        self.log = os.path.join(router.directory, f"{name}.log")
        self.path = os.path.join(router.directory, f"{name}.sh")
        with open(self.path, "w") as file:
            file.write(f"#!/bin/sh\necho run >> {self.log}\n{more}\n"
                       f"if test -e {self.bad}\nthen\n"
                       "echo it is switched off\nexit 3\nfi\n")
        os.chmod(self.path, 0o755)

    def off(self):
        open(self.bad, "w").close()

    def on(self):
        os.unlink(self.bad)

    def runs(self):
        try:
            with open(self.log) as file:
                return len(file.readlines())
        except FileNotFoundError:
            return 0


def script(name, command, *lines):
    return [f"vrrp_script {name} {{", f'    script "{command}"',
            *(f"    {line}" for line in lines), "}"]


def conf(instances, scripts, global_lines=()):
    return keepalived_conf(instances, ["script_user root", *global_lines]) \
        .replace("vrrp_instance", "\n".join(scripts) + "\nvrrp_instance", 1)


def tracking(*lines, **options):
    return Instance(**{"interval": 0.1, **options},
                    extra=["track_script {", *lines, "}"])


def start(kind, router, instances, scripts, global_lines=()):
    daemon = kind(router)
    daemon.instances = instances
    daemon.start_text(conf(instances, scripts, global_lines))
    return daemon


@BOTH
def test_a_failure_is_a_fault(lan, kind):
    a, b = lan.routers
    switch = Switch(a)
    first = start(kind, a, [tracking("check", priority=200)],
                  script("check", switch.path, "interval 1"))
    first.wait_state("active")
    second = Baton(b).start([Instance(interval=0.1)])
    second.wait_state("backup")
    switch.off()
    first.wait_state("fault")
    second.wait_state("active")
    if kind is Baton:
        status = first.status()
        assert status["faults"] == ["script"]
        assert status["tracked_scripts"][0]["verdict"] == "bad"
        assert "it is switched off" in first.ask("why", "gate")
        assert "exited with status 3" in first.ask("status")
        metrics = first.ask("metrics")
        assert 'baton_script_good{script="check"} 0\n' in metrics
        failed = re.search(r'baton_script_failures_total{script="check"} (\d+)',
                           metrics)
        assert int(failed[1]) > 0
    switch.on()
    first.wait_state("active")
    second.wait_state("backup")


@BOTH
@pytest.mark.parametrize("weight, other", [(-60, 150), (60, 110)])
def test_a_weight_moves_the_priority(lan, kind, weight, other):
    a, b = lan.routers
    switch = Switch(a)
    first = start(kind, a, [tracking("check", priority=200 if weight < 0
                                     else 100)],
                  script("check", switch.path, "interval 1",
                         f"weight {weight}"))
    first.wait_state("active")
    second = Baton(b).start([Instance(interval=0.1, priority=other)])
    second.wait_state("backup")
    switch.off()
    second.wait_state("active")
    first.wait_state("backup")
    switch.on()
    first.wait_state("active")
    second.wait_state("backup")
    assert "fault" not in first.transitions()


@BOTH
def test_the_first_result_is_waited_for(lan, kind):
    a, _ = lan.routers
    switch = Switch(a, more="sleep 1.5")
    first = start(kind, a, [tracking("check")],
                  script("check", switch.path, "interval 5", "timeout 4",
                         "rise 3"))
    wait_for(switch.runs, 10, "the script to be started")
    at = time.monotonic()
    first.wait_state("backup" if kind is Keepalived else "active")
    if kind is Baton:
        assert time.monotonic() - at > 1
    assert "fault" not in first.transitions()


@BOTH
def test_a_first_failure_counts_at_once(lan, kind):
    a, _ = lan.routers
    switch = Switch(a)
    switch.off()
    first = start(kind, a, [tracking("check")],
                  script("check", switch.path, "interval 1", "fall 5"))
    if kind is Keepalived:  # it does not log the fault that it begins with
        wait_for(switch.runs, 10, "the script to be started")
        settle(4)
        assert first.transitions() == []
        return
    first.wait_state("fault")
    assert first.transitions() == ["fault"]


def test_rise_and_fall(lan):
    a, _ = lan.routers
    switch = Switch(a)
    first = start(Baton, a, [tracking("check")],
                  script("check", switch.path, "interval 0.2", "fall 4",
                         "rise 3"))
    first.wait_state("active")

    def script_of():
        return first.all_status()["scripts"][0]

    before = script_of()
    switch.off()
    first.wait_state("fault")
    after = script_of()
    assert after["failures"] - before["failures"] == 4
    runs = script_of()["runs"]
    switch.on()
    first.wait_state("active")
    now = script_of()
    assert now["verdict"] == "good"
    assert now["runs"] - runs >= 2


def test_one_that_is_shared_runs_once(lan):
    a, _ = lan.routers
    switch = Switch(a)
    instances = [tracking("check", name=f"gate{n}", vrid=n + 1,
                          addresses=[f"192.0.2.{n + 1}/24"])
                 for n in range(5)]
    first = start(Baton, a, instances,
                  script("check", switch.path, "interval 0.5"))
    for i in instances:
        first.wait_state("active", i.name)
    runs = first.all_status()["scripts"][0]["runs"]
    assert abs(switch.runs() - runs) <= 1
    switch.off()
    for i in instances:
        first.wait_state("fault", i.name)


def children(router, word):
    return [pid for pid, words in router.processes().items()
            if any(word in one for one in words)]


@pytest.mark.parametrize("body", [
    pytest.param("trap '' TERM\nsleep 1234.5 &\nsleep 1234.5", id="hangs"),
    pytest.param("trap '' TERM\nfor i in $(seq 200)\ndo\nsleep 1234.5 &\n"
                 "done\nwait", id="bomb")])
def test_what_takes_too_long_is_ended_as_a_whole(lan, body):
    a, b = lan.routers
    switch = Switch(a, more=body)
    second = Baton(b).start([Instance(interval=0.1)])
    second.wait_state("active")
    first = start(Baton, a, [
        tracking("check weight 10", priority=200)],
        script("check", switch.path, "interval 4", "timeout 1"))
    first.wait_state("active")
    second.wait_state("backup")
    wait_for(lambda: first.all_status()["scripts"][0]["failures"], 10,
             "the script to have failed")
    wait_for(lambda: not children(a, "1234.5"), 5, "its children to end")
    result = first.all_status()["scripts"][0]
    assert result["how"] == "timed-out"
    assert result["verdict"] == "bad"
    # Never two at the same time, and nobody waited for it.
    assert second.transitions()[-1] == "backup"
    assert first.counters()["became_active"] == 1


def run_of(daemon):
    return wait_for(lambda: ids(daemon).get("run"), 5, "the process run")


def test_a_run_that_hangs_is_replaced(lan):
    a, _ = lan.routers
    good = Switch(a)
    first = start(Baton, a, [tracking("check", priority=200)],
                  script("check", good.path, "interval 0.5"))
    first.wait_state("active")
    before, run = first.transitions(), run_of(first)
    os.kill(run, signal.SIGSTOP)
    wait_for(lambda: ids(first).get("run", run) != run, 15,
             "another process run")
    assert "process run hung for" in first.ask("events")
    assert first.transitions() == before
    good.off()
    first.wait_state("fault")


@pytest.mark.parametrize("what", ["run-dies", "run-hangs", "vrrp-dies",
                                  "upgrade"])
def test_a_verdict_outlives_who_found_it(lan, what):
    a, _ = lan.routers
    good, bad = Switch(a, "good"), Switch(a, "bad")
    bad.off()
    first = start(Baton, a, [
        tracking("good", "bad weight -30", priority=200)],
        [*script("good", good.path, "interval 1"),
         *script("bad", bad.path, "interval 1")])
    first.wait_state("active")
    wait_for(lambda: first.status()["effective_priority"] == 170, 5,
             "the weight")
    before = first.transitions()
    run = run_of(first)
    if what == "run-dies":
        os.kill(run, signal.SIGKILL)
        wait_for(lambda: run_of(first) != run, 5, "another process run")
    elif what == "run-hangs":
        os.kill(run, signal.SIGSTOP)
        settle(2.5)
    elif what == "vrrp-dies":
        os.kill(first.vrrp_pid(), signal.SIGKILL)
        settle(0.5)
        wait_for(lambda: first.status(), 5, "an answer")
    else:
        first.ask("upgrade")
        wait_for(lambda: run_of(first) != run, 10, "another process run")
    assert first.status()["effective_priority"] == 170
    assert first.transitions() == before
    if what == "run-hangs":
        os.kill(run, signal.SIGCONT)
    good.off()
    first.wait_state("fault")


@pytest.mark.parametrize("what", ["upgrade", "keeper-dies", "run-ends"])
def test_a_run_that_is_broken_off_says_nothing(lan, what):
    a, b = lan.routers
    slow = Switch(a, more="sleep 0.8")
    slowly = script("check", slow.path, "interval 1", "timeout 10")
    first = start(Baton, a, [tracking("check", priority=200)],
                  slowly)
    first.wait_state("active")
    second = Baton(b).start([Instance(interval=0.1)])
    second.wait_state("backup")
    before = first.transitions()
    for _ in range(3):
        run, old = run_of(first), ids(first)
        wait_for(lambda: first.all_status()["scripts"][0]["running"], 5,
                 "a run", pause=0)
        if what == "upgrade":
            first.ask("upgrade")
        elif what == "run-ends":
            os.kill(run, signal.SIGTERM)
        else:
            os.kill(old["keeper"], signal.SIGKILL)
            first.reap()
            first.start_text(conf(first.instances, slowly))
        wait_for(lambda: ids(first).get("run", run) != run, 10,
                 "another process run")
        wait_for(lambda: first.all_status()["scripts"][0]["running"], 5,
                 "a run", pause=0)
    settle(1.5)
    assert first.transitions()[-1] == "active"
    assert first.all_status()["scripts"][0]["failures"] == 0
    assert "fault" not in first.transitions()
    assert second.transitions()[-1] == "backup"
    assert len(before) <= len(first.transitions())


def test_a_reload_keeps_verdicts(lan):
    a, _ = lan.routers
    good, other = Switch(a, "good"), Switch(a, "other", more="sleep 1")
    scripts = script("good", good.path, "interval 1")
    first = start(Baton, a, [tracking("good", priority=200)], scripts)
    first.wait_state("active")
    before = first.transitions()
    run = run_of(first)
    # Another one, and other numbers; the new one holds nobody.
    first.instances = [tracking("good", "other", priority=200)]
    first.file("baton.conf", conf(
        first.instances, [*script("good", good.path, "interval 1", "rise 3"),
                          *script("other", other.path, "interval 2")]))
    first.ask("reload")
    wait_for(lambda: run_of(first) != run, 5, "another process run")
    wait_for(lambda: {row["name"]: row["verdict"] for row in
                      first.all_status()["scripts"]}
             == {"good": "good", "other": "good"}, 10, "both verdicts")
    assert first.transitions() == before
    # Without scripts there is no such process.
    first.instances = [Instance(interval=0.1, priority=200)]
    first.file("baton.conf", keepalived_conf(first.instances))
    first.ask("reload")
    wait_for(lambda: "run" not in {row["name"] for row in
                                   first.all_status()["processes"]}, 10,
             "the end of the process run")
    assert first.transitions() == before
    assert not processes_in(a.pid, without=()) or not children(a, "good.sh")


@pytest.mark.parametrize("lines, mode", [((), 0o600),
                                         (("umask IWGRP|IWOTH",), 0o644)])
def test_who_runs_it(lan, lines, mode):
    a, _ = lan.routers
    out = os.path.join(a.directory, "out")
    os.mkdir(out)
    os.chmod(out, 0o777)
    os.chmod(a.directory, 0o755)
    switch = Switch(a, more=f"id -un > {out}/who; id -gn >> {out}/who")
    os.chmod(switch.path, 0o755)
    open(switch.log, "w").close()
    os.chmod(switch.log, 0o666)
    first = start(Baton, a, [tracking("check")],
                  script("check", switch.path, "user nobody daemon"), lines)
    first.wait_state("active")
    with open(f"{out}/who") as file:
        assert file.read().split() == ["nobody", "daemon"]
    assert stat.S_IMODE(os.stat(f"{out}/who").st_mode) == mode


def test_one_that_is_not_there_is_not_tracked(lan):
    a, _ = lan.routers
    path = os.path.join(a.directory, "late.sh")
    first = start(Baton, a, [tracking("late")],
                  script("late", path, "interval 1"))
    first.wait_state("active")
    assert "late cannot be run, and is not tracked" in first.ask("status")
    with open(path, "w") as file:
        file.write("#!/bin/sh\nexit 1\n")
    os.chmod(path, 0o755)
    first.wait_state("fault")  # it is, as soon as it is there
    # And one that cannot be executed any more has failed.
    with open(path, "w") as file:
        file.write("#!/nowhere/sh\n")
    settle(1.5)
    assert first.state() == "fault"


@pytest.mark.parametrize("secure", [True, False])
def test_root_runs_what_only_root_can_change(lan, secure):
    a, _ = lan.routers
    switch = Switch(a)
    os.chmod(switch.path, 0o777)
    first = start(Baton, a, [tracking("check")],
                  script("check", switch.path, "interval 1"),
                  ["enable_script_security"] if secure else [])
    first.wait_state("active")
    text = first.ask("status")
    assert ("can be changed by others than root" in text) == secure
    assert (switch.runs() > 0) != secure
