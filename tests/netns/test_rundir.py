# SPDX-License-Identifier: GPL-2.0-or-later
"""The run directory is full, emptied, removed, replaced, read-only, or what is
in it is damaged. What serves is found by the next keeper, or ends; `baton` works
again as soon as it can.
"""

import os
import random
import shutil
import signal
import subprocess
import time

import pytest

import statefile
from daemons import Baton, Instance, keepalived_conf
from lan import wait_for
from scene import (complete, held, ids, kinds, ledger_of, replaced, settle,
                   start_again)

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

NOBODY = 65534


def one(priority=200, **options):
    return Instance(name="gate", interval=0.1, priority=priority, **options)


class Small(Baton):
    """Its run directory is a file system of its own, in the node, with these
    options."""

    options = "size=64k"

    def start_file(self, path):
        inner = os.path.join(self.directory, "run")
        self.run_dir = f"/proc/{self.router.pid}/root{inner}"
        if not os.path.exists(inner):
            os.mkdir(inner)
            self.router.run("mount", "-t", "tmpfs", "-o",
                            f"mode=755,{self.options}", "small", inner)
        self.answers = False
        self.child = self.spawn(self.installed(), "-n", "-f", path,
                                "--run-dir", inner)
        return self


@pytest.fixture
def small(lan):
    """The Active, on a small run directory, and its peer."""
    def make(options=Small.options):
        a, b = lan.routers
        daemon = Small(a)
        daemon.options = options
        daemon.start([one()])
        daemon.wait_state("active")
        peer = Baton(b, name="peer").start([one(100)])
        peer.wait_state("backup")
        return daemon, peer
    return make


@pytest.fixture
def pair(lan):
    a, b = lan.routers
    daemon = Baton(a).start([one()])
    daemon.wait_state("active")
    peer = Baton(b, name="peer").start([one(100)])
    peer.wait_state("backup")
    return daemon, peer


def servers(daemon):
    return kinds(daemon).get("vrrp", [])


def fill(daemon):
    """Others take all the room that there is."""
    with open(os.path.join(daemon.run_dir, "others"), "wb",
              buffering=0) as file:
        with pytest.raises(OSError):
            while True:
                file.write(b"x" * 64)


def fill_inodes(daemon):
    with pytest.raises(OSError):
        for n in range(10000):
            open(os.path.join(daemon.run_dir, f"other{n}"), "w").close()


def kill_keeper(daemon):
    os.kill(ids(daemon)["keeper"], signal.SIGKILL)
    daemon.reap()


def answers(daemon):
    try:
        return bool(daemon.ask("status"))
    except RuntimeError:
        return False


def goes_on(daemon, old):
    """Another keeper has taken over what served, which nobody noticed."""
    replaced(daemon, "keeper", "vrrp", "ctl", old=old)
    daemon.wait_state("active")
    assert len(servers(daemon)) == 1
    assert daemon.transitions() == ["backup", "active"]


def next_keeper(daemon, change=None):
    old = ids(daemon)
    said = "took over the vrrp process"
    before = daemon.log().count(said)
    kill_keeper(daemon)
    if change:
        change()
    start_again(daemon)
    goes_on(daemon, old)
    # And has not waited until that one ended by itself (turn.c).
    assert daemon.log().count(said) == before + 1


def is_unnoticed(peer):
    assert peer.transitions() == ["backup"]


# ---- full ----

@pytest.mark.parametrize("options, takes", [
    ("size=64k", fill), ("size=64k,nr_inodes=30", fill_inodes)],
    ids=["bytes", "inodes"])
def test_a_full_directory_changes_nothing(small, options, takes):
    daemon, peer = small(options)
    takes(daemon)
    daemon.ask("reload")
    daemon.file("baton.conf", keepalived_conf([one(201)]))
    old = ids(daemon)
    daemon.ask("reload")
    replaced(daemon, "vrrp", old=old)
    old = ids(daemon)
    os.kill(old["vrrp"], signal.SIGKILL)
    replaced(daemon, "vrrp", old=old)
    old = ids(daemon)
    daemon.ask("upgrade")
    replaced(daemon, "vrrp", "ctl", old=old)
    next_keeper(daemon)
    wait_for(lambda: answers(daemon), 10, "an answer")
    assert "cannot write" not in daemon.log()
    assert "found in /proc" not in daemon.log()
    daemon.ask("drain")
    peer.wait_state("active")
    wait_for(lambda: not daemon.router.holds(one().service), 5,
             "that the address is gone")
    assert daemon.stop() == 0


