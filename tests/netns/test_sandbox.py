# SPDX-License-Identifier: GPL-2.0-or-later
"""What the daemon's processes may still do, as the kernel tells it, and that
a whole life of them needs no more: the rights that systemd gives to the unit,
each child's filter, its descriptors and maps."""

import os
import re
import signal
import subprocess

import pytest

from daemons import Baton, Instance, keepalived_conf
from lan import wait_for
from scene import RUNNER, SERVER, ids, ledger_of, replaced, sections_of
from systemd import Unit

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

HERE = os.path.dirname(os.path.abspath(__file__))
UNIT = os.path.join(HERE, "../../dist/batond.service")
NET_ADMIN, NET_RAW = 1 << 12, 1 << 13
NOBODY = 65534


def unit_capabilities():
    """The names in the unit's CapabilityBoundingSet, as setpriv(1) has."""
    with open(UNIT) as file:
        words = re.findall(r"^CapabilityBoundingSet=(.*)$", file.read(), re.M)
    return [word.removeprefix("CAP_").lower() for line in words
            for word in line.split()]


def status_of(pid):
    """The lines of /proc/PID/status: {"Seccomp": "2", ...}."""
    with open(f"/proc/{pid}/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file
                    if ":\t" in line)


def filters_of(pid):
    return int(status_of(pid)["Seccomp_filters"])


def children(daemon):
    """{name: [pid, ...]}: vrrp, and of ctl the doorman before its server."""
    found = {}
    for pid, words in daemon.processes().items():
        if ": " in words[0]:
            found.setdefault(words[0].split(": ")[1].strip(), []).append(pid)
    return found


def confined(daemon):
    """The pids of vrrp, doorman and server when all of them are confined."""
    unit = filters_of(daemon.main_pid())  # systemd's, which all have

    def ready():
        daemon.all_status()  # somebody must ask, or there is no server
        found = children(daemon)
        pids = found.get("vrrp", []) + found.get("ctl", [])
        return len(pids) == 3 and [filters_of(pid) - unit
                                   for pid in pids] == [1, 1, 2] and pids
    return wait_for(ready, 10, "three processes with their filters")


def killed_by_sandbox(daemon):
    return [event for event in daemon.events()
            if event["type"] == "process" and event.get("value") in (
                signal.SIGSYS, signal.SIGILL, signal.SIGSEGV)]


@pytest.fixture
def make_unit(boot):
    """A function that makes the unit of a router, with systemd there."""
    return lambda router: Unit(router, boot(router))


@pytest.fixture
def daemon(lan, make_unit):
    daemon = make_unit(lan.routers[0]).start([Instance(interval=0.1)])
    daemon.wait_state("active")
    return daemon


def test_each_child_has_its_filter_and_its_rights_and_no_more(daemon):
    vrrp, doorman, server = confined(daemon)
    own = daemon.machine.uid("_baton")
    assert own not in (None, 0, NOBODY)
    for pid, user, rights in ((vrrp, 0, NET_ADMIN | NET_RAW),
                              (doorman, own, 0), (server, own, 0)):
        status = status_of(pid)
        assert status["Seccomp"] == "2"
        assert status["NoNewPrivs"] == "1"
        assert set(status["Uid"].split()) == {str(user)}
        for key in ("CapEff", "CapPrm", "CapBnd"):
            assert int(status[key], 16) == rights, key
        for key in ("CapInh", "CapAmb"):
            assert int(status[key], 16) == 0, key


def test_who_has_no_rights_cannot_take_all_processes(daemon):
    """The unit has so many for all of them (TasksMax=)."""
    for pid in confined(daemon)[1:]:
        with open(f"/proc/{pid}/limits") as file:
            most = re.search(r"^Max processes\s+(\d+)", file.read(), re.M)
        assert int(most[1]) <= 512


def test_without_a_user_of_its_own_it_says_so(daemon):
    """Then it is that of many, and status names that."""
    users = {process["name"]: process["user"]
             for process in daemon.all_status()["processes"]
             if process["name"] != "run"}
    assert users == {"keeper": None, "vrrp": None, "ctl": "_baton"}
    assert "as user" not in daemon.ask("status")
    daemon.machine.run("sed", "-i", "/^_baton:/d", "/etc/passwd")
    old = daemon.vrrp_pid()
    daemon.machine.systemctl("restart", "batond")
    wait_for(lambda: daemon.vrrp_pid() != old, 10, "another vrrp")
    daemon.wait_state("active")
    assert {int(status_of(pid)["Uid"].split()[0])
            for pid in children(daemon)["ctl"]} == {NOBODY}
    assert "ctl: as user nobody; there is no user _baton" \
        in daemon.ask("status")


