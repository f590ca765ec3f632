# SPDX-License-Identifier: GPL-2.0-or-later
"""keepalived and baton with the same file, each in a network namespace: the
tables of the kernel are equal."""

import pytest

from machine import Baton, Keepalived, wait_for

SCHEDULERS = ("rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq",
              "fo", "ovf", "mh")


def server(address, port=80, words="", kind="DR", scheduler="rr", rest=""):
    return (f"virtual_server {address} {port} {{\n lb_algo {scheduler}\n"
            f" lb_kind {kind}\n protocol TCP\n {words}\n{rest}}}\n")


def real(address, port=80, words="weight 1"):
    return f" real_server {address} {port} {{\n  {words}\n }}\n"


TWO = real("192.168.0.1") + real("192.168.0.2", words="weight 5")

FILES = {
    "schedulers": "".join(
        server("10.1.0.3", 100 + n, scheduler=scheduler, rest=TWO)
        for n, scheduler in enumerate(SCHEDULERS)),
    "flags": (
        server("10.1.1.3", 80, "sh-port\n sh-fallback", "NAT", "sh", TWO)
        + server("10.1.1.3", 81, "mh-port\n mh-fallback", "NAT", "mh", TWO)
        + server("10.1.1.3", 82, "flag-1\n flag-3", "NAT", "wlc", TWO)
        + server("10.1.1.3", 53, "ops", "DR", "rr", TWO).replace(
            "protocol TCP", "protocol UDP")),
    "persistence": (
        server("10.1.2.3", 80, "persistence_timeout 300", rest=TWO)
        + server("10.1.2.3", 81, "persistence_timeout", rest=TWO)
        + server("10.1.2.3", 82, "persistence_timeout 30\n"
                 " persistence_granularity 255.255.255.0", rest=TWO)
        + server("10.1.2.3", 0, "", rest=TWO)
        + server("2001:db8::1", 80, "persistence_timeout 30\n"
                 " persistence_granularity 64", rest=real("2001:db8::2"))),
    "forwarding": (
        server("10.1.3.3", 80, kind="NAT", rest=real("192.168.0.1", 8080)
               + real("192.168.0.2", 0))
        + server("10.1.3.3", 81, kind="TUN", rest=TWO)
        + server("10.1.3.3", 82, kind="TUN type gre", rest=TWO)
        + server("10.1.3.3", 83, kind="TUN type gue port 5555 csum", rest=TWO)
        + server("10.1.3.3", 84, kind="DR", rest=real("192.168.0.1", 8080)
                 + real("192.168.0.2", 84, "weight 2\n  lvs_method NAT"))
        + server("2001:db8::b", 80, kind="NAT", rest=real("2001:db8::2", 81))
        + server("2001:db8::b", 82, kind="TUN", rest=real("192.168.0.3")
                 + real("2001:db8::3"))),
    "weights": (
        server("10.1.4.3", 80, "weight 7", rest=real("192.168.0.1", words="")
               + real("192.168.0.2", words="weight 0")
               + real("192.168.0.3", words="weight 65000"))
        + server("10.1.4.3", 81, rest=real(
            "192.168.0.1", words="uthreshold 100\n  lthreshold 50\n  weight 1")
            + real("192.168.0.2", words="inhibit_on_failure"))),
    "marks": (
        "virtual_server fwmark 7 {\n lb_algo rr\n lb_kind DR\n" + TWO + "}\n"
        "virtual_server fwmark 8 {\n lb_algo rr\n lb_kind DR\n"
        " ip_family inet6\n" + real("2001:db8::2") + "}\n"),
    "groups": (
        "virtual_server_group g {\n 10.1.6.3 80\n 10.1.6.11-14 81\n"
        " fwmark 9\n}\n"
        "virtual_server group g {\n lb_algo rr\n lb_kind DR\n protocol TCP\n"
        + TWO + "}\n"),
    "sorry": (
        server("10.1.7.3", 80, "sorry_server 192.168.0.9 80", rest=TWO)
        + server("10.1.7.3", 81, "sorry_server 192.168.0.9 80\n"
                 " sorry_server_inhibit", rest=TWO)
        + server("10.1.7.3", 82, "quorum 9\n sorry_server 192.168.0.9 82",
                 rest=TWO)),
}


