# SPDX-License-Identifier: GPL-2.0-or-later
"""Names of any bytes: of virtual routers, interfaces and scripts, and what
scripts write. Whoever reads metrics, JSON or a terminal gets what is valid
there, and two names stay two."""

import json
import os
import re

import pytest

from daemons import Baton
from lan import wait_for
from scene import settle

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

# Latin-1, half of a character, a command to a terminal, and a quotation mark.
NAMES = [b"caf\xe9", b"caf\xe8", b"half\xc3", b'quo"te', b"back\\x"]
INTERFACE = b"lan\xe9"
SCRIPT = b"scr\xe9"

CONF = b"""
vrrp_script %b {
    script "%b"
    interval 1
    rise 1
    fall 1
    user root
}
"""
INSTANCE = b"""
vrrp_instance "%b" {
    interface %b
    virtual_router_id %d
    priority 200
    version 3
    advert_int 0.1
    %b
    virtual_ipaddress {
        192.0.2.%d/24
    }
}
"""
TRACKED = b"track_script {\n%b\n}"


def quoted(name):
    """As it stands in a quoted word of the configuration."""
    return name.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


def start(router):
    script = os.path.join(router.directory, "noise.sh")
    with open(script, "w") as file:
        file.write("#!/bin/sh\nprintf 'bad\\377\\033[31m\\n'\nexit 1\n")
    os.chmod(script, 0o755)
    router.ip("link set lan0 down")
    router.run("ip", "link", "set", "lan0", "name", os.fsdecode(INTERFACE))
    router.run("ip", "link", "set", os.fsdecode(INTERFACE), "up")
    daemon = Baton(router)
    with open(os.path.join(daemon.directory, "baton.conf"), "wb") as file:
        file.write(CONF % (SCRIPT, script.encode()))
        for number, name in enumerate(NAMES, 1):
            file.write(INSTANCE % (
                quoted(name), INTERFACE, 10 + number,
                TRACKED % SCRIPT if number == 1 else b"", number))
    return daemon.start_file(os.path.join(daemon.directory, "baton.conf"))


def test_what_is_shown_is_valid(lan):
    daemon = start(lan.routers[0])

    def states():
        try:
            return {i["name"]: i["state"]
                    for i in daemon.all_status()["instances"]}
        except RuntimeError:
            return {}
    wait_for(lambda: sorted(states().values()) == ["active"] * 4 + ["fault"],
             15, "four Active, and one whose script fails")
    settle()
    # JSON is UTF-8 (fetch() reads it strictly), and so are the events.
    assert set(states()) == {r"caf\xe9", r"caf\xe8", r"half\xc3", 'quo"te',
                             r"back\x"}
    assert {event["instance"] for event in daemon.events()
            if event["type"] == "state"} == set(states())
    assert {i["interface"] for i in daemon.all_status()["instances"]} \
        == {r"lan\xe9"}
    # Metrics too, each series once.
    samples = [re.sub(r" \S+$", "", line) for line
               in daemon.ask("metrics").splitlines() if line[0] != "#"]
    assert len(samples) == len(set(samples))
    assert any(r'instance="caf\\xe9"' in line for line in samples)
    assert any(r'script="scr\\xe9"' in line for line in samples)
    # A terminal is commanded by nobody.
    shown = daemon.ask("status") + daemon.ask("why", r"caf\xe9") \
        + daemon.ask("events")
    assert r"bad\xff?[31m" in shown
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", shown)
    # Nor the log.
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", daemon.log())