def test_the_unit_gives_the_keeper_what_it_has(daemon):
    """The keeper's rights are those of the unit: the life below needs them
    all, and what it lacks it does without."""
    assert set(unit_capabilities()) == {
        "net_admin", "net_raw", "setuid", "setgid", "setpcap"}
    keeper = status_of(daemon.main_pid())
    assert bin(int(keeper["CapEff"], 16)).count("1") == 5


def test_ctl_cannot_write_the_ledger(daemon):
    """Neither by a map nor by a descriptor, nor by opening it again."""
    vrrp, *ctl = confined(daemon)
    for pid in ctl:
        with open(f"/proc/{pid}/maps") as maps:
            assert not [line for line in maps
                        if "baton-ledger" in line and "w" in line.split()[1]]
        fds = {fd: os.readlink(f"/proc/{pid}/fd/{fd}")
               for fd in os.listdir(f"/proc/{pid}/fd")}
        views = [fd for fd, name in fds.items() if "baton-ledger" in name]
        assert len(views) == 1
        with open(f"/proc/{pid}/fdinfo/{views[0]}") as info:
            flags = int(re.search(r"flags:\s+(\d+)", info.read())[1], 8)
        assert flags & os.O_ACCMODE == os.O_RDONLY
        about = os.stat(f"/proc/{pid}/fd/{views[0]}")
        assert (about.st_uid, about.st_mode & 0o077) == (0, 0)
    with open(f"/proc/{ctl[1]}/maps") as maps:
        assert "baton-ledger" in maps.read()  # the test looks at the right one
    with open(f"/proc/{vrrp}/maps") as maps:
        assert re.search(r" rw-s .*baton-ledger", maps.read())


def test_vrrp_can_write_its_own_book_alone(daemon):
    """Not what the configuration says, nor what the keeper says of processes:
    neither by a map, nor by one that the kernel would change, nor by a
    descriptor."""
    old = ids(daemon)
    daemon.ask("upgrade")  # so that there was a ledger before
    replaced(daemon, "vrrp", "ctl", old=old)
    vrrp, *_ = confined(daemon)
    with ledger_of(vrrp) as ledger:
        book, others = (sections_of(ledger)[kind][3]
                        for kind in (SERVER, RUNNER))
    with open(f"/proc/{vrrp}/maps") as maps:
        mapped = [line.split() for line in maps if "baton-ledger" in line]
    assert len({line[4] for line in mapped}) == 1  # it has no other one
    assert {int(line[2], 16) for line in mapped if "w" in line[1]} == {book}
    assert {int(line[2], 16) for line in mapped if "w" not in line[1]} \
        == {0, others}
    # PTRACE_POKE and this force their way, where a right could be asked for.
    with open(f"/proc/{vrrp}/mem", "r+b", buffering=0) as memory:
        for line in mapped:
            at = int(line[0].split("-")[0], 16)
            memory.seek(at)
            byte = memory.read(1)
            memory.seek(at)
            if "w" in line[1]:
                memory.write(byte)
            else:
                with pytest.raises(OSError):
                    memory.write(byte)
    for fd in os.listdir(f"/proc/{vrrp}/fd"):
        if "baton-ledger" in os.readlink(f"/proc/{vrrp}/fd/{fd}"):
            with open(f"/proc/{vrrp}/fdinfo/{fd}") as info:
                flags = int(re.search(r"flags:\s+(\d+)", info.read())[1], 8)
            assert flags & os.O_ACCMODE == os.O_RDONLY


def test_children_hold_no_file(daemon):
    """Sockets, events, the ledger, in vrrp its configuration as the keeper has
    read it; and what standard output is."""
    vrrp, *others = confined(daemon)
    for pid in vrrp, *others:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            name = os.readlink(f"/proc/{pid}/fd/{fd}")
            assert int(fd) <= 2 or name.split(":")[0] in (
                "socket", "anon_inode", "pipe") or "baton-ledger" in name \
                or pid == vrrp and "baton-model" in name, name


