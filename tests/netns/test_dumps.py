# SPDX-License-Identifier: GPL-2.0-or-later
"""keepalived's dumps: one reader of its files, run unmodified against both
programs, which run the same configuration, each on a router of its own."""

import json
import os
import re
import signal

import pytest

from daemons import Baton, Instance, keepalived_conf
from lan import wait_for
from test_called_keepalived import THEIRS, Program

pytestmark = [
    pytest.mark.skipif(not Baton.is_built(), reason="batond is not built"),
    pytest.mark.skipif(not THEIRS, reason="keepalived is not installed")]

PID = "/run/keepalived.pid"
JSON, DATA, STATS, CLEAR = 36, signal.SIGUSR1, signal.SIGUSR2, 63

# N is a number that the routers do not share.
CONF = """
global_defs {
    router_id r1
    enable_script_security
    script_user root
    vrrp_garp_master_refresh 60
    vrrp_higher_prio_send_advert true
}
vrrp_script good {
    script "/bin/true a 'b c'"
    interval 1
    weight 10
}
vrrp_script bad {
    script /bin/false
    interval 1
    timeout 2
    rise 2
    fall 3
}
vrrp_track_file tf {
    file FILE
    weight 2
    init_file 3
}
vrrp_track_process P {
    process no-such-process
    quorum 1
    quorum_max 3
    weight 5
    fork_delay 0.5
}
vrrp_track_process Q {
    process no-such-process a b
    param_match initial
}
vrrp_instance VI/1 {
    state MASTER
    interface lan0
    virtual_router_id N
    priority 255
    authentication {
        auth_type PASS
        auth_pass secret12
    }
    track_interface {
        lo
    }
    notify "/bin/echo x 'y z'"
    notify_master "/bin/echo master"
    notify_backup "/bin/echo backup"
    notify_fault "/bin/echo fault"
    notify_stop "/bin/echo stop"
    virtual_ipaddress {
        192.0.2.N/24
        192.0.3.N/24 brd + dev lan0 scope link label lan0:x
        192.0.4.N peer 192.0.4.1
        192.0.5.N/24 brd -
    }
    virtual_ipaddress_excluded {
        2001:db8:1::N
        2001:db8:2::N/64 home -nodad
        2001:db8:3::N/64 mngtmpaddr noprefixroute preferred_lft 100
        2001:db8:4::N/64 preferred_lft 0 no_track
        192.0.6.N/24 noprefixroute no_track
    }
    virtual_routes {
        10.1.0.0/16 dev lan0
        10.3.0.0/16 via 192.0.2.5 dev lan0 table 7 metric 5 src 192.0.2.N \\
scope link tos 4 protocol 30 no_track
        unreachable 10.4.0.0/16 metric 3 no_track
        10.6.0.0/16 nexthop via 192.0.2.5 dev lan0 weight 2 \\
nexthop via 192.0.2.6 dev lan0 onlink no_track
        append 10.7.0.0/16 dev lan0
        default via 192.0.2.5 dev lan0 table 9
        prohibit 10.10.0.1 no_track
    }
    virtual_rules {
        from 10.1.0.0/16 table 100 priority 5
        not from 10.2.0.0/16 to 10.3.0.0/16 dev lan0 oif lan0 table 5 \\
priority 7 tos 8 fwmark 3/0xff
        from 10.9.0.0/16 priority 9 blackhole
        to 10.2.0.0/16 fwmark 7 lookup main preference 6
    }
}
vrrp_instance V6 {
    version 3
    interface lan0
    virtual_router_id N
    priority 200
    advert_int 0.2
    preempt_delay 7
    track_script {
        good
    }
    track_file {
        tf
    }
    track_process {
        P
    }
    virtual_ipaddress {
        fe80::N/64
        2001:db8:5::N/64
    }
}
vrrp_instance UC {
    interface lan0
    virtual_router_id N
    priority 120
    nopreempt
    promote_secondaries
    unicast_src_ip SRC
    unicast_peer {
        192.0.2.99
    }
    track_script {
        bad
    }
    virtual_ipaddress {
        198.51.100.9/24
    }
}
vrrp_instance LOW {
    version 3
    interface lan1
    virtual_router_id N
    dont_track_primary
    notify_deleted "/bin/echo deleted"
    notify_master_rx_lower_pri "/bin/echo lower"
    notify_priority_changes true
    smtp_alert
    virtual_ipaddress {
        198.51.100.N/24
    }
}
vrrp_sync_group G {
    group {
        UC
        LOW
    }
    track_interface {
        lo
    }
    track_script {
        good
    }
    notify "/bin/echo g"
    notify_fault "/bin/echo f"
}
"""

# What differs on purpose: whose routes they are, and that secrets are not shown.
PURPOSES = [(r" proto(col)? (18|112)\b", ""),
            (r"secret12|\*{8}", "SECRET")]