def test_a_start_in_a_directory_that_is_full(small):
    """What can be made is made; what serves is found without the file."""
    daemon, peer = small()
    daemon.stop()
    peer.wait_state("active")
    os.unlink(os.path.join(daemon.run_dir, "lock"))
    fill(daemon)
    daemon.start([one()])
    daemon.wait_state("active")
    wait_for(lambda: complete(daemon), 10, "all its processes")
    assert daemon.log().count("has to look for what serves in /proc") == 1
    old = ids(daemon)
    os.kill(old["vrrp"], signal.SIGKILL)
    replaced(daemon, "vrrp", old=old)
    next_keeper(daemon)


def test_no_room_for_another_socket(small):
    """The next keeper goes on without them, and makes them when it can."""
    daemon, peer = small("size=64k,nr_inodes=30")
    old = ids(daemon)
    kill_keeper(daemon)
    for name in ("ctl.sock", "keeper.sock", "state"):
        os.unlink(os.path.join(daemon.run_dir, name))
    fill_inodes(daemon)
    start_again(daemon)
    wait_for(lambda: "cannot be made: No space" in daemon.log(), 15,
             "what is wrong")
    wait_for(lambda: servers(daemon) and old["vrrp"] not in servers(daemon),
             15, "another vrrp")
    for n in range(15):
        os.unlink(os.path.join(daemon.run_dir, f"other{n}"))
    wait_for(lambda: answers(daemon), 15, "an answer")
    goes_on(daemon, old)
    assert daemon.log().count("cannot be made: No space") == 1
    is_unnoticed(peer)


# ---- gone, or damaged, while there is no keeper ----

def damage(daemon, how):
    state = os.path.join(daemon.run_dir, "state")
    if how == "removed":
        shutil.rmtree(daemon.run_dir)
    elif how == "emptied":
        for name in os.listdir(daemon.run_dir):
            os.unlink(os.path.join(daemon.run_dir, name))
    elif how == "moved":
        os.rename(daemon.run_dir, daemon.run_dir + ".old")
    elif how == "linked":
        os.rename(daemon.run_dir, daemon.run_dir + ".old")
        os.mkdir(daemon.run_dir + ".new")
        os.symlink(daemon.run_dir + ".new", daemon.run_dir)
    elif how == "random":
        with open(state, "r+b") as file:
            file.write(random.randbytes(statefile.SIZE))
    elif how == "short":
        os.truncate(state, 100)
    elif how == "another's":
        os.chown(state, NOBODY, NOBODY)
    elif how == "folder":
        os.unlink(state)
        os.mkdir(state)
    elif how == "stale":
        _, older = min(statefile.slots(state))
        with open(state, "r+b") as file:
            file.write(2 * statefile.sealed(older))


@pytest.mark.parametrize("how", [
    "removed", "emptied", "moved", "linked", "random", "short", "another's",
    "folder", "stale"])
def test_what_serves_is_found_without_the_file(pair, how):
    daemon, peer = pair
    old = ids(daemon)
    os.kill(old["vrrp"], signal.SIGKILL)  # so that an older state names it
    replaced(daemon, "vrrp", old=old)
    next_keeper(daemon, lambda: damage(daemon, how))
    wait_for(lambda: answers(daemon), 5, "an answer")
    is_unnoticed(peer)
    if how == "folder":
        assert "state: Is a directory" in daemon.log()
    # And once more, by what was written since.
    count = daemon.log().count("found in /proc")
    next_keeper(daemon)
    assert (daemon.log().count("found in /proc") > count) == (how == "folder")
    is_unnoticed(peer)


def test_a_torn_slot_does_not_count(pair):
    """The newest one: the one before it counts, and /proc corrects it."""
    daemon, peer = pair
    state = os.path.join(daemon.run_dir, "state")

    def tear():
        number, _ = statefile.newest(state)
        with open(state, "r+b") as file:
            os.pwrite(file.fileno(), b"7",
                      number % 2 * statefile.SLOT + 300)
    daemon.ask("reload")
    next_keeper(daemon, tear)
    is_unnoticed(peer)


def test_a_file_in_the_form_of_before_is_understood(pair):
    """As an older program wrote it: five numbers, and what runs."""
    daemon, peer = pair
    state = os.path.join(daemon.run_dir, "state")

    def translate():
        _, lines = statefile.newest(state)
        _, pid, began, ledger, packed, *_ = lines[1].split()
        _, *answers = lines[3].split()
        with open(state, "w") as file:
            file.write(" ".join([pid, began, *answers, ledger])
                       + f"\nruns {packed} -1 {2 ** 63 - 1}\n")
    next_keeper(daemon, translate)
    assert "found in /proc" not in daemon.log()
    assert "configuration that was in force goes on" in daemon.log()
    assert "runs" not in "".join(text for _, text in statefile.slots(state))
    next_keeper(daemon)
    assert "found in /proc" not in daemon.log()
    is_unnoticed(peer)


