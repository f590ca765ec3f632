# SPDX-License-Identifier: GPL-2.0-or-later
"""The unit that is installed, under systemd: what is done to the service by
systemctl(1), or to its processes, costs no packet.

It is the scene of test_gapless.py, but that on the Active's machine systemd
is PID 1 and runs the service (systemd.py). The peer and the host are outside.
"""

import ctypes
import os
import re
import signal
import socket
import time

import pytest

from daemons import Baton, Instance, keepalived_conf
from lan import wait_for
from systemd import Unit
from scene import Scene, complete, ids, replaced, serving, settle
from smtp import MailServer, certificate
from test_blocked_log import send_many
from test_gapless import extra, names

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built")]

ROUNDS = int(os.environ.get("BATON_ROUNDS", "1"))
STOP_MOST = 5  # seconds; an interval, and time for a debug build

# What systemd warns of, and why the unit lives with it: a restart kills the
# keeper, and what serves runs on until the next one takes it over.
KNOWN = (r"Main process exited, code=killed, status=9/KILL",
         r"Unit process \d+ \((vrrp|ctl)\) remains running after unit stopped",
         # n/a: one that ended while systemd looked.
         r"Found left-over process \d+ \(((batond-)?(vrrp|ctl)|n/a)\) "
         "in control group",
         r"This usually indicates unclean termination of a previous run",
         r"Failed with result 'signal'")


@pytest.fixture
def scene(lan, boot):
    machine = boot(lan.routers[0])
    return Scene(lan, daemon=lambda router: Unit(router, machine))


def exe(pid):
    return os.readlink(f"/proc/{pid}/exe")


def runs_installed(unit):
    """Whether each of its processes runs the file that stands there now."""
    installed = os.stat(unit.machine.path(unit.machine.batond))
    try:
        return all(os.path.samestat(os.stat(f"/proc/{pid}/exe"), installed)
                   for pid in unit.processes())
    except OSError:
        return False  # one is just ending


def wait_for_the_installed(unit):
    wait_for(lambda: len(unit.processes()) >= 3 and runs_installed(unit), 15,
             "the new program")


def zombies(unit):
    """The names of processes that ended and that nobody has waited for."""
    told = unit.machine.run("ps", "-A", "-o", "stat=,comm=")[1]
    return [line.split()[1] for line in told.splitlines() if line[0] == "Z"]


def properties(unit):
    return unit.machine.show("ActiveState", "Result", "NRestarts")


def test_a_restart_is_not_noticed(scene):
    for _ in range(ROUNDS + 1):
        old = ids(scene.first)
        scene.first.systemctl("restart")
        # While it starts, the next one is installed.
        scene.first.machine.replace(scene.first.machine.batond)
        replaced(scene.first, "keeper", "vrrp", "ctl", old=old)
        settle()
    assert properties(scene.first)["NRestarts"] == "0"
    scene.nothing_lost()
    scene.no_transition()
    assert len(scene.first.machine.unit_pids()) == 3
    # Nothing in the unit that this systemd does not know, nor what it misses.
    told = scene.first.machine.journal("_PID=1", "-p", "warning")
    others = [line for line in told.splitlines()
              if not any(re.search(known, line) for known in KNOWN)]
    assert not others, "\n".join(others)
    # Nor does a file that cannot be used: it is read by a reload.
    old = ids(scene.first)
    scene.first.configure("nonsense {\n")
    scene.first.systemctl("restart")
    replaced(scene.first, "keeper", "vrrp", "ctl", old=old)
    settle()
    scene.nothing_lost()
    scene.no_transition()


def test_the_death_of_a_process_is_not_noticed(scene):
    for n in range(ROUNDS):
        old = ids(scene.first)
        os.kill(old["keeper"], signal.SIGKILL)
        replaced(scene.first, "keeper", "vrrp", "ctl", old=old)
        assert properties(scene.first) == {
            "ActiveState": "active", "Result": "success",
            "NRestarts": str(n + 1)}
        settle()
        old = ids(scene.first)
        os.kill(old["vrrp"], signal.SIGKILL)
        replaced(scene.first, "vrrp", old=old)
        assert ids(scene.first)["keeper"] == old["keeper"]
        settle()
    scene.nothing_lost()
    scene.no_transition()


def test_a_keeper_that_hangs_is_replaced(scene):
    """The service manager kills it, and starts another."""
    first, machine = scene.first, scene.first.machine
    text = machine.read(machine.find("batond.service"))
    assert "WatchdogSec=10\nWatchdogSignal=SIGKILL\n" in text
    machine.override("[Service]\nWatchdogSec=1\n")
    old = ids(first)
    first.systemctl("restart")
    replaced(first, "keeper", "vrrp", "ctl", old=old)
    old = ids(first)
    os.kill(old["keeper"], signal.SIGSTOP)
    replaced(first, "keeper", "vrrp", "ctl", old=old)
    assert properties(first) == {"ActiveState": "active", "Result": "success",
                                 "NRestarts": "1"}
    settle(1.5)  # one that turns is left alone
    assert properties(first)["NRestarts"] == "1"
    scene.nothing_lost()
    scene.no_transition()


