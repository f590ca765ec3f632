# SPDX-License-Identifier: GPL-2.0-or-later
"""A program that knows more than another: one more reason to drop a packet,
one more cause, and more fields and counters in every record. An upgrade to it
adopts all, and so does the way back.

It is built here, from a copy of src: what the change concerns.
"""

import os
import re
import shutil
import sys

import pytest

from daemons import Baton
from lan import wait_for
from scene import DEBUG, Scene, ids, ledger_of, replaced, settle
from test_upgrade import Installed

# One process builds it, once, and gives way to the tests beside it.
pytestmark = [
    pytest.mark.timing, pytest.mark.xdist_group("layouts"),
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built")]

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.append(os.path.join(TOP, "tests"))
import objects  # noqa: E402

# What the later program adds: {file: [(pattern, what stands there then)]}.
LATER = {
    "vrrp/reason.h": [(r"\tVRRP_DROPS\n", "\tVRRP_DROP_LATER,\n\\g<0>"),
                      (r"\tVRRP_CAUSES\n", "\tVRRP_CAUSE_LATER,\n\\g<0>")],
    "vrrp/reason.c": [
        (r"\t\[VRRP_DROP_PEER\]",
         '\t[VRRP_DROP_LATER] = { "later", "later", LOCAL },\n\\g<0>'),
        (r"\t\[VRRP_CAUSE_NO_ANSWER\]",
         '\t[VRRP_CAUSE_LATER] = { "later", "later", OURS },\n\\g<0>')],
    "vrrp/vrrp.h": [(r"\ttick_t defend_after;",
                     "\tint32_t later[4];\n\\g<0>")],
    "vrrp/save.h": [(r"\tX\(WEIGHT, weight, [^\\\n]*",
                     "\tX(WEIGHT, weight, track.weight, 1 << 24) "),
                    # Behind the last one.
                    (r"(\tX\([^\\\n]*\))\n",
                     "\\1 \\\\\n\tX(WEIGHT, later, later[3], 77)\n")],
    "vrrp/save.c": [(r"sizeof\(struct vrrp\) == ",
                     "sizeof(struct vrrp) > ")],
    "ledger/held.h": [
        (rf"(struct ledger_{name} \{{.*?)(\n\}};)",
         rf"\1 uint64_t later[{count}];\2")
        for name, count in (("wanted", 3), ("held", 1))],
    "ledger/records.h": [
        *((rf"(struct ledger_{name} \{{.*?)(\n\}};)",
           rf"\1 uint64_t later[{count}];\2")
          for name, count in (("counters", 3), ("configured", 4),
                              ("record", 9), ("server", 5))),
        (r"(struct ledger_event \{.*?)(\n\};)", r"\1 uint64_t later[2];\2"),
        (r"(struct ledger \{.*?)(\n\};)", r"\1 uint64_t later[20];\2"),
        (r"(#define LEDGER_EVENTS\s+)4096", r"\g<1>1024")],
}


def build(directory):
    """The later program; its path."""
    source = os.path.join(directory, "src")
    shutil.copytree(os.path.join(TOP, "src"), source)
    for name, changes in LATER.items():
        path = os.path.join(source, name)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for pattern, other in changes:
            text, count = re.subn(pattern, other, text, flags=re.S)
            assert count == 1, f"{name}: {pattern}"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    program = os.path.join(directory, "batond")
    tree = objects.Build(os.path.dirname(os.path.dirname(os.path.dirname(
        Baton.binary("batond")))))
    # What takes the compiler the least time. The sanitizer stays in the rest,
    # and needs its memory.
    faults = tree.batond(source, LATER, program, more=["-O0", "-g0", *(
        ["-fno-sanitize=all", "-D__SANITIZE_ADDRESS__"] if DEBUG else [])])
    assert not faults, faults
    return program


@pytest.fixture(scope="module")
def later(tmp_path_factory):
    with open(build(str(tmp_path_factory.mktemp("later"))), "rb") as file:
        return file.read()


@pytest.fixture
def scene(make_lan):
    return Scene(make_lan(), daemon=Installed, peer=Installed)


def size_of_ledger(daemon):
    with ledger_of(ids(daemon)["vrrp"]) as ledger:
        return len(ledger)


def upgrade(daemon, content=None):
    old = ids(daemon)
    daemon.install(content)
    daemon.ask("upgrade")
    replaced(daemon, "vrrp", "ctl", old=old)


def known(daemon):
    """What must not be lost on the way: who has heard what, and when."""
    status = daemon.all_status()
    return {i["name"]: (i["state"], i["since"], i["counters"]["became_active"],
                        sum(i["counters"]["noted"].values()),
                        i["peer_checksum"], i["active_address"])
            for i in status["instances"]}, status["started"]


def test_there_and_back_again(later, scene):
    first, second = scene.first, scene.second
    for daemon in (first, second):  # the Active, and the Backup
        before, small = known(daemon), size_of_ledger(daemon)
        begun = [e["time"] for e in daemon.events() if e["type"] == "state"]
        for content in (later, None):
            sent = {n: daemon.counters(n)["adverts_sent"]
                    + daemon.counters(n)["adverts_received"]
                    for n in scene.names}
            upgrade(daemon, content)
            assert (size_of_ledger(daemon) == small) == (content is None)
            assert known(daemon) == before
            for name in scene.names:
                assert daemon.counters(name)["adverts_sent"] \
                    + daemon.counters(name)["adverts_received"] >= sent[name]
            if content:
                assert daemon.counters("slow")["dropped"]["later"] == 0
            assert [e["time"] for e in daemon.events()
                    if e["type"] == "state"] == begun
        assert "hands over" not in daemon.log()
    settle()
    scene.nothing_lost()
    scene.no_transition()


def test_a_crash_after_each(later, scene):
    """The first process of the new program dies at once: the one that follows
    adopts what that one had adopted."""
    for content in (later, None):
        upgrade(scene.first, content)
        old = ids(scene.first)
        os.kill(old["vrrp"], 9)
        replaced(scene.first, "vrrp", old=old)
        wait_for(lambda: scene.first.state("slow") == "active", 5, "it")
    settle()
    scene.nothing_lost()
    scene.no_transition()
