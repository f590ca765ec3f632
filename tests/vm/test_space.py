# SPDX-License-Identifier: GPL-2.0-or-later
"""Virtual servers in another namespace than virtual routers, and a table that is
left at the stop."""

import os
import shutil

import pytest

from machine import BATOND, Baton
from test_table import FOREIGN, ONE, TABLE_ONE, put_foreign

CHECKED = ONE.replace("192.168.0.2 80 { weight 0 }", """10.9.9.9 80 {
        TCP_CHECK { warmup 0
            retry 0
            connect_port 8080 }
    }""").replace("lb_kind DR", "lb_kind DR\n    delay_loop 0.2")


@pytest.fixture
def other():
    space = Baton("o")
    yield space
    space.close()


def test_the_table_is_in_another_namespace(baton, other):
    put_foreign(baton)
    baton.start(f"net_namespace_ipvs {other.name}\n" + CHECKED)
    # Nobody listens there, though somebody does here.
    listener = baton.listen(8080)
    other.wait_table(TABLE_ONE[:2])
    assert baton.table() == sorted(FOREIGN)
    listener.close()
    listener = other.listen(8080)
    other.wait_table(TABLE_ONE[:2] + ["-a -t 10.1.2.3:80 -r 10.9.9.9:80 -g -w 1"])
    listener.close()
    assert baton.stop() == 0
    assert other.table() == []
    assert baton.table() == sorted(FOREIGN)


def test_a_namespace_that_is_not_there_is_told(baton):
    baton.start("net_namespace_ipvs nowhere\n" + ONE)
    baton.wait_log("net_namespace_ipvs nowhere cannot be entered")
    assert baton.table() == []
    assert baton.stop() == 0


class Named(Baton):
    """Called as keepalived is."""

    def command(self):
        program = os.path.join(self.folder, "keepalived")
        if not os.path.exists(program):
            shutil.copy(BATOND, program)
        # The checkout is where it would have its sockets.
        return ["unshare", "-m", "sh", "-c",
                "mount -t tmpfs none /run/baton && exec \"$@\"", "sh",
                program, "-n", "-l", "-I", "-f", self.conf,
                "-p", self.folder + "/pid", "-r", self.folder + "/vpid"]


def test_a_table_is_left_and_found_again():
    space = Named("n")
    try:
        space.start("instance " + space.name + "\n" + ONE)
        space.wait_table(TABLE_ONE)
        assert space.stop() == 0
        assert space.table() == sorted(TABLE_ONE)
        space.start("instance " + space.name + "\n"
                    + ONE.replace("weight 3", "weight 4"))
        space.wait_table([line.replace("-w 3", "-w 4") for line in TABLE_ONE])
        assert space.stop() == 0
    finally:
        space.close()