PIDFD_GETFD = 438  # the system call


def make_small(pid):
    """The buffer of the socket that is its standard error: systemd makes it
    8 MiB."""
    process = os.pidfd_open(pid)
    fd = ctypes.CDLL(None, use_errno=True).syscall(PIDFD_GETFD, process, 2, 0)
    assert fd >= 0, os.strerror(ctypes.get_errno())
    with socket.socket(fileno=fd) as error:
        error.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    os.close(process)


def test_a_journal_that_hangs_holds_up_nothing(scene):
    first, machine = scene.first, scene.first.machine
    journald = next(pid for pid, words in machine.processes().items()
                    if "systemd-journald" in words[0])
    os.kill(journald, signal.SIGSTOP)
    old = ids(first)
    make_small(old["keeper"])
    send_many(first, 1000)
    os.kill(old["vrrp"], signal.SIGKILL)
    replaced(first, "vrrp", old=old)
    assert first.ask("reload") == "3 unchanged\n"
    os.kill(journald, signal.SIGCONT)
    wait_for(lambda: re.search(r"\d+ lines were lost", first.log()), 10,
             "how many were lost")
    assert ids(first)["keeper"] == old["keeper"]
    scene.nothing_lost()
    scene.no_transition()


def test_a_reload_touches_only_what_changed(scene):
    first = scene.first
    keeper = ids(first)["keeper"]
    own = names(first)
    first.configure(keepalived_conf([*first.instances, extra("more", 50)]))
    first.systemctl("reload")
    assert names(first) == own | {"more"}
    assert "adds more" in first.log()
    settle()
    first.configure("vrrp_instance gate {\n\tvirtual_router_id many\n}\n")
    before = serving(first)
    status, told = first.systemctl("reload", check=False)
    assert status != 0 and "failed" in told
    assert re.search(r"/etc/baton/baton\.conf:2:\d+: error", first.log())
    assert serving(first) == before
    assert properties(first)["ActiveState"] == "active"
    settle()
    first.configure(keepalived_conf(first.instances))
    first.systemctl("reload")
    assert names(first) == own
    assert ids(first)["keeper"] == keeper
    scene.nothing_lost()
    scene.no_transition()


def refused(unit, why):
    """That a reload fails, changes nothing, and the log says why."""
    old = serving(unit)
    status, told = unit.systemctl("reload", check=False)
    assert status != 0 and "failed" in told
    assert why in unit.log()
    assert serving(unit) == old and not runs_installed(unit)


def test_a_reload_runs_the_program_that_was_installed(scene):
    first, machine = scene.first, scene.first.machine
    keeper = ids(first)["keeper"]
    machine.replace(machine.batond)
    assert exe(keeper).endswith("(deleted)")
    # Not when a file cannot be used, be it the program or the configuration.
    first.configure("nonsense {\n")
    refused(first, "/etc/baton/baton.conf:1:1: error")
    first.configure(keepalived_conf(first.instances))
    os.chmod(machine.path(machine.batond), 0o644)
    refused(first, f"cannot execute {machine.batond}: Permission denied")
    os.chmod(machine.path(machine.batond), 0o755)
    for _ in range(ROUNDS):
        old = ids(first)
        first.systemctl("reload")
        replaced(first, "vrrp", "ctl", old=old)
        wait_for_the_installed(first)
        assert ids(first)["keeper"] == keeper
        assert {exe(pid) for pid in first.processes()} == {machine.batond}
        settle()
        machine.replace(machine.batond)
    # The same file is executed once.
    first.systemctl("reload")
    wait_for_the_installed(first)
    old = serving(first)
    first.systemctl("reload")
    settle()
    assert serving(first) == old
    assert len(re.findall(r"batond \S+ runs", first.log())) == ROUNDS + 1
    assert properties(first)["NRestarts"] == "0"
    scene.nothing_lost()
    scene.no_transition()


def test_a_reload_comes_at_any_time(scene):
    first, machine = scene.first, scene.first.machine
    # Just after a restart.
    first.systemctl("restart")
    machine.replace(machine.batond)
    first.systemctl("reload")
    wait_for_the_installed(first)
    assert properties(first)["NRestarts"] == "0"
    # The configuration has changed with the program.
    machine.replace(machine.batond)
    first.configure(keepalived_conf([*first.instances, extra("more", 50)]))
    first.systemctl("reload")
    assert "adds more" in first.log() and "more" in names(first)
    wait_for_the_installed(first)
    settle()
    assert zombies(first) == []
    # A program that ends at once is not executed, and one that only does so
    # when it should serve leaves vrrp alone until there is a better one.
    machine.replace(machine.batond, "#!/bin/sh\nexit 1\n")
    refused(first, "no upgrade")
    vrrp = ids(first)["vrrp"]
    machine.replace(machine.batond,
                    '#!/bin/sh\ntest "$1" = --config-test && '
                    'echo can be used\n')
    status, _ = first.systemctl("reload", check=False)
    assert status != 0
    settle(0.5)
    assert ids(first) == {"vrrp": vrrp}
    machine.replace(machine.batond)
    wait_for_the_installed(first)
    assert properties(first)["ActiveState"] == "active"
    settle()
    scene.nothing_lost()
    scene.no_transition()


