# SPDX-License-Identifier: GPL-2.0-or-later
"""Files by which a reload is asked for, and shown: reload_time_file and
reload_file, in both programs."""

import os
import time

import pytest

from daemons import Baton
from lan import wait_for
from test_called_keepalived import THEIRS, Program

pytestmark = [
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built"),
    pytest.mark.skipif(not THEIRS, reason="keepalived is not installed")]

PID = "/run/keepalived.pid"


@pytest.fixture
def both(lan):
    found = [Program(router, name, lan.directory)
             for router, name in zip(lan.routers, ("keepalived", "batond"))]
    for number, program in enumerate(found):
        program.number = number
        program.file = os.path.join(program.router.directory, "time")
        program.shown = os.path.join(program.router.directory, "reloading")
    return found


def write(program, *hosts, repeat=False):
    addresses = "\n".join(f"        192.0.2.{host + program.number}/24"
                          for host in hosts)
    with open(program.conf, "w") as file:
        file.write(f"""global_defs {{
    reload_time_file {program.file}
    {"reload_repeat" if repeat else ""}
    reload_file {program.shown}
    reload_check_config
}}
vrrp_instance VI {{
    state MASTER
    interface lan0
    virtual_router_id {51 + program.number}
    priority 255
    virtual_ipaddress {{
{addresses}
    }}
}}
""")


def holds(program, host):
    return program.router.holds(f"192.0.2.{host + program.number}")


def start(program, **more):
    write(program, 201, **more)
    assert program.start(["-f", program.conf]) == 0
    wait_for(lambda: program.pid(PID) and holds(program, 201), 10,
             f"{program.name} serves")


def say_when(path, seconds):
    """The next moment that is at least so far away; when it is."""
    at = int(time.time()) + 1 + seconds
    with open(path + ".new", "w") as file:
        file.write(time.strftime("%H:%M:%SZ\n", time.gmtime(at)))
    os.rename(path + ".new", path)
    return at


@pytest.mark.parametrize("repeat", [False, True])
def test_at_a_time(both, repeat):
    for program in both:
        start(program, repeat=repeat)
        write(program, 201, 211, repeat=repeat)
    at = [say_when(program.file, 2) for program in both]
    for program, moment in zip(both, at):
        wait_for(lambda: holds(program, 211), 15, f"{program.name} reloads")
        assert time.time() >= moment
        assert os.path.exists(program.file) == repeat
    # What has been is over, also for the process that reads the file next.
    for program in both:
        write(program, 201, 221, repeat=repeat)
    if not repeat:
        for program in both:
            with open(program.file, "w") as file:
                file.write("2001-01-01 00:00:00\n")
    time.sleep(2)
    assert not any(holds(program, 221) for program in both)


def test_it_is_shown(both):
    """Who edits the files touches it, and waits until it has gone."""
    for program in both:
        start(program)
        for host in 211, 221:
            write(program, 201, host)
            with open(program.shown, "w") as file:
                file.write("not yet\n")
            program.signal(PID, "HUP")
            wait_for(lambda: not os.path.exists(program.shown), 10,
                     f"{program.name} has read")
            wait_for(lambda: holds(program, host), 10,
                     f"{program.name} has reloaded")
        # So it is with what cannot be used, which baton does not take.
        if program.name == "batond":
            with open(program.conf, "a") as file:
                file.write("}\n")
            with open(program.shown, "w") as file:
                file.write("not yet\n")
            program.signal(PID, "HUP")
            wait_for(lambda: not os.path.exists(program.shown), 10, "read")
            assert holds(program, 221)
