# SPDX-License-Identifier: GPL-2.0-or-later
"""Mail about changes of state: what keepalived sends, and what becomes of it
when a mail server is slow, ill or dead. No virtual router waits for it."""

import os
import signal
import socket
import threading
import time

import daemons
import pytest

from daemons import Baton, Instance, Keepalived, keepalived_conf
from instruments import MS, Listen
from lan import wait_for
from scene import ids, settle, start_again
from smtp import MailServer, certificate

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")


LIFE = ["BACKUP", "MASTER"]
CHANGE = ["FAULT", *LIFE]


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


@pytest.fixture(autouse=True)
def confined(lan):
    """The sandbox has all that it needs."""
    yield
    for daemon in daemons.started:
        assert "killed by signal 31" not in daemon.log()


@pytest.fixture
def server(lan):
    made = MailServer(lan.host, lan.host.address())
    yield made
    made.close()


def essence(server):
    """What two programs must have in common: in any order, since keepalived's
    may overtake each other."""
    return sorted((mail.envelope,
                   sorted((name, value) for name, value in mail.headers.items()
                          if name not in ("Date", "Message-ID")),
                   mail.body, mail.commands[0].split()[1])
                  for mail in server.mails)


GROUP = """vrrp_sync_group G {
    group {
        gate
        inner
    }
}
"""


def of_comparison(first, gone=()):
    """Two in a group and two that a reload removes."""
    names = ["gate", "inner", "lone", "plain"]
    return [Instance(name=name, interface="lan1", interval=0.1, priority=200,
                     vrid=first + n, addresses=[f"10.1.0.{first + n}/24"],
                     extra=["notify_deleted"] if name == "lone" else [])
            for n, name in enumerate(names) if name not in gone]


def all_mailed(server, instances, states, removed=(), more=None):
    """That states of each, and of the group, have come, and what is more."""
    more = more or {}
    expected = {("Instance", one): [*states, *more.get(one, [])]
                for one in [*(i.name for i in instances), *removed]}
    expected["Group", "G"] = states
    wait_for(lambda: all(sorted(server.states(*which)) == sorted(wanted)
                         for which, wanted in expected.items()), 20,
             f"{expected}: {server.subjects()}")


def reload(daemon, text):
    if isinstance(daemon, Baton):
        daemon.file("baton.conf", text)
        daemon.ask("reload")
    else:
        daemon.file("keepalived.conf", text)
        daemon.signal(signal.SIGHUP)


@pytest.mark.parametrize("more, faults", [
    ([], True),
    (["no_email_faults", "smtp_helo_name gate.example.org"], False)])
def test_mails_are_those_of_keepalived(lan, server, more, faults):
    """baton's have a Message-ID beside that, and it says EHLO. keepalived 2.2.7
    takes the name of a person for addresses, so there is none here."""
    other = MailServer(lan.host, lan.host.address(), port=2525)
    fault = ["FAULT"] if faults else []
    states = [*LIFE, *fault, *LIFE]
    both = [(Baton(lan.routers[0]), server, 20),
            (Keepalived(lan.routers[1]), other, 30)]
    for daemon, where, first in both:
        daemon.instances = of_comparison(first)
        daemon.start_text(keepalived_conf(
            daemon.instances, words(where, *more)) + GROUP)
    for daemon, where, _ in both:
        all_mailed(where, daemon.instances, LIFE)
        carrier(lan, daemon, False)
    for daemon, where, _ in both:
        for one in daemon.instances:
            daemon.wait_state("fault", one.name)
        all_mailed(where, daemon.instances, [*LIFE, *fault])
        carrier(lan, daemon, True)
    for daemon, where, first in both:
        all_mailed(where, daemon.instances, states)
        stay = of_comparison(first, ["lone", "plain"])
        reload(daemon, keepalived_conf(stay, words(where, *more)) + GROUP)
        all_mailed(where, stay, states, ["lone", "plain"],
                   {"lone": ["Deleted"], "plain": fault})
        daemon.stop()
    assert sorted(server.subjects()) == sorted(other.subjects())
    assert essence(server) == essence(other)
    for one, two in zip(server.mails, other.mails):
        assert one.headers["Date"][-6:] == two.headers["Date"][-6:]
        assert len(one.headers["Date"]) == len(two.headers["Date"])
    assert len({mail.headers["Message-ID"]
                for mail in server.mails}) == len(server.mails)


