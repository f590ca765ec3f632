# SPDX-License-Identifier: GPL-2.0-or-later
"""Health checks of real servers on a LAN: the process `check` beside a running
daemon, its verdicts over reloads and deaths, and what it is confined to."""

import os
import socket
import ssl
import subprocess
import threading

import daemons
import pytest

from daemons import Baton, Instance, keepalived_conf
from lan import wait_for

VS = """virtual_server 203.0.113.80 80 {
    protocol TCP
    lvs_method DR
    delay_loop 0.1
    retry 0
    %s
}
"""


def is_served():
    """Whether this release starts with virtual servers at all."""
    done = subprocess.run(
        [Baton.binary("baton"), "check", "-"], text=True,
        input=VS % "real_server 192.0.2.9 80 {\n TCP_CHECK {\n }\n }",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return "baton does not do virtual_server yet" not in done.stdout


pytestmark = pytest.mark.skipif(
    not Baton.is_built() or not is_served(),
    reason="batond is not built, or does not serve virtual servers")


class Server:
    """Answers on a host of the LAN, until it is closed."""

    def __init__(self, host, port):
        self.port = port
        self.socket = host.inside(self.listen)
        self.count = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def listen(self):
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("", self.port))
        made.listen(64)
        return made

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.count += 1
            with connection:
                try:
                    if self.port == 8080 and connection.recv(4096):
                        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nhello\n")
                except OSError:
                    pass

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def checks(daemon):
    return {(c["kind"], c["port"]): c for c in daemon.fetch("/checks")["checks"]}


def state(daemon, kind, port):
    return checks(daemon)[kind, port]["state"]


def servers(host, more=""):
    return VS % (
        f"real_server {host} 80 {{\n TCP_CHECK {{\n connect_port 8000\n }}\n"
        f" HTTP_GET {{\n connect_port 8080\n url {{\n path /\n"
        f" digest b1946ac92492d2347c6235b4d2611184\n }}\n }}\n"
        f" PING_CHECK {{\n }}\n }}\n" + more)


@pytest.fixture
def lan(make_lan):
    return make_lan(links=1)


@pytest.fixture(autouse=True)
def confined(lan):
    yield
    for daemon in daemons.started:
        assert "killed by signal 31" not in daemon.log()


@pytest.fixture
def daemon(lan):
    daemon = Baton(lan.routers[0])
    daemon.instances = [Instance(interval=0.1)]
    return daemon


def start(daemon, text):
    daemon.start_text(keepalived_conf(daemon.instances) + text)


def wait_states(daemon, **wanted):
    kinds = {"tcp": ("TCP_CHECK", 8000), "http": ("HTTP_GET", 8080),
             "ping": ("PING_CHECK", 0)}
    wait_for(lambda: all(state(daemon, *kinds[name]) == is_
                         for name, is_ in wanted.items()), 15,
             f"{wanted}: {checks(daemon)}")


def process(daemon, name):
    return next(p for p in daemon.all_status()["processes"]
                if p["name"] == name)


def test_servers_fail_and_come_back(lan, daemon):
    host = lan.host.address()
    tcp, http = Server(lan.host, 8000), Server(lan.host, 8080)
    start(daemon, servers(host))
    wait_states(daemon, tcp="good", http="good", ping="good")
    tcp.close()
    wait_states(daemon, tcp="failed", http="good")
    assert "refused" in checks(daemon)["TCP_CHECK", 8000]["words"]
    assert "connect: refused" in daemon.ask("checks")
    tcp = Server(lan.host, 8000)
    wait_states(daemon, tcp="good", http="good", ping="good")
    tcp.close()
    http.close()


class Asking(Server):
    """The same by TLS, for whoever presents that certificate."""

    def __init__(self, host, port, certificate, key):
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate, key)
        self.tls.load_verify_locations(certificate)
        self.tls.verify_mode = ssl.CERT_REQUIRED
        super().__init__(host, port)

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            try:
                with self.tls.wrap_socket(connection, True) as secured:
                    secured.recv(4096)
                    secured.sendall(b"HTTP/1.0 200 OK\r\n\r\nhello\n")
            except OSError:
                pass


