# SPDX-License-Identifier: GPL-2.0-or-later
"""Files with a number in them that are tracked (track_file): what they count
as, beside keepalived; and what can be put in their place."""

import os
import re
import signal

import pytest

from daemons import Baton, Instance, Keepalived, keepalived_conf
from lan import wait_for
from scene import ids

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")


class Number:
    """A file with a number, in a folder of its own."""

    def __init__(self, router, text=None, name="number"):
        self.folder = os.path.join(router.directory, name)
        os.makedirs(self.folder, exist_ok=True)
        self.path = os.path.join(self.folder, "f")
        if text is not None:
            self.write(text)

    def write(self, text):
        with open(self.path, "w") as file:
            file.write(text)

    def replace(self, text):
        """Another file takes its place."""
        other = self.path + ".new"
        with open(other, "w") as file:
            file.write(text)
        os.rename(other, self.path)

    def read(self):
        with open(self.path) as file:
            return file.read()


def block(path, *lines, word="track_file", name="f"):
    return [f"{word} {name} {{", f"    file {path}",
            *(f"    {line}" for line in lines), "}"]


def conf(instances, blocks):
    return keepalived_conf(instances).replace(
        "vrrp_instance", "\n".join(blocks) + "\nvrrp_instance", 1)


def tracking(*lines, **options):
    return Instance(**{"interval": 0.1, **options},
                    extra=["track_file {", *lines, "}"])


def start(kind, router, instances, blocks):
    daemon = kind(router)
    daemon.instances = instances
    daemon.start_text(conf(instances, blocks))
    return daemon


def effective(daemon):
    """The effective priority; keepalived logs each change."""
    if isinstance(daemon, Baton):
        return daemon.status()["effective_priority"]
    found = re.findall(r"effective priority from \d+ to (\d+)", daemon.log())
    return int(found[-1]) if found else daemon.instance().priority


def wait_priority(daemons, wanted):
    for daemon in daemons:
        wait_for(lambda: effective(daemon) == wanted, 5,
                 f"priority {wanted} of {daemon.name}, now "
                 f"{effective(daemon)}", 0.02)


def file_of(daemon):
    return daemon.all_status()["track_files"][0]


def both(lan, numbers, *lines, tracked="f", **options):
    """keepalived on one router and baton on the other, of two VRIDs, so that
    they do not hear each other."""
    return [start(kind, router,
                  [tracking(tracked, vrid=vrid,
                            addresses=[f"192.0.2.{vrid}/24"], **options)],
                  block(number.path, *lines))
            for kind, router, vrid, number in zip(
                (Keepalived, Baton), lan.routers, (10, 11), numbers)]


def test_a_number_is_worth_its_weight(lan):
    """What is written in it, and how, means to both the same."""
    numbers = [Number(router, "5") for router in lan.routers]
    daemons = both(lan, numbers, "weight 2")
    for daemon in daemons:
        daemon.wait_state("active")
    wait_priority(daemons, 110)
    for text, wanted in (("0x10", 132), ("-7", 86), ("010\n", 116),
                         (" 3 apples", 106), ("apples 3", 100),
                         ("12" + " " * 200 + "5", 124), ("1000", 254),
                         ("-126", 1), ("4", 108), ("99999999999", 108),
                         ("", 100), ("1", 102)):
        for number in numbers:
            number.write(text)
        wait_priority(daemons, wanted)
        assert all(daemon.state() == "active" for daemon in daemons)
    for number in numbers:
        number.replace("20")
    wait_priority(daemons, 140)
    for number in numbers:
        os.unlink(number.path)
    wait_priority(daemons, 100)
    assert file_of(daemons[1])["problem"] == "No such file or directory"
    for number in numbers:
        number.replace("6")
    wait_priority(daemons, 112)
    for number in numbers:
        os.rename(number.path, number.path + ".old")
    wait_priority(daemons, 100)
    # From -254 downwards it is a fault, and says nothing else.
    for number in numbers:
        number.write("-127")
    for daemon in daemons:
        daemon.wait_state("fault")
    for number in numbers:
        number.write("2")
    for daemon in daemons:
        daemon.wait_state("active")
    wait_priority(daemons[1:], 104)
    for number in numbers:
        number.write("3")
    wait_priority(daemons, 106)
    assert "the number in the file is 2" in daemons[1].ask("events")
    numbers[1].write("2147483647")  # which keepalived multiplies wrongly
    wait_priority(daemons[1:], 254)
    assert 'baton_track_file_number{file="f"} 2147483647\n' \
        in daemons[1].ask("metrics")


@pytest.mark.parametrize("weight, fault, good", [
    ("weight 0", "7", "0"), ("weight 0 reverse", "0", "-7"),
    ("weight -1", "300", "20")])
def test_what_is_a_fault(lan, weight, fault, good):
    numbers = [Number(router, fault) for router in lan.routers]
    daemons = both(lan, numbers, tracked=f"f {weight}")
    daemons[1].wait_state("fault")
    assert daemons[1].status()["faults"] == ["file"]
    wait_for(lambda: "FAULT" in daemons[0].log(), 10, "keepalived in FAULT")
    for number in numbers:
        number.write(good)
    for daemon in daemons:
        daemon.wait_state("active")
    for number in numbers:
        number.write(fault)
    for daemon in daemons:
        daemon.wait_state("fault")
    # The other did not serve in between, and neither began otherwise.
    assert daemons[1].transitions() == ["fault", "backup", "active", "fault"]