def mail_of(daemon):
    return daemon.all_status()["mail"]


def change(lan, daemon):
    """It becomes faulty, and Active again: three mails."""
    carrier(lan, daemon, False)
    daemon.wait_state("fault", "gate")
    carrier(lan, daemon, True)
    daemon.wait_state("active", "gate")


@pytest.mark.timing
def test_a_server_that_never_answers_holds_up_nothing(lan, server, many):
    """Then the process is frozen, until the keeper kills it. In the end each
    mail has come once, in their order, and no advertisement was late. One
    that only waits long for an answer is not killed."""
    a, _ = lan.routers
    patient, slow = many.start(answers={".": ["wait 7"]})
    server.manners.silent = True
    daemon = Baton(a)
    daemon.instances = [
        Instance(name="gate", interface="lan1", interval=0.1, priority=200),
        Instance(name="judged", interface="lan0", vrid=5, interval=0.05,
                 addresses=["192.0.2.5/24"], extra=["smtp_alert off"])]
    daemon.start_text(keepalived_conf(
        daemon.instances, words(server, "smtp_connect_timeout 1")))
    for instance in daemon.instances:
        daemon.wait_state("active", instance.name)
    listen = Listen(lan, a)
    listen.mark()
    wait_for(lambda: server.open, 10, "a connection")
    change(lan, daemon)
    wait_for(lambda: mail_of(daemon)["waiting"] == 5, 5, "five mails to wait")
    wait_for(lambda: mail_of(daemon)["error"], 10, "an error")
    assert "5 mails wait" in daemon.ask("status")
    assert "5 mails about it wait" in daemon.ask("why", "gate")
    assert "baton_mails_waiting 5" in daemon.ask("metrics")
    old = ids(daemon)["mail"]
    os.kill(old, signal.SIGSTOP)
    change(lan, daemon)
    server.manners.silent = False
    wait_for(lambda: ids(daemon).get("mail", old) != old, 20, "another mail")
    mailed(server, *LIFE, *CHANGE * 2)
    mailed(slow, *LIFE)
    assert "mail: hung" not in patient.log(), patient.log()
    assert "mail: hung" in daemon.log(), daemon.log()
    found = mail_of(daemon)
    assert (found["sent"], found["waiting"], found["dropped"],
            found["error"]) == (8, 0, 0, None)
    assert "mails" not in daemon.ask("status")
    heard = listen.report()
    assert heard.gaps[0, 4, 5] <= 50 * MS + 5 * MS + heard.allowance


class Many:
    """Daemons on the routers of a LAN, each with a mail server of its own."""

    def __init__(self, lan):
        self.lan, self.servers, self.count = lan, [], 0

    def start(self, *more, host=None, tls=None, **manners):
        self.count += 1
        server = MailServer(self.lan.host, self.lan.host.address(),
                            2500 + self.count, tls, **manners)
        self.servers.append(server)
        daemon = Baton(self.lan.routers[self.count % 2], f"b{self.count}")
        daemon.start([Instance(interval=0.1, vrid=20 + self.count,
                               addresses=[f"192.0.2.{20 + self.count}/24"])],
                     [line.replace(server.where[0], host or server.where[0])
                      for line in words(server, *more)])
        return daemon, server

    def close(self):
        for server in self.servers:
            server.close()


@pytest.fixture
def many(lan):
    made = Many(lan)
    yield made
    made.close()


