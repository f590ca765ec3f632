# SPDX-License-Identifier: GPL-2.0-or-later
"""A script on a file system that never answers (a mount of NFS whose server is
gone): the others run, and changes are told."""

import os

import pytest

from daemons import Baton, Instance
from lan import wait_for
from scene import ids
from test_refused import Wrapped
from test_scripts import Switch, conf, script

pytestmark = [
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built"),
    pytest.mark.skipif(not os.path.exists("/dev/fuse"), reason="no FUSE")]


class Hung(Wrapped):
    """In a mount namespace of its own, where the folder `stuck` is a file
    system of which the server is there and answers nothing."""

    text = """#!/usr/bin/python3
import ctypes, os, signal, sys
lib = ctypes.CDLL(None)
assert lib.unshare(0x20000) == 0
assert lib.mount(b"none", b"/", None, 0x44000, None) == 0
fd = os.open("/dev/fuse", os.O_RDWR)
assert lib.mount(b"hung", b"HUNG", b"fuse", 0,
                 b"fd=%d,rootmode=40000,user_id=0,group_id=0" % fd) == 0
if os.fork() == 0:
    lib.prctl(1, signal.SIGKILL)
    signal.pause()
os.close(fd)
os.execv(sys.argv[1], sys.argv[1:])
"""

    def __init__(self, router):
        super().__init__(router)
        self.hung = os.path.join(router.directory, "stuck")
        os.makedirs(self.hung, exist_ok=True)
        self.text = self.text.replace("HUNG", self.hung)


def test_a_path_that_hangs_holds_up_nobody(lan):
    a, _ = lan.routers
    daemon = Hung(a)
    good = Switch(a, "good")
    told = os.path.join(a.directory, "told")
    notify = os.path.join(a.directory, "notify.sh")
    with open(notify, "w") as file:
        file.write(f"#!/bin/sh\necho $3 >> {told}\n")
    os.chmod(notify, 0o755)
    names = [f"hung{n}" for n in range(20)]
    daemon.instances = [
        Instance(interval=0.1, extra=[
            "track_script {", "good", *names, "}",
            f"notify_backup {daemon.hung}/notify.sh", f"notify {notify}"])]
    daemon.start_text(conf(
        daemon.instances,
        script("good", good.path, "interval 0.2") + sum(
            (script(name, f"{daemon.hung}/{name}.sh", "interval 1")
             for name in names), [])))
    daemon.wait_state("active")
    run = ids(daemon)["run"]
    assert "hung19 cannot be run, and is not tracked" in daemon.ask("status")
    assert "does not answer" in daemon.ask("status")
    good.off()
    daemon.wait_state("fault")
    good.on()
    daemon.wait_state("active")

    def heard():
        try:
            with open(told) as file:
                return file.read().split()
        except FileNotFoundError:
            return []
    wait_for(lambda: heard() == ["BACKUP", "MASTER", "FAULT", "BACKUP",
                                 "MASTER"], 10, "what is told")
    assert ids(daemon)["run"] == run
    assert "hung for" not in daemon.ask("events")


def test_files_that_hang_hold_up_nobody(lan):
    """A tracked file, reload_time_file and a FIFO."""
    a, _ = lan.routers
    daemon = Hung(a)
    good = Switch(a, "good")
    file = os.path.join(a.directory, "file")
    with open(file, "w") as out:
        out.write("5\n")
    daemon.instances = [
        Instance(interval=0.1, extra=[
            "track_script {", "good", "}",
            "track_file {", "here weight 1", "away weight 1", "}"])]
    daemon.start_text(conf(
        daemon.instances, script("good", good.path, "interval 0.2")
        + sum((["vrrp_track_file " + name + " {", f"file {path}", "}"]
               for name, path in (("here", file),
                                  ("away", daemon.hung + "/file"))), []),
        [f"vrrp_notify_fifo {daemon.hung}/fifo",
         f"reload_time_file {daemon.hung}/time"]))
    daemon.wait_state("active")
    run = ids(daemon)["run"]
    wait_for(lambda: daemon.status()["effective_priority"] == 105, 5,
             "the number")
    status = daemon.ask("status")
    assert "file away is not tracked: its file system does not answer" \
        in status
    assert "FIFO" in status and "fifo: its file system does not answer" \
        in status
    with open(file, "w") as out:
        out.write("7\n")
    wait_for(lambda: daemon.status()["effective_priority"] == 107, 5,
             "the number")
    good.off()
    daemon.wait_state("fault")
    assert ids(daemon)["run"] == run
