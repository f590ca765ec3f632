# SPDX-License-Identifier: GPL-2.0-or-later
"""keepalived and baton with the same file: commands that check real servers, and
what is told of these."""

import os
import signal
import threading

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
            misc_timeout 30
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
    """What weighs has time enough on a slow machine: after a run that took too
    long keepalived's weights are wrong for ever (docs/MIGRATING.md)."""
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
        one.script("code", f"[ $1 = first ] || sleep 60\n"
                   f"read code <{one.folder}/$1; exit $code\n")
        one.space.wait_table([SERVICE, dest(8001, 1)])
    wait_for(lambda: "took longer" in both[0].space.run(
        *both[0].space.baton("checks")), "the words")


SERVERS = """\
virtual_server 10.9.9.100 80 {
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    quorum 2
    retry 0
    smtp_alert
    %s
    quorum_up "FOLDER/note quorum up"
    quorum_down "FOLDER/note quorum down"
%s}
virtual_server_group G {
    10.9.9.101-102 81
}
virtual_server group G {
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    retry 0
    quorum_up "FOLDER/note quorum of G"
%s}
virtual_server fwmark 7 {
    lb_algo rr
    lb_kind NAT
    real_server 10.9.9.9 8003 {
        weight 1
    }
}
"""


QUIET = """    real_server 10.9.9.9 8004 {
        weight 0
        notify_down "FOLDER/note down 8004"
    }
"""


def server(port):
    return (f"    real_server 10.9.9.9 {port} {{\n"
            f"        notify_up \"FOLDER/note up {port}\"\n"
            f"        notify_down \"FOLDER/note down {port}\"\n"
            "        TCP_CHECK {\n            connect_timeout 1\n        }\n"
            "    }\n")


FIFOS = (" lvs_notify_fifo FOLDER/lvs\n notify_fifo FOLDER/all\n"
         " notification_email {\n  a@example.org\n }\n"
         " notification_email_from b@example.org\n"
         " smtp_server 10.9.9.9\n router_id R\n")


class Heard(Told):
    """What scripts and FIFOs were told since the last look."""

    def __init__(self, space):
        super().__init__(space)
        self.script("note", f"echo \"$*\" >>{self.folder}/notes\n")
        self.put("notes", "")
        self.fifos = {}
        for name in "lvs", "all":
            os.mkfifo(self.path(name), 0o600)
            self.fifos[name] = os.open(self.path(name),
                                       os.O_RDWR | os.O_NONBLOCK)
        self.lines = {name: [] for name in ("notes", "lvs", "all")}

        self.mails = []
        self.listener = space.listen(25)
        threading.Thread(target=self.take_mail, daemon=True).start()

    def take_mail(self):
        """RFC 5321, as far as it is needed."""
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.hear, args=[connection],
                             daemon=True).start()

    def hear(self, connection):
        try:
            self.converse(connection)
        except OSError:
            pass  # it was in a hurry to go

    def converse(self, connection):
        stream, data = connection.makefile("rw", newline="\r\n"), None
        stream.write("220 here\r\n")
        stream.flush()
        for line in stream:
            line = line.rstrip("\r\n")
            if data is None:
                data = [] if line.upper() == "DATA" else None
                stream.write("354 go on\r\n" if data == [] else "250 yes\r\n")
            elif line == ".":
                self.mails.append(tuple(
                    part for part in data
                    if part.startswith(("Subject: ", "=> "))))
                data = None
                stream.write("250 taken\r\n")
            else:
                data.append(line)
            stream.flush()

    def take_mails(self, count):
        wait_for(lambda: len(self.mails) >= count,
                 lambda: f"{self.mails}\n{self.space.log()}", 15)
        mails, self.mails = self.mails, []
        return sorted(mails)

    def read(self):
        for name, fd in self.fifos.items():
            try:
                self.lines[name] += os.read(fd, 65536).decode().splitlines()
            except BlockingIOError:
                pass
        with open(self.path("notes")) as file:
            self.lines["notes"] = file.read().splitlines()

    def take(self, notes, lines):
        """What was told, when it is as much as that, and no more comes."""
        wanted = (notes, lines, lines)

        def is_there():
            self.read()
            return tuple(len(found) for found in self.lines.values()) >= wanted

        wait_for(is_there, lambda: f"{self.lines}\n{self.space.log()}", 15)
        self.put("notes", "")
        told, self.lines = self.lines, {name: [] for name in self.lines}
        # Of several servers the order is that of their checks.
        return {name: sorted(found) for name, found in told.items()}


