# SPDX-License-Identifier: GPL-2.0-or-later
"""A process that was taken over calls whatever its filter allows, at random
(puppet.c), and writes anything into its book of the ledger; a user's script does
what its user may (rogue.c). Those above it go on: the keeper is the same, and
beneath it `vrrp`, no advertisement is late, and orders are obeyed. When all is
over each is started again and does what it is for.

$BATON_ROUNDS says for how many times three seconds (make soak-gapless: a minute
each). What a failing test did is repeated by its seed, $BATON_SEED.
"""

import os
import random
import shutil
import signal
import subprocess
import time

import pytest

from daemons import Baton, Instance, keepalived_conf
from instruments import Listen
from lan import tool, wait_for
from scene import DEBUG, LONG, complete, ids, kinds
from smtp import MailServer

pytestmark = [
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built"),
    pytest.mark.skipif(os.uname().machine != "x86_64",
                       reason="the puppet knows the registers of x86-64"),
]

ROUNDS = int(os.environ.get("BATON_ROUNDS", "0"))
MILLISECONDS = 3_000 * ROUNDS if LONG else 1_000
# A reading that takes longer is ended.
CALLS_LEAST = 10  # that were made then, on whatever machine
READING_MILLISECONDS = min(MILLISECONDS, 10_000)
SEED = int(os.environ.get("BATON_SEED", "0")) or random.randrange(1, 1 << 31)
INTERVAL = 0.3
# How late an advertisement may be, of a debug build beside others.
LATEST = 2
# What a sanitizer or an assertion says.
BROKEN = ("AddressSanitizer", "runtime error", "MUST(", "LeakSanitizer")