def test_a_key_that_only_root_can_read(lan, daemon, tmp_path):
    """It is opened before rights are given up, and presented."""
    certificate, key = tmp_path / "certificate", tmp_path / "key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", "/CN=baton",
         "-keyout", key, "-out", certificate], check=True,
        stderr=subprocess.DEVNULL)
    os.chmod(key, 0o600)
    server = Asking(lan.host, 8443, certificate, key)
    text = VS % (f"real_server {lan.host.address()} 8443 {{\n SSL_GET {{\n"
                 " url {\n path /\n }\n }\n }\n")
    start(daemon, text)
    wait_for(lambda: state(daemon, "SSL_GET", 8443) == "failed", 15,
             "who presents nothing is refused")
    daemon.file("baton.conf", keepalived_conf(daemon.instances)
        + f"SSL {{\n certificate {certificate}\n key {key}\n}}\n" + text)
    daemon.ask("reload")
    wait_for(lambda: state(daemon, "SSL_GET", 8443) == "good", 15,
             f"{checks(daemon)}")
    server.close()


def test_it_has_no_rights(lan, daemon):
    """PING_CHECK needs one at the start, and it is gone."""
    start(daemon, servers(lan.host.address()))
    wait_states(daemon, tcp="failed", ping="good")
    pid = process(daemon, "check")["pid"]
    fields = dict(line.split(":\t", 1) for line in daemon.router.run(
        "cat", f"/proc/{pid}/status").splitlines())
    assert fields["CapEff"].strip().strip("0") == ""
    assert fields["CapPrm"].strip().strip("0") == ""
    assert fields["Seccomp"].strip() == "2"
    assert fields["Uid"].split()[0] != "0"


def test_verdicts_outlive_deaths_and_reloads(lan, daemon):
    http = Server(lan.host, 8080)
    start(daemon, servers(lan.host.address()))
    wait_states(daemon, tcp="failed", http="good", ping="good")
    before = checks(daemon)

    def went_on():
        now = checks(daemon)
        return all(now[key]["rounds"] > before[key]["rounds"] + 2
                   for key in before)

    pid = process(daemon, "check")["pid"]
    daemon.router.run("kill", "-KILL", str(pid))
    wait_for(went_on, 15, "the next process to check")
    assert process(daemon, "check")["pid"] != pid
    for key, check in checks(daemon).items():
        assert check["since"] == before[key]["since"]

    # Another server is added: those that were there are not judged anew.
    before = checks(daemon)
    daemon.file("baton.conf", keepalived_conf(daemon.instances) + servers(
        lan.host.address(), f"real_server {lan.routers[1].address()} 80 {{\n"
        " TCP_CHECK {\n connect_port 8081\n }\n }\n"))
    daemon.ask("reload")
    wait_for(lambda: ("TCP_CHECK", 8081) in checks(daemon), 15,
             "the new check")
    wait_for(went_on, 15, "the next process to check")
    for key, check in before.items():
        assert checks(daemon)[key]["since"] == check["since"]
    wait_for(lambda: state(daemon, "TCP_CHECK", 8081) == "failed", 15,
             "the new server to fail")
    http.close()


def test_a_check_that_many_name_runs_once(lan, daemon):
    tcp = Server(lan.host, 8000)
    text = "".join(
        servers(lan.host.address()).replace("203.0.113.80", f"203.0.113.{n}")
        for n in range(1, 21))
    start(daemon, text)
    wait_states(daemon, tcp="good")
    assert len(checks(daemon)) == 3
    rounds = checks(daemon)["TCP_CHECK", 8000]["rounds"]
    assert tcp.count <= rounds + 2
    tcp.close()


def test_a_file_decides(lan, daemon):
    """The process `run` reads it, and tells."""
    path = daemon.file("load", "0\n")
    text = f"track_file load {{\n file {path}\n}}\n" + VS % (
        "real_server 192.0.2.9 80 {\n FILE_CHECK {\n track_file load\n }\n }")
    start(daemon, text)

    def states():
        return [(c["state"], c["value"])
                for c in daemon.fetch("/checks")["checks"]]

    def wait(*wanted):
        wait_for(lambda: states() == list(wanted), 15,
                 f"{wanted}: {states()}")

    wait(("good", 0))
    daemon.file("load", "7\n")
    wait(("failed", 7))
    daemon.file("load", "0\n")
    wait(("good", 0))