@pytest.mark.parametrize("family", [4, 6])
def test_a_whole_life_needs_no_more(lan, make_unit, family):
    a, b = lan.routers
    first = make_unit(a).start([Instance(interval=0.1, priority=200,
                                         family=family)])
    second = make_unit(b).start([Instance(interval=0.1, family=family)])
    first.wait_state("active")
    second.wait_state("backup")
    service = first.instance().service
    follower = subprocess.Popen(
        [first.binary("baton"), "--run-dir", first.run_dir, "events", "-f"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        before = confined(first)

        # Lost and found: silence, return, an address taken away.
        lan.cut(a)
        second.wait_state("active")
        lan.heal(a)
        second.wait_state("backup")
        prefix = first.instance().addresses[-1].split("/")[1]
        a.ip(f"address del {service}/{prefix} dev lan0")
        wait_for(lambda: a.holds(service), 5, "the address again")

        # The interface goes and comes: groups are left and joined.
        lan.remove_interface(a)
        first.wait_state("fault")
        second.wait_state("active")
        lan.add_interface(a)
        first.wait_state("active")

        # Everything that can be asked.
        for words in (("status",), ("status", "--json"), ("why", "gate"),
                      ("events",), ("metrics",)):
            assert first.ask(*words)
        assert first.ask("why", "nobody", check=False) == ""
        assert confined(first) == before, "nothing died"
        assert killed_by_sandbox(first) == []
    finally:
        follower.terminate()
        told = follower.communicate(timeout=10)[0]
    assert "fault" in told

    # Another takes the place of each that is killed.
    for name in ("vrrp", "ctl"):
        old = children(first)[name][0]
        os.kill(old, signal.SIGKILL)
        wait_for(lambda: children(first).get(name, [old])[0] != old, 10,
                 f"another {name}")
        first.wait_state("active")
    confined(first)

    assert first.stop() == 0
    second.wait_state("active")
    assert "killed by signal 31" not in first.log()
    assert killed_by_sandbox(second) == []
    assert second.stop() == 0


# One of each kind of check, of a host that answers to PING_CHECK alone.
CHECKS = """virtual_server 203.0.113.80 80 {
    protocol TCP
    lvs_method DR
    delay_loop 0.1
    connect_timeout 0.2
    real_server %s 80 {
        TCP_CHECK { }
        HTTP_GET {
            http_protocol 1.1K
            url { path / }
        }
        HTTP_GET {
            http_protocol 2
            url { path / }
        }
        SSL_GET {
            url { path / }
        }
        SMTP_CHECK { }
        DNS_CHECK { }
        UDP_CHECK { require_reply }
        PING_CHECK { }
        AGENT_CHECK { }
        GRPC_CHECK { }
    }
}
"""
CHECKS = re.sub(r"([{}])", r"\n\1\n", CHECKS).replace("\n{", " {")
KINDS = ["AGENT_CHECK", "DNS_CHECK", "GRPC_CHECK", "HTTP_GET", "HTTP_GET",
         "PING_CHECK", "SMTP_CHECK", "SSL_GET", "TCP_CHECK", "UDP_CHECK"]


def test_who_checks_servers_needs_no_more(lan, daemon):
    """It opens its raw socket, and then has no right at all."""
    daemon.configure(keepalived_conf([Instance(interval=0.1)])
                     + CHECKS % lan.host.address())
    daemon.ask("reload")

    def checks():
        return daemon.fetch("/checks")["checks"]

    wait_for(lambda: sorted(c["kind"] for c in checks()) == KINDS
             and all(c["rounds"] > 3 for c in checks()), 20,
             f"rounds of all: {checks()}")
    assert {c["kind"]: c["state"] for c in checks()} == {
        kind: "good" if kind == "PING_CHECK" else "failed" for kind in KINDS}
    assert all(c["blocked"] == 0 for c in checks())
    pid, = children(daemon)["check"]
    status = status_of(pid)
    assert status["Seccomp"] == "2"
    assert filters_of(pid) - filters_of(daemon.main_pid()) == 1
    assert set(status["Uid"].split()) == {str(daemon.machine.uid("_baton"))}
    for key in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
        assert int(status[key], 16) == 0, key
    assert killed_by_sandbox(daemon) == []
    assert children(daemon)["check"] == [pid]


def test_a_server_that_nobody_asks_ends(daemon):
    """Its normal end, and that of one with a connection, needs no more."""
    confined(daemon)
    wait_for(lambda: len(children(daemon)["ctl"]) == 1, 15,
             "the server to end")
    server = confined(daemon)[2]
    os.kill(server, signal.SIGTERM)
    wait_for(lambda: len(children(daemon)["ctl"]) == 1, 5,
             "the server to stop")
    assert daemon.ask("status")
    assert killed_by_sandbox(daemon) == []
    assert "died" not in daemon.log()


def test_death_of_the_keeper_ends_ctl(daemon):
    """It has nobody to listen for; vrrp waits for the next keeper."""
    confined(daemon)
    vrrp = daemon.vrrp_pid()
    daemon.machine.override("[Service]\nRestart=no\n")
    os.kill(daemon.main_pid(), signal.SIGKILL)
    wait_for(lambda: list(daemon.processes()) == [vrrp], 5, "vrrp alone")