class Puppet:
    """A process, taken over from now on."""

    def __init__(self, pid, *, scribble=False, milliseconds=MILLISECONDS):
        self.process = subprocess.Popen(
            [tool("puppet"), str(pid), str(SEED), str(milliseconds),
             *(["scribble"] if scribble else [])],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def plays(self):
        return self.process.poll() is None

    def end(self):
        """What it did: {"calls": "4711", "end": "killed", ...}."""
        told, wrong = self.process.communicate(timeout=600)
        assert self.process.returncode == 0, wrong
        print(told)
        return dict(word.split("=") for word in told.split() if "=" in word)


def survives(daemon, pid, what, meanwhile=lambda: None, **options):
    """Takes a process over, and looks at the others; what the puppet did."""
    keeper = ids(daemon)["keeper"]
    puppet = Puppet(pid, **options)
    while puppet.plays():
        meanwhile()
        time.sleep(0.05)
    did = puppet.end()
    assert int(did["calls"]) > CALLS_LEAST, (what, did)
    assert ids(daemon)["keeper"] == keeper, (what, SEED)
    log = daemon.log()
    assert not any(word in log for word in BROKEN), (what, SEED, log)
    return did


def rogue(router):
    """A script that plays all the time, as another user."""
    path = os.path.join(router.directory, "rogue")
    shutil.copy(tool("rogue"), path)
    os.chmod(path, 0o755)
    return "\n".join([
        "vrrp_script rogue {",
        f'    script "{path} {SEED} {MILLISECONDS}"', "    interval 1",
        f"    timeout {MILLISECONDS // 500 + 5}", "    user games",
        "    weight 1", "}"])


@pytest.fixture
def pair(make_lan):
    """An Active with all processes that there are, its Backup, and who
    listens. Mail goes over the other link."""
    lan = make_lan(links=2)
    a, b = lan.routers
    server = MailServer(lan.host)
    instance = Instance(
        interval=INTERVAL, priority=200, interface="lan1",
        blocks=(rogue(a),), extra=["smtp_alert", "track_script {", "rogue",
                                   "}", 'notify "/bin/true" games'])
    first = Baton(a).start([instance], [
        "notification_email {", "    admin@example.org", "}",
        f"smtp_server {lan.host.address()}"])
    first.wait_state("active")
    second = Baton(b).start([Instance(interval=INTERVAL, interface="lan1")])
    second.wait_state("backup")
    wire = Listen(lan, a)
    wait_for(lambda: wire.report().gaps, 5, "an advertisement")
    wire.mark()
    yield first, second, wire
    server.close()


def in_time(wire):
    report = wire.report()
    for key, gap in report.gaps.items():
        assert report.resigns[key] == 0, SEED
        assert gap <= LATEST * INTERVAL * 1e9 + report.allowance, (
            f"{gap / 1e6:.1f} ms", SEED)


def follow(daemon):
    """Somebody who follows events, so that there is a server."""
    return subprocess.Popen(
        [daemon.binary("baton"), "--run-dir", daemon.run_dir, "events", "-f"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def answers(daemon):
    """Until there is somebody who answers."""
    def it_does():
        try:
            return daemon.all_status()
        except RuntimeError:
            return None
    return wait_for(it_does, 15, "an answer")


def orders(daemon):
    """What anybody does meanwhile: the keeper reads, and obeys."""
    daemon.ask("reload", "--dry-run")


@pytest.mark.timing
def test_who_has_no_rights_harms_nobody(pair):
    """Each of them; a script plays all the time."""
    first, second, wire = pair
    vrrp = ids(first)["vrrp"]
    follower = follow(first)
    try:
        wait_for(lambda: len(kinds(first).get("ctl", [])) == 2, 10,
                 "a server")
        survives(first, kinds(first)["ctl"][1], "the server",
                 lambda: orders(first))
    finally:
        follower.kill()
        follower.wait()
    answers(first)
    survives(first, kinds(first)["ctl"][0], "the doorman",
             lambda: orders(first))
    answers(first)
    survives(first, ids(first)["mail"], "mail", lambda: answers(first),
             scribble=True)
    assert ids(first)["vrrp"] == vrrp, SEED
    in_time(wire)
    assert "active" not in second.transitions(), SEED
    script, = first.all_status()["scripts"]
    assert script["running"] or script["runs"], SEED


def test_who_talks_to_servers_harms_nobody(lan):
    """All that it can lie about is what servers are like, and the next one puts
    that right."""
    host = lan.host.address()
    daemon = Baton(lan.routers[0])
    instance = Instance(interval=INTERVAL)
    daemon.instances = [instance]
    daemon.start_text(keepalived_conf([instance]) + (
        "virtual_server 203.0.113.80 80 {\n protocol TCP\n lvs_method DR\n"
        " delay_loop 0.2\n"
        f" real_server {host} 80 {{\n PING_CHECK {{\n }}\n"
        f" TCP_CHECK {{\n }}\n }}\n}}\n"))
    daemon.wait_state("active")

    def right():
        return {c["kind"]: c["state"]
                for c in daemon.fetch("/checks")["checks"]} == {
                    "PING_CHECK": "good", "TCP_CHECK": "failed"}

    wait_for(right, 15, "the first verdicts")
    vrrp = ids(daemon)["vrrp"]
    survives(daemon, ids(daemon)["check"], "check", lambda: answers(daemon),
             scribble=True)
    wait_for(right, 30, f"verdicts of the next one, seed {SEED}")
    assert ids(daemon)["vrrp"] == vrrp, SEED
    assert daemon.state() == "active"


def is_confined(pid):
    with open(f"/proc/{pid}/status") as file:
        return "Seccomp:\t2" in file.read()


def test_who_reads_the_configuration_harms_nobody(lan):
    """A file that is long to read, so that there is time. What was read may be
    anything; it is refused, or it is a configuration."""
    daemon = Baton(lan.routers[0]).start([Instance(interval=INTERVAL)])
    daemon.wait_state("active")
    old = ids(daemon)
    with open(os.path.join(daemon.directory, "baton.conf"), "a") as file:
        for n in range(400_000 if not DEBUG else 100_000):
            file.write(f"# {n}\n$WORD{n % 100}={n}\n")
    asked = subprocess.Popen(
        [daemon.binary("baton"), "--run-dir", daemon.run_dir, "reload"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace")
    conf = wait_for(lambda: kinds(daemon).get("conf"), 10, "conf", 0.001)[0]
    wait_for(lambda: is_confined(conf), 10, "its filter", 0.001)
    os.kill(conf, signal.SIGSTOP)
    puppet = Puppet(conf, milliseconds=READING_MILLISECONDS)
    assert int(puppet.end()["calls"]) > CALLS_LEAST
    told = asked.communicate(timeout=60)[0]
    # Why is said last, and what it said before that may be long.
    assert asked.returncode != 0, told
    assert not any(ord(letter) < 32 and letter not in "\n\t"
                   for letter in told)
    found = ids(daemon)
    assert {name: found[name] for name in ("keeper", "vrrp")} == \
        {name: old[name] for name in ("keeper", "vrrp")}, SEED
    assert daemon.state() == "active"


def test_the_keeper_outlives_vrrp(pair):
    """It writes anything into the ledger while all others read that, and
    speaks to the kernel and the network. Then the next one serves."""
    first, _, _ = pair
    old = ids(first)
    with_server = follow(first)
    try:
        survives(first, old["vrrp"], "vrrp", lambda: answers(first),
                 scribble=True)
    finally:
        with_server.kill()
        with_server.wait()
    wait_for(lambda: (complete(first) or {}).get("vrrp", [old["vrrp"]])[0]
             != old["vrrp"], 15, "another vrrp")
    first.ask("undrain")  # if its record said that it died again and again
    first.wait_state("active", timeout=30)
    assert ids(first)["keeper"] == old["keeper"]
    answers(first)