def test_the_same_is_told(baton, keepalived):
    """At the start, of servers that fail and come back, of quorums, of what a
    reload removes, and at the stop."""
    both = Heard(baton), Heard(keepalived)
    listeners = {}

    def text(one, more=QUIET):
        text = HEAD.replace("}\n", FIFOS + "}\n") + SERVERS % (
            "omega", server(8001) + server(8002) + more, server(8001))
        return text.replace("FOLDER", one.folder)

    def opened(*ports):
        for one in both:
            for port in ports:
                listeners[one, port] = one.space.listen(port)

    def closed(*ports):
        for one in both:
            for port in ports:
                listeners.pop((one, port)).close()

    def same(notes, lines, mails=0):
        ours, theirs = (one.take(notes, lines) for one in both)
        assert ours == theirs
        assert both[0].take_mails(mails) == both[1].take_mails(mails)
        return ours

    opened(8001, 8002)
    for one in both:
        one.space.start(text(one))
    assert same(2, 3, 1)["lvs"] == ["VS FWM 7 UP", "VS [10.9.9.100]:tcp:80 UP",
                                 "VS [G]:0 UP"]
    closed(8002)
    assert same(2, 2, 2)["notes"] == ["down 8002", "quorum down"]
    opened(8002)
    same(2, 2, 2)
    closed(8001)
    told = same(3, 4, 3)
    assert "RS [10.9.9.9]:tcp:8001 [G]:0 DOWN" in told["all"]
    assert "VS [G]:0 DOWN" in told["all"]
    opened(8001)
    same(4, 4, 3)
    for one in both:
        one.space.reload(text(one, ""))
    ours, theirs = (one.take(0, 1) for one in both)
    assert ours["lvs"] == theirs["lvs"] == [
        "RS [10.9.9.9]:tcp:8004 [10.9.9.100]:tcp:80 DOWN"]
    assert both[0].take_mails(1) == both[1].take_mails(1)
    for one in both:
        one.space.stop()
    assert same(3, 3)["notes"] == ["down 8001", "down 8002", "quorum down"]
    closed(8001, 8002)


STEADY = """\
virtual_server 10.9.9.100 80 {
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    quorum 2
    hysteresis 1
    retry 0
    smtp_alert
    quorum_up "FOLDER/note quorum up"
    quorum_down "FOLDER/note quorum down"
%s}
"""


def test_a_quorum_with_hysteresis(baton, keepalived):
    """It is lost below 2 - 1 and regained at 2 + 1, and both say so alike."""
    both = Heard(baton), Heard(keepalived)
    ports, listeners = (8001, 8002, 8003), {}
    servers = "".join(server(port) for port in ports)

    def opened(port):
        for one in both:
            listeners[one, port] = one.space.listen(port)

    def closed(port):
        for one in both:
            listeners.pop((one, port)).close()

    def same(notes, lines, mails):
        ours, theirs = (one.take(notes, lines) for one in both)
        assert ours == theirs
        mails = both[0].take_mails(mails), both[1].take_mails(mails)
        assert mails[0] == mails[1]
        return ours["notes"], " ".join(str(mail) for mail in mails[0])

    for port in ports:
        opened(port)
    for one in both:
        one.space.start((HEAD.replace("}\n", FIFOS + "}\n") + STEADY %
                         servers).replace("FOLDER", one.folder))
    assert "quorum" in same(1, 1, 1)[1]
    for port in ports[:2]:
        closed(port)
        assert "quorum" not in " ".join(same(1, 1, 1)[0])
    closed(8003)
    notes, mails = same(2, 2, 2)
    assert "quorum down" in notes and "Lost quorum" in mails
    for port in ports[:2]:
        opened(port)
        assert "quorum" not in " ".join(same(1, 1, 1)[0])
    opened(8003)
    notes, mails = same(2, 2, 2)
    assert "quorum up" in notes and "Gained quorum" in mails
    print(mails)
    for one in both:
        one.space.stop()
    for port in ports:
        closed(port)


def test_a_death_while_a_script_runs(baton):
    """Of `run`: what is under way goes on, is told once and not twice, and what
    comes later is told after it."""
    one = Told(baton)
    one.script("note", f"echo $1 begins >>{one.folder}/notes\n"
               f"while ! [ -e {one.folder}/go ]; do sleep 0.1; done\n"
               f"echo $1 ends >>{one.folder}/notes\n")
    listener = baton.listen(8001)
    start([one], "virtual_server 10.9.9.100 80 {\n delay_loop 1\n lb_algo rr\n"
          " lb_kind NAT\n protocol TCP\n retry 0\n"
          " real_server 10.9.9.9 8001 {\n  TCP_CHECK {\n   warmup 0\n  }\n"
          '  notify_down "FOLDER/note down"\n'
          '  notify_up "FOLDER/note up"\n }\n}\n')

    def notes():
        try:
            with open(one.path("notes")) as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def wait_notes(*wanted):
        wait_for(lambda: notes() == list(wanted),
                 lambda: f"{notes()}\n{baton.log()}", 20)

    wait_for(lambda: len(baton.table()) == 2, baton.log)
    listener.close()
    wait_notes("down begins")
    for _ in range(2):
        run = baton.pid_of("run")
        os.kill(run, signal.SIGKILL)
        wait_for(lambda: baton.pid_of("run") not in (0, run), baton.log)
    listener = baton.listen(8001)
    wait_for(lambda: len(baton.table()) == 2, baton.log)
    assert notes() == ["down begins"]
    one.put("go", "")
    wait_notes("down begins", "down ends", "up begins", "up ends")
    listener.close()
    wait_notes("down begins", "down ends", "up begins", "up ends",
               "down begins", "down ends")