@pytest.fixture
def programs(make_lan):
    lan = make_lan(routers=3)
    found = [Program(router, name, lan.directory)
             for router, name in zip(lan.routers, ("keepalived", "batond"))]
    for number, program in zip((171, 181), found):
        program.number = number
        program.third = lan.routers[2]
        program.router.run("ip", "link", "add", "lan1", "type", "veth",
                           "peer", "lan2")
    return found


class Reader:
    """Reads what keepalived writes."""

    def __init__(self, program):
        self.program, self.folder = program, program.router.directory

    def dump(self, number, name):
        """The text of a dump, when it is whole."""
        path = os.path.join(self.folder, name)
        if os.path.exists(path):
            os.unlink(path)
        self.program.signal(PID, int(number))
        sizes = []

        def whole():
            sizes.append(os.path.exists(path) and os.path.getsize(path))
            return len(sizes) > 1 and sizes[-1] == sizes[-2] > 0
        wait_for(whole, 5, f"{self.program.name}: {name}", 0.05)
        assert os.stat(path).st_mode & 0o777 == 0o600
        with open(path) as file:
            return file.read()

    def state(self, name):
        """As probes look for it: the line of State of an instance."""
        part = self.dump(DATA, "keepalived.data").split(
            f" VRRP Instance = {name}\n")[1]
        return re.search(r"^   State = (\w+)$", part, re.M).group(1)

    def json(self):
        return json.loads(self.dump(JSON, "keepalived.json"))

    def stats(self, name):
        part = self.dump(STATS, "keepalived.stats").split(
            f"VRRP Instance: {name}\n")[1].split("VRRP Instance:")[0]
        return [(line.split(":")[0], int(line.split(":")[1] or -1))
                for line in part.splitlines()]


def values(value, path="$"):
    """{path: value} of all that is in a JSON value."""
    if isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        found = {path: type(value)}
        for key, item in items:
            found.update(values(item, f"{path}.{key}"))
        return found
    return {path: value}


def paths(value):
    """{path: type}; whole numbers are numbers like others."""
    return {path: float if type(item) is int else
            item if isinstance(item, type) else type(item)
            for path, item in values(value).items()}


def alike(program, text):
    """A text without what the two programs need not share."""
    text = re.sub(rf"\b{program.router.address()}\b", "SRC", text)
    text = text.replace(program.router.directory, "")
    text = re.sub(rf"\b{program.number}\b", "111", text)
    for pattern, instead in PURPOSES:
        text = re.sub(pattern, instead, text)
    return text


def start(program, text, *more):
    with open(program.conf, "w") as file:
        file.write(text.replace("\\\n", "").replace(
            "SRC", str(program.router.address())).replace(
            "FILE", os.path.join(program.router.directory, "tf")).replace(
            "N/", f"{program.number}/").replace("N ", f"{program.number} ")
            .replace("N\n", f"{program.number}\n"))
    assert program.start(["-f", program.conf, *more]) == 0
    wait_for(lambda: program.pid(PID), 10, f"{program.name} runs")


def settled(reader):
    """Its states do not change any more."""
    states = reader.state("VI/1"), reader.state("V6"), reader.state("UC")
    return states == ("MASTER", "MASTER", "FAULT")


def keys(text):
    """The keys of a state dump in their order, without values."""
    return [re.split(r" = | :|: |, ", line)[0].rstrip(":")
            for line in text.splitlines()]


# Lines of a state dump that only keepalived has: its descriptors, what only its
# kernel-side helpers know, and what baton does not have.
THEIR_LINES = re.compile(
    r"^   (fd_in|No sockets|Unicast checksum|"
    r"Init state|VRRP instances)")


def sections(text):
    """{section: lines} of a state dump."""
    parts = re.split(r"^------< (.*) >------$", text, flags=re.M)
    return dict(zip(parts[1::2], (part.strip("\n") for part in parts[2::2])))


def test_the_same_keys_and_types(programs):
    readers = [Reader(program) for program in programs]
    for program in programs:
        start(program, CONF)
    for reader in readers:
        wait_for(lambda: settled(reader), 20, reader.program.name, 0.2)
    theirs, ours = [reader.json() for reader in readers]
    # Newer keepalived than Debian's have that, too.
    assert [i["data"].pop("track_process", None) for i in ours] \
        == [None, ["P"], None, None]
    assert paths(theirs) == paths(ours)
    differ = {path for path, value in values(theirs).items()
              if alike(programs[0], repr(value))
              != alike(programs[1], repr(values(ours)[path]))
              and ".stats." not in path and "transition" not in path}
    assert not differ, {path: (values(theirs)[path], values(ours)[path])
                        for path in differ}
    # The order of the keys, too, for those who read it by their eyes.
    assert [list(i["data"]) for i in theirs] == [list(i["data"]) for i in ours]
    texts = [sections(reader.dump(DATA, "keepalived.data"))
             for reader in readers]
    for section in ("VRRP Topology", "VRRP Sync groups", "VRRP Scripts",
                    "VRRP Track files", "VRRP Track processes"):
        their_lines = [line for line in
                       alike(programs[0], texts[0][section]).splitlines()
                       if not THEIR_LINES.search(line)]
        assert keys("\n".join(their_lines)) \
            == keys(alike(programs[1], texts[1][section]))
    # What global_defs has is a part of what keepalived shows.
    assert set(keys(texts[1]["Global definitions"])) \
        <= set(keys(texts[0]["Global definitions"]))
    assert "secret12" not in readers[1].dump(DATA, "keepalived.data")
    stats = [reader.stats("VI/1") for reader in readers]
    assert [key for key, _ in stats[0]] == [key for key, _ in stats[1]]
    assert dict(stats[0])["  Became master"] == 1 == \
        dict(stats[1])["  Became master"]