def test_a_drain_outlives_the_directory(pair):
    daemon, peer = pair
    daemon.ask("drain")
    peer.wait_state("active")
    old = ids(daemon)
    kill_keeper(daemon)
    shutil.rmtree(daemon.run_dir)
    start_again(daemon)
    replaced(daemon, "keeper", "vrrp", "ctl", old=old)
    settle()
    assert daemon.state() == "init"
    assert not held(daemon.router) & {one().service}


def test_a_trial_outlives_the_file(pair):
    daemon, peer = pair
    daemon.file("baton.conf", keepalived_conf([one(50)]))
    daemon.ask("reload", "--confirm", "4")
    old = ids(daemon)
    kill_keeper(daemon)
    os.unlink(os.path.join(daemon.run_dir, "state"))
    start_again(daemon)
    replaced(daemon, "keeper", "vrrp", "ctl", old=old)
    wait_for(lambda: answers(daemon)
             and daemon.status()["priority"] == 200, 30,
             "the return")


def test_one_in_another_form_hands_over(pair):
    """A ledger that this program cannot read, and no file that names it."""
    daemon, peer = pair
    with ledger_of(ids(daemon)["vrrp"]) as ledger:
        ledger[8] += 1  # struct ledger: magic (8 bytes), major
    old = ids(daemon)
    kill_keeper(daemon)
    shutil.rmtree(daemon.run_dir)
    start_again(daemon)
    wait_for(lambda: old["vrrp"] not in servers(daemon), 20, "its end")
    assert "it hands over" in daemon.log()
    daemon.wait_state("active")
    assert len(servers(daemon)) == 1


# ---- gone, while the daemon runs ----

@pytest.mark.parametrize("how", ["removed", "emptied", "moved", "linked"])
def test_it_is_made_anew_under_a_running_daemon(pair, how):
    daemon, peer = pair
    vrrp = ids(daemon)["vrrp"]
    damage(daemon, how)
    wait_for(lambda: answers(daemon), 10, "an answer")
    wait_for(lambda: set(os.listdir(daemon.run_dir)) ==
             {"ctl.sock", "keeper.sock", "lock", "state"}, 5, "its files")
    wait_for(lambda: complete(daemon), 5, "all its processes")
    settle(1.5)  # another look
    assert daemon.log().count("it is made anew") == 1
    assert ids(daemon)["vrrp"] == vrrp
    assert os.stat(daemon.run_dir).st_mode & 0o7777 == 0o755
    daemon.ask("reload")
    second = subprocess.run(
        [*daemon.router.enter(), daemon.installed(), "-n", "-f",
         os.path.join(daemon.directory, "baton.conf"), "--run-dir",
         daemon.run_dir], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True)
    assert second.returncode == 1 and "in use by process" in second.stdout
    next_keeper(daemon)
    is_unnoticed(peer)
    assert daemon.stop() == 0
    assert not os.path.exists(os.path.join(daemon.run_dir, "ctl.sock"))


@pytest.mark.parametrize("name", ["ctl.sock", "keeper.sock", "lock", "state"])
def test_a_single_file_is_made_anew(pair, name):
    daemon, _ = pair
    path = os.path.join(daemon.run_dir, name)
    os.unlink(path)
    wait_for(lambda: os.path.exists(path), 5, name)
    wait_for(lambda: answers(daemon), 5, "an answer")
    daemon.ask("reload")
    next_keeper(daemon)
    assert "found in /proc" not in daemon.log()


def test_what_cannot_be_made_is_told_once(pair):
    daemon, peer = pair
    os.rename(daemon.run_dir, daemon.run_dir + ".old")
    with open(daemon.run_dir, "w"):
        pass
    said = "cannot be made: Not a directory"
    wait_for(lambda: said in daemon.log(), 5, "what is wrong")
    settle(2.5)  # it is tried again
    assert daemon.log().count(said) == 1
    os.unlink(daemon.run_dir)
    wait_for(lambda: answers(daemon), 10, "an answer")
    is_unnoticed(peer)


# ---- two on one directory ----

