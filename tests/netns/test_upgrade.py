# SPDX-License-Identifier: GPL-2.0-or-later
"""An upgrade to a program that is not as good: it changes nothing. And to one
that keeps its state in another form: it hands over.

Upgrades that go well, in a row and timed, are in test_gapless.py.
"""

import os
import shutil
import struct

import pytest

from daemons import Baton
from lan import wait_for
from scene import (Scene, ids, ledger_of, replaced, serving, settle,
                   start_again)
from test_gapless import configure, extra

pytestmark = [
    pytest.mark.timing,
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built")]

# What an installation that went wrong may leave, and what is said of it.
BROKEN = {
    "no-program": (b"\x7fELF, but not much of it", "Exec format error"),
    "no-library": (b"#!/bin/sh\necho no library >&2\nexit 127\n",
                   "no library\n(.*\n)*.*ended with 127"),
    "another": (b"#!/bin/sh\nexit 0\n", "is no batond"),
    "crashes": (b"#!/bin/sh\nkill -SEGV $$\n", "killed by signal 11"),
    "hangs": (b"#!/bin/sh\nsleep 60\n", "does not end within 5 s"),
}


class Installed(Baton):
    """It runs a copy, which can be replaced as a package manager does."""

    def installed(self):
        path = os.path.join(self.directory, "bin", "batond")
        if not os.path.exists(path):
            os.makedirs(os.path.dirname(path))
            shutil.copy(self.binary("batond"), path)
        return path

    def install(self, content=None):
        """These bytes, or the program again."""
        fresh = self.installed() + ".new"
        if content is None:
            shutil.copy(self.binary("batond"), fresh)
        else:
            with open(fresh, "wb") as file:
                file.write(content)
            os.chmod(fresh, 0o755)
        os.rename(fresh, self.installed())


@pytest.fixture
def scene(make_lan):
    return Scene(make_lan(), daemon=Installed)


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_program_changes_nothing(scene, kind):
    content, said = BROKEN[kind]
    old = serving(scene.first)
    scene.first.install(content)
    for order in (["upgrade"], ["reload", "--upgrade"]):
        with pytest.raises(RuntimeError, match=said):
            scene.first.ask(*order)
    assert serving(scene.first) == old
    assert "no upgrade" in scene.first.log()
    scene.first.install()
    old = ids(scene.first)
    scene.first.ask("upgrade")
    replaced(scene.first, "vrrp", "ctl", old=old)
    settle()
    scene.nothing_lost()
    scene.no_transition()


def test_a_configuration_that_the_new_program_refuses(scene):
    """It says so, not the old one."""
    old = serving(scene.first)
    scene.first.install(b"#!/bin/sh\necho \"$@\" is nothing for me >&2\n"
                        b"exit 3\n")
    with pytest.raises(RuntimeError,
                       match=r"-f \S+/baton\.conf is nothing for me"):
        scene.first.ask("upgrade")
    # Meanwhile nothing is wrong with it, and all can be done.
    scene.first.ask("reload")
    assert serving(scene.first) == old


def test_a_reload_goes_on_where_its_upgrade_does_not(scene):
    scene.first.install(BROKEN["crashes"][0])
    configure(scene.first, extra("more"))
    with pytest.raises(RuntimeError, match="no upgrade"):
        scene.first.ask("reload", "--upgrade")
    wait_for(lambda: "more" in {i["name"] for i in
                                scene.first.all_status()["instances"]},
             5, "the new configuration")
    scene.nothing_lost()
    scene.no_transition()


def another_major(pid):
    """Makes the ledger one that means something else."""
    with ledger_of(pid) as ledger:
        # struct ledger: magic (8 bytes), major.
        major, = struct.unpack_from("=I", ledger, 8)
        struct.pack_into("=I", ledger, 8, major + 1)


@pytest.mark.parametrize("how", ["upgrade", "restart"])
def test_a_state_in_another_form_is_handed_over(scene, how):
    first = scene.first
    old = ids(first)
    another_major(old["vrrp"])
    if how == "upgrade":
        first.ask("upgrade")
    else:
        os.kill(old["keeper"], 9)
        start_again(first)
    replaced(first, "vrrp", "ctl", old=old)
    scene.wait_roles(first, scene.second)
    assert "has another ledger; it hands over" in first.log()
    gained = {name: count - scene.before[name]
              for name, count in scene.became_active().items()}
    assert set(gained.values()) == {1}
    settle()
    scene.nothing_lost()
