# SPDX-License-Identifier: GPL-2.0-or-later
"""What is accepted is kept: a file that cannot be had just now, is empty, or is
being written when a reload reads it, is no wish to be without what it said."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from daemons import Baton, Instance, keepalived_conf
from lan import wait_for
from scene import ids
from test_gapless import names

pytestmark = [pytest.mark.leaks, pytest.mark.skipif(
    not Baton.is_built(), reason="batond is not built")]

GOES_ON = "the old configuration goes on"


class Files(Baton):
    """One virtual router in the main file, and one in each of three that it
    includes: two by a pattern, one by its name."""

    names = ("batond",)

    def __init__(self, router):
        super().__init__(router)
        self.name = "baton"
        self.folder = os.path.join(self.directory, "conf.d")
        self.instances = [self.one(n, name) for n, name in enumerate(
            ("main", "first", "second", "named"), 1)]
        os.makedirs(self.folder)
        for instance in self.instances[1:]:
            self.write(instance.name)

    @staticmethod
    def one(number, name):
        return Instance(name=name, vrid=number, priority=200, interval=0.1,
                        addresses=[f"192.0.2.{number}/24"])

    def path(self, name):
        return os.path.join(self.directory if name == "named"
                            else self.folder, f"{name}.conf")

    def text(self, name):
        # Without the global_defs, which stand in the main file.
        return keepalived_conf([self.instance(name)]).split("}\n", 1)[1]

    def write(self, name):
        with open(self.path(name) + ".new", "w") as file:
            file.write(self.text(name))
        os.rename(self.path(name) + ".new", self.path(name))

    def main(self, priority=200):
        self.instances[0].priority = priority
        return (keepalived_conf([self.instances[0]])
                + f"include {self.folder}/*.conf\n"
                + f"include {self.directory}/named.conf\n")

    def begin(self):
        self.start_text(self.main())
        wait_for(lambda: all(self.state(i.name) == "active"
                             for i in self.instances), 15, "all Active")
        return self

    def refused(self):
        """What a reload says that is refused."""
        done = subprocess.run(
            [self.binary("baton"), "--run-dir", self.run_dir, "reload"],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == 3, done.stdout
        assert GOES_ON in done.stdout
        return done.stdout


@pytest.fixture
def daemon(lan):
    return Files(lan.routers[0]).begin()


def dangle(path):
    os.symlink("nowhere", path)


def loop(path):
    os.symlink(path, path)


def fail(path):
    """To read it is EIO."""
    os.symlink("/proc/self/mem", path)


def nobody_listens(path):
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path)


def empty(path):
    with open(path, "w"):
        pass


BROKEN = [(dangle, "cannot be read"), (loop, "cannot be read"),
          (fail, "cannot be read"), (nobody_listens, "cannot be read"),
          (os.mkfifo, "cannot be read"), (os.mkdir, "is a folder"),
          (empty, "is empty")]


def test_what_cannot_be_read_refuses_a_reload(daemon):
    """In place of a file; all that is in force serves on."""
    old = ids(daemon)["vrrp"]
    for name in "second", "named":
        path = daemon.path(name)
        for make, why in BROKEN:
            os.rename(path, path + ".saved")
            make(path)
            assert f"{path} {why} now; " in daemon.refused()
            (os.rmdir if make is os.mkdir else os.unlink)(path)
            os.rename(path + ".saved", path)
    # What is named and is not there; by a pattern that is a wish.
    os.rename(daemon.path("named"), daemon.path("named") + ".saved")
    assert "named.conf is not there now; " in daemon.refused()
    os.rename(daemon.path("named") + ".saved", daemon.path("named"))
    # A folder that was there is gone, or cannot be looked into.
    os.rename(daemon.folder, daemon.folder + ".saved")
    assert "*.conf is not there now; " in daemon.refused()
    loop(daemon.folder)
    assert "*.conf cannot be read now; " in daemon.refused()
    os.unlink(daemon.folder)
    with open(daemon.folder, "w"):
        assert "*.conf cannot be read now; " in daemon.refused()
    os.unlink(daemon.folder)
    os.rename(daemon.folder + ".saved", daemon.folder)
    # A new one that cannot be read; a new folder is none of ours.
    os.mkdir(os.path.join(daemon.folder, "old.conf"))
    assert "0 unchanged" not in daemon.ask("reload")
    dangle(os.path.join(daemon.folder, "third.conf"))
    daemon.file("baton.conf", daemon.main(priority=150))
    assert "third.conf cannot be read now; " in daemon.refused()
    assert ids(daemon)["vrrp"] == old
    assert all(daemon.counters(i.name)["became_active"] == 1
               for i in daemon.instances)
    os.unlink(os.path.join(daemon.folder, "third.conf"))
    assert "200 -> 150" in daemon.ask("reload")


def test_a_signal_and_the_next_keeper_know_it_too(daemon):
    os.rename(daemon.path("second"), daemon.path("second") + ".saved")
    dangle(daemon.path("second"))
    daemon.signal(signal.SIGHUP)
    wait_for(lambda: "second.conf cannot be read now; " in daemon.log(), 10,
             "the log")
    old = ids(daemon)
    os.kill(old["keeper"], signal.SIGKILL)
    daemon.child.wait(5)
    daemon.start_file(os.path.join(daemon.directory, "baton.conf"))
    wait_for(lambda: ids(daemon).get("vrrp", old["vrrp"]) != old["vrrp"], 20,
             "the next processes")
    wait_for(lambda: daemon.state("second") == "active", 10, "all of it")
    assert "second.conf cannot be read now; " in daemon.refused()
    # Who wants to be without it says so.
    os.unlink(daemon.path("second"))
    assert "removes second" in daemon.ask("reload")
    assert names(daemon) == {"main", "first", "named"}


def test_a_start_goes_on_without_it(lan):
    """There is nothing that it could keep, as with keepalived; and what never
    was read holds up no reload."""
    daemon = Files(lan.routers[0])
    os.unlink(daemon.path("second"))
    dangle(daemon.path("second"))
    os.unlink(daemon.path("named"))
    daemon.instances = [i for i in daemon.instances
                        if i.name in ("main", "first")]
    daemon.begin()
    assert "second.conf does not exist; it is left out" in daemon.log()
    daemon.file("baton.conf", daemon.main(priority=150))
    assert "200 -> 150" in daemon.ask("reload")


def test_what_is_being_written_is_waited_for(daemon):
    """An editor that has cut it off writes it within a moment."""
    path = daemon.path("second")
    text = daemon.text("second").replace("priority 200", "priority 100")
    file = open(path, "w")
    file.write(text[:len(text) // 2])
    file.flush()

    def finish():
        time.sleep(0.4)
        file.write(text[len(text) // 2:])
        file.close()
    writer = threading.Thread(target=finish)
    writer.start()
    assert "changes second: priority 200 -> 100" in daemon.ask("reload")
    writer.join()
    # Who does not come to an end is not waited for, nor believed.
    for name, half in (("second", ""), ("main", "# nothing\n")):
        path = daemon.path(name) if name != "main" else \
            os.path.join(daemon.directory, "baton.conf")
        with open(path) as saved:
            whole = saved.read()
        with open(path, "w") as file:
            file.write(half + (daemon.main(120) if name == "main" else ""))
            file.flush()
            assert f"{path} is open for writing now; " in daemon.refused()
        with open(path, "w") as file:
            file.write(whole)
    assert names(daemon) == {i.name for i in daemon.instances}


def test_bounds_of_what_is_included(lan):
    """Devices and pipes that never end, many files, a file that includes
    itself: each is refused within its bound, and says why."""
    directory = lan.routers[0].directory
    good = keepalived_conf([Instance()])
    many = os.path.join(directory, "many")
    os.makedirs(many)
    for n in range(3000):
        empty(os.path.join(many, f"{n}.conf"))
    large = os.path.join(directory, "large")
    with open(large, "w") as file:
        file.write(("#" * 79 + "\n") * (17 << 20 >> 6))
    main = os.path.join(directory, "main")
    cases = [("include /dev/zero\n", "is too large"),
             ("include /dev/zero\n" * 16, "is too large"),
             ("include /dev/urandom\n", "is too large"),
             (f"include {large}\n" * 2, "is too large"),
             (f"include {main}\n", "include itself?"),
             (f"include {many}/../mai*\n" * 40, "include itself?"),
             ("x" * (2 << 20), "the line is too long")]
    for text, why in cases:
        with open(main, "w") as file:
            file.write(good + text)
        done = subprocess.run(
            [Baton.binary("batond"), "--config-test", "-f", main],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=60)
        assert done.returncode == 3 and why in done.stdout, (text[:60],
                                                             done.stdout)
    with open(main, "w") as file:
        file.write(good + f"include {many}/*.conf\n")
    done = subprocess.run(
        [Baton.binary("batond"), "--config-test", "-f", main], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    assert done.returncode == 0, done.stdout
    shutil.rmtree(many)


@pytest.mark.parametrize("program", [("baton", "check"),
                                     ("batond", "--config-test", "-f")],
                         ids=["baton", "batond"])
def test_a_configuration_that_comes_through_a_pipe(tmp_path, program):
    """To its end, however slowly it comes; what it includes is looked for in
    this directory."""
    (tmp_path / "more.conf").write_text("global_defs {\n router_id x\n}\n")
    (tmp_path / "good").write_text(
        keepalived_conf([Instance()]) + "include more.conf\n")
    (tmp_path / "bad").write_text("vrrp_instance {\n")
    words = " ".join((Baton.binary(program[0]), *program[1:]))

    def run(shell):
        done = subprocess.run(["bash", "-c", shell], text=True, cwd=tmp_path,
                              stdin=subprocess.DEVNULL, timeout=30,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout
    for name in "-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0":
        code, told = run(f"(sleep 0.1; cat good) | {words} {name}")
        assert code == 0, (name, told)
        code, told = run(f"{words} {name} < bad")
        assert code == 3 and f"{name}:1:" in told, (name, told)
        code, told = run(f"{words} {name} <&-")
        assert code == 3, (name, told)
    code, told = run(f"{words} <(head -c 100 good; sleep 0.1; "
                     "tail -c +101 good)")
    assert code == 0, told
    if program[0] == "baton":
        # Also one that has a name; includes are never waited for.
        code, told = run(f"mkfifo f; (sleep 0.2; cat good) > f & {words} f")
        assert code == 0 or "nobody writes to" in told, told


def test_a_start_with_what_a_shell_writes(lan):
    """batond -f <(...): it serves, and a reload of what is gone is refused."""
    read, write = os.pipe()
    os.write(write, keepalived_conf([Instance(interval=0.1)]).encode())
    os.close(write)
    daemon = Baton(lan.routers[0])
    daemon.instances = [Instance()]
    daemon.spawn = lambda *command, **keywords: daemon.router.popen(
        *command, stdin=read, stdout=subprocess.DEVNULL,
        stderr=open(daemon.log_path, "ab"), **keywords)
    daemon.start_file("/dev/stdin")
    os.close(read)
    daemon.wait_state("active")
    done = subprocess.run(
        [daemon.binary("baton"), "--run-dir", daemon.run_dir, "reload"],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 3 and "the old one goes on" in done.stdout
    assert daemon.state() == "active"
