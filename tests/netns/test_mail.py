# SPDX-License-Identifier: GPL-2.0-or-later
"""Mail about changes of state: what keepalived sends, and what becomes of it
when a mail server is slow, ill or dead. No virtual router waits for it."""

import os
import signal
import time

import pytest

from daemons import Baton, Instance, Keepalived, keepalived_conf
from lan import wait_for
from scene import ids
from smtp import MailServer, certificate

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")


def words(server, *more, to=("admin@example.org", "other@example.org")):
    """Those of global_defs."""
    return ["notification_email {", *(f"    {one}" for one in to), "}",
            "notification_email_from router@example.org",
            f"smtp_server {server.where[0]} {server.where[1]}", "smtp_alert",
            *more]


def start(kind, router, server, *more, to=("admin@example.org",), **options):
    daemon = kind(router)
    daemon.instances = [Instance(**{"interval": 0.1, "priority": 200,
                                    "interface": "lan1",
                                    **options})]
    daemon.start_text(keepalived_conf(daemon.instances,
                                      words(server, *more, to=to)))
    return daemon


def carrier(lan, daemon, up):
    lan.netlink.up(lan.ports(daemon.router)[1:], up)


def mailed(server, *states, timeout=20):
    wait_for(lambda: server.states() == list(states), timeout,
             f"{states} to be mailed: {server.states()}")


@pytest.fixture
def lan(make_lan):
    """Mail goes over link 0, and the virtual routers are on link 1."""
    return make_lan(links=2)


@pytest.fixture
def server(lan):
    made = MailServer(lan.host, lan.host.address())
    yield made
    made.close()


def essence(server):
    """What two programs must have in common. The dates are compared apart."""
    return [(mail.envelope, {name: value
                             for name, value in mail.headers.items()
                             if name not in ("Date", "Message-ID")},
             mail.body, mail.commands[0].split()[1]) for mail in server.mails]


@pytest.mark.parametrize("more, states", [
    ([], ["BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER"]),
    (["no_email_faults", "smtp_helo_name gate.example.org"],
     ["BACKUP", "MASTER", "BACKUP", "MASTER"])])
def test_mails_are_those_of_keepalived(lan, server, more, states):
    """baton's have a Message-ID beside that, and it says EHLO. keepalived 2.2.7
    takes the name of a person for addresses, so there is none here."""
    other = MailServer(lan.host, lan.host.address(), port=2525)
    to = ["admin@example.org", "other@example.org"]
    daemons = [start(kind, router, where, *more, to=to, vrid=vrid,
                     addresses=[f"192.0.2.{vrid}/24"])
               for kind, router, where, vrid in (
                   (Baton, lan.routers[0], server, 20),
                   (Keepalived, lan.routers[1], other, 21))]
    for daemon, where in zip(daemons, (server, other)):
        daemon.wait_state("active")
        mailed(where, "BACKUP", "MASTER")
        carrier(lan, daemon, False)
        daemon.wait_state("fault")
        if "FAULT" in states:
            mailed(where, *states[:3])
        carrier(lan, daemon, True)
        mailed(where, *states)
        daemon.stop()
    assert essence(server) == essence(other)
    for one, two in zip(server.mails, other.mails):
        assert one.headers["Date"][-6:] == two.headers["Date"][-6:]
        assert len(one.headers["Date"]) == len(two.headers["Date"])
    assert len({mail.headers["Message-ID"]
                for mail in server.mails}) == len(states)