def test_a_start_is_known_to_have_failed(lan, boot):
    """And then to have worked: the keeper takes orders at once."""
    machine = boot(lan.routers[0])
    unit = Unit(lan.routers[0], machine)
    unit.configure("vrrp_instance gate {\n\tvirtual_router_id many\n}\n")
    status, told = unit.systemctl("start", check=False)
    assert status != 0 and "failed" in told
    assert re.search(r"/etc/baton/baton\.conf:2:\d+: error", unit.log())
    unit.start([Instance(interval=0.1)])
    assert unit.ask("reload") == "1 unchanged\n"


def test_a_stop_and_a_start_lose_nothing(scene):
    router = scene.lan.routers[0]
    for _ in range(max(1, ROUNDS // 2)):
        begun = time.monotonic()
        assert scene.first.stop() == 0
        assert time.monotonic() - begun < STOP_MOST
        assert not scene.first.machine.unit_pids()
        assert properties(scene.first)["Result"] == "success"
        assert not any(router.holds(i.service)
                       for i in scene.first.instances)
        scene.wait_state(scene.second, "active")
        scene.first.systemctl("start")
        scene.wait_roles(scene.first, scene.second)
    settle()
    scene.nothing_lost()


def test_drained_is_remembered(scene):
    """Over a restart, and over a stop."""
    scene.first.ask("drain")
    scene.wait_state(scene.first, "init")
    old = ids(scene.first)
    scene.first.systemctl("restart")
    replaced(scene.first, "keeper", "vrrp", "ctl", old=old)
    scene.first.systemctl("stop")
    scene.first.systemctl("start")
    wait_for(lambda: complete(scene.first), 5, "the daemon")
    settle(4 * scene.second.instance("fast").interval)
    scene.wait_state(scene.first, "init")
    scene.first.ask("undrain")
    scene.wait_roles(scene.first, scene.second)
    for name in scene.probes:
        assert scene.second.transitions(name)[-2:] == ["active", "backup"]
    scene.nothing_lost()


def test_scripts_do_what_users_do(lan, boot):
    """What the unit of the daemon forbids: to ask systemd, to see the
    processes of others, to change routes, to write below /etc."""
    machine = boot(lan.routers[0])
    unit = Unit(lan.routers[0], machine)
    machine.write("/etc/check.sh", """#!/bin/sh
systemctl is-active batond.service || exit 1
pidof systemd-journald || exit 2
ip route replace 198.51.100.0/24 dev lan0 || exit 3
date >/etc/written || exit 4
test -e /etc/bad && exit 5
exit 0
""")
    os.chmod(machine.path("/etc/check.sh"), 0o755)
    instance = Instance(interval=0.1, extra=["track_script {", "check", "}"])
    text = keepalived_conf([instance], ["script_user root"]).replace(
        "vrrp_instance", "vrrp_script check {\n    script /etc/check.sh\n"
        "    timeout 5\n}\nvrrp_instance")
    unit.instances = [instance]
    unit.configure(text)
    unit.systemctl("start")
    unit.wait_state("active")
    assert machine.read("/etc/written")
    assert "198.51.100.0/24" in lan.routers[0].run("ip", "route")
    # A restart, and a reload, join it again.
    changes = unit.transitions()
    old = ids(unit)
    unit.systemctl("restart")
    replaced(unit, "keeper", "vrrp", "ctl", old=old)
    unit.configure(text.replace("timeout 5", "timeout 4"))
    unit.ask("reload")
    settle(1.5)
    assert unit.transitions() == changes
    machine.write("/etc/bad", "")
    unit.wait_state("fault")
    assert "exited with status 5" in unit.ask("status")
    os.unlink(machine.path("/etc/bad"))
    unit.wait_state("active")
    # The other unit ends with the daemon.
    unit.systemctl("stop")
    assert machine.systemctl("is-active", "batond-run.service",
                             check=False)[1] == "inactive\n"


def test_mail_leaves_the_unit(lan, boot):
    """What sends it may connect, resolve a name, and read certificates."""
    machine = boot(lan.routers[0])
    unit = Unit(lan.routers[0], machine)
    server = MailServer(lan.host, lan.host.address(), starttls=True,
                        tls=certificate(lan.directory, "mail.test"))
    with open(f"{lan.directory}/mail.test.pem") as file:
        machine.write("/etc/mail.pem", file.read())
    os.chmod(machine.path("/etc/mail.pem"), 0o644)
    machine.write("/etc/hosts", f"{lan.host.address()} mail.test\n")
    os.chmod(machine.path("/etc/hosts"), 0o644)
    unit.instances = [Instance(interval=0.1)]
    unit.configure(keepalived_conf(unit.instances, [
        "notification_email {", "    admin@example.org", "}",
        "smtp_server mail.test", "smtp_tls required", "smtp_ca /etc/mail.pem",
        "smtp_alert"]))
    unit.systemctl("start")
    wait_for(lambda: server.states() == ["BACKUP", "MASTER"], 15,
             "two mails")
    assert all(mail.tls for mail in server.mails)
    server.close()