ADDRESS6 = {"[2001:db8::1]:80": "persistence", "[2001:db8::b]:80": "forwarding",
            "[2001:db8::b]:82": "forwarding"}


def settle(space, lines):
    """The table, when it has not changed for half a second."""
    last = []

    def same():
        last.append(space.lines())
        return (len(last) > 3 and len(last[-1]) >= lines
                and last[-1] == last[-2] == last[-3])

    wait_for(same, lambda: "\n".join(space.lines()) + space.log(), every=0.2)
    return last[-1]


def of_part(lines, part):
    """The lines of one part of the file, service by service: the order of
    servers within a service decides who begins."""
    marks = {"marks": ("-f 7", "-f 8"), "groups": ("-f 9",)}.get(part, ())
    host = f"10.1.{list(FILES).index(part)}."
    return sorted(
        [line for line in lines
         if host in line.split()[2] or part == ADDRESS6.get(line.split()[2])
         or " ".join(line.split()[1:3]) in marks],
        key=lambda line: line.split()[1:3])


@pytest.fixture(scope="module")
def tables():
    """{when: (baton's lines, keepalived's)}"""
    baton, keepalived = Baton(), Keepalived()
    text = "".join(FILES.values())
    changed = text.replace("weight 5", "weight 6").replace(
        real("192.168.0.1"), real("192.168.0.11"))
    try:
        found = {}
        for when, space in (("start", "start"), ("reload", "reload")):
            for machine in (baton, keepalived):
                getattr(machine, space)(text if when == "start" else changed)
            theirs = settle(keepalived, 20)
            found[when] = (settle(baton, len(theirs)), theirs)
        assert baton.stop() == 0
        keepalived.stop()
        found["stop"] = (baton.lines(), keepalived.lines())
    finally:
        baton.close()
        keepalived.close()
    return found


@pytest.mark.parametrize("when", ["start", "reload"])
@pytest.mark.parametrize("part", FILES)
def test_the_same_table(tables, part, when):
    ours, theirs = tables[when]
    assert of_part(ours, part)
    assert of_part(ours, part) == of_part(theirs, part)


def test_nothing_else_is_there(tables):
    for when in "start", "reload":
        ours, theirs = tables[when]
        assert sorted(ours) == sorted(theirs)
    assert tables["stop"] == ([], [])


CHECKED = """\
virtual_server 10.9.9.100 80 {
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    retry 0
    sorry_server 10.9.9.9 9999
    real_server 10.9.9.9 8001 {
        weight 1
        TCP_CHECK {
            connect_timeout 1
        }
    }
    real_server 10.9.9.9 8002 {
        weight 2
        inhibit_on_failure
        TCP_CHECK {
            connect_timeout 1
        }
    }
}
"""
SERVICE = "-A -t 10.9.9.100:80 -s rr"


def dest(port, weight):
    return f"-a -t 10.9.9.100:80 -r 10.9.9.9:{port} -m -w {weight}"


def test_servers_fail_and_come_back(baton, keepalived):
    spaces = (baton, keepalived)
    first = [space.listen(8001) for space in spaces]
    second = [space.listen(8002) for space in spaces]
    for space in spaces:
        space.start(CHECKED)

    def both(*lines):
        for space in spaces:
            space.wait_table([SERVICE, *lines])

    def close(listeners):
        for listener in listeners:
            listener.close()

    both(dest(8001, 1), dest(8002, 2))
    close(first)
    both(dest(8002, 2))
    close(second)
    # keepalived has the sorry server beside one that is inhibited, or not,
    # by version: what serves is the same.
    baton.wait_table([SERVICE, dest(8002, 0), dest(9999, 1)])
    wait_for(lambda: dest(9999, 1) in keepalived.lines(), "the sorry server")
    first = [space.listen(8001) for space in spaces]
    both(dest(8001, 1), dest(8002, 0))
    second = [space.listen(8002) for space in spaces]
    both(dest(8001, 1), dest(8002, 2))
    close(first)
    close(second)
