# SPDX-License-Identifier: GPL-2.0-or-later
"""keepalived and baton with the same file: commands that check real servers, and
what is told of these."""

import os

import pytest

from machine import wait_for

HEAD = "global_defs {\n script_user root\n enable_script_security\n}\n"


class Told:
    """A folder for commands and what they write, of one daemon."""

    def __init__(self, space):
        self.space = space
        self.folder = os.path.join("/run/told", space.name)
        os.makedirs(self.folder, mode=0o700)

    def path(self, name):
        return os.path.join(self.folder, name)

    def script(self, name, text):
        with open(self.path(name), "w") as file:
            file.write("#!/bin/sh\n" + text)
        os.chmod(self.path(name), 0o755)
        return self.path(name)

    def put(self, name, text):
        with open(self.path(name + ".new"), "w") as file:
            file.write(text)
        os.rename(self.path(name + ".new"), self.path(name))


@pytest.fixture
def both(baton, keepalived):
    return Told(baton), Told(keepalived)


def start(told, text):
    """The text with the folder of each in place of FOLDER."""
    for one in told:
        one.space.start(HEAD + text.replace("FOLDER", one.folder))


COMMANDS = """\
virtual_server 10.9.9.100 80 {
    delay_loop 1
    lb_algo wrr
    lb_kind NAT
    protocol TCP
    real_server 10.9.9.9 8001 {
        weight 7
        MISC_CHECK {
            misc_path "FOLDER/code first"
            misc_dynamic
            warmup 0
        }
    }
    real_server 10.9.9.9 8002 {
        weight 9
        MISC_CHECK {
            misc_path "FOLDER/code second"
            misc_timeout 2
            warmup 0
        }
    }
}
"""
SERVICE = "-A -t 10.9.9.100:80 -s wrr"


def dest(port, weight):
    return f"-a -t 10.9.9.100:80 -r 10.9.9.9:{port} -m -w {weight}"


def test_commands_check_and_weigh(both):
    for one in both:
        one.script("code", f"read code <{one.folder}/$1; exit $code\n")
        one.put("first", "0\n")
        one.put("second", "0\n")
    start(both, COMMANDS)

    def codes(first, second, *lines):
        for one in both:
            one.put("first", f"{first}\n")
            one.put("second", f"{second}\n")
        for one in both:
            one.space.wait_table([SERVICE, *lines])

    codes(0, 0, dest(8001, 7), dest(8002, 9))
    codes(2, 0, dest(8001, 0), dest(8002, 9))
    codes(255, 1, dest(8001, 253))
    codes(12, 0, dest(8001, 10), dest(8002, 9))
    codes(1, 2, )
    codes(3, 0, dest(8001, 1), dest(8002, 9))
    for one in both:
        one.script("code", "sleep 60\n")
        one.space.wait_table([SERVICE])
    wait_for(lambda: "took longer" in both[0].space.run(
        *both[0].space.baton("checks")), "the words")