def start_second(daemon, *before):
    """Another batond for the same directory; its words, and the child."""
    log = open(os.path.join(daemon.directory, "second.log"), "w+")
    child = daemon.router.popen(
        *before, daemon.installed(), "-n", "-f",
        os.path.join(daemon.directory, "baton.conf"), "--run-dir",
        daemon.run_dir, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def text():
        log.seek(0)
        return log.read()
    return child, text


# One that cannot see the processes of the first.
BLIND = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")


def test_one_that_lost_its_directory_is_not_joined_by_another(pair):
    daemon, peer = pair
    keeper = ids(daemon)["keeper"]
    os.kill(keeper, signal.SIGSTOP)
    shutil.rmtree(daemon.run_dir)
    child, text = start_second(daemon)
    assert child.wait(20) == 1
    assert "removed or replaced since; stop it first" in text()
    os.kill(keeper, signal.SIGCONT)
    wait_for(lambda: answers(daemon), 10, "an answer")
    is_unnoticed(peer)


def test_who_is_driven_out_hands_over(pair):
    daemon, _ = pair
    keeper = ids(daemon)["keeper"]
    os.kill(keeper, signal.SIGSTOP)
    shutil.rmtree(daemon.run_dir)
    child, text = start_second(daemon, *BLIND)
    wait_for(lambda: os.path.exists(
        os.path.join(daemon.run_dir, "keeper.sock")), 10, "the second one")
    os.kill(keeper, signal.SIGCONT)
    daemon.child.wait(20)
    assert "this batond hands over and ends" in daemon.log()
    assert {"ctl.sock", "keeper.sock", "lock", "state"} <= \
        set(os.listdir(daemon.run_dir))
    wait_for(lambda: answers(daemon), 5, "the second one")
    assert child.poll() is None


def test_an_orphan_ends_beside_another_batond(pair):
    """One that does not find it: both would serve for ever."""
    daemon, peer = pair
    orphan = ids(daemon)["vrrp"]
    kill_keeper(daemon)
    child, text = start_second(daemon, *BLIND)
    wait_for(lambda: daemon.state() == "active", 15, "the second one")
    wait_for(lambda: not os.path.exists(f"/proc/{orphan}"), 30, "its end")
    assert child.poll() is None
    settle(4)  # more than a lease
    assert daemon.router.holds(one().service)
    is_unnoticed(peer)


def test_an_orphan_alone_serves_on(pair):
    """And one that is not kept for a while is taken over as ever."""
    daemon, peer = pair
    old = ids(daemon)
    kill_keeper(daemon)
    settle(13)  # turn.c, ORPHAN_TIME
    assert servers(daemon) == [old["vrrp"]]
    start_again(daemon)
    goes_on(daemon, old)
    is_unnoticed(peer)


# ---- a hard stop at any moment ----

def test_the_death_of_the_keeper_at_any_moment_of_its_start(small):
    """Each finds what serves, or what the one before it was about to start."""
    daemon, peer = small()
    fill(daemon)
    for _ in range(12):
        kill_keeper(daemon)
        start_again(daemon)
        pid = daemon.main_pid()
        time.sleep(random.uniform(0, 0.3))
        if random.random() < 0.3:
            shutil.rmtree(daemon.run_dir, ignore_errors=True)
        os.kill(pid, signal.SIGKILL)
        daemon.reap()
        start_again(daemon)
        wait_for(lambda: complete(daemon), 15, "all its processes")
    daemon.wait_state("active")
    is_unnoticed(peer)


def test_the_death_of_the_keeper_at_any_moment_of_a_reload(small):
    daemon, peer = small()
    fill(daemon)
    for n in range(12):
        daemon.file("baton.conf", keepalived_conf([one(200 + n % 2)]))
        child = subprocess.Popen(
            [daemon.binary("baton"), "--run-dir", daemon.run_dir, "reload"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(0, 0.06))
        kill_keeper(daemon)
        child.wait(20)
        start_again(daemon)
        wait_for(lambda: complete(daemon) and answers(daemon), 15,
                 "one that serves")
    daemon.wait_state("active")
    assert daemon.transitions() == ["backup", "active"]
    is_unnoticed(peer)


# ---- a file system that cannot be written any more ----

def test_a_directory_that_can_only_be_read(small):
    daemon, peer = small()
    old = ids(daemon)
    kill_keeper(daemon)
    inner = os.path.join(daemon.directory, "run")
    wait_for(lambda: daemon.router.run(
        "sh", "-c", f"mount -o remount,ro {inner} && echo done",
        check=False), 5, "that nobody writes there")
    start_again(daemon)
    wait_for(lambda: servers(daemon) and old["vrrp"] not in servers(daemon),
             15, "another vrrp")
    said = "cannot be made: Read-only file system"
    wait_for(lambda: said in daemon.log(), 5, "what is wrong")
    daemon.router.run("mount", "-o", "remount,rw", inner)
    wait_for(lambda: answers(daemon), 10, "an answer")
    goes_on(daemon, old)
    assert daemon.log().count(said) == 1
    is_unnoticed(peer)