def test_what_is_not_taken_is_tried_again(many):
    ill = [many.start(answers={word: answers}) for word, *answers in (
        # One cause, whatever else it says.
        ("hello", "421 of 1 minute", "421 of 2 minutes"),
        ("hello", "554 no mail"), ("EHLO", "die"), ("MAIL", "451 later"),
        ("DATA", "die"), (".", "452 full"), (".", "die"))]
    for daemon, server in ill:
        mailed(server, *LIFE)
        assert mail_of(daemon)["dropped"] == 0
        assert daemon.log().count("does not take it") == 1, daemon.log()
        assert daemon.log().count("it is taken again") == 1


def test_what_is_refused_for_good_is_told(many):
    ill = [many.start(answers={word: answers}) for word, answers in (
        (".", ["554 spam"]), ("RCPT", ["550 who", "550 who"]))]
    for daemon, server in ill:
        mailed(server, "MASTER")
        assert mail_of(daemon)["dropped"] == 1
        assert "1 mail was not sent" in daemon.ask("status")
        assert ("gate entered BACKUP is not sent to admin@example.org, "
                "other@example.org: it is refused: " in daemon.log())


def test_one_recipient_keeps_no_mail_from_the_others(many):
    unknown, server = many.start(answers={"RCPT": ["550 who"]})
    grey, later = many.start(answers={"RCPT": ["450 grey"]})
    mailed(server, *LIFE)
    found = mail_of(unknown)
    assert (found["sent"], found["dropped"]) == (2, 1)
    assert ("gate entered BACKUP is not sent to admin@example.org: it is "
            "refused: 550 who" in unknown.log())
    # Who is refused for now gets it later, and the other one no second time.
    mailed(later, "BACKUP", "MASTER", "BACKUP")
    assert later.mails[2].envelope[1:] == ["RCPT TO:<admin@example.org>"]
    assert later.mails[2].headers == later.mails[0].headers
    wait_for(lambda: mail_of(grey)["waiting"] == 0, 5, "the end")
    found = mail_of(grey)
    assert (found["sent"], found["dropped"]) == (2, 0)


SECRET = "dont-show-this"


def test_mail_is_encrypted(lan, many):
    folder = lan.directory
    address = str(lan.host.address())
    good, other = certificate(folder, address), certificate(folder, "other")
    login = ["smtp_login {", "    user router", f"    password {SECRET}", "}"]
    plain = many.start("smtp_tls none", tls=good, starttls=True)
    offered = many.start(tls=other, starttls=True)
    required = many.start("smtp_tls required", f"smtp_ca {good[0]}", *login,
                          tls=good, starttls=True, login=("router", SECRET))
    implicit = many.start("smtp_tls implicit", f"smtp_ca {good[0]}",
                          tls=good, smtps=True)
    for _, server in plain, offered, required, implicit:
        mailed(server, *LIFE)
        assert [mail.tls for mail in server.mails] == [server is not plain[1]
                                                       ] * 2
    assert [mail.login for mail in required[1].mails] == [("router", SECRET)
                                                          ] * 2
    # These are not sent.
    for server, what in (
            (many.start("smtp_tls required", f"smtp_ca {other[0]}", tls=good,
                        starttls=True), "certificate"),
            (many.start("smtp_tls required", f"smtp_ca {other[0]}", tls=other,
                        starttls=True), "certificate subject name"),
            (many.start("smtp_tls required"), "STARTTLS not supported"),
            (many.start(f"smtp_ca {good[0]}", *login, tls=good, starttls=True,
                        login=("router", "x")), "ogin denied")):
        daemon, server = server
        wait_for(lambda: mail_of(daemon)["error"], 10, "an error")
        assert what in mail_of(daemon)["error"]
        assert server.mails == []
    for daemon in required[0], daemon:
        shown = "".join(daemon.ask(*words) for words in (
            ("print", f"{daemon.directory}/baton.conf"),
            ("status", "--json"), ("events",), ("why", "gate")))
        assert "(hidden)" in shown
        assert SECRET not in shown + daemon.log()