def test_init_file(lan):
    """A file that is missing is made at the start, and `overwrite` writes one
    that is there; not at a reload, and not when `run` begins again."""
    numbers = [Number(router) for router in lan.routers]
    daemons = both(lan, numbers, "init_file 3", "weight 2")
    wait_priority(daemons, 106)
    assert [number.read() for number in numbers] == ["3\n", "3\n"]
    assert {os.stat(number.path).st_mode & 0o777 for number in numbers} \
        == {0o600}
    for daemon in daemons:
        daemon.stop()
    baton, number = daemons[1], numbers[1]
    number.write("8")
    baton.start_text(conf(baton.instances, block(
        number.path, "init_file 5 overwrite", "weight 2")))
    wait_priority([baton], 110)
    assert number.read() == "5\n"
    number.write("9")
    wait_priority([baton], 118)
    run = wait_for(lambda: ids(baton).get("run"), 5, "run")
    for again in ("reload", "death"):
        if again == "reload":
            baton.file("baton.conf", conf(baton.instances, block(
                number.path, "init_file 5 overwrite", "weight 3")))
            baton.ask("reload")
            wait_priority([baton], 127)
        else:
            os.kill(run, signal.SIGKILL)
        run = wait_for(lambda: ids(baton).get("run", run) != run and
                       ids(baton)["run"], 10, "another run")
        number.write("8")
        wait_priority([baton], 124)
        number.write("9")
        wait_priority([baton], 127)


def test_what_is_no_file(lan):
    """Nothing that can stand in its place holds up who looks: it counts as
    0, and the next file counts again."""
    a, b = lan.routers
    number = Number(a, "10")
    first = start(Baton, a, [tracking("f", priority=200)],
                  block(number.path))
    first.wait_state("active")
    second = Baton(b).start([Instance(interval=0.1)])
    second.wait_state("backup")
    wait_priority([first], 210)
    secret = os.path.join(a.directory, "secret")
    with open(secret, "w") as file:
        file.write("30")

    def fifo(path):
        os.mkfifo(path)

    def huge(path):
        with open(path, "w") as file:
            file.truncate(1 << 30)
            file.write("7")

    def link(path):
        os.symlink(secret, path)

    for make, problem, value in (
            (fifo, "it is no file", 0), (os.mkdir, "it is no file", 0),
            (huge, "", 7), (link, "", 30)):
        other = number.path + ".other"
        make(other)
        if os.path.isdir(number.path):
            os.rmdir(number.path)
        elif os.path.isdir(other):
            os.unlink(number.path)
        os.rename(other, number.path)
        wait_for(lambda: (file_of(first)["problem"],
                          file_of(first)["number"]) == (problem, value), 5,
                 f"{problem or value}, not {file_of(first)}")
    # Behind a link it is looked at once a second.
    with open(secret, "w") as file:
        file.write("31")
    wait_priority([first], 231)
    os.unlink(number.path)
    wait_priority([first], 200)
    number.replace("3")
    wait_priority([first], 203)
    assert first.transitions()[-1] == "active"
    assert second.transitions() == ["backup"]
    assert first.counters()["became_active"] == 1


def test_a_folder_that_comes_later(lan):
    """Without its folder a file is not tracked, as in keepalived; as soon as
    that is there, it is. One that goes takes its files with it."""
    a, b = lan.routers
    number = Number(a)
    os.rmdir(number.folder)
    first = start(Baton, a, [tracking("f weight 0 reverse", priority=200)],
                  block(number.path))
    first.wait_state("active")
    assert file_of(first)["verdict"] == "unusable"
    assert "its folder is not there" in first.ask("status")
    os.mkdir(number.folder)
    first.wait_state("fault")  # there is no file, which counts as 0
    number.write("1")
    first.wait_state("active")
    os.rename(number.folder, number.folder + ".old")
    first.wait_state("fault")
    other = Number(a, "1")
    assert other.path == number.path
    first.wait_state("active")
    # And the kernel tells of the new folder.
    os.unlink(other.path)
    first.wait_state("fault")


def test_folders_that_are_exchanged(lan):
    """The path leads elsewhere, and the folder that was watched is as it was."""
    a, _ = lan.routers
    for folder, number in ("one/deep", "1"), ("two/deep", "2"):
        Number(a, number, folder)
    current = os.path.join(a.directory, "current")
    os.symlink("one", current)
    through = Number(a, name="current/deep")
    plain = Number(a, "10", "above/deep")
    daemon = start(Baton, a, [tracking("f", "g")], [
        *block(through.path), *block(plain.path, name="g")])
    wait_priority([daemon], 111)
    # Where the link leads, and the folder above.
    os.symlink("two", current + ".new")
    os.rename(current + ".new", current)
    wait_priority([daemon], 112)
    above = os.path.join(a.directory, "above")
    os.rename(above, above + ".old")
    Number(a, "20", "above/deep")
    wait_priority([daemon], 122)
    Number(a, "9", "one/deep")  # which is watched no more
    through.write("3")  # of which the kernel tells
    plain.write("30")
    wait_priority([daemon], 133)
    assert daemon.transitions() == ["backup", "active"]


def test_a_flood_of_other_files(lan):
    """Who may write in the folder can neither hide a change nor delay it."""
    a, _ = lan.routers
    number = Number(a, "1")
    first = start(Baton, a, [tracking("f")], block(number.path))
    first.wait_state("active")
    wait_priority([first], 101)
    flood = a.popen("sh", "-c", f"cd {number.folder}; "
                    "while :; do : > a; : > b; : > c; done")
    try:
        for value in range(2, 6):
            number.write(str(value))
            wait_priority([first], 100 + value)
    finally:
        flood.kill()
    assert first.transitions() == ["backup", "active"]