def test_counts(programs):
    """Both hear the same Active: they count the same, and from 0 when they are
    told to."""
    readers = [Reader(program) for program in programs]
    for program, priority in zip(programs, (50, 60)):
        start(program, keepalived_conf([shared(priority)]))
    better = Baton(programs[0].third).start([shared(200)])
    better.wait_state("active")
    for reader in readers:
        wait_for(lambda: reader.state("VI") == "BACKUP", 10, "a Backup", 0.2)
        reader.dump(CLEAR, "keepalived.stats")
        assert counts(reader)["Became master"] == 0
    began = [counts(reader)["Received"] for reader in readers]
    wait_for(lambda: counts(readers[1])["Received"] > began[1] + 5, 10,
             "advertisements", 0.2)
    # Between the two looks lies some time, and so do five advertisements.
    grew = [counts(reader)["Received"] - was
            for reader, was in zip(readers, began)]
    assert 5 < grew[1] <= grew[0] + 5 < grew[1] + 30
    before = counts(readers[1])["Received"]
    programs[1].signal(PID, "HUP")
    wait_for(lambda: counts(readers[1])["Received"] > before, 5,
             "the reload goes on counting", 0.2)
    assert counts(readers[1])["Received"] < before + 50


def shared(priority):
    return Instance(vrid=9, priority=priority, interval=0.2, name="VI")


def counts(reader):
    """The counters, of the same words the first."""
    found = {}
    for key, value in reader.stats("VI"):
        found.setdefault(key.strip(), value)
    return found


def test_where_they_go(lan):
    """By the words of the configuration; what others put there is safe."""
    program = Program(lan.routers[0], "batond", lan.directory)
    folder = program.router.directory
    with open(program.conf, "w") as file:
        file.write(f"instance two\nglobal_defs {{\n    data_use_instance\n"
                   f"    json_dump_file {folder}/own.json\n"
                   "    stats_dump_file own.stats\n    json_version 2\n}\n"
                   + keepalived_conf([shared(100)]))
    victim = os.path.join(folder, "victim")
    with open(victim, "w") as file:
        file.write("mine\n")
    os.symlink(victim, os.path.join(folder, "own.json"))
    os.mkfifo(os.path.join(folder, "keepalived_parent.two.data"))
    assert program.start(["-f", program.conf, "-p", PID]) == 0
    wait_for(lambda: program.pid(PID), 10, "it runs")
    for number in DATA, STATS, JSON:
        program.signal(PID, int(number))

    def there(name):
        path = os.path.join(folder, name)
        return os.path.isfile(path) and not os.path.islink(path)
    for name in "keepalived.two.data", "own.stats", "own.json":
        wait_for(lambda: there(name), 10, name)
    with open(os.path.join(folder, "own.json")) as file:
        assert [i["data"]["iname"] for i in json.load(file)["vrrp"]] == ["VI"]
    with open(victim) as file:
        assert file.read() == "mine\n"
    assert not there("keepalived_parent.two.data")  # a FIFO is left alone
    # Nothing that is half written stays behind.
    assert not [name for name in os.listdir(folder) if ".data." in name
                or ".json." in name or ".stats." in name]


def test_nothing_asked_for_is_lost(lan):
    """The process that makes them is killed, and the next one does it; asked
    by a daemon under its own name, they are in its run directory."""
    daemon = Baton(lan.routers[0]).start([shared(100)])
    daemon.wait_state("active")
    path = os.path.join(daemon.run_dir, "keepalived.json")
    for _ in range(3):
        if os.path.exists(path):
            os.unlink(path)
        daemon.signal(JSON)
        for pid, words in daemon.processes().items():
            if "run" in words[0].split(": ")[-1].split():
                os.kill(pid, signal.SIGKILL)
        wait_for(lambda: os.path.exists(path), 10, "the dump")
        with open(path) as file:
            assert json.load(file)[0]["data"]["iname"] == "VI"