def resolve(lan, router):
    """From now on names are looked up there by a name server on the host,
    which knows one."""
    names = lan.host.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind((str(lan.host.address()), 53))

    def answer():
        while True:
            try:
                question, asker = names.recvfrom(512)
            except OSError:
                return
            head, asked = question[:2], question[12:].split(b"\0")[0]
            record = question[12 + len(asked) + 1:][:2]
            found = asked == b"\4mail\4test" and record == b"\0\1"
            # RFC 1035 4.1: one answer for an A record, else none.
            names.sendto(
                head + b"\x81\x80\0\1\0" + bytes([found]) + b"\0\0\0\0"
                + question[12:12 + len(asked) + 5]
                + (b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4"
                   + lan.host.address().packed if found else b""), asker)
    threading.Thread(target=answer, daemon=True).start()
    for name, text in (
            ("resolv.conf", f"nameserver {lan.host.address()}\n"
             "options timeout:1\n"),
            ("hosts", "127.0.0.1 localhost\n"),
            ("nsswitch.conf", "hosts: files dns\n")):
        path = os.path.join(router.directory, name)
        with open(path, "w") as file:
            file.write(text)
        router.run("mount", "--bind", path, f"/etc/{name}")
    return names


def test_the_server_has_a_name(lan, many):
    """It is resolved by threads, in the sandbox."""
    names = resolve(lan, lan.routers[1])
    try:
        daemon, server = many.start(host="mail.test")
        mailed(server, *LIFE)
        assert mail_of(daemon)["error"] is None
    finally:
        names.close()


def wait_for_another(daemon, old):
    wait_for(lambda: ids(daemon).get("mail", old) != old, 10, "another mail")
    daemon.wait_state("active", "gate")


def test_what_waits_survives_all(lan, server):
    """Reloads, an upgrade, the death of the keeper and of `vrrp`."""
    a, _ = lan.routers
    server.manners.answers = {"hello": ["421 no"] * 1000}
    daemon = start(Baton, a, server)
    daemon.wait_state("active")
    for what in "reload", "vrrp", "upgrade", "keeper":
        old = ids(daemon)
        if what == "reload":
            daemon.file("baton.conf", keepalived_conf(
                [Instance(name="more", vrid=9, interval=0.1,
                          addresses=["192.0.2.9/24"], extra=[
                              "smtp_alert off"]), *daemon.instances],
                words(server)))
        if what in ("reload", "upgrade"):
            daemon.ask(what)
            wait_for_another(daemon, old["mail"])
        else:
            os.kill(old[what], signal.SIGKILL)
            if what == "keeper":
                daemon.reap()
                start_again(daemon)
                wait_for_another(daemon, old["mail"])
        change(lan, daemon)
        wait_for(lambda: mail_of(daemon)["waiting"] % 3 == 2, 10, what)
    assert mail_of(daemon)["waiting"] == 14
    # The pause too, but for another configuration of mail.
    due = mail_of(daemon)["next_try"]
    wait_for(lambda: mail_of(daemon)["next_try"] != due, 20, "another try")
    tries, old = server.connections, ids(daemon)["mail"]
    os.kill(old, signal.SIGKILL)
    wait_for_another(daemon, old)
    settle(0.3)
    assert server.connections == tries
    server.manners.answers = {}
    daemon.file("baton.conf", keepalived_conf(
        daemon.instances, words(server, "smtp_helo_name other.example.org")))
    daemon.ask("reload")
    mailed(server, *LIFE, *CHANGE * 4)
    assert mail_of(daemon)["sent"] == 14


def test_at_a_stop_what_was_not_sent_is_told(lan, server):
    a, _ = lan.routers
    server.manners.silent = True
    daemon = start(Baton, a, server)
    daemon.wait_state("active")
    wait_for(lambda: mail_of(daemon)["waiting"] == 2, 10, "two mails")
    at = time.monotonic()
    daemon.stop()
    assert time.monotonic() - at < 5
    assert "2 mails were not sent" in daemon.log()
