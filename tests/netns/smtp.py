# SPDX-License-Identifier: GPL-2.0-or-later
"""A mail server (RFC 5321) on a node of a LAN, which keeps what it takes and can
be as bad as servers are. STARTTLS (RFC 3207) and TLS from the first byte are
Python's ssl, with a certificate that openssl makes."""

import base64
import os
import socket
import ssl
import subprocess
import threading
import time
from dataclasses import dataclass, field


@dataclass
class Mail:
    commands: list  # of its connection, as they came
    data: str       # headers and body; lines end with \n
    tls: bool
    login: tuple    # (user, password) or None
    at: float

    @property
    def headers(self):
        """{name: value}; lines that go on are joined."""
        head = self.data.split("\n\n")[0].replace("\n ", " ")
        return dict(line.split(": ", 1) for line in head.splitlines())

    @property
    def subject(self):
        return self.headers["Subject"]

    @property
    def body(self):
        return self.data.split("\n\n", 1)[1]

    @property
    def envelope(self):
        return [line for line in self.commands
                if line.startswith(("MAIL", "RCPT"))]


@dataclass
class Manners:
    """How it behaves; may be changed while it runs."""

    silent: bool = False   # takes connections, and says nothing
    late: float = 0        # seconds before each answer
    closed: bool = False   # takes no connection
    # {word: [answer, ...]}: one each time, and then as usual. The answer
    # "die" ends the connection, and "wait 3" is the usual one, 3 s later.
    # "." is the end of the data.
    answers: dict = field(default_factory=dict)
    starttls: bool = False
    smtps: bool = False
    login: tuple = None    # who may send mail


def certificate(directory, name):
    """(certificate, key) of a server of that name or address."""
    kind = "IP" if name.replace(".", "").isdigit() else "DNS"
    paths = [os.path.join(directory, f"{name}.{end}") for end in ("pem", "key")]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
         f"/CN={name}", "-addext", f"subjectAltName={kind}:{name}",
         "-out", paths[0], "-keyout", paths[1]],
        check=True, stderr=subprocess.DEVNULL)
    os.chmod(paths[0], 0o644)
    return paths


class MailServer:
    def __init__(self, node, address="0.0.0.0", port=25, tls=None, **manners):
        self.manners = Manners(**manners)
        self.mails, self.connections = [], 0
        self.open, self.open_most = 0, 0  # connections at the same time
        self.context = None
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*tls)
        self.where = (str(address), port)
        self.node = node
        self.lock = threading.Lock()
        self.listener = None
        self.up()

    def up(self):
        self.listener = self.node.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(self.where)
        self.listener.listen(64)
        threading.Thread(target=self._accept, args=[self.listener],
                         daemon=True).start()

    def down(self):
        """From now on nobody listens there."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    close = down

    def subjects(self):
        with self.lock:
            return [mail.subject for mail in self.mails]

    def states(self, kind="Instance", name="gate"):
        """What was mailed of one."""
        start = f" VRRP {kind} {name} - "
        return [subject.split(start)[1].removeprefix("Entering ")
                .removesuffix(" state")
                for subject in self.subjects() if start in subject]

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection],
                             daemon=True).start()

    def _serve(self, connection):
        with self.lock:
            self.connections += 1
            self.open += 1
            self.open_most = max(self.open, self.open_most)
        try:
            _Session(self, connection).run()
        except (OSError, EOFError, UnicodeDecodeError):
            pass
        finally:
            with self.lock:
                self.open -= 1
            connection.close()


class _Session:
    def __init__(self, server, connection):
        self.server, self.manners = server, server.manners
        self.tls = self.manners.smtps
        self.connection = self._secure(connection) if self.tls else connection
        self.file = self.connection.makefile("rb")
        self.commands, self.login = [], None

    def _secure(self, connection):
        return self.server.context.wrap_socket(connection, server_side=True)

    def _say(self, word, usual):
        time.sleep(self.manners.late)
        wanted = self.manners.answers.get(word)
        with self.server.lock:
            answer = wanted.pop(0) if wanted else usual
        if answer == "die":
            raise EOFError
        if answer.startswith("wait "):
            time.sleep(float(answer[5:]))
            answer = usual
        self.connection.sendall(answer.encode() + b"\r\n")
        return answer[0] in "23"

    def _line(self):
        line = self.file.readline(10000)
        if not line.endswith(b"\n"):
            raise EOFError
        return line.decode().rstrip("\r\n")

    def run(self):
        while self.manners.silent:
            time.sleep(0.02)
            # Until the other side has given up.
            if self.connection.recv(1, socket.MSG_PEEK) == b"":
                return
        self._say("hello", "220 mail.test ready")
        while True:
            line = self._line()
            self.commands.append(line)
            word = line.split(" ")[0].split(":")[0].upper()
            if word == "QUIT":
                self._say(word, "221 bye")
                return
            self._answer(word, line)

    def _answer(self, word, line):
        if word == "EHLO":
            self._say(word, self._features())
        elif word == "STARTTLS" and self.manners.starttls:
            if self._say(word, "220 go on"):
                self.connection = self._secure(self.connection)
                self.file = self.connection.makefile("rb")
                self.tls = True
        elif word == "AUTH":
            self._log_in(line)
        elif word == "MAIL" and self.manners.login not in (None, self.login):
            self._say(word, "530 log in first")
        elif word == "DATA":
            if self._say(word, "354 go on"):
                self._take()
        else:
            self._say(word, "250 ok")

    def _features(self):
        lines = ["mail.test"]
        if self.manners.starttls and not self.tls:
            lines.append("STARTTLS")
        if self.manners.login:
            lines.append("AUTH PLAIN")
        return "\r\n".join(f"250{'-' if n + 1 < len(lines) else ' '}{line}"
                           for n, line in enumerate(lines))

    def _log_in(self, line):
        words = line.split(" ")
        if len(words) < 3:
            self.connection.sendall(b"334 \r\n")
            words.append(self._line())
        login = tuple(base64.b64decode(words[2]).decode().split("\0")[1:])
        right = login == self.manners.login
        if self._say("AUTH", "235 ok" if right else "535 wrong") and right:
            self.login = login

    def _take(self):
        lines = []
        while (line := self._line()) != ".":
            lines.append(line.removeprefix(".") if line.startswith("..")
                         else line)
        mail = Mail(list(self.commands), "\n".join(lines) + "\n", self.tls,
                    self.login, time.monotonic())
        if self._say(".", "250 taken"):
            with self.server.lock:
                self.server.mails.append(mail)
