# SPDX-License-Identifier: GPL-2.0-or-later
"""One virtual router without a file, as vrrpd had it: `batond --interface`."""

import subprocess

import pytest

from daemons import Baton, Instance

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

OPTIONS = ["--interface", "lan0", "--vrid", "51", "--priority", "200",
           "--interval", "0.5", "--vrrp-version", "3", "192.0.2.1/24"]
IS = Instance(name="lan0-51", vrid=51, priority=200, interval=0.5)


class Simple(Baton):
    def start_file(self, path):
        """As always, but for the words that say what it runs."""
        spawn = self.spawn
        self.spawn = lambda *words, **more: spawn(
            *[word for word in words if word not in ("-f", path)],
            *OPTIONS, **more)
        return super().start_file(path)


def printed(*words):
    """What `baton print` makes of options or a file."""
    return subprocess.run([Baton.binary("baton"), "print", *words], check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def test_a_router_by_options(lan):
    a, b = lan.routers
    first = Simple(a)
    first.instances = [IS]
    first.start_text("")
    first.wait_state("active")
    assert a.holds("192.0.2.1")
    # What it is as a file is another router's configuration.
    text = printed(*OPTIONS)
    second = Baton(b)
    second.instances = [IS]
    path = second.file("printed.conf", text)
    assert printed(path) == text
    second.start_text(text.replace("priority 200", "priority 100"))
    second.wait_state("backup")
    # A reload and an upgrade know what was said.
    assert first.ask("reload") == "1 unchanged\n"
    first.ask("upgrade")
    first.wait_state("active")
    assert first.changes()[-1]["to"] == "active"
    assert len(first.changes()) == 2
